"""Rehearse the talk: the plan against the budget, the notes against the clock.

    elves rehearse                    minutes and words of each section, and notes that are too long
    elves rehearse --all              the same for each slide, with the time at which it begins
    elves rehearse --clock            rehearse aloud: Enter goes on, the clock tells where you are
    elves rehearse --minutes 20       the short version (20 or 30 minutes) instead of the long one
    elves rehearse --run              run every cell of the talk, and name those that take too long
    elves rehearse --class day        a plan for a class (talk/teach.md) beside the labs' minutes

A note is read at 150 words a minute, an unhurried pace for a stage, and each press of Space takes
two seconds more. What a note tells the speaker to do or to know ("Click: ...", "If late: ...",
"Source: ...") is not read aloud and not counted.
"""

import argparse
import asyncio
import math
import queue
import re
import sys
import threading
import time
from typing import NamedTuple

import deck
import mainline
import staging

PACE = 150  # words a minute
PATIENCE = 2.0  # seconds that a room waits for a cell
CUES = ("Click", "If late", "Source")  # paragraphs that are not said


class Line(NamedTuple):
    """One slide in the plan."""

    id: str
    section: str
    headline: str
    start: float
    seconds: float
    spoken: str
    cues: list
    clicks: int

    @property
    def words(self):
        return len(self.spoken.split())

    @property
    def reading(self):
        """Seconds that it takes to say the note, and to look at what appears."""
        return 60 * self.words / PACE + staging.PAUSE * self.clicks


def clock(seconds):
    """Minutes and seconds, with a sign if there is a minus.

    >>> clock(75), clock(-5)
    ('1:15', '-0:05')
    """
    minutes, rest = divmod(round(abs(seconds)), 60)
    return f"{'-' if round(seconds) < 0 else ''}{minutes}:{rest:02}"


