"""RTCP: reports and feedback (RFC 3550 6, RFC 4585, RFC 5104, transport-wide-cc draft-holmer-rmcat-01)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from struct import pack, unpack_from
from typing import NamedTuple

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
_NACK, _TRANSPORT_CC = 1, 15
_PLI, _FIR, _APPLICATION = 1, 4, 15
MAX_STATUSES = 2048
_MAX_NACK_PAIRS = 64
_ONE_BIT, _TWO_BITS = range(13, -1, -1), range(12, -1, -2)


class ReportBlock(NamedTuple):
    """What a receiver says of one stream (RFC 3550 6.4.1). fraction_lost in 1/256, jitter in clock ticks."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest_seq: int
    jitter_ticks: int
    last_sr: int
    delay_since_sr: int


class SenderReport(NamedTuple):
    """What a sender says of its own stream. ntp: 32.32 fixed-point seconds since 1900."""

    ssrc: int
    ntp: int
    ticks: int
    packets: int
    octets: int
    blocks: list[ReportBlock]


class ReceiverReport(NamedTuple):
    """Reports of a side that sends nothing."""

    ssrc: int
    blocks: list[ReportBlock]


class Nack(NamedTuple):
    """Packets that the receiver of media_ssrc misses (RFC 4585 6.2.1)."""

    media_ssrc: int
    seqs: list[int]


class KeyframeAsked(NamedTuple):
    """PLI or FIR for one stream (RFC 4585 6.3.1, RFC 5104 4.3.1)."""

    media_ssrc: int


class Bye(NamedTuple):
    """Streams that end (RFC 3550 6.6)."""

    ssrcs: list[int]


class TransportFeedback(NamedTuple):
    """Which packets came when, by transport-wide number (draft-holmer-rmcat-transport-wide-cc-extensions-01).

    base_seq   0..65535, of the first packet
    arrivals   in units of 250 us from an arbitrary start; None: it did not come yet
    """

    base_seq: int
    arrivals: list[int | None]


class RawFeedback(NamedTuple):
    """Transport-wide feedback as it came, to be read by whoever knows what was sent. body: behind the RTCP header."""

    body: bytes


class BitrateLimit(NamedTuple):
    """What the receiver believes its line carries (REMB, draft-alvestrand-rmcat-remb-03)."""

    bps: int


Report = SenderReport | ReceiverReport | Nack | KeyframeAsked | Bye | RawFeedback | BitrateLimit


def parse_rtcp(data: bytes) -> list[Report] | None:
    """Parse a compound packet; parts of other types are skipped. None when its framing is broken."""
    reports: list[Report] = []
    at = 0
    length = len(data)
    while at < length:
        if at + 4 > length:
            return None
        first, kind, words = unpack_from("!BBH", data, at)
        end = at + 4 + (words << 2)
        if first & 0xC0 != 0x80 or end > length:
            return None
        body = data[at + 4 : end]
        if first & 0x20:
            if not body or not 0 < body[-1] <= len(body):
                return None
            body = body[: -body[-1]]
        if not _parse_part(kind, first & 0x1F, body, reports):
            return None
        at = end
    return reports


def _parse_part(kind: int, count: int, body: bytes, reports: list[Report]) -> bool:
    if kind == SR:
        if len(body) < 24 + 24 * count:
            return False
        ssrc, ntp, ticks, packets, octets = unpack_from("!IQIII", body)
        reports.append(SenderReport(ssrc, ntp, ticks, packets, octets, _parse_blocks(body, 24, count)))
    elif kind == RR:
        if len(body) < 4 + 24 * count:
            return False
        reports.append(ReceiverReport(unpack_from("!I", body)[0], _parse_blocks(body, 4, count)))
    elif kind == BYE:
        if len(body) < 4 * count:
            return False
        reports.append(Bye(list(unpack_from(f"!{count}I", body))))
    elif kind == RTPFB:
        if len(body) < 8:
            return False
        if count == _NACK:
            reports.append(Nack(unpack_from("!I", body, 4)[0], _parse_nack(body)))
        elif count == _TRANSPORT_CC:
            reports.append(RawFeedback(body))
    elif kind == PSFB:
        if len(body) < 8:
            return False
        if count == _PLI:
            reports.append(KeyframeAsked(unpack_from("!I", body, 4)[0]))
        elif count == _FIR:
            reports.extend(KeyframeAsked(unpack_from("!I", body, at)[0]) for at in range(8, len(body) - 7, 8))
        elif count == _APPLICATION and body[8:12] == b"REMB" and len(body) >= 16:
            packed = unpack_from("!I", body, 12)[0]
            reports.append(BitrateLimit((packed & 0x3FFFF) << ((packed >> 18) & 0x3F)))
    return True


