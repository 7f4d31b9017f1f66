"""Steps that are no rows of the table, since they only move values: there is no calculus here.

A row says how its step is written in the forward sweep (`primal`), what the tangent of its output
is (`tangent`), and what its arguments get of its output's cotangent g (`cotangents`).

Source: Griewank & Walther, Evaluating Derivatives (2008), section 4.3: the transpose of a copy is
a sum.
"""

import ast
import itertools

import numpy as np

from elves.source import helpers
from elves.source.code import at, call, let, let_at, load, method, place, row
from elves.source.kinds import BOTTOM
from elves.source.names import index_of, node_of


class Row:
    constant = derived = False
    function = None
    once = True  # a number that it gives need not be computed again

    def primal(self, sweep, s):
        return [let(s.out.id, s.node)]


class Known(Row):
    """The value of an expression that does not vary."""

    def cotangents(self, sweep, s, g):
        pass


class Display(Row):
    """A tuple, list or dict; its arguments are the entries. `like` has its structure."""

    def __init__(self, like):
        self.like = like

    def tangent(self, sweep, s):
        dots = map(sweep.dot, s.args)
        named = isinstance(self.like, dict)
        return node_of(dict(zip(self.like, dots, strict=True)) if named else type(self.like)(dots))

    def entries(self, s):
        keys = self.like if isinstance(self.like, dict) else range(len(self.like))
        return dict(zip(keys, s.args, strict=True))

    def cotangents(self, sweep, s, g):
        for key, v in self.entries(s).items():
            sweep.pay(v, sweep.name(at(g.node, ast.Constant(key)), v.kind))


class Item(Row):
    """An entry of a tree."""

    def tangent(self, sweep, s):
        return at(sweep.dot(s.args[0]).node, index_of(s.args[1]))

    def cotangents(self, sweep, s, g):
        base, index = s.args
        if sweep.pay_part(base, index, g):
            return
        bar, index = sweep.own(base), index_of(index)
        sweep.lines.append(let_at(bar, index, sweep.sum_of(at(bar, index), g.node, s.out.kind)))


class Pop(Row):
    """The last entry, taken from a list; on the way back it is put there again."""

    once = False

    def tangent(self, sweep, s):
        return sweep.let(f"{s.out.id}{sweep.ending}", method(sweep.dot(s.args[0]).node, "pop")).node

    def cotangents(self, sweep, s, g):
        [base] = s.args
        if g is not None or base in sweep.bars:
            bar = sweep.own(base)
            g = sweep.zero(s.out, "_bar") if g is None else g
            sweep.lines.append(ast.Expr(method(bar, "append", g.node)))
        sweep.lines.append(ast.Expr(method(base.node, "append", s.out.node)))


class Stacked(Row):
    """An array of the entries of a list that grew."""

    def tangent(self, sweep, s):
        return sweep.call(np.stack, sweep.dot(s.args[0]).node)

    def cotangents(self, sweep, s, g):
        [base] = s.args
        part = sweep.program.fresh("part")
        parts = ast.comprehension(ast.Name(part, ast.Store()), g.node, [], is_async=0)
        t = sweep.let("t", ast.ListComp(load(part), [parts]), base.kind)
        if base not in sweep.bars:
            sweep.owned.add(t)  # as a list
        sweep.pay(base, t)


class Sum(Row):
    """The sum of two cotangents, which may be trees."""

    def tangent(self, sweep, s):
        return sweep.call(helpers.add, *(sweep.dot(v).node for v in s.args))

    def cotangents(self, sweep, s, g):
        for v in s.args:
            sweep.pay(v, g)


class Opaque(Row):
    """A function that another engine follows at run time; `code` is how it is written."""

    once = False

    def __init__(self, code):
        self.code = code

    def tangent(self, sweep, s):
        args, dots = row([v.node for v in s.args]), row([sweep.dot(v).node for v in s.args])
        return sweep.call(helpers.pushforward, self.code, args, dots)

    def cotangents(self, sweep, s, g):
        sweep.program.unsure |= len(s.args) > 1  # 0 for what it did not read, and 0 · inf is nan
        node = sweep.call(helpers.pullback, self.code, g.node, *(v.node for v in s.args))
        sweep.pay_each(s.args, node)


class Sub(Row):
    """A call of a function that is transformed too: what its parts are called."""

    once = False

    def __init__(self, kinds, varying):
        self.kinds, self.varying = kinds, varying
        self.kind, self.active, self.open, self.marks = BOTTOM, False, True, frozenset()
        self.shares = frozenset()  # the parameters of which its result may be a part

    def primal(self, sweep, s):
        if not self.active:
            return super().primal(sweep, s)
        s.saved = sweep.program.fresh("saved")
        return [let(place(s.out.id, s.saved), s.node)]

    def tangent(self, sweep, s):
        """One call gives both the value and its tangent."""
        dots = [sweep.dot(v).node for v in itertools.compress(s.args, self.varying)]
        dot = sweep.program.fresh(f"{s.out.id}{sweep.ending}")
        both = call(s.node.func, *s.node.args, *dots)
        sweep.lines[-1] = let(place(s.out.id, dot), both)
        return load(dot)

    def cotangents(self, sweep, s, g):
        varied = list(itertools.compress(s.args, self.varying))
        sweep.pay_each(varied, call(self.backward, load(s.saved), g.node))
