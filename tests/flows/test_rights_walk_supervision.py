"""The walk over what is heard without a seat: supervision of a visit, and each door of WHIP and WHEP of its call.

A stranger from another organisation and an ordinary agent are refused at each, whatever tokens they come by; so is everybody
else who does not supervise the project, and nothing is stored of it.
"""

import json
import secrets
from typing import Any

import aiohttp
import pytest

from core.ids import new_id
from tests.flows.test_rights_walk_sockets import _no_failure_of_ours, _stored, walked
from tests.support.houses import NEBULA, QUASAR, House, build_two
from tests.support.requests_of_routes import SDP
from tests.support.server import Server

__all__ = ["_no_failure_of_ours", "walked"]

MODES = ("listen", "whisper", "join")
DOORS = (
    ("POST", "whip"),
    ("POST", "whep"),
    ("PATCH", "whip"),
    ("PATCH", "whep"),
    ("DELETE", "whip"),
    ("DELETE", "whep"),
)
ONE_WAY = {"listener": (False, True), "whisper": (True, False), "seat": (True, True)}


@pytest.fixture
async def houses(walked: Server) -> tuple[House, House]:
    import asyncio

    ours, theirs = await asyncio.to_thread(build_two, walked, secrets.token_hex(3))
    await ours.supervised_call()
    await theirs.supervised_call()
    return ours, theirs


@pytest.fixture
async def http() -> Any:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as opened:
        yield opened


async def _listen(http: aiohttp.ClientSession, house: House, token: str, visit: str, mode: str) -> tuple[int, str, str]:
    url = f"{house.server.url}/api/v1/desk/visits/{visit}/listen"
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "pl"}
    async with http.post(url, json={"mode": mode}, headers=headers) as answer:
        text = await answer.text()
        return answer.status, str(json.loads(text).get("code", "")), text


