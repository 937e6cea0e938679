"""The end of sessions, which takes along all that was opened by them: tokens, file links, pushes."""

from sqlalchemy import delete

from storage.accounts.file_links import delete_file_links_of, delete_file_links_of_session
from storage.accounts.sessions import conference_tokens, sessions
from storage.engine.database import Transaction
from storage.notices.push import delete_push_subscriptions_of, delete_push_subscriptions_of_session


def delete_session(tx: Transaction, person_id: str, session_id: str) -> bool:
    """End a person's session, the conference tokens, file links and push made by it; tell whether there was one."""
    ended = tx.run(delete(sessions).where(sessions.c.person_id == person_id, sessions.c.id == session_id)).rowcount
    if ended:
        tx.run(delete(conference_tokens).where(conference_tokens.c.session_id == session_id))
        delete_file_links_of_session(tx, session_id)
        delete_push_subscriptions_of_session(tx, session_id)
    return bool(ended)


def delete_sessions_of(tx: Transaction, person_id: str, *, but: str | None = None) -> list[str]:
    """End all sessions of a person but one; return their ids."""
    statement = delete(sessions).where(sessions.c.person_id == person_id)
    tokens = delete(conference_tokens).where(conference_tokens.c.party_id == person_id)
    if but is not None:
        statement = statement.where(sessions.c.id != but)
        tokens = tokens.where(conference_tokens.c.session_id != but)
    tx.run(tokens)
    delete_file_links_of(tx, person_id, but_session=but)
    delete_push_subscriptions_of(tx, person_id, but_session=but)
    return [str(row[0]) for row in tx.all(statement.returning(sessions.c.id))]
