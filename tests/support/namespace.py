"""A network namespace with an address of its own, joined to this machine by a pair of virtual cards.

Firefox never offers loopback candidates; inside a namespace it has another address, as a machine in the same network.
"""

import ctypes
import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from tests.support.packages import need

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_switching = threading.Lock()


class Namespace:
    """`inside` is the namespace's address, `outside` this machine's end."""

    def __init__(self) -> None:
        self._ip = need("ip", "iproute2")
        if os.getuid() != 0:
            pytest.skip("network namespaces need root")
        number = os.getpid() % 16_000
        self.name = f"centrala-{number}"
        self._card = f"cen{number}"
        block = f"10.{200 + number // 256 % 50}.{number % 256}"
        self.outside, self.inside = f"{block}.1", f"{block}.2"
        self._run("netns", "add", self.name)
        self._run("link", "add", self._card, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        self._run("address", "add", f"{self.outside}/30", "dev", self._card)
        self._run("link", "set", self._card, "up")
        for command in (("address", "add", f"{self.inside}/30", "dev", "eth0"), ("link", "set", "eth0", "up")):
            self._run("-n", self.name, *command)
        self._run("-n", self.name, "link", "set", "lo", "up")

    def _run(self, *arguments: str) -> None:
        subprocess.run([self._ip, *arguments], check=True, capture_output=True)

    def command(self, *command: str) -> list[str]:
        """The same command, run inside."""
        return [self._ip, "netns", "exec", self.name, *command]

    def socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """A socket that lives inside, though this process is outside."""
        with (
            _switching,
            Path("/proc/thread-self/ns/net").open() as ours,
            Path(f"/run/netns/{self.name}").open() as theirs,
        ):
            _enter(theirs.fileno())
            try:
                return socket.socket(family, kind)
            finally:
                _enter(ours.fileno())

    def close(self) -> None:
        subprocess.run([self._ip, "link", "del", self._card], check=False, capture_output=True)
        subprocess.run([self._ip, "netns", "del", self.name], check=False, capture_output=True)


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
