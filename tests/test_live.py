"""What may happen to live slides on stage: keys, quick hands, reloads, late windows."""

import shutil

import pytest

import browser
import deck
import firefox
from test_deck_walk import POSITION
from test_keys import Hands, everywhere
from test_stage import PRESENT

ROOT = browser.ROOT
TALK = "slides/talk.ipynb"
CODE = f"{PRESENT} .jp-CodeCell:not(.reveal-skip)"
CELLS = """() => [...document.querySelectorAll(".slides .jp-Cell")].map(cell => [
  cell.className.match(/jp-(Code|Markdown|Raw)Cell/)[0],
  cell.querySelector(".cm-content")?.textContent])"""
CUTS = ["Delete", "Backspace", "Tab", "Alt+Enter", "Control+Shift+ArrowUp"]
CUTS += [f"Control+{key}" for key in ("Backspace", "Shift+Minus", "x", "v", "m")]
READY = "!!document.querySelector('.reveal.ready section.present')"
# what becomes of F5: the browser's reload, unless a page has it prevented
F5 = """() => { window.kept = null; addEventListener("keydown", event => {
  if (event.key === "F5") setTimeout(() => { window.kept = event.defaultPrevented; });
}, true); }"""
BUSY = "node => getComputedStyle(node, '::after').visibility"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """JupyterLab on a copy of the talk, which would save every second if it could."""
    browser.chromium()
    root = tmp_path_factory.mktemp("live") / "talk"
    for folder in ("notebooks", "slides", "talk"):
        ignore = shutil.ignore_patterns("vendor", "index*.html", "*.pdf", ".ipynb_checkpoints")
        shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
    home = tmp_path_factory.mktemp("jupyter") / "home"
    with browser.serve(root, home) as url:
        settings = home / "settings" / "@jupyterlab" / "docmanager-extension"
        settings.mkdir(parents=True)
        (settings / "plugin.jupyterlab-settings").write_text('{"autosaveInterval": 1}')
        yield url, root


@pytest.fixture(scope="module")
def context(chromium, server):
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    context.saved = []
    context.on("request", lambda r: r.method == "PUT" and context.saved.append(r.url))
    yield context
    context.close()


@pytest.fixture(scope="module")
def page(context, server):
    page = context.new_page()
    page.goto(f"{server[0]}rise/{TALK}?token={browser.TOKEN}")
    ready(page)
    browser.wait_for_kernel(page, server[0], TALK)
    return page


def ready(page):
    page.locator(PRESENT).wait_for(timeout=browser.SLOW)
    page.wait_for_function("document.getElementById('rise-custom-css').sheet !== null")
    page.locator(".reveal.ready").wait_for(timeout=browser.SLOW)


def slide(page):
    return page.evaluate(POSITION).split(",")[0]


def to(page, number):
    """Jump to a slide, counted from 0."""
    page.evaluate("n => { location.hash = `#/slide-${n}-0`; }", number)
    browser.wait_until(page, lambda: slide(page) == f"slide-{number}-0")


def seen(page):
    """The first code cell of the slide in view, when its step has come."""
    cell = page.locator(CODE).first
    while not cell.is_visible():
        page.keyboard.press("PageDown")
        page.wait_for_timeout(50)
    return cell


def numbers(test):
    """The numbers of the slides whose code cells pass a test."""
    talk = deck.slides(deck.read(ROOT / TALK))
    code = [[cell for cell in each.cells if cell.cell_type == "code"] for each in talk]
    return [number for number, cells in enumerate(code) if test(cells)]


def saves(context):
    return [url for url in context.saved if "/api/contents/" in url]


def idle(page, url):
    sessions = page.request.get(f"{url}api/sessions?token={browser.TOKEN}").json()
    return [s["kernel"]["execution_state"] for s in sessions if s["path"] == TALK] == ["idle"]


def ran(cell):
    """Wait until a cell has been run and is done."""
    cell.page.wait_for_timeout(100)
    prompt = cell.locator(".jp-InputPrompt")
    browser.wait_until(cell.page, lambda: prompt.text_content()[1:-2].isdigit(), browser.SLOW)


def test_a_clickers_keys_work_everywhere(page):
    assert everywhere(Hands(page)) > 10
    icons = """[...document.querySelectorAll(".jupyter-widgets-disconnected")]
      .map(node => getComputedStyle(node, "::before").content)"""
    assert set(page.evaluate(icons)) == {"none"}  # stored widgets are not shown as broken


