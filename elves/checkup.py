"""What `elves doctor` looks at: which versions were tested, and who is right here."""

import importlib
import re
from pathlib import Path

import numpy as np

import elves
from elves.errors import MissingError
from elves.frameworks import load, quiet, sentence

DISTRIBUTIONS = {"pytorch": ["torch"], "tensorflow": ["tensorflow-cpu", "tensorflow"]}
CONSTRAINTS = Path(__file__).with_name("constraints.txt")


def patient(x):
    return np.sum(np.sin(x) * x**2)


def is_right(value_and_grad):
    x = np.array([0.3, -1.2, 2.5])
    value, gradient = value_and_grad(patient)(x)
    return np.allclose(value, patient(x), 1e-12, 0) and np.allclose(
        gradient, 2 * x * np.sin(x) + x**2 * np.cos(x), 1e-8, 0
    )


def tested_versions(path=CONSTRAINTS):
    """Return the versions that the project was tested with, by distribution; {} without the file.

    >>> tested_versions(Path("no such file"))
    {}
    """
    if not path.exists():
        return {}
    pin = r"^([\w.-]+)[ \t]*==[ \t]*([^\s;#]+)[ \t]*;?([^#\n]*)"
    pins = re.findall(pin, path.read_text("utf-8"), re.MULTILINE)
    return {
        re.sub(r"[-_.]+", "-", name).lower(): version
        for name, version, marker in pins
        if not marker.strip() or holds_here(marker)
    }


def holds_here(marker):
    """Tell whether a pin is for this Python and system; what cannot be read is not."""
    try:
        from packaging.markers import Marker

        return Marker(marker).evaluate()
    except (ImportError, ValueError):  # `packaging` comes with the light set
        return False


def examine(name):
    """Return (display name, version, verdict, remark) of one engine or system."""
    module, version = None, "-"
    try:
        with quiet():
            module = (
                importlib.import_module(f"elves.{name}") if name in elves.ENGINES else load(name)
            )
            version = elves.__version__ if name in elves.ENGINES else module.version()
            right = is_right(module.value_and_grad)
        remark = (
            "" if right else "It gives a wrong gradient here: please report it with this table."
        )
        return getattr(module, "NAME", name), version, "correct" if right else "WRONG", remark
    except Exception as error:
        name = getattr(module, "NAME", None) or getattr(error, "name", None) or name
        missing = isinstance(error, MissingError) and error.why != "broken"
        return (
            name,
            version,
            "missing" if missing and module is None else "BROKEN",
            sentence(error),
        )
