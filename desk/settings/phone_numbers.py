"""Telephone numbers: the operator's pool, and which of them a project's callers dial (CC-184, CC-185).

A number is claimed by one conditional UPDATE, so two who choose it at once cannot both have it. Where the package gets
smaller, a number stays with its project and is nobody else's: it is shown, may be given back, and is not used.
"""

from collections import Counter

from accounts.rights import Actor, demand
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from desk.rules.phone_numbers import has_own_number
from desk.settings import phone_payloads as payloads
from desk.settings.events import settings_changed
from desk.settings.projects import project_of
from storage.accounts.organisations import find_organisation, lock_organisation, set_package
from storage.accounts.people import system_party
from storage.audit import note
from storage.desk.phone_numbers import (
    NUMBER_KINDS,
    PhoneNumber,
    add_phone_numbers,
    claim_phone_number,
    count_phone_numbers,
    find_phone_number,
    free_phone_numbers,
    known_phone_numbers,
    list_phone_numbers,
    phone_numbers_of,
    release_phone_number,
    remove_phone_number,
)
from storage.engine.database import Database, Transaction
from storage.engine.paging import page_of

# One organisation cannot empty the pool.
MAX_NUMBERS = 20
# Code of why no number rings on this server yet.
UNAVAILABLE = "no_line"
OPERATOR = "Operator"
_SHOWN_FREE = 100
_SHOWN_KNOWN = 10
_PAGE = 200


