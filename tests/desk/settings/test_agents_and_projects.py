"""An agent's home: links, media, directions, the outgoing project and status; and projects as administrators keep them."""

import json
from collections.abc import Coroutine
from typing import Any

import pytest

from accounts.rights import Actor
from core.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from desk.settings.agent_payloads import AgentHome, HomeProject, LinksBody, OwnProjectBody
from desk.settings.events import STORED_EVENTS
from desk.settings.payloads import (
    ChannelBody,
    Hours,
    LicenceBody,
    LicenceSeats,
    MemberBody,
    NewProjectBody,
    Project,
    ProjectBody,
    ServesBody,
)
from tests.desk.settings.conftest import Desk
from tests.support.rows import SetClock

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WEEK = [[("08:00", "16:00")]] * 5 + [[], []]


async def _project(desk: Desk, name: str = "Serwis", *people: Actor) -> Project:
    made = await desk.projects.add(desk.admin, NewProjectBody(name=name))
    for person in people:
        made = await desk.projects.put_member(desk.admin, made.id, person.party_id, MemberBody())
    return made


async def _license(desk: Desk, person: Actor, *media: str) -> None:
    for medium in media:
        await desk.channels.set_licence(desk.admin, medium, person.party_id, LicenceBody(assigned=True))


def _one(home: AgentHome) -> HomeProject:
    (project,) = home.projects
    return project


async def _refused(work: Coroutine[Any, Any, object], kind: type[Refusal], code: str) -> None:
    with pytest.raises(kind) as refused:
        await work
    assert refused.value.code == code


@sqlite_alone
@pytest.mark.feature("WORK-002", "WORK-003", "WORK-004", "WORK-005", "WORK-006", "WORK-007", "WORK-008")
async def test_links_are_listed_and_only_the_available_one_is_activated(desk: Desk) -> None:
    home = await desk.agents.home(desk.anna)
    assert [(one.kind, one.active, one.available, one.reason) for one in home.links] == [
        ("web", True, True, None), ("line", False, False, "no_telephony"), ("external", False, False, "no_telephony"),
    ]  # fmt: skip
    home = await desk.agents.change_links(desk.anna, LinksBody(web=False, external_number="+48 600 100 200"))
    assert [(one.kind, one.active, one.number) for one in home.links][::2] == [
        ("web", False, ""), ("external", False, "+48 600 100 200"),
    ]  # fmt: skip
    for body in (LinksBody(line=True), LinksBody(external=True)):
        await _refused(desk.agents.change_links(desk.anna, body), Conflict, "desk.link_unavailable")
    assert (await desk.agents.home(desk.bartek)).links[0].active, "one's links are one's own"


@pytest.mark.feature("WORK-010", "WORK-011", "WORK-012", "WORK-013", "WORK-014", "WORK-015", "WORK-016")
async def test_media_are_off_at_first_and_change_only_with_the_licence(desk: Desk) -> None:
    project = await _project(desk, "Serwis", desk.anna)
    first = _one(await desk.agents.home(desk.anna))
    assert [(one.medium, one.active, one.licensed) for one in first.media] == [
        ("audio", False, False), ("video", False, False), ("chat", False, False),
    ]  # fmt: skip
    for medium in ("audio", "video", "chat"):
        turn_on = desk.agents.change_project(desk.anna, project.id, OwnProjectBody(**{medium: True}))
        await _refused(turn_on, Forbidden, "desk.licence_missing")
    await _license(desk, desk.anna, "video")
    home = await desk.agents.change_project(desk.anna, project.id, OwnProjectBody(video=True))
    assert {one.medium: (one.active, one.licensed) for one in _one(home).media} == {
        "audio": (False, False), "video": (True, True), "chat": (False, False),
    }  # fmt: skip
    await _refused(
        desk.agents.change_project(desk.anna, project.id, OwnProjectBody(video=False, chat=True)),
        Forbidden, "desk.licence_missing",
    )  # fmt: skip
    assert _one(await desk.agents.home(desk.anna)).media[1].active, "nothing is half stored"
    home = await desk.agents.change_project(desk.anna, project.id, OwnProjectBody(video=False))
    assert not any(one.active for one in _one(home).media)


