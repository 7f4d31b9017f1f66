"""The graph of each system is read from that system's own objects, and is the same every time."""

import itertools
import random

import numpy as np
import pytest

from elves import frameworks, reverse, show
from elves.errors import InputError, MissingError
from elves.frameworks import FRAMEWORKS
from elves.show import drawing, systems
from elves.show.reading import FOLLOWERS, nodes_of
from elves.show.upright import upright
from test_frameworks import present
from test_pictures import apart

ELVES = tuple(FOLLOWERS)
NAMES = {  # of an input, of sin, of a power and of a product
    "pytorch": ("AccumulateGrad x", "SinBackward0", "PowBackward0 exponent 2", "MulBackward0"),
    "tensorflow": ("Placeholder x", "Sin", "Pow (·, 2.0)", "Mul"),
    "jax": ("float64[] x", "sin", "integer_pow y=2", "mul"),
    "autograd": ("root x", "sin", "power (·, 2)", "multiply"),
    "chainer": ("VariableNode x", "sin", "_ ** 2", "_ * _"),
    "tangent": ("argument x", "np.sin(·) np_sin_x", "· ** 2 x_to_the_2", "· * · _return"),
    "sympy": ("Symbol x", "sin", "Pow (·, 2)", "Mul"),
    "reverse": ("x", "v1 = sin(x)", "v2 = x ** 2", "v3 = v1 * v2"),
    "forward": ("x", "v1 = sin(x)", "v2 = x ** 2", "v3 = v1 * v2"),
    "symbolic": ("x", "sin(·)", "· ** 2", "· * ·"),
    "static_graph": ("x", "sin(·)", "· ** 2", "· * ·"),
    "tracing": ("a", "b = sin(a)", "c = a ** 2", "d = b * c"),
    "source": ("x argument", "np.sin(·) sin_x", "· ** 2 t", "· * · result"),
}


def wish(x):
    return np.sin(x) * x**2


def other(x):
    return np.tanh(np.exp(x)) * x


def two(x, w):
    a = np.tanh(x * w)
    return a / np.exp(x)


def total(x):
    return np.sum(np.tanh(x) * x)


def looped(x):
    for _ in range(2):
        x = np.sin(x) * x
    return x


def free(x):
    return 3.0


def read(engine, f, *args):
    """The nodes in words, and the edges as pairs of these."""
    if engine in FRAMEWORKS:
        present(engine)
    nodes = list(systems.named(nodes_of(f, args, engine)))
    words = {}
    for box, _ in nodes:
        lines = [str(line[0]) for line in box.lines if "tangent" not in str(line[0])]
        words[box.key] = " ".join(lines)
    return list(words.values()), {(words[p], words[box.key]) for box, above in nodes for p in above}


@pytest.mark.parametrize("engine", FRAMEWORKS + ELVES)
def test_it_is_the_same_graph_every_time(engine):
    words, edges = read(engine, wish, 1.3)
    x, sin, square, product = NAMES[engine]
    assert sorted(words) == sorted(NAMES[engine])
    assert edges == {(x, sin), (x, square), (sin, product), (square, product)}


@pytest.mark.parametrize("engine", FRAMEWORKS + ELVES)
def test_another_function_is_another_picture(engine):
    words, edges = read(engine, other, 0.4)
    assert len(words) == 4 and len(edges) == 4
    assert any("tanh" in word.lower() for word in words) and not set(words[1:]) & set(
        NAMES[engine][1:3]
    )
    words, edges = read(engine, two, 0.4, 0.7)
    assert sum(any(w in word for word in words) for w in "xw") == 2 or engine == "tracing"
    if engine != "sympy":  # which writes a quotient as a product with a power
        assert len(words) == 6 and len(edges) == 6


@pytest.mark.parametrize("engine", [*FRAMEWORKS[:-1], *ELVES])
def test_arrays_have_a_graph_too(engine):
    if engine == "symbolic":
        pytest.skip("a formula is of numbers")
    words, edges = read(engine, total, np.array([0.3, 0.8]))
    assert len(words) == 4 and len(edges) == 4


def chosen(x):
    return np.where(x > 1.0, x * x, np.sin(x))


