"""The quick page in Chromium: by thumb, with odd input, without HTTPS, without a network."""

import json
import re
import shutil
from urllib.parse import urlencode

import mpmath
import numpy as np
import pytest

import browser
import elves
import quick
from elves import comparing, expression, source
from elves.cli import main

MOST = 12e6  # bytes of a first visit, as they travel
TINY = {"width": 320, "height": 568}
KEYBOARD = 253  # pixels that a small phone's own keyboard takes of them
READY = "html[data-ready]"
LONG = "sin(x)*exp(-x**2/2) + log(1 + x**2)*tanh(3*x) - sqrt(abs(x) + 1)/(1 + exp(-2*x))"
TOWER = "x" + "**x" * 98  # takes long everywhere


@pytest.fixture(scope="module")
def host(site):
    with browser.hosting(site) as host:
        yield host


@pytest.fixture(scope="module")
def phone(chromium, host):
    """The page on a phone, with Python ready."""
    still = {"reduced_motion": "reduce"}  # what fades in is pale to axe
    with browser.visit(chromium, host.url, **browser.PHONE, **still) as page:
        page.goto(f"{host.url}play/")
        answered(page)
        yield page


def answered(page):
    """Wait until all parts of an answer have come."""
    page.wait_for_selector(READY, timeout=browser.SLOW)
    page.wait_for_selector("#results:not([aria-busy])", state="attached", timeout=browser.SLOW)
    page.wait_for_selector("#headline b, #problem:not(:empty)", timeout=browser.SLOW)


def ask(page, f, x):
    """Type a function and a place, as thumbs do."""
    if not page.locator("#ask-page").is_visible():
        page.locator("#to-ask").click()
    page.locator("#f").fill(f)
    page.locator("#x").fill(x)
    page.locator("#x").press("Enter")
    answered(page)


def said(page, name):
    return page.locator(f"#{name}").inner_text()


def shows(page, name, words):
    """Wait until a place of the page shows some words."""
    shown = "([name, words]) => document.getElementById(name).innerText.includes(words)"
    page.wait_for_function(shown, arg=[name, words], timeout=browser.SLOW)


def table(page):
    """What the table says: each elf with its cells."""
    cells = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    return {name: rest for name, *rest in page.locator("#rows tr").evaluate_all(cells)}


def number(words):
    return float(words.replace("\N{MINUS SIGN}", "-").partition(",")[0])


# ---------------------------------------------------------------- an answer


@pytest.mark.parametrize(
    ("f", "x"),
    [("sin(x) * x**2", "1.3"), (LONG, "-0.7"), ("x**x", "2.5"), ("maximum(x, 0)", "3"),
     ("exp(x)", "700"), ("  x*1e-200 ", " -1e-100"), ("log1p(x)+arctan2(x,2)+hypot(x,1)", "1e-9")],
)  # fmt: skip
def test_the_page_finds_what_the_desktop_finds(phone, f, x):
    ask(phone, f, x)
    expr, at = expression.parse(f), float(x)
    exact = comparing.fine(expr, at)
    shown = table(phone)
    for row in comparing.rows(expr, at, exact, elves.ENGINES):
        cells = shown.pop(row["name"].replace("_", " "))
        if row["reason"]:
            assert cells == [row["reason"]]
            continue
        value, derivative, error = map(number, cells)
        assert value == pytest.approx(row["value"], rel=1e-14, abs=0)
        wide = 1e-5 if row["name"].startswith("numerical") else 1e-14
        assert derivative == pytest.approx(row["derivative"], rel=wide, abs=0)
        assert error == pytest.approx(abs(derivative - exact) / abs(exact), rel=0.06, abs=1e-18)
    assert not shown
    value, slope = (number(w) for w in re.findall(r"= (\S+)", said(phone, "headline")))
    assert value == pytest.approx(float(expr.function()(at)), rel=1e-9)
    assert slope == pytest.approx(float(exact), rel=1e-9)
    f = expr.function()
    assert said(phone, "source").split() == source.show(f, at).split()
    given = phone.locator("#formula code").inner_text()
    assert eval(given, {"np": np, "x": at}) == pytest.approx(float(exact), rel=1e-12)
    assert phone.locator("#formula math").bounding_box()["height"] > 10


def test_the_page_measures_with_an_exact_derivative(phone):
    ask(phone, "sin(x) * x**2", "1.3")
    phone.locator("summary").tap()
    digits = said(phone, "digits")
    assert digits.startswith("2.957324302460254501087717760858084188251193547341")


