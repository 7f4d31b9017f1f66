"""Numbers of every type, and at the edges: jit has NumPy's type, and slopes are those of floats."""

import functools
import importlib.util
import math
import numbers
from collections.abc import Container, Iterable, Sized
from fractions import Fraction

import numpy as np
import pytest

from elves import forward, numerical, reverse, source, static_graph, tracing
from elves.errors import ElfError
from elves.tracing import cond, fori_loop, jit, scan, while_loop

pytestmark = pytest.mark.filterwarnings("ignore")
ENGINES = [forward, reverse, tracing, source, static_graph]
BACKENDS = ["numpy", "numba"]
SINGLE = np.arange(1, 6, dtype=np.float32) / 7


def same(have, want, rtol=1e-12):
    assert (np.shape(have), np.result_type(have)) == (np.shape(want), np.result_type(want))
    rtol = 2e-7 if np.result_type(want) == np.float32 else rtol
    np.testing.assert_allclose(have, want, rtol=rtol)


# ------------------------------------------------------------ Python's numbers beside NumPy's
def counted(x, n):
    i, t = 0, 1.0
    while i < n:
        x, t = x * 0.5 + i * 0.1, t / 2 + i
        i += 1
    return x * t


def chosen(x, n):
    k = n / 3 if n > 2 else 2
    return x * k


