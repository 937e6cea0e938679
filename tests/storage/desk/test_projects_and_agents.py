"""Projects, members, channels, licences and agents in the store, and the facts that decide who is offered a visit."""

from dataclasses import replace

import pytest

from core.ids import new_id
from storage.accounts.people import change_person, find_person
from storage.desk.agents import MemberFacts, change_agent, find_agent, forget_outgoing_project, load_facts, set_status
from storage.desk.channels import (
    Announcement,
    assign_licence,
    change_channel,
    channels_of_person,
    count_licences,
    list_announcements,
    list_channel_users,
    list_channels,
    list_licences,
    serve_channel,
    set_announcement,
    set_licence_seats,
    take_licence,
)
from storage.desk.companies import change_company, find_company
from storage.desk.projects import (
    Project,
    ProjectMember,
    add_project,
    add_project_member,
    change_project,
    change_project_member,
    delete_project,
    list_project_members,
    list_projects,
    projects_of_person,
)
from storage.desk.templates import Template, TemplateChannel, add_template, list_templates
from storage.desk.widgets import (
    Trigger,
    Widget,
    add_widget,
    find_widget_by_key,
    list_triggers,
    note_widget_seen,
    put_trigger,
)
from storage.engine.database import Clash, Database, Transaction
from tests.support.rows import Cast, SetClock


def _a_project(tx: Transaction, cast: Cast, name: str = "Serwis", *people: str) -> Project:
    project = Project(new_id(), cast.organisation_id, name, True, "Europe/Warsaw", "PL", "", False, 30, "[]", 1, 1)
    add_project(tx, project)
    for person in people:
        add_project_member(tx, _a_member(cast, project.id, person))
    return project


def _a_member(cast: Cast, project_id: str, person_id: str) -> ProjectMember:
    return ProjectMember(
        cast.organisation_id, project_id, person_id, "agent", False, False, False, "both", False, "[]", 3, 1
    )


async def test_facts_of_members_nobody_touched_are_the_defaults(database: Database, cast: Cast) -> None:
    def work(tx: Transaction) -> list[MemberFacts]:
        project = _a_project(tx, cast, "Serwis", cast.anna)
        return load_facts(tx, cast.organisation_id, project.id)

    (anna,) = await database.write(work)
    assert (anna.person_id, anna.name, anna.status, anna.direction) == (cast.anna, "Anna Żak", "offline", "both")
    assert (anna.web_link, anna.line_link, anna.external_link) == (True, False, False)
    off = {name for name in MemberFacts.__dataclass_fields__ if getattr(anna, name) in (False, 0)}
    assert off >= {
        "chat", "audio", "video", "chat_on", "voice_on", "chat_user", "voice_user", "chat_licence", "audio_licence",
        "video_licence",
    }  # fmt: skip


async def test_facts_say_all_that_was_switched_on_and_nothing_of_others(
    database: Database, cast: Cast, others: Cast, clock: SetClock
) -> None:
    def work(tx: Transaction) -> list[MemberFacts]:
        project = _a_project(tx, cast, "Serwis", cast.anna, cast.bartek)
        _a_project(tx, others, "Obcy", others.anna)
        ours = cast.organisation_id
        change_project_member(tx, ours, project.id, cast.anna, {"chat": True, "video": True, "direction": "incoming"})
        change_channel(tx, ours, "chat", {"enabled": True})
        change_channel(tx, others.organisation_id, "voice_in", {"enabled": True})
        serve_channel(tx, ours, "chat", cast.anna, serves=True)
        serve_channel(tx, ours, "voice_in", cast.anna, serves=True)
        serve_channel(tx, ours, "voice_out", cast.bartek, serves=True)
        assign_licence(tx, ours, "video", cast.anna)
        assert set_status(tx, ours, cast.anna, "online")
        assert not set_status(tx, ours, cast.anna, "online")
        return load_facts(tx, ours, project.id)

    anna, bartek = sorted(await database.write(work), key=lambda one: one.name)
    assert (anna.status, anna.status_at_ms, anna.idle_since_ms) == ("online", clock.now_ms, clock.now_ms)
    assert (anna.chat, anna.audio, anna.video, anna.direction) == (True, False, True, "incoming")
    assert (anna.chat_on, anna.voice_on, anna.chat_user, anna.voice_user) == (True, False, True, True)
    assert (anna.chat_licence, anna.audio_licence, anna.video_licence) == (False, False, True)
    assert (bartek.status, bartek.chat_user, bartek.voice_user, bartek.video_licence) == (
        "offline",
        False,
        False,
        False,
    )


