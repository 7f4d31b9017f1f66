"""The mistakes of the labs, written in other ways: (number of the mistake, the learner's cell).

EQUIVALENT lists mutants of solutions that are right too: a piece of text that only they have, and
the reason.
"""

VARIANTS = {}
EQUIVALENT = {
    "broadcasting.shape": {"max(len(t), len(s))": "the larger of two, whichever stands first"},
    "broadcasting.loss": {"np.exp(z + z.max(": "softmax does not change when a number is added"},
}
