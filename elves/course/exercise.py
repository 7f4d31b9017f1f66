"""An exercise: its cases, from small to large, and the wrong answers that we know by name."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from elves.course.guard import SECONDS, Failure, attempt, same
from elves.course.kinds import a, by_kind
from elves.course.page import page

ALIKE, LOOK = 0.75, 16  # a wrong answer is known by 3/4 of up to 16 failing cases
HALF, FEW = 0.5, 4  # or by half of them, if the first few failing cases are all alike
ROUNDED = 1e-8  # two wrong answers are alike up to here, though a right one must be nearer
CLEAR = "endless", "recursion", "changed", "nothing", "missing", "paths"  # the words say it all
PATIENCE = 0.5  # seconds of a learner's code for that
FROM_CALL_TO_CALL = (
    "The same call gives another answer the second time: something is kept from call to call, a "
    "global name, or a default such as seen=set(), which Python makes once. Make it anew in each."
)

ANSWERS = {}  # lab -> the names that its notebook gives to answers


@dataclass(frozen=True)
class Exercise:
    """What `check` needs to know of an exercise.

    `cases` makes them from a seeded ``random.Random``, the smallest first: so the first one that
    fails needs no shrinking. ``run(answer, case)`` gives an outcome, the same for the learner's
    answer, for `right`, and for the wrong answers of `mistakes`, which are pairs of a program and
    a sentence. `tell` puts a case into words, `draw(case, expected, got)` into a picture.
    """

    name: str
    cases: Callable
    right: object
    mistakes: tuple
    hints: tuple
    idea: str
    real: tuple = ()  # where an installed system does it: "module:name", the first that is there
    run: Callable = lambda answer, case: answer(*case)
    tell: Callable = lambda case: ", ".join(map(brief, case))
    draw: Callable | None = None
    show: Callable = field(default=lambda outcome: brief(outcome))
    tolerance: float = 1e-9
    answer: str = ""  # the name that the notebook gives it
    told: bool = True  # whether a check may say what it expects
    kind: str = "function"
    wants: str = ""  # what is asked for, in words: said where something else came
    of_case: Callable = lambda case: None  # a sentence that helps there, where no other one does
    stops: tuple = ()  # a pattern of how an answer stops, and what that means here: pairs
    gives: bool = True  # False for a function that works by what it changes in its arguments

    def __post_init__(self):
        self.beside.add(self.answer)

    @property
    def beside(self):
        """The names of all the answers in its lab."""
        return ANSWERS.setdefault(self.name.split(".")[0], set())

    def look(self, answer, seed=0):
        """Run an answer on all the cases up to the first that fails; give a Verdict."""
        cases, passing = list(self.cases(random.Random(seed))), []
        end = time.monotonic() + SECONDS  # what cases load is not the answer's time
        for n, case in enumerate(cases):
            got, printed = attempt(self.run, answer, case, end, self.gives)
            want = self.expected(case)
            if same(got, want, self.tolerance):
                passing.append((case, got))
            else:
                said = None
                if not isinstance(got, Failure) or got.kind not in ("unwritten", "endless"):
                    said = self.recognise(answer, passing, (case, got), cases[n + 1 :], end)
                said = said or self.stopped(got)
                said = said or by_kind(got, want, printed) or self.of_case(case)
                return Verdict(self, n, len(cases), case, want, got, said, printed)
        return Verdict(self, len(cases), len(cases))

    def stopped(self, got):
        """What it means in this exercise that an answer stopped as it did; or None."""
        if not isinstance(got, Failure):
            return None
        own = (said for found, said in self.stops if re.search(found, str(got)))
        return next(own, got.said)

    def expected(self, case):
        """What the right answer gives."""
        want, _ = attempt(self.run, self.right, case, None, self.gives)
        if isinstance(want, Failure):
            raise AssertionError(f"{self.name}: the right answer ends in {want.words}")
        return want

    def recognise(self, answer, passing, failed, rest, end):
        """The sentence of the mistake that behaves most like an answer, if one is alike.

        If none is, and a case fails that was right before, something is kept from call to call.

        What counts is how many of the failing cases it gets wrong in the same way; of two that
        are equally alike there, the one that is also right where the answer is right. Exceptions
        are alike too easily: where the answer gives values as well, one of them must be the same.
        """
        before, passing, failing = spread(passing), [*passing], [failed]
        end = min(end, time.monotonic() + PATIENCE)
        for case in rest:
            got, _ = attempt(self.run, answer, case, end, self.gives)
            if isinstance(got, Failure) and got.kind == "endless":
                break
            fine = same(got, self.expected(case), self.tolerance)
            (passing if fine else failing).append((case, got))
        if not is_missing(failed[1]):  # what is not written yet says nothing about what is
            failing = [pair for pair in failing if not is_missing(pair[1])]
        best, said, few = (0.0, 0.0), None, failing[:FEW]
        values = [pair for pair in failing if not isinstance(pair[1], Failure)]
        for wrong, sentence in self.mistakes:
            share = self.alike(wrong, spread(failing), HALF)
            if share < ALIKE and not (share and self.alike(wrong, few, 1.0)):
                continue  # where two mistakes meet, the smallest cases tell the first of them
            if share < best[0] or (values and not self.alike(wrong, spread(values), 0.0)):
                continue
            score = share, self.alike(wrong, spread(passing), 0.0)
            if before and not values and not self.alike(wrong, before, 0.0):
                continue  # exceptions alone say little: it must also be right before the first
            if score > best or (score == best and said is None):
                best, said = score, sentence
        if said is None and self.is_kept(answer, spread(passing), end):
            return FROM_CALL_TO_CALL
        return said

    def is_kept(self, answer, passing, end):
        """Whether an answer gives something else now in a case in which it was right."""
        for case, before in passing:
            got, _ = attempt(self.run, answer, case, end, self.gives)
            if isinstance(got, Failure) and got.kind == "endless":
                return False  # its time is over, which says nothing
            if not same(got, before, self.tolerance):
                return True
        return False

    def alike(self, wrong, pairs, least):
        """The share of cases in which a wrong answer gives what the learner's gave.

        Where it is under `least`, it does not matter how far: 0. What is wrong only in a late digit
        is not like a program that is right there.
        """
        misses, most, loose = 0, (1 - least) * len(pairs), max(self.tolerance, ROUNDED)
        for case, got in pairs:
            mine, _ = attempt(self.run, wrong, case, None, self.gives)
            hit = same(mine, got, loose)
            if hit and least and loose > self.tolerance:
                hit = not same(mine, self.expected(case), self.tolerance)
            misses += not hit
            if misses > most:
                return 0.0
        return 1 - misses / max(len(pairs), 1)


def is_missing(got):
    return isinstance(got, Failure) and got.kind == "missing"


def spread(pairs):
    """Up to LOOK of them, small and large ones."""
    return pairs[:: -(-len(pairs) // LOOK)] if pairs else []


@dataclass(frozen=True)
class Verdict:
    """What a check says: how many cases are right up to the smallest that is not."""

    exercise: Exercise
    right: int
    total: int
    case: object = None
    expected: object = None
    got: object = None
    mistake: str | None = None
    printed: str = ""

    @property
    def passed(self):
        return self.right == self.total

    @property
    def lines(self):
        """The verdict in words: pairs of what a line is and its text."""
        name, e = self.exercise.name, self.exercise
        if self.passed:
            return [("right", f"✓ {name}: all {self.total} cases are right."), ("idea", e.idea)]
        if isinstance(self.got, Failure) and self.got.kind == "unwritten":
            return [("open", f"○ {self.open}")]
        if isinstance(self.got, Failure) and self.got.kind == "type":
            return [("wrong", f"✗ {name} asks for a {e.kind}, but got {self.got}.")]
        want, got = (each if isinstance(each, Failure) else e.show(each)
                     for each in (self.expected, self.got))  # fmt: skip
        if want == got and e.told and not isinstance(self.got, str):
            got += ", which differs in a digit further back"
        lines = [
            ("wrong", f"✗ {name}: case {self.right + 1} of {self.total} is the smallest that is "
             f"wrong: {e.tell(self.case)}"),
            ("expected", f"expected: {want}"),
            ("got", f"got: {got}"),
        ]  # fmt: skip
        if not e.told:
            del lines[1]
        if self.printed:
            text = self.printed if len(self.printed) < 300 else self.printed[:300] + "…"
            lines.append(("printed", f"it printed: {text.rstrip()}"))
        return [*lines, ("mistake", self.mistake or self.advice)]

    @property
    def open(self):
        """What is still to be written: this exercise, or another one whose answer it calls."""
        name, own, where = self.exercise.name, self.exercise.answer, self.got.words.split(".")
        called = next((part for part in where if part and part in self.exercise.beside), own)
        if called != own:
            return f"{name} calls {called}, which is not there yet: write it, and run its cell."
        said = "put your lines in the place of raise NotImplementedError() and run the cell."
        return f"{name} is still to be written: {said}"

    @property
    def advice(self):
        """What helps where no mistake is known by name."""
        hint, got = f'hint("{self.exercise.name}") helps.', self.got
        if not isinstance(got, Failure):
            # a part that is no value says itself what is wrong with it
            said = any(isinstance(part, str) for part in (got if isinstance(got, list) else [got]))
            return f"Stuck? {hint}" if said else f"No mistake that we know by name: {hint}"
        if "NoneType" in got.words:
            return f"A None came where a value is needed: is a `return` missing? {hint}"
        other = not got.where and got.kind not in CLEAR and self.exercise.wants
        return f"What is asked for: {other}. {hint}" if other else f"Stuck? {hint}"

    def picture(self):
        """The failing case as a picture, where one says it better; or None."""
        if self.passed or not self.exercise.draw or isinstance(self.got, Failure):
            return None
        return self.exercise.draw(self.case, self.expected, self.got)

    def __repr__(self):
        return "\n  ".join(text for _, text in self.lines)

    def _repr_html_(self):
        return page(self)


def brief(value):
    """A value in a few letters.

    >>> import numpy as np
    >>> brief([1.0, 0.1 + 0.2]), brief(np.array([True, False]))
    ('[1, 0.3]', '[True, False]')
    """
    import numpy as np

    if isinstance(value, (float, np.floating)):
        return f"{value:.10g}"
    if isinstance(value, np.ndarray):
        form = {"float_kind": lambda x: f"{0.0 if abs(x) < 1e-12 else x:.6g}"}  # no 1e-16 for 0
        words = np.array2string(value, separator=", ", threshold=30, formatter=form)
        return " ".join(words.split()).replace("[ ", "[")
    if isinstance(value, (list, tuple)):
        words = ", ".join(map(brief, value))
        return f"[{words}]" if isinstance(value, list) else f"({words}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {brief(v)}" for k, v in value.items()) + "}"
    text = str(value) if isinstance(value, str) else f"{value!r:.80}"
    # an address in memory tells nobody anything
    return a(value) if callable(value) or re.match(r"<.* at 0x", text) else text


def several(count, thing):
    """A count of things in words.

    >>> several(1, "step"), several(2, "step")
    ('1 step', '2 steps')
    """
    return f"{count} {thing}{'s' * (count != 1)}"
