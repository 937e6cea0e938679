"""Companies: an organisation's data for invoices, its site, its logo, and where its visitors' messages are mailed."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import PrimaryKeyConstraint, Table, insert, select, update

from storage.engine.database import Transaction
from storage.engine.schema import metadata, number_column, of_organisation, text_column

companies = Table(
    "companies",
    metadata,
    text_column("organisation_id"),
    text_column("profile_name", default=""),
    text_column("site_url", default=""),
    text_column("street", default=""),
    text_column("building", default=""),
    text_column("flat", default=""),
    text_column("postal_code", default=""),
    text_column("city", default=""),
    text_column("country", default="PL"),
    text_column("tax_number", default=""),
    text_column("email", default=""),
    text_column("phone", default=""),
    text_column("default_email", default=""),
    text_column("logo_hash", nullable=True),
    number_column("version", default=1),
    PrimaryKeyConstraint("organisation_id"),
    of_organisation(),
)


@dataclass(frozen=True, slots=True)
class Company:
    """What the world may know of an organisation; nothing of it is filled in at first.

    site_url       "Adres strony www": where the widget is looked for
    default_email  where messages that visitors leave are sent
    logo_hash      blob of the logo: the widget's picture when no agent is Online
    version        1: nobody filled anything in yet
    """

    organisation_id: str
    profile_name: str = ""
    site_url: str = ""
    street: str = ""
    building: str = ""
    flat: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = "PL"
    tax_number: str = ""
    email: str = ""
    phone: str = ""
    default_email: str = ""
    logo_hash: str | None = None
    version: int = 1


_COMPANY = tuple(companies.c[name] for name in Company.__dataclass_fields__)


def find_company(tx: Transaction, organisation_id: str) -> Company:
    """Return an organisation's company data."""
    row = tx.first(select(*_COMPANY).where(companies.c.organisation_id == organisation_id))
    return Company(*row) if row else Company(organisation_id)


def change_company(tx: Transaction, organisation_id: str, version: int | None, changes: dict[str, Any]) -> bool:
    """Change columns if the row still has the version (None: any); tell whether it had. Clash: another made it first."""
    row = companies.c
    now = find_company(tx, organisation_id)
    if tx.first(select(row.version).where(row.organisation_id == organisation_id)) is None:
        if version not in (None, now.version):
            return False
        tx.run(insert(companies).values(**asdict(replace(now, **changes, version=2))))
        return True
    statement = update(companies).where(row.organisation_id == organisation_id)
    if version is not None:
        statement = statement.where(row.version == version)
    return bool(tx.run(statement.values(**changes, version=row.version + 1)).rowcount)
