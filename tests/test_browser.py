"""The deck opened from a file, and the notebooks in JupyterLab and RISE, seen by Chromium."""

import re
import shutil

import pytest

import browser
import deck

ROOT = browser.ROOT
WIDGET = "application/vnd.jupyter.widget-view+json"
PRESENT = "section.present:not(.stack)"  # the slide in view
LOOK = """() => {
  const slide = document.querySelector("section.present:not(.stack)");
  const outside = [];
  const check = (box, what) => {
    if (box.width && box.height &&
        (box.left < 0 || box.top < 0 || box.right > 1280 || box.bottom > 690))
      outside.push(`${what} (to ${Math.round(box.right)}, ${Math.round(box.bottom)})`);
  };
  const hidden = "aside.notes, script, style, .MathJax_Preview, .MJX_Assistive_MathML";
  const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.data.trim() || text.parentElement.closest(hidden)) continue;
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) check(box, text.data.trim().slice(0, 30));
  }
  for (const node of slide.querySelectorAll("img, svg, canvas, input, button"))
    check(node.getBoundingClientRect(), node.tagName);
  return {id: slide.id, outside};
}"""
POSITION = """() => [document.querySelector("section.present:not(.stack)").id,
  document.querySelectorAll("section.present:not(.stack) .fragment.visible").length].join()"""


@pytest.fixture(scope="module", params=["sample", "repository"])
def root(request, sample):
    """The sample talk, then the real one."""
    if request.param == "sample":
        return sample
    if not (ROOT / "slides" / "index.html").exists():
        pytest.fail("slides/index.html is not built yet: `make slides`")
    return ROOT


@pytest.fixture
def page(chromium, root):
    """The exported deck, opened from its file; the test fails if anything is asked of a host."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    trouble = []
    local = ("file:", "data:", "blob:", "about:")
    context.on("request", lambda r: r.url.startswith(local) or trouble.append(r.url))
    aborted = "net::ERR_ABORTED"  # by leaving the page
    context.on("requestfailed", lambda r: r.failure == aborted or trouble.append(r.url))
    context.on("console", lambda m: m.type == "error" and trouble.append(m.text))
    context.on("weberror", lambda e: trouble.append(str(e.error)))
    page = context.new_page()
    page.goto((root / "slides" / "index.html").as_uri())
    page.evaluate("MathJax.Hub.Queue(() => { window.mathIsDone = true; })")
    page.wait_for_function("window.mathIsDone", timeout=browser.SLOW)
    yield page
    context.close()
    assert not trouble


def test_deck_has_every_slide(page, root):
    expected = [slide.id for path in deck.notebooks(root) for slide in deck.slides(deck.read(path))]
    ids = "nodes => nodes.map(node => node.id)"
    assert page.locator(".slides section section").evaluate_all(ids) == expected


def test_deck_fits_and_can_be_walked_by_keyboard(page, root):
    slides = page.locator(".slides section section").count()
    steps = slides + page.locator(".slides .fragment").count()
    misfits, seen = {}, set()
    for _ in range(steps):
        look = page.evaluate(LOOK)
        seen.add(look["id"])
        if look["outside"]:
            misfits[look["id"]] = look["outside"][:3]
        before = page.evaluate(POSITION)
        page.keyboard.press("Space")
        if len(seen) < slides:
            browser.wait_until(page, lambda before=before: page.evaluate(POSITION) != before)
    assert len(seen) == slides
    assert not misfits, f"slides that do not fit into 1280x720: {misfits}"


def test_deck_shows_maths(page):
    assert page.locator(".slides .mjx-chtml").count() > 0
    assert page.locator(".mjx-error, .MathJax_Error, .mjx-merror").count() == 0
    raw = """nodes => nodes.map(node => {
      const copy = node.cloneNode(true);
      copy.querySelectorAll("code, script").forEach(code => code.remove());
      return copy.textContent;
    }).filter(text => /\\$|\\\\\\(|\\\\frac/.test(text))"""
    assert page.locator(".slides .jp-RenderedMarkdown").evaluate_all(raw) == []


def test_deck_describes_its_pictures(page):
    images = page.locator(".slides img").evaluate_all("all => all.map(image => image.alt)")
    assert [alt for alt in images if len(alt) < 12 or "No description" in alt] == []
    bare = """all => all.filter(svg => !svg.closest("[aria-hidden], .mjx-chtml, .jupyter-widgets")
      && !svg.getAttribute("aria-label") && !svg.querySelector("title")).length"""
    assert page.locator(".slides svg").evaluate_all(bare) == 0


def test_deck_widgets_move_without_a_kernel(page, root):
    slides = page.locator(".slides section section")
    found = slides.evaluate_all(
        "all => all.filter(slide => slide.querySelector('.jupyter-widgets')).map(slide => slide.id)"
    )
    for name in found:
        page.evaluate(f"location.hash = '#/{name}'")
        slide = page.locator(f"section[id='{name}']")
        while page.locator(f"{PRESENT} .fragment:not(.visible)").count():
            page.keyboard.press("Space")
        browser.move_widget(page, slide)
    assert found or root is ROOT


def test_speaker_view_shows_the_notes(page):
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    notes = speaker.locator(".speaker-controls-notes .value")
    for _ in range(2):
        expected = " ".join(page.locator(f"{PRESENT} aside.notes").all_text_contents()).split()
        assert expected
        browser.wait_until(speaker, lambda e=expected: notes.inner_text().split() == e)
        page.keyboard.press("ArrowRight")


def test_deck_prints(page):
    slides = page.locator(".slides section section").count()
    page.goto(page.url.partition("#")[0] + "?print-pdf")
    page.wait_for_function("document.querySelectorAll('.pdf-page').length > 0")
    assert page.locator(".pdf-page").count() == slides


# ---------------------------------------------------------------- with a kernel


@pytest.fixture(scope="module")
def course(root, tmp_path_factory):
    """A copy of the talk without outputs, so that whatever a page shows was computed there."""
    copy = tmp_path_factory.mktemp("course") / "talk"
    for folder in ("notebooks", "slides", "talk"):
        ignore = shutil.ignore_patterns("vendor", "index.html", ".ipynb_checkpoints")
        shutil.copytree(root / folder, copy / folder, ignore=ignore)
    for path in copy.glob("*/*.ipynb"):
        nb = deck.read(path)
        nb.metadata.pop("widgets", None)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        deck.write(nb, path)
    return copy


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """JupyterLab on that copy."""
    browser.chromium()
    with browser.serve(course, tmp_path_factory.mktemp("jupyter") / "home") as url:
        yield url


@pytest.fixture
def window(chromium):
    """An empty page."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    yield context.new_page()
    context.close()


def has_widget(cell):
    """Tell whether a cell shows a widget."""
    return any(WIDGET in output.get("data", {}) for output in cell.get("outputs", []))


def open_lab(window, url, path):
    """Open a notebook in JupyterLab and wait until its kernel is idle."""
    window.goto(f"{url}lab/tree/notebooks/{path.name}?reset&token={browser.TOKEN}")
    window.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=browser.SLOW)
    idle = window.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first
    idle.wait_for(timeout=browser.SLOW, state="attached")  # a narrow toolbar folds it away
    browser.wait_for_kernel(window, url, f"notebooks/{path.name}")
    assert window.locator(".jp-Dialog, .Toastify__toast").count() == 0  # a quiet start


