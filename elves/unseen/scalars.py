"""Programs of single numbers: recursion, branches, loops that end where a value says so."""

import numpy as np

from elves.workloads import Workload


def determinant(A):
    """By minors of the first row, and theirs."""
    if len(A) == 1:
        return A[0, 0]
    total, sign = 0.0, 1.0
    for j in range(len(A)):
        minor = np.concatenate([A[1:, :j], A[1:, j + 1 :]], axis=1)
        total = total + sign * A[0, j] * determinant(minor)
        sign = -sign
    return total


def determinant_by_hand(A):
    if len(A) == 1:
        return A[0, 0], np.ones((1, 1))
    total, sign, g = 0.0, 1.0, np.zeros_like(A)
    for j in range(len(A)):
        minor = np.concatenate([A[1:, :j], A[1:, j + 1 :]], axis=1)
        value, slopes = determinant_by_hand(minor)
        total = total + sign * A[0, j] * value
        g[0, j] += sign * value
        g[1:, :j] += sign * A[0, j] * slopes[:, :j]
        g[1:, j + 1 :] += sign * A[0, j] * slopes[:, j:]
        sign = -sign
    return total, g


def many(xs):
    """A list of many parameters, each a number of its own."""
    total = 0.0
    for a, b in zip(xs[:-1], xs[1:], strict=True):  # noqa: RUF007
        total = total + np.sin(a * b) + a**2
    return total


def many_by_hand(xs):
    total, g = 0.0, [0.0] * len(xs)
    for k in range(len(xs) - 1):
        a, b = xs[k], xs[k + 1]
        total += np.sin(a * b) + a**2
        c = np.cos(a * b)
        g[k] += b * c + 2 * a
        g[k + 1] += a * c
    return total, g


def kepler(mean, e):
    """Where a planet is, by Newton's method: E - e sin(E) = mean."""
    E, step = mean, 1.0
    while abs(step) > 1e-9:
        step = (E - e * np.sin(E) - mean) / (1 - e * np.cos(E))
        E = E - step
    return np.cos(E) - e


def kepler_by_hand(mean, e):
    E, step = mean, 1.0
    while abs(step) > 1e-9:
        step = (E - e * np.sin(E) - mean) / (1 - e * np.cos(E))
        E = E - step
    g = -np.sin(E) / (1 - e * np.cos(E))  # what holds at the end can be differentiated by itself
    return np.cos(E) - e, (g, g * np.sin(E) - 1)


def kepler_in_jax(lax, np):
    def newton(mean, e):
        def step(state):
            E, _ = state
            step = (E - e * np.sin(E) - mean) / (1 - e * np.cos(E))
            return E - step, step

        E, _ = lax.while_loop(lambda state: abs(state[1]) > 1e-9, step, (mean, mean * 0 + 1.0))
        return np.cos(E) - e

    return newton


def mean_of_both(a, b):
    """The arithmetic-geometric mean of Gauss."""
    while abs(a - b) > 1e-9:
        a, b = (a + b) / 2, np.sqrt(a * b)
    return a


def mean_of_both_by_hand(a, b):
    kept = []
    while abs(a - b) > 1e-9:
        kept.append((a, b))
        a, b = (a + b) / 2, np.sqrt(a * b)
    g_a, g_b = 1.0, 0.0
    y = a
    for before_a, before_b in reversed(kept):
        half = g_b / 2 / np.sqrt(before_a * before_b)
        g_a, g_b = g_a / 2 + half * before_b, g_a / 2 + half * before_a
    return y, (g_a, g_b)


def branchy(x, y):
    """A path that turns by where it is."""
    total = 0.0
    for k in range(60):
        if x > 1:
            x = x - y
        elif x < 0 and y > 0:
            x, y = x + 0.7, y * 0.9
        else:
            x = x * 1.05 + 0.1
        if k % 3 == 0:
            total = total + np.sin(x) * y
    return total


def branchy_by_hand(x, y):
    total, kept = 0.0, []
    for k in range(60):
        if x > 1:
            way, x = 0, x - y
        elif x < 0 and y > 0:
            way, x, y = 1, x + 0.7, y * 0.9
        else:
            way, x = 2, x * 1.05 + 0.1
        kept.append((way, x, y))
        if k % 3 == 0:
            total += np.sin(x) * y
    g_x = g_y = 0.0
    for k in reversed(range(60)):
        way, x, y = kept[k]
        if k % 3 == 0:
            g_x += np.cos(x) * y
            g_y += np.sin(x)
        if way == 0:
            g_y -= g_x
        elif way == 1:
            g_y *= 0.9
        else:
            g_x *= 1.05
    return total, (g_x, g_y)


def branchy_in_jax(lax, np):
    def turn(x, y):
        return lax.cond(
            x > 1, lambda: (x - y, y),
            lambda: lax.cond(
                np.logical_and(x < 0, y > 0), lambda: (x + 0.7, y * 0.9),
                lambda: (x * 1.05 + 0.1, y),
            ),
        )  # fmt: skip

    def step(state, k):
        x, y = turn(*state)
        return (x, y), np.where(k % 3 == 0, np.sin(x) * y, 0.0)

    def path(x, y):
        return np.sum(lax.scan(step, (x, y), np.arange(60))[1])

    return path


def programs(random):
    return {
        "determinant": Workload(
            "a determinant of 4 by 4 by recursion", determinant, determinant_by_hand,
            (random.normal(size=(4, 4)),),
        ),
        "many": Workload(
            "100 numbers in a list", many, many_by_hand, (random.normal(size=100).tolist(),),
        ),
        "kepler": Workload(
            "Kepler's equation by Newton's method", kepler, kepler_by_hand, (0.8, 0.6),
            argnums=(0, 1), in_jax=kepler_in_jax, without=("jax.jit",),
        ),
        "mean": Workload(
            "the arithmetic-geometric mean", mean_of_both, mean_of_both_by_hand, (1.0, 24.0),
            argnums=(0, 1), without=("jax.jit",),
        ),
        "branchy": Workload(
            "60 turns with three ways each", branchy, branchy_by_hand, (0.4, 0.55),
            argnums=(0, 1), in_jax=branchy_in_jax,
        ),
    }  # fmt: skip
