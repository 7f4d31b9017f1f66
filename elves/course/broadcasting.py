"""Lab 5, broadcasting: what its checks need to know.

Source: NumPy's documentation, "Broadcasting"; Giles, "Collected matrix derivative results" (2008).
"""

import itertools

import numpy as np

from elves import reverse
from elves.course.engine import arrays
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.pictures import matrix

PAIRS = [
    ((), ()), ((2,), ()), ((), (3,)), ((2,), (2,)), ((1,), (3,)), ((3,), (2, 3)), ((2, 1), (2, 3)),
    ((2, 3), (1, 3)), ((2, 1), (1, 3)), ((2, 1), (3,)), ((4, 1, 2), (3, 1)), ((2, 3), (4, 1, 3)),
    ((1, 1), (2, 2)), ((3, 1), (3, 1)), ((1,), (1, 1)), ((5, 1, 3), (2, 3)), ((1, 3), (3,)),
    ((1, 1), (1,)), ((1, 2, 1), (2, 3)),
]  # fmt: skip
EMPTY = [((0,), (1,)), ((2, 1), (2, 0))]  # beside an axis of no entries, 1 gives way as well


# ------------------------------------------------------------ 5.1 shapes
def flush_right(s, t, pick):
    n = max(len(s), len(t))
    s, t = (1,) * (n - len(s)) + s, (1,) * (n - len(t)) + t
    return tuple(map(pick, s, t))


def by_max(s, t):
    return flush_right(s, t, max)


def turned(s, t):
    return np.broadcast_shapes(s, t)[::-1]


def aligned_left(s, t, larger=max):
    n = max(len(s), len(t))
    s, t = s + (1,) * (n - len(s)), t + (1,) * (n - len(t))
    return tuple(map(larger, s, t))


def aligned_left_by_ones(s, t):
    return aligned_left(s, t, lambda n, m: m if n == 1 else n)


def longer(s, t):
    return s if len(s) >= len(t) else t


def longer_or_second(s, t):
    return s if len(s) > len(t) else t


def larger(s, t):
    return s if np.prod(s) >= np.prod(t) else t


def padded_by_nothing(s, t):
    return tuple(map(max, s[::-1], t[::-1]))[::-1]


def added(s, t):
    return s + t


# ------------------------------------------------------------ 5.2 axes
def stretched(have, want):
    """The axes of the shape `want` along which an array of the shape `have` is repeated."""
    extra = len(want) - len(have)
    return [k for k in range(len(want)) if k < extra or (have[k - extra] == 1 and want[k] != 1)]


def stretches(random):
    """Shapes from before and after; but no new axis of 1, which is repeated or not as one likes."""
    for s, t in PAIRS:
        want = np.broadcast_shapes(s, t)
        for have in dict.fromkeys((s, t)):
            if 1 not in want[: len(want) - len(have)]:
                yield have, want


def axes_of(answer, case):
    """The axes that an answer gives, counted from the left; -1 is the last one."""
    found, (_, want) = answer(*case), case
    if not isinstance(found, (list, tuple, set, range, np.ndarray)):
        raise Unfit(f"{brief(found)}, which is no list")
    if other := [k for k in found if not isinstance(k, (int, np.integer)) or isinstance(k, bool)]:
        raise Unfit(f"{brief(other[0])} in the list, which is no axis")
    return sorted(int(k) % len(want) if -len(want) <= k < 0 else int(k) for k in found)


def added_alone(have, want):
    return list(range(len(want) - len(have)))


def ones_alone(have, want):
    extra = len(want) - len(have)
    return [k for k in stretched(have, want) if k >= extra]


def every_one(have, want):
    extra = len(want) - len(have)
    return [k for k in range(len(want)) if k < extra or have[k - extra] == 1]


def own_axes(have, want):
    extra = len(want) - len(have)
    return [k - extra if k >= extra else k for k in stretched(have, want)]


def from_the_left(have, want):
    padded = have + (1,) * (len(want) - len(have))
    return [k for k in range(len(want)) if padded[k] == 1 and want[k] != 1]


def unequal_from_the_left(have, want):
    return [k for k in range(len(want)) if k >= len(have) or have[k] != want[k]]


def from_the_right_end(have, want):
    return [len(want) - 1 - k for k in stretched(have, want)]


