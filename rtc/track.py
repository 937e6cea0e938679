"""One published track: what comes from the publisher, kept, counted and handed to its outlets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rtc.channel import Kind, Source
from rtc.fanout import Fanout, Outlet
from rtc.kernel.history import AUDIO_PACKETS, VIDEO_PACKETS, History, Kept
from rtc.kernel.keyframes import KeyframeRequests
from rtc.kernel.missing import Missing
from rtc.kernel.reception import Reception
from rtc.kernel.sequence import ContinuousLine
from rtc.wire.keyframes import is_keyframe
from rtc.wire.rtcp import SenderReport
from rtc.wire.rtp import Header

if TYPE_CHECKING:
    from rtc.publishing import PublishTransport


class Waiting(Protocol):
    """A viewer's line that joins this track at its next keyframe."""

    def join(self, track: Track, number: int, ticks: int, now_ns: int) -> None:
        """Start with the packet of this track number and timestamp."""
        ...


class Track:
    """A participant's microphone, camera, screen or screen sound.

    How it works: wire numbers become continuous track numbers; the packet is kept as its viewers get it and handed to the
    fan-out with the list of outlets. Outlets of a video track join at a keyframe, which is asked for as long as pictures
    come and somebody waits. The track outlives its publish transport
    when the publisher comes back with the same source and codec.
    """

    def __init__(self, participant_id: str, source: Source, kind: Kind, codec: str) -> None:
        self.participant_id = participant_id
        self.source: Source = source
        self.kind: Kind = kind
        self.codec = codec
        self.clock_hz = 48000 if kind == "audio" else 90000
        self.publisher: PublishTransport | None = None
        self.mid = ""
        self.ssrc = 0
        self.line = ContinuousLine(self.clock_hz)
        self.history = History(VIDEO_PACKETS if kind == "video" else AUDIO_PACKETS)
        self.missing = Missing()
        self.reception = Reception(self.clock_hz)
        self.keyframes = KeyframeRequests()
        self.asks_nack = False
        self.asks_pli = False
        self.asks_fir = False
        self.fir_number = 0
        self.outlets: list[Outlet] = []
        self.waiting: list[Waiting] = []
        self.packets = 0
        self.octets = 0
        self.sender_report: tuple[int, int, int] | None = None  # ntp, track ticks, arrival
        self.rate_bps = 0
        self._octets_before = 0

    def begin_stream(self, ssrc: int) -> None:
        """Take packets from this SSRC from now on, continuing the numbers."""
        self.ssrc = ssrc
        self.line.restart()
        self.missing.clear()
        self.reception = Reception(self.clock_hz)
        self.sender_report = None

    def receive(self, view: memoryview, length: int, header: Header, fanout: Fanout, now_ns: int) -> str | None:
        """Take one decrypted packet; return the name of the drop, if it is one."""
        line = self.line
        newest = line.newest
        number = line.place(header.seq, header.ticks, now_ns)
        if number < 0:
            return "drop.rtp_too_old"
        self.reception.note(number, header.ticks, length, now_ns)
        payload = bytes(view[header.payload_at : length])
        # Extensions and CSRCs stay behind, so only version and padding are left of the first byte.
        ticks = (header.ticks + line.ticks_shift) & 0xFFFFFFFF
        kept = Kept(number, header.first & 0xE0, header.second & 0x80, ticks, payload)
        self.history.keep(kept)
        if number > newest:
            if number > newest + 1 and newest >= 0 and self.asks_nack:
                self.missing.note_gap(newest + 1, number)
            if self.waiting or self.kind == "video":
                if is_keyframe(self.codec, payload):
                    self.keyframes.note_keyframe()
                    for waiting in self.waiting:
                        waiting.join(self, number, ticks, now_ns)
                    self.waiting.clear()
                elif self.waiting:
                    # The request or the keyframe's first packet was lost, or the sender was asked too soon after the last.
                    self.keyframes.ask()
            self.packets += 1
            self.octets += len(payload)
            if self.outlets:
                fanout.forward(self.outlets, kept)
            return None
        self.packets += 1
        self.octets += len(payload)
        self.missing.note_arrival(number)
        outlets = [outlet for outlet in self.outlets if number >= outlet.floor]
        if outlets:
            fanout.forward(outlets, kept)
        if self.waiting and is_keyframe(self.codec, payload):
            self._join_late(kept, fanout, now_ns)
        return None

    def _join_late(self, kept: Kept, fanout: Fanout, now_ns: int) -> None:
        """Let in who waits at a keyframe whose first packet came late, with all that came after it."""
        self.keyframes.note_keyframe()
        before = len(self.outlets)
        for waiting in self.waiting:
            waiting.join(self, kept.number, kept.ticks, now_ns)
        self.waiting.clear()
        joined = self.outlets[before:]
        for number in range(kept.number, self.line.newest + 1):
            found = self.history.find(number)
            if found is not None:
                fanout.forward(joined, found)

    def note_sender_report(self, report: SenderReport, now_ns: int) -> None:
        """Remember how the publisher's clock relates to the timestamps."""
        self.reception.note_sender_report(report.ntp, now_ns)
        self.sender_report = (report.ntp, (report.ticks + self.line.ticks_shift) & 0xFFFFFFFF, now_ns)

    def clock_at(self, now_ns: int) -> tuple[int, int] | None:
        """Return (NTP time, track ticks) of now by the publisher's clock; None before its first sender report."""
        if self.sender_report is None:
            return None
        ntp, ticks, at_ns = self.sender_report
        passed_ns = now_ns - at_ns
        return ntp + (passed_ns << 32) // 1_000_000_000, ticks + passed_ns * self.clock_hz // 1_000_000_000

    def settle_rate(self) -> None:
        """End a second of counting."""
        self.rate_bps = (self.octets - self._octets_before) * 8
        self._octets_before = self.octets
