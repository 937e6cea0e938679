"""Passwords: argon2id (RFC 9106) in a thread of its own, with a short and fair queue before it.

A flood of guesses costs the guesser's own place in the queue and nobody else's: few wait, whoever signed in here
before goes first, and of the others the first of each address block before its second.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from accounts.turns import Turns

Cost = Literal["full", "cheap_for_tests"]

_HASHERS: dict[Cost, PasswordHasher] = {
    # OWASP's figures for argon2id with one lane: 19 MiB, two passes.
    "full": PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),
    # Protects nothing.
    "cheap_for_tests": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
}
WAITING_MAX = 40


class Passwords:
    """Hashes and checks passwords; a check of a missing password costs the same time as a real one."""

    def __init__(self, cost: Cost = "full") -> None:
        self._hasher = _HASHERS[cost]
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="argon2")
        self._turns = Turns(WAITING_MAX)
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Return the hash to store. Only for those who have shown a right to set one: they do not queue."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def matches(
        self, password: str, password_hash: str | None, *, block: str = "", familiar: bool = False
    ) -> bool:
        """Tell whether the password is the one stored; False, just as slowly, when none is stored.

        block     where the asker comes from, see `core.addresses.address_block`
        familiar  the asker signed in from this browser before, or is signed in
        raises    Unavailable  too many wait
        """
        async with self._turns.turn(block, first=familiar):
            loop = asyncio.get_running_loop()
            matched = await loop.run_in_executor(self._threads, self._verify, password_hash or self._nobody, password)
        return matched and password_hash is not None

    def close(self) -> None:
        """End the thread."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
