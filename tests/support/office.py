"""The services of accounts over an empty database, wired as the server does, with a clock that the test moves."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path

from accounts import attempts, browser_mails, payloads
from accounts.attempts import Attempts
from accounts.audit import AuditService
from accounts.browser_mails import BrowserMails
from accounts.credentials import Credentials, anonymous
from accounts.groups import GroupService
from accounts.organisations import ApiKeyService, OrganisationService, make_organisation
from accounts.password_mails import EXPIRED, KIND, PasswordMails
from accounts.passwords import Passwords
from accounts.people import PeopleService
from accounts.profile import ProfileService
from accounts.rights import Actor, rights_of
from accounts.sign_in import SignInService
from core.catalogue import Catalogue
from core.settings import Settings
from core.supervise import Supervisor
from files.pictures import Pictures
from outward.mail import Mailer, OutboxMailer
from storage.accounts.people import find_person
from storage.disk.blobs import DiskBlobs
from storage.engine.database import Database
from storage.engine.event_log import events_after
from storage.engine.events import Event
from storage.engine.job_kinds import JobKind
from storage.engine.job_runner import JobRunner
from tests.support.rows import SetClock

PASSWORD = "długie hasło 1"
OPERATOR_KEY = "operator-key-of-the-tests"


@dataclass(frozen=True)
class Office:
    """An organisation with an administrator and its first group."""

    organisation_id: str
    group_id: str
    admin_id: str
    admin_email: str


class World:
    """Everything of accounts, wired as the server does."""

    def __init__(
        self, database: Database, clock: SetClock, passwords: Passwords, catalogue: Catalogue, folder: Path
    ) -> None:
        self.settings = Settings(data_dir=folder, public_url="https://talk.example.test", operator_key=OPERATOR_KEY)
        self.database, self.clock, self.passwords, self.catalogue = database, clock, passwords, catalogue
        self.outbox = folder / "outbox"
        self.attempts = Attempts(self.settings, database, clock)
        self.sign_in = SignInService(self.settings, database, passwords, self.attempts)
        self.credentials = Credentials(self.settings, database, clock)
        self.people = PeopleService(database, passwords)
        self.groups = GroupService(database)
        self.organisations = OrganisationService(database, passwords)
        self.api_keys = ApiKeyService(database)
        self.audit = AuditService(database)
        self.profile = ProfileService(database, clock, DiskBlobs(folder / "blobs"), Pictures(), passwords)
        self.nobody = anonymous("pl", "192.0.2.1")
        self.operator = Actor("operator", role="operator", rights=rights_of("operator"))

    async def office(self, name: str = "Serwis", email: str = "szefowa@serwis.test", **limits: int) -> Office:
        """Make an organisation."""
        body = payloads.NewOrganisationBody(name=name, admin_email=email, **limits)
        password_hash = await self.passwords.hash(PASSWORD)
        made, group, admin = await self.database.write(lambda tx: make_organisation(tx, body, password_hash))
        return Office(made.id, group.id, admin.id, email)

    async def actor(self, organisation_id: str, person_id: str, kind: str = "session") -> Actor:
        """The person as the edge would see them, without a session in the database."""
        person = await self.database.read(lambda tx: find_person(tx, organisation_id, person_id))
        assert person is not None
        return Actor(
            kind=kind,  # type: ignore[arg-type]
            organisation_id=organisation_id,
            party_id=person_id,
            name=person.name,
            role=person.role,
            group_id=person.group_id,
            group_kind=person.group_kind,
            language=person.language,
            rights=rights_of(person.role),
        )

    async def admin(self, office: Office) -> Actor:
        return await self.actor(office.organisation_id, office.admin_id)

    async def invite(self, office: Office, email: str, **changes: object) -> payloads.PersonDetails:
        """Invite somebody into the first group."""
        values = {
            "email": email, "first_name": "Jan", "last_name": "Nowak", "role": "technician", "group_id": office.group_id,
        }  # fmt: skip
        body = payloads.NewPersonBody.model_validate({**values, **changes})
        return await self.people.invite(await self.admin(office), body)

    async def start(self, email: str, password: str = PASSWORD, **more: str) -> tuple[payloads.SessionStarted, Actor]:
        """Sign in; return the answer, and who holds the new session."""
        body = payloads.SignInBody(email=email, password=password, **more)
        started = await self.sign_in.sign_in(self.nobody, body, browser=True, user_agent="Firefox")
        holder = await self.credentials.session(started.token, kind="session", address="192.0.2.1")
        assert holder is not None
        return started, holder

    async def run_jobs(self, mailer: Mailer | None = None) -> int:
        """Do what is due, as the server's loop would."""
        mailer = mailer or OutboxMailer(self.outbox)
        mails = PasswordMails(self.settings, self.database, self.catalogue, mailer)
        browsers = BrowserMails(self.settings, self.database, self.catalogue, mailer)
        kinds = (
            JobKind(KIND, "outward", mails.run),
            JobKind(EXPIRED, "media", mails.forget_expired),
            JobKind(browser_mails.KIND, "outward", browsers.run),
            JobKind(attempts.KIND, "media", self.attempts.run),
        )
        return await JobRunner(self.database, self.clock, kinds, Supervisor()).run_due()

    def mails(self) -> list[EmailMessage]:
        """What is in the outbox, oldest first."""
        paths = sorted(self.outbox.glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=SMTPUTF8) for path in paths]

    async def events(self) -> list[Event]:
        return await self.database.read(lambda tx: events_after(tx, 0))


def token_of(mail: EmailMessage) -> str:
    """The secret in the link of a mail."""
    found = re.search(r"https://talk\.example\.test/auth/password\?token=(\S+)", mail.get_content())
    assert found, mail.get_content()
    return found[1]
