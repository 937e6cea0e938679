"""The server as its users get it: `python -m server` in a process of its own, with its own folder and ports."""

import json
import os
import re
import socket
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.migrated import copy_sqlite, migrated_sqlite
from tests.support.processes import Child, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = (sys.executable, "-m", "server")
CHEAP = {"CENTRALA_PASSWORD_COST": "cheap_for_tests"}
# With these the server may be reached from elsewhere, where it refuses cheap hashes.
ELSEWHERE = {"CENTRALA_PUBLIC_URL", "CENTRALA_LAN"}
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


@dataclass(frozen=True)
class DemoPerson:
    """One sign-in of the demo organisation."""

    email: str
    password: str
    role: str
    name: str
    organisation: str


class Server:
    """One server process; `data_dir` and the ports survive kill() and restart()."""

    def __init__(
        self, folder: Path, *, environment: dict[str, str] | None = None, name: str = "server", fresh: bool = False
    ) -> None:
        """fresh   it begins with no data folder at all, as a new user's does, and makes the schema by itself"""
        self.folder = folder
        self._fresh = fresh
        self.data_dir = folder / "data"
        self.port = int((environment or {}).get("PORT") or free_port())
        self.media_port = free_port(socket.SOCK_DGRAM)
        self.url = f"http://127.0.0.1:{self.port}"
        self.operator_key = "operator-key-of-the-tests"
        self.demo_file = folder / "demo.json"
        self.log = folder / f"{name}.log"
        inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
        self.environment = {
            **inherited,
            "PORT": str(self.port),
            "CENTRALA_HOST": "127.0.0.1",
            "CENTRALA_DATA_DIR": str(self.data_dir),
            "CENTRALA_DEMO_FILE": str(self.demo_file),
            "CENTRALA_MEDIA_HOST": "127.0.0.1",
            "CENTRALA_MEDIA_PORT": str(self.media_port),
            "CENTRALA_OPERATOR_KEY": self.operator_key,
            **(environment or {}),
        }
        self._child: Child | None = None

    def start(self, limit_s: float = 45.0) -> "Server":
        """Start and wait until /readyz says yes."""
        environment = self.environment
        if "PYTEST_VERSION" in os.environ and not self._fresh:  # measurements get the server as its users do
            self._begin_with_schema()
            if self.environment["CENTRALA_HOST"] == "127.0.0.1" and ELSEWHERE.isdisjoint(self.environment):
                environment = {**CHEAP, **environment}
        self._child = Child(COMMAND, log=self.log, environment=environment, folder=ROOT)
        self._child.wait_until(self.ready, limit_s, "readiness")
        return self

    def _begin_with_schema(self) -> None:
        """Give a SQLite server that has no data folder yet one with the schema in it: most tests are about later things."""
        ours = self.environment["CENTRALA_DATA_DIR"] == str(self.data_dir)
        if ours and "CENTRALA_DATABASE_URL" not in self.environment and not self.data_dir.exists():
            self.data_dir.mkdir(mode=0o700)
            copy_sqlite(migrated_sqlite(), self.data_dir)

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    @property
    def child(self) -> Child:
        assert self._child is not None, "the server was not started"
        return self._child

    @property
    def pid(self) -> int:
        return self.child.pid

    def kill(self) -> None:
        """SIGKILL the server process alone; its media workers must notice by themselves."""
        self.child.kill()

    def stop(self) -> int:
        return self.child.stop() if self._child else 0

    def restart(self) -> "Server":
        """Start again on the same folder and ports."""
        self.stop()
        return self.start()

    @property
    def demo(self) -> list[DemoPerson]:
        return [DemoPerson(**row) for row in json.loads(self.demo_file.read_text())]

    def people(self, role: str) -> list[DemoPerson]:
        """The demo's sign-ins of one role: admin, agent, technician or customer."""
        return [person for person in self.demo if person.role == role]

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def tracebacks(self) -> list[str]:
        """Tracebacks in the log that pass through our own code."""
        found = re.findall(r"Traceback \(most recent call last\):\n(?:.*\n)*?(?=\S)", self.output())
        return [text for text in found if f'"{ROOT}/' in text and "site-packages" not in text.rsplit("File ", 1)[-1]]

    def processes(self) -> list[psutil.Process]:
        """The server process and everything it started."""
        main = psutil.Process(self.pid)
        return [main, *main.children(recursive=True)]

    def pss_bytes(self) -> int:
        """Memory of all its processes, shared pages counted once (PSS)."""
        return sum(process.memory_full_info().pss for process in self.processes())

    def cpu_s(self) -> float:
        """User and system time all its processes have used so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())
