"""Cards under messages: made once for an address, gone with the link, taken away for good by the author."""

import asyncio
import io
from collections.abc import Collection
from pathlib import Path

import pytest
from PIL import Image

from accounts.rights import Actor
from conversations.messages.link_cards import CARD_JOB, CARDS, LinkCards, first_link
from conversations.messages.messages import MessageService
from conversations.messages.payloads import Message
from core.buckets import TokenBuckets
from core.errors import Forbidden, NotFound
from core.supervise import Supervisor
from desk.visits.visiting import VisitAccess
from outward.pages import Fetched
from storage.accounts.organisations import change_organisation
from storage.disk.blobs import DiskBlobs
from storage.engine.job_kinds import JobKind
from storage.engine.job_runner import JobRunner
from tests.conversations.conftest import Rules

LINK = "https://shop.example/pump"
PAGE = (
    '<title>Pompa</title><meta property="og:description" content="Trzy bary"><meta property="og:image" content="p.png">'
)


class Web:
    """The internet: what is asked of it is answered from memory."""

    def __init__(self) -> None:
        made = io.BytesIO()
        Image.new("RGB", (900, 600), "red").save(made, "PNG")
        self.asked: list[str] = []
        self.pages = {LINK: ("text/html", PAGE.encode()), "https://shop.example/p.png": ("image/png", made.getvalue())}

    async def fetch(self, address: str, types: Collection[str]) -> Fetched | None:
        self.asked.append(address)
        content_type, content = self.pages.get(address, ("", b""))
        return Fetched(address, content_type, None, content) if content_type in types else None


class Desk:
    """Messages with cards over the rules."""

    def __init__(self, rules: Rules, folder: Path) -> None:
        self.rules, self.web = rules, Web()
        self.cards = LinkCards(rules.database, rules.clock, DiskBlobs(folder), self.web.fetch)
        self.messages = MessageService(rules.database, rules.clock, TokenBuckets(500, 100.0), VisitAccess(), self.cards)
        card = JobKind(CARD_JOB, "outward", self.cards.run)
        self.jobs = JobRunner(rules.database, rules.clock, [card], Supervisor())
        self.sent = 0

    async def post(self, who: Actor, group: str, text: str) -> Message:
        self.sent += 1
        message, _ = await self.messages.post(who, group, f"client-{self.sent}", text)
        return await self.settled(group, message)

    async def settled(self, group: str, message: Message) -> Message:
        while await self.jobs.run_due():
            await asyncio.sleep(0)
        page = await self.messages.page(self.rules.anna, group, seqs=[message.seq])
        return page.items[0]


@pytest.fixture
def desk(rules: Rules, tmp_path: Path) -> Desk:
    return Desk(rules, tmp_path / "blobs")


def test_the_first_link_is_the_one_pages_show() -> None:
    assert first_link("patrz https://a.example/b(c), i http://d") == "https://a.example/b(c"
    assert first_link("mail: a@b.pl, ftp://x, //y") is None
    assert first_link("x") is None


async def test_a_linked_page_is_shown_once_it_was_looked_at(desk: Desk, rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    message = await desk.post(rules.anna, group, f"Zobacz {LINK}.")
    assert message.card is not None and message.edited_at_ms is None
    assert (message.card.url, message.card.title, message.card.description) == (LINK, "Pompa", "Trzy bary")
    with Image.open(io.BytesIO(await desk.cards.picture(rules.bartek, group, message.id))) as drawn:
        assert drawn.format == "WEBP" and max(drawn.size) < 900
    with pytest.raises(NotFound):
        await desk.cards.picture(rules.celina, group, message.id)
    asked = len(desk.web.asked)
    again = (await desk.post(rules.bartek, group, LINK)).card
    assert again is not None and again.title == "Pompa" and again.picture_url != message.card.picture_url
    assert len(desk.web.asked) == asked
    rules.clock.move(90_000)
    await desk.post(rules.bartek, group, LINK)
    assert len(desk.web.asked) == 2 * asked


async def test_the_author_takes_a_card_away_for_good(desk: Desk, rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    message = await desk.post(rules.anna, group, LINK)
    with pytest.raises(Forbidden):
        await desk.cards.remove(rules.bartek, group, message.id)
    with pytest.raises(NotFound):
        await desk.cards.remove(rules.celina, group, message.id)
    assert (await desk.cards.remove(rules.anna, group, message.id)).card is None
    await desk.messages.edit(rules.anna, group, message.id, f"{LINK} jeszcze raz")
    assert (await desk.settled(group, message)).card is None


async def test_an_edit_changes_the_card_and_a_deletion_takes_it(desk: Desk, rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    message = await desk.post(rules.anna, group, LINK)
    await desk.messages.edit(rules.anna, group, message.id, "bez linku")
    assert (await desk.settled(group, message)).card is None
    await desk.messages.edit(rules.anna, group, message.id, f"znów {LINK}")
    assert (await desk.settled(group, message)).card is not None
    await desk.messages.delete(rules.anna, group, message.id)
    assert (await desk.settled(group, message)).card is None


async def test_pages_that_are_none_are_asked_once_and_show_nothing(desk: Desk, rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    for _ in range(3):
        assert (await desk.post(rules.anna, group, "http://nowhere.example/")).card is None
    assert desk.web.asked == ["http://nowhere.example/"]


async def test_a_person_has_so_many_pages_looked_at(desk: Desk, rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    for number in range(int(CARDS[0]) + 5):
        await desk.post(rules.anna, group, f"http://nowhere.example/{number}")
    assert len(desk.web.asked) == int(CARDS[0])
    await desk.post(rules.bartek, group, "http://nowhere.example/b")
    assert len(desk.web.asked) == int(CARDS[0]) + 1


async def test_an_organisation_switches_cards_off(desk: Desk, rules: Rules) -> None:
    await rules.database.write(lambda tx: change_organisation(tx, rules.cast.organisation_id, 1, {"link_cards": False}))
    group = await rules.group(rules.bartek)
    assert (await desk.post(rules.anna, group, LINK)).card is None
    assert desk.web.asked == []
