"""How a call of a NumPy function is written when every microsecond counts.

On numbers it is Python's own arithmetic and `math`, several times faster than NumPy; on arrays it
is whatever NumPy answers fastest.
"""

import math
import operator
import re

import numpy as np

from elves.contracting import plan
from elves.rules.arrays import cast, join, pick, running_sum
from elves.rules.products import contract
from elves.rules.reductions import products
from elves.scattering import added, parts_of, places
from elves.tracing.ir import Var, axes_of, index_text, replace, variables, zeros
from elves.tracing.orders import turned as order_of
from elves.tracing.quicker import QUICKER

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
        np.maximum: "float({0} if {0} > {1} or {0} != {0} else {1})",  # nan is larger than all
        np.minimum: "float({0} if {0} < {1} or {0} != {0} else {1})",
        np.logaddexp: "({0} + 0.6931471805599453 if {0} == {1} else {0} + "
        "math.log1p(math.exp({1} - {0})) if {0} > {1} else {1} + math.log1p(math.exp({0} - {1})))",
    }
)  # fmt: skip


def form_of(f, args):
    """How a call on numbers is written; one of two floats is a float anyway."""
    plain = (type(a) is float or (type(a) is Var and a.dtype == float) for a in args[1:])
    return ON_NUMBERS[f][6:-1] if f is np.where and all(plain) else ON_NUMBERS[f]


ON_WHOLE = {np.remainder: "{} % {}", np.floor_divide: "{} // {}", np.maximum: "max({}, {})"} | {
    f: ON_NUMBERS[f] for f in (np.add, np.subtract, np.multiply, np.negative, np.absolute)
}
# On arrays NumPy's tanh, exp and log are vectorised, ten times as fast as those of machine code.
BY_ENTRY = {np.sin, np.cos, np.sqrt, np.fabs, np.hypot, np.arctan2}
SLOW = {*IN_MATH, np.logaddexp} - BY_ENTRY  # in machine code
NARROW = 16  # columns up to which the largest of each row is found column by column
WIDE = 1000  # columns up to which its place is found faster than itself
PLACES = 131072  # entries of an array whose places a program may keep
LARGE = 4096  # entries from which it pays to keep an array for a later result
FLOATS = np.dtype(float), np.dtype(np.float32)
SHORT = 128  # entries of float32 that NumPy adds up no more exactly than a product
FEW, MANY, SMALL = 8, 100, 512  # entries along an axis, before it, and in all
ROW = 64  # entries of a row up to which it pays to copy rows rather than to begin anew for each


def shape_of(a):
    return getattr(a, "shape", ())


def named(emitter, text):
    """A name for a text, if it is neither a name nor a literal."""
    if re.fullmatch(r"\w+|-?[\d.]+", text):
        return text
    name = next(emitter.words)
    inner = text[1:-1] if re.fullmatch(r"\([^()]*\)", text) else text
    emitter.lines.append(f"{name} = {inner}")
    return name


def is_small(*values):
    """Whether all are small arrays of float64 or float32."""
    return all(a.dtype in FLOATS and a.shape and math.prod(a.shape) < LARGE for a in values)


# How NumPy wants a call on arrays to be written when every microsecond counts. These take the
# emitter, the equation and the texts of its arguments, and give a text, or None for the usual one.


def reduced(emitter, e, x):
    """A sum as products with ones, and the largest by its place or along a first axis.

    Both cost NumPy a tenth to a half of its own way; long rows keep its more careful sum.
    """
    axis, kept, shape = e.kwargs.get("axis"), e.kwargs.get("keepdims"), shape_of(e.args[0])
    if not shape:
        return None
    axes = axes_of(len(shape), axis)
    ufunc = {np.sum: "add", np.max: "maximum", np.min: "minimum"}[e.rule.function]
    if ufunc == "add" and e.args[0].dtype == bool and not e.out.shape and not emitter.whole:
        return f"np.count_nonzero({x})"
    groups, text = neighbours(shape, axes) if math.prod(shape) else [], None
    if ufunc == "add":
        text = with_ones(emitter, e, x, groups)
    elif len(groups) == 1 and not emitter.whole:
        number = emitter.double and e.out.dtype == float
        text = extreme(emitter, ufunc, x, shape, *groups, e.out.shape, number)
    if text:
        return text
    if emitter.whole and not kept:  # numba knows no np.add.reduce
        return None
    return f"np.{ufunc}.reduce({x}, {axis!r}{', keepdims=True' * bool(kept)})"


