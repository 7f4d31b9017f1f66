"""Exercise 13.1, slope: its cases, a right answer, and wrong ones that are known by name."""

import math

from elves import forward, reverse
from elves.course.exercise import Exercise
from elves.course.implicit.equations import function

ROOTS = [  # an equation, a root, and the a that it belongs to
    ("2 * x - a", 1.5, 3.0), ("x * x - a", 3.0, 9.0), ("x * x - a", -3.0, 9.0),
    ("x ** 3 + x - a", 1.0, 2.0), ("a * x - 6", 2.0, 3.0), ("a * x + 6", -2.0, 3.0),
    ("x * x * a - 8", 2.0, 2.0), ("x * np.exp(x) - a", 0.5, 0.5 * math.exp(0.5)),
    ("np.log(x) + a * x", 1.0, 0.0), ("x - a * np.sin(x) - 1", 1.7821913289379008, 0.8),
]  # fmt: skip


def by(f, x, a):
    """The slope of f by x and by a."""
    return [forward.grad(f, n)(x, a) for n in (0, 1)]


def of_slopes(formula):
    """An answer that makes a formula of the slopes by x and by a."""
    return lambda f, x, a: formula(*by(f, x, a))


root_slope = of_slopes(lambda by_x, by_a: -by_a / by_x)


def by_steps(f, x, a, h=1e-6):
    by_x = (f(x + h, a) - f(x - h, a)) / (2 * h)
    return -(f(x, a + h) - f(x, a - h)) / (2 * h) / by_x


TURNED = "The other way round: yours says how far a must go when x moves by one."
SIGN = (
    "The sign: when a grows, f changes by its slope by a. To bring it back to 0, x has to undo "
    "that, not to add to it."
)
NO_A = "Yours does not ask how f changes with a. Where a enters as - a, that slope is -1; not here."
NO_X = "How far must x go to undo a change of f? The steeper f is in x, the shorter the way."
NO_PLACE = "grad(f, 1) is a function. A slope has a place: call it with x and a."

EXERCISE = Exercise(
    "implicit.slope",
    cases=lambda random: ROOTS,
    right=root_slope,
    run=lambda answer, case: answer(function(case[0]), *case[1:]),
    tell=lambda case: f"{case[0]} = 0, whose root is x = {case[1]:.6g} for a = {case[2]:.6g}",
    wants="one number, the slope of the root x by a",
    tolerance=1e-12,  # of differences, ten digits are right
    mistakes=(
        (of_slopes(lambda by_x, by_a: by_a / by_x), SIGN),
        (of_slopes(lambda by_x, by_a: -by_x / by_a), TURNED),
        (of_slopes(lambda by_x, by_a: by_x / by_a), TURNED),
        (of_slopes(lambda by_x, by_a: 1 / by_x), NO_A),
        (of_slopes(lambda by_x, by_a: -1 / by_x), NO_A),
        (of_slopes(lambda by_x, by_a: -by_a), NO_X),
        (of_slopes(lambda by_x, by_a: by_a), "That is how f changes with a while x stays. But f "
         "must stay 0, so x moves."),
        (of_slopes(lambda by_x, by_a: by_x), "That is the slope of f by x. Asked is the slope of "
         "x, by a: it takes both slopes of f."),
        (of_slopes(lambda by_x, by_a: -by_a * by_x), "You multiply. The steeper f is in x, the "
         "less x has to move: divide."),
        (of_slopes(lambda by_x, by_a: abs(by_a / by_x)), "abs forgets the sign: a root may move "
         "down when a grows."),
        (lambda f, x, a: -f(x, a) / by(f, x, a)[0], "That is a step of Newton's method, and at a "
         "root it is 0: f itself is 0 there. Its slopes are not."),
        (lambda f, x, a: root_slope(lambda a, x: f(a, x), a, x), "f takes x first, then a: you "
         "ask for its slopes at another point."),
        (lambda f, x, a: -reverse.grad(f, 2)(x, a) / reverse.grad(f, 1)(x, a), "Arguments are "
         "counted from 0: x is 0, and a is 1."),
        (by_steps, "Near, but that is lab 1: differences. grad gives both slopes of f to the last "
         "digit."),
        (lambda f, x, a: -reverse.grad(f, 1) / reverse.grad(f, 0), NO_PLACE),
        (lambda f, x, a: reverse.grad(f, 1) / reverse.grad(f, 0), NO_PLACE),
        (lambda f, x, a: 1 / (2 * x), "That is the slope of one root alone, that of x * x - a. "
         "Here f is whatever is given: grad asks it."),
    ),
    hints=(
        "f(x, a) stays 0 while a and x move: f's slope by x, times the change of x, plus f's "
        "slope by a, times the change of a, is 0.",
        "The slope by x is grad(f, 0)(x, a), that by a is grad(f, 1)(x, a). Now solve for the "
        "change of x per change of a.",
        "return -grad(f, 1)(x, a) / grad(f, 0)(x, a)",
    ),
    idea="The implicit function theorem: two slopes of the equation, whatever loop found its root.",
    real=("jax/_src/lax/control_flow/solves.py:_root_jvp@# F(m, u) = 0",
          "elves/implicit.py:Root.jvp"),
    answer="root_slope",
)  # fmt: skip
