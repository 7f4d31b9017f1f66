"""Entries are taken before they are calculated with, where that is less work.

`taking` does so forward, and `putting` on the way back.

Source: Ullman, Principles of Database and Knowledge-Base Systems 2 (1989), section 11.4, on
selections, which go before everything else.
"""

import collections
import math
import operator

import numpy as np

from elves.rules.arrays import pick
from elves.tracing.ir import Equation, Var, reads, variables
from elves.tracing.liveness import dead_code
from elves.tracing.operands import INDEXED, equation
from elves.tracing.prices import different, price
from elves.tracing.putting import BACK
from elves.tracing.taking import before, is_movable, work

WALKS = 20  # how often all equations are looked at
SURE, LEAST = 0.8, 2.0  # at most this part of the time that goes may come; µs that must be saved
PICKS = {operator.getitem, pick}


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
    first, known = dead_code(ir), {}
    after = first.but([*map(by_places, first.equations)], first.outputs)
    for _ in range(WALKS):
        program = Picks(after, spots, known)
        if not program.moved:
            break
        after = dead_code(after.but(program.equations, after.outputs))
    old, new = different(first), different(after)
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
            new = before(self, e)
        elif f in BACK and type(e.out) is Var and e.out.cotangent:
            new = BACK[f](self, e)
        self.moved, new = self.moved or new is not None, new or e
        self.equations.append(new)
        self.made |= dict.fromkeys(new.outs, new)
        return new.out

    def make(self, function, *args, **kwargs):
        return self.put(equation(function, *args, **kwargs))
