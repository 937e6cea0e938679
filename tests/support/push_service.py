"""A push service on loopback, as a browser's maker runs one (RFC 8030), and browsers that read what it takes.

It demands what such a service demands: TLS, a signature of the sender (RFC 8292) for this very service, a time to live,
and a body encrypted for the browser (RFC 8291), which it cannot read itself.
"""

import asyncio
import base64
import json
import secrets
import ssl
from dataclasses import dataclass, field
from typing import Any

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.certificates import Certificate
from tests.support.processes import free_port


def encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def decode(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "==")


@dataclass(frozen=True)
class Delivered:
    """What came for a browser, decrypted; and how it was to be delivered."""

    notice: dict[str, Any]
    ttl_s: int
    urgency: str
    topic: str
    claims: dict[str, Any]


@dataclass
class PushBrowser:
    """One browser's subscription. status: what the service answers for it."""

    endpoint: str
    status: int = 201
    received: list[Delivered] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def subscription(self) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "keys": {"p256dh": encode(point), "auth": encode(self.auth)}}

    async def next(self, limit_s: float = 10.0) -> Delivered:
        """Wait for the next notice."""
        async with asyncio.timeout(limit_s):
            while not self.received:
                self.came.clear()
                await self.came.wait()
        return self.received.pop(0)


class PushService:
    """Serves https://localhost:port/<browser>."""

    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate
        self.port = free_port()
        self.origin = f"https://localhost:{self.port}"
        self.asked = 0
        self._browsers: dict[str, PushBrowser] = {}
        self._runner: web.AppRunner | None = None

    async def start(self) -> "PushService":
        app = web.Application()
        app.router.add_post("/{browser}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._certificate.certificate, self._certificate.key)
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=context).start()
        return self

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    def browser(self) -> PushBrowser:
        name = secrets.token_hex(8)
        made = self._browsers[name] = PushBrowser(f"{self.origin}/{name}")
        return made

    async def _take(self, request: web.Request) -> web.Response:
        self.asked += 1
        browser = self._browsers[request.match_info["browser"]]
        scheme, _, rest = request.headers["Authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert scheme == "vapid" and request.headers["Content-Encoding"] == "aes128gcm"
        claims = _verify(parts["t"], decode(parts["k"]))
        assert claims["aud"] == self.origin, claims
        if browser.status != 201:
            return web.Response(status=browser.status)
        body = await request.read()
        assert len(body) <= 4096, "services take 4096 bytes at most"
        plain = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.auth, version="aes128gcm")
        headers = request.headers
        browser.received.append(
            Delivered(json.loads(plain), int(headers["TTL"]), headers["Urgency"], headers["Topic"], claims)
        )
        browser.came.set()
        return web.Response(status=201)


def _verify(token: str, point: bytes) -> dict[str, Any]:
    """Check the signature as a service does, with the key that came along; give the claims."""
    head, claims, signature = token.split(".")
    raw = decode(signature)
    r, s = (int.from_bytes(raw[half : half + 32]) for half in (0, 32))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key.verify(encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(decode(head))["alg"] == "ES256"
    found: dict[str, Any] = json.loads(decode(claims))
    return found
