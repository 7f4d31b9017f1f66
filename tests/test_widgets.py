"""The widgets without a browser: what their state holds, what they answer, what stands for them."""

import functools
import json
import re

import numpy as np
import pytest

pytest.importorskip("anywidget")

from elves import forward, reverse, widgets
from elves.show import descending
from elves.show.frames import MOST, frames_of
from elves.show.recording import Recording, brief


def wish(x, w):
    a = np.sin(x)
    for _ in range(2):
        a = a * x + w
    return a**2


def newton(x):
    guess = 1.0
    while abs(guess * guess - x) > 1e-12:
        guess = (guess + x / guess) / 2
    return guess


MAKE = {
    "stepper": lambda: widgets.Stepper(wish, 1.3, 0.5),
    "steps": lambda: widgets.StepSize({"sine": np.sin, "exp": np.exp}, 1.3),
    "expression": lambda: widgets.ExpressionExplorer(),
    "modes": lambda: widgets.ModeExplorer((1, 2)),
    "descent": lambda: widgets.Descent(lambda x, y: x**2 + 10 * y**2, (2.0, 1.0)),
    "source": lambda: widgets.SourceExplorer(wish, 1.3, 0.5),
    "systems": lambda: widgets.SystemsExplorer(engines=["reverse", "tracing"]),
}


def test_every_widget_is_looked_at():
    assert {type(make()).__name__ for make in MAKE.values()} == set(widgets.__all__)


@pytest.mark.parametrize("name", MAKE)
def test_state_can_be_stored_and_a_picture_stands_in(name):
    widget = MAKE[name]()
    assert widget.problem == ""
    state = json.dumps(widget.get_state())
    assert len(state) < 250_000
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "aria-label" in data["image/svg+xml"]
    assert len(data["text/plain"]) > 30 and "object at 0x" not in data["text/plain"]
    assert widget._esm.count("export default") == 1


def test_frames_are_the_two_sweeps():
    record = Recording(wish, (1.3, 0.5))
    shown = frames_of(record)
    count = len(record.steps)
    phases = [f["phase"] for f in shown]
    assert phases == ["forward"] * count + ["seed"] + ["reverse"] * (count - 2)
    assert [f["node"] for f in shown[:count]] == list(range(count))
    assert [f["node"] for f in shown[count + 1 :]] == list(range(count - 1, 1, -1))
    sums = {}
    for f in shown:
        sums |= f["adjoints"]
    gradient = reverse.grad(wish, (0, 1))(1.3, 0.5)
    assert [sums["0"], sums["1"]] == [brief(g) for g in gradient]
    assert all(sums[str(k)] == brief(s.adjoint) for k, s in enumerate(record.steps))


def test_a_value_used_twice_is_paid_twice():
    shown = frames_of(Recording(lambda x: x * x, (3.0,)))
    assert shown[-1]["words"] == "v1 = x * x pays x: 0 + 3 = 3; x: 3 + 3 = 6."
    assert shown[-1]["rule"] == "Elementwise(np.multiply, lambda y, a, b: b, lambda y, a, b: a)"


def test_frames_know_the_line():
    stepper = widgets.Stepper(wish, 1.3, 0.5)
    lines = [stepper.source[f["line"]].strip() for f in stepper.frames if f["line"] >= 0]
    assert lines[0] == "a = np.sin(x)" and lines.count("a = a * x + w") == 8


def test_stepper_draws_all_its_nodes():
    stepper = widgets.Stepper(wish, 1.3, 0.5)
    nodes = {int(n) for n in re.findall(r'data-node="(\d+)"', stepper.svg)}
    assert nodes == {f["node"] for f in stepper.frames}
    for step in stepper.record.steps:
        assert brief(step.value) in stepper.svg
    assert "<style" not in stepper.svg  # its colours are those of the page


def test_a_stepper_says_how_often_space_is_pressed():
    said = {name: make()._repr_mimebundle_()[1] for name, make in MAKE.items()}
    assert said.pop("stepper") == {"elves": {"presses": 14}}
    assert not any(said.values())
    assert widgets.Stepper(wish, 1.3, 0.5, mode="forward").presses == 7
    assert widgets.Stepper(wish, 3, 1.0).presses == 0


def test_stepper_takes_tangents_along():
    stepper = widgets.Stepper(wish, 1.3, 0.5, mode="forward")
    value, slope = forward.jvp(wish, (1.3, 0.5), (1.0, 0.0))
    assert {f["phase"] for f in stepper.frames} == {"forward"}
    words = f"v6 = v5 ** 2 = {brief(value)}, and its tangent {brief(slope)}."
    assert stepper.frames[-1]["words"] == words and f"tangent {brief(slope)}" in stepper.svg
    assert "Dual numbers" in repr(stepper) and "adjoint" not in stepper.svg
    assert "must be 'forward' or 'reverse'" in widgets.Stepper(wish, 1.3, 0.5, mode="up").problem


def asked(widget, **question):
    widget.asked = {**question, "number": widget.served + 1}
    return widget.problem


