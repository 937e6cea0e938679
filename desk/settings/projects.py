"""Projects as administrators keep them: names, hours, members and how each of them works (WORK-029, BEY-053)."""

import json
import uuid
import zoneinfo
from typing import Any

from accounts.rights import Actor, demand
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from desk.rules.hours import parse_hours
from desk.settings import payloads
from desk.settings.events import (
    Leave,
    Reroute,
    home_changed,
    leave_nothing,
    project_right_changed,
    route_nothing,
    settings_changed,
)
from desk.settings.views import project_row, project_view
from storage.accounts.people import Person, find_people, find_person
from storage.audit import note
from storage.desk.agents import forget_outgoing_project
from storage.desk.channels import list_licences
from storage.desk.phone_numbers import phone_numbers_of, release_phone_number
from storage.desk.projects import (
    Project,
    ProjectMember,
    add_project,
    add_project_member,
    change_project,
    change_project_member,
    delete_project,
    delete_project_member,
    find_project,
    find_project_member,
    list_project_members,
    list_projects,
    lock_project,
)
from storage.desk.terms import MEDIA
from storage.desk.widgets import Widget, add_widget
from storage.engine.database import Clash, Database, Transaction

MAX_PROJECTS = 500
DEFAULT_WRAP_UP_S = 30


class ProjectService:
    """The projects of an organisation, for its administrators.

    reroute   is called where it may change who can be offered visits
    leave     is called where somebody is put out of a project
    """

    def __init__(self, database: Database, reroute: Reroute = route_nothing, leave: Leave = leave_nothing) -> None:
        self._database = database
        self._reroute = reroute
        self._leave = leave

    async def all(self, actor: Actor) -> payloads.Projects:
        """Return all projects."""
        demand(actor, "desk.configure")

        def read(tx: Transaction) -> payloads.Projects:
            found = list_projects(tx, actor.organisation_id)
            return payloads.Projects(items=[project_row(project, count, tx.now_ms) for project, count in found])

        return await self._database.read(read)

    async def get(self, actor: Actor, project_id: str) -> payloads.Project:
        """Return a whole project."""
        demand(actor, "desk.configure")
        return await self._database.read(lambda tx: _whole(tx, actor, project_id))

    async def add(self, actor: Actor, body: payloads.NewProjectBody) -> payloads.Project:
        """Make a project with its widget; raises Conflict  there are too many."""
        demand(actor, "desk.configure")
        _check_zone(body.time_zone)

        def store(tx: Transaction) -> payloads.Project:
            if len(list_projects(tx, actor.organisation_id)) >= MAX_PROJECTS:
                raise Conflict("desk.too_many_projects", most=MAX_PROJECTS)
            project = make_project(tx, actor.organisation_id, body.name, time_zone=body.time_zone, country=body.country)
            note(tx, actor.organisation_id, actor.party_id, "project.added", "project", project.id, name=body.name)
            settings_changed(tx, actor.organisation_id, "projects")
            return _whole(tx, actor, project.id)

        return await self._database.write(store)

    async def change(self, actor: Actor, project_id: str, body: payloads.ProjectBody) -> payloads.Project:
        """Change a project.

        raises   Conflict  it changed meanwhile
                 Invalid   the time zone does not exist, or spans of a day overlap
        """
        demand(actor, "desk.configure")
        _check_zone(body.time_zone)
        changes = _columns(body)

        def store(tx: Transaction) -> payloads.Project:
            project_of(tx, actor.organisation_id, project_id)
            lock_project(tx, project_id)
            if not change_project(tx, actor.organisation_id, project_id, body.version, changes):
                raise Conflict("core.changed_meanwhile")
            note(tx, actor.organisation_id, actor.party_id, "project.changed", "project", project_id, **changes)
            self._changed(tx, actor, project_id)
            return _whole(tx, actor, project_id)

        return await self._database.write(store)

    async def delete(self, actor: Actor, project_id: str) -> None:
        """Delete a project that never had a visit, and give its numbers back; raises Conflict otherwise: it can be switched off."""
        demand(actor, "desk.configure")

        def store(tx: Transaction) -> None:
            project = project_of(tx, actor.organisation_id, project_id)
            members = [member.person_id for member in list_project_members(tx, actor.organisation_id, project_id)]
            forget_outgoing_project(tx, project_id)
            for number in phone_numbers_of(tx, actor.organisation_id, project_id):
                release_phone_number(tx, actor.organisation_id, project_id, number.id)
                note(
                    tx, actor.organisation_id, actor.party_id, "phone_number.released", "project", project_id,
                    number=number.number, name=project.name,
                )  # fmt: skip
            delete_project(tx, actor.organisation_id, project_id)
            for person_id in members:
                project_right_changed(tx, actor.organisation_id, project_id, person_id)
            note(tx, actor.organisation_id, actor.party_id, "project.deleted", "project", project_id, name=project.name)
            settings_changed(tx, actor.organisation_id, "projects")
            home_changed(tx, actor.organisation_id, members)

        try:
            await self._database.write(store)
        except Clash as clash:
            raise Conflict("desk.project_in_use") from clash

    async def put_member(
        self, actor: Actor, project_id: str, person_id: str, body: payloads.MemberBody
    ) -> payloads.Project:
        """Let somebody work in a project, or change how; who supervised it and does not any more hears no call of it.

        raises   Forbidden  a medium is switched on without the person's licence for it (WORK-012)
                 Invalid    the person is no member of the staff
        """
        demand(actor, "desk.configure")

        def store(tx: Transaction) -> payloads.Project:
            project_of(tx, actor.organisation_id, project_id)
            person = staff_of(tx, actor.organisation_id, person_id)
            before = find_project_member(tx, actor.organisation_id, project_id, person_id)
            licences = list_licences(tx, actor.organisation_id)
            for medium in MEDIA:
                switched_on = getattr(body, medium) and not (before and getattr(before, medium))
                if switched_on and person.id not in licences[medium]:
                    raise Forbidden("desk.licence_missing_of", medium=medium, name=person.name)
            values = body.model_dump(exclude={"skills"}) | {"skills": json.dumps(body.skills, ensure_ascii=False)}
            if before is None:
                member = ProjectMember(actor.organisation_id, project_id, person_id, added_at_ms=tx.now_ms, **values)
                add_project_member(tx, member)
            else:
                change_project_member(tx, actor.organisation_id, project_id, person_id, values)
                if before.role == "supervisor" != body.role:
                    project_right_changed(tx, actor.organisation_id, project_id, person_id)
            note(
                tx, actor.organisation_id, actor.party_id, "project.member_set", "project", project_id,
                person=person.name, role=body.role,
            )  # fmt: skip
            self._changed(tx, actor, project_id)
            return _whole(tx, actor, project_id)

        # Another administrator may add the same person in the same moment.
        return await self._database.write_retrying(store)

    async def remove_member(self, actor: Actor, project_id: str, person_id: str) -> payloads.Project:
        """End somebody's work in a project."""
        demand(actor, "desk.configure")

        def store(tx: Transaction) -> payloads.Project:
            project_of(tx, actor.organisation_id, project_id)
            if not delete_project_member(tx, actor.organisation_id, project_id, person_id):
                raise NotFound("accounts.person_not_found")
            forget_outgoing_project(tx, project_id, person_id)
            project_right_changed(tx, actor.organisation_id, project_id, person_id)
            note(
                tx, actor.organisation_id, actor.party_id, "project.member_removed", "project", project_id,
                person=person_id,
            )  # fmt: skip
            home_changed(tx, actor.organisation_id, [person_id])
            self._leave(tx, actor.organisation_id, project_id, person_id)
            self._changed(tx, actor, project_id)
            return _whole(tx, actor, project_id)

        return await self._database.write(store)

    def _changed(self, tx: Transaction, actor: Actor, project_id: str) -> None:
        members = [member.person_id for member in list_project_members(tx, actor.organisation_id, project_id)]
        settings_changed(tx, actor.organisation_id, "projects")
        home_changed(tx, actor.organisation_id, members)
        self._reroute(tx, actor.organisation_id, members)


