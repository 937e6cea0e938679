"""Wire formats against literal bytes."""

from __future__ import annotations

import pytest

from rtc.wire import av1, rtcp, rtp, stun, vp9
from rtc.wire.av1 import is_av1_keyframe, parse_av1
from rtc.wire.descriptor import parse_descriptor
from rtc.wire.keyframes import is_h264_keyframe, is_keyframe, is_vp8_keyframe
from rtc.wire.vp9 import parse_vp9

# RFC 5769 2.1: request with USERNAME "evtj:h6vY", password "VOkJxbRl1RmTxUk/WvJxBt".
RFC5769_REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf"
)
RFC5769_PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
# RFC 5769 2.2, without SOFTWARE: the address 192.0.2.1:32853 under the same transaction id.
RFC5769_XOR_ADDRESS = bytes.fromhex("002000080001a147e112a643")
# RFC 5769 2.3: 2001:db8:1234:5678:11:2233:4455:6677 port 32853.
RFC5769_XOR_ADDRESS_V6 = bytes.fromhex("002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9")


def test_rfc5769_request_is_read_and_authentic() -> None:
    check = stun.parse_check(RFC5769_REQUEST)
    assert check is not None
    assert (check.ufrag, check.nominates, check.controlled) == ("evtj", False, True)
    assert check.transaction_id.hex() == "b7e7a701bc34d686fa87dfae"
    assert stun.is_authentic(RFC5769_REQUEST, check, RFC5769_PASSWORD)
    assert not stun.is_authentic(RFC5769_REQUEST, check, b"another")


@pytest.mark.parametrize("at", range(len(RFC5769_REQUEST) - 8))  # FINGERPRINT is not authenticated
def test_request_with_a_flipped_bit_is_never_authentic(at: int) -> None:
    broken = bytearray(RFC5769_REQUEST)
    broken[at] ^= 0x40
    check = stun.parse_check(bytes(broken))
    assert check is None or not stun.is_authentic(bytes(broken), check, RFC5769_PASSWORD)


@pytest.mark.parametrize("length", range(len(RFC5769_REQUEST)))
def test_request_cut_short_is_refused(length: int) -> None:
    assert stun.parse_check(RFC5769_REQUEST[:length]) is None


@pytest.mark.parametrize(
    ("address", "attribute"),
    [
        (("192.0.2.1", 32853), RFC5769_XOR_ADDRESS),
        (("::ffff:192.0.2.1", 32853), RFC5769_XOR_ADDRESS),
        (("2001:db8:1234:5678:11:2233:4455:6677", 32853), RFC5769_XOR_ADDRESS_V6),
    ],
)
def test_success_tells_the_address_it_saw(address: tuple[str, int], attribute: bytes) -> None:
    transaction = bytes.fromhex("b7e7a701bc34d686fa87dfae")
    response = stun.build_success(transaction, address, RFC5769_PASSWORD)
    assert response[:2] == b"\x01\x01"
    assert response[8:20] == transaction
    assert response[20 : 20 + len(attribute)] == attribute
    # aioice reads it and finds integrity and fingerprint right.
    from aioice.stun import parse_message

    assert parse_message(response).check_message_integrity(RFC5769_PASSWORD)


def test_role_conflict_is_error_487() -> None:
    from aioice.stun import parse_message

    message = parse_message(stun.build_error(b"\1" * 12, stun.ROLE_CONFLICT, b"secret"))
    assert message.error_code == 487
    assert message.check_message_integrity(b"secret")


def test_rtp_header_with_one_byte_extensions() -> None:
    # V=2, X; PT 111 with marker; seq 0x1234; extensions: id 1 audio level 0x8f, id 3 transport sequence 0x0102, id 4 mid "a".
    packet = (
        bytes.fromhex("90ef1234 00000a00 deadbeef bede0003 108f 310102 4061 00 00000000".replace(" ", "")) + b"payload"
    )
    header = rtp.parse_header(packet, len(packet))
    assert header is not None
    assert (header.second & 0x7F, header.second & 0x80, header.seq, header.ticks) == (111, 0x80, 0x1234, 0xA00)
    assert header.ssrc == 0xDEADBEEF
    assert packet[header.payload_at :] == b"payload"
    at, size = rtp.find_extension(packet, header, 1)
    assert packet[at : at + size] == b"\x8f"
    at, size = rtp.find_extension(packet, header, 3)
    assert packet[at : at + size] == b"\x01\x02"
    at, size = rtp.find_extension(packet, header, 4)
    assert packet[at : at + size] == b"a"
    assert rtp.find_extension(packet, header, 5) == (0, 0)


def test_rtp_header_with_two_byte_extensions_and_csrc() -> None:
    packet = bytes.fromhex("91600001 00000001 00000001 0000cafe 10000002 0102abcd 16 01 7f 00".replace(" ", "")) + b"x"
    header = rtp.parse_header(packet, len(packet))
    assert header is not None
    assert header.two_byte
    at, size = rtp.find_extension(packet, header, 0x16)
    assert packet[at : at + size] == b"\x7f"
    assert packet[header.payload_at :] == b"x"


