"""The notebooks keep what the outline says: promises, minutes, notes and checks."""

import json
import re
from pathlib import Path

import pytest

import deck

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
    prose = " ".join(c.source for c in cells if c.cell_type == "markdown" and "|" not in c.source)
    assert len(prose.split()) <= 60
    for cell in cells:
        if cell.cell_type == "code":
            lines = cell.source.split("\n")
            assert len(lines) <= 12
            assert max(map(len, lines)) <= 70
    [notes] = [cell for cell in slide.cells if deck.kind(cell) == "notes"]
    assert len(notes.source.split()) >= 15
    # read aloud at 150 words a minute, what is to be said fits the slide's seconds
    spoken = notes.source.split("If late:")[0]
    assert len(spoken.split()) / 150 * 60 <= slide.seconds * 1.15, slide.id


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
    assert deck.is_setup(setup)
    assert nb.metadata.kernelspec.name == "python3"
    raw = json.dumps(nb)
    assert str(deck.ROOT) not in raw and str(Path.home()) + "/" not in raw
