"""Web push against a real push service: what is told to whom, encrypted and signed, and what is told to nobody."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.certificates import Certificate
from tests.support.people import make_conversation, make_people, new_organisation
from tests.support.push_service import PushBrowser, PushService
from tests.support.server import Server

# Twice the pause in which a message waits for being read.
QUIET_S = 3.5


@pytest.fixture
async def push_service(certificate: Certificate) -> AsyncIterator[PushService]:
    made = PushService(certificate)
    yield await made.start()
    await made.close()


@pytest.fixture
def reaching(start_server: Callable[..., Server], certificate: Certificate) -> Callable[..., Server]:
    """Start a server that trusts the service's certificate; `networks` are private ones it may connect to."""

    def start(networks: str = "127.0.0.0/8,::1") -> Server:
        return start_server(
            CENTRALA_MEDIA_WORKERS="0",
            CENTRALA_RING_S="3",
            CENTRALA_OUTWARD_NETWORKS=networks,
            SSL_CERT_FILE=str(certificate.certificate),
        )

    return start


async def say(api: Api, talk: str, text: str) -> dict[str, Any]:
    sent: dict[str, Any] = await api.post(
        f"conversations/{talk}/messages", {"client_id": secrets.token_hex(8), "text": text}
    )
    return sent


async def subscribe(service: PushService, api: Api) -> PushBrowser:
    browser = service.browser()
    (await api.call("PUT", "push/subscription", browser.subscription)).expect()
    return browser


@asynccontextmanager
async def two_in_a_talk(server: Server) -> AsyncIterator[tuple[Api, Api, str]]:
    """An administrator, somebody else, and the group conversation of both."""
    admin = await new_organisation(server)
    try:
        (person,) = await make_people(admin, 1)
        async with Api(server.url, token=person.token) as own:
            yield admin, own, await make_conversation(admin, [person], "Pompa P-7")
    finally:
        await admin.__aexit__()


@pytest.mark.feature("BEY-021")
async def test_messages_and_calls_reach_a_browser_that_is_closed(
    reaching: Callable[..., Server], push_service: PushService
) -> None:
    server = reaching()
    async with two_in_a_talk(server) as (admin, own, talk):
        await own.call("PATCH", "profile", {"version": (await own.get("profile"))["version"], "language": "en"})
        browser, mine = await subscribe(push_service, own), await subscribe(push_service, admin)
        await say(admin, talk, "pierwsza")
        await say(admin, talk, "Wałek pękł, żółć " + "ł" * 400)
        got = await browser.next()
        assert (got.notice["tag"], got.notice["url"]) == (f"conversation {talk}", f"/conferencing/{talk}")
        assert got.notice["title"].endswith("· Pompa P-7") and got.notice["body"].startswith("Wałek pękł, żółć łł")
        assert len(got.notice["body"]) == 180
        assert (got.ttl_s, got.urgency) == (86_400, "normal")
        assert got.claims["sub"].startswith(("mailto:", "https://"))
        assert not browser.received, "of two messages only the newest is told"

        call = await admin.post(f"conversations/{talk}/conference")
        ring = await browser.next()
        assert (ring.notice["tag"], ring.notice["url"]) == (f"call {call['conference_id']}", f"/conference/{talk}")
        assert ring.notice["title"].endswith("is calling") and ring.notice["body"] == "Pompa P-7"
        assert (ring.ttl_s, ring.urgency) == (3, "high")
        await admin.post(f"conferences/{call['conference_id']}/end")
        missed = await browser.next()
        assert missed.notice["tag"] == ring.notice["tag"] and missed.notice["title"].startswith("Missed call")
        assert missed.topic == ring.topic != got.topic
        assert (await own.post("push/trial", {"endpoint": browser.endpoint}))["outcome"] == "taken"
        assert (await browser.next()).notice["title"] == "Notices arrive"
        await asyncio.sleep(QUIET_S)
        assert mine.received == [], "nobody is told of what they did themselves"
        assert server.tracebacks() == []


