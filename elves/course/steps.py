"""Lab 1, the best step: what its checks need to know.

Source: Nocedal & Wright, Numerical Optimization (2006), section 8.1; Squire & Trapp (1998) for the
complex step; Richardson (1911), "The deferred approach to the limit", for the extrapolation.
"""

import itertools
import math

import numpy as np

from elves import numerical, reverse
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit, is_numbers
from elves.course.pictures import lines, matrix


def function(words, name="x"):
    """A function of one variable that is written in a case."""
    return eval(f"lambda {name}: {words}", {"np": np})


def plain(value):
    """A number as a float, or as real and imaginary part; what is no number as it is."""
    if not isinstance(value, (int, float, complex, np.generic)):
        return value
    return Parts((value.real, value.imag)) if np.iscomplexobj(value) else float(value)


class Parts(tuple):
    """The real and the imaginary part of a number: two numbers, to be compared as such."""

    WORDS = "a complex number"


class Tiny:
    """A number so near to 0 that only its digits tell it from another one, and from 0."""

    WORDS = None

    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return bool(np.isclose(self.number, other.number, rtol=1e-6, atol=0.0))

    __hash__ = None

    def __repr__(self):
        return f"{self.number:.10g}"


def close_to_0(value):
    """A tiny number as such: what was not divided by a step of 1e-20 is not 0."""
    small = isinstance(value, float) and 0.0 < abs(value) < 1e-6
    return Tiny(value) if small else value


def shown(value):
    return "{:.10g} + {:.10g}j".format(*value) if isinstance(value, Parts) else brief(value)


def by_elf(scheme):
    """The same difference by the numerical elf, whose step is relative to the size of x."""

    def slope(f, x, h):
        size = np.max(np.abs(x), initial=1.0)
        return numerical.grad(f, scheme=scheme, step=h / size)(x)

    return slope


CURVES = "3 * x", "x * x", "x ** 3", "1 / x", "np.sin(x)", "np.exp(x) * x", "x ** 4 - 2 * x"
NUDGES = [(words, x, h) for h in (0.5, 0.125, 2.0**-10) for x in (1.0, 2.5) for words in CURVES]
SLOPE = {
    "run": lambda answer, case: plain(answer(function(case[0]), *case[1:])),
    "tell": lambda case: f"f(x) = {case[0]} at x = {case[1]:g} with h = {case[2]:g}",
    "show": shown,
}
NUDGED = SLOPE | {
    "cases": lambda random: NUDGES,
    "draw": lambda case, want, got: lines(function(case[0]), *case[1:], want, got),
}


# ------------------------------------------------------------ 1.1 forward
def forward(f, x, h):
    return (f(x + h) - f(x)) / h


def rise_alone(f, x, h):
    return f(x + h) - f(x)


def rise_times_h(f, x, h):
    return (f(x + h) - f(x)) * h


def no_brackets(f, x, h):
    return f(x + h) - f(x) / h


def nudges_the_value(f, x, h):
    return (f(x) + h - f(x)) / h


def backward(f, x, h):
    return (f(x) - f(x - h)) / h


def turned(f, x, h):
    return (f(x) - f(x + h)) / h


def by_the_place(f, x, h):
    return (f(x + h) - f(x)) / (x + h)


def by_the_start(f, x, h):
    return (f(x + h) - f(x)) / x


def from_the_step(f, x, h):
    return (f(x + h) - f(h)) / h


def own_step(h):
    """A difference that does not listen to the step it is given."""
    return lambda f, x, _: (f(x + h) - f(x)) / h