def zipped(have, want):
    return [k for k, (n, m) in enumerate(zip(have, want, strict=False)) if n != m]


# ------------------------------------------------------------ 5.3 undo
def seeds(random):
    for s, t in PAIRS:
        for have in dict.fromkeys((s, t)):
            want = np.broadcast_shapes(s, t)
            (g,) = arrays(random, want)
            yield g, have


def undo(g, shape):
    g = np.asarray(g)
    axes = tuple(stretched(shape, g.shape))
    return np.reshape(g.sum(axis=axes), shape)


def only_added(g, shape):
    g = np.asarray(g)
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


def only_stretched(g, shape):
    g = np.asarray(g)
    extra = g.ndim - len(shape)
    axes = tuple(k for k in stretched(shape, g.shape) if k >= extra)
    return g.sum(axis=axes, keepdims=True)


def averaged(g, shape):
    g = np.asarray(g)
    return np.reshape(g.mean(axis=tuple(stretched(shape, g.shape))), shape)


def first_entries(g, shape):
    g = np.asarray(g)
    index = tuple(0 if k in stretched(shape, g.shape) else slice(None) for k in range(g.ndim))
    return np.reshape(g[index], shape)


def all_summed(g, shape):
    g = np.asarray(g)
    return always_summed(g, shape) if g.shape != shape else g


def always_summed(g, shape):
    return np.broadcast_to(np.sum(g), shape)


def axis_gone(g, shape):
    g = np.asarray(g)
    return g.sum(axis=tuple(stretched(shape, g.shape)))


def keeps_new_axes(g, shape):
    g = np.asarray(g)
    return g.sum(axis=tuple(stretched(shape, g.shape)), keepdims=True)


def last_axes(g, shape):
    g = np.asarray(g)
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    return g.sum(axis=tuple(k for k, n in enumerate(shape) if n == 1), keepdims=True)


def along(axis, keepdims=False):
    """Always the same axis, whatever was stretched."""
    return lambda g, shape: np.sum(g, axis=axis, keepdims=keepdims)


def axes_as_a_list(g, shape):
    return np.sum(g, axis=list(stretched(shape, g.shape)))


def one_after_another(g, shape):
    for axis in stretched(shape, g.shape):
        g = g.sum(axis=axis)
    return np.reshape(g, shape)


def an_array(found):
    """What came, as an array of floats; Unfit where it is none."""
    try:
        return np.asarray(found, float)
    except (TypeError, ValueError):
        raise Unfit(f"{brief(found)}, which is no array of numbers") from None


# ------------------------------------------------------------ 5.4 products
def factors(random):
    for s, t in PAIRS:
        a, b, g = arrays(random, s, t, np.broadcast_shapes(s, t))
        yield g, a, b


def by_elf(function):
    """The right cotangents, from the reverse elf."""
    return lambda g, a, b: list(
        reverse.vjp(function, np.asarray(a), np.asarray(b))[1](np.asarray(g))
    )


def no_undo(g, a, b):
    return [g * b, g * a]


def own_factor(g, a, b):
    return [undo(g * a, np.shape(a)), undo(g * b, np.shape(b))]


def no_cotangent(g, a, b):
    one = np.ones(np.shape(g))
    return [undo(one * b, np.shape(a)), undo(one * a, np.shape(b))]


def turned_round(g, a, b):
    return [undo(g * a, np.shape(b)), undo(g * b, np.shape(a))]


def undone_early(g, a, b):
    return [
        undo(g, np.shape(a)) * undo(b + 0 * g, np.shape(a)),
        undo(g, np.shape(b)) * undo(a + 0 * g, np.shape(b)),
    ]


def one_undone(g, a, b):
    return [undo(g * b, np.shape(a)), g * a]


def own_undone(g, a, b):
    return [undo(g * b, np.shape(a)), undo(g * a, np.shape(b))]


def other_shape(g, a, b):
    return [undo(g * b, np.shape(b)), undo(g * a, np.shape(a))]


def summed_then_times(g, a, b):
    return [undo(g, np.shape(a)) * b, undo(g, np.shape(b)) * a]


def slopes_undone(g, a, b):
    return [undo(b, np.shape(a)), undo(a, np.shape(b))]


