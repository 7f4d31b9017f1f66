"""Entries are taken before they are calculated with, where that is less work.

``np.exp(x)[rows]`` is ``np.exp(x[rows])``, and ``(A @ B)[rows]`` is ``A[rows] @ B``. On the way
back, a cotangent that is g at some rows, times y, is ``g * y[rows]`` there; elsewhere it is not
there at all, even where y is inf (see `elves.zeros`). A product that the user wrote stays: zeros
of the user's own, times inf, are nan.

Source: Ullman, Principles of Database and Knowledge-Base Systems 2 (1989), section 11.4, on
selections, which go before everything else.
"""

import collections
import math
import operator

import numpy as np

from elves import core
from elves.rules.arrays import pick, scatter
from elves.scattering import is_plain
from elves.tracing.algebra import is_number
from elves.tracing.ir import Equation, Var, identity, is_elementwise, reading, reads, variables
from elves.tracing.liveness import dead_code
from elves.tracing.operands import INDEXED
from elves.tracing.spelling import IN_MATH
from elves.tracing.tracers import equation, infer

LESS, CALL = 2, 100  # how many times fewer entries there must be, and what each gather counts
WALKS = 20  # how often all equations are looked at
SURE, LEAST = 0.8, 2.0  # at most this part of the time that goes may come; µs that must be saved
PICKS = {operator.getitem, pick}
VIEWS = dict.fromkeys([np.transpose, np.expand_dims, np.reshape], 0.3) | {np.broadcast_to: 2.5}
ENTRY = dict.fromkeys(IN_MATH, 3e-3) | {  # µs for an entry, where it is no sum or product
    np.exp: 8e-4, np.sin: 1e-2, np.cos: 1e-2, np.power: 1e-2, np.where: 1e-3, np.fabs: 3e-4,
}  # fmt: skip


def pick_early(ir):
    """The same program, whose floats are all float64, with its gathers where they read least.

    What somebody else reads too is calculated as it was.

    >>> from elves.tracing import make_ir
    >>> pick_early(make_ir(lambda x, y: (np.sin(x) * y)[2:3], np.ones(999), 2.0))
    (a: float64[999], b: float64):
        c: float64[1] = a[2:3]
        d: float64[1] = np.sin(c)
        e: float64[1] = np.multiply(d, b)
        return e
    """
    if not is_hopeful(ir):
        return ir
    spots = collections.defaultdict(list)
    for e in ir.equations:
        if e.rule.function in PICKS and not variables(e.args[1:]):
            spots[np.shape(e.args[0])].append(by_places(e).args[1])
    before, known = dead_code(ir), {}
    after = before.but([*map(by_places, before.equations)], before.outputs)
    for _ in range(WALKS):
        program = Picks(after, spots, known)
        if not program.moved:
            break
        after = dead_code(after.but(program.equations, after.outputs))
    old, new = different(before), different(after)
    gone, come = (
        sum(price(one[k]) for k in one.keys() - other.keys())
        for one, other in ((old, new), (new, old))
    )
    return after if come < min(SURE * gone, gone - LEAST) else ir


def is_hopeful(ir):
    """Whether gathers take a small part of an array that is calculated."""
    made, read = {e.out: e for e in ir.equations}, collections.Counter()
    for e in ir.equations:
        if e.rule.function in PICKS and type(e.args[0]) is Var:
            read[e.args[0]] += work(e)
    takes = (made[x] for x, n in read.items() if x in made and n <= math.prod(x.shape))
    return any(e.rule.function is np.matmul or is_movable(e, e.out) for e in takes)


def work(e):
    """So many entries an array must have, that it pays to calculate those of a gather instead."""
    return LESS * math.prod(e.out.shape) + CALL


def by_places(e):
    """A gather or a scatter whose list or mask of rows is an array of their places."""
    k = INDEXED.get(e.rule.function)
    index = e.args[k] if k else None
    if type(index) is list and {*map(type, index)} == {int}:
        index = np.array(index)
    elif type(index) is np.ndarray and index.ndim == 1:
        index = np.flatnonzero(index) if index.dtype == bool else index.astype(int)
    else:
        return e
    return Equation(e.rule, (*e.args[:k], index, *e.args[k + 1 :]), e.kwargs, e.out)


