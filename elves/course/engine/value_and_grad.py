"""Exercise 6.5, value_and_grad: cases, a right answer, and wrong ones that are known by name."""

import contextlib
import operator

import numpy as np

from elves import reverse
from elves.course.engine.record import Node, plain
from elves.course.engine.rules import draw, overwritten, spread, undone
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit, at_most
from elves.course.handover import Handover

DEEP = "np.sum(y), with y = p[0] and then, 18 times, y = y + y"
LOSSES = {
    "np.sum(p[0])": lambda p, d: np.sum(p[0]),
    "np.sum(p[0] * p[0])": lambda p, d: np.sum(p[0] * p[0]),
    "np.sum(p[0] * d)": lambda p, d: np.sum(p[0] * d),
    "np.sum(p[0] * p[1])": lambda p, d: np.sum(p[0] * p[1]),
    "np.sum(np.tanh(p[0] @ p[1]))": lambda p, d: np.sum(np.tanh(p[0] @ p[1])),
    "with y = np.exp(p[0]): np.sum(y * y + y)": lambda p, d: twice(np.exp(p[0])),
    "with y = p[0] + p[1]; z = y * y: np.mean(y * z)": lambda p, d: late(p[0] + p[1]),
    "np.sum(p[0] * p[0] + (p[0] + p[1]))": lambda p, d: np.sum(p[0] * p[0] + (p[0] + p[1])),
    "np.sum(np.mean(p[0] * p[0], axis=1) * d)": lambda p, d: np.sum(
        np.mean(p[0] * p[0], axis=1) * d
    ),
    DEEP: lambda p, d: np.sum(doubled(p[0])),
}
CALLS_OF_RULES = 6_000  # of all functions: the paths are a quarter of a million


def doubled(y):
    for _ in range(18):
        y = y + y
    return y


def twice(y):
    return np.sum(y * y + y)


def late(y):
    z = y * y
    return np.mean(y * z)


def value_and_slopes(answer, name):
    p = [np.array([[0.5, 1.0], [1.5, 0.2]]), np.array([[1.0, -1.0], [0.3, 2.0]])]
    of = answer(LOSSES[name])
    if not callable(of):
        raise Unfit(f"{brief(of)}, which is no function")
    d = np.array([[1.0, 2.0], [-1.0, 0.5]])
    limit = at_most(CALLS_OF_RULES, "stopped: far more calls of rules than there are nodes")
    with limit if name == DEEP else contextlib.nullcontext():
        return *a_value_and_slopes(of(p, d)), a_value_and_slopes(of([2 * a for a in p], d))[0]


def a_value_and_slopes(found):
    """What an engine gave: a number and a list of arrays."""
    if not isinstance(found, (list, tuple)) or len(found) != 2:
        raise Unfit(f"{brief(found)}, and not a value with a list of slopes")
    value, slopes = found
    if isinstance(value, (Handover, list, tuple)) or np.ndim(value):
        raise Unfit("a value that is no number: the value comes first, then the slopes")
    if not isinstance(slopes, (list, tuple)) or any(isinstance(g, Handover) for g in slopes):
        raise Unfit(f"{brief(slopes)} for the slopes, and not a list of arrays")
    if any(g is None for g in slopes):
        raise Unfit("None for some of the slopes: where f does not use a parameter, they are zeros")
    return float(value), [np.asarray(g, float) for g in slopes]


def value_and_grad(f):
    def of(params, *data):
        return reverse.value_and_grad(f)(params, *data)

    return of


def gradients_by(pay):
    """A `value_and_grad` whose walk back hands payments on in a wrong way."""

    def value_and_grad(f):
        def of(params, *data):
            inputs = [Node(p) for p in params]
            out = f(inputs, *data)
            for n in inputs:
                n.grad = np.zeros(np.shape(n.value))
            pay(out)
            return out.value, [n.grad for n in inputs]

        return of

    return value_and_grad


def payments(node, forgets=False):
    """What a node pays: pairs of a parent and a cotangent, from the node's own."""
    if not node.recipe or node.grad is None:
        return []
    function, args, options = node.recipe
    options = {} if forgets else options
    found = RULES[function](node.grad, node.value, *map(plain, args), **options)
    return [(a, g) for a, g in zip(args, found, strict=True) if isinstance(a, Node)]


RULES = {
    np.add: lambda g, y, a, b: [undone(g, a), undone(g, b)],
    np.multiply: lambda g, y, a, b: [undone(g * b, a), undone(g * a, b)],
    np.tanh: lambda g, y, x: [g * (1 - y * y)],
    np.exp: lambda g, y, x: [g * y],
    np.matmul: lambda g, y, a, b: [g @ b.T, a.T @ g],
    np.sum: lambda g, y, x, **o: [spread(g, x, **o)],
    np.mean: lambda g, y, x, **o: [spread(g, x, **o) * np.size(y) / np.size(x)],
    operator.getitem: lambda g, y, x, i: overwritten(g, y, x, i),
}


def order(out):
    found, seen = [], set()

    def visit(node):
        if id(node) not in seen:
            seen.add(id(node))
            for a in node.recipe[1] if node.recipe else ():
                if isinstance(a, Node):
                    visit(a)
            found.append(node)

    visit(out)
    return found[::-1]


def overwriting(out):
    out.grad = 1.0
    for node in order(out):
        for parent, g in payments(node):
            parent.grad = g


def too_early(out):
    def go(node):
        for parent, g in payments(node):
            parent.grad = g if parent.grad is None else parent.grad + g
            go(parent)

    out.grad = 1.0
    go(out)


def all_too_early(out):
    todo, out.grad = [out], 1.0
    while todo:
        for parent, g in payments(todo.pop()):
            parent.grad = g if parent.grad is None else parent.grad + g
            todo.append(parent)


