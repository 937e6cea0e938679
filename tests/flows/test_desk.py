"""Offers on the server as its users get it: deadlines through a SIGKILL, two presses at once, a page that closes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import socketio

from storage.desk.companies import change_company
from storage.engine.database import Database, Transaction
from tests.support.api import Api
from tests.support.desks import a_project, an_agent
from tests.support.people import make_people, new_organisation
from tests.support.server import Server
from tests.support.smtp import SilentServer

OFFER_S, GRACE_S = 5.0, 2.0


@dataclass
class Office:
    """A project with two agents on a running server."""

    server: Server
    key: str
    tokens: list[str]
    ids: list[str]
    emails: list[str]

    @asynccontextmanager
    async def at_desk(self, number: int) -> AsyncIterator[socketio.AsyncClient]:
        """One page of an agent, which stays connected."""
        socket = socketio.AsyncClient(reconnection=False)
        await socket.connect(self.server.url, auth={"token": self.tokens[number]}, transports=["websocket"])
        try:
            yield socket
        finally:
            await socket.disconnect()

    async def ask(self) -> tuple[str, str]:
        """A visitor asks for a chat; return (visit, token)."""
        async with Api(self.server.url) as nobody:
            body = {"language": "pl", "page": {"url": "https://sklep.example/", "title": "Sklep"}}
            token = (await nobody.post(f"widget/{self.key}/visitors", body))["token"]
        async with Api(self.server.url, token=token) as visitor:
            asked = await visitor.post(
                "visitor/visits", {"client_id": "a", "medium": "chat", "language": "pl", "text": "Dzień dobry"}
            )
        return asked["id"], token

    async def queue(self, number: int) -> dict[str, Any]:
        async with Api(self.server.url, token=self.tokens[number]) as agent:
            return await agent.get("desk/queue")

    async def rings_at(self, visit_id: str) -> int | None:
        for number in range(len(self.tokens)):
            if visit_id in [one["visit"]["id"] for one in (await self.queue(number))["offers"]]:
                return number
        return None


async def until(condition: Callable[[], Awaitable[Any]], limit_s: float, what: str) -> float:
    began = time.monotonic()
    while not await condition():
        assert time.monotonic() - began < limit_s, f"not after {limit_s} s: {what}"
        await asyncio.sleep(0.1)
    took = time.monotonic() - began
    print(f"{what}: {took:.2f} s")
    return took


def a_server(folder: Path, **settings: str) -> Server:
    environment = {"CENTRALA_MEDIA_WORKERS": "0", "CENTRALA_VISITOR_GRACE_S": "600", **settings}
    return Server(folder, environment=environment).start()


async def an_office(server: Server) -> Office:
    admin = await new_organisation(server)
    people = await make_people(admin, 2)
    organisation_id = admin.session["organisation"]["id"]
    project: list[str] = []

    def store(tx: Transaction) -> None:
        project.append(a_project(tx, organisation_id))
        for person in people:
            an_agent(tx, organisation_id, project[0], person.id)
        change_company(tx, organisation_id, None, {"default_email": "biuro@firma.example"})

    url = server.environment.get("CENTRALA_DATABASE_URL", f"sqlite:///{server.data_dir / 'centrala.sqlite3'}")
    database = Database(url)
    await database.write(store)
    await database.close()
    await admin.__aexit__()
    return Office(
        server,
        f"key-{project[0]}",
        [one.token for one in people],
        [one.id for one in people],
        [one.email for one in people],
    )


@pytest.fixture(params=["sqlite", "postgres"])
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    store = {"CENTRALA_DATABASE_URL": request.getfixturevalue("postgres_url")} if request.param == "postgres" else {}
    started = a_server(tmp_path, CENTRALA_OFFER_S=str(OFFER_S), CENTRALA_GRACE_S=str(GRACE_S), **store)
    yield started
    started.stop()
    assert started.tracebacks() == []


@pytest.mark.feature("CC-074", "CC-076", "CC-221")
async def test_offers_end_by_a_press_a_closed_page_and_a_deadline_that_outlives_the_server(server: Server) -> None:
    office = await an_office(server)
    async with office.at_desk(0) as first_page, office.at_desk(1):
        # Both press at the same moment.
        visit_id, _ = await office.ask()
        async with Api(server.url, token=office.tokens[0]) as one, Api(server.url, token=office.tokens[1]) as two:
            answers = await asyncio.gather(
                one.call("POST", f"desk/visits/{visit_id}/accept"), two.call("POST", f"desk/visits/{visit_id}/accept")
            )
            assert sorted(answer.status for answer in answers) == [200, 409]
            won = next(answer.body for answer in answers if answer.status == 200)
            lost = next(answer.body for answer in answers if answer.status == 409)
            assert lost["code"] == "desk.taken" and won["agent"]["name"] in lost["detail"]
            winner = one if won["agent"]["id"] == office.ids[0] else two
            (await winner.call("POST", f"desk/visits/{visit_id}/close", {})).expect()
        # A page closes while it rings there: it moves on after the grace, before the deadline of 5 s.
        visit_id, _ = await office.ask()
        if await office.rings_at(visit_id) != 0:
            async with Api(server.url, token=office.tokens[1]) as two:
                await two.call("POST", f"desk/visits/{visit_id}/decline")
        assert await office.rings_at(visit_id) == 0
        await first_page.disconnect()

        async def moved() -> bool:
            return await office.rings_at(visit_id) != 0

        assert await until(moved, 5 * GRACE_S, "it moves on after a page closed") < OFFER_S
    # The server is killed while an offer runs, and started again.
    async with office.at_desk(0), office.at_desk(1):
        visit_id, token = await office.ask()
        await until(lambda: _rings(office, visit_id), 10, "it rings")
        before = await office.rings_at(visit_id)
        server.kill()
    server.restart()
    async with office.at_desk(0), office.at_desk(1):

        async def at_the_other() -> bool:
            return await office.rings_at(visit_id) == 1 - (before or 0)

        await until(at_the_other, 5 * OFFER_S, "the deadline fired after the restart")
        async with Api(server.url, token=token) as visitor:
            assert (await visitor.get("visitor/visit"))["state"] == "offered"
        async with Api(server.url, token=office.tokens[1 - (before or 0)]) as agent:
            (await agent.call("POST", f"desk/visits/{visit_id}/accept")).expect()


async def _rings(office: Office, visit_id: str) -> bool:
    return await office.rings_at(visit_id) is not None


async def _hang_mails(office: Office, silent: SilentServer) -> None:
    """Have mails of two kinds, several of each, wait for a server that says nothing."""

    async with Api(office.server.url) as nobody:
        for number in range(3):
            message = {
                "client_id": f"m{number}",
                "email": "jan@example.test",
                "text": "Proszę o ofertę",
                "language": "pl",
            }
            await nobody.post(f"widget/{office.key}/messages", message)
            (await nobody.call("POST", "password/forgotten", {"email": office.emails[number % 2]})).expect()

    async def hang() -> bool:
        return len(silent.lines) > 0

    await until(hang, 20, "a mail hangs")


async def _time_to_second_agent(office: Office) -> float:
    """Let a visit ring; return how long until the other agent is asked, in s."""
    async with office.at_desk(0), office.at_desk(1):
        visit_id, _ = await office.ask()
        first = await office.rings_at(visit_id)
        assert first is not None

        async def at_the_other() -> bool:
            return await office.rings_at(visit_id) == 1 - first

        return await until(at_the_other, 60, "the second agent is asked")


@pytest.mark.feature("CC-074")
@pytest.mark.parametrize("store", ["sqlite", "postgres"])
async def test_offers_move_at_their_time_beside_a_mail_server_that_says_nothing(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = {"CENTRALA_DATABASE_URL": request.getfixturevalue("postgres_url")} if store == "postgres" else {}
    async with SilentServer() as silent:
        server = a_server(
            tmp_path,
            CENTRALA_OFFER_S=str(OFFER_S),
            CENTRALA_SMTP_URL=f"smtp://127.0.0.1:{silent.port}?starttls=never",
            **environment,
        )
        try:
            office = await an_office(server)
            await _hang_mails(office, silent)
            for _ in range(2):
                assert OFFER_S - 2 < await _time_to_second_agent(office) < OFFER_S + 3
            assert len(silent.lines) > 1, "a mail of each kind still hangs, and nothing else waits for them"
        finally:
            server.stop()


@pytest.mark.slow
@pytest.mark.feature("CC-074")
async def test_after_thirty_real_seconds_the_second_agent_is_asked(tmp_path: Path) -> None:
    async with SilentServer() as silent:
        server = a_server(tmp_path, CENTRALA_SMTP_URL=f"smtp://127.0.0.1:{silent.port}?starttls=never")
        try:
            office = await an_office(server)
            await _hang_mails(office, silent)
            assert 28 < await _time_to_second_agent(office) < 34
        finally:
            server.stop()
