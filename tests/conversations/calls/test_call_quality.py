"""What is left of a call's quality: sums of looks, over seats and processes, for members alone."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from typing import cast as cast_to

import pytest

from conversations.calls.media import ConferenceMedia, Room
from conversations.calls.quality import KEEP_EVERY_NS, CallQuality, Totals
from conversations.messages.payloads import Author
from core.errors import NotFound
from core.supervise import Supervisor
from rtc.channel.events import LineQuality, QualitySeen
from tests.conversations.calls.test_moderation import Call, group
from tests.conversations.conftest import Rules

pytestmark = [pytest.mark.feature("BEY-015"), pytest.mark.feature("BEY-005")]


def look(
    seat: str, *, sound: float | None = 4.2, picture: float | None = None, loss: float = 0.0, route: str = "udp"
) -> LineQuality:
    return LineQuality(
        seat, "publish", "good", 400_000, loss, 5.0, 40.0, "tcp" if route == "tcp" else "udp", sound, picture, "VP8", [180, 360]
    )  # fmt: skip


class Awaited(Supervisor):
    """Whose work can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.work: list[asyncio.Task[Any]] = []

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        self.work.append(super().start(name, work))
        return self.work[-1]


class Carrying:
    """A process that carries one call."""

    def __init__(self, rules: Rules, call: Call, node: str) -> None:
        self.rooms = {call.id: Room(rules.anna.organisation_id, call.conversation_id)}
        self.supervisor = Awaited()
        self.call, self.clock = call, rules.clock
        media = cast_to(ConferenceMedia, self)
        self.quality = CallQuality(rules.database, media, self.supervisor, rules.clock, node)

    async def see(self, *lines: LineQuality, times: int = 1) -> None:
        for _ in range(times):
            self.quality.note(QualitySeen(self.call.id, list(lines)))
        await asyncio.gather(*self.supervisor.work)


@pytest.fixture
async def call(rules: Rules) -> Call:
    conversation_id = await group(rules, rules.anna, rules.celina)
    door, _ = await rules.conferences.start(rules.anna, conversation_id)
    return Call(rules, conversation_id, door.conference_id)


def test_means_and_the_worst() -> None:
    totals = Totals()
    totals.note(look("a", sound=4.0, picture=3.0, loss=0.01))
    totals.note(look("a", sound=4.4, picture=None, loss=0.03, route="tcp"))
    totals.note(look("a", sound=None, picture=None))
    told = totals.describe(Author(id="a", kind="person", name="Anna", avatar_url=None), "publish")
    assert (told.duration_ms, told.score, told.worst_score) == (6000, 3.7, 3.0)
    assert (told.loss, told.worst_loss, told.route, told.heights) == (0.0133, 0.03, "mixed", [180, 360])
    assert (told.rtt_ms, told.jitter_ms, told.rate_bps, told.codec) == (40.0, 5.0, 400_000, "VP8")


async def test_a_call_keeps_the_quality_of_all_seats_and_processes(call: Call, rules: Rules) -> None:
    first = await call.join(rules.anna, "first")
    one, other = Carrying(rules, call, "one"), Carrying(rules, call, "other")
    await one.see(look(first), times=3)
    assert (await one.quality.read(rules.celina, call.id)).items == [], "not yet: sums are stored each half minute"
    rules.clock.move(KEEP_EVERY_NS / 1e9)
    await one.see(look(first))
    assert [line.duration_ms for line in (await one.quality.read(rules.celina, call.id)).items] == [8000]
    # In another tab, and the media at another process; who nobody knows is left out, a viewer without a seat, too.
    second = await call.join(rules.anna, "second")
    await other.see(look(second, sound=2.0), look("nobody"), look("whep.party.session.x"), times=2)
    await other.see()
    items = (await other.quality.read(rules.celina, call.id)).items
    assert [(line.person.id, line.direction, line.duration_ms) for line in items] == [
        (rules.anna.party_id, "publish", 12_000)
    ]
    assert items[0].score == pytest.approx(3.47, abs=0.01)
    assert items[0].worst_score == 2.0


async def test_others_calls_are_like_calls_that_do_not_exist(call: Call, rules: Rules) -> None:
    quality = Carrying(rules, call, "one").quality
    for outsider in (rules.ewa, rules.stranger):
        with pytest.raises(NotFound) as refused:
            await quality.read(outsider, call.id)
        assert refused.value.code == "conversations.conference_not_found"
