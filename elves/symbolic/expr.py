"""Formulas as values: NumPy calls them, and each call adds a node to a graph."""

import numpy as np

from elves import core, leaving, rules
from elves.errors import ConversionError, InputError


class Formula(core.Value):
    """What a formula and an array of formulas share: they have no value to decide with."""

    __slots__ = ()
    dtype = np.dtype(float)
    lost = "but it has no numbers yet"
    counting = "the forward or reverse engine where it counts or indexes"
    __hash__ = object.__hash__  # two formulas are two keys

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        if rule.function is np.result_type:
            return cls.dtype
        args = [objects(a) for a in args]
        of_entries = rule.constant and isinstance(rule.function, np.ufunc)
        if of_entries or isinstance(rule, core.Elementwise) or rule.function in ENTRYWISE:
            y = each(level, rule, len(args))(*args)
        elif rule.function in REDUCTIONS:
            pair = each(level, core.rule_of(REDUCTIONS[rule.function]), 2)
            y = pair.reduce(*args, **{"axis": None} | kwargs)
        else:
            if rule.function in SUMS:  # which count what is true
                args = [counted(a) if np.ndim(a) else a for a in args]
            try:
                if any(core.values_in(a) for a in args if type(a) is tuple):
                    raise TypeError("A formula is no place.")
                y = rule.function(*args, **kwargs)  # NumPy applies + and * to arrays of objects
            except (IndexError, TypeError, ValueError) as error:
                if type(error) is ValueError and not isinstance(error.__cause__, ConversionError):
                    raise
                raise ConversionError(
                    f"{leaving.wrote(rule.told)} needs numbers where it got formulas: use the "
                    "forward or reverse engine, which follow one run with real numbers."
                ) from None
        y = y[()] if isinstance(y, np.ndarray) else y  # one formula is no array
        return ExprArray(y, level) if isinstance(y, np.ndarray) else y

    @property
    def plain(self):
        way = leaving.undecided(
            ", or use the forward or reverse engine, which follow one run with real numbers"
        )
        raise ConversionError(f"The formula {self!r:.80} has no value to decide with: {way}.")


ENTRYWISE = {
    np.where, np.zeros_like, np.ones_like, rules.stop_gradient, rules.arrays.cast,
    rules.arrays.cut_off,
}  # fmt: skip
REDUCTIONS = {np.max: np.maximum, np.min: np.minimum}
SUMS = {np.sum, np.matmul, rules.arrays.running_sum, rules.products.contract}


class Expr(Formula):
    """A formula of one number: a named symbol, or a NumPy function of other formulas.

    >>> x = symbol("x")
    >>> np.sin(x) * x**2
    np.sin(x) * x ** 2
    """

    __slots__ = ("args", "name", "rule")
    shape, ndim, size = (), 0, 1

    def __init__(self, rule, args, name=None, level=0):
        self.rule, self.args, self.name, self.level = rule, args, name, level

    def __reduce_ex__(self, protocol):
        if self.level:
            return super().__reduce_ex__(protocol)
        return (symbol, (self.name,)) if self.rule is None else (Expr, (self.rule, self.args))


class ExprArray(Formula):
    """An array of formulas."""

    __slots__ = ("entries",)
    shape = property(lambda self: self.entries.shape)
    ndim = property(lambda self: self.entries.ndim)
    size = property(lambda self: self.entries.size)

    def __init__(self, entries, level):
        self.entries, self.level = entries, level

    def __repr__(self):
        return f"ExprArray({self.entries.tolist()})"


def objects(a):
    """A value as an array of objects, which NumPy's own loops can walk; numbers as they are."""
    if isinstance(a, ExprArray):
        return a.entries
    if not isinstance(a, core.Value):
        return a
    array = np.empty(np.shape(a), object)
    for index in np.ndindex(array.shape):
        array[index] = a[index] if index else a
    return array


counted = np.frompyfunc(lambda a: a * 1 if is_boolean(a) else a, 1, 1)


def each(level, rule, count):
    """A NumPy function of `count` arrays that writes the formulas of a rule, entry by entry."""
    return np.frompyfunc(lambda *a: folded(level, rule, a), count, 1, identity=None)


SYMBOLS = {}


