"""Visits as the views that leave the server, loaded for many at once."""

import json
from collections.abc import Sequence

from accounts.views import avatar_url
from desk.rules.eligibility import CALLS, may_be_offered, serves
from desk.rules.routing import expected_wait_s
from desk.rules.voice import Voice, voice_state
from desk.visits import payloads
from desk.visits.facts import Crew, load_crew
from storage.accounts.nodes import who_is_present
from storage.accounts.people import find_person, parties_by_ids
from storage.calls.conferences import running_conferences
from storage.desk.offers import ignored_by, open_offers_for
from storage.desk.projects import project_names
from storage.desk.terms import MEDIA, Medium
from storage.desk.visitors import Visitor, find_visitor, visitors_by_ids
from storage.desk.visits import Visit, mean_handling_ms, place_in_queue
from storage.desk.widgets import find_widget
from storage.engine.database import Transaction
from storage.engine.jobs import jobs_at

WRAP_JOB = "desk.wrap_up"
# What a visit takes when none was answered yet: nothing better is known.
_HANDLING_MS = 180_000


def visit_views(tx: Transaction, rows: Sequence[Visit]) -> list[payloads.Visit]:
    """Return visits as agents see them, in the order given."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    known = visitors_by_ids(tx, sorted({row.visitor_id for row in rows}))
    ringing = open_offers_for(tx, ids)
    ignored = ignored_by(tx, [row.id for row in rows if row.state in ("waiting", "offered", "message")])
    people = {one for row in rows for one in (row.agent_id, row.to_agent_id) if one}
    people |= {offer.agent_id for offer in ringing.values()}
    names = named(tx, rows[0].organisation_id, people)
    projects = project_names(tx, rows[0].organisation_id, {row.project_id for row in rows})
    wrap_until = jobs_at(tx, WRAP_JOB, [row.id for row in rows if row.state == "wrapping"])
    calls = {one.conversation_id: one.id for one in running_conferences(tx, [row.conversation_id for row in rows])}
    return [
        payloads.Visit(
            id=row.id,
            project_id=row.project_id,
            project_name=projects.get(row.project_id, ""),
            medium=row.medium,
            state=row.state,
            visitor=visitor_shown(known[row.visitor_id]),
            agent=names.get(row.agent_id or ""),
            to_agent=names.get(row.to_agent_id or ""),
            ringing=payloads.Ringing(
                offer_id=ringing[row.id].id,
                agent=names[ringing[row.id].agent_id],
                deadline_at_ms=ringing[row.id].deadline_at_ms,
            )
            if row.id in ringing
            else None,
            conversation_id=row.conversation_id,
            team_conversation_id=row.team_conversation_id,
            conference_id=calls.get(row.conversation_id),
            transferred=row.transferred,
            held=row.held,
            asked_at_ms=row.asked_at_ms,
            answered_at_ms=row.answered_at_ms,
            ended_at_ms=row.ended_at_ms,
            page_url=row.page_url,
            page_title=row.page_title,
            form=payloads.LeftMessage(**json.loads(row.form)) if row.form else None,
            tags=json.loads(row.tags),
            result_code=row.result_code,
            result_note=row.result_note,
            stars=row.stars,
            comment=row.comment,
            case_conversation_id=row.case_conversation_id,
            wrap_until_ms=wrap_until.get(row.id),
            ignored_by=ignored.get(row.id, []),
            version=row.version,
        )
        for row in rows
    ]


def visit_view(tx: Transaction, row: Visit) -> payloads.Visit:
    """Return one visit as agents see it."""
    return visit_views(tx, [row])[0]


def visitor_shown(visitor: Visitor) -> payloads.VisitorShown:
    """Return a visitor as agents see them."""
    return payloads.VisitorShown(
        id=visitor.id,
        name=visitor.name,
        email=visitor.email,
        phone=visitor.phone,
        language=visitor.language,
        verified=visitor.subject is not None,
        browser=visitor.browser,
        page_url=visitor.page_url,
        page_title=visitor.page_title,
        page_at_ms=visitor.page_at_ms,
        first_seen_at_ms=visitor.created_at_ms,
    )


def own_visitor_view(visitor: Visitor) -> payloads.VisitorView:
    """Return a visitor as they see themselves."""
    return payloads.VisitorView(
        id=visitor.id,
        name=visitor.name,
        email=visitor.email,
        phone=visitor.phone,
        language=visitor.language,
        verified=visitor.subject is not None,
    )


class Outlook:
    """What waiting means in a project now: read once for all who wait there."""

    def __init__(self, tx: Transaction, organisation_id: str, project_id: str, crew: Crew | None = None) -> None:
        self._tx, self._project_id = tx, project_id
        self._crew = crew or load_crew(tx, organisation_id, project_id)
        self._by_medium: dict[Medium, tuple[int, int, int, int]] = {}

    def of(self, medium: Medium) -> tuple[int, int, int, int]:
        """Return who serves a medium, who of them is free, how many visits they take at once, and how long one takes in ms."""
        if medium not in self._by_medium:
            agents, facts = (self._crew.agents, self._crew.facts) if self._crew else ([], None)
            online = [one for one in agents if facts is not None and serves(one, facts, medium)]
            free = sum(facts is not None and may_be_offered(one, facts, medium) for one in online)
            servers = sum(1 if medium in CALLS else one.chat_capacity for one in online)
            handling_ms = mean_handling_ms(self._tx, self._project_id, medium) or _HANDLING_MS
            self._by_medium[medium] = (len(online), free, servers, handling_ms)
        return self._by_medium[medium]


def visit_state(
    tx: Transaction, row: Visit, crew: Crew | None = None, *, outlook: Outlook | None = None, place: int | None = None
) -> payloads.VisitState:
    """Return a visit as its visitor sees it.

    crew, outlook   the project's, where they were read already
    place           in the queue, where it was counted already
    """
    wait_s = None
    reason: payloads.Reason = ""
    voice: Voice | None = None
    handed_over = row.state in ("waiting", "offered") and row.answered_at_ms is not None
    medium = row.medium
    if row.state in ("waiting", "offered"):
        outlook = outlook or Outlook(tx, row.organisation_id, row.project_id, crew)
        online, free, servers, handling_ms = outlook.of(medium)
        free += row.state == "offered"
        place = place or place_in_queue(tx, row)
        wait_s = expected_wait_s(place, servers, handling_ms) if free < place else 0
        if row.state == "waiting":
            reason = "busy" if online else "nobody"
        if medium in CALLS:
            voice = voice_state(free=free, online=online + (row.state == "offered"), answered=handed_over)
    calling = None
    if row.state == "accepted":
        offer = open_offers_for(tx, [row.id]).get(row.id)
        calling = offer.medium if offer is not None else None
    running = running_conferences(tx, [row.conversation_id])
    return payloads.VisitState(
        id=row.id,
        project_id=row.project_id,
        medium=medium,
        state=row.state,
        place=place,
        expected_wait_s=wait_s,
        agent=_agent_shown(tx, row) if row.state in ("accepted", "wrapping", "closed") else None,
        agent_away=row.state == "accepted" and not who_is_present(tx, row.organisation_id, [row.agent_id or ""]),
        conversation_id=row.conversation_id,
        conference_id=running[0].id if running else None,
        reason=reason,
        voice=voice,
        calling=calling,
        handed_over=handed_over,
        held=row.held,
        rated=row.stars is not None,
        asked_at_ms=row.asked_at_ms,
        version=row.version,
    )


def own_visitor(tx: Transaction, organisation_id: str, visitor_id: str) -> payloads.VisitorView:
    """Return a visitor who exists, as they see themselves."""
    found = find_visitor(tx, organisation_id, visitor_id)
    assert found is not None
    return own_visitor_view(found)


def named(tx: Transaction, organisation_id: str, person_ids: set[str]) -> dict[str, payloads.PersonNamed]:
    """Return people by id as names with pictures."""
    return {
        one.id: payloads.PersonNamed(id=one.id, name=one.name, avatar_url=avatar_url(one.id, one.avatar_hash))
        for one in parties_by_ids(tx, organisation_id, sorted(person_ids))
    }


def _agent_shown(tx: Transaction, row: Visit) -> payloads.AgentShown | None:
    person = find_person(tx, row.organisation_id, row.agent_id or "")
    if person is None:
        return None
    return payloads.AgentShown(
        name=person.name, avatar_url=widget_avatar_url(tx, row, person.avatar_hash), position=person.position
    )


def widget_avatar_url(tx: Transaction, visit: Visit, avatar_hash: str | None) -> str | None:
    """Return where a visitor's page finds an agent's picture: by what is in it, so nobody can be looked up there."""
    widget = find_widget(tx, visit.organisation_id, visit.project_id) if avatar_hash else None
    return agent_picture_url(widget.key, avatar_hash) if widget else None


def agent_picture_url(key: str, avatar_hash: str | None) -> str | None:
    """Return where pages with a widget find the picture of one of its agents."""
    return f"/api/v1/widget/{key}/agents/{avatar_hash}" if avatar_hash else None


def colleagues_view(crew: Crew, *, with_people: bool) -> payloads.ColleaguesProject:
    """Return a project to which a visit may be handed."""
    return payloads.ColleaguesProject(
        id=crew.project.id,
        name=crew.project.name,
        live=[medium for medium, live in crew.live.items() if live],
        agents=[
            payloads.Colleague(
                id=agent.id,
                name=crew.members[agent.id].name,
                avatar_url=avatar_url(agent.id, crew.members[agent.id].avatar_hash),
                role=crew.members[agent.id].role,
                status=agent.status,
                present=agent.present,
                chats=agent.chats,
                calls=agent.calls,
                free=[medium for medium in MEDIA if may_be_offered(agent, crew.facts, medium)],
            )
            for agent in (crew.agents if with_people else [])
        ],
    )
