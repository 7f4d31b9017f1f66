"""Exercise 11.6, write: its cases, a right answer, and wrong ones that are known by name."""

import functools
import operator
import types

import numpy as np

from elves.course.compiler.programs import Equation, Program, together
from elves.course.compiler.reading import Outcome, show, shown
from elves.course.compiler.samples import program, sizes, values
from elves.course.exercise import Exercise
from elves.course.guard import Unfit
from elves.course.kinds import a

ROW, COLUMN = np.array([0.1, 0.2, 1 / 3]), np.array([[1.0], [-2.0]])
LONG = np.linspace(0.0, 1.0, 2001)


def e(name, function, *args, **options):
    return Equation(name, function, args, options)


def times(n):
    def scaled(x):  # functions of one name
        return x * n

    return scaled


CHAIN = [e("a", np.multiply, "x", "x"), e("b", np.add, "a", "y")]
SPECIAL = [
    Program(["x"], [], ["x"]),
    Program(["x"], [e("a", np.multiply, "x", ROW)], ["a"]),
    Program(["x"], [e("a", np.multiply, "x", ROW), e("b", np.add, "a", COLUMN)], ["b", "a"]),
    Program(["x"], [e("a", operator.getitem, "x", (slice(None), 0))], ["a"]),
    Program(["x"], [e("a", np.maximum, "x", -np.inf), e("b", np.multiply, "a", np.nan)], ["b"]),
    Program(["x"], [e("a", np.negative, "x")], ["a", 2.5, ROW]),
    Program(["x"], [e("a", np.max, "x", axis=0, initial=-np.inf)], ["a"]),
    Program(["x"], [e("a", np.sum, "x", dtype=np.float32)], ["a"]),
    Program(["x"], [e("a", np.sum, "x", dtype="f4"), e("b", np.multiply, "a", 1 / 3)], ["b"]),
    Program(["x"], [e("a", np.sum, "x", where=ROW > 0.1)], ["a"]),
    Program(["x0"], [e("v0", np.multiply, "x0", ROW), e("v1", np.add, "v0", COLUMN),
                     e("v2", np.sum, "v1", axis=0)], ["v2", 2.5]),
    Program(["x0", "x1"], [e("v0", np.tanh, "x0"), e("v1", np.multiply, 1.5, "x1"),
                           e("v2", np.add, "v0", "v1")], ["v2"]),
    Program(["x"], [e("sin", np.sin, "x"), e("a", np.sin, "sin")], ["a"]),
    Program(["x"], [e("a", times(2.0), "x"), e("b", times(3.0), "a")], ["b"]),
    Program(["z"], [e("a", np.multiply, "z", LONG)], ["a"]),
    Program(["x", "y"], [together(CHAIN)], ["b"]),
    Program(["x", "y"], [together(CHAIN), e("c", np.sin, "x"), together(
        [e("d", np.tanh, "b"), e("f", np.add, "d", "c")])], ["f"]),
]  # fmt: skip


def to_be_written(random):
    for k, size in enumerate(sizes()):
        p = program(random, size, 1 + k % 2)
        yield p, values(p.inputs)
        if SPECIAL[k:]:
            p = SPECIAL[k]
            yield p, values("xyz"[: len(p.inputs)] if "z" not in p.inputs else "z")


def written(answer, case):
    """What the function gives that stands in the text."""
    given, at = case
    text, names = text_and_names(answer(given))
    names = {"np": np} | names
    before = {*names}
    try:
        exec(compile(text, "<text>", "exec"), names)
    except SyntaxError as error:
        line = f", in line {error.lineno}: {(error.text or '').strip()}" if error.lineno else ""
        raise Unfit(f"text that Python cannot read: {error.msg}{line}") from None
    except Exception as error:
        raise Unfit(f"text that stops with {type(error).__name__}: {error}") from None
    made = [f for name, f in names.items() if name not in before and callable(f)]
    function = names.get("compiled")
    if not callable(function) and len(made) == 1:
        raise Unfit(f"a function {made[0].__name__}: the function's name has to be compiled")
    if not callable(function):
        raise Unfit("text without a function compiled in it: it begins with def compiled(…):")
    try:
        found = function(*at)
    except Exception as error:
        raise Unfit(f"a function that stops with {type(error).__name__}: {error}") from None
    return results(found, given)


def text_and_names(found):
    if isinstance(found, str):
        raise Unfit("text alone: beside it stands a dict of what its names stand for")
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise Unfit(f"{a(found)}, and no pair of a text and a dict")
    text, names = found
    if not isinstance(text, str):
        raise Unfit(f"{a(text)} in the place of the text: '\\n'.join(lines) makes one of lines")
    if not isinstance(names, dict):
        raise Unfit(f"{a(names)} in the place of the dict of names")
    if odd := [name for name in names if not isinstance(name, str)]:
        raise Unfit(f"a dict with {a(odd[0])} as a key: a name is text")
    if any(isinstance(v, (Program, Equation)) or of_equations(v) for v in names.values()):
        raise Unfit("the program itself among the names: write its lines into the text")
    return text, dict(names)


def of_equations(value):
    """Whether a value is a list of equations."""
    return isinstance(value, (tuple, list)) and any(isinstance(v, Equation) for v in value)


def results(found, given):
    if isinstance(found, types.GeneratorType):
        raise Unfit("a function that gives a generator: return a list")
    if not isinstance(found, (tuple, list)):
        raise Unfit(f"a function that gives {a(found)}, and no list of results")
    lines = len(given.equations)
    return Outcome(list(found), lines, lines, given)


