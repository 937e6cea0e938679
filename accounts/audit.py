"""Reading the audit log: who did what when (BEY-022). It is written by storage.audit.note in each act's transaction."""

from collections.abc import AsyncIterator

from accounts import payloads
from accounts.credentials import holder_of
from accounts.rights import Actor, demand
from core.errors import SignInRequired
from storage.audit import AuditEntry, AuditFilter, list_audit, note
from storage.engine.database import Database, Transaction
from storage.engine.paging import page_of

AUDIT_PAGE = 100
_EXPORT_PAGE = 500


class AuditService:
    """The audit log, for administrators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, actor: Actor, wanted: AuditFilter, *, cursor: str | None = None) -> payloads.Audit:
        """Return a page of the log, newest first."""
        demand(actor, "audit.read")

        def read(tx: Transaction) -> tuple[list[AuditEntry], AuditEntry | None]:
            return page_of(
                lambda count: list_audit(tx, actor.organisation_id, wanted, before=cursor, limit=count), AUDIT_PAGE
            )

        found, last = await self._database.read(read)
        return payloads.Audit(items=[_view(entry) for entry in found], next=last.id if last else None)

    async def export(self, actor: Actor, wanted: AuditFilter) -> AsyncIterator[list[payloads.AuditRow]]:
        """Note that the log was taken away, then give all of it that is wanted, newest first, page by page.

        Before each page the right is looked at again; the pages then raise SignInRequired or Forbidden.
        """
        demand(actor, "audit.read")
        organisation_id = actor.organisation_id
        await self._database.write(
            lambda tx: note(tx, organisation_id, actor.party_id, "audit.exported", "organisation", organisation_id)
        )
        return self._pages(actor, wanted)

    async def _pages(self, actor: Actor, wanted: AuditFilter) -> AsyncIterator[list[payloads.AuditRow]]:
        before: str | None = None

        def read(tx: Transaction) -> list[AuditEntry]:
            holder = holder_of(tx, actor.organisation_id, actor.party_id, actor.session_id)
            if holder is None:
                raise SignInRequired("accounts.sign_in_required")
            demand(holder, "audit.read")
            return list_audit(tx, actor.organisation_id, wanted, before=before, limit=_EXPORT_PAGE)

        while True:
            found = await self._database.read(read)
            yield [_view(entry) for entry in found]
            if len(found) < _EXPORT_PAGE:
                return
            before = found[-1].id


def _view(entry: AuditEntry) -> payloads.AuditRow:
    return payloads.AuditRow(
        id=entry.id,
        at_ms=entry.at_ms,
        author={"id": entry.author_id, "name": entry.author_name, "kind": entry.author_kind},
        action=entry.action,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        subject_name=entry.subject_name,
        details=entry.details,
    )
