"""Exercise 3.1, arithmetic: its cases, a right answer, and wrong ones that are known by name."""

from elves import forward
from elves.course.duals.dual import Dual, dual, numbers, pair, show_dual, tell_duals
from elves.course.exercise import Exercise

PAIRS = [
    ((2.0, 1.0), (3.0, 0.0)), ((2.0, 0.0), (3.0, 1.0)), ((2.0, 1.0), (3.0, 1.0)),
    ((0.5, 2.0), (4.0, -1.0)), ((-1.5, 0.5), (2.5, 3.0)),
]  # fmt: skip
SUMS = "a + b", "a * b", "a * a", "a + 3.0", "2.0 * a", "a * b + a", "(a + b) * a * b"


def computed(make, case):
    """Value and tangent of a formula in two duals."""
    words, left, right = case
    if make is forward.Dual:
        moved = zip(left, right, strict=True)
        return numbers(*forward.jvp(eval(f"lambda a, b: {words}"), *moved))
    y = eval(words, {"a": make(*left), "b": make(*right)})
    return pair(y)


class TangentsTimes(Dual):
    def times(self, u, v):
        return u.tangent * v.tangent


class OwnValue(Dual):
    def times(self, u, v):
        return u.tangent * u.value + v.tangent * v.value


class LeftMoves(Dual):
    def times(self, u, v):
        return u.tangent * v.value


class RightMoves(Dual):
    def times(self, u, v):
        return v.tangent * u.value


class TangentsAdded(Dual):
    def times(self, u, v):
        return u.tangent + v.tangent


class EpsilonSquared(Dual):
    def times(self, u, v):
        return Dual.times(self, u, v) + u.tangent * v.tangent


class StandsStill(Dual):
    def plus(self, u, v):
        return 0.0

    times = plus


class RightSubtracted(Dual):
    def times(self, u, v):
        return u.tangent * v.value - u.value * v.tangent


class SumOfTheLeft(Dual):
    def plus(self, u, v):
        return u.tangent


class SumStandsStill(Dual):
    def plus(self, u, v):
        return 0.0


class SumOfTheProduct(Dual):
    def plus(self, u, v):
        return u.tangent * v.tangent


class Minus(Dual):
    def __mul__(self, other):
        other = dual(other)
        crossed = self.value * other.tangent - self.tangent * other.value
        return type(self)(self.value * other.value, crossed)

    __rmul__ = __mul__


class InPlace(Dual):
    """Its sum is the left one itself, changed."""

    def __add__(self, other):
        self.value, self.tangent = self.value + dual(other).value, self.plus(self, dual(other))
        return self

    __radd__ = __add__


class CrosswiseSum(Dual):
    def plus(self, u, v):
        return Dual.times(self, u, v)


TWO_SUM = "In a sum the tangents just add up, whatever the values are."
TANGENTS_TIMES = (
    "The slope of a product is not the product of the slopes: even if one factor stands still, the "
    "product moves."
)
HALF = "Both factors move, and the product with each of them: yours hears of one alone."

EXERCISE = Exercise(
    "duals.arithmetic",
    cases=lambda random: [(words, *pair) for pair in PAIRS for words in SUMS],
    right=forward.Dual,
    run=computed,
    tell=lambda case: f"{case[0]} where {tell_duals('ab', case[1:])}",
    show=show_dual,
    mistakes=(
        (TangentsTimes, TANGENTS_TIMES),
        (OwnValue, "How much does u * v grow per u? By v, the other one's value."),
        (LeftMoves, HALF),
        (TangentsAdded, "That is the tangent of a sum. In a product, each tangent is "
         "multiplied by the other one's value."),
        (EpsilonSquared, "ε · ε is 0: the product of the two tangents drops out."),
        (CrosswiseSum, TWO_SUM), (SumOfTheLeft, TWO_SUM), (SumStandsStill, TWO_SUM),
        (SumOfTheProduct, TWO_SUM),
        (RightMoves, HALF),
        (RightSubtracted, "Both factors push the product the same way: add the two."),
        (InPlace, "a + b changes a itself: whoever uses a again gets another number. Make a "
         "new Dual."),
        (StandsStill, "Your results stand still: a Dual without a tangent is a constant."),
        (Minus, "Both factors push the product the same way: add the two."),
    ),
    hints=(
        "Multiply (u + u' ε) (v + v' ε) out on paper, with ε · ε = 0.",
        "The tangent is what stands at ε. In the product, two of the four terms do.",
        "Dual(self.value * other.value, self.tangent * other.value + self.value * …)",
    ),
    idea="Forward mode is arithmetic with pairs: no graph, no tape, no memory.",
    real=("jax/_src/interpreters/ad.py:JVPTracer", "elves/forward.py:Dual"),
    answer="Dual",
    kind="class",
)  # fmt: skip
