"""One run of a function with everything that a picture of it needs: what the tape knows, and more.

The reverse engine runs the function and walks its tape; nothing is computed here in another way.
"""

import collections
import functools
import inspect
import operator
import pathlib
import sys
import textwrap

import numpy as np

from elves import reverse, rules, trees
from elves.errors import InputError
from elves.symbolic.writing import SIGNS

LONGEST = 20_000  # operations: a run that goes on has probably no end


class Step:
    """One line of the tape: ``name = words``, its value, its tangent and its adjoint.

    `call` is the same with the function's own name. `parents` are pairs of an argument's number
    and its Step; `line` is the user's line.
    """

    def __init__(self, name, words, node, parents, line=None):
        self.name, self.node, self.parents, self.line = name, node, parents, line
        self.value, self.adjoint, self.tangent = node.value, None, None
        self.rule = node.recipe[0] if node.recipe else None
        self.words = written(self.rule, words) if self.rule else ""
        self.call = f"{name} = {self.rule.name}({', '.join(words)})" if self.rule else name


class Recording:
    """The steps of one run, oldest first; the last one is the result."""

    def __init__(self, f, args):
        trees.check_inputs(args)
        self.args, marks = args, {}
        with lines_of(f, marks):
            self.inputs, self.output = reverse.record(f, args)
        trees.scalar(self.output)
        if not isinstance(self.output, reverse.Variable):
            raise InputError(
                "The result does not depend on the arguments, so there is no graph to draw."
            )
        swept = list(reverse.sweep([(self.output, 1.0)], keep_tape=True))
        adjoints = {id(node): g for node, g in swept}
        lines = sorted(marks.items(), reverse=True)  # ticks run downwards
        names = dict(zip(map(id, self.inputs), names_of(f, args), strict=True))
        used = {id(v) for v in self.inputs}
        nodes = [*self.inputs, *(node for node, _ in reversed(swept) if id(node) not in used)]
        self.steps, made, at, line = [], {}, 0, None
        for node in nodes:
            while at < len(lines) and lines[at][0] > node.tick:
                at, line = at + 1, lines[at][1]
            if node.recipe is None:
                step = Step(names.get(id(node), "constant"), [], node, [])
            else:
                _, parents, values, kwargs = node.recipe
                parents = [(i, made[id(p)]) for i, p in parents]
                words = [brief(v) for v in values]
                for i, p in parents:
                    words[i] = p.name
                words += [f"{k}={v!r}" for k, v in kwargs.items()]
                name = f"v{len(self.steps) - len(self.inputs) + 1}"
                step = Step(name, words, node, parents, line)
            step.adjoint = adjoints.get(id(node), trees.zeros(node.value))
            made[id(node)] = step
            self.steps.append(step)
        self.source = source_lines(f)

    def push(self, tangents=None):
        """Give each step its tangent, as the forward engine computes it: by the first argument."""
        if tangents is None:
            tangents = [(trees.zeros if k else trees.ones)(a) for k, a in enumerate(self.args)]
        tangents = trees.leaves(tangents)
        _, tangents = trees.check_jvp([v.value for v in self.inputs], tangents)
        for step, tangent in zip(self.steps, tangents, strict=False):
            step.tangent = tangent
        for step in self.steps[len(self.inputs) :]:
            rule, _, values, kwargs = step.node.recipe
            have = [None] * len(values)
            for i, parent in step.parents:
                have[i] = parent.tangent
            step.tangent = rule.jvp(have, step.value, values, kwargs)


NEW_VALUE = reverse.Variable.__init__.__code__


