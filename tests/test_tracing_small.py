"""Compiled programs on small arrays and numbers, and shifts that cancel: texts and numbers."""

import numpy as np
import pytest

from elves import reverse, rules
from elves.errors import ConversionError
from elves.tracing import grad, jit, value_and_grad

V = np.array([0.3, -1.2, 2.0])


def source(f, *args):
    run = jit(f)
    y = run(*args)
    return run.source, y


def test_numbers_that_are_stacked_are_an_array_at_once():
    def turn(t):
        c, s = np.cos(t), np.sin(t)
        return np.stack([np.stack([1.0, 0.0, 0.0]), np.stack([0.0, c, -s]), np.stack([0.0, s, c])])

    text, y = source(lambda t: np.linalg.inv(turn(t)), 0.4)
    assert "np.array([[1.0, 0.0, 0.0], [0.0," in text and "concatenate" not in text
    assert np.allclose(y, turn(0.4).T)


def test_what_is_joined_with_numbers_keeps_its_place():
    def f(x, v):
        return np.linalg.inv(np.stack([v, np.stack([x, 2.0, 1 / x]), np.arange(3.0) - v]))

    assert np.allclose(jit(f)(0.7, V), f(0.7, V))
    columns = jit(
        lambda x: np.linalg.inv(np.stack([np.stack([x, 2.0]), np.stack([3.0, x])], axis=1))
    )
    assert np.allclose(columns(4.0), np.linalg.inv(np.array([[4.0, 3.0], [2.0, 4.0]])))


def test_single_precision_and_whole_numbers_are_joined_as_NumPy_does():
    one, whole = np.float32(1.5), np.int64(3)
    assert jit(lambda x: np.stack([x, x]))(one).dtype == np.float32
    assert jit(lambda x: np.stack([x, x]))(whole).dtype == np.int64
    assert jit(lambda x: np.stack([x > 2, x < 2]))(1.0).tolist() == [False, True]


def test_the_numbers_of_a_small_array_are_read_at_once():
    def f(a, b, c):
        return np.sum(np.linalg.inv(np.stack([np.stack([a, b]), np.stack([c, a * b])])))

    text, y = source(grad(f, (0, 1, 2)), 2.0, 3.0, 0.5)
    assert ".tolist()" in text and "reshape(())" not in text
    assert np.allclose(y, reverse.grad(f, (0, 1, 2))(2.0, 3.0, 0.5))


def test_a_number_that_is_read_twice_is_the_same():
    def f(x):
        y = np.linalg.inv(x)
        return np.reshape(y[:1, 1:], ()) * np.sin(np.reshape(y[:1, 1:], ()))

    x = np.array([[2.0, 1.0], [0.5, 3.0]])
    assert np.allclose(jit(grad(f))(x), reverse.grad(f)(x))


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1,), (1, 1), (0,)])
def test_a_number_beside_an_array_is_not_reshaped(shape):
    def f(s, v):
        return np.sum((s * v - np.expand_dims(s, tuple(range(v.ndim)))) ** 2)

    v = np.arange(np.prod(shape)).reshape(shape) / 3
    text, y = source(grad(f, (0, 1)), 1.7, v)
    assert "np.reshape" not in text
    for a, b in zip(y, reverse.grad(f, (0, 1))(1.7, v), strict=True):
        assert np.shape(a) == np.shape(b) and np.allclose(a, b)


def test_a_choice_between_arrays_by_a_number_is_pythons():
    f = jit(lambda c, x, y: np.where(c > 0, x, 2 * y) + np.where(c > 1, 3, x))
    x = np.array([[1.0, np.nan]])
    for c in (-1.0, 0.5, 2.0, np.nan):
        want = np.where(c > 0, x, 2 * V[:2]) + np.where(c > 1, 3, x)
        assert np.array_equal(f(c, x, V[:2]), want, equal_nan=True)
    g = jit(lambda c, x, y: np.where(c > 0, x, y))
    assert "copy() if" in (g(1.0, V, V), g.source)[1]
    assert not np.shares_memory(g(1.0, V, V), V)


# ------------------------------------------------------------ shifts that cancel


def log_sum_exp(x, axis=None):
    m = np.max(x, axis=axis, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True)) + m, axis=axis)


def narrow(x, axis=0):
    m = np.max(x, axis=axis)
    return np.log(np.sum(np.exp(x - m), axis=axis)) + m


