"""A participant's receive transport: lines that carry the others' tracks, grown and reused by renegotiation."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping

from core.errors import Conflict, Invalid
from rtc.channel.events import OfferMade
from rtc.channel.tracks import Kind, Line, Source
from rtc.kernel.codecs import (
    answered_codec,
    answered_repairs,
    descriptor_extension,
    given_extensions,
    numbers_extension,
    offered_codecs,
    offered_extensions,
    repair_payload_types,
    usable_payload_types,
)
from rtc.kernel.simulcast import SMALLEST, Wanted
from rtc.kernel.transport_cc_matching import Matched
from rtc.net.negotiation import agree_on_transport, check_peer, check_single_bundle, read_sdp
from rtc.net.transport import Surroundings, Transport
from rtc.room.line import ViewerLine
from rtc.room.rates import Rates
from rtc.room.track import Track
from rtc.wire.rtcp import (
    BitrateLimit,
    KeyframeAsked,
    Nack,
    RawFeedback,
    ReceiverReport,
    Report,
    SenderReport,
    build_bye,
)
from rtc.wire.sdp import Description, Section, SectionPlan, Sending, build_sdp

_PROFILE = "UDP/TLS/RTP/SAVPF"


class ReceiveTransport(Transport):
    """Sends one viewer what the others publish.

    How it works: when the server offers, every track gets a line; a line whose track went is offered inactive and taken
    for the next track of its kind. While an offer is unanswered nothing is assigned; what changed meanwhile goes into
    the next one. An offer that nobody asked for may get lost on its way, so it is told again until it is answered. A line
    sends from the moment its answer is here and the transport is up.
    """

    direction = "receive"

    def __init__(
        self,
        around: Surroundings,
        participant_id: str,
        transport_id: str,
        on_change: Callable[[Transport, str], None],
    ) -> None:
        super().__init__(around, participant_id, transport_id, on_change)
        self.lines: list[ViewerLine] = []
        self.offers = True  # False: the viewer offered
        self.show: str | None = None
        self.tiles: Mapping[tuple[str, Source], Wanted] | None = None  # None: the page says nothing of them
        self.offer_id: str | None = None
        self.needs_offer = False
        self.told: OfferMade | None = None  # the offer that waits, when it went out as an event
        self.told_at_ns = 0
        self._offered: dict[str, Track] = {}
        self._descriptor_id: int | None = None  # None: not agreed on yet
        self._by_ssrc: dict[int, ViewerLine] = {}
        self.arranged = 0  # which arrangement of the room its fixed lines follow; 0: none yet
        self.rates = Rates(self.peer, self.lines, around.probes, self.phase)

    # The server offers

    def build_offer(self, tracks: Iterable[Track]) -> tuple[str, str, list[Line]]:
        """Give every track a line and write the offer.

        returns   offer id, SDP, the lines that carry something
        """
        carried = {id(line.track) for line in self.lines if line.track is not None}
        for track in tracks:
            if id(track) not in carried:
                self._take_line(track.kind).track = track
        # Both kinds from the start, so that the transport is up before the first track comes.
        for kind in ("audio", "video"):
            if not any(line.kind == kind for line in self.lines):
                self._add_line(kind)
        self._by_ssrc = {line.outlet.ssrc: line for line in self.lines}
        self.needs_offer = False
        self.told = None
        self.offer_id = secrets.token_hex(6)
        self.version += 1
        self._offered = {line.mid: line.track for line in self.lines if line.track is not None}
        plans = []
        for line in self.lines:
            plan = SectionPlan(line.kind, _PROFILE, line.mid, "inactive")
            plan.codecs = offered_codecs(line.kind, line.track.codec if line.track is not None else None)
            plan.extensions = offered_extensions(line.kind)
            plan.mixed = line.kind == "video"
            if line.track is not None:
                plan.direction = "sendonly"
                plan.sending = _announce(line, line.track)
            plans.append(plan)
        active = self.dtls_is_active
        setup = "actpass" if active is None else "active" if active else "passive"
        sdp = build_sdp(self.session_id, self.version, self.credentials(setup), plans)
        lines = [
            Line(line.mid, line.track.participant_id, line.track.source, line.kind)
            for line in self.lines
            if line.track is not None
        ]
        return self.offer_id, sdp, lines

    def accept_answer(self, offer_id: str, sdp: str, now_ns: int) -> None:
        """Take the browser's answer and start the lines it accepted.

        raises   Conflict  rtc.stale_offer: not the offer that waits
                 Invalid   rtc.bad_sdp
        """
        if offer_id != self.offer_id:
            raise Conflict("rtc.stale_offer")
        answer = read_sdp(sdp)
        sections = {section.mid: section for section in answer.sections}
        first = next((section for section in answer.sections if not section.is_rejected), None)
        if first is None or any(line.mid not in sections for line in self.lines):
            raise Invalid("rtc.bad_sdp", reason="the answer does not fit the offer")
        check_peer(self, first)
        active = self.dtls_is_active
        self.set_remote(first, active=first.setup == "passive" if active is None else active)
        self.offer_id = self.told = None
        for line in self.lines:
            section = sections[line.mid]
            self._take_types(line, section, usable_payload_types(section) if section.receives else {})
            if line.track is not None and line.track is self._offered.get(line.mid):
                self._start(line, now_ns)
        self._offered = {}
        self._number_packets([section for section in answer.sections if section.receives])

    def _take_types(self, line: ViewerLine, section: Section, names: dict[str, int]) -> None:
        line.payload_types = names
        line.resending.payload_types = repair_payload_types(section) if line.kind == "video" else {}

    def _number_packets(self, sections: list[Section]) -> None:
        self.peer.number_packets(numbers_extension(sections))
        if self._descriptor_id is None:
            # It stays: a packet that is sent again must be the same, byte for byte.
            self._descriptor_id = descriptor_extension(sections)
            self.peer.describe_packets(self._descriptor_id or 0)
        self.rates.hurry()

    def _take_line(self, kind: Kind) -> ViewerLine:
        for line in self.lines:
            if line.kind == kind and line.track is None:
                line.new_stream()
                line.payload_types = {}
                return line
        return self._add_line(kind)

    def _add_line(self, kind: Kind, mid: str | None = None) -> ViewerLine:
        line = ViewerLine(str(len(self.lines)) if mid is None else mid, kind, self.peer, self.participant_id)
        self.lines.append(line)
        return line

    # The viewer offers (WHEP)

    def answer_offer(self, offer_sdp: str) -> str:
        """Answer an offer: every receiving section becomes a line, to be filled by show(). The lines never change after.

        raises   Invalid  rtc.bad_sdp, rtc.no_common_codec
        """
        offer = read_sdp(offer_sdp)
        check_single_bundle(offer)
        self.offers = False
        self.arranged = 0
        if self.lines:
            self._check_same_lines(offer)
        usable = {
            section.mid: usable_payload_types(section)
            for section in offer.sections
            if section.receives and section.kind in ("audio", "video")
        }
        first = next((section for section in offer.sections if usable.get(section.mid)), None)
        if first is None:
            raise Invalid("rtc.no_common_codec")
        setup = agree_on_transport(self, first)
        known = {line.mid: line for line in self.lines}
        plans = []
        for section in offer.sections:
            plan = SectionPlan(section.kind, section.profile, section.mid, "inactive", formats=section.formats)
            plans.append(plan)
            names = usable.get(section.mid)
            if not names:
                continue
            kind: Kind = "audio" if section.kind == "audio" else "video"
            line = known.get(section.mid) or self._add_line(kind, section.mid)
            self._take_types(line, section, names)
            codecs = [answered_codec(section, name, we_receive=False) for name in names]
            plan.codecs = codecs + answered_repairs(section, codecs)
            plan.extensions = given_extensions(section)
            plan.mixed = section.mixed
            plan.direction = "sendonly"
            repair_ssrc = line.resending.ssrc if line.resending.payload_types else 0
            plan.sending = Sending(line.outlet.ssrc, "centrala", "centrala", line.mid, repair_ssrc)
        self._number_packets([section for section in offer.sections if usable.get(section.mid)])
        self._by_ssrc = {line.outlet.ssrc: line for line in self.lines}
        self.version += 1
        return build_sdp(self.session_id, self.version, self.credentials(setup), plans)

    def _check_same_lines(self, offer: Description) -> None:
        mids = {section.mid for section in offer.sections}
        if any(line.mid not in mids for line in self.lines):
            raise Invalid("rtc.bad_sdp", reason="a line is missing")

    # Tracks

    def lose_track(self, track: Track) -> bool:
        """Take a track that ended off its line; tell whether it was on one."""
        lost = False
        for line in self.lines:
            if line.lose(track):
                self.send_rtcp(build_bye([line.outlet.ssrc]))
                lost = True
        return lost

    def watch(self, tiles: Mapping[tuple[str, Source], Wanted], now_ns: int) -> None:
        """Take what the viewer's page shows."""
        self.tiles = tiles
        for line in self.lines:
            if line.kind == "video" and line.track is not None:
                line.want(self._wanted(line.track), now_ns)
        self.rates.hurry()

    def _wanted(self, track: Track) -> Wanted | None:
        return None if self.tiles is None else self.tiles.get((track.participant_id, track.source), SMALLEST)

    def start_lines(self, now_ns: int) -> None:
        """Start every line that may send."""
        for line in self.lines:
            self._start(line, now_ns)

    def _start(self, line: ViewerLine, now_ns: int) -> None:
        if self.state == "connected" and line.payload_types and self._by_ssrc.get(line.outlet.ssrc) is line:
            if line.kind == "video" and line.track is not None and self.offers:
                line.wanted = self._wanted(line.track)
            line.start(now_ns)

    # Packets

    def note_connected(self) -> None:
        """Keys are there."""
        self.start_lines(self.around.monotonic_ns())

    def note_moved(self, now_ns: int) -> None:
        """Packets go to another address of the viewer from now on."""
        self.rates.take_route(now_ns)

    def note_closing(self) -> None:
        """The transport is about to close and can still send."""
        ssrcs = [line.outlet.ssrc for line in self.lines if line.is_live]
        for line in self.lines:
            line.stop()
            line.track = None
        for at in range(0, len(ssrcs), 31):
            self.send_rtcp(build_bye(ssrcs[at : at + 31]))

    def handle_report(self, report: Report, now_ns: int) -> None:
        """Handle one part of a decrypted RTCP packet."""
        if isinstance(report, Nack):
            line = self._by_ssrc.get(report.media_ssrc)
            if line is not None:
                fanout = self.around.port.fanout
                found = line.resending.answer(line, report.seqs, self.rates.afford_repair, fanout, now_ns)
                self.count("nacked_packets", len(report.seqs))
                self.count("resent_packets", found)
        elif isinstance(report, (RawFeedback, BitrateLimit)):
            self._note_taken(self.rates.take(report, now_ns))
        elif isinstance(report, KeyframeAsked):
            line = self._by_ssrc.get(report.media_ssrc)
            if line is not None and line.ask_keyframe(now_ns):
                self.count("keyframes_asked")
        elif isinstance(report, ReceiverReport | SenderReport):
            for block in report.blocks:
                line = self._by_ssrc.get(block.ssrc)
                if line is not None:
                    line.note_report(block, now_ns)

    @property
    def tells_each(self) -> bool:
        """Feedback is to be matched packet by packet."""
        return self.rates.tells_each

    def handle_matched(self, matched: Matched | None, now_ns: int) -> None:
        """Handle transport-wide feedback that is already put beside what was sent; None: it made no sense."""
        self._note_taken(self.rates.take_matched(matched, now_ns))
        self.peer.tell_each(each=self.rates.tells_each)

    def _note_taken(self, taken: bool) -> None:
        if not taken:
            self.around.counters.add("drop.rtcp_feedback")

    def tick(self, speaker: str | None, now_ns: int) -> bool:
        """Keep within the viewer's line; tell whether other lines are paused than before."""
        if self.state != "connected":
            return False
        changed = self.rates.tick(speaker, self.around.port.fanout, now_ns)
        self.peer.tell_each(each=self.rates.tells_each)
        return changed

    def report(self, now_ns: int) -> None:
        """Send sender reports; called once a second."""
        if self.state != "connected":
            return
        for line in self.lines:
            packet = line.build_report(now_ns)
            if packet is not None:
                self.send_rtcp(packet)


def _announce(line: ViewerLine, track: Track) -> Sending:
    # One stream id per device pair: browsers keep the tracks of a stream in step.
    owner = _printable(track.participant_id)
    stream_id = owner
    if track.source in ("screen", "screen_audio"):
        stream_id += "-screen"
    return Sending(
        line.outlet.ssrc,
        owner,
        stream_id,
        f"{owner}-{track.source}",
        line.resending.ssrc if line.kind == "video" else 0,
    )


def _printable(text: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text)[:64] or "-"
