"""Messages: once, in order, one's own to change, found by their words, caught up by rev."""

import asyncio

import pytest

from conversations.changes import LIMIT
from conversations.messages.payloads import MarksBody
from core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from storage.audit import AuditFilter, list_audit
from tests.conversations.conftest import Rules


@pytest.mark.feature("BEY-020")
async def test_same_client_id_stores_once_even_at_once(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    found = await asyncio.gather(*(rules.messages.post(rules.anna, group, "client-1", "raz") for _ in range(6)))
    assert len({message.id for message, _ in found}) == 1
    assert [created for _, created in found].count(True) == 1
    other, created = await rules.messages.post(rules.bartek, group, "client-1", "raz")
    assert created and other.id != found[0][0].id
    seqs = [one.seq for one in (await rules.messages.page(rules.anna, group)).items]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_who_left_learns_nothing_by_sending_again(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    await rules.messages.post(rules.bartek, group, "client-1", "raz")
    await rules.conversations.remove_member(rules.bartek, group, rules.bartek.party_id)
    with pytest.raises(NotFound):
        await rules.messages.post(rules.bartek, group, "client-1", "raz")


async def test_control_characters_are_left_out(rules: Rules) -> None:
    group = await rules.group()
    message, _ = await rules.messages.post(rules.anna, group, "client-1", "a\x00b\r\nc\td\x1b[31m\ud800 ")
    assert message.text == "ab\nc\td[31m\ufffd"
    for text in (" ", "\x00", "\n\t"):
        with pytest.raises(Invalid, match="empty_message"):
            await rules.messages.post(rules.anna, group, "client-2", text)


@pytest.mark.feature("CONF-020", "BEY-020")
async def test_only_the_author_edits_and_the_old_text_is_kept(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    message_id = await rules.post(rules.anna, group, "stary tekst")
    with pytest.raises(Forbidden):
        await rules.messages.edit(rules.bartek, group, message_id, "nie mój")
    with pytest.raises(Forbidden):
        await rules.messages.delete(rules.bartek, group, message_id)
    edited = await rules.messages.edit(rules.anna, group, message_id, "nowy tekst")
    assert (edited.text, edited.edited_at_ms) == ("nowy tekst", rules.clock.now_ms)
    deleted = await rules.messages.delete(rules.anna, group, message_id)
    assert (deleted.text, deleted.deleted_at_ms, deleted.seq) == ("", rules.clock.now_ms, edited.seq)
    assert await rules.messages.delete(rules.anna, group, message_id) == deleted
    with pytest.raises(Conflict):
        await rules.messages.edit(rules.anna, group, message_id, "znowu")
    entries = await rules.database.read(
        lambda tx: list_audit(tx, rules.cast.organisation_id, AuditFilter(subject_id=message_id))
    )
    assert [(one.action, one.details["old_text"]) for one in entries] == [
        ("message.deleted", "nowy tekst"),
        ("message.edited", "stary tekst"),
    ]
    assert (await rules.searching.find(rules.anna, "tekst")).messages == []


async def test_system_lines_belong_to_nobody(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    await rules.conversations.add_members(rules.anna, group, [rules.admin.party_id])
    line = (await rules.messages.page(rules.anna, group)).items[-1]
    assert line.kind == "system"
    with pytest.raises(Forbidden):
        await rules.messages.edit(rules.anna, group, line.id, "x")


async def test_rate_is_each_persons_own(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    for number in range(50):
        await rules.messages.post(rules.anna, group, f"client-{number}", "x")
    with pytest.raises(Limited) as limited:
        await rules.messages.post(rules.anna, group, "client-50", "x")
    assert limited.value.retry_after_s >= 1
    await rules.messages.post(rules.bartek, group, "client-50", "x")
    rules.clock.move(1)
    for number in range(51, 61):
        await rules.messages.post(rules.anna, group, f"client-{number}", "x")


async def test_history_is_read_from_everywhere(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    for number in range(1, 12):
        await rules.messages.post(rules.anna, group, f"client-{number}", f"{number}")

    async def seqs(
        after: int | None = None, before: int | None = None, around: int | None = None
    ) -> tuple[list[int], int | None]:
        page = await rules.messages.page(rules.bartek, group, after=after, before=before, around=around, limit=4)
        return [one.seq for one in page.items], page.next

    assert await seqs() == ([8, 9, 10, 11], 8)
    assert await seqs(before=8) == ([4, 5, 6, 7], 4)
    assert await seqs(before=4) == ([1, 2, 3], None)
    assert await seqs(after=0) == ([1, 2, 3, 4], 4)
    assert await seqs(after=8) == ([9, 10, 11], None)
    assert (await seqs(around=6))[0] == [4, 5, 6, 7]
    assert (await seqs(around=1))[0] == [1, 2, 3, 4]


@pytest.mark.feature("CONF-022")
async def test_search_finds_words_however_written(rules: Rules) -> None:
    group = await rules.group(rules.bartek, title="Zażółcona pompa")
    await rules.post(rules.anna, group, "Ciśnienie w ŁODZI spada")
    found = await rules.searching.find(rules.bartek, "lodzi cisn")
    assert [one.message.text for one in found.messages] == ["Ciśnienie w ŁODZI spada"]
    assert found.messages[0].title == "Zażółcona pompa"
    assert [one.id for one in (await rules.searching.find(rules.bartek, "zazol")).conversations] == [group]
    assert [one.id for one in (await rules.searching.find(rules.bartek, "Anna żak")).conversations] == [group]
    assert (await rules.searching.find(rules.celina, "lodzi")).messages == []


@pytest.mark.feature("BEY-020")
async def test_changes_come_in_pages_without_loss(rules: Rules) -> None:
    group = await rules.group(rules.bartek)
    rules.messages._buckets._burst = 10_000
    for number in range(LIMIT + 30):
        await rules.messages.post(rules.anna, group, f"client-{number}", f"{number}")
    await rules.messages.move_marks(rules.bartek, group, MarksBody(read_seq=10))
    rev, texts, pages = 0, [], 0
    while True:
        changes = await rules.changes.after(rules.bartek, group, rev)
        pages += 1
        assert all(one.rev > rev for one in changes.items)
        texts += [one.text for one in changes.items if one.type == "message" and one.kind == "text"]
        rev = changes.rev
        if not changes.more:
            break
    assert pages == 2 and texts == [f"{number}" for number in range(LIMIT + 30)]
    mark = next(one for one in changes.marks if one.person_id == rules.bartek.party_id)
    assert mark.unread == LIMIT + 30 - 10
    assert (await rules.changes.after(rules.bartek, group, rev)).items == []
