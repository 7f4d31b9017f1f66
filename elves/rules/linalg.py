"""Rows of linear algebra.

`cholesky`, `eigh` and `eigvalsh` take their matrix as symmetric, whichever half they read: their
gradient is symmetric, as in JAX and PyTorch.

Source: Giles, "Collected matrix derivative results for forward and reverse mode" (2008).
"""

import numpy as np

from elves.contracting import (
    decomposed,
    inverse_of_lower,
    matrix_power,
    minors,
    vectors_and_values,
)
from elves.core import NUMBERS, Constant, Custom, Derived, Solution, primitive, quick
from elves.errors import ADVICE, NoRuleError
from elves.rules.elementwise import stop_gradient
from elves.rules.products import turned

EigResult, EighResult, QRResult, SlogdetResult, SVDResult = (
    type(getattr(np.linalg, name)(np.eye(1))) for name in ("eig", "eigh", "qr", "slogdet", "svd")
)  # as NumPy's own results, they have names for their parts


def trace_of_product(a, b):
    return np.sum(a * turned(b), axis=(-2, -1))


# ------------------------------------------------------------ inverse, solve, determinant
def inverse(x, size=None, least=0.0):
    """``np.linalg.inv``, but nan if (nearly) singular; `size` is its `log_abs_det`, if known."""
    if not least and (y := quick.inverse(x)) is not None:
        return y
    regular = np.isfinite(log_abs_det(stop_gradient(x)) if size is None else size)[..., None, None]
    x = np.where(regular, x, quick.narrow(np.eye(np.shape(x)[-1]), x))
    if least:
        s = singular_values(x)
        regular = np.logical_and(regular, (s[..., -1] >= least * s[..., 0])[..., None, None])
    return np.where(regular, np.linalg.inv(x), np.nan)


@primitive
def cofactors(x, z=None, d=None):
    """The slopes of the determinant by each entry: determinants of what its row and column leave.

    They need no inverse, so singular matrices have them too, and their own slopes to all orders;
    of matrices beyond 8 x 8, the second derivatives are nan where the matrix is singular.
    `z` is the inverse and `d` the determinant, if known.
    """
    if (z := quick.inverse(x, 1e4, z)) is not None:
        return of_matrices(np.linalg.det(x) if d is None else d) * turned(z)
    if np.shape(x)[-1] <= 8:
        return np.linalg.det(minors(x))
    u, s, vt = vectors_and_values(x)
    rest = np.stack([np.prod(np.delete(s, i, -1), -1) for i in range(np.shape(s)[-1])], -1)
    return np.linalg.det(u @ vt)[..., None, None] * (u * rest[..., None, :]) @ vt


def cofactors_jvp(t, y, x):
    if np.shape(x)[-1] <= 8:
        return np.sum(cofactors(minors(x)) * minors(t), axis=(-2, -1))
    z = inverse(x)
    return y * trace_of_product(z, t)[..., None, None] - turned(z) @ turned(t) @ y


def of_matrices(g):
    """A cotangent of one number for each matrix, beside the matrices."""
    return g if type(g) in NUMBERS else np.expand_dims(g, (-2, -1))


def det_slope(y, x):
    z = quick.inverse(x, 1e4)
    return cofactors(x) if z is None else of_matrices(y) * turned(z)


Custom(np.linalg.inv, lambda t, y, x: -y @ t @ y, lambda g, y, x: -turned(y) @ g @ turned(y))
Custom(cofactors, cofactors_jvp)


Custom(
    np.linalg.det, lambda t, y, x: np.sum(cofactors(x) * t, axis=(-2, -1)),
    lambda g, y, x: of_matrices(g) * det_slope(y, x),
)  # fmt: skip


@primitive
def log_abs_det(x):
    """The second result of ``np.linalg.slogdet``."""
    return np.linalg.slogdet(x).logabsdet


@primitive
def sign_of_det(x):
    """The first result of ``np.linalg.slogdet``."""
    return np.linalg.slogdet(x).sign


@primitive
def quotient(a, b):
    """``np.linalg.solve`` for stacks of matrices on both sides."""
    return np.linalg.solve(a, b)


def solve(a, b):  # NumPy 2 takes b as one vector only if it has one axis
    return quotient(a, np.expand_dims(b, 1))[..., 0] if np.ndim(b) == 1 else quotient(a, b)


