"""`python -m elves` is the command `elves`."""

import sys

from elves.cli import main

sys.exit(main())
