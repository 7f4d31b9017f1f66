"""A run and its reverse sweep as frames, one for each step: what a stepper shows."""

import math

import numpy as np

from elves.errors import InputError
from elves.show import graphs
from elves.show.drawing import BERRY, PINE, layered
from elves.show.recording import Recording, brief, row_of

MOST = 60  # nodes that anybody would step through


def frames_of(record):
    """What to show at each step: forward oldest first, then reverse newest first.

    The cotangents that a node pays are those of its rule, as in `elves.reverse.sweep`; `adjoints`
    are the sums after the payment, by the number of the node. A record whose steps have tangents
    has the forward sweep only, with them.

    >>> [f["words"] for f in frames_of(Recording(lambda x: x * x, (3.0,)))][-1]
    'v1 = x * x pays x: 0 + 3 = 3; x: 3 + 3 = 6.'
    """
    number, shown = {step: k for k, step in enumerate(record.steps)}, []

    def show(phase, step, words, adjoints):
        shown.append({
            "phase": phase, "node": number[step], "line": -1 if step.line is None else step.line,
            "words": words, "rule": row_of(step.rule) if step.rule else "",
            "adjoints": {str(number[s]): brief(g) for s, g in adjoints.items()},
        })  # fmt: skip

    for step in record.steps:
        words = f"{step.name} = {step.words} = " if step.rule else f"The argument {step.name} is "
        more = "" if step.tangent is None else f", and its tangent {brief(step.tangent)}"
        show("forward", step, f"{words}{brief(step.value)}{more}.", {})
    last = record.steps[-1]
    if last.tangent is not None:
        return shown
    sums = {last: 1.0}
    show("seed", last, f"The result {last.name} has the adjoint 1: that is the seed.", sums)
    for step in reversed(record.steps):
        if not step.rule:
            continue
        rule, _, values, kwargs = step.node.recipe
        paid, said = {}, []
        for i, parent in step.parents:
            share = rule.vjp(i, step.adjoint, step.value, values, kwargs)
            have = sums.get(parent, 0.0)
            paid[parent] = sums[parent] = have + share
            said.append(f"{parent.name}: {brief(have)} + {brief(share)} = {brief(sums[parent])}")
        show("reverse", step, f"{step.name} = {step.words} pays {'; '.join(said)}.", paid)
    return shown


def walk(f, args, mode="reverse"):
    """A recorded run of f, and the state of a stepper through it, as widgets/stepper.js takes it.

    Raises InputError for a run that is too long, and for a mode other than reverse and forward.

    >>> _, state = walk(lambda x: x * x, [3.0])
    >>> state["inputs"], len(state["frames"]), state["svg"][:4]
    ([['x', 3.0]], 4, '<svg')
    """
    record = Recording(f, args)
    if len(record.steps) > MOST:
        raise InputError(
            f"This run has {len(record.steps):,} nodes, too many to step through: take a "
            f"smaller case of up to {MOST}, or see the whole with show.graph."
        )
    if mode not in ("forward", "reverse"):
        raise InputError(f"mode={mode!r} must be 'forward' or 'reverse'.")
    if mode == "forward":
        record.push()
    shown = frames_of(record)
    numbers = all(type(a) in (float, np.float64) for a in args)
    names = [step.name for step in record.steps[: len(args)]] if numbers else []
    return record, {
        "svg": picture(record, shown, mode),
        "source": record.source,
        "frames": shown,
        "inputs": [[n, float(a)] for n, a in zip(names, args, strict=False)],
    }


def picture(record, shown, mode):
    """The graph of a run, each box with room for the longest text that will ever stand in it."""
    longest = {}
    for frame in shown:
        for k, words in frame["adjoints"].items():
            longest[int(k)] = max(longest.get(int(k), ""), words, key=len)
    room = lambda step: [  # noqa: E731
        (brief(step.value), PINE, "value"),
        (f"adjoint {longest.get(record.steps.index(step), '0')}", BERRY, "adjoint"),
    ]  # fmt: skip
    lines = graphs.values_and_tangents if mode == "forward" else room
    nodes = list(graphs.of_recording(record, lines))
    edges = [(p, box.key) for box, above in nodes for p in above]
    drawing = layered([box for box, _ in nodes], edges, page=math.inf)
    return drawing.picture("computation graph").drawing
