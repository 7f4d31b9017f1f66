"""Values: numbers and arrays that an engine follows, and what becomes of a call that they meet."""

import contextvars
import functools
import itertools
import math
import operator

import numpy as np

from elves.core.operators import COMPARISONS, FASTER, METHODS, NUMBERS, OPERATORS, OTHERS, shape_of
from elves.core.table import RULES, full_name, instead_of, parameters_of, rule_of
from elves.errors import ConversionError, InputError, MutationError, NoMethodError, of_bits
from elves.leaving import Stays, in_place_of_that
from elves.structure import leaves, rebuild

new_level = itertools.count(1).__next__  # one for each differentiation that begins; thread-safe
OVERWRITES = (
    "{} with out= or an in-place operator would overwrite an array inside a derivative: write "
    "y = y + x instead of y += x."
)


class Value(Stays):
    """A number or array that an engine follows through a program.

    `level` tells nested differentiations apart: the one that began last is the innermost, and it
    sees the values of the others as constants (Siskind & Pearlmutter 2005, "Perturbation
    confusion and referential transparency"). An engine's subclass says in `apply` what a NumPy
    function with a given rule does to its values, and in `plain` which value one level further
    out it stands for.
    """

    # array: True of one number that is an array for NumPy, so that `+=` would change it;
    # square: a function, of what is a root of something smooth
    __slots__ = ("array", "level", "square")
    is_late = False  # whether its number may be the length of an array, or an axis

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        raise NotImplementedError

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        if "out" in kwargs:
            raise MutationError(OVERWRITES.format(f"np.{ufunc.__name__}"))
        if method == "at":
            raise MutationError(
                f"np.{ufunc.__name__}.at would change an array inside a derivative: for np.add.at("
                "a, i, x) write a + elves.rules.scatter(x, np.shape(a), i)."
            )
        if method != "__call__":
            return dispatch(getattr(np.ufunc, method), (ufunc, *args), kwargs)
        rule = RULES.get(ufunc) or rule_of(ufunc)
        plain = not (kwargs or rule.derived or rule.square or ufunc is np.square)
        if len(args) == 1 and plain and not BRANCH.get():
            return self.apply(self.level, rule, args, kwargs)
        return dispatch(ufunc, args, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        if function in (np.shape, np.ndim, np.size) and args and not kwargs and args[0] is self:
            return getattr(self, function.__name__)
        if kwargs.get("out") is not None:
            raise MutationError(OVERWRITES.format(full_name(function)))
        for k, name in lengths_and_axes(function):
            chosen = args[k] if k < len(args) else kwargs.get(name)
            for a in values_in([tuple(chosen) if type(chosen) is list else chosen]):
                a.is_late or operator.index(a)  # which says what to do
        return dispatch(function, args, kwargs)

    def __bool__(self):
        return bool(self.plain)

    def __len__(self):
        if not self.ndim:
            raise TypeError(f"This {type(self).__name__} is one number, which has no len().")
        return self.shape[0]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __hash__(self):
        hash(self.plain)  # which an array has not
        raise ConversionError(A_KEY)

    def __getattr__(self, name):
        if not hasattr(np.ndarray, name) and not hasattr(np.float64, name):
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
        raise NoMethodError(f"x.{name} has no derivative rule: {instead_of(f'x.{name}')}.")

    @property
    def plain(self):
        """The value one level further out, without its derivative."""
        raise NotImplementedError

    shape = property(lambda self: shape_of(self.plain))
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: math.prod(self.shape))
    dtype = property(lambda self: np.result_type(self.plain))
    T = property(lambda self: np.transpose(self))
    mT = property(lambda self: np.matrix_transpose(self))
    real = property(lambda self: np.real(self))
    imag = property(lambda self: np.imag(self))
    flat = property(lambda self: np.ravel(self))

    def tolist(self):
        return [entry.tolist() for entry in self] if self.ndim else self

    def reshape(self, *shape, **options):
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **options)

    def transpose(self, *axes):
        axes = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return np.transpose(self, axes or None)

    def item(self, *index):
        if len(index) == 1:
            return np.ravel(self)[index]
        return self[index] if index else np.reshape(self, 1)[0]

    def __divmod__(self, other):
        return np.divmod(self, other)

    def __rdivmod__(self, other):
        return np.divmod(other, self)


