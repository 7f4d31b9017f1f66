"""Exercise 6.7, momentum: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.exercise import Exercise, brief, several
from elves.course.guard import Unfit


def moved(answer, case):
    """The weights after some steps on a bowl, with a memory of the steps before."""
    rate, keep, steps = case
    w, memory = [np.array([2.0, -1.0])], [np.zeros(2)]
    for _ in range(steps):
        w, memory = two_lists(answer(w, memory, [w[0] * np.array([1.0, 4.0])], rate, keep))
    return [np.asarray(w[0]), np.asarray(memory[0])]


def two_lists(found):
    if not isinstance(found, (list, tuple)) or len(found) != 2:
        raise Unfit(f"{brief(found)}, and not two lists")
    for each in found:
        if not isinstance(each, (list, tuple)):
            raise Unfit(f"{brief(each)} in the place of a list of arrays")
    return found


def momentum(params, memory, slopes, rate, keep):
    memory = [keep * m + g for m, g in zip(memory, slopes, strict=True)]
    return [p - rate * m for p, m in zip(params, memory, strict=True)], memory


def no_memory(params, memory, slopes, rate, keep):
    return [p - rate * g for p, g in zip(params, slopes, strict=True)], memory


def old_memory(params, memory, slopes, rate, keep):
    new = [keep * m + g for m, g in zip(memory, slopes, strict=True)]
    return [p - rate * m for p, m in zip(params, memory, strict=True)], new


def keeps_all(params, memory, slopes, rate, keep):
    return momentum(params, memory, slopes, rate, 1.0)


def rate_twice(params, memory, slopes, rate, keep):
    return momentum(params, memory, [rate * g for g in slopes], rate, keep)


def averaged(params, memory, slopes, rate, keep):
    return momentum(params, memory, [(1 - keep) * g for g in slopes], rate, keep)


def of_steps(params, memory, slopes, rate, keep):
    memory = [keep * m - rate * g for m, g in zip(memory, slopes, strict=True)]
    return [p + m for p, m in zip(params, memory, strict=True)], memory


def steps_by_slopes(params, memory, slopes, rate, keep):
    memory = [keep * m + g for m, g in zip(memory, slopes, strict=True)]
    return [p - rate * g for p, g in zip(params, slopes, strict=True)], memory


def rate_in_memory(params, memory, slopes, rate, keep):
    memory = [keep * m + rate * g for m, g in zip(memory, slopes, strict=True)]
    return [p - m for p, m in zip(params, memory, strict=True)], memory


def keeps_of_both(params, memory, slopes, rate, keep):
    memory = [keep * (m + g) for m, g in zip(memory, slopes, strict=True)]
    return [p - rate * m for p, m in zip(params, memory, strict=True)], memory


def other_way_round(params, memory, slopes, rate, keep):
    return momentum(params, memory, slopes, rate, keep)[::-1]


def uphill(params, memory, slopes, rate, keep):
    return momentum(params, memory, slopes, -rate, keep)


EXERCISE = Exercise(
    "engine.momentum",
    cases=lambda random: [(0.1, 0.9, n) for n in (1, 2, 3, 10)] + [(0.05, 0.5, 4)],
    right=momentum,
    run=moved,
    tell=lambda c: f"{several(c[2], 'step')} with the rate {c[0]:g}, keeping {c[1]:g} of the "
    "memory",
    wants="two lists, the new params and the new memory",
    show=lambda o: f"weights {brief(o[0])}, memory {brief(o[1])}",
    mistakes=(
        (no_memory, "That is plain descent: step by the memory, and give it back changed."),
        (old_memory, "You step by the old memory: first add the new slopes to it."),
        (keeps_all, "The memory never fades: keep only `keep` of it."),
        (rate_twice, "The rate is in the memory and in the step: once is enough."),
        (uphill, "You walk uphill: subtract."),
        (averaged, "An average weakens the new slopes, too: here they enter in full."),
        (of_steps, "Your memory holds steps, with the rate in them: here it holds slopes, and "
         "the rate comes after."),
        (steps_by_slopes, "The step goes along the memory, not along the slopes alone."),
        (rate_in_memory, "The rate is in your memory: that holds slopes, and the rate comes "
         "after."),
        (keeps_of_both, "keep weakens the old memory alone: the slopes enter in full."),
        (other_way_round, "The params come first, then the memory."),
        (lambda params, memory, slopes, rate, keep: (
            [p - rate * (m + keep * g) for p, m, g in zip(params, memory, slopes, strict=True)],
            [m + keep * g for m, g in zip(memory, slopes, strict=True)]),
         "It is the old memory that fades: keep belongs to it, and not to the slopes."),
        (lambda params, memory, slopes, rate, keep: momentum(params, memory, slopes, 1.0, keep),
         "The rate is missing: the step is that part of the memory."),
        (lambda params, memory, slopes, rate, keep: (params, memory), "What you were given "
         "comes back: in a loop, p = … gives another value to the name p alone. Build new "
         "lists."),
    ),
    hints=(
        "Two lists, one after the other: first the new memory, then the new params.",
        "memory: keep * m + g. params: p - rate * m, with the new m.",
        "return [p - rate * m for p, m in zip(params, memory)], memory",
    ),
    idea="Momentum: a ball that rolls on. Through a narrow valley it is much faster.",
    real=("torch/optim/sgd.py:_single_tensor_sgd@if momentum != 0", "elves/digits.py:train"),
    answer="momentum",
)  # fmt: skip
