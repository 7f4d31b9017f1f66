"""Lab 8: right answers in any style, what is said of lines that do not run, and `read`."""

import random

import pytest

from elves.course import check
from elves.course.rewriting import branch, frame, indent, loop, read
from elves.course.rewriting.cases import cases_of, transform
from elves.course.rewriting.running import truth_of
from elves.errors import InputError
from test_course import EXERCISES, answer, somewhere  # noqa: F401
from test_course_tries import parts

NAMES = [name for name in EXERCISES if name.startswith("rewriting.")]

STYLES = """
### rewriting.back
def back(line):
    c, _, a, *rest = line.split()
    if not rest:
        return [f"{a}_bar = {a}_bar + {c}_bar" if a.isidentifier() else ""]
    op, b = rest
    d = {"+": ("1", "1"), "-": ("1", "-1"), "*": (b, a), "/": (f"1/{b}", f"-{c}/{b}")}[op]
    pays = [(n, s) for n, s in zip((a, b), d) if n.isidentifier()]
    return ["\\n".join(f"{n}_bar = {n}_bar + {c}_bar * {s}" for n, s in pays)]
### rewriting.back
def back(line):
    c, _, a, *rest = line.split()
    if not rest:
        if a.isidentifier():
            yield f"{a}_bar += {c}_bar"
        return
    op, b = rest
    if a == b and op == "*":
        yield f"{a}_bar += 2.0 * {a} * {c}_bar"
        return
    d = {"+": ("1", "1"), "-": ("1", "-1"), "*": (b, a), "/": (f"1/{b}", f"-{a}/({b}*{b})")}[op]
    for n, s in zip((a, b), d):
        if n.isidentifier():
            yield f"{n}_bar += {c}_bar * ({s})"
### rewriting.back
import ast


def back(line):
    s = ast.parse(line).body[0]
    c, e, pays = s.targets[0].id, s.value, []
    if isinstance(e, ast.Name):
        pays = [(e, "1")]
    elif isinstance(e, ast.BinOp):
        a, b = ast.unparse(e.left), ast.unparse(e.right)
        slopes = {"Add": ("1", "1"), "Sub": ("1", "-1"), "Mult": (b, a),
                  "Div": (f"1/{b}", f"-{a}/{b}**2")}[type(e.op).__name__]
        pays = [(e.left, slopes[0]), (e.right, slopes[1])]
    found = [f"{n.id}_bar += ({s}) * {c}_bar" for n, s in pays if isinstance(n, ast.Name)]
    return (*found, f"{c}_bar = 0.0", "")
### rewriting.gradient
def gradient(params, lines, out):
    names = {w for line in lines for w in line.split() if w.isidentifier()} | set(params) | {out}
    zeros = [f"{n}_bar = 0.0" for n in names]
    home = [t for line in lines[::-1] for t in back(line)]
    return (*zeros, f"{out}_bar += 1.0", *lines, "\\n".join(home))
### rewriting.gradient
def gradient(params, lines, out):
    home = [t for line in reversed(lines) for t in back(line)]
    lines += [f"{n}_bar = 0" for n in [*params, *[line.split()[0] for line in lines]]]
    lines.append(f"{out}_bar = 1")
    lines.extend(home)
    return lines
### rewriting.both
def both(line):  # keeps the operands in the place of what is overwritten
    c, _, a, *rest = line.split()
    words = [a, *rest[1:]]
    slopes = {"": ("1",), "+": ("1", "1"), "-": ("1", "-1"), "*": ("_v", "_u"),
              "/": ("1 / _v", "-_u / _v ** 2")}["".join(rest[:1])]
    home = ["_u, _v = stack.pop()", f"_g, {c}_bar = {c}_bar, 0.0"]
    home += [f"{w}_bar += _g * ({s})" for w, s in zip(words, slopes) if w.isidentifier()]
    return [f"stack.append(({a}, {words[-1]}))", line], home
### rewriting.both
def both(line):
    name, right = line.split(" = ")
    home = f"{name} = stack[-1]\\ndel stack[-1]\\nkeep_bar_bar, {name}_bar = {name}_bar, 0.0\\n"
    return (f"stack += [{name}]\\n{line}",), [home + "\\n".join(back(f"keep_bar = {right}"))]
### rewriting.branch
def branch(test, yes, no):
    yes[0].append("stack.append(1)")
    no[0].append("stack.append(0)")
    there = [f"if {test}:"] + indent(yes[0]) + ["else:"] + indent(no[0])
    return there, ["if stack.pop():"] + indent(yes[1]) + ["else:"] + indent(no[1])
### rewriting.branch
import itertools

numbers = itertools.count()


def branch(test, yes, no):
    way = f"way{next(numbers)}"
    there = [f"{way} = {test}", f"if {way}:", *indent(yes[0]), "else:", *indent(no[0])]
    home = [f"if {way}:", *indent(yes[1]), "else:", *indent(no[1])]
    return there + [f"stack.append({way})"], [f"{way} = stack.pop()", *home]
### rewriting.branch
def branch(test, yes, no):
    j = "\\n    ".join
    there = f"if not ({test}):\\n    {j(no[0] + ['stack.append(2)'])}\\n"
    there += f"else:\\n    {j(yes[0] + ['stack.append(1)'])}"
    home = f"way_bar_bar = stack.pop()\\nif way_bar_bar == 1:\\n    {j(yes[1] or ['pass'])}\\n"
    return [there], [home + f"if way_bar_bar == 2:\\n    {j(no[1] or ['pass'])}"]
### rewriting.loop
import itertools

numbers = itertools.count()


def loop(test, body):  # as Tangent does: a count with a name of its own
    turns = f"turns{next(numbers)}"
    there = [f"{turns} = 0", f"while {test}:", *indent([f"{turns} += 1", *body[0]])]
    home = ["for _ in range(stack.pop()):", *indent(body[1])]
    return there + [f"stack.append({turns})"], home
### rewriting.loop
def loop(test, body):
    there, home = body
    turn = [f"if not ({test}): break", *there, "stack.append('turn')"]
    forward = ["stack.append('start')", "while True:", *indent(turn)]
    return forward, ["while stack.pop() == 'turn':", *indent(home)]
### rewriting.transform
def transform(steps):
    if not steps:
        return [], []
    step, *rest = steps
    if isinstance(step, str):
        there, undo = both(step)
    else:
        there, undo = {"if": branch, "while": loop}[step[0]](step[1], *map(transform, step[2:]))
    more, before = transform(rest)
    return [*there, *more], [*before, *undo]
### rewriting.transform
def transform(steps):
    def ways(step):
        match step:
            case "if", test, yes, no:
                return branch(test, tuple(transform(yes)), tuple(transform(no)))
            case "while", test, body:
                return loop(test, tuple(transform(body)))
            case line:
                return both(line)

    pairs = [ways(step) for step in steps]
    yield [line for pair in pairs for line in pair[0]]
    yield (line for pair in reversed(pairs) for line in pair[1])
"""


