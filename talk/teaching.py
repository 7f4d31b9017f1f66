"""A class: the plans of talk/teach.md, and talk/mistakes.md, what goes wrong in each exercise."""

import re
from typing import NamedTuple

import deck
import labs

HEAD = re.compile(r"^#+ (\d+\.\d+|The end)[ :]*(.*?)(?: \((?:easy|medium|hard)\))?$", re.MULTILINE)
CHECK = re.compile(r'^check\("([\w.]+)"', re.MULTILINE)
ROW = re.compile(r"^\| (\d+):(\d\d) \| (\d+) \| (.+?) \|(.*)\|$")
PART = re.compile(r"(\d+)\.(\d+)(?: to \d+\.(\d+))?")
MOST, PER_EXERCISE = 1.6, 4  # times a learner's minutes that a class may get; mistakes shown


class Row(NamedTuple):
    """A line of a plan: minutes from midnight or from the start, how many, what, and the words."""

    start: int
    minutes: int
    what: str
    words: str


class Part(NamedTuple):
    """A part of a lab: "4.5" or "The end", its title, its exercise or "", and its minutes."""

    number: str
    title: str
    exercise: str
    minutes: int


def parts(path):
    """The parts of a lab, from its source."""
    found, head, exercise, minutes = [], None, "", 0
    for cell in labs.read(path).cells:
        if cell.cell_type == "markdown" and (new := HEAD.search(cell.source)):
            if head:
                found.append(Part(*head, exercise, minutes))
            head, exercise, minutes = new.groups(), "", 0
        minutes += cell.metadata.get("minutes", 0)
        if check := CHECK.search(cell.source):
            exercise = exercise or check[1]
    return [*found, Part(*head, exercise, minutes)]


def all_parts():
    """The parts of each lab by its number."""
    return {int(path.name[:2]): parts(path) for path in labs.sources()}


def plans(root=deck.ROOT):
    """The plans by the first words of their headings: each a list of sittings, lists of rows."""
    found, rows = {}, None
    for line in (root / "talk" / "teach.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            rows = []
            found[line[3:].partition(":")[0]] = rows
        elif row := ROW.match(line):
            start = int(row[1]) * 60 + int(row[2])
            if not rows or start < rows[-1][-1].start:
                rows.append([])
            rows[-1].append(Row(start, int(row[3]), row[4], row[5].strip()))
    return {name: sittings for name, sittings in found.items() if sittings}


def named(name, root=deck.ROOT):
    """The plan that somebody means by a word of its name; raises DeckError where there is none."""
    known = plans(root)
    for key in sorted(known, key=len):  # "day" is A day, before Half a day
        if name.lower() in key.lower().split():
            return key, known[key]
    raise deck.DeckError(f"There is no plan {name!r}: choose from {', '.join(known)}.")


def asked(what, known):
    """The parts of a lab that a line of a plan names: "Lab 4", "Lab 4: 4.1 to 4.8 and the end"."""
    lab = re.match(r"Lab (\d+)", what)
    if not lab:
        return []
    here = known[int(lab[1])]
    some = what[lab.end() :]
    numbers = {
        f"{a}.{k}" for a, b, c in PART.findall(some) for k in range(int(b), int(c or b) + 1)
    } | ({"The end"} if "the end" in some else set())
    strange = numbers - {part.number for part in here}
    if strange:
        raise deck.DeckError(f"talk/teach.md names {min(strange)}, which lab {lab[1]} has not.")
    return [part for part in here if part.number in numbers or not numbers]


def wrong(sittings, known):
    """A sentence for each line whose time is not that of the line before, or of the lab."""
    for rows in sittings:
        due = rows[0].start
        for row in rows:
            if row.start != due:
                yield f"{row.what} begins at {clock(row.start)}: the line before ends {clock(due)}."
            need = sum(part.minutes for part in asked(row.what, known))
            if need and not need <= row.minutes <= MOST * need + 5:
                yield f"{row.what} has {row.minutes} minutes: a learner alone needs {need}."
            due = row.start + row.minutes


def clock(minutes):
    return f"{minutes // 60}:{minutes % 60:02}"


def show(name, root=deck.ROOT):
    """Print a plan, and what is wrong with it; return how many lines are."""
    (key, sittings), known = named(name, root), all_parts()
    for rows in sittings:
        print(f"{key}, {clock(rows[0].start)} to {clock(rows[-1].start + rows[-1].minutes)}\n")
        for row in rows:
            need = sum(part.minutes for part in asked(row.what, known))
            alone = f" (alone: {need})" if need else ""
            words = f"{row.what}: {row.words}" if row.words else row.what
            print(f"{clock(row.start):>5} {row.minutes:>4} min{alone:<12} {words}")
        print()
    found = list(wrong(sittings, known))
    print("\n".join(found) or "Each lab has the minutes that it needs.")
    return len(found)


def mistakes():
    """What goes wrong in each exercise, and a first word of help: the text of talk/mistakes.md."""
    from elves.course import rooms

    lines = ["# What goes wrong, exercise by exercise", "", INTRODUCTION]
    for number, found in all_parts().items():
        lines += ["", f"## Lab {number}: {rooms.LABS[number][1]}"]
        for part in found:
            if not part.exercise:
                continue
            exercise = rooms.find(part.exercise)
            said = dict.fromkeys(sentence for _, sentence in exercise.mistakes)
            lines += ["", f"**{part.number} {part.title}** (`{part.exercise}`)", ""]
            lines += [f"- {sentence}" for sentence in list(said)[:PER_EXERCISE]]
            lines += ["", f"A first word of help: {exercise.hints[0]}"]
    return "\n".join(lines) + "\n"


INTRODUCTION = """\
Made by `make labs` from the exercises themselves. The checks know these mistakes by what a
learner's code computes, and say the sentence. This page is for you, whom they ask before they run
the check: ask first what they expected, then give the word of help."""
