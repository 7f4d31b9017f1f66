"""What tracing promises: programs one can read, transformations that compose, compiled code."""

import importlib
import operator
import sys
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from types import SimpleNamespace

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checking import check as check_program
from elves import (
    core,
    digits,
    errors,
    forward,
    numerical,
    reverse,
    rules,
    source,
    static_graph,
    symbolic,
    trees,
)
from elves.checkpointing import checkpoint, hook
from elves.tracing import (
    algebra,
    buffers,
    cond,
    conditions,
    control,
    emit,
    fori_loop,
    fuse,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jit,
    jvp,
    linearize,
    make_ir,
    optimize,
    orders,
    passes,
    scan,
    sparse,
    sparse_hessian,
    sparse_jacobian,
    spelling,
    trace,
    transpose,
    transposing,
    value_and_grad,
    vjp,
    vmap,
    while_loop,
)  # fmt: skip
from elves.tracing.ir import Equation, Var
from samples import SYMMETRIC
from test_rules import CASES, floats
from test_source_programs import Writer, function

compiling = importlib.import_module("elves.tracing.compile")

EYE, F4 = np.eye(2), np.float32
pytestmark = pytest.mark.usefixtures("checked_programs")
TWO = np.array([1.0, 2.0])


def wish(x):
    return np.sin(x) * x**2


def chain(x):
    return np.sum(np.tanh(x) * np.sin(x) + x**2)


def same(have, want, **options):
    want = np.asarray(want) if isinstance(have, np.ndarray) else want
    have, want = trees.leaves(have), trees.leaves(want)
    assert len(have) == len(want)
    for a, b in zip(have, want, strict=True):
        np.testing.assert_allclose(a, b, **({"rtol": 1e-10, "atol": 1e-11} | options))
        assert np.shape(a) == np.shape(b)


# ------------------------------------------------------------ every row of the table


@pytest.mark.parametrize(
    ("rule", "args", "kwargs"),
    [case for case in CASES if case.values[0].function is not np.unique],  # no shape to compile for
)
def test_every_row_compiled(rule, args, kwargs):
    primals, fill = floats(args)

    def f(*values):
        if rule.function in SYMMETRIC:
            values = [values[0] @ values[0].T]
        y = rule.function(*fill(values), **kwargs)
        return sum(np.sum(np.sin(1.3 * part)) for part in trees.leaves(y))

    everything = tuple(range(len(primals)))
    want = reverse.value_and_grad(f, everything)(*primals)
    same(value_and_grad(f, everything)(*primals), want)
    program = jit(value_and_grad(f, everything))
    for _ in range(2):
        same(program(*primals), want)
    plain = jit(value_and_grad(f, everything), passes=())
    same(plain(*primals), want)


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_a_spoiled_row_is_caught(rule, args, kwargs, monkeypatch):
    """A row's JVP, and the transpose of a linear one, decide about the gradient."""
    primals, fill = floats(args)
    if rule.derived or not primals:
        return

    def f(*values):
        if rule.function in SYMMETRIC:
            values = [values[0] @ values[0].T]
        return sum(np.sum(np.sin(y)) for y in trees.leaves(rule.function(*fill(values), **kwargs)))

    slopes = grad(f, tuple(range(len(primals))))
    want = np.concatenate([np.ravel(g) for g in trees.leaves(slopes(*primals))])
    for name in ("jvp", "vjp")[: 1 + isinstance(rule, (core.Linear, core.Moves))]:
        right, used = getattr(rule, name), []
        with monkeypatch.context() as patch:
            patch.setattr(rule, name, lambda *a, f=right, n=used: n.append(1) or 1.01 * f(*a))
            have = np.concatenate([np.ravel(g) for g in trees.leaves(slopes(*primals))])
        assert used or not np.any(want)
        assert not np.allclose(have, want, rtol=1e-4, atol=0) or np.allclose(want, 0)


# ------------------------------------------------------------ IR


def test_an_ir_is_typed_and_runs():
    ir = trace(lambda p, n: {"y": np.sum(p["W"] @ p["x"]) * n}, {"W": np.eye(2), "x": TWO}, 3)
    assert repr(ir) == (
        f"(a: float64[2, 2], b: float64[2], c: {np.dtype(int)}):\n"
        "    d: float64[2] = np.matmul(a, b)\n"
        "    e: float64 = np.sum(d)\n"
        "    f: float64 = np.multiply(e, c)\n"
        "    return {'y': f}"
    )
    assert ir({"W": np.eye(2), "x": TWO}, 2) == {"y": 6.0}
    assert ir._repr_markdown_().startswith("```python")
    with pytest.raises(errors.InputError, match="arguments must have"):
        ir({"W": np.eye(3), "x": TWO}, 2)


def test_constants_are_kept_as_they_were():
    w = np.ones(2)
    ir = trace(lambda x: np.sum(x * w), TWO)
    f = jit(lambda x: x * w)
    f(TWO)
    w *= 7
    assert ir(TWO) == 3.0
    np.testing.assert_array_equal(f(TWO), TWO)


def test_the_result_of_an_ir_is_nobody_elses():
    x, table = TWO.copy(), np.arange(3.0)
    ir = trace(lambda x: (x, x[::-1], np.broadcast_to(x, (2, 2)), table), x)
    for _ in range(2):
        for y in ir(x):
            y *= 0
    same((x, *ir(x)[2:]), (TWO, np.array([TWO, TWO]), np.arange(3.0)))


def test_names_do_not_collide_with_keywords():
    def f(x):
        for k in range(900):
            x = np.abs(np.sin(x) + k)
        return x

    for x in (0.3, TWO):
        same(jit(f, passes=())(x), f(x))
    names = set(trace(f, 0.3).names().values())
    assert {"z", "aa", "zz", "aaa"} < names
    assert names.isdisjoint({"as", "if", "np", "and", "not", "abs"})


