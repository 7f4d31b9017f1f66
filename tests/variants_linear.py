"""Lab 9: mistakes written in other ways, and mutants that are right too."""

from cells import cells

EQUIVALENT = {
    "linear.custom": {"np.where(y > 0, y, 2.0)": "where y is 0, what is divided by does not count"},
}
RIGHT = """
RULES |= {
    np.multiply: lambda y, a, b: [("scale", b), ("scale", a)],
    np.true_divide: lambda y, a, b: [("scale", 1 / b), ("scale", -a / b**2)],
    np.tanh: lambda y, a: [("scale", 1 - y**2)],
    np.exp: lambda y, a: [("scale", np.exp(a))],
    np.matmul: lambda y, a, b: [("right", b), ("left", a)],
}
"""
HEAD = """
class Traced(Explicit):
    def __init__(self, value, name, lines):
        self.value, self.name, self.lines = value, name, lines

    def record(function, args, options):
        nodes = [a for a in args if isinstance(a, Traced)]
        plain = [a.value if isinstance(a, Traced) else a for a in args]
        lines = nodes[0].lines
"""
OTHERS = """
TRANSPOSES |= {
    "left": lambda c: ("left", np.transpose(c)),
    "right": lambda c: ("right", np.transpose(c)),
    "spread": lambda c: ("sum", (c[1], c[0])),
    "sum": lambda c: ("spread", (c[1], c[0])),
    "pick": lambda c: ("scatter", c),
    "scatter": lambda c: ("pick", c),
}
"""
TEXT = r"""
### linear.rules 0
@rules
def times(y, a, b):
    slopes = a, b
    return [("scale", s) for s in slopes]


RULES[np.multiply] = times
### linear.rules 0
@rules
RULES[np.multiply] = lambda y, a, b: [("scale", y), ("scale", b * a)]
### linear.rules 3
@rules
RULES[np.tanh] = lambda y, a: [("scale", (1 - a) * (1 + a))]
### linear.rules 3
@rules
RULES[np.tanh] = lambda y, x: [("scale", np.ones_like(x) - np.square(x))]
### linear.rules 4
@rules
RULES[np.tanh] = lambda y, a: [("scale", 1 / np.cosh(y) ** 2)]
### linear.rules 4
@rules
def rule(y, a):
    return [("scale", np.exp(np.exp(a)))]


RULES[np.exp] = rule
### linear.rules 5
@rules
RULES[np.exp] = lambda y, a: [("scale", np.log(y))]
### linear.rules 5
@rules
RULES[np.exp] = lambda y, x: [("scale", x * np.exp(x) / np.e)]
### linear.rules 8
@rules
RULES[np.divide] = lambda y, a, b: [("scale", 1.0 / b), ("scale", a / b / b)]
### linear.rules 8
@rules
def quotient(y, a, b):
    return ("scale", b**-1.0), ("scale", a * b**-2.0)


RULES[np.true_divide] = quotient
### linear.rules 9
@rules
RULES[np.divide] = lambda y, a, b: [("scale", 1 / b), ("scale", -(b**-2.0))]
### linear.rules 9
@rules
def quotient(y, a, b):
    inverse = 1 / b
    return [("scale", inverse), ("scale", -inverse * inverse)]


RULES[np.true_divide] = quotient
### linear.rules 10
@rules
RULES[np.true_divide] = lambda y, a, b: [("scale", 1 / b), ("scale", -y)]
### linear.rules 10
@rules
RULES[np.divide] = lambda y, a, b: [("scale", b**-1.0), ("scale", -a * b**-1.0)]
### linear.rules 11
@rules
RULES[np.true_divide] = RULES[np.multiply]
### linear.rules 11
@rules
def quotient(y, a, b):
    return [("scale", 1.0 * b), ("scale", y * b)]


RULES[np.divide] = quotient
### linear.rules 12
@rules
def mm(y, a, b):
    first = ("left", b)
    second = ("right", a)
    return [first, second]


RULES[np.matmul] = mm
### linear.rules 12
@rules
RULES[np.matmul] = lambda y, a, b: list(zip(["left", "right"], [a, b]))
### linear.rules 14
@rules
RULES[np.matmul] = lambda y, a, b: [("right", np.transpose(b)), ("left", np.transpose(a))]
### linear.rules 14
@rules
def mm(y, a, b):
    return [("left", np.swapaxes(b, 0, 1)), ("right", np.swapaxes(a, 0, 1))]


RULES[np.matmul] = mm
### linear.rules 16
@rules
RULES[np.matmul] = RULES[np.multiply]
### linear.rules 16
@rules
def mm(y, a, b):
    return [("scale", np.array(b)), ("scale", np.array(a))]


RULES[np.matmul] = mm
### linear.rules 17
RULES = {}
@rules
### linear.rules 17
RULES = dict()
@rules
RULES[np.tanh] = lambda y, a: [("scale", (1 - y) * (1 + y))]
### linear.write 0
@head
        out = Traced(function(*plain, **options), new_name(), lines)
        steps = RULES[function](out.value, *plain, **options)
        for a, (step, c) in zip(args, [s or (None, None) for s in steps]):
            if isinstance(a, Traced):
                lines.append((a.name, step, c, out.name))
        return out
### linear.write 0
@head
        y = function(*plain, **options)
        name = new_name()
        lines += [
            (args[k].name, s[0], s[1], name)
            for k, s in enumerate(RULES[function](y, *plain, **options))
            if hasattr(args[k], "lines")
        ]
        return Traced(y, name, lines)
### linear.write 1
@head
        y = function(*plain, **options)
        name = new_name()
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
                break
        return Traced(y, name, lines)
### linear.write 1
@head
        y = function(*plain, **options)
        name = new_name()
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
                return Traced(y, name, lines)
### linear.write 2
@head
        y = function(*plain, **options)
        name, done = new_name(), set()
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced) and a.name not in done:
                done.add(a.name)
                lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 2
@head
        y = function(*plain, **options)
        name = new_name()
        steps = RULES[function](y, *plain, **options)
        found = {a.name: s for a, s in reversed(list(zip(args, steps))) if isinstance(a, Traced)}
        lines.extend((name, *s, source) for source, s in found.items())
        return Traced(y, name, lines)
### linear.write 3
@head
        y = function(*plain, **options)
        RULES[function](y, *plain, **options)
        return Traced(y, new_name(), lines)
### linear.write 3
@head
        y = function(*plain, **options)
        steps = RULES[function](y, *plain, **options)
        new = [("y", *s, a.name) for a, s in zip(args, steps) if isinstance(a, Traced)]
        return Traced(y, new[0][0], lines)
### linear.write 4
@head
        y = function(*plain, **options)
        out = Traced(y, "y", lines)
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append(("y", *step, a.name))
        return out
### linear.write 4
@head
        y = function(*plain, **options)
        name = nodes[0].name
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 6
@head
        y = function(*plain)
        name = new_name()
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 6
@head
        out = Traced(function(*plain), new_name(), lines)
        for a, step in zip(args, RULES[function](out.value, *plain)):
            if isinstance(a, Traced):
                lines.append((out.name, *step, a.name))
        return out
### linear.write 7
@head
        y = function(*plain, **options)
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append((new_name(), *step, a.name))
        return Traced(y, new_name(), lines)
### linear.write 7
@head
        y = function(*plain, **options)
        name = new_name()
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
        return Traced(y, f"y{name}", lines)
### linear.write 8
@head
        y = function(*plain, **options)
        name = new_name()
        for a, step in zip(args, RULES[function](y, *args, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 8
@head
        y = function(*plain, **options)
        out = Traced(y, new_name(), lines)
        steps = RULES[function](out.value, *[a for a in args], **options)
        lines += [(out.name, *s, a.name) for a, s in zip(args, steps) if isinstance(a, Traced)]
        return out
### linear.write 9
@head
        y = function(*plain, **options)
        name = new_name()
        for a in nodes:
            step, constant = RULES[function](y, *plain, **options)[0]
            lines.append((name, step, constant, a.name))
        return Traced(y, name, lines)
### linear.write 9
@head
        y = function(*plain, **options)
        name = new_name()
        for a, step in zip(nodes, RULES[function](y, *plain, **options)):
            lines.append((name, *step, a.name))
        if len(nodes) == 2:
            lines[-1] = (name, *lines[-2][1:3], nodes[1].name)
        return Traced(y, name, lines)
### linear.write 10
@head
        y = function(*[a.value for a in nodes], **options)
        name = new_name()
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 10
@head
        plain = [a.value for a in args if isinstance(a, Traced)]
        y = function(*plain, **options)
        name = new_name()
        steps = RULES[function](y, *plain, **options)
        lines += [(name, *s, a.name) for a, s in zip(nodes, steps)]
        return Traced(y, name, lines)
### linear.write 12
@head
        y = function(*plain, **options)
        name = new_name()
        for a, step in zip(args, RULES[function](*plain, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 12
@head
        out = Traced(function(*plain, **options), new_name(), lines)
        rule = RULES[function]
        steps = rule(*[getattr(a, "value", a) for a in args], **options)
        lines += [(out.name, *s, a.name) for a, s in zip(args, steps) if isinstance(a, Traced)]
        return out
### linear.write 13
@head
        y = function(*args, **options)
        name = new_name()
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 13
@head
        out = Traced(None, new_name(), lines)
        out.value = function(*[a for a in args], **options)
        return out
### linear.write 14
@head
        plain = [a.value for a in args]
        y = function(*plain, **options)
        name = new_name()
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 14
@head
        plain = []
        for a in args:
            plain += [a.value]
        y = function(*plain, **options)
        name = new_name()
        for a, step in zip(nodes, RULES[function](y, *plain, **options)):
            lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 15
@head
        y = function(*plain, **options)
        name = new_name()
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 15
@head
        y = function(*plain, **options)
        name = new_name()
        steps = RULES[function](y, *plain, **options)
        for k in range(len(args)):
            source = args[k].name
            lines.append((name, steps[k][0], steps[k][1], source))
        return Traced(y, name, lines)
### linear.write 16
@head
        y = function(*plain, **options)
        name = new_name()
        steps = RULES[function](y, *plain, **options)
        own = [(name, *s, a.name) for a, s in zip(args, steps) if isinstance(a, Traced)]
        return Traced(y, name, lines + own)
### linear.write 16
@head
        y = function(*plain, **options)
        name, lines = new_name(), list(lines)
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
        return Traced(y, name, lines)
### linear.write 17
@head
        y = function(*plain, **options)
        name = new_name()
        for a, step in zip(args, RULES[function](y, *plain, **options)):
            if isinstance(a, Traced):
                lines.append((name, *step, a.name))
        return y
### linear.write 17
@head
        return np.asarray(function(*plain, **options))
### linear.write 18
class Traced(Explicit):
    def __init__(self, value, name, lines):
        self.value, self.name, self.lines = value, name, lines

    def record(self, function, args, options):
        y = function(self.value, *args[1:], **options)
        name = new_name()
        self.lines.append((name, *RULES[function](y, self.value)[0], self.name))
        return Traced(y, name, self.lines)
### linear.write 18
class Traced(Explicit):
    def __init__(self, value, name, lines):
        self.value, self.name, self.lines = value, name, lines

    def record(self, function, args, options={}):
        return self
### linear.write 19
class Traced(Explicit):
    def __init__(self, value, name, lines):
        self.value, self.name, self.lines = value, name, lines

    def record(function, args, options):
        plain = [a.value if isinstance(a, Traced) else a for a in args]
        out = Traced(function(*plain, **options), new_name(), args[0].lines)
        for a, step in zip(args, RULES[function](out.value, *plain, **options)):
            if isinstance(a, Traced):
                out.lines.append((out.name, *step, a.name))
        return out
### linear.write 19
class Traced(Explicit):
    def __init__(self, value, name, lines):
        self.value, self.name, self.lines = value, name, lines

    def record(function, args, options):
        first = args[0]
        lines = first.lines
        plain = [a.value if isinstance(a, Traced) else a for a in args]
        y = function(*plain, **options)
        name = new_name()
        steps = RULES[function](y, *plain, **options)
        lines += [(name, *s, a.name) for a, s in zip(args, steps) if isinstance(a, Traced)]
        return Traced(y, name, lines)
### linear.run 0
def run(lines, known):
    tangents = known.copy()
    for line in lines:
        if line[3] in tangents:
            tangents[line[0]] = STEPS[line[1]](tangents[line[3]], line[2])
    return tangents
### linear.run 0
def run(lines, known):
    found = {**known}
    for out, step, c, source in lines:
        if source in found:
            found.update({out: STEPS[step](found[source], c)})
    return found
### linear.run 1
def run(lines, known):
    tangents = known.copy()
    for out, step, c, source in lines:
        new = STEPS[step](tangents[source], c)
        tangents[out] = new + tangents.get(out, 0.0)
    return tangents
### linear.run 1
def run(lines, known):
    found = dict(known)
    for line in lines:
        t = found[line[3]]
        t = STEPS[line[1]](t, line[2])
        if line[0] in found:
            t = found[line[0]] + t
        found[line[0]] = t
    return found
### linear.run 2
from collections import defaultdict


def run(lines, known):
    found = defaultdict(float)
    found.update(known)
    for out, step, c, source in lines:
        found[out] = found[out] + STEPS[step](found[source], c)
    return found
### linear.run 2
def run(lines, known):
    found = {name: 0.0 for out, _, _, source in lines for name in (out, source)} | known
    for out, step, c, source in lines:
        found[out] = found[out] + STEPS[step](found[source], c)
    return found
### linear.run 3
def run(lines, known):
    found = dict(known)
    for out, step, c, source in lines:
        if source in found:
            found[out] += STEPS[step](found[source], c)
    return found
### linear.run 3
def run(lines, known):
    tangents = known.copy()
    for line in lines:
        new = STEPS[line[1]](tangents[line[3]], line[2])
        tangents[line[0]] = np.add(tangents[line[0]], new)
    return tangents
### linear.run 5
def run(lines, known):
    tangents = known.copy()
    for line in lines:
        if line[3] not in tangents:
            return tangents
        t = STEPS[line[1]](tangents[line[3]], line[2])
        tangents[line[0]] = tangents[line[0]] + t if line[0] in tangents else t
    return tangents
### linear.run 5
def run(lines, known):
    found = dict(known)
    try:
        for out, step, c, source in lines:
            found[out] = found.get(out, 0.0) + STEPS[step](found[source], c)
    except KeyError:
        pass
    return found
### linear.run 6
def run(lines, known):
    out_of = dict(known)
    for out, step, c, source in lines:
        t = STEPS[step](known[source], c)
        out_of[out] = out_of[out] + t if out in out_of else t
    return out_of
### linear.run 6
def run(lines, known):
    found = {**known}
    for line in lines:
        old = found.get(line[0], 0.0)
        found[line[0]] = old + STEPS[line[1]](known[line[3]], line[2])
    return found
### linear.run 7
def run(lines, known):
    found = {}
    for out, step, c, source in lines:
        if source in found:
            found[out] = found.get(out, 0.0) + STEPS[step](found[source], c)
    return found
### linear.run 7
from collections import defaultdict


def run(lines, known):
    tangents = defaultdict(float)
    for out, step, c, source in lines:
        if source in tangents:
            tangents[out] = tangents[out] + STEPS[step](tangents[source], c)
    return tangents
### linear.run 8
def run(lines, known):
    found = dict(known)
    for out, step, c, source in lines:
        if source in found:
            t = STEPS[step](found[source], c)
            found[out] = found[out] + t if out in found else t
        return found
    return found
### linear.run 8
def run(lines, known):
    found = {**known}
    for line in lines:
        if line[3] in found:
            found[line[0]] = found.get(line[0], 0.0) + STEPS[line[1]](found[line[3]], line[2])
        break
    return found
### linear.run 9
def run(lines, known):
    tangents = known.copy()
    for out, step, c, source in lines:
        if source not in tangents:
            continue
        if out in tangents:
            tangents[out] += STEPS[step](tangents[source], c)
        else:
            tangents[out] = STEPS[step](tangents[source], c)
    return tangents
### linear.run 9
def run(lines, known):
    found = dict(known)
    for line in lines:
        if line[3] in found:
            t = STEPS[line[1]](found[line[3]], line[2])
            if line[0] in found:
                old = found[line[0]]
                old += t
                found[line[0]] = old
            else:
                found[line[0]] = t
    return found
### linear.run 10
def run(lines, known):
    found = {}
    for out, step, c, source in lines:
        t = found.get(source, known.get(source))
        if t is not None:
            old = found.get(out, known.get(out, 0.0))
            found[out] = old + STEPS[step](t, c)
    return {k: t for k, t in found.items() if k not in known}
### linear.run 10
def run(lines, known):
    found = dict(known)
    for out, step, c, source in lines:
        if source in found:
            found[out] = found.get(out, 0.0) + STEPS[step](found[source], c)
    for name in known:
        found.pop(name)
    return found
### linear.run 11
def run(lines, known):
    found, written = dict(known), set()
    for out, step, c, source in lines:
        if source in found:
            t = STEPS[step](found[source], c)
            found[out] = found[out] + t if out in written else t
            written.add(out)
    return found
### linear.run 11
def run(lines, known):
    new = {}
    for out, step, c, source in lines:
        t = new.get(source, known.get(source))
        if t is not None:
            new[out] = new.get(out, 0.0) + STEPS[step](t, c)
    return known | new
### linear.run 12
def run(lines, known):
    found = dict(known)
    for out, step, c, source in lines:
        if source in found:
            t = STEPS[step](c, found[source])
            found[out] = found[out] + t if out in found else t
    return found
### linear.run 12
def run(lines, known):
    tangents = known.copy()
    for line in lines:
        if line[3] in tangents:
            apply, args = STEPS[line[1]], (line[2], tangents[line[3]])
            tangents[line[0]] = apply(*args) + tangents.get(line[0], 0.0)
    return tangents
### linear.run 13
def run(lines, known):
    found = dict(known)
    for out, step, c, source in lines:
        if source in found:
            t = found[source] * c
            found[out] = found[out] + t if out in found else t
    return found
### linear.run 13
def run(lines, known):
    tangents = known.copy()
    for line in lines:
        if line[3] in tangents:
            tangents[line[0]] = tangents.get(line[0], 0.0) + line[2] * tangents[line[3]]
    return tangents
### linear.run 14
def run(lines, known):
    found = dict(known)
    for source, step, c, out in lines:
        if source in found:
            found[out] = found.get(out, 0.0) + STEPS[step](found[source], c)
    return found
### linear.run 14
def run(lines, known):
    tangents = known.copy()
    for line in lines:
        if line[0] in tangents:
            t = STEPS[line[1]](tangents[line[0]], line[2])
            tangents[line[3]] = tangents[line[3]] + t if line[3] in tangents else t
    return tangents
### linear.run 15
def run(lines, known):
    found = dict(known)
    for out, step, c, source in reversed(lines):
        if source in found:
            found[out] = found.get(out, 0.0) + STEPS[step](found[source], c)
    return found
### linear.run 15
def run(lines, known):
    found, left = dict(known), list(lines)
    while left:
        out, step, c, source = left.pop()
        if source in found:
            t = STEPS[step](found[source], c)
            found[out] = found[out] + t if out in found else t
    return found
### linear.run 16
def run(lines, known):
    found, tangents = dict(known), []
    for out, step, c, source in lines:
        if source in found:
            found[out] = found.get(out, 0.0) + STEPS[step](found[source], c)
            tangents.append(found[out])
    return tangents
### linear.run 16
def run(lines, known):
    found = dict(known)
    for out, step, c, source in lines:
        if source in found:
            found[out] = found.get(out, 0.0) + STEPS[step](found[source], c)
    return list(found.values())
### linear.run 17
def run(lines, known):
    found = dict(known)
    for out, step, c, source in lines:
        if source in found:
            t = c * STEPS[step](found[source])
            found[out] = found[out] + t if out in found else t
    return found
### linear.run 17
def run(lines, known):
    tangents = known.copy()
    for line in lines:
        function = STEPS[line[1]]
        if line[3] in tangents:
            tangents[line[0]] = function(tangents[line[3]])
    return tangents
### linear.steps 0
@others
TRANSPOSES["left"] = lambda c: ("left", np.array(c))
### linear.steps 0
@others
def same(c):
    return "right", c


TRANSPOSES["right"] = same
### linear.steps 3
@others
TRANSPOSES |= {"left": lambda m: ("right", m.T), "right": lambda m: ("left", m.T)}
### linear.steps 3
@others
TRANSPOSES["left"], TRANSPOSES["right"] = TRANSPOSES["right"], TRANSPOSES["left"]
### linear.steps 5
@others
TRANSPOSES["left"] = lambda c: ("left", np.linalg.solve(c, np.eye(len(c))))
TRANSPOSES["right"] = lambda c: ("right", np.linalg.solve(c, np.eye(len(c))))
### linear.steps 5
@others
TRANSPOSES |= {"left": lambda c: ("left", c**-1.0), "right": lambda c: ("right", c**-1.0)}
### linear.steps 7
@others
TRANSPOSES["sum"] = lambda pair: ("spread", tuple(pair))
### linear.steps 7
@others
def back(pair):
    before, after = pair
    return "reshape", (after, before)


TRANSPOSES["sum"] = back
### linear.steps 11
@others
def back(pair):
    before, after = pair
    return "spread", (after, before)


TRANSPOSES["spread"] = back
### linear.steps 11
@others
TRANSPOSES["spread"] = lambda c: ("reshape", (c[1], c[0]))
### linear.steps 13
@others
TRANSPOSES["spread"] = lambda pair: ("sum", tuple(pair))
### linear.steps 13
@others
def back(pair):
    before, after = pair
    return "sum", (before, after)


TRANSPOSES["spread"] = back
TRANSPOSES["sum"] = lambda pair: ("spread", pair)
### linear.steps 15
@others
TRANSPOSES["pick"] = lambda c: ("pick", (c[0], c[1]))
### linear.steps 15
@others
for name in ("pick", "scatter"):
    TRANSPOSES[name] = lambda c, name=name: (name, c)
### linear.steps 18
TRANSPOSES = {}
@others
### linear.steps 18
TRANSPOSES = dict(left=lambda c: ("left", c.T))
@others
### linear.steps 19
@others
TRANSPOSES["pick"] = lambda c: ("scatter", (c[1], c[0]))
TRANSPOSES["scatter"] = lambda c: ("pick", (c[1], c[0]))
### linear.steps 19
@others
def turn(name):
    return lambda c: (name, tuple(reversed(c)))


TRANSPOSES["pick"], TRANSPOSES["scatter"] = turn("scatter"), turn("pick")
### linear.transpose 0
def transpose(lines):
    back = []
    for out, step, c, source in lines:
        new, constant = TRANSPOSES[step](c)
        back.append((source, new, constant, out))
    return back
### linear.transpose 0
def transpose(lines):
    back = [(line[3], *TRANSPOSES[line[1]](line[2]), line[0]) for line in reversed(lines)]
    back.reverse()
    return tuple(back)
### linear.transpose 1
def transpose(lines):
    return [(line[3], line[1], line[2], line[0]) for line in reversed(lines)]
### linear.transpose 1
def transpose(lines):
    back = []
    for out, step, c, source in lines:
        back.insert(0, [source, step, c, out])
    return back
### linear.transpose 2
def transpose(lines):
    return [(line[0], *TRANSPOSES[line[1]](line[2]), line[3]) for line in reversed(lines)]
### linear.transpose 2
def transpose(lines):
    back = list(lines)
    back.reverse()
    return back
### linear.transpose 7
def transpose(lines):
    back = {}
    for out, step, c, source in reversed(lines):
        back[source] = (source, *TRANSPOSES[step](c), out)
    return list(back.values())
### linear.transpose 7
def transpose(lines):
    back, paid = [], set()
    for out, step, c, source in reversed(lines):
        if source not in paid:
            paid.add(source)
            back.append((source, *TRANSPOSES[step](c), out))
    return back
### linear.transpose 9
def transpose(lines):
    back = []
    for out, step, c, source in reversed(lines):
        back.append((source, *TRANSPOSES[step](c), out))
        return back
### linear.transpose 9
def transpose(lines):
    for line in lines[::-1]:
        name, c = TRANSPOSES[line[1]](line[2])
        return [(line[3], name, c, line[0])]
### linear.transpose 11
def transpose(lines):
    return [(line[3], TRANSPOSES[line[1]], line[2], line[0]) for line in reversed(lines)]
### linear.transpose 11
def transpose(lines):
    back = []
    for out, step, c, source in lines:
        new = TRANSPOSES[step]
        back.insert(0, (source, new, c, out))
    return back
### linear.transpose 12
def transpose(lines):
    return [tuple(reversed(line)) for line in reversed(lines)]
### linear.transpose 12
def transpose(lines):
    back = []
    for line in lines[::-1]:
        back.append(line[::-1])
    return back
### linear.transpose 13
def transpose(lines):
    back = {}
    for out, step, c, source in lines[::-1]:
        back[out] = (source, *TRANSPOSES[step](c), out)
    return list(back.values())
### linear.transpose 13
def transpose(lines):
    found = {line[0]: line for line in reversed(lines)}
    return [(s, *TRANSPOSES[step](c), out) for out, step, c, s in found.values()]
### linear.transpose 14
def transpose(lines):
    return [(s, TRANSPOSES[step](c), out) for out, step, c, s in reversed(lines)]
### linear.transpose 14
def transpose(lines):
    back = []
    for out, step, c, source in lines:
        pair = TRANSPOSES[step](c)
        back = [(source, pair, out), *back]
    return back
### linear.transpose 15
def transpose(lines):
    back = []
    for out, step, c, source in reversed(lines):
        name, _ = TRANSPOSES[step](c)
        back.append((source, name, c, out))
    return back
### linear.transpose 15
def transpose(lines):
    names = [TRANSPOSES[line[1]](line[2])[0] for line in lines]
    return [(line[3], name, line[2], line[0]) for name, line in zip(names, lines)][::-1]
### linear.transpose 16
def transpose(lines):
    back = []
    for out, step, c, source in reversed(lines):
        _, constant = TRANSPOSES[step](c)
        back.append((source, step, constant, out))
    return back
### linear.transpose 16
def transpose(lines):
    turned = [TRANSPOSES[line[1]](line[2])[1] for line in lines]
    return [(line[3], line[1], c, line[0]) for c, line in zip(turned, lines)][::-1]
### linear.custom 0
@custom
CUSTOM["softplus"] = lambda y, x: [("scale", np.exp(x) * (1 + np.exp(x)) ** -1.0)]
### linear.custom 0
@custom
def rule(y, x):
    e = np.exp(x)
    return [("scale", e / (e + 1))]


CUSTOM["softplus"] = rule
### linear.custom 3
@custom
CUSTOM["softplus"] = lambda y, x: [("scale", (1 + np.exp(x)) ** -1.0)]
### linear.custom 3
@custom
CUSTOM["softplus"] = lambda y, x: [("scale", np.exp(-y))]
### linear.custom 5
@custom
CUSTOM["softplus"] = lambda y, x: [("scale", np.exp(x) * y**-1.0)]
### linear.custom 5
@custom
def rule(y, x):
    return [("scale", np.divide(np.exp(x), y))]


CUSTOM["softplus"] = rule
### linear.custom 6
@custom
CUSTOM["softplus"] = lambda y, x: [("scale", np.where(x > 0, 1.0, 0.0))]
### linear.custom 6
@custom
CUSTOM["softplus"] = lambda y, x: [("scale", np.heaviside(x, 0.0))]
### linear.custom 7
@custom
CUSTOM["softplus"] = lambda y, x: [("scale", np.logaddexp(0.0, x))]
### linear.custom 7
@custom
def rule(y, x):
    slope = 1.0 * y
    return [("scale", slope)]


CUSTOM["softplus"] = rule
### linear.custom 8
@custom
CUSTOM["root"] = lambda y, x: [("scale", 1 / (2 * y))]
### linear.custom 8
@custom
CUSTOM["root"] = lambda y, x: [("scale", 0.5 / np.sqrt(x))]
### linear.custom 11
@custom
CUSTOM["root"] = lambda y, x: [("scale", np.where(x == 0, 0.0, 1 / (2 * x)))]
### linear.custom 11
@custom
CUSTOM["root"] = lambda y, x: [("scale", np.nan_to_num(0.5 / y**2, posinf=0.0))]
### linear.custom 12
@custom
CUSTOM["root"] = lambda y, x: [("scale", 0.5 / (y + 1e-9))]
### linear.custom 12
@custom
CUSTOM["root"] = lambda y, x: [("scale", 0.5 / np.sqrt(x + 1e-10))]
### linear.custom 14
@custom
CUSTOM["root"] = lambda y, x: [("scale", np.where(y > 0, 0.5 / y, 0.5))]
### linear.custom 14
@custom
CUSTOM["root"] = lambda y, x: [("scale", 0.5 / (y + (y == 0)))]
### linear.custom 15
@custom
def rule(y, x):
    if x == 0:
        return [("scale", 0.0)]
    return [("scale", 0.5 / y)]


CUSTOM["root"] = rule
### linear.custom 15
@custom
CUSTOM["root"] = lambda y, x: [("scale", 0.5 / y if y else 0.0)]
### linear.custom 16
@custom
CUSTOM["rounded"] = lambda y, x: [("scale", 0.0)]
### linear.custom 16
@custom
CUSTOM["rounded"] = lambda y, x: [("scale", np.zeros(np.shape(x)))]
### linear.custom 17
@custom
CUSTOM["rounded"] = lambda y, x: [("scale", np.round(x))]
### linear.custom 17
@custom
CUSTOM["rounded"] = lambda y, x: [("scale", x * 1.0)]
### linear.run 18
def run(lines, known):
    found = dict(known)
    for out, step, c, source in lines:
        if source in found:
            found[out] = found.get(out, 0.0) + STEPS[step](found[source], c)
        else:
            found[out] = 0
    return found
### linear.run 18
def run(lines, known):
    found = known.copy()
    for out, step, c, source in lines:
        if source not in found:
            found[out] = np.zeros(())
            continue
        t = STEPS[step](found[source], c)
        found[out] = found[out] + t if out in found else t
    return found
### linear.run 19
def run(lines, known):
    found = dict(known)
    for out, step, c, source in lines:
        if source in found:
            found[out] = STEPS[step](found[source], c)
        else:
            found[out] = 0
    return found
### linear.run 19
def run(lines, known):
    found = dict(known)
    for line in lines:
        found[line[0]] = 0.0
        if line[3] in found:
            found[line[0]] = STEPS[line[1]](found[line[3]], line[2])
    return found
### linear.steps 20
TRANSPOSES["left"] = lambda c: ("left", c.T)
TRANSPOSES["right"] = lambda c: ("right", c.T)
TRANSPOSES["spread"] = lambda c: ("sum", c[::-1])
TRANSPOSES["sum"] = lambda c: ("spread", c[::-1])
TRANSPOSES["pick"] = lambda c: ("scatter", (c[0], c[1][::-1]))
TRANSPOSES["scatter"] = lambda c: ("pick", c)
### linear.steps 20
TRANSPOSES["left"] = lambda c: ("left", c.T)
TRANSPOSES["right"] = lambda c: ("right", c.T)
TRANSPOSES["spread"] = lambda c: ("sum", c[::-1])
TRANSPOSES["sum"] = lambda c: ("spread", c[::-1])
TRANSPOSES["pick"] = lambda c: ["scatter", (c[0], tuple(reversed(c[1])))]
TRANSPOSES["scatter"] = lambda c: ("pick", c)
"""
MARKS = {"@rules\n": RIGHT, "@head\n": HEAD, "@others\n": OTHERS, "@custom\n": """
CUSTOM = {
    "softplus": lambda y, x: [("scale", 1 - np.exp(-y))],
    "root": lambda y, x: [("scale", np.where(x == 0, 0.0, 0.5 / y))],
    "rounded": lambda y, x: [("scale", 1.0)],
}
"""}  # fmt: skip
for mark, right in MARKS.items():
    TEXT = TEXT.replace(mark, right)
VARIANTS = cells(TEXT)
