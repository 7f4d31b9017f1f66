"""Lab 3, dual numbers: what its checks need to know.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.1; Siskind & Pearlmutter,
"Perturbation confusion and referential transparency" (2005). The right slopes come from
`elves.forward`.
"""

import itertools
import math

import numpy as np

from elves import forward
from elves.course.engine import arrays, shapes_of
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.kinds import a
from elves.course.pictures import matrix


class Dual:
    """A number with a tangent: how fast it moves while the input moves."""

    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = dual(other)
        return type(self)(self.value + other.value, self.plus(self, other))

    def __mul__(self, other):
        other = dual(other)
        return type(self)(self.value * other.value, self.times(self, other))

    def plus(self, u, v):
        return u.tangent + v.tangent

    def times(self, u, v):
        return u.tangent * v.value + u.value * v.tangent

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + -1.0 * dual(other)

    def __rsub__(self, other):
        return other + -1.0 * self


def dual(x):
    return x if hasattr(x, "tangent") else Dual(x)


def numbers(*found):
    return [float(x) for x in found]


def pair(y):
    """Value and tangent of what should be a dual; raises Unfit where it is none."""
    if not hasattr(y, "value") or not hasattr(y, "tangent"):
        raise Unfit(f"{a(y)} came back: asked is a Dual")
    for part in (y.value, y.tangent):
        if not isinstance(part, (int, float, np.number)):
            raise Unfit(f"a Dual that holds {a(part)}: its value and its tangent are numbers")
    return numbers(y.value, y.tangent)


def show_dual(outcome):
    return f"value {brief(outcome[0])}, tangent {brief(outcome[1])}"


def tell_duals(names, pairs):
    named = zip(names, pairs, strict=True)
    return ", ".join(f"{n} = {x:g} with the tangent {dx:g}" for n, (x, dx) in named)


# ------------------------------------------------------------ 3.1 arithmetic
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


# ------------------------------------------------------------ 3.2 a quotient
def divided(answer, case):
    y = answer(Dual(*case[0]), Dual(*case[1]))
    return pair(y)


def quotient(tangent):
    """A `divide` with a rule for the tangent, from u, u', v and v'."""
    return lambda u, v: Dual(u.value / v.value, tangent(u.value, u.tangent, v.value, v.tangent))


QUOTIENTS = [
    ((6.0, 1.0), (3.0, 0.0)), ((6.0, 0.0), (3.0, 1.0)), ((6.0, 2.0), (3.0, 1.0)),
    ((1.0, 0.0), (0.5, 1.0)), ((-1.5, 0.5), (2.5, 3.0)), ((3.0, -1.0), (-2.0, 0.5)),
]  # fmt: skip


# ------------------------------------------------------------ 3.3 functions
def of_function(answer, case):
    name, x = case
    y = answer[name](Dual(*x))
    return pair(y)


FUNCTIONS = {
    "exp": (math.exp, lambda x, y: y),
    "sin": (math.sin, lambda x, y: math.cos(x)),
    "log": (math.log, lambda x, y: 1 / x),
}


def functions(tangent=lambda slope, dx: slope * dx, **slopes):
    """The three functions, with other slopes for some, or another use of the tangent."""

    def make(f, slope):
        def of(x):
            y = f(x.value)
            return Dual(y, tangent(slope(x.value, y), x.tangent))

        return of

    return {name: make(f, slopes.get(name, slope)) for name, (f, slope) in FUNCTIONS.items()}


POINTS = (1.0, 1.0), (2.0, 1.0), (1.0, 2.0), (0.5, -3.0), (2.0, 0.0)


def by_elf(f):
    return lambda x: Dual(*forward.jvp(f, (x.value,), (x.tangent,)))


def function_of_tangent():
    def make(f):
        return lambda x: Dual(f(x.value), f(x.tangent))

    return {name: make(f) for name, (f, _) in FUNCTIONS.items()}


def slope_at_tangent():
    def make(f, slope):
        return lambda x: Dual(f(x.value), slope(x.tangent, f(x.tangent)) * x.tangent)

    return {name: make(*pair) for name, pair in FUNCTIONS.items()}