MIXED = [
    lambda x, n: x + n / 2,
    lambda x, n: x * (n * n - 1) / n**2,
    lambda x, n: x * (-n // 2 + abs(n) % 3 + +n) + (n & 3) + (n ^ 1),
    lambda x, n: x * 2.5**n,
    lambda x, n: np.where(x > 0.3, x, n / 4),
    lambda x, n: np.clip(x, 0, n / 8) + np.maximum(x, 1 / n),
    lambda x, n: x * ((n > 2) * (n > 1) + 0.5),
    lambda x, n: x * np.multiply(n, 0.5),  # NumPy's own function gives NumPy's number
    lambda x, n: x * np.sqrt(n),
    lambda x, n: x * np.float64(2.5) + n,
    lambda x, n: np.sum(x) / len(x) + x.size / n,
    lambda x, n: fori_loop(0, 3, lambda i, t: t * n / 2, 1.0) * x,
    lambda x, n: while_loop(lambda t: t < 5, lambda t: t * 1.5 + n, 1.0) * x,
    lambda x, n: cond(n > 2, lambda: n / 2, lambda: 2.0) * x,
    counted,
    chosen,
]


@pytest.mark.parametrize("f", MIXED)
@pytest.mark.parametrize("backend", BACKENDS)
def test_pythons_numbers_take_the_type_of_the_array_that_they_meet(f, backend):
    for x in (SINGLE, SINGLE[2], SINGLE.astype(float), SINGLE.astype(np.float16)):
        if not np.shape(x) and "len" in f.__code__.co_names:
            continue
        for n in (3, np.int64(3), np.int16(3)):
            if x.dtype == np.float16 or (type(n) is not int and f in MIXED[-5:]):
                found = jit(f, backend=backend)(x, n)  # a loop's first turn has another type
                np.testing.assert_allclose(found, np.float64(f(x, n)), rtol=2e-3)
            else:
                same(jit(f, backend=backend)(x, n), f(x, n))


SINGLES = {
    "mean": lambda x: np.mean(np.tanh(x) ** 2),
    "deviation": lambda x: np.std(x) + np.linalg.norm(x),
    "largest": lambda x: np.max(x) + np.sum(np.max(x, axis=0)) - np.min(x),
    "rectified": lambda x: np.sum(np.maximum(x, 0) ** 2 + np.clip(x, -0.5, 0.5)),
    "softmax": lambda x: np.sum(
        np.log(np.sum(np.exp(x - np.max(x, axis=1, keepdims=True)), axis=1)) / 3
    ),
    "powers": lambda x: np.sum(2.0**x + np.abs(x) ** 1.5 + (1 + x * x) ** np.abs(x)),
    "numbers": lambda x: np.sum(0.1 * (x * x * 2) * 0.5) / 7,
    "matrices": lambda x: np.linalg.slogdet(x.T @ x)[1] + np.sum(np.linalg.inv(x.T @ x) / 7),
}  # fmt: skip


@pytest.mark.parametrize("name", SINGLES)
def test_slopes_in_float32_are_computed_in_float32(name):
    f, x = SINGLES[name], np.random.default_rng(3).normal(size=(9, 4))
    want = reverse.grad(f)(x)
    x = np.float32(x)
    made = tracing.make_ir(tracing.grad(f), x).variables()
    assert {v.dtype.name for v in made if v.dtype.kind == "f"} == {"float32"}
    for engine in (jit(tracing.grad(f)), reverse.grad(f), source.grad(f), tracing.grad(f)):
        have = engine(x)
        assert have.dtype == np.float32
        np.testing.assert_allclose(have, want, rtol=1e-4, atol=1e-5 * np.max(np.abs(want)))


def test_pythons_arithmetic_is_nan_or_inf_where_python_raises():
    for f, x, want in [
        (lambda x: np.float32(1) * (1 / x), 0.0, np.inf),
        (lambda x: np.float32(1) * x**0.5, -2.0, np.nan),
        (lambda x: np.float32(1) * (x * x) ** 2, 1e200, np.inf),
    ]:
        np.testing.assert_equal(float(jit(f)(x)), want)


@pytest.mark.parametrize("n", [np.int8(5), np.int16(5), np.uint8(5)])
def test_slopes_by_pythons_floats_are_of_double_precision(n):
    for f in (
        lambda x, n: x * np.exp(-n) * np.sin(n / 3),
        lambda x, n: x * (1.1 + np.exp(-n)) ** 2,
        lambda x, n: fori_loop(0, 3, lambda i, c: c * np.sqrt(n), x),
        lambda x, n: np.sum(np.float32(0.1) * x * np.ones(3, np.float32)),
    ):
        want = reverse.grad(f)(1.7, n)
        for engine in (forward, reverse, tracing):
            assert engine.grad(f)(1.7, n) == pytest.approx(want, rel=1e-12)
            for backend in BACKENDS:
                found = jit(engine.grad(f), backend=backend)(1.7, n)
                assert found == pytest.approx(want, rel=1e-12)


def test_what_one_scan_carries_stays_pythons_number():
    f = lambda x: scan(lambda c, a: (c + 1, a / (c + 1)), 0, x)[1]  # noqa: E731
    same(jit(f)(SINGLE), SINGLE / np.arange(1, 6, dtype=np.float32))


# ------------------------------------------------------------ small integers and truth values
SMALL = {
    "median": lambda n: np.median(n[:4]) + np.nanmedian(n[1:]),
    "quantile": lambda n: np.nanquantile(n, 0.4),
    "average": lambda n: np.average(n, weights=n // 2),
    "gradient": np.gradient,
    "interp": lambda n: np.interp(1.5, np.arange(5.0), n) + np.interp(15.5, np.sort(n), n),
    "linspace": lambda n: np.linspace(n[0], n[1], 5),
    "gaps": lambda n: np.nansum(n) + np.nanmax(n) + np.nanprod(n[:2]) + np.nancumsum(n),
    "polyval": lambda n: np.polyval([1, 2], n),
    "numbers": np.nan_to_num,
    "norm": lambda n: np.linalg.norm(n) + np.linalg.norm(n, 1),
    "solve": lambda n: np.linalg.solve(np.reshape(n[:4], (2, 2)), n[:2]),
}


@pytest.mark.parametrize("f", SMALL.values(), ids=SMALL)
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16])
def test_small_integers_do_not_overflow_under_jit(f, dtype):
    n = np.array([100, -100, 120, 3, 127]).astype(dtype)
    same(jit(f)(n), f(n), 1e-11)


BESIDE = {
    "interp": lambda x, n: np.interp(x[0] * 60, np.sort(n), n),
    "weights": lambda x, n: np.average(n, weights=x) + np.average(x, weights=n),
    "product": lambda x, n: np.sum(x * n * n),
    "angle": lambda x, n: np.sum(np.arctan2(x, n)),
    "quotient": lambda x, n: np.sum(n / x / n),
    "line": lambda x, n: np.sum(np.linspace(x[0], n[1], 5) ** 2),
    "square": lambda x, n: np.sum((x * n) ** 2 * n),
}


