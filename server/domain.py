"""What a domain brings to the server: its parts, and what joins them to addresses, commands, jobs and events."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, fields
from types import ModuleType
from typing import Any, Generic, TypeVar, cast

from accounts.lost_rights import Ender, Loss
from server.ground import Ground
from signaling.commands.row import Row
from storage.engine.hearing import Handler
from storage.engine.job_kinds import JobKind
from web.route import Route

Parts = TypeVar("Parts")


@dataclass(frozen=True, slots=True)
class Hears:
    """A handler of stored events of a kind.

    everywhere   in each server process, after the event was sent there; otherwise only where it was stored
    """

    kind: str
    handler: Handler
    everywhere: bool = False


class Made:
    """The parts of the domains made so far, by their type: `made[Accounts].people`."""

    def __init__(self) -> None:
        self._parts: dict[type[Any], Any] = {}

    def __getitem__(self, kind: type[Parts]) -> Parts:
        return cast(Parts, self._parts[kind])

    def put(self, kind: type[Parts], parts: Parts) -> None:
        """Keep a domain's parts.

        raises   ValueError  they were made already
        """
        if kind in self._parts:
            raise ValueError(f"{kind.__name__} is made twice")
        self._parts[kind] = parts


class Nothing(Made):
    """Parts with nothing in them: for describing what there would be. Nothing of it may be called."""

    def __getitem__(self, kind: type[Parts]) -> Parts:
        return kind(**dict.fromkeys((one.name for one in fields(cast(Any, kind))), cast(Any, None)))


@dataclass(frozen=True, slots=True)
class Domain(Generic[Parts]):
    """One noun, or a family of them, as the server puts it together.

    parts     the frozen dataclass of its services
    make      makes them, from the ground and from the parts of the domains before it
    routes    rows of the route table
    commands  rows of the socket's commands
    pages     addresses of the front end's pages, as patterns
    payloads  modules with COMMANDS, STORED_EVENTS or EPHEMERAL_EVENTS: what these commands and its events carry
    jobs      kinds of stored jobs and what does them
    hears     what it wants to hear of
    losses    events that tell that somebody may have lost a right
    ends      what goes on by itself, and ends with the right to it
    runs      loops that are kept for as long as the process lives, by name
    closes    gives back what is open, at the end
    measures  gauges and counters for /metrics
    """

    parts: type[Parts]
    make: Callable[[Ground, Made], Parts]
    routes: Callable[[Ground, Made], Sequence[Route]] = lambda *_: ()
    commands: Callable[[Ground, Made], Mapping[str, Row]] = lambda *_: {}
    pages: Sequence[str] = ()
    payloads: Sequence[ModuleType] = ()
    jobs: Callable[[Made], Sequence[JobKind]] = lambda _: ()
    hears: Callable[[Made], Sequence[Hears]] = lambda _: ()
    losses: Sequence[Loss] = ()
    ends: Callable[[Made], Sequence[Ender]] = lambda _: ()
    runs: Callable[[Made], Mapping[str, Callable[[], Coroutine[Any, Any, None]]]] = lambda _: {}
    closes: Callable[[Made], Sequence[Callable[[], Awaitable[None] | None]]] = lambda _: ()
    measures: Callable[[Made], Sequence[Callable[[], Awaitable[dict[str, float]]]]] = lambda _: ()
