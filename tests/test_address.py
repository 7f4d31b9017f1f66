"""The project's address, from its one place to the slides, the handout and README; signposts."""

import io
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

import address
import browser
import deck
import running
from conftest import OUTLINE, write_sample

ROOT = deck.ROOT
HOME = "https://git.example.org:8443/~elf/sleigh_2"
LONG = (
    "https://code.example.org/workshop-of-the-elves/christmas/the-differentiation-engines-of-2024"
)
AUDIT = (ROOT / "tests" / "audit.js").read_text("utf-8")
AUDIT = AUDIT[AUDIT.index("(least)") :]
PLACES = ("intro-title", "questions-thanks")
ASKS = "questions-yours"  # the slide with the site's quick page


def name(root, home):
    """Write an address into the outline of a talk, in place of the one that it has."""
    path = root / "talk" / "outline.toml"
    text = re.sub(r"^address = .*\n", "", path.read_text("utf-8"), flags=re.MULTILINE)
    path.write_text(text.replace("[talk]\n", f"[talk]\naddress = {json.dumps(home)}\n", 1), "utf-8")


def make(root, *command):
    """Run the deck tool in a process of its own; return what it prints."""
    line = [sys.executable, ROOT / "talk" / "deck.py", "--root", root, *command]
    return subprocess.run(line, check=True, capture_output=True, text=True, timeout=300).stdout


def sources(root):
    """The Markdown of the notebooks' cells, by id."""
    return {cell.id: cell.source for p in deck.notebooks(root) for cell in deck.read(p).cells}


