"""Set-offs of whole obligations: Setoff's search beside HiGHS on the same networks.

Usage: whole.py [--seeds 3] [--limit 60] [--sizes 10,20,50,100,200] [--most 10000]

Networks of ten obligations a member (three members at least) between any two, up to
`--most` cents each. HiGHS gets the problem as a mixed integer program:
a variable 0 or 1 an obligation, an equation a member, in minor units, on one thread, with no gap allowed.
What it answers is rounded and added up in whole numbers: *exact* says whether every member is
discharged of as much as is discharged to it. Its bound is what it states, in floating point.
"""

import argparse
import collections
import csv
import json
import pathlib
import random
import subprocess
import tempfile
import time

import highspy
import numpy

ROOT = pathlib.Path(__file__).parent.parent
SETOFF = ROOT / "target/release/setoff"


def draw(path, size, members, most, seed):
    """Obligations between any two members, up to `most` cents each."""
    draws = random.Random(seed)
    with open(path, "w") as file:
        print("debtor,creditor,amount,currency", file=file)
        for _ in range(size):
            debtor, creditor = draws.sample(range(members), 2)
            cents = draws.randint(1, most)
            print(f"M{debtor},M{creditor},{cents // 100}.{cents % 100:02},EUR", file=file)


def rows_of(path):
    with open(path, newline="") as file:
        return [
            (row["debtor"], row["creditor"], int(row["amount"].replace(".", "")))
            for row in csv.DictReader(file)
        ]


def ours(path, limit):
    start = time.perf_counter()
    command = [SETOFF, "clear", path, "--whole", "--json", "--time-limit", f"{limit}s"]
    said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    clearing = said["clearings"][0]
    return time.perf_counter() - start, int(clearing["weighted"]), int(clearing["weighted_bound"])


def highs(rows, limit):
    solver = highspy.Highs()
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "time_limit": float(limit),
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.5,
    }.items():
        solver.setOptionValue(option, value)
    members = sorted({name for row in rows for name in row[:2]})
    place = {name: number for number, name in enumerate(members)}
    solver.addVars(len(rows), numpy.zeros(len(rows)), numpy.ones(len(rows)))
    amounts = numpy.array([row[2] for row in rows], float)
    for column in range(len(rows)):
        solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        solver.changeColCost(column, amounts[column])
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    at = collections.defaultdict(list)
    for column, (debtor, creditor, amount) in enumerate(rows):
        at[place[debtor]].append((column, amount))
        at[place[creditor]].append((column, -amount))
    for entries in at.values():
        columns = numpy.array([column for column, _ in entries], numpy.int32)
        values = numpy.array([value for _, value in entries], float)
        solver.addRow(0.0, 0.0, len(entries), columns, values)
    start = time.perf_counter()
    solver.run()
    took = time.perf_counter() - start
    info = solver.getInfo()
    chosen = [round(value) for value in solver.getSolution().col_value] or [0] * len(rows)
    balance = collections.Counter()
    for taken, (debtor, creditor, amount) in zip(chosen, rows):
        balance[debtor] += taken * amount
        balance[creditor] -= taken * amount
    found = sum(taken * row[2] for taken, row in zip(chosen, rows))
    return took, found, round(info.mip_dual_bound), not any(balance.values())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--sizes", default="10,20,50,100,200")
    parser.add_argument("--most", type=int, default=10_000)
    arguments = parser.parse_args()
    print("| obligations | seed | Setoff s | found | bound | HiGHS s | found | bound | exact |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for size in map(int, arguments.sizes.split(",")):
            for seed in range(1, arguments.seeds + 1):
                path = f"{folder}/{size}-{seed}.csv"
                members = max(3, size // 10)
                draw(path, size, members, arguments.most, seed)
                rows = rows_of(path)
                one, other = ours(path, arguments.limit), highs(rows, arguments.limit)
                print(
                    f"| {size} | {seed} | {one[0]:.2f} | {one[1]} | {one[2]} "
                    f"| {other[0]:.2f} | {other[1]} | {other[2]} | {'yes' if other[3] else 'NO'} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
