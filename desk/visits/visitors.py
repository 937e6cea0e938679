# long: everything a visitor may do by themselves, under one credential
"""What visitors of websites do: enter by a widget, say who they are and where, ask for contact, and go."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from accounts.rights import Actor, demand
from accounts.secrets import hash_secret, make_secret
from core.buckets import TokenBuckets
from core.clock import Clock
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Conflict, Limited, NotFound, Unavailable
from core.ids import new_id
from core.languages import Language
from core.networks import address_block
from core.settings import Settings
from desk.rules.eligibility import CALLS
from desk.rules.questions import next_question
from desk.visits import payloads
from desk.visits.ending import GONE_JOB, end_call, visitor_out
from desk.visits.facts import load_crew
from desk.visits.identity import read_identity
from desk.visits.mails import FORM_JOB, TRANSCRIPT_JOB
from desk.visits.media_changes import call_agent, change_medium, demand_served, talk_goes_on
from desk.visits.opening import begin_call, open_visit
from desk.visits.routing import Timing, lock_desk, move, route, stop_waiting, tell_visit
from desk.visits.views import own_visitor, visit_state
from storage.accounts.people import Party, add_party
from storage.desk.channels import list_channels
from storage.desk.terms import OPEN, Medium
from storage.desk.visitors import (
    Visitor,
    add_page_view,
    add_visitor,
    change_visitor,
    find_visitor,
    find_visitor_by_token,
)
from storage.desk.visits import Visit, change_visit, count_asked, find_visit, find_visit_asked, newest_visit
from storage.desk.widgets import Widget, find_widget, find_widget_by_key
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job

# Nobody needs to ask for contact more often; a program that does keeps agents from work.
VISITS_AN_HOUR = 12
_HOUR_MS = 3_600_000


class VisitorService:
    """The doors of the widget.

    has_capacity   the server can carry one more call
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        ephemerals: Ephemerals,
        has_capacity: Callable[[], Awaitable[bool]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._ephemerals = ephemerals
        self._has_capacity = has_capacity
        self._timing = Timing.of(settings)
        self._grace_ms = int(settings.visitor_grace_s * 1000)
        self._addresses = TokenBuckets(settings.rate_visitor_burst, settings.rate_visitor_per_minute / 60)
        self._pages = TokenBuckets(30, 1.0)

    # -- who it is --------------------------------------------------------------------------------

    async def enter(self, actor: Actor, key: str, body: payloads.NewVisitorBody) -> payloads.VisitorEntered:
        """Somebody opened a widget and clicked.

        raises   NotFound  no such widget; Limited  too many come from this address
        """
        demand(actor, "widget.open")
        self._addresses.take(address_block(actor.address), self._clock.monotonic_ns())
        secret = make_secret("cev")

        def store(tx: Transaction) -> payloads.VisitorView:
            widget = _widget(tx, key)
            identity = None
            if body.identity is not None:
                identity = read_identity(body.identity, widget.identity_secret or "", tx.now_ms)
            visitor = _new_visitor(
                tx,
                widget,
                hash_secret(secret),
                language=body.language,
                browser=body.browser,
                subject=identity.subject if identity else None,
                name=identity.name if identity else "",
                email=identity.email if identity else "",
            )
            add_page_view(tx, widget.organisation_id, visitor.id, body.page.url, body.page.title)
            return own_visitor(tx, widget.organisation_id, visitor.id)

        return payloads.VisitorEntered(token=secret, visitor=await self._database.write(store))

    async def home(self, actor: Actor) -> payloads.VisitorHome:
        """Return who the visitor is, and the visit there is."""
        demand(actor, "visits.attend")

        def load(tx: Transaction) -> payloads.VisitorHome:
            visit = newest_visit(tx, actor.party_id)
            return payloads.VisitorHome(
                visitor=own_visitor(tx, actor.organisation_id, actor.party_id),
                visit=visit_state(tx, visit) if visit else None,
            )

        return await self._database.read(load)

    async def prove(self, actor: Actor, body: payloads.ProofBody) -> payloads.VisitorProof:
        """Tell whether the site vouches that whoever asks is this visitor: a browser keeps the tokens of all who used it."""
        demand(actor, "visits.attend")

        def load(tx: Transaction) -> payloads.VisitorProof:
            visitor = _own(tx, actor)
            widget = find_widget(tx, visitor.organisation_id, visitor.project_id)
            secret = widget.identity_secret if widget else None
            said = read_identity(body.identity, secret or "", tx.now_ms)
            return payloads.VisitorProof(proved=said is not None and said.subject == visitor.subject)

        return await self._database.read(load)

    async def change(self, actor: Actor, body: payloads.VisitorBody) -> payloads.VisitorView:
        """Say, or correct, who one is; what the site vouches for stays.

        emits   visit:changed, while a visit is open
        """
        demand(actor, "visits.attend")

        def store(tx: Transaction) -> payloads.VisitorView:
            _say(tx, _own(tx, actor), body.name, body.email, body.phone)
            _tell_open(tx, actor)
            return own_visitor(tx, actor.organisation_id, actor.party_id)

        return await self._database.write(store)

    async def move_page(self, actor: Actor, body: payloads.PageBody) -> None:
        """The visitor is on another page now.

        emits   visit:changed, while a visit is open
        """
        demand(actor, "visits.attend")
        self._pages.take(actor.party_id, self._clock.monotonic_ns())

        def store(tx: Transaction) -> None:
            if add_page_view(tx, actor.organisation_id, actor.party_id, body.url, body.title):
                _tell_open(tx, actor)

        await self._database.write(store)

    # -- visits -----------------------------------------------------------------------------------

    async def ask(self, actor: Actor, body: payloads.NewVisitBody) -> tuple[payloads.VisitState, bool]:
        """Ask for contact; return the visit, and whether it is new: the same client_id asks once.

        raises   Conflict  one is open, nobody serves this medium, or data is required first; Limited  too often
                 Unavailable  rtc.full
        emits    offer:made, visit:changed, visit:stands, conversation:added
        """
        demand(actor, "visits.attend")
        if body.medium in CALLS and not await self._has_capacity():
            raise Unavailable("rtc.full")
        return await self._database.write_retrying(lambda tx: self._ask(tx, actor, body))

    async def state(self, actor: Actor) -> payloads.VisitState:
        """Return the open visit, or the newest; raises NotFound."""
        demand(actor, "visits.attend")

        def load(tx: Transaction) -> payloads.VisitState:
            visit = newest_visit(tx, actor.party_id)
            if visit is None:
                raise _no_visit()
            return visit_state(tx, visit)

        return await self._database.read(load)

    async def call(self, actor: Actor, visit_id: str) -> payloads.VisitState:
        """See to it that the call of a voice or video visit runs: a page that was away comes back to it.

        raises   NotFound; Conflict  it is a chat, or over
        """
        demand(actor, "visits.attend")

        def store(tx: Transaction) -> payloads.VisitState:
            lock_desk(tx, actor.organisation_id)
            visit = _own_visit(tx, actor, visit_id)
            if visit.medium not in CALLS or visit.state not in OPEN:
                raise Conflict("desk.no_call")
            if visit.state == "accepted" and not talk_goes_on(tx, visit):
                call_agent(tx, self._timing, visit, visit.medium)
            begin_call(tx, self._timing, visit, actor.party_id)
            tell_visit(tx, visit.id, visit.organisation_id)
            return visit_state(tx, visit)

        return await self._database.write(store)

    async def escalate(self, actor: Actor, visit_id: str, body: payloads.EscalateBody) -> payloads.VisitState:
        """Go on by another medium, in the same conversation.

        raises   NotFound; Conflict  it is over, or nobody there may take the medium
        emits    conference:started, visit:stands, visit:changed
        """
        demand(actor, "visits.attend")
        if body.medium in CALLS and not await self._has_capacity():
            raise Unavailable("rtc.full")

        def store(tx: Transaction) -> payloads.VisitState:
            lock_desk(tx, actor.organisation_id)
            visit = _own_visit(tx, actor, visit_id)
            return visit_state(tx, change_medium(tx, self._timing, visit, body.medium, by=actor.party_id))

        return await self._database.write(store)

    async def leave(self, actor: Actor, visit_id: str) -> payloads.VisitState:
        """End the visit; doing so twice is as good as once.

        emits   visit:stands, visit:changed, offer:ended, conference:ended
        """
        demand(actor, "visits.attend")

        def store(tx: Transaction) -> tuple[payloads.VisitState, list[Ephemeral]]:
            lock_desk(tx, actor.organisation_id)
            visit = _own_visit(tx, actor, visit_id)
            told = visitor_out(tx, self._timing, visit, "left") if visit.state in OPEN else []
            return visit_state(tx, _own_visit(tx, actor, visit_id)), told

        view, told = await self._database.write(store)
        send_all(self._ephemerals, told)
        return view

    async def rate(self, actor: Actor, visit_id: str, body: payloads.RatingBody) -> payloads.VisitState:
        """Say how it was; raises Conflict before anybody answered."""
        demand(actor, "visits.attend")

        def store(tx: Transaction) -> payloads.VisitState:
            visit = _own_visit(tx, actor, visit_id)
            if visit.answered_at_ms is None:
                raise Conflict("desk.nothing_to_rate")
            change_visit(tx, visit.id, stars=body.stars, comment=body.comment)
            tell_visit(tx, visit.id, visit.organisation_id)
            return visit_state(tx, _own_visit(tx, actor, visit_id))

        return await self._database.write(store)

    async def send_transcript(self, actor: Actor, visit_id: str, body: payloads.TranscriptBody) -> None:
        """Have what was written sent by mail; raises Conflict before anybody answered."""
        demand(actor, "visits.attend")
        self._addresses.take(address_block(actor.address), self._clock.monotonic_ns())

        def store(tx: Transaction) -> None:
            visit = _own_visit(tx, actor, visit_id)
            if visit.answered_at_ms is None:
                raise Conflict("desk.nothing_to_send")
            payload = {"organisation_id": visit.organisation_id, "visit_id": visit.id, "email": body.email}
            add_job(tx, TRANSCRIPT_JOB, tx.now_ms, payload, key=visit.id)

        await self._database.write(store)

    async def write(self, actor: Actor, key: str, body: payloads.MessageFormBody) -> payloads.MessageTaken:
        """Leave a message: it is stored, and then sent to the organisation's address. A visit that waits becomes it.

        raises   NotFound, Limited
        emits    visit:changed; offer:ended, visit:stands when a visit waited
        """
        demand(actor, "widget.open")
        self._addresses.take(address_block(actor.address), self._clock.monotonic_ns())

        def store(tx: Transaction) -> payloads.MessageTaken:
            return payloads.MessageTaken(visit_id=self._write(tx, actor, key, body).id)

        return await self._database.write_retrying(store)

    def _ask(self, tx: Transaction, actor: Actor, body: payloads.NewVisitBody) -> tuple[payloads.VisitState, bool]:
        lock_desk(tx, actor.organisation_id)
        known = find_visit_asked(tx, actor.party_id, body.client_id)
        if known is not None:
            return visit_state(tx, known), False
        visitor = _own(tx, actor)
        newest = newest_visit(tx, visitor.id)
        if newest is not None and newest.state in OPEN:
            raise Conflict("desk.visit_open")
        if count_asked(tx, visitor.id, tx.now_ms - _HOUR_MS) >= VISITS_AN_HOUR:
            raise Limited("desk.too_many_visits", retry_after_s=600)
        crew = load_crew(tx, visitor.organisation_id, visitor.project_id)
        demand_served(crew, body.medium)
        if body.answers is not None:
            _say(tx, visitor, body.answers.name, body.answers.email, body.answers.phone)
            visitor = _own(tx, actor)
        _demand_data(tx, visitor, body.medium)
        visit = open_visit(
            tx, self._timing, visitor, body.client_id, body.medium, language=body.language, text=body.text, form=None
        )
        payload = {"organisation_id": visit.organisation_id, "visit_id": visit.id}
        add_job(tx, GONE_JOB, tx.now_ms + self._grace_ms, payload, key=visit.id)
        route(tx, self._timing, visit.organisation_id, visit.project_id, crew)
        routed = _own_visit(tx, actor, visit.id)
        if routed.state == "waiting":
            tell_visit(tx, visit.id, visit.organisation_id, crew=crew)
        return visit_state(tx, routed, crew), True

    def _write(self, tx: Transaction, actor: Actor, key: str, body: payloads.MessageFormBody) -> Visit:
        widget = _widget(tx, key)
        lock_desk(tx, widget.organisation_id)
        visitor = None
        if actor.is_visitor and actor.organisation_id == widget.organisation_id:
            visitor = _own(tx, actor)
        if visitor is None:
            # By the id the page made of it: sent twice, it is there once.
            secret_hash = hashlib.sha256(f"form {widget.id} {body.client_id}".encode()).hexdigest()
            visitor = _form_visitor(tx, widget, secret_hash, body)
        known = find_visit_asked(tx, visitor.id, body.client_id)
        if known is not None:
            return known
        _say(tx, visitor, body.name, body.email, body.phone)
        form = payloads.LeftMessage(name=body.name, email=body.email, phone=body.phone, text=body.text)
        open_one = newest_visit(tx, visitor.id)
        if open_one is not None and open_one.state in ("waiting", "offered"):
            visit = self._turn_into_message(tx, open_one, form.model_dump_json())
        else:
            visit = open_visit(
                tx, self._timing, visitor, body.client_id, "chat", language=body.language, text=body.text,
                form=form.model_dump_json(),
            )  # fmt: skip
        payload = {"organisation_id": visit.organisation_id, "visit_id": visit.id}
        add_job(tx, FORM_JOB, tx.now_ms, payload, key=visit.id)
        tell_visit(tx, visit.id, visit.organisation_id)
        return visit

    def _turn_into_message(self, tx: Transaction, visit: Visit, form: str) -> Visit:
        stop_waiting(tx, visit, "withdrawn")
        moved = move(tx, visit, "wrote", by=visit.visitor_id, form=form, ended_at_ms=tx.now_ms)
        assert moved is not None
        end_call(tx, visit, "visit_over")
        return moved


def _own(tx: Transaction, actor: Actor) -> Visitor:
    visitor = find_visitor(tx, actor.organisation_id, actor.party_id)
    assert visitor is not None
    return visitor


def _own_visit(tx: Transaction, actor: Actor, visit_id: str) -> Visit:
    visit = find_visit(tx, actor.organisation_id, visit_id)
    if visit is None or visit.visitor_id != actor.party_id:
        raise _no_visit()
    return visit


def _no_visit() -> NotFound:
    return NotFound("desk.visit_not_found")


def _widget(tx: Transaction, key: str) -> Widget:
    widget = find_widget_by_key(tx, key)
    if widget is None:
        raise NotFound("desk.widget_not_found")
    return widget


def _new_visitor(
    tx: Transaction,
    widget: Widget,
    token_hash: str,
    *,
    language: Language,
    browser: str = "",
    subject: str | None = None,
    name: str = "",
    email: str = "",
    phone: str = "",
) -> Visitor:
    visitor = Visitor(
        id=new_id(),
        organisation_id=widget.organisation_id,
        project_id=widget.project_id,
        subject=subject,
        email=email,
        phone=phone,
        language=language,
        browser=browser,
        page_url="",
        page_title="",
        page_at_ms=0,
        created_at_ms=tx.now_ms,
        seen_at_ms=tx.now_ms,
        name=name,
    )
    add_party(tx, Party(visitor.id, visitor.organisation_id, "visitor", name, None, tx.now_ms))
    add_visitor(tx, visitor, token_hash)
    return visitor


def _form_visitor(tx: Transaction, widget: Widget, secret_hash: str, body: payloads.MessageFormBody) -> Visitor:
    known = find_visitor_by_token(tx, secret_hash)
    if known is not None:
        return known
    visitor = _new_visitor(
        tx, widget, secret_hash, language=body.language, name=body.name, email=body.email, phone=body.phone
    )
    if body.page is not None:
        add_page_view(tx, visitor.organisation_id, visitor.id, body.page.url, body.page.title)
    found = find_visitor(tx, visitor.organisation_id, visitor.id)
    assert found is not None
    return found


def _say(tx: Transaction, visitor: Visitor, name: str | None, email: str | None, phone: str | None) -> None:
    """Note what a visitor says of themselves; what the site vouches for is not theirs to change."""
    said: dict[str, Any] = {"phone": phone}
    if visitor.subject is None or not visitor.name:
        said["name"] = name
    if visitor.subject is None or not visitor.email:
        said["email"] = email
    changes = {field: value for field, value in said.items() if value}
    if changes:
        change_visitor(tx, visitor.id, changes)


def _tell_open(tx: Transaction, actor: Actor) -> None:
    visit = newest_visit(tx, actor.party_id)
    if visit is not None and visit.state in OPEN:
        tell_visit(tx, visit.id, visit.organisation_id)


def _demand_data(tx: Transaction, visitor: Visitor, medium: Medium) -> None:
    """Refuse a chat of somebody who has to say who they are first (CC-219)."""
    if medium != "chat":
        return
    channel = list_channels(tx, visitor.organisation_id)["chat"]
    given = bool(visitor.name and visitor.email)
    if next_question(ask=channel.ask_data, require=channel.require_data, consent="no", given=given) == "required":
        raise Conflict("desk.data_required")
