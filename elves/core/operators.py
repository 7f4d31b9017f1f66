"""Python's operators and the methods of arrays, as the functions of NumPy that they are."""

import operator

import numpy as np

from elves.errors import BITS

OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide,
    "pow": np.power, "matmul": np.matmul, "mod": np.remainder, "floordiv": np.floor_divide,
    "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
}  # fmt: skip
COMPARISONS = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "eq": np.equal, "ne": np.not_equal,
}  # fmt: skip
OTHERS = {
    "neg": np.negative,
    "abs": np.absolute,
    "pos": np.positive,
    "getitem": operator.getitem,
    "invert": np.invert,
}
METHODS = (
    "sum", "mean", "prod", "max", "min", "std", "var", "ravel", "squeeze", "swapaxes", "dot",
    "argmax", "argmin", "clip", "cumsum", "repeat", "round", "trace", "cumprod", "take", "diagonal",
    "astype", "all", "any", "argsort", "argpartition", "searchsorted", "nonzero",
)  # fmt: skip
METHODS = {name: getattr(np, name) for name in METHODS} | {"flatten": np.ravel, "copy": np.positive}
METHODS |= {"conj": np.real, "conjugate": np.real}  # of real numbers, which these leave alone
OF_BITS = {getattr(np, name) for name, _ in BITS.values()}
# On numbers the operators are ten times faster than the functions of the same meaning.
FASTER = {
    f: getattr(operator, f"__{name}__") for name, f in (OPERATORS | COMPARISONS | OTHERS).items()
}
NUMBERS = {float, int, np.float64}  # plain numbers, which need no second look


def shape_of(x):
    """``np.shape(x)``, without NumPy's way round where it can be had directly."""
    shape = getattr(x, "shape", None)
    return np.shape(x) if shape is None else shape


def ndim_of(x):
    """``np.ndim(x)``, likewise."""
    ndim = getattr(x, "ndim", None)
    return np.ndim(x) if ndim is None else ndim
