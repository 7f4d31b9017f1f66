"""What the values of all engines share: they answer when NumPy calls.

A user writes plain ``import numpy as np``. When one of the arguments of ``np.sin`` is a `Value`,
NumPy hands the call over by its dispatch protocols (NEP 13: ``__array_ufunc__``, NEP 18:
``__array_function__``), and `dispatch` lets the innermost engine walk it.
"""

import functools
import inspect
import itertools
import operator
from types import MappingProxyType

import numpy as np

from elves.errors import ConversionError, ElfError, InputError, MutationError, NoRuleError

new_level = itertools.count(1).__next__  # one for each differentiation that begins; thread-safe
RULES = {}  # NumPy function -> Rule; the rows stand in elves/rules.py


class Value:
    """A number or array that an engine follows through a program.

    `level` tells nested differentiations apart: the one that began last is the innermost, and it
    sees the values of the others as constants (Siskind & Pearlmutter 2005, "Perturbation
    confusion and referential transparency"). An engine's subclass says in `apply` what a NumPy
    function with a given rule does to its values, and in `plain` which value one level further
    out it stands for.
    """

    __slots__ = ("level",)

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        raise NotImplementedError

    def __array_ufunc__(self, ufunc, method, *args, out=None, **kwargs):
        if out is not None:
            raise MutationError(
                f"np.{ufunc.__name__} with out= or an in-place operator would overwrite an array "
                "inside a derivative: write y = y + x instead of y += x."
            )
        if method != "__call__":
            raise ConversionError(
                f"np.{ufunc.__name__}.{method} cannot be differentiated: use np.sum, np.cumsum "
                "or a loop."
            )
        return dispatch(ufunc, args, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        if function in (np.shape, np.ndim, np.size) and args and not kwargs and args[0] is self:
            return getattr(self, function.__name__)
        return dispatch(function, args, kwargs)

    def __array__(self, *args, **kwargs):
        raise ConversionError(
            f"This {type(self).__name__} was forced into a plain array, which would lose its "
            "derivative: use np.stack([x, y]) instead of np.array([x, y]), and A @ x instead of "
            "A.dot(x)."
        )

    def _refuse_float(self, *args):
        raise ConversionError(
            f"This {type(self).__name__} was forced to a plain number, which would lose its "
            "derivative: use np.sin instead of math.sin, no float(x), and np.stack instead of "
            "assigning it into a plain array."
        )

    __float__ = __int__ = __index__ = __complex__ = __round__ = _refuse_float

    def __setitem__(self, index, value):
        raise MutationError(
            "Assignment into an array that is being differentiated would overwrite a value that "
            "the derivative needs: build it with np.where, np.concatenate or np.stack."
        )

    def __bool__(self):
        return bool(self.plain)

    def __len__(self):
        return len(self.plain)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __hash__(self):
        return id(self)

    def __format__(self, spec):
        return format(self.plain, spec) if spec else repr(self)

    @property
    def plain(self):
        """The value one level further out, without its derivative."""
        raise NotImplementedError

    shape = property(lambda self: np.shape(self.plain))
    ndim = property(lambda self: np.ndim(self.plain))
    size = property(lambda self: np.size(self.plain))
    dtype = property(lambda self: np.result_type(self.plain))
    T = property(lambda self: np.transpose(self))

    def reshape(self, *shape):
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes):
        axes = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return np.transpose(self, axes or None)


OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide,
    "pow": np.power, "matmul": np.matmul, "mod": np.remainder, "floordiv": np.floor_divide,
}  # fmt: skip
OTHERS = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "eq": np.equal, "ne": np.not_equal, "neg": np.negative, "pos": np.positive,
    "abs": np.absolute, "getitem": operator.getitem,
}  # fmt: skip
METHODS = [
    "sum", "mean", "prod", "max", "min", "std", "var", "ravel", "squeeze", "swapaxes", "dot",
    "argmax", "argmin", "clip", "cumsum", "repeat", "trace",
]  # fmt: skip


def _in_place(function):
    def method(self, other):
        if self.ndim:
            raise MutationError(
                "An in-place operator on an array that is being differentiated would leave other "
                "names for that array with the old value: write y = y + x instead of y += x."
            )
        return dispatch(function, (self, other), {})

    return method


