"""The public addresses: `address` and `site` of `[talk]` in talk/outline.toml are their only place.

Slides and README mark where the project's address stands; while there is none, that place says what
is to be done. The site's quick page is marked too; while there is no site, that place is empty.
"""

import re

import deck

MARK, PLAY = "<!-- address -->", "<!-- play -->"
README = re.compile(rf"(?<={MARK}\n).*?(?=<!-- /address -->)", re.DOTALL)
SHAPE = re.compile(r"https?://[\w-]+(\.[\w-]+)*(:\d+)?(/[\w./~%+@:,=-]*)?")
MISSING = "Speaker: write the project's address into talk/outline.toml, then run make slides."


def of(root=deck.ROOT, name="address"):
    """Return the address that the outline names, and "" while it names none."""
    address = deck.outline(root)["talk"].get(name, "")
    if address != "" and not SHAPE.fullmatch(str(address)):
        raise deck.DeckError(
            f"The {name} in talk/outline.toml, {address!r}, does not work in a browser "
            "and for git: write it whole and without blanks, like https://example.org/elves."
        )
    return address


def site(root=deck.ROOT):
    """Return where the site is served, with a slash at its end, and "" while that is nowhere.

    >>> site()
    ''
    """
    home = of(root, "site")
    return home and f"{home.rstrip('/')}/"


def show(cell, address, site=""):
    """Put the address and its QR code at the mark in a slide's Markdown; the quick page's too.

    Where phones open the quick page by a large code, the field that is live on a slide comes next.
    """
    if site and "live" in cell.metadata.get("tags", []):
        cell.metadata.slideshow["slide_type"] = "fragment"
    for mark, picture, link, missing in (
        (MARK, "address.png", address, f"*{MISSING}*"),
        (PLAY, "play.png", site and f"{site}play/", ""),
    ):
        if mark not in cell.source:
            continue
        words = missing
        if link:
            letters = re.sub(r"(?<=[^/:]/)(?=.)", "<wbr>", link)  # a long one breaks after a slash
            words = f"**[{letters}]({link})**\n\n![QR code that opens {link}](attachment:{picture})"
            cell.attachments = {picture: {"image/png": code(link)}}
        cell.source = cell.source.replace(mark, words).rstrip()


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
