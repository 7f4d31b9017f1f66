"""What a check looks like in a notebook."""

import html

from elves.course.real import real_source

EDGE = {"right": "#00665e", "wrong": "#a4262c", "open": "#8a6100"}
STYLE = {
    "right": "font-weight:600", "wrong": "font-weight:600;white-space:pre-wrap", "open": "",
    "expected": "font-family:var(--jp-code-font-family,monospace);white-space:pre-wrap",
    "printed": "font-family:var(--jp-code-font-family,monospace);white-space:pre-wrap",
    "mistake": "border-top:1px solid #8888;padding-top:6px;margin-top:6px", "idea": "",
}  # fmt: skip
STYLE["got"] = STYLE["expected"]
STYLE["code"] = STYLE["expected"] + ";padding:2px 0 6px 14px"


def page(verdict):
    """A verdict as a part of a notebook, in light and dark."""
    parts = [line(what, text) for what, text in verdict.lines]
    if picture := verdict.picture():
        parts.insert(3, f'<div style="margin:6px 0">{picture.to_html()}</div>')
    if verdict.passed and (found := real_source(verdict.exercise.real)):
        where, text = found
        parts.append(
            f"<details><summary>How a real system does it: {html.escape(where)}</summary>"
            f'<pre style="overflow-x:auto">{html.escape(text)}</pre></details>'
        )
    edge = EDGE[verdict.lines[0][0]]
    return (
        f'<div style="border-left:6px solid {edge};padding:6px 14px;line-height:1.5;'
        f'max-width:760px;overflow-wrap:anywhere">{"".join(parts)}</div>'
    )


def line(what, text):
    """One line of a verdict; a program that a case ends with is set as in a cell.

    >>> line("idea", "a < b")
    '<div style="">a &lt; b</div>'
    """
    text, _, code = text.partition("\n") if what == "wrong" else (text, "", "")
    found = f'<div style="{STYLE[what]}">{html.escape(text)}</div>'
    return found + line("code", code) if code else found
