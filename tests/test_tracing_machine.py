"""Whole programs in machine code: Python's loops stay loops in programs that would be too long."""

import itertools

import numpy as np
import pytest

from elves import reverse, trees
from elves.tracing import fori_loop, grad, jit, machine, make_ir, scan, value_and_grad
from elves.tracing.rolling import rolled

RANDOM = np.random.default_rng(19)


def spring(x, v, stiff):
    """Over a range, with what the body alone knows."""
    for _ in range(25):
        a = -stiff * x - 0.1 * np.abs(v) * v
        v = v + 0.04 * a
        x = x + 0.04 * np.roll(v, 1)
    return np.sum(x**2) + np.max(v)


def rows(W, xs):
    """Over the rows of a traced array, with products and a softmax."""
    h, seen = np.zeros(4), 0.0
    for x in xs:
        h = np.tanh(W @ h + x) + 0.1 * h @ W
        p = np.exp(h - np.max(h))
        seen = seen + np.log(np.sum(p)) * p[0] / np.sum(p)
    return seen + np.sum(h)


def nested(x, table):
    """Loops in a loop, a range that counts down, whole numbers, and an `if`."""
    t = 0.0
    for i in range(11):
        for j in range(10, 0, -1):
            t = 0.9 * t + np.sin(table[i, j]) * (x if (i + j) % 3 == 0 else 0.5)
        if t > 0.4:
            x = x * 0.95
    return t * x


def tables(A, w):
    """Largest and sums along both axes, in the dtype that NumPy has."""
    for k in range(15):
        A = 0.5 * A + 0.1 * (A - np.max(A, axis=0)) / np.sum(1 + A**2, axis=1, keepdims=True)
        w = w + np.where(A > 0, A, 0.2 * A).sum(axis=1) * 0.01 * k + np.min(A, axis=1)
    return np.sum(w * w)


ARGS = {
    spring: (RANDOM.normal(size=5), RANDOM.normal(size=5), 1.7),
    rows: (0.4 * RANDOM.normal(size=(4, 4)), RANDOM.normal(size=(13, 4))),
    nested: (0.8, RANDOM.normal(size=(11, 11))),
    tables: (RANDOM.normal(size=(3, 6)), RANDOM.normal(size=3)),
}


def agree(have, want, rtol=1e-10):
    for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
        assert np.shape(a) == np.shape(b) and type(a) is type(b)
        np.testing.assert_allclose(a, b, rtol, 1e-12)


@pytest.mark.parametrize("f", ARGS, ids=lambda f: f.__name__)
def test_a_long_program_keeps_its_loops(f):
    pytest.importorskip("numba")
    args = ARGS[f]
    wrt = tuple(range(len(args)))
    fast, usual = (jit(value_and_grad(f, wrt), backend=b) for b in ("numba", "numpy"))
    want = usual(*args)
    for _ in range(2):
        agree(fast(*args), want)
    agree(reverse.value_and_grad(f, wrt)(*args), want)
    main = fast.source.partition("def compiled")[2]
    assert f is nested or ("for " in fast.source and main.count("\n") < 250)
    assert f is nested or len(make_ir(value_and_grad(f, wrt), *args).equations) > 450
    others = [a * 1.1 for a in args]  # the numbers are not part of the program
    agree(fast(*others), usual(*others))


@pytest.mark.parametrize("f", ARGS, ids=lambda f: f.__name__)
def test_with_loops_it_is_the_same_program(f):
    args = ARGS[f]
    g = value_and_grad(f, tuple(range(len(args))))
    ir = make_ir(g, *args)
    new = rolled(ir)
    assert any(e.rule.name == "scan" for e in new.equations)
    agree(new.run(trees.leaves(args)), ir.run(trees.leaves(args)))


