"""Lab 8: mistakes written in other ways, and mutants that are right too.

Each mistake is a change of one of two right answers, which are written in two ways,
and is named by the first words of its sentence.
"""

from elves.course import rooms

EQUIVALENT = {}


def told(cell, *changes):
    for old, new in changes:
        assert cell.count(old) == 1, (cell.count(old), old)
        cell = cell.replace(old, new)
    return cell


TABLE = """
def back(line):
    words = line.split()
    c, a, b = words[0], words[2], words[-1]
    bar = f"{c}_bar"
    if len(words) == 3:
        return [f"{a}_bar += {bar}"] if a.isidentifier() else []
    slopes = {
        "+": ("1.0", "1.0"),
        "-": ("1.0", "-1.0"),
        "*": (b, a),
        "/": (f"1.0 / {b}", f"-{a} / ({b} * {b})"),
    }
    found = []
    for name, slope in zip((a, b), slopes[words[3]]):
        if name.isidentifier():
            found.append(f"{name}_bar += {bar} * ({slope})")
    return found
"""
CHAIN = """
def back(line):
    c, right = line.split(" = ")
    text = ""

    def pay(name, amount):
        nonlocal text
        if name.isidentifier():
            text += f"{name}_bar = {name}_bar + {amount}\\n"

    if right.count(" ") == 0:
        pay(right, f"{c}_bar")
        return text.splitlines()
    a, sign, b = right.split()
    if sign == "+":
        pay(a, f"{c}_bar")
        pay(b, f"{c}_bar")
    elif sign == "-":
        pay(a, f"{c}_bar")
        pay(b, f"(0.0 - {c}_bar)")
    elif sign == "*":
        pay(a, f"{b} * {c}_bar")
        pay(b, f"{a} * {c}_bar")
    else:
        pay(a, f"{c}_bar / {b}")
        pay(b, f"{c}_bar * (-1.0) * {a} / {b} ** 2")
    return text.splitlines()
"""
PAID = "{name}_bar = {name}_bar + {amount}"
BACK = [
    ("A name may have",
     told(TABLE, ("_bar += {bar} *", "_bar = {bar} *"), ("_bar += {bar}\"]", "_bar = {bar}\"]"))),
    ("A name may have", told(CHAIN, (PAID, "{name}_bar = {amount}"))),
    ("Those are the slopes",
     told(TABLE, ("{bar} * ({slope})", "{slope}"), ("{a}_bar += {bar}", "{a}_bar += 1.0"))),
    ("Those are the slopes", told(CHAIN, ('pay(right, f"{c}_bar")', 'pay(right, "1.0")'),
             ('"+":\n        pay(a, f"{c}_bar")\n        pay(b, f"{c}_bar")',
              '"+":\n        pay(a, "1.0")\n        pay(b, "1.0")'),
             ('"-":\n        pay(a, f"{c}_bar")\n        pay(b, f"(0.0 - {c}_bar)")',
              '"-":\n        pay(a, "1.0")\n        pay(b, "-1.0")'),
             ('{b} * {c}_bar', '{b}'), ('{a} * {c}_bar', '{a}'), ('{c}_bar / {b}', '1.0 / {b}'),
             ('{c}_bar * (-1.0)', '(-1.0)'))),
    ("In a product each", told(TABLE, ('"*": (b, a)', '"*": (a, b)'))),
    ("In a product each", told(CHAIN, ('{b} * {c}_bar', '{a} * {c}_bar'),
             ('pay(b, f"{a} * {c}_bar")', 'pay(b, f"{b} * {c}_bar")'))),
    ("What is subtracted makes", told(TABLE, ('"-1.0"', '"1.0"'))),
    ("What is subtracted makes", told(CHAIN, ("0.0 - {c}_bar", "{c}_bar"))),
    ("a / b becomes", told(TABLE, ("-{a} / (", "{a} / ("))),
    ("a / b becomes", told(CHAIN, (" * (-1.0)", ""))),
    ("The slope of 1", told(TABLE, ("-{a} / (", "-1.0 / ("))),
    ("The slope of 1", told(CHAIN, (" * {a} / {b}", " / {b}"))),
    ("The slope of a", told(TABLE, ("({b} * {b})", "{b}"))),
    ("The slope of a", told(CHAIN, ("{b} ** 2", "{b}"))),
    ("A quotient is no", told(TABLE, ('(f"1.0 / {b}", f"-{a} / ({b} * {b})")', "(b, a)"))),
    ("A quotient is no",
     told(CHAIN, ("{c}_bar / {b}", "{c}_bar * {b}"), (" * (-1.0) * {a} / {b} ** 2", " * {a}"))),
    ("A quotient is no", told(TABLE, ('f"-{a} / ({b} * {b})"', 'f"1.0 / {a}"'))),
    ("A line with two", told(TABLE, ("return found", "return found[:1]"))),
    ("A line with two",
     told(CHAIN, ("if name.isidentifier():", "if name.isidentifier() and not text:"))),
    ("In a * a", told(TABLE, ("found = []", "found = {}"),
              ("found.append(f\"{name}_bar += {bar} * ({slope})\")",
               "found[name] = f\"{name}_bar += {bar} * ({slope})\""),
              ("return found", "return list(found.values())"))),
    ("In a * a", told(CHAIN, ("if name.isidentifier():",
                      'if name.isidentifier() and f"{name}_bar =" not in text:'))),
    ("Numbers and data are",
     told(TABLE, (" if a.isidentifier() else []", ""), ("if name.isidentifier():", "if True:"))),
    ("Numbers and data are", told(CHAIN, ("if name.isidentifier():", "if name:"))),
    ("Names may be longer", """
def back(line):
    c, a, rest = line[0], line[4], line[5:].split()
    if not rest:
        return [f"{a}_bar += {c}_bar"] if a.isidentifier() else []
    sign, b = line[6], line[8]
    slopes = {"+": ("1", "1"), "-": ("1", "-1"), "*": (b, a), "/": (f"1/{b}", f"-{a}/{b}**2")}
    pays = zip((a, b), slopes[sign])
    return [f"{n}_bar += {c}_bar * ({s})" for n, s in pays if n.isidentifier()]
"""),
    ("Names may be longer",
     told(TABLE, ("    words = line.split()\n    c, a, b = words[0], words[2], "
                                         "words[-1]\n", "    c, a = line[0], line[4]\n"),
                                 ("if len(words) == 3", "if len(line) < 9"),
                                 ("    slopes =", "    b = line[8]\n    slopes ="),
                                 ("words[3]", "line[6]"))),
    ("The braces are still",
     told(TABLE, ('append(f"', 'append("'), ('[f"{a}_bar +=', '["{a}_bar +='))),
    ("The braces are still", told(CHAIN, ('f"{name}_bar = {name}_bar + {amount}\\n"',
                      '"{name}_bar = {name}_bar + {amount}\\n"'))),
    ("That pays the result.", told(TABLE, ('"{name}_bar += {bar} *', '"{bar} += {name}_bar *'),
              ('"{a}_bar += {bar}"', '"{bar} += {a}_bar"'))),
    ("That pays the result.", """
def back(line):
    c, _, a, *more = line.split()
    if not more:
        return [f"{c}_bar = {c}_bar + {a}_bar"] * a.isidentifier()
    slopes = {"+": "1 1", "-": "1 -1", "*": f"{b} {a}" if (b := more[1]) else "",
              "/": f"1/{b} -{a}/{b}**2"}[more[0]].split()
    pays = [f"{c}_bar += ({s}) * {n}_bar" for s, n in zip(slopes, (a, b)) if n.isidentifier()]
    return tuple(pays)
"""),
    ("Not every line has", told(TABLE, ("    c, a, b = words[0], words[2], words[-1]\n",
                      "    c, equals, a, sign, b = words\n"))),
    ("Not every line has",
     told(CHAIN, ('    if right.count(" ") == 0:\n        pay(right, f"{c}_bar")\n'
                      "        return text.splitlines()\n", ""))),
    ("Each sign has its", told(TABLE, ("slopes[words[3]]", "(b, a)"))),
    ("Each sign has its", """
def back(line):
    c, equals, a, sign, b = line.split()
    left = f"{a}_bar = {a}_bar + {b} * {c}_bar"
    right = f"{b}_bar = {b}_bar + {a} * {c}_bar"
    return (left, right)
"""),
    ("All adjoints are what", told(TABLE, ("found = []", 'found = [f"{bar} = 0.0"]'),
              ('[f"{a}_bar += {bar}"]', '[f"{bar} = 0.0", f"{a}_bar += {bar}"]'))),
    ("All adjoints are what", "def back(line):\n    return []\n"),
    ("t1 is a name", told(TABLE, ("if name.isidentifier()", "if name.isalpha()"),
              ("if a.isidentifier()", "if a.isalpha()"))),
    ("t1 is a name",
     told(CHAIN, ("if name.isidentifier():", 'if all("a" <= x <= "z" for x in name):'))),
    ("a / b *", told(TABLE, ("({b} * {b})", "{b} * {b}"))),
    ("a / b *", told(CHAIN, ("{b} ** 2", "{b} * {b}"))),
]  # fmt: skip

