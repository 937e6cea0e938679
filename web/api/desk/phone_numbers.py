"""Rows for telephone numbers: of a project, of the operator's pool; and for packages."""

from typing import Annotated

from pydantic import Field

from desk.settings import phone_payloads as payloads
from desk.settings.phone_numbers import PhoneNumberService
from web.route import Asked, Paging, Query, Route


class FreeNumbersQuery(Query):
    """Free numbers that contain which digits."""

    digits: Annotated[str, Field(pattern=r"^[0-9]{0,15}$", examples=["607"])] = ""


class PoolQuery(Paging):
    """A page of the pool; the cursor is the number it begins after."""

    cursor: Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")] | None = None


def phone_number_routes(numbers: PhoneNumberService) -> list[Route]:
    """Return the rows under /projects/…/phone-numbers, /phone-numbers and /organisations/…/package."""

    async def of_project(asked: Asked) -> payloads.ProjectPhoneNumbers:
        return await numbers.of_project(asked.actor, asked.path("project_id"), asked.query.digits)

    async def assign(asked: Asked) -> payloads.ProjectPhoneNumbers:
        return await numbers.assign(asked.actor, asked.path("project_id"), asked.path("phone_number_id"))

    async def release(asked: Asked) -> payloads.ProjectPhoneNumbers:
        return await numbers.release(asked.actor, asked.path("project_id"), asked.path("phone_number_id"))

    async def pool(asked: Asked) -> payloads.PhoneNumbers:
        return await numbers.pool(asked.actor, asked.query.cursor)

    async def add(asked: Asked) -> payloads.PhoneNumbersAdded:
        return await numbers.add(asked.actor, asked.body)

    async def remove(asked: Asked) -> None:
        await numbers.remove(asked.actor, asked.path("phone_number_id"))

    async def set_package(asked: Asked) -> payloads.PackageChoice:
        return await numbers.set_package(asked.actor, asked.path("organisation_id"), asked.body)

    return [
        Route("GET", "/projects/{project_id}/phone-numbers", "listProjectPhoneNumbers", of_project, "desk.configure",
              "A project's telephone numbers, and free ones", query=FreeNumbersQuery,
              answer=payloads.ProjectPhoneNumbers),
        Route("PUT", "/projects/{project_id}/phone-numbers/{phone_number_id}", "assignPhoneNumber", assign,
              "desk.configure", "Give a project a free number", answer=payloads.ProjectPhoneNumbers, also=(409,)),
        Route("DELETE", "/projects/{project_id}/phone-numbers/{phone_number_id}", "releasePhoneNumber", release,
              "desk.configure", "Give a project's number back", answer=payloads.ProjectPhoneNumbers),
        Route("GET", "/phone-numbers", "listPhoneNumbers", pool, "organisations.manage",
              "The pool of numbers, with whoever has them (operator key)", query=PoolQuery,
              answer=payloads.PhoneNumbers),
        Route("POST", "/phone-numbers", "addPhoneNumbers", add, "organisations.manage",
              "Put numbers into the pool (operator key)", body=payloads.NewPhoneNumbersBody,
              answer=payloads.PhoneNumbersAdded, status=201, also=(409,)),
        Route("DELETE", "/phone-numbers/{phone_number_id}", "removePhoneNumber", remove, "organisations.manage",
              "Take a free number out of the pool (operator key)", status=204, also=(409,)),
        Route("PUT", "/organisations/{organisation_id}/package", "setPackage", set_package, "organisations.manage",
              "Say which package an organisation has (operator key)", body=payloads.PackageChoice,
              answer=payloads.PackageChoice),
    ]  # fmt: skip
