"""A picture a family: solve-only seconds against arcs, both logarithmic, of all solvers."""

import matplotlib

matplotlib.use("svg")
# The same results make the same bytes.
matplotlib.rcParams["svg.hashsalt"] = "setoff"
matplotlib.rcParams["svg.fonttype"] = "none"

from matplotlib import pyplot


def draw(results, solvers, family, path):
    figure, axes = pyplot.subplots(figsize=(6.4, 4.2))
    for solver in solvers:
        solved, stopped = [], []
        for size in results.sizes():
            cell = results.cell(family, size, solver.name)
            if cell is None:
                continue
            arcs = results.networks[family, size]["arcs"]
            if cell.outcome == "solved":
                solved.append((arcs, cell.median("solve")))
            elif cell.outcome == "limit":
                stopped.append((arcs, cell.limit))
        width = 2.4 if solver.name == "setoff" else 1.3
        style = {"color": solver.colour, "linewidth": width, "label": solver.label}
        if solved:
            axes.plot(*zip(*solved), marker="o", markersize=4, **style)
        elif stopped:
            axes.plot([], [], marker="o", markersize=4, **style)
        if stopped:
            points = solved[-1:] + stopped[:1]
            style = {"color": solver.colour, "linewidth": 1, "linestyle": ":"}
            axes.plot(*zip(*points), **style)
            axes.plot(*zip(*stopped[:1]), marker="^", markersize=7, fillstyle="none", **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("arcs")
    axes.set_ylabel("seconds")
    axes.set_title(family)
    axes.grid(True, which="major", linewidth=0.4, color="#d5d8dc")
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, frameon=False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
