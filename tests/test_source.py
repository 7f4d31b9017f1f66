"""Source code transformation: what it covers, what it refuses, and what its source looks like."""

import inspect
import io
import linecache
import math
import pdb
import sys
import traceback

import numpy as np
import pytest

from elves import batching, core, forward, numerical, reverse, rules, source
from elves.errors import ElfError, InputError, NoRuleError, SourceError
from elves.rules import special
from elves.source.program import Program
from samples import SAMPLES, SYMMETRIC, TABLE
from test_rules import ELEMENTWISE, floats
from test_source_programs import function

ROWS = [rule for rule in TABLE if not rule.constant]
CASES = [
    pytest.param(rule, args, kwargs, id=f"{rule.name}-{k}")
    for rule in ROWS
    for k, (args, kwargs) in enumerate(SAMPLES.get(rule.function, []))
]


def written_with(rule, args, kwargs):
    """A function with readable source that calls a row's function on a sample, and its primals."""
    primals, fill = floats(args)
    names = [f"p{k}" for k in range(len(primals))]
    full = fill(names)
    scope = {"np": np, "function": rule.function, "options": kwargs}
    shown = []
    for k, a in enumerate(full):
        if isinstance(a, str) and a in names:
            value = primals[names.index(a)]
            if isinstance(value, list):  # a list of arrays: each one an argument of its own
                parts = [f"{a}_{j}" for j in range(len(value))]
                names[names.index(a)] = ", ".join(parts)
                shown.append(f"[{', '.join(parts)}]")
            else:
                shown.append(a)
        else:
            scope[f"c{k}"] = a
            plain = a is None or isinstance(a, (bool, int, str, tuple))
            shown.append(repr(a) if plain and "slice" not in repr(a) else f"c{k}")
    if rule.function in SYMMETRIC:
        shown[0] = "(p0 @ p0.T)"
    words = [f"{k}={v!r}" for k, v in kwargs.items() if v is not np.inf]
    scope["inf"] = np.inf
    words += [f"{k}=inf" for k, v in kwargs.items() if v is np.inf]
    value = rule.function(*args, **kwargs)
    many = isinstance(value, (list, tuple))
    wave = "np.tanh" if rule.function is np.sin else "np.sin"  # a wrong sign twice would be right
    text = f"def f({', '.join(names)}):\n    y = function({', '.join(shown + words)})\n"
    text += (
        "    total = 0.0\n"
        f"    for part in y:\n        total = total + np.sum({wave}(part))\n"
        "    return total\n"
        if many
        else f"    return np.sum({wave}(1.3 * y))\n"
    )
    flat = [part for p in primals for part in (p if isinstance(p, list) else [p])]
    f = function(text)
    f.__globals__.update(scope)
    return f, tuple(flat)


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_row(rule, args, kwargs):
    f, primals = written_with(rule, args, kwargs)
    everything = tuple(range(len(primals)))
    value, gradients = source.value_and_grad(f, everything)(*primals)
    assert value == pytest.approx(f(*primals), rel=1e-12)
    want = reverse.grad(f, everything)(*primals)
    for have, true in zip(gradients, want, strict=True):
        np.testing.assert_allclose(have, true, rtol=1e-9, atol=1e-12)
    vectors = tuple(np.cos(np.arange(1.0, np.size(p) + 1)).reshape(np.shape(p)) for p in primals)
    _, slope = source.jvp(f, primals, vectors)
    np.testing.assert_allclose(slope, forward.jvp(f, primals, vectors)[1], rtol=1e-9, atol=1e-12)


def corrupted(rule):
    """Ways to spoil a row: a wrong factor and a wrong sign, in one argument after the other."""
    if isinstance(rule, core.Elementwise):
        for i, partial in enumerate(rule.partials):
            for factor in (1.01, -1) if partial and partial is not special.unknown else ():
                wrong = (
                    (lambda y, *a, p=partial, k=factor: k * p(y, *a))
                    if callable(partial)
                    else factor * partial
                )
                yield "partials", (*rule.partials[:i], wrong, *rule.partials[i + 1 :])
    elif isinstance(rule, core.Linear):
        for i, transpose in enumerate(rule.transposes):
            if transpose:
                wrong = lambda *a, t=transpose, **kw: 1.01 * t(*a, **kw)  # noqa: E731
                yield "transposes", (*rule.transposes[:i], wrong, *rule.transposes[i + 1 :])
    elif isinstance(rule, core.Moves):
        for name in ("jvp", "vjp"):
            row = getattr(rule, name)
            yield name, lambda *a, row=row: 1.01 * row(*a)
    elif isinstance(rule, core.Custom):
        for name in ("_jvp", "_vjp") if rule._vjp else ("_jvp",):
            row = getattr(rule, name)
            yield name, lambda *a, row=row, **kw: 1.01 * row(*a, **kw)


