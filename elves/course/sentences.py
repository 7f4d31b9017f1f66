"""What a check told, as a short key: it can be noted, counted, and read again as a sentence."""

import zlib

from elves.course.exercise import FROM_CALL_TO_CALL
from elves.course.guard import Failure
from elves.course.kinds import SAID

OTHERS = {  # for what has no sentence, or one that is about this value alone
    "kind": "What comes back is of another kind, or of another shape, than what is asked for.",
    "changed": "The function changes what it was given.",
    "nothing": "Nothing comes back: a return is missing.",
    "endless": "It does not end: a loop goes on for ever.",
    "recursion": "A function calls itself without end.",
    "missing": "Something is not there yet: an entry, or a rule.",
    "type": "What was checked is no answer: f() in the place of f, or another name.",
    "stopped": "Python stops with an error.",
    "value": "The value is wrong, by a mistake that is not known by name.",
}


def sentences(exercise):
    """What a check of an exercise may say of a wrong answer: a dict of sentences by their keys."""
    pairs = *exercise.mistakes, *exercise.stops, *SAID
    return {
        short(said): said for said in (*(said for _, said in pairs), FROM_CALL_TO_CALL)
    } | OTHERS


def short(sentence):
    """The key of a sentence: it stays when other sentences come and go.

    >>> short("A loop is missing.")
    'cc219c01'
    """
    return f"{zlib.crc32(sentence.encode()):08x}"


def key_of(verdict):
    """The key of what a check told about a wrong answer; None where it is right."""
    if verdict.passed:
        return None
    got, said = verdict.got, verdict.mistake
    if got is None:
        return "nothing"
    if said and (found := short(said)) in sentences(verdict.exercise):
        return found
    if isinstance(got, Failure):
        named = "kind" if got.kind in ("unfit", "paths") else got.kind
        return named if named in OTHERS else "stopped"
    return "kind" if said or isinstance(got, str) else "value"
