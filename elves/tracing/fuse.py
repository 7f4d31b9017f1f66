"""Fusion: a chain of elementwise operations becomes one loop that reads its arrays once.

With NumPy the loop goes over blocks that fit into the cache; with numba it goes over entries, and
is compiled to machine code, as are long chains of operations on numbers.

Source: Megiddo & Sarkar, "Optimal weighted loop fusion for parallel programs" (1997); numba's
documentation.
"""

import collections
import functools
import math
import warnings

import numpy as np

from elves import core
from elves.errors import MissingError
from elves.rules.products import contract
from elves.tracing.ir import IR, Equation, Var, is_elementwise, reads, variables, zeros_of
from elves.tracing.operands import equation
from elves.tracing.spelling import COMPARISONS, ON_NUMBERS
from elves.tracing.tracers import trace

SHORT = 64  # entries of vectors whose product takes BLAS longer
TRUTHS = {*COMPARISONS, np.logical_not}
KINDS = {np.dtype(float), np.dtype(bool), np.dtype(int)}
BLOCK = 16384  # entries: a handful of such blocks fits into the second cache


class Fused(core.Rule):
    """The row of an equation that is a group of equations on arrays of one shape."""

    name = "fused"

    def __init__(self):
        self.function = lambda *args, body: body.run(args)


FUSED = Fused()


def fuse(ir, least=8 * BLOCK, known=None, whole=False):
    """The same program with groups of at least three equations, on arrays of `least` entries.

    `known` are the functions to take into machine code on arrays, and those on numbers. Where the
    `whole` program is machine code, arrays may be small, of truth values, and broadcast.
    """
    fits = of_entries if whole else functools.partial(of_one_shape, least=least, known=known)
    if not whole and not any(type(e.out) is Var and fits(e, e.out.shape) for e in ir.equations):
        return ir
    equations = [x for e in ir.equations for x in (in_entries(e) if whole else [e])]
    uses = collections.Counter(v for e in equations for v in reads(e))
    uses.update(variables(tuple(ir.outputs)))
    done, todo = [], [(equations, False)]
    while todo:
        rest, ready = todo.pop()
        start = (e for e in rest if type(e.out) is Var and fits(e, e.out.shape))
        start = None if ready else next(start, None)
        if start is None:
            done += rest
            continue
        shape, before, group, after, made, late = start.out.shape, [], [], [], set(), set()
        for e in rest:
            used = set(reads(e))
            total = shape and e.rule.function is np.sum and e.args[0] in made and is_float(e.out)
            if late.isdisjoint(used) and type(e.out) is Var and (total or fits(e, shape)):
                group.append(Equation(e.rule, e.args, {}, e.out))  # a sum is one of all entries
                made |= {e.out}
                late |= {e.out} if total else set()
            elif used & (made | late):
                after.append(e)
                late |= set(e.outs)
            else:
                before.append(e)
        new = []
        for part in connected(group) if whole else [group]:
            one = together(part, uses)
            new += [one] if one.out and len(part) > fewest(part, one, known, whole) else part
        todo += [(after, False), (new, True), (before, False)]
    return ir.but(done, ir.outputs)


def fewest(part, one, known, whole):
    """How many equations are not worth a loop of their own."""
    if whole:  # numba's own np.where takes a second to compile
        return part[0].rule.function is not np.where
    if not part[0].out.shape:
        return 20
    return 1 + len(one.args) / 3 + len(one.out) if known else 2  # a call costs as many of NumPy's


def of_one_shape(e, shape, least, known):
    """Whether an equation calculates with floats, entry by entry, on arrays of a shape."""
    if not (e.rule.function in known[not shape] if known else shape):
        return False
    if not is_elementwise(e.rule) or (shape and math.prod(shape) < least):
        return False
    kinds = {(v.shape, v.dtype) for v in (*variables(e.args), e.out)}
    floats = {(shape, np.dtype(float)), ((), np.dtype(float))}
    return is_plain(e) and e.out.shape == shape and kinds <= floats


def of_entries(e, shape):
    """Whether machine code computes the entries of an array one by one, from what is broadcast."""
    f = e.rule.function
    if not shape or e.out.shape != shape or f not in ON_NUMBERS or not is_plain(e):
        return False
    known = is_elementwise(e.rule) or f is np.where
    kinds = {v.dtype for v in variables(e.args)}
    return known and kinds <= KINDS and (f in TRUTHS or e.out.dtype == float)


def is_float(v):
    return v.shape == () and v.dtype == float


def is_plain(e):
    return e.rule.name.startswith("np.") and not any(type(a) is np.ndarray for a in e.args)


def in_entries(e):
    """A product of two short vectors as a sum of products, which a loop over entries takes in."""
    one, _, other = e.kwargs.get("subscripts", "").removesuffix("->").partition(",")
    if e.rule.function is not contract or len(one) != 1 or one != other or e.out.dtype != float:
        return [e]
    if math.prod(e.args[0].shape) > SHORT:
        return [e]
    product = equation(np.multiply, *e.args)
    return [product, equation(np.sum, product.out, out=e.out)]


def connected(group):
    """The parts of a group that neither read each other nor only what another one reads."""
    parts = []
    for e in group:
        mine = [p for p in parts if not p[0].isdisjoint(reads(e))]
        parts = [p for p in parts if p not in mine] + [merged([*mine, ({e.out}, {*reads(e)}, [e])])]
    found = []
    for part in sorted(parts, key=lambda part: -len(part[1])):
        more = next((k for k, other in enumerate(found) if part[1] <= other[1]), len(found))
        found[more : more + 1] = [merged([*found[more : more + 1], part])]
    return [equations for *_, equations in found]


