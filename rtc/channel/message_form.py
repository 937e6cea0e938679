"""The wire form of the media channel's messages: one JSON object with the class name under "type"."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from rtc.channel.media_channel import Message

_MESSAGES: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Message)}
_NESTED: dict[type[Any], dict[str, type[Any]]] = {}
_FIELDS: dict[type[Any], tuple[str, ...] | None] = {}


def _nested(kind: type[Any]) -> dict[str, type[Any]]:
    """The fields that are lists of parts with fields of their own, and the kind of these parts."""
    if kind not in _NESTED:
        hints = get_type_hints(kind).items()
        parts: dict[str, type[Any]] = {name: get_args(hint)[0] for name, hint in hints if get_origin(hint) is list}
        _NESTED[kind] = {name: parts[name] for name in parts if is_dataclass(parts[name])}
    return _NESTED[kind]


def _names(kind: type[Any]) -> tuple[str, ...] | None:
    """The names of a part's fields; None: it is a plain value."""
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(entry.name for entry in fields(kind)) if is_dataclass(kind) else None
    return _FIELDS[kind]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    names = _names(type(value))
    return value if names is None else {name: _plain(getattr(value, name)) for name in names}


def _rebuild(kind: type[Any], data: dict[str, Any]) -> Any:
    arguments = dict(data)
    for name, part in _nested(kind).items():
        if name in arguments:
            arguments[name] = [_rebuild(part, item) for item in arguments[name]]
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
