"""An organisation's sounds: uploaded once, made ready to be played once, and put where media workers read them."""

import asyncio
from pathlib import Path

from accounts.rights import Actor, demand
from conversations.calls import sound_payloads as payloads
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from rtc.playing.convert_in_child import Converter
from storage.audit import note
from storage.calls.sounds import Sound, Tune, add_sound, delete_sound, find_sound, find_tune, is_playing, list_sounds
from storage.desk.channels import is_announcement
from storage.disk.blobs import Blobs
from storage.disk.whole_files import write_whole
from storage.engine.database import Database, Transaction
from storage.unused_blobs import remove_blob_later

MAX_SOUND_BYTES = 60_000_000
MAX_SOUNDS = 500
# The longest greeting, hold music, or whatever else is uploaded to be heard in calls.
LONGEST_SOUND_S = 30 * 60
_LOOKED_AT = 4096


class SoundService:
    """What staff do with sounds.

    folder   where this process's media workers find them
    """

    def __init__(self, database: Database, blobs: Blobs, folder: Path) -> None:
        self._database = database
        self._blobs = blobs
        self._folder = folder
        self._converter = Converter(LONGEST_SOUND_S)

    async def add(self, actor: Actor, name: str, content: bytes) -> payloads.Sound:
        """Take a sound file of any format.

        raises   Invalid  it cannot be read, has no sound, is too long; Conflict  there are too many
        """
        demand(actor, "sounds.manage")
        if _is_text(content):  # so are play lists, which only name other files
            raise Invalid("rtc.sound_broken")
        made = await self._converter.convert(content)
        digest = await asyncio.to_thread(self._blobs.put, made.content)

        def store(tx: Transaction) -> Sound:
            if len(list_sounds(tx, actor.organisation_id)) >= MAX_SOUNDS:
                raise Conflict("conversations.too_many_sounds", most=MAX_SOUNDS)
            sound = Sound(
                id=new_id(),
                organisation_id=actor.organisation_id,
                name=name,
                digest=digest,
                duration_ms=made.duration_ms,
                channels=made.channels,
                added_by=actor.party_id,
                added_at_ms=tx.now_ms,
            )
            add_sound(tx, sound)
            note(tx, actor.organisation_id, actor.party_id, "sound.added", "sound", sound.id, name=name)
            return sound

        return sound_view(await self._database.write(store))

    async def keep(self, organisation_id: str, party_id: str, tune: Tune, content: bytes) -> str:
        """Return the id of a sound of the server's own in an organisation, made ready when it is not there yet.

        party_id   for whom it is made first
        """
        found = await self._database.read(lambda tx: find_tune(tx, organisation_id, tune))
        if found is not None:
            return found.id
        made = await self._converter.convert(content)
        digest = await asyncio.to_thread(self._blobs.put, made.content)

        def store(tx: Transaction) -> str:
            known = find_tune(tx, organisation_id, tune)
            if known is not None:
                return known.id
            sound = Sound(
                id=new_id(),
                organisation_id=organisation_id,
                name=tune,
                digest=digest,
                duration_ms=made.duration_ms,
                channels=made.channels,
                added_by=party_id,
                added_at_ms=tx.now_ms,
                tune=tune,
            )
            add_sound(tx, sound)
            return sound.id

        # Another server process may store it at this moment.
        return await self._database.write_retrying(store)

    async def list(self, actor: Actor) -> payloads.Sounds:
        """Return the organisation's sounds."""
        demand(actor, "sounds.manage")
        found = await self._database.read(lambda tx: list_sounds(tx, actor.organisation_id))
        return payloads.Sounds(items=[sound_view(sound) for sound in found])

    async def content(self, actor: Actor, sound_id: str) -> bytes:
        """Return a sound as calls hear it, an Ogg Opus file; raises NotFound."""
        demand(actor, "sounds.manage")
        sound = await self._database.read(lambda tx: find_sound(tx, actor.organisation_id, sound_id))
        if sound is None:
            raise NotFound("conversations.sound_not_found")
        content = await asyncio.to_thread(self._blobs.read, sound.digest)
        if content is None:
            raise NotFound("conversations.sound_not_found")
        return content

    async def remove(self, actor: Actor, sound_id: str) -> None:
        """Delete a sound; raises NotFound, Conflict  it plays somewhere, or callers are to hear it."""
        demand(actor, "sounds.manage")

        def store(tx: Transaction) -> str:
            sound = find_sound(tx, actor.organisation_id, sound_id)
            if sound is None:
                raise NotFound("conversations.sound_not_found")
            if is_playing(tx, sound_id):
                raise Conflict("conversations.sound_in_use")
            if is_announcement(tx, sound_id):
                raise Conflict("conversations.sound_is_announcement")
            delete_sound(tx, actor.organisation_id, sound_id)
            remove_blob_later(tx, sound.digest)
            note(tx, actor.organisation_id, actor.party_id, "sound.removed", "sound", sound_id, name=sound.name)
            return sound.digest

        digest = await self._database.write(store)
        # Whoever plays the same file has it open; whoever starts to is provided with it again.
        await asyncio.to_thread((self._folder / digest).unlink, missing_ok=True)

    async def provide(self, digest: str) -> None:
        """See to it that this process's media workers have the file."""
        await asyncio.to_thread(self._provide, digest)

    def _provide(self, digest: str) -> None:
        path = self._folder / digest
        if path.exists():
            return
        content = self._blobs.read(digest)
        if content is None:
            raise NotFound("rtc.sound_not_found")
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)


def sound_view(sound: Sound) -> payloads.Sound:
    """A sound as it leaves the server."""
    return payloads.Sound(
        id=sound.id, name=sound.name, tune=sound.tune, duration_ms=sound.duration_ms, channels=sound.channels
    )


def _is_text(content: bytes) -> bool:
    return all(one >= 32 or one in b"\t\r\n" for one in content[:_LOOKED_AT]) and content[:_LOOKED_AT].isascii()
