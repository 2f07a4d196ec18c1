"""What machine and which versions a session of measurements ran with."""

import datetime
import os
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).parent.parent


def first_line(path, start):
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith(start):
            return line.split(":", 1)[1].strip()
    return "?"


def output(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "?"
    return done.stdout.splitlines()[0] if done.stdout else ""


def describe(solvers, options):
    """The record with which a session's results start."""
    now = datetime.datetime.now(datetime.UTC)
    cache = [
        output("getconf", name)
        for name in ("LEVEL1_DCACHE_SIZE", "LEVEL2_CACHE_SIZE", "LEVEL3_CACHE_SIZE")
    ]
    changed = subprocess.run(
        ["git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no"],
        capture_output=True,
        text=True,
    ).stdout
    return {
        "kind": "session",
        "session": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": output("git", "-C", str(ROOT), "rev-parse", "HEAD"),
        "changed": bool(changed.strip()),
        "machine": {
            "processor": first_line("/proc/cpuinfo", "model name"),
            "cores": os.cpu_count(),
            "cache_bytes": cache,
            "memory": first_line("/proc/meminfo", "MemTotal"),
            "system": f"{platform.system()} {platform.release()}",
            "load": os.getloadavg()[0],
        },
        "versions": {
            "rustc": output("rustc", "--version"),
            "g++": output("g++", "--version"),
            "python": platform.python_version(),
            **{solver.name: solver.version for solver in solvers},
        },
        "options": options,
    }
