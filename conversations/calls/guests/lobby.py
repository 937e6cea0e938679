"""The lobby: guests ask to be let in, moderators open the door or do not.

How it works: whoever waits has a row, a token and nothing else, in particular no transports, so that nothing of the call
can reach them; being admitted is the state that lets them take a seat in one conference. The row outlives the socket: a
page that reloads or is cut for less than the grace goes on waiting at its place, one that is away longer waits again when it
returns. Truth that two moderators race for is one conditional UPDATE.
"""

from accounts.rights import Actor, demand
from accounts.secrets import hash_secret, make_secret
from conversations.calls.guests.links import demand_open, good_link
from conversations.calls.guests.names import clean_name
from conversations.calls.guests.payloads import GuestEntered, GuestState, Lobby, NewGuestBody
from conversations.calls.guests.states import FreeSeat, guest_state, lobby_view, moderator_ids, move_guest
from conversations.messages.access import demand_member
from core.buckets import TokenBuckets
from core.clock import Clock
from core.ephemerals import Ephemeral, Ephemerals, party_scope, send_all
from core.errors import Conflict, Forbidden, Limited, NotFound, SignInRequired
from core.ids import new_id
from core.networks import address_block
from core.settings import Settings
from storage.accounts.people import Party, add_party
from storage.audit import note
from storage.calls.conferences import running_conferences
from storage.calls.guests import (
    Guest,
    GuestStateName,
    add_guest,
    count_waiting,
    doors_with_guests,
    find_guest,
    find_guest_link,
    place_guest,
    use_guest_link,
    waiting_at_node,
    waiting_guests,
)
from storage.conversations.conversations import lock_conversation
from storage.engine.database import Database, Transaction

# More people than this at one door are an attack or an audience; neither can be admitted one by one.
MAX_WAITING = 30
MAX_WAITING_BY_LINK = 20
_LINK_BURST, _LINK_PER_S = 30, 0.5
_FULL_RETRY_S = 30