LISTS = """
def gradient(params, lines, out):
    names = params + [line.split()[0] for line in lines]
    zeros = [f"{name}_bar = 0.0" for name in names]
    home = [text for line in lines[::-1] for text in back(line)]
    return lines + zeros + [f"{out}_bar = 1.0"] + home
"""
STEPWISE = """
def gradient(params, lines, out):
    text = ""
    for line in lines:
        text += line + "\\n"
    for name in params:
        text += f"{name}_bar = 0.0\\n"
    for line in lines:
        text += line.split(" = ")[0] + "_bar = 0.0\\n"
    text += out + "_bar = 1.0\\n"
    for k in range(len(lines) - 1, -1, -1):
        text += "".join(undone + "\\n" for undone in back(lines[k]))
    return text.splitlines()
"""
WALK = "range(len(lines) - 1, -1, -1)"
GRADIENT = [
    ("The way back begins", told(LISTS, ("lines[::-1]", "lines"))),
    ("The way back begins", told(STEPWISE, (WALK, "range(len(lines))"))),
    ("The way back needs", told(LISTS, ("lines + zeros", "zeros"))),
    ("The way back needs", told(STEPWISE, ('        text += line + "\\n"\n', "        pass\n"))),
    ("x_bar += … adds", told(LISTS, (" + zeros", ""))),
    ("x_bar += … adds", told(STEPWISE, ("for name in params:", "for name in []:"))),
    ("All slopes are 0:", told(LISTS, ('[f"{out}_bar = 1.0"] + ', ""))),
    ("All slopes are 0:", told(STEPWISE, ("= 1.0", "= 0.0"))),
    ("All slopes are 0:",
     told(LISTS, ('zeros + [f"{out}_bar = 1.0"]', '[f"{out}_bar = 1.0"] + zeros'))),
    ("The adjoint of the", told(LISTS, ("{out}_bar = 1.0", "{out}_bar = {out}"))),
    ("The adjoint of the", told(STEPWISE, ('"_bar = 1.0\\n"', 'f"_bar = 1.0 * {out}\\n"'))),
    ("The names between have",
     told(LISTS, ("params + [line.split()[0] for line in lines]", "params"))),
    ("The names between have",
     told(STEPWISE, ('text += line.split(" = ")[0] + "_bar = 0.0\\n"', "pass"))),
    ("That undoes the last", told(LISTS, ("in lines[::-1]", "in lines[-1:]"))),
    ("That undoes the last", told(STEPWISE, (WALK, WALK + "[:1]"))),
    ("Only the result begins",
     told(LISTS, ('[f"{out}_bar = 1.0"]', '[f"{p}_bar = 1.0" for p in params]'))),
    ("Only the result begins", told(LISTS, ("for text in back(line)",
                      'for text in [line.split()[0] + "_bar = 1.0"] + back(line)'))),
    ("Only the result begins", told(STEPWISE, ("undone + \"\\n\" for undone in back(lines[k])",
                         "undone + \"\\n\" for undone in "
                         "(lines[k].split()[0] + '_bar = 1.0', *back(lines[k]))"))),
    ("The adjoint of a", told(LISTS, ("for text in back(line)",
                      'for text in [line.split()[0] + "_bar = 0.0"] + back(line)'))),
    ("The adjoint of a", told(STEPWISE, ("undone + \"\\n\" for undone in back(lines[k])",
                         "undone + \"\\n\" for undone in "
                         "(lines[k].split()[0] + '_bar = 0.0', *back(lines[k]))"))),
    ("lines[-0] is the first",
     told(STEPWISE, (WALK, "range(len(lines))"), ("back(lines[k])", "back(lines[-k])"))),
    ("lines[-0] is the first", told(LISTS, ("for line in lines[::-1] for text in back(line)",
                                            "for k, _ in enumerate(lines) "
                                            "for text in back(lines[-k])"))),
    ("The result is the", told(LISTS, ("{out}_bar = 1.0", "{names[-1]}_bar = 1.0"))),
    ("The result is the",
     told(STEPWISE, ("text += out +", "text += (line if lines else out).split()[0] +"))),
    ("Forward the lines run",
     told(LISTS, ("return lines + ", "return lines[::-1] + "), ("in lines[::-1]", "in lines"))),
    ("Forward the lines run",
     told(STEPWISE, ('text += line + "\\n"', 'text = line + "\\n" + text'))),
]  # fmt: skip

