"""What serves speed alone must not change a number: short cuts, quick functions, sums in place."""

import collections
import concurrent.futures
import itertools

import numpy as np
import pytest

import elves
from elves import core, forward, reverse, rules, tracing, trees, untouched
from elves.core import moving, quick
from elves.race import growing

RANDOM = np.random.default_rng(8)
A, B = RANDOM.normal(size=(2, 40, 30))
PLACES, ROW = RANDOM.integers(0, 40, size=25), RANDOM.normal(size=30)
MASK = A > 0

# A program of a value x of 40 by 30 and an array c, and the c to begin with.
WITH_ARRAYS = {
    "c * x": (lambda x, c: c * x * x, B),
    "x * c": (lambda x, c: x * c * x, B),
    "x + c": (lambda x, c: (x + c) * x, ROW),
    "c - x": (lambda x, c: (c - x) * x, B),
    "x / c": (lambda x, c: np.sin(x) / c, ROW),
    "c / x": (lambda x, c: c / np.exp(x), ROW),
    "x ** c": (lambda x, c: np.exp(x) ** c, ROW),
    "x @ c": (lambda x, c: np.sin(x) @ c, ROW),
    "c @ x": (lambda x, c: c @ np.sin(x), B.T.copy()),
    "maximum": (lambda x, c: np.maximum(x, c) * x, B),
    "where": (lambda x, c: np.where(c, x * x, 0.0), MASK),
    "where, with other entries": (lambda x, c: np.where(MASK, x * x, c) * x, B),
    "x[c]": (lambda x, c: x[c] * x[c], PLACES),
    "x[c, :3]": (lambda x, c: x[c, :3] ** 2, PLACES),
    "x[mask]": (lambda x, c: x[c] ** 2, MASK),
    "concatenate": (lambda x, c: np.concatenate([x, c]) ** 2 * 3.0, B),
    "arctan2": (lambda x, c: np.arctan2(c, x), B),
    "dot": (lambda x, c: np.dot(x * x, c), ROW),
    "einsum": (lambda x, c: np.einsum("ij,j->i", x * x, c), ROW),
    "take": (lambda x, c: np.take(x, c, 0) ** 2, PLACES),
}


@pytest.mark.parametrize("name", WITH_ARRAYS)
def test_arrays_that_change_after_the_forward_sweep_change_no_gradient(name):
    f, c = WITH_ARRAYS[name]
    g = reverse.grad(lambda x: np.sum(f(x, c)))(A)
    assert np.allclose(g, forward.grad(lambda x: np.sum(f(x, c)))(A), rtol=1e-12, atol=1e-13)
    changed, x = c.copy(), A.copy()
    y, pullback = reverse.vjp(lambda x: np.sum(f(x, changed)), x)
    changed[:] = c[::-1].copy() if c.dtype != bool else ~c
    x[:] = 7.0
    assert y == np.sum(f(A, c)) and np.array_equal(pullback(1.0)[0], g)
    variable, changed = reverse.Variable(A), c.copy()
    y = np.sum(f(variable, changed))
    changed[...] = 0
    y.backward()
    assert np.array_equal(variable.grad, g)


def fill_its_memory(c):
    memoryview(c if c.flags.c_contiguous else c.T).cast("B")[:] = bytes(c.nbytes)


WAYS = {  # to change an array in place
    "c[:] = 2": lambda c: c.__setitem__(slice(None), 2.0),
    "c += 2": lambda c: c.__iadd__(2.0),
    "out=c": lambda c: np.sin(c, out=c),
    "copyto": lambda c: np.copyto(c, 2.0),
    "put": lambda c: np.put(c, [-1, 0], [7.0, 8.0]),
    "add.at": lambda c: np.add.at(c, 0, 3.0),
    "sort": lambda c: c[::-1].sort(0),
    "one entry": lambda c: c.__setitem__((-1, -1), 3.0),
    "nan": lambda c: c.fill(np.nan),
    "a view": lambda c: c.T[..., :1].fill(5.0),
    "its base": lambda c: (c if c.base is None else c.base).fill(2.0),
    "its memory": fill_its_memory,
}
OF_MEMORY = {  # arrays of other memory than their own
    "its own": np.copy,
    "a part": lambda c: np.concatenate([c, c])[: len(c)],
    "turned": np.asfortranarray,
    "with gaps": lambda c: np.repeat(c, 2, 1)[:, ::2],
    "of bytes": lambda c: np.frombuffer(bytearray(c.tobytes())).reshape(c.shape),
}


