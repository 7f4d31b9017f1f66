"""Exercise 16.6, solver: its cases, a right answer, and wrong ones that are known by name.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 15; Christianson, "Reverse
accumulation and attractive fixed points" (1994).
"""

import numpy as np

from elves import forward
from elves.course.exercise import Exercise
from elves.course.lies.slopes import PAIR, with_slope
from elves.custom import custom_vjp


def halved(g, low, high):
    """A solver by bisection, between two numbers: only the signs of g are asked."""

    def solve(x):
        a, b = low, high
        rises = g(b, x) > g(a, x)
        for _ in range(60):
            middle = (a + b) / 2
            a, b = (a, middle) if (g(middle, x) > 0) == rises else (middle, b)
        return (a + b) / 2

    return solve


def around(g, reach):
    """The same, but it begins around x, which lets some slope through: a wrong one."""

    def solve(x):
        a, b = x - reach, x + reach
        for _ in range(60):
            middle = (a + b) / 2
            a, b = (a, middle) if g(middle, x) > 0 else (middle, b)
        return (a + b) / 2

    return solve


def guessed(g, slope, guess):
    """Newton from a guess, which ends where it is near enough: at once, if the guess is good."""

    def solve(x):
        y = guess
        while abs(g(y, x)) > 1e-9:
            y = y - g(y, x) / slope(y)
        return y

    return solve


def root(y, x):
    return y * y - x


def turned_root(y, x):
    return x - y * y


def kepler(y, x):
    return y - 0.3 * np.sin(y) - x


def cube(y, x):
    return y**3 + y - x


def product(y, x):
    return x * y - 3.0


def exponential(y, x):
    return y * np.exp(y) - x


def in_between(y, x):
    return y**3 + x * y - 6.0


BISECTION = "bisection from {} to {}"
EQUATIONS = [  # the solver and g in words, both of them, and x
    ("Newton from 3", "y * y - x", guessed(root, lambda y: 2 * y, 3.0), root, 9.0),
    (BISECTION.format(0, 8), "y * y - x", halved(root, 0.0, 8.0), root, 6.25),
    (BISECTION.format(0, 8), "x * y - 3", halved(product, 0.0, 8.0), product, 2.0),
    (BISECTION.format(0, 8), "x - y * y", halved(turned_root, 0.0, 8.0), turned_root, 2.0),
    (BISECTION.format("x - 1", "x + 1"), "y - 0.3 * np.sin(y) - x", around(kepler, 1.0), kepler,
     1.0),
    (BISECTION.format(0, 4), "y**3 + y - x", halved(cube, 0.0, 4.0), cube, 2.0),
    ("Newton from 1.5", "y * y - x", guessed(root, lambda y: 2 * y, 1.5), root, 2.0),
    (BISECTION.format(0, 2), "y * np.exp(y) - x", halved(exponential, 0.0, 2.0), exponential, 1.5),
    (BISECTION.format(0, 4), "y**3 + x * y - 6", halved(in_between, 0.0, 4.0), in_between, 1.0),
    (BISECTION.format(-3, 0), "y * y - x", halved(root, -3.0, 0.0), root, 2.0),
]  # fmt: skip


def repaired_at(answer, case):
    _, _, solve, g, x = case
    return with_slope(lambda x: answer(solve, g, x), x)


def partial(g, k):
    """The slope of g(y, x) by one of the two, by tangents: it can be differentiated again."""
    return lambda y, x: forward.jvp(g, (y, x), (1.0 - k, 0.0 + k))[1]


def right(solve, g, x):
    """By the theorem of implicit functions, with a VJP of its own."""

    def back(c, y, x):
        return -c * partial(g, 1)(float(y), x) / partial(g, 0)(float(y), x)

    return custom_vjp(back)(lambda x: np.float64(solve(x)))(x)


def plain(x):
    """A number that no elf follows."""
    while hasattr(x, "plain"):
        x = x.plain
    return x


def stepped(change):
    """An answer that is made of y, g there, its slopes by y and by x, and x."""

    def repaired(solve, g, x):
        y = plain(solve(plain(x)))
        return change(y, g(y, x), partial(g, 0)(y, x), partial(g, 1)(y, x), x)

    return repaired


def from_elsewhere(begin):
    """Many steps of Newton, from a place of its own: solve is never asked."""

    def repaired(solve, g, x):
        y = begin
        for _ in range(30):
            y = y - g(y, x) / partial(g, 0)(y, x)
        return y

    return repaired


ELSEWHERE = "Newton must begin at solve(x): from elsewhere it may find another solution."

EXERCISE = Exercise(
    "lies.solver",
    cases=lambda random: EQUATIONS,
    right=right,
    run=repaired_at,
    tell=lambda case: f"g(y, x) = {case[1]}, solve: {case[0]}, x = {case[4]:g}",
    tolerance=1e-7,
    mistakes=(
        (lambda solve, g, x: solve(x), "That is what solve gives: its value is right, and its "
         "slope is that of the way it went."),
        (lambda solve, g, x: plain(solve(plain(x))), "The value is right, and the slope is 0: g "
         "must see the x that the elf follows."),
        (stepped(lambda y, g, by_y, by_x, x: y + g / by_y), "The sign is turned: where g is too "
         "large and rises with y, y must go down."),
        (stepped(lambda y, g, by_y, by_x, x: y - g / by_x), "You divide by the slope of g by x. "
         "It is y that is mended: by y, the first argument."),
        (stepped(lambda y, g, by_y, by_x, x: y - g), "How far y must go depends on how steep g is "
         "in y: divide by that slope."),
        (stepped(lambda y, g, by_y, by_x, x: y - g * by_y), "The steeper g, the shorter the step: "
         "divide by its slope."),
        (stepped(lambda y, g, by_y, by_x, x: -by_x / by_y), "That is the slope of y. Asked is y "
         "itself, so that an elf finds this slope."),
        (stepped(lambda y, g, by_y, by_x, x: g / by_y), "That is the step. Asked is the y to "
         "which it leads."),
        (stepped(lambda y, g, by_y, by_x, x: -g / by_y), "That is the step. Asked is the y to "
         "which it leads."),
        (stepped(lambda y, g, by_y, by_x, x: y - g / by_y / 2), "Half a step mends half of the "
         "slope."),
        (stepped(lambda y, g, by_y, by_x, x: y - g / (2 * y)), "2 * y is the slope of y * y - x "
         "alone. g is any function: ask an elf for its slope."),
        (stepped(lambda y, g, by_y, by_x, x: x - g / by_y), "Newton's step begins at y, not at x."),
        (lambda solve, g, x: (y := plain(solve(plain(x)))) - g(x, y) / partial(g, 0)(y, x),
         "g takes y first, and then x."),
        (lambda solve, g, x: (y := plain(solve(plain(x)))) - g(y, x) / partial(g, 0)(x, y),
         "The slope of g is taken at (y, x), in this order."),
        (from_elsewhere(1.0), ELSEWHERE),
    ),
    hints=(
        "Newton's step goes from y to where the line that touches g, as a function of y, is 0: "
        "y minus height over slope.",
        "The height is g(y, x). The slope by y, g's first argument, is elves.grad(g)(y, x).",
        "y = solve(x), then return y - g(y, x) / elves.grad(g)(y, x).",
    ),
    idea="One step of Newton forgets the way that y came: at the solution, its slope is that of "
    "the equation.",
    real=("jax/_src/lax/control_flow/solves.py:_root_jvp@F(m, u) = 0",
          "elves/custom.py:custom_vjp"),
    answer="repaired",
    **PAIR,
)  # fmt: skip
