"""Passes make a program smaller: each one is a small function, and can be switched on alone.

`optimize` walks the equations once and shows each to the passes, in their order. A pass gives
back what the equation's Var stands for from now on, a Var or a constant, or None to keep it.

Source: Aho, Lam, Sethi & Ullman, Compilers (2006), chapters 8 and 9.
"""

import functools

import numpy as np

from elves import core
from elves.rules import scatter
from elves.tracing.ir import IR, Equation, Var, is_elementwise, replace, variables
from elves.tracing.trace import infer


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
    builder = Builder([STEPS[name] for name in STEPS if name in passes], is_double(ir))
    known = {}

    def read(a):
        return known.get(a, a) if type(a) is Var else a

    for e in ir.equations:
        args, kwargs = replace(e.args, read), e.kwargs and replace(e.kwargs, read)
        kwargs = {k: optimize(a, passes) if type(a) is IR else a for k, a in kwargs.items()}
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
            for step, functions in self.steps:
                if functions is None or (e.out.dtype.kind == "f" and e.rule.function in functions):
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

    def made(self, a, function):
        """The equation that made a, if it is a call of this function."""
        e = self.made_by.get(a) if type(a) is Var else None
        return e if e and e.rule.function is function else None


def is_double(ir):
    """Whether all the floats of a program are float64: then a Python float is as good as one."""
    return {v.dtype for v in ir.variables() if v.dtype.kind == "f"} <= {np.dtype(float)}


def dead_code(ir):
    """Leave out what no result needs."""
    needed, kept = {a for a in ir.outputs if type(a) is Var}, []
    for e in reversed(ir.equations):
        if not needed.isdisjoint(e.outs):
            needed.update(variables((e.args, e.kwargs)))
            kept.append(e)
    return IR(ir.inputs, kept[::-1], ir.outputs, ir.in_tree, ir.out_tree)


def fold_constants(e, builder):
    """Constants that meet are multiplied now; those that no tracer touched never got in here."""
    for x, k in (e.args, e.args[::-1]):
        other, inner = factor(builder, x)
        if other is None or not is_constant(k) or e.out.shape not in (inner.shape, np.shape(k)):
            continue
        if type(k * other) is np.ndarray or is_ordinary(k * other):
            return builder.make(np.multiply, inner, k * other)


def share(e, builder):
    """The same function of the same arguments is computed once (common subexpressions)."""
    key = (e.rule.function, *map(identity, e.args), identity(e.kwargs) if e.kwargs else None)
    return None if builder.seen.setdefault(key, e.out) is e.out else builder.seen[key]


def identity(tree):
    """A key that is the same for arguments that are the same."""
    kind = type(tree)
    if kind is Var:
        return tree
    if kind is tuple or kind is list:
        return (kind, *map(identity, tree))
    if kind is slice:
        return identity((slice, tree.start, tree.stop, tree.step))
    if kind is dict:
        return tuple((k, identity(v)) for k, v in tree.items())
    if kind is np.ndarray:
        return (tree.shape, tree.dtype, tree.tobytes()) if tree.size < 1000 else id(tree)
    return kind, repr(tree)  # repr tells 0.0 from -0.0


def integer_powers(e, builder):
    """x**2 is x * x: a multiplication instead of a logarithm and an exponential."""
    x, n = (*e.args, 2)[:2]
    if type(n) not in (int, float) or n not in (1, 2, 3, 4) or x.dtype != e.out.dtype:
        return None
    if n == 1:
        return x if builder.same(x, e.out) else None
    square = builder.make(np.multiply, x, x)
    return square if n == 2 else builder.make(np.multiply, square, x if n == 3 else square)


# ------------------------------------------------------------ algebra


def simplify(e, builder):
    """Algebra: x * 1 and x + 0 are x, numbers and signs go outwards and meet there."""
    f, out = e.rule.function, e.out
    if f in (np.reshape, np.broadcast_to) and type(e.args[0]) is Var:
        return same_shape(e, e.args[0], builder)
    if f is np.matmul:
        pairs = (e.args, e.args[::-1])
        return next((x for x, k in pairs if is_identity(k) and builder.same(x, out)), None)
    if not is_elementwise(e.rule):
        return None
    for i, a in enumerate(e.args if out.shape else ()):
        if (light := lighter(i, e, builder)) is not a:
            return builder.make(f, *e.args[:i], light, *e.args[i + 1 :])
    if out.dtype.kind == "f" and f in ALGEBRA:
        return ALGEBRA[f](builder, out, *e.args)


def is_identity(k):
    """Whether k is the identity matrix, as the tangents of a Jacobian are together."""
    square = type(k) is np.ndarray and k.ndim == 2 and k.shape[0] == k.shape[1]
    return square and np.array_equal(k, np.eye(len(k)))


