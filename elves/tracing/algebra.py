"""Algebra on equations: numbers and signs go outwards, and what changes nothing goes.

`by_pairs`, `one_product` and `simplify` are passes: they take an equation and the builder of the
smaller program, and give back what the equation's Var stands for from now on, or None to keep it.

Source: Muchnick, Advanced Compiler Design and Implementation (1997), section 12.3.
"""

import math
import operator
import string

import numpy as np

from elves.rules.arrays import pick, scatter
from elves.rules.products import contract
from elves.scattering import is_plain, parts_of
from elves.tracing.ir import Var, axes_of, is_elementwise, variables, zeros
from elves.tracing.operands import INDEXED, from_numbers, in_python, lighter, spread_late

LARGE = 4096  # entries from which NumPy's sum is more careful than a product
SMALL = 64  # entries of a matrix up to which it costs less to copy it than to call a product
LETTERS = string.ascii_letters


def by_pairs(e, builder):
    """Einstein's sum of three arrays or more is one of two after another.

    >>> from elves.tracing import make_ir, optimize
    >>> ir = make_ir(lambda x, A: np.einsum("i,ij,j", x, A, x), np.ones(3), np.ones((3, 3)))
    >>> optimize(ir, ["by_pairs"])
    (a: float64[3], b: float64[3, 3]):
        c: float64[3] = elves.rules.products.contract(b, a, subscripts=ij,i->j)
        d: float64 = elves.rules.products.contract(c, a, subscripts=j,j->)
        return d
    """
    terms, out = e.kwargs["subscripts"].split("->")
    terms, args = terms.split(","), list(e.args)
    if len(args) < 3:
        return spread_out(builder, terms, out, args)
    stand_ins = [zeros(a) if type(a) is Var else a for a in args]
    path, _ = np.einsum_path(e.kwargs["subscripts"], *stand_ins, optimize="greedy")
    for pair in path[1:]:
        picked = [(args.pop(k), terms.pop(k)) for k in sorted(pair, reverse=True)]
        if len(picked) > 2:
            return None
        words = "".join(term for _, term in picked)
        left = {*"".join(terms), *out}
        new = "".join(dict.fromkeys(c for c in words if c in left)) if terms else out
        names = ",".join(term for _, term in picked)
        arrays = [a for a, _ in picked]
        args.append(builder.make(contract, *arrays, subscripts=f"{names}->{new}"))
        terms.append(new)
    return args[0]


def spread_out(builder, terms, out, args):
    """Einstein's sum that sums nothing is a product of entries; None if it does."""
    if len(args) < 2 or {*"".join(terms)} != {*out} or any(len({*t}) < len(t) for t in terms):
        return None
    for i, (a, term) in enumerate(zip(args, terms, strict=True)):
        order = sorted(range(len(term)), key=lambda k: out.index(term[k]))
        if order != sorted(order):
            a = builder.make(np.transpose, a, tuple(order))
        sizes = dict(zip(term, np.shape(args[i]), strict=True))
        args[i] = builder.make(np.reshape, a, tuple(sizes.get(c, 1) for c in out))
    return builder.make(np.multiply, *args)


def one_product(e, builder):
    """Sums of products, and products of a batch with one matrix, are one product of matrices.

    >>> from elves.tracing import make_ir, optimize
    >>> ir = make_ir(lambda x, A: np.matmul(x, A), np.ones((5, 3, 2)), np.ones((2, 4)))
    >>> optimize(ir, ["one_product"])
    (a: float64[5, 3, 2], b: float64[2, 4]):
        c: float64[5, 3, 4] = elves.rules.products.contract(a, b, subscripts=abc,cd->abd)
        return c
    """
    shape = np.shape(e.args[0])
    n, keepdims = len(shape), e.kwargs.get("keepdims")
    if n + 1 > len(LETTERS):
        return None
    if e.rule.function is np.matmul:
        rows, inner, column = LETTERS[: n - 1], LETTERS[n - 1], LETTERS[n]
        words = f"{rows}{inner},{inner}{column}->{rows}{column}"
        shared = n > 2 and len(np.shape(e.args[1])) == 2
        return builder.make(contract, *e.args, subscripts=words) if shared else None
    if not shape or variables([e.kwargs]):
        return None
    axes = axes_of(n, e.kwargs.get("axis"))
    if product := builder.made(e.args[0], np.multiply):
        return of_entries(e, builder, product, axes)
    product = builder.made(e.args[0], np.matmul)
    if product and n > 2 and axes == {*range(n - 2)} and not keepdims:
        stack, (i, k, j) = LETTERS[: n - 2], LETTERS[n - 2 : n + 1]
        pair = {np.shape(a)[:-2] for a in product.args}
        if pair == {shape[:-2]} and not scattered(builder, *product.args):
            words = f"{stack}{i}{k},{stack}{k}{j}->{i}{j}"
            return builder.make(contract, *product.args, subscripts=words)


