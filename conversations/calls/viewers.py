"""Whoever receives a conference without a seat (WHEP) is shown in it, and there are only so many, in the caller's transaction."""

from accounts.rights import Actor
from conversations.calls.telling import tell_conference
from core.errors import Conflict
from core.ids import new_id
from storage.calls.conferences import Conference, find_conference
from storage.calls.viewers import Viewer, add_viewer, count_viewers, forget_viewers, remove_viewer
from storage.engine.database import Transaction


def begin_viewing(
    tx: Transaction, actor: Actor, conference: Conference, resource_id: str, *, of_person: int, of_call: int
) -> None:
    """Note that something of the actor's receives a conference, and show it to those in it.

    of_person, of_call   how many there may be at once
    raises   Conflict    there are as many already
    emits    conference:changed; not of who listens for the desk, of whom its own rules say who is told
    """
    if count_viewers(tx, conference.id, actor.party_id) >= of_person:
        raise Conflict("conversations.too_many_viewers", most=of_person)
    if count_viewers(tx, conference.id) >= of_call:
        raise Conflict("conversations.call_full_of_viewers", most=of_call)
    shown = actor.publish
    add_viewer(
        tx,
        Viewer(
            new_id(), conference.organisation_id, conference.id, actor.party_id, resource_id, shown, tx.now_ms
        ),
    )  # fmt: skip
    if shown:
        tell_conference(tx, conference)


def end_viewing(tx: Transaction, resource_id: str) -> None:
    """Something receives no more; nothing, when that was noted already or it never did.

    emits   conference:changed
    """
    viewer = remove_viewer(tx, resource_id)
    if viewer is None or not viewer.shown:
        return
    conference = find_conference(tx, viewer.organisation_id, viewer.conference_id)
    if conference is not None and conference.state == "running":
        tell_conference(tx, conference)


def end_all_viewing(tx: Transaction, conference: Conference) -> None:
    """What carried a conference is gone, and with it whatever received it.

    emits   conference:changed
    """
    if forget_viewers(tx, conference.id) and conference.state == "running":
        tell_conference(tx, conference)
