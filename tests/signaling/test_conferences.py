"""Calls over the socket: ringing, joining, being replaced, leaving, vanishing, and who hears what."""

import asyncio
from dataclasses import asdict, replace

import pytest

from conversations.payloads import NewConversationBody
from core.ids import new_id
from rtc.channel.events import (
    LayersNeeded,
    LineQuality,
    LinesPaused,
    OfferMade,
    PausedLine,
    QualitySeen,
    SpeakerChanged,
    TransportClosed,
    WorkerDied,
)
from rtc.channel.requests import CloseRoom, RemoveParticipant
from rtc.channel.tracks import Line
from tests.signaling.conftest import Someone, World
from tests.support.realtime import RecordedMedia, Tab, until
from tests.support.rows import a_person


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"turn_urls": ["turn:turn.example.test"], "turn_secret": "north"}


@pytest.fixture
async def talk(world: World) -> str:
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(member_ids=[world.bartek.id])
    )
    return made.id


async def start(world: World, talk: str, who: Someone | None = None) -> str:
    door, _ = await world.node.real_time.calls.conferences.start((who or world.anna).actor, talk)
    return door.conference_id


async def join(tab: Tab, conference_id: str, instance: str = "tab-1") -> str:
    ack = await tab.do("conference:join", conference_id=conference_id, instance_id=instance, audio=True, video=True)
    return ack["participant_id"]


async def in_call(world: World, conference_id: str) -> list[str]:
    view = await world.node.real_time.calls.conferences.get(world.anna.actor, conference_id)
    return [one.person_id for one in view.participants if one.left_at_ms is None]


@pytest.mark.feature("CONF-010")
async def test_others_ring_until_they_answer(world: World, talk: str) -> None:
    anna, bartek, celina = [await world.tab(one) for one in (world.anna, world.bartek, world.celina)]
    conference_id = await start(world, talk)
    ringing = await bartek.hear("conference:ringing")
    assert (ringing["conversation_id"], ringing["caller"]["name"]) == (talk, "Anna Żak")
    late = await world.tab(world.bartek)
    await late.hear("conference:ringing")
    await join(anna, conference_id)
    await join(bartek, conference_id)
    for tab in (bartek, late):
        assert await tab.hear("ring:stopped") == {"conference_id": conference_id, "reason": "answered"}
    assert celina.all("conference:ringing") == [] and anna.all("conference:ringing") == []
    assert set(await in_call(world, conference_id)) == {world.anna.id, world.bartek.id}


async def test_ack_of_joining_has_relay_credentials_for_an_hour(world: World, talk: str) -> None:
    anna = await world.tab(world.anna)
    ack = await anna.do("conference:join", conference_id=await start(world, talk), instance_id="a")
    [server] = ack["ice_servers"]
    expires, _, party = server["username"].partition(":")
    assert party == world.anna.id and server["credential"] and int(expires) > 0


async def test_declined_call_rings_nowhere(world: World, talk: str) -> None:
    first, second = await world.tab(world.bartek), await world.tab(world.bartek)
    conference_id = await start(world, talk)
    await first.hear("conference:ringing")
    await first.do("conference:decline", conference_id=conference_id)
    assert (await second.hear("ring:stopped"))["reason"] == "declined"


async def test_call_nobody_joins_ends_at_its_ring_deadline(world: World, talk: str) -> None:
    bartek = await world.tab(world.bartek)
    conference_id = await start(world, talk)
    assert (await bartek.hear("ring:stopped"))["reason"] == "timeout"
    ended = await bartek.hear("conference:ended")
    assert ended["conference"]["id"] == conference_id and ended["conference"]["state"] == "ended"
    edited = await bartek.hear("message:edited")
    assert edited["message"]["body"]["code"] == "call.ended" and edited["message"]["body"]["missed"] is True


async def test_ringing_ends_while_the_caller_waits_inside(world: World, talk: str) -> None:
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    conference_id = await start(world, talk)
    await join(anna, conference_id)
    assert (await bartek.hear("ring:stopped"))["reason"] == "timeout"
    await asyncio.sleep(0.3)
    assert await in_call(world, conference_id) == [world.anna.id]