def attend(x, w=1.5):
    x = w * x
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.tanh(e / np.sum(e, axis=-1, keepdims=True)) @ V


def squeezed(x, axis=None):
    m = np.max(x, axis=axis, keepdims=True)
    return np.squeeze(m, axis=axis) + np.log(np.sum(np.exp(x - m), axis=axis))


SHIFTED = [
    lambda x: np.sum(log_sum_exp(x)) * 3.0,
    lambda x: np.sum(log_sum_exp(x, 1) ** 2),
    lambda x: np.sum(log_sum_exp(x, (0, 1)) * 0.3),
    lambda x: log_sum_exp(x, 0) @ V - 0.1 * np.sum(narrow(x)),
    lambda x: np.sum(attend(x) ** 2),
    lambda x: np.sum(squeezed(x, 0) * V) - 3 * np.mean(squeezed(x, 1)),
    lambda x: squeezed(x[0] * x[1]) + np.sum(squeezed(np.stack([x[2], x[0]]), 1)),
    lambda x: np.mean(squeezed(x, 1)) - 0.5 * np.sum(squeezed(x.T * V[:, None], 1) * V),
]  # fmt: skip
X = np.array([[1.0, 2.0, 2.0], [0.0, -3.0, 0.0], [0.5, 0.5, 0.5]])  # with ties


@pytest.mark.parametrize("f", SHIFTED)
def test_what_cancels_at_the_maximum_is_not_computed(f):
    text, y = source(grad(f), X)
    assert "==" not in text and "where" not in text and "count" not in text
    assert np.allclose(y, reverse.grad(f)(X))
    hessian = jit(grad(lambda x: np.sum(grad(f)(x) * np.cos(X))))
    assert np.allclose(
        hessian(X), reverse.grad(lambda x: np.sum(reverse.grad(f)(x) * np.cos(X)))(X)
    )


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("f", SHIFTED)
def test_where_numbers_end_a_gradient_without_a_shift_is_what_it_was(f, bad):
    x = X.copy()
    x[1, 2] = bad
    with np.errstate(all="ignore"):
        assert np.array_equal(np.isnan(jit(grad(f))(x)), np.isnan(reverse.grad(f)(x)))


@pytest.mark.parametrize("far", [np.inf, -np.inf, np.nan])
def test_maxima_beside_numbers_that_are_none(far):
    f = lambda x: np.sum(np.max(x, 1) ** 2 * far)  # noqa: E731
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(jit(grad(f))(X), reverse.grad(f)(X))


def lost(x):  # the maximum counts once more
    m = np.max(x)
    return np.log(np.sum(np.exp(x - m))) + 2 * m


def misaligned(x):  # along the other axis
    m = np.max(x, axis=1)
    return np.sum(np.log(np.sum(np.exp(x - m), axis=0)) + m)


def other_axis(x):
    m = np.max(x, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - m), axis=0)) * V)


def of_another(x):
    m = np.max(x * x)
    return np.log(np.sum(np.exp(x - m)))


def weighted(x):  # a divisor that may be 0 is not cancelled
    e = np.exp(x - np.max(x))
    return np.log(np.sum(e * V) ** 2)


def divided(x):
    m = np.max(x, axis=1, keepdims=True)
    e = np.exp(x - m)
    return np.sum(e / (1.0 + np.sum(e, axis=1, keepdims=True)))


def columns(x):  # the numbers are those of rows
    m = np.max(x, axis=1, keepdims=True)
    return np.sum((m + np.log(np.sum(np.exp(x - m), axis=1, keepdims=True))) * V[:, None] - m * V)


UNLIKE = [lost, misaligned, other_axis, of_another, weighted, divided, columns]


@pytest.mark.parametrize("f", UNLIKE)
def test_what_does_not_cancel_is_computed(f):
    text, y = source(value_and_grad(f), X)
    assert "==" in text
    for a, b in zip(y, reverse.value_and_grad(f)(X), strict=True):
        assert np.allclose(a, b)


# ------------------------------------------------------------ loops that end early


def newton(x, c):
    for _ in range(40):
        step = (x * x - c) / (2 * x)
        x = x - step
        if abs(step) < 1e-10:
            break
    return x