def merged(parts):
    """What parts make, what they read besides, and their equations."""
    made = set().union(*(made for made, *_ in parts))
    read = set().union(*(read for _, read, _ in parts))
    return made, read - made, [e for *_, equations in parts for e in equations]


def together(group, uses):
    """One equation for a group; `uses` counts who reads a value at all."""
    made, read = {e.out for e in group}, [v for e in group for v in reads(e)]
    here, inputs = collections.Counter(read), [v for v in dict.fromkeys(read) if v not in made]
    outs = tuple(e.out for e in group if uses[e.out] > here[e.out])
    return Equation(FUSED, tuple(inputs), {"body": IR.body(inputs, group, outs)}, outs)


def loop(body, name, emitter, machine, flat):
    """The source of a function for a group: a loop over blocks, or in machine code over entries.

    `emitter` writes one step of it, the same equations for smaller arrays or for numbers.
    """
    shape = next((e.out.shape for e in body.equations if e.out.shape), ())
    block = () if machine else (BLOCK,)
    like = [zeros_of(block if v.shape else (), v.dtype, v.weak) for v in body.inputs]
    step = emitter(trace(lambda *args: body.run(args), *like))
    names = [step.names[v] for v in step.ir.inputs]
    if machine and shape:
        return over_entries(body, name, step, names, flat)
    here = f"start : start + {BLOCK}"
    arrays = [name for name, v in zip(names, body.inputs, strict=True) if v.shape]
    before, inner, results = [], [f"{name} = all_{name}[{here}]" for name in arrays], []
    last = []
    for k, (v, a) in enumerate(zip(body.outputs, step.ir.outputs, strict=True)):
        results.append(f"y{k}")
        before.append(f"y{k} = {f'np.empty({shape})' if v.shape else 0.0}")
        arrays += results[-1:] if v.shape else []
        if a in step.places:
            inner.append(f"{step.places[a]} = all_y{k}[{here}]")
            continue
        at = f"all_y{k}[{here}] =" if v.shape else f"y{k} {'+' * bool(shape)}="
        last.append(f"{at} {step.text(a)}")
    inner += step.lines + last
    if shape:
        before += [f"all_{name} = {name}.ravel()" for name in arrays]
        before += [f"for start in range(0, {math.prod(shape)}, {BLOCK}):"]
        inner = [f"    {line}" for line in inner]
    head, end = f"def {name}({', '.join(names)}):", f"return {', '.join(results)},\n"
    return "\n    ".join([head, *before, *inner, end])


def over_entries(body, name, step, names, flat):
    """The same in machine code: a loop over each axis, or over all entries of arrays of one shape.

    It is given the arrays that it fills, and returns what it sums.
    """
    form = lambda v: (math.prod(v.shape),) if flat and v.shape else v.shape  # noqa: E731
    shape = next(form(e.out) for e in body.equations if e.out.shape)
    at, lengths = [f"i{k}" for k in range(len(shape))], [""] * len(shape)
    params, inner, sums = [], [], []
    for word, v in zip(names, body.inputs, strict=True):
        params.append(f"all_{word}" if v.shape else word)
        own = range(len(shape) - len(form(v)), len(shape))
        for k, n in zip(own, form(v), strict=True):
            if n == shape[k]:
                lengths[k] = f"{params[-1]}.shape[{k - own[0]}]"
        here = (at[k] if n == shape[k] else "0" for k, n in zip(own, form(v), strict=True))
        inner += [f"{word} = {params[-1]}[{', '.join(here)}]"] if v.shape else []
    inner += step.lines
    for k, (v, a) in enumerate(zip(body.outputs, step.ir.outputs, strict=True)):
        (params if v.shape else sums).append(f"all_y{k}" if v.shape else f"y{k}")
        here = f"all_y{k}[{', '.join(at)}] = " if v.shape else f"y{k} += "
        inner.append(here + step.text(a))
    given = [p.removeprefix("all_") for p in params] if flat else params
    views = [f"{p} = {g}.ravel()" for p, g in zip(params, given, strict=True) if p != g]
    loops = ["    " * k + f"for {at[k]} in range({n}):" for k, n in enumerate(lengths)]
    inner = ["    " * len(shape) + line for line in inner]
    end = [f"return {', '.join(sums)},"] * bool(sums)
    head = [f"def {name}({', '.join(given)}):", *views, *(f"{y} = 0.0" for y in sums)]
    return "\n    ".join([*head, *loops, *inner, *end]) + "\n"


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


@functools.cache
def shared(function):
    """A function that machine code calls: it is compiled once, and not anew for each number."""
    made = machine_code(function, **INSIDE)
    from numba.core.types import unliteral

    template = made.get_call_template
    made.get_call_template = lambda args, kws: template([*map(unliteral, args)], kws)
    return made


def whole(function, otherwise, opened):
    """A program in machine code; otherwise, where numba does not know all of it.

    The function takes the leaves of the program's arguments, and gives those of its results;
    `opened` makes of it one of trees.
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
            fast.disable_compile(False)
            try:
                return fast(*args)
            finally:
                ready = bool(fast.signatures)
                fast.disable_compile(ready)
                config.OPT = level

    def run(*args):
        try:
            return (fast if ready else first)(*args)
        except TypeError:  # it is not compiled for such arrays
            return first(*args)

    def program(*args):
        nonlocal other
        if other is None:
            try:
                return of_trees(*args)
            except (NumbaError, NotImplementedError, TypeError, AssertionError):
                other = otherwise()
        return other(*args)

    ready, other, of_trees = False, None, opened(run)
    return program
