"""The hub of a class as a process: started, found, asked, ended."""

import contextlib
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from classroom import users
from classroom.place import ClassError

HERE, LOCAL = Path(__file__).resolve().parent, "127.0.0.1"
CONFIG, WATCHER = HERE / "hub_config.py", HERE / "results.py"
MEGABYTES = 400  # of memory for a learner: a server of 144, and the kernel of a lab, up to 294
PATIENCE = 120  # seconds for the hub to answer


def is_free(host, port):
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            raise ClassError(
                f"something listens on port {port} already: end it, or choose another one (three "
                "in a row are used), as in make class PORT=8100."
            ) from None


def are_free(host, port):
    """The proxy's port, and those of the hub and of the proxy's own door behind it."""
    for part, where in enumerate((host, LOCAL, LOCAL)):
        is_free(where, port + part)


def last(place):
    """What the class was started with the last time; an empty dict at first."""
    try:
        return json.loads((place.secrets / "given.json").read_text())
    except (OSError, ValueError):
        return {}


def holds():
    """How many learners this machine holds at once, by its memory."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    known = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return max(1, int(known["MemAvailable"] / 1024 * 0.9 / MEGABYTES))


def run_hub(place, given):
    """Start the hub in the background, and wait until it answers."""
    environment = {
        "PATH": f"{place.env}/bin:{os.environ['PATH']}",
        "ELVES_CLASS": json.dumps(given),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "HOME": str(place.secrets),
    }
    with place.log.open("a") as log:
        place.log.chmod(0o600)
        hub = subprocess.Popen(
            [place.python, "-m", "jupyterhub", "--config", CONFIG], cwd=place.secrets,
            env=environment, start_new_session=True, umask=0o077,
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while not answers(given):
        if hub.poll() is not None or time.monotonic() > until:
            raise ClassError(f"the hub did not start: {place.log} tells why.")
        time.sleep(0.2)


def answers(given):
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE  # it is ours
    try:
        where = f"{address(given, LOCAL)}/hub/health"
        with urllib.request.urlopen(where, context=anyone, timeout=10):
            return True
    except (OSError, http.client.HTTPException):
        return False


def address(given, host):
    return f"http{'s' if given['cert'] else ''}://{host}:{given['port']}"


def own_address():
    """This machine's address in its network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # for documentation alone (RFC 5737); nothing is sent
            return probe.getsockname()[0]
        except OSError:
            return socket.gethostname()


def servers(place):
    """The processes of the hub, its services and its proxy; a hub that died left some."""
    home = re.escape(str(place.home))
    ours = re.compile(
        rf"{home}/env/bin/python\0(-m\0jupyterhub|[^\0]*/{WATCHER.name}\0{home}\0--watch\0)"
        rf"|node\0{home}/proxy/".encode()
    )
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if users.owners(entry) == {0} and ours.match((entry / "cmdline").read_bytes()):
                yield int(entry.name)


def end_hub(place, seconds=20.0):
    """End the hub, its services and its proxy; the learners' servers go on."""
    users.end(lambda: servers(place), seconds)


def ask(place, method, what):
    """Ask the hub, as the class's own service; see JupyterHub's REST API."""
    if not [*servers(place)]:
        raise ClassError("the class is not running: start it first, with make class.")
    given = json.loads((place.secrets / "given.json").read_text())
    token = (place.secrets / "class-token").read_text()
    request = urllib.request.Request(
        f"http://{LOCAL}:{given['port'] + 1}/hub/api/{what}", method=method,
        headers={"Authorization": f"token {token}"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    except urllib.error.URLError as problem:
        raise ClassError(f"the hub says: {problem}") from None
