"""Whom somebody may bring into a conversation (CONF-006, CONF-007)."""

from accounts import payloads as account_payloads
from accounts.rights import Actor, demand
from accounts.views import person_view
from core.errors import Invalid
from storage.accounts.people import Person, find_people, list_people
from storage.engine.database import Database, Transaction

_LIMIT = 200


def may_address(actor: Actor, person: Person) -> bool:
    """Tell whether the actor may bring a person into a conversation: of the own group; an administrator anybody."""
    if not person.active or person.organisation_id != actor.organisation_id:
        return False
    return actor.role == "admin" or person.group_id == actor.group_id


def demand_addressees(tx: Transaction, actor: Actor, person_ids: list[str]) -> list[str]:
    """Return the people without repetitions and without the actor.

    raises   Invalid  one of them does not exist, or is out of the actor's reach: the same answer
    """
    wanted = [one for one in dict.fromkeys(person_ids) if one != actor.party_id]
    found = {person.id for person in find_people(tx, actor.organisation_id, wanted) if may_address(actor, person)}
    for person_id in wanted:
        if person_id not in found:
            raise Invalid("conversations.unknown_person", person_id=person_id)
    return wanted


class AddresseeService:
    """The people's list of the window for a new conversation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, actor: Actor, query: str = "") -> account_payloads.Addressees:
        """Return whom the actor may write to, by name; the query's words must occur in name or e-mail."""
        demand(actor, "conversations.start")
        group_id = None if actor.role == "admin" else actor.group_id
        rows = await self._database.read(
            lambda tx: list_people(
                tx, actor.organisation_id, group_id=group_id, query=query[:200], active_only=True, limit=_LIMIT
            )
        )
        return account_payloads.Addressees(items=[person_view(one) for one, _ in rows if one.id != actor.party_id])
