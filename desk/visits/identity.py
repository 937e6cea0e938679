"""Who the site says its visitor is: a JSON Web Token signed with the widget's secret (RFC 7519, HS256 of RFC 7518)."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

import orjson

# A token that is good for longer than this is a password in the page's source.
MAX_LIFE_MS = 86_400_000
_SUBJECT_MAX, _TEXT_MAX = 200, 200


@dataclass(frozen=True, slots=True)
class Identity:
    """What a site vouches for."""

    subject: str
    name: str
    email: str


def read_identity(token: str, secret: str, now_ms: int) -> Identity | None:
    """Return what a token says, None when it is not signed with the secret, late, or says nothing of use.

    exp, in s since 1970, must be there and within a day; sub says who it is.
    """
    parts = token.split(".")
    if len(parts) != 3 or not secret:
        return None
    wanted = hmac.new(secret.encode(), f"{parts[0]}.{parts[1]}".encode(), hashlib.sha256).digest()
    try:
        header, claims, signature = (_decode(part) for part in parts)
        if not hmac.compare_digest(wanted, signature) or orjson.loads(header).get("alg") != "HS256":
            return None
        said = orjson.loads(claims)
        expires_at_ms = int(float(said["exp"]) * 1000)
        subject = said["sub"]
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, OverflowError):
        return None
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_MAX:
        return None
    if not now_ms < expires_at_ms <= now_ms + MAX_LIFE_MS:
        return None
    return Identity(subject, _text(said.get("name")), _text(said.get("email")))


def _decode(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _text(value: object) -> str:
    return " ".join(value.split())[:_TEXT_MAX] if isinstance(value, str) else ""
