"""Loops and branches that jit writes out, against the same loops as equations that are run."""

import random

import numpy as np
import pytest

from elves import numerical, reverse, trees
from elves.errors import InputError
from elves.tracing import (
    IR,
    PASSES,
    cond,
    fori_loop,
    grad,
    jit,
    jvp,
    make_ir,
    optimize,
    scan,
    trace,
    value_and_grad,
    vjp,
    vmap,
    while_loop,
)

pytestmark = pytest.mark.usefixtures("checked_programs")
SHAPES = [(), (3,), (2, 3)]


def value(r, leaves):
    """A random expression of some of these values, in the type of the first one."""
    x, y = r.choice(leaves), r.choice(leaves)
    return r.choice([
        lambda: x + y, lambda: x * 0.5 - y, lambda: np.sin(x) * y, lambda: np.tanh(x + y),
        lambda: x, lambda: 1.5, lambda: np.where(x > y, x, 0.5 * y), lambda: -x / (2.0 + y * y),
        lambda: x - np.sum(y) * 0.25, lambda: np.maximum(x, y),
    ])()  # fmt: skip


def fitted(a, like):
    """A value in the shape and dtype of another one."""
    same = np.shape(a) == np.shape(like) and type(a) is not float
    return np.broadcast_to(np.astype(a, like.dtype) if same else 0.125 * like, np.shape(like))


def state(r, leaves, depth):
    """New values for what is carried: of these shapes, with loops in them up to a depth."""
    seed = r.random()
    if depth and r.random() < 0.6:
        leaves = KINDS[r.randrange(len(KINDS))](random.Random(seed), leaves, depth - 1)
    return [fitted(value(r, leaves), a) if r.random() < 0.8 else a for a in leaves]


def a_scan(r, leaves, depth):
    seed, reverse, n = r.random(), r.random() < 0.5, r.randint(1, 4)
    xs = {
        "k": np.arange(n),
        "x": np.linspace(-1, 1, n * 3).reshape(n, 3),
        "t": np.linspace(0, 1, n),
    }
    xs = xs if r.random() < 0.7 else None

    def step(carry, x):
        q = random.Random(seed)
        new = state(q, carry, depth)
        if x is not None:
            new = [fitted(a * x["t"] + np.sum(x["x"]) - x["k"], a) for a in new]
        return new, (new[0], {"before": carry[-1]} if q.random() < 0.5 else ())

    last, ys = scan(step, leaves, xs, n, reverse)
    more = sum(np.sum(y) for y in trees.leaves(ys)) if r.random() < 0.7 else 0.0
    return [fitted(a + 0.1 * more, a) for a in last] if r.random() < 0.8 else last


def a_branch(r, leaves, depth):
    seeds, at = (r.random(), r.random()), r.uniform(-1, 1)
    arms = [lambda *a, s=s: state(random.Random(s), list(a), depth) for s in seeds]
    return cond(np.sum(leaves[0]) > at, *arms, *leaves)


def a_while(r, leaves, depth):
    seed, n = r.random(), r.randint(0, 3)
    body = lambda s: (s[0] + 1, state(random.Random(seed), s[1], depth))  # noqa: E731
    return while_loop(lambda s: (s[0] < n) & (np.sum(s[1][0]) < 50), body, (0, leaves))[1]


KINDS = [a_scan, a_branch, a_while]


def program(seed):
    """A random program and its arguments."""
    r = random.Random(seed)
    dtype = np.float32 if r.random() < 0.2 else np.float64
    shapes = [r.choice(SHAPES) for _ in range(r.randint(1, 3))]
    rng = np.random.default_rng(seed)
    args = [np.asarray(rng.normal(size=s), dtype)[...] for s in shapes]
    inner, kinds = r.random(), [r.randrange(3) for _ in range(r.randint(1, 2))]

    def f(*leaves):
        q = random.Random(inner)
        for k in kinds:
            leaves = KINDS[k](q, list(leaves), 2)
        return leaves

    return f, args, 2 in kinds


def same(a, b, dtype):
    for x, y in zip(trees.leaves(a), trees.leaves(b), strict=True):
        assert np.shape(x) == np.shape(y) and np.result_type(x) == np.result_type(y)
        tolerance = 1e-4 if dtype == np.float32 else 1e-10
        np.testing.assert_allclose(x, y, tolerance, tolerance)


