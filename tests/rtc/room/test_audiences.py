"""Whom a track is for: whisper, hold and lobby are audiences, not renegotiations."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

import pytest

from rtc.channel.events import MediaEvent, OfferMade, SpeakerChanged
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered
from rtc.channel.requests import Answer, OpenRoom, Publish, SetAudience
from tests.rtc.light_client import LightClient, make_payload, publish, read_payload, receive, until, view

LOUD = b"\x10\x8a"


@pytest.fixture
async def channel(local_channel: MediaChannel) -> MediaChannel:
    await local_channel.request(OpenRoom("r"))
    return local_channel


async def send(client: LightClient, numbers: Iterator[int]) -> None:
    """Send sound and picture for a tenth of a second."""
    for _ in range(10):
        number = next(numbers)
        payload = make_payload(number, keyframe=True)
        client.send_rtp(100, 111, number, number * 960, payload, extension=LOUD)
        client.send_rtp(101, 96, number, number * 3000, payload, marker=True)
        await asyncio.sleep(0.01)


async def test_audience_changes_during_the_call_without_a_new_offer(channel: MediaChannel) -> None:
    anna = await publish(channel, "anna", ssrc=100)
    # Set before he comes, it holds from his first packet on.
    await channel.request(SetAudience("r", "anna", "microphone", ["cleo"]))
    bert, _ = await receive(channel, "bert")
    cleo, _ = await receive(channel, "cleo")
    whep = await view(channel, "dora")
    events: list[MediaEvent] = []
    channel.listen(events.append)
    numbers = itertools.count()

    async def speak(*hearers: LightClient) -> None:
        """Send sound and picture; exactly these get the sound."""
        everybody = (bert, cleo, whep)
        for client in everybody:
            client.packets.clear()
        await send(anna, numbers)
        await until(lambda: all(any(packet[1] & 0x7F == 111 for packet in client.packets) for client in hearers))
        await asyncio.sleep(0.05)
        got = [client for client in everybody if any(packet[1] & 0x7F == 111 for packet in client.packets)]
        assert got == list(hearers)

    await speak(cleo)
    assert [packet[1] & 0x7F for packet in bert.packets] == [96] * 10, "the picture is for everybody"
    await asyncio.sleep(0.4)
    assert not any(isinstance(event, SpeakerChanged) for event in events), "a whisper is no speech"
    await channel.request(SetAudience("r", "anna", "microphone", None))
    await speak(bert, cleo, whep)
    seqs = [read_payload(packet)[0] for packet in bert.packets if packet[1] & 0x7F == 111]
    await channel.request(SetAudience("r", "anna", None, []))
    await speak()
    assert not bert.packets, "on hold there is no picture either"
    await channel.request(SetAudience("r", "anna", None, ["bert"]))
    await speak(bert)
    again = [read_payload(packet)[0] for packet in bert.packets if packet[1] & 0x7F == 111]
    joined = [*seqs, *again]
    assert [(seq - joined[0]) & 0xFFFF for seq in joined] == list(range(len(joined))), "one stream without a gap"
    assert not any(isinstance(event, OfferMade) for event in events)
    for client in (anna, bert, cleo, whep):
        await client.close()


async def test_what_is_published_while_on_hold_is_not_heard_either(channel: MediaChannel) -> None:
    bert, _ = await receive(channel, "bert")
    for _ in range(2):  # settled again, as at each step of a visit
        await channel.request(SetAudience("r", "anna", None, []))
    anna = await publish(channel, "anna", ssrc=100)
    numbers = itertools.count()

    async def speak() -> set[int]:
        """Send sound and picture; return which of them Bert gets."""
        bert.packets.clear()
        await send(anna, numbers)
        await asyncio.sleep(0.1)
        return {packet[1] & 0x7F for packet in bert.packets}

    assert await speak() == set()
    # A new transport while on hold, as after a change of network: still nothing.
    again = await publish(channel, "anna", ssrc=100, transport_id="anna-tx-2")
    await anna.close(politely=False)
    anna = again
    assert await speak() == set()
    await channel.request(SetAudience("r", "anna", None, None))
    await anna.close()
    await bert.close()


@pytest.mark.feature("BEY-054")
async def test_a_whisper_is_offered_to_its_hearer_alone_and_to_the_next_one_when_it_becomes_theirs(
    channel: MediaChannel,
) -> None:
    events: list[MediaEvent] = []
    channel.listen(events.append)
    agent, _ = await receive(channel, "agent")
    visitor, _ = await receive(channel, "visitor")
    ear = await view(channel, "whep.ear")
    await channel.request(SetAudience("r", "whep.boss", "microphone", ["agent"]))
    boss = LightClient()
    offer = boss.publish_offer(audio_ssrc=100, video_ssrc=0, setup="actpass")
    reply = await channel.request(Publish("r", "whep.boss", "whep.boss", offer, {"0": "microphone"}, discreet=True))
    assert isinstance(reply, Answered)
    boss.take_remote(reply.sdp)
    await boss.connect()

    async def answer(who: str, client: LightClient) -> None:
        made = await until(lambda: next((one for one in events if _offers(one, who, "whep.boss")), None))
        await channel.request(Answer("r", who, f"{who}-rx", made.offer_id, client.answer(made.sdp, modern=False)))

    await answer("agent", agent)
    numbers = itertools.count()

    async def speak() -> dict[str, int]:
        """Send half a second of sound; how many packets each got."""
        clients = {"agent": agent, "visitor": visitor, "ear": ear}
        for client in clients.values():
            client.packets.clear()
        for _ in range(25):
            number = next(numbers)
            boss.send_rtp(100, 111, number, number * 960, make_payload(number), extension=LOUD)
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)
        return {name: sum(packet[1] & 0x7F == 111 for packet in client.packets) for name, client in clients.items()}

    heard = await speak()
    print(f"packets of the whisper: {heard}")
    assert heard["agent"] >= 24 and (heard["visitor"], heard["ear"]) == (0, 0)
    assert not any(isinstance(one, SpeakerChanged) for one in events)
    assert not any(isinstance(one, OfferMade) and one.participant_id == "visitor" for one in events), (
        "the visitor does not even learn of it"
    )
    # Handed over: the one who answered then hears it, and the one before does not.
    await channel.request(SetAudience("r", "whep.boss", "microphone", ["visitor"]))
    await answer("visitor", visitor)
    heard = await speak()
    assert heard["visitor"] >= 24 and (heard["agent"], heard["ear"]) == (0, 0)
    for client in (agent, visitor, ear, boss):
        await client.close()


def _offers(event: MediaEvent, who: str, owner: str) -> bool:
    """Tell whether an event offers somebody what another publishes."""
    if not isinstance(event, OfferMade) or event.participant_id != who:
        return False
    return any(line.participant_id == owner for line in event.lines)
