"""The company behind an organisation: data for invoices, its site, its logo, and the default e-mail (CC-153, 154, 194)."""

import asyncio

from accounts.rights import Actor, demand
from core.errors import Conflict, Invalid, NotFound
from desk.settings import payloads
from desk.settings.events import settings_changed
from files.pictures import NotAPicture, PictureForm, Pictures, PictureTooLarge
from storage.audit import note
from storage.desk.companies import Company, change_company, find_company
from storage.desk.widgets import find_widget_by_key
from storage.disk.blobs import Blobs
from storage.engine.database import Clash, Database, Transaction
from storage.unused_blobs import remove_blob_later

MAX_LOGO_BYTES = 8_000_000
LOGO = PictureForm(MAX_LOGO_BYTES, side_px=512, quality=90)


class CompanyService:
    """Company data, for administrators; the logo also for whoever knows a widget's key."""

    def __init__(self, database: Database, blobs: Blobs, pictures: Pictures) -> None:
        self._database = database
        self._blobs = blobs
        self._pictures = pictures

    async def get(self, actor: Actor) -> payloads.Company:
        """Return the company data."""
        demand(actor, "desk.configure")
        return company_view(await self._database.read(lambda tx: find_company(tx, actor.organisation_id)))

    async def change(self, actor: Actor, body: payloads.CompanyBody) -> payloads.Company:
        """Change company data; raises Conflict  they changed meanwhile."""
        demand(actor, "desk.configure")

        def store(tx: Transaction) -> payloads.Company:
            changes = body.model_dump(exclude={"version"}, exclude_none=True)
            if not change_company(tx, actor.organisation_id, body.version, changes):
                raise Conflict("core.changed_meanwhile")
            note(tx, actor.organisation_id, actor.party_id, "company.changed", "organisation", actor.organisation_id)
            settings_changed(tx, actor.organisation_id, "company")
            return company_view(find_company(tx, actor.organisation_id))

        try:
            return await self._database.write(store)
        except Clash as clash:
            raise Conflict("core.changed_meanwhile") from clash

    async def set_logo(self, actor: Actor, content: bytes) -> payloads.Company:
        """Take a picture of any usual format; it is made small and encoded anew. raises Invalid  it is none."""
        demand(actor, "desk.configure")
        try:
            picture = await self._pictures.draw(content, LOGO, actor.party_id)
        except PictureTooLarge as error:
            raise Invalid("accounts.picture_too_large", megabytes=MAX_LOGO_BYTES // 1_000_000) from error
        except NotAPicture as error:
            raise Invalid("accounts.not_a_picture") from error
        digest = await asyncio.to_thread(self._blobs.put, picture.content)
        return await self._store_logo(actor, digest)

    async def remove_logo(self, actor: Actor) -> payloads.Company:
        """Go without a logo."""
        demand(actor, "desk.configure")
        return await self._store_logo(actor, None)

    async def logo(self, actor: Actor) -> bytes:
        """Return one's own organisation's logo (WebP); raises NotFound."""
        demand(actor, "desk.configure")
        return await self._read(await self._database.read(lambda tx: find_company(tx, actor.organisation_id)))

    async def logo_of_widget(self, actor: Actor, key: str) -> bytes:
        """Return the logo that pages with a widget show (CC-154); raises NotFound."""
        demand(actor, "widget.look")

        def read(tx: Transaction) -> Company | None:
            widget = find_widget_by_key(tx, key)
            return find_company(tx, widget.organisation_id) if widget else None

        return await self._read(await self._database.read(read))

    async def _read(self, company: Company | None) -> bytes:
        digest = company.logo_hash if company else None
        content = await asyncio.to_thread(self._blobs.read, digest) if digest else None
        if content is None:
            raise NotFound("accounts.no_picture")
        return content

    async def _store_logo(self, actor: Actor, digest: str | None) -> payloads.Company:
        def store(tx: Transaction) -> payloads.Company:
            company = find_company(tx, actor.organisation_id)
            before = company.logo_hash
            if before == digest:
                return company_view(company)
            change_company(tx, actor.organisation_id, None, {"logo_hash": digest})
            if before is not None:
                remove_blob_later(tx, before)
            note(
                tx, actor.organisation_id, actor.party_id, "company.logo_changed", "organisation", actor.organisation_id
            )
            settings_changed(tx, actor.organisation_id, "company")
            return company_view(find_company(tx, actor.organisation_id))

        # Another administrator may fill in the first data in the same moment: then there is a row.
        return await self._database.write_retrying(store)


def company_view(company: Company) -> payloads.Company:
    """Company data as an administrator sees them."""
    fields = {name: getattr(company, name) for name in payloads.Company.model_fields if name != "logo_url"}
    logo = company.logo_hash
    return payloads.Company(**fields, logo_url=f"/api/v1/company/logo?v={logo[:16]}" if logo else None)


def is_complete(company: Company) -> bool:
    """Tell whether everything an invoice and the widget's check need is filled in."""
    return all((company.profile_name, company.site_url, company.building, company.postal_code, company.city))
