"""The table of rules, run on names: what comes out is a line of source.

A `Name` stands for a value of the function that is being written. It knows what kind of value that
is, so that a row of the table may branch on its shape; its number is known to nobody yet.
"""

import ast
import contextlib
import math
import operator

import numpy as np

from elves import core
from elves.parse import MISSING
from elves.source.code import attribute, call, load, row
from elves.source.kinds import (
    ARRAY,
    AT_RUN_TIME,
    BOTTOM,
    INTEGER,
    SCALAR,
    Kind,
    Undecided,
    is_number,
    ndim_of,
)
from elves.tracing.ir import replace
from elves.tracing.tracers import infer

# What a memory may have beside numbers: it lives outside of the function; it has one array twice
# in it; it is a text, which may tell a number that varies.
MARKS = {"outside", "twice", "text"}


class Shape(tuple):
    """The shape of a value: it prints as ``x.shape`` where it is used as a whole."""


class Name(core.Value):
    """A variable, or an expression without effects; `node` is how it is written.

    `active`: it depends on the differentiated arguments. `memory`: whose memory it may share.
    `value`: its number, in the rare case that it is known. `changes`: something is assigned into
    it, or reads entries of it, so that its cotangent will be changed in place. `shell`: see
    `container`.
    """

    __slots__ = (
        "active", "changes", "kind", "made", "memory", "node", "program", "serial", "shell",
        "user", "value",
    )  # fmt: skip
    array = None  # its memory says more
    is_late = True
    __hash__ = object.__hash__  # two variables are two keys

    def __init__(self, program, node, kind=None, active=False, value=MISSING, memory=()):
        self.program, self.node, self.kind, self.active = program, node, kind, active
        self.value, self.memory, self.level, self.made = value, frozenset(memory), 0, (None, ())
        self.changes, self.user, self.serial = False, True, next(program.serials)
        self.shell = None

    id = property(lambda self: self.node.id)

    @property
    def content(self):
        """Its memory without its own: no list is its own entry."""
        return self.memory - {m for m in self.shell or () if type(m) is tuple}

    @property
    def container(self):
        """The memory of a list or dict without that of its entries, where it is known apart."""
        return self.memory - MARKS if self.shell is None else self.shell

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        return core.values_in(args)[0].program.apply(rule, args, kwargs)

    @property
    def plain(self):
        raise Undecided(f"{ast.unparse(self.node)} is not known before the program runs")

    @property
    def shape(self):
        if isinstance(self.kind, Kind) and self.kind[:2] == ARRAY[:2]:
            return Name(self.program, call(self.program.reference(np.shape), self.node))
        if not isinstance(self.kind, Kind) or self.kind.shape is None:
            return self.plain
        shape = Shape(self.kind.shape)
        shape.of = self
        return shape

    @property
    def ndim(self):
        known = ndim_of(self.kind)
        return len(self.shape) if known is None else known

    @property
    def size(self):
        if isinstance(self.kind, Kind) and self.kind.shape is not None:
            return math.prod(self.kind.shape)
        return Name(self.program, call(self.program.reference(np.size), self.node), INTEGER)

    known = property(lambda self: getattr(self.kind, "shape", None) is not None)
    dtype = property(lambda self: self.kind.dtype if isinstance(self.kind, Kind) else self.plain)


# ------------------------------------------------------------ how it is written

BINARY = {
    np.add: ast.Add, np.subtract: ast.Sub, np.multiply: ast.Mult, np.true_divide: ast.Div,
    np.power: ast.Pow, np.matmul: ast.MatMult, np.remainder: ast.Mod, np.floor_divide: ast.FloorDiv,
}  # fmt: skip
OPERATORS = {op: function for function, op in BINARY.items()}
COMPARE = {
    np.less: ast.Lt, np.less_equal: ast.LtE, np.greater: ast.Gt, np.greater_equal: ast.GtE,
    np.equal: ast.Eq, np.not_equal: ast.NotEq,
}  # fmt: skip
UNARY = {np.negative: ast.USub, np.positive: ast.UAdd}
OPERATORS |= {op: function for function, op in UNARY.items()}
USUAL = {"axis": None, "keepdims": False, "axes": None, "offset": 0}  # what NumPy does anyway


