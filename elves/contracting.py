"""Einstein's sums as matrix products, which NumPy's einsum makes of them only in part; and powers.

Source: Smith & Gray, "opt_einsum: a Python package for optimizing contraction order" (2018).
"""

import functools
import math
import string

import numpy as np

from elves.errors import NoRuleError

FEW = 40  # rows, up to which halves of a triangle cost more than the whole
LARGE = 10_000  # multiplications, from which it pays to look for the best order of products


@functools.lru_cache(1024)
def plan(subscripts, *shapes):
    """How to write a sum over two arrays as ``np.matmul``: three pairs of axes and shapes.

    Each pair tells to what order of axes, and then to what shape, an array is brought: the first
    one, the second one, and for the product the shape first. None where there is no such way.

    >>> plan("bij,bkj->bik", (2, 3, 4), (2, 5, 4))
    (((0, 1, 2), (2, 3, 4)), ((0, 2, 1), (2, 4, 5)), ((2, 3, 5), (0, 1, 2)))
    """
    terms, out = subscripts.split("->")
    one, two = terms.split(",")
    if any(len({*t}) < len(t) for t in (one, two, out)):
        return None
    sizes = dict(zip(one + two, shapes[0] + shapes[1], strict=True))
    groups = {"both": "", "sum": "", "left": "", "right": ""}
    for c in dict.fromkeys(one + two):
        shared = c in one and c in two
        group = ("both" if c in out else "sum") if shared else "left" if c in one else "right"
        groups[group] += c
    both, total, left, right = groups.values()
    if not total or not left + right or {*left, *right} - {*out}:
        return None
    count = lambda word: math.prod(sizes[c] for c in word)  # noqa: E731
    stack, n = tuple(sizes[c] for c in both), count(total)
    first, second = both + left + total, both + total + right
    made = both + left + right
    return (
        (tuple(map(one.index, first)), (*stack, count(left), n)),
        (tuple(map(two.index, second)), (*stack, n, count(right))),
        (tuple(sizes[c] for c in made), tuple(map(made.index, out))),
    )


def contracted(subscripts, *arrays):
    """``np.einsum``, by the fastest way.

    >>> contracted("ij,kj->ki", np.ones((2, 3)), np.ones((1, 3)))
    array([[3., 3.]])
    """
    shapes = [np.shape(a) for a in arrays]
    if len(arrays) == 2 and (way := plan(subscripts, *shapes)):
        (turn, form), (other_turn, other_form), (made, order) = way
        a = np.asarray(arrays[0]).transpose(turn).reshape(form)
        b = np.asarray(arrays[1]).transpose(other_turn).reshape(other_form)
        return np.matmul(a, b).reshape(made).transpose(order)
    if len(arrays) > 2 and (steps := pairs(subscripts, *shapes)):
        kind = np.result_type(*arrays)  # of small integers two by two, products would not fit
        arrays = [np.asarray(a, kind) for a in arrays]
        for i, j, step in steps:
            b, a = arrays.pop(j), arrays.pop(i)
            arrays.append(contracted(step, a, b))
        return arrays[0]
    return np.einsum(subscripts, *arrays)


@functools.lru_cache(1024)
def pairs(subscripts, *shapes):
    """A large sum over many arrays as sums over two: which ones go, and into what at the end.

    None where the sum is small, or an array alone has something to sum.

    >>> pairs("b,ij,bj->bi", (200,), (20, 20), (200, 20))
    [(1, 2, 'ij,bj->ib'), (0, 1, 'b,ib->bi')]
    """
    terms, out = subscripts.split("->")
    terms = terms.split(",")
    sizes = dict(zip("".join(terms), sum(shapes, ()), strict=True))
    if math.prod(sizes.values()) <= LARGE or any(len({*t}) < len(t) for t in terms):
        return None
    blanks = [np.broadcast_to(0.0, shape) for shape in shapes]
    _, *path = np.einsum_path(subscripts, *blanks, optimize="greedy")[0]
    steps = []
    for step in path:
        if len(step) != 2:
            return None
        i, j = sorted(step)
        b, a = terms.pop(j), terms.pop(i)
        needed = {*out}.union(*terms)
        made = out if not terms else "".join(c for c in dict.fromkeys(a + b) if c in needed)
        terms.append(made)
        steps.append((i, j, f"{a},{b}->{made}"))
    return steps


@functools.lru_cache(1024)
def usual(subscripts, *shapes):
    """The subscripts, if they are as `spelt` would leave them; else None."""
    left, arrow, out = subscripts.partition("->")
    terms = left.split(",")
    if (
        not arrow
        or not all(c.isalpha() for c in "".join([*terms, out]))
        or len(terms) != len(shapes)
    ):
        return None
    pairs = [p for t, s in zip(terms, shapes, strict=True) for p in zip(t, s, strict=False)]
    one_size = len({*pairs}) == len({c for c, _ in pairs})
    whole = all(len({*t}) == len(t) == len(s) for t, s in zip(terms, shapes, strict=True))
    return subscripts if one_size and whole else None


