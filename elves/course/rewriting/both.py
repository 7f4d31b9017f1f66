"""Exercise 8.3, both: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise
from elves.course.rewriting.cases import CLASH, back, both, cases_of, made, run_with
from elves.course.rewriting.running import told

PROGRAMS = """
def f(x, y):  # at 3, 2
    x = y
    return x

def f(x):  # at 3
    x = x * 2.0
    return x

def f(x, y):  # at 3, 2
    x = x * y
    return x

def f(x):  # at 3
    x = x * x
    return x

def f(x, y):  # at 3, 2
    y = 5.0
    x = x + y
    return x

def f(x, y):  # at 6, 3
    x = y - x
    return x

def f(x, y):  # at 3, 2
    y = x * x
    x = x * y
    return x

def f(x):  # at 3
    x = x * x
    x = x * x
    return x

def f(x, y):  # at 3, 2
    z = x * x
    x = y * y
    z = z * x
    return z

def f(x, y):  # at 6, 3
    x = y / x
    y = x / y
    return y

def f(x, y):  # at 3, 2
    y = x * y
    x = y + y
    return x

def f(x, y):  # at 3, 2
    x = x / y
    y = x + x
    return y

def f(x):  # at 3
    any_name = x * x
    y = x * 2.0
    z = y * any_name
    return z