def both_sides(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def no_sign(scheme):
    return lambda f, x, h: abs(scheme(f, x, h))


# ------------------------------------------------------------ 1.2 central
def too_narrow(f, x, h):
    return (f(x + h) - f(x - h)) / h


def times_h(f, x, h):
    return (f(x + h) - f(x - h)) / 2 * h


def mean_height(f, x, h):
    return (f(x + h) + f(x - h)) / (2 * h)


def half_steps(f, x, h):
    return (f(x + h / 2) - f(x - h / 2)) / h


def second(f, x, h):
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


def half_of_one_side(f, x, h):
    return (f(x + h) - f(x)) / (2 * h)


def turned_round(f, x, h):
    return (f(x - h) - f(x + h)) / (2 * h)


def no_brackets_either(f, x, h):
    return f(x + h) - f(x - h) / (2 * h)


# ------------------------------------------------------------ 1.3 the best step
ERRORS = [(c, p, e) for p in (1, 2, 4) for c, e in ((1.0, 1e-16), (4.0, 1e-8), (0.5, 1e-12))]


def lowest(c, p, e):
    """The step with the smallest error, found by walking downhill: no formula is needed."""
    slope = reverse.grad(lambda t: c * np.exp(p * t) + e * np.exp(-t))  # at h = exp(t)
    low, high = -40.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return math.exp(low)


def logged(answer, case):
    """The power of ten of a step: 1e-8 and 1e-9 are not alike."""
    h = answer(*case)
    if not isinstance(h, (int, float, np.floating)):
        return h
    if h > 0 or h == 0:
        return math.log10(h) if h else -math.inf
    raise Unfit(f"h = {h:.4g}, and a step goes upwards")


def shown_step(power):
    return f"h = {10**power:.4g}" if isinstance(power, float) else brief(power)


def both_alike(c, p, e):
    return (e / c) ** (1 / (p + 1))


def root_always(c, p, e):
    return math.sqrt(e / c)


def root_of_e(c, p, e):
    return math.sqrt(e)


def as_small_as_e(c, p, e):
    return e


def as_small_as_digits(c, p, e):
    return 1e-16


def as_small_as_floats(c, p, e):
    return float(np.finfo(float).eps)


def root_of_both(c, p, e):
    return math.sqrt(e / (p * c))


def always(h):
    return lambda c, p, e: h


def root_of_less(c, p, e):
    return (e / (p * c)) ** (1 / (p - 1))


def upside_down(c, p, e):
    return (p * c / e) ** (1 / (p + 1))


def root_of_p(c, p, e):
    return (e / (p * c)) ** (1 / p)


def power_of_one(c, p, e):
    return (e / (p * c)) ** 1 / (p + 1)


def c_above(c, p, e):
    return (e / p * c) ** (1 / (p + 1))


def error_there(c, p, e):
    h = lowest(c, p, e)
    return c * h**p + e / h


# ------------------------------------------------------------ 1.4 two make a third
def two_slopes(random):
    for p in (1, 2, 1, 2, 4, 3):
        true, c = round(random.uniform(-3, 3), 1), random.choice((-2, 1, 4))
        yield float(true + c), true + c / 2**p, p


def without_error(coarse, fine, p):
    """The slope and the factor c that both measurements agree upon: two equations."""
    return float(np.linalg.solve([[1, 1], [1, 2.0**-p]], [coarse, fine])[0])


def average(coarse, fine, p):
    return (coarse + fine) / 2


def order_two(coarse, fine, p):
    return (4 * fine - coarse) / 3


def order_one(coarse, fine, p):
    return 2 * fine - coarse


def away(coarse, fine, p):
    return fine - (fine - coarse) / (2**p - 1)


def exchanged(coarse, fine, p):
    return coarse + (coarse - fine) / (2**p - 1)


def p_for_factor(coarse, fine, p):
    return fine + (fine - coarse) / (p - 1 or 1)


def squared_for_factor(coarse, fine, p):
    return fine + (fine - coarse) / (p**2 - 1)


def double_for_factor(coarse, fine, p):
    return fine + (fine - coarse) / (2 * p - 1)


def what_is_missing(coarse, fine, p):
    return (fine - coarse) / (2**p - 1)


def how_they_differ(coarse, fine, p):
    return fine - coarse


def from_coarse(coarse, fine, p):
    return coarse + (fine - coarse) / (2**p - 1)


def the_finer(coarse, fine, p):
    return fine


def weighted(coarse, fine, p):
    return (2**p * fine + coarse) / (2**p + 1)


def factor_alone(coarse, fine, p):
    return fine + (fine - coarse) / 2**p


def one_less_at_the_end(coarse, fine, p):
    return fine + (fine - coarse) / 2**p - 1


def one_less_of_all(coarse, fine, p):
    return (2**p * fine - coarse) / 2**p - 1


def weights_too_large(coarse, fine, p):
    return 2**p * fine - coarse


# ------------------------------------------------------------ 1.5 all the way to step 0
ROWS = [(words, x, n) for n in (1, 2, 3, 4, 5) for words, x in
        (("np.exp(x)", 0.0), ("x ** 5", 1.0), ("np.sin(x)", 1.0))]  # fmt: skip


def rows(random):
    """Slopes of a function by central differences with the steps 2, 1, 1/2 …"""
    for words, x, n in ROWS:
        f = function(words)
        yield ([float((f(x + h) - f(x - h)) / (2 * h)) for h in (2 * 0.5**k for k in range(n))],)


def at_zero(values):
    """The polynomial in h² through all the slopes, at h = 0: by Lagrange's formula."""
    points, total = [4.0**-k for k in range(len(values))], 0.0
    for k, value in enumerate(values):
        others = points[:k] + points[k + 1 :]
        total += value * math.prod(t / (t - points[k]) for t in others)
    return total


def triangle(factors):
    """Repeated extrapolation, with a factor for each round."""

    def last(values):
        for factor in factors[: len(values) - 1]:
            pairs = itertools.pairwise(values)
            values = [fine + (fine - coarse) / (factor - 1) for coarse, fine in pairs]
        return values[-1]

    return last


def along_once(values):
    """One number goes along the list, and never a whole new list."""
    best = values[0]
    for k, value in enumerate(values[1:], 1):
        best = value + (value - best) / (4**k - 1)
    return best


def turned_pairs(values):
    for k in range(1, len(values)):
        pairs = itertools.pairwise(values)
        values = [coarse + (coarse - fine) / (4**k - 1) for coarse, fine in pairs]
    return values[-1]


def mean(values):
    return sum(values) / len(values)


def best_measured(values):
    return values[-1]


# ------------------------------------------------------------ 1.6 the complex step
SMOOTH = "x * x", "x ** 3 - 4 * x", "np.sin(x)", "-np.exp(x) / x", "np.tanh(x) - x", "1 / x"
TINY = [(words, x, h) for x in (1.5, 0.5) for h in (1e-20, 1e-8) for words in SMOOTH]


def exact(f, x, h):
    return reverse.grad(f)(x)


def real_part(f, x, h):
    return f(x + 1j * h).real / h


def not_divided(f, x, h):
    return f(x + 1j * h).imag


def length(f, x, h):
    return abs(f(x + 1j * h)) / h


def both_parts(f, x, h):
    return f(x + 1j * h) / h


def real_step(f, x, h):
    return (f(x + h) - f(x)) / h


def central_step(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def whole_unit(f, x, h):
    return f(x + 1j).imag / h


def half_width(f, x, h):
    return f(x + 1j * h).imag / (2 * h)


def by_the_unit(f, x, h):
    return (f(x + 1j * h) - f(x)) / h


def imaginary_slope(f, x, h):
    return (f(x + 1j * h) - f(x)) / (1j * h)


def over_the_unit(f, x, h):
    return f(x + 1j * h).imag / (1j * h)


def change_of_real_part(f, x, h):
    return (f(x + 1j * h) - f(x)).real / h


def downwards(f, x, h):
    return f(x - 1j * h).imag / h


def f_alone(f, x, h):
    return f(x + 1j * h)


def length_of_change(f, x, h):
    return abs(f(x + 1j * h) - f(x)) / h


# ------------------------------------------------------------ 1.7 a gradient
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


WIDTH = "From x - h to x + h it is 2 h wide, and the rise is divided by that width."
PAIR = {"tell": lambda case: f"{brief(case[0])} with h, {brief(case[1])} with h / 2, p = {case[2]}"}
ROUNDS = (
    "The first round takes the term in h² away; what is left begins with h⁴, and that one shrinks "
    "by another factor when h is halved."
)
BRACKETS = "Python divides before it subtracts the 1: put what stands below in brackets."
WHICH_ROOT = (
    "Which root? On one side stands h**(p - 1), on the other 1 / h**2: bring all the h to one side."
)
SQUARE = "A square root fits p = 1. With a smaller error from the bend, a larger step pays."
OF_ONE = (
    "scheme calls its function with one number, and f wants the whole array: make a function of "
    "one number that calls f."
)
OWN_H = "You took a step of your own. Take the h that is given: the caller chooses it."
NO_ROOT = "That is a power of h, and not h yet: a root is missing."
BOTH = "You step to both sides, which comes next. Here it is one step, from x up to x + h."
NO_SIGN = "abs forgets the sign, and where f falls the slope is below 0."
ONE_SIDE = "You nudge to one side alone. Go as far to the other side too."
PLACE = "Divide by how far you went, not by where you are."
FOR_ALL = "One step for all of them: the best one depends on c, p and e."
FACTOR = "When h is halved, h**p is divided by 2**p: not by p, 2 * p or p**2."
BETWEEN = (
    "An average lies between the two. Both errors have the same sign, so the truth is not there "
    "but beyond the finer one."
)
MISSING = "That is how far something is off. The slope is asked: which of the two is off by that?"
UNDIVIDED = "That is what the step changed: divide it by the step."
IN_PARTS = "Your answer is a complex number: only one of its parts is the slope."
OWN_SCHEME = (
    "You take a difference yourself, always the same. Call scheme: it may be forward, central or "
    "complex."
)
BACK = "An entry must be back at its old value before the next one is nudged."
TOGETHER = "You nudge all the entries together. Each needs a run with that one alone nudged."
SMALLER = (
    "Smaller is better on paper alone: the computer rounds f(x + h) and f(x), and dividing by a "
    "tiny h makes that rounding large."
)

EXERCISES = [
    Exercise(
        "steps.forward",
        right=by_elf("forward"),
        mistakes=(
            (rise_alone, "That is how much f rises. A slope is the rise per step: divide."),
            (rise_times_h, "That is how much f rises. A slope is the rise per step: divide."),
            (no_brackets, "Python divides first, and here f(x) alone: put the rise in brackets."),
            (nudges_the_value, "You add h to f's value. Nudge what goes into f, and look what "
             "comes out."),
            (backward, "You step down, from x - h to x. Asked was the step up, from x to x + h."),
            (turned, "The sign is turned: where f rises, the slope is above 0. New minus old."),
            (by_the_place, PLACE), (by_the_start, PLACE),
            (from_the_step, "f(h) is the height at h, wherever that is. The step begins at x."),
            (both_sides, BOTH), (too_narrow, BOTH),
            *((own_step(h), OWN_H) for h in (1e-3, 1e-5, 1e-6, 1e-8, 1e-20)),
            (no_sign(forward), NO_SIGN),
            (lambda f, x, h: (f(x - h) - f(x)) / h, "You step down: x - h is to the left of x. "
             "Asked was the step up, from x to x + h."),
            (lambda f, x, h: (f(x + h) - x) / h, "x is where you are, and f(x) how high it is "
             "there: a rise is between two heights."),
            (lambda f, x, h: h / (f(x + h) - f(x)), "Your fraction is upside down: a slope is how "
             "much f rises per step."),
        ),
        hints=(
            "Run f at two places: at x, and a step of h further.",
            "The slope is the rise divided by the step: (new - old) / h.",
            "new is f(x + h), old is f(x); mind the brackets.",
        ),
        idea="Nudge the input, watch the output, divide: that works for any program, even one "
        "that nobody can read.",
        real=("scipy/optimize/_numdiff.py:_dense_difference@f_evals = workers",
              "elves/numerical.py:slope_along"),
        answer="forward",
        **NUDGED,
    ),
    Exercise(
        "steps.central",
        right=by_elf("central"),
        mistakes=(
            (forward, ONE_SIDE), (backward, ONE_SIDE),
            (too_narrow, WIDTH),
            (half_of_one_side, "You measured the rise of one step, and divided by two."),
            (times_h, "Python reads a / 2 * h as (a / 2) * h: put what stands below in brackets."),
            (mean_height, "A sum of the two tells how high f is there. A slope needs how much it "
             "differs."),
            (half_steps, "You step by h / 2 to each side. That is a central difference too, but "
             "h to each side was asked."),
            (second, "That is the second derivative: how much the slope itself changes."),
            (turned_round, "The sign is turned: where f rises, it is higher at x + h than at "
             "x - h."),
            (no_brackets_either, "Python divides first, and here f(x - h) alone: put the rise in "
             "brackets."),
            (no_sign(both_sides), NO_SIGN),
            (lambda f, x, h: (f(x + h) - f(x - h)) / 2, WIDTH),
            (lambda f, x, h: (f(x + 2 * h) - f(x)) / (2 * h), ONE_SIDE),
            (lambda f, x, h: (f(x + h) - 2 * f(x) + f(x - h)) / (2 * h), "You take both rises "
             "away from x: where f goes up on the right, it comes up from the left, and they "
             "cancel. From which place to which does one step lead?"),
        ),
        hints=(
            "Two runs of f again, but neither of them at x.",
            "The step goes from x - h to x + h. How wide is it?",
            "(f(x + h) - f(x - h)) / (2 * h)",
        ),
        idea="What bends the curve up on one side bends it on the other as well, and cancels: one "
        "more run of f buys an error of h² instead of h.",
        real=("jax/_src/public_test_util.py:numerical_jvp", "elves/numerical.py:central"),
        answer="central",
        **NUDGED,
    ),
    Exercise(
        "steps.best",
        cases=lambda random: ERRORS,
        right=lowest,
        run=logged,
        tell=lambda case: f"error(h) = {case[0]:g} * h**{case[1]} + {case[2]:g} / h",
        show=shown_step,
        tolerance=1e-6,
        mistakes=(
            (as_small_as_e, SMALLER), (as_small_as_digits, SMALLER),
            (as_small_as_floats, SMALLER),
            (both_alike, "There the two errors are equal. The lowest point of their sum is where "
             "one falls as fast as the other grows: compare slopes, not heights."),
            (root_always, SQUARE), (root_of_both, SQUARE),
            (root_of_e, "The square root of e is a rule of thumb for p = 1 and c = 1."),
            *((always(h), FOR_ALL) for h in (1e-8, 1e-6, 1e-5)),
            (upside_down, "Your fraction is upside down: with more rounding (e), h must grow."),
            (root_of_less, WHICH_ROOT), (root_of_p, WHICH_ROOT),
            (power_of_one, "a ** 1 / n is (a ** 1) / n in Python: put the exponent in brackets."),
            (c_above, "c stands above in yours: the more f bends, the smaller the step. (Python "
             "reads e / p * c as (e / p) * c.)"),
            (error_there, "That is the error at the best step. Asked is the step."),
            (lambda c, p, e: (e / c * p) ** (1 / (p + 1)), "Python reads e / c * p as (e / c) * p: "
             "put what stands below in brackets."),
            (lambda c, p, e: (e / c) ** (1 / p), WHICH_ROOT),
            (lambda c, p, e: e ** (1 / (p + 1)), "Yours does not look at c: the more f bends, the "
             "smaller the step must be."),
            (lambda c, p, e: e / (p * c), NO_ROOT),
            (lambda c, p, e: (e / (p * c)) ** (p + 1), "The power p + 1 of a small number is far "
             "smaller still. A root goes the other way."),
        ),
        hints=(
            "At the lowest point the slope of error(h) is 0. The slope of h**p is p * h**(p - 1), "
            "and that of 1 / h is -1 / h**2.",
            "So p * c * h**(p - 1) = e / h**2. Multiply both sides by h**2.",
            "h**(p + 1) = e / (p * c). Now take the root: a number ** (1 / (p + 1)).",
        ),
        idea="About 1e-8 for one side, 1e-5 for both sides: half of the 16 digits are lost, or a "
        "third. No step does better.",
        real=("scipy/optimize/_numdiff.py:_eps_for_method@if method in", "elves/numerical.py:jvp"),
        answer="best",
    ),
    Exercise(
        "steps.richardson",
        cases=two_slopes,
        right=without_error,
        run=lambda answer, case: plain(answer(*case)),
        mistakes=(
            (average, BETWEEN), (weighted, BETWEEN),
            (order_two, "That is right for p = 2 alone: by which factor does the error shrink?"),
            (order_one, "That is right for p = 1 alone: by which factor does the error shrink?"),
            (away, "You walk back to the coarse one: the truth lies on the other side of the fine "
             "one."),
            (exchanged, "The two are exchanged: start from the fine one, which is closer."),
            (p_for_factor, FACTOR), (squared_for_factor, FACTOR), (double_for_factor, FACTOR),
            (what_is_missing, MISSING), (how_they_differ, MISSING),
            (from_coarse, "You correct the coarse one by what the fine one lacks."),
            (the_finer, "That is the finer one as it came: its error is still in it."),
            (factor_alone, "coarse - fine is not the whole error of coarse, but what is left of "
             "it when that of fine is taken away: one part of 2**p less."),
            (one_less_at_the_end, BRACKETS), (one_less_of_all, BRACKETS),
            (weights_too_large, "Two equal slopes must give the same slope again: your weights "
             "do not add up to 1."),
            (lambda coarse, fine, p: (coarse - fine) / (2**p - 1), MISSING),
            (lambda coarse, fine, p: coarse - fine, MISSING),
        ),
        hints=(
            "coarse = slope + error, and fine = slope + error / 2**p. Two equations.",
            "coarse - fine is (2**p - 1) times the error of fine.",
            "fine + (fine - coarse) / (2**p - 1)",
        ),
        idea="If you know how an error shrinks, two wrong results make a better one.",
        real=("elves/numerical.py:richardson",),
        answer="richardson",
        **PAIR,
    ),
    Exercise(
        "steps.extrapolate",
        cases=rows,
        right=at_zero,
        run=lambda answer, case: plain(answer(*case)),
        tell=lambda case: f"the slopes {brief(case[0])} with the steps 2, 1, 1/2 …",
        show=lambda value: f"{value:.12g}" if isinstance(value, float) else brief(value),
        tolerance=1e-11,
        mistakes=(
            (triangle([4] * 9), ROUNDS),
            (triangle([2**k for k in range(1, 9)]), "Central differences have no term in h, h³ …: "
             "only even powers of h are left, since the odd ones cancel."),
            (triangle([2**k for k in range(2, 9)]), ROUNDS),
            (triangle([4]), "You extrapolate once. The new list has one entry less, and an error "
             "too: go on with it."),
            (best_measured, "You take the finest of the slopes. Each two of them make a better "
             "one."),
            (lambda values: [at_zero(values)], "That is a list with one number in it: give the "
             "number itself."),
            (triangle([4, 16, 256, 65536]), "The powers go on by 2: the terms left are in h², h⁴, "
             "h⁶. After h⁴ you skip one."),
            (turned_pairs, "In each pair the one with the larger step is the coarse one: it stands "
             "first in values."),
            (along_once, "One number goes along your list. Extrapolate all neighbours with the "
             "same p first: that gives a new list."),
            (mean, "An average is no extrapolation: the truth is beyond the last one."),
            (triangle([4**k for k in range(2, 9)]), "Your first round begins with h⁴: the term "
             "in h² is still there."),
        ),
        hints=(
            "Call richardson for each two neighbours, with p = 2: the list gets shorter by one.",
            "Do it again with p = 4, then 6, until one number is left.",
            "zip(values, values[1:]) gives the neighbours; a while loop until len(values) is 1.",
        ),
        idea="Slopes with coarse steps, where nothing is rounded away, make one with ten and more "
        "digits. This is how the numerical elf finds its step by itself.",
        real=("elves/numerical.py:richardson",),
        answer="extrapolate",
    ),
    Exercise(
        "steps.complex",
        cases=lambda random: TINY,
        right=exact,
        tolerance=1e-12,
        mistakes=(
            (real_part, "The real part is f(x) still. What the step changed is in the other one."),
            (not_divided, UNDIVIDED),
            (length, "abs is the length of both parts together, and f(x) is the larger one."),
            (both_parts, IN_PARTS), (by_the_unit, IN_PARTS), (imaginary_slope, IN_PARTS),
            (over_the_unit, IN_PARTS),
            (change_of_real_part, "The real part is f(x) still. What the step changed is in the "
             "other one."),
            (downwards, "You step down, by -h: then the change has the other sign."),
            (length_of_change, NO_SIGN),
            (real_step, "You step along the real numbers: x + 1e-20 is x again, and a difference "
             "of equal numbers is 0."),
            (central_step, "You step along the real numbers: x + 1e-20 is x again, and a "
             "difference of equal numbers is 0."),
            (whole_unit, "You step by a whole unit, 1j. The step is h times that."),
            (half_width, "There is one step, not two: from x to x + h i. Its width is h."),
            (lambda f, x, h: f(x + 1j * h).imag * h, UNDIVIDED), (f_alone, IN_PARTS),
            (lambda f, x, h: np.imag(f(x + h)) / h, "You step along the real numbers, where "
             "nothing gets an imaginary part: it is 0."),
        ),
        hints=(
            "Python writes the imaginary unit as 1j. Run f once, at x + 1j * h.",
            "The slope times h is in the imaginary part of what comes out.",
            "f(x + 1j * h).imag / h",
        ),
        idea="One run is enough, without a difference: nothing is rounded away, so h may be 1e-20, "
        "and all the digits are right. But f has to take complex numbers: abs and max do not.",
        real=("scipy/optimize/_numdiff.py:_dense_difference@def x_generator_cs",
              "elves/numerical.py:Complex"),
        answer="complex_step",
        **SLOPE | {"run": lambda answer, case: close_to_0(SLOPE["run"](answer, case))},
    ),
    Exercise(
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
    ),
]  # fmt: skip

QUIZZES = {
    "steps.halved": [
        {
            "question": "You halve h. What does the error of a central difference do, as long as "
            "nothing is rounded?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "it is halved", "correct": False,
                 "feedback": "That is the forward difference, whose error goes with h."},
                {"answer": "it is divided by 4", "correct": True,
                 "feedback": "Yes: it goes with h². Two more runs with h / 10 gain two digits."},
                {"answer": "it is divided by 10", "correct": False,
                 "feedback": "It goes with h²: half the step, a quarter of the error."},
            ],
        }
    ],
    "steps.smaller": [
        {
            "question": "A computer keeps 16 digits. Which h gives the best forward difference of "
            "sin at 1?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "0.01", "correct": False,
                 "feedback": "The curve bends on the way: two digits are right."},
                {"answer": "0.00000001 (1e-8)", "correct": True,
                 "feedback": "Yes, about that: then 8 digits are right. More are not to be had."},
                {"answer": "1e-16, the smaller the better", "correct": False,
                 "feedback": "1 + 1e-16 is 1 in floats: the difference is 0."},
            ],
        }
    ],
    "steps.runs": [
        {
            "question": "A network has 2,410 weights. How often does its loss run for one gradient "
            "by central differences?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "twice", "correct": False,
                 "feedback": "Twice for one weight: each weight has a slope of its own."},
                {"answer": "4,820 times", "correct": True,
                 "feedback": "Yes: twice for each weight. Reverse mode (lab 4) needs one run and "
                 "one walk back, however many weights there are."},
                {"answer": "2,410² times", "correct": False,
                 "feedback": "Weights are nudged one at a time, not in pairs."},
            ],
        }
    ],
}  # fmt: skip
