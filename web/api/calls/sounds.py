"""Rows for sounds that calls can hear, and for what plays in a conference."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from conversations.calls import sound_payloads as payloads
from conversations.calls.announcements import Announcements
from conversations.calls.sounds import LONGEST_SOUND_S, MAX_SOUND_BYTES, SoundService
from core.payloads import Name
from web.route import Answered, Asked, Query, Route


class SoundQuery(Query):
    """What a sound is called."""

    name: Annotated[Name, Field(examples=["Powitanie"])]


def sound_routes(sounds: SoundService, announcements: Announcements) -> list[Route]:
    """Return the rows under /sounds and a conference's player."""

    async def add(asked: Asked) -> Answered:
        return Answered(await sounds.add(asked.actor, asked.query.name, asked.body), 201)

    async def list_all(asked: Asked) -> payloads.Sounds:
        return await sounds.list(asked.actor)

    async def content(asked: Asked) -> web.Response:
        heard = await sounds.content(asked.actor, asked.path("sound_id"))
        return web.Response(body=heard, content_type="audio/ogg")

    async def remove(asked: Asked) -> None:
        await sounds.remove(asked.actor, asked.path("sound_id"))

    async def play(asked: Asked) -> payloads.Player:
        return await announcements.play(asked.actor, asked.path("conference_id"), asked.body)

    async def stop(asked: Asked) -> None:
        await announcements.stop(asked.actor, asked.path("conference_id"))

    return [
        Route("POST", "/sounds", "addSound", add, "sounds.manage",
              f"Upload a sound file of any format, of {LONGEST_SOUND_S // 60} minutes at most", raw=("*/*",), query=SoundQuery,
              max_bytes=MAX_SOUND_BYTES, answer=payloads.Sound, status=201),
        Route("GET", "/sounds", "listSounds", list_all, "sounds.manage", "The organisation's sounds",
              answer=payloads.Sounds),
        # A sound never changes; another recording is another sound.
        Route("GET", "/sounds/{sound_id}/content", "getSoundContent", content, "sounds.manage",
              "A sound as calls hear it, as Ogg Opus", produces="audio/ogg", caching="private"),
        Route("DELETE", "/sounds/{sound_id}", "removeSound", remove, "sounds.manage", "Delete a sound", status=204,
              also=(409,)),
        Route("POST", "/conferences/{conference_id}/player", "startPlayer", play, "conferences.moderate",
              "Let a conference, or one person in it, hear a sound in place of what plays there", body=payloads.PlayBody,
              answer=payloads.Player, also=(409,)),
        Route("DELETE", "/conferences/{conference_id}/player", "stopPlayer", stop, "conferences.moderate",
              "End what plays in a conference", status=204),
    ]  # fmt: skip
