"""Forms in which people call NumPy: the value, shape, type and dtype must be NumPy's own.

Each line is run on x of shape (3, 4); v has 4 entries, s is a square matrix.
"""

import numpy as np
import pytest

from elves import forward, reverse, trees
from elves.errors import NoRuleError

RANDOM = np.random.default_rng(0)
X, V = RANDOM.uniform(0.2, 1.5, (3, 4)), RANDOM.uniform(0.2, 1.0, 4)
S = RANDOM.uniform(0.2, 1.5, (3, 3))

FORMS = [
    "np.sum(x, axis=(0,))",
    "np.sum(x, 1, None, None, True)",
    "np.mean(x, 0, None, None, True)",
    "np.var(x, 0, None, None, 1)",
    "np.std(x, 1, None, None, 1, True)",
    "np.prod(x, 0, keepdims=True)",
    "np.average(x, axis=1, weights=v)",
    "np.average(x, 0)",
    "np.average(x, weights=x)",
    "np.trapezoid(x, dx=0.5, axis=0)",
    "np.median(x, axis=(0, 1))",
    "np.quantile(x, [0.1, 0.9], axis=0)",
    "np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0])",
    "np.interp(0.5, v.cumsum(), x[0])",
    "np.linspace(x[0], 2, 5)",
    "np.gradient(x)",
    "np.gradient(x, 0.1, 0.2)",
    "np.gradient(x, axis=(0, 1))",
    "np.block([[x, x], [x, x]])",
    "np.hstack([x, np.ones((3, 1))])",
    "np.hstack((x[0], [1, 2]))",
    "np.vstack([x, [1, 2, 3, 4]])",
    "np.column_stack([x[:, 0], x])",
    "np.insert(x, 1, 0.0, axis=1)",
    "np.insert(x, [0, 2], 5, axis=0)",
    "np.append(x, [[1, 2, 3, 4]], axis=0)",
    'np.meshgrid(x[0], x[1], indexing="ij")',
    "np.meshgrid(x[0], [1.0, 2.0], sparse=True)",
    "np.broadcast_arrays(x, x[0], 1.0)",
    "np.select([x > 1, x > 0.5], [x, x**2], 0)",
    "np.select([x > 1, x > 0.5], [x, x**2], default=x)",
    "np.nan_to_num(x)",
    "np.full_like(x, 2.0)",
    "np.full_like(x, x[0, 0])",
    'np.einsum("ij->", x)',
    'np.einsum("ij", x)',
    'np.einsum("ji", x)',
    'np.einsum("i...->...", x)',
    'np.einsum("...i,...i", x, x)',
    'np.einsum("ij,kj->ik", x, x, optimize=True)',
    'np.einsum("...", x)',
    'np.einsum("ij , j -> i", x, v)',
    "np.tensordot(x, x, axes=([0], [0]))",
    "np.tensordot(x, x, axes=((0, 1), (0, 1)))",
    "np.dot(x, v)",
    "np.kron(x, [1, 2])",
    "np.outer(x, v)",
    "np.inner(x, v)",
    "np.cross(x[:, :3], [1, 2, 3])",
    "np.trace(x, 1)",
    "np.linalg.trace(x, offset=1)",
    "np.linalg.norm(x, 2, None, True)",
    "np.linalg.norm(x, axis=(0, 1))",
    "np.linalg.norm(x, 0, 0)",
    'np.linalg.norm(x, "nuc", (1, 0))',
    "np.linalg.norm(x, np.inf, (1, 0))",
    "np.linalg.norm(x, 1, (-1, 0))",
    "np.linalg.norm(x, -2)",
    "np.linalg.norm(x[0], 3)",
    "np.linalg.norm(x[0], -1)",
    "np.linalg.vector_norm(x, ord=0)",
    'np.linalg.matrix_norm(x, ord="nuc")',
    "np.linalg.svd(x, full_matrices=False)",
    "np.linalg.svd(x, compute_uv=False)",
    "np.linalg.svd(x[:, :3])[1]",
    "np.linalg.pinv(x)",
    "np.linalg.matrix_power(x[:, :3], 0)",
    "np.linalg.matrix_power(x[:, :3], 5)",
    "np.linalg.matrix_power(x[:, :3], -3)",
    "np.linalg.multi_dot([x.T, x, v])",
    "np.linalg.cond(x)",
    "np.linalg.solve(x[:, :3], [1, 2, 3])",
    "np.linalg.solve(s, x)",
    "np.linalg.eigvalsh(x[:, :3] @ x[:, :3].T)",
    'np.linalg.eigh(x[:, :3] @ x[:, :3].T, UPLO="U")',
    "np.linalg.eigh(x @ x.T).eigenvectors",
    "np.roll(x, (1, 2), (0, 1))",
    "np.repeat(x, [1, 2, 0, 1], axis=1)",
    'np.pad(x, 1, "edge")',
    "np.pad(x, ((1, 0), (0, 2)), constant_values=3.0)",
    'np.take(x, [5, -1], mode="wrap")',
    'np.sort(x, kind="stable")',
    "np.partition(x, 2, axis=0)",
    "np.clip(x, None, 1)",
    "np.clip(x, a_min=0.5, a_max=x)",
    "np.round(x, 1)",
    "np.around(x, decimals=1)",
    "np.ptp(x, axis=0)",
    "np.where(x > 1, x, 0)",
    "np.heaviside(x - 1, 0.5)",
    "np.polyval([1.0, 2.0, 3.0], x)",
    "np.polyval(x[0], 2.0)",
    "np.polyval(x[0], x)",
    'np.convolve(x[0], [1, 2], "same")',
    'np.correlate([1.0, 2.0, 3.0, 4.0, 5.0], x[0], "same")',
    "np.unstack(x, axis=1)",
    "np.split(x, 2, axis=1)",
    "np.array_split(x, 3, 1)",
    "np.compress([1, 0, 1], x, axis=0)",
    "np.extract(x > 0.5, x)",
    "np.amax(x, axis=1)",
    "np.amin(x, 1, None, True)",
    "np.concat([x, x], axis=1)",
    "np.permute_dims(x, (1, 0))",
    "np.acos(x / 2)",
    "np.pow(x, 2)",
    'np.astype(x, "float32")',
    "x.astype(int) * x",
    "np.conj(x)",
    "np.real(x)",
    "np.imag(x)",
    "np.diagflat(x[0])",
    "np.fft.fftshift(x)",
    "np.resize(x, (2, 3))",
    "np.rot90(x, 2, (1, 0))",
    "np.cumprod(x, 1)",
    "np.cumulative_sum(x[0])",
    "np.vecdot(x, v)",
    "np.matvec(x, v)",
    "np.vecmat(v, x.T)",
    "np.linalg.vecdot(x, v)",
    "np.stack([x[0], v], axis=1)",
    "np.squeeze(x[None], (0,))",
    "np.broadcast_to(x, (2, 3, 4))",
    "np.transpose(x, (-1, 0))",
    "np.swapaxes(x, 0, -1)",
    "x.sum(-1, keepdims=True)",
    "x.mean(axis=0)",
    "np.delete(x, [0, 1], axis=1)",
    "np.tile(x, (2, 1, 2))",
    "np.triu(x, k=1)",
    "np.diag(x, k=1)",
    "np.linalg.diagonal(x, offset=1)",
    "np.moveaxis(x, 0, -1)",
    "np.prod(x, axis=())",
    "np.isclose(x, 1)",
    "np.searchsorted(x[0].cumsum(), [0.5])",
    "np.ediff1d(x)",
    "np.nanmean(x, axis=0)",
    "np.nansum(x, axis=(0, 1), keepdims=True)",
]

