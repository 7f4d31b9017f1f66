"""Exercise 9.6, custom: its cases, a right answer, and wrong ones that are known by name.

Sources: JAX's documentation, "Custom derivative rules", for log(1 + exp(x)); Bengio, Léonard &
Courville, arXiv:1308.3432 (2013), for the straight-through estimator.
"""

import numpy as np

from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit, told
from elves.course.linear.program import stepped

FUNCTIONS = {
    "softplus": lambda x: np.logaddexp(0.0, x),
    "root": lambda x: np.sqrt(x),
    "rounded": lambda x: np.round(x),
}
FAR = np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0])
POINTS = [("softplus", 0.0), ("softplus", 1.0), ("root", 4.0), ("root", 0.0), ("rounded", 0.4),
          ("softplus", np.array([-2.0, 3.0])), ("root", np.array([1.0, 0.25])),
          ("rounded", np.array([[1.2, -0.7]])), ("softplus", 1000.0), ("softplus", -1000.0),
          ("softplus", FAR), ("root", np.array([0.0, 9.0, 0.0]))]  # fmt: skip


def slopes(rules, case):
    """What the step of a rule makes of a tangent of ones."""
    name, x = case
    if name not in rules and any(map(callable, rules)):
        raise Unfit("a function as a key: asked are the names, as text")
    x = np.asarray(x)
    x = x if x.ndim else x[()]
    try:
        found = rules[name](FUNCTIONS[name](x), x)
    except ValueError as error:
        if "truth value of an array" in str(error):
            told("if", "an `if` that asks a whole array", FOR_EACH)
        raise
    if not isinstance(found, (list, tuple)) or any(isinstance(s, str) for s in found):
        raise Unfit(f"{brief(found)}, and not a list with a step for each argument: here, of one")
    if len(found) != 1:
        raise Unfit(f"{len(found)} in the list: asked is one step")
    slope = np.asarray(stepped(found[0], np.ones(np.shape(x))), float)
    if name == "root" and np.any(slope > 1e3) and np.all(np.isfinite(slope)):
        raise Unfit("a huge number for the slope at 0")
    return slope


def exact(name, x):
    if name == "softplus":
        return np.exp(-np.logaddexp(0.0, -x))
    if name == "root":
        return np.array([0.5 * v**-0.5 if v else 0.0 for v in np.ravel(x)]).reshape(np.shape(x))
    return np.ones(np.shape(x))


class Expected(dict):
    """The right rules."""

    def __missing__(self, name):
        return lambda y, x: [("scale", exact(name, x))]


def with_slope(**found):
    """The right rules, but for the constants of some."""
    return Expected({
        name: lambda y, x, constant=constant: [("scale", constant(y, x))]
        for name, constant in found.items()
    })  # fmt: skip


FOR_EACH = "if decides once for a whole array: np.where decides for each entry."
OVERFLOW = (
    "exp(1000) is inf, and inf / inf is nan: write the slope so that no large number comes into "
    "it. y is there too."
)
FALLS = (
    "That falls from 1 to 0, but softplus is flat on the left and steep on the right: look at the "
    "signs in exp."
)
AT_ZERO = (
    "0.5 / 0 is inf, and what comes next is inf · 0, which is nan: choose the slope 0 there, with "
    "np.where."
)

EXERCISE = Exercise(
    "linear.custom",
    cases=lambda random: POINTS,
    right=Expected(),
    run=slopes,
    tell=lambda case: f"{case[0]}: its slope at x = {brief(case[1])}",
    mistakes=(
        (with_slope(softplus=lambda y, x: np.exp(x) / (1 + np.exp(x))), OVERFLOW),
        (with_slope(softplus=lambda y, x: np.exp(x) * (1 / (1 + np.exp(x)))), OVERFLOW),
        (with_slope(softplus=lambda y, x: np.exp(x) / np.exp(y)), OVERFLOW),
        (with_slope(softplus=lambda y, x: 1 / (1 + np.exp(x))), FALLS),
        (with_slope(softplus=lambda y, x: np.exp(-x) / (1 + np.exp(-x))), FALLS),
        (with_slope(softplus=lambda y, x: np.exp(x) / y), "What stands below the line is "
         "1 + exp(x), which is exp(y); y is its logarithm."),
        (with_slope(softplus=lambda y, x: 1.0 * (x > 0)), "That is the slope of max(0, x). "
         "softplus bends slowly: at 0 its slope is 0.5."),
        (with_slope(softplus=lambda y, x: y), "y is the value of the function, and no slope: "
         "that is exp(x) / (1 + exp(x))."),
        (with_slope(root=lambda y, x: 0.5 / y), AT_ZERO),
        (with_slope(root=lambda y, x: 0.5 * x**-0.5), AT_ZERO),
        (with_slope(root=lambda y, x: 0.5 / y, softplus=lambda y, x: np.exp(x) / (1 + np.exp(x))),
         AT_ZERO),
        (with_slope(root=lambda y, x: np.where(y > 0, 0.5 / x, 0.0)), "The slope of a root is "
         "0.5 divided by the root, which is y."),
        (with_slope(root=lambda y, x: 0.5 / (y + 1e-12)), "A small number below the line makes "
         "all slopes a little wrong, and the one at 0 huge: ask for 0 itself, with np.where."),
        (with_slope(root=lambda y, x: 0.5 / np.sqrt(x + 1e-12)), "A small number below the line "
         "makes all slopes a little wrong, and the one at 0 huge: ask for 0 itself, with "
         "np.where."),
        (with_slope(root=lambda y, x: 0.5 / np.where(y > 0, y, 1.0)), "At 0 nothing is divided "
         "by 0 any more, but the slope there is 0.5: it shall be 0."),
        (with_slope(root=lambda y, x: 0.5 / y if y > 0 else 0.0), FOR_EACH),
        (with_slope(rounded=lambda y, x: 0.0 * x), "That is its true slope, and with it nothing "
         "before the rounding ever learns: say that it is 1."),
        (with_slope(rounded=lambda y, x: y), "The slope of going straight through is 1, wherever "
         "x is."),
        (with_slope(rounded=lambda y, x: x), "The slope of going straight through is 1, wherever "
         "x is."),
    ),
    wants='a dict of three rules, each of which returns a list of one step, [("scale", …)]',
    hints=(
        "softplus: its slope is exp(x) / (1 + exp(x)), and at 1000 both are inf. How does y say "
        "1 + exp(x)?",
        "softplus: exp(x) / exp(y) in one exp. root: 0.5 / y, but where y is 0. rounded: 1.",
        '("scale", np.exp(x - y)); ("scale", np.where(y > 0, 0.5 / np.where(y > 0, y, 1), 0)); '
        '("scale", 1.0)',
    ),
    idea="A rule of your own is one line of the program: what happens inside the function is never "
    "differentiated.",
    real=("jax/_src/lax/other.py:_logaddexp_jvp",
          "autograd/numpy/numpy_jvps.py:@defjvp(anp.logaddexp",
          "elves/rules/elementwise.py:@Elementwise(np.logaddexp,"),
    answer="CUSTOM",
    kind="dict",
)  # fmt: skip