def of_entries(e, builder, product, axes):
    """The sum of a product of entries, where it is one of matrices, or small."""
    shape = product.out.shape
    words, arrays = [], []
    for a in product.args:
        if not np.shape(a) or a.dtype != e.out.dtype:
            return None
        full = (1,) * (len(shape) - len(a.shape)) + a.shape
        long = [k for k, n in enumerate(full) if n != 1]
        words.append("".join(LETTERS[k] for k in long))
        arrays.append((a, tuple(full[k] for k in long)))
    one, two = map(set, words)
    summed = {LETTERS[k] for k in axes if shape[k] != 1}
    left = "".join(c for c in LETTERS[: len(shape)] if c in one | two and c not in summed)
    small = math.prod(shape) < LARGE
    careful = not small and len(shape) - 1 in axes and shape[-1] >= LARGE
    of_matrices = one & two == summed and (small if one == two else not careful)
    if not summed or not of_matrices or not math.prod(shape):
        return None
    for i, (a, form) in enumerate(arrays):
        if a.shape != form:
            a = a.reshape(form) if type(a) is np.ndarray else builder.make(np.reshape, a, form)
        arrays[i] = a
    found = builder.make(contract, *arrays, subscripts=f"{','.join(words)}->{left}")
    return found if found.shape == e.out.shape else builder.make(np.reshape, found, e.out.shape)


def scattered(builder, a, b):
    """Whether stacks of matrices do not lie as one matrix, and are too large to be copied."""
    (i, k), j = a.shape[-2:], b.shape[-1]
    first, second = (any(builder.made(x, f) for f in TURNS) for x in (a, b))
    return (not first or second) and (i + j) * k > SMALL and i * j < 2 * (i + j) * k


def simplify(e, builder):
    """Algebra: x * 1 and x - 0 are x, numbers and signs go outwards and meet there."""
    f, out, x = e.rule.function, e.out, e.args[0]
    if f in INDEXED and (index := in_python(e.args[INDEXED[f]])) is not None:
        return builder.make(f, *e.args[: INDEXED[f]], index, **e.kwargs)
    if f in MOVES:
        return MOVES[f](e, builder, x) if type(x) is Var else None
    if f is np.where and type(x) is np.ndarray and (x.all() or not x.any()):
        chosen = e.args[1 if x.all() else 2]
        return chosen if builder.same(chosen, out) else None
    if f is np.matmul:
        return of_vectors(e, builder)
    if is_elementwise(e.rule) or f is np.where:
        if late := spread_late(e, builder):
            return late
        if out.shape and (number := from_numbers(e, builder)):
            return number
        for i, a in enumerate(e.args if out.shape else ()):
            if (light := lighter(i, e, builder)) is not a:
                return builder.make(f, *e.args[:i], light, *e.args[i + 1 :])
        if f in ALGEBRA and out.dtype.kind == "f":
            return ALGEBRA[f](builder, out, *e.args)


def of_vectors(e, builder):
    """A product with the identity, with one column, or of columns and rows, by less."""
    pairs, (a, b) = (e.args, e.args[::-1]), map(np.shape, e.args)
    for x, k in pairs:
        if is_identity(k) and builder.same(x, e.out):
            return x
    column = builder.made(e.args[1], np.reshape)
    if column and len(a) == 2 and b[1:] == (1,) and column.args[0].shape == b[:1]:
        vector = builder.make(np.matmul, e.args[0], column.args[0])
        return builder.make(np.reshape, vector, e.out.shape)
    stacks = min(len(a), len(b)) > 1 and max(len(a), len(b)) > 2
    columns = stacks and a[-1] == 1 and 1 in (a[-2], b[-1])
    return builder.make(np.multiply, *e.args) if columns else None


def reshaped(e, builder, x):
    """Of shapes only the last one counts."""
    if x.shape == e.out.shape:
        return x
    again = builder.made(x, e.rule.function)
    return again and builder.make(e.rule.function, again.args[0], e.out.shape)


def ordered(e, builder, x):
    """What keeps the entries in their order is a reshape."""
    f = e.rule.function
    if ORDERLY[f](e):
        return builder.make(np.reshape, x, e.out.shape)
    if f is scatter and (order := turned_back(e)) is not None:
        return builder.make(operator.getitem, x, order)
    return turned_twice(e, builder) if f in TURNS else None


def summed(e, builder, x):
    k, inner = builder.scaled(x)
    if type(k) in NUMBERS and inner.shape == x.shape:
        return builder.make(np.multiply, builder.make(np.sum, inner, **e.kwargs), k)


def turned(e):
    """The order in which a function puts the axes of its array; None if only the run knows."""
    if variables((e.args[1:], e.kwargs)):
        return None
    return e.rule.function(np.empty(range(len(e.args[0].shape))), *e.args[1:], **e.kwargs).shape


