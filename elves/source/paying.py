"""The cotangents of names, on the way back: what is paid into them, and who may change them.

That of a tree stays in parts, each with a name of its own, until it is needed as a whole.

Source: Griewank & Walther, Evaluating Derivatives (2008), sections 3.2 and 4.3; Muchnick, Advanced
Compiler Design and Implementation (1997), section 12.2, on names for the parts of a whole.
"""

import ast

import numpy as np

from elves import core
from elves.source import helpers
from elves.source.code import at, attribute, row
from elves.source.kinds import Kind, is_number
from elves.source.names import known
from elves.source.rows import Display, Item
from elves.source.sweep import Sweep

MOST = 16  # entries of a tuple whose cotangents have names of their own


class Cotangents(Sweep):
    """`bars` has the cotangent of each name, as far as it has been paid in.

    `owned` are those that are nobody else's memory, so that they may be changed in place.
    """

    def __init__(self, program):
        super().__init__(program)
        self.bars, self.owned, self.first = {}, set(), 0  # what came first are the primals

    def bar(self, v):
        """The cotangent of a name as it is by now."""
        self.program.unsure |= v not in self.bars  # 0 for what another way has, and 0 · inf is nan
        return self.whole(v) if v in self.bars else self.zero(v, "_bar")

    def whole(self, v):
        """The cotangent of a name, of which the parts are put together; None if there is none."""
        parts = self.bars.get(v)
        if isinstance(parts, dict):
            keys = v.kind if isinstance(v.kind, dict) else range(len(v.kind))
            nodes = [
                parts[k].node if k in parts else self.zeros(at(v.node, ast.Constant(k)), v.kind[k])
                for k in keys
            ]
            self.program.unsure |= len(parts) < len(v.kind)  # so too where a part is not read
            named = isinstance(v.kind, dict)
            node = ast.Dict([*map(ast.Constant, keys)], nodes) if named else row(nodes, ast.List)
            self.bars[v] = self.let(f"{v.id}_bar", node, v.kind)
            if all(is_number(v.kind[k]) for k in keys):
                self.owned.add(self.bars[v])
        return self.bars.get(v)

    def take(self, v):
        """The cotangent of a name, when nothing more will be paid into it."""
        g = self.whole(v)
        self.bars.pop(v, None)
        self.owned.discard(g)
        return g if g is None else self.named(v, g, "_bar")

    def pay(self, v, g):
        """Add a contribution to a cotangent."""
        if not v.active:
            return
        have = self.whole(v)
        if have is None:
            self.bars[v] = self.lasting(g)
        elif isinstance(v.kind, Kind):
            self.bars[v] = have + g
            if self.bars[v] is not have and self.bars[v] is not g and fits(self.bars[v], v):
                self.owned.add(self.bars[v])
        else:
            both = self.call(helpers.add, have.node, g.node)
            self.bars[v] = self.let(f"{v.id}_bar", both, v.kind)

    def lasting(self, g):
        """A contribution that is no primal itself, which the way back may write anew.

        Such as w in sum(w * x).
        """
        if g.serial < self.first and isinstance(g.node, ast.Name):
            stored = not is_number(g.kind) and (g.memory & self.program.stored or g.kind is None)
            g = self.let("t", self.call(np.array, g.node) if stored else g.node, g.kind)
            g.user = False
        return g

    def pay_part(self, v, index, g):
        """Add to one entry of a tree's cotangent, if that can stay in parts; says so.

        Until it is needed as a whole, `bars` has a dict of the entries that have one.
        """
        parts, kind, index = self.bars.get(v, {}), v.kind, self.part_of(v, index)
        if index is None or not isinstance(parts, dict):
            return False
        have = parts.get(index)
        if have is None:
            g = self.lasting(g)
        elif isinstance(kind[index], Kind):
            g = have + g
        else:
            g = self.let("t", self.call(helpers.add, have.node, g.node), kind[index])
        self.bars[v] = parts | {index: g}
        return True

    def pay_parts(self, s):
        """Hand the parts of a cotangent on to what a display, or a slice, was made of; says so."""
        parts = self.bars[s.out]
        if isinstance(s.rule, Display):
            for key, g in parts.items():
                self.pay(s.rule.entries(s)[key], g)
            return True
        if not isinstance(s.rule, Item) or not isinstance(s.args[1], slice):
            return False
        base, cut = s.args
        ends = [known(n) for n in (cut.start, cut.stop, cut.step)]
        whole = isinstance(self.bars.get(base, {}), dict) and self.part_of(base, 0) is not None
        if not whole or any(type(n) not in (int, type(None)) for n in ends):
            return False
        places = range(len(base.kind))[slice(*ends)]
        for k, g in parts.items():
            self.pay_part(base, places[k], g)
        return True

    def part_of(self, v, index):
        """Which entry of a tree an index names, if it has a cotangent of its own; or None."""
        index = known(index)
        if type(v.kind) is tuple and type(index) is int and 0 < len(v.kind) <= MOST:
            return index % len(v.kind)
        named = isinstance(v.kind, dict) and ... not in v.kind and type(index) in (int, str)
        return index if named and index in v.kind else None

    def sum_of(self, a, b, kind):
        """The sum of two cotangents of some kind."""
        known = isinstance(kind, Kind)
        return ast.BinOp(a, ast.Add(), b) if known else self.call(helpers.add, a, b)

    def pay_each(self, values, node):
        """Pay what a call has given: one cotangent, or a tuple with one for each of the values."""
        t = self.let("t", node, values[0].kind if len(values) == 1 else None)
        for k, v in enumerate(values):
            part = t if len(values) == 1 else self.name(at(t.node, ast.Constant(k)), v.kind)
            self.pay(v, part)

    def own(self, v):
        """The cotangent of an array or tree, as one that may be changed in place."""
        have = self.whole(v)
        if have is None or have not in self.owned:
            if have is None:
                bar = self.zero(v, "_bar")
            elif isinstance(v.kind, Kind):
                dtype = [] if fits(have, v) else [self.dtype_of(v)]  # w may be of integers
                bar = self.let(f"{v.id}_bar", self.call(np.array, have.node, *dtype), v.kind)
            else:
                node = self.call(helpers.add, self.zeros(v.node, v.kind), have.node)
                bar = self.let(f"{v.id}_bar", node, v.kind)
            self.owned.add(bar)
            self.bars[v] = bar
        return self.bars[v].node

    def dtype_of(self, v):
        """How the dtype of a primal is written."""
        if v.kind.shape is None:
            return attribute(v.node, "dtype")
        return self.program.reference(v.kind.dtype.type)

    def unbroadcast(self, g, x):
        """Sum a cotangent over the axes that broadcasting added or stretched."""
        if all(isinstance(v.kind, Kind) and v.kind.shape is not None for v in (g, x)):
            return core.unbroadcast(g, x.shape)
        if is_number(x.kind):
            return np.sum(g)
        return self.let("t", self.call(helpers.unbroadcast, g.node, x.node), x.kind)


def fits(g, v):
    """Whether a cotangent is known to have the dtype of its primal, or is of Python's floats."""
    if g.made[0] is np.broadcast_to and type(known(g.made[1][0])) is float:
        return True
    sure = isinstance(g.kind, Kind) and None not in (g.kind.shape, v.kind.shape)
    return sure and g.kind.dtype == v.kind.dtype