class LobbyService:
    """What guests and moderators do at the door."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, ephemerals: Ephemerals, free_seat: FreeSeat
    ) -> None:
        self._database = database
        self._clock = clock
        self._ephemerals = ephemerals
        self._free_seat = free_seat
        self._addresses = TokenBuckets(settings.rate_guest_burst, settings.rate_guest_per_minute / 60)
        self._links = TokenBuckets(_LINK_BURST, _LINK_PER_S)

    # -- what guests do -----------------------------------------------------------------------------

    async def enter(self, actor: Actor, body: NewGuestBody) -> GuestEntered:
        """Come by a link. They wait from the moment their page connects its socket: nobody stands there without one.

        raises   NotFound, Conflict  the link is no good; Invalid  the name has no letter; Limited  too many ask
        """
        demand(actor, "guests.enter")
        now_ns = self._clock.monotonic_ns()
        self._addresses.take(address_block(actor.address), now_ns)
        self._links.take(body.token, now_ns)
        name = clean_name(body.name)
        secret = make_secret("ceg")

        def store(tx: Transaction) -> GuestState:
            link = good_link(tx, body.token)
            lock_conversation(tx, link.conversation_id)
            _demand_room(tx, link.conversation_id, link.id)
            guest = Guest(
                id=new_id(),
                organisation_id=link.organisation_id,
                conversation_id=link.conversation_id,
                link_id=link.id,
                state="away",
                conference_id=None,
                node_id=None,
                language=body.language,
                asked_at_ms=tx.now_ms,
                changed_at_ms=tx.now_ms,
                name=name,
            )
            add_party(tx, Party(guest.id, guest.organisation_id, "guest", name, None, tx.now_ms))
            add_guest(tx, guest, hash_secret(secret))
            return guest_state(tx, guest)

        return GuestEntered(token=secret, guest=await self._database.write(store))

    async def state(self, actor: Actor) -> GuestState:
        """Return where a guest stands."""
        demand(actor, "guests.attend")
        return await self._database.read(lambda tx: guest_state(tx, _own(tx, actor)))

    async def wait(self, actor: Actor) -> GuestState:
        """Be let wait again, after leaving or when the call ended; who waits or is admitted stays so.

        raises   Forbidden  they were refused or put out; Conflict  the link is no good any more; Limited
        emits    guest:changed
        """
        demand(actor, "guests.attend")
        self._addresses.take(address_block(actor.address), self._clock.monotonic_ns())

        def store(tx: Transaction) -> GuestState:
            guest = _own(tx, actor)
            if guest.state in ("refused", "removed", "revoked", "expired"):
                raise Forbidden("conversations.guest_refused")
            if guest.state not in ("waiting", "away", "admitted"):
                _move_to_door(tx, guest, "away")
            return guest_state(tx, _own(tx, actor))

        return await self._database.write(store)

    async def leave(self, actor: Actor) -> None:
        """Stop waiting, or go from the call; doing so twice is as good as once.

        emits   guest:changed, lobby:changed; participant:left
        """
        demand(actor, "guests.attend")

        def store(tx: Transaction) -> list[Ephemeral]:
            guest = _own(tx, actor)
            if guest.state not in ("waiting", "away", "admitted"):
                return []
            return self._out(tx, guest, "left")

        send_all(self._ephemerals, await self._database.write(store))

    # -- what moderators do ---------------------------------------------------------------------------

    async def lobby(self, actor: Actor, conversation_id: str) -> Lobby:
        """Return who waits at the door of a conversation's call.

        raises   NotFound; Forbidden  the actor may not open it
        """
        demand(actor, "guests.admit")

        def load(tx: Transaction) -> Lobby:
            _demand_moderator(tx, actor, conversation_id)
            return lobby_view(tx, actor.organisation_id, conversation_id)

        return await self._database.read(load)

    async def waiting(self, actor: Actor) -> list[Ephemeral]:
        """Return what the actor is to know of every door with somebody before it, for a tab that just connected."""

        def load(tx: Transaction) -> list[Ephemeral]:
            told = []
            for conversation_id in doors_with_guests(tx, actor.party_id):
                if actor.party_id in moderator_ids(tx, conversation_id):
                    lobby = lobby_view(tx, actor.organisation_id, conversation_id)
                    payload = f'{{"lobby":{lobby.model_dump_json()}}}'
                    told.append(Ephemeral((party_scope(actor.party_id),), "lobby:changed", payload))
            return told

        return await self._database.read(load) if "guests.admit" in actor.rights else []

    async def admit(self, actor: Actor, conversation_id: str, guest_id: str | None) -> Lobby:
        """Let somebody in who waits, or all who do; one who was let in by another moderator is in all the same.

        raises   NotFound; Forbidden; Conflict  no call runs, or the link's limit of uses is reached
        emits    guest:changed, lobby:changed
        """
        demand(actor, "guests.admit")

        def store(tx: Transaction) -> Lobby:
            _demand_moderator(tx, actor, conversation_id)
            running = running_conferences(tx, [conversation_id])
            if not running:
                raise Conflict("conversations.no_call_to_admit_to")
            wanted = (
                waiting_guests(tx, conversation_id)
                if guest_id is None
                else [_guest_of(tx, actor, conversation_id, guest_id)]
            )
            for guest in wanted:
                if guest.state == "waiting":
                    _admit(tx, actor, guest, running[0].id, alone=guest_id is not None)
            return lobby_view(tx, actor.organisation_id, conversation_id)

        return await self._database.write(store)

    async def put_out(self, actor: Actor, conversation_id: str, guest_id: str) -> Lobby:
        """Refuse somebody who waits, or remove a guest from the call; they cannot ask again as the same guest.

        raises   NotFound, Forbidden
        emits    guest:changed, lobby:changed; participant:left
        """
        demand(actor, "guests.admit")

        def store(tx: Transaction) -> tuple[Lobby, list[Ephemeral]]:
            _demand_moderator(tx, actor, conversation_id)
            guest = _guest_of(tx, actor, conversation_id, guest_id)
            told: list[Ephemeral] = []
            if guest.state in ("waiting", "away", "admitted"):
                state: GuestStateName = "removed" if guest.state == "admitted" else "refused"
                told = self._out(tx, guest, state)
                _note(tx, actor, guest, f"guest.{state}")
            return lobby_view(tx, actor.organisation_id, conversation_id), told

        view, told = await self._database.write(store)
        send_all(self._ephemerals, told)
        return view

    # -- what happens by itself -----------------------------------------------------------------------

    async def arrived(self, actor: Actor, node_id: str) -> GuestState:
        """A guest's page connected through a process: who was away waits.

        raises   SignInRequired  there is no such guest any more; Forbidden  they are out; Conflict, Limited
        emits    guest:changed, lobby:changed
        """

        def store(tx: Transaction) -> GuestState:
            guest = find_guest(tx, actor.organisation_id, actor.party_id)
            if guest is None:
                raise SignInRequired("accounts.sign_in_required")
            place_guest(tx, guest.id, node_id)
            if guest.state == "away":
                _move_to_door(tx, guest, "waiting")
            elif guest.state not in ("waiting", "admitted"):
                raise Forbidden("conversations.guest_refused")
            return guest_state(tx, _own(tx, actor))

        return await self._database.write(store)

    async def gone(self, organisation_id: str, guest_id: str, node_id: str) -> None:
        """A guest's page is gone for longer than the grace: they wait no more, unless another process has them."""

        def store(tx: Transaction) -> None:
            guest = find_guest(tx, organisation_id, guest_id)
            if guest is not None and guest.state == "waiting" and guest.node_id == node_id:
                move_guest(tx, guest, "away")

        await self._database.write(store)

    async def drop_node(self, node_id: str) -> None:
        """Nobody waits through a process that is gone; whose page connects elsewhere waits again."""

        def store(tx: Transaction) -> None:
            for guest in waiting_at_node(tx, node_id):
                move_guest(tx, guest, "away")

        await self._database.write(store)

    def _out(self, tx: Transaction, guest: Guest, state: GuestStateName) -> list[Ephemeral]:
        """Move a guest out of whatever they are in, and free their seat."""
        move_guest(tx, guest, state)
        return self._free_seat(tx, guest)