@pytest.mark.parametrize("memory", OF_MEMORY)
@pytest.mark.parametrize("n", [4, 90])  # a large one is copied once, for as long as it stays
@pytest.mark.parametrize("way", WAYS)
def test_a_matrix_may_change_between_the_turns_of_a_loop(way, n, memory):
    if memory == "with gaps" and way in ("its base", "its memory"):
        return  # whose memory is not in one piece
    A, x = 0.1 * RANDOM.normal(size=(n, n)), RANDOM.normal(size=n)

    def f(x, again=lambda c: c):
        c = OF_MEMORY[memory](A)
        for k in range(5):
            x = np.sin(c @ x) + c[0] * x + c.T @ (x / n)
            if k in (1, 3):
                c = again(c)
                WAYS[way](c)
        return np.sum(x * x)

    g = reverse.grad(f)(x)
    anew = reverse.grad(lambda x: f(x, lambda c: OF_MEMORY[memory](c)))(x)
    assert np.array_equal(g, anew, equal_nan=True)
    slope = forward.jvp(f, (x,), (np.cos(x),))[1]
    assert np.isclose(np.dot(g, np.cos(x)), slope, rtol=1e-9, equal_nan=True)


@pytest.mark.parametrize("dtype", ["f8", "f4", ">f8", "f2", "i8", "?"])
def test_a_copy_serves_again_only_if_it_has_the_same_bits(dtype):
    c = np.zeros(60_000, dtype)
    before = trees.frozen(c)
    assert trees.frozen(c) is trees.frozen(c[:]) is before and np.array_equal(before, c)
    assert before.dtype == c.dtype and not before.flags.writeable
    c[-1] = -0.0
    assert (trees.frozen(c) is before) == (c.dtype.kind != "f")
    c[-1] = 1
    assert trees.frozen(c)[-1] == 1 and before[-1] == 0
    if c.itemsize == 8:
        other = c.view("m8[s]")  # with the same bits
        assert trees.frozen(other).dtype == other.dtype
        other = c.view("u8")
        assert trees.frozen(other).dtype == other.dtype and trees.frozen(c).dtype == c.dtype


def test_a_loop_over_a_large_array_keeps_one_copy_or_none():
    A, x = RANDOM.normal(size=(300, 300)) / 300, np.ones(300)

    def f(x):
        for _ in range(30):
            x = np.tanh(A @ x)
        return np.sum(x)

    reverse.grad(f)(x)
    assert growing.peak(lambda: reverse.grad(f)(x)) < 3 * A.nbytes


class Kind(np.ndarray):
    """An array of another class, as a memmap is."""


