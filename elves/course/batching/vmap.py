"""Exercise 10.5, vmap: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import batching
from elves.course.batching.record import Batched
from elves.course.batching.stacks import A_LOOP, LOOPED, MANY, shape_of, show
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit, told
from elves.course.handover import Handover

V, M = np.array([2.0, -1.0, 0.5]), np.array([[1.0, 0.5, 3.0], [-1.0, 3.0, 2.0], [2.0, 0.25, -1.0]])
X = np.array([[0.5, 1.0, -2.0], [1.5, -1.0, 0.75], [-0.5, 0.25, 3.0]])
FUNCTIONS = [  # in words, itself, in_axes, and what it is called with
    ("lambda x: x + 1.0", lambda x: x + 1.0, 0, [X[:, 0]]),
    ("lambda x: np.sum(x * x)", lambda x: np.sum(x * x), 0, [X]),
    ("lambda x, y: x * y", lambda x, y: x * y, 0, [X, M]),
    ("lambda x, y: x - y", lambda x, y: x - y, (0, None), [X, V]),
    ("lambda x, y: x * y", lambda x, y: x * y, (None, 0), [V, X[:, 0]]),
    ("lambda x, y: x @ y", lambda x, y: x @ y, (0, 0), [X, M]),
    ("lambda w, x: np.tanh(w @ x)", lambda w, x: np.tanh(w @ x), (None, 0), [M, X]),
    ("lambda w, x: np.tanh(w @ x)", lambda w, x: np.tanh(w @ x), (None, 0), [M[:2], X]),
    ("lambda x: 7.0", lambda x: 7.0, 0, [X]),
    ("lambda x, y: y", lambda x, y: y, (0, None), [X, V]),
    ("lambda x, y: y", lambda x, y: y, (0, None), [X[:2], V]),
    ("lambda x, y: np.tanh(x)", lambda x, y: np.tanh(x), (None, 0), [V[:2], X]),
    ("lambda x, y: np.tanh(y)", lambda x, y: np.tanh(y), (0, None), [M[:, 0], M]),
    ("lambda x, y: np.sum(x) * y", lambda x, y: np.sum(x) * y, (0, None), [np.ones((MANY, 2)), V]),
]


def mapped(answer, case):
    """The stack of results; a function that runs once for each of many examples is told."""
    _, f, in_axes, args = case
    runs = []

    def watched(*given):
        runs.append(given)
        return f(*given)

    of_stacks = answer(watched) if in_axes == 0 else answer(watched, in_axes)
    if not callable(of_stacks):
        raise Unfit(f"{brief(of_stacks)}, which is no function")
    found = of_stacks(*args)
    if isinstance(found, Handover):
        raise Unfit("a Batched, and not the array that is in it")
    if len(runs) >= MANY:
        told("paths", LOOPED)
    try:
        return np.asarray(found, float)
    except (TypeError, ValueError):
        raise Unfit(f"{brief(found)}, which is no array of numbers") from None


def words_of(case):
    words, _, in_axes, args = case
    given = " and ".join(shape_of(np.shape(a)) for a in args)
    return f"vmap({words}, in_axes={in_axes}) of {given}"


def made(axes=lambda axes, args: axes, batch=lambda a, axis: axis == 0, size=None, out=None):
    """A vmap that is right but for what is given here."""

    def vmap(f, in_axes=0):
        def of(*args):
            own = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
            own = axes(own, args)
            inside = [Batched(a) if batch(a, axis) else a
                      for a, axis in zip(args, own, strict=False)]  # fmt: skip
            n = (
                len(args[0])
                if size
                else next((len(a) for a, axis in zip(args, own, strict=False) if axis == 0), 0)
            )
            return (out or outside)(f(*inside), n)

        return of

    return vmap


def outside(y, n):
    return y.value if isinstance(y, Batched) else np.broadcast_to(y, (n, *np.shape(y)))


def value_of(y, n):
    return y.value


def value_or_plain(y, n):
    return y.value if isinstance(y, Batched) else y


def in_a_loop(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        n = next(len(a) for a, axis in zip(args, axes, strict=True) if axis == 0)
        return np.stack([
            f(*[a[k] if axis == 0 else a for a, axis in zip(args, axes, strict=True)])
            for k in range(n)
        ])  # fmt: skip

    return of


def one_for_all(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,)
        inside = [Batched(a) if axis == 0 else a for a, axis in zip(args, axes, strict=False)]
        n = next(len(a) for a, axis in zip(args, axes, strict=False) if axis == 0)
        return outside(f(*inside, *args[len(inside) :]), n)

    return of


def one_alone(pairs, out):
    """A vmap whose one 0 is for the first argument: there is no axis for the next ones."""

    def vmap(f, in_axes=0):
        def of(*args):
            axes = in_axes if isinstance(in_axes, tuple) else (in_axes,)
            inside = [Batched(a) if axis == 0 else a for a, axis in pairs(args, axes)]
            n = next(len(a) for a, axis in zip(args, axes, strict=False) if axis == 0)
            return out(f(*inside), n)

        return of

    return vmap


def up_to_the_shorter(args, axes):
    return zip(args, axes, strict=False)


def both_to_their_ends(args, axes):
    return zip(args, axes, strict=True)


def by_index(args, axes):
    return [(a, axes[k]) for k, a in enumerate(args)]


def by_index_of_a_list(args, axes):
    return by_index(args, [*axes])


def always_a_tuple(f, in_axes=0):
    return lambda *args: in_axes[0]


def in_one_list(f, in_axes=0):
    return lambda *args: outside(f([*map(Batched, args)]), len(args[0]))


def called_at_once(f, in_axes=0):
    return outside(f(in_axes), 1)


REPEAT = (
    "A result that depends on no batched argument is no Batched: each example has it, so it is "
    "repeated, with the batch axis in front."
)
ALL = "One 0 stands for all arguments: repeat it len(args) times."
STOPS = (
    (r"plain array of a whole Batched|no rule for (array|broadcast_to|full|ones|repeat|stack|tile|v"
     r"stack|concatenate)\w* yet", "NumPy was given a whole Batched: return its value first."),
    (r"^UnboundLocalError.*'in_axes'", "Assigned in the inner function, in_axes is a new name "
     "there: call yours axes."),
    (r"^UnboundLocalError.*'f'", "Assigned in the inner function, f is a new name there: call "
     "yours something else."),
)  # fmt: skip
SHARED = "None says that this argument is shared: it goes in as it is, and f sees all of it."

EXERCISE = Exercise(
    "batching.vmap",
    cases=lambda random: FUNCTIONS,
    right=batching.vmap,
    run=mapped,
    tell=words_of,
    show=show,
    mistakes=(
        (made(batch=lambda a, axis: True), SHARED),
        (made(batch=lambda a, axis: False), "Nothing is batched: f works on the whole stacks, and "
         "takes the batch axis for one of its own. (An `if axis` would do that: 0 counts as "
         "false.)"),
        (made(batch=lambda a, axis: axis == 0 and np.ndim(a) > 1), "A stack of numbers has one "
         "axis, and that is the batch axis: it is batched too."),
        (made(out=value_of), "f may give what is no Batched: a plain number or array "
         "has no value. " + REPEAT),
        (made(out=value_or_plain), REPEAT),
        (made(out=lambda y, n: y), "What comes out is still a Batched: the caller wants the "
         "array that is in it."),
        (made(out=lambda y, n: y.value if isinstance(y, Batched) else np.stack([y] * n, axis=-1)),
         "The batch axis of what you repeat comes last: it belongs in front."),
        (made(out=lambda y, n: y.value if isinstance(y, Batched) else np.repeat(y, n)), "np.repeat "
         "repeats the entries, all in one row: here the whole result is repeated, along a new "
         "first axis."),
        (made(out=lambda y, n: y.value if isinstance(y, Batched) else np.broadcast_to(y, n)),
         "The results may have a shape of their own, which stands behind the batch axis."),
        (made(size=True), "The first argument may be a shared one: its length says nothing of how "
         "many examples there are."),
        (one_for_all, ALL),
        (always_a_tuple, "in_axes may be one 0, for all arguments: only a tuple has entries."),
        (called_at_once, "vmap(f) runs nothing yet: it gives a function, which runs f when the "
         "stacks come."),
        (in_a_loop, A_LOOP),
        (in_one_list, "f gets all of its arguments in one list: it takes them one by one."),
        *((one_alone(pairs, out), ALL)
          for pairs in (up_to_the_shorter, both_to_their_ends, by_index, by_index_of_a_list)
          for out in (outside, value_of, value_or_plain)),
    ),
    stops=STOPS,
    wants="a function that gives a function; that one gives one array, with the results stacked",
    hints=(
        "Inside of vmap, define of(*args) and return it. There, give each argument its axis: "
        "in_axes itself if it is a tuple, else [in_axes] * len(args).",
        "Batched(a) where the axis is 0, and a where it is None. Then y = f(…): y.value if it is a "
        "Batched.",
        "Else np.broadcast_to(y, (n, *np.shape(y))), where n is the length of any argument whose "
        "axis is 0.",
    ),
    idea="f ran once. It thought that there was one example, and nobody told it otherwise.",
    real=("torch/_functorch/vmap.py:_flat_vmap@with vmap_increment",
          "elves/batching.py:vmap@def of_stacks"),
    answer="vmap",
)  # fmt: skip
