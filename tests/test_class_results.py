"""The page of a class's results: its numbers are those of real checks, and files cannot harm it."""

import html.parser
import json
import os
import re
import stat
import sys
import time

import pytest

import browser
import course_variants
from classroom import results, sheet
from elves import course
from elves.course import rooms, sentences, state, workshop
from elves.course.tape.descend import climbs, descend

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a class runs on Linux")

NOW = 1_800_000_000
NAMES = "ana Ana García\nbo Bo\n# a remark\ncy Cy <script>alert(1)</script>\ndee\neli Eli\n"
CLIMBS = rooms.find("tape.descend").mistakes[0][1]


class Seconds:
    """A clock that stands still."""

    def __init__(self, now):
        self.time = lambda: now


@pytest.fixture(autouse=True)
def nothing_kept():
    state.MEMORY.clear()


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "spring"
    for login in ("ana", "bo", "cy", "dee"):  # eli never logged in
        (home / "homes" / login / "labs" / "04_the_tape").mkdir(parents=True)
    (home / "names.txt").write_text(NAMES, "utf-8")
    return home


@pytest.fixture
def check(home, monkeypatch):
    """Lets a learner check an answer in a folder of a lab, some minutes before NOW."""

    def check(login, name, answer, minutes=1):
        labs = home / "homes" / login / "labs"
        monkeypatch.chdir(labs / "04_the_tape")
        monkeypatch.setenv("ELVES_COURSE", str(labs))
        monkeypatch.setattr(state, "time", Seconds(NOW - 60 * minutes))
        return course.check(name, answer)

    return check


def put(home, login, text):
    (home / "homes" / login / "labs" / state.FILE).write_text(text, "utf-8")


