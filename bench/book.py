"""Measures a book of debts that come, change and go, and writes docs/book-latency.md.

    python3 bench/book.py            # all families at 10^5 and 10^6, and a million changes
    python3 bench/book.py --quick    # all families at 10^5, 20,000 changes each
    python3 bench/book.py --page     # the page and the picture from the last results
"""

import argparse
import json
import math
import os
import subprocess
from pathlib import Path

from machine import first_line

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/examples/arrivals"
RESULTS = ROOT / "bench/results-book.jsonl"
PAGE = ROOT / "docs/book-latency.md"
PICTURES = ROOT / "docs/benchmarks"
FAMILIES = ["trade", "trade60", "uniform", "ring", "sparse"]
COLOURS = {
    "trade": "#0b6e4f", "trade60": "#7a9e7e", "uniform": "#2b59c3", "ring": "#b5651d",
    "sparse": "#a4243b",
}


def measure(family, debts, changes):
    load = os.getloadavg()[0]
    run = subprocess.run(
        [PROGRAM, family, str(debts), str(changes)], check=True, capture_output=True, text=True
    )
    result = json.loads(run.stdout) | {"changes": changes, "load": round(load, 1)}
    print(family, debts, "p99", result["all"]["p99"] / 1000, "µs", flush=True)
    return result


def batch(result):
    # The mean, since Linux counts processor time in ticks of milliseconds.
    times = result["batches_ns"]
    return sum(times) / len(times) / result["cold_ns"]


def micros(nanos):
    return f"{nanos / 1000:,.1f}" if nanos < 1e5 else f"{nanos / 1000:,.0f}"


def histogram(results):
    """Shares of the changes by latency, on a logarithmic scale, one line a family."""
    width, height, left, bottom, top = 760, 340, 60, 50, 20
    low, high = math.log10(200), math.log10(1e7)
    x = lambda nanos: left + (math.log10(max(nanos, 200)) - low) / (high - low) * (width - left - 20)
    shares = {
        r["family"]: [(s, n / r["all"]["count"]) for s, n in r["all"]["histogram"]] for r in results
    }
    most = max(share for line in shares.values() for _, share in line)
    y = lambda share: height - bottom - share / most * (height - bottom - top)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for power, name in [(3, "1 µs"), (4, "10 µs"), (5, "100 µs"), (6, "1 ms"), (7, "10 ms")]:
        at = x(10**power)
        parts.append(f'<path d="M{at:.1f} {top}V{height - bottom}" stroke="#ddd"/>')
        parts.append(f'<text x="{at:.1f}" y="{height - bottom + 18}" text-anchor="middle">{name}</text>')
    parts.append(
        f'<text x="{width / 2}" y="{height - 10}" text-anchor="middle">from the change to the known '
        "gap; a point is a quarter of a doubling, a mark below a p99</text>"
    )
    for number, result in enumerate(results):
        family = result["family"]
        colour = COLOURS[family]
        points = " ".join(f"{x(start * 1.09):.1f},{y(share):.1f}" for start, share in shares[family])
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        p99 = x(result["all"]["p99"])
        parts.append(
            f'<path d="M{p99:.1f} {height - bottom}v-9" stroke="{colour}" stroke-width="3"/>'
        )
        parts.append(
            f'<text x="{width - 190}" y="{top + 14 + 17 * number}" fill="{colour}">{family}: p99 '
            f'{micros(result["all"]["p99"])} µs</text>'
        )
    parts.append(f'<path d="M{left} {height - bottom}H{width - 20}" stroke="#333"/></svg>')
    return "\n".join(parts) + "\n"


def memory(result):
    """Resident memory over the changes."""
    width, height, left, bottom, top = 760, 200, 60, 40, 20
    samples = result["memory_kib"]
    most = max(kib for _, kib in samples) / 1024 * 1.2
    last = samples[-1][0]
    point = lambda at, kib: (
        f"{left + at / last * (width - left - 20):.1f},"
        f"{height - bottom - kib / 1024 / most * (height - bottom - top):.1f}"
    )
    line = " ".join(point(at, kib) for at, kib in samples)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<path d="M{left} {top}V{height - bottom}H{width - 20}" fill="none" stroke="#333"/>',
        f'<text x="{left - 6}" y="{top + 10}" text-anchor="end">{most:.0f} MB</text>',
        f'<text x="{left - 6}" y="{height - bottom}" text-anchor="end">0</text>',
        f'<text x="{width - 20}" y="{height - 14}" text-anchor="end">{last:,} changes</text>',
        f'<polyline points="{line}" fill="none" stroke="#0b6e4f" stroke-width="2"/></svg>',
    ]) + "\n"


