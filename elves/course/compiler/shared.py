"""Exercise 11.3, shared: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.compiler.programs import Equation, Program
from elves.course.compiler.reading import draw, outcome, show, shown
from elves.course.compiler.samples import line, program, sizes, values
from elves.course.exercise import Exercise

LONG, LATE = np.ones(2000), np.array([0.3, 0.3, 0.3])
PAIR = np.array([2.0, 3.0])
ALMOST = [np.where(np.arange(2000) == 1000, 2.0, LONG), LATE + 1e-12]
WHOLE = np.array([2, 3, 5], dtype=np.int64)
STEPS = np.arange(2000.0)
MASKS = [np.arange(2000) != k for k in (1000, 1001)]
TRAPS = [  # two lines that look alike, and are not
    [(np.subtract, ("x", "y"), {}), (np.subtract, ("y", "x"), {})],
    [(np.sum, ("x",), {"axis": 0}), (np.sum, ("x",), {"axis": 1, "keepdims": True})],
    [(np.sum, ("x",), {"axis": 0}), (np.sum, ("x",), {"axis": 1})],
    [(np.sum, ("x",), {"axis": 1}), (np.sum, ("x",), {"initial": 1})],
    [(np.multiply, ("x", LATE), {}), (np.multiply, ("x", LATE), {})],  # these are
    [(np.multiply, ("z", LONG), {}), (np.multiply, ("z", ALMOST[0]), {})],
    [(np.multiply, ("x", LATE), {}), (np.multiply, ("x", ALMOST[1]), {})],
    [(np.multiply, ("z", PAIR), {}), (np.multiply, ("z", PAIR.reshape(2, 1)), {})],
    [(np.multiply, ("x", WHOLE), {}), (np.multiply, ("x", WHOLE.view(float)), {})],
    [(np.multiply, ("x", 0.1), {}), (np.multiply, ("x", np.float32(0.1)), {})],
    [(np.sum, ("x",), {"initial": 0.1}), (np.sum, ("x",), {"initial": np.float32(0.1)})],
    [(np.true_divide, ("x", 0.0), {}), (np.true_divide, ("x", -0.0), {})],
]
ONE_OR_TRUE = [
    (np.greater, ("x", 0.0), {}), (np.add, ("a", 1), {}), (np.add, ("a", True), {}),
]  # fmt: skip

MASKED = [
    [(np.add, ("z", STEPS), {}), (np.sum, ("a",), {"where": MASKS[k]}),
     (np.sum, ("a",), {"where": MASKS[0]})] for k in (0, 1)
]  # fmt: skip


def with_twins(random):
    """Programs in which lines come again, some of them with a twin among their arguments."""
    for size in sizes()[4:]:
        p = program(random, size, 2, again)
        yield p, values(p.inputs)
    for lines in [*TRAPS, ONE_OR_TRUE, *MASKED]:
        equations = [Equation(name, *rest) for name, rest in zip("abc", lines, strict=False)]
        inputs = [k for k in "xyz" if any(k in names(e.args) for e in equations)]
        yield Program(inputs, equations, [e.name for e in equations[-2:]]), values(inputs)


def again(random, name, shapes, before):
    """A line from above, perhaps with twins of its arguments; or a new one."""
    if not before or random.random() < 0.4:
        return line(random, name, shapes)
    same, old = twins(before), random.choice(before)
    args = [random.choice(same.get(a, [a])) if isinstance(a, str) else another(a) for a in old.args]
    return old._replace(name=name, args=tuple(args))


def another(a):
    """An equal number that is another object."""
    return float(repr(a)) if isinstance(a, float) else a


def twins(equations):
    """For each name, the names of all the lines that compute the same."""
    _, first = renamed(equations)
    groups = {}
    for e in equations:
        groups.setdefault(first.get(e.name, e.name), []).append(e.name)
    return {name: group for group in groups.values() for name in group}


def names(args):
    return [a for a in args if isinstance(a, str)]


def identity(a):
    """A key for an argument: a name, an array, or another constant, whose text tells 0.0 from -0.0.

    >>> identity(1) == identity(True), identity(0.5) == identity(0.5)
    (False, True)
    """
    return ("name", a) if isinstance(a, str) else id(a) if isinstance(a, np.ndarray) else repr(a)


def renamed(equations, key=lambda e, old: (e.function, *map(identity, e.args), *options(e)),
            chained=True):  # fmt: skip
    """The lines without twins, and which name stands for which; `key` tells twins."""
    seen, first, kept = {}, {}, []
    for e in equations:
        args = tuple(first.get(a, a) if isinstance(a, str) else a for a in e.args)
        new = e._replace(args=args)
        found = seen.setdefault(key(new if chained else e, e), e.name)
        if found == e.name:
            kept.append(new)
        else:
            first[e.name] = found
    return kept, first


def options(e, key=identity):
    return sorted((name, key(value)) for name, value in e.options.items())


def sharing(**how):
    """An answer that tells twins in some way."""

    def shared(program):
        kept, first = renamed(program.equations, **how)
        outputs = [first.get(a, a) if isinstance(a, str) else a for a in program.outputs]
        return Program(program.inputs, kept, outputs)

    return shared


shared = sharing()


def smaller(answer, case):
    given, at = case
    return outcome(answer(given), at, len(shared(given).equations))


def users_keep_names(program):
    kept, _ = renamed(program.equations)
    before = {e.name: e for e in program.equations}
    return shared(program)._replace(equations=[before[e.name] for e in kept])


def raw(a):
    return id(a) if isinstance(a, np.ndarray) else a


def contents(a):
    return a.tobytes() if isinstance(a, np.ndarray) else identity(a)


def formed(a):
    return (a.tobytes(), a.shape) if isinstance(a, np.ndarray) else identity(a)


def short(a):
    return identity(a) if isinstance(a, (str, np.ndarray)) else str(a)


def by_options(of):
    """An answer that makes keys of a dict of options in some way."""
    return sharing(key=lambda e, old: (e.function, *map(identity, e.args), of(e)))


def comparing(alike, among=lambda kept: kept):
    """An answer that compares a line with those `among` the ones above it."""

    def shared(program):
        kept, first = [], {}

        def now(args):
            return tuple(first.get(a, a) if isinstance(a, str) else a for a in args)

        for e in program.equations:
            e = e._replace(args=now(e.args))
            same = (d for d in among(kept) if d.function is e.function and alike(d, e))
            if twin := next(same, None):
                first[e.name] = twin.name
            else:
                kept.append(e)
        return Program(program.inputs, kept, list(now(program.outputs)))

    return shared


def renamed_nowhere(program):
    kept, _ = renamed(program.equations, chained=False)
    before = {e.name: e for e in program.equations}
    return program._replace(equations=[before[e.name] for e in kept])


def same_line(d, e):
    return [*map(identity, d.args), *options(d)] == [*map(identity, e.args), *options(e)]


EQUAL = (
    "For Python, 1 == True and 0.0 == -0.0, and a dict takes them for one key. But adding them, or "
    "dividing by them, gives something else. Their texts differ."
)
ALIKE = (
    "Two arrays may print alike and differ: in a late digit, or where … stands. The same array is "
    "one object."
)
BYTES = "Arrays of the same bytes may differ: in their shape, or in the kind of their numbers."
AS_CONSTANTS = (
    "An option's value may be an array too: its text may leave out where two of them differ, and "
    "no dict can look for it. Make keys of option values as of constants."
)


def equal(d, e):
    """Whether two lines are equal for Python, where no array is among their arguments."""
    left, right = ([*map(raw, e.args), *options(e, raw)] for e in (d, e))
    return left == right


USERS = "A line is gone, and others still ask for it: they have to use its twin's name from now on."

EXERCISE = Exercise(
    "compiler.shared",
    cases=with_twins,
    right=shared,
    run=smaller,
    tell=lambda case: shown(case[0]),
    show=show,
    draw=lambda case, want, got: draw(case[0], got),
    wants="a Program: the same inputs, fewer equations, and the outputs under their new names",
    mistakes=(
        (users_keep_names, USERS),
        (lambda p: shared(p)._replace(outputs=p.outputs), "The results have names as well: one "
         "of them was left out, and its twin stands for it."),
        (sharing(chained=False), "Two lines may become twins only when their arguments have: "
         "give the arguments their new names first, then compare."),
        (sharing(key=lambda e, old: (e.function, *map(identity, e.args))), "The options belong "
         "to a line too: the sum along axis 0 is not that along axis 1."),
        (sharing(key=lambda e, old: (e.function, *sorted(map(str, map(identity, e.args))),
                                     *options(e))), "x - y is not y - x: for most functions the "
         "order of the arguments counts."),
        (sharing(key=lambda e, old: (e.function, *map(raw, e.args), *options(e))),
         EQUAL),
        (sharing(key=lambda e, old: (e.function, *map(repr, e.args), *options(e))), "Two arrays "
         "may print alike and differ: in a late digit, or where … stands. The same array is "
         "one object."),
        (sharing(key=lambda e, old: e.function), "The same function is not the same "
         "computation: its arguments count."),
        (sharing(key=lambda e, old: (e.function, *map(contents, e.args), *options(e))), BYTES),
        (sharing(key=lambda e, old: (e.function, *map(formed, e.args), *options(e))), BYTES),
        (by_options(lambda e: tuple(sorted(e.options))), "The same options need the same values "
         "too: axis=0 is not axis=1."),
        (by_options(lambda e: tuple(map(identity, e.options.values()))), "An option is a name and "
         "a value, and both count: axis=1 is not initial=1."),
        (by_options(lambda e: repr(e.options)), AS_CONSTANTS),
        (by_options(lambda e: tuple(e.options.items())), AS_CONSTANTS),
        (comparing(lambda d, e: [*map(identity, d.args)] == [*map(identity, e.args)] and
                   d.options == e.options), AS_CONSTANTS),
        (sharing(key=lambda e, old: (e.function, *map(short, e.args), *options(e, short))),
         "str leaves out what a number is: np.float32(0.1) and 0.1 have one str, and are not the "
         "same. Their repr differs."),
        (sharing(key=lambda e, old: (e.function, *map(id, e.args), *options(e))), "Two numbers, "
         "such as 2.0 in two lines, may be two objects, and are the same constant."),
        (sharing(key=lambda e, old: {(e.function, e.args, e.options)}), "The options are a dict, "
         "and a dict cannot be a key, or a part of one. What is in it can."),
        (sharing(key=lambda e, old: (e.function, e.args, *options(e))), "A constant may be an "
         "array, and no dict can look for one: it takes another key."),
        (comparing(lambda d, e: d.args == e.args and d.options == e.options), "== of two arrays is "
         "an array of answers, and no answer: whether they are one object is another question."),
        (renamed_nowhere, "A line is gone, and its name is still in use, in lines below it or in "
         "the results: there, its twin's name has to stand."),
        (comparing(same_line, lambda kept: kept[-1:]), "A twin may stand anywhere above, not only "
         "in the line before."),
        (lambda p: p, "As many lines as before: a twin has to go, and where it was used, the "
         "name of the other one stands."),
        (comparing(equal), EQUAL),
        (sharing(key=lambda e, old: (e.function, *map(repr, e.args), *options(e, repr))), ALIKE),
    ),
    hints=(
        "Walk from the top. For each line ask: has one above the same function, the same "
        "arguments, the same options? Then the name of that one stands for this one.",
        "Keep two dicts: seen, from a key to a name, and instead, from a name that is gone to its "
        "twin. First rename the arguments, then make the key, with repr(a) for constants and "
        "id(a) for arrays. The values of options are constants too.",
        "key = e.function, *map(identity, args), *[(k, identity(v)) for k, v in "
        "e.options.items()], with an identity as in hint 2. if key in seen: instead[e.name] = "
        "seen[key]; else: seen[key] = e.name, and keep e._replace(args=args). At the end, rename "
        "the outputs.",
    ),
    idea="Common subexpression elimination. It is allowed because no equation changes its "
    "arguments: with x[0] = 1.0 between them, two equal lines may give different values.",
    real=("elves/tracing/passes.py:share",
          "torch/fx/passes/dialect/common/cse_pass.py:CSEPass.call@hash_env"),
    answer="shared",
)  # fmt: skip
