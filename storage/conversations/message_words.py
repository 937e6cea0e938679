"""The index of messages' words: PostgreSQL keeps it with each message, SQLite in batches.

How it works: SQLite's full-text index (FTS5) writes a tree node for each transaction that touches it, which costs more
than the message itself. So there the words of many messages are added at once, soon after they are stored and at the
latest before somebody searches. Every message gets an entry, in the order of their numbers, be it without words: the
largest number in the index tells what is indexed, after a crash as well.
"""

import json
from typing import Any

from sqlalchemy import TextClause, text

from core.folding import words
from storage.engine.database import Transaction

# One transaction of so many holds the writing thread for 1 to 2 ms.
BATCH = 25

_VECTOR_ADD = text(
    "INSERT INTO message_words (number, words) VALUES (:number, array_to_tsvector(string_to_array(:words, ' ')))"
)
_VECTOR_REMOVE = text("DELETE FROM message_words WHERE number = :number")
_LAST_INDEXED = text("SELECT rowid FROM message_words ORDER BY rowid DESC LIMIT 1")
_NOT_INDEXED = text(
    "SELECT number, text, CASE WHEN kind = 'file' THEN body END FROM messages "
    "WHERE number > :after ORDER BY number LIMIT :batch"
)
_FTS_ADD = text("INSERT INTO message_words (rowid, words) VALUES (:number, :words)")
_FTS_CHANGE = text("REPLACE INTO message_words (rowid, words) VALUES (:number, :words)")


def searched_text(content: str, body: dict[str, Any] | None) -> str:
    """Return what a message is found by: its text, and the names of its files."""
    return " ".join([content, *(str(file["name"]) for file in (body or {}).get("files", []))]).strip()


def add_words(tx: Transaction, number: int, content: str) -> None:
    """Index a new message; on SQLite `index_messages` does it."""
    found = words(content) if tx.postgres else []
    if found:
        tx.rapid(_VECTOR_ADD, {"number": number, "words": " ".join(found)})


def change_words(tx: Transaction, number: int, content: str) -> None:
    """Index a message whose text is another now."""
    if tx.postgres:
        tx.run(_VECTOR_REMOVE, {"number": number})
        add_words(tx, number, content)
    elif number <= _last_indexed(tx):
        tx.rapid(_FTS_CHANGE, {"number": number, "words": " ".join(words(content))})


def index_messages(tx: Transaction) -> bool:
    """Index a batch of messages that are not yet; tell whether there may be more."""
    if tx.postgres:
        return False
    found = tx.rapid(_NOT_INDEXED, {"after": _last_indexed(tx), "batch": BATCH})
    for number, content, body in found:
        searched = searched_text(content, json.loads(body)) if body else content
        tx.rapid(_FTS_ADD, {"number": number, "words": " ".join(words(searched))})
    return len(found) == BATCH


def having_words(tx: Transaction, wanted: list[str]) -> TextClause:
    """Return the condition that a message has words that begin like each of those wanted."""
    if tx.postgres:
        # A cast takes the words as they are; to_tsquery would cut them up once more, by rules of its own.
        condition = text("messages.number IN (SELECT number FROM message_words WHERE words @@ CAST(:words AS tsquery))")
        return condition.bindparams(words=" & ".join(f"'{word}':*" for word in wanted))
    condition = text("messages.number IN (SELECT rowid FROM message_words WHERE message_words MATCH :words)")
    return condition.bindparams(words=" ".join(f'"{word}"*' for word in wanted))


def _last_indexed(tx: Transaction) -> int:
    row = tx.rapid(_LAST_INDEXED, {})
    return int(row[0][0]) if row else 0
