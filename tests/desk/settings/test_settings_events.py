"""Of homes and settings events say that there is something new to fetch: whatever changes one of them is told to whoever sees it."""

import json
from collections.abc import Awaitable, Callable

import pytest

from accounts.rights import Actor
from desk.settings.agent_payloads import LinksBody, OwnProjectBody
from desk.settings.events import STORED_EVENTS
from desk.settings.payloads import (
    AnnouncementBody,
    ChannelBody,
    CompanyBody,
    LicenceBody,
    LicenceSeats,
    MemberBody,
    NewProjectBody,
    NewTemplateBody,
    ProjectBody,
    ServesBody,
    TriggerBody,
    WidgetBody,
)
from desk.settings.phone_payloads import NewPhoneNumbersBody, PackageChoice
from tests.desk.settings.conftest import Desk
from tests.support.rows import SetClock

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Act = Callable[[Desk], Awaitable[object]]


async def _first(desk: Desk) -> str:
    """The project that is there when an act begins: Anna and Bartek are its members."""
    return (await desk.projects.all(desk.admin)).items[0].id


async def _number(desk: Desk) -> str:
    return (await desk.phone_numbers.pool(desk.operator, None)).items[0].id


async def come_online(desk: Desk) -> None:
    await desk.agents.set_status(desk.anna, "online")


async def drop_a_link(desk: Desk) -> None:
    await desk.agents.change_links(desk.anna, LinksBody(web=False))


async def choose_a_direction(desk: Desk) -> None:
    await desk.agents.change_project(desk.bartek, await _first(desk), OwnProjectBody(direction="incoming"))


async def choose_where_to_call_from(desk: Desk) -> None:
    await desk.agents.choose_outgoing(desk.anna, await _first(desk))


async def put_the_start_screen_away(desk: Desk) -> None:
    await desk.agents.put_start_screen_away(desk.anna)


async def add_a_project(desk: Desk) -> None:
    await desk.projects.add(desk.admin, NewProjectBody(name="Biuro"))


async def rename_a_project(desk: Desk) -> None:
    await desk.projects.change(desk.admin, await _first(desk), ProjectBody(version=1, name="Naprawy"))


async def delete_a_project(desk: Desk) -> None:
    await desk.projects.delete(desk.admin, await _first(desk))


async def let_supervise(desk: Desk) -> None:
    await desk.projects.put_member(
        desk.admin, await _first(desk), desk.anna.party_id, MemberBody(role="supervisor", may_be_off=True)
    )


async def put_out_of_a_project(desk: Desk) -> None:
    await desk.projects.remove_member(desk.admin, await _first(desk), desk.bartek.party_id)


async def switch_a_channel(desk: Desk) -> None:
    await desk.projects.put_member(desk.admin, await _first(desk), desk.anna.party_id, MemberBody())
    await desk.channels.change(desk.admin, "chat", ChannelBody(enabled=True))


async def let_serve_a_channel(desk: Desk) -> None:
    await desk.channels.set_user(desk.admin, "chat", desk.anna.party_id, ServesBody(serves=True))


async def license_somebody(desk: Desk) -> None:
    await desk.channels.set_licence(desk.admin, "video", desk.bartek.party_id, LicenceBody(assigned=True))


async def limit_licences(desk: Desk) -> None:
    await license_somebody(desk)
    await desk.channels.set_seats(desk.operator, desk.cast.organisation_id, LicenceSeats(audio=3, video=0, chat=3))


async def block_the_greeting(desk: Desk) -> None:
    await desk.channels.set_announcement(desk.admin, "greeting", AnnouncementBody(kind="blocked"))


async def write_a_template(desk: Desk) -> None:
    await desk.templates.add(desk.admin, NewTemplateBody(channel="chat", name="Powitanie", text="Dzień dobry"))


async def paint_a_widget(desk: Desk) -> None:
    await desk.widgets.change(desk.admin, await _first(desk), WidgetBody(version=1, corner="top-left"))


async def set_a_trigger(desk: Desk) -> None:
    await desk.widgets.put_trigger(desk.admin, await _first(desk), "pl", TriggerBody(text="Pomóc?", delay_s=5))


async def name_the_company(desk: Desk) -> None:
    version = (await desk.companies.get(desk.admin)).version
    await desk.companies.change(desk.admin, CompanyBody(version=version, profile_name="Serwis"))