PAIR = """
def both(line):
    name, right = line.split(" = ")
    there = [f"stack.append({name})", line]
    home = [f"{name} = stack.pop()"]
    home += [f"g_bar = {name}_bar", f"{name}_bar = 0.0"]
    home += back(f"g = {right}")
    return there, home
"""
TEXTS = """
def both(line):
    x = line.split()[0]
    there = f"stack.append({x})\\n" + line
    home = f"{x} = stack.pop()\\n" + f"own_bar = {x}_bar\\n" + f"{x}_bar = 0\\n"
    for text in back(line.replace(x, "own", 1)):
        home += text + "\\n"
    return [there.splitlines(), home.splitlines()]
"""
POP, TAKE = '    home = [f"{name} = stack.pop()"]\n', 'f"g_bar = {name}_bar", '
POPPED, TAKEN, ZERO = (
    'f"{x} = stack.pop()\\n" + ',
    'f"own_bar = {x}_bar\\n" + ',
    'f"{x}_bar = 0\\n"',
)
PUSH, PUSHED = 'f"stack.append({name})", ', 'f"stack.append({x})\\n" + '
ITSELF = ('back(line.replace(x, "own", 1))', "back(line)")
OF_ITSELF = ('back(f"g = {right}")', "back(line)")
BOTH = [
    ("A program may have", PAIR),
    ("A program may have", TEXTS),
    ("A program may have", """
def both(line):
    name, right = line.split(" = ")
    undo = [f"{name} = stack.pop()", f"tmp = {name}_bar", f"{name}_bar = 0.0"]
    undo += [text.replace("tmp_bar_bar", "tmp") for text in back(f"tmp_bar = {right}")]
    return [f"stack.append({name})", line], undo
"""),
    ("A program may have", """
def both(line):
    name, right = line.split(" = ")
    home = [f"{name} = stack.pop()", f"t, {name}_bar = {name}_bar, 0"]
    paid = [text.replace("q_q_bar", "t") for text in back("q_q = " + right)]
    return (f"stack.append({name})", line), (*home, *paid)
"""),
    ("The new value alone", told(PAIR, ('back(f"g = {right}")', 'back(line.replace(name, "g"))'))),
    ("The new value alone", told(TEXTS, ('line.replace(x, "own", 1)', 'line.replace(x, "own")'))),
    ("The line overwrites a", told(PAIR, (PUSH, ""), (POP, "    home = []\n"))),
    ("The line overwrites a", told(TEXTS, (PUSHED, ""), (POPPED, ""))),
    ("x = x *", told(PAIR, (f'    home += [{TAKE}f"{{name}}_bar = 0.0"]\n', ""), OF_ITSELF,
             ("    return there", '    home += [f"{name}_bar = 0.0"]\n    return there'))),
    ("x = x *", told(TEXTS, (" + " + TAKEN + ZERO, ""), ITSELF,
             ("    return [", f"    home += {ZERO}\n    return ["))),
    ("The adjoint is 0",
     told(PAIR, (f'{TAKE}f"{{name}}_bar = 0.0"', 'f"{name}_bar = 0.0", f"g_bar = {name}_bar"'))),
    ("The adjoint is 0", told(TEXTS, (TAKEN + ZERO, ZERO), ITSELF)),
    ("What the name was",
     told(PAIR, (f'    home += [{TAKE}f"{{name}}_bar = 0.0"]\n', ""), OF_ITSELF)),
    ("What the name was", told(TEXTS, (" + " + ZERO, ""))),
    ("The old value comes", told(PAIR, (POP, "    home = []\n"),
             ("    return there", '    home.append(f"{name} = stack.pop()")\n    return there'))),
    ("The old value comes",
     told(TEXTS, (POPPED, ""), ("    return [", '    home += f"{x} = stack.pop()"\n    return ['))),
    ("That saves the new", told(PAIR, (f"[{PUSH}line]", '[line, f"stack.append({name})"]'))),
    ("That saves the new", told(TEXTS, (PUSHED + "line", 'line + f"\\nstack.append({x})"'))),
    ("That saves the new", told(PAIR, (PUSH, 'f"stack.append({right})", '))),
    ("Forward the line itself", told(PAIR, (", line]", "]"))),
    ("Forward the line itself", told(TEXTS, (PUSHED + "line", 'f"stack.append({x})"'))),
    ("The line pays from", told(PAIR, ("return there, home", "return there, home[::-1]"))),
    ("The line pays from", told(TEXTS, ("own_bar = ", "own = "))),
    ("A name may have",
     told(PAIR, (OF_ITSELF[0], '[t.replace(" += ", " = ") for t in back(f"g = {right}")]'))),
    ("A name may have", told(TEXTS, ('text + "\\n"', '"=".join(text.split("+=")) + "\\n"'))),
    ("What is put on", told(PAIR, (PUSH, 'f"stack.append({right.split()[0]})", '))),
    ("What is put on", told(TEXTS, ("append({x})", "append({line.split()[2]})"))),
    ("One name keeps one", told(PAIR, (PUSH, 'f"old_{name} = {name}", '),
              ("{name} = stack.pop()", "{name} = old_{name}"))),
    ("One name keeps one",
     told(TEXTS, ("stack.append({x})", "{x}_before = {x}"), ("stack.pop()", "{x}_before"))),
    ("The old value may", told(PAIR, ("    return there", '    if name not in right.split():\n'
                     "        there, home = [line], home[1:]\n    return there"))),
    ("The old value may", told(TEXTS, ("    return [", "    if x not in line.split()[2:]:\n"
                      "        return [[line], back(line)]\n    return ["))),
    ("That is the way", "def both(line):\n    return [line], back(line)\n"),
    ("That is the way", "def both(line):\n    return (line,), tuple(back(line))\n"),
    ("x_bar changes while it", told(PAIR, (', f"{name}_bar = 0.0"', ""), OF_ITSELF,
              ("    return there", '    home += [f"{name}_bar -= g_bar"]\n    return there'))),
    ("x_bar changes while it", told(TEXTS, (" + " + ZERO, ""), ITSELF,
              ("    return [", '    home += f"{x}_bar = {x}_bar - own_bar"\n    return ['))),
    ("The first list runs", told(PAIR, ("return there, home", "return home, there"))),
    ("The first list runs", told(TEXTS, ("[there.splitlines(), home.splitlines()]",
                                         "[home.splitlines(), there.splitlines()]"))),
    ("pop(0) takes what was", told(PAIR, ("stack.pop()", "stack.pop(0)"))),
    ("pop(0) takes what was", told(TEXTS, (POPPED, 'f"{x} = stack[0]\\ndel stack[0]\\n" + '))),
    ("That saves the letters", told(PAIR, ("append({name})", "append('{name}')"))),
    ("That saves the letters", told(TEXTS, ("append({x})", "append({x!r})"))),
]  # fmt: skip

