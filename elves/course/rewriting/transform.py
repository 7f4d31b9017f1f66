"""Exercise 8.6, transform: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise
from elves.course.rewriting import both as lines
from elves.course.rewriting import branch as branches
from elves.course.rewriting import loop as loops
from elves.course.rewriting.cases import both, branch, cases_of, loop, run_named, transform
from elves.course.rewriting.programs import read
from elves.course.rewriting.running import told


def cases(random):
    """Lines, branches, loops, and then all of them in each other."""
    found = [cases_of(each.PROGRAMS) for each in (lines, branches, loops)]
    few = [case for some in found for case in some[:8]]
    return few + [case for some in found for case in some[8:]]


def walk(join=lambda forward, home, there, undo: (forward + there, undo + home), inner=None,
         line=both, branch=branch, loop=loop):  # fmt: skip
    """A transform that puts its parts together in some way."""

    def of(steps):
        forward, home = [], []
        for step in steps:
            if isinstance(step, str):
                there, undo = line(step)
            else:
                blocks = [(inner or of)(part) for part in step[2:]]
                there, undo = (branch if step[0] == "if" else loop)(step[1], *blocks)
            forward, home = join(forward, home, list(there), list(undo))
        return forward, home

    return of


def in_order(forward, home, there, undo):
    return forward + there, home + undo


def each_line_turned(forward, home, there, undo):
    return forward + there, undo[::-1] + home


def last_alone(forward, home, there, undo):
    return forward + there, undo


def all_turned(steps):
    forward, home = walk(in_order)(steps)
    return forward, home[::-1]


def blocks_in_order(steps):
    """Right on the outside alone."""
    return walk(inner=walk(in_order))(steps)


def forward_turned(forward, home, there, undo):
    return there + forward, undo + home


def without_else(test, yes, no):
    return branch(test, yes, ([], []))


def yes_twice(test, yes, no):
    return branch(test, yes, yes)


def arms_swapped(test, yes, no):
    return branch(test, no, yes)


def loop_as_branch(test, body):
    return branch(test, body, ([], []))


def branch_as_loop(test, yes, no):
    return loop(test, yes)


def first_alone(steps):
    for step in steps:
        if isinstance(step, str):
            return both(step)
        blocks = [first_alone(part) for part in step[2:]]
        return (branch if step[0] == "if" else loop)(step[1], *blocks)


def blocks_as_they_are(steps):
    return walk(inner=lambda part: part)(steps)


def lines_alone(steps):
    return walk()([step for step in steps if isinstance(step, str)])


TURNED = (
    "That turns each line round. The steps are undone from the last to the first, but the lines "
    "that undo one step stay in their order."
)

BLOCKS = "An if has two blocks, step[2] and step[3]: the second one is what stands in its else."

EXERCISE = Exercise(
    "rewriting.transform",
    cases=cases,
    right=transform,
    run=run_named(lambda answer, text: answer(read(text).steps)),
    tell=told,
    show=str,
    wants="two lists of lines, forward and back",
    mistakes=(
        (walk(in_order), "The way back begins with the last step: what undoes a step stands before "
         "what undoes the steps above it."),
        (all_turned, TURNED), (walk(each_line_turned), TURNED),
        (blocks_in_order, "Inside of an if or a while the last step is undone first, too: let "
         "transform call itself for each block."),
        (walk(forward_turned), "Forward the steps run as they stand. Only the way back "
         "is turned round."),
        (walk(last_alone), "What undoes the steps before is lost: each step adds its lines to "
         "those that are there."),
        (walk(branch=without_else), BLOCKS), (walk(branch=yes_twice), BLOCKS),
        (blocks_as_they_are, "The blocks of an if or a while are steps, too: let transform call "
         "itself for each, and give what comes to branch or to loop."),
        (walk(branch=arms_swapped), "The first block of an if is for a test that is true, and the "
         "second one for its else."),
        (walk(loop=loop_as_branch), "A while is not an if: its step goes to loop."),
        (walk(branch=branch_as_loop), "An if is not a while: its step goes to branch."),
        (first_alone, "That ends after the first step: does the return stand inside of the for?"),
        (lines_alone, "Only the lines are there: steps that are an if or a while belong in the "
         "program, too."),
    ),
    hints=(
        "One loop over the steps. Each gives two lists: the first is put behind what is there, the "
        "second before it.",
        "A step that is a text goes to both. For the others let transform call itself for each "
        "block, and give what comes to branch or to loop.",
        'branch(step[1], transform(step[2]), transform(step[3])) for an "if"; then forward = '
        "forward + there, and home = undo + home.",
    ),
    idea="Each kind of statement knows its own two ways, and puts together those of its blocks: "
    "that is a compiler.",
    real=("tangent/reverse_ad.py:ReverseAD.visit_statements",
          "elves/source/page.py:Program.backward"),
    answer="transform",
)  # fmt: skip
