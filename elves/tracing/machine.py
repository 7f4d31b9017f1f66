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


def of_small_arrays(e):
    """Whether the bodies of a loop work on small arrays, on which NumPy's calls cost the most."""
    bodies = [b for b in e.kwargs.values() if isinstance(b, IR)]
    inner = [x for b in bodies for x in b.equations if x.rule.name in WRITTEN]
    most = lambda x: SMALL if x.rule.function in SLOW else LARGE  # noqa: E731
    made = ((v.shape, most(x)) for b in bodies for x in b.equations for v in x.outs)
    alike = not any(is_unlike(x) for b in bodies for x in b.equations)
    return alike and all(math.prod(s) <= n for s, n in made) and all(map(of_small_arrays, inner))


def is_unlike(e):
    """Whether numba's result is another one than NumPy's, of infinite or of negative numbers."""
    kind = e.outs[0].dtype.kind if e.outs else "b"
    return (e.rule.function, kind) in ((np.floor_divide, "f"), (np.fmod, "i"))


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


def put_in(y, k, x):
    """Write numbers from place k on."""
    for i in range(len(x)):
        y[k + i] = x[i]


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
        x, shape = f"{x}.transpose({order})", tuple(shape[k] for k in order)
        axes = range(len(shape) - len(axes), len(shape))
    parts = shape[: axes[0]], shape[axes[0] : axes[-1] + 1], shape[axes[-1] + 1 :]
    helper = emitter.helper(total if e.rule.function is np.sum else largest)
    sign = "-" * (e.rule.function is np.min)  # the smallest is the largest of the opposites
    middle = f"np.ascontiguousarray({x}).reshape({tuple(map(math.prod, parts))})"
    text = f"{helper}({sign}{middle})"
    return sign + (f"{text}.reshape({e.out.shape})" if e.out.shape else f"{text}[0, 0]")


def reshaped(emitter, e, x, *more):
    if not e.out.shape or not shape_of(e.args[0]):
        return f"np.full({e.out.shape}, {x})" if e.out.shape else f"{x}.item()"
    return f"np.ascontiguousarray({x}).reshape({e.out.shape})"


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
        texts.append(in_order(text, (*stack, i, j), (*range(2 + len(stack)),), (n, i, j)))
    return f"{emitter.helper(products)}({', '.join(texts)}).reshape({e.out.shape})"


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
        terms = f"np.ascontiguousarray({args[0]} * {args[1]})"
        return f"{terms}.reshape({form}).sum(1).reshape({e.out.shape})"
    small = len(args) == 2 and all(math.prod(shape_of(a)) <= SMALL for a in e.args)
    way = plan(e.kwargs["subscripts"], *map(shape_of, e.args)) if small else None
    if way is None or not all(a.dtype == float for a in e.args):
        return None
    (*sides, (made, order)), few = way, len(way[0][1]) == 2
    if not few:
        sides = [(k, (math.prod(stack), i, j)) for k, (*stack, i, j) in sides]
    x, y = (in_order(x, shape_of(a), *side) for x, a, side in zip(args, e.args, sides, strict=True))
    if not few:
        text = f"{emitter.helper(products)}({x}, {y})"
    elif sides[1][1][1] == 1:
        text = f"{emitter.helper(matrix_times_vector)}({x}, {y}.ravel())"
    elif sides[0][1][0] == 1:
        text = f"{emitter.helper(matrix_times_vector)}({y}.T, {x}.ravel())"
    else:
        text = f"{emitter.helper(product)}({x}, {y})"
    return f"{text}.reshape({made})" + f".transpose({order})" * (order != tuple(range(len(order))))


def joined_each(emitter, e, name, args):
    """The lines that join arrays one after another: of forty, numba compiles its own for a minute.

    None for few, or along an inner axis.
    """
    if len(args) < FEW or math.prod(e.out.shape[: e.kwargs.get("axis", 0) % len(e.out.shape)]) != 1:
        return None
    entries, at, lines = next(emitter.words), 0, []
    for a, text in zip(e.args, args, strict=True):
        part = f"np.ascontiguousarray({text}).ravel()"
        lines.append(f"{emitter.helper(put_in)}({entries}, {at}, {part})")
        at += math.prod(shape_of(a))
    kind = f"np.{e.out.dtype.type.__name__}"
    return [f"{name} = np.empty({e.out.shape}, {kind})", f"{entries} = {name}.ravel()", *lines]


def in_order(x, have, order, shape):
    """An array with its axes in this order, and in this shape."""
    if order != tuple(range(len(order))):
        have, x = None, f"{x}.transpose({order})"
    return x if have == shape else f"np.ascontiguousarray({x}).reshape({shape})"


def added_each(emitter, e, name, args):
    """The lines that add rows one by one, at places that may come twice; None for other places."""
    index = e.args[2] if type(e.args[2]) is tuple else (e.args[2],)
    arrays = [i for i in index if shape_of(i)]
    slices = [i for i in index if type(i) is slice and i == slice(None)]
    if len(arrays) != 1 or len(slices) < len(index) - 1 or e.out.dtype != float:
        return None
    (places,), at = arrays, next(emitter.words)
    if len(places.shape) > 1 or places.dtype == bool:
        return None
    ways = f"{emitter.text(places)}[{at}]", at
    here, row = (", ".join(way if i is places else ":" for i in index) for way in ways)
    loop = f"for {at} in range({places.shape[0]}):"
    adds = added_at(f"{name}[{here}]", (*slices, 0), f"{args[0]}[{row}]", len(e.out.shape))
    return [f"{name} = np.zeros({e.out.shape})", loop, *(f"    {line}" for line in adds)]


IN_LOOPS = {
    np.sum: reduced, np.max: reduced, np.min: reduced, np.roll: rolled, np.matmul: multiplied,
    np.reshape: reshaped, np.expand_dims: reshaped, np.squeeze: reshaped, np.ravel: reshaped,
    contract: contracted, quotient: divided,
}  # fmt: skip