@sqlite_alone
@pytest.mark.feature("WORK-017", "WORK-018", "WORK-019", "WORK-020", "WORK-021", "WORK-022", "WORK-023")
async def test_one_direction_is_active_and_off_needs_the_right(desk: Desk) -> None:
    project = await _project(desk, "Serwis", desk.anna, desk.bartek)
    for direction in ("incoming", "outgoing", "both"):
        home = await desk.agents.change_project(desk.anna, project.id, OwnProjectBody(direction=direction))
        assert _one(home).direction == direction
    assert not _one(await desk.agents.home(desk.anna)).may_be_off
    turn_off = OwnProjectBody(direction="off")
    await _refused(desk.agents.change_project(desk.anna, project.id, turn_off), Forbidden, "desk.off_not_allowed")
    await desk.projects.put_member(desk.admin, project.id, desk.anna.party_id, MemberBody(may_be_off=True))
    await desk.projects.put_member(desk.admin, project.id, desk.bartek.party_id, MemberBody(role="supervisor"))
    for person in (desk.anna, desk.bartek):
        home = await desk.agents.change_project(person, project.id, turn_off)
        assert (_one(home).direction, _one(home).may_be_off) == ("off", True)


@sqlite_alone
@pytest.mark.feature("WORK-024", "WORK-027", "WORK-028", "WORK-029")
async def test_the_outgoing_project_is_one_of_those_one_works_in(desk: Desk) -> None:
    first, second = await _project(desk, "Serwis", desk.anna), await _project(desk, "Biuro", desk.anna)
    foreign = await _project(desk, "Obcy", desk.bartek)
    home = await desk.agents.home(desk.anna)
    assert [one.name for one in home.projects] == ["Biuro", "Serwis"] and home.outgoing_project_id is None
    assert (await desk.agents.choose_outgoing(desk.anna, second.id)).outgoing_project_id == second.id
    assert (await desk.agents.choose_outgoing(desk.anna, first.id)).outgoing_project_id == first.id
    for missing in (foreign.id, "no-such"):
        await _refused(desk.agents.choose_outgoing(desk.anna, missing), NotFound, "desk.project_not_found")
    await desk.projects.remove_member(desk.admin, first.id, desk.anna.party_id)
    assert (await desk.agents.home(desk.anna)).outgoing_project_id is None
    await desk.agents.choose_outgoing(desk.anna, second.id)
    await desk.projects.delete(desk.admin, second.id)
    home = await desk.agents.home(desk.anna)
    assert (home.outgoing_project_id, home.projects) == (None, [])


@sqlite_alone
@pytest.mark.feature("CC-010", "CC-211")
async def test_status_is_told_to_colleagues_and_routes_anew(desk: Desk, clock: SetClock) -> None:
    await _project(desk, "Serwis", desk.anna, desk.bartek)
    assert (await desk.agents.status(desk.anna)).status == "offline"
    await desk.events()
    desk.rerouted.clear()
    for status in ("online", "break", "offline"):
        clock.move(60)
        state = await desk.agents.set_status(desk.anna, status)
        assert (state.status, state.since_ms) == (status, clock.now_ms)
        (event,) = await desk.events()
        told = STORED_EVENTS[event.kind].model_validate_json(event.payload).model_dump()
        assert (event.kind, told) == ("agent:changed", {"agent": state.model_dump()})
        assert set(event.rooms) == {f"party:{desk.anna.party_id}", f"party:{desk.bartek.party_id}"}
        fresh = await desk.agents.home(desk.anna)
        assert (fresh.status, fresh.since_ms) == (state.status, state.since_ms), "snapshot and event say the same"
    assert desk.rerouted == [{desk.anna.party_id}] * 3
    await desk.agents.set_status(desk.anna, "offline")
    assert await desk.events() == [] and len(desk.rerouted) == 3, "the same status again is no news"


@sqlite_alone
async def test_what_changes_homes_and_settings_tells_whom_it_concerns(desk: Desk) -> None:
    await _project(desk, "Serwis", desk.anna)
    await desk.events()
    await _license(desk, desk.anna, "chat")
    told = {event.kind: (set(event.rooms), json.loads(event.payload)) for event in await desk.events()}
    assert told == {
        "settings:changed": ({f"party:{desk.admin.party_id}"}, {"section": "channels"}),
        "home:changed": ({f"party:{desk.anna.party_id}"}, {}),
    }


