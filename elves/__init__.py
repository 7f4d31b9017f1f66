"""Differentiation engines, each one small enough to read aloud.

>>> import numpy as np, elves
>>> elves.grad(lambda x: np.sin(x) * x**2)(0.0)
0.0
"""

from elves import batching, forward, numerical, reverse, rules, symbolic
from elves.batching import vmap
from elves.errors import ElfError
from elves.forward import jvp
from elves.reverse import grad, hessian, hvp, jacobian, value_and_grad, vjp

__version__ = "0.1.0"

ENGINES = ("numerical", "symbolic", "forward", "reverse")

__all__ = [
    "ENGINES", "ElfError", "batching", "forward", "grad", "hessian", "hvp", "jacobian", "jvp", "numerical",
    "reverse", "rules", "symbolic", "value_and_grad", "vjp", "vmap",
]  # fmt: skip
