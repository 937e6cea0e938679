"""The pool of telephone numbers, which project has which, and the packages that have any."""

import asyncio
import json
from typing import Any, Literal

import pytest
from pydantic import ValidationError

from core.errors import Conflict, Forbidden, NotFound, Refusal
from core.ids import new_id
from desk.settings import phone_numbers as service
from desk.settings.payloads import NewProjectBody
from desk.settings.phone_payloads import NewPhoneNumbersBody, PackageChoice, PhoneNumber
from storage.audit import list_audit
from storage.desk.phone_numbers import list_phone_numbers
from storage.engine.database import Database
from tests.desk.settings.conftest import Desk, make_desk
from tests.support.rows import SetClock

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
GSM, GSM_TOO, TDM = "+48607777777", "+48600100200", "+48225994493"
Package = Literal["start", "run", "grow"]


def _body(*numbers: tuple[str, str]) -> NewPhoneNumbersBody:
    return NewPhoneNumbersBody(numbers=[{"number": number, "kind": kind} for number, kind in numbers])


async def _offer(desk: Desk) -> dict[str, PhoneNumber]:
    added = await desk.phone_numbers.add(desk.operator, _body((GSM, "gsm"), (GSM_TOO, "gsm"), (TDM, "tdm")))
    return {one.number: one for one in added.items}


async def _project(desk: Desk, name: str = "Sklep") -> str:
    return (await desk.projects.add(desk.admin, NewProjectBody(name=name))).id


async def _package(desk: Desk, package: Package) -> None:
    await desk.phone_numbers.set_package(desk.operator, desk.cast.organisation_id, PackageChoice(package=package))


async def _holders(desk: Desk) -> dict[str, str | None]:
    found = await desk.database.read(lambda tx: list_phone_numbers(tx, after="", limit=100))
    return {number.number: number.project_id for number, _ in found}


@pytest.mark.feature("CC-184")
async def test_a_project_chooses_a_gsm_and_a_tdm_number_of_the_pool(desk: Desk) -> None:
    pool, project, other = await _offer(desk), await _project(desk), await _project(desk, "Serwis")
    before = await desk.phone_numbers.of_project(desk.admin, project)
    assert [(one.number, one.kind) for one in before.free] == [(GSM_TOO, "gsm"), (GSM, "gsm"), (TDM, "tdm")]
    assert (before.assigned, before.allowed, before.package, before.reason) == ([], True, "grow", "no_line")
    found = await desk.phone_numbers.of_project(desk.admin, project, "0777")
    assert [one.number for one in found.free] == [GSM]

    await desk.events()
    after = await desk.phone_numbers.assign(desk.admin, project, pool[GSM].id)
    assert [(one.number, one.usable) for one in after.assigned] == [(GSM, True)]
    assert [one.number for one in after.free] == [TDM], "there is one of each kind"
    (event,) = await desk.events()
    assert (event.kind, event.scope) == ("settings:changed", f"party:{desk.admin.party_id}")
    assert json.loads(event.payload) == {"section": "phone_numbers"}
    assert await desk.phone_numbers.assign(desk.admin, project, pool[GSM].id) == after, "again is no mistake"
    after = await desk.phone_numbers.assign(desk.admin, project, pool[TDM].id)
    assert [(one.kind, one.number) for one in after.assigned] == [("gsm", GSM), ("tdm", TDM)] and after.free == []

    for number_id, code in ((pool[GSM_TOO].id, "of_kind"), (new_id(), "not_free")):
        with pytest.raises(Conflict) as refused:
            await desk.phone_numbers.assign(desk.admin, project, number_id)
        assert refused.value.code == f"desk.phone_number_{code}"
    with pytest.raises(Conflict) as refused:
        await desk.phone_numbers.assign(desk.admin, other, pool[GSM].id)
    assert refused.value.code == "desk.phone_number_not_free"

    with pytest.raises(NotFound):
        await desk.phone_numbers.release(desk.admin, other, pool[GSM].id)
    back = await desk.phone_numbers.release(desk.admin, project, pool[GSM].id)
    assert [one.number for one in back.assigned] == [TDM]
    assert [one.number for one in back.free] == [GSM_TOO, GSM]
    await desk.phone_numbers.assign(desk.admin, other, pool[GSM].id)
    assert await _holders(desk) == {GSM_TOO: None, GSM: other, TDM: project}
    entries = await desk.database.read(lambda tx: list_audit(tx, desk.cast.organisation_id, limit=4))
    assert [(one.action, one.details["number"], one.details["name"]) for one in reversed(entries)] == [
        ("phone_number.assigned", GSM, "Sklep"), ("phone_number.assigned", TDM, "Sklep"),
        ("phone_number.released", GSM, "Sklep"), ("phone_number.assigned", GSM, "Serwis"),
    ]  # fmt: skip


