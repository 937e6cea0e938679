"""The walk over the socket: who may connect, every command aimed at others' things, every event heard by nobody else."""  # long: one walk over every command

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import socketio

from core.ids import new_id
from server.payloads import COMMANDS, STORED_EVENTS
from tests.support.api import Api
from tests.support.boards import a_rectangle
from tests.support.houses import NEBULA, QUASAR, House, build_two, dump
from tests.support.server import Server
from tests.support.walks import of_nouns

LIMIT_S = 2.0
Ids = Mapping[str, str]

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"

OF_THE_PAGE = ("tab:closing", "clock:read")
# command -> payload that points to things by the ids given
PAYLOADS: dict[str, Callable[[Ids], dict[str, Any]]] = {
    "message:send": lambda ids: {"conversation_id": ids["conversation"], "client_id": secrets.token_hex(8), "text": "x"},
    "typing:start": lambda ids: {"conversation_id": ids["conversation"]},
    "typing:stop": lambda ids: {"conversation_id": ids["conversation"]},
    "mark:move": lambda ids: {"conversation_id": ids["conversation"], "read_seq": 1},
    **dict.fromkeys(OF_THE_PAGE, lambda ids: {}),
    "conference:join": lambda ids: {"conference_id": ids["conference"], "instance_id": "tab"},
    "conference:publish": lambda ids: {"conference_id": ids["conference"], "transport_id": "t", "sdp": SDP, "sources": {}},
    "conference:receive": lambda ids: {"conference_id": ids["conference"], "transport_id": "t"},
    "conference:answer": lambda ids: {"conference_id": ids["conference"], "transport_id": "t", "offer_id": "o", "sdp": SDP},
    "conference:restart": lambda ids: {"conference_id": ids["conference"], "transport_id": "t"},
    "conference:watch": lambda ids: {"conference_id": ids["conference"], "tiles": []},
    "conference:state": lambda ids: {"conference_id": ids["conference"], "audio": True, "video": True},
    "conference:leave": lambda ids: {"conference_id": ids["conference"]},
    "visit:look": lambda ids: {"visit_id": ids["visit"]},
    "visit:leave": lambda ids: {"visit_id": ids["visit"]},
    "board:open": lambda ids: {"board_id": ids["board"]},
    "board:change": lambda ids: {"board_id": ids["board"], "revision": 1, "elements": [a_rectangle("obcy")]},
    "board:point": lambda ids: {"board_id": ids["board"], "x": 1, "y": 2},
    "board:close": lambda ids: {"board_id": ids["board"]},
    "conference:decline": lambda ids: {"conference_id": ids["conference"]},
    "conference:hand": lambda ids: {"conference_id": ids["conference"], "raised": True},
    "conference:speak": lambda ids: {"conference_id": ids["conference"]},
    "conference:react": lambda ids: {"conference_id": ids["conference"], "reaction": "👍"},
    "conference:point": lambda ids: {
        "conference_id": ids["conference"], "participant_id": ids["technician"], "source": "camera", "x": 0.5, "y": 0.5
    },
}  # fmt: skip


# Leaving where one never was is no refusal.
LEAVING = ("typing:stop", "conference:leave", "conference:decline", "board:close", "visit:leave")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {
        "CENTRALA_MEDIA_WORKERS": "0", "CENTRALA_RING_S": "3600", "CENTRALA_RATE_REQUEST_BURST": "1000000",
        "CENTRALA_RATE_SIGN_IN_BURST": "100000", "CENTRALA_RATE_EVENT_BURST": "100000", "CENTRALA_RATE_GUEST_BURST": "100000", "CENTRALA_GRACE_S": "1",
    }  # fmt: skip
    server = Server(tmp_path_factory.mktemp("walk"), environment=environment)
    yield server.start()
    server.stop()


@pytest.fixture
def houses(walked: Server) -> tuple[House, House]:
    """Organisations of the test's own, on the module's server."""
    unique = secrets.token_hex(3)
    return build_two(walked, unique)