async def test_of_more_licences_than_the_organisation_has_the_earliest_count(
    database: Database, cast: Cast, clock: SetClock
) -> None:
    ours = cast.organisation_id
    for person in (cast.bartek, cast.anna, cast.celina):
        assert await database.write(lambda tx, person=person: assign_licence(tx, ours, "chat", person))
        clock.move(1)
    assert (await database.read(lambda tx: list_licences(tx, ours)))["chat"] == {cast.anna, cast.bartek, cast.celina}
    await database.write(lambda tx: set_licence_seats(tx, ours, "chat", 1))
    assert (await database.read(lambda tx: list_licences(tx, ours)))["chat"] == {cast.bartek}
    assert await database.read(lambda tx: count_licences(tx, ours)) == {"audio": 0, "video": 0, "chat": 3}

    def deactivate(tx: Transaction) -> None:
        bartek = find_person(tx, ours, cast.bartek)
        assert bartek is not None and change_person(tx, bartek, None, {"active": False})

    await database.write(deactivate)
    assert (await database.read(lambda tx: list_licences(tx, ours)))["chat"] == {cast.anna}
    await database.write(lambda tx: set_licence_seats(tx, ours, "chat", 0))
    assert (await database.read(lambda tx: list_licences(tx, ours)))["chat"] == set()
    await database.write(lambda tx: set_licence_seats(tx, ours, "chat", None))
    assert (await database.read(lambda tx: list_licences(tx, ours)))["chat"] == {cast.anna, cast.celina}
    assert await database.write(lambda tx: take_licence(tx, ours, "chat", cast.anna))
    assert not await database.write(lambda tx: take_licence(tx, ours, "chat", cast.anna))


async def test_channels_have_defaults_until_somebody_changes_them(database: Database, cast: Cast) -> None:
    ours = cast.organisation_id

    def work(tx: Transaction) -> None:
        assert not any(one.enabled for one in list_channels(tx, ours).values())
        assert list_channels(tx, ours)["chat"].ask_data and not list_channels(tx, ours)["chat"].require_data
        change_channel(tx, ours, "chat", {"enabled": True})
        change_channel(tx, ours, "chat", {"require_data": True})
        assert list_channels(tx, ours)["chat"].enabled and list_channels(tx, ours)["chat"].require_data
        for _ in range(2):
            serve_channel(tx, ours, "sms", cast.anna, serves=True)
        serve_channel(tx, ours, "chat", cast.anna, serves=True)
        assert channels_of_person(tx, ours, cast.anna) == ["chat", "sms"]
        serve_channel(tx, ours, "sms", cast.anna, serves=False)
        assert list_channel_users(tx, ours)["sms"] == set() and list_channel_users(tx, ours)["chat"] == {cast.anna}
        assert list_announcements(tx, ours)["hold"].kind == "default"
        set_announcement(tx, Announcement(ours, "hold", "blocked"))
        assert list_announcements(tx, ours)["hold"].kind == "blocked"

    await database.write(work)


