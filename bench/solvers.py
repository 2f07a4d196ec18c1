"""The solvers that are compared: how each is run, in its better formulation, and its version."""

import dataclasses
import importlib.metadata
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
BUILT = ROOT / "target" / "bench"
LEMON = BUILT / "solve_lemon"
OURS = ROOT / "target" / "release" / "examples" / "solve_arcs"


# The two ways to put the problem to a minimum-cost-flow code: each arc earns its weight and nothing
# goes in or out; or the members' net positions are carried in the cheapest way, and what is carried
# can not be set off. Which is faster depends on the code and the network, so peers get both.
BOTH = ("circulation", "positions")


@dataclasses.dataclass(frozen=True)
class Solver:
    name: str
    label: str
    command: tuple  # followed by the formulation, if it has any, and the file
    formulations: tuple
    most_arcs: int  # not tried above: it would reach any limit, or the machine's memory
    version: str
    colour: str
    usual_seconds: float  # a guess at 10^5 arcs, for the estimate until there are figures


def lemon_version():
    header = pathlib.Path("/usr/include/lemon/config.h")
    found = re.search(r'LEMON_VERSION "(.*)"', header.read_text()) if header.exists() else None
    return found[1] if found else "?"


def package(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def ours_version():
    described = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True
    )
    return described.stdout.strip()


def all_solvers():
    lemon = f"LEMON {lemon_version()}"
    python = (sys.executable, HERE / "solve_python.py")
    scaling = (LEMON, "cost-scaling")
    simplex = (LEMON, "network-simplex")
    capacity = (LEMON, "capacity-scaling")
    ortools = f"OR-Tools {package('ortools')}"
    highs = f"HiGHS {package('highspy')}"
    networkx = f"NetworkX {package('networkx')}"
    positions = ("positions",)
    return [
        Solver("setoff", "Setoff", (OURS,), (), 10**9, ours_version(), "#c0392b", 0.05),
        Solver(
            "lemon-cost-scaling",
            "LEMON cost scaling",
            scaling,
            BOTH,
            3 * 10**7,
            lemon,
            "#2471a3",
            0.3,
        ),
        Solver(
            "lemon-network-simplex",
            "LEMON network simplex",
            simplex,
            BOTH,
            3 * 10**7,
            lemon,
            "#17a589",
            0.6,
        ),
        Solver(
            "ortools", "OR-Tools", (*python, "ortools"), BOTH, 3 * 10**7, ortools, "#b7950b", 0.6
        ),
        Solver("highs", "HiGHS", (*python, "highs"), positions, 10**6, highs, "#7d3c98", 10),
        Solver(
            "lemon-capacity-scaling",
            "LEMON capacity scaling",
            capacity,
            positions,
            10**5,
            lemon,
            "#909497",
            60,
        ),
        Solver(
            "networkx",
            "NetworkX",
            (*python, "networkx"),
            positions,
            10**4,
            networkx,
            "#566573",
            300,
        ),
    ]
