"""What single engines can do besides: Taylor mode, checkpoints, hooks, schemes and counts."""

import math
import tracemalloc

import numpy as np
import pytest

import elves
from elves import errors, forward, numerical, reverse, trees
from elves.taylor import taylor
from test_rules import CASES, floats

Z = np.random.default_rng(4).uniform(0.5, 1.5, 5)


def wish(x):
    return np.sin(x) * x**2


# ------------------------------------------------------------ forward


def test_many_tangents_in_one_pass():
    f = numerical.counted(lambda x, y: {"a": x * y, "b": 7.0, "c": np.sum(x)})
    y, slopes = forward.jvps(f, (Z, 2.0), (np.eye(5), np.ones(5)))
    assert f.runs == 1 and y["b"] == 7.0
    np.testing.assert_allclose(slopes["a"], np.eye(5) * 2.0 + Z)
    np.testing.assert_allclose(slopes["b"], np.zeros(5))
    np.testing.assert_allclose(slopes["c"], np.ones(5))
    assert forward.jacfwd is forward.jacobian and reverse.jacrev is reverse.jacobian


@pytest.mark.parametrize("n", [forward.WIDTH - 1, forward.WIDTH, 2 * forward.WIDTH + 1])
def test_wide_jacobians_come_in_blocks(n):
    x = np.linspace(0.0, 1.0, n)
    for engine in (forward, reverse):
        np.testing.assert_allclose(engine.jacobian(np.sin)(x), np.diag(np.cos(x)))
    np.testing.assert_allclose(forward.grad(lambda x: np.sum(x**2))(x), 2 * x)


FAMILIAR = {
    "exp": (np.exp, lambda k: math.exp(0.3) / math.factorial(k)),
    "sin": (np.sin, lambda k: math.sin(0.3 + k * math.pi / 2) / math.factorial(k)),
    "1/x": (lambda x: 1 / x, lambda k: (-1) ** k * 0.3 ** (-k - 1)),
    "log": (np.log, lambda k: -((-1 / 0.3) ** k) / k if k else math.log(0.3)),
    "x**4": (lambda x: x**4, lambda k: math.comb(4, k) * 0.3 ** (4 - k) if k <= 4 else 0.0),
}


