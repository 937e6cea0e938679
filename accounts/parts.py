"""The services of accounts, made together."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.attempts import Attempts
from accounts.audit import AuditService
from accounts.browser_mails import BrowserMails
from accounts.expiry import SessionExpiry
from accounts.file_links import FileLinks, Rule
from accounts.groups import GroupService
from accounts.organisations import ApiKeyService, OrganisationService
from accounts.password_mails import PasswordMails
from accounts.passwords import Passwords
from accounts.people import PeopleService
from accounts.profile import ProfileService
from accounts.sign_in import SignInService
from core.catalogue import Catalogue
from core.clock import Clock
from core.settings import Settings
from files.pictures import Pictures
from outward.mail import Mailer
from storage.disk.blobs import Blobs
from storage.engine.database import Database


@dataclass(frozen=True, slots=True)
class Accounts:
    """Organisations, people and how they sign in."""

    sign_in: SignInService
    profile: ProfileService
    file_links: FileLinks
    people: PeopleService
    groups: GroupService
    organisations: OrganisationService
    api_keys: ApiKeyService
    audit: AuditService
    password_mails: PasswordMails
    expiry: SessionExpiry
    browser_mails: BrowserMails
    attempts: Attempts


def make_accounts(
    settings: Settings,
    clock: Clock,
    database: Database,
    catalogue: Catalogue,
    blobs: Blobs,
    pictures: Pictures,
    passwords: Passwords,
    mailer: Mailer,
    openers: Mapping[str, Rule],
) -> Accounts:
    """Make them. openers: kind of file -> what finds it for a link."""
    attempts = Attempts(settings, database, clock)
    return Accounts(
        sign_in=SignInService(settings, database, passwords, attempts),
        profile=ProfileService(database, clock, blobs, pictures, passwords),
        file_links=FileLinks(settings, database, dict(openers)),
        people=PeopleService(database, passwords),
        groups=GroupService(database),
        organisations=OrganisationService(database, passwords),
        api_keys=ApiKeyService(database),
        audit=AuditService(database),
        password_mails=PasswordMails(settings, database, catalogue, mailer),
        expiry=SessionExpiry(database),
        browser_mails=BrowserMails(settings, database, catalogue, mailer),
        attempts=attempts,
    )
