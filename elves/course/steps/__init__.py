"""Lab 1, the best step: what its checks need to know, in a file for each exercise.

Source: Nocedal & Wright, Numerical Optimization (2006), section 8.1; Squire & Trapp (1998) for the
complex step; Richardson (1911), "The deferred approach to the limit", for the extrapolation.
"""

from elves.course.steps import best, central, complex, extrapolate, forward, gradient, richardson

EXERCISES = [
    each.EXERCISE for each in (forward, central, best, richardson, extrapolate, complex, gradient)
]

QUIZZES = {
    "steps.halved": [
        {
            "question": "You halve h. What does the error of a central difference do, as long as "
            "nothing is rounded?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "it is halved", "correct": False,
                 "feedback": "That is the forward difference, whose error goes with h."},
                {"answer": "it is divided by 4", "correct": True,
                 "feedback": "Yes: it goes with h². Two more runs with h / 10 gain two digits."},
                {"answer": "it is divided by 10", "correct": False,
                 "feedback": "It goes with h²: half the step, a quarter of the error."},
            ],
        }
    ],
    "steps.smaller": [
        {
            "question": "A computer keeps 16 digits. Which h gives the best forward difference of "
            "sin at 1?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "0.01", "correct": False,
                 "feedback": "The curve bends on the way: two digits are right."},
                {"answer": "0.00000001 (1e-8)", "correct": True,
                 "feedback": "Yes, about that: then 8 digits are right. More are not to be had."},
                {"answer": "1e-16, the smaller the better", "correct": False,
                 "feedback": "1 + 1e-16 is 1 in floats: the difference is 0."},
            ],
        }
    ],
    "steps.runs": [
        {
            "question": "A network has 2,410 weights. How often does its loss run for one gradient "
            "by central differences?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "twice", "correct": False,
                 "feedback": "Twice for one weight: each weight has a slope of its own."},
                {"answer": "4,820 times", "correct": True,
                 "feedback": "Yes: twice for each weight. Reverse mode (lab 4) needs one run and "
                 "one walk back, however many weights there are."},
                {"answer": "2,410² times", "correct": False,
                 "feedback": "Weights are nudged one at a time, not in pairs."},
            ],
        }
    ],
}  # fmt: skip
