"""Debian's coturn on loopback, open to loopback peers for the tests alone."""

import base64
import hashlib
import hmac
import shutil
import tempfile
import time
from pathlib import Path

from tests.support.certificates import self_signed
from tests.support.packages import need
from tests.support.processes import Child, free_port


class Coturn:
    """A TURN server with time-limited credentials (the REST API draft: HMAC-SHA1 of the expiry)."""

    def __init__(self) -> None:
        program = need("turnserver", "coturn")
        self.folder = Path(tempfile.mkdtemp(prefix="centrala-coturn-"))
        self.secret = "secret-of-the-tests"
        self.port = free_port()
        self.tls_port = free_port()
        self.certificate = self_signed(self.folder, ["localhost", "127.0.0.1"])
        self.urls = [f"turn:127.0.0.1:{self.port}?transport=udp", f"turn:127.0.0.1:{self.port}?transport=tcp"]
        self.tls_url = f"turns:localhost:{self.tls_port}?transport=tcp"
        command = [program, "-n", "-L", "127.0.0.1", "-p", str(self.port), "--relay-ip", "127.0.0.1", "-r", "test"]
        command += ["--tls-listening-port", str(self.tls_port), "--cert", str(self.certificate.certificate)]
        command += ["--pkey", str(self.certificate.key)]
        command += ["--no-dtls", "--no-cli", "--allow-loopback-peers", "--use-auth-secret"]
        command += [f"--static-auth-secret={self.secret}", "--log-file=stdout", f"--pidfile={self.folder}/pid"]
        self._server = Child(command, log=self.folder / "log", folder=self.folder)
        self._server.wait_for_port(self.port)

    @property
    def environment(self) -> dict[str, str]:
        """Settings that make the server offer this TURN server."""
        return self.offer(self.urls)

    def offer(self, urls: list[str]) -> dict[str, str]:
        """Settings that make the server offer some of its URLs."""
        return {"CENTRALA_TURN_URLS": ",".join(urls), "CENTRALA_TURN_SECRET": self.secret}

    def credentials(self, name: str = "test") -> tuple[str, str]:
        """A user name and password good for an hour."""
        user = f"{int(time.time()) + 3600}:{name}"
        digest = hmac.new(self.secret.encode(), user.encode(), hashlib.sha1).digest()
        return user, base64.b64encode(digest).decode()

    def output(self) -> str:
        return self._server.output(100_000)

    def close(self) -> None:
        self._server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
