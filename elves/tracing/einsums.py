"""Sums of products: Einstein's sums two by two, and one product of matrices wherever it is one.

`by_pairs` and `one_product` are passes, as in `algebra`.

Source: Golub & Van Loan, Matrix Computations (2013), section 1.1.
"""

import math
import string

import numpy as np

from elves.rules.products import contract
from elves.tracing.ir import Var, axes_of, variables, zeros
from elves.tracing.orders import TURNS

LARGE = 131072  # entries from which NumPy's sum is more careful than a product
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
