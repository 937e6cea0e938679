"""Sending mail: by SMTP, or into the outbox folder where no SMTP server is set."""

import logging
import os
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import aiosmtplib

from core.ids import new_id
from core.settings import Settings
from core.smtp_url import parse_smtp_url

log = logging.getLogger("centrala.mail")

# As aiosmtplib takes it; with True it sends nothing to a server that offers no STARTTLS.
_START_TLS = {"always": True, "auto": None, "never": False}


class Mailer(Protocol):
    """Whatever takes a mail away."""

    async def send(self, message: EmailMessage, expires_at_ms: int) -> None:
        """Hand the mail over; raises OSError or aiosmtplib.SMTPException when it was not taken.

        expires_at_ms   when what it carries is worth nothing any more
        """
        ...

    def forget_expired(self, now_ms: int) -> None:
        """Remove what is kept of mails that have expired."""
        ...


def make_mailer(settings: Settings) -> Mailer:
    """Return the mailer the settings ask for."""
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url)
    return OutboxMailer(settings.data_dir / "outbox")


def write_mail(settings: Settings, to: str, subject: str, text: str) -> EmailMessage:
    """Return a plain-text mail from the server."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    message = EmailMessage()
    message["From"] = settings.mail_from or f"Centrala <centrala@{host}>"
    local, _, domain = to.rpartition("@")
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=host)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


class SmtpMailer:
    """An SMTP server by its URL; no password leaves before TLS is up, unless the URL says so for this machine."""

    def __init__(self, url: str) -> None:
        self._server = parse_smtp_url(url)

    async def send(self, message: EmailMessage, expires_at_ms: int) -> None:
        """Deliver to the SMTP server within 30 s."""
        server = self._server
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            start_tls=False if server.tls else _START_TLS[server.start_tls],
            username=server.user,
            password=server.password,
            timeout=30,
        )

    def forget_expired(self, now_ms: int) -> None:
        """Keep nothing, forget nothing."""


class OutboxMailer:
    """Mails as files only the server's user may read, each dated with the time it expires."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage, expires_at_ms: int) -> None:
        """Write the mail and say where it is."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{new_id()}.eml"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(message.as_bytes(policy=SMTPUTF8))
        os.utime(path, (expires_at_ms / 1000, expires_at_ms / 1000))
        log.warning("no SMTP server is set: the mail to %s is in %s", message["To"], path)

    def forget_expired(self, now_ms: int) -> None:
        """Remove the mails whose time has come."""
        for path in self._folder.glob("*.eml"):
            if path.stat().st_mtime * 1000 <= now_ms:
                path.unlink(missing_ok=True)
