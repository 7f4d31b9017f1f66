"""Exercise 13.4, system: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import forward, reverse
from elves.course.exercise import Exercise, brief
from elves.course.implicit.equations import PAIR, SHAPE, draw, function_of, newton, with_matrix

ONE, TWO, THREE = np.array([1.0, -2.0]), np.array([0.5, 1.5]), np.array([1.0, 0.5, -2.0])
SYSTEMS = [  # equations, about where their root is, a, and the cotangent of x
    ("2 * x - a", np.array([1.5]), np.array([3.0]), np.array([1.0])),
    ("2 * x - 3 * a", TWO, TWO, ONE), ("x * x - a", TWO, np.array([4.0, 9.0]), ONE),
    ("M @ x - a", TWO, ONE, ONE), ("M @ x + a * x ** 3 - 1", TWO, TWO, ONE),
    ("M @ x + 2 * x - a[:2] * a[2]", TWO, THREE, TWO),
    ("M @ x + a[0] * x ** 3 - a[1]", np.ones(3), TWO, THREE),
]  # fmt: skip


def with_roots(random):
    for words, x, a, g in SYSTEMS:
        yield words, newton(function_of((words, x)), x, a), a, g


def sensitivities(f, x, a):
    """How each unknown moves with each entry of a: the whole matrix."""
    return -np.linalg.solve(forward.jacobian(f, 0)(x, a), forward.jacobian(f, 1)(x, a))


def pulled(solve, last=lambda z, pull: -pull(z)[1]):
    """z from the Jacobian by x and g, and what is made of it."""

    def answer(f, x, a, g):
        z = solve(forward.jacobian(f, 0)(x, a), g)
        return last(z, reverse.vjp(f, x, a)[1])

    return answer


def transposed(J, g):
    return np.linalg.solve(J.T, g)


def solved_by_a(f, x, a, g):
    z = transposed(forward.jacobian(f, 1)(x, a), g)
    return -reverse.vjp(f, x, a)[1](z)[1]


def at_z(f, x, a, g):
    z = transposed(forward.jacobian(f)(x, a), g)
    return -reverse.vjp(f, z, a)[1](z)[1]


def exchanged(f, x, a, g):
    z = transposed(forward.jacobian(f)(a, x), g)
    return -reverse.vjp(f, x, a)[1](z)[1]


def pulled_there(f, x, a, g):
    z = transposed(forward.jacobian(f)(x, a), g)
    return -reverse.vjp(f, a, x)[1](z)[1]


def all_exchanged(f, x, a, g):
    return pulled(transposed)(f, a, x, g)


def solved_last(sign, solve=transposed):
    """g is pulled first, and what a is paid goes into the solve."""

    def answer(f, x, a, g):
        return sign * solve(forward.jacobian(f)(x, a), reverse.vjp(f, x, a)[1](g)[1])

    return answer


TWO_THINGS = "Two things: J.T, since cotangents go the other way; and the sign."
ABS = "abs forgets the sign: an entry of a may be paid less than 0."
PLACE = "f takes x first, then a: you ask for its slopes at another point."
UNPULLED = (
    "Two things: J.T, since cotangents go the other way; and z has to be pulled through f, to a."
)
SOLVE_FIRST = "First the solve, then the pull: z belongs to the equations, and f pays a with it."
SIDE = "On the way back it is the transposed Jacobian: J.T. Yours answers another question: J."

EXERCISE = Exercise(
    "implicit.system",
    cases=with_roots,
    right=lambda f, x, a, g: g @ sensitivities(f, x, a),
    run=lambda answer, case: answer(function_of(case), *case[1:]),
    tell=lambda case: f"{with_matrix(case[0] + ' = 0', case[1])}, whose root is x = "
    f"{brief(case[1])} for a = {brief(case[2])}, and g = {brief(case[3])}",
    wants="the cotangent of a, an array in the shape of a",
    draw=draw,
    mistakes=(
        (pulled(np.linalg.solve), SIDE),
        (pulled(transposed, lambda z, pull: pull(z)[1]), "The sign: x has to undo what a does to "
         "f."),
        (pulled(lambda J, g: g), "You pull g through f: that says how f pays. It is z that goes "
         "through f, and J.T @ z is g."),
        (pulled(lambda J, g: g, lambda z, pull: pull(z)[1]), "You pull g through f: that says how "
         "f pays. It is z that goes through f, and J.T @ z is g."),
        (pulled(lambda J, g: J.T @ g), "You multiply by J.T. z is what J.T maps to g: solve."),
        (pulled(lambda J, g: J @ g), "You multiply by J. z is what J.T maps to g: solve."),
        (pulled(lambda J, g: g / np.diag(J)), "You divide by the diagonal. Each equation may know "
         "several unknowns: solve for all of them together."),
        (pulled(lambda J, g: np.linalg.solve(np.eye(len(J)) - J.T, g)), "I - J.T belongs to a "
         "step, with x = step(x, a). Here f(x, a) is 0, and its own J.T is the matrix."),
        (pulled(transposed, lambda z, pull: z), "That is z. It still has to be pulled through f, "
         "to a."),
        (pulled(transposed, lambda z, pull: -z), "That is -z. It still has to be pulled through "
         "f, to a: where f has - a alone, both are alike but for the sign."),
        (pulled(transposed, lambda z, pull: -pull(z)[0]), "The first of the two that pull gives "
         "is paid to x, and is g again. The second is paid to a."),
        (pulled(transposed, lambda z, pull: pull(z)[0]), "The first of the two that pull gives "
         "is paid to x, and is g again. The second is paid to a."),
        (lambda f, x, a, g: sensitivities(f, x, a), "That is the whole matrix of slopes of x by "
         "a. Asked is what g makes of it: one cotangent, in the shape of a."),
        (lambda f, x, a, g: sensitivities(f, x, a) @ g, "g belongs to x, the rows of the matrix "
         "of slopes: it stands on its left. With a solve: J.T, and only then the pull."),
        (solved_by_a, "That is the Jacobian by a, which need not even be square. The one to solve "
         "with is that by x: jacobian(f)(x, a)."),
        (lambda f, x, a, g: reverse.grad(f)(x, a), "grad is for a function that gives one number. "
         "f gives several: their slopes are a matrix, jacobian(f)(x, a)."),
        (lambda f, x, a, g: reverse.vjp(f, x, a)[1](g / forward.jacobian(f)(x, a)), "You pull a "
         "matrix. z has one entry for each unknown: np.linalg.solve finds the one that J.T maps to "
         "g."),
        (at_z, "You differentiate f at z. Its "
         "place is x, the root: z is what is pulled."),
        (lambda f, x, a, g: -reverse.vjp(f, x, a)[1](g), "pull gives two: what is paid to x, and "
         "what is paid to a. Take the second."),
        (lambda f, x, a, g: reverse.vjp(f, x, a)(g), PAIR),
        (pulled(np.linalg.solve, lambda z, pull: pull(z)[1]), TWO_THINGS),
        (lambda f, x, a, g: abs(g @ sensitivities(f, x, a)), ABS),
        (pulled(transposed, lambda z, pull: pull(abs(z))[1]), ABS),
        (exchanged, PLACE), (all_exchanged, PLACE), (pulled_there, PLACE),
        (solved_last(-1.0), SOLVE_FIRST), (solved_last(1.0), SOLVE_FIRST),
        (solved_last(1.0, np.linalg.solve), SOLVE_FIRST),
        (pulled(np.linalg.solve, lambda z, pull: z), UNPULLED),
        (pulled(np.linalg.solve, lambda z, pull: -z), UNPULLED),
    ),
    hints=(
        "J = jacobian(f)(x, a) is the matrix of slopes by x: J dx + (what a does) = 0. On the way "
        "back, a cotangent goes through its transpose.",
        "z = np.linalg.solve(J.T, g). Then vjp(f, x, a)[1](z) gives what z pays x, and a.",
        "return -vjp(f, x, a)[1](z)[1]",
    ),
    idea="One linear solve, however many entries a has, and however many rounds found x.",
    real=("elves/implicit.py:Root.vjp",),
    answer="pull_root",
    stops=SHAPE,
)  # fmt: skip
