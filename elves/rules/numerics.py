"""Rows of everyday numerical methods: differences, quadrature, interpolation, convolution.

All of them are written with other functions, so no calculus stands here.
"""

import numpy as np

from elves import contracting, joining
from elves.contracting import convolve_left, convolve_right
from elves.core import Derived, Multilinear, quick
from elves.core.reductions import log_of_sum
from elves.errors import ADVICE, NoRuleError
from elves.rules.arrays import in_floats, pick, scatter
from elves.rules.elementwise import stop_gradient


# ------------------------------------------------------------ differences and sums over a grid
def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = quick.moveaxis(y, axis, -1)
    if x is not None:
        dx = np.diff(quick.moveaxis(x, axis, -1) if np.ndim(x) > 1 else x)
    return np.sum((y[..., 1:] + y[..., :-1]) * dx, -1) / 2


def gradient(f, *spacing, axis=None, edge_order=1):
    axes = range(np.ndim(f)) if axis is None else np.atleast_1d(axis).tolist()
    spacing = [*spacing, *(spacing or [1.0]) * (len(axes) - len(spacing))]
    if any(map(np.ndim, spacing)) or len(spacing) != len(axes) or edge_order != 1:
        raise NoRuleError(ADVICE["spacing"])
    if min(np.shape(f), default=0) < 2:
        np.gradient(np.zeros(np.shape(f)), axis=axis)  # which says why not
    slopes = []
    for axis, h in zip(axes, spacing, strict=True):
        x = quick.moveaxis(in_floats(f), axis, -1)
        ends = ((x[..., 1:2] - x[..., :1]) / h, (x[..., -1:] - x[..., -2:-1]) / h)
        inside = (x[..., 2:] - x[..., :-2]) / (2.0 * h)
        slopes.append(quick.moveaxis(np.concatenate([ends[0], inside, ends[1]], -1), -1, axis))
    return tuple(slopes) if len(slopes) > 1 else slopes[0]


def linspace(start, stop, num=50, endpoint=True):
    start, stop = in_floats(start), in_floats(stop)
    steps = np.linspace(0.0, 1.0, num, endpoint)
    return start + np.reshape(steps, (-1,) + (1,) * np.ndim(stop - start)) * (stop - start)


Derived(np.diff, joining.diff)
Derived(np.ediff1d, lambda ary: np.ravel(ary)[1:] - np.ravel(ary)[:-1])
Derived(np.trapezoid, trapezoid, own=True)
Derived(np.gradient, gradient)
Derived(np.linspace, linspace, own=True)


# ------------------------------------------------------------ counts and covariances
def bincount(x, weights=None, minlength=0):
    return scatter(weights, (max(minlength, int(np.max(x)) + 1 if np.size(x) else 0),), x)


def corrcoef(x, y=None, rowvar=True):
    c = np.atleast_2d(np.cov(x, y, rowvar))
    size = np.sqrt(np.diagonal(c))
    c = np.squeeze(c / size[:, None] / size)
    return c + stop_gradient(np.clip(c, -1, 1) - c)  # which only mends rounding: no slope


Derived(np.bincount, bincount, own=True)
Derived(np.cov, contracting.cov, own=True)
Derived(np.corrcoef, corrcoef, own=True)


# ------------------------------------------------------------ curves
def interp(x, xp, fp, left=None, right=None):
    xp, fp = (in_floats(np.stack(a) if type(a) in (list, tuple) else a) for a in (xp, fp))
    # At a knot the slope is that of the piece on its right, as in JAX.
    k = np.clip(np.searchsorted(xp, x, side="right"), 1, np.size(xp) - 1)
    (x0, y0), (x1, y1) = ((pick(xp, i), pick(fp, i)) for i in (k - 1, k))
    end = x1 == x0  # a jump, of which NumPy takes the last value
    y = y0 + (x - x0 + end) / (x1 - x0 + end) * (y1 - y0)
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    return np.where(x > xp[-1], fp[-1] if right is None else right, y)


Derived(np.interp, interp, own=True)
Derived(np.polyval, contracting.polyval, own=True)


# ------------------------------------------------------------ what SciPy's functions do not pass on
def logsumexp(x, axis=None, keepdims=False):
    """``scipy.special.logsumexp`` for values of the engines, which SciPy's own refuses.

    >>> from elves import reverse
    >>> reverse.grad(logsumexp)(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    x = in_floats(x)
    top = stop_gradient(np.max(x, axis=axis, keepdims=True)) if np.size(x) else -np.inf
    most = float(np.finfo(np.result_type(x)).max)
    parts = np.exp(x - np.minimum(np.maximum(top, -most), most))  # inf - inf would be nan
    total = np.sum(parts, axis=axis, keepdims=True)
    y = np.log(total + (total == 0)) + top  # of nothing but -inf the slopes are 0
    return y if keepdims else np.squeeze(y, axis)


def log_softmax(x, axis=None):
    """``scipy.special.log_softmax``; see `logsumexp`."""
    return x - logsumexp(x, axis, keepdims=True)


def softmax(x, axis=None):
    """``scipy.special.softmax``; see `logsumexp`."""
    return np.exp(log_softmax(x, axis))


Derived(log_of_sum, logsumexp, own=True)


# ------------------------------------------------------------ convolution
def correlate(a, v, mode="valid"):
    if np.size(v) > np.size(a):
        return np.flip(correlate(v, a, mode))
    return np.convolve(a, np.flip(v), mode)


Multilinear(np.convolve, convolve_left, convolve_right)
Derived(np.correlate, correlate, own=True)
