"""What pays: the choice of the small arrays that `scalars` takes apart, and what programs cost.

Each result has two prices, in microseconds: that of a call, and that of its entries as numbers.
Where one kind reads the other, an array is opened or built, which costs too. In machine code the
time to compile counts, and there a call is to a number what it is here.

Source: Muchnick, Advanced Compiler Design and Implementation (1997), section 12.2; the prices are
measured.
"""

import collections
import math

import numpy as np

from elves.rules.arrays import join
from elves.scattering import is_plain, places
from elves.tracing.algebra import is_number
from elves.tracing.ir import Var, variables
from elves.tracing.operands import INDEXED
from elves.tracing.scalars import (
    VIEWS,
    by_entry,
    lengths,
    moved,
    product,
    scattered,
    summed,
    way,
)
from elves.tracing.spelling import COMPARISONS, IN_MATH, ON_NUMBERS, shape_of
from elves.tracing.taking import is_rows

MOST = 256  # entries of an array that may become numbers
NUMBER, FUNCTION = 0.1, 0.14
VIEW, CALL, MOVE = 0.2, 0.55, 1.0
LEAST, PART, HOPE = 1.0, 0.4, 0.5  # what must be saved: µs, of what becomes numbers, of all
WALKS = 6
KINDS, WHOLE = (np.dtype(float), np.dtype(bool)), np.dtype(int)


def opening(v):
    return 0.2 + 0.04 * math.prod(v.shape)


def building(v):
    return 0.7 + 0.1 * math.prod(v.shape)


def is_small(a):
    """Whether a is a number, or a small array of floats or truth values."""
    if type(a) is Var:
        few = not a.shape or math.prod(a.shape) <= MOST
        return few and (a.dtype in KINDS or (a.dtype == WHOLE and not a.shape)) and not a.member
    known = isinstance(a, (np.ndarray, np.generic)) and a.dtype in (*KINDS, WHOLE)
    return type(a) in (float, int, bool) or (known and a.size <= MOST)


def is_alike(a, out):
    """Whether the entries of a can be entries of out."""
    if type(a) is Var:
        return a.dtype == out.dtype
    return (np.result_type(a) == KINDS[1]) == (out.dtype == KINDS[1])


def costs(e, filled):
    """What an equation costs as a call, and as operations on numbers; None if it stays a call.

    `filled` knows the places that are not empty in what was scattered.
    """
    out, f = e.out, e.rule.function
    if type(out) is not Var or not (out.shape or shape_of(e.args[0])) or out.dtype not in KINDS:
        return None
    how = way(e.rule)
    if how in (summed, product, by_entry) and 0 in (*out.shape, *shape_of(e.args[0])):
        return None
    arrays = e.args if how in (by_entry, product) or f is join else e.args[:1]
    if how is None or not is_small(out) or not all(map(is_small, arrays)) or not variables(arrays):
        return None
    if how is by_entry and e.kwargs:
        return None
    if how is by_entry and f is not np.where:
        truth = f in COMPARISONS or f is np.logical_not
        return price_of_entries(e, filled) if truth or out.dtype == float else None
    if not all(is_alike(a, out) for a in arrays[f is np.where :]):
        return None
    if (how is not moved and out.dtype != float) or variables((e.args[len(arrays) :], e.kwargs)):
        return None
    return PRICES[how](e, filled)


def price_of_entries(e, filled):
    f, n = e.rule.function, math.prod(e.out.shape)
    if f is np.add and all(type(a) is Var and a.shape == e.out.shape for a in e.args):
        one, two = (filled.get(a) for a in e.args)
        if one is not None and two is not None:
            filled[e.out] = one | two
        if one is not None or two is not None:
            n = len(one & two if None not in (one, two) else two if one is None else one)
    return CALL, max(n, 0.1) * (FUNCTION if ON_NUMBERS[f][0].isalpha() else NUMBER)


def price_of_move(e, filled):
    return VIEW if e.rule.function in VIEWS else MOVE, 0


def price_of_sum(e, filled):
    if len(e.args) > 1 or not e.kwargs.keys() <= {"axis", "keepdims"}:
        return None
    return CALL, NUMBER * (math.prod(e.args[0].shape) - math.prod(e.out.shape))


def price_of_product(e, filled):
    if e.rule.function is np.matmul and not {len(np.shape(a)) for a in e.args} <= {1, 2}:
        return None
    return CALL, NUMBER * len(e.args) * math.prod(lengths(e).values())


def price_of_scatter(e, filled):
    at = places(*e.args[1:]).ravel().tolist()
    filled[e.out] = frozenset(at)
    return CALL, NUMBER * (len(at) - len(filled[e.out]))


PRICES = {
    by_entry: price_of_entries, moved: price_of_move, summed: price_of_sum,
    product: price_of_product, scattered: price_of_scatter,
}  # fmt: skip


