"""Loops and branches written out: scan, cond and while_loop as Python's `for`, `if` and `while`.

The body stands where its loop stands. What a loop carries keeps one name, and what stays the same
inside has the name that it has outside. No array of a body is overwritten once it has left it,
unless it is what the loop itself carries, and nobody else's.

Source: Aho, Lam, Sethi & Ullman, Compilers (2006), section 6.6, for the text of structured control.
"""

import itertools
import re

import numpy as np

from elves.tracing.ir import IR, Var, reading, variables

WHOLE = re.compile(r"(?<![\w.])(?<!e[-+])\d{1,18}(?![\w.])")  # in a text


def indented(lines):
    return [f"    {line}" for line in lines]


def bare(text):
    """A text without the parentheses around all of it.

    >>> bare("(a + (b))"), bare("(a) + (b)")
    ('a + (b)', '(a) + (b)')
    """
    if text[:1] != "(":
        return text
    depth = 0
    for i, c in enumerate(text, start=1):
        depth += (c == "(") - (c == ")")
        if not depth:
            return text[1:-1] if i == len(text) else text
    return text


def part(text):
    """The same of what stands inside of another expression: a choice keeps its parentheses."""
    return text if " if " in text else bare(text)


def assigned(names, texts):
    """The line that gives all these names their values at once."""
    pairs = [(a, bare(text)) for a, text in zip(names, texts, strict=True) if a != text]
    return [" = ".join(map(", ".join, zip(*pairs, strict=True)))] if pairs else []


def put(emitter, place, text, v):
    """The line that puts a value into a part of an array.

    Of an assignment numba compiles the message on shapes that differ, for seconds.
    """
    quick = emitter.whole and getattr(v, "shape", ()) and v.dtype.kind in "fiub"
    copy = "np.logical_and({}, True, {})" if quick and v.dtype == bool else "np.positive({}, {})"
    return copy.format(bare(text), place) if quick else f"{place} = {bare(text)}"


def constants(emitter, e, args, body, first=0):
    """What the inputs of a body from the `first` on are called, which are the same in each step."""
    for v, a, text in [*zip(body.inputs, e.args, args, strict=True)][first:]:
        ready = type(a) in (Var, float) or v.shape or v.weak
        yield v, text if ready else emitter.constant(np.asarray(a)[()])


def begun(emitter, inner, e, args):
    """The names of what a loop carries, and the line that begins with these values."""
    names, texts = [], []
    for v, a, text in zip(inner.ir.inputs, e.args, args, strict=False):
        literal, ready = type(a) in (float, np.float64), type(a) is Var and emitter.double
        names.append(inner.names[v])
        text = inner.text(a) if literal else text if ready else inner.number(v, text)
        texts.append(f"{text}.copy()" if v in inner.taken else text)
    return names, assigned(names, texts)


def kept_as_lists(ir, double):
    """What scans stack that only scans read: a list of arrays, or of Python's numbers, will do."""
    found, others = set(), set()
    for e in ir.equations:
        fixed = e.args
        if e.rule.name == "scan":
            n, m = e.kwargs["carries"], e.kwargs["sequences"]
            fixed = (*e.args[:n], *e.args[n + m :])
            numbers = (float, bool) if double else ()
            found |= {v for v in e.outs[n:] if v.shape[1:] or v.dtype in numbers}
        others |= {*variables((fixed, e.kwargs))}
    return found - others - {*variables(ir.outputs)}