async def choose_a_number(desk: Desk) -> None:
    await desk.phone_numbers.assign(desk.admin, await _first(desk), await _number(desk))


async def buy_a_package(desk: Desk) -> None:
    await desk.phone_numbers.set_package(desk.operator, desk.cast.organisation_id, PackageChoice(package="start"))


# What each act changes: homes of agents, sections of the settings; or it is told whole.
ACTS: dict[Act, set[str]] = {
    come_online: {"agent:changed"},
    drop_a_link: {"home:changed"},
    choose_a_direction: {"home:changed", "settings:changed"},
    choose_where_to_call_from: {"home:changed"},
    put_the_start_screen_away: {"home:changed"},
    add_a_project: {"settings:changed"},
    rename_a_project: {"home:changed", "settings:changed"},
    delete_a_project: {"home:changed", "settings:changed"},
    let_supervise: {"home:changed", "settings:changed"},
    put_out_of_a_project: {"home:changed", "settings:changed"},
    switch_a_channel: {"home:changed", "settings:changed"},
    let_serve_a_channel: {"home:changed", "settings:changed"},
    license_somebody: {"home:changed", "settings:changed"},
    limit_licences: {"home:changed", "settings:changed"},
    block_the_greeting: {"settings:changed"},
    write_a_template: {"settings:changed"},
    paint_a_widget: {"settings:changed"},
    set_a_trigger: {"settings:changed"},
    name_the_company: {"settings:changed"},
    choose_a_number: {"settings:changed"},
    buy_a_package: {"settings:changed"},
}


async def _homes(desk: Desk) -> dict[str, dict[str, object]]:
    return {one.party_id: (await desk.agents.home(one)).model_dump() for one in (desk.anna, desk.bartek)}


async def _settings(desk: Desk, admin: Actor) -> dict[str, list[object]]:
    projects = (await desk.projects.all(admin)).items
    ids = [one.id for one in projects]
    return {
        "projects": [*projects, *[await desk.projects.get(admin, one) for one in ids]],
        "channels": [await desk.channels.get(admin)],
        "templates": [await desk.templates.all(admin)],
        "widgets": [await desk.widgets.get(admin, one) for one in ids],
        "company": [await desk.companies.get(admin)],
        "phone_numbers": [await desk.phone_numbers.of_project(admin, one) for one in ids],
    }


@pytest.mark.parametrize("act", list(ACTS), ids=lambda act: act.__name__)
async def test_whatever_changes_a_home_or_the_settings_is_told_to_whoever_sees_it(
    desk: Desk, clock: SetClock, act: Act
) -> None:
    numbers = [{"number": "+48600100200", "kind": "gsm"}]
    await desk.phone_numbers.add(desk.operator, NewPhoneNumbersBody(numbers=numbers))
    project = (await desk.projects.add(desk.admin, NewProjectBody(name="Serwis"))).id
    for person in (desk.anna, desk.bartek):
        await desk.projects.put_member(desk.admin, project, person.party_id, MemberBody())
    homes, settings = await _homes(desk), await _settings(desk, desk.admin)
    await desk.events()
    clock.move(60)
    await act(desk)
    told = await desk.events()
    assert {event.kind for event in told} >= ACTS[act]

    fresh = await _homes(desk)
    for person_id, before in homes.items():
        heard = [event for event in told if f"party:{person_id}" in event.rooms]
        refetch = any(event.kind == "home:changed" for event in heard)
        for event in heard:
            if event.kind == "agent:changed":
                state = json.loads(event.payload)["agent"]
                if state.pop("person_id") == person_id:
                    before.update(state)
        assert refetch or before == fresh[person_id], f"{person_id} was not told"
    changed = {name for name, rows in (await _settings(desk, desk.admin)).items() if rows != settings[name]}
    sections = {
        json.loads(event.payload)["section"]
        for event in told
        if event.kind == "settings:changed" and f"party:{desk.admin.party_id}" in event.rooms
    }
    # A page that hears of one section asks for all it shows of the settings again.
    assert bool(sections) >= bool(changed), f"{changed} were not told"
    assert ("settings:changed" in ACTS[act]) == bool(changed), "the table says what changes"


def test_each_event_of_the_settings_has_an_act(database_url: str) -> None:
    assert set().union(*ACTS.values()) == set(STORED_EVENTS)
