"""Rows for the audit log: a page of it to read, all of it as a file for spreadsheets."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from accounts import payloads
from accounts.audit import AuditService
from core.catalogue import Catalogue
from core.errors import Refusal
from core.payloads import Id
from storage.audit import AuditFilter
from web.route import Asked, Paging, Route

_COLUMNS = ("time", "author", "action", "subject", "details", "code", "subject_kind", "subject_id", "author_id")
# A cell that begins so would be a formula in a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AuditQuery(Paging):
    """Which entries: of whom, done to what, what, from when (UTC milliseconds) until before when."""

    subject_id: Id | None = None
    author_id: Id | None = None
    action: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=60)] | None = None
    since_ms: Annotated[int, Field(ge=0, lt=1 << 48)] | None = None
    until_ms: Annotated[int, Field(ge=0, lt=1 << 48)] | None = None

    def wanted(self) -> AuditFilter:
        """Return what the store is asked."""
        return AuditFilter(self.author_id, self.subject_id, self.action, self.since_ms, self.until_ms)


def audit_routes(audit: AuditService, catalogue: Catalogue) -> list[Route]:
    """Return the rows under /audit."""

    async def read_audit(asked: Asked) -> payloads.Audit:
        return await audit.page(asked.actor, asked.query.wanted(), cursor=asked.query.cursor)

    async def export_audit(asked: Asked) -> web.Response:
        pages = await audit.export(asked.actor, asked.query.wanted())
        return web.Response(
            body=_csv(pages, catalogue, asked.actor.language, asked.request),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
        )

    return [
        Route("GET", "/audit", "readAudit", read_audit, "audit.read", "Who did what when, newest first",
              query=AuditQuery, answer=payloads.Audit),
        Route("GET", "/audit/export", "exportAudit", export_audit, "audit.read",
              "The same, all of it, as CSV in the caller's language", query=AuditQuery, produces="text/csv"),
    ]  # fmt: skip


async def _csv(
    pages: AsyncIterator[list[payloads.AuditRow]], catalogue: Catalogue, language: str, request: web.Request
) -> AsyncIterator[bytes]:
    """Return CSV (RFC 4180), with the mark that tells spreadsheets it is UTF-8."""
    yield "\ufeff".encode() + _lines([[catalogue.say(language, f"admin.audit.column.{one}") for one in _COLUMNS]])
    try:
        async for page in pages:
            yield _lines(_cells(row, catalogue, language) for row in page)
    except Refusal:
        # The right is gone meanwhile: cut off, so that what came does not look like the whole log.
        if request.transport is not None:
            request.transport.abort()


def _cells(row: payloads.AuditRow, catalogue: Catalogue, language: str) -> list[str]:
    sentence = f"admin.audit.action.{row.action}"
    return [
        datetime.fromtimestamp(row.at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        row.author["name"],
        catalogue.say(language, sentence) if catalogue.has(language, sentence) else row.action,
        row.subject_name,
        json.dumps(row.details, ensure_ascii=False) if row.details else "",
        row.action,
        row.subject_kind,
        row.subject_id,
        row.author["id"],
    ]


def _lines(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")