def written_scan(emitter, e, args):
    n, m, end = e.kwargs["carries"], e.kwargs["sequences"], ended(e)
    body = go_on(e.kwargs["body"]) if end and not emitter.whole else e.kwargs["body"]
    stacks, into = [emitter.names[v] for v in e.out[n:]], {}
    if emitter.whole and e.kwargs["length"] is not None:  # each turn fills its rows, once each
        at, ys = next(emitter.words), body.outputs[n:]
        rows = [(y, f"{name}[{at}]") for y, name in zip(ys, stacks, strict=True)]
        into = {y: row for y, row in rows if type(y) is Var and sum(a is y for a in ys) == 1}
    inner = emitter.inner(body, constants(emitter, e, args, body, n + m), range(n), into)
    back = "[::-1]" * e.kwargs["reverse"]
    carry, lines = begun(emitter, inner, e, args[:n])
    if emitter.whole and e.kwargs["length"] is not None:
        filled = {into[y] for y in into.keys() - inner.into.keys()}
        rows = [row for row in rows if row[1] not in filled]
        return lines + counted(emitter, inner, e, args[n : n + m], carry, at, rows)
    lines += [f"{name} = []" for name in stacks]
    members, over = [], []
    for v, a, text in [*zip(body.inputs, e.args, args, strict=True)][n : n + m]:
        if inner.uses[v] or e.kwargs["length"] is None:
            plain = v.dtype in (float, bool) or (v.dtype == int and inner.plain_ints)
            listed = plain and inner.double and not v.shape and not getattr(a, "member", None)
            listed = listed and not emitter.whole and not (type(a) is Var and a in emitter.lists)
            members.append(inner.names[v])
            over.append(text + back + ".tolist()" * listed)
    over = f"zip({', '.join(over)})" if over[1:] else "".join(over)
    over = over or f"range({e.kwargs['length']})"
    lines.append(f"for {', '.join(members) or '_'} in {over}:")
    results = [inner.text(a) for a in inner.ir.outputs]
    stacked = [f"{name}.append({bare(y)})" for name, y in zip(stacks, results[n:], strict=True)]
    leaves, rest = leaving(inner, e, stacks, *end) if end else ([], [])
    step = [*leaves, *inner.lines, *stacked, *assigned(carry, results[:n])]
    lines += [*indented(step or ["pass"]), *rest]
    for name, v in zip(stacks, e.out[n:], strict=True):
        if v not in emitter.lists:
            way = "stack" if v.shape[1:] and emitter.whole else "array"  # which is faster
            kind = ", int" * (v.dtype == int and not v.shape[1:])
            lines.append(f"{name} = np.{way}({name}{back}{kind})")
        elif back:
            lines.append(f"{name}.reverse()")
    emitter.names.update(zip(e.out, carry, strict=False))
    return lines


def ended(e):
    """The flag that ends a scan, and what the turns after it would keep; None if there is no flag.

    That is a `break` in Python's loop: what is carried stays what it is as soon as the flag is set.
    """
    body, n, length = e.kwargs["body"], e.kwargs["carries"], e.kwargs["length"]
    asked, branch = body.equations if len(body.equations) == 2 else (None, None)
    if asked is None or length is None or asked.rule.function is not np.logical_not:
        return None
    if branch.rule.name != "cond" or branch.args[0] is not asked.out:
        return None
    false, carried = branch.kwargs["false"], body.inputs[:n]
    given = dict(zip(false.inputs, branch.args, strict=True))
    idle = {v: given.get(y) for v, y in zip(branch.out, false.outputs, strict=True)}
    after = [idle.get(y, y) if type(y) is Var else None for y in body.outputs]
    stays = asked.args[0] in carried and after[:n] == carried
    known = stays and {*after[n:]} <= {*carried, asked.out}
    return (asked.args[0], after[n:]) if known else None


def go_on(body):
    """The body of a turn before the flag is set: the branch that it takes."""
    asked, branch = body.equations
    true = branch.kwargs["true"]
    known = dict(zip(true.inputs, branch.args, strict=True)) | {asked.out: True}
    read = reading(known)
    inside = [x.of(read) for x in true.equations]
    known |= zip(branch.out, [read(a) for a in true.outputs], strict=True)
    return body.but(inside, [read(a) for a in body.outputs])