# ------------------------------------------------------------ 3.4 jvp
MAPS = [
    ("a * a", [3.0], [1.0]), ("a * a", [3.0], [2.0]), ("2.0 * a - 1.0", [1.5], [1.0]),
    ("a * b", [2.0, 5.0], [1.0, 0.0]), ("a * b", [2.0, 5.0], [0.0, 1.0]),
    ("a * b", [2.0, 5.0], [3.0, 4.0]), ("a * b + a", [1.0, -2.0], [0.5, 2.0]),
    ("a * b * c + b", [1.0, 2.0, 3.0], [1.0, -1.0, 0.5]), ("5.0", [2.0], [1.0]),
    ("7.0", [2.0, 1.0], [1.0, 3.0]),
]  # fmt: skip


def formula(words, count):
    return eval(f"lambda {', '.join('abc'[:count])}: {words}")


def pushed(answer, case):
    words, point, direction = case
    return answer(formula(words, len(point)), point, direction)


def jvp(f, point, direction):
    y = dual(f(*map(Dual, point, direction)))
    return y.value, y.tangent


def jvp_of_a_list(f, point, direction):
    y = dual(f([*map(Dual, point, direction)]))
    return y.value, y.tangent


def jvp_of_one(f, point, direction):
    y = dual(f(Dual(point, direction)))
    return y.value, y.tangent


def all_move(f, point, direction):
    return jvp(f, point, [1.0] * len(point))


def first_moves(f, point, direction):
    return jvp(f, point, [direction[0]] + [0.0] * (len(point) - 1))


def slope_alone(f, point, direction):
    return jvp(f, point, direction)[1]


def slope_first(f, point, direction):
    return jvp(f, point, direction)[::-1]


def unit_length(f, point, direction):
    return jvp(f, point, [d / math.hypot(*direction) for d in direction])


def exchanged_inputs(f, point, direction):
    return jvp(f, direction, point)


def slope_by_slope(f, point, direction):
    """The slopes by each input, in a list: not yet added up."""
    count = range(len(point))
    passes = [jvp(f, point, [direction[i] * (i == k) for i in count]) for k in count]
    return passes[0][0], [slope for _, slope in passes]


def no_constants(f, point, direction):
    y = f(*map(Dual, point, direction))
    return y.value, y.tangent


# ------------------------------------------------------------ 3.5 grad
SLOPES = [
    ("a * a", (3.0,)), ("a * b", (2.0, 5.0)), ("a * b + a", (2.0, 5.0)), ("b * b", (2.0, 5.0)),
    ("a * b * c + b", (2.0, 3.0, 4.0)), ("(a + b) * (a + c) * a", (1.5, 2.0, 0.5)),
]  # fmt: skip


def slopes_of(answer, case):
    words, point = case
    of = answer(formula(words, len(point)))
    if not callable(of):
        raise Unfit(f"grad gave back {a(of)}: asked is a function, slope(*point)")
    return of(*point)


def elf_slopes(f):
    return lambda *x: list(np.ravel(forward.grad(f, tuple(range(len(x))))(*x)))


def by_passes(direction, read=1):
    """A `grad` by n passes, from a rule for the direction of pass k."""
    return lambda f: lambda *x: [jvp(f, x, direction(x, k))[read] for k in range(len(x))]


def unit(x, k):
    return [float(k == i) for i in range(len(x))]


def first_slope(f):
    return lambda *x: [jvp(f, x, unit(x, 0))[1]]


def both_of_each(f):
    return lambda *x: [jvp(f, x, unit(x, k)) for k in range(len(x))]


def at_a_list(f):
    """One argument instead of many."""

    def slope(point):
        return [jvp(f, point, unit(point, k))[1] for k in range(len(point))]

    return slope


# ------------------------------------------------------------ 3.6 derivatives of derivatives
def tag_of(x):
    return getattr(x, "tag", 0)


