# long: one table and its statements; parties, people and what lists show of them
"""Parties (whoever can be an author), groups, and people: the memberships of sign-ins in an organisation."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Select,
    Table,
    UniqueConstraint,
    and_,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy import delete as sql_delete

from core.folding import fold, fold_email, sort_key
from core.ids import new_id
from core.languages import Language
from storage.accounts.sign_ins import sign_ins
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

PartyKind = Literal["person", "guest", "visitor", "contact", "api_key", "system"]
PARTY_KINDS: tuple[PartyKind, ...] = get_args(PartyKind)
Role = Literal["admin", "agent", "technician", "customer"]
ROLES: tuple[Role, ...] = get_args(Role)
GroupKind = Literal["staff", "customer"]
GROUP_KINDS: tuple[GroupKind, ...] = get_args(GroupKind)
# How long a browser rings.
Ring = Literal["long", "short"]
RINGS: tuple[Ring, ...] = get_args(Ring)

parties = Table(
    "parties",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("kind"),
    text_column("name"),
    text_column("avatar_hash", nullable=True),
    time_column("created_at_ms"),
    of_organisation(),
    unique_in_organisation(),
    one_of("kind", PARTY_KINDS),
)

groups = Table(
    "groups",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("kind"),
    text_column("name"),
    key_column("name_key"),
    text_column("external_id", nullable=True),
    time_column("created_at_ms"),
    number_column("version", default=1),
    of_organisation(),
    unique_in_organisation(),
    UniqueConstraint("organisation_id", "external_id"),
    one_of("kind", GROUP_KINDS),
)

memberships = Table(
    "memberships",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("sign_in_id"),
    text_column("group_id"),
    text_column("role"),
    text_column("first_name"),
    text_column("last_name"),
    text_column("name_folded"),
    key_column("name_key"),
    text_column("position", default=""),
    text_column("language", default="pl"),
    text_column("time_zone", default="Europe/Warsaw"),
    text_column("ring", default="long"),
    Column("active", Boolean, nullable=False),
    time_column("created_at_ms"),
    time_column("last_seen_at_ms", nullable=True),
    number_column("version", default=1),
    Column("accepted", Boolean, nullable=False, server_default=true()),
    of_organisation(),
    belongs_to("parties", "id"),
    belongs_to("groups", "group_id"),
    ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"]),
    unique_in_organisation(),
    UniqueConstraint("organisation_id", "sign_in_id"),
    Index("ix_memberships_group", "organisation_id", "group_id"),
    Index("ix_memberships_sign_in", "sign_in_id"),
    one_of("role", ROLES),
    one_of("ring", RINGS),
)


@dataclass(frozen=True, slots=True)
class Party:
    """Whoever can write, call or do something."""

    id: str
    organisation_id: str
    kind: PartyKind
    name: str
    avatar_hash: str | None
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class Group:
    """A group of people: staff of the service company, or one customer's."""

    id: str
    organisation_id: str
    kind: GroupKind
    name: str
    external_id: str | None
    created_at_ms: int
    version: int


@dataclass(frozen=True, slots=True)
class Person:
    """A membership with what is shown of it: party, group and sign-in. `id` is the party's.

    accepted   by the owner of the address; until then nobody gets in by it, not with the sign-in's password either
    """

    id: str
    organisation_id: str
    sign_in_id: str
    group_id: str
    group_name: str
    group_kind: GroupKind
    role: Role
    first_name: str
    last_name: str
    position: str
    language: Language
    time_zone: str
    ring: Ring
    active: bool
    avatar_hash: str | None
    email: str
    password_set: bool
    created_at_ms: int
    last_seen_at_ms: int | None
    version: int
    accepted: bool = True

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


def add_party(tx: Transaction, party: Party) -> None:
    """Store a new party."""
    tx.run(insert(parties).values(**asdict(party)))


def system_party(tx: Transaction, organisation_id: str, name: str) -> str:
    """Return the id of the party that stands for a part of the server, or for who runs it; made when it is needed first."""
    row = tx.first(
        select(parties.c.id)
        .where(parties.c.organisation_id == organisation_id, parties.c.kind == "system", parties.c.name == name)
        .order_by(parties.c.id)
    )
    if row is not None:
        return str(row[0])
    party = Party(new_id(), organisation_id, "system", name, None, tx.now_ms)
    add_party(tx, party)
    return party.id


def party_names(tx: Transaction, party_ids: Collection[str]) -> dict[str, str]:
    """Return the names of parties by id."""
    return {row[0]: row[1] for row in tx.all(select(parties.c.id, parties.c.name).where(parties.c.id.in_(party_ids)))}


