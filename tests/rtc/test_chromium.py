"""Real browsers through the engine in a child process: everybody decodes everybody."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page

from rtc.channel.events import SpeakerChanged, TransportConnected
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Measured, RoomDescribed
from rtc.channel.requests import Describe, Measure, OpenRoom, StartPlayer
from rtc.config import MediaConfig
from rtc.playing.convert_in_child import Converter
from rtc.workers.workers import start_workers
from tests.rtc.signalling import Conference
from tests.support.tones import make_tone
from tests.support.udp_relay import Link, UdpRelay

pytestmark = [pytest.mark.alone, pytest.mark.browser, pytest.mark.timeout(240)]
LIMIT_S = 30.0


@pytest.fixture
async def conference(worker_channel: MediaChannel) -> AsyncIterator[tuple[Conference, str]]:
    async with serve(worker_channel) as served:
        yield served


@contextlib.asynccontextmanager
async def serve(channel: MediaChannel) -> AsyncIterator[tuple[Conference, str]]:
    conference = Conference(channel)
    runner = web.AppRunner(conference.build_app(), shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield conference, f"http://127.0.0.1:{port}/"
    await runner.cleanup()


async def _join(browser: Browser, url: str, participant: str, **options: Any) -> Page:
    context = await browser.new_context(permissions=["camera", "microphone"])
    page = await context.new_page()
    await page.goto(url)
    await page.evaluate("([participant, options]) => join(participant, options)", [participant, options])
    return page


async def _wait_until_heard_and_seen(page: Page, others: set[str], *, frames_per_s: float = 10) -> dict[str, float]:
    """Wait until each other's video is decoded and sound has energy; return frames per second by participant."""
    began = time.monotonic()
    while True:
        found = await page.evaluate("stats()")
        seen = {other for other, frames in _by_participant(found, "video", "frames").items() if frames > 0}
        heard = {other for other, energy in _by_participant(found, "audio", "energy").items() if energy > 0}
        if seen == others and heard == others:
            break
        assert time.monotonic() - began < LIMIT_S, (others, found)
        await asyncio.sleep(0.1)
    waited_s = time.monotonic() - began
    # A machine that is busy with other things may need more than one look.
    while True:
        before, measured_at = found, time.monotonic()
        await asyncio.sleep(3)
        found, passed_s = await page.evaluate("stats()"), time.monotonic() - measured_at
        frames, energy = _by_participant(before, "video", "frames"), _by_participant(before, "audio", "energy")
        after = _by_participant(found, "video", "frames")
        rates = {other: (after[other] - frames[other]) / passed_s for other in after}
        louder = {other for other, level in _by_participant(found, "audio", "energy").items() if level > energy[other]}
        print(f"waited {waited_s:.2f} s, frames/s {rates}, louder {louder}")
        if set(rates) == louder == others and all(rate > frames_per_s for rate in rates.values()):
            return rates
        assert time.monotonic() - began < LIMIT_S, (rates, louder, found)


def _by_participant(found: list[dict[str, Any]], kind: str, figure: str) -> dict[str, float]:
    return {
        one["participant"]: one[figure]
        for one in found
        if one["kind"] == kind and one["source"] in ("camera", "microphone")
    }


@pytest.mark.slow
async def test_two_then_three_browsers_see_and_hear_each_other(
    browser: Browser, conference: tuple[Conference, str]
) -> None:
    room, url = conference
    anna = await _join(browser, url, "anna")
    bert = await _join(browser, url, "bert")
    await _wait_until_heard_and_seen(anna, {"bert"})
    await _wait_until_heard_and_seen(bert, {"anna"})
    cleo = await _join(browser, url, "cleo")
    for page, others in ((anna, {"bert", "cleo"}), (bert, {"anna", "cleo"}), (cleo, {"anna", "bert"})):
        await _wait_until_heard_and_seen(page, others)
    connected = {event.transport_id for event in room.events if isinstance(event, TransportConnected)}
    assert connected == {f"{name}-{way}" for name in ("anna", "bert", "cleo") for way in ("tx", "rx")}
    assert any(isinstance(event, SpeakerChanged) for event in room.events)
    # One leaves: the others keep each other, and a newcomer takes over the free lines.
    await bert.context.close()
    dora = await _join(browser, url, "dora")
    await _wait_until_heard_and_seen(anna, {"cleo", "dora"})
    await _wait_until_heard_and_seen(dora, {"anna", "cleo"})
    assert await anna.evaluate("state.rx.getTransceivers().length") == 4
    assert await anna.evaluate("state.events") == []


