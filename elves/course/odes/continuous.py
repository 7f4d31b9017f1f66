"""Exercise 14.4, run_back: its cases, a right answer, and wrong ones that are known by name.

Source: Chen, Rubanova, Bettencourt & Duvenaud, "Neural ordinary differential equations" (2018),
algorithm 1, after Pontryagin; Onken & Ruthotto, "Discretize-optimize vs. optimize-discretize for
time-series regression and continuous normalizing flows" (2020), for what it costs.
"""

import itertools

import numpy as np

from elves import forward, reverse
from elves.course.exercise import Exercise, brief
from elves.course.odes.back import walk
from elves.course.odes.fields import (
    PATHS,
    STEPS,
    arrays_of,
    cotangents,
    draw_first,
    field,
    floats,
    jacobians,
    path,
)

THREE = "three arrays: the first state, its cotangent and that of p"


def ends(random):
    words, step, y, ts, p = PATHS[0]
    for given in ((words, step, y, ts, p), (words, "rk4", y, ts, p), *PATHS[1:]):
        yield *given, cotangents(len(given[2]), 1)[0]
    yield SPIRAL


SPIRAL = ("np.stack([p[0] * y[0] - 3.0 * y[1], 2.0 * y[0] + p[1] * y[1]])", "rk4", [1.0, 0.5],
          [0.0, 0.25, 0.5], [0.5, -1.0], np.array([1.0, -2.0]))  # fmt: skip


def ran(answer, case):
    words, step, y, ts, p, a = case
    f, step, (y, ts, p) = field(words), STEPS[step], floats(y, ts, p)
    return arrays_of(answer(step, f, y, ts, p, a), 3, "three arrays")


def tell(case):
    words, step, y, ts, p, a = case
    return (f"f is {words}, the step {step}; ts = {brief(ts)}, y = {brief(y)} at the end, "
            f"p = {brief(p)}, a = {brief(a)}")  # fmt: skip


def show(outcome):
    y, a, b = map(brief, outcome)
    return f"the state {y}; its cotangent {a}; that of p {b}"


def solved(of, begin=lambda a, p: (a, 0.0 * p), turned=True):
    """A run back by a function of f, y, a, b, t and p that gives the slopes of all three."""

    def run_back(step, f, y, ts, p, a):
        n, starts = len(y), begin(a, p)

        def slopes(z, t, p):
            return np.concatenate(of(f, z[:n], z[n : 2 * n], z[2 * n :], t, p))

        times = ts[::-1] if turned else ts
        z = path(step, slopes, np.concatenate([y, *starts]), times, p)[-1]
        return [z[:n], z[n : 2 * n], z[2 * n :]]

    return run_back


def by_jacobians(f, y, a, b, t, p):
    by_y, by_p = jacobians(f, y, t, p)
    return [f(y, t, p), -a @ by_y, -a @ by_p]


def against(f, y, a, b, t, p, signs=(1.0, -1.0, -1.0)):
    value, pull = reverse.vjp(lambda y, p: f(y, t, p), y, p)
    return [s * v for s, v in zip(signs, (value, *pull(a)), strict=True)]


def signed(*signs):
    return solved(lambda *args: against(*args, signs=signs))


def as_tangent(f, y, a, b, t, p):
    slope, _, paid = against(f, y, a, b, t, p)
    return [slope, -forward.jvp(lambda y: f(y, t, p), (y,), (a,))[1], paid]


def at_the_end(step, f, y, ts, p, a):
    """A run back in which the VJPs are those of the last state."""

    def of(f, z, a, b, t, p):
        return [f(z, t, p), *against(f, y, a, b, t, p)[1:]]

    return solved(of)(step, f, y, ts, p, a)


def all_at_the_end(step, f, y, ts, p, a):
    """A run back in which the slopes, too, are those of the last state."""
    return solved(lambda f, _, a, b, t, p: against(f, y, a, b, t, p))(step, f, y, ts, p, a)


def with_euler(step, f, y, ts, p, a):
    return solved(against)(STEPS["euler"], f, y, ts, p, a)


def at_turned_times(step, f, y, ts, p, a):
    """Times that are turned round, and grow; but f is asked at those, and not at its own."""
    negative = solved(lambda *args: against(*args, signs=(-1.0, 1.0, 1.0)), turned=False)
    return negative(step, f, y, -ts[::-1], p, a)


def with_given_a(step, f, y, ts, p, a):
    return solved(lambda f, y, _, b, t, p: against(f, y, a, b, t, p))(step, f, y, ts, p, a)


def slope_pulled(f, y, a, b, t, p):
    return against(f, y, f(y, t, p), b, t, p)


def at_once(step, f, y, ts, p, a):
    return solved(against)(step, f, y, ts[[0, -1]], p, a)


