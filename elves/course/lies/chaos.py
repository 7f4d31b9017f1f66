"""Exercise 16.4, chaos: its cases, a right answer, and wrong ones that are known by name.

Source: Strogatz, Nonlinear Dynamics and Chaos (1994), section 10.5, on Liapunov exponents.
"""

import numpy as np

from elves import forward, reverse
from elves.course.exercise import Exercise, several
from elves.course.lies.slopes import number
from elves.course.steps.curves import function

WALKS = [  # a step in words, where it begins, and how many
    ("3 * x", 1.0, 1), ("0.5 * x", 1.0, 1), ("-2 * x", 1.0, 1), ("3 * x", 1.0, 4),
    ("x * x", 1.5, 2), ("3.2 * x * (1 - x)", 0.2, 3), ("4 * x * (1 - x)", 0.3, 5),
    ("np.sin(2 * x)", 0.5, 6), ("4 * x * (1 - x)", 0.3, 12), ("2.8 * x * (1 - x)", 0.4, 40),
    ("2.5 * x * (1 - x)", 0.4, 1100), ("(2 * x) % 1.0", 0.1, 1100),
]  # fmt: skip


def grown(answer, case):
    words, x, n = case
    return number(answer(function(words), x, n))


def told(case):
    return f"step(x) = {case[0]}, from x = {case[1]:g}, {several(case[2], 'step')}"


def path(step, x, n):
    """The places along a walk, and the slope of the step at each."""
    places, slopes = [x], []
    for _ in range(n):
        y, slope = forward.jvp(step, (places[-1],), (1.0,))
        places.append(y)
        slopes.append(slope)
    return np.array(places), np.array(slopes)


def right(step, x, n):
    return np.mean(np.log(np.abs(path(step, x, n)[1])))


def made(of):
    """An answer that is made of the places and the slopes."""
    return lambda step, x, n: of(*path(step, x, n), n)


def later(step, x, n):
    return right(step, step(x), n)


def never_moved(step, x, n):
    return np.log(abs(forward.grad(step)(x)))


def of_all(step, x, n):
    """The slope of all the steps together, by the walk back."""

    def walk(x):
        for _ in range(n):
            x = step(x)
        return x

    return reverse.grad(walk)(x)


PRODUCT = (
    "Right for a while. But the product of 1,100 slopes does not fit into a float: it is 0 or "
    "inf. The log of a product is a sum of logs."
)
SIZE = "The log of a negative slope is nan: how much it stretches is its size."
LOG = "That is another log, of the base 2 or 10: asked is the natural one, np.log."
PLACES = "These are the logs of the places. What stretches is the slope of the step there."
SHRINKS = (
    "Where a step shrinks, the log is below 0, and stays so: abs belongs around the slope alone."
)
MEAN = "A mean of slopes is not what multiplies: first the log of each, then their mean."

EXERCISE = Exercise(
    "lies.chaos",
    cases=lambda random: WALKS,
    right=right,
    run=grown,
    tell=told,
    tolerance=1e-7,
    wants="one number",
    mistakes=(
        (made(lambda xs, s, n: np.log(abs(np.prod(s))) / n), PRODUCT),
        (lambda step, x, n: np.log(abs(of_all(step, x, n))) / n, PRODUCT),
        (made(lambda xs, s, n: np.mean(np.log(s))), SIZE),
        (made(lambda xs, s, n: np.log(np.prod(s)) / n), SIZE),
        (made(lambda xs, s, n: np.sum(np.log(abs(s)))), "That is the sum of the logs. The growth "
         "of one step is their mean."),
        (made(lambda xs, s, n: np.log(np.mean(abs(s)))), MEAN),
        (made(lambda xs, s, n: np.mean(abs(s))), MEAN),
        (made(lambda xs, s, n: np.mean(s)), MEAN),
        (made(lambda xs, s, n: np.mean(abs(np.log(abs(s))))), SHRINKS),
        (made(lambda xs, s, n: np.mean(abs(np.log(s)))), SHRINKS),
        (made(lambda xs, s, n: abs(np.mean(np.log(abs(s))))), SHRINKS),
        (later, "You move first, and then take the slope: it belongs to the place before the "
         "step."),
        (never_moved, "x never moves: after each step, the next slope is taken at the new place."),
        (made(lambda xs, s, n: np.mean(np.log2(abs(s)))), LOG),
        (made(lambda xs, s, n: np.mean(np.log10(abs(s)))), LOG),
        (made(lambda xs, s, n: np.exp(np.mean(np.log(abs(s))))), "That is the factor by which a "
         "step stretches: asked is its log."),
        (made(lambda xs, s, n: np.mean(np.log(abs(xs[1:])))), PLACES),
        (made(lambda xs, s, n: np.mean(np.log(abs(xs[:-1])))), PLACES),
        (made(lambda xs, s, n: np.sum(np.log(abs(s[:-1]))) / n), "The last step is missing: there "
         "are n slopes, at the start and after each step but the last."),
        (made(lambda xs, s, n: np.prod(s)), "That is the slope after all the steps. Asked is how "
         "fast it grows: the mean of the logs of its factors."),
        (made(lambda xs, s, n: np.log(abs(s[-1]))), "That is the last step's log alone: asked is "
         "the mean of all n."),
        (made(lambda xs, s, n: np.log(abs(s[-1])) / n), "Each round takes the place of the one "
         "before: add them up."),
        (made(lambda xs, s, n: np.log(abs(s[0])) / n), "Only the first step counts: does a return "
         "stand inside the loop?"),
        (made(lambda xs, s, n: np.log(abs(xs[-1])) / n), PLACES),
        (lambda step, x, n: np.log(abs(reverse.grad(step))), "elves.grad(step) is a function: call "
         "it at x, elves.grad(step)(x)."),
        (lambda step, x, n: right(step, x, n + 1) * (n + 1) / n, "One slope too many: there are n, "
         "at the start and after each step but the last."),
        (made(lambda xs, s, n: np.log(np.sum(abs(s))) / n), MEAN),
        (made(lambda xs, s, n: np.mean(np.log(s**2))), "The log of a square is twice the log: "
         "halve it, or take abs."),
    ),
    hints=(
        "elves.grad(step)(x) is how much a small difference is stretched at x. Then x moves on.",
        "In a loop of n rounds: add np.log(abs(elves.grad(step)(x))) to a total, then "
        "x = step(x).",
        "Begin with total = 0.0, and after the loop return total / n.",
    ),
    idea="Above 0, errors and slopes grow as exp(growth * n): after some 50 doublings nothing of "
    "the start is left in 16 digits.",
    real=("jax/_src/numpy/linalg.py:_slogdet_lu@logdet",
          "elves/forward.py:jvp"),
    answer="growth",
)  # fmt: skip