def test_turns_of_other_shapes_are_written_one_by_one():
    def shrinks(x):
        for _ in range(10):
            x = x[1:] * np.sum(x)
        return np.sum(x)

    def leaves(x):
        for k in itertools.count():
            x = np.cos(x)
            if k > 10:
                break
        return x[0]

    x = np.linspace(0.1, 0.3, 12)
    for f, n in ((shrinks, 0), (leaves, 1)):
        new = rolled(make_ir(f, x))
        assert sum(e.rule.name == "scan" for e in new.equations) == n


def test_a_loop_reads_no_place_that_is_not_there():
    pytest.importorskip("numba")

    def at(x, n):
        for k in range(60):
            x = 0.5 * x + np.sin(x[n] + k) * x
        return np.sum(x)

    fast = jit(value_and_grad(at), backend="numba")
    x = np.linspace(0.0, 1.0, 4)
    for n in (3, -4):
        agree(fast(x, n), jit(value_and_grad(at))(x, n))
    for n in (4, -5):
        with pytest.raises(IndexError, match="out of bounds"):
            fast(x, n)


def test_what_is_called_in_machine_code_is_what_numpy_does():
    x = RANDOM.normal(size=(2, 5, 3))
    x[0, 2, 1] = x[1, 0, 0] = x[1, 4, 2] = np.nan
    np.testing.assert_allclose(machine.largest(x), np.max(x, 1), 1e-14)
    np.testing.assert_allclose(machine.total(x), np.sum(x, 1), 1e-14)
    np.testing.assert_array_equal(machine.total(x > 0), np.sum(x > 0, 1), strict=True)
    A, B = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=(3, 2))
    np.testing.assert_allclose(machine.product(A, B), A @ B, 1e-14)
    np.testing.assert_allclose(machine.matrix_times_vector(A, B[:, 0]), A @ B[:, 0], 1e-14)


@pytest.mark.filterwarnings("error")
def test_arrays_in_another_order_are_the_same_numbers():
    pytest.importorskip("numba")

    def powers(A, x):
        for k in range(60):
            x = x * 0.3 + A @ np.sin(x) * 0.1 + A[:, 1].dot(x) * 0.01 * np.cos(k)
        return np.sum(x)

    fast, usual = (jit(value_and_grad(powers, (0, 1)), backend=b) for b in ("numba", "numpy"))
    A, x = RANDOM.normal(size=(3, 3)), RANDOM.normal(size=3)
    still = A.copy()
    still.flags.writeable = False
    for B, y in ((A, x), (A.T, x), (A[::-1], x[::-1]), (still, x), (A, x)):
        agree(fast(B, y), usual(B, y))


VIEWS = [np.transpose, np.rot90, lambda a: a[::-1], lambda a: a]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("pair", [np.add, lambda a, b: np.maximum(a + b, b.T)])
def test_no_array_is_overwritten_while_a_view_of_it_is_read(view, pair):
    pytest.importorskip("numba")

    def wave(A):
        s = pair(A, view(A))
        for k in range(60):
            s = np.tanh(s * 0.5 + np.cos(k) * 0.1)
        return np.sum(pair(np.sin(s), view(np.sin(s))) ** 2)

    A = RANDOM.normal(size=(3, 3))
    agree(jit(value_and_grad(wave), backend="numba")(A), reverse.value_and_grad(wave)(A))


@pytest.mark.parametrize(
    ("shape", "shift", "axis"),
    [((5,), 2, None), ((5,), (-1, 3), (0, 0)), ((3, 4), 5, None), ((3, 4), -1, 0),
     ((2, 3, 2), (1, -2), (0, 1)), ((4,), 0, None), ((2, 2), [1, 1], (1, 0))],
)  # fmt: skip
def test_the_transpose_of_a_roll_takes_entries_from_their_places(shape, shift, axis):
    def rolled(x):
        return np.sum(np.roll(x, shift, axis) ** 2 * np.sin(x))

    fast, x = jit(value_and_grad(rolled)), RANDOM.normal(size=shape)
    agree(fast(x), reverse.value_and_grad(rolled)(x))
    assert "zeros" not in fast.source and "roll" not in fast.source
    again = jit(grad(lambda x: np.sum(grad(rolled)(x) ** 2)))
    agree(again(x), reverse.grad(lambda x: np.sum(reverse.grad(rolled)(x) ** 2))(x))


