"""Keeping the index of messages' words up to date where it is not written with each message."""

import asyncio

from storage.conversations.message_words import index_messages
from storage.engine.database import Database
from storage.engine.hearing import Heard

# One batch for what is said meanwhile; a search waits for nothing but its own catching up.
_PAUSE_S = 0.25


async def catch_up(database: Database) -> None:
    """Index every message that is stored by now."""
    while await database.write(index_messages):
        pass


class MessageIndexer:
    """Indexes messages soon after they are stored, and those a crash left over."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = asyncio.Event()

    def hear(self, _: Heard) -> None:
        """A message was posted."""
        self._wanted.set()

    async def run(self) -> None:
        """Index for as long as the process lives; PostgreSQL needs none."""
        while not self._database.postgres:
            self._wanted.clear()
            await catch_up(self._database)
            await self._wanted.wait()
            await asyncio.sleep(_PAUSE_S)
