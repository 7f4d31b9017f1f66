"""Batching: every row of the table, every axis, every engine inside and outside."""

import numpy as np
import pytest

import elves
from elves import batching, core, errors, forward, numerical, reverse, tracing, trees
from elves.batching import vmap
from samples import SAMPLES, SYMMETRIC
from test_rules import CASES, floats

# Options that must be plain (a quantile's place, the conditions of select, a value to fill with),
# and lists that NumPy does not look into.
HARD = {np.quantile, np.percentile, np.select, np.full_like, np.interp}
Z = np.random.default_rng(3).uniform(0.4, 1.6, (4, 3))


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_every_row_of_the_table(rule, args, kwargs):
    """Each member of the batch gets what it gets alone, whichever arguments are batched."""
    primals, fill = floats(args)

    def f(*values):
        if rule.function in SYMMETRIC:
            values = [values[0] @ values[0].T]
        return rule.function(*fill(values), **kwargs)

    def stacked(tree):
        return trees.rebuild(tree, [np.stack([x, 1.01 * x, x]) for x in trees.leaves(tree)])

    for chosen in {tuple(range(len(primals))), (0,), (len(primals) - 1,)}:
        inputs = [stacked(p) if k in chosen else p for k, p in enumerate(primals)]
        try:
            have = vmap(f, [0 if k in chosen else None for k in range(len(primals))])(*inputs)
        except errors.ElfError:
            assert rule.function in HARD
            continue
        for member in range(3):
            alone = [
                trees.rebuild(p, [x[member] for x in trees.leaves(p)]) if k in chosen else p
                for k, p in enumerate(inputs)
            ]
            for a, b in zip(trees.leaves(have), trees.leaves(f(*alone)), strict=True):
                np.testing.assert_allclose(a[member], b, rtol=1e-12, atol=1e-14)


def test_axes():
    np.testing.assert_allclose(vmap(np.sum, 1)(Z), Z.sum(axis=0))
    np.testing.assert_allclose(vmap(np.sin, -1, 1)(Z), np.sin(Z))
    np.testing.assert_allclose(vmap(lambda x: {"a": x, "b": 2.0})(Z)["b"], np.full(4, 2.0))
    pair = vmap(lambda p, s: p["w"] * s, (0, None), -1)({"w": Z}, 2.0)
    np.testing.assert_allclose(pair, 2 * Z.T)
    assert vmap(np.sum)(np.ones((0, 3))).shape == (0,)
    assert vmap(np.linalg.inv)(np.ones((0, 3, 3))).shape == (0, 3, 3)


def energy(x, w):
    return np.sum(np.tanh(x * w) ** 2) + np.max(x) * np.prod(w[:2])


@pytest.mark.parametrize("engine", [forward, reverse, numerical], ids=lambda e: e.__name__)
def test_it_nests_with_the_engines(engine):
    w = np.array([0.5, 1.5, -0.3])
    have = vmap(engine.grad(energy), (0, None))(Z, w)
    want = np.stack([reverse.grad(energy)(z, w) for z in Z])
    np.testing.assert_allclose(have, want, rtol=1e-6)
    outside = engine.grad(lambda w: np.sum(vmap(energy, (0, None))(Z, w)))(w)
    alone = sum(reverse.grad(energy, 1)(z, w) for z in Z)
    np.testing.assert_allclose(outside, alone, rtol=1e-6)
    twice = vmap(vmap(lambda x: engine.grad(np.sin)(x)))(Z)
    np.testing.assert_allclose(twice, np.cos(Z), rtol=1e-6)


def test_hessians_of_many():
    have = vmap(elves.hessian(lambda x: np.prod(x) + np.sum(x**3)))(Z)
    want = np.stack([elves.hessian(lambda x: np.prod(x) + np.sum(x**3))(z) for z in Z])
    np.testing.assert_allclose(have, want, rtol=1e-10)


def test_each_member_can_read_from_a_place_of_its_own():
    have = vmap(elves.grad(lambda z, k: np.exp(z)[k]))(Z, np.array([2, 0, 1, 0]))
    np.testing.assert_allclose(have, np.eye(3)[[2, 0, 1, 0]] * np.exp(Z))


def test_batching_entries_are_for_rows_that_exist():
    assert all(core.rule_of(function) for function in batching.ENTRIES)
    assert all(
        function in SAMPLES or core.RULES[function].constant for function in batching.ENTRIES
    )


def test_sentences():
    with pytest.raises(errors.ConversionError, match=r"many values at once.*np\.where"):
        vmap(lambda x: x if x > 0 else -x)(Z[:, 0])
    with pytest.raises(errors.InputError, match=r"lengths \[3, 4\]"):
        vmap(lambda x, y: x)(Z, Z.T)
    with pytest.raises(errors.InputError, match="one axis for each"):
        vmap(lambda x, y: x, (0,))(Z, Z)
    with pytest.raises(errors.InputError, match="stacked members, but got one float"):
        vmap(np.sin)(1.0)
    with pytest.raises(errors.InputError, match=r"lengths \[\]"):
        vmap(np.sin, None)(Z)


