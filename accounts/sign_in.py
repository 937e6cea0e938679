"""Signing in and out, one's sessions, and setting a forgotten or first password (CC-001..006)."""

from accounts import payloads
from accounts.attempts import Attempts
from accounts.browser_mails import tell_of_new_browser
from accounts.events import session_revoked
from accounts.password_mails import ask_for_mail
from accounts.password_rules import check_password, known_of
from accounts.passwords import Passwords
from accounts.rights import Actor, demand
from accounts.secrets import hash_secret, make_secret
from accounts.views import organisation_view, person_view, profile_view, refused_view, session_view
from core.errors import Invalid, NotFound, SignInRequired
from core.ids import new_id
from core.networks import address_block
from core.settings import Settings
from storage.accounts.browsers import (
    forget_old_browsers,
    has_known_browser,
    is_known_browser,
    list_refused_sign_ins,
    remember_browser,
)
from storage.accounts.organisations import Organisation, find_organisation
from storage.accounts.people import Person, accept_memberships, find_person, note_seen, people_of_sign_in
from storage.accounts.sessions import Session, add_session, list_sessions
from storage.accounts.sign_ins import (
    SignIn,
    find_password_token,
    find_sign_in,
    find_sign_in_by_email,
    set_password_hash,
    take_password_token,
)
from storage.audit import note
from storage.engine.database import Database, Transaction
from storage.session_ends import delete_session, delete_sessions_of

_DAY_MS = 86_400_000
_REFUSALS_SHOWN_MS = 30 * _DAY_MS
# Browsers keep a cookie for 400 days at most (RFC 6265bis 5.5).
BROWSER_DAYS = 400
_USER_AGENT_LETTERS = 300


