"""All the sentences in one table: what was written, what it says, and the advice followed.

Each mistake is made in each engine, and what was advised instead gives the right number there. A
sentence that names another engine is held to it: the program as it is runs in that one.
"""

import functools
import math
import numbers
import re
import types

import numpy as np
import pytest
from scipy import linalg, special

import elves
from elves import errors, leaving, numerical, reverse, source, static_graph, symbolic
from test_sentences import FOLLOWERS, of

V = np.array([1.3, 0.7, 2.0])
A = np.array([[1.0, 2.0, 3.0], [0.0, 4.0, 5.0], [1.0, 0.0, 6.0]]) / 3
S = A @ A.T
AROUND = {"math": math, "special": special, "linalg": linalg, "elves": elves}
AROUND |= {"A": A, "S": S, "V": V}

LISTS = [  # what was written, a part of what it says, the same as it is advised
    ("np.sum(np.stack([[x[0], x[1]], [x[2], 1.0]]) ** 2)", "np.stack([np.stack([x, y])",
     "np.sum(np.stack([np.stack([x[0], x[1]]), np.stack([x[2], 1.0])]) ** 2)"),
    ("np.linalg.det([[x[0], x[1]], [x[2], 1.0]])", "np.stack([np.stack([x, y])",
     "np.linalg.det(np.stack([np.stack([x[0], x[1]]), np.stack([x[2], 1.0])]))"),
    ("np.sum(np.concatenate([[x[0]], [x[1], 2.0]]) ** 2)", "an array of each inner list first",
     "np.sum(np.concatenate([np.stack([x[0]]), np.stack([x[1], 2.0])]) ** 2)"),
    ("np.sum(np.vstack([[x[0], 1.0], [x[1], x[2]]]) ** 2)", "an array of each inner list first",
     "np.sum(np.vstack([np.stack([x[0], 1.0]), np.stack([x[1], x[2]])]) ** 2)"),
    ("np.sum(np.array([x[0], x[1]]) ** 2)", "np.stack([x, y]) instead of np.array",
     "np.sum(np.stack([x[0], x[1]]) ** 2)"),
    ("np.linalg.norm([x[0], x[1]])", "make an array of the list first",
     "np.linalg.norm(np.stack([x[0], x[1]]))"),
    ("np.dot([x[0], x[1]], [1.0, 2.0])", "make an array of the list first",
     "np.dot(np.stack([x[0], x[1]]), [1.0, 2.0])"),
    ("np.sum(np.mean((x, x * (x + 1)), axis=0) ** 2)", "make an array of the list first",
     "np.sum(np.mean(np.stack([x, x * (x + 1)]), axis=0) ** 2)"),
    ("np.sum(np.ldexp(x, 2) ** 2)", "x * 2.0**n", "np.sum((x * 2.0**2) ** 2)"),
    ("y = np.empty_like(x); y = y * 0 + x; return np.sum(y * y)", "use np.zeros_like",
     "y = np.zeros_like(x); y = y * 0 + x; return np.sum(y * y)"),
    ("np.sum(np.asarray(x) ** 2)", "use x itself", "np.sum(x ** 2)"),
    ("y = [x[0], x[1]]; return np.sum(np.array(y) ** 2)", "np.stack(x) if it is a list",
     "y = [x[0], x[1]]; return np.sum(np.stack(y) ** 2)"),
    ("np.sum(np.require(x) ** 2)", "use x itself", "np.sum(x ** 2)"),
    ("np.sum(np.fromiter([x[0], x[1]], float) ** 2)", "np.stack(list(values))",
     "np.sum(np.stack(list([x[0], x[1]])) ** 2)"),
    ("np.sum(np.r_[x, 1.0] ** 2)", "np.concatenate instead of np.r_",
     "np.sum(np.concatenate([x, np.ones(1)]) ** 2)"),
    ("np.sum(np.c_[x, x] ** 2)", "np.stack([x, y], -1) instead of np.c_",
     "np.sum(np.stack([x, x], -1) ** 2)"),
    ("y = [[x[0], 1.0], [x[1], x[2]]]; return np.sum(np.stack(y) ** 2)",
     "np.stack([np.stack([x, y])",
     "np.sum(np.stack([np.stack([x[0], 1.0]), np.stack([x[1], x[2]])]) ** 2)"),
    ("np.sum(np.array(x, ndmin=2) ** 2)", "use np.reshape", "np.sum(np.reshape(x, (1, 3)) ** 2)"),
    ("np.sum(np.asarray(x, dtype=np.float64) ** 2)", "x.astype(dtype)",
     "np.sum(x.astype(np.float64) ** 2)"),
    ("np.array(x, float) @ V", "x.astype(dtype)", "x.astype(float) @ V"),
    ("V.searchsorted(x[0]) * x[0]", "np.searchsorted(a, x)", "np.searchsorted(V, x[0]) * x[0]"),
    ("np.sum(V.clip(0.0, x[0]))", "np.clip(a, low, high)", "np.sum(np.clip(V, 0.0, x[0]))"),
    ("sum(v**2 for _, v in np.ndenumerate(x))", "np.ravel(x)", "sum(v**2 for v in np.ravel(x))"),
    ("np.sum(np.ma.array(V, mask=[0, 1, 0]) * x)", "np.where instead of a masked array",
     "np.sum(np.where([True, False, True], V * x, 0.0))"),
    ("np.sum(np.arange(3) * x[0] + np.arange(x[1], 3.0)[0])", "step * np.arange(n)",
     "np.sum(np.arange(3) * x[0] + (x[1] + 1.0 * np.arange(3))[0])"),
    ("np.sum(np.full(3, x[0]) ** 2)", "x * np.ones(shape)", "np.sum((x[0] * np.ones(3)) ** 2)"),
    ("np.sum(np.full_like(V, x[0]) ** 2)", "x + np.zeros(shape)",
     "np.sum((x[0] + np.zeros(3)) ** 2)"),
    ("np.sum(np.lib.stride_tricks.sliding_window_view(x, 2) ** 2)", "np.stack([x[i : i + n]",
     "np.sum(np.stack([x[i : i + 2] for i in range(2)]) ** 2)"),
    ("np.sum(np.lib.stride_tricks.as_strided(x, (2,), (8,)) ** 2)", "an index, as in x[places]",
     "np.sum(x[np.arange(2)] ** 2)"),
]  # fmt: skip