@pytest.mark.parametrize("f", BESIDE.values(), ids=BESIDE)
@pytest.mark.parametrize("engine", ENGINES)
def test_slopes_beside_small_integers_are_those_beside_floats(engine, f):
    x = np.array([0.3, 0.6, 1.1, 2.0, 3.0])
    for n in (np.array([100, 100, 120, 3, 127], np.int8), np.array([9, 200, 255, 3, 1], np.uint8)):
        want = reverse.grad(f)(x, n.astype(float))
        np.testing.assert_allclose(engine.grad(f)(x, n), want, rtol=1e-12)


@pytest.mark.parametrize(
    "f",
    [
        np.diff, lambda b: np.diff(b, n=2), lambda b: np.diff(b.reshape(2, 2), axis=0), np.median,
        np.cumsum, np.sum, np.any, np.all, np.prod, np.nansum, np.nanmax, lambda b: ~b ^ b[::-1],
        lambda b: np.interp(0.5, [0, 1], b[:2]), lambda b: np.linspace(b[0], b[1], 3), np.mean,
        lambda b: b.reshape(2, 2).sum(0) * b.reshape(2, 2).any(1),
    ],
)  # fmt: skip
def test_truth_values_under_jit_are_as_in_numpy(f):
    for b in (np.array([True, False, True, True]), np.zeros(4, bool)):
        same(jit(f)(b), f(b))
        x = np.where(b, 0.7, -0.4)
        g = lambda x: np.sum(f(x > 0) * x[0])  # noqa: E731
        want = reverse.grad(g)(x)
        for engine in (forward, tracing, static_graph):
            np.testing.assert_allclose(engine.grad(g)(x), want)
        np.testing.assert_allclose(jit(tracing.grad(g))(x), want)


# ------------------------------------------------------------ the edges
@pytest.mark.parametrize("q", [0.0, 0.25, 0.5, 0.3, 1.0, [0.0, 1.0]], ids=str)
@pytest.mark.parametrize(
    "x", [[1, np.inf, 2], [1, -np.inf, 2, 3], [np.inf, 1, np.inf], [1, np.nan, 3, 2], [np.nan] * 2]
)
def test_quantiles_beside_inf_and_nan_are_numpys_in_each_engine(x, q):
    x = np.array(x, float)
    for f in (lambda x: np.sum(np.quantile(x, q)), np.median, np.nanmedian):
        want, slope = f(x), reverse.grad(f)(x)
        for engine in ENGINES:
            y, found = engine.value_and_grad(f)(x)
            np.testing.assert_equal((y, found), (want, slope))
        for backend in BACKENDS:
            y, found = jit(tracing.value_and_grad(f), backend=backend)(x)
            np.testing.assert_equal((y, found), (want, slope))
    if np.isnan(x).any():
        np.testing.assert_array_equal(reverse.grad(np.median)(x), 0.0)


@pytest.mark.parametrize("f", [np.median, np.nanmedian, lambda x: np.nanquantile(x, 1.0)])
def test_the_median_of_nothing_is_nan_and_has_no_slope(f):
    ways = [engine.value_and_grad(f) for engine in ENGINES]
    for way in [*ways, jit(reverse.value_and_grad(f))]:
        y, g = way(np.zeros(0))
        assert np.isnan(y) and g.shape == (0,)


def test_second_derivatives_of_the_largest_singular_value_where_others_are_equal():
    u, v = np.array([0.3, -1.2, 0.7]), np.array([1.1, 0.4, -0.8])
    for A in (np.outer(u, v), np.outer(u, v[:2]), np.outer(u[:2], v), np.diag([2.0, 1.0, 1.0])):
        for f in (lambda A: np.linalg.norm(A, 2), lambda A: np.linalg.norm(A, 2) ** 2):
            entry = lambda g, A: g(A)[0, 0]  # noqa: E731
            want = numerical.grad(functools.partial(entry, numerical.grad(f)))(A)
            for outer, inner in ((reverse, reverse), (forward, reverse), (tracing, tracing)):
                have = outer.grad(functools.partial(entry, inner.grad(f)))(A)
                np.testing.assert_allclose(have, want, atol=1e-3)
    D = np.diag([3.0, 3.0, 1.0])
    want = reverse.hessian(lambda A: np.linalg.norm(A, -2))(D)
    assert np.isfinite(want).all()