for _name, _f in (OPERATORS | OTHERS).items():
    setattr(Value, f"__{_name}__", lambda *args, f=_f: dispatch(f, args, {}))
for _name, _f in OPERATORS.items():
    setattr(Value, f"__r{_name}__", lambda a, b, f=_f: dispatch(f, (b, a), {}))
    setattr(Value, f"__i{_name}__", _in_place(_f))
for _name, _f in {name: getattr(np, name) for name in METHODS}.items():
    setattr(Value, _name, lambda a, *args, f=_f, **kw: f(a, *args, **kw))


def dispatch(function, args, kwargs):
    """Let the innermost engine among the arguments walk one call of a NumPy function."""
    rule = rule_of(function)
    if strange := kwargs.keys() - rule.options:
        raise NoRuleError(
            f"{rule.name} with {min(strange)}= has no derivative rule here: leave the option out."
        )
    if rule.derived:
        return rule.derived(*args, **kwargs)
    inner = None
    for arg in args:
        if isinstance(arg, Value) and (inner is None or arg.level > inner.level):
            inner = arg
    if inner is None:
        raise ConversionError(
            f"{rule.name} got a list of values: make it an array with np.stack first, and pass "
            "arrays by position."
        )
    return inner.apply(inner.level, rule, args, kwargs)


def primitive(function):
    """Let `function` (of arrays by position, options by keyword) be walked like one of NumPy's.

    Give it a row in `elves.rules`, and every engine knows it.
    """

    @functools.wraps(function)
    def call(*args, **kwargs):
        if any(isinstance(a, Value) for a in args):
            return dispatch(call, args, kwargs)
        return function(*args, **kwargs)

    return call


# ---------------------------------------------------------------- kinds of rows


def rule_of(function):
    """The row of the table for a NumPy function; raises NoRuleError where there is none."""
    try:
        return RULES[function]
    except (KeyError, TypeError):
        name = full_name(function)
        raise NoRuleError(
            f"{name} has no derivative rule: write it with functions that have one, or add a row "
            "as elves/rules.py shows."
        ) from None


def full_name(function):
    """The name that a user writes: ``np.sin``, ``np.linalg.inv``."""
    module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np")
    return f"{module}.{function.__name__}".replace("_operator.getitem", "x[index]")


class Rule:
    """One row: how a function passes a tangent on (JVP) and a cotangent back (VJP).

    `jvp(tangents, y, args, kwargs)` gives the tangent of the output; an argument that does not
    vary has the tangent None. `vjp(i, g, y, args, kwargs)` gives the cotangent of argument i,
    in the shape of that argument, from the cotangent g of the output.
    """

    constant = False  # True: the derivative is zero wherever there is one
    derived = None  # a definition in terms of other NumPy functions, instead of a derivative

    def __init__(self, function, options=()):
        self.function, self.options, self.name = function, frozenset(options), full_name(function)
        RULES[function] = self


class Elementwise(Rule):
    """Each output entry depends on the matching input entries: one local partial per argument.

    A partial is a number or a function of the output and the inputs, ``lambda y, x: ...``.
    """

    def __init__(self, function, *partials):
        super().__init__(function)
        self.partials = partials

    def times_partial(self, i, z, y, args):
        partial = self.partials[i]
        if callable(partial):
            return z * partial(y, *args)
        return z if partial == 1 else z * partial

    def jvp(self, tangents, y, args, kwargs):
        terms = [self.times_partial(i, t, y, args) for i, t in enumerate(tangents) if t is not None]
        return broadcast_like(sum(terms[1:], start=terms[0]), y)

    def vjp(self, i, g, y, args, kwargs):
        return unbroadcast(self.times_partial(i, g, y, args), np.shape(args[i]))


