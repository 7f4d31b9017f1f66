"""Numerical differentiation: nudge the input, watch the output, divide.

Works for any program that maps numbers to numbers, even one nobody can read. It pays with error
(a large step truncates the Taylor series, a small one drowns in round-off) and with one more run
of the program per input.

Source: Nocedal & Wright, Numerical Optimization (2006), section 8.1, for the differences and
their steps; Squire & Trapp, "Using complex variables to estimate derivatives of real functions"
(1998), for the complex step, after Lyness & Moler (1967); Ridders, "Accurate computation of
F'(x) and F'(x) F''(x)" (1982), for Richardson's extrapolation with a choice of step.
"""

import functools

import numpy as np

from elves import calls, core, trees
from elves.errors import ConversionError, InputError

EPS = np.finfo(float).eps


def central(line, y, h):
    return (line(h) - line(-h)) / (2 * h)


def richardson(line, y, h):
    """Halve the step again and again, extrapolate to step 0, keep what has settled best."""
    best, best_gap, above = central(line, y, h), np.inf, []
    for k in range(16):
        row = [central(line, y, h / 2**k)]
        for j, coarser in enumerate(above):  # the error has terms in h², h⁴, h⁶ …: cancel one more
            row.append(row[j] + (row[j] - coarser) / (4 ** (j + 1) - 1))
            gap = np.maximum(abs(row[-1] - row[j]), abs(row[-1] - coarser))
            best = np.where(gap < best_gap, row[-1], best)
            best_gap = np.fmin(gap, best_gap)
        above = row
    return best


# scheme: (slope of a function of one real number t at t = 0, relative step that balances errors)
SCHEMES = {
    "forward": (lambda line, y, h: (line(h) - y) / h, EPS ** (1 / 2)),
    "backward": (lambda line, y, h: (y - line(-h)) / h, EPS ** (1 / 2)),
    "central": (central, EPS ** (1 / 3)),
    "richardson": (richardson, 0.05),
    "complex": (lambda line, y, h: np.imag(line(1j * h)) / h, 1e-20),
}


class Complex(core.Value):
    """A complex number or array on its way through a program, watched for functions like abs."""

    __slots__ = ("plain",)
    dtype = property(lambda self: np.result_type(np.real(self.plain)))  # as the program sees it

    def __init__(self, plain, level):
        self.plain, self.level = plain, level

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        values = [a.plain if is_of(a, level) else a for a in args]
        if rule.constant:  # comparisons and shapes look at the real part, as the program would
            values = [np.real(a.plain) if is_of(a, level) else a for a in args]
            return rule.function(*values, **kwargs)
        if not core.analytic(rule.function) or (rule.function is np.power and many_sheets(*values)):
            raise InputError(
                f"The complex step cannot pass through {rule.name}, which is not analytic here: "
                "use the scheme central."
            )
        return Complex(rule.function(*values, **kwargs), level)


def is_of(value, level):
    return isinstance(value, Complex) and value.level == level


def many_sheets(base, exponent):
    """Whether NumPy computes a power by a logarithm whose imaginary part would be noise."""
    whole = np.isreal(exponent) & (np.real(exponent) % 1 == 0) & (np.abs(exponent) <= 64)
    return np.any((np.real(base) < 0) & ~whole)


def jvp(f, primals, tangents, scheme="central", step=None):
    """The value of f and the slope of f in the direction of the tangents.

    `primals` is the tuple of f's arguments, `tangents` a tuple of the same shapes; `scheme` is
    forward, backward, central, richardson or complex; `step` is relative to the size of the
    primals, or to 1 where they are smaller. If it is None, it balances the two errors for
    functions that change on that scale: 1/x near 0 and sin(x) far away need a step of your own,
    or richardson, which finds a good one in 32 runs of f. Raises InputError for an
    unknown scheme, a step that is not above zero, arguments that are not floats, and a function
    that the complex step cannot pass through.

    >>> y, slope = jvp(lambda x: x**3, (2.0,), (1.0,))
    >>> bool(abs(slope - 12) < 1e-8)
    True
    """
    xs, directions = trees.check_jvp(primals, tangents)
    y = run(f, primals, xs)
    return y, slope_along(f, primals, xs, directions, y, scheme, step)


def run(f, primals, points):
    """f at some points, on arrays of its own, so that f cannot change the caller's."""
    return calls.call(f, trees.rebuild(primals, (+trees.number(p) for p in points)))