IN_PLACE = [
    ("a = np.zeros((4, 5)); a[1:, 1:4] = x * A; return np.sum(a**2)", "np.pad",
     "np.sum(np.pad(x * A, ((1, 0), (1, 1))) ** 2)"),
    ("a = np.zeros(3); a[1] = x[0]; return np.sum(a**2)", "np.stack",
     "np.sum(np.stack([0.0, x[0], 0.0]) ** 2)"),
    ("a = np.zeros(3); a += x; return np.sum(a**2)", "y = y + x",
     "a = np.zeros(3); a = a + x; return np.sum(a**2)"),
    ("a = np.ones(3); np.put(a, [0], x[0]); return np.sum(a**2)", "np.where(np.arange(n) == i",
     "np.sum(np.where(np.arange(3) == 0, x[0], np.ones(3)) ** 2)"),
    ("a = np.zeros(3); np.copyto(a, x); return np.sum(a**2)", "x + np.zeros(shape)",
     "np.sum((x + np.zeros(3)) ** 2)"),
    ("a = np.zeros(4); np.place(a, np.arange(4) > 0, x); return np.sum(a**2)",
     "a + elves.rules.scatter(x, a.shape, mask)",
     "np.sum((np.zeros(4) + elves.rules.scatter(x, (4,), np.arange(4) > 0)) ** 2)"),
    ("a = np.ones(3); np.putmask(a, V > 1, x); return np.sum(a**2)", "np.where(mask, x, a)",
     "np.sum(np.where(V > 1, x, np.ones(3)) ** 2)"),
    ("a = np.ones((3, 3)); np.fill_diagonal(a, x); return np.sum(a**2)",
     "np.where(np.eye(n) == 1, x, a)", "np.sum(np.where(np.eye(3) == 1, x, np.ones((3, 3))) ** 2)"),
    ("a = np.ones((3, 2)); np.put_along_axis(a, np.zeros((3, 1), int), x[:, None], 1)\n"
     "    return np.sum(a**2)", "np.where(places == i, x, a)",
     "np.sum(np.where(np.indices((3, 2))[1] == 0, x[:, None], np.ones((3, 2))) ** 2)"),
    ("a = np.zeros(3); np.add.at(a, [0, 1, 1], x); return np.sum(a**2)", "elves.rules.scatter",
     "np.sum((np.zeros(3) + elves.rules.scatter(x, (3,), [0, 1, 1])) ** 2)"),
    ("x.sort(); return x[0] ** 2", "np.sort(x)", "np.sort(x)[0] ** 2"),
    ("x.partition(1); return x[0] ** 2", "np.sort(x)", "np.sort(x)[0] ** 2"),
    ("v = x[0]; x.fill(v); return np.sum(x**2)", "v * np.ones(x.shape)",
     "v = x[0]; return np.sum((v * np.ones(x.shape)) ** 2)"),
    ("y = x * 2; y.resize(2); return np.sum(y**2)", "np.resize(x, shape)",
     "y = x * 2; return np.sum(np.resize(y, 2) ** 2)"),
    ("y = x * 2; y.put([0], 1.0); return np.sum(y**2)", "np.where(np.arange(n) == i, x, a)",
     "y = x * 2; return np.sum(np.where(np.arange(3) == 0, 1.0, y) ** 2)"),
    ("np.save('/dev/null', x); return np.sum(x**2)", "outside of the derivative", "np.sum(x**2)"),
    ("np.savetxt('/dev/null', x); return np.sum(x**2)", "outside of the derivative",
     "np.sum(x**2)"),
    ("np.testing.assert_allclose(x, x); return np.sum(x**2)", "outside of the derivative",
     "np.sum(x**2)"),
    ("return np.sum(x**2) + 0 * len(x.tobytes())", "outside of the derivative", "np.sum(x**2)"),
]  # fmt: skip