@sqlite_alone
@pytest.mark.feature("CC-156")
async def test_customers_have_no_desk_and_technicians_no_settings(desk: Desk) -> None:
    for work in (
        desk.agents.home(desk.celina), desk.agents.set_status(desk.celina, "online"),
        desk.projects.all(desk.anna), desk.channels.get(desk.anna), desk.companies.get(desk.anna),
        desk.start.begin(desk.anna), desk.start.progress(desk.anna), desk.widgets.get(desk.anna, "x"),
        desk.channels.set_seats(desk.admin, desk.cast.organisation_id, LicenceSeats()),
    ):  # fmt: skip
        await _refused(work, Forbidden, "accounts.forbidden")


@sqlite_alone
async def test_projects_are_for_staff_and_media_for_the_licensed(desk: Desk) -> None:
    project = await _project(desk)
    put = desk.projects.put_member
    await _refused(put(desk.admin, project.id, desk.celina.party_id, MemberBody()), Invalid, "desk.staff_only")
    await _refused(put(desk.admin, project.id, "no-such", MemberBody()), NotFound, "accounts.person_not_found")
    await _refused(put(desk.admin, "no-such", desk.anna.party_id, MemberBody()), NotFound, "desk.project_not_found")
    switched = put(desk.admin, project.id, desk.anna.party_id, MemberBody(chat=True))
    await _refused(switched, Forbidden, "desk.licence_missing_of")
    await _license(desk, desk.anna, "chat")
    body = MemberBody(chat=True, skills=["angielski", "frezarki"], chat_capacity=5, direction="incoming")
    (member,) = (await put(desk.admin, project.id, desk.anna.party_id, body)).members
    assert (member.name, member.chat, member.skills, member.chat_capacity, member.direction) == (
        "Anna Żak", True, ["angielski", "frezarki"], 5, "incoming",
    )  # fmt: skip
    await desk.channels.set_licence(desk.admin, "chat", desk.anna.party_id, LicenceBody(assigned=False))
    (member,) = (await put(desk.admin, project.id, desk.anna.party_id, body)).members
    assert member.chat, "a medium that was on stays, and waits for a licence"


@sqlite_alone
@pytest.mark.feature("BEY-053")
async def test_hours_are_kept_as_written_and_tell_whether_the_project_is_open(desk: Desk, clock: SetClock) -> None:
    project = await _project(desk)
    assert (project.hours, project.open, project.time_zone, project.country) == (None, True, "Europe/Warsaw", "PL")
    hours = Hours(week=WEEK, dates={"2026-12-31": [("08:00", "24:00")]})
    body = ProjectBody(version=1, hours=hours, wrap_up_s=45, result_codes=["Sprzedaż", "Pomyłka", "Sprzedaż"])
    changed = await desk.projects.change(desk.admin, project.id, body)
    assert changed.hours == hours and changed.result_codes == ["Sprzedaż", "Pomyłka"] and changed.wrap_up_s == 45
    assert {"date": "2026-12-24", "key": "christmas_eve"} in [one.model_dump() for one in changed.holidays]
    assert len(changed.holidays) == 28
    clock.now_ms = 1_782_738_000_000  # Monday 29 June 2026, 15:00 in Warsaw
    inside = await desk.projects.get(desk.admin, project.id)
    assert (inside.open, inside.changes_at_ms) == (True, 1_782_741_600_000)
    clock.move(3600)
    assert not (await desk.projects.get(desk.admin, project.id)).open
    overlapping = Hours(week=[[("08:00", "12:00"), ("11:00", "13:00")]] + [[]] * 6)
    change = desk.projects.change(desk.admin, project.id, ProjectBody(version=2, hours=overlapping))
    await _refused(change, Invalid, "desk.bad_hours")
    late = desk.projects.change(desk.admin, project.id, ProjectBody(version=1, name="Za późno"))
    await _refused(late, Conflict, "core.changed_meanwhile")
    zone = desk.projects.change(desk.admin, project.id, ProjectBody(version=2, time_zone="Europe/Nowhere"))
    await _refused(zone, Invalid, "accounts.unknown_time_zone")
    abroad = await desk.projects.change(desk.admin, project.id, ProjectBody(version=2, country="DE", always_open=True))
    assert (abroad.hours, abroad.holidays) == (None, [])


