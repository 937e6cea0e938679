"""Offers and answers, from the texts of real programs; and any bytes at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, Offered
from rtc.channel.requests import OpenRoom, Publish, Receive
from rtc.channel.tracks import Line
from rtc.kernel.codecs import (
    answered_codec,
    choose_published,
    descriptor_extension,
    taken_extensions,
    usable_payload_types,
)
from rtc.wire import rtcp, rtp, stun
from rtc.wire.sdp import EXT_DESCRIPTOR, Section, parse_sdp

# Shortened from Chromium: a microphone and a camera with simulcast, RTX and a data channel.
CHROMIUM = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=extmap-allow-mixed
a=msid-semantic: WMS stream
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=ice-options:trickle
a=fingerprint:sha-256 D2:FA:0E:C3:22:59:5E:14:95:69:92:3D:13:B4:84:24:2C:C2:A2:C0:3E:FD:34:8E:5E:EA:6F:AF:52:CE:E6:0F
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendonly
a=msid:stream audio
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=ssrc:1001 cname:4TOk42mSjXCkVIa6
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103
c=IN IP4 0.0.0.0
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=fingerprint:sha-256 D2:FA:0E:C3:22:59:5E:14:95:69:92:3D:13:B4:84:24:2C:C2:A2:C0:3E:FD:34:8E:5E:EA:6F:AF:52:CE:E6:0F
a=setup:actpass
a=mid:1
a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=sendonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 transport-cc
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=rtcp-fb:102 nack
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:103 H264/90000
a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
a=ssrc-group:FID 2001 2002
a=ssrc:2001 cname:4TOk42mSjXCkVIa6
a=ssrc:2002 cname:4TOk42mSjXCkVIa6
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=mid:2
a=sctp-port:5000
""".replace("\n", "\r\n")


def test_chromiums_offer_is_read() -> None:
    audio, video, data = parse_sdp(CHROMIUM).sections
    assert (audio.kind, audio.mid, audio.ufrag, audio.setup, audio.sends) == ("audio", "0", "EsAw", "actpass", True)
    assert choose_published(audio) == "opus"
    assert choose_published(video) == "VP8"
    assert choose_published(data) is None
    assert usable_payload_types(video) == {"VP8": 96, "H264": 102}
    assert [ssrc for ssrc in video.ssrcs if ssrc not in video.repair_ssrcs] == [2001]
    assert video.codecs[96].feedback == ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"]


async def test_answer_takes_one_codec_with_its_rtx_and_what_we_read(local_channel: MediaChannel) -> None:
    await local_channel.request(OpenRoom("r"))
    sources: dict[str, Any] = {"0": "microphone", "1": "camera"}
    reply = await local_channel.request(Publish("r", "anna", "t", CHROMIUM, sources))
    assert isinstance(reply, Answered)
    text = reply.sdp
    assert "a=ice-lite\r\n" in text
    assert "a=group:BUNDLE 0 1\r\n" in text
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" in text
    audio, video, _ = parse_sdp(text).sections
    assert (audio.formats, video.formats) == (["111"], ["96", "97"])
    assert audio.codecs[111].parameters == {"minptime": "10", "useinbandfec": "1", "usedtx": "1"}
    assert video.codecs[96].feedback == ["nack", "nack pli", "ccm fir", "transport-cc"]
    assert video.codecs[96].parameters == {"x-google-start-bitrate": "800"}
    assert sorted(audio.extensions.values()) == [1, 3, 4]
    assert sorted(video.extensions.values()) == [3, 4]
    assert (audio.direction, video.direction, audio.setup) == ("recvonly", "recvonly", "passive")
    # Another connection under the same transport id is refused, not mixed up.
    other = CHROMIUM.replace("D2:FA", "D3:FA")
    with pytest.raises(Conflict):
        await local_channel.request(Publish("r", "anna", "t", other, sources))


async def test_section_offered_in_its_bundle_only_is_taken(local_channel: MediaChannel) -> None:
    # What Firefox offers with bundlePolicy max-bundle: port 0, but not refused (RFC 9143 6).
    offer = CHROMIUM.replace("m=video 9", "m=video 0").replace("a=mid:1", "a=bundle-only\r\na=mid:1")
    await local_channel.request(OpenRoom("r"))
    sources: dict[str, Any] = {"0": "microphone", "1": "camera"}
    reply = await local_channel.request(Publish("r", "anna", "t", offer, sources))
    assert isinstance(reply, Answered)
    assert "a=group:BUNDLE 0 1\r\n" in reply.sdp
    assert [section.direction for section in parse_sdp(reply.sdp).sections] == ["recvonly", "recvonly", "inactive"]
    outside = offer.replace("a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 2")
    assert [section.is_rejected for section in parse_sdp(outside).sections] == [False, True, False]


