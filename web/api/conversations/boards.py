"""Rows for whiteboards: the board, its scene, its pictures and its versions. Drawing goes over the socket."""

import asyncio
import gzip
from typing import Annotated

from aiohttp import web
from pydantic import Field

from conversations.boards import payloads
from conversations.boards.boards import BoardService
from conversations.boards.pictures import MAX_PICTURE_BYTES, MAX_PREVIEW_BYTES, BoardPictures
from conversations.boards.versions import BoardVersions
from signaling.boards import BoardHub
from web.headers import CACHING
from web.route import Answered, Asked, Paging, Query, Route

_PRESSED_BYTES = 4096


class BoardsQuery(Paging):
    """A page of a conversation's boards."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50


class SceneQuery(Query):
    """What one has already: what changed after that revision is asked for; 0 asks for all."""

    since: payloads.Revision = 0


class PreviewQuery(Query):
    """The revision a small picture shows."""

    revision: payloads.Revision


def board_routes(boards: BoardService, pictures: BoardPictures, versions: BoardVersions, hub: BoardHub) -> list[Route]:
    """Return the rows under /boards, and those of a conversation's boards."""

    async def create(asked: Asked) -> Answered:
        board, new = await boards.create(asked.actor, asked.path("conversation_id"), asked.body)
        return Answered(board, 201 if new else 200)

    async def page(asked: Asked) -> payloads.Boards:
        query: BoardsQuery = asked.query
        return await boards.list(asked.actor, asked.path("conversation_id"), cursor=query.cursor, limit=query.limit)

    async def get(asked: Asked) -> payloads.Board:
        return await boards.get(asked.actor, asked.path("board_id"))

    async def change(asked: Asked) -> payloads.Board:
        return await boards.change(asked.actor, asked.path("board_id"), asked.body)

    async def scene(asked: Asked) -> web.Response:
        return await _json(asked, await boards.scene(asked.actor, asked.path("board_id"), asked.query.since))

    async def put_picture(asked: Asked) -> payloads.BoardPicture:
        return await pictures.put(asked.actor, asked.path("board_id"), asked.path("picture_id"), asked.body)

    async def get_picture(asked: Asked) -> web.Response:
        content, kind = await pictures.get(asked.actor, asked.path("board_id"), asked.path("picture_id"))
        return web.Response(body=content, content_type=kind)

    async def put_preview(asked: Asked) -> payloads.Board:
        query: PreviewQuery = asked.query
        return await pictures.put_preview(asked.actor, asked.path("board_id"), query.revision, asked.body)

    async def preview(asked: Asked) -> web.Response:
        content = await pictures.preview(asked.actor, asked.path("board_id"))
        # With the revision in it, the address stands for the content.
        caching = CACHING["immutable"] if "v" in asked.request.query else {"Cache-Control": "private, no-cache"}
        return web.Response(body=content, content_type="image/webp", headers=caching)

    async def list_versions(asked: Asked) -> payloads.BoardVersions:
        return await versions.page(asked.actor, asked.path("board_id"))

    async def keep_version(asked: Asked) -> payloads.BoardVersion:
        return await versions.keep(asked.actor, asked.path("board_id"), asked.body.name)

    async def version_scene(asked: Asked) -> web.Response:
        elements = await versions.scene(asked.actor, asked.path("board_id"), asked.path("version_id"))
        return await _json(asked, f'{{"revision":0,"complete":true,"elements":{elements}}}')

    async def restore(asked: Asked) -> payloads.Board:
        board_id = asked.path("board_id")
        hub.tell(board_id, await versions.restore(asked.actor, board_id, asked.path("version_id")))
        return await boards.get(asked.actor, board_id)

    return [
        Route("POST", "/conversations/{conversation_id}/boards", "createBoard", create, "boards.draw",
              "Make a whiteboard; a message in the conversation shows it", body=payloads.NewBoardBody,
              answer=payloads.Board, status=201, also=(200, 409)),
        Route("GET", "/conversations/{conversation_id}/boards", "listBoards", page, "conversations.read",
              "A conversation's whiteboards, newest first", query=BoardsQuery, answer=payloads.Boards),
        Route("GET", "/boards/{board_id}", "getBoard", get, "conversations.read", "One whiteboard",
              answer=payloads.Board),
        Route("PATCH", "/boards/{board_id}", "changeBoard", change, "boards.draw", "Change its title, or who may draw",
              body=payloads.BoardBody, answer=payloads.Board, also=(409,)),
        Route("GET", "/boards/{board_id}/scene", "getBoardScene", scene, "conversations.read",
              "Its elements: all, or what changed since a revision", query=SceneQuery, answer=payloads.BoardScene),
        Route("PUT", "/boards/{board_id}/pictures/{picture_id}", "putBoardPicture", put_picture, "boards.draw",
              "Keep a picture that elements name", raw=("image/png", "image/jpeg", "image/webp", "image/gif"),
              max_bytes=MAX_PICTURE_BYTES, answer=payloads.BoardPicture, also=(409,)),
        Route("GET", "/boards/{board_id}/pictures/{picture_id}", "getBoardPicture", get_picture, "conversations.read",
              "A picture on a whiteboard", produces="image/png", caching="immutable"),
        Route("PUT", "/boards/{board_id}/preview", "putBoardPreview", put_preview, "boards.draw",
              "Take the small picture of what it shows at a revision", raw=("image/png", "image/webp"),
              query=PreviewQuery, max_bytes=MAX_PREVIEW_BYTES, answer=payloads.Board),
        Route("GET", "/boards/{board_id}/preview", "getBoardPreview", preview, "conversations.read",
              "The small picture of a whiteboard", produces="image/webp"),
        Route("GET", "/boards/{board_id}/versions", "listBoardVersions", list_versions, "conversations.read",
              "What it showed before, and who drew what in between", answer=payloads.BoardVersions),
        Route("POST", "/boards/{board_id}/versions", "keepBoardVersion", keep_version, "boards.draw",
              "Keep what it shows now under a name", body=payloads.BoardVersionBody, answer=payloads.BoardVersion,
              status=201),
        Route("GET", "/boards/{board_id}/versions/{version_id}/scene", "getBoardVersionScene", version_scene,
              "conversations.read", "The elements of a version", answer=payloads.BoardScene),
        Route("POST", "/boards/{board_id}/versions/{version_id}/restore", "restoreBoardVersion", restore, "boards.draw",
              "Make it show that again", answer=payloads.Board),
    ]  # fmt: skip


async def _json(asked: Asked, text: str) -> web.Response:
    """Answer with JSON that is text already, pressed when it is long and the client takes that."""
    content, headers = text.encode(), {"Vary": "Accept-Encoding"}
    if len(content) > _PRESSED_BYTES and "gzip" in asked.request.headers.get("Accept-Encoding", ""):
        content = await asyncio.get_running_loop().run_in_executor(None, gzip.compress, content, 3)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=content, content_type="application/json", headers=headers)
