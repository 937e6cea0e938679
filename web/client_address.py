"""The address a request comes from, and whether it came by TLS, with proxies believed only where told."""

import ipaddress
from collections.abc import Iterable

from aiohttp import web

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ClientAddress:
    """Reads X-Forwarded-For from its right end, past trusted proxies, to the first address that is none."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted: list[Network] = [ipaddress.ip_network(entry, strict=False) for entry in trusted]

    def of(self, request: web.Request) -> str:
        """Return the client's address, or "unknown" for a socket that has none."""
        address = request.remote or "unknown"
        if not self.trusts(address):
            return address
        chain = [part.strip() for header in request.headers.getall("X-Forwarded-For", []) for part in header.split(",")]
        for hop in reversed([part for part in chain if part]):
            try:
                ipaddress.ip_address(hop)
            except ValueError:
                return address
            address = hop
            if not self.trusts(hop):
                return address
        return address

    def trusts(self, address: str) -> bool:
        """Tell whether the address is a proxy's, which is believed."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)
