"""Mails that let somebody set a password: the invitation and the forgotten password (CC-005, CC-006, CC-164).

The mail is a job that names the sign-in. The token is made when the job runs, so that no secret
waits in the database and a mail that could not be sent is tried again with a fresh one.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from accounts.secrets import hash_secret, make_secret
from core.catalogue import Catalogue
from core.settings import Settings
from outward.mail import Mailer, write_mail
from storage.accounts.organisations import find_organisation
from storage.accounts.people import people_of_sign_in
from storage.accounts.sign_ins import add_password_token, find_sign_in
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job

KIND = "mail.password"
EXPIRED = "mail.expired"
_LIFETIME_MS = {"invitation": 7 * 86_400_000, "forgotten": 3_600_000}
_LIFETIME_HOURS = {"invitation": 7 * 24, "forgotten": 1}


def ask_for_mail(tx: Transaction, sign_in_id: str, purpose: str, organisation_id: str = "") -> None:
    """Store the job that mails a link; a second request replaces one not yet sent."""
    payload = {"sign_in_id": sign_in_id, "purpose": purpose, "organisation_id": organisation_id}
    add_job(tx, KIND, tx.now_ms, payload, key=f"{purpose}:{sign_in_id}")


class PasswordMails:
    """Runs the jobs of `ask_for_mail`."""

    def __init__(self, settings: Settings, database: Database, catalogue: Catalogue, mailer: Mailer) -> None:
        self._settings = settings
        self._database = database
        self._catalogue = catalogue
        self._mailer = mailer

    async def run(self, payload: dict[str, Any]) -> None:
        """Make a token and mail the link; a sign-in that does not exist (any more) gets nothing."""
        purpose, sign_in_id = str(payload["purpose"]), str(payload["sign_in_id"])
        token = make_secret("set")

        def prepare(tx: Transaction) -> _Prepared | None:
            sign_in = find_sign_in(tx, sign_in_id)
            people = [person for person in people_of_sign_in(tx, sign_in_id) if person.active]
            if sign_in is None or not people:
                return None
            asked = [person for person in people if person.organisation_id == payload.get("organisation_id")]
            person = (asked or people)[0]
            organisation = find_organisation(tx, person.organisation_id)
            expires_at_ms = tx.now_ms + _LIFETIME_MS[purpose]
            add_job(tx, EXPIRED, expires_at_ms, {})
            add_password_token(tx, hash_secret(token), sign_in_id, purpose, expires_at_ms)
            has_password = purpose == "invitation" and sign_in.password_hash is not None
            return _Prepared(
                email=sign_in.email,
                language=person.language,
                first_name=person.first_name,
                organisation=organisation.name if organisation else "",
                sentences="added" if has_password else purpose,
                expires_at_ms=expires_at_ms,
            )

        prepared = await self._database.write(prepare)
        if prepared is None:
            return
        words = {
            "name": prepared.first_name,
            "organisation": prepared.organisation,
            "email": prepared.email,
            "link": f"{self._settings.base_url}/auth/password?{urlencode({'token': token})}",
            "count": _LIFETIME_HOURS[purpose],
        }
        subject = self._catalogue.say(prepared.language, f"mails.{prepared.sentences}.subject", **words)
        text = self._catalogue.say(prepared.language, f"mails.{prepared.sentences}.text", **words)
        mail = write_mail(self._settings, prepared.email, subject.replace("\n", " "), text)
        await self._mailer.send(mail, prepared.expires_at_ms)

    async def forget_expired(self, _payload: dict[str, Any]) -> None:
        """Remove what is kept of mails that have expired."""
        now_ms = await self._database.read(lambda tx: tx.now_ms)
        self._mailer.forget_expired(now_ms)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a mail says: to whom, in which language, and which sentences with which link."""

    email: str
    language: str
    first_name: str
    organisation: str
    sentences: str
    expires_at_ms: int