def test_stepper_takes_another_argument():
    stepper = widgets.Stepper(wish, 1.3, 0.5)
    stepper.frame = 5
    assert asked(stepper, place=0, value="2") == ""
    assert stepper.inputs == [["x", 2.0], ["w", 0.5]] and stepper.frame == 0
    assert stepper.frames[0]["words"] == "The argument x is 2."
    assert asked(stepper, place=0, value="two").startswith("'two' is not a number")
    assert stepper.inputs[0] == ["x", 2.0] and stepper.served == 2
    root = widgets.Stepper(newton, 2.0)
    assert "may never end" in asked(root, place=0, value="-1") and root.inputs == [["x", 2.0]]
    assert asked(root, place=0, value="4") == "" and root.inputs == [["x", 4.0]]


@pytest.mark.parametrize(
    "f, args, words",
    [
        (wish, (3, 1.0), "Only floats"),
        (lambda x: x, (np.ones(2),), "returns one number"),
        (lambda x: 1 / 0, (1.0,), "ZeroDivisionError"),
        (lambda x: sum(x * k for k in range(100)), (1.0,), f"up to {MOST}"),
        (lambda x: None, (1.0,), "forget its return"),
        (newton, (-1.0,), "more than 20,000 operations and may never end"),
        (functools.partial(newton), (-1.0,), "more than 20,000 operations and may never end"),
    ],
)
def test_stepper_answers_bad_input_inside(f, args, words):
    stepper = widgets.Stepper(f, *args)
    assert words in stepper.problem and "\n" not in stepper.problem
    assert "image/svg+xml" not in stepper._repr_mimebundle_()[0]
    assert words in repr(stepper)


def test_step_size_explorer_computes_another_function():
    steps = widgets.StepSize(np.exp, 1.3)
    assert asked(steps, text="x**3") == "" and steps.chosen == "x ** 3"
    assert asked(steps, text="x^3").endswith("Write ** for a power.")
    assert steps.chosen == "x ** 3" and len(steps.curves) == 2
    assert "image/svg+xml" in steps._repr_mimebundle_()[0]
    scheme, errors = steps.curves["x ** 3"][0]
    assert scheme == "forward" and len(errors) == len(steps.steps) == 17
    assert min(errors) < -6 < -1 < errors[0]  # round-off at the smallest step


def test_step_size_explorer_says_what_is_true():
    steps = widgets.StepSize(np.exp, 1.3)
    assert asked(steps, text="np.log(x-5)").startswith("np.log(x - 5.0) has no finite value")
    assert asked(steps, text="(x-1.3)**2").startswith("(x - 1.3) ** 2 has the slope 0 at x = 1.3")
    assert asked(steps, text="x**1000") == ""  # it has a slope; only large steps leave the floats
    _, errors = steps.curves["x ** 1000.0"][0]
    assert errors[-1] == 0 and min(errors) < -4


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: widgets.ModeExplorer(()), "sizes=[] must hold whole numbers"),
        (lambda: widgets.ModeExplorer((0, 4)), "must hold whole numbers above 0"),
        (lambda: widgets.Descent(lambda x, y: x * y, (1.0,)), "The start must be two numbers"),
        (lambda: widgets.Descent(lambda x, y: x * y, (1.0, 2.0), rates=()), "needs a rate"),
        (lambda: widgets.Descent(lambda x, y: x * y, (1.0, 2.0), momenta=()), "needs a rate"),
    ],
)
def test_explorers_answer_bad_input_inside(make, words):
    widget = make()
    assert words in widget.problem and "Error" not in widget.problem
    assert words in repr(widget) and "image/svg+xml" not in widget._repr_mimebundle_()[0]


def test_expression_explorer_shows_swell_and_sharing():
    explorer = widgets.ExpressionExplorer("np.exp(np.sin(x))")
    trees, shared = ([v[k] for v in explorer.views[explorer.text]] for k in ("tree", "shared"))
    assert trees == sorted(trees) and trees[-1] > 1.5 * shared[-1]
    assert asked(explorer, text="log(") != ""
    assert asked(explorer, text="x**2") == "" and explorer.text == "x ** 2"
    assert [v["source"] for v in explorer.views["x ** 2"]][-2:] == ["2", "0"]


def test_mode_explorer_measures_all_combinations():
    modes = widgets.ModeExplorer((1, 2))
    assert set(modes.costs) == {"1,1", "1,2", "2,1", "2,2"}
    assert all(cost > 0 for row in modes.costs.values() for cost in row.values())
    assert asked(modes, n=1, m=2) == ""


def test_descent_follows_the_gradient():
    explorer = widgets.Descent(lambda x, y: x**2 + 10 * y**2, (2.0, 1.0), rates=(0.05, 0.2))
    first, second = explorer.path["points"][:2]
    assert first == [2.0, 1.0] and second == pytest.approx([1.8, 0.0])
    x0, x1, y0, y1 = explorer.frame  # the lowest point is in the middle, the start inside
    assert x0 < 2 < x1 and y0 < 1 < y1 and abs(x0 + x1) < 0.5 and abs(y0 + y1) < 0.5
    assert "leaves the map" in explorer.paths[1][0]["words"]
    assert np.shape(explorer.paths) == (2, 3)
    assert "no finite value" in widgets.Descent(lambda x, y: x / 0, (1.0, 1.0)).problem


