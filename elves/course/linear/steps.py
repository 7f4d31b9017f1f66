"""Exercise 9.4, steps: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.engine.rules import arrays
from elves.course.exercise import Exercise, brief
from elves.course.linear.program import STEPS, stated, stepped
from elves.course.pictures import matrix

SHAPES = [  # shape operations: what goes in, and what comes out
    ("spread", (), (2,)), ("sum", (3,), ()), ("spread", (2, 1), (2, 3)), ("sum", (2, 3), (3,)),
    ("sum", (2, 3), (1, 3)), ("spread", (3,), (2, 3)), ("reshape", (2, 3), (6,)),
    ("sum", (2, 2), (2, 1)),
]  # fmt: skip
GRID, GRID_PICKS = (2, 3), [1, np.array([1, 0, 1])]
PICKS = [0, slice(0, 2), np.array([2, 0]), np.array([1, 1, 2])]


def steps(random):
    """Steps with their constant, the shape of what they take, and a cotangent for their result."""
    found = [("scale", 2.0, ()), ("turn", None, (2, 3))]
    for n, m, k in ((1, 1, 1), (2, 2, 2), (2, 3, 1), (3, 2, 2)):
        a, b = arrays(random, (n, m), (m, k))
        found += [("left", a, (m, k)), ("right", b, (n, m))]
    found += [(step, (have, want), have) for step, have, want in SHAPES]
    for index in PICKS:
        found += [("pick", (index, (3,)), (3,)),
                  ("scatter", (index, (3,)), np.zeros(3)[index].shape)]  # fmt: skip
    for index in GRID_PICKS:
        found += [("pick", (index, GRID), GRID),
                  ("scatter", (index, GRID), np.zeros(GRID)[index].shape)]  # fmt: skip
    sized = sorted(found, key=lambda each: int(np.prod(each[2])))
    for step, constant, have in sized:
        shape = np.shape(STEPS[step](np.zeros(have), constant))
        yield step, constant, have, arrays(random, shape)[0]


def turned(table, case):
    """What the transpose that a table names makes of a cotangent."""
    step, constant, _, w = case
    return np.asarray(stepped(table[step](constant), w, f"the transpose of {step}"), float)


class ByMatrix(dict):
    """The right transposes: each step's matrix, found column by column, is turned over."""

    def __missing__(self, step):
        return lambda constant: ("scale", Turned(step, constant))


class Turned:
    """A constant that multiplies by the transposed matrix of a step; it asks for its columns."""

    def __init__(self, step, constant):
        self.step, self.constant = step, constant

    def __mul__(self, w):
        shape = shape_of(self.step, self.constant, np.shape(w))
        columns = [np.ravel(STEPS[self.step](np.reshape(unit, shape), self.constant))
                   for unit in np.eye(int(np.prod(shape)))]  # fmt: skip
        return np.reshape(np.array(columns) @ np.ravel(w), shape)


def shape_of(step, constant, out):
    """The shape of what a step takes, from that of its result."""
    if step in ("spread", "sum", "reshape"):
        return constant[0]
    if step == "pick":
        return constant[1]
    if step == "scatter":
        return np.zeros(out)[constant[0]].shape
    if step == "left":
        return (constant.shape[1], out[1])
    if step == "right":
        return (out[0], constant.shape[0])
    return out[::-1] if step == "turn" else out


class Anew(ByMatrix):
    """A table without the transposes that were in it."""

    def __missing__(self, step):
        if step in ("scale", "turn", "reshape"):
            raise KeyError(step)
        return super().__missing__(step)


def changed(**table):
    return ByMatrix(table)


def tell(case):
    step, constant, have, w = case
    v = np.reshape(np.arange(1.0, 1 + int(np.prod(have))), have)
    dot = np.sum(STEPS[step](v, constant) * w)
    return (
        f"the transpose of {stated(step, constant)} at w = {brief(w)}. For v = {brief(v)}, "
        f"<A v, w> is {brief(float(dot))}, and so must be <v, Aᵀ w>"
    )