def decoded(png, width=None):
    """What a camera reads in a picture, however small."""
    import zxingcpp
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("L")
    if width:
        image = image.resize((width, width * image.height // image.width), Image.Resampling.BOX)
    return [code.text for code in zxingcpp.read_barcodes(image)]


@pytest.fixture
def small(tmp_path):
    """The sample talk, not built, with marks on a slide and in README, and no address."""
    root = write_sample(tmp_path / "talk")
    path = deck.notebooks(root)[0]
    nb = deck.read(path)
    nb.cells[1].source += f"\n\n{address.MARK}"
    deck.write(nb, path)
    text = f"Get it.\n\n{address.MARK}\nold\n<!-- /address -->\n\nRun it.\n"
    (root / "README.md").write_text(text, "utf-8")
    return root


# ---------------------------------------------------------------- one place


@pytest.mark.parametrize(
    "home",
    ["http://localhost", HOME, LONG, "https://example.org/", "https://bücher.example/a%20b.git"],
)
def test_an_address_is_read(small, home):
    name(small, home)
    assert address.of(small) == home


def test_a_talk_may_have_no_address(small):
    assert address.of(small) == ""
    name(small, "")
    assert address.of(small) == ""


@pytest.mark.parametrize(
    "home",
    ["example.org/elves", "ftp://example.org", "git@example.org:elf/sleigh", "https://", "https:///a",
     "https://exa mple.org", " https://example.org", "https://example.org\n", " ", 7, ["https://a.b"],
     "https://elf:secret@example.org", "https://example.org/<b>", "https://example.org/a)b",
     "https://example.org/;ls", "javascript:alert(1)"],
)  # fmt: skip
def test_a_wrong_address_is_refused_in_a_sentence(small, home):
    name(small, home)
    for command in ("check", "merge", "build", "present"):
        with pytest.raises(SystemExit) as stop:
            deck.main(["--root", str(small), command])
        sentence = str(stop.value)
        assert sentence.startswith(
            f"deck: The address in talk/outline.toml, {home!r}, does not work"
        )
        assert sentence.endswith(".") and "\n" not in sentence


def test_title_and_last_slide_have_the_mark():
    marked = [name for name, source in sources(ROOT).items() if address.MARK in source]
    assert marked == list(PLACES)
    assert deck.outline()["section"][-1]["notebooks"] == ["08_questions"]


def test_readme_follows_the_address(small):
    path = small / "README.md"
    deck.readme(small)
    assert "The line that clones the project will stand here" in path.read_text("utf-8")
    assert "git clone" not in path.read_text("utf-8")
    name(small, HOME)
    assert deck.stale(small).startswith("README.md has a different address")
    deck.readme(small)
    block = f"<!-- address -->\n```\ngit clone {HOME}\n```\n<!-- /address -->"
    assert path.read_text("utf-8") == f"Get it.\n\n{block}\n\nRun it.\n"
    assert address.readme(small) == path.read_text("utf-8")
    assert deck.stale(small).startswith("slides/talk.ipynb is missing")
    path.unlink()
    deck.readme(small)
    assert not path.exists()


def test_the_readme_of_the_project_is_in_step():
    text = (ROOT / "README.md").read_text("utf-8")
    assert address.readme() == text
    [place] = address.README.findall(text)
    assert address.of() in place and ("git clone" in place) == bool(address.of())


def test_without_an_address_the_slide_says_what_to_do():
    from nbformat.v4 import new_markdown_cell

    cell = new_markdown_cell(f"# Thanks\n\n{address.MARK}")
    address.show(cell, "")
    assert cell.source == (
        "# Thanks\n\n*Speaker: write the project's address into talk/outline.toml, "
        "then run make slides.*"
    )
    assert "attachments" not in cell and "http" not in str(cell)


def test_without_segno_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(deck.DeckError, match="needs segno: run make all"):
        address.code(HOME)


@pytest.mark.parametrize("home", ["", HOME])
def test_live_slides_remind_the_speaker(small, monkeypatch, tmp_path, capsys, home):
    for variable in ("JUPYTER_CONFIG_PATH", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr(os, "execv", lambda *line: None)
    name(small, home)
    deck.present(root=small)
    lines = capsys.readouterr().out.splitlines()
    assert lines.count(address.MISSING) == (not home)


# ---------------------------------------------------------------- on the slides


def test_a_built_deck_has_the_address_and_knows_when_it_is_another(small):
    assert make(small, "build").splitlines().count(address.MISSING) == 1
    page = (small / "slides" / "index.html").read_text("utf-8")
    assert "Speaker: write the project" in page and "QR code that opens" not in page

    name(small, HOME)
    assert deck.stale(small).startswith("README.md")
    deck.readme(small)
    assert deck.stale(small).startswith("slides/talk.ipynb is older")
    assert address.MISSING not in make(small, "build")
    assert deck.stale(small) is None
    page = (small / "slides" / "index.html").read_text("utf-8")
    assert f'href="{HOME}"' in page and f'alt="QR code that opens {HOME}"' in page
    assert "Speaker: write" not in page and address.MARK not in page
    assert address.MARK in sources(small)["intro-title"]  # the notebook stays as it is
    name(small, f"{HOME}0")
    deck.readme(small)
    assert deck.stale(small).startswith("slides/talk.ipynb is older")


def rebuilt(root, home, site=""):
    """A copy of the repository's talk with other addresses; without a kernel, as it was run."""
    for folder in ("talk", "notebooks", "slides"):
        ignore = shutil.ignore_patterns("*.pdf", "__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
    name(root, home)
    outline = root / "talk" / "outline.toml"
    text = re.sub("^site = .*$", f'site = "{site}"', outline.read_text("utf-8"), flags=re.MULTILINE)
    outline.write_text(text, "utf-8")
    nb, texts = deck.read(root / "slides" / "talk.ipynb"), sources(root)
    for cell in nb.cells:
        if cell.id in (*PLACES, ASKS):
            cell.source = texts[cell.id]
            cell.pop("attachments", None)
        address.show(cell, address.of(root), address.site(root))
    nb.metadata.elves["contents"] = deck.contents(nb)
    deck.write(nb, root / "slides" / "talk.ipynb")
    deck.export(root)
    return root


@pytest.fixture(scope="module", params=[HOME, LONG, ""], ids=["usual", "long", "none"])
def talk(request, tmp_path_factory):
    """The real talk with an address, a long one, and none."""
    return rebuilt(tmp_path_factory.mktemp("address") / "talk", request.param), request.param


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768)], ids=["wide", "4:3"])
@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
def test_the_last_row_can_read_and_scan(chromium, talk, size, night):
    root, home = talk
    viewport = dict(zip(("width", "height"), size, strict=True))
    page = chromium.new_context(viewport=viewport, offline=True).new_page()
    page.goto((root / "slides" / "index.html").as_uri())
    if night:
        page.keyboard.press("d")
    for place in PLACES:
        page.evaluate("id => { location.hash = `#/${id}`; }", place)
        page.wait_for_function("id => Reveal.getCurrentSlide().id === id", arg=place)
        look = page.evaluate(AUDIT, {"text": 20, "code": 22} if size[0] == 1280 else None)
        assert look["wrong"] == {}
        assert ("Speaker: write the project's address" in look["characters"]) == (home == "")
        assert home in look["characters"]
        shot = page.screenshot()
        assert decoded(shot) == ([home] if home else [])
        assert decoded(shot, width=400) == ([home] if home else [])  # from far away
        if home:
            words, picture = (
                page.locator(f"#{place} {part}").bounding_box() for part in ("a", "img")
            )
            assert words["x"] + words["width"] < picture["x"]
            assert picture["height"] > 0.6 * 720 * size[0] / 1280
    page.context.close()


@pytest.mark.parametrize(
    ("site", "play"),
    [("", ""), ("https://elves.example.org", "https://elves.example.org/play/"),
     (f"{LONG}/site/", f"{LONG}/site/play/")],
    ids=["none", "usual", "long"],
)  # fmt: skip
def test_the_slide_that_asks_for_a_function_opens_the_quick_page(chromium, tmp_path, site, play):
    root = rebuilt(tmp_path / "talk", "", site)
    page = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True).new_page()
    page.goto((root / "slides" / "index.html").as_uri())
    for key in ("", "d"):  # by day and by night
        page.keyboard.press(key) if key else None
        for place in (PLACES[0], ASKS):
            page.evaluate("id => { location.hash = `#/${id}`; }", place)
            page.wait_for_function("id => Reveal.getCurrentSlide().id === id", arg=place)
        look = page.evaluate(AUDIT, {"text": 20, "code": 22})
        assert look["wrong"] == {} and "Speaker:" not in look["characters"]
        shot = page.screenshot()
        assert decoded(shot) == decoded(shot, width=400) == ([play] if play else [])
        links = page.locator(f"#{ASKS} a").evaluate_all("all => all.map(a => a.href)")
        assert links == ([play] if play else [])
        graphs = page.locator(f"#{ASKS} .graph svg").first
        assert graphs.is_visible() == (not play)
        if play:  # the field comes with a press, and the code makes room for it
            page.keyboard.press("Space")
            graphs.wait_for()
            assert decoded(page.screenshot()) == [play]
            assert page.evaluate(AUDIT, {"text": 20, "code": 22})["wrong"] == {}
            page.keyboard.press("ArrowLeft")
    page.context.close()


