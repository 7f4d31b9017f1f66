"""Fusion: a chain of elementwise operations becomes one loop that reads its arrays once.

With NumPy the loop goes over blocks that fit into the cache; with numba it goes over entries, and
is compiled to machine code, as are long chains of operations on numbers.

Source: Megiddo & Sarkar, "Optimal weighted loop fusion for parallel programs" (1997); numba's
documentation.
"""

import math

import numpy as np

from elves import core
from elves.errors import MissingError
from elves.tracing.ir import IR, Equation, Var, variables

BLOCK = 16384  # entries: a handful of such blocks fits into the second cache


class Fused(core.Rule):
    """The row of an equation that is a group of equations on arrays of one shape."""

    name = "fused"

    def __init__(self):
        self.function = lambda *args, body: body.run(args)


FUSED = Fused()


def fuse(ir, least=2 * BLOCK, known=None):
    """The same program with groups of at least three equations, on arrays of `least` entries.

    `known` are the functions that machine code has; with it, numbers are fused as well.
    """
    equations, rest = [], ir.equations
    while start := next((e for e in rest if fits(e, e.out, least, known)), None):
        before, group, after, made, late = [], [], [], set(), set()
        for e in rest:
            used = set(variables((e.args, e.kwargs)))
            outs = set(e.out if type(e.out) is tuple else [e.out])
            if late.isdisjoint(used) and joins(e, start.out, least, known, made):
                group.append(e)
                made |= outs
                late |= outs if e.rule.function is np.sum else set()
            elif used & (made | late):
                after.append(e)
                late |= outs
            else:
                before.append(e)
        needed = set(variables([(e.args, e.kwargs) for e in after])) | {
            a for a in ir.outputs if type(a) is Var
        }
        worth_it = len(group) > (2 if start.out.shape else 20)
        equations += before + (together(group, made, needed) if worth_it else group)
        rest = after
    return IR(ir.inputs, equations + rest, ir.outputs, ir.in_tree, ir.out_tree)


def fits(e, out, least, known):
    """Whether an equation can be in a group with results like `out`."""
    if type(e.out) is not Var or not (out.shape or known):
        return False
    f = e.rule.function
    if type(f) is not np.ufunc or f.signature or (known and f not in known):
        return False
    large = not out.shape or math.prod(out.shape) >= least
    shapes = [a.shape for a in e.args if hasattr(a, "shape")]
    if any(type(a) is np.ndarray for a in e.args) or not e.rule.name.startswith("np."):
        return False
    doubles = all(v.dtype == float for v in [*variables(e.args), e.out])
    return large and e.out.shape == out.shape and doubles and set(shapes) <= {(), out.shape}


def joins(e, out, least, known, made):
    whole = e.rule.function is np.sum and e.args[0] in made and not e.out.shape and out.shape
    return fits(e, out, least, known) or whole


def together(group, made, needed):
    """One equation for a group."""
    inputs = list(dict.fromkeys(v for e in group for v in variables(e.args) if v not in made))
    outs = [e.out for e in group if e.out in needed]
    body = IR(inputs, group, outs, (None,) * len(inputs), [None] * len(outs))
    return [Equation(FUSED, tuple(inputs), {"body": body}, tuple(outs))]


# ------------------------------------------------------------ NumPy: a loop over blocks


def blocks(body, name, text):
    """The source of a function for a group, with one cheap pass over all its arrays."""
    names, shape = body.names(), next(e.out.shape for e in body.equations if e.out.shape)
    outs, arrays = body.outputs, [v for v in body.inputs if v.shape]
    results = [v for v in outs if v.shape]
    sums = [e for e in body.equations if e.rule.function is np.sum]
    last = {v: i for i, e in enumerate(body.equations) for v in variables(e.args)}
    free, count, loop, held = [], 0, [], dict(names)
    for i, e in enumerate(body.equations):
        args = ", ".join(held[a] if type(a) is Var else text(a) for a in e.args)
        if e in sums:
            loop.append(f"{names[e.out]}[start // {BLOCK}] = np.add.reduce({args})")
            continue
        for v in {v for v in variables(e.args) if last[v] == i and held[v].startswith("t_")}:
            free.append(held[v])
        if e.out not in results:
            if not free:
                count += 1
                free.append(f"t_{count}")
            held[e.out] = free.pop()
        loop.append(f"{e.rule.name}({args}, out={held[e.out]})")
    size, ends = math.prod(shape), f"[start : start + {BLOCK}]"
    views = [names[v] for v in (*arrays, *results)]
    buffers = "".join(f"t_{k + 1}, " for k in range(count))
    lines = [
        *(f"{names[v]} = np.empty({shape})" for v in results),
        *(f"all_{v} = {v}.ravel()" for v in views),
        *(f"{names[e.out]} = np.empty({-(-size // BLOCK)})" for e in sums),
        *([f"scratch = np.empty(({count}, {BLOCK}))"] if count else []),
        *(f"whole_{names[v]} = {names[v]}" for v in results),
        f"for start in range(0, {size}, {BLOCK}):",
        *(f"    {v} = all_{v}{ends}" for v in views),
        *([f"    {buffers}= scratch[:, : {views[0]}.size]"] if count else []),
        *(f"    {line}" for line in loop),
    ]
    given = [f"whole_{names[v]}" if v.shape else f"float(np.add.reduce({names[v]}))" for v in outs]
    return define(name, body, names, lines, given)


def define(name, body, names, lines, given):
    head = f"def {name}({', '.join(names[v] for v in body.inputs)}):"
    return "\n    ".join([head, *lines, f"return {', '.join(given)},"]) + "\n"


# ------------------------------------------------------------ numba: a loop over entries


def entries(body, name, text, on_numbers):
    """The source of a function for a group, as scalar code that numba compiles."""
    names, shape = body.names(), next((e.out.shape for e in body.equations if e.out.shape), ())
    views = [v for v in (*body.inputs, *body.outputs) if v.shape]
    lines = [f"{names[v]} = np.empty({shape})" for v in body.outputs if v.shape]
    lines += [f"all_{names[v]} = {names[v]}.ravel()" for v in views]
    lines += [f"{names[e.out]} = 0.0" for e in body.equations if e.rule.function is np.sum]
    indent = "    " if shape else ""
    lines += [f"for entry in range({math.prod(shape)}):"] if shape else []
    now = {v: f"{names[v]}_" if v.shape else names[v] for v in names}
    lines += [f"    {now[v]} = all_{names[v]}[entry]" for v in body.inputs if v.shape]
    for e in body.equations:
        args = [now[a] if type(a) is Var else text(a) for a in e.args]
        if e.rule.function is np.sum:
            lines.append(f"    {names[e.out]} += {args[0]}")
            continue
        right = on_numbers(e, args) or f"{e.rule.name}({', '.join(args)})"
        lines.append(f"{indent}{now[e.out]} = {right}")
        if e.out in body.outputs and shape:
            lines.append(f"    all_{names[e.out]}[entry] = {now[e.out]}")
    return define(name, body, names, lines, [names[v] for v in body.outputs])


def machine_code(function):
    """A function compiled by numba, at its first call."""
    try:
        import numba
    except ImportError:
        raise MissingError(
            'The backend "numba" needs numba: pip install "elves[numba]", or use "numpy".'
        ) from None
    return numba.njit(error_model="numpy")(function)
