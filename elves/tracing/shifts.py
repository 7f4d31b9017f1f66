"""Shifts that cancel: in log-sum-exp and softmax the maximum has no derivative to compute.

``m + log(sum(exp(x - m)))`` does not depend on m. What its gradient brings back to m cancels, which
algebra can see: a cotangent is a polynomial in what is not looked into, and this one has no terms.
So `np.max` need not share it among its ties, nor count them.

Source: Blanchard, Higham & Higham, "Accurately computing the log-sum-exp and softmax functions"
(2021), section 4; Knuth, The Art of Computer Programming 1 (1997), section 2.2.4, for polynomials.
"""

import collections
import fractions
import itertools
import math

import numpy as np

from elves.tracing import orders
from elves.tracing.algebra import NUMBERS
from elves.tracing.ir import Var, axes_of, variables
from elves.tracing.spelling import ARITHMETIC

MANY, DEEP = 64, 24  # terms of a polynomial, and calls within calls, that are not looked into
ORDERLY = orders.ORDERLY | dict.fromkeys((np.reshape, np.broadcast_to), orders.always)


def without_shifts(ir):
    """The same program, but what cancels on its way back to a maximum is not computed.

    >>> from elves.tracing import grad, make_ir, optimize
    >>> def log_sum_exp(x):
    ...     m = np.max(x)
    ...     return m + np.log(np.sum(np.exp(x - m)))
    >>> ir = make_ir(grad(log_sum_exp), np.ones(2))
    >>> optimize(ir, ["without_shifts", "simplify", "dead_code"])
    (a: float64[2]):
        b: float64 = np.max(a, axis=None, keepdims=False)
        c: float64[2] = np.subtract(a, b)
        d: float64[2] = np.exp(c)
        e: float64 = np.sum(d, axis=None, keepdims=False)
        f: float64 = np.divide(1, e)
        g: float64[2] = np.multiply(f, d)
        return g
    """
    if not any(e.rule.function is np.max for e in ir.equations):
        return ir
    algebra, equations, gone, none = Algebra(ir), [], {}, set()

    def read(a):
        if type(a) is not Var:
            return a
        return np.zeros(a.shape, a.dtype) if a in none else gone.get(a, a)

    for e in ir.equations:
        f, zeros = e.rule.function, [a for a in e.args if type(a) is Var and a in none]
        goes_on = zeros and (is_view(e) or (f is np.add and len(zeros) == 2))
        if goes_on or (f is np.where and algebra.cancels(e)):
            none.add(e.out)
            continue
        e = e.of(read)
        left = next((a for a in e.args if type(a) is Var), None)
        if zeros and f is np.add and is_like(left, e.out):
            gone[e.out] = left
        else:
            equations.append(e)
    return ir.but(equations, [read(a) for a in ir.outputs]) if none else ir


def is_like(a, v):
    return type(a) is Var and (a.shape, a.dtype, a.weak) == (v.shape, v.dtype, v.weak)


def is_view(e):
    """Whether an equation keeps the entries in their order, or repeats them."""
    f = e.rule.function
    return f in ORDERLY and type(e.args[0]) is Var and ORDERLY[f](e)


def is_zero(a):
    return type(a) in NUMBERS and not a


def summed_axes(e):
    """The axes of a sum or a maximum; None if only the run knows."""
    n = len(np.shape(e.args[0]))
    if not n or variables([e.kwargs]) or not e.kwargs.keys() <= {"axis", "keepdims"} or e.args[1:]:
        return None
    return tuple(sorted(axes_of(n, e.kwargs.get("axis"))))


