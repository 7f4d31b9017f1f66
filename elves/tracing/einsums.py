"""Sums of products: Einstein's sums two by two, and one product of matrices wherever it is one.

`by_pairs` and `one_product` are passes, as in `algebra`; `summed_first` looks at a whole program.

Source: Golub & Van Loan, Matrix Computations (2013), section 1.1.
"""

import math
import string

import numpy as np

from elves.rules.arrays import cast
from elves.rules.products import contract
from elves.tracing.ir import Var, axes_of, variables, zeros
from elves.tracing.liveness import dead_code
from elves.tracing.operands import equation
from elves.tracing.orders import TURNS, turned

LARGE = 131072  # entries from which NumPy's sum is more careful than a product
ROW = 4096  # entries that NumPy's sum adds up more carefully
SMALL = 64  # entries of a matrix up to which it costs less to copy it than to call a product
WORK = 524288  # entries, times those of a row, from which the sum of each row is no delay
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
    kind = e.out.dtype  # of small integers two by two, products would not fit
    if kind.kind == "f":
        args = [a if a.dtype == kind else builder.make(cast, a, dtype=kind.name) for a in args]
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


def summed_first(ir):
    """The same program, where no product is written down only to be summed.

    The sum of the rows of A @ B is that of A's rows, times B.

    >>> from elves.tracing import make_ir
    >>> ir = make_ir(lambda x, A: np.sum(x @ A, 0), np.ones((5, 3)), np.ones((3, 2)))
    >>> summed_first(ir)
    (a: float64[5, 3], b: float64[3, 2]):
        c: float64[3] = np.sum(a, axis=(0,))
        d: float64[2] = elves.rules.products.contract(c, b, subscripts=c,cb->b)
        return d
    """
    if not any(e.rule.function is np.sum for e in ir.equations):
        return dead_code(ir)
    made, uses = ir.made(), ir.uses()
    new = [x for e in ir.equations for x in of_product(e, made, uses) or [e]]
    return dead_code(ir.but(new, ir.outputs))


def of_product(e, made, uses):
    """The equations of a sum over axes of a product that nobody else reads; or None."""
    alone = lambda a: made.get(a) if type(a) is Var and uses[a] == 1 else None  # noqa: E731
    by = alone(e.args[0]) if e.rule.function is np.sum else None
    if by is None or e.kwargs.get("keepdims") or e.out.dtype != float:
        return None
    shape, turn = by.out.shape, None
    axes = axes_of(len(shape), e.kwargs.get("axis"))
    if by.rule.function in TURNS and (turn := turned(by)):
        by = alone(by.args[0])
    if by is None or (terms := letters(by)) is None:
        return None
    out = [terms[2][k] for k in turn or range(len(shape))]
    left, gone = "".join(c for k, c in enumerate(out) if k not in axes), {out[k] for k in axes}
    equations, words, args = [], [], []
    for a, word, other in zip(by.args, terms, terms[1::-1], strict=False):
        own = tuple(k for k, c in enumerate(word) if c in gone and c not in other)
        if own:
            equations.append(equation(np.sum, a, axis=own))
            a, word = equations[-1].out, "".join(c for k, c in enumerate(word) if k not in own)
        words.append(word)
        args.append(a)
    if by.rule.function is np.multiply:
        n, rows = math.prod(shape[k] for k in axes), axes == {*range(len(left), len(shape))}
        if turn or not rows or n >= ROW or n * math.prod(shape) < WORK:
            return None
    subscripts = f"{','.join(words)}->{left}"
    return [*equations, equation(contract, *args, subscripts=subscripts, out=e.out)]


def letters(e):
    """The axes of a product of two arrays, and of its own, as letters; None of what is none."""
    f, n = e.rule.function, len(np.shape(e.out))
    if f is contract and len(e.args) == 2:
        terms, out = e.kwargs["subscripts"].split("->")
        return (*terms.split(","), out)
    if f not in (np.multiply, np.matmul) or n + 1 > len(LETTERS):
        return None
    shapes = [np.shape(a) for a in e.args]
    if f is np.multiply and shapes == [e.out.shape] * 2:
        return (LETTERS[:n],) * 3
    stacked = f is np.matmul and n > 1 and {a[:-2] for a in shapes} == {e.out.shape[:-2]}
    if not stacked or {*map(len, shapes)} != {n}:
        return None
    stack, (i, j, k) = LETTERS[: n - 2], LETTERS[n - 2 : n + 1]
    return stack + i + k, stack + k + j, stack + i + j