class Level:
    """A dual number with a tag: the derivative that it moves for."""

    def __init__(self, value, tangent, tag):
        self.value, self.tangent, self.tag = value, tangent, tag

    @staticmethod
    def parts(x, tag):
        return (x.value, x.tangent) if tag_of(x) == tag else (x, 0.0)

    def __add__(self, other):
        tag = max(tag_of(self), tag_of(other))
        (u, du), (v, dv) = self.parts(self, tag), self.parts(other, tag)
        return type(self)(u + v, du + dv, tag)

    def __mul__(self, other):
        tag = max(tag_of(self), tag_of(other))
        (u, du), (v, dv) = self.parts(self, tag), self.parts(other, tag)
        return type(self)(u * v, du * v + u * dv, tag)

    __radd__, __rmul__ = __add__, __mul__


class Confused(Level):
    @staticmethod
    def parts(x, tag):
        return (x.value, x.tangent) if isinstance(x, Level) else (x, 0.0)


class StrangersStripped(Level):
    @staticmethod
    def parts(x, tag):
        return (x.value, x.tangent) if tag_of(x) == tag else (getattr(x, "value", x), 0.0)


class StrangersMoveOn(Level):
    @staticmethod
    def parts(x, tag):
        return (x.value, x.tangent) if tag_of(x) == tag else (x, getattr(x, "tangent", 0.0))


class StrangersMove(Level):
    @staticmethod
    def parts(x, tag):
        return (x.value, x.tangent) if tag_of(x) == tag else (x, 1.0)


TAGS = itertools.count(1)


def plain(x):
    while hasattr(x, "value"):
        x = x.value
    return x


def nesting(make=Level, take=lambda x: x, seed=1.0, read=lambda y, tag, parts: parts(y, tag)[1]):
    """A `derivative`, in which one step may be another one."""

    def derivative(f):
        def at(x):
            tag = next(TAGS)
            return read(f(make(take(x), seed, tag)), tag, make.parts)

        return at

    return derivative


def nested(answer, case):
    words, x = case
    of = answer(eval(f"lambda x: {words}", {"D": answer}))
    if not callable(of):
        raise Unfit(f"derivative gave back {a(of)}: asked is a function of x")
    return of(x)


NESTED = [
    ("x * x", 3.0), ("2.0 * x + 1.0", 3.0), ("x * x * x", 2.0), ("5.0", 1.0),
    ("D(lambda y: y * y)(x)", 3.0), ("D(lambda y: y * y * y)(x)", 2.0),
    ("D(lambda y: x * x)(1.0)", 3.0), ("D(lambda y: x + y)(1.0)", 1.0),
    ("x * D(lambda y: x + y)(1.0)", 1.0), ("x * D(lambda y: x * y)(2.0)", 3.0),
    ("x * D(lambda y: x * x)(1.0)", 3.0), ("x * D(lambda y: 5.0)(x)", 2.0),
    ("D(lambda y: x * y * y)(x)", 2.0),
    ("D(lambda y: x * D(lambda z: y * z)(2.0))(3.0)", 4.0),
    ("D(D(lambda y: y * y * y * y))(x)", 2.0),
]  # fmt: skip


# ------------------------------------------------------------ 3.7 arrays
SHAPES = {
    np.multiply: [((), ()), ((2,), (2,)), ((2, 2), (2, 2)), ((2, 3), (3,))],
    np.tanh: [((),), ((3,),), ((2, 2),)],
    np.exp: [((),), ((3,),), ((2, 2),)],
    np.log: [((),), ((3,),), ((2, 2),)],
    np.matmul: [((1, 1), (1, 1)), ((2, 2), (2, 2)), ((2, 3), (3, 1)), ((1, 2), (2, 4))],
}


def calls(random):
    found = []
    for function, wanted in SHAPES.items():
        for shapes in wanted:
            found.append((function, arrays(random, *shapes), arrays(random, *shapes)))
    return sorted(found, key=lambda call: sum(map(np.size, call[1])))


def moved(rules, case):
    """The tangent of a call, by the rules."""
    function, values, tangents = case
    return np.asarray(rules[function](function(*values), *values, *tangents), float)


class Expected(dict):
    """The right rules: what the forward elf finds."""

    def __missing__(self, function):
        def rule(y, *both):
            n = len(both) // 2
            return forward.jvp(function, both[:n], both[n:])[1]

        return rule


def changed(**rules):
    return Expected({getattr(np, name): rule for name, rule in rules.items()})


FEW = 8  # numbers that a sentence can hold


