"""Trace: run the user's function once, on values that know only their shape, and write it down.

Source: Frostig, Johnson & Leary, "Compiling machine learning programs via high-level tracing"
(2018); "Autodidax: JAX core from scratch" (JAX documentation, 2021), part 2.
"""

import contextlib
import contextvars
import functools
import itertools
import operator

import numpy as np

from elves import calls, core, joining, leaving, rules, trees
from elves.errors import ConversionError, GraphError, InputError
from elves.tracing.ir import (
    BRANCHES,
    IR,
    WEAK,
    Equation,
    Var,
    by_entry,
    replace,
    with_pythons_numbers,
    zeros_of,
)

UNKNOWN = (Var, core.Value)  # has a shape and a dtype, but numbers only when the program runs
BITS = {np.add, np.subtract, np.negative, np.invert}
SPECIAL = BITS | {np.power}  # for Python these are others than for NumPy
TRUTH = (), np.dtype(bool)
FIXED = {int, bool, str, type(None), type(...)}
OURS = {"np": 0, "elves": 0, "_operator": 0}  # whose functions do not change
MANY = 500  # equations from which a program is long
KNOWN = {}  # types of results by function and types of arguments
BACK = contextvars.ContextVar("BACK", default=False)  # whether cotangents are computed
SHAPE_ONLY = {np.zeros_like, np.ones_like, np.result_type}  # known as soon as the shapes are


@contextlib.contextmanager
def on_the_way_back(back=True):
    """What is recorded meanwhile is a cotangent, or is none."""
    before = BACK.set(back)
    try:
        yield
    finally:
        BACK.reset(before)


LEAKED = (
    "A traced value has left the function that it was traced in: return it as a result instead of "
    "keeping it in a list, an attribute or a global name."
)


class Tracer(core.Value):
    """A value with a shape and a dtype but no number; each function of it becomes an equation."""

    __slots__ = ("place", "within")

    def __init__(self, place, within):
        self.place, self.within, self.level = place, within, within.level
        self.array, self.square = False, None

    shape = property(lambda self: self.place.shape)
    dtype = property(lambda self: self.place.dtype)
    weak = property(lambda self: self.place.weak)

    def __repr__(self):
        return f"Tracer({self.place})"

    def __str__(self):
        if not leaving.is_shown():
            raise ConversionError(leaving.NO_DIGITS)
        return super().__str__()

    def __format__(self, spec):
        if not leaving.is_shown():
            raise ConversionError(leaving.NO_DIGITS)
        return super().__str__()

    of_one = property(lambda self: self.weak or self.dtype.type)

    def _refuse_number(self, *args):
        way = leaving.undecided(
            otherwise="use np.where, np.max, elves.tracing.cond or while_loop, name the argument "
            "in static_argnums, or take the engine `source`, which translates Python's own `if`"
        )
        raise ConversionError(
            "A traced value has no number that `if`, `while`, max(), range() or a dict could look "
            f"at: {way}."
        )

    plain = property(_refuse_number)

    def __bool__(self):
        try:
            self._refuse_number()
        except ConversionError as error:
            error.within, self.within.asked = self.within, error
            raise

    __hash__ = __bool__

    lost = "but it has no numbers yet"
    counting = (
        "elves.rules.pick(table, i) instead of table[i], and elves.tracing.fori_loop instead of "
        "range(n), or name the argument in static_argnums"
    )

    def of_list(self, times, other):
        """A product with a list, which to Python has so many entries: refused as such."""
        if type(other) in (list, tuple) and self.shape == () and self.dtype.kind in "biu":
            operator.index(self)
        return times(self, other)

    __mul__ = functools.partialmethod(of_list, core.Value.__mul__)
    __rmul__ = functools.partialmethod(of_list, core.Value.__rmul__)

    def apply(self, level, rule, args, kwargs):
        if rule.function is operator.getitem:
            args = args[0], joining.in_arrays(args[1])
        return self.within.record(rule, args, kwargs)


def short_cut(name, function, turned=False):
    """The operator of two traced values, or of one and a number: there is nothing to ask."""
    rule, long_way, squares = core.RULES[function], getattr(Tracer, name), function in core.SQUARES

    def operator(self, other):
        kind = type(other)
        plain = kind is Tracer or kind in core.NUMBERS
        if plain and not core.BRANCH.get() and not (squares and self.square):
            inner = other if kind is Tracer and other.level > self.level else self
            return inner.within.record(rule, (other, self) if turned else (self, other), {})
        return long_way(self, other)

    setattr(Tracer, name, operator)


for _name in ("add", "sub", "mul", "truediv"):
    short_cut(f"__{_name}__", core.OPERATORS[_name])
    short_cut(f"__r{_name}__", core.OPERATORS[_name], turned=True)
with_pythons_numbers(Tracer)


