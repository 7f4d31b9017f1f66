"""Traps that once gave a wrong number or a traceback from the inside: none of them may again."""

import contextlib

import numpy as np
import pytest

import elves
from elves import (
    core,
    errors,
    forward,
    numerical,
    reverse,
    source,
    static_graph,
    symbolic,
    tracing,
    trees,
)
from elves.batching import vmap
from elves.checkpointing import checkpoint, hook
from elves.reverse import Variable
from elves.taylor import taylor
from samples import SAMPLES, TABLE
from test_rules import CASES, floats

RNG = np.random.default_rng(7)
FOLLOWERS = [forward, reverse, static_graph]


def test_every_sample_belongs_to_a_row():
    assert [f for f in SAMPLES if f not in core.RULES] == []


# ------------------------------------------------------------ who holds which array


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_results_can_be_changed_without_harm(rule, args, kwargs):
    """Spoil the value, the cotangent and the gradients: the next pullback is right all the same."""
    primals, fill = floats(args)

    def f(*values):
        y = rule.function(*fill(values), **kwargs)
        return [part * 1.0 for part in trees.leaves(y)] + trees.leaves(y)

    def spoil(tree):
        for leaf in trees.leaves(tree):
            if isinstance(leaf, np.ndarray) and leaf.flags.writeable:
                leaf[...] = 7.0

    y, pullback = reverse.vjp(f, *primals)
    ones = [np.ones_like(part) for part in y]
    want = trees.rebuild(primals, [np.copy(g) for g in trees.leaves(pullback(ones))])
    spoil(y)
    spoil(pullback(ones))
    spoil(ones)
    again = pullback([np.ones_like(part) for part in y])
    for a, b in zip(trees.leaves(again), trees.leaves(want), strict=True):
        np.testing.assert_array_equal(a, b)


def test_nothing_that_comes_out_is_the_callers_own():
    x, v = np.ones(3), np.ones(3)
    outputs = [
        *elves.jvp(lambda x: x, (x,), (v,)), *taylor(lambda x: x, (x,), (v,), 2),
        vmap(lambda x: x)(x), elves.vjp(lambda x: x, x)[0], Variable(x).detach(),
    ]  # fmt: skip
    for y in outputs:
        y[:] = 9.0
    np.testing.assert_array_equal([x, v], np.ones((2, 3)))


def test_the_tape_keeps_constants_as_they_were():
    base, x = np.ones(1), Variable(np.ones(3))
    y = np.sum(x * np.broadcast_to(base, (3,)))
    base[:] = 7.0
    y.backward()
    np.testing.assert_array_equal(x.grad, np.ones(3))
    for index in ((np.array([0, 1]),), [0, 1]):
        a = Variable(np.ones(3))
        y = np.sum(a[index])
        (index[0] if isinstance(index, tuple) else index).__setitem__(slice(None), [2, 2])
        y.backward()
        np.testing.assert_array_equal(a.grad, [1, 1, 0])


def test_a_hook_gets_an_array_of_its_own():
    def double(g):
        g *= 2
        return g

    w = np.arange(3.0)
    have = elves.grad(lambda x: np.sum((hook(x, double) + x) * w))(np.ones(3))
    np.testing.assert_array_equal(have, 3 * w)


def test_a_run_of_a_graph_hands_out_no_constant():
    c = static_graph.constant(np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="read-only"):
        static_graph.run(c, {})[0] = 9.0


# ------------------------------------------------------------ arrays without dimensions


ALL = [forward.grad, reverse.grad, static_graph.grad, tracing.grad, source.grad]
ALL += [lambda f: tracing.jit(reverse.grad(f)), lambda f: lambda x: vmap(reverse.grad(f))(x[None])]