def spelt(subscripts, *operands):
    """The arrays of an ``np.einsum`` and its subscripts, spelt out: all axes, and no letter twice.

    >>> spelt("ii,...i", np.ones((2, 2)), np.ones((3, 2)))[1]
    'i,hi->h'
    """
    if isinstance(subscripts, str) and usual(subscripts, *map(np.shape, operands)):
        return [*operands], subscripts
    if not isinstance(subscripts, str):  # np.einsum(a, [0, 1], b, [1, 2], [0, 2])
        parts, letters = [subscripts, *operands], string.ascii_letters
        n, places = len(parts) // 2, [*parts[1::2], *parts[-1:] * (len(parts) % 2)]
        words = ["".join("..." if k is ... else letters[k] for k in p) for p in places]
        operands = parts[: 2 * n : 2]
        subscripts = ",".join(words[:n]) + "".join("->" + w for w in words[n:])
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    if not arrow:
        alone = [c for c in sorted(set(left) - set(".,")) if left.count(c) == 1]
        result = "..." * ("..." in left) + "".join(alone)
    spare = "".join(c for c in string.ascii_letters if c not in left)[:8]  # the axes of an ellipsis
    terms, arrays, sizes = [], [], {}
    for term, x in zip(left.split(","), operands, strict=True):
        covered = np.ndim(x) - len(term.replace("...", ""))
        term = term.replace("...", spare[8 - covered :])
        for c in set(term):
            while term.count(c) > 1:  # a letter twice: the diagonal, which becomes the last axis
                i, j = term.index(c), term.rindex(c)
                x, term = np.diagonal(x, 0, i, j), term[:i] + term[i + 1 : j] + term[j + 1 :] + c
        terms.append(term)
        arrays.append(x)
        sizes |= {c: n for c, n in zip(term, np.shape(x), strict=True) if sizes.get(c, 1) == 1}
    for k, (term, x) in enumerate(zip(terms, arrays, strict=True)):
        shape = tuple(sizes[c] for c in term)
        arrays[k] = x if np.shape(x) == shape else np.broadcast_to(x, shape)
    axes = "".join(c for c in spare if c in sizes)
    return arrays, f"{','.join(terms)}->{result.replace('...', axes)}"


def tensordot(a, b, axes=2):
    """``np.tensordot`` as a product of two matrices."""
    left, right = axes if np.ndim(axes) else (range(-axes, 0), range(axes))
    left = np.mod(np.atleast_1d(left), np.ndim(a)).tolist()
    right = np.mod(np.atleast_1d(right), np.ndim(b)).tolist()
    sides = (a, left), (b, right)
    first, second = ([k for k in range(np.ndim(x)) if k not in t] for x, t in sides)
    shape = [np.shape(a)[k] for k in first] + [np.shape(b)[k] for k in second]
    rows, columns = math.prod(shape[: len(first)]), math.prod(shape[len(first) :])
    summed = math.prod(np.shape(a)[k] for k in left)
    a = brought(a, [*first, *left], (rows, summed))
    return brought(a @ brought(b, [*right, *second], (summed, columns)), [0, 1], (*shape,))


def brought(x, order, shape):
    """An array with its axes in another order, and then in another shape; or as it is."""
    x = x if order == [*range(np.ndim(x))] else np.transpose(x, order)
    return x if np.shape(x) == shape else np.reshape(x, shape)


def matrix_power(x, n):
    """``np.linalg.matrix_power``."""
    if n < 0:
        x, n = np.linalg.inv(x), -n
    y = np.broadcast_to(np.eye(np.shape(x)[-1]), np.shape(x)) if n == 0 else None
    while n:  # by squaring: x¹³ = x⁸ x⁴ x
        if n % 2:
            y = x if y is None else y @ x
        x, n = x @ x if n > 1 else x, n // 2
    return y


def kron(a, b):
    """``np.kron``."""
    ndim = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (a, b))
    sizes = [m * n for m, n in zip(np.shape(a), np.shape(b), strict=True)]
    a, b = (np.expand_dims(x, tuple(range(k, 2 * ndim, 2))) for x, k in ((a, 1), (b, 0)))
    return np.reshape(a * b, sizes)


MODES = {0: "valid", 1: "same", 2: "full"}  # NumPy takes both


def convolve_left(g, y, a, v, mode="full"):
    """The cotangent of a: a convolution again, with v the other way round."""
    (n, m), v, mode = map(np.size, (a, v)), np.flip(v), MODES.get(mode, mode)
    if mode == "same":  # the middle of "full"
        before = (min(n, m) - 1) // 2
        g, mode = np.pad(g, (before, min(n, m) - 1 - before)), "full"
    pair = (v, g) if mode == "valid" and n < m else (g, v)
    found = np.convolve(*pair, "full" if mode == "valid" and n >= m else "valid")
    return np.reshape(found, np.shape(a))