ARMS = """
def branch(test, yes, no):
    there = [f"if {test}:"]
    there += indent(yes[0] + ["stack.append(True)"])
    there += ["else:"]
    there += indent(no[0] + ["stack.append(False)"])
    home = ["if stack.pop():"]
    home += indent(yes[1])
    home += ["else:"]
    home += indent(no[1])
    return there, home
"""
JOINED = """
def branch(test, yes, no):
    def lines(found):
        return "".join("\\n    " + each for each in found or ["pass"])

    first, undo_first = yes
    second, undo_second = no
    way, back = f"if {test}:", "if stack.pop() == 1:"
    way += lines([*first, "stack.append(1)"]) + "\\nelse:" + lines([*second, "stack.append(2)"])
    back += lines(undo_first) + "\\nelse:" + lines(undo_second)
    return way.splitlines(), back.splitlines()
"""
NO_NOTES = (' + ["stack.append(True)"]', ""), (' + ["stack.append(False)"]', "")
NONE_LEFT = (', "stack.append(1)"', ""), (', "stack.append(2)"', "")
ASKED = ("if stack.pop() == 1:", "if stack.pop():")
BRANCH = [
    ("A program may have",
     told(ARMS, ('["if stack.pop():"]', '["way = stack.pop()", "if way:"]'))),
    ("A program may have",
     told(JOINED, ("if stack.pop() == 1:", "test_bar = stack.pop()\\nif test_bar == 1:"))),
    ("Where an if stands",
     told(ARMS, *NO_NOTES, ('[f"if {test}:"]', '[f"way = {test}", "if way:"]'),
          ("    home = [", '    there += ["stack.append(way)"]\n    home = ['))),
    ("You write the note", told(ARMS, ('"if stack.pop():"', 'f"if {test}:"'))),
    ("You write the note",
     told(JOINED, ('"if stack.pop() == 1:"', 'f"if {test}:"'), ("append(2)", "append(0)"))),
    ("You write the note",
     told(ARMS, *NO_NOTES, ('[f"if {test}:"]', '[f"stack.append({test})", f"if {test}:"]'),
          ('"if stack.pop():"', 'f"if {test}:"'))),
    ("Two ifs ask twice",
     told(ARMS, ('["else:"]\n    there', '[f"if not ({test}):"]\n    there'))),
    ("Two ifs ask twice",
     told(JOINED, ('"\\nelse:" + lines([*second', 'f"\\nif not ({test}):" + lines([*second'))),
    ("Where an if stands", told(ARMS, *NO_NOTES, ("stack.pop()", "stack.pop(0)"),
                               ('[f"if {test}:"]', '[f"stack.insert(0, {test})", f"if {test}:"]'))),
    ("Where an if stands", told(JOINED, *NONE_LEFT, ("stack.pop() == 1", "stack.pop(0)"),
                               ('f"if {test}:"', 'f"stack[:0] = [{test}]\\nif stack[0]:"'))),
    ("On the way back",
     told(ARMS, *NO_NOTES, ("if stack.pop():", "if {test}:"), ('home = ["', 'home = [f"'))),
    ("On the way back", told(JOINED, *NONE_LEFT, ('"if stack.pop() == 1:"', 'f"if {test}:"'))),
    ("The test is asked",
     told(ARMS, *NO_NOTES,
          ("    home = [", '    there += [f"stack.append({test})"]\n    home = ['))),
    ("The test is asked", told(JOINED, *NONE_LEFT, ASKED,
             ("    return way", '    way += f"\\nstack.append({test})"\n    return way'))),
    ("The note lies below",
     told(ARMS, *NO_NOTES, ('[f"if {test}:"]', '[f"stack.append({test})", f"if {test}:"]'))),
    ("The note lies below",
     told(ARMS, ('yes[0] + ["stack.append(True)"]', '["stack.append(True)"] + yes[0]'),
             ('no[0] + ["stack.append(False)"]', '["stack.append(False)"] + no[0]'))),
    ("One name holds one",
     told(ARMS, *NO_NOTES, ('[f"if {test}:"]', '[f"taken = {test}", f"if {test}:"]'),
             ("if stack.pop():", "if taken:"))),
    ("One name holds one",
     told(JOINED, ('"stack.append(1)"', '"w = 1"'), ('"stack.append(2)"', '"w = 2"'),
             ("if stack.pop() == 1:", "if w == 1:"))),
    ("Only one arm leaves", told(ARMS, NO_NOTES[1])),
    ("Only one arm leaves", told(JOINED, NONE_LEFT[1], ASKED)),
    ("Both arms are undone:",
     told(ARMS, ("if stack.pop():", "stack.pop()"), ("home += indent(yes[1])", "home += yes[1]"),
             ('    home += ["else:"]\n', ""), ("home += indent(no[1])", "home += no[1]"))),
    ("Both arms are undone:", told(JOINED, *NONE_LEFT, ('"if stack.pop() == 1:"', '""'),
             ('lines(undo_first) + "\\nelse:" + lines(undo_second)',
              '"\\n".join([*undo_second, *undo_first])'))),
    ("The notes are the",
     told(ARMS, ("append(True)", "append(0)"), ("append(False)", "append(1)"))),
    ("The notes are the", told(JOINED, ("undo_first = yes", "undo_second = yes"),
             ("undo_second = no", "undo_first = no"))),
    ("That puts the text", told(ARMS, *NO_NOTES,
             ("    home = [", "    there += [f\"stack.append('{test}')\"]\n    home = ["))),
    ("That puts the text", told(JOINED, *NONE_LEFT, ASKED,
             ("    return way", '    way += f"\\nstack.append({test!r})"\n    return way'))),
    ("Two pops for one", told(ARMS, ('["else:"]\n    home', '["if not stack.pop():"]\n    home'))),
    ("Two pops for one", told(JOINED, ("\"\\nelse:\" + lines(undo_second)",
                       "\"\\nif stack.pop() == 2:\" + lines(undo_second)"))),
    ("The lines of an", told(ARMS, ("yes[1]", "yes[1][::-1]"), ("no[1]", "no[1][::-1]"))),
    ("The lines of an", told(JOINED, ("lines(undo_first)", "lines([*reversed(undo_first)])"),
              ("lines(undo_second)", "lines([*reversed(undo_second)])"))),
    ("What stands in the",
     told(ARMS, ("no[0] + ", ""), ('    home += ["else:"]\n    home += indent(no[1])\n', ""))),
    ("What stands in the", told(ARMS, ("no[0] + ", ""))),
    ("The else is not", told(ARMS, ('    home += ["else:"]\n    home += indent(no[1])\n', ""))),
    ("The else is not", told(JOINED, (' + "\\nelse:" + lines(undo_second)', ""))),
    ("An arm has two", told(ARMS, ("yes[1]", "yes[0]"), ("no[1]", "no[0]"))),
    ("An arm has two",
     told(JOINED, ("lines(undo_first)", "lines(first)"), ("lines(undo_second)", "lines(second)"))),
    ("That asks while the",
     "def branch(test, yes, no):\n    if test:\n        return yes\n    return no\n"),
    ("That asks while the", "def branch(test, yes, no):\n    return [no, yes][bool(test)]\n"),
    ("stack[-1] looks at the", told(ARMS, ("stack.pop()", "stack[-1]"))),
    ("stack[-1] looks at the", told(JOINED, ("if stack.pop() == 1", "if stack[-1]"),
                        ('"stack.append(2)"', '"stack.append(0)"'))),
    ("Forward the program still",
     "def branch(test, yes, no):\n    return yes[0] + no[0], no[1] + yes[1]\n"),
    ("Forward the program still",
     "def branch(test, yes, no):\n    return [*yes[0], *no[0]], [*no[1], *yes[1]]\n"),
]  # fmt: skip

