"""Who is asked next: the agent the visit was handed to, the visitor's last agent, then whoever waits longest."""

from collections.abc import Iterable
from dataclasses import dataclass

from desk.rules.eligibility import AgentFacts, ProjectFacts, may_be_offered, serves
from storage.desk.terms import Medium


@dataclass(frozen=True, slots=True)
class WaitingVisit:
    """A visit nobody is being asked about at the moment.

    transferred   was handed over: it goes before those that are new
    to_agent      whom it was handed to
    last_agent    who talked with this visitor last
    skills        what an agent must be able to, to be asked
    asked         who was asked in this round
    refused       who will not be asked again
    handed_by     who handed it over: asked in the round after only when nobody else serves it
    again_at_ms   when the next round begins; None: nobody has to wait for one
    """

    id: str
    medium: Medium
    asked_at_ms: int
    transferred: bool = False
    to_agent: str | None = None
    last_agent: str | None = None
    skills: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    handed_by: frozenset[str] = frozenset()
    again_at_ms: int | None = None

    @property
    def order(self) -> tuple[bool, int, str]:
        """Its place among the waiting: handed over before new, then whoever asked first."""
        return not self.transferred, self.asked_at_ms, self.id


def able(visit: WaitingVisit, agents: Iterable[AgentFacts], project: ProjectFacts) -> list[AgentFacts]:
    """Return who may be offered the visit now, whether or not they were asked already."""
    meant = [one for one in agents if one.id not in visit.refused and visit.skills <= one.skills]
    others = [one for one in meant if one.id not in visit.handed_by]
    # Who handed it over does not want it: others first, also those who talk with somebody at the moment.
    if any(serves(one, project, visit.medium) for one in others):
        meant = others
    return [one for one in meant if may_be_offered(one, project, visit.medium)]


def choose_agent(visit: WaitingVisit, able_agents: Iterable[AgentFacts]) -> AgentFacts | None:
    """Return who is asked next among those who are able and were not asked in this round, None when nobody is left."""
    left = [agent for agent in able_agents if agent.id not in visit.asked]
    return min(left, key=lambda agent: rank_agent(visit, agent), default=None)


def rank_agent(visit: WaitingVisit, agent: AgentFacts) -> tuple[bool, bool, int, int, str]:
    """Order agents for a visit: the smallest is asked first."""
    return (
        agent.id != visit.to_agent,
        agent.id != visit.last_agent,
        agent.chats + agent.calls,
        agent.idle_since_ms,
        agent.id,
    )
