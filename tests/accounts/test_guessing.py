"""Whoever guesses passwords: slowed down alone, kept in the log, the audit and the profile, and never faster than the owner."""

import asyncio
import time

import pytest

from accounts import payloads
from accounts.passwords import WAITING_MAX, Passwords
from accounts.rights import Actor
from core.errors import Limited, SignInRequired, Unavailable
from storage.audit import AuditFilter
from tests.support.office import PASSWORD, Office, World

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BROWSER = "ceb_the-browser-of-the-owner"


def _from(address: str) -> Actor:
    return Actor("anonymous", language="pl", address=address)


async def _try(
    world: World, address: str, email: str, password: str = "zgaduję", browser: str = "", agent: str = "guesser"
) -> payloads.SessionStarted:
    body = payloads.SignInBody(email=email, password=password)
    return await world.sign_in.sign_in(
        _from(address), body, browser=True, user_agent=agent, browser_secret=browser, tell_of_new=True
    )


@on_sqlite
async def test_all_addresses_of_a_block_of_ipv6_are_one(world: World, office: Office) -> None:
    for number in range(50):
        with pytest.raises(SignInRequired):
            await _try(world, f"2001:db8:7:7::{number:x}", f"ktos{number}@serwis.test")
    with pytest.raises(Limited):
        await _try(world, "2001:db8:7:7:ffff::1", "jeszcze.ktos@serwis.test")
    await _try(world, "2001:db8:7:8::1", office.admin_email, PASSWORD)


@on_sqlite
async def test_who_guesses_at_somebody_keeps_nobody_out(world: World, office: Office) -> None:
    for _ in range(10):
        with pytest.raises(SignInRequired):
            await _try(world, "198.51.100.9", office.admin_email)
    with pytest.raises(Limited):
        await _try(world, "198.51.100.9", office.admin_email, PASSWORD)
    await _try(world, "203.0.113.4", office.admin_email, PASSWORD)


@on_sqlite
async def test_a_browser_that_signed_in_before_passes_while_a_hundred_places_guess(
    world: World, office: Office
) -> None:
    await _try(world, "203.0.113.4", office.admin_email, PASSWORD, BROWSER)
    for place in range(11):
        for _ in range(10):
            with pytest.raises((SignInRequired, Limited)):
                await _try(world, f"198.51.{place}.9", office.admin_email)
    with pytest.raises(Limited):
        await _try(world, "203.0.113.4", office.admin_email, PASSWORD, "ceb_another")
    await _try(world, "192.0.2.200", office.admin_email, PASSWORD, BROWSER)
    # With a new password no browser is known: whoever had the old one loses the way around.
    holder = await world.admin(office)
    body = payloads.ChangePasswordBody(old_password=PASSWORD, new_password="zupełnie inne hasło")
    await world.profile.change_password(holder, body)
    with pytest.raises(Limited):
        await _try(world, "192.0.2.200", office.admin_email, "zupełnie inne hasło", BROWSER)


async def test_a_flood_costs_its_own_block_the_places_in_the_queue() -> None:
    passwords = Passwords()
    stored = await passwords.hash("długie hasło 1")
    began = time.monotonic()
    flood = [asyncio.create_task(passwords.matches("zgaduję", stored, block="2001:db8::/64")) for _ in range(600)]
    await asyncio.sleep(0)
    owner = asyncio.create_task(passwords.matches("długie hasło 1", stored, block="203.0.113.4"))
    known = asyncio.create_task(passwords.matches("długie hasło 1", stored, block="203.0.113.5", familiar=True))
    assert await known and await owner
    took_s = time.monotonic() - began
    assert sum(task.done() and task.exception() is None for task in flood) <= 5, "the owner did not wait for them"
    assert took_s < 5 * 0.2
    answers = await asyncio.gather(*flood, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    # One is at work, and the owner's two took places of the block.
    assert len(refused) == 600 - 1 - WAITING_MAX + 2
    assert {(one.status, one.arguments["retry_after_s"]) for one in refused} == {(503, 2)}
    passwords.close()


async def test_who_hangs_up_while_waiting_holds_up_nobody() -> None:
    passwords = Passwords()
    stored = await passwords.hash("długie hasło 1")
    waiting = [asyncio.create_task(passwords.matches("zgaduję", stored, block=str(number))) for number in range(20)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    assert await asyncio.wait_for(passwords.matches("długie hasło 1", stored, block="203.0.113.4"), 5)
    passwords.close()


@on_sqlite
async def test_a_refused_sign_in_is_in_the_log_the_audit_and_the_profile(
    world: World, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "centrala.sign_in")
    for email in (office.admin_email, "nikt@serwis.test"):
        with pytest.raises(SignInRequired):
            await _try(world, "198.51.100.9", email)
    assert [record.getMessage() for record in caplog.records] == [
        "sign-in refused from 198.51.100.9: wrong e-mail or password"
    ] * 2
    await world.run_jobs()
    admin = await world.admin(office)
    entries = (await world.audit.page(admin, AuditFilter(action="session.refused"))).items
    assert [(entry.subject_id, entry.details["address"]) for entry in entries] == [(office.admin_id, "198.51.100.9")]
    shown = (await world.sign_in.refused(admin)).items
    assert [(row.address, row.user_agent) for row in shown] == [("198.51.100.9", "guesser")]
    world.clock.move(31 * 86_400)
    assert (await world.sign_in.refused(admin)).items == []


@on_sqlite
async def test_guesses_fill_neither_the_audit_nor_the_profile(world: World, office: Office) -> None:
    for place in range(6):
        for _ in range(9):
            with pytest.raises(SignInRequired):
                await _try(world, f"198.51.{place}.9", office.admin_email)
    await world.run_jobs()
    admin = await world.admin(office)
    assert len((await world.audit.page(admin, AuditFilter(action="session.refused"))).items) == 10
    assert len((await world.sign_in.refused(admin)).items) == 10


@on_sqlite
async def test_a_sign_in_from_a_new_browser_is_mailed_but_not_from_the_first(world: World, office: Office) -> None:
    await _try(world, "203.0.113.4", office.admin_email, PASSWORD, BROWSER, "Firefox")
    await _try(world, "203.0.113.4", office.admin_email, PASSWORD, BROWSER, "Firefox")
    await world.run_jobs()
    assert world.mails() == []
    await _try(world, "198.51.100.77", office.admin_email, PASSWORD, "ceb_another", "Chrome/130")
    await world.run_jobs()
    (mail,) = world.mails()
    assert "nowej przeglądarki" in str(mail["Subject"])
    text = mail.get_content()
    assert "198.51.100.77" in text and "Chrome/130" in text and "Europe/Warsaw" in text
