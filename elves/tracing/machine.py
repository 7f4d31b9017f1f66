"""What machine code of a whole program is written with, where numba does not know NumPy's way.

In machine code a loop over a small array costs less than one call of NumPy's, or of BLAS. What is
done with arrays stands in functions that numba compiles once, and not each time it is written.

Source: Lam, Pitrou & Seibert, "Numba: a LLVM-based Python JIT compiler" (2015).
"""

import math

import numpy as np

from elves.contracting import plan
from elves.rules.linalg import quotient
from elves.rules.products import contract
from elves.tracing.ir import IR
from elves.tracing.spelling import LARGE, SLOW, added_at, shape_of
from elves.tracing.structured import WRITTEN

FEW = 5  # arrays that numba joins as fast
SMALL = 512  # entries up to which even the exp of machine code is faster on arrays than NumPy's
PRICES = {  # seconds for a line that has this, measured; what comes first counts
    "] += ": 0.3, "] = ": 0.2, "(total_": 0.04, "fused": 0.03, "np.asc": 0.03, "[": 0.03, "": 0.01,
}  # fmt: skip
FUNCTION, LEAF = 0.25, 0.025  # seconds for a function, and for an argument or a result


def of_small_arrays(e):
    """Whether the bodies of a loop work on small arrays, on which NumPy's calls cost the most."""
    bodies = [b.equations for b in e.kwargs.values() if isinstance(b, IR)]
    inner = [x for b in bodies for x in b if x.rule.name in WRITTEN]
    alike = not any(is_unlike(x) for b in bodies for x in b)
    return alike and all(map(are_small, bodies)) and all(map(of_small_arrays, inner))


def are_small(equations):
    """Whether they make small arrays alone."""
    most = lambda x: SMALL if x.rule.function in SLOW else LARGE  # noqa: E731
    return all(math.prod(v.shape) <= most(x) for x in equations for v in x.outs)


def pays(equations):
    """Whether NumPy's calls on small arrays are most of the work."""
    entries = sum(math.prod(v.shape) for x in equations for v in x.outs)
    return are_small(equations) and entries <= SMALL * len(equations)


def is_unlike(e):
    """Whether numba's result is another one than NumPy's, of infinite or of negative numbers."""
    kind = e.outs[0].dtype.kind if e.outs else "b"
    return (e.rule.function, kind) in ((np.floor_divide, "f"), (np.fmod, "i"))


def seconds(text, functions, leaves):
    """About how long numba compiles a program's lines, the functions in it, and its ends."""
    prices = (next(p for part, p in PRICES.items() if part in line) for line in text)
    return sum(prices) + FUNCTION * functions + LEAF * leaves


def largest(x):
    """The largest along the middle one of three axes."""
    y = x[:, 0].copy()
    for i in range(x.shape[0]):
        for j in range(1, x.shape[1]):
            for k in range(x.shape[2]):
                if not x[i, j, k] <= y[i, k]:  # nan is larger than all
                    y[i, k] = x[i, j, k] if y[i, k] == y[i, k] else y[i, k]
    return y


def total(x):
    """The sum along the middle one of three axes; of truth values it is a whole number."""
    y = x[:, 0] * 1
    for i in range(x.shape[0]):
        for j in range(1, x.shape[1]):
            for k in range(x.shape[2]):
                y[i, k] += x[i, j, k]
    return y


def matrix_times_vector(x, y):
    z = np.zeros(len(x))
    for i in range(len(x)):
        for j in range(len(y)):
            z[i] += x[i, j] * y[j]
    return z


def product(x, y):
    """A product of two matrices."""
    z = np.zeros((x.shape[0], y.shape[1]))
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            for k in range(y.shape[1]):
                z[i, k] += x[i, j] * y[j, k]
    return z


def products(x, y):
    """Products of two stacks of matrices, of which one may hold a single matrix."""
    z = np.zeros((max(x.shape[0], y.shape[0]), x.shape[1], y.shape[2]))
    for n in range(z.shape[0]):
        one, two = n % x.shape[0], n % y.shape[0]
        for i in range(x.shape[1]):
            for j in range(x.shape[2]):
                for k in range(y.shape[2]):
                    z[n, i, k] += x[one, i, j] * y[two, j, k]
    return z


def solution(a, b):
    """Elimination with the largest pivots, as LAPACK does it; numba compiles that for seconds."""
    a, x, n = a.copy(), b.copy(), len(a)
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            best = i if abs(a[i, k]) > abs(a[best, k]) else best
        if a[best, k] == 0:
            raise np.linalg.LinAlgError("Singular matrix")
        for j in range(n):
            a[k, j], a[best, j] = a[best, j], a[k, j]
        for j in range(x.shape[1]):
            x[k, j], x[best, j] = x[best, j], x[k, j]
        for i in range(k + 1, n):
            ratio = a[i, k] / a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= ratio * a[k, j]
            for j in range(x.shape[1]):
                x[i, j] -= ratio * x[k, j]
    for i in range(n - 1, -1, -1):
        for j in range(x.shape[1]):
            for k in range(i + 1, n):
                x[i, j] -= a[i, k] * x[k, j]
            x[i, j] /= a[i, i]
    return x


