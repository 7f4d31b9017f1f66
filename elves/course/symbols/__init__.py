"""Lab 2, symbols: what its checks need to know, in a file for each exercise.

A formula is a number, a name, or a tuple of a sign and its parts: ("*", "x", ("+", "x", 1)).

Source: Norvig, Paradigms of Artificial Intelligence Programming (1992), chapter 8; Griewank &
Walther, Evaluating Derivatives (2008), section 1.2, on expression swell.
"""

from elves.course.symbols import derivative, evaluate, lines, operations, simplify, slope, table
from elves.course.symbols.formulas import written

__all__ = ["EXERCISES", "QUIZZES", "written"]

EXERCISES = [
    each.EXERCISE for each in (evaluate, slope, table, derivative, simplify, operations, lines)
]

QUIZZES = {
    "symbols.product": [
        {
            "question": "A rectangle is u wide and v high. u grows by a little du, and v by dv. By "
            "how much does its area grow?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "du * dv", "correct": False,
                 "feedback": "That is the little corner alone, which hardly counts."},
                {"answer": "du * v + u * dv, and a tiny corner", "correct": True,
                 "feedback": "Yes: a strip along each side. The corner vanishes with the step."},
                {"answer": "du + dv", "correct": False,
                 "feedback": "The longer the other side, the larger the strip."},
            ],
        }
    ],
    "symbols.swell": [
        {
            "question": "y = x * x, then y = y * y, and again, ten times in all. How many "
            "multiplications has the formula of the result, written out?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "10", "correct": False,
                 "feedback": "So many are computed, if each part has a name. Written out, each y "
                 "stands there twice."},
                {"answer": "100", "correct": False,
                 "feedback": "Each step doubles what is there."},
                {"answer": "1,023", "correct": True,
                 "feedback": "Yes: doubled ten times. And only 10 if equal parts are shared."},
            ],
        }
    ],
    "symbols.loop": [
        {
            "question": "while x > 1: x = x / 2. What is the formula of the result?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "x / 2", "correct": False,
                 "feedback": "For x = 8 the loop runs three times."},
                {"answer": "there is none, without knowing x", "correct": True,
                 "feedback": "Yes: how often it runs depends on the number. A formula has no "
                 "loops; that is what the next elves are for."},
                {"answer": "x / 2 ** n", "correct": False,
                 "feedback": "And what is n? It depends on x, by steps."},
            ],
        }
    ],
}  # fmt: skip