@pytest.mark.parametrize("f, start, bottom", [
    (lambda x, y: (x - 2) ** 2 + 5 * (y - 1) ** 2, (0, 0), [2, 1]),
    (lambda x, y: x**4 + np.cosh(y - 1), (1.0, 0.0), [0, 1]),
    (lambda x, y: np.abs(x - 1) + np.abs(x + y), (3.0, 2.0), [1, -1]),
    (lambda x, y: -np.exp(-(x**2) - y**2) + 1e-3 * (x - 1) ** 2, (0.5, 0.5), None),
    (np.multiply, (2.0, 1.0), []),  # a saddle
    (lambda x, y: x, (0.0, 0.0), []),
    (lambda x, y: np.where(x < 0, np.nan, x) + y**2, (0.5, 0.5), [0, 0]),
])  # fmt: skip
@pytest.mark.parametrize("rate", [0.0, 1e-4, 0.05, 0.15, 5.0])
def test_the_star_is_at_the_bottom_of_the_valley_at_any_rate(f, start, bottom, rate):
    explorer = widgets.Descent(f, start, rate=rate)
    if bottom is None:
        [x, y] = explorer.bottom  # where the slope is zero
        assert np.allclose(reverse.grad(f, (0, 1))(x, y), 0, atol=1e-5)
    else:
        assert explorer.bottom == pytest.approx(bottom, abs=1e-3)
    x0, x1, y0, y1 = explorer.frame
    for x in np.linspace(x0, x1, 20) if bottom else ():
        assert not any(f(x, y) < f(*explorer.bottom) for y in np.linspace(y0, y1, 20))


@pytest.mark.parametrize("f, bottom", [
    (lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, [1, 1]),
    (lambda x, y: np.abs(x - 1) + 3 * np.abs(x + 2 * y - 1.7), [1, 0.35]),
    (lambda x, y: (x - 2.7) ** 2 + (y - 1) ** 2, [2.7, 1]),  # near an edge
    (lambda x, y: (x - 3) ** 2 + (y - 1) ** 2, None),
    (lambda x, y: 0 * x, None),
])  # fmt: skip
def test_the_bottom_of_a_map_is_found_or_lies_outside(f, bottom):
    found = descending.bottom(f, (-2.1, 2.8, -1, 3.03))
    assert found == (bottom and pytest.approx(bottom, abs=1e-3))


def test_a_still_picture_has_a_star_only_where_it_shows_the_bottom():
    near, far = (
        widgets.Descent(lambda x, y: x**2 + 10 * y**2, (9.0, 1.0), rate=rate)
        for rate in (0.09, 1e-5)
    )
    assert near.bottom == far.bottom == pytest.approx([0, 0], abs=1e-4)
    assert "star" in repr(near) and "star" not in repr(far)


@pytest.mark.parametrize("rate", [0.12, 0.25, 0.3, 0.001, 0.123456789, 1e-7, 1e20, 0, -0.1, 3])
def test_descent_takes_any_rate(rate):
    explorer = widgets.Descent(lambda x, y: x**2 + 5 * y**2, (2.0, 1.0), rate=rate)
    assert explorer.problem == "" and explorer.rate in explorer.rates
    assert "contour map" in repr(explorer)
    assert widgets.Descent(np.multiply, (2.0, 1.0), rates=(0.1,), rate=rate).problem == ""
    explorer.rate, explorer.momentum = 0.07, 0.3  # from Python
    assert explorer.problem == "" and len(explorer.path["points"]) == 21


@pytest.mark.parametrize("f, start", [
    (lambda x, y: x**2 + 5 * y**2, (2.0, 1.0)),
    (lambda x, y: 0.001 * x**2 + 0.02 * y**2, (3, 1)),
    (lambda x, y: np.cosh(x) + np.cosh(y), (1.0, 1.5)),
])  # fmt: skip
def test_rates_go_on_until_a_path_leaves_the_map(f, start):
    explorer = widgets.Descent(f, start)
    left = [row[0]["words"].startswith("It leaves the map") for row in explorer.paths]
    assert left[-1] and not left[0] and left == sorted(left)
    x0, x1, y0, y1 = explorer.frame
    x, y = explorer.paths[-1][0]["points"][-1]
    assert not (x0 <= x <= x1 and y0 <= y <= y1)
    alone = widgets.Descent(f, start, rates=(0.01, 0.02))
    assert alone.rates == [0.01, 0.02]


def test_source_explorer_links_lines():
    explorer = widgets.SourceExplorer(wish, 1.3, 0.5)
    lines = {n for _, n in explorer.left if n}
    assert lines and lines == {n for _, n in explorer.right if n}
    assert "image/svg+xml" in explorer._repr_mimebundle_()[0]


def test_source_explorer_says_what_it_cannot_do():
    explorer = widgets.SourceExplorer(np.sin, 1.3)
    assert explorer.problem.startswith("'sin' has no lines of Python to show")
    assert "image/svg+xml" not in explorer._repr_mimebundle_()[0]