Pair = collections.namedtuple("Pair", "row column")
X = np.arange(1.0, 13.0).reshape(3, 4)
ROWS, COLUMNS = np.arange(3.0)[:, np.newaxis], np.arange(4.0)
CHANGEABLE = {  # what is not copied as an array: a program of x and c, and the c to begin with
    "another class": (lambda x, c: x * c, lambda: (X - 5.0).view(Kind)),
    "another class, in a product": (lambda x, c: x @ c, lambda: (X.T - 5.0).view(Kind)),
    "an array of objects": (lambda x, c: x * c, lambda: (X - 5.0).astype(object)),
    "turned and cut": (lambda x, c: x * c, lambda: np.repeat(X - 5.0, 2, 0).T[:, ::2].T),
    "axes": (lambda x, c: np.transpose(x, c) * ROWS.T * COLUMNS[:, np.newaxis], lambda: [1, 0]),
    "axes of the method": (lambda x, c: x.transpose(c) * ROWS.T, lambda: [1, 0]),
    "shift": (lambda x, c: np.roll(x, shift=c, axis=(0, 1)) * X, lambda: np.array([1, 2])),
    "axis": (lambda x, c: np.roll(x, (1, 2), axis=c) * X, lambda: [0, 1]),
    "repeats": (
        lambda x, c: np.repeat(x, repeats=c, axis=0) * np.arange(6.0)[:, np.newaxis],
        lambda: np.array([1, 2, 3]),
    ),
    "a slice": (lambda x, c: x[:, c : c + 2] * COLUMNS[:2], lambda: np.array(1)),
    "the step of a slice": (lambda x, c: x[::-c] * ROWS, lambda: np.array(1)),
    "a named tuple": (lambda x, c: x[Pair(c, 0)] ** 2, lambda: np.array([0, 2, 2])),
}


@pytest.mark.parametrize("name", CHANGEABLE)
def test_nothing_that_can_change_is_looked_at_on_the_way_back(name):
    f, make = CHANGEABLE[name]
    want = reverse.grad(lambda x: np.sum(f(x, make())))(X)

    def changing(x):
        c = make()
        y = np.sum(f(x, c))
        if isinstance(c, list):
            c.reverse()
        else:
            c[...] = c[::-1].copy() if c.ndim else c + 1
        return y

    assert np.array_equal(reverse.grad(changing)(X), want)


def test_an_array_that_cannot_be_written_to_may_have_an_older_view():
    c = COLUMNS.copy()
    view = c[:]
    c.setflags(write=False)

    def f(x):
        y = np.sum(x * c)
        view[:] = 9.0
        return y

    assert np.array_equal(reverse.grad(f)(X), np.broadcast_to(COLUMNS, X.shape))


def test_a_large_array_that_is_added_is_not_copied_and_may_even_get_another_shape():
    c = np.ones(2000)
    x = reverse.Variable(np.arange(2000.0))
    y = np.sum((x + c) ** 2 + (c - x))
    c.resize(3, refcheck=False)
    y.backward()
    assert np.array_equal(x.grad, 2 * (np.arange(2000.0) + 1) - 1)


def test_cotangents_of_the_user_are_not_added_to():
    def f(x):
        return x * 2.0, x + 1.0, x[1:], x

    x = np.arange(4.0)
    seeds = np.ones(4), np.full(4, 2.0), np.full(3, 3.0), np.full(4, 4.0)
    kept = [g.copy() for g in seeds]
    _, pullback = reverse.vjp(f, x)
    first, again = pullback(seeds)[0], pullback(seeds)[0]
    assert first.tolist() == again.tolist() == [8.0, 11.0, 11.0, 11.0]
    first[:] = 0.0
    assert all(map(np.array_equal, seeds, kept)) and pullback(seeds)[0].tolist() == again.tolist()


def test_what_a_hook_gives_is_not_added_to():
    given = np.ones(3)

    def f(x):
        return np.sum(elves.hook(x, lambda g: given)) + np.sum(x * x) + x[0] + x[1] * x[1]

    g = elves.grad(f)(np.arange(3.0))
    assert g.tolist() == [2.0, 5.0, 5.0] and given.tolist() == [1.0, 1.0, 1.0]


