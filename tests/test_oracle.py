"""The oracle itself: it must pass what is right and catch what is wrong."""

import numpy as np
import pytest

import elves
from elves import forward, numerical, reverse, rules
from elves.errors import ConversionError, InputError, NoRuleError
from elves.testing import check_grads

Z = np.random.default_rng(2).uniform(0.5, 1.5, (3, 3))


def curved(x, y):
    return np.sum(np.tanh(x @ y) * x[0]) + np.linalg.det(x) * np.prod(y)


def test_right_derivatives_pass():
    check_grads(curved, (Z, Z[0]))
    check_grads(lambda p: {"a": p["w"] @ p["w"], "b": [np.exp(p["c"])]}, ({"w": Z, "c": 0.3},))


@pytest.mark.parametrize("partial", [0, lambda y, x: 1.001 * np.cos(x), lambda y, x: np.sin(x)])
def test_wrong_derivatives_are_caught(partial):
    wave = rules.primitive(lambda x: np.sin(x))
    rules.Elementwise(wave, partial)
    with pytest.raises(AssertionError):
        check_grads(wave, (Z,))


def test_a_wrong_second_order_is_caught():
    flat = rules.primitive(lambda x: 3 * x**2)  # the slope of a cube, itself without a slope
    rules.Constant(flat)
    cube = rules.primitive(lambda x: x**3)
    rules.Elementwise(cube, lambda y, x: flat(x))
    check_grads(cube, (Z,), order=1)
    with pytest.raises(AssertionError):
        check_grads(cube, (Z,), order=2)


@pytest.mark.parametrize("modes", [("forward",), ("reverse",), ["reverse", "forward"]])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_each_mode_and_order(modes, order):
    check_grads(lambda x: np.sum(np.tanh(x) * x**2), (Z[0],), order, modes)


@pytest.mark.parametrize(("row", "seen"), [("jvp", ["forward"]), ("vjp", ["reverse"])])
def test_a_mode_sees_its_own_mistakes_only(row, seen):
    twice = rules.primitive(lambda x: 2 * x)
    spoilt = {"jvp": lambda t, y, x: 2 * t, "vjp": lambda g, y, x: 2 * g}
    spoilt[row] = lambda z, y, x: 2.01 * z
    rules.Custom(twice, **spoilt)
    for mode in ("forward", "reverse"):
        if mode in seen:
            with pytest.raises(AssertionError, match=f"by {mode} disagrees"):
                check_grads(twice, (Z,), 1, [mode])
        else:
            check_grads(twice, (Z,), 1, [mode])


def test_the_message_names_what_went_wrong():
    wrong = rules.primitive(lambda x: np.sin(x))
    rules.Elementwise(wrong, lambda y, x: 1.001 * np.cos(x))

    def forecast(p, q):
        return {"right": p["w"] @ p["w"], "wrong": [q, wrong(q) + 0 * p["w"][0]]}

    with pytest.raises(AssertionError) as caught:
        check_grads(forecast, ({"w": Z}, Z[1]))
    lines = str(caught.value).splitlines()
    assert lines[0] == "check_grads of forecast: the JVP by forward disagrees with differences"
    have, want = (float(line.split()[-1]) for line in lines[1:3])
    assert abs(have / want - 1.001) < 1e-6
    assert lines[3].split(maxsplit=1) == [
        "output:", "['wrong'][1] entry (0,), one of 3 wrong out of 3",
    ]  # fmt: skip
    assert lines[4].split() == ["argument:", "[1]"]


def test_a_nan_is_a_mistake():
    with pytest.raises(AssertionError), np.errstate(invalid="ignore"):
        check_grads(lambda x: np.where(x > 0, np.sqrt(x - 5), 0.0), (1.0,), 1)


def test_what_check_grads_refuses():
    with pytest.raises(InputError, match="'sideways'"):
        check_grads(np.sin, (1.0,), modes=["sideways"])
    with pytest.raises(InputError, match="integers"):
        check_grads(np.sin, (1,))
    for args, order in ((1.0, 2), ((1.0,), 0), ((1.0,), "two")):
        with pytest.raises(InputError, match="takes a tuple"):
            check_grads(np.sin, args, order)


