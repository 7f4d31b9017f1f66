"""Exercise 6.6, digits: its cases, a right answer, and wrong ones that are known by name."""

from elves import digits, reverse
from elves.course.exercise import Exercise, brief, several


def trained(answer, steps):
    """The losses of some steps on the first images."""
    (X, labels), params, losses = digits.load(), digits.start(), []
    for _ in range(steps + 1):
        value, slopes = answer(digits.loss)(params, X[:SOME], labels[:SOME])
        params = [p - digits.RATE * g for p, g in zip(params, slopes, strict=True)]
        losses.append(float(value))
    return losses


SOME = 100

EXERCISE = Exercise(
    "engine.digits",
    cases=lambda random: digits.load() and [0, 1, 2, 3],  # loaded once, before the clock runs
    right=reverse.value_and_grad,
    run=trained,
    tell=lambda steps: f"{several(steps, 'step')} on the first {SOME} digits",
    show=lambda losses: f"losses {brief(losses)}",
    tolerance=1e-8,
    mistakes=(
        (lambda f: lambda p, *d: (f(p, *d), [0 * a for a in p]),
         "The loss does not move: are the slopes 0? Ask check(\"engine.value_and_grad\", …)."),
        (lambda f: lambda p, *d: (f(p, *d), [-g for g in reverse.grad(f)(p, *d)]),
         "The loss grows: a slope points uphill, and train subtracts it."),
        (lambda f: lambda p, *d: (f(p, *d), [len(d[1]) * g for g in reverse.grad(f)(p, *d)]),
         "Your slopes are 1,400 times too large: np.mean passes on 1/n of g."),
    ),
    hints=(
        "First get the five checks above right; then this one is right by itself.",
        "If a KeyError names a function, it has no rule in RULES yet.",
        "np.max is called with axis=1 and keepdims=True, and then subtracted: undo matters.",
    ),
    idea="The same losses to eight digits: your engine is a real one.",
    real=("torch/optim/sgd.py:_single_tensor_sgd@if isinstance(lr, Tensor)",
          "elves/digits.py:train"),
    answer="value_and_grad",
)  # fmt: skip