@pytest.mark.parametrize("rule", [r for r in ROWS if not r.derived], ids=lambda rule: rule.name)
def test_a_corrupted_row_is_caught(rule, monkeypatch):
    for name, wrong in corrupted(rule):
        with monkeypatch.context() as patch:
            patch.setattr(rule, name, wrong)
            caught = 0
            for args, kwargs in SAMPLES[rule.function]:
                f, primals = written_with(rule, args, kwargs)
                everything = tuple(range(len(primals)))
                have = source.grad(f, everything)(*primals)
                true = numerical.grad(f, everything)(*primals)
                slope = source.jvp(f, primals, primals)[1]
                along = numerical.jvp(f, primals, primals)[1]
                caught += not (
                    all(np.allclose(*p, rtol=1e-4, atol=1e-6) for p in zip(have, true, strict=True))
                    and np.allclose(slope, along, rtol=1e-4, atol=1e-6)
                )
            assert caught, f"a wrong {name} of {rule.name} went unseen"


# ------------------------------------------------------------ the language


def smooth(u, k=2):
    for i in range(k):
        u = np.sin(u) * (i + 1)
    return u


def factorial_like(x, n):
    return 1.0 if n == 0 else x * n * factorial_like(x, n - 1)


def pair(u, w):
    return u * w, {"sum": u + w}


def straight(x):
    y = x * x
    y += 2.0
    y, z = y * x, y
    return y * z


def branches(x):
    if x > 2:
        y = x
    elif x > 1 and not x > 1.5:
        y = x**2
    else:
        return np.exp(x)
    return y * 3


def early(x):
    for i in range(10):
        if i == 1:
            continue
        x = x * 1.3
        if x > 4:
            return x * i
    return x


def nested(x):
    total = 0.0
    for i in range(4):
        k = 0
        while True:
            k += 1
            total = total + np.sin(x * k)
            if k > i or total > 2:
                break
        if total > 3:
            break
    return total


def zero_trips(x):
    y = x
    for _ in range(0):
        y = y * x
    while y > 100:
        y = y * y
    return y * 2


def inner_functions(x):
    k = 2.0

    def g(u):
        return u * x + k

    h = lambda t: g(t) * t  # noqa: E731
    return g(x) * h(x + 1)


def calls(x):
    y, more = pair(smooth(x), x)
    return y * more["sum"] + factorial_like(x, 4) + smooth(u=y, k=1)


def decorated_words(x):
    """A docstring, an assert, a message, a with block, and math's functions."""
    assert x > 0, f"{x} is not positive"
    if x < 0:
        raise ValueError("never")
    with np.errstate(all="ignore"):
        y = math.sin(x) + max(x, 0.2) + abs(-x)
    _ = f"{y:.2f}"
    return float(y) * x


def store(x):
    a = np.zeros(4)
    a[0] = x
    for i in range(1, 4):
        a[i] = np.sin(a[i - 1]) + a[i - 1] * x
    a[1:3] *= 2.0
    a[::2] += a[3]
    return np.sum(a * a)


def stacked(x):
    a = np.array([[x, x * x], [1.0, np.sin(x)]])
    return np.sum(a @ a)


def over_arrays(x):
    xs, total = np.stack([x, 2 * x, x * x]), 0.0
    for u in xs:
        total = total + u * u
    for k, (u, w) in enumerate(zip(xs, np.arange(3.0))):  # noqa: B905
        total = total + u * w * k
    return total


def starred_names(np_, elf=1.0):
    x_bar, stack, t = np_ * 2, np_ * elf, np_
    return x_bar * stack * t


def over_unlike_values(x):
    """Layers with weights of their own shapes: few turns, which stand one after the other."""
    layers = [(np.ones((2, 3)) * x, x), (np.eye(3, 2) * 0.3, np.ones(2)), (x * x, 0.5)]
    h = np.array([0.4, x])
    for k, (W, b) in enumerate(layers[:-1], 1):
        h = np.tanh(h @ W + k * b)
    for W, b in reversed(layers[1:]):
        h = np.sum(h) * W + b
    W, b = layers[-1]
    return np.sum(h) * W - b * layers[0][1]


def parts(x):
    """Entries of tuples and dicts, some of them written over, or used as a whole as well."""
    d, p = {"a": x, "b": (x * x, np.ones(2) * x), "c": 3}, (x, 2.0 * x, x**3)
    y = d["a"] * d["b"][0] + np.sum(d["b"][1]) + p[-1] * p[0] + sum(p[1:]) * d["c"]
    d["a"] = y * x
    if x > 1.5:
        d["b"] = (d["a"], d["b"][1] * 2.0)
    q = p[:2]
    for k in range(2):
        y = y + p[k] * q[1 - k] * d["a"]
    return y + d["a"] + d["b"][0] * np.sum(d["b"][1])


