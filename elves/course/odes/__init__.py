"""Lab 14, differential equations: what its checks need to know, in a file for each exercise.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 12; Chen et al., "Neural ordinary
differential equations" (2018); Onken & Ruthotto, "Discretize-optimize vs. optimize-discretize"
(2020); Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I (1993).
"""

from elves.course.odes import along, back, continuous, misfit, step

EXERCISES = [each.EXERCISE for each in (step, along, back, continuous, misfit)]

QUIZZES = {
    "odes.same": [
        {
            "question": "Two ways to the tangent at the end. One: solve the equation of the pair "
            "with along and rk4. Two: push a tangent through the program, all the steps of path, "
            "as jvp does. How far are they apart?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "by an error like that of the steps, which h makes smaller",
                 "correct": False,
                 "feedback": "Both have that error, and both have the same."},
                {"answer": "by round-off alone", "correct": True,
                 "feedback": "Yes. A step only adds and scales slopes, and so does its derivative: "
                 "the tangent of a step is a step of the tangents."},
                {"answer": "by more and more, since the tangent's equation knows no steps",
                 "correct": False,
                 "feedback": "It was solved by the same steps."},
            ],
        }
    ],
    "odes.apart": [
        {
            "question": "run_back and walk_back, both with rk4. Now h is halved. What becomes of "
            "the difference between their two gradients?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "There is none: as with the tangents, only round-off", "correct": False,
                 "feedback": "Forward it was so. But run_back linearizes f at other states than "
                 "the steps went through."},
                {"answer": "about a half of it is left", "correct": False,
                 "feedback": "That would be Euler, whose error is of order 1."},
                {"answer": "about a sixteenth is left", "correct": True,
                 "feedback": "Yes. Each is a step's error away from the gradient of the exact "
                 "solution, and rk4's error is of order 4: 2**4 is 16."},
            ],
        }
    ],
    "odes.stiff": [
        {
            "question": "A thermometer adapts 50 times faster than the room cools. Forward, rk4 "
            "is right to eight digits. Now run back from the end with the same steps. What does "
            "the thermometer show at the start? (It was 2.)",
            "type": "multiple_choice",
            "answers": [
                {"answer": "2, to eight digits", "correct": False,
                 "feedback": "Forward the 2 was forgotten: it became smaller than round-off. No "
                 "run back can know it."},
                {"answer": "1, like the room", "correct": False,
                 "feedback": "On the way back it runs away from the room, not towards it."},
                {"answer": "a number in the thousands", "correct": True,
                 "feedback": "Yes. Backwards, what was forgotten 50 times faster grows 50 times "
                 "faster, and the first thing that grows is round-off."},
            ],
        }
    ],
}  # fmt: skip
