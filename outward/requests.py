"""HTTP requests to addresses that somebody else chose: to public addresses only, without redirects of their own."""

import socket
from collections.abc import Sequence
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from core.networks import Network, demand_public

_AT_ONCE = 20


def outward_session(allowed: Sequence[Network], *, timeout_s: float, decompress: bool = True) -> ClientSession:
    """Return a session whose every connection goes to a public address; call it inside a running loop.

    How it works: the address is looked at when the socket is made, after the name was resolved, so that neither a
    number in the URL, nor a name that changes, nor a redirect leads past it. Proxies of the environment are not used.

    allowed    private networks that may be reached as well
    decompress unpack what comes compressed
    raises     PrivateAddress (from requests, inside aiohttp's ClientConnectorError)
    """

    def make_socket(info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        demand_public(address[0], allowed)
        return socket.socket(family=family, type=kind, proto=protocol)

    return ClientSession(
        connector=TCPConnector(limit=_AT_ONCE, limit_per_host=4, socket_factory=make_socket),
        timeout=ClientTimeout(total=timeout_s),
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        auto_decompress=decompress,
    )