def pinv_jvp(t, y, x):
    """Golub & Pereyra (1973), for matrices that keep their rank."""
    rows, columns, u = y @ turned(y), turned(y) @ y, turned(t)
    return rows @ (u - u @ x @ y) + (u - y @ x @ u) @ columns - y @ t @ y


def pinv_vjp(g, y, x):
    z, h = turned(y), turned(g)
    left, right = h @ y @ z, z @ y @ h
    return left - x @ (y @ left) + right - (right @ y) @ x - z @ g @ z


Custom(
    log_abs_det, lambda t, y, x: trace_of_product(inverse(x, y), t),
    lambda g, y, x: of_matrices(g) * turned(inverse(x, y)),
)  # fmt: skip
Constant(sign_of_det)
Derived(np.linalg.slogdet, lambda x: SlogdetResult(sign_of_det(x), log_abs_det(x)))
Solution(
    quotient, lambda t, y: -t @ y, lambda a, g: quotient(turned(a), g), lambda z, y: -z @ turned(y)
)
Derived(np.linalg.solve, solve)
Derived(np.linalg.matrix_power, matrix_power, own=True)
Custom(np.linalg.pinv, pinv_jvp, pinv_vjp)


# ------------------------------------------------------------ factors
def symmetric(t):
    return (t + turned(t)) / 2


def lower(x):
    return np.tril(x) * (1 - 0.5 * np.eye(np.shape(x)[-1]))


def cholesky_jvp(t, y, x):
    z = inverse_of_lower(y)
    return y @ lower(z @ symmetric(t) @ turned(z))


def cholesky_vjp(g, y, x):
    z = inverse_of_lower(y)
    return symmetric(turned(z) @ lower(turned(y) @ g) @ z)


def gaps(w):
    """1 / (w_j - w_i), and 0 on the diagonal; nan where two are equal and no slope exists."""
    apart = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    diagonal = np.eye(np.shape(w)[-1])
    equal = np.abs(apart) <= 1e-14 * np.max(np.abs(w), axis=-1)[..., None, None]
    return (1 - diagonal) / np.where(equal, np.where(diagonal, 1.0, np.nan), apart)


Custom(np.linalg.cholesky, cholesky_jvp, cholesky_vjp)


@primitive
def factor(x, name, part, how=()):
    """One of the results of ``np.linalg.eigh``, ``eig`` or, if no matrix is wide, ``qr``."""
    y = decomposed(name, x, how, part)
    if np.iscomplexobj(y):
        raise NoRuleError(ADVICE["complex eigenvalues"])
    return y


def eigh_jvp(t, w, v):
    moved = symmetric(t) @ v
    return np.sum(v * moved, axis=-2), v @ (gaps(w) * (turned(v) @ moved))


def eig_jvp(t, w, v):
    seen = inverse(v, least=1e-12) @ t @ v
    moved = v @ (gaps(w) * seen)
    along = v * np.sum(v * moved, axis=-2, keepdims=True)  # each vector keeps its length
    return np.diagonal(seen, 0, -2, -1), moved - along


def qr_jvp(t, q, r):
    moved = t @ inverse(r, least=1e-14)
    inside = turned(q) @ moved
    turn = np.tril(inside, -1) - turned(np.tril(inside, -1))
    return moved + q @ (turn - inside), (inside - turn) @ r


FACTORS = {"eigh": eigh_jvp, "eig": eig_jvp, "qr": qr_jvp}


def both(x, name, how=()):
    return factor(x, name, 0, how=how), factor(x, name, 1, how=how)


def qr(a, mode="reduced"):
    rows, columns = np.shape(a)[-2:]
    if mode not in ("reduced", "r"):
        raise NoRuleError(ADVICE["mode"])
    q, r = both(a[..., :rows], "qr")
    if columns > rows:
        r = np.concatenate([r, turned(q) @ a[..., rows:]], -1)
    return r if mode == "r" else QRResult(q, r)


def factor_jvp(t, y, x, name, part, how=()):
    return FACTORS[name](t, *both(x, name, how))[part]


def factor_vjp(g, y, x, name, part, how=()):
    if name != "eigh":
        jvp = lambda t: factor_jvp(t, y, x, name, part, how)  # noqa: E731
        return Custom.transposed(jvp, np.zeros(np.shape(x)), g)
    other = factor(x, name, 1 - part, how=how)
    w, v = (other, y) if part else (y, other)
    seen = gaps(w) * (turned(v) @ g) if part else None
    return symmetric(v @ seen @ turned(v)) if part else (v * np.expand_dims(g, -2)) @ turned(v)


