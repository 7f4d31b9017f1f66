"""Lab 5, broadcasting: what its checks need to know, in a file for each exercise.

Source: NumPy's documentation, "Broadcasting"; Giles, "Collected matrix derivative results" (2008).
"""

from elves.course.broadcasting import axes, loss, matmul, product, shape, undo, vectors

EXERCISES = [each.EXERCISE for each in (shape, axes, undo, product, matmul, vectors, loss)]

QUIZZES = {
    "broadcasting.bias": [
        {
            "question": "X @ W + b: X holds 1,400 images, b has 10 entries. How many payments does "
            "one entry of b get on the way back?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "1", "correct": False,
                 "feedback": "b was added to each of the images: each one pays."},
                {"answer": "1,400, and they are summed", "correct": True,
                 "feedback": "Yes: forward one became many, so backward many become one."},
                {"answer": "1,400, and they are averaged", "correct": False,
                 "feedback": "An average would be 1,400 times too small."},
            ],
        }
    ],
    "broadcasting.silent": [
        {
            "question": "You forget to undo broadcasting for b. What happens in b = b - rate * g?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "NumPy raises an error", "correct": False,
                 "feedback": "If only: (10,) minus (1400, 10) broadcasts as well."},
                {"answer": "b becomes an array of shape (1400, 10)", "correct": True,
                 "feedback": "Yes. Nobody complains, and the network even learns something."},
                {"answer": "nothing", "correct": False, "feedback": "The shape of b changes."},
            ],
        }
    ],
}  # fmt: skip
