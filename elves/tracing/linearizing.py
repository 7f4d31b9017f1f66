"""Forward mode on programs, and `linearize`: the half of reverse mode that knows all calculus.

`linearize` runs forward mode with tangents that are traced: the primal part is computed at once,
and what is written down is a program linear in the tangents, ready for `transpose`.

Source: Radul, Paszke, Frostig, Johnson & Maclaurin, "You only linearize once" (2022).
"""

import numpy as np

from elves import calls, forward, trees, zeros
from elves.batching import vmap
from elves.tracing.ir import weak_of
from elves.tracing.tracers import MANY, Trace, Tracer, trace
from elves.zeros import with_true_zeros

jvp, jvps = forward.jvp, forward.jvps  # on tracers, dual numbers write down the derivative


def linearize(f, *primals):
    """The value of f at the primals, and the IR of its derivative there, linear in the tangents.

    The IR is called with one tangent per primal; it holds the numbers that the derivative needs
    (the residuals) as constants. Raises InputError for arguments that are not floats.

    >>> y, f_dot = linearize(lambda x: np.sin(x) * x, 0.0)
    >>> f_dot
    (a: float64):
        b: float64 = np.multiply(a, 1.0)
        c: float64 = np.multiply(b, 0.0)
        d: float64 = np.multiply(a, 0.0)
        e: float64 = np.add(c, d)
        return e
    """
    t, found = Trace(linear=True), trees.check_inputs(primals)
    tangents = [t.new(p) for p in found]
    y, y_dot = jvp(in_loops(f, primals), primals, trees.rebuild(primals, tangents))
    for v, p in zip(t.inputs, found, strict=True):
        v.weak = weak_of(p)  # for who makes slopes of this type
    return y, t.close(primals, y_dot)


def in_loops(f, primals):
    """f as it was traced, with loops where that is long, if it runs on what `jit` traces alone."""
    found = trees.leaves(primals)
    alone = all(type(a) is Tracer and not a.within.linear for a in found)
    with_loops = zeros.in_loops()
    if not with_loops or not found or not alone:
        return f
    zeros.TRACED.get().looked = True
    around = max(found, key=lambda a: a.level).within
    start, ir, more = len(around.equations), trace(f, *primals), []
    if len(ir.equations) + len(around.equations) - start >= MANY:
        ir, more = with_loops(ir, around, start)
    return lambda *args: trees.rebuild(ir.out_tree, ir.run([*trees.leaves(args), *more]))


@calls.of_one_array
def jacfwd(f, x):
    """``jacfwd(f, argnums=0)``: f's Jacobian, all its columns in one batch of tangents.

    >>> jacfwd(lambda x: x * x[0])(np.array([1.0, 2.0]))
    array([[2., 0.],
           [2., 1.]])
    """
    # In one pass without linearize, which would run a while_loop twice.
    return columns(lambda x_dot: jvp(f, (x,), (x_dot,))[1], x)


def columns(f_dot, x):
    _, slopes = with_true_zeros(lambda seeds: (None, vmap(f_dot)(seeds)), basis(x))
    return np.reshape(np.moveaxis(slopes, 0, -1), np.shape(slopes)[1:] + np.shape(x))


def basis(x):
    """Every array of x's shape that is 1 in one entry and 0 in the others, stacked."""
    n = int(np.prod(np.shape(x)))
    return np.reshape(np.eye(n, dtype=np.result_type(x)), (n, *np.shape(x)))
