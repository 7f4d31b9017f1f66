"""Lab 6, your engine trains: what its checks need to know.

The expected cotangents come from the rows of `elves.rules`, walked by `elves.reverse`.
"""

import contextlib
import itertools
import operator

import numpy as np

from elves import digits, reverse
from elves.course.exercise import Exercise, brief, several
from elves.course.guard import Unfit, at_most
from elves.course.handover import Handover
from elves.course.pictures import matrix


def arrays(random, *shapes):
    """Arrays of small numbers with two decimals, none of them 0."""
    rng = np.random.default_rng(random.randrange(2**32))
    return [np.round(rng.uniform(0.2, 2.0, shape), 2) for shape in shapes]


# ------------------------------------------------------------ 6.1 record
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        return Node(function(*map(plain, args), **options), (function, args, options))


def plain(a):
    return a.value if isinstance(a, Handover) else a


CALLS = {
    "np.tanh(x)": lambda x: np.tanh(x),
    "x + 1.0": lambda x: x + 1.0,
    "2.0 * x": lambda x: 2.0 * x,
    "x * x": lambda x: x * x,
    "np.sum(x, axis=0)": lambda x: np.sum(x, axis=0),
    "x.max(axis=1, keepdims=True)": lambda x: x.max(axis=1, keepdims=True),
    "x[0]": lambda x: x[0],
    "np.exp(x) @ np.ones(3)": lambda x: np.exp(x) @ np.ones(3),
}


def recorded(make, name):
    """What a node of a call remembers: value, function, which arguments are nodes, options."""
    x = make(np.array([[0.5, 1.0, 2.0], [1.5, -1.0, 0.25]]))
    y = CALLS[name](x)
    if not isinstance(y, Handover):
        raise Unfit(f"{brief(y)}, which is no node")
    if y.recipe is None:
        raise Unfit("a node without a recipe")
    if not isinstance(y.recipe, (tuple, list)) or len(y.recipe) != 3 or not callable(y.recipe[0]):
        raise Unfit("a node whose recipe is not (function, arguments, options)")
    function, args, options = y.recipe
    kinds = ["node" if isinstance(a, Handover) else "plain" for a in args]
    first = next((a for a in args if isinstance(a, Handover)), None)
    same = first is x or (first is not None and first.recipe is not None)
    if isinstance(y.value, (tuple, list, Handover)):
        raise Unfit("a node whose value is no plain number and no plain array")
    return np.asarray(y.value), function.__name__, kinds, dict(options), same, x.recipe is None


def told_record(outcome):
    value, name, kinds, options, same, _ = outcome
    kept = "" if same else ", but not the node itself"
    return f"value {brief(value)}, {name} of {', '.join(kinds)}{kept}, options {options}"


class PlainArguments(Node):
    def record(function, args, options):
        values = [*map(plain, args)]
        return PlainArguments(function(*values, **options), (function, values, options))


class NoOptions(Node):
    def record(function, args, options):
        return NoOptions(function(*map(plain, args)), (function, args, {}))


class CallsWithoutOptions(Node):
    def record(function, args, options):
        return CallsWithoutOptions(function(*map(plain, args)), (function, args, options))


class ForgetsOptions(Node):
    def record(function, args, options):
        return ForgetsOptions(function(*map(plain, args), **options), (function, args, {}))


class NoPlaceForOptions(Node):
    def record(function, args, options):
        return NoPlaceForOptions(function(*map(plain, args), **options), (function, args))


class OneArgument(Node):
    def record(function, args, options):
        y = function(*map(plain, args), **options)
        return OneArgument(y, (function, args[:1], options))


class CopiesNodes(Node):
    def record(function, args, options):
        again = [CopiesNodes(plain(a)) if isinstance(a, Handover) else a for a in args]
        return CopiesNodes(function(*map(plain, args), **options), (function, again, options))


class CallsItself(Node):
    def record(function, args, options):
        return CallsItself(function(*args, **options), (function, args, options))


class ValuesOfAll(Node):
    def record(function, args, options):
        return ValuesOfAll(function(*[a.value for a in args], **options), (function, args, options))


class NodesAlone(Node):
    def record(function, args, options):
        nodes = [a for a in args if isinstance(a, Handover)]
        return NodesAlone(function(*map(plain, args), **options), (function, nodes, options))


class WithSelf(Node):
    def record(self, function, args, options):
        return Node(function(*map(plain, args), **options), (function, args, options))


class OptionsAsArgument(Node):
    def record(function, args, options):
        return Node(function(*map(plain, args), options), (function, args, options))


class InOneList(Node):
    def record(function, args, options):
        return Node(function([*map(plain, args)], **options), (function, args, options))


