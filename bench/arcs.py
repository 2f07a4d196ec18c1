"""Files of arcs (docs/networks.md, "A file of arcs"): read, write, merge.

Usage: arcs.py merge DRAWN.arcs MERGED.arcs

Merging adds up the obligations of the same debtor and creditor and orders the arcs by debtor and
creditor. The benchmark gives all solvers the merged file, which is what the peers like best.
"""

import sys

import numpy

PLAIN = b"STFARCS1"
WEIGHTED = b"STFARCSW"
ARC = numpy.dtype([("debtor", "<u4"), ("creditor", "<u4"), ("amount", "<u8")])


def read(path):
    """The number of members, the arcs, and their weights (None if every arc weighs 1)."""
    with open(path, "rb") as file:
        magic = file.read(8)
        if magic not in (PLAIN, WEIGHTED):
            raise SystemExit(f"{path} is not a file of arcs")
        members, count = (int(n) for n in numpy.fromfile(file, "<u8", 2))
        arcs = numpy.fromfile(file, ARC, count)
        weights = numpy.fromfile(file, "<i4", count) if magic == WEIGHTED else None
    if len(arcs) != count:
        raise SystemExit(f"{path} is cut off")
    return members, arcs, weights


def write(path, members, arcs, weights=None):
    with open(path, "wb") as file:
        file.write(PLAIN if weights is None else WEIGHTED)
        numpy.array([members, len(arcs)], "<u8").tofile(file)
        arcs.tofile(file)
        if weights is not None:
            weights.astype("<i4").tofile(file)


def merged(members, arcs):
    """The arcs with those of the same pair added up, in the order of the pairs."""
    pair = arcs["debtor"].astype(numpy.uint64) * numpy.uint64(members) + arcs["creditor"]
    order = numpy.argsort(pair, kind="stable")
    pair = pair[order]
    first = numpy.flatnonzero(numpy.concatenate(([True], pair[1:] != pair[:-1])))
    out = numpy.empty(len(first), ARC)
    out["debtor"] = arcs["debtor"][order[first]]
    out["creditor"] = arcs["creditor"][order[first]]
    out["amount"] = numpy.add.reduceat(arcs["amount"][order], first)
    return out


def main():
    if len(sys.argv) != 4 or sys.argv[1] != "merge":
        raise SystemExit(__doc__)
    members, arcs, weights = read(sys.argv[2])
    if weights is not None:
        raise SystemExit("only arcs without weights are merged")
    write(sys.argv[3], members, merged(members, arcs))


if __name__ == "__main__":
    main()
