"""STUN connectivity checks as an ICE-lite agent meets them (RFC 8489, RFC 8445 2.5): requests in, signed responses out."""

from __future__ import annotations

import hmac
from binascii import crc32
from ipaddress import IPv4Address, IPv6Address, ip_address
from struct import pack, unpack_from
from typing import NamedTuple

COOKIE = 0x2112A442
_FINGERPRINT_XOR = 0x5354554E  # RFC 8489 14.7
_HEADER_BYTES = 20
_INTEGRITY_BYTES = 24
_FINGERPRINT_BYTES = 8

_BINDING_REQUEST = 0x0001
_BINDING_SUCCESS = 0x0101
_BINDING_ERROR = 0x0111

_USERNAME = 0x0006
_MESSAGE_INTEGRITY = 0x0008
_ERROR_CODE = 0x0009
_XOR_MAPPED_ADDRESS = 0x0020
_USE_CANDIDATE = 0x0025
_FINGERPRINT = 0x8028
_ICE_CONTROLLED = 0x8029

ROLE_CONFLICT = 487
_REASONS = {ROLE_CONFLICT: b"Role Conflict"}


class Check(NamedTuple):
    """A binding request whose integrity has not been checked yet.

    ufrag         the receiver's own user fragment, first half of USERNAME
    nominates     USE-CANDIDATE is there
    controlled    the sender believes to be the controlled side
    integrity_at  offset of MESSAGE-INTEGRITY
    """

    transaction_id: bytes
    ufrag: str
    nominates: bool
    controlled: bool
    integrity_at: int


def parse_check(data: bytes) -> Check | None:
    """Parse a binding request that carries USERNAME and MESSAGE-INTEGRITY; None for anything else."""
    length = len(data)
    if length < _HEADER_BYTES or length & 3:
        return None
    kind, body_bytes, cookie = unpack_from("!HHI", data)
    if kind != _BINDING_REQUEST or cookie != COOKIE or body_bytes != length - _HEADER_BYTES:
        return None
    ufrag: str | None = None
    nominates = controlled = False
    integrity_at = 0
    at = _HEADER_BYTES
    while at + 4 <= length:
        attribute, value_bytes = unpack_from("!HH", data, at)
        value_at = at + 4
        if value_at + value_bytes > length:
            return None
        if attribute == _FINGERPRINT:
            if value_bytes != 4 or value_at + 4 != length:
                return None
            if unpack_from("!I", data, value_at)[0] != crc32(data[:at]) ^ _FINGERPRINT_XOR:
                return None
        elif integrity_at:
            pass  # what follows MESSAGE-INTEGRITY is not authenticated (RFC 8489 14.5)
        elif attribute == _MESSAGE_INTEGRITY:
            if value_bytes != 20:
                return None
            integrity_at = at
        elif attribute == _USERNAME:
            try:
                ufrag = data[value_at : value_at + value_bytes].decode("ascii").partition(":")[0]
            except UnicodeDecodeError:
                return None
        elif attribute == _USE_CANDIDATE:
            nominates = True
        elif attribute == _ICE_CONTROLLED:
            controlled = True
        at = value_at + (value_bytes + 3 & ~3)
    if not ufrag or not integrity_at:
        return None
    return Check(data[8:20], ufrag, nominates, controlled, integrity_at)


def is_authentic(data: bytes, check: Check, password: bytes) -> bool:
    """Tell whether the check was signed with our password."""
    at = check.integrity_at
    signed = data[:2] + pack("!H", at - _HEADER_BYTES + _INTEGRITY_BYTES) + data[4:at]
    return hmac.compare_digest(hmac.digest(password, signed, "sha1"), data[at + 4 : at + 24])


def build_success(transaction_id: bytes, address: tuple[str, int], password: bytes) -> bytes:
    """Build the signed answer that tells the peer the address its check came from."""
    return _sign(_BINDING_SUCCESS, transaction_id, _xor_mapped(transaction_id, address), password)


def build_error(transaction_id: bytes, code: int, password: bytes) -> bytes:
    """Build a signed error response."""
    value = pack("!HBB", 0, code // 100, code % 100) + _REASONS.get(code, b"")
    return _sign(_BINDING_ERROR, transaction_id, _attribute(_ERROR_CODE, value), password)


def _attribute(kind: int, value: bytes) -> bytes:
    return pack("!HH", kind, len(value)) + value + bytes(-len(value) & 3)


def _xor_mapped(transaction_id: bytes, address: tuple[str, int]) -> bytes:
    ip: IPv4Address | IPv6Address = ip_address(address[0].partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    pad = pack("!I", COOKIE) + transaction_id
    family = 1 if isinstance(ip, IPv4Address) else 2
    packed = bytes(a ^ b for a, b in zip(ip.packed, pad, strict=False))
    return _attribute(_XOR_MAPPED_ADDRESS, pack("!BBH", 0, family, address[1] ^ (COOKIE >> 16)) + packed)


def _sign(kind: int, transaction_id: bytes, attributes: bytes, password: bytes) -> bytes:
    tail = pack("!I", COOKIE) + transaction_id + attributes
    signed = pack("!HH", kind, len(attributes) + _INTEGRITY_BYTES) + tail
    integrity = _attribute(_MESSAGE_INTEGRITY, hmac.digest(password, signed, "sha1"))
    body_bytes = len(attributes) + _INTEGRITY_BYTES + _FINGERPRINT_BYTES
    message = pack("!HH", kind, body_bytes) + tail + integrity
    return message + pack("!HHI", _FINGERPRINT, 4, crc32(message) ^ _FINGERPRINT_XOR)