class NoRecipe(Node):
    def record(function, args, options):
        return NoRecipe(function(*map(plain, args), **options))


class PlainResult(Node):
    def record(function, args, options):
        return function(*map(plain, args), **options)


# ------------------------------------------------------------ 6.2 to 6.4 rules
def paid(rules, case):
    """The cotangents that a rule pays for a seed in the shape of the result."""
    _, function, args, options, seed = case
    y = function(*args, **options)
    g = (
        np.reshape(np.resize([1.0, 0.5, -2.0, 3.0], np.size(y)), np.shape(y))
        if seed
        else np.ones(np.shape(y))
    )
    found = rules[function](g, y, *args, **options)
    if not isinstance(found, (list, tuple)):
        raise Unfit(f"{brief(found)}, and not a list with a cotangent for each argument")
    return [None if a is None else np.asarray(a, float) for a in found]


def case(words, function, args, options=None, seed=True):
    return words, function, args, options or {}, seed


class Expected(dict):
    """The right rules: what the reverse elf pays."""

    def __missing__(self, function):
        def rule(g, y, *args, **options):
            floats = [np.asarray(a) for a in args if getattr(a, "dtype", np.dtype(int)).kind == "f"]
            many = function is operator.getitem

            def run(*xs):
                return function(*xs, *args[1:], **options) if many else function(*xs, **options)

            _, pull = reverse.vjp(run, *(floats[:1] if many else floats))
            found = list(pull(g))
            return [*found, None] if many else found

        return rule


RIGHT = Expected()
WORDS = {np.true_divide: "a / b", np.tanh: "np.tanh(a)", np.exp: "np.exp(a)", np.log: "np.log(a)"}
SHAPES = [((), ()), ((2,), (2,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 1)), ((2, 3), ())]


def entrywise(random):
    for shapes in SHAPES:
        a, b = arrays(random, *shapes)
        for function, words in WORDS.items():
            args = (a, b) if function is np.true_divide else (a,)
            yield case(f"{words} with {shapes_of(args)}", function, args)
    yield case(f"a - b with {shapes_of((a, b))}", np.subtract, (a, b))  # which was there before


class OnlyNew(Expected):
    """A table that was made anew, without the rules that were in it."""

    def __missing__(self, function):
        if function in (np.add, np.subtract, np.multiply, np.negative):
            raise KeyError(function)
        return super().__missing__(function)


def slopes_alone(**more):
    return changed(exp=lambda g, y, x: [y], log=lambda g, y, x: [1 / x],
                   tanh=lambda g, y, x: [1 - y * y], **more)  # fmt: skip


def shapes_of(args):
    return " and ".join(f"{n} of shape {np.shape(a)}" for n, a in zip("ab", args, strict=False))


def changed(**rules):
    """The right rules, but for some: by the name of the function."""
    return Expected({getattr(np, name): rule for name, rule in rules.items()})


def undone(g, x):
    if np.shape(g) == np.shape(x):
        return g
    return reverse.vjp(lambda x: x + np.zeros(np.shape(g)), np.asarray(x, float))[1](np.asarray(g))[
        0
    ]


