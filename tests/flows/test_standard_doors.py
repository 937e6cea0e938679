"""The standard media doors over HTTP: what RFC 9725 says of each answer, FFmpeg's WHIP muxer, a page of another origin."""

import asyncio
import re
import sys
import time
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web
from playwright.async_api import Browser

from core.ids import new_id
from rtc.wire.sdp import parse_sdp
from tests.rtc.light_client import LightClient, make_payload
from tests.support.people import sign_in
from tests.support.server import ROOT, Server

TRICKLE = "application/trickle-ice-sdpfrag"


async def test_ffmpeg_publishes_by_whip_and_hangs_up(shared_server: Server) -> None:
    async with await sign_in(shared_server.url, shared_server.people("technician")[1]) as api:
        conversation_id = (await api.post("conversations", {"kind": "group", "title": "WHIP", "member_ids": []}))["id"]
        door = await api.post(f"conversations/{conversation_id}/conference", {})
        publisher = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.rtc.whip_publisher", door["whip_url"], "5", f"authorization={door['token']}", cwd=ROOT
        )  # fmt: skip

        async def participants() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await api.get(f"conferences/{door['conference_id']}"))["participants"]
            return found

        seated = await participants()
        for _ in range(150):
            if seated:
                break
            await asyncio.sleep(0.1)
            seated = await participants()
        assert [(one["audio"], one["video"]) for one in seated] == [(True, True)]
        assert await asyncio.wait_for(publisher.wait(), 60) == 0
        for _ in range(50):
            if not await participants():
                break
            await asyncio.sleep(0.1)
        assert await participants() == []
        # What is left of it: one line, from the last looks until it went.
        lines: list[dict[str, Any]] = []
        for _ in range(50):
            lines = (await api.get(f"conferences/{door['conference_id']}/quality"))["items"]
            if lines:
                break
            await asyncio.sleep(0.1)
        print(lines)
        assert [(line["direction"], line["route"], line["codec"]) for line in lines] == [("publish", "udp", "H264")]
        assert lines[0]["duration_ms"] >= 2000 and lines[0]["worst_score"] > 3


async def test_a_session_is_patched_under_its_entity_tag_and_ends_once(start_server: Callable[..., Server]) -> None:
    server = start_server(
        CENTRALA_TURN_URLS="turn:turn.example.test?transport=udp", CENTRALA_TURN_SECRET="north",
        CENTRALA_STUN_URLS="stun:stun.example.test",
    )  # fmt: skip
    door = await open_call(server)
    client, viewer = LightClient(), LightClient()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {door['token']}"}) as http:
        offer = client.publish_offer(video_ssrc=77)
        async with http.post(door["whip_url"], data=offer, headers={"Content-Type": "application/sdp"}) as answer:
            assert answer.status == 201, await answer.text()
            client.take_remote(await answer.text())
            session, tag = answer.headers["Location"], answer.headers["ETag"]
            links = answer.headers.getall("Link")
        # Where the client may relay, with credentials of an hour at most (RFC 9725 4.4).
        assert links[0] == '<stun:stun.example.test>; rel="ice-server"'
        found = re.fullmatch(
            r'<turn:turn\.example\.test\?transport=udp>; rel="ice-server"; username="(\d+):\S+"; '
            r'credential="[A-Za-z0-9+/=]{28}"; credential-type="password"', links[1]
        )  # fmt: skip
        assert found is not None and 0 < int(found[1]) - time.time() <= 3600
        await client.connect()

        async def patch(body: str, match: str | None) -> tuple[int, str, str]:
            headers = {"Content-Type": TRICKLE} | ({} if match is None else {"If-Match": match})
            async with http.patch(session, data=body, headers=headers) as answer:
                return answer.status, await answer.text(), answer.headers.get("ETag", "")

        candidate = "a=mid:0\r\na=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host\r\n"
        assert await patch(candidate, tag) == (204, "", "")
        assert (await patch(candidate, None))[0] == 428
        assert (await patch(candidate, '"another"'))[0] == (await patch(candidate, f"W/{tag}"))[0] == 412
        assert (await patch("nonsense", tag))[0] == 400
        foreign = f"a=ice-ufrag:another1\r\na=ice-pwd:{'x' * 24}\r\n"
        assert (await patch(foreign, tag))[0] == 422
        async with http.patch(session, data=candidate, headers={"Content-Type": "text/plain"}) as answer:
            assert answer.status == 415

        # The client restarts ICE: new credentials on both sides under a new tag; DTLS and media go on.
        renewed = f"a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n{foreign}"
        status, fragment, new_tag = await patch(renewed, "*")
        assert status == 200 and new_tag not in ("", tag), fragment
        assert "a=group:BUNDLE 0 1\r\nm=audio 9 " in fragment and "a=candidate:" in fragment
        section = parse_sdp(f"v=0\r\n{fragment}").sections[0]
        assert new_tag == f'"{section.ufrag}"'
        assert (await patch(candidate, tag))[0] == 412
        assert (await patch(candidate, new_tag))[0] == 204
        assert await patch(renewed, "*") == (204, "", "")  # it has begun already
        client.ufrag, client.password = "another1", "x" * 24
        client.take_restart(section)
        client.move()
        await client.check()
        async with http.post(
            door["whep_url"], data=viewer.view_offer(audio=0), headers={"Content-Type": "application/sdp"}
        ) as answer:
            assert answer.status == 201, await answer.text()
            viewer.take_remote(await answer.text())
        await viewer.connect()
        for number in range(200):
            if len(viewer.packets) > 20:
                break
            client.send_rtp(77, 96, number, number * 3000, make_payload(number, keyframe=number % 10 == 0))
            await asyncio.sleep(0.02)
        assert len(viewer.packets) > 20

        async with http.delete(session) as answer:
            assert (answer.status, await answer.read()) == (200, b"")
        async with http.delete(session) as answer:
            assert answer.status == 404
        assert (await patch(candidate, new_tag))[0] == 404
    await client.close()
    await viewer.close()


