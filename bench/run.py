"""Measures Setoff's optimiser beside other solvers on the same networks.

Usage: run.py [--quick | --full] [options]; `run.py --help` lists them.

Draws each network with `setoff generate`, merges its parallel arcs, and has every solver solve the
same file in turn, on the same cores, several times. All that finish have to agree on the optimum.
Every run is a line of bench/results/SESSION.jsonl, from which document.py makes docs/benchmarks.md.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import machine
import run_solver
from forecast import Forecast
from solvers import BUILT, HERE, LEMON, ROOT, all_solvers

RESULTS = HERE / "results"
FAMILIES = [
    "trade",
    "uniform",
    "sparse",
    "deep-trade",
    "ring",
    "long-rings",
    "short-rings",
    "nested-rings",
    "core-periphery",
    "scale-free",
    "bipartite",
    "giant",
    "equal",
    "wide",
    "ladder",
    "cage",
    "levels",
    "acyclic",
    "torus",
]
# A solver whose run takes longer than this is measured once.
LONG = 60.0
# So is a peer that takes this many times as long as the fastest peer.
FAR_BEHIND = 3.0


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    comma = lambda text: text.split(",")
    sizes = lambda text: [int(float(size)) for size in text.split(",")]
    parser.add_argument(
        "--quick",
        action="store_true",
        help="10^4 and 10^5, the four fastest solvers, one run of at most 5 s: about five minutes",
    )
    parser.add_argument("--full", action="store_true", help="10^4 to 10^7, and trade to 10^8")
    parser.add_argument("--families", type=comma, default=FAMILIES, help="comma-separated")
    parser.add_argument("--sizes", type=sizes, help="obligations, comma-separated, such as 1e4,1e5")
    parser.add_argument("--solvers", type=comma, help="comma-separated")
    parser.add_argument("--repeats", type=int, help="runs of each, where a run is under a minute")
    parser.add_argument("--limit", type=float, help="seconds that a solver may take")
    parser.add_argument(
        "--factor",
        type=float,
        default=60,
        help="a peer is stopped after this many times Setoff's own time (but not before 5 s); 0: never",
    )
    parser.add_argument("--budget-minutes", type=float, help="start nothing that would end later")
    parser.add_argument("--memory-gb", type=float, default=20)
    parser.add_argument(
        "--cores", type=comma, default=[str(core) for core in sorted(os.sched_getaffinity(0))]
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=pathlib.Path, help="the file to write")
    parser.add_argument("--estimate", action="store_true", help="only say how long it would take")
    asked = parser.parse_args()
    usual = {"sizes": [10**4, 10**5, 10**6], "repeats": 5, "limit": 300.0, "budget_minutes": None}
    if asked.quick:
        usual = {"sizes": [10**4, 10**5], "repeats": 1, "limit": 5.0, "budget_minutes": 5.0}
        usual["solvers"] = ["setoff", "lemon-cost-scaling", "lemon-network-simplex", "ortools"]
    if asked.full:
        usual["sizes"] = [10**4, 10**5, 10**6, 10**7]
    for name, value in usual.items():
        if getattr(asked, name) is None:
            setattr(asked, name, value)
    return asked


def build():
    """Our driver, the generator and LEMON's driver."""
    for crate, target in (
        ("setoff", ["--bin", "setoff"]),
        ("setoff-clearing", ["--example", "solve_arcs"]),
    ):
        subprocess.run(
            ["cargo", "build", "--release", "--quiet", "-p", crate, *target], cwd=ROOT, check=True
        )
    BUILT.mkdir(parents=True, exist_ok=True)
    source = HERE / "solve_lemon.cpp"
    if not LEMON.exists() or LEMON.stat().st_mtime < max(
        source.stat().st_mtime, (HERE / "arcs.hpp").stat().st_mtime
    ):
        compiler = ["g++", "-std=c++17", "-O3", "-DNDEBUG", "-march=native", "-w"]
        subprocess.run([*compiler, "-o", LEMON, source], check=True)


