"""The intermediate representation: a program as a list of typed equations, ready to print.

Each equation calls one NumPy function that has a row in the table of rules. There are no loops
and no branches here, except as equations whose bodies are IRs themselves.

Source: Radul, Paszke, Frostig, Johnson & Maclaurin, "You only linearize once" (2022), section 3.
"""

import functools
import itertools
import math
import operator
import string

import numpy as np

from elves import core, trees


class Var:
    """What one equation computes: a shape and a dtype; `weak` is the type of a Python number."""

    __slots__ = ("dtype", "shape", "weak")

    def __init__(self, shape, dtype, weak=False):
        self.shape, self.dtype, self.weak = shape, dtype, weak

    def __repr__(self):
        return f"{self.dtype}{list(self.shape) or ''}"


class Equation:
    """``out = rule.function(*args, **kwargs)``, with a Var wherever a value will stand."""

    __slots__ = ("args", "kwargs", "out", "rule")

    def __init__(self, rule, args, kwargs, out):
        self.rule, self.args, self.kwargs, self.out = rule, args, kwargs, out

    @property
    def outs(self):
        """A tuple of Vars; `out` is one only where there are several results."""
        return self.out if type(self.out) is tuple else (self.out,)


class IR:
    """A traced function: call it with arguments of the same shapes, or print it.

    `inputs` are the Vars of the arguments' leaves, `outputs` the result's leaves (Vars or
    constants); `in_tree` and `out_tree` are the structures that these leaves are put into; an IR
    made by `linearize` is known to be `linear`; `outer` are values of other engines in it.
    """

    def __init__(self, inputs, equations, outputs, in_tree, out_tree, linear=False, outer=()):
        self.inputs, self.equations, self.outputs = inputs, equations, outputs
        self.in_tree, self.out_tree, self.linear, self.outer = in_tree, out_tree, linear, outer

    def __call__(self, *args):
        return trees.rebuild(self.out_tree, self.run(trees.match("arguments", args, self.like())))

    def like(self):
        """Zeros in the place of the arguments; they take no memory."""
        return trees.rebuild(self.in_tree, [zeros(v) for v in self.inputs])

    def run(self, leaves):
        """The result's leaves from the arguments' leaves: any values that NumPy dispatches on."""
        values = dict(zip(self.inputs, leaves, strict=True))

        def read(a):
            return values[a] if type(a) is Var else a

        for e in self.equations:
            y = call(e.rule, replace(e.args, read), replace(e.kwargs, read))
            values.update(zip(e.out, y, strict=True) if type(e.out) is tuple else [(e.out, y)])
        return [read(a) for a in self.outputs]

    @property
    def cost(self):
        """How many operations it takes, and how many bytes they write."""
        made = self.variables()[len(self.inputs) :]
        return len(self.equations), sum(math.prod(v.shape) * v.dtype.itemsize for v in made)

    def variables(self):
        """All Vars, in the order of their appearance."""
        return [*self.inputs, *(v for e in self.equations for v in e.outs)]

    def names(self):
        """A name for each Var: a, b, …, z, aa, ab, … in the order of their appearance."""
        made = self.variables()
        return dict(zip(made, letters(len(made) + 5), strict=False))

    def __repr__(self):
        names = self.names()

        def typed(v):
            return f"{names[v]}: {v}"

        lines = [f"({', '.join(map(typed, self.inputs))}):"]
        for e in self.equations:
            lines.append(f"    {', '.join(map(typed, e.outs))} = {written(e, names)}")
        result = trees.rebuild(self.out_tree, [Word(text(a, names)) for a in self.outputs])
        return "\n".join([*lines, f"    return {result!r}"])

    def _repr_markdown_(self):
        return f"```python\n{self!r}\n```"


@functools.lru_cache(16)
def letters(least):
    """At least so many names, without Python's own."""
    lengths = range(1, 2 + int(math.log(least, 26)))
    words = (w for n in lengths for w in itertools.product(string.ascii_lowercase, repeat=n))
    return [w for w in map("".join, words) if w not in ("as", "if", "in", "is", "or", "np")]


class Word(str):
    """A text that prints without its quotes."""

    __repr__ = str.__str__


def written(e, names):
    """One call as a line of Python."""
    if e.rule.function is operator.getitem:
        return f"{text(e.args[0], names)}[{index_text(e.args[1], lambda a: text(a, names))}]"
    options = [f"{k}={text(v, names)}" for k, v in e.kwargs.items()]
    return f"{e.rule.name}({', '.join([*(text(a, names) for a in e.args), *options])})"


def text(a, names):
    """An argument as a reader wants to see it; large constants by their type alone."""
    if isinstance(a, IR):
        return "{" + repr(a).replace("\n", "\n    ") + "}"
    if isinstance(a, np.ndarray) and a.ndim:
        return f"<{a.dtype}{list(a.shape)}>"
    if isinstance(a, (tuple, list, dict, slice)):
        return repr(replace(a, lambda leaf: Word(text(leaf, names))))
    return names[a] if type(a) is Var else str(a)


def index_text(a, text):
    """An index as one writes it between brackets, from the texts of its parts."""
    if type(a) is tuple:
        return ", ".join(index_text(part, text) for part in a) + "," * (len(a) == 1) or "()"
    if type(a) is slice:
        ends = [a.start, a.stop] + [a.step] * (a.step is not None)
        return ":".join("" if end is None else text(end) for end in ends)
    return text(a)


def call(rule, args, kwargs):
    """Call a row's function, with values of any kind."""
    function = core.getitem if rule.function is operator.getitem else rule.function
    return function(*args, **kwargs)


def is_elementwise(rule):
    return type(rule.function) is np.ufunc and not rule.function.signature


BRANCHES = {tuple, list, dict, slice}


def replace(tree, f):
    """The arguments of a call with f of each leaf; slices are branches, since x[i:j] has them."""
    kind = type(tree)
    if kind is tuple or kind is list:
        return kind([replace(a, f) if type(a) in BRANCHES else f(a) for a in tree])
    if kind is dict:
        return {key: replace(branch, f) for key, branch in tree.items()} if tree else tree
    if kind is slice:
        return slice(replace(tree.start, f), replace(tree.stop, f), replace(tree.step, f))
    return f(tree)


def variables(tree):
    """All the Vars among the arguments of a call."""
    if type(tree) is tuple:
        return [v for a in tree for v in ((a,) if type(a) is Var else variables(a))]
    found = []
    if type(tree) in BRANCHES and tree:
        replace(tree, lambda a: found.append(a) if type(a) is Var else None)
    return found


def zeros(v):
    """Zeros of a Var's shape and dtype; they take no memory."""
    return zeros_of(v.shape, v.dtype, v.weak)


@functools.lru_cache(1024)
def zeros_of(shape, dtype, weak):
    zero = np.zeros((), dtype)
    return np.broadcast_to(zero, shape) if shape else weak(0) if weak else zero[()]
