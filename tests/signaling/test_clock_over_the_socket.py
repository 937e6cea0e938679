"""A page asks the server for the time, whose deadlines it counts down to."""

import time

from tests.signaling.conftest import World


async def test_the_server_tells_the_time_to_whoever_is_connected(world: World) -> None:
    tab = await world.tab(world.anna)
    before_ms = time.time_ns() // 1_000_000
    answer = await tab.ask("clock:read")
    assert answer["ok"]
    assert before_ms <= answer["now_ms"] <= time.time_ns() // 1_000_000