def network(family, obligations, seed):
    """The file of merged arcs, drawn if it is not there yet."""
    file = BUILT / "networks" / f"{family}-{obligations}-{seed}.arcs"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        drawn = file.with_suffix(".drawn")
        command = [
            ROOT / "target/release/setoff",
            "generate",
            family,
            "--format",
            "arcs",
            "--force",
        ]
        command += ["--obligations", str(obligations), "--seed", str(seed), "--out", drawn]
        subprocess.run(command, check=True)
        merging = [sys.executable, HERE / "arcs.py", "merge", drawn, file.with_suffix(".merged")]
        subprocess.run(merging, check=True)
        drawn.unlink()
        file.with_suffix(".merged").rename(file)
    return file


class Bench:
    def __init__(self, asked):
        self.asked = asked
        self.begun = time.monotonic()
        self.solvers = [
            s for s in all_solvers() if asked.solvers is None or s.name in asked.solvers
        ]
        self.forecast = Forecast(RESULTS, self.solvers)
        self.cores = {int(core) for core in asked.cores}
        # (family, solver, formulation) that reached a limit: not tried on larger networks
        self.stopped = set()
        self.wrong = []  # what must not happen
        self.failed = []  # peers that gave up or refused the network

    def jobs(self):
        """(family, obligations), the small ones first."""
        for size in sorted(self.asked.sizes):
            for family in self.asked.families:
                yield family, size
        if self.asked.full:
            yield "trade", 10**8

    def ways(self, family, size):
        """The solvers that take part, and each formulation of it that does: not one that was
        stopped on a smaller network of the family, nor one that could not end in time, or was
        far behind the solver's other formulation, by what it took there."""
        ours = self.forecast.seconds("setoff", "", family, size)
        for solver in self.solvers:
            formulations = solver.formulations or ("",)
            least = {f: self.forecast.at_least(solver.name, f, family, size) for f in formulations}
            for formulation in formulations:
                if size > solver.most_arcs or (family, solver.name, formulation) in self.stopped:
                    continue
                hopeless = least[formulation] > 1.5 * self.limit(solver, ours)
                if not hopeless and least[formulation] <= FAR_BEHIND * min(least.values()):
                    yield solver, formulation

    def limit(self, solver, ours):
        if solver.name == "setoff":
            return max(self.asked.limit, 1800.0 if self.asked.full else 0.0)
        if not ours or not self.asked.factor:
            return self.asked.limit
        return min(self.asked.limit, max(5.0, self.asked.factor * ours))

    def estimate(self, family, size):
        """Seconds that a family at a size is likely to take."""
        ours = self.forecast.seconds("setoff", "", family, size)
        total = size * 3e-6
        best = {}
        for solver, formulation in self.ways(family, size):
            limit = self.limit(solver, ours)
            took = min(self.forecast.seconds(solver.name, formulation, family, size), limit)
            whole = took + 0.1 + size * 1e-6
            if "python" in str(solver.command[0]):
                whole += 1.5 + size * 4e-6
            total += whole
            if took < min(limit, LONG):
                best[solver.name] = min(whole, best.get(solver.name, whole))
        fastest = min([s for name, s in best.items() if name != "setoff"], default=0)
        again = [s for name, s in best.items() if name == "setoff" or s <= FAR_BEHIND * fastest]
        return total + (self.asked.repeats - 1) * sum(again)

    def open_results(self):
        plain = {
            key: str(value) if isinstance(value, pathlib.Path) else value
            for key, value in vars(self.asked).items()
        }
        session = machine.describe(self.solvers, plain)
        self.session = session["session"]
        path = self.asked.results or RESULTS / f"{self.session.replace(':', '')}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = open(path, "a", encoding="utf-8")
        self.record(session)
        return path

    def record(self, line):
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()

    def measure(self, family, size):
        path = network(family, size, self.asked.seed)
        with open(path, "rb") as file:
            file.seek(8)
            members, count = (int.from_bytes(file.read(8), "little") for _ in range(2))
        about = {
            "session": self.session,
            "family": family,
            "obligations": size,
            "seed": self.asked.seed,
        }
        self.record({"kind": "network", **about, "members": members, "arcs": count})
        ways = list(self.ways(family, size))
        took = {}  # (solver, formulation) -> the seconds of each run
        optima = {}
        for repeat in range(self.asked.repeats):
            for solver, formulation in ways:
                ours = took.get(("setoff", ""))
                limit = self.limit(solver, ours and statistics.median(ours))
                command = [*solver.command, *([formulation] if formulation else [])]
                memory = int(self.asked.memory_gb * 2**30)
                result = run_solver.run(command, path, limit, self.cores, memory)
                way = {"solver": solver.name, "formulation": formulation, "repeat": repeat}
                self.record({"kind": "run", **about, **way, **result})
                self.forecast.learn(solver.name, formulation, family, size, result)
                if result["outcome"] == "solved":
                    took.setdefault((solver.name, formulation), []).append(result["solve"])
                    optima.setdefault(result["optimum"], set()).add(solver.name)
                else:
                    self.stopped.add((family, solver.name, formulation))
                if result["outcome"] == "failed":
                    said = f"{solver.label} {formulation} on {family} of {size}: {result['said']}"
                    (self.wrong if solver.name == "setoff" else self.failed).append(said)
            ways = list(self.worth_repeating(ways, took))
        if len(optima) > 1:
            self.wrong.append(f"{family} of {size}: the optima differ: {optima}")
        if size > 10**6:
            path.unlink()
        self.say(family, size, count, took)

    def worth_repeating(self, ways, took):
        """Setoff, and of the peers that are not far behind the faster formulation, unless slow."""
        first = {way: times[0] for way, times in took.items()}
        fastest = min([s for (name, _), s in first.items() if name != "setoff"], default=0)
        for solver, formulation in ways:
            own = first.get((solver.name, formulation))
            if own is None or took[solver.name, formulation][-1] > LONG:
                continue
            others = [s for (name, _), s in first.items() if name == solver.name]
            if solver.name == "setoff" or own == min(others) and own <= FAR_BEHIND * fastest:
                yield solver, formulation

    def say(self, family, size, count, took):
        best = {}
        for (solver, formulation), times in took.items():
            said = f"{statistics.median(times):.3f} {formulation}".strip()
            best[solver] = min(best.get(solver, (times[0], said)), (times[0], said))
        parts = [f"{solver} {said}" for solver, (_, said) in best.items()]
        minutes = (time.monotonic() - self.begun) / 60
        print(
            f"[{minutes:5.1f} min] {family} {size} ({count} arcs): {', '.join(parts)}", flush=True
        )

    def run(self):
        jobs = list(self.jobs())
        budget = self.asked.budget_minutes
        said = f"{len(jobs)} networks, about {self.minutes(jobs):.0f} minutes"
        print(said + (f", at most {budget:g}" if budget else ""), flush=True)
        if self.asked.estimate:
            return
        path = self.open_results()
        left_out = []
        for place, (family, size) in enumerate(jobs):
            spent = (time.monotonic() - self.begun) / 60
            if budget and spent + self.minutes([(family, size)]) > budget:
                left_out.append(f"{family} {size}")
                continue
            self.measure(family, size)
            if place + 1 < len(jobs) and jobs[place + 1][1] != size:
                print(f"about {self.minutes(jobs[place + 1 :]):.0f} minutes more", flush=True)
        if left_out:
            print(f"left out for the time: {', '.join(left_out)}")
        for said in self.failed:
            print(f"failed: {said}")
        print(f"results: {path}")
        if self.wrong:
            raise SystemExit("\n".join(self.wrong))
        print("all that finished agree on every optimum")

    def minutes(self, jobs):
        return sum(self.estimate(family, size) for family, size in jobs) / 60


def main():
    asked = options()
    build()
    Bench(asked).run()


if __name__ == "__main__":
    main()