def test_entries_are_added_to_a_sum_in_any_order_of_what_else_is_paid():
    """Of each order of these parts: one reads an entry, one a slice, others the whole array."""
    parts = [
        lambda x: x[1] * 3.0,
        lambda x: np.sum(x[::2] ** 2),
        lambda x: np.sum(x),
        lambda x: np.sum(np.sin(x) * x),
        lambda x: np.sum(x[[0, 0, 3]] * 2.0),
        lambda x: np.sum(x[np.newaxis, ..., :-1] * 5.0),
    ]
    x = RANDOM.normal(size=4)
    slope = np.sum([reverse.grad(part)(x) for part in parts], 0)
    for order in itertools.permutations(parts):
        g = reverse.grad(lambda x, order=order: sum(part(x) for part in order))(x)
        assert np.allclose(g, slope, rtol=1e-14)
    wide = reverse.grad(lambda x: x[0] * 3 + np.sum(x * np.ones(4)) + x[0])(x.astype(np.float32))
    assert wide.dtype == np.float32 and wide.tolist() == [5.0, 1.0, 1.0, 1.0]


LARGE = np.cos(np.arange(90_000.0))


class Odd:
    """An object whose operators may do anything."""

    def __rmul__(self, other):
        return other


def spoilt(c):
    c[0] = 1.0
    return c


def added(x, c):
    loss = 0.0
    for _ in range(2):
        loss += np.sum(x * c)
    return loss


def added_into(x, c):
    total = 0.0
    for _ in range(2):
        total += c
        x = x * total
    return np.sum(x)


def into_its_own_name(x, c):
    other = c
    other += 1.0
    return np.sum(x * other)


def into_its_argument(x, c):
    y = np.sum(x * c)
    c -= 1.0
    return y


def by_a_helper(x, c):
    def bump(v):
        v += 1.0

    y, a = np.sum(x * c), np.cos(c)
    for _ in range(2):
        y = y + np.sum(x * x * a)
        bump(a)
    return y


STILL = [  # programs that change no array; their constants are not copied
    lambda x, c: np.sum(x * c) + x @ c + c.T.dot(c) + np.linalg.norm(x - LARGE) ** 2,
    lambda x, c: sum([np.sum(x * a) for a in (c, LARGE)]) + np.sum(np.where(c > 0, x, 0.0)),
    lambda x, c: added(x, c) + np.concatenate([x, c], axis=0).sum(),
    added,
]
CHANGING = [  # those that change one, or might
    lambda x, c: np.sum(x * c) + np.sum(spoilt(c)),
    lambda x, c: np.sum(x * c * Odd()),
    lambda x, c: np.sum(x * c) + np.sum(np.exp(c, c)),
    lambda x, c: np.sum(x * c) + np.sum(np.negative(c, out=c)),
    lambda x, c: np.sum(x * c) + np.sum(c.clip(0.0, 0.1, c)),
    lambda x, c: np.sum(x * c) + np.sum(np.add.accumulate(c, 0, None, c)),
    lambda x, c: np.sum(x * c) + (c.sort() or 0.0),
    lambda x, c: np.sum(x * c) + (c[::2].fill(2.0) or 0.0),
    lambda x, c: np.sum(x * c) + [h() for h in [c.sort]][0 * len(x) :].count(0),
    lambda x, c: np.sum(x * c) + max([1, 2], key=lambda k: c.sort() or k),
    lambda x, c: np.sum(x * c) + np.median(c, overwrite_input=True),
    lambda x, c: np.sum(x * c) + np.sum(np.nan_to_num(c, False, 1.0)),
    lambda x, c: np.sum(x * c) + len([0 for c[0] in [7.0]]),
    added_into, into_its_own_name, into_its_argument, by_a_helper,
]  # fmt: skip


@pytest.mark.parametrize("f", STILL + CHANGING)
def test_constants_are_copied_unless_the_text_shows_that_nothing_changes(f):
    x = np.sin(np.arange(90_000.0))
    assert untouched.unchanging(f, (x, x)) == (f in STILL)
    want = reverse.vjp(lambda x: f(x, LARGE.copy()), x)[1](1.0)[0]
    assert np.array_equal(reverse.grad(f)(x, LARGE.copy()), want)
    assert not untouched.unchanging(f, (x, Odd()))