def tell_call(case):
    function, values, tangents = case
    told = shapes_of(values)
    if sum(map(np.size, values)) <= FEW:
        numbers = zip("ab", values, tangents, strict=False)
        told = " and ".join(f"{n} = {brief(a)}, tangent {brief(da)}" for n, a, da in numbers)
    return f"np.{function.__name__}({', '.join('ab'[: len(values)])}) with {told}"


ONE_BY_ONE = "f takes its inputs one by one, each as a Dual of its own: a list of them is no input."
STILL = "What does not have your tag stands still: its tangent is 0."
TWO_SUM = "In a sum the tangents just add up, whatever the values are."
NO_EXCHANGE = "Value and tangent have changed places: Dual(value, tangent)."
LEAVE = (
    "You take the outer tangent off x. Leave x as it is: the value of a dual number may be a dual "
    "number."
)
OF_TANH = "The slope of tanh is 1 - y², with its output y."
OF_EXP = "The slope of exp is its output y; the slope of log is 1 over its input x."
OF_LOG = "The slope of log is 1 / x: the farther to the right, the flatter."
MATMUL_ORDER = "A product of matrices has an order: keep a on the left and b on the right."
MOVES_MORE = "Let v stand still: then u / v moves as u' / v does. Yours does not."
AT_VALUE = (
    "The function and its slope are for the value of x. The tangent is multiplied by that slope."
)
ALL_AT_ONCE = (
    "The slopes by all inputs come out added up. Asked is a list, with the slope by each: from a "
    "pass in which that one alone moves."
)
TANGENTS_TIMES = (
    "The slope of a product is not the product of the slopes: even if one factor stands still, the "
    "product moves."
)
HALF = "Both factors move, and the product with each of them: yours hears of one alone."
CONFUSED = (
    "Perturbation confusion: you take the outer derivative's tangent for your own. Each derivative "
    "needs a tag of its own, and parts must look at it."
)
READ = (
    "What f gives back may be a plain number, or move for an outer derivative only: then this "
    "slope is 0. Ask parts, with your tag."
)

