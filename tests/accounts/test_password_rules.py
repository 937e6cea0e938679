"""Passwords that guessers try first are refused wherever one is chosen, with a sentence that helps; others are not."""

import pytest

from accounts import payloads
from accounts.password_rules import check_password
from core.errors import Invalid
from tests.support.office import PASSWORD, Office, World, token_of

ANNA = ["anna.kowalska@serwis.test", "Anna", "Kowalska", "Anna Kowalska", "Serwis Maszyn sp. z o.o."]

REFUSED = [
    ("password", "accounts.password_common"),
    ("12345678", "accounts.password_common"),
    ("PassWord", "accounts.password_common"),
    ("qwertyuiop", "accounts.password_common"),
    ("iloveyou", "accounts.password_common"),
    ("zaq12wsx", "accounts.password_common"),
    ("aaaaaaaa", "accounts.password_simple"),
    ("żżżżżżżżżż", "accounts.password_simple"),
    ("abababababab", "accounts.password_simple"),
    ("bcdefghijkl", "accounts.password_simple"),
    ("98765432109876", "accounts.password_simple"),
    ("anna.kowalska@serwis.test", "accounts.password_personal"),
    ("Anna.Kowalska", "accounts.password_personal"),
    ("Kowalska2026!", "accounts.password_personal"),
    ("SERWIS maszyn sp. z o.o.", "accounts.password_personal"),
    ("1centrala1", "accounts.password_personal"),
]
TAKEN = [
    PASSWORD,
    "hasło do chodzenia",
    "Zażółć gęślą jaźń 7",
    "annalubikawe",
    "trzy zielone koparki",
    "🦊🦊🦊🦊 lis i kot",
    "x7#kQ2!p",
]


@pytest.mark.parametrize(("password", "code"), REFUSED)
def test_what_guessers_try_first_is_refused(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, ANNA, admin=False)
    assert refused.value.code == code


@pytest.mark.parametrize("password", TAKEN)
def test_no_letters_digits_or_signs_are_asked_for(password: str) -> None:
    check_password(password, ANNA, admin=False)


def test_an_administrators_has_twelve_letters() -> None:
    check_password("x7#kQ2!p", ANNA, admin=False)
    with pytest.raises(Invalid) as refused:
        check_password("x7#kQ2!pabc", ANNA, admin=True)
    assert (refused.value.code, refused.value.arguments) == ("accounts.password_short_for_admin", {"letters": 12})
    check_password("x7#kQ2!pabcd", ANNA, admin=True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_door_that_takes_a_password_looks_at_it(world: World, office: Office) -> None:
    admin = await world.admin(office)
    person = await world.invite(office, "anna@serwis.test", first_name="Anna", last_name="Kowalska")
    await world.run_jobs()
    token = token_of(world.mails()[0])
    doors = {
        "set": lambda password: world.sign_in.set_password(
            world.nobody, payloads.SetPasswordBody(token=token, password=password)
        ),
        "change": lambda password: world.profile.change_password(
            admin, payloads.ChangePasswordBody(old_password=PASSWORD, new_password=password)
        ),
        "invite": lambda password: world.invite(office, "nowy@serwis.test", password=password),
        "organisation": lambda password: world.organisations.add(
            world.operator,
            payloads.NewOrganisationBody(name="Inna", admin_email="x@inna.test", admin_password=password),
        ),
    }
    for name, door in doors.items():
        with pytest.raises(Invalid) as refused:
            await door("password")
        assert refused.value.code in ("accounts.password_common", "accounts.password_short_for_admin"), name
    with pytest.raises(Invalid) as refused:
        await doors["set"]("Kowalska1")
    assert refused.value.code == "accounts.password_personal"
    # The link still works after a refusal.
    await doors["set"]("trzy zielone koparki")
    assert (await world.start("anna@serwis.test", "trzy zielone koparki"))[1].party_id == person.id
