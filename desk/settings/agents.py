"""An agent's own side: status, links, media and direction in projects, the outgoing project (WORK-001..029, CC-211)."""

from accounts.rights import Actor, demand
from core.errors import Conflict, Forbidden, NotFound
from desk.rules.eligibility import CHANNEL_OF
from desk.settings import agent_payloads as payloads
from desk.settings.events import Reroute, agent_changed, home_changed, route_nothing, settings_changed
from desk.settings.views import agent_view, opened
from storage.audit import note
from storage.desk.agents import Agent, change_agent, find_agent, set_status
from storage.desk.channels import channels_of_person, list_channels, list_licences
from storage.desk.projects import Project, ProjectMember, change_project_member, projects_of_person
from storage.desk.terms import MEDIA, AgentStatus
from storage.engine.database import Database, Transaction

# By which channel a medium comes in.
# Why a link cannot ring anybody: codes that the page words.
_UNAVAILABLE = {"line": "no_telephony", "external": "no_telephony"}


class AgentService:
    """What somebody who may work at the desk does for themselves; another tab may make the agent's row in the same moment.

    reroute   is called where it may change who can be offered visits
    """

    def __init__(self, database: Database, reroute: Reroute = route_nothing) -> None:
        self._database = database
        self._reroute = reroute

    async def status(self, actor: Actor) -> payloads.AgentState:
        """Return one's own status."""
        demand(actor, "desk.work")
        return agent_view(await self._database.read(lambda tx: find_agent(tx, actor.organisation_id, actor.party_id)))

    async def set_status(self, actor: Actor, status: AgentStatus) -> payloads.AgentState:
        """Come online, take a break or go (CC-211). emits agent:changed, when it is another one."""
        demand(actor, "desk.work")

        def store(tx: Transaction) -> payloads.AgentState:
            changed = set_status(tx, actor.organisation_id, actor.party_id, status)
            agent = find_agent(tx, actor.organisation_id, actor.party_id)
            if changed:
                agent_changed(tx, agent, agent_view(agent))
                self._reroute(tx, actor.organisation_id, [actor.party_id])
            return agent_view(agent)

        return await self._database.write_retrying(store)

    async def home(self, actor: Actor) -> payloads.AgentHome:
        """Return what one's home page shows."""
        demand(actor, "desk.work")
        return await self._database.read(lambda tx: read_home(tx, actor.organisation_id, actor.party_id))

    async def change_links(self, actor: Actor, body: payloads.LinksBody) -> payloads.AgentHome:
        """Activate links, or not (WORK-006); raises Conflict  one is not available."""
        demand(actor, "desk.work")
        if any(getattr(body, kind) for kind in _UNAVAILABLE):
            raise Conflict("desk.link_unavailable")

        def store(tx: Transaction) -> payloads.AgentHome:
            wanted = body.model_dump(exclude_none=True)
            changes = {name if name == "external_number" else f"{name}_link": value for name, value in wanted.items()}
            if changes:
                change_agent(tx, actor.organisation_id, actor.party_id, changes)
            return self._changed(tx, actor)

        return await self._database.write_retrying(store)

    async def change_project(self, actor: Actor, project_id: str, body: payloads.OwnProjectBody) -> payloads.AgentHome:
        """Switch media of one's project, or choose its direction: exactly one is (WORK-010..023).

        raises   NotFound   one does not work there
                 Forbidden  without the licence for a medium (WORK-012), or without the right to choose "off" (WORK-022)
        """
        demand(actor, "desk.work")

        def store(tx: Transaction) -> payloads.AgentHome:
            _, member = _own_project(tx, actor, project_id)
            changes = body.model_dump(exclude_none=True)
            licences = list_licences(tx, actor.organisation_id)
            for medium in MEDIA:
                switched = medium in changes and changes[medium] != getattr(member, medium)
                if switched and actor.party_id not in licences[medium]:
                    raise Forbidden("desk.licence_missing", medium=medium)
            if changes.get("direction") == "off" and member.direction != "off" and not may_be_off(actor, member):
                raise Forbidden("desk.off_not_allowed")
            if changes:
                change_project_member(tx, actor.organisation_id, project_id, actor.party_id, changes)
                settings_changed(tx, actor.organisation_id, "projects")
            return self._changed(tx, actor)

        return await self._database.write_retrying(store)

    async def choose_outgoing(self, actor: Actor, project_id: str | None) -> payloads.AgentHome:
        """Choose the project that outgoing contacts of all media belong to (WORK-024..028).

        raises   NotFound  one does not work there
        """
        demand(actor, "desk.work")

        def store(tx: Transaction) -> payloads.AgentHome:
            if project_id is not None:
                _own_project(tx, actor, project_id)
            change_agent(tx, actor.organisation_id, actor.party_id, {"outgoing_project_id": project_id})
            return self._changed(tx, actor)

        return await self._database.write_retrying(store)

    async def put_start_screen_away(self, actor: Actor) -> payloads.AgentHome:
        """Do not begin with the start screen any more (CC-011)."""
        demand(actor, "desk.work")

        def store(tx: Transaction) -> payloads.AgentHome:
            change_agent(tx, actor.organisation_id, actor.party_id, {"welcomed_at_ms": tx.now_ms})
            return self._changed(tx, actor)

        return await self._database.write_retrying(store)

    def _changed(self, tx: Transaction, actor: Actor) -> payloads.AgentHome:
        note(tx, actor.organisation_id, actor.party_id, "agent.changed", "person", actor.party_id)
        home_changed(tx, actor.organisation_id, [actor.party_id])
        self._reroute(tx, actor.organisation_id, [actor.party_id])
        return read_home(tx, actor.organisation_id, actor.party_id)


