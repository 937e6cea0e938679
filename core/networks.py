"""Which addresses the server may connect to when somebody else chose the address (push services, link cards).

A URL from outside must never reach what only this machine or its network can see (server-side request forgery). The name
is not asked, because names resolve anew at every look: the address of the very connection is, when its socket is made.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
# Not for everybody either, though Python's tables of some versions say so: site-local (RFC 3879), 6to4 relays (RFC 7526),
# documentation (RFC 9637), the IPv4 dummy address (RFC 7600) and the rest of the IETF's block, benchmarks (RFC 2544).
_SPECIAL: tuple[Network, ...] = (
    IPv6Network("fec0::/10"),
    IPv6Network("3fff::/20"),
    IPv6Network("64:ff9b:1::/48"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("198.18.0.0/15"),
)


class PrivateAddress(OSError):
    """A connection to an address that is not public."""


def parse_networks(values: Sequence[str]) -> tuple[Network, ...]:
    """Return networks written as 10.1.0.0/16, or as single addresses.

    raises   ValueError  one is none
    """
    return tuple(ip_network(value, strict=False) for value in values)


def is_public(address: str) -> bool:
    """Tell whether an IP address is reachable from everywhere, and is no way around to one that is not."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ip_address(int(found) & 0xFFFFFFFF)  # type: ignore[assignment]
        if inner is not None:
            return is_public(str(inner))
    if any(found.version == network.version and found in network for network in _SPECIAL):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def demand_public(address: str, allowed: Sequence[Network] = ()) -> None:
    """Refuse an address that is neither public nor in an allowed network.

    raises   PrivateAddress
    """
    if is_public(address):
        return
    found = ip_address(address.partition("%")[0])
    if not any(found.version == network.version and found in network for network in allowed):
        raise PrivateAddress(f"{address} is not a public address")


def address_block(address: str) -> str:
    """Return the key under which an address is limited: what one subscriber has.

    A host may take any address of its IPv6 /64, so all of them are one; an IPv4 address in IPv6 form is the IPv4 one.

    >>> address_block("2001:db8:1:2:aaaa::1"), address_block("::ffff:192.0.2.1"), address_block("unknown")
    ('2001:db8:1:2::/64', '192.0.2.1', 'unknown')
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((int(found) >> 64 << 64, 64)))
    return str(found)
