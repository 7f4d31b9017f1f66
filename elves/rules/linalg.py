"""Rows of linear algebra.

Source: Giles, "Collected matrix derivative results for forward and reverse mode" (2008).
"""

import numpy as np

from elves.core import Constant, Custom, Derived, primitive
from elves.errors import NoRuleError
from elves.rules.products import turned


def trace_of_product(a, b):
    return np.sum(a * turned(b), axis=(-2, -1))


# ------------------------------------------------------------ inverse, solve, determinant
Custom(np.linalg.inv, lambda t, y, x: -y @ t @ y)
Custom(np.linalg.det, lambda t, y, x: y * trace_of_product(np.linalg.inv(x), t))


@primitive
def log_abs_det(x):
    """The second result of ``np.linalg.slogdet``."""
    return np.linalg.slogdet(x).logabsdet


@primitive
def sign_of_det(x):
    """The first result of ``np.linalg.slogdet``."""
    return np.linalg.slogdet(x).sign


def solve(a, b):
    return np.linalg.inv(a) @ b


Custom(log_abs_det, lambda t, y, x: trace_of_product(np.linalg.inv(x), t))
Constant(sign_of_det)
Derived(np.linalg.slogdet, lambda x: (sign_of_det(x), log_abs_det(x)))
Derived(np.linalg.solve, solve)


# ------------------------------------------------------------ factors
def lower_half(x):
    return np.tril(x) * (1 - 0.5 * np.eye(np.shape(x)[-1]))


def cholesky_jvp(t, y, x):
    inverse = np.linalg.inv(y)
    return y @ lower_half(inverse @ ((t + turned(t)) / 2) @ turned(inverse))


def gaps(w):
    """1 / (w_j - w_i), and 0 on the diagonal."""
    apart = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    diagonal = np.eye(np.shape(w)[-1])
    return (1 - diagonal) / (apart + diagonal)


@primitive
def eigenvectors(x):
    """The second result of ``np.linalg.eigh``."""
    return np.linalg.eigh(x).eigenvectors


@primitive
def eigenvalues(x):
    """The first result of ``np.linalg.eigh``."""
    return np.linalg.eigh(x).eigenvalues


def eigenvalues_jvp(t, y, x):
    vectors = eigenvectors(x)
    t = (t + turned(t)) / 2
    return np.diagonal(turned(vectors) @ t @ vectors, axis1=-2, axis2=-1)


def eigenvectors_jvp(t, y, x):
    t = (t + turned(t)) / 2
    return y @ (gaps(eigenvalues(x)) * (turned(y) @ t @ y))


Custom(np.linalg.cholesky, cholesky_jvp)
Custom(eigenvalues, eigenvalues_jvp)
Custom(eigenvectors, eigenvectors_jvp)
Derived(np.linalg.eigh, lambda x: (eigenvalues(x), eigenvectors(x)))
Derived(np.linalg.eigvalsh, lambda x: eigenvalues(x))


# ------------------------------------------------------------ norms
@primitive
def length(x, axis=None, keepdims=False):
    """The square root of the sum of squares; its slope at 0 is 0, as in PyTorch."""
    return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))


def direction(x, axis, keepdims):
    y = length(x, axis=axis, keepdims=True)
    return x / (y + (y == 0))


Custom(
    length,
    lambda t, y, x, axis=None, keepdims=False: np.sum(
        t * direction(x, axis, keepdims), axis=axis, keepdims=keepdims
    ),
)


def norm(x, ord=None, axis=None, keepdims=False):
    axes = np.size(axis) if axis is not None else np.ndim(x)
    if ord is None or (ord == "fro" and axes == 2) or (ord == 2 and axes == 1):
        return length(x, axis=axis, keepdims=keepdims)
    if axes == 1 and ord in (1, np.inf):
        reduce = np.sum if ord == 1 else np.max
        return reduce(np.abs(x), axis=axis, keepdims=keepdims)
    raise NoRuleError(f"np.linalg.norm with ord={ord!r} has no derivative rule: use 1, 2 or inf.")


Derived(np.linalg.norm, norm)
