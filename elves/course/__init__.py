"""The course: exercises in which you build the elves, and checks that know what went wrong.

`check` looks at your answer, `hint` helps in three steps, `quiz` asks before you run, `progress`
draws the workshop, whose windows light up. Nothing of it needs a network or an account.

>>> from elves.course.rooms import find
>>> find("tape.order").look(lambda out: [out])
✗ tape.order: case 1 of 85 is the smallest that is wrong: a = 0.9; b = a * a; the result is b
  expected: every value after those that it was made of
  got: b comes before a: b
  Stuck? hint("tape.order") helps.
"""

from elves.course.desk import check, hint, lab, progress, quiz
from elves.course.handover import Handover
from elves.course.keep import own, save
from elves.course.trainer import Trainer

__all__ = ["Handover", "Trainer", "check", "hint", "lab", "own", "progress", "quiz", "save"]
