"""The book is whole: each notebook, lab, name and word; nothing asks another host for anything."""

import ast
import functools
import html.parser
import importlib
import inspect
import json
import re
import tomllib
import zlib
from pathlib import Path
from urllib.parse import unquote, urldefrag

import numpy as np
import pytest

import browser
import elves
from elves import frameworks
from elves.course import rooms

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "talk" / "web" / "book"
OUTSIDE = ("../lab/", "../play/", "../deck/", "../index.html")  # the other parts of the site
KINDS = [  # a page of each kind
    "index.html",
    "talk/05_automatic_differentiation.html",
    "labs/04_the_tape.html",
    "solved/04_the_tape.html",
    "api/index.html",
    "api/elves.rules.html",
    "_modules/elves/forward.html",
    "glossary.html",
    "cheatsheet.html",
    "search.html",
]


@pytest.fixture(scope="session")
def book(site):
    """The folder of the book, a part of the site."""
    return site / "book"


def test_every_notebook_and_lab_has_its_page(book):
    for path in (ROOT / "notebooks").glob("0*.ipynb"):
        text = (book / "talk" / f"{path.stem}.html").read_text("utf-8")
        assert f"lab/notebooks/index.html?path={path.name}" in text
        assert "For the speaker" not in text
    for path in (ROOT / "notebooks" / "labs").glob("[0-9]*.ipynb"):
        text = (book / "labs" / f"{path.stem}.html").read_text("utf-8")
        assert f"lab/notebooks/index.html?path=labs/{path.name}" in text
        assert "raise" in text and "YOUR" in text
        solved = (book / "solved" / f"{path.stem}.html").read_text("utf-8")
        assert "For teachers" in solved and "YOUR CODE HERE" not in solved


def test_solutions_are_not_found_by_the_search(book):
    index = search_index(book)
    solved = {k for k, name in enumerate(index["docnames"]) if name.startswith("solved/")}
    assert len(solved) == len(rooms.LABS) + 1  # and their first page
    for places in index["terms"].values():
        assert not solved & ({places} if isinstance(places, int) else set(places))


def test_the_search_knows_what_pages_say(book):
    index = search_index(book)
    pages = {index["docnames"][k] for k in index["terms"]["cotang"]}  # the stem of cotangent
    assert {"api/elves.reverse", "talk/06_famous_kids"} <= pages


def search_index(book):
    text = (book / "searchindex.js").read_text("utf-8")
    return json.loads(text[text.index("(") + 1 : text.rindex(")")])


def inventory(book):
    """The names that the reference describes."""
    data = (book / "objects.inv").read_bytes().split(b"\n", 4)[4]
    lines = zlib.decompress(data).decode().splitlines()
    return {line.split()[0] for line in lines if " py:" in line}


def promised():
    """Every public name of the engines and of what is around them."""
    rooms = [*elves.ENGINES, "batching", "taylor", "checkpointing", "custom", "implicit", "core"]
    for room in [*rooms, "rules", "show", "widgets", "testing", "course", "errors"]:
        module = importlib.import_module(f"elves.{room}")
        for name in getattr(module, "__all__", vars(module)):
            thing = getattr(module, name)
            is_definition = inspect.isfunction(thing) or inspect.isclass(thing)
            own = hasattr(module, "__all__") or getattr(thing, "__module__", "") == module.__name__
            if is_definition and own and thing.__doc__ and not name.startswith("_"):
                yield f"elves.{room}.{name}"
    yield from (f"elves.{name}" for name in elves.__all__ if callable(getattr(elves, name)))


def test_every_public_name_is_in_the_reference(book):
    known = inventory(book)
    names = list(promised())
    assert len(names) > 200
    assert [name for name in names if name not in known] == []


def test_names_and_exceptions_are_links(book):
    page = (book / "api" / "elves.reverse.html").read_text("utf-8")
    assert 'href="elves.errors.html#elves.errors.GraphError"' in page
    assert 'href="../_modules/elves/reverse.html#Variable.backward"' in page
    assert 'href="#elves.reverse.value_and_grad"' in page


# ---------------------------------------------------------------- the glossary

TERMS = tomllib.loads((SOURCES / "glossary.toml").read_text("utf-8"))["term"]


def test_the_glossary_is_plain():
    assert 30 <= len(TERMS) <= 45
    for term in TERMS:
        assert len(re.findall(r"[.!?)](?: |$)", term["says"])) in (2, 3), term["name"]
        assert len(term["says"].split()) <= 50, term["name"]


def test_words_are_linked_once_and_not_in_code(book):
    linked = set()
    for page in [*book.glob("talk/0*.html"), *book.glob("labs/0*"), *book.glob("api/*.html")]:
        text = page.read_text("utf-8")
        found = re.findall(
            r'<a class="reference internal" href="\.\./glossary\.html#(term-[^"]+)"', text
        )
        linked |= set(found)
        assert not re.search(
            r"<(?:pre|h[1-6])\b(?:(?!</(?:pre|h[1-6])>).)*glossary\.html", text, re.S
        )
    glossary = (book / "glossary.html").read_text("utf-8")
    assert len(re.findall(r'<dt id="term-', glossary)) >= len(TERMS)
    assert len(linked) > 35, "few words are linked"


