"""Which codecs, feedback and header extensions the engine takes: Opus; VP8 with its layers; VP9, AV1 and H.264 opaque.

H.264 is constrained baseline; VP9 and AV1 are profile 0. A camera of ours sends VP8, because that is what simulcast is for.
"""

from __future__ import annotations

from rtc.kernel.tones import TELEPHONE_EVENT
from rtc.wire.sdp import (
    EXT_AUDIO_LEVEL,
    EXT_DESCRIPTOR,
    EXT_MID,
    EXT_REPAIRED_RID,
    EXT_RID,
    EXT_TRANSPORT_CC,
    Codec,
    Section,
)

OPUS, VP8, H264, VP9, AV1 = "opus", "VP8", "H264", "VP9", "AV1"
_OPUS_SETTINGS = {"minptime": "10", "useinbandfec": "1", "usedtx": "1"}
_H264_SETTINGS = {"level-asymmetry-allowed": "1", "packetization-mode": "1", "profile-level-id": "42e01f"}
_VP9_SETTINGS = {"profile-id": "0"}
_AV1_SETTINGS = {"level-idx": "5", "profile": "0", "tier": "0"}
_SETTINGS = {OPUS: _OPUS_SETTINGS, H264: _H264_SETTINGS, VP9: _VP9_SETTINGS, AV1: _AV1_SETTINGS, VP8: {}}
# What the sender says of its own stream and the answer repeats.
_REPEATED = {H264: ("profile-level-id",), AV1: ("level-idx", "tier")}
_RTX = "rtx"
_VIDEO_FEEDBACK = ["nack", "nack pli", "ccm fir", "transport-cc", "goog-remb"]
# libwebrtc begins at 300 kbit/s and halves the picture for the first ten seconds; its estimate corrects this in a second.
_FIRST_RATE = {"x-google-start-bitrate": "800"}  # kbit/s

# What our own offers say; any payload type in a publisher's packets is rewritten to the viewer's.
_OFFERED: dict[str, list[Codec]] = {
    "audio": [Codec(111, OPUS, 48000, 2, dict(_OPUS_SETTINGS), ["nack", "transport-cc"])],
    "video": [
        Codec(96, VP8, 90000, 1, {}, list(_VIDEO_FEEDBACK)),
        Codec(102, H264, 90000, 1, dict(_H264_SETTINGS), list(_VIDEO_FEEDBACK)),
        Codec(98, VP9, 90000, 1, dict(_VP9_SETTINGS), list(_VIDEO_FEEDBACK)),
        Codec(100, AV1, 90000, 1, dict(_AV1_SETTINGS), list(_VIDEO_FEEDBACK)),
        *(Codec(repaired + 1, _RTX, 90000, 1, {"apt": str(repaired)}) for repaired in (96, 98, 100, 102)),
    ],
}
_OFFERED_EXTENSIONS = {"audio": {EXT_TRANSPORT_CC: 3}, "video": {EXT_TRANSPORT_CC: 3, EXT_DESCRIPTOR: 4}}

_TAKEN_FEEDBACK = ("nack", "nack pli", "ccm fir", "transport-cc")
_GIVEN_FEEDBACK = (*_TAKEN_FEEDBACK, "goog-remb")


def canonical_name(codec: Codec) -> str | None:
    """Return the name under which the engine forwards this codec; None: it does not."""
    name = codec.name.upper()
    if name == "OPUS" and codec.clock_hz == 48000 and codec.channels == 2:
        return OPUS
    if name == "VP8":
        return VP8
    if name == "H264" and codec.parameters.get("packetization-mode") == "1":
        profile = codec.parameters.get("profile-level-id", "42e01f").lower()
        if profile.startswith("42"):
            return H264
    if name == "VP9" and codec.parameters.get("profile-id", "0") == "0":
        return VP9
    if name == "AV1" and codec.parameters.get("profile", "0") == "0":
        return AV1
    return None


def offered_codecs(kind: str, first: str | None = None) -> list[Codec]:
    """Return what we offer a viewer, with the codec named `first` in front."""
    return sorted(_OFFERED[kind], key=lambda codec: (codec.name == _RTX, codec.name != first))


def offered_extensions(kind: str) -> dict[str, int]:
    """Return the header extensions we offer a viewer, with their ids."""
    return dict(_OFFERED_EXTENSIONS[kind])


def usable_payload_types(section: Section) -> dict[str, int]:
    """Map canonical codec names to the section's payload types, the first of each name."""
    usable: dict[str, int] = {}
    for text in section.formats:
        codec = section.codecs.get(int(text)) if text.isdecimal() else None
        name = canonical_name(codec) if codec is not None else None
        if codec is not None and name is not None:
            usable.setdefault(name, codec.payload_type)
    return usable


