"""On stage: the live slides with every cell run in order, and then the kernel dies."""

import re
import shutil

import psutil
import pytest

import browser
import deck
import rehearse
import running
import staging
from test_deck_walk import AUDIT, LEAST, POSITION, SIZES

ROOT = browser.ROOT
PRESENT = "section.present:not(.stack)"


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """JupyterLab on a copy of the talk without outputs: what a page shows was computed there."""
    browser.chromium()
    root = tmp_path_factory.mktemp("stage") / "talk"
    for folder in ("notebooks", "slides", "talk"):
        ignore = shutil.ignore_patterns("vendor", "index*.html", "*.pdf", ".ipynb_checkpoints")
        shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
    nb = deck.read(root / "slides" / "talk.ipynb")
    nb.metadata.pop("widgets", None)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    deck.write(nb, root / "slides" / "talk.ipynb")
    with browser.serve(root, tmp_path_factory.mktemp("jupyter") / "home") as url:
        yield url


def words(text):
    """A text without what a page does to its spaces."""
    return " ".join(text.split())


def recorded(cell):
    """What the exported deck shows of a cell's outputs: (kind, text)."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield "text", words(output.text)
            continue
        kinds = "widget-view", "svg", "html", "latex"
        found = [kind for kind in kinds if any(kind in mime for mime in output.data)]
        yield (found[0], "") if found else ("text", words(output.data["text/plain"]))


def shown(area):
    """The same of an output in the live slides."""
    if area.locator(".jupyter-widgets, .elves-widget").count():
        return "widget-view", ""
    mime = area.get_attribute("data-mime-type") or ""
    kinds = {"image/svg+xml": "svg", "text/html": "html", "text/latex": "latex"}
    if mime in kinds:
        return kinds[mime], ""
    return "text", words(running.tidy(area.inner_text()))


def on_to(page, key):
    """Press a key and wait for the next step."""
    before = page.evaluate(POSITION)
    page.keyboard.press(key)
    browser.wait_until(page, lambda: page.evaluate(POSITION) != before)


def settled(page):
    """What is wrong with the slide in view, when its size and its colours have stopped changing."""
    for _ in range(20):
        if not (wrong := page.evaluate(AUDIT, None)["wrong"]):
            break
        page.wait_for_timeout(100)
    return wrong


def test_the_live_talk_shows_what_the_exported_one_shows(systems, chromium, stage):
    slides = list(deck.slides(deck.read(ROOT / "slides" / "talk.ipynb")))
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    local, foreign = (stage, stage.replace("http", "ws", 1), "data:", "blob:"), []
    context.on("request", lambda r: r.url.startswith(local) or foreign.append(r.url))
    page = context.new_page()
    page.goto(f"{stage}rise/slides/talk.ipynb?token={browser.TOKEN}")
    page.locator(PRESENT).wait_for(timeout=browser.SLOW)
    page.wait_for_function("document.getElementById('rise-custom-css').sheet !== null")
    browser.wait_for_kernel(page, stage, "slides/talk.ipynb")

    with context.expect_page() as window:
        page.keyboard.press("s")
    note = window.value.locator(".speaker-controls-notes .value")
    page.wait_for_timeout(3_000)
    for _ in range(3):  # question, answer, and on to the next slide
        on_to(page, "PageDown")
    line = rehearse.plan()[2]
    browser.wait_until(page, lambda: line.spoken[:60] in note.inner_text(), browser.SLOW)
    assert note.inner_text().count(line.spoken[:60]) == 1 and "**" not in note.inner_text()
    assert f"at {rehearse.clock(line.start)}" in note.inner_text()
    window.value.close()
    for _ in range(3):
        on_to(page, "PageUp")

    different, misfits, done, waited = {}, {}, 0, 0
    for number, slide in enumerate(slides):
        want = [cell for cell in slide.cells if cell.cell_type == "code"]
        cells = page.locator(f"{PRESENT} .jp-CodeCell:not(.reveal-skip)")
        assert cells.count() == len(want), slide.id
        for cell, live in zip(want, cells.all(), strict=True):
            while live.evaluate("node => !!node.closest('.fragment:not(.visible)')"):
                on_to(page, "PageDown")
            hidden = live.locator(".result:not(.visible)").count()
            assert hidden == staging.is_result(cell), cell.id  # until the room has guessed
            if hidden:
                assert live.locator(".jp-OutputArea").first.is_hidden()
            if hidden and not waited:  # as on stage: no click, only the keys
                page.keyboard.press("Shift+Enter")
            else:
                browser.run_cell(page, live)
            waited += hidden
            prompt = live.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
            patience = browser.SLOW * (1 if done else 3)  # the set-up may still import systems
            prompt.wait_for(state="attached", timeout=patience)
            done += 1
            areas = live.locator(".jp-OutputArea-output")
            expected = list(recorded(cell))

            def same(areas=areas, expected=expected):
                return [shown(area) for area in areas.all()] == expected

            try:
                browser.wait_until(page, same, 5_000)
            except AssertionError:
                different[cell.id] = [shown(area) for area in areas.all()]
            assert not hidden or live.locator(".result.visible").count(), cell.id
            if ("widget-view", "") in expected:
                browser.move_widget(page, page.locator(PRESENT))
        while page.locator(f"{PRESENT} .fragment:not(.visible)").count():
            on_to(page, "PageDown")
        look = page.evaluate(AUDIT, LEAST)
        if look["wrong"]:
            misfits[slide.id] = look["wrong"]
        if number < len(slides) - 1:
            on_to(page, "PageDown")  # a clicker's key, with the focus still in cell or slider
    assert waited > 10
    assert different == {}
    assert misfits == {}

    for slide in reversed(slides):  # back again, on other projectors and with another zoom
        for name, (width, height, _) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            if wrong := settled(page):
                misfits[slide.id, name] = wrong
        for dark in (True, False):
            page.keyboard.press("d")
            assert page.locator("html.night").count() == dark
            if dark and (wrong := settled(page)):
                misfits[slide.id, "night"] = wrong
        here = page.evaluate(POSITION).split(",")[0]
        while slide.id != slides[0].id and page.evaluate(POSITION).split(",")[0] == here:
            on_to(page, "PageUp")
    assert misfits == {}
    assert foreign == []
    for _ in range(3):
        on_to(page, "PageDown")

    # The kernel dies: what was shown stays, and the talk goes on.
    before = page.locator(".jp-OutputArea-output").count()
    kernels = [p for p in psutil.Process().children(recursive=True) if is_kernel(p)]
    assert kernels
    for kernel in kernels:
        kernel.kill()
    page.wait_for_timeout(4_000)  # the server notices and starts another one
    for _ in range(3):
        if page.locator(".jp-Dialog").count():
            page.keyboard.press("Escape")
    on_to(page, "PageUp")
    on_to(page, "PageDown")
    assert page.locator(".jp-OutputArea-output").count() == before
    assert page.locator(".jp-Dialog").count() == 0
    context.close()


def is_kernel(process):
    """Tell whether a process is a kernel of the notebook server that this test started."""
    try:
        return any("ipykernel" in part for part in process.cmdline())
    except psutil.Error:
        return False
