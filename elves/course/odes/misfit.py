"""Exercise 14.5, misfit: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import reverse
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.odes.back import walk
from elves.course.odes.fields import (
    PATHS,
    STEPS,
    arrays_of,
    draw_first,
    field,
    floats,
    path,
)

THREE = "three: the loss, its slope by y and its slope by p"


def looks(random):
    """A path, and what was seen of it at the end, at all of its states, or at some."""
    for k, (words, step, y, ts, p) in enumerate(PATHS):
        looked = [len(ts) - 1], [*range(len(ts))], [0, len(ts) - 1]
        for seen in looked if k < 2 else looked[k % 3 :][:1]:
            data = np.resize([2.0, 0.25, -1.0, 0.75, 1.5], (len(seen), len(y)))
            yield words, step, y, ts, p, seen, data
    for k, seen in ((1, [2, 0]), (4, [2, 0, 3]), (5, [3, 1, 0])):  # in no order
        words, step, y, ts, p = PATHS[k]
        yield (
            words,
            step,
            y,
            ts,
            p,
            seen,
            np.resize([2.0, 0.25, -1.0, 0.75, 1.5], (len(seen), len(y))),
        )


def missed(answer, case):
    words, step, y, ts, p, seen, data = case
    y, ts, p, seen = floats(y, ts, p, seen)
    found = answer(STEPS[step], field(words), y, ts, p, seen, data)
    loss, by_y, by_p = arrays_of(found, 3, "three things")
    if loss.shape:
        raise Unfit(f"{brief(loss)} for the loss, which is one number: the sum of all squares")
    return [loss, by_y, by_p]


def tell(case):
    words, step, y, ts, p, seen, data = case
    return (f"f is {words}, the step {step}; ts = {brief(ts)}, from y = {brief(y)}, p = {brief(p)}"
            f"; seen = {brief(seen)}, data = {brief(data)}")  # fmt: skip


def show(outcome):
    loss, by_y, by_p = map(brief, outcome)
    return f"the loss {loss}; its slope by y {by_y}, by p {by_p}"


def slopes(loss):
    """A misfit by a function of the states that were seen and of the data."""

    def misfit(step, f, y, ts, p, seen, data):
        def of(y, p):
            return loss(np.stack(path(step, f, y, ts, p))[seen], data)

        value, (by_y, by_p) = reverse.value_and_grad(of, (0, 1))(y, p)
        return [value, by_y, by_p]

    return misfit


right = slopes(lambda ys, data: np.sum((ys - data) ** 2))


def scaled(loss, slope):
    def misfit(*args):
        value, by_y, by_p = right(*args)
        return [loss * value, slope * by_y, slope * by_p]

    return misfit


def squared_sum(*args):
    step, f, y, ts, p, seen, data = args
    misses = np.stack(path(step, f, y, ts, p))[seen] - data
    return [np.sum(misses) ** 2, *right(*args)[1:]]


def with_cotangents(make):
    """The right loss, and slopes from the cotangents that `make` gives the states."""

    def misfit(step, f, y, ts, p, seen, data):
        ys, pull = reverse.vjp(lambda y, p: np.stack(path(step, f, y, ts, p)), y, p)
        gs = make(ys, 2 * (ys[seen] - data), seen)
        return [np.sum((ys[seen] - data) ** 2), *pull(gs)]

    return misfit


def by_rk4(step, *args):
    return right(STEPS["rk4"], *args)


def on_seen_times(step, f, y, ts, p, seen, data):
    return right(step, f, y, ts[seen], p, range(len(seen)), data)


def in_order(step, f, y, ts, p, seen, data):
    return right(step, f, y, ts, p, np.sort(seen), data)


def from_the_first(step, f, y, ts, p, seen, data):
    return right(step, f, y, ts, p, range(len(seen)), data)


def first_paid_there(step, f, y, ts, p, seen, data):
    """Row j is compared with state j, and paid to the state that was seen."""
    ys = path(step, f, y, ts, p)
    rows = 2 * (np.stack(ys[: len(seen)]) - data)
    return [np.sum(rows**2) / 4, *walk()(step, f, ys, ts, p, placed(np.stack(ys), rows, seen))]


def few_rows(step, f, y, ts, p, seen, data):
    """A walk back that gets a row for each observation in the place of one for each state."""
    ys = path(step, f, y, ts, p)
    rows = 2 * (np.stack(ys)[seen] - data)
    return [np.sum(rows**2) / 4, *walk()(step, f, ys, ts, p, rows)]


def placed(ys, rows, where):
    gs = np.zeros(ys.shape)
    gs[where] = rows
    return gs


def first_rows(ys, rows, seen):
    return placed(ys, rows, slice(len(rows)))


def last_row(ys, rows, seen):
    return placed(ys, rows[-1], seen[-1])


def squares_for_slopes(ys, rows, seen):
    return placed(ys, rows**2 / 4, seen)


def states_for_misses(ys, rows, seen):
    return placed(ys, 2 * ys[seen], seen)


def all_ones(ys, rows, seen):
    return placed(ys, 1.0, seen)


EXERCISE = Exercise(
    "odes.fit",
    cases=looks,
    right=right,
    run=missed,
    tell=tell,
    show=show,
    tolerance=1e-12,  # of differences, ten digits are right
    draw=draw_first,
    mistakes=(
        (scaled(1.0, 0.5), "The slope of a square has a factor 2."),
        (with_cotangents(first_rows), "The cotangents stand in the first rows of gs. Each belongs "
         "to the state that was seen."),
        (with_cotangents(last_row), "Only the last of the observations pays: each of the states "
         "that were seen has a cotangent."),
        (scaled(1.0, -1.0), "All slopes have the wrong sign: the miss is the state minus the "
         "data."),
        (scaled(1.0, -0.5), "The slope of a square has a factor 2, and the miss is the state minus "
         "the data."),
        (scaled(0.5, 0.5), "The loss is the sum of the squares, without a half before it."),
        (slopes(lambda ys, data: np.mean((ys - data) ** 2)), "That is the mean: asked is the sum."),
        (slopes(lambda ys, data: np.sum((ys - data) ** 2) / len(data)), "That is a mean: asked is "
         "the sum."),
        (slopes(lambda ys, data: np.sqrt(np.sum((ys - data) ** 2))), "No root: the loss is the sum "
         "of the squares."),
        (slopes(lambda ys, data: np.sum(np.abs(ys - data))), "Squares are asked, and not the "
         "sizes of the misses."),
        (slopes(lambda ys, data: np.sum((ys[-1] - data[-1]) ** 2)), "You look at the last "
         "observation alone: all of them count."),
        (few_rows, "gs needs a row for each state, also for those that nobody saw: zeros."),
        (by_rk4, "You go by rk4 whichever step was given: step is an argument."),
        (on_seen_times, "The path goes through all of the times ts, also those at which nobody "
         "looked. And y is the state at ts[0]."),
        (squared_sum, "First square each miss, then sum: as it is, misses cancel each other."),
        (with_cotangents(squares_for_slopes), "A cotangent is the slope of the loss by a state, "
         "and not its part of the loss."),
        (with_cotangents(states_for_misses), "You pay the states themselves: how a squared miss "
         "changes depends on the data as well."),
        (with_cotangents(all_ones), "Ones are the cotangents of a plain sum of the states. The "
         "loss is a sum of squares of misses."),
        (lambda *args: [right(*args)[0], *right(*args)[:0:-1]], "First the slope by y, then that "
         "by p."),
        (in_order, "seen need not be in order: row j belongs to ys[seen[j]]."),
        (from_the_first, "Compare ys[seen[j]] with row j."),
        (first_paid_there, "Compare ys[seen[j]] with row j."),
    ),
    wants=THREE,
    hints=(
        "Run the path, and look at the states that were seen. How much does the loss change when "
        "one of them does? That is what this state is paid.",
        "misses = np.stack(ys)[seen] - data. gs has a row for each state: zeros, but gs[seen] = "
        "2 * misses.",
        "by_y, by_p = walk_back(step, f, ys, ts, p, gs), and return np.sum(misses**2), by_y, by_p.",
    ),
    idea="Each observation pays its state, and the walk back collects that on its way.",
    real=("jax/experimental/ode.py:_odeint_rev@y_bar = y_bar + g[i - 1]",
          "elves/tracing/control.py:Scan.transpose@def step"),
    answer="misfit",
)  # fmt: skip
