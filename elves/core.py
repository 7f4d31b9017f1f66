"""What the values of all engines share: they answer when NumPy calls.

A user writes plain ``import numpy as np``. When one of the arguments of ``np.sin`` is a `Value`,
NumPy hands the call over by its dispatch protocols (NEP 13: ``__array_ufunc__``, NEP 18:
``__array_function__``), and `dispatch` lets the innermost engine walk it.
"""

import contextvars
import functools
import inspect
import itertools
import math
import operator
import sys

import numpy as np

from elves.errors import (
    ADVICE,
    BITS,
    FEW,
    OPTION,
    OPTIONS,
    ConversionError,
    InputError,
    MutationError,
    NoMethodError,
    NoRuleError,
    of_bits,
)
from elves.leaving import Stays

new_level = itertools.count(1).__next__  # one for each differentiation that begins; thread-safe
BRANCH = contextvars.ContextVar("BRANCH", default=None)  # that `cond` traces now, if it does
RULES = {}  # NumPy function -> Rule; the rows stand in elves/rules


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
        return id(self)

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


OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide,
    "pow": np.power, "matmul": np.matmul, "mod": np.remainder, "floordiv": np.floor_divide,
    "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
}  # fmt: skip
COMPARISONS = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "eq": np.equal, "ne": np.not_equal,
}  # fmt: skip
OTHERS = {
    "neg": np.negative,
    "abs": np.absolute,
    "pos": np.positive,
    "getitem": operator.getitem,
    "invert": np.invert,
}
METHODS = [
    "sum", "mean", "prod", "max", "min", "std", "var", "ravel", "squeeze", "swapaxes", "dot",
    "argmax", "argmin", "clip", "cumsum", "repeat", "round", "trace", "cumprod", "take", "diagonal",
    "astype", "all", "any", "argsort", "argpartition", "searchsorted", "nonzero",
]  # fmt: skip