def of_a_sum(g, a, b):
    return [undo(g, np.shape(a)), undo(g, np.shape(b))]


def same_factor(which):
    def rule(g, a, b):
        factor = (a, b)[which]
        return [undo(g * factor, np.shape(a)), undo(g * factor, np.shape(b))]

    return rule


def divided(g, a, b):
    return [undo(g / b, np.shape(a)), undo(g / a, np.shape(b))]


def pair_of(outcome):
    if not isinstance(outcome, (list, tuple)):
        raise Unfit(f"{brief(outcome)}, and not two cotangents")
    return [an_array(a) for a in outcome]


# ------------------------------------------------------------ 5.5, 5.6 matrices
def matrices(random):
    for n, m, k in ((1, 1, 1), (2, 2, 2), (1, 2, 1), (2, 3, 4), (3, 2, 1), (1, 4, 3)):
        a, b, g = arrays(random, (n, m), (m, k), (n, k))
        yield g, a, b


def with_vectors(random):
    for s, t in (((2,), (2,)), ((3,), (3,)), ((2, 3), (3,)), ((1, 2), (2,)), ((3,), (3, 2)),
                 ((2,), (2, 1)), ((2, 2), (2,)), ((2,), (2, 2)), ((2, 3), (3, 2))):  # fmt: skip
        a, b = arrays(random, s, t)
        (g,) = arrays(random, np.shape(a @ b))
        yield g, a, b


def swapped(g, a, b):
    return [a.T @ g, g @ b.T]


def not_turned(g, a, b):
    return [g @ b, a @ g]


def wrong_side(g, a, b):
    return [b.T @ g, g @ a.T]


def entry_by_entry(g, a, b):
    return [g * b, g * a]


def no_g(g, a, b):
    one = np.ones(np.shape(g))
    return [one @ b.T, a.T @ one]


OF_A = {  # ways to write the first cotangent: whether it is turned as it must be, and in its place
    (True, True): lambda g, b: g @ b.T, (False, True): lambda g, b: g @ b,
    (True, False): lambda g, b: b.T @ g, (False, False): lambda g, b: b @ g,
}  # fmt: skip
OF_B = {
    (True, True): lambda g, a: a.T @ g, (False, True): lambda g, a: a @ g,
    (True, False): lambda g, a: g @ a.T, (False, False): lambda g, a: g @ a,
}  # fmt: skip


def other_ways():
    """All the ways to write the rule of a @ b that are wrong, each with its sentence."""
    for (first, of_a), (second, of_b) in itertools.product(OF_A.items(), OF_B.items()):
        turned, in_place = (all(pair) for pair in zip(first, second, strict=True))
        said = {(False, True): NO_TURN, (True, False): SIDE}.get((turned, in_place), ORDER_AND_TURN)
        if not (turned and in_place):
            yield (lambda g, a, b, of_a=of_a, of_b=of_b: [of_a(g, b), of_b(g, a)]), said


def inverted(g, a, b):
    return [g @ np.linalg.pinv(b), np.linalg.pinv(a) @ g]


def one_turned(which):
    def rule(g, a, b):
        pair = [g @ b.T, a.T @ g]
        pair[which] = pair[which].T
        return pair

    return rule


def as_matrices(g, a, b):
    return [g @ b.T, a.T @ g]


def vector_rule(g, a, b):
    """The right rule for a matrix or vector on either side."""
    return by_elf(np.matmul)(g, a, b)


def inner_for_outer(g, a, b):
    if a.ndim == b.ndim:
        return vector_rule(g, a, b)
    return [g @ b, a.T @ g] if b.ndim == 1 else [b @ g, a @ g]


def turned_outer(g, a, b):
    right = vector_rule(g, a, b)
    if b.ndim == 1 and a.ndim == 2:
        return [np.outer(b, g), right[1]]
    if a.ndim == 1 and b.ndim == 2:
        return [right[0], np.outer(g, a)]
    return right


def with_numbers(g, a, b):
    return as_matrices(g, a, b) if a.ndim == b.ndim == 1 else vector_rule(g, a, b)


def rows(g, a, b):
    A, B, G = map(np.atleast_2d, (a, b, g))
    return [np.reshape(G @ B.T, a.shape), np.reshape(A.T @ G, b.shape)]


