"""Exercise 15.4, a plan on paper: its cases, a right answer, and wrong ones known by name."""

import types

import numpy as np

from elves.course.exercise import Exercise, brief, several
from elves.course.guard import Unfit, is_numbers

BYTES = 8  # of a float
PAPERS = [  # seconds of compute, numbers, bytes in a second, seconds of delay, workers at hand
    (10.0, 0, 1e6, 0.0, 1), (10.0, 0, 1e6, 0.0, 4), (8.0, 0, 1e6, 0.5, 2), (8.0, 0, 1e6, 0.5, 8),
    (8.0, 1000, 1e4, 0.0, 2), (1.0, 1000, 1e3, 0.0, 4), (30.0, 1000, 1e4, 0.05, 8),
    (30.0, 1000, 1e4, 0.05, 64), (0.01, 2410, 1e6, 0.001, 16),
]  # fmt: skip


def papers(random):
    yield from PAPERS
    for _ in range(12):
        compute, delay = random.uniform(1.0, 100.0), random.choice([0.01, 0.02, 0.1])
        numbers, bandwidth = random.randrange(100, 10_000), 10.0 ** random.randrange(4, 7)
        most = random.choice([16, 64, 200])
        yield round(compute, 1), numbers, bandwidth, delay, most


def planned(answer, case):
    found = answer(*case)
    if isinstance(found, types.GeneratorType) or callable(found):
        return found
    if not is_numbers(found) or np.shape(found) != (2,):
        raise Unfit(f"{brief(found)}: asked is a pair, the workers and the seconds")
    return np.asarray(found, float).tolist()


def told(case):
    compute, numbers, bandwidth, delay, most = case
    return (
        f"compute {compute:g} s, {several(numbers, 'number')}, {bandwidth:,.0f} bytes per second, "
        f"delay {delay:g} s, at most {several(most, 'worker')}"
    )


def show(outcome):
    if not isinstance(outcome, list) or not np.isfinite(outcome).all():
        return brief(outcome)
    n, t = outcome
    return f"{several(int(n), 'worker') if n == int(n) else brief(n)}, {brief(t)} s"


def seconds(n, compute, numbers, bandwidth, delay):
    return compute / n + 2 * (n - 1) * (delay + BYTES * numbers / n / bandwidth)


def best_of(seconds=seconds, crew=lambda most: range(1, most + 1), choose=min):
    """A plan, from what n workers are said to take, and who is asked."""

    def plan(compute, numbers, bandwidth, delay, most):
        return choose(
            ((n, seconds(n, compute, numbers, bandwidth, delay)) for n in crew(most)),
            key=lambda pair: pair[1],
        )

    return plan


def with_cost(cost, share=lambda compute, n: compute / n):
    """A plan by another cost of the talking, which is made of n, the array's seconds, the delay."""
    return best_of(
        lambda n, compute, numbers, bandwidth, delay: (
            share(compute, n) + cost(n, BYTES * numbers / bandwidth, delay)
        )
    )


def all_of_them(*paper):
    return paper[-1], seconds(paper[-1], *paper[:-1])


def times_bandwidth(compute, numbers, bandwidth, delay, most):
    return best_of()(compute, numbers, 1 / bandwidth, delay, most)


SIZE = "A number has 8 bytes, and bandwidth counts bytes."

EXERCISE = Exercise(
    "cluster.plan",
    cases=papers,
    right=best_of(),
    run=planned,
    tell=told,
    show=show,
    mistakes=(
        (all_of_them, "You take all workers that there are: with each one more the ring has two "
         "steps more. Try all n from 1 to most, and take the quickest."),
        (with_cost(lambda n, array, delay: 0.0), "Nothing is sent in your plan, so more workers "
         "are always quicker. The 2 (n - 1) steps of the ring take their time too."),
        *((with_cost(lambda n, array, delay, of=of: 2 * (n - 1) * (delay + of * array / n)), SIZE)
          for of in (1 / BYTES, 1 / 2, BYTES)),
        (with_cost(lambda n, array, delay: 2 * (n - 1) * (delay + array)), "In a step of the ring "
         "a worker sends one chunk, and not the whole array."),
        (with_cost(lambda n, array, delay: (n - 1) * (delay + array / n)), "There are n - 1 steps "
         "to add up, and n - 1 more until everybody has the sums."),
        (with_cost(lambda n, array, delay: 2 * n * (delay + array / n)), "The ring has 2 (n - 1) "
         "steps: a worker alone has nothing to send."),
        (with_cost(lambda n, array, delay: 2 * (n - 1) * array / n + delay), "Each of the "
         "2 (n - 1) steps waits for its delay, and not the ring as a whole."),
        (with_cost(lambda n, array, delay: 2 * (n - 1) * array / n), "The delay is missing: each "
         "of the 2 (n - 1) steps waits for it, however little is sent."),
        (with_cost(lambda n, array, delay: 2 * (n - 1) * delay), "The numbers are missing: in each "
         "step a chunk is sent, which takes its bytes / bandwidth."),
        (with_cost(lambda n, array, delay: 2 * (n - 1) * (delay + array / n),
                   lambda compute, n: compute), "Yours says 1 worker each time. Is the compute "
         "shared out? And is it the seconds that min compares? Of pairs, it compares what is "
         "first."),
        (times_bandwidth, "Bytes divided by bytes per second are seconds. You multiply."),
        (best_of(crew=lambda most: range(most)), "range(most) begins with 0, and among 0 workers "
         "nothing can be shared out."),
        (lambda *paper: best_of()(*paper)[::-1], "The number of workers comes first, then the "
         "seconds."),
        (best_of(crew=lambda most: range(1, most) or [1]), "range ends before its stop: with "
         "range(1, most) the last worker is never asked."),
        (best_of(crew=lambda most: range(2, most + 1) or [2]), "One worker alone may be the "
         "quickest: it has nothing to send. Begin with n = 1."),
        (best_of(choose=max), "That is the slowest way: take the fewest seconds."),
        (lambda *paper: (lambda n, s: (n - 1, s))(*best_of()(*paper)), "The seconds are right, and "
         "the number of workers is one too small: the first place in a list is n = 1."),
    ),
    wants="a pair: the number of workers, and the seconds of a step",
    hints=(
        "First a function of n alone: its compute, and the seconds of the ring. How many steps has "
        "a ring of n, and what does one of them send?",
        "compute / n, and 2 (n - 1) steps, each of them delay + 8 * numbers / n / bandwidth.",
        "With that as seconds(n): best = min(range(1, most + 1), key=seconds), then "
        "return best, seconds(best)",
    ),
    idea="Compute shrinks with n, the bytes stay below twice the array, and the delays grow: so "
    "there is a best number of workers, and beyond it each one more is in the way.",
    real=("distributed/scheduler.py:SchedulerState.get_comm_cost@nbytes =",),
    answer="plan",
)  # fmt: skip