def axes_by_name(x):
    def centred(a, axis, keep=True):
        top = np.max(a, axis=axis, keepdims=keep)
        return a - top if keep else np.sum(top)

    a = np.stack([x * np.arange(1.0, 4.0), np.cos(x * np.arange(3.0))])
    y = centred(a, 0) * centred(a, axis=1) + a[0][np.newaxis, :] * a[:, 1, np.newaxis]
    return np.sum(y**2) + centred(a, -1, False) + centred(a, 0, False)


def named_on_the_way(x):
    """``:=`` where Python comes to it first, and perhaps again in each turn."""

    def square(u):
        return (v := u * x) * v

    total, k = 0.0, 0
    while (k := k + 1) < 6:
        if (y := np.sin(k * x)) > 0.9 and k > 1:
            total = total + y
            break
        elif (z := y * x) > 0.2:
            total = total + z * square(y)
    else:
        total = total - x
    for u in (us := [x, y]):
        total = total + u * us[1]
    return -((w := total * x) ** 2) + w * k + sum([v for u in us if (v := u * x) > 0.1])


LANGUAGE = [
    straight, branches, early, nested, zero_trips, inner_functions, calls, decorated_words, store,
    stacked, over_arrays, starred_names, over_unlike_values, parts, axes_by_name, named_on_the_way,
]  # fmt: skip


