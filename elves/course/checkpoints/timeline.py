"""The picture of a sweep: which arrays of a chain are alive, from call to call."""

from elves.course.checkpoints.chain import SHOWN, Tally, swept
from elves.course.desk import takes
from elves.course.exercise import several
from elves.course.guard import Unfit
from elves.errors import InputError
from elves.show.drawing import BERRY, FROST, INK, PINE, Drawing, write

WIDE, HIGH, LARGEST = 640, 230, 18  # room for all the cells, and the largest of them
EDGE, TOP = 96, 40


def drawn(chain):
    """One column for each call, one row for each state: filled as long as it is alive.

    None where there is too much of it.
    """
    moments, rows = chain.moments, len(chain.layers) + 1
    if not moments or max(chain.calls, rows) > SHOWN:
        return None
    across, high = (min(LARGEST, room / n) for room, n in ((WIDE, len(moments)), (HIGH, rows)))
    parts = []
    for column, (what, k, alive) in enumerate(moments):
        works = {k, k + 1} if what == "run" else {k}
        for index in set(alive):
            color = FROST if index not in works else PINE if what == "run" else BERRY
            x, y = EDGE + column * across, TOP + (rows - 1 - index) * high
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{across - 1:.1f}" height="{high - 1:.1f}" '
                f'fill="{color}"/>'
            )
    down = TOP + rows * high
    parts += [
        write(10, TOP + 14, "output", INK, size=16), write(10, down - 2, "input x", INK, size=16),
        write(EDGE, 26, said(chain), INK, size=16),
        write(EDGE, down + 24, "green: a step runs", PINE, size=16),
        write(EDGE + 160, down + 24, "red: a pull", BERRY, size=16),
        write(EDGE + 270, down + 24, "grey: alive, and waits", INK, size=16),
    ]  # fmt: skip
    width = max(EDGE + len(moments) * across, EDGE + 450) + 10
    alt = f"The arrays of a chain of {rows - 1} steps, call by call: {said(chain)}."
    return Drawing("".join(parts), width, down + 36).picture(alt)


def said(chain):
    runs = several(sum(chain.runs), "run")
    return f"{several(chain.alive, 'array')} alive at the peak, {runs} of steps"


def of_outcome(case, want, got):
    """The picture of the sweep that failed."""
    return drawn(got[1].chain) if isinstance(got[1], Tally) else None


def tape(steps, x, g):
    """What reverse mode does: keep all that goes into a step, and walk back."""
    kept = [x]
    for step in steps:
        kept.append(step(kept[-1]))
    for step in reversed(steps):
        kept.pop()
        g = step.pull(kept[-1], g)
    return g


@takes(
    "watch takes a sweep, a number of steps from 1 to 40, and what the sweep takes besides: "
    "watch(segments, 16, 4).",
    lambda sweep=tape, n=12, *more: callable(sweep) and type(n) is int and 1 <= n <= 40,
)
def watch(sweep=tape, n=12, *more):
    """The arrays of a chain of n steps while a sweep runs: a picture. Raises InputError.

    >>> print(watch(tape, 3).alt)
    The arrays of a chain of 3 steps, call by call: 4 arrays alive at the peak, 3 runs of steps.
    """
    try:
        [_, tally] = swept(sweep, n, None, *more)
    except Unfit as problem:
        raise InputError(f"The sweep stops: {problem}.") from None
    picture = drawn(tally.chain)
    if picture is None:
        raise InputError(f"More than {SHOWN} calls are too many for a picture: take fewer steps.")
    return picture
