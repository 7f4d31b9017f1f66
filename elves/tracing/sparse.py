"""Sparse Jacobians and Hessians: find out where zeros must be, and take few passes.

The pattern is read off the linearized program. Columns that share no row get one colour and one
tangent, so a banded Jacobian of any size takes as many tangents as its band is wide.

Source: Curtis, Powell & Reid, "On the estimation of sparse Jacobian matrices" (1974); Griewank &
Walther, Evaluating Derivatives (2008), chapter 8.
"""

import itertools
import math

import numpy as np

from elves import calls, core, trees
from elves.batching import vmap
from elves.errors import ConversionError, missing
from elves.rules.arrays import cast, join, scatter
from elves.tracing.buffers import VIEWS
from elves.tracing.compile import jit
from elves.tracing.ir import Var, by_entry, zeros
from elves.tracing.linearizing import columns, linearize
from elves.tracing.tracers import Tracer
from elves.tracing.transposing import grad

# ------------------------------------------------------------ patterns: sorted pairs of numbers

TAKE = VIEWS | {np.broadcast_to, join}  # each entry of the result is one of an argument's
GIVE = {np.sum, scatter}  # each entry of the argument goes into one of the result's


def reachable(ir):
    """Which entries of a linear program's result depend on which of its argument: pairs of both."""
    every = np.arange(math.prod(ir.inputs[0].shape))
    reach, (y,) = {ir.inputs[0]: (every, every)}, ir.outputs
    for e in ir.equations:
        for v in e.outs:
            found = [through(e, k, v, reach[a]) for k, a in enumerate(e.args) if type(a) is Var]
            reach[v] = found[0] if len(found) == 1 else pairs(*np.concatenate(found, axis=1))
    return reach[y] if type(y) is Var else (every[:0], every[:0])


def through(e, k, v, reach):
    """What a result v depends on by way of the k-th argument of e, from what that depends on.

    To the numbers 1, 2, 3 … instead of the entries a function tells where each came from, 0 being
    nowhere; a sum's transpose tells where each goes.
    """
    f, args = e.rule.function, [zeros(a) if type(a) is Var else a for a in e.args]
    shape = (v if f in GIVE else e.args[k]).shape
    numbers = np.arange(1, math.prod(shape) + 1).reshape(shape)
    if by_entry(e.rule) or f in (np.where, cast):
        if shape == v.shape:
            return reach
        found = np.broadcast_to(numbers, v.shape)
    elif f in GIVE and not core.values_in(args):
        found = e.rule.vjp(k, numbers, v, args, e.kwargs)
    elif (f in TAKE or isinstance(e.rule, core.Moves)) and not core.values_in(args):
        found = f(*args[:k], numbers, *args[k + 1 :], **e.kwargs)
    else:  # each entry of all, as far as we know
        every, inputs = np.arange(math.prod(v.shape)), np.unique(reach[1])
        return np.repeat(every, len(inputs)), np.tile(inputs, len(every))
    here = np.flatnonzero(found)
    there = np.ravel(found)[here].astype(int) - 1
    return pairs(*chained((there, here) if f in GIVE else (here, there), reach))


def chained(places, reach):
    """Pairs (i, k), in the order of i, such that (i, j) is in places and (j, k) in reach."""
    (i, j), (near, far) = places, reach
    start, end = np.searchsorted(near, [j, j + 1])
    many = end - start  # and the ranges from each start to its end, one after the other:
    at = np.arange(many.sum()) + np.repeat(start - np.cumsum(many) + many, many)
    return np.repeat(i, many), far[at]


def pairs(i, k):
    """Pairs of numbers, sorted, and each of them once."""
    least = k.max(initial=0) + 1
    codes = np.sort(i * least + k, kind="stable")  # which is fast on what is sorted already
    return np.divmod(codes[np.diff(codes, prepend=-1) > 0], least)


# ------------------------------------------------------------ few tangents


