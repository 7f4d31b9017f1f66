"""What NumPy leaves unsaid, as calls of their own: base of the class of lab 9."""

import functools

import numpy as np

from elves.core import COMPARISONS
from elves.course.handover import Handover
from elves.errors import InputError


class Explicit(Handover):
    """A node for which broadcasting and lost axes are calls too, like any other.

    `x + column` arrives at `record` as ``np.broadcast_to(column, …)``, then ``np.add``. A sum
    keeps its axes, and ``np.reshape`` takes them away; a mean is a sum and a factor. A vector in a
    product is a matrix of one row or one column. So each call that arrives has one linear step
    for each of its arguments. JAX's programs do the same; see ``broadcast_in_dim`` there.

    >>> class Loud(Explicit):
    ...     def __init__(self, value):
    ...         self.value = value
    ...     def record(function, args, options):
    ...         print(function.__name__, options)
    ...         return Loud(function(*[getattr(a, "value", a) for a in args], **options))
    >>> _ = Loud(np.ones(3)) + np.ones((2, 3))
    broadcast_to {}
    add {}
    >>> _ = np.mean(Loud(np.ones((2, 3))), axis=0)
    sum {'axis': 0, 'keepdims': True}
    reshape {}
    multiply {}
    """

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if own := cls.__dict__.get("record"):
            cls.record = staticmethod(functools.wraps(own)(functools.partial(arriving, own)))


def arriving(own, function, args, options):
    """Call a learner's `record` for what is left when all is said."""
    if function in COMPARISONS.values():  # what they say does not move
        return function(*[a.value if isinstance(a, Handover) else a for a in args])
    if function is np.mean:
        y = np.sum(args[0], **options)
        return y * (np.size(y) / np.size(args[0]))
    if function is np.sum and options.get("axis") is not None and not options.get("keepdims"):
        y = np.sum(args[0], **options | {"keepdims": True})
        return np.reshape(y, np.sum(args[0].value, **options).shape)
    if function is np.matmul:
        return product(own, *args)
    if isinstance(function, np.ufunc):
        shape = np.broadcast_shapes(*map(np.shape, args))
        args = tuple(stretched(a, shape) for a in args)
    return own(function, args, options)


def stretched(a, shape):
    """A node in that shape; a plain array stays as it is, since nobody asks for its tangent."""
    return np.broadcast_to(a, shape) if isinstance(a, Handover) and a.shape != shape else a


def product(own, a, b):
    """A product of matrices; vectors become matrices, and the result loses their axes again."""
    shapes = np.shape(a), np.shape(b)
    if any(len(shape) not in (1, 2) for shape in shapes):
        raise InputError(f"Here @ multiplies matrices and vectors, but got the shapes {shapes}.")
    if len(shapes[0]) == len(shapes[1]) == 2:
        return own(np.matmul, (a, b), {})
    a = a if len(shapes[0]) == 2 else np.reshape(a, (1, -1))
    b = b if len(shapes[1]) == 2 else np.reshape(b, (-1, 1))
    return np.reshape(own(np.matmul, (a, b), {}), (*shapes[0][:-1], *shapes[1][1:]))