def answered_codec(section: Section, name: str, *, we_receive: bool) -> Codec:
    """Write our side of one codec the section offers; `name` is a key of usable_payload_types."""
    theirs = section.codecs[usable_payload_types(section)[name]]
    repeated = {key: theirs.parameters[key] for key in _REPEATED.get(name, ()) if key in theirs.parameters}
    settings = _SETTINGS[name] | repeated
    if we_receive and section.kind == "video":
        settings |= _FIRST_RATE
    taken = _TAKEN_FEEDBACK if we_receive else _GIVEN_FEEDBACK
    feedback = [kind for kind in taken if kind in theirs.feedback]
    return Codec(theirs.payload_type, theirs.name, theirs.clock_hz, theirs.channels, settings, feedback)


def repair_payload_types(section: Section) -> dict[int, int]:
    """Map payload types of a section to those of their retransmissions (RFC 4588 8.6)."""
    repairs: dict[int, int] = {}
    for text in section.formats:
        codec = section.codecs.get(int(text)) if text.isdecimal() else None
        if codec is not None and codec.name.lower() == _RTX:
            repaired = codec.parameters.get("apt", "")
            if repaired.isdecimal():
                repairs.setdefault(int(repaired), codec.payload_type)
    return repairs


def answered_repairs(section: Section, codecs: list[Codec]) -> list[Codec]:
    """Write our side of the retransmissions the section offers for these codecs."""
    repairs = repair_payload_types(section)
    return [
        Codec(repairs[codec.payload_type], _RTX, codec.clock_hz, 1, {"apt": str(codec.payload_type)})
        for codec in codecs
        if codec.payload_type in repairs
    ]


def answered_tones(section: Section) -> list[Codec]:
    """Write our side of the keys a publishing section offers to send, at the clock of its sound (RFC 4733)."""
    for text in section.formats:
        codec = section.codecs.get(int(text)) if text.isdecimal() and section.kind == "audio" else None
        if codec is not None and codec.name.lower() == TELEPHONE_EVENT and codec.clock_hz == 48000:
            return [Codec(codec.payload_type, codec.name, codec.clock_hz, 1)]
    return []


def given_extensions(section: Section) -> dict[str, int]:
    """Return the header extensions of a viewer's offer that we write, with their ids."""
    ours = _OFFERED_EXTENSIONS.get(section.kind, {})
    return {uri: section.extensions[uri] for uri in ours if uri in section.extensions}


def numbers_extension(sections: list[Section]) -> int:
    """Return the id under which all sections a viewer receives take transport-wide numbers; 0: not all do."""
    ids = {section.extensions.get(EXT_TRANSPORT_CC, 0) for section in sections}
    found = ids.pop() if len(ids) == 1 else 0
    return found if found < 15 else 0


def descriptor_extension(sections: list[Section]) -> int | None:
    """Return the id under which a viewer takes dependency descriptors; 0: it takes none; None: it takes no video yet.

    A descriptor with a structure seldom fits an element with a header of one byte, so both forms must be in order.
    """
    video = [section for section in sections if section.kind == "video"]
    if not video:
        return None
    ids = {section.extensions.get(EXT_DESCRIPTOR, 0) if section.mixed else 0 for section in video}
    found = ids.pop() if len(ids) == 1 else 0
    return found if found < 15 else 0


def choose_published(section: Section) -> str | None:
    """Choose the one codec a publishing section uses: Opus; VP8 before what the sender likes best of the others."""
    usable = usable_payload_types(section)
    if section.kind == "audio":
        return OPUS if OPUS in usable else None
    if VP8 in usable:
        return VP8
    return next((name for name in usable if name != OPUS), None)


def taken_extensions(section: Section, codec: str | None) -> dict[str, int]:
    """Return the header extensions of an offer that we read, with their ids.

    Descriptors of one stream that is forwarded as it is: VP8 is cut by its own numbers, with which they would disagree, and
    where layers change a viewer's frame numbers would not go on.
    """
    wanted = [EXT_MID, EXT_TRANSPORT_CC]
    if section.kind == "audio":
        wanted.append(EXT_AUDIO_LEVEL)
    elif section.rids:
        wanted += [EXT_RID, EXT_REPAIRED_RID]
    elif codec not in (VP8, None):
        wanted.append(EXT_DESCRIPTOR)
    return {uri: section.extensions[uri] for uri in wanted if uri in section.extensions}
