"""One after another, with a queue that is short and that nobody can fill alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.errors import Unavailable

_RETRY_AFTER_S = 2


@dataclass(eq=False, slots=True)
class _Waiter:
    block: str
    first: bool
    # How many of the block waited before this one: the first of each block goes before anybody's second.
    place: int
    number: int
    called: asyncio.Future[None]

    def order(self) -> tuple[bool, int, int]:
        return (not self.first, self.place, self.number)


class Turns:
    """Lets one in at a time; `waiting_max` may wait.

    Beyond that the last in order is sent away, who may be one that waits already: the block that fills the queue
    loses its own places.
    """

    def __init__(self, waiting_max: int) -> None:
        self._waiting_max = waiting_max
        self._waiting: list[_Waiter] = []
        self._taken = False
        self._number = 0

    @asynccontextmanager
    async def turn(self, block: str, *, first: bool = False) -> AsyncIterator[None]:
        """Wait for the turn, and end it with the block of code.

        raises   Unavailable  too many wait
        """
        await self._wait(block, first)
        try:
            yield
        finally:
            self._next()

    async def _wait(self, block: str, first: bool) -> None:
        if not self._taken:
            self._taken = True
            return
        place = sum(waiter.block == block for waiter in self._waiting)
        self._number += 1
        waiter = _Waiter(block, first, place, self._number, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        if len(self._waiting) > self._waiting_max:
            last = max(self._waiting, key=_Waiter.order)
            self._waiting.remove(last)
            last.called.set_exception(Unavailable("accounts.busy", retry_after_s=_RETRY_AFTER_S))
        try:
            await waiter.called
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            elif waiter.called.done() and not waiter.called.cancelled() and waiter.called.exception() is None:
                self._next()
            raise

    def _next(self) -> None:
        if not self._waiting:
            self._taken = False
            return
        waiter = min(self._waiting, key=_Waiter.order)
        self._waiting.remove(waiter)
        if waiter.called.done():
            self._next()
        else:
            waiter.called.set_result(None)
