"""Residuals: what a loop computes and a later one computes again is kept in between.

The tangent of a scan, and so its way back, begins with the body of the scan itself. Machine code
does that as fast as it would read from memory; NumPy's calls cost more than a place in a list.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 12, on storing and recomputing.
"""

import math

import numpy as np

from elves.tracing.ir import IR, Equation, Var, identity, reading, reads, variables
from elves.tracing.liveness import dead_code

MOST = 2**26  # bytes that a loop keeps; one that would keep more computes again
LIGHT = {np.add, np.subtract, np.multiply, np.true_divide, np.negative}  # on numbers


def keep_residuals(ir, double):
    """The same program, in which no scan computes again what an earlier one has computed.

    Numbers are kept only in a program in which all floats are `double`.
    """
    if not ir.has("scan"):
        return ir
    found = [Equation(e.rule, e.args, inner(e, double), e.out) for e in ir.equations]
    scans = [i for i, e in enumerate(found) if e.rule.name == "scan"]
    for k in scans:
        for i in (i for i in scans if i < k):
            if found[i].kwargs["length"] and found[i].kwargs["length"] == found[k].kwargs["length"]:
                found[i], found[k] = pair(found[i], found[k], double)
    return dead_code(ir.but(found, ir.outputs)) if scans[1:] else ir.but(found, ir.outputs)


def inner(e, double):
    bodies = {k: keep_residuals(b, double) for k, b in e.kwargs.items() if type(b) is IR}
    return e.kwargs | bodies if bodies else e.kwargs


def pair(one, two, double):
    """Two scans, of which the second reads what the first one has computed."""
    known = met(one, two)
    if not known:
        return one, two
    body, again = one.kwargs["body"], two.kwargs["body"]
    made = {e.key(): e.out for e in body.equations if type(e.out) is Var}
    same, by = {}, {}  # what each Var of the second is in the first one, and what makes it
    read = reading(known)
    for e in again.equations:
        if known.keys() >= {*reads(e)} and type(e.out) is Var:
            v = made.get(e.of(read).key())
            if v is not None:
                known[e.out] = same[e.out] = v
                by[e.out] = e
    rest = [e for e in again.equations if e.out not in same]
    wanted = variables([[(e.args, e.kwargs) for e in rest], again.outputs])
    kept, light = {}, set()
    while wanted:
        v = wanted.pop()
        if v not in same or v in kept or v in light:
            continue
        if v.shape or (double and by[v].rule.function not in LIGHT):
            kept[v] = same[v]
        else:
            light.add(v)
            wanted += variables((by[v].args, by[v].kwargs))
    length, sizes = one.kwargs["length"], [math.prod(v.shape) * v.dtype.itemsize for v in kept]
    if length * sum(sizes) > MOST:
        return one, two
    again = again.but([e for e in again.equations if e.out not in kept], again.outputs)
    stacks = [Var((length, *v.shape), v.dtype) for v in kept]
    return stacking(one, [*kept.values()], stacks), over_stacks(two, again, [*kept], stacks)


def met(one, two):
    """What the inputs of the second body are in the first one, where they are the same."""
    (body, n, m), (again, i, j) = (
        [e.kwargs[k] for k in ("body", "carries", "sequences")] for e in (one, two)
    )
    stacks = dict(zip(one.outs[n:], body.outputs[n:], strict=True))
    stacks |= zip(map(identity, one.args[n : n + m]), body.inputs[n:], strict=False)
    read = zip(again.inputs[i:], map(identity, two.args[i : i + j]), strict=False)
    known = {v: stacks[a] for v, a in read if a in stacks}
    if known:
        fixed = dict(zip(map(identity, one.args[n + m :]), body.inputs[n + m :], strict=True))
        both = zip(again.inputs[i + j :], map(identity, two.args[i + j :]), strict=True)
        known |= {v: fixed[a] for v, a in both if a in fixed}
    return known


def stacking(e, values, stacks):
    """A scan that stacks these values of its body, too."""
    body = e.kwargs["body"]
    outputs = [*body.outputs, *values]
    body = IR.body(body.inputs, body.equations, outputs)
    return Equation(e.rule, e.args, e.kwargs | {"body": body}, (*e.outs, *stacks))


def over_stacks(e, body, inputs, stacks):
    """A scan with this body, which goes over these stacks, too."""
    m = e.kwargs["sequences"]
    n = e.kwargs["carries"] + m
    args = *e.args[:n], *stacks, *e.args[n:]
    inputs = [*body.inputs[:n], *inputs, *body.inputs[n:]]
    body = IR.body(inputs, body.equations, body.outputs)
    options = {"body": body, "sequences": m + len(stacks)}
    return Equation(e.rule, args, e.kwargs | options, e.out)
