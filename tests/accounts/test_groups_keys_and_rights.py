"""Groups, organisations, API keys, the audit log, and the one table of rights (PBX-002, CONF-001)."""

import pytest

from accounts import payloads
from accounts.rights import EVERYBODY, RIGHTS, Actor, demand, rights_of
from core.errors import Conflict, Forbidden, NotFound, Refusal, SignInRequired
from storage.audit import AuditFilter
from tests.support.office import PASSWORD, Office, World

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@sqlite_alone
@pytest.mark.feature("CONF-001")
async def test_groups_are_made_renamed_and_deleted_when_nobody_is_in_them(world: World, office: Office) -> None:
    admin = await world.admin(office)
    made = await world.groups.add(admin, payloads.NewGroupBody(kind="customer", name="Łąka", external_id=" K-7 "))
    assert (made.name, made.kind, made.external_id, made.people_count, made.version) == (
        "Łąka",
        "customer",
        "K-7",
        0,
        1,
    )
    with pytest.raises(Conflict) as refused:
        await world.groups.add(admin, payloads.NewGroupBody(kind="customer", name="Inna", external_id="K-7"))
    assert refused.value.code == "accounts.external_id_taken"
    for name in ("Bez numeru", "Też bez numeru"):
        await world.groups.add(admin, payloads.NewGroupBody(kind="customer", name=name, external_id=""))
    renamed = await world.groups.change(admin, made.id, payloads.GroupBody(version=1, name="Łęg"))
    assert (renamed.name, renamed.version) == ("Łęg", 2)
    with pytest.raises(Conflict) as refused:
        await world.groups.change(admin, made.id, payloads.GroupBody(version=1, name="Las"))
    assert refused.value.code == "core.changed_meanwhile"
    person = await world.invite(office, "x@x.test", role="customer", group_id=made.id)
    with pytest.raises(Conflict) as refused:
        await world.groups.delete(admin, made.id)
    assert refused.value.code == "accounts.group_in_use"
    assert [group.people_count for group in (await world.groups.all(admin)).items if group.id == made.id] == [1]
    body = payloads.PersonBody(version=person.version, role="agent", group_id=office.group_id)
    await world.people.change(admin, person.id, body)
    await world.groups.delete(admin, made.id)
    assert made.id not in {group.id for group in (await world.groups.all(admin)).items}
    actions = [entry.action for entry in (await world.audit.page(admin, AuditFilter(subject_id=made.id))).items]
    assert sorted(actions) == ["group.added", "group.changed", "group.deleted"]


@sqlite_alone
async def test_groups_of_another_organisation_do_not_exist(world: World, office: Office) -> None:
    admin, other = await world.admin(office), await world.office("Obcy", "szef@obcy.test")
    for missing in (other.group_id, "no-such"):
        for work in (
            world.groups.change(admin, missing, payloads.GroupBody(version=1, name="Moja")),
            world.groups.delete(admin, missing),
        ):
            with pytest.raises(NotFound) as refused:
                await work
            assert (refused.value.code, refused.value.arguments) == ("accounts.group_not_found", {})
    assert [group.id for group in (await world.groups.all(admin)).items] == [office.group_id]


@sqlite_alone
@pytest.mark.feature("PBX-002")
async def test_the_operator_makes_organisations_with_limits(world: World) -> None:
    body = payloads.NewOrganisationBody(
        name="Nowa", admin_email="szef@nowa.test", admin_password=PASSWORD, people_limit=5, mailbox_limit=2,
        repository_limit_bytes=1 << 30,
    )  # fmt: skip
    made = await world.organisations.add(world.operator, body)
    started, holder = await world.start("szef@nowa.test")
    assert (started.organisation.id, started.person.role) == (made.id, "admin")
    details = await world.organisations.get(holder)
    assert (details.people_count, details.people_limit, details.mailbox_limit, details.repository_limit_bytes) == (
        1,
        5,
        2,
        1 << 30,
    )
    assert [one.name for one in (await world.organisations.all(world.operator)).items] == ["Nowa"]
    invited = body.model_copy(update={"admin_email": "inny@nowa.test", "admin_password": None})
    await world.organisations.add(world.operator, invited)
    await world.run_jobs()
    assert [str(mail["To"]) for mail in world.mails()] == ["inny@nowa.test"]
    for actor, refusal in ((holder, Forbidden), (world.nobody, SignInRequired)):
        with pytest.raises(refusal):
            await world.organisations.add(actor, body)