# function, and what its sentence says
SENTENCES = [
    (lambda x: np.linalg.svd(x[:2]).U, "full_matrices=False"),
    (lambda x: np.gradient(x, np.arange(3.0), axis=0), "even spacing"),
    (lambda x: np.cross(x[:, :1], x[:, :2]), "vectors of 2 or 3"),
    (lambda x: np.linalg.norm(x, ord=3), "ord=3"),
    (lambda x: np.linalg.norm(x[None], ord=2), "one axis or two"),
    (lambda x: np.pad(x, 1, "linear_ramp"), "linear_ramp"),
    (lambda x: np.sum(x, dtype=np.float32), "dtype"),
    (lambda x: np.quantile(x, 0.5, method="lower"), "method"),
    (lambda x: np.linalg.eigvals(x @ [[0, 1, 0], [-1, 0, 0], [0, 0, 0]]), "complex eigenvalues"),
    (lambda x: np.linalg.qr(x[:, :2], mode="complete").Q, "mode='reduced'"),
]


@pytest.mark.parametrize(("f", "words"), SENTENCES)
def test_what_has_no_rule_says_so(f, words):
    for engine in (forward, reverse):
        with pytest.raises(NoRuleError, match=words):
            engine.grad(lambda x: np.sum(f(x)))(Z)


def test_scipys_functions():
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    for name in ("logsumexp", "softmax", "log_softmax"):
        function, advice = getattr(special, name), rf"use elves\.rules\.{name} instead of SciPy's"
        with pytest.raises(ConversionError, match=advice):  # under another name, too
            elves.grad(lambda x, f=function: np.sum(f(x)))(Z)
    for ours, axis in ((rules.logsumexp, None), (rules.softmax, 0), (rules.log_softmax, (0, 1))):
        theirs = getattr(special, ours.__name__)
        np.testing.assert_allclose(ours(Z, axis=axis), theirs(Z, axis=axis), rtol=1e-13)
        check_grads(lambda x, f=ours, axis=axis: f(x, axis=axis), (Z,))
    with pytest.raises(NoRuleError, match="last argument"):
        elves.grad(lambda a: special.gammainc(a, 0.5))(1.5)


def test_a_quantile_varies_with_q_too():
    check_grads(lambda x, q: np.quantile(x, q, axis=0), (Z, 0.3))
    check_grads(lambda x, q: np.quantile(x, q), (Z, np.array([0.3, 0.71])))


def test_results_have_numpys_names():
    for engine in (forward, reverse):
        g = engine.grad(lambda x: np.sum(np.linalg.svd(x).S) + np.linalg.slogdet(x).logabsdet)(Z)
        h = engine.grad(lambda x: np.sum(np.linalg.eigh(x + x.T).eigenvalues))(Z)
        assert g.shape == h.shape == (3, 3)


def test_methods():
    def f(x):
        y = x.take([0, 2], axis=1).cumprod().sum() + x.diagonal().sum() + x.astype("float64").max()
        return y + x.conj()[x.argsort()[0, 0], 0]

    check_grads(f, (Z,))
    assert not isinstance(reverse.Variable(Z).astype(int), reverse.Variable)


def test_hessian_and_hvp():
    def f(x):
        return curved(x, x[0]) + np.sum(np.sort(np.ravel(x))[:4] ** 3)

    hessian = elves.hessian(f)(Z)
    assert hessian.shape == (3, 3, 3, 3)
    _, want = numerical.jvp(elves.grad(f), (Z,), (np.ones((3, 3)),))
    np.testing.assert_allclose(hessian.sum(axis=(2, 3)), want, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(elves.hvp(f, (Z,), (np.ones((3, 3)),)), want, rtol=1e-6, atol=1e-7)
    a, b = elves.hvp(curved, (Z, Z[0]), (np.ones((3, 3)), np.zeros(3)))
    assert a.shape == (3, 3) and b.shape == (3,)


def test_against_jax():
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    from elves.frameworks import load

    load("jax")

    def f(x):
        y = np.linalg.solve(x @ x.T + np.eye(3), x[:, 0])
        w = np.linalg.eigh(x + x.T)[0]
        return np.einsum("i,ij,j->", y, x, w) + np.cumsum(x, axis=1)[1, 2] + np.median(x)

    want = load("jax").grad(f)(Z)
    np.testing.assert_allclose(elves.grad(f)(Z), want, rtol=1e-9)
    assert jax.__version__


def test_a_tangent_of_another_shape_is_noticed():
    f = rules.primitive(lambda x: x * 1.0)
    rules.Custom(f, lambda t, y, x: np.sum(t) / 3, lambda g, y, x: g)
    with pytest.raises(InputError, match="JVP must have the shape"):
        check_grads(f, (np.ones(3),), order=1)
