"""A participant's publish transport: the browser offers, its tracks come in, feedback goes back."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import Invalid
from rtc.channel import SOURCES, Kind, Source
from rtc.kernel.arrivals import INTERVAL_NS as FEEDBACK_NS
from rtc.kernel.arrivals import Arrivals
from rtc.kernel.codecs import answered_codec, choose_published, taken_extensions, usable_payload_types
from rtc.kernel.speaker import Voice
from rtc.negotiation import agree_on_transport, check_single_bundle, read_sdp
from rtc.track import Track
from rtc.transport import Surroundings, Transport
from rtc.wire.rtcp import (
    Report,
    SenderReport,
    build_fir,
    build_nack,
    build_pli,
    build_receiver_report,
)
from rtc.wire.rtp import find_extension, parse_header
from rtc.wire.sdp import EXT_AUDIO_LEVEL, EXT_MID, EXT_TRANSPORT_CC, Section, SectionPlan, build_sdp

_DEFAULT_SOURCES: dict[str, Source] = {"audio": "microphone", "video": "camera"}
_KINDS: dict[Source, Kind] = {"microphone": "audio", "camera": "video", "screen": "video", "screen_audio": "audio"}
_MAX_RETIRED = 32


class PublishTransport(Transport):
    """Takes what one participant sends.

    How it works: an SSRC is known from the offer, else from the MID in its first packet, else from its payload type when
    only one line uses that. A new SSRC on a line restarts the line's stream; the old one is retired, so that its late
    packets cannot switch back.
    """

    direction = "publish"

    def __init__(
        self,
        around: Surroundings,
        participant_id: str,
        transport_id: str,
        on_change: Callable[[Transport, str], None],
    ) -> None:
        super().__init__(around, participant_id, transport_id, on_change)
        self.tracks: dict[str, Track] = {}
        self.voice = Voice()
        self._by_ssrc: dict[int, Track] = {}
        self._retired: dict[int, None] = {}
        self._by_payload_type: dict[int, list[Track]] = {}
        self._mid_id = self._level_id = self._transport_cc_id = 0
        self._arrivals = Arrivals()
        self._feedback_at_ns = 0
        self._burst_noted = False

    # Negotiation

    def negotiate(
        self, offer_sdp: str, sources: dict[str, Source], find_track: Callable[[Source, Kind, str], Track]
    ) -> str:
        """Answer an offer; `tracks` is what is published from now on.

        find_track   gives the track for a source, kind and codec: an older one that goes on, or a new one

        raises   Invalid  rtc.bad_sdp, rtc.bad_source, rtc.no_common_codec, rtc.bundle_required
        """
        offer = read_sdp(offer_sdp)
        if not sources:
            sources = choose_sources(offer.sections)
        for mid, source in sources.items():
            if source not in SOURCES:
                raise Invalid("rtc.bad_source", mid=mid)
        check_single_bundle(offer)
        chosen = {section.mid: choose_published(section) for section in offer.sections if not section.is_rejected}
        first = next((section for section in offer.sections if chosen.get(section.mid)), None)
        if first is None:
            raise Invalid("rtc.no_common_codec")
        taken: dict[Source, str] = {}
        for section in offer.sections:
            if not section.sends or section.mid not in sources:
                continue
            source = sources[section.mid]
            if _KINDS[source] != section.kind or source in taken:
                raise Invalid("rtc.bad_source", mid=section.mid)
            taken[source] = section.mid
        setup = agree_on_transport(self, first)
        before = self.tracks
        self.tracks = {}
        self._by_payload_type = {}
        plans = []
        for section in offer.sections:
            plan = SectionPlan(section.kind, section.profile, section.mid, "inactive", formats=section.formats)
            plans.append(plan)
            codec = chosen.get(section.mid)
            if codec is None:
                continue
            answered = answered_codec(section, codec, we_receive=True)
            plan.codecs = [answered]
            plan.extensions = taken_extensions(section)
            self._note_extensions(plan.extensions)
            if not section.sends or section.mid not in sources:
                continue
            source = sources[section.mid]
            plan.direction = "recvonly"
            track = self._take_track(before, section, find_track(source, _KINDS[source], codec))
            track.asks_nack = "nack" in answered.feedback
            track.asks_pli = "nack pli" in answered.feedback
            track.asks_fir = "ccm fir" in answered.feedback
            payload_type = usable_payload_types(section)[codec]
            self._by_payload_type.setdefault(payload_type, []).append(track)
        self.version += 1
        answer = build_sdp(self.session_id, self.version, self.credentials(setup), plans)
        kept = set(map(id, self.tracks.values()))
        for track in before.values():
            if id(track) not in kept:
                self._forget_stream(track)
        return answer

    def release(self, track: Track) -> None:
        """Give a track away to another publish transport of the same participant."""
        self.tracks = {mid: kept for mid, kept in self.tracks.items() if kept is not track}
        self._forget_stream(track)

    def _take_track(self, before: dict[str, Track], section: Section, track: Track) -> Track:
        if before.get(section.mid) is not track:
            if track.publisher is not None:
                track.publisher.release(track)
            track.publisher = self
            track.ssrc = 0
        track.mid = section.mid
        self.tracks[section.mid] = track
        announced = [ssrc for ssrc in section.ssrcs if ssrc not in section.repair_ssrcs]
        if announced and announced[0] != track.ssrc:
            self._begin_stream(track, announced[0])
        return track

    def _note_extensions(self, extensions: dict[str, int]) -> None:
        # One bundle, one meaning per id (RFC 8285 5), so the ids hold for the whole transport.
        self._mid_id = extensions.get(EXT_MID, self._mid_id)
        self._level_id = extensions.get(EXT_AUDIO_LEVEL, self._level_id)
        self._transport_cc_id = extensions.get(EXT_TRANSPORT_CC, self._transport_cc_id)

    # Packets

    def handle_rtp(self, view: memoryview, length: int, now_ns: int) -> None:
        """Handle one decrypted RTP packet."""
        counters = self.around.counters
        header = parse_header(view, length)
        if header is None:
            counters.add("drop.rtp_malformed")
            return
        if self._transport_cc_id:
            at, size = find_extension(view, header, self._transport_cc_id)
            if size == 2:
                self._arrivals.note(view[at] << 8 | view[at + 1], now_ns)
        track = self._by_ssrc.get(header.ssrc)
        if track is None:
            track = self._find_stream(
                view, header.ssrc, header.second & 0x7F, find_extension(view, header, self._mid_id)
            )
            if track is None:
                return
        if self._level_id and track.source == "microphone":
            at, size = find_extension(view, header, self._level_id)
            if size:
                self.voice.note(view[at] & 0x7F)
        drop = track.receive(view, length, header, self.around.port.fanout, now_ns)
        if drop is not None:
            counters.add(drop)
        elif track.missing and not self._burst_noted:
            self._burst_noted = True
            self.around.port.after_burst.append(self._ask_again)

    def _find_stream(self, view: memoryview, ssrc: int, payload_type: int, mid_span: tuple[int, int]) -> Track | None:
        counters = self.around.counters
        if ssrc in self._retired:
            counters.add("drop.rtp_retired_ssrc")
            return None
        candidates = self._by_payload_type.get(payload_type)
        if not candidates:
            counters.add("drop.rtp_unknown_payload_type")
            return None
        at, size = mid_span
        if self._mid_id and size:
            mid = bytes(view[at : at + size]).decode("ascii", "replace")
            track = self.tracks.get(mid)
        else:
            track = candidates[0] if len(candidates) == 1 else None
        if track is None or track not in candidates:
            counters.add("drop.rtp_unknown_ssrc")
            return None
        self._begin_stream(track, ssrc)
        return track

    def _begin_stream(self, track: Track, ssrc: int) -> None:
        self._forget_stream(track)
        track.begin_stream(ssrc)
        self._by_ssrc[ssrc] = track
        self._retired.pop(ssrc, None)

    def _forget_stream(self, track: Track) -> None:
        if self._by_ssrc.get(track.ssrc) is track:
            del self._by_ssrc[track.ssrc]
            self._retired[track.ssrc] = None
            if len(self._retired) > _MAX_RETIRED:
                del self._retired[next(iter(self._retired))]

    def handle_report(self, report: Report, now_ns: int) -> None:
        """Handle one part of a decrypted RTCP packet."""
        if isinstance(report, SenderReport):
            track = self._by_ssrc.get(report.ssrc)
            if track is not None:
                track.note_sender_report(report, now_ns)

    # Feedback

    def _ask_again(self, now_ns: int) -> None:
        self._burst_noted = False
        for track in self.tracks.values():
            if track.missing:
                self._send_nack(track, now_ns)

    def _send_nack(self, track: Track, now_ns: int) -> None:
        numbers = track.missing.take_due(now_ns)
        if numbers:
            shift = track.line.seq_shift
            seqs = [(number - shift) & 0xFFFF for number in numbers]
            self.count("nacks_sent")
            self.count("nacked_packets", len(seqs))
            for at in range(0, len(seqs), 200):
                self.send_rtcp(build_nack(self.ssrc, track.ssrc, seqs[at : at + 200]))

    def tick(self, now_ns: int) -> None:
        """Send what is due: congestion feedback, repeated NACKs, keyframe requests."""
        if self.state != "connected":
            return
        if now_ns - self._feedback_at_ns >= FEEDBACK_NS:
            self._feedback_at_ns = now_ns
            media_ssrc = next(iter(self._by_ssrc), 0)
            for packet in self._arrivals.build_feedback(self.ssrc, media_ssrc):
                self.send_rtcp(packet)
        for track in self.tracks.values():
            if track.missing:
                self._send_nack(track, now_ns)
            if track.kind == "video":
                self.ask_keyframe(track, now_ns)

    def ask_keyframe(self, track: Track, now_ns: int) -> None:
        """Send the keyframe request that is wanted, if its time has come."""
        if not track.ssrc or self.state != "connected" or not track.keyframes.take_due(now_ns):
            return
        self.count("keyframes_asked")
        if track.asks_pli or not track.asks_fir:
            self.send_rtcp(build_pli(self.ssrc, track.ssrc))
        else:
            track.fir_number += 1
            self.send_rtcp(build_fir(self.ssrc, track.ssrc, track.fir_number))

    def report(self, now_ns: int) -> None:
        """Send receiver reports; called once a second."""
        if self.state != "connected":
            return
        blocks = []
        for track in self.tracks.values():
            track.settle_rate()
            block = track.reception.report(track.ssrc, track.line.seq_shift, now_ns)
            if block is not None:
                blocks.append(block)
        if blocks:
            self.send_rtcp(build_receiver_report(self.ssrc, blocks[:31]))


def choose_sources(sections: list[Section]) -> dict[str, Source]:
    """Name the lines of an offer that comes without names: the first audio is the microphone, the first video the camera."""
    chosen: dict[str, Source] = {}
    for section in sections:
        source = _DEFAULT_SOURCES.get(section.kind)
        if source is not None and section.sends and source not in chosen.values():
            chosen[section.mid] = source
    return chosen
