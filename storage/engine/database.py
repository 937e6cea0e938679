"""Opening the database and running transactions on it, SQLite and PostgreSQL alike.

How it works: a transaction is one plain function over a `Transaction`. On SQLite it runs whole in
the one writer thread (`storage.engine.writer`) or in a reader thread, which costs one thread hop instead of
one for each statement; on PostgreSQL it runs in SQLAlchemy's greenlet over asyncpg. Functions of the storage
package take the `Transaction` first, so rules and rows of one act are always one transaction.

Events collected with `Transaction.emit` are stored at the end of the same transaction. On
PostgreSQL an advisory lock held from there to the commit makes their ids grow in commit order, so
that a reader who saw number N never meets a smaller one later.
"""

import asyncio
import errno
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Table, create_engine, event, select, text
from sqlalchemy.engine import CursorResult, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.clock import Clock, SystemClock
from core.errors import Invalid
from core.ids import new_id
from storage.engine.events import ADD_EVENT, Event
from storage.engine.wakeups import CHANNEL, listen
from storage.engine.writer import SqliteWriter

log = logging.getLogger("centrala.storage")

Result = TypeVar("Result")
Work = Callable[["Transaction"], Result]

_EVENTS_LOCK = 0x43454E54  # "CENT"
_RETRIED_STATES = {"40001", "40P01"}  # serialization_failure, deadlock_detected
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_WRITE_NOTHING = text("SELECT pg_logical_emit_message(true, 'centrala', '')")
_LOCK_AND_NOTIFY = text("SELECT pg_advisory_xact_lock(:key), pg_notify(:channel, :origin)")
_NO_SUCH_CHARACTER = {"22021", "22P05"}  # NUL, which PostgreSQL's text cannot hold


# A page that many transactions change is written back once for all of them: 16 MB of log halve that work.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "wal_autocheckpoint=4000",
)

# Statements as SQLite takes them: SQL, the names of its arguments in order, values of those nobody gives.
_rapid: dict[Executable, tuple[str, tuple[str, ...], dict[str, Any]]] = {}


# disk_full of PostgreSQL's error codes.
_POSTGRES_DISK_FULL = "53100"


class Clash(Exception):
    """A row that had to be unique exists already, or one that is needed does not: the transaction was undone.

    Who comes second in a race learns it this way, on both databases; look again and go on from what is there.
    """


class Transaction:
    """One running transaction: statements, the time it began, and the events it will store."""

    def __init__(self, connection: Connection, now_ms: int, *, writes: bool = True, origin: str = "") -> None:
        self.connection = connection
        self.now_ms = now_ms
        self._writes = writes
        self._origin = origin
        self.postgres = connection.dialect.name == "postgresql"
        self._events: list[dict[str, Any]] = []

    def run(self, statement: Executable, arguments: Any = None) -> CursorResult[Any]:
        """Execute a statement."""
        result = self.connection.execute(statement, arguments)
        assert isinstance(result, CursorResult)
        return result

    def first(self, statement: Executable, arguments: Any = None) -> Sequence[Any] | None:
        """Return the first row, or None."""
        return self.connection.execute(statement, arguments).first()

    def all(self, statement: Executable, arguments: Any = None) -> list[Sequence[Any]]:
        """Return all rows."""
        return list(self.connection.execute(statement, arguments).all())

    def lock(self, table: Table, row_id: str) -> None:
        """Keep a row as it is for others until this transaction ends; SQLite has one writer anyhow.

        What is read after it and decides what is written cannot change in between. One that only reads locks nothing.
        """
        if self.postgres and self._writes:
            self.connection.execute(select(table.c.id).where(table.c.id == row_id).with_for_update(key_share=True))

    def rapid(self, statement: Executable, arguments: dict[str, Any]) -> list[Sequence[Any]]:
        """Execute a statement that was made once, and return its rows.

        On SQLite it goes to the driver as compiled the first time, past everything SQLAlchemy does for each
        execution: a quarter of the cost. For what runs with every message, on text and numbers alone.
        """
        if self.postgres:
            result = self.connection.execute(statement, arguments)
            return list(result.all()) if result.returns_rows else []
        found = _rapid.get(statement)
        if found is None:
            compiled = statement.compile(dialect=self.connection.dialect)  # type: ignore[attr-defined]
            found = _rapid[statement] = (str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params))
        sql, names, values = found
        driver = self.connection.connection.driver_connection
        assert driver is not None
        rows: list[Sequence[Any]] = driver.execute(
            sql, [arguments[name] if name in arguments else values[name] for name in names]
        ).fetchall()
        return rows

    def emit(self, organisation_id: str | None, scope: str, kind: str, payload: str) -> None:
        """Store an event with this transaction.

        scope    who hears it: "conversation:ID", "party:ID", "party:ID,ID", "session:ID" or "organisation:ID"
        payload  JSON
        """
        self._events.append(
            {
                "organisation_id": organisation_id,
                "scope": scope,
                "kind": kind,
                "payload": payload,
                "created_at_ms": self.now_ms,
            }
        )

    def store_events(self) -> list[Event] | None:
        """Write the collected events and return them with their numbers; None when there are none."""
        if not self._events:
            return None
        if self.postgres and self._origin:
            self.connection.execute(_LOCK_AND_NOTIFY, {"key": _EVENTS_LOCK, "channel": CHANNEL, "origin": self._origin})
        elif self.postgres:
            self.connection.execute(_LOCK, {"key": _EVENTS_LOCK})
        return [
            Event(
                int(self.rapid(ADD_EVENT, one)[0][0]), one["organisation_id"], one["scope"], one["kind"], one["payload"]
            )
            for one in self._events
        ]


