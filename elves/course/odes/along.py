"""Exercise 14.2, along: its cases, a right answer, and wrong ones that are known by name.

Source: Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I (1993), section I.14.
"""

import numpy as np

from elves import forward, reverse
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.kinds import a
from elves.course.odes.fields import (
    DECAY,
    DRIVEN,
    HUNT,
    LOGISTIC,
    SWING,
    an_array,
    field,
    floats,
    jacobians,
    matrix,
)

CASES = [  # a field, the state and its tangent, the time, the parameters and their tangent
    (DECAY, [1.0], [1.0], 0.0, [3.0], [0.0]),
    (DECAY, [2.0], [0.0], 0.0, [3.0], [1.0]),
    (DECAY, [2.0], [0.5], 0.0, [3.0], [1.0]),
    (LOGISTIC, [0.25], [-2.0], 0.0, [2.0], [0.5]),
    (DRIVEN, [0.5], [1.0], 1.0, [2.0], [3.0]),
    (SWING, [0.5, 1.0], [1.0, -2.0], 0.0, [1.5], [0.5]),
    (HUNT, [1.0, 2.0], [0.5, 1.0], 0.0, [1.5, 0.5], [1.0, -2.0]),
    ("np.tanh(p[:2] * y + p[2])", [0.3, -0.4], [1.0, 2.0], 0.0, [1.0, 2.0, 0.1], [0.5, 1.0, 3.0]),
]  # fmt: skip


def slopes(answer, case):
    words, y, dy, t, p, dp = case
    y, dy, p, dp = floats(y, dy, p, dp)
    both = answer(field(words), dp)
    if not callable(both):
        raise Unfit(f"{brief(both)} came back from along: asked is a function of z, t and p")
    found = both(np.stack([y, dy]), t, p)
    if isinstance(found, (list, tuple)):
        raise Unfit(f"{a(found)}, and no array: a step has to compute with it")
    return an_array(found)


def tell(case):
    words, y, dy, t, p, dp = case
    return (f"f is {words}; y = {brief(y)}, dy = {brief(dy)}, t = {t:g}, p = {brief(p)}, "
            f"dp = {brief(dp)}")  # fmt: skip


def by_jacobians(f, y, dy, t, p, dp):
    by_y, by_p = jacobians(f, y, t, p)
    return np.stack([f(y, t, p), by_y @ dy + by_p @ dp])


def made(of):
    """An `along` by a function of f, the state, its tangent, the time, and both p and dp."""
    return lambda f, dp: lambda z, t, p: of(f, z[0], z[1], t, p, dp)


def moving(f, y, dy, t, p, dp, dt=0.0):
    return np.stack(forward.jvp(f, (y, t, p), (dy, dt, dp)))


def still_parameters(f, y, dy, t, p, dp):
    return moving(f, y, dy, t, p, 0.0 * dp)


def still_state(f, y, dy, t, p, dp):
    return moving(f, y, 0.0 * dy, t, p, dp)


def parameters_in_y(f, y, dy, t, p, dp):
    return moving(f, y, dy, t, p, 0.0 * dp) + np.stack([0.0 * y, 0.0 * y + dp[0]])


def tangent_itself(f, y, dy, t, p, dp):
    return np.stack([f(y, t, p), dy])


def moved_on(f, y, dy, t, p, dp):
    return moving(f, y, dy, t, p, dp) + np.stack([0.0 * dy, dy])


def field_there(f, y, dy, t, p, dp):
    return np.stack([f(y, t, p), f(dy, t, p)])


def difference(f, y, dy, t, p, dp):
    return np.stack([f(y, t, p), f(y + dy, t, p + dp) - f(y, t, p)])


def pulled(f, y, dy, t, p, dp):
    value, pull = reverse.vjp(lambda y: f(y, t, p), y)
    return np.stack([value, pull(dy)[0]])


def exchanged_parameters(f, y, dy, t, p, dp):
    return moving(f, y, dy, t, dp, p)


def exchanged_rows(f, y, dy, t, p, dp):
    return moving(f, dy, y, t, p, dp)


def scaled(f, y, dy, t, p, dp):
    return np.stack([f(y, t, p), f(y, t, p) * dy])


def stepped(f, y, dy, t, p, dp):
    return np.stack([y, dy]) + moving(f, y, dy, t, p, dp)


def state_itself(f, y, dy, t, p, dp):
    return np.stack([y, moving(f, y, dy, t, p, dp)[1]])


STILL = "Two things move the slope: the tangent of y, and that of p."

EXERCISE = Exercise(
    "odes.along",
    cases=lambda random: CASES,
    right=made(by_jacobians),
    run=slopes,
    tell=tell,
    tolerance=1e-12,  # of differences, ten digits are right
    draw=lambda case, want, got: matrix(want, got),
    mistakes=(
        (made(still_parameters), "The parameters stand still in yours: their tangent is dp. "
         + STILL),
        (made(still_state), "The state stands still in yours: its tangent is the second row of z. "
         + STILL),
        (made(parameters_in_y), "dp says how p moves. How much f moves by that, f itself knows: "
         "dp goes in as a tangent."),
        (made(tangent_itself), "The second row asks how fast dy changes, and not for dy itself."),
        (made(moved_on), "dy is added in yours: that is what a step does. A field gives the "
         "slopes alone."),
        (made(lambda *args: moving(*args)[::-1]), "They have changed places: first the slope of "
         "y, below it that of dy."),
        (made(lambda *args: moving(*args)[1]), "y has to go on as well: its slope is the first "
         "row, that of dy the second one."),
        (made(state_itself), "The first row asks how fast y changes: that is f, and not y."),
        (made(field_there), "That is f at the place dy. But dy is no place: how f moves when y "
         "moves along dy is what its JVP says."),
        (made(difference), "That is a difference over the whole length of the tangents. A tangent "
         "has no length to walk: JVP."),
        (made(lambda *args: moving(*args, dt=1.0)), "The time moves in yours, too. Both paths are "
         "looked at at the same time: its tangent is 0."),
        (made(stepped), "dy is added in yours: that is what a step does. A field gives the "
         "slopes alone."),
        (made(exchanged_parameters), "p and dp have changed places: dp is the tangent."),
        (made(exchanged_rows), "The first row of z is the state, the second one its tangent."),
        (made(scaled), "f times dy is no slope of f: how f moves when y moves is its JVP."),
        (made(pulled), "That is a VJP, which carries cotangents back. A tangent goes forward."),
    ),
    wants="a function of z, t and p that gives one array in the shape of z",
    hints=(
        "A function within a function: along makes both(z, t, p) and returns it. Take z apart.",
        "One JVP of f gives both rows: y and p move by dy and dp, and the time does not move.",
        "In both: return np.stack(elves.jvp(f, (z[0], t, p), (z[1], 0.0, dp))).",
    ),
    idea="The tangent has a differential equation of its own, and it is solved beside that of y.",
    real=("jax/_src/lax/control_flow/loops.py:_scan_jvp@out_flat = scan_p.bind",
          "elves/tracing/control.py:Scan.dual@def step"),
    answer="along",
)  # fmt: skip