@pytest.mark.feature("CC-184")
async def test_one_of_many_who_choose_a_number_at_once_has_it(
    desk: Desk, database: Database, clock: SetClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pool = await _offer(desk)
    neighbours = await make_desk(database, clock, tmp_path_factory.mktemp("neighbours"))
    seats = [(one, await _project(one, f"Projekt {place}")) for place in range(3) for one in (desk, neighbours)]
    done: list[Any] = await asyncio.gather(
        *(one.phone_numbers.assign(one.admin, project, pool[GSM].id) for one, project in seats), return_exceptions=True
    )
    won = [one for one in done if not isinstance(one, BaseException)]
    assert [one.assigned[0].number for one in won] == [GSM]
    lost = [one.code if isinstance(one, Refusal) else one for one in done if isinstance(one, BaseException)]
    assert lost == ["desk.phone_number_not_free"] * 5
    assert (await _holders(desk))[GSM] == won[0].project_id


@sqlite_alone
@pytest.mark.feature("CC-184")
async def test_the_operator_fills_the_pool_with_lists_that_are_stored_whole_or_not_at_all(desk: Desk) -> None:
    pool = await _offer(desk)
    for numbers, code, named in (
        ([("+48 607 000 001", "gsm"), ("+48607-000-001", "tdm")], "desk.phone_number_twice", "+48607000001"),
        ([("+48 607 000 001", "gsm"), ("+48 607 777 777", "gsm")], "desk.phone_numbers_known", GSM),
    ):
        with pytest.raises(Refusal) as refused:
            await desk.phone_numbers.add(desk.operator, _body(*numbers))
        assert refused.value.code == code and named in refused.value.arguments.values()
    for wrong in ([("607 777 777", "gsm")], [(GSM, "voip")], []):
        with pytest.raises(ValidationError):
            _body(*wrong)
    assert set(await _holders(desk)) == {GSM, GSM_TOO, TDM}
    many = [(f"+4822700{place:04}", "tdm") for place in range(1000)]
    assert len((await desk.phone_numbers.add(desk.operator, _body(*many))).items) == 1000
    seen, cursor = [], None
    while True:
        page = await desk.phone_numbers.pool(desk.operator, cursor)
        seen += [one.number for one in page.items]
        if (cursor := page.next) is None:
            break
    assert seen == sorted([GSM, GSM_TOO, TDM, *(number for number, _ in many)])

    project = await _project(desk)
    await desk.phone_numbers.assign(desk.admin, project, pool[GSM].id)
    held = {one.number: one for one in (await desk.phone_numbers.pool(desk.operator, "+4860")).items}[GSM]
    assert (held.organisation_id, held.project_id) == (desk.cast.organisation_id, project)
    with pytest.raises(Conflict) as in_use:
        await desk.phone_numbers.remove(desk.operator, pool[GSM].id)
    assert (in_use.value.code, in_use.value.arguments) == ("desk.phone_number_in_use", {"number": GSM})
    await desk.phone_numbers.remove(desk.operator, pool[TDM].id)
    with pytest.raises(NotFound):
        await desk.phone_numbers.remove(desk.operator, pool[TDM].id)
    with pytest.raises(Forbidden):
        await desk.phone_numbers.add(desk.admin, _body(("+48607000001", "gsm")))


@pytest.mark.feature("CC-185")
async def test_a_smaller_package_has_no_number_and_keeps_the_one_there_is_unused(desk: Desk) -> None:
    pool, project = await _offer(desk), await _project(desk)
    await desk.phone_numbers.assign(desk.admin, project, pool[GSM].id)
    await desk.events()
    await _package(desk, "start")
    assert [json.loads(one.payload) for one in await desk.events()] == [{"section": "phone_numbers"}]
    small = await desk.phone_numbers.of_project(desk.admin, project)
    assert (small.package, small.allowed, small.free) == ("start", False, [])
    assert [(one.number, one.usable) for one in small.assigned] == [(GSM, False)]
    for number in (GSM, TDM):
        with pytest.raises(Forbidden) as refused:
            await desk.phone_numbers.assign(desk.admin, project, pool[number].id)
        assert refused.value.code == "desk.phone_number_needs_package"
    with pytest.raises(Conflict):
        await desk.phone_numbers.remove(desk.operator, pool[GSM].id)

    for package in ("run", "grow"):
        await _package(desk, package)
        again = await desk.phone_numbers.of_project(desk.admin, project)
        assert [(one.number, one.usable) for one in again.assigned] == [(GSM, True)], "nothing was lost"
        assert [one.number for one in again.free] == [TDM]
    await _package(desk, "start")
    assert (await desk.phone_numbers.release(desk.admin, project, pool[GSM].id)).assigned == []
    entries = await desk.database.read(lambda tx: list_audit(tx, desk.cast.organisation_id, limit=2))
    (entry,) = [one for one in entries if one.action == "organisation.package_set"]
    assert (entry.author_name, entry.details) == ("Operator", {"before": "grow", "package": "start"})
    with pytest.raises(NotFound):
        await desk.phone_numbers.set_package(desk.operator, new_id(), PackageChoice(package="run"))


@sqlite_alone
async def test_a_deleted_project_gives_its_numbers_back(desk: Desk) -> None:
    pool, project = await _offer(desk), await _project(desk)
    for number in (GSM, TDM):
        await desk.phone_numbers.assign(desk.admin, project, pool[number].id)
    await desk.projects.delete(desk.admin, project)
    assert await _holders(desk) == {GSM: None, GSM_TOO: None, TDM: None}


@sqlite_alone
async def test_an_organisation_cannot_empty_the_pool(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_NUMBERS", 1)
    pool, first, second = await _offer(desk), await _project(desk), await _project(desk, "Serwis")
    await desk.phone_numbers.assign(desk.admin, first, pool[GSM].id)
    with pytest.raises(Forbidden) as refused:
        await desk.phone_numbers.assign(desk.admin, second, pool[TDM].id)
    assert (refused.value.code, refused.value.arguments) == ("desk.too_many_phone_numbers", {"most": 1})
    await desk.phone_numbers.release(desk.admin, first, pool[GSM].id)
    await desk.phone_numbers.assign(desk.admin, second, pool[TDM].id)


@sqlite_alone
async def test_numbers_of_another_organisations_project_answer_like_those_of_none(
    desk: Desk, database: Database, clock: SetClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pool, project = await _offer(desk), await _project(desk)
    await desk.phone_numbers.assign(desk.admin, project, pool[GSM].id)
    neighbours = await make_desk(database, clock, tmp_path_factory.mktemp("neighbours"))
    own = await _project(neighbours)
    numbers = neighbours.phone_numbers
    for asked in (project, new_id()):
        for act in (numbers.assign, numbers.release):
            with pytest.raises(NotFound):
                await act(neighbours.admin, asked, pool[GSM].id)
        with pytest.raises(NotFound):
            await numbers.of_project(neighbours.admin, asked)
    for number_id in (pool[GSM].id, new_id()):
        with pytest.raises(NotFound):
            await numbers.release(neighbours.admin, own, number_id)
        with pytest.raises(Conflict) as refused:
            await numbers.assign(neighbours.admin, own, number_id)
        assert refused.value.code == "desk.phone_number_not_free"