@pytest.mark.parametrize("f", LANGUAGE, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [0.7, 1.2, 1.7, 2.5])
def test_the_language(f, x):
    value, slope = source.value_and_grad(f)(x)
    want = numerical.grad(f)(x)
    assert value == pytest.approx(f(x), rel=1e-12)
    assert slope == pytest.approx(want, rel=1e-6, abs=1e-6)  # as exact as differences are
    assert source.jvp(f, (x,), (1.0,))[1] == pytest.approx(slope, rel=1e-12)
    assert source.vjp(f, x)[1](1.0)[0] == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize(
    "f", [f for f in LANGUAGE if f not in (stacked, parts)], ids=lambda f: f.__name__
)
def test_second_order(f):
    curvature = numerical.grad(source.grad(f))(1.2)
    assert source.hvp(f, (1.2,), (1.0,)) == pytest.approx(curvature, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("f", [straight, branches, early, nested, inner_functions])
def test_reverse_over_reverse(f):
    curvature = numerical.grad(source.grad(f))(1.2)
    assert source.grad(source.grad(f))(1.2) == pytest.approx(curvature, rel=1e-5, abs=1e-7)
    third = source.grad(source.grad(source.grad(lambda x: np.sin(x) * x**3)))(1.3)
    assert third == pytest.approx(
        reverse.grad(reverse.grad(reverse.grad(lambda x: np.sin(x) * x**3)))(1.3)
    )


NOTHING = None


def grown(x):
    rows = [x]
    while len(rows) < 4:
        rows.append(np.sin(rows[-1]) * x[:, None][:, 0])
    y = np.stack(rows)
    rows[1] = rows[2] * 2.0
    return np.sum(y * y, axis=NOTHING) + np.sum(rows.pop() * rows[1])


def test_what_is_written_needs_no_tape():
    """It knows the shapes, so nothing is asked at run time, and numbers of lists are added up."""
    x = np.array([0.3, -1.2, 0.8])
    assert source.grad(grown)(x) == pytest.approx(numerical.grad(grown)(x), rel=1e-6)
    for f, args in (
        (over_unlike_values, (0.7,)), (parts, (0.7,)), (axes_by_name, (0.7,)), (grown, (x,)),
        (lambda x: np.sum(np.median(x, axis=1) ** 2), (np.ones((3, 5)),)),
        (lambda x: np.sum(np.cumprod(x) * np.cumsum(x)), (x,)),
        (lambda x: np.sum(np.linalg.norm(x, axis=1)), (np.ones((3, 2)),)),
        (lambda xs: sum(a * b for a, b in zip(xs[1:], xs[:-1], strict=True)), ([0.3, 0.7, 2.0],)),
    ):  # fmt: skip
        text = source.show(f, *args)
        assert "pullback" not in text and "transpose(" not in text.replace("np.transpose(", "")


def test_numbers_trees_and_defaults_find_their_program_again():
    def f(p, X, *, k=2):
        return np.sum(X) * p["a"] ** k + p["b"][0]

    def g(xs, n=3, way="up"):
        return xs[0] ** n * xs[1] if way == "up" else xs[1]

    both = source.value_and_grad(f)
    X = np.arange(3.0)
    for a, b in ((1.5, [2.0]), (2.5, [3.0]), (2.5, [np.float64(1.0)])):
        assert both({"a": a, "b": b}, X) == (3 * a**2 + b[0], {"a": 6 * a, "b": [1.0]})
    assert both({"a": 2.0, "b": (1.0,)}, X)[1] == {"a": 12.0, "b": (1.0,)}
    assert both({"a": 2.0, "b": [1.0]}, X, k=3)[1] == {"a": 36.0, "b": [1.0]}
    slope = source.grad(g)
    assert slope([2.0, 5.0]) == [60.0, 8.0] and slope([3.0, 5.0]) == [135.0, 27.0]
    assert slope([2.0, 5.0], 2) == [20.0, 4.0] and slope([2.0, 5.0], 2, "down") == [0.0, 1.0]
    g.__defaults__ = (1, "up")
    assert slope([2.0, 5.0]) == [5.0, 2.0]
    with pytest.raises(InputError):
        slope([2, 5.0])


def test_arguments_are_not_changed():
    def f(x, w):
        x[0] = w[1] * x[1]
        w[1] = 3.0
        x *= 2.0
        return np.sum(x * w)

    x, w = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    gx, gw = source.grad(f, (0, 1))(x, w)
    np.testing.assert_array_equal(x, [1, 2])
    np.testing.assert_array_equal(w, [3, 4])
    np.testing.assert_allclose(gx, [0, 2 * 4 * 3 + 2 * 3])
    np.testing.assert_allclose(gw, [2 * 4 * 2, 2 * 2 * 3])


def first(x, v):
    v[0] = x
    return np.sum(v * v)


def running(x, v):
    if x > 0:
        v[0] = x * v[1]
    for k in range(2):
        v[k + 1] += v[k] * x
    return np.sum(v * v) * x


def renamed(x, v):
    w = v
    w[1:] *= x
    return np.sum(w) * v[1]


@pytest.mark.parametrize("f", [first, running, renamed], ids=lambda f: f.__name__)
def test_an_argument_that_does_not_vary_may_be_assigned_into(f):
    v = np.array([0.3, 0.7, 1.1])
    want = numerical.grad(lambda x: f(x, v.copy()))(0.6)
    assert source.grad(f)(0.6, v) == pytest.approx(want)
    assert source.jvp(f, (0.6, v), (1.0, np.zeros(3)))[1] == pytest.approx(want)
    assert source.grad(f, (1, 0))(0.6, v)[1] == pytest.approx(want)
    np.testing.assert_array_equal(v, [0.3, 0.7, 1.1])


SLICED = [
    lambda x: np.sum(x[1:] ** 2), lambda x: np.sum(x[:2] * x[1:]) * x[0],
    lambda x: np.sum(np.insert(x[:2] ** 2, 1, x[0])),
    lambda x: np.sum(np.outer(x, x)[:, ::-1] ** 3),
]  # fmt: skip


@pytest.mark.parametrize("f", SLICED)
def test_other_engines_walk_a_gradient_with_slices(f):
    x = np.array([0.3, 0.7, 1.1])
    want = forward.jvp(forward.grad(f), (x,), (x,))[1]
    np.testing.assert_allclose(forward.jvp(source.grad(f), (x,), (x,))[1], want)
    np.testing.assert_allclose(reverse.vjp(source.grad(f), x)[1](x)[0], want)
    stack = np.stack([x, 2 * x])
    each = [source.grad(f)(row) for row in stack]
    np.testing.assert_allclose(batching.vmap(source.grad(f))(stack), each)


def entries(lib, x):
    return x[lib.array([2, 0, 0]), lib.array([1, 1, 0])] * x[0]


def test_an_index_of_several_arrays_of_which_nothing_is_known():
    """The gradient adds to these entries: they are no list that becomes an array."""
    x = np.linspace(0.3, 0.9, 9).reshape(3, 3)
    f = lambda x: np.sum(np.sin(entries(np, x)))  # noqa: E731
    want = forward.jvp(reverse.grad(f), (x,), (x,))[1]
    np.testing.assert_allclose(source.hvp(f, (x,), (x,)), want)


def ordered(x):
    return np.sort(x) * x + np.take(x, np.array([0, 1, 1]))


def test_whole_numbers_that_a_call_keeps_for_its_way_back_stand_still():
    x, f = np.array([0.3, 0.9, 0.5]), lambda x: np.sum(np.sin(ordered(x)))
    want = forward.jvp(reverse.grad(f), (x,), (x,))[1]
    np.testing.assert_allclose(source.hvp(f, (x,), (x,)), want)
    np.testing.assert_allclose(source.vjp(source.grad(f), x)[1](x)[0], want)


@pytest.mark.parametrize("shape", [(3, 4), (1, 3), (3, 1), (1, 1)])
def test_sizes_of_one(shape):
    f = function("def f(x):\n    y = np.squeeze(x[:, :1]) * x[0, 0]\n    return np.sum(y * x)\n")
    g = function("def f(x):\n    return np.sum(np.squeeze(x) * x + x * x[:1])\n")
    x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    for each in (f, g) if shape[1] == 1 or shape == (1, 3) else (g,):
        np.testing.assert_allclose(source.grad(each)(x), reverse.grad(each)(x))


def test_sizes_that_depend_on_entries():
    f = function("def f(x):\n    y = np.extract(x > 2, x)\n    return np.sum(np.sin(y) * x)\n")
    g = function("def f(x, n):\n    y = np.arange(n) * x\n    return np.sum(y * np.cos(x))\n")
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(source.grad(f)(x), reverse.grad(f)(x))
    for n in (1, 3):
        np.testing.assert_allclose(source.grad(g)(x, n), reverse.grad(g)(x, n))


def test_gradients_share_no_memory():
    def f(a, b):
        return np.sum(a + b) + np.sum(a * W)

    W = np.ones(2)
    first, second = source.grad(f, (0, 1))(np.ones(2), np.ones(2))
    first += 1
    np.testing.assert_array_equal(second, [1, 1])
    np.testing.assert_array_equal(W, [1, 1])


def test_trees():
    def f(p, x):
        for W, b in p["layers"]:
            x = np.tanh(W @ x + b)
        return np.sum(x) * p["scale"]

    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(2)]
    p = {"layers": layers, "scale": 0.5}
    have = source.grad(f)(p, np.ones(3))
    want = reverse.grad(f)(p, np.ones(3))
    assert have["scale"] == pytest.approx(want["scale"])
    for (a, b), (c, d) in zip(have["layers"], want["layers"], strict=True):
        np.testing.assert_allclose(a, c)
        np.testing.assert_allclose(b, d)


