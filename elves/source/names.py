"""The table of rules, run on names: what comes out is a line of source.

A `Name` stands for a variable of the function that is being written. It knows how many axes the
variable has, where that can be told, so that a row of the table may branch on it.
"""

import ast
import contextlib
import operator
import types
import warnings
from collections import namedtuple

import numpy as np

from elves import core
from elves.errors import ElfError

Kind = namedtuple("Kind", "ndim shape")  # equal letters in the shape are equal sizes
SCALAR = Kind(0, ())
ARRAY = Kind(None, None)  # with who knows how many axes
Stack = namedtuple("Stack", "item")  # a list that is only pushed to and popped from
BOTTOM = "never assigned"

BINARY = {
    np.add: ast.Add, np.subtract: ast.Sub, np.multiply: ast.Mult, np.true_divide: ast.Div,
    np.power: ast.Pow, np.matmul: ast.MatMult, np.remainder: ast.Mod, np.floor_divide: ast.FloorDiv,
}  # fmt: skip
COMPARE = {
    np.less: ast.Lt, np.less_equal: ast.LtE, np.greater: ast.Gt, np.greater_equal: ast.GtE,
    np.equal: ast.Eq, np.not_equal: ast.NotEq,
}  # fmt: skip
UNARY = {np.negative: ast.USub, np.positive: ast.UAdd}
NEUTRAL = {np.multiply: 1, np.true_divide: 1, np.power: 1, np.floor_divide: 1}  # x * 1 is x


class Undecided(ElfError, Exception):
    """A row of the table asked for a number that is known only when the program runs."""


class Name(core.Value):
    """A variable, an expression without effects, or a literal: `node` is how it is written."""

    __slots__ = ("kind", "made", "node", "out")

    def __init__(self, node, kind=None, out=None, made=(None, ())):
        self.node, self.kind, self.out, self.made, self.level = node, kind, out, made, 0

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        out = next(a for a in args if isinstance(a, Name)).out
        return out.write(rule, args, kwargs)

    @property
    def plain(self):
        raise Undecided(f"{ast.unparse(self.node)} is not known before the program runs")

    @property
    def ndim(self):
        known = isinstance(self.kind, Kind) and self.kind.ndim is not None
        return self.kind.ndim if known else self.plain

    def __len__(self):
        return self.made[1][0].ndim if self.made[0] is np.shape else self.plain

    def __iter__(self):
        if self.made[0] is not np.shape:
            return super().__iter__()
        axes = (ast.Subscript(self.node, ast.Constant(k), ast.Load()) for k in range(len(self)))
        return iter([Name(node, SCALAR, self.out) for node in axes])

    @property
    def shape(self):
        if self.kind == SCALAR:
            return ()
        return self.out.call(np.shape, [self], None)

    @property
    def size(self):
        return self.out.call(np.size, [self], SCALAR)


def join(a, b):
    """What is known of a variable that is assigned in two places."""
    if a == b or b == BOTTOM:
        return a
    if a == BOTTOM:
        return b
    if isinstance(a, Stack) and isinstance(b, Stack):
        return Stack(join(a.item, b.item))
    if isinstance(a, Stack) or isinstance(b, Stack):
        return None
    same = isinstance(a, Kind) and isinstance(b, Kind) and a.ndim == b.ndim
    trees = [isinstance(k, tuple) and not isinstance(k, Kind) for k in (a, b)]
    if all(trees) and len(a) == len(b):
        return tuple(map(join, a, b))
    both = isinstance(a, Kind) and isinstance(b, Kind)
    return Kind(a.ndim, None) if same else ARRAY if both else None


def broadcast(kinds):
    """The kind of an elementwise result."""
    if any(k == BOTTOM for k in kinds):
        return BOTTOM
    if not all(isinstance(k, Kind) and k.ndim is not None for k in kinds):
        return ARRAY
    ndim, shape = max((k.ndim for k in kinds), default=0), []
    for axis in range(-ndim, 0):
        sizes = {k.shape and k.shape[axis] for k in kinds if k.ndim >= -axis} - {1}
        shape.append(sizes.pop() if len(sizes) == 1 else None if sizes else 1)
    return Kind(ndim, None if None in shape else tuple(shape))


def same_shape(a, b):
    return isinstance(a, Kind) and isinstance(b, Kind) and a == b and a.shape is not None


