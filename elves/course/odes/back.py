"""Exercise 14.3, walk_back: its cases, a right answer, and wrong ones that are known by name.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 12: keep the states, and compute
the inside of a step again.
"""

import numpy as np

from elves import reverse
from elves.course.exercise import Exercise, brief
from elves.course.odes.fields import (
    PATHS,
    STEPS,
    arrays_of,
    cotangents,
    draw_first,
    field,
    floats,
    path,
)

PAIR = "two arrays, the cotangent of the first state and that of p"


def paths(random):
    first, *rest = PATHS
    words, step, y, ts, p = first
    yield words, step, y, ts, p, np.array([[0.0], [1.0]])
    for words, step, y, ts, p in (first, *rest):
        yield words, step, y, ts, p, cotangents(len(y), len(ts))


def walked(answer, case):
    words, step, y, ts, p, gs = case
    f, step, (y, ts, p) = field(words), STEPS[step], floats(y, ts, p)
    return arrays_of(answer(step, f, path(step, f, y, ts, p), ts, p, gs), 2, "two arrays")


def tell(case):
    words, step, y, ts, p, gs = case
    return (f"f is {words}, the step {step}; ts = {brief(ts)}, from y = {brief(y)}, p = {brief(p)}"
            f", gs = {brief(gs)}")  # fmt: skip


def show(outcome):
    return "; ".join(f"{name} gets {brief(g)}" for name, g in zip(("y", "p"), outcome, strict=True))


def by_elf(step, f, ys, ts, p, gs):
    """One record of the whole path, and one walk through all of it."""
    states, pull = reverse.vjp(lambda y, p: np.stack(path(step, f, y, ts, p)), ys[0], p)
    return list(pull(np.reshape(gs, states.shape)))


def pulled(step, f, y, t, h, p, g):
    return reverse.vjp(lambda y, p: step(f, y, t, h, p), y, p)[1](g)


def times_h(step, f, y, t, h, p, g):
    more, paid = pulled(step, f, y, t, h, p, g)
    return more, h * paid


def euler_pulled(step, f, y, t, h, p, g):
    return pulled(STEPS["euler"], f, y, t, h, p, g)


def walk(
    pay=lambda g, more: g + more,
    add=lambda b, paid: b + paid,
    end=lambda g: g,
    at=0,
    steps=lambda n: range(n),
    size=lambda ts, k: ts[k + 1] - ts[k],
    pull=pulled,
    time=lambda ts, k: ts[k],
):
    """A walk back that is right but for what is given here."""  # fmt: skip

    def walk_back(step, f, ys, ts, p, gs):
        a, b = end(gs[-1]), 0.0 * p
        for k in reversed(steps(len(ts) - 1)):
            more, paid = pull(step, f, ys[k + at], time(ts, k), size(ts, k), p, a)
            a, b = pay(gs[k], more), add(b, paid)
        return [a, b]

    return walk_back


def without_first(step, f, ys, ts, p, gs):
    a, b = walk()(step, f, ys, ts, p, gs)
    return [a - gs[0], b]


def paid_too_late(step, f, ys, ts, p, gs):
    return walk()(step, f, ys, ts, p, np.concatenate([0 * gs[:1], gs[:-1]]))


def from_the_start(step, f, ys, ts, p, gs):
    a, b = gs[0], 0.0 * p
    for k in range(len(ts) - 1):
        more, paid = pulled(step, f, ys[k], ts[k], ts[k + 1] - ts[k], p, a)
        a, b = gs[k + 1] + more, b + paid
    return [a, b]


def own_payment_alone(step, f, ys, ts, p, gs):
    a, b = gs[-1], 0.0 * p
    for k in reversed(range(len(ts) - 1)):
        more, paid = pulled(step, f, ys[k], ts[k], ts[k + 1] - ts[k], p, gs[k + 1])
        a, b = gs[k] + more, b + paid
    return [a, b]


def paid_from_before(step, f, ys, ts, p, gs):
    """What p is paid is pulled back from the state before the step."""
    a, b = gs[-1], 0.0 * p
    for k in reversed(range(len(ts) - 1)):
        of_step = step, f, ys[k], ts[k], ts[k + 1] - ts[k], p
        a = gs[k] + pulled(*of_step, a)[0]
        b = b + pulled(*of_step, a)[1]
    return [a, b]