def factor(builder, a):
    """How a is a number, or an array of them, times a Var: a pair, or (None, a) if it is not."""
    made = builder.made_by.get(a) if type(a) is Var else None
    if made and made.rule.function is np.negative:
        return -1, made.args[0]
    if made and made.rule.function is np.multiply and builder.double:
        for k, x in (made.args, made.args[::-1]):
            if is_ordinary(k) or (type(k) is np.ndarray and is_constant(k)):
                return k, x
    return None, a


def product(builder, out, a, b):
    for x, k in ((a, b), (b, a)):
        if type(k) in NUMBERS and k in (1, -1) and builder.same(x, out):
            return x if k == 1 else builder.make(np.negative, x)
    for x, y in ((a, b), (b, a)):
        k, inner = factor(builder, x)
        if type(k) in NUMBERS and not is_constant(y) and inner.shape == out.shape:
            return builder.make(np.multiply, builder.make(np.multiply, inner, y), k)


def quotient(builder, out, a, b):
    return a if is_number(b, 1) and builder.same(a, out) else None


def opposite(builder, out, a):
    k, inner = factor(builder, a)
    if k is not None:
        return inner if is_number(k, -1) else builder.make(np.multiply, inner, -k)


def total(builder, out, a, b, sign=1):
    """a + b, or with the sign -1 their difference."""
    function, other = (np.add, np.subtract)[::sign]
    for x, y in ((a, b), (b, a))[: 1 + (sign == 1)]:
        if is_number(y, 0) and builder.same(x, out):
            return x
    (k, x), (m, y) = factor(builder, a), factor(builder, b)
    if is_number(m, -1):
        return builder.make(other, a, y)
    if is_number(k, -1) and sign == 1:
        return builder.make(np.subtract, b, x)
    if k is not None and type(k) is type(m) in NUMBERS and k == m and x.shape == y.shape:
        return builder.make(np.multiply, builder.make(function, x, y), k)


ALGEBRA = {
    np.add: total, np.subtract: functools.partial(total, sign=-1), np.multiply: product,
    np.true_divide: quotient, np.negative: opposite,
}  # fmt: skip
NUMBERS = {int, float, np.float64}


def is_number(a, n):
    return type(a) in NUMBERS and a == n


def is_constant(a):
    return type(a) in NUMBERS or (type(a) is np.ndarray and a.dtype == float)


def is_ordinary(a):
    """A number that can change its place in a product: no result overflows by that."""
    return type(a) in NUMBERS and 1e-6 < abs(a) < 1e6


def lighter(i, e, builder):
    """The i-th operand without a broadcast that the operation would do by itself."""
    a, others = e.args[i], [b for k, b in enumerate(e.args) if k != i]
    if not any(getattr(b, "shape", ()) == e.out.shape for b in others):
        return a
    if spread := builder.made(a, np.broadcast_to):
        return spread.args[0]
    if type(a) is np.ndarray and a.ndim and a.dtype == e.out.dtype and a.size:
        first = a.flat[0]  # an array of equal numbers is a number
        return first if np.all(a == first) else a
    return a


def same_shape(e, x, builder):
    """Reshape of the same shape; reshape of a reshape."""
    f, out = e.rule.function, e.out
    if f in (np.reshape, np.broadcast_to) and x.shape == out.shape:
        return x
    if f is np.reshape and (again := builder.made(x, np.reshape)):
        return builder.make(np.reshape, again.args[0], out.shape)


# ------------------------------------------------------------ sums with something scattered


class AddAt(core.Rule):
    """The row of ``a + scatter(g, shape, index)`` where the index names no entry twice."""

    name = "add_at"

    def __init__(self):
        self.function = lambda a, g, index: a + scatter(g, np.shape(a), index)


ADD_AT = AddAt()


def add_in_place(e, builder):
    """A sum with something scattered only changes the entries that it hits."""
    for a, b in (e.args, e.args[::-1]) if e.out.shape else ():
        hit, before = builder.made(b, scatter), builder.made(a, scatter)
        if hit and distinct(hit.args[2]) and builder.same(a, e.out) and a is not b:
            g, shape, index = hit.args
            if before and identity(before.args[2]) == identity(index):  # the same entries
                return builder.make(scatter, builder.make(np.add, before.args[0], g), shape, index)
            return builder.put(Equation(ADD_AT, (a, g, index), {}, Var(a.shape, a.dtype)))


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


# Each with the functions that it looks at on floats; None: at all functions of anything.
STEPS = {
    "fold_constants": (fold_constants, {np.multiply}),
    "integer_powers": (integer_powers, {np.square, np.power}),
    "simplify": (simplify, None),
    "add_in_place": (add_in_place, {np.add}),
    "share": (share, None),
}
