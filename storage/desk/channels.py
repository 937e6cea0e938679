"""Channels of an organisation: switches, who serves them, licences per medium, and what callers hear."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import Subquery

from storage.accounts.people import memberships
from storage.desk.terms import CHANNELS, MEDIA, ChannelName, Medium
from storage.engine.database import Transaction
from storage.engine.schema import belongs_to, metadata, number_column, of_organisation, one_of, text_column, time_column

Purpose = Literal["greeting", "hold", "voicemail"]
ANNOUNCEMENTS: tuple[Purpose, ...] = get_args(Purpose)
AnnouncementKind = Literal["blocked", "default", "own"]
ANNOUNCEMENT_KINDS: tuple[AnnouncementKind, ...] = get_args(AnnouncementKind)

channels = Table(
    "channels",
    metadata,
    text_column("organisation_id"),
    text_column("channel"),
    Column("enabled", Boolean, nullable=False),
    Column("ask_data", Boolean, nullable=False),
    Column("require_data", Boolean, nullable=False),
    Column("record_calls", Boolean, nullable=False),
    Column("tells_agents", Boolean, nullable=False, server_default=true()),
    Column("tells_visitors", Boolean, nullable=False, server_default=true()),
    PrimaryKeyConstraint("organisation_id", "channel"),
    of_organisation(),
    one_of("channel", CHANNELS),
)

channel_users = Table(
    "channel_users",
    metadata,
    text_column("organisation_id"),
    text_column("channel"),
    text_column("person_id"),
    PrimaryKeyConstraint("channel", "person_id"),
    of_organisation(),
    belongs_to("memberships", "person_id"),
    Index("ix_channel_users_person", "person_id"),
    one_of("channel", CHANNELS),
)

licence_limits = Table(
    "licence_limits",
    metadata,
    text_column("organisation_id"),
    text_column("medium"),
    number_column("seats"),
    PrimaryKeyConstraint("organisation_id", "medium"),
    of_organisation(),
    one_of("medium", MEDIA),
)

licences = Table(
    "licences",
    metadata,
    text_column("organisation_id"),
    text_column("medium"),
    text_column("person_id"),
    time_column("assigned_at_ms"),
    PrimaryKeyConstraint("medium", "person_id"),
    of_organisation(),
    belongs_to("memberships", "person_id"),
    Index("ix_licences_organisation", "organisation_id", "medium"),
    one_of("medium", MEDIA),
)

announcements = Table(
    "channel_announcements",
    metadata,
    text_column("organisation_id"),
    text_column("purpose"),
    text_column("kind"),
    text_column("sound_id", nullable=True),
    PrimaryKeyConstraint("organisation_id", "purpose"),
    of_organisation(),
    belongs_to("sounds", "sound_id"),
    Index("ix_channel_announcements_sound", "sound_id"),
    one_of("purpose", ANNOUNCEMENTS),
    one_of("kind", ANNOUNCEMENT_KINDS),
)


@dataclass(frozen=True, slots=True)
class Channel:
    """A way of contact and its settings.

    ask_data      chat: visitors are asked whether they will give name and e-mail
    require_data  chat: who refuses cannot write
    record_calls  voice: calls are recorded
    tells_agents  voice: an agent sees who listens to their call
    tells_visitors  voice: visitors read that calls may be listened to
    """

    organisation_id: str
    channel: ChannelName
    enabled: bool = False
    ask_data: bool = True
    require_data: bool = False
    record_calls: bool = False
    tells_agents: bool = True
    tells_visitors: bool = True


@dataclass(frozen=True, slots=True)
class Announcement:
    """What callers hear at one point: nothing (blocked), the server's own sound (default), or one of theirs (own).

    sound_id   theirs, kept while it is not the one they hear
    """

    organisation_id: str
    purpose: Purpose
    kind: AnnouncementKind = "default"
    sound_id: str | None = None


_CHANNEL = tuple(channels.c[name] for name in Channel.__dataclass_fields__)
_ANNOUNCEMENT = tuple(announcements.c[name] for name in Announcement.__dataclass_fields__)


def list_channels(tx: Transaction, organisation_id: str) -> dict[ChannelName, Channel]:
    """Return every channel by its name; one that nobody touched has the defaults."""
    rows = tx.all(select(*_CHANNEL).where(channels.c.organisation_id == organisation_id))
    stored = {one.channel: one for one in (Channel(*row) for row in rows)}
    return {name: stored.get(name) or Channel(organisation_id, name) for name in CHANNELS}


def change_channel(tx: Transaction, organisation_id: str, channel: ChannelName, changes: dict[str, Any]) -> Channel:
    """Change settings of a channel and return it."""
    changed = replace(list_channels(tx, organisation_id)[channel], **changes)
    tx.run(delete(channels).where(channels.c.organisation_id == organisation_id, channels.c.channel == channel))
    tx.run(insert(channels).values(**asdict(changed)))
    return changed


def list_channel_users(tx: Transaction, organisation_id: str) -> dict[ChannelName, set[str]]:
    """Return who serves which channel: people who can sign in, by the channel's name."""
    rows = tx.all(
        select(channel_users.c.channel, channel_users.c.person_id)
        .join(memberships, memberships.c.id == channel_users.c.person_id)
        .where(channel_users.c.organisation_id == organisation_id, memberships.c.active.is_(True))
    )
    found: dict[ChannelName, set[str]] = {name: set() for name in CHANNELS}
    for channel, person_id in rows:
        found[channel].add(person_id)
    return found


