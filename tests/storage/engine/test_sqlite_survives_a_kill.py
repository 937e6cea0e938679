"""SQLite in WAL: a process killed in the middle of writing loses nothing it had said was stored."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import sqlalchemy

from conversations.messages.indexing import catch_up
from storage.conversations.conversations import conversations_by_ids
from storage.conversations.messages import list_messages, search_messages
from storage.engine.database import Database
from storage.engine.event_log import events_after
from tests.support.migrated import copy_sqlite
from tests.support.rows import a_cast, a_conversation
from tests.support.server import ROOT

WRITER = """
import asyncio, sys
from storage.engine.database import Database
from storage.conversations.message_words import index_messages
from tests.support.rows import a_message

async def main(url, organisation, talk, author):
    database = Database(url)
    def store(tx):
        message = a_message(tx, organisation, talk, author, "wiadomość")
        tx.emit(organisation, f"conversation:{talk}", "posted", str(message.seq))
        return message
    async def write():
        while True:
            message = await database.write(store)
            sys.stdout.write(f"{message.seq} {message.id}\\n")
            sys.stdout.flush()
    async def index():
        while True:
            await database.write(index_messages)
            await asyncio.sleep(0.01)
    await asyncio.gather(index(), *(write() for _ in range(4)))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_writer_loses_nothing_it_acknowledged(sqlite_template: Path, tmp_path: Path) -> None:
    url = copy_sqlite(sqlite_template, tmp_path)
    database = Database(url)
    cast = await database.write(a_cast)
    talk = await database.write(lambda tx: a_conversation(tx, cast.organisation_id, [cast.anna]))
    await database.close()
    acknowledged: list[tuple[int, str]] = []
    for _ in range(2):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, url, cast.organisation_id, talk, cast.anna],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        assert child.stdout is not None
        deadline, before = time.monotonic() + 30, len(acknowledged)
        while len(acknowledged) < before + 60:
            assert select.select([child.stdout], [], [], deadline - time.monotonic())[0], "the writer writes nothing"
            seq, message_id = child.stdout.readline().split()
            acknowledged.append((int(seq), message_id))
        os.kill(child.pid, signal.SIGKILL)
        for line in child.stdout.read().splitlines(keepends=True):
            if line.endswith("\n"):
                seq, message_id = line.split()
                acknowledged.append((int(seq), message_id))
        child.stdout.close()
        child.wait()

    database = Database(url)
    stored = await database.read(lambda tx: list_messages(tx, talk, after=0, limit=10_000))
    by_seq = {message.seq: message.id for message in stored}
    assert len(acknowledged) >= 120
    assert all(by_seq.get(seq) == message_id for seq, message_id in acknowledged)
    assert [message.seq for message in stored] == list(range(1, len(stored) + 1))
    head = (await database.read(lambda tx: conversations_by_ids(tx, [talk])))[0]
    assert (head.seq, head.rev) == (len(stored), len(stored) + 1)
    events = await database.read(lambda tx: events_after(tx, 0, limit=10_000))
    assert [int(event.payload) for event in events] == [message.seq for message in stored]
    await catch_up(database)
    found = await database.read(
        lambda tx: search_messages(tx, cast.organisation_id, cast.anna, "wiadomosc", limit=10_000)
    )
    assert len(found) == len(stored)
    integrity = await database.read(lambda tx: tx.all(sqlalchemy.text("PRAGMA integrity_check")))
    assert [tuple(row) for row in integrity] == [("ok",)]
    await database.close()
