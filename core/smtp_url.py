"""Where mails go out, as one URL: smtp://user:password@host:587 or smtps://user:password@host:465."""

import ipaddress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

StartTls = Literal["always", "auto", "never"]
_EXAMPLE = "smtp://user:password@host:587"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """An SMTP server and how to talk to it.

    tls         spoken from the first byte (smtps)
    start_tls   on a plain connection: always, auto (where offered), or never
    """

    host: str
    port: int
    tls: bool
    start_tls: StartTls
    user: str | None
    password: str | None


def parse_smtp_url(url: str) -> SmtpServer:
    """Return what a URL says; `?starttls=always|auto|never` says it about STARTTLS.

    Without that, STARTTLS is always used before a password is sent, and otherwise where it is offered.
    raises   ValueError  it is no such URL, or it contradicts itself; the text is for the operator
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise ValueError(f"must look like {_EXAMPLE}")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    start_tls = given.pop("starttls", None)
    if given:
        raise ValueError(f"does not know {', '.join(sorted(given))}; it takes starttls alone")
    if start_tls not in (None, "always", "auto", "never"):
        raise ValueError("starttls must be always, auto or never")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if (user is None) != (password is None):
        raise ValueError(f"needs a user and a password, or neither: {_EXAMPLE}")
    tls = parts.scheme == "smtps"
    if tls and start_tls is not None:
        raise ValueError("smtps speaks TLS from the start, so starttls says nothing there; use smtp:// or leave it out")
    if password is not None and start_tls == "auto":
        raise ValueError("with starttls=auto the password could go out in the clear; use starttls=always")
    if password is not None and start_tls == "never" and not _is_loopback(parts.hostname):
        raise ValueError("with starttls=never the password would go out in the clear; that is for this machine alone")
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587),
        tls=tls,
        start_tls=_choose(start_tls, secret=password is not None),
        user=user,
        password=password,
    )


def _choose(said: str | None, *, secret: bool) -> StartTls:
    if said == "never":
        return "never"
    return "always" if said == "always" or (said is None and secret) else "auto"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