def test_what_an_outer_name_stands_for_is_looked_at_each_time():
    f = lambda x, c: np.sum(helper(x) * c)  # noqa: E731
    for helper, still in ((np.sin, True), (spoilt, False), (np.cos, True)):  # noqa: B007
        assert untouched.unchanging(f, ()) == still


FUNCTIONS = {
    np.sum: [{}, {"axis": 0}, {"axis": -1}, {"axis": (0, 1)}, {"axis": 1, "keepdims": True}],
    np.max: [{}, {"axis": 0}, {"axis": (0, -1)}, {"axis": 1, "keepdims": True}],
    np.min: [{}, {"axis": 1}, {"keepdims": True}],
    np.reshape: [{"shape": -1}, {"shape": (3, -1)}, {"shape": [6, 4]}],
    np.ravel: [{}],
    np.transpose: [{}, {"axes": (1, 2, 0)}, {"axes": [0, -1, 1]}],
    np.swapaxes: [{"axis1": 0, "axis2": -1}],
    np.squeeze: [{}, {"axis": None}],
    np.expand_dims: [{"axis": k} for k in (0, 1, 3, -1, -4, (0, 2))],
    np.broadcast_to: [{"shape": (2, 3, 4)}, {"shape": (5, 2, 3, 4)}, {"shape": [2, 3, 4]}],
    np.moveaxis: [{"source": a, "destination": b} for a, b in [(0, -1), (-1, 0), (1, 1), (2, 0)]],
    np.roll: [{"shift": 1}, {"shift": -2, "axis": 1}, {"shift": (1, 2), "axis": (0, -1)}],
}
KINDS_OF_ARRAYS = {
    "in order": np.arange(24.0).reshape(2, 3, 4),
    "turned": np.arange(24.0).reshape(4, 3, 2).T,
    "with gaps": np.arange(96.0).reshape(4, 6, 4)[::2, ::2],
    "float32": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "integers": np.arange(24).reshape(2, 3, 4),
    "truth values": np.arange(24).reshape(2, 3, 4) % 3 == 0,
}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("kind", KINDS_OF_ARRAYS)
def test_a_quick_function_gives_what_numpy_gives(function, kind):
    x, run = KINDS_OF_ARRAYS[kind], core.RULES[function].run
    assert run is not function
    for options in FUNCTIONS[function]:
        y, want = run(x, **options), function(x, **options)
        assert np.array_equal(y, want) and y.dtype == want.dtype and type(y) is type(want)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_quick_function_refuses_what_numpy_refuses(function):
    x, run = np.zeros((2, 3, 4)), core.RULES[function].run
    wrong = {"axis": 9, "axes": (0, 1), "axis1": 5, "shape": (5, 7), "source": 4}
    for options in FUNCTIONS[function]:
        bad = {k: wrong.get(k, v) for k, v in options.items()}
        if bad == options or None in options.values():
            continue
        with pytest.raises(Exception) as want:
            function(x, **bad)
        with pytest.raises(type(want.value)):
            run(x, **bad)


@pytest.mark.parametrize("n", [4, 5000])
def test_what_is_broadcast_is_nobody_elses_or_cannot_be_written_to(n):
    for x in (np.ones((3, 1)), np.float64(2.0), np.arange(1.0 * n), np.ones((1, n), np.float32)):
        y = quick.broadcast_to(x, (3, n))
        assert y.base is None or not y.flags.writeable
        assert y.dtype == x.dtype and np.array_equal(y, np.broadcast_to(x, (3, n)))
    with pytest.raises(ValueError):
        quick.broadcast_to(np.ones((1, 3, n)), (3, n))
    assert quick.broadcast_to(np.ones((0, 1)), (0, 4)).shape == (0, 4)
    with pytest.raises(ValueError):
        quick.broadcast_to(np.ones((3, 1)), (3, -1))