def test_outer_values_are_looked_up_at_each_call():
    f = function("scale = 2.0\ndef f(x):\n    return x * scale\n")
    g = source.grad(f)
    assert g(1.0) == 2.0
    f.__globals__["scale"] = 5.0
    assert g(1.0) == 5.0
    f.__globals__["scale"] = np.array(7.0)
    assert g(1.0) == 7.0


def test_a_name_that_shadows_numpy():
    f = function("import numpy\ndef f(np, x):\n    return numpy.sin(np) * x\n")
    assert source.grad(f)(0.5, 2.0) == pytest.approx(2 * np.cos(0.5))


@pytest.mark.parametrize("engine", [forward, reverse, numerical])
def test_other_engines_walk_generated_source(engine):
    want = numerical.grad(source.grad(early))(1.2)
    assert engine.grad(source.grad(early))(1.2) == pytest.approx(want, rel=1e-4)
    assert source.grad(engine.grad(lambda x: np.sin(x) * x**2))(1.2) == pytest.approx(
        reverse.grad(reverse.grad(lambda x: np.sin(x) * x**2))(1.2), rel=1e-5
    )


# ------------------------------------------------------------ the source


def test_the_source_runs_on_its_own():
    for f in (straight, branches, early, nested, store, calls):
        text = source.show(f, 1.2)
        scope = {}
        exec(text, scope)
        assert scope[f"grad_of_{f.__name__}"](1.2) == pytest.approx(source.grad(f)(1.2))
        assert text.count("import ") <= 3
        assert "# line" in text


def test_inactive_and_dead_code_is_left_out():
    def f(x, n):
        unused = np.exp(x)  # noqa: F841
        k = n * n + 1
        return x * k

    text = source.show(f, 1.0, 2.0)
    assert "exp" not in text and "k_bar" not in text and "n_bar" not in text


@pytest.mark.skipif(sys.platform == "emscripten", reason="NumPy raises no LinAlgError there")
def test_tracebacks_show_generated_lines():
    f = function("def f(x):\n    y = np.linalg.inv(x)\n    return np.sum(y)\n")
    with pytest.raises(np.linalg.LinAlgError) as caught:
        source.grad(f)(np.zeros((2, 2)))
    assert "y = np.linalg.inv(x)" in "".join(traceback.format_tb(caught.value.__traceback__))


def test_generated_functions_have_source():
    made = source.program_of(straight, ("x",), {"x": source.kind_of_value(1.0)}, "grad")
    assert "def grad_of_straight(x)" in inspect.getsource(made.run)


def test_a_cell_that_runs_again_is_transformed_again():
    for factor in (2.0, 3.0):
        text = f"def f(x):\n    return x * {factor}\n"
        linecache.cache["<cell>"] = (len(text), None, text.splitlines(True), "<cell>")
        scope = {}
        exec(compile(text, "<cell>", "exec"), scope)
        assert source.grad(scope["f"])(1.0) == factor


def test_a_helper_that_is_defined_again_is_transformed_again():
    f = function("def h(x):\n    return x * 2.0\ndef f(x):\n    return h(x)\n")
    g = source.grad(f)
    assert g(1.0) == 2.0
    f.__globals__["h"] = function("def h(x):\n    return x * 3.0\n", "h")
    assert g(1.0) == 3.0


