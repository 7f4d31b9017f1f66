"""What the widgets share: their look, the sentence for a bad input, and a still picture."""

import math
import pathlib

import anywidget
import numpy as np
import traitlets

from elves.errors import ElfError, InputError, answering
from elves.show.drawing import paint, theme

HERE = pathlib.Path(__file__).parent
DARK = ['[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]']
TONES = [  # the later one wins: slides are light, but for those at night
    (".elves-widget", 0),
    (",".join(f"{dark} .elves-widget" for dark in DARK), 1),
    (".reveal .elves-widget", 0),
    (".night .elves-widget", 1),
]


def script(name):
    """The JavaScript of a widget: what all share, and its own."""
    return "".join((HERE / file).read_text("utf-8") for file in ("common.js", name))


def sayable(value):
    """A value without what JSON does not know: inf and nan travel as words.

    >>> sayable([1.0, {"a": float("-inf")}])
    [1.0, {'a': '-inf'}]
    """
    if isinstance(value, dict):
        return {name: sayable(v) for name, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [sayable(v) for v in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


class Explorer(anywidget.AnyWidget):
    """A widget whose JavaScript may ask the kernel, and which answers a bad input with a sentence.

    Whatever it can show is in its state from the start, so that it lives on where no kernel is.
    A subclass gives the method `answer`, which takes a question, `check`, which looks at the traits
    that a user turns, its `knobs`, and `still`, a picture that stands for the widget in print and
    in viewers without scripts.
    """

    _css = (
        "".join(theme(*tone) for tone in TONES)
        + paint(".elves-widget")
        + (HERE / "widgets.css").read_text("utf-8")
    )
    main = ""  # the trait without which there is nothing to show but the problem
    knobs = ()
    presses = 0  # how often Space is pressed on a slide until all has been shown (talk/staging.py)
    problem = traitlets.Unicode("").tag(sync=True)
    asked = traitlets.Dict().tag(sync=True)  # a question and its number
    served = traitlets.Int(0).tag(sync=True)  # the number of the last question that was answered

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls.__init__ = answering(cls.__name__)(cls.__init__)

    def __init__(self, **state):
        super().__init__(**state)
        self.observe(self._on_asked, "asked")
        if self.knobs:
            self.observe(self._on_knob, self.knobs)

    def _on_asked(self, change):
        question = dict(change.new)
        number = question.pop("number", 0)
        with self.hold_sync():
            if question:  # an empty one asks whether anybody is there
                self.attempt(lambda: self.answer(**question))
            self.served = number

    def _on_knob(self, change):
        if getattr(self, self.main):
            with self.hold_sync():
                self.attempt(self.check)

    def attempt(self, *todo):
        """Do something for the user; if it fails, the widget says why."""
        try:
            with np.errstate(all="ignore"):  # inf and nan are shown, and need no warning
                for do in todo:
                    do()
            self.problem = ""
        except ElfError as error:
            self.problem = str(error)
        except Exception as error:  # in the user's own function
            self.problem = f"{type(error).__name__}: {' '.join(str(error).split())}"

    def answer(self, **question):
        """Change the state as a question wishes."""

    def check(self):
        """Compute what the knobs ask for, or raise InputError where they stand at no place."""

    def among(self, name, values):
        """Raise InputError where a trait is none of these values."""
        if (value := getattr(self, name)) not in values:
            first, *_, last = values
            raise InputError(f"{name}={value!r} must be one of {first} to {last}.")

    @staticmethod
    def _trait_to_json(value, widget):
        return sayable(value)

    def still(self):
        """The picture that stands in for the widget."""
        raise NotImplementedError

    @np.errstate(all="ignore")
    def picture(self):
        return self.still()

    def __repr__(self):
        words = self.picture().alt if getattr(self, self.main) else self.problem
        return f"{type(self).__name__}: {words}"

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        if getattr(self, self.main):
            data["image/svg+xml"] = self.picture().svg
        if self.presses:
            metadata["elves"] = {"presses": self.presses}
        return data, metadata
