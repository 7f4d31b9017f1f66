"""The notebooks keep what the outline says: promises, minutes, notes and checks."""

import json
import re
from pathlib import Path

import pytest

import deck
import mainline
import rehearse

OUTLINE = deck.outline()
NOTEBOOKS = {path.stem: deck.read(path) for path in deck.notebooks()}
SLIDES = {name: list(deck.slides(nb)) for name, nb in NOTEBOOKS.items()}
ALL = [slide for slides in SLIDES.values() for slide in slides]
CODE = [
    pytest.param(cell, id=cell.id)
    for nb in NOTEBOOKS.values()
    for cell in nb.cells
    if cell.cell_type == "code"
]


def shown(slide):
    return [cell for cell in slide.cells if deck.kind(cell) != "notes"]


def test_the_outline_names_every_notebook():
    assert list(NOTEBOOKS) == sorted(p.stem for p in (deck.ROOT / "notebooks").glob("*.ipynb"))
    assert len(NOTEBOOKS) == 8


@pytest.mark.parametrize("section", OUTLINE["section"], ids=lambda s: s["id"])
def test_a_section_keeps_its_minutes(section):
    seconds = sum(slide.seconds for name in section["notebooks"] for slide in SLIDES[name])
    low, high = section["minutes"]
    assert low * 60 <= seconds <= high * 60


def test_sections_are_the_proposals():
    want = [[2, 3], [4, 5], [7, 10], [12, 15], [10, 10]]
    assert [section["minutes"] for section in OUTLINE["section"]] == want


@pytest.mark.parametrize("promise", OUTLINE["promise"], ids=lambda p: p["text"][:40])
def test_a_promise_is_kept_by_slides(promise):
    ids = {slide.id for slide in ALL}
    assert promise["slides"] and set(promise["slides"]) <= ids


def test_every_slide_keeps_some_promise():
    frame = {"intro-title", "intro-wish"}
    kept = {name for promise in OUTLINE["promise"] for name in promise["slides"]}
    assert {slide.id for slide in ALL} - kept - frame == set()


def test_ids_are_unique():
    ids = [cell.id for nb in NOTEBOOKS.values() for cell in nb.cells]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("slide", ALL, ids=lambda s: s.id)
def test_a_slide_has_one_idea_and_notes(slide):
    cells = shown(slide)
    assert slide.seconds > 0
    headlines = re.findall(
        r"^#+ .*", "\n".join(c.source for c in cells if c.cell_type == "markdown"), re.M
    )
    assert 1 <= len(headlines) <= 2 and headlines[0] == slide.cells[0].source.split("\n")[0]
    prose = "\n".join(c.source for c in cells if c.cell_type == "markdown").partition("\n")[2]
    assert len(re.findall(r"[^\s|]*\w[^\s|]*", prose)) <= 40
    for cell in cells:
        if cell.cell_type == "code":
            lines = cell.source.split("\n")
            assert len(lines) <= 12
            assert max(map(len, lines)) <= 70
    [notes] = [cell for cell in slide.cells if deck.kind(cell) == "notes"]
    assert notes.id == f"{slide.id}-notes" and "*For the speaker.*" in notes.source


@pytest.mark.parametrize("line", rehearse.plan(), ids=lambda line: line.id)
def test_a_note_says_all_that_a_speaker_needs(line):
    """Full sentences that fill the time, a question before a result, clicks, and what may go."""
    assert line.reading <= line.seconds
    if line.section != "questions":
        assert line.reading >= 0.7 * line.seconds, "silence: say more, or take less time"
    for paragraph in line.spoken.split("\n\n"):
        assert re.fullmatch(r"[A-Z0-9].*[.?!]", paragraph)
    if line.clicks:
        [cells] = [shown(slide) for slide in ALL if slide.id == line.id]
        prose = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert "?" in line.spoken + prose, "no question to the room before the result"
    marks = [cue.split(":")[0] for cue in line.cues]
    assert marks in (["Click", "If late"], ["Click", "If late", "Source"])
    clicks = line.cues[0]
    if line.clicks:
        assert re.search(r"Space|run the", clicks)
    else:
        assert "Space" not in clicks


@pytest.mark.parametrize("framework", ["torch", "tf", "jax", "autograd", "chainer", "tangent"])
def test_at_most_two_slides_for_a_framework(framework):
    ids = [s.id for s in ALL if re.match(rf"(famous|heroes)-{framework}\b", s.id)]
    assert 1 <= len(ids) <= 2


@pytest.mark.parametrize("cell", CODE)
def test_outputs_are_stored_and_claims_are_checked(cell):
    outputs = cell.outputs
    assert not any(o.output_type == "error" for o in outputs)
    text = any(
        o.output_type == "stream" or set(o.get("data", {})) == {"text/plain"} for o in outputs
    )
    checked = "nbval-check-output" in cell.metadata.get("tags", [])
    if deck.kind(cell) != "skip":
        assert checked == text, "what is printed on a slide is a claim"
    assert not checked or outputs, "a checked cell without output would check nothing"
    assert not any(o.get("name") == "stderr" for o in outputs)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_pictures_say_what_is_seen(name):
    for cell in NOTEBOOKS[name].cells:
        assert not re.search(r"!\[\s*\]", cell.source)
        for output in cell.get("outputs", []):
            if "image/svg+xml" in output.get("data", {}):
                [label] = re.findall(r'<svg[^>]*aria-label="([^"]+)"', output.data["image/svg+xml"])
                assert len(label.split()) >= 8
            assert "image/png" not in output.get("data", {})


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_opens_and_closes_well(name):
    nb = NOTEBOOKS[name]
    head, setup = nb.cells[:2]
    for words in ("**What you will do**", "**What you need**"):
        assert words in head.source
    assert mainline.is_setup(setup)
    assert nb.metadata.kernelspec.name == "python3"
    raw = json.dumps(nb)
    assert f"{deck.ROOT}/" not in raw and f"{Path.home()}/" not in raw
