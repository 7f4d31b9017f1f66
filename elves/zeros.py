"""Zeros that know whether they are true: a tangent that is not there at all, times inf, is 0.

Many tangents in one pass are mostly zeros: the slopes by one input, where another one varies. Such
a true zero contributes nothing, even where a local slope is inf or nan; but IEEE's 0 · inf is nan.
So where a pass has made a nan, it runs once more with tangents that remember which of their entries
can be anything but 0. A zero that has come about by numbers, as 2·√x at 0, stays one: nan is the
honest answer there.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 7.1, for patterns of Jacobians.
"""

import contextvars
import functools

import numpy as np

from elves import core, trees
from elves.errors import ConversionError, ElfError


class Marked(core.Value):
    """A tangent or cotangent, and where it can be anything but zero."""

    __slots__ = ("live", "plain")

    def __init__(self, plain, live, level):
        self.plain, self.live, self.level = plain, live, level

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        plain = [a.plain if is_of(a, level) else a for a in args]
        y = rule.function(*plain, **kwargs)
        if rule.constant:
            return y
        live = np.broadcast_to(alive(level, rule, args, kwargs), np.shape(y))
        safe = keeps_zeros(rule) or (not isinstance(live, core.Value) and np.all(live))
        return cls(y if safe else np.where(live, y, np.zeros_like(y))[()], live, level)


def keeps_zeros(rule):
    """Whether zeros give zeros anyway: nothing is multiplied that could be inf or nan."""
    if isinstance(rule, core.Elementwise):
        return not any(map(callable, rule.partials))
    return isinstance(rule, core.Moves) or type(rule) is core.Linear


def is_of(a, level):
    return type(a) is Marked and a.level == level


def alive(level, rule, args, kwargs):
    """Where a function that is linear in its marked arguments can be anything but zero."""

    def mark(a, product):
        return a.live if is_of(a, level) else product or a != 0

    if rule.function in (np.multiply, np.true_divide):
        return np.logical_and(*(mark(a, True) for a in args))
    if isinstance(rule, core.Elementwise):
        return functools.reduce(np.logical_or, [mark(a, False) for a in args])
    if isinstance(rule, core.Multilinear):
        counts = [a.live * 1.0 if is_of(a, level) else np.ones(np.shape(a)) for a in args]
    elif isinstance(rule, core.Linear):
        arrays = [rule.variadic or bool(t) for t in rule.transposes]
        arrays += [rule.variadic] * (len(args) - len(arrays))
        counts = [mark(a, False) * 1.0 if x else a for a, x in zip(args, arrays, strict=False)]
        counts += args[len(counts) :]
    elif isinstance(rule, core.Moves):
        counts = [args[0].live * 1.0, *args[1:]]
    else:
        return True
    return rule.function(*counts, **kwargs) != 0


def with_true_zeros(push, seeds):
    """``push(seeds)``, a value and its slopes; once more with true zeros if it has made a nan."""
    y, slopes = push(seeds)
    parts = trees.leaves(seeds)
    if all(perhaps(np.all, a) for a in parts) or not to_repeat(trees.leaves(slopes)):
        return y, slopes
    level = core.new_level()
    marked = [Marked(a, np.not_equal(a, 0), level) for a in parts]
    try:
        found = trees.leaves(push(trees.rebuild(seeds, marked))[1])
    except ElfError:  # they meet an array that holds numbers alone
        return y, slopes
    return y, trees.rebuild(slopes, [a.plain if is_of(a, level) else a for a in found])


TRACED = contextvars.ContextVar("TRACED", default=None)  # the program that is traced now


class Traced:
    """What a traced program knows of its true zeros: whether there are any, and if it keeps them.

    They cost a where for each product. So at first it does without, and where its result has a nan,
    it is traced once more.
    """

    def __init__(self, kept=False, in_loops=None):
        self.kept, self.met, self.around = kept, False, TRACED.get()
        around = self.around is None or self.around.in_loops
        self.in_loops = in_loops if around and not kept else None  # before it is differentiated
        self.looked = False  # whether somebody has looked for them

    def __enter__(self):
        self.token = TRACED.set(self)
        return self

    def __exit__(self, *error):
        TRACED.reset(self.token)
        if self.around:
            self.around.met |= self.met


def kept():
    """Whether true zeros are kept in the program that is traced now."""
    traced = TRACED.get()
    return traced is not None and traced.kept


def in_loops():
    """What finds loops again where the program that is traced now would be long; or None."""
    traced = TRACED.get()
    return traced and traced.in_loops


def to_repeat(slopes):
    """Whether slopes hold a nan, or could do so in a program that has to keep its true zeros."""
    if not any(numbers(a) is None for a in slopes):
        return any(map(has_nan, map(numbers, slopes)))
    if traced := TRACED.get():
        traced.met = True
    return kept()


def numbers(a):
    """The plain numbers in a value of the engines; None where they are not known yet."""
    while isinstance(a, core.Value):
        try:
            a = a.stacked if hasattr(type(a), "stacked") else a.plain
        except ConversionError:
            return None
    return a


def perhaps(test, a):
    """Whether a test holds of a value's numbers, or may hold once these are known."""
    a = numbers(a)
    return a is None or bool(test(a))


def has_nan(a):
    if type(a) is float:
        return a != a
    return trees.kind(a) == "f" and np.isnan(a).any()
