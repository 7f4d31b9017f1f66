"""Exercise 8.5, loop: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise
from elves.course.rewriting.cases import CLASH, block, cases_of, loop, made, run_with
from elves.course.rewriting.running import told

PROGRAMS = """
def f(x, y):  # at 20, 2; 6, 2; 3, 2
    while x < 10.0:
        x = x * y
    return x

def f(x):  # at 3; 40
    while x > 1.0:
        x = x / 4.0
    return x

def f(x, y):  # at 3, 2
    y = x * y
    while x < 10.0:
        x = x * x
    return y

def f(x, y):  # at 3, 2
    while x < 20.0:
        y = y * x
        x = x + y
    return y

def f(x):  # at 3
    n = 0
    while n < 3:
        x = x * x
        x = x * 0.5
        n = n + 1
    return x

def f(x, y):  # at 3, 2; 0.5, 2
    while x < 10.0:
        x = x * y
    while x > 1.0:
        x = x / 3.0
    return x

def f(x, y):  # at 3, 2; 0.5, 3
    while x < 10.0:
        if x < 4.0:
            x = x * x
            x = x + 1.0
        else:
            x = x * y
    return x

def f(x, y):  # at 1, 2; 3, 2
    m = 0
    while m < 2:
        n = 0
        while n <= m:
            x = x * y
            y = y + x
            n = n + 1
        m = m + 1
    return x

def f(x, y):  # at 2, 3
    while x < 30.0:
        while y < x:
            y = y * 2.0
        x = x * y
    return x

def f(x):  # at 2
    r = 1.0
    while abs(r * r - x) > 0.001:
        q = x / r
        r = r + q
        r = r * 0.5
    return r

def f(x):  # at 3
    any_name = x * x
    y = x * 2.0
    while y < 50.0:
        y = y * any_name
    return y
