"""Exercise 10.6, clip: its cases, a right answer, and wrong ones that are known by name.

Source: Abadi et al., "Deep Learning with Differential Privacy" (2016), algorithm 1.
"""

import numpy as np

from elves import batching, reverse
from elves.course.batching.record import Batched
from elves.course.batching.stacks import LOOPED, draw, show
from elves.course.broadcasting.undo import an_array
from elves.course.exercise import Exercise, several
from elves.course.guard import at_most

CROWD, CALLS = 400, 20_000  # images of the last case, and calls of functions that it may take


def loss(W, x, t):
    z = x @ W
    return np.log(np.sum(np.exp(z))) - np.sum(z * t)


def pictures(random):
    for n, shape, bound, empty in (
        (1, (1, 2), 100.0, False), (1, (2, 3), 0.5, False), (3, (2, 3), 100.0, False),
        (3, (2, 3), 0.25, False), (3, (3, 2), 0.6, False), (4, (3, 4), 0.8, False),
        (3, (2, 3), 0.5, True), (CROWD, (2, 3), 0.5, False),
    ):  # fmt: skip
        rng = np.random.default_rng(random.randrange(2**32))
        X = np.round(rng.uniform(0.1, 1.0, (n, shape[0])), 2)
        X[:1] *= not empty
        T = np.eye(shape[1])[rng.integers(shape[1], size=n)]
        yield np.round(rng.normal(size=shape), 2), X, T, bound


def descended(answer, case):
    """The mean of the clipped slopes; of a crowd, without a loop."""
    if len(case[1]) < CROWD:
        return an_array(answer(*case))
    with at_most(CALLS, LOOPED):
        return an_array(answer(*case))


def told(case):
    W, X, _, bound = case
    empty = "" if X[0].any() else ", the first of which is empty"
    return f"{several(len(X), 'image')}{empty}, W of the shape {W.shape}, the bound {bound:g}"


def slopes(W, X, T):
    """The gradient of each image."""
    return batching.vmap(reverse.grad(loss), in_axes=(None, 0, 0))(W, X, T)


def norms(g, axis=(1, 2)):
    return np.sqrt(np.sum(g * g, axis=axis, keepdims=True))


def scaled(by, mean=np.mean):
    """The mean of the slopes of the images, each scaled by a factor that is found from all."""

    def clipped(W, X, T, bound):
        g = slopes(W, X, T)
        return mean(g * by(g, bound), axis=0)

    return clipped


def right_factor(g, bound):
    return np.minimum(1.0, bound / norms(g))


def mean_first(W, X, T, bound):
    g = np.mean(slopes(W, X, T), axis=0)
    return g * np.minimum(1.0, bound / np.sqrt(np.sum(g * g)))


def entries_cut(W, X, T, bound):
    return np.mean(np.clip(slopes(W, X, T), -bound, bound), axis=0)


def nothing_over_nothing(g, bound):
    return np.minimum(norms(g), bound) / norms(g)


def by_if(W, X, T, bound):
    norm = Batched(norms(slopes(W, X, T)))
    return norm.value if norm else None


def in_a_loop(W, X, T, bound):
    total = 0.0
    for x, t in zip(X, T, strict=True):
        g = reverse.grad(loss)(W, x, t)
        total = total + g * np.minimum(1.0, bound / np.sqrt(np.sum(g * g)))
    return total / len(X)


def no_fit(W, X, T, bound):
    raise ValueError("shapes do not fit")


def without_keepdims(W, X, T, bound):
    g = slopes(W, X, T)
    return np.mean(g * right_factor(g, bound)[:, 0, 0], axis=0)


def not_a_mean(W, X, T, bound):
    g = slopes(W, X, T)
    return g * right_factor(g, bound)


CUT = (
    "You cut entries: that turns the gradient another way. The whole gradient of an image is "
    "scaled, so that its norm is at most bound."
)
OWN_NORM = "Each image has a norm of its own, over all the entries of its gradient."