def find_party(tx: Transaction, organisation_id: str, party_id: str) -> Party | None:
    """Return a party of the organisation, or None."""
    row = tx.first(select(parties).where(parties.c.organisation_id == organisation_id, parties.c.id == party_id))
    return Party(*row) if row else None


def parties_by_ids(tx: Transaction, organisation_id: str, party_ids: list[str]) -> list[Party]:
    """Return those of the parties that are the organisation's."""
    rows = tx.all(select(parties).where(parties.c.organisation_id == organisation_id, parties.c.id.in_(party_ids)))
    return [Party(*row) for row in rows]


def change_party(tx: Transaction, organisation_id: str, party_id: str, **changes: Any) -> None:
    """Change a party's name or picture."""
    tx.run(
        update(parties).where(parties.c.organisation_id == organisation_id, parties.c.id == party_id).values(**changes)
    )


def add_group(tx: Transaction, group: Group) -> None:
    """Store a new group; Clash when the external id is taken."""
    tx.run(insert(groups).values(**asdict(group), name_key=sort_key(group.name)))


_GROUP = (
    groups.c.id,
    groups.c.organisation_id,
    groups.c.kind,
    groups.c.name,
    groups.c.external_id,
    groups.c.created_at_ms,
    groups.c.version,
)


def find_group(tx: Transaction, organisation_id: str, group_id: str) -> Group | None:
    """Return a group of the organisation, or None."""
    row = tx.first(select(*_GROUP).where(groups.c.organisation_id == organisation_id, groups.c.id == group_id))
    return Group(*row) if row else None


def find_group_by_external_id(tx: Transaction, organisation_id: str, external_id: str) -> Group | None:
    """Return the group another system knows under external_id, or None."""
    row = tx.first(
        select(*_GROUP).where(groups.c.organisation_id == organisation_id, groups.c.external_id == external_id)
    )
    return Group(*row) if row else None


def list_groups(tx: Transaction, organisation_id: str) -> list[tuple[Group, int]]:
    """Return all groups by kind and name, each with the number of its active people."""
    count = (
        select(func.count())
        .where(memberships.c.group_id == groups.c.id, memberships.c.active.is_(True))
        .scalar_subquery()
    )
    rows = tx.all(
        select(*_GROUP, count)
        .where(groups.c.organisation_id == organisation_id)
        .order_by(groups.c.kind.desc(), groups.c.name_key, groups.c.id)
    )
    return [(Group(*row[:-1]), int(row[-1])) for row in rows]


def change_group(tx: Transaction, organisation_id: str, group_id: str, version: int | None, name: str) -> bool:
    """Rename a group if it still has the version (None: whatever version); tell whether it had."""
    row = groups.c
    statement = update(groups).where(row.organisation_id == organisation_id, row.id == group_id)
    if version is not None:
        statement = statement.where(row.version == version)
    return bool(tx.run(statement.values(name=name, name_key=sort_key(name), version=row.version + 1)).rowcount)


def delete_group(tx: Transaction, organisation_id: str, group_id: str) -> None:
    """Delete a group; Clash while somebody or something belongs to it."""
    tx.run(sql_delete(groups).where(groups.c.organisation_id == organisation_id, groups.c.id == group_id))


def add_person(tx: Transaction, person: Person) -> None:
    """Store a new person: the party and the membership."""
    add_party(tx, Party(person.id, person.organisation_id, "person", person.name, None, person.created_at_ms))
    tx.run(
        insert(memberships).values(
            id=person.id,
            organisation_id=person.organisation_id,
            sign_in_id=person.sign_in_id,
            group_id=person.group_id,
            role=person.role,
            first_name=person.first_name,
            last_name=person.last_name,
            position=person.position,
            language=person.language,
            time_zone=person.time_zone,
            ring=person.ring,
            active=person.active,
            accepted=person.accepted,
            created_at_ms=person.created_at_ms,
            **_name_columns(person.first_name, person.last_name),
        )
    )


def find_person(tx: Transaction, organisation_id: str, person_id: str) -> Person | None:
    """Return a person of the organisation, or None."""
    row = tx.first(_people().where(memberships.c.organisation_id == organisation_id, memberships.c.id == person_id))
    return Person(*row) if row else None


def find_people(tx: Transaction, organisation_id: str, person_ids: list[str]) -> list[Person]:
    """Return those of the people that exist in the organisation."""
    rows = tx.all(_people().where(memberships.c.organisation_id == organisation_id, memberships.c.id.in_(person_ids)))
    return [Person(*row) for row in rows]


