"""Numerical differentiation: nudge the input, watch the output, divide.

Works for any program that maps numbers to numbers, even one nobody can read. It pays with error
(a large step truncates the Taylor series, a small one drowns in round-off) and with one more run
of the program per input.

Source: Nocedal & Wright, Numerical Optimization (2006), section 8.1, for the differences and
their steps; Squire & Trapp, "Using complex variables to estimate derivatives of real functions"
(1998), for the complex step, after Lyness & Moler (1967).
"""

import functools

import numpy as np

from elves import core
from elves.errors import InputError

EPS = np.finfo(float).eps

# scheme: (slope of a function of one real number t at t = 0, relative step that balances errors)
SCHEMES = {
    "forward": (lambda line, y, h: (line(h) - y) / h, EPS ** (1 / 2)),
    "central": (lambda line, y, h: (line(h) - line(-h)) / (2 * h), EPS ** (1 / 3)),
    "complex": (lambda line, y, h: imaginary(line(1j * h)) / h, 1e-20),
}

# The complex step needs f to have a complex derivative; these cut the imaginary part off.
NOT_ANALYTIC = {
    np.absolute, np.sign, np.maximum, np.minimum, np.max, np.min, np.floor, np.ceil, np.rint,
    np.trunc, np.remainder, np.floor_divide, np.hypot, np.arctan2, np.logaddexp, np.cbrt,
}  # fmt: skip


class Complex(core.Value):
    """A complex number or array on its way through a program, watched for functions like abs."""

    __slots__ = ("plain",)

    def __init__(self, plain, level):
        self.plain, self.level = plain, level

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        if rule.function in NOT_ANALYTIC:
            raise InputError(
                f"The complex step cannot pass through {rule.name}, which is not analytic: use "
                "the scheme central."
            )
        mine = [isinstance(a, Complex) and a.level == level for a in args]
        if rule.constant:  # comparisons and shapes look at the real part, as the program would
            return rule.function(
                *(np.real(a.plain) if m else a for a, m in zip(args, mine, strict=True)), **kwargs
            )
        values = [a.plain if m else a for a, m in zip(args, mine, strict=True)]
        return Complex(rule.function(*values, **kwargs), level)


def imaginary(y):
    return np.imag(y.plain) if isinstance(y, Complex) else np.zeros_like(y)


def jvp(f, primals, tangents, scheme="central", step=None):
    """The value of f and the slope of f in the direction of the tangents.

    `primals` is the tuple of f's arguments, `tangents` a tuple of the same shapes; `scheme` is
    forward, central or complex; `step` is relative to the size of the primals (no unit) and
    chosen to balance the two errors if it is None. Raises InputError for an unknown scheme, for
    arguments that are not floats, and for a function that the complex step cannot pass through.

    >>> y, slope = jvp(lambda x: x**3, (2.0,), (1.0,))
    >>> bool(abs(slope - 12) < 1e-8)
    True
    """
    flat, directions = core.check_jvp(primals, tangents)
    y = run(f, primals, flat)
    return y, slope_along(f, primals, flat, directions, y, scheme, step)


def run(f, primals, points):
    """f at some points, on arrays of its own, so that f cannot change the caller's."""
    return core.call(f, core.rebuild(primals, (+p for p in points)))


def slope_along(f, primals, flat, directions, y, scheme, step):
    if scheme not in SCHEMES:
        raise InputError(f"The scheme {scheme!r} is unknown: choose from {', '.join(SCHEMES)}.")
    slope, best_step = SCHEMES[scheme]
    h = (best_step if step is None else step) * max(map(_moved, flat, directions))
    level = core.new_level()

    @functools.cache
    def line(t):
        points = [_wide(x) + t * v for x, v in zip(flat, directions, strict=True)]
        if isinstance(t, complex):
            points = [Complex(p, level) for p in points]
        return core.leaves(run(f, primals, points))

    parts = core.leaves(y)
    return core.rebuild(
        y, (slope(lambda t, k=k: line(t)[k], y_k, h) for k, y_k in enumerate(parts))
    )


def _wide(x):
    """Differences of single precision would be noise: nudge in double precision."""
    return x if isinstance(x, (float, core.Value)) else np.asarray(x, np.result_type(x, float))[()]


def _moved(x, v):
    """How large the entries of x are that move along v, but at least 1."""
    while isinstance(x, core.Value):
        x = x.plain
    return np.max(np.abs(x * (v != 0)), initial=1.0)


@core.with_argnums
def value_and_grad(f, primals, scheme="central", step=None):
    """``value_and_grad(f, argnums=0, scheme="central", step=None)``: f's value and its gradient.

    Runs f once, and then once more per input entry (twice for central differences). `scheme`,
    `step` and what it raises are those of `jvp`; also raises InputError if f does not return one
    number.

    >>> y, slope = value_and_grad(lambda x: np.exp(x) * x, scheme="complex")(1.0)
    >>> slope == 2 * np.e
    True
    """
    flat = core.leaves(primals)
    y = core.scalar(run(f, primals, flat))
    slopes = [
        slope_along(f, primals, flat, core.leaves(tangents), y, scheme, step)
        for tangents in core.unit_tangents(primals)
    ]
    return y, core.fill_gradient(primals, slopes)


def grad(f, argnums=0, scheme="central", step=None):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0])).round(6)
    array([2., 4.])
    """
    return lambda *args, **kw: value_and_grad(f, argnums, scheme=scheme, step=step)(*args, **kw)[1]