def neighbours(shape, axes):
    """How many entries stand before, along and after each group of axes, from the last one on.

    >>> neighbours((2, 3, 4, 5, 1), {1, 2, 4})
    [(2, 12, 5)]
    """
    long, groups = [k for k, n in enumerate(shape) if n != 1], []
    sizes = [shape[k] for k in long]
    for i in reversed([i for i, k in enumerate(long) if k in axes]):
        end = groups.pop()[1] if groups and groups[-1][0] == i + 1 else i + 1
        groups.append((i, end))
    return [tuple(map(math.prod, (sizes[:i], sizes[i:j], sizes[j:]))) for i, j in groups]


def with_ones(emitter, e, x, groups):
    """The text of a sum, one group of neighbouring axes after another."""
    shape, kind = e.args[0].shape, e.args[0].dtype
    size = math.prod(shape)
    single, most = kind == np.float32, SHORT * math.prod(e.out.shape)
    if not groups or kind not in (*FLOATS, bool) or (single and (size > most or not e.out.shape)):
        return None
    in_bytes = kind == "?" and LARGE < size < 2 * most and not emitter.whole  # counts up to 255
    for before, n, _ in groups:
        after = size // (before * n)
        size, middle = before * after, before > 1 < after
        if (after == 1 and n >= LARGE) or (middle and emitter.whole):
            return None
        form = (before,) * (before > 1) + (n,) + (after,) * (after > 1)
        x = x if shape == form else f"{x}.reshape({form})"
        if in_bytes or (middle and n < FEW and before > MANY and kind.kind == "f"):
            way = "ijk->ik" if middle else "ij->i" if before > 1 else "ij->j"
            x = f"np.einsum({way!r}, {x}{'.view(np.uint8)' * in_bytes})"
        else:
            ones = emitter.constant(np.ones(n, kind if single else float))
            way = "np.matmul({}, {})" if middle else "{1}.dot({0})" if before > 1 else "{}.dot({})"
            x = way.format(ones, x)
        shape = (before,) * (before > 1) + (after,) * (after > 1)
    x = x if e.out.shape == shape else f"{x}.reshape({e.out.shape})"
    divides = emitter.double and emitter.readers[e.out] == {np.true_divide} and not in_bytes
    return x + ".astype(int)" * (kind.kind == "b" and not divides)


def extreme(emitter, ufunc, x, shape, group, out, number):
    """The text of the largest or smallest along neighbouring axes; None for the usual one."""
    before, n, after = group
    if number and not out and math.prod(shape) == n < LARGE:
        return f"{x}.item({x}.arg{ufunc[:3]}())"
    if before == 1 or n >= WIDE or (after > 1 and not SMALL / before / n < after < SMALL / 8):
        return None
    form, order = ((before, n, after), "(1, 0, 2)") if after > 1 else ((before, n), "()")
    x = x if shape == form else f"{x}.reshape({form})"
    if after == 1 and (n > NARROW or before < MANY):
        text = f"{x}[{emitter.constant(np.arange(before))}, {x}.arg{ufunc[:3]}(1)]"
    else:
        text = f"np.{ufunc}.reduce(np.ascontiguousarray({x}.transpose{order}))"
    have = (before,) + (after,) * (after > 1)
    return text if out == have else f"{text}.reshape({out})"


def is_part(index, dims):
    """Whether an index of an array of so many dimensions names a part of it, by a view."""
    index = [i for i in parts_of(index) if i is not None]
    plain = lambda i: type(i) is int or (type(i) is Var and not i.shape and i.dtype == int)  # noqa: E731
    numbers = [*map(plain, index)]
    return sum(numbers) < dims and all(
        n or type(i) is slice for n, i in zip(numbers, index, strict=True)
    )


def added_at(place, index, g, dims):
    """The lines of ``place += g``; through a view of it, Python need not write the place back."""
    way = [f"view = {place}", f"view += {g}"]
    return way if is_part(index, dims) else [f"{place} += {g}"]


def counted(emitter, e, args):
    """Rows added at places that may come twice: NumPy counts ten times as fast as it adds there."""
    g, shape, index = e.args
    if variables([index]):
        text = by_table(emitter, e, args)
        return text or f"{emitter.constant(added, 'added')}({args[0]}, {shape}, {args[2]})"
    at = places(shape, index)
    if not at.size:
        return f"np.zeros({shape})"
    weights = args[0] if g.shape == at.shape else f"np.broadcast_to({args[0]}, {at.shape})"
    size = math.prod(shape)
    return (
        f"np.bincount({emitter.constant(at.ravel())}, {weights}.ravel(), {size}).reshape({shape})"
    )


