"""Each row of the table is shown right, by the way that talk/rules.md names for it."""

import itertools
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import proof
from elves import core, rules, trees
from elves.errors import NoRuleError
from samples import BOOLEAN, MORE, SAMPLES, check

ROWS = proof.TABLE
PAGE = Path(__file__).parent.parent / "talk" / "rules.md"
WHOLE = settings(max_examples=60, deadline=None, derandomize=True)


def known_by(*words):
    found = [rule for rule in dict.fromkeys(ROWS) if proof.how(rule) in words]
    return pytest.mark.parametrize("rule", found, ids=lambda rule: rule.name)


def test_no_row_is_left_out():
    for kinds, entries in (
        (core.Elementwise, proof.MEANING),
        ((core.Linear, core.Moves), proof.ARGUMENTS),
    ):
        rows = [r for r in ROWS if isinstance(r, kinds)]
        assert [rule.name for rule in rows if rule.function not in entries] == []
    assert proof.RESIST | proof.IN_MPMATH.keys() <= core.RULES.keys()


def test_the_page_for_readers_is_up_to_date():
    assert PAGE.read_text("utf-8") == proof.table(), "make rules writes it anew"


# ------------------------------------------------------------ elementwise rows
@known_by("SymPy", "50 digits")
def test_the_meaning_has_numpys_values(rule):
    for args, kwargs in SAMPLES[rule.function]:
        points = zip(*(np.ravel(a)[:4] for a in np.broadcast_arrays(*args)), strict=True)
        for point in points:
            numbers = [sp.Integer(int(a)) if a == int(a) else sp.Float(float(a), 30) for a in point]
            want = sp.N(proof.MEANING[rule.function](*numbers), 20)
            have = rule.function(*point, **kwargs)
            assert abs(have - want) <= 1e-13 * (1 + abs(want)), (point, have, want)


@known_by("SymPy")
def test_the_slope_is_sympys(rule):
    for i, have, want in proof.partials(rule):
        assert sp.simplify(have - want) == 0, f"argument {i}: {have}, not {want}"


@known_by("50 digits")
def test_the_slope_is_sympys_to_50_digits(rule):
    random = np.random.default_rng(7)
    for _, have, want in proof.partials(rule):
        assert sp.simplify(have - want) != 0, "SymPy has learnt it: it no longer resists"
        for _ in range(20):
            at = {s: sp.Rational(int(random.integers(20, 300)), 97) for s in want.free_symbols}
            a, b = (sp.N(e.subs(at), 60) for e in (have, want))
            assert abs(a - b) <= abs(b) * sp.Float("1e-50")


@pytest.mark.parametrize("exponent", [-2, 0, 1, 2, 3, 0.5, -1.5])
@pytest.mark.parametrize("function", [np.power, np.float_power])
def test_the_slope_of_a_power_with_a_plain_exponent(function, exponent):
    for x in (proof.P, -proof.P if exponent == int(exponent) else proof.Q):
        y = x ** sp.Rational(exponent)
        have = core.RULES[function].partials[0](
            proof.Formula(y), proof.Formula(x), np.float64(exponent)
        )
        assert sp.simplify(have.expression - sp.Rational(exponent) * y / x) == 0


def test_an_order_or_a_shape_has_no_slope():
    for rule in ROWS:
        if isinstance(rule, core.Elementwise):
            for i, partial in enumerate(rule.partials):
                if partial is proof.special_rows.unknown:
                    assert proof.by_order(rule, i)
                    with pytest.raises(NoRuleError, match="last argument"):
                        rule.vjp(i, 1.0, 1.0, (1.5, 1.5), {})


# ------------------------------------------------------------ linear rows
@known_by("transpose")
def test_the_transpose_is_the_adjoint(rule):
    """In whole numbers, so that both sides are the same to the last bit."""

    @WHOLE
    @given(proof.arguments(rule.function), st.integers(0, 999))
    def run(call, seed):
        args, kwargs = call
        random = np.random.default_rng(seed)
        y = rule.function(*args, **kwargs)
        arrays = [i for i, a in enumerate(args) if trees.kind(a) == "f"]
        for i in arrays:

            def at(t, i=i):
                """The part of the row that is linear in argument i alone."""
                joint = not isinstance(rule, core.Multilinear)
                others = [0 * a if joint and k in arrays else a for k, a in enumerate(args)]
                return rule.function(*others[:i], t, *others[i + 1 :], **kwargs)

            t, u = (random.integers(-9, 10, args[i].shape).astype(float) for _ in range(2))
            g = random.integers(-9, 10, np.shape(y)).astype(float)
            np.testing.assert_array_equal(at(2 * t - 3 * u), 2 * at(t) - 3 * at(u))
            tangents = [t if k == i else None for k in range(len(args))]
            pushed = rule.jvp(tangents, y, args, kwargs)
            np.testing.assert_array_equal(pushed, at(t), strict=True)
            pulled = rule.vjp(i, g, y, args, kwargs)
            assert np.shape(pulled) == args[i].shape
            assert np.sum(pushed * g) == np.sum(t * pulled)

    run()