def leaving(inner, e, stacks, flag, kept):
    """Lines that leave a scan where a flag has ended it, and what its other turns keep."""
    texts = inner.names | {v: "False" for v in kept if v not in e.kwargs["body"].inputs}
    rest = [
        f"{name} += [{texts[v]}] * ({e.kwargs['length']} - len({name}))"
        for name, v in zip(stacks, kept, strict=True)
    ]
    return [f"if {inner.names[flag]}:", "    break"], rest


def counted(emitter, inner, e, args, carry, at, rows):
    """A scan in machine code: its steps are counted, and write into arrays that are there."""
    n, length = e.kwargs["carries"], e.kwargs["length"]
    steps = f"{length - 1}, -1, -1" if e.kwargs["reverse"] else length
    lines = [
        f"{emitter.names[v]} = np.empty({v.shape}, np.{v.dtype.type.__name__})" for v in e.out[n:]
    ]
    members = [(v, a) for v, a in zip(inner.ir.inputs[n:], args, strict=False) if inner.uses[v]]
    read = [f"{inner.names[v]} = {text}[{at}]" for v, text in members]
    emitter.of_numbers += sum(not v.shape for v, _ in members)
    emitter.of_numbers += sum(not v.shape[1:] for v in e.out[n:])
    results = [inner.text(a) for a in inner.ir.outputs[:n]]
    kept = [put(emitter, row, inner.text(y), y) for y, row in rows]
    emitter.names.update(zip(e.out, carry, strict=False))
    step = indented([*read, *inner.lines, *kept, *assigned(carry, results)] or ["pass"])
    return [*lines, f"for {at} in range({steps}):", *step]


def written_while(emitter, e, args):
    body, test, n = e.kwargs["body"], e.kwargs["test"], e.kwargs["carries"]
    still = {*range(n)} - {*e.kwargs.get("kept", ())}
    inner = emitter.inner(body, constants(emitter, e, args, body, n), still)
    carry, lines = begun(emitter, inner, e, args[:n])
    names = [inner.names[v] for v in inner.ir.inputs]
    asked = emitter.inner(test, zip(test.inputs, names, strict=True))
    go_on = asked.text(asked.ir.outputs[0])
    stacks = [emitter.names[v] for v in e.out[n:]]
    lines += [f"{name} = []" for name in stacks]
    stacked = [
        f"{a}.append({carry[i]})" for a, i in zip(stacks, e.kwargs.get("kept", ()), strict=True)
    ]
    step = stacked + inner.lines + assigned(carry, [inner.text(a) for a in inner.ir.outputs])
    if asked.lines:
        step = [*asked.lines, f"if not {go_on}:", "    break", *step]
    emitter.names.update(zip(e.out, carry, strict=False))
    return [*lines, f"while {'True' if asked.lines else bare(go_on)}:", *indented(step or ["pass"])]


def written_cond(emitter, e, args):
    outs = [emitter.names[v] for v in e.out]
    bodies = [e.kwargs["true"], e.kwargs["false"]]
    inner = [emitter.inner(b, constants(emitter, e, args, b)) for b in bodies]
    texts = [[i.text(a) for a in i.ir.outputs] for i in inner]
    if not outs[1:] and not inner[0].lines and not inner[1].lines:
        (one,), (two,) = texts
        return [f"{outs[0]} = {chosen(args[0], one, two, e.out[0].dtype == bool)}"] if outs else []
    lines = []
    for head, i, values in zip((f"if {bare(args[0])}:", "else:"), inner, texts, strict=True):
        lines += [head, *indented([*i.lines, *assigned(outs, values)] or ["pass"])]
    return lines


