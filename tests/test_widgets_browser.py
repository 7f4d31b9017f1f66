"""The widgets in Chromium: in the exported deck, in JupyterLab and in live RISE."""

import io
import json

import numpy as np
import pytest
from PIL import Image

import browser
import deck
import widget_talk
from elves import show

PRESENT = "section.present:not(.stack)"
LABELS = {"stepper": "stepper", "steps": "step size", "expression": "expression", "modes": "mode",
          "descent": "descent"}  # fmt: skip
OVERFLOW = """nodes => nodes.flatMap(node => {
  const box = node.querySelector("rect").getBoundingClientRect();
  return [...node.querySelectorAll("text")].filter(text => {
    const t = text.getBoundingClientRect();
    return t.width && (t.left < box.left || t.right > box.right || t.bottom > box.bottom + 1);
  }).map(text => text.textContent);
})"""
SCALE = "all => Math.min(...all.map(svg => svg.getScreenCTM().a))"


@pytest.fixture(scope="module")
def chromium(root):
    """A browser without the network's help; it starts when the deck is built."""
    from playwright.sync_api import sync_playwright

    path = browser.chromium()
    with sync_playwright() as playwright:
        engine = playwright.chromium.launch(executable_path=path, args=browser.FLAGS)
        yield engine
        engine.close()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The talk with one widget on each slide, built."""
    browser.chromium()
    root = widget_talk.write_talk(tmp_path_factory.mktemp("widgets") / "talk")
    deck.build(root)
    return root


@pytest.fixture
def page(chromium, root):
    """The exported deck, opened from its file without a network."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    trouble = []
    local = ("file:", "data:", "blob:", "about:")
    context.on("request", lambda r: r.url.startswith(local) or trouble.append(r.url))
    context.on("console", lambda m: m.type == "error" and trouble.append(m.text))
    context.on("weberror", lambda e: trouble.append(str(e.error)))
    page = context.new_page()
    page.goto((root / "slides" / "index.html").as_uri())
    yield page
    context.close()
    assert not trouble


def slide(page, name):
    """Go to the slide of a widget, and give the widget."""
    page.evaluate(f"location.hash = '#/{name}-title'")
    widget = page.locator(f"section[id='{name}-title'] .elves-widget")
    widget.wait_for(timeout=browser.SLOW)
    return widget


def click(widget, label):
    widget.get_by_role("button", name=label, exact=True).click()


def position(widget):
    return widget.locator(".count").inner_text()


def drag(page, handle, share):
    """Press the mouse on a slider and pull it to a share of its width."""
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + share * box["width"], y, steps=4)
    page.mouse.up()


