"""Web push: encrypted for one browser (RFC 8291), signed by this server (RFC 8292), taken by the browser's push service.

The libraries are those inside pywebpush, which itself asks for a cryptography that FFmpeg's WHIP muxer cannot speak to.
"""

import base64
import logging
import secrets
from typing import Literal
from urllib.parse import urlsplit

import http_ece
from aiohttp import ClientError, ClientSession
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from core.clock import Clock
from core.networks import parse_networks
from core.settings import Settings
from outward.requests import outward_session
from storage.engine.database import Database
from storage.notices.push import PushSubscription, find_server_key, keep_server_key

log = logging.getLogger("centrala.push")

# taken: the push service has it; gone: the browser takes none any more; refused, unreachable: the service's fault or ours.
Outcome = Literal["taken", "gone", "refused", "unreachable"]

_KEY = "vapid"
_TIMEOUT_S = 15.0
_SIGNED_FOR_S = 12 * 3600
_SIGNED_AGAIN_S = 6 * 3600
_MOST_SIGNED = 100


class WebPushDoor:
    """Sends notices; `close` after the last one. The server's key is made at its first use, one for all processes."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._subject = _subject(settings)
        self._allowed = parse_networks(settings.outward_networks)
        self._session: ClientSession | None = None
        self._signer: Vapid02 | None = None
        self._signed: dict[str, tuple[int, dict[str, str]]] = {}

    async def public_key(self) -> str:
        """Return the key browsers subscribe with: base64url of the uncompressed point."""
        signer = await self._load()
        point = signer.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).decode().rstrip("=")

    async def send(
        self, subscription: PushSubscription, notice: bytes, *, ttl_s: int, urgency: str, topic: str
    ) -> Outcome:
        """Encrypt and send; never raises for what the other side does."""
        body = http_ece.encrypt(
            notice,
            salt=secrets.token_bytes(16),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=_decode(subscription.p256dh),
            auth_secret=_decode(subscription.auth),
            version="aes128gcm",
        )
        headers = {
            **await self._authorization(subscription.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl_s),
            "Urgency": urgency,
            "Topic": topic,
        }
        if self._session is None:
            self._session = outward_session(self._allowed, timeout_s=_TIMEOUT_S)
        try:
            async with self._session.post(
                subscription.endpoint, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (ClientError, TimeoutError, ValueError) as error:
            log.warning("a push service cannot be reached: %s", getattr(error, "os_error", error))
            return "unreachable"
        if 200 <= status < 300:
            return "taken"
        if status in (404, 410):
            return "gone"
        log.warning("the push service %s refused a notice: %d", urlsplit(subscription.endpoint).hostname, status)
        return "refused"

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _load(self) -> Vapid02:
        if self._signer is None:
            stored = await self._database.read(lambda tx: find_server_key(tx, _KEY))
            if stored is None:
                made = Vapid02()
                made.generate_keys()
                pem = made.private_pem().decode()
                stored = await self._database.write(lambda tx: keep_server_key(tx, _KEY, pem))
            self._signer = Vapid02.from_pem(stored.encode())
        return self._signer

    async def _authorization(self, endpoint: str) -> dict[str, str]:
        """Say who sends, to this service only, for half a day; services limit those who sign for each notice anew."""
        signer, parts = await self._load(), urlsplit(endpoint)
        audience, now_s = f"{parts.scheme}://{parts.netloc}", self._clock.utc_ms() // 1000
        known = self._signed.get(audience)
        if known is None or now_s - known[0] > _SIGNED_AGAIN_S:
            claims = {"aud": audience, "exp": now_s + _SIGNED_FOR_S, "sub": self._subject}
            if len(self._signed) >= _MOST_SIGNED:
                self._signed.clear()
            known = self._signed[audience] = (now_s, signer.sign(claims))
        return known[1]


def _subject(settings: Settings) -> str:
    """Whom a push service writes to when something is wrong (RFC 8292 2.1)."""
    if settings.base_url.startswith("https://"):
        return settings.base_url
    return f"mailto:centrala@{urlsplit(settings.base_url).hostname}"


def _decode(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "==")
