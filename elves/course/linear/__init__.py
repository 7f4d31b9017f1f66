"""Lab 9, linearize and transpose: what its checks need to know, in a file for each exercise.

Source: Radul, Paszke, Frostig, Johnson & Maclaurin, "You only linearize once" (POPL 2023),
sections 4 to 6; "Autodidax: JAX core from scratch" (JAX documentation, 2021), parts 4 and 5.
`program` has the list of lines and what is done with it, `explicit` the class below a learner's.
"""

from elves.course.linear import custom, rules, run, steps, transpose, write

EXERCISES = [each.EXERCISE for each in (rules, write, run, steps, transpose, custom)]

QUIZZES = {
    "linear.times": [
        {
            "question": "You want 100 JVPs of f, all at one point. How often must f run?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "100 times", "correct": False,
                 "feedback": "So with dual numbers, which carry one tangent along in each run."},
                {"answer": "101 times", "correct": False,
                 "feedback": "That would be finite differences."},
                {"answer": "once", "correct": True,
                 "feedback": "Yes. The point stays, so the constants stay: only the lines run "
                 "again."},
            ],
        }
    ],
    "linear.thrice": [
        {
            "question": "Three lines read the tangent of x. What becomes of x in the transposed "
            "program?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "three lines read it", "correct": False,
                 "feedback": "In each line the two names change places."},
                {"answer": "three lines write into it, and they add up", "correct": True,
                 "feedback": "Yes: a copy on the way there is a sum on the way back."},
                {"answer": "the last one of them counts", "correct": False,
                 "feedback": "Each line adds: all three pay."},
            ],
        }
    ],
    "linear.clip": [
        {
            "question": "clip cuts every entry of t at -1 and 1. Is that a linear step?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "yes, by parts", "correct": False,
                 "feedback": "Try t = 1: twice that is 2, and clip(2) is 1, not 2."},
                {"answer": "no", "correct": True,
                 "feedback": "Right: clip(2 t) is not 2 clip(t). So it is no JVP, and no transpose "
                 "of one."},
                {"answer": "yes, since it acts on each entry alone", "correct": False,
                 "feedback": "So does a square. Linear is: twice the tangent, twice the result."},
            ],
        }
    ],
}  # fmt: skip
