"""Sizes, places and choices that only the run knows: nothing of a shape is taken for granted."""

import functools
import itertools

import numpy as np
import pytest

from elves import forward, numerical, reverse, source, tracing
from elves.errors import ConversionError, MutationError, SourceError
from test_source_programs import function

X = np.array([0.7, 1.3, -0.4, 2.1, 0.9, 1.7, 0.3])
PROGRAMS = [
    "np.mean(x[i:j] * x[i:j])", "np.var(x[j - 2 : n - 1]) * np.size(x[i:j])",
    "np.mean(x[-j:-i]) * np.mean(x[j:i:-1])", "np.sum(x[i:j] - 0.3 * np.linalg.norm(x[i:j]))",
    "np.mean(x[:6].reshape(2, 3)[i - 1 : i, ..., i - 1 : j - 1] ** 2)",
    "np.mean(x[0] * np.zeros(n // 3) + x[1])", "np.mean(x[0] * np.ones(j - i))",
    "np.mean(x[0] * np.arange(i, j) + x[np.arange(i, j)])", "np.mean(x[0] * np.eye(n // 2))",
    "np.mean(x[0] * np.linspace(0.0, 1.0, n // 3 + 3))", "np.mean(x[0] * np.full(max(j, 2), 1.5))",
    "np.mean(x[0] * np.array([1.5] * (n // 3)))", "np.mean(x[0] * c[j - 3 : j - 1])",
    "np.mean(x[0] * np.take(c, range(n // 3)))", "np.mean(x[0] * np.ones(int(r * 2)))",
    "np.mean(x[0] * np.array([v for v in c if v > r]))", "np.mean(x[0] * c[np.where(mask)[0]])",
    "np.mean(x[mask.nonzero()[0]])", "np.mean(x[mask] * c[mask])", "np.mean(np.delete(x, order))",
    "np.mean(x[0] * (np.ones(3) if j < 4 else np.ones(2)))", "np.mean(x[0] * W[order[0]])",
    "np.mean(x[0] * (c[:2] if i > 1 else c)[:3]) * x[1]", "np.mean(x[0] * np.repeat(c, order))",
    "np.mean(np.swapaxes(x[:6].reshape(2, 3), i - 1, -i)[0])", "np.mean(x[0] * np.tri(n // 2)[0])",
    "np.mean(np.moveaxis(x[:6].reshape(2, 3), -i, i - 1)[0])", "np.mean(np.pad(x, (i, j)))",
    "np.sum(np.array_split(x[:1], [i - 1, j])[0]) + np.mean(np.split(x, [i, j])[1])",
    "np.mean(x[:6].reshape(j - 2, -1)[0])", "np.sum(np.mean(x[i:j], keepdims=True) * x[i:j])",
    "np.mean(np.array([x[0], x[1] * 2, x[2], x[3] ** 2, x[4]][i:j]) ** 2)",
    "np.mean([np.ones(2), c, np.ones(2)][i] * x[0]) + np.mean(np.roll(x, j)[:i])",
]  # fmt: skip


@pytest.mark.parametrize("text", PROGRAMS)
def test_sizes(text):
    names = "i, j, n, r, c, mask, order, W"
    f = function(f"def f(x, {names}):\n    return {text}\n")
    tangent = f"def h(x):\n    return ({text}) * 1.0\n"
    given = np.arange(7.0) - 1.5, np.array([True, False, True, True, False, False, True])
    W = [np.ones(2), np.ones(3) * 2.0, np.arange(3.0)]
    slope = source.value_and_grad(f)
    for i, j, n, order in ((1, 4, 7, [0, 2, 2, 1, 0, 3, 1]), (2, 5, 6, [1, 0, 1, 1, 2, 0, 0])):
        rest = i, j, n, 0.6 * i, *given, np.array(order), W
        value, gradient = slope(X, *rest)
        assert value == pytest.approx(f(X, *rest), rel=1e-12)
        differences = "np.array([x" in text
        want = by_differences(f, rest) if differences else reverse.grad(f)(X, *rest)
        np.testing.assert_allclose(gradient, want, rtol=1e-6, atol=1e-9)
        h = function(tangent, "h")  # the same numbers, from outside
        h.__globals__.update(zip(names.split(", "), rest, strict=True))
        v = np.cos(X)
        np.testing.assert_allclose(source.jvp(h, (X,), (v,))[1], want @ v, rtol=1e-6)
        _, pullback = source.vjp(h, X)
        np.testing.assert_allclose(pullback(1.0)[0], want, rtol=1e-6, atol=1e-9)