def make_project(
    tx: Transaction, organisation_id: str, name: str, *, time_zone: str = "Europe/Warsaw", country: str = "PL"
) -> Project:
    """Store a project without members, and its widget."""
    project = Project(
        id=new_id(),
        organisation_id=organisation_id,
        name=name,
        active=True,
        time_zone=time_zone,
        country=country,
        hours="",
        record_calls=False,
        wrap_up_s=DEFAULT_WRAP_UP_S,
        result_codes="[]",
        created_at_ms=tx.now_ms,
        version=1,
    )
    add_project(tx, project)
    # The key is in the source of public pages: it must tell neither when it was made nor what comes next.
    add_widget(tx, Widget(new_id(), organisation_id, project.id, str(uuid.uuid4())))
    return project


def project_of(tx: Transaction, organisation_id: str, project_id: str) -> Project:
    """Return a project of the organisation; raises NotFound."""
    project = find_project(tx, organisation_id, project_id)
    if project is None:
        raise NotFound("desk.project_not_found")
    return project


def staff_of(tx: Transaction, organisation_id: str, person_id: str) -> Person:
    """Return an active person of the staff; raises NotFound, Invalid  a customer."""
    person = find_person(tx, organisation_id, person_id)
    if person is None or not person.active:
        raise NotFound("accounts.person_not_found")
    if person.role == "customer":
        raise Invalid("desk.staff_only", name=person.name)
    return person


def _whole(tx: Transaction, actor: Actor, project_id: str) -> payloads.Project:
    project = project_of(tx, actor.organisation_id, project_id)
    members = list_project_members(tx, actor.organisation_id, project_id)
    people = find_people(tx, actor.organisation_id, [member.person_id for member in members])
    return project_view(project, members, {person.id: person for person in people}, tx.now_ms)


def _columns(body: payloads.ProjectBody) -> dict[str, Any]:
    changes = body.model_dump(exclude={"version", "hours", "always_open", "result_codes"}, exclude_none=True)
    if body.result_codes is not None:
        changes["result_codes"] = json.dumps(list(dict.fromkeys(body.result_codes)), ensure_ascii=False)
    if body.hours is not None:
        written = body.hours.model_dump_json()
        try:
            parse_hours(written)
        except ValueError as error:
            raise Invalid("desk.bad_hours") from error
        changes["hours"] = written
    elif body.always_open:
        changes["hours"] = ""
    return changes


def _check_zone(name: str | None) -> None:
    if name is not None and name not in zoneinfo.available_timezones():
        raise Invalid("accounts.unknown_time_zone")