def test_the_largest_of_numbers_and_sums_of_logarithms_are_those_of_numpy():
    ways = jit(lambda a, b: (np.maximum(a, b * 1.0), np.minimum(-a, b), np.logaddexp(a * 1.0, b)))
    some = 0.0, -0.0, 1.5, -2.5, 800.0, -800.0, np.inf, -np.inf, np.nan
    for a, b in itertools.product(some, some):
        with np.errstate(invalid="ignore"):
            want = np.maximum(a, b), np.minimum(-a, b), np.logaddexp(a, b)
        np.testing.assert_allclose(ways(a, b), want, 1e-15)
    assert "np." not in ways.source


def test_what_is_no_machine_code_is_written_as_for_numpy():
    pytest.importorskip("numba")

    def nearest(x, y):
        return np.sum(np.min((x[:, np.newaxis] - y) ** 2, axis=1)) + np.sort(x) @ y + np.max(x)

    x, y = RANDOM.normal(size=(2, 10))
    fast, usual = (jit(value_and_grad(nearest, (0, 1)), backend=b) for b in ("numba", "numpy"))
    agree(fast(x, y), usual(x, y))
    for text in (".argmin(1)", ".argmax()", ".argsort("):
        assert text in fast.source and text in usual.source


def test_lists_and_dicts_are_pythons_own_in_machine_code_too():
    pytest.importorskip("numba")

    def states(p):
        h, seen = scan(lambda h, x: (np.tanh(p["W"] @ h + x), h[0]), p["begin"][0], np.arange(4.0))
        return {"last": h, "seen": [seen, {"first": h[0] > 0}], "count": [h[1], 1]}

    p = {"W": RANDOM.normal(size=(3, 3)), "begin": (RANDOM.normal(size=3), 2.0)}
    fast = jit(states, backend="numba")
    found, want = fast(p), jit(states)(p)
    agree(found, want)
    assert repr(trees.rebuild(found, "abcdef")) == repr(trees.rebuild(want, "abcdef"))
    assert type(found["count"][1]) is int and "range(" in fast.source
    one = jit(lambda x: {"a": fori_loop(0, 3, lambda i, s: s * 2 + x, x)}, backend="numba")
    assert type(one(1.0)) is dict and one(np.ones(2))["a"].tolist() == [15.0, 15.0]


def test_where_numba_itself_fails_numpy_answers():
    pytest.importorskip("numba")

    def sorting(A):
        return scan(lambda s, t: (np.sin(np.sort(s, axis=0) * t), s[0]), A, np.arange(1.0, 4.0))

    A = RANDOM.normal(size=(3, 2))
    agree(jit(sorting, backend="numba")(A), jit(sorting)(A))


EDGES = np.array([0.0, 1.0, -1.0, 2.5, np.inf, -np.inf, np.nan, 1.0, -7.0])
WHOLE = np.array([0, 7, -7, 3, -3, 2**40])


