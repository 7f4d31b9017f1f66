"""The intermediate representation: a program as a list of typed equations, ready to print.

Each equation calls one NumPy function that has a row in the table of rules. There are no loops
and no branches here, except as equations whose bodies are IRs themselves.

Source: Radul, Paszke, Frostig, Johnson & Maclaurin, "You only linearize once" (2022), section 3.
"""

import builtins
import collections
import contextlib
import functools
import itertools
import keyword
import math
import operator
import string

import numpy as np

from elves import core, trees

TAKEN = {*keyword.kwlist, *dir(builtins), "np", "math"}  # no names for Vars


class Var:
    """What one equation computes: a shape and a dtype; `weak` is the type of a Python number.

    A list of what a loop has kept, in any number of steps, has a Var for each `member`. What is
    computed on the way back is a `cotangent`.
    """

    __slots__ = ("cotangent", "dtype", "member", "shape", "weak")

    def __init__(self, shape, dtype, weak=False, member=None):
        self.shape, self.dtype, self.weak, self.member = shape, dtype, weak, member
        self.cotangent = False

    def __repr__(self):
        if self.member:
            return f"list of {self.member}"
        return f"{self.dtype}{list(self.shape) or ''}"


class Equation:
    """``out = rule.function(*args, **kwargs)``, with a Var wherever a value will stand."""

    __slots__ = ("args", "kwargs", "out", "outs", "read", "rule")

    def __init__(self, rule, args, kwargs, out):
        self.rule, self.args, self.kwargs, self.out = rule, args, kwargs, out
        self.outs = out if type(out) is tuple else (out,)  # `out` is a tuple only of several
        self.read = None

    def of(self, read):
        """The same call of what ``read`` gives for each leaf of its arguments."""
        kwargs = self.kwargs and replace(self.kwargs, read)
        return Equation(self.rule, replace(self.args, read), kwargs, self.out)

    def knowing(self, known):
        """The same call, with what some Vars are known to be."""
        return self if known.keys().isdisjoint(reads(self)) else self.of(reading(known))

    def key(self):
        """What is the same for equations that compute the same."""
        named = {k: a for k, a in self.kwargs.items() if k != "keepdims" or a is not False}
        return self.rule.function, identity(self.args), identity(named) if named else ()

    @property
    def is_python(self):
        """Whether it is Python's own arithmetic, of Python's numbers, and gives one."""
        return type(self.out) is Var and self.out.weak and by_entry(self.rule)


class IR:
    """A traced function: call it with arguments of the same shapes, or print it.

    `inputs` are the Vars of the arguments' leaves, `outputs` the result's leaves (Vars or
    constants); `in_tree` and `out_tree` are the structures that these leaves are put into; an IR
    made by `linearize` is known to be `linear`; `outer` are values of other engines in it. What was
    made of a body that stands in many places is `known`.
    """

    known = None

    def __init__(self, inputs, equations, outputs, in_tree, out_tree, linear=False, outer=()):
        self.inputs, self.equations, self.outputs = inputs, equations, outputs
        self.in_tree, self.out_tree, self.linear, self.outer = in_tree, out_tree, linear, outer

    def but(self, equations, outputs):
        """The same function with another program."""
        more = self.in_tree, self.out_tree, self.linear, self.outer
        return IR(self.inputs, equations, outputs, *more)

    @classmethod
    def body(cls, inputs, equations, outputs):
        """The program of a loop or a branch, from leaves to leaves."""
        return cls(inputs, equations, outputs, ([None] * len(inputs),), [None] * len(outputs))

    def __call__(self, *args):
        like = trees.rebuild(self.in_tree, map(zeros, self.inputs))
        found = self.run(trees.match("arguments", args, like))
        return trees.rebuild(self.out_tree, map(trees.fresh, found))

    def run(self, leaves):
        """The result's leaves from the arguments' leaves: any values that NumPy dispatches on."""
        values = dict(zip(self.inputs, leaves, strict=True))

        def read(a):
            return values[a] if type(a) is Var else a

        for e in self.equations:
            f = core.getitem if e.rule.function is operator.getitem else e.rule.function
            args = replace(e.args, read)
            y = on_pythons(e, args) if e.is_python else f(*args, **replace(e.kwargs, read))
            y = y[()] if f is np.where and type(y) is np.ndarray else y  # or a number
            values.update(zip(e.outs, y if type(e.out) is tuple else (y,), strict=True))
        return [read(a) for a in self.outputs]

    @property
    def cost(self):
        """How many operations it takes, and how many bytes they write; with all turns of scans."""
        made = self.variables()[len(self.inputs) :]
        here = len(self.equations), sum(math.prod(v.shape) * v.dtype.itemsize for v in made)
        scans = (e.kwargs for e in self.equations if e.rule.name == "scan" and e.kwargs["length"])
        turns = [(s["length"] * n for n in s["body"].cost) for s in scans]
        return tuple(map(sum, zip(here, *turns, strict=True)))

    def has(self, *names):
        """Whether it, or a body in it, has one of these equations."""
        return any(e.rule.name in names for ir in programs(self) for e in ir.equations)

    def made(self):
        """Which equation makes each Var, of those with one result."""
        return {e.out: e for e in self.equations if type(e.out) is Var}

    def uses(self):
        """How often each Var is read, by equations and as a result."""
        read = [v for e in self.equations for v in reads(e)]
        return collections.Counter(read + variables(self.outputs))

    def variables(self):
        """All Vars, in the order of their appearance."""
        return [*self.inputs, *(v for e in self.equations for v in e.outs)]

    def names(self, words=None):
        """A name for each Var, in the order of their appearance: by default the fresh words."""
        return dict(zip(self.variables(), words or fresh_words(), strict=False))

    def __repr__(self):
        names = self.names()
        typed = {v: f"{name}: {v}" for v, name in names.items()}
        lines = [f"({', '.join(typed[v] for v in self.inputs)}):"]
        for e in self.equations:
            lines.append(f"    {', '.join(typed[v] for v in e.outs)} = {written(e, names)}")
        result = trees.rebuild(self.out_tree, [text(a, names) for a in self.outputs])
        return "\n".join([*lines, f"    return {result!r}"])

    def _repr_markdown_(self):
        return f"```python\n{self!r}\n```"


