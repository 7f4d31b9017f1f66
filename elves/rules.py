"""The only place where calculus stands: one table, keyed by NumPy's own functions.

Three kinds of row say all that the engines know (a fourth, `Derived`, knows no calculus at all):

- ``Elementwise(np.sin, lambda y, x: np.cos(x))``: one local partial per argument, in plain NumPy;
  `y` is the output, and a partial that is a number is written as a number.
- ``Linear(np.sum, transpose)``: the JVP is the function itself, the VJP is its transpose.
  ``Multilinear`` is the same for a product such as ``A @ x``, linear in each argument.
- ``Custom(np.max, jvp, vjp)``: the rare function that is neither.

To teach all the engines a function of your own, mark it as a `primitive` and add one row:

>>> from elves import forward, reverse, rules
>>> softplus = rules.primitive(lambda x: np.log1p(np.exp(x)))
>>> row = rules.Elementwise(softplus, lambda y, x: 1 - np.exp(-y))
>>> forward.grad(softplus)(0.0), reverse.grad(softplus)(0.0)
(0.5, 0.5)

Source: Griewank & Walther, Evaluating Derivatives (2008), table 2.3 and section 3.2, for the
elemental functions; Giles, "Collected matrix derivative results" (2008), for products.
"""

import math
import operator

import numpy as np

from elves.core import (
    Constant,
    Custom,
    Derived,
    Elementwise,
    Linear,
    Multilinear,
    primitive,
    unbroadcast,
)
from elves.errors import NoRuleError

__all__ = ["Constant", "Custom", "Derived", "Elementwise", "Linear", "Multilinear", "primitive"]

# ------------------------------------------------------------ elementwise: arithmetic and powers
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
# b != 0 and a == 0 keep x**0 and 0**x finite: 0 * 0**-1 and 0 * log(0) would be nan.
Elementwise(
    np.power,
    lambda y, a, b: b * a ** (b - (b != 0)),
    lambda y, a, b: y * np.log(a + (a == 0)),
)
Elementwise(np.remainder, 1, lambda y, a, b: -np.floor_divide(a, b))

# ------------------------------------------------------------ elementwise: exponentials
Elementwise(np.exp, lambda y, x: y)
Elementwise(np.exp2, lambda y, x: math.log(2) * y)
Elementwise(np.expm1, lambda y, x: y + 1)
Elementwise(np.log, lambda y, x: 1 / x)
Elementwise(np.log2, lambda y, x: 1 / (math.log(2) * x))
Elementwise(np.log10, lambda y, x: 1 / (math.log(10) * x))
Elementwise(np.log1p, lambda y, x: 1 / (1 + x))
Elementwise(np.logaddexp, lambda y, a, b: np.exp(a - y), lambda y, a, b: np.exp(b - y))

# ------------------------------------------------------------ elementwise: trigonometry
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

# ------------------------------------------------------------ elementwise: kinks (ties share)
Elementwise(np.absolute, lambda y, x: np.sign(x))
Elementwise(
    np.maximum, lambda y, a, b: (a > b) + 0.5 * (a == b), lambda y, a, b: (b > a) + 0.5 * (a == b)
)
Elementwise(
    np.minimum, lambda y, a, b: (a < b) + 0.5 * (a == b), lambda y, a, b: (b < a) + 0.5 * (a == b)
)

# ------------------------------------------------------------ flat wherever they are smooth
for flat in (
    np.sign, np.floor, np.ceil, np.trunc, np.rint, np.round, np.floor_divide,
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.isfinite, np.isnan, np.isinf, np.logical_and, np.logical_or, np.logical_not,
    np.argmax, np.argmin, np.argsort, np.result_type, np.zeros_like, np.ones_like,
):  # fmt: skip
    Constant(flat)


# ------------------------------------------------------------ linear: sums and shapes
def spread(g, x, axis=None, keepdims=False):
    """Broadcast the cotangent of a reduction over x back to the shape of x."""
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def inverse(axes, ndim):
    """The order of axes that undoes another one."""
    return None if axes is None else np.argsort(np.mod(axes, ndim))


Linear(np.sum, lambda g, y, x, axis=None, keepdims=False: spread(g, x, axis, keepdims))
Linear(np.broadcast_to, lambda g, y, x, shape: unbroadcast(g, np.shape(x)))
Linear(np.reshape, lambda g, y, x, shape: np.reshape(g, np.shape(x)))
Linear(np.expand_dims, lambda g, y, x, axis: np.reshape(g, np.shape(x)))
Linear(np.squeeze, lambda g, y, x, axis=None: np.reshape(g, np.shape(x)))
Linear(np.ravel, lambda g, y, x: np.reshape(g, np.shape(x)))
Linear(
    np.transpose,
    lambda g, y, x, axes=None: np.transpose(g, inverse(axes, np.ndim(g))),
)
Linear(np.swapaxes, lambda g, y, x, axis1, axis2: np.swapaxes(g, axis1, axis2))
Linear(
    np.where,
    None,
    lambda g, y, c, a, b: unbroadcast(np.where(c, g, 0.0), np.shape(a)),
    lambda g, y, c, a, b: unbroadcast(np.where(c, 0.0, g), np.shape(b)),
)


