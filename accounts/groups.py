"""Groups of people: staff of the service company, and one for each customer (CONF-001)."""

from accounts import payloads
from accounts.rights import Actor, demand
from core.errors import Conflict, NotFound
from core.ids import new_id
from storage.accounts.people import Group, add_group, change_group, delete_group, find_group, list_groups
from storage.audit import note
from storage.engine.database import Clash, Database, Transaction


class GroupService:
    """The groups of an organisation, for its administrators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, actor: Actor) -> payloads.Groups:
        """Return all groups."""
        demand(actor, "groups.manage")
        found = await self._database.read(lambda tx: list_groups(tx, actor.organisation_id))
        return payloads.Groups(items=[_view(group, count) for group, count in found])

    async def add(self, actor: Actor, body: payloads.NewGroupBody) -> payloads.Group:
        """Make a group; raises Conflict when the external id is taken."""
        demand(actor, "groups.manage")

        def store(tx: Transaction) -> payloads.Group:
            external_id = body.external_id or None
            group = Group(new_id(), actor.organisation_id, body.kind, body.name, external_id, tx.now_ms, 1)
            add_group(tx, group)
            note(tx, actor.organisation_id, actor.party_id, "group.added", "group", group.id, name=body.name)
            return _view(group, 0)

        try:
            return await self._database.write(store)
        except Clash as clash:
            raise Conflict("accounts.external_id_taken") from clash

    async def change(self, actor: Actor, group_id: str, body: payloads.GroupBody) -> payloads.Group:
        """Rename a group; raises Conflict when it changed meanwhile."""
        demand(actor, "groups.manage")

        def store(tx: Transaction) -> payloads.Group:
            _group(tx, actor, group_id)
            if not change_group(tx, actor.organisation_id, group_id, body.version, body.name):
                raise Conflict("core.changed_meanwhile")
            note(tx, actor.organisation_id, actor.party_id, "group.changed", "group", group_id, name=body.name)
            counts = {group.id: count for group, count in list_groups(tx, actor.organisation_id)}
            return _view(_group(tx, actor, group_id), counts.get(group_id, 0))

        return await self._database.write(store)

    async def delete(self, actor: Actor, group_id: str) -> None:
        """Delete a group nobody and nothing belongs to; raises Conflict otherwise."""
        demand(actor, "groups.manage")

        def store(tx: Transaction) -> None:
            group = _group(tx, actor, group_id)
            delete_group(tx, actor.organisation_id, group_id)
            note(tx, actor.organisation_id, actor.party_id, "group.deleted", "group", group_id, name=group.name)

        try:
            await self._database.write(store)
        except Clash as clash:
            raise Conflict("accounts.group_in_use") from clash


def _group(tx: Transaction, actor: Actor, group_id: str) -> Group:
    group = find_group(tx, actor.organisation_id, group_id)
    if group is None:
        raise NotFound("accounts.group_not_found")
    return group


def _view(group: Group, people_count: int) -> payloads.Group:
    return payloads.Group(
        id=group.id,
        kind=group.kind,
        name=group.name,
        external_id=group.external_id,
        people_count=people_count,
        version=group.version,
    )
