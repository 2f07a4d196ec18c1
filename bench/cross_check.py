"""Compares the optimiser with OR-Tools and LEMON's network simplex on many small networks.

Usage: cross_check.py [--networks 5000] [--seed 1] [--record]

Draws networks of every family with 2 to 60 members and 1 to 400 obligations (`setoff generate`); one
in three gets random weights, from 1 to 9, from 1 to 1,000,000, or from -9 to 9. Each is solved by
all three; the optima have to be equal, and Setoff's certificate has to verify, which its driver
refuses to go without. OR-Tools (where it can) and LEMON look for the cheapest way to carry the net positions where
Setoff looks for the largest circulation, so a wrong formulation would show as well.
"""

import argparse
import collections
import json
import pathlib
import random
import subprocess
import tempfile

import numpy
from ortools.graph.python import min_cost_flow

import arcs
import machine
import run
from solvers import LEMON, OURS, ROOT, all_solvers


class Driver:
    """A solver that reads names of files and answers each with a line of JSON."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [*command, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def optimum(self, path):
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()  # ready
        line = self.process.stdout.readline()
        return int(json.loads(line)["optimum"]) if line else None


def ortools(members, network, weights):
    """The optimum by net positions, or, where OR-Tools takes sums near 2^63 for infeasible, by
    the largest circulation."""
    debtors, creditors = network["debtor"].astype(int), network["creditor"].astype(int)
    amounts = network["amount"].astype(numpy.int64)
    net = numpy.zeros(members, numpy.int64)
    numpy.add.at(net, debtors, amounts)
    numpy.subtract.at(net, creditors, amounts)
    for costs, supplies in ((weights, net), (-weights, 0 * net)):
        flow = min_cost_flow.SimpleMinCostFlow()
        handles = flow.add_arcs_with_capacity_and_unit_cost(debtors, creditors, amounts, costs)
        flow.set_nodes_supplies(numpy.arange(members), supplies)
        if flow.solve() == flow.OPTIMAL:
            flows = flow.flows(handles)
            gone = flows if costs is not weights else amounts - flows
            return sum(int(f) * int(w) for f, w in zip(gone, weights))
    return None


def drawn(number, draw, folder):
    """A network file; what it is, for a person; its parts."""
    family = run.FAMILIES[number % len(run.FAMILIES)]
    members, obligations = draw.randint(2, 60), draw.randint(1, 400)
    seed = draw.getrandbits(60)
    path = folder / "network.arcs"
    command = [ROOT / "target/release/setoff", "generate", family, "--format", "arcs", "--force"]
    command += ["--members", str(members), "--obligations", str(obligations)]
    subprocess.run([*command, "--seed", str(seed), "--out", path], check=True)
    members, network, _ = arcs.read(path)
    weights, kind = numpy.ones(len(network), numpy.int64), "equal weights"
    if draw.randrange(3) == 0:
        low, high = draw.choice([(1, 9), (1, 10**6), (-9, 9)])
        weights = numpy.array([draw.randint(low, high) for _ in network], numpy.int64)
        arcs.write(path, members, network, weights)
        kind = f"weights from {low} to {high}"
    said = f"{family}, {members} members, {obligations} obligations, seed {seed}, {kind}"
    return path, family, said, (members, network, weights)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--networks", type=int, default=5000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--record", action="store_true", help="keep the outcome among the results")
    asked = options.parse_args()
    run.build()
    draw = random.Random(asked.seed)
    ours, lemon = Driver(OURS), Driver(LEMON, "network-simplex", "positions")
    counts, wrong = collections.Counter(), []
    with tempfile.TemporaryDirectory() as name:
        for number in range(asked.networks):
            path, family, said, parts = drawn(number, draw, pathlib.Path(name))
            found = {
                "Setoff": ours.optimum(path),
                "LEMON": lemon.optimum(path),
                "OR-Tools": ortools(*parts),
            }
            counts[family] += 1
            if len(set(found.values())) > 1 or None in found.values():
                wrong.append(f"{said}: {found}")
                print(wrong[-1], flush=True)
                if None in (found["Setoff"], found["LEMON"]):
                    break
            if (number + 1) % 500 == 0:
                print(f"{number + 1} networks, {len(wrong)} wrong", flush=True)
    checked = sum(counts.values())
    said = (
        f"{checked:,} small networks of {len(counts)} families (2 to 60 members, 1 to 400 obligations, a"
        f" third with weights, seed {asked.seed}): Setoff, OR-Tools and LEMON's network simplex agree on"
        f" {checked - len(wrong):,}, every certificate verified."
    )
    print(said)
    if asked.record:
        session = machine.describe(all_solvers(), vars(asked))
        run.RESULTS.mkdir(exist_ok=True)
        path = run.RESULTS / f"{session['session'].replace(':', '')}-cross-check.jsonl"
        record = {"kind": "cross-check", "session": session["session"], "said": said}
        path.write_text(
            "".join(json.dumps(line) + "\n" for line in (session, record)), encoding="utf-8"
        )
    print(f"{checked - len(wrong)} passed, {len(wrong)} failed")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
