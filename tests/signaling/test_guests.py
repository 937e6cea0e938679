"""Guests: from the link through the lobby into the call, and every way out again."""

import asyncio
import io
from dataclasses import dataclass
from typing import Any

import pytest
import socketio
from PIL import Image

from accounts.rights import Actor, rights_of
from conversations.calls.guests.names import clean_name
from conversations.calls.guests.payloads import GuestLinkBody, GuestState, NewGuestBody, NewGuestLinkBody
from conversations.payloads import NewConversationBody
from core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from core.settings import Settings
from storage.calls.guests import find_guest
from storage.conversations.conversations import add_member, remove_member
from tests.signaling.conftest import Someone, World
from tests.support.realtime import Node, Tab, until

LIMIT_S = 2.0


def nobody(address: str = "192.0.2.7") -> Actor:
    return Actor("anonymous", address=address, rights=rights_of("anonymous"))


@dataclass
class House:
    """Anna and Bartek, who are staff, and Celina, a customer, in one conversation; Anna's call may run there."""

    world: World
    talk: str

    @property
    def node(self) -> Node:
        return self.world.node

    async def link(self, **changes: Any) -> tuple[str, str]:
        """Make a link; return (id, secret)."""
        body = NewGuestLinkBody(**{"expires_in_s": 3600, **changes})
        made = await self.node.real_time.calls.guest_links.create(self.world.anna.actor, self.talk, body)
        return made.id, made.url.rpartition("#")[2]

    async def ask(self, secret: str, name: str = "Gość", address: str = "192.0.2.7") -> tuple[str, str]:
        """Ask by a link; return (guest's id, token)."""
        entered = await self.node.real_time.calls.lobby.enter(nobody(address), NewGuestBody(token=secret, name=name))
        return entered.guest.id, entered.token

    async def call(self, who: Someone | None = None) -> tuple[str, Tab]:
        """Start or join the call as somebody; return (conference, tab)."""
        someone = who or self.world.anna
        door, _ = await self.node.real_time.calls.conferences.start(someone.actor, self.talk)
        tab = await self.world.tab(someone)
        await tab.do("conference:join", conference_id=door.conference_id, instance_id="anna")
        return door.conference_id, tab

    async def admitted(self) -> tuple[str, str, str, Tab, Tab]:
        """A guest in Anna's call; return (link, conference, guest, the guest's tab, Anna's)."""
        link_id, secret = await self.link()
        conference_id, anna = await self.call()
        guest_id, token = await self.ask(secret)
        guest = await self.node.tab(token)
        await self.node.real_time.calls.lobby.admit(self.world.anna.actor, self.talk, guest_id)
        await guest.hear("guest:changed", lambda one: one["guest"]["state"] == "admitted")
        await guest.do("conference:join", conference_id=conference_id, instance_id="g", audio=True, video=True)
        await guest.do(
            "conference:publish", conference_id=conference_id, transport_id="p", sdp="v=0 offer....", sources={}
        )
        await guest.do("conference:receive", conference_id=conference_id, transport_id="r")
        return link_id, conference_id, guest_id, guest, anna

    async def state(self, guest_id: str) -> str:
        organisation_id = self.world.cast.organisation_id
        found = await self.world.database.read(lambda tx: find_guest(tx, organisation_id, guest_id))
        assert found is not None
        return found.state

    def transports(self, conference_id: str) -> dict[str, str]:
        found: dict[str, str] = self.node.channel.rooms.get(conference_id, {})
        return found


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"rate_guest_burst": 40}


@pytest.fixture
async def house(world: World) -> House:
    body = NewConversationBody(kind="group", title="Pompa", member_ids=[world.bartek.id])
    made, _ = await world.node.real_time.talks.conversations.start(world.anna.actor, body)
    await world.database.write(lambda tx: add_member(tx, world.cast.organisation_id, made.id, world.celina.id))
    return House(world, made.id)


def waiting(payload: Any) -> list[str]:
    return [one["name"] for one in payload["lobby"]["items"]]


async def refused_socket(node: Node, token: str) -> bool:
    tab = Tab(node.url, token)
    try:
        await tab.connect()
    except socketio.exceptions.ConnectionError:
        return True
    await tab.close()
    return False


