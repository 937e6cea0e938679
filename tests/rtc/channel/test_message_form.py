"""The message set survives its own wire form."""

from __future__ import annotations

import json

import pytest

from rtc.channel import message_form
from rtc.channel.events import (
    DigitPressed,
    LayersNeeded,
    LineQuality,
    LinesPaused,
    ListenerEnded,
    OfferMade,
    PausedLine,
    PlayerEnded,
    QualitySeen,
    RecordingChanged,
    SpeakerChanged,
    TransportClosed,
    TransportConnected,
    WorkerDied,
)
from rtc.channel.media_channel import Message
from rtc.channel.replies import (
    Answered,
    Done,
    Measured,
    Offered,
    RoomDescribed,
    TrackDescribed,
    TransportDescribed,
    WorkerMeasured,
)
from rtc.channel.requests import (
    Answer,
    CloseRoom,
    CloseTransport,
    Describe,
    Measure,
    OpenRoom,
    Publish,
    Receive,
    ReceiveOffered,
    RemoveParticipant,
    Restart,
    SeekPlayer,
    SetAudience,
    StartListener,
    StartPlayer,
    StartRecording,
    StopListener,
    StopPlayer,
    StopRecording,
    Tile,
    Watch,
)
from rtc.channel.tracks import Line

MESSAGES = [
    OpenRoom("r"),
    CloseRoom("r"),
    Publish("r", "p", "t", "v=0\r\n", {"0": "microphone", "1": "camera"}),
    Receive("r", "p", "t"),
    Answer("r", "p", "t", "o1", "v=0\r\n"),
    ReceiveOffered("r", "p", "t", "v=0\r\n", None),
    Watch("r", "p", [Tile("q", "camera", 320, 180), Tile("q", "screen", 0, 0, pinned=True)]),
    SetAudience("r", "p", "microphone", ["q"]),
    SetAudience("r", "p", None, None),
    StartRecording("r", "rec"),
    StopRecording("r"),
    StartPlayer("r", "p", "0" * 64, loop=True, position_ms=20, audience=["q"], shared="queue"),
    SeekPlayer("r", "p", 1_000),
    StopPlayer("r", "p"),
    StartListener("r", "vm", "q", 120_000, 4_000),
    StopListener("r", "vm"),
    CloseTransport("r", "t"),
    RemoveParticipant("r", "p"),
    Restart("r", "p", "t"),
    Describe("r"),
    Measure(),
    Done(),
    Answered("v=0\r\n"),
    Offered("o1", "v=0\r\n", [Line("0", "p", "camera", "video")]),
    RoomDescribed(
        "r",
        "Łucja",
        [
            TransportDescribed(
                "t",
                "p",
                "publish",
                "connected",
                "127.0.0.1:5000",
                12,
                {"packets_in": 3},
                [TrackDescribed("0", "p", "camera", "video", "VP8", 7, 1, 2, 3, 0, 0.0, 1.5, None)],
            )
        ],
    ),
    Measured([WorkerMeasured(0, 1, 2, 3, 4, 0.5, {"drop.srtp_auth": 1})]),
    OfferMade("r", "p", "t", "o2", "v=0\r\n", []),
    TransportConnected("r", "p", "t", "publish"),
    TransportClosed("r", "p", "t", "receive", "silent"),
    SpeakerChanged("r", None),
    LinesPaused("r", "p", "t", [PausedLine("1", "line")]),
    QualitySeen("r", [LineQuality("p", "publish", "fair", 1, 0.02, 3.0, None, "tcp", 3.5, None, "VP8", [180, 360])]),
    LayersNeeded("r", "p", "t", "1", "camera", ["q", "f"]),
    RecordingChanged("r", "rec", running=False, reason="disk_full"),
    PlayerEnded("r", "p"),
    ListenerEnded("r", "vm", "silence", "vm/1/001-microphone.webm", 4_000),
    DigitPressed("r", "p", "#"),
    WorkerDied(1, ["r"]),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_message_survives_the_wire(message: Message) -> None:
    assert message_form.from_wire(message_form.to_wire(message)) == message


def test_wire_form_is_one_json_object_with_its_type() -> None:
    plain = json.loads(message_form.to_wire(Receive("r", "p", "t")))
    assert plain == {"type": "Receive", "room_id": "r", "participant_id": "p", "transport_id": "t"}


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"type":"Nope"}', b'{"type":"OpenRoom"}', b"\xff", b"{"])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        message_form.from_wire(data)