def by_table(emitter, e, args):
    """The same at places that only the run knows: an array of all places is there to be read."""
    g, shape, index = e.args
    size = math.prod(shape)
    if emitter.whole or not 0 < size <= PLACES or not math.prod(shape_of(g)):
        return None
    table = np.arange(size).reshape(shape)
    if table[replace(index, lambda a: zeros(a) if type(a) is Var else a)].shape != shape_of(g):
        return None
    table, rows = emitter.constant(table), type(index) is Var and index.dtype == int
    at = f".take({args[2]}, 0)" if rows else f"[{index_text(index, emitter.text)}]"
    return f"np.bincount({table}{at}.ravel(), {args[0]}.ravel(), {size}).reshape({shape})"


def one_of_two(emitter, e, condition, *arrays):
    """One of two arrays by a number: nothing is computed where it can be Python's choice."""
    shapes = [shape_of(a) for a in e.args]
    same = not emitter.machine and {a.dtype for a in e.args[1:] if shape_of(a)} == {e.out.dtype}
    if shapes[0] or not e.out.shape or not same or not {*shapes[1:]} <= {e.out.shape, ()}:
        return None
    kind = "float" if e.out.dtype == float else emitter.text(e.out.dtype)
    one, two = (
        f"{a}.copy()" if shape else f"np.full({e.out.shape}, {a}, {kind})"
        for a, shape in zip(arrays, shapes[1:], strict=True)
    )
    return f"{one} if {condition} else {two}"


def reshaped(emitter, e, x, *shape):
    return shape_of(e.args[0]) and f"{x}.reshape({e.out.shape})"


def turned(emitter, e, x, *axes):
    order = order_of(e)
    if order is None:
        return None
    return f"{x}.T" if order == (*range(len(order)),)[::-1] else f"{x}.transpose{order}"


def rolled(emitter, e, x, *_):
    """A small array by the places that its entries come from, a large one in two parts."""
    given = dict(zip(("shift", "axis"), e.args[1:])) | e.kwargs  # noqa: B905
    shift, axis, size = given["shift"], given.get("axis"), math.prod(e.out.shape)
    if type(shift) is type(axis) is int and size > WIDE and not emitter.whole:
        cut, at = -shift % e.out.shape[axis], ":, " * (axis % len(e.out.shape))
        return f"np.concatenate(({x}[{at}{cut}:], {x}[{at}:{cut}]), {axis})"
    if variables((e.args[1:], e.kwargs)) or not (e.out.shape and 0 < size < LARGE):
        return None
    places = np.arange(size).reshape(e.out.shape)
    places = emitter.constant(e.rule.function(places, *e.args[1:], **e.kwargs))
    if emitter.whole:  # numba rolls along no axis
        return f"np.ascontiguousarray({x}).ravel()[{places}.ravel()].reshape({e.out.shape})"
    return f"{x}.take({places})"


def flipped(emitter, e, x, *axes):
    n, axis = len(e.out.shape), (*e.args[1:], e.kwargs.get("axis"))[0]
    axes = axes_of(n, axis)
    return f"{x}[{', '.join('::-1' if k in axes else ':' for k in range(n))}]" if n else None


def running(emitter, e, x, axis=-1):
    """``np.cumsum`` or ``np.cumprod``."""
    way = {running_sum: "cumsum", products: "cumprod"}[e.rule.function]
    return f"{x}.{way}({axis})"


def joined(emitter, e, *arrays):
    return f"np.concatenate(({', '.join(arrays)},), {e.kwargs.get('axis', 0)})"


def ordered(emitter, e, x, axis=-1, *kind):
    if set(e.kwargs) - {"axis"} or type(e.kwargs.get("axis", 0)) is not int:
        return None
    axis = e.kwargs.get("axis", axis)
    if emitter.whole:  # of equal entries the first one comes first, as in NumPy's small arrays
        return f"np.argsort({x}, kind='mergesort')" if len(e.out.shape) == 1 else None
    plain = set(kind) <= {"None"}
    return f"{x}.argsort({axis})" if plain and shape_of(e.args[0]) else None


