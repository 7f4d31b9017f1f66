"""The whole site in Chromium, on a desk and on a phone; a lab done in it; and what serves it."""

import gzip
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
import yaml

import serving
from browser import PHONE, ROOT, move_widget, run_cell, visit, wait_until

DESK = {"viewport": {"width": 1280, "height": 720}}
NARROW = {"viewport": {"width": 320, "height": 640}}
SLOW = 240_000  # milliseconds until Python is there, on a loaded machine
OWN = ["", "lab/", "licences.html"]  # the pages of this file; book and play have tests of their own
ERRORS = '[data-mime-type$="jupyter.error"], [data-mime-type$="jupyter.stderr"]'


# ------------------------------------------------------------------------------ pages and links


@pytest.mark.parametrize("profile", [DESK, PHONE, NARROW], ids=["desk", "phone", "narrow"])
def test_each_page_loads_and_asks_no_other_host(chromium, served, profile):
    for name in [*OWN, "deck/", "book/", "play/"]:
        with visit(chromium, served.url, **profile) as page:
            page.goto(served.url + name)
            page.locator("h1, .slides h2").first.wait_for(state="attached")
            page.wait_for_load_state("networkidle")
            if name in OWN:
                width, room = page.evaluate(
                    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
                )
                assert width <= room, name
    assert not served.refused


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium, served, axe, scheme):
    for name in [*OWN, serving.ROOM]:
        with visit(chromium, served.url, color_scheme=scheme, reduced_motion="reduce") as page:
            page.goto(served.url + name.replace(serving.ROOM, ""))
            if name == serving.ROOM:  # which the room's server makes
                page.set_content(serving.room_page(served.url))
            page.add_script_tag(content=axe)
            found = page.evaluate("axe.run()")["violations"]
            worse = [f for f in found if f["impact"] in ("serious", "critical")]
            assert not worse, [(f["id"], f["nodes"][0]["html"]) for f in worse]


def test_the_walk_moves_pauses_and_stands_still_for_those_who_want_that(chromium, served):
    seen = """[...document.querySelectorAll(".walk [class*=adjoint]")]
        .map(e => getComputedStyle(e).opacity)"""
    with visit(chromium, served.url, **DESK) as page:
        page.goto(served.url)
        before = page.evaluate(seen)
        wait_until(page, lambda: page.evaluate(seen) != before)
        page.get_by_role("button", name="Pause").click()
        page.wait_for_timeout(300)  # a pause begins with the next frame
        paused = page.evaluate(seen)
        page.wait_for_timeout(1500)
        assert page.evaluate(seen) == paused
    with visit(chromium, served.url, reduced_motion="reduce", **DESK) as page:
        page.goto(served.url)
        lines = page.locator(".walk text").evaluate_all(
            "all => all.filter(e => getComputedStyle(e).opacity == 1).map(e => e.textContent)"
        )
        ends = ["adjoint 2.957", "adjoint 1.69", "adjoint 0.9636", "adjoint 1"]
        assert sorted(line for line in lines if "adjoint" in line) == sorted(ends)


