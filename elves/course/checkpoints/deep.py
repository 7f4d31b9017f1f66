"""Exercise 7.6, deep: its cases, a right answer, and wrong ones that are known by name."""

import functools

import numpy as np

from elves import digits
from elves.course.checkpoints import binomial, recompute, segments
from elves.course.checkpoints.chain import Chain, Limits, State, Tally, cotangent
from elves.course.checkpoints.timeline import of_outcome, tape
from elves.course.exercise import Exercise, brief, several

DEPTH, SOME, RATE = 20, 12, 0.5
BUDGET = Limits(12, None, 3)


class Layer:
    """A layer with a way around it: x + tanh(x @ W + b) / 4."""

    def __init__(self, W, b):
        self.W, self.b, self.slopes = W, b, (0 * W, 0 * b)

    def __call__(self, x):
        return x + np.tanh(x @ self.W + self.b) / 4

    def pull(self, x, g):
        inner = g * (1 - np.tanh(x @ self.W + self.b) ** 2) / 4
        self.slopes = x.T @ inner, inner.sum(axis=0)
        return g + inner @ self.W.T


def network(depth=DEPTH, seed=0):
    """Layers of 64 numbers, as many as an image has; the first ten of the last are scores."""
    rng = np.random.default_rng(seed)
    return [Layer(rng.normal(size=(64, 64)) / 8, np.zeros(64)) for _ in range(depth)]


def loss_and_slope(out, labels):
    """The mean cross-entropy of the scores, and its cotangent in the shape of `out`."""
    z = out[:, :10] - out[:, :10].max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    rows, g = np.arange(len(labels)), np.zeros(out.shape)
    g[:, :10] = p
    g[rows, labels] -= 1
    return float(-np.mean(np.log(p[rows, labels]))), g / len(labels)


class Losses:
    """The losses of a training: right, or all the same, or neither; and so is what came back."""

    def __init__(self, values, came):
        right, back = kept_all(len(values))
        self.values, self.kind = values, "still" if len(set(values)) == 1 else "others"
        if np.allclose(values, right, rtol=1e-8, atol=0):
            fine = came.shape == back.shape and np.allclose(came, back, rtol=1e-8, atol=1e-12)
            self.kind = "right" if fine else "right, but not what came back"

    def __eq__(self, other):
        return self.kind == other.kind

    __hash__ = None

    def __repr__(self):
        other = " and another cotangent of x" * self.kind.endswith("back")
        return f"losses {brief(self.values)}{other}"


@functools.cache
def kept_all(count):
    """The losses and the last cotangent, where a tape keeps everything."""
    return trained(tape, count)[:2]


def trained(answer, count):
    """The losses of some steps, the last cotangent, and the tally that kept the most."""
    (X, labels), layers, losses, tallies = digits.load(), network(), [], []
    for _ in range(count):
        out = X[:SOME]
        for layer in layers:
            out = layer(out)
        value, g = loss_and_slope(out, labels[:SOME])
        losses.append(value)
        chain = Chain(layers, BUDGET)
        came = cotangent(answer(chain.steps, State(chain, 0, X[:SOME]), g))
        tallies.append(Tally(chain))
        for layer in layers:
            layer.W, layer.b = layer.W - RATE * layer.slopes[0], layer.b - RATE * layer.slopes[1]
    return losses, came, max(tallies, key=lambda tally: tally.parts[0][0])


def judged(answer, count):
    losses, came, tally = trained(answer, count)
    return [Losses(losses, came), tally]


def by_segments(k):
    return lambda steps, x, g: segments.segments(steps, x, g, k)


def in_slots(slots, end=None):
    return lambda steps, x, g: binomial.EXERCISE.right(steps[:end], x, g, slots)


def gives_g(steps, x, g):
    in_slots(7)(steps, x, g)
    return g


def by_halves(steps, x, g):
    return binomial.splitting(lambda n, slots: n // 2)(steps, x, g, 2)


TOO_MANY = (
    "The losses are right, but too many arrays are alive at once. All that go into the layers are "
    "20. For segments it is n / k and k, together; in slots, as many as there are slots; and "
    "beside them what a step takes and gives."
)
TOO_OFTEN = (
    "The losses are right, but the first layers run too often: the budget has room for more "
    "arrays, and each that waits saves runs."
)
DIFFERS = (
    "The losses are not those of a network that keeps all: each layer must be pulled through "
    "once, the last one first, with the g of the one behind it."
)

EXERCISE = Exercise(
    "checkpoints.deep",
    cases=lambda random: digits.load() and [2, 3],  # loaded once, before the clock runs
    right=in_slots(7),
    run=judged,
    tell=lambda count: f"{several(count - 1, 'step')} of descent, {DEPTH} layers, {SOME} digits",
    show=lambda o: f"{o[0]}; {o[1]}",
    draw=of_outcome,
    mistakes=(
        (recompute.recompute, TOO_MANY), (by_segments(15), TOO_MANY), (in_slots(14), TOO_MANY),
        (lambda steps, x, g: recompute.again_each_time(steps, x, g), TOO_OFTEN),
        (in_slots(2), TOO_OFTEN), (by_halves, TOO_OFTEN),
        (lambda steps, x, g: g, "g is handed back as it came: no layer was pulled through."),
        (recompute.forward_order, DIFFERS), (in_slots(5, -1), DIFFERS),
        (gives_g, "The losses are right, but what you return is not the cotangent of x: return "
         "what the sweep gives."),
    ),
    hints=(
        "The function is one line: it calls a sweep of yours, with a number that you choose.",
        "segments: which k makes 20 / k + k small? binomial: slots + 2 arrays are alive; and "
        "reach(slots, 3) must be 20 or more.",
        "return binomial(steps, x, g, 7), or return segments(steps, x, g, 5)",
    ),
    idea="The same losses to the last digit, with half of the arrays or fewer: a checkpoint "
    "changes when a number is there, and never the number.",
    real=("jax/_src/ad_checkpoint.py:remat_transpose", "elves/checkpointing.py:checkpoint"),
    answer="sweep",
    wants="the cotangent of x, an array",
)  # fmt: skip
