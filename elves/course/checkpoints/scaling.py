"""Exercise 7.5, scaling: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.kinds import a

RATE = 0.5
FACTORS = np.array([1.0, -0.5, 0.25]), np.array([1.0, 0.25])  # two arrays, of two shapes
CASES = [  # the largest slope by each of two arrays, and the scale
    ((1.0, 0.5), 4.0), ((0.25, -2.0), 1.0), ((1e-3, 2.0), 1024.0), ((1e-8, 1.0), 1024.0),
    ((2e-9, 3e-9), 32768.0), ((300.0, 1.0), 1024.0), ((1.0, 80.0), 4096.0), ((1e-2, 4.0), 256.0),
    ((float("nan"), 1.0), 8.0), ((1.0, float("nan")), 1.0), ((0.5, float("nan")), 64.0),
    ((1e-4, 1e-3), 131072.0), ((-200.0, 0.5), 512.0), ((3e-4, 7.0), 8192.0),
]  # fmt: skip


def half(x):
    with np.errstate(all="ignore"):
        return np.asarray(x).astype(np.float16)


def moved(answer, case):
    """How far one step in half precision moves the weights, and the scale after it."""
    largest, scale = case
    weights = [np.array([*np.zeros(len(f) - 1), 1.0], np.float32) for f in FACTORS]

    def sweep(weights, seed=1.0):
        """Two products in float16, from the seed on."""
        if not isinstance(seed, (int, float, np.generic)):
            raise Unfit(f"{a(seed)} for the seed of the sweep, which is one number")
        parts = [s * f for s, f in zip(largest, FACTORS, strict=True)]
        roots, signs = [np.sqrt(np.abs(p)) for p in parts], [np.sign(p) for p in parts]
        return [half(half(half(seed) * half(r)) * half(r * s)) for r, s in
                zip(roots, signs, strict=True)]  # fmt: skip

    new, after = two_things(answer(sweep, weights, RATE, scale))
    sizes = [abs(s) if np.isfinite(s) else 1.0 for s in largest]
    return [*map(Moves, weights, new, sizes), float(after)]


def two_things(found):
    """The weights and the scale, from what came back."""
    if not isinstance(found, (list, tuple)) or len(found) != 2:
        raise Unfit(f"{brief(found)}, and not the weights and the scale", TWO_THINGS)
    new, after = found
    if isinstance(new, np.ndarray) and isinstance(after, np.ndarray) and after.shape:
        raise Unfit("the list of weights alone", f"One list came back: {TWO_THINGS}")
    if isinstance(new, (int, float, np.generic)) and isinstance(after, (list, tuple)):
        raise Unfit("the scale and then the weights", "The weights come first, and then the scale.")
    if not isinstance(new, (list, tuple, np.ndarray)) or len(new) != len(FACTORS):
        few = f" of {len(new)}" if isinstance(new, (list, tuple)) else ""
        words = f"{a(new)}{few} in the place of a list of {len(FACTORS)} arrays of weights"
        raise Unfit(words, "All weights come back, whether they move or not.")
    if after is None or isinstance(after, (list, tuple)) or np.shape(after):
        raise Unfit(f"{a(after)} in the place of the scale, which is one number")
    if any(getattr(w, "dtype", None) == np.float64 for w in new):
        raise Unfit("weights in float64", AS_THEY_CAME)
    return new, after


class Moves:
    """How far weights moved: near enough where they differ in what float32 rounds."""

    def __init__(self, old, new, size):
        self.moves, self.size = np.asarray(new, float) - old, size

    def __eq__(self, other):
        near = np.full(len(self.moves), 1e-5 * self.size)
        near[-1] = max(near[-1], 2e-7)
        with np.errstate(invalid="ignore"):
            hits = np.abs(self.moves - other.moves) <= near * np.maximum(1, np.abs(self.moves))
        hits |= self.moves == other.moves
        return bool(np.all(hits | (np.isnan(self.moves) & np.isnan(other.moves))))

    __hash__ = None

    def __repr__(self):
        return brief_moves(self.moves)


def brief_moves(moves):
    return f"[{', '.join(f'{0.0 if m == 0 else m:.3g}' for m in moves)}]"


def stepping(*, seed=None, unscale=None, bad=None, skip=None, smaller=0.5, larger=1.0, rate=1.0):
    """A step with the parts that may be wrong in it."""
    unscale = unscale or (lambda g, scale: g.astype(np.float32) / np.float32(scale))
    bad = bad or (lambda slopes: not all(np.all(np.isfinite(g)) for g in slopes))
    skip = skip or (lambda weights, slopes: weights)

    def scaled_step(sweep, weights, learning_rate, scale):
        slopes = [unscale(g, scale) for g in sweep(weights, seed(scale) if seed else scale)]
        if bad(slopes):
            return skip(weights, slopes), scale * smaller
        moved = [
            (w - rate * learning_rate * g).astype(w.dtype)
            for w, g in zip(weights, slopes, strict=True)
        ]
        return moved, scale * larger

    return scaled_step


def one(scale):
    return 1.0


def grown(g, scale):
    return g.astype(np.float32) * scale


def in_half(sweep, weights, rate, scale):
    new, after = stepping()(sweep, weights, rate, scale)
    return [half(w) for w in new], after


def each_array(weights, slopes):
    """Those whose slopes are numbers move."""
    return [w - RATE * g if np.all(np.isfinite(g)) else w
            for w, g in zip(weights, slopes, strict=True)]  # fmt: skip


def each_entry(weights, slopes):
    return [np.where(np.isfinite(g), w - RATE * g, w) for w, g in zip(weights, slopes, strict=True)]


def with_zeros(weights, slopes):
    return [w - RATE * np.nan_to_num(g) for w, g in zip(weights, slopes, strict=True)]


def all_the_same(weights, slopes):
    return [w - RATE * g for w, g in zip(weights, slopes, strict=True)]


def by_whole_numbers(sweep, weights, rate, scale):
    new, after = stepping()(sweep, weights, rate, scale)
    return new, after if after == scale else scale // 2


def in_double(sweep, weights, rate, scale):
    new, after = stepping()(sweep, weights, rate, scale)
    return new if after < scale else [w.astype(float) for w in new], after


def array_by_array(sweep, weights, rate, scale):
    """Each array is skipped, and halves the scale, by itself."""
    new, fall = [], scale
    for w, g in zip(weights, sweep(weights, scale), strict=True):
        fine = np.all(np.isfinite(g))
        new.append(w - rate * (g.astype(np.float32) / np.float32(scale)) if fine else w)
        fall = fall if fine else fall / 2
    return new, fall


def again_at_once(sweep, weights, rate, scale):
    step = stepping()
    for _ in range(30):
        new, after = step(sweep, weights, rate, scale)
        if after == scale:
            break
        scale = after
    return new, after


ONE_BAD = (
    "One inf or nan anywhere: no weight moves at all. Return the old weights. (The other slopes "
    "come from the same sweep, and a step by some of them is another step.)"
)
TWO_THINGS = "return two things, the weights and the scale."
AS_THEY_CAME = (
    "The weights came in float32 and go back in float32: make float32 of the slopes, not float64, "
    "which has 8 bytes for each."
)
BOTH = "Both have to be found: inf is where a product was too large, nan where inf met inf or 0."
ROUNDED = (
    "Divided in float16, what the scale has saved is lost again: an array of float16 stays one "
    "when you divide it by a plain number. It has to be float32 before."
)
DIVIDED = (
    "The scale makes cotangents larger on their way through float16. Only afterwards the slopes "
    "are divided by it."
)
SKIPPED = "inf and nan reach the weights, and stay there: look at the slopes before you step."

EXERCISE = Exercise(
    "checkpoints.scaling",
    cases=lambda random: CASES,
    right=stepping(),
    run=moved,
    tell=lambda case: f"slopes up to {case[0][0]:g} and {case[0][1]:g}, scale {case[1]:g}, rate "
    f"{RATE:g}",
    show=lambda o: f"the weights move by {o[0]} and {o[1]}; the scale is then {o[2]:g}",
    mistakes=(
        (stepping(unscale=lambda g, scale: g.astype(np.float32)), "The slopes are still as many "
         "times too large as the scale says: divide by it before the step."),
        (stepping(unscale=lambda g, scale: half(g / half(scale))), ROUNDED),
        (stepping(unscale=lambda g, scale: (g / scale).astype(g.dtype)), ROUNDED),
        (stepping(bad=lambda slopes: False), SKIPPED),
        (stepping(smaller=1.0), "The step is skipped, but the next one will end in the same way: "
         "halve the scale."),
        (stepping(smaller=2.0), "It was too large already: halve the scale where inf or nan "
         "comes."),
        (stepping(larger=2.0), "Where all is well the scale stays here. (PyTorch's doubles it "
         "after 2,000 good steps, and not after each.)"),
        (stepping(skip=each_array), ONE_BAD), (stepping(skip=each_entry), ONE_BAD),
        (stepping(skip=with_zeros), ONE_BAD),
        (stepping(bad=lambda slopes: any(np.any(np.isnan(g)) for g in slopes)), BOTH),
        (stepping(bad=lambda slopes: any(np.any(np.isinf(g)) for g in slopes)), BOTH),
        (stepping(bad=lambda slopes: not np.all(np.isfinite(slopes[0]))), "You look at the first "
         "array alone."),
        (stepping(seed=one), "The seed of the sweep is the scale: with 1 small cotangents become "
         "0 on the way, and dividing makes the others too small."),
        (stepping(seed=one, unscale=lambda g, scale: g.astype(np.float32)), "That is a step "
         "without scaling: in float16 small cotangents become 0 on the way. The seed of the sweep "
         "is the scale."),
        (stepping(seed=one, unscale=lambda g, scale: g.astype(np.float32) * scale / scale),
         "That is a step without scaling: in float16 small cotangents become 0 on the way. The "
         "seed of the sweep is the scale."),
        (in_half, "The weights are float16 now, and small moves are lost beside a 1: keep them in "
         "float32."),
        (stepping(rate=-1.0), "Uphill: a slope is subtracted."),
        (again_at_once, "Skip means: this step is lost. Yours tries again at once, and pays a "
         "whole sweep for each try: let the next step have the smaller scale."),
        (stepping(seed=lambda scale: 1 / scale, unscale=grown), DIVIDED),
        (stepping(unscale=grown), DIVIDED),
        (stepping(skip=all_the_same), "The scale is halved, but the step is taken all the same. "
         "One inf anywhere: no weight moves at all. Return the old weights."),
        (stepping(skip=each_array, smaller=1.0), ONE_BAD), (array_by_array, ONE_BAD),
        (by_whole_numbers, "Half of 1 is 0 where what stands behind the point is cut off, "
         "and with a scale of 0 no slope comes back: / keeps it, and // does not."),
        (in_double, AS_THEY_CAME),
    ),
    hints=(
        "Three things in this order: sweep with the scale as seed; float32, and divide by the "
        "scale; look for inf and nan before the weights move.",
        "g.astype(np.float32) / scale for each g. np.isfinite(g) is True for what is neither inf "
        "nor nan; it must hold for all entries of all arrays.",
        "if not all(np.isfinite(g).all() for g in slopes): return weights, scale / 2; otherwise "
        "return [w - rate * g for w, g in zip(weights, slopes)], scale",
    ),
    idea="The sweep is linear in its seed: so a large seed moves all cotangents out of the range "
    "where float16 has 0, and one division brings them back.",
    real=("keras/src/optimizers/loss_scale_optimizer.py:LossScaleOptimizer.stateless_apply"
          "@finite = self.check_finite", "elves/reverse.py:pull_back"),
    answer="scaled_step",
    wants="the list of weights, and the scale",
)  # fmt: skip