EXERCISES = [
    Exercise(
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
    ),
    Exercise(
        "duals.divide",
        cases=lambda random: QUOTIENTS,
        right=lambda u, v: Dual(*forward.jvp(lambda a, b: a / b, (u.value, v.value),
                                             (u.tangent, v.tangent))),
        run=divided,
        tell=lambda case: f"u / v where {tell_duals('uv', case)}",
        show=show_dual,
        mistakes=(
            (quotient(lambda u, du, v, dv: (du * v + u * dv) / v**2),
             "The more v there is, the less u / v is: the part of v' has a minus."),
            (quotient(lambda u, du, v, dv: du / dv),
             "The slope of a quotient is not the quotient of the slopes."),
            (quotient(lambda u, du, v, dv: (du * v - u * dv) / v),
             MOVES_MORE),
            (quotient(lambda u, du, v, dv: (u * dv - du * v) / v**2),
             "The two parts are exchanged: more u means more u / v, so u' counts positive."),
            (quotient(lambda u, du, v, dv: du / v), "v moves too: you treat it as a constant."),
            (quotient(lambda u, du, v, dv: du * v - u * dv), MOVES_MORE),
            (quotient(lambda u, du, v, dv: du * v - u * dv / v**2), "Python divides first, and "
             "here the second part alone: put the difference in brackets."),
            (lambda u, v: u * Dual(1 / v.value, -1 / v.value**2), "You let v move by 1 always: it "
             "moves by its tangent."),
            (quotient(lambda u, du, v, dv: (du - u * dv) / v), "Let u stand still and v double: "
             "the slope by v falls to a quarter. Yours falls to half."),
            (quotient(lambda u, du, v, dv: du * v + u * dv), "That is the tangent of u * v. It is "
             "the product rule for u = q * v that is to be solved for q'."),
        ),
        hints=(
            "q = u / v means u = q · v. What does the product rule say about u'?",
            "u' = q' v + q v': solve that for q'.",
            "q = u.value / v.value; the tangent is (u.tangent - q * v.tangent) / v.value",
        ),
        idea="The quotient rule is the product rule, solved for the quotient.",
        real=("chainer/functions/math/basic_math.py:Div", "elves/core/kinds.py:Elementwise.jvp"),
        answer="divide",
    ),
    Exercise(
        "duals.functions",
        cases=lambda random: [(name, x) for x in POINTS for name in FUNCTIONS],
        right={name: by_elf(getattr(np, name)) for name in FUNCTIONS},
        run=of_function,
        tell=lambda case: f"{case[0]}(x) where {tell_duals('x', case[1:])}",
        show=show_dual,
        mistakes=(
            (functions(tangent=lambda slope, dx: slope),
             "You forget the inner derivative: if x moves twice as fast, so does f(x). Multiply "
             "by the tangent of x."),
            (function_of_tangent(), AT_VALUE),
            (functions(tangent=lambda slope, dx: slope + dx),
             "The chain rule multiplies: slope times tangent, not plus."),
            (functions(sin=lambda x, y: -math.cos(x)),
             "At 0 the sine goes uphill: its slope is the cosine, without a minus."),
            (functions(sin=lambda x, y: y), "The sine at its top is 1 and flat: its slope is the "
             "cosine."),
            (functions(exp=lambda x, y: x * math.exp(x - 1)),
             "The power rule is for x**3. The slope of exp is exp itself: that is what it is for."),
            (functions(log=lambda x, y: 1 / y),
             "The slope of log is 1 / x, by its input: not by its output."),
            (slope_at_tangent(), AT_VALUE),
            (functions(log=lambda x, y: x), OF_LOG),
            (functions(log=lambda x, y: -1 / x**2), OF_LOG),
            (functions(tangent=lambda slope, dx: dx), "The tangent goes through yours as it came: "
             "each function stretches it by its slope."),
            ({name: lambda x, f=f: f(x.value) for name, (f, _) in FUNCTIONS.items()},
             "You return a plain number, which stands still: a Dual, please."),
        ),
        hints=(
            "Each one is: Dual(f(x.value), slope · x.tangent).",
            "The slopes: exp is its own, sin has cos, log has 1 / x.",
            "return Dual(math.sin(x.value), math.cos(x.value) * x.tangent)",
        ),
        idea="The chain rule is one multiplication, done by every function on its own.",
        real=("autograd/core.py:JVPNode", "elves/core/kinds.py:Elementwise"),
        answer="functions",
        kind="dict",
    ),
    Exercise(
        "duals.jvp",
        cases=lambda random: MAPS,
        right=lambda f, point, direction: forward.jvp(f, tuple(point), tuple(direction)),
        run=pushed,
        tell=lambda case: f"f = {case[0]} at {brief(case[1])} in the direction {brief(case[2])}",
        mistakes=(
            (all_move, "You let every input move by 1: its tangent is its entry of direction."),
            (first_moves, "Only the first input moves: all have an entry in direction."),
            (slope_alone, "Return the pair: the value of f, then the slope."),
            (slope_first, "The value of f comes first, then the slope."),
            (exchanged_inputs, NO_EXCHANGE),
            (slope_by_slope, "In one pass all the inputs move together: one slope comes out, "
             "which is the sum of these."),
            (unit_length, "Leave the direction as long as it is: twice the direction, twice the "
             "slope."),
            (lambda f, x, dx: [jvp(f, x, dx)[1]], "Return the pair: the value of f, then the "
             "slope."),
            (no_constants, "f may give back a plain number, which does not move: its tangent is 0. "
             "dual(…) makes one of it."),
            (jvp_of_a_list, ONE_BY_ONE),
            (jvp_of_one, ONE_BY_ONE),
            (lambda f, x, dx: (jvp(f, x, dx)[0], 0.0), "Nothing moves: the tangent of each input "
             "is its entry of direction."),
        ),
        hints=(
            "Make a Dual of each input, with its entry of direction as the tangent.",
            "Call f on them. What comes back holds both numbers that you need.",
            "y = dual(f(*[Dual(x, d) for x, d in zip(point, direction)]))",
        ),
        idea="One pass, one direction: the slope of f along it, exact, at about twice f's price.",
        real=("jax/_src/api.py:jvp", "torch/_functorch/eager_transforms.py:jvp",
              "elves/forward.py:jvp"),
        answer="jvp",
    ),
    Exercise(
        "duals.grad",
        cases=lambda random: SLOPES,
        right=elf_slopes,
        run=slopes_of,
        tell=lambda case: f"the gradient of {case[0]} at {brief(case[1])}",
        mistakes=(
            (by_passes(lambda x, k: [1.0] * len(x)), ALL_AT_ONCE),
            (first_slope, "That is the slope by the first input: one pass for each of them."),
            (by_passes(lambda x, k: [float(i <= k) for i in range(len(x))]), "Your direction still "
             "moves the inputs of the passes before: set them back to 0."),
            (by_passes(lambda x, k: [x[i] * (k == i) for i in range(len(x))]), "An input moves by "
             "1, not by its own value."),
            (by_passes(unit, 0), "Those are values of f: jvp gives the slope second."),
            (both_of_each, "jvp gives a pair, value and slope: take the slope."),
            (at_a_list, "slope gets the numbers one by one, as f does: def slope(*point)."),
            (lambda f: lambda *x: jvp(f, x, [1.0] * len(x))[1], ALL_AT_ONCE),
            (lambda f: lambda *x: [jvp(f, [a], [1.0])[1] for a in x],
             "f needs all of its inputs in each pass: those that stand still, too."),
            (lambda f: lambda *x: jvp(f, x, unit(x, 0))[1], "That is the slope by the first input: "
             "one pass for each of them."),
            (lambda f: lambda x: [jvp(f, [x], [1.0])[1]], "slope gets the numbers one by one, as f "
             "does: def slope(*point)."),
        ),
        hints=(
            "How many passes are there? What is the direction of the first one?",
            "Pass k has the direction (0, …, 1, …, 0) with the 1 at place k.",
            "[jvp(f, x, [float(i == k) for i in range(len(x))])[1] for k in range(len(x))]",
        ),
        idea="n inputs, n passes: fine for three, too much for a network. Lab 4 walks back.",
        real=("jax/_src/api.py:jacfwd", "elves/forward.py:columns"),
        answer="grad",
    ),
    Exercise(
        "duals.nested",
        cases=lambda random: NESTED,
        right=forward.grad,
        run=nested,
        tell=lambda case: f"D(lambda x: {case[0]})({case[1]:g})",
        mistakes=(
            (nesting(Confused), CONFUSED),
            (nesting(take=plain), LEAVE), (nesting(StrangersStripped), LEAVE),
            (nesting(read=lambda y, tag, parts: y.tangent), READ),
            (nesting(read=lambda y, tag, parts: getattr(y, "tangent", 0.0)), READ),
            (nesting(StrangersMove), STILL), (nesting(StrangersMoveOn), STILL),
            (nesting(read=lambda y, tag, parts: parts(y, tag)[0]),
             "That is the value of f: the slope is the tangent."),
            (nesting(seed=0.0), "0 everywhere: either x does not move (its tangent is 1), or parts "
             "is asked for another tag than the one that x got."),
        ),
        hints=(
            "In parts there are two cases: x has this tag, or x stands still for it.",
            "derivative: a new tag, f of Level(x, 1.0, tag), and what moves by that tag.",
            "return parts(f(Level(x, 1.0, tag)), tag)[1]; and parts of a stranger is (x, 0.0)",
        ),
        idea="One tag for each derivative that is running: then derivatives nest, as functions do.",
        real=("jax/_src/interpreters/ad.py:jvp", "elves/forward.py:jvp"),
        answer="derivative",
    ),
    Exercise(
        "duals.arrays",
        cases=calls,
        right=Expected(),
        run=moved,
        tell=tell_call,
        draw=lambda case, want, got: matrix(want, got),
        mistakes=(
            (changed(multiply=lambda y, a, b, da, db: da * db,
                     matmul=lambda y, a, b, da, db: da @ db),
             TANGENTS_TIMES),
            (changed(matmul=lambda y, a, b, da, db: b @ da + db @ a), MATMUL_ORDER),
            (changed(matmul=lambda y, a, b, da, db: da * b + a * db),
             "That is the rule of a * b, entry by entry: here it is @."),
            (changed(multiply=lambda y, a, b, da, db: da * b,
                     matmul=lambda y, a, b, da, db: da @ b), HALF),
            (changed(exp=lambda y, x, dx: y, log=lambda y, x, dx: 1 / x,
                     tanh=lambda y, x, dx: 1 - y * y),
             "You forget the inner derivative: multiply each slope by dx."),
            (changed(tanh=lambda y, x, dx: (1 - x * x) * dx), OF_TANH),
            (changed(tanh=lambda y, x, dx: (1 - np.tanh(y) ** 2) * dx), OF_TANH),
            (changed(tanh=lambda y, x, dx: (1 - y) * dx), OF_TANH),
            (changed(tanh=lambda y, x, dx: 1 - y**2 * dx), "Python multiplies before it subtracts: "
             "put 1 - y² in brackets."),
            (changed(exp=lambda y, x, dx: x * dx, log=lambda y, x, dx: dx / y), OF_EXP),
            (changed(exp=lambda y, x, dx: dx), OF_EXP),
            (changed(exp=lambda y, x, dx: np.exp(dx), log=lambda y, x, dx: np.log(dx),
                     tanh=lambda y, x, dx: np.tanh(dx)),
             "A function of the tangent is no slope: the slope is taken at x, and multiplies dx."),
            (changed(multiply=lambda y, a, b, da, db: a * da + b * db,
                     matmul=lambda y, a, b, da, db: a @ da + b @ db),
             "Each tangent meets the other one's value: da with b, and a with db."),
            (changed(matmul=lambda y, a, b, da, db: da @ b + db @ a), MATMUL_ORDER),
            (changed(matmul=lambda y, a, b, da, db: da @ db), TANGENTS_TIMES),
            (changed(matmul=lambda y, a, b, da, db: da @ b), HALF),
            (changed(matmul=lambda y, a, b, da, db: a @ db), HALF),
            (changed(exp=lambda y, x, dx: np.exp(y) * dx), "y is the result already: exp of it is "
             "exp of exp."),
        ),
        hints=(
            "They are the rules from above: nothing changes, but that numbers are arrays now.",
            "For @ multiply (a + da ε) @ (b + db ε) out, without changing the order.",
            "matmul: da @ b + a @ db. tanh: (1 - y * y) * dx. exp: y * dx. log: dx / x.",
        ),
        idea="One rule for an array moves all of its entries: forward mode at NumPy's speed.",
        real=("autograd/core.py:def_linear", "elves/core/kinds.py:Elementwise"),
        answer="RULES",
        kind="dict",
    ),
]  # fmt: skip

