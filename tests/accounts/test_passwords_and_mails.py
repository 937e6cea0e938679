"""Setting, changing and forgetting passwords, and the mails about it (CC-005, CC-006, CC-164, PBX-016)."""

import re
import ssl
from email.policy import SMTP
from pathlib import Path

import aiosmtplib
import pytest

from accounts import payloads
from core.errors import Conflict, Invalid, Limited, SignInRequired
from core.settings import Settings
from outward.mail import OutboxMailer, SmtpMailer, make_mailer, write_mail
from storage.audit import AuditFilter
from tests.support.certificates import Certificate
from tests.support.office import PASSWORD, Office, World, token_of
from tests.support.smtp import SmtpServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEW = "nowe hasło 2"


async def _set(world: World, token: str, password: str = NEW) -> None:
    await world.sign_in.set_password(world.nobody, payloads.SetPasswordBody(token=token, password=password))


@pytest.mark.feature("CC-005")
async def test_a_forgotten_password_is_set_by_a_link_that_works_once(world: World, office: Office) -> None:
    _, holder = await world.start(office.admin_email)
    await world.sign_in.forgotten(world.nobody, " SZEFOWA@serwis.test")
    assert await world.run_jobs() == 1
    (mail,) = world.mails()
    assert mail["To"] == "szefowa@serwis.test" and mail["From"] == "Centrala <centrala@talk.example.test>"
    assert mail["Subject"] == "Ustaw nowe hasło" and mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "Dzień dobry, Admin!" in text and "ważny 1 godzinę" in text and "{{" not in text
    token = token_of(mail)
    await _set(world, token)
    with pytest.raises(SignInRequired):
        await world.start(office.admin_email)
    await world.start(office.admin_email, NEW)
    with pytest.raises(Invalid) as refused:
        await _set(world, token, "jeszcze inne hasło")
    assert (refused.value.code, refused.value.status) == ("accounts.link_expired", 410)
    assert [event.scope for event in await world.events() if event.kind == "session:revoked"] == [
        f"session:{holder.session_id}"
    ]
    entries = (await world.audit.page(await world.admin(office), AuditFilter())).items
    assert "password.set" in [entry.action for entry in entries]


@pytest.mark.feature("CC-005")
async def test_an_unknown_address_gets_the_same_answer_and_no_mail(world: World, office: Office) -> None:
    await world.sign_in.forgotten(world.nobody, "nikt@serwis.test")
    await world.sign_in.forgotten(world.nobody, "\x00@")
    gone = await world.invite(office, "gone@serwis.test", password=PASSWORD)
    await world.people.change(await world.admin(office), gone.id, payloads.PersonBody(version=1, active=False))
    await world.sign_in.forgotten(world.nobody, "gone@serwis.test")
    assert await world.run_jobs() == 3
    assert world.mails() == []


@pytest.mark.feature("CC-005")
async def test_a_link_works_for_an_hour_and_only_the_newest_does(world: World, office: Office) -> None:
    for _ in range(3):
        await world.sign_in.forgotten(world.nobody, office.admin_email)
        await world.run_jobs()
    first, second, newest = [token_of(mail) for mail in world.mails()]
    for earlier in (first, second):
        with pytest.raises(Invalid):
            await _set(world, earlier)
    world.clock.move(3600.001)
    with pytest.raises(Invalid):
        await _set(world, newest)
    world.clock.move(-60)
    await _set(world, newest)
    with pytest.raises(Invalid):
        await _set(world, newest)
    for nonsense in ("set_" + "x" * 43, "ą" * 20, "x" * 200):
        with pytest.raises(Invalid):
            await _set(world, nonsense)


async def test_two_requests_before_the_mail_went_out_are_one_mail(world: World, office: Office) -> None:
    for _ in range(4):
        await world.sign_in.forgotten(world.nobody, office.admin_email)
    assert await world.run_jobs() == 1


@pytest.mark.feature("CC-006", "CC-164")
async def test_who_is_invited_sets_a_password_and_signs_in(world: World, office: Office) -> None:
    invited = await world.invite(office, "ewa@serwis.test", first_name="Ewa", language="en")
    assert invited.password_set is False
    await world.run_jobs()
    (mail,) = world.mails()
    assert mail["To"] == "ewa@serwis.test" and mail["Subject"] == "Your invitation to Serwis"
    text = mail.get_content()
    assert "Hello Ewa," in text and "within 168 hours" in text and "ewa@serwis.test" in text
    world.clock.move(6.9 * 86_400)
    await _set(world, token_of(mail))
    started, _ = await world.start("ewa@serwis.test", NEW)
    assert started.person.id == invited.id
    assert (await world.people.get(await world.admin(office), invited.id)).password_set is True


