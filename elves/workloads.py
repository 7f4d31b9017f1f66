"""What `elves race` runs: functions in plain NumPy, each with the gradient one writes by hand.

The functions stand at the top of a module and close over nothing, so that engines which read
source can read them too; all their data come as arguments. The derivatives by hand are natural
NumPy, neither tuned nor slow on purpose: they are the 1 of every ratio. A gradient comes with the
value of the function, as one needs it for training.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Workload:
    """A function, the derivative of it that is asked for, and the same derivative by hand.

    `task` is the elves' name of the derivative. ``by_hand(*args, *vectors)`` gives it. Where plain
    Python does not do, ``in_jax(lax, np)`` is the function as `jax.jit` needs it, from the modules
    that have `scan` and `cond`, and `sin`; a function with a gradient inside is
    ``with_grad(grad)``. Those named in `without` cannot take it, and say so.
    """

    about: str
    f: Callable
    by_hand: Callable
    args: tuple
    task: str = "value_and_grad"
    argnums: int | tuple = 0
    vectors: tuple = ()
    in_jax: Callable | None = None
    with_grad: Callable | None = None
    without: tuple = ()

    @property
    def inputs(self):
        """How many numbers the derivative is taken by."""
        argnums = self.argnums if isinstance(self.argnums, tuple) else (self.argnums,)
        return sum(np.size(self.args[n]) for n in argnums)


def chain(x):
    for _ in range(67):
        x = 1.01 * np.sin(x) + 0.001
    return x


def chain_by_hand(x):
    xs = []
    for _ in range(67):
        xs.append(x)
        x = 1.01 * np.sin(x) + 0.001
    g = 1.0
    for each in reversed(xs):
        g = g * 1.01 * np.cos(each)
    return x, g


def branches(x):
    for _ in range(100):
        if x > 0.5:  # noqa: SIM108 - engines shall meet a branch
            x = 1.1 * x - 0.4
        else:
            x = np.sin(x) + 0.2
    return x


def branches_by_hand(x):
    xs = []
    for _ in range(100):
        xs.append(x)
        if x > 0.5:  # noqa: SIM108 - engines shall meet a branch
            x = 1.1 * x - 0.4
        else:
            x = np.sin(x) + 0.2
    g = 1.0
    for each in reversed(xs):
        g = g * 1.1 if each > 0.5 else g * np.cos(each)
    return x, g


def branches_in_jax(lax, np):
    def step(x, _):
        return lax.cond(x > 0.5, lambda x: 1.1 * x - 0.4, lambda x: np.sin(x) + 0.2, x), None

    return lambda x: lax.scan(step, x, length=100)[0]


def network(W1, b1, W2, b2, X, Y):
    """The mean softmax cross-entropy of a network with one hidden layer; Y is one-hot."""
    h = np.tanh(np.dot(X, W1) + b1)
    z = np.dot(h, W2) + b2  # small enough for exp, since tanh is between -1 and 1
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(z * Y, axis=1))


def network_by_hand(W1, b1, W2, b2, X, Y):
    h = np.tanh(np.dot(X, W1) + b1)
    z = np.dot(h, W2) + b2
    e = np.exp(z)
    total = np.sum(e, axis=1)
    loss = np.mean(np.log(total) - np.sum(z * Y, axis=1))
    dz = (e / total[:, np.newaxis] - Y) / len(X)
    dh = np.dot(dz, W2.T) * (1 - h**2)
    return loss, (np.dot(X.T, dh), np.sum(dh, axis=0), np.dot(h.T, dz), np.sum(dz, axis=0))


def network_workload(inputs, hidden, outputs, batch):
    random = np.random.default_rng(0)
    W1 = random.normal(size=(inputs, hidden)) / np.sqrt(inputs)
    W2 = random.normal(size=(hidden, outputs)) / np.sqrt(hidden)
    X, Y = random.normal(size=(batch, inputs)), np.eye(outputs)[np.arange(batch) % outputs]
    args = (W1, np.zeros(hidden), W2, np.zeros(outputs), X, Y)
    about = f"MLP {inputs}-{hidden}-{outputs}, batch {batch}, softmax cross-entropy, all gradients"
    return Workload(about, network, network_by_hand, args, argnums=(0, 1, 2, 3))


def wave(x):
    return np.sum(np.tanh(x) * np.sin(x) + x**2)


def wave_by_hand(x):
    t, s = np.tanh(x), np.sin(x)
    return np.sum(t * s + x**2), (1 - t**2) * s + t * np.cos(x) + 2 * x


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def valley(x):
    """The residuals of Rosenbrock's function along its valley: their Jacobian has two bands."""
    return 10.0 * (x[1:] - x[:-1] ** 2)


def rosenbrock_bands(x):
    """The diagonal of the Hessian, and the one beside it."""
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    diagonal[1:] += 200.0
    return diagonal, -400.0 * x[:-1]


def rosenbrock_hessian(x):
    diagonal, beside = rosenbrock_bands(x)
    return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)


def rosenbrock_hvp(x, v):
    diagonal, beside = rosenbrock_bands(x)
    product = diagonal * v
    product[:-1] += beside * v[1:]
    product[1:] += beside * v[:-1]
    return product


def layer(x, A):
    return np.tanh(np.dot(A, x))


def layer_jacobian(x, A):
    return (1 - np.tanh(np.dot(A, x)) ** 2)[:, np.newaxis] * A


def by_name(small=False):
    """The workloads by name; `small` ones have the same shape and are checked in a moment."""

    def size(n):
        return min(n, 6) if small else n

    def normal(*shape):
        return np.random.default_rng(1).normal(size=[size(n) for n in shape])

    def waves(n):
        about = f"sum(tanh(x)*sin(x) + x**2), n = {size(n):,}"
        return Workload(about, wave, wave_by_hand, (normal(n),))

    m, k = size(100), size(1000)
    return {
        "W1": Workload("a chain of 201 scalar operations", chain, chain_by_hand, (0.4,)),
        "W2": network_workload(*map(size, (64, 32, 10, 16))),
        "W3": network_workload(*map(size, (784, 512, 10, 256))),
        "W4": waves(1_000_000),
        "W4 small": waves(1000),
        "W5": Workload(
            "a loop of 100 with a branch inside", branches, branches_by_hand, (0.4,),
            in_jax=branches_in_jax,
        ),
        "hessian": Workload(
            f"Hessian of Rosenbrock's function, n = {m}", rosenbrock, rosenbrock_hessian,
            (normal(m),), "hessian",
        ),
        "hvp": Workload(
            f"Hessian-vector product of Rosenbrock's function, n = {k}", rosenbrock,
            rosenbrock_hvp, (normal(k),), "hvp", vectors=(normal(k)[::-1].copy(),),
        ),
        "jacobian": Workload(
            "Jacobian of tanh(A @ x), {0} by {0}".format(size(50)), layer, layer_jacobian,
            (normal(50), normal(50, 50) / 7), "jacobian",
        ),
    }  # fmt: skip