def test_axes_are_added_up_as_numpy_does():
    for ndim in (1, 2, 3):
        for shape in itertools.product((1, 3, 130), repeat=ndim):
            if np.prod(shape) > 20_000:
                continue
            g = RANDOM.normal(size=shape)
            for axes in itertools.chain.from_iterable(
                itertools.combinations(range(ndim), k) for k in range(1, ndim + 1)
            ):
                for a in (g, np.asfortranarray(g), g.astype(np.float32)):
                    y, want = quick.add_up(a, axes), np.add.reduce(a, axes)
                    assert y.shape == want.shape and y.dtype == want.dtype
                    assert np.allclose(y, want, rtol=1e-4 if a.dtype != float else 1e-12)
    assert np.isnan(quick.add_up(np.full((60, 2), np.nan), (1,))).all()
    assert np.isinf(quick.add_up(np.full((60, 2), np.inf), (0,))).all()


MOVES = {
    "roll": lambda x: np.roll(x, 2, 1),
    "roll of all": lambda x: np.roll(x, 5),
    "flip": lambda x: np.flip(x, 0),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "tril": lambda x: np.tril(x, -1),
    "diagonal": lambda x: np.diagonal(x, 1),
    "diag": lambda x: np.diag(x[0]),
    "repeat": lambda x: np.repeat(x, 3, axis=1),
    "tile": lambda x: np.tile(x, (2, 1)),
    "take": lambda x: np.take(x, 1, axis=0),
    "delete": lambda x: np.delete(x, 1, axis=1),
    "pad": lambda x: np.pad(x, 1, mode="reflect"),
    "sort": lambda x: np.sort(x, 1),
    "sort of all": lambda x: np.sort(x, None),
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(x, 0), 0),
}


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("shape", [(3, 4), (70, 80)])
def test_moves_go_back_where_they_came_from(name, shape):
    x = RANDOM.normal(size=shape)
    f = lambda x: np.sum(np.sin(MOVES[name](x)) * MOVES[name](x))  # noqa: E731
    want = forward.jvp(f, (x,), (np.cos(x),))[1]
    for _ in range(2):  # the second time the places are known
        assert np.sum(reverse.grad(f)(x) * np.cos(x)) == pytest.approx(want, rel=1e-10)
        f32 = reverse.grad(f)(x.astype(np.float32))
        assert f32.dtype == np.float32 and np.allclose(f32, reverse.grad(f)(x), atol=1e-4)
    if shape == (3, 4):
        hessian = reverse.hessian(f)(x)
        assert np.allclose(hessian, elves.numerical.hessian(f)(x), atol=1e-4)


def test_the_places_of_a_users_function_are_not_kept():
    order = np.array([0, 1, 2])
    mixed = rules.primitive(lambda x: x[order])
    core.Moves(mixed)
    try:
        weights = np.array([1.0, 10.0, 100.0])
        f = lambda x: np.sum(mixed(x) * weights)  # noqa: E731
        assert reverse.grad(f)(np.ones(3)).tolist() == [1.0, 10.0, 100.0]
        order[:] = [2, 0, 1]
        assert reverse.grad(f)(np.ones(3)).tolist() == [10.0, 100.0, 1.0]
    finally:
        del core.RULES[mixed]


def test_what_is_kept_cannot_be_written_to():
    come, go = moving.places(np.roll, (3,), (1,), ())
    kept = come, go, quick.ones(3), quick.rows(3)
    assert not any(a.flags.writeable for a in kept)
    g = reverse.grad(lambda x: np.sum(np.roll(x, 1) * np.arange(3.0)))(np.ones(3))
    g += 1.0  # it is the user's own


def test_many_threads_walk_back_at_once():
    x = RANDOM.normal(size=(20, 3))

    def f(x):
        y = x
        for k in range(30):
            y = y + 0.1 * np.sin(y) * np.roll(y, k % 5, 0) + np.cos(y[0] * y[:, :1])
            y = y / (1.0 + np.max(y, axis=1, keepdims=True) ** 2)
        return np.sum(np.tanh(y))

    want = reverse.grad(f)(x)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for g in pool.map(lambda _: reverse.grad(f)(x), range(40)):
            assert np.array_equal(g, want)


