"""Makes docs/benchmarks.md and its pictures from the results of all sessions.

Usage: document.py [--results bench/results] [--out docs]
"""

import argparse
import itertools
import math
import pathlib
import statistics

import plots
from results import Results
from run import FAMILIES
from solvers import HERE, ROOT, all_solvers

OURS = "setoff"


def short(seconds):
    """Three digits, as people read them."""
    if seconds >= 100:
        return f"{seconds:.0f}"
    digits = 2 - math.floor(math.log10(max(seconds, 1e-6)))
    return f"{seconds:.{digits}f}"


def power(size):
    exponent = round(math.log10(size))
    return f"10^{exponent}" if 10**exponent == size else f"{size:,}"


class Document:
    def __init__(self, results):
        self.results = results
        self.solvers = all_solvers()
        self.peers = [solver for solver in self.solvers if solver.name != OURS]
        self.families = results.families(FAMILIES)
        self.lines = []

    def add(self, *lines):
        self.lines += lines

    def table(self, head, rows):
        self.add("| " + " | ".join(head) + " |", "|---" * len(head) + "|")
        self.lines += ["| " + " | ".join(row) + " |" for row in rows]
        self.add("")

    def time(self, family, size, solver):
        cell = self.results.cell(family, size, solver)
        if cell is None:
            return "–"
        ours = self.results.cell(family, size, OURS)
        mark = "†" if ours and ours.session != cell.session else ""
        match cell.outcome:
            case "solved":
                formulation = cell.solved[0]["formulation"]
                return " ".join([short(cell.median("solve")) + mark, formulation[:1]]).strip()
            case "limit":
                return f"> {cell.limit:.0f}{mark}"
            case "memory":
                return f"out of memory{mark}"
        return f"failed{mark}"

    def ratio(self, family, size):
        """How many times as long as ours the fastest peer took; whether that is a lower bound,
        because every peer was stopped. None if there is nothing to compare."""
        ours = self.results.cell(family, size, OURS)
        if ours is None or ours.outcome != "solved":
            return None
        cells = [self.results.cell(family, size, peer.name) for peer in self.peers]
        solved = [cell.median("solve") for cell in cells if cell and cell.outcome == "solved"]
        stopped = [cell.limit for cell in cells if cell and cell.outcome == "limit"]
        if not solved and not stopped:
            return None
        return min(solved or stopped) / ours.median("solve"), not solved

    def lead(self, family, size):
        if (found := self.ratio(family, size)) is None:
            return "–"
        ratio, at_least = found
        said = (
            f"{'> ' if at_least else ''}{ratio:.2g}"
            if ratio < 10
            else f"{'> ' if at_least else ''}{ratio:.0f}"
        )
        return f"**{said}**" if ratio < 1 else said

    def summary_table(self):
        self.add(
            "## Summary",
            "",
            "*Lead* is the time of the fastest peer, in its better formulation, over Setoff's, family by",
            "family.",
            "",
        )
        rows = []
        for size in self.results.sizes():
            leads = {family: self.ratio(family, size) for family in self.families}
            leads = {family: found[0] for family, found in leads.items() if found}
            if leads:
                least = min(leads, key=leads.get)
                middle = statistics.median(leads.values())
                lost = [f"`{family}`" for family in leads if leads[family] < 1]
                tenfold = sum(ratio >= 10 for ratio in leads.values())
                rows.append(
                    [
                        power(size),
                        str(len(leads)),
                        f"{leads[least]:.2g} (`{least}`)",
                        f"{middle:.2g}",
                        str(tenfold),
                        ", ".join(lost) or "none",
                    ]
                )
        head = [
            "obligations",
            "families",
            "least lead",
            "median lead",
            "ten times or more",
            "a peer is faster",
        ]
        self.table(head, rows)

    def solve_tables(self):
        self.add(
            "## Solve-only time",
            "",
            "Median wall seconds; c: as a circulation, p: as net positions, whichever was faster (see",
            "[the method](#what-is-measured)). *Lead*: the fastest peer's time over Setoff's; in bold where a peer",
            "is faster. `> 60`: stopped after 60 seconds. `–`: not run, because the solver was stopped",
            "at a smaller size of the family, or took so long there that it would be at this one even",
            "if its time grew only with the size. †: measured in another session than Setoff's",
            "figure, so the ratio is less certain.",
            "",
        )
        for size in self.results.sizes():
            peers = [
                peer
                for peer in self.peers
                if any(self.results.cell(family, size, peer.name) for family in self.families)
            ]
            rows = []
            for family in self.families:
                network = self.results.networks.get((family, size))
                if network:
                    times = [self.time(family, size, s.name) for s in [self.solvers[0], *peers]]
                    members, count = f"{network['members']:,}", f"{network['arcs']:,}"
                    rows.append([f"`{family}`", members, count, *times, self.lead(family, size)])
            self.add(f"### {power(size)} obligations", "")
            labels = [solver.label for solver in [self.solvers[0], *peers]]
            self.table(["family", "members", "arcs", *labels, "lead"], rows)

    def memory_table(self):
        self.add(
            "## Peak memory",
            "",
            "Bytes an arc: what the solver took at its peak beside the network that it was given /",
            "with that network and everything else in its process. From the largest size at which",
            "each was measured, at least 10^5 obligations.",
            "",
        )
        rows = []
        for family in self.families:
            row = [f"`{family}`"]
            for solver in self.solvers:
                row.append(self.memory(family, solver.name))
            rows.append(row)
        self.table(["family", *(solver.label for solver in self.solvers)], rows)

    def memory(self, family, solver):
        for size in reversed(self.results.sizes()):
            cell = self.results.cell(family, size, solver)
            if size >= 10**5 and cell and cell.outcome == "solved":
                arcs = self.results.networks[family, size]["arcs"]
                peak, before = cell.median("peak_kb"), cell.median("before_kb")
                beside, whole = ((peak - before) * 1024 / arcs, peak * 1024 / arcs)
                return f"{beside:.0f} / {whole:.0f} ({power(size)})"
        return "–"

    def growth_table(self):
        self.add(
            "## Growth",
            "",
            "The exponent e of m^e by which the time grows from one size to the next, m counted in",
            "merged arcs. LEMON's cost scaling for comparison.",
            "",
        )
        sizes = self.results.sizes()
        steps = list(itertools.pairwise(sizes))
        heads = [f"{power(a)} to {power(b)}" for a, b in steps]
        rows = []
        for family in self.families:
            row = [f"`{family}`"]
            for solver in (OURS, "lemon-cost-scaling"):
                row += [self.exponent(family, a, b, solver) for a, b in steps]
            rows.append(row)
        lemon = [f"LEMON, {head}" for head in heads]
        self.table(["family", *(f"Setoff, {head}" for head in heads), *lemon], rows)

    def exponent(self, family, small, large, solver):
        cells = [self.results.cell(family, size, solver) for size in (small, large)]
        if any(cell is None or cell.outcome != "solved" for cell in cells):
            return "–"
        arcs = [self.results.networks[family, size]["arcs"] for size in (small, large)]
        times = [cell.median("solve") for cell in cells]
        return f"{math.log(times[1] / times[0]) / math.log(arcs[1] / arcs[0]):.2f}"

    def verify_table(self):
        self.add(
            "## Verifying", "", "The checker's seconds, and their share of the optimiser's.", ""
        )
        sizes = [size for size in self.results.sizes() if size >= 10**5]
        rows = []
        for family in self.families:
            row = [f"`{family}`"]
            for size in sizes:
                cell = self.results.cell(family, size, OURS)
                if cell and cell.outcome == "solved":
                    verify = cell.median("verify")
                    row.append(f"{short(verify)} ({verify / cell.median('solve'):.3f})")
                else:
                    row.append("–")
            rows.append(row)
        self.table(["family", *(power(size) for size in sizes)], rows)

    def command_tables(self):
        if not self.results.commands:
            return
        newest = max(record["session"] for record in self.results.commands)
        self.add(
            "## The whole command",
            "",
            "`setoff clear` on a CSV file of family `trade` beside a Python script that does the same",
            "with pandas and OR-Tools (`bench/clear_million.py`, `bench/peer.py`): read, merge,",
            "optimise, verify, and write every obligation with its discharge. Setoff also writes the",
            "positions, payments, circles, report and certificate. Medians.",
            "",
        )
        for record in self.results.commands:
            if record["session"] == newest:
                megabytes = record["bytes"] / 1e6
                self.add(f"### {record['file']}, {megabytes:.0f} MB, {record['runs']} runs", "")
                rows = [
                    [
                        row["name"],
                        short(row["seconds"]),
                        f"{row['peak_mb']:.0f}" if row["peak_mb"] else "",
                    ]
                    for row in record["rows"]
                ]
                self.table(["", "seconds", "peak MB"], rows)
                self.add(
                    f"The script takes {record['ratio']:.1f} times as long as `setoff clear`.", ""
                )

    def checks_text(self):
        self.add("## The same optimum", "")
        agreed = {}
        for family, size in self.results.networks:
            cells = [self.results.cell(family, size, solver.name) for solver in self.solvers]
            cells = [cell for cell in cells if cell and cell.outcome == "solved"]
            optima = {run["optimum"] for cell in cells for run in cell.solved}
            agreed[family, size] = len(cells) - 1 if len(optima) == 1 else -1
        two = sum(peers >= 2 for peers in agreed.values())
        said = f"Of the {len(agreed)} networks above, two peers or more finished on {two}"
        if differ := sum(peers < 0 for peers in agreed.values()):
            self.add(f"{said}. Solvers DIFFER on {differ}.", "")
        else:
            self.add(f"{said}. All that finished found the same optimum.", "")
        if few := [f"`{f}` {power(s)}" for (f, s), peers in agreed.items() if 0 <= peers < 2]:
            self.add(
                f"Fewer than two finished on {', '.join(few)}: there Setoff's certificate proves it.",
                "",
            )
        self.lines += [f"- {record['said']}" for record in self.results.checks[-2:]]
        self.add("")

    def sessions_table(self):
        self.add("## Machine and versions", "")
        used = {cell.session for cell in self.results.cells.values()}
        used |= {record["session"] for record in self.results.commands}
        for name in sorted(used):
            session = self.results.sessions[name]
            machine, versions = session["machine"], session["versions"]
            changed = ", with changes not committed" if session["changed"] else ""
            tools = ("rustc", "g++", "python", OURS)
            peers = {version for name, version in versions.items() if name not in tools}
            self.add(
                f"- Session {name}: commit {session['commit'][:10]}{changed}; {machine['processor']},"
                f" {machine['cores']} cores, caches {', '.join(machine['cache_bytes'])} bytes,"
                f" {machine['memory']} memory, {machine['system']}, load {machine['load']:.1f} at the"
                f" start; {versions['rustc']}, {versions['g++']}, Python {versions['python']};"
                f" {', '.join(sorted(peers))}; seed {session['options']['seed']},"
                f" {session['options']['repeats']} runs."
            )
        self.add("")

    def pictures(self, folder):
        self.add(
            "## Pictures",
            "",
            "Seconds against merged arcs, both logarithmic; an empty mark is a limit at which a solver",
            "was stopped. One picture a family.",
            "",
        )
        for family in self.families:
            plots.draw(self.results, self.solvers, family, folder / f"{family}.svg")
            self.add(f"![{family}: solve-only seconds against arcs](benchmarks/{family}.svg)", "")

    def write(self, out):
        folder = out / "benchmarks"
        folder.mkdir(exist_ok=True)
        self.add((HERE / "preface.md").read_text(encoding="utf-8"))
        self.summary_table()
        self.sessions_table()
        self.solve_tables()
        self.memory_table()
        self.growth_table()
        self.verify_table()
        self.command_tables()
        self.checks_text()
        self.pictures(folder)
        text = "\n".join(self.lines).rstrip() + "\n"
        (out / "benchmarks.md").write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=pathlib.Path, default=HERE / "results")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs")
    asked = parser.parse_args()
    Document(Results(asked.results)).write(asked.out)


if __name__ == "__main__":
    main()
