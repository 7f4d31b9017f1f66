"""Short cuts for programs of many small steps: operators that do without the way through NumPy.

Nothing here changes what is computed. ``a * b`` of two values goes through `core.dispatch`, which
looks at every argument; where both are Variables of one tape, or one is a plain number, there is
nothing to look for. Whatever is not so simple goes the long way.
"""

import numpy as np

from elves import core


def with_short_cuts(kind, new=None):
    """Give a kind of values quick operators, and a quick ``np.sin(x)``; a decorator.

    Its `value` is what the value of a call is computed from; ``new(y, (rule, parents, values,
    kwargs), level)`` makes a value of the kind: by default the kind itself.
    """
    new = new or kind
    for name, function in (core.OPERATORS | core.COMPARISONS).items():
        if function not in core.OF_BITS:  # which have more to say
            short_cut(kind, new, f"__{name}__", function)
    kind.__array_ufunc__ = of_one_argument(kind, new)
    return kind


def short_cut(kind, new, name, function):
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
            return long_way(self, other)
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


def of_one_argument(kind, new):
    """``np.sin`` and its like of one value of a kind."""
    long_way = kind.__array_ufunc__

    def of_ufunc(self, ufunc, method, *args, **kwargs):
        rule = core.RULES.get(ufunc)
        plain = len(args) == 1 and method == "__call__" and not kwargs and not core.BRANCH.get()
        if not plain or type(rule) is not core.Elementwise or rule.square or ufunc is np.square:
            return long_way(self, ufunc, method, *args, **kwargs)
        return new(rule.run(self.value), (rule, ((0, self),), (self.value,), kwargs), self.level)

    return of_ufunc
