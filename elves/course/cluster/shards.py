"""Exercise 15.1, shards: its cases, a right answer, and wrong ones that are known by name."""

import collections
import types

import numpy as np

from elves.course.exercise import Exercise, brief, several
from elves.course.guard import Unfit

SMALL = [(2, 2), (2, 1), (3, 2), (3, 3), (4, 3), (5, 3), (7, 3), (8, 5), (10, 4), (12, 4), (14, 4)]
PLACES = "in no part", "in several parts"
LARGE = [(1400, 3), (1400, 7), (1400, 16), (1397, 400)]


def crews(random):
    yield from SMALL
    for k in (5, 6, 8, 9):
        yield random.randrange(2 * k, 5 * k), k
    yield from LARGE


def shared_out(answer, case):
    """The sizes of the parts, and which images are in none of them, or in several."""
    n, _ = case
    parts = answer(*case)
    if isinstance(parts, types.GeneratorType) or callable(parts):
        return parts
    if not isinstance(parts, (list, tuple, np.ndarray, map, zip)):
        raise Unfit(f"{brief(parts)}, which is no list of slices")
    taken = [images(n, part) for part in parts]
    count = collections.Counter(k for part in taken for k in part)
    none, several_times = [k for k in range(n) if not count[k]], [k for k in count if count[k] > 1]
    found = Shares(sizes=sorted(map(len, taken), reverse=True), none=len(none),
                   several=len(several_times))  # fmt: skip
    found.examples = none[:1], sorted(several_times)[:1]
    return found


class Shares(dict):
    """What is compared of the parts: which images are lost does not count, but how many."""


def images(n, part):
    """The images that X[part] takes, where X has n of them."""
    words = f"{brief(part)} in the list"
    if isinstance(part, (int, float, np.number)):
        raise Unfit(f"{words}: a number is no slice, which takes all from a start to a stop")
    if isinstance(part, tuple) and len(part) == 2:
        raise Unfit(f"{words}, a pair: what X[part] takes is slice{part!r}")
    if isinstance(part, slice):
        words = f"slice({part.start}, {part.stop}) in the list"
        if isinstance(part.start, float) or isinstance(part.stop, float):
            raise Unfit(f"{words}: a slice takes whole numbers, which // gives, and / does not")
    try:
        found = np.arange(n)[part if isinstance(part, slice) or len(part) else slice(0)]
    except (IndexError, TypeError, ValueError):
        raise Unfit(f"{words}, by which X[part] takes no images") from None
    if np.ndim(found) != 1:
        raise Unfit(f"{words}: that is no slice")
    return found.tolist()


def told(outcome):
    """The sizes in words, and what is wrong with the images."""
    if not isinstance(outcome, dict):
        return brief(outcome)
    sizes = outcome["sizes"]
    some = ", ".join(map(str, sizes[:12])) + ", …" * (len(sizes) > 12)
    words = [f"{several(len(sizes), 'part')} with {some} images"]
    for key, where, example in zip(("none", "several"), PLACES, outcome.examples, strict=True):
        if outcome[key]:
            words.append(f"{several(outcome[key], 'image')} {where}, such as number {example[0]}")
    return "; ".join(words)


def right(n, k):
    return [slice(n * i // k, n * (i + 1) // k) for i in range(k)]


def steps_of(size):
    """Parts that are all cut with one size, found from n and k, but as many as asked."""
    return lambda n, k: [slice(i * size(n, k), (i + 1) * size(n, k)) for i in range(k)]


def last_gets_the_rest(n, k):
    size = n // k
    return [slice(i * size, (i + 1) * size if i < k - 1 else n) for i in range(k)]


def moved(start, stop):
    """The right parts with other ends."""
    return lambda n, k: [slice(p.start + start, p.stop + stop) for p in right(n, k)]


def longer_at_their_places(n, k):
    """One more image for some, but each begins where equal parts would."""
    size, rest = divmod(n, k)
    return [slice(i * size, (i + 1) * size + (i < rest)) for i in range(k)]


def rounded(n, k):
    size = round(n / k)
    return [slice(i * size, (i + 1) * size if i < k - 1 else n) for i in range(k)]


SHORT = (
    "The last part gets what is left by the others, far too little: 12 images for 5 workers would "
    "be 3, 3, 3, 3 and 0. The sizes may differ by one, so let some be one larger."
)
LOST = "n / k is cut down to a whole number, and the images that are left over are in no part."
ROUNDED = (
    "One size for all parts, n / k rounded, does not fit: what is too much or too little meets the "
    "last part. Some parts must be one image larger than others."
)
TOO_FEW = "There is one part too few: k parts have k + 1 ends, from 0 to n."

EXERCISE = Exercise(
    "cluster.shards",
    cases=crews,
    right=right,
    run=shared_out,
    tell=lambda case: f"{several(case[0], 'image')} for {several(case[1], 'worker')}",
    show=told,
    mistakes=(
        (steps_of(lambda n, k: n // k), LOST),
        (steps_of(lambda n, k: -(-n // k)), SHORT),
        (last_gets_the_rest, "One part gets all that is left over: with 11 images for 4 workers "
         "that is 5, where 3 would do, and the others wait for it. Deal out the rest."),
        (lambda n, k: [slice(i, i + k) for i in range(0, n, k)], "These are parts of k images. "
         "Asked are k parts."),
        (moved(0, -1), "A slice ends before its stop: slice(0, 3) takes 0, 1 and 2. Your parts "
         "lose their last image."),
        (moved(0, 1), "A slice ends before its stop, so that one part's stop is the next one's "
         "start. At your seams an image is in two parts."),
        (lambda n, k: [slice(0, n)] * k, "Each worker gets all of the images: then nothing is "
         "saved."),
        (moved(1, 1), "The first image has the number 0, and yours begin with 1."),
        (longer_at_their_places, "Some parts have one image more, and the parts behind them do not "
         "move: so an image is in two parts. A part begins where the one before it ends."),
        (steps_of(lambda n, k: round(n / k)), ROUNDED), (rounded, ROUNDED),
        (lambda n, k: [slice(p.stop, p.start) for p in right(n, k)], "These slices take nothing: "
         "the start comes first, then the stop."),
        (lambda n, k: right(n, k)[:-1], TOO_FEW),
        (lambda n, k: np.array_split(np.arange(n), k)[:-1], TOO_FEW),
        (lambda n, k: [[p.start, p.stop] for p in right(n, k)], "A list such as [0, 467] takes two "
         "images, number 0 and number 467. A slice takes all from the one to before the other."),
    ),
    wants="a list of k slices",
    hints=(
        "With 11 images for 4 workers the sizes are 3, 3, 3 and 2. Where does each part begin?",
        "Let part i begin at n * i // k: after i of k parts, that share of the images is gone.",
        "[slice(n * i // k, n * (i + 1) // k) for i in range(k)]",
    ),
    idea="A step takes as long as its largest part: so no part is more than one image larger than "
    "another.",
    real=("torch/utils/data/distributed.py:DistributedSampler.__iter__@# subsample",
          "numpy/lib/_shape_base_impl.py:array_split@Neach_section, extras"),
    answer="shards",
)  # fmt: skip