@pytest.mark.parametrize("talk", [HOME, ""], indirect=True, ids=["usual", "none"])
def test_the_handout_has_the_address(talk, tmp_path):
    import pypdfium2

    root, home = talk
    browser.chromium()
    path = tmp_path / "handout.pdf"
    page = root / "slides" / "index.html"
    code = (
        f"import handout, pathlib as p; handout.write(p.Path({str(page)!r}), p.Path({str(path)!r}))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "talk", check=True, timeout=200)
    document = pypdfium2.PdfDocument(path)
    for sheet in (document[0], document[len(document) - 1]):
        text = re.sub(r"\s", "", sheet.get_textpage().get_text_range())
        assert re.sub(r"\s", "", home or address.MISSING) in text
        picture = io.BytesIO()
        sheet.render(scale=1).to_pil().save(picture, "png")
        assert decoded(picture.getvalue()) == ([home] if home else [])
    document.close()


@pytest.mark.parametrize("talk", [HOME], indirect=True, ids=["usual"])
def test_live_slides_show_the_code_too(chromium, talk, tmp_path):
    """JupyterLab takes much out of Markdown; and its cells would clip a picture."""
    root, home = talk
    with browser.serve(root, tmp_path / "home") as url:
        page = chromium.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{url}rise/slides/talk.ipynb?token={browser.TOKEN}")
        page.locator("section.present:not(.stack)").wait_for(timeout=browser.SLOW)
        page.wait_for_function("document.getElementById('rise-custom-css').sheet !== null")
        last = int(page.locator(".slide-number-b").inner_text()) - 1
        for number in (0, last):
            page.evaluate("number => { location.hash = `#/slide-${number}-0`; }", number)
            present = page.locator("section.present:not(.stack)")
            present.locator(f"a[href='{home}']").wait_for()
            browser.wait_until(page, lambda: decoded(page.screenshot(), width=400) == [home])
            box = present.locator("img[alt^=QR]").bounding_box()
            assert box["height"] > 430 and box["x"] > 780
            assert (
                present.locator("img[alt^=QR]").get_attribute("alt") == f"QR code that opens {home}"
            )
        page.close()


# ---------------------------------------------------------------- where am I?


@pytest.mark.parametrize("path", deck.notebooks(), ids=lambda path: path.stem)
def test_a_notebook_says_where_it_stands(path):
    title, line, *rest = deck.read(path).cells[0].source.split("\n\n")
    assert line == f"*{running.place(path)}*" and title.startswith("# ")
    assert not any(block.startswith("*Notebook ") for block in rest)
    links = re.findall(r"\]\(([^)]+)\)", line)
    number = deck.notebooks().index(path)
    around = [p.name for p in deck.notebooks()[max(0, number - 1) : number + 2] if p != path]
    assert links == around
    assert all((path.parent / link).exists() for link in links)
    assert ("the README says how" in line) == (path == deck.notebooks()[-1])


def test_running_a_notebook_keeps_its_signpost_in_step(small):
    first, second = deck.notebooks(small)
    for path, head in ((first, "# 1 · Begin"), (second, "# 2 · Go on")):
        nb = deck.read(path)
        nb.cells[0].update(
            id=f"{path.stem[3:]}-head", cell_type="markdown", source=f"{head}\n\nDo."
        )
        for key in ("outputs", "execution_count"):
            nb.cells[0].pop(key, None)
        nb.cells = nb.cells[:2]
        deck.write(nb, path)
    other = shutil.copy(first, first.with_name("not_in_the_talk.ipynb"))
    make(small, "run", first, second, other)
    assert deck.read(other).cells[0].source == "# 1 · Begin\n\nDo."
    line = "*Notebook 1 of 2. In the talk: part 1 of 2, Introduction, 2 to 3 minutes. "
    line += "Next: [2 · Go on](02_second.ipynb).*"
    assert deck.read(first).cells[0].source == f"# 1 · Begin\n\n{line}\n\nDo."
    assert "Before: [1 · Begin](01_first.ipynb). Next: play" in deck.read(second).cells[0].source

    outline = OUTLINE.replace('"Introduction"', '"Overture"').replace("[2, 3]", "[4, 4]")
    (small / "talk" / "outline.toml").write_text(outline, "utf-8")
    make(small, "run", first)
    line = "*Notebook 1 of 2. In the talk: part 1 of 2, Overture, 4 minutes. "
    line += "Next: [2 · Go on](02_second.ipynb).*"
    assert deck.read(first).cells[0].source == f"# 1 · Begin\n\n{line}\n\nDo."
