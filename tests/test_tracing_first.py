"""A long program is what Python does, and its loops by `scan` read what they have computed."""

import functools

import numpy as np
import pytest

from elves import reverse, trees
from elves.tracing import fori_loop, grad, jit, residuals, scan, value_and_grad

RANDOM = np.random.default_rng(77)


def agree(have, want):
    for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, 1e-10, 1e-12)


KNOWN, NAMES = {3, 7, 100}, {3: 1.0, 7: 2.0}


@functools.cache
def weight(i):
    return 0.1 * i


def divided(i):
    try:
        return 1 / (i - 5)
    except ZeroDivisionError:
        return 3.0


COUNTED = {
    "get": lambda i: NAMES.get(i, 0.0),
    "set": lambda i: 1.0 if i in KNOWN else 0.5,
    "text": lambda i: 0.1 * len(f"{i}") + 0.1 * len(str(i)),
    "type": lambda i: 1.0 if type(i) is int and isinstance(i, int) else 2.0,
    "cached": weight,
    "caught": divided,
}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("of", COUNTED)
def test_a_counter_is_a_number_of_pythons(of, backend):
    if backend == "numba":
        pytest.importorskip("numba")

    def f(x):
        for i in range(260):
            x = 0.9 * np.sin(x) + COUNTED[of](i)
        return x

    def branching(x):
        n = 0
        for i in range(40):
            x = 0.9 * np.sin(x) + COUNTED[of](i) if x < 9 else x
            n += 1  # noqa: SIM113
            x = x + 0.1 * COUNTED[of](n)
        return x

    for each in (f, branching):
        agree(jit(value_and_grad(each), backend=backend)(1.0), reverse.value_and_grad(each)(1.0))
        assert each(1.0) == pytest.approx(jit(each, backend=backend)(1.0), 1e-12)


def attention(W, xs):
    def step(h, x):
        p = np.exp(W @ h + x)
        return 0.5 * h + p / np.sum(p), None

    return np.sum(scan(step, np.zeros(3), xs)[0] ** 2)


def test_the_way_back_reads_what_was_computed():
    args = 0.1 * RANDOM.normal(size=(3, 3)), RANDOM.normal(size=(60, 3))
    run = jit(value_and_grad(attention, (0, 1)))
    agree(run(*args), reverse.value_and_grad(attention, (0, 1))(*args))
    assert run.source.count("np.exp(") == 1 and run.source.count("\n    for ") == 2
    single = jit(value_and_grad(attention, (0, 1)))
    small = [a.astype(np.float32) for a in args]
    y, slopes = single(*small)
    assert all(g.dtype == np.float32 for g in slopes)
    assert y == pytest.approx(run(*args)[0], 1e-5)
    np.testing.assert_allclose(slopes[0], run(*args)[1][0], 1e-3, 1e-5)


def test_what_would_fill_the_memory_is_computed_again(monkeypatch):
    monkeypatch.setattr(residuals, "MOST", 1000)
    args = 0.1 * RANDOM.normal(size=(3, 3)), RANDOM.normal(size=(60, 3))
    run = jit(value_and_grad(attention, (0, 1)))
    agree(run(*args), reverse.value_and_grad(attention, (0, 1))(*args))
    assert run.source.count("np.exp(") == 2


def test_what_is_added_up_stays_where_it_is():
    table, places = RANDOM.normal(size=(500, 4)), RANDOM.integers(500, size=120)

    def f(table, w):
        return np.sum(scan(lambda h, k: (np.tanh(h + table[k]) * w, None), w, places)[0])

    run, w = jit(value_and_grad(f, (0, 1))), RANDOM.normal(size=4)
    for _ in range(2):
        kept = run(table, w)
        agree(kept, reverse.value_and_grad(f, (0, 1))(table, w))
    _, back = run.source.split("\n    for ")[1:]
    assert ".copy()" not in back.split("\n    return")[0]
    for g in run(table, w)[1]:  # the result is the caller's
        g += 1.0
    agree(run(table, w), kept)


def test_what_is_computed_alike_is_read_once():
    def slope(x, p):
        return p[0] * np.sin(p[1] * x)

    def f(x, p):
        step = lambda _, x: x + 0.1 * (slope(x, p) + slope(x + 0.1, p) + slope(x - 0.1, p))  # noqa: E731
        return fori_loop(0, 200, step, x)

    ir = jit_ir(f, 0.3, np.array([0.5, 2.0]))
    back = [e for e in ir.equations if e.rule.name == "scan"][-1]
    assert back.kwargs["carries"] == 3  # the cotangents of x, p[0] and p[1]


def jit_ir(f, *args):
    run = jit(grad(f, (0, 1)))
    agree(run(*args), reverse.grad(f, (0, 1))(*args))
    return run.ir