def channels_of_person(tx: Transaction, organisation_id: str, person_id: str) -> list[ChannelName]:
    """Return the channels somebody serves, in the usual order."""
    rows = tx.all(
        select(channel_users.c.channel).where(
            channel_users.c.organisation_id == organisation_id, channel_users.c.person_id == person_id
        )
    )
    served = {row[0] for row in rows}
    return [name for name in CHANNELS if name in served]


def serve_channel(tx: Transaction, organisation_id: str, channel: ChannelName, person_id: str, *, serves: bool) -> None:
    """Let somebody serve a channel, or not any more."""
    row = channel_users.c
    which = (row.organisation_id == organisation_id, row.channel == channel, row.person_id == person_id)
    if not serves:
        tx.run(delete(channel_users).where(*which))
    elif tx.first(select(row.person_id).where(*which)) is None:
        tx.run(insert(channel_users).values(organisation_id=organisation_id, channel=channel, person_id=person_id))


def licence_seats(tx: Transaction, organisation_id: str) -> dict[Medium, int | None]:
    """Return how many people the organisation may license for each medium; None: any number."""
    rows = tx.all(
        select(licence_limits.c.medium, licence_limits.c.seats).where(
            licence_limits.c.organisation_id == organisation_id
        )
    )
    stored = {row[0]: int(row[1]) for row in rows}
    return {medium: stored.get(medium) for medium in MEDIA}


def set_licence_seats(tx: Transaction, organisation_id: str, medium: Medium, seats: int | None) -> None:
    """Limit how many people are licensed for a medium; None: any number."""
    row = licence_limits.c
    tx.run(delete(licence_limits).where(row.organisation_id == organisation_id, row.medium == medium))
    if seats is not None:
        tx.run(insert(licence_limits).values(organisation_id=organisation_id, medium=medium, seats=seats))


def good_licences(organisation_id: str, medium: Medium) -> Subquery:
    """Select the person_id of whose licence for a medium counts.

    Where more have one than the organisation may license, the earliest count. Who cannot sign in takes no place.
    """
    place = func.row_number().over(order_by=(licences.c.assigned_at_ms, licences.c.person_id))
    placed = (
        select(licences.c.person_id, place.label("place"))
        .join(memberships, memberships.c.id == licences.c.person_id)
        .where(
            licences.c.organisation_id == organisation_id,
            licences.c.medium == medium,
            memberships.c.active.is_(True),
        )
        .subquery()
    )
    seats = (
        select(licence_limits.c.seats)
        .where(licence_limits.c.organisation_id == organisation_id, licence_limits.c.medium == medium)
        .scalar_subquery()
    )
    return (
        select(placed.c.person_id).where(or_(seats.is_(None), placed.c.place <= seats)).subquery(f"{medium}_licences")
    )


def list_licences(tx: Transaction, organisation_id: str) -> dict[Medium, set[str]]:
    """Return whose licences count, by medium."""
    found = {}
    for medium in MEDIA:
        good = good_licences(organisation_id, medium)
        found[medium] = {row[0] for row in tx.all(select(good.c.person_id))}
    return found


def count_licences(tx: Transaction, organisation_id: str) -> dict[Medium, int]:
    """Return how many people who can sign in have a licence, counting or not, by medium."""
    rows = tx.all(
        select(licences.c.medium, func.count())
        .join(memberships, memberships.c.id == licences.c.person_id)
        .where(licences.c.organisation_id == organisation_id, memberships.c.active.is_(True))
        .group_by(licences.c.medium)
    )
    counted = {row[0]: int(row[1]) for row in rows}
    return {medium: counted.get(medium, 0) for medium in MEDIA}


def assign_licence(tx: Transaction, organisation_id: str, medium: Medium, person_id: str) -> bool:
    """Give somebody a licence; tell whether they had none. Whether one is left is the caller's to count."""
    row = licences.c
    which = (row.organisation_id == organisation_id, row.medium == medium, row.person_id == person_id)
    if tx.first(select(row.person_id).where(*which)) is not None:
        return False
    tx.run(
        insert(licences).values(
            organisation_id=organisation_id, medium=medium, person_id=person_id, assigned_at_ms=tx.now_ms
        )
    )
    return True


def take_licence(tx: Transaction, organisation_id: str, medium: Medium, person_id: str) -> bool:
    """Take somebody's licence away; tell whether they had one."""
    row = licences.c
    which = (row.organisation_id == organisation_id, row.medium == medium, row.person_id == person_id)
    return bool(tx.run(delete(licences).where(*which)).rowcount)


def list_announcements(tx: Transaction, organisation_id: str) -> dict[Purpose, Announcement]:
    """Return what callers hear, by purpose."""
    rows = tx.all(select(*_ANNOUNCEMENT).where(announcements.c.organisation_id == organisation_id))
    stored = {one.purpose: one for one in (Announcement(*row) for row in rows)}
    return {name: stored.get(name) or Announcement(organisation_id, name) for name in ANNOUNCEMENTS}


def set_announcement(tx: Transaction, announcement: Announcement) -> None:
    """Decide what callers hear at one point; Clash when the sound does not exist."""
    row = announcements.c
    tx.run(
        delete(announcements).where(
            row.organisation_id == announcement.organisation_id, row.purpose == announcement.purpose
        )
    )
    tx.run(insert(announcements).values(**asdict(announcement)))


def is_announcement(tx: Transaction, sound_id: str) -> bool:
    """Tell whether callers hear a sound at some point."""
    return tx.first(select(announcements.c.purpose).where(announcements.c.sound_id == sound_id)) is not None
