"""Steps of the tape with a rule of their own: look inside a sweep, or trade memory for time.

The tape asks a rule for two things only: to run, and to pull a cotangent back. So a whole
function can be one step, which forgets its inside and computes it again when the sweep comes back.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 12.
"""

import functools
import threading

import numpy as np

from elves import calls, core, trees
from elves.errors import InputError
from elves.reverse import Variable, is_of, plain, pull_back, record


class Hook(core.Rule):
    """A step of the tape that changes nothing, and shows the cotangent that comes back."""

    def __init__(self, look):
        self.look = look

    def run(self, x):
        return +x

    def vjp(self, i, g, y, args, kwargs):
        changed = self.look(g.copy() if isinstance(g, np.ndarray) else g)
        return g if changed is None else changed


def hook(x, look):
    """x itself; when a sweep comes back here, ``look(cotangent)`` is called.

    What `look` returns, if anything, goes on in the place of the cotangent. Outside of a tape
    nothing happens.

    >>> import elves, numpy as np
    >>> elves.grad(lambda x: np.sin(hook(x * x, print)))(0.0)
    1.0
    0.0
    """
    if type(x) is not Variable or core.branch_around(x):
        return x
    return Variable.apply(x.level, Hook(look), (x,), {})


class Checkpoint(core.Rule):
    """A whole function as one step of the tape, run once more when the sweep comes back."""

    def __init__(self, f, args, level):
        self.f, self.args, self.level, self.latest = f, args, level, threading.local()
        self.followed = [k for k, a in enumerate(trees.leaves(args)) if is_of(a, level)]

    def run(self, *values):
        y = calls.call(self.f, trees.rebuild(self.args, values))
        if getattr(y, "level", -1) >= self.level or trees.kind(y) != "f":
            raise InputError(
                "checkpoint needs a function that takes all it uses as arguments and returns one "
                "array: pass the weights too, and join several results with np.stack."
            )
        return y

    def vjp(self, i, g, y, args, kwargs):
        if i == self.followed[0]:  # one more run serves all the arguments

            def f(*moving):
                values = list(args)
                for k, value in zip(self.followed, moving, strict=True):
                    values[k] = value
                return calls.call(self.f, trees.rebuild(self.args, values))

            inputs, result = record(f, [args[k] for k in self.followed])
            again = plain(result, inputs)
            if not isinstance(y, core.Value) and not np.array_equal(again, y, equal_nan=True):
                raise InputError(
                    "A function under checkpoint gave another result when it ran again: pass what "
                    "changes between the runs (a loop's number, a random draw) as an argument."
                )
            gradients = pull_back([v.value for v in inputs], inputs, [result], [g])
            self.latest.gradients = dict(zip(self.followed, gradients, strict=True))
        return self.latest.gradients.pop(i)


def checkpoint(function):
    """The function, run once more in the sweep back instead of being kept: memory for time.

    It takes everything it uses as arguments (trees by position, options by keyword) and returns
    one array or number. Raises InputError if it does not, or gives another result the second time.

    >>> import elves, numpy as np
    >>> elves.grad(lambda x: checkpoint(np.sin)(x) * x)(np.pi)
    -3.141592653589793
    """

    @functools.wraps(function)
    def of_args(*args, **options):
        f = functools.partial(function, **options) if options else function
        leaves = trees.leaves(args)
        values = [a for a in leaves if isinstance(a, core.Value)]
        inner = max(values, key=lambda a: a.level, default=None)
        if type(inner) is not Variable or core.branch_around(inner):
            return f(*args)
        return Variable.apply(inner.level, Checkpoint(f, args, inner.level), leaves, {})

    return of_args