SMALL = [  # calls whose result may be one number
    lambda f, x: f(x[0]), lambda f, x: f(x[0], x[1]), lambda f, x: f(x[:1]), lambda f, x: f(x, x),
    lambda f, x: f(True, x[0], x[1]), lambda f, x: f(x[0], ()), lambda f, x: f(x[:1], ()),
    lambda f, x: f(x, 0), lambda f, x: f(x, (..., 0)), lambda f, x: f(x, x, 1),
    lambda f, x: f(x[..., 0]), lambda f, x: f(x[0], 1), lambda f, x: f(x[:1, None]),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_one_number_knows_whether_numpy_has_an_array_of_it(rule):
    """An array without dimensions has other names that an in-place operator would change."""
    for call in SMALL:
        x, met = np.array([0.5, 0.25]), []

        def f(x, call=call, met=met):
            met.append(call(rule.function, x))
            return np.sum(met[-1])

        try:
            f(x)
            reverse.grad(f)(x)
        except Exception:  # this function is not called like this
            continue
        expected, y = met
        if isinstance(y, core.Value) and np.ndim(expected) == 0:
            assert getattr(y, "array", False) == isinstance(expected, np.ndarray), (x, expected)


def of_row(x):
    u = x * 3.0
    y = u[..., 1]
    y *= 2.0
    return np.sum(u)


def of_size_one(x):
    u = x[:1] * 3.0
    y = u.reshape(())
    y -= x[1]
    return np.sum(u * u)


def of_squeeze(x):
    u = x[1:] * 3.0
    y = np.squeeze(u)
    y += 1.0
    return np.sum(u * u)


def of_choice(x):
    y = np.where(x[0] > 0, x[0], x[1])
    z = y
    y **= 2.0
    return y * z


def of_full_product(x):
    y = np.tensordot(x, x, 1)
    z = y
    y += 1.0
    return y * z


def of_copy(x):
    y = np.copy(x[0])
    z = y
    y += x[1]
    return y * z


@pytest.mark.parametrize("grad", ALL)
@pytest.mark.parametrize(
    "f", [of_row, of_size_one, of_squeeze, of_choice, of_full_product, of_copy]
)
def test_an_array_without_dimensions_is_an_array(f, grad):
    with pytest.raises(errors.ElfError, match=r"y = y \+ x|in-place|write"):
        grad(f)(np.array([1.5, 2.25]))


def of_number(x):
    s = x[0] * 1.0
    t = s
    s *= x[1]
    s += np.dot(x, x)
    return s * t


def of_sums(x):
    s = 0.0
    for i in range(2):
        s += np.where(x[i] > 2, x[i], x[i] ** 2)
        s /= np.reshape(x[:1], ())
    return s


def of_item(x):
    s = x[:1].item()
    t = s
    s -= np.inner(x, x)
    return s * t


@pytest.mark.parametrize("grad", ALL)
@pytest.mark.parametrize("f", [of_number, of_sums, of_item])
def test_a_number_is_none(f, grad):
    x = np.array([1.5, 2.25])
    np.testing.assert_allclose(np.ravel(grad(f)(x)), numerical.grad(f)(x), rtol=1e-6)


COLUMN = np.array([[0.5], [1.5], [-0.5]])


def vecdot_along_the_first(x):
    return np.sum(np.linalg.vecdot(x, np.expand_dims(x, 1), axis=0) ** 2)


def vecdot_of_columns(x):
    return np.sum(np.vecdot(np.expand_dims(x, 1) * np.arange(1.0, 5.0), COLUMN, axis=0) ** 2)


def choice_of_a_list(x):
    return np.sum(np.where(x > 0.3, [np.sum(x), 2.0, x[0]], x) * x)


@pytest.mark.parametrize("grad", ALL)
@pytest.mark.parametrize("f", [vecdot_along_the_first, vecdot_of_columns, choice_of_a_list])
def test_operands_that_meet_in_another_shape(f, grad):
    x = np.array([0.7, 0.4, 0.2])
    try:
        np.testing.assert_allclose(np.ravel(grad(f)(x)), numerical.grad(f)(x), rtol=1e-6)
    except errors.ConversionError as error:  # a list that NumPy makes an array of, asking nobody
        assert f is choice_of_a_list and "np.stack" in str(error)


def test_the_square_of_a_magnitude_with_a_sign():
    f = lambda x: np.sum(np.copysign(x, -x) ** 2)  # noqa: E731
    np.testing.assert_array_equal(tracing.hessian(f)(np.array([1.0, 0.0, -2.0])), 2 * np.eye(3))
    np.testing.assert_array_equal(reverse.grad(f)(np.array([1.0, 0.0, -2.0])), [2, 0, -4])


# ------------------------------------------------------------ checkpoints


def test_a_checkpoint_is_computed_for_each_cotangent():
    x, seed = np.ones(3), np.ones(3)
    _, pullback = elves.vjp(checkpoint(np.sin), x)
    pullback(seed)[0][:] = 99.0
    np.testing.assert_array_equal(pullback(seed)[0], np.cos(x))
    seed *= 2
    np.testing.assert_array_equal(pullback(seed)[0], 2 * np.cos(x))
    doubled = elves.grad(lambda x: checkpoint(lambda a, b, n: a * b**n)(x, x, n=2))
    assert doubled(2.0) == 12.0


def test_a_checkpoint_that_changes_is_refused():
    def f(x):
        for k in (2.0, 3.0):
            x = checkpoint(lambda a: a * k)(x)  # noqa: B023 - the trap itself
        return x

    with pytest.raises(errors.InputError, match="another result when it ran again"):
        elves.grad(f)(1.0)


# ------------------------------------------------------------ batches of indices


def test_each_member_has_its_own_index():
    V, places = RNG.normal(size=(3, 5)), np.array([1, 4, 2])
    for engine in (forward, reverse):
        have = vmap(lambda v, i, e=engine: e.grad(lambda v: v[i] ** 2)(v))(V, places)
        want = np.zeros((3, 5))
        want[range(3), places] = 2 * V[range(3), places]
        np.testing.assert_allclose(have, want)
    X = RNG.normal(size=(3, 3, 4))
    waves = elves.grad(lambda x: np.sum(np.sin(np.sort(x, -1) ** 2) * np.arange(4.0)))
    np.testing.assert_allclose(vmap(waves)(X), np.stack([waves(x) for x in X]))
    largest = elves.grad(lambda v: v[np.argmax(v)] ** 2)
    np.testing.assert_allclose(vmap(largest)(V), np.stack([largest(v) for v in V]))


@pytest.mark.parametrize(
    "index", [(0, slice(None), [1, 2]), ([0, 1], slice(None), [1, 2]), ([0, 1], None, [1, 2])]
)
def test_indices_that_stand_apart(index):
    x = RNG.normal(size=(2, 3, 4))

    def f(x):
        y = x[index] ** 2
        return np.stack([np.sum(y), np.sum(np.sin(y))])

    np.testing.assert_allclose(reverse.jacobian(f)(x), forward.jacobian(f)(x))
    np.testing.assert_allclose(reverse.jacobian(f)(x), numerical.jacobian(f)(x), atol=1e-7)


@pytest.mark.parametrize(
    "index", [((1, 1), (0, 2)), ((2, 0), slice(None)), (0, (1, 1)), ((True, False, True), 1), ((),)]
)
def test_tuples_inside_an_index(index):
    X = RNG.normal(size=(2, 3, 3))

    def f(x):
        return np.sum(np.sin(x[index]) * x[1, 1])

    want = np.stack([numerical.grad(f)(x) for x in X])
    np.testing.assert_allclose(vmap(lambda x: x[index])(X), np.stack([x[index] for x in X]))
    for engine in (forward, reverse, tracing):
        np.testing.assert_allclose(vmap(engine.grad(f))(X), want, atol=1e-8)


# ------------------------------------------------------------ trees where an array is usual


@pytest.mark.parametrize("grad", [*ALL[:4], ALL[5]])
def test_every_leaf_of_a_tree_can_stand_still(grad):
    x = np.array([1.5, -2.0])

    def f(x):
        still = elves.stop_gradient({"a": x, "b": [x[0], (2.0 * x[1],)]})
        return np.sum(x * still["a"]) * still["b"][0] + still["b"][1][0] * x[1]

    np.testing.assert_allclose(grad(f)(x), [2.25, -7.0])


# ------------------------------------------------------------ constants of odd types


def test_small_integers_do_not_overflow_in_a_rule():
    x, small = np.array([0.3, 0.5, 0.7]), np.array([200, 2, 3], np.uint8)
    for f in (np.arctan2, np.power, lambda a, b: np.power(b, a), np.hypot, np.true_divide):
        for constant in (small, small.astype(np.int8)):
            if f is np.power and constant.dtype == np.int8:
                continue  # x ** -56 is too large for differences
            have = reverse.grad(lambda x, f=f, c=constant: np.sum(f(x, c)))(x)
            want = reverse.grad(lambda x, f=f, c=constant: np.sum(f(x, c.astype(float))))(x)
            if np.all(np.isfinite(want)):
                np.testing.assert_allclose(have, want, rtol=1e-12)
    with np.errstate(all="ignore"):
        have = reverse.grad(lambda x: np.sum(np.arctan2(small, x)))(x)
    np.testing.assert_allclose(have, -small.astype(float) / (x**2 + small.astype(float) ** 2))


@pytest.mark.parametrize("engine", FOLLOWERS)
def test_lists_and_booleans_are_constants_too(engine):
    x = np.array([0.5, 1.5, 2.5])
    cases = [
        lambda x: np.dot([1.0, 2.0, 3.0], x),
        lambda x: np.sum([[1.0, 2.0, 3.0]] @ x),
        lambda x: np.sum(np.linalg.solve(np.eye(3).tolist(), x) ** 2),
        lambda x: np.sum(x ** np.array([True, False, True])),
        lambda x: np.sum(np.select([x > 1, x > 2], [x**2, x**3], -x)),
        lambda x: np.sum(np.average(np.outer(x, x), axis=0, weights=[1.0, 2.0, 3.0])),
        lambda x: np.sum(np.pad(x, 1, constant_values=2.0) ** 2),
        lambda x: np.sum(np.broadcast_to(x, (3,))[:2]) + np.sum(np.broadcast_to(x[0], 3)),
    ]
    for f in cases:
        np.testing.assert_allclose(engine.grad(f)(x), numerical.grad(f)(x), atol=1e-7)


def test_booleans_in_a_batch():
    X = RNG.normal(size=(4, 3))

    def f(x):
        return np.where(~(x > 0) & (x < 1) | (x > 2) ^ (x > 3), x, -x)

    np.testing.assert_allclose(vmap(f)(X), np.stack([f(x) for x in X]))


def test_differences_of_truth_values_and_of_small_integers():
    for scheme in ("forward", "backward", "central", "richardson"):
        assert numerical.grad(lambda x: x > 1, scheme=scheme)(2.5) == 0.0
        assert numerical.jvp(lambda x: (x > [1, 3], x * 2), (2.5,), (1.0,), scheme)[1][0].any() == 0
    step = numerical.jvp(lambda x: np.uint8(x < 1), (1.0,), (1.0,), step=0.5)[1]
    assert step == -1.0  # and not 255


# ------------------------------------------------------------ one clear sentence


@pytest.mark.parametrize("engine", [*FOLLOWERS, numerical, symbolic])
def test_odd_arrays_are_refused(engine):
    for odd in (np.matrix([[1.0, 2.0], [3.0, 4.0]]), np.ma.array([1.0, 2.0], mask=[0, 1])):
        with pytest.raises(errors.InputError, match="needs floats, arrays of floats"):
            engine.grad(lambda m: np.sum(m * m))(odd)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Variable([1.0, 2.0]), "one float or one array"),
        (lambda: elves.hvp(np.sin, 1.0, 1.0), "tuple of primals"),
        (lambda: vmap(np.sin, "0"), "must name an axis"),
        (lambda: vmap(np.sin, (0, 0))(np.ones(2)), "one axis for each"),
        (lambda: vmap(lambda i: np.arange(3.0)[i])(np.array([0, 1])), "elves.rules.pick"),
    ],
)
def test_sentences(call, words):
    with pytest.raises(errors.ElfError, match=words):
        call()


