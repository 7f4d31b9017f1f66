"""Networks that learn: one that remembers, one that attends, one with its parameters in a dict."""

import numpy as np

from elves.workloads import Workload


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def remember(h, c, x, W, b):
    """One step of a network with a memory.

    Source: Hochreiter & Schmidhuber, "Long short-term memory" (1997).
    """
    n = h.shape[1]
    z = np.concatenate([x, h], axis=1) @ W + b
    c = sigmoid(z[:, n : 2 * n]) * c + sigmoid(z[:, :n]) * np.tanh(z[:, 2 * n : 3 * n])
    return sigmoid(z[:, 3 * n :]) * np.tanh(c), c


def lstm(W, b, v, X, y):
    """The squared error of what it says after a sequence."""
    h = c = np.zeros((X.shape[1], len(v)))
    for x in X:
        h, c = remember(h, c, x, W, b)
    return np.mean((h @ v - y) ** 2)


def lstm_in_jax(lax, np):
    def run(W, b, v, X, y):
        start = np.zeros((X.shape[1], len(v)))
        step = lambda state, x: (remember(*state, x, W, b), None)  # noqa: E731
        h, _ = lax.scan(step, (start, start), X)[0]
        return np.mean((h @ v - y) ** 2)

    return run


def lstm_by_hand(W, b, v, X, y):
    n = len(v)
    h = c = np.zeros((X.shape[1], n))
    kept = []
    for x in X:
        xh = np.concatenate([x, h], axis=1)
        z = xh @ W + b
        i, f, o = sigmoid(z[:, :n]), sigmoid(z[:, n : 2 * n]), sigmoid(z[:, 3 * n :])
        u = np.tanh(z[:, 2 * n : 3 * n])
        before, c = c, f * c + i * u
        t = np.tanh(c)
        h = o * t
        kept.append((xh, i, f, o, u, before, t))
    error = h @ v - y
    g = 2 * error / len(y)
    g_v, g_h, g_c = h.T @ g, np.outer(g, v), 0.0
    g_W, g_b = np.zeros_like(W), np.zeros_like(b)
    for xh, i, f, o, u, before, t in reversed(kept):
        g_c = g_c + g_h * o * (1 - t**2)
        parts = [
            g_c * u * i * (1 - i), g_c * before * f * (1 - f), g_c * i * (1 - u**2),
            g_h * t * o * (1 - o),
        ]  # fmt: skip
        g_z = np.concatenate(parts, axis=1)
        g_W += xh.T @ g_z
        g_b += np.sum(g_z, axis=0)
        g_h = g_z @ W[-n:].T
        g_c = g_c * f
    return np.mean(error**2), (g_W, g_b, g_v)


def attention(Q, K, V, X, Y):
    """The squared error of what a layer attends to."""
    scores = (X @ Q) @ (X @ K).T / Q.shape[1] ** 0.5
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    weights = e / np.sum(e, axis=1, keepdims=True)
    return np.sum((weights @ (X @ V) - Y) ** 2)


def attention_by_hand(Q, K, V, X, Y):
    q, k, v = X @ Q, X @ K, X @ V
    root = Q.shape[1] ** 0.5
    scores = q @ k.T / root
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    weights = e / np.sum(e, axis=1, keepdims=True)
    error = weights @ v - Y
    g = 2 * error
    g_weights = g @ v.T
    inner = np.sum(g_weights * weights, axis=1, keepdims=True)
    g_scores = weights * (g_weights - inner) / root
    gradients = X.T @ (g_scores @ k), X.T @ (g_scores.T @ q), X.T @ (weights.T @ g)
    return np.sum(error**2), gradients


def perceptron(params, X, y):
    """The squared error of a network with two hidden layers and its parameters in a dict."""
    h = np.tanh(X @ params["W1"] + params["b1"])
    h = np.maximum(h @ params["W2"] + params["b2"], 0.0)
    error = h @ params["v"] - y
    return np.mean(error**2) + 0.01 * np.sum(params["v"] ** 2)


def perceptron_by_hand(params, X, y):
    W2, v = params["W2"], params["v"]
    h1 = np.tanh(X @ params["W1"] + params["b1"])
    h2 = np.maximum(h1 @ W2 + params["b2"], 0.0)
    error = h2 @ v - y
    g = 2 * error / len(y)
    g_2 = np.outer(g, v) * (h2 > 0)
    g_1 = (g_2 @ W2.T) * (1 - h1**2)
    gradients = {
        "W1": X.T @ g_1, "W2": h1.T @ g_2, "b1": np.sum(g_1, axis=0), "b2": np.sum(g_2, axis=0),
        "v": h2.T @ g + 0.02 * v,
    }  # fmt: skip
    return np.mean(error**2) + 0.01 * np.sum(v**2), gradients


def normalized(gain, shift, x, y):
    """A layer that takes mean and deviation out of each row, and its squared error."""
    away = x - np.mean(x, axis=1, keepdims=True)
    z = away / np.sqrt(np.mean(away**2, axis=1, keepdims=True) + 1e-5)
    return np.mean((gain * z + shift - y) ** 2)


def normalized_by_hand(gain, shift, x, y):
    away = x - np.mean(x, axis=1, keepdims=True)
    size = np.sqrt(np.mean(away**2, axis=1, keepdims=True) + 1e-5)
    z = away / size
    error = gain * z + shift - y
    g = 2 / error.size * error
    g_z = g * gain
    g_x = g_z - np.mean(g_z, axis=1, keepdims=True) - z * np.mean(g_z * z, axis=1, keepdims=True)
    return np.mean(error**2), (np.sum(g * z, axis=0), np.sum(g, axis=0), g_x / size)


def programs(random):
    normal, n = random.normal, 16
    params = {
        "W1": normal(size=(8, 32)) / 3, "W2": normal(size=(32, 32)) / 6, "b1": normal(size=32),
        "b2": normal(size=32), "v": normal(size=32) / 6,
    }  # fmt: skip
    return {
        "lstm": Workload(
            "an LSTM with 16 units, 20 steps, 8 sequences", lstm, lstm_by_hand,
            (normal(size=(4 + n, 4 * n)) / 4, normal(size=4 * n), normal(size=n),
             normal(size=(20, 8, 4)), normal(size=8)), argnums=(0, 1, 2), in_jax=lstm_in_jax,
        ),
        "attention": Workload(
            "softmax attention, 40 words, 16 numbers each", attention, attention_by_hand,
            (*normal(size=(3, 16, 16)) / 4, normal(size=(40, 16)), normal(size=(40, 16))),
            argnums=(0, 1, 2),
        ),
        "perceptron": Workload(
            "an MLP 8-32-32-1, batch 32, its parameters in a dict", perceptron,
            perceptron_by_hand, (params, normal(size=(32, 8)), normal(size=32)),
        ),
        "normalized": Workload(
            "layer normalization, 50 rows of 32", normalized, normalized_by_hand,
            (normal(size=32), normal(size=32), normal(size=(50, 32)), normal(size=(50, 32))),
            argnums=(0, 1, 2),
        ),
    }  # fmt: skip