def test_a_clickers_keys_work_with_the_focus_in_code(page):
    hands = Hands(page)
    for number in numbers(bool)[::9]:
        to(page, number)
        code = seen(page).locator(".cm-content")
        for key, state in {
            ".": "paused",
            "b": "paused",
            "o": "overview",
            "Escape": "overview",
        }.items():
            code.click()
            for there in (True, False):
                page.keyboard.press(key)
                browser.wait_until(
                    page, lambda s=state, t=there: page.locator(f".reveal.{s}").count() == t
                )
        for key in ("Space", "PageDown", "F5"):
            code.click()
            before = hands.shown()[0]
            page.keyboard.press(key)
            if key == "F5":
                page.wait_for_timeout(500)
                page.evaluate("document.fullscreenElement && document.exitFullscreen()")
                assert hands.shown() == [before, False, False, True]
            else:
                browser.wait_until(page, lambda b=before: hands.shown()[0] != b)
                page.keyboard.press("PageUp")
                browser.wait_until(page, lambda b=before: hands.shown()[0] == b)


def test_a_dialog_does_not_stop_a_clicker(page):
    for key, number in {"PageDown": 6, "PageUp": 5}.items():
        to(page, number)
        page.keyboard.press("?")
        page.locator(".jp-Dialog").wait_for()
        before = page.evaluate(POSITION)
        page.keyboard.press(key)
        browser.wait_until(page, lambda b=before: page.evaluate(POSITION) != b)
        assert not page.locator(".jp-Dialog").count()


def test_letters_change_no_cell(page, context, server):
    to(page, numbers(lambda cells: len(cells) == 1)[3])
    cell = seen(page)
    before = page.evaluate(CELLS)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    ran(cell)
    for where in ("after the run", "in the code"):
        if where == "in the code":
            cell.locator(".cm-content").click()
        for key in "abcdefghijklmnopqrstuvwxyzABCJKMLRZ0123456!,;:=+-[]\\":
            page.keyboard.press(key)
            if key in "st?":
                page.wait_for_timeout(100)
        for key in CUTS:
            page.keyboard.press(key)
        assert page.evaluate(CELLS) == before, where
    for window in context.pages:
        if window != page:
            window.close()
    for state, key in {"paused": ".", "overview": "Escape"}.items():
        if page.locator(f".reveal.{state}").count():
            page.keyboard.press(key)
    page.evaluate("document.fullscreenElement && document.exitFullscreen()")
    page.evaluate("document.documentElement.classList.remove('night')")


def test_a_double_click_edits_and_nothing_is_saved(page, context, server):
    url, root = server
    on_disk = (root / TALK).read_bytes()
    to(page, numbers(lambda cells: len(cells) == 1)[4])
    cell = seen(page)
    code = cell.locator(".cm-content")
    source = code.inner_text()
    code.dblclick()
    page.keyboard.press("Control+a")
    page.keyboard.type("while True: pass")
    assert code.inner_text() == "while True: pass"
    page.keyboard.press("Shift+Enter")
    running = cell.locator(".jp-InputArea-editor")
    browser.wait_until(page, lambda: cell.evaluate("c => c.matches('.running')"))
    browser.wait_until(page, lambda: running.evaluate(BUSY) == "visible")
    page.wait_for_timeout(1500)
    assert not idle(page, url)
    here = slide(page)
    page.keyboard.press("PageDown")  # the talk goes on
    browser.wait_until(page, lambda: slide(page) != here)
    page.keyboard.press("i")
    page.keyboard.press("i")
    browser.wait_until(page, lambda: idle(page, url), browser.SLOW)
    browser.wait_until(page, lambda: not page.locator(".running").count())  # the page hears later
    assert slide(page) != here
    to(page, int(here.split("-")[1]))
    code.dblclick()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("Escape")
    page.keyboard.type("abc")
    assert code.inner_text() == source
    page.keyboard.press("b")
    page.wait_for_timeout(4_000)  # autosave would have come
    second = context.new_page()
    second.goto(page.url)
    ready(second)
    second.wait_for_timeout(2_000)
    assert not page.locator(".jp-Dialog").count() and not second.locator(".jp-Dialog").count()
    second.close()
    assert not saves(context)
    assert (root / TALK).read_bytes() == on_disk


def test_shift_enter_at_any_delay_runs_this_slides_cell(page):
    single = numbers(lambda cells: len(cells) == 1)
    for delay, number in zip((0, 50, 150, 250, 400, 500, 700), single, strict=False):
        to(page, number - 1)
        while slide(page) == f"slide-{number - 1}-0":
            page.keyboard.press("PageDown")
            page.wait_for_timeout(20)
        page.wait_for_timeout(delay)
        page.keyboard.press("Shift+Enter")
        ran(page.locator(CODE).first)
        page.wait_for_timeout(600)
        assert slide(page) == f"slide-{number}-0", delay


def test_shift_enter_shows_a_hidden_cell_and_runs_it(page):
    for number in numbers(lambda cells: len(cells) > 1)[:3]:
        to(page, number)
        cells = page.locator(CODE)
        for k in range(cells.count()):
            page.keyboard.press("Shift+Enter")
            ran(cells.nth(k))
            assert cells.nth(k).locator(".cm-content").is_visible()
        assert slide(page) == f"slide-{number}-0"


