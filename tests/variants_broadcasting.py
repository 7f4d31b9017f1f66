"""Lab 5: mistakes written in other ways, and mutants that are right too."""

VARIANTS = {}
EQUIVALENT = {
    "broadcasting.shape": {"max(len(t), len(s))": "the larger of two, whichever stands first"},
    "broadcasting.loss": {"np.exp(z + z.max(": "softmax does not change when a number is added"},
}