async def test_two_cameras_pressed_at_once_are_one_call(world: World, talk: str) -> None:
    found = await asyncio.gather(*(start(world, talk, one) for one in (world.anna, world.bartek) * 3))
    assert len(set(found)) == 1


async def test_other_tab_takes_the_seat(world: World, talk: str, media: RecordedMedia) -> None:
    first, second, bartek = [await world.tab(one) for one in (world.anna, world.anna, world.bartek)]
    conference_id = await start(world, talk)
    old = await join(first, conference_id, "tab-1")
    await first.do("conference:publish", conference_id=conference_id, transport_id="t1", sdp="v=0 an offer", sources={})
    new = await join(second, conference_id, "tab-2")
    assert old != new
    assert await first.hear("conference:replaced") == {"conference_id": conference_id}
    assert second.all("conference:replaced") == []
    assert await in_call(world, conference_id) == [world.anna.id]
    left = await bartek.hear("participant:left")
    assert left["participant"]["id"] == old
    await until(lambda: any(isinstance(one, RemoveParticipant) and one.participant_id == old for one in media.requests))
    refused = await first.ask("conference:receive", conference_id=conference_id, transport_id="t9")
    assert refused["error"]["code"] == "conversations.not_in_conference"
    await first.do("conference:leave", conference_id=conference_id)
    assert await in_call(world, conference_id) == [world.anna.id]


async def test_reload_keeps_the_seat(world: World, talk: str) -> None:
    first, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    conference_id = await start(world, talk)
    old = await join(first, conference_id)
    await first.close()
    again = await world.tab(world.anna)
    assert await join(again, conference_id) == old
    await asyncio.sleep(1.6)
    assert await in_call(world, conference_id) == [world.anna.id]
    assert bartek.all("participant:left") == []


async def test_vanished_tab_leaves_after_the_grace_and_the_call_ends(
    world: World, talk: str, media: RecordedMedia
) -> None:
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    conference_id = await start(world, talk)
    await join(anna, conference_id)
    await anna.do("conference:receive", conference_id=conference_id, transport_id="t1")
    await anna.close()
    await bartek.hear("participant:left")
    ended = await bartek.hear("conference:ended")
    assert [one["person_id"] for one in ended["conference"]["participants"]] == [world.anna.id]
    await until(lambda: any(isinstance(one, CloseRoom) for one in media.requests))
    codes = [one["message"]["body"]["code"] for one in bartek.all("message:posted")]
    assert codes == ["call.started", "call.joined", "call.left"]


async def test_mute_is_seen_by_the_others(world: World, talk: str) -> None:
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    conference_id = await start(world, talk)
    await join(anna, conference_id)
    await anna.do("conference:state", conference_id=conference_id, audio=False, video=True)
    changed = await bartek.hear("participant:changed")
    assert (changed["participant"]["audio"], changed["participant"]["video"]) == (False, True)


async def test_only_starter_or_staff_ends_for_all(world: World) -> None:
    other = await world.database.write(
        lambda tx: a_person(tx, world.cast.organisation_id, world.cast.customers, "Ewa", "Ćma", role="customer")
    )
    ewa = await world.sign_in(world.cast.organisation_id, other)
    conferences = world.node.real_time.calls.conferences
    made, _ = await world.node.real_time.talks.conversations.start(
        world.celina.actor, NewConversationBody(member_ids=[other])
    )
    door, _ = await conferences.start(world.celina.actor, made.id)
    with pytest.raises(Exception, match=r"conversations\.not_yours_to_end"):
        await conferences.end(ewa.actor, door.conference_id)
    assert (await conferences.end(world.celina.actor, door.conference_id)).state == "ended"