def walk(page, widget):
    """Step forward and back by buttons, by keys and by the slider, and read what is shown."""
    now = widget.locator(".node.now")
    assert position(widget) == "1 / 15" and now.text_content().startswith("x1.3")
    click(widget, "step forward")
    click(widget, "step forward")
    assert position(widget) == "3 / 15"
    assert widget.locator(".code .now").inner_text().strip() == "a = np.sin(x)"
    assert "lambda y, x: np.cos(x)" in widget.locator(".rule").inner_text()
    assert widget.locator(".node.waits").count() == 5
    click(widget, "step back")
    assert position(widget) == "2 / 15"
    click(widget, "last step")
    first = widget.locator(".node[data-node='0']")
    assert "adjoint 19.21" in " ".join(first.locator("text").all_text_contents())
    widget.locator(".graph").focus()
    before = page.url
    for key, where in [("Home", 1), ("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2),
                       ("End", 15), ("ArrowLeft", 14)]:  # fmt: skip
        page.keyboard.press(key)
        assert position(widget) == f"{where} / 15"
    assert page.url == before  # the slide has not changed
    back = widget.get_by_role("button", name="step back", exact=True)
    back.focus()
    page.keyboard.press("Enter")
    assert position(widget) == "13 / 15"
    assert back.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    drag(page, widget.locator("input[type=range]"), 0.03)
    assert position(widget) == "1 / 15"


# ---------------------------------------------------------------- the exported deck


def test_stepper_steps_in_the_deck(page):
    walk(page, slide(page, "stepper"))


def test_dual_numbers_travel_in_the_deck(page):
    widget = slide(page, "forward")
    gold = widget.locator(".node .tangent").filter(visible=True)
    assert gold.all_text_contents() == ["tangent 1"]
    for k in range(2, 9):
        click(widget, "step forward")
        assert gold.count() == k
    assert gold.last.text_content() == "tangent 19.21" and position(widget) == "8 / 8"
    click(widget, "step back")
    assert gold.count() == 7


def test_the_walk_has_the_slide_and_its_letters_are_large(page):
    widget = slide(page, "small")
    graph, drawing = widget.locator(".graph"), widget.locator(".graph svg")
    first = widget.locator(".node[data-node='0']")
    assert first.locator(".value").is_visible()  # it does not arrive blank
    names = widget.locator(".node text.name")
    pale = "all => all.filter(n => getComputedStyle(n.parentNode).opacity !== '1').length"
    assert names.count() == 4 and names.evaluate_all(pale) == 0
    for k in range(8):
        assert 20 * widget.locator("svg.elves").evaluate_all(SCALE) >= 39  # of a headline of 40
        assert widget.locator(".node").evaluate_all(OVERFLOW) == []
        said = widget.locator(".said > span")
        assert float(said.evaluate("s => parseFloat(getComputedStyle(s).fontSize)")) >= 30
        assert said.bounding_box()["height"] < 50  # one line
        assert drawing.bounding_box()["height"] <= graph.bounding_box()["height"]
        assert position(widget) == f"{k + 1} / 8"
        page.keyboard.press("Space")
    assert not widget.locator(".rule, .code").filter(visible=True).count()
    large = slide(page, "stepper").locator(".graph svg")  # scrolls in its own size
    least = large.evaluate("svg => svg.viewBox.baseVal.width")
    assert large.bounding_box()["width"] == pytest.approx(least, abs=1)


def at(page):
    """The slide in view, and where its widget is."""
    count = page.locator(f"{PRESENT} .count")
    return page.evaluate("Reveal.getCurrentSlide().id"), count.count() and count.inner_text()


KEYS = [("Space", "Shift+Space"), ("PageDown", "PageUp"), ("ArrowRight", "ArrowLeft"), ("n", "p")]


@pytest.mark.parametrize("on, back", KEYS)
def test_each_press_is_a_step_of_the_walk(page, on, back):
    """To its end, then on; back onto its end, back to its start, then to the slide before."""
    slide(page, "small")
    for k in range(1, 9):
        assert at(page) == ("small-title", f"{k} / 8")
        page.keyboard.press(on)
    assert at(page)[0] == "refused-title"
    for k in range(8, 0, -1):
        page.keyboard.press(back)
        assert at(page) == ("small-title", f"{k} / 8")
    page.keyboard.press(back)
    assert at(page) == ("forward-title", "8 / 8")


def test_a_press_goes_on_from_where_a_hand_has_left_the_walk(page):
    widget = slide(page, "small")
    drag(page, widget.locator("input[type=range]"), 0.57)
    assert position(widget) == "5 / 8"
    page.keyboard.press("Space")
    assert at(page) == ("small-title", "6 / 8")
    click(widget, "step back")
    page.keyboard.press("PageUp")
    assert at(page) == ("small-title", "4 / 8")
    widget.locator(".graph").click()  # or a finger: it goes on, and never leaves the slide
    assert at(page) == ("small-title", "5 / 8")
    page.keyboard.press("ArrowRight")
    assert at(page) == ("small-title", "6 / 8")
    for _ in range(5):
        widget.locator(".graph").click()
    assert at(page) == ("small-title", "8 / 8")
    page.keyboard.press("ArrowRight")
    assert at(page)[0] == "refused-title"
    for hand in (lambda: drag(page, widget.locator("input[type=range]"), 0.99),
                 lambda: click(widget, "last step")):  # fmt: skip
        page.keyboard.press("ArrowLeft")
        hand()
        assert at(page) == ("small-title", "8 / 8")
        page.keyboard.press("ArrowRight")  # some clickers send arrows
        assert at(page)[0] == "refused-title"
    page.evaluate("location.hash = '#/small-title/2'")  # as the speaker's window does
    browser.wait_until(page, lambda: at(page) == ("small-title", "4 / 8"))


def test_keys_that_repeat_lose_no_step(page):
    slide(page, "small")
    page.keyboard.down("Space")
    for _ in range(7):
        page.keyboard.down("Space")  # a repeat
    page.keyboard.up("Space")
    assert at(page)[0] == "refused-title"


def test_the_speakers_window_walks_along(page):
    slide(page, "small")
    with page.context.expect_page() as window:
        page.keyboard.press("s")
    speaker = window.value
    frames = [speaker.frame_locator(f"#{which}-slide iframe") for which in ("current", "upcoming")]
    counts = [frame.locator(f"{PRESENT} .count") for frame in frames]
    for frame in frames:
        drawn = frame.locator("[id='small-title'] .node.now")
        drawn.wait_for(state="attached", timeout=browser.SLOW)
    for k in (2, 3):
        page.keyboard.press("PageDown")
        for ahead, count in enumerate(counts):
            words = f"{k + ahead} / 8"
            browser.wait_until(page, lambda c=count, w=words: c.inner_text() == w, browser.SLOW)
    speaker.bring_to_front()
    speaker.keyboard.press("PageDown")  # a clicker's, wherever the focus is
    browser.wait_until(page, lambda: at(page) == ("small-title", "4 / 8"))


LATE = """const whole = URL.createObjectURL;
  URL.createObjectURL = blob => whole.call(URL, new Blob(
    ["await new Promise(done => setTimeout(done, 1200));", blob], {type: blob.type}));"""


def test_presses_count_while_a_walk_is_on_its_way(page):
    page.add_init_script(LATE)
    page.goto(page.url.partition("#")[0] + "#/small-title")
    page.reload()
    page.wait_for_function("Reveal.isReady()")
    for _ in range(3):
        page.keyboard.press("Space")
    assert at(page) == ("small-title", 0)  # not there yet
    browser.wait_until(page, lambda: at(page) == ("small-title", "4 / 8"), browser.SLOW)
    page.keyboard.press("Space")
    assert at(page) == ("small-title", "5 / 8")
    browser.wait_until(page, lambda: page.url.endswith("/3"))  # Reveal takes a moment to write it
    page.reload()  # which stays on its step
    browser.wait_until(page, lambda: at(page) == ("small-title", "5 / 8"), browser.SLOW)


@pytest.mark.parametrize("known", [True, False])
def test_a_walk_that_arrives_late_is_where_its_slide_is(page, known):
    """Also without marks in the page, as when a cell was run that had no recorded output."""
    page.add_init_script(LATE)
    page.goto(page.url.partition("#")[0] + "#/refused-title")
    page.reload()
    if not known:
        page.evaluate("document.querySelectorAll('.steps').forEach(node => node.remove())")
    page.locator("[id='small-title'] .node.now").wait_for(state="attached", timeout=browser.SLOW)
    page.keyboard.press("PageUp")
    assert at(page) == ("small-title", "8 / 8")
    page.keyboard.press("PageUp")
    assert at(page) == ("small-title", "7 / 8")


def test_stepper_plays_and_pauses(page):
    widget = slide(page, "stepper")
    click(widget, "play")  # Space belongs to the slides
    browser.wait_until(page, lambda: position(widget) != "1 / 15")
    click(widget, "pause")
    stopped = position(widget)
    page.wait_for_timeout(1500)
    assert position(widget) == stopped
    assert widget.get_by_role("button", name="play", exact=True).count() == 1


@pytest.mark.parametrize("name", LABELS)
def test_widgets_fit_and_can_be_read(page, name):
    widget = slide(page, name)
    box = widget.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 1280 and box["y"] + box["height"] <= 690
    assert widget.locator(".node").evaluate_all(OVERFLOW) == []
    assert widget.locator("svg.elves").evaluate_all(SCALE) > 0.95  # of 20 pixels
    unnamed = widget.locator("input, button, select").evaluate_all(
        "all => all.filter(x => !x.getAttribute('aria-label')).map(x => x.outerHTML)"
    )
    assert unnamed == []


def test_step_is_dragged_in_the_deck(page):
    widget = slide(page, "steps")
    drag(page, widget.locator("input[type=range]"), 0.999)
    assert "h = 1e-16" in widget.locator(".said").inner_text()
    drag(page, widget.locator("input[type=range]"), 0.001)
    assert "h = 1e0" in widget.locator(".said").inner_text()
    before = widget.locator(".said").inner_text()
    widget.locator("select").select_option("exp")
    assert widget.locator(".said").inner_text() != before
    widget.get_by_label("forward").uncheck()
    assert widget.locator("polyline").count() == 2
    assert "forward" not in widget.locator(".said").inner_text()


def finger(page, box, before, after):
    """Put a finger down in a box and pull it across; the places are shares of its width."""
    session = page.context.new_cdp_session(page)
    places = np.linspace(before, after, 12) * box["width"] + box["x"]
    y = box["y"] + box["height"] / 2
    for k, x in enumerate(places):
        kind = "touchMove" if k else "touchStart"
        touch = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
        session.send("Input.dispatchTouchEvent", touch)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(200)


@pytest.mark.parametrize("name", [name for name in widget_talk.SLIDES if name != "picture"])
def test_a_finger_in_a_widget_changes_no_slide(chromium, root, name):
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, has_touch=True)
    page = context.new_page()
    page.goto((root / "slides" / "index.html").as_uri())
    widget = slide(page, name)

    def stays():
        return page.evaluate("Reveal.getCurrentSlide().id") == f"{name}-title"

    assert stays()
    sliders = widget.locator("input[type=range]").filter(visible=True)
    for k in range(sliders.count()):
        values = [sliders.nth(k).input_value()]
        for way in [(0.02, 0.98), (0.98, 0.02)]:
            finger(page, sliders.nth(k).bounding_box(), *way)
            values.append(sliders.nth(k).input_value())
            assert stays()
        assert len(set(values)) > 1, "the slider does not follow"
    for part in (".graph", ".plot", ".bars", ".code", ".problem"):
        shown = widget.locator(part).filter(visible=True)
        for way in [(0.2, 0.8), (0.8, 0.2)] if shown.count() else []:
            finger(page, shown.first.bounding_box(), *way)
            assert stays(), part
    title, before = page.locator(f"{PRESENT} h2").bounding_box(), at(page)
    finger(page, title, 0.8, 0.2)  # a swipe beside the widget is one, or a step of its walk
    assert at(page) != before and stays() == ("/" in str(before[1]))
    context.close()


