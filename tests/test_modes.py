"""What single engines can do besides: Taylor mode, checkpoints, hooks, schemes and counts."""

import math
import pickle
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


def turned(x, y):
    return {"a": x * y["b"] ** 2, "c": (np.sum(x), 7.0)}


def stored(x, y):
    a = np.zeros(3)
    for k in range(3):
        a[k] = x[k] * y["b"] + a[k - 1]
    return a, x[0]


def plain(x, y):
    return np.stack([x[0] * y["b"], x[0] * y["b"] + x[1] * y["b"], x @ np.ones(3) * y["b"]]), x[0]


MANY = [forward.jvps, elves.tracing.jvps, elves.source.jvps]


@pytest.mark.parametrize("jvps", MANY)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 7])
def test_many_tangents_of_trees(jvps, n):
    x, y, rng = np.array([0.3, 0.8, 1.1]), {"b": 0.7}, np.random.default_rng(n)
    tangents = rng.normal(size=(n, 3)), {"b": rng.normal(size=n)}
    for f in (turned, *([stored] if jvps is elves.source.jvps else [])):
        value, slopes = jvps(f, (x, y), tangents)
        other = plain if f is stored else f
        for have, want in zip(trees.leaves(value), trees.leaves(other(x, y)), strict=True):
            np.testing.assert_allclose(have, want)
        each = [
            trees.leaves(forward.jvp(other, (x, y), (dx, {"b": db}))[1])
            for dx, db in zip(tangents[0], tangents[1]["b"], strict=True)
        ]
        for k, have in enumerate(trees.leaves(slopes)):
            shape = (n, *np.shape(trees.leaves(value)[k]))
            np.testing.assert_allclose(have, np.reshape([s[k] for s in each], shape), rtol=1e-12)


@pytest.mark.parametrize("jvps", MANY)
def test_sentences_about_many_tangents(jvps):
    x, eye = np.ones(3), np.eye(3)
    for primals, tangents, words in (
        ((x,), eye, r"jvps takes a tuple of primals .*: jvps\(f, \(x,\), \(v,\)\)\.$"),
        ((x,), (1.0,), r"stacked along a first axis.*shapes \(\(\),\)"),
        ((x, 2.0), (eye, np.ones(4)), r"as many for each primal.*\(\(3, 3\), \(4,\)\)"),
        ((x,), (), "stacked along a first axis"),
        ((x,), (np.eye(4),), r"must have the shape \(3,\), not \(4,\)"),
        ((x, 2.0), (eye,), r"must have the shape"),
        ((x,), (eye * 1j,), "must be made of real numbers"),
        ((np.arange(3),), (eye,), "made of integers"),
    ):
        with pytest.raises(errors.InputError, match=words):
            jvps(lambda x, y=1.0: x * y, primals, tangents)
    single = jvps(np.sin, (x,), (np.stack([x]),))[1]  # as the sentence says
    np.testing.assert_allclose(single, np.cos([x]))


@pytest.mark.parametrize("outer", [forward, reverse, elves.tracing])
def test_many_tangents_nest(outer):
    """Slopes of slopes, by the point and by the tangents."""
    x, vs = np.array([0.3, 0.8]), np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 3.0]])
    for jvps in MANY:
        have = outer.jacobian(lambda x: jvps(lambda x: x**3, (x,), (vs,))[1])(x)  # noqa: B023
        np.testing.assert_allclose(have, np.eye(2) * (6 * x * vs)[..., None])
        have = outer.grad(lambda vs: np.sum(jvps(np.sin, (x,), (vs,))[1]))(vs)  # noqa: B023
        np.testing.assert_allclose(have, np.cos(x) * np.ones((3, 1)))
        have = elves.vmap(lambda x: jvps(np.sin, (x,), (vs,))[1])(np.stack([x, 2 * x]))  # noqa: B023
        np.testing.assert_allclose(have[1], np.cos(2 * x) * vs)


# ------------------------------------------------------------ source: Jacobians


def by_turns(x, scale=2.0, power=2):
    a = np.zeros(5)
    for k in range(5):
        a[k] = scale * x[k % x.shape[0]] ** power + a[k - 1]
    return a