def by_differences(f, rest, h=1e-6):
    """Differences, of what the tape does not take."""
    return np.array([(f(X + h * e, *rest) - f(X - h * e, *rest)) / (2 * h) for e in np.eye(7)])


OUTSIDE = [
    "np.mean(x[0] * np.ones(N))", "np.mean(x[: N - 1])", "np.sum(x) if N > 3 else np.sum(x**2)",
    "np.mean(x[: BOX.n] * np.ones(BOX.n))", "np.sum(x ** (N - 2))", "np.sum(x[: SIZES[0]]) * 2",
    "np.mean(x[0] * np.ones(SIZES['a'] if isinstance(SIZES, dict) else SIZES[-1]))",
]  # fmt: skip


@pytest.mark.parametrize("text", OUTSIDE)
def test_numbers_outside_may_change(text):
    class Box:
        n = 2

    f = function(f"def f(x):\n    return {text}\n")
    gradient, scope, sizes = source.grad(f), f.__globals__, [2, 3]
    for n in (3, 5, 2):
        Box.n, sizes[0] = n, n - 1
        scope.update(N=n, BOX=Box, SIZES=sizes)
        np.testing.assert_allclose(gradient(X), reverse.grad(f)(X), rtol=1e-12)
        sizes.append(n)


def test_a_traced_number_counts_no_entries():
    def f(x, n):
        return np.mean(x[0] * np.array([1.5] * n))

    def between(x, i):
        return np.mean(x[i : i + 2])

    with pytest.raises(ConversionError, match="forced to a whole number"):
        tracing.jit(tracing.grad(f))(X, 3)
    with pytest.raises(ConversionError, match="depends on the numbers"):
        tracing.jit(between)(X, 3)


PARTS = [
    # a helper's result is no part of what it only reads
    "def layer(p, x):\n    return np.tanh(x[:2] @ p['w'])\n"
    "def f(x):\n    ps = [{'w': x[:4].reshape(2, 2)}, {'w': x[2:6].reshape(2, 2) * 0.5}]\n"
    "    out = []\n    for p in ps:\n        out.append(layer(p, x))\n"
    "    return np.sum(np.concatenate(out) ** 2)\n",
    # an index from outside, in a list of the function's own
    "order = [2, 0, 1]\ndef f(x):\n    a = [x[3]]\n    for k, p in enumerate(order):\n"
    "        a.append(x[p])\n        a.append(a[k] * x[k])\n    return a[-1] + a[2] * a[3]\n",
    # entries of an array that a helper is given
    "def entries(row, n):\n    parts = []\n    for k in range(n):\n        parts.append(row[k])\n"
    "    return np.stack(parts)\n"
    "def f(x):\n    m = x[:6].reshape(2, 3)\n    rows, n = m.shape\n    s = 0.0\n"
    "    for k in range(rows):\n        s = s + np.sum(entries(m[k, 1:], n - 1) ** 2)\n"
    "    return s\n",
    # a part that a helper does give is seen where it changes
    "def head(a):\n    return a[:3]\n"
    "def f(x):\n    y = x * 2.0\n    h = head(y).copy()\n    h[0] = x[1] * x[2]\n"
    "    return np.sum(h * y[:3])\n",
]


@pytest.mark.parametrize("text", PARTS)
def test_whose_memory_it_is(text):
    f = function(text)
    v = np.cos(X)
    want = tracing.grad(f)(X) if "] = x" not in text else by_differences(lambda x: f(x), ())
    np.testing.assert_allclose(source.grad(f)(X), want, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(source.jvp(f, (X,), (v,))[1], want @ v, rtol=1e-6)


def test_a_part_that_changes_is_told():
    f = function(
        "def head(a):\n    return a[:3]\n"
        "def f(x):\n    y = x * 2.0\n    h = head(y)\n    h[0] = x[1]\n"
        "    return np.sum(h * y[:3])\n"
    )
    with pytest.raises(SourceError, match="may be the same memory"):
        source.grad(f)(X)


def test_two_objects_are_two():
    class Scale:
        def __init__(self, w, n):
            self.w, self.n = w, n

        def times(self, y):
            return y * self.w + np.mean(y[: self.n])

        def __call__(self, y):
            return np.sum(y[: self.n] * np.arange(self.n)) * self.w

    a, b = Scale(2.0, 3), Scale(-0.5, 5)

    def methods(x):
        return np.sum(a.times(x) * b.times(x))

    def calls(x):
        return a(x) * b(x) + a(x)

    for f in (methods, calls):
        for a.n in (3, 2):
            np.testing.assert_allclose(source.grad(f)(X), reverse.grad(f)(X), rtol=1e-12)


def test_jit_follows_a_function_that_another_one_calls():
    def product(a, b):
        return np.array([a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]])

    def bent(a):
        return np.array([a[0] ** 2, a[1] if a[0] > 0.5 else 2.0 * a[1]])

    def reduced(x):
        return np.sum(functools.reduce(product, [x[:2], x[2:4], x[4:6]]))

    def mapped(x):
        last = list(itertools.accumulate([x[:2], x[2:4]], product))[-1]
        return np.sum(np.stack(list(map(bent, [x[:2], x[2:4]])))) + np.sum(last)

    for f in (reduced, mapped):
        want = by_differences(f, ())
        np.testing.assert_allclose(tracing.jit(tracing.grad(f))(X), want, rtol=1e-6, atol=1e-9)