def after_each_other(step, f, y, ts, p, a):
    """In each step back, y stands still until the cotangents have been moved."""
    n, z = len(y), np.concatenate([a, 0.0 * p])
    for t, before in itertools.pairwise(ts[::-1]):

        def slopes(z, t, p, y=y):
            return np.concatenate(against(f, y, z[:n], z[n:], t, p)[1:])

        z, y = step(slopes, z, t, before - t, p), step(f, y, t, before - t, p)
    return [y, z[:n], z[n:]]


def walked(step, f, y, ts, p, a):
    """The walk back of 14.3, through states that were found by going back."""
    ys = path(step, f, y, ts[::-1], p)[::-1]
    return [ys[0], *walk()(step, f, ys, ts, p, last(a, ts))]


def last(a, ts):
    """Cotangents of all the states: a for the last one, and 0 for the others."""
    return np.concatenate([np.zeros((len(ts) - 1, len(a))), [a]])


def unmoved(step, f, y, ts, p, a):
    """The first entry of a path that runs back."""
    return [y, a, 0.0 * p]


def from_there(step, f, y, ts, p, a):
    """What walk_back gives when y is taken for the first state."""
    return [y, *walk()(step, f, path(step, f, y, ts, p), ts, p, last(a, ts))]


EXERCISE = Exercise(
    "odes.continuous",
    cases=ends,
    right=solved(by_jacobians),
    run=ran,
    tell=tell,
    show=show,
    tolerance=1e-12,  # of differences, ten digits are right
    draw=draw_first,
    mistakes=(
        (signed(1.0, 1.0, 1.0), "Both slopes of the cotangents have a minus: a' = -a f_y, and "
         "b' = -a f_p."),
        (signed(-1.0, -1.0, -1.0), "y runs the wrong way: with h below 0, y' = f leads back. A "
         "minus there would lead forth."),
        (at_the_end, "The y in your field stays at the end: take it from z."),
        (solved(as_tangent), "f_y times a is how a tangent moves. A cotangent stands on the left: "
         "a f_y, a VJP."),
        (signed(1.0, 1.0, -1.0), "The sign of a's slope: a' = -a f_y."),
        (signed(1.0, -1.0, 1.0), "The sign of b's slope: b' = -a f_p, so that b grows on the way "
         "back."),
        (signed(-1.0, 1.0, 1.0), "All is turned round twice: from ts[::-1] each h is negative, and "
         "that alone runs back."),
        (solved(against, turned=False), "You run forth from the end: the times go from the last to "
         "the first."),
        (solved(against, lambda a, p: (a, p)), "b begins at p itself: nothing has been paid yet, "
         "so at zeros."),
        (solved(against, lambda a, p: (np.ones(len(a)), 0.0 * p)), "The cotangent at the end is a: "
         "yours begins with ones."),
        (walked, "That walks back through the steps, as in 14.3. Here the equation of the "
         "cotangents is solved by steps of its own."),
        (with_euler, "Those are Euler's steps: go by step, whichever it is."),
        (at_turned_times, "f is asked at times below 0, and it depends on the time: ask it at its "
         "own."),
        (with_given_a, "What is pulled back all the time is the a from the end: it changes on the "
         "way. The present one is in z."),
        (solved(slope_pulled), "You pull back the slope of y. What travels back is its cotangent, "
         "a."),
        (at_once, "That is one large step: go back by as many as there were forth, one from each "
         "time of ts to the one before."),
        (after_each_other, "y stands still while a and b take their step. All three move at once: "
         "in one array, by one field."),
        (from_there, "y is the state at the end: ts[0] is where you arrive."),
        (lambda *args: [solved(against)(*args)[k] for k in (1, 0, 2)],
         "First the state, then its cotangent, then that of p."),
        (lambda *args: solved(against)(*args)[1:] + solved(against)(*args)[:1],
         "First the state, then its cotangent, then that of p."),
        (all_at_the_end, "The y in your field stays at the end: take it from z."),
        (unmoved, "That is the end: take [-1]."),
    ),
    wants=THREE,
    hints=(
        "Put y, a and b one after another in one array z. Write a field for z: it takes z apart, "
        "and gives the three slopes, in one array again.",
        "In it: slope, pull = elves.vjp(lambda y, p: f(y, t, p), z[:n], p), with n = len(y). What "
        "a pays is pull(z[n : 2 * n]): a f_y and a f_p.",
        "It returns np.concatenate([slope, -by_y, -by_p]). Begin with z = np.concatenate([y, a, "
        "np.zeros(len(p))]), and take path(step, back, z, ts[::-1], p)[-1] apart.",
    ),
    idea="It needs only the last state; path still lists all, a loop would not.",
    real=("jax/experimental/ode.py:_odeint_rev@def aug_dynamics",
          "elves/checkpointing.py:Checkpoint.vjp"),
    answer="run_back",
)  # fmt: skip