def test_first_notebook_runs_in_jupyterlab(window, server, root):
    path = deck.notebooks(root)[0]
    code = [cell for cell in deck.read(path).cells if cell.cell_type == "code"]
    talk = deck.read(root / "slides" / "talk.ipynb")
    speaks = {cell.id for cell in talk.cells if cell.get("outputs")}
    first = next(number for number, cell in enumerate(code) if cell.id in speaks)
    open_lab(window, server, path)
    cells = window.locator(".jp-NotebookPanel .jp-CodeCell")
    for number in range(first + 1):
        browser.run_cell(window, cells.nth(number))
    ran = cells.nth(first).locator(".jp-InputPrompt").filter(has_text=re.compile(r"\[\d+\]"))
    ran.wait_for(timeout=browser.SLOW)
    cells.locator(".jp-OutputArea-output").first.wait_for(timeout=browser.SLOW)


@pytest.mark.parametrize("root", ["sample"], indirect=True)
@pytest.mark.parametrize(("width", "files"), [(390, "hidden"), (1280, "visible")])
def test_a_phone_starts_with_the_notebook_alone(window, server, root, width, files):
    window.set_viewport_size({"width": width, "height": 844})
    open_lab(window, server, deck.notebooks(root)[0])
    window.locator("#filebrowser").wait_for(state=files)


def test_widget_moves_in_jupyterlab(window, server, root):
    talk = deck.read(root / "slides" / "talk.ipynb")
    ids = {cell.id for cell in talk.cells if has_widget(cell)}
    paths = (p for p in deck.notebooks(root) if ids & {cell.id for cell in deck.read(p).cells})
    if not (path := next(paths, None)):
        pytest.fail("no widget in the talk")
    open_lab(window, server, path)
    notebook = window.locator(".jp-NotebookPanel")
    browser.run_cell(window, notebook.locator(".jp-CodeCell").first, menu=True)
    browser.move_widget(window, notebook)


@pytest.mark.parametrize("root", ["sample"], indirect=True)  # the real one: test_stage.py
def test_code_and_widget_live_in_rise(window, server, root):
    talk = deck.read(root / "slides" / "talk.ipynb")
    slides = list(deck.slides(talk))
    target = next((n for n, slide in enumerate(slides, 1) if any(map(has_widget, slide.cells))), 0)
    window.goto(f"{server}rise/slides/talk.ipynb?token={browser.TOKEN}")
    window.locator(PRESENT).wait_for(timeout=browser.SLOW)
    window.wait_for_function("document.getElementById('rise-custom-css').sheet !== null")
    browser.wait_for_kernel(window, server, "slides/talk.ipynb")
    counter = window.locator(".slide-number-a")
    code = window.locator(f"{PRESENT} .jp-CodeCell:not(.reveal-skip)")
    ran = 0
    for _ in range(4 * len(slides)):  # run each code cell on the way, as a speaker does
        at_target = int(counter.inner_text()) >= target
        hidden = window.locator(f"{PRESENT} .fragment:not(.visible)").count()
        if not hidden:
            for number in range(code.count()):
                code.nth(number).evaluate("(node, mark) => node.dataset.mark = mark", str(ran))
                cell = window.locator(f"[data-mark='{ran}']")
                browser.run_cell(window, cell)
                done = cell.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
                done.wait_for(state="attached", timeout=browser.SLOW)
                ran += 1
            if at_target and ran:
                break
        before = window.evaluate(POSITION)
        window.keyboard.press("Space")
        browser.wait_until(window, lambda b=before: window.evaluate(POSITION) != b)
    assert ran
    assert "Error" not in " ".join(window.locator(f"{PRESENT} .jp-RenderedText").all_inner_texts())
    if target:
        slide = window.locator(PRESENT)
        browser.move_widget(window, slide)
