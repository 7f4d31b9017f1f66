"""Rows of products, linear in each factor."""

import functools
import math
import string

import numpy as np

from elves.contracting import contracted
from elves.core import Derived, Multilinear, ndim_of, primitive, shape_of, unbroadcast, values_in
from elves.core.quick import expand_dims, matvec, moveaxis, swapaxes
from elves.errors import NoRuleError


def turned(x):
    """The transpose of each matrix in a stack of them."""
    return x.T if ndim_of(x) == 2 else swapaxes(x, -1, -2)


def matmul_left(g, y, a, b):
    if ndim_of(b) == 1:
        grad = expand_dims(g, -1) * b
    elif ndim_of(a) == 1:
        grad = matvec(b, g)
    else:
        grad = np.matmul(g, turned(b))
    return unbroadcast(grad, shape_of(a))


def matmul_right(g, y, a, b):
    if ndim_of(a) == 1:
        grad = expand_dims(a, -1) * expand_dims(g, -2) if ndim_of(b) > 1 else a * g
    elif ndim_of(b) == 1:
        grad = matvec(turned(a), g)
    else:
        grad = np.matmul(turned(a), g)
    return unbroadcast(grad, shape_of(b))


Multilinear(np.matmul, matmul_left, matmul_right).new = True


# ------------------------------------------------------------ all the others, by Einstein's sum
@primitive
def contract(*arrays, subscripts):
    """``np.einsum`` with each array as an argument of its own, and the output spelt out."""
    return np.einsum(subscripts, *arrays)


def contract_transposed(g, y, *arrays, i, subscripts):
    """The same sum with the cotangent in the place of the i-th array."""
    terms, result = subscripts.split("->")
    terms = terms.split(",")
    target, shape = terms[i], shape_of(arrays[i])
    names = [result, *terms[:i], *terms[i + 1 :]]
    factors = [g, *arrays[:i], *arrays[i + 1 :]]
    alone = [k for k, name in enumerate(target) if name not in "".join(names)]
    if alone:  # summed over in this array only: every entry along these axes gets the same
        names.append("".join(target[k] for k in alone))
        factors.append(np.ones([shape[k] for k in alone]))
    f = np.einsum if values_in(factors) else contracted
    return f(f"{','.join(names)}->{target}", *factors)


Multilinear(contract, contract_transposed)


def einsum(subscripts, *operands, optimize=False):
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
    pairs = zip(terms, arrays, strict=True)
    fitting = [np.broadcast_to(x, [sizes[c] for c in t]) for t, x in pairs]
    axes = "".join(c for c in spare if c in sizes)
    return contract(*fitting, subscripts=f"{','.join(terms)}->{result.replace('...', axes)}")


def tensordot(a, b, axes=2):
    left, right = axes if np.ndim(axes) else (range(-axes, 0), range(axes))
    left = np.mod(np.atleast_1d(left), np.ndim(a)).tolist()
    right = np.mod(np.atleast_1d(right), np.ndim(b)).tolist()
    sides = (a, left), (b, right)
    first, second = ([k for k in range(np.ndim(x)) if k not in t] for x, t in sides)
    shape = [np.shape(a)[k] for k in first] + [np.shape(b)[k] for k in second]
    rows, columns = math.prod(shape[: len(first)]), math.prod(shape[len(first) :])
    summed = math.prod(np.shape(a)[k] for k in left)
    a = np.reshape(np.transpose(a, [*first, *left]), (rows, summed))
    return np.reshape(a @ np.reshape(np.transpose(b, [*right, *second]), (summed, columns)), shape)


def dot(a, b):
    if ndim_of(a) == 0 or ndim_of(b) == 0:
        return a * b
    return np.matmul(a, b) if ndim_of(b) <= 2 else np.tensordot(a, b, (-1, -2))


def unlike_matmul(*factors):
    """Whether ``np.dot`` adds these up in another order: views with gaps, or stacks of matrices."""
    for x in factors:
        if ndim_of(x) not in (1, 2) or (isinstance(x, np.ndarray) and not x.flags.forc):
            return True
    return False


def inner(a, b):
    return a * b if np.ndim(a) == 0 or np.ndim(b) == 0 else np.tensordot(a, b, (-1, -1))


def kron(a, b):
    ndim = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (a, b))
    sizes = [m * n for m, n in zip(np.shape(a), np.shape(b), strict=True)]
    a, b = (np.expand_dims(x, tuple(range(k, 2 * ndim, 2))) for x, k in ((a, 1), (b, 0)))
    return np.reshape(a * b, sizes)


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    sizes = np.shape(a)[-1], np.shape(b)[-1]
    if not {2, 3}.issuperset(sizes):
        raise NoRuleError("np.cross is of vectors of 2 or 3 entries: name their axis by axis=.")
    if sizes != (3, 3):
        a, b = (np.concatenate([x, np.zeros_like(x[..., :1])], -1)[..., :3] for x in (a, b))
    y = np.roll(a, -1, -1) * np.roll(b, -2, -1) - np.roll(a, -2, -1) * np.roll(b, -1, -1)
    return y[..., 2] if sizes == (2, 2) else moveaxis(y, -1, axisc)


def vecdot(a, b, axis=-1):
    return np.sum(moveaxis(a, axis, -1) * moveaxis(b, axis, -1), -1)


Derived(np.einsum, einsum, lambda *operands, optimize=False: optimize is not False)
Derived(np.tensordot, tensordot)
Derived(np.dot, dot, unlike_matmul)
Derived(np.inner, inner, own=True)
Derived(np.outer, lambda a, b: np.expand_dims(np.ravel(a), 1) * np.ravel(b))
Derived(np.vdot, lambda a, b: np.sum(np.ravel(a) * np.ravel(b)), own=True)
Derived(np.kron, kron)
Derived(np.cross, cross)
Derived(np.linalg.cross, lambda a, b, axis=-1: np.cross(a, b, axis=axis))
Derived(np.vecdot, vecdot, own=True)
Derived(np.matvec, lambda a, x: np.matmul(a, np.expand_dims(x, -1))[..., 0], own=True)
Derived(np.vecmat, lambda x, a: np.matmul(np.expand_dims(x, -2), a)[..., 0, :], own=True)
Derived(np.linalg.vecdot, vecdot, own=True)
Derived(np.linalg.multi_dot, lambda arrays: functools.reduce(np.matmul, arrays), own=True)
for same in (np.linalg.matmul, np.linalg.outer, np.linalg.tensordot, np.linalg.matrix_transpose):
    Derived(same, getattr(np, same.__name__))
