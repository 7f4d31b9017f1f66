"""Exercise 7.1, recompute: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.checkpoints.chain import SWEEP, Limits, steps_of, swept
from elves.course.checkpoints.timeline import of_outcome
from elves.course.exercise import Exercise


def swept_once(answer, n):
    """Each step may run once, and all its inputs may be kept."""
    return swept(answer, n, Limits(n + 3, n, None))


def recompute(steps, x, g):
    return steps[0].pull(x, recompute(steps[1:], steps[0](x), g)) if steps else g


def inputs_of(steps, x):
    kept = [x]
    for step in steps[:-1]:
        kept.append(step(kept[-1]))
    return kept


def keeps_outputs(steps, x, g):
    for step in steps:
        x = step(x)
    return steps[-1].pull(x, g)


def always_the_input(steps, x, g):
    for step in reversed(steps):
        g = step.pull(x, g)
    return g


def forward_order(steps, x, g):
    for step, y in zip(steps, inputs_of(steps, x), strict=True):
        g = step.pull(y, g)
    return g


def each_from_g(steps, x, g):
    return steps[0].pull(x, g)


def last_alone(steps, x, g):
    return [step.pull(y, g) for step, y in zip(steps, inputs_of(steps, x), strict=True)][-1]


def added(steps, x, g):
    return sum(step.pull(y, g) for step, y in zip(steps, inputs_of(steps, x), strict=True))


def added_on(steps, x, g):
    for step, y in reversed([*zip(steps, inputs_of(steps, x), strict=True)]):
        g = g + step.pull(y, g)
    return g


def again_each_time(steps, x, g):
    for k in reversed(range(len(steps))):
        y = x
        for step in steps[:k]:
            y = step(y)
        g = steps[k].pull(y, g)
    return g


def without_the_first(steps, x, g):
    for step, y in [*zip(steps, inputs_of(steps, x), strict=True)][:0:-1]:
        g = step.pull(y, g)
    return g


def without_the_last(steps, x, g):
    return recompute(steps[:-1], x, g)


def multiplied(steps, x, g):
    for step, y in reversed([*zip(steps, inputs_of(steps, x), strict=True)]):
        g = g * step.pull(y, g)
    return g


def of_one(steps, x, g):
    for step, y in reversed([*zip(steps, inputs_of(steps, x), strict=True)]):
        g = g * step.pull(y, 1.0)
    return g


def each_on_x(steps, x, g):
    for step, y in reversed([(step, step(x)) for step in steps]):
        g = step.pull(y, g)
    return g


def as_it_came(steps, x, g):
    for step, y in reversed([*zip(steps, inputs_of(steps, x), strict=True)]):
        step.pull(y, g)
    return g


def gives_the_output(steps, x, g):
    for step in steps:
        x = step(x)
    return x


OWN_G = (
    "That is what one pull gives, from the g at the end: does the return stand in the loop? If "
    "not, the result of one pull is the g of the next, which stands before it in the chain."
)
NOT_ADDED = (
    "Nothing is added in a chain: each array has one user. The result of a pull takes the place "
    "of g."
)
IN_IT = (
    "A pull is no slope that you multiply by: it takes g, and what it gives takes the place of g."
)
ONE_LEFT_OUT = "One step has not paid: each of them is pulled through once, step 0 as the last."

EXERCISE = Exercise(
    "checkpoints.recompute",
    cases=lambda random: [1, 2, 3, 5, 8, 16],
    right=recompute,
    run=swept_once,
    tell=steps_of,
    draw=of_outcome,
    mistakes=(
        (keeps_outputs, "A pull takes what went into the step, as it was before the step ran: "
         "keep x first, then run the step."),
        (always_the_input, "A step was pulled with what goes into another one. x belongs to step "
         "0; what goes into the others is made on the way: keep it, and give each its own."),
        (forward_order, "g belongs to the output, so the last step pulls first: walk back."),
        (each_from_g, OWN_G), (last_alone, OWN_G),
        (added, NOT_ADDED), (added_on, NOT_ADDED),
        (again_each_time, "The cotangent is right. But for each pull you run from x again: run "
         "each step once, and keep what goes into it."),
        (without_the_first, ONE_LEFT_OUT), (without_the_last, ONE_LEFT_OUT),
        (each_on_x, "Each step is run on what the one before it gave, and not on x again."),
        (multiplied, IN_IT), (of_one, IN_IT),
        (as_it_came, "g goes back as it came: what a pull gives is the new g."),
        (gives_the_output, "That is the output of the chain. Asked is the cotangent of x: what "
         "the last pull gives."),
    ),
    hints=(
        "Two loops: one runs the steps forward and keeps, one walks back and pulls.",
        "In the first loop, append x to a list before x = step(x). The second loop goes through "
        "steps and list from the end.",
        "for step, x in zip(reversed(steps), reversed(kept)): g = step.pull(x, g); at the end, "
        "return g",
    ),
    idea="That is what a checkpoint does when the walk back arrives: it runs its part once more, "
    "and keeps it for as long as it needs it.",
    real=("torch/utils/checkpoint.py:CheckpointFunction.backward@with torch.enable_grad()",
          "elves/checkpointing.py:Checkpoint.vjp"),
    answer="recompute",
    **SWEEP,
)  # fmt: skip
