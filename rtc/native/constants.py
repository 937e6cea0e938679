"""The numbers that the C code shares with the kernel: they are said there, and read by C from what is written here."""

from __future__ import annotations

from rtc.kernel import silence
from rtc.kernel.sent import SENT_PACKETS
from rtc.kernel.simulcast import MAX_TID
from rtc.kernel.transport_cc_arrivals import ARRIVALS, MAX_JUMP, TICK_NS
from rtc.kernel.transport_cc_matching import GROUP_US
from rtc.wire.rtcp import MAX_STATUSES
from rtc.wire.vp8 import PICTURE_MASK

_SHARED = {
    "SENT_PACKETS": SENT_PACKETS,
    "STATUSES": MAX_STATUSES,
    "GROUP_US": GROUP_US,
    "ARRIVALS": ARRIVALS,
    "MAX_JUMP": MAX_JUMP,
    "TICK_NS": TICK_NS,
    "TOP_TID": MAX_TID,
    "PICTURE_MASK": PICTURE_MASK,
    "SILENCE_EVERY_NS": silence.EVERY_NS,
    "SILENCE_AFTER_NS": silence.AFTER_NS,
    "QUIET": silence.QUIET,
    "LOUD": silence.LOUD,
    "DTX_BYTES": silence.MOST_BYTES,
}


def build_header() -> str:
    """Write them as C has them; it goes before packets.h."""
    return "".join(f"#define {name} {value}\n" for name, value in _SHARED.items())