class Links(HTMLParser):
    """What a page links to, and the places in it that can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.found, self.loaded, self.places = [], [], {""}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key in ("id", "name") and value:
                self.places.add(value)
            if key in ("href", "src") and value and not value.startswith(("data:", "mailto:")):
                self.found.append(value)
                if tag != "a":
                    self.loaded.append(value)


def test_links_inside_lead_somewhere_under_any_prefix(site):
    pages = [
        path
        for path in site.rglob("*.html")
        if not {"lab", "_static"} & {*path.relative_to(site).parts}
    ]
    read = {path: Links(path.read_text("utf-8")) for path in [*pages, site / "lab" / "index.html"]}
    assert len(read) > 20
    for path, page in read.items():
        for link in page.found:
            if urlsplit(link).scheme:
                assert link not in page.loaded, f"{path.relative_to(site)} loads {link}"
                continue
            assert not link.startswith("/"), f"{path.relative_to(site)}: {link} knows its host"
            place, part = urldefrag(urljoin(path.as_uri(), link))
            target = type(site)(unquote(urlsplit(place).path))
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), f"{path.relative_to(site)}: {link}"
            if notebook := re.fullmatch(r"path=(.*\.ipynb)", urlsplit(place).query):
                assert (site / "lab" / "files" / notebook[1]).exists(), link
            if target in read and "_modules" not in path.parts:
                assert unquote(part) in read[target].places, f"{path.relative_to(site)}: {link}"


def test_nothing_in_the_site_is_there_twice_or_unasked(site):
    assert not list((site / "lab").rglob("*.map")) and not list((site / "lab").rglob("*.whl"))
    assert len(list(site.rglob("pyodide.asm.wasm"))) == 1
    lock = json.loads((site / "py" / "pyodide-lock.json").read_text("utf-8"))["packages"]
    assert all((site / "py" / package["file_name"]).exists() for package in lock.values())
    listed = re.findall(r"<th scope='row'>(\S+) ", (site / "licences.html").read_text("utf-8"))
    assert {re.sub(r"[-_.]+", "-", name.lower()) for name in listed} >= {*lock} - {"jedi"}


# ------------------------------------------------------------------------------------ the lab


def open_notebook(page, served, name):
    page.goto(f"{served.url}lab/notebooks/index.html?path={name}")
    page.locator(".jp-CodeCell").first.wait_for(timeout=SLOW)


def cell_with(page, words):
    return page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=words)).first


def run_and_wait(page, cell):
    run_cell(page, cell)
    prompt = cell.locator(".jp-InputPrompt")
    wait_until(page, lambda: re.search(r"\d", prompt.text_content()), SLOW)
    return cell.locator(".jp-Cell-outputWrapper")


def write(page, cell, text):
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


KEPT = """async name => {  // what JupyterLite has of a file in the browser's storage
  for (const database of await indexedDB.databases()) {
    const open = await new Promise(done => {
      const request = indexedDB.open(database.name);
      request.onsuccess = () => done(request.result);
    });
    const found = [...open.objectStoreNames].includes("files") && await new Promise(done => {
      const request = open.transaction("files").objectStore("files").get(name);
      request.onsuccess = () => done(JSON.stringify(request.result));
    });
    open.close();
    if (found) return found;
  }
  return "";
}"""


def test_a_lab_is_done_and_remembered(chromium, served):
    served.sent.clear()
    with visit(chromium, served.url, **PHONE) as page:
        page.goto(served.url + "lab/")
        page.get_by_role("link", name="Lab 4: the tape").click()
        page.locator(".jp-CodeCell").first.wait_for(timeout=SLOW)
        said = run_and_wait(page, cell_with(page, "lab(4)"))
        assert "0 of 8 exercises" in said.inner_text()
        assert sum(served.sent.values()) < 20e6  # bytes to the first cell, as gzip
        assert not any(re.search("/py/(matplotlib|sympy|scipy)-", path) for path in served.sent)

        run_and_wait(page, cell_with(page, "Trainer()")).locator("input").first.wait_for()
        run_and_wait(page, cell_with(page, 'quiz("tape.twice")')).locator(".MCButton").first.click()
        page.locator(".Feedback:visible").first.wait_for()

        answer = cell_with(page, "# adjoints")
        check = cell_with(page, 'check("tape.by_hand"')
        for a, verdict in ((126, "is paid twice"), (135, "all 4 cases are right")):
            text = f'adjoints = {{"d": 1, "c": 9, "b": 21, "a": {a}}}'
            write(page, answer, text)
            answer = cell_with(page, "adjoints = ")
            run_and_wait(page, answer)
            said = run_and_wait(page, check)
            wait_until(page, lambda said=said, verdict=verdict: verdict in said.inner_text(), SLOW)

        page.keyboard.press("ControlOrMeta+s")
        wait_until(page, lambda: "135" in page.evaluate(KEPT, "labs/04_the_tape.ipynb"))
        page.reload()
        page.locator(".jp-CodeCell").first.wait_for(timeout=SLOW)
        assert "135" in cell_with(page, "adjoints = ").inner_text()
        assert "1 of 8 exercises" in run_and_wait(page, cell_with(page, "lab(4)")).inner_text()
    assert not served.refused


def test_a_notebook_runs_from_top_to_bottom_and_its_widgets_are_alive(chromium, served):
    with visit(chromium, served.url, **DESK) as page:
        open_notebook(page, served, "05_automatic_differentiation.ipynb")
        run_cell(page, page.locator(".jp-CodeCell").first, menu=True)
        cells = page.locator(".jp-CodeCell .jp-InputPrompt")
        done = "all => all.every(e => /\\d/.test(e.textContent))"
        wait_until(page, lambda: cells.evaluate_all(done), SLOW)
        assert not page.locator(ERRORS).all_inner_texts()
        move_widget(page, cell_with(page, "widgets.Stepper(wish, 1.3)"))


def test_a_framework_s_notebook_keeps_its_results_and_says_why(chromium, served):
    with visit(chromium, served.url, **PHONE) as page:
        open_notebook(page, served, "06_famous_kids.ipynb")
        words = "PyTorch, TensorFlow and JAX are not made for browsers"
        page.locator(".jp-MarkdownCell").filter(has_text=words).first.wait_for(timeout=SLOW)
        said = cell_with(page, "y.backward()").locator(".jp-Cell-outputWrapper")
        assert "2.9573" in said.inner_text()
        page.locator(".jp-RenderedSVG :is(svg, img)").first.wait_for()  # not hidden as untrusted


# ------------------------------------------------------------------------------------ serving


@pytest.fixture
def folder(tmp_path):
    """A small site with one file of each kind."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text("<h1>here</h1>" * 100)
    (tmp_path / "sub" / "index.html").write_text("below")
    (tmp_path / "a.mjs").write_text("export default 1;" * 100)
    (tmp_path / "b.wasm").write_bytes(b"\0asm" * 100)
    (tmp_path / "c.whl").write_bytes(b"PK" * 100)
    (tmp_path / "app.1a2b3c4.js").write_text("1;" * 100)
    return tmp_path


