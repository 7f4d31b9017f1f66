"""Exercise 4.5, backward: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise, brief
from elves.course.pictures import graph
from elves.course.tape.order import EVERY_PATH, before_parents, order
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


def adjoints(answer, case):
    """The adjoint of each value that the result needs, after an answer's reverse sweep."""
    made = walked(Counted if is_deep(case) else Node, case)
    used = in_use(made)
    with by_paths(case):
        answer(made[-1])
    return {NAMES[k]: n.grad for k, n in enumerate(made) if id(n) in used}


def backward(out):
    out.grad = 1.0
    pay(out)


def pay(out):
    for at in reversed(order(out)):
        for parent, slope in at.parents:
            parent.grad += slope * at.grad


def overwrites(out):
    out.grad = 1.0
    for at in reversed(order(out)):
        for parent, slope in at.parents:
            parent.grad = slope * at.grad


def overwrites_early(out):
    out.grad, todo = 1.0, [out]
    while todo:
        at = todo.pop()
        for parent, slope in at.parents:
            parent.grad = slope * at.grad
            todo.append(parent)


def pays_on_early(out, first=True):  # micrograd, issue 68
    if first:
        out.grad = 1.0
    for parent, slope in out.parents:
        parent.grad += slope * out.grad
        pays_on_early(parent, False)


def pays_all_then_on(out, first=True):
    if first:
        out.grad = 1.0
    for parent, slope in out.parents:
        parent.grad += slope * out.grad
    for parent, _ in out.parents:
        pays_all_then_on(parent, False)


def depth_first(out):
    seen = set()

    def visit(at):
        if at in seen:
            return
        seen.add(at)
        for parent, slope in at.parents:
            parent.grad += slope * at.grad
            visit(parent)

    out.grad = 1.0
    visit(out)


def children_first(out):  # micrograd, issue 96
    seen = set()

    def visit(at):
        if at in seen:
            return
        seen.add(at)
        for parent, _ in at.parents:
            visit(parent)
        for parent, slope in at.parents:
            parent.grad += slope * at.grad

    out.grad = 1.0
    visit(out)


def level_by_level(out):
    out.grad, seen = 1.0, [out]
    for at in seen:
        for parent, slope in at.parents:
            parent.grad += slope * at.grad
            if parent not in seen:
                seen.append(parent)


def no_seed(out):
    pass


def value_for_slope(out):
    out.grad = 1.0
    for at in reversed(order(out)):
        for parent, _ in at.parents:
            parent.grad += parent.value * at.grad


def seed_is_the_value(out):
    out.grad = out.value
    pay(out)


def ones_everywhere(out):
    for at in order(out):
        at.grad = 1.0
    pay(out)


def without_slopes(out):
    out.grad = 1.0
    for at in reversed(order(out)):
        for parent, _ in at.parents:
            parent.grad += at.grad


def slopes_alone(out):
    out.grad = 1.0
    for at in reversed(order(out)):
        for parent, slope in at.parents:
            parent.grad += slope


def early_from_a_queue(out):
    out.grad, todo = 1.0, [out]
    while todo:
        at = todo.pop(0)
        for parent, slope in at.parents:
            parent.grad += slope * at.grad
            todo.append(parent)


def early_from_a_stack(out):
    out.grad, todo, seen = 1.0, [out], set()
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            for parent, slope in at.parents:
                parent.grad += slope * at.grad
                todo.append(parent)


def early_in_a_list(out):
    out.grad = 1.0
    for at in before_parents(out):
        for parent, slope in at.parents:
            parent.grad += slope * at.grad


def path_by_path(out, passed=1.0):
    out.grad += passed
    for parent, slope in out.parents:
        path_by_path(parent, passed * slope)


def seeds_each(out):
    out.grad = 1.0
    for parent, slope in out.parents:
        parent.grad += slope * out.grad
        seeds_each(parent)


def slope_and_grad(out):
    out.grad = 1.0
    for at in reversed(order(out)):
        for parent, slope in at.parents:
            parent.grad += slope + at.grad


def inputs_alone(out):
    backward(out)
    for at in order(out):
        at.grad = 0.0 if at.parents else at.grad


EARLY = (
    "You pass a value's adjoint on before all who use the value have paid in: visit in reverse "
    "topological order, a value only after every value that was made of it."
)
OVERWRITTEN = (
    "A value that is used twice is paid twice: add the payments up (+=), do not overwrite (=)."
)
NO_SEED = "The result's own adjoint is 1 (d out / d out): where does your first number come from?"
OF_VALUE = (
    "You multiply by the value of the parent: each parent is stored with its slope, use that."
)
ALL_ZERO = (
    "All adjoints are still 0. The result's own is 1 (d out / d out), and what you find belongs "
    "into the grad of each node."
)
ONE_SEED = "Only the result begins with 1: all others begin with 0, and get what they are paid."
NO_CHAIN = "You add the local slopes: the chain rule multiplies each one by the adjoint above it."

EXERCISE = Exercise(
    "tape.backward",
    cases=programs_and_a_deep_one,
    right=backward,
    run=adjoints,
    tell=written,
    show=lambda outcome: ", ".join(f"{name}: {brief(g)}" for name, g in outcome.items()),
    draw=lambda case, want, got: graph(case, want, got, NAMES),
    mistakes=(
        (overwrites, OVERWRITTEN), (overwrites_early, OVERWRITTEN),
        (pays_on_early, EARLY + " As it is, some payments are passed on twice."),
        (pays_all_then_on, EARLY + " As it is, some payments are passed on twice."),
        (depth_first, EARLY + " Visiting each value once does not help if it is too early."),
        (children_first, "Only the result's parents get their due. Either you stop there, or "
         "you visit the parents before you pay them: then they have nothing to pass on yet. "
         "Pay, in reverse topological order."),
        (level_by_level, EARLY + " Level by level is too early for some."),
        (no_seed, ALL_ZERO), (slopes_alone, NO_CHAIN), (value_for_slope, OF_VALUE),
        (seed_is_the_value, NO_SEED),
        (ones_everywhere, ONE_SEED),
        (without_slopes, "You pay the adjoint itself: what a parent gets is also a matter of "
         "its slope."),
        (path_by_path, EVERY_PATH), (early_from_a_queue, EARLY + " As it is, some payments "
         "are passed on twice."),
        (early_from_a_stack, EARLY + " Visiting each value once does not help if it is too "
         "early."),
        (early_in_a_list, EARLY + " Visiting each value once does not help if it is too "
         "early."),
        (seeds_each, ONE_SEED),
        (slope_and_grad, "You add the slope and the adjoint: the chain rule multiplies them."),
        (inputs_alone, "The values between keep their adjoints too."),
    ),
    wants="a function that sets the grad of each node",
    hints=(
        "You have `order`: which end of it do you begin at, and with which number?",
        "For each node, newest first: every (parent, slope) gets slope · the node's own grad.",
        "A parent may have got something already, from another one: add to it.",
    ),
    idea="That is reverse mode: one walk back gives the slope of the result by every value.",
    real=("autograd/core.py:backward_pass", "elves/reverse.py:sweep"),
    answer="backward",
    gives=False,
)  # fmt: skip