def node_of(value):
    """How a value is written."""
    if isinstance(value, Name):
        return value.node
    if isinstance(value, Shape) and len(value) and value.of is not None:
        return attribute(value.of.node, "shape")
    if isinstance(value, (list, tuple)):
        return row(map(node_of, value), ast.List if isinstance(value, list) else ast.Tuple)
    if isinstance(value, dict):
        return ast.Dict(list(map(node_of, value)), list(map(node_of, value.values())))
    if isinstance(value, slice):
        ends = (value.start, value.stop, value.step)
        return ast.Slice(*(None if v is None else node_of(v) for v in ends))
    if isinstance(value, np.ndarray) and (axis := axis_of(value)) is not None:
        node = call(attribute(load("np"), "arange"), ast.Constant(value.size))
        axes = [ast.Slice() if k == axis else ast.Constant(None) for k in range(value.ndim)]
        return ast.Subscript(node, row(axes), ast.Load()) if axes[1:] else node
    if isinstance(value, np.ufunc) and getattr(np, value.__name__, None) is value:
        return attribute(load("np"), value.__name__)
    value = value.item() if isinstance(value, np.generic) else value
    if value is not None and not isinstance(value, (bool, int, float, str, type(...))):
        raise Undecided(f"{value!r:.30} cannot be written")
    if isinstance(value, float) and (value != value or abs(value) == np.inf):
        return call("float", ast.Constant(str(value)))
    if isinstance(value, (int, float)) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def parts_of(index):
    return index if type(index) is tuple else (index,)


def axis_of(places):
    """The axis along which an array counts from 0, if that is all that is in it."""
    whole = places.dtype == int and places.size == max(places.shape, default=0)
    if whole and np.array_equal(places.ravel(), np.arange(places.size)):
        return places.shape.index(places.size)
    return None


def index_of(index):
    """How an index is written between brackets."""
    return node_of(index[0] if type(index) is tuple and len(index) == 1 else index)


def is_it(value, number):
    """Is a value known to be this number?"""
    value = value.value if isinstance(value, Name) else value
    return type(value) in (int, float) and value == number


def neutral(f, args):
    """The argument that is the result too: x in x * 1 or 0 + x; and -x for x * -1."""
    if f in (np.multiply, np.add):
        for a, b in (args, args[::-1]):
            if isinstance(b, Name) and isinstance(b.kind, Kind) and is_narrow(b.kind.dtype):
                continue  # it becomes a float, which is another number in what follows
            if isinstance(b, Name) and is_it(a, float(f is np.multiply)):
                return b
            if f is np.multiply and is_it(a, -1) and isinstance(b, Name):
                return -b
    if f in (np.true_divide, np.power) and isinstance(args[0], Name) and is_it(args[1], 1):
        return args[0]
    if f in (np.broadcast_to, np.reshape) and isinstance(args[0], Name):
        sizes = args[1] if isinstance(args[1], tuple) else (args[1],)
        known = isinstance(args[0].kind, Kind) and all(type(n) is int for n in sizes)
        return args[0] if known and args[0].kind.shape == sizes else None
    return None


def is_narrow(dtype):
    """Whether these are truth values, or integers whose products and sums may not fit them."""
    return dtype.kind in "biu" and dtype.itemsize < 8


def unstretched(a, b):
    """x for ``np.broadcast_to(x, …)`` where it meets b in an elementwise function anyway."""
    if isinstance(a, Name) and a.made[0] is np.broadcast_to and isinstance(b, Name):
        inner, shapes = a.made[1][0], [getattr(v.kind, "shape", None) for v in (a, b)]
        if None not in shapes and np.broadcast_shapes(*shapes) == shapes[1] == np.broadcast_shapes(
            getattr(inner.kind, "shape", ()) or (), shapes[1]
        ):
            return unstretched(inner, b)
    return a


def known(value):
    """A value that a row may look at, where it is known."""
    return value.value if isinstance(value, Name) and value.value is not MISSING else value


def axes_of_part(axes, index):
    """How many axes an array's part by whole numbers and slices has; None if nobody knows."""
    parts = parts_of(index)
    whole = [type(p) is int or getattr(p, "kind", None) == INTEGER for p in parts]
    known = axes is not None and all(
        n or isinstance(p, slice) for p, n in zip(parts, whole, strict=True)
    )
    return axes - sum(whole) if known else None


def axes_of_result(rule, args, kwargs):
    """How many axes the result of a call on floats has, whose shapes nobody knows; or None."""
    kinds = [SCALAR if type(a) in core.NUMBERS else getattr(a, "kind", None) for a in args]
    f, arrays = rule.function, kinds[: 1 if rule.function is operator.getitem else None]
    if not all(isinstance(k, Kind) and k.dtype.kind == "f" for k in arrays):
        return None
    if f is operator.getitem:
        return axes_of_part(ndim_of(kinds[0]), args[1])
    if f is np.sum:
        return 0 if not args[1:] and all(v is None or v is False for v in kwargs.values()) else None
    axes = [*map(ndim_of, kinds)]
    if None in axes or not (f is np.matmul or isinstance(rule, core.Elementwise)):
        return None
    return max(axes) if f is not np.matmul else 0 if axes == [1, 1] else max(axes) - (1 in axes)


