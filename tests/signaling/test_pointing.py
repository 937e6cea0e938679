"""Pointing at pictures of a call: everybody else in it is told, nobody outside, and nothing that is no place on a picture."""

import pytest

from tests.signaling.conftest import World
from tests.signaling.test_conferences import join, start, talk  # noqa: F401
from tests.support.realtime import Tab

pytestmark = pytest.mark.feature("BEY-011")


async def point(tab: Tab, conference_id: str, participant_id: str, **changes: object) -> dict[str, object]:
    place = {"participant_id": participant_id, "source": "camera", "x": 0.25, "y": 1, **changes}
    answer: dict[str, object] = await tab.ask("conference:point", conference_id=conference_id, **place)
    return answer


async def test_the_others_in_the_call_see_it_and_nobody_else(world: World, talk: str) -> None:  # noqa: F811
    anna, bartek, celina = [await world.tab(one) for one in (world.anna, world.bartek, world.celina)]
    second = await world.tab(world.bartek)  # a member who has no seat in this tab
    conference_id = await start(world, talk)
    seat, other = await join(anna, conference_id), await join(bartek, conference_id)
    assert (await point(anna, conference_id, other))["ok"]
    shown = await bartek.hear("pointer:shown")
    assert shown == {
        "conference_id": conference_id, "pointed_by": seat, "participant_id": other,
        "source": "camera", "x": 0.25, "y": 1.0,
    }  # fmt: skip
    # What comes after it is heard by all of them; the pointer was not.
    await bartek.do("conference:leave", conference_id=conference_id)
    await anna.hear("participant:left")
    await second.hear("participant:left")
    assert not [name for tab in (anna, second, celina) for name, _ in tab.heard if name == "pointer:shown"]


async def test_who_has_no_seat_points_at_nothing(world: World, talk: str) -> None:  # noqa: F811
    anna, celina = await world.tab(world.anna), await world.tab(world.celina)
    conference_id = await start(world, talk)
    seat = await join(anna, conference_id)
    refused = [await point(celina, conference_id, seat), await point(celina, "no-such-call", seat)]
    assert [answer["ok"] for answer in refused] == [False, False]
    assert refused[0]["error"] == refused[1]["error"], "a call of others is like one that does not exist"


async def test_only_places_on_a_picture_are_passed_on(world: World, talk: str) -> None:  # noqa: F811
    anna = await world.tab(world.anna)
    conference_id = await start(world, talk)
    seat = await join(anna, conference_id)
    for wrong in ({"x": -0.01}, {"y": 1.01}, {"x": "NaN"}, {"x": None}, {"source": "microphone"}, {"more": 1}):
        answer = await point(anna, conference_id, seat, **wrong)
        assert not answer["ok"], wrong


async def test_a_storm_of_points_is_cut_and_other_commands_go_on(world: World, talk: str) -> None:  # noqa: F811
    anna = await world.tab(world.anna)
    conference_id = await start(world, talk)
    seat = await join(anna, conference_id)
    answers = [await point(anna, conference_id, seat) for _ in range(120)]
    refused = [answer for answer in answers if not answer["ok"]]
    assert len(refused) > 20 and {str(one["error"]["code"]) for one in refused} == {"core.limited"}  # type: ignore[index]
    await anna.do("conference:hand", conference_id=conference_id, raised=True)
