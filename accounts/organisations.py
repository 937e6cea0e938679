"""Organisations: the operator's door, the administrator's page and API keys (PBX-002)."""

from accounts import payloads
from accounts.password_rules import check_password
from accounts.passwords import Passwords
from accounts.people import make_person
from accounts.rights import Actor, demand
from accounts.secrets import hash_secret, make_secret
from accounts.views import api_key_view, organisation_details
from core.errors import Conflict, NotFound
from core.ids import new_id
from storage.accounts.organisations import (
    Organisation,
    add_organisation,
    change_organisation,
    find_organisation,
    list_organisations,
)
from storage.accounts.people import Group, Party, Person, add_group, add_party, count_people
from storage.accounts.sessions import ApiKey, add_api_key, delete_api_key, list_api_keys
from storage.audit import note
from storage.engine.database import Clash, Database, Transaction

FIRST_GROUP_NAME = "Zespół"


class OrganisationService:
    """Organisations, for the operator and for their administrators."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def add(self, actor: Actor, body: payloads.NewOrganisationBody) -> payloads.Created:
        """Make an organisation with its first group and administrator; without a password a link is mailed."""
        demand(actor, "organisations.manage")
        password_hash = None
        if body.admin_password:
            # The operator's programs may choose a short one: it is replaced by whoever signs in with it.
            check_password(body.admin_password, [body.admin_email, body.name], admin=False)
            password_hash = await self._passwords.hash(body.admin_password)
        try:
            made, _, _ = await self._database.write(lambda tx: make_organisation(tx, body, password_hash))
        except Clash as clash:
            raise Conflict("accounts.email_taken") from clash
        return payloads.Created(id=made.id)

    async def all(self, actor: Actor) -> payloads.Organisations:
        """Return all organisations."""
        demand(actor, "organisations.manage")

        def read(tx: Transaction) -> payloads.Organisations:
            found = list_organisations(tx)
            return payloads.Organisations(items=[organisation_details(one, count_people(tx, one.id)) for one in found])

        return await self._database.read(read)

    async def get(self, actor: Actor) -> payloads.OrganisationDetails:
        """Return the actor's organisation with its limits (CC-165)."""
        demand(actor, "organisation.manage")
        return await self._database.read(lambda tx: _details(tx, actor.organisation_id))

    async def change(self, actor: Actor, body: payloads.OrganisationBody) -> payloads.OrganisationDetails:
        """Change the actor's organisation; raises Conflict when it changed meanwhile."""
        demand(actor, "organisation.manage")

        def store(tx: Transaction) -> payloads.OrganisationDetails:
            changes = body.model_dump(exclude={"version"}, exclude_none=True)
            if not change_organisation(tx, actor.organisation_id, body.version, changes):
                raise Conflict("core.changed_meanwhile")
            subject = actor.organisation_id
            note(tx, subject, actor.party_id, "organisation.changed", "organisation", subject, **changes)
            return _details(tx, actor.organisation_id)

        return await self._database.write(store)


class ApiKeyService:
    """Keys for the organisation's own programs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, actor: Actor) -> payloads.ApiKeys:
        """Return the keys, without their secrets."""
        demand(actor, "api_keys.manage")
        found = await self._database.read(lambda tx: list_api_keys(tx, actor.organisation_id))
        return payloads.ApiKeys(items=[api_key_view(key) for key in found])

    async def add(self, actor: Actor, body: payloads.NewApiKeyBody) -> payloads.ApiKeyCreated:
        """Make a key; its secret is in this answer and nowhere else."""
        demand(actor, "api_keys.manage")
        secret = make_secret("cek")

        def store(tx: Transaction) -> ApiKey:
            key = ApiKey(new_id(), actor.organisation_id, body.name, actor.party_id, tx.now_ms, None)
            add_party(tx, Party(key.id, actor.organisation_id, "api_key", body.name, None, tx.now_ms))
            add_api_key(tx, key, hash_secret(secret))
            note(tx, actor.organisation_id, actor.party_id, "api_key.added", "api_key", key.id, name=body.name)
            return key

        key = await self._database.write(store)
        return payloads.ApiKeyCreated(**api_key_view(key).model_dump(), secret=secret)

    async def revoke(self, actor: Actor, key_id: str) -> None:
        """Revoke a key at once."""
        demand(actor, "api_keys.manage")

        def store(tx: Transaction) -> None:
            if not delete_api_key(tx, actor.organisation_id, key_id):
                raise NotFound("accounts.api_key_not_found")
            note(tx, actor.organisation_id, actor.party_id, "api_key.revoked", "api_key", key_id)

        await self._database.write(store)


def make_organisation(
    tx: Transaction,
    body: payloads.NewOrganisationBody,
    password_hash: str | None,
    *,
    first_name: str = "Admin",
    last_name: str = "",
    position: str = "",
) -> tuple[Organisation, Group, Person]:
    """Store an organisation, its first staff group and its first administrator."""
    organisation = Organisation(
        id=new_id(),
        name=body.name,
        people_limit=body.people_limit,
        mailbox_limit=body.mailbox_limit,
        repository_limit_bytes=body.repository_limit_bytes,
        created_at_ms=tx.now_ms,
        version=1,
        package=body.package,
    )
    add_organisation(tx, organisation)
    group = Group(new_id(), organisation.id, "staff", FIRST_GROUP_NAME, None, tx.now_ms, 1)
    add_group(tx, group)
    admin = make_person(
        tx,
        organisation.id,
        email=body.admin_email,
        first_name=first_name,
        last_name=last_name,
        role="admin",
        group=group,
        position=position,
        password_hash=password_hash,
    )
    note(tx, organisation.id, admin.id, "organisation.added", "organisation", organisation.id, name=body.name)
    return organisation, group, admin


def _details(tx: Transaction, organisation_id: str) -> payloads.OrganisationDetails:
    organisation = find_organisation(tx, organisation_id)
    if organisation is None:
        raise NotFound("accounts.organisation_not_found")
    return organisation_details(organisation, count_people(tx, organisation_id))
