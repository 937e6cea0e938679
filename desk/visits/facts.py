"""What the rules need to know of a project and its people, read in a few queries."""

import json
from dataclasses import dataclass

from desk.rules.eligibility import AgentFacts, ProjectFacts
from desk.rules.hours import is_open, parse_hours
from desk.rules.routing import live_media
from storage.accounts.nodes import who_is_present
from storage.desk.agents import MemberFacts, load_facts
from storage.desk.offers import Load, loads_of
from storage.desk.projects import Project, find_project
from storage.desk.terms import MEDIA, ChannelName, Medium
from storage.engine.database import Transaction


@dataclass(frozen=True, slots=True)
class Crew:
    """A project now. members: as stored, by id; agents: the same people as the rules see them."""

    project: Project
    facts: ProjectFacts
    members: dict[str, MemberFacts]
    agents: list[AgentFacts]

    @property
    def live(self) -> dict[Medium, bool]:
        """For which media its widget is live."""
        return live_media(self.agents, self.facts)


def load_crew(tx: Transaction, organisation_id: str, project_id: str) -> Crew | None:
    """Return a project with its people, None when there is none such, or it is switched off."""
    project = find_project(tx, organisation_id, project_id)
    if project is None or not project.active:
        return None
    members = load_facts(tx, organisation_id, project_id)
    ids = [one.person_id for one in members]
    present = set(who_is_present(tx, organisation_id, ids)) if ids else set()
    loads = loads_of(tx, ids)
    channels_on: set[ChannelName] = set()
    if members and members[0].chat_on:
        channels_on.add("chat")
    if members and members[0].voice_on:
        channels_on.add("voice_in")
    facts = ProjectFacts(
        is_open(parse_hours(project.hours), project.time_zone, project.country, tx.now_ms), frozenset(channels_on)
    )
    agents = [agent_facts(one, loads[one.person_id], present=one.person_id in present) for one in members]
    return Crew(project, facts, {one.person_id: one for one in members}, agents)


def agent_facts(member: MemberFacts, load: Load, *, present: bool) -> AgentFacts:
    """Return a member of a project as the rules see them."""
    switched = {"chat": member.chat, "audio": member.audio, "video": member.video}
    licensed = {"chat": member.chat_licence, "audio": member.audio_licence, "video": member.video_licence}
    channels: dict[ChannelName, bool] = {"chat": member.chat_user, "voice_in": member.voice_user}
    return AgentFacts(
        id=member.person_id,
        status=member.status,
        present=present,
        web_link=member.web_link,
        member=True,
        media=frozenset(medium for medium in MEDIA if switched[medium]),
        direction=member.direction,
        channels=frozenset(name for name, serves in channels.items() if serves),
        licences=frozenset(medium for medium in MEDIA if licensed[medium]),
        skills=frozenset(json.loads(member.skills)),
        chats=load.chats,
        calls=load.calls,
        chat_capacity=member.chat_capacity,
        idle_since_ms=member.idle_since_ms,
    )


def live_now(tx: Transaction, organisation_id: str, project_id: str) -> dict[Medium, bool]:
    """Return for which media a project's widget is live now."""
    crew = load_crew(tx, organisation_id, project_id)
    return crew.live if crew else {"chat": False, "audio": False, "video": False}


def shown_agent(tx: Transaction, organisation_id: str, project_id: str) -> MemberFacts | None:
    """Return the agent whose face a widget shows: of those who serve something now, who waits for work longest."""
    crew = load_crew(tx, organisation_id, project_id)
    if crew is None:
        return None
    serving = [one for one in crew.agents if any(live_media([one], crew.facts).values())]
    best = min(serving, key=lambda one: (one.chats + one.calls, one.idle_since_ms, one.id), default=None)
    return crew.members[best.id] if best else None