def convolve_right(g, y, a, v, mode="full"):
    return convolve_left(g, y, v, a, mode)


def unlike_matmul(*factors):
    """Whether ``np.dot`` adds these up in another order: views with gaps, or stacks of matrices."""
    for x in factors:
        if np.ndim(x) not in (1, 2) or (isinstance(x, np.ndarray) and not x.flags.forc):
            return True
    return False


def unlike_dot(a, b):
    """The same of functions that are a product of two vectors."""
    return {np.ndim(a), np.ndim(b)} != {1} or unlike_matmul(a, b)


LATEST = {}  # by name: a matrix, as bytes, and how it has been decomposed
KEPT = 300_000  # entries, up to which it is remembered


def decomposed(name, x, how=(), part=None):
    """``np.linalg.eigh`` and its like of a matrix; one of its results where several are asked for.

    >>> decomposed("eigh", np.eye(2), (), 0)
    array([1., 1.])
    """
    f = getattr(np.linalg, name)
    if type(x) is not np.ndarray or x.size > KEPT:
        y = f(x, *how)
    else:
        key = x.tobytes(), x.shape, x.dtype, how
        was, y = LATEST.get(name, (None, None))
        if was != key:
            LATEST[name] = key, (y := f(x, *how))
    return tuple(map(np.copy, y)) if part is None else np.copy(y[part])


def vectors_and_values(x):
    """``np.linalg.svd``, but nan where an entry is inf or nan: LAPACK may search forever."""
    if type(x) is np.ndarray and np.isfinite(x).all():
        return decomposed("svd", x, (False,))
    finite = np.all(np.isfinite(x), (-2, -1))[..., None, None]
    u, s, vt = np.linalg.svd(np.where(finite, x, 0), full_matrices=False)
    return np.where(finite, u, np.nan), np.where(finite[..., 0], s, np.nan), vt


def inverse_of_lower(y):
    """``np.linalg.inv`` of a lower triangular matrix: by halves a large one takes half the time.

    >>> inverse_of_lower(np.array([[2.0, 0.0], [1.0, 1.0]]))
    array([[ 0.5,  0. ],
           [-0.5,  1. ]])
    """
    if not (type(y) is np.ndarray and y.ndim == 2 and len(y) > FEW):
        return np.linalg.inv(y)
    z, k = np.zeros_like(y), len(y) // 2
    z[:k, :k], z[k:, k:] = map(inverse_of_lower, (y[:k, :k], y[k:, k:]))
    z[k:, :k] = -(z[k:, k:] @ y[k:, :k]) @ z[:k, :k]
    return z


def minors(x):
    """For each entry, what its row and column leave of a matrix, and its sign in the first row.

    >>> np.linalg.det(minors(np.array([[1.0, 2.0], [3.0, 4.0]])))
    array([[ 4., -3.],
           [-2.,  1.]])
    """
    n = np.shape(x)[-1]
    k, entries = np.arange(n - 1), np.add.outer(range(n), range(n))[..., None, None]
    others = k + (k >= np.arange(n)[:, None])
    signs = (-1.0) ** (entries * (k == 0)[:, None])
    return x[..., others[:, None, :, None], others[None, :, None, :]] * signs


def multi_dot(arrays):
    """``np.linalg.multi_dot``; NoRuleError where its value hangs on the order of the products."""
    kinds = [np.result_type(a) for a in arrays]
    if len(arrays) > 2 and sum(kind.kind != "f" and kind.itemsize < 8 for kind in kinds) > 1:
        raise NoRuleError(
            "np.linalg.multi_dot multiplies truth values and small integers in an order that NumPy"
            " chooses, and its value depends on it: give it floats, as in 1.0 * a."
        )
    return functools.reduce(np.matmul, arrays)


def inner(a, b):
    if 0 in (np.ndim(a), np.ndim(b)):
        return a * b
    return np.matmul(a, b.T) if np.ndim(b) <= 2 else np.tensordot(a, b, (-1, -1))


def cov(m, y=None, rowvar=True, bias=False, ddof=None):
    x = np.atleast_2d(m) if rowvar or np.ndim(m) == 1 else np.atleast_2d(m).T
    if y is not None:
        y = np.atleast_2d(y)
        x = np.concatenate([x, y if rowvar or np.shape(y)[0] == 1 else y.T])
    away, lost = x - np.mean(x, 1, keepdims=True), (bias == 0) if ddof is None else ddof
    return np.squeeze(away @ away.T * np.true_divide(1, np.shape(x)[1] - lost))


def polyval(p, x):
    y = np.zeros(np.shape(x), np.result_type(x, np.int_))
    for coefficient in p:
        y = y * x + coefficient
    return y