CELLS = [
    "import numpy as np\nfrom elves import source",
    "def h(x):\n    return x * 2.0",
    "def f(x):\n    a = np.zeros(2)\n    a[0] = h(x)\n    return a[0] * x",
    "g = source.grad(f)\nprint(g(3.0))",
    "def h(x):\n    return x * 5.0",
    "print(g(3.0), source.grad(lambda x: h(x) * x)(3.0))",
    "def f(x):\n    return np.sin(h(x))",
    "print(source.show(f, 3.0))",
    "%timeit -n1 -r1 g(3.0)",
]


def test_cells_of_a_notebook(tmp_path):
    nbformat = pytest.importorskip("nbformat")  # not in a browser's Python
    NotebookClient = pytest.importorskip("nbclient").NotebookClient
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, CELLS)))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    text = ["".join(o.get("text", "") for o in cell.outputs) for cell in notebook.cells]
    assert text[3].split() == ["12.0"]
    assert text[5].split() == ["30.0", "30.0"]
    assert "# line 2: return np.sin(h(x))" in text[7] and "# line 2: return x * 5.0" in text[7]


def test_the_debugger_steps_through_generated_lines():
    seen = io.StringIO()
    made = source.program_of(straight, ("x",), {"x": source.kind_of_value(1.0)}, "grad")
    debugger = pdb.Pdb(stdin=io.StringIO("next\n" * 4 + "p y_2_bar\ncontinue\n"), stdout=seen)
    debugger.use_rawinput = False
    debugger.runcall(made.run, 1.2)
    y = 1.2**2 + 2.0
    assert "-> y = x * x" in seen.getvalue()
    assert f"(Pdb) {y * 1.2 + y * 1.2}" in seen.getvalue()


# ------------------------------------------------------------ when it goes wrong

REFUSED = {
    "a = {k: x * k for k in range(3)}\n    return sum(a[k] for k in a)": "a tuple of keys",
    "d = {'a': x}\n    if x > 1:\n        d['b'] = x\n    return sum(d.values())": "tuple of keys",
    "if x > 0:\n        import math\n    return x": "above the function",
    "d = {'a': x}\n    for k in ['a']:\n        d[k + 'b'] = x\n    return sum(d.values())":
        "a tuple of keys",
    "t = (x, x)\n    return t[0] if isinstance(t, tuple) else t**2": "ask isinstance",
    "return functools.partial(np.multiply, 2.0)(x)": "own name",
    "return DOUBLE(x)": "write a def",
    "try:\n        y = x\n    except ValueError:\n        y = 2 * x\n    return y": "try",
    "y = x or 1.0\n    return y": "and/or",
    "global G\n    G = x\n    return x": "global",
    "y = x * np.ones(2)\n    z = y[:1]\n    z += 1.0\n    return np.sum(y)": "same memory",
    "y = x * np.ones(2)\n    y.sort()\n    return y[0]": "in place",
    "OUT[0] = x\n    return x": "outside",
    "a = []\n    t = (a, 1.0)\n    a.append(x)\n    return t[0][0]": "append would change t too",
    "a = np.zeros(2)\n    d = {'a': a}\n    a[0] = x\n    return d['a'][0]": "change d too",
    "a = b = np.zeros(2)\n    c = a[:1]\n    b[0] = x\n    return c[0]": "change c too",
    "xs = [x] * x\n    return xs[0]": "an operator on a list",
    "t = 0.0\n    for u, k in zip(reversed([x, 2 * x]), [1, 2]):\n        t += u * k\n    return t":
        "reversed inside",
    "return x + (n := x * x) * n": "NamedExpr",
    "return x if x > 3 or (n := x) > 0 else n": "NamedExpr",
    "t = x\n    t += (t := x * x)\n    return t": "NamedExpr",
    "k = 0\n    while (k := k + 1) < 5:\n        if k == 2:\n            continue\n"
    "        x = x * k\n    return x": "line of its own",
    "OUT.k += x\n    return x": "assign to a name",
    "yield x": "Yield",
}  # fmt: skip

ALIASES = {
    "two names at once": "a = b = np.zeros(2)\n    a[0] = x\n    return b[0] * x",
    "lists, one after the other": "xs = [x] + [2 * x]\n    return xs[1] * x",
    "a list as an array": "return np.max([x, x * x]) * x",
    "an entry that is assigned twice": "a = np.zeros(2)\n    a[[0, 0]] = np.array([x, x * x])\n"
        "    return np.sum(a * a)",
    "backwards": "t = 0.0\n    for u in reversed([x, x * x]):\n        t = t * x + u\n    return t",
    "a factor that the way back overwrites": "s = x * x\n    w = s + 1\n    for i in range(2):\n"
        "        w = w * x\n    return w * s",
    "an array that the way back restores": "a = x * np.ones(2)\n    b = a * 1.0\n    b[0] = x * x\n"
        "    w = np.sin(a)\n    w[1] = x\n    return np.sum(w * b)",
}  # fmt: skip