@pytest.fixture(autouse=True)
def _no_failure_of_ours(walked: Server) -> Iterator[None]:
    yield
    assert walked.tracebacks() == []


class Tab:
    """One socket of one person, and everything it heard."""

    def __init__(self, house: House, who: str) -> None:
        self.house, self.who = house, who
        self.token, self.session_id = house.session(who)
        self.heard: list[tuple[str, Any]] = []
        self.gone = asyncio.Event()
        self.socket = socketio.AsyncClient(reconnection=False)
        self.socket.on("*", lambda event, payload=None: self.heard.append((event, payload)))
        self.socket.on("disconnect", lambda *_: self.gone.set())

    async def do(self, command: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await self.socket.call(command, dict(payload), timeout=10)
        return answer

    async def hears(self, event: str, limit_s: float = 5.0) -> Any:
        """Wait for an event; return its payload."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            for name, payload in self.heard:
                if name == event:
                    return payload
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.who} never heard {event}, but {[name for name, _ in self.heard]}")

    async def status(self, path: str) -> int:
        """What REST answers to the tab's session."""
        async with Api(self.house.server.url, token=self.token) as api:
            return (await api.call("GET", path)).status


@asynccontextmanager
async def tabs(house: House, *who: str) -> AsyncIterator[list[Tab]]:
    """Connected sockets of people."""
    opened = [Tab(house, one) for one in who]
    try:
        for tab in opened:
            await tab.socket.connect(house.server.url, auth={"token": tab.token}, transports=["websocket"])
        yield opened
    finally:
        for tab in opened:
            await tab.socket.disconnect()


async def until(true: Callable[[], Any], what: str, limit_s: float = LIMIT_S) -> float:
    """Wait until it is so; return how long it took."""
    began = time.monotonic()
    while True:
        found = true()
        if asyncio.iscoroutine(found):
            found = await found
        took = time.monotonic() - began
        if found:
            print(f"{what}: {took * 1000:.0f} ms")
            return took
        assert took < limit_s * 5, f"not within {limit_s * 5} s: {what}"
        await asyncio.sleep(0.02)


def test_every_command_has_a_payload_in_the_walk() -> None:
    assert PAYLOADS.keys() == COMMANDS.keys()


async def test_only_people_with_a_good_session_connect(houses: tuple[House, House]) -> None:
    ours, _ = houses
    revoked, session_id = ours.session("admin")
    cookie, _ = ours.session("admin", "browser")
    with ours.database as connection:
        connection.execute("DELETE FROM sessions WHERE id = ?", (session_id,))
    url = ours.server.url

    async def refused(auth: Any = None, **headers: str) -> bool:
        client = socketio.AsyncClient(reconnection=False)
        try:
            await client.connect(url, headers=headers, auth=auth, transports=["websocket"])
        except socketio.exceptions.ConnectionError as error:
            text = repr(error).lower()
            assert QUASAR.lower() not in text and ours.ids["organisation"] not in text
            return True
        await client.disconnect()
        return False

    worthless: list[Any] = [
        None, {}, {"token": ""}, {"token": "garbage garbage"}, {"token": revoked}, {"token": ours.api_key}, {"token": 7}, "x", [1],
        {"token": ours.server.operator_key}, {"token": ours.conference_token("technician")}, {"token": "x" * 10_000},
    ]  # fmt: skip
    for auth in worthless:
        assert await refused(auth), auth
    assert await refused(Authorization=f"Bearer {revoked}")
    assert await refused(Cookie="centrala_session=ces_" + "x" * 43)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert await refused(Cookie=f"centrala_session={cookie}", **headers), headers
    assert not await refused(Cookie=f"centrala_session={cookie}", Origin=url)
    assert not await refused({"token": ours.session("customer")[0]})


@pytest.mark.feature("CONF-022")
@pytest.mark.parametrize("foreign", [True, False], ids=["of another organisation", "of the same organisation"])
async def test_commands_on_others_things_answer_like_ones_on_nothing(
    houses: tuple[House, House], foreign: bool
) -> None:
    ours, theirs = houses
    house = theirs if foreign else ours
    people = (
        ("admin", "agent", "technician", "customer")
        if foreign
        else ("outside_admin", "outside_agent", "outside_customer")
    )
    before = _stored(ours)
    nothing = {**ours.ids, "conversation": new_id(), "conference": new_id(), "board": new_id()}
    wrong = []
    async with tabs(house, *people) as opened:
        for tab in opened:
            for command, payload in PAYLOADS.items():
                if command in OF_THE_PAGE:
                    continue
                real, made_up = await tab.do(command, payload(ours.ids)), await tab.do(command, payload(nothing))
                plain, other = json.dumps(real), json.dumps(made_up)
                for name in ("conversation", "conference", "board"):
                    plain, other = plain.replace(ours.ids[name], "ID"), other.replace(nothing[name], "ID")
                if plain != other:
                    wrong.append(f"{tab.who}: {command}: {real} is not {made_up}")
                if real["ok"] and command not in LEAVING:
                    wrong.append(f"{tab.who}: {command} worked")
                if any(mark.lower() in plain.lower() for mark in (QUASAR, NEBULA)):
                    wrong.append(f"{tab.who}: {command} tells {plain}")
        await asyncio.sleep(0.3)
        for tab in opened:
            told = json.dumps(tab.heard).lower()
            assert (
                NEBULA.lower() not in told
                and ours.ids["conversation"] not in told
                and ours.ids["conference"] not in told
            )
    assert wrong == []
    assert _stored(ours) == before


@pytest.mark.parametrize("foreign", [True, False], ids=["of another organisation", "of the same organisation"])
async def test_a_guest_at_the_door_may_do_nothing_and_hears_nothing(houses: tuple[House, House], foreign: bool) -> None:
    ours, theirs = houses
    house = theirs if foreign else ours
    _, token = await house.guest("Gość")
    heard: list[Any] = []
    client = socketio.AsyncClient(reconnection=False)
    client.on("*", lambda event, payload=None: heard.append((event, payload)))
    await client.connect(ours.server.url, auth={"token": token}, transports=["websocket"])
    before = _stored(ours)
    async with tabs(ours, "technician") as (technician,):
        assert (await technician.do("message:send", PAYLOADS["message:send"](ours.ids)))["ok"]
        where = {"conference_id": ours.ids["conference"], "instance_id": "tab"}
        assert (await technician.do("conference:join", where))["ok"]
        during = _stored(ours)
        for command, payload in PAYLOADS.items():
            if command not in (*OF_THE_PAGE, "conference:leave"):
                answer = await client.call(command, payload(ours.ids), timeout=10)
                assert not answer["ok"], command
                assert not any(mark.lower() in json.dumps(answer).lower() for mark in (QUASAR, NEBULA)), command
        await asyncio.sleep(0.3)
        assert _stored(ours) == during != before
    assert {event for event, _ in heard} <= {"guest:changed"}
    assert ours.ids["conversation"] not in json.dumps(heard) and ours.ids["conference"] not in json.dumps(heard)
    await client.disconnect()


def _stored(house: House) -> dict[str, list[str]]:
    """Everything of an organisation but the sessions the test itself opens."""
    return {table: rows for table, rows in dump(house.server, house.ids["organisation"]).items() if table != "sessions"}


async def test_events_are_heard_by_those_they_are_for_and_nobody_else(houses: tuple[House, House]) -> None:
    """Everything that can happen in a talk happens; who is not in it hears nothing of it."""
    ours, theirs = houses
    talk, url = ours.ids["conversation"], ours.server.url
    outside = ("outside_admin", "outside_agent", "outside_customer")
    async with (
        tabs(ours, "technician", "agent") as inside,
        tabs(ours, *outside) as strangers,
        tabs(theirs, "admin", "technician", "customer") as foreigners,
    ):
        technician, agent = inside
        async with (
            Api(url, token=ours.session("technician")[0]) as api,
            Api(url, token=ours.session("admin")[0]) as admin,
        ):
            sent = await api.post(f"conversations/{talk}/messages", {"client_id": secrets.token_hex(8), "text": NEBULA})
            await api.call("PATCH", f"conversations/{talk}/messages/{sent['id']}", {"text": f"{NEBULA} 2"})
            reaction = {"emoji": "👍", "set": True}
            await api.call("PUT", f"conversations/{talk}/messages/{sent['id']}/reactions", reaction)
            await api.call("PUT", f"conversations/{talk}/messages/{sent['id']}/pin")
            await api.call("DELETE", f"conversations/{talk}/messages/{sent['id']}/pin")
            await api.call("DELETE", f"conversations/{talk}/messages/{sent['id']}")
            await technician.do("typing:start", {"conversation_id": talk})
            await technician.do("typing:stop", {"conversation_id": talk})
            await agent.do("mark:move", {"conversation_id": talk, "read_seq": sent["seq"]})
            (await api.call("PATCH", f"conversations/{talk}", {"version": 1, "title": f"{NEBULA} 3"})).expect()
            (await api.call("DELETE", f"conversations/{talk}/members/{ours.ids['admin']}")).expect()
            await api.post(f"conversations/{talk}/members", {"person_ids": [ours.ids["admin"]]})
            board = {"board_id": ours.ids["board"]}
            for tab in (technician, agent):
                assert (await tab.do("board:open", board))["ok"]
            drawn = {**board, "revision": 1, "elements": [a_rectangle("nowy") | {"type": "frame", "name": NEBULA}]}
            assert (await technician.do("board:change", drawn))["ok"]
            assert (await technician.do("board:point", {**board, "x": 1, "y": 2}))["ok"]
            (await api.call("PATCH", f"boards/{board['board_id']}", {"version": 1, "title": f"{NEBULA} 4"})).expect()
            where = {"conference_id": ours.ids["conference"]}
            assert (await agent.do("conference:join", {**where, "instance_id": "tab-2"}))["ok"]
            assert (await technician.do("conference:join", {**where, "instance_id": "tab-1"}))["ok"]
            await technician.do("conference:state", {**where, "audio": True, "video": False})
            guest = socketio.AsyncClient(reconnection=False)
            _, token = await ours.guest(f"Gość {NEBULA}")
            await guest.connect(url, auth={"token": token}, transports=["websocket"])
            await guest.disconnect()
            await ours.ring_at_both()
            (await api.call("PUT", "agent/status", {"status": "break"})).expect()
            await admin.post(f"conferences/{ours.ids['conference']}/recording")
            (await admin.call("DELETE", f"conferences/{ours.ids['conference']}/recording")).expect()
            assert (await technician.do("conference:hand", {**where, "raised": True}))["ok"]
            assert (await technician.do("conference:react", {**where, "reaction": "🎉"}))["ok"]
            at = {"participant_id": ours.ids["technician"], "source": "camera", "x": 0.25, "y": 1}
            assert (await technician.do("conference:point", {**where, **at}))["ok"]
            seats = (await api.get(f"conferences/{ours.ids['conference']}"))["participants"]
            seat = next(
                one["id"] for one in seats if one["person_id"] == ours.ids["agent"] and one["left_at_ms"] is None
            )
            wish = f"conferences/{ours.ids['conference']}/participants/{seat}/frame-asks"
            (await api.call("POST", wish, {"ask_id": "ask"})).expect()
            (await admin.call("PATCH", f"conferences/{ours.ids['conference']}", {"locked": True})).expect()
            await technician.do("conference:leave", where)
            await admin.post(f"conferences/{ours.ids['conference']}/end")
            await api.post(f"conversations/{talk}/conference")
            profile = await api.get("profile")
            body = {"version": profile["version"], "position": NEBULA}
            (await api.call("PATCH", "profile", body)).expect()
            (await api.call("PUT", f"conversations/{talk}/silence", {"silent": True})).expect()
        await technician.hears("conversation:silenced")
        assert "conversation:silenced" not in json.dumps(agent.heard), "that is the technician's own affair"
        own = (
            "visit:stands", "home:changed", "settings:changed", "guest:changed", "conversation:added",
            "conversation:removed", "conversation:silenced", "person:changed", "session:revoked", *of_nouns("OWN_EVENTS"),
        )  # fmt: skip
        for event in STORED_EVENTS:
            if event in own:
                continue
            await agent.hears(event)
        for event in ("board:changed", "board:cursors", "board:present", "board:updated", "typing:started"):
            await agent.hears(event)
        await agent.hears("reaction:shown")
        await agent.hears("pointer:shown")
        await agent.hears("frame:wanted")
        assert "frame:wanted" not in json.dumps(technician.heard), "whoever asks is not asked"
        await agent.hears("conference:ringing")
        await asyncio.sleep(0.3)
        words = [
            NEBULA.lower(),
            *(ours.ids[name] for name in ("conversation", "conference", "board", "message", "technician", "customer")),
        ]
        for tab in (*strangers, *foreigners):
            told = [
                (event, payload)
                for event, payload in tab.heard
                if any(word in json.dumps(payload).lower() for word in words)
            ]
            assert told == [], tab.who
        for tab in foreigners:
            assert [event for event, payload in tab.heard if QUASAR.lower() in json.dumps(payload).lower()] == []


# ---------------------------------------------------------------- revocation


async def _in_call(house: House, who: str) -> bool:
    async with Api(house.server.url, token=house.session("admin")[0]) as admin:
        found = await admin.get(f"conferences/{house.ids['conference']}")
    return found["state"] == "running" and house.ids[who] in [
        one["person_id"] for one in found["participants"] if one["left_at_ms"] is None
    ]


async def _whip(url: str, conference_id: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    async with (
        aiohttp.ClientSession() as http,
        http.patch(
            f"{url}/api/v1/conferences/{conference_id}/whip/whip.x.y",
            headers={**headers, "Content-Type": "application/trickle-ice-sdpfrag"},
            data=b"a=x",
        ) as answer,
    ):
        return answer.status


@asynccontextmanager
async def _call(house: House) -> AsyncIterator[tuple[Tab, Tab, Tab]]:
    """Agent and technician sit in the call; the agent has a second tab with a session of its own."""
    async with tabs(house, "agent", "technician", "agent") as (agent, technician, second):
        where = {"conference_id": house.ids["conference"]}
        for tab, instance in ((technician, "a"), (agent, "b")):
            assert (await tab.do("conference:join", {**where, "instance_id": instance}))["ok"]
        assert await _in_call(house, "agent")
        yield agent, technician, second


async def test_a_revoked_session_is_out_of_socket_call_and_rest(houses: tuple[House, House]) -> None:
    ours, _ = houses
    url = ours.server.url
    async with _call(ours) as (agent, technician, second):
        async with Api(url, token=agent.token) as api:
            door = await api.post(f"conversations/{ours.ids['conversation']}/conference")
        assert await _whip(url, ours.ids["conference"], door["token"]) == 428  # let in, and told what is missing
        async with Api(url, token=second.token) as api:
            began = time.monotonic()
            (await api.call("DELETE", f"sessions/{agent.session_id}")).expect(204)
        assert await agent.status("session") == 401
        assert await _whip(url, ours.ids["conference"], door["token"]) == 401
        await until(agent.gone.is_set, "the socket is closed")
        await technician.hears("participant:left")

        async def out() -> bool:
            return not await _in_call(ours, "agent")

        await until(out, "out of the call")
        assert time.monotonic() - began < LIMIT_S * 5
        assert "session:revoked" in [event for event, _ in agent.heard]
        assert not second.gone.is_set() and await second.status("session") == 200
        assert (await second.do("typing:start", {"conversation_id": ours.ids["conversation"]}))["ok"]


@pytest.mark.feature("CC-162")
async def test_a_deactivated_person_is_out_with_every_session(houses: tuple[House, House]) -> None:
    ours, _ = houses
    async with (
        _call(ours) as (agent, technician, second),
        Api(ours.server.url, token=ours.session("admin")[0]) as admin,
    ):
        person = await admin.get(f"people/{ours.ids['agent']}")
        (await admin.call("PATCH", f"people/{person['id']}", {"version": person["version"], "active": False})).expect()
        for tab in (agent, second):
            assert await tab.status("session") == 401
            assert await tab.status(f"people/{ours.ids['technician']}/avatar") == 401
            await until(tab.gone.is_set, "the socket is closed")
        await technician.hears("participant:left")

        async def out() -> bool:
            return not await _in_call(ours, "agent")

        await until(out, "out of the call")
        again = Tab(ours, "agent")
        with pytest.raises(socketio.exceptions.ConnectionError):
            await again.socket.connect(ours.server.url, auth={"token": again.token}, transports=["websocket"])


async def test_a_removed_member_is_out_of_the_talk_and_its_call_but_stays_signed_in(
    houses: tuple[House, House],
) -> None:
    ours, _ = houses
    talk = ours.ids["conversation"]
    async with (
        _call(ours) as (agent, technician, second),
        Api(ours.server.url, token=ours.session("technician")[0]) as api,
    ):
        for tab in (agent, technician):
            assert (await tab.do("board:open", {"board_id": ours.ids["board"]}))["ok"]
        (await api.call("DELETE", f"conversations/{talk}/members/{ours.ids['agent']}")).expect(204)
        assert await agent.status(f"conversations/{talk}") == 404
        assert await agent.status(f"conferences/{ours.ids['conference']}") == 404
        for tab in (agent, second):
            assert (await tab.hears("conversation:removed"))["conversation_id"] == talk
        assert (await agent.hears("board:closed"))["board_id"] == ours.ids["board"]
        assert await agent.status(f"boards/{ours.ids['board']}/scene") == 404
        await technician.hears("participant:left")

        async def out() -> bool:
            return not await _in_call(ours, "agent")

        await until(out, "out of the call")
        agent.heard.clear()
        drawn = {"board_id": ours.ids["board"], "revision": 1, "elements": [a_rectangle("potem")]}
        assert (await technician.do("board:change", drawn))["ok"]
        assert (await agent.do("board:change", drawn))["error"]["code"] == "boards.not_open"
        await api.post(f"conversations/{talk}/messages", {"client_id": secrets.token_hex(8), "text": "już bez niego"})
        for command in ("message:send", "typing:start", "mark:move", "conference:join", "board:open"):
            assert (await agent.do(command, PAYLOADS[command](ours.ids)))["error"]["status"] == 404, command
        # Without a seat every conference answers like this one, there or not.
        refused = (await agent.do("conference:receive", PAYLOADS["conference:receive"](ours.ids)))["error"]
        assert refused["code"] in ("conversations.not_in_conference", "conversations.conference_not_found"), refused
        await asyncio.sleep(0.5)
        assert [event for event, payload in agent.heard if talk in json.dumps(payload)] == []
        assert not agent.gone.is_set() and await agent.status("session") == 200


async def test_a_changed_role_holds_at_once(houses: tuple[House, House]) -> None:
    ours, _ = houses
    async with tabs(ours, "outside_admin") as (tab,), Api(ours.server.url, token=ours.session("admin")[0]) as admin:
        assert await tab.status("people") == 200
        person = await admin.get(f"people/{ours.ids['outside_admin']}")
        body = {"version": person["version"], "role": "technician"}
        (await admin.call("PATCH", f"people/{person['id']}", body)).expect()
        assert await tab.status("people") == 403
        assert await tab.status("audit") == 403
        changed = await tab.hears("person:changed")
        assert changed["person"]["role"] == "technician"
        assert await tab.status("session") == 200


async def test_a_revoked_api_key_is_worth_nothing_at_once(houses: tuple[House, House]) -> None:
    ours, _ = houses
    url, session = ours.server.url, ours.session("admin")[0]
    async with Api(url, token=ours.api_key) as machine, Api(url, token=session) as admin:
        assert (await machine.call("GET", "cases")).status == 200
        (await admin.call("DELETE", f"api-keys/{ours.ids['key']}")).expect(204)
        assert (await machine.call("GET", "cases")).status == 401