def people_of_sign_in(tx: Transaction, sign_in_id: str) -> list[Person]:
    """Return all memberships of a sign-in, the latest used first."""
    rows = tx.all(
        _people()
        .where(memberships.c.sign_in_id == sign_in_id)
        .order_by(func.coalesce(memberships.c.last_seen_at_ms, 0).desc(), memberships.c.id)
    )
    return [Person(*row) for row in rows]


def list_people(
    tx: Transaction,
    organisation_id: str,
    *,
    group_id: str | None = None,
    query: str = "",
    active_only: bool = False,
    after: tuple[str, str] | None = None,
    limit: int = 100,
) -> list[tuple[Person, str]]:
    """Return people by Polish name order, each with its sort key, for paging after (sort key, id)."""
    statement = _people().add_columns(memberships.c.name_key).where(memberships.c.organisation_id == organisation_id)
    if group_id is not None:
        statement = statement.where(memberships.c.group_id == group_id)
    if active_only:
        statement = statement.where(memberships.c.active.is_(True))
    for word in query.split():
        if fold(word):
            statement = statement.where(
                memberships.c.name_folded.contains(fold(word), autoescape=True)
                | sign_ins.c.email_folded.contains(fold_email(word), autoescape=True)
            )
    if after is not None:
        key, last_id = after
        statement = statement.where(
            (memberships.c.name_key > key) | and_(memberships.c.name_key == key, memberships.c.id > last_id)
        )
    rows = tx.all(statement.order_by(memberships.c.name_key, memberships.c.id).limit(limit))
    return [(Person(*row[:-1]), str(row[-1])) for row in rows]


def change_person(tx: Transaction, person: Person, version: int | None, changes: dict[str, Any]) -> bool:
    """Change columns of a membership if it still has the version (None: any); tell whether it had.

    Name changes reach the party's name as well.
    """
    row = memberships.c
    values = dict(changes)
    first, last = values.get("first_name", person.first_name), values.get("last_name", person.last_name)
    values.update(_name_columns(first, last))
    statement = update(memberships).where(row.organisation_id == person.organisation_id, row.id == person.id)
    if version is not None:
        statement = statement.where(row.version == version)
    changed = bool(tx.run(statement.values(**values, version=row.version + 1)).rowcount)
    if changed:
        change_party(tx, person.organisation_id, person.id, name=f"{first} {last}".strip())
    return changed


def accept_memberships(tx: Transaction, sign_in_id: str) -> None:
    """Note that the owner of a sign-in's address agreed to be a member wherever the sign-in is one."""
    tx.run(update(memberships).where(memberships.c.sign_in_id == sign_in_id).values(accepted=True))


def note_seen(tx: Transaction, person_id: str, at_ms: int) -> None:
    """Note when a person used the server last."""
    tx.run(update(memberships).where(memberships.c.id == person_id).values(last_seen_at_ms=at_ms))


def count_people(tx: Transaction, organisation_id: str) -> int:
    """Return the number of active people, what the licence limits (CC-165)."""
    row = tx.first(
        select(func.count()).where(memberships.c.organisation_id == organisation_id, memberships.c.active.is_(True))
    )
    return int(row[0]) if row else 0


def count_admins(tx: Transaction, organisation_id: str) -> int:
    """Return the number of active administrators."""
    row = tx.first(
        select(func.count()).where(
            memberships.c.organisation_id == organisation_id,
            memberships.c.active.is_(True),
            memberships.c.role == "admin",
        )
    )
    return int(row[0]) if row else 0


def admin_ids(tx: Transaction, organisation_id: str) -> list[str]:
    """Return who administers an organisation and can sign in."""
    rows = tx.all(
        select(memberships.c.id).where(
            memberships.c.organisation_id == organisation_id,
            memberships.c.active.is_(True),
            memberships.c.role == "admin",
        )
    )
    return [row[0] for row in rows]


def _name_columns(first_name: str, last_name: str) -> dict[str, str]:
    return {
        "name_folded": fold(f"{first_name} {last_name}"),
        "name_key": sort_key(f"{last_name} {first_name}"),
    }


def _people() -> Select[Any]:
    member = memberships.c
    return (
        select(
            member.id,
            member.organisation_id,
            member.sign_in_id,
            member.group_id,
            groups.c.name,
            groups.c.kind,
            member.role,
            member.first_name,
            member.last_name,
            member.position,
            member.language,
            member.time_zone,
            member.ring,
            member.active,
            parties.c.avatar_hash,
            sign_ins.c.email,
            sign_ins.c.password_hash.is_not(None),
            member.created_at_ms,
            member.last_seen_at_ms,
            member.version,
            member.accepted,
        )
        .join(parties, parties.c.id == member.id)
        .join(groups, groups.c.id == member.group_id)
        .join(sign_ins, sign_ins.c.id == member.sign_in_id)
    )
