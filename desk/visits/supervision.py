"""What supervisors see of their projects, live, and how they listen to a call, whisper to its agent, or join it."""

from accounts.rights import Actor, demand
from accounts.secrets import hash_secret, make_secret
from accounts.views import avatar_url
from conversations.calls.conferences import TOKEN_MS
from conversations.membership import let_in, welcome
from conversations.messages.lines import post_line
from core.errors import Conflict, Forbidden
from core.settings import Settings
from desk.rules.eligibility import failing
from desk.visits import supervision_payloads as payloads
from desk.visits.facts import load_crew
from desk.visits.handling import demand_seen, supervises
from desk.visits.routing import lock_desk, tell_visit
from desk.visits.views import visit_view, visit_views
from desk.visits.watches import begin
from storage.accounts.sessions import ConferenceToken, add_conference_token
from storage.calls.conferences import running_conferences
from storage.desk.projects import projects_of_person
from storage.desk.terms import MEDIA
from storage.desk.visits import Visit, visits_in
from storage.engine.database import Database, Transaction


class SupervisionService:
    """The supervisor's doors."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._base_url = settings.base_url

    async def look(self, actor: Actor) -> payloads.Supervision:
        """Return the projects the actor looks after, with their people and visits as they are now."""
        demand(actor, "visits.supervise")

        def load(tx: Transaction) -> payloads.Supervision:
            lines, visits = [], []
            for project, member in projects_of_person(tx, actor.organisation_id, actor.party_id):
                if member.role != "supervisor":
                    continue
                rows = visits_in(tx, [project.id], "waiting", "offered", "accepted", "wrapping")
                lines.append(_line(tx, actor.organisation_id, project.id, rows))
                visits += visit_views(tx, rows)
            return payloads.Supervision(
                projects=[one for one in lines if one is not None], visits=visits, now_ms=tx.now_ms
            )

        return await self._database.read(load)

    async def listen(self, actor: Actor, visit_id: str, mode: str) -> payloads.Supervised:
        """Listen to a visit without a seat, whisper to its agent, or join it.

        What is opened with the tokens is stored and noted when it begins and when it ends (desk.visits.watches).

        listen   returns a token that receives the call and sends nothing: no participant appears in it
        whisper  returns another one as well, whose sound the agent alone gets (desk.visits.whispering)
        join     the actor becomes a member of both conversations and may take a seat in the call like its agent
        raises   NotFound; Forbidden  no supervisor of its project; Conflict  nobody talks
        emits    member:added, conversation:added, when the actor joins
        """
        demand(actor, "visits.supervise")
        secret, whispered = make_secret("cec"), make_secret("cec")

        def store(tx: Transaction) -> payloads.Supervised:
            lock_desk(tx, actor.organisation_id)
            visit = demand_seen(tx, actor, visit_id)
            if not supervises(tx, actor, visit.project_id):
                raise Forbidden("desk.no_supervisor")
            if visit.state != "accepted":
                raise Conflict("desk.not_in_hand")
            running = running_conferences(tx, [visit.conversation_id])
            if mode == "join":
                _join(tx, actor, visit)
            supervised = payloads.Supervised(
                visit=visit_view(tx, visit),
                conference_id=running[0].id if running else None,
                whep_url=None,
                token=None,
            )
            if mode == "join" or not running:
                return supervised
            base = f"{self._base_url}/api/v1/conferences/{running[0].id}"
            _add_token(tx, actor, running[0].id, secret, publish=False)
            supervised = supervised.model_copy(update={"whep_url": f"{base}/whep", "token": secret})
            if mode == "whisper":
                _add_token(tx, actor, running[0].id, whispered, publish=True)
                supervised = supervised.model_copy(update={"whip_url": f"{base}/whip", "whisper_token": whispered})
            return supervised

        return await self._database.write(store)


def _add_token(tx: Transaction, actor: Actor, conference_id: str, secret: str, *, publish: bool) -> None:
    """Store a token that goes one way: it publishes or it receives."""
    token = ConferenceToken(
        organisation_id=actor.organisation_id,
        conference_id=conference_id,
        party_id=actor.party_id,
        session_id=actor.session_id,
        publish=publish,
        receive=not publish,
        expires_at_ms=tx.now_ms + TOKEN_MS,
    )
    add_conference_token(tx, hash_secret(secret), token)


def _join(tx: Transaction, actor: Actor, visit: Visit) -> None:
    for conversation_id in (visit.conversation_id, visit.team_conversation_id):
        added = let_in(tx, visit.organisation_id, conversation_id, [actor.party_id], by=actor.party_id, line=False)
        if added and conversation_id == visit.conversation_id:
            post_line(tx, visit.organisation_id, conversation_id, actor.party_id, "visit.joined", visit_id=visit.id)
            begin(tx, visit, actor.party_id, "join")
        welcome(tx, visit.organisation_id, conversation_id, added)
    tell_visit(tx, visit.id, visit.organisation_id)


def _line(tx: Transaction, organisation_id: str, project_id: str, rows: list[Visit]) -> payloads.ProjectLine | None:
    crew = load_crew(tx, organisation_id, project_id)
    if crew is None:
        return None
    waiting = [one for one in rows if one.state in ("waiting", "offered")]
    return payloads.ProjectLine(
        project_id=project_id,
        name=crew.project.name,
        open=crew.facts.open,
        live={str(medium): live for medium, live in crew.live.items()},
        waiting=len(waiting),
        longest_wait_ms=max((tx.now_ms - one.asked_at_ms for one in waiting), default=0),
        agents=[
            payloads.AgentLine(
                person_id=agent.id,
                name=crew.members[agent.id].name,
                avatar_url=avatar_url(agent.id, crew.members[agent.id].avatar_hash),
                role=crew.members[agent.id].role,
                status=agent.status,
                status_at_ms=crew.members[agent.id].status_at_ms,
                present=agent.present,
                chats=agent.chats,
                calls=agent.calls,
                failing={medium: list(failing(agent, crew.facts, medium)) for medium in MEDIA},
            )
            for agent in crew.agents
        ],
    )
