"""Snapshot + events = a fresh GET, for what agents and visitors see of visits."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from desk.visits import payloads
from desk.visits.payloads import STORED_EVENTS
from storage.engine.event_log import events_after, newest_event_id
from tests.desk.conftest import Desk
from tests.support.desks import Guest


def apply(queue: dict[str, Any], self_id: str, kind: str, payload: dict[str, Any]) -> None:
    """What a page does with an event: upserts and removals by id."""

    def without(rows: list[dict[str, Any]], visit_id: str) -> list[dict[str, Any]]:
        return [one for one in rows if one["id"] != visit_id]

    if kind == "offer:made" and payload["offer"]["agent_id"] == self_id:
        queue["offers"] = [*without(queue["offers"], payload["offer"]["id"]), payload["offer"]]
    elif kind == "offer:ended":
        queue["offers"] = without(queue["offers"], payload["offer_id"])
    elif kind == "visit:changed":
        visit = payload["visit"]
        for offer in queue["offers"]:
            if offer["visit"]["id"] == visit["id"]:
                offer["visit"] = visit
        mine = (
            visit["agent"] is not None
            and visit["agent"]["id"] == self_id
            and visit["state"] in ("accepted", "wrapping")
        )
        for name, belongs in (
            ("visits", mine), ("waiting", visit["state"] in ("waiting", "offered")), ("messages", visit["state"] == "message"),
        ):  # fmt: skip
            queue[name] = without(queue[name], visit["id"]) + ([visit] if belongs else [])


def plain(queue: dict[str, Any]) -> dict[str, Any]:
    """Without the server's time and the counts, in one order."""
    return {
        name: sorted(queue[name], key=lambda one: one["id"]) for name in ("offers", "visits", "waiting", "messages")
    }


Act = Callable[[Desk, Guest], Awaitable[Any]]


async def ask(desk: Desk, guest: Guest) -> None:
    await guest.ask()


async def answered(desk: Desk, guest: Guest) -> payloads.VisitState:
    visit = await guest.ask()
    await desk.accept(desk.world.anna, visit.id)
    return visit


async def decline_and_answer(desk: Desk, guest: Guest) -> None:
    visit = await guest.ask()
    for who in (desk.world.anna, desk.world.bartek):
        if visit.id in [one.visit.id for one in (await desk.queue(who)).offers]:
            await desk.node.real_time.visits.offering.decline(who.actor, visit.id)
            break
    await desk.accept(desk.world.anna, visit.id)


async def close(desk: Desk, guest: Guest) -> None:
    visit = await answered(desk, guest)
    await desk.node.real_time.visits.visits.close(desk.world.anna.actor, visit.id, payloads.CloseBody(note="x"))


async def hand_over(desk: Desk, guest: Guest) -> None:
    visit = await answered(desk, guest)
    body = payloads.TransferBody(agent_id=desk.world.bartek.id, note="Proszę o pomoc")
    await desk.node.real_time.visits.visits.transfer(desk.world.anna.actor, visit.id, body)
    await desk.accept(desk.world.bartek, visit.id)


async def hold_and_tag(desk: Desk, guest: Guest) -> None:
    visit = await answered(desk, guest)
    visits = desk.node.real_time.visits.visits
    await visits.hold(desk.world.anna.actor, visit.id, held=True)
    await visits.tag(desk.world.anna.actor, visit.id, ["pilne", "zwrot", "pilne"])


async def walk_on(desk: Desk, guest: Guest) -> None:
    await guest.ask()
    visitors = desk.node.real_time.visits.visitors
    await visitors.move_page(guest.actor, payloads.PageBody(url="https://sklep.example/dostawa", title="Dostawa"))
    await visitors.change(guest.actor, payloads.VisitorBody(name="Jan", email="jan@example.test"))


async def go(desk: Desk, guest: Guest) -> None:
    await answered(desk, guest)
    await guest.leave()


async def go_before(desk: Desk, guest: Guest) -> None:
    await guest.ask()
    await guest.leave()