def plain(markdown):
    """The words of a text without its marks."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"[*`#]|(?<!\w)_|_(?!\w)", "", text)


def note(slide):
    """Split the notes of a slide: (what is said, a list of what is done)."""
    text = "\n\n".join(c.source for c in slide.cells if deck.kind(c) == "notes")
    text = re.sub(r"^> ?|\*For the speaker\b[^*]*\*", "", text, flags=re.MULTILINE)
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip()]
    is_cue = re.compile(rf"\W*({'|'.join(CUES)}):")
    said = [plain(p) for p in paragraphs if not is_cue.match(p)]
    return "\n\n".join(said), [plain(p) for p in paragraphs if is_cue.match(p)]


def plan(minutes=None, root=deck.ROOT):
    """The talk, slide by slide: a list of `Line`."""
    lines, start = [], 0.0
    for section in deck.outline(root)["section"]:
        for name in section["notebooks"]:
            nb = deck.shorten(deck.read(root / "notebooks" / f"{name}.ipynb"), minutes, root)
            for slide in deck.slides(nb):
                spoken, cues = note(slide)
                headline = plain(slide.cells[0].source.split("\n")[0]).strip()
                clicks = staging.steps(slide.cells)
                lines.append(
                    Line(
                        slide.id,
                        section["id"],
                        headline,
                        start,
                        slide.seconds,
                        spoken,
                        cues,
                        clicks,
                    )
                )
                start += slide.seconds
    return lines


def warnings(lines):
    """One sentence for each slide whose note cannot be said in its time."""
    return [
        f"{line.id}: {line.words} words take {line.reading:.0f} s, and the slide has "
        f"{line.seconds:.0f} s: cut {math.ceil((line.reading - line.seconds) * PACE / 60)} words."
        for line in lines
        if line.reading > line.seconds
    ]


def table(lines, minutes, root, every):
    """Print the plan, by sections or by slides."""
    row = "{:<30} {:>10} {:>8} {:>8} {:>7} {:>7}  {}".format
    print(row("", "budget", "plan", "spoken", "words", "slides", ""))
    for section in deck.outline(root)["section"]:
        mine = [line for line in lines if line.section == section["id"]]
        planned, read = sum(x.seconds for x in mine), sum(x.reading for x in mine)
        low, high = (60 * m for m in section["minutes"])
        budget = f"{low // 60}-{high // 60} min" if low != high else f"{high // 60} min"
        fits = low <= planned <= high
        verdict = "" if minutes else "fits" if fits else "OUTSIDE the budget"
        words = sum(x.words for x in mine)
        budget = "" if minutes else budget
        print(row(section["title"], budget, clock(planned), clock(read), words, len(mine), verdict))
        for x in mine if every else ():
            name = f"  {clock(x.start):>5}  {x.id}"
            late = "too long" if x.reading > x.seconds else ""
            print(row(name, "", clock(x.seconds), clock(x.reading), x.words, "", late))
    total, read = sum(x.seconds for x in lines), sum(x.reading for x in lines)
    words = sum(x.words for x in lines)
    print(row("Together", "", clock(total), clock(read), words, len(lines), ""))


def rehearse(lines, tick=time.monotonic, keys=None, live=None):
    """Walk through the talk with a running clock; print how long each section took.

    ``keys`` is a queue of the speaker's lines: Enter goes on, `b` back, `p` pauses, `q` ends.
    """
    keys = keys or listen()
    live = sys.stdout.isatty() if live is None else live
    spent, k, running = [0.0] * len(lines), 0, True
    last = tick()
    print(
        "Enter: next slide.  b: back.  p: pause.  q: stop.  The talk takes", clock(plan_end(lines))
    )
    while 0 <= k < len(lines):
        line = lines[k]
        print(f"\n[{k + 1}/{len(lines)}] {line.headline}  ({line.seconds:.0f} s)\n")
        print("\n".join([line.spoken, *(f"[{cue}]" for cue in line.cues)]))
        move = None
        while move is None:
            try:
                word = keys.get(timeout=0.25)
            except queue.Empty:
                word = None
            now = tick()
            spent[k] += now - last if running else 0.0
            last = now
            if word is None:
                if live:
                    state = standing(lines, spent, k)
                    print(f"\r  {'' if running else '(paused) '}{state}   ", end="", flush=True)
                continue
            word = word.strip().lower()
            if word == "p":
                running = not running
            else:
                move = {"": 1, "b": -1 if k else 0, "q": len(lines)}.get(word, 0)
        k += move
    print(f"\n{compared(lines, spent)}")
    return spent


def compared(lines, spent):
    """The plan of each section, and what it took."""
    rows = [row_of("", "plan", "you")]
    for section in dict.fromkeys(line.section for line in lines):
        mine = [n for n, line in enumerate(lines) if line.section == section]
        times = sum(lines[n].seconds for n in mine), sum(spent[n] for n in mine)
        rows.append(row_of(section, *map(clock, times)))
    return "\n".join([*rows, row_of("together", clock(plan_end(lines)), clock(sum(spent)))])


def row_of(*words):
    """A row of the last table."""
    return "{:<20} {:>8} {:>8}".format(*words)


def plan_end(lines):
    """When the talk ends."""
    return sum(line.seconds for line in lines)


def standing(lines, spent, k):
    """Where the speaker is: time on this slide, time in all, ahead or behind."""
    ahead = lines[k].start + min(spent[k], lines[k].seconds) - sum(spent)
    word = "ahead" if ahead >= 0 else "BEHIND"
    over = "  OVER" if spent[k] > lines[k].seconds else ""
    return (
        f"slide {clock(spent[k])} of {clock(lines[k].seconds)}{over}   "
        f"talk {clock(sum(spent))} of {clock(plan_end(lines))}   {clock(abs(ahead))} {word}"
    )


def listen():
    """A queue of the lines that are typed; the end of the input counts as `q`."""
    lines = queue.Queue()

    def read():
        for line in sys.stdin:
            lines.put(line)
        lines.put("q")

    threading.Thread(target=read, daemon=True).start()
    return lines


def slow_cells(minutes=None, root=deck.ROOT, patience=PATIENCE):
    """Run the talk as on stage, set-up first; list (cell id, seconds) of what takes too long."""
    nb = deck.shorten(deck.read(root / "slides" / "talk.ipynb"), minutes, root)
    began, took = {}, {}

    def starts(cell, cell_index):
        began[cell.id] = time.monotonic()

    def ends(cell, cell_index, execute_reply):
        if cell.id in began and not mainline.is_setup(cell):
            took[cell.id] = time.monotonic() - began[cell.id]

    hooks = {"on_cell_execute": starts, "on_cell_executed": ends}
    nb.cells.sort(key=lambda cell: not mainline.is_setup(cell))  # as live slides do
    asyncio.run(deck.execute(nb, "talk.ipynb", root / "notebooks", **hooks))
    return [(name, seconds) for name, seconds in took.items() if seconds > patience]


def script(minutes=None, root=deck.ROOT):
    """The speaker's script, as Markdown: each slide's time, words and cues."""
    talk, lines = deck.outline(root)["talk"], plan(minutes, root)
    out = [
        f"# {talk['title']}: the speaker's script",
        f"{talk['subtitle']}. {talk['speaker']}. {len(lines)} slides, {clock(plan_end(lines))} "
        "minutes. The times say when a slide begins; *Space* shows what is still hidden on it.",
    ]
    titles = {section["id"]: section["title"] for section in deck.outline(root)["section"]}
    section = None
    for number, line in enumerate(lines, 1):
        if line.section != section:
            section = line.section
            mine = [x for x in lines if x.section == section]
            out.append(f"## {titles[section]} ({clock(plan_end(mine))})")
        out.append(
            f"### {clock(line.start)} · {line.headline}\n\n"
            f"Slide {number} (`{line.id}`), {line.seconds:.0f} s{staging.presses(line.clicks)}"
        )
        out += [line.spoken, *(f"*{cue}*" for cue in line.cues)]
    return "\n\n".join(part for part in out if part) + "\n"


def parser():
    """The options of `elves rehearse`."""
    options = argparse.ArgumentParser(
        prog="elves rehearse",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--minutes", type=int, help="20, 30 or 45 (the whole talk)")
    options.add_argument("--all", action="store_true", help="show each slide")
    options.add_argument("--clock", action="store_true", help="rehearse with a running clock")
    options.add_argument("--run", action="store_true", help="run the cells and time them")
    options.add_argument("--class", dest="plan", metavar="PLAN", help="90, half, day, evenings")
    return options


def main(argv=None, root=deck.ROOT):
    """Do what the command line says; return 1 if a note or a cell is too long."""
    options = parser().parse_args(argv)
    try:
        if options.plan:
            import teaching  # the labs' sources need jupytext

            return 1 if teaching.show(options.plan, root) else 0
        lines = plan(options.minutes, root)
        if options.clock:
            rehearse(lines)
            return 0
        if options.run:
            slow = slow_cells(options.minutes, root)
            for name, seconds in slow:
                print(f"{name} takes {seconds:.1f} s: warm it up in a set-up cell.")
            print("" if slow else f"Every cell of the talk answers within {PATIENCE:g} seconds.")
            return 1 if slow else 0
    except (deck.DeckError, FileNotFoundError) as error:
        print(f"elves: {error}", file=sys.stderr)
        return 2
    table(lines, options.minutes, root, options.all)
    found = warnings(lines)
    print("\n" + ("\n".join(found) or "Every note can be said in its time."))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