class Linear(Rule):
    """Linear in all its array arguments at once: the JVP is the function itself.

    The VJP is the transpose, ``lambda g, y, x, **options: ...``, one per argument (None for an
    argument that is no array to differentiate, such as a condition), or one with the
    keyword-only argument `i` that serves any number of arguments.
    """

    def __init__(self, function, *transposes):
        super().__init__(function, options_of(transposes[-1]))
        self.transposes = transposes
        self.variadic = "i" in self.options

    def jvp(self, tangents, y, args, kwargs):
        arrays = range(len(args) if self.variadic else len(self.transposes))
        varied = [
            (np.zeros_like(a) if t is None else t)
            if i in arrays and (self.variadic or self.transposes[i])
            else a
            for i, (a, t) in enumerate(zip(args, tangents, strict=True))
        ]
        return self.function(*varied, **kwargs)

    def vjp(self, i, g, y, args, kwargs):
        if self.variadic:
            return self.transposes[0](g, y, *args, i=i, **kwargs)
        if self.transposes[i] is None:
            return np.zeros(np.shape(args[i]))
        return self.transposes[i](g, y, *args, **kwargs)


class Multilinear(Linear):
    """Linear in each argument while the others stay as they are: a product."""

    def jvp(self, tangents, y, args, kwargs):
        terms = [
            self.function(*args[:i], t, *args[i + 1 :], **kwargs)
            for i, t in enumerate(tangents)
            if t is not None
        ]
        return sum(terms[1:], start=terms[0])


class Custom(Rule):
    """A rare function of one array that brings its own JVP and VJP."""

    def __init__(self, function, jvp, vjp):
        super().__init__(function, options_of(vjp))
        self._jvp, self._vjp = jvp, vjp

    def jvp(self, tangents, y, args, kwargs):
        return self._jvp(tangents[0], y, *args, **kwargs)

    def vjp(self, i, g, y, args, kwargs):
        return self._vjp(g, y, *args, **kwargs)


class Constant(Rule):
    """A function that is flat wherever it is smooth (sign, floor, comparisons)."""

    constant = True

    def __init__(self, function):
        super().__init__(function, ("axis", "keepdims", "dtype"))


class Derived(Rule):
    """A function written with other functions, which have rows: no derivative of its own."""

    def __init__(self, function, definition):
        super().__init__(function, inspect.signature(definition).parameters)
        self.derived = definition


def options_of(row):
    """The names that a row takes as options: those of its parameters that have a default."""
    parameters = inspect.signature(row).parameters.values()
    return [p.name for p in parameters if p.default is not p.empty or p.kind is p.KEYWORD_ONLY]


def broadcast_like(t, y):
    """Give a tangent the shape of the output that it belongs to."""
    return t if np.shape(t) == np.shape(y) else np.broadcast_to(t, np.shape(y))


def unbroadcast(g, shape):
    """Sum a cotangent over the axes that broadcasting added or stretched: its transpose."""
    have = np.shape(g)
    if have == shape:
        return g
    extra = len(have) - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and have[i + extra] != 1]
    g = np.sum(g, axis=(*range(extra), *stretched))
    return g if np.shape(g) == shape else np.reshape(g, shape)


# ---------------------------------------------------------------- arguments


def leaves(tree):
    """The numbers and arrays of nested tuples, lists and dicts, from left to right.

    >>> leaves({"W": 1.0, "b": (2.0, [3.0])})
    [1.0, 2.0, 3.0]
    """
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, (tuple, list)):
        return [tree]
    return [leaf for branch in tree for leaf in leaves(branch)]


def rebuild(tree, new_leaves):
    """A tree of the same structure with other leaves, taken from an iterator.

    >>> rebuild({"W": 1.0, "b": (2.0, [3.0])}, iter("abc"))
    {'W': 'a', 'b': ('b', ['c'])}
    """
    if isinstance(tree, dict):
        return {key: rebuild(branch, new_leaves) for key, branch in tree.items()}
    if isinstance(tree, (tuple, list)):
        branches = [rebuild(branch, new_leaves) for branch in tree]
        return type(tree)(*branches) if hasattr(tree, "_fields") else type(tree)(branches)
    return next(new_leaves)


def check_inputs(tree):
    """The leaves of the arguments to differentiate, if each one is made of floats."""
    for leaf in leaves(tree):
        kind = getattr(leaf, "dtype", np.dtype(type(leaf))).kind
        if kind in "biu":
            raise InputError(
                f"Only floats can vary smoothly, but {leaf!r} is made of integers: write "
                f"{'3.0 instead of 3' if np.ndim(leaf) == 0 else 'x.astype(float)'}."
            )
        if kind != "f":
            raise InputError(
                f"Differentiation needs floats, arrays of floats, or tuples, lists and dicts of "
                f"them, but got {type(leaf).__name__} {leaf!r:.40}."
            )
    return leaves(tree)


