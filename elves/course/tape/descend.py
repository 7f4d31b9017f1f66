"""Exercise 4.8, descend: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise, brief, several
from elves.course.tape.grad import numbers


def descended(answer, case):
    """Where an answer's gradient descent comes to, on a bowl in two weights."""
    (p, q), start, rate, steps = case

    def slope(u, v):
        return [2 * (u - p) + 0.5 * v, 2 * q * v + 0.5 * u]

    return numbers(answer(slope, list(start), rate, steps))


def descend(slope, weights, rate, steps):
    for _ in range(steps):
        weights = [w - rate * g for w, g in zip(weights, slope(*weights), strict=True)]
    return weights


def climbs(slope, weights, rate, steps):
    return descend(slope, weights, -rate, steps)


def first_gradient(slope, weights, rate, steps):
    gradient = slope(*weights)
    return [w - steps * rate * g for w, g in zip(weights, gradient, strict=True)]


def one_after_the_other(slope, weights, rate, steps):
    weights = list(weights)
    for _ in range(steps):
        for k in range(len(weights)):
            weights[k] = weights[k] - rate * slope(*weights)[k]
    return weights


def no_rate(slope, weights, rate, steps):
    return descend(slope, weights, 1.0, steps)


def from_the_start(slope, weights, rate, steps):
    new = weights
    for _ in range(steps):
        new = [w - rate * g for w, g in zip(weights, slope(*new), strict=True)]
    return new


def one_step(slope, weights, rate, steps):
    return descend(slope, weights, rate, 1)


BOWLS = [((1.0, 1.0), (3.0, 0.0), 0.1, n) for n in (0, 1, 2, 3)]
BOWLS += [((0.5, 2.0), (1.0, -1.0), 0.05, n) for n in (1, 2, 5, 20)]

EXERCISE = Exercise(
    "tape.descend",
    cases=lambda random: BOWLS,
    right=descend,
    run=descended,
    tell=lambda case: f"{several(case[3], 'step')} from {brief(case[1])} with the rate "
    f"{case[2]:g}",
    wants="the list of the weights after the last step",
    mistakes=(
        (climbs, "You walk uphill: the gradient points to where the loss grows, so subtract."),
        (first_gradient, "You ask for the gradient once: after each step it is another one."),
        (one_after_the_other, "You change one weight before you know the slope by the next: "
         "take the whole gradient first."),
        (no_rate, "You step by the whole gradient: multiply it by the rate."),
        (one_step, "You take one step: repeat it `steps` times."),
        (from_the_start, "Each step begins at the first weights: go on from the last ones."),
    ),
    hints=(
        "In a loop: ask slope(*weights), then make new weights.",
        "The new weight is w - rate * g, for each pair of w and g.",
        "weights = [w - rate * g for w, g in zip(weights, slope(*weights))], `steps` times.",
    ),
    idea="Gradient descent: a network is trained by this loop and a tape.",
    real=("torch/optim/sgd.py:_single_tensor_sgd@if isinstance(lr, Tensor)",
          "elves/digits.py:train"),
    answer="descend",
)  # fmt: skip
