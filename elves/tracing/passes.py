"""Passes make a program smaller: each one is a small function, and can be switched on alone.

`optimize` walks the equations once and shows each to the passes, in their order. A pass gives
back what the equation's Var stands for from now on, a Var or a constant, or None to keep it.

Source: Aho, Lam, Sethi & Ullman, Compilers (2006), chapters 8 and 9.
"""

import math

import numpy as np

from elves import core
from elves.rules import scatter
from elves.tracing.ir import IR, Equation, Var, call, replace, variables
from elves.tracing.trace import infer, is_abstract


def optimize(ir, passes=("fold_constants", "integer_powers", "simplify", "share", "dead_code")):
    """The same program with fewer or cheaper equations, by the passes of these names.

    Their order is that of the table STEPS.

    >>> from elves.tracing import trace
    >>> ir = trace(lambda x: 1.0 * x**2 + x**2 + np.log(2.0) * (x - x), 1.5)
    >>> optimize(ir, ["share", "integer_powers", "simplify", "dead_code"])
    (a: float64):
        b: float64 = np.multiply(a, a)
        c: float64 = np.add(b, b)
        d: float64 = np.subtract(a, a)
        e: float64 = np.multiply(0.6931471805599453, d)
        f: float64 = np.add(c, e)
        return f
    """
    builder = Builder([f for name, f in STEPS.items() if name in passes], is_double(ir))
    known = {}

    def read(a):
        return known.get(a, a) if type(a) is Var else a

    for e in ir.equations:
        args, kwargs = replace(e.args, read), e.kwargs and replace(e.kwargs, read)
        found = builder.put(Equation(e.rule, args, kwargs, e.out))
        if found is not e.out:
            known[e.out] = found
    outputs = [read(a) for a in ir.outputs]
    ir = IR(ir.inputs, builder.equations, outputs, ir.in_tree, ir.out_tree)
    return dead_code(ir) if "dead_code" in passes else ir


class Builder:
    """Equations in the making; `made_by` knows the equation of each Var."""

    def __init__(self, steps, double):
        self.steps, self.equations, self.made_by, self.seen = steps, [], {}, {}
        self.double = double

    def put(self, e):
        if type(e.out) is Var:
            for step in self.steps:
                found = step(e, self)
                if found is not None:
                    return found
            self.made_by[e.out] = e
        self.equations.append(e)
        return e.out

    def make(self, function, *args, **kwargs):
        rule = core.rule_of(function)
        return self.put(Equation(rule, args, kwargs, infer(rule, args, kwargs)))

    def same(self, a, v):
        """Whether a can stand for v: the type of a Python float matters beside a float32 only."""
        same = type(a) is Var and a.shape == v.shape and a.dtype == v.dtype
        return same and (self.double or not a.weak)

    def maker(self, a, function):
        """The equation that made a, if it is a call of this function."""
        e = self.made_by.get(a) if type(a) is Var else None
        return e if e and e.rule.function is function else None


def is_double(ir):
    """Whether all the floats of a program are float64: then a Python float is as good as one."""
    return {v.dtype for v in ir.variables() if v.dtype.kind == "f"} == {np.dtype(float)}


def dead_code(ir):
    """Leave out what no result needs."""
    needed, kept = {a for a in ir.outputs if type(a) is Var}, []
    for e in reversed(ir.equations):
        if not needed.isdisjoint(e.out if type(e.out) is tuple else [e.out]):
            needed.update(variables((e.args, e.kwargs)))
            kept.append(e)
    return IR(ir.inputs, kept[::-1], ir.outputs, ir.in_tree, ir.out_tree)


def fold_constants(e, builder):
    """What depends on no argument is computed now."""
    if any(type(a) is Var for a in e.args):
        return None
    vary = []
    replace((e.args, e.kwargs), lambda a: vary.append(a) if is_abstract(a) else None)
    if not vary:
        with np.errstate(all="ignore"):
            return call(e.rule, e.args, e.kwargs)


def share(e, builder):
    """The same function of the same arguments is computed once (common subexpressions)."""
    same = [a if type(a) is Var else identity(a) for a in e.args]
    key = (e.rule.function, *same, identity(e.kwargs) if e.kwargs else None)
    return None if builder.seen.setdefault(key, e.out) is e.out else builder.seen[key]


def identity(tree):
    """A key that is the same for arguments that are the same."""
    kind = type(tree)
    if kind is Var:
        return tree
    if kind is tuple or kind is list:
        return (kind, *map(identity, tree))
    if kind is dict:
        return tuple((k, identity(v)) for k, v in tree.items())
    if kind is np.ndarray:
        return (tree.shape, tree.dtype, tree.tobytes()) if tree.size < 1000 else id(tree)
    return kind, repr(tree)  # repr tells 0.0 from -0.0


def integer_powers(e, builder):
    """x**2 is x * x: a multiplication instead of a logarithm and an exponential."""
    if e.rule.function is np.square and e.out.dtype.kind == "f":
        return builder.make(np.multiply, e.args[0], e.args[0])
    if e.rule.function is np.power and type(e.args[1]) in (int, float) and e.out.dtype.kind == "f":
        x, n = e.args
        if n == 1 and builder.same(x, e.out):
            return x
        if n in (2, 3, 4) and x.dtype == e.out.dtype:
            square = builder.make(np.multiply, x, x)
            other = {2: None, 3: x, 4: square}[n]
            return square if other is None else builder.make(np.multiply, square, other)


