"""Routing over random agents, statuses and clocks: what must hold whatever happens, and in whatever order.

The queue below keeps rows as the store does (one open offer of a visit, deadlines, rounds) and lets hypothesis decide who
comes, answers, waits, takes a break or closes a page; `plan` decides the rest.
"""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from desk.rules.choosing import WaitingVisit
from desk.rules.eligibility import CALLS, AgentFacts, ProjectFacts, failing, may_be_offered
from desk.rules.routing import Offer, Pause, plan
from storage.desk.terms import AGENT_STATUSES, MEDIA, AgentStatus, Medium

OFFER_MS, PAUSE_MS = 30_000, 10_000
NAMES = ("anna", "bartek", "celina", "darek")


@dataclass
class Row:
    """A visit as it is stored."""

    id: str
    medium: Medium
    asked_at_ms: int
    state: str = "waiting"
    agent: str | None = None
    deadline_at_ms: int = 0
    again_at_ms: int | None = None
    asked: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    offers: int = 0
    free_since_ms: int | None = None


class Queue(RuleBasedStateMachine):
    """A project with four agents and visits that come and go."""

    @initialize(
        media=st.lists(st.sets(st.sampled_from(MEDIA), min_size=1), min_size=4, max_size=4),
        capacities=st.lists(st.integers(1, 3), min_size=4, max_size=4),
    )
    def begin(self, media: list[set[Medium]], capacities: list[int]) -> None:
        self.now_ms = 1_000_000
        self.project = ProjectFacts(True, frozenset({"chat", "voice_in"}))
        self.agents = {
            name: AgentFacts(
                name, "online", present=True, media=frozenset(has), licences=frozenset(has),
                channels=frozenset({"chat", "voice_in"}), chat_capacity=capacity,
            )
            for name, has, capacity in zip(NAMES, media, capacities, strict=True)
        }  # fmt: skip
        self.visits: dict[str, Row] = {}
        self.won: dict[str, str] = {}

    def facts(self) -> list[AgentFacts]:
        found = []
        for name, agent in self.agents.items():
            mine = [one for one in self.visits.values() if one.agent == name and one.state in ("offered", "accepted")]
            calls = sum(one.medium in CALLS for one in mine)
            found.append(replace(agent, chats=len(mine) - calls, calls=calls))
        return found

    def route(self) -> None:
        waiting = [
            WaitingVisit(
                one.id, one.medium, one.asked_at_ms, asked=frozenset(one.asked), refused=frozenset(one.refused),
                again_at_ms=one.again_at_ms,
            )
            for one in self.visits.values()
            if one.state == "waiting"
        ]  # fmt: skip
        for decided in plan(waiting, self.facts(), self.project, self.now_ms, PAUSE_MS):
            visit = self.visits[decided.visit_id]
            assert visit.state == "waiting"
            if isinstance(decided, Pause):
                assert decided.again_at_ms > self.now_ms
                visit.again_at_ms = decided.again_at_ms
                continue
            assert isinstance(decided, Offer)
            # Nobody is offered what they may not have, at the very moment it is offered.
            current = {one.id: one for one in self.facts()}[decided.agent_id]
            assert failing(current, self.project, visit.medium) == ()
            assert decided.agent_id not in visit.refused
            if decided.new_round:
                assert visit.again_at_ms is not None and visit.again_at_ms <= self.now_ms
                visit.asked, visit.again_at_ms = set(), None
            assert decided.agent_id not in visit.asked
            visit.state, visit.agent, visit.deadline_at_ms = "offered", decided.agent_id, self.now_ms + OFFER_MS
            visit.asked.add(decided.agent_id)
            visit.offers += 1

    def back(self, visit: Row) -> None:
        visit.state, visit.agent = "waiting", None

    @rule(medium=st.sampled_from(["chat", "audio", "video"]))
    def somebody_asks(self, medium: Medium) -> None:
        name = f"v{len(self.visits):04}"
        self.visits[name] = Row(name, medium, self.now_ms)
        self.route()

    @rule(data=st.data(), act=st.sampled_from(["accept", "decline", "ignore"]))
    def an_agent_answers(self, data: st.DataObject, act: str) -> None:
        offered = sorted(one.id for one in self.visits.values() if one.state == "offered")
        if not offered:
            return
        visit = self.visits[data.draw(st.sampled_from(offered))]
        assert visit.agent is not None
        if act == "accept":
            assert visit.id not in self.won
            self.won[visit.id] = visit.agent
            visit.state = "accepted"
        else:
            if act == "ignore":
                visit.refused.add(visit.agent)
            self.back(visit)
        self.route()

    @rule(data=st.data())
    def an_agent_closes(self, data: st.DataObject) -> None:
        mine = sorted(one.id for one in self.visits.values() if one.state == "accepted")
        if mine:
            visit = self.visits[data.draw(st.sampled_from(mine))]
            visit.state = "closed"
            assert visit.agent is not None
            self.agents[visit.agent] = replace(self.agents[visit.agent], idle_since_ms=self.now_ms)
            self.route()

    @rule(name=st.sampled_from(NAMES), status=st.sampled_from(AGENT_STATUSES), present=st.booleans())
    def an_agent_changes(self, name: str, status: AgentStatus, present: bool) -> None:
        self.agents[name] = replace(self.agents[name], status=status, present=present)
        for visit in self.visits.values():
            if visit.state == "offered" and visit.agent == name and (status != "online" or not present):
                self.back(visit)
        self.route()

    @rule(is_open=st.booleans())
    def the_project_opens_or_closes(self, is_open: bool) -> None:
        self.project = replace(self.project, open=is_open)
        self.route()

    @rule(ms=st.integers(1, 40_000))
    def time_passes(self, ms: int) -> None:
        until = self.now_ms + ms
        while True:
            due = [one.deadline_at_ms for one in self.visits.values() if one.state == "offered"]
            due += [one.again_at_ms for one in self.visits.values() if one.state == "waiting" and one.again_at_ms]
            due = [at for at in due if self.now_ms < at <= until]
            if not due:
                break
            self.now_ms = min(due)
            for visit in self.visits.values():
                if visit.state == "offered" and visit.deadline_at_ms <= self.now_ms:
                    self.back(visit)
            self.route()
        self.now_ms = until

    @invariant()
    def deadlines_are_kept(self) -> None:
        for visit in getattr(self, "visits", {}).values():
            if visit.state == "offered":
                assert self.now_ms < visit.deadline_at_ms <= self.now_ms + OFFER_MS

    @invariant()
    def nobody_has_two_calls_or_more_chats_than_they_can_take(self) -> None:
        for agent in self.facts() if hasattr(self, "visits") else []:
            assert agent.calls <= 1 and agent.chats <= agent.chat_capacity

    @invariant()
    def no_visit_waits_while_somebody_may_be_asked(self) -> None:
        """Work-conserving, and the order is kept: whoever waits has nobody left but whom it asked in this round."""
        if not hasattr(self, "visits"):
            return
        facts = self.facts()
        for visit in self.visits.values():
            if visit.state != "waiting":
                continue
            able = {one.id for one in facts if may_be_offered(one, self.project, visit.medium)} - visit.refused
            assert able <= visit.asked, f"{visit} waits although {able - visit.asked} may be asked"
            if able:
                assert visit.again_at_ms is not None and visit.again_at_ms <= self.now_ms + PAUSE_MS

    @invariant()
    def one_wins(self) -> None:
        for visit in getattr(self, "visits", {}).values():
            if visit.state in ("accepted", "closed"):
                assert self.won[visit.id] == visit.agent


Queue.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)


@pytest.mark.feature("CC-074", "CC-076", "CC-213", "CC-221")
class TestQueue(Queue.TestCase):  # type: ignore[valid-type]
    """Never two winners, never an offer to somebody not allowed, deadlines kept."""


@pytest.mark.feature("BEY-053")
def test_no_visit_starves_however_many_come_after_it() -> None:
    """One agent who takes one chat at a time, lets every second offer pass, and new visits without end."""
    queue = Queue()
    queue.begin([{"chat"}] * 4, [1] * 4)
    for name in NAMES[1:]:
        queue.an_agent_changes(name, "offline", False)
    for turn in range(60):
        queue.somebody_asks("chat")
        ringing = [one for one in queue.visits.values() if one.state == "offered"]
        for visit in ringing:
            if turn % 2:
                visit.state = "accepted"
                queue.won[visit.id] = "anna"
                visit.state = "closed"
            else:
                queue.back(visit)
            queue.route()
        queue.time_passes(OFFER_MS)
    answered = [one.id for one in queue.visits.values() if one.state == "closed"]
    assert len(answered) >= 20
    # Whoever came first is answered first: at most those of the present round are passed over.
    assert sorted(answered)[:10] == [f"v{number:04}" for number in range(10)]
