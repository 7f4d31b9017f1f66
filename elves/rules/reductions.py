"""Rows of what sums up an array, or axes of it: largest, averages, products, quantiles, norms."""

import functools
import math

import numpy as np

from elves import recurring
from elves.core import RULES, Custom, Derived, Linear, Solution, Value, primitive, quick
from elves.core.operators import NUMBERS
from elves.errors import ADVICE, NoRuleError
from elves.recurring import along_axes, before, of_last_axis, others, through_products
from elves.rules.arrays import along, cut_off, filled, in_floats, level, pick, reordered, spread
from elves.rules.elementwise import root
from elves.rules.linalg import singular_values
from elves.scattering import grid
from elves.structure import leaves


# ------------------------------------------------------------ the largest, the smallest
def extreme_jvp(t, y, x, axis=None, keepdims=False):
    """Of the entries where a maximum or minimum is reached: ties share evenly in each row."""
    axes = {"axis": axis, "keepdims": keepdims}
    hit = x == spread(y, x, **axes)
    ties = np.maximum(np.sum(hit, **axes), 1)  # beside nan nothing is hit
    return np.sum(np.where(hit, t, 0.0), **axes) / quick.narrow(ties, y)


def extreme_vjp(g, y, x, axis=None, keepdims=False):
    hit = x == level(y, x, axis, keepdims)
    g = level(g, x, axis, keepdims) / quick.ties(hit, y, axis)
    return np.where(hit, g, 0.0)  # the losers get nothing, even of inf


Custom(np.max, extreme_jvp, extreme_vjp)
Custom(np.min, extreme_jvp, extreme_vjp)
RULES |= {np.amax: RULES[np.max], np.amin: RULES[np.min]}