def without_seed(out):
    pass


def adding(out, forgets=False, seed=1.0):
    out.grad = seed
    for node in order(out):
        for parent, g in payments(node, forgets):
            parent.grad = g if parent.grad is None else parent.grad + g


def oldest_first(out):
    out.grad = 1.0
    pay_all(order(out)[::-1])


def seed_never_set(out):
    pay_all(order(out))


def pay_all(nodes):
    """Each node pays, whether it has been paid or not."""
    for node in nodes:
        node.grad = node.grad if node.recipe else None
    for node in nodes:
        if node.recipe:
            function, args, options = node.recipe
            found = RULES[function](node.grad, node.value, *map(plain, args), **options)
            for parent, g in zip(args, found, strict=True):
                if isinstance(parent, Node):
                    parent.grad = g if parent.grad is None else parent.grad + g


def without_options(out):
    adding(out, forgets=True)


def seed_is_the_value(out):
    adding(out, seed=out.value)


def by_every_path(out):
    def go(node, g):
        node.grad = g
        for parent, more in payments(node):
            go(parent, more)
            sums[id(parent)] = sums.get(id(parent), 0.0) + more

    sums, nodes = {}, order(out)
    go(out, 1.0)
    for node in nodes:
        node.grad = sums.get(id(node), node.grad)


def writing_into(copies):
    """A walk back that adds with +=, into arrays that others hold too."""

    def pay(out):
        for node in order(out):
            node.grad = None
        out.grad = np.ones(())
        for node in order(out):
            for parent, g in payments(node):
                if parent.grad is None:
                    parent.grad = np.array(g) if copies and node is out else g
                else:
                    parent.grad += g
        for node in order(out):
            node.grad = 0.0 if node.grad is None else node.grad

    return pay


def on_plain_params(f):
    def of(params, *data):
        out = f(params, *data)
        return out.value, params

    return of


def remembering(f):
    kept = []

    def of(params, *data):
        kept[:] = kept or params
        return value_and_grad(f)(kept, *data)

    return of


def none_for_unused(f):
    def of(params, *data):
        value, slopes = value_and_grad(f)(params, *data)
        return value, [g if np.any(g) else None for g in slopes]

    return of


def by_steps(f, h=1e-5):
    def at(params, data):
        return value_and_grad(f)(params, *data)[0]

    def of(params, *data):
        slopes = [np.zeros(np.shape(p)) for p in params]
        for k, p in enumerate(params):
            for i in np.ndindex(*np.shape(p)):
                unit = np.zeros(np.shape(p))
                unit[i] = h
                ends = [at([*params[:k], p + s * unit, *params[k + 1 :]], data) for s in (1, -1)]
                slopes[k][i] = (ends[0] - ends[1]) / (2 * h)
        return at(params, data), slopes

    return of


WRITES = (
    "grad += g writes into an array that another node may hold as well: grad = grad + g makes a "
    "new one."
)
TOO_EARLY = "You pay on before all have paid in: newest first, in the order of lab 4."

EXERCISE = Exercise(
    "engine.value_and_grad",
    cases=lambda random: LOSSES,
    right=value_and_grad,
    run=value_and_slopes,
    tell=str,
    show=lambda o: f"value {brief(o[0])}; slopes {brief(o[1])}; then, with twice as large p, "
    f"value {brief(o[2])}",
    wants="a function that gives a function; that one gives a number and a list of arrays",
    tolerance=1e-12,  # of differences, ten digits are right
    draw=lambda case, want, got: draw(case, want[1], got[1]),
    mistakes=(
        (gradients_by(overwriting), "A value that is used twice is paid twice: add them up."),
        (gradients_by(too_early), TOO_EARLY),
        (gradients_by(without_seed), "All slopes are 0: the result's own cotangent is 1."),
        (lambda f: lambda p, *d: (value_and_grad(f)(p, *d)[0], value_and_grad(f)(p, *d)[1][:1]),
         "One slope for each array of params, please."),
        (lambda f: lambda p, *d: value_and_grad(f)(p, *d)[::-1],
         "The value comes first, then the slopes."),
        (gradients_by(all_too_early), TOO_EARLY),
        (gradients_by(without_options), "The rule is called without its options: axis=0 "
         "changes the way back, too."),
        (gradients_by(seed_is_the_value), "The result's own cotangent is 1, not its value."),
        (gradients_by(by_every_path), "It walks each path from the result: their number "
         "doubles with each y + y. Walk once through all nodes, newest first."),
        (gradients_by(writing_into(False)), WRITES), (gradients_by(writing_into(True)), WRITES),
        (remembering, "The second call works on the nodes of the first: make fresh ones in "
         "each call."),
        (none_for_unused, "A parameter that f does not use has slopes too: zeros, in its "
         "shape."),
        (by_steps, "Near, but those are differences, from lab 1: your rules give the slopes "
         "to the last digit."),
        (gradients_by(oldest_first), "You pay from the oldest node on: those have not been "
         "paid yet. Newest first."),
        (gradients_by(seed_never_set), "nan: the result has no cotangent of its own. It is 1."),
        (on_plain_params, "You call f on the plain arrays: then nothing is recorded. Call it "
         "on a Node of each."),
    ),
    hints=(
        "Nodes for all params; call f on them; walk back from what it returns.",
        "For the order, take yours from lab 4: after its parents, and once.",
        "RULES[function](node.grad, node.value, *plain, **options) pays; add to each grad.",
    ),
    idea="This is all of an engine: a recorder, a table, and a walk back.",
    real=("autograd/core.py:backward_pass", "elves/reverse.py:value_and_grad"),
    answer="value_and_grad",
)  # fmt: skip
