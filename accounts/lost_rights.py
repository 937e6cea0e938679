"""The one place that ends what a lost right leaves running: sockets, seats, viewers, listeners, jobs.

How it works: domains name the stored events that tell that somebody may have lost a right, and what ends then (an `Ender`
for each thing that goes on by itself). Each server process hears of each event once it is stored, and asks every ender
that wants this kind of loss; an ender looks at what of that somebody runs in its process and ends what may not go on.
What asks for its right again and again anyway needs no ender: requests, uploads, downloads, file links.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from core.errors import Unavailable
from core.supervise import Supervisor
from storage.engine.database import unavailable
from storage.engine.hearing import Heard

log = logging.getLogger("centrala.rights")

LossKind = Literal["session", "access", "membership", "call", "door", "project"]
LOSSES: tuple[LossKind, ...] = get_args(LossKind)
_TRIES, _AGAIN_S = 5, 0.5


@dataclass(frozen=True, slots=True)
class Lost:
    """Somebody may have lost a right.

    kind   session     it was ended, or its time has passed: session_id
           access      role, group or account: party_id
           membership  put out of a conversation, or gone: party_id, conversation_id
           call        put out of its calls by a moderator: party_id, conversation_id
           door        a guest who is out: party_id
           project     put out of a project, or of another role there: party_id, project_id
    """

    kind: LossKind
    organisation_id: str
    party_id: str = ""
    session_id: str = ""
    conversation_id: str = ""
    project_id: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """Stored events of a kind tell of lost rights; `read` says whose."""

    event: str
    read: Callable[[Heard], Iterable[Lost]]


@dataclass(frozen=True, slots=True)
class Ender:
    """What ends with rights.

    name    what it ends, for the log
    losses  at which losses it is asked
    end     called at once, in the order of events; what waits it returns
    """

    name: str
    losses: frozenset[LossKind]
    end: Callable[[Lost], Coroutine[Any, Any, None] | None]


def session_lost(heard: Heard) -> list[Lost]:
    """Read `session:revoked`."""
    return [Lost("session", heard.organisation_id or "", session_id=heard.scope_id)]


def access_lost(heard: Heard) -> list[Lost]:
    """Read `access:changed`."""
    return [Lost("access", heard.organisation_id or "", party_id=heard.scope_id)]


class LostRights:
    """Asks the enders."""

    def __init__(self, supervisor: Supervisor, losses: Iterable[Loss], enders: Sequence[Ender]) -> None:
        self._supervisor = supervisor
        self._enders = tuple(enders)
        self._read: dict[str, Callable[[Heard], Iterable[Lost]]] = {}
        for loss in losses:
            if loss.event in self._read:
                raise ValueError(f"two domains read lost rights of {loss.event}")
            self._read[loss.event] = loss.read

    @property
    def events(self) -> tuple[str, ...]:
        """The kinds of events that tell of lost rights."""
        return tuple(self._read)

    @property
    def enders(self) -> tuple[Ender, ...]:
        """Everything that ends something."""
        return self._enders

    def hear(self, heard: Heard) -> None:
        """End what goes on in this process on rights that an event tells are lost; one that fails stops no other."""
        for lost in self._read[heard.kind](heard):
            for ender in self._enders:
                if lost.kind in ender.losses:
                    try:
                        rest = ender.end(lost)
                    except Exception:
                        log.exception("%s of a lost right did not end", ender.name)
                        continue
                    if rest is not None:
                        self._supervisor.start(f"end of {ender.name}", self._go_on(ender, lost, rest))

    async def _go_on(self, ender: Ender, lost: Lost, rest: Coroutine[Any, Any, None]) -> None:
        """Do what waits, again when the database or the media engine could not be reached: it must not stay open."""
        for tries_left in reversed(range(_TRIES)):
            try:
                await rest
                return
            except Exception as error:
                if not tries_left or not (unavailable(error) or isinstance(error, Unavailable)):
                    raise
            await asyncio.sleep(_AGAIN_S)
            again = ender.end(lost)
            if again is None:
                return
            rest = again
