"""From arguments to the program that is run, and from what it gives to trees like the primals."""

import functools
import inspect
import types

import numpy as np

from elves import batching, calls, core, forward, parse, trees, zeros
from elves.errors import ElfError, InputError, SourceError
from elves.source.kinds import kind_of_value
from elves.source.program import Program

_programs = {}


def program_of(f, active, kinds, mode, followed=False):
    """The Program of a function, from memory where it was asked for before."""
    inner = f.program_for(kinds, followed) if hasattr(f, "program_for") else None
    f = inner.run if inner else f
    key = (getattr(f, "__code__", f), active, repr(kinds), mode, followed)
    found = _programs.get(key)
    if found is None or not found.current(f):
        found = _programs[key] = Program(f, active, kinds, mode, followed)
        found.inner = inner
    return found


def signature(f):
    """The parameters of a function, of a derivative, or of a function of the table."""
    while hasattr(f, "differentiates"):
        f = f.differentiates
    if isinstance(f, types.FunctionType | types.MethodType) and f not in core.RULES:
        return inspect.signature(f, follow_wrapped=False)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(n, kind) for n in parse.read(f).params])


def written(f, args, kwargs, numbers, mode, seeds=()):
    """The transformed function for some arguments, and all its arguments in order."""
    f = parse.wrapped(f, len(args))
    try:
        bound = signature(f).bind(*args, **kwargs)
    except TypeError as error:
        raise InputError(f"{getattr(f, '__name__', 'f')} does not take that: {error}.") from None
    bound.apply_defaults()
    values = bound.arguments
    active = tuple(p for k, p in enumerate(values) if k in numbers)
    kinds = {p: kind_of_value(v) for p, v in values.items()}
    followed = any(isinstance(x, core.Value) for x in trees.leaves([*values.values(), *seeds]))
    try:
        return program_of(f, active, kinds, mode, followed), list(values.values())
    except SourceError as error:
        refusal = error
    if any(type(x) in (list, tuple) for x in args):  # where Python fails too, its words count
        plainly(f, args, kwargs)
    raise refusal


def plainly(f, args, kwargs):
    """What f itself gives, on arrays of its own."""
    return calls.call(functools.partial(f, **kwargs) if kwargs else f, copies(args))


def copies(tree):
    """A tree whose arrays nobody else can change."""
    own = [np.array(p) if isinstance(p, np.ndarray) else p for p in trees.leaves(tree)]
    return trees.rebuild(tree, own)


def finish(g, p, fresh=False):
    """A cotangent as a tree like its primal, in its dtypes, and in memory of its own."""
    if fresh and type(g) is type(p) is np.ndarray and (g.shape, g.dtype) == (p.shape, p.dtype):
        return g
    if type(p) is float:
        return float(g) if type(g) in core.NUMBERS else trees.own(g, p)
    if isinstance(p, dict):
        found = {k: finish(g[k] if isinstance(g, dict) else 0.0, v) for k, v in p.items()}
        return found if type(p) is dict else trees.rebuild(p, trees.leaves(found))
    if isinstance(p, (tuple, list)):
        parts = g if isinstance(g, (tuple, list)) else [0.0] * len(p)
        found = [finish(*pair) for pair in zip(parts, p, strict=True)]
        return type(p)(found) if type(p) in (list, tuple) else trees.rebuild(p, trees.leaves(found))
    if np.shape(g) != np.shape(p):
        return trees.own(np.broadcast_to(g, np.shape(p)), p)
    return trees.own(g, p)


def pushed(f, args, kwargs, numbers, tangents):
    """The value of f and its tangent, from the tangents of some of its arguments."""

    def push(tangents):
        made, values = written(f, args, kwargs, numbers, "jvp", tangents)
        y, dot = made(*values, *tangents)
        return y, finish(dot, y)

    return zeros.with_true_zeros(push, tangents)


def pulled(f, args, kwargs, numbers, cotangents):
    """The value of f and the cotangent of one of its arguments, from that of the value."""

    def pull(cotangents):
        made, values = written(f, args, kwargs, numbers, "vjp", cotangents)
        y, bar = made(*cotangents, *values)
        return y, finish(bar, args[numbers[0]])

    return zeros.with_true_zeros(pull, cotangents)


def stacked(push, seeds):
    """``push(*seeds)``, a value and its slopes, for stacked seeds: in one run where that can be."""
    parts = trees.leaves(seeds)
    n = np.shape(parts[0])[0]
    if n > forward.FEW:
        try:
            return batching.many(push, seeds)
        except ElfError:  # they meet an array that holds numbers alone: one by one
            pass
    rows = [[a[k] for a in parts] for k in range(n)]
    found = [push(*trees.rebuild(seeds, row)) for row in rows or [map(blank, parts)]]
    y, slopes = found[0]
    stacks = zip(*(trees.leaves(s) for _, s in found), strict=True)
    return y, trees.rebuild(slopes, [np.stack(s)[:n] for s in stacks])


def blank(stack):
    return np.zeros(np.shape(stack)[1:])[()]
