"""Differentiation engines, each one small enough to read aloud.

>>> import numpy as np, elves
>>> elves.grad(lambda x: np.sin(x) * x**2)(0.0)
0.0
"""

import functools
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
from elves.custom import custom_vjp
from elves.errors import ElfError, shorten
from elves.forward import jacfwd, jvp, jvps
from elves.implicit import custom_fixed_point, custom_root
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
    "custom_gradient": "elves.custom_vjp(lambda g, y, x: g)(f)",
}  # fmt: skip

# what only some engines have, and how one of those is asked
FAMILY = {
    "jvp": "elves.forward.jvp(f, (x,), (v,))", "jvps": "elves.forward.jvps(f, (x,), (vs,))",
    "taylor": "elves.forward.taylor(f, (x,), (v,), 3)", "jacfwd": "elves.forward.jacfwd(f)(x)",
    "vjp": "elves.reverse.vjp(f, x)", "jacrev": "elves.reverse.jacrev(f)(x)",
    "jacobian": "elves.reverse.jacobian(f)(x)", "hessian": "elves.reverse.hessian(f)(x)",
    "hvp": "elves.reverse.hvp(f, (x,), (v,))", "linearize": "elves.tracing.linearize(f, x)",
    "make_ir": "elves.tracing.make_ir(f, x)", "jit": "elves.tracing.jit(f)(x)",
    "vmap": "elves.tracing.vmap(f)(xs)",
    "sparse_jacobian": "elves.tracing.sparse_jacobian(f)(xs)",
    "sparse_hessian": "elves.tracing.sparse_hessian(f)(xs)",
}  # fmt: skip


def without(module, name):
    way = HABITS.get(name) or FAMILY.get(name)
    hint = f": write {way}" if way else ""
    raise AttributeError(f"module {module!r} has no attribute {name!r}{hint}")


def __getattr__(name):
    return importlib.import_module(f"elves.{name}") if name in ROOMS else without("elves", name)


for _name in ENGINES:
    globals()[_name].__getattr__ = functools.partial(without, f"elves.{_name}")

__all__ = [
    "ENGINES", "ElfError", "batching", "checkpoint", "custom_fixed_point", "custom_root",
    "custom_vjp", "forward", "grad", "hessian", "hook", "hvp", "jacfwd", "jacobian", "jacrev",
    "jit", "jvp", "jvps", "numerical", "reverse", "rules", "source", "sparse_hessian",
    "sparse_jacobian", "static_graph", "stop_gradient", "symbolic", "tracing", "value_and_grad",
    "vjp", "vmap",
]  # fmt: skip

shorten()
if sys.platform == "emscripten":  # in a browser
    from elves import late, shallow

    late.install()
    shallow.install()