class lines_of:
    """While f runs, note which of its lines is at work: the tick of a new Variable -> line.

    Raises InputError in a run that is too long.
    """

    def __init__(self, f, marks):
        self.code, self.marks, self.operations = getattr(f, "__code__", None), marks, 0

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.called)

    def __exit__(self, *error):
        sys.settrace(self.before)

    def called(self, frame, event, arg):
        if frame.f_code is NEW_VALUE:
            self.operations += 1
            if self.operations > LONGEST:
                raise InputError(
                    f"This run takes more than {LONGEST:,} operations and may never end: see that "
                    "its loop ends for these arguments, or take a smaller case."
                )
        return self.on_line if frame.f_code is self.code else None

    def on_line(self, frame, event, arg):
        if event == "line":
            self.marks[reverse.Variable(0.0).tick] = frame.f_lineno - self.code.co_firstlineno
        return self.on_line


def source_lines(f):
    """The user's own text, line by line; nothing where it cannot be found."""
    try:
        return textwrap.dedent(inspect.getsource(f)).rstrip().split("\n")
    except (OSError, TypeError):
        return []


def names_of(f, args):
    """The names of the inputs: those of f's parameters, with numbers where one holds several."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL][: len(args)]
    more = len(args) - len(named)
    named += [f"x{k}" for k in range(more)] if more > 1 else ["x"] * more
    many = [len(trees.leaves(a)) for a in args]
    return [name if n == 1 else f"{name}{k}" for name, n in zip(named, many, strict=True)
            for k in range(n)]  # fmt: skip


def brief(x):
    """A number in few letters; an array by its entries if they are few, else by its shape.

    >>> brief(np.pi), brief(np.ones(2)), brief(np.ones((3, 4)))
    ('3.142', '[1, 1]', '3x4 array')
    """
    if isinstance(x, (list, tuple)):
        return f"({', '.join(map(brief, x))})"
    if np.ndim(x) == 0:
        return f"{x:.4g}" if trees.kind(x) in "fiu" else repr(x)[:20]
    if np.size(x) <= 3 and np.ndim(x) == 1 and trees.kind(x) in "fiu":
        return "[" + ", ".join(f"{v:.3g}" for v in x) + "]"
    return "x".join(map(str, np.shape(x))) + " array"


def written(rule, words):
    """One operation as a reader would write it.

    >>> written(rules.elementwise.RULES[np.power], ["x", "2"])
    'x ** 2'
    """
    if rule.function in SIGNS:
        return SIGNS[rule.function][0].format(*words)
    if rule.function is operator.getitem:
        return f"{words[0]}[{', '.join(words[1:])}]"
    return f"{short(rule)}({', '.join(words)})"


def short(rule):
    """The name of a rule's function without the module: sin, matmul, inv."""
    return rule.name.split(".")[-1].lstrip("_")


@functools.cache
def rows():
    """The text of each row of the table of rules, by the name of its function."""
    import ast

    found = {}
    for path in sorted(pathlib.Path(rules.__file__).parent.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            loop = isinstance(node, ast.For)
            for row in node.body if loop else [node]:
                row = row.targets[0] if isinstance(row, ast.Assign) else row  # Row(…).square = …
                call = getattr(row, "value", None)
                if not isinstance(call, ast.Call) or not call.args:
                    continue
                segment = " ".join(ast.get_source_segment(text, call).split())
                many = loop and isinstance(node.iter, (ast.Tuple, ast.List))
                for name in node.iter.elts if many else [call.args[0]]:
                    found.setdefault(ast.unparse(name), segment)
    return found


def row_of(rule):
    """The row that says a rule, as it stands in the table.

    >>> row_of(rules.elementwise.RULES[np.sin])
    'Elementwise(np.sin, lambda y, x: np.cos(x))'
    """
    name = "operator.getitem" if rule.function is operator.getitem else rule.name
    names = [name, name.removeprefix("scipy."), name.replace("np.divide", "np.true_divide")]
    found = next((rows()[n] for n in [*names, short(rule)] if n in rows()), None)
    return found or f"{type(rule).__name__}({rule.name}, …)"


def counted(steps):
    """How often each operation occurs, in words, the most frequent first."""
    counts = collections.Counter(short(s.rule) for s in steps if s.rule)
    return ", ".join(f"{n} {name}" for name, n in counts.most_common(3))