def slope_along(f, primals, xs, directions, y, scheme, step):
    if scheme not in SCHEMES:
        raise InputError(f"The scheme {scheme!r} is unknown: choose from {', '.join(SCHEMES)}.")
    slope, best_step = SCHEMES[scheme]
    if step is not None and not (isinstance(step, (int, float)) and step > 0):
        raise InputError(f"The step must be a number above zero, not {step!r}.")
    moving = [x for x, v in zip(xs, directions, strict=True) if np.any(v)]
    speed = max([float(np.max(np.abs(v), initial=0.0)) for v in directions], default=0.0) or 1.0
    h = (step or best_step) * max(map(_size, moving), default=1.0) / speed
    level, parts = core.new_level(), trees.leaves(y)
    if scheme == "complex" and any(isinstance(x, core.Value) for x in [*xs, *parts]):
        raise InputError("The complex step cannot run inside another engine: use central.")

    @functools.cache
    def line(t):
        points = [_wide(x) + t * v for x, v in zip(xs, directions, strict=True)]
        if not isinstance(t, complex):
            return [in_floats(y) for y in trees.leaves(run(f, primals, points))]
        values = trees.leaves(run(f, primals, [Complex(p, level) for p in points]))
        values = [v.plain if is_of(v, level) else v for v in values]
        bend = 10 * abs(t) ** 2  # the real part moves by no more than terms in h²
        for value, part in zip(values, parts, strict=True):
            if not np.allclose(np.real(value), part, rtol=1e-6 + bend, atol=bend):
                raise InputError(
                    "The complex step took the function out of the real numbers, where it gives "
                    f"{part!s:.30}: use the scheme central."
                )
        return values

    return trees.rebuild(
        y, [slope(lambda t, k=k: line(t)[k], y_k, h) for k, y_k in enumerate(parts)]
    )


def in_floats(y):
    """A result that can be subtracted: truth values cannot, and unsigned integers wrap around."""
    return y * 1.0 if trees.kind(y) in "biu" else y


def _wide(x):
    """Differences of single precision would be noise: nudge in double precision."""
    return x if isinstance(x, (float, core.Value)) else np.asarray(x, np.result_type(x, float))[()]


def _size(x):
    """How large the entries of x are, but at least 1; 1 for a formula, which can have any size."""
    try:
        while isinstance(x, core.Value):
            x = x.plain
    except ConversionError:
        return 1.0
    return np.max(np.abs(x), initial=1.0)


@calls.with_argnums
def value_and_grad(f, primals, scheme="central", step=None):
    """``value_and_grad(f, argnums=0, scheme="central", step=None)``: f's value and its gradient.

    Runs f once, and then once more per input entry (twice for central differences). `scheme`,
    `step` and what it raises are those of `jvp`; also raises InputError if f does not return one
    number.

    >>> y, slope = value_and_grad(lambda x: np.exp(x) * x, scheme="complex")(1.0)
    >>> slope == 2 * np.e
    True
    """
    xs = trees.leaves(primals)
    y = trees.scalar(run(f, primals, xs))
    slopes = [
        slope_along(f, primals, xs, [t[0] for t in trees.leaves(tangents)], y, scheme, step)
        for tangents in trees.unit_tangents(primals, 1)
    ]
    return y, trees.fill_gradient(primals, slopes)


@calls.picklable
def grad(f, argnums=0, scheme="central", step=None):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0])).round(6)
    array([2., 4.])
    """
    both = value_and_grad(f, argnums, scheme=scheme, step=step)
    return lambda *args, **kw: both(*args, **kw)[1]


@calls.of_one_array
def jacobian(f, x, scheme="central", step=None):
    """``jacobian(f, argnums=0, scheme="central", step=None)``: f's Jacobian, column by column.

    f maps one array to one array; the result has the shape of the output followed by the shape
    of the input. What it raises is what `jvp` raises.

    >>> jacobian(lambda x: x * x[0])(np.array([1.0, 2.0])).round(6)
    array([[2., 0.],
           [2., 1.]])
    """
    y = run(f, (x,), [x])
    columns = [
        slope_along(f, (x,), [x], [t[0]], y, scheme, step) for (t,) in trees.unit_tangents((x,), 1)
    ]
    full = np.stack(columns, -1) if columns else np.zeros(0)
    return np.reshape(full, np.shape(y) + np.shape(x))


def hessian(f, argnums=0, step=EPS ** (1 / 4)):
    """The Hessian of f by one array, in the shape of the array twice: differences of differences.

    Round-off strikes twice, so the step is larger, and half of the digits are lost.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0])).round(5)
    array([[4., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnums, step=step), argnums, step=step)


class counted:
    """f, counting how often it runs: what a derivative costs, by any engine.

    >>> f = counted(lambda x: np.sum(x**2))
    >>> _ = grad(f, scheme="forward")(np.ones(1000))
    >>> f.runs
    1001
    """

    def __init__(self, f):
        self.f, self.runs = f, 0

    def __call__(self, *args, **kwargs):
        self.runs += 1
        return self.f(*args, **kwargs)
