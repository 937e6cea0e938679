"""The nine factors, whole: every combination of what can be set, and one failing factor at a time."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from desk.rules.choosing import WaitingVisit, able, choose_agent
from desk.rules.eligibility import FACTORS, AgentFacts, ProjectFacts, failing, may_be_offered, serves
from desk.rules.questions import next_question
from desk.rules.routing import expected_wait_s, live_media
from desk.rules.states import ENDED, MOVES, next_state
from desk.rules.voice import voice_state
from storage.desk.terms import AGENT_STATUSES, DIRECTIONS, MEDIA, ChannelName, Medium

READY = AgentFacts(
    "anna", "online", present=True, media=frozenset(MEDIA), direction="both",
    channels=frozenset({"chat", "voice_in"}), licences=frozenset(MEDIA),
)  # fmt: skip
OPEN = ProjectFacts(open=True, channels_on=frozenset({"chat", "voice_in"}))

# factor -> what breaks it and nothing else
BREAKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "status": ({"status": "break"}, {}),
    "link": ({"web_link": False}, {}),
    "member": ({"member": False}, {}),
    "medium": ({"media": frozenset()}, {}),
    "direction": ({"direction": "off"}, {}),
    "channel": ({}, {"channels_on": frozenset()}),
    "licence": ({"licences": frozenset()}, {}),
    "hours": ({}, {"open": False}),
    "capacity": ({"calls": 1}, {}),
}


@pytest.mark.feature("WORK-030")
@pytest.mark.parametrize("medium", MEDIA)
def test_all_nine_factors_let_a_visit_through_and_each_alone_stops_it_by_name(medium: Medium) -> None:
    assert failing(READY, OPEN, medium) == ()
    assert tuple(BREAKS) == FACTORS
    for factor, (of_agent, of_project) in BREAKS.items():
        broken, project = replace(READY, **of_agent), replace(OPEN, **of_project)
        assert failing(broken, project, medium) == (factor,)
        assert serves(broken, project, medium) == (factor == "capacity")


@pytest.mark.feature("WORK-030", "WORK-029", "CC-211", "CC-212", "CC-218")
def test_direction_medium_licence_status_link_channel_and_user_decide_together() -> None:
    """The whole matrix: 4 directions, 3 media wanted, and on or off of all the rest."""
    seen = 0
    for direction, medium, status in product(DIRECTIONS, MEDIA, AGENT_STATUSES):
        for switched, licensed, link, present, on, user, member, is_open in product((True, False), repeat=8):
            channel: ChannelName = "chat" if medium == "chat" else "voice_in"
            others = frozenset(MEDIA) - {medium}
            served: set[ChannelName] = {"chat", "voice_in"}
            agent = AgentFacts(
                "anna", status, present=present, web_link=link, member=member, direction=direction,
                media=others | ({medium} if switched else set()), licences=others | ({medium} if licensed else set()),
                channels=frozenset({channel}) if user else frozenset(served - {channel}),
            )  # fmt: skip
            project = ProjectFacts(is_open, frozenset({channel, "voice_out"} if on else {"voice_out"}))
            allowed = (
                status == "online" and direction in ("incoming", "both") and switched and licensed and link
                and present and on and user and member and is_open
            )  # fmt: skip
            assert may_be_offered(agent, project, medium) == allowed
            assert serves(agent, project, medium) == allowed
            seen += 1
    assert seen == 4 * 3 * 3 * 256


@pytest.mark.feature("BEY-053")
@pytest.mark.parametrize(
    ("chats", "calls", "chat", "call"),
    [(0, 0, True, True), (2, 0, True, True), (3, 0, False, True), (0, 1, False, False), (4, 1, False, False)],
)
def test_capacity_is_counted_by_medium_and_nobody_gets_two_calls(
    chats: int, calls: int, chat: bool, call: bool
) -> None:
    agent = replace(READY, chats=chats, calls=calls, chat_capacity=3)
    assert may_be_offered(agent, OPEN, "chat") == chat
    assert may_be_offered(agent, OPEN, "audio") == may_be_offered(agent, OPEN, "video") == call


@pytest.mark.feature("CC-009", "CC-066", "CC-230")
def test_a_widget_is_live_for_a_medium_with_one_agent_who_serves_it_busy_or_not() -> None:
    assert live_media([], OPEN) == {"chat": False, "audio": False, "video": False}
    busy = replace(READY, calls=1, chats=9)
    assert live_media([busy], OPEN) == {"chat": True, "audio": True, "video": True}
    chats_only = replace(READY, media=frozenset({"chat"}))
    assert live_media([chats_only, replace(READY, status="break")], OPEN) == {
        "chat": True,
        "audio": False,
        "video": False,
    }
    assert live_media([READY], replace(OPEN, open=False)) == {"chat": False, "audio": False, "video": False}


@pytest.mark.feature("BEY-053")
def test_the_visitors_last_agent_comes_first_then_the_free_then_the_longest_idle() -> None:
    anna, bartek = replace(READY, idle_since_ms=500), replace(READY, id="bartek", idle_since_ms=100)
    celina = replace(READY, id="celina", idle_since_ms=50, chats=1)
    everybody = [anna, bartek, celina]
    visit = WaitingVisit("v", "chat", 1)

    def chosen(visit: WaitingVisit) -> str | None:
        found = choose_agent(visit, able(visit, everybody, OPEN))
        return found.id if found else None

    assert chosen(visit) == "bartek"
    assert chosen(replace(visit, last_agent="celina")) == "celina"
    assert chosen(replace(visit, last_agent="celina", to_agent="anna")) == "anna"
    assert chosen(replace(visit, asked=frozenset({"bartek"}))) == "anna"
    assert chosen(replace(visit, asked=frozenset({"bartek"}), refused=frozenset({"anna"}))) == "celina"
    assert chosen(replace(visit, asked=frozenset({"anna", "bartek", "celina"}))) is None
    assert chosen(replace(visit, skills=frozenset({"de"}))) is None
    everybody[2] = replace(celina, skills=frozenset({"de", "en"}))
    assert chosen(replace(visit, skills=frozenset({"de"}))) == "celina"


@pytest.mark.feature("CC-219", "CC-172", "CC-173", "CC-174", "CC-175", "CC-176")
@pytest.mark.parametrize(
    ("ask", "require", "consent", "given", "question"),
    [
        (True, True, "", False, "consent"), (True, True, "yes", False, "data"), (True, True, "no", False, "required"),
        (True, True, "", True, "none"), (True, True, "yes", True, "none"), (True, True, "no", True, "none"),
        (True, False, "", False, "consent"), (True, False, "yes", False, "data"), (True, False, "no", False, "none"),
        (True, False, "", True, "none"), (True, False, "yes", True, "none"), (True, False, "no", True, "none"),
        *((False, require, consent, given, "none")
          for require in (True, False) for consent in ("", "yes", "no") for given in (True, False)),
    ],
)  # fmt: skip
def test_what_a_visitor_is_asked(ask: bool, require: bool, consent: str, given: bool, question: str) -> None:
    assert next_question(ask=ask, require=require, consent=consent, given=given) == question  # type: ignore[arg-type]


@pytest.mark.feature("CC-220", "CC-182", "CC-183")
@pytest.mark.parametrize(
    ("free", "online", "state"), [(1, 1, "ring"), (2, 5, "ring"), (0, 1, "hold"), (0, 9, "hold"), (0, 0, "voicemail")]
)
def test_a_caller_hears_one_of_three_things(free: int, online: int, state: str) -> None:
    assert voice_state(free=free, online=online) == state


@pytest.mark.feature("BEY-053")
def test_the_expected_wait_grows_with_the_place_and_shrinks_with_those_who_serve() -> None:
    assert expected_wait_s(1, 1, 120_000) == 120
    assert expected_wait_s(3, 2, 120_000) == 180
    assert expected_wait_s(1, 0, 120_000) is None


def test_what_has_ended_is_never_waiting_again_and_what_is_open_can_always_end() -> None:
    assert [(state, cause) for state, cause in MOVES if state in ("closed", "abandoned")] == [("abandoned", "wrote")]
    for state in ("waiting", "offered", "accepted"):
        assert next_state(state, "left") in ("abandoned", "wrapping")
    assert next_state("wrapping", "closed") == "closed" and next_state("closed", "accepted") is None
    assert all(next_state(state, "accepted") is None for state in (*ENDED, "accepted", "wrapping"))
