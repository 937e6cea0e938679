"""ICE servers for somebody in a call; TURN credentials by coturn's REST scheme (draft-uberti-behave-turn-rest-00)."""

import base64
import hashlib
import hmac

from conversations.calls.payloads import IceServer
from core.settings import Settings

LIFETIME_MS = 3_600_000


def ice_servers(settings: Settings, party_id: str, now_ms: int, lifetime_ms: int = LIFETIME_MS) -> list[IceServer]:
    """Return RTCConfiguration.iceServers for a party: good for an hour, the party named in the TURN server's log."""
    servers = []
    if settings.stun_urls:
        servers.append(IceServer(urls=settings.stun_urls))
    secret = settings.turn_secret.get_secret_value()
    if settings.turn_urls and secret:
        username = f"{(now_ms + lifetime_ms) // 1000}:{party_id}"
        servers.append(
            IceServer(urls=settings.turn_urls, username=username, credential=turn_password(secret, username))
        )
    return servers


def turn_password(secret: str, username: str) -> str:
    """Return base64(HMAC-SHA1(secret, username)).

    >>> turn_password("north", "1700000000:anna")
    'WS1fjjHj2gNlXzhc/ZcwmC3ofIo='
    """
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