class SignInService:
    """What the sign-in pages ask for."""

    def __init__(self, settings: Settings, database: Database, passwords: Passwords, attempts: Attempts) -> None:
        self._settings = settings
        self._database = database
        self._passwords = passwords
        self._attempts = attempts

    async def sign_in(
        self,
        actor: Actor,
        body: payloads.SignInBody,
        *,
        browser: bool,
        user_agent: str,
        browser_secret: str = "",
        tell_of_new: bool = False,
    ) -> payloads.SessionStarted:
        """Start a session.

        browser_secret  what the browser keeps and shows; one that signed in before is let through while others guess
        tell_of_new     a browser that was not seen before is mailed to the person
        raises   SignInRequired  whatever was wrong: the answer never tells whether the e-mail exists
                 Limited         too many attempts from the address, or for the e-mail
                 Unavailable     too many sign in just now
        """
        self._attempts.take_block(actor.address)
        browser_hash = hash_secret(browser_secret) if browser_secret else ""

        def find(tx: Transaction) -> tuple[SignIn | None, bool]:
            found = find_sign_in_by_email(tx, body.email)
            return found, found is not None and bool(browser_hash) and is_known_browser(tx, found.id, browser_hash)

        sign_in, known = await self._database.read(find)
        self._attempts.take_email(actor.address, body.email, known_browser=known)
        matches = await self._passwords.matches(
            body.password,
            sign_in.password_hash if sign_in else None,
            block=address_block(actor.address),
            familiar=known,
        )
        people: list[Person] = []
        if sign_in is not None and matches:
            sign_in_id = sign_in.id
            people = await self._database.read(lambda tx: _open_memberships(tx, sign_in_id))
        if body.organisation_id is not None:
            people.sort(key=lambda person: person.organisation_id != body.organisation_id)
            people = people if people and people[0].organisation_id == body.organisation_id else []
        agent = _clean_agent(user_agent)
        if not people:
            await self._attempts.refused(actor.address, agent, body.email)
            raise SignInRequired("accounts.wrong_credentials")
        started = await self._start(people[0], actor.address, browser=browser, user_agent=agent)
        if browser_hash:
            await self._note_browser(people[0], browser_hash, actor.address, agent, tell=tell_of_new and not known)
        return started

    async def switch(self, actor: Actor, organisation_id: str, *, user_agent: str) -> payloads.SessionStarted:
        """Start a session of the same sign-in in another organisation; the asking session ends."""
        demand(actor, "session.use")

        def find(tx: Transaction) -> Person | None:
            me = find_person(tx, actor.organisation_id, actor.party_id)
            others = _open_memberships(tx, me.sign_in_id) if me else []
            return next((person for person in others if person.organisation_id == organisation_id), None)

        person = await self._database.read(find)
        if person is None:
            raise NotFound("accounts.no_membership")
        agent = _clean_agent(user_agent)
        started = await self._start(person, actor.address, browser=actor.kind == "session", user_agent=agent)
        await self.sign_out(actor)
        return started

    async def state(self, actor: Actor) -> payloads.SessionState:
        """Return who is signed in and what they may do."""
        demand(actor, "session.use")

        def read(tx: Transaction) -> payloads.SessionState:
            me = find_person(tx, actor.organisation_id, actor.party_id)
            organisation = find_organisation(tx, actor.organisation_id)
            if me is None or organisation is None:
                raise SignInRequired("accounts.sign_in_required")
            return payloads.SessionState(
                session_id=actor.session_id or "",
                person=person_view(me),
                profile=profile_view(me),
                organisation=organisation_view(organisation),
                organisations=[organisation_view(found) for found in _organisations(tx, me.sign_in_id)],
                permissions=sorted(actor.rights),
            )

        return await self._database.read(read)

    async def sign_out(self, actor: Actor) -> None:
        """End the asking session."""
        demand(actor, "session.use")
        await self.revoke(actor, actor.session_id or "")

    async def sessions(self, actor: Actor) -> payloads.Sessions:
        """Return one's own sessions."""
        demand(actor, "session.use")
        found = await self._database.read(lambda tx: list_sessions(tx, actor.party_id))
        return payloads.Sessions(items=[session_view(session, actor.session_id) for session in found])

    async def refused(self, actor: Actor) -> payloads.RefusedSignIns:
        """Return the attempts of the last 30 days to sign in with one's own e-mail and a wrong password."""
        demand(actor, "session.use")

        def read(tx: Transaction) -> payloads.RefusedSignIns:
            me = find_person(tx, actor.organisation_id, actor.party_id)
            found = list_refused_sign_ins(tx, me.sign_in_id, tx.now_ms - _REFUSALS_SHOWN_MS) if me else []
            return payloads.RefusedSignIns(items=[refused_view(one) for one in found])

        return await self._database.read(read)

    async def revoke(self, actor: Actor, session_id: str) -> None:
        """End one of one's own sessions; its sockets, calls and links end with it."""
        demand(actor, "session.use")

        def store(tx: Transaction) -> None:
            if not delete_session(tx, actor.party_id, session_id):
                raise NotFound("accounts.session_not_found")
            session_revoked(tx, actor.organisation_id, session_id)
            note(tx, actor.organisation_id, actor.party_id, "session.revoked", "session", session_id)

        await self._database.write(store)

    async def forgotten(self, actor: Actor, email: str) -> None:
        """Mail a link that sets a new password, if there is such a sign-in; the answer is the same if not."""
        self._attempts.take_block(actor.address)
        self._attempts.take_email(actor.address, email)

        def store(tx: Transaction) -> None:
            sign_in = find_sign_in_by_email(tx, email)
            ask_for_mail(tx, sign_in.id if sign_in else new_id(), "forgotten")

        await self._database.write(store)

    async def set_password(self, actor: Actor, body: payloads.SetPasswordBody) -> None:
        """Set a password with the token of a mail, and accept what one was invited to; every open session ends.

        raises   Invalid  the token is unknown, used or late, or the password is one that guessers try first
        """
        self._attempts.take_block(actor.address)
        token_hash = hash_secret(body.token)

        def check(tx: Transaction) -> None:
            sign_in_id = find_password_token(tx, token_hash)
            if sign_in_id is None:
                raise Invalid("accounts.link_expired", 410)
            demand_password(tx, sign_in_id, body.password)

        await self._database.read(check)
        password_hash = await self._passwords.hash(body.password)

        def store(tx: Transaction) -> None:
            sign_in_id = take_password_token(tx, token_hash)
            if sign_in_id is None:
                raise Invalid("accounts.link_expired", 410)
            set_password_hash(tx, sign_in_id, password_hash)
            accept_memberships(tx, sign_in_id)
            end_all_sessions(tx, sign_in_id)
            for person in people_of_sign_in(tx, sign_in_id):
                note(tx, person.organisation_id, person.id, "password.set", "person", person.id)

        await self._database.write(store)

    async def _start(self, person: Person, address: str, *, browser: bool, user_agent: str) -> payloads.SessionStarted:
        token = make_secret("ces")

        def store(tx: Transaction) -> payloads.SessionStarted:
            organisation = find_organisation(tx, person.organisation_id)
            if organisation is None:
                raise SignInRequired("accounts.wrong_credentials")
            session = Session(
                id=new_id(),
                organisation_id=person.organisation_id,
                person_id=person.id,
                kind="browser" if browser else "bearer",
                created_at_ms=tx.now_ms,
                last_seen_at_ms=tx.now_ms,
                expires_at_ms=tx.now_ms + self._settings.session_days * _DAY_MS,
                address=address,
                user_agent=user_agent,
            )
            add_session(tx, session, hash_secret(token))
            note_seen(tx, person.id, tx.now_ms)
            note(tx, person.organisation_id, person.id, "session.started", "session", session.id, address=address)
            return payloads.SessionStarted(
                token=token,
                person=person_view(person),
                organisation=organisation_view(organisation),
                organisations=[organisation_view(found) for found in _organisations(tx, person.sign_in_id)],
            )

        return await self._database.write(store)

    async def _note_browser(self, person: Person, browser_hash: str, address: str, agent: str, *, tell: bool) -> None:
        def store(tx: Transaction) -> None:
            # Of the first browser nobody needs to be told: they have just set the password.
            if tell and has_known_browser(tx, person.sign_in_id):
                tell_of_new_browser(tx, person.id, person.organisation_id, address, agent)
            forget_old_browsers(tx, person.sign_in_id, tx.now_ms - BROWSER_DAYS * _DAY_MS)
            remember_browser(tx, person.sign_in_id, browser_hash)

        await self._database.write(store)


