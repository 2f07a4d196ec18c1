"""A million obligations: `setoff clear` beside a Python script with pandas and OR-Tools.

Usage: clear_million.py [--setoff target/release/setoff] [--obligations 1000000] [--runs 5] [--record]

Generates `trade` as CSV and compressed, runs both programs on each file in turn (so that a slow
spell of the machine hits both), and prints a table of each: the phases, and the whole. Figures are
medians. With --record they are kept in bench/results, from which document.py takes them. Needs a
Python with bench/requirements.txt; `just bench-setup` makes one at target/venv.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from statistics import median

import machine
from solvers import all_solvers

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
    summary, summary_peak, _ = run([setoff, "clear", file])
    check, check_peak, _ = run([setoff, "check", file])
    verify, verify_peak, _ = run([setoff, "verify", out, "--input", file])
    shutil.rmtree(out)
    alone = {
        "`setoff clear` without `--out`, proven, the summary only": (summary, summary_peak),
        "`setoff check`, alone": (check, check_peak),
        "`setoff verify`, alone": (verify, verify_peak),
    }
    return seconds, peak, timings, alone


def peer(file, folder):
    seconds, peak, said = run([sys.executable, HERE / "peer.py", file, folder / "out.csv"])
    return seconds, peak, said


def table(record):
    print(f"\n{record['file']}, {record['bytes'] / 1e6:.0f} MB, median of {record['runs']} runs\n")
    print("| | seconds | peak MB |\n|---|---|---|")
    for row in record["rows"]:
        peak = f"{row['peak_mb']:.0f}" if row["peak_mb"] else ""
        print(f"| {row['name']} | {row['seconds']:.2f} | {peak} |")
    print(f"\nthe script takes {record['ratio']:.1f} times as long")


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
    return {
        "kind": "command",
        "file": file.name,
        "bytes": file.stat().st_size,
        "runs": runs,
        "ratio": median([s for s, _ in theirs]) / median([s for s, _ in ours]),
        "rows": [
            {"name": name, "seconds": median(took), "peak_mb": median(peaks) if peaks else 0}
            for name, took, peaks in rows
        ],
    }


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--setoff", default="target/release/setoff")
    options.add_argument("--obligations", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--record", action="store_true", help="keep the figures in bench/results")
    asked = options.parse_args()
    session = machine.describe(all_solvers(), {**vars(asked), "seed": 1, "repeats": asked.runs})
    records = [session]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for file in (folder / "trade.csv", folder / "trade.csv.gz"):
            command = [asked.setoff, "generate", "trade", "--out", file]
            run([*command, "--obligations", str(asked.obligations)])
            record = compare(asked.setoff, file, asked.runs, folder)
            table(record)
            records.append({**record, "session": session["session"]})
    if asked.record:
        path = HERE / "results" / f"{session['session'].replace(':', '')}-command.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in records), encoding="utf-8")


if __name__ == "__main__":
    main()