@pytest.mark.feature("CONF-021")
async def test_outsider_has_no_way_into_a_call(world: World, talk: str) -> None:
    celina = await world.tab(world.celina)
    conference_id = await start(world, talk)
    for name, more in (
        ("conference:join", {"instance_id": "x"}),
        ("conference:decline", {}),
        ("conference:publish", {"transport_id": "t", "sdp": "v=0 an offer", "sources": {}}),
        ("conference:receive", {"transport_id": "t"}),
        ("conference:state", {"audio": True, "video": True}),
    ):
        ack = await celina.ask(name, conference_id=conference_id, **more)
        unknown = await celina.ask(name, conference_id=new_id(), **more)
        assert not ack["ok"] and ack == unknown, name


# -- what the engine says ---------------------------------------------------------------------------


async def test_engine_events_reach_the_tab_they_concern(world: World, talk: str, media: RecordedMedia) -> None:
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    conference_id = await start(world, talk)
    mine, theirs = await join(anna, conference_id), await join(bartek, conference_id)
    await anna.do("conference:receive", conference_id=conference_id, transport_id="t1")
    media.tell(OfferMade(conference_id, mine, "t1", "o2", "v=0", [Line("0", theirs, "camera", "video")]))
    offer = await anna.hear("conference:offer")
    assert offer["lines"] == [{"mid": "0", "participant_id": theirs, "source": "camera", "kind": "video"}]
    media.tell(LayersNeeded(conference_id, mine, "t0", "1", "camera", ["q", "f"]))
    assert await anna.hear("conference:layers") == {
        "conference_id": conference_id, "transport_id": "t0", "mid": "1", "source": "camera", "layers": ["q", "f"],
    }  # fmt: skip
    media.tell(LinesPaused(conference_id, mine, "t1", [PausedLine("0", "crowd")]))
    lines = [{"mid": "0", "reason": "crowd"}]
    paused = {"conference_id": conference_id, "transport_id": "t1", "lines": lines}
    assert await anna.hear("conference:paused") == paused
    media.tell(SpeakerChanged(conference_id, theirs))
    for tab in (anna, bartek):
        assert await tab.hear("speaker:changed") == {"conference_id": conference_id, "participant_id": theirs}
    # Everybody is told the same of everybody; of a viewer without a seat, whose id is a secret, nobody.
    bad = LineQuality(mine, "publish", "poor", 64_000, 0.12, 9.5, 80.0, "udp", 2.31, None, "", [])
    media.tell(QualitySeen(conference_id, [bad, replace(bad, participant_id="whep.party.session.x")]))
    for tab in (anna, bartek):
        assert await tab.hear("conference:quality") == {"conference_id": conference_id, "lines": [asdict(bad)]}
    media.tell(TransportClosed(conference_id, mine, "t1", "receive", "silent"))
    assert (await anna.hear("media:closed"))["reason"] == "silent"
    for name in ("conference:offer", "conference:layers", "conference:paused", "media:closed"):
        assert bartek.all(name) == []


async def test_dead_worker_makes_every_tab_build_anew(world: World, talk: str, media: RecordedMedia) -> None:
    anna = await world.tab(world.anna)
    conference_id = await start(world, talk)
    await join(anna, conference_id)
    await anna.do("conference:receive", conference_id=conference_id, transport_id="t1")
    media.rooms.clear()
    media.tell(WorkerDied(0, [conference_id]))
    assert await anna.hear("media:closed") == {
        "conference_id": conference_id,
        "transport_id": "t1",
        "direction": "receive",
        "reason": "lost",
    }
    await anna.do("conference:receive", conference_id=conference_id, transport_id="t2")
    assert list(media.rooms[conference_id]) == ["t2"]


async def test_tab_that_came_back_hears_that_its_transports_are_gone(
    world: World, talk: str, media: RecordedMedia
) -> None:
    first = await world.tab(world.anna)
    conference_id = await start(world, talk)
    await join(first, conference_id)
    await first.do("conference:receive", conference_id=conference_id, transport_id="t1")
    await first.close()
    again = await world.tab(world.anna)
    await join(again, conference_id)
    media.tell(WorkerDied(0, [conference_id]))
    assert (await again.hear("media:closed"))["transport_id"] == "t1"
