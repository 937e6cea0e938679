"""Writing one track as WebM or Matroska, cluster by cluster, without the media's help (RFC 9559, RFC 8794).

How it works: the head says neither size nor length, so the file is whole after each cluster: what a killed process leaves
plays. finish() gives the head's missing parts and the index for seeking.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from rtc.wire.av1 import SequenceHeader

CLUSTER_MS = 1000
_MAX_CLUSTER_BYTES = 4 << 20
_SEEK_PREROLL_NS = 80_000_000  # RFC 7845 4.6: what an Opus decoder hears before it is right
_SEEK_BYTES = 64
_DURATION_BYTES = 11
_UNKNOWN_SIZE = b"\x01\xff\xff\xff\xff\xff\xff\xff"
_CUES_AT_ID, _INFO_ID, _TRACKS_ID, _CUES_ID, _CLUSTER_ID = 0x53AC, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1F43B675
_CODECS = {"opus": "A_OPUS", "VP8": "V_VP8", "VP9": "V_VP9", "AV1": "V_AV1", "H264": "V_MPEG4/ISO/AVC"}


class Patch(NamedTuple):
    """Bytes that replace others of the same length in the file."""

    at: int
    data: bytes


class Format(NamedTuple):
    """What a track is. private: avcC of H.264 (ISO 14496-15), av1C of AV1, OpusHead of Opus; sizes in pixels, 0 for sound."""

    codec: str
    private: bytes
    width: int = 0
    height: int = 0

    @property
    def suffix(self) -> str:
        """The file's: WebM knows no H.264."""
        return "mkv" if self.codec == "H264" else "webm"


def build_opus_head() -> bytes:
    """Build the identification header of stereo Opus as RTP carries it (RFC 7845 5.1)."""
    return b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 0, 48000, 0, 0)


def build_avcc(sps: bytes, pps: bytes) -> bytes:
    """Build AVCDecoderConfigurationRecord with lengths of four bytes (ISO 14496-15 5.3.3.1)."""
    head = bytes((1, sps[1], sps[2], sps[3], 0xFF, 0xE1))
    return head + struct.pack("!H", len(sps)) + sps + b"\x01" + struct.pack("!H", len(pps)) + pps


def build_av1c(header: SequenceHeader, unit: bytes) -> bytes:
    """Build AV1CodecConfigurationRecord (AV1 in ISOBMFF 2.3) of 8-bit 4:2:0, with the sequence header as it came."""
    return bytes((0x81, header.profile << 5 | header.level, header.tier << 7 | 0x0C, 0)) + unit


