"""One ICE-lite and DTLS transport: credentials, the addresses of its peer, its keys, its end (RFC 8445 2.5, RFC 8842)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from core.supervise import Supervisor
from rtc.channel.tracks import Direction
from rtc.kernel.bandwidth_estimate import make_probe_turns
from rtc.kernel.phases import Phases
from rtc.kernel.transport_cc_matching import Matched
from rtc.kernel.turns import Turns
from rtc.net.addresses import Place
from rtc.net.counting import Counters
from rtc.net.dtls import DtlsLink, Identity
from rtc.net.port import UdpPort
from rtc.net.srtp import Scratch, SrtpKeys, describe_failure, unprotect
from rtc.wire.rtcp import Report, parse_rtcp
from rtc.wire.sdp import Credentials, Section

_MAX_ADDRESSES = 8
_STALE_NS = 6_000_000_000  # browsers check every 2.5 to 5 s


@dataclass(frozen=True)
class Surroundings:
    """What every transport of a worker shares.

    candidates     values of a=candidate
    scratch        for outgoing RTCP
    crowd_videos   how many cameras go out in a crowded room; 0: all
    probes         turns of viewers whose line is tried out
    phases         places in the periods in which everybody is looked after
    """

    port: UdpPort
    counters: Counters
    identity: Identity
    supervisor: Supervisor
    candidates: list[str]
    scratch: Scratch
    monotonic_ns: Callable[[], int]
    crowd_videos: int = 0
    probes: Turns = field(default_factory=make_probe_turns)
    phases: Phases = field(default_factory=Phases)


class Transport:
    """What publishing and receiving transports have in common.

    How it works: the SDP exchange gives the peer's certificate and role, a connectivity check gives its address; with both,
    the handshake starts. The peer's checks may come from several addresses, and all are taken; we send to the one it
    nominated, or, when that one has been silent, to the one a right check came from last.
    """

    direction: Direction

    def __init__(
        self, around: Surroundings, participant_id: str, transport_id: str, on_change: Callable[[Transport, str], None]
    ) -> None:
        self.around = around
        self.participant_id = participant_id
        self.transport_id = transport_id
        self.session_id = secrets.randbits(62)
        self.version = 0
        self.ssrc = secrets.randbits(31) | 1
        self.peer = around.port.fanout.new_peer()
        self.state = "new"
        self.counters: dict[str, int] = {}
        now_ns = around.monotonic_ns()
        self.opened_at_ns = now_ns
        self.peer.heard_at_ns = now_ns
        self.phase = around.phases.take()
        self.house_at_ns = 0
        self._on_change = on_change
        self._addresses: dict[Place, int] = {}
        self._passwords: dict[str, bytes] = {}
        self._remote: tuple[list[tuple[str, str]], bool] | None = None
        self.remote_ufrag = ""
        self._dtls = DtlsLink(around.identity, around.supervisor, self._send_dtls, self._connected, self.close)
        self.ufrag = ""
        self.renew_ice()

    @property
    def heard_at_ns(self) -> int:
        """When something right came from the peer last."""
        return self.peer.heard_at_ns

    # ICE

    def renew_ice(self) -> None:
        """Take new credentials; the old ones hold until the peer uses the new ones (RFC 8445 9)."""
        old, self.ufrag = self.ufrag, secrets.token_hex(4)
        for ufrag in list(self._passwords):
            if ufrag != old:
                self._forget_ufrag(ufrag)
        self._passwords[self.ufrag] = secrets.token_hex(12).encode()
        self.around.port.by_ufrag[self.ufrag] = self

    def password_of(self, ufrag: str) -> bytes | None:
        """Return the password that goes with one of our user fragments."""
        return self._passwords.get(ufrag)

    def note_check(self, ufrag: str, address: Place, now_ns: int, *, nominates: bool) -> None:
        """Take an authenticated connectivity check."""
        self.peer.heard_at_ns = now_ns
        if ufrag == self.ufrag and len(self._passwords) > 1:
            for other in list(self._passwords):
                if other != ufrag:
                    self._forget_ufrag(other)
        self._addresses[address] = now_ns
        port = self.around.port
        owner = port.by_address.get(address)
        if owner is not self:
            if owner is not None:
                owner.forget_address(address)
            port.assign(address, self)
        current = self.peer.address
        if current != address and (
            current is None or nominates or now_ns - self._addresses.get(current, 0) > _STALE_NS
        ):
            self.peer.move(address)
            if current is not None:
                self.count("moves")
                self.note_moved(now_ns)
        if len(self._addresses) > _MAX_ADDRESSES:
            oldest = min(
                (known for known in self._addresses if known not in (address, self.peer.address)),
                key=self._addresses.__getitem__,
            )
            port.release(oldest)
            del self._addresses[oldest]
            if not isinstance(oldest, tuple):
                oldest.leave()
        self._start_when_ready()

    def forget_address(self, address: Place) -> None:
        """Another transport's peer now has this address, or the stream has ended: go on at the freshest other one."""
        self._addresses.pop(address, None)
        if not isinstance(address, tuple) and self.peer.address is address and self._addresses:
            self.count("moves")
            self.peer.move(max(self._addresses, key=self._addresses.__getitem__))
            self.note_moved(self.around.monotonic_ns())

    def _forget_ufrag(self, ufrag: str) -> None:
        self._passwords.pop(ufrag, None)
        self.around.port.by_ufrag.pop(ufrag, None)

    # DTLS

    @property
    def dtls_is_active(self) -> bool | None:
        """Our DTLS role once it is agreed: True the client, False the server."""
        return self._remote[1] if self._remote is not None else None

    def is_for(self, section: Section) -> bool:
        """The section shows the certificate this transport was made for, or the transport waits for its first."""
        return self._remote is None or self._remote[0] == section.fingerprints

    def set_remote(self, section: Section, *, active: bool) -> None:
        """Take the peer's certificate digests and our role from the SDP exchange; later calls change only ICE."""
        self.remote_ufrag = section.ufrag
        if self._remote is None:
            self._remote = (section.fingerprints, active)
            self._start_when_ready()

    def credentials(self, setup: str) -> Credentials:
        """Return what our SDP says of this transport."""
        password = self._passwords[self.ufrag].decode()
        return Credentials(self.ufrag, password, self._dtls.fingerprints, setup, self.around.candidates)

    def receive_dtls(self, datagram: bytes) -> None:
        """Take a DTLS datagram from one of the peer's addresses."""
        if not self._dtls.receive(datagram):
            self.around.counters.add("drop.dtls_queue_full")

    def _start_when_ready(self) -> None:
        if self._remote is None or self.peer.address is None or self._dtls.is_started or self.state == "closed":
            return
        fingerprints, active = self._remote
        self.state = "connecting"
        self._dtls.start(active=active, fingerprints=fingerprints)

    def _send_dtls(self, datagram: bytes) -> None:
        if self.peer.address is not None:
            self.around.port.fanout.send_to(datagram, self.peer.address)

    def _connected(self, keys: SrtpKeys) -> None:
        if self.state == "closed":
            return
        self.peer.set_keys(keys)
        self.state = "connected"
        self.note_connected()
        self._on_change(self, "connected")

    def close(self, reason: str) -> None:
        """End the transport and tell why; a second call does nothing."""
        if self.state == "closed":
            return
        self.note_closing()
        port = self.around.port
        port.fanout.flush()
        self.state = "closed"
        for address in self._addresses:
            port.release(address)
            if not isinstance(address, tuple):
                address.leave()
        self._addresses.clear()
        for ufrag in list(self._passwords):
            self._forget_ufrag(ufrag)
        self._dtls.close()
        self._on_change(self, reason)

    def abandon(self) -> None:
        """Undo the making of a transport whose offer was refused: nobody hears of it."""
        self._on_change = lambda transport, reason: None
        self.close("closed")

    # Media

    def receive_rtp(self, scratch: Scratch, length: int, now_ns: int) -> None:
        """Take an SRTP packet from the reused buffer."""
        keys = self.peer.keys
        if keys is None:
            self.around.counters.add("drop.srtp_before_keys")
            return
        scratch.length[0] = length
        status = unprotect(keys.receive, scratch.pointer, scratch.length)
        if status:
            self.count_failure(status)
        else:
            self.take_rtp(scratch, scratch.length[0], now_ns)

    def take_rtp(self, scratch: Scratch, length: int, now_ns: int) -> None:
        """Take a decrypted RTP packet."""
        self.peer.heard_at_ns = now_ns
        self.handle_rtp(scratch.view, length, now_ns)

    def count_failure(self, status: int) -> None:
        """Count a packet that did not decrypt, for this libsrtp status."""
        self.around.counters.add(describe_failure(status))

    def receive_rtcp(self, scratch: Scratch, length: int, now_ns: int) -> None:
        """Take an SRTCP packet from the reused buffer."""
        if self.peer.keys is None:
            self.around.counters.add("drop.srtp_before_keys")
            return
        opened = self.peer.open_rtcp(scratch, length, each=self.tells_each)
        if isinstance(opened, int):
            self.count_failure(opened)
        elif isinstance(opened, bytes):
            self.take_rtcp(opened, now_ns)
        else:
            self.peer.heard_at_ns = now_ns
            self.handle_matched(opened, now_ns)

    def take_rtcp(self, packet: bytes, now_ns: int) -> None:
        """Take a decrypted RTCP packet."""
        self.peer.heard_at_ns = now_ns
        reports = parse_rtcp(packet)
        if reports is None:
            self.around.counters.add("drop.rtcp_malformed")
            return
        for report in reports:
            self.handle_report(report, now_ns)

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypt and send one compound RTCP packet, with the next flush."""
        keys = self.peer.keys
        if keys is None or self.peer.address is None:
            return
        protected = self.around.scratch.protect_rtcp(keys, packet)
        if protected is None:
            self.around.counters.add("drop.rtcp_protect")
            return
        self.around.port.fanout.send(protected, self.peer)

    def count(self, name: str, count: int = 1) -> None:
        """Add to this transport's own counters."""
        self.counters[name] = self.counters.get(name, 0) + count

    # What the two kinds of transport fill in

    def handle_rtp(self, view: memoryview, length: int, now_ns: int) -> None:
        """Handle one decrypted RTP packet."""
        self.around.counters.add("drop.rtp_unexpected")

    def handle_report(self, report: Report, now_ns: int) -> None:
        """Handle one part of a decrypted RTCP packet."""

    @property
    def tells_each(self) -> bool:
        """Feedback is to be matched packet by packet."""
        return False

    def handle_matched(self, matched: Matched | None, now_ns: int) -> None:
        """Handle transport-wide feedback that is already put beside what was sent; None: it made no sense."""

    def report(self, now_ns: int) -> None:
        """Send reports; called once a second."""

    def note_connected(self) -> None:
        """Keys are there."""

    def note_moved(self, now_ns: int) -> None:
        """Packets go to another address of the peer from now on."""

    def note_closing(self) -> None:
        """The transport is about to close and can still send."""
