"""Notices to browsers and installed apps that may be closed: new messages, calls that ring, and calls that were missed.

How it works: this process hears the events it stored itself, so each is told once. Messages wait a moment: who reads
them meanwhile on another device is left alone, and of several in one conversation only the newest is told. Whoever is
mentioned is told in a silenced conversation, too. What is sent
is worded in the person's language and encrypted for one browser; a crash loses notices, never messages.
"""

import asyncio
import base64
import hashlib
import logging
from typing import Any, NamedTuple, Protocol

import orjson

from core.catalogue import Catalogue
from core.settings import Settings
from core.supervise import Supervisor
from outward.web_push import Outcome
from storage.calls.conferences import RingState
from storage.conversations.conversations import conversations_by_ids
from storage.engine.database import Database, Transaction
from storage.engine.hearing import Heard
from storage.notices.push import (
    PushAddressee,
    PushSubscription,
    addressees_of_call,
    addressees_of_message,
    forget_push_subscription,
)

log = logging.getLogger("centrala.push")

_PAUSE_S = 1.5
_MESSAGE_TTL_S = 86_400
_MOST_WAITING = 2_000
_BODY = 180
_CALLS: dict[str, tuple[RingState, ...]] = {
    "conference:started": ("ringing",),
    "conference:ended": ("timeout", "ended"),
}


class PushDoor(Protocol):
    """Sends one notice to one browser through its push service."""

    async def public_key(self) -> str:
        """Return the key browsers subscribe with: base64url of the uncompressed point."""
        ...

    async def send(
        self, subscription: PushSubscription, notice: bytes, *, ttl_s: int, urgency: str, topic: str
    ) -> Outcome:
        """Encrypt and send; never raises for what the other side does.

        ttl_s   how long the service keeps it for a browser that is away
        topic   a newer notice of the same topic replaces one that still waits there
        """
        ...


class _Notice(NamedTuple):
    """What a browser is told. tag: a newer notice of the same tag replaces it on the screen."""

    tag: str
    title: str
    body: str
    url: str


class PushNotices:
    """Tells browsers of what this process stored."""

    def __init__(
        self, settings: Settings, database: Database, catalogue: Catalogue, supervisor: Supervisor, door: PushDoor
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._supervisor = supervisor
        self._door = door
        self._ring_s = settings.ring_s
        self._messages: list[Heard] = []
        self.counts: dict[Outcome, int] = {"taken": 0, "gone": 0, "refused": 0, "unreachable": 0}

    def message_posted(self, heard: Heard) -> None:
        """This process stored a message."""
        if not self._messages:
            self._supervisor.start("push of messages", self._tell_messages())
        if len(self._messages) < _MOST_WAITING:
            self._messages.append(heard)

    def call_changed(self, heard: Heard) -> None:
        """This process stored that a call began or ended."""
        self._supervisor.start("push of a call", self._tell_call(heard))

    async def measure(self) -> dict[str, float]:
        """Return what /metrics tells: how many notices ended how, since the start."""
        return {f'push_notices_total{{outcome="{outcome}"}}': float(count) for outcome, count in self.counts.items()}

    async def try_out(self, addressee: PushAddressee) -> Outcome:
        """Send a notice that says that notices arrive."""
        title, body = (self._catalogue.say(addressee.language, f"push.trial.{part}") for part in ("title", "body"))
        return await self._send(addressee, _Notice("trial", title, body, "/profile"), ttl_s=60, urgency="high")

    async def _tell_messages(self) -> None:
        await asyncio.sleep(_PAUSE_S)
        waiting, self._messages = self._messages, []
        newest: dict[str, dict[str, Any]] = {}
        since_seq: dict[str, int] = {}
        for heard in waiting:
            message = heard.payload["message"]
            if message["kind"] in ("text", "file"):
                newest[message["conversation_id"]] = message
                since_seq.setdefault(message["conversation_id"], message["seq"])

        def load(tx: Transaction) -> list[tuple[dict[str, Any], str, list[PushAddressee]]]:
            found = []
            for conversation_id, message in newest.items():
                addressees = addressees_of_message(
                    tx,
                    conversation_id,
                    message["seq"],
                    message["author"]["id"],
                    since_seq=since_seq[conversation_id],
                )
                if addressees:
                    found.append((message, _title(tx, conversation_id), addressees))
            return found

        if not newest:
            return
        for message, title, addressees in await self._database.read(load):
            author = message["author"]["name"]
            notice = _Notice(
                f"conversation {message['conversation_id']}",
                f"{author} · {title}" if title else author,
                (message["text"] or ", ".join(file["name"] for file in message["body"]["files"]))[:_BODY],
                f"/conferencing/{message['conversation_id']}",
            )
            await self._send_all([(one, notice) for one in addressees], ttl_s=_MESSAGE_TTL_S, urgency="normal")

    async def _tell_call(self, heard: Heard) -> None:
        kind, conference = heard.kind, heard.payload["conference"]
        conversation_id = conference["conversation_id"]

        def load(tx: Transaction) -> tuple[str, list[PushAddressee]]:
            return _title(tx, conversation_id), addressees_of_call(tx, conference["id"], _CALLS[kind])

        title, addressees = await self._database.read(load)
        rings, caller = kind == "conference:started", conference["started_by"]["name"]

        def notice_for(language: str) -> _Notice:
            said = self._catalogue.say(language, "push.ringing" if rings else "push.missed", name=caller)
            answer = f"/conference/{conversation_id}" if rings else f"/conferencing/{conversation_id}"
            return _Notice(f"call {conference['id']}", said, title, answer)

        await self._send_all(
            [(one, notice_for(one.language)) for one in addressees],
            ttl_s=int(self._ring_s) if rings else _MESSAGE_TTL_S,
            urgency="high" if rings else "normal",
        )

    async def _send_all(self, notices: list[tuple[PushAddressee, _Notice]], *, ttl_s: int, urgency: str) -> None:
        await asyncio.gather(*(self._send(one, notice, ttl_s=ttl_s, urgency=urgency) for one, notice in notices))

    async def _send(self, addressee: PushAddressee, notice: _Notice, *, ttl_s: int, urgency: str) -> Outcome:
        subscription = addressee.subscription
        topic = base64.urlsafe_b64encode(hashlib.sha256(notice.tag.encode()).digest()[:24]).decode()
        outcome = await self._door.send(
            subscription, orjson.dumps(notice._asdict()), ttl_s=ttl_s, urgency=urgency, topic=topic
        )
        self.counts[outcome] += 1
        if outcome == "gone":
            await self._database.write(lambda tx: forget_push_subscription(tx, subscription.id))
        return outcome


def _title(tx: Transaction, conversation_id: str) -> str:
    """The case's name or the group's title; nothing for a talk of two."""
    found = conversations_by_ids(tx, [conversation_id])
    return found[0].title if found else ""