@pytest.mark.feature(
    "CC-155", "CC-167", "CC-168", "CC-169", "CC-170", "CC-179", "CC-186", "CC-187", "CC-188", "CC-218"
)  # fmt: skip
async def test_channels_have_switches_settings_and_users_of_their_own(desk: Desk) -> None:
    first = await desk.channels.get(desk.admin)
    assert [one.channel for one in first.channels] == ["chat", "voice_in", "voice_out", "email", "sms", "facebook"]
    assert not any(one.enabled or one.user_ids for one in first.channels)
    assert [one.name for one in first.staff] == ["Bartek Łoś", "Ewa Szefowa", "Anna Żak"], "no customers"
    await desk.channels.change(desk.admin, "chat", ChannelBody(enabled=True, ask_data=False, require_data=True))
    await desk.channels.change(desk.admin, "voice_in", ChannelBody(enabled=True, record_calls=True))
    await desk.channels.set_user(desk.admin, "voice_in", desk.anna.party_id, ServesBody(serves=True))
    after = await desk.channels.set_user(desk.admin, "chat", desk.bartek.party_id, ServesBody(serves=True))
    rows = {one.channel: one for one in after.channels}
    assert (rows["chat"].enabled, rows["chat"].ask_data, rows["chat"].require_data) == (True, False, True)
    assert (rows["voice_in"].enabled, rows["voice_in"].record_calls) == (True, True)
    assert not rows["voice_out"].enabled and rows["voice_out"].user_ids == [], "the two directions are apart"
    assert (rows["chat"].user_ids, rows["voice_in"].user_ids) == ([desk.bartek.party_id], [desk.anna.party_id])
    # Outgoing calls are set up beside the incoming ones, and say why none goes out yet.
    await desk.channels.change(desk.admin, "voice_out", ChannelBody(enabled=True))
    await desk.channels.set_user(desk.admin, "voice_out", desk.bartek.party_id, ServesBody(serves=True))
    after = await desk.channels.change(desk.admin, "email", ChannelBody(enabled=True))
    rows = {one.channel: one for one in after.channels}
    assert (rows["voice_out"].enabled, rows["voice_out"].user_ids) == (True, [desk.bartek.party_id])
    assert rows["voice_out"].reason is not None and rows["voice_in"].reason is None
    assert rows["voice_in"].user_ids == [desk.anna.party_id], "one direction changes nothing of the other"
    assert rows["email"].enabled
    after = await desk.channels.change(desk.admin, "email", ChannelBody(enabled=False))
    assert not next(one for one in after.channels if one.channel == "email").enabled
    after = await desk.channels.set_user(desk.admin, "chat", desk.bartek.party_id, ServesBody(serves=False))
    assert next(one for one in after.channels if one.channel == "chat").user_ids == []
    serve = desk.channels.set_user(desk.admin, "chat", desk.celina.party_id, ServesBody(serves=True))
    await _refused(serve, Invalid, "desk.staff_only")
    await _refused(desk.channels.change(desk.admin, "fax", ChannelBody()), NotFound, "desk.channel_not_found")


async def test_licences_end_where_the_operator_says(desk: Desk) -> None:
    await _license(desk, desk.anna, "chat")
    seats = await desk.channels.set_seats(desk.operator, desk.cast.organisation_id, LicenceSeats(chat=1))
    assert (seats.chat, seats.audio) == (1, None)
    assign = desk.channels.set_licence(desk.admin, "chat", desk.bartek.party_id, LicenceBody(assigned=True))
    await _refused(assign, Forbidden, "desk.no_licence_left")
    assert not (await desk.agents.home(desk.bartek)).projects
    settings = await desk.channels.get(desk.admin)
    assert [(one.medium, one.seats, one.assigned) for one in settings.licences] == [
        ("audio", None, 0), ("video", None, 0), ("chat", 1, 1),
    ]  # fmt: skip
    await desk.channels.set_licence(desk.admin, "chat", desk.anna.party_id, LicenceBody(assigned=False))
    after = await desk.channels.set_licence(desk.admin, "chat", desk.bartek.party_id, LicenceBody(assigned=True))
    assert {one.name: one.licences for one in after.staff}["Bartek Łoś"] == ["chat"]
    nowhere = desk.channels.set_seats(desk.operator, "no-such", LicenceSeats())
    await _refused(nowhere, NotFound, "accounts.organisation_not_found")