def reductions(random):
    wanted = [((3,), {}), ((2, 2), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": 1}),
              ((2, 3), {"axis": 1, "keepdims": True}), ((2, 3, 2), {"axis": 1}),
              ((2, 3), {"keepdims": True})]  # fmt: skip
    for function in (np.sum, np.mean, np.max):
        for shape, options in wanted:
            (x,) = arrays(random, shape)
            yield case(told(function, shape, options), function, (x,), options)
    tie = np.array([[1.0, 2.0, 2.0], [3.0, 1.0, 3.0]])
    yield case("np.max(x, axis=1) of [[1, 2, 2], [3, 1, 3]]", np.max, (tie,), {"axis": 1})


def told(function, shape, options):
    words = "".join(f", {k}={v}" for k, v in options.items())
    return f"np.{function.__name__.replace('amax', 'max')}(x{words}) with x of shape {shape}"


def spread(g, x, axis=None, keepdims=False):
    return np.broadcast_to(g if axis is None or keepdims else np.expand_dims(g, axis), x.shape)


def all_ones(g, y, x, axis=None, keepdims=False):
    return [np.ones(x.shape)]


def narrow(g, y, x, axis=None, keepdims=False):
    return [np.broadcast_to(g, x.shape)]


def narrow_mean(g, y, x, axis=None, keepdims=False):
    return [np.broadcast_to(g, x.shape) * np.size(y) / np.size(x)]


def narrow_max(g, y, x, axis=None, keepdims=False):
    winners = x == np.broadcast_to(y, x.shape)
    return [np.broadcast_to(g, x.shape) * winners / winners.sum(axis=axis, keepdims=True)]


def mean_as_sum(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_over_all(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) / np.size(x)]


def everyone_wins(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def no_sharing(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * (x == spread(y, x, axis, keepdims))]


def first_winner(g, y, x, axis=None, keepdims=False):
    place = np.argmax(x, axis=axis, keepdims=True)
    count = np.arange(np.size(x)) if axis is None else np.arange(x.shape[axis])
    if axis is None:
        return [spread(g, x, axis, keepdims) * (np.reshape(count, x.shape) == place)]
    along = [1] * x.ndim
    along[axis] = -1
    return [spread(g, x, axis, keepdims) * (np.reshape(count, along) == place)]


def shared_by_all(g, y, x, axis=None, keepdims=False):
    winners = x == spread(y, x, axis, keepdims)
    return [spread(g, x, axis, keepdims) * winners / np.sum(winners)]


def mean_by_length(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) / len(x)]


def always_expanded(g, y, x, axis=None, keepdims=False):
    return [np.zeros(np.shape(x)) + np.expand_dims(g, axis)]


def mean_always_expanded(g, y, x, axis=None, keepdims=False):
    return [always_expanded(g, y, x, axis)[0] * np.size(y) / np.size(x)]


def max_always_expanded(g, y, x, axis=None, keepdims=False):
    won = x == always_expanded(y, y, x, axis)[0]
    return [always_expanded(g, y, x, axis)[0] * won / np.sum(won, axis=axis, keepdims=True)]


def mean_by_axis(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) / np.shape(x)[axis]]


def put_back_last(g, y, x, axis=None, keepdims=False):
    wide = g if axis is None or keepdims else np.expand_dims(g, -1)
    return [np.broadcast_to(wide, x.shape)]


def mean_put_back_last(g, y, x, axis=None, keepdims=False):
    return [put_back_last(g, y, x, axis, keepdims)[0] * np.size(y) / np.size(x)]


def max_put_back_last(g, y, x, axis=None, keepdims=False):
    winners = x == put_back_last(y, y, x, axis, keepdims)[0]
    wide = put_back_last(g, y, x, axis, keepdims)[0]
    return [wide * winners / np.maximum(winners.sum(axis=axis, keepdims=True), 1)]


def as_an_array(g, y, x, axis=None, keepdims=False):
    return spread(g, x, axis, keepdims)


def one_winner(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * (x == np.max(x))]


def picks(random):
    for (n, m), k in (((1, 1), 1), ((2, 2), 2), ((2, 3), 2), ((3, 2), 4)):
        a, b = arrays(random, (n, m), (m, k))
        yield case(f"a @ b with {shapes_of((a, b))}", np.matmul, (a, b))
    (x,) = arrays(random, (4, 3))
    for index in (0, slice(1, 3), (np.array([0, 1, 2]), np.array([1, 1, 0])), np.array([2, 0]),
                  np.array([1, 1, 3])):  # fmt: skip
        yield case(f"x[{index!r}] with x of shape (4, 3)", operator.getitem, (x, index))


def picked(change):
    return Expected({operator.getitem: change})


def overwritten(g, y, x, index):
    out = np.zeros(np.shape(x))
    out[index] = g
    return [out, None]


def everywhere(g, y, x, index):
    return [np.ones(np.shape(x)), None]


def added_at(g, x, index):
    out = np.zeros(np.shape(x))
    np.add.at(out, index, g)
    return out


def wrong_shape(g, y, x, index):
    return [g, None]


def swapped(g, y, a, b):
    return [a.T @ g, g @ b.T]


def not_turned(g, y, a, b):
    return [g @ b, a @ g]


def wrong_side(g, y, a, b):
    return [b.T @ g, g @ a.T]


def entry_by_entry(g, y, a, b):
    return [g * b, g * a]


# ------------------------------------------------------------ 6.5 value and grad
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


# ------------------------------------------------------------ 6.6 to 6.8 training
def trained(answer, steps):
    """The losses of some steps on the first images."""
    (X, labels), params, losses = digits.load(), digits.start(), []
    for _ in range(steps + 1):
        value, slopes = answer(digits.loss)(params, X[:SOME], labels[:SOME])
        params = [p - digits.RATE * g for p, g in zip(params, slopes, strict=True)]
        losses.append(float(value))
    return losses


SOME = 100


def moved(answer, case):
    """The weights after some steps on a bowl, with a memory of the steps before."""
    rate, keep, steps = case
    w, memory = [np.array([2.0, -1.0])], [np.zeros(2)]
    for _ in range(steps):
        w, memory = two_lists(answer(w, memory, [w[0] * np.array([1.0, 4.0])], rate, keep))
    return [np.asarray(w[0]), np.asarray(memory[0])]


