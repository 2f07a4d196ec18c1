"""The largest set-off of a file of obligations, by OR-Tools' min-cost flow.

An independent exact solver for the tests to compare with. It shares nothing with Setoff: it reads
the CSV with Python's own module and solves the other formulation of the problem, the cheapest way
to carry every net position through the debts that exist (what has to stay), where Setoff looks
for the largest circulation (what can go).

Standard input: one JSON object a line, {"file": PATH, "weight": COLUMN or null}. Standard output:
one line each, {CURRENCY: {"gross": SUM, "best": SUM}}, sums in minor units as decimal strings,
"best" the largest weighted sum of discharges. Amounts of one currency must all be written with
the same number of decimals. Node sums must stay below 2^63, which OR-Tools assumes.
"""

import csv
import gzip
import json
import sys

import numpy
from ortools.graph.python import min_cost_flow


def read(path, weight_column):
    """The debts of each currency, (debtor, creditor, weight) -> sum of the amounts."""
    currencies = {}
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            amount = int(row["amount"].replace(".", ""))
            weight = int(row[weight_column]) if weight_column else 1
            debts = currencies.setdefault(row["currency"], {})
            key = (row["debtor"], row["creditor"], weight)
            debts[key] = debts.get(key, 0) + amount
    return currencies


def largest_set_off(debts):
    """The largest sum of weight times discharge."""
    members = {}
    net = []
    for (debtor, creditor, _), amount in debts.items():
        for name in (debtor, creditor):
            if name not in members:
                members[name] = len(members)
                net.append(0)
        net[members[debtor]] += amount
        net[members[creditor]] -= amount
    for_arcs = numpy.array(
        [
            (members[debtor], members[creditor], amount, weight)
            for (debtor, creditor, weight), amount in debts.items()
        ],
        dtype=numpy.int64,
    )
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        for_arcs[:, 0], for_arcs[:, 1], for_arcs[:, 2], for_arcs[:, 3]
    )
    flow.set_nodes_supplies(
        numpy.arange(len(net)), numpy.array(net, dtype=numpy.int64)
    )
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"OR-Tools says {status}, not OPTIMAL")
    stays = flow.flows(arcs).tolist()
    return sum(
        weight * (amount - left)
        for ((_, _, weight), amount), left in zip(debts.items(), stays)
    )


def main():
    for line in sys.stdin:
        request = json.loads(line)
        answer = {
            currency: {
                "gross": str(sum(debts.values())),
                "best": str(largest_set_off(debts)),
            }
            for currency, debts in read(request["file"], request["weight"]).items()
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
