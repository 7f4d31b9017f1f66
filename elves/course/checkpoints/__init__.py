"""Lab 7, checkpoints: what its checks need to know, in a file for each exercise.

Sources: Griewank & Walther, Evaluating Derivatives (2008), chapter 12, and "Algorithm 799: revolve"
(ACM TOMS 26, 2000), for the binomial; Chen and others, "Training deep nets with sublinear memory
cost" (arXiv 1604.06174, 2016), for segments; Micikevicius and others, "Mixed precision training"
(arXiv 1710.03740, 2018), section 3, for the scaled loss. On large models: Rajbhandari and others,
"ZeRO" (arXiv 1910.02054, 2020), section 3; Korthikanti and others, "Reducing activation
recomputation in large transformer models" (arXiv 2205.05198, 2022).
"""

from elves.course.checkpoints import binomial, deep, reach, recompute, scaling, segments
from elves.course.checkpoints.timeline import watch

__all__ = ["EXERCISES", "QUIZZES", "watch"]

EXERCISES = [each.EXERCISE for each in (recompute, segments, reach, binomial, scaling, deep)]

QUIZZES = {
    "checkpoints.peak": [
        {
            "question": "A chain of 1,000 steps runs on a tape, and is walked back. How many "
            "arrays are alive at the peak?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "2: what goes into a step, and what comes out", "correct": False,
                 "feedback": "That is enough to run forward. The walk back needs the others too."},
                {"answer": "about 1,000", "correct": True,
                 "feedback": "Yes: at the end of the run, before the walk back has freed any."},
                {"answer": "about 2,000: one for each step, forward and back", "correct": False,
                 "feedback": "The walk back frees an array with each pull, and has one cotangent "
                 "at a time."},
            ],
        }
    ],
    "checkpoints.root": [
        {
            "question": "100 steps. You keep what goes into every k-th step, and later all of one "
            "segment. With which k are the fewest arrays alive?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "k = 2", "correct": False,
                 "feedback": "50 arrays wait at the starts of the segments."},
                {"answer": "k = 10", "correct": True,
                 "feedback": "Yes: 10 at the starts and 10 in the segment. 100 / k + k is "
                 "smallest at the root of 100."},
                {"answer": "k = 50", "correct": False,
                 "feedback": "Two arrays wait, but a segment has 50."},
            ],
        }
    ],
    "checkpoints.half": [
        {
            "question": "A float16 has 16 bits. What is np.float16(1e-4) * np.float16(1e-4)?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "1e-8, nearly", "correct": False,
                 "feedback": "The smallest float16 above 0 is about 6e-8."},
                {"answer": "0", "correct": True,
                 "feedback": "Yes. And a cotangent that is 0 stays 0, however long the walk is."},
                {"answer": "6e-8, the smallest that there is", "correct": False,
                 "feedback": "It rounds to the nearest, and 1e-8 is nearer to 0."},
            ],
        }
    ],
    "checkpoints.model": [
        {
            "question": "A language model of 7 billion weights is trained by Adam in mixed "
            "precision. How much memory is taken before the first array is on the tape?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "14 GB", "correct": False,
                 "feedback": "Those are the weights alone, with 2 bytes each."},
                {"answer": "28 GB", "correct": False,
                 "feedback": "Weights and slopes with 2 bytes each. Adam keeps more than that."},
                {"answer": "112 GB", "correct": True,
                 "feedback": "Yes, 16 bytes for each weight: 2 for it, 2 for its slope; and in "
                 "float32 the weight again and two averages, 12."},
            ],
        }
    ],
}  # fmt: skip
