"""The cheat sheet: a page of the book, and one page of paper as a PDF."""

import re
import tomllib
from html import escape
from pathlib import Path

import deck

HERE = Path(__file__).resolve().parent
SHEET = tomllib.loads((HERE / "cheatsheet.toml").read_text("utf-8"))
SYSTEMS = {"elves": "elves", "pytorch": "PyTorch", "jax": "JAX", "tensorflow": "TensorFlow"}
PINS = {"PyTorch": "torch", "JAX": "jax", "TensorFlow": "tensorflow"}
HEADS = ["Technique", "What it costs", "When to use it", *SYSTEMS.values()]
PDF = "cheatsheet.pdf"


def cell(label, body, attributes=""):
    """One cell, which on a phone says what its column is."""
    return f'<td role="cell" data-label="{label}"{attributes}>{body}</td>'


def code(text):
    """Code that may break before a point, where the column is narrow."""
    words = re.sub(r"(?<=[\w)])(?=[.][a-zA-Z])", "<wbr>", escape(text.strip()))
    return f"<pre><code>{words}</code></pre>"


def calls(row):
    """The cells of the four systems; a hint in words stands for those that have no call."""
    own = [name for name in SYSTEMS if name in row]
    cells = [cell(SYSTEMS[name], code(row[name])) for name in own]
    if len(own) < len(SYSTEMS):
        words = escape(row["by_hand"])
        cells.append(cell("Others", words, f' colspan="{len(SYSTEMS) - len(own)}" class="words"'))
    return cells


def table():
    """The sheet as a table of HTML."""
    heads = "".join(f'<th role="columnheader" scope="col">{head}</th>' for head in HEADS)
    rows = []
    for row in SHEET["row"]:
        name, idea = escape(row["name"]), escape(row["idea"])
        cells = [
            f'<th role="rowheader" scope="row">{name}<span> {idea}</span></th>',
            cell(HEADS[1], escape(row["cost"])),
            cell(HEADS[2], escape(row["when"])),
            *calls(row),
        ]
        rows.append(f'<tr role="row">{"".join(cells)}</tr>')
    head = f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
    body = f'<tbody role="rowgroup">{"".join(rows)}</tbody>'
    return f'<table class="sheet" role="table">{head}{body}</table>'


def tried(root):
    """The versions with which the calls were tried: those that the set-up installs."""
    pins = (root / "elves" / "constraints.txt").read_text("utf-8")
    found = {
        name: re.search(rf"^{pin}(?:-cpu)?==(\d+\.\d+)", pins, re.MULTILINE)
        for name, pin in PINS.items()
    }
    return ", ".join(f"{name} {version[1]}" for name, version in found.items() if version)


def write(folder, root):
    """Write the page, and beside it the PDF, where there is a Chromium to print it."""
    (folder / "extra").mkdir()
    notes = f"{SHEET['notes']} All calls are run by the tests, with {tried(root)}."
    try:
        (folder / "extra" / PDF).write_bytes(printed(notes))
        link = f'<p class="run"><a href="{PDF}">The same as one page of A4 (PDF)</a></p>'
    except deck.DeckError as problem:
        print(f"The book's cheat sheet has no PDF: {problem}")
        link = ""
    page = folder / "cheatsheet.md"
    text = page.read_text("utf-8").replace("NOTES", notes).replace("SOURCES", SHEET["sources"])
    wide = f'<div class="wide" role="region" aria-label="The cheat sheet">{table()}</div>'
    page.write_text(text.replace("TABLE", f"```{{raw}} html\n{link}\n{wide}\n```"), "utf-8")


# ---------------------------------------------------------------- on paper

PRINT = {"prefer_css_page_size": True, "print_background": True, "tagged": True}
SCALES = (1, 0.96, 0.92, 0.88)
PAPER = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>{css}</style><h1>{title}</h1><p>{notes}</p>{table}<p>{sources}</p></html>"""


def printed(notes):
    """One page of A4, as a PDF. Raises DeckError where nothing can print it."""
    import handout

    path = handout.chromium()
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise deck.DeckError("it needs playwright: run make all.") from None
    title = f"{deck.outline()['talk']['title']}: a cheat sheet"
    css = (HERE / "paper.css").read_text("utf-8")
    page = PAPER.format(
        title=title, css=css, notes=escape(notes), table=table(), sources=escape(SHEET["sources"])
    )
    try:
        with sync_playwright() as playwright:
            engine = playwright.chromium.launch(
                executable_path=path, args=["--no-sandbox", "--disable-gpu"]
            )
            window = engine.new_context(offline=True).new_page()
            window.set_content(page)
            for scale in SCALES:  # the fonts of another system may be wider
                data = window.pdf(**PRINT, scale=scale)
                if len(re.findall(rb"/Type\s*/Page\b", data)) == 1:
                    break
            engine.close()
    except Error as error:
        raise deck.DeckError(f"Chromium did not print: {error.message.splitlines()[0]}") from None
    return handout.undated(data)