# What Python has several words for: each becomes one that was there before.
AS_OTHERS = {
    "the else of a loop": "for k in range(3):\n        x = x * 2\n    else:\n        x += 1\n"
        "    return x",
    "else and break": "t = x\n    for k in range(9):\n        t = t * x\n        if t > 3 * k:\n"
        "            break\n        if k > 5:\n            return t\n    else:\n        t = t**2\n"
        "    return t * x",
    "a break in an else": "t = x\n    for k in range(4):\n        for j in range(k):\n"
        "            t = t * x\n            if j > 1:\n                break\n        else:\n"
        "            if t > 2.5:\n                break\n            continue\n        t = t + x\n"
        "    else:\n        t = t**2\n    return t",
    "while and else": "while x < 3:\n        x = x * 1.7\n    else:\n        x /= 2\n    return x",
    "the keys of a dict": "d = {'a': x, 'bc': x * x}\n    t = x\n    for k in d:\n"
        "        t = t + len(k) * d[k]\n    return t",
    "what is in a dict": "d = {'a': x, 'bc': x * x}\n    t = 0.0\n    for k, u in d.items():\n"
        "        if k == 'bc':\n            continue\n        t = t + u * len(k)\n"
        "    return t + sum(u**2 for u in d.values())",
    "a dict of a dict": "d = {'a': x, 'bc': x * x}\n    for _ in range(3):\n"
        "        d = {k: u + 0.1 * u**2 for k, u in d.items() if k != 'z'}\n"
        "    return sum([u * len(k) for k, u in sorted(d.items())])",
    "dicts in dicts": "d = dict({'b': x}, a=x**2)\n    e = {**d, 'c': x**3}\n"
        "    e['a'] = e['b'] * e['c']\n    a, b, c = e.values()\n    return a * 2 + b * c",
    "an entry that is not there": "d = {'a': x}\n    return d.get('b', 2.0) * d.get('a') * x",
    "numbers for keys": "d = {k: x**k for k in range(4)}\n    return d[1] * d[3] + d[2]",
    "a list of the caller's": "d = {'a': x, 'b': x * x}\n    xs = [d[k] for k in d]\n"
        "    return xs[0] * xs[1]",
    "a generator": "a, b = (x**k for k in range(1, 3))\n    return a + b * x",
    "an import": "import math\n    from numpy import tanh as th\n    import scipy.special\n"
        "    return th(x) * math.pi + scipy.special.erf(x)",
    "reduce": "import functools\n    from functools import reduce\n"
        "    y = functools.reduce(np.add, [x, x], 1.0)\n"
        "    return reduce(lambda a, b: a * x + b, [x, x**2, 3.0]) * y",
    "a type": "def double(t):\n        if isinstance(t, dict):\n"
        "            return double(t['a']) * 2\n        if isinstance(t, (list, tuple)):\n"
        "            return sum(t) * 3\n        return t**2\n"
        "    return double({'a': x}) + double((x, x)) + double(x)",
}  # fmt: skip


@pytest.mark.parametrize("body", AS_OTHERS.values(), ids=AS_OTHERS)
def test_what_python_has_other_words_for(body):
    f = function(f"def f(x):\n    {body}\n")
    for x in (0.6, 1.3, 1.9):
        want = pytest.approx(numerical.grad(f)(x), rel=1e-6)
        assert source.grad(f)(x) == want
        assert source.jvp(f, (x,), (1.0,))[1] == want


@pytest.mark.parametrize("body", ALIASES.values(), ids=ALIASES)
def test_names_of_the_same_value(body):
    f = function(f"def f(x):\n    {body}\n")
    want = pytest.approx(numerical.grad(f)(1.3), rel=1e-6)
    assert source.grad(f)(1.3) == want
    assert source.jvp(f, (1.3,), (1.0,))[1] == want


def test_an_outer_name_that_is_gone():
    f = function("scale = 2.0\ndef f(x):\n    return x * scale\n")
    g = source.grad(f)
    assert g(1.0) == 2.0
    del f.__globals__["scale"]
    with pytest.raises(NameError, match="scale"):
        g(1.0)


@pytest.mark.parametrize(("body", "words"), REFUSED.items(), ids=lambda v: v[:12])
def test_refused_in_one_sentence(body, words):
    outer = "import functools\nOUT = np.zeros(2)\nDOUBLE = functools.partial(np.multiply, 2.0)\n"
    f = function(f"{outer}def f(x):\n    {body}\n")
    with pytest.raises(SourceError, match=words) as caught:
        source.grad(f)(1.3)
    assert "\n" not in str(caught.value) and "Line " in str(caught.value)