class Algebra:
    """Polynomials that values are: a number for each set of factors, with how often they come.

    A factor is a Var, a constant, a sum, or one of these as a divisor. Where a sum along some axes
    is on the way, those that vary along them are in a pair with "along".
    """

    def __init__(self, ir):
        self.made = ir.made()
        self.known, self.maxima, self.depth, self.cancelled = {}, {}, 0, False
        for v, e in self.made.items():
            if e.rule.function is np.max and type(e.args[0]) is Var:
                self.maxima.setdefault(e.args[0], []).append((v, e))

    def cancels(self, e):
        """Whether an equation shares nothing but zeros among the ties of a maximum."""
        hit, shared, zero = e.args
        equal = self.made.get(hit) if type(hit) is Var else None
        if equal is None or equal.rule.function is not np.equal or type(shared) is not Var:
            return False
        if not is_zero(zero):
            return False
        extremes = (self.made.get(self.unseen(a)) for a in equal.args)
        of_maximum = any(m and m.rule.function is np.max for m in extremes)
        return of_maximum and self.polynomial(self.unseen(shared)) == {} and self.cancelled

    def unseen(self, a):
        """What an array is a view of."""
        while (e := self.made.get(a) if type(a) is Var else None) and is_view(e):
            a = e.args[0]
        return a

    def polynomial(self, a, shape=(), axes=()):
        """What a is: an array by itself, or as one that is broadcast to a shape and then summed."""
        if axes and stays(np.shape(a), shape, axes):
            axes = shape = ()
        if isinstance(a, np.ndarray) and a.size and a.dtype == float and np.all(a == a.flat[0]):
            a = a.item(0) if math.isfinite(a.flat[0]) else a  # the same number everywhere
        if type(a) in NUMBERS and math.isfinite(a):
            return {frozenset(): fractions.Fraction(a)} if a else {}
        if type(a) is not Var:
            known = "at", id(a)
            if isinstance(a, np.ndarray) and a.size <= MANY:
                form = a.shape if axes else a.size  # views of all of it are alike
                known = "constant", str(a.dtype), form, a.tobytes()
            return factor(known, axes)
        key = a, shape, axes
        if key not in self.known:
            self.depth += 1
            found = self.looked_into(a, shape, axes) if self.depth < DEEP else None
            self.depth -= 1
            self.known[key] = factor(a, axes) if found is None else found
        return self.known[key]

    def looked_into(self, a, shape, axes):
        """The polynomial of what an equation makes of others; None if this is not known."""
        e = self.made.get(a)
        if e is None or a.dtype.kind != "f":
            return None
        f, view = e.rule.function, is_view(e)
        arrays = e.args[:1] if view else e.args
        if f is np.sum:
            return None if axes else self.total(e)
        if f is np.where and not axes:  # as where the maximum is finite
            return {} if self.polynomial(e.args[1]) == self.polynomial(e.args[2]) == {} else None
        if not view and f not in ARITHMETIC.keys() | {np.negative}:
            return None
        if not axes and not {math.prod(np.shape(x)) for x in arrays} <= {1, math.prod(a.shape)}:
            return None
        if view:
            seen = not axes or f is np.broadcast_to
            return self.polynomial(e.args[0], shape, axes) if seen else None
        one, *two = (self.polynomial(x, shape, axes) for x in e.args)
        if f is np.negative:
            return {m: -k for m, k in one.items()}
        if f in (np.add, np.subtract):
            found = plus(one, two[0], 1 if f is np.add else -1)
            return found if len(found) <= MANY else None
        return self.times(one, *two if f is np.multiply else [inverse(*two)])

    def times(self, p, q):
        """A product; a divisor cancels with itself: if that is 0, all of the program is nan."""
        if p is None or q is None or len(p) * len(q) > MANY:
            return None
        found = {}
        for (one, k), (two, n) in itertools.product(p.items(), q.items()):
            powers = collections.Counter(dict(one))
            powers.update(dict(two))
            for a in [a for a in powers if ("over", a) in powers]:
                least = min(powers[a], powers["over", a])
                powers.subtract({a: least, ("over", a): least})
                self.cancelled = self.cancelled or self.is_positive(a)
            found = plus(found, {frozenset((+powers).items()): k * n})
        return found

    def total(self, e):
        """The polynomial of a sum: what is the same in all its terms stands before it."""
        x, axes = e.args[0], summed_axes(e)
        if not axes or type(x) is not Var:
            return None
        found, size = {}, math.prod(x.shape[k] for k in axes)
        for powers, k in self.polynomial(x, x.shape, axes).items():
            along = frozenset((a, n) for a, n in powers if type(a) is tuple and a[0] == "along")
            sums = {frozenset([(("sum", x.shape, axes, along), 1)] if along else []): k}
            if (product := self.times({powers - along: fractions.Fraction(1)}, sums)) is None:
                return None
            found = plus(found, product, 1 if along else size)
        return found if len(found) <= MANY else None

    def is_positive(self, a):
        """Whether a factor is a sum of exp(x - max(x)), or with weights: 0 only beside nan."""
        if type(a) is not tuple or a[0] != "sum":
            return False
        _, shape, axes, alongs = a
        return any(n == 1 and self.is_shifted(along[1], shape, axes) for along, n in alongs)

    def is_shifted(self, a, shape, axes):
        """Whether a is exp(x - max(x)), or without the maximum where that is not finite."""
        e = self.made.get(a) if type(a) is Var else None
        shifted = e and e.rule.function is np.exp and self.made.get(e.args[0])
        if not shifted or shifted.rule.function is not np.subtract:
            return False
        x, shift = shifted.args
        chosen = self.made.get(self.unseen(shift))
        if chosen and chosen.rule.function is np.where and is_zero(chosen.args[2]):
            shift = chosen.args[1]
        found = self.polynomial(shift, shape, axes)
        return (
            type(x) is Var
            and x.shape == shape
            and any(
                found == factor(v, ()) for v, e in self.maxima.get(x, ()) if summed_axes(e) == axes
            )
        )


# ------------------------------------------------------------ polynomials


def stays(shape, whole, axes):
    """Whether an array of a shape, broadcast to the whole one, is the same all along the axes."""
    full = (1,) * (len(whole) - len(shape)) + shape
    same = all(n == (1 if k in axes else whole[k]) for k, n in enumerate(full))
    return same or math.prod(shape) == 1


def factor(a, axes):
    return {frozenset([(("along", a) if axes else a, 1)]): fractions.Fraction(1)}


def plus(p, q, k=1):
    found = {m: p.get(m, 0) + k * q.get(m, 0) for m in (*p, *q)}
    return {m: n for m, n in found.items() if n}


def inverse(p):
    """One over a polynomial of one term; None for others."""
    if len(p) != 1:
        return None
    ((powers, k),) = p.items()
    return {frozenset((over(a), n) for a, n in powers): 1 / k}


def over(a):
    if type(a) is tuple and a[0] == "along":
        return "along", over(a[1])
    return a[1] if type(a) is tuple and a[0] == "over" else ("over", a)
