"""What the class has solved, and where it is stuck: one page for the teacher.

    python talk/classroom/results.py HOME             write HOME/results.html, and say it in short
    python talk/classroom/results.py HOME --watch     write it into the teacher's home, each minute

It reads what the checks have noted in each learner's home. These files are the learners' own, so
nothing in them is believed but numbers: no link is followed, and no text of theirs is shown.
"""

import contextlib
import csv
import json
import math
import os
import re
import stat
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from classroom import sheet
from classroom.place import ClassError, read_names, write
from elves.course import rooms, state
from elves.course.exercise import several
from elves.course.sentences import sentences

MOST = 1_000_000  # bytes of a file
STUCK = 5  # tries of an exercise without success
AT_WORK, QUIET = 15 * 60, 20 * 60  # seconds since the last try
FEW = 99  # of one learner's tries that count: who loops over a check does not lead the list
VAGUE = {"value", "stopped"}  # mistakes that nobody can explain to all
EVERY = 60  # seconds


class Unreadable(Exception):
    """A file that no check wrote so."""


@dataclass
class Learner:
    """One of the list: what was noted of each exercise, and the points of each lab."""

    login: str
    name: str
    notes: dict = field(default_factory=dict)
    points: dict = field(default_factory=dict)  # number of the lab: points, and how many at most
    readable: bool = True

    @property
    def now(self):
        """The exercise that was tried last, or None."""
        tried = [e for e in EXERCISES if self.of(e).get("tries")]
        return max(
            tried, key=lambda e: (self.of(e).get("last", 0), EXERCISES[e].number), default=None
        )

    @property
    def last(self):
        """When the last try was, or None."""
        return max((n["last"] for n in self.notes.values() if "last" in n), default=None)

    @property
    def stuck(self):
        """Whether that exercise was tried often, and is not solved."""
        note = self.of(self.now)
        return note.get("tries", 0) >= STUCK and not note.get("passed", False)

    def of(self, exercise):
        return self.notes.get(exercise, {})

    def solved(self, exercise):
        return self.of(exercise).get("passed", False)


@dataclass(frozen=True)
class Mistake:
    """A sentence that checks of an exercise told: to whom, and how often."""

    exercise: str
    key: str
    sentence: str
    help: str
    logins: tuple
    times: int

    @property
    def weight(self):
        """What comes first: mistakes of many, and among these the ones told most often."""
        return self.key in VAGUE, -len(self.logins), -self.times, EXERCISES[self.exercise].number


@dataclass(frozen=True)
class Where:
    """Where an exercise stands: its lab, and its number there."""

    lab: int
    k: int
    help: str
    sentences: dict

    number = property(lambda self: (self.lab, self.k))

    def __str__(self):
        return f"{self.lab}.{self.k}"


EXERCISES = {
    e.name: Where(lab, k, e.hints[0], sentences(e))
    for lab, (module, _) in rooms.LABS.items()
    for k, e in enumerate(rooms.room(module).EXERCISES, 1)
}


def text_of(top, *names):
    """The text of a file below a folder of ours, "" where there is none.

    Raises Unreadable for a link on the way, for what is no file, is another user's than root's and
    those of the folders on the way, is too large, or no text.
    """
    at = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    owners = [0]
    try:
        for name in names[:-1]:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
            owners.append(os.fstat(at).st_uid)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # nobody may write into a pipe
        file = os.open(names[-1], flags, dir_fd=at)
        try:
            what = os.fstat(file)
            sound = stat.S_ISREG(what.st_mode) and what.st_uid in owners
            data = os.read(file, MOST + 1) if sound else None
        finally:
            os.close(file)
    except FileNotFoundError:
        return ""
    except OSError:
        raise Unreadable from None
    finally:
        os.close(at)
    if data is None or len(data) > MOST:
        raise Unreadable
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable from None


def learners(home, now):
    """The class of a folder: a list of Learner, in the order of its names.txt."""
    names = read_names(home / "names.txt")
    alike = Counter(names.values())
    found = {
        login: Learner(login, f"{name} ({login})" if name and alike[name] > 1 else name or login)
        for login, name in names.items()
    }
    for each in found.values():
        try:
            each.notes = notes(text_of(home, "homes", each.login, "labs", state.FILE), now)
        except Unreadable:
            each.readable = False
    with contextlib.suppress(Unreadable):  # then there are no points
        grade(found, text_of(home, "course", "grades.csv"))
    return [*found.values()]


def notes(text, now):
    """What a learner's file says of our exercises; raises Unreadable where it says nothing."""
    known = state.understood(text)
    if text and not known:
        try:
            empty = json.loads(text) == {}
        except (ValueError, RecursionError):
            empty = False
        if not empty:
            raise Unreadable
    found = {name: dict(known[name]) for name in EXERCISES if name in known}
    for note in found.values():
        if not 0 < note.get("last", 0) <= now + 60:
            note.pop("last", None)
    return found


def grade(found, text):
    """Take the points from nbgrader's CSV; it quotes nothing, so a line that is odd is left out."""
    try:
        rows = [*csv.DictReader(text.splitlines(), restkey="more")]
    except csv.Error:
        raise Unreadable from None
    for row in rows:
        number = re.match(r"[0-9]{1,2}(?=_)", row.get("assignment") or "")
        who = found.get(row.get("student_id"))
        try:
            points, most = float(row["score"]), float(row["max_score"])
        except (KeyError, TypeError, ValueError):
            continue
        sound = "more" not in row and 0 <= points <= most < math.inf
        lab, submitted = int(number[0]) if number else None, row.get("timestamp", "-")
        if lab in rooms.LABS and who and sound and submitted:
            who.points[lab] = points, most


