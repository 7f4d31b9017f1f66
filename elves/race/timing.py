"""How time is taken: in shuffled rounds, each run right after the gradient by hand.

A machine that is busy or changes its pace slows neighbours alike: so a result is the median over
the rounds of the ratio of the two.
"""

import contextlib
import dataclasses
import functools
import gc
import math
import random
import signal
import statistics
import threading
import time
from collections.abc import Callable

# One thread for everybody: NumPy and the systems read this when they are imported.
ENVIRONMENT = dict.fromkeys(
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
     "NUMBA_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"], "1",
) | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}  # fmt: skip


class TooSlow(BaseException):
    """The time is over; no `except Exception` on the way may stop it."""


@contextlib.contextmanager
def at_most(seconds):
    """Raise TooSlow inside when the time is over, where the operating system has such alarms."""
    if not hasattr(signal, "setitimer") or threading.current_thread() != threading.main_thread():
        yield
        return

    def ring(*_):
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def clock(run, repeats=1):
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


@functools.cache
def tick():
    """The step of the clock in seconds, which browsers make coarse on purpose; 0 if it is fine."""
    start = time.perf_counter()
    while (now := time.perf_counter()) == start:
        pass
    return now - start if now - start > 2e-6 else 0.0  # less is what asking it takes


def clocked(run, repeats=1):
    """The seconds of one of some runs, or of more of them where the clock is too coarse."""
    while (seconds := clock(run, repeats)) * repeats < 10 * tick():
        repeats *= 4
    return seconds


@dataclasses.dataclass(frozen=True)
class Pace:
    """How much time the race may take."""

    rounds: int = 21
    seconds: float = 0.005  # for one measurement, or one run if that takes longer
    patience: float = 8.0  # for all measurements of a contestant, and for its preparation
    until: float = math.inf  # when all must be over, on the monotonic clock
    say: Callable = lambda words: None  # progress


PACE, QUICK = Pace(), Pace(rounds=3, seconds=0.001, patience=4.0)


def interleave(base, runs, pace):
    """The seconds of `base`, and for each of `runs` its ratios to the `base` just before it."""
    whole = max(pace.seconds, 50 * tick())
    repeats = {run: max(1, int(whole / clocked(run))) for run in [base, *runs.values()]}
    ratios, bases, spent = {name: [] for name in runs}, [], dict.fromkeys(runs, 0.0)

    def measure(run):
        if repeats[run] > 1:
            run()  # who ran before has filled the caches with other things
        return clocked(run, repeats[run])

    bytearray(30_000_000)  # whoever runs after it finds freed memory still there, as in a long run
    gc.freeze()  # what the systems have imported shall not be looked through again and again
    try:
        for k in range(pace.rounds):
            if k and time.monotonic() > pace.until:
                break
            pace.say(f"round {k + 1} of {pace.rounds}")
            names = [name for name in runs if not k or spent[name] < pace.patience]
            for name in random.sample(names, len(names)):
                bases.append(measure(base))
                seconds = measure(runs[name])
                ratios[name].append(seconds / bases[-1])
                spent[name] += seconds * repeats[runs[name]]
    finally:
        gc.unfreeze()
    return bases, ratios


def summary(ratios):
    """The median of the ratios and how far the middle half of them spreads."""
    low, middle, high = statistics.quantiles(ratios * 2, n=4, method="inclusive")
    return {"ratio": middle, "quartiles": [low, high], "rounds": len(ratios)}
