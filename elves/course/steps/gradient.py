"""Exercise 1.7, gradient: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.exercise import Exercise, brief
from elves.course.guard import is_numbers
from elves.course.pictures import matrix
from elves.course.steps.curves import by_elf, function
from elves.course.steps.forward import forward

SCHEMES = {
    "forward": forward,
    "central": lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
    "complex": lambda f, x, h: np.imag(f(x + 1j * h)) / h,
}
MANY = [
    ("w[0] * w[0]", [2.0]), ("w[0] * w[1]", [2.0, 3.0]), ("np.sum(w ** 3)", [1.0, 2.0]),
    ("np.sum(w ** 3) * w[0]", [1.0, 2.0, -1.0]), ("np.sum(w[0] * w[1])", [[2.0], [3.0]]),
    ("np.sum(np.sin(w)) * w[0, 1]", [[1.0, 2.0], [0.5, -1.0]]),
    ("np.sum(w ** 3) * w[1, 0]", [[1.0, 2.0, 3.0], [0.5, 1.5, -1.0]]),
]  # fmt: skip
GRADIENTS = [(name, words, np.array(w), {"forward": 0.5, "central": 0.5, "complex": 1e-20}[name])
             for words, w in MANY for name in SCHEMES]  # fmt: skip


def gradient_by_elf(scheme, f, w, h):
    name = next(name for name, known in SCHEMES.items() if known is scheme)
    return by_elf(name)(f, w, h)


def all_at_once(scheme, f, w, h):
    return np.full(w.shape, scheme(lambda t: f(w + t), 0.0, h))


def rows_all_at_once(scheme, f, w, h):
    return np.full(len(w), scheme(lambda t: f(w + t), 0.0, h))


def sum_of_all(scheme, f, w, h):
    return scheme(lambda t: f(w + t), 0.0, h)


def along(scheme, f, w, h):
    """The right gradient: each entry is nudged alone."""
    slopes = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        unit = np.zeros(w.shape)
        unit[index] = 1.0
        slopes[index] = scheme(lambda t, unit=unit: f(w + t * unit), 0.0, h)
    return slopes


def flat(scheme, f, w, h):
    return along(scheme, f, w, h).ravel()


def by_rows(scheme, f, w, h):
    slopes = []
    for k in range(len(w)):
        unit = np.zeros(w.shape)
        unit[k] = 1.0
        slopes.append(scheme(lambda t, unit=unit: f(w + t * unit), 0.0, h))
    return np.array(slopes)


def never_back(scheme, f, w, h):
    slopes, moved = np.zeros(w.shape), w.copy()

    def at(t):
        moved[index] = np.real(w[index] + t)  # as an array of floats does, with a warning
        return f(moved)

    for index in np.ndindex(w.shape):
        slopes[index] = scheme(at, 0.0, h)
    return slopes


def held_in_floats(scheme, f, w, h):
    def at(t):
        moved = w.copy()
        moved[index] += np.real(t)
        return f(moved)

    slopes = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        slopes[index] = scheme(at, 0.0, h)
    return slopes


def of_the_array(scheme, f, w, h):
    return np.array([scheme(f, w[index], h) for index in np.ndindex(w.shape)])


def of_each_row(scheme, f, w, h):
    return np.array([scheme(f, row, h) for row in w])


def from_its_value(scheme, f, w, h):
    slopes = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        unit = np.zeros(w.shape)
        unit[index] = 1.0
        slopes[index] = scheme(lambda t, unit=unit: f(w + t * unit), w[index], h)
    return slopes


def scaled(scheme, f, w, h):
    slopes = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        unit = np.zeros(w.shape)
        unit[index] = h
        slopes[index] = scheme(lambda t, unit=unit: f(w + t * unit), 0.0, h)
    return slopes


def last_alone(scheme, f, w, h):
    """What a loop over functions gives that all look the entry up when they run."""
    unit = np.zeros(w.shape)
    unit.flat[-1] = 1.0
    return np.full(w.shape, scheme(lambda t: f(w + t * unit), 0.0, h))


def others_gone(scheme, f, w, h):
    slopes = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        unit = np.zeros(w.shape)
        unit[index] = 1.0
        slopes[index] = scheme(lambda t, unit=unit: f(t * unit), w[index], h)
    return slopes


def entries_add_up(scheme, f, w, h):
    slopes, unit = np.zeros(w.shape), np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        unit[index] = 1.0
        slopes[index] = scheme(lambda t: f(w + t * unit), 0.0, h)
    return slopes


def from_nothing(scheme, f, w, h):
    slopes = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        unit = np.zeros(w.shape)
        unit[index] = 1.0
        rest = w * (1 - unit)
        slopes[index] = scheme(lambda t, u=unit, rest=rest: f(rest + t * u), 0.0, h)
    return slopes


def from_zero(scheme, f, w, h):
    slopes = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        unit = np.zeros(w.shape)
        unit[index] = 1.0
        slopes[index] = scheme(lambda t, unit=unit: f(t * unit), 0.0, h)
    return slopes


def by_one_scheme(name):
    return lambda scheme, f, w, h: along(SCHEMES[name], f, w, h)


def draw_gradient(case, want, got):
    return matrix(want, got) if is_numbers(got) else None


OF_ONE = (
    "scheme calls its function with one number, and f wants the whole array: make a function of "
    "one number that calls f."
)
OWN_SCHEME = (
    "You take a difference yourself, always the same. Call scheme: it may be forward, central or "
    "complex."
)
BACK = "An entry must be back at its old value before the next one is nudged."
TOGETHER = "You nudge all the entries together. Each needs a run with that one alone nudged."

EXERCISE = Exercise(
    "steps.gradient",
    cases=lambda random: GRADIENTS,
    right=gradient_by_elf,
    run=lambda answer, case: answer(SCHEMES[case[0]], function(case[1], "w"), *case[2:]),
    tell=lambda case: f"scheme {case[0]}, f(w) = {case[1]} at w = {brief(case[2])}, "
    f"h = {case[3]:g}",
    draw=draw_gradient,
    mistakes=(
        (all_at_once, TOGETHER),
        (sum_of_all, "One number came: a gradient has one slope for each entry."),
        (flat, "A gradient has the shape of w: row for row, column for column."),
        (by_rows, "Your loop walks over the rows. A matrix has more entries than rows."),
        (never_back, BACK), (entries_add_up, BACK),
        (last_alone, "Each of your functions moves the last entry: Python looks a name up "
         "when a function runs, and then the loop is over. lambda t, i=i: … keeps it."),
        (others_gone, "The other entries are 0 in yours. They keep their values."),
        (from_nothing, "An entry that is set to t begins at its own value; one that is moved "
         "by t begins at 0. Yours begins at 0, and is set."),
        *((by_one_scheme(name), OWN_SCHEME) for name in SCHEMES),
        (held_in_floats, "An array of floats cannot hold a complex step: it keeps the real "
         "part alone. A sum of arrays becomes complex by itself."),
        (of_the_array, OF_ONE), (of_each_row, OF_ONE),
        (from_its_value, "t is how far the entry is moved: begin at t = 0, or its value "
         "counts twice."),
        (scaled, "You step twice: scheme makes the step already, from 0 to h."),
        (rows_all_at_once, TOGETHER),
        (from_zero, "Your function begins at t alone: w is missing, from which the entry is "
         "moved."),
    ),
    hints=(
        "For each entry make a function of one number t, and give that one to scheme.",
        "unit: zeros in the shape of w, and 1 at the entry. Then t moves w + t * unit.",
        "slopes[index] = scheme(lambda t: f(w + t * unit), 0.0, h), for each index in "
        "np.ndindex(w.shape).",
    ),
    idea="A gradient by differences costs a run per entry: good for a check, hopeless for "
    "training. The other labs do better.",
    real=("autograd/test_util.py:make_numerical_jvp", "elves/numerical.py:value_and_grad"),
    answer="gradient",
)  # fmt: skip
