"""Exercise 16.3, jump: its cases, a right answer, and wrong ones that are known by name.

Source: Bengio, Léonard & Courville, "Estimating or propagating gradients through stochastic
neurons" (2013); Courbariaux, Hubara, Soudry, El-Yaniv & Bengio, "Binarized neural networks" (2016).
"""

import numpy as np

from elves import reverse
from elves.course.broadcasting.undo import an_array
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.pictures import matrix
from elves.custom import custom_vjp
from elves.rules.elementwise import stop_gradient


def weights(random):
    for x in (
        [0.5],
        [-0.5],
        [2.0],
        [-3.0],
        [0.0],
        [0.5, -0.25],
        [1.5, -0.5, -1.25, 0.75],
        [0.99, -0.99, 1.01, -1.01, -1e-12],
    ):
        rng = np.random.default_rng(random.randrange(2**32))
        yield np.array(x), np.round(rng.uniform(1.5, 4.0, len(x)) * rng.choice([-1, 1], len(x)), 1)
    rng = np.random.default_rng(random.randrange(2**32))
    yield np.round(rng.normal(size=(2, 3)) * 1.3, 2), np.round(rng.normal(size=(2, 3)), 1)


def pulled(answer, case):
    """The values, and the cotangent of x for one of the values."""
    x, g = case
    values = an_array(answer(x))
    if values.shape != x.shape:
        raise Unfit(f"values of the shape {values.shape}, and x has the shape {x.shape}")
    _, pull = reverse.vjp(answer, x)
    return [values, an_array(pull(g)[0])]


def show(outcome):
    return f"values {brief(outcome[0])}, cotangents {brief(outcome[1])}"


def draw(case, want, got):
    if any(np.shape(a) != np.shape(b) for a, b in zip(want, got, strict=True)):
        return None
    return matrix(want[1], got[1], ": cotangents")


def right(x):
    """By a sum of what is followed and what is not."""
    soft = np.clip(x, -1.0, 1.0)
    return soft + stop_gradient(np.where(x >= 0, 1.0, -1.0) - soft)


def to_one(x):
    return np.where(x >= 0, 1.0, -1.0)


def through(pull, value=to_one):
    """A function with that way back."""
    return custom_vjp(pull)(lambda x: value(x))


def near(g, y, x):
    return g * (abs(x) <= 1)


EVERYWHERE = (
    "g goes through everywhere: weights beyond 1 then run away, though nothing changes any more."
)
LOST = "The cotangent is lost: what comes back is g where it goes through, and 0 elsewhere."
OTHER = "That is another slope: where g goes through, it goes through as it is."
BOTH = "g goes through from -1 up to 1: that is one bound on each side of 0."
ZERO = "The slopes are 0, as they truly are: that is the lie. Give it a VJP of your own."

EXERCISE = Exercise(
    "lies.jump",
    cases=weights,
    right=right,
    run=pulled,
    tell=lambda case: f"x = {brief(case[0])}, and the cotangent g = {brief(case[1])}",
    show=show,
    draw=draw,
    wants="binary(x), an array in the shape of x, and from its VJP another one of that shape",
    mistakes=(
        (to_one, ZERO), (lambda x: np.sign(x), ZERO), (through(lambda g, y, x: 0.0 * g), ZERO),
        (through(lambda g, y, x: g), EVERYWHERE), (through(lambda g, y, x: g * abs(y)), EVERYWHERE),
        (through(lambda g, y, x: 1.0 * (abs(x) <= 1)), LOST),
        (through(lambda g, y, x: g * (abs(x) > 1)), "The wrong way round: g goes through where x "
         "lies between -1 and 1."),
        (through(lambda g, y, x: g * (x <= 1)), BOTH),
        (through(lambda g, y, x: g * (x >= -1)), BOTH),
        (through(lambda g, y, x: g * (x >= 0) * (x <= 1)), BOTH),
        (through(lambda g, y, x: g * (abs(g) <= 1)), "Whether g goes through depends on x, and "
         "not on how large g is."),
        (through(lambda g, y, x: g * x), OTHER),
        (through(lambda g, y, x: np.clip(g, -1, 1)), "You cut g. It goes through as it is, or "
         "not at all, and x says which."),
        (through(near, np.sign), "np.sign is 0 at 0: here a weight is 1 or -1, and 0 counts as 1."),
        (through(near, lambda x: np.where(x > 0, 1.0, -1.0)), "At 0 yours is -1: 0 counts as 1."),
        (through(near, lambda x: np.where(x >= 0, 1.0, 0.0)), "Yours gives 0 and 1: asked are -1 "
         "and 1."),
        (through(near, lambda x: np.clip(x, -1, 1)), "The way back is right. But the values must "
         "be -1 or 1, with nothing between."),
        (through(lambda y, g, x: g * (abs(x) <= 1)), "Your VJP gives the value back: its first "
         "argument is the cotangent, then come the value and x."),
        (through(lambda g, y, x: g * (1 - np.tanh(x) ** 2)), "That is the slope of tanh, another "
         "stand-in. Asked is g as it is, or 0."),
        (through(lambda g, y, x: g * y * (abs(x) <= 1)), "g goes through as it is: the sign of "
         "the value has no part in it."),
        (through(lambda g, y, x: x * (abs(x) <= 1)), LOST),
        (through(lambda g, y, x: g * x * (abs(x) <= 1)), OTHER),
        (through(lambda g, y, x: g * np.clip(x, -1, 1)), OTHER),
    ),
    hints=(
        "The value is np.where(x >= 0, 1.0, -1.0). For its VJP, think of a line from -1 to 1 "
        "with the slope 1, flat before and after it.",
        "The VJP is called with g, y, x, and returns g times the slope of that line at x.",
        "def straight(g, y, x): return g * (abs(x) <= 1). Above def binary(x): write "
        "@elves.custom_vjp(straight).",
    ),
    idea="Straight through: on the way there a jump, on the way back a line. It is no derivative, "
    "and it knows which way is up.",
    real=("torch/nn/functional.py:gumbel_softmax@if hard", "elves/custom.py:OwnVJP.vjp"),
    answer="binary",
)  # fmt: skip
