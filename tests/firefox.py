"""A Firefox without a window, asked through WebDriver BiDi (https://w3c.github.io/webdriver-bidi)."""

import json
import re
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest


def binary():
    """Return the path of Firefox; skip the test where there is none."""
    path = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
    return path or pytest.skip("no Firefox: `apt-get install firefox-esr`")


KEYS = {  # https://www.w3.org/TR/webdriver2/#keyboard-actions
    "Shift": "\ue008", "Control": "\ue009", "Enter": "\ue007", "Escape": "\ue00c", "Space": " ",
    "PageUp": "\ue00e", "PageDown": "\ue00f", "End": "\ue010", "Home": "\ue011",
    "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
    "F5": "\ue035",
}  # fmt: skip


class Page:
    """One tab: go somewhere, and ask JavaScript."""

    def __init__(self, socket):
        self.socket, self.number = socket, 0
        self.ask("session.new", capabilities={})
        self.tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method, **params):
        """Send one command; return its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:  # events come in between
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def resize(self, width, height):
        size = {"width": width, "height": height}
        self.ask("browsingContext.setViewport", context=self.tab, viewport=size)

    def goto(self, url):
        self.ask("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def press(self, key):
        """Press a key by the name that Playwright has for it; `Shift+Enter` too."""
        names = [KEYS.get(name, name) for name in key.split("+")]
        down = [{"type": "keyDown", "value": name} for name in names]
        up = [{"type": "keyUp", "value": name} for name in reversed(names)]
        keys = {"type": "key", "id": "keys", "actions": down + up}
        self.ask("input.performActions", context=self.tab, actions=[keys])

    def evaluate(self, expression):
        """The value of a JavaScript expression (or of its promise), through JSON."""
        wrapped = f"Promise.resolve({expression}).then(value => JSON.stringify(value ?? null))"
        target = {"context": self.tab}
        result = self.ask("script.evaluate", expression=wrapped, target=target, awaitPromise=True)
        assert result["type"] == "success", result
        return json.loads(result["result"]["value"])


@contextmanager
def firefox(folder):
    """Start Firefox with a profile of its own in `folder`; give its page."""
    import websocket

    folder.mkdir(parents=True)
    command = [binary(), "--headless", "--no-remote", "--profile", folder, "about:blank"]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(
            [*command, "--remote-debugging-port", "0"], stdout=log, stderr=log
        )
    try:
        page = Page(
            websocket.create_connection(
                f"{address(folder, process)}/session", timeout=120, suppress_origin=True
            )
        )
        yield page
    finally:
        process.terminate()
        process.wait(20)


def address(folder, process):
    """Wait until Firefox says where it listens."""
    for _ in range(240):
        text = (folder / "log").read_text()
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", text):
            return found[1]
        assert process.poll() is None, text[-2000:]
        time.sleep(0.25)
    raise AssertionError("Firefox did not start: " + text[-2000:])
