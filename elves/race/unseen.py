"""Programs of many kinds: each against its gradient by hand, and in sum."""

import contextlib
import dataclasses
import os
import statistics

from elves.errors import InputError
from elves.race.growing import REPORTED, over_function
from elves.race.ranking import rank

TAKES_PART = (
    "reverse", "source", "tracing.jit", "tracing.numba", "autograd", "pytorch", "jax.jit",
)  # fmt: skip
NEAR = 1.25


@contextlib.contextmanager
def one_core():
    """Stay on one core, where the operating system lets one: moving costs time."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def programs(rows, pace, names=None):
    """For each program a row for each engine; the sum of it all, and of those apart."""
    from elves import unseen  # not before: a browser has no such programs

    found, rows = unseen.by_name(), {name: rows[name] for name in TAKES_PART if name in rows}
    for name in names or ():
        if name not in found:
            raise InputError(f"--program {name!r} is not known: choose from {', '.join(found)}.")
    pace = dataclasses.replace(pace, patience=3 * pace.patience)  # for long programs' compilers
    with one_core():
        races = {name: rank(found[name], rows, pace) for name in names or found}
    about = f"{len(races)} programs of many kinds; 1 is the gradient by hand"
    apart = {}
    for when, rooms in unseen.APART.items():
        if part := {name: races[name] for name in unseen.by_name(rooms) if name in races}:
            apart[when] = {"programs": list(part), "sum": in_sum(rows, part)}
    return {"about": about, "programs": races, "sum": in_sum(rows, races), "apart": apart}


def in_sum(names, races):
    """For each engine the geometric mean of its ratios, the worst, and how many are near 1."""
    table = {}
    for name in names:
        ratios = {
            program: row["ratio"]
            for program, result in races.items()
            for row in result["rows"]
            if row["name"] == name and row["ratio"]
        }
        if ratios:
            worst = max(ratios, key=ratios.get)
            table[name] = {
                "mean": statistics.geometric_mean(ratios.values()),
                "worst": ratios[worst],
                "worst program": worst,
                "near": sum(ratio <= NEAR for ratio in ratios.values()),
            }
    return table


def sizes(rows, pace, sizes=(10, 100, 1000, 10_000, 100_000, 1_000_000)):
    """The time, and the peak of memory, of a gradient over those of its function, by size n."""

    from elves import unseen

    def named(n):
        return {f"{name}, ": work for name, work in unseen.of_size(n).items()}

    rows = {name: rows[name] for name in TAKES_PART if name in rows}
    with one_core():
        table = over_function(rows, pace, {n: named(n) for n in sizes}, REPORTED)
    about = "time and memory of a gradient over those of its function, where both grow with n"
    return {"about": about, "columns": {"n": list(sizes), **table}}
