"""Exercise 8.1, back: its cases, a right answer, and wrong ones that are known by name."""

import functools

from elves import reverse
from elves.course.exercise import Exercise, brief
from elves.course.rewriting.cases import TERMS, back
from elves.course.rewriting.running import DATA, Ran, lines_of, ran

VALUES = {"a": 3.0, "b": 2.0, "mass": 4.0, "t1": 0.5}
BARS = {"a_bar": 10.0, "b_bar": 20.0, "mass_bar": 30.0, "t1_bar": 40.0}
OWN = 5.0  # the adjoint of the result
LINES = (
    "c = a + b", "c = a * b", "c = a - b", "c = a / b", "c = a * a", "c = a + a", "c = a - a",
    "c = a / a", "c = 3.0 * a", "c = a - 1.0", "c = 1.0 / b", "c = a / 2.0", "c = a", "c = 2.5",
    "c = -1.0 * a", "c = xs[1]", "speed = mass * t1", "t2 = t1 / mass", "t2 = mass - t1", "c = t1",
)  # fmt: skip


def names_in(line):
    """The names that a line's right side has, once each."""
    words = line.split(" = ")[1].split()
    return [name for name in VALUES if name in words]


@functools.cache
def adjoints_after(line):
    """The adjoints of the names in a line, when it has paid them."""
    names, right = names_in(line), line.split(" = ")[1]
    truth = {f"{name}_bar": BARS[f"{name}_bar"] for name in names or ["a"]}
    if names:
        f = eval(f"lambda {', '.join(names)}: {right}", {})
        slopes = reverse.grad(f, tuple(range(len(names))))(*(VALUES[n] for n in names))
        for name, slope in zip(names, slopes, strict=True):
            truth[f"{name}_bar"] += OWN * float(slope)
    return truth


def paid(answer, line):
    """The Ran of what an answer writes for a line."""
    lines, target = lines_of(answer(line)), line.split()[0]
    names = VALUES | BARS | DATA
    names |= {target: eval(line.split(" = ")[1], dict(names)), f"{target}_bar": OWN}
    truth = adjoints_after(line)
    end = ran([("", lines)], names, [dict(zip(truth, truth, strict=True))], truth)
    own = names[f"{target}_bar"]  # may be 0 now, or what it was; else somebody paid it
    return Ran((end.kind, own), end.words) if own not in (0.0, OWN) else end


def told(line):
    known = [*names_in(line)]
    bars = [f"{name}_bar" for name in known or ["a"]]
    at = [f"{n} = {brief(VALUES[n])}" for n in known] + [f"{n} = {brief(BARS[n])}" for n in bars]
    return f"{line}, where {line.split()[0]}_bar = 5, and so far {', '.join(at)}"


def pays(*more, change=lambda term: term, sign="+=", one=False, again=0, back=back, **entries):
    """A wrong answer: other terms, another assignment, one side alone, or numbers paid as well."""
    terms = TERMS | {sign: entries[name] for name, sign in NAMED.items() if name in entries}
    terms = {sign: tuple(map(change, term)) for sign, term in terms.items()}

    def wrong(line):
        lines = [text.replace("+=", sign) for text in back(line, terms)]
        if again:  # each name once, in the line that comes last in this order
            lines = [*{text.split()[0]: text for text in lines[::again]}.values()]
        return lines[:1] if one else lines

    return wrong


NAMED = {"minus": "-", "times": "*", "over": "/", "plus": "+"}


def numbers_too(line):
    c, _, a, *more = line.split()
    if not more:
        return [f"{a}_bar += {c}_bar"]
    terms = TERMS[more[0]]
    return [f"{n}_bar += {t.format(g=f'{c}_bar', a=a, b=more[1])}"
            for n, t in zip((a, more[1]), terms, strict=True)]  # fmt: skip


def letters(line):
    """Takes letters in the place of words."""
    if len(line) < 9:
        return back(f"{line[0]} = {line[4]}")
    c, a, sign, b = line[0], line[4], line[6], line[8]
    terms = [term.format(g=f"{c}_bar", a=a, b=b) for term in TERMS[sign]]
    return [f"{n}_bar += {t}" for n, t in zip((a, b), terms, strict=True) if n.isidentifier()]


def braces(line):
    return ["{a}_bar += {c}_bar * {b}", "{b}_bar += {c}_bar * {a}"]


def forward_mode(line):
    c, _, a, *more = line.split()
    terms = zip((a, *more[1:]), TERMS[more[0]] if more else ("{g}",), strict=True)
    return [f"{c}_bar += {t.format(g=f'{n}_bar', a=a, b=more[-1] if more else '')}"
            for n, t in terms if n.isidentifier()]  # fmt: skip


