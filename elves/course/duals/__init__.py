"""Lab 3, dual numbers: what its checks need to know, in a file for each exercise.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.1; Siskind & Pearlmutter,
"Perturbation confusion and referential transparency" (2005). The right slopes come from
`elves.forward`.
"""

from elves.course.duals import arithmetic, arrays, divide, functions, grad, jvp, nested

EXERCISES = [each.EXERCISE for each in (arithmetic, divide, functions, jvp, grad, nested, arrays)]

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