NOTED = """
def loop(test, body):
    there = ["stack.append(False)"]
    there += [f"while {test}:"]
    there += indent(body[0] + ["stack.append(True)"])
    home = ["while stack.pop():"]
    home += indent(body[1])
    return there, home
"""
LETTERS = """
def loop(test, body):
    run, undo = body
    there = ["stack.append('start')", "while " + test + ":"]
    there.extend("  " + line for line in run)
    there.append("  stack.append('turn')")
    home = ["while stack.pop() == 'turn':"]
    home.extend("  " + line for line in undo or ["pass"])
    return there, home
"""
COUNTED = """
def loop(test, body):
    there = ["count = 0", f"while {test}:"]
    there += indent(["count += 1"] + body[0]) + ["stack.append(count)"]
    return there, ["for _ in range(stack.pop()):"] + indent(body[1])
"""
NO_START, NO_TURN = ('["stack.append(False)"]', "[]"), (' + ["stack.append(True)"]', "")
NO_LETTER = (
    ("\"stack.append('start')\", ", ""),
    ("    there.append(\"  stack.append('turn')\")\n", ""),
)
LOOP = [
    ("A program may have", """
def loop(test, body):
    there = ["stack.append(0)", f"while {test}:", *indent([*body[0], "stack.append(1)"])]
    take = "n_bar = stack.pop()"
    return there, [take, "while n_bar:", *indent([*body[1], take])]
"""),
    ("A program may have",
     told(LETTERS, ('["while stack.pop() == \'turn\':"]',
                    '["while True:", "  note = stack.pop()", "  if note == \'start\': break"]'))),
    ("The note below all", told(NOTED, ("append(False)", "append(True)"))),
    ("The note below all", told(LETTERS, ("append('start')", "append('turn')"))),
    ("while stack:", told(NOTED, ("stack.pop()", "stack"))),
    ("while stack:", told(NOTED, ("stack.pop()", "len(stack) > 0"))),
    ("The program has an",
     told(COUNTED, ("count = 0", "n = 0"), ("count += 1", "n += 1"),
          (' + ["stack.append(count)"]', ""), ("stack.pop()", "n"))),
    ("Nothing says where the", told(NOTED, NO_START)),
    ("Nothing says where the", told(LETTERS, NO_LETTER[0])),
    ("The note of a",
     told(NOTED, ('body[0] + ["stack.append(True)"]', '["stack.append(True)"] + body[0]'))),
    ("The note of a", """
def loop(test, body):
    there = ["stack.append(0)", f"while {test}:", *indent(["stack[-1] = stack[-1] + 1", *body[0]])]
    return there, ["for _ in range(stack.pop()):", *indent(body[1])]
"""),
    ("The note of the",
     told(NOTED, NO_START, ("    home = [", '    there += ["stack.append(False)"]\n    home = ['))),
    ("The note of the", told(LETTERS, NO_LETTER[0],
             ("    home = [", "    there.append(\"stack.append('start')\")\n    home = ["))),
    ("The stack also holds", told(NOTED, NO_START, NO_TURN, ("stack.pop()", "stack"))),
    ("The stack also holds",
     told(LETTERS, *NO_LETTER, ("stack.pop() == 'turn'", "len(stack) > 0"))),
    ("The test says when",
     told(NOTED, NO_START, NO_TURN, ('["while stack.pop():"]', '[f"while {test}:"]'))),
    ("The test says when",
     told(LETTERS, *NO_LETTER, ("\"while stack.pop() == 'turn':\"", 'f"while not ({test}):"'))),
    ("The body is undone",
     told(NOTED, NO_START, NO_TURN, ('["while stack.pop():"]', "[]"),
          ("indent(body[1])", "body[1]"))),
    ("The body is undone", told(NOTED, ("while stack.pop()", "if stack.pop()"))),
    ("The notes are the",
     told(NOTED, ("append(False)", "append(1)"), ("append(True)", "append(0)"))),
    ("The notes are the", told(LETTERS, ("append('start')", "append('turn')"),
             ("  stack.append('turn')", "  stack.append('start')"))),
    ("The lines of the", told(NOTED, ("body[1]", "body[1][::-1]"))),
    ("The lines of the", told(LETTERS, ("in undo or", "in undo[::-1] or"))),
    ("Forward that runs the",
     told(NOTED, NO_START, ('f"while {test}:"', 'f"if {test}:"'), ("while stack", "if stack"),
              ("    home = [", '    there += ["else:", "    stack.append(False)"]\n    home = ['))),
    ("Forward that runs the", told(LETTERS, ('"while " + test', '"if " + test'))),
    ("The body has two", told(NOTED, ("body[1]", "body[0]"))),
    ("The body has two", """
def loop(test, body):
    run, _ = body
    turns = indent([*run, "stack.append(True)"])
    return ["stack.append(False)", f"while {test}:", *turns], ["while stack.pop():", *indent(run)]
"""),
    ("One name for the", COUNTED),
    ("One name for the",
     told(COUNTED, (' + ["stack.append(count)"]', ""), ("stack.pop()", "count"))),
    ("One turn too many", told(COUNTED, ("count = 0", "count = 1"))),
    ("One turn too many", told(COUNTED, ("append(count)", "append(count + 1)"))),
    ("The program has an", COUNTED.replace("count", "n")),
    ("The program has an",
     told(COUNTED, ("count = 0", "n = 0"), ("count += 1", "n = n + 1"), ("(count)", "(n)"),
              ("for _ in range(stack.pop()):", "for k in range(stack.pop()):"))),
    ("With a note of",
     told(NOTED, NO_START, ("indent(body[0]", 'indent(["stack.append(False)"] + body[0]'))),
    ("With a note of",
     told(LETTERS, NO_LETTER[0], ("    there.extend(", "    there.append(\"  stack.append("
                                      "'start')\")\n    there.extend("))),
    ("stack[-1] looks at the", told(NOTED, ("stack.pop()", "stack[-1]"))),
    ("stack[-1] looks at the", told(NOTED, ("stack.pop()", "stack[len(stack) - 1]"))),
    ("How often the loop",
     told(NOTED, NO_START, NO_TURN, ("while stack.pop():", "for _ in range(100):"))),
    ("How often the loop",
     told(LETTERS, *NO_LETTER, ("while stack.pop() == 'turn':", "for k in 1, 2, 3, 4, 5, 6:"))),
    ("The count has no", told(COUNTED, ('"count = 0", ', ""))),
    ("The count has no", told(COUNTED, ('"count = 0", ', ""), ("count += 1", "count = count + 1"))),
]  # fmt: skip