@pytest.mark.parametrize("engine", ["forward", "reverse"])
def test_a_value_by_name_or_in_a_list_gets_no_traceback_from_inside(engine):
    grad = getattr(elves, engine).grad
    for f in (
        lambda x: np.roll(a=x, shift=1),
        lambda x: np.flip(m=x),
        lambda x: np.roll([x, x], 1),
    ):
        with pytest.raises(elves.errors.ElfError):
            grad(lambda x, f=f: np.sum(f(x)))(np.ones(3))


def test_ties_and_nan_in_rows_count_as_before():
    x = np.array([[1.0, 1.0, 0.0], [2.0, 1.0, 0.0], [np.nan, 1.0, 0.0]])  # as many hits as rows
    with np.errstate(invalid="ignore"):  # 0 / 0, where nothing is as large as nan
        g = reverse.grad(lambda x: np.sum(np.max(x, axis=1)[:2]))(x)
    assert g[:2].tolist() == [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]
    assert reverse.grad(np.max)(np.array([1.0, 4.0, 4.0])).tolist() == [0.0, 0.5, 0.5]
    assert reverse.grad(lambda x: np.sum(np.max(x, axis=(0, 2))))(np.ones((2, 1, 2))).sum() == 1.0


@pytest.mark.parametrize("order", [(reverse, reverse), (forward, reverse), (reverse, forward)])
def test_short_cuts_within_each_other(order):
    inner, outer = order

    def f(x):
        y = np.maximum(x[1:], 0.3) * B[0, :2] + np.sum(x[:, np.newaxis] * x, axis=1)[:2]
        return np.sum(np.where(MASK[0, :2], y, y * x[0]) / (2.0 + np.roll(x, 1)[:2] ** 2))

    x = np.array([0.4, 0.7, 1.1])
    slope = lambda x: np.sum(inner.grad(f)(x) * np.array([1.0, 2.0, 3.0]))  # noqa: E731
    want = elves.numerical.hessian(f)(x) @ np.array([1.0, 2.0, 3.0])
    assert np.allclose(outer.grad(slope)(x), want, atol=1e-5)


JOINS = {  # of a matrix, a vector of its rows, one of its columns, and a number
    "hstack": lambda x, row, column, a: np.hstack([x, column[:, np.newaxis], x[:, :1] * a]),
    "hstack of vectors": lambda x, row, column, a: np.hstack((row, 2.0, a, column, row[:0])),
    "hstack of nothing too": lambda x, row, column, a: np.hstack([row, [], a]),
    "hstack of an array": lambda x, row, column, a: np.hstack(tup=x),
    "vstack": lambda x, row, column, a: np.vstack([x, row, np.ones((2, 4), np.float32)]),
    "vstack of numbers": lambda x, row, column, a: np.vstack([a, 1.0, a * a]),
    "dstack": lambda x, row, column, a: np.dstack([x, x * a, np.ones((3, 4))]),
    "dstack of vectors": lambda x, row, column, a: np.dstack([row, [1.0, 2.0, a, 4.0]]),
    "column_stack": lambda x, row, column, a: np.column_stack([column, x, np.arange(3)]),
    "column_stack of numbers": lambda x, row, column, a: np.column_stack([a, 1]),
    "append": lambda x, row, column, a: np.append(x, [row], 0),
    "append to all": lambda x, row, column, a: np.append(arr=x, values=a),
    "split": lambda x, row, column, a: np.split(x, 2, axis=1),
    "split at places": lambda x, row, column, a: np.split(x, [3, 1, -1], -1),
    "array_split": lambda x, row, column, a: np.array_split(row * a, 3),
    "hsplit": lambda x, row, column, a: np.hsplit(x * a, np.array([1])),
    "hsplit of a vector": lambda x, row, column, a: np.hsplit(row, 2),
    "vsplit": lambda x, row, column, a: np.vsplit(x, (1, 1)),
    "dsplit": lambda x, row, column, a: np.dsplit(np.stack([x, x * a]), 2),
    "unstack": lambda x, row, column, a: np.unstack(x, axis=-1),
}