def rows_beside_g(g, a, b):
    return as_matrices(g, np.atleast_2d(a), np.atleast_2d(b))


def vector_side(*which):
    """The outer products are right; the vector's own cotangent is not, beside those matrices."""

    def rule(g, a, b):
        of_a, of_b = vector_rule(g, a, b)
        if "a" in which and a.ndim > b.ndim:
            return [of_a, a @ g]
        if "b" in which and a.ndim < b.ndim:
            return [g @ b, of_b]
        return [of_a, of_b]

    return rule


def entries_for_outer(g, a, b):
    of_a, of_b = vector_rule(g, a, b)
    if a.ndim > b.ndim:
        return [g * b, of_b]
    return [of_a, a * g] if a.ndim < b.ndim else [of_a, of_b]


def dot_swapped(g, a, b):
    right = vector_rule(g, a, b)
    return [g * a, g * b] if a.ndim == b.ndim == 1 else right


def rows_kept(g, a, b):
    right = vector_rule(g, a, b)
    if b.ndim == 1 and a.ndim == 2:
        return [right[0], right[1][:, None]]
    if a.ndim == 1 and b.ndim == 2:
        return [right[0][None, :], right[1]]
    return right


# ------------------------------------------------------------ 5.7 the loss
def scored(random):
    for n, k in ((1, 2), (1, 3), (2, 2), (3, 4), (4, 3)):
        (z,) = arrays(random, (n, k))
        yield z, np.array([random.randrange(k) for _ in range(n)])


def softmax(z, axis=1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def hits(z, labels):
    return np.arange(z.shape[1]) == labels[:, None]


def loss_slope(z, labels):
    return (softmax(z) - hits(z, labels)) / len(z)


def not_averaged(z, labels):
    return softmax(z) - hits(z, labels)


def other_sign(z, labels):
    return -loss_slope(z, labels)


def nothing_taken(z, labels):
    return softmax(z) / len(z)


def down_the_columns(z, labels):
    return (softmax(z, 0) - hits(z, labels)) / len(z)


def not_normed(z, labels):
    return (np.exp(z) - hits(z, labels)) / len(z)


def columns_taken(z, labels):
    p = softmax(z)
    p[:, labels] -= 1
    return p / len(z)


def no_keepdims(z, labels):
    return (np.exp(z) / np.exp(z).sum(axis=1) - hits(z, labels)) / len(z)


def instead_of_hits(taken):
    """Softmax minus something else."""
    return lambda z, labels: (softmax(z) - taken(z, labels)) / len(z)


def rows_taken(z, labels):
    p = softmax(z)
    p[labels] -= 1
    return p / len(z)


def inner_slope_missing(z, labels):
    return (1 / np.exp(z).sum(axis=1, keepdims=True) - hits(z, labels)) / len(z)


def no_exp(z, labels):
    return (z / z.sum(axis=1, keepdims=True) - hits(z, labels)) / len(z)


def by_steps(z, labels, h=1e-5):
    def loss(z):
        return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[hits(z, labels)])

    units = [np.reshape(row, z.shape) for row in h * np.eye(z.size)]
    slopes = [(loss(z + unit) - loss(z - unit)) / (2 * h) for unit in units]
    return np.reshape(slopes, z.shape)


def shapes(case):
    return ", ".join(f"{name} of shape {np.shape(a)}" for name, a in zip("gab", case, strict=True))


def show_pair(outcome):
    return "; ".join(f"{name} gets {brief(g)}" for name, g in zip("ab", outcome, strict=False))


def draw_pair(case, want, got):
    for name, a, b in zip("ab", want, got, strict=False):
        if np.shape(a) == np.shape(b) and not np.allclose(a, b):
            return matrix(a, b, f" for {name}")
    return None


PRODUCT = {"run": lambda answer, case: pair_of(answer(*case)), "tell": shapes, "show": show_pair,
           "draw": draw_pair, "wants": "two arrays, the cotangent of a and that of b"}  # fmt: skip
