"""Exercise 8.4, branch: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise
from elves.course.rewriting.cases import CLASH, block, branch, cases_of, made, run_with
from elves.course.rewriting.running import told

PROGRAMS = """
def f(x, y):  # at 3, 2; 1, 2
    if x > y:
        x = x * y
    return x

def f(x, y):  # at 3, 2; 1, 2
    if x > y:
        x = x * y
    else:
        x = x * x
    return x

def f(x):  # at 3; 0.5
    if x > 1.0:
        x = x / 6.0
    else:
        x = x * 6.0
    return x

def f(x, y):  # at 3, 2
    if x > y:
        pass
    else:
        x = x * y
    return x

def f(x, y):  # at 3, 2; 1, 2
    if x > y:
        y = x * y
        x = x * y
    return x

def f(x, y):  # at 3, 2; 1, 2
    if x > y:
        x = x * y
    if y > 1.0:
        y = x * x
    else:
        y = x + x
    return y

def f(x, y):  # at 3, 2; 1, 2; 0.5, 0.5
    if x >= y:
        x = x * y
        if x > 2.0:
            x = x / 4.0
        else:
            x = x * 3.0
    return x

def f(x, y):  # at 3, 2; 1, 3
    n = 0
    while n < 3:
        if x > y:
            x = x / y
        else:
            x = x * x
            y = y * 0.5
        n = n + 1
    return x

def f(x):  # at 3
    any_name = x * x
    y = x * 2.0
    if y > 1.0:
        y = y * any_name
    return y
