"""Every slide and every step of the exported deck, as the last row of the room sees it.

tests/audit.js looks at the slide in view: nothing outside or clipped, no small or pale text, no
capitals that nobody wrote, and pictures that load and say what is seen.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

import browser
import deck
import firefox
import rehearse

ROOT = browser.ROOT
DECK = ROOT / "slides" / "index.html"
AUDIT = (ROOT / "tests" / "audit.js").read_text("utf-8")
AUDIT = AUDIT[AUDIT.index("(least)") :]
LEAST = {"text": 20, "code": 22}  # pixels on a page of 1280 x 720
SIZES = {  # width, height, pixels of the screen for one of the page
    "1280x720": (1280, 720, 1),
    "1920x1080": (1920, 1080, 1),
    "4:3": (1024, 768, 1),
    "zoom 150 %": (853, 480, 1.5),
}
SIDES = "width", "height"
POSITION = """() => {
  const slide = document.querySelector("section.present:not(.stack)");
  return [slide.id, slide.querySelectorAll(".fragment.visible").length].join();
}"""
MISSING = r"""([text, families]) => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 60, height: 60});
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const draw = (letter, family) => {
    pen.clearRect(0, 0, 60, 60);
    pen.font = `40px ${family}`;
    pen.fillText(letter, 5, 45);
    return pen.getImageData(0, 0, 60, 60).data.join();
  };
  return families.flatMap(family => {
    const box = draw("\u{10FFFD}", family);  // nobody has this one
    return [...new Set(text)].filter(c => c.trim() && draw(c, family) === box);
  });
}"""


@contextmanager
def opened(chromium, size="1280x720"):
    """The deck from its file at a size; afterwards nothing may have gone wrong in the page."""
    width, height, pixels = SIZES[size]
    viewport = {"width": width, "height": height}
    context = chromium.new_context(viewport=viewport, device_scale_factor=pixels, offline=True)
    trouble = []
    local = ("file:", "data:", "blob:", "about:")
    context.on("request", lambda r: r.url.startswith(local) or trouble.append(r.url))
    aborted = "net::ERR_ABORTED"  # by leaving the page
    context.on("requestfailed", lambda r: r.failure == aborted or trouble.append(r.url))
    context.on("console", lambda m: m.type == "error" and trouble.append(m.text))
    context.on("weberror", lambda e: trouble.append(str(e.error)))
    page = context.new_page()
    page.goto(DECK.as_uri())
    page.evaluate("MathJax.Hub.Queue(() => { window.mathIsDone = true; })")
    page.wait_for_function("window.mathIsDone", timeout=browser.SLOW)
    yield page
    context.close()
    assert not trouble


def walk(page, least, key="Space"):
    """Press a key until nothing is left; yield what each step looks like."""
    last = page.locator(".slides section section").last.get_attribute("id")
    while True:
        look = page.evaluate(AUDIT, least)
        yield look
        if look["id"] == last and not look["hidden"]:
            return
        before = page.evaluate(POSITION)
        page.keyboard.press(key)
        browser.wait_until(page, lambda b=before: page.evaluate(POSITION) != b)


def misfits(steps):
    """What is wrong, by slide and step."""
    return {f"{look['id']}, step {look['step']}": look["wrong"] for look in steps if look["wrong"]}


def moved(steps):
    """The slides on which something moves when the next thing appears."""
    places = {}
    return [
        look["id"]
        for look in steps
        if places.setdefault(look["id"], look["places"]) != look["places"]
    ]


@pytest.fixture(scope="module")
def slides():
    """Ids of the slides that the deck should have."""
    return [slide.id for path in deck.notebooks() for slide in deck.slides(deck.read(path))]


@pytest.mark.parametrize("size", SIZES)
def test_every_step_can_be_read(chromium, slides, size):
    with opened(chromium, size) as page:
        steps = list(walk(page, LEAST if size == "1280x720" else None))
        fragments = page.locator(".slides .fragment").count()
    assert list(dict.fromkeys(look["id"] for look in steps)) == slides
    assert len(steps) == len(slides) + fragments
    assert misfits(steps) == {}
    assert moved(steps) == []


def test_the_night_has_contrast_too(chromium):
    with opened(chromium) as page:
        page.keyboard.press("d")
        page.wait_for_timeout(500)
        dark = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(dark) == "rgb(16, 27, 22)"
        assert misfits(list(walk(page, LEAST))) == {}
        page.keyboard.press("d")
        assert page.evaluate(dark) == "rgb(255, 255, 255)"


PLANTED = [
    ("small", "font-size: 19px", "x"),
    ("pale", "color: #888; background: #ddd", "x"),
    ("capitals", "text-transform: uppercase", "x"),
    ("outside", "position: absolute; left: 1270px", "wide words"),
    ("outside", "position: absolute; top: 700px", "x"),
    ("clipped", "overflow: hidden; width: 20px; white-space: nowrap", "a long line"),
    ("pictures", "", "<img alt='A curve' src='data:,'>"),
]


def test_the_audit_finds_what_is_wrong(chromium):
    plant = """([style, words]) => document.querySelector("section.present:not(.stack)")
      .insertAdjacentHTML("beforeend", `<div id="planted" style="${style}">${words}</div>`)"""
    with opened(chromium) as page:
        for kind, style, words in PLANTED:
            assert page.evaluate(AUDIT, LEAST)["wrong"] == {}
            page.evaluate(plant, [style, words])
            assert kind in page.evaluate(AUDIT, LEAST)["wrong"]
            page.evaluate("document.getElementById('planted').remove()")


def test_the_walk_notices_what_moves(chromium):
    shift = ".reveal .fragment:not(.visible) { display: none !important; }"
    with opened(chromium) as page:
        page.add_style_tag(content=shift)
        assert moved(list(walk(page, None)))


@pytest.mark.parametrize(
    "trouble",
    ["new Image().src = 'https://example.org/elf.png'", "console.error('oh')", "setTimeout(oops)"],
)
def test_the_walk_hears_requests_and_errors(chromium, trouble):
    with pytest.raises(AssertionError), opened(chromium) as page:
        page.evaluate(f"() => {{ const oops = () => elf.missing; {trouble}; }}")
        page.wait_for_timeout(300)


def test_every_letter_has_a_shape(chromium):
    with opened(chromium) as page:
        letters = "".join(look["characters"] for look in walk(page, None))
        families = page.evaluate("""() => ["--sans", "--mono"].map(name =>
          getComputedStyle(document.documentElement).getPropertyValue(name))""")
        assert page.evaluate(MISSING, [letters, families]) == []
        assert page.evaluate(MISSING, ["a\U0010fffc", families]) == ["\U0010fffc"] * 2


def test_a_clicker_is_enough(chromium, slides):
    with opened(chromium) as page:
        assert [look["id"] for look in walk(page, None, "PageDown")][-1] == slides[-1]
        for _ in range(3):
            before = page.evaluate(POSITION)
            page.keyboard.press("PageUp")
            assert page.evaluate(POSITION) != before
        slider = page.locator(".slides input[type=range]").first
        home = slider.evaluate("node => node.closest('section').id")
        page.evaluate("id => { location.hash = `#/${id}`; }", home)
        browser.wait_until(page, lambda: page.evaluate(POSITION).startswith(home))
        slider.focus()  # the speaker has just moved it
        page.keyboard.press("PageDown")
        assert not page.evaluate(POSITION).startswith(home)
        page.keyboard.press(".")  # the clicker's black screen
        assert page.locator(".reveal.paused").count() == 1
        page.keyboard.press(".")
        assert page.locator(".reveal.paused").count() == 0


def test_a_result_waits_for_the_question(chromium):
    """Each result in words is hidden until the next press of a key, and stays in print."""
    with opened(chromium) as page:
        marks = page.locator(".slides .result")
        homes = marks.evaluate_all("all => all.map(mark => mark.closest('section').id)")
        assert len(homes) > 10
        for home in homes:
            page.evaluate("id => { location.hash = `#/${id}`; }", home)
            browser.wait_until(page, lambda h=home: page.evaluate(POSITION) == f"{h},0")
            result = page.locator(
                "section.present:not(.stack) .result + .jp-Cell-outputWrapper pre"
            )
            assert result.first.is_hidden() and result.first.inner_text() == ""
            page.keyboard.press("PageDown")
            assert result.first.is_visible() and result.first.inner_text()
        page.goto(f"{DECK.as_uri()}?print-pdf")
        page.wait_for_function("document.querySelectorAll('.pdf-page').length > 0")
        printed = page.locator(".result + .jp-Cell-outputWrapper pre")
        assert printed.count() >= len(homes)
        hidden = "all => all.filter(n => getComputedStyle(n).visibility !== 'visible').length"
        assert printed.evaluate_all(hidden) == 0


def test_a_slide_can_be_opened_by_its_name(chromium, slides):
    """When the kernel dies, the speaker opens the exported deck at the same slide."""
    target = slides[len(slides) // 2]
    with opened(chromium) as page:
        page.goto(f"{DECK.as_uri()}#/{target}")
        page.reload()
        page.wait_for_function("document.querySelector('section.present:not(.stack)')")
        assert page.evaluate(POSITION).split(",")[0] == target
        page.keyboard.press("Home")
        page.keyboard.press("g")  # and the number that stands in the corner of the dead slide
        page.keyboard.type(str(len(slides) // 2 + 1))
        page.keyboard.press("Enter")
        browser.wait_until(page, lambda: page.evaluate(POSITION).split(",")[0] == target)


def test_the_speaker_sees_clock_pace_and_the_next_slide(chromium):
    with opened(chromium) as page:
        with page.context.expect_page() as window:
            page.keyboard.press("s")
        speaker = window.value
        for name in (".clock-value", ".pacing", ".speaker-controls-notes .value"):
            speaker.locator(name).first.wait_for(timeout=browser.SLOW)
        note = speaker.locator(".speaker-controls-notes .value").first
        for number in range(
            3
        ):  # when it begins, its seconds and clicks; what to click, what to skip
            line = rehearse.plan()[number]
            clock = f"at {rehearse.clock(line.start)}, {line.seconds:.0f} s"
            words = (clock, "Click:", "If late:", letters(line.spoken)[:40])
            browser.wait_until(speaker, lambda w=words: w[0] in note.inner_text())
            assert all(word in note.inner_text() for word in words[:3])
            assert words[3] in letters(note.inner_text())
            for _ in range(line.clicks + 1):
                page.keyboard.press("PageDown")
        assert speaker.locator("#upcoming-slide iframe").count() == 1


@pytest.mark.parametrize("first", [(390, 844), (427, 240), (320, 568)])
def test_a_phone_shows_the_right_slide_upright_and_turned(chromium, first):
    """Below 435 pixels Reveal would show all slides in one page that scrolls (reveal-hugo#171)."""
    context = chromium.new_context(has_touch=True, viewport=dict(zip(SIDES, first, strict=True)))
    page = context.new_page()
    page.goto(DECK.as_uri())
    homes = "all => all.map(widget => widget.closest('section').id)"
    for home in page.locator(".slides .jupyter-widgets").evaluate_all(homes):
        for width, height in (first, first[::-1], first):
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("id => { location.hash = `#/${id}`; }", home)
            browser.wait_until(page, lambda h=home: page.evaluate(POSITION).startswith(f"{h},"))
            page.evaluate("Reveal.slide(...Object.values(Reveal.getIndices()).slice(0, 2), 99)")
            page.wait_for_timeout(100)
            assert page.evaluate(POSITION).startswith(f"{home},")
            heading = page.locator("section.present:not(.stack) h2").bounding_box()
            assert 0.02 * width < heading["x"] and heading["x"] + heading["width"] <= width
        browser.move_widget(page, page.locator("section.present:not(.stack)"))
        page.reload()
        browser.wait_until(page, lambda h=home: page.evaluate(POSITION).startswith(f"{h},"))
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_without_its_vendor_folder_the_deck_can_be_read(chromium, slides, tmp_path, scripts):
    """As it is in an archive's preview, or (without scripts) in JupyterLab's viewer."""
    shutil.copy(DECK, tmp_path)
    context = chromium.new_context(java_script_enabled=scripts)
    page, trouble = context.new_page(), []
    context.on("weberror", lambda error: trouble.append(str(error.error)))
    page.goto((tmp_path / DECK.name).as_uri())
    assert page.locator(".alone").is_visible() and page.locator(".alone").count() == 1
    for part in (".slides h2", ".result + .jp-Cell-outputWrapper pre", ".slides img"):
        parts = page.locator(part).all()
        assert len(parts) > 5 and all(each.is_visible() for each in parts), part
    assert not trouble
    context.close()
    with opened(chromium) as page:
        assert page.locator(".alone").is_hidden()


@pytest.fixture(scope="module")
def handout(tmp_path_factory):
    """The PDF of the committed deck."""
    import pypdfium2

    browser.chromium()
    path = tmp_path_factory.mktemp("handout") / "handout.pdf"
    code = (
        f"import handout, pathlib as p; handout.write(p.Path({str(DECK)!r}), p.Path({str(path)!r}))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "talk", check=True, timeout=200)
    document = pypdfium2.PdfDocument(path)
    yield path, document
    document.close()


def letters(text):
    """A text without what printing changes."""
    return re.sub(r"[\W_]", "", text)


def test_the_handout_has_a_page_for_each_slide(handout, slides):
    _, document = handout
    lines = rehearse.plan()
    assert [line.id for line in lines] == slides
    assert len(document) == len(slides)
    for page, line in zip(document, lines, strict=True):
        width, height = page.get_size()
        assert height / width == pytest.approx(2**0.5, rel=0.01)  # A4
        text = letters(page.get_textpage().get_text_range())
        assert letters(line.headline) in text, line.id
        assert letters(line.spoken) in text, line.id
        picture = page.render(scale=0.1, grayscale=True).to_numpy()
        rows = picture.shape[0]
        share = 720 / 1810  # the slide is above, what is said below
        for part in (picture[: int(share * rows)], picture[int(share * rows) + 2 :]):
            assert (part < 200).mean() > 0.002, f"{line.id} is blank"


def test_the_handout_has_its_maths(handout):
    path, document = handout
    assert b"MathJax_Math" in path.read_bytes()
    number = next(n for n, line in enumerate(rehearse.plan()) if line.id == "refresher-product")
    text = document[number].get_textpage().get_text_range()
    assert "\u22c5" in text and "$" not in text  # a centred dot, as in u · v


def test_making_the_deck_twice_gives_the_same_bytes(tmp_path):
    """Nothing in it depends on the day, the folder, the machine's mood or the order of a set."""
    pages = []
    for name in ("one", "another"):
        root = tmp_path / name
        for folder in ("talk", "notebooks", "slides"):
            ignore = shutil.ignore_patterns("vendor", "*.pdf", "__pycache__")
            shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
        zone = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"} if name == "another" else {}
        for command in ("merge", "export", "script"):
            line = [sys.executable, ROOT / "talk" / "deck.py", "--root", root, command]
            subprocess.run(line, check=True, env=os.environ | zone, timeout=300)
        files = ("talk.ipynb", "index.html", "script.md")
        pages.append([(root / "slides" / file).read_bytes() for file in files])
    assert pages[0] == pages[1]


def test_firefox_shows_every_step(tmp_path, slides):
    with firefox.firefox(tmp_path / "profile") as page:
        page.resize(1280, 720)
        page.goto(DECK.as_uri())
        page.evaluate("new Promise(done => MathJax.Hub.Queue(done))")
        assert page.evaluate("document.querySelectorAll('.slides .mjx-chtml').length") > 0
        steps = []
        while not steps or steps[-1]["id"] != slides[-1] or steps[-1]["hidden"]:
            steps.append(page.evaluate(f"({AUDIT})({{text: 20, code: 22}})"))
            page.evaluate("Reveal.next()")
    assert list(dict.fromkeys(look["id"] for look in steps)) == slides
    assert misfits(steps) == {}