async def test_line_without_a_source_stays_silent(local_channel: MediaChannel) -> None:
    await local_channel.request(OpenRoom("r"))
    reply = await local_channel.request(Publish("r", "anna", "t", CHROMIUM, {"0": "microphone"}))
    assert isinstance(reply, Answered)
    assert [section.direction for section in parse_sdp(reply.sdp).sections] == ["recvonly", "inactive", "inactive"]
    offered = await local_channel.request(Receive("r", "bert", "t2"))
    assert isinstance(offered, Offered)
    assert offered.lines == [Line("0", "anna", "microphone", "audio")]


@pytest.mark.parametrize(
    "line",
    ["m=audio", "m=audio x UDP/TLS/RTP/SAVPF 111", "a=setup:maybe", "a=ssrc:x", "a=rtpmap:300 opus/48000", "a=rtpmap:72 opus/48000",
     "a=mid:", "a=fingerprint:sha-256", "a=extmap:x y", "a=rtpmap:111 opus"],
)  # fmt: skip
def test_broken_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        parse_sdp(CHROMIUM + line + "\r\n")


@given(st.lists(st.tuples(st.integers(0, 60), st.text(max_size=30)), max_size=5))
def test_any_offer_is_read_or_refused(changes: list[tuple[int, str]]) -> None:
    lines = CHROMIUM.split("\r\n")
    for index, text in changes:
        lines[index] = lines[index][: len(text) % 20] + text
    try:
        for section in parse_sdp("\r\n".join(lines)).sections:
            choose_published(section)
            usable_payload_types(section)
    except ValueError:
        pass


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_dropped(data: bytes) -> None:
    for start in (
        b"",
        b"\x00\x01" + len(data).to_bytes(2, "big") + bytes.fromhex("2112a442") + bytes(12),
        b"\x90\x60",
        b"\x81\xcd",
    ):
        datagram = start + data
        stun.parse_check(datagram)
        rtcp.parse_rtcp(datagram)
        header = rtp.parse_header(datagram, len(datagram))
        if header is not None:
            assert header.payload_at <= len(datagram)
            for wanted in range(1, 16):
                at, size = rtp.find_extension(datagram, header, wanted)
                assert at + size <= len(datagram)


def test_what_is_said_of_a_codec_before_its_name_counts() -> None:
    sdp = """v=0
m=video 9 UDP/TLS/RTP/SAVPF 96 97
a=mid:0
a=fmtp:96 max-fr=60
a=fmtp:97 apt=96
a=rtcp-fb:96 nack pli
a=rtpmap:96 VP8/90000
a=rtpmap:97 rtx/90000
"""
    codecs = parse_sdp(sdp).sections[0].codecs
    assert codecs[96].feedback == ["nack pli"]
    assert (codecs[96].parameters, codecs[97].parameters) == ({"max-fr": "60"}, {"apt": "96"})


def _video(*codecs: str, more: str = "") -> Section:
    lines = [
        f"m=video 9 UDP/TLS/RTP/SAVPF {' '.join(str(96 + at) for at in range(len(codecs)))}",
        "a=mid:0",
        "a=sendonly",
    ]
    for at, codec in enumerate(codecs):
        name, _, settings = codec.partition(" ")
        lines += [f"a=rtpmap:{96 + at} {name}/90000", f"a=fmtp:{96 + at} {settings}"]
    return parse_sdp("\r\n".join(["v=0", *lines, more, ""])).sections[0]


def test_vp8_goes_before_what_the_sender_likes_best_of_the_others() -> None:
    h264 = "H264 packetization-mode=1;profile-level-id=42e01f"
    assert choose_published(_video("AV1", "VP9", h264, "VP8")) == "VP8"
    assert choose_published(_video(h264, "VP9", "AV1")) == "H264"
    assert choose_published(_video("AV1 level-idx=8;profile=0", h264)) == "AV1"
    # Ten bits and other profiles are not for everybody.
    assert choose_published(_video("VP9 profile-id=2", "AV1 profile=1")) is None
    answered = answered_codec(_video("AV1 level-idx=8;profile=0;tier=1"), "AV1", we_receive=False)
    assert answered.parameters == {"level-idx": "8", "profile": "0", "tier": "1"}


def test_descriptors_are_taken_of_one_opaque_stream() -> None:
    more = f"a=extmap-allow-mixed\r\na=extmap:7 {EXT_DESCRIPTOR}"
    assert taken_extensions(_video("AV1", more=more), "AV1") == {EXT_DESCRIPTOR: 7}
    assert taken_extensions(_video("VP8", more=more), "VP8") == {}
    assert taken_extensions(_video("AV1", more=more + "\r\na=simulcast:send q;h"), "AV1") == {}
    assert descriptor_extension([_video("AV1", more=more)]) == 7
    assert descriptor_extension([_video("AV1", more=f"a=extmap:7 {EXT_DESCRIPTOR}")]) == 0
    assert descriptor_extension([]) is None