def log_of_sum(x, y):
    """The logarithm of a sum of exponentials; written in each place, its branches take long."""
    return x + math.log(2) if x == y else max(x, y) + math.log1p(math.exp(-abs(x - y)))


def plus(x, y):
    return x + y


def minus(x, y):
    return x - y


def times(x, y):
    return x * y


def over(x, y):
    return x / y


def opposite(x):
    return -x


def add_to(x, y):
    x += y


def put_in(y, k, x):
    """Write numbers from place k on."""
    x, y = np.ascontiguousarray(x).ravel(), y[k:]
    for i in range(len(x)):
        y[i] = x[i]


def in_shape(x, shape):
    return np.ascontiguousarray(x).reshape(shape)


def with_axes(x, order):
    return x.transpose(order)


def shaped(emitter, x, shape):
    usual = f"np.ascontiguousarray({x}).reshape({shape})"  # quicker to run, but not to compile
    return usual if emitter.inside else f"{emitter.helper(in_shape)}({x}, {shape})"


def turned(emitter, x, order):
    straight = (*range(len(order)),)
    other = f"{x}.T" if order == straight[::-1] else f"{emitter.helper(with_axes)}({x}, {order})"
    return x if order == straight else other


def reduced(emitter, e, x):
    """A sum, or the largest or smallest, along some axes."""
    shape, axis = shape_of(e.args[0]), e.kwargs.get("axis")
    axes = sorted({k % len(shape) for k in np.ravel(range(len(shape)) if axis is None else axis)})
    plain = axes and e.kwargs.keys() <= {"axis", "keepdims"}
    if plain and 0 in shape and e.rule.function is np.sum and e.out.dtype == float:
        return f"np.zeros({e.out.shape})" if e.out.shape else "0.0"
    if not plain or not 0 < math.prod(shape) <= LARGE:
        return None
    if axes[-1] - axes[0] >= len(axes):  # others stand between them
        order = (*(k for k in range(len(shape)) if k not in axes), *axes)
        x, shape = turned(emitter, x, order), tuple(shape[k] for k in order)
        axes = range(len(shape) - len(axes), len(shape))
    parts = shape[: axes[0]], shape[axes[0] : axes[-1] + 1], shape[axes[-1] + 1 :]
    helper = emitter.helper(total if e.rule.function is np.sum else largest)
    sign = "-" * (e.rule.function is np.min)  # the smallest is the largest of the opposites
    text = f"{helper}({sign}{shaped(emitter, x, (*map(math.prod, parts),))})"
    return sign + (shaped(emitter, text, e.out.shape) if e.out.shape else f"{text}[0, 0]")


def of_entries(emitter, e, *args):
    """A single operation on arrays: written in each place, numba compiles it ten times as long."""
    function = ALONE[e.rule.function]
    return f"{emitter.helper(function)}({', '.join(args)})" if e.out.shape else None


def reshaped(emitter, e, x, *more):
    if not e.out.shape or not shape_of(e.args[0]):
        return f"np.full({e.out.shape}, {x})" if e.out.shape else f"{x}.item()"
    return shaped(emitter, x, e.out.shape)


def rolled(emitter, e, x, shift, axis="None"):
    plain = type(e.args[1]) is int and (len(e.out.shape) == 1 or (axis == "None" and not e.kwargs))
    return f"np.roll({x}, {shift})" if plain else None


def multiplied(emitter, e, x, y):
    dims = [len(shape_of(a)) for a in e.args]
    if not all(a.dtype == float for a in e.args):
        return None
    if max(dims) > 2 and min(dims) > 1 and 0 not in e.out.shape:
        return stacked(emitter, e, (x, e.args[0].shape), (y, e.args[1].shape))
    if max(math.prod(a.shape) for a in e.args) > SMALL:
        return None
    if dims == [2, 2]:
        return f"{emitter.helper(product)}({x}, {y})"
    if dims == [2, 1]:
        return f"{emitter.helper(matrix_times_vector)}({x}, {y})"
    return f"{emitter.helper(matrix_times_vector)}({y}.T, {x})" if dims == [1, 2] else None


def stacked(emitter, e, *sides):
    """A product of two stacks of matrices, or of a stack and one matrix; numba knows none."""
    texts = []
    for text, (*stack, i, j) in sides:
        n = math.prod(stack)
        if i * j > SMALL or n not in (1, math.prod(e.out.shape[:-2])):
            return None
        texts.append(in_order(emitter, text, (*stack, i, j), (*range(2 + len(stack)),), (n, i, j)))
    return shaped(emitter, f"{emitter.helper(products)}({', '.join(texts)})", e.out.shape)


