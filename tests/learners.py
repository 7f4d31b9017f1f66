"""Learners who do what people do: log in, open a lab, answer, run it, save it and submit it.

They speak the protocols of JupyterHub, Jupyter Server and nbgrader's list of assignments, each with
a session of cookies as a browser has. What they answer is a plan, drawn from a seed.
"""

import json
import random
import re
import threading
import time
import uuid
from urllib.parse import urlsplit

import requests
import websocket

import labs
from course_variants import VARIANTS

LAB = "01_best_step"
RESTS_ON = {"steps.extrapolate": "steps.richardson"}  # the solution calls the other answer
OPEN = 0.2, 0.3  # the shares of exercises that stay open, and that get a known mistake


def plan(seed, logins, exercises):
    """What each learner will answer to each exercise: "right", "open", or a mistake's number."""
    draw, found = random.Random(seed), {}
    for login in logins:
        found[login] = {}
        for name in exercises:
            dice, known = draw.random(), VARIANTS[name]
            choice = draw.randrange(len(known))
            found[login][name] = (
                "open" if dice < OPEN[0] else choice if dice < sum(OPEN) else "right"
            )
    return found


def points(answers):
    """The points that these answers are worth: one for each that is right, with all it rests on."""
    return {
        name: int(answer == answers.get(RESTS_ON.get(name), "right") == "right")
        for name, answer in answers.items()
    }


def exercises(lab=LAB):
    """The exercises of a lab, in order: their names, and the ids of the cells with the answers."""
    [path] = labs.sources([lab])
    found, answer = {}, None
    for cell in labs.read(path).cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            answer = cell.id
        if check := re.match(r'check\("([\w.]+)"', cell.source):
            found[check[1]] = answer
    return found


def fill(nb, answers, lab=LAB):
    """Write the answers into a learner's notebook, as JSON."""
    [path] = labs.sources([lab])
    solutions = {cell.id: cell.source for cell in labs.solved(labs.read(path)).cells}
    cells, places = {cell["id"]: cell for cell in nb["cells"]}, exercises(lab)
    for name, answer in answers.items():
        if answer == "right":
            cells[places[name]]["source"] = solutions[places[name]]
        elif answer != "open":
            cells[places[name]]["source"] = VARIANTS[name][answer][1]
    return nb


class Learner:
    """One learner at the class's address, with a password of their own choice."""

    def __init__(self, address, login, verify=True):
        self.address, self.login, self.took = address, login, {}
        self.at = f"{address}/user/{login}"
        self.web = requests.Session()
        self.web.verify, self.web.trust_env = verify, False
        self.password = f"the password of {login}"

    def log_in(self):
        self.web.get(f"{self.address}/hub/login").raise_for_status()
        form = {"username": self.login, "password": self.password, "_xsrf": self.xsrf("/hub/")}
        came = self.web.post(f"{self.address}/hub/login", data=form)
        return came.status_code != 403 and "login" not in urlsplit(came.url).path

    def xsrf(self, path):
        return next(c.value for c in self.web.cookies if c.name == "_xsrf" and c.path == path)

    def start(self, patience=300):
        """Ask for a server until it answers: a hub that starts many lets the others wait."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            came = self.web.get(f"{self.at}/lab")
            if came.status_code == 200 and urlsplit(came.url).path.startswith(
                f"/user/{self.login}/lab"
            ):
                return
            if "/hub/" in came.url and "pending" not in came.url:
                self.web.get(f"{self.address}/hub/spawn/{self.login}")
            time.sleep(0.5)
        raise TimeoutError(f"{self.login} has no server: {came.status_code} {came.url}")

    def ask(self, method, what, **more):
        headers = {"X-XSRFToken": self.xsrf(f"/user/{self.login}/")}
        came = self.web.request(method, f"{self.at}/{what}", headers=headers, **more)
        came.raise_for_status()
        return came.json() if came.content else None

    def open(self, lab=LAB):
        """Open a lab: its notebook, and a kernel."""
        self.path = f"labs/{lab}/{lab}.ipynb"
        self.nb = self.ask("GET", f"api/contents/{self.path}")["content"]
        how = {"path": self.path, "name": lab, "type": "notebook", "kernel": {"name": "python3"}}
        self.kernel = self.ask("POST", "api/sessions", json=how)["kernel"]["id"]
        self.connect()

    def connect(self):
        cookies = "; ".join(
            f"{c.name}={c.value}"
            for c in self.web.cookies
            if c.path in ("/", f"/user/{self.login}/")
        )
        self.socket = websocket.create_connection(
            f"{self.at.replace('http', 'ws', 1)}/api/kernels/{self.kernel}/channels",
            cookie=cookies, timeout=120, sslopt={"cert_reqs": 0},
        )  # fmt: skip

    def run(self, source):
        """Run a cell; return its outputs."""
        number, outputs, done = uuid.uuid4().hex, [], set()
        header = {"msg_id": number, "username": self.login, "session": number,
                  "msg_type": "execute_request", "version": "5.3"}  # fmt: skip
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False,
                   "user_expressions": {}, "stop_on_error": True}  # fmt: skip
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content,
                   "channel": "shell", "buffers": []}  # fmt: skip
        self.socket.send(json.dumps(message))
        while not {"execute_reply", "idle"} <= done:
            came = self.socket.recv()
            if not isinstance(came, str):
                continue  # a widget's buffers
            came = json.loads(came)
            if came["parent_header"].get("msg_id") != number:
                continue
            kind, content = came["msg_type"], came["content"]
            done.add(content.get("execution_state", kind))
            if kind in ("stream", "execute_result", "display_data", "error"):
                outputs.append({"output_type": kind, **content})
        return outputs

    def run_cells(self, cells):
        for cell in cells:
            if cell["cell_type"] == "code":
                cell["outputs"] = [
                    {k: v for k, v in out.items() if k != "transient"}
                    for out in self.run("".join(cell["source"]))
                ]

    def restart(self):
        """What JupyterLab's button does."""
        self.ask("POST", f"api/kernels/{self.kernel}/restart")
        self.connect()

    def save(self):
        model = {"type": "notebook", "format": "json", "content": self.nb}
        self.ask("PUT", f"api/contents/{self.path}", json=model)

    def submit(self, lab=LAB):
        form = {"course_id": "elves", "assignment_id": lab}
        said = self.ask("POST", "assignments/submit", json=form)
        assert said["success"], said

    def timed(self, what, *args):
        began = time.monotonic()
        result = getattr(self, what)(*args)
        self.took[what] = time.monotonic() - began
        return result


def together(learners, what):
    """Let all learners do something at the same time; raise what one of them met."""
    problems = []

    def one(learner):
        try:
            what(learner)
        except Exception as problem:
            problem.add_note(f"met by {learner.login}")
            problems.append(problem)

    threads = [threading.Thread(target=one, args=(learner,)) for learner in learners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