def two_lists(found):
    if not isinstance(found, (list, tuple)) or len(found) != 2:
        raise Unfit(f"{brief(found)}, and not two lists")
    for each in found:
        if not isinstance(each, (list, tuple)):
            raise Unfit(f"{brief(each)} in the place of a list of arrays")
    return found


def momentum(params, memory, slopes, rate, keep):
    memory = [keep * m + g for m, g in zip(memory, slopes, strict=True)]
    return [p - rate * m for p, m in zip(params, memory, strict=True)], memory


def no_memory(params, memory, slopes, rate, keep):
    return [p - rate * g for p, g in zip(params, slopes, strict=True)], memory


def old_memory(params, memory, slopes, rate, keep):
    new = [keep * m + g for m, g in zip(memory, slopes, strict=True)]
    return [p - rate * m for p, m in zip(params, memory, strict=True)], new


def keeps_all(params, memory, slopes, rate, keep):
    return momentum(params, memory, slopes, rate, 1.0)


def rate_twice(params, memory, slopes, rate, keep):
    return momentum(params, memory, [rate * g for g in slopes], rate, keep)


def averaged(params, memory, slopes, rate, keep):
    return momentum(params, memory, [(1 - keep) * g for g in slopes], rate, keep)


def of_steps(params, memory, slopes, rate, keep):
    memory = [keep * m - rate * g for m, g in zip(memory, slopes, strict=True)]
    return [p + m for p, m in zip(params, memory, strict=True)], memory


def steps_by_slopes(params, memory, slopes, rate, keep):
    memory = [keep * m + g for m, g in zip(memory, slopes, strict=True)]
    return [p - rate * g for p, g in zip(params, slopes, strict=True)], memory


def rate_in_memory(params, memory, slopes, rate, keep):
    memory = [keep * m + rate * g for m, g in zip(memory, slopes, strict=True)]
    return [p - m for p, m in zip(params, memory, strict=True)], memory


def keeps_of_both(params, memory, slopes, rate, keep):
    memory = [keep * (m + g) for m, g in zip(memory, slopes, strict=True)]
    return [p - rate * m for p, m in zip(params, memory, strict=True)], memory


def other_way_round(params, memory, slopes, rate, keep):
    return momentum(params, memory, slopes, rate, keep)[::-1]


def uphill(params, memory, slopes, rate, keep):
    return momentum(params, memory, slopes, -rate, keep)


def read(answer, case):
    """The scores of a network with two hidden layers."""
    sizes, count = case
    rng = np.random.default_rng(sum(sizes))
    params = []
    for n, m in itertools.pairwise(sizes):
        params += [rng.normal(size=(n, m)), rng.normal(size=m)]
    X = rng.normal(size=(count, sizes[0]))
    scores = np.asarray(answer(params, X))
    known_calls(answer([*map(Node, params)], X))
    return scores


def known_calls(node):
    """Whether the rules of the lab are enough for a network; KeyError for a call without one."""
    if not isinstance(node, Node):
        raise Unfit("scores that your engine has no part in: a call went past it")
    for each in order(node):
        if each.recipe and each.recipe[0] not in {*RULES, *WORDS, np.subtract, np.negative, np.max}:
            raise KeyError(each.recipe[0])


