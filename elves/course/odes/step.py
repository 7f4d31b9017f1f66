"""Exercise 14.1, rk4: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import forward, reverse
from elves.course.exercise import Exercise, brief
from elves.course.odes.fields import (
    DECAY,
    DRIVEN,
    HUNT,
    LOGISTIC,
    STEPS,
    SWING,
    WEIGHTS,
    an_array,
    field,
    floats,
    matrix,
    stepper,
)

CASES = [  # a field, the state, the time, the step, the parameters, and what goes through
    ("p[0] + 0.0 * y", [1.0], 0.0, 0.5, [2.0]),
    ("p[0] * t + 0.0 * y", [1.0], 2.0, 0.5, [1.0]),
    ("p[0] * t**3 + 0.0 * y", [0.0], 0.0, 1.0, [1.0]),
    (DECAY, [1.0], 0.0, 0.5, [1.0]),
    (LOGISTIC, [0.25], 0.0, 0.5, [2.0]),
    (DRIVEN, [0.5], 1.0, 0.5, [2.0]),
    (SWING, [0.5, 1.0], 0.0, 0.25, [1.5]),
    (HUNT, [1.0, 2.0], 0.5, -0.25, [1.5, 0.5]),
    (LOGISTIC, [[0.25, 0.5], [1.0, 0.75]], 0.0, 0.5, [2.0]),
    (LOGISTIC, [0.25], 0.0, 0.5, [2.0], "tangent"),
    (LOGISTIC, [0.25], 0.0, 0.5, [2.0], "cotangent"),
    (SWING, [0.5, 1.0], 0.0, 0.25, [1.5], "tangent"),
    (SWING, [0.5, 1.0], 0.0, 0.25, [1.5], "cotangent"),
]


def stepped(answer, case):
    words, y, t, h, p, *through = case
    f, (y, p) = field(words), floats(y, p)
    if not through:
        return an_array(answer(f, y, t, h, p))

    def moved(y, p):
        return answer(f, y, t, h, p)

    ones = np.ones_like(y), np.ones_like(p)
    if through == ["tangent"]:
        return an_array(forward.jvp(moved, (y, p), ones)[1])
    return an_array(np.concatenate(reverse.vjp(moved, y, p)[1](ones[0])))


def tell(case):
    words, y, t, h, p, *through = case
    by = f"; a {through[0]} of ones goes through" if through else ""
    return f"f is {words}; y = {brief(y)}, t = {t:g}, h = {h:g}, p = {brief(p)}{by}"


def lets_through(case):
    return PLAIN if len(case) > 5 else ROWS if np.ndim(case[1]) == 2 else None


AHEAD, MEAN = WEIGHTS["rk4"]
rk4 = STEPS["rk4"]


def time_stands(f, y, t, h, p):
    return rk4(lambda y, s, p: f(y, t, p), y, t, h, p)


def change_alone(f, y, t, h, p):
    return rk4(f, y, t, h, p) - y


def slope_alone(f, y, t, h, p):
    return (rk4(f, y, t, h, p) - y) / h


def without_h(f, y, t, h, p):
    return y + slope_alone(f, y, t, h, p)


def time_first(f, y, t, h, p):
    return rk4(lambda y, t, p: f(t, y, p), y, t, h, p)


def time_by_halves(f, y, t, h, p):
    return rk4(lambda y, s, p: f(y, t + (s - t) / h, p), y, t, h, p)


def slopes_of(f, y, t, h, p):
    """The four slopes themselves."""
    found = []
    rk4(lambda *at: found.append(f(*at)) or found[-1], y, t, h, p)
    return found


def no_brackets(f, y, t, h, p):
    k1, k2, k3, k4 = slopes_of(f, y, t, h, p)
    return y + h / 6 * k1 + 2 * k2 + 2 * k3 + k4


def of_two(f, y, t, h, p):
    k1 = f(y, t, p)
    return y + h / 2 * (k1 + f(y + h * k1, t + h, p))


def without_y(f, y, t, h, p):
    k1 = f(y, t, p)
    k2 = f(h / 2 * k1, t + h / 2, p)
    k3 = f(h / 2 * k2, t + h / 2, p)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + f(h * k3, t + h, p))


def wandering(f, y, t, h, p):
    """Each slope ahead is taken from where the one before was taken, and not from y."""
    at, k, total = y, 0.0, 0.0
    for ahead, weight in zip(AHEAD, MEAN, strict=True):
        at = at + ahead * h * k
        k = f(at, t + ahead * h, p)
        total = total + weight * k
    return y + h * total


AHEAD_OF = "k2 and k3 are taken half a step ahead, and k4 a whole one, in time and along a slope."
ALONG = "Each slope is taken along the one before it: k2 along k1, k3 along k2, k4 along k3."
WEIGHTED = "The weights are 1, 2, 2 and 1, of 6: then four equal slopes have themselves as mean."
PLAIN = "Derivatives will go through your step: use + and *, no +=, np.array or np.average."
ROWS = "A state may have two rows, as z has in 14.2: + and * take any shape."
NOT_YET = "That is the change. The new state is asked: y and the change."

EXERCISE = Exercise(
    "odes.step",
    cases=lambda random: CASES,
    right=rk4,
    run=stepped,
    tell=tell,
    of_case=lets_through,
    stops=(("ConversionError|MutationError", PLAIN),),
    draw=lambda case, want, got: matrix(want, got),
    mistakes=(
        (STEPS["euler"], "That is Euler's step: it believes the first slope all the way."),
        (STEPS["midpoint"], "That is the step by the slope in the middle alone, k2: there are "
         "four slopes to average."),
        (time_stands, "Time stands still in yours: the slopes ahead are taken at a later time, "
         "too."),
        (stepper(AHEAD, (1 / 4,) * 4), "k2 and k3 count twice."),
        (stepper(AHEAD, (1 / 4, 1 / 2, 1 / 2, 1 / 4)), WEIGHTED),
        (stepper(AHEAD, (1 / 3, 1 / 6, 1 / 6, 1 / 3)), WEIGHTED),
        (stepper(AHEAD, (1.0, 2.0, 2.0, 1.0)), WEIGHTED),
        (stepper((0.0, 1.0, 1.0, 1.0), MEAN), AHEAD_OF),
        (stepper((0.0, 1 / 2, 1 / 2, 1 / 2), MEAN), AHEAD_OF),
        (stepper((0.0, 1 / 2, 1.0, 1.0), MEAN), AHEAD_OF),
        (stepper(AHEAD, MEAN, (-1, 0, 0, 0)), ALONG),
        (stepper(AHEAD, MEAN, (-1, 0, 0, 2)), ALONG),
        (stepper(AHEAD, MEAN, (-1, -1, -1, -1)), "All four slopes are taken at the same state y: "
         "a slope ahead is taken at the state where the one before leads."),
        (stepper(AHEAD, MEAN, None, lambda h: 1.0), "A slope is a change per unit of time: how "
         "far it leads depends on h, also on the way to k2."),
        (change_alone, NOT_YET), (slope_alone, NOT_YET),
        (without_h, "The mean slope is not yet a change: it lasts for h."),
        (time_first, "The state stands first, then the time: f(y, t, p)."),
        (time_by_halves, "Half a step ahead, the time is t + h / 2, and a whole one ahead t + h."),
        (no_brackets, "h / 6 stands before the first slope alone: brackets around the sum of all."),
        (of_two, "That is Heun's step, the mean of two slopes: here there are four."),
        (without_y, "f takes a state. You ask it at a change alone, without the y that changes."),
        (wandering, "Each look ahead starts from y itself, and not from where the last one was."),
    ),
    wants="one array, the state after the step, in the shape of y",
    hints=(
        "Four slopes, each by a call of f. The first is taken at y and t. Each of the others is "
        "taken ahead, at the time there, in the state to which the slope before it leads.",
        "k2 = f(y + h / 2 * k1, t + h / 2, p): where Euler would be after half a step. k3 is the "
        "same with k2.",
        "k4 = f(y + h * k3, t + h, p), and return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4).",
    ),
    idea="Four looks at the field, and half the step makes the error sixteen times smaller.",
    real=("jax/experimental/ode.py:runge_kutta_step@def body_fun",
          "scipy/integrate/_ivp/rk.py:rk_step", "elves/tracing/control.py:Scan.eager"),
    answer="rk4",
)  # fmt: skip
