"""The project's public address: `[talk] address` in talk/outline.toml is the only place for it.

Slides and README mark where it stands; while there is none, that place says what is to be done.
"""

import re

import deck

MARK = "<!-- address -->"
README = re.compile(rf"(?<={MARK}\n).*?(?=<!-- /address -->)", re.DOTALL)
SHAPE = re.compile(r"https?://[\w-]+(\.[\w-]+)*(:\d+)?(/[\w./~%+@:,=-]*)?")
MISSING = "Speaker: write the project's address into talk/outline.toml, then run make slides."


def of(root=deck.ROOT):
    """Return the address that the outline names, and "" while it names none."""
    address = deck.outline(root)["talk"].get("address", "")
    if address != "" and not SHAPE.fullmatch(str(address)):
        raise deck.DeckError(
            f"The address in talk/outline.toml, {address!r}, does not work in a browser "
            "and for git: write it whole and without blanks, like https://example.org/elves."
        )
    return address


def show(cell, address):
    """Put the address and its QR code at the mark in a slide's Markdown."""
    if MARK not in cell.source:
        return
    words = f"*{MISSING}*"
    if address:
        letters = re.sub(r"(?<=[^/:]/)", "<wbr>", address)  # a long one is broken after a slash
        words = (
            f"**[{letters}]({address})**\n\n![QR code that opens {address}](attachment:address.png)"
        )
        cell.attachments = {"address.png": {"image/png": code(address)}}
    cell.source = cell.source.replace(MARK, words)


def code(address):
    """Draw the QR code of an address, with a white edge around it: a PNG in base64."""
    try:
        import segno
    except ImportError:
        raise deck.DeckError("A QR code needs segno: run make all.") from None
    # little correction: a screen has no stains, and fewer squares are larger ones
    picture = segno.make(address, error="l", micro=False)
    return picture.png_data_uri(scale=16, border=4, light="white").partition(",")[2]


def readme(root=deck.ROOT):
    """Return README.md as it should be: with the line that clones the project."""
    address = of(root)
    words = f"```\ngit clone {address}\n```\n"
    if not address:
        words = "The line that clones the project will stand here, once it has a public address.\n"
    path = root / "README.md"
    return README.sub(lambda _: words, path.read_text("utf-8")) if path.exists() else ""
