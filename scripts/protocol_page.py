"""docs/protocol.md, made from the tables that server/payloads.py merges."""

import inspect
import re
from typing import Any

from pydantic import BaseModel

HEAD = """# The socket protocol

Generated from `server/payloads.py` (`make generate`). REST is described by `GET /api/v1/openapi.json`.

A client connects to `/socket.io` (socket.io protocol 5, default namespace) with its session cookie, or with
`auth: {token}` carrying a bearer session. Heartbeats come every `CENTRALA_PING_INTERVAL_S` seconds.

**Commands** are answered by an ack: `{ok: true, ...}` with the fields below, or
`{ok: false, error: {code, status, detail, retry_after_s?}}` with the same codes as REST problems. A client repeats a
`message:send` that was not acknowledged with the same `client_id`; it is stored once.

**Stored events** carry the `conversation_id` and its `rev` after the change, and the whole changed row: applying one is
an upsert by id. A client that sees a hole in `rev`, or connects again, asks
`GET /api/v1/conversations/{id}/changes?after=REV` with the newest rev it has seen without a hole.
Snapshot + events = a fresh GET, for every event below.

**Ephemeral events** have no number and are not repeated.

Times are UTC milliseconds (`_ms`), intervals say their unit in the name.
"""


def _shape(schema: dict[str, Any]) -> str:
    """One word or two for a JSON schema: string, integer, a model's name, list of ..., or null."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_shape(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_shape(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map to {_shape(schema['additionalProperties'])}"
    limits = []
    if "maxLength" in schema:
        limits.append(f"{schema.get('minLength', 0)}..{schema['maxLength']} characters")
    if "minimum" in schema or "maximum" in schema:
        limits.append(f"{schema.get('minimum', '')}..{schema.get('maximum', '')}")
    return str(schema.get("type", "anything")) + (f" ({', '.join(limits)})" if limits else "")


def _fields(schema: dict[str, Any], known: dict[str, Any]) -> list[str]:
    known.update(schema.get("$defs", {}))
    required = set(schema.get("required", ()))
    lines = []
    for name, field in schema.get("properties", {}).items():
        optional = "" if name in required else " (optional)"
        lines.append(f"  - `{name}`{optional}: {_shape(field)}")
    return lines or ["  - nothing"]


def _words(model: type[BaseModel]) -> str:
    return re.sub(r"\s+", " ", inspect.cleandoc(model.__doc__ or ""))


def page(commands: Any, stored: Any, ephemeral: Any) -> str:
    """Give the page's text for the three tables of server.payloads."""
    known: dict[str, Any] = {}
    lines = [HEAD, "## Commands", ""]
    for name, (body, ack) in commands.items():
        lines += [f"### `{name}`", "", f"{_words(body)}", "", "- takes", *_fields(body.model_json_schema(), known)]
        lines += ["- acknowledged with"]
        lines += [*(_fields(ack.model_json_schema(mode="serialization"), known) if ack else ["  - nothing more"]), ""]
    for title, events in (("Stored events", stored), ("Ephemeral events", ephemeral)):
        lines += [f"## {title}", ""]
        for name, event in events.items():
            lines += [f"### `{name}`", "", _words(event), ""]
            lines += [line[2:] for line in _fields(event.model_json_schema(mode="serialization"), known)] + [""]
    lines += ["## Rows", ""]
    for name, schema in sorted(known.items()):
        lines += [f"### {name}", "", re.sub(r"\s+", " ", schema.get("description", "")), ""]
        lines += [line[2:] for line in _fields({**schema, "$defs": {}}, {})] + [""]
    text = "\n".join(lines)
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"
