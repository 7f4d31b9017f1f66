"""Serve the built site, here or to a room: compressed, with the headers that browsers want."""

import contextlib
import errno
import functools
import gzip
import http.server
import io
import os
import re
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from urllib.parse import urlsplit

import deck

PORTS = [*range(8000, 8010), 0]  # a port that stays the same is easier to tell; 0 is any other
TYPES = {  # said here, since some systems' own tables say otherwise
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".ipynb": "application/json",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".whl": "application/zip",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}
PACKED = {".gz", ".jpg", ".pdf", ".png", ".whl", ".woff", ".woff2", ".zip"}  # no smaller as gzip
HASHED = re.compile(r"\.[0-9a-f]{7,20}\.\w+$")  # such a file never changes under its name
ROOM = "room.html"  # a page that only the room's server has


@functools.cache
def lock_of(_path):
    return threading.Lock()


@functools.lru_cache(maxsize=4096)
def squeezed(path, _changed):
    """The gzip of a file, made once for all who ask."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, below a prefix, as gzip where a browser takes it.

    `directory` is a folder, `prefix` a path like "/" or "/some/where/"; `pages` are texts that
    stand in no file, by their name.
    """

    protocol_version = "HTTP/1.1"  # a phone keeps its connection
    timeout = 60
    extensions_map = {"": "application/octet-stream", **TYPES}  # noqa: RUF012

    def __init__(self, *args, prefix="/", pages=(), **more):
        self.prefix, self.pages = prefix, dict(pages)
        super().__init__(*args, **more)

    def send_head(self):
        """Answer with status and headers; return what is to be sent, or None."""
        asked = urlsplit(self.path).path
        name = asked.removeprefix(self.prefix)
        if asked + "/" == self.prefix:
            return self.elsewhere(self.prefix)
        if not asked.startswith(self.prefix):
            return self.send_error(404)
        if name in self.pages:
            return self.answer(self.pages[name].encode(), TYPES[".html"], "no-store")
        path = Path(self.translate_path("/" + name))
        if path.is_dir() and not asked.endswith("/"):
            return self.elsewhere(asked + "/")
        path = path / "index.html" if path.is_dir() else path
        return self.file(path) if path.is_file() else self.send_error(404)

    def file(self, path):
        """Answer with a file, or with the news that the browser's copy is still good."""
        state = path.stat()
        tag = f'"{state.st_mtime_ns:x}-{state.st_size:x}"'
        keep = "max-age=31536000, immutable" if HASHED.search(path.name) else "no-cache"
        if tag in self.headers.get("If-None-Match", ""):
            self.send_response(304)
            self.send_header("ETag", tag)
            self.send_header("Cache-Control", keep)
            self.end_headers()
            return None
        packed = path.suffix not in PACKED and "gzip" in self.headers.get("Accept-Encoding", "")
        if packed:
            with lock_of(path):  # many phones ask for the same at once
                body = squeezed(path, tag)
        else:
            body = path.read_bytes()
        return self.answer(body, self.guess_type(str(path)), keep, tag, packed)

    def answer(self, body, kind, keep, tag=None, packed=False):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", keep)
        self.send_header("Vary", "Accept-Encoding")
        if tag:
            self.send_header("ETag", tag)
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        return io.BytesIO(body)

    def elsewhere(self, path):
        self.send_response(301)
        self.send_header("Location", path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing: the terminal shows the address."""


class Server(http.server.ThreadingHTTPServer):
    """Does not complain of phones that leave in the middle."""

    daemon_threads = True
    request_queue_size = 256  # a room scans at once

    def handle_error(self, request, client_address):
        """Leave out the traceback where a visitor went away."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def server(folder, host="127.0.0.1", ports=PORTS, handler=Handler, **more):
    """A server of a folder at the first free of some ports. Raises DeckError if none is free."""
    answer = functools.partial(handler, directory=os.fspath(folder), **more)
    for port in ports:
        try:
            return Server((host, port), answer)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise deck.DeckError(
                    f"{host} is no address of this machine: leave it out, or name one that is."
                ) from None
    raise deck.DeckError(f"Port {ports[-1]} cannot be had: leave --port out, or name another.")


def room_address():
    """This machine's address in the network that it would reach others by. Raises DeckError."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address for examples; nothing is sent
        found = probe.getsockname()[0]
        if not found.startswith(("127.", "0.")):
            return found
    raise deck.DeckError(
        "This machine is in no network: join the room's Wi-Fi or open a hotspot, or name the "
        "address that others reach it by: talk/web.py serve --room ADDRESS."
    )


WITHOUT = (
    "Over plain http a browser keeps nothing for offline use, and a lab's progress lasts only as "
    "long as its page is open (the notebooks themselves are kept)."
)


def room_page(url):
    """The page that a speaker puts on the wall: the address, and its QR code."""
    import segno

    picture = segno.make(url, error="l", micro=False)
    svg = picture.svg_inline(scale=1, border=4, light="white", omitsize=True)
    text = (Path(__file__).parent / "web" / "landing" / "room.html").read_text("utf-8")
    words = {"URL": url, "QR": svg, "WITHOUT": WITHOUT}
    return re.sub(r"\{\{(\w+)\}\}", lambda found: words[found[1]], text)


def serve(folder, room=None, port=None, browse=True):
    """Serve until Ctrl-C; `room` is an address of this machine, or "" for the one that it has."""
    ports = PORTS if port is None else [port]
    pages = {}
    host = "127.0.0.1" if room is None else room or room_address()
    here = server(folder, host, ports, pages=pages)
    url = f"http://{host}:{here.server_port}/"
    print(f"The site is at {url} until Ctrl-C.", flush=True)
    if room is not None:
        show_room(url)
        pages[ROOM] = room_page(url)
    if browse:
        webbrowser.open(url + ROOM if room is not None else url)
    with here, contextlib.suppress(KeyboardInterrupt):
        here.serve_forever()


def show_room(url):
    """Print the address's QR code, and what the room must do without."""
    import segno

    segno.make(url, error="l", micro=False).terminal(compact=True, border=2)
    print(f"For the wall: {url}{ROOM}\n{WITHOUT}", flush=True)
