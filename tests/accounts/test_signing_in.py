"""Signing in and out: what is told, what is not, how often one may try, and what ends a session (CC-002, CC-003)."""

import statistics
import time

import pytest

from accounts import payloads
from accounts.rights import Actor
from core.errors import Limited, NotFound, Refusal, SignInRequired
from tests.support.office import OPERATOR_KEY, PASSWORD, Office, World, token_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _refused(
    world: World, email: str, password: str = PASSWORD, **more: str
) -> tuple[str, int, dict[str, object]]:
    body = payloads.SignInBody(email=email, password=password, **more)
    with pytest.raises(Refusal) as refused:
        await world.sign_in.sign_in(world.nobody, body, browser=True, user_agent="")
    return refused.value.code, refused.value.status, refused.value.arguments


@pytest.mark.feature("CC-002", "CC-003")
async def test_the_right_password_starts_a_session_however_the_address_is_written(world: World, office: Office) -> None:
    started, holder = await world.start("szefowa@serwis.test")
    for email in ("szefowa@serwis.test", " SZEFOWA@Serwis.TEST "):
        started, holder = await world.start(email)
        assert (holder.party_id, holder.organisation_id, holder.role) == (
            office.admin_id,
            office.organisation_id,
            "admin",
        )
        assert started.organisation.name == "Serwis" and [one.name for one in started.organisations] == ["Serwis"]
        assert started.token.startswith("ces_") and len(started.token) > 40
    state = await world.sign_in.state(holder)
    assert state.profile.email == "szefowa@serwis.test" and "people.manage" in state.permissions


async def test_the_answer_never_tells_what_was_wrong(world: World, office: Office) -> None:
    admin = await world.admin(office)
    await world.invite(office, "bez.hasla@serwis.test")
    gone = await world.invite(office, "zwolniony@serwis.test", password=PASSWORD)
    await world.people.change(admin, gone.id, payloads.PersonBody(version=1, active=False))
    answers = [
        await _refused(world, "szefowa@serwis.test", "nie to hasło"),
        await _refused(world, "szefowa@serwis.test", ""),
        await _refused(world, "nikt@serwis.test"),
        await _refused(world, "bez.hasla@serwis.test"),
        await _refused(world, "zwolniony@serwis.test"),
        await _refused(world, "szefowa@serwis.test", organisation_id="inna"),
        await _refused(world, "to nie adres"),
        await _refused(world, "\x00"),
    ]
    assert answers == [("accounts.wrong_credentials", 401, {})] * 8


async def test_an_unknown_address_takes_as_long_as_a_wrong_password(world: World, office: Office) -> None:
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(7):
        for kind, email in (("known", office.admin_email), ("unknown", f"nikt{number}@serwis.test")):
            began = time.process_time()
            await _refused(world, email, "nie to hasło")
            took[kind].append(time.process_time() - began)
    known, unknown = (statistics.median(took[kind]) for kind in ("known", "unknown"))
    assert 0.4 < known / unknown < 2.5, took


async def test_one_address_is_tried_ten_times_and_then_once_in_six_seconds(world: World, office: Office) -> None:
    for spelling in ("szefowa@serwis.test", "SZEFOWA@serwis.test") * 5:
        await _refused(world, spelling, "zgaduję")
    assert await _refused(world, "szefowa@SERWIS.test") == ("core.limited", 429, {"retry_after_s": 6})
    await _refused(world, "ktos.inny@serwis.test", "zgaduję")
    world.clock.move(6)
    await world.start("szefowa@serwis.test")
    assert (await _refused(world, "szefowa@serwis.test"))[0] == "core.limited"


async def test_one_place_is_heard_fifty_times_whatever_it_tries(world: World, office: Office) -> None:
    for number in range(50):
        try:
            await world.sign_in.forgotten(world.nobody, f"ktos{number}@serwis.test")
        except Limited:
            pytest.fail(f"refused at {number}")
    assert (await _refused(world, "szefowa@serwis.test"))[0] == "core.limited"
    elsewhere = Actor("anonymous", address="198.51.100.7")
    body = payloads.SignInBody(email="szefowa@serwis.test", password=PASSWORD)
    await world.sign_in.sign_in(elsewhere, body, browser=True, user_agent="")


async def test_a_session_lives_thirty_days_from_its_last_use(world: World, office: Office) -> None:
    started, _ = await world.start(office.admin_email)

    async def good() -> bool:
        return await world.credentials.session(started.token, kind="session", address="") is not None

    for _ in range(3):
        world.clock.move(29 * 86_400)
        assert await good()
    world.clock.move(30 * 86_400)
    assert not await good()


@pytest.mark.parametrize(
    "token", ["", "x", "ces_" + "x" * 43, "ces_" + "x" * 5000, "\udcff" * 40, "cek_" + "x" * 43, "cec_" + "x" * 43]
)
async def test_what_is_no_token_of_ours_is_nobody(world: World, office: Office, token: str) -> None:
    assert await world.credentials.session(token, kind="session", address="") is None
    assert await world.credentials.bearer(token, language="pl", address="") is None


