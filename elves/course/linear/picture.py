"""A linear program beside its transpose; lines that belong together have the same number."""

from elves.course.linear.program import told, transpose
from elves.show.code import pair
from elves.show.drawing import BERRY, PINE

EXAMPLE = [  # y = a * b + a, at a = 3 and b = 4
    ("z", "scale", 4.0, "a"),
    ("z", "scale", 3.0, "b"),
    ("y", "scale", 1.0, "z"),
    ("y", "scale", 1.0, "a"),
]


def example():
    """The first picture of the lab: a small program, and its transpose."""
    return both(EXAMPLE, transpose(EXAMPLE))


def both(lines, back):
    """The picture of a program and of its transpose, whose first line is the other's last.

    >>> print(both(EXAMPLE[:1], [("a", "scale", 4.0, "z")]).alt)
    the linear program:
    z += scale(4) a
    its transpose:
    a += scale(4) z
    """
    there = [(told(line), PINE, k) for k, line in enumerate(lines, 1)]
    home = [(told(line), BERRY, len(back) - k) for k, line in enumerate(back)]
    return pair({"the linear program": there, "its transpose": home})