# ------------------------------------------------------------ what pays


class Plan:
    """Which results are to be numbers: those that cost less so, beside what reads and makes them.

    `arrays` and `numbers` count who reads a Var as an array, and who reads its entries.
    """

    def __init__(self, ir):
        filled, self.prices, self.reads, self.chosen = {}, {}, {}, set()
        self.arrays, self.numbers = collections.Counter(), collections.Counter()
        for e in ir.equations:
            if found := costs(e, filled):
                self.prices[e.out] = found
        for e in ir.equations if self.is_hopeful() else ():
            used = {v for v in variables(e.args) if v.shape}
            if e.out in self.prices:
                self.reads[e.out] = used
                array, numbers = self.prices[e.out]
                self.put(e.out, numbers <= 2 * array)  # its neighbours may make up for it
            else:
                self.arrays.update(used)
        self.arrays.update(a for a in ir.outputs if type(a) is Var and a.shape)

    def is_hopeful(self):
        """Whether enough could be saved if nothing had to be opened or built."""
        gains = [a - b for a, b in self.prices.values() if b <= a]
        total = sum(a for a, b in self.prices.values() if b <= a)
        some = any(0 < b <= a for a, b in self.prices.values())
        return some and sum(gains) > max(LEAST, HOPE * total)

    def put(self, v, as_numbers):
        if as_numbers:
            self.chosen.add(v)
        for a in self.reads[v]:
            (self.numbers if as_numbers else self.arrays)[a] += 1

    def take(self, v):
        for a in self.reads[v]:
            (self.numbers if v in self.chosen else self.arrays)[a] -= 1
        self.chosen.discard(v)

    def pays(self, v):
        """Whether a result costs less as numbers, if all others stay what they are."""
        array, numbers = self.prices[v]
        for a in self.reads[v]:
            if a in self.chosen:
                array += 0 if self.arrays[a] else building(a)
            else:
                numbers += 0 if self.numbers[a] else opening(a)
        if v.shape:
            array += opening(v) if self.numbers[v] else 0
            numbers += building(v) if self.arrays[v] else 0
        return numbers < array

    def among_others(self, v):
        """Whether something beside a result is not of its kind."""
        if v in self.chosen:
            return (v.shape and self.arrays[v]) or not self.chosen.issuperset(self.reads[v])
        return self.numbers[v] or not self.chosen.isdisjoint(self.reads[v])

    def settle(self):
        """The results to be numbers, after walks that look again at those among others."""
        order, before = [*self.prices], None
        for _ in range(WALKS):
            if not self.chosen or before == self.chosen:
                break
            before = {*self.chosen}
            for v in reversed(order):
                if self.among_others(v):
                    self.take(v)
                    self.put(v, self.pays(v))
            order.reverse()
        array, numbers = (sum(self.prices[v][k] for v in self.chosen) for k in (0, 1))
        numbers += sum(building(v) for v in self.chosen if v.shape and self.arrays[v])
        numbers += sum(opening(a) for a, n in self.numbers.items() if n and a not in self.chosen)
        return self.chosen if array - numbers > max(LEAST, PART * array) else set()


# ------------------------------------------------------------ what a program costs

VIEWED = dict.fromkeys([np.transpose, np.expand_dims, np.reshape], 0.3) | {np.broadcast_to: 2.5}
ENTRY = dict.fromkeys(IN_MATH, 3e-3) | {  # µs for an entry, where it is no sum or product
    np.exp: 8e-4, np.sin: 1e-2, np.cos: 1e-2, np.power: 1e-2, np.where: 1e-3, np.fabs: 3e-4,
}  # fmt: skip


def different(ir):
    """The equations, by what they compute, of which those that compute the same count once."""
    found, known = {}, {}
    for e in ir.equations:
        first = found.setdefault(e.knowing(known).key(), e)
        known.update(zip(e.outs, first.outs, strict=True))
    return found


def price(e):
    """What an equation costs in microseconds: measured, on arrays that are in the cache."""
    f, n = e.rule.function, sum(math.prod(v.shape) for v in e.outs)
    if f in INDEXED:
        index, x = e.args[INDEXED[f]], e.args[0]
        hit = n if INDEXED[f] == 1 else math.prod(np.shape(x))
        each = 1e-3 if is_rows(index) and len(e.out.shape) > 1 else 5e-3
        by_list = 0 if is_plain(index) else 1 + each * hit
        return by_list + (0.2 if INDEXED[f] == 1 else 0.5 + 1e-4 * n)
    if f is np.matmul:
        return 0.7 + 1e-4 * n * np.shape(e.args[0])[-1]
    if f in VIEWED:
        return VIEWED[f]
    each = 3e-4 if f is np.power and is_number(e.args[1], 1, 2, 3, 4) else ENTRY.get(f, 3e-4)
    return 0.4 + each * n if any(v.shape for v in e.outs) else 0.1
