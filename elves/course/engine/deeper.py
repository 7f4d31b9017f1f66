"""Exercise 6.8, deeper: its cases, a right answer, and wrong ones that are known by name."""

import itertools

import numpy as np

from elves.course.engine.record import Node
from elves.course.engine.rules import WORDS
from elves.course.engine.value_and_grad import RULES, order
from elves.course.exercise import Exercise, brief, several
from elves.course.guard import Unfit
from elves.course.pictures import matrix


def read(answer, case):
    """The scores of a network with two hidden layers."""
    sizes, count = case
    rng = np.random.default_rng(sum(sizes))
    params = []
    for n, m in itertools.pairwise(sizes):
        params += [rng.normal(size=(n, m)), rng.normal(size=m)]
    X = rng.normal(size=(count, sizes[0]))
    scores = np.asarray(answer(params, X))
    known_calls(answer([*map(Node, params)], X))
    return scores


def known_calls(node):
    """Whether the rules of the lab are enough for a network; KeyError for a call without one."""
    if not isinstance(node, Node):
        raise Unfit("scores that your engine has no part in: a call went past it")
    for each in order(node):
        if each.recipe and each.recipe[0] not in {*RULES, *WORDS, np.subtract, np.negative, np.max}:
            raise KeyError(each.recipe[0])


def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return np.tanh(np.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3


def by_dot(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return np.tanh(np.dot(np.tanh(np.dot(X, W1) + b1), W2) + b2) @ W3 + b3


def by_dot_method(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return np.tanh(np.tanh(X.dot(W1) + b1) @ W2 + b2) @ W3 + b3


def weights_first(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return W3 @ np.tanh(W2 @ np.tanh(W1 @ X + b1) + b2) + b3


def entries_times(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return np.tanh(np.tanh(X * W1 + b1) * W2 + b2) * W3 + b3


def by_sigmoid(params, X):
    W1, b1, W2, b2, W3, b3 = params
    hidden = 1 / (1 + np.exp(-(X @ W1 + b1)))
    return 1 / (1 + np.exp(-(hidden @ W2 + b2))) @ W3 + b3


def probabilities(scores):
    odds = np.exp(scores)
    return odds / np.sum(odds, axis=1, keepdims=True)


def bent_before(params, X):
    return deeper(params, np.tanh(X))


def in_another_order(params, X):
    W1, W2, W3, b1, b2, b3 = params
    return deeper([W1, b1, W2, b2, W3, b3], X)


def by_relu(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return np.maximum(np.maximum(X @ W1 + b1, 0) @ W2 + b2, 0) @ W3 + b3


def without_bend(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return (np.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3


def bent_scores(params, X):
    return np.tanh(deeper(params, X))


def no_bias(params, X):
    W1, _, W2, _, W3, _ = params
    return np.tanh(np.tanh(X @ W1) @ W2) @ W3


def without_last_bias(params, X):
    return deeper([*params[:5], 0 * params[5]], X)


def one_layer_less(params, X):
    return np.tanh(X @ params[0] + params[1]) @ params[2] + params[3]


ROWS = (
    "The arrays do not fit: a row of X is an image, and a layer is the product of matrices, with "
    "X on its left."
)

EXERCISE = Exercise(
    "engine.deeper",
    cases=lambda random: [((1, 1, 1, 1), 1), ((2, 3, 2, 2), 2), ((4, 5, 3, 2), 3)],
    right=deeper,
    run=read,
    tell=lambda c: f"layers of {', '.join(map(str, c[0]))} numbers, {several(c[1], 'image')}",
    wants="one array of scores, a row for each image",
    show=brief,
    draw=lambda case, want, got: matrix(want, got),
    mistakes=(
        (without_bend, "Two layers without a tanh between them are one layer: bend each."),
        (bent_scores, "No tanh around the scores: they may be any number."),
        (no_bias, "Each layer adds its b."),
        (without_last_bias, "The last layer has a b too: b3."),
        (one_layer_less, "That is the network of before: W3 and b3 come after it."),
        (by_dot, "Right with plain arrays. But your engine has no rule for np.dot: write X @ "
         "W1, for which it has one."),
        (bent_before, "The images go in as they are: no tanh around X."),
        (in_another_order, "params holds W1, b1, W2, b2, W3, b3, in this order."),
        (by_relu, "That bends with another function: here it is tanh."),
        (lambda params, X: (X @ params[0] + params[1]) @ params[2] @ params[4] + (
            params[3] @ params[4] + params[5]), "Without tanh, all layers are one: bend each "
         "hidden one."),
        (weights_first, ROWS), (entries_times, ROWS),
        (by_dot_method, "Right with plain arrays. But X.dot(W1) asks X, a plain array, and not "
         "your node: write X @ W1, for which your engine has a rule."),
        (lambda params, X: by_sigmoid(params, X), "That bends with another function: here it "
         "is tanh."),
        (lambda params, X: probabilities(deeper(params, X)), "Those are probabilities. The "
         "scores come before them."),
    ),
    hints=(
        "Unpack: W1, b1, W2, b2, W3, b3 = params. A layer is np.tanh(input @ W + b).",
        "h = np.tanh(X @ W1 + b1), then the same with W2 and b2, then the scores.",
        "return h @ W3 + b3, without tanh",
    ),
    idea="You changed the program, not the engine: it differentiates whatever runs.",
    real=("torch/nn/modules/container.py:Sequential.forward", "elves/digits.py:scores"),
    answer="deeper",
)  # fmt: skip