def climb(x, v):
    for k in range(30):
        v = v * 1.1 + x
        if k == 3:
            continue
        if np.sum(v) > 20:
            break
    return np.sum(v * np.arange(1.0, 4.0)) + x


def never(x, c):
    for _ in range(20):
        x = 0.9 * x + c
        if x > 1e9:
            break
    return x


def bounce(x, c):  # the counter is read by nobody, the branches by the way back
    e, v = 0.0, 0.3 * c
    for _turn in range(25):
        v = v - 0.3
        x = x + 0.4 * v
        if x < 0:
            x, v = -0.8 * x, -0.7 * v * c
            continue
        e = e + x * v
        if e < -0.9 * c:
            break
    return e + x**2 * v


ENDING = [(newton, 2.0), (never, 0.1), (climb, V), (climb, 9 * V), (bounce, 0.9), (bounce, 0.2)]


@pytest.mark.parametrize("f, y", ENDING)
@pytest.mark.parametrize("x", [3.0, 0.5, np.nan])
def test_a_loop_that_ends_early_leaves(f, x, y):
    text, found = source(value_and_grad(f, (0, 1)), x, y)
    want = reverse.value_and_grad(f, (0, 1))(x, y)
    for a, b in zip((found[0], *found[1]), (want[0], *want[1]), strict=True):
        assert np.shape(a) == np.shape(b) and np.allclose(a, b, equal_nan=True)
    assert f is climb or "        break" in text
    slope = jit(grad(lambda x: grad(f)(x, y) * x))(x)
    assert np.allclose(slope, reverse.grad(lambda x: reverse.grad(f)(x, y) * x)(x), equal_nan=True)


def test_a_while_keeps_no_counter_that_nobody_reads():
    def root(a, p):
        x, count = a, 0
        while abs(x**p - a) > 1e-10 and count < 50:
            x = x - (x**p - a) / (p * x ** (p - 1))
            count += 1
        return x

    f = lambda a: root(a, 2) * root(a + 1.0, 3)  # noqa: E731
    for a in (2.0, 0.3):
        text, y = source(value_and_grad(f), a)
        assert np.allclose(y, reverse.value_and_grad(f)(a))
        assert text.count(".append(") == 2 and ", 0)" not in text


# ------------------------------------------------------------ determinants, indices


def test_the_logarithm_of_a_determinant_needs_no_singular_values():
    f = lambda x: np.sum(np.linalg.slogdet(x)[1])  # noqa: E731
    x = np.stack([np.eye(3) + np.outer(V, V), np.zeros((3, 3)), np.diag([1.0, 0.0, 2.0])])
    text, y = source(grad(f), x)
    assert "singular_values" not in text and text.count("log_abs_det") <= 1
    assert np.allclose(y[0], np.linalg.inv(x[0]).T) and np.all(np.isnan(y[1:]))
    hessian = jit(grad(lambda x: np.sum(grad(f)(x) * np.cos(x))))(x[0])
    assert np.allclose(
        hessian, reverse.grad(lambda x: np.sum(reverse.grad(f)(x) * np.cos(x)))(x[0])
    )


def test_an_index_of_NumPys_is_one_of_Pythons():
    at = np.array([2, 0, 2])

    def f(x):
        return sum(np.sum(np.sin(x[:, k])) * x[0, k] for k in at)

    text, y = source(grad(f), X)
    assert "bincount" not in text and "add.at" not in text
    assert np.allclose(y, reverse.grad(f)(X))


NOTHING = [
    [], ([], 0), ([], []), (slice(0, 0), [0, 0, 1]), slice(0, 0), (..., slice(0, 0)),
    (slice(0, 0), 0),
]  # fmt: skip


@pytest.mark.parametrize("index", NOTHING, ids=str)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_gather_of_nothing_has_slopes_of_floats(index, rows):
    """`np.bincount` of no weights gives whole numbers, and an array of nothing has no entries."""
    x = X[:rows, :2]
    index = np.array(index, int) if index == [] else index
    for f in (
        lambda x: np.sum(np.sin((x * x + x[0] * x)[index])) + np.sum(x[0] * x[-1] * x[0, 0]),
        lambda x: np.sum(np.sin(np.tanh(x * x)[index] * 0.7)) + np.sum(np.tanh(x * x)[0] ** 2),
    ):
        h = jit(lambda x, f=f: grad(lambda x: np.sum(grad(f)(x) * x))(x))(x)
        want = reverse.grad(lambda x, f=f: np.sum(reverse.grad(f)(x) * x))(x)
        for have, same in ((jit(grad(f))(x), reverse.grad(f)(x)), (h, want)):
            assert have.dtype == same.dtype == float and np.allclose(have, same)
    f = lambda x: rules.scatter(x[index], x.shape, index)  # noqa: E731
    for found in (f(x), jit(f)(x)):
        assert found.dtype == float and not found.any()