async def test_the_doors_say_what_they_take_to_pages_of_any_origin(shared_server: Server) -> None:
    door = await open_call(shared_server)
    origin = {"Origin": "https://studio.example.test"}
    async with aiohttp.ClientSession() as http:
        for name, method, content_type in (("whip", "POST", "Accept-Post"), ("whep", "POST", "Accept-Post")):
            asked = {
                **origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization",
            }
            async with http.options(door[f"{name}_url"], headers=asked) as answer:
                assert answer.status == 204 and answer.headers[content_type] == "application/sdp"
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
                assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
                assert "Link" not in answer.headers
            async with http.options(f"{door[f'{name}_url']}/x", headers=asked) as answer:
                assert answer.status == 204 and answer.headers["Accept-Patch"] == TRICKLE
        for method, url, allowed in (
            ("GET", door["whip_url"], "OPTIONS, POST"),
            ("PUT", door["whep_url"], "OPTIONS, POST"),
            ("POST", f"{door['whep_url']}/x", "DELETE, OPTIONS, PATCH"),
            ("HEAD", f"{door['whip_url']}/x", "DELETE, OPTIONS, PATCH"),
        ):
            async with http.request(method, url, headers=origin) as answer:
                assert (answer.status, answer.headers["Allow"]) == (405, allowed), (method, url)
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
        sdp = {**origin, "Content-Type": "application/sdp"}
        token = {"Authorization": f"Bearer {door['token']}"}
        for headers, body, status in (
            (sdp, "v=0\r\n", 401),
            ({**sdp, "Authorization": "Bearer nothing"}, "v=0\r\n", 401),
            ({**sdp, **token}, "hello", 400),
            ({**sdp, **token}, "v=0\r\n", 422),
            ({**origin, **token, "Content-Type": "text/plain"}, "v=0\r\n", 415),
        ):
            async with http.post(door["whip_url"], data=body, headers=headers) as answer:
                assert answer.status == status, await answer.text()
                # A page that may not read the refusal could not tell it from a dead network.
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
        other = door["whip_url"].replace(door["conference_id"], new_id())
        async with http.options(other, headers=token) as answer:
            assert answer.status == 404


