"""Fetching a page that somebody linked: from public addresses only, little of it, and soon.

Connections go through `outward.requests`, which looks at the address of each. Redirects are followed here, each as if it
were the first address. What comes compressed is refused, because a few bytes of it could be gigabytes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import aiohttp
from yarl import URL

from core.networks import Network
from outward.requests import outward_session

log = logging.getLogger("centrala.links")

WITHIN_S = 5.0
MAX_BYTES = 512_000
_REDIRECTS = 3
_PORTS = frozenset({80, 443})
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; Centrala link preview)",
    "Accept-Encoding": "identity",
    "Accept-Language": "pl, en;q=0.8",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was at an address: where it was in the end, of which type, and its first bytes."""

    url: str
    content_type: str
    charset: str | None
    content: bytes


Fetch = Callable[[str, Collection[str]], Awaitable[Fetched | None]]


class Refused(Exception):
    """It is not to be fetched, or is nothing to show; the reason is for the log."""


class LinkFetcher:
    """Fetches pages and pictures for link cards. Call `close` at the end.

    allowed   private networks that may be asked as well, at any port when the link names an address in them
    """

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, address: str, types: Collection[str]) -> Fetched | None:
        """Return what is at an address, its first 512 kB at most, if it is of one of the types; None otherwise."""
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._follow(address, frozenset(types))
        except (Refused, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            log.info("no card for a link to %s: %r", _host(address), error)
            return None

    async def close(self) -> None:
        """Give back what is open."""
        if self._session is not None:
            await self._session.close()

    async def _follow(self, address: str, types: frozenset[str]) -> Fetched:
        url = URL(address)
        for _ in range(_REDIRECTS + 1):
            self._demand_web(url)
            async with self._open().get(url, allow_redirects=False, headers=_HEADERS) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    url = url.join(URL(answer.headers.get("Location", "")))
                    continue
                return await _read(answer, types)
        raise Refused("too many redirects")

    def _demand_web(self, url: URL) -> None:
        if url.scheme not in ("http", "https") or not url.host or url.user is not None:
            raise Refused("not an address of the web")
        if url.port not in _PORTS and not self._names_allowed(url.host):
            raise Refused("another port than the web's")

    def _names_allowed(self, host: str) -> bool:
        try:
            found = ip_address(host)
        except ValueError:
            return False
        return any(found.version == network.version and found in network for network in self._allowed)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = outward_session(self._allowed, timeout_s=WITHIN_S, decompress=False)
        return self._session


async def _read(answer: aiohttp.ClientResponse, types: frozenset[str]) -> Fetched:
    if answer.status != 200:
        raise Refused(f"status {answer.status}")
    if answer.content_type not in types:
        raise Refused(f"type {answer.content_type}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused("compressed")
    content = bytearray()
    async for chunk in answer.content.iter_chunked(16_384):
        content += chunk[: MAX_BYTES - len(content)]
        if len(content) >= MAX_BYTES:
            break
    return Fetched(str(answer.url), answer.content_type, answer.charset, bytes(content))


def _host(address: str) -> Any:
    try:
        return URL(address).host
    except ValueError:
        return "?"