def read_home(tx: Transaction, organisation_id: str, person_id: str) -> payloads.AgentHome:
    """Return what somebody's home page shows."""
    agent = find_agent(tx, organisation_id, person_id)
    enabled = {name for name, channel in list_channels(tx, organisation_id).items() if channel.enabled}
    served = channels_of_person(tx, organisation_id, person_id)
    licensed = {medium for medium, people in list_licences(tx, organisation_id).items() if person_id in people}

    def media_of(member: ProjectMember) -> list[payloads.HomeMedium]:
        return [
            payloads.HomeMedium(
                medium=medium,
                active=getattr(member, medium),
                licensed=medium in licensed,
                channel_on=CHANNEL_OF[medium] in enabled,
                in_channel=CHANNEL_OF[medium] in served,
            )
            for medium in MEDIA
        ]

    def project_of(project: Project, member: ProjectMember) -> payloads.HomeProject:
        is_open, changes_at_ms = opened(project, tx.now_ms)
        return payloads.HomeProject(
            id=project.id,
            name=project.name,
            role=member.role,
            media=media_of(member),
            direction=member.direction,
            may_be_off=member.may_be_off or member.role == "supervisor",
            open=is_open,
            changes_at_ms=changes_at_ms,
        )

    found = projects_of_person(tx, organisation_id, person_id)
    chosen = agent.outgoing_project_id
    return payloads.AgentHome(
        **agent_view(agent).model_dump(),
        links=_links(agent),
        projects=[project_of(project, member) for project, member in found],
        outgoing_project_id=chosen if any(project.id == chosen for project, _ in found) else None,
        channels=served,
        welcomed=agent.welcomed_at_ms is not None,
    )


def may_be_off(actor: Actor, member: ProjectMember) -> bool:
    """Tell whether somebody may take themselves out of a project's distribution (WORK-022)."""
    return member.may_be_off or member.role == "supervisor" or actor.role == "admin"


def _links(agent: Agent) -> list[payloads.Link]:
    states: list[tuple[payloads.LinkKind, bool, str]] = [
        ("web", agent.web_link, ""),
        ("line", agent.line_link, ""),
        ("external", agent.external_link, agent.external_number),
    ]
    return [
        payloads.Link(
            kind=kind,
            active=active and kind not in _UNAVAILABLE,
            available=kind not in _UNAVAILABLE,
            reason=_UNAVAILABLE.get(kind),
            number=number,
        )
        for kind, active, number in states
    ]


def _own_project(tx: Transaction, actor: Actor, project_id: str) -> tuple[Project, ProjectMember]:
    for project, member in projects_of_person(tx, actor.organisation_id, actor.party_id):
        if project.id == project_id:
            return project, member
    raise NotFound("desk.project_not_found")
