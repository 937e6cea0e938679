"""SQLite's one writing thread: acts that wait for it share a transaction, and their answers come back together.

How it works (group commit): acts that wait when the thread is free run in one transaction, each but the first in a
savepoint of its own, so that one that fails undoes only itself; then all of them are committed at once, and only then
answered. What a commit costs - pages written to the log, a wake-up of the event loop - is shared the more the busier
the thread is, and a lone act waits for nobody.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from storage.engine.events import Event

# A transaction of more would keep the first of them waiting.
_MOST = 32

# Runs an act in the open transaction; returns its result and the events it stored.
Run = Callable[[Connection, Any], tuple[Any, list[Event] | None]]


@dataclass(slots=True)
class _Act:
    work: Any
    answer: asyncio.Future[Any]
    result: Any = None
    stored: list[Event] | None = None
    error: BaseException | None = None


class SqliteWriter:
    """Runs acts one after the other in a thread and connection of its own.

    engine   whose connections leave BEGIN and COMMIT to us
    run      runs one act
    hear     called in the event loop with the events of a transaction, after it is committed and answered
    """

    def __init__(self, engine: Engine, run: Run, hear: Callable[[list[Event]], None]) -> None:
        self._engine = engine
        self._run = run
        self._hear = hear
        self._waiting: SimpleQueue[_Act | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection: Connection | None = None
        self._thread: threading.Thread | None = None

    async def write(self, work: Any) -> Any:
        """Run an act and commit it; whatever it raises undoes all of it."""
        self._loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="sqlite-write", daemon=True)
            self._thread.start()
        act = _Act(work, self._loop.create_future())
        self._waiting.put(act)
        return await act.answer

    def close(self) -> None:
        """Finish what waits, then give back the connection."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
        self._drop()

    def _work(self) -> None:
        while acts := self._take():
            try:
                self._transact(acts)
            except BaseException as error:
                # Nothing of it is stored. Whatever state the connection is in, the next transaction shall not meet it.
                self._drop()
                for act in acts:
                    act.error = act.error or error
            assert self._loop is not None
            # A loop that is closed has nobody who waits.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._answer, acts)

    def _take(self) -> list[_Act]:
        """Wait for an act, and take those that wait behind it; none at the end."""
        acts: list[_Act] = []
        while not acts or (len(acts) < _MOST and not self._waiting.empty()):
            act = self._waiting.get()
            if act is None:
                # After what was taken before it.
                if acts:
                    self._waiting.put(None)
                break
            acts.append(act)
        return acts

    def _transact(self, acts: list[_Act]) -> None:
        """Run acts and commit those that did not fail."""
        if self._connection is None:
            self._connection = self._engine.connect()
        driver = self._connection.connection.driver_connection
        assert driver is not None
        begun = False
        for act in acts:
            driver.execute("SAVEPOINT act" if begun else "BEGIN IMMEDIATE")
            self._perform(act)
            if begun:
                if act.error is not None:
                    driver.execute("ROLLBACK TO act")
                driver.execute("RELEASE act")
            elif act.error is not None:
                driver.execute("ROLLBACK")
            else:
                begun = True
        if begun:
            driver.execute("COMMIT")
        if any(isinstance(act.error, DBAPIError | sqlite3.Error) for act in acts):
            self._drop()

    def _perform(self, act: _Act) -> None:
        assert self._connection is not None
        try:
            act.result, act.stored = self._run(self._connection, act.work)
        except Exception as error:
            act.error = error

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _answer(self, acts: list[_Act]) -> None:
        stored: list[Event] = []
        for act in acts:
            if act.error is None:
                stored += act.stored or ()
            if act.answer.done():
                continue
            if act.error is not None:
                act.answer.set_exception(act.error)
            else:
                act.answer.set_result(act.result)
        if stored:
            self._hear(stored)
