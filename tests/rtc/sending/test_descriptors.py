"""Dependency descriptors on their way to the viewers: the same by every way of sending."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rtc.kernel.history import Kept
from rtc.net.fanout import Outlet, Outlets
from rtc.sending.choice import WAYS
from tests.rtc.stage import Stage, Viewer


@pytest.fixture(params=WAYS)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    stage = Stage(request.param)
    yield stage
    stage.close()


def make_outlet(viewer: Viewer) -> Outlet:
    outlet = viewer.peer.new_outlet(7, "video")
    outlet.payload_type = 96
    return outlet


def test_descriptors_go_to_who_takes_them_under_the_viewers_own_id(stage: Stage) -> None:
    plain, numbered, described = stage.viewer(), stage.viewer(), stage.viewer()
    numbered.peer.number_packets(3)
    numbered.peer.describe_packets(5)
    described.peer.describe_packets(14)
    outlets = Outlets([make_outlet(viewer) for viewer in stage.viewers])
    long = bytes(range(40))
    stage.forward(
        outlets,
        Kept(1, 0x80, 0, 0, b"payload", 0, 0, b"\xc4\x01\x02"),
        Kept(2, 0x80, 0, 0, b"payload", 0, 0, long),
        Kept(3, 0x80, 0, 0, b"payload"),
    )
    assert [packet[12:].hex() for packet in plain.take()] == 3 * [b"payload".hex()]
    first, second, third = [packet[12:] for packet in numbered.take()]
    assert first == bytes.fromhex("bede0002 310000 52c40102 00".replace(" ", "")) + b"payload"
    assert second == bytes.fromhex("1000000c 03020001 0528".replace(" ", "")) + long + bytes(2) + b"payload"
    assert third == bytes.fromhex("bede0001 31000200".replace(" ", "")) + b"payload"
    packets = described.take()
    assert [packet[0] for packet in packets] == [0x90, 0x90, 0x80]
    assert [packet[12:] for packet in packets] == [
        bytes.fromhex("bede0001 e2c40102".replace(" ", "")) + b"payload",
        bytes.fromhex("1000000b 0e28".replace(" ", "")) + long + bytes(2) + b"payload",
        b"payload",
    ]
