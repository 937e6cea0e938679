"""Child processes of a test: started so that they end with it, waited for, ended by their own id."""

import ctypes
import itertools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


# Below the ports that systems give to outgoing connections, so that nobody takes one between its choice and its use.
# Each test process begins elsewhere. Four at a time, because a server's media workers take the ports that follow.
PORTS = range(10_000, 30_000, 4)
_ports = itertools.islice(itertools.cycle(PORTS), os.getpid() * 131 % len(PORTS), None)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port on 127.0.0.1 nobody listens on now, and none that this process was given lately."""
    for port in itertools.islice(_ports, len(PORTS)):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """One program with its output in a file."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.log = log
        self.command = list(command)
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if environment is None else dict(environment),
                cwd=folder,
                preexec_fn=_die_with_parent,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def output(self, last_bytes: int = 8000) -> str:
        return self.log.read_bytes()[-last_bytes:].decode(errors="replace")

    def wait_until(self, ready: Callable[[], bool], limit_s: float, what: str) -> None:
        """Poll until ready; raise with the program's last output when it ended or the limit passed."""
        deadline = time.monotonic() + limit_s
        while not ready():
            if not self.alive:
                raise RuntimeError(
                    f"{self.command[0]} ended with {self.process.returncode} before {what}:\n{self.output()}"
                )
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.command[0]}: no {what} after {limit_s} s:\n{self.output()}")
            time.sleep(0.05)

    def wait_for_port(self, port: int, limit_s: float = 20.0) -> None:
        self.wait_until(lambda: accepts(port), limit_s, f"port {port}")

    def kill(self) -> None:
        """SIGKILL: no goodbye, nothing flushed."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, how: signal.Signals = signal.SIGTERM, limit_s: float = 15.0) -> int:
        """Ask to end, and kill what does not within the limit; give the exit status."""
        if self.alive:
            os.kill(self.pid, how)
            try:
                self.process.wait(limit_s)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.wait()


def accepts(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether somebody accepts TCP connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0