OPTIONS = [
    ("np.sum(np.pad(x**2, 1, mode='linear_ramp', end_values=3.0))", "the two ends",
     "np.sum(np.concatenate([np.ones(1) * 3.0, x**2, np.ones(1) * 3.0]))"),
    ("np.sum(np.pad(x**2, 1, mode='mean', stat_length=1))", "np.concatenate",
     "y = x**2; return np.sum(np.concatenate([y[:1], y, y[-1:]]))"),
    ("np.sum(np.pad(x**2, 1, mode='maximum'))", "np.concatenate",
     "y = x**2; m = np.max(y, keepdims=True); return np.sum(np.concatenate([m, y, m]))"),
    ("np.percentile(x, 30, method='lower') ** 2", "from np.sort(x), by their places",
     "np.sort(x)[int(0.3 * 2)] ** 2"),
    ("np.quantile(x, 0.3, method='higher') ** 2", "from np.sort(x), by their places",
     "np.sort(x)[math.ceil(0.3 * 2)] ** 2"),
    ("np.reshape(np.outer(x, V), (1, 9), order='F')[0, 1] ** 2", "np.reshape(x.T, shape[::-1]).T",
     "np.reshape(np.outer(x, V).T, (9, 1)).T[0, 1] ** 2"),
    ("np.ravel(np.outer(x, V), order='F')[1] ** 2", "np.ravel(x.T)",
     "np.ravel(np.outer(x, V).T)[1] ** 2"),
    ("a = np.zeros((2, 2)); a[0][1] = x[0]; return np.sum(a**2)", "instead of assigning into it.",
     "np.sum(np.stack([np.stack([0.0, x[0]]), np.zeros(2)]) ** 2)"),
    ("np.median(x, overwrite_input=True) ** 2", "the same without it", "np.median(x) ** 2"),
    ("np.sum(np.nan_to_num(x, copy=False) ** 2)", "the same without it",
     "np.sum(np.nan_to_num(x) ** 2)"),
    ("np.sum(np.linalg.pinv(S * x[0], hermitian=True))", "the same without it",
     "np.sum(np.linalg.pinv(S * x[0]))"),
    ("np.sum(np.linalg.pinv(A * x, rcond=0.1))", "without the small s",
     "u, s, v = np.linalg.svd(A * x, full_matrices=False); u, s, v = u[:, :2], s[:2], v[:2]\n"
     "    return np.sum((v.T / s) @ u.T)"),
    ("np.sum(np.linalg.lstsq(A * x, V, rcond=0.1)[0])", "without the small s",
     "u, s, v = np.linalg.svd(A * x, full_matrices=False); u, s, v = u[:, :2], s[:2], v[:2]\n"
     "    return np.sum((v.T / s) @ u.T @ V)"),
    ("np.sum(np.linalg.cholesky(S * x[0], upper=True)[0])", "np.linalg.cholesky(a).T",
     "np.sum(np.linalg.cholesky(S * x[0]).T[0])"),
    ("np.sum(x**2, where=[True, False, True])", "np.sum(np.where(mask, x, 0.0))",
     "np.sum(np.where([True, False, True], x**2, 0.0))"),
    ("np.sum(np.sin(x, where=V > 1, out=None)[[0, 2]])", "np.where(mask, np.sin(x), y)",
     "np.sum(np.where(V > 1, np.sin(x), 0.0)[[0, 2]])"),
    ("np.max(x, initial=0.0) ** 2", "np.maximum(np.max(x), a)", "np.maximum(np.max(x), 0.0) ** 2"),
    ("np.sum(x**2, initial=1.0) ** 2", "np.sum(x) + a", "(np.sum(x**2) + 1.0) ** 2"),
    ("np.sum(np.multiply(x, x, dtype=float))", "by x.astype", "np.sum(np.multiply(x, x))"),
    ("np.interp(x[0] * 3, [0.1, 0.9, 1.5], [1.0, 3.0, 2.0], period=1.7)",
     "np.interp(x % p, np.concatenate([xp[-1:] - p",
     "p, xp, fp = 1.7, np.array([0.1, 0.9, 1.5]), np.array([1.0, 3.0, 2.0])\n"
     "    return np.interp(x[0] * 3 % p, np.concatenate([xp[-1:] - p, xp, xp[:1] + p]), "
     "np.concatenate([fp[-1:], fp, fp[:1]]))"),
    ("np.sum(np.diff(x, prepend=0.0) ** 2)", "put it on first",
     "np.sum(np.diff(np.concatenate([np.zeros(1), x])) ** 2)"),
    ("np.sum(np.diff(x, append=0.0) ** 2)", "put it on first",
     "np.sum(np.diff(np.concatenate([x, np.zeros(1)])) ** 2)"),
    ("np.average(x, weights=x, returned=True)[1] ** 2", "np.sum", "np.sum(x) ** 2"),
    ("np.var(x, mean=1.0)", "np.mean((x - m) ** 2)", "np.mean((x - 1.0) ** 2)"),
    ("np.std(x, correction=1)", "ddof=", "np.std(x, ddof=1)"),
    ("np.cov(x, aweights=V) ** 2", "the result without it is another",
     "m = V @ x / np.sum(V); n = np.sum(V) - np.sum(V**2) / np.sum(V)\n"
     "    return (V @ (x - m) ** 2 / n) ** 2"),
    ("np.sum(np.gradient(x**2, edge_order=2) ** 2)", "D @ f",
     "np.sum((np.gradient(np.eye(3), axis=0, edge_order=2) @ x**2) ** 2)"),
    ("np.sum(np.gradient(x**2, np.array([0.0, 1.0, 3.0])) ** 2)", "D @ f",
     "np.sum((np.gradient(np.eye(3), np.array([0.0, 1.0, 3.0]), axis=0) @ x**2) ** 2)"),
    ("np.sum(x.astype(complex).real ** 2)", "leave it out", "np.sum(x**2)"),
    ("np.sum(x.view(float) ** 2)", "use x itself", "np.sum(x**2)"),
    ("np.sum(np.linalg.qr(A * x, mode='complete')[1])", "mode='reduced'",
     "np.sum(np.linalg.qr(A * x, mode='reduced')[1])"),
]  # fmt: skip