async def write_form(desk: Desk, guest: Guest) -> None:
    for who in (desk.world.anna, desk.world.bartek):
        await desk.status(who, "break")
    body = payloads.MessageFormBody(
        client_id="f", name="Jan", email="jan@example.test", text="Proszę o kontakt", language="pl"
    )
    await desk.node.real_time.visits.visitors.write(guest.actor, f"key-{desk.project}", body)


async def write_form_after_waiting(desk: Desk, guest: Guest) -> None:
    await guest.ask()
    await write_form(desk, guest)


async def call_and_answer(desk: Desk, guest: Guest) -> None:
    visit = await guest.ask("video", text=None)
    await desk.accept(desk.world.anna, visit.id)


async def escalate(desk: Desk, guest: Guest) -> None:
    visit = await answered(desk, guest)
    await desk.node.real_time.visits.visitors.escalate(guest.actor, visit.id, payloads.EscalateBody(medium="audio"))


async def rate(desk: Desk, guest: Guest) -> None:
    await close(desk, guest)
    assert guest.visit is not None
    await desk.node.real_time.visits.visitors.rate(
        guest.actor, guest.visit.id, payloads.RatingBody(stars=5, comment="Miło")
    )


async def make_case(desk: Desk, guest: Guest) -> None:
    visit = await answered(desk, guest)
    body = payloads.MakeCaseBody(title="Pompa", person_ids=[desk.world.bartek.id])
    await desk.node.real_time.visits.case_making.make(desk.world.anna.actor, visit.id, body)


ACTS: dict[Act, set[str]] = {
    ask: {"offer:made", "visit:changed", "visit:stands"},
    decline_and_answer: {"offer:made", "offer:ended", "visit:changed", "visit:stands"},
    close: {"visit:changed", "visit:stands"},
    hand_over: {"offer:made", "visit:changed"},
    hold_and_tag: {"visit:changed"},
    walk_on: {"visit:changed"},
    go: {"visit:changed"},
    go_before: {"offer:ended", "visit:changed"},
    write_form: {"visit:changed"},
    write_form_after_waiting: {"visit:changed"},
    call_and_answer: {"visit:changed", "visit:stands"},
    escalate: {"visit:changed", "visit:stands"},
    rate: {"visit:changed", "visit:stands"},
    make_case: {"visit:changed"},
}


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"offer_s": 60.0, "visitor_grace_s": 60.0}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
async def test_what_is_heard_makes_of_the_old_what_a_fresh_question_gives(desk: Desk, act: Act) -> None:
    guest, bystander = await desk.visitor(), await desk.visitor()
    await bystander.ask("chat", text="Ktoś inny")
    database, agents = desk.world.database, (desk.world.anna, desk.world.bartek)
    before = {who.id: orjson.loads((await desk.queue(who)).model_dump_json()) for who in agents}
    told: dict[str, Any] = {"visit": None}
    last = await database.read(newest_event_id)
    await act(desk, guest)
    kinds = set()
    for event in await database.read(lambda tx: events_after(tx, last, 1000)):
        if event.kind not in STORED_EVENTS:
            continue
        payload = orjson.loads(event.payload)
        kinds.add(event.kind)
        STORED_EVENTS[event.kind].model_validate(payload)
        for who in agents:
            if f"party:{who.id}" in event.rooms:
                apply(before[who.id], who.id, event.kind, payload)
        if event.kind == "visit:stands" and f"party:{guest.id}" in event.rooms:
            told["visit"] = payload["visit"]
    assert kinds >= ACTS[act]
    for who in agents:
        fresh = orjson.loads((await desk.queue(who)).model_dump_json())
        assert plain(before[who.id]) == plain(fresh)
        counts = {"offers": "offers", "mine": "visits", "waiting": "waiting", "messages": "messages"}
        assert fresh["counts"] == {name: len(fresh[rows]) for name, rows in counts.items()}
    home = orjson.loads((await desk.node.real_time.visits.visitors.home(guest.actor)).model_dump_json())
    # Places and waits are told again as others move.
    moving = {"place": None, "expected_wait_s": None}
    if told["visit"] is not None:
        assert {**told["visit"], **moving} == {**home["visit"], **moving}
