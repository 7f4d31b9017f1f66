"""The checklist of talk/stage.md: each step is done by a test in a browser, or says why not."""

import re

import pytest

import browser
import deck

STAGE = (browser.ROOT / "talk" / "stage.md").read_text("utf-8")
BY_HAND = "only a person can"
# The beginning of a step or of a row, and the tests that do it.
STEPS = {
    'On the slide "Your turn"': "test_live.py::test_the_rooms_function_is_answered_at_once",
    "`make present` on the laptop": "test_stage.py::test_the_live_talk_shows_what",
    "`elves rehearse --run`": "test_rehearse.py::test_no_cell_on_stage_takes_long",
    "`elves doctor`": "test_cli.py::test_doctor",
    "Copy the folder `slides/`": "test_deck_walk.py::test_every_step_can_be_read",
    "`make slides` has made": "test_deck_walk.py::test_the_handout_has_a_page_for_each",
    "Read `slides/script.md`": "test_rehearse.py::test_the_script_says_when_and_what",
    "`elves rehearse` shows": "test_rehearse.py::test_the_table_holds_the_plan",
    "Choose the version": "test_rehearse.py::test_the_versions_keep_their_minutes",
    "Ask the organisers": BY_HAND,
    "The project's public address": "test_address.py::test_the_last_row_can_read_and_scan",
    "Power supply": BY_HAND,
    "Network off": "test_deck_walk.py::test_the_walk_hears_requests",
    "`make present`; wait": "test_stage.py::test_the_live_talk_shows_what",
    "A second tab": "test_deck_walk.py::test_a_slide_can_be_opened_by_its_name",
    "Speaker view": "test_live.py::test_a_reload_and_a_late_speaker_view",
    "The projector at": "test_deck_walk.py::test_every_step_can_be_read",
    "Look at the slide with the most code": "test_deck_walk.py::test_every_step_can_be_read",
    "Clicker:": "test_live.py::test_a_clickers_keys_work_everywhere",
    "A terminal with": "test_cli.py::test_compare",
    "Water": BY_HAND,
    "Tell the room where it is": BY_HAND,
    "Write down each question": BY_HAND,
    "your voice": BY_HAND,
    "the time": "test_rehearse.py::test_the_clock_says_who_is_late",
    "`elves rehearse --clock` keeps": BY_HAND,
    "Do not repair it": "test_live.py::test_a_dead_kernel_takes_nothing",
    "Go to the tab": "test_deck_walk.py::test_a_slide_can_be_opened_by_its_name",
    "Go on talking": "test_browser.py::test_deck_widgets_move_without_a_kernel",
    "In the questions": "test_live.py::test_a_slide_alone_has_its_names",
    "Space, PageDown": "test_live.py::test_a_clickers_keys_work_everywhere",
    "PageUp": "test_live.py::test_a_clickers_keys_work_everywhere",
    "Shift + Enter": "test_live.py::test_shift_enter_shows_a_hidden_cell",
    "Space instead": "test_deck_walk.py::test_a_result_waits_for_the_question",
    "`s`": "test_deck_walk.py::test_the_speaker_sees_clock",
    "`.`, `b`": "test_live.py::test_a_clickers_keys_work_with_the_focus_in_code",
    "`d`": "test_deck_walk.py::test_the_night_has_contrast_too",
    "F5, `f`": "test_live.py::test_a_clickers_keys_work_with_the_focus_in_code",
    "Esc, `o`": "test_live.py::test_a_clickers_keys_work_with_the_focus_in_code",
    "`i` twice": "test_live.py::test_a_double_click_edits",
    "double click, Enter": "test_live.py::test_a_double_click_edits",
    "`g`, a number, Enter": "test_deck_walk.py::test_a_slide_can_be_opened_by_its_name",
    "a cell prints an error": BY_HAND,
    "a cell hangs": "test_live.py::test_a_double_click_edits",
    "the browser": "test_deck_walk.py::test_firefox_shows_every_step",
    "the laptop": "test_deck_walk.py::test_every_step_can_be_read",
    "the projector": "test_deck_walk.py::test_the_handout_has_a_page_for_each",
    "the adapter makes it 4:3": "test_deck_walk.py::test_every_step_can_be_read",
    "So does the address of the site": "test_play.py::test_first_visit_is_small",
    "the clicker": "test_live.py::test_a_clickers_keys_work_everywhere",
}


def steps():
    """The steps of the checklist and the first cells of its tables."""
    bullets = re.findall(r"^(?:- (?:\[ \] )?|\d\. )(.+)", STAGE, re.MULTILINE)
    rows = re.findall(r"^\| (.+?) \|", STAGE, re.MULTILINE)
    return [*bullets, *(row for row in rows if row not in ("key", "what"))]


@pytest.mark.parametrize("step", steps())
def test_a_step_is_done_by_a_test(step):
    begin = max((words for words in STEPS if step.startswith(words)), key=len, default=None)
    assert begin, "say in STEPS which test does it"
    if STEPS[begin] != BY_HAND:
        file, name = STEPS[begin].split("::")
        text = (browser.ROOT / "tests" / file).read_text("utf-8")
        assert f"\ndef {name}" in text


def test_the_slides_that_stage_md_names_are_there():
    names = {slide.id for path in deck.notebooks() for slide in deck.slides(deck.read(path))}
    named = set(re.findall(r"`((?:intro|refresher|algo|impl|ad|famous|uns|qa)-[a-z-]+)`", STAGE))
    assert named and named <= names