class Database:
    """The database: `read` and `write` run one function each in a transaction of its own.

    notify   on PostgreSQL, tell the other processes on it when events are stored (when Redis does not)
    """

    def __init__(self, url: str, clock: Clock | None = None, *, notify: bool = False) -> None:
        self._url = url
        self._origin = new_id() if notify else ""
        self._clock = clock or SystemClock()
        self._stored: list[Callable[[list[Event]], None]] = []
        self.postgres = not url.startswith("sqlite")
        self._engine: AsyncEngine | None = None
        if self.postgres:
            self._engine = create_async_engine(url, pool_size=8, max_overflow=4, pool_pre_ping=True)
        else:
            self._writing = _sqlite_engine(url, "", 1)
            self._writer = SqliteWriter(self._writing, self._run, self._hear)
            self._reading = _sqlite_engine(url, "BEGIN", 3)
            self._kept = threading.local()
            self._connections: list[Connection] = []
            self._read_threads = ThreadPoolExecutor(3, thread_name_prefix="sqlite-read")

    def on_events_stored(self, hear: Callable[[list[Event]], None]) -> None:
        """Call hear (in the event loop) with the events this process stored, in order, once they are committed."""
        self._stored.append(hear)

    async def listen(self, wake: Callable[[], None]) -> None:
        """Call wake when another process stored events; returns at once where nobody notifies."""
        if self.postgres and self._origin:
            await listen(self._url, self._origin, wake)

    async def write(self, work: Work[Result]) -> Result:
        """Run work in a writing transaction and commit; whatever it raises undoes all of it.

        On PostgreSQL work may run again after a deadlock, so it must touch nothing but the transaction.
        """
        if self._engine is None:
            written: Result = await self._writer.write(work)
            return written
        result, stored = await self._in_postgres(work)
        if stored is not None:
            self._hear(stored)
        return result

    async def write_retrying(self, work: Work[Result]) -> Result:
        """Write, and once more after a Clash: who comes second finds what the first one stored, and goes on from there."""
        try:
            return await self.write(work)
        except Clash:
            return await self.write(work)

    async def read(self, work: Work[Result]) -> Result:
        """Run work in a transaction that reads one consistent state."""
        if self._engine is None:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._read_threads, self._read_sqlite, work)
        result, _ = await self._in_postgres(work, read_only=True)
        return result

    async def try_writing(self) -> None:
        """Commit a write that changes nothing; raises what any write would meet, as a full disk or somebody's lock."""
        await self.write(_write_nothing)

    async def close(self) -> None:
        """Give back every connection."""
        if self._engine is not None:
            await self._engine.dispose()
            return
        self._writer.close()
        self._read_threads.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
        self._writing.dispose()
        self._reading.dispose()

    def _hear(self, stored: list[Event]) -> None:
        for hear in self._stored:
            hear(stored)

    def _read_sqlite(self, work: Work[Result]) -> Result:
        # Each thread keeps its connection: taking one from the pool costs as much as a statement.
        connection: Connection | None = getattr(self._kept, "connection", None)
        if connection is None:
            connection = self._kept.connection = self._reading.connect()
            self._connections.append(connection)
        try:
            with connection.begin():
                return self._run(connection, work)[0]
        except (DBAPIError, sqlite3.Error):
            # Whatever state it is in, the next transaction shall not meet it.
            self._kept.connection = None
            self._connections.remove(connection)
            connection.close()
            raise

    async def _in_postgres(self, work: Work[Result], *, read_only: bool = False) -> tuple[Result, list[Event] | None]:
        assert self._engine is not None
        for attempt in range(5):
            try:
                async with self._engine.connect() as connection:
                    if read_only:
                        connection = await connection.execution_options(isolation_level="REPEATABLE READ")
                    async with connection.begin():
                        return await connection.run_sync(self._run, work, not read_only)
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
                if state in _NO_SUCH_CHARACTER:
                    raise Invalid("core.bad_characters") from error
                if state not in _RETRIED_STATES or attempt == 4:
                    raise
                log.info("transaction met %s; trying again", state)
        raise AssertionError("unreachable")

    def _run(
        self, connection: Connection, work: Work[Result], writes: bool = True
    ) -> tuple[Result, list[Event] | None]:
        transaction = Transaction(connection, self._clock.utc_ms(), writes=writes, origin=self._origin)
        try:
            result = work(transaction)
            return result, transaction.store_events()
        except (IntegrityError, sqlite3.IntegrityError) as error:
            raise Clash(str(error)) from error


def _write_nothing(tx: Transaction) -> None:
    if tx.postgres:
        tx.run(_WRITE_NOTHING)
        return
    # The same number again; the page it stands on is written all the same.
    version = int(tx.connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    tx.connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def _sqlite_engine(url: str, begin: str, connections: int) -> Engine:
    """Return an engine whose transactions begin as told; with nothing told, whoever uses it begins and commits.

    WAL with synchronous NORMAL: a killed process loses nothing; a power cut may lose the last
    transactions, never the database.
    """
    engine = create_engine(
        url, pool_size=connections, max_overflow=0, connect_args={"check_same_thread": False, "timeout": 30}
    )

    @event.listens_for(engine, "connect")
    def _open(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    if begin:

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute(begin)

    return engine


def disk_full(error: BaseException) -> bool:
    """Tell whether there was no room left to write."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode == sqlite3.SQLITE_FULL:
            return True
        if getattr(cause, "sqlstate", None) == _POSTGRES_DISK_FULL:
            return True
        cause = getattr(cause, "orig", None) or cause.__cause__
    return False


def unavailable(error: BaseException) -> bool:
    """Tell whether the database could not be reached (rather than refused what was asked)."""
    return isinstance(error, OperationalError | sqlite3.OperationalError | OSError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
