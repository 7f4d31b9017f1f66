"""Branches that stay in the program: cond, with bodies that are IRs.

The tangent of a branch is a branch of both bodies' tangents, and its transpose is one of their
transposes. So the rule below is written with `cond` itself.

Source: `jax.lax` (JAX documentation), for the operation and its arguments.
"""

import numpy as np

from elves import batching, core, trees
from elves.batching import is_of
from elves.errors import InputError
from elves.tracing.bodies import (
    Control,
    batched,
    branch,
    changing,
    checked,
    close,
    cotangent,
    guarded,
    like,
    moved,
    types_of,
)
from elves.tracing.ir import Var, identity, zeros
from elves.tracing.tracers import BACK, Tracer, trace
from elves.zeros import kept


class Cond(Control):
    """Operands: the condition, then those of both branches."""

    def eager(self, *operands, true, false):
        pred = operands[0]
        if not isinstance(pred, core.Value):
            return (true if pred else false)(operands)
        pairs = zip(true(guarded(pred, operands)), false(guarded(pred == 0, operands)), strict=True)
        return [np.where(pred, a, b) for a, b in pairs]

    def infer(self, *operands, true, false):
        pairs = zip(types_of(true), types_of(false), strict=True)
        kind = lambda a, b: a if a == b else np.result_type(a, b)  # noqa: E731
        return tuple(Var(a.shape, kind(a.dtype, b.dtype)) for a, b in pairs)

    def dual(self, primals, tangents, **bodies):
        def dots(primals, tangents):
            branches = (lambda b=b: moved(b, primals, tangents)[1] for b in bodies.values())
            return cond(primals[0], *branches)

        return self.bind(*primals, **bodies), once(dots, bodies, primals, tangents)

    def transpose(self, cotangents, operands, **bodies):
        known = {i: a for i, a in enumerate(operands) if type(a) is not Var}
        there = {i for i, g in enumerate(cotangents) if g is not None}
        wanted = set().union(*(changing(b, there) for b in bodies.values())) - known.keys()

        def paid(known, cotangents):
            found = (lambda b=b: cotangent(b, known, cotangents, wanted) for b in bodies.values())
            return cond(known[0], *found)

        return once(paid, bodies, known, cotangents)

    def batch(self, level, n, operands, **bodies):
        if is_of(operands[0], level):  # each member decides for itself
            return self.compiled(**bodies)(*operands)
        (true, full), (false, _) = (batched(b.run, level, n, operands) for b in bodies.values())
        return [batching.Batch(a, level) for a in cond(full[0], true, false, *full)]


COND = Cond("cond")


def once(f, bodies, *args):
    """``f(*args)``, which for the same bodies and kinds of arguments is traced once.

    From then on what it wrote down is run.
    """
    known, values = bodies["true"].known, trees.leaves(args)
    traced = {a.place: a for a in values if type(a) is Tracer}
    if known is None or any(isinstance(a, core.Value) and type(a) is not Tracer for a in values):
        return f(*args)
    at = {v: (i, v.shape, v.dtype, v.weak) for i, v in enumerate(traced)}
    kinds = [at[a.place] if type(a) is Tracer else identity(a) for a in values]
    tree = identity(trees.rebuild(args, [None] * len(values)))
    key = f.__name__, tree, *kinds, id(bodies["false"]), BACK.get(), kept()
    if key not in known:
        fill = lambda new: (new[at[a.place][0]] if type(a) is Tracer else a for a in values)  # noqa: E731
        ir = trace(lambda *new: f(*trees.rebuild(args, fill(new))), *map(zeros, traced))
        for e in ir.equations:
            if e.rule is COND:
                e.kwargs["true"].known = {}
        known[key] = ir, bodies["false"]  # whose id stays its own
    ir = known[key][0]
    return trees.rebuild(ir.out_tree, ir.run(traced.values()))


def cond(pred, true_fun, false_fun, *operands):
    """``true_fun(*operands)`` if pred, else ``false_fun(*operands)``, decided while it runs.

    Both functions must give results of the same structure and shapes; where the condition is
    traced, InputError is raised otherwise.
    Only the chosen one runs, also in a derivative: all that a function computes here, from the
    operands or from any other values that it reaches, stays in its branch. Where `vmap` gives each
    member a condition of its own, and in engines outside `tracing` except `forward`, both run,
    np.where chooses, and the derivative is that of the chosen one all the same.

    >>> from elves.tracing import grad, jit
    >>> f = jit(grad(lambda x: cond(x > 0, lambda x: x**2, lambda x: -x, x)))
    >>> f(3.0), f(-3.0)
    (6.0, -1.0)
    """
    true_fun, false_fun = checked("cond", true_fun, false_fun)
    if trees.kind(pred) not in "fbiu" or np.shape(pred):
        raise InputError(
            f"cond needs one condition, True or False, but got {pred!r:.40}: use np.where, or vmap."
        )
    if not isinstance(pred, core.Value):
        y = (true_fun if pred else false_fun)(*operands)
        return trees.rebuild(y, map(trees.fresh, trees.leaves(y)))
    true, false = (branch(f, pred, operands) for f in (true_fun, false_fun))
    tree, other = like(true), like(false)
    made = dict(zip(map(id, trees.leaves(other)), false.outputs, strict=True))
    in_order = trees.match("results of both branches of cond", other, tree)
    false.outputs = [made[id(a)] for a in in_order]
    if any((a is None) != (b is None) for a, b in zip(true.outputs, false.outputs, strict=True)):
        raise InputError("Both branches of cond must give numbers in the same places.")
    outer = close(true, false)
    found = COND.bind(pred, *trees.leaves(operands), *outer, true=true, false=false)
    return trees.rebuild(tree, found)