def test_the_first_use_is_the_one_that_is_linked(book):
    page = (book / "talk" / "05_automatic_differentiation.html").read_text("utf-8")
    first = page.index('glossary.html#term-Jacobian"')
    assert page.count('glossary.html#term-Jacobian"') == 1
    assert "Jacobian" in page[first:]


# ---------------------------------------------------------------- links and hosts


class Links(html.parser.HTMLParser):
    """What a page loads, where it leads, and its anchors."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.leads, self.anchors = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag == "a" and found.get("href"):
            self.leads.append(found["href"])
        elif found.get("rel") not in ("author", "next", "prev", "search", "index", "canonical"):
            self.loads += [found[key] for key in ("src", "href", "data") if found.get(key)]


@pytest.fixture(scope="session")
def pages(book):
    return {
        p: Links(p.read_text("utf-8")) for p in book.rglob("*.html") if "_static" not in p.parts
    }


def test_nothing_is_loaded_from_another_host(book, pages):
    for page, links in pages.items():
        for address in links.loads:
            assert address.startswith("data:") or "//" not in address, (page, address)
            if not address.startswith("data:"):
                file = page.parent / unquote(urldefrag(address)[0]).partition("?")[0]
                assert file.exists(), (page, address)
    for sheet in book.rglob("*.css"):
        text = sheet.read_text("utf-8")
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", text), sheet


def test_links_inside_lead_somewhere(pages):
    count, lost = 0, []
    for page, links in pages.items():
        for address in links.leads:
            place, anchor = urldefrag(address)
            if re.match(r"[a-z]+:", place) or any(other in place for other in OUTSIDE):
                continue
            target = (page.parent / unquote(place)).resolve() if place else page
            known = pages[target].anchors if target in pages else ()
            if not target.exists() or (anchor and target in pages and unquote(anchor) not in known):
                lost.append((page.name, address))
            count += 1
    assert count > 5000
    assert lost == []


# ---------------------------------------------------------------- the cheat sheet

SHEET = tomllib.loads((SOURCES / "cheatsheet.toml").read_text("utf-8"))["row"]
X, U, V = np.array([0.5, 1.3, 2.0]), np.array([1.0, 2.0, 3.0]), np.array([1.0, -0.5, 0.25])
SLOPE = X**2 * np.cos(X) + 2 * X * np.sin(X)
BEND = (2 - X**2) * np.sin(X) + 4 * X * np.cos(X)
JACOBIAN = np.diag(np.cos(X) * X[0])
JACOBIAN[:, 0] += np.sin(X)
RIGHT = {
    "gradient": SLOPE,
    "gradient, roughly": SLOPE,
    "value and slope": np.array([np.sum(np.sin(X) * X**2), SLOPE @ V]),
    "cotangent": U @ JACOBIAN,
    "jacobian": JACOBIAN,
    "hessian times v": BEND * V,
    "value of each": np.array([np.sum(np.sin(x) * x**2) for x in (X, X + 1)]),
    "x itself": X,
}


def f(x):
    return np.sum(np.sin(x) * x**2)


def F(x):
    return np.sin(x) * x[0]


def names(system):
    """What the calls of a system may use."""
    xs = np.stack([X, X + 1])
    if system == "elves":
        rooms = {name: getattr(elves, name) for name in elves.ENGINES}
        return rooms | {"elves": elves, "f": f, "F": F, "x": X, "u": U, "v": V, "xs": xs}
    try:
        frameworks.load(system)
    except elves.errors.MissingError as problem:
        pytest.skip(str(problem))
    if system == "pytorch":
        import torch

        importlib.import_module("torch.utils.checkpoint")
        make, f_, F_ = torch.tensor, lambda x: (x.sin() * x**2).sum(), lambda x: x.sin() * x[0]
        found = {"torch": torch, "x": make(X, requires_grad=True)}
    elif system == "jax":
        import jax

        importlib.import_module("jax.test_util")
        make, jnp = jax.numpy.array, jax.numpy
        f_, F_ = lambda x: (jnp.sin(x) * x**2).sum(), lambda x: jnp.sin(x) * x[0]
        found = {"jax": jax, "x": make(X)}
    else:
        import tensorflow as tf

        make = tf.constant
        f_, F_ = lambda x: tf.reduce_sum(tf.sin(x) * x**2), lambda x: tf.sin(x) * x[0]
        found = {"tf": tf, "x": make(X)}
    return found | {"f": f_, "F": F_, "u": make(U), "v": make(V), "xs": make(xs)}


def called(text, known):
    """The value of the last line of a call."""
    lines = ast.parse(text.strip())
    last = lines.body.pop()
    exec(compile(lines, "call", "exec"), known)
    return eval(compile(ast.Expression(last.value), "call", "eval"), known)


def numbers(result):
    """An array of whatever a system gives."""
    if isinstance(result, (tuple, list)):
        parts = [numbers(part) for part in result]
        return parts[0] if len(parts) == 1 else np.array(parts)
    return np.asarray(result.detach() if hasattr(result, "detach") else result)


CALLS = [(s, row) for row in SHEET for s in ("elves", "pytorch", "jax", "tensorflow") if s in row]


@pytest.mark.parametrize(
    "system, row", CALLS, ids=[f"{s}-{row['name'].replace(' ', '-')}" for s, row in CALLS]
)
def test_the_calls_of_the_cheat_sheet_are_right(system, row, monkeypatch):
    known = names(system)
    if system == "pytorch":  # what its compiler needs is not everywhere
        whole = functools.partial(known["torch"].compile, backend="eager")
        monkeypatch.setattr(known["torch"], "compile", whole)
    result = called(row[system], known)
    wanted = RIGHT[row["gives"]]
    if row["gives"] == "gradient, roughly" and system != "elves":
        assert checked(system, result), result  # these compare, and raise or say what they found
        return
    np.testing.assert_allclose(numbers(result), wanted, rtol=1e-7)


def checked(system, result):
    """Whether a checker of gradients is content."""
    if system == "tensorflow":
        ((by_rules,), (by_differences,)) = result
        return np.allclose(by_rules, by_differences, atol=1e-4)
    return result in (True, None)


def test_the_cheat_sheet_is_one_page_of_paper(book):
    pdfium = pytest.importorskip("pypdfium2")
    browser.chromium()  # or the test is skipped
    paper = pdfium.PdfDocument(book / "cheatsheet.pdf")
    assert len(paper) == 1
    width, height = paper[0].get_size()
    assert abs(width - 842) < 1 and abs(height - 595) < 1
    text = paper[0].get_textpage().get_text_bounded()
    for row in SHEET:
        assert row["name"] in text and row["idea"].split()[-1] in text
    assert "Pearlmutter (1994)" in " ".join(text.split())
    fonts = re.findall(rb"/FontFile[23]?\b", (book / "cheatsheet.pdf").read_bytes())
    assert len(fonts) >= 2, "the fonts are not embedded"


# ---------------------------------------------------------------- in a browser


@pytest.fixture
def visit(chromium, served, book):
    """Open a page; what it asks of others, and its complaints, end in a failure."""
    wrong, contexts = [], []

    def opened(page, width=1280, disk=False, **look):
        context = chromium.new_context(viewport={"width": width, "height": 800}, **look)
        contexts.append(context)
        home = f"{book.as_uri()}/" if disk else f"{served.url}book/"
        tab = context.new_page()
        tab.set_default_timeout(browser.SLOW)
        own = (home, "data:", "blob:")
        tab.on("request", lambda r: r.url.startswith(own) or wrong.append(f"asks {r.url}"))
        if not disk:  # there a page may not read another: the search shows titles alone
            tab.on("pageerror", lambda error: wrong.append(str(error)))
            tab.on("console", lambda m: m.type == "error" and wrong.append(m.text))
        tab.goto(home + page, wait_until="load")
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.mark.parametrize("disk", [True, False])
def test_the_search_finds_a_word_with_and_without_a_server(visit, disk):
    page = visit("index.html", disk=disk)
    page.keyboard.press("/")
    page.keyboard.type("cotangent")
    page.keyboard.press("Enter")
    found = page.locator("#search-results li a")
    found.filter(has_text="elves.reverse").first.wait_for()
    assert not found.filter(has_text="(solved)").count()


def test_widgets_and_formulas_are_alive(visit):
    page = visit("talk/02_refresher.html")
    knob = page.locator(".elves-widget input[type=range]").first
    knob.wait_for()
    said = page.locator(".elves-widget").first.inner_text()
    knob.press("End")
    page.wait_for_function("s => document.querySelector('.elves-widget').innerText !== s", arg=said)
    page.locator(".mjx-chtml").first.wait_for()
    assert not page.get_by_text("\\(").count()


def test_without_scripts_a_picture_stands_for_a_widget(visit):
    page = visit("talk/02_refresher.html", java_script_enabled=False)
    picture = page.locator("img[src*='_static/stills/']").first
    picture.scroll_into_view_if_needed()
    assert picture.bounding_box()["width"] > 200
    assert len(picture.get_attribute("alt").split()) >= 8


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (320, "dark")])
@pytest.mark.parametrize("kind", KINDS)
def test_everybody_can_read_each_kind_of_page(visit, axe, kind, width, scheme):
    page = visit(kind, width, color_scheme=scheme)
    if page.locator("script[type*=widget-view]").count():
        page.locator(".elves-widget").first.wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(axe)
    options = {"resultTypes": ["violations"]}
    found = page.evaluate("async (o) => (await axe.run(document, o)).violations", options)
    bad = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [n["html"][:150] for n in v["nodes"]][:3]) for v in bad] == []