def _own(tx: Transaction, actor: Actor) -> Guest:
    guest = find_guest(tx, actor.organisation_id, actor.party_id)
    assert guest is not None
    return guest


def _move_to_door(tx: Transaction, guest: Guest, state: GuestStateName) -> None:
    """Let a guest wait, or come to wait, if the link still is good and there is room."""
    link = find_guest_link(tx, guest.organisation_id, guest.link_id)
    assert link is not None
    demand_open(tx, link)
    lock_conversation(tx, guest.conversation_id)
    _demand_room(tx, guest.conversation_id, link.id)
    move_guest(tx, guest, state)


def _demand_room(tx: Transaction, conversation_id: str, link_id: str) -> None:
    everybody, by_link = count_waiting(tx, conversation_id, link_id)
    if everybody >= MAX_WAITING or by_link >= MAX_WAITING_BY_LINK:
        raise Limited("conversations.lobby_full", retry_after_s=_FULL_RETRY_S)


def _demand_moderator(tx: Transaction, actor: Actor, conversation_id: str) -> None:
    demand_member(tx, actor, conversation_id)
    if actor.party_id not in moderator_ids(tx, conversation_id):
        raise Forbidden("conversations.not_yours_to_admit")


def _guest_of(tx: Transaction, actor: Actor, conversation_id: str, guest_id: str) -> Guest:
    guest = find_guest(tx, actor.organisation_id, guest_id)
    if guest is None or guest.conversation_id != conversation_id:
        raise NotFound("conversations.guest_not_found")
    return guest


def _admit(tx: Transaction, actor: Actor, guest: Guest, conference_id: str, *, alone: bool) -> None:
    """Let one in; who came by a link that is used up goes on waiting, and is refused by name when asked for alone."""
    # Somebody who was let in by this link before does not count again.
    if guest.conference_id is None and not use_guest_link(tx, guest.link_id):
        if alone:
            raise Conflict("conversations.guest_link_used_up")
        return
    if move_guest(tx, guest, "admitted", conference_id=conference_id):
        _note(tx, actor, guest, "guest.admitted")


def _note(tx: Transaction, actor: Actor, guest: Guest, act: str) -> None:
    note(
        tx, guest.organisation_id, actor.party_id, act, "conversation", guest.conversation_id,
        guest_id=guest.id, name=guest.name,
    )  # fmt: skip
