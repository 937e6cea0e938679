"""Debian's PostgreSQL and Redis, started for the test run on free loopback ports with nothing synced to disk."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.support.packages import need, need_postgresql
from tests.support.processes import Child, free_port


class PostgresCluster:
    """A PostgreSQL cluster in a temporary folder; PostgreSQL refuses root, so root hands it to the user postgres."""

    def __init__(self) -> None:
        initdb, postgres = need_postgresql("initdb"), need_postgresql("postgres")
        self._psql = need("psql", "postgresql-client")
        self.folder = Path(tempfile.mkdtemp(prefix="centrala-postgres-"))
        self.port = free_port()
        self._made = 0
        self._as_user: list[str] = []
        if os.getuid() == 0:
            setpriv = need("setpriv", "util-linux")
            self._as_user = [setpriv, "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=INT"]
            shutil.chown(self.folder, "postgres", "postgres")
        data = self.folder / "data"
        subprocess.run(
            [
                *self._as_user,
                initdb,
                "-D",
                str(data),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
            ],
            check=True,
            capture_output=True,
            cwd="/",
        )
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "shared_buffers": "64MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self.folder.with_suffix(".log")
        self._server = Child([*self._as_user, postgres, "-D", str(data), *options], log=log, folder=Path("/"))
        self._server.wait_until(lambda: self._ask("postgres", "SELECT 1") == 0, 30, "answer")

    def _ask(self, database: str, statement: str) -> int:
        command = [self._psql, "-X", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database]
        return subprocess.run([*command, "-c", statement], capture_output=True, check=False).returncode

    def create(self) -> str:
        """Make an empty database; give its URL."""
        self._made += 1
        name = f"test_{self._made}"
        if self._ask("postgres", f"CREATE DATABASE {name} TEMPLATE template0"):
            raise RuntimeError(f"PostgreSQL refused to make {name}:\n{self._server.output()}")
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        self._ask("postgres", f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def close(self) -> None:
        self._server.stop(signal.SIGINT)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._server.log.unlink(missing_ok=True)


class RedisServer:
    """A Redis that keeps nothing."""

    def __init__(self) -> None:
        program = need("redis-server", "redis-server")
        self._client = need("redis-cli", "redis-tools")
        self.folder = Path(tempfile.mkdtemp(prefix="centrala-redis-"))
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._server = Child([*command, "--dir", str(self.folder)], log=self.folder / "log")
        self._server.wait_for_port(self.port)

    def empty(self) -> None:
        subprocess.run([self._client, "-p", str(self.port), "FLUSHALL"], check=True, capture_output=True)

    def close(self) -> None:
        self._server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