@pytest.mark.parametrize("name", FAMILIAR)
def test_taylor_coefficients_of_familiar_functions(name):
    f, coefficient = FAMILIAR[name]
    have = taylor(f, (0.3,), (1.0,), 20)
    np.testing.assert_allclose(have, [coefficient(k) for k in range(21)], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_taylor_of_every_row_against_nested_forward_mode(rule, args, kwargs):
    primals, fill = floats(args)

    def f(*values):
        y = rule.function(*fill(values), **kwargs)
        return sum(np.sum(np.sin(part)) for part in trees.leaves(y))

    rng = np.random.default_rng(0)
    tangents = trees.rebuild(
        primals, [rng.normal(size=np.shape(p))[()] for p in trees.leaves(primals)]
    )

    def along(t):
        moved = [
            p + t * v for p, v in zip(trees.leaves(primals), trees.leaves(tangents), strict=True)
        ]
        return f(*trees.rebuild(primals, moved))

    first = forward.grad(along)
    want = [along(0.0), first(0.0), forward.grad(first)(0.0) / 2]
    np.testing.assert_allclose(taylor(f, primals, tangents, 2), want, rtol=1e-9, atol=1e-11)


def test_taylor_sentences_and_trees():
    y = taylor(lambda p: p["a"] * p["b"], ({"a": 2.0, "b": 3.0},), ({"a": 1.0, "b": 1.0},), 3)
    np.testing.assert_allclose(y, [6, 5, 1, 0])
    np.testing.assert_allclose(taylor(lambda x: 7.0, (1.0,), (1.0,), 2), [7, 0, 0])
    second = elves.grad(lambda x: taylor(np.exp, (x,), (1.0,), 3)[3])(0.0)
    assert second == pytest.approx(1 / 6)
    for order in (-1, 1.5, "2"):
        with pytest.raises(errors.InputError, match="whole number"):
            taylor(np.sin, (1.0,), (1.0,), order)
    with pytest.raises(errors.InputError, match="tangents must have"):
        taylor(np.sin, (1.0,), (np.ones(2),), 2)


# ------------------------------------------------------------ reverse


def block(x, W):
    return np.tanh(W @ x) + np.sin(x)


@pytest.mark.parametrize("outer", [forward, reverse])
def test_a_checkpoint_changes_no_derivative(outer):
    W = np.random.default_rng(0).normal(size=(5, 5))

    def plain(x, W):
        return np.sum(block(block(x, W), W) ** 2)

    def saved(x, W):
        step = elves.checkpoint(block)
        return np.sum(step(elves.checkpoint(lambda x, W: step(x, W) * 1.0)(x, W), W) ** 2)

    pairs = zip(elves.grad(saved, (0, 1))(Z, W), elves.grad(plain, (0, 1))(Z, W), strict=True)
    for have, want in pairs:
        np.testing.assert_allclose(have, want, rtol=1e-12)
    have, want = (outer.jacobian(elves.grad(f))(Z, W) for f in (saved, plain))
    np.testing.assert_allclose(have, want, rtol=1e-10)
    np.testing.assert_allclose(elves.checkpoint(block)(Z, W), block(Z, W))


def test_a_checkpoint_runs_once_more():
    f = numerical.counted(lambda p: np.sum(p["x"] * p["w"]))
    elves.grad(elves.checkpoint(f))({"x": Z, "w": 2.0})
    assert f.runs == 2


def peak(f, x):
    elves.grad(f)(x)
    tracemalloc.start()
    elves.grad(f)(x)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_a_checkpoint_saves_memory():
    def segment(x):
        for _ in range(16):
            x = np.sin(x)
        return x

    def run(step):
        def f(x):
            for _ in range(16):
                x = step(x)
            return np.sum(x)

        return f

    x = np.ones(10_000)
    assert peak(run(elves.checkpoint(segment)), x) < peak(run(segment), x) / 4


def test_the_tape_is_freed_as_it_is_walked():
    x = reverse.Variable(np.ones(100_000))
    tracemalloc.start()
    y = x
    for _ in range(50):
        y = np.sin(y)
    np.sum(y).backward()
    del y
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert left < 3 * x.value.nbytes


def test_checkpoint_sentences():
    w = reverse.Variable(2.0)
    with pytest.raises(errors.InputError, match="takes all it uses as arguments"):
        elves.checkpoint(lambda x: x * w)(reverse.Variable(1.0))
    with pytest.raises(errors.InputError, match=r"returns one array.*np.stack"):
        elves.grad(lambda x: elves.checkpoint(lambda x: (x, x))(x)[0])(1.0)


def test_hooks_look_and_change():
    seen = []
    assert elves.grad(lambda x: np.exp(elves.hook(x * 2.0, seen.append)))(0.0) == 2.0
    assert seen == [1.0]
    clipped = elves.grad(lambda x: elves.hook(x, lambda g: np.clip(g, -1, 1)) * 50.0)(1.0)
    assert clipped == 1.0
    assert elves.hook(3.0, seen.append) == 3.0 and len(seen) == 1


def test_stop_gradient_and_detach():
    for engine in (forward, reverse, elves.symbolic, elves.static_graph):
        assert engine.grad(lambda x: x * elves.stop_gradient(x))(3.0) == 3.0
        assert engine.grad(lambda x: elves.stop_gradient(x) * 2.0)(3.0) == 0.0
    x = reverse.Variable(3.0)
    (x * x.detach()).backward()
    assert x.grad == 3.0
    x.zero_grad()
    (x * x).backward()
    assert x.grad == 6.0


# ------------------------------------------------------------ numerical


@pytest.mark.parametrize(
    ("f", "slope", "x"),
    [
        (np.sin, np.cos, 1.0),
        (lambda x: 1 / x, lambda x: -1 / x**2, 1e-3),
        (lambda x: np.sin(100 * x), lambda x: 100 * np.cos(100 * x), 3.0),
        (np.exp, np.exp, 20.0),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), 0.07),
    ],
)
def test_richardson_finds_its_step(f, slope, x):
    have = numerical.grad(f, scheme="richardson")(x)
    assert have == pytest.approx(slope(x), rel=1e-11)
    assert abs(have - slope(x)) <= abs(numerical.grad(f)(x) - slope(x))


def test_numerical_jacobian_and_hessian():
    f = numerical.counted(lambda x: x[:3] * x[1:4] + np.sum(x))
    want = reverse.jacobian(f.f)(Z)
    for scheme, runs in (("forward", 6), ("central", 11), ("complex", 6)):
        f.runs = 0
        have = numerical.jacobian(f, scheme=scheme)(Z)
        np.testing.assert_allclose(have, want, rtol=1e-6)
        assert f.runs == runs
    have = numerical.hessian(lambda x: np.sum(np.sin(x) * x[0]))(Z)
    want = elves.hessian(lambda x: np.sum(np.sin(x) * x[0]))(Z)
    np.testing.assert_allclose(have, want, atol=1e-5)
    assert numerical.jacobian(lambda x: x)(np.ones(0)).shape == (0, 0)


@pytest.mark.parametrize(
    ("engine", "runs"), [(numerical, 11), (forward, 1), (reverse, 1)], ids=["n", "f", "r"]
)
def test_what_a_gradient_costs(engine, runs):
    f = numerical.counted(lambda x: np.sum(x**2))
    engine.grad(f)(Z)
    assert f.runs == runs


@pytest.mark.parametrize("engine", [forward, reverse, numerical])
def test_python_floats_at_the_edge_of_the_domain(engine):
    """Python's own 1 / 0.0 would raise ZeroDivisionError from inside of a rule."""
    with np.errstate(all="ignore"):
        for f in (np.log, np.sqrt, lambda x: 1.0 / x, lambda x: x / x, lambda x: x**-1):
            slope = engine.grad(f)(0.0)
            assert isinstance(slope, float)
