"""A small talk with every widget on a slide of its own, for the browser tests."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTLINE = """
[talk]
title = "Widgets"
subtitle = "one of each"
speaker = "A. Speaker"
width = 1280
height = 720
theme = "white"

[[section]]
id = "widgets"
title = "Widgets"
minutes = [1, 2]
notebooks = ["01_widgets"]
"""
SETUP = """import time

import numpy as np

from elves import show, widgets


def wish(x, w):
    a = np.sin(x)
    for i in range(2):
        a = a * x + w
    return a**2"""
READ = "print(stepper.frame, steps.exponent, expression.text, stepper.inputs)"
SPACE = {}
exec(SETUP, SPACE)
wish = SPACE["wish"]
SLIDES = {
    "stepper": "stepper = widgets.Stepper(wish, 1.3, 0.5)\nstepper",
    "steps": "steps = widgets.StepSize({'wish': lambda x: np.sin(x) * x**2, 'exp': np.exp}, 1.3)"
    "\nsteps",
    "expression": "expression = widgets.ExpressionExplorer()\nexpression",
    "modes": "widgets.ModeExplorer((1, 4, 16))",
    "descent": "widgets.Descent(lambda x, y: x**2 + 10 * y**2, (2.0, 1.0))",
    "source": "widgets.SourceExplorer(wish, 1.3, 0.5)",
    "systems": "widgets.SystemsExplorer(['x * x', 'np.sin(x)'], engines=['reverse', 'forward'])",
    "forward": "widgets.Stepper(wish, 1.3, 0.5, mode='forward')",
    "small": "def tiny(x):\n    if x > 9:\n        time.sleep(7)\n    return np.sin(x) * x**2\n\n\n"
    "widgets.Stepper(tiny, 1.3)",
    "refused": "widgets.Stepper(wish, 3, 1.0)",
    "picture": "show.graph(wish, 1.3, 0.5)",
}
NOTES = "\n\n".join(["These words fill lines of the paper below the slide. " * 8] * 4)


def write_talk(root):
    """Write the talk; `deck.build` makes its deck."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    for folder in ("talk", "notebooks", "slides"):
        (root / folder).mkdir(parents=True)
    (root / "talk" / "outline.toml").write_text(OUTLINE, "utf-8")
    skip, slide, same, notes = (
        {"slideshow": {"slide_type": t}} for t in ("skip", "slide", "-", "notes")
    )
    cells = [new_code_cell(SETUP, id="setup", metadata={**skip, "tags": ["setup"]})]
    for name, code in SLIDES.items():
        cells.append(new_markdown_cell(f"## {name.title()}", id=f"{name}-title", metadata=slide))
        cells.append(new_code_cell(code, id=name, metadata=same))
        cells.append(new_markdown_cell(NOTES, id=f"{name}-notes", metadata=notes))
    cells.append(new_code_cell(READ, id="read", metadata=skip))
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nb = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(nb, root / "notebooks" / "01_widgets.ipynb")
    shutil.copy(ROOT / "slides" / "rise.css", root / "slides")
    shutil.copytree(ROOT / "slides" / "vendor", root / "slides" / "vendor")
    return root
