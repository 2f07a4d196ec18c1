"""One run of one solver on one file of arcs, with limits of time and memory."""

import json
import os
import resource
import select
import subprocess
import time

# How long reading the file may take, before the limit on solving counts.
READING = 600


def bounded(cores, memory_bytes):
    """Done in the new process before the solver: keeps to the cores and the memory."""

    def start():
        os.sched_setaffinity(0, cores)
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))

    return start


def line_of_ours(process, until):
    """The next line that a driver means for us: libraries print what they like in between. None
    once the time is up, "" at the end."""
    while select.select([process.stdout], [], [], max(0, until - time.monotonic()))[0]:
        line = process.stdout.readline()
        if not line or line.strip() == "ready" or line.startswith("{"):
            return line
    return None


def run(command, path, limit, cores, memory_bytes):
    """The outcome ("solved", "limit", "memory" or "failed") and the figures that it printed."""
    process = subprocess.Popen(
        [*command, path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
        preexec_fn=bounded(cores, memory_bytes),
    )
    try:
        line = line_of_ours(process, time.monotonic() + READING)
        if line and not line.startswith("{"):
            line = line_of_ours(process, time.monotonic() + limit)
        if line is None:
            return {"outcome": "limit", "limit": limit}
        if line:
            return {"outcome": "solved", "limit": limit, **json.loads(line)}
    finally:
        process.kill()
        errors = process.stderr.read()
        process.wait()
    out_of_memory = any(word in errors for word in ("bad_alloc", "MemoryError", "allocation of"))
    outcome = "memory" if out_of_memory else "failed"
    return {"outcome": outcome, "limit": limit, "said": errors.strip()[-300:]}
