"""Sounds of an organisation that its calls can hear, and what plays in which conference."""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Boolean, Column, Index, Table, delete, insert, select

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

# The server's own sounds, made when they are needed first; what staff upload is none of them.
Tune = Literal["greeting", "ringback", "hold", "voicemail", "recorded"]
TUNES: tuple[Tune, ...] = get_args(Tune)

sounds = Table(
    "sounds",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("name"),
    text_column("digest"),
    number_column("duration_ms"),
    number_column("channels"),
    text_column("added_by"),
    time_column("added_at_ms"),
    text_column("tune", nullable=True),
    of_organisation(),
    belongs_to("parties", "added_by"),
    unique_in_organisation(),
    Index("uq_sounds_tune", "organisation_id", "tune", unique=True),
    one_of("tune", TUNES),
)

players = Table(
    "conference_players",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conference_id"),
    text_column("sound_id"),
    text_column("started_by"),
    Column("loop", Boolean, nullable=False),
    text_column("audience", nullable=True),
    text_column("shared", default=""),
    time_column("began_at_ms"),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("sounds", "sound_id"),
    belongs_to("parties", "started_by"),
    unique_in_organisation(),
    Index("ix_conference_players_conference", "conference_id"),
    Index("ix_conference_players_sound", "sound_id"),
)


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound file made ready to be played: `digest` of the Ogg Opus file among the blobs.

    tune   which of the server's own it is; None: an upload
    """

    id: str
    organisation_id: str
    name: str
    digest: str
    duration_ms: int
    channels: int
    added_by: str
    added_at_ms: int
    tune: Tune | None = None


@dataclass(frozen=True, slots=True)
class Player:
    """What plays in a conference now; the row goes when it ends.

    audience      a participant, or None: everybody
    shared        the timeline it shares with other conferences; empty: its own
    began_at_ms   when its sound was at the beginning, so that it goes on at its place on another media worker
    """

    id: str
    organisation_id: str
    conference_id: str
    sound_id: str
    started_by: str
    loop: bool
    audience: str | None
    shared: str
    began_at_ms: int


_SOUND = tuple(sounds.c[name] for name in Sound.__dataclass_fields__)
_PLAYER = tuple(players.c[name] for name in Player.__dataclass_fields__)


def add_sound(tx: Transaction, sound: Sound) -> None:
    """Store a sound; Clash when the organisation has that tune."""
    tx.run(insert(sounds).values(**asdict(sound)))


def find_sound(tx: Transaction, organisation_id: str, sound_id: str) -> Sound | None:
    """Return a sound of the organisation, or None."""
    row = tx.first(select(*_SOUND).where(sounds.c.organisation_id == organisation_id, sounds.c.id == sound_id))
    return Sound(*row) if row else None


def find_tune(tx: Transaction, organisation_id: str, tune: Tune) -> Sound | None:
    """Return the server's own sound in an organisation, or None."""
    row = tx.first(select(*_SOUND).where(sounds.c.organisation_id == organisation_id, sounds.c.tune == tune))
    return Sound(*row) if row else None


def list_sounds(tx: Transaction, organisation_id: str) -> list[Sound]:
    """Return the organisation's sounds, oldest first."""
    rows = tx.all(select(*_SOUND).where(sounds.c.organisation_id == organisation_id).order_by(sounds.c.id))
    return [Sound(*row) for row in rows]


def delete_sound(tx: Transaction, organisation_id: str, sound_id: str) -> bool:
    """Delete a sound that plays nowhere; tell whether it was there. Clash when it plays."""
    gone = delete(sounds).where(sounds.c.organisation_id == organisation_id, sounds.c.id == sound_id)
    return bool(tx.run(gone).rowcount)


def add_player(tx: Transaction, player: Player) -> None:
    """Note that something plays."""
    tx.run(insert(players).values(**asdict(player)))


def list_players(tx: Transaction, conference_id: str) -> list[tuple[Player, Sound]]:
    """Return what plays in a conference."""
    rows = tx.all(
        select(*_PLAYER, *_SOUND)
        .join(sounds, sounds.c.id == players.c.sound_id)
        .where(players.c.conference_id == conference_id)
        .order_by(players.c.id)
    )
    return [(Player(*row[: len(_PLAYER)]), Sound(*row[len(_PLAYER) :])) for row in rows]


def end_players(tx: Transaction, conference_id: str) -> None:
    """Forget what plays in a conference."""
    tx.run(delete(players).where(players.c.conference_id == conference_id))


def end_player(tx: Transaction, player_id: str) -> None:
    """Forget one."""
    tx.run(delete(players).where(players.c.id == player_id))


def is_playing(tx: Transaction, sound_id: str) -> bool:
    """Tell whether a sound plays anywhere."""
    return tx.first(select(players.c.id).where(players.c.sound_id == sound_id)) is not None
