"""Short cuts for programs of many small steps: calls that do without the way through `dispatch`.

Nothing here changes what is computed. ``a * b`` of two values goes through `core.dispatch`, which
looks at every argument; where both are Variables of one tape, or one is a plain number, there is
nothing to look for. Whatever is not so simple goes the long way.
"""

import operator

import numpy as np

from elves import calls, core, joining, trees
from elves.core.values import remember

REAL = "fbiu"
WALKED = {core.Elementwise, core.Linear, core.Multilinear, core.Custom, core.Moves, core.Constant}
OF_ENTRIES = {core.Elementwise, core.Multilinear, core.Constant}


def with_short_cuts(kind, new=None):
    """Give a kind of values quick operators, functions and indices; a decorator.

    Its `value` is what the value of a call is computed from; ``new(y, (rule, parents, values,
    kwargs), level)`` makes a value of the kind: by default the kind itself, which looks at the
    values later, so that what is not its own must stay as it is now.
    """
    walk = walker(kind, new or kind, later=new is None)
    for name, function in (core.OPERATORS | core.COMPARISONS).items():
        if function not in core.OF_BITS:  # which have more to say
            short_cut(kind, new or kind, walk, f"__{name}__", function)
    kind.__array_ufunc__ = of_ufuncs(kind, new or kind, walk)
    kind.__array_function__ = of_functions(kind, walk)
    kind.__getitem__ = of_indices(kind, new or kind, walk)
    return kind


def still(rule, values, kwargs, at, level):
    """Keep the values at some places, and the options, as they are now; or no more than the shape.

    What was linear in an array does not ask for its entries on the way back.
    """
    for i in at:
        a = values[i]
        if type(a) is np.ndarray and a.nbytes > COPIED and unchanging(level):
            continue
        if i in rule.unread and type(a) is np.ndarray and a.size > LARGE:
            values[i] = np.ndarray(a.shape, float, ZERO, 0, (0,) * a.ndim)
        else:
            values[i] = trees.frozen(a)
    return {k: trees.frozen(v) for k, v in kwargs.items()} if kwargs else kwargs


LARGE, ZERO = 1000, bytes(8)
COPIED = 500_000  # bytes, up to which a copy takes less time than to see that it needs none
CALLED = {}  # by level: the function that is recorded, with its arguments; whether it changes none


def recorded(f, level, args):
    """What f gives; a gradient's, whose tape is walked at once, is known as what it is made of.

    While others are walked, as in a `vjp`, arrays may have changed.
    """
    CALLED[level] = getattr(f, "of_gradient", False)
    try:
        return calls.call(f, args)
    finally:
        del CALLED[level]


def unchanging(level):
    """Whether the function that is recorded at a level surely changes no array."""
    found = CALLED.get(level, False)
    if found not in (True, False):
        from elves import untouched  # which only large arrays have to wait for

        found = CALLED[level] = untouched.unchanging(*found)
    return found


def short_cut(kind, new, walk, name, function):
    """The operator of two values of a kind, or of one and a number."""
    rule, long_way = core.RULES[function], getattr(kind, name)
    in_branch = core.BRANCH.get
    squares, product = function in core.SQUARES, function is np.multiply

    def operator(self, other, *more):
        if more or in_branch():  # of a `cond`: its trace has to see this
            return long_way(self, other, *more)
        if squares and self.square and (other is self or not product):
            return long_way(self, other)
        if type(other) in core.NUMBERS:
            values, parents = (self.value, other), ((0, self),)
        elif type(other) is kind and other.level == self.level:
            values, parents = (self.value, other.value), ((0, self), (1, other))
        else:
            y = walk(rule, (self, other), {}, self.level)
            return long_way(self, other) if y is None else y
        y = rule.run(*values)
        return y if rule.constant else new(y, (rule, parents, values, {}), self.level)

    def reflected(self, other):
        if type(other) not in core.NUMBERS or in_branch():
            return core.dispatch(function, (other, self), {})
        y = rule.run(other, self.value)
        return new(y, (rule, ((1, self),), (other, self.value), {}), self.level)

    setattr(kind, name, operator)
    if not rule.constant:
        setattr(kind, f"__r{name[2:]}", reflected)


