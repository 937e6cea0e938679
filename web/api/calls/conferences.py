"""Rows for conferences, and the standard media doors: WHIP (RFC 9725) and WHEP."""

import re
from typing import Annotated

from aiohttp import web
from pydantic import Field

from conversations.calls import payloads
from conversations.calls.conferences import ConferenceService
from conversations.calls.payloads import IceServer
from conversations.calls.quality import CallQuality
from conversations.calls.recording import RecordingService
from conversations.calls.standard_doors import Opened, StandardDoors
from core.errors import Invalid, Refusal
from core.settings import Settings
from web.route import Answered, Asked, Paging, Query, Route

SDP = "application/sdp"
TRICKLE = "application/trickle-ice-sdpfrag"
_TAG = re.compile(r'(W/)?"([^"]{0,200})"')


class ConferencesQuery(Paging):
    """A page of a conversation's calls."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20


class WhepQuery(Query):
    """Whose video a viewer wants; nobody's in particular is the active speaker's."""

    participant: Annotated[str, Field(max_length=64)] | None = None


def conference_routes(
    settings: Settings,
    conferences: ConferenceService,
    recordings: RecordingService,
    doors: StandardDoors,
    quality: CallQuality,
) -> list[Route]:
    """Return the rows under /conferences and the camera button's."""
    base = f"{settings.base_url}/api/v1/conferences"

    async def start(asked: Asked) -> Answered:
        door, _ = await conferences.start(asked.actor, asked.path("conversation_id"))
        return Answered(door, 201)

    async def history(asked: Asked) -> payloads.Conferences:
        query: ConferencesQuery = asked.query
        return await conferences.history(
            asked.actor, asked.path("conversation_id"), cursor=query.cursor, limit=query.limit
        )

    async def get(asked: Asked) -> payloads.Conference:
        return await conferences.get(asked.actor, asked.path("conference_id"))

    async def read_quality(asked: Asked) -> payloads.CallQuality:
        return await quality.read(asked.actor, asked.path("conference_id"))

    async def end(asked: Asked) -> payloads.Conference:
        return await conferences.end(asked.actor, asked.path("conference_id"))

    async def record(asked: Asked) -> payloads.Conference:
        return await recordings.start(asked.actor, asked.path("conference_id"))

    async def stop_recording(asked: Asked) -> payloads.Conference:
        return await recordings.stop(asked.actor, asked.path("conference_id"))

    async def decline(asked: Asked) -> None:
        await conferences.decline(asked.actor, asked.path("conference_id"))

    async def whip(asked: Asked) -> web.Response:
        conference_id = asked.path("conference_id")
        opened = await doors.publish(asked.actor, conference_id, _sdp(asked))
        return answer(asked, f"{base}/{conference_id}/whip/{opened.resource_id}", opened)

    async def whep(asked: Asked) -> web.Response:
        conference_id = asked.path("conference_id")
        opened = await doors.watch(asked.actor, conference_id, _sdp(asked), asked.query.participant)
        return answer(asked, f"{base}/{conference_id}/whep/{opened.resource_id}", opened)

    def answer(asked: Asked, location: str, opened: Opened) -> web.Response:
        headers = {"Location": location, "ETag": f'"{opened.ice_session}"', "Accept-Patch": TRICKLE}
        response = web.Response(status=201, body=opened.sdp.encode(), content_type=SDP, headers=headers)
        return link(asked, response)

    def link(asked: Asked, response: web.Response) -> web.Response:
        for value in build_links(doors.ice_servers(asked.actor, asked.path("conference_id"))):
            response.headers.add("Link", value)
        return response

    async def hang_up(asked: Asked) -> web.Response:
        await doors.close(asked.actor, asked.path("conference_id"), asked.path("resource_id"))
        return web.Response(status=200)

    async def trickle(asked: Asked) -> web.Response:
        known = read_tags(asked.request.headers.getall("If-Match", []))
        fragment = asked.body.decode("utf-8", "replace")
        patched = await doors.patch(
            asked.actor, asked.path("conference_id"), asked.path("resource_id"), known, fragment
        )
        if not patched.fragment:
            return web.Response(status=204)
        headers = {"ETag": f'"{patched.ufrag}"'}
        return web.Response(status=200, body=patched.fragment.encode(), content_type=TRICKLE, headers=headers)

    async def door(asked: Asked) -> web.Response:
        # Also a browser's question before the real request, which shows no token (Fetch 4.8): that gets no credentials.
        headers = {
            "Access-Control-Allow-Methods": "POST, PATCH, DELETE, OPTIONS",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
            "Access-Control-Max-Age": "86400",
        }
        if "resource_id" in asked.request.match_info:
            headers["Accept-Patch"] = TRICKLE
        else:
            headers["Accept-Post"] = SDP
        response = web.Response(status=204, headers=headers)
        return link(asked, response) if asked.actor.kind == "conference" else response

    rows = [
        Route("POST", "/conversations/{conversation_id}/conference", "startConference", start, "conferences.start",
              "The camera button: start a conference and ring the others, or find the running one",
              answer=payloads.ConferenceDoor, status=201),
        Route("GET", "/conversations/{conversation_id}/conferences", "listConferences", history, "conferences.see",
              "A conversation's calls, newest first", query=ConferencesQuery, answer=payloads.Conferences),
        Route("GET", "/conferences/{conference_id}", "getConference", get, "conferences.see", "One conference",
              answer=payloads.Conference),
        Route("GET", "/conferences/{conference_id}/quality", "readCallQuality", read_quality, "conferences.see",
              "How good everybody's lines were in a call", answer=payloads.CallQuality),
        Route("POST", "/conferences/{conference_id}/end", "endConference", end, "conferences.moderate",
              "End a conference for all", answer=payloads.Conference),
        Route("POST", "/conferences/{conference_id}/recording", "startRecording", record, "conferences.moderate",
              "Record a conference: everybody in it is told and shown", answer=payloads.Conference, also=(409,)),
        Route("DELETE", "/conferences/{conference_id}/recording", "stopRecording", stop_recording,
              "conferences.moderate", "End the recording", answer=payloads.Conference),
        Route("POST", "/conferences/{conference_id}/decline", "declineConference", decline, "conferences.see",
              "Do not take a call", status=204),
        Route("POST", "/conferences/{conference_id}/whip", "whip", whip, "conferences.media",
              "Publish by WHIP (RFC 9725)", raw=(SDP,), max_bytes=200_000, produces=SDP, status=201, also=(400, 409),
              headers="media"),
        Route("POST", "/conferences/{conference_id}/whep", "whep", whep, "conferences.media",
              "Receive by WHEP", raw=(SDP,), query=WhepQuery, max_bytes=200_000, produces=SDP, status=201,
              also=(400, 409), headers="media"),
    ]  # fmt: skip
    for name in ("whip", "whep"):
        path = f"/conferences/{{conference_id}}/{name}"
        rows += [
            Route("OPTIONS", path, f"{name}Options", door, "conferences.doors",
                  "What the door takes; with a token: the STUN and TURN servers", status=204, headers="media"),
            Route("OPTIONS", f"{path}/{{resource_id}}", f"{name}SessionOptions", door, "conferences.doors",
                  "What the session takes; with a token: the STUN and TURN servers", status=204, headers="media"),
            Route("DELETE", f"{path}/{{resource_id}}", f"{name}HangUp", hang_up, "conferences.media", "End it",
                  headers="media"),
            Route("PATCH", f"{path}/{{resource_id}}", f"{name}Trickle", trickle, "conferences.media",
                  "Tell candidates, or restart ICE (If-Match: *)", raw=(TRICKLE,), max_bytes=100_000,
                  produces=TRICKLE, also=(204, 400, 412, 428), headers="media"),
        ]  # fmt: skip
    return rows


