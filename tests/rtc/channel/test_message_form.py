"""The message set survives its own wire form."""

from __future__ import annotations

import json

import pytest

from rtc.channel import message_form, participants
from rtc.channel import requests as channel
from rtc.room import observing

MESSAGES = [
    channel.OpenRoom("r"),
    channel.CloseRoom("r"),
    channel.Publish("r", "p", "t", "v=0\r\n", {"0": "microphone", "1": "camera"}),
    channel.Receive("r", "p", "t"),
    channel.Answer("r", "p", "t", "o1", "v=0\r\n"),
    channel.ReceiveOffered("r", "p", "t", "v=0\r\n", None),
    channel.Watch("r", "p", [channel.Tile("q", "camera", 320, 180), channel.Tile("q", "screen", 0, 0, pinned=True)]),
    channel.SetAudience("r", "p", "microphone", ["q"]),
    channel.SetAudience("r", "p", None, None),
    channel.StartRecording("r", "rec"),
    channel.StopRecording("r"),
    participants.StartPlayer("r", "p", "0" * 64, loop=True, position_ms=20, audience=["q"], shared="queue"),
    participants.SeekPlayer("r", "p", 1_000),
    participants.StopPlayer("r", "p"),
    participants.StartListener("r", "vm", "q", 120_000, 4_000),
    participants.StopListener("r", "vm"),
    channel.CloseTransport("r", "t"),
    channel.RemoveParticipant("r", "p"),
    channel.Restart("r", "p", "t"),
    channel.Describe("r"),
    channel.Measure(),
    channel.Done(),
    channel.Answered("v=0\r\n"),
    channel.Offered("o1", "v=0\r\n", [channel.Line("0", "p", "camera", "video")]),
    channel.RoomDescribed(
        "r",
        "Łucja",
        [
            channel.TransportDescribed(
                "t",
                "p",
                "publish",
                "connected",
                "127.0.0.1:5000",
                12,
                {"packets_in": 3},
                [channel.TrackDescribed("0", "p", "camera", "video", "VP8", 7, 1, 2, 3, 0, 0.0, 1.5, None)],
            )
        ],
    ),
    channel.Measured([observing.WorkerMeasured(0, 1, 2, 3, 4, 0.5, {"drop.srtp_auth": 1})]),
    channel.OfferMade("r", "p", "t", "o2", "v=0\r\n", []),
    channel.TransportConnected("r", "p", "t", "publish"),
    channel.TransportClosed("r", "p", "t", "receive", "silent"),
    channel.SpeakerChanged("r", None),
    channel.LinesPaused("r", "p", "t", [channel.PausedLine("1", "line")]),
    observing.QualitySeen(
        "r", [observing.LineQuality("p", "publish", "fair", 1, 0.02, 3.0, None, "tcp", 3.5, None, "VP8", [180, 360])]
    ),
    channel.LayersNeeded("r", "p", "t", "1", "camera", ["q", "f"]),
    channel.RecordingChanged("r", "rec", running=False, reason="disk_full"),
    participants.PlayerEnded("r", "p"),
    participants.ListenerEnded("r", "vm", "silence", "vm/1/001-microphone.webm", 4_000),
    participants.DigitPressed("r", "p", "#"),
    channel.WorkerDied(1, ["r"]),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_message_survives_the_wire(message: channel.Message) -> None:
    assert message_form.from_wire(message_form.to_wire(message)) == message


def test_wire_form_is_one_json_object_with_its_type() -> None:
    plain = json.loads(message_form.to_wire(channel.Receive("r", "p", "t")))
    assert plain == {"type": "Receive", "room_id": "r", "participant_id": "p", "transport_id": "t"}


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"type":"Nope"}', b'{"type":"OpenRoom"}', b"\xff", b"{"])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        message_form.from_wire(data)
