"""Exercise 15.2, together: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.broadcasting.undo import an_array
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit

CREWS = [
    ([2], 1), ([1, 1], 1), ([1, 3], 1), ([3, 1], 3), ([2, 2, 2], 2), ([1, 2, 5], 2), ([4, 3, 3], 4),
    ([467, 467, 466], 3), ([100, 700, 300, 300], 3), ([10, 1, 1, 1, 1], 7),
]  # fmt: skip


def reports(random):
    """What the workers say: the sizes of their parts, mean losses, and their gradients."""
    for sizes, m in CREWS:
        rng = np.random.default_rng(random.randrange(2**32))
        losses = [round(float(loss), 2) for loss in rng.uniform(0.1, 4.0, len(sizes))]
        yield sizes, losses, [np.round(rng.uniform(-2.0, 2.0, m), 2) for _ in sizes]


def joined(answer, case):
    found = answer(*case)
    if isinstance(found, np.ndarray) and found.dtype == object:
        found = list(found)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise Unfit(f"{brief(found)}: asked is a pair, the loss and the gradient")
    return [an_array(part) for part in found]


def told(case):
    sizes, losses, slopes = case
    return f"sizes {sizes}, losses {brief(losses)}, gradients {brief(slopes)}"


def show(outcome):
    if not isinstance(outcome, list):
        return brief(outcome)
    return f"the loss {brief(outcome[0])} and the gradient {brief(outcome[1])}"


def right(sizes, losses, slopes):
    return np.average(losses, weights=sizes), np.average(slopes, axis=0, weights=sizes)


def by(loss, gradient=None):
    """An answer from what is done with losses, and with gradients: given sizes and an array."""
    gradient = gradient or loss

    def together(sizes, losses, slopes):
        return loss(np.array(sizes), np.array(losses)), gradient(np.array(sizes), np.array(slopes))

    return together


def weighted(sizes, x):
    return np.average(x, axis=0, weights=sizes)


def mean(sizes, x):
    return np.mean(x, axis=0)


def total(sizes, x):
    return np.sum(x, axis=0)


def not_divided(sizes, x):
    return np.tensordot(sizes, x, 1)


def by_workers(sizes, x):
    return np.tensordot(sizes, x, 1) / len(sizes)


def upside_down(sizes, x):
    return np.average(x, axis=0, weights=1 / sizes)


def over_all(sizes, x):
    return np.tensordot(sizes, x, 1).sum() / sizes.sum()


def list_times_list(sizes, losses, slopes):
    return sum(sizes * losses) / sum(sizes), 0.0


def wrong_axis(sizes, losses, slopes):
    along = np.array(sizes) * np.array(slopes)
    return right(sizes, losses, slopes)[0], along.sum(axis=0) / sum(sizes)


def no_axis(sizes, losses, slopes):
    return np.average(losses, weights=sizes), np.average(slopes, weights=sizes)


LOSS_LEFT = "The gradient is right, but the loss is a plain mean: it needs the same weights."
NOT_DIVIDED = "You multiply by the sizes: then divide by the number of all the images."

EXERCISE = Exercise(
    "cluster.together",
    cases=reports,
    right=right,
    run=joined,
    tell=told,
    show=show,
    mistakes=(
        (by(mean), "That is the mean of the means: an image in a small part counts for more than "
         "one in a large part. Each image counts the same."),
        (by(total), "Those are sums of means. The loss is a mean over all of the images."),
        (by(weighted, mean), "The loss is right, but the gradient is a plain mean: it needs the "
         "same weights."),
        (by(mean, weighted), LOSS_LEFT), (by(total, weighted), LOSS_LEFT),
        (by(not_divided), NOT_DIVIDED), (by(weighted, not_divided), NOT_DIVIDED),
        (by(by_workers), "You divide by the number of workers: the sizes add up to the number of "
         "images, and by that you divide."),
        (by(upside_down), "Upside down: the larger a part, the more it counts."),
        (lambda *told: right(*told)[::-1], "The loss comes first, then the gradient."),
        (by(weighted, over_all), "The gradient has become one number: add up over the workers, "
         "along axis 0, and leave its entries apart."),
        (list_times_list, "sizes and losses are lists: * does not multiply them entry by entry. "
         "Use zip, or np.array(sizes)."),
        (wrong_axis, "The sizes go along the columns, and there is a row for each worker: "
         "each gradient is multiplied by its own size."),
        (by(lambda sizes, x: np.tensordot(sizes, x, 1) / 1400), "1,400 are the images of this lab: "
         "here there are sum(sizes)."),
        (by(lambda sizes, x: sizes[0] * x[0] / sum(sizes)), "That is the part of the first worker "
         "alone: is the return inside of the loop?"),
        (by(lambda sizes, x: np.tensordot(sizes // sum(sizes), x, 1)), "size // sum(sizes) is cut "
         "down to 0, a whole number: divide by /."),
        (no_axis, "np.average with weights must be told along which axis the workers are."),
    ),
    wants="a pair: the loss, and the gradient as one array",
    hints=(
        "A worker's mean times its size is the sum over its images. Sums may be added.",
        "The weight of a worker is size / sum(sizes). Multiply its loss by it, and its gradient.",
        "return sum(n * a for n, a in zip(sizes, losses)) / sum(sizes), and the same with slopes",
    ),
    idea="The gradient of a sum is the sum of the gradients: so images may be shared out, and "
    "nobody needs to see them all.",
    real=("torch/distributed/algorithms/ddp_comm_hooks/default_hooks.py:_allreduce_fut@# Apply",
          "numpy/lib/_function_base_impl.py:average@scl = wgt.sum"),
    answer="together",
)  # fmt: skip