class Trace:
    """The equations of one function while it runs: a Wengert list of types instead of values."""

    def __init__(self, linear=False):
        self.level, self.inputs, self.equations, self.open = core.new_level(), [], [], True
        self.linear = linear  # what is written down will be transposed
        self.outer = []  # values of other engines that the function closes over
        self.asked = None  # a decision that was refused, whoever has caught that
        self.looked, self.seen, self.known = 0, {}, {}  # the equations that `first` knows

    def new(self, leaf):
        """A tracer for one leaf of the arguments."""
        shape, dtype, weak = typed(leaf)  # and slopes are NumPy's
        self.inputs.append(Var(shape, dtype, not self.linear and weak))
        made = Tracer(self.inputs[-1], self)
        made.array = type(leaf) is np.ndarray or getattr(leaf, "array", False)
        return made

    def record(self, rule, args, kwargs):
        """Write down a call, perhaps of outer values alone, and give what stands for its result."""
        if not self.open:
            raise GraphError(LEAKED)
        atom, kwargs = self.atom, kwargs and replace(kwargs, self.atom)
        args = tuple([replace(a, atom) if type(a) in BRANCHES else atom(a) for a in args])
        if rule.function in SHAPE_ONLY:
            return on_stand_ins(rule, args, kwargs)
        out = infer(rule, args, kwargs)
        self.equations.append(Equation(rule, args, kwargs, out))
        if type(out) is not Var:
            return tuple(Tracer(v, self) for v in out)
        out.cotangent = BACK.get()
        return Tracer(out, self)

    def atom(self, a):
        """What stands in an equation: a Var, or a constant as it is now, whatever becomes of it."""
        if type(a) is Tracer and a.within is self:
            return a.place
        if type(a) is Tracer and not a.within.open:
            raise GraphError(LEAKED)
        if isinstance(a, core.Value):
            self.outer.append(a)
        return a.copy() if type(a) is np.ndarray and a.flags.writeable else a

    def first(self, v):
        """The Var that was the first to be computed as this one."""
        for e in (e for e in self.equations[self.looked :] if type(e.out) is Var):
            one = self.seen.setdefault(e.knowing(self.known).key(), e.out)
            self.known.update({} if one is e.out else {e.out: one})
        self.looked = len(self.equations)
        return self.known.get(v, v)

    def close(self, in_tree, y):
        """The IR of everything that was written down, once the function has returned y."""
        self.open = False
        if self.asked:
            raise self.asked
        outputs = [self.atom(a) for a in trees.leaves(y)]
        for a in outputs:
            if type(a) is not Var and a is not None and trees.kind(a) not in "fbiu":
                raise InputError(f"A traced function returned {type(a).__name__} {a!r:.40}.")
        blank = [trees.rebuild(tree, [None] * len(trees.leaves(tree))) for tree in (in_tree, y)]
        return IR(self.inputs, self.equations, outputs, *blank, self.linear, self.outer)


def trace(f, *args):
    """The IR of f for arguments of these shapes and dtypes; their numbers are not looked at.

    Arguments and result may be trees. Python's control flow on what is not traced is unrolled.
    Raises ConversionError where the program asks a traced value for its number.

    >>> trace(lambda x, y: {"z": np.sin(x) * y}, np.ones(3), 2.0)
    (a: float64[3], b: float64):
        c: float64[3] = np.sin(a)
        d: float64[3] = np.multiply(c, b)
        return {'z': d}
    """
    t = Trace()
    y = calls.call(f, trees.rebuild(args, [t.new(a) for a in trees.leaves(args)]))
    return t.close(args, y)


# ------------------------------------------------------------ types without values


def infer(rule, args, kwargs):
    """The Var of a call's result: what NumPy makes of stand-ins of the same shapes and dtypes."""
    if rule.function in SPECIAL and not (type(args[0]) is Var and args[0].dtype == float):
        check_pythons(rule.function, args)
    if by_entry(rule):
        return Var(*of_entries(rule.function, *map(typed, args)))
    if hasattr(rule, "infer"):  # control flow knows the types of its bodies
        return rule.infer(*args, **kwargs)
    try:
        key = OURS[rule.name.partition(".")[0]], rule.function, kinds_of(args), kinds_of(kwargs)
    except KeyError:  # more than shapes, dtypes and Python's own constants
        return Var(*of_arrays(rule, args, kwargs))
    if key not in KNOWN:
        if len(KNOWN) > 4096:
            KNOWN.clear()
        KNOWN[key] = of_arrays(rule, args, kwargs)
    return Var(*KNOWN[key])


def kinds_of(a):
    """What a result's type depends on, where these are the arguments; KeyError for more."""
    kind = type(a)
    if kind is Var or kind is Tracer:
        return a.shape, a.dtype, a.weak
    if kind in FIXED:
        return kind, a
    if kind is float or (kind is np.ndarray and a.dtype.kind == "f"):  # of any numbers
        return kind, np.shape(a), getattr(a, "dtype", None)
    return (kind, *(a if kind is dict else ()), *map(kinds_of, BRANCHES[kind](a)))


