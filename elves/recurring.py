"""Numbers that each follow from the one before, in one sweep where that is safe.

Source: Blelloch, "Prefix sums and their applications" (1990), section 1.4, on such recurrences.
"""

import functools
import itertools
import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple


def recurrence(a, b):
    """y[k] = a[k] y[k - 1] + b[k] along the last axis, from 0.

    The running products p of a give y = p cumsum(b / p). Where one is too small or too large to
    divide by, as where an entry of a is 0, each step is taken. A y of 0 stays 0, also beside an a
    that is infinite or nan.

    >>> recurrence(np.array([5.0, 2.0, 0.0]), np.array([1.0, 1.0, 7.0]))
    array([1., 3., 7.])
    """
    if np.shape(a) != np.shape(b):
        a, b = np.broadcast_arrays(a, b)
    dtype = np.result_type(a, b, np.float16)
    if dtype.kind == "O":
        raise TypeError("A recurrence needs numbers.")
    p, limit = a.astype(dtype), largest(dtype)
    p[..., :1] = 1
    with np.errstate(all="ignore"):
        p = p.cumprod(-1)
        size = np.abs(p)
        if size.min(initial=1) * limit > 1 and size.max(initial=1) < limit:
            parts = b / p
            y = parts.cumsum(-1)
            y *= p
            if is_exact(y, parts, b, limit):
                return y
    rows = [np.moveaxis(z, -1, 0) for z in (a, b)]
    rows = [z.tolist() if z.ndim == 1 else z for z in rows]  # Python is faster on single numbers
    rows = zip(*rows, strict=True)
    _, first = next(rows)
    with np.errstate(all="ignore"):
        steps = [*itertools.accumulate(rows, step, initial=first)]
    return np.moveaxis(np.array(steps, dtype), 0, -1)


def step(y, row):
    a, b = row
    if isinstance(y, float):
        return a * y + b if y else b
    return np.where(y == 0, 0.0, a * y) + b


def is_exact(y, parts, given, limit):
    """Whether a sweep is finite, and no part of what was given was lost in it by being small."""
    small = np.abs(parts) < 1 / limit
    if np.count_nonzero(np.isfinite(y)) < y.size:
        return False
    return not np.count_nonzero(small) or not np.any(small & (given != 0))


@functools.cache
def largest(dtype):
    """How large a number may be to have a product with another that is no infinity."""
    return float(np.finfo(dtype).max) ** (1 / 3)


def before(x, first):
    """What stands one place before, along the last axis, and `first` in the beginning."""
    return np.concatenate([first + np.zeros_like(x[..., :1]), x[..., :-1]], -1)


def through_products(g, y, x, back):
    """The cotangent of x from that of its running products y, along the last axis.

    Entry k of x is a factor of each y from there on: the sum of their g y, over x[k]. That serves
    plain arrays far from 0 and from overflow, and others get it `back` through the recurrence.

    >>> through_products(np.ones(3), np.array([2.0, 10.0, 5.0]), np.array([2.0, 5.0, 0.5]), None)
    array([ 8.5,  3. , 10. ])
    """
    if {type(g), type(y), type(x)} == {np.ndarray} and y.dtype == np.float64:
        limit, size = largest(y.dtype), np.abs(y)
        if size.min(initial=1) * limit > 1 and size.max(initial=1) < limit:
            with np.errstate(all="ignore"):
                parts = g * y
                found = parts[..., ::-1].cumsum(-1)[..., ::-1] / x
            if is_exact(found, parts, g, limit):
                return found
    return before(y, 1.0) * back(x, g)


