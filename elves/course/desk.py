"""Where a learner asks: `check`, `hint`, `quiz`, `progress`, and `lab`, which begins one."""

import contextlib
import difflib
import functools
import inspect
import random
import sys

from elves.course.exercise import Verdict
from elves.course.guard import Failure, NotYet
from elves.course.rooms import LABS, find, room, shown
from elves.course.sentences import key_of
from elves.course.state import is_done, note, read, write
from elves.errors import InputError, missing


def takes(words, fits=lambda *args: True):
    """Let a function say in one sentence what it takes, where a call does not fit it.

    `words` may be a function of what was given by position; `fits` looks at the values.

    >>> @takes("half takes a number: half(4).", lambda x: isinstance(x, int))
    ... def half(x):
    ...     return x / 2
    >>> half(4)
    2.0
    >>> half()
    Traceback (most recent call last):
    elves.errors.InputError: half takes a number: half(4).
    """

    def decorate(function):
        form = inspect.signature(function)

        @functools.wraps(function)
        def call(*args, **options):
            try:
                good = fits(*form.bind(*args, **options).args)
            except TypeError:
                good = False
            if not good:
                raise InputError(words(*args) if callable(words) else words)
            return function(*args, **options)

        return call

    return decorate


@takes(
    lambda name=None, *more:
        f"check takes the name of an exercise and your answer: {example(name)}."
)  # fmt: skip
def check(name, answer):
    """Look at your answer to an exercise: is it right, and if not, in which small case.

    `answer` is what the exercise asks for, mostly a function of yours. Returns a `Verdict`, which
    a notebook shows. Raises InputError for an exercise that does not exist.

    >>> check("tape.order", Unwritten("order")).passed
    False
    """
    exercise = find(name)
    if isinstance(answer, Unwritten):
        got = Failure("unwritten", "")
        verdict = Verdict(exercise, 0, 1, got=got)
    elif (dict_ := exercise.kind == "dict") != isinstance(answer, dict) or not (
        dict_ or callable(answer)
    ):
        more = "" if dict_ else ", which is none: give the name alone, without parentheses"
        verdict = Verdict(exercise, 0, 1, got=Failure("type", f"{shown(answer)}{more}"))
    else:
        verdict = exercise.look(answer)
    if not (isinstance(verdict.got, Failure) and verdict.got.kind == "unwritten"):
        note(name, verdict.passed, key_of(verdict))
    return verdict


@takes('hint takes the name that stands in the check: hint("tape.order").')
def hint(name):
    """The next of an exercise's three hints: each one says more. Raises InputError like `check`."""
    exercise, state = find(name), read()
    given = state.get(name, {}).get("hints", 0)
    n = min(given, len(exercise.hints) - 1)
    write(state | {name: state.get(name, {}) | {"hints": n + 1}})
    left = len(exercise.hints) - 1 - n
    more = f"{left} more after this one" if left else "the last one"
    return Said(f"Hint {n + 1} ({more}): {exercise.hints[n]}")


def example(name):
    """A call of check that could be meant.

    >>> example("steps.best"), example(None)
    ('check("steps.best", best)', 'check("tape.order", order)')
    """
    all_of_them = [e for module, _ in LABS.values() for e in room(module).EXERCISES]
    word = getattr(name, "name", None) or getattr(name, "__name__", name)
    meant = [e for e in all_of_them if str(word) in (e.name, e.answer)]
    e = meant[0] if meant else find("tape.order")
    return f'check("{e.name}", {e.answer})'


