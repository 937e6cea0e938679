# long: one table of all that goes on, each with how it is opened
"""One table over all that goes on by itself and all that ends a right: what has to end does so within two seconds, the rest goes on."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from accounts.file_links import FileLinks
from accounts.parts import Accounts
from accounts.payloads import FileLinkMade, PersonBody
from accounts.rights import Actor
from conversations.boards.payloads import NewBoardBody
from conversations.calls.guests.payloads import NewGuestBody, NewGuestLinkBody
from conversations.files.payloads import NewFileMessageBody
from conversations.membership import let_in, welcome
from conversations.messages.posting import author_of, post
from conversations.notices.parts import Notices
from conversations.notices.payloads import PushSubscriptionBody
from conversations.payloads import NewConversationBody
from core.errors import NotFound
from core.ids import new_id
from desk.settings.parts import DeskSettings
from desk.settings.payloads import MemberBody
from desk.settings.projects import ProjectService
from storage.accounts.people import find_person
from storage.accounts.sessions import sessions
from storage.calls.compositions import Composition, add_composition, find_composition
from storage.conversations.messages import find_sent
from storage.desk.projects import change_project_member
from storage.engine.database import Transaction
from storage.notices.push import push_subscriptions_of
from tests.desk.conftest import Desk
from tests.signaling.conftest import Someone
from tests.support.desks import nobody
from tests.support.realtime import RecordedMedia, actor_of
from tests.support.requests_of_routes import BROWSER_KEY
from tests.support.rows import a_person

SOUND = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
WITHIN_S = 2.0
Goes = Callable[[], Awaitable[bool]]


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"visitor_grace_s": 30.0, "grace_s": 20.0, "ring_s": 60.0}


@dataclass
class Scene:
    """Bartek has everything open that there is: at the desk, whose project he supervises, and in a talk with Anna."""

    desk: Desk
    admin: Actor
    visit_id: str
    visit_call: str
    talk: str
    talk_call: str
    second_talk: str
    second_call: str
    goes: dict[str, Goes] = field(default_factory=dict)
    upload: "asyncio.Task[Any] | None" = None
    guest_link: str = ""

    @property
    def bartek(self) -> Someone:
        return self.desk.world.bartek

    @property
    def parts(self) -> Any:
        return self.desk.node.real_time

    @property
    def media(self) -> RecordedMedia:
        media = self.desk.node.channel
        assert isinstance(media, RecordedMedia)
        return media

    async def token(self, secret: str | None) -> Actor:
        actor = await self.desk.node.credentials.bearer(secret or "", language="pl", address="192.0.2.9")
        assert actor is not None
        return actor

    def in_room(self, conference_id: str, resource_id: str) -> Goes:
        async def goes() -> bool:
            return resource_id in self.media.rooms.get(conference_id, {})

        return goes

    def seated(self, conference_id: str, party_id: str) -> Goes:
        async def goes() -> bool:
            seen = await self.parts.calls.conferences.get(self.desk.world.anna.actor, conference_id)
            return any(one.person_id == party_id and one.left_at_ms is None for one in seen.participants)

        return goes


async def _open_socket(scene: Scene) -> None:
    tab = scene.desk.bartek

    async def goes() -> bool:
        return not tab.gone.is_set()

    scene.goes["socket"] = goes


async def _open_seat(scene: Scene) -> None:
    await scene.desk.bartek.do("conference:join", conference_id=scene.talk_call, instance_id="b")
    scene.goes["seat in a call"] = scene.seated(scene.talk_call, scene.bartek.id)


async def _open_standard_clients(scene: Scene) -> None:
    doors = scene.parts.calls.doors
    door, _ = await scene.parts.calls.conferences.start(scene.bartek.actor, scene.talk)
    watching = await doors.watch(await scene.token(door.token), scene.talk_call, SOUND)
    scene.goes["WHEP viewer"] = scene.in_room(scene.talk_call, watching.resource_id)
    door, _ = await scene.parts.calls.conferences.start(scene.bartek.actor, scene.second_talk)
    published = await doors.publish(await scene.token(door.token), scene.second_call, SOUND)
    scene.goes["WHIP publisher"] = scene.in_room(scene.second_call, published.resource_id)


async def _open_supervision(scene: Scene) -> None:
    given = await scene.parts.visits.supervision.listen(scene.bartek.actor, scene.visit_id, "whisper")
    doors = scene.parts.calls.doors
    heard = await doors.watch(await scene.token(given.token), scene.visit_call, SOUND)
    spoken = await doors.publish(await scene.token(given.whisper_token), scene.visit_call, SOUND)
    scene.goes["listener"] = scene.in_room(scene.visit_call, heard.resource_id)
    scene.goes["whisper"] = scene.in_room(scene.visit_call, spoken.resource_id)


async def _open_board(scene: Scene) -> None:
    body = NewBoardBody(client_id=new_id(), title="Hala")
    board, _ = await scene.parts.boards.boards.create(scene.bartek.actor, scene.talk, body)
    await scene.desk.bartek.do("board:open", board_id=board.id)

    async def goes() -> bool:
        return any(board.id in one.boards for one in scene.parts.connections)

    scene.goes["board"] = goes


async def _open_visit_page(scene: Scene) -> None:
    await scene.desk.bartek.do("visit:look", visit_id=scene.visit_id)

    async def goes() -> bool:
        return any(scene.visit_id in one.looking for one in scene.parts.connections)

    scene.goes["page of a visit"] = goes


async def _open_upload(scene: Scene) -> None:
    uploads = scene.parts.files.uploads
    begun = await uploads.create(
        scene.bartek.actor, scene.talk, name="film.mp4", size_bytes=1_000_000, keeps_position=False
    )

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(600):
            yield b"x"
            await asyncio.sleep(0.02)

    task = scene.upload = asyncio.ensure_future(uploads.take(scene.bartek.actor, begun.id, 0, pieces()))

    async def goes() -> bool:
        return not task.done()

    scene.goes["upload"] = goes


async def _try_to_link(links: FileLinks, actor: Actor, file_id: str) -> FileLinkMade | None:
    try:
        return await links.make(actor, "file", file_id)
    except NotFound:
        return None


async def _open_file_link(scene: Scene) -> None:
    uploads, links = scene.parts.files.uploads, scene.parts.made[Accounts].file_links
    begun = await uploads.create(scene.bartek.actor, scene.talk, name="a.txt", size_bytes=3, keeps_position=False)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"abc"

    await uploads.take(scene.bartek.actor, begun.id, 0, pieces())
    body = NewFileMessageBody(client_id=new_id(), upload_ids=[begun.id])
    message, _ = await scene.parts.files.files.post(scene.bartek.actor, scene.talk, body)
    # It is looked at first, by a job.
    async with asyncio.timeout(10):
        while (made := await _try_to_link(links, scene.bartek.actor, message.body["files"][0]["id"])) is None:
            await asyncio.sleep(0.02)
    url = made.url

    async def goes() -> bool:
        try:
            await links.open(url.rpartition("/")[2])
        except NotFound:
            return False
        return True

    scene.goes["file link"] = goes


async def _open_composition(scene: Scene) -> None:
    anna, organisation_id = scene.desk.world.anna, scene.desk.organisation_id
    recording = {"id": "r", "tracks": [], "duration_ms": 1000, "started_at_ms": 0}

    def store(tx: Transaction) -> str:
        post(
            tx, organisation_id, scene.talk, author_of(anna.actor), "file", member=False, client_id="r",
            body={"files": [], "recording": recording},
        )  # fmt: skip
        message = find_sent(tx, scene.talk, anna.id, "r")
        assert message is not None
        one = Composition(
            new_id(), organisation_id, scene.talk, message.id, scene.bartek.id, "waiting", 0, "", 0, tx.now_ms
        )
        add_composition(tx, one)
        return one.id

    composition_id = await scene.desk.world.database.write(store)

    async def goes() -> bool:
        return await scene.desk.world.database.read(lambda tx: find_composition(tx, composition_id)) is not None

    scene.goes["composition"] = goes


async def _open_line_test(scene: Scene) -> None:
    await scene.parts.calls.line_tests.open(scene.bartek.actor, "v=0\r\n")

    async def goes() -> bool:
        return any(room.startswith("line-test.") for room in scene.media.rooms)

    scene.goes["line test"] = goes


async def _open_link_for_guests(scene: Scene) -> None:
    made = await scene.parts.calls.guest_links.create(
        scene.bartek.actor, scene.talk, NewGuestLinkBody(expires_in_s=3600)
    )

    async def goes() -> bool:
        try:
            await scene.parts.calls.guest_links.look(scene.admin, made.url.rpartition("#")[2])
        except NotFound:
            return False
        return True

    scene.goes["link for guests"] = goes


async def _open_push(scene: Scene) -> None:
    body = PushSubscriptionBody(
        endpoint="https://push.example.com/b", keys={"p256dh": BROWSER_KEY, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}
    )
    await scene.parts.made[Notices].subscriptions.add(scene.bartek.actor, body)

    async def goes() -> bool:
        return bool(await scene.desk.world.database.read(lambda tx: push_subscriptions_of(tx, scene.bartek.id)))

    scene.goes["push"] = goes


async def _open_customer(scene: Scene) -> None:
    """Celina, a customer, is in the talk's call, and watches it by WHEP as well."""
    celina, anna, organisation_id = scene.desk.world.celina, scene.desk.world.anna, scene.desk.organisation_id

    def store(tx: Transaction) -> None:
        added = let_in(tx, organisation_id, scene.talk, [celina.id], by=anna.id, line=False)
        welcome(tx, organisation_id, scene.talk, added)

    await scene.desk.world.database.write(store)
    tab = await scene.desk.world.tab(celina)
    await tab.do("conference:join", conference_id=scene.talk_call, instance_id="c")
    door, _ = await scene.parts.calls.conferences.start(celina.actor, scene.talk)
    watching = await scene.parts.calls.doors.watch(await scene.token(door.token), scene.talk_call, SOUND)
    scene.goes["customer's seat"] = scene.seated(scene.talk_call, celina.id)
    scene.goes["customer's WHEP viewer"] = scene.in_room(scene.talk_call, watching.resource_id)