def mistakes(people):
    """All that was told to a class, what came most often first."""
    who, times = {}, Counter()
    for each in people:
        for name, note in each.notes.items():
            for key, n in note.get("mistakes", {}).items():
                if key in EXERCISES[name].sentences:
                    who.setdefault((name, key), []).append(each.login)
                    times[name, key] += min(n, FEW)
    found = [
        Mistake(
            name, key, EXERCISES[name].sentences[key], EXERCISES[name].help,
            tuple(logins), times[name, key],
        )
        for (name, key), logins in who.items()
    ]  # fmt: skip
    return sorted(found, key=lambda each: each.weight)


@dataclass(frozen=True)
class Class:
    """A class as it stands: its learners, what they were told, and who needs the teacher."""

    people: list
    time: float
    told: list

    stuck = property(lambda self: sorted(
        (p for p in self.people if p.stuck and self.since(p) < 3 * QUIET),
        key=lambda p: -p.of(p.now)["tries"],
    ))  # fmt: skip
    at_work = property(lambda self: [p for p in self.people if self.since(p) < AT_WORK])
    quiet = property(lambda self: [
        p for p in self.people if p.now and p not in self.stuck and self.since(p) >= QUIET
    ])  # fmt: skip
    not_begun = property(lambda self: [p for p in self.people if p.readable and not p.now])
    unreadable = property(lambda self: [p for p in self.people if not p.readable])

    @property
    def to_explain(self):
        """The mistakes in the labs where somebody is at work; where nobody is, all of them."""
        here = {EXERCISES[p.now].lab for p in self.at_work if p.now}
        return [one for one in self.told if EXERCISES[one.exercise].lab in here or not here]

    def since(self, learner):
        """Seconds since a learner's last try; without end where it is not known."""
        return math.inf if learner.last is None else max(0, self.time - learner.last)

    def ago(self, learner):
        """The same in words: "12 minutes ago"."""
        return ago(self.since(learner))

    def shares(self, lab):
        """How many have solved each exercise of a lab, by its name."""
        names = [name for name, place in EXERCISES.items() if place.lab == lab]
        return {name: sum(p.solved(name) for p in self.people) for name in names}

    @property
    def labs(self):
        """The labs that somebody has tried or submitted, by number."""
        tried = {EXERCISES[name].lab for p in self.people for name in p.notes if p.of(name)}
        return sorted(tried | {lab for p in self.people for lab in p.points})


def ago(seconds):
    """A time in words.

    >>> ago(20), ago(60), ago(750), ago(7300), ago(math.inf)
    ('just now', '1 minute ago', '12 minutes ago', '2 hours ago', '')
    """
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if size <= seconds < math.inf:
            return f"{several(int(seconds // size), unit)} ago"
    return "just now" if seconds < 60 else ""


def read(home, now=None):
    """The class of a folder as it stands."""
    now = time.time() if now is None else now
    people = learners(Path(home), now)
    return Class(people, now, mistakes(people))


def page(home, now=None):
    """The page of a class: HTML that needs nothing else, and runs nothing."""
    return sheet.html_of(read(home, now), EXERCISES)


def said(klass):
    """The same in short, for a terminal."""
    many = len(klass.people)
    yield f"{several(many, 'learner')}, {len(klass.at_work)} at work."
    yield "Who needs you now:" if klass.stuck else "Nobody is stuck now."
    for each in klass.stuck:
        tries = sheet.tries(each.of(each.now)["tries"])
        yield f"  {each.name}: {EXERCISES[each.now]} {each.now}, {tries}, {klass.ago(each)}"
    if klass.to_explain:
        yield "What to explain to all:"
    for one in klass.to_explain[:5]:
        where = f"{EXERCISES[one.exercise]} {one.exercise}"
        yield f"  {len(one.logins)} of {many}, {where}: {one.sentence}"
    for words, people in (
        ("Not begun", klass.not_begun), ("Quiet for 20 minutes or more", klass.quiet),
        ("Progress that cannot be read", klass.unreadable),
    ):  # fmt: skip
        if people:
            yield f"{words}: {', '.join(each.name for each in people)}."


def main(home, watch=""):
    """Write the page for the teacher alone, and print the same in short."""
    home = Path(home)
    try:
        klass = read(home)
    except (OSError, ClassError):
        sys.exit(f"results: {home} is no class's folder with a names.txt that I may read.")
    if watch:
        return keep_watching(home)
    target = home / "results.html"
    write(target, sheet.html_of(klass, EXERCISES))
    print("\n".join(said(klass)))
    print(f"The page: {target}")


def keep_watching(home):
    """Write the page again and again, as the teacher, into the teacher's home."""
    teacher = home / "homes" / f"{home.name}-teacher"
    while True:
        with contextlib.suppress(OSError, ClassError):
            write(teacher / "results.html", page(home), teacher.stat())
        time.sleep(EVERY)


if __name__ == "__main__":
    main(*sys.argv[1:3])
