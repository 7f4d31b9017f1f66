"""Exercise 4.4, order: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.tape.programs import (
    NAMES,
    Counted,
    Node,
    by_paths,
    in_use,
    is_deep,
    programs_and_a_deep_one,
    walked,
    written,
)


def ordered(answer, case):
    """Whether an order is one in which every value comes after those that it was made of."""
    made = walked(Counted if is_deep(case) else Node, case)
    with by_paths(case):
        found = answer(made[-1])
        first = judged(found, made)
        again = judged(answer(made[-1]), made) if first == FINE else FINE
    return first if again == FINE else f"the first time right; the second time {again}"


def judged(found, made):
    """What is wrong with an order, or FINE."""
    if not isinstance(found, (list, tuple)):
        raise Unfit(f"a {type(found).__name__}, which is no list")
    if other := next((n for n in found if not isinstance(n, Node)), None):
        raise Unfit(f"a list with {brief(other)} in it: it holds nodes, not their values")
    names = {id(n): NAMES[k] for k, n in enumerate(made)}
    if any(id(n) not in names for n in found):
        return "a node of an earlier call is in the list"
    parents = {NAMES[k]: [names[id(p)] for p, _ in n.parents] for k, n in enumerate(made)}
    used, found = in_use(made), [names[id(n)] for n in found]
    for k, name in enumerate(found):
        if name in found[:k]:
            return f"{name} comes twice: {', '.join(found)}"
        if early := [parent for parent in parents[name] if parent not in found[:k]]:
            return f"{name} comes before {early[0]}: {', '.join(found)}"
    missing = [names[i] for i in names if i in used and names[i] not in found]
    return f"{missing[0]} is missing: {', '.join(found)}" if missing else FINE


FINE = "every value after those that it was made of"


def order(out):
    found, seen = [], set()

    def visit(at):
        if at not in seen:
            seen.add(at)
            for parent, _ in at.parents:
                visit(parent)
            found.append(at)

    visit(out)
    return found


def from_the_result(out):
    return order(out)[::-1]


def every_visit(out):
    return [n for p, _ in out.parents for n in every_visit(p)] + [out]


def before_parents(out):
    found = []

    def visit(at):
        if at not in found:
            found.append(at)
            for parent, _ in at.parents:
                visit(parent)

    visit(out)
    return found


def before_parents_turned(out):
    return before_parents(out)[::-1]


def from_a_stack(out):
    found, stack = [], [out]
    while stack:
        at = stack.pop()
        if at not in found:
            found.append(at)
            stack += [parent for parent, _ in at.parents]
    return found


def from_a_stack_turned(out):
    return from_a_stack(out)[::-1]


def layer_by_layer(out):
    found = [out]
    for at in found:
        for parent, _ in at.parents:
            if parent not in found:
                found.append(parent)
    return found[::-1]


def parents_alone(out):
    return [*dict(out.parents), out]


def both_parents_alone(out):
    return [*(parent for parent, _ in out.parents), out]


def without_result(out):
    return order(out)[:-1]


def by_every_path(out):
    """Right, and each value once: but it comes by again for every path."""
    found = []

    def visit(at):
        for parent, _ in at.parents:
            visit(parent)
        if at not in found:
            found.append(at)

    visit(out)
    return found


def longest_first(out):
    """Right by the longest path to each value: all of them are walked."""
    level = {}

    def visit(at, depth):
        level[at] = max(level.get(at, 0), depth)
        for parent, _ in at.parents:
            visit(parent, depth + 1)

    visit(out, 0)
    return sorted(level, key=lambda n: -level[n])


def remembers_the_list(out, found=[]):  # noqa: B006
    if out not in found:
        for parent, _ in out.parents:
            remembers_the_list(parent)
        found.append(out)
    return found


def leaves_marks(out):
    if hasattr(out, "seen"):
        return []
    out.seen = True
    return [n for parent, _ in out.parents for n in leaves_marks(parent)] + [out]


def seen_by_value(out):
    found = {}

    def visit(at):
        if at.value not in found:
            found[at.value] = None
            for parent, _ in at.parents:
                visit(parent)
            found[at.value] = found.pop(at.value) or at

    visit(out)
    return [*found.values()]


def of_values(out):
    return [n.value for n in order(out)]


BEFORE_PARENTS = "You write a value down before its parents: first visit these."
TURNED = (
    "A turned depth-first list is not enough: a value that is used early and late gets a wrong "
    "place. Write it down after its parents."
)
STOPPED = "You stop at the parents: they have parents too."
EVERY_PATH = (
    "It comes back to the same value by each path, and the paths double with each line here. "
    "Remember whom you have visited, and go no further from there."
)
REMEMBERED = (
    "Something is left from the call before: make the list, and what you remember, new in each "
    "call, and leave no marks on the nodes."
)

EXERCISE = Exercise(
    "tape.order",
    cases=programs_and_a_deep_one,
    right=order,
    run=ordered,
    tell=lambda case: f"{written(case)}; the result is {NAMES[len(case[1])]}",
    mistakes=(
        (from_the_result, "Your list begins with the result: parents come first here."),
        (every_visit, "A value that is used twice is in your list twice: remember whom you "
         "have visited."),
        (before_parents, BEFORE_PARENTS), (before_parents_turned, TURNED),
        (layer_by_layer, "Layer by layer is not enough: a value may be used one layer up and "
         "three layers up. Write it down after its parents."),
        (parents_alone, STOPPED),
        (without_result, "The result itself belongs into the list, as the last one."),
        (from_a_stack, BEFORE_PARENTS), (from_a_stack_turned, TURNED),
        (both_parents_alone, STOPPED),
        (by_every_path, EVERY_PATH), (longest_first, EVERY_PATH),
        (remembers_the_list, REMEMBERED), (leaves_marks, REMEMBERED),
        (seen_by_value, "Two values may be equal, and still be two nodes: remember the node "
         "itself."),
        (of_values, "The list holds the nodes themselves, not their values."),
    ),
    wants="a list of nodes, the result as the last one",
    hints=(
        "A function inside of yours that calls itself for each parent helps.",
        "visit(node): if it was seen, return; visit all its parents; then append the node.",
        "Keep a set `seen` and a list `found` outside of visit; return found at the end.",
    ),
    idea="This is a topological order. Read from its end it says when an adjoint is complete: "
    "everyone who used the value comes before it.",
    real=("autograd/tracer.py:toposort", "autograd/util.py:toposort", "elves/reverse.py:sweep"),
    answer="order",
)  # fmt: skip