@pytest.mark.parametrize(
    "text",
    ["", "80", "8060000100000001000000", "406000010000000100000001", "9060000100000001000000010000", "90600001000000010000000110000002aabbccdd"],
)  # fmt: skip
def test_rtp_header_cut_short_or_foreign_is_refused(text: str) -> None:
    data = bytes.fromhex(text)
    assert rtp.parse_header(data, len(data)) is None


def test_extension_longer_than_its_block_is_not_found() -> None:
    packet = bytes.fromhex("90600001 00000001 00000001 bede0001 1f000000".replace(" ", ""))
    header = rtp.parse_header(packet, len(packet))
    assert header is not None
    assert rtp.find_extension(packet, header, 1) == (0, 0)


def test_compound_rtcp_is_read() -> None:
    receiver_report = "81c90007 00000001 000003e9 19fffffe 00010005 00000010 11223344 00010000"
    nack = "81cd0003 00000001 000003e9 000a8001"
    pli = "81ce0002 00000001 000003e9"
    fir = "84ce0004 00000001 00000000 000003ea 05000000"
    bye = "82cb0002 00000001 00000002"
    unknown = "80cc0002 00000001 41424344"
    data = bytes.fromhex((receiver_report + nack + pli + fir + bye + unknown).replace(" ", ""))
    reports = rtcp.parse_rtcp(data)
    assert reports == [
        rtcp.ReceiverReport(1, [rtcp.ReportBlock(1001, 0x19, -2, 0x10005, 16, 0x11223344, 65536)]),
        rtcp.Nack(1001, [10, 11, 26]),
        rtcp.KeyframeAsked(1001),
        rtcp.KeyframeAsked(1002),
        rtcp.Bye([1, 2]),
    ]


def test_sender_report_is_read_as_it_is_written() -> None:
    data = rtcp.build_sender_report(7, 0x0102030405060708, 90000, 11, 2222) + rtcp.build_cname(7, "anna")
    assert data.hex() == ("80c8000600000007010203040506070800015f900000000b000008ae81ca0003000000070104616e6e610000")
    assert rtcp.parse_rtcp(data) == [rtcp.SenderReport(7, 0x0102030405060708, 90000, 11, 2222, [])]


def test_nack_packs_neighbours_into_one_mask() -> None:
    assert rtcp.build_nack(1, 1001, [10, 11, 26, 27, 65535, 0]).hex() == (
        "81cd000500000001000003e9000a8001001b0000ffff0001"
    )
    assert rtcp.parse_rtcp(rtcp.build_nack(1, 9, [65535, 0, 15, 16])) == [rtcp.Nack(9, [65535, 0, 15, 16])]


def test_receiver_report_is_read_as_it_is_written() -> None:
    block = rtcp.ReportBlock(1001, 25, -2, 0x10005, 16, 0x11223344, 65536)
    assert rtcp.parse_rtcp(rtcp.build_receiver_report(1, [block])) == [rtcp.ReceiverReport(1, [block])]


def test_pli_fir_bye_bytes() -> None:
    assert rtcp.build_pli(1, 2).hex() == "81ce00020000000100000002"
    assert rtcp.build_fir(1, 2, 3).hex() == "84ce000400000001000000000000000203000000"
    assert rtcp.build_bye([1, 2]).hex() == "82cb00020000000100000002"


@pytest.mark.parametrize("text", ["80", "80c9", "40c90001" "00000001", "81c90001" "00000001", "80c90005" "00000001", "a0c90001000000ff", "80cd0001" "00000001"])  # fmt: skip
def test_broken_rtcp_is_refused(text: str) -> None:
    assert rtcp.parse_rtcp(bytes.fromhex(text)) is None


def test_transport_feedback_bytes() -> None:
    # Reference time 2 (128 ms = 512 ticks); packets 100 at +4, 101 lost, 102 at +260 (large), 103 at +262.
    data = rtcp.build_transport_feedback(1, 9, 100, [516, None, 1000, 1002], 7)
    assert data.hex() == (
        "afcd0006" "00000001" "00000009" "00640004" "00000207"
        # one vector chunk: 1, 0, 2, 1
        "d240" "04" "01e4" "02" "0002"
    )  # fmt: skip


def test_transport_feedback_runs() -> None:
    data = rtcp.build_transport_feedback(1, 9, 65530, [256 + index for index in range(20)], 255)
    assert data[12:16].hex() == "fffa0014"
    assert data[16:20].hex() == "000001ff"
    assert data[20:22].hex() == "2014"
    assert data[22:42] == b"\0" + b"\1" * 19


def test_vp8_keyframes() -> None:
    assert is_vp8_keyframe(bytes.fromhex("1050"))
    assert not is_vp8_keyframe(bytes.fromhex("1051"))
    assert not is_vp8_keyframe(bytes.fromhex("0050"))
    assert is_vp8_keyframe(bytes.fromhex("90e08123052050"))
    assert not is_vp8_keyframe(bytes.fromhex("90e08123052051"))
    assert is_vp8_keyframe(bytes.fromhex("90801250"))
    for length in range(6):
        assert not is_vp8_keyframe(bytes.fromhex("90e081230520")[:length])


