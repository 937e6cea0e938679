"""Who else has a visit open: names of colleagues, for as long as they look, and for nobody else."""

from tests.desk.conftest import Desk
from tests.support.realtime import until


async def test_agents_who_have_the_same_visit_open_see_each_other_until_they_leave_or_their_page_is_gone(
    desk: Desk,
) -> None:
    guest = await desk.visitor()
    visit = await guest.ask()
    where = {"visit_id": visit.id}
    await desk.anna.do("visit:look", **where)
    await desk.bartek.do("visit:look", **where)
    told = await desk.anna.hear("visit:looked")
    bartek = {"visit_id": visit.id, "person_id": desk.world.bartek.id, "name": desk.world.bartek.actor.name}
    assert told == {**bartek, "looking": True}
    # Whoever was there says so again, as pages do for somebody new.
    await desk.anna.do("visit:look", **where)
    assert (await desk.bartek.hear("visit:looked"))["name"] == desk.world.anna.actor.name
    # Leaving is told; doing so twice is as good as once.
    await desk.bartek.do("visit:leave", **where)
    await desk.bartek.do("visit:leave", **where)
    await until(lambda: [one["looking"] for one in desk.anna.all("visit:looked")] == [True, False])
    # So is a page that is gone, and a tab that says that it closes.
    await desk.bartek.do("visit:look", **where)
    await desk.bartek.close()
    await until(lambda: [one["looking"] for one in desk.anna.all("visit:looked")] == [True, False, True, False])
    second = await desk.world.tab(desk.world.bartek)
    await second.do("visit:look", **where)
    await second.do("tab:closing")
    await until(lambda: [one["looking"] for one in desk.anna.all("visit:looked")][4:] == [True, False])
    # A visitor and people of no project learn nothing, and cannot look.
    stranger = await desk.world.tab(desk.world.celina)
    assert guest.tab is not None
    for tab in (stranger, guest.tab):
        answer = await tab.ask("visit:look", **where)
        assert answer["ok"] is False, answer
        assert tab.all("visit:looked") == []
    assert (await stranger.ask("visit:look", **where))["error"] == (await stranger.ask("visit:look", visit_id="no"))[
        "error"
    ]