EXERCISE = Exercise(
    "batching.clip",
    cases=pictures,
    right=scaled(right_factor),
    run=descended,
    tell=told,
    show=show,
    draw=draw,
    mistakes=(
        (mean_first, "You clip the mean, when it is too late: one image may already have pulled it "
         "far. First each image's own gradient, then the mean."),
        (entries_cut, CUT),
        (scaled(lambda g, bound: bound / norms(g)), "Yours makes all gradients as long as bound, "
         "also those that were shorter: they stay as they are."),
        (scaled(lambda g, bound: np.maximum(1.0, bound / norms(g))), "Yours makes short gradients "
         "longer, and leaves the long ones: the factor is at most 1."),
        (scaled(lambda g, bound: 1.0), "Nothing is clipped: that is the plain mean."),
        (scaled(right_factor, np.sum), "That is the sum: the mean divides by the number of "
         "images."),
        (not_a_mean, "There is still a gradient for each image: asked is their mean."),
        (scaled(lambda g, bound: np.minimum(1.0, bound / norms(g, None))), OWN_NORM),
        (scaled(lambda g, bound: np.minimum(1.0, bound / norms(g, 1))), OWN_NORM),
        (scaled(lambda g, bound: np.minimum(1.0, bound / norms(g, 2))), OWN_NORM),
        (scaled(lambda g, bound: np.minimum(1.0, bound / norms(g) ** 2)), "The norm is the square "
         "root of the sum of the squares: the root is missing."),
        (scaled(lambda g, bound: np.minimum(1.0, norms(g) / bound)), "Upside down: the longer the "
         "gradient, the smaller the factor."),
        (scaled(lambda g, bound: np.minimum(1.0, bound / (norms(g) + 1e-6))), "Near. The 1e-6 "
         "shows in the sixth digit, and is not needed: where the norm is 0, bound / 0 is inf, and "
         "1 is smaller."),
        (scaled(nothing_over_nothing), "nan: an empty image has the gradient 0, and 0 / 0 is no "
         "number. Which division cannot end like that?"),
        (by_if, "Under vmap, one norm stands for many, and an if cannot go both ways: np.minimum "
         "or np.where choose for each."),
        (in_a_loop, "The numbers are right, and Python's loop is still there: write it for one "
         "image, and let vmap do the rest."),
        (lambda W, X, T, bound: np.mean(np.minimum(slopes(W, X, T), bound), axis=0), CUT),
        (lambda W, X, T, bound: np.mean(
            np.where(norms(g := slopes(W, X, T)) > bound, bound, g), axis=0), "Where the norm is "
         "too large, each entry becomes bound, and the direction is lost: scale the gradient."),
        (no_fit, "The arrays do not fit: loss takes W, one image and its t, in this order. X and T "
         "are stacks of these, and W is shared."),
        (scaled(lambda g, bound: np.minimum(1.0, bound / np.sum(abs(g), (1, 2), keepdims=True))),
         "That is the sum of the sizes: the norm is the root of the sum of the squares."),
        (without_keepdims, "There is a factor for each image, and its batch axis meets the last "
         "axis of the gradients, as in 10.1. In a function for one image that cannot happen."),
        (scaled(lambda g, bound: np.minimum(1.0, bound / np.sqrt(
            np.mean(g * g, axis=(1, 2), keepdims=True)))), "That is the root of the mean of the "
         "squares: the norm is the root of their sum."),
    ),
    wants="one array, in the shape of W",
    hints=(
        "Write one(x, t) for one image: its gradient g is grad(loss)(W, x, t). W may stay what "
        "it is: all images share it.",
        "The norm is np.sqrt(np.sum(g * g)). The factor is bound / norm, but at most 1: "
        "np.minimum(1.0, …).",
        "return np.mean(vmap(one)(X, T), axis=0)",
    ),
    idea="No image moves the weights by more than rate * bound / n: the first half of private "
    "learning (Abadi et al., 2016; the other half is noise).",
    real=("torch/nn/utils/clip_grad.py:_clip_grads_with_norm_@clip_coef =",
          "elves/batching.py:vmap@def of_stacks"),
    answer="clipped",
)  # fmt: skip
