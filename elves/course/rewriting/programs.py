"""Programs as text: read into lines of one operation, and the frame around what was written."""

import ast
import itertools
from typing import NamedTuple

from elves import parse
from elves.errors import InputError

SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
OURS = "stack"  # a name that the written program needs


class Program(NamedTuple):
    """A function of numbers: its arguments, its steps, and the name that it returns."""

    params: list
    steps: list
    out: str


def read(f):
    """A function, or its text, as a Program of steps with one operation each.

    A step is a line of text, or ``("if", test, steps, steps)``, or ``("while", test, steps)``.
    Raises InputError for what is more than + - * / of names and numbers, if and while.

    >>> read("def f(x, y):\\n    if x > y:\\n        x = x * y + 1\\n    return x")
    Program(params=['x', 'y'], steps=[('if', 'x > y', ['t1 = x * y', 'x = t1 + 1'], [])], out='x')
    """
    if isinstance(f, str):
        node = ast.parse(f).body[0]
        return Reader(parse.params_of(node), node.body).program
    found = parse.read(f)
    return Reader(found.params, found.body).program


class Reader:
    """Takes expressions apart, and gives a name to each part that is no name and no number."""

    def __init__(self, params, body):
        used = {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name)} | {*params}
        if bad := [name for name in sorted(used) if is_ours(name)]:
            raise InputError(f"{bad[0]} is a name that the written program needs: take another.")
        self.fresh = (t for n in itertools.count(1) if (t := f"t{n}") not in used)
        body = [
            s
            for s in body
            if not isinstance(getattr(s, "value", None), ast.Constant)
            or not isinstance(s, ast.Expr)
        ]  # without a docstring
        if not body or not isinstance(body[-1], ast.Return) or body[-1].value is None:
            raise InputError("read takes a function whose last line is its only return.")
        steps = self.block(body[:-1])
        out, end = body[-1].value, []
        name = out.id if isinstance(out, ast.Name) else self.named(out, end)
        self.program = Program([*params], steps + end, name)

    def block(self, body):
        return [step for s in body for step in self.steps(s)]

    def steps(self, s):
        """The steps of a statement."""
        lines = []
        match s:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                right = self.right(value, lines)
                return [*lines, f"{name} = {right}"]
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                right = self.right(ast.BinOp(ast.Name(name), op, value), lines)
                return [*lines, f"{name} = {right}"]
            case ast.If(test=test, body=yes, orelse=no):
                return [("if", ast.unparse(test), self.block(yes), self.block(no))]
            case ast.While(test=test, body=body, orelse=[]):
                return [("while", ast.unparse(test), self.block(body))]
            case ast.Pass():
                return []
        self.refuse(s)

    def right(self, e, lines):
        """What stands right of a line's =: one operation, or one word."""
        if isinstance(e, ast.BinOp) and type(e.op) in SIGNS:
            left = self.word(e.left, lines)
            return f"{left} {SIGNS[type(e.op)]} {self.word(e.right, lines)}"
        if isinstance(e, ast.UnaryOp) and isinstance(e.op, ast.USub):
            if isinstance(e.operand, ast.Constant):
                return ast.unparse(e)
            return f"-1.0 * {self.word(e.operand, lines)}"
        number = isinstance(e, ast.Constant) and type(e.value) in (int, float)
        if number or isinstance(e, (ast.Name, ast.Subscript)):
            return ast.unparse(e).replace(" ", "")
        return self.refuse(e)

    def word(self, e, lines):
        """A name or a number; what is more gets a line."""
        right = self.right(e, lines)
        return right if " " not in right and "[" not in right else self.named(e, lines, right)

    def named(self, e, lines, right=None):
        right = right or self.right(e, lines)
        lines.append(f"{next(self.fresh)} = {right}")
        return lines[-1].split()[0]

    def refuse(self, node):
        code = ast.unparse(node).splitlines()[0]
        raise InputError(f"read takes + - * /, if and while: {code:.40} is more than that.")


def stored(steps):
    """The names that get a value in some steps, once each, in order."""
    found = []
    for step in steps:
        if isinstance(step, str):
            found.append(step.split()[0])
        else:
            found += [name for block in step[2:] for name in stored(block)]
    return list(dict.fromkeys(found))


def is_ours(name):
    """Whether a name is one that the written program has for itself."""
    return name == OURS or name.startswith("_") or name.endswith("_bar")


def split(lines):
    """A list of lines, whether they came as one or as a text."""
    return lines.splitlines() if isinstance(lines, str) else list(lines)


def indent(lines):
    """Lines as the block of an if or a while: four spaces further in, and pass where none are.

    >>> indent(["x = 1.0"]), indent([])
    (['    x = 1.0'], ['    pass'])
    """
    lines = split(lines)
    if not all(isinstance(line, str) for line in lines):
        raise InputError("indent takes one list of lines, as yes[0] is, and no pair of lists.")
    return [f"    {line}" for text in lines for line in text.splitlines()] or ["    pass"]


def frame(program, forward, backward):
    """The text of a function `slopes`: an empty stack, zeros, both ways, and what is returned.

    >>> print(frame(read("def f(x):\\n    return x * x"), ["t1 = x * x"], ["x_bar = 2.0 * x"]))
    def slopes(x):
        stack = []
        t1 = 0.0
        t1 = x * x
        x_bar = t1_bar = 0.0
        t1_bar = 1.0
        x_bar = 2.0 * x
        return x_bar
    """
    params, steps, out = program
    names = [name for name in stored(steps) if name not in params]
    bars = [f"{name}_bar" for name in (*params, *names)]
    return "\n".join([
        f"def slopes({', '.join(params)}):",
        *indent([
            f"{OURS} = []",
            *[f"{' = '.join(names)} = 0.0"] * bool(names),
            *split(forward),
            f"{' = '.join(bars)} = 0.0",
            f"{out}_bar = 1.0",
            *split(backward),
            f"return {', '.join(bars[: len(params)])}",
        ]),
    ])  # fmt: skip