async def test_screen_added_later_h264_and_ice_restarts(browser: Browser, conference: tuple[Conference, str]) -> None:
    _, url = conference
    anna = await _join(browser, url, "anna", codec="video/H264")
    bert = await _join(browser, url, "bert")
    await _wait_until_heard_and_seen(bert, {"anna"})
    codecs = {one["codec"] for one in await bert.evaluate("stats()") if one["kind"] == "video"}
    assert codecs == {"video/H264"}
    # A second picture on the same transport.
    await anna.evaluate("share()")

    async def screen_frames() -> float:
        found = [one["frames"] for one in await bert.evaluate("stats()") if one["source"] == "screen"]
        return found[0] if found else 0.0

    deadline = time.monotonic() + LIMIT_S
    while await screen_frames() < 20:
        assert time.monotonic() < deadline, await bert.evaluate("stats()")
        await asyncio.sleep(0.1)
    # Both directions restart ICE; everything goes on.
    await anna.evaluate("restartPublish()")
    await bert.evaluate("restartReceive()")
    before = await screen_frames()
    await _wait_until_heard_and_seen(bert, {"anna"})
    assert await screen_frames() > before
    # The screen goes away again; its line is free.
    await anna.evaluate("unshare()")
    deadline = time.monotonic() + LIMIT_S
    while any(line["source"] == "screen" for line in await bert.evaluate("state.lines")):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    await _wait_until_heard_and_seen(bert, {"anna"})
    assert await bert.evaluate("state.events") == []


@contextlib.asynccontextmanager
async def _serve_behind(relay: UdpRelay) -> AsyncIterator[tuple[Conference, str]]:
    channel = await start_workers(MediaConfig(workers=1, advertise=[f"127.0.0.1:{relay.port}"]))
    measured = await channel.request(Measure())
    assert isinstance(measured, Measured)
    relay.target = ("127.0.0.1", measured.workers[0].port)
    async with serve(channel) as served:
        yield served
    await channel.close()
    await relay.close()


async def _describe(room: Conference) -> RoomDescribed:
    described = await room.channel.request(Describe(room.room_id))
    assert isinstance(described, RoomDescribed)
    return described


async def test_call_survives_a_nat_that_changes_its_ports(browser: Browser) -> None:
    relay = await UdpRelay(9).start()
    async with _serve_behind(relay) as (room, url):
        anna = await _join(browser, url, "anna")
        bert = await _join(browser, url, "bert")
        await _wait_until_heard_and_seen(bert, {"anna"})
        relay.move()
        began = time.monotonic()
        before = _by_participant(await bert.evaluate("stats()"), "video", "frames")["anna"]
        while _by_participant(await bert.evaluate("stats()"), "video", "frames")["anna"] < before + 15:
            assert time.monotonic() - began < LIMIT_S
            await asyncio.sleep(0.1)
        print(f"a second of video after {time.monotonic() - began:.1f} s")
        await _wait_until_heard_and_seen(bert, {"anna"})
        await _wait_until_heard_and_seen(anna, {"bert"})
        assert all(transport.counters["moves"] >= 1 for transport in (await _describe(room)).transports)


async def test_lost_packets_are_repaired_both_ways(browser: Browser) -> None:
    relay = UdpRelay(9, up=Link(loss=0.05, delay_ms=15, seed=3), down=Link(loss=0.05, delay_ms=15, seed=4))
    async with _serve_behind(await relay.start()) as (room, url):
        await _join(browser, url, "anna")
        bert = await _join(browser, url, "bert")
        await _wait_until_heard_and_seen(bert, {"anna"}, frames_per_s=5)
        await asyncio.sleep(5)
        await _wait_until_heard_and_seen(bert, {"anna"}, frames_per_s=5)
        described = await _describe(room)
        counters = {transport.transport_id: transport.counters for transport in described.transports}
        losses = {
            track.source: track.loss
            for one in described.transports
            if one.transport_id == "anna-tx"
            for track in one.tracks
        }
        print(counters, losses, await bert.evaluate("stats()"))
        assert counters["anna-tx"]["nacked_packets"] > 0
        assert counters["bert-rx"]["resent_packets"] > 0
        # What was asked for again came: hardly any video is missing for good, while unrepaired sound shows the line.
        assert losses["camera"] < 0.02 < losses["microphone"]