def test_what_is_said_of_a_part_that_changes_in_place():
    def part(x):
        u = x.copy()
        u[1:] *= u[:-1]
        return np.sum(u)

    def entry(x):
        u = [x, 2.0 * x]
        u[0] += x
        return np.sum(u[0])

    def table(x):
        t = [[0.0] * 2 for _ in range(2)]
        t[1][0] = x[0] * x[1]
        return t[1][0]

    for engine in (reverse, forward):
        with pytest.raises(MutationError, match=r"old value: build .* or try the engine `source`"):
            engine.grad(part)(X)
        with pytest.raises(MutationError, match=r"write y\[i\] = y\[i\] \+ x if y is a list"):
            engine.grad(entry)(X)
    np.testing.assert_allclose(source.grad(part)(X), by_differences(lambda x: part(x), ()), 1e-6)
    with pytest.raises(SourceError, match=r"make t an array of zeros first, and write t\[i, j\]"):
        source.grad(table)(X)


def test_an_entry_of_what_is_empty_at_first_may_be_an_array():
    def by_key(x):
        d, s = {}, 0.0
        for i in range(3):
            p = d[i - 1] if i else 0.0
            d[i] = x * (i + 1) + p
            s = s + np.sum(d[i] * d[0])
        return s

    def by_branch(x):
        p, q = 0.5, {}
        for i in range(4):
            if i > 1:
                p = q[i - 2] * 2
            q[i] = np.sin(x) + p
        return np.sum(q[3] * q[2] + p)

    x = np.array([1.0, 2.0, 0.5])
    for f in (by_key, by_branch):
        np.testing.assert_allclose(source.grad(f)(x), reverse.grad(f)(x), 1e-12)


WINDOWS = [
    "np.dot(x[k : k + i], c[:i]) ** 2", "np.dot(c[:i], x[k : k + i]) * np.dot(x[k:j], x[k:j])",
    "np.sin(np.dot(x[k : k + 2] * x[k + 1 : k + 3], np.array([0.3, -0.4])))",
    "np.mean(x[k:j]) * x[k]", "np.sum(np.array([np.dot(x[k : k + 2], c[:2]), x[k]]) ** 3)",
    "np.dot(W[k], x[k : k + 2]) ** 2", "np.sum(np.dot(W[k : k + 2], x[:2]) ** 2)",
    "np.sum((x[k : k + 2] @ W[k : k + 2, :]) * W[0])",
    "np.sum(W[k, i - 1 :] * x[k]) + x[k : k + 1][0]",
]  # fmt: skip


@pytest.mark.parametrize("text", WINDOWS)
def test_axes_are_known_where_sizes_are_not(text):
    """A part between two ends that only the run knows has as many axes as the array."""
    loop = f"    s = 0.0\n    for k in range(3):\n        s += {text}\n    return s\n"
    f = function(f"def f(x, i, j, c, W):\n{loop}")
    W = np.cos(np.arange(10.0)).reshape(5, 2)
    for i, j in ((1, 4), (2, 5)):
        rest = i, j, np.arange(7.0) - 1.5, W
        value, gradient = source.value_and_grad(f)(X, *rest)
        assert value == pytest.approx(f(X, *rest), rel=1e-12)
        np.testing.assert_allclose(gradient, by_differences(f, rest), rtol=1e-6, atol=1e-8)
    of_others = "c[:i]" in text or "W[k : k + 2], x" in text  # parts of what does not vary
    assert of_others or "pullback" not in source.show(f, X, 1, 4, rest[2], W)