WEAK = {bool, int, float}  # Python's numbers take the dtype of the array they meet


def weak_of(a):
    """The type of a Python number, traced or not."""
    return getattr(a, "weak", False) or (type(a) in WEAK and type(a))


@functools.cache
def kind_of_pythons(function, *kinds):
    return type(function(*(kind(1) for kind in kinds)))


def with_pythons_numbers(tracer):
    """Let a class of tracers' operators give numbers of Python's where all operands are."""
    others = np.negative, np.positive, np.absolute, np.invert  # of one operand
    for function in (*core.OPERATORS.values(), *core.COMPARISONS.values(), *others):
        python = core.RULES[function].run
        name = python.__name__.strip("_")  # as "and_"
        for way in (f"__{name}__", f"__r{name}__", f"__i{name}__"):
            if hasattr(tracer, way):
                setattr(tracer, way, of_pythons(getattr(tracer, way), python))
    return tracer


def of_pythons(method, function):
    def operator(self, *others):
        y = method(self, *others)
        if self.weak and type(y) is type(self) and all(map(weak_of, others)):
            y.place.weak = kind_of_pythons(function, *map(weak_of, (self, *others)))
            y.place.dtype = np.dtype(y.weak)
        return y

    return operator


def on_pythons(e, args):
    """What Python's operator gives, but inf or nan where it raises or is complex."""
    with contextlib.suppress(ArithmeticError):
        y = e.rule.run(*args)
        if type(y) is not complex:
            return y
    return e.out.weak(e.rule.function(*args))


def fresh_words():
    """Names for Vars: a, b, …, z, aa, ab, …"""
    letters = (itertools.product(string.ascii_lowercase, repeat=n) for n in itertools.count(1))
    words = map("".join, itertools.chain.from_iterable(letters))
    return (word for word in words if word not in TAKEN)


class Word(str):
    """A text that prints without its quotes."""

    __repr__ = str.__str__


def written(e, names):
    """One call as a line of Python."""
    word = functools.partial(text, names=names)
    if e.rule.function is operator.getitem:
        return f"{word(e.args[0])}[{index_text(e.args[1], word)}]"
    options = [f"{k}={a}" for k, a in replace(e.kwargs, word).items()]
    return f"{e.rule.name}({', '.join([*map(str, replace(e.args, word)), *options])})"


def text(a, names):
    """A leaf of the arguments as a reader wants to see it; large constants by their type alone."""
    if isinstance(a, IR):
        return Word("{" + repr(a).replace("\n", "\n    ") + "}")
    if isinstance(a, np.ndarray) and a.ndim:
        return Word(f"<{a.dtype}{list(a.shape)}>")
    return Word(names[a] if type(a) is Var else a)


