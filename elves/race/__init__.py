"""The race: every elf and every system against the gradient that one writes by hand.

All run in one process, on one thread, in 64-bit floats, each in its own everyday fast form, and
what they compute must agree with the gradient by hand before any clock runs.

The rooms: `entrants` says who takes part, `timing` how time is taken, `printing` what is told. The
parts of the race are `ranking` (a workload of `elves.workloads`), `training`, `growing` and
`unseen`.
"""

import functools

from elves import workloads
from elves.race import unseen
from elves.race.entrants import contestants, elf, ready
from elves.race.growing import growth, memory, sparse
from elves.race.printing import lines
from elves.race.ranking import rank
from elves.race.timing import ENVIRONMENT, PACE, QUICK, Pace
from elves.race.training import minibatches

__all__ = [
    "ENVIRONMENT", "PACE", "QUICK", "Pace", "contestants", "elf", "events", "growth", "lines",
    "memory", "minibatches", "rank", "ready", "sparse",
]  # fmt: skip


def events(programs=None):
    """All that the race consists of, by name: functions of the contestants and the pace.

    `programs` are those of the unseen which shall run; None means all.
    """
    races = {name: functools.partial(rank, work) for name, work in workloads.by_name().items()}
    more = {"digits": minibatches, "sparse": sparse, "growth": growth, "memory": memory}
    more["unseen"] = functools.partial(unseen.programs, names=programs)
    more["sizes"] = unseen.sizes
    return races | more
