"""Frames between the application and a media worker: length, then one JSON object.

{"id": 7, "request": message}                              to the worker
{"id": 7, "reply": message} | {"id": 7, "refusal": {...}}  back
{"ready": {"port": 40000, "pid": 123}}                     once, when the worker listens
{"event": message}                                         at any time
"""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any

from core.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Unavailable

_LENGTH = struct.Struct("!I")
_MAX_FRAME_BYTES = 8 << 20
_KINDS: dict[str, type[Refusal]] = {
    kind.__name__: kind for kind in (Conflict, Forbidden, Invalid, NotFound, Refusal, Unavailable)
}


async def read_frame(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """Read one frame; None at the end of the stream.

    raises   ValueError  not a frame
    """
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > _MAX_FRAME_BYTES:
            raise ValueError(f"frame of {length} bytes")
        data = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    frame = json.loads(data)
    if not isinstance(frame, dict):
        raise ValueError("a frame is a JSON object")
    return frame


def build_frame(frame: dict[str, Any]) -> bytes:
    """Encode one frame."""
    data = json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode()
    return _LENGTH.pack(len(data)) + data


def refusal_to_plain(refusal: Refusal) -> dict[str, Any]:
    """Turn a refusal into JSON-ready data."""
    kind = type(refusal).__name__
    return {
        "kind": kind if kind in _KINDS else "Refusal",
        "code": refusal.code,
        "status": refusal.status,
        "arguments": refusal.arguments,
    }


def refusal_from_plain(data: dict[str, Any]) -> Refusal:
    """Rebuild a refusal."""
    kind = _KINDS.get(data["kind"], Refusal)
    return kind(data["code"], data["status"], **data["arguments"])