def _in_place(function):
    def method(self, other):
        if self.ndim or getattr(self, "array", False):
            raise MutationError(
                "An in-place operator on an array that is being differentiated would leave other "
                "names for that array with the old value: write y = y + x instead of y += x."
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
OF_BITS = {getattr(np, name) for name, _ in BITS.values()}
for _name in ("and", "rand", "iand", "or", "ror", "ior", "xor", "rxor", "ixor", "invert"):
    setattr(Value, f"__{_name}__", _on_bits(getattr(Value, f"__{_name}__")))
# On numbers the operators are ten times faster than the functions of the same meaning.
FASTER = {
    f: getattr(operator, f"__{name}__") for name, f in (OPERATORS | COMPARISONS | OTHERS).items()
}
METHODS = {name: getattr(np, name) for name in METHODS} | {"flatten": np.ravel, "copy": np.positive}
METHODS |= {"conj": np.real, "conjugate": np.real}  # of real numbers, which these leave alone
for _name, _f in METHODS.items():
    setattr(Value, _name, lambda a, *args, f=_f, **kw: f(a, *args, **kw))


def values_in(args):
    """The engines' values among the arguments of a call, those in an index included."""
    found = [a for a in args if isinstance(a, Value)]
    return found + [v for a in args if type(a) is tuple for v in values_in(a)]


NUMBERS = {float, int, np.float64}  # plain numbers, which need no second look
UNFIT = (np.matrix, np.ma.MaskedArray)  # arrays for which * and indexing mean something else


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
        if isinstance(arg, Value):
            if inner is None or arg.level > inner.level:
                inner = arg
        elif type(arg) in NUMBERS:
            continue
        elif isinstance(arg, (list, tuple)) and rule.takes_lists:
            return dispatch(function, (*args[:i], np.stack(arg), *args[i + 1 :]), kwargs)
        elif type(arg) is tuple and values_in(arg):  # an index may hold values
            found = max(values_in(arg), key=lambda value: value.level)
            inner = found if inner is None or found.level > inner.level else inner
        elif isinstance(arg, (complex, np.ndarray)) and (
            isinstance(arg, UNFIT) or np.iscomplexobj(arg)
        ):
            raise ConversionError(
                f"{rule.name} met a {type(arg).__name__} that is no plain array of real numbers: "
                "use np.asarray for others, and split complex numbers into two real ones."
            )
    if inner is None:
        raise ConversionError(
            f"{rule.name} got a list of values: make it an array with np.stack first, and pass "
            "arrays by position."
        )
    if branch := branch_around(inner):
        y = branch.record(rule, args, kwargs)
    else:
        y = inner.apply(inner.level, rule, args, kwargs)
    if rule.arrays:
        y = as_array(y, rule, args)
    return remember(y, rule, args, kwargs) if rule.square else y


# Functions whose result is an array for NumPy even where it is one number, so `y += 1` changes it:
# these always, and those if they are given an array.
ARRAYS = {
    np.block, np.broadcast_to, np.copy, np.cov, np.cross, np.expand_dims, np.full_like,
    np.linalg.cross, np.linalg.tensordot, np.pad, np.real_if_close, np.resize, np.roll,
    np.tensordot, np.tile, np.where,
}  # fmt: skip
VIEWS = {np.imag, np.real, np.reshape, np.squeeze, np.transpose}
READS = {"_operator.getitem", "elves.rules.arrays.pick"}


def is_array(a):
    return np.ndim(a) > 0 or getattr(a, "array", isinstance(a, np.ndarray))


def gives_array(rule, args):
    """Whether NumPy's result is an array, if it is one number."""
    if rule.name in READS:
        return any(i is ... for i in (args[1] if type(args[1]) is tuple else args[1:]))
    return rule.function in ARRAYS or (rule.function in VIEWS and is_array(args[0]))


def as_array(y, rule, args):
    """The result y; one number says of itself whether it is an array."""
    was = getattr(y, "array", False) if isinstance(y, Value) else None
    array = was is not None and rule.arrays and gives_array(rule, args)
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
    if isinstance(root, Value):
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
            from elves import trees

            return trees.rebuild(args[0], map(call, trees.leaves(args[0])))
        if values_in(args):
            return dispatch(call, args, kwargs)
        return function(*args, **kwargs)

    return call


# ---------------------------------------------------------------- kinds of rows


def rule_of(function):
    """The row of the table for a NumPy function; raises NoRuleError where there is none."""
    if function not in RULES and "scipy.special" in sys.modules:
        from elves.rules import special  # noqa: F401  (its rows load only where SciPy is in use)
    try:
        return RULES[function]
    except KeyError:
        name = full_name(function)
        raise NoRuleError(f"{name} has no derivative rule: {instead_of(name)}.") from None


def instead_of(name):
    """What to write in the place of a function without a row."""
    if name.startswith("x."):
        usual = "write it with functions that have one, such as np.reshape or np.where"
    elif name.startswith("math.") and hasattr(np, name[5:]):
        usual = f"use np.{name[5:]}"
    elif name.startswith("np.random."):
        usual = "draw random numbers outside, as an argument"
    else:
        usual = "write it with functions that have one, or add a row as elves/rules shows"
    return ADVICE.get(name, usual)


INNER = {  # functions that nobody writes, and what stands in the program
    "_operator.getitem": "x[index]",
    "elves.rules.arrays.distinct": "np.unique",
    "elves.rules.linalg.factor": "A factorization of np.linalg",
    "elves.rules.linalg.singular_values": "np.linalg.svd",
}


def full_name(function):
    """The name that a user writes: ``np.sin``, ``np.linalg.inv``."""
    if getattr(np, function.__name__, None) is function:
        return f"np.{function.__name__}"
    if function is getattr(sys.modules.get("scipy.special"), function.__name__, None):
        return f"scipy.special.{function.__name__}"
    owner = getattr(function, "__objclass__", np.ufunc)  # np.ufunc.reduce, np.ndarray.item
    module = getattr(function, "__module__", None) or f"np.{owner.__name__}"
    return f"{module}.{function.__name__}".replace("numpy.", "np.")


class Rule:
    """One row: how a function passes a tangent on (JVP) and a cotangent back (VJP).

    `jvp(tangents, y, args, kwargs)` gives the tangent of the output; an argument that does not
    vary has the tangent None. `vjp(i, g, y, args, kwargs)` gives the cotangent of argument i,
    in the shape of that argument, from the cotangent g of the output.
    """

    constant = False  # True: the derivative is zero wherever there is one
    takes_lists = False  # True: a list among the arguments is an array
    derived = None  # a definition in terms of other NumPy functions, instead of a derivative
    own = False  # whether a definition serves the derivative only
    square = None  # of a root: a smooth function of the same arguments, or None where it is no root

    def __init__(self, function, names=None, options=()):
        self.function, self.name = function, full_name(function)
        self.arrays = function in ARRAYS | VIEWS or self.name in READS
        self.names = names  # of the needed arguments (None: any number of them)
        self.options = dict.fromkeys(options).keys()  # of the optional ones, in order
        self.arity = None if names is None else len(names)
        self.run = FASTER.get(function, function)
        RULES[function] = self

    @property
    def told(self):
        """The name in a sentence."""
        return INNER.get(self.name, self.name)

    def __reduce__(self):  # pickled by its function
        return rule_of, (self.function,)

    def settle(self, args, kwargs):
        """The needed arguments by position and the options by keyword, as the rows expect them."""
        if self.arity is None or (len(args) == self.arity and kwargs.keys() <= self.options):
            return args, kwargs
        kwargs = dict(kwargs)
        if extra := args[self.arity :]:
            names = parameters_of(self.function) or [*self.names, *self.options]
            kwargs = dict(zip(names[self.arity :], extra, strict=False)) | kwargs
            kwargs = {k: v for k, v in kwargs.items() if v is not None or k in self.options}
        needed = [*args[: self.arity]]
        needed += [kwargs.pop(n) for n in self.names[len(needed) :] if n in kwargs]
        if len(needed) < self.arity:
            way = FEW.get(self.name, f"give it {', '.join(self.names)}")
            raise NoRuleError(f"{self.name} with so few arguments has no derivative rule: {way}.")
        kwargs = {k: v for k, v in kwargs.items() if k in self.options or not self.usual(k, v)}
        if strange := kwargs.keys() - set(self.options):
            name = min(strange)
            what = f"the option {name}" if name != "out" else "so many arguments"
            way = OPTIONS.get(name, OPTION)
            raise NoRuleError(f"{self.name} with {what} has no derivative rule here: {way}.")
        return needed, kwargs

    def usual(self, name, value):
        """Whether an option has the value that NumPy gives it anyway."""
        try:
            usual = inspect.signature(self.function).parameters[name].default
        except (KeyError, ValueError):
            return False
        return value is usual or (type(value) is type(usual) and value == usual)


class Elementwise(Rule):
    """Each output entry depends on the matching input entries: one local partial per argument.

    A partial is a number or a function of the output and the inputs, ``lambda y, x: ...``.
    """

    takes_lists = True

    def __init__(self, function, *partials):
        super().__init__(function, ["x"] * len(partials))
        self.partials = partials

    def times_partial(self, i, z, y, args):
        partial = self.partials[i]
        if callable(partial):
            return z * partial(y, *args)
        return z if partial == 1 else z * partial

    def jvp(self, tangents, y, args, kwargs):
        total = None
        for i, t in enumerate(tangents):
            if t is not None:
                t = self.times_partial(i, t, y, args)
                total = t if total is None else total + t
        plain = type(total) in NUMBERS and not getattr(y, "shape", ())
        return total if plain else broadcast_like(total, y)

    def vjp(self, i, g, y, args, kwargs):
        partial = self.partials[i]  # times_partial once more: scalar programs spend their time here
        g = g * partial(y, *args) if callable(partial) else g if partial == 1 else g * partial
        if type(g) in NUMBERS or g.shape == getattr(
            args[i], "shape", ()
        ):  # no broadcasting to undo
            return g
        return unbroadcast(g, shape_of(args[i]))


class Linear(Rule):
    """Linear in all its array arguments at once: the JVP is the function itself.

    The VJP is the transpose, ``lambda g, y, x, **options: ...``, one per argument (None for an
    argument that is no array to differentiate, such as a condition), or one with the
    keyword-only argument `i` that serves any number of arguments.
    """

    def __init__(self, function, *transposes):
        names, options = parameters_split(transposes[-1])
        self.variadic = "i" in options
        super().__init__(function, names and names[2:], options)
        self.transposes = transposes

    def jvp(self, tangents, y, args, kwargs):
        arrays = range(len(args) if self.variadic else len(self.transposes))
        varied = [
            (np.zeros_like(a) if t is None else t)
            if i in arrays and (self.variadic or self.transposes[i])
            else a
            for i, (a, t) in enumerate(zip(args, tangents, strict=True))
        ]
        return self.run(*varied, **kwargs)

    def vjp(self, i, g, y, args, kwargs):
        if self.variadic:
            return self.transposes[0](g, y, *args, i=i, **kwargs)
        if self.transposes[i] is None:
            return np.zeros(np.shape(args[i]))
        return self.transposes[i](g, y, *args, **kwargs)


class Multilinear(Linear):
    """Linear in each argument while the others stay as they are: a product."""

    takes_lists = True

    def jvp(self, tangents, y, args, kwargs):
        terms = [
            self.function(*args[:i], t, *args[i + 1 :], **kwargs)
            for i, t in enumerate(tangents)
            if t is not None
        ]
        return sum(terms[1:], start=terms[0])


class Moves(Rule):
    """Each output entry is an input entry or zero: rolling, repeating, padding, cutting.

    The function itself, applied to the numbers 1, 2, 3 … instead of the entries, says where each
    came from (0: from nowhere); the VJP adds the cotangents up at these places.
    """

    def moved(self, x, args, kwargs):
        args = x, *args[1:]
        if values_in(args[1:]):  # NumPy asks the first argument only
            return dispatch(self.function, args, kwargs)
        return self.function(*args, **kwargs)

    def jvp(self, tangents, y, args, kwargs):
        return self.moved(tangents[0], args, kwargs)

    def vjp(self, i, g, y, args, kwargs):
        if i:  # how far, or how often: a whole number
            return np.zeros(np.shape(args[i]))
        shape = np.shape(args[0])
        size = int(np.prod(shape))
        places = self.moved(np.arange(1, size + 1).reshape(shape), args, kwargs)
        scatter = RULES[operator.getitem].transposes[0]
        found = scatter(g, y, np.zeros(size + 1), places)
        return np.reshape(found[1:], shape)


class Custom(Rule):
    """A rare function of one array that brings its own JVP, and its VJP or the JVP's transpose."""

    def __init__(self, function, jvp, vjp=None):
        names, options = parameters_split(jvp)
        super().__init__(function, names[2:], options)
        self._jvp, self._vjp = jvp, vjp

    def jvp(self, tangents, y, args, kwargs):
        return self._jvp(tangents[0], y, *args, **kwargs)

    def vjp(self, i, g, y, args, kwargs):
        if self._vjp:
            return self._vjp(g, y, *args, **kwargs)
        # The JVP is linear in its tangent, so walking it backwards transposes it.
        from elves import reverse

        tangent = np.zeros(np.shape(args[0]))
        return reverse.vjp(lambda t: self._jvp(t, y, *args, **kwargs), tangent)[1](g)[0]


class Constant(Rule):
    """A function that is flat wherever it is smooth (sign, floor, comparisons)."""

    constant = True


class Derived(Rule):
    """A function written with other functions, which have rows: no derivative of its own.

    Where the definition rounds in another way than NumPy, `own` is true (or a function of the plain
    arguments that says so): then it serves the derivative only, and NumPy gives the value.
    """

    def __init__(self, function, definition, own=False, square=None):
        super().__init__(function, *parameters_split(definition))
        self.derived, self.own, self.square = definition, own, square


def parameters_split(row):
    """The names of a row's parameters: those that are needed, and those with a default."""
    parameters = inspect.signature(row).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.kind is not p.KEYWORD_ONLY]
    options = [p.name for p in parameters if p.name not in needed]
    return (None if any(p.kind is p.VAR_POSITIONAL for p in parameters) else needed), options