NUMBERS = [
    ("math.log(x[0], 2)", "np.log(x) / np.log(b)", "np.log(x[0]) / np.log(2)"),
    ("math.atan2(x[0], x[1])", "np.atan2", "np.atan2(x[0], x[1])"),
    ("math.degrees(x[0])", "np.degrees", "np.degrees(x[0])"),
    ("sum(map(math.sin, x))", "np.sin instead of math.sin", "sum(map(np.sin, x))"),
    ("math.dist(x, V * 2)", "np.linalg.norm(x - y)", "np.linalg.norm(x - V * 2)"),
    ("math.fsum(x) ** 2", "use sum(x)", "sum(x) ** 2"),
    ("math.gamma(x[0])", "scipy.special.gamma", "special.gamma(x[0])"),
    ("math.lgamma(x[0])", "scipy.special.gammaln", "special.gammaln(x[0])"),
    ("math.erf(x[0])", "scipy.special.erf", "special.erf(x[0])"),
    ("math.erfc(x[0])", "scipy.special.erfc", "special.erfc(x[0])"),
    ("float(x[0]) ** 2", "leave float() out", "x[0] ** 2"),
    ("np.float64(x[0]) ** 2", "leave np.float64() out", "x[0] ** 2"),
    ("abs(complex(x[0], x[1]))", "two real numbers", "np.hypot(x[0], x[1])"),
    ("special.logsumexp(x)", "elves.rules.logsumexp instead of SciPy's",
     "elves.rules.logsumexp(x)"),
    ("special.softmax(x)[0]", "elves.rules.softmax instead of SciPy's",
     "elves.rules.softmax(x)[0]"),
    ("special.log_softmax(x)[0]", "elves.rules.log_softmax instead of SciPy's",
     "elves.rules.log_softmax(x)[0]"),
    ("linalg.inv(A * x[0])[0, 0]", "NumPy's functions", "np.linalg.inv(A * x[0])[0, 0]"),
    ("np.sum(A.dot(x) ** 2)", "A @ x instead of A.dot(x)", "np.sum((A @ x) ** 2)"),
    ("np.sum(np.ndarray.sum(x))", "only operators and NumPy's functions know", "np.sum(np.sum(x))"),
]  # fmt: skip