@pytest.mark.feature("WORK-029")
async def test_somebody_works_in_several_projects_in_polish_order(database: Database, cast: Cast) -> None:
    ours = cast.organisation_id

    def work(tx: Transaction) -> None:
        first = _a_project(tx, cast, "Żądania", cast.anna, cast.bartek)
        second = _a_project(tx, cast, "Łódź", cast.anna)
        _a_project(tx, cast, "Zakupy", cast.bartek)
        assert [project.name for project, _ in projects_of_person(tx, ours, cast.anna)] == ["Łódź", "Żądania"]
        assert [(one.name, count) for one, count in list_projects(tx, ours)] == [
            ("Łódź", 1), ("Zakupy", 1), ("Żądania", 2),
        ]  # fmt: skip
        assert [one.person_id for one in list_project_members(tx, ours, first.id)] == [cast.bartek, cast.anna]
        assert change_project(tx, ours, second.id, 1, {"name": "Ćma", "active": False})
        assert not change_project(tx, ours, second.id, 1, {"name": "Za późno"})
        assert [project.name for project, _ in projects_of_person(tx, ours, cast.anna)] == ["Żądania"]
        change_agent(tx, ours, cast.anna, {"outgoing_project_id": first.id})
        assert find_agent(tx, ours, cast.anna).outgoing_project_id == first.id
        forget_outgoing_project(tx, first.id)
        assert find_agent(tx, ours, cast.anna).outgoing_project_id is None
        assert delete_project(tx, ours, first.id)
        assert list_project_members(tx, ours, first.id) == []

    await database.write(work)
    with pytest.raises(Clash):
        await database.write(lambda tx: add_project_member(tx, _a_member(cast, "none such", cast.anna)))


async def test_company_data_begin_empty_and_are_changed_by_version(database: Database, cast: Cast) -> None:
    ours = cast.organisation_id

    def work(tx: Transaction) -> None:
        assert find_company(tx, ours).version == 1
        assert not change_company(tx, ours, 7, {"city": "Łódź"})
        assert change_company(tx, ours, 1, {"city": "Łódź"})
        assert not change_company(tx, ours, 1, {"city": "Zgierz"})
        assert (find_company(tx, ours).city, find_company(tx, ours).version) == ("Łódź", 2)

    await database.write(work)


async def test_a_widget_is_found_by_its_key_and_has_one_trigger_for_each_language(
    database: Database, cast: Cast, clock: SetClock
) -> None:
    ours = cast.organisation_id

    def work(tx: Transaction) -> None:
        widget = Widget(new_id(), ours, _a_project(tx, cast).id, "klucz")
        add_widget(tx, widget)
        assert find_widget_by_key(tx, "klucz") == widget
        assert find_widget_by_key(tx, "inny") is None
        polish = Trigger(new_id(), ours, widget.id, "pl", "Dzień dobry, w czym mogę pomóc? :)", 15)
        put_trigger(tx, polish)
        put_trigger(tx, replace(polish, id=new_id(), language="en", text="How can I help?"))
        put_trigger(tx, replace(polish, id=new_id(), text="Witamy"))
        assert [(one.language, one.text) for one in list_triggers(tx, widget.id)] == [
            ("pl", "Witamy"), ("en", "How can I help?"),
        ]  # fmt: skip
        assert note_widget_seen(tx, widget.id, "https://a.example/", not_since_ms=clock.now_ms - 60_000)
        assert not note_widget_seen(tx, widget.id, "https://a.example/", not_since_ms=clock.now_ms - 60_000)
        assert note_widget_seen(tx, widget.id, "https://b.example/", not_since_ms=clock.now_ms - 60_000)

    await database.write(work)


async def test_a_shortcut_is_taken_once_in_a_channel_however_it_is_written(database: Database, cast: Cast) -> None:
    def a_template(channel: TemplateChannel, name: str, shortcut: str | None) -> Template:
        return Template(new_id(), cast.organisation_id, channel, name, shortcut, "Tekst", 1, 1)

    def work(tx: Transaction) -> None:
        add_template(tx, a_template("chat", "Żegnaj", "żegnaj"))
        add_template(tx, a_template("sms", "Witaj", "żegnaj"))
        add_template(tx, a_template("chat", "Cennik", None))
        add_template(tx, a_template("chat", "Ćwiczenia", None))
        assert [one.name for one in list_templates(tx, cast.organisation_id, "chat")] == [
            "Cennik", "Ćwiczenia", "Żegnaj",
        ]  # fmt: skip

    await database.write(work)
    with pytest.raises(Clash):
        await database.write(lambda tx: add_template(tx, a_template("chat", "Inny", "ŻEGNAJ")))
