"""Calls over the socket with the real media engine: packets flow, and stop when somebody is put out."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from conversations.payloads import NewConversationBody
from rtc.channel.media_channel import MediaChannel
from rtc.config import MediaConfig
from rtc.wire.sdp import EXT_RID
from rtc.workers.workers import start_workers
from storage.engine.database import Database
from tests.rtc.light_client import LightClient, make_payload
from tests.signaling.conftest import World, people_world
from tests.signaling.test_revocation import revoke, token_actor
from tests.support.realtime import Node, Tab, node_settings, until

SSRC = 0x5000


@pytest.fixture
async def engine() -> AsyncIterator[MediaChannel]:
    channel = await start_workers(MediaConfig(workers=0))
    yield channel
    await channel.close()


@pytest.fixture
async def world(database: Database, engine: MediaChannel) -> AsyncIterator[World]:
    node = Node(database, node_settings(ring_s=20), engine)
    made = await people_world(database, node)
    await node.start()
    yield made
    await node.stop()


async def publish(tab: Tab, conference_id: str, transport_id: str = "out") -> LightClient:
    client = LightClient()
    ack = await tab.do(
        "conference:publish",
        conference_id=conference_id,
        transport_id=transport_id,
        sdp=client.publish_offer(audio_ssrc=SSRC, video_ssrc=SSRC + 1),
        sources={"0": "microphone", "1": "camera"},
    )
    client.take_remote(ack["sdp"])
    await client.connect()
    return client


async def answer(tab: Tab, client: LightClient, conference_id: str, offer: dict[str, str]) -> None:
    client.take_remote(offer["sdp"])
    await tab.do(
        "conference:answer",
        conference_id=conference_id,
        transport_id="in",
        offer_id=offer["offer_id"],
        sdp=client.answer(offer["sdp"]),
    )


async def send(client: LightClient, stop: asyncio.Event) -> None:
    """Send VP8-shaped packets until told to stop, a keyframe every tenth."""
    number = 0
    while not stop.is_set():
        client.send_rtp(
            SSRC + 1, 96, number, number * 3000, make_payload(number, keyframe=number % 10 == 0), marker=True
        )
        number += 1
        await asyncio.sleep(0.02)


@pytest.mark.feature("CONF-010")
async def test_picture_flows_from_tab_to_tab_and_ends_with_the_session(world: World) -> None:
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(member_ids=[world.bartek.id])
    )
    door, _ = await world.node.real_time.calls.conferences.start(world.anna.actor, made.id)
    conference_id = door.conference_id
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    await bartek.do("conference:join", conference_id=conference_id, instance_id="b")
    viewer = LightClient()
    offer = await bartek.do("conference:receive", conference_id=conference_id, transport_id="in")
    await answer(bartek, viewer, conference_id, offer)
    await viewer.connect()
    joined = await anna.do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=True)
    publisher = await publish(anna, conference_id)
    made_later = await bartek.hear("conference:offer")
    assert {(line["participant_id"], line["source"]) for line in made_later["lines"]} == {
        (joined["participant_id"], "microphone"),
        (joined["participant_id"], "camera"),
    }
    await answer(bartek, viewer, conference_id, made_later)
    stop = asyncio.Event()
    sending = asyncio.ensure_future(send(publisher, stop))
    await until(lambda: len(viewer.packets) > 20, 5.0)
    await revoke(world, world.bartek)
    await until(bartek.gone.is_set, 2.0)
    await asyncio.sleep(0.3)
    count = len(viewer.packets)
    await asyncio.sleep(0.5)
    assert len(viewer.packets) == count, "packets reach somebody whose session was revoked"
    stop.set()
    await sending
    await publisher.close()
    await viewer.close()


async def test_standard_clients_publish_and_watch(world: World) -> None:
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(member_ids=[world.bartek.id])
    )
    door, _ = await world.node.real_time.calls.conferences.start(world.anna.actor, made.id)
    conference_id, doors = door.conference_id, world.node.real_time.calls.doors
    publisher, viewer = LightClient(), LightClient()
    offer = publisher.publish_offer(audio_ssrc=SSRC, video_ssrc=SSRC + 1)
    published = await doors.publish(token_actor(world.anna, conference_id), conference_id, offer)
    publisher.take_remote(published.sdp)
    await publisher.connect()
    watching = await doors.watch(token_actor(world.anna, conference_id), conference_id, viewer.view_offer())
    viewer.take_remote(watching.sdp)
    await viewer.connect()
    stop = asyncio.Event()
    sending = asyncio.ensure_future(send(publisher, stop))
    await until(lambda: len(viewer.packets) > 20, 5.0)
    view = await world.node.real_time.calls.conferences.get(world.bartek.actor, conference_id)
    assert [(one.person_id, one.audio, one.video) for one in view.participants] == [(world.anna.id, True, True)]
    await doors.close(token_actor(world.anna, conference_id), conference_id, watching.resource_id)
    await doors.close(token_actor(world.anna, conference_id), conference_id, published.resource_id)
    conferences = world.node.real_time.calls.conferences
    view = await conferences.get(world.bartek.actor, conference_id)
    # A program may connect again with its token; when it does not, the call ends as one that nobody joined.
    assert (view.state, view.participants) == ("running", [])
    await conferences.stop_ringing(world.anna.actor.organisation_id, conference_id)
    assert (await conferences.get(world.bartek.actor, conference_id)).state == "ended"
    stop.set()
    await sending
    await publisher.close()
    await viewer.close()


def simulcast_offer(client: LightClient) -> str:
    """Offer a camera in three layers."""
    offer = client.publish_offer(audio_ssrc=SSRC)
    layers = "".join(f"a=rid:{rid} send\r\n" for rid in "qhf") + "a=simulcast:send q;h;f\r\n"
    return offer + f"a=extmap:5 {EXT_RID}\r\n" + layers


async def send_layers(client: LightClient, stop: asyncio.Event) -> None:
    """Send three layers, known by their RIDs, a keyframe every tenth frame."""
    number = 0
    while not stop.is_set():
        for place, rid in enumerate(b"qhf"):
            payload = make_payload(number, keyframe=number % 10 == 0)
            extension = b"\x401" + bytes((0x50, rid))
            client.send_rtp(900 + place, 96, number, number * 3000, payload, marker=True, extension=extension)
        number += 1
        await asyncio.sleep(0.02)


@pytest.mark.feature("CONF-010")
async def test_what_a_page_shows_decides_what_the_others_send(world: World) -> None:
    made, _ = await world.node.real_time.talks.conversations.start(
        world.anna.actor, NewConversationBody(member_ids=[world.bartek.id])
    )
    door, _ = await world.node.real_time.calls.conferences.start(world.anna.actor, made.id)
    conference_id = door.conference_id
    anna, bartek = await world.tab(world.anna), await world.tab(world.bartek)
    joined = await anna.do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=True)
    publisher, viewer = LightClient(), LightClient()
    ack = await anna.do(
        "conference:publish", conference_id=conference_id, transport_id="out", sdp=simulcast_offer(publisher),
        sources={"0": "microphone", "1": "camera"},
    )  # fmt: skip
    publisher.take_remote(ack["sdp"])
    assert "a=simulcast:recv q;h;f\r\n" in ack["sdp"]
    await publisher.connect()
    stop = asyncio.Event()
    sending = asyncio.ensure_future(send_layers(publisher, stop))
    await bartek.do("conference:join", conference_id=conference_id, instance_id="b")
    offer = await bartek.do("conference:receive", conference_id=conference_id, transport_id="in")
    tile = {"participant_id": joined["participant_id"], "source": "camera", "width": 320, "height": 180}
    await bartek.do("conference:watch", conference_id=conference_id, tiles=[tile])
    await answer(bartek, viewer, conference_id, offer)
    await viewer.connect()
    needed = await anna.hear("conference:layers", lambda event: event["layers"] == ["q"], 25)
    assert needed == {
        "conference_id": conference_id, "transport_id": "out", "mid": "1", "source": "camera", "layers": ["q"],
    }  # fmt: skip
    await bartek.do("conference:watch", conference_id=conference_id, tiles=[{**tile, "width": 1280, "height": 720}])
    await anna.hear("conference:layers", lambda event: event["layers"] == ["q", "f"])
    began = time.monotonic()
    while (measured := await world.node.real_time.measure())['media_video_lines{worker="0",state="2"}'] != 1:
        assert time.monotonic() - began < 5, measured
        await asyncio.sleep(0.05)
    assert measured['media_video_layers{worker="0",state="flowing"}'] == 3
    await bartek.do("conference:watch", conference_id=conference_id, tiles=[{**tile, "width": 0, "height": 0}])
    count = -1
    while count != len(viewer.packets):
        assert time.monotonic() - began < 10, "pictures reach a page that does not show them"
        count = len(viewer.packets)
        await asyncio.sleep(0.3)
    # The lowest goes on, so that the next one to look has a picture at once.
    while (newest := anna.all("conference:layers")[-1]["layers"]) != ["q"]:
        assert time.monotonic() - began < 15, newest
        await asyncio.sleep(0.05)
    stop.set()
    await sending
    await publisher.close()
    await viewer.close()
