"""How often somebody may try to sign in, and what is kept of attempts that failed.

Whoever guesses is slowed down, not whom they guess at: an address block has a limit of its own, and one for each e-mail
it tries. The wide limit of an e-mail alone, for guesses from many blocks, does not count for a browser that signed in before.
"""

import logging
from typing import Any

from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Limited
from core.folding import fold_email
from core.networks import address_block
from core.settings import Settings
from storage.accounts.browsers import add_refused_sign_in
from storage.accounts.people import people_of_sign_in
from storage.accounts.sign_ins import find_sign_in_by_email
from storage.audit import note
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job

log = logging.getLogger("centrala.sign_in")

KIND = "sign_in.refused"
_EMAIL_LETTERS = 254
_BLOCK_TIMES = 5
_EMAIL_TIMES = 10
# Of what is kept of failures: so many of one sign-in at once, then one a minute; and lines of the log a second.
_KEPT_BURST, _KEPT_PER_S = 10, 1 / 60
_LINES_BURST, _LINES_PER_S = 100, 20


class Attempts:
    """Counts attempts to sign in, and keeps those that were refused."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        burst, per_s = settings.rate_sign_in_burst, settings.rate_sign_in_per_minute / 60
        self._blocks = TokenBuckets(burst * _BLOCK_TIMES, per_s * _BLOCK_TIMES)
        self._pairs = TokenBuckets(burst, per_s)
        self._emails = TokenBuckets(burst * _EMAIL_TIMES, per_s)
        self._kept = TokenBuckets(_KEPT_BURST, _KEPT_PER_S)
        self._lines = TokenBuckets(_LINES_BURST, _LINES_PER_S)

    def take_block(self, address: str) -> None:
        """Count an attempt of an address; raises Limited."""
        try:
            self._blocks.take(address_block(address), self._clock.monotonic_ns())
        except Limited:
            self._log(address, "too many attempts")
            raise

    def take_email(self, address: str, email: str, *, known_browser: bool = False) -> None:
        """Count an attempt for an e-mail; raises Limited."""
        now_ns = self._clock.monotonic_ns()
        folded = fold_email(email)[:_EMAIL_LETTERS]
        # A known browser has its own bucket, so that others of its network cannot empty it.
        place = "browser" if known_browser else address_block(address)
        try:
            self._pairs.take(f"{place} {folded}", now_ns)
            if not known_browser:
                self._emails.take(folded, now_ns)
        except Limited:
            self._log(address, "too many attempts")
            raise

    async def refused(self, address: str, user_agent: str, email: str) -> None:
        """Keep that an attempt failed: a line in the log, and a job that tells the audit and the profile.

        A job is stored for an unknown e-mail, too, so that how long the answer takes tells nothing.
        """
        self._log(address, "wrong e-mail or password")
        folded = fold_email(email)[:_EMAIL_LETTERS]
        if self._may(self._kept, folded):
            payload = {"email": folded, "address": address, "user_agent": user_agent}
            await self._database.write(lambda tx: add_job(tx, KIND, tx.now_ms, payload))

    async def run(self, payload: dict[str, Any]) -> None:
        """Keep an attempt for whoever the e-mail belongs to."""
        email, address = str(payload["email"]), str(payload["address"])

        def store(tx: Transaction) -> None:
            sign_in = find_sign_in_by_email(tx, email)
            if sign_in is None:
                return
            add_refused_sign_in(tx, sign_in.id, address, str(payload["user_agent"]))
            for person in people_of_sign_in(tx, sign_in.id):
                if person.active:
                    note(tx, person.organisation_id, person.id, "session.refused", "person", person.id, address=address)

        await self._database.write(store)

    def _log(self, address: str, reason: str) -> None:
        if self._may(self._lines, ""):
            # A fixed form, which docs/deploy.md names for programs that read the log.
            log.info("sign-in refused from %s: %s", address, reason)

    def _may(self, buckets: TokenBuckets, key: str) -> bool:
        try:
            buckets.take(key, self._clock.monotonic_ns())
        except Limited:
            return False
        return True
