"""Administration of people: invitations, roles, limits, versions (CC-162, CC-164, CC-165)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from pydantic import ValidationError

from accounts import payloads
from core.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from storage.accounts import sign_ins
from storage.accounts.people import Person, people_of_sign_in
from storage.audit import AuditFilter
from storage.engine.database import Transaction
from tests.support.office import PASSWORD, Office, World, token_of

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _customers(world: World, office: Office, name: str = "Klient") -> payloads.Group:
    return await world.groups.add(await world.admin(office), payloads.NewGroupBody(kind="customer", name=name))


def _change(version: int, **changes: object) -> payloads.PersonBody:
    return payloads.PersonBody.model_validate({"version": version, **changes})


async def _code(work: Awaitable[object]) -> str:
    with pytest.raises(Refusal) as refused:
        await work
    return refused.value.code


@sqlite_alone
@pytest.mark.feature("CC-162", "CC-164")
async def test_an_administrator_adds_finds_and_changes_people(world: World, office: Office) -> None:
    admin = await world.admin(office)
    made = await world.invite(office, "Łukasz@Serwis.test", first_name="Łukasz", last_name="Żuk", position="Monter")
    assert (made.name, made.role, made.group_kind, made.version, made.active) == (
        "Łukasz Żuk",
        "technician",
        "staff",
        1,
        True,
    )
    assert [person.id for person in (await world.people.page(admin, query="lukasz zuk")).items] == [made.id]
    assert [person.id for person in (await world.people.page(admin, query="LUKASZ@")).items] == []
    assert [person.id for person in (await world.people.page(admin, query="Łukasz@serwis")).items] == [made.id]
    changed = await world.people.change(admin, made.id, _change(1, last_name="Żukowski", role="agent"))
    assert (changed.name, changed.role, changed.version) == ("Łukasz Żukowski", "agent", 2)
    assert await _code(world.people.change(admin, made.id, _change(1, last_name="Inny"))) == "core.changed_meanwhile"
    assert (await world.people.get(admin, made.id)).last_name == "Żukowski"
    entries = (await world.audit.page(admin, AuditFilter(subject_id=made.id))).items
    assert [(entry.action, entry.author["name"]) for entry in entries] == [
        ("person.changed", "Admin"), ("person.invited", "Admin"),
    ]  # fmt: skip
    assert entries[0].details == {"last_name": "Żukowski", "role": "agent"}


@sqlite_alone
@pytest.mark.feature("CC-162")
async def test_people_come_in_pages_in_polish_order(
    world: World, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.people.PAGE", 3)
    for name in ("Żak", "Ącki", "Zych", "Łoś", "Lis", "Abacki"):
        await world.invite(office, f"{name}@serwis.test", last_name=name)
    admin, seen, cursor = await world.admin(office), [], None
    while True:
        page = await world.people.page(admin, cursor=cursor)
        seen += [person.last_name for person in page.items]
        cursor = page.next
        if cursor is None:
            break
        assert len(page.items) == 3
    assert seen == ["Abacki", "", "Ącki", "Lis", "Łoś", "Zych", "Żak"]
    assert await _code(world.people.page(admin, cursor="nonsense")) == "core.bad_cursor"


@sqlite_alone
@pytest.mark.feature("CC-164")
async def test_an_address_is_a_member_of_an_organisation_once(world: World, office: Office) -> None:
    await world.invite(office, "ewa@serwis.test")
    assert await _code(world.invite(office, "EWA@serwis.test")) == "accounts.email_taken"
    assert await _code(world.invite(office, office.admin_email)) == "accounts.email_taken"
    admin = await world.admin(office)
    assert len((await world.people.page(admin)).items) == 2


@sqlite_alone
@pytest.mark.parametrize(
    "email",
    ["", "ewa", "@x.test", "ewa@", "a@b@c.test", "a b@x.test", "a@x .test", "a\x00@x.test", "x" * 250 + "@x.test", "a\u00a0b@x.test"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_kind_of_its_own(email: str, database_url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        payloads.NewPersonBody(email=email, first_name="A", last_name="B", role="agent", group_id="g")
    assert {error["type"] for error in refused.value.errors()} <= {"email", "string_too_long"}


@sqlite_alone
@pytest.mark.parametrize("email", ["a@b", "ewa@firma.local", "żółw@łąka.test", "a.b+c@x.test", "'@x.test"])
def test_any_address_of_one_at_sign_is_taken(email: str, database_url: str) -> None:
    payloads.NewPersonBody(email=email, first_name="A", last_name="B", role="agent", group_id="g")


@sqlite_alone
async def test_customers_belong_in_customer_groups_and_staff_in_staff_groups(world: World, office: Office) -> None:
    admin, customers = await world.admin(office), await _customers(world, office)
    assert await _code(world.invite(office, "a@x.test", role="customer")) == "accounts.role_does_not_fit_group"
    for role in ("admin", "agent", "technician"):
        refused = world.invite(office, "a@x.test", role=role, group_id=customers.id)
        assert await _code(refused) == "accounts.role_does_not_fit_group"
    made = await world.invite(office, "a@x.test", role="customer", group_id=customers.id)
    assert (
        await _code(world.people.change(admin, made.id, _change(1, role="agent"))) == "accounts.role_does_not_fit_group"
    )
    assert (
        await _code(world.people.change(admin, made.id, _change(1, group_id=office.group_id)))
        == "accounts.role_does_not_fit_group"
    )
    moved = await world.people.change(admin, made.id, _change(1, role="agent", group_id=office.group_id))
    assert (moved.role, moved.group_name) == ("agent", "Zespół")


@sqlite_alone
async def test_what_belongs_to_another_organisation_does_not_exist(world: World, office: Office) -> None:
    admin, other = await world.admin(office), await world.office("Obcy", "szef@obcy.test")
    theirs = await world.invite(other, "ktos@obcy.test")
    for missing in (theirs.id, "no-such"):
        with pytest.raises(NotFound) as refused:
            await world.people.get(admin, missing)
        assert (refused.value.code, refused.value.arguments) == ("accounts.person_not_found", {})
        assert await _code(world.people.change(admin, missing, _change(1, active=False))) == "accounts.person_not_found"
        assert await _code(world.people.mail_again(admin, missing)) == "accounts.person_not_found"
    for group in (other.group_id, "no-such"):
        with pytest.raises(Invalid) as invalid:
            await world.invite(office, "nowa@serwis.test", group_id=group)
        assert (invalid.value.code, invalid.value.arguments) == ("accounts.group_not_found", {})
    assert (await world.people.page(admin, group_id=other.group_id)).items == []


@sqlite_alone
@pytest.mark.feature("CC-162")
async def test_who_is_deactivated_is_out_everywhere_at_once_and_can_come_back(world: World, office: Office) -> None:
    admin = await world.admin(office)
    ewa = await world.invite(office, "ewa@serwis.test", password=PASSWORD)
    started, holder = await world.start("ewa@serwis.test")
    await world.people.change(admin, ewa.id, _change(1, active=False))
    assert await world.credentials.session(started.token, kind="session", address="") is None
    told = [(event.scope, event.kind) for event in await world.events()]
    assert (f"session:{holder.session_id}", "session:revoked") in told
    assert (f"party:{ewa.id}", "access:changed") in told and (f"party:{ewa.id}", "person:changed") in told
    await world.people.change(admin, ewa.id, _change(2, active=True))
    await world.start("ewa@serwis.test")


@sqlite_alone
async def test_a_changed_role_is_told_to_open_sockets_a_changed_name_is_not(world: World, office: Office) -> None:
    admin, ewa = await world.admin(office), await world.invite(office, "ewa@serwis.test")
    await world.people.change(admin, ewa.id, _change(1, first_name="Ewelina"))
    assert [event.kind for event in await world.events()] == ["person:changed"]
    await world.people.change(admin, ewa.id, _change(2, role="agent"))
    assert [event.kind for event in await world.events()][1:] == ["access:changed", "person:changed"]


@sqlite_alone
@pytest.mark.feature("CC-165")
async def test_the_licence_limits_active_people(world: World) -> None:
    office = await world.office("Mała", "szef@mala.test", people_limit=3)
    admin = await world.admin(office)
    first, second = await world.invite(office, "a@mala.test"), await world.invite(office, "b@mala.test")
    with pytest.raises(Forbidden) as refused:
        await world.invite(office, "c@mala.test")
    assert (refused.value.code, refused.value.arguments) == ("accounts.people_limit", {"limit": 3})
    details = await world.organisations.get(admin)
    assert (details.people_count, details.people_limit) == (3, 3)
    await world.people.change(admin, first.id, _change(1, active=False))
    third = await world.invite(office, "c@mala.test")
    assert await _code(world.people.change(admin, first.id, _change(2, active=True))) == "accounts.people_limit"
    await world.people.change(admin, second.id, _change(1, active=True, position="nadal"))
    await world.people.change(admin, third.id, _change(1, active=False))
    await world.people.change(admin, first.id, _change(2, active=True))


@sqlite_alone
async def test_the_last_administrator_stays_one(world: World, office: Office) -> None:
    admin = await world.admin(office)
    assert await _code(world.people.change(admin, office.admin_id, _change(1, active=False))) == "accounts.last_admin"
    assert await _code(world.people.change(admin, office.admin_id, _change(1, role="agent"))) == "accounts.last_admin"
    assert await world.events() == []
    second = await world.invite(office, "druga@serwis.test", role="admin")
    await world.people.change(admin, office.admin_id, _change(1, role="agent"))
    other = await world.actor(office.organisation_id, second.id)
    assert await _code(world.people.change(other, second.id, _change(1, role="agent"))) == "accounts.last_admin"


@sqlite_alone
@pytest.mark.feature("CC-156")
@pytest.mark.parametrize("role", ["agent", "technician", "customer"])
async def test_only_administrators_manage_people(world: World, office: Office, role: str) -> None:
    group = office.group_id if role != "customer" else (await _customers(world, office)).id
    made = await world.invite(office, "x@serwis.test", role=role, group_id=group)
    actor = await world.actor(office.organisation_id, made.id)
    body = payloads.NewPersonBody(
        email="y@x.test", first_name="A", last_name="B", role="agent", group_id=office.group_id
    )
    for work in (
        world.people.page(actor), world.people.get(actor, made.id), world.people.invite(actor, body),
        world.people.mail_again(actor, made.id), world.people.change(actor, made.id, _change(1, role="admin")),
        world.groups.all(actor), world.organisations.get(actor), world.api_keys.all(actor), world.organisations.all(actor),
        world.audit.page(actor, AuditFilter()),
    ):  # fmt: skip
        assert await _code(work) == "accounts.forbidden"


# ---------------------------------------------------------------- races, on both databases


@pytest.mark.feature("CC-165")
async def test_invitations_at_once_do_not_pass_the_limit(world: World) -> None:
    office = await world.office("Mała", "szef@mala.test", people_limit=4)
    ended = await asyncio.gather(
        *(world.invite(office, f"{number}@mala.test") for number in range(10)), return_exceptions=True
    )
    assert sum(isinstance(one, payloads.PersonDetails) for one in ended) == 3
    assert {str(one) for one in ended if isinstance(one, BaseException)} == {"accounts.people_limit"}


async def test_two_administrators_cannot_put_each_other_out(world: World, office: Office) -> None:
    second = await world.invite(office, "druga@serwis.test", role="admin")
    first, other = [await world.actor(office.organisation_id, one) for one in (office.admin_id, second.id)]
    ended = await asyncio.gather(
        world.people.change(first, second.id, _change(1, active=False)),
        world.people.change(other, office.admin_id, _change(1, active=False)),
        return_exceptions=True,
    )
    assert [one.code for one in ended if isinstance(one, Conflict)] == ["accounts.last_admin"], ended


async def test_the_same_address_invited_twice_at_once_is_one_person(world: World, office: Office) -> None:
    ended = await asyncio.gather(*(world.invite(office, "ewa@serwis.test") for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(one, payloads.PersonDetails) for one in ended) == 1
    assert {one.code for one in ended if isinstance(one, Conflict)} == {"accounts.email_taken"}


async def test_forgetting_the_password_twice_at_once_is_one_mail(world: World, office: Office) -> None:
    await asyncio.gather(*(world.sign_in.forgotten(world.nobody, office.admin_email) for _ in range(6)))
    assert await world.run_jobs() == 1 and len(world.mails()) == 1


async def test_a_link_opened_twice_at_once_sets_one_password(world: World, office: Office) -> None:
    await world.sign_in.forgotten(world.nobody, office.admin_email)
    await world.run_jobs()
    token = token_of(world.mails()[0])
    ended = await asyncio.gather(
        *(
            world.sign_in.set_password(
                world.nobody, payloads.SetPasswordBody(token=token, password=f"długie hasło nr {number}")
            )
            for number in range(4)
        ),
        return_exceptions=True,
    )
    assert ended.count(None) == 1
    assert {one.code for one in ended if isinstance(one, Refusal)} == {"accounts.link_expired"}
    await world.start(office.admin_email, f"długie hasło nr {ended.index(None)}")


async def test_everything_an_administrator_changes_is_stored_the_same_on_both_databases(
    world: World, office: Office
) -> None:
    admin = await world.admin(office)
    made = await world.invite(office, "ewa@serwis.test", first_name="Ewa", last_name="Ćma")
    await world.people.change(admin, made.id, _change(1, position="Żłób", active=True))
    assert await _code(world.people.page(admin, query="\x00", cursor="x")) == "core.bad_cursor"
    found = await world.people.page(admin, query="cma")
    assert [(one.name, one.position, one.version) for one in found.items] == [("Ewa Ćma", "Żłób", 2)]
    with pytest.raises(Refusal) as refused:
        await world.audit.page(admin, AuditFilter(), cursor="a\x00")
        raise Invalid("core.bad_characters")  # SQLite finds nothing
    assert refused.value.code == "core.bad_characters"


@pytest.mark.feature("CC-164")
async def test_two_organisations_that_invite_one_new_address_at_once_both_get_the_person(
    world: World, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sign-in, two memberships, whoever came first; nobody is told that the other invited too."""
    other = await world.office("Inna", "szef@inna.test")
    found: list[bool] = []
    looked = sign_ins.find_sign_in_by_email

    def look(tx: Transaction, email: str) -> sign_ins.SignIn | None:
        row = looked(tx, email)
        found.append(row is not None)
        return row

    monkeypatch.setattr(sign_ins, "find_sign_in_by_email", look)
    races = 0
    for number in range(15):
        email = f"nowy{number}@dom.test"
        found.clear()
        made = await asyncio.gather(world.invite(office, email), world.invite(other, email))
        # Who adds looks once more after adding: four looks are two who both saw nobody at first.
        races += len(found) == 4
        assert len({one.id for one in made}) == 2 and {one.email for one in made} == {email}
        memberships = await world.database.read(lambda tx, email=email: _memberships(tx, looked, email))
        assert {one.organisation_id for one in memberships} == {office.organisation_id, other.organisation_id}
    print(f"{races} of 15 were races")
    assert races > 0 or not world.database.postgres


def _memberships(
    tx: Transaction, find: Callable[[Transaction, str], sign_ins.SignIn | None], email: str
) -> list[Person]:
    sign_in = find(tx, email)
    return people_of_sign_in(tx, sign_in.id) if sign_in else []
