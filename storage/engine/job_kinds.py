"""Kinds of jobs: for each the lane it runs in, what does it, and how often and how many at once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from storage.engine.jobs import Cursor, Job

# deadlines   what people wait for at a time: transactions alone, nothing there waits for I/O
# outward     what asks another server: mails, linked pages, the virus scanner
# long        what goes through much: in steps of 2 s at most, organisations taking turns
# media       what works on files: composing, recordings, uploads, blobs
Lane = Literal["deadlines", "outward", "long", "media"]

# How many jobs of a lane one process does at once, of all its kinds together.
LANES: Mapping[Lane, int] = {"deadlines": 1, "outward": 8, "long": 1, "media": 2}

LEASE_MS = 30_000
TRIES = 8

Handler = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Step:
    """The handler of a long job.

    go_on   does a part of it, 2 s at most, given the payload and how far the last one got (None: begin); returns how far
            it got, which is stored and given to the next, or None when all is done
    """

    go_on: Callable[[dict[str, Any], Cursor | None], Awaitable[Cursor | None]]


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job.

    handler    does a job, given its payload; it may happen twice when a process dies
    lease_ms   after so long without a sign of life another process thinks that the one that took it died
    tries      how often one that fails is tried before it is left as failed
    at_once    how many of the kind one process does at once: a server that is silent keeps no more than these
    """

    name: str
    lane: Lane
    handler: Handler | Step
    lease_ms: int = LEASE_MS
    tries: int = TRIES
    at_once: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.handler, Step) != (self.lane == "long"):
            raise ValueError(f"{self.name}: jobs of the lane long, and only those, are done in steps")

    async def run(self, job: Job) -> Cursor | None:
        """Do a job, or a step of it; return how far it got when more is to be done."""
        if isinstance(self.handler, Step):
            return await self.handler.go_on(job.payload, job.cursor)
        await self.handler(job.payload)
        return None
