"""Socket addresses: what is bound, what is advertised in SDP, and their C form."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from struct import pack, unpack
from typing import Literal, Protocol

from aioice.ice import get_host_addresses

# As sockets return it: (host, port), with flow and scope for IPv6.
Address = tuple[str, int] | tuple[str, int, int, int]

# What a datagram carries; when a slow stream's queue is full, "control" goes last.
Cargo = Literal["audio", "video", "repair", "control"]


class Stream(Protocol):
    """A peer's TCP connection, which stands where UDP has an address.

    remote   the other end
    """

    remote: Address

    def send(self, datagram: bytes, cargo: Cargo) -> None:
        """Queue one datagram; what finds no room is dropped and counted."""
        ...

    def prove(self) -> None:
        """A right connectivity check came over it."""
        ...

    def leave(self) -> None:
        """Close it, after what is about to be sent."""
        ...


Place = Address | Stream


def describe_place(place: Place) -> str:
    """Write "host:port", with "/tcp" for a stream."""
    address = place if isinstance(place, tuple) else place.remote
    return f"{address[0]}:{address[1]}{'' if isinstance(place, tuple) else '/tcp'}"


def pack_sockaddr(address: Address) -> bytes:
    """Build sockaddr_in or sockaddr_in6."""
    if len(address) == 4:
        host, port, flow, scope = address
        packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
        return pack("=H", socket.AF_INET6) + pack("!HI", port, flow) + packed + pack("=I", scope)
    return pack("=H", socket.AF_INET) + pack("!H4s8x", address[1], socket.inet_aton(address[0]))


def unpack_sockaddr(packed: bytes) -> Address:
    """Read sockaddr_in or sockaddr_in6."""
    port = int.from_bytes(packed[2:4], "big")
    if len(packed) == 28:
        flow, scope = unpack("!I", packed[4:8])[0], unpack("=I", packed[24:28])[0]
        return socket.inet_ntop(socket.AF_INET6, packed[8:24]), port, flow, scope
    return socket.inet_ntoa(packed[4:8]), port


def parse_advertised(text: str, default_port: int, offset: int) -> tuple[str, int]:
    """Parse "address", "address:port" or "[v6]:port"; a port given is worker 0's, so the worker's number is added.

    raises   ValueError  not an address
    """
    host, port = text.strip(), default_port
    if host.startswith("["):
        host, bracket, rest = host[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"cannot read {text!r}")
        if rest:
            port = int(rest[1:]) + offset
    elif host.count(":") == 1:
        host, _, given = host.partition(":")
        port = int(given) + offset
    if not 0 < port < 65536:
        raise ValueError(f"port {port} out of range in {text!r}")
    return str(ip_address(host)), port


def list_candidates(host: str, port: int, advertise: list[str], worker: int, *, tcp: bool = False) -> list[str]:
    """Write the worker's ICE candidates (RFC 8839 5.1, RFC 6544 4.5) in order of preference, those over TCP last.

    Without advertised addresses: the bound one, or all of the host's when bound to all.
    """
    if advertise:
        places = [parse_advertised(text, port, worker) for text in advertise]
    elif host in ("0.0.0.0", "::", ""):
        hosts = get_host_addresses(use_ipv4=True, use_ipv6=host == "::") or ["127.0.0.1"]
        places = [(found, port) for found in hosts]
    else:
        places = [(host, port)]
    candidates = []
    places = list(dict.fromkeys(places))
    for index, (address, shown_port) in enumerate(places):
        # RFC 8445 5.1.2.1: type preference 126 for host candidates, component 1.
        priority = 126 << 24 | (65535 - index) << 8 | 255
        candidates.append(f"{index + 1} 1 udp {priority} {address} {shown_port} typ host")
    for index, (address, shown_port) in enumerate(places if tcp else []):
        # RFC 6544 4.2: below UDP; direction preference 4 for passive host candidates.
        priority = 90 << 24 | (4 << 13 | (8191 - index)) << 8 | 255
        foundation = len(places) + index + 1
        candidates.append(f"{foundation} 1 tcp {priority} {address} {shown_port} typ host tcptype passive")
    return candidates