async def test_a_guest_waits_is_let_in_and_takes_part(house: House) -> None:
    _, secret = await house.link(label="Kowalski")
    conference_id, anna = await house.call()
    guest_id, token = await house.ask(secret, "Jan  Kowalski")
    guest = await house.node.tab(token)
    heard = await anna.hear("lobby:changed", lambda one: waiting(one) == ["Jan Kowalski"])
    assert heard["lobby"]["items"][0]["label"] == "Kowalski"
    # Nothing of the call before the door opens.
    for command in ("conference:join", "conference:receive"):
        ack = await guest.ask(command, conference_id=conference_id, instance_id="g", transport_id="t")
        assert not ack["ok"], command
    assert house.transports(conference_id) == {}
    left = await house.node.real_time.calls.lobby.admit(house.world.bartek.actor, house.talk, guest_id)
    assert left.items == []
    changed = await guest.hear("guest:changed", lambda one: one["guest"]["state"] == "admitted")
    assert changed["guest"]["conference_id"] == conference_id
    joined = await guest.do("conference:join", conference_id=conference_id, instance_id="g", audio=True, video=False)
    assert [(one["name"], one["guest"]) for one in joined["conference"]["participants"]] == [
        (house.world.anna.actor.name, False), ("Jan Kowalski", True),
    ]  # fmt: skip
    seen = await anna.hear("participant:joined", lambda one: one["participant"]["person_id"] == guest_id)
    assert seen["participant"]["guest"]
    await anna.do("conference:state", conference_id=conference_id, audio=True, video=True)
    await guest.hear("participant:changed")
    assert {name for name, _ in guest.heard} <= {"guest:changed", "participant:joined", "participant:changed"}


async def test_a_guest_hears_nothing_of_the_conversation_and_may_do_nothing_else(house: House) -> None:
    _, conference_id, _, guest, anna = await house.admitted()
    await anna.do("message:send", conversation_id=house.talk, client_id="x", text="tajne")
    await anna.do("typing:start", conversation_id=house.talk)
    for command, payload in (
        ("message:send", {"conversation_id": house.talk, "client_id": "y", "text": "x"}),
        ("typing:start", {"conversation_id": house.talk}),
        ("mark:move", {"conversation_id": house.talk, "read_seq": 1}),
        ("conference:decline", {"conference_id": conference_id}),
        ("board:open", {"board_id": house.talk}),
    ):
        assert (await guest.ask(command, **payload))["error"]["code"] == "accounts.forbidden", command
    await asyncio.sleep(0.3)
    assert not any("message" in name or "typing" in name or "conversation" in name for name, _ in guest.heard)


async def test_only_those_who_may_open_the_door_hear_of_it(house: House) -> None:
    celina = await house.world.tab(house.world.celina)
    _, anna = await house.call()
    _, secret = await house.link()
    await house.node.tab((await house.ask(secret))[1])
    await anna.hear("lobby:changed")
    with pytest.raises(Forbidden):
        await house.node.real_time.calls.lobby.lobby(house.world.celina.actor, house.talk)
    assert celina.all("lobby:changed") == []


async def test_a_late_moderator_sees_who_waits_and_the_wait_survives_a_reload(house: House) -> None:
    _, secret = await house.link()
    await house.call()
    guest_id, token = await house.ask(secret)
    first = await house.node.tab(token)
    await first.close()
    again = await house.node.tab(token)
    await asyncio.sleep(2.5)
    found = await house.node.real_time.calls.lobby.lobby(house.world.bartek.actor, house.talk)
    assert [one.id for one in found.items] == [guest_id]
    await again.close()
    await until(lambda: asyncio.get_running_loop().time() > 0)
    async with asyncio.timeout(5):
        while await house.state(guest_id) != "away":
            await asyncio.sleep(0.05)
    await house.node.tab(token)
    assert await house.state(guest_id) == "waiting"


async def test_a_window_that_is_loaded_anew_knows_who_waits(house: House) -> None:
    _, secret = await house.link()
    guest_id, token = await house.ask(secret)
    waiting = await house.node.tab(token)
    for who in (house.world.anna, house.world.bartek):
        # Nothing happens at the door after they came: it is told to each new tab by itself.
        tab = await house.world.tab(who)
        heard = await tab.hear("lobby:changed")
        assert [one["id"] for one in heard["lobby"]["items"]] == [guest_id]
    celina = await house.world.tab(house.world.celina)
    await waiting.close()
    await asyncio.sleep(0.3)
    assert celina.all("lobby:changed") == []


