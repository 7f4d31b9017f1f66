"""Exercise 6.1, record: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.handover import Handover


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


CALLED_BARE = "You call the function without its options: axis=0 changes the result."
OPTIONS_LOST = "The way back needs the options too: keep them in the recipe."

EXERCISE = Exercise(
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
)  # fmt: skip
