"""Rows of products, linear in each factor."""

import functools

import numpy as np

from elves import contracting, joining
from elves.core import Derived, Multilinear, ndim_of, primitive, shape_of, unbroadcast, values_in
from elves.core.quick import expand_dims, matmul, matvec, moveaxis, summed, swapaxes


def turned(x):
    """The transpose of each matrix in a stack of them."""
    return x.T if ndim_of(x) == 2 else swapaxes(x, -1, -2)


def matmul_left(g, y, a, b):
    if ndim_of(b) == 1:
        grad = expand_dims(g, -1) * b
    elif ndim_of(a) == 1:
        grad = matvec(b, g)
    else:
        grad = matmul(g, turned(b))
    return grad if ndim_of(a) == ndim_of(b) == 1 else unbroadcast(grad, shape_of(a))


def matmul_right(g, y, a, b):
    if ndim_of(a) == 1:
        grad = expand_dims(a, -1) * expand_dims(g, -2) if ndim_of(b) > 1 else a * g
    elif ndim_of(b) == 1:
        grad = matvec(turned(a), g)
    elif (grad := summed(a, g, b)) is None:
        grad = np.matmul(turned(a), g)
    return grad if ndim_of(a) == ndim_of(b) == 1 else unbroadcast(grad, shape_of(b))


Multilinear(np.matmul, matmul_left, matmul_right).new = True


# ------------------------------------------------------------ all the others, by Einstein's sum
@primitive
def contract(*arrays, subscripts, fast=False):
    """``np.einsum`` with each array as an argument of its own, and the output spelt out.

    If `fast`, sums may be added up in another order; large ones of three arrays always are.
    """
    return (contracting.contracted if fast or len(arrays) > 2 else np.einsum)(subscripts, *arrays)


def contract_transposed(g, y, *arrays, i, subscripts, fast=False):
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
    f = contract if values_in(factors) else functools.partial(contract, fast=True)
    return f(*factors, subscripts=f"{','.join(names)}->{target}")


Multilinear(contract, contract_transposed).quick = {"fast": True}


def einsum(*operands, optimize=False):
    arrays, subscripts = contracting.spelt(*operands)
    return contract(*arrays, subscripts=subscripts)


def dot(a, b):
    if ndim_of(a) == 0 or ndim_of(b) == 0:
        return a * b
    return np.matmul(a, b) if ndim_of(b) <= 2 else np.tensordot(a, b, (-1, -2))


def flat(x):
    return x if getattr(x, "ndim", 0) == 1 else np.ravel(x)


def vecdot(a, b, axis=-1):
    y = np.sum(moveaxis(a, axis, -1) * moveaxis(b, axis, -1), -1)
    return y if y.dtype.kind == "f" else np.astype(y, np.result_type(a, b))  # which a sum widens


Derived(np.einsum, einsum, lambda *operands, optimize=False: optimize is not False)
Derived(np.tensordot, contracting.tensordot)
Derived(np.dot, dot, contracting.unlike_matmul).usually = np.matmul
Derived(np.inner, contracting.inner, contracting.unlike_dot)
Derived(np.outer, lambda a, b: np.expand_dims(flat(a), 1) * flat(b))
Derived(np.vdot, lambda a, b: np.matmul(flat(a), flat(b)), contracting.unlike_dot)
Derived(np.kron, contracting.kron)
Derived(np.cross, joining.cross)
Derived(np.linalg.cross, lambda a, b, axis=-1: np.cross(a, b, axis=axis))
Derived(np.vecdot, vecdot, own=True)
Derived(np.matvec, lambda a, x: np.matmul(a, np.expand_dims(x, -1))[..., 0], own=True)
Derived(np.vecmat, lambda x, a: np.matmul(np.expand_dims(x, -2), a)[..., 0, :], own=True)
Derived(np.linalg.vecdot, vecdot, own=True)
Derived(np.linalg.multi_dot, contracting.multi_dot, own=True)
for same in (np.linalg.matmul, np.linalg.outer, np.linalg.tensordot, np.linalg.matrix_transpose):
    Derived(same, getattr(np, same.__name__))