async def _picture(page: Page, participant: str) -> dict[str, Any]:
    found = [
        one for one in await page.evaluate("stats()") if one["kind"] == "video" and one["participant"] == participant
    ]
    return found[0] if found else {"height": 0, "frames": 0}


async def _wait_for_height(page: Page, participant: str, height: int, limit_s: float) -> None:
    began = time.monotonic()
    while (picture := await _picture(page, participant))["height"] != height:
        assert time.monotonic() - began < limit_s, picture
        await asyncio.sleep(0.05)


async def _sent_by_layer(page: Page) -> dict[str, int]:
    return {one["rid"]: one.get("framesSent", 0) for one in await page.evaluate("sending()") if one.get("rid")}


async def test_the_tile_decides_the_layer_and_unwatched_layers_stop(
    browser: Browser, conference: tuple[Conference, str]
) -> None:
    room, url = conference
    anna = await _join(browser, url, "anna", simulcast=True)
    bert = await _join(browser, url, "bert", send=False)
    small = [{"participant_id": "anna", "source": "camera", "width": 284, "height": 160}]
    large = [{"participant_id": "anna", "source": "camera", "width": 1280, "height": 720}]
    await bert.evaluate("tiles => watch(tiles)", small)
    await _wait_for_height(bert, "anna", 180, LIMIT_S)
    await _wait_until_growing(bert, "anna", 20)
    # What nobody watches stops at its sender.
    await _wait_until_layers(room, {"q"})
    await asyncio.sleep(0.5)
    before = await _sent_by_layer(anna)
    await asyncio.sleep(2)
    after = await _sent_by_layer(anna)
    print("frames sent in 2 s", {rid: after[rid] - before[rid] for rid in after})
    assert after["q"] > before["q"] + 10
    assert (after["h"], after["f"]) == (before["h"], before["f"])
    # Enlarged, made small, and enlarged again: no picture break.
    start = await _picture(bert, "anna")
    for tiles, height in ((large, 720), (small, 180), (large, 720)):
        began = time.monotonic()
        await bert.evaluate("tiles => { watch(tiles) }", tiles)
        await _wait_for_height(bert, "anna", height, 7.5)
        print(f"{height} after {time.monotonic() - began:.2f} s")
        await _wait_until_growing(bert, "anna", 30)
    picture = await _picture(bert, "anna")
    print({name: picture[name] - start[name] for name in ("frames", "freezes", "frozen", "key", "plis")})
    assert picture["frozen"] - start["frozen"] < 1.0
    assert picture["plis"] == start["plis"], "the decoder met something it could not decode"
    # Hidden: nothing is sent, and the sender goes on with the smallest alone; shown again, it is there within a second.
    await bert.evaluate("watch([{participant_id: 'anna', source: 'camera', width: 0, height: 0}])")
    await _wait_until_layers(room, {"q"})
    await asyncio.sleep(0.5)
    before, packets = await _sent_by_layer(anna), (await _picture(bert, "anna"))["packets"]
    await asyncio.sleep(1)
    after = await _sent_by_layer(anna)
    assert (after["h"], after["f"]) == (before["h"], before["f"])
    assert (await _picture(bert, "anna"))["packets"] == packets
    frames = (await _picture(bert, "anna"))["frames"]
    began = time.monotonic()
    await bert.evaluate("tiles => { watch(tiles) }", small)
    while (await _picture(bert, "anna"))["frames"] <= frames:
        assert time.monotonic() - began < 5, "the picture does not come back"
        await asyncio.sleep(0.02)
    print(f"back after {time.monotonic() - began:.2f} s")
    assert await anna.evaluate("state.events") == await bert.evaluate("state.events") == []


async def _wait_until_growing(page: Page, participant: str, frames: int) -> None:
    began, first = time.monotonic(), (await _picture(page, participant))["frames"]
    while (await _picture(page, participant))["frames"] < first + frames:
        assert time.monotonic() - began < LIMIT_S, await _picture(page, participant)
        await asyncio.sleep(0.05)


async def _wait_until_layers(room: Conference, layers: set[str]) -> None:
    began = time.monotonic()
    while True:
        tracks = [
            track for one in (await _describe(room)).transports if one.direction == "publish" for track in one.tracks
        ]
        if {track.layer for track in tracks if track.kind == "video" and not track.paused} == layers:
            return
        assert time.monotonic() - began < LIMIT_S, tracks
        await asyncio.sleep(0.05)


