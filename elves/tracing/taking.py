"""Entries of what is calculated, by those of its operands: what the pass `pick_early` does forward.

``np.exp(x)[rows]`` is ``np.exp(x[rows])``, and ``(A @ B)[rows]`` is ``A[rows] @ B``.

Source: Ullman, Principles of Database and Knowledge-Base Systems 2 (1989), section 11.4.
"""

import math
import operator

import numpy as np

from elves.rules.arrays import pick
from elves.scattering import parts_of
from elves.tracing.ir import Equation, Var, is_elementwise, variables

LESS, CALL = 2, 100  # how many times fewer entries there must be, and what each gather counts


def work(e):
    """So many entries an array must have, that it pays to calculate those of a gather instead."""
    return LESS * math.prod(e.out.shape) + CALL


def before(program, e):
    """A gather's equation as one of its operands' entries, if nothing but gathers reads it."""
    x, index = e.args
    made = program.made.get(x) if type(x) is Var else None
    if made is None or max(program.read[x], work(e)) > math.prod(x.shape):
        return None
    if is_movable(made, e.out):
        args = [taken(program, a, x.shape, index, e.kwargs) for a in made.args]
        return Equation(made.rule, tuple(args), {}, e.out)
    return of_matrices(program, made, index, e.out) if made.rule.function is np.matmul else None


def of_matrices(program, made, index, out):
    """Some rows and columns of a product of matrices, or of a matrix and a vector."""
    (a, b), parts = made.args, parts_of(index)
    n, ranks, lists = len(parts), ndims(a, b), sum(type(i) is np.ndarray for i in parts)
    if ranks[0] != 2 or not 0 < n <= ranks[1] <= 2 or lists > 1 or not all(map(is_rows, parts)):
        return None
    b = entries(program, b, (slice(None), parts[1])) if n == 2 else b
    return Equation(made.rule, (entries(program, a, parts[0]), b), {}, out)


def taken(program, a, shape, index, options):
    """An operand's entries, as an index takes them from an array of a shape."""
    have = np.shape(a)
    if not have or (is_rows(index) and len(have) < len(shape)):
        return a
    if is_rows(index) and have[0] != shape[0]:  # all rows are alike
        return entries(program, a, 0) if type(index) is int else a
    if have != shape and not is_rows(index):
        known = type(a) is not Var
        a = np.broadcast_to(a, shape) if known else program.make(np.broadcast_to, a, shape)
    return entries(program, a, index, options)


def entries(program, a, index, options=()):
    if variables([index]):
        return program.make(pick, a, index, **dict(options))
    return a[index] if type(a) is np.ndarray else program.make(operator.getitem, a, index)


def is_movable(e, out):
    """Whether some entries of what an equation makes can be made of the same ones of its operands.

    A number is made of floats alone: Python's whole numbers are others than NumPy's.
    """
    f, args = e.rule.function, e.args
    if not (is_elementwise(e.rule) or f is np.where) or e.kwargs or type(e.out) is not Var:
        return False
    if not all(type(a) in (Var, np.ndarray) or not np.shape(a) for a in args):
        return False
    return out.shape != () or all(a.dtype == float for a in args[f is np.where :] if np.shape(a))


def is_rows(index):
    """Whether an index takes rows of an array, or one of them."""
    if type(index) is np.ndarray:
        return index.ndim == 1 and index.dtype == int
    return type(index) in (int, slice)


def ndims(*arrays):
    return tuple(len(np.shape(a)) for a in arrays)
