"""Rows for the methods of NumPy's functions of two arguments, such as ``np.add.reduce``."""

import functools
import itertools

import numpy as np

from elves.core.kinds import Constant, Derived
from elves.core.values import primitive
from elves.recurring import of_last_axis


@primitive
def log_of_sum(x, axis=None, keepdims=False):
    """``np.logaddexp.reduce``."""
    return np.logaddexp.reduce(x, axis, keepdims=keepdims)


REDUCED = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min,
    np.logaddexp: log_of_sum,
}  # fmt: skip


@primitive
def place_of_largest(x, axis):
    """Where each entry of ``np.maximum.accumulate(x, axis)`` stands in x: of ties, the last one.

    >>> place_of_largest(np.array([1.0, 3.0, 2.0, 3.0, 0.0]), 0)
    array([0, 1, 1, 3, 3])
    """
    y, places = np.maximum.accumulate(x, axis), np.arange(np.shape(x)[axis])
    places = np.reshape(places, [-1 if k == axis % np.ndim(x) else 1 for k in range(np.ndim(x))])
    return np.maximum.accumulate(np.where((x == y) | np.isnan(x), places, 0), axis)


def running_max(x, axis):
    return np.take_along_axis(x, place_of_largest(x, axis), axis)


def running_min(x, axis):
    turned = np.invert(x) if np.result_type(x).kind in "biu" else -x  # the order of whole numbers
    return np.take_along_axis(x, place_of_largest(turned, axis), axis)


RUNNING = {
    np.add: np.cumsum, np.multiply: np.cumprod, np.maximum: running_max,
    np.minimum: running_min,
}  # fmt: skip
Constant(place_of_largest)


def reduce(ufunc, x, axis=0, keepdims=False):
    """``np.add.reduce(x)``, and likewise with other functions of two arguments."""
    if ufunc in REDUCED:
        return REDUCED[ufunc](x, axis=axis, keepdims=keepdims)
    y, x = begun(ufunc.reduce, x, axis, keepdims=keepdims)
    if not np.size(x):
        return y
    start = () if ufunc.identity is None else (np.array(ufunc.identity).astype(y.dtype)[()],)
    pairs = of_last_axis(lambda x: functools.reduce(ufunc, np.moveaxis(x, -1, 0), *start))
    return pairs(x, axis, keepdims)


def accumulate(ufunc, x, axis=0):
    """``np.maximum.accumulate(x)``."""
    if ufunc in RUNNING:
        return RUNNING[ufunc](x, axis)
    y, x = begun(ufunc.accumulate, x, axis)
    rows = itertools.accumulate(np.moveaxis(x, axis, 0), ufunc)
    return np.stack([*rows], axis) if np.size(x) else y


def begun(method, x, *args, **options):
    """What it makes of ones (or NumPy says why not), and x in the type of that."""
    y = method(np.ones(np.shape(x), np.result_type(x)), *args, **options)
    return y, x if np.result_type(x) == y.dtype else x.astype(y.dtype)


def reduceat(ufunc, x, indices, axis=0):
    """``np.add.reduceat(x, indices)``: one sum from each index to the next."""
    x, ends = np.moveaxis(x, axis, 0), [*indices[1:], np.shape(x)[axis]]
    parts = [reduce(ufunc, x[i : max(i + 1, j)]) for i, j in zip(indices, ends, strict=True)]
    return np.stack(parts, axis)


def outer(ufunc, a, b):
    """``np.multiply.outer(a, b)``: each entry of a with each one of b."""
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)


EXTREMES = {np.maximum, np.minimum}  # of zeros the sign is NumPy's
OWN = {
    accumulate: lambda ufunc, *_, **__: ufunc in EXTREMES,
    reduce: lambda ufunc, *args, **options: ufunc not in REDUCED,
    reduceat: True,
}
for _f in (reduce, accumulate, reduceat, outer):
    Derived(getattr(np.ufunc, _f.__name__), _f, own=OWN.get(_f, False))
