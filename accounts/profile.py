"""One's own data, picture, preferences and password (CC-140..144, PBX-015, PBX-016)."""

import asyncio
import zoneinfo

from accounts import payloads
from accounts.events import person_changed
from accounts.file_links import StoredFile
from accounts.passwords import Passwords
from accounts.rights import Actor, demand
from accounts.sign_in import demand_password, end_all_sessions
from accounts.views import profile_view
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Conflict, Invalid, NotFound
from files.pictures import NotAPicture, PictureForm, Pictures, PictureTooLarge
from storage.accounts.people import Person, change_party, change_person, find_party, find_person
from storage.accounts.sign_ins import find_sign_in, set_password_hash
from storage.audit import note
from storage.conversations.conversations import companions_of
from storage.disk.blobs import Blobs
from storage.engine.database import Database, Transaction

MAX_AVATAR_BYTES = 8_000_000
AVATAR = PictureForm(MAX_AVATAR_BYTES, side_px=256, quality=85, square=True)


class ProfileService:
    """What a person may change of their own."""

    def __init__(
        self, database: Database, clock: Clock, blobs: Blobs, pictures: Pictures, passwords: Passwords
    ) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._passwords = passwords
        self._attempts = TokenBuckets(10, 10 / 60)
        self._pictures = pictures

    async def get(self, actor: Actor) -> payloads.Profile:
        """Return one's own profile."""
        demand(actor, "profile.change")
        return profile_view(await self._database.read(lambda tx: _me(tx, actor)))

    async def change(self, actor: Actor, body: payloads.ProfileBody) -> payloads.Profile:
        """Change names, position, language, time zone or ring sound; raises Conflict when changed meanwhile."""
        demand(actor, "profile.change")
        if body.time_zone is not None and body.time_zone not in zoneinfo.available_timezones():
            raise Invalid("accounts.unknown_time_zone")

        def store(tx: Transaction) -> payloads.Profile:
            me = _me(tx, actor)
            changes = body.model_dump(exclude={"version"}, exclude_none=True)
            if not change_person(tx, me, body.version, changes):
                raise Conflict("core.changed_meanwhile")
            person_changed(tx, me)
            note(tx, actor.organisation_id, actor.party_id, "profile.changed", "person", me.id, **changes)
            return profile_view(_me(tx, actor))

        return await self._database.write(store)

    async def change_password(self, actor: Actor, body: payloads.ChangePasswordBody) -> None:
        """Replace the password; other sessions of the sign-in end (PBX-016).

        raises   Invalid  the old password is wrong, or the new one is one that guessers try first
                 Limited  too many attempts
        """
        demand(actor, "profile.change")
        self._attempts.take(actor.party_id, self._clock.monotonic_ns())
        me = await self._database.read(lambda tx: _me(tx, actor))
        sign_in = await self._database.read(lambda tx: find_sign_in(tx, me.sign_in_id))
        if sign_in is None or not await self._passwords.matches(
            body.old_password, sign_in.password_hash, block=actor.party_id, familiar=True
        ):
            raise Invalid("accounts.wrong_old_password")
        await self._database.read(lambda tx: demand_password(tx, me.sign_in_id, body.new_password))
        password_hash = await self._passwords.hash(body.new_password)

        def store(tx: Transaction) -> None:
            set_password_hash(tx, me.sign_in_id, password_hash)
            end_all_sessions(tx, me.sign_in_id, but=actor.session_id)
            note(tx, actor.organisation_id, actor.party_id, "password.changed", "person", me.id)

        await self._database.write(store)

    async def set_avatar(self, actor: Actor, content: bytes) -> payloads.Profile:
        """Take a picture of any usual format; it is cropped square and encoded anew, so nothing else comes with it.

        raises   Invalid  it is no picture, or too large; Limited, Unavailable  too many of them at once
        """
        demand(actor, "profile.change")
        try:
            picture = await self._pictures.draw(content, AVATAR, actor.party_id)
        except PictureTooLarge as error:
            raise Invalid("accounts.picture_too_large", megabytes=MAX_AVATAR_BYTES // 1_000_000) from error
        except NotAPicture as error:
            raise Invalid("accounts.not_a_picture") from error
        digest = await asyncio.to_thread(self._blobs.put, picture.content)
        return await self._store_avatar(actor, digest)

    async def remove_avatar(self, actor: Actor) -> payloads.Profile:
        """Go back to initials."""
        demand(actor, "profile.change")
        return await self._store_avatar(actor, None)

    async def avatar(self, actor: Actor, person_id: str) -> bytes:
        """Return somebody's picture (WebP) for whoever may see the person.

        raises   NotFound  no picture, no such person, or not for this one
        """
        demand(actor, "people.see")

        file = await self._database.read(lambda tx: avatar_file(tx, actor, person_id))
        content = await asyncio.to_thread(self._blobs.read, file.digest) if file else None
        if content is None:
            raise NotFound("accounts.no_picture")
        return content

    async def _store_avatar(self, actor: Actor, digest: str | None) -> payloads.Profile:
        def store(tx: Transaction) -> payloads.Profile:
            me = _me(tx, actor)
            change_party(tx, actor.organisation_id, me.id, avatar_hash=digest)
            person_changed(tx, me)
            note(tx, actor.organisation_id, actor.party_id, "profile.picture_changed", "person", me.id)
            return profile_view(_me(tx, actor))

        return await self._database.write(store)


def avatar_file(tx: Transaction, actor: Actor, person_id: str) -> StoredFile | None:
    """Return somebody's picture for whoever may see the person; the rule of file links for "avatar"."""
    party = find_party(tx, actor.organisation_id, person_id)
    if party is None or party.avatar_hash is None or not _may_see(tx, actor, person_id):
        return None
    return StoredFile(party.avatar_hash, f"{party.name}.webp", "image/webp")


def _me(tx: Transaction, actor: Actor) -> Person:
    person = find_person(tx, actor.organisation_id, actor.party_id)
    if person is None:
        raise NotFound("accounts.person_not_found")
    return person


def _may_see(tx: Transaction, actor: Actor, person_id: str) -> bool:
    if person_id == actor.party_id or actor.role in ("admin", "api_key"):
        return True
    person = find_person(tx, actor.organisation_id, person_id)
    if person is not None and person.group_id == actor.group_id:
        return True
    return person_id in companions_of(tx, actor.party_id)
