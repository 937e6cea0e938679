"""How guests move from state to state, in the caller's transaction, and who is told.

A guest is told by `guest:changed` and the moderators by `lobby:changed`; each carries all there is, so that whoever hears
one needs to know nothing before it. Neither goes to the conversation's other members.
"""

from collections.abc import Callable

from conversations.calls.guests.payloads import GuestState, Lobby, WaitingGuest
from core.ephemerals import Ephemeral
from storage.accounts.organisations import find_organisation
from storage.accounts.people import find_party
from storage.calls.conferences import Conference, list_participants, rules_of, running_conferences
from storage.calls.guests import (
    Guest,
    GuestLink,
    GuestStateName,
    admitted_guests,
    change_guest,
    find_guest,
    find_guest_link,
    guests_of_link,
    waiting_guests,
)
from storage.conversations.conversations import list_members
from storage.engine.database import Transaction

# Frees the seat of a guest who is put out of a call, as whoever knows its seats does.
FreeSeat = Callable[[Transaction, Guest], list[Ephemeral]]


def move_guest(tx: Transaction, guest: Guest, state: GuestStateName, *, conference_id: str | None = None) -> bool:
    """Move a guest to another state; tell whether nobody else did meanwhile.

    conference_id   where they are admitted
    emits           guest:changed; lobby:changed when they waited or wait now
    """
    if not change_guest(tx, guest, state, conference_id=conference_id or guest.conference_id):
        return False
    tell_guest(tx, guest.organisation_id, guest.id)
    if "waiting" in (guest.state, state):
        tell_lobby(tx, guest.organisation_id, guest.conversation_id)
    return True


def end_guests(tx: Transaction, conference: Conference) -> None:
    """A call ended: who was let in is out, and who waited waits no more.

    emits   guest:changed to each, lobby:changed
    """
    waited = waiting_guests(tx, conference.conversation_id)
    for guest in [*admitted_guests(tx, conference.id), *waited]:
        if change_guest(tx, guest, "ended", conference_id=guest.conference_id):
            tell_guest(tx, guest.organisation_id, guest.id)
    if waited:
        tell_lobby(tx, conference.organisation_id, conference.conversation_id)


def tell_waiting(tx: Transaction, conversation_id: str) -> None:
    """A call began: those who wait see that it did.

    emits   guest:changed
    """
    for guest in waiting_guests(tx, conversation_id):
        tell_guest(tx, guest.organisation_id, guest.id)


def put_out_guest(tx: Transaction, organisation_id: str, party_id: str, state: GuestStateName = "removed") -> None:
    """Take the right to come back from a guest who is put out of a call; nothing for a party that is none.

    emits   guest:changed
    """
    guest = find_guest(tx, organisation_id, party_id)
    if guest is not None and guest.state in ("admitted", "waiting"):
        move_guest(tx, guest, state)


def expire_waiting(tx: Transaction, link: GuestLink, state: GuestStateName) -> list[Guest]:
    """End the waiting of all who came by a link, or were waiting by it; return them.

    emits   guest:changed, lobby:changed
    """
    waited = guests_of_link(tx, link.id, "waiting", "away")
    for guest in waited:
        move_guest(tx, guest, state)
    return waited


def guest_state(tx: Transaction, guest: Guest) -> GuestState:
    """Return where a guest stands, as their own page shows it."""
    link = find_guest_link(tx, guest.organisation_id, guest.link_id)
    running = running_conferences(tx, [guest.conversation_id])
    admitted = guest.state == "admitted"
    return GuestState(
        id=guest.id,
        name=guest.name,
        state=guest.state,
        organisation=organisation_name(tx, guest.organisation_id),
        invited_by=inviter_name(tx, link) if link else "",
        running=bool(running),
        people=len(list_participants(tx, [running[0].id], present_only=True)) if running else 0,
        conversation_id=guest.conversation_id if admitted else None,
        conference_id=guest.conference_id if admitted else None,
    )


def lobby_view(tx: Transaction, organisation_id: str, conversation_id: str) -> Lobby:
    """Return who waits."""
    labels: dict[str, str] = {}
    items = []
    for guest in waiting_guests(tx, conversation_id):
        if guest.link_id not in labels:
            link = find_guest_link(tx, organisation_id, guest.link_id)
            labels[guest.link_id] = link.label if link else ""
        items.append(
            WaitingGuest(id=guest.id, name=guest.name, label=labels[guest.link_id], asked_at_ms=guest.asked_at_ms)
        )
    return Lobby(conversation_id=conversation_id, items=items)


def moderator_ids(tx: Transaction, conversation_id: str) -> list[str]:
    """Return who may open the door: members who are staff, and the moderator of the running call."""
    rules = [rules_of(tx, one) for one in running_conferences(tx, [conversation_id])]
    chosen = {one.moderator_id for one in rules} | {one.stands_in_for for one in rules}
    return [
        one.person_id
        for one in list_members(tx, [conversation_id])
        if one.role != "customer" or one.person_id in chosen
    ]


def organisation_name(tx: Transaction, organisation_id: str) -> str:
    """Return what an organisation is called."""
    organisation = find_organisation(tx, organisation_id)
    return organisation.name if organisation else ""


def inviter_name(tx: Transaction, link: GuestLink) -> str:
    """Return who made a link."""
    party = find_party(tx, link.organisation_id, link.created_by)
    return party.name if party else ""


def tell_guest(tx: Transaction, organisation_id: str, guest_id: str) -> None:
    """Tell a guest's page where they stand now; each process closes what a guest who is out has open."""
    guest = find_guest(tx, organisation_id, guest_id)
    if guest is not None:
        payload = f'{{"guest":{guest_state(tx, guest).model_dump_json()}}}'
        tx.emit(organisation_id, f"party:{guest_id}", "guest:changed", payload)


def tell_lobby(tx: Transaction, organisation_id: str, conversation_id: str) -> None:
    """Tell those who may open the door who stands before it."""
    moderators = moderator_ids(tx, conversation_id)
    if moderators:
        payload = f'{{"lobby":{lobby_view(tx, organisation_id, conversation_id).model_dump_json()}}}'
        tx.emit(organisation_id, f"party:{','.join(moderators)}", "lobby:changed", payload)
