"""The table of what each approach makes of Python, as a page: see `elves.approaches`."""

import html

from elves.approaches import COLUMNS, outcomes
from elves.constructs import CONSTRUCTS
from elves.show.stepping import Page

SIGNS = {  # sign and word, ink, paper: told apart without colours too
    "right": ("✓", "#00665e", "#e4f3ee"),
    "own way": ("✓\u00a0own\u00a0way", "#00665e", "#ffffff"),
    "refused": ("! says no", "#7a5600", "#fff4d6"),
    "wrong": ("✗ wrong", "#b5301f", "#fde6e2"),
    "silent": ("✗ no print", "#b5301f", "#fde6e2"),
    "missing": ("not here", "#5a6670", "#f3f4f5"),
}
LEGEND = (
    "✓ the right number from the program as it stands; ✓ own way: right, when it is written as "
    "named; ! says no: an error; ✗: another number, or no print the second time, and no error "
    "(at most a warning)"
)


def table(rows=CONSTRUCTS, columns=COLUMNS):
    """Run every program in every column, and give the table and, below it, what was said.

    Takes a minute with all the systems; a system that is not installed says so once.
    """
    found = outcomes(rows, columns)
    cell = "border:1px solid #cfd8d6;padding:.2em .5em;text-align:left;font-size:15px"
    heads = "".join(f"<th scope='col' style='{cell}'>{html.escape(c)}</th>" for c in columns)
    lines, plain = [], []
    for title, row in found.items():
        cells = [f"<th scope='row' style='{cell}'><code>{html.escape(title)}</code></th>"]
        for outcome in row.values():
            sign, ink, paper = SIGNS[outcome.kind]
            words = html.escape(outcome.words, quote=True)
            use = "" if outcome.kind == "own way" else "use "
            more = f"<br>{use}<code>{html.escape(outcome.way)}</code>" if outcome.way else ""
            look = f"{cell};color:{ink};background:{paper}"
            cells.append(f"<td style='{look}' title='{words}'>{sign}{more}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
        kinds = [f"{c} {o.kind}" + (o.way and f" ({o.way})") for c, o in row.items()]
        plain.append(f"{title}: {', '.join(kinds)}.")
    page = (
        f"<table style='border-collapse:collapse'><caption style='text-align:left;font-size:15px'>"
        f"{LEGEND}</caption><thead><tr><td style='{cell}'></td>{heads}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )
    page += "".join(f"<p>{html.escape(sentence)}</p>" for sentence in missing(found))
    return Page(page, "\n".join([f"{LEGEND}.", *plain, *missing(found)]))


def missing(found):
    """A sentence for each system that is not here."""
    return sorted({o.words for row in found.values() for o in row.values() if o.kind == "missing"})


def sentences(column, rows=CONSTRUCTS, columns=COLUMNS):
    """What one column says about each construct that it does not take as it stands."""
    for title, row in outcomes(rows, {column: columns[column]}).items():
        [outcome] = row.values()
        if outcome.kind != "right":
            print(f"{title}: {outcome.words}" + (outcome.way and f" (Here: {outcome.way}.)"))