class Text(html.parser.HTMLParser):
    """The words of a page, and its rows of cells; its tags are well closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.words, self.rows = [], [], []
        self.feed(page)
        assert self.open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        assert tag not in ("script", "iframe", "object", "embed", "base", "form", "img")
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("src", "srcdoc", "xlink:href")
            assert name != "href" or value.startswith("#")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)
            if {"td", "th"} & {*self.open}:
                self.rows[-1][-1] += data


def test_the_numbers_are_those_of_the_checks(home, check):
    for _ in range(results.STUCK):
        check("ana", "tape.descend", climbs, 3)
    course.hint("tape.descend")
    check("bo", "tape.descend", climbs, 31)
    check("bo", "tape.descend", descend, 30)
    check("cy", "tape.order", rooms.find("tape.order").right, 1)
    page = Text(results.page(home, NOW))
    assert "5 learners 2 at work 1 stuck 2 not begun" in page.text
    assert "Ana García 4.8 tape.descend 5 tries, 1 hint, 3 minutes ago" in page.text
    assert "2 of 5 told 6 times, 1 still at it" in page.text
    assert CLIMBS in page.text and rooms.find("tape.descend").hints[0] in page.text
    assert "No try for 20 minutes or more: Bo" in page.text
    assert "Not begun: dee, Eli" in page.text
    assert page.rows == [
        ["Learner", "Now", "Last try", "Lab 4"],
        ["Ana García", "4.8 5 tries, stuck", "3 minutes ago", "0/8"],
        ["Bo", "4.8 solved", "30 minutes ago", "1/8"],
        ["Cy <script>alert(1)</script>", "4.4 solved", "1 minute ago", "1/8"],
        ["dee", "not begun", "", "0/8"],
        ["Eli", "not begun", "", "0/8"],
    ]


def test_the_map_is_lit_as_far_as_the_class_has_come(home, check):
    for login in ("ana", "bo"):
        check(login, "tape.descend", descend)
    page = results.page(home, NOW)
    assert 'aria-label="Lab 4, The tape: solved of 5 learners 4.1 by 0, ' in page
    assert "4.7 by 0, 4.8 by 2." in page
    (lit,) = re.findall(rf'v(\d+)h-26z" fill="{workshop.LIT}"', page)
    assert int(lit) == 30 * 2 // 5 - 1  # and the frame
    assert "Nobody has tried the other 15 labs yet." in page
    full = workshop.house(0, 0, 4, "The tape", [1.0, True])
    assert workshop.BERRY in full and full.count(f'fill="{workshop.LIT}"') == 2
    assert workshop.UNLIT not in full


@pytest.mark.parametrize("name", ["tape.backward", "steps.central", "broadcasting.undo"])
def test_each_way_to_write_a_mistake_is_counted_as_that_mistake(home, check, name):
    import test_course

    exercise, wrongs = rooms.find(name), course_variants.VARIANTS[name][:6]
    for _, text in wrongs:
        check("ana", name, test_course.answer(name, lambda source, text=text: text))
    told = results.read(home, NOW).told
    want = {}
    for k, _ in wrongs:
        sentence = exercise.mistakes[k][1]
        want[sentence] = want.get(sentence, 0) + 1
    assert {one.sentence: one.times for one in told} == want
    assert [one.times for one in told] == sorted(want.values(), reverse=True)


def test_what_most_made_comes_first_and_one_learner_cannot_lead(home):
    keys = [sentences.short(said) for _, said in rooms.find("tape.descend").mistakes[:2]]
    one = {"tape.descend": {"tries": 10**9, "mistakes": {keys[0]: 10**9, "value": 9}}}
    put(home, "ana", json.dumps(one))
    for login in ("bo", "cy"):
        put(home, login, json.dumps({"tape.descend": {"tries": 1, "mistakes": {keys[1]: 1}}}))
    klass = results.read(home, NOW)
    assert [(m.key, len(m.logins), m.times) for m in klass.told] == [
        (keys[1], 2, 2), (keys[0], 1, results.FEW), ("value", 1, 9),
    ]  # fmt: skip
    assert (
        "over 99 tries, stuck" in results.page(home, NOW)
        and "0000" not in Text(results.page(home, NOW)).text
    )


def test_of_what_is_explained_to_all_the_lab_of_now_comes_first(home, check):
    for login in ("ana", "bo", "cy"):
        check(login, "steps.forward", lambda f, x, h: (f(x) - f(x - h)) / h, 12)
    assert {one.exercise for one in results.read(home, NOW).to_explain} == {"steps.forward"}
    for login in ("ana", "bo", "cy"):
        check(login, "tape.order", rooms.find("tape.order").right, 3)
    check("dee", "tape.descend", climbs)
    klass = results.read(home, NOW)
    assert [one.exercise for one in klass.told] == ["steps.forward", "tape.descend"]
    assert [one.exercise for one in klass.to_explain] == ["tape.descend"]
    later = results.read(home, NOW + 86400)  # at home
    assert not later.at_work and not later.stuck and later.to_explain == later.told


def test_progress_of_before_has_no_times(home):
    put(home, "ana", '{"tape.order": {"tries": 9, "passed": false}, "tape.grad": {"tries": 1}}')
    ana = results.read(home, NOW).people[0]
    assert (ana.now, ana.last, ana.stuck) == ("tape.grad", None, False)
    put(home, "bo", json.dumps({"tape.order": {"tries": 1, "last": NOW + 10**6}}))
    assert results.read(home, NOW).people[1].last is None  # a clock that is ahead says nothing


SECRET = '{"tape.order": {"tries": 1, "passed": true}}'


def a_link(path, home):
    (home / "elsewhere.json").write_text(SECRET)
    path.symlink_to(home / "elsewhere.json")


def a_linked_folder(path, home):
    (home / "elsewhere").mkdir()
    (home / "elsewhere" / state.FILE).write_text(SECRET)
    (path.parent / "04_the_tape").rmdir()
    path.parent.rmdir()
    path.parent.symlink_to(home / "elsewhere")


def of_another(path, home):
    if os.geteuid():
        pytest.skip("only root can give a file away")
    path.write_text(SECRET)
    os.chown(path, 65534, -1)


HOSTILE = [
    a_link, a_linked_folder, of_another,
    lambda path, home: os.mkfifo(path),
    lambda path, home: path.mkdir(),
    lambda path, home: path.write_text(" " * results.MOST + SECRET),
    lambda path, home: path.write_bytes(b"\xff\xfe\x00"),
    lambda path, home: path.write_text("<script>alert(1)</script>"),
    lambda path, home: path.write_text("[" * 500_000),
    lambda path, home: path.write_text("[]"),
]  # fmt: skip


@pytest.mark.parametrize("make", HOSTILE)
def test_a_file_that_no_check_wrote_is_unreadable(home, check, make):
    check("bo", "tape.order", rooms.find("tape.order").right)
    make(home / "homes" / "ana" / "labs" / state.FILE, home)
    page = Text(results.page(home, NOW))
    assert page.rows[1] == ["Ana García", "cannot be read", "", "0/8"]
    assert page.rows[2][-1] == "1/8" and "Progress cannot be read: Ana García" in page.text


def test_no_text_of_a_learner_comes_into_the_page(home):
    evil = "<script>alert(1)</script>"
    entry = {
        "tries": 7, "passed": evil, "hints": evil, "last": evil,
        "mistakes": {evil: 1, "x": evil, "evil": 3, sentences.short(CLIMBS): 1}, evil: evil,
    }  # fmt: skip
    put(home, "ana", json.dumps({evil: entry, "tape.descend": entry, "tape.nothing": entry}))
    page = results.page(home, NOW)
    assert evil not in page and "evil" not in page
    assert "1 of 5" in Text(page).text and Text(page).rows[1][1] == "4.8 7 tries, stuck"
    assert "Content-Security-Policy" in page and "default-src 'none'" in page


GRADES = """\
assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,\
late_submission_penalty,score,max_score
04_the_tape,,2030-01-01 10:00:00,ana,,,,6.0,0.0,6.0,8.0
05_broadcasting,,2030-01-01 10:00:00,ana,,,,2.5,0.0,2.5,6.0
04_the_tape,,,bo,,,,0.0,0.0,0.0,8.0
04_the_tape,,2030-01-01 10:00:00,cy,Last, Jr,Name,,6.0,0.0,6.0,8.0
04_the_tape,,2030-01-01 10:00:00,stranger,,,,6.0,0.0,6.0,8.0
04_the_tape,,2030-01-01 10:00:00,dee,,,,nan,0.0,nan,8.0
77_tidy,,2030-01-01 10:00:00,ana,,,,1.0,0.0,1.0,8.0
tidy,,2030-01-01 10:00:00,dee,,,,1.0,0.0,<b>,8.0
"""


def test_points_are_those_of_nbgraders_export(home, check):
    check("ana", "tape.descend", descend)
    (home / "course").mkdir()
    (home / "course" / "grades.csv").write_text(GRADES)
    rows = Text(results.page(home, NOW)).rows
    assert rows[0][3:] == ["Lab 4", "Lab 5", "Points"]
    assert rows[1][3:] == ["1/8graded 6 of 8", "0/7graded 2.5 of 6", "8.5 of 14"]
    assert all(row[-1] == "" for row in rows[2:])
    for text in ("", "\x00", "a,b\n1", '"', "score\n1\n", "x" * 200_000):
        (home / "course" / "grades.csv").write_text(text)
        assert Text(results.page(home, NOW)).rows[0][3:] == ["Lab 4"]


def test_the_page_is_for_the_teacher_alone(home, check, capsys, monkeypatch):
    for _ in range(5):
        check("ana", "tape.descend", climbs)
    (home / "results.html").symlink_to(home / "homes" / "ana" / "mine.html")
    monkeypatch.setattr(results, "time", Seconds(NOW))
    before = os.umask(0)
    try:
        results.main(home)
    finally:
        os.umask(before)
    target = home / "results.html"
    assert target.is_file() and not target.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(p.name for p in home.iterdir()) == ["homes", "names.txt", "results.html"]
    said = capsys.readouterr().out
    assert "  Ana García: 4.8 tape.descend, 5 tries, 1 minute ago\n" in said
    assert f"  1 of 5, 4.8 tape.descend: {CLIMBS}\n" in said
    assert "Not begun: Bo, Cy <script>alert(1)</script>, dee, Eli.\n" in said
    results.main(str(home))  # a second time too
    with pytest.raises(SystemExit, match=r"is no class's folder with a names\.txt"):
        results.main(home / "homes")


def test_a_class_without_anything_has_a_page(tmp_path):
    (tmp_path / "names.txt").write_text("ana\n../../etc\n")  # which is the learner etc
    page = Text(results.page(tmp_path))
    assert "2 learners 0 at work 0 stuck" in page.text
    assert page.rows[1:] == [["ana", "not begun", ""], ["../../etc", "not begun", ""]]
    assert "No check has told a mistake yet." in page.text


def test_exercises_have_the_numbers_of_the_notebooks():
    import teaching

    for lab, parts in teaching.all_parts().items():
        for part in parts:
            if part.exercise:
                assert str(results.EXERCISES[part.exercise]) == part.number, lab


def test_a_phone_a_wall_and_a_reader_of_screens_can_use_it(home, check, chromium, axe, tmp_path):
    for name in ("steps.forward", "duals.jvp", "tape.order", "broadcasting.undo", "lies.kink"):
        check("bo", name, rooms.find(name).right)
    for _ in range(7):
        check("ana", "tape.descend", climbs)
    (tmp_path / "page.html").write_text(results.page(home, NOW), "utf-8")
    url = (tmp_path / "page.html").as_uri()
    for tone in ("light", "dark"):
        view = {"viewport": {"width": 390, "height": 844}, "color_scheme": tone}
        with browser.visit(chromium, url, **view, bypass_csp=True) as page:
            page.goto(url)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
            page.evaluate(axe)
            found = page.evaluate("axe.run().then(r => r.violations.map(v => v.id))")
            assert found == []
            assert page.get_by_text("Ana García").first.is_visible()
            page.get_by_text("For the wall").click()
            assert not page.get_by_text("Ana García").first.is_visible()
            page.get_by_text("For the wall").click()
            assert page.get_by_text("Ana García").first.is_visible()


def test_times_and_tries_in_words():
    assert sheet.tries(99) == "99 tries" and sheet.points_of([]) == ""
    assert results.ago(time.time()).endswith("days ago")
