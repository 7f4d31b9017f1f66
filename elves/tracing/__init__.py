"""Trace once, then differentiate, transpose and compile the program itself.

- `ir`: what a traced program looks like; `tracers`: how it is written down.
- `linearizing`: forward mode; `transposing`: the other half of reverse mode.
- `elves.batching`: `vmap`; `control`: `cond`, `scan`, `while_loop`, by their `bodies`; `sparse`:
  few tangents.
- `statements`: Python's own `if`, `for` and `while` become those: `blocks` rewrites the text, and
  `branches` and `turns` trace what `memory` sees them change; `rolling` and `looping` find those
  again that were unrolled, `ragged` also where arrays shrink.
- `passes`: programs made smaller, by `shifts`, `inverses`, `picking` (forward in `taking`, on the
  way back in `putting`), `algebra` with `orders` and `operands`, `einsums`, `sums`, `factors`,
  `turnwise`, `liveness`, `gathering` and, where `prices` say that it pays, `scalars`; `residuals`:
  what loops keep; `distributing`: what they need not wait for; `emit`, `buffers`, `spelling`,
  `quicker`, `structured`, `machine` and `fuse`: programs as source; `compile`: `jit`.

>>> import numpy as np
>>> f = jit(grad(lambda x: np.sum(np.sin(x) * x)))
>>> f(np.array([0.0, 1.0]))
array([0.        , 1.38177329])
>>> print(f.source)
def compiled(a):
    b = np.sin(a)
    c = np.cos(a)
    c *= a
    b += c
    return b
<BLANKLINE>

Source: Radul, Paszke, Frostig, Johnson & Maclaurin, "You only linearize once" (2022); "Autodidax:
JAX core from scratch" (JAX documentation, 2021).
"""

from elves.batching import vmap
from elves.tracing.compile import PASSES, jit, make_ir
from elves.tracing.conditions import cond
from elves.tracing.control import fori_loop, scan, while_loop
from elves.tracing.ir import IR
from elves.tracing.linearizing import jacfwd, jvp, jvps, linearize
from elves.tracing.passes import optimize
from elves.tracing.sparse import hessian, sparse_hessian, sparse_jacobian
from elves.tracing.tracers import Tracer, trace
from elves.tracing.transposing import grad, hvp, jacobian, jacrev, transpose, value_and_grad, vjp

__all__ = [
    "IR", "PASSES", "Tracer", "cond", "fori_loop", "grad", "hessian", "hvp", "jacfwd", "jacobian",
    "jacrev", "jit", "jvp", "jvps", "linearize", "make_ir", "optimize", "scan", "sparse_hessian",
    "sparse_jacobian", "trace", "transpose", "value_and_grad", "vjp", "vmap", "while_loop",
]  # fmt: skip