def in_order(e):
    """Whether axes are turned so that all entries keep their order: those of length 1 may move."""
    order = turned(e)
    if order is None:
        return False
    long = [k for k in order if e.args[0].shape[k] != 1]
    return long == sorted(long)


def turned_twice(e, builder):
    """Two turns of axes as one, which may be none."""
    before = next(filter(None, (builder.made(e.args[0], f) for f in TURNS)), None)
    first, order = before and turned(before), before and turned(e)
    if order is None or first is None:
        return None
    x, order = before.args[0], tuple(first[k] for k in order)
    return x if order == tuple(range(len(order))) else builder.make(np.transpose, x, order)


def is_all(index, *shapes):
    """Whether an index means each entry, in order."""
    steps = {i.step for i in parts_of(index) if type(i) is slice}
    return len({*map(math.prod, shapes)}) == 1 and is_plain(index) and steps <= {None, 1}


def takes_all(e):
    return is_all(e.args[1], e.args[0].shape, e.out.shape)


def fills_all(e):
    g, shape, index = e.args
    return is_all(index, g.shape, shape) and g.dtype == e.out.dtype


def turned_back(e):
    """The places that something scattered comes from, if it only puts all entries in new order."""
    g, shape, index = e.args
    if len(shape) != 1 or type(index) is not np.ndarray or index.dtype.kind != "i":
        return None
    order = index % max(*shape, 1)
    fits = index.shape == g.shape == shape and g.dtype == e.out.dtype
    if not fits or np.any(np.bincount(order, minlength=order.size) != 1):
        return None
    return np.argsort(order)


def always(e):
    return True


ORDERLY = {  # functions that keep the entries in their order, always or sometimes
    np.ravel: always, np.expand_dims: always, np.squeeze: always, np.transpose: in_order,
    np.swapaxes: in_order, np.moveaxis: in_order, operator.getitem: takes_all, pick: takes_all,
    scatter: fills_all,
}  # fmt: skip


TURNS = {np.transpose, np.swapaxes, np.moveaxis}
MOVES = dict.fromkeys(ORDERLY, ordered) | {
    np.reshape: reshaped, np.broadcast_to: reshaped, np.sum: summed,
}  # fmt: skip


def is_identity(k):
    """Whether k is the identity matrix, as the tangents of a Jacobian are together."""
    return type(k) is np.ndarray and k.ndim == 2 and np.array_equal(k, np.eye(len(k)))


def product(builder, out, a, b):
    for x, y in ((a, b), (b, a)):
        if is_number(y, 1, -1) and builder.same(x, out):
            return x if y == 1 else builder.make(np.negative, x)
        k, inner = builder.scaled(x)
        if type(k) in NUMBERS and not is_constant(y) and inner.shape == out.shape:
            return builder.make(np.multiply, builder.make(np.multiply, inner, y), k)


def quotient(builder, out, a, b):
    k, inner = builder.scaled(a)
    if type(k) in NUMBERS and inner.shape == out.shape:
        return builder.make(np.multiply, builder.make(np.true_divide, inner, b), k)
    return a if is_number(b, 1) and builder.same(a, out) else None


def opposite(builder, out, a):
    k, inner = builder.scaled(a)
    if k is not None:
        return inner if is_number(k, -1) else builder.make(np.multiply, inner, -k)


def total(builder, out, a, b, function=np.add, other=np.subtract):
    (k, x), (m, y) = builder.scaled(a), builder.scaled(b)
    if is_number(m, -1):
        return builder.make(other, a, y)
    if is_number(k, -1) and function is np.add:
        return builder.make(np.subtract, b, x)
    if type(k) is type(m) in NUMBERS and k > 0 and abs(m) == k and x.shape == y.shape:
        return builder.make(np.multiply, builder.make(function if m > 0 else other, x, y), k)


def difference(builder, out, a, b):
    if is_number(b, 0) and builder.same(a, out):  # x + 0.0 is not -0.0 where x is
        return a
    return total(builder, out, a, b, np.subtract, np.add)


ALGEBRA = {
    np.add: total, np.subtract: difference, np.multiply: product, np.true_divide: quotient,
    np.negative: opposite,
}  # fmt: skip
NUMBERS = {int, float, np.float64}


def is_number(a, *values):
    return type(a) in NUMBERS and a in values


def is_constant(a):
    return type(a) in NUMBERS or (type(a) is np.ndarray and a.dtype == float)


def is_ordinary(a):
    """A number, or an array, that can change its place in a product without an overflow."""
    if type(a) in NUMBERS:
        return 1e-6 < abs(a) < 1e6
    return is_constant(a) and np.all((a == 0) | (np.abs(a) > 1e-6) & (np.abs(a) < 1e6))
