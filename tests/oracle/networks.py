"""The test networks of `setoff generate`, drawn a second time from docs/networks.md.

Usage: networks.py FAMILY MEMBERS OBLIGATIONS SEED CODE:DECIMALS[,CODE:DECIMALS …]; the CSV goes
to standard output. Slow and plain: it shows that the page defines the networks completely.
"""

import bisect
import datetime
import itertools
import math
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
    tiers = min(8, members // 2)
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
        if k < 70:
            to = t + 1
        elif k < 85:
            to = t + 2 + stream.below(2)
        elif k < 95:
            to = t
        else:
            to = tiers
        if to >= tiers:
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
    circle = iter(())
    while True:
        if stream.below(10) == 0:
            yield *stream.two(members), stream.pareto(3, 2)
            continue
        row = next(circle, None)
        if row is None:
            circle = planted(stream, members)
            row = next(circle)
        debtor, creditor, amount = row
        yield debtor, creditor, amount + stream.below(amount // 4)


def planted(stream, members):
    b = min(members, 1000)
    a = min(b, 10)
    length = a + stream.below(b - a + 1)
    first = stream.below(members)
    step = 1 + stream.below(members - 1)
    while math.gcd(step, members) > 1:
        step = step % (members - 1) + 1
    amount = stream.pareto(3, 2)
    for j in range(length):
        to = 0 if j == length - 1 else j + 1
        yield (first + j * step) % members, (first + to * step) % members, amount


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


def main():
    family, members, obligations, seed, codes = sys.argv[1:]
    currencies = [code.split(":") for code in codes.split(",")]
    currencies = [(code, int(decimals)) for code, decimals in currencies]
    write(family, int(members), int(obligations), int(seed), currencies, sys.stdout)


if __name__ == "__main__":
    main()
