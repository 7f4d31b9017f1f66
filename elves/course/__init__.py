"""The course: exercises in which you build the elves, and checks that know what went wrong.

`check` looks at your answer, `hint` helps in three steps, `quiz` asks before you run, `progress`
draws the workshop, whose rooms light up. Nothing of it needs a network or an account.

>>> check("tape.order", lambda out: [out])
✗ tape.order: 1 of 90 cases right. The smallest that is not: b = a * a; the result is b
  expected: every value after those that it was made of, and all of them
  got: a is missing
  It seems that … you list the result alone: walk to its parents, and to theirs.
"""

from elves.course.desk import check, hint, lab, progress, quiz
from elves.course.trainer import Trainer

__all__ = ["Trainer", "check", "hint", "lab", "progress", "quiz"]