def test_other_sentences():
    with pytest.raises(NoRuleError, match=r"Line \d+ of f: np.unwrap"):
        source.grad(function("def f(x):\n    return np.unwrap(x)[0]\n"))(np.ones(2))
    with pytest.raises(SourceError, match="source of f cannot be read"):
        scope = {"np": np}
        exec("def f(x):\n    return x\n", scope)
        source.grad(scope["f"])(1.0)
    with pytest.raises(InputError, match="floats"):
        source.grad(straight)(3)
    with pytest.raises(InputError, match="returned None"):
        source.grad(function("def f(x):\n    y = x\n"))(1.0)
    for f in ("wish", len):
        with pytest.raises(ElfError):
            source.grad(f)(1.0)


def test_every_elementwise_row_becomes_a_line():
    assert len(ELEMENTWISE) > 50
    for rule in ELEMENTWISE:
        if "scipy" not in rule.name and "polygamma" not in rule.name:
            assert "transpose" not in source.show(rule.function, *[0.5] * rule.arity)


@pytest.mark.parametrize("product", [lambda u, v: u * v, lambda *uv: uv[0] * uv[1]])
def test_a_primitive_without_a_name(product):
    """Its parameters may be called as they like."""
    logit, times = rules.primitive(lambda p: np.log(p / (1 - p))), rules.primitive(product)
    rules.Elementwise(logit, lambda y, x: 1 / (x * (1 - x)))
    rules.Elementwise(times, lambda y, a, b: b, lambda y, a, b: a)
    assert source.grad(logit)(0.25) == pytest.approx(16 / 3)
    assert source.grad(source.grad(logit))(0.25) == pytest.approx(-128 / 9)
    assert source.grad(times, 1)(2.0, 3.0) == 2.0
    assert source.value_and_grad(times, (0, 1))(2.0, 3.0) == (6.0, (3.0, 2.0))
    assert source.grad(lambda x: times(logit(x), x))(0.5) == pytest.approx(2.0)
    del core.RULES[logit], core.RULES[times]


def scaled(factor, shift=0.0):
    def f(x, power=2.0):
        return factor * np.sin(x) ** power + shift

    return f


def test_a_closure_that_is_made_anew_is_not_transformed_anew(monkeypatch):
    made, running = [], source.running
    monkeypatch.setattr(running, "Program", lambda *args: made.append(args) or Program(*args))
    monkeypatch.setattr(running, "_programs", {})
    for factor in (2.0, 3.0, -1.5):
        slope = source.grad(scaled(factor))(0.7)
        assert slope == pytest.approx(factor * 2 * np.sin(0.7) * np.cos(0.7))
    assert len(made) == 1
    first, second = source.value_and_grad(scaled(2.0)), source.value_and_grad(scaled(5.0, 1.0))
    for _ in range(2):  # in turn, each with what it closes over
        assert first(0.7)[0] == pytest.approx(2 * np.sin(0.7) ** 2)
        assert second(0.7)[0] == pytest.approx(5 * np.sin(0.7) ** 2 + 1)
    assert source.grad(scaled(np.ones(3)[0]))(0.7) == pytest.approx(np.sin(1.4))
    several = scaled(np.arange(3.0))
    many = source.jvp(lambda x: np.sum(several(x)), (0.7,), (1.0,))[1]
    assert many == pytest.approx(3 * np.sin(1.4))
    f = scaled(2.0)
    f.__defaults__ = (3.0,)
    assert source.grad(f)(0.7) == pytest.approx(6 * np.sin(0.7) ** 2 * np.cos(0.7))


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def f(self, x):
        return np.sin(self.factor * x)


def test_methods_of_several_objects_in_turn():
    objects = [Scaled(2.0), Scaled(3.0)]
    slopes = [source.grad(each.f) for each in objects]
    for _ in range(2):
        for each, slope in zip(objects, slopes, strict=True):
            want = each.factor * np.cos(each.factor * 0.5)
            assert slope(0.5) == source.grad(each.f)(0.5) == pytest.approx(want)
        objects[0].factor += 1.5


WEIGHT = [2.0, np.array([1.0, 3.0])]


@pytest.mark.parametrize("k", [0, 1])
def test_a_pullback_is_of_what_was_outside_then(k, monkeypatch):
    def f(x):
        return np.sum(np.sin(weight * x) * weight)

    weight = WEIGHT[k]
    _, pullback = source.vjp(f, 1.0)
    (want,) = pullback(1.0)
    if k:
        weight[:] = 7.0  # in place
    else:
        weight = 7.0
    _, other = source.vjp(f, 1.0)
    assert other(1.0)[0] == pytest.approx(np.sum(np.cos(weight) * weight**2))
    assert pullback(1.0)[0] == want
    assert other(1.0)[0] == pytest.approx(np.sum(np.cos(weight) * weight**2))
