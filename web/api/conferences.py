"""Rows for conferences, and the standard media doors: WHIP (RFC 9725) and WHEP."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from conversations import payloads
from conversations.conferences import ConferenceService
from conversations.doors import Opened, StandardDoors
from conversations.recordings import RecordingService
from core.errors import Invalid, NotFound
from core.settings import Settings
from web.route import Answered, Call, Paging, Query, Route

SDP = "application/sdp"
TRICKLE = "application/trickle-ice-sdpfrag"


class ConferencesQuery(Paging):
    """A page of a conversation's calls."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20


class WhepQuery(Query):
    """Whose video a viewer wants; nobody's in particular is the active speaker's."""

    participant: Annotated[str, Field(max_length=64)] | None = None


def conference_routes(
    settings: Settings, conferences: ConferenceService, recordings: RecordingService, doors: StandardDoors
) -> list[Route]:
    """Return the rows under /conferences and the camera button's."""
    base = f"{settings.base_url}/api/v1/conferences"

    async def start(call: Call) -> Answered:
        door, _ = await conferences.start(call.actor, call.path("conversation_id"))
        return Answered(door, 201)

    async def history(call: Call) -> payloads.Conferences:
        query: ConferencesQuery = call.query
        return await conferences.history(
            call.actor, call.path("conversation_id"), cursor=query.cursor, limit=query.limit
        )

    async def get(call: Call) -> payloads.Conference:
        return await conferences.get(call.actor, call.path("conference_id"))

    async def end(call: Call) -> payloads.Conference:
        return await conferences.end(call.actor, call.path("conference_id"))

    async def record(call: Call) -> payloads.Conference:
        return await recordings.start(call.actor, call.path("conference_id"))

    async def stop_recording(call: Call) -> payloads.Conference:
        return await recordings.stop(call.actor, call.path("conference_id"))

    async def decline(call: Call) -> None:
        await conferences.decline(call.actor, call.path("conference_id"))

    async def whip(call: Call) -> web.Response:
        conference_id = call.path("conference_id")
        opened = await doors.publish(call.actor, conference_id, _sdp(call))
        return _answer(f"{base}/{conference_id}/whip/{opened.resource_id}", opened)

    async def whep(call: Call) -> web.Response:
        conference_id = call.path("conference_id")
        opened = await doors.watch(call.actor, conference_id, _sdp(call), call.query.participant)
        return _answer(f"{base}/{conference_id}/whep/{opened.resource_id}", opened)

    async def hang_up(call: Call) -> Answered:
        await doors.close(call.actor, call.path("conference_id"), call.path("resource_id"))
        return Answered(None, 200)

    async def trickle(call: Call) -> None:
        # The engine is ICE-lite: it never checks candidates itself, the client's own checks are enough.
        if call.actor.conference_id != call.path("conference_id"):
            raise NotFound("conversations.conference_not_found")

    rows = [
        Route("POST", "/conversations/{conversation_id}/conference", "startConference", start, "conferences.start",
              "The camera button: start a conference and ring the others, or find the running one",
              answer=payloads.ConferenceDoor, status=201),
        Route("GET", "/conversations/{conversation_id}/conferences", "listConferences", history, "conferences.see",
              "A conversation's calls, newest first", query=ConferencesQuery, answer=payloads.Conferences),
        Route("GET", "/conferences/{conference_id}", "getConference", get, "conferences.see", "One conference",
              answer=payloads.Conference),
        Route("POST", "/conferences/{conference_id}/end", "endConference", end, "conferences.moderate",
              "End a conference for all", answer=payloads.Conference),
        Route("POST", "/conferences/{conference_id}/recording", "startRecording", record, "conferences.moderate",
              "Record a conference: everybody in it is told and shown", answer=payloads.Conference),
        Route("DELETE", "/conferences/{conference_id}/recording", "stopRecording", stop_recording,
              "conferences.moderate", "End the recording", answer=payloads.Conference),
        Route("POST", "/conferences/{conference_id}/decline", "declineConference", decline, "conferences.see",
              "Do not take a call", status=204),
        Route("POST", "/conferences/{conference_id}/whip", "whip", whip, "conferences.media",
              "Publish by WHIP (RFC 9725)", raw=(SDP,), max_bytes=200_000, produces=SDP, status=201, also=(400, 409)),
        Route("POST", "/conferences/{conference_id}/whep", "whep", whep, "conferences.media",
              "Receive by WHEP", raw=(SDP,), query=WhepQuery, max_bytes=200_000, produces=SDP, status=201,
              also=(400, 409)),
    ]  # fmt: skip
    for door in ("whip", "whep"):
        path = f"/conferences/{{conference_id}}/{door}/{{resource_id}}"
        rows.append(Route("DELETE", path, f"{door}HangUp", hang_up, "conferences.media", "End it"))
        rows.append(
            Route(
                "PATCH",
                path,
                f"{door}Trickle",
                trickle,
                "conferences.media",
                "Trickled candidates are not needed",
                raw=(TRICKLE,),
                max_bytes=100_000,
                status=204,
            )
        )
    return rows


def _sdp(call: Call) -> str:
    if not call.body.startswith(b"v=0"):
        raise Invalid("rtc.bad_sdp", 400)
    text: str = call.body.decode("utf-8", "replace")
    return text


def _answer(location: str, opened: Opened) -> web.Response:
    headers = {"Location": location, "ETag": f'"{opened.resource_id}"', "Accept-Patch": TRICKLE}
    return web.Response(status=201, body=opened.sdp.encode(), content_type=SDP, headers=headers)