async def _open_guest(scene: Scene) -> None:
    """Somebody came by a link of Anna's and is in the talk's call."""
    anna, lobby = scene.desk.world.anna.actor, scene.parts.calls.lobby
    made = await scene.parts.calls.guest_links.create(anna, scene.talk, NewGuestLinkBody(expires_in_s=3600))
    scene.guest_link = made.id
    entered = await lobby.enter(nobody(), NewGuestBody(token=made.url.rpartition("#")[2], name="Gość"))
    tab = await scene.desk.node.tab(entered.token)
    await lobby.admit(anna, scene.talk, entered.guest.id)
    await tab.do("conference:join", conference_id=scene.talk_call, instance_id="g")

    async def goes() -> bool:
        return not tab.gone.is_set()

    scene.goes["guest's socket"] = goes
    scene.goes["guest's seat"] = scene.seated(scene.talk_call, entered.guest.id)


THINGS = (
    _open_socket, _open_seat, _open_standard_clients, _open_supervision, _open_board, _open_visit_page, _open_upload, _open_file_link,
    _open_composition, _open_line_test, _open_link_for_guests, _open_push, _open_customer, _open_guest,
)  # fmt: skip
OF_SESSION = {
    "socket", "seat in a call", "WHEP viewer", "WHIP publisher", "listener", "whisper", "board", "page of a visit", "upload",
    "line test", "push", "file link",
}  # fmt: skip
OF_TALK = {"seat in a call", "WHEP viewer", "board", "upload", "composition", "link for guests", "file link"}


