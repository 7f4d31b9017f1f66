"""The labs and their exercises: which there are, and which one somebody means."""

import difflib
import importlib
import re

from elves.errors import InputError

LABS = {  # number: the module with its exercises, and what it is about
    1: ("steps", "The best step"),
    2: ("symbols", "Symbols"),
    3: ("duals", "Dual numbers"),
    4: ("tape", "The tape"),
    5: ("broadcasting", "Broadcasting"),
    6: ("engine", "Your engine trains"),
    7: ("checkpoints", "Checkpoints"),
    8: ("rewriting", "Source code"),
    9: ("linear", "Linearize, transpose"),
    10: ("batching", "vmap"),
    11: ("compiler", "A tiny compiler"),
    12: ("curvature", "Curvature"),
    13: ("implicit", "Implicit"),
    14: ("odes", "Differential equations"),
    15: ("cluster", "Many machines"),
    16: ("lies", "Gradients that lie"),
}


def room(name):
    """The module of a lab, by the first part of an exercise's name."""
    key, modules = str(name).split(".")[0], [*(module for module, _ in LABS.values()), "talk"]
    if key not in modules:
        if near := nearest(name):
            raise InputError(f"There is no exercise {shown(name)}: do you mean {near}?")
        known = ", ".join(modules)
        raise InputError(f"There is no exercise {shown(name)}: names begin with one of {known}.")
    return importlib.import_module(f"elves.course.{key}")


def nearest(name):
    """The exercise that somebody means by its number, its last word, its function, or nearly.

    >>> nearest("5.2"), nearest("undo"), nearest("matmul_rule")
    ("'broadcasting.axes'", "'broadcasting.undo'", "'broadcasting.matmul'")
    """
    said = name if isinstance(name, str) else getattr(name, "__name__", "")
    known = {}
    for number, (module, _) in LABS.items():
        for k, exercise in enumerate(room(module).EXERCISES, 1):
            for word in (f"{number}.{k}", exercise.name.split(".")[1], exercise.answer):
                known.setdefault(word, []).append(exercise.name)
    close = difflib.get_close_matches(said, list(known), 1, 0.75)
    names = known.get(said) or (known[close[0]] if said and close else [])
    return " or ".join(f"{name!r}" for name in dict.fromkeys(names))


def find(name):
    """The exercise of a name."""
    exercises = {e.name: e for e in room(name).EXERCISES}
    if name not in exercises:
        close = difflib.get_close_matches(name, exercises, 1, 0.75)
        which = f"do you mean {close[0]!r}? Or choose from" if close else "choose from"
        raise InputError(f"There is no exercise {shown(name)}: {which} {', '.join(exercises)}.")
    return exercises[name]


def shown(answer):
    """An answer in a few letters, without the address of an object.

    >>> shown(object())
    '<object object>'
    """
    return re.sub(r" at 0x\w+", "", f"{answer!r}")[:60]
