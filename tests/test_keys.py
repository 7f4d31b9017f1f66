"""The keys of a clicker and Space, with the focus on every widget of the deck, in two browsers."""

import time

import deck
import firefox
from test_deck_walk import DECK, POSITION
from test_stage import PRESENT

SHOWN = """[
  (POSITION)(),
  document.querySelector(".reveal").classList.contains("paused"),
  document.querySelector(".reveal").classList.contains("overview"),
  window.samePage === true,
]""".replace("POSITION", POSITION)
CONTROLS = """[...document.querySelectorAll(
    "section.present:not(.stack) .jp-OutputArea-output :is(input, select, button, [tabindex='0'])")]
  .filter(node => !node.disabled && node.checkVisibility())
  .map(node => [node, node.tagName + (node.type || node.className)])
  .filter(([, kind], k, all) => all.findIndex(other => other[1] === kind) === k)"""
HOMES = """[...document.querySelectorAll("section section")]
  .filter(slide => slide.querySelector(".elves-widget, .jupyter-widgets")).map(slide => slide.id)"""
TALK = DECK.with_name("talk.ipynb")
TYPED = "INPUTtext", "INPUTnumber", "TEXTAREA"


class Hands:
    """Press keys and ask, in Chromium or in Firefox."""

    def __init__(self, page):
        self.page = page
        self.press = page.press if isinstance(page, firefox.Page) else page.keyboard.press
        self.ask = page.evaluate

    def shown(self):
        """The slide and its step; black; overview; and whether the page is still the same one."""
        return self.ask(SHOWN)

    def until(self, condition, what):
        for _ in range(100):
            if condition(now := self.shown()):
                return now
            time.sleep(0.05)
        raise AssertionError(f"{what}: {now}")

    def focus(self, kind):
        """Put the focus on the first control of a kind."""
        assert self.ask(f"({CONTROLS}).find(([, kind]) => kind === '{kind}')[0].focus() ?? true")

    def to(self, slide):
        for _ in range(20):  # Reveal may still be about to write another address
            self.ask(f"(location.hash = '#/{slide}') && null")
            time.sleep(0.3)
            if self.shown()[0].startswith(f"{slide},"):
                return
        raise AssertionError(f"{slide}: {self.shown()}")


def act(hands, kind):
    """Every key of a clicker, each with the focus on a control of this kind."""
    focus = lambda: kind and hands.focus(kind)  # noqa: E731
    here = hands.shown()[0]
    typed = kind in TYPED
    for key, place in {".": 1, "b": 1, "o": 2, "Escape": 2}.items():
        focus()
        hands.press(key)
        if typed and key != "Escape":
            assert not any(hands.shown()[1:3]), (key, kind)
            continue
        hands.until(lambda now, p=place: now[p], (key, kind))
        hands.press(key)
        hands.until(lambda now, p=place: not now[p], (key, kind))
        assert hands.shown()[0] == here
    focus()
    hands.press("F5")
    time.sleep(0.3)
    hands.ask("document.fullscreenElement && document.exitFullscreen()")
    hands.until(lambda now: now == [here, False, False, True], ("F5", kind))
    for key in ("PageDown",) if typed else ("PageDown", "Space"):
        focus()
        hands.press(key)
        there = hands.until(lambda now: now[0] != here, (key, kind))[0]
        hands.press("PageUp")
        hands.until(lambda now: now[0] == here, ("PageUp", kind))
    if kind and kind.startswith("INPUTrange"):  # its arrows are its own
        focus()
        hands.press("ArrowRight")
        assert hands.shown()[0] == here != there


def controls(hands):
    """The kinds of controls of a slide, when everything on it is there."""
    for _ in range(20):
        if not hands.ask(
            "document.querySelectorAll('section.present .fragment:not(.visible)').length"
        ):
            break
        hands.press("PageDown")
    for _ in range(10):
        if kinds := hands.ask(f"({CONTROLS}).map(([, kind]) => kind)"):
            return kinds
        time.sleep(0.1)
    return []


def everywhere(hands):
    """All kinds of controls of every widget of the deck; return how many."""
    hands.ask("(window.samePage = true)")
    stored = [str(slide.cells) for slide in deck.slides(deck.read(TALK))]
    many, count, homes = sum("jupyter.widget-view" in slide for slide in stored), 0, []
    for _ in range(600):  # live, widgets come some time after the slides
        if len(homes := hands.ask(HOMES)) == many:
            break
        time.sleep(0.1)
    assert len(homes) == many
    for home in homes:
        for _ in range(20):  # a widget may still be on its way, and a key too many leave its slide
            hands.to(home)
            if kinds := controls(hands):
                break
        for kind in kinds:
            act(hands, kind)
            count += 1
    return count


def test_the_exported_deck_in_chromium(chromium):
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.goto(DECK.as_uri())
    assert everywhere(Hands(page)) > 10
    page.goto(f"{DECK.as_uri()}#/ad-reverse")
    slider = page.locator(f"{PRESENT} input[type=range]").first
    slider.click()  # with the mouse, as on stage
    page.keyboard.press(".")
    assert page.locator(".reveal.paused").count()
    page.keyboard.press("Space")  # black: any key brings the slide back
    assert not page.locator(".reveal.paused").count()
    page.close()


def test_the_exported_deck_in_firefox(tmp_path):
    with firefox.firefox(tmp_path / "profile") as page:
        page.resize(1280, 720)
        page.goto(DECK.as_uri())
        assert everywhere(Hands(page)) > 10