def test_recorded_expressions_are_there(page):
    widget = slide(page, "expression")
    widget.locator("select").select_option("np.exp(np.sin(x))")
    assert "np.exp(np.sin(x))" in widget.locator(".rule").inner_text()
    drag(page, widget.locator("input[type=range]"), 0.999)
    rows = widget.locator(".bars > div").filter(visible=True)
    assert rows.count() == 4  # as far as the slider stands
    page.keyboard.press("ArrowLeft")
    assert rows.count() == 3
    page.keyboard.press("ArrowRight")
    said = widget.locator(".said").inner_text()
    assert said == "36 operations written out, 16 with equal parts shared."
    widget.get_by_label("share equal parts").uncheck()
    svg = widget.locator("svg").first
    assert svg.text_content() == "36 operations, all written out"
    assert not widget.locator("input[type=text]").is_visible()  # nobody would answer


def test_modes_and_descent_are_recorded(page):
    widget = slide(page, "modes")
    drag(page, widget.locator("input[type=range]").first, 0.999)
    assert "A 1 by 16 Jacobian" in widget.locator(".said").inner_text()
    assert "17 evaluations" in widget.locator(".bars").inner_text()
    widget = slide(page, "descent")
    drag(page, widget.locator("input[type=range]").first, 0.999)
    assert "leaves the map" in widget.locator(".said").inner_text()


