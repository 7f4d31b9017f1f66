"""Exercise 7.3, reach: its cases, a right answer, and wrong ones that are known by name."""

import functools
import math

from elves.course.exercise import Exercise, several

CASES = [
    (1, 0), (1, 1), (3, 0), (1, 2), (2, 1), (4, 1), (1, 5), (2, 2), (2, 3), (3, 2), (3, 3), (4, 6),
    (7, 4), (30, 3),
]  # fmt: skip


@functools.cache
def reach(slots, reruns):
    """The right part with one slot less, and the left one, which has run once already."""
    if slots == 0 or reruns == 0:
        return 1
    return reach(slots - 1, reruns) + reach(slots, reruns - 1)


def with_ends(no_slot, no_run):
    """The same sum, with other ends."""

    @functools.cache
    def count(slots, reruns):
        if slots == 0 or reruns == 0:
            return no_run if slots else no_slot
        return count(slots - 1, reruns) + count(slots, reruns - 1)

    return count


@functools.cache
def both_less(slots, reruns):
    """The right part loses a run as well."""
    if slots == 0 or reruns == 0:
        return 1
    return both_less(slots - 1, reruns - 1) + both_less(slots, reruns - 1)


@functools.cache
def multiplied(slots, reruns):
    if slots == 0 or reruns == 0:
        return 1 + reruns if slots else 1
    return multiplied(slots - 1, reruns) * multiplied(slots, reruns - 1)


def with_borders(one_slot, no_rerun):
    """The same sum, with other numbers for one slot and for no reruns."""

    @functools.cache
    def count(slots, reruns):
        if slots == 1:
            return one_slot(reruns)
        if reruns == 0:
            return no_rerun(slots)
        return count(slots - 1, reruns) + count(slots, reruns - 1)

    return count


def more(n):
    return n + 1


BORDERS = (
    "Look at the smallest cases first. 0 reruns: 1 step, however many slots there are. 1 slot: "
    "reruns + 1 steps."
)
NOT_A_PRODUCT = (
    "That grows too slowly: when the right part is done its slot is free, and serves the left "
    "part again."
)
NOT_ALIKE = (
    "That grows too fast. The parts have not the same means: the right one has a slot less, "
    "since x holds one, and the left one a run less."
)

EXERCISE = Exercise(
    "checkpoints.reach",
    cases=lambda random: CASES,
    right=lambda slots, reruns: math.comb(slots + reruns, reruns),
    tell=lambda case: f"{several(case[0], 'slot')}, {several(case[1], 'rerun')}",
    mistakes=(
        (lambda s, r: s * r, BORDERS), (lambda s, r: s * r + 1, NOT_A_PRODUCT),
        (lambda s, r: s * (r + 1), BORDERS), (lambda s, r: s + r, BORDERS),
        (lambda s, r: (s + 1) * (r + 1), BORDERS), (lambda s, r: s + r + 1, BORDERS),
        (lambda s, r: (r + 1) ** s, NOT_ALIKE), (lambda s, r: (s + 1) ** r, NOT_ALIKE),
        (lambda s, r: 2**r, NOT_ALIKE), (lambda s, r: s**r, BORDERS),
        (with_ends(1, 0), "Without a run there is a chain that can be reversed: one step, since "
         "what goes into it is x."),
        (with_ends(0, 1), "Without a slot the right part can have one step: what goes into it is "
         "at hand."),
        (lambda s, r: math.comb(s + r + 1, r), "x is kept too: it takes the first of the slots."),
        (both_less, "The right part has not run before: it has all its runs."),
        (multiplied, "The two parts stand behind each other: their lengths add up."),
        (lambda s, r: 2 * reach(s, r) - 1, "The two parts are all of the chain: no step stands "
         "between them."),
        (lambda s, r: math.perm(s + r, r), "Which slot holds which array does not matter: you "
         "count each order of them anew."),
        (with_borders(lambda r: r, lambda s: 1), BORDERS),
        (with_borders(more, lambda s: s), BORDERS), (with_borders(more, more), BORDERS),
    ),
    hints=(
        "Split the chain. The steps on the left run once to reach the split; those on the right "
        "have one slot less. How long can each part be?",
        "So reach(s, r) is reach(s - 1, r) + reach(s, r - 1). Where s or r is 0, it is 1.",
        "Those are the numbers of Pascal's triangle: math.comb(slots + reruns, slots).",
    ),
    idea="Ten slots and 13 runs are enough for a million steps. The binomial is Griewank's "
    "(1992), and no other plan does better.",
    real=("torch/_functorch/config.py:@activation_memory_budget = 1.0",
          "elves/checkpointing.py:checkpoint"),
    answer="reach",
    wants="a whole number of steps",
    of_case=lambda case: BORDERS if case[0] == 1 or case[1] == 0 else None,
)  # fmt: skip
