"""Exercise 13.5, penalty: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import forward, reverse
from elves.course.exercise import Exercise, brief, several
from elves.course.implicit.equations import draw

SIZES = (3, 1, 2), (4, 1, 4), (4, 2, 3), (6, 3, 4), (8, 3, 5)  # examples, weights, unseen ones


def problems(random):
    for n, size, unseen in SIZES:
        rng = np.random.default_rng(random.randrange(2**32))
        truth = rng.normal(size=size)
        t = np.round(rng.uniform(-2.0, 0.5, size), 1)
        yield t, data(rng, n, truth), data(rng, unseen, truth)


def data(rng, n, truth):
    X = np.round(rng.normal(size=(n, len(truth))), 1)
    return X, np.round(X @ truth + rng.normal(size=n), 1)


def miss(w, X, y):
    return np.mean((X @ w - y) ** 2)


def ridge(w, t, X, y):
    return miss(w, X, y) + np.sum(np.exp(t) * w**2)


def fit(t, X, y):
    return np.linalg.solve(X.T @ X / len(y) + np.diag(np.exp(t)), X.T @ y / len(y))


def right(t, train, unseen):
    """By the elf's tape, through the solve in the fit."""
    return reverse.grad(lambda t: miss(fit(t, *train), *unseen))(t)


def slope_of(loss, unseen=False, by=0):
    """The slope of miss or ridge by w, or by t, on the data that were fitted or the unseen."""

    def of(w, t, *both):
        place = (w,) if loss is miss else (w, t)
        return reverse.grad(loss, by)(*place, *both[unseen])

    return of


of_unseen, at_fit = slope_of(miss, unseen=True), slope_of(ridge)


def by_condition(
    g=of_unseen, condition=at_fit, sign=-1.0, solve=np.linalg.solve, start=lambda t: t
):
    """The slope from some condition, and some cotangent g of the weights."""

    def answer(t, train, unseen):
        w = fit(start(t), *train)

        def f(w, t):
            return condition(w, t, train, unseen)

        z = solve(forward.jacobian(f)(w, t).T, g(w, t, train, unseen))
        return sign * reverse.vjp(f, w, t)[1](z)[1]

    return answer


def exchanged(t, train, unseen):
    w = fit(t, *train)

    def f(t, w):
        return at_fit(t, w, train, unseen)

    z = np.linalg.solve(forward.jacobian(f)(t, w).T, of_unseen(w, t, train, unseen))
    return -reverse.vjp(f, t, w)[1](z)[1]


def by_steps(t, train, unseen, h=1e-5):
    moves = h * np.eye(len(t))
    return np.array([(miss(fit(t + e, *train), *unseen) - miss(fit(t - e, *train), *unseen))
                     / (2 * h) for e in moves])  # fmt: skip


def ridge_itself(t, train, unseen):
    w = fit(t, *train)
    return np.linalg.solve(reverse.grad(ridge)(w, t, *train), of_unseen(w, t, train, unseen))


def on(which):
    """The weights and the losses all from one of the two sets."""
    return lambda t, train, unseen: right(t, *which(train, unseen))


ORDER = "pull_root hands over the unknowns first. They are the weights: w, then t."

EXERCISE = Exercise(
    "implicit.penalty",
    cases=problems,
    right=right,
    run=lambda answer, case: answer(*case),
    tell=lambda case: f"log-penalties t = {brief(case[0])}, {several(len(case[1][1]), 'example')} "
    f"to fit, {len(case[2][1])} unseen",
    wants="an array in the shape of t",
    draw=draw,
    tolerance=1e-12,  # of differences, ten digits are right
    mistakes=(
        (by_condition(sign=1.0), "The sign: w has to undo what t does to the condition."),
        (by_condition(slope_of(miss)), "Your g is the slope of the miss on the data that were "
         "fitted: there, no penalty is always best. It is the unseen data that judge."),
        (by_condition(slope_of(ridge, unseen=True)), "The judge has no penalty in it: the unseen "
         "data are asked for their miss alone."),
        (lambda t, train, unseen: reverse.grad(ridge, 1)(fit(t, *train), t, *train), "That is how "
         "the penalty itself grows while w stays. But w moves with t."),
        (lambda t, train, unseen: 0.0 * t, "All slopes are 0. t is not in the miss, but w moves "
         "with t: at the fit, the slope of ridge by w, penalty and all, is 0."),
        (lambda t, train, unseen: of_unseen(fit(t, *train), t, train, unseen), "That is the slope "
         "by the weights, your g. It still has to go to t, through the condition."),
        (ridge_itself, "ridge itself is one number, and not 0 at its lowest point. What is 0 there "
         "is its slope by w, as many numbers as w has."),
        (by_condition(condition=slope_of(ridge, by=1)), "Your condition is ridge's slope by t, "
         "which is not 0 at the fit: w was chosen to make the slope by w 0."),
        (by_condition(condition=slope_of(ridge, unseen=True)), "Your condition belongs to the "
         "unseen data. w is the lowest point of ridge on train: only there its slope is 0."),
        (on(lambda train, unseen: (unseen, train)), "You fit the unseen data, and let the other "
         "judge: the other way round."),
        (on(lambda train, unseen: (unseen, unseen)), "You fit the unseen data too. The weights "
         "are those of train."),
        (lambda t, train, unseen: right(t, train, unseen) / np.exp(t), "That is the slope by the "
         "penalty np.exp(t). Asked is the slope by t, its logarithm."),
        (by_condition(solve=lambda H, g: g), "You pull g through the condition as it is. "
         "First comes the solve, which is in pull_root."),
        (lambda t, train, unseen: miss(fit(t, *train), *unseen), "That is the miss. Asked is its "
         "slope by each entry of t."),
        (lambda t, train, unseen: reverse.grad(np.asarray)(t), "No elf can look into fit. It need "
         "not: w alone says enough, since one function of w and t is 0 there."),
        (lambda t, train, unseen: np.linalg.solve(np.eye(len(t)), miss(t, *unseen)), "g is a "
         "cotangent of w, with an entry for each weight: the slope of the miss, and not the miss."),
        (by_condition(condition=lambda w, t, *both: at_fit(t, w, *both)), ORDER),
        (exchanged, ORDER),
        (by_condition(condition=lambda w, t, *both: slope_of(miss)(w, t, *both) + np.exp(t) * w),
         "The slope of w * w is 2 * w. grad(ridge) takes care of that."),
        (lambda t, train, unseen: right(t, train, unseen) + np.exp(t) * fit(t, *train) ** 2,
         "You add how the penalty grows with t. The unseen data are asked for their miss alone, "
         "and t is not in that."),
        (by_condition(start=np.exp), "fit takes t, and makes np.exp(t) of it itself."),
        (by_steps, "Near, but that is lab 1: two fits for each penalty, and digits are lost. One "
         "solve gives all of them."),
    ),
    hints=(
        "w = fit(t, *train) is a root: which function of w and t is 0 there? The slope of "
        "ridge by w.",
        "condition(w, t) is grad(ridge)(w, t, *train), and pull_root takes it from there. g is the "
        "slope of miss by w, on the unseen data.",
        "pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, grad(miss)(w, *unseen))",
    ),
    idea="One fit and one solve give the slope by all penalties at once. A search would need a fit "
    "for each combination.",
    real=("sklearn/linear_model/_ridge.py:_solve_cholesky", "elves/implicit.py:custom_root"),
    answer="penalty_slope",
)  # fmt: skip
