"""What agents do with visits at their desk: see what there is, hold, hand over, note, close, and make a case of one."""

import json

from accounts.rights import Actor, demand
from conversations.messages import payloads as message_payloads
from conversations.messages.lines import post_line
from conversations.messages.posting import author_of, post
from conversations.messages.shown import shown_messages
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Conflict, Invalid, NotFound
from core.settings import Settings
from desk.rules.eligibility import may_be_offered
from desk.rules.states import IN_HAND
from desk.visits import payloads
from desk.visits.ending import close
from desk.visits.facts import load_crew
from desk.visits.handling import demand_handled, demand_seen
from desk.visits.keeping import KEPT_JOB, put_out
from desk.visits.media_changes import change_medium
from desk.visits.routing import Timing, let_go, lock_desk, move, offer_view, route, tell_visit
from desk.visits.views import colleagues_view, named, visit_view, visit_views
from desk.visits.watches import note_reading, reading_is_news
from storage.conversations.messages import list_messages
from storage.desk.offers import open_offers_of
from storage.desk.projects import (
    find_project,
    list_project_members,
    list_projects,
    projects_of_person,
)
from storage.desk.visitors import change_visitor, find_visitor, list_page_views, same_visitors
from storage.desk.visits import (
    Visit,
    change_visit,
    earlier_visits,
    find_visit,
    list_changes,
    visits_by_ids,
    visits_in,
    visits_in_hand,
)
from storage.engine.database import Database, Transaction
from storage.engine.jobs import drop_job
from storage.engine.paging import page_of

_MESSAGES_SHOWN = 100


