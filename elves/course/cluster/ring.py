"""Exercise 15.3, all-reduce: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.exercise import Exercise, brief, several
from elves.course.guard import Unfit

RINGS = [(2, 1), (1, 3), (2, 2), (3, 1), (3, 2), (4, 1), (5, 2), (8, 3)]  # workers, of a chunk


class Worker:
    """One of n workers: `chunks` is its array, in n pieces, and `sent` counts its numbers.

    >>> worker = Worker([np.ones(3), np.zeros(3)])
    >>> worker.send(0), worker.sent
    (array([1., 1., 1.]), 3)
    """

    WORDS = "a Worker"

    def __init__(self, chunks):
        self.chunks, self._sent = [np.array(chunk, float) for chunk in chunks], 0

    sent = property(lambda self: self._sent)

    def send(self, c):
        """What a neighbour gets: a copy of chunk c."""
        self._sent += self.chunks[c].size
        return self.chunks[c].copy()


def rings(random):
    for n, size in RINGS:
        rng = np.random.default_rng(random.randrange(2**32))
        yield (rng.integers(1, 10, (n, n, size)).astype(float),)


def reduced(answer, case):
    """What each worker holds in the end, and how many numbers it has sent."""
    workers = [Worker(row) for row in case[0]]
    answer(workers)
    n, _, size = case[0].shape
    for k, worker in enumerate(workers):
        if not isinstance(worker, Worker):
            raise Unfit(f"in the place of worker {k} there is {brief(worker)}")
        if not isinstance(worker.chunks, list) or len(worker.chunks) != n:
            raise Unfit(f"the chunks of worker {k} are no list of {n} any more")
        for c, chunk in enumerate(worker.chunks):
            if np.shape(chunk) != (size,) or np.asarray(chunk).dtype.kind not in "fiu":
                was = "it was an array of " + several(size, "number")
                raise Unfit(f"chunk {c} of worker {k} is now {brief(chunk)}, and {was}")
    return {
        "holds": [np.concatenate(worker.chunks) for worker in workers],
        "sent": [worker.sent for worker in workers],
    }


def show(outcome):
    """What the workers hold, if it is not the same for all, and what they have sent."""
    if not isinstance(outcome, dict):
        return brief(outcome)
    holds, sent = outcome["holds"], outcome["sent"]
    if all(np.array_equal(each, holds[0]) for each in holds):
        words = f"each holds {brief(holds[0])}" if len(holds) > 1 else f"holds {brief(holds[0])}"
    else:
        words = "; ".join(f"worker {k} holds {brief(each)}" for k, each in enumerate(holds[:4]))
    return f"{words}. Numbers sent: {brief(sent)}"


def told(case):
    n, _, size = case[0].shape
    rows = "; ".join(f"worker {k} {brief(row.tolist())}" for k, row in enumerate(case[0][:4]))
    more = "; …" if n > 4 else ""
    return f"{several(n, 'worker')}, {several(size, 'number')} in a chunk: {rows}{more}"


def ring(reduce=lambda n, i, s: i - s, gather=lambda n, i, s: i + 1 - s, rounds=(-1, -1),
         join=lambda own, got: got, add=lambda own, got: own + got, take=Worker.send):  # fmt: skip
    """An all-reduce in a ring: which chunk worker i sends in step s, and what is done with it."""

    def all_reduce(workers):
        n = len(workers)
        for which, more, put in ((reduce, rounds[0], add), (gather, rounds[1], join)):
            for s in range(n + more):
                for i, worker in enumerate(workers):
                    c, other = which(n, i, s) % n, workers[(i + 1) % n]
                    other.chunks[c] = put(other.chunks[c], take(worker, c))

    return all_reduce


def all_to_one(workers):
    n, first = len(workers), workers[0]
    for worker in workers[1:]:
        for c in range(n):
            first.chunks[c] = first.chunks[c] + worker.send(c)
    for worker in workers[1:]:
        worker.chunks = [first.send(c) for c in range(n)]


def all_to_all(workers):
    n = len(workers)
    found = [[w.chunks[c].copy() for c in range(n)] for w in workers]
    for i, worker in enumerate(workers):
        for j in range(n):
            if i != j:
                for c in range(n):
                    found[j][c] += worker.send(c)
    for worker, chunks in zip(workers, found, strict=True):
        worker.chunks = chunks


def round_and_round(workers):
    """The whole sum travels around, chunk by chunk, and always begins with worker 0."""
    n = len(workers)
    for c in range(n):
        for i in range(n - 1):
            workers[i + 1].chunks[c] = workers[i + 1].chunks[c] + workers[i].send(c)
        for i in range(n - 1):
            workers[i].chunks[c] = workers[i - 1].send(c)


def without_sending(workers):
    n = len(workers)
    sums = [sum(w.chunks[c] for w in workers) for c in range(n)]
    for worker in workers:
        worker.chunks = [s.copy() for s in sums]


def mean_of_all(workers):
    ring()(workers)
    for worker in workers:
        worker.chunks = [chunk / len(workers) for chunk in worker.chunks]


def no_way_round(workers):
    for s in range(len(workers) - 1):
        for i, worker in enumerate(workers):
            workers[i + 1].chunks[i - s] += worker.send(i - s)


def halves(first, second):
    """A ring of which one half looks into the neighbour's chunks, and sends nothing."""

    def all_reduce(workers):
        ring(rounds=(-1, -99), take=first)(workers)
        ring(rounds=(-99, -1), take=second)(workers)

    return all_reduce


