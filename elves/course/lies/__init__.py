"""Lab 16, gradients that lie: what its checks need to know, in a file for each exercise.

Source: Hückelheim, Menon, Moses, Christianson, Hovland & Hascoët, "Understanding automatic
differentiation pitfalls" (2023); Griewank & Walther, Evaluating Derivatives (2008), chapters 14
(kinks and jumps) and 15 (what is defined implicitly); Baydin et al. (2018); Metz, Freeman,
Schoenholz & Kachman, "Gradients are not all you need" (2021). The files name their own.
"""

from elves.course.lies import blur, chaos, jump, kink, solver, where

EXERCISES = [each.EXERCISE for each in (kink, where, jump, chaos, blur, solver)]

QUIZZES = {
    "lies.zigzag": [
        {
            "question": "Descent on f(x) = |x| from x = 1, with the rate 0.3. Where is it after "
            "100 steps?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "at 0, to many digits", "correct": False,
                 "feedback": "That is how it goes in a bowl, whose slope shrinks on the way down. "
                 "Here each step is as long as the first."},
                {"answer": "still jumping from one side of 0 to the other", "correct": True,
                 "feedback": "Yes: the slope is 1 or -1 and never small, so each step has the "
                 "length 0.3. Every slope was right."},
                {"answer": "far away: it grows", "correct": False,
                 "feedback": "A step of 0.3 goes past 0, and the next one comes back."},
            ],
        }
    ],
    "lies.untaken": [
        {
            "question": "np.where(x > 0, np.sqrt(x), 0.0) has the value 0 at x = 0. What slope "
            "does an engine give there?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "0, since the branch with 0.0 is taken", "correct": False,
                 "feedback": "np.where computes both branches, and the way back visits both."},
                {"answer": "inf, the slope of the root at 0", "correct": False,
                 "feedback": "Near: that is one of two factors. The branch that was not taken "
                 "gets the cotangent 0."},
                {"answer": "nan", "correct": True,
                 "feedback": "Yes. The branch that was not taken gets the cotangent 0, the root's "
                 "slope is inf, and 0 * inf is nan."},
            ],
        }
    ],
    "lies.checked": [
        {
            "question": "Accuracy is the share of 20 digits that are read rightly. check_grads "
            "compares its gradient with differences. What will it say?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "nothing: all is well", "correct": True,
                 "feedback": "Yes. A small nudge changes no answer: the differences are 0, and so "
                 "is the gradient. It is right, and no help. (Differences would see a jump only if "
                 "a digit stood at the very edge.)"},
                {"answer": "that the gradient is wrong", "correct": False,
                 "feedback": "A small nudge of the weights changes no answer. So what do the "
                 "differences give?"},
                {"answer": "that accuracy has no gradient", "correct": False,
                 "feedback": "It has one at almost every point: 0."},
            ],
        }
    ],
}  # fmt: skip