def walker(kind, new, later):
    """What `core.dispatch` and a kind's `apply` do, in one go; None where it is not so simple.

    `later` says that a value of the kind looks at what it was made of when that may have changed.
    """

    def walk(rule, args, kwargs, level):
        values, parents, held = list(args), [], set()
        for i, a in enumerate(args):
            sort = type(a)
            if sort is kind and a.level == level:
                values[i] = a.value
                parents.append((i, a))
            elif sort is np.ndarray and a.dtype.kind in REAL:
                held.add(i)
            elif sort is tuple:
                for part in a:
                    if type(part) is np.ndarray and part.dtype.kind in REAL:
                        held.add(i)
                    elif type(part) not in SIMPLE and (type(part) is not slice or moves(part)):
                        return None
            elif sort not in SIMPLE and (sort is not slice or moves(a)):
                return None
        if not parents:  # they are named, or in a list
            return None
        y = rule.run(*values, **kwargs)
        if rule.constant:
            return y
        if later and (held or kwargs):
            kwargs = still(rule, values, kwargs, held, level)
        y = new(y, (rule, parents, values, kwargs), level)
        return core.as_array(y, rule, args) if rule.arrays and not y.shape else y

    return walk


SIMPLE = core.NUMBERS | {bool, str, type(None), type(Ellipsis), np.int64}


def moves(a):
    """Whether a slice is between others than numbers: between arrays, which may change."""
    fixed = type(a.start) in SIMPLE and type(a.stop) in SIMPLE and type(a.step) in SIMPLE
    return not fixed


def of_ufuncs(kind, new, walk):
    """``np.sin`` and its like of a value of a kind; ``np.maximum`` of one and a number or array."""
    long_way = kind.__array_ufunc__

    def of_ufunc(self, ufunc, method, *args, **kwargs):
        rule = core.RULES.get(ufunc)
        plain = method == "__call__" and not kwargs and not core.BRANCH.get()
        if plain and type(rule) in OF_ENTRIES and not rule.square and ufunc is not np.square:
            if len(args) == 1 and not rule.constant:
                recipe = rule, ((0, self),), (self.value,), kwargs
                return new(rule.run(self.value), recipe, self.level)
            y = None if self.square else walk(rule, args, kwargs, self.level)
            if y is not None:
                return y
        return long_way(self, ufunc, method, *args, **kwargs)

    return of_ufunc


def of_functions(kind, walk):
    """``np.sum`` and its like of a value of a kind, and of what is no value."""
    long_way = kind.__array_function__

    def of_function(self, function, types, args, kwargs):
        root = rule = core.RULES.get(function)
        if rule and rule.usually and "out" not in kwargs:  # np.dot, say
            args, kwargs = rule.settle(args, kwargs)
            values = [a.value if type(a) is kind else a for a in args]
            usual, options = core.RULES[rule.usually], kwargs.values()
            same = {*map(type, values)} == {np.ndarray} and usual.fits(kwargs)
            same = same and list not in map(type, options) and not core.values_in(options)
            same = same and (usual.run is function or not (rule.own and rule.own(*values)))
            rule = usual if same else rule
        plain = type(rule) in WALKED and not rule.square and "out" not in kwargs
        if plain and not core.BRANCH.get():
            args, kwargs = rule.settle(args, kwargs)
            y = walk(rule, args, kwargs, self.level)
            if y is not None:
                return remember(y, root, args, kwargs) if root.square else y
        return long_way(self, function, types, args, kwargs)

    return of_function


def of_indices(kind, new, walk):
    """``x[i]`` of a value of a kind."""
    long_way, rule = kind.__getitem__, core.RULES[operator.getitem]

    def getitem(self, index):
        sort = type(index)
        fixed = sort is int or (sort is slice and not moves(index))
        if fixed and not core.BRANCH.get():
            recipe = rule, ((0, self),), (self.value, index), {}
            return new(rule.run(self.value, index), recipe, self.level)
        y = None if core.BRANCH.get() else walk(rule, (self, index), {}, self.level)
        return long_way(self, joining.in_arrays(index)) if y is None else y

    return getitem
