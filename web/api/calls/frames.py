"""Rows for frozen pictures of a call."""

from conversations.boards import payloads as board_payloads
from conversations.boards.pictures import MAX_PICTURE_BYTES
from conversations.calls import payloads
from conversations.calls.frame_payloads import FrameAskBody
from conversations.calls.frames import FrameService
from conversations.calls.given_frames import GivenFrames
from conversations.messages.payloads import ClientId
from core.payloads import Line
from web.route import Answered, Asked, Query, Route


class FrameQuery(Query):
    """What the board is called. The same client_id again makes nothing and answers with what was made."""

    client_id: ClientId
    title: Line = ""


class GivenFrameQuery(Query):
    """For which ask the picture is."""

    ask_id: ClientId


def frame_routes(frames: FrameService, given: GivenFrames) -> list[Route]:
    """Return the rows of what everybody in a call looks at."""

    async def freeze(asked: Asked) -> Answered:
        query: FrameQuery = asked.query
        board, new = await frames.freeze(
            asked.actor, asked.path("conference_id"), client_id=query.client_id, title=query.title, content=asked.body
        )
        return Answered(board, 201 if new else 200)

    async def ask(asked: Asked) -> None:
        await given.ask(asked.actor, asked.path("conference_id"), asked.path("participant_id"), asked.body.ask_id)

    async def give(asked: Asked) -> None:
        query: GivenFrameQuery = asked.query
        await given.give(
            asked.actor, asked.path("conference_id"), asked.path("participant_id"), query.ask_id, asked.body
        )

    async def freeze_given(asked: Asked) -> Answered:
        query: FrameQuery = asked.query
        board, new = await frames.freeze_given(
            asked.actor, asked.path("conference_id"), asked.path("ask_id"), client_id=query.client_id, title=query.title
        )
        return Answered(board, 201 if new else 200)

    async def go_live(asked: Asked) -> payloads.Conference:
        return await frames.go_live(asked.actor, asked.path("conference_id"))

    base = "/conferences/{conference_id}"
    return [
        Route("POST", f"{base}/frames", "freezePicture", freeze, "boards.draw",
              "Make a whiteboard of a picture of the call, before everybody in it",
              raw=("image/png", "image/jpeg", "image/webp"), max_bytes=MAX_PICTURE_BYTES, query=FrameQuery,
              answer=board_payloads.Board, status=201, also=(200, 409)),
        Route("POST", f"{base}/participants/{{participant_id}}/frame-asks", "askForFrame", ask, "boards.draw",
              "Ask a participant's page for the picture of its camera; it answers by giveFrame", body=FrameAskBody, also=(409,)),
        Route("POST", f"{base}/participants/{{participant_id}}/frames", "giveFrame", give, "frames.give",
              "Give the picture of one's camera to the participant who asked for it",
              raw=("image/png", "image/jpeg", "image/webp"), max_bytes=MAX_PICTURE_BYTES, query=GivenFrameQuery, also=(409, 429)),
        Route("POST", f"{base}/given-frames/{{ask_id}}", "freezeGivenFrame", freeze_given, "boards.draw",
              "Make a whiteboard of the picture somebody gave, before everybody in the call",
              query=FrameQuery, answer=board_payloads.Board, status=201, also=(200, 409)),
        Route("DELETE", f"{base}/frame", "goLive", go_live, "boards.draw",
              "Go back to the live pictures; the whiteboard stays in the conversation", answer=payloads.Conference),
    ]  # fmt: skip
