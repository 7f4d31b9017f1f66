"""Loops whose arrays shrink or grow are machine code as well: one text for turns of all lengths."""

import itertools

import numpy as np
import pytest

from checking import check
from elves import reverse, trees
from elves.tracing import jit, make_ir, value_and_grad
from elves.tracing.emit import Emitter
from elves.tracing.passes import PASSES
from elves.tracing.rolling import rolled

RANDOM = np.random.default_rng(11)
N = RANDOM.normal


def curve(points, t):
    """De Casteljau's algorithm."""
    while len(points) > 1:
        points = (1 - t) * points[:-1] + t * points[1:]
    return np.sum(points[0] ** 2)


def through(x, y, at):
    """Neville's table: the polynomial through points."""
    for k in range(1, len(x)):
        y = ((at - x[k:]) * y[:-1] - (at - x[:-k]) * y[1:]) / (x[:-k] - x[k:])
    return y[0]


def eliminated(A, b):
    logs = []
    while len(b) > 1:
        below = A[1:, 0] / A[0, 0]
        logs.append(np.log(np.abs(A[0, 0])))
        A, b = A[1:, 1:] - below[:, None] * A[0, 1:], b[1:] - below * b[0]
    return sum(logs) + b[0] / A[0, 0] + logs[2] * logs[3]


def solved(U, b):
    x = b[:0]
    for k in range(len(b) - 1, -1, -1):
        x = np.concatenate([((b[k] - U[k, k + 1 :] @ x) / U[k, k])[None], x])
    return np.sum(x**2)


def halved(x):
    """A pyramid of wavelets: each turn has half the entries."""
    rough = 0.0
    while len(x) > 1:
        x, fine = (x[::2] + x[1::2]) / 2**0.5, (x[::2] - x[1::2]) / 2**0.5
        rough = rough + np.sum(np.abs(fine))
    return rough * x[0]


def grown(x, p):
    """A row of Pascal's triangle."""
    row = np.array([1.0])
    for _ in range(20):
        row = np.concatenate([p * row, x[:1]]) + np.concatenate([x[1:2], (1 - p) * row])
    return np.sum(row**2)


def rests(x, w):
    """What is left of an array, down to nothing."""
    total = 0.0
    for k in range(len(x) + 1):
        total = total + np.sum(x[k:] * x[k:]) * (k + 1) + np.sum(w[:k])
    return total


def smooth(x):
    """The logarithms of sums of exponentials of the first entries."""
    kept = []
    for k in range(1, len(x)):
        top = np.max(x[:k])
        kept.append(top + np.log(np.sum(np.exp(x[:k] - top))))
    return sum(a * b for a, b in itertools.pairwise(kept))


def larger(x):
    """Ties in each turn."""
    while len(x) > 1:
        x = np.maximum(x[1:], x[:-1]) + 0.5 * np.minimum(x[1:], x[:-1])
    return x[0]


def powers(x):
    """Whole numbers that no machine word holds."""
    total = 0.0
    for k in range(1, 26):
        total = total + np.sum(x[:k]) * 7 ** (2 * k)
    return total / 7**50


PROGRAMS = {
    curve: (N(size=(14, 2)), 0.3),
    through: (0.5 * np.arange(13), N(size=13), 1.3),
    eliminated: (N(size=(12, 12)) + 9 * np.eye(12), N(size=12)),
    solved: (0.3 * N(size=(15, 15)) + 2 * np.eye(15), N(size=15)),
    halved: (N(size=256),),
    grown: (N(size=3), 0.4),
    rests: (N(size=14), N(size=14)),
    smooth: (N(size=15),),
    larger: (np.tile([1.0, 2.0, 2.0, 1.0, 2.0], 4),),
    powers: (N(size=26),),
}


def close(have, want):
    for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, 1e-10, 1e-12)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_turns_of_many_lengths_have_one_text(f, backend, monkeypatch):
    args, wrt = PROGRAMS[f], tuple(range(len(PROGRAMS[f])))
    ir = make_ir(value_and_grad(f, wrt), *args)
    new = rolled(ir, ragged=True)
    check(new)
    assert {e.rule.name for e in new.equations} >= {"ragged"}
    for a, b in zip(new.run(args), ir.run(args), strict=True):
        np.testing.assert_array_equal(a, b, strict=True)
    monkeypatch.setattr("elves.tracing.emit.whole", lambda run, otherwise, ir: run)
    monkeypatch.setattr("elves.tracing.emit.machine_code", lambda run, **options: run)
    monkeypatch.setattr("elves.tracing.emit.shared", lambda run: run)
    emitter = Emitter(new, PASSES, backend)
    run = emitter.compiled()
    assert emitter.whole == (backend == "numba")
    assert emitter.long is False or backend == "numpy"
    close(run(*args), jit(value_and_grad(f, wrt))(*args))


@pytest.mark.parametrize("f", [eliminated, smooth], ids=lambda f: f.__name__)
def test_with_numba_they_are_machine_code(f):
    pytest.importorskip("numba")
    large = {smooth: (N(size=31),), eliminated: (N(size=(15, 15)) + 9 * np.eye(15), N(size=15))}
    args, wrt = large[f], tuple(range(len(large[f])))
    fast, usual = (jit(value_and_grad(f, wrt), backend=b) for b in ("numba", "numpy"))
    assert usual(*args) and usual.source.count("\n") > 250
    close(fast(*args), reverse.value_and_grad(f, wrt)(*args))
    assert fast.source.count("\n") < 300
    for bad in (np.nan, np.inf, 0.0, -0.0):
        other = tuple(np.where(np.arange(len(a)) == 7, bad, a.T).T for a in args)
        with np.errstate(all="ignore"):
            close(fast(*other), usual(*other))


def test_other_floats_stay_as_they_are():
    x = np.ones(20, np.float32)
    ir = make_ir(value_and_grad(halved), x[:16])
    assert rolled(ir, ragged=True) is ir
