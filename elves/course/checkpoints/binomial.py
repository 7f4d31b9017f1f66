"""Exercise 7.4, binomial: its cases, a right answer, and wrong ones that are known by name."""

import functools

from elves.course.checkpoints import recompute as whole
from elves.course.checkpoints import segments
from elves.course.checkpoints.chain import SWEEP, Limits, steps_of, swept
from elves.course.checkpoints.reach import reach
from elves.course.checkpoints.timeline import of_outcome
from elves.course.exercise import Exercise, several

CASES = [
    (1, 1), (2, 1), (4, 1), (3, 2), (3, 5), (6, 2), (9, 2), (6, 9), (10, 3), (15, 4), (20, 3),
    (21, 2), (30, 2), (35, 4),
]  # fmt: skip


def fewest(n, slots):
    """How often the busiest step must run: see `reach`."""
    return next(r for r in range(n) if reach(slots, r) >= n)


def swept_in_slots(answer, case):
    """What waits in the slots, what a step takes and gives, and one array to spare."""
    n, slots = case
    return swept(answer, n, Limits(slots + 3, None, max(1, fewest(n, slots))), slots)


@functools.cache
def runs(n, slots):
    """The fewest runs of steps, of all splits."""
    if slots == 1 or n == 1:
        return n * (n - 1) // 2
    return min(m + runs(n - m, slots - 1) + runs(m, slots) for m in range(1, n))


def best(n, slots):
    """The split with the fewest runs of steps."""
    return min(range(1, n), key=lambda m: (m + runs(n - m, slots - 1) + runs(m, slots), m))


def advance(steps, x):
    for step in steps:
        x = step(x)
    return x


def by_reach(n, slots):
    """The longest left part that `reach` allows."""
    return reach(slots, fewest(n, slots) - 1)


def by_calls(steps, x):
    """Each call holds its x until it is back."""
    return by_calls(steps[1:], steps[0](x)) if steps else x


def splitting(split, leak=False, last=False, lost=False, right=-1, left=0, advance=advance):
    """A sweep in slots that splits its chain at ``split(n, slots)``."""

    def binomial(steps, x, g, slots):
        if len(steps) == 1:
            _ = last and steps[0](x) and None
            return steps[0].pull(x, g)
        if slots <= 1 and not leak:
            return whole.again_each_time(steps, x, g)
        m = split(len(steps), slots) if slots > 1 else len(steps) - 1
        y = advance(steps[:m], x)
        h = binomial(steps[m:], y, g, slots + right)
        if not leak:
            del y
        return binomial(steps[:m], x, g if lost else h, slots + left)

    return binomial


def only_x(steps, x, g, slots):
    return whole.again_each_time(steps, x, g)


def keeps_all(steps, x, g, slots):
    return segments.keeps_all(steps, x, g, 1)