async def _sign_out(scene: Scene) -> None:
    await scene.parts.made[Accounts].sign_in.sign_out(scene.bartek.actor)


async def _expire(scene: Scene) -> None:
    mine = sessions.c.id == scene.bartek.session_id
    await scene.desk.world.database.write(
        lambda tx: tx.run(sessions.update().where(mine).values(expires_at_ms=tx.now_ms - 1))
    )


async def _change(scene: Scene, **changes: Any) -> None:
    person = await scene.desk.world.database.read(
        lambda tx: find_person(tx, scene.desk.organisation_id, scene.bartek.id)
    )
    assert person is not None
    body = PersonBody(version=person.version, **changes)
    await scene.parts.made[Accounts].people.change(scene.admin, scene.bartek.id, body)


async def _deactivate(scene: Scene) -> None:
    await _change(scene, active=False)


async def _make_customer(scene: Scene) -> None:
    await _change(scene, role="customer", group_id=scene.desk.world.cast.customers)


async def _put_out_of_talk(scene: Scene) -> None:
    await scene.parts.talks.conversations.remove_member(scene.desk.world.anna.actor, scene.talk, scene.bartek.id)


async def _put_out_of_call(scene: Scene) -> None:
    seen = await scene.parts.calls.conferences.get(scene.desk.world.anna.actor, scene.talk_call)
    celina = scene.desk.world.celina.id
    seat = next(one.id for one in seen.participants if one.person_id == celina and one.left_at_ms is None)
    await scene.parts.calls.moderation.remove(scene.desk.world.anna.actor, scene.talk_call, seat)


async def _revoke_guest_link(scene: Scene) -> None:
    await scene.parts.calls.guest_links.revoke(scene.desk.world.anna.actor, scene.talk, scene.guest_link)