def _in_place(function):
    def method(self, other):
        if self.ndim or getattr(self, "array", False):
            raise MutationError(
                "An in-place operator on an array that is being differentiated would leave other "
                f"names for that array with the old value: {in_place_of_that()}."
            )
        return dispatch(function, (self, other), {})

    return method


def _on_bits(method):
    def told(*args):
        try:
            return method(*args)
        except TypeError as error:
            if sentence := of_bits(error):
                raise InputError(sentence) from None
            raise

    return told


for _name, _f in (OPERATORS | COMPARISONS | OTHERS).items():
    setattr(Value, f"__{_name}__", lambda *args, f=_f: dispatch(f, args, {}))
for _name, _f in OPERATORS.items():
    setattr(Value, f"__r{_name}__", lambda a, b, f=_f: dispatch(f, (b, a), {}))
    setattr(Value, f"__i{_name}__", _in_place(_f))
for _name in ("and", "rand", "iand", "or", "ror", "ior", "xor", "rxor", "ixor", "invert"):
    setattr(Value, f"__{_name}__", _on_bits(getattr(Value, f"__{_name}__")))
for _name, _f in METHODS.items():
    setattr(Value, _name, lambda a, *args, f=_f, **kw: f(a, *args, **kw))


def values_in(args):
    """The engines' values among the arguments of a call, those in an index included."""
    found = []
    for a in args:
        if isinstance(a, Value):
            found.append(a)
        elif type(a) is tuple:
            found += values_in(a)
    return found


def is_float(value):
    return not value.is_late and value.dtype.kind == "f"


UNFIT = (np.matrix, np.ma.MaskedArray)  # arrays for which * and indexing mean something else
PLAIN = NUMBERS | {slice, str, type(None)}  # which need no second look
NO_REAL_ARRAY = (
    "{} met a {} that is no plain array of real numbers: use np.asarray for others, toarray() for "
    "sparse ones, and split complex numbers into two real ones."
)
A_LIST = (
    "{} got a list of values: make it an array with np.stack first, and pass arrays by position."
)
A_KEY = (  # that of its object finds no number, and that of its number finds other values
    "A value that is differentiated is no key of a dict, a set or a cache such as "
    "functools.lru_cache, where another one of the same number would be taken for it: compare it, "
    "as in x == 2.0 or x in [1.0, 2.0], and leave out the cache."
)
LENGTHS_AND_AXES = {
    "axis", "axes", "axis1", "axis2", "shape", "newshape", "indices_or_sections", "obj",
}  # fmt: skip


@functools.cache
def lengths_and_axes(function):
    """The parameters of a NumPy function, and their places, that say where its entries stand."""
    names = enumerate(parameters_of(function))
    return [(k, name) for k, name in names if name in LENGTHS_AND_AXES]


def dispatch(function, args, kwargs):
    """Let the innermost engine among the arguments walk one call of a NumPy function."""
    rule = RULES.get(function) or rule_of(function)
    if kwargs or len(args) != rule.arity or rule.derived:
        args, kwargs = rule.settle(args, kwargs)
    if rule.derived:
        y = rule.derived(*args, **kwargs)
        y = with_own_value(y, rule, args, kwargs) if rule.own else y
        y = as_array(y, rule, args)
        return remember(y, rule, args, kwargs) if rule.square else y
    if function in SQUARES and (y := square_of_root(rule, args)) is not None:
        return y
    inner = None
    for i, arg in enumerate(args):
        kind = type(arg)
        if kind in PLAIN or (kind is np.ndarray and arg.dtype.kind != "c"):
            continue
        if isinstance(arg, Value):
            if inner is None or arg.level > inner.level:
                inner = arg
        elif isinstance(arg, (list, tuple)) and rule.takes_lists:
            return dispatch(function, (*args[:i], np.stack(arg), *args[i + 1 :]), kwargs)
        elif kind is tuple and (found := values_in(arg)):  # an index may hold values
            if function is operator.getitem and any(map(is_float, found)):
                raise IndexError("arrays used as indices must be of integer (or boolean) type")
            found = max(found, key=lambda value: value.level)
            inner = found if inner is None or found.level > inner.level else inner
        elif (
            (isinstance(arg, (complex, np.ndarray)) and np.iscomplexobj(arg))
            or isinstance(arg, UNFIT)
            or hasattr(arg, "toarray")  # SciPy's sparse ones
        ):
            raise ConversionError(NO_REAL_ARRAY.format(rule.name, type(arg).__name__))
    if inner is None:
        raise ConversionError(A_LIST.format(rule.name))
    if branch := branch_around(inner):
        y = branch.record(rule, args, kwargs)
    else:
        y = inner.apply(inner.level, rule, args, kwargs)
    if rule.arrays:
        y = as_array(y, rule, args)
    return remember(y, rule, args, kwargs) if rule.square else y


