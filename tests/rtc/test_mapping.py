"""A viewer's numbers go on over whatever feeds the line, and lead back to what went out."""

from __future__ import annotations

from types import SimpleNamespace

from rtc.kernel import mapping as module
from rtc.kernel.history import Kept
from rtc.kernel.mapping import Mapping, Source, Start
from rtc.kernel.simulcast import Clock

SECOND_NS = 1_000_000_000


def _shifts() -> SimpleNamespace:
    return SimpleNamespace(payload_type=0, seq_shift=0, ticks_shift=0, picture_shift=0, tl0_shift=0, floor=0)


def _send(source: Source, number: int, ticks: int, picture: int = -1, tl0: int = -1) -> None:
    source.newest, source.newest_ticks = number, ticks
    source.newest_picture, source.newest_tl0 = picture, tl0
    source.history.keep(Kept(number, 0x80, 0, ticks, b"%d" % number))


def _begin(seq: int = 1000, ticks: int = 50_000) -> tuple[SimpleNamespace, Mapping[Source]]:
    shifts = _shifts()
    return shifts, Mapping(shifts, 90_000, seq, ticks)


def _located(mapping: Mapping[Source], seq: int) -> bytes | None:
    found = mapping.locate(seq)
    return found[0].payload if found is not None else None


def test_first_source_begins_with_the_numbers_given() -> None:
    shifts, mapping = _begin()
    source = Source(256)
    mapping.join(source, Start(7, 300, 40, 9, 2), 96, None, None, 0)
    assert (shifts.payload_type, 7 + shifts.seq_shift & 0xFFFF, 300 + shifts.ticks_shift & 0xFFFFFFFF) == (
        96,
        1000,
        50_000,
    )
    assert (shifts.floor, shifts.picture_shift, shifts.tl0_shift) == (7, 0, 0)
    assert mapping.newest_sent is None
    _send(source, 7, 300)
    assert mapping.newest_sent is not None
    assert mapping.newest_sent[0] == 1000


def test_next_source_follows_by_one_and_by_the_time_that_passed() -> None:
    shifts, mapping = _begin()
    before, after = Source(256), Source(256)
    mapping.join(before, Start(7, 300, 40, 9, 2), 96, None, None, 0)
    _send(before, 7, 300, picture=40, tl0=9)
    mapping.leave(None, SECOND_NS, None, None)
    mapping.join(after, Start(500, 90, 100, 200, 2), 97, None, None, 2 * SECOND_NS)
    assert 500 + shifts.seq_shift & 0xFFFF == 1001
    assert 90 + shifts.ticks_shift & 0xFFFFFFFF == 50_000 + 90_000
    assert 100 + shifts.picture_shift & 0x7FFF == 41
    assert 200 + shifts.tl0_shift & 0xFF == 10


def test_one_publishers_clock_places_the_next_source() -> None:
    shifts, mapping = _begin(ticks=1_000)
    publisher = object()
    before, after = Source(256), Source(256)
    mapping.join(before, Start(1, 1_000, -1, -1, -1), 96, None, publisher, 0)
    _send(before, 1, 1_000)
    mapping.leave(None, 0, Clock(5 << 32, 1_000), publisher)
    # By its clock this packet is a tenth of a second later, though it comes 80 ms after.
    mapping.join(after, Start(1, 70_000, -1, -1, -1), 96, Clock(5 << 32, 61_000), publisher, SECOND_NS * 8 // 100)
    assert 70_000 + shifts.ticks_shift & 0xFFFFFFFF == 1_000 + 9_000
    _send(after, 1, 70_000)
    mapping.leave(None, SECOND_NS * 8 // 100, Clock(5 << 32, 61_000), publisher)
    mapping.join(before, Start(2, 1_000, -1, -1, -1), 96, Clock(5 << 32, 1_000), object(), SECOND_NS * 18 // 100)
    assert 1_000 + shifts.ticks_shift & 0xFFFFFFFF == 1_000 + 9_000 + 9_000  # another's clock says nothing


def test_numbers_of_every_stretch_lead_back_to_their_packets() -> None:
    _, mapping = _begin(seq=0xFFFE)
    before, after = Source(256), Source(256)
    mapping.join(before, Start(7, 0, -1, -1, -1), 96, None, None, 0)
    for number in (7, 8, 9):
        _send(before, number, 0)
    mapping.leave(9, 0, None, None)  # 9 was not sent to this viewer any more
    mapping.join(after, Start(70, 0, -1, -1, -1), 96, None, None, 0)
    _send(after, 70, 0)
    assert [_located(mapping, seq) for seq in (0xFFFD, 0xFFFE, 0xFFFF, 0, 1)] == [None, b"7", b"8", b"70", None]
    mapping.forget()
    assert [_located(mapping, seq) for seq in (0xFFFE, 0xFFFF, 0)] == [None, None, b"70"]
    mapping.restart(_shifts(), 5)
    assert (mapping.live, _located(mapping, 0)) == (None, None)


def test_turning_keeps_the_place_the_packet_would_have_had() -> None:
    shifts, mapping = _begin()
    whole, thinned = Source(256), Source(256)
    mapping.join(whole, Start(7, 300, 40, 9, 2), 96, None, None, 0)
    _send(whole, 12, 600, picture=44, tl0=10)
    ticks_shift = shifts.ticks_shift
    mapping.leave(13, 0, None, None)
    mapping.turn(thinned, Start(13, 900, 45, 11, 1), Start(10, 900, 43, 11, 1))
    assert 10 + shifts.seq_shift & 0xFFFF == 1006
    assert 43 + shifts.picture_shift & 0x7FFF == 45
    assert (shifts.floor, shifts.ticks_shift) == (10, ticks_shift)
    assert mapping.live is thinned


def test_only_the_newest_stretches_are_remembered() -> None:
    _, mapping = _begin(seq=0)
    source = Source(256)
    for number in range(module._MAX_SEGMENTS + 1):
        mapping.join(source, Start(number, 0, -1, -1, -1), 96, None, None, 0)
        _send(source, number, 0)
        mapping.leave(None, 0, None, None)
    assert _located(mapping, 0) is None
    assert _located(mapping, 1) == b"1"
    assert mapping.newest_sent is not None
    assert mapping.newest_sent[0] == module._MAX_SEGMENTS
