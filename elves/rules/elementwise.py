"""Rows of functions that work entry by entry, and of those that are flat."""

import math

import numpy as np

from elves.core import RULES, Constant, Elementwise, primitive

# ------------------------------------------------------------ arithmetic and powers
Elementwise(np.add, 1, 1)
Elementwise(np.subtract, 1, -1)
Elementwise(np.multiply, lambda y, a, b: b, lambda y, a, b: a)
Elementwise(np.true_divide, lambda y, a, b: 1 / b, lambda y, a, b: -y / b)
Elementwise(np.negative, -1)
Elementwise(np.positive, 1)
Elementwise(np.reciprocal, lambda y, x: -y * y)
Elementwise(np.square, lambda y, x: 2 * x)
Elementwise(np.sqrt, lambda y, x: 0.5 / y)
Elementwise(np.cbrt, lambda y, x: 1 / (3 * y * y))


def one_less(a, b):
    """``a ** (b - 1)``, and 1 where b is 0; a square, the usual case, needs no power."""
    return a if type(b) is int and b == 2 else a ** (b - (b != 0))


# b != 0 and a == 0 keep x**0 and 0**x finite: 0 * 0**-1 and 0 * log(0) would be nan.
Elementwise(
    np.power,
    lambda y, a, b: b * one_less(a, b),
    lambda y, a, b: y * np.log(a + (a == 0)),
)
Elementwise(np.float_power, *RULES[np.power].partials)
Elementwise(np.fmod, 1, lambda y, a, b: -np.trunc(a / b))
Elementwise(np.deg2rad, math.pi / 180)
Elementwise(np.rad2deg, 180 / math.pi)
Elementwise(np.radians, math.pi / 180)
Elementwise(np.degrees, 180 / math.pi)
Elementwise(np.remainder, 1, lambda y, a, b: -np.floor_divide(a, b))

# ------------------------------------------------------------ exponentials
Elementwise(np.exp, lambda y, x: y)
Elementwise(np.exp2, lambda y, x: math.log(2) * y)
Elementwise(np.expm1, lambda y, x: y + 1)
Elementwise(np.log, lambda y, x: 1 / x)
Elementwise(np.log2, lambda y, x: 1 / (math.log(2) * x))
Elementwise(np.log10, lambda y, x: 1 / (math.log(10) * x))
Elementwise(np.log1p, lambda y, x: 1 / (1 + x))
Elementwise(np.logaddexp, lambda y, a, b: np.exp(a - y), lambda y, a, b: np.exp(b - y))
Elementwise(np.logaddexp2, lambda y, a, b: np.exp2(a - y), lambda y, a, b: np.exp2(b - y))

# ------------------------------------------------------------ trigonometry
Elementwise(np.sin, lambda y, x: np.cos(x))
Elementwise(np.cos, lambda y, x: -np.sin(x))
Elementwise(np.tan, lambda y, x: 1 + y * y)
Elementwise(np.arcsin, lambda y, x: 1 / np.sqrt(1 - x * x))
Elementwise(np.arccos, lambda y, x: -1 / np.sqrt(1 - x * x))
Elementwise(np.arctan, lambda y, x: 1 / (1 + x * x))
Elementwise(np.sinh, lambda y, x: np.cosh(x))
Elementwise(np.cosh, lambda y, x: np.sinh(x))
Elementwise(np.tanh, lambda y, x: 1 - y * y)
Elementwise(np.arcsinh, lambda y, x: 1 / np.sqrt(x * x + 1))
Elementwise(np.arccosh, lambda y, x: 1 / np.sqrt(x * x - 1))
Elementwise(np.arctanh, lambda y, x: 1 / (1 - x * x))
Elementwise(np.hypot, lambda y, a, b: a / y, lambda y, a, b: b / y)
Elementwise(np.arctan2, lambda y, a, b: b / (a * a + b * b), lambda y, a, b: -a / (a * a + b * b))

# ------------------------------------------------------------ kinks (ties share)
Elementwise(np.absolute, lambda y, x: np.sign(x))
Elementwise(np.fabs, lambda y, x: np.sign(x))
Elementwise(np.copysign, lambda y, a, b: np.sign(a) * np.sign(y), 0)
for largest in (np.maximum, np.fmax):
    Elementwise(
        largest, lambda y, a, b: (a > b) + 0.5 * (a == b), lambda y, a, b: (b > a) + 0.5 * (a == b)
    )
for smallest in (np.minimum, np.fmin):
    Elementwise(
        smallest, lambda y, a, b: (a < b) + 0.5 * (a == b), lambda y, a, b: (b < a) + 0.5 * (a == b)
    )

# ------------------------------------------------------------ flat wherever they are smooth
for flat in (
    np.sign, np.floor, np.ceil, np.trunc, np.rint, np.round, np.floor_divide,
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.isfinite, np.isnan, np.isinf, np.logical_and, np.logical_or, np.logical_not,
    np.argmax, np.argmin, np.argsort, np.argpartition, np.searchsorted, np.heaviside, np.signbit,
    np.any, np.all, np.count_nonzero, np.isclose, np.allclose, np.array_equal, np.fix,
    np.result_type, np.zeros_like, np.ones_like, np.full_like,
):  # fmt: skip
    Constant(flat)


@primitive
def stop_gradient(x):
    """x itself, but a constant to whoever differentiates (differences cannot see it)."""
    return x


Constant(stop_gradient)