ROWS = LISTS + IN_PLACE + OPTIONS + NUMBERS


def program(text):
    text = text if re.search(r"\breturn\b", text) else f"return {text}"
    return of(text.replace("; ", "\n    "), **AROUND)


def near(have, want):
    np.testing.assert_allclose(have, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("written", "says", "followed"), ROWS)
def test_the_advice_is_true_and_works(written, says, followed):
    f, g = program(written), program(followed)
    if "np.ma" not in written:
        near(f(V + 0.0), g(V + 0.0))  # the advice changes no result
    want = numerical.grad(g, scheme="central")(V + 0.0)
    for engine in FOLLOWERS:
        with pytest.raises(errors.ElfError) as caught:
            engine.grad(f)(V + 0.0)
        words = str(caught.value)
        assert says in words and words.endswith(".") and "branch" not in words
        for unwritten in (
            "scipy",
            "A.dot",
            "_operator",
            "elves.rules.linalg",
            "elves.rules.arrays",
            "elves.rules.reductions",
        ):
            assert unwritten not in words or unwritten in written + says
        assert ("SciPy" in words) <= ("special." in written or "linalg." in written[:7])
        try:
            near(engine.grad(g)(V + 0.0), want)
        except errors.ConversionError as error:  # formulas have no numbers, and another engine has
            assert engine is symbolic and "use the forward or reverse engine" in str(error)
            near(reverse.grad(g)(V + 0.0), want)
    try:  # which takes many of these programs as they are
        near(source.grad(f)(V + 0.0), want)
    except errors.ElfError as error:
        assert str(error).endswith(".") and "let it return a value" not in str(error)
    assert "np.ufunc.dot" not in said(source, f)