def _projects(scene: Scene) -> ProjectService:
    projects: ProjectService = scene.parts.made[DeskSettings].projects
    return projects


async def _put_out_of_project(scene: Scene) -> None:
    await _projects(scene).remove_member(scene.admin, scene.desk.project, scene.bartek.id)


async def _make_agent(scene: Scene) -> None:
    await _projects(scene).put_member(scene.admin, scene.desk.project, scene.bartek.id, MemberBody(role="agent"))


# What happens, and what ends by it; everything else goes on.
TABLE: dict[str, tuple[Callable[[Scene], Awaitable[None]], set[str]]] = {
    "signed out": (_sign_out, OF_SESSION),
    "session expired": (_expire, OF_SESSION),
    "deactivated": (_deactivate, OF_SESSION | OF_TALK),
    "made a customer": (
        _make_customer,
        {"WHEP viewer", "listener", "whisper", "page of a visit", "line test", "link for guests", "file link"},
    ),
    "put out of the conversation": (_put_out_of_talk, OF_TALK),
    "put out of the call": (_put_out_of_call, {"customer's seat", "customer's WHEP viewer"}),
    "link for guests revoked": (_revoke_guest_link, {"guest's socket", "guest's seat"}),
    "put out of the project": (_put_out_of_project, {"listener", "whisper", "page of a visit"}),
    "made an agent of the project": (_make_agent, {"listener", "whisper"}),
}


@pytest.fixture
async def scene(desk: Desk) -> AsyncIterator[Scene]:
    world, organisation_id = desk.world, desk.organisation_id
    conferences, talks = desk.node.real_time.calls.conferences, desk.node.real_time.talks.conversations

    def store(tx: Transaction) -> str:
        change_project_member(tx, organisation_id, desk.project, world.bartek.id, {"role": "supervisor"})
        return a_person(tx, organisation_id, world.cast.staff, "Ada", "Admin", role="admin")

    admin_id = await world.database.write(store)
    admin = await world.database.read(lambda tx: actor_of(tx, organisation_id, admin_id))
    visit_id, visit_call = await _visit_in_hand(desk)
    calls = []
    for title in ("Pompa", "Hala"):
        body = NewConversationBody(kind="group", title=title, member_ids=[world.bartek.id])
        talk, _ = await talks.start(world.anna.actor, body)
        door, _ = await conferences.start(world.anna.actor, talk.id)
        await desk.anna.do("conference:join", conference_id=door.conference_id, instance_id="a")
        calls += [talk.id, door.conference_id]
    made = Scene(desk, admin, visit_id, visit_call, calls[0], calls[1], calls[2], calls[3])
    for open_one in THINGS:
        await open_one(made)
    for name, goes in made.goes.items():
        assert await goes(), f"{name} did not begin"
    yield made
    if made.upload is not None:
        made.upload.cancel()
        await asyncio.gather(made.upload, return_exceptions=True)


async def _visit_in_hand(desk: Desk) -> tuple[str, str]:
    """A visitor calls, and Anna answers."""
    await desk.status(desk.world.bartek, "offline")
    guest = await desk.visitor()
    asked = await guest.ask("audio", text=None)
    assert asked.conference_id is not None and guest.tab is not None
    await guest.tab.do("conference:join", conference_id=asked.conference_id, instance_id="v", audio=True, video=False)
    await desk.accept(desk.world.anna, asked.id)
    await desk.anna.do("conference:join", conference_id=asked.conference_id, instance_id="a", audio=True, video=False)
    return asked.id, asked.conference_id


@pytest.mark.parametrize("what", TABLE)
async def test_what_a_lost_right_leaves_running_ends_within_two_seconds(scene: Scene, what: str) -> None:
    act, ends = TABLE[what]
    assert ends <= scene.goes.keys()
    await act(scene)
    began = time.monotonic()
    left = set(ends)
    while left and time.monotonic() - began < WITHIN_S:
        left -= {name for name in left if not await scene.goes[name]()}
        await asyncio.sleep(0.01)
    took_ms = (time.monotonic() - began) * 1000
    assert left == set(), f"{what}: goes on after {took_ms:.0f} ms: {sorted(left)}"
    await asyncio.sleep(0.3)
    ended = {name for name in scene.goes.keys() - ends if not await scene.goes[name]()}
    assert ended == set(), f"{what}: ended though the right to it is there: {sorted(ended)}"


def test_every_ender_is_asked_by_some_row(scene: Scene) -> None:
    kinds = {loss for ender in scene.parts.lost_rights.enders for loss in ender.losses}
    assert kinds == {"session", "access", "membership", "call", "door", "project"}