def test_a_known_number_is_broadcast_as_it_is():
    def f(x, y):
        a = np.stack([x, 2.0])
        flat = np.broadcast_to(a[1], (3,))
        return flat * y, np.sin(flat), np.reshape(a[1], (1,)) - y

    y = np.arange(3.0)
    for mine, plain in zip(jit(f)(1.0, y), f(1.0, y), strict=True):
        np.testing.assert_array_equal(mine, plain, strict=True)


M = np.array([[0.5, 1.5, -2.0], [3.0, -0.1, 0.7]])
OF_A_NUMBER = {  # that only the run knows: what says where entries stand has to be known before
    "reshape": lambda n: np.reshape(M * V, (3 * n, -1)),
    "its method": lambda n: (M * V).reshape(n * 3, 2 // n),
    "split": lambda n: np.split(M * V, n)[0],
    "hsplit": lambda n: np.hsplit(M, 3 * n)[0],
    "vsplit": lambda n: np.vsplit(M, n)[-1],
    "insert": lambda n: np.insert(V, n, 1.0),
    "delete": lambda n: np.delete(V, n),
    "a step": lambda n: V[::n],
    "a step back": lambda n: V[::-n],
    "axes of min": lambda n: np.min(M, axis=(0, n)),
    "an axis of cumsum": lambda n: np.cumsum(M, n),
    "transpose": lambda n: M.transpose(n, 1 - n),
    "squeeze": lambda n: np.squeeze(M[:, :1], (n,)),
    "flip": lambda n: np.flip(M, n),
    "roll": lambda n: np.roll(M, 1, axis=n),
    "rot90": lambda n: np.rot90(M, 1, (0, n)),
    "take_along": lambda n: np.take_along_axis(M, np.argsort(M), n),
    "stack": lambda n: np.stack([M, M], n),
}


@pytest.mark.parametrize("of", OF_A_NUMBER.values(), ids=OF_A_NUMBER)
def test_a_length_or_an_axis_is_a_number_that_is_known(of):
    def f(x, n):
        return np.sum(np.sin(x * of(n)))

    for run in (jit(f), jit(grad(f)), jit(lambda x, n: f(x, n + 0))):
        with pytest.raises(ConversionError, match="name the argument in static_argnums"):
            run(0.5, 1)
    assert np.isclose(jit(grad(f), static_argnums=1)(0.5, 1), reverse.grad(f)(0.5, 1))


@pytest.mark.parametrize(
    "at", [lambda n: [0, n], lambda n: (slice(None), [n, n, 1]), lambda n: [[n, 0]]]
)
@pytest.mark.parametrize("n", [0, 1])
def test_a_list_of_places_may_have_some_that_only_the_run_knows(at, n):
    def f(x, n):
        return np.sum(np.sin((x * M)[at(n)]) ** 2)

    for backend in ("numpy", "numba"):
        assert np.isclose(jit(f, backend=backend)(0.5, n), f(0.5, n))
        assert np.isclose(jit(grad(f), backend=backend)(0.5, n), reverse.grad(f)(0.5, n))


def test_a_choice_inside_of_a_choice_keeps_its_parentheses():
    def of_arrays(x):
        return np.where(x[2] > 0, np.where(x[0] > 0.3, x[0], 0.3), 0) * 2

    def of_python(x):
        s = x[1]
        if x[2] < 0:
            s = np.where(x[0] > 0.3, x[0], 0.3)
        elif x[0] > x[1]:
            s = max(x[0], 0.1) if x[1] > 0 else min(x[1], x[2])
        return s * 2 - max(min(x[0], x[1]), min(x[1], x[2]))

    for f in (of_arrays, of_python):
        fast = jit(f)
        for x in np.random.default_rng(3).normal(size=(60, 3)):
            assert fast(x) == f(x)
