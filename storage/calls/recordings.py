"""Recordings of conferences: at most one running in each, and what its files hold once it is over."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Index, Table, insert, select, text, update

from storage.engine.database import Transaction
from storage.engine.jobs import add_job
from storage.engine.schema import (
    belongs_to,
    id_column,
    metadata,
    of_organisation,
    one_of,
    text_column,
    time_column,
    unique_in_organisation,
)

POST_RECORDING = "recording.post"
# Until then the engine has closed its files, or died.
_CLOSED_WITHIN_MS = 60_000
RecordingState = Literal["running", "ended"]
RECORDING_STATES: tuple[RecordingState, ...] = get_args(RecordingState)

recordings = Table(
    "recordings",
    metadata,
    id_column(),
    text_column("organisation_id"),
    text_column("conference_id"),
    text_column("started_by"),
    text_column("state"),
    time_column("started_at_ms"),
    time_column("ended_at_ms", nullable=True),
    text_column("reason", default=""),
    text_column("parts", default="{}"),
    of_organisation(),
    belongs_to("conferences", "conference_id"),
    belongs_to("parties", "started_by"),
    unique_in_organisation(),
    Index(
        "uq_recordings_running",
        "conference_id",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    Index("ix_recordings_conference", "conference_id", "id"),
    one_of("state", RECORDING_STATES),
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of a conference. Its files are in the folder `recordings/<id>/<part>` of the data.

    reason   why it ended: "asked", "conference_ended", or what failed; empty while it runs
    parts    the index of each part as rtc.recording wrote it, by part; JSON
    """

    id: str
    organisation_id: str
    conference_id: str
    started_by: str
    state: RecordingState
    started_at_ms: int
    ended_at_ms: int | None
    reason: str
    parts: str


_RECORDING = tuple(recordings.c[name] for name in Recording.__dataclass_fields__)


def add_recording(tx: Transaction, recording: Recording) -> None:
    """Store a new recording; Clash when one runs in the conference."""
    tx.run(insert(recordings).values(**asdict(recording)))


def running_recordings(tx: Transaction, conference_ids: list[str]) -> list[Recording]:
    """Return the recordings running in conferences."""
    rows = tx.all(
        select(*_RECORDING).where(recordings.c.conference_id.in_(conference_ids), recordings.c.state == "running")
    )
    return [Recording(*row) for row in rows]


def find_recording(tx: Transaction, recording_id: str) -> Recording | None:
    """Return a recording, running or not, or None."""
    row = tx.first(select(*_RECORDING).where(recordings.c.id == recording_id))
    return Recording(*row) if row else None


def recordings_of(tx: Transaction, conference_ids: list[str]) -> list[Recording]:
    """Return the recordings of conferences, running or not, oldest first."""
    rows = tx.all(select(*_RECORDING).where(recordings.c.conference_id.in_(conference_ids)).order_by(recordings.c.id))
    return [Recording(*row) for row in rows]


def list_recordings(tx: Transaction, conference_id: str) -> list[Recording]:
    """Return a conference's recordings, oldest first."""
    rows = tx.all(select(*_RECORDING).where(recordings.c.conference_id == conference_id).order_by(recordings.c.id))
    return [Recording(*row) for row in rows]


def end_recordings(tx: Transaction, conference_id: str, reason: str, recording_id: str | None = None) -> list[str]:
    """End what runs in a conference, or that one only; return the ids of those that did."""
    statement = update(recordings).where(recordings.c.conference_id == conference_id, recordings.c.state == "running")
    if recording_id is not None:
        statement = statement.where(recordings.c.id == recording_id)
    statement = statement.values(state="ended", ended_at_ms=tx.now_ms, reason=reason)
    return [row[0] for row in tx.all(statement.returning(recordings.c.id))]


def keep_parts(tx: Transaction, recording_id: str, parts: dict[str, Any], *, unless_kept: bool = False) -> None:
    """Note what the files hold; or only when nothing is noted yet."""
    statement = update(recordings).where(recordings.c.id == recording_id)
    if unless_kept:
        statement = statement.where(recordings.c.parts == "{}")
    tx.run(statement.values(parts=json.dumps(parts)))


def post_recording_later(tx: Transaction, recording_id: str, *, closed: bool) -> None:
    """Let what a recording left become a message.

    closed   the engine has closed the files; else it is given the time to
    """
    at_ms = tx.now_ms + (0 if closed else _CLOSED_WITHIN_MS)
    add_job(tx, POST_RECORDING, at_ms, {"recording_id": recording_id}, key=recording_id)
