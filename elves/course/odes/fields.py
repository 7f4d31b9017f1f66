"""Vector fields, steps and paths to try answers on: what the exercises of lab 14 share.

Source: Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I (1993), sections II.1
and II.2, for the steps and their tables.
"""

import itertools

import numpy as np

from elves import reverse
from elves.course.broadcasting.undo import an_array
from elves.course.exercise import brief
from elves.course.guard import Unfit
from elves.course.pictures import matrix

DECAY, LOGISTIC, DRIVEN = "-p[0] * y", "p[0] * y * (1.0 - y)", "p[0] * (np.sin(t) - y)"
SWING = "np.stack([y[1], -p[0] * np.sin(y[0])])"
HUNT = "np.stack([(p[0] - y[1]) * y[0], (y[0] - p[1]) * y[1]])"

WEIGHTS = {  # of a step: how far each slope stands ahead and along the one before, and its weight
    "euler": ((0.0,), (1.0,)),
    "midpoint": ((0.0, 1 / 2), (0.0, 1.0)),
    "rk4": ((0.0, 1 / 2, 1 / 2, 1.0), (1 / 6, 1 / 3, 1 / 3, 1 / 6)),
}


def field(words):
    """The function of a state, a time and the parameters that some words stand for."""
    return eval(f"lambda y, t, p: {words}", {"np": np})


def stepper(ahead, weights, along=None, size=lambda h: h):
    """A step by its table; `along` are the places of the slopes, `size` is what h is taken for."""
    places = along or range(-1, len(ahead) - 1)

    def step(f, y, t, h, p):
        slopes = []
        for c, k in zip(ahead, places, strict=True):
            at = y if k < 0 else y + c * size(h) * slopes[k]
            slopes.append(f(at, t + c * h, p))
        return y + h * sum(w * k for w, k in zip(weights, slopes, strict=True))

    return step


STEPS = {name: stepper(*table) for name, table in WEIGHTS.items()}


def path(step, f, y, ts, p):
    """The states at all the times, the first of them y."""
    ys = [y]
    for t, after in itertools.pairwise(ts):
        ys.append(step(f, ys[-1], t, after - t, p))
    return ys


def jacobians(f, y, t, p):
    """The slopes of f by the state and by the parameters, as two matrices."""
    return reverse.jacobian(lambda y: f(y, t, p))(y), reverse.jacobian(lambda p: f(y, t, p))(p)


PATHS = [  # a field, a step, the state, the times, the parameters
    (DECAY, "euler", [1.0], [0.0, 0.5], [1.0]),
    (DECAY, "euler", [2.0], [0.0, 0.5, 1.0], [0.5]),
    (DRIVEN, "euler", [0.5], [1.0, 1.5, 1.75], [0.5]),
    (LOGISTIC, "midpoint", [0.25], [0.0, 0.5, 1.5], [2.0]),
    (SWING, "rk4", [0.5, 1.0], [0.0, 0.25, 0.5, 1.0], [1.5]),
    (HUNT, "rk4", [1.0, 2.0], [0.0, 0.25, 0.75, 1.0], [1.5, 0.5]),
    (DRIVEN, "rk4", [1.5], [2.0, 1.75, 1.0], [3.0]),
]


def floats(*lists):
    return [np.array(each) for each in lists]


def cotangents(n, count):
    """As many cotangents of n numbers, all different, the last one first in the making."""
    return np.resize([1.0, 0.5, -2.0, 3.0, -1.0], (count, n))[::-1].copy()


def arrays_of(found, count, words):
    """What came as a list of so many arrays; Unfit, in some words, where it is none."""
    several = isinstance(found, (list, tuple)) or np.ndim(found) == 2
    if not several or len(found) != count:
        raise Unfit(f"{f'{len(found)} of them' if several else brief(found)}, and not {words}")
    if any(part is None for part in found):
        raise Unfit("None for one of them")
    return [an_array(part) for part in found]


def draw_first(case, want, got):
    """The first array that is wrong, with the wrong entries in red."""
    for a, b in zip(want, got, strict=False):
        if np.shape(a) == np.shape(b) and not np.allclose(a, b):
            return matrix(a, b)
    return None