STRANGE = [
    (lambda: vmap("sin"), "needs a function, but got str"),
    (lambda: vmap(Z), "needs a function"),
    (lambda: vmap(np.sin)("abc"), "members, but got one str 'abc'"),
    (lambda: vmap(np.sin)(np.array(["a", "b"])), "members, but got one ndarray"),
    (lambda: vmap(np.sin)(np.array([None, print])), "members, but got one ndarray"),
    (lambda: vmap(np.sin)(np.random.default_rng(0)), "members, but got one Generator"),
    (lambda: vmap(np.sin, "a")(Z), "in_axes='a'"),
    (lambda: vmap(np.sin, 0.5)(Z), "in_axes=0.5"),
    (lambda: vmap(np.sin, True)(Z), "in_axes=True"),
    (lambda: vmap(np.sin, {"x": 0})(Z), "in_axes="),
    (lambda: vmap(np.sin, -3)(Z), r"in_axes cannot name axis -3 .* shape \(4, 3\)"),
    (lambda: vmap(np.sin, out_axes=True)(Z), "out_axes=True"),
    (lambda: vmap(lambda x: "abc")(Z), "must return numbers and arrays, but returned 'abc'"),
]


@pytest.mark.parametrize(("call", "words"), STRANGE)
def test_a_sentence_for_strange_arguments(call, words):
    with pytest.raises(errors.InputError, match=words) as caught:
        call()
    assert str(caught.value).count("\n") == 0


def test_random_numbers_come_from_outside():
    rng = np.random.default_rng(0)
    for draw in (rng.normal, np.random.uniform):
        with pytest.raises(errors.ConversionError, match="random numbers outside"):
            vmap(draw)(np.arange(3))


def test_axes_that_a_member_does_not_have():
    for f in (lambda x: np.sum(x, axis=-2), lambda x: np.max(x, axis=1)):
        with pytest.raises(np.exceptions.AxisError):
            vmap(f)(Z)
    assert vmap(lambda x: (x[0], None))(Z)[1] is None


def test_stop_gradient_takes_all_members_at_once():
    ir = tracing.trace(vmap(elves.stop_gradient), Z)
    assert len(ir.equations) == 1


@pytest.mark.parametrize("function", batching.ENTRIES, ids=lambda f: f.__name__)
def test_a_spoiled_entry_is_caught(function, monkeypatch):
    right, used = batching.ENTRIES[function], []

    def wrong(*args, **kwargs):
        y = right(*args, **kwargs)
        used.append(True)
        return np.logical_not(y) if np.result_type(y).kind == "b" else 1.01 * y + 0.01

    monkeypatch.setitem(batching.ENTRIES, function, wrong)
    own_first = sorted(CASES, key=lambda case: case.values[0].function is not function)
    for case in own_first:
        try:
            test_every_row_of_the_table(*case.values)
        except AssertionError:
            return
        except errors.ElfError:
            continue
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(
            vmap(function)(Z - 1.0), np.stack([function(z - 1.0) for z in Z])
        )
    assert used


MATRICES = np.random.default_rng(3).normal(size=(5, 3, 3)) + 3 * np.eye(3)
STACKS = [  # functions of matrices, their arguments, and along which axes these are stacked
    (np.linalg.solve, (MATRICES, MATRICES[:, 0]), (0, 0)),
    (np.linalg.solve, (MATRICES[0], MATRICES[:, 0]), (None, 0)),
    (np.linalg.solve, (MATRICES[0], MATRICES), (None, 0)),
    (np.linalg.solve, (MATRICES, MATRICES[0]), (0, None)),
    (np.linalg.solve, (MATRICES[0], MATRICES[:0, 0]), (None, 0)),
    (np.linalg.inv, (MATRICES,), (0,)),
    (np.linalg.det, (MATRICES,), (0,)),
    (lambda a: np.linalg.slogdet(a)[1] * np.linalg.slogdet(-a)[0], (MATRICES,), (0,)),
    (lambda a: np.linalg.cholesky(a @ a.T), (MATRICES,), (0,)),
]


@pytest.mark.parametrize(("f", "args", "axes"), STACKS)
def test_matrices_of_a_batch_are_one_stack(f, args, axes, monkeypatch):
    n = next(len(a) for a, axis in zip(args, axes, strict=True) if axis == 0)
    member = lambda k: [a if x is None else a[k] for a, x in zip(args, axes, strict=True)]  # noqa: E731
    places = tuple(range(len(args)))
    slope = elves.grad(lambda *args: np.sum(np.sin(f(*args))), places)
    slopes = vmap(slope, axes)(*args)
    monkeypatch.setattr(batching, "one_by_one", lambda *args, **kw: pytest.fail("one by one"))
    values = vmap(f, axes)(*args)
    assert len(values) == n
    for k in range(n):
        np.testing.assert_allclose(values[k], f(*member(k)), rtol=1e-10)
        for i, want in enumerate(slope(*member(k))):
            np.testing.assert_allclose(slopes[i][k], want, rtol=1e-9, atol=1e-12)
