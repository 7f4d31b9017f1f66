"""The widgets' JavaScript with a model of our own in place of a kernel: any state, any answer."""

import itertools
import json

import numpy as np
import pytest
import traitlets

pytest.importorskip("anywidget")

from elves import errors, widgets

# a model as anywidget has it; `push` changes it as a kernel does
PAGE = """async ({esm, css, state}) => {
  document.head.append(Object.assign(document.createElement("style"), {textContent: css}));
  document.body.innerHTML = "<div id=place></div>";
  const heard = {};
  const tell = (values) => {
    const before = {...state};
    Object.assign(state, values);
    for (const name in values)
      if (JSON.stringify(before[name]) !== JSON.stringify(values[name]))
        for (const act of heard[`change:${name}`] ?? []) act();
  };
  const model = {
    get: (name) => state[name], set: (name, value) => tell({[name]: value}),
    on: (name, act) => (heard[name] ??= []).push(act), save_changes: () => {},
  };
  Object.assign(window, {push: tell, state});
  const url = URL.createObjectURL(new Blob([esm], {type: "text/javascript"}));
  (await import(url)).default.render({model, el: document.querySelector("#place")});
}"""


def wish(x, w):
    return np.sin(x) * x**2 * w


def hills(x, y):
    return x**2 + 10 * y**2


MAKE = {
    "stepper": lambda: widgets.Stepper(wish, 1.3, 0.5),
    "forward": lambda: widgets.Stepper(wish, 1.3, 0.5, mode="forward"),
    "steps": lambda: widgets.StepSize({"sine": np.sin, "exp": np.exp}, 1.3),
    "expression": lambda: widgets.ExpressionExplorer(),
    "modes": lambda: widgets.ModeExplorer((1, 2)),
    "descent": lambda: widgets.Descent(hills, (2.0, 1.0)),
    "source": lambda: widgets.SourceExplorer(wish, 1.3, 0.5),
    "systems": lambda: widgets.SystemsExplorer(engines=["reverse", "tracing"]),
}
VALUES = [0, 1, 5, 99, -1, 10**9, 0.3, 1e300, -1e300, np.inf, np.nan, "", "x**3", "log(", True,
          [], [3], ["a"], [[1, 2]], {}, {"a": [1]}, {"1,1": {}}, {"x": None}]  # fmt: skip


@pytest.fixture
def page(chromium):
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 720})
    page = context.new_page()
    trouble = []
    page.on("pageerror", lambda e: trouble.append(str(e)))
    page.on("console", lambda m: m.type == "error" and trouble.append(m.text))
    page.clock.install()
    yield page
    context.close()
    assert trouble == []


def state_of(widget):
    """What the page gets, as JSON."""
    names = [name for name in widget.keys if not name.startswith("_")]
    state = {n: v for n, v in widget.get_state(names).items() if n not in ("layout", "tooltip")}
    return json.loads(json.dumps(state, allow_nan=False))


def show(page, widget):
    page.goto("about:blank")
    page.evaluate(PAGE, {"esm": widget._esm, "css": widget._css, "state": state_of(widget)})
    return page.locator(".elves-widget")


@pytest.mark.parametrize("name", MAKE)
def test_any_trait_may_be_set_from_python(page, name, capfd):
    widget = MAKE[name]()
    shown, first = show(page, widget), state_of(widget)
    own = set(first) - set(widgets.base.anywidget.AnyWidget.class_traits())
    assert len(own) >= 6
    for trait in sorted(own):
        for value in VALUES:
            try:
                setattr(widget, trait, value)
            except (traitlets.TraitError, errors.ElfError):
                continue  # a value of another kind
            page.evaluate("values => push(values)", state_of(widget))
            assert shown.inner_text().strip(), (trait, value)
            assert "\n" not in widget.problem
        for trait_, good in first.items():
            setattr(widget, trait_, good)
        page.evaluate("values => push(values)", first)
        assert shown.locator(".problem").inner_text() == "", trait
    fresh = show(page, MAKE[name]())
    assert fresh.locator(".problem").inner_text() == "" and capfd.readouterr().err == ""