# A quiz by the keyboard: Tab goes to it and is seen there, and JupyterLab, which takes the arrows
# and the space bar for its cells, does not hear of them. What it answers can be read in the dark.
QUIZ_KEYS = """
if (!window.elvesQuizKeys) {
  window.elvesQuizKeys = true;
  const style = document.createElement("style");
  const dark = '[data-jp-theme-light="false"] .Quiz .Feedback';
  style.textContent = ".Quiz .MCButton:focus-within { outline: 3px solid #c77700 }" +
    `${dark}.correct { color: #6fd3c4 } ${dark}.incorrect { color: #ff9d88 }`;
  document.head.append(style);
  const keys = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", " "];
  window.addEventListener("keydown", (event) => {
    if (keys.includes(event.key) && event.target.closest(".Quiz")) event.stopPropagation();
  }, true);
}
"""
QUIZ_COLORS = {
    "--jq-multiple-choice-bg": "#00665e", "--jq-many-choice-bg": "#00665e",
    "--jq-numeric-bg": "#00665e", "--jq-string-bg": "#00665e",
    "--jq-incorrect-color": "#a4262c", "--jq-correct-color": "#00665e",
}  # fmt: skip


@takes('quiz takes the name of a quiz: quiz("tape.order").')
def quiz(name):
    """Ask before you run: a question with answers to click. Raises InputError, MissingError."""
    rooms = [*(module for module, _ in LABS.values()), "talk"]
    known = {key: asked for each in rooms for key, asked in room(each).QUIZZES.items()}
    questions = known.get(str(name))
    if not questions:
        near = difflib.get_close_matches(str(name), known, 1, 0.75)
        near += [key for key in known if key.split(".")[1] == str(name)]
        here = [key for key in known if key.split(".")[0] == str(name).split(".")[0]]
        which = f"do you mean {near[0]!r}?" if near else f"choose from {', '.join(here or known)}."
        raise InputError(f"There is no quiz {shown(name)}: {which}")
    try:
        from jupyterquiz import display_quiz
    except ImportError as error:
        words = "Quizzes need jupyterquiz: run make light in the repository."
        raise missing(error, words) from None
    from IPython.display import Javascript, display

    display(Javascript(QUIZ_KEYS))
    state = random.getstate()
    random.seed(name)  # the name of the quiz's place in the page comes from there
    with without_mathjax(sys.modules[display_quiz.__module__]):
        display_quiz(questions, shuffle_answers=False, max_width=760, colors=QUIZ_COLORS)
    random.setstate(state)


@contextlib.contextmanager
def without_mathjax(module):
    """Keep a quiz's script from fetching MathJax from the net: no question has a formula."""
    build = module.build_script
    module.build_script = lambda *args: build(*args).replace("typeof MathJax", "typeof undefined")
    try:
        yield
    finally:
        module.build_script = build


@takes("progress takes nothing, since it shows all the labs: progress().")
def progress():
    """The map of the workshop: each window is an exercise, and lights up when it is solved.

    In a class on a teacher's server, the teacher sees it too, with the mistakes that checks told.
    """
    from elves.course.workshop import Workshop

    return Workshop()


@takes(
    f"lab takes the number of a lab, from 1 to {max(LABS)}: lab(4).",
    lambda number: isinstance(number, int) and number in LABS,
)
def lab(number):
    """Begin a lab: until you have run a cell of yours, its name stands for an open exercise.

    So the cells below can be run in any order, and say what is missing. Raises InputError for a
    lab that does not exist.
    """
    module = room(LABS[number][0])
    names = sys._getframe(2).f_globals  # beyond what looks at the call
    for exercise in module.EXERCISES:
        if exercise.answer and exercise.answer not in names:
            names[exercise.answer] = Unwritten(exercise.answer)
    count, done = len(module.EXERCISES), sum(is_done(e.name) for e in module.EXERCISES)
    return Said(f"Lab {number}, {LABS[number][1]}: {done} of {count} exercises are solved.")


class Said(str):
    """A sentence that a notebook shows without quotation marks."""

    __repr__ = str.__str__


class Unwritten:
    """What a name stands for before the learner's own cell ran."""

    def __init__(self, name):
        self.name = name

    def __call__(self, *args, **kwargs):
        raise NotYet(repr(self), self.name)

    def __repr__(self):
        return f"{self.name} is not there yet: run the cell above that defines it."

    def __mro_entries__(self, bases):
        self()

    # a dict that is open is asked for entries, and added to
    __getitem__ = __setitem__ = __delitem__ = __contains__ = __or__ = __ror__ = __call__
    __iter__ = __len__ = __call__

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        self()
