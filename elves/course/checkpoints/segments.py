"""Exercise 7.2, segments: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.checkpoints import recompute as whole
from elves.course.checkpoints.chain import SWEEP, Limits, steps_of, swept
from elves.course.checkpoints.timeline import of_outcome
from elves.course.exercise import Exercise

CASES = [(1, 1), (2, 1), (2, 2), (4, 2), (5, 2), (6, 3), (7, 3), (3, 5), (16, 4), (30, 5), (64, 8)]


def swept_by_segments(answer, case):
    """About n / k + k arrays, and room for those of the segment before; each step runs twice."""
    n, k = case
    return swept(answer, n, Limits(-(-n // k) + 2 * k + 2, 2 * n, None), k)


def starts(steps, x, k, end=None):
    """What goes into every k-th step."""
    kept = {}
    for number, step in enumerate(steps[:end]):
        if number % k == 0:
            kept[number] = x
        x = step(x)
    return kept


def segments(steps, x, g, k, back=whole.recompute):
    kept = starts(steps, x, k, -1 if len(steps) % k != 1 and k > 1 else None)
    while kept:
        start, y = kept.popitem()
        g = back(steps[start : start + k], y, g)
    return g


def keeps_all(steps, x, g, k):
    kept = whole.inputs_of(steps, x)
    for step, y in zip(reversed(steps), reversed(kept), strict=True):
        g = step.pull(y, g)
    return g


def keeps_nothing(steps, x, g, k):
    return whole.again_each_time(steps, x, g)


def starts_from_x(steps, x, g, k):
    for start in reversed(range(0, len(steps), k)):
        y = x
        for step in steps[:start]:
            y = step(y)
        g = whole.recompute(steps[start : start + k], y, g)
    return g


def again_in_a_segment(steps, x, g, k):
    return segments(steps, x, g, k, whole.again_each_time)


def without_the_rest(steps, x, g, k):
    return segments(steps[: len(steps) // k * k], x, g, k)


def in_forward_order(steps, x, g, k):
    for start, y in starts(steps, x, k).items():
        g = whole.recompute(steps[start : start + k], y, g)
    return g


def each_from_g(steps, x, g, k):
    return whole.recompute(steps[:k], x, g)


def last_segment(steps, x, g, k):
    """A return in the loop."""
    start, y = starts(steps, x, k).popitem()
    return whole.recompute(steps[start : start + k], y, g)


def outputs_of_segments(steps, x, g, k):
    for start in reversed(range(0, len(steps), k)):
        y = x
        for step in steps[: start + k]:
            y = step(y)
        g = whole.recompute(steps[start : start + k], y, g)
    return g


def pulls_every_kth(steps, x, g, k):
    kept = starts(steps, x, k)
    for start in reversed(kept):
        g = steps[start].pull(kept[start], g)
    return g


def each_from_x(steps, x, g, k):
    for start in reversed(range(0, len(steps), k)):
        g = whole.recompute(steps[start : start + k], x, g)
    return g


def thinned_out(steps, x, g, k):
    """All is kept at first, and then every k-th of it."""
    kept = whole.inputs_of(steps, x)
    for start in reversed(range(0, len(steps), k)):
        g = whole.recompute(steps[start : start + k], kept[start], g)
    return g


def added(steps, x, g, k):
    return sum(whole.recompute(steps[s : s + k], y, g) for s, y in starts(steps, x, k).items())


def as_it_came(steps, x, g, k):
    segments(steps, x, g, k)
    return g


def without_the_first(steps, x, g, k):
    for start, y in reversed(starts(steps, x, k).items()):
        g = whole.recompute(steps[start : start + k], y, g) if start else g
    return g


def overlapping(steps, x, g, k):
    for start, y in reversed(starts(steps, x, k).items()):
        g = whole.recompute(steps[start : start + k + 1], y, g)
    return g


def so_many(steps, x, g, k):
    long = len(steps) // k
    kept = starts(steps, x, long)
    for number in reversed(range(k)):
        start = number * long
        g = whole.recompute(steps[start : start + long], kept[start], g)
    return g


ALL_KEPT = (
    "The cotangent is right, and each input is kept, as on a tape: on the first way keep those of "
    "every k-th step alone."
)

EXERCISE = Exercise(
    "checkpoints.segments",
    cases=lambda random: CASES,
    right=segments,
    run=swept_by_segments,
    tell=lambda case: f"{steps_of(case[0])}, k = {case[1]}",
    draw=of_outcome,
    mistakes=(
        (keeps_all, ALL_KEPT), (thinned_out, ALL_KEPT),
        (keeps_nothing, "The cotangent is right, but every input is found from x again. A segment "
         "begins at what you kept for it."),
        (starts_from_x, "The cotangent is right, but each segment is reached from x again: keep "
         "what goes into its first step when you come by."),
        (again_in_a_segment, "The cotangent is right, but within a segment you start anew for "
         "each pull: run it once, and keep what goes into its steps, as in 7.1."),
        (without_the_rest, "Where n is no multiple of k, there is a shorter segment at the end: "
         "it has to pay too."),
        (in_forward_order, "g belongs to the output: the last segment comes first."),
        (each_from_g, "What one segment gives is the g of the segment before it."),
        (outputs_of_segments, "A segment starts from what goes into its first step: keep x "
         "before that step runs."),
        (pulls_every_kth, "Those steps alone are pulled through which were kept. The steps "
         "between them pay too: run each segment again from its start."),
        (each_from_x, "A segment was run from an array that belongs elsewhere: what you kept at "
         "step i goes into steps[i : i + k], and into no other steps."),
        (added, "Nothing is added: what one segment gives takes the place of g."),
        (as_it_came, "g goes back as it came: what a segment gives is the new g."),
        (without_the_first, "The first segment has not paid: it begins at step 0."),
        (overlapping, "Some steps pay twice: a segment ends before the step at which the next "
         "one begins."),
        (so_many, "k says how long a segment is, and not how many there are."),
        (last_segment, "One segment alone has paid: does the return stand in the loop?"),
    ),
    hints=(
        "Forward: if the number of the step can be divided by k, keep x before the step runs.",
        "Back: the last segment first. For each, recompute(steps[start : start + k], …) of 7.1 "
        "does the work, from the array that you kept at start.",
        "kept[i] = x where i % k == 0; then for i in reversed(range(0, len(steps), k)): "
        "g = recompute(steps[i : i + k], kept[i], g)",
    ),
    idea="n / k arrays at the starts and k within one segment: with k near √n both are small, for "
    "one more run of each step (Chen and others, 2016).",
    real=("torch/utils/checkpoint.py:checkpoint_sequential@segment_size = len",
          "elves/checkpointing.py:checkpoint"),
    answer="segments",
    **SWEEP,
)  # fmt: skip
