"""Mails about visits: a message that was left goes to the organisation's address, a transcript to the visitor.

Both are jobs of the transaction that stored the message or the wish, so neither is lost; one that cannot be sent is tried
again, later each time.
"""

import json
from datetime import datetime
from email.headerregistry import Address
from typing import Any
from zoneinfo import ZoneInfo

from core.catalogue import Catalogue
from core.settings import Settings
from outward.mail import Mailer, write_mail
from storage.accounts.organisations import find_organisation
from storage.conversations.messages import Message, list_messages
from storage.desk.companies import find_company
from storage.desk.projects import find_project
from storage.desk.visits import Visit, find_visit
from storage.engine.database import Database, Transaction

FORM_JOB = "desk.form_mail"
TRANSCRIPT_JOB = "desk.transcript"
_KEPT_MS = 30 * 86_400_000
_PAGE = 500
_MOST = 5_000


class VisitMails:
    """Runs the jobs of mails about visits."""

    def __init__(self, settings: Settings, database: Database, catalogue: Catalogue, mailer: Mailer) -> None:
        self._settings = settings
        self._database = database
        self._catalogue = catalogue
        self._mailer = mailer

    async def run_form(self, payload: dict[str, Any]) -> None:
        """Mail a message that was left to the organisation's default address, from where it is answered by a reply."""

        def load(tx: Transaction) -> tuple[Visit, str, str, int] | None:
            visit = find_visit(tx, payload["organisation_id"], payload["visit_id"])
            to = find_company(tx, payload["organisation_id"]).default_email
            if visit is None or visit.form is None or not to:
                return None
            project = find_project(tx, visit.organisation_id, visit.project_id)
            return visit, to, project.name if project else "", tx.now_ms

        found = await self._database.read(load)
        if found is None:
            return
        visit, to, project_name, now_ms = found
        form = json.loads(visit.form or "{}")
        words = {**form, "project": project_name, "page": visit.page_url}
        words["name"] = form["name"] or form["email"]
        subject = self._catalogue.say(visit.language, "mails.left.subject", **words)
        text = self._catalogue.say(visit.language, "mails.left.text", **words)
        mail = write_mail(self._settings, to, " ".join(subject.split()), text)
        local, _, domain = form["email"].rpartition("@")
        mail["Reply-To"] = Address(display_name=form["name"], username=local, domain=domain)
        await self._mailer.send(mail, now_ms + _KEPT_MS)

    async def run_transcript(self, payload: dict[str, Any]) -> None:
        """Mail a visitor what was written in a visit."""

        def load(tx: Transaction) -> tuple[Visit, str, str, list[Message], int] | None:
            visit = find_visit(tx, payload["organisation_id"], payload["visit_id"])
            if visit is None:
                return None
            project = find_project(tx, visit.organisation_id, visit.project_id)
            organisation = find_organisation(tx, visit.organisation_id)
            rows: list[Message] = []
            while len(rows) < _MOST:
                page = list_messages(tx, visit.conversation_id, after=rows[-1].seq if rows else 0, limit=_PAGE)
                rows += page
                if len(page) < _PAGE:
                    break
            zone = project.time_zone if project else "Europe/Warsaw"
            return visit, zone, organisation.name if organisation else "", rows, tx.now_ms

        found = await self._database.read(load)
        if found is None:
            return
        visit, zone, organisation, rows, now_ms = found
        place = ZoneInfo(zone)
        lines = []
        for row in rows:
            if row.kind not in ("text", "file") or row.deleted_at_ms is not None:
                continue
            at = datetime.fromtimestamp(row.created_at_ms / 1000, place)
            files = ", ".join(str(one["name"]) for one in (row.body or {}).get("files", []))
            lines.append(f"{at:%Y-%m-%d %H:%M}  {row.author_name or '—'}: {row.text or files}")
        words = {"organisation": organisation, "lines": "\n".join(lines)}
        subject = self._catalogue.say(visit.language, "mails.transcript.subject", **words)
        text = self._catalogue.say(visit.language, "mails.transcript.text", **words)
        mail = write_mail(self._settings, payload["email"], " ".join(subject.split()), text)
        await self._mailer.send(mail, now_ms + _KEPT_MS)