def divisible(x, y, axis=None):
    """Whether y, products of entries of x, are plain, and all that made them far from 0 and inf.

    >>> x = np.array([1e-200, 1e-120, 1e250])  # whose first product has lost its digits
    >>> divisible(x, np.prod(x))
    False
    """
    if not (type(x) is np.ndarray and type(y) in (np.ndarray, np.float64)):
        return False
    size, limit = np.abs(y), largest(y.dtype)
    if not (size.min(initial=1) * limit > 1 and size.max(initial=1) < limit):
        return False
    sizes = np.abs(x)
    least = float(sizes.min(initial=1))
    if least ** (x.size // max(y.size, 1)) * limit > 1:  # however they are multiplied
        return True
    return bool(np.minimum(sizes, 1).prod(axis).min(initial=1) * limit > 1)


def others(x, y):
    """The product of all the others, for each entry along the last axis: entries may be 0.

    `y` is the product of all. If it is plain, and far from 0 and from overflow, it is divided. On
    the way no plain product leaves the floats: each entry is taken times a power of 2 at which
    the running products stay near 1.

    >>> others(np.array([2.0, 3.0, 0.0]), np.float64(0.0))
    array([0., 0., 6.])
    >>> others(np.array([1e-200, 1e-200, 1e300]), np.float64(0.0))
    array([1.e+100, 1.e+100, 0.e+000])
    """
    if divisible(x, y, -1):
        return y[..., np.newaxis] / x
    powers = None
    if type(x) is np.ndarray and x.dtype.kind == "f":
        x, powers = balanced(x)
    ones, back = np.ones_like(x[..., :1]), np.flip(x[..., 1:], -1)
    ahead = np.cumprod(np.concatenate([ones, x[..., :-1]], -1), -1)
    found = ahead * np.flip(np.cumprod(np.concatenate([ones, back], -1), -1), -1)
    if powers is None:
        return found
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(found, powers.sum(-1, keepdims=True) - powers)


def balanced(x):
    """Entries whose running products are near 1, and what powers of 2 give x from them.

    >>> balanced(np.array([4.0, 8.0, 0.0]))
    (array([1., 1., 0.]), array([2, 3, 0]))
    """
    usual = np.isfinite(x) & (x != 0)
    steps = np.floor(np.cumsum(np.log2(np.abs(np.where(usual, x, 1)), dtype=float), -1))
    powers = np.diff(steps, axis=-1, prepend=0).astype(int)
    return np.ldexp(x, -powers), powers


def sinc_slope(y, x):
    """The slope of y = sin(πx) / πx; near 0 that of its Taylor polynomial.

    >>> sinc_slope(np.array([0.0, 0.0]), np.array([1.0, 2.0]))
    array([-1. ,  0.5])
    """
    x = math.pi * x
    near = np.abs(x) < 0.5
    slope = (np.cos(x) - y) / (x + near)
    if type(slope) is not np.ndarray:
        return math.pi * np.where(near, sinc_near_0(np.where(near, x, 0.0)), slope)
    slope[near] = sinc_near_0(x[near])
    slope *= math.pi
    return slope


def sinc_near_0(x):
    square, total = x * x, 0.0
    for k in range(8, 0, -1):
        total = total * square + (-1) ** k * 2 * k / math.factorial(2 * k + 1)
    return total * x


def along_axes(weights, shape, axis):
    """Weights that can be multiplied: they are as many, or one for each place along some axes.

    >>> along_axes(np.ones((4, 2)), (2, 3, 4), (2, 0)).shape
    (2, 1, 4)
    """
    given = np.shape(weights)
    if given == shape:
        return weights
    axes = () if axis is None else normalize_axis_tuple(axis, len(shape))
    if axis is None or given != tuple(shape[k] for k in axes):
        np.average(np.ones(shape), axis, np.ones(given))  # which says why not
    weights = np.transpose(weights, np.argsort(axes).tolist())
    return np.reshape(weights, [n if k in axes else 1 for k, n in enumerate(shape)])


def strange(x, *_, **more):
    """Whether an array has entries that are not finite; of a value without numbers, no."""
    return isinstance(x, np.ndarray) and not np.isfinite(x).all()


def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    if np.result_type(x).kind != "f":
        return x
    top = np.finfo(np.result_type(x)).max
    x = np.where(np.isnan(x), nan, x)
    x = np.where(x == np.inf, top if posinf is None else posinf, x)
    return np.where(x == -np.inf, -top if neginf is None else neginf, x)


def averages(x, axis=None, keepdims=False):
    """``np.mean``, to be walked in one step."""
    total = np.add.reduce(x, axis, None, None, keepdims)
    return total / (x.size // max(total.size, 1))


def multiplied(x, axis=None, keepdims=False):
    """``np.prod``, to be walked in one step."""
    return np.prod(x, axis, keepdims=keepdims)


def variance(x, axis=None, keepdims=False, ddof=0):
    """``np.var``, to be walked in one step."""
    return np.var(x, axis, keepdims=keepdims, ddof=ddof)


def variance_slope(y, x, axis, ddof):
    number = np.size(x) // max(np.size(y), 1)
    away = x - np.sum(x, axis=axis, keepdims=True) / number
    return away * (2 / (number - ddof) if number > ddof else np.inf)


def of_variance(t, y, x, axis=None, keepdims=False, ddof=0):
    return np.sum(variance_slope(y, x, axis, ddof) * t, axis=axis, keepdims=keepdims)


def from_variance(g, y, x, axis=None, keepdims=False, ddof=0):
    return level(g, axis, keepdims) * variance_slope(y, x, axis, ddof)


def level(g, axis, keepdims):
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def length(x, axis=None, keepdims=False, ord=None):
    """``np.linalg.norm`` that is a root of squares, to be walked in one step."""
    return np.linalg.norm(x, ord, axis, keepdims)


def of_length(t, y, x, axis=None, keepdims=False, ord=None):
    return np.sum(x * t, axis=axis, keepdims=keepdims) / (y + (y == 0))


def from_length(g, y, x, axis=None, keepdims=False, ord=None):
    return x * level(g / (y + (y == 0)), axis, keepdims)


def of_last_axis(reduce):
    """A reduction over any axes, from one over the last: the axes are merged there."""

    def reduction(x, axis=None, keepdims=False):
        ndim = np.ndim(x)
        all_of_them = axis is None or not ndim
        axes = range(ndim) if all_of_them else normalize_axis_tuple(axis, ndim)
        rest = [k for k in range(ndim) if k not in axes]
        if [*rest, *axes] != [*range(ndim)]:
            x = np.transpose(x, [*rest, *axes])
        if len(axes) != 1:
            x = np.reshape(x, (*np.shape(x)[: len(rest)], math.prod(np.shape(x)[len(rest) :])))
        y = reduce(x)
        return np.expand_dims(y, tuple(axes)) if keepdims else y

    return reduction


STEPS = "averages", "variance", "length", "recurrence", "multiplied"
