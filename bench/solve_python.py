"""OR-Tools, HiGHS and NetworkX on a file of arcs.

Usage: solve_python.py SOLVER FORMULATION FILE.arcs

SOLVER: ortools (SimpleMinCostFlow), highs (its default linear-programming method), highs-ipm
(interior point), networkx (network_simplex). FORMULATION: circulation (each arc earns its weight)
or positions (the cheapest way to carry the members' net positions; what is carried can not be set
off).

Prints "ready" when the arcs are in memory, then one line of JSON. "build" is the time to hand the
network to the solver, "solve" that of its own call alone.
"""

import json
import sys
import time

import numpy

import arcs as files


def memory(name):
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith(name))
    return int(line.split()[1])


def forget_peak():
    """From here on VmHWM is the peak since now."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


class Problem:
    """A network as every solver wants it: ends, capacities, costs and supplies."""

    def __init__(self, members, arcs, weights, formulation):
        self.members = members
        self.debtors = arcs["debtor"].astype(numpy.int64)
        self.creditors = arcs["creditor"].astype(numpy.int64)
        self.amounts = arcs["amount"].astype(numpy.int64)
        self.weights = (
            numpy.ones(len(arcs), numpy.int64) if weights is None else weights.astype(numpy.int64)
        )
        self.circulation = formulation == "circulation"
        self.costs = -self.weights if self.circulation else self.weights
        self.supplies = numpy.zeros(members, numpy.int64)
        if not self.circulation:
            numpy.add.at(self.supplies, self.debtors, self.amounts)
            numpy.subtract.at(self.supplies, self.creditors, self.amounts)

    def optimum(self, flows):
        gone = flows if self.circulation else self.amounts - flows
        return sum(map(int.__mul__, gone.tolist(), self.weights.tolist()))


def ortools(problem):
    from ortools.graph.python import min_cost_flow

    yield
    start = time.perf_counter()
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        problem.debtors, problem.creditors, problem.amounts, problem.costs
    )
    flow.set_nodes_supplies(numpy.arange(problem.members), problem.supplies)
    yield time.perf_counter() - start
    status = flow.solve()
    yield
    if status != flow.OPTIMAL:
        raise SystemExit(f"OR-Tools says {status}")
    yield problem.optimum(flow.flows(arcs))


def highs(problem, method="choose"):
    import highspy

    yield
    start = time.perf_counter()
    count = len(problem.amounts)
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("solver", method)
    lp = highspy.HighsLp()
    lp.num_col_ = count
    lp.num_row_ = problem.members
    lp.col_cost_ = problem.costs.astype(float)
    lp.col_lower_ = numpy.zeros(count)
    lp.col_upper_ = problem.amounts.astype(float)
    lp.row_lower_ = lp.row_upper_ = problem.supplies.astype(float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = numpy.arange(0, 2 * count + 1, 2)
    lp.a_matrix_.index_ = numpy.stack([problem.debtors, problem.creditors], 1).ravel()
    lp.a_matrix_.value_ = numpy.tile([1.0, -1.0], count)
    model.passModel(lp)
    yield time.perf_counter() - start
    model.run()
    yield
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SystemExit(f"HiGHS says {model.getModelStatus()}")
    flows = numpy.rint(numpy.array(model.getSolution().col_value)).astype(numpy.int64)
    yield problem.optimum(flows)


def highs_ipm(problem):
    return highs(problem, "ipm")


def networkx(problem):
    import networkx

    yield
    start = time.perf_counter()
    graph = networkx.DiGraph()
    for member, supply in enumerate(problem.supplies.tolist()):
        graph.add_node(member, demand=-supply)
    rows = zip(problem.debtors, problem.creditors, problem.amounts, problem.costs)
    for debtor, creditor, amount, cost in rows:
        graph.add_edge(int(debtor), int(creditor), capacity=int(amount), weight=int(cost))
    yield time.perf_counter() - start
    _, flows = networkx.network_simplex(graph)
    yield
    pairs = zip(problem.debtors.tolist(), problem.creditors.tolist())
    yield problem.optimum(numpy.array([flows[debtor][creditor] for debtor, creditor in pairs]))


# Each a generator that stops after it has imported its library, handed over the network (and
# yields how long that took), solved it, and found the optimum (which it yields).
SOLVERS = {"ortools": ortools, "highs": highs, "highs-ipm": highs_ipm, "networkx": networkx}


def main():
    name, formulation, path = sys.argv[1:]
    start = time.perf_counter()
    problem = Problem(*files.read(path), formulation)
    read = time.perf_counter() - start
    steps = SOLVERS[name](problem)
    next(steps)  # has imported its library
    before = memory("VmRSS")
    forget_peak()
    print("ready", flush=True)
    build = next(steps)
    start, processor = time.perf_counter(), time.process_time()
    next(steps)
    figures = {
        "read": read,
        "build": build,
        "solve": time.perf_counter() - start,
        "processor": time.process_time() - processor,
        "peak_kb": memory("VmHWM"),
        "before_kb": before,
        "optimum": str(next(steps)),
    }
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