@pytest.mark.feature("CC-164")
async def test_an_invitation_is_mailed_again_until_it_was_accepted(world: World, office: Office) -> None:
    admin = await world.admin(office)
    invited = await world.invite(office, "ewa@serwis.test")
    await world.run_jobs()
    await world.people.mail_again(admin, invited.id)
    await world.run_jobs()
    first, second = world.mails()
    assert "168 godzin" in second.get_content() and second["Subject"] == "Zaproszenie do Serwis"
    await _set(world, token_of(first))
    await world.start("ewa@serwis.test", NEW)
    with pytest.raises(Conflict) as refused:
        await world.people.mail_again(admin, invited.id)
    assert refused.value.code == "accounts.password_is_set"
    with pytest.raises(Invalid):
        await _set(world, token_of(second))


async def test_a_password_one_organisation_chose_opens_no_other(world: World, office: Office) -> None:
    """Whoever knows the password of an address in one organisation must not get in where the address is invited later."""
    await world.invite(office, "ofiara@x.test", password="znane atakującemu")
    second = await world.office("Druga", "szef@druga.test")
    invited = await world.invite(second, "ofiara@x.test", password="inne, nieważne")
    unknown = await world.invite(second, "nowa@x.test")
    chosen = await world.invite(second, "nowsza@x.test", password="inne, nieważne")
    assert invited.model_dump(exclude={"id", "email"}) == unknown.model_dump(exclude={"id", "email"})
    assert invited.model_dump(exclude={"id", "email"}) == chosen.model_dump(exclude={"id", "email"})
    admin = await world.admin(second)
    for person in (invited, unknown, chosen):
        await world.people.mail_again(admin, person.id)
    started, holder = await world.start("ofiara@x.test", "znane atakującemu")
    assert [one.name for one in started.organisations] == ["Serwis"]
    with pytest.raises(SignInRequired):
        await world.start("ofiara@x.test", "znane atakującemu", organisation_id=second.organisation_id)
    with pytest.raises(SignInRequired):
        await world.start("ofiara@x.test", "inne, nieważne")
    with pytest.raises(Exception, match=r"accounts\.no_membership"):
        await world.sign_in.switch(holder, second.organisation_id, user_agent="")
    await world.run_jobs()
    mails = {str(mail["To"]): mail for mail in world.mails()}
    assert "Masz już konto" in mails["ofiara@x.test"].get_content()
    await _set(world, token_of(mails["ofiara@x.test"]))
    again, _ = await world.start("ofiara@x.test", NEW)
    assert {one.name for one in again.organisations} == {"Serwis", "Druga"}
    with pytest.raises(SignInRequired):
        await world.start("ofiara@x.test", "znane atakującemu")


@pytest.mark.feature("PBX-016")
async def test_changing_the_password_needs_the_old_one_and_ends_the_other_sessions(
    world: World, office: Office
) -> None:
    _, here = await world.start(office.admin_email)
    _, elsewhere = await world.start(office.admin_email)
    body = payloads.ChangePasswordBody(old_password="nie to", new_password=NEW)
    with pytest.raises(Invalid) as refused:
        await world.profile.change_password(here, body)
    assert refused.value.code == "accounts.wrong_old_password"
    await world.profile.change_password(here, body.model_copy(update={"old_password": PASSWORD}))
    assert [row.id for row in (await world.sign_in.sessions(here)).items] == [here.session_id]
    assert [event.scope for event in await world.events() if event.kind == "session:revoked"] == [
        f"session:{elsewhere.session_id}"
    ]
    await world.start(office.admin_email, NEW)
    for _ in range(8):
        with pytest.raises(Invalid):
            await world.profile.change_password(here, body)
    with pytest.raises(Limited):
        await world.profile.change_password(here, body.model_copy(update={"old_password": NEW}))


@pytest.mark.parametrize("password", ["", "krótkie", "x" * 201])
def test_a_password_has_eight_to_two_hundred_characters(password: str, database_url: str) -> None:
    with pytest.raises(ValueError, match=r"at least 8|at most 200"):
        payloads.SetPasswordBody(token="x" * 20, password=password)


# ---------------------------------------------------------------- the outbox


@pytest.mark.feature("CC-005")
async def test_without_smtp_a_mail_is_a_file_for_the_server_alone_until_it_expires(
    world: World, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await world.sign_in.forgotten(world.nobody, office.admin_email)
    await world.invite(office, "ewa@serwis.test")
    await world.run_jobs()
    files = sorted(world.outbox.iterdir())
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600} and world.outbox.stat().st_mode & 0o777 == 0o700
    for path in files:
        assert str(path) in caplog.text
        assert b"\r\n" in path.read_bytes() and token_of(world.mails()[0]) not in caplog.text
    world.clock.move(3601)
    await world.run_jobs()
    assert [str(mail["To"]) for mail in world.mails()] == ["ewa@serwis.test"]
    world.clock.move(7 * 86_400)
    await world.run_jobs()
    assert world.mails() == []


