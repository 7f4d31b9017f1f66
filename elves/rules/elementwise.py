"""Rows of functions that work entry by entry, and of those that are flat.

At a kink there is no derivative, only a convention. Ours takes the middle where it can:

=======================  ==============  =========  =========
at the kink              here            PyTorch    JAX
=======================  ==============  =========  =========
abs at 0                 0               0          1
maximum, minimum, tie    1/2 and 1/2     the same   the same
max, min, ties           even shares     the same   the same
maximum(x, 0) at 0       1/2             0 (relu)   1/2
clip at a bound          1/2             1          1/2
sqrt at 0                inf             inf        inf
norm, std at 0           0               0          nan
hypot at 0, 0            0 and 0         nan        1/2
arctan2 at 0, 0          nan             0          nan
0**0, by base            0               0          nan
floor, round, sign       0               0          0
mod(a, b) at a jump      1, -floor(a/b)  the same   the same
where at the edge        branch taken    the same   the same
=======================  ==============  =========  =========

A convention for the slope cannot give the second one too. A square has no kink, so norms, std,
hypot and abs remember theirs; what else is made of them keeps the convention, which may be wrong:

==============================  =======================  ===================
second derivative at 0          here                     true
==============================  =======================  ===================
norm(x)**2, hypot(a, b)**2      2 I                      2 I
std(x)**2                       that of var(x)           the same
abs(x)**2, and n * n of a norm  2                        2
abs(x)**3, norm(x)**4           0                        0
abs(x) * abs(x), two calls      0                        2: write abs(x)**2
sqrt(sum(x**2))**2              nan                      2 I: write norm(x)
norm(x), abs(x) alone           I, 0                     none
maximum(x, 0)**2                1/2                      none: 0 or 2
==============================  =======================  ===================
"""

import math

import numpy as np

from elves.core import RULES, Constant, Derived, Elementwise, Value, primitive, quick
from elves.core.quick import share
from elves.recurring import nan_to_num, sinc_slope, strange

# ------------------------------------------------------------ arithmetic and powers
Elementwise(np.add, 1, 1)
Elementwise(np.subtract, 1, -1)
Elementwise(np.multiply, lambda y, a, b: b, lambda y, a, b: a)
Elementwise(np.true_divide, lambda y, a, b: quick.one_over(b), lambda y, a, b: -y / b)
Elementwise(np.negative, -1)
Elementwise(np.positive, 1)
Elementwise(np.reciprocal, lambda y, x: -y * y)
Elementwise(np.square, lambda y, x: 2 * x)
Elementwise(np.sqrt, lambda y, x: 0.5 / y)
Elementwise(np.cbrt, lambda y, x: 1 / (3 * y * y))


def power_slope(y, a, b):
    """b a**(b - 1), but 0 for 0**0; an exponent that varies itself may pass through 0."""
    if type(b) is int and b == 2:  # a square, the usual case, needs no power
        return b * a
    if isinstance(b, Value):
        return b * (a + (a == 0) * (b == 0)) ** (b - 1)
    # times 1, since NumPy subtracts no booleans
    return b * quick.power(a, b - quick.narrow((b != 0) * 1, b))


Elementwise(np.power, power_slope, lambda y, a, b: y * quick.log(a, y))
Elementwise(np.float_power, *RULES[np.power].partials)
Elementwise(np.fmod, 1, lambda y, a, b: -np.trunc(a / b))
Elementwise(np.deg2rad, math.pi / 180)
Elementwise(np.rad2deg, 180 / math.pi)
Elementwise(np.radians, math.pi / 180)
Elementwise(np.degrees, 180 / math.pi)
Elementwise(np.remainder, 1, lambda y, a, b: np.rint((y - a) / b))
Derived(np.divmod, lambda a, b: (np.floor_divide(a, b), np.remainder(a, b)))
Derived(np.modf, lambda x: (np.where(np.isinf(x), 0.0, np.fmod(x, 1.0)), np.trunc(x)), own=True)

