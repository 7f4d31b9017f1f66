"""Training on the digits, step after step: all must end with the same loss and parameters."""

import dataclasses
import functools

import numpy as np

import elves.digits
from elves import workloads
from elves.frameworks import load
from elves.race.ranking import rank

WHOLE_STEP = {  # who compiles, compiles the step with the update of the parameters in it
    "tracing.jit": lambda: elves.tracing.jit,
    "tracing.numba": lambda: functools.partial(elves.tracing.jit, backend="numba"),
    "jax.jit": lambda: load("jax").jax.jit,
    "tf.function": lambda: load("tensorflow").tf.function,
}


def descend(value_and_grad, rate=0.5):
    """A step of gradient descent: the loss of a minibatch, and the parameters after it."""

    def step(params, X, Y):
        loss, gradients = value_and_grad(*params, X, Y)
        params = [p - rate * g for p, g in zip(params, gradients, strict=True)]
        return loss, [p.detach() if hasattr(p, "detach") else p for p in params]  # PyTorch's

    return step


def train(step, params, batches):
    """The last loss, and the parameters after one step on each of the minibatches."""
    for batch in batches:
        loss, params = step(params, *batch)
    return loss, params


def minibatches(rows, pace, size=32, steps=16):
    """Training on the digits, which must end for all with the same loss and parameters."""
    X, labels = elves.digits.load()
    cuts = [slice(k * size, (k + 1) * size) for k in range(steps)]
    batches = [(X[cut], np.eye(10)[labels[cut]]) for cut in cuts]
    params = elves.digits.start()

    def by_hand(*params):
        return train(descend(workloads.network_by_hand), params, batches)

    def trains(name, enters):
        def enters_training(work):
            works = [dataclasses.replace(work, args=(*params, *batch)) for batch in batches]
            run, *others = map(enters, works)
            step = descend(run.func)
            step = WHOLE_STEP[name]()(step) if name in WHOLE_STEP else step
            tensors = [each.args[4:] for each in (run, *others)]
            return lambda: train(step, list(run.args[:4]), tensors)

        return enters_training

    about = f"{steps} steps of training on the digits, MLP 64-32-10, minibatches of {size}"
    work = workloads.Workload(
        about, workloads.network, by_hand, tuple(params), argnums=tuple(range(4))
    )
    return rank(work, {name: trains(name, enters) for name, enters in rows.items()}, pace)
