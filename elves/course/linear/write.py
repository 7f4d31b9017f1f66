"""Exercise 9.2, write: its cases, a right answer, and wrong ones that are known by name."""

import inspect

import numpy as np

from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.handover import Handover
from elves.course.linear.program import RULES, Traced, looked_at, plain, run

CALLS = {
    "np.tanh(x)": lambda x, w: np.tanh(x),
    "x * 3.0": lambda x, w: x * 3.0,
    "2.0 - x": lambda x, w: 2.0 - x,
    "x * w": lambda x, w: x * w,
    "x * x": lambda x, w: x * x,
    "np.exp(x) * x": lambda x, w: np.exp(x) * x,
    "np.sum(x)": lambda x, w: np.sum(x),
    "np.sum(x * w, axis=0, keepdims=True)": lambda x, w: np.sum(x * w, axis=0, keepdims=True),
    "x[0] * w[1]": lambda x, w: x[0] * w[1],
    "np.tanh(x @ w.T) + np.ones(2)": lambda x, w: np.tanh(x @ w.T) + np.ones(2),
    "x / np.sum(x, axis=1, keepdims=True)": lambda x, w: x / np.sum(x, axis=1, keepdims=True),
    "np.mean(x - w, axis=1)": lambda x, w: np.mean(x - w, axis=1),
}
X, W = np.array([[0.5, 1.0, 2.0], [1.5, -1.0, 0.25]]), np.array([[2.0, 0.3, 1.0], [1.0, -0.5, 3.0]])
MOVES = np.array([[1.0, 0.0, 2.0], [0.5, 1.0, -1.0]]), np.array([[0.0, 1.0, 0.5], [2.0, -1.0, 1.0]])


def written(make, name):
    """The value of a call, and the tangent that the lines it wrote say."""
    own = getattr(make, "record", None)
    if "self" in inspect.signature(getattr(own, "__wrapped__", written)).parameters:
        raise Unfit("a record that asks for self, which it does not get")
    lines = []
    x, w = make(X, "x", lines), make(W, "w", lines)
    y = CALLS[name](x, w)
    if not isinstance(y, Handover):
        raise Unfit(f"{brief(y)}, which is no node")
    if isinstance(y.value, Handover):
        raise Unfit("a node whose value is a node")
    if isinstance(y.name, Handover) or not isinstance(y.name, (str, int)):
        raise Unfit(f"a node whose name is {brief(y.name)}")
    if not lines and y.lines is lines:
        raise Unfit("a node, but no line was written: nobody knows its tangent")
    if y.lines is not lines:
        raise Unfit("a node with a list of its own: all share the list that the inputs came with")
    outs, sources = ({line[k] for line in looked_at(lines)} for k in (0, 3))
    if y.name not in outs:
        back = y.name in sources
        raise Unfit("a line that comes from the result" if back else "a name that no line leads to")
    found = run(lines, dict(zip("xw", MOVES, strict=True)))
    return np.asarray(y.value), np.asarray(found.get(y.name, 0.0))


def called(function, values, args, options):
    return function(*values, **options)


def asked(rule, y, values, args, options):
    return rule(y, *values, **options)


def a_line(out, step, a):
    return (out.name, *step, a.name)


def nodes_of(args):
    return [isinstance(a, Handover) for a in args]


def own_name(lines, args):
    return f"v{len(lines)}"


def flawed(call=called, ask=asked, line=a_line, which=nodes_of, name=own_name, new=False):
    """A class whose `record` is right but for the part that is given."""

    class Flawed(Traced):
        def record(function, args, options):
            values = [plain(a) for a in args]
            y = call(function, values, args, options)
            lines = next(a.lines for a in args if isinstance(a, Handover))
            out = Flawed(y, name(lines, args), [] if new else lines)
            steps = ask(RULES[function], y, values, args, options)
            for a, step, chosen in zip(args, steps, which(args), strict=False):
                if chosen:
                    out.lines.append(line(out, step, a))
            return out

    return Flawed


def first_alone(args):
    """Whether to write a line: for the first argument that is a node."""
    first = nodes_of(args).index(True)
    return [k == first for k in range(len(args))]


def each_once(args):
    seen = [isinstance(a, Handover) and id(a) for a in args]
    return [bool(one) and one not in seen[:k] for k, one in enumerate(seen)]


