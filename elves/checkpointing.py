"""Steps of the tape with a rule of their own: look inside a sweep, or trade memory for time.

The tape asks a rule for two things only: to run, and to pull a cotangent back. So a whole
function can be one step, which forgets its inside and computes it again when the sweep comes back.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 12.
"""

import functools

from elves import core, trees
from elves.errors import InputError
from elves.reverse import Variable, is_of, pull_back, record


class Hook(core.Rule):
    """A step of the tape that changes nothing, and shows the cotangent that comes back."""

    def __init__(self, look):
        self.look = look

    def run(self, x):
        return +x

    def vjp(self, i, g, y, args, kwargs):
        changed = self.look(g)
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
    return Variable.apply(x.level, Hook(look), (x,), {}) if type(x) is Variable else x


class Checkpoint(core.Rule):
    """A whole function as one step of the tape, run once more when the sweep comes back."""

    def __init__(self, f, args, level):
        self.f, self.args, self.level, self.latest = f, args, level, (None, None)
        self.followed = [k for k, a in enumerate(trees.leaves(args)) if is_of(a, level)]

    def run(self, *flat):
        y = trees.call(self.f, trees.rebuild(self.args, flat))
        if getattr(y, "level", -1) >= self.level or trees.kind(y) != "f":
            raise InputError(
                "checkpoint needs a function that takes all it uses as arguments and returns one "
                "array: pass the weights too, and join several results with np.concatenate."
            )
        return y

    def vjp(self, i, g, y, args, kwargs):
        if self.latest[0] is not g:  # one more run serves all the arguments

            def f(*moving):
                flat = list(args)
                for k, value in zip(self.followed, moving, strict=True):
                    flat[k] = value
                return trees.call(self.f, trees.rebuild(self.args, flat))

            inputs, result = record(f, [args[k] for k in self.followed])
            gradients = pull_back([v.value for v in inputs], inputs, [result], [g])
            self.latest = g, dict(zip(self.followed, gradients, strict=True))
        return self.latest[1][i]


def checkpoint(f):
    """f, but the tape keeps only its arguments and runs it again in the sweep: memory for time.

    f takes everything it uses as arguments (trees are welcome) and returns one array or number.
    Raises InputError if it does not.

    >>> import elves, numpy as np
    >>> elves.grad(lambda x: checkpoint(np.sin)(x) * x)(np.pi)
    -3.141592653589793
    """

    @functools.wraps(f)
    def of_args(*args):
        flat = trees.leaves(args)
        values = [a for a in flat if isinstance(a, core.Value)]
        inner = max(values, key=lambda a: a.level, default=None)
        if type(inner) is not Variable:
            return f(*args)
        return Variable.apply(inner.level, Checkpoint(f, args, inner.level), flat, {})

    return of_args
