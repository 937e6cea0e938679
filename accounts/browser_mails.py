"""The mail that tells of a sign-in from a browser that was not seen before."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.catalogue import Catalogue
from core.settings import Settings
from outward.mail import Mailer, write_mail
from storage.accounts.organisations import find_organisation
from storage.accounts.people import find_person
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job

KIND = "mail.new_browser"
_WORTH_MS = 86_400_000


def tell_of_new_browser(tx: Transaction, person_id: str, organisation_id: str, address: str, user_agent: str) -> None:
    """Store the job that mails it."""
    payload = {
        "person_id": person_id,
        "organisation_id": organisation_id,
        "address": address,
        "user_agent": user_agent,
        "at_ms": tx.now_ms,
    }
    add_job(tx, KIND, tx.now_ms, payload)


class BrowserMails:
    """Runs the jobs of `tell_of_new_browser`."""

    def __init__(self, settings: Settings, database: Database, catalogue: Catalogue, mailer: Mailer) -> None:
        self._settings = settings
        self._database = database
        self._catalogue = catalogue
        self._mailer = mailer

    async def run(self, payload: dict[str, Any]) -> None:
        """Mail it to the person, in their language and zone; whoever is gone gets nothing."""
        organisation_id, person_id = str(payload["organisation_id"]), str(payload["person_id"])
        person, organisation = await self._database.read(
            lambda tx: (find_person(tx, organisation_id, person_id), find_organisation(tx, organisation_id))
        )
        if person is None or not person.active:
            return
        at = datetime.fromtimestamp(int(payload["at_ms"]) / 1000, ZoneInfo(person.time_zone))
        words = {
            "name": person.first_name,
            "organisation": organisation.name if organisation else "",
            "email": person.email,
            "address": str(payload["address"]),
            "browser": str(payload["user_agent"]) or "-",
            "time": f"{at:%Y-%m-%d %H:%M} ({person.time_zone})",
            "link": f"{self._settings.base_url}/profile",
        }
        subject = self._catalogue.say(person.language, "mails.new_browser.subject", **words)
        text = self._catalogue.say(person.language, "mails.new_browser.text", **words)
        mail = write_mail(self._settings, person.email, subject.replace("\n", " "), text)
        await self._mailer.send(mail, int(payload["at_ms"]) + _WORTH_MS)
