"""Run a submission's cells for nbgrader, whatever they do: what is right, the kernel has marked.

nbgrader gives full points to a check that says nothing. Here it must bear the mark of
`elves.course.kernel`: a cell that ends Python, or never ends, is left out in the next run.
"""

import os
import time
from typing import ClassVar

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade

from elves.course.kernel import RIGHT

CELL, ALL = 30, 150  # seconds
RUNS = 4  # with three cells left out
SHOWN = 1_000_000  # characters of a cell's outputs


class Run(Execute):
    shutdown_kernel = "immediate"
    interrupt_on_timeout = False
    notes: ClassVar = []  # sentences for the teacher

    def preprocess(self, nb, resources):
        self.end = time.monotonic() + ALL
        self.timeout_func = lambda cell: max(1, min(CELL, self.end - time.monotonic()))
        for left in reversed(range(RUNS)):
            self.at = None
            try:
                super().preprocess(nb, resources)
                break
            except (DeadKernelError, CellTimeoutError) as error:
                if self.at is None:  # it never began
                    raise
                slow = isinstance(error, CellTimeoutError)
                did = f"ran for more than {CELL} seconds" if slow else "ended Python"
                leave_out(nb.cells[self.at], f"This cell {did}: it is left out.")
                self.notes.append(f"cell {self.at + 1} {did}")
                if not left or time.monotonic() > self.end:
                    for cell in nb.cells[self.at + 1 :]:
                        leave_out(cell, "This cell was not run: others above took too long.")
                    break
        outputs = [output for cell in nb.cells for output in cell.get("outputs", ())]
        self.notes += {o.evalue[:100] for o in outputs if o.get("ename") == "Changed"}
        for cell in filter(is_grade, nb.cells):
            cell.outputs = marked(cell.outputs)
        return nb, resources

    def preprocess_cell(self, cell, resources, index):
        self.at, self.size = index, 0
        return super().preprocess_cell(cell, resources, index)

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] != "status":
            self.size += len(repr(msg["content"]))
            if self.size > SHOWN:
                return None
        return super().process_message(msg, cell, cell_index)


def leave_out(cell, said):
    """Let a cell of code end in a sentence, and not run again."""
    if cell.cell_type == "code":
        cell.metadata.tags = ["skip-execution"]
        cell.outputs = [new_output("error", ename="Left out", evalue=said, traceback=[said])]


def marked(outputs):
    """A check's outputs as nbgrader takes them: an error is no point, all else is one."""
    word = os.environ["ELVES_GRADER_WORD"]
    kept = [output for output in outputs if RIGHT not in output.get("data", ())]
    if any(output.output_type == "error" for output in kept):
        return kept
    if any(output.data[RIGHT] == word for output in outputs if output not in kept):
        return [o for o in kept if o.output_type == "display_data" or o.get("name") == "stdout"]
    said = "This check did not come to its end: no points."
    return [*kept, new_output("error", ename="No end", evalue=said, traceback=[said])]
