"""Numbers as E.164 writes them, what is wrong with others, and the packages with numbers of one's own."""

import pytest

from desk.rules.phone_numbers import has_own_number, parse_phone_number
from storage.accounts.organisations import PACKAGES


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+48225994493", "+48225994493"),
        (" +48 607-777-777 ", "+48607777777"),
        ("+48\u00a022 599 44 93", "+48225994493"),
        ("+44 (20) 7946.0123", "+442079460123"),
        ("+290 8001", "+2908001"),
        ("+491234567890123", "+491234567890123"),
    ],
)
def test_a_number_is_kept_as_e164_writes_it(typed: str, number: str) -> None:
    assert parse_phone_number(typed) == (number, None)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("225994493", "phone_country"), ("0048225994493", "phone_country"), ("+0225994493", "phone_country"),
        ("", "phone_signs"), ("+", "phone_signs"), ("+48 22 599 44 9x", "phone_signs"), ("++48225994493", "phone_signs"),
        ("+48٢٢٥٩٩٤٤٩٣", "phone_signs"), ("+48225994493;ext=1", "phone_signs"), ("tel:+48225994493", "phone_signs"),
        ("+4822599449", "phone_polish"), ("+482259944933", "phone_polish"),
        ("+290800", "phone_length"), ("+4912345678901234", "phone_length"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_number_is_said(typed: str, fault: str) -> None:
    assert parse_phone_number(typed)[1] == fault


@pytest.mark.feature("CC-185")
def test_run_and_grow_are_the_packages_with_a_number_of_ones_own() -> None:
    assert [package for package in PACKAGES if has_own_number(package)] == ["run", "grow"]