async def test_a_silent_microphone_sends_little(browser: Browser, conference: tuple[Conference, str]) -> None:
    """Discontinuous transmission of Opus is agreed upon: in silence about one packet in 400 ms instead of 20."""
    _, url = conference
    anna = await _join(browser, url, "anna")
    await _join(browser, url, "bert")

    async def sent() -> int:
        found = [
            one["packetsSent"]
            for one in await anna.evaluate("sending()")
            if one.get("kind") == "audio" and "packetsSent" in one
        ]
        return int(sum(found))

    deadline = time.monotonic() + LIMIT_S
    while await sent() < 50:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    await anna.evaluate("state.media.getAudioTracks()[0].enabled = false")
    await asyncio.sleep(2)
    before, began = await sent(), time.monotonic()
    await asyncio.sleep(4)
    per_s = (await sent() - before) / (time.monotonic() - began)
    print(f"{per_s:.1f} packets/s of silence")
    assert per_s < 6


async def test_silence_of_a_sender_without_dtx_is_thinned_for_who_hears_it(
    browser: Browser, conference: tuple[Conference, str]
) -> None:
    _, url = conference
    anna = await _join(browser, url, "anna", dtx=False)
    bert = await _join(browser, url, "bert", send=False)
    await _wait_until_heard_and_seen(bert, {"anna"})

    async def heard() -> dict[str, Any]:
        found = [one for one in await bert.evaluate("stats()") if one["kind"] == "audio"]
        return dict(found[0])

    await anna.evaluate("state.media.getAudioTracks()[0].enabled = false")
    await asyncio.sleep(2)
    before, began = await heard(), time.monotonic()
    await asyncio.sleep(4)
    after = await heard()
    per_s = (after["packets"] - before["packets"]) / (time.monotonic() - began)
    made_up = (after["concealed"] - before["concealed"]) / (after["samples"] - before["samples"])
    print(f"{per_s:.1f} packets/s of silence, {100 * made_up:.2f} % of it made up")
    assert per_s < 6 and after["lost"] == before["lost"] and made_up < 0.03
    await anna.evaluate("state.media.getAudioTracks()[0].enabled = true")
    began = time.monotonic()
    while (await heard())["energy"] <= after["energy"]:
        assert time.monotonic() - began < LIMIT_S
        await asyncio.sleep(0.05)
    await asyncio.sleep(2)
    later = await heard()
    print(
        f"heard again after {time.monotonic() - began:.2f} s, {later['concealed'] - after['concealed']} samples made up"
    )


async def test_a_browser_hears_what_the_server_plays(browser: Browser, tmp_path: Path) -> None:
    made = await Converter(60).convert(make_tone(1000, 2.0))
    (tmp_path / ("a" * 64)).write_bytes(made.content)
    channel = await start_workers(MediaConfig(workers=1, sounds=str(tmp_path)))
    async with serve(channel) as (_, url):
        await channel.request(OpenRoom("room"))
        await channel.request(StartPlayer("room", "player", "a" * 64, loop=True))
        page = await _join(browser, url, "anna", send=False)
        began = time.monotonic()
        while True:
            peak = await page.evaluate(LISTEN)
            if abs(peak - 1000) < 15:
                break
            assert time.monotonic() - began < LIMIT_S, f"hears {peak:.0f} Hz"
            await asyncio.sleep(0.1)
        found = await page.evaluate("stats()")
        print(f"hears {peak:.0f} Hz; {found}")
        assert [one["participant"] for one in found] == ["player"] and found[0]["lost"] == 0
        await page.context.close()
    await channel.close()


LISTEN = """async () => {
  const element = document.querySelector('audio');
  if (!element) return 0;
  if (!window.ear) {
    const context = new AudioContext();
    window.ear = context.createAnalyser();
    window.ear.fftSize = 8192;
    context.createMediaStreamSource(element.srcObject).connect(window.ear);
  }
  await new Promise(resolve => setTimeout(resolve, 500));
  const bins = new Float32Array(window.ear.frequencyBinCount);
  window.ear.getFloatFrequencyData(bins);
  return bins.indexOf(Math.max(...bins)) * window.ear.context.sampleRate / 8192;
}"""
