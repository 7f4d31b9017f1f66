"""The hand-over from NumPy: what a learner's own engine cannot do without and need not invent.

NumPy asks the values that it meets whether they want to handle a call themselves: by
``__array_ufunc__`` (NEP 13) and ``__array_function__`` (NEP 18). `Handover` answers yes, and calls
the one method that the learner writes.
"""

import operator

import numpy as np

from elves.core import COMPARISONS, OPERATORS
from elves.errors import InputError


class Handover:
    """Base of a learner's node: its `value` is a number or an array of NumPy.

    A subclass defines ``record(function, args, options)``, which gets whatever NumPy function met
    a node, with its arguments (nodes among them), and returns the node of the result.

    >>> class Loud(Handover):
    ...     def __init__(self, value):
    ...         self.value = value
    ...     def record(function, args, options):
    ...         return function.__name__, len(args), options
    >>> np.tanh(Loud(1.0)), 2.0 * Loud(1.0), Loud(np.ones(3)).sum(axis=0)
    (('tanh', 1, {}), ('multiply', 2, {}), ('sum', 1, {'axis': 0}))

    A shape is known without a call, whatever asks for it:

    >>> np.shape(Loud(np.ones(3))), np.ndim(Loud(1.0)), np.size(Loud(Loud(np.ones(3))))
    ((3,), 0, 3)
    """

    record = None

    def __array_ufunc__(self, ufunc, method, *args, **options):
        if method != "__call__" or "out" in options:
            raise InputError(f"np.{ufunc.__name__}.{method} or out= does not reach your engine.")
        return hand_over(self, ufunc, args, options)

    def __array_function__(self, function, types, args, options):
        if function in (np.shape, np.ndim, np.size) and args and args[0] is self:
            return function(self.value, *args[1:], **options)
        return hand_over(self, function, args, options)

    def __array__(self, *args, **options):
        name = type(self).__name__
        raise InputError(
            f"NumPy would make a plain array of a whole {name}, and lose what else is in it."
        )

    def __getitem__(self, index):
        return hand_over(self, operator.getitem, (self, index), {})

    def __neg__(self):
        return hand_over(self, np.negative, (self,), {})

    shape = property(lambda self: np.shape(self.value))
    ndim = property(lambda self: np.ndim(self.value))
    T = property(lambda self: np.transpose(self))

    def __len__(self):
        return self.shape[0]

    def sum(self, axis=None, keepdims=False):
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis=None, keepdims=False):
        return np.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis=None, keepdims=False):
        return np.max(self, axis=axis, keepdims=keepdims)


def hand_over(node, function, args, options):
    """Call the learner's `record` with the options that were really given."""
    if node.record is None:
        raise InputError("Your class needs record(function, args, options): write it first.")
    names = ("axis", "keepdims")
    if function in (np.sum, np.mean, np.max) and len(args) > 1:  # by position
        options, args = dict(zip(names, args[1:], strict=False)) | options, args[:1]
    plain = {"axis": None, "keepdims": False, "dtype": None, "out": None}
    given = {k: v for k, v in options.items() if k not in plain or v is not plain[k]}
    try:
        return type(node).record(function, args, given)
    except (IndexError, StopIteration, AttributeError) as error:
        if any(isinstance(a, Handover) for a in args):
            raise
        words = "has its nodes in a list, and record finds none among the arguments."
        raise InputError(f"np.{function.__name__} {words}") from error


for _name, _function in (OPERATORS | COMPARISONS).items():
    setattr(
        Handover,
        f"__{_name}__",
        lambda a, b, f=_function: hand_over(a, f, (a, b), {}),
    )
    if _name in OPERATORS:
        setattr(
            Handover,
            f"__r{_name}__",
            lambda a, b, f=_function: hand_over(a, f, (b, a), {}),
        )
