"""The glossary: its page, and a link from the first use of each word in a page."""

import re
import tomllib
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

import deck

HERE = Path(__file__).resolve().parent
TERMS = tomllib.loads((HERE / "glossary.toml").read_text("utf-8"))["term"]
# Words stay as they are in code, headings, links, formulas and what a cell printed.
APART = (
    nodes.FixedTextElement, nodes.literal, nodes.raw, nodes.reference, nodes.title, nodes.term,
    nodes.math, nodes.math_block, nodes.rubric, nodes.Invisible, addnodes.desc_signature,
    addnodes.pending_xref, addnodes.toctree, addnodes.compact_paragraph,
)  # fmt: skip
CODE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)", re.DOTALL)


def written():
    """Map each way to write a word to the name it has in the glossary."""
    ways = {}
    for term in TERMS:
        mine = {name: name for name in [term["name"], *term.get("names", [])]}
        mine |= dict.fromkeys(term.get("forms", []), term["name"])
        if not term.get("lower"):  # at the start of a sentence
            mine |= {way[0].upper() + way[1:]: name for way, name in mine.items()}
        ways |= mine
    return ways


WAYS = written()
LONGEST_FIRST = sorted(WAYS, key=len, reverse=True)
WORD = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, LONGEST_FIRST))})(?![\w-])")
SAME = {name: term["name"] for term in TERMS for name in [term["name"], *term.get("names", [])]}

# ---------------------------------------------------------------- its page


def first_places(folder):
    """Find for each term the first notebook or lab whose text has it: {name: page}."""
    found = {}
    for path in [*sorted((folder / "talk").glob("0*")), *sorted((folder / "labs").glob("[0-9]*"))]:
        nb = deck.read(path)
        text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
        for word in WORD.findall(CODE.sub("", text)):
            found.setdefault(SAME[WAYS[word]], f"{path.parent.name}/{path.stem}")
    return found


def entry(term, places):
    """One term in reStructuredText."""
    names = [term["name"], *term.get("names", [])]
    says = re.sub(r"`([^`]*)`", r"``\1``", term["says"])
    page = term.get("met") or places.get(term["name"])
    if page is None:
        raise deck.DeckError(f"glossary.toml: no notebook has {term['name']}: say where it is met.")
    return "".join(f"   {name}\n" for name in names) + f"      {says} (First in :doc:`/{page}`.)\n"


def write(folder):
    """Write the glossary's page."""
    places = first_places(folder)
    head = (folder / "glossary.rst").read_text("utf-8")
    entries = "\n".join(entry(t, places) for t in sorted(TERMS, key=lambda t: t["name"].lower()))
    (folder / "glossary.rst").write_text(f"{head}\n.. glossary::\n\n{entries}", "utf-8")


# ---------------------------------------------------------------- the links to it


def apart(node):
    """Tell whether a text is none to link in."""
    while node is not None:
        if isinstance(node, APART) or "cell_output" in node.get("classes", []):
            return True
        node = node.parent
    return False


def item_of(node):
    """The entry of the glossary in which a text stands."""
    while node is not None and not isinstance(node, nodes.definition_list_item):
        node = node.parent
    return node


class TermLinks(SphinxTransform):
    """Link the first use of each word of the glossary in a page (there: in each entry)."""

    default_priority = 600

    def apply(self):
        """Look at each text of the page, but for the first: its cards are links themselves."""
        if self.env.docname == "index":
            return
        seen = {}
        for text in list(self.document.findall(nodes.Text)):
            if apart(text.parent):
                continue
            item = item_of(text) if self.env.docname == "glossary" else None
            if item not in seen:
                own = item[0].astext() if item else None
                seen[item] = {SAME[own]} if own in SAME else set()
            self.link(text, seen[item])

    def link(self, text, seen):
        """Put links into one text, for the words that were not seen before."""
        parts = WORD.split(text.astext())  # text, word, text, word, …, text
        new, changed = [], False
        for k, part in enumerate(parts):
            name = WAYS[part] if k % 2 else None
            if name is None or SAME[name] in seen:
                new.append(nodes.Text(part))
                continue
            seen.add(SAME[name])
            changed = True
            link = addnodes.pending_xref(
                "", nodes.inline("", part, classes=["std", "std-term"]), refdomain="std",
                reftype="term", reftarget=name, refexplicit=True, refwarn=True,
                refdoc=self.env.docname,
            )  # fmt: skip
            new.append(link)
        if changed:
            text.parent.replace(text, [node for node in new if node.astext()])


def setup(app):
    """Add the links to a Sphinx application."""
    app.add_transform(TermLinks)