def writing(spell=None, function=None, options=True, turned=False, ends=None, indent="    ",
            head=", ".join, label="_{}".format, of_function="f_{}".format,
            option=None):  # fmt: skip
    """An answer that writes some part in a way of its own."""

    def write(program):
        names, lines = {}, []

        def kept(value, label):
            names[name := label(len(names), value)] = value
            return name

        def of(value):
            if isinstance(value, str):
                return value
            keep = functools.partial(kept, label=label)
            return spell(value, keep) if spell else keep(value)

        for name, f, args, given in program.equations[:: -1 if turned else 1]:
            inside = [*map(of, args)]
            spelled = option or (lambda value: kept(value, "o_{}".format))
            inside += [f"{key}={spelled(v)}" for key, v in given.items() if options]
            called = function(f) if function else kept(f, of_function)
            lines.append(f"{indent}{name} = {called}({', '.join(inside)})")
        last = f"{indent}return {(ends or in_a_list)([*map(of, program.outputs)])}"
        return "\n".join([f"def compiled({head(program.inputs)}):", *lines, last]), names

    return write


def in_a_list(outputs):
    return f"[{', '.join(outputs)}]"


write = writing()


def of_numpy(f):
    return f"np.{f.__name__}"


def short(a):
    return f"{a:g}"


def some(spell, kinds=float):
    """An answer that spells constants of some kinds, and keeps the others in the dict."""
    return writing(spell=lambda a, kept: spell(a) if isinstance(a, kinds) else kept(a))


def letter(n, value):
    return "abcdefghijklmnopqrstuvw"[n]


def without_names(program):
    return write(program)[0], {}


LISTED = "It returns a list, with all the results in it, even if there is one."

AS_TEXT = (
    "A constant is not always its text: that may lose digits, commas or most of its entries, and "
    "array, inf and nan are no names there. In the dict, a constant stays what it is."
)

OPTION = (
    "The value of an option is a constant too, whatever it is: its text may be -inf or <class …>, "
    "or have lost its quotation marks. In the dict, it stays what it is."
)
OF_TRACE = "Your names must not be those of trace, such as v0 and x0."

EXERCISE = Exercise(
    "compiler.write",
    cases=to_be_written,
    right=write,
    run=written,
    tell=lambda case: shown(case[0]),
    show=show,
    wants="a pair: the text of a function, def compiled(…), and a dict of names and their values",
    mistakes=(
        (writing(options=False), "The options are missing in the text: axis=0 changes the sum."),
        (writing(ends=lambda outputs: outputs[0]), LISTED),
        (writing(ends=", ".join), LISTED),
        (writing(ends=lambda outputs: f"[{outputs[0]}]"), "There may be several results: all of "
         "them come back."),
        (writing(turned=True), "The lines are in the wrong order: Python reads them from the top."),
        (writing(function=of_numpy), "Not every function is in np: picking an entry is "
         "operator.getitem, and what is fused has no module at all. Any function can stand in "
         "the dict, under a name."),
        (writing(spell=lambda a, kept: str(a)), AS_TEXT),
        (writing(spell=lambda a, kept: repr(a)), AS_TEXT), (some(short), AS_TEXT),
        (writing(option=repr), OPTION), (writing(option=str), OPTION),
        (writing(option=lambda v: v if isinstance(v, str) else repr(v)), OPTION),
        (writing(label="v{}".format), OF_TRACE), (writing(label="x{}".format), OF_TRACE),
        (writing(label="v{}".format, of_function="v{}".format), OF_TRACE),
        (writing(label="x{}".format, of_function="x{}".format), OF_TRACE),
        (writing(of_function=lambda n, f: f.__name__), "Two functions may have one __name__, and "
         "a line or an input may have it as well: give each function a new name."),
        (writing(ends=lambda outputs: repr([*outputs])), "The list has the names in it, as texts: "
         "without quotation marks they stand for their values."),
        (writing(indent=""), "Below def, lines are indented: put four spaces in front of each."),
        (writing(head=lambda inputs: ""), "The inputs are missing between the parentheses of def."),
        (writing(label=letter, of_function=letter), "A name in your dict is a name in the program "
         "too: give yours names that no line and no input has."),
        (writing(label=lambda n, value: "_"), "Two constants have one name: the second one takes "
         "the place of the first. Give each a name of its own."),
        (without_names, "What the names in the text stand for belongs into the dict."),
        (writing(spell=lambda a, kept: repr(a), option=repr), AS_TEXT),
    ),
    hints=(
        "A line is f\"    {e.name} = {function}({arguments})\"; the head and the last line, with "
        "return, are the same for all programs.",
        "A name is its own text. Any other argument gets a name that is not in the program, such "
        "as f\"_{len(names)}\", and stands in the dict under it.",
        "Put the function, and each constant, also among the options, under a new name into the "
        "dict; the line holds names only: f\"    {e.name} = {kept(e.function)}("
        "{', '.join(inside)})\", with [f\"{k}={kept(v)}\" for k, v in e.options.items()] inside.",
    ),
    idea="A compiler ends in text that something else runs. Yours writes Python; TorchInductor "
    "writes C++, and Triton for a GPU.",
    real=("torch/fx/graph.py:CodeGen._gen_python_code@global_name = add_global(qualified",
          "elves/tracing/emit.py:Emitter"),
    answer="write",
)  # fmt: skip