Custom(factor, factor_jvp, factor_vjp)
Derived(np.linalg.eigvalsh, lambda x, UPLO="L": factor(x, "eigh", 0, how=(UPLO,)), own=True)
Derived(np.linalg.eigh, lambda x, UPLO="L": EighResult(*both(x, "eigh", (UPLO,))))
Derived(np.linalg.eig, lambda x: EigResult(*both(x, "eig")))
Derived(np.linalg.eigvals, lambda x: factor(x, "eig", 0), own=True)
Derived(np.linalg.qr, qr, own=True)


# ------------------------------------------------------------ singular values
WHOLE = (None,)  # all columns


@primitive
def singular_values(x, part=WHOLE):
    """The second result of ``np.linalg.svd``, or a part of it.

    What only reads a part has second derivatives also where others are equal.
    """
    return np.linalg.svd(x, compute_uv=False)[..., slice(*part)]


@primitive
def left_vectors(x, part=WHOLE):
    """The first result of ``np.linalg.svd``, or some columns of it: eigenvectors of x xᵀ."""
    return vectors_and_values(x)[0][..., slice(*part)]


@primitive
def right_vectors(x, part=WHOLE):
    """The third result of ``np.linalg.svd``, turned: eigenvectors of xᵀ x."""
    return turned(vectors_and_values(x)[2])[..., slice(*part)]


def left_vectors_jvp(t, y, x, part=WHOLE):
    these, s = (..., slice(*part)), singular_values(x)
    basis = y if part == WHOLE else left_vectors(x)
    moved = t @ turned(x) @ y
    inside = turned(basis) @ moved
    twice = inside + turned(basis) @ (x @ (turned(t) @ y))
    turn = basis @ (gaps(s * s)[these] * twice)
    if np.shape(basis)[-1] == np.shape(basis)[-2]:  # a whole basis: nothing moves out of it
        return turn
    s = np.where(s > 1e-14 * np.max(s, -1, keepdims=True), s, np.nan)[..., None, :][these]
    return turn + (moved - basis @ inside) / (s * s)


def svd(x, full_matrices=True, compute_uv=True, hermitian=False):
    s = singular_values(x)
    if not compute_uv:
        return s
    if full_matrices and np.shape(x)[-2] != np.shape(x)[-1]:
        raise NoRuleError(ADVICE["full_matrices"])
    return SVDResult(left_vectors(x), s, turned(right_vectors(x)))


def vectors(x, part):
    """The left and the right vectors, by one decomposition where x is known."""
    if type(x) is not np.ndarray:
        return left_vectors(x, part=part), right_vectors(x, part=part)
    u, _, vt = vectors_and_values(x)
    return u[..., slice(*part)], turned(vt)[..., slice(*part)]


def singular_values_jvp(t, y, x, part=WHOLE):
    u, v = vectors(x, part)
    return np.sum(u * (t @ v), axis=-2)


def singular_values_vjp(g, y, x, part=WHOLE):
    u, v = vectors(x, part)
    return (u * np.expand_dims(g, -2)) @ turned(v)


Custom(singular_values, singular_values_jvp, singular_values_vjp)
Custom(left_vectors, left_vectors_jvp)
Custom(right_vectors, lambda t, y, x, part=WHOLE: left_vectors_jvp(turned(t), y, turned(x), part))
Derived(np.linalg.svd, svd, own=True)
Derived(np.linalg.svdvals, lambda x: singular_values(x))


# ------------------------------------------------------------ least squares
@primitive
def of_full_rank(x):
    """x itself; with a lower rank it has no smooth pseudo-inverse, so the slope is nan."""
    return x


def of_full_rank_jvp(t, y, x):
    full = np.linalg.matrix_rank(x) == min(np.shape(x)[-2:])
    return t * np.where(full, 1.0, np.nan)[..., None, None]


def lstsq(a, b):
    """The solution is ``np.linalg.pinv(a) @ b``, NumPy's own but for rounding."""
    x = np.linalg.pinv(of_full_rank(a)) @ b
    rest = np.atleast_1d(np.sum(np.square(b - a @ x), axis=0))
    rest = rest if np.shape(a)[0] > np.shape(a)[1] else rest[:0]
    return x, rest, np.linalg.matrix_rank(a), singular_values(a)


Custom(of_full_rank, of_full_rank_jvp)
Derived(np.linalg.lstsq, lstsq, own=True)