def divided(emitter, e, a, b):
    """A solution of one system of few equations."""
    small = all(len(v.shape) == 2 and v.dtype == float for v in e.args)
    fits = small and math.prod(e.args[0].shape) <= SMALL
    return f"{emitter.helper(solution)}({a}, {b})" if fits else None


def contracted(emitter, e, *args):
    """A sum of products over two arrays that is a product of two matrices."""
    one, _, two = e.kwargs["subscripts"].partition("->")[0].partition(",")
    if one == two and e.out.shape:  # along the last axes
        form = math.prod(e.out.shape), math.prod(e.args[0].shape[len(e.out.shape) :])
        rows = f"{emitter.helper(total)}({shaped(emitter, f'{args[0]} * {args[1]}', (*form, 1))})"
        return shaped(emitter, rows, e.out.shape)
    small = len(args) == 2 and all(math.prod(shape_of(a)) <= SMALL for a in e.args)
    way = plan(e.kwargs["subscripts"], *map(shape_of, e.args)) if small else None
    if way is None or not all(a.dtype == float for a in e.args):
        return None
    (*sides, (made, order)), few = way, len(way[0][1]) == 2
    if not few:
        sides = [(k, (math.prod(stack), i, j)) for k, (*stack, i, j) in sides]
    x, y = map(in_order, [emitter] * 2, args, map(shape_of, e.args), *zip(*sides, strict=True))
    if not few:
        text = f"{emitter.helper(products)}({x}, {y})"
    elif sides[1][1][1] == 1:
        text = f"{emitter.helper(matrix_times_vector)}({x}, {y}.ravel())"
    elif sides[0][1][0] == 1:
        text = f"{emitter.helper(matrix_times_vector)}({y}.T, {x}.ravel())"
    else:
        text = f"{emitter.helper(product)}({x}, {y})"
    return turned(emitter, shaped(emitter, text, made), order)


def joined_each(emitter, e, name, args):
    """The lines that join arrays one after another: of forty, numba compiles its own for a minute.

    None for few, or along an inner axis.
    """
    if len(args) < FEW or math.prod(e.out.shape[: e.kwargs.get("axis", 0) % len(e.out.shape)]) != 1:
        return None
    entries, at, lines = next(emitter.words), 0, []
    for a, text in zip(e.args, args, strict=True):
        lines.append(f"{emitter.helper(put_in)}({entries}, {at}, {text})")
        at += math.prod(shape_of(a))
    kind = f"np.{e.out.dtype.type.__name__}"
    return [f"{name} = np.empty({e.out.shape}, {kind})", f"{entries} = {name}.ravel()", *lines]


def in_order(emitter, x, have, order, shape):
    """An array with its axes in this order, and in this shape."""
    same = have == shape and order == (*range(len(order)),)
    return x if same else shaped(emitter, turned(emitter, x, order), shape)


def added_each(emitter, name, y, index, g, row):
    """The lines that add rows one by one; numba compiles what assigns them for seconds."""
    index, at = index if type(index) is tuple else (index,), next(emitter.words)
    places = [k for k, i in enumerate(index) if not (type(i) is slice and i == slice(None))]
    lengths = {shape_of(index[k]) for k in places} - {()}
    whole = all(np.dtype(getattr(index[k], "dtype", type(index[k]))) == int for k in places)
    if not whole or len(lengths) != 1 or y.dtype != float or places[-1] - places[0] >= len(places):
        return None
    (length,), first = lengths, places[0]
    if shape_of(g) != y.shape[:first] + length + y.shape[places[-1] + 1 :] or len(length) > 1:
        return None
    index = index[first : first + len(places)]
    texts = (emitter.text(i) + f"[{at}]" * bool(shape_of(i)) for i in index)
    here, row = (f"{a}[{', '.join([':'] * first + b)}]" for a, b in ((name, [*texts]), (row, [at])))
    adds = added_at(here, (0,) * len(places), row, len(y.shape))
    return [f"for {at} in range({length[0]}):", *(f"    {line}" for line in adds)]


ALONE = {
    np.add: plus, np.subtract: minus, np.multiply: times, np.true_divide: over,
    np.negative: opposite,
}  # fmt: skip
IN_LOOPS = dict.fromkeys(ALONE, of_entries) | {
    np.sum: reduced, np.max: reduced, np.min: reduced, np.roll: rolled, np.matmul: multiplied,
    np.reshape: reshaped, np.expand_dims: reshaped, np.squeeze: reshaped, np.ravel: reshaped,
    contract: contracted, quotient: divided,
}  # fmt: skip