# ------------------------------------------------------------ exponentials
Elementwise(np.exp, lambda y, x: y)
Elementwise(np.exp2, lambda y, x: math.log(2) * y)
Elementwise(np.expm1, lambda y, x: y + 1)
Elementwise(np.log, lambda y, x: 1 / x)
Elementwise(np.log2, lambda y, x: 1 / (math.log(2) * x))
Elementwise(np.log10, lambda y, x: 1 / (math.log(10) * x))
Elementwise(np.log1p, lambda y, x: 1 / (1 + x))
gap = quick.gap
Elementwise(np.logaddexp, quick.logistic, lambda y, a, b: quick.logistic(y, b, a))
Elementwise(np.logaddexp2, lambda y, a, b: np.exp2(gap(a, y)), lambda y, a, b: np.exp2(gap(b, y)))

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
Elementwise(np.hypot, lambda y, a, b: a / (y + (y == 0)), lambda y, a, b: b / (y + (y == 0)))


def squares(a, b):
    """a² + b², in floats: the squares of small integers may not fit their type."""
    return 1.0 * a * a + 1.0 * b * b


Elementwise(np.arctan2, lambda y, a, b: b / squares(a, b), lambda y, a, b: -(a / squares(a, b)))


Elementwise(np.sinc, sinc_slope)


# ------------------------------------------------------------ kinks (ties share)
def root(x):
    """The square root of a sum of squares; its slope at 0 is 0, as in PyTorch."""
    zero = x == 0
    y = np.sqrt(x) if quick.nowhere(zero) else np.sqrt(x + zero) - zero
    if isinstance(y, Value):
        y.square = lambda: x
    return y


Elementwise(np.absolute, lambda y, x: np.sign(x)).square = lambda x: x * x
Elementwise(np.fabs, lambda y, x: np.sign(x)).square = lambda x: x * x
Elementwise(np.copysign, lambda y, a, b: np.sign(a) * np.sign(y), 0).square = lambda a, b: a * a
RULES[np.hypot].square = squares
Elementwise(np.heaviside, 0, lambda y, a, b: a == 0)
for f in (np.maximum, np.fmax):
    Elementwise(f, lambda y, a, b: share(a > b, a == b, y), lambda y, a, b: share(a < b, a == b, y))
for f in (np.minimum, np.fmin):
    Elementwise(f, lambda y, a, b: share(a < b, a == b, y), lambda y, a, b: share(a > b, a == b, y))


Derived(np.nan_to_num, nan_to_num, own=strange).usually = np.positive

# ------------------------------------------------------------ flat wherever they are smooth
for constant in (
    np.sign, np.floor, np.ceil, np.trunc, np.rint, np.round, np.floor_divide, np.fix, np.greater,
    np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.signbit, np.isfinite,
    np.isnan, np.isinf, np.isposinf, np.isneginf, np.isreal, np.isrealobj, np.iscomplex,
    np.iscomplexobj, np.isin, np.isclose, np.allclose, np.array_equal, np.array_equiv,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.imag, np.logical_and,
    np.logical_or, np.logical_xor, np.logical_not, np.any, np.all, np.argmax, np.argmin,
    np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.lexsort, np.argwhere, np.nonzero,
    np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize, np.shape, np.ndim, np.size,
    np.result_type, np.zeros_like, np.ones_like, np.around, np.spacing, np.linalg.matrix_rank,
):  # fmt: skip
    Constant(constant)
RULES[np.lexsort].takes_lists = RULES[np.where].takes_lists = True


@lambda function: primitive(function, by_leaf=True)
def stop_gradient(x):
    """x itself, an array or a tree, but a constant to whoever differentiates.

    Differences cannot see that.
    """
    return x


def angle(z, deg=False):
    half = np.arctan2(np.zeros_like(z), stop_gradient(z))
    return half * (180 / math.pi) if deg else half


Constant(stop_gradient)
Derived(np.angle, angle)