@pytest.mark.parametrize(("name", "text"), parts(STYLES))
def test_right_answers_pass_in_any_style(name, text):
    verdict = check(name, answer(name, lambda source: text))
    assert verdict.passed, verdict


@pytest.mark.parametrize("name", NAMES)
def test_what_is_expected_is_the_truth_and_shows_no_solution(name):
    exercise = EXERCISES[name]
    for case in exercise.cases(random.Random(0)):
        assert "the program that ran" not in str(exercise.expected(case))


TOLD = [  # an exercise, an answer, and what is said of the lines that it wrote
    ("back", 'return ["a_bar += c_bar:"]', "SyntaxError: invalid syntax, in its line: a_bar +"),
    ("back", 'return ["d_a += d_c"]', "(that name has no value there; the adjoint of a is called"),
    ("back", 'return ["{a}_bar += 1"]', "(an f before the quotation mark fills in what stands in"),
    ("back", 'return [" a_bar += c_bar"]', "unexpected indent, in its line: a_bar += c_bar (it"),
    ("back", "return [1.0]", "got: a list with a number in it, 1, and not lines of text"),
    ("back", "return {line: line}", "got: a dict, which is no list of lines of text"),
    ("back", "return [back_of for back_of in [None]]", "a list with None in it"),
    ("back", 'return "a_bar += c_bar"', "one text: return a list, one text for each line."),
    ("gradient", 'return "\\n".join(lines)', "one text: return a list, one text for each line."),
    ("gradient", "return [*lines, back(lines[0])] if lines else ['x_bar = 1.0']", "unpack it wi"),
    ("both", "return line, line", "one text: return a list, one text for each line."),
    ("both", "return line, []", "one text: return a list, one text for each line."),
    ("branch", 'return [f"if {test}:", indent(yes[0])], yes[1]', "indent gives a list: unpack it"),
    ("branch", 'return [f"if {test}:", *yes[0], "else:"], yes[1]', "else or a while must be inde"),
    ("branch", 'return [f"if {test}:", *indent(yes[0]), "stack.append(1)", "else:", "  pass"], []',
     "What stands between if and else must be indented, the notes too"),
    ("branch", 'return [f"if {test}:", *indent(yes[0])], ["if 1:", *yes[1], "else:", *no[1]]',
     "What stands below an if, an else or a while must be indented"),
    ("loop", 'return [f"while {test}:", *body[0]], body[1]', "else or a while must be indented"),
    ("loop", 'return [f"while {test}:", indent(body[0])], body[1]', "indent gives a list: unpack"),
    ("transform", "return (), (both(steps[0])[0] + ()) if steps else ()", "A tuple is no list: l"),
    ("back", "return", "Nothing comes back"),
    ("back", "print(line)", "that is what return does"),
    ("gradient", "return [*lines, [1]]", "a list with a list in it"),
    ("gradient", 'return ["x_bar = 1.0", "return x_bar"]', "the lines run by themselves"),
    ("gradient", 'return ["while True: pass"]', "it goes on for ever: 1000 turns of its loops"),
    ("gradient", 'return ["out_bar = 1.0"]', "x_bar has no value at the end"),
    ("both", "return [line, line, line]", "a list of 3, and not of two lists of lines"),
    ("both", "return 1", "a number, and not two lists of lines, forward and back"),
    ("both", "return [line].append(line), []", "None in the place of lines: append and extend"),
    ("both", 'return [line], ["x = stack.pop()"]', "more is taken from the stack than was"),
    ("branch", 'return ["if test:"] + indent(yes[0]), yes[1]', "an f before the quotation mark"),
    ("branch", "return indent(yes), yes[1]", "indent takes one list of lines, as yes[0] is"),
    ("branch", 'return [f"if {test}:", *yes[0]], yes[1]', "indent puts lines into a block"),
    ("loop", 'return [f"while {test}", *indent(body[0])], []', "SyntaxError: expected ':', in its"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "said"), TOLD)
