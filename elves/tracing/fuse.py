"""Fusion: a chain of elementwise operations becomes one loop that reads its arrays once.

With NumPy the loop goes over blocks that fit into the cache; with numba it goes over entries, and
is compiled to machine code, as are long chains of operations on numbers.

Source: Megiddo & Sarkar, "Optimal weighted loop fusion for parallel programs" (1997); numba's
documentation.
"""

import math
import warnings

import numpy as np

from elves import core
from elves.errors import MissingError
from elves.structure import leaves, rebuild
from elves.tracing.ir import IR, Equation, Var, is_elementwise, reads, variables, zeros_of
from elves.tracing.tracers import trace

BLOCK = 16384  # entries: a handful of such blocks fits into the second cache


class Fused(core.Rule):
    """The row of an equation that is a group of equations on arrays of one shape."""

    name = "fused"

    def __init__(self):
        self.function = lambda *args, body: body.run(args)


FUSED = Fused()


def fuse(ir, least=2 * BLOCK, known=None):
    """The same program with groups of at least three equations, on arrays of `least` entries.

    `known` are the functions to take into machine code on arrays, and those on numbers.
    """

    def fits(e, shape):
        if not (e.rule.function in known[not shape] if known else shape):
            return False
        if not is_elementwise(e.rule) or (shape and math.prod(shape) < least):
            return False
        plain = e.rule.name.startswith("np.") and not any(type(a) is np.ndarray for a in e.args)
        kinds = {(v.shape, v.dtype) for v in (*variables(e.args), e.out)}
        floats = {(shape, np.dtype(float)), ((), np.dtype(float))}
        return plain and e.out.shape == shape and kinds <= floats

    equations, rest = [], ir.equations
    while start := next((e for e in rest if type(e.out) is Var and fits(e, e.out.shape)), None):
        shape, before, group, after, made, late = start.out.shape, [], [], [], set(), set()
        for e in rest:
            used = set(reads(e))
            whole = shape and e.rule.function is np.sum and e.args[0] in made and not e.out.shape
            if late.isdisjoint(used) and type(e.out) is Var and (whole or fits(e, shape)):
                group.append(Equation(e.rule, e.args, {}, e.out))  # a sum is one of all entries
                made |= {e.out}
                late |= {e.out} if whole else set()
            elif used & (made | late):
                after.append(e)
                late |= set(e.outs)
            else:
                before.append(e)
        needed = {*variables([(e.args, e.kwargs) for e in after]), *variables(tuple(ir.outputs))}
        one = together(group, made, needed)
        fewest = 2 if shape else 20
        if shape and known:  # a call costs as much as so many of NumPy's
            fewest = 1 + len(one.args) / 3 + len(one.out)
        equations += before + ([one] if one.out and len(group) > fewest else group)
        rest = after
    return ir.but(equations + rest, ir.outputs)


def together(group, made, needed):
    """One equation for a group."""
    inputs = list(dict.fromkeys(v for e in group for v in variables(e.args) if v not in made))
    outs = tuple(e.out for e in group if e.out in needed)
    return Equation(FUSED, tuple(inputs), {"body": IR.body(inputs, group, outs)}, outs)


def loop(body, name, emitter, machine):
    """The source of a function for a group: a loop over blocks, or in machine code over entries.

    `emitter` writes one step of it, the same equations for smaller arrays or for numbers.
    """
    shape = next((e.out.shape for e in body.equations if e.out.shape), ())
    size = math.prod(shape)
    block = () if machine else (BLOCK,)
    like = [zeros_of(block if v.shape else (), v.dtype, v.weak) for v in body.inputs]
    step = emitter(trace(lambda *args: body.run(args), *like))
    names = [step.names[v] for v in step.ir.inputs]
    here = "start" if machine else f"start : start + {BLOCK}"
    arrays = [name for name, v in zip(names, body.inputs, strict=True) if v.shape]
    before, inner, results = [], [f"{name} = all_{name}[{here}]" for name in arrays], []
    if machine and arrays:
        shape, size = f"{arrays[0]}.shape", f"{arrays[0]}.size"  # whatever they are
    inner += step.lines
    for v, a in zip(body.outputs, step.ir.outputs, strict=True):
        results.append(f"y{len(results)}")
        before.append(f"{results[-1]} = {f'np.empty({shape})' if v.shape else 0.0}")
        arrays += results[-1:] if v.shape else []
        at = f"all_{results[-1]}[{here}] =" if v.shape else f"{results[-1]} {'+' * bool(shape)}="
        inner.append(f"{at} {step.text(a)}")
    if shape:
        before += [f"all_{name} = {name}.ravel()" for name in arrays]
        before += [f"for start in range(0, {size}, {1 if machine else BLOCK}):"]
        inner = [f"    {line}" for line in inner]
    head, end = f"def {name}({', '.join(names)}):", f"return {', '.join(results)},\n"
    return "\n    ".join([head, *before, *inner, end])


def machine_code(function, **options):
    """A function compiled by numba, at its first call."""
    try:
        import numba
    except ImportError:
        raise MissingError(
            'The backend "numba" needs numba: pip install numba, or use "numpy".'
        ) from None
    return numba.njit(error_model="numpy", **options)(function)


INSIDE = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # called by machine code alone


def whole(function, otherwise, ir):
    """A program with its loops in machine code; otherwise, where numba does not know all of it.

    The function takes the leaves of the program's arguments, and gives those of its results.
    """
    fast = machine_code(function, boundscheck=True)
    from numba.core import config
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.errors import NumbaError, NumbaWarning

    def first(*args):
        """A call that compiles, as for arrays in another order.

        On small arrays numba's first level is as fast as its last one, and takes half the time.
        """
        nonlocal ready
        with warnings.catch_warnings(), global_compiler_lock:
            warnings.simplefilter("ignore", NumbaWarning)
            level, config.OPT = config.OPT, type(config.OPT)(1)
            try:
                y = fast(*args)
            finally:
                config.OPT = level
        ready = True
        return y

    def program(*args):
        nonlocal other
        if other is None:
            found = args if plain else leaves(args)
            usual = ready and all(type(a) is not np.ndarray or a.flags.carray for a in found)
            try:
                y = (fast if usual else first)(*found)
                return y if ir.out_tree is None else rebuild(ir.out_tree, y)
            except (NumbaError, NotImplementedError, TypeError, AssertionError):
                other = otherwise()
        return other(*args)

    ready, other, plain = False, None, all(tree is None for tree in ir.in_tree)
    return program
