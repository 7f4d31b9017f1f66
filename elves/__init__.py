"""Differentiation engines, each one small enough to read aloud.

>>> import numpy as np, elves
>>> elves.grad(lambda x: np.sin(x) * x**2)(0.0)
0.0
"""

import importlib
import sys

from elves import (
    batching,
    forward,
    numerical,
    reverse,
    rules,
    source,
    static_graph,
    symbolic,
    tracing,
)
from elves.batching import vmap
from elves.checkpointing import checkpoint, hook
from elves.errors import ElfError, shorten
from elves.forward import jacfwd, jvp
from elves.reverse import (
    grad,
    hessian,
    hvp,
    jacobian,
    jacrev,
    value_and_grad,
    vjp,
)
from elves.rules.elementwise import stop_gradient
from elves.tracing import jit, sparse_hessian, sparse_jacobian

__version__ = "0.1.0"

ENGINES = (
    "numerical", "symbolic", "forward", "reverse", "static_graph", "source", "tracing",
)  # fmt: skip

ROOMS = (  # on demand
    "course", "digits", "frameworks", "race", "show", "testing", "widgets", "workloads",
)  # fmt: skip


# what others call it, and how it is written here
HABITS = dict.fromkeys(
    ("gradient", "gradients", "derivative", "differentiate", "derive", "diff"), "elves.grad(f)(x)"
) | dict.fromkeys(
    ("backward", "tensor", "Tensor", "Variable"),
    "x = elves.reverse.Variable(1.3); y = x * x; y.backward(); x.grad",
) | {
    "value_and_gradient": "elves.value_and_grad(f)(x)", "jac": "elves.jacobian(f)(x)",
    "hess": "elves.hessian(f)(x)", "vectorize": "elves.vmap(f)(xs)", "compile": "elves.jit(f)",
    "detach": "elves.stop_gradient(x)", "Dual": "elves.forward.Dual(1.3, 1.0)",
}  # fmt: skip


def __getattr__(name):
    if name in ROOMS:
        return importlib.import_module(f"elves.{name}")
    hint = f": write {HABITS[name]}" if name in HABITS else ""
    raise AttributeError(f"module 'elves' has no attribute {name!r}{hint}")


__all__ = [
    "ENGINES", "ElfError", "batching", "checkpoint", "forward", "grad", "hessian", "hook", "hvp",
    "jacfwd", "jacobian", "jacrev", "jit", "jvp", "numerical", "reverse", "rules", "source",
    "sparse_hessian", "sparse_jacobian", "static_graph", "stop_gradient", "symbolic", "tracing",
    "value_and_grad", "vjp", "vmap",
]  # fmt: skip

shorten()
if sys.platform == "emscripten":  # in a browser
    from elves import late

    late.install()
