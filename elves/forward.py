"""Forward mode: dual numbers carry a primal and its tangent through the program together.

One pass gives the derivative in one input *direction*: no tape, no memory of the past.

Source: Wengert, "A simple automatic derivative evaluation program" (1964); Griewank & Walther,
Evaluating Derivatives (2008), section 3.1; Siskind & Pearlmutter (2005) for the levels.
"""

import numpy as np

from elves import core


class Dual(core.Value):
    """A primal x and its tangent, written x + x' ε with ε² = 0."""

    __slots__ = ("primal", "tangent")

    def __init__(self, primal, tangent, level=0):
        self.primal, self.tangent, self.level = primal, tangent, level

    @property
    def plain(self):
        return self.primal

    def __repr__(self):
        return f"Dual({self.primal}, {self.tangent})"

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        mine = [isinstance(a, Dual) and a.level == level for a in args]
        primals = [a.primal if m else a for a, m in zip(args, mine, strict=True)]
        y = rule.function(*primals, **kwargs)
        if rule.constant:
            return y
        tangents = [a.tangent if m else None for a, m in zip(args, mine, strict=True)]
        return Dual(y, rule.jvp(tangents, y, primals, kwargs), level)


def jvp(f, primals, tangents):
    """The value of f and its derivative in the direction of the tangents, in one pass.

    `primals` is the tuple of f's arguments and `tangents` a tuple of the same shapes; the result
    is ``(y, y_dot)`` with y_dot in the shape of y. Raises InputError for arguments that are not
    floats and for tangents of other shapes.

    >>> x, dx = jvp(lambda x: x * x, (3.0,), (1.0,))
    >>> float(x), float(dx)
    (9.0, 6.0)
    """
    flat = zip(*core.check_jvp(primals, tangents), strict=True)
    level = core.new_level()
    y = core.call(f, core.rebuild(primals, iter([Dual(p, t, level) for p, t in flat])))

    def is_mine(leaf):
        return isinstance(leaf, Dual) and leaf.level == level

    values = [a.primal if is_mine(a) else a for a in core.leaves(y)]
    slopes = [a.tangent if is_mine(a) else np.zeros_like(a) for a in core.leaves(y)]
    return core.rebuild(y, iter(values)), core.rebuild(y, iter(slopes))


@core.with_argnums
def value_and_grad(f, primals):
    """``value_and_grad(f, argnums=0)``: a function that gives f's value and its gradient.

    Costs one pass per input entry, so it suits few inputs. Raises InputError if f does not return
    one number.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    y, slopes = None, []
    for tangents in core.unit_tangents(primals):
        y, slope = jvp(f, primals, tangents)
        core.scalar(y)
        slopes.append(slope)
    return y, core.fill_gradient(primals, slopes)


def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    return lambda *args, **kw: value_and_grad(f, argnums)(*args, **kw)[1]


def jacobian(f, argnums=0):
    """The Jacobian of f, filled column by column: entry [..., j] belongs to input entry j.

    f maps one array to one array; the result has the shape of the output followed by the shape
    of the input.

    >>> jacobian(lambda x: x * x[0])(np.array([1.0, 2.0]))
    array([[2., 0.],
           [2., 1.]])
    """

    def of_args(*args):
        of_selected, (x,) = core.select(f, args, (argnums,))
        columns = [jvp(of_selected, (x,), t)[1] for t in core.unit_tangents((x,))]
        return np.reshape(np.stack(columns, axis=-1), np.shape(columns[0]) + np.shape(x))

    return of_args