def read_transport_feedback(body: bytes) -> TransportFeedback | None:
    """Read transport-wide feedback behind the four bytes of its RTCP header; None when it is malformed."""
    length = len(body)
    if length < 16:
        return None
    base_seq, count, reference = unpack_from("!HHI", body, 8)
    if count > MAX_STATUSES:
        return None
    at = 16
    states: list[int] = []
    while len(states) < count:
        if at + 2 > length:
            return None
        chunk = body[at] << 8 | body[at + 1]
        at += 2
        if chunk < 0x8000:
            states += [chunk >> 13] * min(chunk & 0x1FFF, count - len(states))
            if not chunk & 0x1FFF:
                return None
        elif chunk < 0xC000:
            states += [(chunk >> shift) & 1 for shift in _ONE_BIT]
        else:
            states += [(chunk >> shift) & 3 for shift in _TWO_BITS]
    del states[count:]
    arrivals: list[int | None] = []
    add = arrivals.append
    ticks = (reference >> 8) << 8
    try:
        for state in states:
            if state == 1:
                ticks += body[at]
                at += 1
                add(ticks)
            elif state == 2:
                ticks += unpack_from("!h", body, at)[0]
                at += 2
                add(ticks)
            else:
                add(None)
    except (IndexError, struct.error):
        return None
    return TransportFeedback(base_seq, arrivals)


def _parse_blocks(body: bytes, at: int, count: int) -> list[ReportBlock]:
    blocks = []
    for start in range(at, at + 24 * count, 24):
        ssrc, loss, highest, jitter, last_sr, delay = unpack_from("!IIIIII", body, start)
        lost = loss & 0xFFFFFF
        blocks.append(ReportBlock(ssrc, loss >> 24, lost - (lost >> 23 << 24), highest, jitter, last_sr, delay))
    return blocks


def _parse_nack(body: bytes) -> list[int]:
    seqs = []
    for at in range(8, min(len(body), 8 + 4 * _MAX_NACK_PAIRS) - 3, 4):
        first, mask = unpack_from("!HH", body, at)
        seqs.append(first)
        while mask:
            low = mask & -mask
            seqs.append((first + low.bit_length()) & 0xFFFF)
            mask ^= low
    return seqs


def _part(count: int, kind: int, body: bytes) -> bytes:
    return pack("!BBH", 0x80 | count, kind, len(body) >> 2) + body


def _build_block(block: ReportBlock) -> bytes:
    lost = max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF
    return pack(
        "!IIIIII",
        block.ssrc,
        (block.fraction_lost & 0xFF) << 24 | lost,
        block.highest_seq & 0xFFFFFFFF,
        block.jitter_ticks & 0xFFFFFFFF,
        block.last_sr,
        block.delay_since_sr & 0xFFFFFFFF,
    )


def build_receiver_report(ssrc: int, blocks: Sequence[ReportBlock] = ()) -> bytes:
    """Build a receiver report of at most 31 blocks."""
    return _part(len(blocks), RR, pack("!I", ssrc) + b"".join(map(_build_block, blocks)))