def test_bad_input_is_answered_inside(page):
    widget = slide(page, "refused")
    assert widget.inner_text().strip().startswith("Only floats can vary smoothly, but 3 is made")


def test_words_stay_inside_their_boxes(page):
    pictures = [
        show.graph(widget_talk.wish, 1.3, 0.5),
        show.graph(lambda A, x: np.sum(np.tanh(A @ x)), np.ones((3, 2)), np.ones(2)),
        show.graph(lambda x: np.exp(-np.log1p(x**2)) * 1e-9, 123.456),
        show.dual(widget_talk.wish, -1.3e-7, 0.5),
        show.expression(lambda x: np.arctan2(np.logaddexp(x, 1.5), x) ** 2),
    ]
    page.goto("about:blank")  # where no script of the deck is still at work
    page.set_content("".join(picture.svg for picture in pictures))
    assert page.locator(".node").count() > 25
    assert page.locator(".node").evaluate_all(OVERFLOW) == []


def test_source_lines_are_linked(page):
    widget = slide(page, "source")
    widget.locator(".line", has_text="a = a * x + w").first.hover()
    linked = widget.locator(".line.now").all_text_contents()
    assert "        a = a * x + w" in linked and any("x_bar" in line for line in linked)
    widget.locator(".line").first.focus()
    page.keyboard.press("ArrowDown")
    assert "a = np.sin(x)" in " ".join(widget.locator(".line.now").all_text_contents())