def test_lines_that_do_not_run_are_told(name, text, said):
    head = {"back": "line", "gradient": "params, lines, out", "both": "line"}
    head |= {"branch": "test, yes, no", "loop": "test, body", "transform": "steps"}
    params = head[name]
    full = f"def {name}({params}):\n    {text}"
    verdict = check(f"rewriting.{name}", answer(f"rewriting.{name}", lambda source: full))
    assert said in repr(verdict)
    assert not verdict.passed and " at 0x" not in repr(verdict)


REFUSED = [
    ("return abs(x)", "read takes + - * /, if and while: abs(x) is more than that"),
    ("return x ** 2", "x ** 2 is more than that"),
    ("for k in range(3):\n        x = x * x\n    return x", "for k in range(3): is more than"),
    ("x, y = x, x\n    return x", "x, y = (x, x) is more than that"),
    ("if x > 0:\n        return x\n    return -x", "return x is more than that"),
    ("x = x + 1", "whose last line is its only return"),
    ("return", "whose last line is its only return"),
    ("stack = x\n    return stack", "stack is a name that the written program needs"),
    ("_x = x\n    return _x", "_x is a name that the written program needs"),
    ("x_bar = x\n    return x_bar", "x_bar is a name that the written program needs"),
    ("return True", "True is more than that"),
]


@pytest.mark.parametrize(("body", "said"), REFUSED)
def test_what_read_does_not_take_gets_a_sentence(body, said):
    with pytest.raises(InputError) as found:
        read(f"def f(x):\n    {body}")
    assert said in str(found.value)


@pytest.mark.parametrize("case", cases_of(branch.PROGRAMS + loop.PROGRAMS))
def test_a_frame_makes_a_function_of_both_ways(case):
    text, point = case
    names, program = {}, read(text)
    exec(frame(program, *transform(program.steps)), names)
    found, truth = names["slopes"](*point), [*truth_of(text, point).values()][1:]
    assert list(found if len(point) > 1 else [found]) == pytest.approx(truth, abs=1e-12)


def test_read_gives_each_line_one_operation_and_takes_names_that_are_free():
    text = 'def f(t1, xs):\n    "Words."\n    t1 -= xs[0 + 1] * -t1\n    pass\n    return 2 * t1'
    lines = ["t2 = xs[0+1]", "t3 = -1.0 * t1", "t4 = t2 * t3", "t1 = t1 - t4", "t5 = 2 * t1"]
    assert read(text) == (["t1", "xs"], lines, "t5")
    assert read(lambda x: x).steps == []


def test_indent_takes_one_list():
    with pytest.raises(InputError, match="no pair of lists"):
        indent((["x = 1"], ["pass"]))
    assert indent("x = 1\ny = 2") == ["    x = 1", "    y = 2"]
