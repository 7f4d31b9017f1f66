"""Algebra on equations: numbers and signs go outwards, and what changes nothing goes.

`simplify` is a pass: it takes an equation and the builder of the smaller program, and gives back
what the equation's Var stands for from now on, or None to keep it.

Source: Muchnick, Advanced Compiler Design and Implementation (1997), section 12.3.
"""

import numpy as np

from elves.rules import stop_gradient
from elves.tracing import orders
from elves.tracing.ir import Var, is_elementwise
from elves.tracing.operands import INDEXED, from_numbers, in_python, is_wide, lighter, spread_late


def simplify(e, builder):
    """Algebra: x * 1 and x - 0 are x, numbers and signs go outwards and meet there."""
    f, out, x = e.rule.function, e.out, e.args[0]
    if f in INDEXED and (index := in_python(e.args[INDEXED[f]])) is not None:
        return builder.make(f, *e.args[: INDEXED[f]], index, **e.kwargs)
    if f in MOVES:
        return MOVES[f](e, builder, x) if type(x) is Var else None
    if f is np.where and type(x) is np.ndarray and (x.all() or not x.any()):
        chosen = e.args[1 if x.all() else 2]
        return chosen if builder.same(chosen, out) else None
    if f is np.matmul:
        return of_vectors(e, builder)
    if is_elementwise(e.rule) or f is np.where:
        larger = out.shape and any(is_wide(a, builder) for a in e.args)
        if larger and (less := spread_late(e, builder) or from_numbers(e, builder)):
            return less
        for i, a in enumerate(e.args if larger else ()):
            if (light := lighter(i, e, builder)) is not a:
                return builder.make(f, *e.args[:i], light, *e.args[i + 1 :])
        if f in ALGEBRA and out.dtype.kind == "f":
            return ALGEBRA[f](builder, out, *e.args)


def of_vectors(e, builder):
    """A product with the identity, with one column, or of columns and rows, by less."""
    pairs, (a, b) = (e.args, e.args[::-1]), map(np.shape, e.args)
    for x, k in pairs:
        if is_identity(k) and builder.same(x, e.out):
            return x
    column = builder.made(e.args[1], np.reshape)
    if column and len(a) == 2 and b[1:] == (1,) and column.args[0].shape == b[:1]:
        vector = builder.make(np.matmul, e.args[0], column.args[0])
        return builder.make(np.reshape, vector, e.out.shape)
    if len(a) == len(b) == 2 and (found := thin_first(e, builder)):
        return found
    stacks = min(len(a), len(b)) > 1 and max(len(a), len(b)) > 2
    columns = stacks and a[-1] == 1 and 1 in (a[-2], b[-1])
    return builder.make(np.multiply, *e.args) if columns else None


def thin_first(e, builder):
    """``(u @ v) @ x`` as ``u @ (v @ x)``, or from the left, where u is much higher than wide."""
    for side, thin in enumerate(e.args):
        made = builder.made(thin, np.matmul) or builder.made(thin, np.multiply)
        if not made:
            continue
        (p, q), product, x = thin.shape, made.rule.function, e.args[1 - side]
        u, v = made.args if np.shape(made.args[1]) != (p, 1) else made.args[::-1]
        if np.shape(u) == (p, 1) and np.shape(v) == (q,):  # np.outer's
            v = builder.make(np.reshape, v, (1, q))
        (n, r), (m, k) = (np.shape(a) if len(np.shape(a)) == 2 else (0, 0) for a in (u, v))
        if (n, m, k) == (p, r, q) and 0 < 16 * r * (p + q) <= p * q:
            if side:
                return builder.make(product, builder.make(np.matmul, x, u), v)
            return builder.make(product, u, builder.make(np.matmul, v, x))


def summed(e, builder, x):
    k, inner = builder.scaled(x)
    if is_outward(k) and inner.shape == x.shape:
        return builder.make(np.multiply, builder.make(np.sum, inner, **e.kwargs), k)


def is_identity(k):
    """Whether k is the identity matrix, as the tangents of a Jacobian are together."""
    return type(k) is np.ndarray and k.ndim == 2 and np.array_equal(k, np.eye(len(k)))


def product(builder, out, a, b):
    for x, y in ((a, b), (b, a)):
        if is_number(y, 1, -1) and builder.same(x, out):
            return x if y == 1 else builder.make(np.negative, x)
        k, inner = builder.scaled(x)
        if type(k) not in NUMBERS or is_constant(y) or inner.shape != out.shape:
            continue
        if abs(k) >= 1:
            return builder.make(np.multiply, builder.make(np.multiply, inner, y), k)
        if out.shape and not y.shape:
            return builder.make(np.multiply, inner, builder.make(np.multiply, y, k))


def quotient(builder, out, a, b):
    k, inner = builder.scaled(a)
    if is_outward(k) and inner.shape == out.shape:
        return builder.make(np.multiply, builder.make(np.true_divide, inner, b), k)
    return a if is_number(b, 1) and builder.same(a, out) else None


def constant(e, builder, x):  # no derivative is taken any more
    return itself(builder, e.out, x)


def itself(builder, out, a):
    return a if builder.same(a, out) else None


def opposite(builder, out, a):
    k, inner = builder.scaled(a)
    if k is not None:
        return inner if is_number(k, -1) else builder.make(np.multiply, inner, -k)


def total(builder, out, a, b, function=np.add, other=np.subtract):
    (k, x), (m, y) = builder.scaled(a), builder.scaled(b)
    if is_number(m, -1):
        return builder.make(other, a, y)
    if is_number(k, -1) and function is np.add:
        return builder.make(np.subtract, b, x)
    if x is y and function is np.add and type(k) in NUMBERS and type(m) in NUMBERS and k * m > 0:
        return builder.make(np.multiply, x, k + m)
    if is_outward(k) and type(k) is type(m) and k == abs(m) and x.shape == y.shape:
        return builder.make(np.multiply, builder.make(function if m > 0 else other, x, y), k)


def difference(builder, out, a, b):
    if is_number(b, 0) and builder.same(a, out):  # x + 0.0 is not -0.0 where x is
        return a
    return total(builder, out, a, b, np.subtract, np.add)


MOVES = orders.MOVES | {np.sum: summed, stop_gradient: constant}
ALGEBRA = {
    np.add: total, np.subtract: difference, np.multiply: product, np.true_divide: quotient,
    np.negative: opposite, np.positive: itself,
}  # fmt: skip
NUMBERS = {int, float, np.float64}


def is_number(a, *values):
    return type(a) in NUMBERS and a in values


def is_constant(a):
    return type(a) in NUMBERS or (type(a) is np.ndarray and a.dtype == float)


def is_outward(k):
    """A number that can be multiplied by later: what it multiplied does not overflow without it."""
    return type(k) in NUMBERS and abs(k) >= 1


def is_ordinary(a):
    """A number, or an array, that can change its place in a product without an overflow."""
    if type(a) in NUMBERS:
        return 1e-6 < abs(a) < 1e6
    return is_constant(a) and np.all((a == 0) | (np.abs(a) > 1e-6) & (np.abs(a) < 1e6))