QUIZZES = {
    "duals.epsilon": [
        {
            "question": "ε · ε = 0. What is (2 + 3 ε) · (4 + 5 ε)?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "8 + 15 ε", "correct": False,
                 "feedback": "15 stands at ε · ε, which is 0."},
                {"answer": "8 + 22 ε", "correct": True,
                 "feedback": "Yes: 2 · 5 + 3 · 4. You have just found the product rule."},
                {"answer": "8 + 8 ε", "correct": False,
                 "feedback": "Each tangent meets the other one's value first: 3 · 4 + 2 · 5."},
            ],
        }
    ],
    "duals.passes": [
        {
            "question": "A network has 2,410 weights and one loss. How many passes of dual numbers "
            "give its whole gradient?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "1", "correct": False,
                 "feedback": "One pass gives the slope in one direction: one number."},
                {"answer": "2,410", "correct": True,
                 "feedback": "Yes: one for each weight. So networks train by reverse mode."},
                {"answer": "2,411", "correct": False,
                 "feedback": "Nearly: differences need one more, duals bring the value along."},
            ],
        }
    ],
    "duals.confusion": [
        {
            "question": "D(f) is f's slope. What is D(lambda x: x * D(lambda y: x + y)(1))(1)?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "0", "correct": False,
                 "feedback": "The inner one is 1: x stands still there, y moves by 1. Then x * 1."},
                {"answer": "1", "correct": True,
                 "feedback": "Yes: the inner slope is 1 whatever x is, and x * 1 has the slope 1."},
                {"answer": "2", "correct": False,
                 "feedback": "So say dual numbers without tags: x moves for the outer D alone."},
            ],
        }
    ],
}  # fmt: skip
