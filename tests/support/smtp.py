"""A small SMTP server (RFC 5321) that takes every mail, with STARTTLS, TLS from the start, and AUTH PLAIN; and a silent one."""

import asyncio
import base64
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Self


@dataclass
class Delivered:
    """One mail as it came over the wire."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    over_tls: bool
    user: str | None


@dataclass
class SmtpServer:
    """Listens on a free loopback port.

    tls       context with a certificate: STARTTLS is offered, or TLS spoken at once with `implicit`
    password  of the user "centrala", asked for before a mail is taken
    heard     every line of commands, as they came, with whether TLS was up
    refuse    answer 451 to so many mails before taking one
    """

    tls: ssl.SSLContext | None = None
    implicit: bool = False
    password: str | None = None
    refuse: int = 0
    delivered: list[Delivered] = field(default_factory=list)
    heard: list[tuple[str, bool]] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> Self:
        context = self.tls if self.implicit else None
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._session(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over_tls, user, sender = self.implicit, None, ""
        recipients: list[str] = []

        async def say(*lines: str) -> None:
            for place, line in enumerate(lines):
                writer.write(f"{line[:3]}{' ' if place == len(lines) - 1 else '-'}{line[4:]}\r\n".encode())
            await writer.drain()

        await say("220 mail.example.test ESMTP")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            self.heard.append((line, over_tls))
            command = line.split(" ")[0].upper()
            if command in ("EHLO", "HELO"):
                offers = ["250 mail.example.test", "250 SMTPUTF8", "250 8BITMIME"]
                offers += ["250 STARTTLS"] if self.tls and not over_tls else []
                offers += ["250 AUTH PLAIN"] if self.password else []
                await say(*offers)
            elif command == "STARTTLS" and self.tls:
                await say("220 go on")
                await writer.start_tls(self.tls)
                over_tls = True
            elif command == "AUTH":
                _, name, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
                good = name == "centrala" and password == self.password
                user = name if good else None
                await say("235 welcome" if good else "535 wrong")
            elif command == "MAIL" and self.password and user is None:
                await say("530 sign in first")
            elif command == "MAIL":
                sender, recipients = line[10:].partition(">")[0].lstrip("<"), []
                await say("250 ok")
            elif command == "RCPT":
                recipients.append(line[8:].rpartition(">")[0].lstrip("<"))
                await say("250 ok")
            elif command == "DATA":
                await say("354 go on")
                content = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                if self.refuse > 0:
                    self.refuse -= 1
                    await say("451 later")
                    continue
                message = message_from_bytes(content, policy=SMTPUTF8)
                self.delivered.append(Delivered(sender, recipients, message, over_tls, user))
                await say("250 taken")
            elif command == "QUIT":
                await say("221 bye")
                return
            else:
                await say("250 ok" if command in ("NOOP", "RSET") else "502 what?")


@dataclass
class SilentServer:
    """Listens on a free loopback port, takes every connection, and never says a word.

    lines  connections that are open
    """

    lines: set[asyncio.StreamWriter] = field(default_factory=set)
    port: int = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._hold, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for line in self.lines.copy():
            line.close()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.add(writer)
        try:
            await reader.read()
        finally:
            self.lines.discard(writer)
            writer.close()