def squared(A, flag):
    _u, s, _vt = np.linalg.svd(A, full_matrices=flag)
    return np.sum(s * s)


def both(A):
    return np.linalg.eigh(A)


def of_pair(A, flag):
    w, _v = both(A)
    t = np.linalg.eigh(A) if flag else np.linalg.eigh(A, "U")
    return np.sum(w**2) + np.sum(t[0] ** 3)


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("f", [squared, of_pair])
def test_vectors_that_nobody_reads_have_no_slope_in_source(f, flag):
    A = np.diag([2.0, 1.0, 1.0])
    want = reverse.grad(f)(A, flag)
    assert np.isfinite(want).all()
    np.testing.assert_allclose(source.grad(f)(A, flag), want)


# ------------------------------------------------------------ texts of what has no digits
WEIGHTS = {"w0": 1.0, "w1": 2.0}
KEYS = {
    "f-string": lambda x, i: x * WEIGHTS[f"w{i}"],
    "get": lambda x, i: x * WEIGHTS.get(f"w{i}", 7.0),
    "str": lambda x, i: x * WEIGHTS.get("w" + str(i), 7.0),
    "percent": lambda x, i: x * (2.0 if "w%s" % i in WEIGHTS else 5.0),  # noqa: UP031
    "format": lambda x, i: x * getattr(np, "sin{}".format(i), 9.0),  # noqa: UP032
    "join": lambda x, i: x * WEIGHTS.get("".join(["w", str(i)]), 7.0),
}


@pytest.mark.parametrize("f", KEYS.values(), ids=KEYS)
def test_a_traced_number_is_no_part_of_a_key(f):
    for compiled in (jit(f), jit(tracing.grad(f)), jit(reverse.grad(f))):
        with pytest.raises(ElfError, match=r"has no digits yet for a text.*static_argnums"):
            compiled(3.0, 1)
        with pytest.raises(ElfError, match=r"has no digits yet for a text"):
            compiled(3.0, 1.0)
    assert jit(f, static_argnums=1)(3.0, 1) == f(3.0, 1)
    assert jit(lambda x: f(x, 0) + f(x, 1))(3.0) == f(3.0, 0) + f(3.0, 1)


def test_a_text_of_a_value_decides_as_that_of_the_number(capsys):
    f = lambda x: x * (2.0 if str(x) == "3.0" else 5.0) * len(str(x))  # noqa: E731
    for engine in (forward, reverse, tracing):
        assert engine.grad(f)(3.0) == 6.0
    with pytest.raises(ElfError, match="no digits yet"):
        jit(f)(3.0)
    with pytest.raises(ElfError, match="the text of a value inside a derivative is no key"):
        reverse.grad(lambda x: x * WEIGHTS[f"w{x}"])(1.0)

    @jit
    def shown(x, n):
        print(x, n, f"{n} steps")
        return x * n

    assert shown(1.5, 2) == 3.0
    assert capsys.readouterr().out == "Tracer(float64) Tracer(int64) Tracer(int64) steps\n"


@pytest.mark.parametrize("package", ["mine", "torch_tools", "pipeline"])
def test_what_people_install_of_their_own_is_no_library(tmp_path, package):
    """Its blocks are followed, and it is told the types that values stand for."""
    file = tmp_path / "site-packages" / package / "__init__.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        "import numpy as np\n"
        "def f(x):\n"
        "    if isinstance(x, float) and x > 2:\n"
        "        return x**3\n"
        "    while x < 1:\n"
        "        x = x * 3\n"
        "    return np.sum(x) if isinstance(x, np.ndarray) else x / 4\n"
    )
    spec = importlib.util.spec_from_file_location(package, file)
    spec.loader.exec_module(module := importlib.util.module_from_spec(spec))
    for at, slope in ((2.5, 18.75), (1.5, 0.25), (0.2, 2.25)):
        for engine in (forward, reverse, source, tracing):
            assert abs(engine.grad(module.f)(at) - slope) < 1e-12, engine
        assert abs(jit(tracing.grad(module.f))(at) - slope) < 1e-12


