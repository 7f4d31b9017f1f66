"""Exercise 13.2, unrolled: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import reverse
from elves.course.exercise import Exercise, brief, several
from elves.course.implicit.equations import PAIR, SHAPE, draw, function_of, rests, with_matrix

ONE, TWO, MANY = np.array([1.0, -2.0]), np.array([0.5, 1.5]), np.array([1.0, 0.5, -2.0])
LOOPS = [  # a step, where x begins, a, the cotangent of x at the end, and how many rounds
    ("a * x", 3.0, 0.5, 1.0, 1), ("a * x", 3.0, 0.5, 1.0, 2), ("a * x", 3.0, 0.5, 1.0, 3),
    ("a + x * x", 0.5, 0.2, 2.0, 2), ("a * np.sin(x) + 1", 0.5, 0.8, 1.0, 4),
    ("a * np.sin(x) + 1", 0.5, 0.8, -3.0, 8), ("np.tanh(M @ x + a)", TWO, ONE, ONE, 2),
    ("np.tanh(M @ x + a)", TWO, ONE, TWO, 3), ("np.tanh(M @ x) * a[0] + a[1]", MANY, TWO, MANY, 3),
]  # fmt: skip


def by_tape(step, x, a, g, rounds):
    """The elf's tape, through all the rounds."""

    def loop(a):
        y = x
        for _ in range(rounds):
            y = step(y, a)
        return y

    return reverse.vjp(loop, a)[1](g)[0]


def states(step, x, a, rounds):
    """x before each of the rounds, and at the end."""
    found = [x]
    for _ in range(rounds):
        found.append(step(found[-1], a))
    return found


def swept(choose, pass_on=True, keep=True):
    """A sweep back that looks at the states in some order, and passes g on or not."""

    def answer(step, x, a, g, rounds):
        total = 0.0 * a
        for at in choose(states(step, x, a, rounds)):
            by_x, by_a = reverse.vjp(step, at, a)[1](g)
            total = total + by_a if keep else by_a
            g = by_x if pass_on else g
        return total

    return answer


def always_one(step, x, a, g, rounds):
    return swept(lambda xs: xs[-2::-1], pass_on=False)(step, x, a, 1.0, rounds)


def begins_with_g(step, x, a, g, rounds):
    return g + by_tape(step, x, a, g, rounds)


def sums_of_x(step, x, a, g, rounds):
    total = 0.0
    for at in states(step, x, a, rounds)[-2::-1]:
        total, g = total + g, reverse.vjp(step, at, a)[1](g)[0]
    return total


def exchanged(step, x, a, g, rounds):
    total = 0.0
    for at in states(step, x, a, rounds)[-2::-1]:
        paid, g = reverse.vjp(step, at, a)[1](g)
        total = total + paid
    return total


def collects_g(step, x, a, g, rounds):
    total = 0.0
    for at in states(step, x, a, rounds)[-2::-1]:
        by_x, by_a = reverse.vjp(step, at, a)[1](g)
        g, total = g + by_x, total + by_a
    return total


def slope_of_the_loop(step, x, a, g, rounds):
    return reverse.grad(lambda a: states(step, x, a, rounds)[-1])(a)


def pays_x(step, x, a, g, rounds):
    for at in states(step, x, a, rounds)[-2::-1]:
        g = reverse.vjp(step, at, a)[1](g)[0]
    return g


def passed_first(step, x, a, g, rounds):
    total = 0.0 * a
    for at in states(step, x, a, rounds)[-2::-1]:
        pull = reverse.vjp(step, at, a)[1]
        g = pull(g)[0]
        total = total + pull(g)[1]
    return total


def at_rest(step, x, a, g, rounds):
    return by_tape(step, rests(step, x, a), a, g, 200)


def signs(step, x, a, g, rounds):
    """g changes its sign from round to round."""
    total = 0.0
    for at in states(step, x, a, rounds)[-2::-1]:
        g, paid = reverse.vjp(step, at, a)[1](g)
        total, g = total + paid, -g
    return total


def by_slopes(one):
    """A sweep that pulls some one, and multiplies what it gives by g."""

    def answer(step, x, a, g, rounds):
        total = 0.0
        for at in states(step, x, a, rounds)[-2::-1]:
            by_x, by_a = reverse.vjp(step, at, a)[1](one(g))
            total, g = total + g * by_a, g * by_x
        return total

    return answer