class PlainResult(Traced):
    def record(function, args, options):
        return function(*[plain(a) for a in args], **options)


class WithSelf(Traced):
    def record(self, function, args, options):
        return Traced(function(*[plain(a) for a in args], **options), "v", self.lines)


class LinesOfFirst(Traced):
    def record(function, args, options):
        y, lines = function(*[plain(a) for a in args], **options), args[0].lines
        return LinesOfFirst(y, f"v{len(lines)}", lines)


PLACES = (
    "A line begins with where it goes and ends with where it comes from: "
    "(out, step, constant, source)."
)
ALL_OF_THEM = "The function needs all of its arguments, the plain ones too: 3.0 in x * 3.0."
NOT_ALL = (
    "Not all arguments are nodes: in x * 3.0 and 2.0 - x one is a plain number, which has no "
    "value, no name and no lines."
)
FRESH = "Two values have the same name, so their tangents run into each other: a new name for each."

EXERCISE = Exercise(
    "linear.write",
    cases=lambda random: CALLS,
    right=Traced,
    run=written,
    tell=str,
    show=lambda outcome: f"value {brief(outcome[0])}, tangent {brief(outcome[1])}",
    mistakes=(
        (flawed(line=lambda out, step, a: (a.name, *step, out.name)), PLACES),
        (flawed(which=first_alone), "Only the first argument has its line: in x * w both move."),
        (flawed(which=each_once), "In x * x one node stands in both places, and has a line for "
         "each: both are added up."),
        (flawed(which=lambda args: [False] * len(args)), "No line was written: the tangent of "
         "the result is unknown."),
        (flawed(name=lambda lines, args: next(a.name for a in args if isinstance(a, Handover))),
         FRESH),
        (flawed(name=lambda lines, args: "out"), FRESH),
        (flawed(call=lambda f, values, args, options: f(*values)),
         "You call the function without its options: axis=0 changes the result."),
        (flawed(name=lambda lines, args: f"v{len(lines)}", line=lambda out, step, a: (
            f"{out.name} again", *step, a.name)), "The name in the lines is not that of the "
         "node: ask for a new one once, and use it in both places."),
        (flawed(ask=lambda rule, y, values, args, options: rule(y, *args, **options)),
         "The rule gets nodes: give it the plain values, or its constants are nodes too."),
        (flawed(ask=lambda rule, y, values, args, options: [rule(y, *values, **options)[0]] * 2),
         "Each argument has its own step: the first one in the list is that of the first "
         "argument."),
        (flawed(call=lambda f, values, args, options: f(*[a.value for a in args if isinstance(
            a, Handover)], **options)), ALL_OF_THEM),
        (flawed(call=lambda f, values, args, options: f(values[0], **options)), ALL_OF_THEM),
        (flawed(ask=lambda rule, y, values, args, options: rule(*values, **options)),
         "A rule gets the result first, and then the plain arguments."),
        (flawed(call=lambda f, values, args, options: f(*args, **options)),
         "np.tanh of a node calls record again, and that calls np.tanh: call it with plain "
         "values."),
        (flawed(call=lambda f, values, args, options: f(*[a.value for a in args], **options)),
         NOT_ALL),
        (flawed(which=lambda args: [True] * len(args)), NOT_ALL),
        (flawed(new=True), "A new list for each node: write into the one that the arguments "
         "have, a.lines, and hand it on."),
        (PlainResult, "A plain value has no name and writes nothing: return a node of it."),
        (WithSelf, "record has no self: it gets the function, the arguments and the options."),
        (LinesOfFirst, NOT_ALL),
    ),
    wants="a class whose record(function, args, options), without self, returns a node",
    hints=(
        "Four things: the plain values, the result y, a node of it with a new name and the list "
        "of lines, and a line for each argument that is a node.",
        "RULES[function](y, *values, **options) lists the steps, one for each argument: zip them "
        "with args.",
        "for a, step in zip(args, steps): if isinstance(a, Traced): "
        "lines.append((out.name, *step, a.name))",
    ),
    idea="The function runs on plain values and is done. What stays is a list of lines in which "
    "nothing is curved any more.",
    real=("jax/_src/interpreters/ad.py:LinearizeTrace.process_primitive",
          "elves/tracing/tracers.py:Trace.record"),
    answer="Traced",
    kind="class",
)  # fmt: skip
