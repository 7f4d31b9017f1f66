"""Differentiate the answer, not the way to it: the rule of what an equation defines.

Where ``residual(x, a) == 0`` defines x, a change of a moves x so that it still holds:
``F_x dx + F_a da = 0``. Whatever loop found x, its slope is one linear solve with F_x, and its VJP
one with F_x transposed: no round of the loop is kept.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 15; Christianson, "Reverse
accumulation and attractive fixed points" (1994); the names are those of Blondel et al., "Efficient
and modular implicit differentiation" (2022).
"""

import functools

import numpy as np

from elves import core, forward, reverse
from elves.custom import alone
from elves.errors import InputError

TOLERANCE = 1e-6


class Root(core.Rule):
    """The row of a solver: it runs as it is, and its slopes come from the equation it solves."""

    def __init__(self, solver, residual):
        super().__init__(solver)
        self.name, self.residual = solver.__name__, residual

    def solved(self, y, args, kwargs, right, transpose=False):
        """What the Jacobian of the residual by the unknowns, or its transpose, maps to `right`."""
        by_x = reverse.jacobian(lambda x: self.residual(x, *args, **kwargs))(y)
        size = int(np.prod(core.shape_of(y), dtype=int))
        matrix = np.reshape(by_x, (size, size))
        try:
            found = np.linalg.solve(matrix.T if transpose else matrix, np.reshape(right, (size,)))
        except np.linalg.LinAlgError:
            raise InputError(
                f"The Jacobian of the residual of {self.name} is singular where {self.name} ended: "
                "there the solution has no slope, or is not the only one nearby."
            ) from None
        return np.reshape(found, core.shape_of(y))

    def jvp(self, tangents, y, args, kwargs):
        moving = [i for i, t in enumerate(tangents) if t is not None]

        def of_moving(*values):
            full = dict(enumerate(args)) | dict(zip(moving, values, strict=True))
            return self.residual(y, *full.values(), **kwargs)

        primals, change = [args[i] for i in moving], [tangents[i] for i in moving]
        return -self.solved(y, args, kwargs, forward.jvp(of_moving, primals, change)[1])

    def vjp(self, i, g, y, args, kwargs):
        z = self.solved(y, args, kwargs, g, transpose=True)
        _, pullback = reverse.vjp(
            lambda a: self.residual(y, *args[:i], a, *args[i + 1 :], **kwargs), args[i]
        )
        return -pullback(z)[0]


def custom_root(residual, tolerance=TOLERANCE):
    """Decorate a solver with the equation that it solves: ``residual(x, *args) == 0``.

    The solver takes arrays and returns one array x, by whatever loop; the residual takes x and the
    same arguments, and has the shape of x. Every engine that meets the solver sees the equation
    alone, again and again for higher derivatives. Each argument that varies costs one Jacobian of
    the residual by x and one solve. Raises InputError where an entry of the residual is above
    `tolerance` at the end, and where its Jacobian by x is singular. The tolerance is absolute:
    where the terms of the equation are small, name a smaller one.

    >>> import elves
    >>> @elves.custom_root(lambda x, a: x * x - a)
    ... def root(a):
    ...     x = a
    ...     for _ in range(50):
    ...         x = (x + a / x) / 2
    ...     return x
    >>> elves.grad(root)(4.0), elves.grad(elves.grad(root))(4.0)
    (0.25, -0.03125)
    """

    def decorate(solver):
        run = alone(solver, custom_root, "residual", "an equation of its own")

        def checked(*args, **options):
            y = run(*args, **options)
            check(solver.__name__, y, residual(y, *args, **options), tolerance)
            return y

        known = core.primitive(functools.wraps(solver)(checked))
        Root(known, residual)
        return known

    return decorate


def custom_fixed_point(step, tolerance=TOLERANCE):
    """Decorate a solver whose result x a step does not change: ``step(x, *args) == x``.

    As `custom_root` with the residual ``step(x, *args) - x``.

    >>> import elves
    >>> @elves.custom_fixed_point(lambda x, a: np.cos(a * x))
    ... def still(a):
    ...     x = 0.0
    ...     for _ in range(200):
    ...         x = np.cos(a * x)
    ...     return x
    >>> round(elves.grad(still)(1.0), 12)
    -0.29747434151
    """
    return custom_root(lambda x, *args, **options: step(x, *args, **options) - x, tolerance)


def check(name, y, left, tolerance):
    """Refuse what is no solution: its slopes would be those of another equation."""
    if core.values_in([left]):
        raise InputError(
            f"The residual of {name} uses a value that is differentiated and no argument: what is "
            "differentiated comes in as arguments by position."
        )
    if np.shape(left) != np.shape(y):
        raise InputError(
            f"The residual of {name} has the shape {np.shape(left)}, and the solution "
            f"{np.shape(y)}: as many equations are needed as unknowns, in the same shape."
        )
    if not np.all(np.abs(left) <= tolerance):
        raise InputError(
            f"{name} did not converge: at its result the residual is still "
            f"{np.max(np.abs(left)):.3g}, and {tolerance:g} is allowed. Let it run longer, or "
            "allow more with tolerance=."
        )