def test_h264_keyframes() -> None:
    assert is_h264_keyframe(bytes.fromhex("6588"))
    assert is_h264_keyframe(bytes.fromhex("6742"))
    assert not is_h264_keyframe(bytes.fromhex("419a"))
    assert is_h264_keyframe(bytes.fromhex("780003674200000268ce"))
    assert not is_h264_keyframe(bytes.fromhex("780002419a"))
    assert is_h264_keyframe(bytes.fromhex("7c85"))
    assert not is_h264_keyframe(bytes.fromhex("7c05"))
    assert not is_h264_keyframe(bytes.fromhex("7c81"))
    assert not is_h264_keyframe(b"")


def test_vp9_descriptors() -> None:
    # I, B and V: a long picture id, one layer of 640x360 and one picture in the structure, then a keyframe of profile 0.
    keyframe = bytes.fromhex("8a 8123 18 0280 0168 01 04 01 82498342 0027f01676".replace(" ", ""))
    read = parse_vp9(keyframe)
    assert (read.starts, read.ends, read.keyframe, read.body_at) == (True, False, True, 11)
    assert vp9.read_size(keyframe, read.body_at) == (640, 360)
    # P: it refers to others. L with a second spatial layer, whose picture begins with the first one's.
    assert parse_vp9(bytes.fromhex("c8 05 aa".replace(" ", ""))) == (True, False, False, 2)
    assert parse_vp9(bytes.fromhex("a8 05 02 07 aa".replace(" ", ""))) == (True, False, False, 4)
    # F and P: two differences; E alone ends a frame.
    assert parse_vp9(bytes.fromhex("54 03 02 aa".replace(" ", ""))) == (False, True, False, 3)
    for length in range(11):
        assert not parse_vp9(keyframe[:length]).keyframe


def test_av1_packets() -> None:
    # W 2: the first element tells its length, the second takes the rest. N: a coded sequence begins.
    read = parse_av1(bytes.fromhex("28 03 0a0b0c 3210".replace(" ", "")))
    assert read == (False, False, True, [b"\x0a\x0b\x0c", b"\x32\x10"])
    # W 0: each tells its length. Z and Y: parts of units at both ends.
    assert parse_av1(bytes.fromhex("c0 01aa 02bbcc".replace(" ", ""))) == (True, True, False, [b"\xaa", b"\xbb\xcc"])
    assert parse_av1(bytes.fromhex("00 05aa".replace(" ", ""))) is None
    assert not is_av1_keyframe(b"\x88\x01") and not is_av1_keyframe(b"\x10\x01") and is_av1_keyframe(b"\x18\x01")
    assert av1.with_size(b"\x30\xaa\xbb") == b"\x32\x02\xaa\xbb"
    assert av1.with_size(b"\x34\x20\xaa") == b"\x36\x20\x01\xaa"
    assert av1.with_size(b"\x32\x01\xaa") == b"\x32\x01\xaa"
    assert av1.read_leb128(av1.build_leb128(300) + b"x", 0) == (300, 2)


def test_av1_sequence_header_tells_level_and_size() -> None:
    # As SVT-AV1 writes it for 640x360.
    unit = bytes.fromhex("0a0b 0000000cc4ff671abe6010".replace(" ", ""))
    assert av1.parse_sequence_header(unit[:5]) is None
    read = av1.parse_sequence_header(unit)
    assert read == (0, 1, 0, 640, 360)
    assert av1.parse_sequence_header(b"\x32\x01\x00") is None


def test_dependency_descriptors() -> None:
    assert parse_descriptor(bytes.fromhex("c40102")) == (True, True, 4, 258, False)
    assert parse_descriptor(bytes.fromhex("80000180")) == (True, False, 0, 1, True)
    assert parse_descriptor(b"\x80\x00") is None
    # A payload nobody can read begins a keyframe when its descriptor says so.
    for codec in ("VP9", "AV1", "H264"):
        assert is_keyframe(codec, b"\xff\xff", bytes.fromhex("80000180"))
        assert not is_keyframe(codec, b"\x41\xff", bytes.fromhex("800002"))


def test_header_extension_is_written_in_the_shortest_form_that_holds_it() -> None:
    assert rtp.build_extension([(3, b"\x01\x02")]).hex() == "bede000131010200"
    assert rtp.build_extension([(3, b"\x01\x02"), (4, b"abc")]).hex() == "bede000231010242616263" + "00"
    long = rtp.build_extension([(3, b"\x01\x02"), (4, bytes(17))])
    assert long.hex() == "10000006" + "03020102" + "0411" + 17 * "00" + "00"
    packet = b"\x90\x60" + bytes(10) + long + b"payload"
    header = rtp.parse_header(packet, len(packet))
    assert header is not None and packet[header.payload_at :] == b"payload"
    assert rtp.find_extension(packet, header, 4) == (22, 17)