HARD = [
    ("sin(x)", 1e308), ("abs(x)*x", 0.0), ("maximum(x**2, 0)", 0.0), ("arctan(1e100*x)", 0.0),
    ("log(x)", 1e-300), ("exp(2*x)*exp(-x)", 354.0), ("x - x", 2.0), ("tan(x)", np.pi / 2),
    ("sin(x)**2 + cos(x)**2", 1.3), ("(1e16 + x) - 1e16", 1.0), ("logaddexp(x, 2*x)", 0.3),
    ("exp2(x) + log2(x) + log10(x)", 3.0), ("expm1(x)*log1p(x)", 1e-10), ("minimum(x, 3)", 1.0),
    ("arcsinh(x) + arctanh(x/9) + arccosh(x)", 1.5), ("sinh(x)*cosh(x)*tanh(x)", 1.0),
    ("reciprocal(x) - square(x) + negative(x)", 0.7), ("arcsin(x)*arccos(x)*exp(x)", 0.2),
    ("power(x, x) + add(x, 1)*subtract(x, 2)/divide(x, 4)*multiply(x, 3)", 2.5), (LONG, -0.7),
]  # fmt: skip
REFUSED = [
    ("abs(x)", 0.0), ("maximum(x, 1)", 1.0), ("sqrt(x)", 0.0), ("x**(1/3)", 0.0), ("x**x", -1.0),
    ("arctan2(x, -1)", 0.0), ("abs(x)**.5", 0.0), ("abs(x - 2)*3 + x", 2.0), ("arcsin(x)", 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x"), HARD + REFUSED)
def test_an_exact_derivative_needs_no_sympy(f, x):
    """Many digits and SymPy's formula say the same, refusals too."""
    pytest.importorskip("sympy")

    def outcome(exact):
        try:
            return mpmath.nstr(exact(expression.parse(f), x), comparing.DIGITS)
        except elves.ElfError as error:
            return str(error)

    assert outcome(comparing.fine) == outcome(comparing.exact)
    assert outcome(comparing.fine).endswith(".") == ((f, x) in REFUSED)


BAD = [
    ("", "1"), ("   ", "1"), ("1/x", "0"), ("x**x", "-1.5"), ("abs(x)", "0"),
    ("2\u00d7x\u00b2", "1"), ("x^2", "1"), ("2x", "1"), ("sinx", "1"), ("lambda x: x", "1"),
    ("__import__('os')", "1"), ("x.__class__", "1"), ("x" * 501, "1"), ("\U0001f384*x", "1"),
    ("9**9**9*x", "1"), ("x", "1e400"), ("x", "nan"), ("x", "one"), ("x", ""),
    ("exp(x)", "1e3"), ("1/exp(exp(x))", "1e308"), ("3", "1"),
    ("<img src=x onerror=alert(1)>", "1"), ("x\n+1", "1,5"), ("log(x)", "-1"),
    ("-" * 200 + "x", "1"), ("(" * 250 + "x" + ")" * 250, "1"), ("[x for x in x]", "1"),
    ("x if x else x", "1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def compare():
    """What `elves compare` says to an input that it refuses; x has another name here."""
    pytest.importorskip("sympy")

    def compare(f, x, capsys):
        assert main(["compare", f, f"--at={x}", "--only", "forward"]) == 2
        return capsys.readouterr().err.removeprefix("elves: ").strip().replace("--at", "x =")

    return compare


def without_remark(said):
    """A sentence without Python's own remark, whose words change from version to version."""
    return said.split(" (")[0]


def test_bad_input_gets_the_sentence_of_elves_compare(phone, compare, capsys):
    for f, x in BAD:
        ask(phone, f, x)
        shown = phone.locator("#problem").text_content()
        assert without_remark(shown) == without_remark(compare(f.replace("\n", ""), x, capsys))
        assert phone.locator("#headline").text_content() == ""
        assert not phone.locator("#results").is_visible()
        assert phone.locator("#problem").bounding_box()["y"] < 200
    ask(phone, "x", "2")
    assert said(phone, "problem") == "" and said(phone, "headline").startswith("f(2.0) = 2")


def test_what_takes_too_long_is_stopped(phone):
    phone.evaluate("CONFIG.limit = 1500")
    phone.locator("#x").fill("0.9")
    phone.locator("#f").fill(TOWER)
    phone.locator("#go").tap()
    shows(phone, "problem", "was stopped: try a shorter function.")
    phone.evaluate("CONFIG.limit = 60000")
    ask(phone, "x**3", "2")  # a new Python starts for it
    assert said(phone, "headline").split() == ["f(2.0)", "=", "8", "f\u2032(2.0)", "=", "12"]


# ---------------------------------------------------------------- thumbs


def test_examples_keys_and_nudges(phone):
    phone.locator("#example").select_option("exp(sin(x))")
    answered(phone)
    assert phone.locator("#f").input_value() == "exp(sin(x))"
    phone.locator("#f").fill("")
    for key in ("insert cos(", "insert x", "insert )", "insert **", "insert x"):
        phone.get_by_label(key, exact=True).tap()
    assert phone.locator("#f").input_value() == "cos(x)**x"
    phone.locator("#x").fill("0.9")
    phone.get_by_label("x larger by 0.1").tap()
    assert phone.locator("#x").input_value() == "1"
    shows(phone, "headline", "f(1.0)")
    answered(phone)
    phone.locator("#f").fill("x**2")  # typing alone is enough
    shows(phone, "headline", "f(1.0) = 1")


def test_the_picture_steps_both_ways(phone):
    ask(phone, "sin(x) * x**2", "1.3")
    steps = phone.locator("#steps .elves-widget")
    count, words = steps.locator(".count"), steps.locator(".said")
    assert count.inner_text() == "1 / 8" and "The argument x is 1.3." in words.inner_text()
    steps.get_by_role("button", name="step forward").tap()
    assert count.inner_text() == "2 / 8" and steps.locator(".node.now").count() == 1
    steps.get_by_role("button", name="last step").tap()
    assert "Reverse sweep." in words.inner_text() and "pays x" in words.inner_text()
    assert "adjoint 2.957" in " ".join(steps.locator("text").all_text_contents())
    steps.get_by_role("button", name="step back").tap()
    assert count.inner_text() == "7 / 8"
    phone.get_by_label("forward mode").tap()
    assert count.inner_text() == "1 / 4"
    steps.get_by_role("button", name="last step").tap()
    assert "its tangent 2.957" in words.inner_text()
    phone.get_by_label("reverse mode").tap()
    ask(phone, "x" + "+sin(x)" * 40, "1")
    assert "too many to step through" in said(phone, "steps")


def adjoints(lines):
    """The values and adjoints of lines such as `c = a + b`: the sum over all ways."""
    values, parents = {}, {}
    for name, words in (line.split(" = ") for line in lines):
        if words[0].isdigit():
            values[name], parents[name] = float(words), []
            continue
        a, sign, b = words.split()
        values[name] = values[a] + values[b] if sign == "+" else values[a] * values[b]
        slopes = (1, 1) if sign == "+" else (values[b], values[a])
        parents[name] = list(zip((a, b), slopes, strict=True))
    bars = dict.fromkeys(values, 0.0) | {next(reversed(values)): 1.0}
    for name in reversed(values):
        for parent, slope in parents[name]:
            bars[parent] += bars[name] * slope
    return {name: (values[name], bars[name]) for name in values}


def test_practice_by_touch(phone):
    phone.locator("#to-practice").tap()
    lines = phone.locator("#practice .fields > span:not(:has(input))")
    lines.first.wait_for()
    assert not phone.locator("#ask-page").is_visible()
    first = lines.all_text_contents()
    status = phone.locator("#practice [role=status]")
    for name, (value, bar) in adjoints(first).items():
        field = phone.get_by_label(f"the value of {name}", exact=True)
        field.tap()
        phone.keyboard.type(f"{value:.12g}")
        assert status.inner_text() == f"Yes: {name} is {value:g}."
        field = phone.get_by_label(f"the adjoint of {name}", exact=True)
        field.tap()
        phone.keyboard.type(f"{bar + 0.5:.12g}")
        status.filter(has_text=f"{bar + 0.5:.12g} is not the adjoint of {name}.").wait_for()
        assert field.get_attribute("aria-invalid") == "true"
        field.fill(f"{bar:.12g}")
        assert field.get_attribute("aria-invalid") == "false"
    assert status.inner_text() == "All of them are right. Another graph?"
    phone.get_by_role("button", name="another graph").tap()
    assert lines.all_text_contents() != first
    phone.locator("#to-ask").tap()
    assert phone.locator("#ask-page").is_visible()


def test_practice_has_many_graphs_and_right_answers():
    graphs = json.loads(quick.parts()["practice.json"])
    assert len(graphs) == quick.GRAPHS and len({g["svg"] for g in graphs}) == quick.GRAPHS
    for graph in graphs:
        right = adjoints([row["words"] for row in graph["rows"]])
        assert {r["name"]: (r["value"], r["adjoint"]) for r in graph["rows"]} == right


# ---------------------------------------------------------------- links


def test_a_link_opens_a_function(phone, host):
    for f, x, value in [
        ("x**2 + 1", "3", "10"),
        ("exp(x) & more", "0", ""),
        ("x+\u00b2#%", "1", ""),
    ]:
        phone.goto(f"{host.url}play/#{urlencode({'f': f, 'x': x})}")
        phone.wait_for_function("f => document.getElementById('f').value === f", arg=f)
        answered(phone)
        assert phone.locator("#x").input_value() == x
        assert f"= {value}" in said(phone, "headline") if value else said(phone, "problem")
    ask(phone, "x**3", "2")
    assert phone.url == f"{host.url}play/#f=x**3&x=2"


@pytest.mark.parametrize(
    "fragment", ["#f=%E0%A4%A&x=1", "#f=x**2", "#x=7", "#&&==", "#f=&x=", "#%"]
)
def test_a_broken_link_is_no_trouble(phone, host, fragment):
    phone.goto(f"{host.url}play/#practice")
    phone.goto(f"{host.url}play/{fragment}")
    answered(phone)
    assert said(phone, "problem") or said(phone, "headline")
    ask(phone, "x", "2")
    assert said(phone, "headline").startswith("f(2.0) = 2")


def test_sharing(phone):
    ask(phone, "x**3", "2")
    link = phone.url
    phone.evaluate("navigator.share = async (what) => { window.given = what; }")
    phone.locator("#share").tap()
    phone.wait_for_function("window.given")
    assert phone.evaluate("given") == {"title": "The derivative of x**3 at 2", "url": link}
    phone.evaluate("navigator.share = undefined")
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.locator("#share").tap()
    phone.wait_for_function("document.getElementById('shared').textContent")
    assert said(phone, "shared") == "The link is copied."
    assert phone.evaluate("navigator.clipboard.readText()") == link


# ---------------------------------------------------------------- size and access


TARGETS = "button, input:not([type=radio]), label:has([type=radio]), select, a, summary"
SMALL = """nodes => nodes.filter(node => {
  const { width, height } = node.getBoundingClientRect();
  return width && node.checkVisibility() && Math.min(width, height) < 43.5;
}).map(node => node.outerHTML)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [TINY, browser.PHONE["viewport"], {"width": 1280, "height": 720}])
def test_all_fits_and_all_can_use_it(phone, axe, scheme, size):
    phone.set_viewport_size(size)
    phone.emulate_media(color_scheme=scheme)
    if not phone.evaluate("!!window.axe"):
        phone.evaluate(axe)
    for place in ("answer", "problem", "practice"):
        if place == "practice":
            phone.locator("#to-practice").tap()
            phone.locator("#practice .fields").wait_for()
        else:
            ask(phone, LONG, {"answer": "-0.7", "problem": "nan"}[place])
        assert phone.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert phone.locator(TARGETS).evaluate_all(SMALL) == []
        found = phone.evaluate("axe.run()")["violations"]
        assert [(v["id"], v["impact"], [n["html"] for n in v["nodes"]]) for v in found] == []
    ask(phone, LONG, "-0.7")
    box = phone.locator("#headline").bounding_box()
    assert box["y"] + box["height"] <= TINY["height"] - KEYBOARD
    phone.set_viewport_size(browser.PHONE["viewport"])


def test_the_keyboard_is_enough(phone):
    ask(phone, "x**2", "3")
    phone.locator("#f").focus()
    order = []
    for _ in range(6):
        phone.keyboard.press("Tab")
        order.append(
            phone.evaluate("document.activeElement.id || document.activeElement.innerText")
        )
    assert order == ["less", "x", "more", "go", "x", "("]
    assert phone.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    phone.keyboard.press("Enter")
    assert phone.locator("#f").input_value() == "x**2("
    phone.locator("#steps .graph").focus()
    phone.keyboard.press("End")
    assert phone.locator("#steps .count").inner_text() == "4 / 4"


# ---------------------------------------------------------------- first visit, second visit


def test_first_visit_is_small_and_the_second_needs_no_network(chromium, site, tmp_path):
    """On a phone, and then a new version comes."""
    shutil.copytree(site / "py", tmp_path / "py", symlinks=True)
    shutil.copytree(site / "play", tmp_path / "play")
    kept = "caches.open('elves-play').then(c => c.keys()).then(all => all.map(r => r.url))"
    with (
        browser.hosting(tmp_path) as host,
        browser.visit(chromium, host.url, **browser.PHONE) as page,
    ):
        page.goto(f"{host.url}play/", wait_until="commit")
        page.locator("#f").fill("x**3")  # at once, while Python is on its way
        files = json.loads((tmp_path / "play" / "config.js").read_text()[14:-2])["files"]
        shows(page, "progress", f" of {sum(f['gzip'] for f in files.values()) / 1e6:.1f} MB.")
        answered(page)
        shows(page, "headline", "= 2.197")
        assert sum(host.sent.values()) < MOST, host.sent
        assert not host.refused
        python = lambda: [url for url in page.evaluate(kept) if "/py/" in url]  # noqa: E731
        browser.wait_until(page, lambda: len(python()) == len(files))
        before = page.evaluate(kept)
        host.sent.clear()
        page.context.set_offline(True)
        page.goto(f"{host.url}play/#{urlencode({'f': 'x**2', 'x': '3'})}")
        page.reload()
        answered(page)
        assert said(page, "headline").startswith("f(3.0) = 9")
        page.locator("#to-practice").tap()
        page.locator("#practice .fields").wait_for()
        assert not host.sent
        page.context.set_offline(False)

        style = tmp_path / "play" / "play.css"
        style.write_text(style.read_text("utf-8") + "body { --new: yes; }\n", "utf-8")
        quick.config(tmp_path)
        page.goto(f"{host.url}play/#ask")
        page.reload()
        changed = """old => caches.open("elves-play").then(cache => cache.keys()).then(all =>
            all.length === old.length && all.filter(r => !old.includes(r.url)).length === 2)"""
        page.wait_for_function(changed, arg=before, timeout=browser.SLOW)
        page.reload()
        new = "getComputedStyle(document.body).getPropertyValue('--new') === 'yes'"
        page.wait_for_function(new, timeout=browser.SLOW)
        answered(page)
        assert not [path for path in host.sent if "/py/" in path]  # what is the same stays


def test_what_is_typed_before_the_program_comes_stays(chromium, host):
    held = []
    with browser.visit(chromium, host.url, service_workers="block") as page:
        page.route("**/play.js", lambda route: held.append(route))
        page.goto(f"{host.url}play/", wait_until="commit")
        page.locator("#f").select_text()  # what a filling finger or a test does in two steps
        browser.wait_until(page, lambda: held)
        held[0].continue_()
        page.locator("#keys button").first.wait_for()
        page.keyboard.insert_text("x**3")
        assert page.locator("#f").input_value() == "x**3"
        shows(page, "headline", "= 2.197")


def test_what_does_not_arrive_is_said(chromium, host):
    with browser.visit(chromium, host.url, service_workers="block") as page:
        page.route("**/python_stdlib.zip", lambda route: route.abort())
        page.goto(f"{host.url}play/")
        shows(page, "progress", "Python cannot be loaded")
        assert said(page, "progress").endswith("reload the page.")
        page.locator("#to-practice").click()  # needs no Python
        page.locator("#practice .fields").wait_for()
        assert [w for w in page.wrongs if "ERR_FAILED" not in w] == []
        page.wrongs.clear()


def test_a_room_without_https(chromium, host):
    """There, browsers have no service worker and no clipboard: all the rest works."""
    name = host.url.replace("127.0.0.1", "room.example")
    rules = "--host-resolver-rules=MAP room.example 127.0.0.1"
    engine = chromium.browser_type.launch(
        executable_path=browser.chromium(), args=[*browser.FLAGS, rules]
    )
    done = []
    with browser.visit(engine, name, viewport={"width": 1280, "height": 720}) as page:
        page.on("requestfinished", lambda request: done.append(request))
        page.goto(f"{name}play/")
        assert not page.evaluate("isSecureContext")
        answered(page)
        sizes = {request.url: request.sizes()["responseBodySize"] for request in done}
        assert sum("/py/" in url for url in sizes) == 10 and 9e6 < sum(sizes.values()) < MOST
        ask(page, "x**3", "2")
        page.locator("#share").click()
        page.wait_for_selector("#link:not([hidden])")
        assert said(page, "shared") == "Copy this link:"
        assert page.locator("#link").input_value() == page.url
    engine.close()