def of_kinds(x):
    if x > 9 and isinstance(x, Iterable):
        return np.sum(x)
    if isinstance(x, (int, float)) and x > 2:
        return x**3
    while not isinstance(x, Sized) and x < 1:
        x = x * 3
    return x / 4 if isinstance(x, numbers.Real) else x * x


def of_abstract(x):
    parts = x if isinstance(x, Iterable) else [x, 2 * x]
    return sum(p * p for p in parts) * (3 if isinstance(x, (Sized, Container)) else 5)


@pytest.mark.parametrize("engine", [forward, reverse, source, tracing])
def test_isinstance_answers_as_for_plain_values_also_for_abstract_classes_and_in_blocks(engine):
    for at, slope in ((2.5, 18.75), (1.5, 0.25), (0.2, 2.25), (9.5, 270.75)):
        assert abs(engine.grad(of_kinds)(at) - slope) < 1e-12
        assert abs(jit(tracing.grad(of_kinds))(at) - slope) < 1e-12
    assert abs(engine.grad(of_abstract)(1.5) - 75) < 1e-12
    np.testing.assert_allclose(engine.grad(of_abstract)(np.array([1.5, 2.0])), [9, 12])
    assert abs(jit(of_abstract)(1.5) - 56.25) < 1e-12


@pytest.mark.parametrize("ufunc", [np.logical_and, np.logical_xor, np.hypot, np.subtract, np.fmin])
@pytest.mark.parametrize("dtype", [np.int16, bool, np.float32, float])
def test_reductions_by_a_ufunc_have_numpys_type_from_the_first_entry_on(ufunc, dtype):
    arrays = np.array([[5, 0, -3], [2, 0, 1]]).astype(dtype), np.zeros((0, 2), dtype)
    for method in ("reduce", "accumulate"):
        for x, axis in [(arrays[0], 0), (arrays[0], -1), (arrays[0][:, :1], 1), (arrays[1], 1)]:
            f = functools.partial(getattr(ufunc, method), axis=axis)
            if ufunc is not np.subtract or (dtype is not bool and np.size(x)):
                same(jit(f)(x), f(x), 1e-6)


def test_the_condition_of_zeros_is_infinite_under_jit_too():
    for x in (np.zeros((3, 3)), np.zeros((2, 1, 4)), np.stack([np.eye(2), np.zeros((2, 2))])):
        same(jit(np.linalg.cond)(x), np.linalg.cond(x))


BITS, SMALL = np.array([[True, False, True]] * 3), np.full((3, 3), 100, np.int8)


@pytest.mark.parametrize("n", [3, 60])  # small, and multiplied two by two
def test_truth_values_and_small_integers_beside_floats_are_floats_in_products(n):
    x = np.random.default_rng(n).normal(size=(n, n))
    bits, small = x > 0.3, np.full((n, n), 100, np.int8)
    for f, as_floats in (
        (
            lambda x: np.einsum("ij,jk,kl->il", bits, small, x),
            lambda x: np.einsum("ij,jk,kl->il", 1.0 * bits, 1.0 * small, x),
        ),
        (
            lambda x: np.einsum("ij,jk,kl->i", x > 0.2, x > 0.5, x),
            lambda x: np.einsum("ij,jk,kl->i", (x > 0.2) * 1.0, (x > 0.5) * 1.0, x),
        ),
        (lambda x: x * np.vecdot(x > 0.2, x > 0.5), lambda x: x * np.any((x > 0.2) & (x > 0.5), 1)),
        (lambda x: x * np.vecdot(small, small), lambda x: x * np.vecdot(small, small)),
    ):
        np.testing.assert_allclose(jit(f)(x), as_floats(x), rtol=1e-10)
        wanted = forward.grad(lambda x, f=as_floats: np.sum(np.sin(f(x))))(x)
        for engine in ENGINES:
            found = engine.grad(lambda x, f=f: np.sum(np.sin(f(x))))(x)
            np.testing.assert_allclose(found, wanted, atol=1e-7)


