"""What conversations ask of whoever lets people in from outside: as strangers who write, or unseen, without a seat or a membership."""

from typing import Protocol

from accounts.rights import Actor
from storage.engine.database import Transaction

# What one visitor may write: at once, and each second after that.
WRITES_AT_ONCE, WRITES_PER_S = 20, 0.5


class OutsideAccess(Protocol):
    """Says who of those outside may do what in a conversation; asked in the transaction of what is done."""

    def demand_write(self, tx: Transaction, actor: Actor, conversation_id: str) -> None:
        """Refuse a stranger whom nobody will read any more; nothing for everybody else.

        raises   Conflict; NotFound  no conversation of a stranger's
        """
        ...

    def may_read(self, tx: Transaction, actor: Actor, conversation_id: str) -> bool:
        """Tell whether the actor may read a conversation without being in it."""
        ...

    def may_listen(self, tx: Transaction, actor: Actor, conversation_id: str) -> bool:
        """Tell whether the actor may receive a conversation's call without being in it, unseen."""
        ...

    def note_listening(self, tx: Transaction, actor: Actor, conference_id: str, viewer_id: str) -> None:
        """Store that the actor, who only receives, begins to hear a call."""
        ...

    def place_of_recordings(self, tx: Transaction, conversation_id: str) -> str:
        """Return the conversation in which recordings of a conversation's calls are posted."""
        ...
