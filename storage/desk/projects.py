"""Projects: the queues of an organisation's contact centre, and who works in them as agent or supervisor."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy import false as sql_false

from core.folding import sort_key
from storage.accounts.people import memberships
from storage.desk.terms import DIRECTIONS, Direction
from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    key_column,
    metadata,
    number_column,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

MemberRole = Literal["agent", "supervisor"]
MEMBER_ROLES: tuple[MemberRole, ...] = get_args(MemberRole)

projects = Table(
    "projects",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("name"),
    key_column("name_key"),
    Column("active", Boolean, nullable=False, server_default=true()),
    text_column("time_zone", default="Europe/Warsaw"),
    text_column("country", default="PL"),
    text_column("hours", default=""),
    Column("record_calls", Boolean, nullable=False, server_default=sql_false()),
    number_column("wrap_up_s", default=30),
    text_column("result_codes", default="[]"),
    time_column("created_at_ms"),
    number_column("version", default=1),
    of_organisation(),
    unique_in_organisation(),
)

project_members = Table(
    "project_members",
    metadata,
    text_column("organisation_id"),
    text_column("project_id"),
    text_column("person_id"),
    text_column("role"),
    Column("audio", Boolean, nullable=False, server_default=sql_false()),
    Column("video", Boolean, nullable=False, server_default=sql_false()),
    Column("chat", Boolean, nullable=False, server_default=sql_false()),
    text_column("direction", default="both"),
    Column("may_be_off", Boolean, nullable=False, server_default=sql_false()),
    text_column("skills", default="[]"),
    number_column("chat_capacity", default=3),
    time_column("added_at_ms"),
    PrimaryKeyConstraint("project_id", "person_id"),
    of_organisation(),
    belongs_to("projects", "project_id", cascade=True),
    belongs_to("memberships", "person_id"),
    Index("ix_project_members_person", "person_id"),
    one_of("role", MEMBER_ROLES),
    one_of("direction", DIRECTIONS),
)


@dataclass(frozen=True, slots=True)
class Project:
    """A queue of visits.

    active        one that is not takes no visits and is in nobody's list
    time_zone     IANA name: hours are local wall time there
    country       whose holidays close it, ISO 3166-1 alpha-2; only PL has any. Empty: none
    hours         JSON as desk.rules.hours reads it; empty: always open
    record_calls  its calls are recorded, after the announcement
    wrap_up_s     time for notes after a visit, before the agent is asked again
    result_codes  JSON: list of texts, one of which closes a visit
    """

    id: str
    organisation_id: str
    name: str
    active: bool
    time_zone: str
    country: str
    hours: str
    record_calls: bool
    wrap_up_s: int
    result_codes: str
    created_at_ms: int
    version: int


@dataclass(frozen=True, slots=True)
class ProjectMember:
    """Somebody who works in a project, with what the project may give them.

    audio, video, chat  media switched on
    direction           of calls and chats: incoming, outgoing, both or off
    may_be_off          may choose "off" by themselves (WORK-022)
    skills              JSON: list of texts
    chat_capacity       chats at once, in all projects together, above which this project offers no further one
    """

    organisation_id: str
    project_id: str
    person_id: str
    role: MemberRole
    audio: bool
    video: bool
    chat: bool
    direction: Direction
    may_be_off: bool
    skills: str
    chat_capacity: int
    added_at_ms: int


_PROJECT = tuple(projects.c[name] for name in Project.__dataclass_fields__)
_MEMBER = tuple(project_members.c[name] for name in ProjectMember.__dataclass_fields__)


def add_project(tx: Transaction, project: Project) -> None:
    """Store a new project."""
    tx.run(insert(projects).values(**asdict(project), name_key=sort_key(project.name)))


def find_project(tx: Transaction, organisation_id: str, project_id: str) -> Project | None:
    """Return a project of the organisation, or None."""
    row = tx.first(select(*_PROJECT).where(projects.c.organisation_id == organisation_id, projects.c.id == project_id))
    return Project(*row) if row else None


def project_names(tx: Transaction, organisation_id: str, project_ids: Collection[str]) -> dict[str, str]:
    """Return the names of the organisation's projects, by id."""
    rows = tx.all(
        select(projects.c.id, projects.c.name).where(
            projects.c.organisation_id == organisation_id, projects.c.id.in_(project_ids)
        )
    )
    return {str(project_id): str(name) for project_id, name in rows}


def lock_project(tx: Transaction, project_id: str) -> None:
    """Let nobody else route or change a project until this transaction ends."""
    tx.lock(projects, project_id)


def list_projects(tx: Transaction, organisation_id: str) -> list[tuple[Project, int]]:
    """Return all projects in Polish order, each with the number of its members who can sign in."""
    count = (
        select(func.count())
        .select_from(project_members.join(memberships, memberships.c.id == project_members.c.person_id))
        .where(project_members.c.project_id == projects.c.id, memberships.c.active.is_(True))
        .scalar_subquery()
    )
    rows = tx.all(
        select(*_PROJECT, count)
        .where(projects.c.organisation_id == organisation_id)
        .order_by(projects.c.name_key, projects.c.id)
    )
    return [(Project(*row[:-1]), int(row[-1])) for row in rows]


