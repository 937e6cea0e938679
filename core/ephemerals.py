"""What is told at once and kept nowhere: who types, who rings, who points. What must not be lost is a stored event."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """Something to tell now, without a number: who hears it (scopes as of stored events), kind, JSON."""

    scopes: tuple[str, ...]
    kind: str
    payload: str


class Ephemerals(Protocol):
    """Sends ephemeral events to whoever is connected, through whichever server process."""

    def send(self, scopes: Sequence[str], kind: str, payload: str) -> None:
        """Send at once; nobody learns whether it arrived."""
        ...


def send_all(ephemerals: Ephemerals, told: Sequence[Ephemeral]) -> None:
    """Send what a transaction collected, after its commit."""
    for one in told:
        ephemerals.send(one.scopes, one.kind, one.payload)


def party_scope(party_id: str) -> str:
    """One person, on every device; or several, with commas."""
    return f"party:{party_id}"


def conversation_scope(conversation_id: str) -> str:
    """Everybody who is in the conversation."""
    return f"conversation:{conversation_id}"
