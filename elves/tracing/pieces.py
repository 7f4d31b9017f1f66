"""The values of many turns as few arrays: parts of one array that follow each other."""

import collections
import operator

import numpy as np

from elves.rules.arrays import join
from elves.scattering import parts_of
from elves.tracing.ir import Equation, Var, identity, reading, reads
from elves.tracing.operands import equation

RAISED = {np.expand_dims, np.reshape}


def early(ir, many):
    """The same program, where each view is taken once, and as soon as it can be.

    But few views of an input that are not used in many turns are taken where these begin.
    """
    views, made, rest = {}, {}, []
    for e in ir.equations:
        e = of_a_row(e, made)
        for v in e.outs:
            made[v] = e
        views.setdefault(e.args[0], []).append(e) if is_view(e) else rest.append(e)
    out, taken, known = [], {}, {}

    def put(values):
        for e in (e for v in values for e in views.pop(v, ())):
            first = taken.setdefault((e.args[0], identity(e.args[1])), e.out)
            if first is not e.out:
                known[e.out] = first
            out.append(e)
            put(e.outs)

    few = [v for v in ir.inputs if len(views.get(v, ())) < many]
    late = {e.out: v for v in few for e in views.get(v, ())}
    uses = collections.Counter(v for e in rest for v in reads(e)) if late else {}
    often = {late[v] for v in late if uses[v] >= many or v in views}
    late = {v: base for v, base in late.items() if base not in often}
    put([v for v in ir.inputs if v not in late.values()])
    for e in rest:
        if late:
            put([late[v] for v in reads(e) if v in late])
        out.append(e)
        put(e.outs)
    put(ir.inputs)
    return with_values(ir.but(out, ir.outputs), known)


def with_values(ir, known):
    """The same program with other values in place of those that are known."""
    outputs = map(reading(known), ir.outputs)
    return ir.but([e.knowing(known) for e in ir.equations], [*outputs])


def once(ir, many):
    """The same program, where what is the same in many turns is computed once, before them all.

    What only neighbours have in common stays in each of them, so that they look alike.
    """
    first, same = {}, {}
    for e in (e for e in ir.equations if type(e.out) is Var):
        if (v := first.setdefault(e.knowing(same).key(), e.out)) is not e.out:
            same[e.out] = v
    often = {v for v, n in collections.Counter(same.values()).items() if 1 + n >= many}
    ir = with_values(ir, {v: w for v, w in same.items() if w in often})
    there, before, rest = {*ir.inputs}, [], []
    for e in ir.equations:
        early = e.out in often and there.issuperset(reads(e))
        (before if early else rest).append(e)
        there.update(e.outs if early else ())
    return ir.but(before + rest, ir.outputs)


def of_a_row(e, made):
    """``x[k : k + 1]`` without its first axis is ``x[k]``."""
    view = made.get(e.args[0]) if e.rule.function is np.reshape and type(e.args[0]) is Var else None
    if view is None or not is_view(view) or e.out.shape != view.out.shape[1:]:
        return e
    first, *more = places(view)
    if type(first) is not slice or type(first.start) is not int or first.stop != first.start + 1:
        return e
    return Equation(view.rule, (view.args[0], (first.start, *more)), {}, e.out)


def is_view(e):
    return e.rule.function is operator.getitem and type(e.args[0]) is Var and places(e) is not None


def is_moved(e):
    """Whether an equation only puts numbers elsewhere."""
    return is_view(e) or e.rule.function in RAISED


def places(e):
    """The index of a getitem as a tuple, if it is of whole numbers, slices and None."""
    index = parts_of(e.args[1])
    return index if all(i is None or type(i) in (int, slice) for i in index) else None


def in_slices(ir):
    """The same program, where rows of one array are joined as its slices."""
    views = {e.out: e for e in ir.equations if is_view(e)}
    raised = {e.out: e.args[0] for e in ir.equations if is_raised(e)}
    new = []
    for e in ir.equations:
        rows = [row(a, raised) for a in e.args] if e.rule.function is join else [None]
        other = e.kwargs.get("axis") or any(a is None for a in rows)
        groups = [] if other else Pieces(views).groups(rows)
        if 0 < len(groups) <= len(rows) // 2:
            pieces = Pieces(views)
            pieces.joined(groups)
            *rest, last = pieces.equations
            new += [*rest, Equation(last.rule, last.args, last.kwargs, e.out)]
        else:
            new.append(e)
    return ir.but(new, ir.outputs)


def row(a, raised):
    """The only row of an array, if it has one."""
    return raised.get(a) if type(a) is Var else a[0] if np.shape(a)[:1] == (1,) else None


def is_raised(e):
    """Whether an equation gives an array one more axis, the first one."""
    shape = getattr(e.args[0], "shape", None) if e.rule.function in RAISED else None
    return shape is not None and e.out.shape == (1, *shape)


class Pieces:
    """Equations that put together what was a part of something; `views` made these parts."""

    def __init__(self, views):
        self.views, self.equations = views, []

    def make(self, function, *args, out=None):
        self.equations.append(equation(function, *args, out=out))
        return self.equations[-1].out

    def groups(self, atoms):
        """The spots of these values, as groups that are regular parts of one array each."""
        found = []
        for spot in map(self.spot, atoms):
            way = found and step(found[-1][-1], spot)
            if way and (not found[-1][1:] or way == step(*found[-1][-2:])):
                found[-1].append(spot)
            else:
                found.append([spot])
        return found

    def spot(self, a):
        """The array that a value is a part of, and its place there; (None, a) for a constant."""
        if type(a) is not Var:
            return None, a
        e = self.views.get(a)
        index = e and places(e)
        if not index or int not in map(type, index):
            return a, ()
        sizes = iter(e.args[0].shape)
        sizes = [None if i is None else next(sizes) for i in index]
        pairs = zip(index, sizes, strict=True)
        return e.args[0], tuple(i % n if type(i) is int else i for i, n in pairs)

    def joined(self, groups):
        parts = [*map(self.part, groups)]
        return self.make(join, *parts) if parts[1:] else parts[0]

    def part(self, group):
        """The array of a group of spots."""
        base, index = group[0]
        if base is None:
            return np.stack([a for _, a in group])
        if not index:
            return self.make(np.reshape, base, (1, *base.shape))
        first = [*map(type, index)].index(int), 1
        k, by = step(*group[:2]) if group[1:] else first
        stop = index[k] + by * len(group)
        places = slice(index[k], None if stop < 0 else stop, None if by == 1 else by)
        y = self.make(operator.getitem, base, (*index[:k], places, *index[k + 1 :]))
        axis = sum(type(i) is not int for i in index[:k])
        order = axis, *(i for i in range(len(y.shape)) if i != axis)
        return self.make(np.transpose, y, order) if axis else y


def step(one, two):
    """How one gets from one spot to the next one: in which part of the index, and how far."""
    (a, i), (b, j) = one, two
    if a is None or b is None:
        return (0, 0) if a is b else None
    off = [k for k, (x, y) in enumerate(zip(i, j, strict=False)) if x != y]
    if a is not b or len(i) != len(j) or len(off) != 1:
        return None
    x, y = i[off[0]], j[off[0]]
    return (off[0], y - x) if type(x) is type(y) is int else None
