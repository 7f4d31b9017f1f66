"""The only place where calculus stands: one table, keyed by NumPy's own functions.

Three kinds of row say all that the engines know (a fourth, `Derived`, knows no calculus at all):

- ``Elementwise(np.sin, lambda y, x: np.cos(x))``: one local partial per argument, in plain NumPy;
  `y` is the output, and a partial that is a number is written as a number.
- ``Linear(np.sum, transpose)``: the JVP is the function itself, the VJP is its transpose.
  ``Multilinear`` is the same for a product such as ``A @ x``, linear in each argument.
- ``Custom(np.max, jvp, vjp)``: the rare function that is neither; a VJP that is left out is the
  transpose of the JVP. ``Moves(np.roll)`` only takes entries to other places.

The rows stand by topic: `elementwise`, `arrays`, `reductions`, `products`, `linalg`, `numerics`;
and `special`, which is read when one of SciPy's functions first meets an engine.

To teach all the engines a function of your own, mark it as a `primitive` and add one row:

>>> from elves import forward, reverse, rules
>>> softplus = rules.primitive(lambda x: np.log1p(np.exp(x)))
>>> row = rules.Elementwise(softplus, lambda y, x: 1 - np.exp(-y))
>>> forward.grad(softplus)(0.0), reverse.grad(softplus)(0.0)
(0.5, 0.5)

Where nan lies in wait, what the rows do, and what you can do:

- ``np.where(x > 0, np.sqrt(x), 0.0)`` at 0, and ``np.where(x > 0, 1 / x, 0.0)``: both branches run,
  and in reverse the one that is not taken has the slope 0 · inf = nan. Guard inside too:
  ``np.sqrt(np.where(x > 0, x, 1.0))``.
- norms and ``np.std`` at 0: slope 0. ``np.sqrt`` and ``x**0.5`` at 0: slope inf, which is true.
- ``x**0`` and ``0**x`` at 0: slope 0. ``np.prod`` and ``np.cumprod`` with zeros are exact.
- ``np.log(np.sum(np.exp(x)))`` overflows: use `logsumexp`, `softmax`, `log_softmax` from here (or
  ``np.logaddexp``), since SciPy's functions of that name do not accept an engine's values.
- ``np.sinc`` at 0 is exact to all orders; ``scipy.special.xlogy`` at 0, 0 has the slopes 0 and 0.
- `eigh`, `eig` and `svd`: vectors of equal eigenvalues or singular values have no slope: nan. So
  it is with `eig` without a basis of eigenvectors, and `qr` and `lstsq` of a lower rank; and with
  second derivatives of the values, where of ``np.linalg.norm(A, 2)`` only the largest must be
  alone. `eigvals` are those of `eig` (in the order of its vectors), and complex ones end in a
  sentence.
- ``np.linalg.det`` of a singular matrix has its true slope, the adjugate; see `linalg.cofactors`.
- ``np.piecewise`` calls each function with 1 where it is not meant, so none of these slopes count.
- outside the domain NumPy's nan and inf pass through, with NumPy's warnings.
- 0 times inf: an input that does not vary in a direction adds nothing there, so ``x**y`` at (-2, 3)
  has the slope 12 by x, though the one by y is nan (in forward mode and in all Jacobians). A zero
  that comes of numbers stays one: ``np.sqrt(x)**2`` at 0 is nan. All are so in ``source.jvp``, in a
  direction that is an argument of `jit`, and in `source` and `jit` where an ``if`` leaves out what
  was computed before it: compute it inside of its branch.

The value that comes with a gradient is NumPy's own, bit for bit, in every engine that runs the
user's own calls. It is not where

- a Python float is an argument to differentiate: it counts as ``np.float64``, so float32 widens;
- `reverse.vjp`, a `Variable` and a fed placeholder copy their array: sums over a view with gaps may
  round in another order;
- ``np.einsum`` has three or more arrays, and is large: they are multiplied two by two;
- a graph has a function with several results (`svd`, ``np.gradient`` over axes);
- a formula is simplified, `vmap` batches, or `jit` rewrites: sums and products in another order, a
  square of a norm without its root. That is a few units in the last place of the largest term,
  unless what it adds up overflows; numbers below 1e-300 may lose digits on the way.

Source: Griewank & Walther, Evaluating Derivatives (2008), table 2.3 and section 3.2, for the
elemental functions; Giles, "Collected matrix derivative results" (2008), for products.
"""

import numpy as np

from elves import core
from elves.core import Constant, Custom, Derived, Elementwise, Linear, Moves, Multilinear, primitive
from elves.rules import arrays, elementwise, linalg, numerics, products, reductions
from elves.rules.arrays import join, pick, scatter
from elves.rules.elementwise import stop_gradient
from elves.rules.numerics import log_softmax, logsumexp, softmax

# The complex step needs a complex derivative, which these do not have.
core.NOT_ANALYTIC |= {
    np.maximum, np.minimum, np.max, np.min, arrays.cast, np.linalg.cholesky, linalg.singular_values,
    np.linalg.pinv, linalg.factor, linalg.log_abs_det, linalg.left_vectors, linalg.right_vectors,
}  # fmt: skip


def rows_of_scipy():
    from elves.rules import special  # noqa: F401  (they load only where SciPy is in use)


core.ON_DEMAND["scipy.special"] = rows_of_scipy

__all__ = [
    "Constant", "Custom", "Derived", "Elementwise", "Linear", "Moves", "Multilinear",
    "arrays", "elementwise", "join", "linalg", "log_softmax", "logsumexp", "numerics",
    "pick", "primitive", "products", "reductions", "scatter", "softmax", "stop_gradient",
]  # fmt: skip