@pytest.mark.parametrize("way", ["removed", "revoked", "ended", "left"])
async def test_whoever_is_out_has_no_socket_no_seat_and_no_media(house: House, way: str) -> None:
    link_id, conference_id, guest_id, guest, anna = await house.admitted()
    services, by = house.node.real_time, house.world.anna.actor
    assert len(house.transports(conference_id)) == 2
    began = asyncio.get_running_loop().time()
    if way == "removed":
        await services.calls.lobby.put_out(by, house.talk, guest_id)
    elif way == "revoked":
        await services.calls.guest_links.revoke(by, house.talk, link_id)
    elif way == "left":
        actor = Actor("guest", organisation_id=by.organisation_id, party_id=guest_id, rights=rights_of("guest"))
        await services.calls.lobby.leave(actor)
    else:
        await services.calls.conferences.end(by, conference_id)
    async with asyncio.timeout(LIMIT_S * 5):
        await guest.gone.wait()
    await until(lambda: house.transports(conference_id) == {})
    took_s = asyncio.get_running_loop().time() - began
    print(f"{way}: out after {took_s * 1000:.0f} ms")
    assert guest.all("guest:changed")[-1]["guest"]["state"] == way
    assert await refused_socket(house.node, guest.token)
    if way != "ended":
        left = await anna.hear("participant:left", lambda one: one["participant"]["person_id"] == guest_id)
        assert left["participant"]["left_at_ms"] is not None


async def test_a_refused_guest_cannot_come_back(house: House) -> None:
    _, secret = await house.link()
    await house.call()
    guest_id, token = await house.ask(secret)
    guest = await house.node.tab(token)
    await house.node.real_time.calls.lobby.put_out(house.world.anna.actor, house.talk, guest_id)
    async with asyncio.timeout(5):
        await guest.gone.wait()
    assert guest.all("guest:changed")[-1]["guest"]["state"] == "refused"
    actor = Actor(
        "guest",
        organisation_id=house.world.cast.organisation_id,
        party_id=guest_id,
        address="192.0.2.7",
        rights=rights_of("guest"),
    )
    with pytest.raises(Forbidden):
        await house.node.real_time.calls.lobby.wait(actor)


async def test_what_a_guest_hears_is_what_they_would_fetch(house: House) -> None:
    _, secret = await house.link()
    guest_id, token = await house.ask(secret)
    guest = await house.node.tab(token)
    await house.call()
    await guest.hear("guest:changed", lambda one: one["guest"]["running"])
    actor = Actor(
        "guest", organisation_id=house.world.cast.organisation_id, party_id=guest_id, rights=rights_of("guest")
    )
    await house.node.real_time.calls.lobby.admit(house.world.anna.actor, house.talk, guest_id)
    await guest.hear("guest:changed", lambda one: one["guest"]["state"] == "admitted")
    fresh = await house.node.real_time.calls.lobby.state(actor)
    assert GuestState.model_validate(guest.all("guest:changed")[-1]["guest"]) == fresh


async def test_a_link_is_good_for_as_many_as_it_says(house: House) -> None:
    _, secret = await house.link(uses_limit=1)
    await house.call()
    first, second = await house.ask(secret, "A"), await house.ask(secret, "B")
    for _, token in (first, second):
        await house.node.tab(token)
    lobby, by = house.node.real_time.calls.lobby, house.world.anna.actor
    assert [one.name for one in (await lobby.admit(by, house.talk, None)).items] == ["B"]
    with pytest.raises(Conflict, match="guest_link_used_up"):
        await lobby.admit(by, house.talk, second[0])
    with pytest.raises(Conflict, match="guest_link_used_up"):
        await house.ask(secret, "C")


