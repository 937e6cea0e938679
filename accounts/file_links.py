"""File links: a URL that opens one blob for some minutes, for whoever was given it.

How it works: whoever may have a file asks for a link; the token in it is the credential, kept by its hash. What kinds
of file there are is a table of rules, one for each purpose, put together where the server is wired. At each use the
maker of the link is looked up anew (the session still good, the key not revoked) and the purpose's rule asked again,
as they are now; what it answers must still be the blob the link was made for. So whatever ends the right ends the
link, and nobody has to remember to revoke it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from accounts import payloads
from accounts.credentials import holder_of
from accounts.rights import Actor, demand
from accounts.secrets import hash_secret, make_secret
from core.errors import NotFound
from core.ids import new_id
from core.settings import Settings
from storage.accounts.file_links import FileLink, add_file_link, delete_file_link, find_file_link, list_file_links
from storage.engine.database import Database, Transaction

LIFETIME_MS = 10 * 60_000
_LISTED = 500
_MAX_TOKEN = 400


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it is given out.

    digest         of its blob
    name           what it is called when it is saved
    content_type   what the server itself found it to be
    saved          opened by itself it is always saved, never shown; in a page it can be shown all the same
    """

    digest: str
    name: str
    content_type: str
    saved: bool = False


# (transaction, who asks, subject) -> the file, or None: no such file, or not for this one.
Rule = Callable[[Transaction, Actor, str], StoredFile | None]


class FileLinks:
    """Makes, opens, lists and revokes links.

    rules   purpose -> who may have which file
    """

    def __init__(self, settings: Settings, database: Database, rules: Mapping[str, Rule]) -> None:
        self._base_url = settings.base_url
        self._database = database
        self._rules = dict(rules)

    async def make(self, actor: Actor, purpose: str, subject_id: str) -> payloads.FileLinkMade:
        """Return a new link to the file of a subject.

        raises   NotFound  no such file, or not for this one
        """
        demand(actor, "files.link")
        token = make_secret("cef")

        def store(tx: Transaction) -> FileLink:
            file = self._rules[purpose](tx, actor, subject_id)
            if file is None:
                raise NotFound("accounts.file_not_found")
            link = FileLink(
                id=new_id(),
                organisation_id=actor.organisation_id,
                party_id=actor.party_id,
                session_id=actor.session_id,
                purpose=purpose,
                subject_id=subject_id,
                digest=file.digest,
                created_at_ms=tx.now_ms,
                expires_at_ms=tx.now_ms + LIFETIME_MS,
            )
            add_file_link(tx, link, hash_secret(token))
            return link

        link = await self._database.write(store)
        return payloads.FileLinkMade(**_view(link).model_dump(), url=f"{self._base_url}/api/v1/files/{token}")

    async def open(self, token: str) -> StoredFile:
        """Return the file a link opens now.

        raises   NotFound  the link is unknown, late, revoked, or who made it may not have the file any more
        """
        found = await self._database.read(lambda tx: self._find(tx, token)) if len(token) <= _MAX_TOKEN else None
        if found is None:
            raise NotFound("accounts.file_link_expired")
        return found

    async def list(self, actor: Actor) -> payloads.FileLinks:
        """Return one's own links that still open, the newest first."""
        demand(actor, "files.link")
        found = await self._database.read(
            lambda tx: list_file_links(tx, actor.organisation_id, actor.party_id, _LISTED)
        )
        return payloads.FileLinks(items=[_view(link) for link in found])

    async def revoke(self, actor: Actor, link_id: str) -> None:
        """Make one of one's own links worthless; raises NotFound."""
        demand(actor, "files.link")
        if not await self._database.write(
            lambda tx: delete_file_link(tx, actor.organisation_id, actor.party_id, link_id)
        ):
            raise NotFound("accounts.file_not_found")

    def _find(self, tx: Transaction, token: str) -> StoredFile | None:
        link = find_file_link(tx, hash_secret(token))
        if link is None or link.purpose not in self._rules:
            return None
        maker = holder_of(tx, link.organisation_id, link.party_id, link.session_id)
        if maker is None:
            return None
        file = self._rules[link.purpose](tx, maker, link.subject_id)
        return file if file is not None and file.digest == link.digest else None


def _view(link: FileLink) -> payloads.FileLinkRow:
    return payloads.FileLinkRow(
        id=link.id,
        purpose=link.purpose,
        subject_id=link.subject_id,
        created_at_ms=link.created_at_ms,
        expires_at_ms=link.expires_at_ms,
    )
