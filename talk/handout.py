"""Print the offline deck as a handout: one page of paper for each slide, with what is said to it.

The page itself arranges the paper (index.html?print-pdf&handout, which a person can open and print
too); this only drives a Chromium without a window.
"""

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import deck

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# A view is empty until it draws.
DRAWN = """() => window.handoutIsReady && [...document.querySelectorAll(
  "script[type='application/vnd.jupyter.widget-view+json']")].every(view =>
  view.parentElement.querySelector(".widget-subarea > :not(:empty)"))"""
PAPER = {"width": "1280px", "height": "1810px"}  # the shape of A4, as wide as a slide


def chromium():
    """Find a Chromium or Chrome; raises DeckError where there is none."""
    path = os.environ.get("ELVES_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        raise deck.DeckError(
            "a PDF needs Chromium or Chrome: install one, or name it in ELVES_CHROMIUM, "
            "or open slides/index.html?print-pdf&handout in any browser and print."
        )
    return path


def write(page, pdf):
    """Print the deck `page` to the file `pdf`."""
    if not page.exists():
        raise deck.DeckError(f"slides/{page.name} is missing: make it with `make slides`.")
    if not (page.parent / "vendor").exists():
        raise deck.DeckError("slides/vendor is missing: take it from the repository.")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise deck.DeckError("a PDF needs playwright: run make all.") from None
    path = chromium()
    try:
        with sync_playwright() as playwright:
            data = printed(playwright, path, f"{page.resolve().as_uri()}?print-pdf&handout")
    except Error as error:
        raise deck.DeckError(f"Chromium did not print: {error.message.splitlines()[0]}") from None
    pdf.write_bytes(undated(data))
    print(f"{Path(pdf).name}: {len(data) // 1024} kB")


def printed(playwright, path, url):
    """Open a page that arranges its paper, and return it as a PDF."""
    engine = playwright.chromium.launch(
        executable_path=path, args=["--no-sandbox", "--disable-gpu"]
    )
    context = engine.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    window = context.new_page()
    window.goto(url)
    window.wait_for_function(DRAWN, timeout=120_000)
    window.evaluate("document.fonts.ready")
    data = window.pdf(**PAPER, print_background=True, tagged=True, outline=False)
    engine.close()
    return data


def undated(data):
    """Give a PDF one date for ever, so that the same deck makes the same file."""
    date = datetime.fromtimestamp(0, UTC).strftime("%Y%m%d%H%M%S").encode()
    return re.sub(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}", rb"\g<1>" + date, data)
