"""What was scattered stays so: what the pass `pick_early` does on the way back.

A cotangent that is g at some rows, times y, is ``g * y[rows]`` there; elsewhere it is not there at
all, even where y is inf (see `elves.zeros`). A product that the user wrote stays: zeros of the
user's own, times inf, are nan.

Source: Ullman, Principles of Database and Knowledge-Base Systems 2 (1989), section 11.4.
"""

import math

import numpy as np

from elves import core
from elves.rules.arrays import pick, scatter
from elves.scattering import is_plain
from elves.tracing.algebra import is_number
from elves.tracing.ir import Equation, Var
from elves.tracing.operands import equation
from elves.tracing.taking import LESS, entries, is_rows, ndims, taken
from elves.tracing.tracers import infer


def scattered(program, z):
    """What is scattered in z, where, and how; a constant's entries where a gather reads."""
    s = program.made.get(z) if type(z) is Var else None
    if type(z) is np.ndarray and (index := spot(program, z)) is not None:
        g, options = z[index], {"once": True}
    elif s and s.rule.function is scatter:
        g, _, index = s.args
        options = s.kwargs
    else:
        return None
    few = LESS * math.prod(np.shape(g)) <= math.prod(z.shape) and z.dtype == float
    there = infer(core.rule_of(pick), (z, index), {}).shape if few else None
    return (g, index, options) if there == np.shape(g) else None


def spot(program, z):
    """The index of a gather in the program that takes just those entries that are not 0."""
    if z.size and z.shape not in program.known:
        at = np.arange(z.size).reshape(z.shape)
        indices = program.spots.get(z.shape, ())
        program.known[z.shape] = {np.unique(at[i]).tobytes(): i for i in indices}
    index = program.known.get(z.shape, {}).get(np.flatnonzero(z).tobytes())
    if index is None or is_plain(index):
        return index
    return np.unique(index % len(z)) if is_rows(index) else np.nonzero(z)


def of_entries(program, e):
    """What was scattered, times an array or chosen, as something scattered."""
    f, out = e.rule.function, e.out.shape
    for i in PLACES[f]:
        z = e.args[i]
        if f is np.where and not is_number(e.args[3 - i], 0):
            continue
        if (s := scattered(program, z)) is None:
            continue
        g, index, options = s
        if z.shape == out or (is_rows(index) and len(z.shape) == len(out) and z.shape[0] == out[0]):
            args = [k == i or taken(program, a, out, index, options) for k, a in enumerate(e.args)]
            args[i] = g
            return at_places(e, program.make(f, *args), index, options)
    return None


def of_rows(program, e):
    """A product with rows that were scattered, from these rows alone."""
    a, b = e.args
    for z in e.args if ndims(a, b) == (2, 2) else ():
        g, index, options = scattered(program, z) or (None, None, None)
        if not is_rows(index):
            continue
        if z is a:
            return at_places(e, program.make(np.matmul, g, b), index, options)
        if type(index) is int:
            g, index = program.make(np.expand_dims, g, 0), slice(index, index + 1 or None)
        t = program.made.get(a) if type(a) is Var else None
        if t and t.rule.function is np.transpose and len(t.args) == 1 and not t.kwargs:
            a = program.make(np.transpose, entries(program, t.args[0], index))
        else:
            a = entries(program, a, (slice(None), index))
        return Equation(e.rule, (a, g), {}, e.out)
    return None


def as_column(program, e):
    """A vector that was scattered, as a column."""
    g, index, options = scattered(program, e.args[0]) or (None, None, None)
    if e.args[1:] != (-1,) or len(e.out.shape) != 2 or not is_rows(index):
        return None
    return at_places(e, program.make(np.expand_dims, g, -1), index, options)


def at_places(e, g, index, options):
    """The same as an equation makes, as something scattered."""
    return equation(scatter, g, e.out.shape, index, out=e.out, **options)


PLACES = {np.multiply: (0, 1), np.true_divide: (0,), np.where: (1, 2)}
BACK = dict.fromkeys(PLACES, of_entries) | {np.matmul: of_rows, np.expand_dims: as_column}