def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return np.tanh(np.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3


def by_dot(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return np.tanh(np.dot(np.tanh(np.dot(X, W1) + b1), W2) + b2) @ W3 + b3


def by_dot_method(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return np.tanh(np.tanh(X.dot(W1) + b1) @ W2 + b2) @ W3 + b3


def weights_first(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return W3 @ np.tanh(W2 @ np.tanh(W1 @ X + b1) + b2) + b3


def entries_times(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return np.tanh(np.tanh(X * W1 + b1) * W2 + b2) * W3 + b3


def by_sigmoid(params, X):
    W1, b1, W2, b2, W3, b3 = params
    hidden = 1 / (1 + np.exp(-(X @ W1 + b1)))
    return 1 / (1 + np.exp(-(hidden @ W2 + b2))) @ W3 + b3


def probabilities(scores):
    odds = np.exp(scores)
    return odds / np.sum(odds, axis=1, keepdims=True)


def bent_before(params, X):
    return deeper(params, np.tanh(X))


def in_another_order(params, X):
    W1, W2, W3, b1, b2, b3 = params
    return deeper([W1, b1, W2, b2, W3, b3], X)


def by_relu(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return np.maximum(np.maximum(X @ W1 + b1, 0) @ W2 + b2, 0) @ W3 + b3


def without_bend(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return (np.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3


def bent_scores(params, X):
    return np.tanh(deeper(params, X))


def no_bias(params, X):
    W1, _, W2, _, W3, _ = params
    return np.tanh(np.tanh(X @ W1) @ W2) @ W3


def without_last_bias(params, X):
    return deeper([*params[:5], 0 * params[5]], X)


def one_layer_less(params, X):
    return np.tanh(X @ params[0] + params[1]) @ params[2] + params[3]


def tell(case):
    return case[0]


def show(outcome):
    words = [f"array of shape {a.shape}: {brief(a)}" if a is not None and a.size > 1 else brief(a)
             for a in outcome]  # fmt: skip
    return "; ".join(words)


def draw(case, want, got):
    """The first array that is wrong, with the wrong entries in red."""
    for a, b in zip(want, got, strict=False):
        if a is not None and b is not None and np.shape(a) == np.shape(b) and not np.allclose(a, b):
            return matrix(a, b)
    return None


CALLED_BARE = "You call the function without its options: axis=0 changes the result."
OPTIONS_LOST = "The way back needs the options too: keep them in the recipe."
SLOPES_ALONE = "You return the slope alone: multiply it by g, what came back to this node."
NARROW = "Without keepdims the axis is gone: np.expand_dims(g, axis) first, then broadcast."
PUT_BACK = (
    "The axis comes back where it was, and not always in the same place: np.expand_dims(g, axis)."
)
A_LIST = "A rule returns a list, with a cotangent for each argument: for one argument, [ … ]."
WRITES = (
    "grad += g writes into an array that another node may hold as well: grad = grad + g makes a "
    "new one."
)
RESULT_ALREADY = "y is the result already: the function is applied to it a second time."
NO_AXIS = "axis=None means: over all entries. Then there is no axis to put back, nor one to count."
ROWS = (
    "The arrays do not fit: a row of X is an image, and a layer is the product of matrices, with "
    "X on its left."
)
NO_TURN = "One of the factors has to be turned: b.T and a.T."
TOO_EARLY = "You pay on before all have paid in: newest first, in the order of lab 4."

RULE = {"wants": "a dict whose rules return a list, with a cotangent for each argument",
        "run": paid, "tell": tell, "show": show, "draw": draw, "right": RIGHT, "kind": "dict",
        "answer": "RULES"}  # fmt: skip

EXERCISES = [
    Exercise(
        "engine.record",
        cases=lambda random: CALLS,
        right=Node,
        run=recorded,
        tell=str,
        show=told_record,
        mistakes=(
            (PlainArguments, "Your recipe holds plain values: keep the nodes, for the way back."),
            (NoOptions, CALLED_BARE), (ForgetsOptions, OPTIONS_LOST),
            (OneArgument, "Your recipe holds the first argument alone: x * y has two."),
            (CopiesNodes, "Your recipe holds new nodes: keep those that came, or nobody is paid."),
            (CallsWithoutOptions, CALLED_BARE),
            (NoPlaceForOptions, "A recipe has three parts: the function, its arguments, and the "
             "options, for the way back."),
            (CallsItself, "np.tanh of a node calls record again, and that calls np.tanh: call it "
             "with plain values."),
            (ValuesOfAll, "Not all arguments are nodes: in x + 1.0, one is a plain number."),
            (NodesAlone, "Keep the plain arguments too: the rule of 2.0 * x needs the 2.0."),
            (NoRecipe, "Your result does not say what it was made of: give it a recipe."),
            (PlainResult, "A plain value remembers nothing: return a Node of it."),
            (WithSelf, "record has no self: it gets the function, the arguments and the options."),
            (OptionsAsArgument, "The options go in by their names, with two stars, and not as one "
             "more argument."),
            (InOneList, "The function gets all arguments in one list: it takes them one by one."),
        ),
        wants="a class whose record(function, args, options), without self, returns a Node",
        hints=(
            "First the plain values: a.value for each argument that is a Node, else a itself.",
            "function(*plain, **options) is the value of the new node.",
            "return Node(function(*plain, **options), (function, args, options))",
        ),
        idea="That is define-by-run: the library never sees your program, only the calls it makes.",
        real=("autograd/tracer.py:primitive@argvals = subvals", "elves/reverse.py:apply"),
        answer="Node",
        kind="class",
    ),
    Exercise(
        "engine.entrywise",
        cases=entrywise,
        mistakes=(
            (changed(tanh=lambda g, y, x: [g * (1 - x * x)]),
             "The slope of tanh is 1 - y², with its output y."),
            (changed(exp=lambda g, y, x: [g * x], log=lambda g, y, x: [g / y]),
             "The slope of exp is its output y; the slope of log is 1 over its input x."),
            (slopes_alone(), SLOPES_ALONE),
            (changed(divide=lambda g, y, a, b: [undone(g / b, a), undone(g * a / b**2, b)]),
             "The more b there is, the less a / b is: its slope by b is negative, -a / b²."),
            (changed(divide=lambda g, y, a, b: [g / b, -g * y / b]),
             "a / b broadcasts: use undo, so that each cotangent has the shape of its argument."),
            (changed(divide=lambda g, y, a, b: [undone(g * b, a), undone(g * a, b)]),
             "Those are the slopes of a product: a / b by a is 1 / b."),
            (slopes_alone(divide=lambda g, y, a, b: [undone(1 / b + 0 * g, a),
                                                     undone(-a / b**2 + 0 * g, b)]), SLOPES_ALONE),
            (OnlyNew(), "Your cell makes RULES anew, and what was in it is gone: add to it, by "
             "RULES[np.tanh] = …"),
            (changed(divide=lambda g, y, a, b: [undone(-g * a / b**2, b), undone(g / b, a)]),
             "First the cotangent of a, then that of b."),
            (changed(tanh=lambda g, y, x: g * (1 - y * y), exp=lambda g, y, x: g * y,
                     log=lambda g, y, x: g / x), A_LIST),
            (changed(exp=lambda g, y, x: [g * np.exp(y)]), RESULT_ALREADY),
            (changed(tanh=lambda g, y, x: [g * (1 - np.tanh(y) ** 2)]), RESULT_ALREADY),
            (changed(exp=lambda g, y, x: [g * x * np.exp(x - 1)]), "The power rule is for x**3. "
             "The slope of exp is exp itself."),
            (changed(divide=lambda g, y, a, b: [undone(g / b, a), undone(-g / b**2, b)]), "The "
             "second one is the slope of 1 / b. Here a stands above: with more of it, b matters "
             "more."),
        ),
        hints=(
            "One at a time: what is the slope of a / b by a? And by b?",
            "a / b: 1 / b and -y / b. tanh: 1 - y². exp: y. log: 1 / x. Each times g.",
            "RULES[np.exp] = lambda g, y, x: [g * y]; in divide, put undo(…, np.shape(a)) around.",
        ),
        idea="Four lines, and NumPy's program became differentiable: the engine never changes.",
        real=("autograd/numpy/numpy_vjps.py:@defvjp(anp.exp", "elves/core/kinds.py:Elementwise"),
        **RULE,
    ),
    Exercise(
        "engine.reduce",
        cases=reductions,
        mistakes=(
            (changed(sum=all_ones), "A sum passes g on to each entry, not 1: g may be anything."),
            (changed(sum=narrow, mean=narrow_mean), NARROW),
            (changed(mean=mean_as_sum), "A mean of n entries passes 1/n of g to each one."),
            (changed(mean=mean_over_all),
             "You divide by all entries: with an axis, it is the entries per mean that count."),
            (changed(max=everyone_wins), "Only the winner moves the maximum: others get 0."),
            (changed(max=no_sharing), "Two winners get g each, twice as much as there is: share."),
            (changed(max=one_winner),
             "You look for the winner of all: with an axis there is one in each row or column."),
            (changed(sum=narrow, mean=narrow_mean, max=narrow_max), NARROW),
            (changed(max=first_winner), "argmax names the first winner alone: where two are the "
             "largest, they share."),
            (changed(max=shared_by_all), "The winners of one row share what that row gets: count "
             "them along the axis."),
            (changed(mean=mean_by_length), "len(x) is the length of axis 0: what counts is how "
             "many entries went into one mean."),
            (changed(sum=put_back_last), PUT_BACK),
            (changed(sum=as_an_array), A_LIST),
            (changed(sum=put_back_last, mean=mean_put_back_last, max=max_put_back_last),
             PUT_BACK),
            (changed(sum=always_expanded, mean=mean_always_expanded, max=max_always_expanded),
             NO_AXIS),
            (changed(sum=always_expanded), NO_AXIS),
            (changed(mean=mean_by_axis), NO_AXIS),
        ),
        hints=(
            "What came out smaller must become as large as x: np.broadcast_to.",
            "If the axis is gone (an axis, no keepdims), put it back with np.expand_dims(g, axis).",
            "mean: times np.size(y) / np.size(x). max: times (x == spread(y, …)), over their sum.",
        ),
        idea="The way back of a sum is a copy, and the way back of a copy is a sum.",
        real=("autograd/numpy/numpy_vjps.py:repeat_to_match_shape", "elves/rules/arrays.py:spread"),
        **RULE,
    ),
    Exercise(
        "engine.pick",
        cases=picks,
        mistakes=(
            (picked(overwritten), "An entry that was picked twice is paid once, even by "
             "out[index] += g: np.add.at(out, index, g) adds each time."),
            (picked(everywhere), "Only what was picked is paid; all the others get 0."),
            (picked(wrong_shape), "The cotangent of x has the shape of x: zeros, and g in its "
             "places."),
            (changed(matmul=swapped), "Look at the shapes: the first cotangent is for a."),
            (changed(matmul=not_turned), NO_TURN),
            (changed(matmul=wrong_side), "A product of matrices has an order: b stood on the "
             "right of a, so b.T stands on the right of g."),
            (changed(matmul=entry_by_entry), "That is the rule of a * b, entry by entry."),
            (picked(lambda g, y, x, index: RIGHT[operator.getitem](g, y, x, index)[:1]),
             "The index has its place in the list too: None."),
            (picked(lambda g, y, x, index: [added_at(1.0, x, index), None]),
             "Each picked entry gets its part of g, not 1."),
            (changed(matmul=lambda g, y, a, b: [g @ b, a.T @ g]), NO_TURN),
            (changed(matmul=lambda g, y, a, b: [g @ b.T, a @ g]), NO_TURN),
            (changed(matmul=lambda g, y, a, b: [g @ b.T, g.T @ a]), "That is the transpose of what "
             "b gets: rows and columns are exchanged."),
            (changed(matmul=lambda g, y, a, b: [b.T, a.T]), SLOPES_ALONE),
        ),
        hints=(
            "Write the shapes down: a is (n, m), b is (m, k), g is (n, k). What fits to (n, m)?",
            "g @ b.T and a.T @ g. For the pick: zeros in the shape of x, and g at the index.",
            "np.add.at(out, index, g); return [out, None]",
        ),
        idea="The shapes leave no choice: that is how many people remember this rule.",
        real=("autograd/numpy/numpy_vjps.py:untake", "elves/rules/products.py:matmul_left"),
        **RULE,
    ),
    Exercise(
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
    ),
    Exercise(
        "engine.digits",
        cases=lambda random: digits.load() and [0, 1, 2, 3],  # loaded once, before the clock runs
        right=reverse.value_and_grad,
        run=trained,
        tell=lambda steps: f"{several(steps, 'step')} on the first {SOME} digits",
        show=lambda losses: f"losses {brief(losses)}",
        tolerance=1e-8,
        mistakes=(
            (lambda f: lambda p, *d: (f(p, *d), [0 * a for a in p]),
             "The loss does not move: are the slopes 0? Ask check(\"engine.value_and_grad\", …)."),
            (lambda f: lambda p, *d: (f(p, *d), [-g for g in reverse.grad(f)(p, *d)]),
             "The loss grows: a slope points uphill, and train subtracts it."),
            (lambda f: lambda p, *d: (f(p, *d), [len(d[1]) * g for g in reverse.grad(f)(p, *d)]),
             "Your slopes are 1,400 times too large: np.mean passes on 1/n of g."),
        ),
        hints=(
            "First get the five checks above right; then this one is right by itself.",
            "If a KeyError names a function, it has no rule in RULES yet.",
            "np.max is called with axis=1 and keepdims=True, and then subtracted: undo matters.",
        ),
        idea="The same losses to eight digits: your engine is a real one.",
        real=("torch/optim/sgd.py:_single_tensor_sgd@if isinstance(lr, Tensor)",
              "elves/digits.py:train"),
        answer="value_and_grad",
    ),
    Exercise(
        "engine.momentum",
        cases=lambda random: [(0.1, 0.9, n) for n in (1, 2, 3, 10)] + [(0.05, 0.5, 4)],
        right=momentum,
        run=moved,
        tell=lambda c: f"{several(c[2], 'step')} with the rate {c[0]:g}, keeping {c[1]:g} of the "
        "memory",
        wants="two lists, the new params and the new memory",
        show=lambda o: f"weights {brief(o[0])}, memory {brief(o[1])}",
        mistakes=(
            (no_memory, "That is plain descent: step by the memory, and give it back changed."),
            (old_memory, "You step by the old memory: first add the new slopes to it."),
            (keeps_all, "The memory never fades: keep only `keep` of it."),
            (rate_twice, "The rate is in the memory and in the step: once is enough."),
            (uphill, "You walk uphill: subtract."),
            (averaged, "An average weakens the new slopes, too: here they enter in full."),
            (of_steps, "Your memory holds steps, with the rate in them: here it holds slopes, and "
             "the rate comes after."),
            (steps_by_slopes, "The step goes along the memory, not along the slopes alone."),
            (rate_in_memory, "The rate is in your memory: that holds slopes, and the rate comes "
             "after."),
            (keeps_of_both, "keep weakens the old memory alone: the slopes enter in full."),
            (other_way_round, "The params come first, then the memory."),
            (lambda params, memory, slopes, rate, keep: (
                [p - rate * (m + keep * g) for p, m, g in zip(params, memory, slopes, strict=True)],
                [m + keep * g for m, g in zip(memory, slopes, strict=True)]),
             "It is the old memory that fades: keep belongs to it, and not to the slopes."),
            (lambda params, memory, slopes, rate, keep: momentum(params, memory, slopes, 1.0, keep),
             "The rate is missing: the step is that part of the memory."),
            (lambda params, memory, slopes, rate, keep: (params, memory), "What you were given "
             "comes back: in a loop, p = … gives another value to the name p alone. Build new "
             "lists."),
        ),
        hints=(
            "Two lists, one after the other: first the new memory, then the new params.",
            "memory: keep * m + g. params: p - rate * m, with the new m.",
            "return [p - rate * m for p, m in zip(params, memory)], memory",
        ),
        idea="Momentum: a ball that rolls on. Through a narrow valley it is much faster.",
        real=("torch/optim/sgd.py:_single_tensor_sgd@if momentum != 0", "elves/digits.py:train"),
        answer="momentum",
    ),
    Exercise(
        "engine.deeper",
        cases=lambda random: [((1, 1, 1, 1), 1), ((2, 3, 2, 2), 2), ((4, 5, 3, 2), 3)],
        right=deeper,
        run=read,
        tell=lambda c: f"layers of {', '.join(map(str, c[0]))} numbers, {several(c[1], 'image')}",
        wants="one array of scores, a row for each image",
        show=brief,
        draw=lambda case, want, got: matrix(want, got),
        mistakes=(
            (without_bend, "Two layers without a tanh between them are one layer: bend each."),
            (bent_scores, "No tanh around the scores: they may be any number."),
            (no_bias, "Each layer adds its b."),
            (without_last_bias, "The last layer has a b too: b3."),
            (one_layer_less, "That is the network of before: W3 and b3 come after it."),
            (by_dot, "Right with plain arrays. But your engine has no rule for np.dot: write X @ "
             "W1, for which it has one."),
            (bent_before, "The images go in as they are: no tanh around X."),
            (in_another_order, "params holds W1, b1, W2, b2, W3, b3, in this order."),
            (by_relu, "That bends with another function: here it is tanh."),
            (lambda params, X: (X @ params[0] + params[1]) @ params[2] @ params[4] + (
                params[3] @ params[4] + params[5]), "Without tanh, all layers are one: bend each "
             "hidden one."),
            (weights_first, ROWS), (entries_times, ROWS),
            (by_dot_method, "Right with plain arrays. But X.dot(W1) asks X, a plain array, and not "
             "your node: write X @ W1, for which your engine has a rule."),
            (lambda params, X: by_sigmoid(params, X), "That bends with another function: here it "
             "is tanh."),
            (lambda params, X: probabilities(deeper(params, X)), "Those are probabilities. The "
             "scores come before them."),
        ),
        hints=(
            "Unpack: W1, b1, W2, b2, W3, b3 = params. A layer is np.tanh(input @ W + b).",
            "h = np.tanh(X @ W1 + b1), then the same with W2 and b2, then the scores.",
            "return h @ W3 + b3, without tanh",
        ),
        idea="You changed the program, not the engine: it differentiates whatever runs.",
        real=("torch/nn/modules/container.py:Sequential.forward", "elves/digits.py:scores"),
        answer="deeper",
    ),
]  # fmt: skip

QUIZZES = {
    "engine.who": [
        {
            "question": "Your rules stand in a dict. Which of these needs a rule of its own?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "x - y", "correct": True, "feedback": "Yes: it arrives as np.subtract."},
                {"answer": "the loop around it", "correct": False,
                 "feedback": "Python runs the loop. Your engine only sees the calls in it."},
                {"answer": "if x.shape[0] > 3", "correct": False,
                 "feedback": "A shape is a plain number: no node, no call."},
            ],
        }
    ],
    "engine.cost": [
        {
            "question": "The network has 2,410 weights. How often does your engine run the loss "
            "for one gradient?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "2,411 times", "correct": False,
                 "feedback": "That would be finite differences."},
                {"answer": "once, and one walk back", "correct": True,
                 "feedback": "Yes. That is why reverse mode trains networks."},
                {"answer": "2,410 times, in parallel", "correct": False,
                 "feedback": "One walk back pays everyone."},
            ],
        }
    ],
}  # fmt: skip