# ------------------------------------------------------------ averages
def mean(x, axis=None, keepdims=False):
    total = np.sum(x, axis=axis, keepdims=keepdims)
    return total / (np.size(x) if axis is None else np.size(x) // max(np.size(total), 1))


def var(x, axis=None, keepdims=False, ddof=0):
    away = np.square(x - np.mean(x, axis=axis, keepdims=True))
    total = np.sum(away, axis=axis, keepdims=keepdims)
    return total / max(np.size(x) // max(np.size(total), 1) - ddof, 0)


def std(x, axis=None, keepdims=False, ddof=0, var=np.var):
    return root(var(x, axis=axis, keepdims=keepdims, ddof=ddof))


def ptp(x, axis=None, keepdims=False):
    return np.max(x, axis, keepdims=keepdims) - np.min(x, axis, keepdims=keepdims)


def average(x, axis=None, weights=None):
    if weights is None:
        return np.mean(x, axis)
    weights = along_axes(weights, np.shape(x), axis)
    return np.sum(in_floats(x) * weights, axis) / np.sum(weights, axis)


def of_halves(x, **options):
    """Whether NumPy adds these up in single precision."""
    return getattr(x, "dtype", None) == np.float16


averages, variance, length, recurrence, multiplied = STEPS = (
    *(primitive(getattr(recurring, name)) for name in recurring.STEPS),
)
for step in STEPS:
    step.__module__ = __name__  # where the rows are
Custom(variance, recurring.of_variance, recurring.from_variance)
Linear(
    averages, lambda g, y, x, axis=None, keepdims=False:
    spread(g / (np.size(x) / max(np.size(y), 1)), x, axis, keepdims),
)  # fmt: skip
Derived(np.mean, mean, of_halves).usually = averages
Derived(np.var, var, of_halves).usually = variance
RULES[variance].run = np.var
Derived(np.std, std, of_halves, square=np.var)
Derived(np.ptp, ptp)
Derived(np.average, average, own=True)


def ignoring(reduce, filling):
    """A reduction that passes over nan: where it stands, `filling` changes nothing."""

    def reduction(x, axis=None, keepdims=False):
        y = reduce(full := filled(x, filling), axis=axis, keepdims=keepdims)
        some = full is x or math.isfinite(filling) or np.sum(x == x, axis, keepdims=keepdims) > 0
        return y if some is True else np.where(some, y, np.nan)

    return reduction


def nanmean(x, axis=None, keepdims=False):
    return np.nansum(x, axis, keepdims=keepdims) / np.sum(x == x, axis, keepdims=keepdims)


def nanvar(x, axis=None, keepdims=False, ddof=0):
    there, mean = np.isnan(x) == 0, np.nanmean(x, axis=axis, keepdims=True)
    away = np.square(np.where(there, x, mean) - mean)
    count = np.sum(np.where(there, 1.0, 0.0), axis=axis, keepdims=keepdims)
    return np.sum(away, axis=axis, keepdims=keepdims) / (count - ddof)


Derived(np.nansum, ignoring(np.sum, 0.0))
Derived(np.nanprod, ignoring(np.prod, 1.0), own=True)
Derived(np.nanmax, ignoring(np.max, -np.inf), own=True)
Derived(np.nanmin, ignoring(np.min, np.inf), own=True)
Derived(np.nanmean, nanmean, own=True)
Derived(np.nanvar, nanvar, own=True)
Derived(np.nanstd, functools.partial(std, var=nanvar), own=True, square=np.nanvar)


# ------------------------------------------------------------ products
def widened(x):
    """Integers and truth values in NumPy's own integers at the least, as NumPy multiplies them."""
    wide = {"b": np.int_, "i": np.int_, "u": np.uint}.get(np.result_type(x).kind)  # 32 bits in wasm
    return cut_off(x, np.result_type(x, wide)) if wide else x


@primitive
def product(x):
    """``np.prod`` over the last axis."""
    return np.prod(x, -1)


@primitive
def products(x):
    """``np.cumprod`` along the last axis."""
    return np.cumprod(x, -1)


def running_product(x, axis):
    if axis in (-1, np.ndim(x) - 1):
        return products(widened(x))
    return quick.moveaxis(products(quick.moveaxis(widened(x), axis, -1)), -1, axis)


prod = of_last_axis(lambda x: product(widened(x)))


def left(y, x, axis, keepdims):
    """For each entry the product of the others: divided where nothing is near 0 or overflow."""
    if recurring.divisible(x, y, axis):
        return level(y, x, axis, keepdims) / x
    one = np.ones(np.shape(y), np.result_type(y))[()]
    return Custom.transposed(lambda x: prod(x, axis, keepdims), x, one)


Custom(product, lambda t, y, x: np.sum(t * others(x, y), -1))
RULES[product].vjp = lambda i, g, y, args, kw: np.expand_dims(g, -1) * others(args[0], y)
Custom(
    multiplied,
    lambda t, y, x, axis=None, keepdims=False:
    np.sum(t * left(y, x, axis, keepdims), axis=axis, keepdims=keepdims),
    lambda g, y, x, axis=None, keepdims=False:
    level(g, x, axis, keepdims) * left(y, x, axis, keepdims),
)  # fmt: skip
RULES[multiplied].run = np.prod
Derived(np.prod, prod, lambda x, **kw: np.ndim(x) > 1).usually = multiplied
Solution(
    recurrence, lambda t, y: t * before(y, 0.0),
    lambda a, g: np.flip(recurrence(before(np.flip(a, -1), 0.0), np.flip(g, -1)), -1),
)  # fmt: skip
Custom(
    products, lambda t, y, x: recurrence(x, before(y, 1.0) * t),
    lambda g, y, x: through_products(g, y, x, RULES[recurrence].back),
)  # fmt: skip
Derived(np.cumprod, along(running_product))
Derived(np.nancumprod, lambda x, axis=None: np.cumprod(filled(x, 1.0), axis), own=True)
Derived(np.cumulative_prod, lambda x, axis=None: np.cumprod(x, axis))


# ------------------------------------------------------------ quantiles
def between(a, b, t):
    """a + (b - a) t, rounded as NumPy's."""
    return np.where(t < 0.5, a + (b - a) * t, b - (b - a) * (1 - t))


def halfway(a, b, t):
    """As NumPy's medians are rounded."""
    return (a + b) / 2


def quantile(x, q, axis=None, keepdims=False, counted=None, between=between):
    """`counted` tells how many entries of each row count, if not all of them."""
    if isinstance(q, (list, tuple)) or np.ndim(q):
        return np.stack([quantile(x, p, axis, keepdims, counted) for p in q])

    def at_q(x):
        if not np.shape(x)[-1]:
            return np.sum(x, -1) * np.nan
        x = in_floats(x)
        last, order = max(np.shape(x)[-1] - 1, 0), np.argsort(x, -1)
        if counted or isinstance(q, Value):
            last = counted(x) - 1 if counted else np.full((*np.shape(x)[:-1], 1), last)
            low = np.floor(q * last).astype(int)
            more = 1 if isinstance(q, Value) else q * last > low  # inf may be there
            places = [reordered(order, k, -1)[..., 0] for k in (low, np.minimum(low + more, last))]
            t = (q * last - low)[..., 0].astype(np.result_type(x, np.float16))
        else:
            low = int((q if 0 <= q <= 1 else np.quantile(0.0, q)) * last)  # which refuses it
            t = q * last - low  # 0, as of the median of an odd number: one place may do
            high = () if t == 0 and between is halfway else (min(low + 1, last),)
            places = [order[..., k] for k in (low, *high)]
        a, *b = (pick(x, (*grid(np.shape(x)[:-1]), k), once=True) for k in places)
        y = between(a, *b, t) if b else a
        return y if counted else np.where(np.any(np.isnan(x), -1), np.nan, y)  # with no slope

    return of_last_axis(at_q)(x, axis, keepdims)


def percentile(x, q, axis=None, keepdims=False, quantile=quantile):
    return quantile(x, np.divide(q, 100), axis, keepdims)


def uncommon(x, *q, **options):
    """Whether NumPy has more to say than these definitions do."""
    same = type(x) is np.ndarray and x.dtype == np.float64 and {*map(type, leaves(q))} <= NUMBERS
    return not (same and x.size and np.isfinite(x).all())


middle = {"q": 0.5, "between": halfway}
nanquantile = functools.partial(quantile, counted=lambda x: np.sum(x == x, -1, keepdims=True))
Derived(np.quantile, quantile, own=uncommon)
Derived(np.percentile, percentile, own=uncommon)
Derived(np.median, functools.partial(quantile, **middle), own=uncommon)
Derived(np.nanquantile, nanquantile, own=True)
Derived(np.nanpercentile, functools.partial(percentile, quantile=nanquantile), own=True)
Derived(np.nanmedian, functools.partial(nanquantile, **middle), own=True)


# ------------------------------------------------------------ norms
def vector_norm(x, axis=None, keepdims=False, ord=2):
    x = in_floats(x)
    if ord == 2:
        return root(vector_square(x, axis, keepdims))
    if abs(ord) == np.inf:
        return (np.max if ord > 0 else np.min)(np.abs(x), axis=axis, keepdims=keepdims)
    entries = np.abs(x) ** ord if ord else np.where(x != 0, 1.0, 0.0)
    total = np.sum(entries, axis=axis, keepdims=keepdims)
    return total if ord in (0, 1) else (total + (total == 0)) ** (1 / ord) - (total == 0)


MATRIX_NORMS = {
    "fro": lambda x: root(vector_square(x, (-2, -1))),
    "nuc": lambda x: np.sum(singular_values(x), axis=-1),
    2: lambda x: singular_values(x, part=(0, 1))[..., 0],
    -2: lambda x: singular_values(x, part=(-1, None))[..., 0],
    1: lambda x: np.max(np.sum(np.abs(x), axis=-2), axis=-1),
    -1: lambda x: np.min(np.sum(np.abs(x), axis=-2), axis=-1),
    np.inf: lambda x: np.max(np.sum(np.abs(x), axis=-1), axis=-1),
    -np.inf: lambda x: np.min(np.sum(np.abs(x), axis=-1), axis=-1),
}


def matrix_norm(x, keepdims=False, ord="fro"):
    if ord not in MATRIX_NORMS:
        raise NoRuleError(ADVICE["ord"].format(ord))
    empty = 0 in np.shape(x)[-2:]
    y = np.linalg.norm(np.zeros(np.shape(x)), ord, (-2, -1)) if empty else MATRIX_NORMS[ord](x)
    return np.expand_dims(y, (-2, -1)) if keepdims else y


def norm(x, ord=None, axis=None, keepdims=False):
    axes = [*range(np.ndim(x))] if axis is None else np.atleast_1d(axis).tolist()
    smooth = ord is None or (ord == "fro" and len(axes) == 2)
    if smooth or len(axes) == 1:
        return vector_norm(x, axis, keepdims, 2 if smooth else ord)
    if len(axes) != 2:
        raise NoRuleError("np.linalg.norm with an ord is of one axis or two: name them by axis.")
    last = x if axes == [0, 1] == [*range(np.ndim(x))] else np.moveaxis(x, axes, (-2, -1))
    y = matrix_norm(last, False, ord)
    return np.expand_dims(y, tuple(axes)) if keepdims else y


def vector_square(x, axis=None, keepdims=False, ord=2):
    return np.sum(np.square(x), axis=axis, keepdims=keepdims) if ord == 2 else None


def matrix_square(x, keepdims=False, ord="fro"):
    return vector_square(x, (-2, -1), keepdims) if ord == "fro" else None


def norm_square(x, ord=None, axis=None, keepdims=False):
    of_vectors = (np.ndim(x) if axis is None else np.size(axis)) == 1
    smooth = ord in (None, "fro") or (ord == 2 and of_vectors)
    return vector_square(x, axis, keepdims) if smooth else None


Custom(length, recurring.of_length, recurring.from_length)
RULES[length].fits = lambda options: options.get("ord") in (None, "fro")
RULES[length].run = np.linalg.norm
Derived(np.linalg.norm, norm, square=norm_square).usually = length
Derived(np.linalg.vector_norm, vector_norm, square=vector_square)
Derived(np.linalg.matrix_norm, matrix_norm, square=matrix_square)
CONDITION = lambda x: ((y := MATRIX_NORMS[2](x)) + (y == 0)) / MATRIX_NORMS[-2](x)  # noqa: E731
Derived(np.linalg.cond, CONDITION, own=True)  # of zeros inf, as in NumPy
