"""Sparse Jacobians and Hessians: find out where zeros must be, and take few passes.

The pattern is read off the linearized program. Columns that share no row get one colour and one
tangent, so a banded Jacobian of any size takes as many tangents as its band is wide.

Source: Curtis, Powell & Reid, "On the estimation of sparse Jacobian matrices" (1974); Griewank &
Walther, Evaluating Derivatives (2008), chapter 8.
"""

import copy
import math

import numpy as np

from elves import core, trees
from elves.batching import vmap
from elves.errors import InputError, MissingError
from elves.rules import join, scatter
from elves.tracing.compile import jit, key_of
from elves.tracing.emit import VIEWS
from elves.tracing.ir import Var, is_elementwise, zeros
from elves.tracing.jvp import columns, linearize
from elves.tracing.trace import Trace, Tracer
from elves.tracing.transpose import grad


def pattern(f, x):
    """Which entries of f's Jacobian may differ from zero, for arrays like x: a sparse matrix.

    >>> pattern(lambda x: x[1:] * x[:-1], np.ones(4)).toarray().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    """
    found = scipy_sparse().csr_array(reachable(f, x))
    found.sort_indices()
    return found


def scipy_sparse():
    try:
        from scipy import sparse
    except ImportError:
        raise MissingError("Sparse derivatives need SciPy: pip install scipy.") from None
    return sparse


def reachable(f, x):
    """The pattern as a sparse matrix, or for a small program as a plain one."""
    if isinstance(x, (dict, tuple, list)):
        raise InputError("A Jacobian is by one array: join several with np.concatenate.")
    _, ir = linearize(lambda x: trees.one_array(f(x)), Trace().new(x))  # no number decides
    small = max(math.prod(v.shape) for v in ir.variables()) <= 1000

    def matrix(rows, columns, shape):
        if small:
            found = np.zeros(shape, np.float32)
            found[rows, columns] = 1
            return found
        return scipy_sparse().csr_array((np.ones(len(rows), bool), (rows, columns)), shape=shape)

    def reach_of(v, e, k, a):
        size, places = (math.prod(v.shape), math.prod(a.shape)), made_of(e, k, a)
        if places is None:  # each entry of all: by way of one that is made of all
            whole = matrix(np.zeros(size[1], int), np.arange(size[1]), (1, size[1])) @ reach[a]
            return matrix(np.arange(size[0]), np.zeros(size[0], int), (size[0], 1)) @ (whole > 0)
        return (matrix(*places, size) @ reach[a]) > 0

    n = np.size(x)
    reach = {ir.inputs[0]: matrix(np.arange(n), np.arange(n), (n, n)) > 0}
    for e in ir.equations:
        for v in e.out if type(e.out) is tuple else [e.out]:
            found = [reach_of(v, e, k, a) for k, a in enumerate(e.args) if type(a) is Var]
            reach[v] = sum(found[1:], start=found[0]) > 0
    (y,) = ir.outputs
    none = np.zeros(0, int)
    return reach[y] if type(y) is Var else matrix(none, none, (math.prod(np.shape(y)), n)) > 0


def made_of(e, k, a):
    """Which entries of the k-th argument each entry of a linear result is made of.

    Two arrays of places, in the result and in the argument; None means each of all.
    """
    f, size = e.rule.function, math.prod(a.shape)
    numbers = np.arange(1, size + 1).reshape(a.shape)  # 0 will be from nowhere
    if isinstance(e.rule, core.Elementwise) or is_elementwise(e.rule) or f is np.where:
        found = np.broadcast_to(numbers, e.out.shape)
    elif core.values_in(e.args[1:]) and f is not join:
        return None  # an index that is not known yet
    elif f in VIEWS or f is np.broadcast_to or isinstance(e.rule, core.Moves):
        found = f(numbers, *e.args[1:], **e.kwargs)
    elif f is join:
        parts = [0 * np.ones(np.shape(zeros(b) if type(b) is Var else b), int) for b in e.args]
        found = join(*parts[:k], numbers, *parts[k + 1 :], **e.kwargs)
    elif f in (np.sum, scatter):  # the other way round: where each entry goes
        if f is np.sum:
            kept = np.sum(numbers, **(e.kwargs | {"keepdims": True})).shape
            there = np.arange(math.prod(kept)).reshape(kept)
        else:
            there = np.arange(math.prod(e.out.shape)).reshape(e.out.shape)[e.args[2]]
        return np.broadcast_to(there, a.shape).ravel(), np.arange(size)
    else:
        return None
    hit = np.flatnonzero(found)
    return hit, np.ravel(found)[hit] - 1


def colours(matrix):
    """A colour for each column of a matrix, such that no row holds a colour twice.

    >>> colours(np.eye(4) + np.eye(4, k=1))
    array([0, 1, 0, 1])
    """
    beside = matrix.T.astype(np.float32) @ matrix.astype(np.float32)
    rows, others = beside.nonzero()
    order = np.argsort(rows, kind="stable")
    ends = np.searchsorted(rows[order], np.arange(matrix.shape[1] + 1))
    found, others = np.full(matrix.shape[1], -1), others[order]
    for j in range(len(found)):
        taken = set(found[others[ends[j] : ends[j + 1]]].tolist())
        found[j] = next(c for c in range(len(taken) + 1) if c not in taken)
    return found


def plan(matrix, f, x):
    """How many tangents a pattern needs, and a function that gives the entries there."""
    colour, (row, column) = colours(matrix), matrix.nonzero()
    n = int(colour.max(initial=0)) + 1
    seeds = np.reshape(colour == np.arange(n)[:, None], (n, *np.shape(x)))
    seeds, places = seeds.astype(np.result_type(x)), colour[column] * matrix.shape[0] + row
    return n, lambda x: np.ravel(vmap(linearize(f, x)[1])(seeds))[places]


def sparse_jacobian(f):
    """A function of one array that gives f's Jacobian as a sparse matrix of SciPy.

    f maps one array to one array; rows and columns count their entries in C order. The pattern is
    found, and the program compiled, once for each shape.

    >>> sparse_jacobian(lambda x: x[1:] * x[:-1])(np.array([1.0, 2.0, 3.0])).toarray()
    array([[2., 1., 0.],
           [0., 3., 2.]])
    """
    ready = {}

    def of_array(x):
        key = key_of(x)
        if key not in ready:
            trees.check_inputs(x)
            matrix = pattern(f, x)
            _, entries = plan(matrix, f, x)
            ready[key] = matrix.astype(float), jit(entries)
        template, entries = ready[key]
        found = copy.copy(template)
        found.data = entries(x)
        return found

    return of_array


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


@trees.of_one_array
def few_tangents(f, x):
    """The Jacobian of f, dense, but computed like a sparse one where that pays."""
    if type(x) is Tracer and 8 < np.size(x) <= 1000:
        matrix = reachable(f, x)
        n, entries = plan(matrix, f, x)
        if 2 * n <= np.size(x):
            places = np.ravel_multi_index(matrix.nonzero(), matrix.shape)
            found = scatter(entries(x), (matrix.size,), places)
            return np.reshape(found, np.shape(x) * 2)
    return columns(*linearize(f, x), x)