def colours(matrix):
    """A colour for each column of a matrix, such that no row holds a colour twice.

    >>> colours(np.eye(4) + np.eye(4, k=1))
    array([0, 1, 0, 1])
    """
    columns, rows = pairs(*matrix.nonzero()[::-1])
    ends = np.searchsorted(columns, np.arange(matrix.shape[1] + 1)).tolist()
    rows, found, held = rows.tolist(), [], [0] * matrix.shape[0]  # by each row: a bit per colour
    for start, end in itertools.pairwise(ends):
        taken = 0
        for i in rows[start:end]:
            taken |= held[i]
        free = ~taken & (taken + 1)  # the lowest bit that is not taken
        for i in rows[start:end]:
            held[i] |= free
        found.append(free.bit_length() - 1)
    return np.array(found, int)


def plan(matrix, x):
    """One tangent per colour, and where the entries will stand in what these give."""
    colour, (row, column) = colours(matrix), matrix.nonzero()
    seeds = colour == np.arange(colour.max(initial=0) + 1)[:, None]
    seeds = np.reshape(seeds, (len(seeds), *np.shape(x))).astype(np.result_type(x))
    return seeds, colour[column] * matrix.shape[0] + row


def pattern(f, x):
    """Which entries of f's Jacobian may differ from zero, for arrays like x: a sparse matrix.

    >>> pattern(lambda x: x[1:] * x[:-1], np.ones(4)).toarray().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    """
    found = sparse_jacobian(f)(x)
    found.data = np.ones(len(found.data), bool)
    return found


@calls.picklable
def sparse_jacobian(f):
    """A function of one array that gives f's Jacobian as a sparse matrix of SciPy.

    f maps one array to one array; rows and columns count their entries in C order. The pattern is
    found, and the program compiled, once for each shape. Raises MissingError without SciPy, and
    ConversionError inside of `jit`, `vmap` and derivatives.

    >>> sparse_jacobian(lambda x: x[1:] * x[:-1])(np.array([1.0, 2.0, 3.0])).toarray()
    array([[2., 1., 0.],
           [0., 3., 2.]])
    """
    try:
        from scipy.sparse import csr_array
    except ImportError as error:
        raise missing(error, "Sparse derivatives need SciPy: pip install scipy.") from None
    templates = {}  # one is made whenever the entries are traced

    @jit
    def entries(x):
        y, f_dot = calls.of_one_array(linearize)(f)(x)
        rows, columns = reachable(f_dot)
        ones, shape = np.ones(len(rows)), (np.size(y), np.size(x))
        matrix = templates[x.shape, x.dtype] = csr_array((ones, (rows, columns)), shape)
        seeds, places = plan(matrix, x)
        return np.ravel(vmap(f_dot)(seeds))[places]

    def of_array(x):
        trees.check_inputs(x)
        if isinstance(x, core.Value):
            raise ConversionError(
                "SciPy's matrices hold numbers alone: use hessian or jacobian inside of jit, vmap "
                "and derivatives."
            )
        data = entries(x)
        found = templates[np.shape(x), np.result_type(x)].copy()
        found.data = data
        return found

    return of_array


@calls.picklable
def sparse_hessian(f):
    """A function of one array that gives f's Hessian as a sparse matrix of SciPy.

    >>> sparse_hessian(lambda x: np.sum(x[1:] * x[:-1] ** 2))(np.ones(3)).toarray()
    array([[2., 2., 0.],
           [2., 2., 2.],
           [0., 2., 0.]])
    """
    return sparse_jacobian(grad(f))


def hessian(f, argnums=0):
    """The Hessian of f by one array, forward over reverse.

    Under `jit`, a small one takes as few tangents as the zeros in it allow.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return few_tangents(grad(f, argnums), argnums)


@calls.of_one_array
def few_tangents(f, x):
    """The Jacobian of f, dense, but computed like a sparse one where that pays."""
    y, f_dot = linearize(f, x)
    if type(x) is Tracer and 8 < np.size(x) <= 1000:  # x has no number that could decide
        matrix = np.zeros((np.size(y), np.size(x)), bool)
        matrix[reachable(f_dot)] = True
        if 2 * max(matrix.sum(axis=1)) <= np.size(x):  # each entry of a row takes a tangent
            seeds, places = plan(matrix, x)
            found = np.ravel(vmap(f_dot)(seeds))[places]
            found = scatter(found, (matrix.size,), np.flatnonzero(matrix))
            return np.reshape(found, np.shape(y) + np.shape(x))
    return columns(f_dot, x)