class Muxer:
    """One file of one track. Bytes come out in the order in which they are to be appended."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._blocks: list[bytes] = []
        self._block_bytes = 0
        self._cluster_ms = 0
        self._newest_ms = -1
        self._has_key = False
        self._written = 0
        self._segment_at = self._seek_at = self._duration_at = 0
        self._cues: list[tuple[int, int]] = []

    def begin(self) -> bytes:
        """Return the head."""
        form = self._form
        doc_type = "matroska" if form.suffix == "mkv" else "webm"
        head = _element(
            0x1A45DFA3,
            _number(0x4286, 1) + _number(0x42F7, 1) + _number(0x42F2, 4) + _number(0x42F3, 8)
            + _text(0x4282, doc_type) + _number(0x4287, 4) + _number(0x4285, 2),
        )  # fmt: skip
        head += b"\x18\x53\x80\x67" + _UNKNOWN_SIZE
        self._segment_at = self._seek_at = len(head)
        head += _void(_SEEK_BYTES)
        before_duration = _number(0x2AD7B1, 1_000_000) + _text(0x4D80, "Centrala") + _text(0x5741, "Centrala")
        info = _element(_INFO_ID, before_duration + _void(_DURATION_BYTES))
        head += info
        self._duration_at = len(head) - _DURATION_BYTES
        head += _element(_TRACKS_ID, _element(0xAE, self._describe()))
        self._written = len(head)
        return head

    def _describe(self) -> bytes:
        form = self._form
        entry = _number(0xD7, 1) + _number(0x73C5, 1) + _number(0x9C, 0) + _text(0x22B59C, "und")
        entry += _text(0x86, _CODECS[form.codec])
        if form.private:
            entry += _element(0x63A2, form.private)
        if form.codec == "opus":
            entry += _number(0x56AA, 0) + _number(0x56BB, _SEEK_PREROLL_NS) + _number(0x83, 2)
            return entry + _element(0xE1, _element(0xB5, struct.pack("!d", 48000.0)) + _number(0x9F, 2))
        return entry + _number(0x83, 1) + _element(0xE0, _number(0xB0, form.width) + _number(0xBA, form.height))

    def add(self, at_ms: int, data: bytes, *, keyframe: bool) -> bytes:
        """Take a frame; return a cluster when one is full. at_ms: since the file's start, later than the frame before."""
        if at_ms <= self._newest_ms:
            raise ValueError("frames are written in the order of their times")
        full = b""
        if self._blocks and (at_ms - self._cluster_ms >= CLUSTER_MS or self._block_bytes > _MAX_CLUSTER_BYTES):
            full = self.flush()
        if not self._blocks:
            self._cluster_ms = at_ms
        self._has_key = self._has_key or keyframe
        head = struct.pack("!BhB", 0x81, at_ms - self._cluster_ms, 0x80 if keyframe else 0)
        self._blocks.append(_element(0xA3, head + data))
        self._block_bytes += len(data)
        self._newest_ms = at_ms
        return full

    @property
    def waits(self) -> bool:
        """Frames wait for their cluster to be full."""
        return bool(self._blocks)

    def flush(self) -> bytes:
        """Return what waits as a cluster."""
        if not self._blocks:
            return b""
        if self._has_key and (self._form.width == 0 or not self._cues or self._cluster_ms - self._cues[-1][0] >= 1000):
            self._cues.append((self._cluster_ms, self._written - self._segment_at))
        cluster = _element(_CLUSTER_ID, _number(0xE7, self._cluster_ms) + b"".join(self._blocks))
        self._blocks.clear()
        self._block_bytes = 0
        self._has_key = False
        self._written += len(cluster)
        return cluster

    def finish(self) -> tuple[bytes, list[Patch]]:
        """Return the last bytes and what to change in the head; nothing can be added after."""
        tail = self.flush()
        patches = [Patch(self._duration_at, b"\x44\x89\x88" + struct.pack("!d", float(max(self._newest_ms, 0))))]
        if self._cues:
            position = self._written - self._segment_at
            points = b"".join(
                _element(0xBB, _number(0xB3, at_ms) + _element(0xB7, _number(0xF7, 1) + _number(0xF1, place)))
                for at_ms, place in self._cues
            )
            cues = _element(_CUES_ID, points)
            tail += cues
            self._written += len(cues)
            seek = _element(
                0x4DBB, _element(0x53AB, _CUES_ID.to_bytes(4)) + _element(_CUES_AT_ID, struct.pack("!Q", position))
            )
            seek_head = _element(0x114D9B74, seek)
            patches.append(Patch(self._seek_at, seek_head + _void(_SEEK_BYTES - len(seek_head))))
        size = self._written - self._segment_at
        patches.append(Patch(self._segment_at - 8, struct.pack("!Q", 1 << 56 | size)))
        return tail, patches


def _element(element_id: int, content: bytes) -> bytes:
    name = element_id.to_bytes((element_id.bit_length() + 7) // 8)
    return name + _size(len(content)) + content


def _size(size: int) -> bytes:
    """Encode a size in the fewest bytes (RFC 8794 4)."""
    for length in range(1, 9):
        if size < (1 << 7 * length) - 1:
            return (1 << 7 * length | size).to_bytes(length)
    raise ValueError("too large for an element")


def _number(element_id: int, value: int) -> bytes:
    return _element(element_id, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def _text(element_id: int, value: str) -> bytes:
    return _element(element_id, value.encode())


def _void(size: int) -> bytes:
    return b"\xec" + bytes((0x80 | size - 2,)) + bytes(size - 2)
