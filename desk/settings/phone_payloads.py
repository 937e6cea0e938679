"""What the settings say and take of telephone numbers and packages: one model for each body and answer."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from core.payloads import Body, View
from desk.rules.phone_numbers import Fault, parse_phone_number
from storage.accounts.organisations import Package
from storage.desk.phone_numbers import NumberKind

_FAULTS: dict[Fault, str] = {
    "phone_country": "a number begins with + and the code of its country",
    "phone_signs": "a number is of digits alone",
    "phone_length": "a number has 7 to 15 digits",
    "phone_polish": "after +48 there are nine digits",
}


def _check_number(value: str) -> str:
    number, fault = parse_phone_number(value)
    if fault is not None:
        raise PydanticCustomError(fault, _FAULTS[fault])
    return number


Number = Annotated[
    str, StringConstraints(max_length=40), AfterValidator(_check_number), Field(examples=["+48225994493"])
]


class PhoneNumber(View):
    """A number of the pool, as E.164 writes it. kind: gsm of a mobile network, tdm of a landline."""

    id: str
    number: str
    kind: NumberKind


class AssignedPhoneNumber(PhoneNumber):
    """A number that a project has. usable: the organisation's package has numbers (CC-185)."""

    usable: bool


class ProjectPhoneNumbers(View):
    """The numbers of a project's voice channel, and which could be chosen (CC-184).

    allowed   the organisation's package has numbers of its own
    free      the first of each kind that the project has not yet; empty when nothing may be chosen
    reason    code of why the numbers cannot ring yet, None when they can
    """

    project_id: str
    package: Package
    allowed: bool
    assigned: list[AssignedPhoneNumber]
    free: list[PhoneNumber]
    reason: str | None


class PoolPhoneNumber(PhoneNumber):
    """A number of the pool as the operator sees it, with whoever has it."""

    organisation_id: str | None
    organisation_name: str | None
    project_id: str | None
    assigned_at_ms: int | None


class PhoneNumbers(View):
    """A page of the pool, by number."""

    items: list[PoolPhoneNumber]
    next: str | None


class PhoneNumberBody(Body):
    """A number for the pool; spaces, hyphens and brackets in it do not matter."""

    number: Number
    kind: NumberKind


class NewPhoneNumbersBody(Body):
    """POST phone-numbers: all of them are stored, or none."""

    numbers: Annotated[list[PhoneNumberBody], Field(min_length=1, max_length=1000)]


class PhoneNumbersAdded(View):
    """What was put into the pool."""

    items: list[PhoneNumber]


class PackageChoice(Body):
    """The package of an organisation: start, run or grow."""

    package: Package
