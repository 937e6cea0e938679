"""Which way packets take: in C where it is built, else in Python.

There are three ways, with the same tests: `native` (rtc/native, in C), `batch` and `each` (rtc/sending/fanout_plain.py, in Python
with one sendmmsg per batch, or with one sendto per packet).
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

from rtc.net.counting import Counters
from rtc.net.fanout import Fanout
from rtc.net.reading import ReadEach, Reader
from rtc.sending.fanout_plain import SendBatch, SendEach, has_sendmmsg

log = logging.getLogger("centrala.rtc")
WAYS = ("native", "batch", "each")


def choose_packet_path(
    way: str, sock: socket.socket, counters: Counters, monotonic_ns: Callable[[], int]
) -> tuple[Fanout, Reader]:
    """Return the sending and the reading side for this socket.

    way   "native", "batch", "each", or "auto": the first of them that this machine has
    """
    if way in ("auto", "native"):
        try:
            from rtc.native.packets import NativeFanout
            from rtc.native.reader import NativeReader
        except ImportError as exc:
            log.log(
                logging.WARNING if way == "native" else logging.INFO,
                "the native packet path is not built (python -m rtc.native.build): %s", exc,
            )  # fmt: skip
        else:
            log.info("packets take the native path")
            fanout = NativeFanout(sock, counters, monotonic_ns)
            return fanout, NativeReader(sock, fanout)
    if way != "each" and has_sendmmsg():
        log.info("packets take the path in Python, sent in batches")
        return SendBatch(sock, counters, monotonic_ns), ReadEach(sock)
    log.info("packets take the path in Python, sent one by one")
    return SendEach(sock, counters, monotonic_ns), ReadEach(sock)
