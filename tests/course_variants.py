"""The mistakes of the labs, written in other ways: (number of the mistake, the learner's cell).

EQUIVALENT lists mutants of solutions that are right too: a piece of text that only they have, and
the reason.
"""

VARIANTS = {}
EQUIVALENT = {}
