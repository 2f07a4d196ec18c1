"""How long a solver is likely to take, from earlier results or a guess."""

import collections
import json
import statistics

# How time is taken to grow with the size, where there is nothing better.
EXPONENT = 1.3


class Forecast:
    def __init__(self, folder, solvers):
        self.usual = {solver.name: solver.usual_seconds for solver in solvers}
        # (solver, formulation, family) -> size -> the seconds of each run
        self.known = collections.defaultdict(lambda: collections.defaultdict(list))
        for file in sorted(folder.glob("*.jsonl")):
            for line in file.read_text(encoding="utf-8").splitlines():
                run = json.loads(line)
                if run["kind"] == "run":
                    way = run["solver"], run["formulation"], run["family"]
                    self.learn(*way, run["obligations"], run)

    def learn(self, solver, formulation, family, size, result):
        """Notes what a run took; one that was stopped took its limit at least."""
        if result["outcome"] in ("solved", "limit"):
            took = result["solve"] if result["outcome"] == "solved" else result["limit"]
            self.known[solver, formulation, family][size].append(took)

    def seconds(self, solver, formulation, family, size):
        """Seconds of one run: scaled from the nearest size that was measured."""
        known = self.known[solver, formulation, family]
        if not known:
            return self.usual.get(solver, 1) * (size / 1e5) ** EXPONENT
        nearest = min(known, key=lambda other: (abs(size.bit_length() - other.bit_length()), other))
        return statistics.median(known[nearest]) * (size / nearest) ** EXPONENT

    def at_least(self, solver, formulation, family, size):
        """Seconds that a run will hardly undercut: from the next smaller size that was measured,
        as if time grew no faster than the size. 0 where nothing is known."""
        known = self.known[solver, formulation, family]
        smaller = [other for other in known if other < size]
        if not smaller:
            return 0
        return statistics.median(known[max(smaller)]) * size / max(smaller)