class Writer:
    """Rows, run on names. `writer.op` says what becomes of a call."""

    def apply(self, rule, args, kwargs):
        """One call of a function of the table on names."""
        f = rule.function
        if f is np.result_type and all(v.known for v in core.values_in(args)):
            return np.result_type(*(a.dtype if isinstance(a, Name) else a for a in args))
        if len(args) == 2 and (f in BINARY or f in COMPARE) and f is not np.matmul:
            first = unstretched(*args)
            args = [first, unstretched(args[1], first)]
        same = self.simpler(rule, args, kwargs) if self.writer.folds else None
        if same is not None:
            return same
        active = not rule.constant and any(v.active for v in core.values_in(args))
        return self.writer.op(rule, args, kwargs, self.kind_of_call(rule, args, kwargs), active)

    def attempt(self, write):
        """What rows come to on names; None if they ask for what is known only at run time."""
        lines, taken, value = len(self.lines), set(self.program.taken), None
        with contextlib.suppress(*AT_RUN_TIME):
            value = write()
        if value is None:
            del self.lines[lines:]
            self.program.taken.clear()
            self.program.taken |= taken
        return value

    def simpler(self, rule, args, kwargs):
        """What a call comes to without a line of its own, if there is such a thing."""
        f, whole = rule.function, list(map(known, args))
        if isinstance(rule, core.Elementwise) and all(type(a) in core.NUMBERS for a in whole):
            return self.writer.number(float(f(*whole)))
        x = args[0]
        if f is np.expand_dims and is_number(x.kind):  # one number is stretched anyway
            one = self.kind_of_call(rule, args, kwargs).shape
            return self.apply(core.RULES[np.broadcast_to], [x, one], {})
        if f is np.reshape and x.made[0] is np.reshape:
            return self.apply(rule, [x.made[1][0], args[1]], {})
        if f is np.reshape and args[1] == () and x.made[0] is operator.getitem:
            base, part = x.made[1][0], parts_of(x.made[1][1])[0]
            first = getattr(part, "start", None)
            if ndim_of(base.kind) == 1 and type(first) is int and first > -2:
                return self.apply(core.RULES[operator.getitem], [base, first], {})
        if f in (np.negative, np.expand_dims, np.reshape) and x.made[0] is np.broadcast_to:
            inner, kind = x.made[1][0], self.kind_of_call(rule, args, kwargs)
            if is_number(inner.kind) and kind.shape is not None:  # one number, wherever it is moved
                inner = -inner if f is np.negative else inner
                like = Shape(kind.shape)
                like.of = None
                return self.apply(core.RULES[np.broadcast_to], [inner, like], {})
        return neutral(f, args)

    def kind_of_call(self, rule, args, kwargs):
        """The kind of a call's result: what NumPy makes of arrays of the arguments' shapes."""
        read = args[:1] if rule.function is operator.getitem else args  # None is an index
        if any(v.kind is BOTTOM for v in core.values_in(read)):
            return BOTTOM
        try:
            var = infer(rule, replace(tuple(args), known), replace(kwargs, known))
            return Kind(tuple(var.shape), np.dtype(var.dtype))
        except AT_RUN_TIME:
            axes = axes_of_result(rule, args, kwargs)
            return SCALAR if axes == 0 else ARRAY._replace(ndim=axes)

    def written(self, function, args, kwargs=None):
        """The expression that calls a function, with an operator where Python has one."""
        if function is operator.getitem:
            return ast.Subscript(node_of(args[0]), index_of(args[1]), ast.Load())
        kwargs = dict(kwargs or {})
        if function is np.sum and type(axis := kwargs.get("axis")) is tuple:
            whole = len(axis) == args[0].ndim and not kwargs.get("keepdims")
            kwargs["axis"] = None if whole else axis[0] if len(axis) == 1 else axis
        nodes = list(map(node_of, args))
        usual = {} if function is np.concatenate else USUAL
        words = {k: v for k, v in kwargs.items() if usual.get(k, MISSING) is not v}
        words = [ast.keyword(k, node_of(v)) for k, v in words.items()]
        if not words:
            if function in BINARY:
                return ast.BinOp(nodes[0], BINARY[function](), nodes[1])
            if function in COMPARE:
                return ast.Compare(nodes[0], [COMPARE[function]()], [nodes[1]])
            if function in UNARY:
                return ast.UnaryOp(UNARY[function](), nodes[0])
            if function is np.transpose and len(args) == 1 and isinstance(args[0], Name):
                return nodes[0] if is_number(args[0].kind) else attribute(nodes[0], "T")
            shape = getattr(getattr(args[0], "kind", None), "shape", None)
            if function is np.expand_dims and shape and args[1] in (-1, len(shape)):
                last = row([ast.Constant(...), ast.Constant(None)])
                return ast.Subscript(nodes[0], last, ast.Load())
        return ast.Call(self.reference(function), list(map(self.spelled, nodes)), words)

    def spelled(self, node):
        """An index as an argument of a call, where a slice has no colon."""
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self.spelled(part) for part in node.elts], ast.Load())
        if not isinstance(node, ast.Slice):
            return node
        ends = (end or ast.Constant(None) for end in (node.lower, node.upper, node.step))
        return call(self.reference(slice), *ends)
