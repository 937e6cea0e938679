"""Cards under messages for the first page they link: title, description and a small picture, fetched by the server.

How it works: a stored job for each message with a link, done by a runner of its own, so that nothing waits for somebody
else's server. What was fetched is kept for a day for each organisation and address. The card is part of what hangs on
the message, which is told as edited; its author can take it away for good.
"""

import asyncio
import contextlib
import re
import tempfile
from typing import Any
from urllib.parse import urljoin

from accounts.rights import Actor, demand
from conversations.messages import events, payloads
from conversations.messages.access import demand_member
from conversations.messages.page_summary import decode_page, summarise_page
from conversations.messages.shown import shown_message
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Forbidden, Limited, NotFound
from files.thumbnails import draw_thumbnail
from outward.pages import Fetch
from storage.accounts.organisations import find_organisation
from storage.conversations.conversations import lock_conversation, take_rev
from storage.conversations.link_cards import LinkCard, find_card, keep_card
from storage.conversations.messages import Message, change_annex, find_message
from storage.disk.blobs import Blobs
from storage.engine.database import Clash, Database, Transaction
from storage.engine.jobs import add_job
from storage.unused_blobs import remove_blob_later

CARD_JOB = "message:card"
KEPT_MS = 86_400_000
# Links of one person that are looked at: at once, and each second after that. The others get no card.
CARDS = (10.0, 1 / 10)
_LINK = re.compile(r"https?://[^\s<>\"']{1,1990}[^\s<>\"'.,;:!?)\]}]")
_PAGES = ("text/html", "application/xhtml+xml")
# Not SVG: it is a program.
_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")


def first_link(text: str) -> str | None:
    """Return the first web address of a text, as pages show it as a link, or None."""
    found = _LINK.search(text) if "://" in text else None
    return found[0] if found else None


class LinkCards:
    """Makes cards, and takes them away.

    fetch    gets what is at an address, if anybody on the internet could; None otherwise
    """

    def __init__(self, database: Database, clock: Clock, blobs: Blobs, fetch: Fetch) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._fetch = fetch
        self._buckets = TokenBuckets(*CARDS)

    def wanted(self, actor: Actor, text: str) -> str | None:
        """Return the address a new message of the actor's gets a card for, if any; it counts."""
        link = first_link(text)
        if link is not None:
            try:
                self._buckets.take(actor.party_id, self._clock.monotonic_ns())
            except Limited:
                return None
        return link

    async def run(self, payload: dict[str, Any]) -> None:
        """Make the card of one message (a job); emits message:edited, when there is something to show."""
        organisation_id, url = str(payload["organisation_id"]), str(payload["url"])
        fresh_ms = self._clock.utc_ms() - KEPT_MS

        def kept(tx: Transaction) -> tuple[bool, LinkCard | None]:
            organisation = find_organisation(tx, organisation_id)
            card = find_card(tx, organisation_id, url)
            fresh = card if card is not None and card.fetched_at_ms > fresh_ms else None
            return organisation is not None and organisation.link_cards, fresh

        is_on, card = await self._database.read(kept)
        if not is_on:
            return
        if card is None:
            card = await self._make(organisation_id, url)
        made = card

        def store(tx: Transaction) -> None:
            old = find_card(tx, organisation_id, url)
            if old != made:
                keep_card(tx, made)
                if old is not None and old.picture_digest not in (None, made.picture_digest):
                    remove_blob_later(tx, str(old.picture_digest))
            if made.title:
                _put(tx, organisation_id, payload, made)

        with contextlib.suppress(Clash):
            await self._database.write(store)

    async def remove(self, actor: Actor, conversation_id: str, message_id: str) -> payloads.Message:
        """Take the card of a message of one's own away; it does not come back.

        raises   NotFound; Forbidden  somebody else's
        emits    message:edited
        """
        demand(actor, "conversations.write")

        def store(tx: Transaction) -> payloads.Message:
            demand_member(tx, actor, conversation_id)
            message = find_message(tx, conversation_id, message_id)
            if message is None:
                raise NotFound("conversations.message_not_found")
            if message.author_id != actor.party_id:
                raise Forbidden("conversations.not_your_message")
            annex = message.annex or {}
            if "card" not in annex:
                return shown_message(tx, message)
            return _change(tx, actor.organisation_id, message, {**annex, "card": None, "no_card": True})

        return await self._database.write(store)

    async def picture(self, actor: Actor, conversation_id: str, message_id: str) -> bytes:
        """Return the small picture (WebP) of a message's card; raises NotFound."""
        demand(actor, "conversations.read")

        def load(tx: Transaction) -> str | None:
            demand_member(tx, actor, conversation_id)
            message = find_message(tx, conversation_id, message_id)
            card = ((message.annex or {}) if message is not None else {}).get("card")
            return None if card is None else card["picture"]

        digest = await self._database.read(load)
        content = None if digest is None else await asyncio.to_thread(self._blobs.read, digest)
        if content is None:
            raise NotFound("accounts.file_not_found")
        return content

    async def _make(self, organisation_id: str, url: str) -> LinkCard:
        page = await self._fetch(url, _PAGES)
        if page is None:
            return LinkCard(organisation_id, url, "", "", "", None, self._clock.utc_ms())
        summary = await asyncio.to_thread(lambda: summarise_page(decode_page(page.content, page.charset)))
        digest = await self._picture(urljoin(page.url, summary.picture)) if summary.picture and summary.title else None
        return LinkCard(
            organisation_id, url, summary.title, summary.description, summary.site, digest, self._clock.utc_ms()
        )

    async def _picture(self, address: str) -> str | None:
        found = await self._fetch(address, _PICTURES)
        if found is None:
            return None
        with tempfile.TemporaryFile() as file:
            file.write(found.content)
            file.seek(0)
            drawn = await draw_thumbnail(file)
        return None if drawn is None else await asyncio.to_thread(self._blobs.put, drawn.content)


def plan_card(tx: Transaction, organisation_id: str, conversation_id: str, message_id: str, url: str) -> None:
    """Have a card made for a message that was just stored or edited."""
    payload = {
        "organisation_id": organisation_id,
        "conversation_id": conversation_id,
        "message_id": message_id,
        "url": url,
    }
    add_job(tx, CARD_JOB, tx.now_ms, payload, key=message_id)


def _put(tx: Transaction, organisation_id: str, payload: dict[str, Any], card: LinkCard) -> None:
    lock_conversation(tx, payload["conversation_id"])
    message = find_message(tx, payload["conversation_id"], payload["message_id"])
    if message is None or message.deleted_at_ms is not None or first_link(message.text) != card.url:
        return
    annex = message.annex or {}
    shown = {
        "url": card.url,
        "title": card.title,
        "description": card.description,
        "site": card.site,
        "picture": card.picture_digest,
    }
    if not annex.get("no_card") and annex.get("card") != shown:
        _change(tx, organisation_id, message, {**annex, "card": shown})


def _change(tx: Transaction, organisation_id: str, message: Message, annex: dict[str, Any]) -> payloads.Message:
    changed = shown_message(tx, change_annex(tx, message, take_rev(tx, message.conversation_id), annex))
    events.message_changed(tx, organisation_id, "message:edited", changed)
    return changed
