"""Sessions whose time has passed end by themselves, with all that was opened by them.

How it works: use prolongs a session, over REST and over the socket alike (accounts.credentials). Each second every process
looks for sessions whose last use is too long ago; whoever finds one deletes it and tells so as if it had been revoked.
"""

import asyncio
import logging

from accounts.events import session_revoked
from storage.accounts.sessions import expired_sessions
from storage.engine.database import Database, Transaction, unavailable
from storage.session_ends import delete_session

log = logging.getLogger("centrala.rights")

LOOK_S = 1.0
_AT_ONCE = 200


class SessionExpiry:
    """Ends what nobody used for too long."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """End expired sessions for as long as the process lives."""
        while True:
            try:
                while await self.sweep() == _AT_ONCE:
                    pass
            except Exception as error:
                if not unavailable(error):
                    raise
                log.warning("sessions cannot be read: %s", error)
            await asyncio.sleep(LOOK_S)

    async def sweep(self) -> int:
        """End some of the expired sessions; return how many there were.

        emits   session:revoked
        """
        if not await self._database.read(lambda tx: expired_sessions(tx, 1)):
            return 0

        def store(tx: Transaction) -> int:
            # Looked for again: one that was used at this moment goes on.
            found = expired_sessions(tx, _AT_ONCE)
            for session in found:
                if delete_session(tx, session.person_id, session.id):
                    session_revoked(tx, session.organisation_id, session.id)
            return len(found)

        return await self._database.write(store)
