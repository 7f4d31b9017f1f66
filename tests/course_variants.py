"""The mistakes of the labs, written in other ways: (number of the mistake, the learner's cell).

EQUIVALENT lists mutants of solutions that are right too: a piece of text that only they have, and
the reason. Each lab has a file of its own.
"""

import importlib
from pathlib import Path

VARIANTS, EQUIVALENT = {}, {}
for path in sorted(Path(__file__).parent.glob("variants_*.py")):
    module = importlib.import_module(path.stem)
    for name, found in module.VARIANTS.items():
        VARIANTS[name] = VARIANTS.get(name, []) + found
    EQUIVALENT |= module.EQUIVALENT
