"""Lab 2: mistakes written in other ways, and mutants that are right too.

Most are a right answer, written in two other ways than the lab's, with one piece of it changed.
"""

from variants_steps import cells


def changed(right, *pieces):
    """A text with some of its pieces replaced: old, new, old, new …"""
    for old, new in zip(pieces[::2], pieces[1::2], strict=True):
        assert old in right, old
        right = right.replace(old, new)
    return right


EVALUATE = """
    kind = type(formula)
    if kind is str:
        return values[formula]
    if kind in (int, float):
        return formula
    sign = formula[0]
    inner = [evaluate(p, values) for p in formula[1:]]
    if sign == "+":
        return inner[0] + inner[1]
    if sign == "-":
        return inner[0] - inner[1]
    if sign == "*":
        return inner[0] * inner[1]
    if sign == "/":
        return inner[0] / inner[1]
    return math.exp(inner[0]) if sign == "exp" else math.log(inner[0])
"""
EVALUATE_2 = """
    match formula:
        case str(name):
            return values[name]
        case (sign, u):
            return OPERATIONS[sign](evaluate(u, values))
        case (sign, u, v):
            a, b = evaluate(u, values), evaluate(v, values)
            return OPERATIONS[sign](a, b)
    return formula
"""
SLOPE = """
    match formula:
        case ("+", u, v):
            return ("+", slope(u, x), slope(v, x))
        case ("*", u, v):
            return ("+", ("*", slope(u, x), v), ("*", u, slope(v, x)))
        case str(name):
            return 1 if name == x else 0
    return 0
"""
SLOPE_2 = """
    if isinstance(formula, str):
        return float(formula == x)
    if isinstance(formula, (int, float)):
        return 0.0
    left, right = formula[1:]
    grow = [slope(left, x), slope(right, x)]
    if formula[0] == "*":
        grow = [("*", right, grow[0]), ("*", left, grow[1])]
    return ("+", *grow)
"""
DERIVATIVE = """
    if isinstance(formula, str):
        return 1 if formula == x else 0
    if isinstance(formula, (int, float)):
        return 0
    terms = []
    for k, outer in enumerate(slopes[formula[0]](*formula[1:])):
        terms.append(("*", derivative(formula[1 + k], x), outer))
    return terms[0] if len(terms) == 1 else ("+", *terms)
"""
DERIVATIVE_2 = """
    match formula:
        case (sign, u):
            (a,) = slopes[sign](u)
            return ("*", a, derivative(u, x))
        case (sign, u, v):
            a, b = slopes[sign](u, v)
            return ("+", ("*", a, derivative(u, x)), ("*", b, derivative(v, x)))
        case str(name):
            return 1 if name == x else 0
    return 0
"""
SIMPLIFY = """
    match formula:
        case (sign, *parts):
            parts = [simplify(p) for p in parts]
        case _:
            return formula
    if all(isinstance(p, (int, float)) for p in parts):
        return OPERATIONS[sign](*parts)
    match (sign, *parts):
        case ("+", 0, u) | ("+" | "-", u, 0):
            return u
        case ("*", 1, u) | ("*" | "/", u, 1):
            return u
        case ("*", 0, u) | ("*", u, 0):
            return 0
        case ("/", 0, u):
            return 0
    return (sign, *parts)
"""
SIMPLIFY_2 = """
    if type(formula) is not tuple:
        return formula
    sign, u = formula[0], simplify(formula[1])
    v = simplify(formula[2]) if len(formula) == 3 else None
    if type(u) in (int, float) and type(v) in (int, float, type(None)):
        return evaluate((sign, u) if v is None else (sign, u, v), {})
    if sign == "+" and u == 0:
        return v
    if sign in "+-" and v == 0:
        return u
    if sign == "*" and u == 1:
        return v
    if sign in "*/" and v == 1:
        return u
    if sign == "*" and (u == 0 or v == 0):
        return 0
    if sign == "/" and u == 0:
        return 0
    return (sign, u) if v is None else (sign, u, v)
"""
OPERATIONS = """
    todo, found = [formula], []
    while todo:
        part = todo.pop()
        if isinstance(part, tuple):
            found.append(part)
            todo.extend(part[1:])
    return len(dict.fromkeys(found)) if shared else len(found)
"""
OPERATIONS_2 = """
    def all_of(part):
        return [part] + sum(map(all_of, part[1:]), []) if type(part) is tuple else []

    found = all_of(formula)
    if not shared:
        return len(found)
    different = []
    for part in found:
        if part not in different:
            different.append(part)
    return len(different)
"""
LINES = """
    known, result = {}, []

    def walk(part):
        if isinstance(part, (str, int, float)):
            return part
        if part in known:
            return known[part]
        inner = [walk(p) for p in part[1:]]
        known[part] = f"line{len(result)}"
        result.append((known[part], (part[0], *inner)))
        return known[part]

    walk(formula)
    return result
"""
LINES_2 = """
    todo, order = [formula], []
    while todo:
        part = todo.pop()
        if isinstance(part, tuple):
            order.append(part)
            todo += part[1:]
    names, result = {}, []
    for part in sorted(order, key=lambda p: operations(p, False)):
        if part not in names:
            line = tuple(names.get(p, p) for p in part)
            names[part] = "abcdefghijklmnopqrstuvw"[len(names)] * 2
            result.append((names[part], line))
    return result
"""