def end_all_sessions(tx: Transaction, sign_in_id: str, *, but: str | None = None) -> None:
    """End the sessions of a sign-in in every organisation."""
    for person in people_of_sign_in(tx, sign_in_id):
        for session_id in delete_sessions_of(tx, person.id, but=but):
            session_revoked(tx, person.organisation_id, session_id)


def demand_password(tx: Transaction, sign_in_id: str, password: str) -> None:
    """Refuse a password that somebody chooses for a sign-in; in each of its organisations it must be good enough.

    raises   Invalid
    """
    sign_in = find_sign_in(tx, sign_in_id)
    people = people_of_sign_in(tx, sign_in_id)
    about = [sign_in.email] if sign_in else []
    for person in people:
        organisation = find_organisation(tx, person.organisation_id)
        about += known_of(person, organisation.name if organisation else "")
    check_password(password, about, admin=any(person.role == "admin" and person.active for person in people))


def _clean_agent(user_agent: str) -> str:
    # A header may hold bytes that are no text.
    return user_agent.encode("utf-8", "replace").decode()[:_USER_AGENT_LETTERS]


def _open_memberships(tx: Transaction, sign_in_id: str) -> list[Person]:
    return [person for person in people_of_sign_in(tx, sign_in_id) if person.active and person.accepted]


def _organisations(tx: Transaction, sign_in_id: str) -> list[Organisation]:
    found = [find_organisation(tx, person.organisation_id) for person in _open_memberships(tx, sign_in_id)]
    return [organisation for organisation in found if organisation is not None]