def test_a_list_that_is_made_an_array_is_taken_apart_without_the_tape():
    def numbers(x, rows):
        falls, high = [], 1.0
        for row in rows:
            high = max(high, np.dot(x, row))
            falls.append(high - np.dot(x, row) ** 2)
        return np.sum(np.array(falls) ** 2)

    def matrix(x, n):
        rows = []
        for i in range(n):
            row = []
            for j in range(i, i + 3):
                row.append(np.exp(-((x[i] - x[j]) ** 2)))
            rows.append(np.array(row))
        return np.sum(np.tanh(np.array(rows)) @ np.array([0.2, 0.5, -1.0]))

    for f, rest in ((numbers, np.sin(np.arange(35.0)).reshape(5, 7)), (matrix, 4)):
        value, gradient = source.value_and_grad(f)(X, rest)
        assert value == pytest.approx(f(X, rest), rel=1e-12)
        np.testing.assert_allclose(gradient, by_differences(f, [rest]), rtol=1e-6, atol=1e-8)
        assert "pullback" not in source.show(f, X, rest)


RECENT = [
    "np.tanh(W @ np.concatenate(h[-2:]))", "np.tanh(x * np.mean(np.stack(h[-2:]), axis=0))",
    "np.cos(x * np.stack(h[-3:])[0] + h[-2])", "x * sum(h[-2:]) * h[-3][0]",
    "np.cos(x) * np.dot(np.stack([a @ b for a, b in zip(h[-2:], h[-3:])]), np.ones(2))",
]  # fmt: skip


@pytest.mark.parametrize("text", RECENT)
def test_the_last_entries_of_a_list_that_grows_are_known_one_by_one(text):
    f = function(
        "def f(x, W):\n    h = [x, 0.5 * x, np.ones(4)]\n    for t in range(5):\n"
        f"        h.append({text})\n    return np.sum(h[-1] ** 2 + h[-2])\n"
    )
    x, W = np.array([0.3, -0.8, 0.5, 0.1]), np.sin(np.arange(32.0)).reshape(4, 8)
    np.testing.assert_allclose(source.grad(f)(x, W), reverse.grad(f)(x, W), 1e-10)
    assert "pullback" not in source.show(f, x, W)


def test_numbers_that_stand_still_beside_others_in_a_list_stop_no_slope():
    """A way back by the tape goes to each number that varies, whatever is beside it."""

    def pairs(x, first):
        rows = []
        for k in range(3):
            rows.append((x * k, k) if first else (k, x * x))
        return np.sum(np.array(rows) ** 2)

    for first in (True, False):
        slope = numerical.grad(pairs)(0.7, first)
        assert source.grad(pairs)(0.7, first) == pytest.approx(slope, rel=1e-6)
        found = source.jvp(lambda x, first=first: pairs(x, first), (0.7,), (1.0,))[1]
        assert found == pytest.approx(slope, rel=1e-6)


def test_a_bound_that_is_none_bounds_nothing():
    def clipped(x):
        bounds = (None, 1.0)
        return np.sum(np.clip(x, *bounds) * x)

    x = np.array([0.5, 2.0, -1.0])
    np.testing.assert_allclose(source.grad(clipped)(x), [1.0, 1.0, -2.0], 1e-12)


def test_a_dict_may_grow_between_two_calls_that_read_it():
    def squared(d):
        return d["a"] * d["a"]

    def before_and_after(x):
        d = {"a": x}
        total = squared(d)
        d["b"] = (x, x * total)
        total = total * d["b"][1] + squared(d)
        d["c"] = {"u": x}
        return total * squared(d) + d["c"]["u"]

    def inside(x):
        d = {"a": 1.0}

        def get(k):
            return d[k] * 2

        d["b"] = x
        total = get("a")
        d["c"] = x * x
        return total * get("c")

    def in_each_turn(x):
        d, total = {"a": x}, 0.0
        for k in "bcd":
            total = total + squared(d)
            d[k] = x * total
        return total * d["c"]

    for f in (before_and_after, inside, in_each_turn):
        assert source.grad(f)(0.7) == pytest.approx(numerical.grad(f)(0.7), rel=1e-6)
        assert source.jvp(f, (0.7,), (1.0,))[1] == pytest.approx(source.grad(f)(0.7), rel=1e-12)


def test_what_a_call_gives_is_known_in_a_loop_whose_start_does_not_vary():
    """In the first reading x stands still, and nothing is known of a call with it."""

    def learned(w):
        x, m = np.zeros(3), np.zeros(3)
        for _ in range(4):
            m = w[0] * m + reverse.grad(bowl)(x)
            x = x - w[1] * np.tanh(m)
        return bowl(x) * np.sum(x)

    w = np.array([0.3, 0.2])
    np.testing.assert_allclose(source.grad(learned)(w), reverse.grad(learned)(w), 1e-10)
    assert "pullback" not in source.show(learned, w)


def bowl(x):
    return np.sum((TILTED @ x - 1.0) ** 2)


TILTED = np.cos(np.arange(12.0)).reshape(4, 3)
