"""Differentiation engines, each one small enough to read aloud.

>>> import numpy as np, elves
>>> elves.grad(lambda x: np.sin(x) * x**2)(0.0)
0.0
"""

import importlib

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
from elves.errors import ElfError
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

ROOMS = ("digits", "frameworks", "race", "show", "testing", "widgets", "workloads")  # on demand


def __getattr__(name):
    if name in ROOMS:
        return importlib.import_module(f"elves.{name}")
    raise AttributeError(f"module 'elves' has no attribute {name!r}")


__all__ = [
    "ENGINES", "ElfError", "batching", "checkpoint", "forward", "grad", "hessian", "hook", "hvp",
    "jacfwd", "jacobian", "jacrev", "jit", "jvp", "numerical", "reverse", "rules", "source",
    "sparse_hessian", "sparse_jacobian", "static_graph", "stop_gradient", "symbolic", "tracing",
    "value_and_grad", "vjp", "vmap",
]  # fmt: skip
