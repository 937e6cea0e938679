"""A visit becomes a service case: its own conversation is that of the case from then on, with history, files and visitor."""

from accounts.rights import Actor, demand
from conversations import events
from conversations.addressees import demand_addressees
from conversations.membership import let_in, welcome
from conversations.messages.lines import post_line
from conversations.snapshots import current_head
from core.errors import Conflict
from core.ids import new_id
from core.settings import Settings
from desk.visits import payloads
from desk.visits.handling import demand_handled, demand_seen
from desk.visits.opening import begin_call
from desk.visits.routing import Timing, lock_desk, move, tell_visit
from desk.visits.views import visit_view
from storage.accounts.people import Group, add_group, find_group_by_external_id, find_party
from storage.audit import note
from storage.conversations.cases import Case, add_case
from storage.conversations.conversations import change_head, change_kind, member_ids
from storage.desk.visits import Visit, find_visit
from storage.engine.database import Database, Transaction

# The customers' group of those who came by a website and belong to no customer yet.
VISITORS_GROUP = "centrala:visitors"


class CaseMaking:
    """The door from the desk to the service cases."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._timing = Timing.of(settings)

    async def make(self, actor: Actor, visit_id: str, body: payloads.MakeCaseBody) -> payloads.Visit:
        """Make a case of a visit, bring people into it, and let its conference begin (BEY-055).

        raises   NotFound; Forbidden  somebody else has it in hand; Conflict  nobody has it in hand, or it is one already; Invalid  somebody who cannot be brought in
        emits    conversation:changed, conversation:added, member:added, conference:started, visit:changed, visit:stands
        """
        demand(actor, "visits.handle")

        def store(tx: Transaction) -> payloads.Visit:
            lock_desk(tx, actor.organisation_id)
            visit = demand_seen(tx, actor, visit_id)
            demand_handled(tx, actor, visit)
            if visit.case_conversation_id is not None:
                raise Conflict("desk.case_made")
            if visit.state not in ("accepted", "wrapping", "message"):
                raise Conflict("desk.not_in_hand")
            wanted = demand_addressees(tx, actor, body.person_ids) if body.person_ids else []
            moved = move(
                tx, visit, "made_case", by=actor.party_id, case_conversation_id=visit.conversation_id,
                details={"title": body.title},
            )  # fmt: skip
            if moved is None:
                raise Conflict("core.changed_meanwhile")
            _make(tx, self._timing, actor, visit, body.title, wanted)
            tell_visit(tx, visit.id, visit.organisation_id)
            found = find_visit(tx, visit.organisation_id, visit.id)
            assert found is not None
            return visit_view(tx, found)

        return await self._database.write(store)


def _make(tx: Transaction, timing: Timing, actor: Actor, visit: Visit, title: str, wanted: list[str]) -> None:
    organisation_id, conversation_id = visit.organisation_id, visit.conversation_id
    change_kind(tx, conversation_id, "case")
    case = Case(
        id=new_id(),
        organisation_id=organisation_id,
        number=f"WWW-{visit.id[-12:].upper()}",
        title=title,
        status="open",
        url=None,
        customer_group_id=_group(tx, organisation_id),
        conversation_id=conversation_id,
        created_at_ms=tx.now_ms,
    )
    add_case(tx, case)
    change_head(tx, conversation_id, None, title)
    note(tx, organisation_id, actor.party_id, "case.made_of_visit", "conversation", conversation_id, number=case.number)
    post_line(tx, organisation_id, conversation_id, actor.party_id, "visit.case", number=case.number)
    let_in(tx, organisation_id, conversation_id, [actor.party_id, *wanted], by=actor.party_id, line=True)
    if visit.state == "accepted":
        begin_call(tx, timing, visit, actor.party_id)
    events.head_changed(tx, organisation_id, current_head(tx, conversation_id))
    # Its people find it in the list of conversations from now on.
    parties = [find_party(tx, organisation_id, one) for one in member_ids(tx, conversation_id)]
    people = [one.id for one in parties if one is not None and one.kind == "person"]
    welcome(tx, organisation_id, conversation_id, people)


def _group(tx: Transaction, organisation_id: str) -> str:
    group = find_group_by_external_id(tx, organisation_id, VISITORS_GROUP)
    if group is None:
        group = Group(
            id=new_id(),
            organisation_id=organisation_id,
            kind="customer",
            name="WWW",
            external_id=VISITORS_GROUP,
            created_at_ms=tx.now_ms,
            version=1,
        )
        add_group(tx, group)
    return group.id
