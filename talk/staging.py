"""What a merged slide gets for the stage: steps, letters as large as the page allows, the clock.

All of it is metadata of the merged notebook, so that live slides and the exported deck agree.
"""

import re
import textwrap
import urllib.parse

import deck

PAUSE = 2  # seconds that a room looks at what has just appeared
LARGE = 1.25  # a few lines, of the usual size, which is that of whole programs and of long texts
WIDTH, BOTTOM = 1184, 655  # pixels that a slide of 1280 x 720 has for text
BESIDE = 28  # pixels between code and the picture beside it
NARROW = 430  # pixels that prose needs beside a picture
MOST = 1.7  # of a picture's own size
TOP = 26 + 1.15 * 40 + 20  # padding, headline, and the space below it
SVG_SIZE = re.compile(r'<svg[^>]*?\swidth="([\d.]+)(pt)?" height="([\d.]+)')


def speaks(cell):
    """Tell whether a code cell answers in words: its result waits for the question to the room."""
    outputs = cell.get("outputs", []) if cell.cell_type == "code" else []
    return bool(outputs) and all(
        output.output_type == "stream" or set(output.get("data", {})) == {"text/plain"}
        for output in outputs
    )


def is_result(cell):
    """Tell whether the result of a cell is a step of its own."""
    return "result" in cell.metadata.get("tags", [])


def walked(cell):
    """How many steps the results of a cell bring, as a widget that walks says of itself."""
    said = [output.get("metadata", {}).get("elves", {}) for output in cell.get("outputs", [])]
    return sum(words.get("presses", 0) for words in said)


def groups(nb):
    """Yield the cells of each slide, hidden ones left out."""
    group = []
    for cell in nb.cells:
        if deck.kind(cell) in ("slide", "subslide"):
            if group:
                yield group
            group = []
        if deck.kind(cell) != "skip":
            group.append(cell)
    if group:
        yield group


def steps(group):
    """Make results steps of their own; return how often the speaker presses Space on this slide.

    A result in words gets the tag `result`, and what comes after it waits too. A widget that walks
    brings the steps of its walk (elves/widgets/stepper.js).
    """
    waits, count = False, 0
    for cell in group:
        if deck.kind(cell) == "notes":
            continue
        if waits and deck.kind(cell) == "-":
            cell.metadata.setdefault("slideshow", {})["slide_type"] = "fragment"
        if deck.kind(cell) == "fragment":
            waits, count = True, count + 1
        elif speaks(cell):
            cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), "result"})
            waits, count = True, count + 1
        if more := walked(cell):
            waits, count = True, count + more
    return count


def lines(text, columns):
    """Count the lines of a text that is wrapped."""
    return sum(max(1, len(textwrap.wrap(line, columns))) for line in text.split("\n"))


def table_width(text, size):
    """Estimate the width of a table that wraps nothing, in pixels."""
    rows = [map(str.strip, row.strip("|").split("|")) for row in text.split("\n")]
    return sum(24 + 14.3 * size * max(map(len, c)) for c in zip(*rows, strict=True))


def markdown_height(text, size, width=WIDTH):
    """Estimate the height of Markdown without headings, in pixels."""
    height, part = 14, width / WIDTH
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("#"):
            height += 55 if block.startswith("## ") else 0
        elif block.startswith("|"):
            height += (len(block.split("\n")) - 1) * (34 * size + 13) + 18
            height += 10_000 * (table_width(block, size) > width)
        elif block.startswith("$$"):
            height += 90 * size
        else:
            bullets = block.startswith("- ")
            items = re.split(r"^- ", block, flags=re.M)[1:] if bullets else [block]
            for item in items:
                item = re.sub(r"[*`]|\]\([^)]*\)", "", item)
                columns = int((74 if bullets else 76) * part / size)
                height += 39.2 * size * lines(item, columns) + 15 * size
    return height


def code_width(cell, size):
    """Estimate the width of code, which is not wrapped, in pixels."""
    return max(map(len, cell.source.split("\n"))) * 13.3 * size + 42


def code_height(cell, size, width=WIDTH):
    """Estimate the height of a code cell and its results in words, in pixels."""
    height = 34 + 30.8 * size * len(cell.source.split("\n"))
    height += 10_000 * (code_width(cell, size) > width)
    for output in cell.get("outputs", []):
        if text := printed(output):
            height += 12 + 28.4 * size * lines(text, int((width - 45) / 12.7 / size))
    return height


def printed(output):
    """What a result says in words; nothing of a picture."""
    if is_picture(output):
        return ""
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return "".join(text).rstrip("\n")


def printed_width(cell, size):
    """Estimate the width of results in words that wrap nothing, in pixels."""
    text = "\n".join(map(printed, cell.get("outputs", [])))
    return max(map(len, text.split("\n"))) * 12.7 * size + 45


def is_picture(output):
    return "image/svg+xml" in output.get("data", {})


def pictures(group):
    """The sizes in pixels of the slide's pictures; None if it shows what nobody can measure."""
    found = []
    for cell in group:
        for output in cell.get("outputs", []):
            kinds = set(output.get("data", {}))
            if any("widget" in name or name == "text/html" for name in kinds):
                return None
            if svg := output.get("data", {}).get("image/svg+xml"):
                if not (size := SVG_SIZE.search("".join(svg))):
                    return None
                pixels = 4 / 3 if size[2] else 1
                found.append((float(size[1]) * pixels, float(size[3]) * pixels))
            elif kinds & {"image/png", "image/jpeg"} or "![" in cell.source:
                return None
    return found