def parameters_of(function):
    """The names of a NumPy function's parameters, in order; empty where NumPy hides them."""
    try:
        return list(inspect.signature(function).parameters)
    except ValueError:
        return []


def broadcast_like(t, y):
    """Give a tangent the shape of the output that it belongs to."""
    return t if shape_of(t) == shape_of(y) else np.broadcast_to(t, shape_of(y))


def unbroadcast(g, shape):
    """Sum a cotangent over the axes that broadcasting added or stretched: its transpose."""
    have = shape_of(g)
    if have == shape:
        return g
    extra = len(have) - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and have[i + extra] != 1]
    add_up = np.sum if isinstance(g, Value) else np.add.reduce
    g = add_up(g, axis=(*range(extra), *stretched))
    return g if g.shape == shape else np.reshape(g, shape)


def shape_of(x):
    """``np.shape(x)``, without NumPy's way round where it can be had directly."""
    shape = getattr(x, "shape", None)
    return np.shape(x) if shape is None else shape


def ndim_of(x):
    """``np.ndim(x)``, likewise."""
    return len(shape_of(x))


# ---------------------------------------------------------------- methods of NumPy's functions
REDUCED = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min}
RUNNING = {np.add: np.cumsum, np.multiply: np.cumprod}


def reduce(ufunc, x, axis=0, keepdims=False):
    """``np.add.reduce(x)``, and likewise with other functions of two arguments."""
    if ufunc in REDUCED:
        return REDUCED[ufunc](x, axis=axis, keepdims=keepdims)
    y = functools.reduce(ufunc, np.moveaxis(x, axis, 0))
    return np.expand_dims(y, axis) if keepdims else y


def accumulate(ufunc, x, axis=0):
    """``np.maximum.accumulate(x)``."""
    if ufunc in RUNNING:
        return RUNNING[ufunc](x, axis)
    return np.stack(list(itertools.accumulate(np.moveaxis(x, axis, 0), ufunc)), axis)


def reduceat(ufunc, x, indices, axis=0):
    """``np.add.reduceat(x, indices)``: one sum from each index to the next."""
    x, ends = np.moveaxis(x, axis, 0), [*indices[1:], np.shape(x)[axis]]
    parts = [reduce(ufunc, x[i : max(i + 1, j)]) for i, j in zip(indices, ends, strict=True)]
    return np.stack(parts, axis)


def outer(ufunc, a, b):
    """``np.multiply.outer(a, b)``: each entry of a with each one of b."""
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)


for _f in (reduce, accumulate, reduceat, outer):
    Derived(getattr(np.ufunc, _f.__name__), _f, own=_f is reduceat)