def said(engine, f):
    """What an engine says of a program; nothing where it gives a number."""
    try:
        engine.grad(f)(V + 0.0)
    except errors.ElfError as error:
        return str(error)
    return ""


def test_each_option_and_each_sentence_has_its_row():
    told = " ".join(said(elves.forward, program(written)) for written, _, _ in ROWS)
    told += said(reverse, program("pow(x[0], 2, 3)"))
    assert [way for way in errors.OPTIONS.values() if way not in told] == []
    assert errors.OPTION in told
    for way in {*leaving.NUMBER.values(), *leaving.ARRAY.values()}:
        parts = [p for p in re.split(r"\\\d", way) if p.strip()]
        assert all(p in told for p in parts) or way in ELSEWHERE, way


def test_a_power_by_a_modulus_is_written_with_its_sign():
    f = program("pow(x[0], 2, 3)")
    for engine in FOLLOWERS:
        assert "np.power with so many arguments" in said(engine, f)
        assert "write" in said(engine, f) and "x**n % m" in said(engine, f)
        near(engine.grad(program("x[0] ** 2 % 3"))(V + 0.0), [2.6, 0.0, 0.0])


ELSEWHERE = {  # what other tables of the tests have
    leaving.NUMBER["^math\\.pow\\b"], leaving.NUMBER[r"^['\"].*%"], leaving.ARRAY[r" \[\]$"],
    leaving.BUILD, leaving.ARRAY["random|rng|normal|uniform"],
}  # fmt: skip


# ------------------------------------------------------------ what has no numbers yet

NOT_YET = [  # what was written, what a formula says of it, and a node of a graph (None: a number)
    ("np.sum(x[np.where(x > 1)] ** 2)", "np.nonzero(c) for the places", "np.nonzero(c)"),
    ("np.sum(x[np.nonzero(x > 1)] ** 2)", "np.nonzero(x > 1) needs numbers", "elves.reverse"),
    ("np.sum(x[x > 1] ** 2)", "x[x > 1] needs numbers", "The shape of x[index] depends"),
    ("np.sum(np.unique(x) ** 2)", "np.unique(x) needs numbers", "The shape of np.unique depends"),
    ("np.sum(np.compress(x > 1, x) ** 2)", "np.compress(x > 1, x) needs", "elves.reverse"),
    ("np.sum(np.linalg.qr(A * x)[1])", "np.linalg.qr(A * x) needs numbers", None),
    ("np.linalg.norm(A * x, 'nuc')", "np.linalg.norm(A * x, 'nuc') needs numbers", None),
    ("np.linalg.cond(A * x)", "np.linalg.cond(A * x) needs numbers", None),
    ("np.sum(np.roll(x, np.argmax(x)) * V)", "np.argmax(x) needs numbers", None),
    ("x[0] * x[1] if x[0] > 1 else x[2]", "write the branch as np.where", "branch as np.where"),
    ("max(x[0], x[1]) ** 2", "np.maximum(x, y)", "np.maximum(x, y)"),
    ("min(x) ** 2", "np.minimum(x, y) or np.where, or np.min of", "np.min of an array"),
    ("sorted(x)[1] ** 2", "use np.sort", "use np.sort"),
    ("bool(x[0] > 1) * x[0]", "leave bool() out", "leave bool() out"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "formula", "node"), NOT_YET)
def test_an_engine_that_is_named_takes_the_program(written, formula, node):
    f = program(written)
    want = numerical.grad(f, scheme="central")(V + 0.0)
    for engine, says in ((symbolic, formula), (static_graph, node)):
        words = said(engine, f)
        if says is None:
            near(engine.grad(f)(V + 0.0), want)
        else:
            assert says in words and "math." not in words
            assert ("branch" in words) <= (" if " in written)
            near(reverse.grad(f)(V + 0.0), want)
            near(elves.forward.grad(f)(V + 0.0), want)
    with_jit = said_by(elves.jit(f))
    assert "_operator" not in with_jit and "elves.rules.arrays" not in with_jit
    if "max(" in written or "min(" in written or "bool" in written:
        assert "`source`" not in with_jit


def said_by(function):
    try:
        function(V + 0.0)
    except errors.ElfError as error:
        return str(error)
    return ""


