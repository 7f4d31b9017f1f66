"""Learners' cells in one text: each begins with a line `### exercise number-of-the-mistake`."""

import re

HEAD = re.compile(r"^### ([\w.]+) (\d+)\n", re.MULTILINE)


def cells(text):
    """The cells of each exercise, as pairs of the number and the cell's text."""
    _, *parts = HEAD.split(text)
    found = {}
    for name, number, cell in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        found.setdefault(name, []).append((int(number), cell))
    return found