def simplify(e, builder):
    """Algebra: x * 1 and x + 0 are x, x * -1 is -x; shapes that change nothing."""
    f, out = e.rule.function, e.out
    x = e.args[0] if e.args else None
    if f in (np.reshape, np.broadcast_to, np.transpose, np.sum) and type(x) is Var:
        return same_shape(e, x, builder)
    if type(f) is not np.ufunc or f.signature:
        return None
    for i, a in enumerate(e.args if out.shape else ()):
        if (light := lighter(i, e, builder)) is not a:
            return builder.make(f, *e.args[:i], light, *e.args[i + 1 :])
    if out.dtype.kind != "f":
        return None
    a, b = e.args if len(e.args) == 2 else (x, None)
    if f in NEUTRAL:
        for x, other in ((a, b), (b, a)) if f in (np.add, np.multiply) else ((a, b),):
            if is_number(other, NEUTRAL[f]) and builder.same(x, out):
                return x
    if f is np.multiply:
        for x, c in ((a, b), (b, a)):
            if type(c) in NUMBERS and builder.same(x, out):
                return multiplied(x, c, builder)
    if f in (np.multiply, np.true_divide):  # the sign goes outwards, where a sum takes it in
        for k, x in enumerate(e.args):
            minus = builder.maker(x, np.negative)
            if minus and x.shape == out.shape:
                args = (*e.args[:k], minus.args[0], *e.args[k + 1 :])
                return builder.make(np.negative, builder.make(f, *args))
    if f is np.negative and (twice := builder.maker(a, np.negative)):
        return twice.args[0]
    if f is np.negative and (before := builder.maker(a, np.multiply)):
        for y, c in (before.args, before.args[::-1]):
            if type(c) in NUMBERS:
                return builder.make(np.multiply, y, -c)
    if f in (np.add, np.subtract) and (minus := builder.maker(b, np.negative)):
        return builder.make(np.subtract if f is np.add else np.add, a, minus.args[0])
    if f is np.add and (minus := builder.maker(a, np.negative)):
        return builder.make(np.subtract, b, minus.args[0])


def multiplied(x, c, builder):
    """x times a number: -x for -1, and one number for two of them."""
    if c == -1:
        return builder.make(np.negative, x)
    if minus := builder.maker(x, np.negative):
        return builder.make(np.multiply, minus.args[0], -c)
    if builder.double and (before := builder.maker(x, np.multiply)):
        for y, d in (before.args, before.args[::-1]):
            if type(d) in NUMBERS and math.isfinite(c * d):
                return builder.make(np.multiply, y, c * d)


NUMBERS = {int, float, np.float64, np.float32}
NEUTRAL = {np.add: 0, np.subtract: 0, np.multiply: 1, np.true_divide: 1}


def is_number(a, n):
    return type(a) in NUMBERS and a == n


def lighter(i, e, builder):
    """The i-th operand without a broadcast that the operation would do by itself."""
    a, others = e.args[i], [b for k, b in enumerate(e.args) if k != i]
    if not any(getattr(b, "shape", ()) == e.out.shape for b in others):
        return a
    if spread := builder.maker(a, np.broadcast_to):
        return spread.args[0]
    if type(a) is np.ndarray and a.ndim and a.dtype == e.out.dtype and a.size:
        first = a.flat[0]  # an array of equal numbers is a number
        return first if np.all(a == first) else a
    return a


class AddAt(core.Rule):
    """The row of ``a + scatter(g, shape, index)`` where the index names no entry twice."""

    name = "add_at"

    def __init__(self):
        self.function = lambda a, g, index: a + scatter(g, np.shape(a), index)


ADD_AT = AddAt()


def add_in_place(e, builder):
    """A sum with something scattered only changes the entries that it hits."""
    if e.rule.function is np.add and e.out.shape and e.out.dtype.kind == "f":
        for a, b in (e.args, e.args[::-1]):
            hit = builder.maker(b, scatter)
            if hit and distinct(hit.args[2]) and builder.same(a, e.out) and a is not b:
                return builder.put(Equation(ADD_AT, (a, *hit.args[::2]), {}, Var(a.shape, a.dtype)))


def distinct(index):
    """Whether an index names no entry twice, so that adding there is assigning."""
    parts = index if type(index) is tuple else (index,)
    arrays = [a for a in parts if type(a) in (Var, np.ndarray)]
    if not arrays:
        return all(a is None or a is Ellipsis or type(a) in (int, slice) for a in parts)
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    whole = [
        a for a in arrays if type(a) is np.ndarray and a.dtype.kind in "iu" and a.shape == shape
    ]
    one_mask = len(arrays) == 1 and arrays[0].dtype == bool
    return one_mask or any(np.all(a >= 0) and np.unique(a).size == a.size for a in whole)


def same_shape(e, x, builder):
    """Reshape of the same shape; reshape of a reshape; a sum that should have kept its axes."""
    f, out = e.rule.function, e.out
    if f in (np.reshape, np.broadcast_to) and x.shape == out.shape:
        return x
    if f is np.reshape and (again := builder.maker(x, np.reshape)):
        return builder.make(np.reshape, again.args[0], out.shape)
    if f is np.reshape and (total := builder.maker(x, np.sum)):
        inner, options = total.args[0], total.kwargs | {"keepdims": True}
        if infer(total.rule, (inner,), options).shape == out.shape:
            return builder.make(np.sum, inner, **options)


STEPS = {f.__name__: f for f in (fold_constants, integer_powers, simplify, add_in_place, share)}
