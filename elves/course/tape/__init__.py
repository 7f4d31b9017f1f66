"""Lab 4, the tape: what its checks need to know, in a file for each exercise.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.2; the wrong answers are those
that learners propose in public, such as in the issues of karpathy/micrograd (68, 96).
"""

from elves.course.tape import backward, by_hand, descend, functions, grad, numbers, order, record

EXERCISES = [
    each.EXERCISE for each in (by_hand, record, numbers, order, backward, functions, grad, descend)
]

QUIZZES = {
    "tape.twice": [
        {
            "question": "b = a * a. How often does b pay a?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "once", "correct": False,
                 "feedback": "a stands on both sides of the product: each side is paid."},
                {"answer": "twice, and the payments add up", "correct": True,
                 "feedback": "Yes: a · 1 for each side, 2 a together. That is (a²)' = 2 a."},
                {"answer": "twice, and the second overwrites the first", "correct": False,
                 "feedback": "Then the slope of a² would be a."},
            ],
        }
    ],
    "tape.when": [
        {
            "question": "c = a + b, and d = b * c. When may b pass its adjoint on to what it "
            "was made of?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "as soon as d has paid b", "correct": False,
                 "feedback": "c will pay b too: b would pass on too little, or twice."},
                {"answer": "after both d and c have paid b", "correct": True,
                 "feedback": "Yes: when all who use it have paid. That is the topological order."},
                {"answer": "at any time, since sums can be added later", "correct": False,
                 "feedback": "What was passed on would have to be passed on again, and again."},
            ],
        }
    ],
    "tape.memory": [
        {
            "question": "A loop of 1,000 multiplications of one number runs on your tape. How "
            "many values does the tape hold at the end?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "one, the result", "correct": False,
                 "feedback": "The way back needs the slopes of all of them."},
                {"answer": "about 1,000", "correct": True,
                 "feedback": "Yes: reverse mode pays for speed with memory."},
                {"answer": "about 1,000,000", "correct": False,
                 "feedback": "Each operation writes one line, not a table."},
            ],
        }
    ],
}  # fmt: skip