def table(**changes):
    """A cell of the table with other entries."""
    entries = {
        "of_minus(u, v)": "1, -1",
        "of_over(u, v)": '("/", 1, v), ("-", 0, ("/", ("/", u, v), v))',
        "of_exp(u)": '(("exp", u),)',
        "of_log(u)": '(("/", 1, u),)',
    }
    for head in entries:
        entries[head] = changes.get(head.partition("(")[0], entries[head])
    functions = "\n".join(f"def {head}:\n    return {body}\n" for head, body in entries.items())
    return functions + (
        'slopes = {"-": of_minus, "/": of_over, "exp": of_exp, "log": of_log,\n'
        '          "+": lambda u, v: (1, 1), "*": lambda u, v: (v, u)}\n'
    )


STRIPS = '("+", ("*", slope(u, x), v), ("*", u, slope(v, x)))'
STRIPS_2 = '[("*", right, grow[0]), ("*", left, grow[1])]'
TERM = '("*", derivative(formula[1 + k], x), outer)'
TERM_2 = '("+", ("*", a, derivative(u, x)), ("*", b, derivative(v, x)))'

VARIANTS = {
    "symbols.evaluate": cells(
        "evaluate(formula, values)",
        (0, changed(EVALUATE, "evaluate(p, values)", "values.get(p, p)")),
        (0, changed(EVALUATE_2, "evaluate(u, values)", "values.get(u, u)",
                    "evaluate(v, values)", "values.get(v, v)")),
        (1, changed(EVALUATE, "inner[0] - inner[1]", "inner[1] - inner[0]",
                    "inner[0] / inner[1]", "inner[1] / inner[0]")),
        (1, changed(EVALUATE_2, "(a, b)", "(b, a)")),
        (2, changed(EVALUATE, "math.log", "math.log10")),
        (2, changed(EVALUATE_2, "case (sign, u):", """case ("log", u):
            return math.log(evaluate(u, values)) / math.log(10)
        case (sign, u):""")),
        (3, changed(EVALUATE, "inner[0] / inner[1]", "inner[0] // inner[1]")),
        (3, changed(EVALUATE_2, "OPERATIONS[sign](a, b)",
                    'math.floor(a / b) if sign == "/" else OPERATIONS[sign](a, b)')),
        (4, changed(EVALUATE, "kind is str", "kind is not tuple")),
        (4, changed(EVALUATE_2, "return formula", "return values[formula]")),
        (5, changed(EVALUATE, "return values[formula]", "return formula")),
        (5, changed(EVALUATE_2, "return values[name]", "return name")),
    ),
    "symbols.slope": cells(
        "slope(formula, x)",
        (0, changed(SLOPE, STRIPS, '("*", slope(u, x), slope(v, x))')),
        (0, changed(SLOPE_2, f'grow = {STRIPS_2}', 'return ("*", grow[1], grow[0])')),
        (1, changed(SLOPE, STRIPS, '("*", slope(u, x), v)')),
        (1, changed(SLOPE_2, f'grow = {STRIPS_2}', 'return ("*", grow[1], left)')),
        (3, changed(SLOPE, STRIPS, '("+", ("*", u, slope(u, x)), ("*", v, slope(v, x)))')),
        (3, changed(SLOPE_2, STRIPS_2, '[("*", left, grow[0]), ("*", right, grow[1])]')),
        (4, changed(SLOPE, STRIPS, '("+", slope(v, x), slope(u, x))')),
        (4, changed(SLOPE_2, STRIPS_2, "grow")),
        (5, changed(SLOPE, STRIPS, '("+", v, u)')),
        (5, changed(SLOPE_2, STRIPS_2, "[left, right]")),
        (9, changed(SLOPE, "1 if name == x else 0", "1")),
        (9, changed(SLOPE_2, "float(formula == x)", "1.0")),
        (10, changed(SLOPE, "    return 0\n", "    return 1\n")),
        (10, changed(SLOPE_2, "return 0.0", "return 1.0")),
        (14, changed(SLOPE, "1 if name == x else 0", "0")),
        (14, changed(SLOPE_2, "float(formula == x)", "0.0")),
    ),
    "symbols.table": [
        (0, table(of_minus="(1, 1)")),
        (0, table(of_minus="slopes['+'](v, u)")),
        (1, table(of_over='("/", 1, v), ("/", 1, u)')),
        (1, table(of_over='[("/", 1.0, w) for w in (v, u)]')),
        (2, table(of_over='("/", 1, v), ("/", u, ("*", v, v))')),
        (2, table(of_over='("/", 1, v), ("/", ("/", u, v), v)')),
        (3, table(of_over='("/", 1, v), ("*", -1, ("/", u, v))')),
        (3, table(of_over='("/", 1, v), ("/", ("-", 0, u), v)')),
        (6, table(of_over="(v, u)")),
        (6, table(of_over="slopes['*'](u, v)")),
        (7, table(of_exp='(("*", ("exp", ("-", u, 1)), u),)')),
        (7, table(of_exp='[("*", u, ("exp", ("+", u, -1)))]')),
        (8, table(of_exp="(u,)")),
        (8, table(of_exp='[("*", 1, u)]')),
        (9, table(of_log='(("/", 1, ("log", u)),)')),
        (9, table(of_log='[("/", 1.0, ("log", u))]')),
        (10, table(of_log='(("exp", u),)')),
        (10, table(of_log="of_exp(u)")),
        (13, table(of_exp='("exp", u)', of_log='("/", 1, u)')),
        (13, table(of_exp='(("exp", u))', of_log='(("/", 1.0, u))')),
        (4, table(of_over='("/", 1, v), ("-", 0, ("/", 1, ("*", v, v)))')),
        (4, table(of_over='("/", 1, v), ("/", ("/", -1, v), v)')),
        (11, table(of_over="1 / v, -u / v / v", of_exp="[math.exp(u)]", of_log="[1.0 / u]")),
        (11, table(of_over="(v**-1, -u * v**-2)", of_exp="(math.e**u,)", of_log="(u**-1,)")),
    ],
    "symbols.derivative": cells(
        "derivative(formula, x)",
        (0, changed(DERIVATIVE, TERM, "outer")),
        (0, changed(DERIVATIVE_2, '("*", a, derivative(u, x))\n', "a\n", TERM_2, '("+", a, b)')),
        (1, changed(DERIVATIVE, TERM, "derivative(formula[1 + k], x)")),
        (1, changed(DERIVATIVE_2, '("*", a, derivative(u, x))\n', "derivative(u, x)\n", TERM_2,
                    '("+", derivative(v, x), derivative(u, x))')),
        (2, changed(DERIVATIVE, 'terms[0] if len(terms) == 1 else ("+", *terms)', "terms[0]")),
        (2, changed(DERIVATIVE_2, TERM_2, '("*", derivative(u, x), a)')),
        (3, changed(DERIVATIVE, '("+", *terms)', '("*", *terms)')),
        (3, changed(DERIVATIVE_2, TERM_2, '("*", ("*", a, derivative(u, x)), ("*", b, derivative('
                    'v, x)))')),
        (4, changed(DERIVATIVE, "    terms = []\n", """    if formula[0] in ("exp", "log"):
        return (formula[0], derivative(formula[1], x))
    terms = []
""")),
        (4, changed(DERIVATIVE_2, '("*", a, derivative(u, x))\n', "(sign, derivative(u, x))\n")),
        (5, changed(DERIVATIVE_2, "(a,) = slopes[sign](u)",
                    "(a,) = slopes[sign](derivative(u, x))")),
        (5, changed(DERIVATIVE, "    terms = []\n", """    if len(formula) == 2:
        inner = derivative(formula[1], x)
        return ("*", inner, slopes[formula[0]](inner)[0])
    terms = []
""")),
        (10, changed(DERIVATIVE, "1 if formula == x else 0", "1")),
        (10, changed(DERIVATIVE_2, "1 if name == x else 0", "1.0")),
        (11, changed(DERIVATIVE, "        return 0\n", "        return 1\n")),
        (11, changed(DERIVATIVE_2, "    return 0\n", "    return 1\n")),
    ),
    "symbols.simplify": cells(
        "simplify(formula)",
        (0, changed(SIMPLIFY, "parts = [simplify(p) for p in parts]", "pass")),
        (0, changed(SIMPLIFY_2, "simplify(formula[1])", "formula[1]",
                    "simplify(formula[2])", "formula[2]")),
        (1, """
            def short(formula):
                match formula:
                    case ("+", 0, u) | ("+" | "-", u, 0) | ("*", 1, u) | ("*" | "/", u, 1):
                        return u
                    case ("*", 0, u) | ("*", u, 0) | ("/", 0, u):
                        return 0
                if isinstance(formula, tuple) and "x" not in str(formula[1:]):
                    if all(isinstance(p, (int, float)) for p in formula[1:]):
                        return evaluate(formula, {})
                return formula

            formula = short(formula)
            if isinstance(formula, tuple):
                return tuple(simplify(p) for p in formula)
            return formula
         """),
        (1, changed(SIMPLIFY, "parts = [simplify(p) for p in parts]", "pass",
                    "return (sign, *parts)", "return (sign, *[simplify(p) for p in parts])",
                    "return u\n", "return u if type(u) is not tuple else (u[0], *map(simplify, "
                    "u[1:]))\n")),
        (2, changed(SIMPLIFY, "    if all(isinstance(p, (int, float)) for p in parts):\n"
                    "        return OPERATIONS[sign](*parts)\n", "")),
        (2, changed(SIMPLIFY_2, "type(u) in (int, float) and type(v)", "False and type(v)")),
        (4, changed(SIMPLIFY, '("*", 0, u) | ("*", u, 0)', '("nothing", u)')),
        (4, changed(SIMPLIFY_2, "(u == 0 or v == 0)", "False")),
        (5, changed(SIMPLIFY, '("/", 0, u)', '("nothing", u)')),
        (5, changed(SIMPLIFY_2, 'if sign == "/" and u == 0:\n        return 0\n    ', "")),
        (6, changed(SIMPLIFY, '("*", 0, u) | ("*", u, 0):\n            return 0',
                    '("*", 0, u) | ("*", u, 0):\n            return u')),
        (6, changed(SIMPLIFY_2, "(u == 0 or v == 0):\n        return 0",
                    "(u == 0 or v == 0):\n        return u or v")),
        (7, changed(SIMPLIFY, '("*", 1, u) | ("*" | "/", u, 1)', '("nothing", u)')),
        (7, changed(SIMPLIFY_2, "u == 1", "False", "v == 1", "False")),
        (8, changed(SIMPLIFY, '("+", 0, u) | ("+" | "-", u, 0)', '("nothing", u)')),
        (8, changed(SIMPLIFY_2, '"+" and u == 0', '"+" and False', '"+-" and v == 0', '""')),
        (9, changed(SIMPLIFY, '("+", 0, u) |', '("+" | "-", 0, u) |')),
        (9, changed(SIMPLIFY_2, 'sign == "+" and u == 0', 'sign in "+-" and u == 0')),
        (10, changed(SIMPLIFY, '("*", 1, u) |', '("*" | "/", 1, u) |')),
        (10, changed(SIMPLIFY_2, 'sign == "*" and u == 1', 'sign in "*/" and u == 1')),
    ),
    "symbols.operations": cells(
        "operations(formula, shared=False)",
        (0, changed(OPERATIONS, "len(dict.fromkeys(found)) if shared else len(found)",
                    "len(found)")),
        (0, "parts = formula[1:] if isinstance(formula, tuple) else ()\n"
            "return isinstance(formula, tuple) + sum(operations(p, shared) for p in parts)"),
        (1, changed(OPERATIONS, "if shared else len(found)", "")),
        (1, changed(OPERATIONS_2, "not shared", "False")),
        (2, changed(OPERATIONS, "found.append(part)\n", "pass\n", "part = todo.pop()",
                    "part = todo.pop()\n        found.append(part)")),
        (2, changed(OPERATIONS_2, "else []", "else [part]")),
        (8, changed(OPERATIONS, "dict.fromkeys(found)", "set(map(id, found))")),
        (8, changed(OPERATIONS_2, "part not in different",
                    "not any(part is other for other in different)")),
        (9, "if type(formula) is not tuple:\n    return 0\n"
            "return max(operations(p, shared) for p in formula[1:]) + 1"),
        (9, "level, count = [formula], 0\n"
            "while level := [p for p in level if type(p) is tuple]:\n"
            "    level, count = [q for p in level for q in p[1:]], count + 1\n"
            "return count"),
        (10, changed(OPERATIONS, "dict.fromkeys(found)", "{part[0] for part in found}")),
        (10, changed(OPERATIONS_2, "return [part]", "return [part[0]]")),
    ),
    "symbols.lines": cells(
        "lines(formula)",
        (0, changed(LINES, "if part in known:", "if False:")),
        (0, """
            result = []
            def walk(part):
                if not isinstance(part, tuple):
                    return part
                sign, *inner = part
                inner = tuple(map(walk, inner))
                name = "n" + str(len(result))
                result.append((name, (sign,) + inner))
                return name
            walk(formula)
            return result
         """),
        (1, changed(LINES, "if part in known:", "if id(part) in known:", "known[part]",
                    "known[id(part)]")),
        (1, changed(LINES, "known, result = {}, []", "known, result = [], []",
                    "        if part in known:\n            return known[part]\n",
                    "        for name, other in known:\n            if other is part:\n"
                    "                return name\n",
                    '        known[part] = f"line{len(result)}"\n',
                    '        known.append((f"line{len(result)}", part))\n',
                    "known[part]", "known[-1][0]")),
        (2, changed(LINES, "        inner = [walk(p) for p in part[1:]]\n", "",
                    "len(result)", "len(known)",
                    "(known[part], (part[0], *inner))", "None",
                    "        return known[part]\n\n", """        at = len(result) - 1
        result[at] = (known[part], (part[0], *[walk(p) for p in part[1:]]))
        return known[part]

""")),
        (2, """
            def before(part):
                if not isinstance(part, tuple):
                    return []
                found = [part]
                for p in part[1:]:
                    found += [q for q in before(p) if q not in found]
                return found
            order = before(formula)
            names = {part: f"t{k}" for k, part in enumerate(order)}
            return [(names[p], (p[0], *[names.get(q, q) for q in p[1:]])) for p in order]
         """),
        (3, changed(LINES, "return result", "return list(reversed(result))")),
        (3, changed(LINES, "result.append((", "result.insert(0, (")),
        (4, 'return [("result", formula)]'),
        (4, """
            result, seen = [], set()
            def walk(part):
                if isinstance(part, tuple) and part not in seen:
                    seen.add(part)
                    for p in part[1:]:
                        walk(p)
                    result.append((f"t{len(result)}", part))
            walk(formula)
            return result
         """),
        (6, changed(LINES, "        if isinstance(part, (str, int, float)):\n"
                    "            return part\n", "",
                    "        inner = [walk(p) for p in part[1:]]\n", """
        if type(part) is str:
            known[part] = f"leaf{len(result)}"
            result.append((known[part], part))
            return known[part]
        inner = [walk(p) for p in part[1:]]
""")),
        (6, changed(LINES_2, "        if isinstance(part, tuple):\n            order.append(part)\n"
                    "            todo += part[1:]\n",
                    "        order.append(part)\n        if isinstance(part, tuple):\n"
                    "            todo += part[1:]\n",
                    "            line = tuple(names.get(p, p) for p in part)\n",
                    "            line = part\n            if isinstance(part, tuple):\n"
                    "                line = (part[0], *[names[p] for p in part[1:]])\n")),
    ),
}  # fmt: skip
EQUIVALENT = {}

