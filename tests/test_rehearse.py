"""Rehearsing: minutes, words, the clock, the short versions and the script."""

import asyncio
import queue
import re
import shutil

import pytest

import deck
import mainline
import rehearse
from conftest import notebook, write_sample
from elves import cli

VERSIONS = [table["minutes"] for table in deck.outline()["version"]]


@pytest.fixture
def talk(tmp_path):
    """The sample talk with a short version, not built."""
    root = write_sample(tmp_path / "talk")
    with open(root / "talk" / "outline.toml", "a") as file:
        file.write('[[version]]\nminutes = 2\nskip = ["intro-code", "rest-widgets"]\n')
        file.write("seconds = { intro-maths = 15 }\n")
    return root


def test_plan_knows_seconds_words_and_clicks(talk):
    lines = rehearse.plan(root=talk)
    assert [(x.id, x.start, x.seconds) for x in lines[:3]] == [
        ("intro-title", 0, 30),
        ("intro-maths", 30, 40),
        ("intro-code", 70, 50),
    ]
    assert lines[0].words == 3 and lines[0].spoken == "Say hello first."
    assert lines[0].reading == pytest.approx(1.2)
    assert lines[2].clicks == 2


def test_cues_are_not_said():
    text = (
        "> *For the speaker.* Say it,\n> and *that*.\n>\n> If late: leave that.\n>\n> Click: run."
    )
    [slide] = deck.slides(notebook([("a", "slide", "# A", {}), ("a-notes", "notes", text, {})]))
    assert rehearse.note(slide) == ("Say it, and that.", ["If late: leave that.", "Click: run."])


def test_a_note_that_is_too_long_gets_its_sentence(talk):
    path = deck.notebooks(talk)[0]
    nb = deck.read(path)
    assert rehearse.warnings(rehearse.plan(root=talk)) == []
    nb.cells[2].source = "word " * 80
    deck.write(nb, path)
    [sentence] = rehearse.warnings(rehearse.plan(root=talk))
    assert sentence == "intro-title: 80 words take 32 s, and the slide has 30 s: cut 5 words."
    assert rehearse.main([], root=talk) == 1


def test_the_table_holds_the_plan_against_the_budget(talk, capsys):
    assert rehearse.main(["--all"], root=talk) == 0
    out = capsys.readouterr().out
    assert re.search(r"Introduction +2-3 min +2:00 .* 3  fits", out)
    assert re.search(r"Rest +1-2 min +0:40 .* 2  OUTSIDE the budget", out)
    assert re.search(r"0:30  intro-maths +0:40", out)


def test_the_clock_follows_the_speaker(talk, capsys):
    lines, keys, times = (
        rehearse.plan(root=talk),
        queue.Queue(),
        iter([0, 10, 40, 45, 100, 120, 130]),
    )
    for key in ("", "", "b", "p", "p", "q"):  # 10 s, 30 s, back after 5 s, a pause of 20 s
        keys.put(key)
    spent = rehearse.rehearse(lines, lambda: next(times), keys, live=False)
    assert spent == [10, 30 + 55 + 10, 5, 0, 0]
    out = capsys.readouterr().out
    assert "[2/5] The product rule  (40 s)" in out and "Say hello first." in out
    assert re.search(r"introduction +2:00 +1:50", out)


def test_the_clock_says_who_is_late(talk):
    lines = rehearse.plan(root=talk)
    late = "slide 0:50 of 0:40  OVER   talk 1:30 of 2:40   0:20 BEHIND"
    assert rehearse.standing(lines, [40, 50, 0, 0, 0], 1) == late
    assert rehearse.standing(lines, [20, 10, 0, 0, 0], 1).endswith("0:10 ahead")


def test_the_script_says_when_and_what(talk):
    text = rehearse.script(root=talk)
    assert "## Introduction (2:00)" in text
    first, second = "### 0:30 · The product rule", "Slide 2 (`intro-maths`), 40 s"
    assert f"{first}\n\n{second}\n\nThe note of the second slide." in text
    assert "Slide 3 (`intro-code`), 50 s, Space twice" in text


