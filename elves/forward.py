"""Forward mode: dual numbers carry a primal and its tangent through the program together.

One pass gives the derivative in one input *direction*: no tape, no memory of the past.

Source: Wengert, "A simple automatic derivative evaluation program" (1964); Griewank & Walther,
Evaluating Derivatives (2008), section 3.1; Siskind & Pearlmutter (2005) for the levels.
"""

import numpy as np

from elves import batching, calls, core, trees, zeros
from elves.short_cuts import with_short_cuts
from elves.taylor import taylor  # noqa: F401  (more coefficients than two)


class Dual(core.Value):
    """A primal x and its tangent, written x + x' ε with ε² = 0."""

    __slots__ = ("primal", "tangent")

    def __init__(self, primal, tangent, level=0):
        self.primal, self.tangent, self.level = primal, tangent, level
        self.array, self.square = False, None

    @property
    def plain(self):
        return self.primal

    def __repr__(self):
        return f"Dual({self.primal}, {self.tangent})"

    def with_value(self, primal):
        return Dual(primal, self.tangent, self.level)

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        primals, tangents = list(args), [None] * len(args)
        for i, a in enumerate(args):
            if is_of(a, level):
                primals[i], tangents[i] = a.primal, a.tangent
        y = rule.run(*primals, **kwargs)
        return y if rule.constant else Dual(y, rule.jvp(tangents, y, primals, kwargs), level)


def dual_of(y, recipe, level):
    """The dual of a call's value y: its tangent comes from those of the parents."""
    rule, parents, primals, kwargs = recipe
    tangents = [None] * len(primals)
    for i, parent in parents:
        tangents[i] = parent.tangent
    return Dual(y, rule.jvp(tangents, y, primals, kwargs), level)


Dual.value = Dual.primal  # as the short cuts call it
with_short_cuts(Dual, dual_of)


def jvp(f, primals, tangents):
    """The value of f and its derivative in the direction of the tangents, in one pass.

    `primals` is the tuple of f's arguments and `tangents` a tuple of the same shapes; the result
    is ``(y, y_dot)`` with y_dot in the shape of y. Raises InputError for arguments that are not
    floats and for tangents of other shapes.

    >>> x, dx = jvp(lambda x: x * x, (3.0,), (1.0,))
    >>> float(x), float(dx)
    (9.0, 6.0)
    """
    return zeros.with_true_zeros(lambda tangents: one_pass(f, primals, tangents), tangents)


def one_pass(f, primals, tangents):
    pairs = zip(*trees.check_jvp(primals, tangents), strict=True)
    level = core.new_level()
    y = calls.call(f, trees.rebuild(primals, [Dual(trees.number(p), t, level) for p, t in pairs]))
    trees.check_result(y)
    pairs = [
        (trees.fresh(a.primal), trees.own(a.tangent, a.primal))
        if is_of(a, level)
        else (a, trees.zeros(a))
        for a in trees.leaves(y)
    ]
    return tuple(trees.rebuild(y, [pair[k] for pair in pairs]) for k in (0, 1))


def is_of(value, level):
    return type(value) is Dual and value.level == level


def jvps(f, primals, tangents):
    """The value of f and its derivatives in several directions, in one pass.

    The tangents are stacked along a first axis, as many for each primal, and so is the result; the
    value is computed once. Raises what `jvp` raises, and InputError for stacks of several lengths.

    >>> y, slopes = jvps(lambda x: x[0] * x[1], (np.array([2.0, 5.0]),), (np.eye(2),))
    >>> slopes
    array([5., 2.])
    """
    trees.check_stacks(primals, tangents)
    return batching.many(lambda *tangents: jvp(f, primals, tangents), tangents)


FEW = 2  # so many tangents are faster one by one than as a stack
WIDTH = 128  # so many tangents in one pass: more would pay with memory and win nothing


def columns(f, primals):
    """The value of f, one array, and its derivatives by each input entry, stacked."""
    blocks = []
    for tangents in trees.unit_tangents(primals, WIDTH):
        stacks = trees.leaves(tangents)
        if len(stacks[0]) > FEW:
            y, slopes = jvps(f, primals, tangents)
        else:
            rows = (trees.rebuild(tangents, row) for row in zip(*stacks, strict=True))
            y, slopes = zip(*(jvp(f, primals, row) for row in rows), strict=True)
            y, slopes = y[0], np.stack(slopes)
        blocks.append(slopes)
    if not blocks:  # no input entry, no pass
        y = f(*primals)
        blocks = [np.zeros((0, *np.shape(y)))]
    return y, np.concatenate(blocks) if len(blocks) > 1 else blocks[0]


@calls.with_argnums
def value_and_grad(f, primals):
    """``value_and_grad(f, argnums=0)``: a function that gives f's value and its gradient.

    Costs one tangent per input entry, so it suits few inputs. Raises InputError if f does not
    return one number.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    y, slopes = columns(lambda *x: trees.scalar(f(*x)), primals)
    return y, trees.fill_gradient(primals, slopes)


@calls.picklable
def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **kw: both(*args, **kw)[1]


@calls.of_one_array
def jacobian(f, x):
    """``jacobian(f, argnums=0)``: f's Jacobian, filled column by column.

    f maps one array to one array; the result has the shape of the output followed by the shape
    of the input. Entry [..., j] belongs to input entry j. Raises InputError for more arrays.

    >>> jacobian(lambda x: x * x[0])(np.array([1.0, 2.0]))
    array([[2., 0.],
           [2., 1.]])
    """
    y, slopes = columns(f, (x,))
    return np.reshape(np.moveaxis(slopes, 0, -1), np.shape(y) + np.shape(x))


jacfwd = jacobian  # JAX's name for it