def equal_parts(steps, x, g, slots):
    return segments.segments(steps, x, g, -(-len(steps) // slots))


def left_first(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    m = best(len(steps), slots)
    g = left_first(steps[:m], x, g, slots)
    return left_first(steps[m:], advance(steps[:m], x), g, slots - 1)


def without_end(steps, x, g, slots):
    return without_end(steps[:1], x, without_end(steps[1:], x, g, slots), slots)


def never_shorter(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    return never_shorter(steps, x, g, slots)


def all_of_it(steps, x, g, slots):
    """The same, and each call runs through the whole."""
    if len(steps) == 1:
        return steps[0].pull(x, g)
    advance(steps, x)
    return all_of_it(steps, x, g, slots)


def spaced(steps, x, g, slots):
    """The slots are set once, evenly, and each array is reached from the one before it."""
    every = -(-len(steps) // slots)
    kept = segments.starts(steps, x, every)
    for k in reversed(range(len(steps))):
        start = k // every * every
        g = steps[k].pull(advance(steps[start:k], kept[start]), g)
    return g


def overwriting_x(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    m = by_reach(len(steps), max(slots, 1))
    x = advance(steps[:m], x)
    g = overwriting_x(steps[m:], x, g, slots - 1)
    return overwriting_x(steps[:m], x, g, slots)


def right_from_x(steps, x, g, slots):
    return whole.always_the_input(steps, x, g)


HALVES = (
    "The cotangent is right, but one step runs more often than it has to. The two parts have "
    "not the same means: let reach say how long each may be."
)
X_ALONE = "The cotangent is right, but of the slots only the first one is used, for x."
TOO_MANY = (
    "More arrays wait than there are slots: x stays in one of them while the right part is "
    "reversed, so that part has one less."
)

NOT_ITS_OWN = (
    "A part begins at an array that is not its own: the left one at x, and the right one at what "
    "the left steps make of it. x is needed once more, when the right part is done."
)
CALLS = (
    "Right, but for arrays that are not let go: of a function that calls itself, each call holds "
    "its x until it is back. Run the steps in a loop."
)

ENDLESS = "One part is as long as the whole, so it never ends: both must be shorter."

EXERCISE = Exercise(
    "checkpoints.binomial",
    cases=lambda random: CASES,
    right=splitting(best),
    run=swept_in_slots,
    tell=lambda case: f"{steps_of(case[0])}, {several(case[1], 'slot')}",
    draw=of_outcome,
    mistakes=(
        (only_x, X_ALONE), (splitting(lambda n, slots: n - 1), X_ALONE),
        (splitting(lambda n, slots: n - 1, leak=True), X_ALONE),
        (keeps_all, "The cotangent is right, but all that goes into the steps is kept: there "
         "are only so many slots."),
        (equal_parts, "Equal segments, as in 7.2, keep a whole segment at once. Here the arrays "
         "within a part must find room in the slots too."),
        (splitting(lambda n, slots: n // 2), HALVES),
        (splitting(lambda n, slots: n // 2, leak=True), HALVES),
        (splitting(lambda n, slots: (n + 1) // 2), HALVES),
        (splitting(lambda n, slots: max(1, n // slots)), HALVES),
        (splitting(lambda n, slots: 1), "The cotangent is right, but the slots hold the first "
         "arrays of the chain, and the long rest is run again and again: split further on."),
        (splitting(best, leak=True), "Right, but for an array that is not let go. Nobody needs "
         "it any more, but a name still holds it while the rest is reversed: the start of the "
         "right part, or the y of one slot."),
        (splitting(by_reach, right=0), TOO_MANY), (splitting(best, right=0), TOO_MANY),
        (splitting(best, right=0, left=-1), TOO_MANY),
        (splitting(best, left=-1), "When the right part is done its slot is free again: the "
         "left part has all of them."),
        (splitting(best, last=True), "You run a step whose output nobody needs: a pull asks for "
         "what goes into the step, and not for what comes out."),
        (left_first, "g belongs to the output: first the right part, then the left one."),
        (right_from_x, NOT_ITS_OWN), (overwriting_x, NOT_ITS_OWN),
        (splitting(best, lost=True), "What the right part gives is the g of the left part."),
        (without_end, "A chain of one step is not split: it is pulled."),
        (never_shorter, ENDLESS),
        (spaced, "The slots are set once, and never again. When a part is done its slots are free, "
         "and the rest can use them anew."),
        (splitting(best, advance=by_calls), CALLS), (splitting(by_reach, advance=by_calls), CALLS),
        (all_of_it, ENDLESS),
    ),
    hints=(
        "One step: pull. More steps: run m of them, let the function reverse the rest from "
        "there with one slot less, and then the first m from x with all slots.",
        "Find the smallest r with reach(slots, r) >= n. The left part has run once then, so it "
        "may be reach(slots, r - 1) steps long: that is m.",
        "y = x; for step in steps[:m]: y = step(y); g = binomial(steps[m:], y, g, slots - 1); "
        "del y; return binomial(steps[:m], x, g, slots)",
    ),
    idea="With so many slots and runs no other plan reverses a longer chain. It is called revolve "
    "(Griewank and Walther, 2000).",
    real=("torch/_functorch/_activation_checkpointing/knapsack.py:dp_knapsack@dp = torch",
          "elves/checkpointing.py:Checkpoint"),
    answer="binomial",
    **SWEEP,
)  # fmt: skip