@pytest.mark.parametrize(
    ("function", "x", "y"),
    [(np.floor_divide, EDGES, EDGES[::-1].copy()), (np.fmod, WHOLE, WHOLE[::-1] - 1),
     (lambda x, y: x[np.argsort(np.abs(x) > 1)] * y, EDGES, EDGES[1]),
     (lambda x, y: np.argsort(x, kind="stable") * y, np.tile([2.0, 1.0], 30), 1.0),
     (np.multiply, WHOLE, WHOLE)],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_at_the_edges_loops_have_the_numbers_and_the_dtype_of_numpy(function, x, y):
    pytest.importorskip("numba")

    def each(x, y):
        if np.ndim(y):
            return scan(lambda s, v: (s + 1.0, function(*v)), 0.0, (x, y))[1]
        return fori_loop(0, 2, lambda i, s: function(x, y) * 1.0, x * 0.0)

    want = function(x, y) if np.ndim(y) else function(x, y) * 1.0
    for backend in ("numba", "numpy"):
        np.testing.assert_array_equal(jit(each, backend=backend)(x, y), want, strict=True)


def entries(x, y, A):
    """Comparisons, infinities, broadcast rows and columns, whole numbers and short products."""
    for k in range(12):
        far = np.where(x > y, x, np.inf)
        near = np.minimum(far, 1.5) + 0.5 * (x == y) + (x[:, np.newaxis] >= A) @ y
        A = 0.9 * A + 0.01 * x * near[:, np.newaxis] - 0.02 * A.T * np.max(A, axis=0)
        x = 0.8 * x + 0.1 * np.sin(near) / (1 + k) + 0.01 * np.dot(x, y) * np.mean(A, axis=1)
        y = np.maximum(y, 0.3 * x) - 0.1 * np.logaddexp(x, y)
    return np.sum(x * y) + np.sum(A)


@pytest.mark.parametrize("n", [2, 5, 9])
def test_machine_code_calculates_entry_by_entry(n):
    pytest.importorskip("numba")
    x, y = RANDOM.normal(size=(2, n))
    y[0] = x[0]
    args = x, y, 0.3 * RANDOM.normal(size=(n, n))
    fast = jit(value_and_grad(entries, (0, 1, 2)), backend="numba")
    agree(fast(*args), reverse.value_and_grad(entries, (0, 1, 2))(*args))
    assert "fused" in fast.source and "np.where" not in fast.source
    agree(
        fast(*[a[..., ::-1] for a in args]),
        reverse.value_and_grad(entries, (0, 1, 2))(*[a[..., ::-1] for a in args]),
    )


def balanced(K, u):
    """A matrix and its transpose by turns, whose gradients are sums of outer products."""
    for _ in range(13):
        u = 1.5 / (K @ u)
        u = np.tanh(K.T @ u) + 0.1
    return np.sum(u * u)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_outer_products_of_all_turns_are_one_product(backend):
    if backend == "numba":
        pytest.importorskip("numba")
    args = RANDOM.uniform(0.5, 1.5, size=(6, 7)), RANDOM.uniform(0.5, 1.5, size=7)
    f = jit(value_and_grad(balanced, (0, 1)), backend=backend)
    agree(f(*args), reverse.value_and_grad(balanced, (0, 1))(*args))

    assert f.source.count(".T\n") <= 5  # not one in each turn


def test_many_arrays_are_joined_without_numbas_own_way():
    pytest.importorskip("numba")

    def chain(parts, x):
        rows = np.concatenate([*parts, x[:2] > 0, np.arange(3)])
        turned = np.concatenate([p[np.newaxis] for p in parts], axis=1)[0]
        for k in range(60):
            x = np.tanh(rows[: len(x)] * x + np.cos(k))
        return np.sum(rows * rows) + np.sum(turned**3) + np.sum(x)

    parts, x = [RANDOM.normal(size=n) for n in (1, 3, 2, 2, 4, 0)], RANDOM.normal(size=5)
    fast = jit(value_and_grad(chain, (0, 1)), backend="numba")
    agree(fast(parts, x), reverse.value_and_grad(chain, (0, 1))(parts, x))
    assert "put_in_(" in fast.source and "range(" in fast.source


def test_stacks_solutions_and_sums_along_axes_apart_are_machine_code():
    pytest.importorskip("numba")

    def f(stack, b):
        s = stack
        for _ in range(30):
            inside = np.max(s, axis=(0, 2)) - np.sum(s, axis=(0, 2), keepdims=True)[0, :, 0]
            turned = np.einsum("nij,njk->nki", s, stack) + s @ stack
            s = np.tanh(turned + b @ s + np.linalg.solve(b, s[1] + inside))
        return np.sum(s)

    stack, b = RANDOM.normal(size=(4, 3, 3)) / 4, np.array([[0.0, 2, 1], [1, 0, 3], [3, 1, 0]])
    fast = jit(grad(f, (0, 1)), backend="numba")
    agree(fast(stack, b), reverse.grad(f, (0, 1))(stack, b))
    assert "products_(" in fast.source and "solution_(" in fast.source
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        fast(stack, np.zeros((3, 3)))


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_rows_are_added_one_by_one_at_places_of_every_kind(backend):
    if backend == "numba":
        pytest.importorskip("numba")
    twice, once = np.array([2, 0, 2]), np.array([1, 2, 0])

    def f(x, k, w):
        s, y = x[0], x[:, :, 0]
        for i in range(60):
            s = np.tanh(s @ y * 0.1 + np.cos(i))
        parts = x[twice, k], x[1, twice], x[:, k], x[:, once, k], x[twice, :, k], x[k, 2, :] * w
        more = x[-1, once - 3, 1], x[once[:, np.newaxis], k], x[k[:2]], y[once, k], y[k, -1]
        longs = np.stack([s[i, j] * w[i] for i in range(3) for j in range(3)])
        sums = sum(np.sum(np.sin(p) * (n + w[0])) for n, p in enumerate(parts + more))
        return sums + np.sum(s) + longs @ np.cos(longs) + np.sum(np.logaddexp(s[0, 0], w[0]))

    args = RANDOM.normal(size=(3, 3, 3)), np.array([1, 0, 1]), RANDOM.normal(size=3)
    fast = jit(value_and_grad(f, (0, 2)), backend=backend)
    agree(fast(*args), reverse.value_and_grad(f, (0, 2))(*args))


def layers(params, x, scale=0.3):
    """Many calls on small arrays, without a loop to be found again."""
    for W, b in params["layers"]:
        t = 1 / (1 + np.exp(-(x @ W + b)))
        x = t * np.tanh(x - b) + (1 - t) * x
        x = x / np.sqrt(np.mean(x * x, 1, keepdims=True) + scale)
    return np.sum(x[:, 1:] @ params["last"]) - np.max(x[0])


def layered():
    sizes = [((4, 4), 4) for _ in range(5)]
    params = [(RANDOM.normal(size=m), RANDOM.normal(size=n)) for m, n in sizes]
    return {"layers": params, "last": RANDOM.normal(size=3)}, RANDOM.normal(size=(3, 4))


def test_many_calls_on_small_arrays_are_machine_code_too_whatever_holds_them():
    pytest.importorskip("numba")
    fast, (params, x) = jit(value_and_grad(layers, (0, 1)), backend="numba"), layered()
    wanted = reverse.value_and_grad(layers, (0, 1))(params, x)
    locked = x.copy()
    locked.setflags(write=False)
    for at in (x, x, np.asfortranarray(x), np.repeat(x, 2, 1)[:, ::2], locked, x):
        found = fast(params, at)
        assert found[1][0].keys() == params.keys() and type(found[1][0]["layers"][0]) is tuple
        for a, b in zip(trees.leaves(found), trees.leaves(wanted), strict=True):
            np.testing.assert_allclose(a, b, 1e-10, 1e-12)
    assert "@numba" in fast.source and "def compiled(a, b, c" in fast.source


def test_what_numba_would_compile_for_too_long_calls_numpy_and_says_so(monkeypatch):
    monkeypatch.setattr("elves.tracing.emit.LIMIT", 0.5)
    pytest.importorskip("numba")
    usual, (params, x) = jit(grad(layers), backend="numba"), layered()
    wanted = trees.leaves(reverse.grad(layers)(params, x))
    for a, b in zip(trees.leaves(usual(params, x)), wanted, strict=True):
        np.testing.assert_allclose(a, b, 1e-10, 1e-12)
    assert "# NumPy's calls: numba would compile it for some " in usual.source