NO_TURN = "You take the matrix as it was: on the way back its rows and columns are exchanged."
STAYS = (
    "A matrix that stood on the left stays on the left, turned over; one on the right stays there."
)
NO_INVERSE = (
    "The transpose undoes nothing: it is no inverse. The numbers stay, rows and columns are "
    "exchanged."
)
BY_SUM = "One entry became many: on the way back, many become one, and that is a sum."
TO_ALL = (
    "Many became one: on the way back the one goes to all of them, in the shape that was there "
    "before."
)
PUT_BACK = (
    "Each is the way back of the other: what was picked is put where it came from, among zeros; "
    "what was put somewhere is picked from there."
)
WHOLE = "The shape of the whole is one shape, and stays as it is: nothing in the pair is turned."
PAIR = (
    "The constant is (shape before, shape after): on the way back, before and after have changed "
    "places."
)

EXERCISE = Exercise(
    "linear.steps",
    cases=steps,
    right=ByMatrix(),
    run=turned,
    tell=tell,
    draw=lambda case, want, got: matrix(want, got),
    mistakes=(
        (changed(left=lambda c: ("left", c), right=lambda c: ("right", c)), NO_TURN),
        (changed(left=lambda c: ("left", c)), NO_TURN),
        (changed(right=lambda c: ("right", c)), NO_TURN),
        (changed(left=lambda c: ("right", c.T), right=lambda c: ("left", c.T)), STAYS),
        (changed(left=lambda c: ("right", c), right=lambda c: ("left", c)), STAYS),
        (changed(left=lambda c: ("left", np.linalg.pinv(c)),
                 right=lambda c: ("right", np.linalg.pinv(c))), NO_INVERSE),
        (changed(left=lambda c: ("left", np.linalg.inv(c)),
                 right=lambda c: ("right", np.linalg.inv(c))), NO_INVERSE),
        (changed(sum=lambda c: ("spread", c)), TO_ALL),
        (changed(sum=lambda c: ("sum", c[::-1])), TO_ALL),
        (changed(sum=lambda c: ("reshape", c[::-1])), TO_ALL),
        (changed(left=lambda c: ("left", 1 / c), right=lambda c: ("right", 1 / c)), NO_INVERSE),
        (changed(spread=lambda c: ("spread", c[::-1])), BY_SUM),
        (changed(spread=lambda c: ("reshape", c[::-1])), BY_SUM),
        (changed(spread=lambda c: ("sum", c), sum=lambda c: ("spread", c)), PAIR),
        (changed(spread=lambda c: ("sum", c)), PAIR),
        (changed(pick=lambda c: ("pick", c)), PUT_BACK),
        (changed(scatter=lambda c: ("scatter", c)), PUT_BACK),
        (changed(pick=lambda c: ("pick", c), scatter=lambda c: ("scatter", c)), PUT_BACK),
        (Anew(), "Your cell makes TRANSPOSES anew, and what was in it is gone: add to it, by "
         'TRANSPOSES["left"] = …'),
        (changed(pick=lambda c: ("scatter", c[::-1]), scatter=lambda c: ("pick", c[::-1])),
         "pick and scatter have the same constant: (index, shape of the whole)."),
        (changed(pick=lambda c: ("scatter", (c[0], c[1][::-1]))), WHOLE),
    ),
    wants="a dict whose functions take a constant, and return a pair (name of a step, constant)",
    hints=(
        "Take a single entry that goes in: to which entries of the result does it go? On the way "
        "back, these pay it.",
        "left and right stay what they are, with c.T. sum and spread belong together, and so do "
        "pick and scatter.",
        'TRANSPOSES["sum"] = lambda c: ("spread", c[::-1]); TRANSPOSES["pick"] = lambda c: '
        '("scatter", c)',
    ),
    idea="<A v, w> = <v, Aᵀ w> for all v and w: that defines a transpose, and tests it. It is "
    "called the dot test.",
    real=("jax/_src/lax/lax.py:_reduce_sum_transpose_rule", "elves/core/kinds.py:Linear"),
    answer="TRANSPOSES",
    kind="dict",
)  # fmt: skip
