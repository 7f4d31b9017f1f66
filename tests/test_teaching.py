"""A class: the plans have the minutes that the labs need, and every exercise has its mistakes."""

import re

import pytest

import deck
import labs
import rehearse
import teaching
from elves.course import rooms

PARTS = teaching.all_parts()
PLANS = teaching.plans()


def test_the_parts_of_a_lab_have_its_exercises_and_minutes():
    for path in labs.sources():
        number, found = int(path.name[:2]), PARTS[int(path.name[:2])]
        nb = labs.read(path)
        assert sum(part.minutes for part in found) == sum(
            cell.metadata.get("minutes", 0) for cell in nb.cells
        )
        checked = {teaching.CHECK.search(c.source)[1] for c in nb.cells
                   if teaching.CHECK.search(c.source)}  # fmt: skip
        assert {part.exercise for part in found} - {""} <= checked
        assert [part.number for part in found if part.number != "The end"] == [
            f"{number}.{k}" for k in range(1, len(found) + (found[-1].number != "The end"))
        ]


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_has_the_minutes_that_its_labs_need(name):
    assert list(teaching.wrong(PLANS[name], PARTS)) == []
    for rows in PLANS[name]:
        assert max(row.minutes for row in rows) <= 75  # then there is a break
        assert all(row.words for row in rows if not re.search("Break|Lunch", row.what))


def test_plans_have_their_length():
    lengths = {
        name: [rows[-1].start + rows[-1].minutes - rows[0].start for rows in sittings]
        for name, sittings in PLANS.items()
    }
    assert lengths == {
        "90 minutes": [90], "Half a day": [210], "A day": [480], "Four evenings": [120] * 4,
    }  # fmt: skip


@pytest.mark.parametrize("word", ["90", "half", "day", "evenings", "Evenings"])
def test_a_plan_is_shown_by_a_word_of_its_name(capsys, word):
    assert rehearse.main(["--class", word]) == 0
    said = capsys.readouterr().out
    assert "Lab 4" in said and said.endswith("Each lab has the minutes that it needs.\n")


def test_a_plan_that_is_not_there_gets_a_sentence(capsys):
    assert rehearse.main(["--class", "week"]) == 2
    assert "There is no plan 'week': choose from 90 minutes, Half" in capsys.readouterr().err


@pytest.mark.parametrize(("old", "new", "said"), [
    ("| 0:10 | 12 | Lab 4: 4.1 |", "| 0:10 | 7 | Lab 4: 4.1 |", "Lab 4: 4.1 has 7 minutes: a"),
    ("| 0:10 | 12 | Lab 4: 4.1 |", "| 0:11 | 12 | Lab 4: 4.1 |", "Lab 4: 4.1 begins at 0:11: the"),
    ("| 0:10 | 12 | Lab 4: 4.1 |", "| 0:10 | 40 | Lab 4: 4.1 |", "Lab 4: 4.1 has 40 minutes"),
])  # fmt: skip
def test_a_wrong_line_is_named(tmp_path, capsys, old, new, said):
    (tmp_path / "talk").mkdir()
    text = (deck.ROOT / "talk" / "teach.md").read_text("utf-8")
    assert old in text
    (tmp_path / "talk" / "teach.md").write_text(text.replace(old, new), "utf-8")
    assert teaching.show("90", tmp_path) >= 1
    assert said in capsys.readouterr().out


def test_a_plan_that_names_a_part_that_is_not_there_says_so():
    with pytest.raises(deck.DeckError, match=r"names 4\.9, which lab 4 has not"):
        teaching.asked("Lab 4: 4.8 to 4.9", PARTS)


def test_every_lab_has_its_first_words_and_every_exercise_its_mistakes():
    text = (deck.ROOT / "talk" / "teach.md").read_text("utf-8")
    assert re.findall(r"^\| (\d+) · ", text, re.MULTILINE) == [str(n) for n in rooms.LABS]
    mistakes = (deck.ROOT / "talk" / "mistakes.md").read_text("utf-8")
    assert mistakes == teaching.mistakes(), "run `make labs`"
    for module, _ in rooms.LABS.values():
        for exercise in rooms.room(module).EXERCISES:
            assert f"`{exercise.name}`" in mistakes
