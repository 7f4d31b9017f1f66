"""Handwritten digits that scikit-learn ships, and where the small network starts from.

Data: Alpaydin & Kaynak, "Optical recognition of handwritten digits" (UCI, 1998): 1797 images of
8 x 8 pixels, shuffled here. 1400 train the network, and the other 397 are held out: it has not seen
those that it is asked to read. The network is 64-32-10 with tanh and softmax cross-entropy.
"""

import functools

import numpy as np

from elves import reverse
from elves.errors import missing

STEPS, RATE, TRAINED_ON = 50, 0.5, 1400


def load():
    """The images to train on, an array (1400, 64) of floats from 0 to 1, and their labels, 0 to 9.

    >>> X, labels = load()
    >>> X.shape, labels.shape, float(X.max())
    ((1400, 64), (1400,), 1.0)
    """
    X, labels = everything()
    return X[:TRAINED_ON].copy(), labels[:TRAINED_ON].copy()


def held_out():
    """The images that nothing was trained on, an array (397, 64), and their labels.

    >>> X, labels = held_out()
    >>> X.shape, labels.shape
    ((397, 64), (397,))
    """
    X, labels = everything()
    return X[TRAINED_ON:].copy(), labels[TRAINED_ON:].copy()


@functools.cache
def everything():
    """All the images and labels."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        words = "The digits need scikit-learn: run make light in the repository."
        raise missing(error, words) from None
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))  # they came writer by writer
    return data.data[order] / 16.0, data.target[order]


def start(seed=24):
    """The same first weights for every engine: W1 (64, 32), b1 (32,), W2 (32, 10), b2 (10,).

    >>> [p.shape for p in start()]
    [(64, 32), (32,), (32, 10), (10,)]
    """
    random = np.random.default_rng(seed)
    return [
        random.normal(size=(64, 32)) / 8, np.zeros(32),
        random.normal(size=(32, 10)) / np.sqrt(32), np.zeros(10),
    ]  # fmt: skip


def scores(params, X):
    """What the network says for each image: an array (images, 10), the largest entry wins."""
    W1, b1, W2, b2 = params
    return np.tanh(X @ W1 + b1) @ W2 + b2


def guess(params, X):
    """The digit that the network reads in each image."""
    return np.argmax(scores(params, X), axis=1)


def loss(params, X, labels):
    """The mean softmax cross-entropy of the network, in plain NumPy, for any of the elves."""
    z = scores(params, X)
    z = z - np.max(z, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def train(value_and_grad, steps=STEPS, rate=RATE):
    """Gradient descent on the 1400 images, with an engine's value_and_grad; gives the losses.

    The last entry is the loss after the last step, so there are ``steps + 1``.

    >>> losses = train(reverse.value_and_grad, steps=2)
    >>> losses[0] > losses[1] > losses[2]
    True
    """
    (X, labels), params, losses = load(), start(), []
    for _ in range(steps):
        value, gradients = value_and_grad(loss)(params, X, labels)
        params = [p - rate * g for p, g in zip(params, gradients, strict=True)]
        losses.append(float(value))
    return [*losses, float(loss(params, X, labels))]


@functools.cache
def elf_loss():
    """The loss that our reverse elf arrives at after `STEPS` steps."""
    return train(reverse.value_and_grad)[-1]


def verdict(name, params):
    """Whether a framework's weights after `STEPS` steps have the loss that our elf arrives at.

    >>> verdict("the first weights", start())
    'the first weights: loss 2.438452, elf 0.360058, same within 1e-8: False'
    """
    X, labels = load()
    ours = elf_loss()
    theirs = float(loss([np.asarray(p) for p in params], X, labels))
    same = abs(theirs - ours) < 1e-8
    return f"{name}: loss {theirs:.6f}, elf {ours:.6f}, same within 1e-8: {same}"
