"""Loops that are found again in a program that was traced: whatever way Python wrote them."""

import itertools

import numpy as np
import pytest

from elves import reverse, trees
from elves.tracing import cond, jit, make_ir, trace, value_and_grad, while_loop
from elves.tracing.rolling import rolled

RANDOM = np.random.default_rng(7)


def inputs_and_targets(W, U, xs, ys):
    """A recurrent net that goes over two arrays at once, and keeps what it says in a list."""
    h, said = np.zeros(3), []
    for x, y in zip(xs, ys, strict=True):
        h = np.tanh(W @ h + U @ x)
        said.append(np.sum((h - y) ** 2))
    return sum(said) + said[-1]


def gates(params, xs):
    """A net with gates, two layers, their states in a list and their parameters in tuples."""
    states = [np.zeros(3), np.ones(3)]
    for _t, x in enumerate(xs, start=1):
        for layer, (W, V) in enumerate(params):
            old = states[layer]
            z = 1 / (1 + np.exp(-(W @ old + x)))
            states[layer] = (1 - z) * old + z * np.tanh(V @ (z * old))
            x = states[layer]
    return np.sum(states[0] * states[1])


def leapfrog(q, p, stiff):
    path = [q]
    for t, _ in enumerate(range(14)):
        p = p - 0.05 * (stiff * path[-1] + 0.01 * t * path[-1] ** 3)
        path.append(path[-1] + 0.1 * p)
    path = np.stack(path)
    return np.sum(path[-1] ** 2) + np.mean(path)


def likeliest(moves, says):
    """The logarithm of the likeliest path's probability, with a list for each time."""
    best = [says[0, j] for j in range(4)]
    for t in range(1, 12):
        new = []
        for j in range(4):
            ways = [best[i] + moves[i, j] for i in range(4)]
            top = ways[0]
            for way in ways[1:]:
                top = np.maximum(top, way)
            new.append(top + says[t, j])
        best = new
    return np.logaddexp(best[0], best[1]) + best[2] * best[3]


def horner(a, x):
    y = 0.0
    for c in reversed(list(a)):
        y = y * x + c
    return np.sum(y)


def sums(x):
    seen, total = [], 0.0
    for v in x[::-1]:
        total = total + v * v
        seen.append(total)
    return sum(s * np.sin(s) for s in seen)


def edits(x, y):
    """The whole table of a recursion, as a list of lists."""
    table = [[0.1 * j for j in range(len(y) + 1)]]
    for i in range(1, len(x) + 1):
        row = [0.1 * i]
        for j in range(1, len(y) + 1):
            here = table[i - 1][j - 1] + (x[i - 1] - y[j - 1]) ** 2
            row.append(-np.logaddexp(-here, -np.logaddexp(table[i - 1][j], row[j - 1])))
        table.append(row)
    return table[-1][-1] + 0.01 * sum(row[2] for row in table)


def two_back(x):
    """Each entry from the two before; the list has two names, and its end is taken off."""
    kept = again = [x, 0.5 * x]
    while len(kept) < 17:
        kept.append(np.sin(again[-1]) + 0.3 * again[-2])
    return kept.pop() * again.pop(0) + again[4]


def in_a_dict(x):
    ball = {"at": x, "speed": 0.0 * x, "path": []}

    def step(k):
        if k == 12:
            return ball["at"]
        ball["speed"] = ball["speed"] - 0.1 * np.sin(ball["at"]) * (k % 2)
        ball["at"] = ball["at"] + ball["speed"]
        ball["path"].append(ball["at"])
        return step(k + 1)

    return np.sum(step(0) * np.stack(ball["path"])[3])


def columns(A, x):
    for k in range(A.shape[1]):
        x = np.tanh(x + A[:, k]) * A[k % 3, k] + A[0, -1 - k]
    return np.sum(x)


def updates(A, x):
    """Rows that are put into a table one by one, and read two rows later."""
    rows = [A[0], A[1]]
    for k in range(2, len(A)):
        rows.append(A[k] * x + np.sum(rows[k - 2]) * 0.1)
        rows[k - 1] = rows[k - 1] * 0.5
    return np.sum(np.stack([r[0] for r in rows]) ** 2) + rows[5] @ rows[7]


def shapes_that_change(x):
    kept = []
    for k in range(1, 8):
        kept.append(x[:k] * np.sum(x[k:]))
    return sum(np.sum(a * a) for a in kept)


def sliding(x, w):
    """Windows of a list, in a comprehension in a loop."""
    out = [np.sum(x[k : k + 3] * w) for k in range(len(x) - 2)]
    smooth = [0.5 * (a + b) for a, b in itertools.pairwise(out)]
    return smooth[0] + sum(b * a for a, b in itertools.pairwise(smooth))


