"""Exercise 3.4, jvp: its cases, a right answer, and wrong ones that are known by name."""

import math

from elves import forward
from elves.course.duals.dual import Dual, dual
from elves.course.exercise import Exercise, brief

MAPS = [
    ("a * a", [3.0], [1.0]), ("a * a", [3.0], [2.0]), ("2.0 * a - 1.0", [1.5], [1.0]),
    ("a * b", [2.0, 5.0], [1.0, 0.0]), ("a * b", [2.0, 5.0], [0.0, 1.0]),
    ("a * b", [2.0, 5.0], [3.0, 4.0]), ("a * b + a", [1.0, -2.0], [0.5, 2.0]),
    ("a * b * c + b", [1.0, 2.0, 3.0], [1.0, -1.0, 0.5]), ("5.0", [2.0], [1.0]),
    ("7.0", [2.0, 1.0], [1.0, 3.0]),
]  # fmt: skip


def formula(words, count):
    return eval(f"lambda {', '.join('abc'[:count])}: {words}")


def pushed(answer, case):
    words, point, direction = case
    return answer(formula(words, len(point)), point, direction)


def jvp(f, point, direction):
    y = dual(f(*map(Dual, point, direction)))
    return y.value, y.tangent


def jvp_of_a_list(f, point, direction):
    y = dual(f([*map(Dual, point, direction)]))
    return y.value, y.tangent


def jvp_of_one(f, point, direction):
    y = dual(f(Dual(point, direction)))
    return y.value, y.tangent


def all_move(f, point, direction):
    return jvp(f, point, [1.0] * len(point))


def first_moves(f, point, direction):
    return jvp(f, point, [direction[0]] + [0.0] * (len(point) - 1))


def slope_alone(f, point, direction):
    return jvp(f, point, direction)[1]


def slope_first(f, point, direction):
    return jvp(f, point, direction)[::-1]


def unit_length(f, point, direction):
    return jvp(f, point, [d / math.hypot(*direction) for d in direction])


def exchanged_inputs(f, point, direction):
    return jvp(f, direction, point)


def slope_by_slope(f, point, direction):
    """The slopes by each input, in a list: not yet added up."""
    count = range(len(point))
    passes = [jvp(f, point, [direction[i] * (i == k) for i in count]) for k in count]
    return passes[0][0], [slope for _, slope in passes]


def no_constants(f, point, direction):
    y = f(*map(Dual, point, direction))
    return y.value, y.tangent


ONE_BY_ONE = "f takes its inputs one by one, each as a Dual of its own: a list of them is no input."
NO_EXCHANGE = "Value and tangent have changed places: Dual(value, tangent)."

EXERCISE = Exercise(
    "duals.jvp",
    cases=lambda random: MAPS,
    right=lambda f, point, direction: forward.jvp(f, tuple(point), tuple(direction)),
    run=pushed,
    tell=lambda case: f"f = {case[0]} at {brief(case[1])} in the direction {brief(case[2])}",
    mistakes=(
        (all_move, "You let every input move by 1: its tangent is its entry of direction."),
        (first_moves, "Only the first input moves: all have an entry in direction."),
        (slope_alone, "Return the pair: the value of f, then the slope."),
        (slope_first, "The value of f comes first, then the slope."),
        (exchanged_inputs, NO_EXCHANGE),
        (slope_by_slope, "In one pass all the inputs move together: one slope comes out, "
         "which is the sum of these."),
        (unit_length, "Leave the direction as long as it is: twice the direction, twice the "
         "slope."),
        (lambda f, x, dx: [jvp(f, x, dx)[1]], "Return the pair: the value of f, then the "
         "slope."),
        (no_constants, "f may give back a plain number, which does not move: its tangent is 0. "
         "dual(…) makes one of it."),
        (jvp_of_a_list, ONE_BY_ONE),
        (jvp_of_one, ONE_BY_ONE),
        (lambda f, x, dx: (jvp(f, x, dx)[0], 0.0), "Nothing moves: the tangent of each input "
         "is its entry of direction."),
    ),
    hints=(
        "Make a Dual of each input, with its entry of direction as the tangent.",
        "Call f on them. What comes back holds both numbers that you need.",
        "y = dual(f(*[Dual(x, d) for x, d in zip(point, direction)]))",
    ),
    idea="One pass, one direction: the slope of f along it, exact, at about twice f's price.",
    real=("jax/_src/api.py:jvp", "torch/_functorch/eager_transforms.py:jvp",
          "elves/forward.py:jvp"),
    answer="jvp",
)  # fmt: skip
