"""Who may be offered a visit: the nine factors, each of which must hold for one agent, one project and one medium.

How it works: the facts of an agent are read once for a project; `failing` names every factor that does not hold, so that
a screen can say why somebody gets nothing. Eight of them are about what is set and decide whether the widget is live for
a medium; the ninth, capacity, changes from minute to minute and decides only who is asked next.
"""

from dataclasses import dataclass, field
from typing import Final

from storage.desk.terms import AgentStatus, ChannelName, Direction, Medium

CALLS: Final = frozenset({"audio", "video"})
FACTORS: Final = (
    "status", "link", "member", "medium", "direction", "channel", "licence", "hours", "capacity",
)  # fmt: skip
# Video counts as voice.
CHANNEL_OF: Final[dict[Medium, ChannelName]] = {"chat": "chat", "audio": "voice_in", "video": "voice_in"}
_TAKES_INCOMING: Final = frozenset({"incoming", "both"})
# Whoever talks cannot talk to somebody else.
CALL_CAPACITY: Final = 1


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """One agent of a project as the rule sees them.

    status         online, break or offline
    present        a page of theirs is connected
    web_link       the Web Link is switched on; Line Link and External Link cannot carry anything yet
    member         is an agent or supervisor of the project
    media          media switched on for them in the project
    channels       the organisation's channels they serve
    licences       media they have a licence for
    chats, calls   what they have in hand in all projects, offers that ring included
    chat_capacity  how many chats at once
    idle_since_ms  since when they wait for work
    """

    id: str
    status: AgentStatus = "offline"
    present: bool = False
    web_link: bool = True
    member: bool = True
    media: frozenset[Medium] = frozenset()
    direction: Direction = "both"
    channels: frozenset[ChannelName] = frozenset()
    licences: frozenset[Medium] = frozenset()
    skills: frozenset[str] = frozenset()
    chats: int = 0
    calls: int = 0
    chat_capacity: int = 3
    idle_since_ms: int = 0


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project as the rule sees it: is it open now, and which of the organisation's channels are on."""

    open: bool = True
    channels_on: frozenset[ChannelName] = field(default_factory=frozenset)


def failing(agent: AgentFacts, project: ProjectFacts, medium: Medium) -> tuple[str, ...]:
    """Return which of the nine factors do not hold, in their order; empty: a visit may be offered.

    >>> failing(AgentFacts("a", "online", True, media=frozenset({"chat"})), ProjectFacts(), "chat")
    ('channel', 'licence')
    """
    channel = CHANNEL_OF[medium]
    holds = (
        agent.status == "online",
        agent.web_link and agent.present,
        agent.member,
        medium in agent.media,
        agent.direction in _TAKES_INCOMING,
        channel in project.channels_on and channel in agent.channels,
        medium in agent.licences,
        project.open,
        has_capacity(agent, medium),
    )
    return tuple(name for name, held in zip(FACTORS, holds, strict=True) if not held)


def has_capacity(agent: AgentFacts, medium: Medium) -> bool:
    """Tell whether an agent can take one more visit of a medium; who is called takes no chat meanwhile."""
    if agent.calls >= CALL_CAPACITY:
        return False
    return medium in CALLS or agent.chats < agent.chat_capacity


def may_be_offered(agent: AgentFacts, project: ProjectFacts, medium: Medium) -> bool:
    """Tell whether all nine factors hold."""
    return not failing(agent, project, medium)


def serves(agent: AgentFacts, project: ProjectFacts, medium: Medium) -> bool:
    """Tell whether the factors 1 to 8 hold: the agent answers such visits, though perhaps not at this moment."""
    return set(failing(agent, project, medium)) <= {"capacity"}