def test_a_product_whose_value_hangs_on_the_order_is_refused_and_the_advice_works():
    with pytest.raises(ElfError, match=r"give it floats, as in 1\.0 \* a"):
        reverse.grad(lambda x: np.sum(np.linalg.multi_dot([BITS, SMALL, x])))(np.eye(3))
    f = lambda x: np.sum(np.linalg.multi_dot([BITS, 1.0 * SMALL, x]))  # noqa: E731
    np.testing.assert_allclose(reverse.grad(f)(np.eye(3)), np.full((3, 3), 600.0))


@pytest.mark.parametrize("engine", ENGINES)
def test_infinite_cotangents_stay_where_they_belong(engine):
    x = np.zeros((2, 3, 2))
    g = engine.grad(lambda x: np.sum(np.sqrt(np.trace(x))))(x)
    assert np.isinf(g[[0, 1], [0, 1]]).all() and not g[[0, 0, 1, 1], [1, 2, 0, 2]].any()


def test_the_type_of_an_array_of_one_number_is_that_of_an_array_under_jit():
    f = lambda x: 2 * x if isinstance(x, np.ndarray) else 3 * x  # noqa: E731
    for x in (np.array(1.5), np.float64(1.5), 1.5, np.ones(2)):
        np.testing.assert_array_equal(jit(f)(x), f(x))
        wanted = reverse.grad(lambda x: np.sum(f(x)))(x)
        np.testing.assert_array_equal(jit(tracing.grad(lambda x: np.sum(f(x))))(x), wanted)


def test_what_numpy_refuses_of_empty_arrays_and_single_numbers_stays_refused():
    for ord in (-2, -1, -np.inf, 1, 2, "nuc"):
        f = functools.partial(np.linalg.norm, ord=ord)
        try:
            f(np.zeros((0, 0)))
        except ValueError:
            with pytest.raises(ValueError, match="zero-size"):
                reverse.grad(f)(np.zeros((0, 0)))
        else:
            assert reverse.grad(f)(np.zeros((0, 0))).shape == (0, 0)
    for engine in ENGINES:
        with pytest.raises(ValueError, match="too small"):
            engine.grad(lambda x: np.sum(np.gradient(x)))(np.ones(1))


def unsafe(x):
    y = np.log(x)
    return y if x > 0 else 2 * x


def unsafe_loop(x):
    y = 1 / x
    while x > 1:
        x = x * y
    return 3 * x


def unsafe_choice(x):
    y, z = np.log(x), 1 / x
    return cond(x > 0, lambda x, y, z: y + z, lambda x, y, z: 2 * x, x, y, z)


@pytest.mark.parametrize(("f", "slope"), [(unsafe, 2), (unsafe_loop, 3), (unsafe_choice, 2)])
def test_what_only_a_branch_not_run_has_read_pays_nothing(f, slope):
    for engine in (forward, reverse, tracing, source):
        assert engine.grad(f)(0.0) == slope
    for backend in BACKENDS:
        assert jit(tracing.grad(f), backend=backend)(0.0) == slope
        assert jit(tracing.value_and_grad(f), backend=backend)(0.0)[1] == slope


PRODUCTS = (
    [1e200, 1e200, 1e-300, 1e-300, 1e-300],  # in NumPy inf
    [1e-200, 1e-200, 1e300],  # in NumPy 0
    [1e-200, 1e-120, 1e250],  # in NumPy with few digits
    [1e-320, 1e10, 1e300], [0.0, 1e-200, -1e-200, 1e300], [1e-310, 2.0, 3.0],
    10.0 ** np.random.default_rng(0).uniform(-300, 300, 7),
)  # fmt: skip


@pytest.mark.parametrize("x", PRODUCTS)
def test_slopes_of_products_whose_steps_leave_the_floats_are_right(x):
    x, want = np.array(x), []
    for k in range(len(x)):
        exact = math.prod(map(Fraction, np.delete(x, k).tolist()))
        want.append(float(exact) if abs(exact) < 1.7e308 else np.inf)
    with np.errstate(all="ignore"):
        for engine in (forward, reverse, tracing):
            np.testing.assert_allclose(engine.grad(np.prod)(x), want, rtol=1e-11, atol=1e-322)
        rows = reverse.grad(lambda x: np.sum(np.prod(x, 1)))(np.stack([x, x[::-1]]))
        np.testing.assert_allclose(rows, [want, want[::-1]], rtol=1e-11, atol=1e-322)