def sizes(group):
    """How large a slide may be: a factor for letters, the height of a picture, air in a table.

    >>> from nbformat.v4 import new_code_cell, new_markdown_cell
    >>> sizes([new_markdown_cell("## Headline"), new_code_cell("x = 1")])
    {'grow': 1.25}
    """
    found = pictures(group)
    shown = [cell for cell in group if deck.kind(cell) != "notes"]
    if found is None or len(found) > 1 or group[0].source.startswith("# "):
        return {"grow": 1}

    def height(size, width=WIDTH):
        total = TOP + 46 * (len(group[0].source.partition("\n")[0]) > 58)
        for number, cell in enumerate(shown):
            if cell.cell_type == "markdown":
                text = cell.source.partition("\n")[2] if number == 0 else cell.source
                total += markdown_height(text, size, width) if text.strip() else 0
            else:
                total += code_height(cell, size, width)
        return total

    if found:
        [(wide, tall)] = found
        larger = min((WIDTH - 10) / wide, (BOTTOM + 10 - height(1)) / tall, MOST)
        ways = [{"grow": 1, "tall": larger}, *beside(shown, wide, tall, height)]
        # letters of a picture that can be read, then larger code, then a larger picture
        best = max(ways, key=lambda way: (min(way["tall"], 1.1), way["grow"], way["tall"]))
        return best | {"tall": f"{int(best['tall'] * tall)}px"}
    grow = next((size for size in (LARGE, 1) if height(size) <= BOTTOM), 1)
    table = next((t for c in shown for t in re.findall(r"(?:^\|.*\n?)+", c.source, re.M)), None)
    if not table or len(shown) > 1:
        return {"grow": grow}
    size, table = grow, table.strip()
    rows, columns = table.count("\n"), table.split("\n")[0].count("|") - 1
    below = min(26, (BOTTOM - 40 - height(grow)) / 2 / rows)
    beside_it = min(30, (WIDTH - table_width(table, size)) / columns)
    air, gap = 6 + int(max(0, below)), 18 + int(max(0, beside_it))
    return {"grow": grow, "air": f"{air}px", "gap": f"{gap}px"}


def beside(shown, wide, tall, height):
    """Ways to set words and code at the left of a picture, if they have room there."""
    words = any(cell.cell_type == "markdown" and "\n" in cell.source.strip() for cell in shown)
    words = words or sum(cell.cell_type == "markdown" for cell in shown) > 1
    code = [cell for cell in shown if cell.cell_type == "code"]
    for size in (LARGE, 1):
        widths = [max(code_width(cell, size), printed_width(cell, size)) for cell in code]
        left = max([NARROW * words, *widths])
        room = WIDTH - left - BESIDE
        if room > 0 and height(size, left) <= BOTTOM:
            larger = min(room / wide, (BOTTOM - TOP) / tall, MOST)
            top = TOP + (BOTTOM - TOP - larger * tall) / 2
            yield {"grow": size, "tall": larger, "split": f"{left:.0f}px", "top": f"{top:.0f}px",
                   "place": "absolute"}  # fmt: skip


def faces(root=deck.ROOT):
    """The elf's face of each slide that has one, as a URL for style sheets."""
    from elves.show.faces import HIGH, WIDE, figure

    found = {}
    for name, ids in deck.outline(root).get("faces", {}).items():
        view = f'viewBox="-14 -4 {WIDE + 28} {HIGH + 8}"'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" {view}>{figure(name, 0, 0, HIGH)}</svg>'
        found |= dict.fromkeys(ids, f"url('data:image/svg+xml,{urllib.parse.quote(svg)}')")
    return found


def presses(spaces):
    """Say how often to press Space.

    >>> presses(0), presses(2), presses(3)
    ('', ', Space twice', ', Space 3 times')
    """
    return {0: "", 1: ", Space once", 2: ", Space twice"}.get(spaces, f", Space {spaces} times")


def stamp(note, start, seconds, spaces):
    """Write the clock into a note that says *For the speaker*, and take it out of its quotation.

    >>> stamp("> *For the speaker.* Say it.", 75, 40, 1)
    '*For the speaker, at 1:15, 40 s, Space once.*\\n\\nSay it.'
    """
    when = f"{int(start) // 60}:{int(start) % 60:02}"
    words = f"*For the speaker, at {when}, {seconds:g} s{presses(spaces)}.*"
    note = re.sub(r"^> ?", "", note, flags=re.MULTILINE)
    return re.sub(r"\*For the speaker\b[^*]*\*\s*", lambda _: f"{words}\n\n", note)


def prepare(nb):
    """Add steps, sizes and the clock to a merged or shortened notebook."""
    start, known = 0, faces()
    for group in groups(nb):
        first = group[0]
        seconds = first.metadata.get("slideshow", {}).get("data", {}).get("timing", 0)
        spaces = steps(group)
        first.metadata["elves"] = sizes(group)
        if first.id in known:
            first.metadata["elves"] |= {"face": known[first.id], "badge": "inline-block"}
        for cell in group:
            if deck.kind(cell) == "notes":
                cell.source = stamp(cell.source, start, seconds, spaces)
        start += seconds
    return nb
