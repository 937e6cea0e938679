"""Who moderates a conference, and whom it lets in."""

from core.errors import Forbidden
from storage.accounts.people import find_person
from storage.calls.conferences import Conference, present_participant, rules_of, was_in_conference
from storage.calls.guests import find_guest
from storage.calls.moderation import REMOVED, is_restricted
from storage.engine.database import Transaction


def moderates(tx: Transaction, conference: Conference, person_id: str) -> bool:
    """Tell whether a member moderates a conference: its moderator does, whom that one stands in for, and staff."""
    rules = rules_of(tx, conference)
    if person_id in (rules.moderator_id, rules.stands_in_for):
        return True
    person = find_person(tx, conference.organisation_id, person_id)
    return person is not None and person.role != "customer"


def demand_admitted(tx: Transaction, conference: Conference, person_id: str) -> None:
    """Refuse somebody who was removed, and who comes new to a conference that is locked.

    raises   Forbidden

    Who was in it before it was locked may come back: a line that broke is no reason to stay out. Guests were let in by hand.
    """
    if is_restricted(tx, conference.id, person_id, REMOVED):
        raise Forbidden("conversations.removed_from_conference")
    if not rules_of(tx, conference).locked or moderates(tx, conference, person_id):
        return
    guest = find_guest(tx, conference.organisation_id, person_id)
    if guest is not None and (guest.state, guest.conference_id) == ("admitted", conference.id):
        return
    if present_participant(tx, conference.id, person_id) is None and not was_in_conference(
        tx, conference.id, person_id
    ):
        raise Forbidden("conversations.conference_locked")