def build_links(servers: list[IceServer]) -> list[str]:
    """Write STUN and TURN servers as values of the header Link (RFC 9725 4.4).

    >>> build_links([IceServer(urls=["turn:t.example?transport=udp"], username="9:a", credential="S=")])
    ['<turn:t.example?transport=udp>; rel="ice-server"; username="9:a"; credential="S="; credential-type="password"']
    """
    links = []
    for server in servers:
        shown = ""
        if server.username is not None and server.credential is not None:
            shown = f'; username="{server.username}"; credential="{server.credential}"; credential-type="password"'
        links += [f'<{url}>; rel="ice-server"{shown}' for url in server.urls]
    return links


def read_tags(values: list[str]) -> list[str]:
    """Read the header If-Match (RFC 9110 13.1.1): the entity tags in it; none for "*".

    Weak tags, which never match here, are left out with what cannot be read.
    raises   Refusal  428, it is not there; 412, nothing in it can match

    >>> read_tags(['"a1b2", W/"c3"', '"d4"'])
    ['a1b2', 'd4']
    """
    text = ",".join(values).strip()
    if not text:
        raise Refusal("rtc.if_match_required", 428)
    if text == "*":
        return []
    tags = [tag for weak, tag in _TAG.findall(text) if not weak]
    if not tags:
        raise Refusal("rtc.ice_changed", 412)
    return tags


def _sdp(asked: Asked) -> str:
    if not asked.body.startswith(b"v=0"):
        raise Invalid("rtc.bad_sdp", 400)
    text: str = asked.body.decode("utf-8", "replace")
    return text
