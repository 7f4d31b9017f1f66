"""Lab 8, source code: what its checks need to know, in a file for each exercise.

Answers are functions that write lines of text. The lines are run, and the numbers that come out
are compared with those of `elves.reverse`; how they are written does not matter.

Source: Griewank & Walther, Evaluating Derivatives, 2nd edition (2008), chapter 6; van Merriënboer,
Moldovan & Wiltschko, "Tangent: automatic differentiation using source-code transformation for
dynamically typed array programming" (NeurIPS 2018).
"""

from elves.course.rewriting import back, both, branch, gradient, loop, transform
from elves.course.rewriting.programs import frame, indent, read

__all__ = ["EXERCISES", "QUIZZES", "frame", "indent", "read"]

EXERCISES = [each.EXERCISE for each in (back, gradient, both, branch, loop, transform)]

QUIZZES = {
    "rewriting.overwritten": [
        {
            "question": "x is 3. Then the line x = x * x runs. The way back undoes that line, and "
            "needs the slope of x * x. Which x is meant in it?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "9, the x that is there now", "correct": False,
                 "feedback": "The slope of x * x at 3 is 6. With 9 it would be 18."},
                {"answer": "3, the x before the line", "correct": True,
                 "feedback": "Yes. And at the end of the program there is no 3 any more: somebody "
                 "has to keep it."},
                {"answer": "either, since a slope is a number", "correct": False,
                 "feedback": "x * x is steeper at 9 than at 3."},
            ],
        }
    ],
    "rewriting.way": [
        {
            "question": "if x > 1: x = x / 6, else: x = x * 6. It runs with x = 3. Can the way "
            "back find out which arm ran by asking x > 1 again?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "yes, the text has not changed", "correct": False,
                 "feedback": "The text has not, but x has: it is 0.5 now."},
                {"answer": "no, x is 0.5 by then", "correct": True,
                 "feedback": "Yes: it would undo the arm that never ran. And to get the old x "
                 "back, it would have to know the arm."},
                {"answer": "only if there is an else", "correct": False,
                 "feedback": "Without an else it would ask the same question of the same 0.5."},
            ],
        }
    ],
    "rewriting.root": [
        {
            "question": "The loop of root begins with the guess 1, and at a = 1 that is close "
            "enough: it does not turn once. The slope of the square root is 0.5 there. What does "
            "the written program compute?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "0.5, since it is exact", "correct": False,
                 "feedback": "It is exact for what ran. It knows + - * / and while, and nothing of "
                 "roots."},
                {"answer": "0", "correct": True,
                 "feedback": "Yes: all that ran is x = 1.0, and that does not read a. The slope "
                 "is that of the run, and not of what somebody meant by it."},
                {"answer": "an error: the stack is empty", "correct": False,
                 "feedback": "The note from before the first turn is there, and ends the way "
                 "back at once."},
            ],
        }
    ],
}  # fmt: skip