def change_project(
    tx: Transaction, organisation_id: str, project_id: str, version: int, changes: dict[str, Any]
) -> bool:
    """Change columns if the row still has the version; tell whether it had."""
    row, values = projects.c, dict(changes)
    if "name" in values:
        values["name_key"] = sort_key(values["name"])
    return bool(
        tx.run(
            update(projects)
            .where(row.organisation_id == organisation_id, row.id == project_id, row.version == version)
            .values(**values, version=row.version + 1)
        ).rowcount
    )


def delete_project(tx: Transaction, organisation_id: str, project_id: str) -> bool:
    """Delete a project nothing belongs to but its members; Clash otherwise. Tell whether it was there."""
    gone = delete(projects).where(projects.c.organisation_id == organisation_id, projects.c.id == project_id)
    return bool(tx.run(gone).rowcount)


def add_project_member(tx: Transaction, member: ProjectMember) -> None:
    """Store a new member; Clash when the person is one."""
    tx.run(insert(project_members).values(**asdict(member)))


def find_project_member(tx: Transaction, organisation_id: str, project_id: str, person_id: str) -> ProjectMember | None:
    """Return somebody's membership of a project, or None."""
    row = tx.first(
        select(*_MEMBER).where(
            project_members.c.organisation_id == organisation_id,
            project_members.c.project_id == project_id,
            project_members.c.person_id == person_id,
        )
    )
    return ProjectMember(*row) if row else None


def list_project_members(tx: Transaction, organisation_id: str, project_id: str) -> list[ProjectMember]:
    """Return the members of a project who can sign in, in Polish order of their names."""
    rows = tx.all(
        select(*_MEMBER)
        .join(memberships, memberships.c.id == project_members.c.person_id)
        .where(
            project_members.c.organisation_id == organisation_id,
            project_members.c.project_id == project_id,
            memberships.c.active.is_(True),
        )
        .order_by(memberships.c.name_key, memberships.c.id)
    )
    return [ProjectMember(*row) for row in rows]


def member_ids_of(tx: Transaction, organisation_id: str, project_id: str) -> list[str]:
    """Return the ids of the members of a project who can sign in."""
    rows = tx.all(
        select(project_members.c.person_id)
        .join(memberships, memberships.c.id == project_members.c.person_id)
        .where(
            project_members.c.organisation_id == organisation_id,
            project_members.c.project_id == project_id,
            memberships.c.active.is_(True),
        )
    )
    return [str(row[0]) for row in rows]


def projects_of_person(tx: Transaction, organisation_id: str, person_id: str) -> list[tuple[Project, ProjectMember]]:
    """Return the active projects somebody works in, in Polish order."""
    rows = tx.all(
        select(*_PROJECT, *_MEMBER)
        .join(project_members, project_members.c.project_id == projects.c.id)
        .where(
            projects.c.organisation_id == organisation_id,
            projects.c.active.is_(True),
            project_members.c.person_id == person_id,
        )
        .order_by(projects.c.name_key, projects.c.id)
    )
    return [(Project(*row[: len(_PROJECT)]), ProjectMember(*row[len(_PROJECT) :])) for row in rows]


def end_memberships_of(tx: Transaction, organisation_id: str, person_id: str) -> list[str]:
    """End somebody's work in every project; return these."""
    member = project_members.c
    of_person = (member.organisation_id == organisation_id, member.person_id == person_id)
    ids = [str(row[0]) for row in tx.all(select(member.project_id).where(*of_person))]
    tx.run(delete(project_members).where(*of_person))
    return ids


def supervisors_of(tx: Transaction, project_id: str) -> list[str]:
    """Return who supervises a project: active people of the staff."""
    is_one = and_(project_members.c.project_id == project_id, project_members.c.role == "supervisor")
    works = and_(memberships.c.active.is_(True), memberships.c.role != "customer")
    joined = select(project_members.c.person_id).join(memberships, memberships.c.id == project_members.c.person_id)
    return [str(row[0]) for row in tx.all(joined.where(is_one, works))]


def colleagues_of(tx: Transaction, organisation_id: str, person_id: str) -> list[str]:
    """Return who works in a project somebody works in, without themselves."""
    own = select(project_members.c.project_id).where(project_members.c.person_id == person_id)
    rows = tx.all(
        select(project_members.c.person_id)
        .distinct()
        .where(
            project_members.c.organisation_id == organisation_id,
            project_members.c.project_id.in_(own),
            project_members.c.person_id != person_id,
        )
        .order_by(project_members.c.person_id)
    )
    return [row[0] for row in rows]


def change_project_member(
    tx: Transaction, organisation_id: str, project_id: str, person_id: str, changes: dict[str, Any]
) -> bool:
    """Change columns of a membership; tell whether it is there."""
    row = project_members.c
    which = (row.organisation_id == organisation_id, row.project_id == project_id, row.person_id == person_id)
    return bool(tx.run(update(project_members).where(*which).values(**changes)).rowcount)


def delete_project_member(tx: Transaction, organisation_id: str, project_id: str, person_id: str) -> bool:
    """End a membership; tell whether it was there."""
    row = project_members.c
    which = (row.organisation_id == organisation_id, row.project_id == project_id, row.person_id == person_id)
    return bool(tx.run(delete(project_members).where(*which)).rowcount)
