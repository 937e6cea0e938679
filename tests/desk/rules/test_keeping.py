"""Who keeps a visit, who is asked first after it was handed over, and what a caller hears meanwhile: the rules alone."""

import pytest

from desk.rules.choosing import WaitingVisit
from desk.rules.eligibility import AgentFacts, ProjectFacts
from desk.rules.keeping import Ends, Keeper, keeping_ends
from desk.rules.routing import Offer, Pause, plan
from desk.rules.voice import Voice, voice_state

PROJECT = ProjectFacts(True, frozenset({"chat", "voice_in"}))


@pytest.mark.parametrize(
    ("keeper", "ends"),
    [
        (Keeper(), None),
        (Keeper(status="break"), None),
        (Keeper(works=False), Ends("removed", 1_000)),
        (Keeper(works=False, talks=True), Ends("removed", 1_000)),
        (Keeper(present=False), Ends("gone", 1_030)),
        (Keeper(present=False, status="offline", quiet_at_ms=10), Ends("gone", 1_030)),
        (Keeper(status="offline", quiet_at_ms=900), Ends("offline", 1_500)),
        (Keeper(status="offline", quiet_at_ms=10), Ends("offline", 1_000)),
        (Keeper(status="offline", quiet_at_ms=10, talks=True), None),
    ],
)
def test_an_agent_keeps_a_visit_while_there(keeper: Keeper, ends: Ends | None) -> None:
    assert keeping_ends(keeper, 1_000, grace_ms=30, offline_ms=600) == ends


def _agent(name: str, **changes: object) -> AgentFacts:
    return AgentFacts(
        name, "online", present=True, media=frozenset({"chat"}), licences=frozenset({"chat"}),
        channels=frozenset({"chat"}), **changes,  # type: ignore[arg-type]
    )  # fmt: skip


def _asked(*agents: AgentFacts, **visit: object) -> list[str]:
    handed = WaitingVisit("v", "chat", 1, transferred=True, handed_by=frozenset({"anna"}), **visit)  # type: ignore[arg-type]
    return [one.agent_id if isinstance(one, Offer) else "pause" for one in plan([handed], agents, PROJECT, 1_000, 10)]


def test_what_was_handed_over_rings_at_others_first() -> None:
    assert _asked(_agent("anna"), _agent("bartek", chats=2, idle_since_ms=900)) == ["bartek"]


def test_what_was_handed_over_waits_for_others_who_talk_at_the_moment() -> None:
    assert _asked(_agent("anna"), _agent("bartek", chats=3)) == []


def test_what_was_handed_over_rings_where_it_came_from_when_nobody_else_serves_it() -> None:
    assert _asked(_agent("anna")) == ["anna"]
    assert _asked(_agent("anna"), AgentFacts("bartek", "break", present=True)) == ["anna"]
    assert _asked(_agent("anna"), _agent("bartek"), refused=frozenset({"bartek"})) == ["anna"]


def test_who_handed_it_over_is_not_asked_in_that_round_though_others_let_it_pass() -> None:
    decided = plan(
        [WaitingVisit("v", "chat", 1, handed_by=frozenset({"anna"}), asked=frozenset({"bartek"}))],
        [_agent("anna"), _agent("bartek")], PROJECT, 1_000, 10,
    )  # fmt: skip
    assert decided == [Pause("v", 1_010)]


@pytest.mark.parametrize(
    ("free", "online", "answered", "heard"),
    [
        (1, 1, False, "ring"),
        (0, 1, False, "hold"),
        (0, 0, False, "voicemail"),
        (1, 1, True, "hold"),
        (0, 0, True, "voicemail"),
    ],
)
def test_a_caller_whose_agent_is_gone_hears_music_only_while_somebody_may_come(
    free: int, online: int, answered: bool, heard: Voice
) -> None:
    assert voice_state(free=free, online=online, answered=answered) == heard
