"""What a client may ask over the socket: one row for each command, the same functions as behind REST."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Forbidden, Invalid
from core.payloads import View
from core.settings import Settings
from signaling.commands.row import Caller, Rate, Row
from signaling.connections import Connection

# Of one tab: a page sends half of it.
_POINTS_AT_ONCE, _POINTS_PER_S = 40, 20.0


class Commands:
    """Checks a command's form and rate, and who sends it, then does it.

    forms     name -> model of what is sent
    rows      name -> what does it
    returned  called for a tab that said it was closing and goes on

    raises   ValueError  a form without a row, or a row without a form
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        forms: Mapping[str, type[BaseModel]],
        rows: Mapping[str, Row],
        returned: Callable[[Connection], Awaitable[None]],
    ) -> None:
        if forms.keys() != rows.keys():
            raise ValueError(f"commands without a form or without a row: {sorted(forms.keys() ^ rows.keys())}")
        self._clock = clock
        self._forms = forms
        self._rows = rows
        self._returned = returned
        self._events = TokenBuckets(settings.rate_event_burst, settings.rate_event_per_s)
        # Messages have the person's own bucket, shared with REST; who draws or points does more in a second than others.
        self._rates: dict[Rate, TokenBuckets] = {
            "event": self._events,
            "board": TokenBuckets(settings.rate_board_burst, settings.rate_board_per_s),
            "point": TokenBuckets(_POINTS_AT_ONCE, _POINTS_PER_S),
        }

    async def run(self, connection: Connection, name: str | None, payload: Any) -> View | None:
        """Do a command; return what its ack carries.

        raises   Refusal
        """
        row = self._rows.get(name or "")
        if row is None or row.rate != "own":
            buckets = self._events if row is None else self._rates[row.rate]
            buckets.take(connection.sid, self._clock.monotonic_ns())
        if row is None or name is None:
            raise Invalid("signaling.unknown_command", 400)
        if _caller(connection) not in row.who:
            raise Forbidden("accounts.forbidden")
        try:
            body = self._forms[name].model_validate(payload)
        except ValidationError as error:
            fields = ", ".join(".".join(str(part) for part in found["loc"]) for found in error.errors()[:5])
            raise Invalid("core.invalid", fields=fields) from None
        if connection.closing and name != "tab:closing":
            connection.closing = False
            await self._returned(connection)
        return await row.handler(connection, body)


def _caller(connection: Connection) -> Caller:
    if connection.actor.is_guest:
        return "guest"
    return "visitor" if connection.actor.is_visitor else "person"