def product(emitter, e, x, y):
    plain = {len(a.shape) for a in e.args} <= {1, 2} and e.args[0].dtype == e.args[1].dtype
    return f"{x}.dot({y})" if plain and e.out.dtype.kind == "f" else None


def narrowed(emitter, e, x, *dtype):
    return f"{x}.astype({emitter.text(e.out.dtype)})" if shape_of(e.args[0]) else None


def taken(emitter, e, x, index):
    array = x if shape_of(e.args[0]) else f"np.asarray({x})"
    return f"{array}[{index_text(e.args[1], emitter.text)}]"


def signed(emitter, e, *args):
    found = repeated(emitter, e, *args) if args[1:] and not emitter.whole else None
    return found or (e.out.shape and ON_NUMBERS[e.rule.function].format(*args))


def repeated(emitter, e, *texts):
    """``x[:, None] - y`` of short rows, for each of which NumPy would begin anew; or None."""
    shape, size = e.out.shape, math.prod(e.out.shape)
    k, d = shape[-2:] if shape[2:] else (1, 1)
    if k == 1 or not 1 < d <= ROW or not SMALL / 2 < size > k * d:
        return None
    full = [(1,) * (len(shape) - len(shape_of(a))) + shape_of(a) for a in e.args]
    for i, j in ((0, 1), (1, 0)):
        rows = full[j] in (shape, (1,) * len(shape[2:]) + (k, d))
        if rows and full[i] == (*shape[:-2], 1, d) != full[j]:
            again = f"{texts[i]}.reshape({(size // k // d, d)}).repeat({k}, 0)"
            pair = {i: named(emitter, f"{again}.reshape({(-1, k * d)})")}
            pair[j] = f"{texts[j]}.reshape({(-1, k * d)})"
            out = f", {pair[i]}" * (e.args[i].dtype == e.out.dtype)
            return f"{e.rule.name}({pair[0]}, {pair[1]}{out}).reshape({shape})"
    return None


def contraction(emitter, e, *args):
    """A sum over two arrays as a matrix product."""
    one, _, other = e.kwargs["subscripts"].removesuffix("->").partition(",")
    if one and one == other and len({*one}) == len(one):  # of all products of two entries
        x, y = (a if len(one) == 1 else f"{a}.ravel()" for a in args)
        return f"{x}.dot({y})"
    way = plan(e.kwargs["subscripts"], *map(shape_of, e.args)) if len(args) == 2 else None
    if way is None:
        return f"np.einsum({e.kwargs['subscripts']!r}, {', '.join(args)})"
    one, two, (made, order) = way
    product, have = "np.matmul({}, {})", (*one[1][:-1], two[1][-1])
    if len(have) == 2:  # no stack: where one side is a vector, all it needs is one axis
        product = "{}.dot({})"
        one = one[0], one[1][1:] if one[1][0] == 1 else one[1]
        two = two[0], two[1][:-1] if two[1][1] == 1 else two[1]
        have = (*one[1][:-1], *two[1][1:])
    if emitter.whole:  # numba reshapes only what lies in order
        args = [
            f"np.ascontiguousarray({x}.transpose{k})"
            for x, (k, _) in zip(args, (one, two), strict=True)
        ]
        one, two = ((tuple(range(len(k))), form) for k, form in (one, two))
    product = product.format(brought(args[0], e.args[0], *one), brought(args[1], e.args[1], *two))
    product += f".reshape({made})" * (made != have)
    return product + f".transpose{order}" * (order != tuple(range(len(order))))


def brought(text, a, order, shape):
    """An array with its axes in this order, and in this shape."""
    plain = order == tuple(range(len(order)))
    have = tuple(shape_of(a)[k] for k in order)
    return text + f".transpose{order}" * (not plain) + f".reshape({shape})" * (have != shape)


SHORTER = dict.fromkeys([*INFIX, np.negative], signed) | {
    np.where: one_of_two, np.sum: reduced, np.max: reduced, np.min: reduced, np.matmul: product,
    np.reshape: reshaped, np.expand_dims: reshaped, np.squeeze: reshaped, np.ravel: reshaped,
    np.transpose: turned, np.swapaxes: turned, np.moveaxis: turned, np.flip: flipped,
    np.roll: rolled, running_sum: running, products: running, join: joined, np.argsort: ordered,
    operator.getitem: taken, pick: taken, contract: contraction, cast: narrowed,
}  # fmt: skip
SHORTER |= QUICKER
