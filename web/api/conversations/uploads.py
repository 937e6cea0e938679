"""Rows for uploads: tus 1.0.0 with the extensions creation, expiration and termination (tus.io/protocols/resumable-upload)."""

import base64
import binascii
from collections.abc import AsyncIterator
from email.utils import formatdate

from aiohttp import web
from aiohttp.http_exceptions import PayloadEncodingError

from conversations.files.payloads import UploadLimits, UploadState
from conversations.files.uploads import UploadService
from core.errors import Invalid, Refusal
from storage.conversations.uploads import Upload
from web.route import Answered, Asked, Route

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
_MAX_METADATA = 4000
_MAX_DIGITS = 15
# How aiohttp tells of a line that broke, or of a body that ended too early.
_BROKEN = (ConnectionError, PayloadEncodingError, web.PayloadAccessError, web.RequestPayloadError)


def upload_routes(uploads: UploadService) -> list[Route]:
    """Return the rows under /uploads, and the one that begins an upload in a conversation."""

    async def describe(_call: Asked) -> Answered:
        headers = _headers() | {
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,expiration,termination",
            "Tus-Max-Size": str(uploads.max_bytes),
        }
        return Answered(UploadLimits(max_bytes=uploads.max_bytes), 200, headers)

    async def create(asked: Asked) -> Answered:
        _demand_version(asked)
        size_bytes = _number(asked, "Upload-Length")
        told = _metadata(asked.request.headers.get("Upload-Metadata", ""))
        upload = await uploads.create(
            asked.actor,
            asked.path("conversation_id"),
            name=told.get("filename", ""),
            size_bytes=size_bytes,
            keeps_position=told.get("keep_position") == "true",
        )
        headers = _headers(upload, 0) | {"Location": f"/api/v1/uploads/{upload.id}"}
        return Answered(_state(upload, 0), 201, headers)

    async def look(asked: Asked) -> Answered:
        _demand_version(asked)
        upload, here = await uploads.look(asked.actor, asked.path("upload_id"))
        return Answered(None, 204, _headers(upload, here) | {"Upload-Length": str(upload.size_bytes)})

    async def take(asked: Asked) -> Answered:
        _demand_version(asked)
        offset = _number(asked, "Upload-Offset")
        upload, here = await uploads.take(asked.actor, asked.path("upload_id"), offset, _pieces(asked.request))
        return Answered(None, 204, _headers(upload, here))

    async def end(asked: Asked) -> Answered:
        _demand_version(asked)
        await uploads.end(asked.actor, asked.path("upload_id"))
        return Answered(None, 204, _headers())

    return [
        Route("OPTIONS", "/uploads", "describeUploads", describe, "uploads.describe",
              "Which version of tus this is, and how large an upload may be", answer=UploadLimits),
        Route("POST", "/conversations/{conversation_id}/uploads", "createUpload", create, "messages.write",
              "Begin an upload (tus): Upload-Length, and Upload-Metadata with filename and keep_position",
              answer=UploadState, status=201, also=(400, 412, 413, 507)),
        Route("HEAD", "/uploads/{upload_id}", "lookAtUpload", look, "messages.write",
              "How much of an upload is here (tus)", status=204, also=(412, 423)),
        Route("PATCH", "/uploads/{upload_id}", "continueUpload", take, "messages.write",
              "Send the next piece of an upload (tus); what comes before the line breaks stays",
              streams=(PIECE_TYPE,), status=204, also=(400, 409, 412, 423, 507)),
        Route("DELETE", "/uploads/{upload_id}", "endUpload", end, "messages.write",
              "Throw an upload away (tus)", status=204, also=(412,)),
    ]  # fmt: skip


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    """Give what comes, as it comes; a line that breaks is an end like any other."""
    try:
        async for piece in request.content.iter_any():
            yield piece
    except _BROKEN:
        return


def _headers(upload: Upload | None = None, here: int | None = None) -> dict[str, str]:
    headers = {"Tus-Resumable": VERSION}
    if upload is not None:
        headers["Upload-Offset"] = str(here)
        headers["Upload-Expires"] = formatdate(upload.expires_at_ms / 1000, usegmt=True)
    return headers


def _state(upload: Upload, here: int) -> UploadState:
    return UploadState(
        id=upload.id,
        conversation_id=upload.conversation_id,
        name=upload.name,
        size_bytes=upload.size_bytes,
        offset_bytes=here,
        whole=upload.digest is not None,
        expires_at_ms=upload.expires_at_ms,
    )


def _demand_version(asked: Asked) -> None:
    if asked.request.headers.get("Tus-Resumable") != VERSION:
        raise Refusal("conversations.tus_version", 412, version=VERSION)


def _number(asked: Asked, header: str) -> int:
    value = asked.request.headers.get(header, "")
    if not (value.isascii() and value.isdigit()) or len(value) > _MAX_DIGITS:
        raise Invalid("conversations.bad_upload_header", 400, header=header)
    return int(value)


def _metadata(header: str) -> dict[str, str]:
    """Read pairs of a name and its value in base64.

    >>> _metadata("filename xbxhay50eHQ=,keep_position dHJ1ZQ==")
    {'filename': 'żak.txt', 'keep_position': 'true'}
    """
    if len(header) > _MAX_METADATA:
        raise Invalid("conversations.bad_upload_header", 400, header="Upload-Metadata")
    found = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise Invalid("conversations.bad_upload_header", 400, header="Upload-Metadata") from error
    return found