FLUSH_RIGHT = "Shapes are compared from their right ends: the shorter one gets 1s on its left."
ALL_SUMMED = "You sum everything: only the stretched axes, the others stay."
NEW_ON_THE_LEFT = "Shapes are compared from the right: new axes stand on the left."
NOTHING_SUMMED = "g has more entries than the shape can hold: what the copies pay is summed."
SUM_LAST = "First multiply, then sum: a sum of products is no product of sums."
UNDO_BOTH = "One of the two is undone, and the other one is not: either may have been repeated."
NO_G = "You left g out: it stands where the result stood."
PER_IMAGE = "The loss is a mean over the images: divide by their number."
ONE_ROW = "Softmax is over the scores of one image: along axis 1."
NO_TURN = "One of the factors has to be turned: b.T for a, a.T for b."
SIDE = (
    "A product of matrices has an order: b stood on the right of a, so b.T stands right of g, "
    "and a.T left of it."
)

NOT_THE_LARGER = "Not the larger of the two: each axis is settled on its own."
NOT_THE_LONGER = "The longer shape is not always the result: its 1s are stretched too."
ONE_AXIS = "Always along the same axis? `stretched` knows along which ones, and there may be none."
SLOPES = "You return the slopes: multiply each by g."
AS_ROWS = (
    "As a matrix, a vector on the left is a row, and one on the right a column; and g has the axes "
    "of both. np.atleast_2d makes rows."
)
OWN_SIDE = (
    "The outer products are right; what the vector itself gets is not. Write the shapes down: "
    "which axis of the matrix does g meet?"
)
WHERE = "A label says where, not how much: there, and nowhere else in the row, 1 is taken away."
ONE_HOT = (
    "What is taken away has not as many columns as z: that has z.shape[1], two of them or ten."
)
ALONE = "That is the softmax alone: -row[label] has a slope too, at the label."

ORDER_AND_TURN = (
    "Neither the order nor the turns fit: write down the shape of what a gets, then which two "
    "matrices have these lengths outside, and the same length inside."
)
DEALT_OUT = (
    "reshape deals out the entries in their order in memory, and sums some that are no copies of "
    "each other: sum along the stretched axes."
)
NO_INVERSE = "The way back computes no inverse: the payments go through the same matrix, turned."
SAME_FACTOR = "Both come from the same factor: what a pays depends on b, and what b pays on a."