def five_words(line):
    c, _, a, sign, b = line.split()
    return back(" ".join([c, "=", a, sign, b]))


def as_products(line):
    words = line.split()
    return back(" ".join([*words[:3], "*", words[4]]) if len(words) > 4 else line)


def as_products_alone(line):
    c, _, a, _, b = line.split()
    return [f"{a}_bar += {c}_bar * {b}", f"{b}_bar += {c}_bar * {a}"]


def nobody(line):
    return [f"{line.split()[0]}_bar = 0.0", *back(line)]


def letters_alone(line):
    return [text for text in back(line) if text.split("_bar")[0].isalpha()]


AGAIN = (
    "In a * a both sides are paid, though they are the same name: two lines, or one with the sum."
)
PRODUCTS = "Each sign has its own slopes: those are the ones of a product."

EXERCISE = Exercise(
    "rewriting.back",
    cases=lambda random: LINES,
    right=back,
    run=paid,
    tell=told,
    show=str,
    wants="lines of text that pay the names on the right",
    mistakes=(
        (pays(sign="="), "A name may have been paid before, by a later line: add to what it has "
         "(+=), do not overwrite it (=)."),
        (pays(change=lambda term: term.replace("{g} * ", "").replace("{g} / {b}", "1 / {b}")
              .replace("{g}", "1")), "Those are the slopes alone: each is multiplied by the "
         "adjoint of the result."),
        (pays(times=("{g} * {a}", "{g} * {b}")), "In a product each side gets the other one times "
         "the adjoint, not itself."),
        (pays(minus=("{g}", "{g}")), "What is subtracted makes the result smaller: b gets the "
         "adjoint of the result with a minus."),
        (pays(over=("{g} / {b}", "{g} * {a} / ({b} * {b})")), "a / b becomes smaller where b "
         "grows: the slope by b has a minus."),
        (pays(over=("{g} / {b}", "-{g} / ({b} * {b})")), "The slope of 1 / b is -1 / b ** 2; that "
         "of a / b is a times as large."),
        (pays(over=("{g} / {b}", "-{g} * {a} / {b}")), "The slope of a / b by b is "
         "-a / b ** 2: divided by b twice."),
        (pays(over=("{g} * {b}", "{g} * {a}")), "A quotient is no product: its slopes are 1 / b by "
         "a, and -a / b ** 2 by b."),
        (pays(over=("{g} / {b}", "{g} / {a}")), "A quotient is no product: its slopes are 1 / b by "
         "a, and -a / b ** 2 by b."),
        (pays(one=True), "A line with two names pays both of them."),
        (pays(again=1), AGAIN), (pays(again=-1), AGAIN),
        (numbers_too, "Numbers and data are paid nothing, and have no name with _bar: "
         "word.isidentifier() tells names from them."),
        (letters, "Names may be longer than a letter: line.split() gives the words."),
        (braces, "The braces are still in the text: an f stands before the quotation mark of a "
         'text that Python fills in, f"{a}_bar".'),
        (forward_mode, "That pays the result. On the way back it is the other way round: the "
         "result pays the names on the right."),
        (five_words, "Not every line has five words: in c = a, and in c = 2.5, there are "
         "three."),
        (as_products, PRODUCTS), (as_products_alone, PRODUCTS),
        (nobody, "All adjoints are what they were before: nobody is paid, or the adjoint of the "
         "result was set to 0 before it paid."),
        (letters_alone, "t1 is a name too: word.isidentifier() tells names from all else."),
        (pays(over=("{g} / {b}", "{g} * -{a} / {b} * {b}")), "a / b * b is (a / b) * b, and so a "
         "again: put parentheses around b * b."),
    ),
    hints=(
        "line.split() gives the words: c, =, a, and mostly a sign and b. For + both names get "
        "c_bar; what do they get for - * / ?",
        'For a product: [f"{a}_bar += {c}_bar * {b}", f"{b}_bar += {c}_bar * {a}"]. Then leave '
        "out the lines of words that are no names.",
        'For a / b, a gets f"{c}_bar / {b}", and b gets f"-{c}_bar * {a} / ({b} * {b})". '
        "Collect pairs of a name and such a text, and write a line for each whose name "
        "isidentifier().",
    ),
    idea="A table of texts, one for each operation: a program can now write slopes that nobody "
    "has computed yet.",
    real=("tangent/grads.py:mult", "elves/source/page.py:Program.pay"),
    answer="back",
)  # fmt: skip
