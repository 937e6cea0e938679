"""What happens to the waiting visits of a project now: who is offered which, who waits on, and how long about.

How it works: visits are looked at in their order. Each goes to the best agent who may have it and was not asked in this
round; an offer takes that agent's capacity at once, so that one turn never gives two calls to one person. When all who
could be asked have been, the visit pauses for a moment and a new round begins, in which everybody may be asked again. A
visit for which nobody is able now stays where it is: its turn comes before that of every visit that asked later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from desk.rules.choosing import WaitingVisit, able, choose_agent
from desk.rules.eligibility import CALLS, AgentFacts, ProjectFacts, serves
from storage.desk.terms import Medium


@dataclass(frozen=True, slots=True)
class Offer:
    """Ask an agent now. new_round: everybody had been asked, and is asked anew from now on."""

    visit_id: str
    agent_id: str
    new_round: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Everybody who could be asked was: begin again at this time."""

    visit_id: str
    again_at_ms: int


def plan(
    waiting: Iterable[WaitingVisit],
    agents: Sequence[AgentFacts],
    project: ProjectFacts,
    now_ms: int,
    pause_ms: int,
) -> list[Offer | Pause]:
    """Return what to do about the waiting visits of a project, in the order to do it."""
    by_id = {agent.id: agent for agent in agents}
    decided: list[Offer | Pause] = []
    for visit in sorted(waiting, key=lambda one: one.order):
        ready = able(visit, by_id.values(), project)
        chosen, new_round = choose_agent(visit, ready), False
        if chosen is None and ready:
            if visit.again_at_ms is None:
                decided.append(Pause(visit.id, now_ms + pause_ms))
                continue
            if visit.again_at_ms > now_ms:
                continue
            chosen, new_round = choose_agent(replace(visit, asked=frozenset()), ready), True
        if chosen is not None:
            decided.append(Offer(visit.id, chosen.id, new_round))
            by_id[chosen.id] = with_one_more(chosen, visit.medium)
    return decided


def with_one_more(agent: AgentFacts, medium: Medium) -> AgentFacts:
    """Return an agent with one more visit in hand."""
    if medium in CALLS:
        return replace(agent, calls=agent.calls + 1)
    return replace(agent, chats=agent.chats + 1)


def live_media(agents: Iterable[AgentFacts], project: ProjectFacts) -> dict[Medium, bool]:
    """Return for which media a widget is live: at least one agent fulfils the factors 1 to 8."""
    known = list(agents)

    def live(medium: Medium) -> bool:
        return any(serves(agent, project, medium) for agent in known)

    return {"chat": live("chat"), "audio": live("audio"), "video": live("video")}


def expected_wait_s(place: int, servers: int, handling_ms: int) -> int | None:
    """Return how long the visit at a place waits about, in s; None when nobody serves.

    place        1: the next one
    servers      visits that can be in hand at once
    handling_ms  how long one takes on average
    """
    if servers < 1:
        return None
    return round(place * handling_ms / servers / 1000)
