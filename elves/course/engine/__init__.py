"""Lab 6, your engine trains: what its checks need to know, in a file for each exercise.

The expected cotangents come from the rows of `elves.rules`, walked by `elves.reverse`.
"""

from elves.course.engine import (
    deeper,
    digits,
    entrywise,
    momentum,
    pick,
    record,
    reduce,
    value_and_grad,
)

EXERCISES = [
    each.EXERCISE
    for each in (record, entrywise, reduce, pick, value_and_grad, digits, momentum, deeper)
]

QUIZZES = {
    "engine.who": [
        {
            "question": "Your rules stand in a dict. Which of these needs a rule of its own?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "x - y", "correct": True, "feedback": "Yes: it arrives as np.subtract."},
                {"answer": "the loop around it", "correct": False,
                 "feedback": "Python runs the loop. Your engine only sees the calls in it."},
                {"answer": "if x.shape[0] > 3", "correct": False,
                 "feedback": "A shape is a plain number: no node, no call."},
            ],
        }
    ],
    "engine.cost": [
        {
            "question": "The network has 2,410 weights. How often does your engine run the loss "
            "for one gradient?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "2,411 times", "correct": False,
                 "feedback": "That would be finite differences."},
                {"answer": "once, and one walk back", "correct": True,
                 "feedback": "Yes. That is why reverse mode trains networks."},
                {"answer": "2,410 times, in parallel", "correct": False,
                 "feedback": "One walk back pays everyone."},
            ],
        }
    ],
}  # fmt: skip
