"""Every command and event of the socket: the tables of all domains, as one. docs/protocol.md is generated from here."""

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any, TypeVar

from pydantic import BaseModel

from core.payloads import CommandTable, EventTable
from server.domain import Domain
from server.domains import DOMAINS

Row = TypeVar("Row")

_TABLES = ("COMMANDS", "STORED_EVENTS", "EPHEMERAL_EVENTS")


def merge_tables(tables: Iterable[dict[str, Row]]) -> dict[str, Row]:
    """Return tables as one, in the order given.

    raises   ValueError  a name stands in two of them
    """
    merged: dict[str, Row] = {}
    for table in tables:
        if twice := merged.keys() & table.keys():
            raise ValueError(f"named in two tables of payloads: {', '.join(sorted(twice))}")
        merged.update(table)
    return merged


def payload_modules(domains: Sequence[Domain[Any]]) -> list[ModuleType]:
    """Return the modules of payloads that domains bring.

    raises   ValueError  one has none of the tables
    """
    modules = [module for domain in domains for module in domain.payloads]
    for module in modules:
        if not any(table in vars(module) for table in _TABLES):
            raise ValueError(f"{module.__name__} has none of {', '.join(_TABLES)}")
    return modules


_MODULES = payload_modules(DOMAINS)
COMMANDS: CommandTable = merge_tables(vars(module).get("COMMANDS", {}) for module in _MODULES)
STORED_EVENTS: EventTable = merge_tables(vars(module).get("STORED_EVENTS", {}) for module in _MODULES)
EPHEMERAL_EVENTS: EventTable = merge_tables(vars(module).get("EPHEMERAL_EVENTS", {}) for module in _MODULES)

# A client takes both from one place: no event may be the one today and the other tomorrow.
EVENTS: EventTable = merge_tables((STORED_EVENTS, EPHEMERAL_EVENTS))


def socket_models() -> list[type[BaseModel]]:
    """Return the models of all commands, acks and events."""
    bodies = [body for body, _ in COMMANDS.values()]
    acks = [ack for _, ack in COMMANDS.values() if ack is not None]
    return [*bodies, *acks, *EVENTS.values()]
