"""Exercise 5.7, loss: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.broadcasting.undo import an_array
from elves.course.engine.rules import arrays
from elves.course.exercise import Exercise, brief
from elves.course.pictures import matrix


def scored(random):
    for n, k in ((1, 2), (1, 3), (2, 2), (3, 4), (4, 3)):
        (z,) = arrays(random, (n, k))
        yield z, np.array([random.randrange(k) for _ in range(n)])


def softmax(z, axis=1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def hits(z, labels):
    return np.arange(z.shape[1]) == labels[:, None]


def loss_slope(z, labels):
    return (softmax(z) - hits(z, labels)) / len(z)


def not_averaged(z, labels):
    return softmax(z) - hits(z, labels)


def other_sign(z, labels):
    return -loss_slope(z, labels)


def nothing_taken(z, labels):
    return softmax(z) / len(z)


def down_the_columns(z, labels):
    return (softmax(z, 0) - hits(z, labels)) / len(z)


def not_normed(z, labels):
    return (np.exp(z) - hits(z, labels)) / len(z)


def columns_taken(z, labels):
    p = softmax(z)
    p[:, labels] -= 1
    return p / len(z)


def no_keepdims(z, labels):
    return (np.exp(z) / np.exp(z).sum(axis=1) - hits(z, labels)) / len(z)


def instead_of_hits(taken):
    """Softmax minus something else."""
    return lambda z, labels: (softmax(z) - taken(z, labels)) / len(z)


def rows_taken(z, labels):
    p = softmax(z)
    p[labels] -= 1
    return p / len(z)


def inner_slope_missing(z, labels):
    return (1 / np.exp(z).sum(axis=1, keepdims=True) - hits(z, labels)) / len(z)


def no_exp(z, labels):
    return (z / z.sum(axis=1, keepdims=True) - hits(z, labels)) / len(z)


def by_steps(z, labels, h=1e-5):
    def loss(z):
        return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[hits(z, labels)])

    units = [np.reshape(row, z.shape) for row in h * np.eye(z.size)]
    slopes = [(loss(z + unit) - loss(z - unit)) / (2 * h) for unit in units]
    return np.reshape(slopes, z.shape)


PER_IMAGE = "The loss is a mean over the images: divide by their number."
ONE_ROW = "Softmax is over the scores of one image: along axis 1."
WHERE = "A label says where, not how much: there, and nowhere else in the row, 1 is taken away."
ONE_HOT = (
    "What is taken away has not as many columns as z: that has z.shape[1], two of them or ten."
)
ALONE = "That is the softmax alone: -row[label] has a slope too, at the label."

EXERCISE = Exercise(
    "broadcasting.loss",
    cases=scored,
    right=loss_slope,
    run=lambda answer, case: an_array(answer(*case)),
    wants="one array, in the shape of z",
    tolerance=1e-12,  # of differences, ten digits are right
    tell=lambda case: f"scores {brief(case[0])} with the labels {brief(case[1])}",
    draw=lambda case, want, got: matrix(want, got),
    mistakes=(
        (not_averaged, PER_IMAGE),
        (other_sign, "Uphill and downhill are exchanged: softmax minus 1 at the label."),
        (nothing_taken, ALONE),
        (down_the_columns, ONE_ROW),
        (not_normed, "np.exp(z) has to be divided by its sum over the row."),
        (lambda z, labels: loss_slope(z, labels) / z.shape[1], PER_IMAGE),
        (lambda z, labels: (softmax(z, None) - hits(z, labels)) / len(z), ONE_ROW),
        (lambda z, labels: np.mean(np.log(np.sum(np.exp(z), 1)) - z[hits(z, labels)]),
         "That is the loss: its slope has one entry for each score."),
        (columns_taken, "p[:, labels] takes these columns in every row: one entry of each row "
         "is p[np.arange(len(p)), labels]."),
        (no_keepdims, "A sum along axis 1 has lost that axis, and what it divides lines up "
         "with the columns: keepdims=True."),
        (by_steps, "Near, but that is lab 1: differences, one run of the loss for each score. "
         "The rule gives all of them at once, to the last digit."),
        (lambda z, labels: softmax(z), ALONE),
        (lambda z, labels: loss_slope(z, labels) * len(z) / 10, PER_IMAGE),
        (instead_of_hits(lambda z, labels: -1.0 * hits(z, labels)),
         "-row[label] has the slope -1 by that score: take 1 away, do not add it."),
        (instead_of_hits(lambda z, labels: labels[:, None]), WHERE),
        (instead_of_hits(lambda z, labels: 1), WHERE),
        (instead_of_hits(lambda z, labels: z * hits(z, labels)),
         "The slope of -row[label] by that score is -1, and not the score itself."),
        (inner_slope_missing, "1 / sum(exp(row)) is the slope of the log alone: by the chain "
         "rule, the slope of what stands inside comes as a factor."),
        (no_exp, "What is divided by the sum is exp of the scores, and not the scores."),
        (rows_taken, "p[labels] takes whole rows: one entry of each row is "
         "p[np.arange(len(p)), labels]."),
        (instead_of_hits(lambda z, labels: np.eye(10)[labels]), ONE_HOT),
        (instead_of_hits(lambda z, labels: np.eye(len(labels))[labels]), ONE_HOT),
    ),
    hints=(
        "The slope of log(sum(exp(z))) is the softmax of z. And -z[label] has the slope -1.",
        "p = np.exp(z); divide each row by its sum; take 1 away at the label of each row.",
        "p[np.arange(len(z)), labels] -= 1; return p / len(z)",
    ),
    idea="Softmax minus truth: the most used gradient there is, and it fits into one line.",
    real=("sklearn/neural_network/_multilayer_perceptron.py:BaseMultilayerPerceptron._backprop"
          "@deltas[last]", "elves/digits.py:loss"),
    answer="loss_slope",
)  # fmt: skip