FOREIGN_PAGE = """<!doctype html><meta charset="utf-8"><title>Studio</title><script>
const fragment = (sdp, restart) => {
  const take = name => sdp.match(new RegExp('^a=' + name + ':.*$', 'm'))[0];
  return ['a=group:' + sdp.match(/^a=group:(BUNDLE.*)$/m)[1].trim(), sdp.match(/^m=.*$/m)[0].trim(), take('mid').trim(),
    take('ice-ufrag').trim(), take('ice-pwd').trim(), ''].join('\\r\\n');
};
async function publish(url, token) {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 320, height: 240}});
  const pc = window.pc = new RTCPeerConnection();
  stream.getTracks().forEach(track => pc.addTransceiver(track, {direction: 'sendonly', streams: [stream]}));
  await pc.setLocalDescription();
  const headers = {Authorization: 'Bearer ' + token};
  const answer = await fetch(url, {method: 'POST', body: pc.localDescription.sdp,
    headers: {...headers, 'Content-Type': 'application/sdp'}});
  if (answer.status !== 201) throw new Error(await answer.text());
  window.session = {url: answer.headers.get('Location'), tag: answer.headers.get('ETag'), headers};
  await pc.setRemoteDescription({type: 'answer', sdp: await answer.text()});
}
async function restart() {
  const {url, headers} = window.session;
  pc.restartIce();
  const offer = await pc.createOffer();
  const before = pc.remoteDescription.sdp;
  await pc.setLocalDescription(offer);
  const answer = await fetch(url, {method: 'PATCH', body: fragment(offer.sdp),
    headers: {...headers, 'If-Match': '*', 'Content-Type': 'application/trickle-ice-sdpfrag'}});
  if (answer.status !== 200) throw new Error(answer.status + await answer.text());
  const text = await answer.text();
  const put = (sdp, name) => sdp.replace(new RegExp('^a=' + name + ':.*$', 'gm'), text.match(new RegExp('^a=' + name + ':.*$', 'm'))[0].trim());
  await pc.setRemoteDescription({type: 'answer', sdp: put(put(before, 'ice-ufrag'), 'ice-pwd')});
  return answer.headers.get('ETag') !== window.session.tag;
}
async function sent() {
  const all = [...(await pc.getStats()).values()];
  const pair = all.find(one => one.type === 'candidate-pair' && one.nominated && one.state === 'succeeded');
  const local = all.find(one => pair && one.id === pair.localCandidateId);
  return {state: pc.connectionState, ufrag: local && local.usernameFragment,
    acknowledged: all.filter(one => one.type === 'remote-inbound-rtp').length,
    frames: Math.max(0, ...all.filter(one => one.type === 'outbound-rtp' && one.kind === 'video').map(one => one.framesSent || 0))};
}
async function hangUp() { return (await fetch(window.session.url, {method: 'DELETE', headers: window.session.headers})).status; }
</script>"""


async def test_a_page_of_another_origin_publishes_restarts_ice_and_hangs_up(
    shared_server: Server, browser: Browser
) -> None:
    door = await open_call(shared_server)

    async def page_of(_request: web.Request) -> web.Response:
        return web.Response(text=FOREIGN_PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page_of)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        context = await browser.new_context(permissions=["camera", "microphone"])
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        await page.evaluate("([url, token]) => publish(url, token)", [door["whip_url"], door["token"]])

        async def until_sent(frames: int, ufrag: str = "") -> dict[str, Any]:
            found: dict[str, Any] = {}
            for _ in range(300):
                found = await page.evaluate("sent()")
                if found["frames"] >= frames and found["ufrag"] not in (None, ufrag) and found["state"] == "connected":
                    return found
                await asyncio.sleep(0.1)
            raise AssertionError(found)

        first = await until_sent(20)
        assert await page.evaluate("restart()")
        after = await until_sent(first["frames"] + 20, first["ufrag"])
        print(f"before {first}, after {after}")
        assert await page.evaluate("hangUp()") == 200
        assert await page.evaluate("hangUp()") == 404
        await context.close()
    finally:
        await runner.cleanup()


async def open_call(server: Server) -> dict[str, Any]:
    async with await sign_in(server.url, server.people("technician")[1]) as api:
        conversation_id = (await api.post("conversations", {"kind": "group", "title": "WHIP", "member_ids": []}))["id"]
        return dict(await api.post(f"conversations/{conversation_id}/conference", {}))