class PhoneNumberService:
    """The numbers of projects, for administrators; pool and packages, for the operator."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_project(self, actor: Actor, project_id: str, digits: str = "") -> payloads.ProjectPhoneNumbers:
        """Return a project's numbers and the free ones that contain these digits."""
        demand(actor, "desk.configure")
        return await self._database.read(lambda tx: _numbers(tx, actor.organisation_id, project_id, digits))

    async def assign(self, actor: Actor, project_id: str, number_id: str) -> payloads.ProjectPhoneNumbers:
        """Give a project a free number.

        raises   Forbidden  the organisation's package has no numbers, or it has enough of them
                 Conflict   the number is not free, or the project has one of that kind
        """
        demand(actor, "desk.configure")

        def store(tx: Transaction) -> payloads.ProjectPhoneNumbers:
            organisation_id = actor.organisation_id
            project = project_of(tx, organisation_id, project_id)
            lock_organisation(tx, organisation_id)
            if not has_own_number(_package(tx, organisation_id)):
                raise Forbidden("desk.phone_number_needs_package")
            held = phone_numbers_of(tx, organisation_id, project_id)
            if any(number.id == number_id for number in held):
                return _numbers(tx, organisation_id, project_id)
            if count_phone_numbers(tx, organisation_id) >= MAX_NUMBERS:
                raise Forbidden("desk.too_many_phone_numbers", most=MAX_NUMBERS)
            number = find_phone_number(tx, number_id)
            if number is not None and number.project_id is None and any(one.kind == number.kind for one in held):
                raise Conflict("desk.phone_number_of_kind")
            if number is None or not claim_phone_number(tx, organisation_id, project_id, number_id):
                # One that somebody has and one that does not exist are answered alike.
                raise Conflict("desk.phone_number_not_free")
            note(
                tx, organisation_id, actor.party_id, "phone_number.assigned", "project", project_id,
                number=number.number, name=project.name,
            )  # fmt: skip
            settings_changed(tx, organisation_id, "phone_numbers")
            return _numbers(tx, organisation_id, project_id)

        # The project may be deleted in the same moment.
        return await self._database.write_retrying(store)

    async def release(self, actor: Actor, project_id: str, number_id: str) -> payloads.ProjectPhoneNumbers:
        """Give a project's number back to the pool, whatever the package is."""
        demand(actor, "desk.configure")

        def store(tx: Transaction) -> payloads.ProjectPhoneNumbers:
            project = project_of(tx, actor.organisation_id, project_id)
            number = find_phone_number(tx, number_id)
            if number is None or not release_phone_number(tx, actor.organisation_id, project_id, number_id):
                raise NotFound("desk.phone_number_not_found")
            note(
                tx, actor.organisation_id, actor.party_id, "phone_number.released", "project", project_id,
                number=number.number, name=project.name,
            )  # fmt: skip
            settings_changed(tx, actor.organisation_id, "phone_numbers")
            return _numbers(tx, actor.organisation_id, project_id)

        return await self._database.write(store)

    async def pool(self, actor: Actor, cursor: str | None) -> payloads.PhoneNumbers:
        """Return a page of the pool (operator). cursor: the number it begins after."""
        demand(actor, "organisations.manage")
        found, last = await self._database.read(
            lambda tx: page_of(lambda count: list_phone_numbers(tx, after=cursor or "", limit=count), _PAGE)
        )
        return payloads.PhoneNumbers(
            items=[
                payloads.PoolPhoneNumber(
                    **_view(number).model_dump(),
                    organisation_id=number.organisation_id,
                    organisation_name=name,
                    project_id=number.project_id,
                    assigned_at_ms=number.assigned_at_ms,
                )
                for number, name in found
            ],
            next=last[0].number if last else None,
        )

    async def add(self, actor: Actor, body: payloads.NewPhoneNumbersBody) -> payloads.PhoneNumbersAdded:
        """Put numbers into the pool (operator), all or none.

        raises   Invalid   one is there twice
                 Conflict  some are in the pool
        """
        demand(actor, "organisations.manage")
        wanted = [one.number for one in body.numbers]
        twice = next((number for number, times in Counter(wanted).items() if times > 1), None)
        if twice is not None:
            raise Invalid("desk.phone_number_twice", number=twice)

        def store(tx: Transaction) -> payloads.PhoneNumbersAdded:
            known = known_phone_numbers(tx, wanted)
            if known:
                more = ", …" if len(known) > _SHOWN_KNOWN else ""
                raise Conflict("desk.phone_numbers_known", numbers=", ".join(known[:_SHOWN_KNOWN]) + more)
            added = [PhoneNumber(new_id(), one.number, one.kind, None, None, None, tx.now_ms) for one in body.numbers]
            add_phone_numbers(tx, added)
            return payloads.PhoneNumbersAdded(items=[_view(number) for number in added])

        # Another list with one of them may be stored in the same moment.
        return await self._database.write_retrying(store)

    async def remove(self, actor: Actor, number_id: str) -> None:
        """Take a number out of the pool (operator); raises Conflict  a project has it."""
        demand(actor, "organisations.manage")

        def store(tx: Transaction) -> None:
            if remove_phone_number(tx, number_id):
                return
            number = find_phone_number(tx, number_id)
            if number is None:
                raise NotFound("desk.phone_number_not_found")
            raise Conflict("desk.phone_number_in_use", number=number.number)

        await self._database.write(store)

    async def set_package(
        self, actor: Actor, organisation_id: str, body: payloads.PackageChoice
    ) -> payloads.PackageChoice:
        """Say which package an organisation has (operator); its numbers stay with it."""
        demand(actor, "organisations.manage")

        def store(tx: Transaction) -> payloads.PackageChoice:
            lock_organisation(tx, organisation_id)
            before = _package(tx, organisation_id)
            if before != body.package:
                set_package(tx, organisation_id, body.package)
                author = system_party(tx, organisation_id, OPERATOR)
                note(
                    tx, organisation_id, author, "organisation.package_set", "organisation", organisation_id,
                    before=before, package=body.package,
                )  # fmt: skip
                settings_changed(tx, organisation_id, "phone_numbers")
            return body

        return await self._database.write(store)


def _numbers(tx: Transaction, organisation_id: str, project_id: str, digits: str = "") -> payloads.ProjectPhoneNumbers:
    project_of(tx, organisation_id, project_id)
    package = _package(tx, organisation_id)
    allowed = has_own_number(package)
    held = phone_numbers_of(tx, organisation_id, project_id)
    wanted = [kind for kind in NUMBER_KINDS if allowed and all(number.kind != kind for number in held)]
    return payloads.ProjectPhoneNumbers(
        project_id=project_id,
        package=package,
        allowed=allowed,
        assigned=[payloads.AssignedPhoneNumber(**_view(number).model_dump(), usable=allowed) for number in held],
        free=[
            _view(number)
            for kind in wanted
            for number in free_phone_numbers(tx, kind, digits=digits, limit=_SHOWN_FREE)
        ],
        reason=UNAVAILABLE,
    )


def _package(tx: Transaction, organisation_id: str) -> str:
    organisation = find_organisation(tx, organisation_id)
    if organisation is None:
        raise NotFound("accounts.organisation_not_found")
    return organisation.package


def _view(number: PhoneNumber) -> payloads.PhoneNumber:
    return payloads.PhoneNumber(id=number.id, number=number.number, kind=number.kind)
