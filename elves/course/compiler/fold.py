"""Exercise 11.4, fold: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.compiler.programs import Equation, Program
from elves.course.compiler.reading import draw, outcome, show, shown
from elves.course.compiler.samples import ROW, line, program, sizes, values
from elves.course.exercise import Exercise, brief

SUM = Equation("b", np.add, ("x", "a"), {})
SMALL = [  # a program, and which input is known
    (Program(["x", "y"], [Equation("a", np.multiply, ("x", "y"), {})], ["a"]), "y"),
    (Program(["x", "y"], [Equation("a", np.tanh, ("y",), {}), SUM], ["b"]), "y"),
    (Program(["x", "y"], [Equation("a", np.tanh, ("y",), {}), SUM], ["b", "a"]), "y"),
]
CONSTANT = Program(["x", "y"], SMALL[0][0].equations, ["a", ROW, 2.5])
TABLE = np.array([[1.0, -1.0, 0.5]])


def with_known_inputs(random):
    """Programs, some of their inputs with values, and values for the others."""
    for p, name in SMALL:
        at = dict(zip(p.inputs, values(p.inputs), strict=True))
        yield p, {name: at.pop(name)}, [*at.values()]
    for k, size in enumerate(sizes()):
        p = program(random, size, 1 + k % 2, with_constants, 2)
        at = dict(zip(p.inputs, values(p.inputs, k), strict=True))
        if "y" in at and k % 2:
            at["y"] = 0.0
        if k % 4 == 3:
            p = p._replace(outputs=[*p.outputs, p.inputs[0]])
        known = random.sample(p.inputs, random.choice([0, 1, 1, 2]))
        if np.ndim(at.get("y", ROW)) == 0:
            known = ["y"]
        rest = [v for name, v in at.items() if name not in known]
        yield p, {name: at[name] for name in known}, rest
    yield CONSTANT, {"y": ROW}, values("x")


def with_constants(random, name, shapes, before):
    """A random line; some are of constants alone."""
    kind = random.random() if len(before) > 1 else 1.0
    if kind < 0.1:
        return Equation(name, np.multiply, (2.0, random.choice([0.5, 1.5])), {})
    if kind < 0.2:
        return Equation(name, np.sum, (TABLE,), {"axis": 1})
    if kind < 0.3:
        return Equation(name, np.add, (random.choice([*shapes]), TABLE), {})
    return line(random, name, shapes)


def folded(answer, case):
    given, known, rest = case
    return outcome(answer(given, known), rest, len(fold(given, known).equations))


def tell(case):
    given, known, _ = case
    return f"{shown(given)}; known is {brief(known)}"


def is_constant(a):
    return not isinstance(a, str)


def all_known(old, new, known):
    return all(map(is_constant, new))


def folding(when=all_known, options=True, has=lambda a, known: a in known):
    """An answer that computes a line `when` its arguments, before and after, say so."""

    def fold(program, known):
        now, kept = dict(known), []

        def value(a):
            return now[a] if isinstance(a, str) and has(a, now) else a

        for e in program.equations:
            args = tuple(map(value, e.args))
            if when(e.args, args, known):
                now[e.name] = e.function(*args, **(e.options if options else {}))
            else:
                kept.append(e._replace(args=args))
        inputs = [name for name in program.inputs if name not in known]
        return Program(inputs, kept, [value(a) for a in program.outputs])

    return fold


fold = folding()


def results_by_name(program, known):
    return fold(program, known)._replace(outputs=program.outputs)


def all_inputs(program, known):
    return fold(program, known)._replace(inputs=program.inputs)


def values_not_put_in(program, known):
    kept = {e.name for e in fold(program, known).equations}
    lines = [e for e in program.equations if e.name in kept]
    return fold(program, known)._replace(equations=lines)


def one_step(old, new, known):
    return all(is_constant(a) or a in known for a in old)


def names_alone(old, new, known):
    return all_known(old, new, known) and not any(map(is_constant, old))


def looks_for_all(program, known):
    _ = [a in known for e in program.equations for a in e.args]  # TypeError, if a is an array
    return fold(program, known)


def looks_for_results(program, known):
    _ = [a in known for a in program.outputs]  # TypeError too
    return fold(program, known)


def in_order(order):
    return lambda p, known: fold(p._replace(inputs=order(p.inputs)), known)


ORDER = (
    "The inputs that are left keep their order: who calls the program passes values by place. A "
    "set has no order."
)
NOT_TRUE = (
    "A value may be 0, or an array, and neither is simply true: ask whether the name is known, and "
    "not what its value is."
)

INPUTS = "What is known is no input any more: who calls the program passes the others alone."

EXERCISE = Exercise(
    "compiler.fold",
    cases=with_known_inputs,
    right=fold,
    run=folded,
    tell=tell,
    show=show,
    draw=lambda case, want, got: draw(case[0], got),
    wants="a Program of the inputs that are not known; what is known stands in it as a value",
    mistakes=(
        (folding(lambda *args: False), "Nothing is computed yet: the values are put in, and "
         "the lines still wait for the run."),
        (results_by_name, "A result may be known now: then its value stands in outputs, since no "
         "line makes it any more."),
        (all_inputs, INPUTS), (lambda p, known: p, INPUTS),
        (values_not_put_in, "A line that stays may use something known: put the value there, "
         "since no name stands for it any more."),
        (folding(one_step), "What was computed is known as well: the lines below it may be next."),
        (folding(names_alone), "A number among the arguments is known too, as 2.0 in x * 2.0."),
        (folding(options=False), "You compute without the options: the sum along axis 1 is one "
         "with axis=1."),
        (folding(has=lambda a, known: a in known and np.any(known[a])), NOT_TRUE),
        (folding(has=lambda a, known: bool(known.get(a))), NOT_TRUE),
        (folding(lambda old, new, known: is_constant(new[0])), "All arguments have to be "
         "known, and not the first alone."),
        (folding(lambda old, new, known: any(map(is_constant, new))), "One known argument is not "
         "enough: a line can be computed when none of them is a name any more."),
        (looks_for_all, "A constant may be an array, and no set and no dict can look for one: "
         "ask first whether it is a text."),
        (looks_for_results, "A result may be a constant, even an array, and no dict can look for "
         "one: ask first whether it is a text."),
        (in_order(lambda inputs: inputs[::-1]), ORDER), (in_order(sorted), ORDER),
    ),
    hints=(
        "Walk from the top with a dict of all that is known: at first the inputs in known, then "
        "each line that you could compute.",
        "For each line: put values in the place of names that are known. If no text is left among "
        "the arguments, compute it, with its options, and keep the value in your dict; else keep "
        "the line with its new arguments.",
        "At the end: the inputs that are not in known, the lines that you kept, and the outputs "
        "with values in the place of names that are known.",
    ),
    idea="Constant folding. Where it begins with inputs that are known, it is called partial "
    "evaluation: the program of two arguments becomes one of one argument.",
    real=("torch/fx/experimental/const_fold.py:FoldedGraphModule.run_folding@folded_attrs = ",
          "elves/tracing/passes.py:fold_constants"),
    answer="fold",
)  # fmt: skip
