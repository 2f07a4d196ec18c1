"""The results of all sessions, as document.py shows them."""

import collections
import dataclasses
import json
import statistics


@dataclasses.dataclass
class Cell:
    """The runs of one solver on one network in one session."""

    session: str
    runs: list

    @property
    def solved(self):
        """The runs that ended, in the formulation that did best."""
        solved = [run for run in self.runs if run["outcome"] == "solved"]
        best = {}
        for run in solved:
            best[run["formulation"]] = min(best.get(run["formulation"], run["solve"]), run["solve"])
        return [run for run in solved if run["formulation"] == min(best, key=best.get)]

    @property
    def outcome(self):
        """ "solved" if any run was, else how the last one ended."""
        return "solved" if self.solved else self.runs[-1]["outcome"]

    def median(self, figure):
        return statistics.median(run[figure] for run in self.solved)

    @property
    def limit(self):
        return self.runs[-1]["limit"]


class Results:
    """Everything in a folder of result files. Where several sessions measured the same, the newest
    one counts, so that a part can be measured again by itself."""

    def __init__(self, folder):
        self.sessions = {}
        self.networks = {}  # (family, obligations) -> record
        self.commands = []
        self.checks = []
        runs = collections.defaultdict(list)
        for file in sorted(folder.glob("*.jsonl")):
            for line in file.read_text(encoding="utf-8").splitlines():
                record = json.loads(line)
                match record["kind"]:
                    case "session":
                        self.sessions[record["session"]] = record
                    case "network":
                        self.networks[record["family"], record["obligations"]] = record
                    case "run":
                        key = record["family"], record["obligations"], record["solver"]
                        runs[key + (record["session"],)].append(record)
                    case "command":
                        self.commands.append(record)
                    case "cross-check":
                        self.checks.append(record)
        self.cells = {}
        for family, size, solver, session in sorted(runs, key=lambda key: key[3]):
            found = runs[family, size, solver, session]
            self.cells[family, size, solver] = Cell(session, found)

    def cell(self, family, size, solver):
        return self.cells.get((family, size, solver))

    def sizes(self):
        return sorted({size for _, size in self.networks})

    def families(self, order):
        """Those that were measured, in the given order."""
        measured = {family for family, _ in self.networks}
        return [family for family in order if family in measured]
