"""Exercise 16.5, blur: its cases, a right answer, and wrong ones that are known by name.

Source: Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement
learning" (1992); Salimans, Ho, Chen, Sidor & Sutskever, "Evolution strategies as a scalable
alternative to reinforcement learning" (2017).
"""

import numpy as np

from elves import batching, forward
from elves.course.exercise import Exercise, brief, several
from elves.course.lies.slopes import number
from elves.course.steps.curves import function

BLURS = [  # f in words, x, width, and how many numbers
    ("3 * x", 1.0, 1.0, 1), ("3 * x", 1.0, 0.5, 1), ("np.sign(x)", 0.25, 0.5, 2),
    ("np.round(x)", 0.4, 0.5, 4), ("x * x", -1.5, 0.25, 5), ("np.sign(x) + 2 * x", 0.1, 2.0, 6),
    ("np.where(x > 0.2, 5.0, 1.0)", 0.3, 0.4, 20), ("np.floor(3 * x) - x", -0.7, 0.2, 50),
]  # fmt: skip


def blurs(random):
    for words, x, width, n in BLURS:
        rng = np.random.default_rng(random.randrange(2**32))
        yield words, x, width, np.round(rng.normal(size=n), 2)


def estimated(answer, case):
    words, x, width, noise = case
    return number(answer(function(words), x, width, noise))


def told(case):
    words, x, width, noise = case
    some = brief(noise) if len(noise) < 7 else several(len(noise), "number")
    return f"f(x) = {words} at x = {x:g}, width {width:g}, noise {some}"


def score(z, x, width):
    """The slope of log p(z) by x, for the bell around x: found, not remembered."""
    log_p = lambda x: -(((z - x) / width) ** 2) / 2  # noqa: E731
    return forward.grad(log_p)(x)


def right(f, x, width, noise):
    z = x + width * noise
    heights = batching.vmap(f)(z)
    scores = np.array([score(each, x, width) for each in z])
    return (heights - f(x)) @ scores / len(z)


def mean(of, place=lambda x, width, e: x + width * e):
    """An answer that is the mean of something, of f, x, z, the noise and the width."""

    def blurred(f, x, width, noise):
        return np.mean([of(f, x, place(x, width, e), e, width) for e in noise])

    return blurred


OFTEN = (
    "z lies near x more often than far away: so p is in the mean already. What each height counts "
    "by is the slope of log p."
)
SCORE = (
    "Each height counts by the slope of log p(z), which is not that: the slope of "
    "-((z - x) / width)**2 / 2 by x."
)

EXERCISE = Exercise(
    "lies.blur",
    cases=blurs,
    right=right,
    run=estimated,
    tell=told,
    wants="one number",
    mistakes=(
        (mean(lambda f, x, z, e, w: f(z) * e / w), "That is right on average, and needs far more "
         "noise: subtract f(x) from each height first."),
        (mean(lambda f, x, z, e, w: forward.grad(f)(z)), "A mean of f's own slopes: where f has "
         "jumps they are 0, and their mean too. No slope of f is needed."),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) * e), "The width is missing: with a wide bell, "
         "its log has a small slope."),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) * e / w**2), "z - x is width * e already: one "
         "of the two widths cancels."),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) * e * w), "The width stands above in yours. "
         "With a wide bell, its log has a small slope."),
        (lambda f, x, width, noise: np.sum([(f(x + width * e) - f(x)) * e / width for e in noise])
         + 0.0, "That is the sum: asked is the mean."),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) / w), SCORE),
        (mean(lambda f, x, z, e, w: f(z) - f(x)), SCORE),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) / (w * e)), "These are differences, each "
         "divided by its own step: across a jump a tiny step gives a huge number. Multiply by e, "
         "which makes tiny steps count little."),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) * e / w, lambda x, width, e: x + e), "z lies "
         "width * e away from x, and not e."),
        (mean(lambda f, x, z, e, w: (f(z) - f(x - w * e)) * e / (2 * w)), "Right on average "
         "too, but asked is f(z) - f(x)."),
        (mean(lambda f, x, z, e, w: f(z)), "That is the blurred height. Asked is its slope."),
        (mean(lambda f, x, z, e, w: (f(x) - f(z)) * e / w), "The sign is turned: new minus old. "
         "And the slope of -(z - x)**2 by x is 2 * (z - x), above 0."),
        (lambda f, x, width, noise: np.mean([
            (f(x + width * e) - np.mean([f(x + width * d) for d in noise])) * e / width
            for e in noise]), "You subtract the mean of these heights, and each of them is in it: "
         "that pulls the result a little to 0. f(x) is free of that."),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) * (-((z - x) / w) ** 2 / 2)), "That is log p "
         "itself: each height counts by its slope."),
        (mean(lambda f, x, z, e, w: f(x) * e / w), "f must be run at each z: what do you learn "
         "from f(x) alone?"),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) * z / w), SCORE),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) * np.exp(-e * e / 2)), OFTEN),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) * np.exp(-e * e / 2) * e / w), OFTEN),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) * 2 * e / w), "Twice too much: the 2 of the "
         "square and the / 2 behind it cancel."),
        (mean(lambda f, x, z, e, w: (f(z) - f(x)) * e / w / 2), "Half of it is lost: the slope of "
         "a square brings a 2, and the / 2 behind it cancels that."),
        (mean(lambda f, x, z, e, w: (f(z) - f(x) * e) / w), "Python multiplies first: put the "
         "difference of the two heights in brackets."),
        (lambda f, x, width, noise: (f(x + width) - f(x - width)) / (2 * width), "That is a "
         "difference between two places. The bell says how often each place counts: use "
         "the noise."),
        (lambda f, x, width, noise: np.mean([f(x + width * e) - f(x) for e in noise])
         * np.mean(noise / width), "A product of two means. Asked is the mean of the products: "
         "multiply for each z, then take the mean."),
        (mean(lambda f, x, z, e, w: f(z) - f(x) * e / w), "Python multiplies first: put the "
         "difference of the two heights in brackets."),
    ),
    hints=(
        "z = x + width * e for each e of the noise. The slope of -((z - x) / width)**2 / 2 by x "
        "is (z - x) / width**2: write that with e.",
        "It is e / width. So each height counts as (f(z) - f(x)) * e / width.",
        "return np.mean([(f(x + width * e) - f(x)) * e / width for e in noise])",
    ),
    idea="f is only run, never differentiated: so it may jump, or be chaos, or somebody else's.",
    real=("torch/distributions/normal.py:Normal.log_prob@var =",
          "elves/numerical.py:slope_along"),
    answer="blurred",
)  # fmt: skip
