"""Exercise 2.6, operations: its cases, a right answer, and wrong ones that are known by name."""

from elves import symbolic
from elves.course.exercise import FROM_CALL_TO_CALL, Exercise
from elves.course.symbols.formulas import MANY, OPERATIONS, elf, size, written


def fresh(formula):
    """The same formula from objects of its own."""
    return tuple(map(fresh, formula)) if isinstance(formula, tuple) else formula


def with_repeats(random):
    """Formulas in which parts occur more than once, as the same object or as equal ones."""
    signs = ["+", "*", "-", "*", "exp"]
    for n in range(1, 9):
        for _ in range(3):
            parts = ["x", "y"]
            for _ in range(n):
                sign = random.choice(signs)
                count = OPERATIONS[sign].nin
                pick = [random.choice(parts[-3:]) for _ in range(count)]
                parts.append((sign, *pick))
            if size(parts[-1]) <= MANY:
                yield parts[-1] if n % 2 else fresh(parts[-1])


def both_ways(random):
    for formula in with_repeats(random):
        for shared in (False, True):
            yield formula, shared


def counted_by_elf(formula, shared):
    return symbolic.size(elf(formula), shared)


def parts_of(formula):
    """A formula and all its parts, each as often as it occurs."""
    yield formula
    if isinstance(formula, tuple):
        for part in formula[1:]:
            yield from parts_of(part)


def operations_in(formula):
    return [part for part in parts_of(formula) if isinstance(part, tuple)]


def in_full(formula, shared):
    return len(operations_in(formula))


def leaves_in_full(formula, shared):
    return len(list(parts_of(formula)))


def leaves_alone(formula, shared):
    return sum(not isinstance(part, tuple) for part in parts_of(formula))


def nothing(formula, shared):
    return 0


def seen_for_ever(formula, shared):
    """What a set gives that is never made anew, asked without sharing first."""
    return 0 if shared else in_full(formula, shared)


def side_by_side(formula, shared):
    """Equal parts count once within one operation alone."""
    if not isinstance(formula, tuple):
        return 0
    parts = set(formula[1:]) if shared else formula[1:]
    return 1 + sum(side_by_side(part, shared) for part in parts)


def always_shared(formula, shared):
    return len(set(operations_in(formula)))


def with_leaves(formula, shared):
    found = list(parts_of(formula))
    return len(set(found) if shared else found)


def by_identity(formula, shared):
    found = operations_in(formula)
    return len({id(part) for part in found}) if shared else len(found)


def deep(formula, shared):
    return 1 + max(deep(p, shared) for p in formula[1:]) if isinstance(formula, tuple) else 0


def kinds(formula, shared):
    found = [part[0] for part in operations_in(formula)]
    return len(set(found)) if shared else len(found)


NO_LEAVES = "Count operations: names and numbers cost nothing."

EXERCISE = Exercise(
    "symbols.operations",
    cases=both_ways,
    right=counted_by_elf,
    tell=lambda case: f"{written(case[0])}, shared={case[1]}",
    mistakes=(
        (in_full, "With shared=True equal parts count once."),
        (always_shared, "With shared=False each part counts as often as it is written."),
        (with_leaves, NO_LEAVES), (leaves_in_full, NO_LEAVES), (leaves_alone, NO_LEAVES),
        (seen_for_ever, FROM_CALL_TO_CALL),
        (nothing, "Nothing is counted at all: an operation is 1, and then its parts come."),
        (side_by_side, "You look for equal parts within one operation. They may also be far "
         "from each other."),
        (by_identity, "Equal parts may be two objects: compare with ==, or use a set of the "
         "tuples themselves, not `is` or id."),
        (deep, "That is how deep it is nested: add up, do not take the largest."),
        (kinds, "You count the different signs: x * x and y * y are two operations."),
    ),
    hints=(
        "A list of all the tuples inside, the formula itself with them: how do you get it?",
        "In full: 1 + the sum over the parts. Leaves have 0.",
        "Shared: collect the tuples in a set; equal tuples are one entry of a set.",
    ),
    idea="Written out, a formula doubles with each product; shared, it grows by a few "
    "operations. That a derivative \"swells\" is a matter of how it is written down.",
    real=("elves/symbolic/expr.py:size",),
    answer="operations",
)  # fmt: skip
