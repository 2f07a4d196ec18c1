"""A million obligations: `setoff clear` beside a Python script with pandas and OR-Tools.

Usage: clear_million.py [--setoff target/release/setoff] [--obligations 1000000] [--runs 3]

Generates `trade` as CSV and compressed, runs both programs on each file in turn (so that a slow
spell of the machine hits both), and prints two tables: the phases, and the whole. Figures are
medians. Needs a Python with tests/requirements.txt; `./test` makes one at target/venv.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent


def run(command):
    """Runs a command: wall seconds, peak megabytes, and the JSON that it prints on standard error."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command} ends with {process.returncode}: {errors}")
    said = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    return seconds, usage.ru_maxrss / 1024, said[-1] if said else {}


def clear(setoff, file, folder):
    """One run of ours: the phases of `clear`, and reading and verifying as commands of their own."""
    out = folder / "result"
    seconds, peak, timings = run(
        [setoff, "clear", file, "--out", out, "--statements", "none", "--quiet", "--timings"]
    )
    check, check_peak, _ = run([setoff, "check", file])
    verify, verify_peak, _ = run([setoff, "verify", out, "--input", file])
    shutil.rmtree(out)
    alone = {
        "`setoff check`, alone": (check, check_peak),
        "`setoff verify`, alone": (verify, verify_peak),
    }
    return seconds, peak, timings, alone


def peer(file, folder):
    seconds, peak, said = run([sys.executable, HERE / "peer.py", file, folder / "out.csv"])
    return seconds, peak, said


def middle(values):
    return f"{statistics.median(values):.2f}"


def table(title, rows):
    print(f"\n{title}\n\n| | seconds | peak MB |\n|---|---|---|")
    for name, seconds, peaks in rows:
        peak = f"{statistics.median(peaks):.0f}" if peaks else ""
        print(f"| {name} | {middle(seconds)} | {peak} |")


def compare(setoff, file, runs, folder):
    ours, theirs, alone = [], [], {}
    our_phases, their_phases = {}, {}
    for _ in range(runs):
        seconds, peak, timings, commands = clear(setoff, file, folder)
        ours.append((seconds, peak))
        for phase, took in timings.items():
            our_phases.setdefault(phase, []).append(took)
        for command, figures in commands.items():
            alone.setdefault(command, []).append(figures)
        seconds, peak, said = peer(file, folder)
        theirs.append((seconds, peak))
        for phase, figures in said["phases"].items():
            their_phases.setdefault(phase, []).append((figures["seconds"], figures["peak_mb"]))
    rows = [(f"setoff: {phase}", took, []) for phase, took in our_phases.items()]
    rows.append(("**setoff clear, whole**", [s for s, _ in ours], [p for _, p in ours]))
    for command, figures in alone.items():
        rows.append((command, [s for s, _ in figures], [p for _, p in figures]))
    for phase, figures in their_phases.items():
        rows.append((f"Python: {phase}", [s for s, _ in figures], [p for _, p in figures]))
    rows.append(("**Python script, whole**", [s for s, _ in theirs], [p for _, p in theirs]))
    table(f"{file.name}, {file.stat().st_size / 1e6:.0f} MB, median of {runs} runs", rows)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--setoff", default="target/release/setoff")
    options.add_argument("--obligations", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=3)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for file in (folder / "trade.csv", folder / "trade.csv.gz"):
            command = [asked.setoff, "generate", "trade", "--out", file]
            run([*command, "--obligations", str(asked.obligations)])
            compare(asked.setoff, file, asked.runs, folder)


if __name__ == "__main__":
    main()
