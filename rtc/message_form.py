"""The wire form of the media channel's messages: one JSON object with the class name under "type"."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any, get_args

from rtc.channel import Line, Message, Tile, TrackDescribed, TransportDescribed
from rtc.observing import LineQuality, WorkerMeasured

_MESSAGES: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Message)}
_NESTED: dict[tuple[str, str], type[Any]] = {
    ("Offered", "lines"): Line,
    ("OfferMade", "lines"): Line,
    ("RoomDescribed", "transports"): TransportDescribed,
    ("TransportDescribed", "tracks"): TrackDescribed,
    ("Measured", "workers"): WorkerMeasured,
    ("Watch", "tiles"): Tile,
    ("QualitySeen", "lines"): LineQuality,
}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _rebuild(kind: type[Any], data: dict[str, Any]) -> Any:
    arguments = dict(data)
    for entry in fields(kind):
        nested = _NESTED.get((kind.__name__, entry.name))
        if nested is not None and entry.name in arguments:
            arguments[entry.name] = [_rebuild(nested, item) for item in arguments[entry.name]]
    return kind(**arguments)


def to_plain(message: Message) -> dict[str, Any]:
    """Turn a message into JSON-ready data with its class name under "type"."""
    return {"type": type(message).__name__, **_plain(message)}


def from_plain(data: dict[str, Any]) -> Message:
    """Rebuild a message.

    raises   ValueError  unknown type or fields
    """
    arguments = dict(data)
    kind = _MESSAGES.get(str(arguments.pop("type", None)))
    if kind is None:
        raise ValueError(f"unknown message type {data.get('type')!r}")
    try:
        message: Message = _rebuild(kind, arguments)
    except TypeError as exc:
        raise ValueError(f"bad fields for {kind.__name__}: {exc}") from exc
    return message


def to_wire(message: Message) -> bytes:
    """Encode a message as UTF-8 JSON."""
    return json.dumps(to_plain(message), separators=(",", ":"), ensure_ascii=False).encode()


def from_wire(data: bytes) -> Message:
    """Decode a message.

    raises   ValueError  not JSON, unknown type or fields
    """
    plain = json.loads(data)
    if not isinstance(plain, dict):
        raise ValueError("a message is a JSON object")
    return from_plain(plain)