def match(what, tree, like):
    """The leaves of `tree`, if it has the structure and the shapes of `like`."""
    have, want = [[np.shape(leaf) for leaf in leaves(t)] for t in (tree, like)]
    if have != want:
        raise InputError(
            f"The {what} must have the shapes {want}, one for each array, but have {have}."
        )
    return leaves(tree)


def check_jvp(primals, tangents):
    """The leaves of the primals and of the tangents of a JVP, if they fit each other."""
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise InputError(
            "jvp takes a tuple of primals and a tuple of tangents: jvp(f, (x,), (v,))."
        )
    return check_inputs(primals), match("tangents", tangents, primals)


def scalar(y):
    """Check that a function's result can have a gradient: one real number."""
    kind = getattr(y, "dtype", np.dtype(type(y))).kind
    if kind not in "fbiu" or np.shape(y) != ():
        what = f"{type(y).__name__} {y!r:.40}"
        if hasattr(y, "shape") and y.shape:
            what = f"an array of shape {y.shape}"
        raise InputError(
            f"A gradient needs a function that returns one number, but this one returned {what}: "
            "reduce it with np.sum or np.mean, or ask for the jacobian."
        )
    return y


def plain_float(x):
    """A Python float for NumPy's scalar, so that results print as numbers."""
    return x.item() if isinstance(x, np.float64) else x


def call(f, args):
    """Run the user's function; where NumPy hid our sentence behind its own error, show ours."""
    try:
        return f(*args)
    except Exception as error:
        if isinstance(error.__cause__, ElfError):
            raise error.__cause__ from None
        raise


def select(f, args, argnums, kwargs=MappingProxyType({})):
    """The function of the selected arguments alone, and these arguments as a tuple."""
    if not callable(f):
        raise InputError(
            f"Only functions can be differentiated, but got {type(f).__name__} {f!r:.40}."
        )
    wanted = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for n in wanted:
        if not -len(args) <= n < len(args):
            raise InputError(
                f"argnums={argnums} asks for argument {n}, but the function was called with "
                f"{len(args)}."
            )

    def of_selected(*selected):
        full = list(args)
        for n, value in zip(wanted, selected, strict=True):
            full[n] = value
        return f(*full, **kwargs)

    return of_selected, tuple(args[n] for n in wanted)


def with_argnums(differentiate):
    """Make ``value_and_grad(f, argnums=0)`` of an engine's ``differentiate(f, primals)``.

    `differentiate` gives the value and one gradient per primal, as trees of their structure.
    """

    @functools.wraps(differentiate)
    def value_and_grad(f, argnums=0, **options):
        def of_args(*args, **kwargs):
            of_selected, primals = select(f, args, argnums, kwargs)
            check_inputs(primals)
            y, gradients = differentiate(of_selected, primals, **options)
            return plain_float(y), gradients[0] if isinstance(argnums, int) else gradients

        return of_args

    return value_and_grad


def unit_tangents(primals):
    """One tangent per input direction: 1 in one entry, 0 in all the others.

    >>> list(unit_tangents((np.zeros(2),)))
    [(array([1., 0.]),), (array([0., 1.]),)]
    """
    flat = leaves(primals)
    for k, leaf in enumerate(flat):
        for index in np.ndindex(np.shape(leaf)):
            tangents = [np.zeros(np.shape(a), np.result_type(a)) for a in flat]
            tangents[k][index] = 1.0
            yield rebuild(primals, (t if t.ndim else t.item() for t in tangents))


def fill_gradient(primals, slopes):
    """The gradient as a tree like `primals`, from one slope per input direction."""
    slopes = iter(slopes)

    def one(leaf):
        entries = [next(slopes) for _ in range(np.size(leaf))]
        if np.shape(leaf) == ():
            return plain_float(entries[0])
        gradient = np.reshape(np.stack(entries), np.shape(leaf))
        return gradient if isinstance(gradient, Value) else gradient.astype(leaf.dtype)

    return rebuild(primals, (one(leaf) for leaf in leaves(primals)))