class VisitService:
    """The agent's doors."""

    def __init__(self, database: Database, settings: Settings, ephemerals: Ephemerals) -> None:
        self._database = database
        self._ephemerals = ephemerals
        self._timing = Timing.of(settings)

    # -- what there is ------------------------------------------------------------------------------

    async def queue(self, actor: Actor) -> payloads.Queue:
        """Return what the actor has to do, and what waits in their projects."""
        demand(actor, "visits.answer")

        def load(tx: Transaction) -> payloads.Queue:
            project_ids = [project.id for project, _ in projects_of_person(tx, actor.organisation_id, actor.party_id)]
            ringing = open_offers_of(tx, actor.party_id)
            asked = visits_by_ids(tx, [one.visit_id for one in ringing])
            offers = [offer_view(tx, one, asked[one.visit_id]) for one in ringing]
            mine = visit_views(tx, visits_in_hand(tx, actor.party_id))
            shown = visit_views(tx, visits_in(tx, project_ids, "waiting", "offered"))
            waiting = [one for one in shown if actor.party_id not in one.ignored_by]
            left = visit_views(tx, visits_in(tx, project_ids, "message", newest=True, limit=_MESSAGES_SHOWN))
            messages = [one for one in left if actor.party_id not in one.ignored_by]
            counts = payloads.QueueCounts(
                offers=len(offers), mine=len(mine), waiting=len(waiting), messages=len(messages)
            )
            return payloads.Queue(
                project_ids=project_ids,
                offers=offers,
                visits=mine,
                waiting=waiting,
                messages=messages,
                counts=counts,
                now_ms=tx.now_ms,
            )

        return await self._database.read(load)

    async def demand_visit(self, actor: Actor, visit_id: str) -> None:
        """Refuse unless the actor may see a visit; raises NotFound."""
        demand(actor, "visits.answer")
        await self._database.read(lambda tx: demand_seen(tx, actor, visit_id))

    async def details(self, actor: Actor, visit_id: str) -> payloads.VisitDetails:
        """Return all there is to know of a visit before and while answering it.

        raises   NotFound
        """
        demand(actor, "visits.answer")

        def load(tx: Transaction) -> payloads.VisitDetails:
            visit = demand_seen(tx, actor, visit_id)
            visitor = find_visitor(tx, visit.organisation_id, visit.visitor_id)
            project = find_project(tx, visit.organisation_id, visit.project_id)
            assert visitor is not None and project is not None
            changes = list_changes(tx, visit.id)
            # Other projects' visits are theirs, also when it is the same visitor.
            own = {one.id for one, _ in projects_of_person(tx, actor.organisation_id, actor.party_id)}
            earlier = [one for one in earlier_visits(tx, same_visitors(tx, visitor), visit) if one.project_id in own]
            people = {one.party_id for one in changes if one.party_id}
            people |= {one.agent_id for one in earlier if one.agent_id}
            names = named(tx, visit.organisation_id, people)
            return payloads.VisitDetails(
                visit=visit_view(tx, visit),
                pages=[
                    payloads.PageShown(url=one.url, title=one.title, at_ms=one.at_ms)
                    for one in list_page_views(tx, visitor.id)
                ],
                earlier=[
                    payloads.EarlierVisit(
                        id=one.id,
                        medium=one.medium,
                        state=one.state,
                        asked_at_ms=one.asked_at_ms,
                        ended_at_ms=one.ended_at_ms,
                        agent=names.get(one.agent_id or ""),
                        page_url=one.page_url,
                        result_code=one.result_code,
                        stars=one.stars,
                    )
                    for one in earlier
                ],
                changes=[
                    payloads.ChangeShown(
                        at_ms=one.at_ms,
                        state=one.state,
                        cause=one.cause,
                        by=names.get(one.party_id or ""),
                        details=one.details,
                    )
                    for one in changes
                ],
                result_codes=json.loads(project.result_codes),
            )

        return await self._database.read(load)

    async def messages(
        self, actor: Actor, visit_id: str, *, team: bool, after: int | None, before: int | None, limit: int
    ) -> message_payloads.Messages:
        """Return what was written in a visit, or by colleagues about it, also to those of the project who were not in it.

        Who reads what another one has in hand is noted, from when to when.
        raises   NotFound
        """
        demand(actor, "visits.answer")

        def load(tx: Transaction) -> tuple[message_payloads.Messages, bool]:
            visit = demand_seen(tx, actor, visit_id)
            conversation_id = visit.team_conversation_id if team else visit.conversation_id
            rows, edge = page_of(
                lambda count: list_messages(tx, conversation_id, after=after, before=before, limit=count),
                limit,
                backwards=after is None,
            )
            shown = message_payloads.Messages(items=shown_messages(tx, rows), next=edge.seq if edge else None)
            return shown, reading_is_news(tx, actor.party_id, visit)

        shown, is_news = await self._database.read(load)
        if is_news:
            await self._database.write_retrying(
                lambda tx: note_reading(tx, actor.party_id, demand_seen(tx, actor, visit_id))
            )
        return shown

    # -- what is done -------------------------------------------------------------------------------

    async def close(self, actor: Actor, visit_id: str, body: payloads.CloseBody) -> payloads.Visit:
        """Close a visit of the actor's, or, as supervisor, somebody's; or a message that was answered.

        raises   NotFound; Conflict  it is not in hand; Forbidden  somebody else's; Invalid  no result of the project's
        emits    visit:changed, visit:stands, conference:ended; offer:made of what may be asked about now
        """
        demand(actor, "visits.handle")

        def store(tx: Transaction) -> tuple[payloads.Visit, list[Ephemeral]]:
            visit = self._locked(tx, actor, visit_id)
            if visit.state == "closed":
                return visit_view(tx, visit), []
            if visit.state not in (*IN_HAND, "message"):
                raise Conflict("desk.not_in_hand")
            demand_handled(tx, actor, visit)
            project = find_project(tx, visit.organisation_id, visit.project_id)
            known = json.loads(project.result_codes) if project else []
            if body.result_code and known and body.result_code not in known:
                raise Invalid("desk.unknown_result")
            closed, told = close(
                tx, self._timing, visit, by=actor.party_id, result_code=body.result_code, note=body.note
            )
            if closed is None:
                raise Conflict("core.changed_meanwhile")
            return visit_view(tx, closed), told

        view, told = await self._database.write(store)
        send_all(self._ephemerals, told)
        return view

    async def transfer(self, actor: Actor, visit_id: str, body: payloads.TransferBody) -> payloads.Visit:
        """Hand a visit over, to an agent or to a project; it waits before all that are new.

        raises   NotFound; Conflict  it is not in hand, the agent is not free, or nobody of the project serves it
                 Invalid  neither an agent nor a project, or an agent who is not of the project
        emits    visit:changed, visit:stands; offer:made; and unless it became a case: member:removed,
                 conversation:removed to whoever hands over, participant:left when a call runs
        """
        demand(actor, "visits.handle")
        if body.agent_id is None and body.project_id is None:
            raise Invalid("desk.nobody_to_hand_to")

        def store(tx: Transaction) -> tuple[payloads.Visit, list[Ephemeral]]:
            visit = self._in_hand(tx, actor, visit_id, states=("accepted",))
            project_id = body.project_id or visit.project_id
            _demand_taker(tx, actor, visit, project_id, body.agent_id)
            before = {one.person_id for one in list_project_members(tx, visit.organisation_id, visit.project_id)}
            if body.note:
                _note(tx, actor, visit, body.note)
            moved = move(
                tx, visit, "transferred", by=actor.party_id, project_id=project_id, to_agent_id=body.agent_id,
                transferred=True, round=visit.round + 1, again_at_ms=None, held=False,
                details={
                    "agent_id": body.agent_id, "project_id": project_id, "from_agent_id": visit.agent_id,
                    "round": visit.round + 1,
                },
            )  # fmt: skip
            if moved is None:
                raise Conflict("core.changed_meanwhile")
            told = []
            for party_id in {visit.agent_id or actor.party_id, actor.party_id}:
                told += put_out(tx, visit, party_id, of_team=project_id != visit.project_id)
            drop_job(tx, KEPT_JOB, visit.id)
            post_line(tx, visit.organisation_id, visit.conversation_id, actor.party_id, "visit.transferred")
            route(tx, self._timing, visit.organisation_id, project_id)
            let_go(tx, self._timing, visit)
            tell_visit(tx, visit.id, visit.organisation_id, also=before)
            return visit_view(tx, _reread(tx, visit)), told

        view, told = await self._database.write(store)
        send_all(self._ephemerals, told)
        return view

    async def escalate(self, actor: Actor, visit_id: str, body: payloads.EscalateBody) -> payloads.Visit:
        """Go on by another medium; raises NotFound, Conflict; emits as `change_medium`."""
        demand(actor, "visits.handle")

        def store(tx: Transaction) -> payloads.Visit:
            visit = self._in_hand(tx, actor, visit_id, states=("accepted",))
            return visit_view(tx, change_medium(tx, self._timing, visit, body.medium, by=actor.party_id))

        return await self._database.write(store)

    async def hold(self, actor: Actor, visit_id: str, *, held: bool) -> payloads.Visit:
        """Put the visitor on hold, or go on; doing so twice is as good as once.

        raises   NotFound, Conflict
        emits    visit:changed, visit:stands
        """
        demand(actor, "visits.handle")

        def store(tx: Transaction) -> payloads.Visit:
            visit = self._in_hand(tx, actor, visit_id, states=("accepted",))
            if visit.held != held:
                if move(tx, visit, "held" if held else "resumed", by=actor.party_id, held=held) is None:
                    raise Conflict("core.changed_meanwhile")
                tell_visit(tx, visit.id, visit.organisation_id)
            return visit_view(tx, _reread(tx, visit))

        return await self._database.write(store)

    async def name_visitor(self, actor: Actor, visit_id: str, body: payloads.VisitorDataBody) -> payloads.Visit:
        """Write down who the visitor is; what their site vouches for stays.

        raises   NotFound; Forbidden  somebody else has it in hand
        emits    visit:changed, visit:stands
        """
        demand(actor, "visits.handle")

        def store(tx: Transaction) -> payloads.Visit:
            visit = self._locked(tx, actor, visit_id)
            demand_handled(tx, actor, visit)
            visitor = find_visitor(tx, visit.organisation_id, visit.visitor_id)
            assert visitor is not None
            said = body.model_dump(exclude_none=True)
            if visitor.subject is not None:
                said = {name: value for name, value in said.items() if not getattr(visitor, name)}
            if said:
                change_visitor(tx, visitor.id, said)
                tell_visit(tx, visit.id, visit.organisation_id)
            return visit_view(tx, _reread(tx, visit))

        return await self._database.write(store)

    async def colleagues(self, actor: Actor) -> payloads.Colleagues:
        """Return to whom a visit may be handed: every project, and the people of one's own."""
        demand(actor, "visits.answer")

        def load(tx: Transaction) -> payloads.Colleagues:
            own = {one.id for one, _ in projects_of_person(tx, actor.organisation_id, actor.party_id)}
            if not own:
                return payloads.Colleagues(projects=[])
            found = []
            for project, _ in list_projects(tx, actor.organisation_id):
                crew = load_crew(tx, actor.organisation_id, project.id)
                if crew is not None:
                    found.append(colleagues_view(crew, with_people=project.id in own))
            return payloads.Colleagues(projects=found)

        return await self._database.read(load)

    async def tag(self, actor: Actor, visit_id: str, tags: list[str]) -> payloads.Visit:
        """Set the tags of a visit.

        raises   NotFound; Forbidden  somebody else has it in hand
        emits    visit:changed
        """
        demand(actor, "visits.handle")

        def store(tx: Transaction) -> payloads.Visit:
            visit = self._locked(tx, actor, visit_id)
            demand_handled(tx, actor, visit)
            wanted = json.dumps(list(dict.fromkeys(tags)), ensure_ascii=False)
            if visit.tags != wanted:
                change_visit(tx, visit.id, tags=wanted)
                tell_visit(tx, visit.id, visit.organisation_id)
            return visit_view(tx, _reread(tx, visit))

        return await self._database.write(store)

    def _locked(self, tx: Transaction, actor: Actor, visit_id: str) -> Visit:
        lock_desk(tx, actor.organisation_id)
        return demand_seen(tx, actor, visit_id)

    def _in_hand(self, tx: Transaction, actor: Actor, visit_id: str, *, states: tuple[str, ...]) -> Visit:
        visit = self._locked(tx, actor, visit_id)
        if visit.state not in states:
            raise Conflict("desk.not_in_hand")
        demand_handled(tx, actor, visit)
        return visit


def _reread(tx: Transaction, visit: Visit) -> Visit:
    found = find_visit(tx, visit.organisation_id, visit.id)
    assert found is not None
    return found


def _demand_taker(tx: Transaction, actor: Actor, visit: Visit, project_id: str, agent_id: str | None) -> None:
    """Refuse to hand a visit to where nobody would answer."""
    crew = load_crew(tx, actor.organisation_id, project_id)
    if crew is None:
        raise NotFound("desk.project_not_found")
    medium = visit.medium
    if agent_id is None:
        others = [one for one in crew.agents if one.id != visit.agent_id]
        if not any(may_be_offered(one, crew.facts, medium) for one in others) and not crew.live[medium]:
            raise Conflict("desk.closed_medium")
        return
    agent = next((one for one in crew.agents if one.id == agent_id), None)
    if agent is None or agent_id == visit.agent_id:
        raise Invalid("desk.no_agent_of_project")
    if not may_be_offered(agent, crew.facts, medium):
        raise Conflict("desk.agent_not_free")


def _note(tx: Transaction, actor: Actor, visit: Visit, text: str) -> None:
    post(tx, visit.organisation_id, visit.team_conversation_id, author_of(actor), "text", member=False, text=text)