def symbol(name):
    """A variable of a formula; the same name is the same variable.

    Raises InputError for a name that is no text.

    >>> symbol("x") + 1
    x + 1
    """
    if type(name) is not str or not name:
        raise InputError(f'A symbol needs a name, not {name!r:.40}: symbol("x").')
    return SYMBOLS.setdefault(name, Expr(None, (), name))  # one step, so threads agree


def is_own(a, level):
    return isinstance(a, Expr) and a.level == level


def is_number(a, value):
    return value is None or not (isinstance(a, core.Value) or a != value)


# What to write instead of f(a, b); the first test that holds decides.
SIMPLER = {
    np.add: [(0, None, lambda a, b: b), (None, 0, lambda a, b: a)],
    np.subtract: [(None, 0, lambda a, b: a), (0, None, lambda a, b: -b)],
    np.multiply: [
        (0, None, lambda a, b: 0.0),
        (None, 0, lambda a, b: 0.0),
        (1, None, lambda a, b: b),
        (None, 1, lambda a, b: a),
    ],
    np.true_divide: [(0, None, lambda a, b: 0.0), (None, 1, lambda a, b: a)],
    np.power: [(None, 0, lambda a, b: 1.0), (None, 1, lambda a, b: a)],
}


def folded(level, rule, args):
    """The formula ``rule.function(*args)``, folded where an argument is 0, 1 or all are numbers."""
    if rule.function in FILLED:
        return FILLED[rule.function]
    if rule.function in core.OF_BITS and not all(map(has_bits, args)):
        raise TypeError(f"ufunc '{rule.function.__name__}' not supported for formulas of floats")
    if not any(is_own(a, level) for a in args):
        if rule.function is np.power and isinstance(args[0], int) and args[1] < 0:
            args = float(args[0]), args[1]  # NumPy has no such power of whole numbers
        return rule.function(*args)[()]  # no array for a number
    for left, right, shorter in SIMPLER.get(rule.function, ()):
        if is_number(args[0], left) and is_number(args[1], right):
            if is_boolean(y := shorter(*args)):
                break  # True * 1 is a number
            return y
    return Expr(rule, tuple(args), level=level)


def is_boolean(a):
    """Whether a formula is a truth value."""
    types = getattr(a.rule.function, "types", ()) if isinstance(a, Expr) and a.rule else ()
    return bool(types) and (types[0].endswith("->?") and a.rule.constant)


def has_bits(a):
    return is_boolean(a) if isinstance(a, Expr) else np.result_type(a).kind in "biu"


FILLED = {np.zeros_like: 0.0, np.ones_like: 1.0}


def parts(exprs, level=0):
    """Every distinct node of some formulas, arguments before the formulas that use them."""
    order, seen, todo = [], set(), [e for e in reversed(exprs) if is_own(e, level)]
    while todo:
        node = todo[-1]
        fresh = [a for a in node.args if is_own(a, level) and id(a) not in seen]
        if fresh:
            todo += reversed(fresh)
        else:
            todo.pop()
            if id(node) not in seen:
                seen.add(id(node))
                order.append(node)
    return order


def fold(exprs, leaf, combine, level=0):
    """Walk formulas from the symbols up: `leaf` of a symbol, `combine` of a node's arguments."""
    done = {}
    for node in parts(exprs, level):
        args = [done[id(a)] if is_own(a, level) else a for a in node.args]
        done[id(node)] = leaf(node) if node.rule is None else combine(node, args)
    return [done[id(e)] if is_own(e, level) else e for e in exprs]


def level_of(exprs):
    return max((e.level for e in exprs if isinstance(e, Expr)), default=0)


def same(function, args):
    """A key that is equal for equal formulas, if their parts are the same objects."""
    return function, *(id(a) if isinstance(a, core.Value) else repr(a) for a in args)


def size(expr, shared=False):
    """How many operations a formula has: written out in full, or with shared parts once.

    >>> x = symbol("x")
    >>> y = x * x
    >>> z = y * y
    >>> size(z), size(z, shared=True)
    (3, 2)
    """
    counts = {}
    for node in parts([expr], getattr(expr, "level", 0)):
        inside = 0 if shared else sum(counts.get(id(a), 0) for a in node.args)
        counts[id(node)] = inside + (node.rule is not None)
    return sum(counts.values()) if shared else counts.get(id(expr), 0)