"""
FRAME = """def f(x, y):
    if x > y:
        {}
    else:
        {}
    if x > 1.0:
        {}
    return x"""


def cases(random):
    return cases_of(PROGRAMS) + made(random, 8, FRAME, (1, 1, 1))


def arms(test, yes, no, ends=("", ""), start=()):
    """Both arms forward, each with its line at the end, below lines before them."""
    made = [[*way[0], *[end] * bool(end)] for way, end in zip((yes, no), ends, strict=True)]
    return [*start, *block(f"if {test}:", made[0]), *block("else:", made[1])]


def home(test, yes, no):
    return block(f"if {test}:", yes[1]) + block("else:", no[1])


NOTES = "stack.append(True)", "stack.append(False)"


def asks_again(test, yes, no):
    return arms(test, yes, no), home(test, yes, no)


def asks_after(test, yes, no):
    return [*arms(test, yes, no), f"stack.append({test})"], home("stack.pop()", yes, no)


def notes_before(test, yes, no):
    start = [f"stack.append({test})"]
    return arms("stack[-1]", yes, no, start=start), home("stack.pop()", yes, no)


def notes_before_in_arms(test, yes, no):
    noted = [([note, *way[0]], way[1]) for note, way in zip(NOTES, (yes, no), strict=True)]
    return arms(test, *noted), home("stack.pop()", yes, no)


def one_name(test, yes, no):
    return arms("way", yes, no, start=[f"way = {test}"]), home("way", yes, no)


def kept_then_noted(name):
    """The test in one name, which is put on the stack when the arm has run."""

    def wrong(test, yes, no):
        there = arms(name, yes, no, start=[f"{name} = {test}"])
        return [*there, f"stack.append({name})"], home("stack.pop()", yes, no)

    return wrong


def asks_besides(test, yes, no):
    return arms(test, yes, no, NOTES), home(test, yes, no)


def asks_besides_after(test, yes, no):
    return asks_after(test, yes, no)[0], home(test, yes, no)


def asks_besides_before(test, yes, no):
    return [f"stack.append({test})", *arms(test, yes, no)], home(test, yes, no)


def pops_into(name):
    """The note in a name that the program may have."""

    def wrong(test, yes, no):
        return branch(test, yes, no)[0], [f"{name} = stack.pop()", *home(name, yes, no)]

    return wrong


def notes_one_way(test, yes, no):
    return arms(test, yes, no, (NOTES[0], "")), home("stack.pop()", yes, no)


def both_arms(test, yes, no):
    return branch(test, yes, no)[0], ["stack.pop()", *yes[1], *no[1]]


def both_arms_without_a_note(test, yes, no):
    return arms(test, yes, no), [*no[1], *yes[1]]


def swapped(test, yes, no):
    return arms(test, yes, no, NOTES[::-1]), home("stack.pop()", yes, no)


def notes_text(test, yes, no):
    return [*arms(test, yes, no), f"stack.append({test!r})"], home("stack.pop()", yes, no)


def pops_twice(test, yes, no):
    ways = block("if stack.pop():", yes[1]) + block("if not stack.pop():", no[1])
    return branch(test, yes, no)[0], ways


def turned(test, yes, no):
    return branch(test, (yes[0], yes[1][::-1]), (no[0], no[1][::-1]))


def only_yes(test, yes, no):
    forward = [*block(f"if {test}:", [*yes[0], NOTES[0]]), *block("else:", [NOTES[1]])]
    return forward, block("if stack.pop():", yes[1])


def else_lost(test, yes, no):
    return branch(test, yes, ([], no[1]))


def asks_too_soon(test, yes, no):
    return yes if test else no


def peeks(test, yes, no):
    return branch(test, yes, no)[0], home("stack[-1]", yes, no)


def two_ifs(test, yes, no):
    notes = [[*arm[0], note] for arm, note in zip((yes, no), NOTES, strict=True)]
    forward = [*block(f"if {test}:", notes[0]), *block(f"if not ({test}):", notes[1])]
    return forward, home("stack.pop()", yes, no)


def oldest(test, yes, no):
    start = [f"stack.insert(0, {test})"]
    return arms("stack[0]", yes, no, start=start), home("stack.pop(0)", yes, no)


def ways_of_yes(test, yes, no):
    """The way back of the first arm alone, though both run forward."""
    return branch(test, yes, no)[0], block("if stack.pop():", yes[1])


def forward_again(test, yes, no):
    return branch(test, yes, no)[0], home("stack.pop()", (0, yes[0]), (0, no[0]))


def no_if(test, yes, no):
    return [*yes[0], *no[0]], [*no[1], *yes[1]]


AGAIN = (
    "On the way back the test is asked again: but its names may have new values by then, and "
    "another way would be taken. Write down which way it was."
)
BURIED = (
    "The note lies below what the arm puts on the stack, and the way back finds that first: what "
    "is needed first there is put on the stack last."
)

NESTED = (
    "Where an if stands in an arm, the way back gets the inner answer in the place of the outer "
    "one. One name for both is written over, and a note from before the arm lies below."
)
BESIDES = "You write the note, but ask the test again: on the way back, pop the note."

ELSE = "What stands in the else is missing: forward both arms keep their lines."

EXERCISE = Exercise(
    "rewriting.branch",
    cases=cases,
    right=branch,
    run=run_with(branch=None),
    tell=told,
    show=str,
    wants="two lists of lines, forward and back",
    mistakes=(
        (asks_again, AGAIN),
        (asks_after, "The test is asked after the arm has run: its names may have new values by "
         "then. Let each arm say that it was taken."),
        (notes_before, BURIED), (notes_before_in_arms, BURIED),
        (only_yes, ELSE), (else_lost, ELSE),
        (one_name, "One name holds one note: the next if, or the next turn of a loop, overwrites "
         "it. The stack keeps them all."),
        (kept_then_noted("test_bar"), NESTED), (kept_then_noted("t"), NESTED), (oldest, NESTED),
        (asks_besides, BESIDES), (asks_besides_after, BESIDES), (asks_besides_before, BESIDES),
        (pops_into("t_bar"), CLASH), (pops_into("t"), CLASH),
        (notes_one_way, "Only one arm leaves a note: the other one must say that it was taken, "
         "too."),
        (both_arms, "Both arms are undone: only the one that ran may be, so the way back needs an "
         "if too."),
        (both_arms_without_a_note, "Both arms are undone: only the one that ran may be, so the way "
         "back needs an if too."),
        (swapped, "The notes are the wrong way round: the way back undoes the arm that did not "
         "run."),
        (notes_text, "That puts the text of the test on the stack, which counts as true: put there "
         "True or False."),
        (pops_twice, "Two pops for one note: take it from the stack once, and use else."),
        (turned, "The lines of an arm's way back are in their order: take them as they come."),
        (ways_of_yes, "The else is not undone: it has lines for the way back too."),
        (forward_again, "An arm has two lists: [0] runs forward, and [1] undoes it."),
        (asks_too_soon, "That asks while the program is written: test is a "
         "text, and counts as true. The written program has to ask."),
        (peeks, "stack[-1] looks at the note, and leaves it there: pop takes it away."),
        (two_ifs, "Two ifs ask twice, and the first arm may have changed what is asked: one if, "
         "and its else, ask once."),
        (no_if, "Forward the program still asks its test, and runs one of the arms."),
    ),
    hints=(
        "Each arm can leave a note when it has run. What does the way back have to find first?",
        "Forward: if, the first arm and a line that puts True on the stack; else, the second and "
        "False. Back: an if that takes the note from the stack.",
        'Forward: [f"if {test}:", *indent([*yes[0], "stack.append(True)"]), "else:", …]; back: '
        '["if stack.pop():", *indent(yes[1]), "else:", *indent(no[1])]',
    ),
    idea="The way back does not decide anything: it follows the notes.",
    real=("tangent/grads.py:dif_", "elves/source/page.py:Program.forward_If"),
    answer="branch",
)  # fmt: skip