N = RANDOM.normal
PROGRAMS = {
    inputs_and_targets: (N(size=(3, 3)), N(size=(3, 2)), N(size=(11, 2)), N(size=(11, 3))),
    gates: ([(N(size=(3, 3)), N(size=(3, 3))) for _ in range(2)], N(size=(12, 3))),
    leapfrog: (N(size=4), N(size=4), 1.3),
    likeliest: (N(size=(4, 4)), N(size=(12, 4))),
    horner: (N(size=15), 0.7),
    sums: (N(size=13),),
    edits: (N(size=9), N(size=8)),
    two_back: (0.4,),
    in_a_dict: (N(size=3),),
    columns: (N(size=(3, 10)), N(size=3)),
    updates: (N(size=(12, 3)), 0.3),
    shapes_that_change: (N(size=9),),
    sliding: (N(size=14), N(size=3)),
}
ROLLS = PROGRAMS.keys() - {shapes_that_change, sliding}


def scans(ir):
    return sum(e.rule.name == "scan" for e in ir.equations)


def exactly(new, ir, args):
    """The same results to the last bit."""
    for a, b in zip(new.run(args), ir.run(args), strict=True):
        np.testing.assert_array_equal(a, b, strict=True)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_a_program_and_its_gradient_become_loops(f):
    args = PROGRAMS[f]
    for g in (f, value_and_grad(f, tuple(range(len(args))))):
        ir = make_ir(g, *args)
        new = rolled(ir)
        exactly(new, ir, trees.leaves(args))
        assert not scans(ir) and bool(scans(new)) == (f in ROLLS)
        if f in ROLLS:
            assert len(new.equations) < 0.8 * len(ir.equations)


@pytest.mark.parametrize("f", [columns, leapfrog], ids=lambda f: f.__name__)
def test_with_numba_they_are_machine_code(f):
    pytest.importorskip("numba")
    args = {columns: (N(size=(3, 50)), N(size=3))}.get(f, PROGRAMS[f])
    wrt = tuple(range(len(args)))
    fast, usual = (jit(value_and_grad(f, wrt), backend=b) for b in ("numba", "numpy"))
    want = usual(*args)
    for have in (fast(*args), fast(*args), reverse.value_and_grad(f, wrt)(*args)):
        for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
            np.testing.assert_allclose(a, b, 1e-10, 1e-12)
    assert "for " in fast.source and fast.source.count("\n") < 250


@pytest.mark.parametrize("turns", [0, 1, 4, 5, 8, 9])
def test_any_number_of_turns(turns):
    def f(x, ys):
        kept = [x]
        for k, y in enumerate(ys, start=1):
            kept.append(kept[-1] * y + np.sin(kept[k // 2]) * k)
        return sum(kept)

    args = 0.3, N(size=turns)
    ir = make_ir(value_and_grad(f, (0, 1)), *args)
    exactly(rolled(ir), ir, args)


def test_decisions_and_loops_repeat_as_well():
    def f(x, a):
        for k in range(12):
            x = cond(x[0] > 0.2 * k, lambda x, k=k: np.sin(x) * k, lambda x: x + a[0], x)
            for j in range(7):
                x = x * 0.9 + np.sin(x * k) * a[(j + k) % 3]
        return np.sum(x)

    args = N(size=3), N(size=3)
    for g in (f, value_and_grad(f, (0, 1))):
        ir = make_ir(g, *args)
        new = rolled(ir)
        exactly(new, ir, args)
        assert scans(new) and len(new.equations) < 0.2 * len(ir.equations)


def test_loops_of_any_length_are_not_taken_apart():
    def f(x):
        for k in range(7):
            x = while_loop(lambda x: x < 9, lambda x, k=k: x * (1.5 + 0.1 * k), x) - 8
        return x

    ir = make_ir(value_and_grad(f), 1.5)
    exactly(rolled(ir), ir, [1.5])


def test_what_is_not_of_64_bits_stays_as_it_is():
    def f(x):
        for k in range(20):
            x = x * k + np.sin(x)
        return x

    for x in (np.float32(0.5), np.ones(2, np.float32)):
        ir = trace(f, x)
        assert rolled(ir) is ir


def test_large_whole_numbers_stay_pythons():
    def f(x):
        for k in range(70):
            x = x * 0.5 + 2.0**-k * (3**k % 1000)
        return x * 2**70

    ir = trace(f, 0.5)
    exactly(rolled(ir), ir, [0.5])


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_places_that_are_given_stand_beside_known_ones(backend):
    if backend == "numba":
        pytest.importorskip("numba")

    def aligned(x, labels):
        places = [0, *(p for label in labels for p in (label, 0))]
        paths = [x[0, k] if j < 2 else -1e30 for j, k in enumerate(places)]
        for t in range(1, len(x)):
            new = []
            for j, k in enumerate(places):
                v = paths[j]
                if j > 0:
                    v = np.logaddexp(v, paths[j - 1])
                if j > 1 and k != 0 and k != places[j - 2]:
                    v = np.logaddexp(v, paths[j - 2])
                new.append(v + x[t, k])
            paths = new
        return -np.logaddexp(paths[-1], paths[-2])

    args = RANDOM.normal(size=(40, 10)), (9, 9, 7, 3, 8, 3)
    f = jit(value_and_grad(aligned), backend=backend)
    for a, b in zip(f(*args), reverse.value_and_grad(aligned)(*args), strict=True):
        np.testing.assert_allclose(a, b, 1e-10, 1e-12)