async def test_who_read_it_silenced_it_or_signed_out_is_left_alone(
    reaching: Callable[..., Server], push_service: PushService
) -> None:
    server = reaching()
    async with two_in_a_talk(server) as (admin, own, talk):
        browser = await subscribe(push_service, own)
        sent = await say(admin, talk, "czytane od razu")
        (await own.call("PUT", f"conversations/{talk}/marks", {"read_seq": sent["seq"]})).expect()
        await asyncio.sleep(QUIET_S)
        (await own.call("PUT", f"conversations/{talk}/silence", {"silent": True})).expect()
        assert (await own.get(f"conversations/{talk}"))["silent"] is True
        assert (await admin.get(f"conversations/{talk}"))["silent"] is False
        await say(admin, talk, "do ciszy")
        call = await admin.post(f"conversations/{talk}/conference")
        await asyncio.sleep(QUIET_S)
        await admin.post(f"conferences/{call['conference_id']}/end")
        assert (push_service.asked, browser.received) == (0, [])

        # Whoever is mentioned hears of it all the same, and of nothing that comes later.
        person_id = (await own.get("profile"))["id"]
        named = {"start": 0, "length": 5, "person_id": person_id}
        await admin.post(
            f"conversations/{talk}/messages",
            {"client_id": secrets.token_hex(8), "text": "@Test zobacz", "mentions": [named]},
        )
        assert (await browser.next()).notice["body"] == "@Test zobacz"
        await say(admin, talk, "znów do ciszy")
        await asyncio.sleep(QUIET_S)
        assert push_service.asked == 1

        (await own.call("PUT", f"conversations/{talk}/silence", {"silent": False})).expect()
        await say(admin, talk, "znów głośno")
        await browser.next()
        (await own.call("DELETE", "session")).expect()
        await say(admin, talk, "po wylogowaniu")
        await asyncio.sleep(QUIET_S)
        assert push_service.asked == 2


async def test_a_browser_that_is_gone_is_forgotten_and_a_shared_one_tells_its_last_person(
    reaching: Callable[..., Server], push_service: PushService
) -> None:
    server = reaching()
    async with two_in_a_talk(server) as (admin, one, talk):
        (second,) = await make_people(admin, 1)
        other = await Api(server.url, token=second.token).__aenter__()
        await admin.post(f"conversations/{talk}/members", {"person_ids": [second.id]})
        shared = await subscribe(push_service, one)
        (await other.call("PUT", "push/subscription", shared.subscription)).expect()
        await say(admin, talk, "raz")
        await shared.next()
        await asyncio.sleep(0.5)
        assert push_service.asked == 1, "the browser is the second person's alone"
        shared.status = 410
        await say(admin, talk, "dwa")
        await asyncio.sleep(QUIET_S)
        await say(admin, talk, "trzy")
        await asyncio.sleep(QUIET_S)
        assert push_service.asked == 2
        assert (await other.call("POST", "push/trial", {"endpoint": shared.endpoint})).status == 404
        await other.__aexit__()


async def test_no_address_inside_is_ever_connected_to(
    reaching: Callable[..., Server], push_service: PushService
) -> None:
    server = reaching(networks="")
    async with two_in_a_talk(server) as (_, own, _):
        good = push_service.browser().subscription
        for endpoint in (
            f"http://localhost:{push_service.port}/x", "https://127.0.0.1/x", "https://[::1]/x", "https://10.1.2.3:8443/x",
            "https://[::ffff:192.168.1.1]/x", "https://169.254.169.254/latest", "https://user:word@push.example.com/x",
            "https://push.example.com:x/", "ftp://push.example.com/", "https:///x", "nonsense-nonsense",
        ):  # fmt: skip
            refused = await own.call("PUT", "push/subscription", {**good, "endpoint": endpoint})
            assert (refused.status, refused.body["code"]) == (422, "conversations.push_endpoint"), endpoint
        for keys in ({"p256dh": "A" * 87, "auth": good["keys"]["auth"]}, {**good["keys"], "auth": "A" * 23}):
            refused = await own.call("PUT", "push/subscription", {**good, "keys": keys})
            assert (refused.status, refused.body["code"]) == (422, "conversations.push_keys")
        # A name says nothing: only the address it leads to, at the very connection, does.
        (await own.call("PUT", "push/subscription", good)).expect()
        assert (await own.post("push/trial", {"endpoint": good["endpoint"]}))["outcome"] == "unreachable"
        assert push_service.asked == 0 and "is not a public address" in server.output()
        assert server.tracebacks() == []
