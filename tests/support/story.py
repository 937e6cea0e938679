"""A group conversation with everything in it, and a client that follows it by events alone."""

from typing import Any

from accounts.rights import Actor, rights_of
from conversations.payloads import NewConversationBody
from core.ids import new_id
from server.payloads import STORED_EVENTS
from storage.accounts.people import Party, add_party
from storage.engine.database import Transaction
from storage.engine.event_log import events_after, newest_event_id
from storage.engine.events import Event
from tests.signaling.conftest import Someone, World
from tests.support.applier import Held, comparable
from tests.support.rows import a_person


class Story:
    """A group conversation with everything in it, and a client of Bartek's that follows by events alone."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.real_time = world.node.real_time
        self.seen: list[Event] = []
        self.last_id = 0
        self.held = Held(world.bartek.id)
        self.conversation_id = ""
        self.message = ""
        self.conference_id = ""
        self.dorota = world.anna
        self.machine = Actor("api_key")

    async def begin(self) -> None:
        organisation_id = self.world.cast.organisation_id

        def make(tx: Transaction) -> str:
            add_party(tx, Party("machine", organisation_id, "api_key", "System", None, tx.now_ms))
            return a_person(tx, organisation_id, self.world.cast.staff, "Dorota", "Sęk")

        self.dorota = await self.world.sign_in(organisation_id, await self.world.database.write(make))
        self.machine = Actor(
            "api_key", organisation_id=organisation_id, party_id="machine", rights=rights_of("api_key")
        )
        made, _ = await self.real_time.talks.conversations.start(
            self.world.anna.actor,
            NewConversationBody(kind="group", title="Pompa", member_ids=[self.world.bartek.id]),
        )
        self.conversation_id = made.id
        self.message = await self.post(self.world.anna, "stara")
        await self.post(self.world.bartek, "moja")
        await self.fetch()

    async def post(self, who: Someone, text: str) -> str:
        message, _ = await self.real_time.talks.messages.post(who.actor, self.conversation_id, new_id(), text)
        return message.id

    async def fetch(self) -> None:
        """Take a fresh snapshot, as a client that was just opened."""
        self.held = Held(self.world.bartek.id)
        self.held.conversations = await self.fresh()
        self.held.messages = {key: await self.fresh_messages(key) for key in self.held.conversations}
        self.held.lobbies = await self.fresh_lobbies()
        self.last_id = await self.world.database.read(newest_event_id)

    async def fresh(self) -> dict[str, Any]:
        page = await self.real_time.talks.conversations.page(self.world.bartek.actor)
        return {one.id: one.model_dump(mode="json") for one in page.items}

    async def fresh_messages(self, conversation_id: str) -> dict[str, Any]:
        page = await self.real_time.talks.messages.page(self.world.bartek.actor, conversation_id, limit=200)
        return {one.id: one.model_dump(mode="json") for one in page.items}

    async def fresh_lobbies(self) -> dict[str, Any]:
        bartek, lobby = self.world.bartek.actor, self.real_time.calls.lobby
        return {key: (await lobby.lobby(bartek, key)).model_dump(mode="json") for key in self.held.conversations}

    async def follow(self) -> set[str]:
        """Apply what Bartek's socket would have heard; return the kinds."""
        events = await self.world.database.read(lambda tx: events_after(tx, self.last_id))
        kinds = set()
        rooms = {f"party:{self.world.bartek.id}"} | {f"conversation:{one}" for one in self.held.conversations}
        for event in events:
            self.last_id = event.id
            if rooms.isdisjoint(event.rooms):
                continue
            payload = STORED_EVENTS[event.kind].model_validate_json(event.payload).model_dump(mode="json")
            if event.kind == "conversation:added":
                rooms.add(f"conversation:{payload['conversation']['id']}")
            if event.kind == "conversation:removed":
                rooms.discard(f"conversation:{payload['conversation_id']}")
            kinds.add(event.kind)
            self.held.apply(event.kind, payload)
        return kinds

    async def compare(self) -> None:
        fresh = await self.fresh()
        assert {key: comparable(one) for key, one in self.held.conversations.items()} == {
            key: comparable(one) for key, one in fresh.items()
        }
        fresh_lobbies = await self.fresh_lobbies()
        assert self.held.lobbies == {key: fresh_lobbies[key] for key in self.held.lobbies}
        for conversation_id, held in self.held.messages.items():
            assert held == {
                key: row for key, row in (await self.fresh_messages(conversation_id)).items() if key in held
            }