"""


def cases(random):
    return cases_of(PROGRAMS) + made(random, 10, "def f(x, y):\n    {}\n    return x", (2,))


def parts(line):
    name, right = line.split(" = ")
    return name, right, f"{name}_bar"


def changed(forward="push line", home="pop take zero pay", pay=None, own="new_bar"):
    """A wrong answer: both ways as words for their lines, in another order or without some.

    `own` is the name whose adjoint is the one that is taken aside.
    """

    def wrong(line):
        name, right, bar = parts(line)
        paid = (pay or (lambda line: back(f"{own} = {right}")))(line)
        words = {
            "push": [f"stack.append({name})"], "line": [line], "pop": [f"{name} = stack.pop()"],
            "take": [f"{own}_bar = {bar}"], "zero": [f"{bar} = 0.0"], "pay": paid,
        }  # fmt: skip
        return tuple([text for w in way.split() for text in words[w]] for way in (forward, home))

    return wrong


def turned(line):
    there, home = both(line)
    return there, home[::-1]


def set_not_added(line):
    def pay(line):
        return [text.replace("+=", "=") for text in back(f"new_bar = {parts(line)[1]}")]

    return changed(pay=pay)(line)


def renames_both_sides(own):
    def wrong(line):
        name, right, _ = parts(line)
        words = [own if word == name else word for word in right.split()]
        return changed(pay=lambda line: back(f"{own} = {' '.join(words)}"), own=own)(line)

    return wrong


def in_plain_t(line):
    """Takes the adjoint aside under a name that programs have."""
    there, home = both(line)
    return there, [text.replace("new_bar_bar", "t") for text in home]


def paid_with_g(line):
    """Takes the adjoint aside under one name, and pays from another."""
    name, right, bar = parts(line)
    take = [f"{name} = stack.pop()", f"g = {bar}", f"{bar} = 0.0"]
    return both(line)[0], take + back(f"g = {right}")


def while_it_changes(line):
    name, _, bar = parts(line)
    undo = [f"{name} = stack.pop()", f"old_bar = {bar}", *back(line), f"{bar} -= old_bar"]
    return both(line)[0], undo


def ways_swapped(line):
    return both(line)[::-1]


def oldest(line):
    there, home = both(line)
    return there, [text.replace("pop()", "pop(0)") for text in home]


def pushes_text(line):
    name = parts(line)[0]
    return [f"stack.append({name!r})", line], both(line)[1]


def pushes_the_right(line):
    return [f"stack.append({parts(line)[1]})", line], both(line)[1]


def pushes_the_operands(line):
    a, *_ = parts(line)[1].split()
    return [f"stack.append({a})", line], both(line)[1]


def keeps_in_a_name(line):
    """One name for what was there: the next line that gives it a value overwrites it."""
    name = parts(line)[0]
    there, home = changed("line", "take zero pay")(line)
    return [f"old_{name} = {name}", *there], [f"{name} = old_{name}", *home]


def not_its_own(home="take zero pay", pay=None):
    """Puts nothing on the stack where the line does not read what it overwrites."""

    def wrong(line):
        name, right, _ = parts(line)
        return both(line) if name in right.split() else changed("line", home, pay)(line)

    return wrong


LATE = (
    "The old value comes back too late: take it from the stack first, since the products need "
    "what the names were before the line."
)
LOST = (
    "The line overwrites a value that the way back needs: put it on the stack before, and take it "
    "from there when the line is undone."
)
UNKNOWN = (
    "The line pays from an adjoint that has no value there: take it aside first, under just that "
    "name, with its _bar."
)
OWN = (
    "The old value may be needed by an earlier line, though this one does not read it: save it, "
    "and reset its adjoint, always."
)
NEW = "That saves the new value: put the old one on the stack, before the line runs."
STAYS = (
    "What the name was before the line did not reach the result through the new value: once that "
    "has paid, the name begins again with 0."
)

EXERCISE = Exercise(
    "rewriting.both",
    cases=cases,
    right=both,
    run=run_with(line=None),
    tell=told,
    show=str,
    wants="two lists of lines, forward and back",
    mistakes=(
        (changed("line", "take zero pay"), LOST),
        (changed("line", "pay zero", pay=back), LOST),
        (changed(home="pop pay zero", pay=back), "x = x * y pays x too, and that is lost: take the "
         "adjoint aside, set it to 0, and then pay from what you took aside."),
        (changed(home="pop zero pay", pay=back), "The adjoint is 0 before it has paid: take it "
         "aside first."),
        (changed(home="pop pay", pay=back), STAYS), (changed(home="pop take pay"), STAYS),
        (changed(home="pay pop", pay=back), STAYS),
        *((renames_both_sides(own), "The new value alone gets another name: on the right of the "
           "line stands the old one, which keeps its own.") for own in ("new", "new_bar")),
        (changed(own="new"), CLASH), (in_plain_t, CLASH),
        (changed(home="take zero pay pop"), LATE),
        (changed(home="pay zero pop", pay=back), LATE),
        (changed(forward="line push"), NEW), (pushes_the_right, NEW),
        (changed(forward="push"), "Forward the line itself runs too, after its old value is "
         "saved."),
        (turned, UNKNOWN), (paid_with_g, UNKNOWN),
        (set_not_added, "A name may have been paid before, by a later line: add to what it has "
         "(+=), do not overwrite it (=)."),
        (pushes_the_operands, "What is put on the stack is the old value of the name on the left, "
         "which the line overwrites."),
        (keeps_in_a_name, "One name keeps one value: where a line runs for a second time, or the "
         "name is overwritten twice, the first is lost. A stack keeps them all."),
        (not_its_own(), OWN), (not_its_own("pay", back), OWN),
        (changed("line", "pay", pay=back), "That is the way of 8.2, and right for new names alone: "
         "here the old value is lost, and the adjoint of the name must begin again with 0."),
        (while_it_changes, "x_bar changes while it pays: in x = x * y the second payment finds "
         "another x_bar than the first. Pay from one that you took aside."),
        (ways_swapped, "The first list runs forward, and the second one undoes it: yours are the "
         "other way round."),
        (oldest, "pop(0) takes what was put there first. The way back needs what came "
         "last: pop()."),
        (pushes_text, "That saves the letters of the name, and not its value: no quotation marks "
         "around it in the line."),
    ),
    hints=(
        "Forward: save the old value, then the line. Back: restore it, take the adjoint of the new "
        "value aside, set it to 0, pay.",
        "name, right = line.split(' = '). Your `back` pays from the adjoint of any name: so the "
        "new value may have a name of its own.",
        'Back: [f"{name} = stack.pop()", f"new_bar_bar = {name}_bar", f"{name}_bar = 0.0"], and '
        'then the lines of back(f"new_bar = {right}").',
    ),
    idea="Save, restore, reset: after each step back, all names and adjoints are as if the line "
    "had not run yet.",
    real=("tangent/reverse_ad.py:ReverseAD.visit_Assign@store = template",
          "elves/source/page.py:Program.save"),
    answer="both",
)  # fmt: skip