def look(worker, c):
    return worker.chunks[c].copy()


def send_twice(worker, c):
    worker.send(c)
    return worker.send(c)


NOT_SENT = (
    "The sums are right, but some numbers were never sent. Workers cannot look into each other's "
    "chunks: all that one gets from another comes out of send."
)
LOST = (
    "In the end chunk c is what worker c had at first, and no sum. Is what comes added in the "
    "first half? If so: follow one chunk. Who added to it last? That one begins the second half."
)
BEGINS = (
    "Is it the right chunk with which each worker begins the second half? Follow one chunk through "
    "the first: who added to it last? That one has the sum."
)
ALL_THE_SAME = (
    "In each step all workers send at once. If all send the same chunk, it is passed on before it "
    "is due: each worker sends another one."
)

EXERCISE = Exercise(
    "cluster.all_reduce",
    cases=rings,
    right=ring(),
    run=reduced,
    tell=told,
    show=show,
    gives=False,
    mistakes=(
        (all_to_one, "The sums are right. But worker 0 sends the whole array to each of the "
         "others, who wait for it. In the ring each sends a chunk in each step, and no more."),
        (without_sending, NOT_SENT), (halves(look, look), NOT_SENT),
        (halves(look, Worker.send), NOT_SENT), (halves(Worker.send, look), NOT_SENT),
        (ring(rounds=(-1, -99)), "Each worker has the whole sum of one chunk now. The second half "
         "is missing: these sums have to go around the ring too."),
        (ring(rounds=(0, -1)), "One step too many: after n - 1 steps each chunk has met all the "
         "workers, and in the next it meets the first one again."),
        (ring(rounds=(-1, 0)), "One step too many: the sums are there after n - 1 steps, and the "
         "last one sends to each what it has."),
        (ring(join=lambda own, got: own + got), "In the second half the sums are finished: they "
         "take the place of what is there, and are not added to it."),
        (ring(add=lambda own, got: got), LOST), (ring(gather=lambda n, i, s: i - s), LOST),
        (ring(reduce=lambda n, i, s: s), ALL_THE_SAME),
        (ring(reduce=lambda n, i, s: i), "Worker i sends its own chunk i in each step: but it must "
         "pass on what it has just got from the left."),
        (ring(reduce=lambda n, i, s: i + s), "The steps go the wrong way round: in step 1 worker i "
         "passes on what it got in step 0, and that was the chunk of its left neighbour."),
        (ring(gather=lambda n, i, s: i + 1 + s), "The second half goes the wrong way round: in "
         "each step worker i passes on what it has just got from the left."),
        (ring(gather=lambda n, i, s: i + 1), "In the second half worker i sends the same chunk in "
         "each step: it must pass on what it has just got from the left."),
        (all_to_all, "The sums are right. But each worker sends its whole array to all the others, "
         "n - 1 times as much as there is. A ring needs less than two."),
        (round_and_round, "The sums are right. But each chunk begins with the same worker, so that "
         "some send more than others: let each chunk begin with another one."),
        (mean_of_all, "That is the mean: asked is the sum."),
        (lambda workers: None, "Nothing has changed: put the sums into the chunks of the workers. "
         "What comes back is not looked at."),
        (lambda workers: workers[0].send(workers[0].chunks[0]), "send takes the number of a chunk, "
         "and gives the chunk."),
        (halves(send_twice, Worker.send), "The sums are right, but more is sent than has to be: "
         "each call of send counts."),
        (ring(gather=lambda n, i, s: i - 1 - s), BEGINS), (ring(gather=lambda n, i, s: i + 2 - s),
         BEGINS),
        (no_way_round, "The last worker's neighbour is worker 0: (i + 1) % n."),
    ),
    wants="no result: what is asked for is in the workers' chunks",
    hints=(
        "Follow one chunk with 3 workers: worker 0 sends it to 1, who adds its own and sends the "
        "sum to 2. Who has the whole sum after 2 steps, and who needs it still?",
        "First half: in step s worker i sends chunk (i - s) % n, and its neighbour (i + 1) % n "
        "adds it. After that worker i has the whole sum of chunk (i + 1) % n.",
        "Second half: n - 1 steps again. In step s worker i sends chunk (i + 1 - s) % n, and the "
        "neighbour puts it in the place of its own.",
    ),
    idea="Reduce-scatter, then all-gather: each worker sends 2(n - 1)/n of its array, less than "
    "twice, however many there are. No way of summing up needs less (Patarasuk & Yuan, 2009).",
    real=("torch/distributed/tensor/experimental/_context_parallel/_attention.py:"
          "_AllToAllRotater.exchange_buffers",),
    answer="all_reduce",
)  # fmt: skip