def test_lists_beside_arrays():
    for f in (lambda x: x // [2.0, 1.0], lambda x: np.where(x > [0.5, 2.5], x, 0.0)):
        same(jit(f)(TWO), f(TWO))


def test_linearize_and_transpose():
    _, f_dot = linearize(lambda x: np.sin(x) * 2.0, TWO)
    same(f_dot(np.ones(2)), 2 * np.cos(TWO))
    same(transpose(f_dot)(np.ones(2)), (2 * np.cos(TWO),))
    same(vjp(np.sin, TWO)[1](np.ones(2)), (np.cos(TWO),))
    A = np.arange(6.0).reshape(2, 3)
    same(transpose(lambda x, y: A @ x - y / 2, np.ones(3), np.ones(2))(TWO), (A.T @ TWO, -TWO / 2))
    wrong = [
        lambda x: x * x, np.sin, lambda x: x + 1.0, lambda x: 2.0 / x, lambda x: x % 1.0,
        lambda x: np.concatenate([x, np.ones(1)]), lambda x: np.maximum(x, 0.0),
    ]  # fmt: skip
    for f in wrong:
        with pytest.raises(errors.InputError, match=r"not linear"):
            transpose(f, TWO)


def test_python_may_branch_on_what_is_not_traced():
    def f(x, n):
        return x**2 if n > 2 else x

    assert grad(lambda x: x if x > 2 else -x)(1.0) == -1.0  # the primal is a number here
    assert jit(grad(f), static_argnums=1)(3.0, 5) == 6.0
    assert jit(grad(f), static_argnums=(1,))(3.0, 1) == 1.0


BY_TEXT = [  # `jit` reads the text of these, and answers
    (lambda x: x if np.sum(x) > 0 else -x, errors.ConversionError, "cond.*source"),
    (lambda x: float(x[0]), errors.ConversionError, r"leave float\(\) out"),
    (lambda x: np.zeros(3)[np.argsort(x)], errors.ConversionError, "rules.pick"),
]
WRONG = [
    (lambda x: x[x > 0], errors.ConversionError, r"np\.where instead"),
    (lambda x: np.repeat(x, np.argsort(x)), errors.ConversionError, "static_argnums"),
    (lambda x: np.unwrap(x), errors.NoRuleError, "np.unwrap"),
    (lambda x: x.at, AttributeError, "at"),
    (lambda x: "text", errors.InputError, "returned str"),
]


@pytest.mark.parametrize(("f", "kind", "words"), [*WRONG, *BY_TEXT])
def test_one_clear_sentence(f, kind, words):
    by_text = any(f is g for g, _, _ in BY_TEXT)
    for run in (lambda x, f=f: trace(f, x), jit(f))[: 1 if by_text else 2]:
        with pytest.raises(kind, match=words) as caught:
            run(TWO)
        assert str(caught.value).count("\n") == 0


def test_the_checker_sees_what_is_wrong():
    ir = make_ir(lambda x: np.sum(np.sin(x) * x), TWO)
    check_program(ir)
    first, *rest = ir.equations
    unread = ir.but(rest, ir.outputs)
    twice = ir.but([first, *ir.equations], ir.outputs)
    other = ir.but(ir.equations, [make_ir(np.sin, TWO).outputs[0]])
    wrong = Equation(first.rule, first.args, {}, Var((3,), np.dtype(float)))
    mistyped = ir.but([wrong], [wrong.out])
    for program, words in ((unread, "before it has"), (twice, "twice"), (other, "before it has"),
                           (mistyped, "np.sin gives")):  # fmt: skip
        with pytest.raises(errors.GraphError, match=words):
            check_program(program)


def test_a_leaked_tracer():
    leaked = []
    jit(lambda x: leaked.append(x) or x * 2)(1.0)
    for use in (
        lambda: leaked[0] + 1,
        lambda: np.sin(leaked[0]),
        lambda: jit(lambda x: x + leaked[0])(1.0),
    ):
        with pytest.raises(errors.GraphError, match="has left the function"):
            use()


def test_an_ir_inside_jit():
    """A program that is traced while another one is: its constants may be tracers."""

    def f(x):
        inner = trace(lambda y: np.sin(y) * x, x)
        assert "np.sin" in repr(inner)
        return inner(x * 2.0)

    same(jit(f)(TWO), np.sin(2 * TWO) * TWO)
    same(jit(grad(lambda x: np.sum(jit(f)(x))))(TWO), 2 * np.cos(2 * TWO) * TWO + np.sin(2 * TWO))


def test_transformations_to_a_depth_of_six():
    slope = np.sin
    for k in range(6):
        slope = jit(grad(slope)) if k % 2 else grad(jit(slope))
    for f in (slope, jit(slope), lambda x: vmap(slope)(np.array([x]))[0]):
        assert f(0.3) == pytest.approx(-np.sin(0.3))


def test_wrong_arguments_of_jit():
    with pytest.raises(errors.InputError, match="list of some of"):
        jit(wish, passes=("magic",))
    with pytest.raises(errors.InputError, match="knows the backends"):
        jit(wish, backend="cuda")
    with pytest.raises(errors.InputError, match="static_argnums"):
        jit(lambda x, name: x)(1.0, "name")


# ------------------------------------------------------------ jit


def test_more_sentences():
    with pytest.raises(errors.InputError, match="must be hashable"):
        jit(lambda n, x: x, static_argnums=0)([1], 2.0)
    with pytest.raises(errors.InputError, match="one condition"):
        jit(lambda x: cond(x > 0, lambda: x, lambda: -x))(TWO)
    with pytest.raises(errors.InputError, match="one length"):
        scan(lambda c, x: (c, x), 1.0, 3.0)
    with pytest.raises(errors.InputError, match="by one array"):
        sparse_jacobian(lambda x: x)((1.0, 2.0))
    with pytest.raises(errors.ConversionError, match=r"that x\[index\] gives"):
        jit(lambda x, n: x[n:])(TWO, 1)


SENTENCES = [  # calls, and what their sentences say
    (lambda: vmap(np.sin, out_axes=None)(TWO), "out_axes"),
    (lambda: vmap(np.sin, out_axes="a")(TWO), "out_axes"),
    (lambda: vmap(np.sin, out_axes=1)(TWO), "out_axes"),
    (lambda: jit(vmap(np.sin, out_axes=-2))(TWO), "out_axes"),
    (lambda: vmap(lambda x: (x, x), out_axes=(0, 0))(TWO), "out_axes"),
    (lambda: vmap(np.sin)([1.0, 2.0]), r"np\.array"),
    (lambda: vmap(np.sin, 1)(TWO), r"axis 1 of an array of shape \(2,\)"),
    (lambda: fori_loop(0, 2.5, lambda i, x: x, 1.0), "counts"),
    (lambda: fori_loop(0.0, 2, lambda i, x: x, 1.0), "counts"),
    (lambda: fori_loop(0, np.array([2]), lambda i, x: x, 1.0), "counts"),
    (lambda: jit(lambda n: fori_loop(0, n, lambda i, x: x, 1.0))(2.5), "counts"),
    (lambda: fori_loop(0, 2, None, 1.0), "fori_loop needs functions"),
    (lambda: jit(np.sin, static_argnums="x"), "static_argnums"),
    (lambda: jit(np.sin, static_argnums=(0.5,)), "static_argnums"),
    (lambda: jit(np.sin, static_argnums=None), "static_argnums"),
    (lambda: jit(np.sin, static_argnums=1)(TWO), "static_argnums"),
    (lambda: cond(True, None, np.sin, 1.0), "cond needs functions"),
    (lambda: cond(TWO > 1, np.sin, np.cos, 1.0), "cond needs one condition"),
    (lambda: jit(lambda x: cond(x > 0, None, np.sin, x))(1.0), "cond needs functions"),
    (lambda: jit(lambda x: cond(x > 0, x, x))(1.0), "cond needs functions"),
    (lambda: scan(None, 1.0, TWO), "scan needs functions"),
    (lambda: while_loop(lambda x: x < 1, 2.0, 1.0), "while_loop needs functions"),
    (lambda: hvp(np.sin, 1.3, 1.0), r"hvp\(f, \(x,\), \(v,\)\)"),
    (lambda: hvp(np.sin, (1.3,), 1.0), r"hvp\(f, \(x,\), \(v,\)\)"),
    (lambda: reverse.hvp(np.sin, 1.3, 1.0), r"hvp\(f, \(x,\), \(v,\)\)"),
    (lambda: trace(3, TWO), "Only functions"),
    (lambda: trace(np.sin, {1.0}), "name an argument of jit that can be hashed in static_argnums"),
    (lambda: trace(wish, TWO)(), r"must have the shape \(\(2,\),\), not \(\)"),
    (lambda: trace(wish, TWO)(TWO, TWO), r"must have the shape \(\(2,\),\)"),
    (lambda: trace(wish, TWO)("ab"), "must have the shape"),
    (lambda: cond(lambda x: x > 0, np.sin, np.cos, 1.0), "cond needs one condition"),
    (lambda: cond("no", np.sin, np.cos, 1.0), "cond needs one condition"),
    (lambda: while_loop(lambda x: None, np.sin, 1.0), "one condition"),
    (lambda: while_loop(lambda x: x < 1, np.sin, TWO), "one condition"),
    (lambda: vmap(lambda x: while_loop(lambda x: x < 1, np.sin, x))(EYE), "one condition"),
    (lambda: scan(lambda c, _: (c, c), 0.0, length=2.0), "length= as an int"),
    (lambda: scan(lambda c, _: (c, c), 0.0, length=-1), "length= as an int"),
    (lambda: scan(lambda c, x: (c, x), 0.0, range(5)), "arrays of one length"),
    (lambda: scan(lambda c, x: (c, x), 0.0, [1.0, 2.0]), "arrays of one length"),
    (lambda: scan(lambda c, x: (c, x), 0.0, 100), "arrays of one length"),
    (lambda: scan(lambda c, x: (c, (x, None)), 0.0, TWO), "no None in y"),
    (
        lambda: jit(lambda x: cond(x > 0, lambda: (x, None), lambda: (x, x)))(1.0),
        "numbers in the same places",
    ),
    (lambda: optimize(trace(wish, TWO), ["shared"]), "list of some of"),
    (lambda: optimize(trace(wish, TWO), "share"), "list of some of"),
    (lambda: optimize(3), "needs an IR"),
    (lambda: jit(wish, passes=None), "list of some of"),
    (lambda: jit(np.mean)(np.ma.array(TWO, mask=[0, 1])), "MaskedArray"),
    (lambda: jit(lambda x: x + None)(TWO), "got NoneType None"),
    (lambda: jit(grad(lambda x: x * x))(3), "astype"),
    (lambda: jvp(lambda x: None, (1.0,), (1.0,)), "forget its return"),
    (lambda: linearize(lambda x: None, 1.0), "forget its return"),
    (lambda: grad(wish, TWO)(TWO), "not grad"),
]


SPARSE_SENTENCES = [
    (lambda: sparse_jacobian(3)(TWO), "Only functions"),
    (lambda: sparse.pattern("f", TWO), "Only functions"),
    (lambda: sparse_jacobian(lambda x: None)(TWO), "forget its return"),
    (lambda: sparse_jacobian(lambda x: (x, x))(TWO), "returns one array"),
    (lambda: sparse_hessian(np.sin)(TWO), "returns one number"),
    (lambda: sparse.pattern(np.sin, 3), "3.0 instead of 3"),
    (lambda: sparse.pattern(np.sin, (1.0, 2.0)), "by one array"),
    (lambda: sparse_hessian(np.sum)("ab"), "needs floats"),
    (lambda: jit(sparse_jacobian(np.sin))(TWO), "hold numbers alone"),
    (lambda: vmap(sparse_jacobian(np.sin))(np.ones((2, 2))), "hold numbers alone"),
    (lambda: jvp(sparse_jacobian(np.sin), (TWO,), (TWO,)), "hold numbers alone"),
    (lambda: vjp(sparse_jacobian(np.sin), TWO), "hold numbers alone"),
]


@pytest.mark.parametrize(("call", "words"), SPARSE_SENTENCES)
def test_a_sentence_for_wrong_arguments_of_sparse(call, words):
    pytest.importorskip("scipy")
    with pytest.raises(errors.ElfError, match=words) as caught:
        call()
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize(("call", "words"), SENTENCES)
def test_a_sentence_for_wrong_arguments(call, words):
    with pytest.raises(errors.InputError, match=words) as caught:
        call()
    assert str(caught.value).count("\n") == 0


def test_named_tuples_of_one_name():
    one, other = namedtuple("N", "a"), namedtuple("N", "b c")
    names = [namedtuple(name, "d") for name in ("a", "np", "float", "p0", "math")]

    def f(p, x):
        y = np.sin(x) * p["w"]
        return one(other(one(y), x)), other(x, {"k": [k(y) for k in names]}), (y,), ()

    for x in (1.3, TWO):
        have, want = jit(f)({"w": 2.0}, x), f({"w": 2.0}, x)
        same(have, want)
        assert type(have[0]) is one and type(have[0].a) is other and type(have[0].a.b) is one
        assert [type(k) for k in have[1].c["k"]] == names and have[3] == ()


def test_methods_and_words():
    class Model:
        scale = 3.0

        @staticmethod
        def f(x, mode="up"):
            return x * (2 if mode == "up" else 5)

        run = jit(lambda self, x: x * self.scale, static_argnums=0)

    assert Model().run(2.0) == 6.0
    assert jit(Model.f)(1.0, mode="down") == 5.0 and jit(Model.f)(1.0, mode="up") == 2.0


def test_one_program_for_each_kind_of_arguments():
    count = []
    f = jit(lambda x: count.append(1) or np.sin(x))
    for x in (1.0, 2.0, np.ones(2), TWO, np.ones(3), np.ones(3, np.float32), np.float32(1), (1.0,)):
        if not isinstance(x, tuple):
            np.testing.assert_allclose(f(x), np.sin(x), rtol=1e-6)
            assert np.result_type(f(x)) == np.result_type(np.sin(x))
    assert len(count) == 5
    assert f.source.startswith("def compiled(")


def test_trees_keywords_and_static_arguments():
    Layer = namedtuple("Layer", "W b")

    def f(layer, x, *, scale=1.0, names=("a",)):
        return Layer(layer.W * scale, {"sum": [x + layer.b, None]})

    g = jit(f)
    have = g(Layer(TWO, 3.0), 2.0, scale=5.0)
    assert type(have) is Layer and have.b == {"sum": [5.0, None]}
    np.testing.assert_array_equal(have.W, 5 * TWO)
    assert jit(lambda n, x: x * n, static_argnums=0)(2, 3.0) == 6.0
    named = jit(lambda n, x: x if type(n) is bool else -x, static_argnums=0)
    assert (named(1, 3.0), named(True, 3.0)) == (-3.0, 3.0)  # equal, but not the same
    same(jit(lambda p: p["b"] - p["a"])({"a": 1.0, "b": 5.0}), 4.0)
    same(jit(lambda p: p["b"] - p["a"])({"b": 5.0, "a": 1.0}), 4.0)


def test_results_are_fresh():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    functions = [
        lambda x: x, lambda x: (x, x), lambda x: x.T, lambda x: x[0], lambda x: np.ravel(x),
        lambda x: (x + 1.0, (x + 1.0).T), lambda x: np.broadcast_to(x[0] * 2, (2, 2)),
        lambda x: np.reshape(x * 2, (4,)), lambda x: np.ones(2) + 0 * np.sum(x), lambda x: C,
        lambda x: np.einsum("ij->ji", x * 2.0), lambda x: np.diagonal(x * 1.5),
        jacfwd(lambda x: x * x),
    ]  # fmt: skip
    for f in functions:
        g = jit(f)
        want = [np.array(a) for a in trees.leaves(f(x))]
        for _ in range(2):
            have = trees.leaves(g(x))
            same(have, want)
            assert not any(np.shares_memory(a, b) for a, b in combinations([x, *have], 2))
            for a in have:
                if np.ndim(a):
                    a *= 0  # writeable, and nobody else's
            same(x, [[1.0, 2.0], [3.0, 4.0]])


C = np.arange(3.0)


@pytest.mark.skipif(sys.platform == "emscripten", reason="a browser has no threads")
def test_calls_do_not_share_buffers():
    f = jit(value_and_grad(chain))
    arrays = [np.full(50_000, k / 100) for k in range(24)]
    want = [reverse.value_and_grad(chain)(x) for x in arrays]
    with ThreadPoolExecutor(8) as pool:
        for have, w in zip(pool.map(f, arrays), want, strict=True):
            same(have, w)
    g = jit(lambda x: f(f(x)[1])[0] + f(x)[0])  # nested calls
    same(g(arrays[3]), chain(reverse.grad(chain)(arrays[3])) + chain(arrays[3]))


def test_numpy_at_the_edge_of_the_domain():
    edges = [
        (np.log, -1.0), (np.log, 0.0), (np.sqrt, -1.0), (np.exp, 1e4), (np.sin, np.inf),
        (np.arcsin, 2.0), (lambda x: 1 / x, 0.0), (lambda x: x / x, 0.0), (lambda x: x**-1.5, 0.0),
        (lambda x: x**0.5, -2.0), (np.cosh, 1e4), (np.arctanh, 1.0), (np.log1p, -1.0),
        (lambda x: np.power(x, x), -0.5), (lambda x: np.float64(2.0) ** (x * 1e6), 1.0),
        (lambda x: np.where(x > 0, np.log(x), -x), -1.0), (lambda x: np.maximum(x, 0.0), np.nan),
    ]  # fmt: skip
    for f, x in edges:
        with np.errstate(all="ignore"):
            want = float(f(np.float64(x)))
            for y in (x, np.float64(x), np.array(x)):
                np.testing.assert_equal(jit(f)(y), want)
                np.testing.assert_equal(jit(f, passes=())(y), want)
            assert type(jit(f)(1.0)) is float


def test_float32_stays():
    x = np.ones(3, np.float32)
    value, gradient = jit(value_and_grad(lambda x, s: np.sum(np.sin(x * s) * 2.0)))(x, 3.0)
    assert (value.dtype, gradient.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(gradient, 6 * np.cos(np.float32(3)) * x, rtol=1e-6)


def test_numbers_of_other_types_stay_what_they_are():
    n, x = np.array([1, 2], np.uint8), np.linspace(0.1, 0.9, 3)
    f = jit(lambda n: (-n) * 3)
    np.testing.assert_array_equal(f(n), (-n) * 3)
    tenth, thirds = np.float32(0.1), np.ones(3, np.float32) / 3
    for g in (lambda x: x * tenth * tenth, lambda x: thirds * (x * 3.0), lambda x: -x * tenth + x):
        np.testing.assert_allclose(jit(g)(x), g(x), rtol=1e-15)


def test_integers_and_booleans():
    f = jit(lambda n, m: (n // 2, n % 3, n * m, m > 0, np.where(m > 0, n, -n)))
    have = f(7, np.array([-1, 5]))
    want = (7 // 2, 7 % 3, 7 * np.array([-1, 5]), np.array([False, True]), np.array([-7, 7]))
    same(have, want)


@pytest.mark.skipif(sys.platform == "emscripten", reason="NumPy raises no LinAlgError there")
def test_an_exception_leaves_nothing_behind():
    f = jit(lambda x: np.linalg.inv(x))
    with pytest.raises(np.linalg.LinAlgError):
        f(np.zeros((2, 2)))
    same(f(np.eye(2) * 2), np.eye(2) / 2)
    with pytest.raises(ValueError, match=r"broadcast|mismatch"):
        jit(lambda x: x + np.ones(3))(TWO)


def test_the_digits_learn_the_same():
    want = digits.train(reverse.value_and_grad, steps=5)
    step = jit(value_and_grad(digits.loss))
    have = digits.train(lambda loss: step, steps=5)
    np.testing.assert_allclose(have, want, rtol=1e-10)


# ------------------------------------------------------------ other engines inside and outside


@pytest.mark.parametrize("engine", [forward, reverse, numerical])
def test_programs_inside_other_engines(engine):
    rtol = 1e-5 if engine is numerical else 1e-10
    want = reverse.grad(reverse.grad(wish))(1.3)
    for program in (
        jit(grad(wish)),
        grad(jit(wish)),
        jit(reverse.grad(wish)),
        jit(forward.grad(wish)),
    ):
        same(engine.grad(program)(1.3), want, rtol=rtol)
    same(jit(engine.grad(grad(wish)))(1.3), want, rtol=1e-4)
    closure = engine.grad(lambda x: jit(lambda y: x * y * y)(2.0))(3.0)
    same(closure, 4.0, rtol=1e-6)


@given(
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=4), st.integers(0, 3), st.integers(-3, 3),
    st.randoms(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_vmap_over_any_axis(shape, in_axis, out_axis, random):
    in_axis %= len(shape)
    out_axis = 0 if len(shape) == 1 else out_axis % len(shape)
    x = np.random.default_rng(random.randrange(1000)).uniform(-1, 1, shape)
    weights = np.random.default_rng(1).uniform(-1, 1, np.delete(shape, in_axis))

    def f(row, w):
        return np.sin(row) * np.sum(row * w)

    rows = np.moveaxis(x, in_axis, 0)
    want = np.moveaxis(np.stack([f(r, weights) for r in rows]), 0, out_axis)
    mapped = vmap(f, (in_axis, None), out_axis)
    same(mapped(x, weights), want)
    same(jit(mapped)(x, weights), want)
    slopes = np.stack([reverse.grad(lambda r: np.sum(f(r, weights)))(r) for r in rows])
    per_row = vmap(grad(lambda r: np.sum(f(r, weights))), in_axis)
    same(per_row(x), slopes)
    same(jit(per_row)(x), slopes)


# ------------------------------------------------------------ control flow


def test_control_flow_runs_and_differentiates():
    def steps(x, n):
        return fori_loop(0, n, lambda i, y: np.sin(y) * x + i, x)

    def unrolled(x, n):
        y = x
        for i in range(n):
            y = np.sin(y) * x + i
        return y

    for g in (grad, lambda f: jit(grad(f)), lambda f: grad(jit(f)), forward.grad, reverse.grad):
        same(g(lambda x: steps(x, 5))(0.7), reverse.grad(lambda x: unrolled(x, 5))(0.7))
    traced_bound = jit(lambda x, n: jvp(lambda x: steps(x, n), (x,), (1.0,))[1])
    same(traced_bound(0.7, 5), reverse.grad(lambda x: unrolled(x, 5))(0.7))
    same(vmap(lambda x: steps(x, 3))(TWO), [unrolled(x, 3) for x in TWO])
    same(
        hessian(lambda x: np.sum(steps(x, 3)))(TWO),
        reverse.hessian(lambda x: np.sum(unrolled(x, 3)))(TWO),
    )


def test_cond_under_a_batch_selects():
    def f(x):
        return cond(x > 1.5, lambda: x**2, lambda: -x)

    for g in (vmap(grad(f)), jit(vmap(grad(f))), vmap(jit(grad(f)))):
        same(g(TWO), [-1.0, 4.0])
    same(jit(f)(3.0), 9.0)
    same(reverse.grad(jit(f))(3.0), 6.0)


def test_the_other_branch_of_cond_stays_in_it():
    """Where a branch has no value, neither it nor its slope is computed."""

    def f(x):
        return cond(x > 0, lambda x: np.sqrt(x) * np.log(x), lambda x: x * x, x)

    with np.errstate(all="raise"):
        for g in (grad, forward.grad, lambda f: jit(grad(f)), lambda f: jit(forward.grad(f))):
            assert g(f)(-2.0) == -4.0
        assert jit(grad(grad(f)))(-2.0) == 2.0
        same(jit(grad(f))(3.0), reverse.grad(lambda x: np.sqrt(x) * np.log(x))(3.0))
        closing = jit(grad(lambda x: cond(x > 0, lambda: np.sqrt(x), lambda: x * x)))
        assert (closing(-2.0), closing(4.0)) == (-4.0, 0.25)


def reaching_out():
    """Branches that come by w in other ways than as an operand; the first has no value below 0."""
    below = lambda w: w * w  # noqa: E731

    def by_helper(w):
        helper = lambda v: np.sqrt(w) * v  # noqa: E731
        return cond(w > 0, lambda: helper(1.0), lambda: below(w))

    def by_attribute(w):
        p = SimpleNamespace(w=w)
        return cond(w > 0, lambda: np.sqrt(p.w), lambda: below(p.w))

    def in_a_branch(w):
        at = [w]
        inner = lambda: cond(at[0] > 1, lambda: np.sqrt(at[0]), lambda: np.log(at[0]))  # noqa: E731
        return cond(w > 0, inner, lambda: cond(at[0] < 9, lambda: below(at[0]), inner))

    def by_transformation(w):
        inside = lambda: grad(lambda v: jit(lambda u: np.sqrt(w) * u * u)(v))(w)  # noqa: E731
        return cond(w > 0, inside, lambda: jvp(lambda v: v**3 / 12, (w,), (4.0,))[1])

    return [
        by_helper, by_attribute, in_a_branch, by_transformation,
        lambda w: cond(w > 0, lambda at=[w]: np.sqrt(at[0]), lambda: below(w)),
        lambda w: cond(w > 0, lambda v=w: np.sqrt(v), lambda: below(w)),
        lambda w: cond(w > 0, lambda: fori_loop(0, 2, lambda i, x: x * w**0.5, w), lambda: w * w),
        lambda w: cond(w > 0, lambda: np.sum(vmap(lambda i: np.sqrt(w) * i)(TWO)), lambda: w * w),
    ]  # fmt: skip


@pytest.mark.parametrize("f", reaching_out())
def test_what_a_branch_reaches_stays_in_it(f):
    ways = [lambda f: jit(grad(f)), lambda f: grad(jit(f)), lambda f: jit(grad(jit(f))),
            lambda f: jit(forward.grad(f)), lambda f: reverse.grad(jit(f))]  # fmt: skip
    with np.errstate(all="raise"):
        for way in ways:
            assert way(f)(-2.0) == -4.0
        assert jit(f)(-2.0) == 4.0
    for x in (-2.0, 2.3):
        same(jit(grad(f))(x), numerical.grad(f)(x), rtol=1e-6)
        with np.errstate(all="ignore"):  # here both run
            same(jit(reverse.grad(f))(x), numerical.grad(f)(x), rtol=1e-6)
        same(jit(vmap(grad(f)))(np.array([2.3]))[0], numerical.grad(f)(2.3), rtol=1e-6)
    assert core.BRANCH.get() is None


BOTH_RUN = [  # ways to f's slope on which both branches of cond run
    lambda f: jit(reverse.grad(f)), static_graph.grad, lambda f: static_graph.grad(jit(f)),
    lambda f: jit(symbolic.grad(f)), symbolic.grad,
    lambda f: lambda x: vmap(reverse.grad(f))(np.array([x, 4.0]))[0],
    lambda f: lambda x: reverse.grad(lambda z: np.sum(vmap(f)(z)))(np.array([4.0, x]))[1],
    lambda f: lambda x: jit(grad(lambda z: np.sum(vmap(f)(z))))(np.array([4.0, x]))[1],
    lambda f: lambda x: grad(jit(lambda z: np.sum(vmap(f)(z))))(np.array([x, 4.0]))[0],
    lambda f: lambda x: grad(lambda w: np.sum(vmap(lambda z: f(w + z))(np.zeros(1))))(x),
]  # fmt: skip


@pytest.mark.parametrize("way", BOTH_RUN)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_branch_that_is_not_chosen_adds_no_slope(way):
    """Also where it runs, outside of its domain; as in JAX."""

    def f(x):
        inner = lambda: cond(x < -1, lambda: np.arcsin(x), lambda: np.sqrt(x) * np.log(x))  # noqa: E731
        return cond(x > 0, inner, lambda: x * x)

    assert way(f)(-2.0) == -4.0
    same(way(f)(2.3), numerical.grad(f)(2.3), rtol=1e-6)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_branch_that_is_not_chosen_adds_no_curvature():
    f = lambda x: cond(x > 0, np.sqrt, lambda x: x**3, x)  # noqa: E731
    z = np.array([-2.0, 4.0])
    for slope in (grad, reverse.grad):
        both = lambda z, g=slope: np.sum(vmap(g(f))(z) * z)  # noqa: E731
        for g in (slope(both), jit(slope(both))):
            same(g(z), [36.0, 0.125])
    same(jit(reverse.hessian(f))(-2.0), -12.0)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_weights_of_a_branch_of_each_member():
    """What all the members have in common gets its slope from those that choose it."""

    def f(w):
        member = lambda z: cond(z > 0, lambda: np.sqrt(w * z), lambda: w * z)  # noqa: E731
        return np.sum(vmap(member)(np.array([-2.0, 4.0])))

    for g in (grad(f), jit(grad(f)), reverse.grad(f), forward.grad(f)):
        same(g(4.0), -1.5)


def test_a_checkpoint_in_a_branch():
    def f(w):
        return cond(w > 0, lambda: checkpoint(np.sin)(hook(w, print)), lambda: w * w)

    for way in (jit(reverse.grad(f)), jit(grad(f)), reverse.grad(jit(f))):
        same(way(2.0), np.cos(2.0))


def test_while_loop_goes_both_ways():
    def newton(a):
        return while_loop(lambda x: np.abs(x * x - a) > 1e-12, lambda x: (x + a / x) / 2, a)

    assert newton(2.0) == pytest.approx(2**0.5)
    by_linearize = lambda x: linearize(newton, x)[1](1.0)  # noqa: E731
    slopes = forward.grad(newton), jacfwd(newton), by_linearize
    for slope in (*slopes, *map(jit, slopes), lambda x: vmap(jacfwd(newton))(x * np.ones(1))[0]):
        assert slope(2.0) == pytest.approx(0.5 / 2**0.5)
    assert linearize(newton, 2.0)[0] == newton(2.0)
    grow = lambda v: while_loop(lambda x: np.sum(x) < 50, lambda x: x * x[::-1] * v + 1, v)  # noqa: E731
    for slope in (jacfwd(grow), jit(jacfwd(grow))):
        same(slope(TWO), forward.jacobian(grow)(TWO))
    same(vmap(newton)(np.array([2.0, 9.0, 16.0])), [2**0.5, 3, 4])
    doubled = vmap(lambda a: while_loop(lambda x: x < 100.0, lambda x: x * 2, a))
    for f in (doubled, jit(doubled)):  # each member stops by itself
        same(f(np.array([1.0, 3.0, 200.0])), [128, 192, 200])
    same(jit(vmap(newton))(np.array([2.0, 9.0])), [2**0.5, 3])
    curved = -0.25 * 2**-1.5
    for slope in (grad(newton), jit(grad(newton)), grad(jit(newton))):
        assert slope(2.0) == pytest.approx(0.5 / 2**0.5)
    for second in (grad(grad(newton)), hessian(newton), jacfwd(grad(newton))):
        assert second(2.0) == pytest.approx(curved)
    same(vmap(grad(newton))(np.array([2.0, 9.0, 25.0])), [0.5 / 2**0.5, 1 / 6, 0.1])
    same(jacrev(grow)(TWO), forward.jacobian(grow)(TWO))
    same(jit(jacrev(lambda v: grow(v)[0]))(TWO), forward.jacobian(grow)(TWO)[0])
    for wrong, at in ((jit(hessian(newton)), 2.0), (jit(vmap(grad(newton))), TWO)):
        with pytest.raises(errors.InputError, match="leave jit out, or use fori_loop"):
            wrong(at)


def test_scan_sentences_and_edges():
    last, ys = scan(lambda c, x: (c + x["a"], {"y": c}), 0, {"a": TWO}, reverse=True)
    assert last == 3.0
    np.testing.assert_array_equal(ys["y"], [2.0, 0.0])
    assert scan(lambda c, _: (c * 2, None), 1.0, length=3) == (8.0, None)
    assert scan(lambda c, x: (c + x, c), 1.0, np.zeros(0))[1].shape == (0,)
    with pytest.raises(errors.InputError, match="must give back"):
        scan(lambda c, x: ((c, c), x), 1.0, TWO)
    with pytest.raises(errors.InputError, match="must return a pair"):
        scan(lambda c, x: c, 1.0, TWO)
    with pytest.raises(errors.InputError, match="one length"):
        scan(lambda c, x: (c, x), 1.0)
    with pytest.raises(errors.InputError, match="both branches of cond"):
        jit(lambda x: cond(x > 0, lambda: TWO, lambda: np.ones(3)))(1.0)
    with pytest.raises(errors.InputError, match="both branches of cond"):
        jit(lambda x: cond(x > 0, lambda: x, lambda: (x, x)))(1.0)


def test_results_of_control_flow_are_fresh():
    x, xs = np.ones(2), np.ones((3, 2))
    runs = [
        lambda: cond(True, lambda x: {"a": (x, x.T)}, np.sin, x),
        lambda: cond(False, np.sin, lambda: x), lambda: fori_loop(0, 0, lambda i, x: x + i, x),
        lambda: scan(lambda c, v: (c, v), x, xs), lambda: scan(lambda c, v: (v, x), x, xs),
        lambda: scan(lambda c, v: ((c[1], c[0]), v), (x, x), xs),
        lambda: scan(lambda c, v: (c, v), x, xs[:0]),
        lambda: while_loop(lambda x: False, np.sin, x),
    ]  # fmt: skip
    for run in runs:
        have = trees.leaves(run())
        assert not any(np.shares_memory(a, b) for a, b in combinations([x, xs, *have], 2))
        for a in have:
            a *= 7
        assert np.all(x == 1) and np.all(xs == 1)


def test_dicts_in_another_order():
    """A key is what it is, wherever in its dict a body puts it."""
    turned = lambda d, k=1.0: {"b": d["b"], "a": d["a"] * k}  # noqa: E731
    start, three = {"a": 1.0, "b": 5.0}, np.ones(3)
    f = jit(lambda x: cond(x > 0, lambda d: d, turned, start))
    assert (f(1.0), f(-1.0)) == (start, start)
    g = jit(lambda x: cond(x > 0, lambda: {"a": x, "b": None}, lambda: {"b": None, "a": -x}))
    assert g(1.0) == g(-1.0) == {"a": 1.0, "b": None}
    assert scan(lambda d, v: (turned(d, 2.0), None), start, three)[0] == {"a": 8.0, "b": 5.0}
    assert while_loop(lambda d: d["a"] < 3, lambda d: turned(d, 2.0), start)["a"] == 4.0
    assert fori_loop(0, 2, lambda i, d: turned(d, 2.0), start) == {"a": 4.0, "b": 5.0}


# ------------------------------------------------------------ passes


def read_through_a_view(y):
    v, z = y[1:], np.sin(y)  # z must not overwrite y: v is a part of it
    return np.sum(v * z[1:]) + np.sum(z)


def whole_and_turned(x):
    """Axes of length 1, all of an array by an index, flips, and choices that are known."""
    m = np.reshape(x, (2, 1, 2)) ** 2
    turned = np.transpose(m, (1, 0, 2)) + np.moveaxis(m, 2, 0) * np.swapaxes(m, 0, 2)
    back = np.sin(m)[::-1] * m[:, ::-1] + np.flip(np.flip(np.cos(m), 0), 2) * np.flip(np.flip(m))
    known = np.where([True, True], x[:2], x[2:]) * np.where([False, True], x[:2], x[2:])
    part = np.where(x > 0.5, np.broadcast_to(np.sum(x), (4,)), x)[:, None][..., 0]
    back = back * rules.pick(m, (slice(None, None, -1), slice(None)))
    return np.sum(turned[0, :, 1] * 2) + np.sum(back[:, 0] * known) + np.sum(part**3)


def programs():
    A = np.random.default_rng(0).normal(size=(4, 4))
    x = np.random.default_rng(1).uniform(0.3, 0.9, 4)
    functions = [
        lambda x: np.sum((x * 1.0 + 0.0) ** 3 - -x / 1.0) * 2.0 * 3.0,
        lambda x: np.sum(np.tanh(A @ x) ** 2 + x[1:].sum() - x**4 * 1.0),
        lambda x: np.sum(np.mean(np.outer(x, x), 0) * np.sum(np.outer(x, x), 0)) + np.max(x),
        lambda x: (
            np.sum(np.sin(x[2:]) * x[:2]) + np.sum(np.sin(x[1:]) * np.exp(-np.negative(x[:-1])))
        ),
        lambda x: np.sum(np.broadcast_to(x[0] * 1.5, (4,)) * x - (-(x - 0.0))) * np.log(3.0),
        lambda x: np.sum(np.reshape(np.reshape(x, (2, 2)).T, (4,)) ** 2.0 * x**1.0) - x[0] * 4,
        lambda x: np.sum(np.concatenate([np.reshape(x[0] * x[1], 1), np.reshape(x[3], 1)]) ** 3),
        lambda x: read_through_a_view(x * 2),
        whole_and_turned,
    ]
    return [(f, x) for f in functions]


SETS = [(), *[(p,) for p in compiling.PASSES], compiling.PASSES]


@pytest.mark.parametrize("names", SETS, ids=lambda names: "+".join(names)[:40])
def test_each_pass_keeps_the_meaning(names):
    for f, x in programs():
        same(jit(value_and_grad(f), passes=names)(x), reverse.value_and_grad(f)(x))
        same(jit(hessian(f), passes=names)(x), reverse.hessian(f)(x))


def test_each_pass_makes_programs_smaller():
    ir = trace(grad(lambda x: np.sum(1.0 * x**2 * np.log(2.0) + x**2 - 0.0)), TWO)
    before = len(ir.equations)
    assert ir.cost[0] == before and ir.cost[1] >= 8 * before
    for name in ("dead_code", "fold_constants", "simplify", "share", "integer_powers"):
        after = len(optimize(ir, [name, "dead_code"]).equations)
        assert after < before, name
    assert len(optimize(ir).equations) < before / 2


@pytest.mark.parametrize("size", [5, 140_000, 200_003])
def test_fused_loops(size):
    x = np.random.default_rng(0).uniform(0.2, 0.9, size)

    def f(x, s):
        y = np.sin(x * s) / (x + 1.0)
        total = np.sum(y * np.cos(x))
        return np.sum(np.exp(y) * total) + np.sum(np.sqrt(x)) * s, y * 2.0

    want = (f(x, 0.7), reverse.grad(lambda x, s: f(x, s)[0], (0, 1))(x, 0.7))
    g = jit(lambda x, s: (f(x, s), grad(lambda x, s: f(x, s)[0], (0, 1))(x, s)))
    same(g(x, 0.7), want, rtol=1e-9)
    assert ("fused" in g.source) == (size > 5)
    matrix = jit(lambda x: np.tanh(np.sin(x.T) * x.T + x.T))
    square = np.random.default_rng(0).normal(size=(300, 200))
    same(matrix(square), np.tanh(np.sin(square.T) * square.T + square.T))


def off(found, builder, out):
    """What a pass put in the place of an equation, 1% too large."""
    if found is None:
        return None
    wrong = passes.Var(out.shape, out.dtype)
    rule = core.RULES[np.multiply]
    builder.equations.append(passes.Equation(rule, (found, 1.01), {}, wrong))
    return wrong


def alive(self, i, e):
    """A buffer that is still needed."""
    mine = (a for a in e.args if type(a) is passes.Var and a in self.last)
    return next((a for a in mine if a.shape == e.out.shape), None)


def without_line(n):
    """The source of a fused loop without one of the lines of a step."""

    def wrong(*args):
        lines = fuse_loop(*args).split("\n")
        places = [k for k, line in enumerate(lines) if line.startswith("        ")]
        return "\n".join(line for k, line in enumerate(lines) if k != places[n])

    return wrong


fuse_loop = fuse.loop
LOUD = {"AFTER": [KeyError, NameError], "loop": [NameError]}  # without a line nothing runs


def sizes_agree(e):
    """Whether nothing is lost, in whatever order."""
    return np.prod(e.args[0].shape) == np.prod(e.out.shape)


def spoiled():
    """Ways to break each pass and the emitter, each of which must change some result."""
    for name, (step, functions) in passes.STEPS.items():
        wrong = lambda e, builder, step=step: off(step(e, builder), builder, e.out)  # noqa: E731
        yield passes, "STEPS", passes.STEPS | {name: (wrong, functions)}
    for f, rule in algebra.ALGEBRA.items():
        wrong = lambda b, out, *args, rule=rule: off(rule(b, out, *args), b, out)  # noqa: E731
        yield algebra, "ALGEBRA", algebra.ALGEBRA | {f: wrong}
    for f in orders.ORDERLY:
        if orders.ORDERLY[f] is not orders.always:
            yield orders, "ORDERLY", orders.ORDERLY | {f: sizes_agree}
    right_dead_code = passes.dead_code

    def dead_code(ir):
        ir = right_dead_code(ir)
        del ir.equations[-1:]
        return ir

    yield passes, "AFTER", passes.AFTER | {"dead_code": dead_code}
    right_factor = passes.Builder.scaled

    def factor(b, a):
        k, inner = right_factor(b, a)
        return (k, inner) if k is None else (1.01 * k, inner)

    yield passes.Builder, "scaled", factor
    yield algebra, "is_identity", lambda k: True
    yield passes, "distinct", lambda index: True
    yield passes.Equation, "key", lambda e: (e.rule.function, (), ())
    yield algebra, "lighter", lambda i, e, builder: 1.0
    yield buffers, "FRESH", buffers.FRESH | {operator.getitem, np.transpose, np.broadcast_to}
    yield emit, "INFIX", emit.INFIX | {np.add: "-"}
    yield spelling, "ON_NUMBERS", spelling.ON_NUMBERS | {np.sin: "math.cos({})"}
    yield emit, "added_at", lambda place, index, g, dims: []
    yield emit.Emitter, "buffer", alive
    yield (
        emit.Emitter,
        "results",
        lambda self: (emit.Word(self.text(a)) for a in self.ir.outputs[::-1]),
    )
    for n in (1, -1):
        yield emit, "loop", without_line(n)


@pytest.mark.parametrize(
    ("place", "name", "wrong"), list(spoiled()), ids=lambda v: v if isinstance(v, str) else "-"
)
def test_a_broken_compiler_is_caught(place, name, wrong, monkeypatch):
    monkeypatch.setattr(place, name, wrong)
    caught = 0
    checks = [
        test_results_are_fresh, test_scalar_programs, test_repeated_places, test_sums_by_pairs,
        lambda: test_fused_loops(140_000),
        *(lambda n=n: test_each_pass_keeps_the_meaning(n) for n in SETS),
    ]  # fmt: skip
    for check in checks:
        try:
            check()
        except (AssertionError, errors.GraphError, *LOUD.get(name, ())):  # or by the checker
            caught += 1
        except Exception:  # not a wrong number: no credit
            continue
    assert caught, f"a broken {name} went unseen"


def test_sums_by_pairs():
    random = np.random.default_rng(0)
    x, A = random.normal(size=(5, 3)), random.normal(size=(3, 3))
    for words in ("bi,ij,bj->b", "bi,ij,bj->", "bi,ij,bk->kj"):
        f = lambda x, A, words=words: np.sum(np.sin(np.einsum(words, x, A, x)))  # noqa: E731
        fast = jit(value_and_grad(f, (0, 1)))
        same(fast(x, A), reverse.value_and_grad(f, (0, 1))(x, A), rtol=1e-12)
        assert ".dot(" in fast.source


@pytest.mark.parametrize("shape", [(5, 3, 2), (2, 5, 3, 2), (0, 3, 2), (3, 2)])
def test_products_of_batches(shape):
    random = np.random.default_rng(0)
    x, A = random.normal(size=shape), random.normal(size=(2, 4))
    f = lambda x, A: np.sum(np.tanh(-3 * np.matmul(x, A)) ** 2) * np.sum(x * x[..., ::-1])  # noqa: E731
    fast = jit(value_and_grad(f, (0, 1)))
    same(fast(x, A), reverse.value_and_grad(f, (0, 1))(x, A), rtol=1e-12)
    assert np.prod(shape) == 0 or ".dot(" in fast.source
    assert "matmul" not in fast.source  # no stack of products is left
    small = x.astype(np.float32)  # whose sums are of float32 too
    same(
        fast(small, np.float32(A)),
        reverse.value_and_grad(f, (0, 1))(small, np.float32(A)),
        rtol=1e-4,
    )


@pytest.mark.parametrize("shape", [(6, 2), (5, 16), (5, 17), (3, 999), (2, 1001), (4, 1)])
@pytest.mark.parametrize("f", [np.max, np.min])
def test_the_largest_of_each_row(f, shape):
    x = np.random.default_rng(0).normal(size=shape)
    x[0, 0] = np.nan
    for keep in (False, True):
        fast = jit(lambda x, keep=keep: f(x * 2, axis=1, keepdims=keep))
        np.testing.assert_array_equal(fast(x), f(x * 2, axis=1, keepdims=keep))


AXES = {
    "sum": lambda x, k: np.sum(x * np.sum(x, axis=k, keepdims=True)),
    "max": lambda x, k: np.sum(x * np.max(x, axis=k, keepdims=True) ** 2),
    "var": lambda x, k: np.sum(x * np.var(x, axis=k, keepdims=True)),
    "sort": lambda x, k: np.sum(np.sort(x, axis=k)[0] ** 2),
    "stack": lambda x, k: np.sum(np.stack([x, x * x], axis=k)[0] ** 2),
    "norm": lambda x, k: np.sum(np.linalg.norm(x, axis=k) ** 3),
    "swapaxes": lambda x, k: np.sum(np.swapaxes(x, 0, k)[0] ** 2),
}


@pytest.mark.parametrize("name", AXES)
@pytest.mark.parametrize("shape", [(3, 3), (2, 3)])
def test_an_axis_that_only_the_run_knows(name, shape):
    """Right, or refused: the shape of a result may depend on it."""
    f, x = AXES[name], np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)
    for k in (0, 1, -1):
        want = reverse.grad(f)(x, k)
        for derivative in (source.grad(f), jit(grad(f))):
            try:
                np.testing.assert_allclose(derivative(x, k), want, rtol=1e-12)
            except errors.ElfError as error:
                assert "\n" not in str(error)
    assert source.grad(AXES["sum"])(x, 1) == pytest.approx(reverse.grad(AXES["sum"])(x, 1))


def test_rows_that_come_twice():
    table = np.random.default_rng(0).normal(size=(4, 3))
    for places in (
        [0, 0, 3],
        np.array([[1, -1], [1, 3]]),
        ([0, 0, 3], [1, 1, 2]),
        (slice(None), [2, 2]),
    ):
        f = lambda t, places=places: np.sum(np.sin(t[places]) ** 2)  # noqa: E731
        fast = jit(grad(f))
        same(fast(table), reverse.grad(f)(table), rtol=1e-13)
        assert "bincount" in fast.source
    g = lambda t, i: np.sum(np.sin(t[i]) ** 2)  # noqa: E731
    same(jit(grad(g))(table, np.array([2, 2, 0])), reverse.grad(g)(table, np.array([2, 2, 0])))


def test_scalar_programs():
    def f(x):
        y = x
        for _ in range(10):
            y = np.sin(y) * x + np.exp(-y) / (1 + y * y)
        return y

    same(jit(value_and_grad(f))(0.7), reverse.value_and_grad(f)(0.7))


def test_repeated_places():
    index = np.array([0, 0, 1])
    f = lambda x: np.sum(x[index] ** 2) + np.sum(x**2)  # noqa: E731
    same(jit(grad(f))(TWO), reverse.grad(f)(TWO))
    same(jit(lambda x, i: grad(lambda x: np.sum(x[i] * x[i]))(x))(TWO, index), [4.0, 4.0])


UNARY = [
    np.sin, np.tanh, np.exp, np.square, np.negative, lambda x: x**3, lambda x: x * 1.0,
    lambda x: 1.0 - x, lambda x: x * -2.0, lambda x: np.sum(x) * 0.1, lambda x: x + 0.0, np.arctan,
    lambda x: np.broadcast_to(np.mean(x), (4,)) * x, lambda x: x / (2.0 + np.cos(x)),
    lambda x: x * np.max(x), lambda x: np.where(x > 0.1, x, 0.5 * x), lambda x: np.abs(x + 0.1),
    lambda x: np.ravel(x)[:1] * x, lambda x: np.concatenate([np.ravel(x)[1:], np.ravel(x)[:1]]),
]  # fmt: skip
BINARY = [np.add, np.subtract, np.multiply, lambda a, b: a / (1.5 + b * b), np.maximum]
steps = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12
)


@given(steps, st.sampled_from(SETS), st.booleans())
@settings(max_examples=150, deadline=None)
def test_random_programs(program, names, as_array):
    def f(x):
        values = [x]
        for kind, i, j in program:
            a, b = values[-1 - i % len(values)], values[-1 - j % len(values)]
            if kind % 3 and i != j:
                values.append(BINARY[kind % len(BINARY)](a, b))
            else:
                values.append(UNARY[kind % len(UNARY)](a))
        return np.sum(np.tanh(values[-1])) + np.sum(np.tanh(values[len(values) // 2]))

    x = np.array([0.3, -0.7, 1.1, 0.6]) if as_array else 0.3
    want = reverse.value_and_grad(f)(x)
    same(jit(value_and_grad(f), passes=names)(x), want, rtol=1e-9)
    same(jit(grad(jit(f)), passes=names)(x), want[1], rtol=1e-9)
    same(value_and_grad(f)(x), want, rtol=1e-9)
    with pytest.MonkeyPatch.context() as patch:  # small blocks of small arrays
        patch.setattr(fuse, "BLOCK", 3)
        patch.setattr(emit, "LARGE", 1)
        patch.setattr(emit, "fuse", lambda ir: fuse.fuse(ir, 1))
        same(jit(value_and_grad(f))(x), want, rtol=1e-9)


class Straight(Writer):
    """Random programs whose branches do not ask for the numbers of x and v."""

    def test(self):
        return self.pick(["np.ndim(v) > 0", "np.ndim(x) > 0", "x is None", "np.size(v) < 2"])

    def program(self):
        return super().program().replace("if np.sum(u) > 0.3", "if np.ndim(u) > 0")


@pytest.mark.parametrize(("writer", "compiled"), [(Writer, False), (Straight, True)])
def test_the_random_programs_of_source(writer, compiled):
    """Python's control flow on numbers that are known is unrolled; without stores into arrays."""

    @settings(max_examples=200, derandomize=True, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.randoms(use_true_random=False))
    def run(random):
        f = function(writer(random, stores=False).program())
        x, v = 0.83, np.array([0.43, -0.61, 1.17])
        try:
            want = reverse.value_and_grad(f, (0, 1))(x, v)
        except (NameError, ValueError, errors.MutationError):
            return
        slopes = value_and_grad(f, (0, 1))
        same(slopes(x, v), want, rtol=1e-9)
        if compiled:
            same(jit(slopes)(x, v), want, rtol=1e-9)
            same(jit(slopes, passes=())(x, v), want, rtol=1e-9)

    run()


# Where a pass or the emitter must look twice: a function and its arguments.
TRAPS = [
    (lambda n: (n * n, n + 2, n[0, ...]), (np.arange(3),)),  # a number out of an array is a copy
    (lambda x: (lambda y: (np.sin(y) * 0, np.squeeze(y)))(x * 2), (np.ones((1, 1), F4),)),
    (lambda x: (lambda y: (np.sin(y) * 0, np.reshape(y, ())))(x * 2), (np.ones(1, F4),)),
    (jacobian(lambda x: x * x[np.argmax(x)]), (TWO,)),  # x[i], where x is known and i is not
    (lambda i: rules.pick(np.arange(5.0), i), (2,)),
    (lambda x: np.interp(x, [0.0, 1.0], [0.0, 2.0]), (TWO / 4,)),
    (hessian(lambda b: fori_loop(0, 2, lambda i, s: s + b[i] ** 2, 0.0)), (TWO,)),
    (grad(lambda x: np.sum(x[np.array([1]), [0, 0]] ** 2)), (EYE + 1,)),  # an entry twice
    (grad(lambda x: np.sum(x[np.array([True, True]), np.array([0, 1])] ** 2)), (EYE + 1,)),
    (lambda x, A: A + grad(lambda x: x[0] ** 2)(x), (TWO, np.zeros((3, 2)))),  # broadcasting
    (vmap(grad(lambda w, x: w @ x + w[0] ** 2), (None, 0)), (TWO, EYE)),
    (lambda x, n: x + (-n), (1.0, np.uint8(3))),  # integers that wrap
    (lambda x, n: x * (2 * n), (1.0, np.uint8(200))),
    (lambda n, m: 2.0 * n + 2.0 * m, (np.uint8(200), np.uint8(100))),
    (lambda x, n: np.where(x > 0, n, x) * np.where(x > 0, n, x), (2.0, np.int64(10**10))),
    (lambda x: np.copysign(x, np.array([0.0, -0.0])), (TWO,)),
    (lambda x: x / np.array([0.0, -0.0]), (TWO,)),
    (lambda x: x + 0.0, (-0.0,)),
    (lambda x: x - 0.0, (-0.0,)),
    (lambda x: x * np.array([1e200, 1e199]) * np.array([1e200, 1e199]), (1e-300 * TWO,)),
    (lambda x, y: np.broadcast_to(y, (2,)) * x, (np.ones(2, F4), 3.0)),
    (lambda x: F4([1, 2]) * x, (np.float64(1e40),)),
    (np.prod, (np.int8([100, 90, 70]),)),
    (np.cumprod, (np.uint8([100, 90]),)),
    (np.linalg.norm, (np.int8([100, 90, 70]),)),
    (lambda x: np.prod(x > 0) + np.prod(x > 0), (TWO,)),
    (lambda i: np.where(i > 100, i, 0), (np.uint8([1, 200]),)),
    (lambda x: np.arctan2(x * -2.0 - x * -2.0, -1.0), (TWO,)),
    (lambda x: np.arctan2(np.sum(x), -1.0), (np.array([-0.0]),)),
    (lambda a, b: optimize(trace(lambda x: (x * a, x * b), 1.0))(2.0), (1.0, 5.0)),
    (grad(lambda x: np.sum(np.maximum(x, F4(0.1)))), (np.ones(2, F4),)),
    (hessian(lambda x: np.sum(np.maximum(x, F4(0.1)) ** 2)), (np.ones(2, F4),)),
]


@pytest.mark.parametrize(("f", "args"), TRAPS)
@pytest.mark.filterwarnings("ignore")
def test_compiled_like_plain(f, args):
    want = trees.leaves(f(*args))
    have = trees.leaves(jit(f)(*args))
    for a, b in zip(have, want, strict=True):
        np.testing.assert_array_equal(np.signbit(a), np.signbit(b))
        np.testing.assert_allclose(a, b, rtol=1e-6)
        assert np.result_type(a) == np.result_type(b)
        assert not any(np.shares_memory(a, c) for c in (*args, *have) if c is not a)


def test_an_index_that_is_traced_beside_a_plain_array():
    x = np.arange(3.0)
    f = lambda x: fori_loop(0, 3, lambda i, c: c + x[i] ** 2, 0.0)  # noqa: E731
    assert jvp(f, (x,), (x + 1,)) == (5.0, 16.0)
    same(hvp(f, (x,), (x + 1,)), 2 * (x + 1))
    same(jit(lambda i: hvp(lambda x: x[i] ** 2, (x,), (x,)))(1), [0.0, 2.0, 0.0])
    slopes = vmap(lambda i: vjp(grad(lambda x: x[i] ** 2), x)[1](x)[0])
    same(slopes(np.array([1, 2])), [[0.0, 2.0, 0.0], [0.0, 0.0, 4.0]])


def test_float32_stays_in_loops():
    f = lambda x: np.sum(scan(lambda c, _: (np.clip(c, -0.6, 0.7) + x, None), x, length=2)[0])  # noqa: E731
    x = np.full(3, 0.5, F4)
    assert grad(f)(x).dtype == jit(grad(f))(x).dtype == F4
    same(grad(f)(x), grad(f)(x.astype(float)))


def test_each_pass_alone_leaves_out_nothing():
    f = jit(lambda x: (np.sin(np.cos(np.exp(x))), x[:2])[1], passes=["fuse"])
    same(f(np.ones(140_000)), [1.0, 1.0])


@pytest.mark.parametrize("f", [lambda x: (x, 1.0), lambda x: (x[0] * x, x)])
def test_what_is_not_linear_has_no_transpose(f):
    with pytest.raises(errors.InputError, match="Only a linear function"):
        transpose(f, TWO)


def test_static_arguments_are_told_apart():
    f = jit(np.copysign, static_argnums=1)
    assert [f(1.0, 0.0), f(1.0, -0.0)] == [1.0, -1.0]
    g = jit(lambda x, n: x if type(n[0]) is int else -x, static_argnums=1)
    assert [g(1.0, (1,)), g(1.0, (1.0,))] == [1.0, -1.0]


def test_a_number_varies_beside_an_array():
    f = lambda s: np.sum(TWO + s)  # noqa: E731
    assert jvp(f, (1.0,), (1.0,))[1] == forward.jvp(f, (1.0,), (3.0,))[1] / 3 == 2.0
    assert hvp(lambda s: f(s) ** 2, (1.0,), (1.0,)) == 8.0
    assert jvp(lambda s: (TWO + s)[0], (1.0,), (1.0,))[1] == 1.0
    same(jvp(lambda s: np.eye(2) @ (TWO * 0 + s), (1.0,), (1.0,))[1], [1.0, 1.0])


def test_a_tracer_that_leaks_out_of_a_body():
    kept = []
    with pytest.raises(errors.GraphError, match="has left the function"):
        jit(lambda x: (scan(lambda c, _: (kept.append(c) or c, c), x, length=2), kept[0]))(1.0)


def test_sparse_patterns_of_short_floats():
    pytest.importorskip("scipy")
    f = sparse_jacobian(lambda x: x.astype(np.float16).astype(float))
    assert f(np.linspace(1, 2, 5000)).nnz == 5000


def test_sparse_matrices_are_nobody_elses():
    pytest.importorskip("scipy")
    f = sparse_jacobian(lambda x: x[1:] * x[:-1])
    f(np.array([0.0, 1.0, 1.0])).eliminate_zeros()
    np.testing.assert_array_equal(f(np.ones(3)).toarray(), [[1, 1, 0], [0, 1, 1]])


def test_an_optimized_program_is_still_linear():
    f = lambda x: scan(lambda c, v: (c * 2 + v, c), 0.0, x)[0]  # noqa: E731
    _, f_dot = linearize(f, TWO)
    same(transpose(optimize(f_dot))(1.0)[0], [2.0, 1.0])


# ------------------------------------------------------------ sparse


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_sparse_derivatives():
    pytest.importorskip("scipy")
    x = np.random.default_rng(0).normal(size=12)
    h = sparse_hessian(rosenbrock)
    for _ in range(2):
        found = h(x)
        same(found.toarray(), reverse.hessian(rosenbrock)(x))
        assert found.nnz == 3 * 12 - 2
        found.data *= 0
    A = np.random.default_rng(1).normal(size=(5, 12))
    functions = [
        lambda x: A @ x, lambda x: x[::2] * x[1::2], lambda x: np.concatenate([x[:3], np.sin(x)]),
        lambda x: np.roll(x, 2) * x, lambda x: np.cumsum(x), lambda x: np.ones(3),
        lambda x: np.sum(np.reshape(x, (3, 4)) ** 2, axis=1), lambda x: np.where(x > 0, x, x[0]),
        lambda x: scan(lambda c, v: (c + v, v * v), 0.0, x)[1],
        lambda x: grad(lambda x: np.sum(x[np.array([0, 0, 3])] ** 3))(x),
    ]  # fmt: skip
    for f in functions:
        same(sparse_jacobian(f)(x).toarray(), reverse.jacobian(f)(x))
    same(sparse_hessian(rosenbrock)(np.ones(100_000)).diagonal()[:2], [802.0, 1002.0])
    same(sparse_jacobian(np.sin)(0.3).toarray(), [[np.cos(0.3)]])
    assert sparse_jacobian(np.sin)(np.zeros(0)).shape == (0, 0)
    assert sparse_jacobian(np.sin)(np.ones(2, np.float32)).dtype == np.float32


def test_hessians_by_few_tangents():
    for n in (12, 30):
        x = np.random.default_rng(0).normal(size=n)
        for f in (
            rosenbrock,
            lambda x: np.sum(x) ** 3,
            lambda x: np.sum(np.reshape(x, (2, -1)) ** 4),
            lambda x: np.sum(np.sum(np.reshape(x, (-1, 3)), axis=1) ** 4),
            lambda x: x[0] * np.sum(x**2),
        ):
            program = jit(hessian(f))
            same(program(x), reverse.hessian(f)(x))
            same(jit(grad(lambda x, f=f: np.sum(hessian(f)(x) ** 2)))(x), hessian_slope(f)(x))


def hessian_slope(f):
    return reverse.grad(lambda x: np.sum(reverse.jacobian(reverse.grad(f))(x) ** 2))


def spoiled_operations():
    """Ways to break control flow, sparsity and linear programs."""
    for operation in (conditions.Cond, control.Scan):
        for name in ("transpose", "dual"):
            right = getattr(operation, name)
            yield operation, name, lambda *a, right=right, **k: scaled(right(*a, **k))
    right_dual = control.While.dual
    yield control.While, "dual", lambda *a, **k: scaled(right_dual(*a, **k))
    right_batch = control.Scan.batch
    yield control.Scan, "batch", lambda *a, reverse, **k: right_batch(*a, **k, reverse=not reverse)
    right_pull = control.cotangent
    yield (
        control,
        "cotangent",
        lambda *a: {i: -g for i, g in right_pull(*a).items()},
    )
    yield sparse, "colours", lambda matrix: np.arange(matrix.shape[1]) % 2
    right_way = sparse.through
    yield sparse, "through", lambda *a: [i[:1] for i in right_way(*a)]
    yield transposing, "back", lambda ir, g: [2.0 * a for a in g] * len(ir.inputs)


def scaled(found):
    """What an operation gave, with wrong numbers in the place of its derivatives."""
    if isinstance(found, tuple):
        return found[0], [a if a is None else 1.01 * a for a in found[1]]
    return {i: 1.01 * a for i, a in found.items()}


@pytest.mark.parametrize(("place", "name", "wrong"), list(spoiled_operations()))
def test_a_broken_operation_is_caught(place, name, wrong, monkeypatch):
    monkeypatch.setattr(place, name, wrong)
    caught = 0
    for check in (
        test_control_flow_runs_and_differentiates, test_sparse_derivatives,
        test_cond_under_a_batch_selects, test_scans_with_everything,
        test_while_loop_goes_both_ways,
    ):  # fmt: skip
        try:
            check()
        except AssertionError:
            caught += 1
        except (Exception, pytest.fail.Exception):  # not a wrong number: no credit
            continue
    assert caught, f"a broken {name} went unseen"


def test_scans_with_everything():
    def f(x, w):
        last, ys = scan(lambda c, v: (np.sin(c) * w + v, c * v), x[0], x)
        return np.sum(ys * last) + cond(x[0] > 0, lambda: np.sum(w * x), lambda: w * x[1])

    def unrolled(x, w):
        c, ys = x[0], []
        for v in x:
            c, y = np.sin(c) * w + v, c * v
            ys.append(y)
        return np.sum(np.stack(ys) * c) + (np.sum(w * x) if x[0] > 0 else w * x[1])

    for x in (TWO, -TWO):
        want = reverse.grad(unrolled, (0, 1))(x, 0.7)
        same(jit(grad(f, (0, 1)))(x, 0.7), want)
        same(forward.grad(f, (0, 1))(x, 0.7), want)
        same(vmap(grad(f, (0, 1)), (0, None))(np.stack([x, x]), 0.7)[0], [want[0]] * 2)
        same(hessian(lambda x: f(x, 0.7))(x), reverse.hessian(lambda x: unrolled(x, 0.7))(x))


# ------------------------------------------------------------ numba


def test_machine_code():
    pytest.importorskip("numba")

    def f(x):
        y = x
        for _ in range(10):
            y = np.sin(y) * x + np.log(y + 1.5) / (y + 2.0)
        return y

    g = jit(value_and_grad(f), backend="numba")
    for x in (0.7, -5.0, np.inf):
        with np.errstate(all="ignore"):
            same(g(x), reverse.value_and_grad(f)(np.float64(x)), rtol=1e-9)
    assert "@numba.njit" in g.source
    x = np.random.default_rng(0).normal(size=(100, 30))
    for y in (x, x.T, x[::2]):
        same(jit(value_and_grad(chain), backend="numba")(y), reverse.value_and_grad(chain)(y))


def damped(x):
    for _ in range(30):
        x = 1.1 * x - 0.4 if x > 0.5 else np.sin(x) + 0.2
    return x


def states(w, xs):
    def step(h, x):
        h = np.tanh(w @ h + x)
        return h, np.stack([h, x])

    h, ys = scan(step, np.zeros(3), xs)
    return np.sum(ys * h)


def odd(x):
    def step(h, x):
        return np.linalg.solve(np.eye(3) + x, h), None

    return np.sum(scan(step, np.ones(3), x)[0])


@pytest.mark.parametrize("f", [damped, states, odd], ids=lambda f: f.__name__)
def test_loops_in_machine_code(f):
    pytest.importorskip("numba")
    args = {"damped": (0.3,), "odd": (np.linspace(0.1, 0.5, 4),)}.get(f.__name__)
    args = args or (np.eye(3) * 0.5, np.random.default_rng(0).normal(size=(5, 3)))
    fast, usual = (jit(value_and_grad(f), backend=b) for b in ("numba", "numpy"))
    for _ in range(2):
        have, want = fast(*args), usual(*args)
        np.testing.assert_allclose(have[0], want[0], rtol=1e-12)
        np.testing.assert_allclose(have[1], want[1], rtol=1e-12)


def test_numba_that_is_missing(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(errors.MissingError, match="pip install numba"):
        jit(value_and_grad(chain), backend="numba")(np.ones(1000))


@pytest.mark.parametrize("options", [{"axis": 0}, {"axis": None}, {"kind": "stable"}, {"axis": -1}])
def test_sorting_keeps_its_keywords_when_compiled(options):
    x = np.array([[1.0, 5.0, 2.0], [2.0, 3.0, 1.0]])
    compiled = jit(lambda x: np.argsort(x, **options) * 1.0)
    np.testing.assert_array_equal(compiled(x), np.argsort(x, **options))


def test_arrays_of_many_axes_are_compiled():
    a = np.full((1,) * 28, 2.0)
    assert jit(lambda a: np.sum(a * a))(a) == 4.0
    assert jit(lambda a: np.sum(a @ a))(a) == 4.0