ONE_X = (
    "All your rounds pay at the same x. On the way forward each had an x of its own: keep them in "
    "a list."
)
SAME_G = (
    "Every round gets the same. The last one gets g; the one before gets what the last one pays "
    "its x; and so on."
)
NO_G = "Yours does not ask g: that is the cotangent which the last x begins with, and not 1."
SIGN = "The sign: what a round pays is added, as it is."
OF_SHAPE = (
    "Right where x is one number. What is pulled has the shape of x, and g has it: pull g itself, "
    "and do not multiply by it later."
)
LAST = "One round alone is paid for. a was used in each round: each pays it, and the payments add."

EXERCISE = Exercise(
    "implicit.unrolled",
    cases=lambda random: LOOPS,
    right=by_tape,
    run=lambda answer, case: answer(function_of(case), *case[1:]),
    tell=lambda case: f"{several(case[4], 'round')} of x = {with_matrix(*case[:2])}, from x = "
    f"{brief(case[1])}, with a = {brief(case[2])} and g = {brief(case[3])}",
    wants="the cotangent of a, in the shape of a",
    draw=draw,
    mistakes=(
        (swept(lambda xs: xs[-2:-1]), LAST),
        (swept(lambda xs: xs[:1]), LAST),
        (swept(lambda xs: xs[-2::-1], keep=False), "Each payment overwrites the one before: a "
         "gets their sum."),
        (swept(lambda xs: xs[-2::-1], pass_on=False), SAME_G),
        (swept(lambda xs: xs[:-1]), "You begin with the first round. The way back begins at the "
         "end: the last round pays first."),
        (swept(lambda xs: xs[:0:-1]), "You ask each round at the x that came out of it. Its "
         "slopes belong to the x that went in."),
        (swept(lambda xs: [xs[-1]] * (len(xs) - 1)), ONE_X),
        (swept(lambda xs: [xs[-2]] * (len(xs) - 1)), ONE_X),
        (swept(lambda xs: [xs[0]] * (len(xs) - 1)), ONE_X),
        (swept(lambda xs: xs[::-1]), "That is one round more than there was: x at the end goes "
         "into no round."),
        (swept(lambda xs: xs[-2:0:-1]), "The first round is missing: it used a as well."),
        (passed_first, "In each round, g pays both x and a. Yours first goes on to x, and pays a "
         "with what is left for the round before."),
        (pays_x, "That is what the x at the start is paid. Asked is what a is paid, by all the "
         "rounds."),
        (at_rest, "That is where many more rounds would come to: take as many as are asked."),
        (lambda step, x, a, g, rounds: states(step, x, a, rounds)[-1], "That is x at the end. "
         "Asked is what a is paid for it."),
        (slope_of_the_loop, NO_G),
        (always_one, SAME_G),
        (begins_with_g, "a begins with 0. It is the last x that begins with g."),
        (sums_of_x, "You add up what x is paid, round by round. a gets the second of what pull "
         "gives."),
        (exchanged, "The pair has the order of step's arguments: first what x is paid, then what "
         "a is paid."),
        (swept(lambda xs: [xs[1]] * (len(xs) - 2) + xs[:1]), "x does not move on in your first "
         "loop: each round starts from what the round before gave."),
        (collects_g, "You add to g. What the last round pays its x takes the place of g: the "
         "rounds before get that alone."),
        (lambda step, x, a, g, rounds: reverse.vjp(step, x, a)(g), PAIR),
        (lambda *case: case[3] * slope_of_the_loop(*case), "Right where x is one number. An array "
         "has no one slope for grad to give: pull g back, round by round."),
        (lambda step, x, a, g, rounds: by_tape(step, x, a, 1.0, rounds), NO_G),
        (lambda step, x, a, g, rounds: by_tape(step, x, a, 0.0 * g + 1.0, rounds), NO_G),
        (lambda *case: -by_tape(*case), SIGN), (signs, SIGN),
        (by_slopes(lambda g: 1.0), OF_SHAPE), (by_slopes(lambda g: 0.0 * g + 1.0), OF_SHAPE),
    ),
    hints=(
        "Run forward first, and keep each x that goes into a round in a list.",
        "Then go through that list from its end. vjp(step, x, a)[1](g) gives two cotangents: the "
        "first is g for the round before, the second is added to what a gets.",
        "for x in reversed(xs): g, paid = vjp(step, x, a)[1](g); total = total + paid",
    ),
    idea="Reverse mode through a loop: right after any number of rounds, and every x has been kept "
    "for the way back.",
    real=("autograd/core.py:backward_pass", "elves/reverse.py:sweep"),
    answer="unrolled",
    stops=SHAPE,
)  # fmt: skip
