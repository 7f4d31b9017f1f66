"""What a learner has tried, seen and solved: a small file beside the labs."""

import contextlib
import json
import os
import re
import time
from pathlib import Path

FILE = "progress.json"  # beside the labs
MOST = 2**53  # of what is counted; a larger number is none of ours
KEY = re.compile(r"[0-9a-z]{1,9}")  # of a sentence that a check told: see elves.course.sentences


def place(name):
    """Where a file of the learner's lies: in a class, whose labs have a folder each, above them.

    The environment's ELVES_COURSE names that folder; an absolute path stays as it is.
    """
    return Path(os.environ.get("ELVES_COURSE", ""), name)


def read():
    """The learner's progress by exercise: `tries`, `hints`, whether `passed`, when the `last` try
    was, in seconds since 1970, and how often which of its `mistakes` was told."""
    try:
        text = place(FILE).read_text("utf-8")
    except (OSError, ValueError):  # none yet, or somebody wrote into it
        text = ""
    return understood(text) | MEMORY


def understood(text):
    """What a file of progress says, without all that a check would not write.

    >>> understood('{"tape.grad": {"tries": 2, "passed": "yes", "mistakes": {"value": 1, "x": 0}}}')
    {'tape.grad': {'tries': 2, 'mistakes': {'value': 1}}}
    """
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        state = {}
    known = state.items() if isinstance(state, dict) else ()
    return {
        name: {key: kept(entry[key]) for key, fits in WHOLE.items() if fits(entry.get(key))}
        for name, entry in known
        if isinstance(entry, dict)
    }


def is_count(value):
    return type(value) is int and 0 <= value < MOST


WHOLE = {
    "tries": is_count, "hints": is_count, "passed": lambda value: type(value) is bool,
    "last": is_count, "mistakes": lambda value: isinstance(value, dict),
}  # fmt: skip


def kept(value):
    """A value as it is; of how often which mistake was told, what is a count of a key."""
    if not isinstance(value, dict):
        return value
    return {key: n for key, n in value.items() if KEY.fullmatch(key) and is_count(n) and n}


MEMORY = {}  # what could not be written
WATCHING = []  # what to call after each try


def write(state):
    """Put the file in the place of the old one at once: another lab may be reading it."""
    own = place(f"{FILE}.{os.getpid()}")
    try:
        own.write_text(json.dumps(state, indent=1), "utf-8")
        own.replace(place(FILE))
        MEMORY.clear()
    except OSError:  # the map of this session still knows
        MEMORY.update(state)
        with contextlib.suppress(OSError):
            own.unlink()


def note(name, passed, mistake=None):
    """Write down a try, and the key of the mistake that was told; tell whoever watches."""
    state = read()
    have = state.get(name, {})
    new = {"tries": have.get("tries", 0) + 1, "passed": passed or have.get("passed", False)}
    new["last"] = int(time.time())
    if mistake:
        told = have.get("mistakes", {})
        new["mistakes"] = told | {mistake: told.get(mistake, 0) + 1}
    write(state | {name: have | new})
    for changed in WATCHING:
        changed()


def is_done(name):
    return read().get(name, {}).get("passed", False)
