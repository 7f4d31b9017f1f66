"""A checker of programs: what each IR must be, before and after each pass.

Source: "Autodidax: JAX core from scratch" (JAX documentation, 2021), `typecheck_jaxpr`.
"""

from elves.errors import GraphError
from elves.tracing.ir import IR, Var, variables
from elves.tracing.tracers import infer


def check(ir):
    """Raise GraphError unless each Var gets its value once, before it is read, and of its type.

    The bodies of loops and branches are checked too, and that they fit their operands.

    >>> import numpy as np
    >>> from elves.tracing import make_ir
    >>> check(make_ir(lambda x: x * np.exp(x), 1.0))
    """
    known = set()
    define(known, ir.inputs)
    for e in ir.equations:
        read(known, e.args, e.kwargs)
        for body in (b for b in e.kwargs.values() if isinstance(b, IR)):
            check(body)
            if e.rule.name != "ragged" and len(body.inputs) != len(e.args):
                raise GraphError(f"A body of {e.rule.name} does not take its operands.")
        if e.rule.name not in OWN_TYPES:
            made = infer(e.rule, e.args, e.kwargs)
            made = made if type(made) is tuple else (made,)
            if [kind(v) for v in made] != [kind(v) for v in e.outs]:
                raise GraphError(f"{e.rule.name} gives {made}, not {e.outs}.")
        define(known, e.outs)
    read(known, ir.outputs)


OWN_TYPES = {"fused", "add_at", "ragged"}  # which only passes make


def kind(v):
    return v.shape, v.dtype


def define(known, new):
    for v in new:
        if type(v) is not Var or v in known:
            raise GraphError(f"{v} gets its value twice, or is no Var.")
        known.add(v)


def read(known, *trees):
    if missing := {*variables(trees)} - known:
        raise GraphError(f"{missing} is read before it has a value.")
