"""What a good Python script would do instead of `setoff clear`: pandas and OR-Tools.

Usage: peer.py FILE.csv[.gz] DISCHARGES.csv

Reads the obligations, merges those of the same pair, finds the largest set-off with OR-Tools'
min-cost flow, checks it (feasible and conserved; that it is optimal can't be checked, because
OR-Tools keeps its potentials to itself), discharges the oldest obligations of a pair first and
writes every obligation with its discharge. Prints the seconds of each phase and the peak memory
so far as JSON on standard error. One currency only.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from ortools.graph.python import min_cost_flow


def read(path):
    rows = pd.read_csv(path, dtype={"currency": "category", "due": "category"})
    # To the cent, and faster than reading decimals as text: below 2^53 cents a double is exact.
    rows["amount"] = (rows["amount"] * 100).round().astype(np.int64)
    return rows


def merge(rows):
    """The members' numbers, and the sum of each pair's obligations."""
    parties = pd.concat([rows["debtor"], rows["creditor"]], ignore_index=True)
    numbers, names = pd.factorize(parties)
    debtor, creditor = numbers[: len(rows)], numbers[len(rows) :]
    pair = debtor.astype(np.int64) * len(names) + creditor
    pairs, rows["pair"] = np.unique(pair, return_inverse=True)
    sums = np.zeros(len(pairs), dtype=np.int64)
    np.add.at(sums, rows["pair"].to_numpy(), rows["amount"].to_numpy())
    return len(names), pairs // len(names), pairs % len(names), sums


def optimise(members, debtors, creditors, sums):
    """What is set off for each pair: the sum less what has to stay to carry the net positions."""
    net = np.zeros(members, dtype=np.int64)
    np.add.at(net, debtors, sums)
    np.subtract.at(net, creditors, sums)
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        debtors, creditors, sums, np.ones(len(sums), dtype=np.int64)
    )
    flow.set_nodes_supplies(np.arange(members), net)
    if flow.solve() != flow.OPTIMAL:
        raise SystemExit("OR-Tools found no optimum")
    return sums - flow.flows(arcs)


def verify(members, debtors, creditors, sums, discharged):
    balance = np.zeros(members, dtype=np.int64)
    np.add.at(balance, debtors, discharged)
    np.subtract.at(balance, creditors, discharged)
    if (discharged < 0).any() or (discharged > sums).any() or balance.any():
        raise SystemExit("the set-off is not feasible")


def write(rows, discharged, path):
    order = rows.sort_values(["pair", "due", "reference"], kind="stable")
    before = order.groupby("pair")["amount"].cumsum() - order["amount"]
    room = discharged[order["pair"].to_numpy()] - before
    rows["discharged"] = np.minimum(room.clip(lower=0), order["amount"])
    out = rows.drop(columns="pair")
    out["outstanding"] = (out["amount"] - out["discharged"]) / 100
    out["amount"] /= 100
    out["discharged"] /= 100
    out.to_csv(path, index=False, float_format="%.2f")


def peak_megabytes():
    with open("/proc/self/status", encoding="ascii") as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    return int(peak.split()[1]) // 1024


def main():
    source, target = sys.argv[1:]
    phases = {}
    start = time.perf_counter()

    def done(phase):
        nonlocal start
        now = time.perf_counter()
        phases[phase] = {"seconds": round(now - start, 3), "peak_mb": peak_megabytes()}
        start = now

    rows = read(source)
    done("read")
    members, debtors, creditors, sums = merge(rows)
    done("merge")
    discharged = optimise(members, debtors, creditors, sums)
    done("optimise")
    verify(members, debtors, creditors, sums, discharged)
    done("verify")
    write(rows, discharged, target)
    done("write")
    cleared = int(discharged.sum())
    print(json.dumps({"cleared": str(cleared), "phases": phases}), file=sys.stderr)


if __name__ == "__main__":
    main()