# ------------------------------------------------------------ linear: indexing and joining
@primitive
def scatter(g, shape, index):
    """Zeros of a shape, with g added at `index`: the transpose of ``x[index]``."""
    zeros = np.zeros(shape, np.result_type(g))
    np.add.at(zeros, index, g)
    return zeros


Linear(operator.getitem, lambda g, y, x, index: scatter(g, np.shape(x), index))
Linear(scatter, lambda g, y, z, shape, index: g[index])


@primitive
def join(*arrays, axis=0):
    """``np.concatenate`` with each array as an argument of its own."""
    return np.concatenate(arrays, axis)


def part(g, y, *arrays, i, axis=0):
    """The part of the cotangent that belongs to the i-th of the joined arrays."""
    start = sum(np.shape(a)[axis] for a in arrays[:i])
    where = [slice(None)] * np.ndim(g)
    where[axis] = slice(start, start + np.shape(arrays[i])[axis])
    return g[tuple(where)]


Linear(join, part)


def concatenate(arrays, axis=0):
    if axis is None:
        arrays, axis = [np.ravel(a) for a in arrays], 0
    return join(*arrays, axis=axis)


Derived(np.concatenate, concatenate)
Derived(
    np.stack,
    lambda arrays, axis=0: np.concatenate([np.expand_dims(a, axis) for a in arrays], axis),
)


# ------------------------------------------------------------ linear in each: products
def matmul_left(g, y, a, b):
    if np.ndim(b) == 1:
        grad = np.expand_dims(g, -1) * b
    elif np.ndim(a) == 1:
        grad = np.matmul(b, np.expand_dims(g, -1))[..., 0]
    else:
        grad = np.matmul(g, np.swapaxes(b, -1, -2))
    return unbroadcast(grad, np.shape(a))


def matmul_right(g, y, a, b):
    if np.ndim(a) == 1:
        grad = np.expand_dims(a, -1) * np.expand_dims(g, -2) if np.ndim(b) > 1 else a * g
    elif np.ndim(b) == 1:
        grad = np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(g, -1))[..., 0]
    else:
        grad = np.matmul(np.swapaxes(a, -1, -2), g)
    return unbroadcast(grad, np.shape(b))


Multilinear(np.matmul, matmul_left, matmul_right)


# ------------------------------------------------------------ custom: the largest, the smallest
def winners(y, x, axis=None, keepdims=False):
    """Each entry's share in a maximum or minimum: 1 for the winner, ties share evenly."""
    hit = x == spread(y, x, axis, keepdims)
    return hit / np.sum(hit, axis=axis, keepdims=True)


for extreme in (np.max, np.min):
    Custom(
        extreme,
        lambda t, y, x, axis=None, keepdims=False: np.sum(
            t * winners(y, x, axis, keepdims), axis=axis, keepdims=keepdims
        ),
        lambda g, y, x, axis=None, keepdims=False: (
            spread(g, x, axis, keepdims) * winners(y, x, axis, keepdims)
        ),
    )


# ------------------------------------------------------------ derived: written with the others
def mean(x, axis=None, keepdims=False):
    total = np.sum(x, axis=axis, keepdims=keepdims)
    return total / (np.size(x) // max(np.size(total), 1))


Derived(np.mean, mean)
Derived(
    np.var,
    lambda x, axis=None, keepdims=False: np.mean(
        np.square(x - np.mean(x, axis=axis, keepdims=True)), axis=axis, keepdims=keepdims
    ),
)
Derived(
    np.std, lambda x, axis=None, keepdims=False: np.sqrt(np.var(x, axis=axis, keepdims=keepdims))
)


def clip(x, a_min=None, a_max=None, min=None, max=None):
    for bound, limit in ((np.maximum, (a_min, min)), (np.minimum, (a_max, max))):
        for value in limit:
            x = x if value is None else bound(x, value)
    return x


def dot(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(b) <= 2:
        return np.matmul(a, b)
    raise NoRuleError("np.dot with more than two axes on the right has no rule: use np.matmul.")


Derived(np.clip, clip)
Derived(np.dot, dot)
