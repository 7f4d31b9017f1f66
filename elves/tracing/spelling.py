"""How a call of a NumPy function is written when every microsecond counts.

On numbers it is Python's own arithmetic and `math`, several times faster than NumPy; on arrays it
is whatever NumPy answers fastest.
"""

import math
import operator

import numpy as np

from elves.rules.arrays import pick
from elves.tracing.ir import index_text

ARITHMETIC = {np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/"}
COMPARISONS = {
    np.greater: ">", np.greater_equal: ">=", np.less: "<", np.less_equal: "<=", np.equal: "==",
    np.not_equal: "!=",
}  # fmt: skip
INFIX = ARITHMETIC | COMPARISONS
IN_MATH = [
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh",
    "atanh", "exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "hypot", "pow", "fabs",
    "copysign",
]  # fmt: skip
IN_MATH = {getattr(np, name): f"math.{name}" for name in IN_MATH}
ON_NUMBERS = (
    {f: f"{{}} {sign} {{}}" for f, sign in INFIX.items()}
    | {f: f"{name}({', '.join(['{}'] * f.nin)})" for f, name in IN_MATH.items()}
    | {
        np.negative: "-{}", np.positive: "+{}", np.absolute: "abs({})", np.square: "{0} * {0}",
        np.reciprocal: "1 / {}", np.where: "float({1} if {0} else {2})", np.sum: "{}",
        np.reshape: "{}", np.broadcast_to: "{}", np.logical_not: "not {}",
    }
)  # fmt: skip
# On arrays NumPy's tanh, exp and log are vectorised, ten times as fast as those of machine code.
BY_ENTRY = {np.sin, np.cos, np.sqrt, np.fabs, np.hypot, np.arctan2}
LARGE = 4096  # entries from which it pays to keep an array for a later result


def shape_of(a):
    return getattr(a, "shape", ())


def is_small(*values):
    """Whether all are small arrays of float64."""
    return all(a.dtype == float and a.shape and math.prod(a.shape) < LARGE for a in values)


# How NumPy wants a call on arrays to be written when every microsecond counts. These take the
# emitter, the equation and the texts of its arguments, and give a text, or None for the usual one.


def reduced(emitter, e, x):
    axis, kept = e.kwargs.get("axis"), e.kwargs.get("keepdims", False)
    shape = shape_of(e.args[0])
    if not shape:
        return None
    if e.rule.function is np.sum and is_small(e.args[0]) and len(shape) <= 2:
        axes = {k % len(shape) for k in np.ravel(range(len(shape)) if axis is None else axis)}
        # A product with ones costs half of NumPy's sum on small arrays.
        if len(axes) == 1 and shape[max(axes)] > 1:
            ones = emitter.constant(np.ones(shape[max(axes)]))
            text = f"{ones}.dot({x})" if axes == {0} else f"{x}.dot({ones})"
            return text + f".reshape({e.out.shape})" * kept
    ufunc = {np.sum: "add", np.max: "maximum", np.min: "minimum"}[e.rule.function]
    return f"np.{ufunc}.reduce({x}, {axis!r}{', keepdims=True' * kept})"


def reshaped(emitter, e, x, *shape):
    return shape_of(e.args[0]) and f"{x}.reshape({e.out.shape})"


def turned(emitter, e, x, *axes):
    i, j = e.args[1:] or (0, 1)  # np.transpose has no axes here
    plain = len(e.out.shape) == 2 and not np.ndim(i) and e.kwargs.get("axes") is None
    return f"{x}.T" if plain and i % 2 != j % 2 else None


def product(emitter, e, x, y):
    plain = {len(a.shape) for a in e.args} <= {1, 2} and e.args[0].dtype == e.args[1].dtype
    return f"{x}.dot({y})" if plain and e.out.dtype.kind == "f" else None


def taken(emitter, e, x, index):
    array = x if shape_of(e.args[0]) else f"np.asarray({x})"
    return f"{array}[{index_text(e.args[1], emitter.text)}]"


def signed(emitter, e, *args):
    return e.out.shape and ON_NUMBERS[e.rule.function].format(*args)


SHORTER = dict.fromkeys([*INFIX, np.negative], signed) | {
    np.sum: reduced, np.max: reduced, np.min: reduced, np.matmul: product,
    np.reshape: reshaped, np.expand_dims: reshaped, np.squeeze: reshaped, np.ravel: reshaped,
    np.transpose: turned, np.swapaxes: turned, np.moveaxis: turned,
    operator.getitem: taken, pick: taken,
}  # fmt: skip