def ask(url, **headers):
    """The answer to one request, redirects not followed: status, headers, body."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
    connection.request(
        "GET", place.path, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def test_files_go_out_small_with_their_types(folder):
    from browser import hosting

    with hosting(folder) as host:
        kinds = {"": "text/html; charset=utf-8", "a.mjs": "text/javascript; charset=utf-8",
                 "b.wasm": "application/wasm"}  # fmt: skip
        for name, kind in kinds.items():
            status, headers, body = ask(host.url + name, Accept_Encoding="gzip, br")
            assert (status, headers["Content-Type"]) == (200, kind)
            assert headers["Content-Encoding"] == "gzip" and headers["Vary"] == "Accept-Encoding"
            plain = ask(host.url + name)
            assert "Content-Encoding" not in plain[1] and gzip.decompress(body) == plain[2]
        status, headers, body = ask(host.url + "c.whl", Accept_Encoding="gzip")
        assert (headers["Content-Type"], body) == ("application/zip", b"PK" * 100)
        again = ask(host.url + "c.whl", If_None_Match=headers["ETag"])
        assert (again[0], again[2]) == (304, b"")
        assert headers["Cache-Control"] == "no-cache"
        assert "immutable" in ask(host.url + "app.1a2b3c4.js")[1]["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/some/where", 301), ("/some/where/sub", 301), ("/some/where/sub/", 200),
        ("/some/where/none.html", 404), ("/", 404), ("/index.html", 404),
        ("/some/where/../../../etc/passwd", 404), ("/some/where/%2e%2e/%2e%2e/etc/passwd", 404),
    ],
)  # fmt: skip
def test_only_what_is_in_the_folder_is_served(folder, path, status):
    from browser import hosting

    with hosting(folder) as host:
        assert ask(host.url.replace("/some/where/", path))[0] == status


def run_serve(*options):
    command = [sys.executable, ROOT / "talk" / "web.py", "serve", "--no-browser", *options]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, encoding="utf-8", **both)


def own_address():
    try:
        return serving.room_address()
    except serving.deck.DeckError:
        pytest.skip("this machine has no network")


def test_a_room_gets_the_address_and_its_code_and_ctrl_c_is_silent(site):
    import zxingcpp
    from PIL import Image

    address = own_address()
    process = run_serve("--out", str(site), "--room")
    url = re.search(r"http://\S+", process.stdout.readline())[0]
    assert url.startswith(f"http://{address}:")
    with urllib.request.urlopen(url) as answer:
        assert b"Differentiation Engines" in answer.read()
    page = urllib.request.urlopen(url + "room.html").read().decode()
    assert url in page and "offline" in page
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out.splitlines()[-1]) == (0, serving.WITHOUT)
    rows = [line for line in out.splitlines() if set(line) <= set(" █▀▄") and line.strip()]
    assert len(rows) > 10 and "offline" in out and url + "room.html" in out
    dots = [[c in top for c in row] for row in rows for top in ("█▀", "█▄")]
    wide, scale = max(map(len, dots)), 6
    picture = Image.new("L", (wide * scale, len(dots) * scale), 0)
    for y, row in enumerate(dots):
        for x, light in enumerate(row):
            if light:
                picture.paste(255, (x * scale, y * scale, (x + 1) * scale, (y + 1) * scale))
    assert zxingcpp.read_barcode(picture).text == url


def test_a_port_that_is_taken_is_passed_by_unless_it_was_asked_for(folder, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serving.server(folder, ports=[port, 0]) as other:
            assert other.server_port != port
        with pytest.raises(serving.deck.DeckError, match=f"Port {port} cannot be had"):
            serving.server(folder, ports=[port])


def test_an_address_of_another_machine_is_told(folder):
    for host in ("203.0.113.7", "no such host"):
        with pytest.raises(serving.deck.DeckError, match=f"^{host} is no address of this machine"):
            serving.server(folder, host)


def test_the_workflow_publishes_what_make_site_makes():
    text = (ROOT / ".github" / "workflows" / "site.yml").read_text("utf-8")
    steps = yaml.safe_load(text)["jobs"]["publish"]["steps"]
    assert {"run": "make site"} in steps
    assert [step["with"]["path"] for step in steps if "upload" in step.get("uses", "")] == ["site"]
    assert "/site/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_a_machine_without_a_network_says_so(monkeypatch):
    def refuse(*_):
        raise OSError("Network is unreachable")

    class Alone(socket.socket):
        connect = refuse

    monkeypatch.setattr(serving.socket, "socket", Alone)
    with pytest.raises(serving.deck.DeckError, match="is in no network: join"):
        serving.room_address()
