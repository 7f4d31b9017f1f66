"""The first call of `jit`: loops are found again, and those by `scan` read what they computed."""

import functools

import numpy as np
import pytest

from elves import reverse, trees
from elves.tracing import fori_loop, grad, jit, residuals, scan, value_and_grad

RANDOM = np.random.default_rng(77)


@pytest.fixture(autouse=True)
def many(monkeypatch):
    """Shorter programs than usual are long here."""
    monkeypatch.setattr("elves.tracing.looping.LONG", 100)
    for module in ("compile", "linearizing"):
        monkeypatch.setattr(f"elves.tracing.{module}.MANY", 100)


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


# ------------------------------------------------------------ loops that are found again

TURNS = 30
OF_THE_TURN = """
    NAMES.get(t, 0.0) | 1.0 if t in KNOWN else 0.5 | 0.1 * len(f"{t}") | divided(t) | weight(t)
    (1.0, 2.0)[t % 2] | "abc"[t % 3] == "a" and 1.0 | s**(t % 4) | np.power(s, t % 3) | x[t]
    x[t - 1] * t | x[7 * t % 30] | x[::-1][t] | w[t, t % 3] | w[:, t % 3][t] | w[t] @ w[-t]
    np.sum(x[t:]) | np.sum(x[[t, 0]]) | np.sum(w, t % 2)[0] | np.ones(t + 1).sum() | 0.1 * t
    (lambda k=t: x[k])() | sum(x[j] for j in range(t % 4)) | (y := x[t]) * 2 | x[t] * (t % 2 == 0)
    np.where(x[t] > 0, x[t], 0.3 * t) | np.roll(x, t)[0] | np.cumsum(x)[t] | np.sort(x)[t]
    np.max(x[: t + 1]) | np.mean(x[max(0, t - 3) : t + 1]) | np.interp(0.1 * t, np.arange(30.0), x)
    np.dot(x[:3], x[t : t + 3]) if t < 27 else 0.0 | x[t] if t > 15 else 0.5 | {t: s}[t]
"""


@pytest.mark.parametrize("head", ["range(30)", "reversed(range(30))"])
def test_whatever_is_made_of_a_counter(head):
    x, w = RANDOM.normal(size=TURNS), RANDOM.normal(size=(TURNS, 3))
    for of_t in OF_THE_TURN.strip().replace("\n", "|").split("|"):
        text = f"h = 0.8 * np.sin(h) + 0.3 * ({of_t.strip()})\n        total = total + h * h"
        text = f"def f(x, w, s):\n    h, total = s, 0.0\n    for t in {head}:\n        {text}\n"
        space = dict(globals())
        exec(f"{text}    return total + h", space)
        f, wrt = space["f"], (0, 1, 2)
        run = jit(value_and_grad(f, wrt))
        for args in ((x, w, 0.4), (x * 0.7, w + 0.1, -0.2)):
            agree(run(*args), reverse.value_and_grad(f, wrt)(*args))
            assert jit(f)(*args) == pytest.approx(f(*args), 1e-10)


def ping_pong(x, w, s):
    states = [s, 0.5 * s]
    for t in range(TURNS):
        states[t % 2] = np.sin(states[1 - t % 2]) * 0.9 + x[t]
    return states[0] * states[1]


def hunters(x, w, s):
    y = np.stack([s + 1.0, 0.5 * s])
    for _ in range(35):
        eaten = y[0] * y[1]
        y = y + 0.05 * np.stack([x[0] * y[0] - x[1] * eaten, x[2] * eaten - x[3] * y[1]])
    return np.sum(y**2)


def spinning(x, w, s):
    turn = np.eye(2)
    for t in range(TURNS):
        turn = turn @ np.stack([np.stack([s, x[t]]), np.stack([-x[t], s])])
    return turn[0, 1] * turn[1, 1]


def attention_of_rows(x, w, s):
    h, seen = np.zeros(3), []
    for row, b in zip(w, x, strict=True):
        h = np.tanh(w[:3] @ h + row * s) + 0.1 * b
        seen.append(np.sum(h))
    return np.sum(np.stack(seen) ** 2) + seen[4] * seen[-1]


def table(x, w, s):
    above = [s * 0.1 * j for j in range(8)]
    for i in range(1, 16):
        row = [above[0] + x[i]]
        for j in range(1, 8):
            row.append(np.logaddexp(above[j - 1], np.logaddexp(above[j], row[-1])) * 0.5 + x[j])
        above = row
    return above[-1]


def pulled(x, w, s):
    at = [w[0], w[1], w[2]]  # each turn has three parts that look alike
    for k in range(TURNS):
        pairs = zip(at, at[1:] + at[:1], at[2:] + at[:2], strict=True)
        at = [a + s * np.tanh(b - a) / (1 + np.sum((c - a) ** 2)) + x[k] for a, b, c in pairs]
    return np.sum(at[0] * at[1]) + np.sum(at[2] ** 2)


def recursive(x, w, s):
    step = lambda t, y: y if t == 40 else step(t + 1, np.sin(y) * x[t % 5] + s)  # noqa: E731
    return step(0, s) + step(0, 0.5 * s)


def smaller_and_smaller(x, w, s):
    for _ in range(26):
        x = x[1:] * 1.1 - 0.1 * x[:-1] + np.mean(x)
    return np.sum(x) * s


