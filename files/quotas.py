"""How much room people and organisations have for files."""

from core.errors import Invalid
from core.settings import Settings
from storage.conversations.files import file_bytes
from storage.conversations.uploads import upload_bytes, uploads_of
from storage.engine.database import Transaction


def demand_room(
    tx: Transaction, settings: Settings, organisation_id: str, party_id: str, size_bytes: int, *, visitor: bool = False
) -> None:
    """Refuse what the quotas have no room for, with all that is being uploaded.

    visitor  the party is a website's visitor, who has much less
    raises   Invalid  413
    """
    _, coming_bytes = uploads_of(tx, organisation_id, party_id)
    limit = settings.files_visitor_bytes if visitor else settings.files_person_bytes
    if limit and file_bytes(tx, organisation_id, party_id) + coming_bytes + size_bytes > limit:
        code = "conversations.visitor_quota" if visitor else "conversations.person_quota"
        raise Invalid(code, 413, megabytes=limit // 1_000_000)
    limit = settings.files_organisation_bytes
    if limit and file_bytes(tx, organisation_id) + upload_bytes(tx, organisation_id) + size_bytes > limit:
        raise Invalid("conversations.organisation_quota", 413, megabytes=limit // 1_000_000)