@sqlite_alone
async def test_an_organisation_is_renamed_at_the_version_that_was_seen(world: World, office: Office) -> None:
    admin = await world.admin(office)
    assert (await world.organisations.change(admin, payloads.OrganisationBody(version=1, name="Serwis 2"))).version == 2
    with pytest.raises(Conflict) as refused:
        await world.organisations.change(admin, payloads.OrganisationBody(version=1, name="Inny"))
    assert refused.value.code == "core.changed_meanwhile"
    assert (await world.organisations.get(admin)).name == "Serwis 2"


@sqlite_alone
async def test_an_api_key_shows_its_secret_once_works_and_is_revoked(world: World, office: Office) -> None:
    admin, other = await world.admin(office), await world.office("Obcy", "szef@obcy.test")
    made = await world.api_keys.add(admin, payloads.NewApiKeyBody(name="Serwis24"))

    async def holder() -> Actor | None:
        return await world.credentials.bearer(made.secret, language="pl", address="")

    found = await holder()
    assert found is not None and (found.kind, found.party_id, found.organisation_id) == (
        "api_key",
        made.id,
        office.organisation_id,
    )
    assert not found.is_person
    assert {name for name in found.rights if EVERYBODY not in RIGHTS[name]} == {
        "files.link",
        "people.see",
        "cases.see",
        "cases.store",
    }
    rows = (await world.api_keys.all(admin)).items
    assert [(row.name, row.created_by) for row in rows] == [("Serwis24", office.admin_id)]
    assert rows[0].last_used_at_ms is not None and made.secret not in rows[0].model_dump_json()
    for actor, key in ((await world.admin(other), made.id), (admin, "no-such")):
        with pytest.raises(NotFound) as refused:
            await world.api_keys.revoke(actor, key)
        assert refused.value.code == "accounts.api_key_not_found"
    assert (await world.api_keys.all(await world.admin(other))).items == []
    await world.api_keys.revoke(admin, made.id)
    assert await holder() is None and (await world.api_keys.all(admin)).items == []


@sqlite_alone
async def test_the_audit_log_says_who_did_what_page_by_page(
    world: World, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.audit.AUDIT_PAGE", 2)
    admin, other = await world.admin(office), await world.office("Obcy", "szef@obcy.test")
    await world.invite(office, "a@x.test")
    await world.invite(other, "b@x.test")
    await world.groups.add(admin, payloads.NewGroupBody(kind="staff", name="Biuro"))
    await world.start(office.admin_email)
    seen, cursor = [], None
    while True:
        page = await world.audit.page(admin, AuditFilter(), cursor=cursor)
        seen += [entry.action for entry in page.items]
        if (cursor := page.next) is None:
            break
    assert sorted(seen) == ["group.added", "organisation.added", "person.invited", "session.started"]
    own = await world.audit.page(admin, AuditFilter(author_id=office.admin_id))
    assert {entry.author["name"] for entry in own.items} == {"Admin"}


# ---------------------------------------------------------------- the table of rights


def test_every_right_belongs_to_roles_that_exist() -> None:
    people = {"admin", "agent", "technician", "customer"}
    known = people | {"api_key", "operator", "conference", "guest", "visitor", EVERYBODY}
    assert {role for roles in RIGHTS.values() for role in roles} == known


@pytest.mark.parametrize(
    "role",
    ["", "anonymous", "admin", "agent", "technician", "customer", "api_key", "operator", "conference", "visitor"],
)
def test_demand_follows_the_table(role: str) -> None:
    kind = "anonymous" if role in ("", "anonymous") else "session"
    actor = Actor(kind, role=role, rights=rights_of(role))  # type: ignore[arg-type]
    for permission, roles in RIGHTS.items():
        try:
            demand(actor, permission)
            allowed = True
        except Refusal as refused:
            allowed = False
            assert (refused.code, refused.status) == (
                ("accounts.sign_in_required", 401) if kind == "anonymous" else ("accounts.forbidden", 403)
            )
        assert allowed == (EVERYBODY in roles or role in roles), permission


def test_administration_is_for_administrators_and_organisations_for_the_operator() -> None:
    for permission in (
        "people.manage", "groups.manage", "organisation.manage", "api_keys.manage", "audit.read", "desk.configure",
    ):  # fmt: skip
        assert RIGHTS[permission] == {"admin"}
    assert RIGHTS["organisations.manage"] == {"operator"}
    assert RIGHTS["conferences.media"] == {"conference"}
    assert {name for name, roles in RIGHTS.items() if EVERYBODY in roles} == {
        "session.start",
        "password.reset",
        "files.open",
        "uploads.describe",  # what the upload protocol can do, as RFC 9110 OPTIONS says it
        "conferences.doors",  # the same of WHIP and WHEP
        "guests.enter",  # with a link's secret
        "widget.look",  # a logo, by the widget's key
        "widget.open",  # by the same
    }