LEAVES = "if formula == x:\n    return 1\nif not isinstance(formula, tuple):\n    return 0\n"
PARTS = LEAVES + "sign, u, v = formula\ndu, dv = slope(u, x), slope(v, x)\n"
STRIPS = '("+", ("*", du, v), ("*", u, dv))'
TERMS = LEAVES + "sign, *parts = formula\n"
ADDED = '\nreturn terms[0] if len(terms) == 1 else ("+", *terms)'
FOLD = """if not isinstance(formula, tuple):
    return formula
sign, *parts = formula
parts = [simplify(p) for p in parts]
if all(NUMBERS for p in parts):
    return OPERATIONS[sign](*parts)
if len(parts) == 2:
    u, v = parts
    if sign == "+" and u == 0:
        return v
    if sign in "+-" and v == 0 or sign in "*/" and v == 1:
        return u
    if sign == "*" and 0 in parts or sign == "/" and u == 0:
        return 0
    if sign == "*" and u == 1:
        return v
return (sign, *parts)"""
TRIED = {  # what came when the lab was tried
    "symbols.evaluate": cells(
        "evaluate(formula, values)",
        (6, changed(EVALUATE_2, "        case (sign, u):\n            return OPERATIONS[sign](evalu"
                    "ate(u, values))\n", "", "    return formula", "    if isinstance(formula, tupl"
                    "e):\n        sign, u, v = formula\n    return formula")),
        (6, "if isinstance(formula, str):\n    return values[formula]\n"
            "if not isinstance(formula, tuple):\n    return formula\nop, u, v = formula\n"
            "return OPERATIONS[op](evaluate(u, values), evaluate(v, values))"),
        (7, "if isinstance(formula, str):\n    return values[formula]\n"
            "if isinstance(formula, int):\n    return formula\n"
            "return OPERATIONS[formula[0]](*[evaluate(p, values) for p in formula[1:]])"),
        (7, changed(EVALUATE, "in (int, float)", "is int")),
        (8, changed(EVALUATE, "values[formula]", 'values["x"]')),
        (8, changed(EVALUATE_2, "values[name]", 'values["x"]')),
    ),
    "symbols.slope": cells(
        "slope(formula, x)",
        (6, PARTS + f'if sign == "+":\n    return ("+", du, dv)\nreturn {STRIPS}'.replace(
            '("+", ("*"', '("-", ("*"')),
        (6, changed(SLOPE, '("+", ("*"', '("-", ("*"')),
        (7, PARTS + f'if sign == "+":\n    return ("+", du, dv)\n'
                    f'return ("+", {STRIPS}, ("*", du, dv))'),
        (7, PARTS + 'if sign == "+":\n    return ("+", du, dv)\n'
                    'return ("+", ("*", du, ("+", v, dv)), ("*", u, dv))'),
        (8, PARTS + f"return {STRIPS}"),
        (8, changed(SLOPE, 'case ("+", u, v)', 'case ("never", u, v)', '("*", u, v):',
                    '("*" | "+", u, v):')),
        (10, PARTS.replace("return 0", "return formula")
             + f'if sign == "+":\n    return ("+", du, dv)\nreturn {STRIPS}'),
        (15, PARTS.replace("return 1", "return x")
             + f'if sign == "+":\n    return ("+", du, dv)\nreturn {STRIPS}'),
        (16, PARTS.replace("formula == x", 'formula == "x"')
             + f'if sign == "+":\n    return ("+", du, dv)\nreturn {STRIPS}'),
        (16, changed(SLOPE, "name == x", 'name == "x"')),
    ),
    "symbols.derivative": cells(
        "derivative(formula, x)",
        (6, TERMS + 'terms = [("*", s, p) for s, p in zip(slopes[sign](*parts), parts)]' + ADDED),
        (6, changed(DERIVATIVE, TERM, '("*", outer, formula[1 + k])')),
        (7, TERMS + 'terms = [("*", s, derivative(p, x)) '
            'for s, p in zip(slopes[sign](*parts), parts)]' + ADDED.replace('"+"', "sign")),
        (7, changed(DERIVATIVE, '("+", *terms)', "(formula[0], *terms)")),
        (8, TERMS + 'terms = [("*", s, derivative(p, x)) '
            'for s, p in zip(slopes[sign](*parts), parts[::-1])]' + ADDED),
        (8, TERMS + "outer = list(slopes[sign](*parts))[::-1]\n"
            'terms = [("*", s, derivative(p, x)) for s, p in zip(outer, parts)]' + ADDED),
        (9, TERMS + 'terms = [("*", s, slope(p, x)) '
            'for s, p in zip(slopes[sign](*parts), parts)]' + ADDED),
        (9, changed(DERIVATIVE_2, "derivative(u, x)", "slope(u, x)", "derivative(v, x)",
                    "slope(v, x)")),
        (15, TERMS.replace("formula == x", 'formula == "x"')
             + 'terms = [("*", s, derivative(p, x)) for s, p in zip(slopes[sign](*parts), parts)]'
             + ADDED),
        (15, 'def go(f):\n    if not isinstance(f, tuple):\n        return int(f == "x")\n'
             "    sign, *parts = f\n    total = 0\n"
             "    for s, p in zip(slopes[sign](*parts), parts):\n"
             '        total = ("+", total, ("*", s, go(p)))\n    return total\n'
             "return go(formula)"),
        (21, TERMS + 'if sign == "+":\n    return ("+", *[derivative(p, x) for p in parts])\n'
             'if sign == "*":\n    u, v = parts\n'
             '    return ("+", ("*", derivative(u, x), v), ("*", u, derivative(v, x)))\nreturn 0'),
        (21, changed(DERIVATIVE, "    terms = []\n",
                     '    if formula[0] in ("exp", "log"):\n        return 0\n    terms = []\n')),
    ),
    "symbols.simplify": cells(
        "simplify(formula)",
        (3, FOLD.replace("NUMBERS", "isinstance(p, int)")),
        (3, FOLD.replace("NUMBERS", "type(p) is int")),
    ),
    "symbols.operations": cells(
        "operations(formula, shared=False)",
        (3, "if not isinstance(formula, tuple):\n    return 1\n"
            "return 1 + sum(operations(p, shared) for p in formula[1:])"),
        (4, "if not isinstance(formula, tuple):\n    return 1\n"
            "return sum(operations(p, shared) for p in formula[1:])"),
        (6, "if not isinstance(formula, tuple):\n    return 0\n"
            "return sum(operations(p, shared) for p in formula[1:])"),
        (6, "count = 0\n\ndef walk(f):\n    count = 0\n    if isinstance(f, tuple):\n"
            "        count += 1\n        for p in f[1:]:\n            walk(p)\n\n"
            "walk(formula)\nreturn count"),
        (7, "if not isinstance(formula, tuple):\n    return 0\n"
            "parts = set(formula[1:]) if shared else formula[1:]\n"
            "return 1 + sum(operations(p, shared) for p in parts)"),
        (7, "if not isinstance(formula, tuple):\n    return 0\nsign, *parts = formula\n"
            "if shared and len(parts) == 2 and parts[0] == parts[1]:\n    parts.pop()\n"
            "return sum((operations(p, shared) for p in parts), 1)"),
    ),
}  # fmt: skip
SEEN = """seen = set()


def operations(formula, shared=False):
    if not isinstance(formula, tuple) or (shared and formula in seen):
        return 0
    seen.add(formula)
    return 1 + sum(operations(part, shared) for part in formula[1:])
"""
DEFAULT = SEEN.replace("seen = set()\n\n\n", "").replace("shared=False", "shared=False, seen=set()")
TRIED["symbols.operations"] += [
    (5, SEEN),
    (5, DEFAULT.replace("part, shared", "part, shared, seen")),
]
TRIED["symbols.table"] = [
    (5, table(of_over='("/", ("*", -1, u), ("*", v, v)), ("/", 1, v)')),
    (5, table(of_over='("-", 0, ("/", ("/", u, v), v)), ("/", 1.0, v)')),
]
for name, found in TRIED.items():
    VARIANTS[name] += found
