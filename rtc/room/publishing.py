"""A participant's publish transport: the browser offers, its tracks come in, feedback goes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.errors import Invalid
from rtc.channel.tracks import SOURCES, Kind, Source
from rtc.kernel.codecs import (
    VP8,
    answered_codec,
    answered_repairs,
    answered_tones,
    choose_published,
    repair_payload_types,
    taken_extensions,
    usable_payload_types,
)
from rtc.kernel.phases import next_turn
from rtc.kernel.sequence import extend_seq
from rtc.kernel.speaker import Voice
from rtc.kernel.tones import Keypad
from rtc.kernel.transport_cc_arrivals import INTERVAL_NS as FEEDBACK_NS
from rtc.kernel.transport_cc_arrivals import Arrivals
from rtc.net.negotiation import agree_on_transport, check_single_bundle, choose_rids, choose_sources, read_sdp
from rtc.net.transport import Surroundings, Transport
from rtc.room.layer import Layer
from rtc.room.track import Track
from rtc.wire.rtcp import (
    Report,
    SenderReport,
    build_fir,
    build_nack,
    build_pli,
    build_receiver_report,
)
from rtc.wire.rtp import Header, find_extension, parse_header, unwrap_repair
from rtc.wire.sdp import (
    EXT_AUDIO_LEVEL,
    EXT_DESCRIPTOR,
    EXT_MID,
    EXT_REPAIRED_RID,
    EXT_RID,
    EXT_TRANSPORT_CC,
    Section,
    SectionPlan,
    build_sdp,
)

_KINDS: dict[Source, Kind] = {"microphone": "audio", "camera": "video", "screen": "video", "screen_audio": "audio"}
_MAX_RETIRED = 32


class PublishTransport(Transport):
    """Takes what one participant sends.

    How it works: an SSRC is known from the offer, else from the MID and RID in its first packets, else from its payload type
    when only one line uses that. A new SSRC on a layer restarts the layer's stream; the old one is retired, so that its
    late packets cannot switch back.
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
        self._by_ssrc: dict[int, Layer] = {}
        self._retired: dict[int, None] = {}
        self._by_payload_type: dict[int, list[Track]] = {}
        self._mid_id = self._rid_id = self._repaired_id = self._level_id = self._transport_cc_id = 0
        self._repair_types: dict[int, int] = {}  # payload type of retransmissions -> of what they repair
        self._repairs: dict[int, int] = {}  # their SSRC -> the SSRC they repair, as the offer says
        self._repaired: dict[int, Layer] = {}  # their SSRC -> the layer they repair, as their packets say
        self.on_digit: Callable[[str], None] = lambda digit: None
        self._keypad = Keypad()
        self._tone_types: frozenset[int] = frozenset()
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
        for layer in self._layers():
            layer.see_each()
        self.tracks = {}
        self._by_payload_type = {}
        self._repair_types = {}
        self._repairs = {}
        self._tone_types = frozenset()
        self._repaired.clear()
        plans = []
        for section in offer.sections:
            plan = SectionPlan(section.kind, section.profile, section.mid, "inactive", formats=section.formats)
            plans.append(plan)
            codec = chosen.get(section.mid)
            if codec is None:
                continue
            answered = answered_codec(section, codec, we_receive=True)
            plan.codecs = [answered, *answered_repairs(section, [answered]), *answered_tones(section)]
            plan.extensions = taken_extensions(section, codec)
            plan.mixed = section.mixed and EXT_DESCRIPTOR in plan.extensions
            self._note_extensions(plan.extensions)
            if not section.sends or section.mid not in sources:
                continue
            source = sources[section.mid]
            plan.direction = "recvonly"
            track = find_track(source, _KINDS[source], codec)
            rids = choose_rids(section) if codec == VP8 else []
            plan.rids = [] if section.simulcast_ssrcs else rids
            self._take_track(before, section, track, rids)
            self._tone_types |= {tone.payload_type for tone in answered_tones(section)}
            track.asks_nack = "nack" in answered.feedback
            track.descriptor_id = plan.extensions.get(EXT_DESCRIPTOR, 0)
            track.asks_pli = "nack pli" in answered.feedback
            track.asks_fir = "ccm fir" in answered.feedback
            payload_type = usable_payload_types(section)[codec]
            self._by_payload_type.setdefault(payload_type, []).append(track)
            repair_type = repair_payload_types(section).get(payload_type)
            if repair_type is not None:
                self._repair_types[repair_type] = payload_type
            self._repairs.update(section.repairs)
        self.version += 1
        answer = build_sdp(self.session_id, self.version, self.credentials(setup), plans)
        kept = set(map(id, self.tracks.values()))
        for track in before.values():
            if id(track) not in kept:
                self._forget_streams(track.layers)
        return answer

    def release(self, track: Track) -> None:
        """Give a track away to another publish transport of the same participant."""
        self.tracks = {mid: kept for mid, kept in self.tracks.items() if kept is not track}
        self._forget_streams(track.layers)
        for layer in track.layers:
            layer.inflow = None  # this transport's packet path keeps it

    def _take_track(self, before: dict[str, Track], section: Section, track: Track, rids: list[str]) -> None:
        if before.get(section.mid) is not track:
            if track.publisher is not None:
                track.publisher.release(track)
            track.publisher = self
            for old in track.layers:
                old.ssrc = 0
        self._forget_streams(track.shape(rids or [""]))
        track.forget_told(fresh=before.get(section.mid) is not track)
        track.mid = section.mid
        self.tracks[section.mid] = track
        announced = section.simulcast_ssrcs
        if not announced and len(track.layers) == 1:
            announced = [ssrc for ssrc in section.ssrcs if ssrc not in section.repair_ssrcs][:1]
        for rid, ssrc in zip(rids or [""], announced, strict=False):
            layer = track.find_layer(rid)
            if layer is not None and ssrc != layer.ssrc:
                self._begin_stream(layer, ssrc)

    def _note_extensions(self, extensions: dict[str, int]) -> None:
        # One bundle, one meaning per id (RFC 8285 5), so the ids hold for the whole transport.
        self._mid_id = extensions.get(EXT_MID, self._mid_id)
        self._rid_id = extensions.get(EXT_RID, self._rid_id)
        self._repaired_id = extensions.get(EXT_REPAIRED_RID, self._repaired_id)
        self._level_id = extensions.get(EXT_AUDIO_LEVEL, self._level_id)
        self._transport_cc_id = extensions.get(EXT_TRANSPORT_CC, self._transport_cc_id)
        self.peer.note_extensions(self._arrivals, self._transport_cc_id, self._level_id)

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
        layer = self._by_ssrc.get(header.ssrc)
        if layer is None:
            if header.second & 0x7F in self._repair_types:
                self._take_repair(view, length, header, now_ns)
                return
            layer = self._find_stream(view, header)
            if layer is None:
                return
        if header.second & 0x7F in self._tone_types:
            self._take_tone(view, length, header, layer, now_ns)
            return
        is_heard = self._level_id and layer.track.source == "microphone"
        if is_heard:
            at, size = find_extension(view, header, self._level_id)
            if size:
                level = view[at] & 0x7F
                self.voice.note(level)
                length = layer.thin(view, length, header, level, now_ns)
                if not length:
                    counters.add("silence_left_out")
                    layer.let_pass(self.peer, header.second & 0x7F, self.voice)
                    return
        drop = layer.receive(view, length, header, self.around.port.fanout, now_ns)
        if drop is not None:
            counters.add(drop)
            return
        layer.let_pass(self.peer, header.second & 0x7F, self.voice if is_heard else None)
        if layer.missing and not self._burst_noted:
            self._burst_noted = True
            self.around.port.after_burst.append(self._ask_again)

    def _take_tone(self, view: memoryview, length: int, header: Header, layer: Layer, now_ns: int) -> None:
        # It goes to the room as an event; for those who hear the track it is left out, and a key sounds like a pause.
        if layer.line.skip(header.seq):
            layer.reception.note_left_out(length)
        else:  # something before it has not come yet
            number = extend_seq((header.seq + layer.line.seq_shift) & 0xFFFF, max(0, layer.newest))
            layer.missing.note_arrival(number, now_ns)
            layer.reception.note(number, header.ticks, length, now_ns)
        digit = self._keypad.take(view[header.payload_at : length], header.ticks)
        if digit is not None:
            self.on_digit(digit)

    def _take_repair(self, view: memoryview, length: int, header: Header, now_ns: int) -> None:
        counters = self.around.counters
        layer = self._repaired.get(header.ssrc)
        if layer is None or self._by_ssrc.get(layer.ssrc) is not layer:
            layer = self._find_repaired(view, header)
            if layer is None:
                counters.add("drop.rtx_unknown_stream")
                return
            self._repaired[header.ssrc] = layer
            while len(self._repaired) > _MAX_RETIRED:
                del self._repaired[next(iter(self._repaired))]
        original = unwrap_repair(view, length, header, self._repair_types[header.second & 0x7F], layer.ssrc)
        if original is None:
            counters.add("padding_in")
            return
        drop = layer.receive(view, length, original, self.around.port.fanout, now_ns)
        if drop is None:
            self.count("repaired_packets")
        elif drop == "drop.rtp_duplicate":
            counters.add("padding_in")  # publishers repeat packets to find out what their line carries
        else:
            counters.add(drop)

    def _find_repaired(self, view: memoryview, header: Header) -> Layer | None:
        announced = self._repairs.get(header.ssrc)
        if announced is not None:
            return self._by_ssrc.get(announced)
        track = self.tracks.get(_read_name(view, header, self._mid_id))
        layer = track.find_layer(_read_name(view, header, self._repaired_id)) if track is not None else None
        return layer if layer is not None and self._by_ssrc.get(layer.ssrc) is layer else None

    def _find_stream(self, view: memoryview, header: Header) -> Layer | None:
        counters = self.around.counters
        if header.ssrc in self._retired:
            counters.add("drop.rtp_retired_ssrc")
            return None
        candidates = self._by_payload_type.get(header.second & 0x7F)
        if not candidates:
            counters.add("drop.rtp_unknown_payload_type")
            return None
        mid = _read_name(view, header, self._mid_id)
        track = self.tracks.get(mid) if mid else candidates[0] if len(candidates) == 1 else None
        layer = None
        if track is not None and track in candidates:
            layer = track.find_layer(_read_name(view, header, self._rid_id))
        if layer is None:
            counters.add("drop.rtp_unknown_ssrc")
            return None
        self._begin_stream(layer, header.ssrc)
        return layer

    def _begin_stream(self, layer: Layer, ssrc: int) -> None:
        self._forget_streams([layer])
        layer.begin_stream(ssrc)
        self._by_ssrc[ssrc] = layer
        self._retired.pop(ssrc, None)

    def _forget_streams(self, layers: Iterable[Layer]) -> None:
        for layer in layers:
            layer.see_each()
            if self._by_ssrc.get(layer.ssrc) is layer:
                del self._by_ssrc[layer.ssrc]
                self._retired[layer.ssrc] = None
                if len(self._retired) > _MAX_RETIRED:
                    del self._retired[next(iter(self._retired))]

    def handle_report(self, report: Report, now_ns: int) -> None:
        """Handle one part of a decrypted RTCP packet."""
        if isinstance(report, SenderReport):
            layer = self._by_ssrc.get(report.ssrc)
            if layer is not None:
                layer.note_sender_report(report, now_ns)

    # Feedback

    def _ask_again(self, now_ns: int) -> None:
        self._burst_noted = False
        for layer in self._layers():
            if layer.missing:
                self._send_nack(layer, now_ns)

    def _layers(self) -> list[Layer]:
        return [layer for track in self.tracks.values() for layer in track.layers]

    def _send_nack(self, layer: Layer, now_ns: int) -> None:
        numbers = layer.missing.take_due(now_ns)
        if not layer.missing:
            layer.see_each()  # silence is thinned again
        if numbers:
            shift = layer.line.seq_shift
            seqs = [(number - shift) & 0xFFFF for number in numbers]
            self.count("nacks_sent")
            self.count("nacked_packets", len(seqs))
            for at in range(0, len(seqs), 200):
                self.send_rtcp(build_nack(self.ssrc, layer.ssrc, seqs[at : at + 200]))

    def tick(self, now_ns: int) -> None:
        """Send what is due: congestion feedback, repeated NACKs, keyframe requests."""
        if self.state != "connected":
            return
        if now_ns >= self._feedback_at_ns:
            self._feedback_at_ns = next_turn(now_ns, FEEDBACK_NS, self.phase)
            media_ssrc = next(iter(self._by_ssrc), 0)
            for packet in self._arrivals.build_feedback(self.ssrc, media_ssrc):
                self.send_rtcp(packet)
        for layer in self._layers():
            if layer.missing:
                self._send_nack(layer, now_ns)
            if layer.track.kind == "video":
                self.ask_keyframe(layer, now_ns)

    def ask_keyframe(self, layer: Layer, now_ns: int) -> None:
        """Send the keyframe request that is wanted, if its time has come."""
        if not layer.ssrc or self.state != "connected" or not layer.keyframes.take_due(now_ns):
            return
        self.count("keyframes_asked")
        if layer.track.asks_pli or not layer.track.asks_fir:
            self.send_rtcp(build_pli(self.ssrc, layer.ssrc))
        else:
            layer.fir_number += 1
            self.send_rtcp(build_fir(self.ssrc, layer.ssrc, layer.fir_number))

    def report(self, now_ns: int) -> None:
        """Send receiver reports; called once a second."""
        if self.state != "connected":
            return
        blocks = []
        for layer in self._layers():
            layer.settle_rate()
            block = layer.reception.report(layer.ssrc, layer.line.seq_shift, now_ns)
            if block is not None:
                blocks.append(block)
        if blocks:
            self.send_rtcp(build_receiver_report(self.ssrc, blocks[:31]))


def _read_name(view: memoryview, header: Header, extension_id: int) -> str:
    if not extension_id:
        return ""
    at, size = find_extension(view, header, extension_id)
    return bytes(view[at : at + size]).decode("ascii", "replace")
