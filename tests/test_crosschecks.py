"""The same realistic functions in the elves, HIPS Autograd, JAX and PyTorch: all must agree.

Each function takes a NumPy namespace first, and then the arrays that it is differentiated by.
"""

import numpy as np
import pytest

from elves import forward, reverse
from elves.frameworks import load, rebind
from elves.testing import check_grads


def draw(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape)


ONE_HOT, TARGET = np.eye(3)[[0, 2, 1, 1]], draw(4, 3, seed=11)
STEPS, EYE = np.linspace(0.1, 1.0, 4), np.eye(4)


def softmax(np, x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def sigmoid(np, x):
    return 1 / (1 + np.exp(-x))


def cross_entropy(np, x, w, b):
    return -np.mean(np.sum(ONE_HOT * np.log(softmax(np, x @ w + b)), axis=1))


def mlp(np, x, w, v):
    return np.sum((np.tanh(x @ w) @ v - TARGET) ** 2)


def layer_norm(np, x, gain, bias):
    away = x - np.mean(x, axis=-1, keepdims=True)
    scale = np.sqrt(np.mean(away**2, axis=-1, keepdims=True) + 1e-5)
    return np.sum((away / scale * gain + bias) * TARGET)


def batch_norm(np, x, gain):
    away = x - np.mean(x, axis=0)
    return np.sum(np.sin(away / np.sqrt(np.mean(away**2, axis=0) + 1e-5) * gain))


def attention(np, q, k, v):
    weights = softmax(np, q @ k.T / np.sqrt(np.sum(q[0] * 0 + 1.0)))
    return np.sum((weights @ v) ** 2)


def lstm_cell(np, x, h, c, w):
    gates = np.concatenate([x, h]) @ w
    i, f, o, g = (gates[4 * k : 4 * k + 4] for k in range(4))
    c = sigmoid(np, f) * c + sigmoid(np, i) * np.tanh(g)
    return np.sum(sigmoid(np, o) * np.tanh(c))


def recurrent(np, x, w):
    h = x[0]
    for row in x[1:]:
        h = np.tanh(h @ w + row)
    return np.sum(h * h)


def convolution(np, x, kernel):
    y = sum(kernel[k] * x[:, k : k + 2] for k in range(3))
    return np.sum(np.maximum(y, 0.05) ** 2)


def gaussian(np, mean, factor):
    covariance = factor @ factor.T + 2 * EYE
    z = np.linalg.solve(np.linalg.cholesky(covariance), STEPS - mean)
    logdet = np.linalg.slogdet(covariance)[1]
    return -0.5 * (np.sum(z * z) + logdet + 4 * 1.8378770664093453)


def gaussian_process(np, x, scale):
    squares = np.sum((x[:, None] - x[None]) ** 2, axis=-1)
    kernel = np.exp(-squares / (2 * scale**2)) + 0.1 * EYE
    return STEPS @ np.linalg.solve(kernel, STEPS) / 2 + np.linalg.slogdet(kernel)[1] / 2


def kalman_step(np, x, p, a):
    x, p = a @ x, a @ p @ p.T @ a.T + 0.1 * EYE
    gain = p[:, :2] @ np.linalg.inv(p[:2, :2] + 0.2 * EYE[:2, :2])
    return np.sum((x + gain @ (STEPS[:2] - x[:2])) ** 2) + np.sum((p - gain @ p[:2]) ** 2)


def ridge(np, x, y):
    w = np.linalg.solve(x.T @ x + 0.1 * EYE[:3, :3], x.T @ y)
    return np.sum((x @ w - y) ** 2) + np.sum(w**2)


def logistic(np, w, x):
    return np.sum(np.logaddexp(0.0 * (x @ w), -STEPS * (x @ w)))


def mixture(np, centres, weights, x):
    squares = np.sum((x[:, None] - centres[None]) ** 2, axis=-1)
    joint = np.log(softmax(np, weights)) - squares / 2
    top = np.max(joint, axis=1, keepdims=True)
    return np.sum(top[:, 0] + np.log(np.sum(np.exp(joint - top), axis=1)))


def heat_steps(np, u, k):
    for _ in range(3):
        middle = u[1:-1] + k * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = np.concatenate([u[:1], middle, u[-1:]])
    return np.sum(u**2 * STEPS[0])


def pendulum(np, state):
    def slope(s):
        return np.stack([s[1], -np.sin(s[0])])

    for _ in range(4):  # Runge and Kutta, of order 4
        a = slope(state)
        b = slope(state + 0.05 * a)
        c = slope(state + 0.05 * b)
        state = state + 0.1 / 6 * (a + 2 * b + 2 * c + slope(state + 0.1 * c))
    return state[0] ** 2 + state[1]


def bodies(np, x):
    apart = x[:, None] - x[None]
    distance = np.sqrt(np.sum(apart**2, axis=-1) + EYE)
    return np.sum((1 - EYE) / distance)


def rosenbrock(np, x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def huber(np, x, y):
    away = np.abs(x - y)
    return np.sum(np.where(away < 0.5, 0.5 * away**2, 0.5 * (away - 0.25)))


def cosine(np, a, b):
    return np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b))


