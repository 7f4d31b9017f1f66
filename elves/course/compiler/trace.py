"""Exercise 11.1, trace: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.compiler.programs import Equation, Program
from elves.course.compiler.reading import Broken, outcome, read, show
from elves.course.compiler.samples import values
from elves.course.exercise import Exercise
from elves.course.guard import told
from elves.course.handover import Handover

ROWS = np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 0.0]])
FUNCTIONS = {  # what is traced: its inputs, and the function
    "x + 1.0": ("x", lambda x: [x + 1.0]),
    "2.0 * x": ("x", lambda x: [2.0 * x]),
    "x * x": ("x", lambda x: [x * x]),
    "x - y": ("xy", lambda x, y: [x - y]),
    "np.sum(x, axis=0)": ("x", lambda x: [np.sum(x, axis=0)]),
    "x, np.tanh(x)": ("x", lambda x: [x, np.tanh(x)]),
    "np.tanh(x) * y, y": ("xy", lambda x, y: [np.tanh(x) * y, y]),
    "np.tanh(x) - np.tanh(y)": ("xy", lambda x, y: [np.tanh(x) - np.tanh(y)]),
    "x[0]": ("x", lambda x: [x[0]]),
    "np.exp(x) @ ROWS": ("x", lambda x: [np.exp(x) @ ROWS]),
    "m / m.shape[0], with m = np.sum(x * y, axis=1, keepdims=True)": (
        "xy", lambda x, y: [by_length(np.sum(x * y, axis=1, keepdims=True))]),
    "y, with y = x, and then, 3 times, y = y * 0.5 + x": ("x", lambda x: [turns(x)]),
    "2.0 * x, 3.0": ("x", lambda x: [2.0 * x, 3.0]),
    "2.0 * x, ROWS": ("x", lambda x: [2.0 * x, ROWS]),
    "np.negative((x + z) * (x - z))": (
        "xz", lambda x, z: [np.negative((x + z) * (x - z))]),
}  # fmt: skip


def is_array(y):
    return isinstance(y, (np.ndarray, np.generic)) and y is not ROWS


def by_length(m):
    return m / m.shape[0]


def turns(x):
    y = x
    for _ in range(3):
        y = y * 0.5 + x
    return y


def traced(answer, words):
    """What the second trace of a function gives, at other values than it was traced with."""
    inputs, function = FUNCTIONS[words]

    def f(*given):
        if len(given) != len(inputs) or any(isinstance(x, (list, tuple)) for x in given):
            told("inputs", "a call of f with a list, and f takes its inputs one by one")
        results = function(*given)
        if isinstance(given[0], Handover) and any(map(is_array, results)):
            told("plain", "f got nodes, and plain arrays came out")
        if any(y is None for y in results):
            told("nothing", "None, where f made a call")
        return results

    before = len(read(answer(f, *values(inputs, 1))).equations)
    found = answer(f, *values(inputs, 1))
    if len(read(found).equations) > before:
        words = "more equations when it is traced again: those of the first time are still there"
        return Broken(words, "kept")
    result = outcome(found, values(inputs, 2))
    return result.nameless if isinstance(result, Broken) else result


class Traced(Handover):
    def __init__(self, value, name, equations):
        self.value, self.name, self.equations = value, name, equations

    def record(function, args, options):
        first = next(a for a in args if isinstance(a, Traced))
        name = f"v{len(first.equations)}"
        value = function(*map(plain, args), **options)
        first.equations.append(Equation(name, function, tuple(map(named, args)), options))
        return Traced(value, name, first.equations)


def plain(a):
    return a.value if isinstance(a, Traced) else a


def named(a):
    return a.name if isinstance(a, Traced) else a


def tracing(change=lambda e, args: e, ends=lambda outputs: [*map(named, outputs)], begin=list,
            inputs="x{}".format):  # fmt: skip
    """An answer that writes an equation in a way of its own, `begin` the list of them."""

    class Other(Traced):
        def record(function, args, options):
            made = Traced.record(function, args, options)
            e = made.equations.pop()
            made.equations.append(change(e, args))
            return Other(made.value, made.equations[-1].name, made.equations)

    def trace(f, *examples):
        equations = begin()
        names = [*map(inputs, range(len(examples)))]
        nodes = [Other(x, n, equations) for x, n in zip(examples, names, strict=True)]
        return Program(names, equations, ends(f(*nodes)))

    return trace


trace = tracing()


def upside_down(f, *examples):
    p = trace(f, *examples)
    return p._replace(equations=p.equations[::-1])


def first_call_alone(f, *examples):
    p = trace(f, *examples)
    return p._replace(equations=p.equations[:1])


def nothing_recorded(f, *examples):
    return Program([f"x{k}" for k in range(len(examples))], [], [*f(*examples)])


def keeping(made=[]):  # noqa: B006
    return made


class PlainResult(Traced):
    def record(function, args, options):
        return Traced.record(function, args, options).value


class NoValue(Traced):
    def record(function, args, options):
        equations = next(a for a in args if isinstance(a, Traced)).equations
        equations.append(Equation(f"v{len(equations)}", function, tuple(map(named, args)), options))
        return NoValue(0.0, equations[-1].name, equations)


class FirstArgument(Traced):
    def record(function, args, options):
        equations, made = args[0].equations, Traced.record(function, args, options)
        return FirstArgument(made.value, made.name, equations)


class CallsItself(Traced):
    def record(function, args, options):
        return function(*args, **options)


def with_nodes(kind):
    """An answer whose nodes are of another kind."""

    def trace(f, *examples):
        equations = []
        nodes = [kind(x, f"x{k}", equations) for k, x in enumerate(examples)]
        return Program([n.name for n in nodes], equations, [*map(named, f(*nodes))])

    return trace


def own_name(e, args):
    return e._replace(name=e.function.__name__)


EXERCISE = Exercise(
    "compiler.trace",
    cases=lambda random: FUNCTIONS,
    right=trace,
    run=traced,
    tell=lambda words: f"f gives {words}",
    show=show,
    wants="a Program: names for the inputs, an equation for each call, names for the outputs",
    mistakes=(
        (tracing(lambda e, args: e._replace(args=tuple(map(plain, args)))), "Values stand in the "
         "equations, and with other inputs they are wrong: write the names of nodes down."),
        (tracing(lambda e, args: e._replace(options={})), "The options belong into the equation: "
         "axis=0 changes what is computed."),
        (tracing(lambda e, args: e._replace(args=tuple(a.name for a in args if isinstance(
            a, Traced)))), "A number or an array among the arguments stays as it is: without it, "
         "x + 1.0 is x plus nothing."),
        (tracing(lambda e, args: e._replace(name="v")), "All lines have one name: each needs its "
         "own, or a line reads another one's result."),
        (tracing(own_name), "A function may be called twice: its name is not enough to tell two "
         "lines apart."),
        (tracing(inputs=lambda k: "x"), "Two inputs have one name: number them."),
        (tracing(ends=lambda outputs: [named(outputs[0])]), "A function gives a list: all of its "
         "results are outputs."),
        (tracing(ends=lambda outputs: [*map(plain, outputs)]), "The outputs are values, computed "
         "from the examples: write the names of the nodes."),
        (tracing(begin=keeping), "The equations of the trace before are still in the list: begin "
         "with an empty one in each trace."),
        (tracing(ends=lambda outputs: [a.name for a in outputs]), "A result may be a plain number: "
         "that has no name, and stands in outputs as it is."),
        (tracing(ends=lambda outputs: [a.name if isinstance(a, Traced) else float(a) for a in
                                       outputs]), "A result may be an array that f never "
         "computed: what is no node stands in outputs as it is."),
        (upside_down, "The newest line is on top: a program runs from the top, so append."),
        (tracing(inputs="v{}".format), "An input and a line have one name: then one of them is "
         "lost."),
        (with_nodes(NoValue), "A node needs its value too: f may ask for the shape of "
         "what it has computed."),
        (with_nodes(PlainResult), "record gives a plain value, and NumPy has nobody to ask for "
         "the next call: give a node back."),
        (with_nodes(FirstArgument), "The first argument may be a plain number, as in 2.0 * x: "
         "the list is that of any argument that is a node."),
        (with_nodes(CallsItself), "np.tanh of a node calls record again, and that calls np.tanh: "
         "call it with plain values."),
        (lambda f, *examples: f([*examples]), "f takes its inputs one by one: with a star, "
         "f(*nodes)."),
        (first_call_alone, "Every call is an equation: only the first one is there."),
        (lambda f, *examples: trace(f, *examples)._replace(equations=[]), "No line is written "
         "down: record has to put one into the list that all nodes share."),
        (nothing_recorded, "f ran on plain arrays, and NumPy had nobody to ask. Call it with a "
         "node for each example."),
    ),
    hints=(
        "record is that of lab 6, and writes one line more: the name of the result, the function, "
        "the arguments, the options. All nodes of a trace share one list of equations.",
        "The list is that of any node among the arguments. A new name is "
        "f\"v{len(equations)}\"; in the line, a node stands by its name, all else as it is.",
        "In trace: equations = []; nodes = [Traced(x, f\"x{k}\", equations) for k, x in "
        "enumerate(examples)]; results = f(*nodes); then Program(names of nodes, equations, names "
        "of results).",
    ),
    idea="Python ran, and what it did is now data: its loops are unrolled, its functions are gone. "
    "What is left are calls of NumPy.",
    real=("jax/_src/interpreters/partial_eval.py:DynamicJaxprTrace.default_process_primitive"
          "@maybe_consts_out = ", "elves/tracing/tracers.py:Trace"),
    answer="trace",
)  # fmt: skip
