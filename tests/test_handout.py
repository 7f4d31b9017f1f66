"""The handout: nothing lies over anything else, on any page."""

import itertools
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

import browser
import deck
import widget_talk

ROOT = Path(__file__).resolve().parent.parent


def printed(page, folder):
    """The handout of a deck, printed in a process of its own as `make slides` does."""
    browser.chromium()
    path = folder / "handout.pdf"
    code = "import handout, pathlib, sys; handout.write(*map(pathlib.Path, sys.argv[1:]))"
    line = [sys.executable, "-c", code, page, path]
    subprocess.run(line, cwd=ROOT / "talk", check=True, timeout=200)
    return path


def overlaps(path):
    """The pieces of text that lie over each other: (page, one, the other)."""
    document = pypdfium2.PdfDocument(path)
    for number, page in enumerate(document, 1):
        text = page.get_textpage()
        boxes = [text.get_rect(k) for k in range(text.count_rects())]
        for one, other in itertools.combinations(boxes, 2):
            (a, b, c, d), (p, q, r, s) = one, other
            across, down = min(c, r) - max(a, p), min(d, s) - max(b, q)
            if across > 5 and down > 0.25 * min(d - b, s - q):  # more than two letters lean over
                words = (text.get_text_bounded(*box).strip() for box in (one, other))
                if all(words := tuple(words)):
                    yield number, *words
    document.close()


@pytest.fixture(scope="module")
def widgets(tmp_path_factory):
    """The handout of the talk with one widget on each slide."""
    root = widget_talk.write_talk(tmp_path_factory.mktemp("widgets") / "talk")
    deck.build(root)
    return printed(root / "slides" / "index.html", root)


def all_are_there(path):
    """A caption of each widget."""
    document = pypdfium2.PdfDocument(path)
    words = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    words = " ".join(words.split())  # wherever a line ends
    captions = ["pays", "error forward", "written out", "20 steps", "Times measured"]
    captions += ["Point at a line", "its tangent", "Only floats can vary"]
    return [caption for caption in captions if caption not in words] == []


def test_no_text_of_the_widgets_lies_over_another(widgets):
    assert all_are_there(widgets)
    assert list(overlaps(widgets)) == []


def test_paper_waits_for_a_slow_widget(widgets):
    """Each script of a widget arrives later than the one before, the last after five seconds."""
    page = widgets.parent / "slides" / "index.html"
    late = """<head><script>let wait = 0;
      const whole = URL.createObjectURL;
      URL.createObjectURL = blob => whole.call(URL, new Blob(
        [`await new Promise(done => setTimeout(done, ${wait += 600}));`, blob], {type: blob.type}));
    </script>"""
    slow = page.with_name("slow.html")
    slow.write_text(page.read_text("utf-8").replace("<head>", late, 1), "utf-8")
    folder = widgets.parent / "slow"
    folder.mkdir()
    assert all_are_there(printed(slow, folder))


def test_no_text_of_the_talk_lies_over_another(tmp_path):
    assert list(overlaps(printed(ROOT / "slides" / "index.html", tmp_path))) == []