@pytest.mark.parametrize("name", JOINS)
def test_what_is_joined_or_taken_apart_is_numpys_and_has_its_slopes(name):
    args, seen = (X / 7.0, COLUMNS / 3.0, np.array([0.5, 0.2, 2.0]), 0.3), []

    def loss(*args):
        found = JOINS[name](*args)
        parts = found if isinstance(found, (list, tuple)) else [found]
        seen.append((type(parts), parts))
        return sum(np.sum(np.sin(p) * (k + np.cos(p))) for k, p in enumerate(parts))

    gradient = reverse.grad(loss, (0, 1, 2, 3))(*args)
    loss(*args)
    (kind, parts), (want_kind, want) = seen
    assert kind is want_kind
    for p, q in zip(parts, want, strict=True):
        assert np.array_equal(p.detach(), q) and (p.shape, p.dtype) == (q.shape, q.dtype)
    by_hand = elves.numerical.grad(loss, (0, 1, 2, 3))(*args)
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(gradient, by_hand, strict=True))


@pytest.mark.parametrize("size", [1.0, 1e-60, 1e60])
def test_running_products_pass_slopes_on_by_sums_or_by_steps(size):
    x, g = RANDOM.uniform(0.5, 1.5, size=(3, 9)) * size**0.5, RANDOM.normal(size=(3, 9))
    for k in range(4):
        x[1, 2 * k] = (1.0, 0.0, -0.5, np.inf)[k]
        with np.errstate(all="ignore"):
            found = reverse.vjp(lambda x: np.cumprod(x, axis=1), x)[1](g)[0]
        for row in (0, 2):
            y = [np.prod(x[row, :n]) for n in range(1, 10)]
            want = [np.dot(g[row, n:], y[n:]) / x[row, n] for n in range(9)]
            assert np.allclose(found[row], want, rtol=1e-10)


def test_a_dot_product_is_that_of_numpy_bit_for_bit():
    wide = RANDOM.normal(size=(60, 90))
    matrices = [wide, wide.T, wide[::2, ::3], wide.astype(np.float32), np.asfortranarray(wide)]
    vectors = [RANDOM.normal(size=n) for n in (90, 60, 30)] + [RANDOM.normal(size=180)[::2]]
    pairs = itertools.product([*matrices, *vectors, np.float64(2.0), wide[np.newaxis]], repeat=2)
    seen = 0
    for a, b in pairs:
        try:
            want = np.dot(a, b)
        except ValueError:
            continue
        seen, single = seen + 1, np.float32 in (a.dtype, b.dtype)
        for f, x in ((lambda x, b=b: np.dot(x, b), a), (lambda x, a=a: np.dot(a, x), b)):
            for y in (forward.jvp(f, (x,), (x,))[0], f(reverse.Variable(x, None, 1)).value):
                assert np.array_equal(y, want) and np.shape(y) == np.shape(want)
                assert y.dtype == want.dtype
            slope = forward.jvp(lambda x, f=f: np.sum(np.sin(f(x))), (x,), (x,))[1]
            g = reverse.grad(lambda x, f=f: np.sum(np.sin(f(x))))(x)
            assert np.isclose(np.sum(g * x), slope, rtol=1e-3 if single else 1e-9, atol=1e-3)
    assert seen > 40


@pytest.mark.parametrize("index", [lambda k: [0, k], lambda k: ([k, 1], [k, -1])])
def test_places_in_a_list_may_be_traced_or_batched(index):
    slope = reverse.grad(lambda x, k: np.sum(x[index(k)] ** 2))
    for k in (0, 1):
        want = slope(X, k)
        np.testing.assert_array_equal(tracing.jit(slope)(X, k), want)
        np.testing.assert_array_equal(tracing.vmap(slope)(np.stack([X]), np.array([k]))[0], want)