def of_each_state(step, f, ys, ts, p, gs):
    """The state's own cotangent twice, since the step holds y already."""
    a, b = gs[-1], 0.0 * p
    for k in reversed(range(len(ts) - 1)):
        more, paid = pulled(step, f, ys[k], ts[k], ts[k + 1] - ts[k], p, a)
        a, b = gs[k] + a + more, b + paid
    return [a, b]


def field_pulled(step, f, y, t, h, p, g):
    return reverse.vjp(lambda y, p: f(y, t, p), y, p)[1](g)


BEGIN = "The last state begins with what it is paid directly, and that is gs[-1]."
ALL_STEPS = (
    "A step is left out: n times have n - 1 steps between them, and each one is walked back."
)
FORWARD_STEP = (
    "A walk back takes no step back. It pulls back through the step that went forth, with the "
    "state, the time and the h that this one had."
)

EXERCISE = Exercise(
    "odes.back",
    cases=paths,
    right=by_elf,
    run=walked,
    tell=tell,
    show=show,
    tolerance=1e-12,  # of differences, ten digits are right
    draw=draw_first,
    mistakes=(
        (walk(pay=lambda g, more: more), "gs has a cotangent for each state, and you use the last "
         "one alone: add gs[k] when you come by."),
        (without_first, "The first state has a cotangent of its own as well: gs[0]."),
        (walk(end=lambda g: 0.0 * g), BEGIN), (walk(end=np.ones_like), BEGIN),
        (walk(add=lambda b, paid: paid), "Each step uses p, so each step pays it: add all that."),
        (walk(at=1), "A step began at the state before it: pull back at ys[k], not at where it "
         "led."),
        (from_the_start, "You walk with the time: a cotangent goes from the last state to the "
         "first."),
        (walk(size=lambda ts, k: ts[1] - ts[0]), "The times need not be equally far apart: each "
         "step has its own h."),
        (walk(time=lambda ts, k: ts[0]), "Each step has a time of its own: it began at ts[k]."),
        (walk(time=lambda ts, k: ts[k + 1]), "The step began at ts[k], and that is the time that "
         "it was called with."),
        (paid_too_late, "gs[k] belongs to the state before step k: pull back first, then add it."),
        (own_payment_alone, "Only gs is pulled back: what came from later states has to go on "
         "too, all the way."),
        (paid_from_before, "y and p are paid from the same cotangent, that of the state after the "
         "step: in yours it is the new one already when p is paid."),
        (of_each_state, "A step gives y and its change, so its pullback has paid for y already: "
         "here that is added once more."),
        (walk(pull=field_pulled), "You pull back through f. What took ys[k] to the next state is "
         "the step, which calls f: pull back through that."),
        (walk(pull=euler_pulled), "You walk back through Euler's steps, whichever were taken: "
         "pull back through step itself."),
        (walk(steps=lambda n: range(1, n)), ALL_STEPS),
        (walk(steps=lambda n: range(n - 1)), ALL_STEPS),
        (walk(size=lambda ts, k: ts[k] - ts[k + 1]), FORWARD_STEP),
        (walk(at=1, time=lambda ts, k: ts[k + 1], size=lambda ts, k: ts[k] - ts[k + 1]),
         FORWARD_STEP),
        (walk(pull=times_h), "What the pullback of a step gives has h in it "
         "already: you multiply by it once more."),
        (lambda *args: by_elf(*args)[::-1], "First the cotangent of y, then that of p."),
        (lambda *args: [by_elf(*args)[0], 0.0 * args[4]], "p gets nothing: the pullback of a step "
         "gives what y is paid, and what p is."),
    ),
    wants=PAIR,
    hints=(
        "Begin with what the last state is paid. For each step, from the last to the first: pull "
        "back through it what has arrived, and add what the state before it is paid directly.",
        "_, pull = elves.vjp(lambda y, p: step(f, y, ts[k], h, p), ys[k], p), with the h of that "
        "step.",
        "for k in reversed(range(len(ts) - 1)): more, paid = pull(a), and then a = gs[k] + more "
        "and b = b + paid.",
    ),
    idea="Step by step, the states suffice: one VJP of all of path keeps the insides too.",
    real=("elves/tracing/control.py:Scan.transpose",),
    answer="walk_back",
)  # fmt: skip
