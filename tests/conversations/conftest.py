"""The rules without sockets, on SQLite and PostgreSQL: two organisations, and people who are signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import cast as cast_to

import pytest

from accounts.rights import Actor, rights_of
from conversations.calls.conferences import ConferenceService
from conversations.calls.media import ConferenceMedia
from conversations.calls.moderation import ModerationService
from conversations.cases import CaseService
from conversations.changes import ChangeService
from conversations.conversations import ConversationService
from conversations.forwarding import ForwardService
from conversations.messages.messages import MessageService
from conversations.messages.pins import PinService
from conversations.messages.reactions import ReactionService
from conversations.payloads import NewConversationBody
from conversations.search import SearchService
from core.buckets import TokenBuckets
from core.settings import Settings
from desk.visits.visiting import VisitAccess
from rtc.channel.requests import SetAudience
from storage.accounts.people import Party, add_party
from storage.engine.database import Database, Transaction
from tests.support.database_fixtures import clock, database, database_url, migrated_postgres_url, sqlite_template
from tests.support.realtime import actor_of
from tests.support.rows import Cast, SetClock, a_cast, a_person

__all__ = ["clock", "database", "database_url", "migrated_postgres_url", "sqlite_template"]


class Capacity:
    """Whether the media engine could carry one more conference."""

    left = True

    async def __call__(self) -> bool:
        return self.left


class Engine:
    """A media engine that does nothing, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def request(self, _: str, request: Any) -> None:
        self.asked.append(request)

    def audiences(self) -> dict[str, list[str] | None]:
        """Who gets the sound of whom, by participant, as it was asked last."""
        return {one.participant_id: one.audience for one in self.asked if isinstance(one, SetAudience)}


class Told:
    """Ephemeral events, as they were sent."""

    def __init__(self) -> None:
        self.all: list[tuple[tuple[str, ...], str, str]] = []

    def send(self, scopes: Sequence[str], kind: str, payload: str) -> None:
        self.all.append((tuple(scopes), kind, payload))

    def kinds(self, scope: str) -> list[str]:
        return [kind for scopes, kind, _ in self.all if scope in scopes]


@dataclass
class Rules:
    """The services, and who uses them."""

    database: Database
    clock: SetClock
    cast: Cast
    told: Told
    capacity: "Capacity"
    conversations: ConversationService
    messages: MessageService
    searching: SearchService
    reactions: ReactionService
    pins: PinService
    forwarding: ForwardService
    changes: ChangeService
    cases: CaseService
    conferences: ConferenceService
    engine: Engine
    moderation: ModerationService
    anna: Actor
    bartek: Actor
    celina: Actor
    ewa: Actor
    admin: Actor
    stranger: Actor
    machine: Actor

    async def group(self, *others: Actor, title: str = "Pompa") -> str:
        """A group that Anna started."""
        body = NewConversationBody(kind="group", title=title, member_ids=[one.party_id for one in others])
        made, _ = await self.conversations.start(self.anna, body)
        return made.id

    async def post(self, who: Actor, conversation_id: str, text: str, client_id: str | None = None) -> str:
        self.clock.move(0.001)
        count = len((await self.messages.page(who, conversation_id, limit=200)).items) if client_id is None else 0
        message, _ = await self.messages.post(who, conversation_id, client_id or f"client-{count:06}", text)
        return message.id


@pytest.fixture
async def rules(database: Database, clock: SetClock) -> Rules:
    cast = await database.write(a_cast)
    strangers = await database.write(lambda tx: a_cast(tx, "Obcy"))

    def make(tx: Transaction) -> tuple[str, str]:
        add_party(tx, Party("machine", cast.organisation_id, "api_key", "System", None, tx.now_ms))
        return (
            a_person(tx, cast.organisation_id, cast.customers, "Ewa", "Ćma", role="customer"),
            a_person(tx, cast.organisation_id, cast.staff, "Zofia", "Adamska", role="admin"),
        )

    ewa, admin = await database.write(make)

    async def actor(organisation_id: str, person_id: str) -> Actor:
        return await database.read(lambda tx: actor_of(tx, organisation_id, person_id))

    told, capacity, engine = Told(), Capacity(), Engine()
    return Rules(
        database=database,
        clock=clock,
        cast=cast,
        told=told,
        capacity=capacity,
        conversations=ConversationService(database, told),
        messages=MessageService(database, clock, TokenBuckets(50, 10.0), VisitAccess()),
        searching=SearchService(database),
        reactions=ReactionService(database, clock, TokenBuckets(50, 10.0)),
        pins=PinService(database),
        forwarding=ForwardService(database, clock, TokenBuckets(50, 10.0)),
        changes=ChangeService(database),
        cases=CaseService(database, told),
        conferences=ConferenceService(database, Settings(), told, capacity),
        engine=engine,
        moderation=ModerationService(database, told, cast_to(ConferenceMedia, engine)),
        anna=await actor(cast.organisation_id, cast.anna),
        bartek=await actor(cast.organisation_id, cast.bartek),
        celina=await actor(cast.organisation_id, cast.celina),
        ewa=await actor(cast.organisation_id, ewa),
        admin=await actor(cast.organisation_id, admin),
        stranger=await actor(strangers.organisation_id, strangers.anna),
        machine=Actor("api_key", organisation_id=cast.organisation_id, party_id="machine", rights=rights_of("api_key")),
    )