# ---------------------------------------------------------------- SMTP


def _settings(world: World, url: str) -> Settings:
    return world.settings.model_copy(update={"smtp_url": url})


@pytest.mark.feature("CC-005")
async def test_a_mail_goes_out_over_smtp(world: World, office: Office) -> None:
    async with SmtpServer(password="sekret") as server:
        mailer = make_mailer(_settings(world, f"smtp://centrala:sekret@127.0.0.1:{server.port}?starttls=never"))
        await world.sign_in.forgotten(world.nobody, office.admin_email)
        await world.run_jobs(mailer)
    (mail,) = server.delivered
    assert (mail.sender, mail.recipients, mail.user) == (
        "centrala@talk.example.test",
        ["szefowa@serwis.test"],
        "centrala",
    )
    assert mail.message["Subject"] == "Ustaw nowe hasło" and "Dzień dobry" in mail.message.get_content()
    await _set(world, token_of(mail.message))


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
async def test_tls_is_used_where_offered_and_the_certificate_is_checked(
    world: World, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, implicit: bool
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.certificate, certificate.key)
    message = write_mail(world.settings, "ewa@serwis.test", "Próba", "Żółw\n.\n..kropki\n")
    async with SmtpServer(tls=context, implicit=implicit) as server:
        mailer = SmtpMailer(f"{'smtps' if implicit else 'smtp'}://localhost:{server.port}")
        with pytest.raises((OSError, Exception), match=r"(?i)certificate"):
            await mailer.send(message, 0)
        assert server.delivered == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
        await mailer.send(message, 0)
    (mail,) = server.delivered
    assert mail.over_tls and mail.message.get_content().splitlines() == ["Żółw", ".", "..kropki"]


@pytest.mark.feature("CC-005")
async def test_a_mail_the_server_does_not_take_is_tried_again_with_a_new_token(world: World, office: Office) -> None:
    async with SmtpServer(refuse=2) as server:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{server.port}")
        await world.sign_in.forgotten(world.nobody, office.admin_email)
        for pause_s in (0, 4, 16):
            world.clock.move(pause_s)
            assert await world.run_jobs(mailer) == 1
        assert await world.run_jobs(mailer) == 0
    (mail,) = server.delivered
    await _set(world, token_of(mail.message))


@pytest.mark.parametrize(
    "address",
    ["ewa@serwis.test", "żółw@łąka.test", "a,b@serwis.test", "evil<x>@serwis.test", '"a b"@x.test'.replace(" ", "_")],
)
async def test_a_mail_goes_to_the_address_itself_whatever_is_in_it(world: World, address: str) -> None:
    message = write_mail(world.settings, address, "Temat ąę " * 20, "Treść")
    async with SmtpServer() as server:
        await SmtpMailer(f"smtp://127.0.0.1:{server.port}").send(message, 0)
    (mail,) = server.delivered
    assert len(mail.recipients) == 1
    assert re.sub(r'[\\"]', "", mail.recipients[0]) == address.replace('"', "")
    assert mail.message["Subject"] == ("Temat ąę " * 20).strip() or mail.message["Subject"] == "Temat ąę " * 20


@pytest.mark.parametrize("offered", [True, False], ids=["starttls offered", "not offered"])
async def test_no_password_is_sent_before_tls_is_up(
    world: World, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, offered: bool
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.certificate, certificate.key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    message = write_mail(world.settings, "ewa@serwis.test", "Próba", "Treść")
    async with SmtpServer(tls=context if offered else None, password="sekret") as server:
        mailer = SmtpMailer(f"smtp://centrala:sekret@localhost:{server.port}")
        if offered:
            await mailer.send(message, 0)
        else:
            with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
                await mailer.send(message, 0)
    assert [mail.over_tls for mail in server.delivered] == ([True] if offered else [])
    signing_in = [over_tls for line, over_tls in server.heard if line.upper().startswith("AUTH")]
    assert signing_in == ([True] if offered else []), server.heard


async def test_the_outbox_takes_addresses_that_are_no_ascii(world: World, tmp_path: Path) -> None:
    message = write_mail(world.settings, "żółw@łąka.test", "Temat", "Treść")
    await OutboxMailer(tmp_path / "out").send(message, 1_790_000_000_000)
    (path,) = (tmp_path / "out").iterdir()
    assert "żółw@łąka.test" in path.read_text(encoding="utf-8") and SMTP.linesep == "\r\n"