@pytest.mark.parametrize("seed", range(150))
def test_written_out_is_what_the_equations_say(seed):
    f, args, _ = program(seed)
    compiled, kept = jit(f), [a.copy() for a in args]
    for _ in range(2):  # results are nobody else's arrays
        y = compiled(*args)
        same(y, f(*args), args[0].dtype)
        for a in trees.leaves(y):
            if isinstance(a, np.ndarray) and a.ndim:
                a += 1
    same(args, kept, args[0].dtype)
    dots = [np.ones_like(a) for a in args]
    same(jit(lambda a: jvp(f, a, dots)[1])(args), jvp(f, args, dots)[1], args[0].dtype)


@pytest.mark.parametrize("seed", range(150))
def test_so_are_gradients(seed):
    f, args, _ = program(seed)
    loss = lambda a: sum(np.sum(y) for y in f(*a))  # noqa: E731
    same(jit(grad(loss))(args), grad(loss)(args), args[0].dtype)


def test_a_loop_is_pythons_own_loop():
    f = jit(lambda x: scan(lambda c, a: (np.sin(c) * a, None), x, np.array([1.0, 2.0]))[0])
    assert f(0.5) == pytest.approx(2 * np.sin(np.sin(0.5)))
    assert f.source == (
        "def compiled(a):\n"
        "    # k0: float64[2]\n"
        "    c = a\n"
        "    for d in k0.tolist():\n"
        "        c = math.sin(c) * d\n"
        "    return c\n"
    )


def test_a_branch_is_pythons_own_if():
    f = jit(lambda x: cond(x > 0, lambda x: x * 2, lambda x: -x, x))
    assert (f(1.5), f(-2.0)) == (3.0, 2.0)
    assert "a * 2 if a > 0 else -a" in f.source


@pytest.mark.parametrize("loop", [
    lambda x: while_loop(lambda y: y < 10, lambda y: y * 1.5, x),
    lambda x: scan(lambda c, a: (c * a, None), x, np.array([2.0, 3.0]))[0],
    lambda x: cond(x > 1.5, lambda x: x * 3, lambda x: -x, x),
])  # fmt: skip
def test_a_program_may_run_twice_in_another_one(loop):
    program = trace(loop, 1.0)
    twice = jit(value_and_grad(lambda x: program(x) + 100 * program(2 * x)))
    assert twice(1.0)[0] == pytest.approx(loop(1.0) + 100 * loop(2.0))
    assert twice(1.0)[1] == pytest.approx(loop(1.0) + 100 * loop(2.0))  # these are proportional


def test_a_while_is_pythons_own_while():
    f = jit(
        lambda x: while_loop(lambda y: np.abs(y * y - x) > 1e-9, lambda y: 0.5 * (y + x / y), x)
    )
    assert f(2.0) == pytest.approx(np.sqrt(2))
    assert "while abs((c * c) - a) > 1e-09:" in f.source
    g = jit(lambda x: while_loop(lambda y: np.all(y < 10), lambda y: y + x, x))
    np.testing.assert_array_equal(g(np.array([1.0, 3.0])), [4.0, 12.0])


def test_what_no_turn_waits_for_has_a_switch_of_its_own():
    def f(x):
        step = lambda h, row: (0.5 * h + np.exp(np.sin(row)), None)  # noqa: E731
        return scan(step, np.zeros(3), x)[0]

    x = np.random.default_rng(0).normal(size=(40, 3))
    others = [name for name in PASSES if name != "distributed"]
    for passes, n in ((PASSES, 0), (["distributed"], 0), (others, 40), (["keep_residuals"], 40)):
        g = jit(f, passes=passes)
        np.testing.assert_allclose(g(x), jit(f, passes=())(x))
        body = next(e.kwargs["body"] for e in g.ir.equations if e.rule.name == "scan")
        assert n == 40 * sum(e.rule.name == "np.exp" for e in body.equations)


def test_loops_with_a_row_and_places_in_it_are_distributed():
    places, x = np.array([0, 2, 1, 1]), np.random.default_rng(0).normal(size=(40, 4))

    def f(x):
        h = np.zeros(4)
        for t in range(40):
            h = np.tanh(0.9 * h + x[t][places] * x[t, places[::-1]])
        return np.sum(h**2)

    def hvp(grad, x):
        return grad(lambda x: np.sum(grad(f)(x) * np.cos(x)))(x)

    np.testing.assert_allclose(jit(grad(f))(x), reverse.grad(f)(x), atol=1e-12)
    found, wanted = jit(lambda x: hvp(grad, x))(x), hvp(reverse.grad, x)
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_what_nobody_needs_is_not_carried_read_or_stacked():
    def f(x):
        def step(carry, at):
            a, b, c = carry
            return (a * at[0], b + a, c * 2.0), (np.sin(b), np.cos(c))

        (a, _, _), (_, cosines) = scan(step, (x, x, x), (np.ones(4), np.arange(4.0)))
        return a + np.sum(cosines)

    compiled = jit(f)
    assert compiled(0.3) == pytest.approx(f(0.3))
    (e,) = [e for e in compiled.ir.equations if e.rule.name == "scan"]
    assert (e.kwargs["carries"], e.kwargs["sequences"], len(e.outs)) == (2, 1, 3)
    assert "math.sin" not in compiled.source