EXERCISES = [
    Exercise(
        "broadcasting.shape",
        cases=lambda random: PAIRS + EMPTY,
        right=np.broadcast_shapes,
        tell=lambda case: f"the shapes {case[0]} and {case[1]}",
        mistakes=(
            (aligned_left, FLUSH_RIGHT),
            (longer, NOT_THE_LONGER),
            (larger, NOT_THE_LARGER),
            (padded_by_nothing, "The axes that only the longer shape has are in the result too."),
            (added, "Broadcasting repeats, it does not join: the shapes are laid over each other."),
            (aligned_left_by_ones, FLUSH_RIGHT),
            (by_max, "Nearly. It is the 1 that gives way, and not the smaller one: beside 0, an "
             "axis of no entries, it becomes 0."),
            (turned, "Your result stands backwards: turn it round at the end."),
            (longer_or_second, NOT_THE_LONGER), (max, NOT_THE_LARGER),
        ),
        wants="a tuple of whole numbers",
        hints=(
            "Write both shapes below each other, flush right.",
            "Fill the shorter one up with 1s on its left; then take the other number for each 1.",
            "s = (1,) * (n - len(s)) + s, with n the longer length, and t likewise; then "
            "tuple(b if a == 1 else a for a, b in zip(s, t)).",
        ),
        idea="That is all of NumPy's rule: flush right, and 1 gives way.",
        real=("numpy/lib/_stride_tricks_impl.py:broadcast_shapes",),
        answer="together",
    ),
    Exercise(
        "broadcasting.axes",
        cases=stretches,
        right=stretched,
        run=axes_of,
        wants="a list of axes, as whole numbers",
        tell=lambda case: f"an array of shape {case[0]} that became {case[1]}",
        show=lambda axes: f"axes {axes}",
        mistakes=(
            (added_alone, "You found the axes that are new; an axis of 1 that grew counts too."),
            (ones_alone, "You found the axes of 1 that grew; those that are new count too."),
            (every_one, "An axis of 1 that stayed 1 was not stretched."),
            (own_axes, "Count in the result: what is axis 0 of the array may be axis 1 there."),
            (from_the_left, NEW_ON_THE_LEFT), (unequal_from_the_left, NEW_ON_THE_LEFT),
            (from_the_right_end, "You count from the right end: axis 0 is the first one from the "
             "left."),
            (lambda have, want: [want[k] for k in stretched(have, want)],
             "Those are lengths: an axis is the place of a length in the shape, from 0 on."),
            (zipped, NEW_ON_THE_LEFT),
        ),
        hints=(
            "How many axes does the result have more? They are its first ones.",
            "For the others: was it 1, and is it more now?",
            "extra = len(want) - len(have); k < extra or (have[k - extra] == 1 and want[k] != 1)",
        ),
        idea="Along these axes one entry became many: on the way back, many payments become one.",
        real=("autograd/numpy/numpy_vjps.py:unbroadcast", "elves/core/kinds.py:unbroadcast"),
        answer="stretched",
    ),
    Exercise(
        "broadcasting.undo",
        cases=seeds,
        right=undo,
        run=lambda answer, case: an_array(answer(*case)),
        wants="one array, in the shape that was given",
        tell=lambda case: f"g of shape {case[0].shape}, back to the shape {case[1]}",
        draw=lambda case, want, got: matrix(want, got),
        mistakes=(
            (only_added, "The new axes are summed; those that were 1 and grew are still long."),
            (only_stretched, "The axes that grew are summed; the new ones are still there."),
            (averaged, "Sum, do not average: each copy of the entry changes the result."),
            (first_entries, "You keep the first payment alone: all the copies pay, so sum."),
            (all_summed, ALL_SUMMED),
            (axis_gone, "An axis that was 1 must be 1 again: keepdims, or a reshape at the end."),
            (always_summed, ALL_SUMMED),
            (lambda g, shape: g, NOTHING_SUMMED), (np.reshape, NOTHING_SUMMED),
            (keeps_new_axes, "The new axes are summed, and still there as 1s: take them away."),
            (last_axes, "The new axes are the first ones: sum along axis 0."),
            (lambda g, shape: np.sum(g), ALL_SUMMED),
            (along(0), ONE_AXIS), (along(-1), ONE_AXIS), (along(0, True), ONE_AXIS),
            (along(1, True), ONE_AXIS),
            (axes_as_a_list, "NumPy takes several axes as a tuple, and not as a list: tuple(…)."),
            (one_after_another, "Each sum takes its axis away, and the axes behind it move up: "
             "sum along all of them in one call, or begin with the last."),
            (lambda g, shape: np.reshape(g, (-1, *shape)).sum(axis=0), DEALT_OUT),
            (lambda g, shape: np.reshape(g, (*shape, -1)).sum(axis=-1), DEALT_OUT),
        ),
        hints=(
            "Use `stretched`: sum over these axes.",
            "g.sum(axis=…) takes a tuple of axes, and drops them: what shape is missing then?",
            "np.reshape(g.sum(axis=tuple(stretched(shape, g.shape))), shape)",
        ),
        idea="The way back of a repetition is a sum: its transpose.",
        real=("autograd/numpy/numpy_vjps.py:unbroadcast", "elves/core/kinds.py:unbroadcast"),
        answer="undo",
    ),
    Exercise(
        "broadcasting.product",
        cases=factors,
        right=by_elf(np.multiply),
        mistakes=(
            (no_undo, "a was repeated to fit b, or b to fit a: undo it, or the shape is wrong."),
            (own_factor, "The slope of a * b by a is b: the other factor."),
            (no_cotangent, SLOPES),
            (turned_round, "First the cotangent of a, then that of b."),
            (undone_early, SUM_LAST),
            (summed_then_times, SUM_LAST), (one_undone, UNDO_BOTH),
            (lambda g, a, b: no_undo(g, a, b)[:1] + own_undone(g, a, b)[1:], UNDO_BOTH),
            (other_shape, "Each cotangent has the shape of its own array."),
            (slopes_undone, SLOPES), (lambda g, a, b: [b, a], SLOPES),
            (of_a_sum, "That is the rule of a + b: in a product, how much a pays depends on b."),
            (divided, "The way back computes no inverse: a cotangent is multiplied by a slope."),
            (same_factor(1), SAME_FACTOR), (same_factor(0), SAME_FACTOR),
        ),
        hints=(
            "Without broadcasting it is [g * b, g * a].",
            "Now give each one the shape of its own array.",
            "[undo(g * b, np.shape(a)), undo(g * a, np.shape(b))]",
        ),
        idea="Every rule of two arrays ends in undo: write it once, use it everywhere.",
        real=("autograd/numpy/numpy_vjps.py:unbroadcast_f", "elves/core/kinds.py:Elementwise.vjp"),
        answer="product_rule",
        **PRODUCT,
    ),
    Exercise(
        "broadcasting.matmul",
        cases=matrices,
        right=by_elf(np.matmul),
        mistakes=(
            (swapped, "Look at the shapes: the first cotangent is for a, the second for b."),
            (not_turned, NO_TURN),
            (wrong_side, SIDE),
            (entry_by_entry, "That is the rule of a * b, entry by entry."),
            (no_g, NO_G), (lambda g, a, b: [b.T, a.T], NO_G),
            (lambda g, a, b: [b @ g.T, g.T @ a], "Your results are turned: each one has the shape "
             "of its own matrix."),
            (lambda g, a, b: [g @ b.T, a @ g], NO_TURN),
            (lambda g, a, b: own_undone(g, a, b), "That is the rule of a * b, entry by entry."),
            (one_turned(0), "What a gets is turned: it has the shape of a."),
            (one_turned(1), "What b gets is turned: it has the shape of b."),
            (inverted, NO_INVERSE),
            (lambda g, a, b: [g @ np.linalg.inv(b), np.linalg.inv(a) @ g], NO_INVERSE),
            *other_ways(),
        ),
        hints=(
            "Write the shapes down: a is (n, m), b is (m, k), g is (n, k). What makes (n, m)?",
            "g and the other factor, turned, in the order in which the shapes fit.",
            "[g @ b.T, a.T @ g]",
        ),
        idea="The shapes leave no choice: that is how many people remember this rule.",
        real=("autograd/numpy/numpy_vjps.py:matmul_adjoint_0",
              "elves/rules/products.py:matmul_left"),
        answer="matmul_rule",
        **PRODUCT,
    ),
    Exercise(
        "broadcasting.vectors",
        cases=with_vectors,
        right=by_elf(np.matmul),
        mistakes=(
            (as_matrices, "With a vector, b.T is b itself: g @ b.T is another product now."),
            (inner_for_outer, "Beside a vector, a matrix gets an outer product, and not a number: "
             "in y = a @ v, a[i, j] meets v[j] and pays y[i]."),
            (turned_outer, "The outer product is turned: rows belong to the first of the two."),
            (dot_swapped, "Of two vectors: the slope of a · b by a is b."),
            (rows_kept, "A vector gets a vector back: drop the axis that you added."),
            (lambda g, a, b: [b, a] if a.ndim == b.ndim == 1 else vector_rule(g, a, b),
             "Of two vectors, the result is a number, and g too: multiply by it."),
            (rows, AS_ROWS), (rows_beside_g, AS_ROWS),
            (with_numbers, "Of two vectors, g is a number, which @ does not take: does your "
             "program come to that case first?"),
            (vector_side("a", "b"), OWN_SIDE), (vector_side("a"), OWN_SIDE),
            (vector_side("b"), OWN_SIDE),
            (entries_for_outer, "Each entry of g meets each entry of the vector, and g * v pairs "
             "only those in the same place."),
        ),
        hints=(
            "Three cases: vector · vector, matrix · vector, vector · matrix.",
            "a (n, m) times v (m): a gets np.outer(g, v), and v gets a.T @ g.",
            "v (n) times b (n, k): v gets b @ g, and b gets np.outer(v, g). v · w: g * w, g * v.",
        ),
        idea="NumPy's @ is four functions in one, and each has its own way back.",
        real=("autograd/numpy/numpy_vjps.py:matmul_adjoint_1",
              "elves/rules/products.py:matmul_right"),
        answer="vector_rule",
        **PRODUCT,
    ),
    Exercise(
        "broadcasting.loss",
        cases=scored,
        right=loss_slope,
        run=lambda answer, case: an_array(answer(*case)),
        wants="one array, in the shape of z",
        tolerance=1e-12,  # of differences, ten digits are right
        tell=lambda case: f"scores {brief(case[0])} with the labels {brief(case[1])}",
        draw=lambda case, want, got: matrix(want, got),
        mistakes=(
            (not_averaged, PER_IMAGE),
            (other_sign, "Uphill and downhill are exchanged: softmax minus 1 at the label."),
            (nothing_taken, ALONE),
            (down_the_columns, ONE_ROW),
            (not_normed, "np.exp(z) has to be divided by its sum over the row."),
            (lambda z, labels: loss_slope(z, labels) / z.shape[1], PER_IMAGE),
            (lambda z, labels: (softmax(z, None) - hits(z, labels)) / len(z), ONE_ROW),
            (lambda z, labels: np.mean(np.log(np.sum(np.exp(z), 1)) - z[hits(z, labels)]),
             "That is the loss: its slope has one entry for each score."),
            (columns_taken, "p[:, labels] takes these columns in every row: one entry of each row "
             "is p[np.arange(len(p)), labels]."),
            (no_keepdims, "A sum along axis 1 has lost that axis, and what it divides lines up "
             "with the columns: keepdims=True."),
            (by_steps, "Near, but that is lab 1: differences, one run of the loss for each score. "
             "The rule gives all of them at once, to the last digit."),
            (lambda z, labels: softmax(z), ALONE),
            (lambda z, labels: loss_slope(z, labels) * len(z) / 10, PER_IMAGE),
            (instead_of_hits(lambda z, labels: -1.0 * hits(z, labels)),
             "-row[label] has the slope -1 by that score: take 1 away, do not add it."),
            (instead_of_hits(lambda z, labels: labels[:, None]), WHERE),
            (instead_of_hits(lambda z, labels: 1), WHERE),
            (instead_of_hits(lambda z, labels: z * hits(z, labels)),
             "The slope of -row[label] by that score is -1, and not the score itself."),
            (inner_slope_missing, "1 / sum(exp(row)) is the slope of the log alone: by the chain "
             "rule, the slope of what stands inside comes as a factor."),
            (no_exp, "What is divided by the sum is exp of the scores, and not the scores."),
            (rows_taken, "p[labels] takes whole rows: one entry of each row is "
             "p[np.arange(len(p)), labels]."),
            (instead_of_hits(lambda z, labels: np.eye(10)[labels]), ONE_HOT),
            (instead_of_hits(lambda z, labels: np.eye(len(labels))[labels]), ONE_HOT),
        ),
        hints=(
            "The slope of log(sum(exp(z))) is the softmax of z. And -z[label] has the slope -1.",
            "p = np.exp(z); divide each row by its sum; take 1 away at the label of each row.",
            "p[np.arange(len(z)), labels] -= 1; return p / len(z)",
        ),
        idea="Softmax minus truth: the most used gradient there is, and it fits into one line.",
        real=("sklearn/neural_network/_multilayer_perceptron.py:BaseMultilayerPerceptron._backprop"
              "@deltas[last]", "elves/digits.py:loss"),
        answer="loss_slope",
    ),
]  # fmt: skip

QUIZZES = {
    "broadcasting.bias": [
        {
            "question": "X @ W + b: X holds 1,400 images, b has 10 entries. How many payments does "
            "one entry of b get on the way back?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "1", "correct": False,
                 "feedback": "b was added to each of the images: each one pays."},
                {"answer": "1,400, and they are summed", "correct": True,
                 "feedback": "Yes: forward one became many, so backward many become one."},
                {"answer": "1,400, and they are averaged", "correct": False,
                 "feedback": "An average would be 1,400 times too small."},
            ],
        }
    ],
    "broadcasting.silent": [
        {
            "question": "You forget to undo broadcasting for b. What happens in b = b - rate * g?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "NumPy raises an error", "correct": False,
                 "feedback": "If only: (10,) minus (1400, 10) broadcasts as well."},
                {"answer": "b becomes an array of shape (1400, 10)", "correct": True,
                 "feedback": "Yes. Nobody complains, and the network even learns something."},
                {"answer": "nothing", "correct": False, "feedback": "The shape of b changes."},
            ],
        }
    ],
}  # fmt: skip