def written_ragged(emitter, e, args):
    """Turns as loops, where their texts differ in nothing but whole numbers."""
    starts, bodies = e.kwargs["starts"], [b for b in e.kwargs.values() if type(b) is IR]
    at, *lists = (next(emitter.words) for _ in range(1 + len(starts)))
    args, lines, columns, kept = [*map(filled, e.args, args)], [], [], []
    for name, n in zip(lists, starts, strict=True):
        lines.append(f"{name} = [{', '.join(map(bare, args[:n]))}]")
        args, entries = args[n:], [f"{name}[{k}]" for k in range(n + len(bodies))]
        columns += [entries[: len(bodies)]] if n else []
        kept += entries[n:]
    emitter.names.update(zip(e.out, kept, strict=True))
    size, given, reads = len(args) // len(bodies), [], []
    for texts in columns + [args[j::size] for j in range(size)]:
        name = texts[0] if len({*texts}) == 1 else next(emitter.words)
        if len({WHOLE.sub("0", text) for text in texts}) > 1:
            all_of_them = next(emitter.words)
            lines += [f"{all_of_them} = []"]
            lines += in_loops(emitter, at, [f"{all_of_them}.append({text})" for text in texts])
            texts = [f"{all_of_them}[{k}]" for k, _ in enumerate(texts)]
        reads += [[f"{name} = {text}" for text in texts]] if name != texts[0] else []
        given.append(name)
    turns, words, before = [], emitter.words, emitter.of_numbers
    for k, body in enumerate(bodies):
        words, emitter.words = itertools.tee(words)  # the names are the same in all turns
        inner = emitter.inner(body, zip(body.inputs, given, strict=True))
        pairs = zip(lists, map(inner.text, inner.ir.outputs), strict=True)
        ends = [f"{name}.append({bare(text)})" for name, text in pairs]
        turns.append("\n".join([*(read[k] for read in reads), *inner.lines, *ends]))
    emitter.of_numbers = before + inner.of_numbers
    return lines + in_loops(emitter, at, turns)


def filled(a, text):
    """The text of an argument; an array of one number by its shape, so that it is as others."""
    if not isinstance(a, np.ndarray) or a.dtype != float or not a.size or not np.all(a == a.max()):
        return text
    x = float(a.max())
    number = f"float({x:.0f})" if x.is_integer() and abs(x) < 2**53 else repr(x)
    return f"np.full({a.shape}, {number})" if x and np.isfinite(x) else text


def in_loops(emitter, at, texts):
    """The lines of texts, in loops that count `at` where neighbours differ in whole numbers."""
    lines = []
    for _, group in itertools.groupby(texts, lambda text: WHOLE.sub("0", text)):
        first, *more = group
        rows = zip(*(map(int, WHOLE.findall(text)) for text in (first, *more)), strict=True)
        numbers = (by_turn(emitter, at, row) for row in rows)
        text = WHOLE.sub(lambda _, numbers=numbers: next(numbers), first).splitlines()
        lines += [f"for {at} in range({1 + len(more)}):", *indented(text)] if more else text
    return lines


def by_turn(emitter, at, row):
    """The text of a number that differs in each turn."""
    first, by = row[0], row[-1] - row[-2] if row[1:] else 0
    if row != tuple(first + by * k for k in range(len(row))):
        return f"{emitter.constant(np.array(row))}[{at}]"
    more = {0: f"{first}", 1: f"({first} + {at})", -1: f"({first} - {at})"}
    return at if (first, by) == (0, 1) else more.get(by, f"({first} + {by} * {at})")


def chosen(test, one, two, truth):
    """One of two values as an expression; of truth values, as Python writes it.

    >>> chosen("(a > 1)", "b", "-b", False), chosen("(a > 1)", "(b > 2)", "False", True)
    ('b if a > 1 else -b', '(a > 1) and (b > 2)')
    """
    if truth and one in ("True", test):
        return test if two in ("False", test) else f"{test} or {two}"
    if truth and two in ("False", test):
        return f"{test} and {one}"
    return f"{part(one)} if {part(test)} else {part(two)}"


WRITTEN = {
    "cond": written_cond, "scan": written_scan, "while_loop": written_while,
    "ragged": written_ragged,
}  # fmt: skip