async def _door(
    http: aiohttp.ClientSession, house: House, token: str, conference: str, method: str, door: str, resource: str
) -> tuple[int, str, str]:
    url = f"{house.server.url}/api/v1/conferences/{conference}/{door}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    if method != "POST":
        url += f"/{resource}"
    if method == "PATCH":
        headers |= {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"}
    content = {"POST": SDP, "PATCH": b"a=ice-ufrag:abcd\r\na=ice-pwd:" + b"x" * 24 + b"\r\n", "DELETE": None}[method]
    async with http.request(method, url, data=content, headers=headers) as answer:
        text = await answer.text()
        code = str(json.loads(text)["code"]) if "problem+json" in answer.headers.get("Content-Type", "") else ""
        return answer.status, code, text


def _tells(text: str, house: House) -> list[str]:
    words = (QUASAR, NEBULA, house.ids["technician"], house.ids["visitor"])
    return [word for word in words if word.lower() in text.lower()]


@pytest.mark.parametrize("mode", MODES)
async def test_only_who_supervises_the_project_listens_whispers_and_joins(
    houses: tuple[House, House], http: aiohttp.ClientSession, mode: str
) -> None:
    ours, theirs = houses
    visit = ours.ids["visit"]
    others = {
        "stranger, admin": (theirs.session("admin")[0], 404, "desk.visit_not_found"),
        "stranger, agent": (theirs.session("outside_agent")[0], 404, "desk.visit_not_found"),
        "stranger, supervisor at home": (theirs.session("agent")[0], 404, "desk.visit_not_found"),
        "stranger, customer": (theirs.session("customer")[0], 403, "accounts.forbidden"),
        "ordinary agent": (ours.session("outside_agent")[0], 403, "desk.no_supervisor"),
        "administrator": (ours.session("admin")[0], 404, "desk.visit_not_found"),
        "customer": (ours.session("customer")[0], 403, "accounts.forbidden"),
        "visitor": (ours.visitor_token, 403, "accounts.forbidden"),
        "guest": (ours.guest_token, 403, "accounts.forbidden"),
        "program": (ours.api_key, 403, "accounts.forbidden"),
        "conference token": (ours.conference_token("agent", of="visit_call"), 403, "accounts.forbidden"),
    }
    before, wrong = _stored(ours), []
    for who, (token, status, code) in others.items():
        found = await _listen(http, ours, token, visit, mode)
        if found[:2] != (status, code) or _tells(found[2], ours):
            wrong.append(f"{who}: {found}")
    assert wrong == []
    assert _stored(ours) == before
    status, _, text = await _listen(http, ours, ours.session("agent")[0], visit, mode)
    assert status == 200, text
    assert (json.loads(text)["token"] is not None) == (mode != "join")


@pytest.mark.parametrize("token_of", ONE_WAY)
async def test_no_door_of_a_visits_call_opens_to_who_does_not_supervise_it(
    houses: tuple[House, House], http: aiohttp.ClientSession, token_of: str
) -> None:
    ours, theirs = houses
    publish, receive = ONE_WAY[token_of]
    call, boss = ours.ids["visit_call"], ours.ids["agent"]
    viewer, publisher = f"whep.{boss}.{new_id()}.{new_id()}", f"whip.{new_id()}.{new_id()}"
    tokens = {
        who: ours.conference_token(who, of="visit_call", publish=publish, receive=receive)
        for who in ("outside_agent", "admin", "customer", "outside_customer")
    }
    # A foreign token is of a call at home: the database has no other.
    for who in ("agent", "outside_agent"):
        for of in ("visit_call", "conference"):
            tokens[f"stranger, {who}, {of}"] = theirs.conference_token(who, of=of, publish=publish, receive=receive)
    before, wrong = _stored(ours), []
    for who, token in tokens.items():
        for method, door in DOORS:
            resource = viewer if door == "whep" else publisher
            found = await _door(http, ours, token, call, method, door, resource)
            # One that goes the other way may not even ask; everything else is not there.
            one_way = method == "POST" and not (publish if door == "whip" else receive) and "stranger" not in who
            expected = (403, "accounts.forbidden") if one_way else (404, found[1])
            if found[:2] != expected or not found[1] or _tells(found[2], ours):
                wrong.append(f"{who}: {method} {door}: {found}")
    assert wrong == []
    assert _stored(ours) == before


async def test_what_a_supervisor_opened_is_the_supervisors_alone(
    houses: tuple[House, House], http: aiohttp.ClientSession
) -> None:
    """Also whoever is in the call may neither see nor end it."""
    ours, _ = houses
    call = ours.ids["visit_call"]
    viewer = f"whep.{ours.ids['agent']}.{new_id()}.{new_id()}"
    for who in ("technician", "outside_agent"):
        token = ours.conference_token(who, of="visit_call")
        for method in ("PATCH", "DELETE"):
            for door in ("whip", "whep"):
                status, code, _ = await _door(http, ours, token, call, method, door, viewer)
                assert (status, code) == (404, "rtc.transport_not_found"), (who, method, door)


async def test_who_supervises_is_let_in_until_it_is_over(
    houses: tuple[House, House], http: aiohttp.ClientSession
) -> None:
    """There is no media here, so who is let in is told just that; with the role the doors close."""
    ours, _ = houses
    call = ours.ids["visit_call"]
    tokens = {
        "whep": ours.conference_token("agent", of="visit_call", publish=False),
        "whip": ours.conference_token("agent", of="visit_call", receive=False),
    }
    for door, token in tokens.items():
        status, code, _ = await _door(http, ours, token, call, "POST", door, "")
        assert status not in (401, 403, 404), (door, status, code)
    admin = {"Authorization": f"Bearer {ours.session('admin')[0]}"}
    url = f"{ours.server.url}/api/v1/projects/{ours.ids['project']}/members/{ours.ids['agent']}"
    async with http.put(url, json={"role": "agent"}, headers=admin) as answer:
        assert answer.status == 200
    for door, token in tokens.items():
        status, code, _ = await _door(http, ours, token, call, "POST", door, "")
        assert status == 404, (door, status, code)
