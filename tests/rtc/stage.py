"""A fan-out with viewers on sockets of their own, and the clock in the test's hands."""

from __future__ import annotations

import socket

from pylibsrtp import Policy, Session

from rtc.kernel.history import Kept
from rtc.net.counting import Counters
from rtc.net.fanout import Fanout, Outlets, Peer
from rtc.net.srtp import SrtpKeys
from rtc.sending.choice import choose_packet_path

KEY = bytes(range(28))


class Viewer:
    """Where the packets of one peer arrive."""

    def __init__(self, fanout: Fanout) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        policy = Policy(srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM, ssrc_type=Policy.SSRC_ANY_OUTBOUND, key=KEY)
        policy.allow_repeat_tx = True
        theirs = Policy(srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM, ssrc_type=Policy.SSRC_ANY_INBOUND, key=KEY)
        self.session = Session(theirs)
        self.peer: Peer = fanout.new_peer()
        self.peer.set_keys(SrtpKeys(Session(theirs), Session(policy)))
        self.peer.move(self.sock.getsockname())
        self.datagrams: list[bytes] = []

    def take(self) -> list[bytes]:
        """Give the decrypted packets that came since the last call."""
        found: list[bytes] = []
        while True:
            try:
                self.datagrams.append(self.sock.recv(2048))
            except BlockingIOError:
                return found
            found.append(self.session.unprotect(self.datagrams[-1]))


class Stage:
    """One fan-out on a socket of its own, with a clock in the test's hands."""

    def __init__(self, way: str) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.now_ns = 5_000_000_000
        self.counters = Counters()
        self.fanout, self.reader = choose_packet_path(way, self.sock, self.counters, lambda: self.now_ns)
        self.viewers: list[Viewer] = []

    def viewer(self) -> Viewer:
        viewer = Viewer(self.fanout)
        self.viewers.append(viewer)
        return viewer

    def forward(self, outlets: Outlets, *packets: Kept) -> None:
        for packet in packets:
            self.fanout.forward(outlets, packet)
        self.fanout.flush()

    def close(self) -> None:
        for viewer in self.viewers:
            viewer.sock.close()
        self.sock.close()