FOLLOWED = [  # what a formula and a graph advise, and both take
    ("max(x[0], x[1]) ** 2", "np.maximum(x[0], x[1]) ** 2"),
    ("min(x) ** 2", "np.min(x) ** 2"),
    ("bool(x[0] > 1) * x[0]", "(x[0] > 1) * x[0]"),
    ("x[0] * x[1] if x[0] > 1 else x[2]", "np.where(x[0] > 1, x[0] * x[1], x[2])"),
    ("np.sum(x[np.where(x > 1)] ** 2)", "np.sum(np.where(x > 1, x, 0.0) ** 2)"),
]


@pytest.mark.parametrize(("written", "followed"), FOLLOWED)
def test_what_a_formula_and_a_graph_advise_works_there(written, followed):
    want = numerical.grad(program(written), scheme="central")(V + 0.0)
    for engine in (symbolic, static_graph):
        near(engine.grad(program(followed))(V + 0.0), want)
    near(elves.jit(reverse.grad(program(followed)))(V + 0.0), want)


# ------------------------------------------------------------ source, in its own words

SOURCE = [
    ("np.put(x, [0], 1.0); return np.sum(x)", "np.where(np.arange(n) == i, x, a)"),
    ("np.save('/dev/null', x); return np.sum(x)", "outside of the derivative"),
    ("np.sum(np.abs(x * 1j))", "use real numbers"),
    ("max(x)", "use np.max"),
    ("sorted(x)[0]", "use np.sort"),
    ("np.sum(np.matrix(A) * x)", "use np.array, and @ for *"),
    ("np.sum(np.random.default_rng(0).normal(x))", "draw random numbers outside"),
    ("np.sum(np.random.normal(x))", "draw random numbers outside"),
    ("math.degrees(x[0])", "use np.degrees"),
    ("math.dist(x, x)", "np.linalg.norm(x - y)"),
    ("x.sort(); return x[0]", "write np.sort(x)"),
]


@pytest.mark.parametrize(("written", "says"), SOURCE)
def test_source_says_what_to_write(written, says):
    words = said(source, program(written))
    assert says in words and words.startswith("Line ") and "elves.reverse" not in words


# ------------------------------------------------------------ questions about a type


TYPES = float, int, np.ndarray, numbers.Real, (int, float), (list, tuple), np.bool_


@functools.singledispatch
def name_of_type(x):
    return "another"


name_of_type.register(float)(lambda x: "a float")
name_of_type.register(np.ndarray)(lambda x: "an array")


def types_told(x):
    return [*(isinstance(x, t) for t in TYPES), np.isscalar(x), np.ndim(x), name_of_type(x)]


@pytest.mark.parametrize("x", [1.3, np.float64(1.3), V, np.ones((2, 2))])
def test_a_value_has_the_type_that_it_stands_for(x):
    """Who asks isinstance takes the branch that the plain program takes; our own files see more."""
    second = types.SimpleNamespace(grad=lambda f: elves.jacfwd(reverse.grad(f)))
    compiled = types.SimpleNamespace(grad=lambda f: elves.jit(elves.tracing.grad(f)))
    for engine in (numerical, second, compiled, *FOLLOWERS):
        told = []

        def f(x, told=told):
            told.append(types_told(x))
            return np.sum(x * x)

        engine.grad(f)(x)
        assert told and all(t == types_told(x) for t in told)
    asked = []
    elves.vmap(lambda row: asked.append(types_told(row)) or row)(np.ones((3, 2)))
    assert asked[0] == types_told(np.ones(2))
    with pytest.raises(elves.ElfError, match=r"np\.stack"):
        reverse.grad(lambda x: np.array([x])[0] if isinstance(x, float) else x)(1.3)


def test_questions_about_the_number_of_axes():
    f = of("return x * 2.0 if np.ndim(x) == 0 else np.sum(x * 3.0)")
    for engine in (numerical, source, *FOLLOWERS):
        assert engine.grad(f)(1.3) == pytest.approx(2.0)
        near(engine.grad(f)(V + 0.0), np.full(3, 3.0))
