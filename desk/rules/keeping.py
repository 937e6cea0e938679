"""How long an agent keeps a visit they answered: as long as they are there, and for a grace after that."""

from dataclasses import dataclass
from typing import Literal

from storage.desk.terms import AgentStatus

# Why a visit goes back: put out of its project or not let in any more, no page of theirs is open, or Offline and silent.
Loss = Literal["removed", "gone", "offline"]


@dataclass(frozen=True, slots=True)
class Keeper:
    """The agent of a visit in hand.

    works        is a member of the visit's project, and may sign in
    present      a page of theirs is connected
    talks        sits in the visit's call
    quiet_at_ms  when they went Offline, or wrote in the visit last, whichever is later
    """

    works: bool = True
    present: bool = True
    talks: bool = False
    status: AgentStatus = "online"
    quiet_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Ends:
    """Why and when (UTC ms) a visit leaves its agent if nothing changes."""

    why: Loss
    at_ms: int


def keeping_ends(keeper: Keeper, now_ms: int, *, grace_ms: int, offline_ms: int) -> Ends | None:
    """Return when a visit leaves its agent, None while it does not.

    What is set of the project, its hours, channels and licences decides who is asked, never who goes on: whoever talks
    may finish.

    >>> keeping_ends(Keeper(present=False), 1_000, grace_ms=30, offline_ms=600)
    Ends(why='gone', at_ms=1030)
    """
    if not keeper.works:
        return Ends("removed", now_ms)
    if not keeper.present:
        return Ends("gone", now_ms + grace_ms)
    if keeper.status == "offline" and not keeper.talks:
        return Ends("offline", max(now_ms, keeper.quiet_at_ms + offline_ms))
    return None
