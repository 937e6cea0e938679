"""DTLS-SRTP (RFC 5764) by aiortc's RTCDtlsTransport over our own ICE: the only file that touches the DTLS object."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable

from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
)
from OpenSSL import SSL

from core.supervise import Supervisor
from rtc.net.srtp import SrtpKeys

_MAX_QUEUED = 32
_RENEW_BEFORE = datetime.timedelta(days=7)
_PROFILES = sorted(SRTP_PROFILES, key=lambda profile: profile is not SRTP_AEAD_AES_128_GCM)  # the cheapest first
_KNOWN_DIGESTS = ("sha-256", "sha-384", "sha-512")


class _Certificate(RTCCertificate):
    """A certificate with one OpenSSL context for all its handshakes; aiortc makes one for each, of 26 kB."""

    _context: SSL.Context | None = None

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        if self._context is None:
            self._context = super()._create_ssl_context(srtp_profiles)
            self._context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
            self._context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # 17 kB for each record written, kept for nothing
        return self._context


class Identity:
    """The worker's certificate; a new one is made before the old one expires, for transports to come."""

    def __init__(self) -> None:
        self._certificate = _Certificate.generateCertificate()

    def current(self) -> RTCCertificate:
        """Return a certificate that is valid for days to come."""
        if self._certificate.expires - datetime.datetime.now(datetime.UTC) < _RENEW_BEFORE:
            self._certificate = _Certificate.generateCertificate()
        return self._certificate


class _Ice:
    """What RTCDtlsTransport asks of an ICE transport.

    How it works: aiortc waits for datagrams with wait_for, which before Python 3.12 may swallow a cancellation when one
    comes at the same moment; so its tasks are ended by a line that is gone, and cancelled besides.
    """

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.incoming: asyncio.Queue[bytes] = asyncio.Queue(_MAX_QUEUED)
        self._forward = send
        self._gone = False

    async def _recv(self) -> bytes:
        datagram = b"" if self._gone else await self.incoming.get()
        if self._gone:
            raise ConnectionError
        return datagram

    def end(self) -> None:
        """Nothing comes any more, nor for whoever waits."""
        self._gone = True
        if self.incoming.empty():
            self.incoming.put_nowait(b"")

    async def _send(self, data: bytes) -> None:
        self._forward(data)


class DtlsLink:
    """One DTLS association, from the first datagram to the close alert.

    send          called with each datagram to send
    on_connected  called once with the SRTP keys
    on_closed     called once when it ends from the other side: "dtls_failed" or "closed_by_peer"
    """

    def __init__(
        self,
        identity: Identity,
        supervisor: Supervisor,
        send: Callable[[bytes], None],
        on_connected: Callable[[SrtpKeys], None],
        on_closed: Callable[[str], None],
    ) -> None:
        self._supervisor = supervisor
        self._on_connected = on_connected
        self._on_closed = on_closed
        self._certificate = identity.current()
        self._ice = _Ice(send)
        self._dtls = RTCDtlsTransport(self._ice, [self._certificate])  # type: ignore[arg-type]
        self._dtls._srtp_profiles = _PROFILES
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def fingerprints(self) -> list[tuple[str, str]]:
        """Our certificate's digests for SDP."""
        return [(mark.algorithm, mark.value) for mark in self._certificate.getFingerprints()[:1]]

    @property
    def is_started(self) -> bool:
        """The handshake began."""
        return self._task is not None

    def receive(self, datagram: bytes) -> bool:
        """Take one datagram; False when too many wait. Those that come before start() are kept for it."""
        try:
            self._ice.incoming.put_nowait(datagram)
        except asyncio.QueueFull:
            return False
        return True

    def start(self, *, active: bool, fingerprints: list[tuple[str, str]]) -> None:
        """Begin the handshake as the client (active) or the server, expecting the peer's certificate."""
        self._dtls._set_role("client" if active else "server")
        self._task = self._supervisor.start("rtc dtls", self._run(fingerprints))

    def close(self) -> None:
        """Send the close alert and stop."""
        if self._closed:
            return
        self._closed = True
        self._supervisor.start("rtc dtls close", self._stop())

    async def _run(self, fingerprints: list[tuple[str, str]]) -> None:
        expected = [RTCDtlsFingerprint(algorithm, digest) for algorithm, digest in fingerprints]
        try:
            await self._dtls.start(RTCDtlsParameters(expected))
        except Exception:
            self._end("dtls_failed")
            raise
        if self._closed:
            return
        if self._dtls.state != "connected":
            self._end("dtls_failed")
            return
        self._on_connected(SrtpKeys(self._dtls._rx_srtp, self._dtls._tx_srtp))
        pump = self._dtls._task
        if pump is not None:
            await asyncio.wait([pump])
        self._end("closed_by_peer")

    def _end(self, reason: str) -> None:
        if not self._closed:
            self._closed = True
            self._on_closed(reason)

    async def _stop(self) -> None:
        await self._dtls.stop()
        self._ice.end()
        if self._task is not None:
            self._task.cancel()


def has_usable_fingerprint(fingerprints: list[tuple[str, str]]) -> bool:
    """Tell whether the peer's certificate can be checked at all."""
    return any(algorithm in _KNOWN_DIGESTS for algorithm, _ in fingerprints)
