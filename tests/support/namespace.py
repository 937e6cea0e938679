"""A network namespace with an address of its own, joined to this machine by a pair of virtual cards.

Firefox never offers loopback candidates; inside a namespace it has another address, as a machine in the same network.
"""

import ctypes
import itertools
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
_numbers = itertools.count()


class Namespace:
    """`inside` is the namespace's address, `outside` this machine's end.

    v6        both ends have an IPv6 address and no other
    origins   where pages are served to browsers inside
    """

    def __init__(self, *, v6: bool = False) -> None:
        self._ip = need("ip", "iproute2")
        if os.getuid() != 0:
            pytest.skip("network namespaces need root")
        # One process may have several at once.
        number = (os.getpid() + 4_000 * next(_numbers)) % 16_000
        self.name = f"centrala-{number}{'-v6' if v6 else ''}"
        self._card = f"cen{number}{'s' if v6 else ''}"
        self.origins: list[str] = []
        block = f"10.{200 + number // 256 % 50}.{number % 256}"
        self.outside, self.inside = f"{block}.1", f"{block}.2"
        prefix, shape = "30", []
        if v6:
            self.outside, self.inside = f"fd00:ce::{number:x}:1", f"fd00:ce::{number:x}:2"
            prefix, shape = "126", ["nodad"]
        self._run("netns", "add", self.name)
        self._run("link", "add", self._card, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        self._run("address", "add", f"{self.outside}/{prefix}", "dev", self._card, *shape)
        self._run("link", "set", self._card, "up")
        self._run("-n", self.name, "address", "add", f"{self.inside}/{prefix}", "dev", "eth0", *shape)
        self._run("-n", self.name, "link", "set", "eth0", "up")
        self._run("-n", self.name, "link", "set", "lo", "up")

    def _run(self, *arguments: str) -> None:
        subprocess.run([self._ip, *arguments], check=True, capture_output=True)

    def block_udp(self) -> None:
        """Let no UDP out of it any more."""
        self._run("-n", self.name, "rule", "add", "pref", "1", "ipproto", "udp", "prohibit")
        self._run("-n", self.name, "-6", "rule", "add", "pref", "1", "ipproto", "udp", "prohibit")

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