def test_numbers_stay_what_they_are():
    counted = jit(lambda n, x: fori_loop(0, 3, lambda i, s: (s[0] + i, s[1] * 0.5), (n, x)))
    n, x = counted(np.int64(2), np.float32(8))
    assert (n, x) == (5, 1) and np.result_type(n) == np.int64 and np.result_type(x) == np.float32
    small = jit(lambda n: scan(lambda c, k: (c * k, None), n, np.full(3, 100, np.int8))[0])
    assert (
        small(np.int8(3))
        == scan(lambda c, k: (c * k, None), np.int8(3), np.full(3, 100, np.int8))[0]
    )


def test_where_math_raises_numpy_is_asked_in_a_loop_too():
    f = lambda x: scan(lambda c, a: (c + np.log(a - x), None), 0.0, np.arange(3.0))[0]  # noqa: E731
    with np.errstate(all="ignore"):
        assert jit(f)(1.0) == f(1.0) == -np.inf or np.isnan(jit(f)(1.0))


def test_members_of_a_batch_go_through_one_loop():
    f = lambda x: scan(lambda c, a: (np.sin(c) + a * x, c), x, np.arange(3.0))[1]  # noqa: E731
    xs = np.linspace(0, 1, 5)
    np.testing.assert_allclose(jit(vmap(f))(xs), np.stack([f(x) for x in xs]))


@pytest.mark.parametrize("f", [
    lambda x, y: np.sum(x - y) * 3, lambda x, y: 2 / np.sum(x + y), lambda x, y: -np.sum(x - y),
    lambda x, y: np.reshape(x + y, ()) * -2.0, lambda x, y: 1 - np.broadcast_to(x - y, ()),
    lambda x, y: x - (y - (x - 3)), lambda x, y: x / (y * x) - -(x**2) * (-x) ** 2,
    lambda x, y: np.where(x > y, np.where(x > 1, x, -y), y) - (x > y) * y,
])  # fmt: skip
@pytest.mark.parametrize("passes", [PASSES, ["dead_code"]])
def test_parentheses_stand_where_they_must(f, passes):
    in_loop = lambda x, y: fori_loop(0, 2, lambda i, c: f(c, y) - i, x)  # noqa: E731
    for x, y in ((0.75, 2.5), (2.0, -1.25)):
        assert jit(f, passes=passes)(x, y) == f(x, y)
        assert jit(in_loop, passes=passes)(x, y) == in_loop(x, y)


@pytest.mark.parametrize("loop", [
    lambda x: scan(lambda c, k: (c * 1.3, None), x, np.arange(2.0))[0],
    lambda x: while_loop(lambda c: c < 3, lambda c: c * 1.3, x),
    lambda x: cond(x > 0, lambda x: fori_loop(0, 2, lambda i, c: c / 3, x), lambda x: -x, x),
    lambda x: scan(lambda c, k: (c + k / 3, c * k), x, np.linspace(0, 1, 3))[1][1],
])  # fmt: skip
def test_doubles_stay_doubles_beside_single_precision(loop):
    x, single = np.float64(0.7), np.array([1.5, 3.0], np.float32)
    for f in (lambda x, y: loop(x) * y, lambda x, y: loop(np.sum(y * x)) * x * y[0]):
        y, wanted = jit(f)(x, single), f(x, single)
        assert {np.result_type(y), np.result_type(wanted)} == {np.dtype(float)}
        np.testing.assert_allclose(y, wanted, 1e-14)

    def inside(x):  # the only single precision is in the body
        narrow = lambda c: np.sum(np.astype(c * np.ones(3), np.float32) * c)  # noqa: E731
        return fori_loop(0, 2, lambda i, c: narrow(c), x)

    np.testing.assert_allclose(jit(inside)(x), inside(x), 1e-14)


def test_large_sums_stay_doubles_beside_single_precision():
    x, single = np.linspace(0, 1, 33_000), np.array([0.1, 0.7], np.float32)
    f = lambda x, y: np.sum(np.exp(x) * x - np.tanh(x)) * y  # noqa: E731
    assert jit(f)(x, single).dtype == float
    np.testing.assert_allclose(jit(f)(x, single), f(x, single), 1e-12)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.float32])