def build_sender_report(ssrc: int, ntp: int, ticks: int, packets: int, octets: int) -> bytes:
    """Build a sender report without blocks."""
    counts = (packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    return _part(0, SR, pack("!IQIII", ssrc, ntp & 0xFFFFFFFFFFFFFFFF, ticks & 0xFFFFFFFF, *counts))


def build_cname(ssrc: int, cname: str) -> bytes:
    """Build the source description that ties a stream to its sender's clock (RFC 3550 6.5.1)."""
    text = cname.encode()[:255]
    chunk = pack("!IBB", ssrc, 1, len(text)) + text + b"\0"
    return _part(1, SDES, chunk + bytes(-len(chunk) & 3))


def build_bye(ssrcs: Sequence[int]) -> bytes:
    """Build a goodbye of at most 31 streams."""
    return _part(len(ssrcs), BYE, pack(f"!{len(ssrcs)}I", *ssrcs))


def build_nack(ssrc: int, media_ssrc: int, seqs: Iterable[int]) -> bytes:
    """Build a negative acknowledgement; seqs 0..65535 in sending order."""
    pairs: list[list[int]] = []
    for seq in seqs:
        ahead = (seq - pairs[-1][0]) & 0xFFFF if pairs else 0xFFFF
        if 1 <= ahead <= 16:
            pairs[-1][1] |= 1 << (ahead - 1)
        elif ahead:
            pairs.append([seq, 0])
    body = b"".join(pack("!HH", first, mask) for first, mask in pairs)
    return _part(_NACK, RTPFB, pack("!II", ssrc, media_ssrc) + body)


def build_pli(ssrc: int, media_ssrc: int) -> bytes:
    """Build a picture loss indication: the stream needs a keyframe."""
    return _part(_PLI, PSFB, pack("!II", ssrc, media_ssrc))


def build_fir(ssrc: int, media_ssrc: int, number: int) -> bytes:
    """Build a full intra request; number 0..255 grows with every new request."""
    return _part(_FIR, PSFB, pack("!IIIBxxx", ssrc, 0, media_ssrc, number & 0xFF))


def build_bitrate_limit(ssrc: int, bps: int, ssrcs: Sequence[int]) -> bytes:
    """Build a REMB for these streams (draft-alvestrand-rmcat-remb-03)."""
    exponent = max(0, bps.bit_length() - 18)
    packed = len(ssrcs) << 24 | exponent << 18 | bps >> exponent
    return _part(_APPLICATION, PSFB, pack(f"!II4sI{len(ssrcs)}I", ssrc, 0, b"REMB", packed, *ssrcs))


def build_transport_feedback(
    ssrc: int, media_ssrc: int, base_seq: int, arrivals: Sequence[int | None], number: int
) -> bytes:
    """Build transport-wide congestion feedback.

    arrivals  one per packet from base_seq on: arrival in units of 250 us, None when it did not come; the first arrived
    number    0..255, counts the feedback packets of the transport

    raises    ValueError  two arrivals are more than 8.19 s apart
    """
    first = next(ticks for ticks in arrivals if ticks is not None)
    reference = first >> 8  # 64 ms
    previous = reference << 8
    states: list[int] = []
    deltas = bytearray()
    for ticks in arrivals:
        if ticks is None:
            states.append(0)
            continue
        delta = ticks - previous
        previous = ticks
        if 0 <= delta <= 0xFF:
            states.append(1)
            deltas.append(delta)
        elif -0x8000 <= delta <= 0x7FFF:
            states.append(2)
            deltas += pack("!h", delta)
        else:
            raise ValueError("arrivals too far apart for one feedback packet")
    body = pack("!HHI", base_seq & 0xFFFF, len(states), (reference & 0xFFFFFF) << 8 | number & 0xFF)
    body += _build_chunks(states) + deltas
    padding = -len(body) & 3
    part = pack("!II", ssrc, media_ssrc) + body
    if not padding:
        return _part(_TRANSPORT_CC, RTPFB, part)
    part += bytes(padding - 1) + bytes([padding])
    return _part(_TRANSPORT_CC | 0x20, RTPFB, part)


def _build_chunks(states: Sequence[int]) -> bytes:
    chunks = bytearray()
    at = 0
    while at < len(states):
        run = 1
        while at + run < len(states) and run < 0x1FFF and states[at + run] == states[at]:
            run += 1
        if run >= 7 or at + run == len(states):
            chunks += pack("!H", states[at] << 13 | run)
            at += run
            continue
        seven = states[at : at + 7]
        vector = 0xC000
        for place, state in enumerate(seven):
            vector |= state << (12 - 2 * place)
        chunks += pack("!H", vector)
        at += len(seven)
    return bytes(chunks)