def kind_of_value(value):
    """The kind of an argument, as it comes."""
    if isinstance(value, dict):
        return {k: kind_of_value(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(map(kind_of_value, value))
    if isinstance(value, (int, float, np.number, np.ndarray, core.Value)):
        return Kind(np.ndim(value), np.shape(value))
    return None


def with_sizes(kind, letter):
    """A kind with other letters for its sizes; with none where one of them has no letter."""
    if isinstance(kind, Kind):
        sizes = [1 if n == 1 else letter(n) for n in kind.shape or ()]
        return Kind(kind.ndim, None if kind.shape is None or None in sizes else tuple(sizes))
    if isinstance(kind, Stack):
        return Stack(with_sizes(kind.item, letter))
    if isinstance(kind, dict):
        return {k: with_sizes(v, letter) for k, v in kind.items()}
    if isinstance(kind, tuple):
        return tuple(with_sizes(v, letter) for v in kind)
    return kind


def outside(value):
    """The kind of what stands outside of a function: its sizes may change between calls."""
    return with_sizes(kind_of_value(value), {}.get)


def canonical(kinds):
    """Kinds with the letters n0, n1 … for their sizes, and what the letters stand for."""
    letters = {}
    kinds = with_sizes(kinds, lambda n: letters.setdefault(n, f"n{len(letters)}"))
    return kinds, {letter: n for n, letter in letters.items()}


def is_tree(kind):
    return isinstance(kind, dict) or (
        isinstance(kind, tuple) and not isinstance(kind, (Kind, Stack))
    )


TRIALS = (1.0, [5, 7, 11, 13, 17, 19]), (0.0, [43, 37, 31, 29, 23, 41])  # entries and sizes


def sample(kind, size, entry):
    """An array of a kind with some sizes, to try a function on."""
    if is_tree(kind) and isinstance(kind, tuple):
        return [sample(k, size, entry) for k in kind]
    if not isinstance(kind, Kind) or kind.ndim is None:
        raise Undecided("no sample")
    x = np.full([size(n) for n in kind.shape or (None,) * kind.ndim], entry)
    return x + 3 * np.eye(*x.shape[-2:]) if kind.ndim > 1 else x[()]


def kind_by_trial(function, args, kwargs):
    """The kind of a function's result and whether it shares memory with an argument."""

    def tried(size, entry=1.0):
        own = [sample(a.kind, size, entry) if isinstance(a, Name) else a for a in args]
        y = function(*own, **kwargs)
        if not isinstance(y, (np.ndarray, float, int, np.number)):
            raise Undecided("no array")
        arrays = [a for a in own if isinstance(a, np.ndarray)]
        return np.shape(y), bool(np.ndim(y)) and any(np.shares_memory(y, a) for a in arrays)

    if any(isinstance(a, Name) for a in kwargs.values()):
        return ARRAY, True
    shapes = [a.kind.shape for a in args if isinstance(a, Name) and isinstance(a.kind, Kind)]
    letters = sorted({str(n) for shape in shapes for n in shape or () if n != 1})
    with contextlib.suppress(Exception), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (ones, shares), (twos, _) = tried(lambda n: 1), tried(lambda n: 2)
        if len(ones) != len(twos):
            return ARRAY, True
        with contextlib.suppress(Exception):  # a size of the result has one letter in both trials
            found = []
            for entry, sizes in TRIALS:
                of = dict(zip(letters, sizes, strict=False)) | {"1": 1}
                back = {n: letter for letter, n in of.items()} | {1: 1}
                shape, _ = tried(lambda n, of=of: of[str(n)], entry)
                found.append(tuple(back[n] for n in shape))
            if found[0] == found[1]:
                return Kind(len(ones), found[0]), shares
        return (Kind(len(ones), None) if ones else SCALAR), shares
    return ARRAY, True


def hosted(row, writer):
    """A row whose helpers that look at shapes become lines of source too."""
    if not isinstance(row, types.FunctionType):
        return row
    scope = row.__globals__ | {"unbroadcast": writer.unbroadcast}
    new = types.FunctionType(row.__code__, scope, row.__name__, row.__defaults__, row.__closure__)
    new.__kwdefaults__ = row.__kwdefaults__
    return new


def load(name):
    return ast.Name(name, ast.Load())


def store(name, value):
    return ast.Assign([ast.Name(name, ast.Store())], value)


class Writer:
    """Where the rows write: a list of statements, each of which gives one new name a value."""

    def __init__(self, program, fresh):
        self.program, self.fresh, self.lines = program, fresh, []

    def write(self, rule, args, kwargs):
        f = rule.function
        same = unchanged(f, args)
        if same is not None:
            return same
        if f is np.multiply and not isinstance(args[1], Name) and _is(args[1], -1):
            return -args[0]
        if f is np.broadcast_to and isinstance(args[1], tuple) and args[1] == ():
            return args[0]
        if f is np.transpose and len(args) == 1 and not kwargs.get("axes"):
            kwargs = {}
        if len(args) == 2 and (f in BINARY or f in COMPARE) and f is not np.matmul:
            args = [unstretched(*pair) for pair in (args, args[::-1])]
        plain = [kind_of_arg(a) for a in args]
        if isinstance(rule, core.Elementwise) or (rule.constant and isinstance(f, np.ufunc)):
            kind = broadcast(plain)
        elif f in (np.broadcast_to, np.reshape) and getattr(args[1], "made", [0])[0] is np.shape:
            kind = args[1].made[1][0].kind
        else:
            kind, _ = kind_by_trial(f, args, kwargs)
        return self.call(f, args, kind, kwargs)

    def call(self, function, args, kind, kwargs=None):
        node = written(self.program, function, args, kwargs or {})
        name = self.fresh("t")
        self.lines.append(store(name, node))
        return Name(load(name), kind, self, (function, args))

    def unbroadcast(self, g, shape):
        """Sum a cotangent to the shape of x, where broadcasting cannot be ruled out."""
        if isinstance(shape, tuple):  # of one number
            return g if g.kind == SCALAR else self.write(core.RULES[np.sum], [g], {})
        x = shape.made[1][0]
        product = g.made[0] is np.matmul and getattr(g.kind, "ndim", 0) == 2
        if same_shape(g.kind, x.kind) or (product and getattr(x.kind, "ndim", 0) == 2):
            return g
        known = isinstance(g.kind, Kind) and isinstance(x.kind, Kind) and g.kind.shape
        extra = g.kind.ndim - x.kind.ndim if known and x.kind.shape else 0
        if extra > 0 and g.kind.shape[extra:] == x.kind.shape:
            axis = tuple(range(extra)) if extra > 1 else 0
            return self.call(np.sum, [g], x.kind, {"axis": axis})
        return self.call(core.unbroadcast, [g, shape], x.kind)


def unchanged(f, args):
    """The argument that is the result too: x in x * 1 or 0 + x."""
    if f in NEUTRAL and _is(args[1], NEUTRAL[f]):
        return args[0]
    if f in (np.add, np.multiply) and _is(args[0], float(f is np.multiply)):
        return args[1]


def unstretched(a, b):
    """The number or array in ``np.broadcast_to(a, np.shape(x)) * b`` if b has the shape of x."""
    if isinstance(a, Name) and isinstance(b, Name) and a.made[0] is np.broadcast_to:
        inner, shape = a.made[1]
        if isinstance(shape, Name) and same_shape(shape.made[1][0].kind, b.kind):
            return inner
    return a


def _is(value, number):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == number


def kind_of_arg(a):
    if isinstance(a, Name):
        return a.kind
    return kind_of_value(a) if not isinstance(a, (list, tuple)) else None


def node_of(value):
    """How a value is written."""
    if isinstance(value, Name):
        return value.node
    if isinstance(value, (list, tuple)):
        kind = ast.List if isinstance(value, list) else ast.Tuple
        return kind([node_of(v) for v in value], ast.Load())
    if value is Ellipsis or value is None or isinstance(value, (bool, int, float, str)):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if value != value or abs(value) == float("inf"):
                return ast.Call(load("float"), [ast.Constant(str(value))], [])
            if value < 0:
                return ast.UnaryOp(ast.USub(), ast.Constant(-value))
        return ast.Constant(value)
    if isinstance(value, slice):
        return ast.Slice(
            *(None if v is None else node_of(v) for v in (value.start, value.stop, value.step))
        )
    raise Undecided(f"{value!r:.30} cannot be written")


def written(program, function, args, kwargs):
    """The expression that calls a function, with an operator where Python has one."""
    if function is operator.getitem:
        return ast.Subscript(node_of(args[0]), node_of(args[1]), ast.Load())
    nodes = [node_of(a) for a in args]
    if not kwargs:
        if function in BINARY:
            return ast.BinOp(nodes[0], BINARY[function](), nodes[1])
        if function in COMPARE:
            return ast.Compare(nodes[0], [COMPARE[function]()], [nodes[1]])
        if function in UNARY:
            return ast.UnaryOp(UNARY[function](), nodes[0])
        if function is np.shape and isinstance(args[0].kind, Kind) and args[0].kind.ndim:
            return ast.Attribute(nodes[0], "shape", ast.Load())
        if function is np.expand_dims and args[1] == getattr(args[0].kind, "ndim", 0) > 0:
            last = ast.Tuple([ast.Constant(...), ast.Constant(None)], ast.Load())
            return ast.Subscript(nodes[0], last, ast.Load())
        if function is np.transpose and len(args) == 1:
            return ast.Attribute(nodes[0], "T", ast.Load())
        flips = function is np.swapaxes and set(args[1:]) == {-1, -2}
        if flips and isinstance(args[0], Name) and getattr(args[0].kind, "ndim", 0) == 2:
            return ast.Attribute(nodes[0], "T", ast.Load())
    usual = {"axis": None, "keepdims": False}  # what NumPy does anyway
    words = [ast.keyword(k, node_of(v)) for k, v in kwargs.items() if usual.get(k, "") is not v]
    return ast.Call(program.reference(function), nodes, words)
