"""ClamAV's daemon from Debian, with a signature of our own and no others, so that it starts in a moment."""

import socket
from pathlib import Path

from tests.support.packages import need
from tests.support.processes import Child

# What our signature finds; it does nothing.
BAD = b"CENTRALA-TEST-OF-THE-SCANNER-7f3a9c"
NAME = "Centrala.Test"


class Clamd:
    """One daemon on a socket in a folder; `stop` and `start` as often as one likes."""

    def __init__(self, folder: Path) -> None:
        self._program = need("clamd", "clamav-daemon")
        self._folder = folder
        folder.mkdir(parents=True)
        signatures = folder / "signatures"
        signatures.mkdir()
        (signatures / "own.ndb").write_text(f"{NAME}:0:*:{BAD.hex()}\n")
        self.socket = folder / "clamd.ctl"
        self._configuration = folder / "clamd.conf"
        self._configuration.write_text(
            f"LocalSocket {self.socket}\nDatabaseDirectory {signatures}\nTemporaryDirectory {folder}\n"
            f"Foreground yes\nStreamMaxLength 5M\nSelfCheck 0\nLogFile {folder / 'clamd.log'}\n"
        )
        self._child: Child | None = None

    @property
    def address(self) -> str:
        return f"unix:{self.socket}"

    def start(self) -> "Clamd":
        self.socket.unlink(missing_ok=True)
        command = [self._program, f"--config-file={self._configuration}"]
        self._child = Child(
            command, log=self._folder / "out.log", environment={"PATH": "/usr/bin:/bin"}, folder=self._folder
        )
        self._child.wait_until(self._answers, 60, "clamd")
        return self

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(b"zPING\0")
                return line.recv(10).startswith(b"PONG")
        except OSError:
            return False
