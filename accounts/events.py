"""What accounts tell the rest of the server, as stored events."""

from accounts.views import person_view
from storage.accounts.people import Person, find_person
from storage.conversations.conversations import conversation_ids_of
from storage.engine.database import Transaction


def session_revoked(tx: Transaction, organisation_id: str, session_id: str) -> None:
    """A session ended: its sockets close, its calls end."""
    tx.emit(organisation_id, f"session:{session_id}", "session:revoked", "{}")


def access_changed(tx: Transaction, organisation_id: str, person_id: str) -> None:
    """A person's rights changed: sockets sign in anew, or close when the person may no longer."""
    tx.emit(organisation_id, f"party:{person_id}", "access:changed", "{}")


def person_changed(tx: Transaction, person: Person) -> None:
    """A person looks different now: told to the person and to every conversation the person is in."""
    now = find_person(tx, person.organisation_id, person.id)
    if now is None:
        return
    payload = '{"person":' + person_view(now).model_dump_json() + "}"
    tx.emit(person.organisation_id, f"party:{person.id}", "person:changed", payload)
    for conversation_id in conversation_ids_of(tx, person.id):
        tx.emit(person.organisation_id, f"conversation:{conversation_id}", "person:changed", payload)