async def test_a_link_dies_with_its_time_its_maker_and_by_hand(house: House) -> None:
    links, by = house.node.real_time.calls.guest_links, house.world.anna.actor
    link_id, secret = await house.link()
    guest_id, token = await house.ask(secret)
    guest = await house.node.tab(token)
    payload = {"organisation_id": by.organisation_id, "link_id": link_id}
    await links.run_expired(payload)
    async with asyncio.timeout(5):
        await guest.gone.wait()
    assert await house.state(guest_id) == "expired"
    await links.revoke(by, house.talk, link_id)
    with pytest.raises(Conflict, match="guest_link_revoked"):
        await links.look(nobody(), GuestLinkBody(token=secret).token)
    assert (await links.page(by, house.talk)).items == []
    _, other = await house.link()
    await house.world.database.write(lambda tx: remove_member(tx, house.talk, by.party_id))
    with pytest.raises(NotFound):
        await house.ask(other)
    with pytest.raises(NotFound):
        await links.look(nobody(), "cgl_" + "x" * 43)
    with pytest.raises(Forbidden):
        await links.create(house.world.celina.actor, house.talk, NewGuestLinkBody())


async def test_the_door_bears_an_abuser(house: House) -> None:
    """One address asks too often; one link brings too many; neither keeps the house from letting others in."""
    _, secret = await house.link()
    for number in range(20):
        _, token = await house.ask(secret, f"A{number}", address=f"198.51.100.{number}")
        await house.node.tab(token)
    with pytest.raises(Limited):
        await house.ask(secret, "za dużo", address="198.51.100.99")
    _, other = await house.link()
    _, token = await house.ask(other, "Ktoś", address="203.0.113.1")
    await house.node.tab(token)
    with pytest.raises(Limited):
        for _ in range(50):
            await house.ask(other, "x", address="203.0.113.9")


async def test_only_guests_do_not_keep_a_call_going(house: House) -> None:
    _, conference_id, guest_id, guest, anna = await house.admitted()
    await anna.do("conference:leave", conference_id=conference_id)
    assert await house.state(guest_id) == "admitted"
    await house.node.real_time.calls.conferences.run_ring_job(
        {"organisation_id": house.world.cast.organisation_id, "conference_id": conference_id}
    )
    assert await house.state(guest_id) == "ended"
    async with asyncio.timeout(5):
        await guest.gone.wait()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  Anna \n Nowak\t", "Anna Nowak"),
        ("A\u202enn\u200ba\u0000", "Anna"),
        ("\uff21\uff4e\uff4e\uff41", "Anna"),
        ("e" + "\u0301" * 50 + "x", "é\u0301\u0301x"),
        ("Ł" * 100, "Ł" * 60),
        ("李小龍", "李小龍"),
    ],
)
def test_a_name_is_made_harmless(said: str, kept: str) -> None:
    assert clean_name(said) == kept


@pytest.mark.parametrize("said", ["", "   ", "\u200b\u200b", "123 !", "\u202e"])
def test_a_name_without_a_letter_is_none(said: str) -> None:
    with pytest.raises(Invalid):
        clean_name(said)


def test_guests_are_limited_by_settings() -> None:
    assert Settings().rate_guest_burst == 10


@pytest.mark.feature("BEY-011")
async def test_a_guest_in_the_call_is_asked_for_the_camera_s_picture_and_gives_it(house: House) -> None:
    _, conference_id, guest_id, guest, anna = await house.admitted()
    given, actor = house.node.real_time.calls.given_frames, house.world.anna.actor
    people = (await house.node.real_time.calls.conferences.get(actor, conference_id)).participants
    seats = {one.person_id: one.id for one in people if one.left_at_ms is None}
    await given.ask(actor, conference_id, seats[guest_id], "ask")
    wanted = await guest.hear("frame:wanted")
    assert wanted == {"conference_id": conference_id, "asked_by": seats[house.world.anna.id], "ask_id": "ask"}
    target = io.BytesIO()
    Image.new("RGB", (1280, 720), "#3377aa").save(target, "JPEG")
    as_guest = Actor("guest", actor.organisation_id, guest_id, "Gość", rights=rights_of("guest"))
    await given.give(as_guest, conference_id, wanted["asked_by"], "ask", target.getvalue())
    came = await anna.hear("frame:given")
    assert (came["ask_id"], came["width_px"], came["height_px"]) == ("ask", 1280, 720)
    board, _ = await house.node.real_time.calls.frames.freeze_given(
        actor, conference_id, "ask", client_id="one", title="Kadr"
    )
    assert board.author.id == house.world.anna.id
    with pytest.raises(Forbidden):
        await given.ask(as_guest, conference_id, wanted["asked_by"], "ask")
