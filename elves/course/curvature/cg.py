"""Exercise 12.4, cg: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.curvature.functions import as_array
from elves.course.exercise import Exercise, brief, several
from elves.course.guard import is_numbers, told
from elves.course.pictures import matrix

TWO = np.diag([1.0, 4.0] * 10)  # twenty inputs, and two different curvatures
BOWLS = [
    ("the bowl with the curvatures 2", [[2.0]], [3.0]),
    ("the bowl with the curvatures 2 and 2", [[2.0, 0.0], [0.0, 2.0]], [1.0, -2.0]),
    ("the bowl with the curvatures 1 and 4", [[1.0, 0.0], [0.0, 4.0]], [1.0, 1.0]),
    ("H = [[2, 1], [1, 3]]", [[2.0, 1.0], [1.0, 3.0]], [1.0, -1.0]),
    ("H = [[3, 1, 0], [1, 2, 1], [0, 1, 2]]", [[3.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]],
     [1.0, 0.0, 2.0]),
]  # fmt: skip
CASES = [
    *((words, H, b, len(b)) for words, H, b in BOWLS),
    (*BOWLS[3], 1), (*BOWLS[4], 1), (*BOWLS[4], 2), (*BOWLS[3], 8),
    ("20 inputs with the curvatures 1 and 4, in turns", TWO, np.linspace(1.0, 2.0, 20), 20),
    ("the bowl with the curvatures 1 and 4", [[1.0, 0.0], [0.0, 4.0]], [0.0, 0.0], 2),
    ("the bowl with the curvatures 1 and 4", [[1.0, 0.0], [0.0, 4.0]], [1.0, 1e-6], 2),
    ("the bowl with the curvatures 1 and 4", [[1.0, 0.0], [0.0, 4.0]], [1.0, 1e-4], 2),
    ("the bowl with the curvatures 1 and 4", [[1.0, 0.0], [0.0, 4.0]], [1.0, 2e-9], 2),
    ("the bowl with the curvatures 1e-11 and 4e-11", [[1e-11, 0.0], [0.0, 4e-11]],
     [1e-11, 1e-11], 2),
    ("the bowl with the curvatures 1e-6 and 4e-6", [[1e-6, 0.0], [0.0, 4e-6]], [1e-6, 1e-6], 2),
    ("the curvature -2: no bowl", [[-2.0]], [3.0], 1),
    ("the saddle with the curvatures -1 and -4", [[-1.0, 0.0], [0.0, -4.0]], [1.0, 2.0], 2),
    ("the saddle with the curvatures 3 and -1", [[3.0, 0.0], [0.0, -1.0]], [2.0, 1.0], 2),
    ("the flat valley with the curvatures 1 and 0", [[1.0, 0.0], [0.0, 0.0]], [0.0, 2.0], 2),
    (*BOWLS[1], 1, ", as an array"),
]  # fmt: skip
SMALL = 1e-10  # how much of b may be left
TOLERANCE = 1e-9


def run(answer, case):
    """A solution, by an answer whose products are counted."""
    _, H, b, steps, *needs_array = case
    H, b = np.array(H), np.array(b)
    x, enough = known(case)
    left = [2 * enough + 2]  # what is left may be computed anew in each step

    def product(v):
        left[0] -= 1
        if left[0] < 0:
            told("paths", f"more than {several(2 * enough + 2, 'product')}, where "
                 f"{several(enough, 'step')} had to do")  # fmt: skip
        return H @ v

    product.x = x
    found = answer(product, b, steps)
    return as_array(found, x, TOLERANCE) if needs_array else found


def known(case):
    """The solution of a case, and its steps, computed once."""
    words, H, b, steps, *_ = case
    key = words, tuple(b), steps
    if key not in KNOWN:
        KNOWN[key] = by_projection(np.array(H), np.array(b), steps)
    return KNOWN[key]


KNOWN = {}


def by_projection(H, b, steps):
    """The solution in the space of b, H b, H² b …, and the steps until nothing is left."""
    x, basis = np.zeros(len(b)), np.zeros((len(b), 0))
    for k in range(steps):
        left = b - H @ x
        if np.linalg.norm(left) <= SMALL * np.linalg.norm(b):
            return x, k
        basis = np.linalg.qr(np.column_stack([basis, left]))[0]
        inside = basis.T @ H @ basis
        if np.linalg.eigvalsh(inside)[0] <= 1e-12 * np.max(np.abs(H)):
            return (x if k else b), k + 1
        x = basis @ np.linalg.solve(inside, basis.T @ b)
    return x, steps


def solver(
    length=lambda r, p, q: (r @ r) / (p @ q),
    turn=lambda new, r, p: new + (new @ new) / (r @ r) * p,
    remain=lambda r, a, q, p: r - a * q,
    move=lambda x, a, p, r: x + a * p,
    begin=lambda b: 0 * b,
    flat=lambda c: c <= 0,
    without=lambda x, b, p: x if x.any() else b,
    done=lambda r, b: r @ r <= SMALL**2 * (b @ b),
    steps=lambda n: n,
    result=lambda x, r, p: x,
):
    """Conjugate gradients, of which each part may be another one."""

    def cg(product, b, most):
        x, r, p = begin(b), b, b
        for _ in range(steps(most)):
            if done(r, b):
                break
            q = product(p)
            if flat(p @ q):
                return without(x, b, p)
            a = length(r, p, q)
            x, new = move(x, a, p, r), remain(r, a, q, p)
            p, r = turn(new, r, p), new
        return result(x, r, p)

    return cg


def by_matrix(product, b, steps):
    return np.linalg.solve(np.array([product(unit) for unit in np.eye(len(b))]).T, b)


def one_step(product, b, steps):
    return solver(steps=lambda n: min(n, 1))(product, b, steps)


STEEPEST = (
    "Each of your steps goes along what is left, and spoils the one before. The next way needs a "
    "part of p as well, so that it is conjugate to p."
)
DIVIDES = (
    "nan or inf: p · H p may be 0, and then there is nothing to divide by. That is no bowl either."
)
TO_THE_TOP = (
    "You went on where p · H p is not above 0. Along such a p there is no bottom: what you found "
    "there is a top."
)
NOTHING = "Where the first p has no bottom, b itself is the answer: it leads downhill."
EXACT = (
    "That is the solution itself, and took more products than `steps`: after so many, give back x "
    "as it is."
)
EARLY = "You stop too early: what is left may be 1e-10 times as long as b, and yours is longer."
NO_END = (
    "Once nothing is left of b, stop: more products change nothing, and in the end 0 is divided by "
    "0."
)
LENGTH = (
    "The step is too long or too short: at the bottom along p, what is left of b has no part along "
    "p any more."
)
TURN = (
    "The part of p in the next way is off: the new r · r, divided by that of before. Keep the old "
    "one until then."
)

RELATIVE = "Compare r with b: 1e-10 times the length of b."
FLAT = "Compare p · H p with 0 itself: where b is short, it is small in a bowl, too."
ONE_MORE = "One step too many: range(steps) makes as many as are allowed."
BACKWARDS = "You walk away from the bottom: x grows by a times p."
IN_PLACE = (
    ("^a function that changed what it was given", "`-=` and `+=` write into the given array "
     "(`r = b` is the same array): write `r = r - …`."),
)  # fmt: skip

EXERCISE = Exercise(
    "curvature.cg",
    cases=lambda random: CASES,
    right=lambda product, b, steps: product.x.copy(),
    run=run,
    tell=lambda c: f"{c[0]}, b = {brief(np.array(c[2]))}, {several(c[3], 'step')} at most"
    + "".join(c[4:]),
    wants="one array, in the shape of b",
    tolerance=TOLERANCE,
    stops=IN_PLACE,
    draw=lambda case, want, got: matrix(want, got) if is_numbers(got) else None,
    mistakes=(
        (solver(turn=lambda new, r, p: new), STEEPEST),
        (solver(flat=lambda c: False), TO_THE_TOP),
        (solver(flat=lambda c: c < 0), DIVIDES),
        (solver(flat=lambda c: c < 0, done=lambda r, b: not r @ r > SMALL**2 * (b @ b)), DIVIDES),
        (solver(without=lambda x, b, p: x), NOTHING),
        (solver(without=lambda x, b, p: b), "Where a later p has no bottom, x is good already: "
         "give it back, and not b."),
        (solver(done=lambda r, b: False), NO_END),
        (solver(done=lambda r, b: False, flat=lambda c: False), NO_END),
        (solver(flat=lambda c: c < 0, without=lambda x, b, p: x), NOTHING),
        (by_matrix, EXACT),
        (solver(turn=lambda new, r, p: new + p), TURN),
        (solver(turn=lambda new, r, p: new + (r @ r) / (new @ new) * p), TURN),
        (solver(turn=lambda new, r, p: new + np.sqrt((new @ new) / (r @ r)) * p), TURN),
        (solver(remain=lambda r, a, q, p: r + a * q), "What is left grows: b - H x becomes smaller "
         "by a times H p."),
        (solver(length=lambda r, p, q: 1.0), "Your steps have the length 1: the bottom along p "
         "is where the slope along p is 0."),
        (solver(result=lambda x, r, p: r), "That is what is left of b, and not x."),
        (one_step, "Only one step was made: is the return inside the loop?"),
        (solver(steps=lambda n: n - 1), "One step is missing: range(steps) makes them all."),
        (solver(begin=lambda b: b), "x begins at 0: then b - H x is b, as your r says."),
        (solver(remain=lambda r, a, q, p: r), "r stays b: what is left must be told of each step."),
        (solver(turn=lambda new, r, p: p), "p never changes: after one step its bottom is "
         "reached."),
        (solver(turn=lambda new, r, p: r + (new @ new) / (r @ r) * p), "The next way begins with "
         "what is left now, and not with what was left before the step."),
        (solver(turn=lambda new, r, p: new - (new @ new) / (r @ r) * p), "The part of p is "
         "added, not subtracted: so the next way is conjugate to p."),
        (solver(length=lambda r, p, q: (r @ r) / np.sqrt(q @ q)), LENGTH),
        (solver(length=lambda r, p, q: (r @ r) / (q @ q)), LENGTH),
        (solver(length=lambda r, p, q: (p @ q) / (r @ r)), "Your step is upside down: where the "
         "curvature is large, the way to the bottom is short."),
        (solver(remain=lambda r, a, q, p: r - a * p), "You took a p off what is left. x moves by "
         "a p; b - H x falls by a times H p."),
        (solver(turn=lambda new, r, p: new + (new @ new) / (r @ r) * r), "The next way takes "
         "some of p, and not of what was left before."),
        (solver(move=lambda x, a, p, r: a * p), "x begins anew in each step: it grows by each "
         "a times p."),
        (solver(move=lambda x, a, p, r: x + a * r), "You step along r. From the second step on, "
         "the way is p."),
        (solver(done=lambda r, b: r @ r <= 1e-6 * (b @ b)), EARLY),
        (solver(done=lambda r, b: r @ r <= SMALL * (b @ b)), EARLY),
        (solver(done=lambda r, b: r @ r <= 1e-16 * (b @ b)), EARLY),
        (solver(done=lambda r, b: r @ r <= SMALL**2), RELATIVE),
        (solver(done=lambda r, b: np.allclose(r, 0)), RELATIVE),
        (solver(done=lambda r, b: r @ r <= SMALL), RELATIVE),
        (solver(done=lambda r, b: r @ r <= 1e-12), RELATIVE),
        (solver(flat=lambda c: c <= 1e-12), FLAT),
        (solver(steps=lambda n: n + 1), ONE_MORE),
        (solver(move=lambda x, a, p, r: x - a * p), BACKWARDS),
    ),
    hints=(
        "Keep x, r = b - H x, and p. At the bottom along p, r has no part along p any more: "
        "(r - a H p) · p = 0 says what a is.",
        "q = product(p); a = (r @ r) / (p @ q); x = x + a * p; new = r - a * q. Then p = new + "
        "(new @ new) / (r @ r) * p, and r = new.",
        "Before that, in each round: if r @ r <= 1e-20 * (b @ b), return x; and if p @ q <= 0, "
        "return x if x.any() else b",
    ),
    idea="As many steps as there are different curvatures, at most: each step looks at its "
    "direction once and for all. Nobody needs the matrix.",
    real=("jax/_src/scipy/sparse/linalg.py:_cg_solve@def body_fun",
          "scipy/sparse/linalg/_isolve/iterative.py:cg@for iteration"),
    answer="cg",
)  # fmt: skip
