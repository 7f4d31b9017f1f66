"""Taylor mode: carry all the coefficients of a power series through the program, not just two.

A dual number knows x and x'; a `Series` knows as many coefficients of x(t) as anyone asks for. No
function needs a rule of its own: y' = f'(x) x' is the row that forward mode walks, now between
series, and integrating it term by term gives y. That y stands on both sides does no harm, since
each coefficient of y' needs only lower ones of y.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 13; McIlroy, "Power series,
power serious" (1999), for series that compute themselves when asked.
"""

import numpy as np

from elves import calls, core, trees
from elves.errors import InputError


class Series(core.Value):
    """A power series in t: the coefficients known so far, and how to get the next one."""

    __slots__ = ("known", "made", "more")

    def __init__(self, first, more, level, made=None):
        self.known, self.more, self.level = [first], more, level
        self.made = made  # the list of all that the program made, in order

    def coefficient(self, k):
        while len(self.known) <= k:
            self.known.append(self.more(len(self.known)))
        return self.known[k]

    def slope(self):
        """The series of the derivative by t."""
        return Series(self.coefficient(1), lambda k: (k + 1) * self.coefficient(k + 1), self.level)

    @property
    def plain(self):
        return self.known[0]

    def __repr__(self):
        return f"Series({self.known} ...)"

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        mine = [is_of(a, level) for a in args]
        firsts = [a.plain if m else a for a, m in zip(args, mine, strict=True)]
        product = rule.function is np.multiply or isinstance(rule, core.Multilinear)
        if rule.function is np.true_divide and mine[1]:
            return args[0] * np.reciprocal(args[1])
        made = next(a.made for a, m in zip(args, mine, strict=True) if m)
        y = cls(rule.run(*firsts, **kwargs), None, level, made)
        if rule.constant:
            return y.plain
        if made is not None:
            made.append(y)

        def of_product(k):  # Cauchy's product
            a, b = (arg.coefficient for arg in args)
            return sum(rule.function(a(i), b(k - i), **kwargs) for i in range(k + 1))

        def of_linear(k):
            terms = [a.coefficient(k) if m else None for a, m in zip(args, mine, strict=True)]
            return rule.jvp(terms, y.plain, firsts, kwargs)

        def of_others(k):
            if k == 1:
                slopes = [a.slope() if m else None for a, m in zip(args, mine, strict=True)]
                integrand.append(rule.jvp(slopes, y, args, kwargs))
            return integrand[0].coefficient(k - 1) / k

        integrand = []
        linear = LINEAR.intersection([type(rule), rule.function])
        y.more = of_product if product and mine == [True, True] else of_others
        if linear or (product and sum(mine) == 1):
            y.more = of_linear
        return y


LINEAR = {core.Linear, core.Moves, np.add, np.subtract, np.negative, np.positive}


def is_of(value, level):
    return type(value) is Series and value.level == level


def taylor(f, primals, tangents, order):
    """The Taylor coefficients of t -> f(primals + t * tangents) at t = 0, up to t**order.

    `primals` is the tuple of f's arguments, `tangents` a tuple of the same shapes; f returns one
    array or number, and the result is a list of order + 1 of them: the k-th derivative in that
    direction is the k-th coefficient times k!. Raises InputError for arguments that are not
    floats, tangents of other shapes, and an order that is not a whole number from 0 up.

    >>> [float(c) for c in taylor(lambda x: 1 / x, (2.0,), (1.0,), 3)]
    [0.5, -0.25, 0.125, -0.0625]
    """
    if not isinstance(order, int) or order < 0:
        raise InputError(f"The order must be a whole number from 0 up, not {order!r}.")
    level, made = core.new_level(), []

    def line(x, v):
        return Series(x, lambda k: v if k == 1 else trees.zeros(x), level, made)

    lines = [
        line(trees.number(x), v) for x, v in zip(*trees.check_jvp(primals, tangents), strict=True)
    ]
    y = trees.one_array(calls.call(f, trees.rebuild(primals, lines)))
    if not is_of(y, level):
        return [y, *(trees.zeros(y) for _ in range(order))]
    made, program = None, list(made)
    for k in range(1, order + 1):  # in order, so that a long program needs no deep recursion
        for series in program:
            series.made = None
            series.coefficient(k)
    return [trees.fresh(y.coefficient(k)) for k in range(order + 1)]
