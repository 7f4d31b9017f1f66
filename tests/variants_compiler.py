"""Lab 11: mistakes written in other ways, and mutants that are right too.

Each exercise has two solutions in styles of their own; a mistake is a change in each of them.
"""

from variants_engine import told

EQUIVALENT = {}
NODE = """
class Traced(Handover):
    def __init__(self, value, name, equations):
        self.value, self.name, self.equations = value, name, equations

    def record(function, args, options):
        lines = [a.equations for a in args if isinstance(a, Traced)][0]
        values, spelled = [], []
        for a in args:
            if isinstance(a, Traced):
                values.append(a.value)
                spelled.append(a.name)
            else:
                values.append(a)
                spelled.append(a)
        out = Traced(function(*values, **options), "t" + str(len(lines)), lines)
        lines.append(Equation(out.name, function, tuple(spelled), options))
        return out


def trace(f, *examples):
    lines, nodes = [], []
    for letter, x in zip("pqrs", examples):
        nodes.append(Traced(x, letter, lines))
    found = f(*nodes)
    outputs = []
    for y in found:
        outputs.append(y.name if isinstance(y, Traced) else y)
    return Program(list("pqrs"[: len(nodes)]), lines, outputs)
"""
RECIPES = """
class Traced(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe = value, recipe

    def record(function, args, options):
        plain = [a.value if isinstance(a, Traced) else a for a in args]
        return Traced(function(*plain, **options), (function, args, options))


def trace(f, *examples):
    inputs = [Traced(x) for x in examples]
    names = {node: f"in{k}" for k, node in enumerate(inputs)}
    equations = []

    def name(a):
        if not isinstance(a, Traced):
            return a
        if a not in names:
            function, args, options = a.recipe
            spelled = tuple(map(name, args))
            names[a] = f"t{len(equations)}"
            equations.append(Equation(names[a], function, spelled, options))
        return names[a]

    outputs = [name(y) for y in f(*inputs)]
    return Program([names[node] for node in inputs], equations, outputs)
"""
FROM_THE_END = """
def needed(program):
    inputs, equations, outputs = program
    wanted, kept = set(), []
    for a in outputs:
        if isinstance(a, str):
            wanted.add(a)
    for k in range(len(equations) - 1, -1, -1):
        name, function, args, options = equations[k]
        if name not in wanted:
            continue
        kept.append(equations[k])
        for a in args:
            if isinstance(a, str):
                wanted.add(a)
    kept.reverse()
    return Program(inputs, kept, outputs)
"""
VISITED = """
def needed(program):
    made = {e.name: e for e in program.equations}
    found = set()

    def visit(name):
        if isinstance(name, str) and name in made and name not in found:
            found.add(name)
            for a in made[name].args:
                visit(a)

    for a in program.outputs:
        visit(a)
    kept = [e for e in program.equations if e.name in found]
    return Program(program.inputs, kept, program.outputs)
"""
COMPARED = """
def shared(program):
    twin, lines = {}, []
    for name, function, args, options in program.equations:
        old = args
        args = tuple(twin.get(a, a) if isinstance(a, str) else a for a in args)
        for e in lines:
            if e.function is function and alike(e.args, args) and chosen(e, options):
                twin[name] = e.name
                break
        else:
            lines.append(Equation(name, function, args, options))
    outputs = [twin.get(a, a) if isinstance(a, str) else a for a in program.outputs]
    return Program(program.inputs, lines, outputs)


def chosen(e, options):
    alike = e.options.keys() == options.keys()
    return alike and all(same(e.options[k], options[k]) for k in options)


def alike(args, others):
    return len(args) == len(others) and all(map(same, args, others))


def same(a, b):
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return a is b
    return type(a) is type(b) and repr(a) == repr(b)
"""
KEYS = """
def shared(program):
    table, now, left = {}, {a: a for a in program.inputs}, []

    def rename(a):
        return now[a] if isinstance(a, str) else a

    def text(a):
        if isinstance(a, str):
            return a
        if isinstance(a, list):
            a = a[0]
        return f"array {id(a)}" if isinstance(a, np.ndarray) else f"number {a!r}"

    for e in program.equations:
        new = e._replace(args=tuple(map(rename, e.args)))
        chosen = [(k, text([v])) for k, v in e.options.items()]
        key = (e.function, tuple(map(text, new.args)), str(chosen))
        now[e.name] = table.setdefault(key, e.name)
        if now[e.name] == e.name:
            left.append(new)
    return Program(program.inputs, left, [rename(a) for a in program.outputs])
"""
FILLED = """
def fold(program, known):
    values, lines = {}, []
    values.update(known)
    for name, function, args, options in program.equations:
        filled = []
        for a in args:
            if isinstance(a, str) and a in values:
                filled.append(values[a])
            else:
                filled.append(a)
        if not any(isinstance(a, str) for a in filled):
            values[name] = function(*filled, **options)
        else:
            lines.append(Equation(name, function, tuple(filled), options))
    outputs = []
    for a in program.outputs:
        outputs.append(values[a] if isinstance(a, str) and a in values else a)
    return Program([a for a in program.inputs if a not in known], lines, outputs)
"""
WAITS = """
def fold(program, known):
    rest = [a for a in program.inputs if a not in known]
    waits = set(rest)
    for e in program.equations:
        if any(isinstance(a, str) and a in waits for a in e.args):
            waits.add(e.name)
    values, lines = dict(known), []
    for e in program.equations:
        args = tuple(put(a, values) for a in e.args)
        if e.name in waits:
            lines.append(e._replace(args=args))
        else:
            values[e.name] = e.function(*args, **e.options)
    return Program(rest, lines, [put(a, values) for a in program.outputs])


def put(a, values):
    return values[a] if isinstance(a, str) and a in values else a
"""
LEADS = """
def fuse(program):
    inputs, equations, outputs = program
    results = [a for a in outputs if isinstance(a, str)]
    lead = {}
    for k in reversed(range(len(equations))):
        e = equations[k]
        lead[e.name] = e.name
        if e.function not in ELEMENTWISE or e.name in results:
            continue
        using = [u for u in equations[k + 1 :] if uses(u, e.name)]
        leads = {lead[u.name] if u.function in ELEMENTWISE else None for u in using}
        if len(leads) == 1 and None not in leads:
            lead[e.name] = leads.pop()
    lines = []
    for e in equations:
        if lead[e.name] == e.name:
            group = [one for one in equations if lead[one.name] == e.name]
            lines.append(together(group) if len(group) > 1 else e)
    return Program(inputs, lines, outputs)


def uses(e, name):
    return any(isinstance(a, str) and a == name for a in e.args)
"""
MERGED = """
def fuse(program):
    groups = [[e] for e in program.equations]
    while merge(groups, [a for a in program.outputs if isinstance(a, str)]):
        pass
    lines = [together(group) if len(group) > 1 else group[0] for group in groups]
    return Program(program.inputs, lines, program.outputs)


def merge(groups, outputs):
    for group in groups:
        last = group[-1]
        if last.function not in ELEMENTWISE or last.name in outputs:
            continue
        using = [g for g in groups if g is not group and any(uses(e, last.name) for e in g)]
        if len(using) == 1 and using[0][-1].function in ELEMENTWISE:
            using[0][:0] = group
            groups.remove(group)
            return True
    return False


def uses(e, name):
    return name in [a for a in e.args if isinstance(a, str)]
"""
SPELLED = """
def write(program):
    names = {}

    def spell(value):
        if isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and np.isfinite(value):
            return repr(value)
        return keep(value, "const" + str(len(names)))

    def keep(value, key):
        names[key] = value
        return key

    text = "def compiled(" + ", ".join(program.inputs) + "):\\n"
    for e in program.equations:
        inside = ", ".join(spell(a) for a in e.args)
        for option, value in e.options.items():
            inside += ", " + option + "=" + keep(value, "opt" + str(len(names)))
        called = keep(e.function, "run" + str(len(names)))
        text += "    " + e.name + " = " + called + "(" + inside + ")\\n"
    text += "    return [" + ", ".join(map(spell, program.outputs)) + "]\\n"
    return text, names
"""
NUMBERED = """
def write(program):
    K, F = [], []

    def of(a):
        if isinstance(a, str):
            return a
        K.append(a)
        return f"K[{len(K) - 1}]"

    body = []
    for e in program.equations:
        F.append(e.function)
        inside = [of(a) for a in e.args] + [f"**{of(e.options)}"]
        body.append(f"    {e.name} = F[{len(F) - 1}]({', '.join(inside)})")
    last = f"    return [{', '.join(of(a) for a in program.outputs)}]"
    head = f"def compiled({', '.join(program.inputs)}):"
    return "\\n".join([head, *body, last]), {"K": K, "F": F}
"""
RIGHT = {
    "compiler.trace": (NODE, RECIPES), "compiler.needed": (FROM_THE_END, VISITED),
    "compiler.shared": (COMPARED, KEYS), "compiler.fold": (FILLED, WAITS),
    "compiler.fuse": (LEADS, MERGED), "compiler.write": (SPELLED, NUMBERED),
}  # fmt: skip
TRACE = [
    (0, told(NODE, ("spelled.append(a.name)", "spelled.append(a.value)"))),
    (0, told(NODE, ("tuple(spelled)", "tuple(values)"))),
    (1, told(NODE, ("tuple(spelled), options", "tuple(spelled), {}"))),
    (1, told(RECIPES, ("spelled, options", "spelled, dict()"))),
    (2, told(NODE, ("values.append(a)\n                spelled.append(a)", "values.append(a)"))),
    (2, told(RECIPES, ("map(name, args)", "name(a) for a in args if isinstance(a, Traced)"))),
    (3, told(NODE, ('"t" + str(len(lines))', '"t"'))),
    (3, told(RECIPES, ('f"t{len(equations)}"', '"result"'))),
    (4, told(NODE, ('"t" + str(len(lines))', "function.__name__"))),
    (4, told(RECIPES, ('f"t{len(equations)}"', 'f"t_{function.__name__}"'))),
    (5, told(NODE, ('zip("pqrs", ', 'zip("pppp", '), ('"pqrs"[', '"pppp"['))),
    (5, told(RECIPES, ('f"in{k}"', '"input"'))),
    (6, told(NODE, ("for y in found", "for y in found[:1]"))),
    (6, told(NODE, ("found = f(*nodes)", "found, *_ = f(*nodes)"), ("for y in found", "for y in "
             "[found]"))),
    (7, told(NODE, ("outputs.append(y.name if", "outputs.append(y.value if"))),
    (7, told(RECIPES, ("[name(y) for y in f(*inputs)]", "f(*inputs)"),
             ("return Program(", "[name(y) for y in outputs]\n    outputs = [y.value if "
              "isinstance(y, Traced) else y for y in outputs]\n    return Program("))),
    (8, told(NODE, ("lines, nodes = [], []", "nodes = []"), ("def trace", "lines = []\n\n\n"
                                                             "def trace"))),
    (8, told(RECIPES, ("*examples):", "*examples, equations=[]):"), ("equations = []\n", "\n"))),
    (9, told(NODE, ("y.name if isinstance(y, Traced) else y", "y.name"))),
    (9, told(RECIPES, ("[name(y) for y in f(*inputs)]", "f(*inputs)"),
             ("return Program(", "for y in outputs:\n        name(y)\n        y.name = names.get(y)"
              " if isinstance(y, Traced) else y.name\n    outputs = [y.name for y in outputs]\n"
              "    return Program("))),
    (11, told(NODE, ("lines.append(", "lines.insert(0, "))),
    (11, told(RECIPES, ("inputs], equations, ", "inputs], equations[::-1], "))),
    (18, told(NODE, ("nodes)]), lines, ", "nodes)]), lines[:1], "))),
    (18, told(RECIPES, ("equations.append(", "equations or equations.append("))),
    (20, told(NODE, ("f(*nodes)", "f(*examples)"))),
    (20, told(RECIPES, ("f(*inputs)]", "f(*(node.value for node in inputs))]"))),
    (12, told(NODE, ('zip("pqrs", ', 'zip(("t0", "t1"), '),
              ('list("pqrs"[: len(nodes)])', "[n.name for n in nodes]"))),
    (12, told(RECIPES, ('f"in{k}"', 'f"t{k}"'))),
    (13, told(NODE, ("Traced(function(*values, **options), ", "Traced(None, "))),
    (13, told(RECIPES, ("Traced(function(*plain, **options), ", "Traced(0.0, "))),
    (14, told(NODE, ("return out\n", "return out.value\n"))),
    (14, told(RECIPES, ("return Traced(function(*plain, **options), (function, args, options))",
                        "return function(*plain, **options)"))),
    (15, told(NODE, ("[a.equations for a in args if isinstance(a, Traced)][0]",
                     "args[0].equations"))),
    (15, told(NODE, ("[a.equations for a in args if isinstance(a, Traced)][0]", "next(iter(args))"
                     ".equations"), ("def trace(f", "def trace(f"))),
    (16, told(NODE, ("function(*values,", "function(*args,"))),
    (16, told(RECIPES, ("function(*plain,", "function(*args,"))),
    (17, told(NODE, ("f(*nodes)", "f(nodes)"))),
    (17, told(RECIPES, ("f(*inputs)]", "f(inputs)]"))),
    (19, told(NODE, ("lines.append(Equation", "list(lines).append(Equation"))),
    (19, told(NODE, ("nodes)]), lines, ", "nodes)]), [], "))),
    (10, told(NODE, ("y.name if isinstance(y, Traced) else y)", "y.name if isinstance(y, Traced) "
                     "else float(y))"))),
    (10, told(RECIPES, ("[name(y) for y in f(*inputs)]", "[name(y) if isinstance(y, Traced) else "
                        "1.0 * float(y) for y in f(*inputs)]"))),
]  # fmt: skip
NEEDED = [
    (0, """
def needed(program):
    used = set(program.outputs)
    for e in program.equations:
        used |= {a for a in e.args if isinstance(a, str)}
    return program._replace(equations=[e for e in program.equations if e.name in used])
"""),
    (0, """
def needed(program):
    def is_used(name):
        places = [a for e in program.equations for a in e.args] + list(program.outputs)
        return any(isinstance(a, str) and a == name for a in places)

    return Program(program.inputs, [e for e in program.equations if is_used(e.name)],
                   program.outputs)
"""),
    (1, told(FROM_THE_END, ("range(len(equations) - 1, -1, -1)", "range(len(equations))"),
             ("    kept.reverse()\n", ""))),
    (1, told(VISITED, ("visit(a)\n\n    for", "pass\n\n    for"))),
    (2, """
def needed(program):
    kept = []
    for e in program.equations:
        users = [u for u in program.equations if e.name in list(map(str, u.args))]
        if e.name in program.outputs or any(u.name in program.outputs for u in users):
            kept.append(e)
    return Program(program.inputs, kept, program.outputs)
"""),
    (2, """
def needed(program):
    last = [e for e in program.equations if e.name in program.outputs]
    near = [a for e in last for a in e.args if isinstance(a, str)]
    kept = [e for e in program.equations if e in last or e.name in near]
    return Program(program.inputs, kept, program.outputs)
"""),
    (3, told(FROM_THE_END, ("    kept.reverse()\n", ""))),
    (3, told(VISITED, ("for e in program.equations if e.name in", "for e in "
                       "reversed(program.equations) if e.name in"))),
    (4, told(FROM_THE_END, ("Program(inputs,", "Program([a for a in inputs if a in wanted],"))),
    (4, told(VISITED, ("Program(program.inputs,", "Program([a for a in program.inputs if a in "
                       "program.outputs or any(a in map(str, e.args) for e in kept)],"))),
    (5, told(FROM_THE_END, ("            if isinstance(a, str):\n                wanted.add(a)",
                            "            wanted.add(a)"))),
    (5, told(VISITED, ("if isinstance(name, str) and name in", "if name in"))),
    (8, told(FROM_THE_END, ("    for a in outputs:", "    outputs = outputs[:1]\n    for a in "
                            "outputs:"))),
    (8, told(VISITED, ("    for a in program.outputs:\n        visit(a)", "    visit("
                       "program.outputs[0])"), ("kept, program.outputs", "kept, "
                       "program.outputs[:1]"))),
    (9, told(FROM_THE_END, ("    for a in outputs:", "    for a in outputs[:1]:"))),
    (12, """
def needed(program):
    lines, equations = [], list(program.equations)
    while equations and equations[-1].name not in program.outputs:
        equations.pop()
    return Program(program.inputs, equations, program.outputs)
"""),
    (12, """
def needed(program):
    last = 0
    for k, e in enumerate(program.equations, 1):
        if e.name in program.outputs:
            last = k
    return program._replace(equations=program.equations[:last])
"""),
    (13, "needed = lambda program: program"),
    (13, """
def needed(program):
    return Program(program.inputs, [e for e in program.equations if e.name], program.outputs)
"""),
    (10, told(FROM_THE_END, ("    for a in outputs:", "    for a in outputs[-1:]:"))),
    (11, told(FROM_THE_END, ("for a in args:", "for a in args[:1]:"))),
    (11, told(VISITED, ("for a in made[name].args:\n                visit(a)", "visit(made[name]."
                       "args[0])\n"), ("            visit(made", "            visit(made"))),
    (6, told(FROM_THE_END, ("        if isinstance(a, str):\n            wanted.add(a)\n    for k",
                            "        wanted.add(a)\n    for k"))),
    (7, told(VISITED, ("if e.name in found]", "if e.name in found or e.name in program.outputs]"))),
]  # fmt: skip
SHARED = [
    (0, told(COMPARED, ("lines.append(Equation(name, function, args,", "lines.append(Equation("
                        "name, function, old,"), ("alike(e.args, args)", "alike([twin.get(a, a) "
                        "if isinstance(a, str) else a for a in e.args], args)"))),
    (0, told(KEYS, ("left.append(new)", "left.append(e)"))),
    (1, told(COMPARED, ("lines, outputs)", "lines, program.outputs)"))),
    (1, told(KEYS, ("[rename(a) for a in program.outputs]", "program.outputs"))),
    (2, told(KEYS, ("map(text, new.args)", "map(text, e.args)"))),
    (2, told(COMPARED, ("twin, lines = {}, []", "twin, lines, olds = {}, [], []"),
             ("for e in lines:", "for e in olds:"), ("alike(e.args, args)", "alike(e.args, old)"),
             ("            lines.append(", "            olds.append(Equation(name, function, old, "
              "options))\n            lines.append("))),
    (3, told(COMPARED, (" and chosen(e, options)", ""))),
    (3, told(KEYS, (", str(chosen))", ")"))),
    (4, told(COMPARED, ("alike(e.args, args)", "alike(sorted(e.args, key=str), sorted(args, "
                        "key=str))"))),
    (4, told(KEYS, ("tuple(map(text, new.args))", "frozenset(map(text, new.args)), len(e.args)"))),
    (5, told(COMPARED, ("return type(a) is type(b) and repr(a) == repr(b)", "return a == b"))),
    (5, told(KEYS, ('if isinstance(a, np.ndarray) else f"number {a!r}"', "if isinstance(a, "
                    "np.ndarray) else a"))),
    (6, told(COMPARED, ("return a is b", "return str(a) == str(b)"))),
    (6, told(KEYS, ('f"array {id(a)}"', "str(a)"))),
    (7, told(COMPARED, (" and alike(e.args, args) and chosen(e, options)", ""))),
    (7, told(KEYS, ("(e.function, tuple(map(text, new.args)), str(chosen))",
                    "e.function.__name__"))),
    (21, told(COMPARED, ("for e in lines:", "for e in lines[-1:]:"))),
    (21, told(KEYS, ("        now[e.name] = table", "        if key not in table:\n            "
                    "table.clear()\n        now[e.name] = table"))),
    (22, "def shared(program):\n    return program"),
    (22, told(COMPARED, ("                break\n        else:\n            lines",
                        "                pass\n        lines"))),
    (8, told(KEYS, ('f"array {id(a)}"', "a.tobytes()"))),
    (8, told(COMPARED, ("return a is b", "return type(a) is type(b) and list(a.flat) == "
                        "list(b.flat)"))),
    (16, told(KEYS, ('f"number {a!r}"', "id(a)"))),
    (16, told(COMPARED, ("return type(a) is type(b) and repr(a) == repr(b)", "return a is b"))),
    (17, told(KEYS, ("str(chosen))", "e.options)"))),
    (17, told(KEYS, ("(e.function, tuple(map(text, new.args)), str(chosen))", "new[1:]"))),
    (18, told(KEYS, ("tuple(map(text, new.args))", "new.args"))),
    (18, told(KEYS, ('f"array {id(a)}" if isinstance(a, np.ndarray) else f"number {a!r}"', "a"))),
    (19, told(COMPARED, ("alike(e.args, args)", "e.args == args"))),
    (19, told(COMPARED, ("    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):\n        "
                         "return a is b\n    return type(a) is type(b) and repr(a) == repr(b)",
                         "    return bool(a == b)"))),
    (20, """
def shared(program):
    kept = []
    for e in program.equations:
        if not any(repr(e).split("=", 1)[1] == repr(old).split("=", 1)[1] for old in kept):
            kept.append(e)
    return program._replace(equations=kept)
"""),
    (20, told(KEYS, ("map(text, new.args)", "map(text, e.args)"), ("left.append(new)",
              "left.append(e)"), ("[rename(a) for a in program.outputs]", "program.outputs"))),
    (9, told(KEYS, ('f"array {id(a)}"', "a.tobytes() + str(a.shape).encode()"))),
    (10, told(KEYS, ("str(chosen))", "tuple(e.options))"))),
    (10, told(COMPARED, (" and all(same(e.options[k], options[k]) for k in options)", ""))),
    (11, told(KEYS, ("str(chosen))", "str([v for _, v in chosen]))"))),
    (11, told(COMPARED, ("    alike = e.options.keys() == options.keys()\n    return alike and "
                         "all(same(e.options[k], options[k]) for k in options)", "    return "
                         "alike([*e.options.values()], [*options.values()])"))),
    (12, told(KEYS, ("str(chosen))", "str(e.options))"))),
    (14, told(COMPARED, ("and chosen(e, options)", "and e.options == options"))),
    (15, told(KEYS, ("number {a!r}", "number {a!s}"))),
    (15, told(COMPARED, ("repr(a) == repr(b)", "str(a) == str(b)"), ("type(a) is type(b) and ",
              ""))),
]  # fmt: skip
FOLD = [
    (0, told(FILLED, ("if not any(isinstance(a, str) for a in filled):", "if not filled:"))),
    (0, told(WAITS, ("if any(isinstance(a, str) and a in waits for a in e.args):", "if e.args:"))),
    (1, told(FILLED, ("lines, outputs)", "lines, program.outputs)"))),
    (1, told(WAITS, ("[put(a, values) for a in program.outputs]", "program.outputs"))),
    (2, told(FILLED, ("[a for a in program.inputs if a not in known]", "program.inputs"))),
    (2, told(WAITS, ("Program(rest,", "Program(list(program.inputs),"))),
    (4, told(FILLED, ("tuple(filled), options", "args, options"))),
    (4, told(WAITS, ("lines.append(e._replace(args=args))", "lines.append(e)"))),
    (5, told(FILLED, ("not any(isinstance(a, str) for a in filled)", "all(not isinstance(a, str) "
                      "or a in known for a in args)"))),
    (5, told(WAITS, ("and a in waits for", "and a not in known for"))),
    (6, told(FILLED, ("if not any(isinstance(a, str) for a in filled):", "if all(isinstance(a, str)"
                      " and a in values for a in args):"))),
    (6, told(WAITS, ("isinstance(a, str) and a in waits", "not isinstance(a, str) or a in waits"))),
    (7, told(FILLED, ("function(*filled, **options)", "function(*filled)"))),
    (7, told(WAITS, ("e.function(*args, **e.options)", "e.function(*args)"))),
    (8, told(FILLED, ("if isinstance(a, str) and a in values:", "if isinstance(a, str) and "
                      "np.any(values.get(a, 0)):"))),
    (9, told(FILLED, ("if isinstance(a, str) and a in values:", "if isinstance(a, str) and "
                      "values.get(a):"))),
    (9, told(WAITS, ("return values[a] if isinstance(a, str) and a in values else a", "return "
                     "isinstance(a, str) and values.get(a) or a"))),
    (10, told(FILLED, ("if not any(isinstance(a, str) for a in filled)", "if not "
                      "isinstance(filled[0], str)"))),
    (10, told(WAITS, ("for a in e.args):\n            waits", "for a in e.args[:1]):\n"
                     "            waits"))),
    (12, told(FILLED, ("            if isinstance(a, str) and a in values:", "            if a in "
                       "values:"))),
    (12, told(WAITS, ("return values[a] if isinstance(a, str) and a in values else a", "return "
                      "values.get(a, a)"))),
    (3, "def fold(program, known):\n    return program"),
    (3, "def fold(program, known):\n    return Program(*program)"),
    (11, told(FILLED, ("if not any(isinstance(a, str) for a in filled)", "if any(not isinstance(a, "
                       "str) for a in filled)"))),
    (11, told(WAITS, ("if any(isinstance(a, str) and a in waits for a in e.args)", "if all("
                      "isinstance(a, str) and a in waits for a in e.args)"))),
    (13, told(FILLED, ("outputs.append(values[a] if isinstance(a, str) and a in values else a)",
                       "outputs.append(values.get(a, a))"))),
    (13, told(WAITS, ("[put(a, values) for a in program.outputs]", "[values[a] if a in values else "
                      "a for a in program.outputs]"))),
    (14, told(FILLED, ("[a for a in program.inputs if", "[a for a in reversed(program.inputs) "
                       "if"))),
    (15, told(WAITS, ("Program(rest,", "Program(sorted(rest),"))),
]  # fmt: skip
COPIES = """
def fuse(program):
    made = {e.name: e for e in program.equations if e.function in ELEMENTWISE}
    asked = {a for a in program.outputs if isinstance(a, str)}
    for e in program.equations:
        if e.name not in made:
            asked |= {a for a in e.args if isinstance(a, str)}

    def chain(name, found):
        if name in made and made[name] not in found:
            for a in made[name].args:
                if isinstance(a, str):
                    chain(a, found)
            found.append(made[name])
        return found

    lines = []
    for e in program.equations:
        if e.name not in made:
            lines.append(e)
        elif e.name in asked:
            lines.append(together(chain(e.name, [])))
    return Program(program.inputs, lines, program.outputs)
"""
FUSE = [
    (0, told(LEADS, ("if uses(u, e.name)]", "for a in u.args if isinstance(a, str) and a == "
                     "e.name]"), ("len(leads) == 1", "len(using) == 1"))),
    (0, told(MERGED, ("len(using) == 1 and", "len(using) == 1 and sum([*map(str, e.args)].count("
                      "last.name) for e in using[0]) == 1 and"))),
    (1, told(LEADS, ("len(leads) == 1", "len(using) == 1"))),
    (1, told(MERGED, ("len(using) == 1 and", "len(using) == 1 and sum(uses(e, last.name) for e in "
                      "using[0]) == 1 and"))),
    (3, told(LEADS, (" or e.name in results", ""))),
    (3, told(MERGED, (" or last.name in outputs", ""))),
    (4, told(LEADS, ("for u in using}", "for u in using[:1]}"))),
    (4, told(LEADS, ("        if len(leads) == 1 and None not in leads:\n            lead[e.name] "
                     "= leads.pop()", "        first = next(iter(using), None)\n        if first "
                     "and first.function in ELEMENTWISE:\n            lead[e.name] = "
                     "lead[first.name]"))),
    (7, """
def fuse(program):
    groups = []
    for e in program.equations:
        if groups and e.function in ELEMENTWISE and groups[-1][-1].function in ELEMENTWISE:
            groups[-1].append(e)
        else:
            groups.append([e])
    lines = [together(group) if len(group) > 1 else group[0] for group in groups]
    return Program(program.inputs, lines, program.outputs)
"""),
    (7, """
from itertools import groupby


def fuse(program):
    lines = []
    for yes, group in groupby(program.equations, lambda e: e.function in ELEMENTWISE):
        lines += [together(list(group))] if yes else list(group)
    return Program(program.inputs, lines, program.outputs)
"""),
    (8, told(LEADS, ("if len(leads) == 1 and", "if len(using) == 1 and uses(equations[k + 1], "
                     "e.name) and"))),
    (8, told(MERGED, ("len(using) == 1 and", "len(using) == 1 and groups[groups.index(group) + 1] "
                      "is using[0] and sum(uses(e, last.name) for e in using[0]) == 1 and "
                      "uses(using[0][0], last.name) and"))),
    (9, COPIES),
    (9, told(COPIES, ("name in made and made[name] not in found", "name in made"),
             ("chain(e.name, []))", "[made[n] for n in dict.fromkeys(one.name for one in chain("
              "e.name, []))])"))),
    (10, told(LEADS, ("[one for one in equations if", "[one for one in equations[::-1] if"),
             ("together(group) if len(group) > 1 else e", "together(group)._replace(name=e.name) "
              "if len(group) > 1 else e"))),
    (10, told(MERGED, ("using[0][:0] = group", "using[0].extend(group)"), ("using[0][-1]",
             "using[0][0]"), ("last = group[-1]", "last = group[0]"), ("together(group) if",
             "together(group)._replace(name=group[0].name) if"))),
    (15, told(LEADS, ("any(isinstance(a, str) and a == name for a in e.args)", "name in e.args"))),
    (15, told(MERGED, ("name in [a for a in e.args if isinstance(a, str)]", "e.args.count(name) "
                      "> 0"))),
    (16, told(LEADS, ("e.function not in ELEMENTWISE or e.name in", "e.name in"),
             ("lead[u.name] if u.function in ELEMENTWISE else None", "lead[u.name]"))),
    (16, """
def fuse(program):
    return Program(program.inputs, [together(list(program.equations))], program.outputs)
"""),
    (17, "def fuse(program):\n    return program"),
    (17, """
def fuse(program):
    lines = [together([e]) if e.function in ELEMENTWISE else e for e in program.equations]
    return Program(program.inputs, lines, program.outputs)
"""),
    (5, told(LEADS, (" or e.name in results", ""), ("if len(leads) == 1 and None not in leads:",
                     "if leads and None not in leads and uses(equations[k + 1], e.name):"),
             ("leads.pop()", "lead[equations[k + 1].name]"))),
    (6, told(LEADS, ("if lead[e.name] == e.name:\n            group = [one for one in equations if "
                     "lead[one.name] == e.name]", "group = [one for one in equations if "
                     "lead[one.name] == lead[e.name]]\n        if group[0] is e:"))),
    (6, told(MERGED, ("            using[0][:0] = group\n            groups.remove(group)",
                      "            group += using[0]\n            del groups[[id(g) for g in "
                      "groups].index(id(using[0]))]"))),
    (2, told(LEADS, ("for u in using}", "for u in using[:2]}"))),
    (2, told(LEADS, ("if uses(u, e.name)]\n", "if uses(u, e.name)][:2]\n"))),
    (12, told(LEADS, ("results = [a for a in outputs if isinstance(a, str)]", "results = "
                      "set(outputs)"))),
    (13, told(MERGED, ("[a for a in program.outputs if isinstance(a, str)]", "program.outputs"))),
    (14, told(LEADS, ("if len(leads) == 1 and", "if len(using) <= 2 and len(leads) == 1 and"))),
    (14, told(LEADS, ("if len(leads) == 1 and", "if len(using) < 3 and len(leads) == 1 and"))),
]  # fmt: skip
WRITE = [
    (0, told(SPELLED, ('inside += ", " + option + "=" + keep(value, "opt" + str(len(names)))',
                       "pass"))),
    (0, told(NUMBERED, (' + [f"**{of(e.options)}"]', ""))),
    (1, told(SPELLED, ('"    return [" + ", ".join(map(spell, program.outputs)) + "]\\n"',
                       '"    return " + spell(program.outputs[0])'))),
    (2, told(NUMBERED, ("return [{', '.join(of(a) for a in program.outputs)}]", "return {', '.join("
                        "of(a) for a in program.outputs)}"))),
    (3, told(SPELLED, ("map(spell, program.outputs)", "map(spell, program.outputs[:1])"))),
    (3, told(NUMBERED, ("for a in program.outputs)}]", "for a in program.outputs[:1])}]"))),
    (4, told(SPELLED, ("in program.equations:", "in reversed(program.equations):"))),
    (4, told(NUMBERED, ("*body", "*body[::-1]"))),
    (5, told(SPELLED, ('keep(e.function, "run" + str(len(names)))', '"np." + '
                       'e.function.__name__'))),
    (5, told(NUMBERED, ("F[{len(F) - 1}]", "np.{e.function.__name__}"))),
    (6, told(SPELLED, ("        if isinstance(value, (int, float)) and np.isfinite(value):\n"
                       "            return repr(value)\n"
                       '        return keep(value, "const" + str(len(names)))',
                       "        return str(value)"))),
    (6, told(NUMBERED, ("K.append(a)\n        return f\"K[{len(K) - 1}]\"", "return f\"{a}\""))),
    (7, told(SPELLED, ("        if isinstance(value, (int, float)) and np.isfinite(value):\n"
                       "            return repr(value)\n"
                       '        return keep(value, "const" + str(len(names)))',
                       "        return repr(value)"))),
    (7, told(NUMBERED, ("K.append(a)\n        return f\"K[{len(K) - 1}]\"", "return f\"{a!r}\""))),
    (18, told(SPELLED, ('"    " + e.name', "e.name"), ('"    return', '"return'))),
    (18, told(NUMBERED, ('f"    {e', 'f"{e'), ('f"    return', 'f"return'))),
    (19, told(SPELLED, ('"def compiled(" + ", ".join(program.inputs) + "):', '"def compiled():'))),
    (19, told(NUMBERED, ("{', '.join(program.inputs)}", ""))),
    (20, told(SPELLED, ('"const" + str(len(names))', "chr(97 + len(names))"),
              ('"run" + str(len(names))', "chr(97 + len(names))"))),
    (20, told(NUMBERED, ("= F[", "= a["), ("K[{", "b[{"),
              ('{"K": K, "F": F}', '{"b": K, "a": F}'))),
    (21, told(SPELLED, ('"const" + str(len(names))', '"const"'),
              ("if isinstance(value, (int, float)) and np.isfinite(value)", "if value is None"))),
    (21, told(NUMBERED, ("K[{len(K) - 1}]", "K[-1]"),
              ('f"**{of(e.options)}"', 'f"**{e.options}"'))),
    (22, told(SPELLED, ("return text, names", "return text, {}"))),
    (22, told(NUMBERED, ('{"K": K, "F": F}', '{"np": np}'))),
    (17, told(NUMBERED, ("[{', '.join(of(a) for a in program.outputs)}]", "{program.outputs}"))),
    (17, told(SPELLED, ("map(spell, program.outputs)", "map(repr, program.outputs)"))),
    (9, told(SPELLED, ('keep(value, "opt" + str(len(names)))\n        called', "repr(value)\n"
                       "        called"))),
    (9, told(NUMBERED, (' + [f"**{of(e.options)}"]', ' + [f"{k}={v!r}" for k, v in '
                        "e.options.items()]"))),
    (12, told(SPELLED, ('"const" + str(len(names)))\n\n', '"v" + str(len(names)))\n\n'))),
    (13, told(SPELLED, ('"const" + str(len(names))', '"x" + str(len(names))'),
              ("if isinstance(value, (int, float)) and np.isfinite(value)", "if value is None"))),
    (16, told(SPELLED, ('keep(e.function, "run" + str(len(names)))', "keep(e.function, "
                        "e.function.__name__)"))),
    (16, told(NUMBERED, ("F[{len(F) - 1}]", "{e.function.__name__}"), ('"F": F}', '"F": F} | '
                         "{f.__name__: f for f in F}"))),
]  # fmt: skip
VARIANTS = {
    "compiler.trace": TRACE, "compiler.needed": NEEDED, "compiler.shared": SHARED,
    "compiler.fold": FOLD, "compiler.fuse": FUSE, "compiler.write": WRITE,
}  # fmt: skip