def middle(x):
    return np.mean(x * x)


def test_source_draws_what_its_text_names():
    words, edges = read("source", chosen, 1.3)
    assert ("· > 1.0 t_2", "np.where(·, ·, ·) result") in edges and len(edges) == 6
    words, edges = read("source", middle, np.ones(3))  # not how its slope is found
    assert words == ["x argument", "· * · t", "np.mean(·) result"]


def test_sympy_has_a_symbol_for_each_entry():
    words, _ = read("sympy", total, np.array([0.3, 0.8]))
    assert {"Symbol x_0", "Symbol x_1"} < set(words) and words[-1] == "Add"


@pytest.mark.parametrize("engine", FRAMEWORKS + ELVES)
def test_a_loop_is_unrolled_or_refused(engine):
    if engine in ("tangent", "source"):
        with pytest.raises(InputError, match="loops") as found:
            read(engine, looped, 1.3)
        assert "without" in str(found.value)
    else:
        assert len(read(engine, looped, 1.3)[0]) == 5


@pytest.mark.parametrize("engine", FRAMEWORKS + ELVES)
def test_what_does_not_depend_on_the_arguments_has_no_graph(engine):
    if engine in ("symbolic", "static_graph", "tracing", "tangent"):
        pytest.skip("says it in words of its own")
    with pytest.raises(InputError, match="does not depend"):
        read(engine, free, 1.3)


def test_graphs_that_somebody_holds_are_read():
    torch = present("pytorch").torch
    x = torch.tensor(1.3, requires_grad=True)
    y = torch.sin(x) * x**2
    before = show.graph(y).alt
    y.backward()  # frees what it has saved
    assert show.graph(y).alt == before
    assert before == (
        "Computation graph: AccumulateGrad, 1.3; SinBackward0; PowBackward0, exponent 2; "
        "MulBackward0."
    )
    sympy = present("sympy").sympy
    s = sympy.symbols("s")
    assert "Symbol, s; sin" in show.graph(sympy.sin(s) ** 2).alt
    jax = present("jax").jax
    assert "cos" in show.graph(jax.make_jaxpr(lambda x: jax.numpy.cos(x) + 1)(1.0)).alt
    chainer = present("chainer").chainer
    assert "tanh" in show.graph(chainer.functions.tanh(chainer.Variable(np.ones(2)))).alt.lower()


def test_what_holds_no_graph_is_told_so():
    torch = present("pytorch").torch
    for held in (torch.nn.Linear(2, 2), torch.optim.SGD([torch.ones(1)], lr=0.1)):
        with pytest.raises(InputError, match="holds no graph: pass a tensor that"):
            show.graph(held)
    with pytest.raises(InputError, match="does not depend"):
        show.graph(torch.ones(()))
    with pytest.raises(InputError, match="JAX cannot follow this function: TracerBool"):
        present("jax")
        show.graph(lambda x: x if x > 1 else 2 * x, 1.3, engine="jax")
    with pytest.raises(InputError, match="numerical builds no graph: choose from reverse, forward"):
        show.graph(wish, 1.3, engine="numerical")
    with pytest.raises(InputError, match="pass each as an argument of its own"):
        show.graph(lambda p: p[0] * p[1], (1.0, 2.0), engine="autograd")


def test_side_by_side_every_system_finds_the_same_slope():
    here = [name for name in FRAMEWORKS if present(name)]
    picture = show.graph_of_each(two, 0.4, 0.7)
    slopes = reverse.grad(two, (0, 1))(0.4, 0.7)
    told = ", ".join(f"{s:.4g}" for s in slopes)
    assert picture.alt.count(f"slope {told}.") == len(here) + 1 == 8
    assert picture.svg.count(f">{told}<") == 8
    for name in here:
        assert f">{present(name).NAME}<" in picture.svg