def test_integers_of_a_sequence_widen_what_they_meet(dtype):
    f = lambda a, ks: scan(lambda c, k: (c, (a * k, k + a[0])), 0, ks)[1]  # noqa: E731
    a, ks = np.array([50, 7], dtype), np.array([3, 900])
    for y, wanted in zip(jit(f)(a, ks), f(a, ks), strict=True):
        assert y.dtype == wanted.dtype == np.result_type(dtype, int)
        np.testing.assert_array_equal(y, wanted)


def test_the_way_back_through_a_while_has_no_derivative_inside_of_jit():
    f = lambda x: while_loop(lambda y: np.sum(y) < 9, lambda y: y * (x + 1), x)  # noqa: E731
    pull = lambda x, g: vjp(f, x)[1](g)[0]  # noqa: E731
    slope = lambda x, g: jvp(lambda g: pull(x, g), (g,), (g,))[1]  # noqa: E731
    x, g = np.array([0.5, 1.5]), np.array([2.0, -1.0])
    np.testing.assert_allclose(slope(x, g), pull(x, g))
    np.testing.assert_allclose(jit(pull)(x, g), pull(x, g))
    with pytest.raises(InputError, match="one reverse derivative"):
        jit(slope)(x, g)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.float32])
def test_a_carry_that_begins_as_pythons_number_has_one_type(dtype):
    step = lambda s, _: ((s[0] + 1, s[1][::-1]), np.negative(s[1]) * s[0])  # noqa: E731
    f = lambda x: scan(step, (0, x), length=5)[1]  # noqa: E731
    x = np.array([61.5, -3], dtype)
    y, wanted = jit(f)(x), f(x)
    assert y.dtype == wanted.dtype == trace(f, x).equations[-1].outs[-1].dtype
    np.testing.assert_array_equal(y, wanted)
    np.testing.assert_array_equal(y[4], np.negative(x) * 4)  # Python's number, as NumPy has it
    wide = lambda x: while_loop(lambda s: s[0] < 4, lambda s: (s[0] + 1, s[1] * s[0]), (1, x))  # noqa: E731
    if dtype == np.float32:
        same(jit(grad(lambda x: np.sum(wide(x)[1])))(x), np.full(2, 6, dtype), dtype)


def test_a_carry_that_changes_its_type_keeps_the_sign_of_zero():
    f = lambda x: scan(lambda c, _: (c * x, None), -0.0, length=2)[0]  # noqa: E731
    assert all(np.signbit(g(np.float32(3))) for g in (f, jit(f)))


def loops(ir, name):
    """How much each loop of this name carries, outside and inside of others."""
    for e in ir.equations:
        if e.rule.name == name:
            yield e.kwargs["carries"]
        for body in e.kwargs.values():
            if isinstance(body, IR):
                yield from loops(body, name)


def test_what_does_not_vary_has_no_tangent_in_a_loop():
    def f(x, steps=6):
        def step(state, k):
            x, decay, odd, late = state
            return (x * decay + np.sin(late), decay * 0.5, odd + 2, x * odd), decay * k

        (x, *_, late), ys = scan(step, (x, 0.9, 1, 0.0), np.arange(1.0, steps))
        return x * late + np.sum(ys)

    ir = optimize(make_ir(lambda x: jvp(f, (x,), (1.0,))[1], 1.3))
    assert sorted(loops(ir, "scan")) == [2, 4]  # x and late have tangents, the others do not
    for compiled in (f, grad(f), grad(grad(f))):
        assert np.isclose(jit(compiled)(1.3), compiled(1.3), rtol=1e-12)
    assert np.isclose(grad(f)(1.3), numerical.grad(f)(1.3), rtol=1e-7)


def test_a_while_loop_drops_what_nobody_reads():
    def f(x):
        def step(state):
            x, n, total, seen = state
            return x * 0.7, n + 1, total + seen * x, seen + n

        start = x, 0, 0.0, 1
        return while_loop(lambda state: state[0] > 0.1, step, start)

    for part, carries in ((0, 1), (1, 2), (2, 4), (3, 3)):
        one = lambda x, part=part: f(x)[part]  # noqa: E731
        assert [*loops(optimize(make_ir(one, 2.0)), "while_loop")] == [carries]
        assert jit(one)(2.0) == one(2.0)
    for part in (0, 2):
        one = grad(lambda x, part=part: f(x)[part] ** 2)
        assert np.isclose(jit(one)(2.0), one(2.0), rtol=1e-12)
