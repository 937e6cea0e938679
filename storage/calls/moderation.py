"""What moderators decided in a conference: its rules, and who is muted or removed."""

from dataclasses import asdict, dataclass

from sqlalchemy import Boolean, Column, PrimaryKeyConstraint, Table, delete, insert, select, update

from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, id_column, metadata, of_organisation, one_of, text_column, time_column

MUTED, REMOVED = "muted", "removed"

rules = Table(
    "conference_rules",
    metadata,
    id_column("conference_id"),
    text_column("organisation_id"),
    text_column("moderator_id"),
    Column("locked", Boolean, nullable=False),
    Column("speech_locked", Boolean, nullable=False),
    text_column("stands_in_for", nullable=True),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("parties", "moderator_id"),
    belongs_to("parties", "stands_in_for"),
)

restrictions = Table(
    "conference_restrictions",
    metadata,
    text_column("organisation_id"),
    text_column("conference_id"),
    text_column("person_id"),
    text_column("kind"),
    text_column("made_by"),
    time_column("made_at_ms"),
    PrimaryKeyConstraint("conference_id", "person_id", "kind"),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("parties", "person_id"),
    belongs_to("parties", "made_by"),
    one_of("kind", (MUTED, REMOVED)),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """How a conference is moderated.

    moderator_id    who moderates it, apart from staff
    locked          nobody new comes in
    speech_locked   only moderators speak, and those they let
    stands_in_for   whom the moderator stands in for, who is not there and gets it back on coming
    """

    moderator_id: str
    locked: bool = False
    speech_locked: bool = False
    stands_in_for: str | None = None


def find_rules(tx: Transaction, conference_ids: list[str]) -> dict[str, Rules]:
    """Return the rules of those conferences that have some of their own."""
    rows = tx.all(
        select(rules.c.conference_id, *(rules.c[name] for name in Rules.__dataclass_fields__)).where(
            rules.c.conference_id.in_(conference_ids)
        )
    )
    return {str(conference_id): Rules(*own) for conference_id, *own in rows}


def set_rules(tx: Transaction, organisation_id: str, conference_id: str, changed: Rules) -> None:
    """Store the rules of a conference."""
    values = asdict(changed)
    if not tx.run(update(rules).where(rules.c.conference_id == conference_id).values(**values)).rowcount:
        tx.run(insert(rules).values(organisation_id=organisation_id, conference_id=conference_id, **values))


def restrict(
    tx: Transaction, organisation_id: str, conference_id: str, person_id: str, kind: str, made_by: str
) -> bool:
    """Mute or remove a person of a conference; tell whether they were not yet."""
    if is_restricted(tx, conference_id, person_id, kind):
        return False
    tx.run(
        insert(restrictions).values(
            organisation_id=organisation_id,
            conference_id=conference_id,
            person_id=person_id,
            kind=kind,
            made_by=made_by,
            made_at_ms=tx.now_ms,
        )
    )
    return True


def free(tx: Transaction, conference_id: str, person_id: str, kind: str) -> bool:
    """Take a restriction back; tell whether there was one."""
    row = restrictions.c
    return bool(
        tx.run(
            delete(restrictions).where(row.conference_id == conference_id, row.person_id == person_id, row.kind == kind)
        ).rowcount
    )


def is_restricted(tx: Transaction, conference_id: str, person_id: str, kind: str) -> bool:
    """Tell whether a person is muted in, or removed from, a conference."""
    row = restrictions.c
    return (
        tx.first(
            select(row.made_by).where(row.conference_id == conference_id, row.person_id == person_id, row.kind == kind)
        )
        is not None
    )


def removals(tx: Transaction, conference_ids: list[str]) -> list[tuple[str, str, str]]:
    """Return who was removed from conferences, oldest first: conference, person, by whom."""
    row = restrictions.c
    rows = tx.all(
        select(row.conference_id, row.person_id, row.made_by)
        .where(row.conference_id.in_(conference_ids), row.kind == REMOVED)
        .order_by(row.made_at_ms, row.person_id)
    )
    return [(str(conference), str(person), str(by)) for conference, person, by in rows]