def spectrum(np, x):
    values, vectors = np.linalg.eigh(x @ x.T)
    return values[-1] ** 2 + np.sum(vectors[:, 0] ** 4)


def nuclear(np, x):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return np.sum(s) + np.sum((u[:, :1] * s[0]) @ vh[:1] * TARGET)


def volume(np, x):
    return np.linalg.det(x @ x.T + EYE) * np.sum(np.linalg.inv(x.T @ x + EYE[:3, :3]) ** 2)


def bilinear(np, a, b, c):
    return np.sum(np.einsum("ij,jk,kl->il", a, b, c) ** 2) + np.einsum("ij,ij->", a, a)


def horner(np, coefficients, x):
    y = 0.0
    for k in range(3):
        y = y * x + coefficients[k]
    return np.sum(y * np.exp(-x))


def survival(np, hazard):
    return np.sum(np.exp(-np.cumsum(np.exp(hazard), axis=0)) * STEPS[:, None])


def newton_root(np, a):
    x = a
    while abs(x * x - a) > 1e-14:  # the number of steps depends on the value
        x = (x + a / x) / 2
    return x


def soft_means(np, x, centres):
    shares = softmax(np, -np.sum((x[:, None] - centres[None]) ** 2, axis=-1))
    return np.sum((x - shares @ centres) ** 2)


X, W = draw(4, 3), draw(3, 3, seed=1)
CASES = [
    (cross_entropy, X, W, W[0]), (mlp, X, W, draw(3, 3, seed=2)), (layer_norm, X, W[0], W[1]),
    (batch_norm, X, W[0]), (attention, X, draw(5, 3), draw(5, 2)),
    (lstm_cell, W[0], STEPS, W.ravel()[:4], draw(7, 16)), (recurrent, X, W),
    (convolution, draw(3, 4), W[0]), (gaussian, STEPS**2, draw(4, 4)),
    (gaussian_process, X, np.array(0.8)), (kalman_step, STEPS**2, draw(4, 4), draw(4, 4, seed=3)),
    (ridge, X, STEPS**2), (logistic, W[0], X), (mixture, W, W[0], X),
    (heat_steps, draw(6), np.array(0.2)), (pendulum, draw(2)), (bodies, X), (rosenbrock, draw(5)),
    (huber, X, TARGET), (cosine, W[0], W[1]), (spectrum, W), (nuclear, X), (volume, X),
    (bilinear, X, W, draw(3, 2)), (horner, W[0], X),
    (survival, X), (newton_root, np.array(2.5)), (soft_means, X, W),
]  # fmt: skip
each = pytest.mark.parametrize("case", CASES, ids=[case[0].__name__ for case in CASES])


def want(case):
    f, *args = case
    return reverse.grad(lambda *a: f(np, *a), tuple(range(len(args))))(*args)


@each
def test_the_oracle_agrees(case):
    f, *args = case
    check_grads(lambda *a: f(np, *a), tuple(args), order=1)
    forwards = forward.grad(lambda *a: f(np, *a), tuple(range(len(args))))(*args)
    agree(case, forwards)


@each
def test_hips_autograd_agrees(case):
    pytest.importorskip("autograd", reason="HIPS Autograd is not installed")
    agree(case, gradients_of("autograd", case))


@each
def test_pytorch_agrees(case):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    agree(case, gradients_of("pytorch", case))


def gradients_of(system, case):
    adapter, (f, *args) = load(system), case
    if system == "pytorch":  # it wants the arrays that f finds around it as tensors
        f = rebind(f, np, adapter.numpy.asarray)
    return adapter.grad(lambda *a: f(adapter.numpy, *a), tuple(range(len(args))))(*args)


@pytest.fixture(scope="module")
def by_jax():
    """All the gradients by JAX, compiled together: one by one would take a minute."""
    pytest.importorskip("jax", reason="JAX is not installed")
    jax = load("jax").jax

    def gradients(cases):
        return {
            f.__name__: jax.grad(lambda *a: f(jax.numpy, *a), tuple(range(len(args))))(*args)  # noqa: B023
            for f, *args in cases
        }

    smooth = [case for case in CASES if case[0] is not newton_root]  # jit cannot follow `while`
    branching = [case for case in CASES if case[0] is newton_root]
    return jax.jit(lambda: gradients(smooth))() | gradients(branching)


@each
def test_jax_agrees(case, by_jax):
    agree(case, by_jax[case[0].__name__])


def agree(case, gradients):
    for have, other in zip(gradients, want(case), strict=True):
        np.testing.assert_allclose(have, other, rtol=1e-9, atol=1e-11)