# Options that change what is computed, in a way that no row knows: each must say so.
REFUSED = [
    "np.sum(x, where=x > 0.5)",
    "np.sum(x, initial=2.0)",
    "np.max(x, initial=0.0)",
    "np.cumsum(x, dtype=float)",
    "np.diff(x, prepend=0.0)",
    "np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0], period=1.5)",
    "np.linspace(0, x[0], 5, axis=1)",
    "np.gradient(x, edge_order=2)",
    "np.nan_to_num(x, copy=False)",
    "np.full_like(x, 1, dtype=int)",
    "np.linalg.pinv(x, rcond=1e-3)",
    "np.cumulative_sum(x[0], include_initial=True)",
    "np.nanstd(x, where=x > 0.5)",
    'np.reshape(x, (4, -1), order="F")',
    'np.ravel(x, "F")',
]


def of(form):
    return eval(f"lambda x: {form}", {"np": np, "v": V, "s": S})


@pytest.mark.parametrize("form", FORMS)
def test_a_form_gives_what_numpy_gives(form):
    want = of(form)(X)
    for y in (reverse.vjp(of(form), X)[0], forward.jvp(of(form), (X,), (X,))[0]):
        assert type(y) is type(want) or not isinstance(want, (tuple, list))
        for a, b in zip(trees.leaves(y), trees.leaves(want), strict=True):
            assert np.shape(a) == np.shape(b) and np.result_type(a) == np.result_type(b)
            np.testing.assert_allclose(a, b, rtol=1e-6 if a.dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("form", REFUSED)
def test_an_option_without_a_rule_says_so(form):
    of(form)(X)  # NumPy itself can
    for differentiate in (reverse.vjp, lambda f, x: forward.jvp(f, (x,), (x,))):
        with pytest.raises(NoRuleError, match="np"):
            differentiate(of(form), X)
