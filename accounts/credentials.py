"""From a secret to an actor: sessions, API keys, conference, guest and visitor tokens, and the operator's key."""

import contextlib
import hmac
from typing import Literal

from accounts.rights import Actor, rights_of
from accounts.secrets import hash_secret
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Limited
from core.languages import DEFAULT_LANGUAGE, Language
from core.networks import address_block
from core.settings import Settings
from storage.accounts.people import note_seen
from storage.accounts.sessions import (
    ApiKey,
    Holder,
    find_api_key,
    find_api_key_of,
    find_conference_token,
    find_holder,
    find_holder_of,
    touch_api_key,
    touch_session,
)
from storage.calls.guests import find_guest_by_token
from storage.desk.visitors import Visitor, find_visitor, find_visitor_by_token
from storage.engine.database import Database, Transaction

_TOUCH_EVERY_MS = 5 * 60_000
_DAY_MS = 86_400_000
_MAX_TOKEN = 400


def anonymous(language: Language, address: str) -> Actor:
    """Nobody: what a request without a credential is."""
    return Actor("anonymous", language=language, address=address, rights=rights_of("anonymous"))


class Credentials:
    """Looks up every kind of credential. What it finds is true at the moment of the look-up."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._guesses = TokenBuckets(settings.rate_request_burst, settings.rate_request_per_s)

    async def session(self, token: str, *, kind: str, address: str) -> Actor | None:
        """Return the person who holds a session, or None; using one prolongs it.

        kind   "session" from the cookie, "bearer" from a header
        """
        if not 10 <= len(token) <= _MAX_TOKEN:
            return None
        token_hash = hash_secret(token)
        holder, now_ms = await self._database.read(lambda tx: (find_holder(tx, token_hash), tx.now_ms))
        if holder is None:
            return None
        if now_ms - holder.last_seen_at_ms > _TOUCH_EVERY_MS:
            await self._database.write(lambda tx: self._touch(tx, holder))
        return _person(holder, "bearer" if kind == "bearer" else "session", address)

    async def bearer(self, token: str, *, language: Language, address: str) -> Actor | None:
        """Return whoever holds a bearer credential of any kind, or None.

        raises   Limited  too many came from the address block that nobody holds; before anything is looked up
        """
        block, now_ns = address_block(address), self._clock.monotonic_ns()
        self._guesses.demand(block, now_ns)
        found = await self._bearer(token, language, address)
        if found is None:
            with contextlib.suppress(Limited):
                self._guesses.take(block, now_ns)
        return found

    async def _bearer(self, token: str, language: Language, address: str) -> Actor | None:
        if not 4 <= len(token) <= _MAX_TOKEN:
            return None
        operator_key = self._settings.operator_key.get_secret_value()
        if operator_key and hmac.compare_digest(hash_secret(token), hash_secret(operator_key)):
            return Actor("operator", role="operator", language=language, address=address, rights=rights_of("operator"))
        if token.startswith("cek_"):
            return await self._api_key(token, language, address)
        if token.startswith("cec_"):
            return await self._conference_token(token, language, address)
        if token.startswith("ceg_"):
            return await self._guest(token, address)
        if token.startswith("cev_"):
            return await self._visitor(token, address)
        return await self.session(token, kind="bearer", address=address)

    async def of_socket(self, token: str, kind: str, address: str, language: Language) -> Actor | None:
        """Return whoever opens a socket with a token, from the cookie ("session") or shown ("bearer"), or None."""
        if kind == "bearer":
            return await self.bearer(token, language=language, address=address)
        return await self.session(token, kind="session", address=address)

    async def _api_key(self, token: str, language: Language, address: str) -> Actor | None:
        token_hash = hash_secret(token)
        key, now_ms = await self._database.read(lambda tx: (find_api_key(tx, token_hash), tx.now_ms))
        if key is None:
            return None
        key_id = key.id
        if now_ms - (key.last_used_at_ms or 0) > _TOUCH_EVERY_MS:
            await self._database.write(lambda tx: touch_api_key(tx, key_id))
        return _program(key, language, address)

    async def _guest(self, token: str, address: str) -> Actor | None:
        token_hash = hash_secret(token)
        found = await self._database.read(lambda tx: find_guest_by_token(tx, token_hash))
        if found is None:
            return None
        return Actor(
            "guest",
            organisation_id=found.organisation_id,
            party_id=found.id,
            name=found.name,
            role="guest",
            language=found.language,
            address=address,
            rights=rights_of("guest"),
        )

    async def _visitor(self, token: str, address: str) -> Actor | None:
        token_hash = hash_secret(token)
        found = await self._database.read(lambda tx: find_visitor_by_token(tx, token_hash))
        return visitor_actor(found, address) if found else None

    async def _conference_token(self, token: str, language: Language, address: str) -> Actor | None:
        token_hash = hash_secret(token)
        found = await self._database.read(lambda tx: find_conference_token(tx, token_hash))
        if found is None:
            return None
        return Actor(
            "conference",
            organisation_id=found.organisation_id,
            party_id=found.party_id,
            role="conference",
            session_id=found.session_id,
            language=language,
            address=address,
            conference_id=found.conference_id,
            publish=found.publish,
            receive=found.receive,
            rights=rights_of("conference"),
        )

    def _touch(self, tx: Transaction, holder: Holder) -> None:
        touch_session(tx, holder.session_id, tx.now_ms + self._settings.session_days * _DAY_MS)
        note_seen(tx, holder.person_id, tx.now_ms)


def holder_of(tx: Transaction, organisation_id: str, party_id: str, session_id: str | None) -> Actor | None:
    """Return who made a credential, as they are now; None when the session ended or the API key was revoked.

    A visitor has neither; what they may is theirs as long as they are known.
    """
    if session_id is None:
        visitor = find_visitor(tx, organisation_id, party_id)
        if visitor is not None:
            return visitor_actor(visitor)
        key = find_api_key_of(tx, party_id)
        return _program(key, DEFAULT_LANGUAGE, "") if key and key.organisation_id == organisation_id else None
    holder = find_holder_of(tx, session_id)
    if holder is None or (holder.organisation_id, holder.person_id) != (organisation_id, party_id):
        return None
    return _person(holder, "bearer", "")


def visitor_actor(visitor: Visitor, address: str = "") -> Actor:
    """Return a visitor as somebody who asks."""
    return Actor(
        "visitor",
        organisation_id=visitor.organisation_id,
        party_id=visitor.id,
        name=visitor.name,
        role="visitor",
        language=visitor.language,
        address=address,
        rights=rights_of("visitor"),
    )


def _person(holder: Holder, kind: Literal["session", "bearer"], address: str) -> Actor:
    return Actor(
        kind=kind,
        organisation_id=holder.organisation_id,
        party_id=holder.person_id,
        name=holder.name,
        avatar_hash=holder.avatar_hash,
        role=holder.role,
        group_id=holder.group_id,
        group_kind=holder.group_kind,
        session_id=holder.session_id,
        language=holder.language,
        address=address,
        rights=rights_of(holder.role),
    )


def _program(key: ApiKey, language: Language, address: str) -> Actor:
    return Actor(
        "api_key",
        organisation_id=key.organisation_id,
        party_id=key.id,
        name=key.name,
        role="api_key",
        language=language,
        address=address,
        rights=rights_of("api_key"),
    )
