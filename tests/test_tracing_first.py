"""The first call of `jit`: a long program keeps Python's loops, and NumPy runs them as fast."""

import itertools

import numpy as np
import pytest

from elves import reverse, trees
from elves.tracing import grad, jit, make_ir, residuals, value_and_grad

RANDOM = np.random.default_rng(77)


def agree(have, want):
    for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, 1e-10, 1e-12)


def test_a_long_trace_is_given_up_early():
    turns = []

    def f(x, counts):
        for _ in range(400):
            if counts:
                turns.append(0)
            x = np.sin(x) + 0.1 * np.cos(x) * x
        return np.sum(x)

    x = RANDOM.normal(size=4)
    run = jit(value_and_grad(f), static_argnums=1)
    agree(run(x, False), reverse.value_and_grad(f)(x, False))
    assert "for _ in range(400):" in run.source and run.source.count("\n") < 40
    agree(run(x, True), run(x, False))  # where something is changed there is no loop
    assert len(turns) == 400 and run.source.count("\n") > 1000


def test_what_is_printed_is_printed_once(capsys):
    def f(x):
        for k in range(120):
            print(k)
            x = np.sin(x) * 0.9 + 0.1
        return x

    jit(f)(0.5)
    assert capsys.readouterr().out.split() == [*map(str, range(120))]


def test_what_changes_something_is_as_without_loops():
    rest, seen, draws = itertools.count(1), {}, np.random.default_rng(5)

    def uses_up(x):
        for _ in range(150):
            x = np.sin(x) * 0.9 + 1 / next(rest)
        return x

    def remembers(x):
        for k in range(150):
            seen[k] = x = np.sin(x) * 0.9 + 0.1
        return x

    def draws_numbers(x):
        for _ in range(150):
            x = np.sin(x) * 0.9 + draws.normal()
        return x

    def raises(x):
        for k in range(150):
            x = np.sin(x) * 0.9
            if k == 140:
                raise ValueError("140 turns are too many")
        return x

    jit(uses_up)(0.5)
    assert next(rest) == 151
    jit(remembers)(0.5)
    assert [*seen] == [*range(150)]
    y = jit(draws_numbers)(0.5)
    assert draws.normal() == np.random.default_rng(5).normal(size=151)[-1]
    draws = np.random.default_rng(5)
    assert y == draws_numbers(0.5)
    with pytest.raises(ValueError, match="140 turns"):
        jit(raises)(0.5)


def test_who_catches_everything_catches_no_end_of_a_trace():
    def f(x):
        for _ in range(400):
            try:
                x = np.sin(x) * 0.9
            except BaseException:
                x = 0.0
        return x

    assert jit(f)(0.5) == pytest.approx(f(0.5), 1e-12)


def attention(W, xs):
    h = np.zeros(3)
    for x in xs:
        p = np.exp(W @ h + x)
        h = 0.5 * h + p / np.sum(p)
    return np.sum(h**2)


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
        h = w
        for k in places:
            h = np.tanh(h + table[k]) * w
        return np.sum(h)

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
        for _ in range(200):
            x = x + 0.1 * (slope(x, p) + slope(x + 0.1, p) + slope(x - 0.1, p))
        return x

    ir = jit_ir(f, 0.3, np.array([0.5, 2.0]))
    back = [e for e in ir.equations if e.rule.name == "scan"][-1]
    assert back.kwargs["carries"] == 3  # the cotangents of x, p[0] and p[1]


def jit_ir(f, *args):
    run = jit(grad(f, (0, 1)))
    agree(run(*args), reverse.grad(f, (0, 1))(*args))
    return run.ir


@pytest.mark.parametrize("n", [0, 1, 5])
def test_loops_in_loops_and_of_no_turns(n):
    def f(x, y):
        for _ in range(90):
            for _ in range(n):
                y = 0.9 * y + x * 0.01
            for k in range(12):
                x = x + 0.01 * np.sin(x * k) * y
        return np.sum(x * y)

    args = RANDOM.normal(size=3), RANDOM.normal(size=3)
    run = jit(value_and_grad(f, (0, 1)))
    agree(run(*args), reverse.value_and_grad(f, (0, 1))(*args))
    assert run.source.count("\n") < 120
    second = jit(grad(lambda x: np.sum(grad(f)(x, args[1]) ** 2)))
    want = reverse.grad(lambda x: np.sum(reverse.grad(f)(x, args[1]) ** 2))
    agree(second(args[0]), want(args[0]))


def test_turns_that_differ_are_written_one_by_one():
    def f(x):
        for _ in range(100):
            x = x[1:] * 1.1 + np.sin(x[:-1]) * 0.1
        return np.sum(x)

    x = RANDOM.normal(size=110)
    run = jit(value_and_grad(f))
    agree(run(x), reverse.value_and_grad(f)(x))
    assert "for " not in run.source
    assert len(make_ir(f, x).equations) > 300
    with pytest.raises(IndexError):
        jit(lambda x: f(x)[0])(x)