@pytest.mark.parametrize("name, trait, value, words", [
    ("stepper", "frame", 99, "frame=99 must be one of 0 to 10."),
    ("stepper", "frame", -1, "frame=-1 must be one of 0 to 10."),
    ("steps", "exponent", 3, "exponent=3 must be one of -16 to 0."),
    ("steps", "chosen", "np.log(x", "is not an expression"),
    ("expression", "order", 7, "order=7 must be one of 0 to 3."),
    ("expression", "text", "y + 1", "y"),
    ("modes", "n", 3, "n=3 must be one of 1 to 2."),
    ("descent", "rate", float("inf"), "must be finite"),
])  # fmt: skip
def test_a_knob_at_no_place_gets_a_sentence_and_the_picture_stays(name, trait, value, words, page):
    widget = MAKE[name]()
    shown = show(page, widget)
    before = shown.locator(".plot, .graph, .bars").first.inner_html()
    good = getattr(widget, trait)
    setattr(widget, trait, value)
    assert words in widget.problem and "\n" not in widget.problem
    page.evaluate("values => push(values)", state_of(widget))
    assert words in shown.locator(".problem").inner_text()
    assert shown.locator(".plot, .graph, .bars").first.inner_html() == before
    setattr(widget, trait, good)
    page.evaluate("values => push(values)", state_of(widget))
    assert shown.locator(".problem").inner_text() == ""


def test_what_python_asks_for_is_computed(page):
    expression = MAKE["expression"]()
    shown = show(page, expression)
    expression.text = "x**3"
    page.evaluate("values => push(values)", state_of(expression))
    assert "3 * x ** 2" in shown.locator(".rule").inner_text()
    steps = MAKE["steps"]()
    steps.chosen = "np.cos(x)"
    assert steps.problem == "" and "np.cos(x)" in steps.curves


@pytest.mark.parametrize("make", [
    lambda: widgets.StepSize({}, 1.3), lambda: widgets.ExpressionExplorer(()),
    lambda: widgets.ModeExplorer((10**9,)), lambda: widgets.Descent(hills, (np.inf, 1.0)),
])  # fmt: skip
def test_no_widget_is_blank(make, page):
    assert len(show(page, make()).inner_text().strip()) > 20


def test_a_late_answer_takes_the_sentence_away(page):
    for name in ("stepper", "expression", "steps", "modes"):
        widget = MAKE[name]()
        shown = show(page, widget)
        page.evaluate("push({served: state.asked.number})")  # a kernel is there …
        if name == "modes":
            shown.get_by_role("button").click()
        else:
            shown.locator("input[type=text]").first.fill("2")
            page.keyboard.press("Enter")
        assert shown.locator(".problem").inner_text() == ""
        page.clock.fast_forward(9000)  # … and busy
        assert "No kernel has answered so far" in shown.locator(".problem").inner_text()
        page.evaluate("push({served: state.asked.number, problem: ''})")
        assert shown.locator(".problem").inner_text() == "", name


def test_what_needs_a_kernel_is_offered_when_one_answers(page):
    for name, what in [("stepper", ".inputs"), ("expression", ".entry"), ("steps", ".entry"),
                       ("modes", "button"), ("descent", "text=Click on the map")]:  # fmt: skip
        shown = show(page, MAKE[name]())
        assert not shown.locator(what).first.is_visible()
        page.clock.fast_forward(9000)
        assert not shown.locator(what).first.is_visible()
        assert shown.locator(".problem").inner_text() == ""
        page.evaluate("push({served: state.asked.number})")
        assert shown.locator(what).first.is_visible(), name


def test_numbers_that_json_does_not_know_are_shown(page, capfd):
    for x in (float("inf"), float("-inf"), float("nan"), 1e300):
        widget = widgets.Stepper(lambda x: x * x, x)
        shown = show(page, widget)
        page.evaluate("push({served: state.asked.number})")
        assert shown.locator("input.number").input_value() == {1e300: "1e+300"}.get(x, str(x))
        assert capfd.readouterr().err == ""


def test_a_click_on_the_map_starts_there(page):
    widget = MAKE["descent"]()
    shown = show(page, widget)
    box = shown.locator("svg").bounding_box()
    for share in (0.25, 0.6):
        at = box["x"] + share * box["width"], box["y"] + 0.3 * box["height"]
        before = page.evaluate("state.asked")
        page.mouse.click(*at)
        assert page.evaluate("state.asked") == before  # nobody would answer
        page.evaluate("push({served: state.asked.number})")
        page.mouse.click(*at)
        widget.asked = page.evaluate("state.asked")
        assert widget.problem == ""
        page.evaluate("values => push(values)", state_of(widget))
        dot = shown.locator("circle").first.bounding_box()
        assert dot["x"] + dot["width"] / 2 == pytest.approx(at[0], abs=1.5)
        assert dot["y"] + dot["height"] / 2 == pytest.approx(at[1], abs=1.5)
        page.evaluate("push({served: -1})")