WIDE = {
    "number": (lambda x: np.sin(x) * x, 1.3), "matrix": (lambda x: x @ x, np.ones((2, 2)) + Z[:2]),
    "tall": (lambda x: np.stack([x[0] * x[1], x[0], np.exp(x[1]), x @ x]), np.array([0.3, 0.8])),
    "broad": (lambda x: np.stack([x[0] * x[2], x[1:] @ x[1:]]), np.linspace(0.3, 2.0, 7)),
    "one row": (lambda x: np.sum(x[1:] * x[:-1]), np.linspace(0.3, 2.0, 7)),
    "of a number": (lambda x: np.stack([x, x * x, np.sin(x)]), 0.7),
    "single precision": (lambda x: x * x[0], np.ones(3, np.float32)),
    "constant": (lambda x: np.ones(3), np.ones(4)), "no entry": (np.sin, np.ones((0, 2))),
    "no result": (lambda x: x[:0], np.ones(3)), "number of none": (np.sum, np.ones(0)),
    "wide": (np.sin, np.linspace(0.0, 1.0, forward.WIDTH + 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", WIDE)
def test_jacobians_by_source(name):
    f, x = WIDE[name]
    have, want = elves.source.jacobian(f)(x), elves.tracing.jacobian(f)(x)
    np.testing.assert_allclose(have, want, rtol=1e-6, atol=1e-12)
    assert np.shape(have) == np.shape(want) and np.asarray(have).dtype == np.asarray(want).dtype


@pytest.mark.parametrize("n", [2, 3, 9])
def test_a_jacobian_of_what_is_assigned_into_arrays(n):
    """By columns and by rows, each on its own: arrays hold no stacks."""
    x = np.linspace(0.5, 2.0, n)
    want = numerical.jacobian(by_turns)(x, 3.0, power=3)
    np.testing.assert_allclose(elves.source.jacobian(by_turns)(x, 3.0, power=3), want, rtol=1e-6)
    by_scale = elves.source.jacobian(by_turns, 1)(x, 3.0)
    np.testing.assert_allclose(by_scale, by_turns(x, 1.0))
    total = lambda x: np.sum(by_turns(x, power=3) ** 2)  # noqa: E731
    want = numerical.jacobian(elves.source.grad(total))(x)
    np.testing.assert_allclose(elves.source.hessian(total)(x), want, rtol=1e-6)


def test_what_a_jacobian_by_source_costs(monkeypatch):
    """A run of the generated function for 128 seeds; one that stops at an array, then all alone."""
    runs, Program = [], elves.source.running.Program
    call = Program.__call__
    monkeypatch.setattr(
        Program, "__call__", lambda self, *args: runs.append(1) or call(self, *args)
    )
    x = np.ones(forward.WIDTH + 5)
    for derivative, n in (
        (elves.source.jacobian(np.sin), 2), (elves.source.jacobian(lambda x: x[:9] * x[0]), 1),
        (elves.source.jacobian(by_turns), 1 + 5), (elves.source.hessian(valley), 3),
    ):  # fmt: skip
        derivative(x)
        assert len(runs) == n
        runs.clear()


def test_sentences_about_jacobians_by_source():
    x = np.ones(3)
    for f, args, argnums, words in (
        (lambda x, y: x * y, (x, x), (0, 1), "by one"), (lambda x: x[0], ([1.0],), 0, "by one"),
        (lambda x: x, (x,), (), "by one"), (lambda x: (x, x), (x,), 0, "returns one array"),
        (lambda x: None, (x,), 0, "its return"), (lambda x: x, (np.arange(3),), 0, "integers"),
    ):  # fmt: skip
        for engine in (elves.source, reverse):
            with pytest.raises(errors.InputError, match=words):
                engine.jacobian(f, argnums)(*args)


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


HESSIANS = {
    "valley": (valley, np.linspace(0.3, 1.2, 5)), "number": (lambda x: np.sin(x) * x**2, 1.3),
    "matrix": (lambda x: np.sum(x @ x * x[0]), np.linspace(0.1, 1.0, 9).reshape(3, 3)),
    "product": (lambda x: np.prod(x) + np.sum(np.exp(x) * x[0]), np.array([0.3, 0.8, 1.1])),
    "no entry": (lambda x: np.sum(x**2), np.ones(0)), "constant": (lambda x: 3.0, np.ones(2)),
    "wide": (valley, np.linspace(0.3, 1.2, forward.WIDTH + 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", HESSIANS)
def test_hessians_by_source(name):
    f, x = HESSIANS[name]
    have, want = elves.source.hessian(f)(x), elves.hessian(f)(x)
    np.testing.assert_allclose(have, want, rtol=1e-9, atol=1e-9)
    assert np.shape(have) == np.shape(want)


def test_jacobians_by_source_nest_and_travel():
    x = np.array([0.3, 0.8, 1.1])
    f = lambda x: np.stack([x[0] * x[1], np.sin(x[2]) * x[0], x @ x])  # noqa: E731
    second = reverse.jacobian(reverse.jacobian(f))(x)
    for inner in (forward, reverse, elves.tracing):
        np.testing.assert_allclose(elves.source.jacobian(inner.jacobian(f))(x), second, atol=1e-12)
    for outer in (forward, reverse, elves.tracing, elves.source):
        np.testing.assert_allclose(outer.jacobian(elves.source.jacobian(f))(x), second, atol=1e-12)
    compiled = elves.jit(elves.source.jacobian(f))
    np.testing.assert_allclose(compiled(x), reverse.jacobian(f)(x))
    have = elves.vmap(elves.source.hessian(valley))(np.stack([x, 2 * x]))
    np.testing.assert_allclose(have[1], elves.hessian(valley)(2 * x))
    third = elves.grad(lambda x: np.sum(elves.source.hessian(valley)(x)))(x)
    np.testing.assert_allclose(third, elves.grad(lambda x: np.sum(elves.hessian(valley)(x)))(x))
    again = pickle.loads(pickle.dumps(elves.source.hessian(valley)))
    np.testing.assert_allclose(again(x), elves.hessian(valley)(x))
    two = elves.source.hessian(lambda s, x: np.sum(x**3) * s, 1)(2.0, x)
    np.testing.assert_allclose(two, np.diag(12 * x))


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