ONE_LOOP = """
def transform(steps):
    there, home = [], []
    for step in steps:
        if type(step) is str:
            run, undo = both(step)
        elif step[0] == "while":
            run, undo = loop(step[1], transform(step[2]))
        else:
            run, undo = branch(step[1], transform(step[2]), transform(step[3]))
        there = there + run
        home = undo + home
    return there, home
"""
MATCHED = """
def ways(step):
    match step:
        case ("if", test, yes, no):
            return branch(test, transform(yes), transform(no))
        case ("while", test, body):
            return loop(test, transform(body))
        case line:
            return both(line)


def transform(steps):
    pairs = [ways(step) for step in steps]
    run = [line for pair in pairs for line in pair[0]]
    return run, [line for pair in pairs[::-1] for line in pair[1]]
"""
INNER = """
def inner(steps):
    there, home = [], []
    for step in steps:
        run, undo = both(step) if type(step) is str else deeper(step)
        there, home = there + run, home + undo
    return there, home


def deeper(step):
    make = branch if step[0] == "if" else loop
    return make(step[1], *map(inner, step[2:]))
"""
TRANSFORM = [
    ("The way back begins", told(ONE_LOOP, ("undo + home", "home + undo"))),
    ("The way back begins", told(MATCHED, ("pairs[::-1]", "pairs"))),
    ("That turns each line",
     told(ONE_LOOP, ("undo + home", "home + undo"),
          ("return there, home", "return there, home[::-1]"))),
    ("That turns each line",
     told(MATCHED, ("return run, [line for pair in pairs[::-1] for line in pair[1]]",
                       "return run, [line for pair in pairs for line in pair[1]][::-1]"))),
    ("That turns each line", told(ONE_LOOP, ("undo + home", "undo[::-1] + home"))),
    ("Inside of an if", INNER + ONE_LOOP.replace("transform(step[", "inner(step[")),
    ("Inside of an if",
     INNER + MATCHED.replace("transform(yes)", "inner(yes)").replace("transform(no)", "inner(no)")
        .replace("transform(body)", "inner(body)")),
    ("Forward the steps run", told(ONE_LOOP, ("there + run", "run + there"))),
    ("Forward the steps run", told(MATCHED, ("for pair in pairs for line in pair[0]",
                       "for pair in reversed(pairs) for line in pair[0]"))),
    ("What undoes the steps", told(ONE_LOOP, ("undo + home", "undo"))),
    ("What undoes the steps", told(MATCHED, ("pairs[::-1] for line", "pairs[-1:] for line"))),
    ("An if has two", told(ONE_LOOP, ("transform(step[3])", "([], [])"))),
    ("An if has two", told(MATCHED, ("transform(no)", "transform(yes)"))),
    ("The blocks of an",
     told(ONE_LOOP, ("loop(step[1], transform(step[2]))", "loop(step[1], step[2])"),
             ("transform(step[2]), transform(step[3])", "step[2], step[3]"))),
    ("The blocks of an",
     told(MATCHED, ("transform(yes)", "yes"), ("transform(no)", "no"),
          ("transform(body)", "body"))),
    ("The first block of", told(ONE_LOOP, ("transform(step[2]), transform(step[3])",
                        "transform(step[3]), transform(step[2])"))),
    ("The first block of",
     told(MATCHED, ("transform(yes), transform(no)", "transform(no), transform(yes)"))),
    ("A while is not", told(ONE_LOOP, ("loop(step[1], transform(step[2]))",
                         "branch(step[1], transform(step[2]), ([], []))"))),
    ("A while is not", told(MATCHED, ("loop(test, transform(body))",
                        "branch(test, transform(body), transform([]))"))),
    ("An if is not", told(ONE_LOOP, ("branch(step[1], transform(step[2]), transform(step[3]))",
                         "loop(step[1], transform(step[2]))"))),
    ("An if is not", told(MATCHED, ("branch(test, transform(yes), transform(no))",
                        "loop(test, transform(yes))"))),
    ("That ends after the",
     told(ONE_LOOP, ("    return there, home", "        return there, home"))),
    ("That ends after the",
     MATCHED[: MATCHED.index("    pairs")] + "    for step in steps:\n        return ways(step)\n"),
    ("Only the lines are", told(ONE_LOOP, ('        elif step[0] == "while":\n'
                         "            run, undo = loop(step[1], transform(step[2]))\n", ""),
              ("branch(step[1], transform(step[2]), transform(step[3]))", "[], []"))),
    ("Only the lines are",
     told(MATCHED, ("for step in steps]", "for step in steps if type(step) is str]"))),
]  # fmt: skip

CELLS = {
    "rewriting.back": BACK, "rewriting.gradient": GRADIENT, "rewriting.both": BOTH,
    "rewriting.branch": BRANCH, "rewriting.loop": LOOP, "rewriting.transform": TRANSFORM,
}  # fmt: skip


def number(name, words):
    """The number of the mistake whose sentence begins with some words."""
    found = [sentence.startswith(words) for _, sentence in rooms.find(name).mistakes]
    assert any(found), f"{name} has no sentence that begins with {words!r}"
    return found.index(True)


VARIANTS = {
    name: [(number(name, words), cell) for words, cell in found] for name, found in CELLS.items()
}