def test_a_system_that_is_missing_or_refuses_says_so_in_its_panel(monkeypatch):
    def load(name):
        raise MissingError(f"{name} is not here: install it.", name=name)

    monkeypatch.setattr(frameworks, "load", load)
    picture = show.graph_of_each(wish, 1.3, engines=["jax", "reverse", "symbolic"])
    assert "jax: jax is not here: install it." in picture.alt
    assert picture.alt.count("slope 2.957324302") == 2
    refused = show.graph_of_each(lambda x: x if x > 1 else -x, 1.3, engines=["symbolic", "forward"])
    assert "symbolic: The formula x > 1 has no value to decide with" in refused.alt
    with pytest.raises(InputError, match="There is no engine 'torch': choose from pytorch"):
        show.graph_of_each(wish, 1.3, engines=["torch"])


def test_upright_boxes_never_meet_and_time_runs_down():
    choose = random.Random(2)
    for n in range(1, 13):
        boxes = [drawing.Box(k, [("v" * choose.randint(1, 16), "")] * choose.randint(1, 2))
                 for k in range(n)]  # fmt: skip
        above = [[choose.randrange(k) for _ in range(choose.randint(0, 3))] if k else []
                 for k in range(n)]  # fmt: skip
        found = upright(list(zip(boxes, above, strict=True)))
        apart(found.places, found.width, found.height)
        assert len(found.places) == n
        for k, p in itertools.chain(*([(k, p) for p in row] for k, row in enumerate(above))):
            assert found.places[p][1] + found.places[p][3] < found.places[k][1]


PAIRS = [
    (lambda x: x**2, lambda x: 2**x),
    (lambda x: x - 1, lambda x: 1 - x),
    (lambda x: x / 2, lambda x: 2 / x),
    (lambda x: np.arctan2(x, 1.0), lambda x: np.arctan2(1.0, x)),
]


@pytest.mark.parametrize(
    "engine", ["tensorflow", "jax", "autograd", "sympy", "tracing", "symbolic"]
)
@pytest.mark.parametrize("one, other", PAIRS)
def test_the_place_of_a_constant_is_seen(engine, one, other):
    assert read(engine, one, 1.3)[0] != read(engine, other, 1.3)[0]


def test_what_is_called_twice_in_a_jaxpr_stands_there_twice():
    jax = present("jax").jax
    inner = jax.jit(lambda x: jax.numpy.sin(x) * 2)
    nodes = list(nodes_of(jax.make_jaxpr(lambda x: inner(inner(x)) + inner(x))(1.0)))
    assert [len(above) for _, above in nodes] == [0, 1, 1, 1, 1, 1, 1, 2]
    keys = [box.key for box, _ in nodes]
    assert len(set(keys)) == 8 and [*map(keys.index, nodes[-1][1])] in ([4, 6], [6, 4])
    words, _ = read("jax", lambda x: np.clip(x, 0.0, 2.0) * np.clip(x, 0.0, 3.0), 1.3)
    assert len([word for word in words if word.startswith("min")]) == 2


@pytest.mark.parametrize("engine", FRAMEWORKS + ELVES)
def test_what_is_used_twice_has_a_thicker_arrow(engine):
    present(engine) if engine in FRAMEWORKS else None
    picture = show.graph(lone, 1.3, engine=engine, down=True)
    thick = picture.svg.count('stroke-width="3.8"')
    assert thick == (engine != "sympy")  # which makes a power of it


def lone(x):
    """A docstring, which is no operation."""
    return x * x


def test_results_and_constants_that_no_graph_has_a_place_for():
    for engine in ("pytorch", "jax", "autograd", "chainer"):
        present(engine)
        with pytest.raises(InputError, match="several results, and a graph is drawn of one"):
            show.graph(lambda x: (x, 2 * x), 1.3, engine=engine)
    scale = np.array([1.0, 2.0])
    for engine in ("pytorch", "jax", "autograd", "tensorflow"):
        words, _ = read(engine, lambda v: np.sum(v * scale), np.ones(2))
        assert any("[2] array" in word for word in words)
    assert "[1, 2]" in " ".join(read("tracing", lambda v: np.sum(v * scale), np.ones(2))[0])
    with pytest.raises(InputError, match="symbolic draws a formula of numbers"):
        show.graph(lambda v: np.max(v) * np.min(v), scale, engine="symbolic")
    for wrong in ({"engines": []}, {"columns": 0}):
        with pytest.raises(InputError, match="at least one engine"):
            show.graph_of_each(wish, 1.3, **wrong)
