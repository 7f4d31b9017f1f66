"""Lab 13, implicit: what its checks need to know, in a file for each exercise.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 15; Christianson, "Reverse
accumulation and attractive fixed points" (1994); Blondel et al., "Efficient and modular implicit
differentiation" (2022), also for the penalty of a ridge regression.
"""

from elves.course.implicit import fixed_point, penalty, slope, system, unrolled

EXERCISES = [each.EXERCISE for each in (slope, unrolled, fixed_point, system, penalty)]

QUIZZES = {
    "implicit.fold": [
        {
            "question": "x * x - a = 0, and a goes down to 0, where the two roots meet. What "
            "becomes of the slope of the upper root by a?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "it goes to 0, as the root does", "correct": False,
                 "feedback": "The root goes to 0. But f's slope by x is 2 * x, and that is what "
                 "you divide by."},
                {"answer": "it grows without bound", "correct": True,
                 "feedback": "Yes: f's slope by x goes to 0. Where it is 0, no formula helps: "
                 "there the root has no slope."},
                {"answer": "it stays 1/2", "correct": False,
                 "feedback": "It is 1 / (2 * x): 1/2 at x = 1, and 50 at x = 0.01."},
            ],
        }
    ],
    "implicit.kept": [
        {
            "question": "x has 1,000 entries, and the loop runs 200 rounds. How many numbers, at "
            "least, does your unrolled keep for the way back?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "1,000", "correct": False,
                 "feedback": "That would be one x. Each round is differentiated at its own."},
                {"answer": "200", "correct": False,
                 "feedback": "Not one number for each round: a whole x."},
                {"answer": "200,000", "correct": True,
                 "feedback": "Yes, an x for each round. And a tape also keeps what is computed "
                 "inside of a round."},
            ],
        }
    ],
    "implicit.nearer": [
        {
            "question": "You stop after 8 rounds, when x is right to seven digits. The slope "
            "through these 8 rounds, or pull_fixed at the x where you stopped: which is nearer?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "pull_fixed, about as near as x", "correct": True,
                 "feedback": "Yes: its only fault is that x is not quite the answer. The slope of "
                 "the loop arrives later than x, since its first rounds ran far from it."},
                {"answer": "the 8 rounds: they are what ran", "correct": False,
                 "feedback": "They are the exact slope of the 8 rounds. But who asked for 8 "
                 "rounds? Asked is the slope of the answer."},
                {"answer": "both alike", "correct": False,
                 "feedback": "At rest they are. On the way there, the loop's slope lags behind."},
            ],
        }
    ],
}  # fmt: skip