"""
FRAME = """def f(x, y):
    n = 0
    {}
    while n < 3:
        {}
        n = n + 1
    return x"""


def cases(random):
    return cases_of(PROGRAMS) + made(random, 8, FRAME, (1, 1))


def counts(start=0, after="stack.append(turns)", turns="range(stack.pop())", inside=()):
    """Counts the turns under one name, which a loop inside uses too."""

    def wrong(test, body):
        there = block(f"while {test}:", [*inside, *body[0], "turns += 1"])
        return [f"turns = {start}", *there, after], block(f"for _ in {turns}:", body[1])

    return wrong


def noted(test, body, start="False", turn="True", first=False, end=(), back="stack.pop()"):
    note = [f"stack.append({turn})"] * bool(turn)
    lines = [*note, *body[0]] if first else [*body[0], *note]
    head = [f"stack.append({start})"] * bool(start)
    return [*head, *block(f"while {test}:", lines), *end], block(f"while {back}:", body[1])


def named_n(end="stack.append(n)", turns="stack.pop()", first=False):
    """A count under a name that a program may have."""

    def wrong(test, body):
        there = block(f"while {test}:", ["n += 1"] * first + [*body[0]] + ["n += 1"] * (not first))
        return ["n = 0", *there, end], block(f"for _ in range({turns}):", body[1])

    return wrong


def taken_into(name):
    """Takes the notes into a name that a program may have."""

    def wrong(test, body):
        forward = loop(test, body)[0]
        take = f"{name} = stack.pop()"
        return forward, [take, *block(f"while {name}:", [*body[1], take])]

    return wrong


def start_in_body(test, body):
    return noted(test, (["stack.append(False)", *body[0]], body[1]), start="")


def true_below(test, body):
    return noted(test, body, start="True")


def only_asks(test, body):
    return noted(test, body, back="stack")


def only_asks_without_a_start(test, body):
    return noted(test, body, start="", back="stack")


def peeks(test, body):
    return noted(test, body, back="stack[-1]")


def looks_for_the_start(test, body):
    return noted(test, body, start="None", turn="", back="stack[-1] is not None")


def known_before(test, body):
    return block(f"while {test}:", body[0]), block("for _ in range(10):", body[1])


def no_start(test, body):
    return noted(test, body, start="")


def note_first(test, body):
    return noted(test, body, first=True)


def end_last(test, body):
    return noted(test, body, start="", end=["stack.append(False)"])


def until_empty(test, body):
    return noted(test, body, start="", turn="", back="stack")


def as_long_as_the_stack(test, body):
    there = block(f"while {test}:", body[0])
    return there, block("for _ in range(len(stack)):", body[1])


def asks_again(test, body):
    return noted(test, body, start="", turn="", back=test)


def asks_not(test, body):
    return noted(test, body, start="", turn="", back=f"not ({test})")


def once(test, body):
    return block(f"while {test}:", body[0]), list(body[1])


def once_if_at_all(test, body):
    return noted(test, body)[0], block("if stack.pop():", body[1])


def swapped(test, body):
    return noted(test, body, start="True", turn="False")


def turned(test, body):
    return loop(test, (body[0], body[1][::-1]))


def an_if(test, body):
    forward = [*block(f"if {test}:", [*body[0], "stack.append(True)"]),
               *block("else:", ["stack.append(False)"])]  # fmt: skip
    return forward, block("if stack.pop():", body[1])


def forward_again(test, body):
    return loop(test, (body[0], body[0]))


def count_first(test, body):
    there = block(f"while {test}:", ["turns += 1", *body[0]])
    return ["turns = 0", *there, "stack.append(turns)"], counts()(test, body)[1]


def count_kept(test, body):
    """The count stays in its name: a second loop, or one inside, writes over it."""
    return counts(after="pass", turns="range(turns)")(test, body)


def counts_on(test, body):
    there = block(f"while {test}:", [*body[0], "turns += 1"])
    return [*there, "stack.append(turns)"], block("for _ in range(stack.pop()):", body[1])


def count_below(test, body):
    there = block(f"while {test}:", ["stack[-1] += 1", *body[0]])
    return ["stack.append(0)", *there], block("for _ in range(stack.pop()):", body[1])


ASKED = (
    "The test says when the loop ends forward. The way back cannot ask it: write down how often "
    "the loop turned."
)
BURIED = (
    "The note of a turn lies below what the body puts on the stack, and the way back finds that "
    "first: what is needed first there is put on the stack last."
)
WHOLE = (
    "The stack also holds what was put there before the loop: the way back must stop where the "
    "loop began."
)
KEPT = (
    "One name for the count: a loop inside of the loop, or after it, writes over it. Notes on the "
    "stack do not get in each other's way."
)

OWN_N = (
    "The program has an n of its own, and your count writes over it. Notes on the stack need no "
    "name."
)
ASKS = "while stack: only asks whether anything is left: take the note itself, with pop."
LOOKS = "stack[-1] looks at the note, and leaves it there: pop takes it away."

EXERCISE = Exercise(
    "rewriting.loop",
    cases=cases,
    right=loop,
    run=run_with(loop=None),
    tell=told,
    show=str,
    wants="two lists of lines, forward and back",
    mistakes=(
        (no_start, "Nothing says where the loop began: the way back goes on, and takes what was "
         "put on the stack before. Leave a note before the first turn."),
        (note_first, BURIED), (count_below, BURIED),
        (end_last, "The note of the end lies on top, so the way back ends before its first turn: "
         "that note belongs below those of the turns."),
        (until_empty, WHOLE), (as_long_as_the_stack, WHOLE),
        (asks_again, ASKED), (asks_not, ASKED),
        (once, "The body is undone once: it must be undone as often as it ran."),
        (once_if_at_all, "The body is undone once: it must be undone as often as it ran."),
        (swapped, "The notes are the wrong way round: True for each turn, so that the way back "
         "goes on, and False below them."),
        (turned, "The lines of the body's way back are in their order: take them as they come."),
        (an_if, "Forward that runs the body once at most: it is still a while."),
        (forward_again, "The body has two lists: [0] runs forward, and [1] undoes it."),
        (true_below, "The note below all turns says True, so the way back does not stop there: it "
         "must be False."),
        (only_asks, ASKS), (only_asks_without_a_start, ASKS),
        (taken_into("t_bar"), CLASH), (taken_into("t"), CLASH),
        (counts(), KEPT), (count_first, KEPT), (count_kept, KEPT),
        (counts(start=1), "One turn too many is undone: the count begins with 0, and grows with "
         "each turn."),
        (named_n(), OWN_N), (named_n("pass", "n"), OWN_N), (named_n("pass", "n", True), OWN_N),
        (start_in_body, "With a note of the beginning in each turn, the way back ends after one: "
         "it stands once, before the while."),
        (peeks, LOOKS), (looks_for_the_start, LOOKS),
        (known_before, "How often the loop turns is known only when the program runs: it must "
         "write it down itself."),
        (counts_on, "The count has no beginning: it is 0 before the first turn."),
    ),
    hints=(
        "The way back must know how often the body ran. It finds on top of the stack what was put "
        "there last.",
        "Each turn ends with a note, True. Before the first turn stands another one, False: there "
        "the way back stops.",
        'Forward: ["stack.append(False)", f"while {test}:", *indent([*body[0], '
        '"stack.append(True)"])]; back: ["while stack.pop():", *indent(body[1])]',
    ),
    idea="Each turn leaves its note and its old values on the stack: memory grows with the number "
    "of turns. That is the price of reverse mode; checkpointing pays a part of it with time.",
    real=("tangent/grads.py:dwhile_", "elves/source/page.py:Program.forward_While"),
    answer="loop",
)  # fmt: skip