def test_paper_shows_the_walk_as_a_strip_of_stills(page):
    page.goto(page.url.partition("#")[0] + "?print-pdf")
    page.wait_for_function("document.querySelectorAll('.pdf-page').length > 0")
    for name, first, last in [("small", 1, 8), ("forward", 1, 8), ("stepper", 7, 15)]:
        widget = page.locator(f"[id='{name}-title'] .elves-widget")
        widget.wait_for(timeout=browser.SLOW)
        stills = widget.locator("figure")
        said = stills.locator("figcaption").all_inner_texts()
        assert [words.split(" ")[0] for words in said] == [*map(str, range(first, last + 1))]
        assert not widget.locator(".knobs, .stage, .said").filter(visible=True).count()
        edge = page.locator(f".pdf-page:has([id='{name}-title'])").bounding_box()
        for still in stills.all():
            box = still.bounding_box()
            assert box["y"] + box["height"] <= edge["y"] + 720, name
    end = page.locator("[id='small-title'] figure").last
    assert "adjoint 2.957" in " ".join(end.locator("text").all_text_contents())


def is_dark(picture):
    """What a picture or a widget is drawn on, as it is seen."""
    seen = Image.open(io.BytesIO(picture.screenshot())).convert("L")
    return seen.getpixel((seen.width // 2, 3)) < 60


def test_pictures_and_widgets_follow_the_deck_not_the_system(chromium, root):
    for system in ("light", "dark"):
        context = chromium.new_context(color_scheme=system, offline=True)
        page = context.new_page()
        page.goto((root / "slides" / "index.html").as_uri())
        for night in (False, True):
            assert is_dark(slide(page, "modes")) == night
            page.evaluate("location.hash = '#/picture-title'")
            assert is_dark(page.locator(f"{PRESENT} img")) == night
            page.keyboard.press("d")
        context.close()


# ---------------------------------------------------------------- with a kernel


@pytest.fixture(scope="module")
def server(root, tmp_path_factory):
    with browser.serve(root, tmp_path_factory.mktemp("jupyter") / "home") as url:
        yield url


@pytest.fixture
def window(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def test_widgets_live_in_jupyterlab(window, server):
    window.goto(f"{server}lab/tree/notebooks/01_widgets.ipynb?reset&token={browser.TOKEN}")
    window.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=browser.SLOW)
    browser.wait_for_kernel(window, server, "notebooks/01_widgets.ipynb")
    notebook = window.locator(".jp-NotebookPanel")
    browser.run_cell(window, notebook.locator(".jp-CodeCell").first, menu=True)

    def widget(name):
        found = notebook.locator(f".elves-widget[aria-label^='{LABELS[name]}']:not(.refused)").first
        found.wait_for(timeout=browser.SLOW)
        return found

    stepper = widget("stepper")
    stepper.scroll_into_view_if_needed()
    walk(window, stepper)
    stepper.get_by_label("value of x").fill("2")
    window.keyboard.press("Enter")
    said = stepper.locator(".said")
    browser.wait_until(window, lambda: "The argument x is 2." in said.inner_text())
    click(stepper, "step forward")
    steps = widget("steps")
    drag(window, steps.locator("input[type=range]"), 0.999)
    expression = widget("expression")
    for text, answer in [("sin(", ".problem"), ("x**5", ".rule")]:
        expression.locator("input[type=text]").fill(text)
        window.keyboard.press("Enter")
        words = {".problem": "is not an expression", ".rule": "5 * x ** 4"}[answer]
        found = expression.locator(answer)
        browser.wait_until(window, lambda f=found, w=words: w in f.inner_text())
    assert expression.locator(".problem").inner_text() == ""
    descent = widget("descent")
    descent.locator("input[type=range]").first.focus()
    with window.expect_request(lambda r: r.method == "PUT" and "/api/contents/" in r.url):
        window.keyboard.press("Control+s")
    cells = notebook.locator(".jp-Cell").count()
    for key in "abdd":  # JupyterLab's own would add and delete cells
        window.keyboard.press(key)
    assert notebook.locator(".jp-Cell").count() == cells
    dot, place = descent.locator("circle").first, descent.locator("svg").bounding_box()
    before = dot.get_attribute("cx")
    descent.locator("svg").click(position={"x": place["width"] / 3, "y": place["height"] / 3})
    browser.wait_until(window, lambda: dot.get_attribute("cx") != before)
    before = dot.get_attribute("cx")
    descent.locator(".plot").focus()
    window.keyboard.press("ArrowRight")
    browser.wait_until(window, lambda: dot.get_attribute("cx") != before)
    busy = notebook.locator(".elves-widget", has_text="def tiny(x)").first
    busy.get_by_label("value of x").fill("10")
    window.keyboard.press("Enter")
    problem = busy.locator(".problem")
    browser.wait_until(window, lambda: "No kernel has answered" in problem.inner_text())
    browser.wait_until(window, lambda: "The argument x is 10." in busy.inner_text())
    assert problem.inner_text() == ""
    modes = widget("modes")
    click(modes, "measure again with the kernel")
    window.wait_for_timeout(4500)
    assert modes.locator(".problem").inner_text() == ""
    last = notebook.locator(".jp-CodeCell").nth(len(widget_talk.SLIDES) + 1)  # running adds another
    browser.run_cell(window, last)
    want = "1 -16 x ** 5 [['x', 2.0], ['w', 0.5]]"
    browser.wait_until(window, lambda: want in last.locator(".jp-OutputArea").inner_text())


def fits(inner, outer):
    return inner.bounding_box()["width"] <= outer.bounding_box()["width"]


def test_pictures_follow_the_theme_of_jupyterlab(window, server):
    theme = f"{server}lab/api/settings/@jupyterlab/apputils-extension:themes?token={browser.TOKEN}"
    for name, dark in [("JupyterLab Dark", True), ("JupyterLab Light", False)]:
        window.goto(f"{server}lab/tree/notebooks/01_widgets.ipynb?reset&token={browser.TOKEN}")
        [xsrf] = [c["value"] for c in window.context.cookies() if c["name"] == "_xsrf"]
        raw, head = json.dumps({"theme": name}), {"X-XSRFToken": xsrf}
        assert window.request.put(theme, data={"raw": raw}, headers=head).ok
        window.reload()
        cell = window.locator(".jp-NotebookPanel .jp-CodeCell").nth(len(widget_talk.SLIDES))
        cell.wait_for(timeout=browser.SLOW)
        browser.wait_for_kernel(window, server, "notebooks/01_widgets.ipynb")
        browser.run_cell(window, cell, menu=True)
        picture = cell.locator(".jp-RenderedSVG img")
        picture.wait_for(timeout=browser.SLOW)
        browser.wait_until(window, lambda p=picture, d=dark: is_dark(p) == d)
        assert picture.get_attribute("alt").startswith("Computation graph: x, 1.3")
        room = cell.locator(".jp-OutputArea-output")
        for width in (1280, 1000):  # a small window too shows all of it
            window.set_viewport_size({"width": width, "height": 700})
            browser.wait_until(window, lambda p=picture, r=room: fits(p, r))
        window.set_viewport_size({"width": 390, "height": 844})  # a phone: it scrolls
        browser.wait_until(window, lambda p=picture: 600 < p.bounding_box()["width"] <= 640)
        window.set_viewport_size({"width": 1280, "height": 900})


def test_stepper_lives_in_rise(window, server):
    window.goto(f"{server}rise/slides/talk.ipynb?token={browser.TOKEN}")
    window.locator(PRESENT).wait_for(timeout=browser.SLOW)
    browser.wait_for_kernel(window, server, "slides/talk.ipynb")
    cell = window.locator(f"{PRESENT} .jp-CodeCell:not(.reveal-skip)").first
    cell.locator(".cm-content").click()
    window.keyboard.press("Control+Enter")  # runs it and stays
    window.wait_for_timeout(1000)
    browser.wait_for_kernel(window, server, "slides/talk.ipynb")
    window.keyboard.press("Escape")
    widget = cell.locator(".elves-widget")
    widget.wait_for(timeout=browser.SLOW)
    walk(window, widget)
    widget.get_by_label("value of x").fill("2")
    window.keyboard.press("Enter")
    said = widget.locator(".said")
    browser.wait_until(window, lambda: "The argument x is 2." in said.inner_text())
