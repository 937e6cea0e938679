"""Service cases from outside: idempotent, and seen by their watchers alone."""

from typing import Any

import pytest

from accounts.rights import Actor
from conversations.payloads import CaseBody, CaseStored
from core.errors import Forbidden, Invalid, NotFound
from storage.accounts.people import change_person, find_person, list_groups, list_people
from storage.engine.database import Transaction
from storage.engine.event_log import newest_event_id
from tests.conversations.conftest import Rules


async def email(rules: Rules, who: Actor) -> str:
    person = await rules.database.read(lambda tx: find_person(tx, who.organisation_id, who.party_id))
    assert person is not None
    return person.email


async def tell(rules: Rules, *watchers: str, **changes: Any) -> CaseStored:
    body = {
        "title": "Pompa cieknie",
        "status": "open",
        "url": "https://service.example/1",
        "customer_group": {"external_id": "K-1", "name": "Klient"},
        "watchers": [{"email": one} for one in watchers],
        **changes,
    }
    return (await rules.cases.store(rules.machine, "S/2026/1", CaseBody.model_validate(body)))[0]


@pytest.mark.feature("CONF-022", "CONF-003")
async def test_watchers_alone_see_the_case(rules: Rules) -> None:
    stored = await tell(rules, await email(rules, rules.anna), await email(rules, rules.celina))
    assert set(stored.watcher_ids) == {rules.anna.party_id, rules.celina.party_id}
    for who in (rules.anna, rules.celina):
        seen = await rules.conversations.get(who, stored.conversation_id)
        assert (seen.kind, seen.title, seen.case and seen.case.number) == ("case", "Pompa cieknie", "S/2026/1")
        assert [one.number for one in (await rules.cases.page(who)).items] == ["S/2026/1"]
        assert [one.id for one in (await rules.conversations.page(who, query="2026/1")).items] == [seen.id]
    for who in (rules.bartek, rules.ewa, rules.admin, rules.stranger):
        assert (await rules.cases.page(who)).items == []
        with pytest.raises(NotFound):
            await rules.conversations.get(who, stored.conversation_id)
    assert len((await rules.cases.page(rules.machine)).items) == 1
    with pytest.raises(Forbidden):
        await rules.cases.store(
            rules.admin,
            "S/2",
            CaseBody.model_validate({"title": "x", "customer_group": {"external_id": "K", "name": "K"}}),
        )


async def test_a_deactivated_person_is_not_let_in(rules: Rules) -> None:
    def leave(tx: Transaction) -> None:
        bartek = find_person(tx, rules.bartek.organisation_id, rules.bartek.party_id)
        assert bartek is not None
        change_person(tx, bartek, None, {"active": False})

    await rules.database.write(leave)
    stored = await tell(rules, await email(rules, rules.anna), await email(rules, rules.bartek))
    assert stored.watcher_ids == [rules.anna.party_id]


async def test_same_again_changes_nothing(rules: Rules) -> None:
    watchers = [await email(rules, rules.anna), "nowa@klient.test"]
    first = await tell(rules, *watchers)
    before = await rules.database.read(newest_event_id)
    assert await tell(rules, *watchers) == first
    assert await rules.database.read(newest_event_id) == before


async def test_unknown_watcher_becomes_a_customer_without_password(rules: Rules) -> None:
    stored = await tell(rules, "Nowa.Osoba@klient.test", customer_group={"external_id": "K-77", "name": "Drukarnia"})

    def look(tx: Transaction) -> list[tuple[str, str, bool, str]]:
        found = [find_person(tx, rules.cast.organisation_id, one) for one in stored.watcher_ids]
        return [(one.email, one.role, one.password_set, one.group_name) for one in found if one]

    assert await rules.database.read(look) == [("Nowa.Osoba@klient.test", "customer", False, "Drukarnia")]
    again = await tell(rules, "nowa.osoba@KLIENT.test", customer_group={"external_id": "K-77", "name": "Drukarnia 2"})
    assert again.watcher_ids == stored.watcher_ids
    assert (await rules.database.read(look))[0][3] == "Drukarnia 2"


async def test_customer_of_another_group_is_refused_and_nothing_is_half_stored(rules: Rules) -> None:
    celina = await email(rules, rules.celina)
    with pytest.raises(Invalid) as refused:
        await tell(rules, "nowa@k9.test", celina, customer_group={"external_id": "K-9", "name": "Inny"})
    assert (refused.value.code, refused.value.arguments) == (
        "conversations.watcher_of_other_group",
        {"email": celina},
    )

    def look(tx: Transaction) -> tuple[list[str], int]:
        organisation_id = rules.cast.organisation_id
        return [one.name for one, _ in list_groups(tx, organisation_id)], len(list_people(tx, organisation_id))

    assert await rules.database.read(look) == (["Zespół", "Klient"], 5)
    assert (await rules.cases.page(rules.machine)).items == []


async def test_left_out_watcher_is_out_and_status_is_told(rules: Rules) -> None:
    anna, celina = await email(rules, rules.anna), await email(rules, rules.celina)
    stored = await tell(rules, anna, celina)
    await tell(rules, anna, status="in_progress")
    with pytest.raises(NotFound):
        await rules.messages.page(rules.celina, stored.conversation_id)
    lines = [one.body for one in (await rules.messages.page(rules.anna, stored.conversation_id)).items]
    assert {"code": "case.status_changed", "status": "in_progress", "before": "open"} in lines
    seen = await rules.conversations.get(rules.anna, stored.conversation_id)
    assert seen.case is not None and seen.case.status == "in_progress" and seen.version == 2
    with pytest.raises(Forbidden):
        await rules.conversations.add_members(rules.anna, seen.id, [rules.bartek.party_id])
