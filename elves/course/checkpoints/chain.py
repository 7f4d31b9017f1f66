"""Chains of steps that count how often they run, and how many of their arrays are alive.

A learner's sweep gets steps and a `State`: a token that can be kept and handed on, while its
numbers stand in a table that forgets them with the last token. So a copy counts as well, and a
list of them hides nothing.
"""

import collections
import gc
import weakref

import numpy as np

from elves.course.exercise import brief, several
from elves.course.guard import Unfit, told
from elves.course.kinds import a

MOST = 3_000  # calls of steps, after which a sweep is stopped
SHOWN = 128  # calls that are noted for a picture: a reader takes in no more

RUN, PULLED = "was run on", "was pulled with"
STATE = {
    RUN: "A step runs on a state: on x, or on what the step before it gave.",
    PULLED: "A pull takes the state first, then g.",
}
OWN = {
    RUN: "Run each step on what the one before it gave; steps[0], the first one, runs on x.",
    PULLED: "Each step is pulled with its own state: the one that went into it when it ran.",
}
BEFORE = "That is what came out of the step, and not what went in: keep x before the step runs."

# what is allowed: arrays alive at once, runs of all steps together, runs of each
Limits = collections.namedtuple("Limits", "alive runs each", defaults=(None, None, None))


class State:
    """What one step hands to the next: only the steps see the numbers of it."""

    WORDS = "a state"
    __slots__ = ("__weakref__", "chain", "index")

    def __init__(self, chain, index, numbers):
        self.chain, self.index = chain, index
        chain.numbers[self] = numbers

    def copy(self, memo=None):
        return State(self.chain, self.index, self.chain.numbers[self])

    __copy__ = __deepcopy__ = copy

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise Unfit(f"x.{name} was asked for, but what is in x only the steps can see")

    def __repr__(self):
        return f"state {self.index}"


class Chain:
    """Layers as steps that count; `moments` is how it began: (what, step, who is alive)."""

    def __init__(self, layers, limits=None):
        self.layers, self.limits = layers, limits or Limits()
        self.numbers, self.moments = weakref.WeakKeyDictionary(), []
        self.alive, self.calls, self.runs, self.collected = 0, 0, [0] * len(layers), False
        self.steps = [Step(self, k) for k in range(len(layers))]

    def numbers_of(self, x, k, done):
        """The numbers that go into step k; Unfit where something else was handed to it."""
        if isinstance(x, np.ndarray) and x.dtype == object and x.shape == ():
            x = x.item()  # np.copy makes that of a state
        if not isinstance(x, State):
            raise Unfit(f"step {k} {done} {a(x)}: what goes in is a state", STATE[done])
        if x.index != k:
            said = BEFORE if x.index == k + 1 else OWN[done]
            raise Unfit(f"step {k} {done} state {x.index}: what goes into it is state {k}", said)
        return self.numbers[x]

    def note(self, what, k):
        """Count who is alive, at the moment at which a step has all that it works with."""
        limit = self.limits.alive
        if limit and len(self.numbers) > limit and not self.collected:
            gc.collect(1)  # of what is new; functions that call themselves wait for it
            self.collected = True
        self.alive, self.calls = max(self.alive, len(self.numbers)), self.calls + 1
        if self.calls > MOST:
            told("paths", f"stopped: steps were run or pulled more than {MOST:,} times")
        if self.calls <= SHOWN:
            self.moments.append((what, k, [each.index for each in self.numbers]))


class Step:
    """One step of a chain: ``step(x)`` runs it, ``step.pull(x, g)`` pulls a cotangent back."""

    def __init__(self, chain, k):
        self.chain, self.k = chain, k

    def __call__(self, x):
        chain, k = self.chain, self.k
        out = State(chain, k + 1, chain.layers[k](chain.numbers_of(x, k, RUN)))
        chain.runs[k] += 1
        chain.note("run", k)
        return out

    def __deepcopy__(self, memo):
        return self  # a copy would count by itself

    def pull(self, x, g):
        numbers = self.chain.numbers_of(x, self.k, PULLED)
        g = cotangent(g, f"pulled through step {self.k}")
        if g.shape != numbers.shape:
            raise Unfit(f"a g of the shape {g.shape} was pulled through step {self.k}: the output "
                        f"there has the shape {numbers.shape}")  # fmt: skip
        self.chain.note("pull", self.k)
        return self.chain.layers[self.k].pull(numbers, g)

    def __repr__(self):
        return f"step {self.k}"


def cotangent(g, where="handed back"):
    """A cotangent as an array; Unfit where it is none."""
    if not isinstance(g, (int, float, np.ndarray, np.generic)) or np.asarray(g).dtype == object:
        raise Unfit(f"{a(g)} was {where}, and no cotangent")
    return np.asarray(g, float)


class Tally:
    """What a sweep took, and what it may take.

    Two are equal where both keep to the limits; or else where they go beyond in about the same way.
    """

    def __init__(self, chain):
        self.chain, limits = chain, chain.limits
        self.parts = [
            (chain.alive, limits.alive, "{} alive at the peak", "array"),
            (sum(chain.runs), limits.runs, "{} of steps", "run"),
            (max(chain.runs), limits.each, "up to {} of one step", "run"),
        ]

    def __eq__(self, other):
        return all(
            alike(mine, theirs, limit)
            for (mine, limit, *_), (theirs, *_) in zip(self.parts, other.parts, strict=True)
        )

    __hash__ = None

    def __repr__(self):
        found = []
        for n, limit, words, thing in self.parts:
            over = f" ({limit} allowed)" if limit is not None and n > limit else ""
            found.append(f"{words.format(several(n, thing))}{over}")
        return ", ".join(found)


def alike(mine, theirs, limit):
    """Whether two counts are both within a limit, or nearly the same beyond it.

    >>> alike(3, 5, 6), alike(7, 5, 6), alike(60, 64, 6)
    (True, False, True)
    """
    if limit is None or max(mine, theirs) <= limit:
        return True
    return min(mine, theirs) > limit and abs(mine - theirs) <= max(1, 0.2 * max(mine, theirs))


class Bend:
    """A small layer: two numbers are turned and bent, so that the order of the steps matters."""

    def __init__(self, angle):
        self.turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def __call__(self, x):
        return self.turn @ (x + 0.4 * np.sin(x))

    def pull(self, x, g):
        return (1 + 0.4 * np.cos(x)) * (self.turn.T @ g)


def swept(answer, n, limits, *more):
    """What a sweep gives for a chain of n steps: the cotangent of its input, and the tally."""
    rng = np.random.default_rng(n)
    chain = Chain([Bend(angle) for angle in rng.uniform(0.3, 1.2, n)], limits)
    found = answer(chain.steps, State(chain, 0, rng.normal(size=2)), np.array([1.0, -0.5]), *more)
    return [cotangent(found), Tally(chain)]


def show(outcome):
    return f"cotangent {brief(outcome[0])}; {outcome[1]}"


def steps_of(n):
    return f"a chain of {several(n, 'step')}"


SWEEP = {"show": show, "wants": "the cotangent of x, an array"}