async def test_the_operators_key_is_the_operator_and_an_empty_one_nobody(world: World, database_url: str) -> None:
    found = await world.credentials.bearer(OPERATOR_KEY, language="pl", address="")
    assert found is not None and found.role == "operator" and found.rights == world.operator.rights
    assert await world.credentials.bearer(f"{OPERATOR_KEY} ", language="pl", address="") is None
    closed = world.settings.model_copy(update={"operator_key": type(world.settings.operator_key)("")})
    world.credentials._settings = closed
    assert await world.credentials.bearer("", language="pl", address="") is None
    assert await world.credentials.bearer(OPERATOR_KEY, language="pl", address="") is None


async def test_guessed_keys_are_limited_before_they_are_looked_up(world: World, office: Office) -> None:
    started, _ = await world.start(office.admin_email)
    for number in range(world.settings.rate_request_burst):
        assert await world.credentials.bearer(f"cek_{number}", language="pl", address=f"2001:db8::{number:x}") is None
    for token in ("cek_one-more", started.token):
        with pytest.raises(Limited):
            await world.credentials.bearer(token, language="pl", address="2001:db8::ffff")
    assert await world.credentials.bearer(started.token, language="pl", address="203.0.113.4") is not None
    world.clock.move(0.02)
    assert await world.credentials.bearer(started.token, language="pl", address="2001:db8::ffff") is not None


async def test_a_client_whose_name_is_no_text_signs_in_all_the_same(world: World, office: Office) -> None:
    body = payloads.SignInBody(email=office.admin_email, password=PASSWORD)
    await world.sign_in.sign_in(world.nobody, body, browser=False, user_agent="b\udcffd" * 300)
    _, holder = await world.start(office.admin_email)
    rows = (await world.sign_in.sessions(holder)).items
    assert sorted((row.user_agent[:3], len(row.user_agent), row.kind) for row in rows) == [
        ("Fir", 7, "browser"), ("b?d", 300, "bearer"),
    ]  # fmt: skip


async def test_ones_sessions_are_listed_and_ended_ones_own_alone(world: World, office: Office) -> None:
    await world.invite(office, "jan@serwis.test", password=PASSWORD)
    here, elsewhere, other = [
        (await world.start(email))[1] for email in (office.admin_email, office.admin_email, "jan@serwis.test")
    ]
    rows = {row.id: row for row in (await world.sign_in.sessions(here)).items}
    assert set(rows) == {here.session_id, elsewhere.session_id}
    assert rows[here.session_id or ""].current and not rows[elsewhere.session_id or ""].current
    for missing in (other.session_id or "", "no-such"):
        with pytest.raises(NotFound) as refused:
            await world.sign_in.revoke(here, missing)
        assert refused.value.code == "accounts.session_not_found"
    await world.sign_in.revoke(here, elsewhere.session_id or "")
    assert [row.id for row in (await world.sign_in.sessions(here)).items] == [here.session_id]
    await world.sign_in.sign_out(here)
    told = [event.scope for event in await world.events() if event.kind == "session:revoked"]
    assert told == [f"session:{elsewhere.session_id}", f"session:{here.session_id}"]
    assert len((await world.sign_in.sessions(other)).items) == 1


async def test_a_person_of_two_organisations_signs_in_to_the_last_used_and_switches(
    world: World, office: Office
) -> None:
    second = await world.office("Druga", "ktos@druga.test")
    await world.invite(second, office.admin_email, role="agent", first_name="Ala")
    await world.run_jobs()
    await world.sign_in.set_password(
        world.nobody, payloads.SetPasswordBody(token=token_of(world.mails()[0]), password=PASSWORD)
    )
    started, here = await world.start(office.admin_email)
    assert {one.name for one in started.organisations} == {"Serwis", "Druga"}
    world.clock.move(1)
    there = await world.sign_in.switch(here, second.organisation_id, user_agent="Firefox")
    assert (there.organisation.name, there.person.role) == ("Druga", "agent")
    assert await world.credentials.session(started.token, kind="session", address="") is None
    again, holder = await world.start(office.admin_email)
    assert again.organisation.name == "Druga"
    asked, _ = await world.start(office.admin_email, organisation_id=office.organisation_id)
    assert asked.organisation.name == "Serwis"
    for foreign in ((await world.office("Trzecia", "ktos@trzecia.test")).organisation_id, "no-such"):
        with pytest.raises(NotFound) as refused:
            await world.sign_in.switch(holder, foreign, user_agent="")
        assert refused.value.code == "accounts.no_membership"
    assert await world.credentials.session(again.token, kind="session", address="") is not None


async def test_nobody_may_use_what_needs_a_session(world: World, office: Office) -> None:
    for ask in (
        world.sign_in.state,
        world.sign_in.sessions,
        world.sign_in.sign_out,
        world.profile.get,
        world.people.page,
    ):
        with pytest.raises(SignInRequired):
            await ask(world.nobody)
