"""The frames of one track's file. What cannot be decoded is left out, be it all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import av


def read_frames(file: BinaryIO, kind: str) -> Iterator[Any]:
    """Give the frames of a file's first picture ("video") or sound ("audio") that say their time."""
    # A file that names others is refused: nothing is whitelisted.
    options = {"protocol_whitelist": "none"}
    try:
        with av.open(file, "r", options=options, metadata_errors="ignore") as container:
            for stream in [one for one in container.streams if one.type == kind][:1]:
                stream.codec_context.thread_count = 1
                for packet in container.demux(stream):
                    try:
                        frames: list[Any] = list(packet.decode())
                    except av.error.InvalidDataError:
                        continue
                    yield from (frame for frame in frames if frame.time is not None)
    except (av.error.InvalidDataError, av.error.EOFError, ValueError):
        return
