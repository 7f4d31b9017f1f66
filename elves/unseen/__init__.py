"""Programs of many kinds that were not written to show an engine off, and their gradients by hand.

They are written like those of `elves.workloads`, and `elves race --workload unseen` runs them. What
an engine is good for shows on what it has not seen.

The rooms: `statistics`, `networks`, `mechanics`, `arrays` and `scalars`; `later` and `later_steps`,
which were written after the engines were tuned, partly with the others in view; and `latest` and
`latest_steps`, when they had been tuned again. What is apart is named in `APART`.
"""

import dataclasses

import numpy as np

from elves.unseen import (
    arrays,
    later,
    later_steps,
    latest,
    latest_steps,
    mechanics,
    networks,
    scalars,
    statistics,
)

APART = {
    "written after the engines were tuned": (later, later_steps),
    "written last, when they were tuned again": (latest, latest_steps),
}
ROOMS = statistics, networks, mechanics, arrays, scalars, *sum(APART.values(), ())


def by_name(rooms=ROOMS):
    """The programs of some rooms by name, with arguments that are the same each time."""
    found = {}
    for room in rooms:
        found |= room.programs(np.random.default_rng(2))
    return found


def of_size(n):
    """Some of them by name, with work that grows in proportion to n, the number of inputs."""
    random, found = np.random.default_rng(2), by_name()
    x, y = random.normal(size=(2, n))
    args = {
        "wide": (x, y),
        "logsumexp": (x.reshape(-1, 10),),
        "horner": (found["horner"].args[0], x / np.max(np.abs(x))),
        "permuted": (x, random.permutation(n)),
        "running": (random.uniform(size=n) / n, x),
    }
    return {name: dataclasses.replace(found[name], args=more) for name, more in args.items()}