def index_text(a, text):
    """An index as one writes it between brackets, from the texts of its parts."""
    if type(a) is tuple:
        parts = (list(part) if type(part) is tuple else part for part in a)  # x[(0, 2), 1]
        return ", ".join(index_text(part, text) for part in parts) + "," * (len(a) == 1) or "()"
    if type(a) is slice:
        ends = [a.start, a.stop] + [a.step] * (a.step is not None)
        return ":".join("" if end is None else text(end) for end in ends)
    return text(a)


def is_elementwise(rule):
    return type(rule.function) is np.ufunc and not rule.function.signature


@functools.cache
def by_entry(rule):
    return isinstance(rule, core.Elementwise) or is_elementwise(rule)


# What holds other arguments of a call, and how to get at them: x[i:j] has a slice.
BRANCHES = {tuple: iter, list: iter, dict: dict.values, slice: lambda s: (s.start, s.stop, s.step)}


def replace(tree, f):
    """The arguments of a call with f of each leaf."""
    kind = type(tree)
    if kind is tuple or kind is list:
        return kind([replace(a, f) if type(a) in BRANCHES else f(a) for a in tree])
    if kind is dict:
        return {key: replace(branch, f) for key, branch in tree.items()} if tree else tree
    if kind is slice:
        return slice(*replace((tree.start, tree.stop, tree.step), f))
    return f(tree)


def reading(known):
    """A function that gives what a Var is known to be, and anything else as it is."""
    return lambda a: known.get(a, a) if type(a) is Var else a


def identity(tree):
    """A key that is the same for arguments that are the same."""
    kind = type(tree)
    if kind is Var:
        return tree
    if kind is tuple:
        return (kind, *[a if type(a) is Var else identity(a) for a in tree])
    if isinstance(tree, core.Value):
        return kind, id(tree)
    if kind is np.ndarray:
        return (tree.shape, tree.dtype, tree.tobytes()) if tree.size < 1000 else id(tree)
    if kind in BRANCHES:
        return (kind, *(tree if kind is dict else ()), *map(identity, BRANCHES[kind](tree)))
    return kind, repr(tree)  # repr tells 0.0 from -0.0


def variables(tree):
    """All the Vars among the arguments of a call."""
    found = []
    for a in tree:
        kind = type(a)
        if kind is Var:
            found.append(a)
        elif kind in BRANCHES and a:
            found += variables(a if kind is tuple else BRANCHES[kind](a))
    return found


def reads(e):
    """All the Vars that an equation reads: looked for once, since many ask."""
    if e.read is None:
        e.read = variables((*e.args, *e.kwargs.values()) if e.kwargs else e.args)
    return e.read


def fixpoint(more, found):
    """All that is found from what is found already, by more(found)."""
    before = None
    while found != before:
        before, found = found, found | more(found)
    return found


def axes_of(n, axis):
    """Which of n axes an argument of NumPy's names; None names all."""
    return {
        k % n for k in np.ravel(range(n) if axis is None or not n else axis).astype(int).tolist()
    }


def zeros(v):
    """Zeros of a Var's shape and dtype; they take no memory."""
    return zeros_of(v.shape, v.dtype, v.weak)


@functools.lru_cache(1024)
def zeros_of(shape, dtype, weak, fill=0):
    one = np.array(fill, dtype)
    return np.broadcast_to(one, shape) if shape else weak(fill) if weak else one[()]


def is_double(ir, kinds="f"):
    """Whether all the floats of a program are float64: then a Python float is as good as one.

    For the kinds "iu": whether all its integers are as good as Python's.
    """
    return usual(dtypes(ir), kinds)


def usual(dtypes, kinds="f"):
    return all(dtype in (float, int) for dtype in dtypes if dtype.kind in kinds)


def dtypes(ir):
    """The dtypes of all that is in a program."""
    found = set()
    for part in programs(ir):
        found |= {v.dtype for v in part.variables()}
        inside = [a for e in part.equations for a in e.args if type(a) not in (Var, float, int)]
        inside += [a for e in part.equations if e.kwargs for a in e.kwargs.values()]
        found.update(a.dtype for a in inside if isinstance(a, (np.ndarray, np.generic)))
    return found


def programs(ir):
    """A program and all the bodies in it, each of them once."""
    found, seen = [ir], {ir}
    for part in found:
        inside = (a for e in part.equations if e.kwargs for a in e.kwargs.values())
        found += (seen.add(a) or a for a in inside if type(a) is IR and a not in seen)
    return found
