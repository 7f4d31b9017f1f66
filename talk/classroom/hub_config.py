"""How JupyterHub runs a class; `talk/hub.py` starts it with the class's settings in ELVES_CLASS."""

import asyncio
import contextlib
import json
import os
import pwd
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from jupyterhub.spawner import LocalProcessSpawner

from classroom import limits, users
from classroom.place import Place, by_name

given = json.loads(os.environ["ELVES_CLASS"])
place, port = Place(Path(given["home"])), given["port"]
BIN, HERE, LOCAL = place.env / "bin", Path(__file__).resolve().parent, "127.0.0.1"
PULL = 60  # seconds for new labs to arrive
IDLE = 3600  # seconds after which a server that nobody uses is ended; what is saved stays


class BoundedSpawner(LocalProcessSpawner):
    """Starts a learner's server as the learner's Unix user, within the limits, with the labs."""

    def make_preexec_fn(self, name):
        become = super().make_preexec_fn(name)

        def enter():
            os.umask(0o022)  # the hub's own files are root's alone
            limits.enter(given["cgroups"], place.group, name)
            become()

        return enter

    def user_env(self, env):
        return super().user_env(env) | {
            "SHELL": "/bin/bash",
            "ELVES_COURSE": str(place.homes / self.user.name / "labs"),
        }

    def load_state(self, state):
        """Take over a server from the hub before, unless its number is another's by now."""
        super().load_state(state)
        mine = {uid for uid, name in users.all_of(place).items() if name == self.user.name}
        if self.pid not in users.processes(mine):
            self.pid = 0

    async def start(self):
        with (place.logs / f"{self.user.name}.log").open("w") as log:  # learners can write into it
            self.popen_kwargs = {"stdout": log, "stderr": log}
            await self.bring_labs(log)
            return await super().start()

    async def bring_labs(self, log):
        """Merge new labs into the learner's own; what the learner wrote stays."""
        user = pwd.getpwnam(self.user.name)
        command = [str(BIN / "gitpuller"), f"file://{place.labs}", "main", "labs"]
        pull = await asyncio.create_subprocess_exec(
            *command, cwd=user.pw_dir, env=self.get_env(), start_new_session=True,
            preexec_fn=self.make_preexec_fn(self.user.name),
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            await asyncio.wait_for(pull.wait(), PULL)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pull.pid, signal.SIGKILL)
        if pull.returncode != 0:  # the server starts all the same
            self.log.error("The labs of %s are as they were: %s", user.pw_name, log.name)


c = get_config()  # noqa: F821
c.JupyterHub.bind_url = f"http{'s' * bool(given['cert'])}://{given['host']}:{port}"
c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = given["cert"], given["key"]
c.JupyterHub.hub_bind_url = f"http://{LOCAL}:{port + 1}"
c.JupyterHub.cookie_secret_file = str(place.secrets / "cookie")
c.JupyterHub.db_url = f"sqlite:///{place.secrets}/hub.sqlite"
c.JupyterHub.cleanup_servers = c.JupyterHub.cleanup_proxy = False  # a new hub finds them again
c.JupyterHub.active_server_limit = given["learners"]
c.JupyterHub.concurrent_spawn_limit = 10
c.JupyterHub.template_vars = {"announcement_login": given["welcome"]}
c.ConfigurableHTTPProxy.api_url = f"http://{LOCAL}:{port + 2}"
c.ConfigurableHTTPProxy.auth_token = (place.secrets / "proxy-token").read_text()
c.ConfigurableHTTPProxy.pid_file = str(place.secrets / "proxy.pid")
c.ConfigurableHTTPProxy.command = [str(place.proxy / "node_modules/.bin/configurable-http-proxy")]

c.JupyterHub.authenticator_class = "firstuse"
c.FirstUseAuthenticator.dbm_path = str(place.secrets / "passwords")
c.FirstUseAuthenticator.create_users = False
c.FirstUseAuthenticator.min_password_length = 8
c.Authenticator.allowed_users = {place.teacher, *place.names}
c.Authenticator.allow_existing_users = False  # who was on another list
c.Authenticator.username_map = by_name(place.names)
c.Authenticator.admin_users = {place.teacher}
c.Authenticator.delete_invalid_users = True  # who left the list

c.JupyterHub.spawner_class = BoundedSpawner
c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab/tree/labs"
c.Spawner.env_keep = ["LANG", "LC_ALL"]
c.Spawner.environment = {
    "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
    "JUPYTER_CONFIG_PATH": str(place.settings),
    "GIT_CONFIG_SYSTEM": str(place.settings / "gitconfig"),  # the labs' repository is root's
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
c.Spawner.start_timeout = c.Spawner.http_timeout = 180

c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [str(place.python), "-m", "jupyterhub_idle_culler", f"--timeout={IDLE}"],
    },
    {
        "name": "results",
        "command": [str(place.python), str(HERE / "results.py"), str(place.home), "--watch"],
    },
    {"name": "class", "api_token": (place.secrets / "class-token").read_text()},
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    },
    {"name": "class", "scopes": ["admin:users", "delete:servers"], "services": ["class"]},
]
