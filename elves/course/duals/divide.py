"""Exercise 3.2, divide: its cases, a right answer, and wrong ones that are known by name."""

from elves import forward
from elves.course.duals.dual import Dual, pair, show_dual, tell_duals
from elves.course.exercise import Exercise


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
MOVES_MORE = "Let v stand still: then u / v moves as u' / v does. Yours does not."

EXERCISE = Exercise(
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
)  # fmt: skip