class Picks:
    """The equations of a program anew; `made` tells who makes a Var.

    `read` is the work of the gathers that read a Var, without end where others do too. `spots` are
    the indices of known entries that the program takes, by the shape of the array; `known` are
    those of them that were looked into, by the places of the entries.
    """

    def __init__(self, ir, spots, known):
        self.spots, self.known, self.equations, self.made = spots, known, [], {}
        self.moved, self.read = False, collections.Counter()
        self.read.update(dict.fromkeys(variables(ir.outputs), math.inf))
        for e in ir.equations:
            for v in reads(e):
                own = e.rule.function in PICKS and e.args[0] is v
                self.read[v] += work(e) if own else math.inf
        for e in ir.equations:
            self.put(e)

    def put(self, e):
        f, new = e.rule.function, None
        if f in PICKS:
            new = self.before(e)
        elif f in BACK and type(e.out) is Var and e.out.cotangent:
            new = BACK[f](self, e)
        self.moved, new = self.moved or new is not None, new or e
        self.equations.append(new)
        self.made |= dict.fromkeys(new.outs, new)
        return new.out

    def make(self, function, *args, **kwargs):
        return self.put(equation(function, *args, **kwargs))

    # ------------------------------------------------------------ forward

    def before(self, e):
        """A gather's equation as one of its operands' entries, if nothing but gathers reads it."""
        x, index = e.args
        made = self.made.get(x) if type(x) is Var else None
        if made is None or max(self.read[x], work(e)) > math.prod(x.shape):
            return None
        if is_movable(made, e.out):
            args = [self.taken(a, x.shape, index, e.kwargs) for a in made.args]
            return Equation(made.rule, tuple(args), {}, e.out)
        return self.of_matrices(made, index, e.out) if made.rule.function is np.matmul else None

    def of_matrices(self, made, index, out):
        """Some rows and columns of a product of matrices, or of a matrix and a vector."""
        (a, b), parts = made.args, index if type(index) is tuple else (index,)
        n, ranks, lists = len(parts), ndims(a, b), sum(type(i) is np.ndarray for i in parts)
        if ranks[0] != 2 or not 0 < n <= ranks[1] <= 2 or lists > 1 or not all(map(is_rows, parts)):
            return None
        b = self.entries(b, (slice(None), parts[1])) if n == 2 else b
        return Equation(made.rule, (self.entries(a, parts[0]), b), {}, out)

    def taken(self, a, shape, index, options):
        """An operand's entries, as an index takes them from an array of a shape."""
        have = np.shape(a)
        if not have or (is_rows(index) and len(have) < len(shape)):
            return a
        if is_rows(index) and have[0] != shape[0]:  # all rows are alike
            return self.entries(a, 0) if type(index) is int else a
        if have != shape and not is_rows(index):
            known = type(a) is not Var
            a = np.broadcast_to(a, shape) if known else self.make(np.broadcast_to, a, shape)
        return self.entries(a, index, options)

    def entries(self, a, index, options=()):
        if variables([index]):
            return self.make(pick, a, index, **dict(options))
        return a[index] if type(a) is np.ndarray else self.make(operator.getitem, a, index)

    # ------------------------------------------------------------ on the way back

    def scattered(self, z):
        """What is scattered in z, where, and how; a constant's entries where a gather reads."""
        s = self.made.get(z) if type(z) is Var else None
        if type(z) is np.ndarray and (index := self.spot(z)) is not None:
            g, options = z[index], {"once": True}
        elif s and s.rule.function is scatter:
            g, _, index = s.args
            options = s.kwargs
        else:
            return None
        few = LESS * math.prod(np.shape(g)) <= math.prod(z.shape) and z.dtype == float
        there = infer(core.rule_of(pick), (z, index), {}).shape if few else None
        return (g, index, options) if there == np.shape(g) else None

    def spot(self, z):
        """The index of a gather in the program that takes just those entries that are not 0."""
        if z.size and z.shape not in self.known:
            at = np.arange(z.size).reshape(z.shape)
            indices = self.spots.get(z.shape, ())
            self.known[z.shape] = {np.unique(at[i]).tobytes(): i for i in indices}
        index = self.known.get(z.shape, {}).get(np.flatnonzero(z).tobytes())
        if index is None or is_plain(index):
            return index
        return np.unique(index % len(z)) if is_rows(index) else np.nonzero(z)

    def of_entries(self, e):
        """What was scattered, times an array or chosen, as something scattered."""
        f, out = e.rule.function, e.out.shape
        for i in PLACES[f]:
            z = e.args[i]
            if f is np.where and not is_number(e.args[3 - i], 0):
                continue
            if (s := self.scattered(z)) is None:
                continue
            g, index, options = s
            if z.shape == out or (
                is_rows(index) and len(z.shape) == len(out) and z.shape[0] == out[0]
            ):
                args = [k == i or self.taken(a, out, index, options) for k, a in enumerate(e.args)]
                args[i] = g
                return at_places(e, self.make(f, *args), index, options)
        return None

    def of_rows(self, e):
        """A product with rows that were scattered, from these rows alone."""
        a, b = e.args
        for z in e.args if ndims(a, b) == (2, 2) else ():
            g, index, options = self.scattered(z) or (None, None, None)
            if not is_rows(index):
                continue
            if z is a:
                return at_places(e, self.make(np.matmul, g, b), index, options)
            if type(index) is int:
                g, index = self.make(np.expand_dims, g, 0), slice(index, index + 1 or None)
            t = self.made.get(a) if type(a) is Var else None
            if t and t.rule.function is np.transpose and len(t.args) == 1 and not t.kwargs:
                a = self.make(np.transpose, self.entries(t.args[0], index))
            else:
                a = self.entries(a, (slice(None), index))
            return Equation(e.rule, (a, g), {}, e.out)
        return None

    def as_column(self, e):
        """A vector that was scattered, as a column."""
        g, index, options = self.scattered(e.args[0]) or (None, None, None)
        if e.args[1:] != (-1,) or len(e.out.shape) != 2 or not is_rows(index):
            return None
        return at_places(e, self.make(np.expand_dims, g, -1), index, options)