# ------------------------------------------------------------ rows with a JVP of their own
def matrices(rule, n, columns, random, factor=None):
    """Arguments far from kinks: singular values apart, and symmetric where that is asked for."""
    if rule.function in proof.BY_NUMPY:
        return [1.0 * random.permutation(2 * n * columns).reshape(2, n, columns)]
    if rule.function is rules.linalg.quotient:
        return [np.eye(n) * 4 + random.normal(size=(2, n, n)), random.normal(size=(n, columns))]
    if rule.function is rules.reductions.recurrence:
        return [random.normal(size=(2, n, columns)), random.normal(size=(n, columns))]
    if factor == "eig":  # real eigenvalues, apart
        return [np.diag(np.arange(2.0, n + 2)) + random.uniform(-0.2, 0.2, (2, n, n))]
    wide = rule.function in (
        np.linalg.pinv, rules.linalg.singular_values, rules.linalg.left_vectors,
        rules.linalg.right_vectors, rules.linalg.of_full_rank,
    )  # fmt: skip
    m = columns if wide else min(n, columns) if factor == "qr" else n
    left, right = (np.linalg.qr(random.normal(size=(2, k, k)))[0] for k in (n, m))
    if rule.function is np.linalg.cholesky or factor == "eigh":
        right = left
    least = min(n, m)
    return [left[..., :least] * np.arange(1.5, least + 1) @ np.swapaxes(right[..., :least], -1, -2)]


FACTORS = list(itertools.product(proof.FACTORS, (0, 1)))


@known_by("differences in 50 digits")
@WHOLE
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 99), st.sampled_from("LU"))
def test_the_jvp_is_the_derivative(rule, n, columns, seed, half):
    random = np.random.default_rng(seed)
    more = FACTORS[seed % len(FACTORS)] if rule.function is rules.linalg.factor else ()
    arrays = matrices(rule, n, columns, random, *more[:1])
    kwargs = {"how": (half,)} if "eigh" in more else {}
    if "axis" in rule.options:
        kwargs = {"axis": [None, 0, (1, -1)][seed % 3], "keepdims": half == "L"}
    y = rule.function(*arrays, *more, **kwargs)
    g = random.normal(size=np.shape(y))
    with mp.workdps(60):
        wide, step = [mp.mpf(1) * a.astype(object) for a in arrays], mp.mpf("1e-20")
        value = proof.in_50_digits(rule, wide, more, kwargs, y)
        np.testing.assert_allclose(np.asarray(value, float), y, rtol=1e-11, atol=1e-11)
        for i, a in enumerate(arrays):
            t = random.normal(size=a.shape)
            ends = [
                proof.in_50_digits(
                    rule, [*wide[:i], wide[i] + s * step * t, *wide[i + 1 :]], more, kwargs, y
                )
                for s in (1, -1)
            ]
            want = np.asarray((ends[0] - ends[1]) / (2 * step), float)
            tangents = [t if k == i else None for k in range(len(arrays))]
            have = rule.jvp(tangents, y, [*arrays, *more], kwargs)
            np.testing.assert_allclose(have, want, rtol=1e-9, atol=1e-10)
            pulled = rule.vjp(i, g, y, [*arrays, *more], kwargs)
            assert np.shape(pulled) == a.shape
            np.testing.assert_allclose(np.sum(pulled * t), np.sum(g * have), rtol=1e-10, atol=1e-11)


def test_the_jvp_agrees_with_differences():
    for rule in [rule for rule in ROWS if proof.how(rule) == "differences"]:
        for args, kwargs in SAMPLES[rule.function]:
            check(rule, args, kwargs, order=1)


# ------------------------------------------------------------ the rest
@known_by("derived")
def test_a_derived_row_has_numpys_value(rule):
    for args, kwargs in SAMPLES[rule.function]:
        settled, options = rule.settle(args, kwargs)
        have, want = rule.derived(*settled, **options), rule.function(*args, **kwargs)
        for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)
            assert np.shape(a) == np.shape(b)


@known_by("flat")
def test_a_flat_row_does_not_move(rule):
    if rule.function is rules.stop_gradient or rule.function in BOOLEAN:
        return  # the first is a constant by decision; truth values cannot be moved
    x = np.array([[0.6, -1.3], [0.35, 0.21]])
    if rule.function in (np.searchsorted, np.lexsort):
        x = np.ravel(x)
    more = MORE.get(rule.function) or [x + 0.1] * (getattr(rule.function, "nin", 1) - 1)
    here, near = (rule.function(x + d, *more) for d in (0 * x, 1e-9 * (x - 0.1)))
    np.testing.assert_array_equal(here, near)
