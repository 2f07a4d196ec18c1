"""The test networks of `setoff generate`, drawn a second time from docs/networks.md.

Usage: networks.py FAMILY MEMBERS OBLIGATIONS SEED CODE:DECIMALS[,CODE:DECIMALS …]; the CSV goes
to standard output. With the word arcs for the currencies, a file of arcs goes there. Slow and plain: it shows that the page defines the networks completely.
"""

import bisect
import datetime
import itertools
import math
import struct
import sys

WORD = 2**64
ONE = 2**32


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB % WORD
    return z ^ z >> 31


class Stream:
    def __init__(self, state):
        self.state = state

    def word(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) % WORD
        return mix(self.state)

    def below(self, n):
        return self.word() * n // WORD

    def below_cubed(self, n):
        w = self.word()
        return (w * w // WORD) * w // WORD * n // WORD

    def pareto(self, a, b, least=10000, doublings=14):
        return double(least, min(log(self.word()) * b // a, doublings * ONE))

    def lognormal(self, median, deviation=3 * 2**31):
        words = [self.word() for _ in range(6)]
        t = sum(w // ONE + w % ONE for w in words) - 6 * ONE
        return max(1, double(median, t * deviation // ONE))

    def two(self, n):
        i = self.below(n)
        j = self.below(n - 1)
        return i, j + (j >= i)


def branch(seed, label):
    return Stream(mix(seed ^ mix(label)))


def log(w):
    if w == WORD - 1:
        return 0
    x = w + 1
    z = 64 - x.bit_length()
    y = x << z
    f = 0
    for _ in range(32):
        q = y * y
        bit = q >= 2**127
        f = 2 * f + bit
        y = q >> (64 if bit else 63)
    return (z + 1) * ONE - f


def roots():
    r = [2**63]
    for _ in range(32):
        r.append(math.isqrt(r[-1] * 2**62))
    return r


ROOTS = roots()


def double(v, e):
    k, f = divmod(e, ONE)
    p = 2**62
    for i in range(1, 33):
        if f & 2 ** (32 - i):
            p = p * ROOTS[i] // 2**62
    return v * p >> (62 - k)


def uniform(stream, members, _seed):
    while True:
        yield *stream.two(members), 1 + stream.below(1000000)


def sparse(stream, members, _seed):
    while True:
        yield *stream.two(members), stream.pareto(3, 2)


def trade(stream, members, seed):
    return tiered(stream, members, seed, 8, usual_creditor)


def deep_trade(stream, members, seed):
    return tiered(stream, members, seed, 60, deep_creditor)


def usual_creditor(stream, t, _tiers, k):
    if k < 70:
        return t + 1
    if k < 85:
        return t + 2 + stream.below(2)
    return t if k < 95 else None


def deep_creditor(stream, t, tiers, k):
    if k < 75:
        return t + 1
    return t + stream.below(tiers - t) if k < 99 else None


def tiered(stream, members, seed, most, creditors_tier):
    tiers = min(most, members // 2)
    starts = [t * members // tiers for t in range(tiers + 1)]
    sums = []
    for first, end in itertools.pairwise(starts):
        activities = (activity(branch(seed, i)) for i in range(first, end))
        sums.append(list(itertools.accumulate(activities)))

    def active(tier):
        x = stream.below(sums[tier][-1])
        return starts[tier] + bisect.bisect_right(sums[tier], x)

    while True:
        t = stream.below(tiers)
        k = stream.below(100)
        to = creditors_tier(stream, t, tiers, k)
        if to is None or to >= tiers:
            to = stream.below(t) if t > 0 else min(1, tiers - 1)
        debtor = active(t)
        creditor = active(to)
        if creditor == debtor:
            creditor += 1
            if creditor == starts[to + 1]:
                creditor = starts[to]
        yield debtor, creditor, stream.pareto(6, 5)


def activity(stream):
    g = stream.lognormal(4096)
    if stream.below(20) == 0:
        return stream.pareto(11, 10, least=min(g, 2**24), doublings=10)
    return g


def ring(stream, members, _seed):
    b = min(members, 1000)
    return rings(stream, members, min(b, 10), b, (3, 2))


def long_rings(stream, members, _seed):
    return rings(stream, members, max(2, members // 2), members, (6, 5))


def short_rings(stream, members, _seed):
    b = min(members, 6)
    return rings(stream, members, min(b, 3), b, (3, 2))


def rings(stream, members, a, b, exponent):
    circle = iter(())
    while True:
        if stream.below(10) == 0:
            yield *stream.two(members), stream.pareto(3, 2)
            continue
        row = next(circle, None)
        if row is None:
            circle = planted(stream, members, a, b, exponent)
            row = next(circle)
        debtor, creditor, amount = row
        yield debtor, creditor, amount + stream.below(amount // 4)


def planted(stream, members, a, b, exponent):
    length = a + stream.below(b - a + 1)
    first = stream.below(members)
    step = 1 + stream.below(members - 1)
    while math.gcd(step, members) > 1:
        step = step % (members - 1) + 1
    amount = stream.pareto(*exponent)
    for j in range(length):
        to = 0 if j == length - 1 else j + 1
        yield (first + j * step) % members, (first + to * step) % members, amount


def nested_rings(stream, members, _seed):
    for r in itertools.count():
        if r % 2 == 0:
            p = r // 2 % (members - 1)
            yield p, p + 1, stream.pareto(6, 5)
        else:
            q = 1 + stream.below(members - 1)
            h = q & -q
            yield min(q + h - 1, members - 1), q - h, stream.pareto(6, 5)


def core_periphery(stream, members, seed):
    core = max(2, members // 20)
    while True:
        k = stream.below(100)
        if k < 40 or members - core < 2:
            yield *stream.two(core), stream.lognormal(1600000)
        elif k < 44:
            i, j = stream.two(members - core)
            yield core + i, core + j, stream.lognormal(100000)
        else:
            i = core + stream.below(members - core)
            partner = branch(seed, 3 * i + stream.below(3)).below(core)
            pair = (i, partner) if k < 72 else (partner, i)
            yield *pair, stream.lognormal(100000)


def scale_free(stream, members, _seed):
    while True:
        debtor = stream.below_cubed(members)
        creditor = stream.below_cubed(members)
        if creditor == debtor:
            creditor = (creditor + 1) % members
        yield debtor, creditor, stream.pareto(3, 2)


def bipartite(stream, members, _seed):
    half = members // 2
    while True:
        i = stream.below(half)
        j = half + stream.below(members - half)
        if stream.below(10) < 9:
            yield i, j, stream.pareto(6, 5)
        else:
            yield j, i, 4 * stream.pareto(6, 5)


def giant(stream, members, _seed):
    while True:
        k = stream.below(4)
        if k > 1 and members > 2:
            i, j = stream.two(members - 1)
            yield i + 1, j + 1, stream.pareto(6, 5)
        else:
            i = 1 + stream.below(members - 1)
            yield *((i, 0) if k % 2 == 0 else (0, i)), stream.pareto(6, 5)


def equal(stream, members, _seed):
    while True:
        yield *stream.two(members), 100000


def wide(stream, members, _seed):
    while True:
        pair = stream.two(members)
        e = stream.below(60)
        yield *pair, 2**e + stream.below(2**e)


def ladder(stream, members, _seed):
    length = 4 * math.isqrt(members)
    for r in itertools.count():
        p = 1 + r // 3 % (members - 1)
        if r % 3 == 0:
            yield 0 if (p - 1) % length == 0 else p - 1, p, 2**40 + stream.below(100)
        elif r % 3 == 1:
            yield p, 0, 1 + stream.below(10000)
        else:
            i = 1 + stream.below(members - 1)
            j = i + 2 + stream.below(6)
            if j >= members or (i - 1) // length != (j - 1) // length:
                j = 0
            yield i, j, 1 + stream.below(10000)


def cage(stream, members, _seed):
    end = min(4 * math.isqrt(members), members // 4)
    cluster = members - end - 1
    for p in range(end + 1):
        x = end + 1 + stream.below(cluster)
        yield p, p + 1 if p < end else x, 1000 * (3 * end + 1 - p)
        yield p, end + 1 + stream.below(cluster), 1000
        yield end + 1 + stream.below(cluster), 0, 10
    first = end + 1 if cluster >= 2 else 0
    while True:
        i, j = stream.two(members - first)
        yield first + i, first + j, 1 + stream.below(1000000)


def levels(stream, members, _seed):
    count = max(2, math.isqrt(members))

    def any_of(t):
        first, end = t * members // count, (t + 1) * members // count
        return first + stream.below(end - first)

    while True:
        t = stream.below(count)
        debtor = any_of(t)
        yield debtor, any_of((t + 1) % count), 1 + stream.below(1000000)


def acyclic(stream, members, _seed):
    tenth = -(-members // 10)
    while True:
        if stream.below(20) == 0:
            debtor = members - 1 - stream.below(tenth)
            yield debtor, stream.below(tenth), 1 + stream.below(20000000)
        else:
            yield *sorted(stream.two(members)), 1 + stream.below(1000000)


def torus(stream, members, _seed):
    width = math.isqrt(members)
    height = members // width
    while True:
        x, y, k = stream.below(width), stream.below(height), stream.below(20)
        if k == 19:
            to = x, y - 1
        elif width > 1 and k < 9:
            to = x + 1, y
        elif width > 1 and k == 18:
            to = x - 1, y
        else:
            to = x, y + 1
        creditor = to[1] % height * width + to[0] % width
        yield y * width + x, creditor, stream.pareto(3, 2)


def write(family, members, obligations, seed, currencies, out):
    stream = Stream(seed)
    rows = globals()[family.replace("-", "_")](stream, members, seed)
    name = len(str(members - 1))
    number = len(str(obligations))
    out.write("debtor,creditor,amount,currency,due,reference\n")
    for row in range(1, obligations + 1):
        debtor, creditor, amount = next(rows)
        due = datetime.date(2026, 7, 3) + datetime.timedelta(weeks=stream.below(26))
        which = stream.below(len(currencies)) if len(currencies) > 1 else 0
        code, decimals = currencies[which]
        digits = str(amount).zfill(decimals + 1)
        if decimals:
            digits = f"{digits[:-decimals]}.{digits[-decimals:]}"
        out.write(
            f"M{debtor:0{name}},M{creditor:0{name}},{digits},{code},{due},INV-{row:0{number}}\n"
        )


def write_arcs(family, members, obligations, seed, out):
    stream = Stream(seed)
    rows = globals()[family.replace("-", "_")](stream, members, seed)
    out.write(b"STFARCS1" + struct.pack("<QQ", members, obligations))
    for _ in range(obligations):
        out.write(struct.pack("<IIQ", *next(rows)))
        stream.below(26)


def main():
    family, members, obligations, seed, codes = sys.argv[1:]
    numbers = int(members), int(obligations), int(seed)
    if codes == "arcs":
        write_arcs(family, *numbers, sys.stdout.buffer)
        return
    currencies = [code.split(":") for code in codes.split(",")]
    currencies = [(code, int(decimals)) for code, decimals in currencies]
    write(family, *numbers, currencies, sys.stdout)


if __name__ == "__main__":
    main()