def of_arrays(rule, args, kwargs):
    """The shape and the dtype of what a function that is not one of entries gives."""
    try:
        y = on_stand_ins(rule, args, kwargs)
        asks = asks_for_numbers(rule, args, kwargs, np.shape(y))
    except (IndexError, TypeError, ValueError):
        if not whole_numbers(args, kwargs):
            raise
        asks = True  # of the numbers of a stand-in
    if asks:
        raise ConversionError(
            f"The shape that {rule.told} gives depends on the numbers in a traced value: use "
            "np.where instead of a boolean index, or name the argument in static_argnums, or "
            "take elves.reverse without jit."
        )
    return np.shape(y), np.result_type(y)


def check_pythons(function, args):
    """Refuse what single integers and truth values are to Python, but not to NumPy."""
    if function in BITS and all(typed(a)[:2] == TRUTH for a in args):
        raise ConversionError(
            "A sum, difference or inverse of single truth values is another one for Python than "
            "for NumPy: write 1 * (x > 1) to count, and np.logical_not(x > 1) for what does not "
            "hold."
        )
    whole = function is np.power and all(np.shape(a) == () and trees.kind(a) in "iu" for a in args)
    if whole and (isinstance(args[1], UNKNOWN) or args[1] < 0):
        raise ConversionError(
            "A power of whole numbers may be a fraction, or outgrow 64 bits, which Python's never "
            "do: write 2.0**n instead of 2**n."
        )


def whole_numbers(*args):
    """The traced integers and truth values among the arguments of a call."""
    inside = []
    replace(args, inside.append)
    return [a for a in inside if isinstance(a, UNKNOWN) and a.dtype.kind in "bi"]


def asks_for_numbers(rule, args, kwargs, shape):
    """Whether the shape of a result is another one for other integers and truth values."""
    if rule.function in rules.arrays.BY_NUMBERS:
        return True
    if not (whole := whole_numbers(args, kwargs)):
        return False
    if rule.function is operator.getitem:
        parts = args[1] if type(args[1]) is tuple else (args[1],)
        ends = [n for p in parts if isinstance(p, slice) for n in (p.start, p.stop, p.step)]
        if any(isinstance(n, UNKNOWN) for n in ends):
            return True
    alone = rule.function is operator.getitem or (len(whole) == 1 and whole[0].shape == ())
    fills = [[-1]] if alone else [[-1], [0, -1]]
    try:
        return any(np.shape(on_stand_ins(rule, args, kwargs, fill)) != shape for fill in fills)
    except (ValueError, TypeError):
        return True


def typed(a):
    """The shape and the dtype of a value, and the type of a Python number."""
    if type(a) is Var:
        return a.shape, a.dtype, a.weak
    if type(a) in WEAK:
        return (), np.dtype(type(a)), type(a)
    v = a.place if type(a) is Tracer else a
    if type(v) is Var:
        return v.shape, v.dtype, v.weak
    v = a if hasattr(a, "shape") else np.asarray(a)
    own = isinstance(v, (np.ndarray, np.generic, core.Value))  # whose * is NumPy's
    if not own or trees.kind(v) not in "fbiu" or isinstance(v, core.UNFIT):
        shown = repr(a).split("\n")[0]
        raise InputError(
            "Tracing needs numbers and arrays, or tuples, lists and dicts of them, but got "
            f"{type(a).__name__} {shown:.40}: make it an array of real numbers, or name an "
            "argument of jit that can be hashed in static_argnums."
        )
    return v.shape, v.dtype, False


@functools.lru_cache(4096)
def of_entries(function, *types):
    """The shape and the dtype that a function of entries gives."""
    ones = [zeros_of((), dtype, weak, 1) for _, dtype, weak in types]
    with np.errstate(all="ignore"):
        return np.broadcast_shapes(*(t[0] for t in types)), np.result_type(function(*ones))


def on_stand_ins(rule, args, kwargs, fill=(0,)):
    """Call NumPy with arrays of no content: ones, and `fill` by turns for integers and booleans."""
    turn, regular = itertools.count(), "fiu" if "linalg" in rule.name else "f"

    def stand_in(a):
        if not isinstance(a, UNKNOWN):
            return a
        if len(a.shape) > 1 and a.shape[-1] == a.shape[-2] and a.dtype.kind in regular:
            return np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
        if a.dtype.kind in "bi" and fill[1:] and a.shape:
            return np.resize(fill, a.shape).astype(a.dtype)
        whole = fill[next(turn) % len(fill)]
        return zeros_of(*typed(a), {"f": 1, "u": abs(whole)}.get(a.dtype.kind, whole))

    args, kwargs = replace(args, stand_in), replace(kwargs, stand_in)
    if rule.function is np.matmul and 0 not in map(np.ndim, args):
        a, b = args
        if a.shape[-1] == b.shape[max(b.ndim - 2, 0)]:  # a sum over one entry gives the shape too
            args = a[..., :1], b[..., :1, :] if b.ndim > 1 else b[:1]
    f = core.getitem if rule.function is operator.getitem else rule.function
    with np.errstate(all="ignore"):
        return f(*args, **kwargs)
