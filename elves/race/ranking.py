"""One workload: who agrees with the gradient by hand is timed, and the fastest comes first."""

import contextlib
import functools
import math
import statistics
import time

import numpy as np

from elves import trees, workloads
from elves.errors import InputError
from elves.frameworks import plain, quiet, sentence
from elves.race.timing import TooSlow, at_most, interleave, summary

AGREE = 1e-6  # relative to the largest entry
ONE_BY_ONE = {"numerical": 3000, "forward": 3000, "symbolic": 100, "sympy": 100}  # most inputs

UNSTOPPABLE = {"tracing.numba"}  # LLVM does not survive an alarm: the process ends much later


def difference(result, by_hand):
    """The largest difference from the gradient by hand, relative to its largest entry."""
    result, by_hand = trees.leaves(result), trees.leaves(by_hand)
    if [*map(np.shape, result)] != [*map(np.shape, by_hand)]:
        return math.inf
    pairs = zip(result, by_hand, strict=True)
    error = float(np.max([np.max(np.abs(a - b)) / np.max(np.abs(b)) for a, b in pairs]))
    return math.inf if math.isnan(error) else error


def to_array(a):
    a = a.detach() if hasattr(a, "detach") else a  # PyTorch's
    return np.asarray(getattr(a, "array", a))  # Chainer's


@functools.cache
def start(enters):
    """Imports the contestant's system, which may take the time it needs."""
    with quiet():
        enters(workloads.Workload("", workloads.wave, workloads.wave_by_hand, (np.ones(2),)))


def enter(name, enters, work, pace):
    """What the clock shall run and how far its result is off, or the reason why there is none."""
    try:
        if work.inputs > ONE_BY_ONE.get(name, math.inf):
            raise InputError(f"It goes through the {work.inputs:,} inputs one by one: too slow.")
        pace.say(name)
        start(enters)
        left = min(pace.patience, pace.until - time.monotonic())
        alarm = at_most(max(left, 0.01))
        with quiet(), contextlib.nullcontext() if name in UNSTOPPABLE else alarm:
            run = enters(work)
            error = difference(plain(run(), to_array), work.by_hand(*work.args, *work.vectors))
            run()  # once more, warm
        return run, error, None
    except TooSlow:
        return None, None, f"It gave nothing within {left:.3g} seconds."
    except Exception as reason:
        return None, None, sentence(reason)


def rank(work, rows, pace):
    """One workload: a row for each contestant, the fastest first.

    Each row has a name and either a ratio with its quartiles, or a reason why there is none.
    """
    table, runs = {}, {}
    for name, enters in rows.items():
        run, error, reason = enter(name, enters, work, pace)
        if error is not None and not error <= AGREE:
            reason = f"WRONG: off by {error:.1e} from the gradient by hand."
        table[name] = {"name": name, "error": error, "reason": reason, "ratio": None}
        if reason is None:
            runs[name] = run
    by_hand = functools.partial(work.by_hand, *work.args, *work.vectors)
    with quiet():
        bases, ratios = interleave(by_hand, runs, pace)
    for name, values in ratios.items():
        table[name] |= summary(values)
    ranking = sorted(table.values(), key=lambda row: row["ratio"] or math.inf)
    by_hand = statistics.median(bases) if bases else None
    return {"about": work.about, "seconds by hand": by_hand, "rows": ranking}