def of_lists(x, w, s):
    total = 0.0
    numbers = [x[k] for k in range(TURNS)]
    for a, b in zip(numbers[1:], numbers[:-1], strict=True):
        total = total + np.sin(a * b) * s + a**2
    return total


def left(x, w, s):
    for t in range(TURNS):
        if t == 25:
            break
        if t % 4 == 3:
            continue
        s = np.sin(s) + x[t] * w[t, 1]
    return s * t


FOUND = [ping_pong, hunters, spinning, attention_of_rows, table, pulled, recursive]
TURN_BY_TURN = [smaller_and_smaller, of_lists, left]


@pytest.mark.parametrize("f", FOUND + TURN_BY_TURN)
def test_loops_are_found_again_and_compute_the_same(f):
    args = RANDOM.normal(size=TURNS), RANDOM.normal(size=(TURNS, 3)), 0.4
    for wrt in ((0, 1, 2), 2, (2, 0)):
        run = jit(value_and_grad(f, wrt))
        for each in (args, [a * 0.7 - 0.1 for a in args]):
            agree(run(*each), reverse.value_and_grad(f, wrt)(*each))
        assert f not in FOUND or run.source.count("\n") < 250
        assert f not in FOUND or "for " in run.source
    second = jit(grad(lambda s: grad(f, 2)(*args[:2], s)))
    want = reverse.grad(lambda s: reverse.grad(f, 2)(*args[:2], s))
    np.testing.assert_allclose(second(args[2]), want(args[2]), 1e-7)
    floats = [np.float32(a) for a in args]
    for a, b in zip(jit(grad(f, (0, 1)))(*floats), reverse.grad(f, (0, 1))(*floats), strict=True):
        assert a.dtype == b.dtype == np.float32
        np.testing.assert_allclose(a, b, 0.02, 2e-3)


def test_small_arrays_are_carried_as_numbers():
    run = jit(value_and_grad(hunters, (0, 2)))
    run(RANDOM.normal(size=TURNS), RANDOM.normal(size=(TURNS, 3)), 0.4)
    inside = [line for line in run.source.split("\n") if line.startswith("        ")]
    assert len(inside) > 5 and not any("np." in line for line in inside)


def test_turns_on_numbers_are_loops_in_long_programs_alone(monkeypatch):
    args = RANDOM.normal(size=TURNS), RANDOM.normal(size=(TURNS, 3)), 0.4
    for long, loops in ((100, True), (10_000, False)):
        monkeypatch.setattr("elves.tracing.looping.LONG", long)
        for f, found in ((ping_pong, loops), (pulled, True)):
            run = jit(value_and_grad(f, (0, 1, 2)))
            agree(run(*args), reverse.value_and_grad(f, (0, 1, 2))(*args))
            assert ("for " in run.source) == found


@pytest.mark.parametrize(("n", "loops"), [(40, 2), (2**15, 0)])
def test_large_arrays_are_overwritten_in_no_loop(n, loops):
    def f(x, w):
        h = x
        for _ in range(30):
            h = np.tanh(h * w + 0.1 * x)
        return np.sum(h * h)

    args, run = RANDOM.normal(size=(2, n)), jit(value_and_grad(f, (0, 1)))
    agree(run(*args), reverse.value_and_grad(f, (0, 1))(*args))
    assert run.source.count("\n    for ") == loops


def test_a_turn_that_nothing_depends_on_gives_no_nan():
    def f(x, s):
        y, total = s, 0.0
        for t in range(TURNS):
            total = total + np.where(y > 9.0, 0.0, x[t])
            y = np.sqrt(np.abs(y - s))
        return total + np.where(y > 9.0, 1.0, 0.0)

    x = RANDOM.normal(size=TURNS)
    run, want = jit(value_and_grad(f, (0, 1))), reverse.value_and_grad(f, (0, 1))(x, 0.4)
    for _ in range(2):
        agree(run(x, 0.4), want)


def test_python_runs_once(capsys):
    seen, draws = [], np.random.default_rng(4)

    def f(x):
        for t in range(TURNS):
            print(t)
            seen.append(t)
            x = np.sin(x) * draws.normal() + 0.1 * x * x
        return x

    jit(value_and_grad(f))(0.5)
    assert capsys.readouterr().out.split() == [*map(str, seen)] == [*map(str, range(TURNS))]
    assert draws.normal() == np.random.default_rng(4).normal(size=TURNS + 1)[-1]


def test_what_is_short_before_it_is_differentiated_has_no_loops():
    def f(x):
        return sum(np.sin(x[i] * x[i - 1]) for i in range(12)) ** 2

    x = RANDOM.normal(size=12)
    run = jit(value_and_grad(f))
    agree(run(x), reverse.value_and_grad(f)(x))
    whole = jit(value_and_grad(f), passes=())
    whole(x)
    assert len(whole.ir.equations) > 100 and "for " not in run.source


def test_products_by_all_rows_are_one_before_a_loop():
    def f(w, rows):
        h = w * 0.0
        for row in rows:
            h = np.tanh(0.5 * h + np.dot(w, row) * w)
        return np.sum(h)

    args = RANDOM.normal(size=6), RANDOM.normal(size=(40, 6))
    for wrt in (0, 1, (0, 1)):
        run = jit(value_and_grad(f, wrt))
        agree(run(*args), reverse.value_and_grad(f, wrt)(*args))
        text = run.source
        assert text.count("b.dot(a)") == 1 and text.index("b.dot(a)") < text.index("for ")