def test_a_reload_and_a_late_speaker_view_keep_the_slide(page, context):
    for number in (7, 19, 33):
        to(page, number)
        page.reload()
        ready(page)
        page.wait_for_timeout(1_000)
        assert slide(page) == f"slide-{number}-0"
    with context.expect_page() as window:
        page.keyboard.press("s")
    early = window.value
    early.evaluate(F5)
    early.keyboard.press("F5")  # also before the two windows know each other
    browser.wait_until(early, lambda: early.evaluate("window.kept"))
    note = window.value.locator(".speaker-controls-notes .value")
    browser.wait_until(page, lambda: "For the speaker" in note.inner_text(), browser.SLOW)
    frames = window.value.frames[1:]
    for frame in frames:
        frame.locator(PRESENT).wait_for(timeout=browser.SLOW)
    for _ in range(100):
        page.wait_for_timeout(100)
        assert slide(page) == "slide-33-0"
    for frame in [early, *frames]:  # a clicker's F5, wherever in the speaker's window the focus is
        assert frame.evaluate("""() => !document.body.dispatchEvent(new KeyboardEvent("keydown",
          {key: "F5", keyCode: 116, bubbles: true, cancelable: true}))""")
    window.value.keyboard.press("b")
    browser.wait_until(page, lambda: page.locator(".reveal.paused").count())
    window.value.keyboard.press("b")
    window.value.close()


def test_a_slide_alone_has_its_names(page, server, systems):
    """From the last to the first, on a fresh kernel: the set-up is all that was there before."""
    url, _ = server
    sessions = page.request.get(f"{url}api/sessions?token={browser.TOKEN}").json()
    kernel = next(s["kernel"]["id"] for s in sessions if s["path"] == TALK)
    page.request.post(f"{url}api/kernels/{kernel}/restart?token={browser.TOKEN}")
    page.reload()
    ready(page)
    browser.wait_for_kernel(page, url, TALK)
    failed = {}
    for number in reversed(numbers(bool)):
        to(page, number)
        cells = page.locator(CODE)
        for k in range(cells.count()):
            page.keyboard.press("Shift+Enter")
            ran(cells.nth(k))
            text = cells.nth(k).locator(".jp-OutputArea").first.inner_text()
            if "NameError" in text:
                failed[number] = text[-200:]
    assert failed == {}


def test_live_slides_in_firefox(server, page, tmp_path):
    before = page.evaluate(CELLS)
    with firefox.firefox(tmp_path / "profile") as other:
        hands = Hands(other)
        other.resize(1280, 720)
        other.goto(f"{server[0]}rise/{TALK}?token={browser.TOKEN}")
        browser.wait_until(page, lambda: other.evaluate(READY), browser.SLOW)
        assert everywhere(hands) > 10
        assert other.evaluate(f"({CELLS})()") == before
        for key in "axcvdmryz1":
            other.press(key)
        assert other.evaluate(f"({CELLS})()") == before


def test_the_rooms_function_is_answered_at_once(page):
    ids = [slide.id for path in deck.notebooks() for slide in deck.slides(deck.read(path))]
    to(page, ids.index("questions-yours"))
    field = page.locator(f"{PRESENT} .elves-widget input[type=text]").first
    field.wait_for(state="visible", timeout=browser.SLOW)  # it was run when the slides opened
    field.fill("x**3 + np.cos(x)")
    field.press("Enter")
    page.locator(f'{PRESENT} .graph.whole svg[aria-label*="integer_pow y=3"]').wait_for()
    field.blur()


def test_control_s_asks_for_saving(page, context):
    assert not saves(context)
    page.keyboard.press("Control+s")
    browser.wait_until(page, lambda: saves(context))


def test_a_dead_kernel_takes_nothing_from_the_slides(page, server):
    number = numbers(bool)[3]
    to(page, number)
    cell = seen(page)
    browser.run_cell(page, cell)
    ran(cell)
    shown = cell.locator(".jp-OutputArea-output").first
    before = shown.inner_html()
    url, token = server[0], browser.TOKEN
    sessions = page.request.get(f"{url}api/sessions?token={token}").json()
    kernel = next(s["kernel"]["id"] for s in sessions if s["path"] == TALK)
    page.request.delete(f"{url}api/kernels/{kernel}?token={token}")
    page.wait_for_timeout(2_000)
    assert shown.inner_html() == before and shown.is_visible()
    at = page.evaluate(POSITION)
    page.keyboard.press("PageDown")
    browser.wait_until(page, lambda: page.evaluate(POSITION) != at)
    page.keyboard.press("PageUp")
    browser.wait_until(page, lambda: page.evaluate(POSITION) == at)