def test_a_short_version_leaves_slides_out(talk):
    lines = rehearse.plan(2, talk)
    assert [(x.id, x.seconds) for x in lines] == [
        ("intro-title", 30),
        ("intro-maths", 15),
        ("rest-figure", 20),
    ]
    kept = [cell.id for cell in deck.shorten(deck.read(deck.notebooks(talk)[0]), 2, talk).cells]
    assert "intro-setup" in kept and "intro-sum" not in kept and "intro-code-notes" not in kept


def test_an_unknown_version_is_named(talk, capsys):
    assert rehearse.main(["--minutes", "7"], root=talk) == 2
    assert "There is no version of 7 minutes: choose from 2" in capsys.readouterr().err


def test_a_version_that_breaks_the_code_is_refused(talk):
    path = deck.notebooks(talk)[1]
    nb = deck.read(path)
    nb.cells[2].source = "plt.plot(f(x))"
    deck.write(nb, path)
    first = deck.read(deck.notebooks(talk)[0])
    nb.cells = first.cells + nb.cells
    with pytest.raises(deck.DeckError, match="slide rest-figure needs f from slide intro-code"):
        deck.shorten(nb, 2, talk)


def test_slow_cells_are_found(sample, tmp_path):
    copy = shutil.copytree(sample, tmp_path / "talk", ignore=shutil.ignore_patterns("vendor"))
    nb = deck.read(copy / "slides" / "talk.ipynb")
    nb.cells = [cell for cell in nb.cells if cell.id in ("intro-setup", "intro-title", "intro-sum")]
    nb.cells[-1].source = "import time\ntime.sleep(0.3)"
    deck.write(nb, copy / "slides" / "talk.ipynb")
    [(name, seconds)] = rehearse.slow_cells(root=copy, patience=0.25)
    assert name == "intro-sum" and 0.25 < seconds < 60
    assert rehearse.slow_cells(root=copy, patience=50) == []


# ---------------------------------------------------------------- the real talk


@pytest.mark.parametrize("minutes", VERSIONS)
def test_the_versions_keep_their_minutes_and_run(minutes, request):
    """The short talk runs in one kernel, set-up first as on stage, and prints what is recorded."""
    table = mainline.version(minutes)
    ids = {slide.id for path in deck.notebooks() for slide in deck.slides(deck.read(path))}
    assert set(table["skip"]) | set(table.get("seconds", {})) <= ids
    lines = rehearse.plan(minutes)
    assert 0.93 * minutes * 60 <= rehearse.plan_end(lines) <= minutes * 60
    assert rehearse.warnings(lines) == []
    sections = {line.section for line in lines}
    assert sections == {section["id"] for section in deck.outline()["section"]}
    if minutes == min(VERSIONS):  # the one that has lost most
        request.getfixturevalue("systems")
        nb = deck.shorten(deck.read(deck.ROOT / "slides" / "talk.ipynb"), minutes)
        want = {cell.id: texts(cell) for cell in nb.cells}
        nb.cells.sort(key=lambda cell: not mainline.is_setup(cell))
        ran = asyncio.run(deck.execute(nb, "talk.ipynb", deck.ROOT / "notebooks"))
        assert {cell.id: texts(cell) for cell in ran.cells} == want


def test_no_cell_on_stage_takes_long(systems):
    """None takes most of the talk's time: a ratio, since the machine may be slow or busy."""
    took = dict(rehearse.slow_cells(patience=0))
    slow = {
        name: s for name, s in took.items() if s > max(rehearse.PATIENCE, sum(took.values()) / 3)
    }
    assert slow == {}, "warm it up: `warm_up` in talk/outline.toml"


def texts(cell):
    """What a cell says in words; of one without a claim, such as a measurement, only whether."""
    if "nbval-check-output" not in cell.metadata.get("tags", []):
        return bool(cell.get("outputs"))
    return [o.get("text") or o.get("data", {}).get("text/plain") for o in cell.get("outputs", [])]


def test_the_talk_leaves_room_for_questions():
    lines = rehearse.plan()
    talk = sum(line.seconds for line in lines if line.section != "questions")
    assert 25 * 60 <= talk <= 33 * 60
    assert rehearse.plan_end(lines) <= 45 * 60


def test_elves_rehearse(capsys, monkeypatch, tmp_path):
    assert cli.main(["rehearse"]) in (0, 1)
    assert "Questions and answers" in capsys.readouterr().out
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "elves" / "cli.py"))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["rehearse"]) == 2
    assert capsys.readouterr().err.endswith("run it in the repository.\n")