@pytest.mark.parametrize("name", MAKE)
def test_no_knob_is_cut_on_a_phone(page, name):
    page.set_viewport_size({"width": 320, "height": 700})
    shown = show(page, MAKE[name]())
    page.evaluate("push({served: state.asked.number})")
    room = shown.evaluate("node => node.getBoundingClientRect().right")
    parts = "input, button:not(.line), output, label, .plot, .column, .bars span"
    for node in shown.locator(parts).all():
        box = node.bounding_box()
        assert not box or box["x"] + box["width"] <= room + 1, node.evaluate("n => n.outerHTML")


def star(shown):
    """The middle of the star, in the numbers of the drawing."""
    return [float(shown.locator("text", has_text="★").get_attribute(name)) for name in "xy"]


def test_the_star_stays_at_the_bottom(page):
    shown = show(page, MAKE["descent"]())
    before = star(shown)
    assert before == pytest.approx([450, 141 + 10], abs=6)  # in the middle of the map
    for slider, key in [(0, "End"), (1, "End"), (0, "ArrowLeft"), (0, "Home")]:
        shown.locator("input[type=range]").nth(slider).press(key)
        assert star(shown) == before
    assert not show(page, widgets.Descent(np.multiply, (2.0, 1.0))).locator("text=★").count()


def test_arrow_keys_move_the_start(page):
    widget = MAKE["descent"]()
    shown = show(page, widget)
    plot = shown.locator(".plot")
    assert plot.get_attribute("tabindex") == "-1"  # nobody would answer
    plot.focus()
    page.keyboard.press("ArrowUp")
    assert "start" not in page.evaluate("state.asked")
    page.evaluate("push({served: state.asked.number})")
    shown.locator("input[type=range]").first.focus()
    page.keyboard.press("Shift+Tab")
    assert plot.evaluate("node => node === document.activeElement")
    for key, (x, y) in {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1),
                        "ArrowDown": (0, -1)}.items():  # fmt: skip
        before = widget.start
        page.keyboard.press(key)
        page.keyboard.press(key)  # is not heard before the answer
        widget.asked = page.evaluate("state.asked")
        page.evaluate("values => push(values)", state_of(widget))
        moved = np.subtract(widget.start, before)
        assert (np.sign(np.round(moved, 9)) == (x, y)).all() and widget.problem == ""
    for _ in range(60):  # the map has an end
        page.keyboard.press("ArrowLeft")
        widget.asked = page.evaluate("state.asked")
        page.evaluate("values => push(values)", state_of(widget))
    assert widget.start[0] == widget.frame[0]


CHORDS = "", "Shift+", "Control+", "Meta+", "Alt+", "Control+Shift+"


@pytest.mark.parametrize("name", MAKE)
def test_a_widget_keeps_its_keys_and_leaves_shortcuts_alone(page, name):
    shown = show(page, MAKE[name]())
    page.evaluate("push({served: state.asked.number})")
    page.evaluate("""() => addEventListener("keydown", event => {
      window.heard = event.key;
      event.preventDefault();  // no page of the browser's own
    })""")
    controls = shown.locator("input, button, select, [tabindex='0']").filter(visible=True)
    for control in controls.all():
        for key, chord in itertools.product(("s", "ArrowLeft", "Home"), CHORDS):
            control.focus()
            page.evaluate("window.heard = null")
            before = page.evaluate("JSON.stringify(state)")
            page.keyboard.press(f"{chord}{key}")
            heard = page.evaluate("window.heard") is not None
            assert heard == (chord not in ("", "Shift+")), (chord, key)
            assert not heard or page.evaluate("JSON.stringify(state)") == before


def test_a_path_flies_off_the_map(page):
    for f, start in [(hills, (2.0, 1.0)), (lambda x, y: 0.01 * (x - 3) ** 2 + 0.1 * y**2, (0, 1.0)),
                     (lambda a, b: (a - 2.0) ** 2 + 5 * (b - 1.0) ** 2, (0.0, 0.0))]:  # fmt: skip
        widget = widgets.Descent(f, start)
        shown = show(page, widget)
        shown.locator("input[type=range]").first.press("End")
        assert "leaves the map" in shown.locator(".said").inner_text()
        shown.locator("input[type=range]").first.press("Home")
        assert "20 steps" in shown.locator(".said").inner_text()