PLACES = {np.multiply: (0, 1), np.true_divide: (0,), np.where: (1, 2)}
BACK = dict.fromkeys(PLACES, Picks.of_entries) | {
    np.matmul: Picks.of_rows, np.expand_dims: Picks.as_column,
}  # fmt: skip


def is_movable(e, out):
    """Whether some entries of what an equation makes can be made of the same ones of its operands.

    A number is made of floats alone: Python's whole numbers are others than NumPy's.
    """
    f, args = e.rule.function, e.args
    if not (is_elementwise(e.rule) or f is np.where) or e.kwargs or type(e.out) is not Var:
        return False
    if not all(type(a) in (Var, np.ndarray) or not np.shape(a) for a in args):
        return False
    return out.shape != () or all(a.dtype == float for a in args[f is np.where :] if np.shape(a))


def at_places(e, g, index, options):
    """The same as an equation makes, as something scattered."""
    return equation(scatter, g, e.out.shape, index, out=e.out, **options)


def is_rows(index):
    """Whether an index takes rows of an array, or one of them."""
    if type(index) is np.ndarray:
        return index.ndim == 1 and index.dtype == int
    return type(index) in (int, slice)


def different(ir):
    """The equations, by what they compute, of which those that compute the same count once."""
    found, known = {}, {}
    for e in ir.equations:
        new = e.of(reading(known))
        key = e.rule.function, identity(new.args), identity(new.kwargs)
        known.update(zip(e.outs, found.setdefault(key, e).outs, strict=True))
    return found


def ndims(*arrays):
    return tuple(len(np.shape(a)) for a in arrays)


def price(e):
    """What an equation costs in microseconds: measured, on arrays that are in the cache."""
    f, n = e.rule.function, sum(math.prod(v.shape) for v in e.outs)
    if f in INDEXED:
        index, x = e.args[INDEXED[f]], e.args[0]
        hit = n if f in PICKS else math.prod(np.shape(x))
        each = 1e-3 if is_rows(index) and len(e.out.shape) > 1 else 5e-3
        by_list = 0 if is_plain(index) else 1 + each * hit
        return by_list + (0.2 if f in PICKS else 0.5 + 1e-4 * n)
    if f is np.matmul:
        return 0.7 + 1e-4 * n * np.shape(e.args[0])[-1]
    if f in VIEWS:
        return VIEWS[f]
    each = 3e-4 if f is np.power and is_number(e.args[1], 1, 2, 3, 4) else ENTRY.get(f, 3e-4)
    return 0.4 + each * n if any(v.shape for v in e.outs) else 0.1