def test_inner_variables_collect_no_gradient():
    x = Variable(3.0)
    y = x * x
    y.backward()
    assert y.grad is None and x.grad == 6.0


def test_long_programs_in_taylor_mode():
    def f(x):
        for _ in range(3000):
            x = x * 1.0001
        return x

    assert taylor(f, (1.0,), (1.0,), 2)[1] == pytest.approx(1.0001**3000)


def test_the_complex_step_passes_through_sorting():
    x = np.array([0.3, -0.2, 0.9])
    for f in (np.sort, np.median, np.quantile):

        def total(x, f=f):
            return np.sum(f(x, *([0.3] if f is np.quantile else [])) ** 2)

        have = numerical.grad(total, scheme="complex")(x)
        np.testing.assert_allclose(have, reverse.grad(total)(x), rtol=1e-12)


# ------------------------------------------------------------ a refusal that is swallowed


def by_float(x):
    try:
        y = float(x)
    except Exception:
        y = 0.0
    return x * y


def by_assignment(x):
    y = np.ones(3) * x
    with contextlib.suppress(TypeError):
        y[0] = 2.0 * x
    return np.sum(y)


def by_text(x):
    try:
        return x * float(f"{x:.3f}")
    except ValueError:
        return x
    except TypeError:
        return x


def without_a_row(x):
    try:
        return np.real(np.fft.fft(x * np.ones(3)))[0]
    except NotImplementedError:
        return 0.0 * x


def in_a_derivative(x):
    try:
        return reverse.grad(lambda y: float(x) * y)(1.0) * x
    except Exception:
        return 0.0 * x


@pytest.mark.parametrize(
    "f",
    [by_float, by_assignment, by_text, without_a_row, in_a_derivative],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("engine", [forward, reverse, tracing], ids=lambda e: e.__name__)
def test_a_refusal_that_the_program_swallows_is_raised_at_its_end(engine, f):
    with pytest.raises(errors.ElfError, match=r"lose|overwrite|no derivative rule"):
        engine.grad(f)(1.5)


def test_what_a_program_catches_of_its_own_stays_its_own():
    def f(x):
        try:
            if x > 1:
                raise ValueError("too much")
            return x
        except ValueError:
            return x**3

    for engine in (forward, reverse, tracing):
        assert engine.grad(f)(2.0) == pytest.approx(12.0)
