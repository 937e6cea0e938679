"""One's own data, preferences and picture (CC-140..144, PBX-015)."""

import pytest
from pydantic import ValidationError

from accounts import payloads
from accounts.profile import MAX_AVATAR_BYTES
from core.errors import Conflict, Invalid, NotFound
from storage.conversations.conversations import remove_member
from tests.support.office import Office, World
from tests.support.pictures import a_picture
from tests.support.rows import a_conversation

sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@sqlite_alone
@pytest.mark.feature("CC-140", "CC-144", "PBX-015")
async def test_one_changes_ones_own_names_position_language_zone_and_ring(world: World, office: Office) -> None:
    admin = await world.admin(office)
    before = await world.profile.get(admin)
    assert (before.language, before.time_zone, before.ring, before.position) == ("pl", "Europe/Warsaw", "long", "")
    body = payloads.ProfileBody(
        version=before.version, first_name=" Żaneta ", last_name="Łoś", position="Szefowa", language="en",
        time_zone="America/Argentina/Buenos_Aires", ring="short",
    )  # fmt: skip
    after = await world.profile.change(admin, body)
    assert (after.name, after.position, after.language, after.time_zone, after.ring, after.version) == (
        "Żaneta Łoś", "Szefowa", "en", "America/Argentina/Buenos_Aires", "short", 2,
    )  # fmt: skip
    assert await world.profile.get(admin) == after
    with pytest.raises(Conflict) as refused:
        await world.profile.change(admin, body)
    assert refused.value.code == "core.changed_meanwhile"
    assert [event.kind for event in await world.events()] == ["person:changed"]
    started, _ = await world.start(office.admin_email)
    assert started.person.name == "Żaneta Łoś"


@sqlite_alone
@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "europe/warsaw "])
async def test_a_time_zone_that_does_not_exist_is_refused(world: World, office: Office, zone: str) -> None:
    with pytest.raises(Invalid) as refused:
        await world.profile.change(await world.admin(office), payloads.ProfileBody(version=1, time_zone=zone))
    assert refused.value.code == "accounts.unknown_time_zone"


@pytest.mark.parametrize(
    "changes",
    [
        {"first_name": ""}, {"first_name": " "}, {"first_name": "a\x00"}, {"last_name": "x" * 101}, {"position": "a\nb"},
        {"language": "de"}, {"ring": "loud"}, {"email": "x@y.z"}, {"version": 0}, {"version": 1 << 64}, {"version": 1e30},
    ],
)  # fmt: skip
def test_a_profile_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        payloads.ProfileBody.model_validate({"version": 1, **changes})


@sqlite_alone
async def test_what_is_no_picture_or_too_large_is_refused_with_a_sentence(world: World, office: Office) -> None:
    admin = await world.admin(office)
    for content, code, arguments in (
        (b"<svg/>", "accounts.not_a_picture", {}),
        (b"x" * (MAX_AVATAR_BYTES + 1), "accounts.picture_too_large", {"megabytes": 8}),
    ):
        with pytest.raises(Invalid) as refused:
            await world.profile.set_avatar(admin, content)
        assert (refused.value.code, refused.value.arguments) == (code, arguments)
    assert (await world.profile.get(admin)).avatar_url is None


@sqlite_alone
async def test_a_picture_is_seen_by_ones_group_ones_companions_and_administrators(world: World, office: Office) -> None:
    admin = await world.admin(office)
    customers = [
        await world.groups.add(admin, payloads.NewGroupBody(kind="customer", name=name)) for name in ("Jeden", "Drugi")
    ]
    people = {
        name: await world.invite(office, f"{name}@x.test", role=role, group_id=group)
        for name, role, group in (
            ("ewa", "technician", office.group_id), ("jan", "customer", customers[0].id), ("ola", "customer", customers[0].id),
            ("obcy", "customer", customers[1].id),
        )
    }  # fmt: skip
    actors = {name: await world.actor(office.organisation_id, person.id) for name, person in people.items()}
    jan = people["jan"].id
    profile = await world.profile.set_avatar(actors["jan"], a_picture())
    assert profile.avatar_url is not None and profile.avatar_url.startswith(f"/api/v1/people/{jan}/avatar?v=")

    async def sees(name: str) -> bool:
        actor = admin if name == "admin" else actors[name]
        try:
            return (await world.profile.avatar(actor, jan))[8:12] == b"WEBP"
        except NotFound as refused:
            assert refused.code == "accounts.no_picture"
            return False

    assert [await sees(name) for name in ("jan", "ola", "admin", "ewa", "obcy")] == [True, True, True, False, False]
    talk = await world.database.write(lambda tx: a_conversation(tx, office.organisation_id, [people["ewa"].id, jan]))
    assert await sees("ewa")
    await world.database.write(lambda tx: remove_member(tx, talk, people["ewa"].id))
    assert not await sees("ewa")
    other = await world.office("Obcy", "szef@obcy.test")
    with pytest.raises(NotFound):
        await world.profile.avatar(await world.admin(other), jan)
    assert (await world.profile.remove_avatar(actors["jan"])).avatar_url is None
    assert not await sees("jan")
    with pytest.raises(NotFound):
        await world.profile.avatar(admin, office.admin_id)
