"""Helpers for the tests that look at the deck and at JupyterLab through Chromium."""

import collections
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# what moves a widget
HANDLES = ".noUi-base, input[type=range], button:enabled:visible, select:visible"
TOKEN = "elves"
SLOW = 90_000  # milliseconds that a loaded machine may take to start a kernel or import a system


def chromium():
    """Return the path of a Chromium or Chrome; skip the test where there is none, but not in CI."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("ELVES_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path:
        return path
    advice = "no Chromium: `apt-get install chromium`, or name a Chrome in ELVES_CHROMIUM"
    return pytest.fail(advice) if os.environ.get("CI") == "true" else pytest.skip(advice)


@contextmanager
def serve(root, folder):
    """Start JupyterLab on `root` as `make lab` does, with settings of its own in `folder`."""
    folder.mkdir(parents=True)
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    environment = os.environ | {name: str(folder / value) for name, value in names.items()}
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)  # all cells in the page, not only those in view
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    command = [sys.executable, ROOT / "talk" / "deck.py", "--root", root, "lab", "--no-browser"]
    command += ["--allow-root", "--ServerApp.port=0", f"--IdentityProvider.token={TOKEN}"]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield address(folder, process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def address(folder, process):
    """Wait for the server's own note of where it listens."""
    for _ in range(240):
        notes = list((folder / "runtime").glob("jpserver-*.json"))
        if notes and (text := notes[0].read_text()):
            return json.loads(text)["url"]
        assert process.poll() is None, (folder / "log").read_text()[-3000:]
        time.sleep(0.25)
    raise AssertionError("JupyterLab did not start: " + (folder / "log").read_text()[-3000:])


def wait_for_kernel(page, url, path):
    """Wait until the notebook's kernel has done what the page asked of it at the start."""

    def idle():
        sessions = page.request.get(f"{url}api/sessions?token={TOKEN}").json()
        kernels = [session["kernel"] for session in sessions if session["path"] == path]
        return kernels and kernels[0]["connections"] and kernels[0]["execution_state"] == "idle"

    wait_until(page, idle, SLOW)
    page.wait_for_timeout(500)
    wait_until(page, idle, SLOW)  # again, since set-up cells start a moment later


def run_cell(page, cell, menu=False):
    """Run a code cell as a person does (with the `menu`: all cells), again if nothing happens."""
    prompt = cell.locator(".jp-InputPrompt")
    for _ in range(10):
        if menu:
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        else:
            if cell.locator(".cm-content").is_visible():  # else a slide shows its result alone
                cell.locator(".cm-content").click()
            page.keyboard.press("Shift+Enter")
        for _ in range(20):
            if prompt.text_content().strip() != "[ ]:":
                return
            page.wait_for_timeout(100)
    raise AssertionError("the cell does not run")


def move_widget(page, scope):
    """Click into the first slider of `scope`, or on its first button, and wait for the change."""
    output = scope.locator(".jp-OutputArea-output").filter(has=page.locator(HANDLES)).first
    sliders = output.locator(".noUi-base, input[type=range], select:visible")
    handle = sliders.first if sliders.count() else output.locator(HANDLES).first
    handle.wait_for(timeout=SLOW)
    handle.scroll_into_view_if_needed()
    before = output.inner_html()
    if handle.evaluate("node => node.tagName") == "SELECT":
        other = handle.evaluate("s => [...s.options].findIndex(o => !o.selected)")
        handle.select_option(index=other)
        return wait_until(page, lambda: output.inner_html() != before)
    for share in (0.8, 0.3, 0.6):  # the second place is for a slider that stands at the first
        box = handle.bounding_box()
        page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        for _ in range(20):  # other programs may keep the machine busy
            page.wait_for_timeout(100)
            if output.inner_html() != before:
                return
    raise AssertionError("the widget does not move")


def wait_until(page, condition, timeout=10_000):
    """Poll a condition while the page goes on working."""
    for _ in range(timeout // 100):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("nothing changed in the page")


# ------------------------------------------------------------------------------------ the site

PHONE = {
    "viewport": {"width": 412, "height": 839},
    "device_scale_factor": 2.625,
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36",
}


class Host:
    """Serves a folder below a prefix: `url`, the bytes `sent` by path, and what was `refused`."""

    def __init__(self, folder, prefix="/some/where/"):
        import serving

        self.sent, self.refused, host = collections.Counter(), [], self

        class Handler(serving.Handler):
            def answer(self, body, *args, **more):
                host.sent[self.path] += len(body)  # as gzip, where it goes as gzip
                return super().answer(body, *args, **more)

            def send_error(self, code, *args):
                host.refused.append((code, self.path))
                return super().send_error(code, *args)

        self.server = serving.server(folder, ports=[0], handler=Handler, prefix=prefix)
        self.url = f"http://127.0.0.1:{self.server.server_port}{prefix}"


@contextmanager
def hosting(folder):
    host = Host(folder)
    threading.Thread(target=host.server.serve_forever, daemon=True).start()
    yield host
    host.server.shutdown()


@contextmanager
def visit(chromium, home, **profile):
    """A page in a fresh browser, which asks no other host and does not complain.

    What it did wrong is in `page.wrongs`, which must be empty at the end.
    """
    context = chromium.new_context(**profile)
    page = context.new_page()
    page.wrongs = []
    host = "/".join(home.split("/")[:3]) + "/"

    def asked(request):
        if not request.url.startswith((host, "data:", "blob:")):
            page.wrongs.append(f"asks {request.url}")

    def said(message):
        if message.type == "error":
            page.wrongs.append(f"console: {message.text}")

    context.on("request", asked)
    page.on("console", said)
    page.on("pageerror", lambda error: page.wrongs.append(f"error: {error}"))
    try:
        yield page
    finally:
        context.close()
    assert not page.wrongs, page.wrongs
