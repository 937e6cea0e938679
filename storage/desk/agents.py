"""Agents: status, links and outgoing project of people, and the facts that decide who can be offered a visit."""

from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Executable,
    Table,
    bindparam,
    exists,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy import false as sql_false

from storage.accounts.people import memberships, parties
from storage.desk.channels import channel_users, channels, good_licences
from storage.desk.projects import MemberRole, project_members
from storage.desk.terms import AGENT_STATUSES, AgentStatus, Direction, Medium
from storage.engine.database import Transaction
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    number_column,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

agents = Table(
    "agents",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("status", default="offline"),
    time_column("status_at_ms"),
    time_column("idle_since_ms"),
    Column("web_link", Boolean, nullable=False, server_default=true()),
    Column("line_link", Boolean, nullable=False, server_default=sql_false()),
    Column("external_link", Boolean, nullable=False, server_default=sql_false()),
    text_column("external_number", default=""),
    text_column("outgoing_project_id", nullable=True),
    time_column("welcomed_at_ms", nullable=True),
    number_column("version", default=1),
    of_organisation(),
    belongs_to("memberships", "id"),
    belongs_to("projects", "outgoing_project_id"),
    unique_in_organisation(),
    one_of("status", AGENT_STATUSES),
)


@dataclass(frozen=True, slots=True)
class Agent:
    """A person as an agent; who never was one has the defaults. `id` is the person's.

    status_at_ms    since when the status is what it is
    idle_since_ms   since when they wait for work: the longest idle is asked first
    welcomed_at_ms  when they put the start screen away
    """

    id: str
    organisation_id: str
    status: AgentStatus = "offline"
    status_at_ms: int = 0
    idle_since_ms: int = 0
    web_link: bool = True
    line_link: bool = False
    external_link: bool = False
    external_number: str = ""
    outgoing_project_id: str | None = None
    welcomed_at_ms: int | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What decides whether somebody can be offered a visit of a project, but for its hours and their free capacity.

    chat, audio, video      the medium is switched on for them in the project
    chat_on, voice_on       the organisation's channel is on (voice: incoming; video counts as voice)
    chat_user, voice_user   they serve the channel
    *_licence               they have a licence within what the organisation may license
    """

    person_id: str
    name: str
    avatar_hash: str | None
    role: MemberRole
    status: AgentStatus
    status_at_ms: int
    idle_since_ms: int
    web_link: bool
    line_link: bool
    external_link: bool
    chat: bool
    audio: bool
    video: bool
    direction: Direction
    skills: str
    chat_capacity: int
    chat_on: bool
    voice_on: bool
    chat_user: bool
    voice_user: bool
    chat_licence: bool
    audio_licence: bool
    video_licence: bool


_AGENT = tuple(agents.c[name] for name in Agent.__dataclass_fields__)


def find_agent(tx: Transaction, organisation_id: str, person_id: str) -> Agent:
    """Return a person as an agent."""
    row = tx.first(select(*_AGENT).where(agents.c.organisation_id == organisation_id, agents.c.id == person_id))
    return Agent(*row) if row else Agent(person_id, organisation_id)


def change_agent(tx: Transaction, organisation_id: str, person_id: str, changes: dict[str, Any]) -> Agent:
    """Change columns of an agent, who becomes one by it; return the agent.

    Two that make the row at once: the later gets Clash.
    """
    row = agents.c
    which = (row.organisation_id == organisation_id, row.id == person_id)
    if not tx.run(update(agents).where(*which).values(**changes, version=row.version + 1)).rowcount:
        tx.run(insert(agents).values(**asdict(replace(Agent(person_id, organisation_id), **changes))))
    return find_agent(tx, organisation_id, person_id)


def set_status(tx: Transaction, organisation_id: str, person_id: str, status: AgentStatus) -> bool:
    """Set an agent's status; tell whether it was another one. Who comes online begins to wait for work."""
    before = find_agent(tx, organisation_id, person_id)
    if before.status == status:
        return False
    changes: dict[str, Any] = {"status": status, "status_at_ms": tx.now_ms}
    if status == "online":
        changes["idle_since_ms"] = tx.now_ms
    change_agent(tx, organisation_id, person_id, changes)
    return True


def note_idle(tx: Transaction, person_id: str) -> None:
    """Note that somebody waits for work from now on."""
    tx.run(update(agents).where(agents.c.id == person_id).values(idle_since_ms=tx.now_ms))


def forget_outgoing_project(tx: Transaction, project_id: str, person_id: str | None = None) -> None:
    """Nobody (or not this person) calls out from a project any more."""
    which = [agents.c.outgoing_project_id == project_id]
    if person_id is not None:
        which.append(agents.c.id == person_id)
    tx.run(update(agents).where(*which).values(outgoing_project_id=None))


def load_facts(tx: Transaction, organisation_id: str, project_id: str) -> list[MemberFacts]:
    """Return the facts of every member of a project who can sign in, in one query.

    What else the rule needs is the project's (its hours) or counted from visits (capacity).
    """
    rows = tx.all(_facts(), {"organisation": organisation_id, "project": project_id})
    return [MemberFacts(*row) for row in rows]


@cache
def _facts() -> Executable:
    """The statement of `load_facts`, put together once: it runs with every step of every visit."""
    member = project_members.c
    organisation_id: Any = bindparam("organisation")

    def channel_on(channel: str) -> Any:
        return exists().where(
            channels.c.organisation_id == organisation_id, channels.c.channel == channel, channels.c.enabled.is_(True)
        )

    def serves(channel: str) -> Any:
        return exists().where(channel_users.c.channel == channel, channel_users.c.person_id == member.person_id)

    def licensed(medium: Medium) -> Any:
        good = good_licences(organisation_id, medium)
        return exists().where(good.c.person_id == member.person_id)

    return (
        select(
            member.person_id,
            parties.c.name,
            parties.c.avatar_hash,
            member.role,
            func.coalesce(agents.c.status, "offline"),
            func.coalesce(agents.c.status_at_ms, 0),
            func.coalesce(agents.c.idle_since_ms, 0),
            func.coalesce(agents.c.web_link, literal(True)),
            func.coalesce(agents.c.line_link, literal(False)),
            func.coalesce(agents.c.external_link, literal(False)),
            member.chat,
            member.audio,
            member.video,
            member.direction,
            member.skills,
            member.chat_capacity,
            channel_on("chat"),
            channel_on("voice_in"),
            serves("chat"),
            serves("voice_in"),
            licensed("chat"),
            licensed("audio"),
            licensed("video"),
        )
        .join(memberships, memberships.c.id == member.person_id)
        .join(parties, parties.c.id == member.person_id)
        .outerjoin(agents, agents.c.id == member.person_id)
        .where(
            member.organisation_id == organisation_id,
            member.project_id == bindparam("project"),
            memberships.c.active.is_(True),
        )
        .order_by(member.person_id)
    )