def table(results):
    lines = [
        "| network | add p50 · p99 | remove p50 · p99 | all p50 · p90 · p99 · p99.9 | cold solve | batch of "
        "100, of a cold solve (mean of 20 · worst) | load |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in results:
        at = lambda kind, *ps: " · ".join(micros(r[kind][p]) for p in ps)
        worst = r["batches_ns"][-1] / r["cold_ns"]
        lines.append(
            f'| {r["family"]} {r["debts"]:,} | {at("add", "p50", "p99")} | {at("remove", "p50", "p99")} | '
            f'{at("all", "p50", "p90", "p99", "p999")} | {r["cold_ns"] / 1e6:,.0f} ms | '
            f'{batch(r):.3f} · {worst:.3f} | {r["load"]} |'
        )
    return "\n".join(lines)


def page(results):
    single = [r for r in results if r["changes"] < 1_000_000]
    million = [r for r in results if r["changes"] >= 1_000_000]
    for debts in sorted({r["debts"] for r in single}):
        name = PICTURES / f"book-{debts}.svg"
        name.write_text(histogram([r for r in single if r["debts"] == debts]), encoding="utf-8")
    text = [
        "# How long a change of the book takes\n",
        "Made by `just bench-book`; see [book.md](book.md) for what a book is. Four in ten changes add an "
        "obligation, four remove one, two change an amount; the network keeps its size. A time is from the call "
        "to the known gap, by the wall, in microseconds; changes during which another program had the processor "
        "are not counted. *A batch* is 100 changes and then the exact optimum; "
        "its time, and that of the cold solve, is processor time, which is counted in ticks of 4 ms: where a batch takes less, the mean is rough and the worst says little. *Load* is the machine's load average when the "
        "run began: other programs ran beside it.\n",
        f"Machine: {first_line('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores.\n",
        table(single) + "\n",
    ]
    for debts in sorted({r["debts"] for r in single}):
        text.append(f"![Latencies at {debts:,} obligations](benchmarks/book-{debts}.svg)\n")
    for r in million:
        (PICTURES / "book-memory.svg").write_text(memory(r), encoding="utf-8")
        kib = [kib for _, kib in r["memory_kib"]]
        text.append(
            f'## A million changes\n\n{r["family"]} with {r["debts"]:,} obligations, {r["changes"]:,} changes. '
            f"After every 10,000 all invariants are checked, the set-off is made optimal, and its certificate is "
            f"verified: {len(kib)} times each without a fault. p99 {micros(r['all']['p99'])} µs. The gap was "
            f"{max(r['gap_before_optimising_millionths']) / 1e4:.2f} % of what is owed or less before each "
            f"time, and {r['largest_gap_millionths'] / 1e4:.1f} % at the worst moment. Memory of the process {min(kib) / 1024:.1f} to {max(kib) / 1024:.1f} MB.\n\n"
            "![Memory over a million changes](benchmarks/book-memory.svg)\n"
        )
    PAGE.write_text("\n".join(text), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    if not options.page:
        if options.quick:
            runs = [(family, 100_000, 20_000) for family in FAMILIES]
        else:
            runs = [("trade", 100_000, 1_000_000)]
            runs += [(family, 100_000, 50_000) for family in FAMILIES]
            runs += [(family, 1_000_000, 20_000) for family in FAMILIES]
        if options.quick:
            for run in runs:
                measure(*run)
            return
        with RESULTS.open("w", encoding="utf-8") as results:
            for run in runs:
                results.write(json.dumps(measure(*run)) + "\n")
                results.flush()
    page([json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()])


if __name__ == "__main__":
    main()