def as_array(y, rule, args):
    """The result y; one number says of itself whether it is an array."""
    was = getattr(y, "array", False) if isinstance(y, Value) else None
    array = was is not None and rule.arrays and rule.gives_array(args)
    if was is None or array is was:
        return y
    if any(y is a for a in args):
        if y.ndim:
            return y
        y = np.positive(y)
    y.array = array
    return y


def with_own_value(y, rule, args, kwargs):
    """The result of a definition, with the value that NumPy's own function gives, bit for bit."""
    first = next(iter(y), None) if isinstance(y, (tuple, list)) else y
    if hasattr(type(first), "with_own"):  # a graph, which has no values yet
        return y.with_own(rule, args, kwargs) if first is y else y
    if not hasattr(type(first), "with_value"):  # an engine that takes programs apart
        return y
    level = first.level
    plain = [outside(a, level) if isinstance(a, INDIRECT) else a for a in args]
    if callable(rule.own) and not rule.own(*plain, **kwargs):
        return y
    own = rule.run(*plain, **outside(kwargs, level))
    if first is y:
        return y.with_value(own)
    pairs = zip(y, own, strict=True)
    make = getattr(y, "_make", type(y))
    return make(a.with_value(b) if hasattr(type(a), "with_value") else b for a, b in pairs)


INDIRECT = Value, tuple, list, dict
SQUARES = {np.square, np.power, np.multiply}


def remember(root, rule, args, kwargs):
    """Let a norm or an absolute value remember its square, which has no kink at 0."""
    if isinstance(root, Value) and not getattr(root, "square", None):
        root.square = lambda: rule.square(*args, **kwargs)
    return root


def square_of_root(rule, args):
    """The square of a value that remembers it: right to all orders where the root has a kink."""
    if rule.function is np.multiply:
        squared = args[0] is args[1]
    else:
        squared = len(args) == 1 or (type(args[1]) in NUMBERS and args[1] == 2)
    if not squared:
        return None
    square = getattr(args[0], "square", None)
    y = square and square()
    return y if y is None else with_own_value(y, rule, args, {})


def outside(a, level):
    """An argument as it is outside of the differentiation that has this level."""
    if type(a) in (tuple, list):
        return type(a)(outside(b, level) for b in a)
    if type(a) is dict:
        return {k: outside(b, level) for k, b in a.items()}
    while isinstance(a, Value) and a.level >= level:
        a = a.plain
    return a


# The trace of the branch that `cond` follows now, if it does: it must see all that happens there.
BRANCH = contextvars.ContextVar("BRANCH", default=None)


def branch_around(value):
    """The trace of a branch that a value from outside of it has come into, if there is one."""
    branch = BRANCH.get()
    return branch if branch and value.level < branch.level else None


def getitem(x, index):
    """``x[index]``; NumPy does not hand over where only the index holds a value."""
    if not isinstance(x, Value) and values_in((index,)):
        return dispatch(operator.getitem, (x, index), {})
    return (np.float64(x) if type(x) is float else x)[index]


FASTER[operator.getitem] = getitem


def primitive(function, by_leaf=False):
    """Let `function` (of arrays by position, options by keyword) be walked like one of NumPy's.

    Give it a row in `elves.rules`, and every engine knows it. If `by_leaf`, a function of one
    argument also takes a tree: each leaf in turn.
    """

    @functools.wraps(function)
    def call(*args, **kwargs):
        if by_leaf and isinstance(args[0], (dict, list, tuple)):
            return rebuild(args[0], map(call, leaves(args[0])))
        if values_in(args):
            return dispatch(call, args, kwargs)
        return function(*args, **kwargs)

    return call
