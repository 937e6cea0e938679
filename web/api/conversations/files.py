"""Rows for files of conversations and links to files, and how one leaves: in parts, named, and never as a page of ours."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from aiohttp import web
from pydantic import Field

from accounts import payloads
from accounts.file_links import FileLinks, StoredFile
from conversations.files import payloads as file_payloads
from conversations.files.files import FileService
from conversations.messages.payloads import Message
from core.errors import NotFound
from storage.conversations.files import FileView
from storage.disk.blobs import Blobs
from web.byte_ranges import OutsideFile, parse_range
from web.route import Answered, Asked, Paging, Route

_PART_BYTES = 256 * 1024
# How long a download goes on by a link before the link is looked at again.
_LOOK_AGAIN_S = 0.5
# What a browser may show by itself; everything else is saved. SVG and HTML are programs, so they are not here.
_SHOWN = frozenset(
    {
        "image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/bmp", "application/pdf",
        "text/plain", "audio/mpeg", "audio/ogg", "audio/wav", "audio/webm", "audio/mp4", "video/mp4", "video/webm",
        "video/ogg",
    }
)  # fmt: skip


class FilesQuery(Paging):
    """Which files: those whose names have these words; those a page may show this way."""

    q: Annotated[str, Field(max_length=200)] = ""
    view: FileView | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


def conversation_file_routes(files: FileService, links: FileLinks) -> list[Route]:
    """Return the rows for files of conversations."""

    async def post(asked: Asked) -> Answered:
        message, new = await files.post(asked.actor, asked.path("conversation_id"), asked.body)
        return Answered(message, 201 if new else 200)

    async def page(asked: Asked) -> file_payloads.ListedFiles:
        query: FilesQuery = asked.query
        return await files.page(
            asked.actor,
            asked.path("conversation_id"),
            query=query.q,
            view=query.view,
            cursor=query.cursor,
            limit=query.limit,
        )

    async def link(asked: Asked) -> payloads.FileLinkMade:
        await files.demand_file(asked.actor, asked.path("conversation_id"), asked.path("file_id"))
        return await links.make(asked.actor, "file", asked.path("file_id"))

    async def preview(asked: Asked) -> web.Response:
        content = await files.preview(asked.actor, asked.path("conversation_id"), asked.path("file_id"))
        return web.Response(body=content, content_type="image/webp")

    base = "/conversations/{conversation_id}/files"
    return [
        Route("GET", base, "listFiles", page, "conversations.read", "A conversation's files, newest first",
              query=FilesQuery, answer=file_payloads.ListedFiles),
        Route("POST", base, "postFiles", post, "messages.write",
              "Post whole uploads as one message; 200 when this client_id was stored before",
              body=file_payloads.NewFileMessageBody, answer=Message, status=201, also=(200, 409)),
        Route("POST", f"{base}/{{file_id}}/link", "linkFile", link, "files.link",
              "Make a link to a file that works for ten minutes without signing in", answer=payloads.FileLinkMade,
              status=201),
        Route("GET", f"{base}/{{file_id}}/preview", "getFilePreview", preview, "messages.read",
              "A small picture of a file", produces="image/webp", caching="private"),
    ]  # fmt: skip


def file_routes(links: FileLinks, blobs: Blobs) -> list[Route]:
    """Return the rows under /files and /file-links."""

    async def open_file(asked: Asked) -> web.Response:
        token = asked.path("token")
        file = await links.open(token)
        size_bytes = await asyncio.get_running_loop().run_in_executor(None, blobs.size_bytes, file.digest)
        if size_bytes is None:
            raise NotFound("accounts.file_link_expired")
        headers = {"ETag": f'"{file.digest}"', "Accept-Ranges": "bytes", "Content-Disposition": disposition(file)}
        request = asked.request
        if any(tag.value in (file.digest, "*") for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        try:
            whole = request.headers.get("If-Range", headers["ETag"]) != headers["ETag"]
            part = None if whole else parse_range(request.headers.get("Range"), size_bytes)
        except OutsideFile:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{size_bytes}"})
        first, behind = part or (0, size_bytes)
        if part is not None:
            headers["Content-Range"] = f"bytes {first}-{behind - 1}/{size_bytes}"
        headers["Content-Length"] = str(behind - first)
        return web.Response(
            status=200 if part is None else 206,
            body=_parts(request, token, file, first, behind),
            content_type=file.content_type,
            headers=headers,
        )

    async def _parts(
        request: web.Request, token: str, file: StoredFile, first: int, behind: int
    ) -> AsyncIterator[bytes]:
        """Read the file bit by bit; a link that ends meanwhile ends the download."""
        loop = asyncio.get_running_loop()
        looked_at_s = loop.time()
        while first < behind:
            content = await loop.run_in_executor(
                None, blobs.read_part, file.digest, first, min(_PART_BYTES, behind - first)
            )
            yield content
            first += len(content)
            if loop.time() - looked_at_s < _LOOK_AGAIN_S and content:
                continue
            looked_at_s = loop.time()
            if not content or not await _still_opens(token):
                # Cut off, so that what came does not look like the whole file.
                if request.transport is not None:
                    request.transport.abort()
                return

    async def _still_opens(token: str) -> bool:
        try:
            await links.open(token)
        except NotFound:
            return False
        return True

    async def list_links(asked: Asked) -> payloads.FileLinks:
        return await links.list(asked.actor)

    async def revoke_link(asked: Asked) -> None:
        await links.revoke(asked.actor, asked.path("link_id"))

    return [
        Route("GET", "/files/{token}", "openFile", open_file, "files.open",
              "The file of a link; ranges of bytes can be asked for", produces="application/octet-stream",
              also=(206, 304, 416), headers="file"),
        Route("GET", "/file-links", "listFileLinks", list_links, "files.link", "One's own links that still open",
              answer=payloads.FileLinks),
        Route("DELETE", "/file-links/{link_id}", "revokeFileLink", revoke_link, "files.link", "Revoke a link",
              status=204),
    ]  # fmt: skip


def disposition(file: StoredFile) -> str:
    """Return the Content-Disposition of a file (RFC 6266): shown where that is harmless, saved otherwise.

    >>> disposition(StoredFile("", "Żak.webp", "image/webp"))
    'inline; filename="_ak.webp"; filename*=UTF-8\\'\\'%C5%BBak.webp'
    """
    plain = "".join(one if " " <= one <= "~" and one not in '"\\/%' else "_" for one in file.name)
    how = "inline" if file.content_type in _SHOWN and not file.saved else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
