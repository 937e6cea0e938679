"""Mails that let somebody set a password: the invitation and the forgotten password (CC-005, CC-006, CC-164).

The mail is a job that names the sign-in. The token is made when the job runs, so that no secret
waits in the database and a mail that could not be sent is tried again with a fresh one.
"""

from typing import Any
from urllib.parse import urlencode

from accounts.mailer import Mailer, write_mail
from accounts.secrets import hash_secret, make_secret
from core.catalogue import Catalogue
from core.settings import Settings
from storage.database import Database, Transaction
from storage.jobs import add_job
from storage.organisations import find_organisation
from storage.people import people_of_sign_in
from storage.sign_ins import add_password_token, find_sign_in

KIND = "mail.password"
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

        def prepare(tx: Transaction) -> tuple[str, str, str, str] | None:
            sign_in = find_sign_in(tx, sign_in_id)
            people = [person for person in people_of_sign_in(tx, sign_in_id) if person.active]
            if sign_in is None or not people:
                return None
            asked = [person for person in people if person.organisation_id == payload.get("organisation_id")]
            person = (asked or people)[0]
            organisation = find_organisation(tx, person.organisation_id)
            add_password_token(tx, hash_secret(token), sign_in_id, purpose, tx.now_ms + _LIFETIME_MS[purpose])
            return sign_in.email, person.language, person.first_name, organisation.name if organisation else ""

        prepared = await self._database.write(prepare)
        if prepared is None:
            return
        email, language, first_name, organisation_name = prepared
        words = {
            "name": first_name,
            "organisation": organisation_name,
            "email": email,
            "link": f"{self._settings.base_url}/auth/password?{urlencode({'token': token})}",
            "count": _LIFETIME_HOURS[purpose],
        }
        subject = self._catalogue.say(language, f"mails.{purpose}.subject", **words)
        text = self._catalogue.say(language, f"mails.{purpose}.text", **words)
        await self._mailer.send(write_mail(self._settings, email, subject.replace("\n", " "), text))
