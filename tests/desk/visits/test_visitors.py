"""Visitors: who they are, what they are asked, what they may not do too often, and what they leave behind."""

import asyncio
import base64
import hashlib
import hmac
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import pytest

from accounts.file_links import FileLinks
from conversations.files.payloads import NewFileMessageBody
from core.catalogue import Catalogue
from core.errors import Conflict, Invalid, Limited, NotFound
from desk.visits import payloads
from desk.visits.identity import read_identity
from desk.visits.mails import VisitMails
from desk.visits.visitors import VISITS_AN_HOUR
from outward.mail import SmtpMailer
from server.app import load_catalogue
from storage.desk.channels import change_channel
from storage.desk.companies import change_company
from storage.desk.visits import find_visit
from tests.desk.conftest import Desk
from tests.support.desks import nobody
from tests.support.realtime import until
from tests.support.smtp import SmtpServer


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"offer_s": 30.0, "visitor_grace_s": 30.0}


def jwt(secret: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    said = {"sub": "klient-7", "exp": int(time.time()) + 600, **claims}
    signed = f"{part(orjson.dumps(header or {'alg': 'HS256', 'typ': 'JWT'}))}.{part(orjson.dumps(said))}"
    return f"{signed}.{part(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


@pytest.mark.feature("BEY-052")
def test_an_identity_counts_when_signed_in_time_and_for_somebody() -> None:
    now_ms = int(time.time() * 1000)
    good = read_identity(jwt("tajne", name="Jan  Kowalski", email="jan@example.test"), "tajne", now_ms)
    assert good is not None and (good.subject, good.name, good.email) == (
        "klient-7",
        "Jan Kowalski",
        "jan@example.test",
    )
    week = int(time.time()) + 7 * 86_400
    refused = [
        jwt("inne"), jwt("tajne", exp=int(time.time()) - 1), jwt("tajne", exp=week), jwt("tajne", sub=""),
        jwt("tajne", sub=7), jwt("tajne", exp=None), jwt("tajne", exp=float("1e300")), jwt("tajne", {"alg": "none"}),
        jwt("tajne", {"alg": "HS512"}), jwt("tajne")[:-2] + "xx", "a.b.c", "....", "", "ą.ą.ą",
    ]  # fmt: skip
    assert [read_identity(one, "tajne", now_ms) for one in refused] == [None] * len(refused)
    assert read_identity(jwt(""), "", now_ms) is None, "a widget without a secret vouches for nobody"


@pytest.mark.feature("BEY-052", "BEY-053")
async def test_whom_the_site_vouches_for_is_known_again_and_never_one_with_who_only_says_so(desk: Desk) -> None:
    first = await desk.visitor(identity=jwt("tajne", name="Jan Kowalski", email="jan@example.test"))
    visit = await first.ask()
    await desk.accept(desk.world.anna, visit.id)
    await desk.node.real_time.visits.visits.close(
        desk.world.anna.actor, visit.id, payloads.CloseBody(result_code="", note="x")
    )
    again = await desk.visitor(identity=jwt("tajne"))
    liar = await desk.visitor()
    visitors = desk.node.real_time.visits.visitors
    await visitors.change(liar.actor, payloads.VisitorBody(name="Jan Kowalski", email="jan@example.test"))
    kept = await visitors.change(first.actor, payloads.VisitorBody(name="Ktoś", email="x@example.test", phone="600"))
    assert (kept.name, kept.email, kept.phone, kept.verified) == ("Jan Kowalski", "jan@example.test", "600", True)
    known, unknown = await again.ask(), await liar.ask()
    details = [
        await desk.node.real_time.visits.visits.details(desk.world.anna.actor, one.id) for one in (known, unknown)
    ]
    assert [[one.id for one in found.earlier] for found in details] == [[visit.id], []]
    assert [found.visit.visitor.verified for found in details] == [True, False]
    # Their last agent is asked first.
    assert details[0].visit.ringing is not None and details[0].visit.ringing.agent.id == desk.world.anna.id


@pytest.mark.feature("CC-219", "CC-172", "CC-173", "CC-175", "CC-176")
async def test_who_must_say_who_they_are_cannot_begin_without(desk: Desk) -> None:
    def ask(*, ask_data: bool, require_data: bool):
        changes = {"ask_data": ask_data, "require_data": require_data}
        return desk.world.database.write(lambda tx: change_channel(tx, desk.organisation_id, "chat", changes))

    await ask(ask_data=True, require_data=True)
    guest = await desk.visitor()
    with pytest.raises(Conflict, match=r"desk\.data_required"):
        await guest.ask(consent="no")
    assert (await desk.queue(desk.world.anna)).waiting == [], "nothing is half stored"
    answers = payloads.AnswersBody(name="Jan", email="jan@example.test")
    visit = await guest.ask(consent="yes", answers=answers)
    details = await desk.node.real_time.visits.visits.details(desk.world.anna.actor, visit.id)
    assert (details.visit.visitor.name, details.visit.visitor.email) == ("Jan", "jan@example.test")
    await ask(ask_data=True, require_data=False)
    refusing = await desk.visitor()
    assert (await refusing.ask(consent="no")).state == "offered"
    await ask(ask_data=False, require_data=True)
    unasked = await desk.visitor()
    assert (await unasked.ask()).state == "offered"


async def test_asking_twice_asks_once_and_one_visit_is_open_at_a_time(desk: Desk) -> None:
    guest = await desk.visitor()
    visitors = desk.node.real_time.visits.visitors
    body = payloads.NewVisitBody(client_id="same", medium="chat", language="pl", text="Halo")
    first, new = await visitors.ask(guest.actor, body)
    second, again = await visitors.ask(guest.actor, body)
    assert (first.id, new, again) == (second.id, True, False)
    with pytest.raises(Conflict, match=r"desk\.visit_open"):
        await guest.ask()
    other = await desk.visitor()
    for call in (visitors.leave, visitors.call):
        with pytest.raises(NotFound, match=r"desk\.visit_not_found"):
            await call(other.actor, first.id)
    left = await visitors.leave(guest.actor, first.id)
    assert (left.state, (await visitors.leave(guest.actor, first.id)).state) == ("abandoned", "abandoned")


async def test_a_program_that_asks_again_and_again_is_stopped(desk: Desk) -> None:
    guest = await desk.visitor()
    for _ in range(VISITS_AN_HOUR):
        await guest.ask()
        await guest.leave()
    with pytest.raises(Limited, match=r"desk\.too_many_visits"):
        await guest.ask()
    with pytest.raises(Limited):
        for _ in range(100):
            await desk.visitor(address="203.0.113.9")


async def test_a_visitor_writes_slowly_and_not_after_the_visit(desk: Desk) -> None:
    guest = await desk.visitor()
    visit = await guest.ask()
    assert guest.tab is not None
    acks = [
        await guest.tab.ask("message:send", conversation_id=visit.conversation_id, client_id=f"m{number}", text="x")
        for number in range(30)
    ]
    assert [ack["ok"] for ack in acks].count(True) in range(18, 23) and acks[-1]["error"]["code"] == "core.limited"
    await desk.accept(desk.world.anna, visit.id)
    await desk.node.real_time.visits.visits.close(desk.world.anna.actor, visit.id, payloads.CloseBody())
    await asyncio.sleep(2.5)
    with pytest.raises(Conflict, match=r"conversations\.visit_over"):
        await desk.node.real_time.talks.messages.post(guest.actor, visit.conversation_id, "late", "Jeszcze jedno")


@pytest.mark.feature("CC-214", "CC-189")
async def test_a_message_is_stored_first_then_mailed_and_seen_by_agents(desk: Desk, tmp_path: Path) -> None:
    for who in (desk.world.anna, desk.world.bartek):
        await desk.status(who, "offline")
    database, visitors = desk.world.database, desk.node.real_time.visits.visitors
    await database.write(
        lambda tx: change_company(tx, desk.organisation_id, None, {"default_email": "biuro@firma.test"})
    )
    guest = await desk.visitor()
    with pytest.raises(Conflict, match=r"desk\.closed_medium"):
        await guest.ask()
    body = payloads.MessageFormBody(
        client_id="f", name="Jan Kowalski\r\nBcc: x@y.test".replace("\r\n", " "), email="jan@example.test", phone="600",
        text="Proszę o ofertę", language="pl",
    )  # fmt: skip
    taken = await visitors.write(guest.actor, f"key-{desk.project}", body)
    again = await visitors.write(guest.actor, f"key-{desk.project}", body)
    stranger = await visitors.write(nobody(), f"key-{desk.project}", body)
    stranger_again = await visitors.write(nobody(), f"key-{desk.project}", body)
    assert taken == again and stranger == stranger_again and taken != stranger
    queue = await desk.queue(desk.world.anna)
    assert {one.id for one in queue.messages} == {taken.visit_id, stranger.visit_id}
    form = next(one.form for one in queue.messages if one.id == taken.visit_id)
    assert form is not None and (form.email, form.text) == ("jan@example.test", "Proszę o ofertę")
    sent: list[EmailMessage] = []

    class Mailer:
        async def send(self, message: EmailMessage, expires_at_ms: int) -> None:
            sent.append(message)

        def forget_expired(self, now_ms: int) -> None:
            """Nothing is kept."""

    mails = VisitMails(desk.node.settings, database, load_catalogue(), Mailer())
    payload = {"organisation_id": desk.organisation_id, "visit_id": taken.visit_id}
    await mails.run_form(payload)
    assert (sent[0]["To"], sent[0]["Reply-To"].addresses[0].addr_spec) == ("biuro@firma.test", "jan@example.test")
    assert "Proszę o ofertę" in sent[0].get_content() and sent[0]["Bcc"] is None
    await desk.node.real_time.visits.visits.close(desk.world.anna.actor, taken.visit_id, payloads.CloseBody())
    found = await database.read(lambda tx: find_visit(tx, desk.organisation_id, taken.visit_id))
    assert found is not None and found.state == "closed"
    assert isinstance(load_catalogue(), Catalogue)


async def test_a_transcript_holds_what_was_written_and_nothing_of_the_colleagues(desk: Desk) -> None:
    guest = await desk.visitor()
    visit = await guest.ask(text="Czy to działa?")
    visitors = desk.node.real_time.visits.visitors
    with pytest.raises(Conflict, match=r"desk\.nothing_to_send"):
        await visitors.send_transcript(guest.actor, visit.id, payloads.TranscriptBody(email="jan@example.test"))
    answered = await desk.accept(desk.world.anna, visit.id)
    messages = desk.node.real_time.talks.messages
    await messages.post(desk.world.anna.actor, answered.conversation_id, "a", "Tak, działa")
    await messages.post(desk.world.anna.actor, answered.team_conversation_id, "b", "Trudny klient")
    await visitors.send_transcript(guest.actor, visit.id, payloads.TranscriptBody(email="jan@example.test"))
    sent: list[EmailMessage] = []

    class Mailer:
        async def send(self, message: EmailMessage, expires_at_ms: int) -> None:
            sent.append(message)

        def forget_expired(self, now_ms: int) -> None:
            """Nothing is kept."""

    mails = VisitMails(desk.node.settings, desk.world.database, load_catalogue(), Mailer())
    await mails.run_transcript({
        "organisation_id": desk.organisation_id, "visit_id": visit.id, "email": "jan@example.test",
    })  # fmt: skip
    text = sent[0].get_content()
    assert "Czy to działa?" in text and "Tak, działa" in text and "Trudny klient" not in text


async def test_an_agent_ignores_what_waits_and_names_who_it_is(desk: Desk) -> None:
    for who in (desk.world.anna, desk.world.bartek):
        await desk.status(who, "break")
    guest = await desk.visitor()
    body = payloads.MessageFormBody(client_id="f", email="jan@example.test", text="Halo", language="pl")
    taken = await desk.node.real_time.visits.visitors.write(guest.actor, f"key-{desk.project}", body)
    await desk.node.real_time.visits.offering.ignore(desk.world.anna.actor, taken.visit_id)
    await desk.node.real_time.visits.offering.ignore(desk.world.anna.actor, taken.visit_id)
    assert (await desk.queue(desk.world.anna)).messages == []
    mine = (await desk.queue(desk.world.bartek)).messages[0]
    assert mine.ignored_by == [desk.world.anna.id]
    named = await desk.node.real_time.visits.visits.name_visitor(
        desk.world.bartek.actor, taken.visit_id, payloads.VisitorDataBody(name="Jan Kowalski")
    )
    assert (named.visitor.name, named.visitor.email) == ("Jan Kowalski", "jan@example.test")
    found = await desk.node.real_time.visits.visits.colleagues(desk.world.bartek.actor)
    assert [(one.id, one.live, len(one.agents)) for one in found.projects] == [(desk.project, [], 2)]
    assert (await desk.node.real_time.visits.visits.colleagues(desk.world.celina.actor)).projects == []


@pytest.mark.feature("CC-189")
async def test_a_left_message_arrives_although_the_mail_server_refused_it_at_first(desk: Desk) -> None:
    for who in (desk.world.anna, desk.world.bartek):
        await desk.status(who, "offline")
    database = desk.world.database
    await database.write(
        lambda tx: change_company(tx, desk.organisation_id, None, {"default_email": "biuro@firma.test"})
    )
    # The channel is switched off, as it was before it was ever on: messages can be left all the same.
    await database.write(lambda tx: change_channel(tx, desk.organisation_id, "email", {"enabled": True}))
    await database.write(lambda tx: change_channel(tx, desk.organisation_id, "email", {"enabled": False}))
    guest = await desk.visitor()
    body = payloads.MessageFormBody(client_id="f", email="jan@example.test", text="Zażółć gęślą jaźń", language="pl")
    async with SmtpServer(refuse=1) as server:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{server.port}?starttls=never")
        mails = desk.node.real_time.visits.mails
        mails._mailer, mails._catalogue = mailer, load_catalogue()
        await desk.node.real_time.visits.visitors.write(guest.actor, f"key-{desk.project}", body)
        assert len((await desk.queue(desk.world.anna)).messages) == 1, "it is there whether the mail went or not"
        await until(lambda: server.delivered != [], 30)
        assert server.refuse == 0
    assert [one.recipients for one in server.delivered] == [["biuro@firma.test"]]
    assert "Zażółć gęślą jaźń" in server.delivered[0].message.get_content()


async def test_a_visitor_opens_the_files_of_the_own_visit_and_of_no_other(desk: Desk) -> None:
    guest, other = await desk.visitor(), await desk.visitor()
    visit = await guest.ask()
    await desk.accept(desk.world.anna, visit.id)
    uploads, files = desk.node.real_time.files.uploads, desk.node.real_time.files.files
    upload = await uploads.create(
        guest.actor, visit.conversation_id, name="paragon.txt", size_bytes=6, keeps_position=False
    )

    async def pieces():
        yield b"wydruk"

    await uploads.take(guest.actor, upload.id, 0, pieces())
    message, _ = await files.post(
        guest.actor, visit.conversation_id, NewFileMessageBody(client_id="p", upload_ids=[upload.id])
    )
    assert message.author.kind == "visitor" and message.body is not None
    file_id = message.body["files"][0]["id"]  # type: ignore[index]
    links = FileLinks(desk.node.settings, desk.world.database, {"file": desk.node.real_time.files.files.linked_file})
    for _ in range(100):
        try:
            await files.demand_file(guest.actor, visit.conversation_id, file_id)
            break
        except NotFound:
            await asyncio.sleep(0.05)
    made = await links.make(guest.actor, "file", file_id)
    opened = await links.open(made.url.rpartition("/")[2])
    assert opened.name == "paragon.txt"
    with pytest.raises(NotFound):
        await links.make(other.actor, "file", file_id)
    with pytest.raises(NotFound):
        await uploads.create(other.actor, visit.conversation_id, name="x", size_bytes=1, keeps_position=False)
    with pytest.raises(Invalid, match=r"conversations\.file_too_large"):
        await uploads.create(guest.actor, visit.conversation_id, name="x", size_bytes=20_000_001, keeps_position=False)
