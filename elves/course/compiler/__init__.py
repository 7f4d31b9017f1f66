"""Lab 11, a tiny compiler: what its checks need to know, in a file for each exercise.

Sources: Aho, Lam, Sethi & Ullman, Compilers (2nd edition, 2006), chapters 8 and 9; Frostig, Johnson
& Leary, "Compiling machine learning programs via high-level tracing" (2018); Jones, Gomard &
Sestoft, Partial Evaluation and Automatic Program Generation (1993); Ansel et al., "PyTorch 2"
(2024); JAX's documentation, "Pseudorandom numbers" and jax.lax.scan.
"""

from elves.course.compiler import fold, fuse, needed, shared, trace, write
from elves.course.compiler.programs import ELEMENTWISE, Equation, Program, together

__all__ = ["ELEMENTWISE", "EXERCISES", "QUIZZES", "Equation", "Program", "together"]

EXERCISES = [each.EXERCISE for each in (trace, needed, shared, fold, fuse, write)]

QUIZZES = {
    "compiler.once": [
        {
            "question": "f adds np.random.normal() to x. You trace it once, and run the program "
            "three times. How many different numbers are added?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "three", "correct": False,
                 "feedback": "No node is among the arguments of np.random.normal(): the trace sees "
                 "no call."},
                {"answer": "one", "correct": True,
                 "feedback": "Yes: it was drawn while Python traced, and is a constant now. In "
                 "JAX you pass a key as an argument instead."},
                {"answer": "none", "correct": False,
                 "feedback": "A number was drawn, when f ran for the trace: that one stays."},
            ],
        }
    ],
    "compiler.loop": [
        {
            "question": "for _ in range(100): x = np.sin(x). How many equations has the trace?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "1, with a loop around it", "correct": False,
                 "feedback": "The trace saw calls, and no loop."},
                {"answer": "100", "correct": True,
                 "feedback": "Yes. For long loops, jax.lax.scan puts one equation with a body of "
                 "its own into the trace."},
                {"answer": "101, with the range", "correct": False,
                 "feedback": "range is Python's: no node in it, no equation."},
            ],
        }
    ],
    "compiler.memory": [
        {
            "question": "y = 2 * x + 1, with an x of 10 million entries. Which arrays of that size "
            "does NumPy write?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "y", "correct": False,
                 "feedback": "2 * x is computed first, as a whole: it needs a place."},
                {"answer": "2 * x and y", "correct": True,
                 "feedback": "Yes: the first one goes to memory and comes back, for nothing."},
                {"answer": "a copy of x, 2 * x and y", "correct": False,
                 "feedback": "x is only read."},
            ],
        }
    ],
}  # fmt: skip
