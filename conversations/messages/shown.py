"""Messages as they leave the server, with the present names of those who hang on them; plain ones cost no query."""

from collections.abc import Sequence

from conversations.messages import payloads
from conversations.messages.views import message_view
from storage.accounts.people import party_names
from storage.conversations.messages import Message
from storage.engine.database import Transaction


def shown_messages(tx: Transaction, rows: Sequence[Message]) -> list[payloads.Message]:
    """Return messages in the order given."""
    named: set[str] = set()
    for row in rows:
        if row.annex is not None:
            for reaction in row.annex.get("reactions", ()):
                named.update(reaction["people"])
            if "pinned" in row.annex:
                named.add(row.annex["pinned"]["by"])
            if row.annex.get("forwarded", {}).get("author_id") is not None:
                named.add(row.annex["forwarded"]["author_id"])
            named.update(one["person_id"] for one in row.annex.get("mentions", ()) if one["person_id"] is not None)
    names = party_names(tx, named) if named else {}
    return [message_view(row, names) for row in rows]


def shown_message(tx: Transaction, row: Message) -> payloads.Message:
    """Return one message."""
    return shown_messages(tx, [row])[0]
