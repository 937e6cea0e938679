"""Administration of people: list, invite, change, deactivate, within the licence's limit (CC-162, 164, 165)."""

from typing import Any

from accounts import payloads
from accounts.events import access_changed, person_changed, session_revoked
from accounts.password_mails import ask_for_mail
from accounts.password_rules import check_password
from accounts.passwords import Passwords
from accounts.rights import Actor, demand
from accounts.views import details_view
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from core.languages import Language
from storage.accounts.file_links import delete_file_links_of
from storage.accounts.organisations import find_organisation, lock_organisation
from storage.accounts.people import (
    Group,
    Person,
    Role,
    add_person,
    change_person,
    count_admins,
    count_people,
    find_group,
    find_person,
    list_people,
    people_of_sign_in,
)
from storage.accounts.sign_ins import SignIn, add_sign_in, set_password_hash
from storage.audit import note
from storage.engine.cursors import parse_cursor, write_cursor
from storage.engine.database import Clash, Database, Transaction
from storage.engine.paging import page_of
from storage.session_ends import delete_sessions_of

PAGE = 100
_STAFF_ROLES = ("admin", "agent", "technician")


class PeopleService:
    """The people of an organisation, for its administrators."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def page(
        self, actor: Actor, *, query: str = "", group_id: str | None = None, cursor: str | None = None
    ) -> payloads.People:
        """Return a page of people in Polish name order."""
        demand(actor, "people.manage")
        after = parse_cursor(cursor, 2)

        def read(tx: Transaction) -> payloads.People:
            found, last = page_of(
                lambda count: list_people(
                    tx,
                    actor.organisation_id,
                    group_id=group_id,
                    query=query,
                    after=(after[0], after[1]) if after else None,
                    limit=count,
                ),
                PAGE,
            )
            more = write_cursor(last[1], last[0].id) if last else None
            return payloads.People(items=[details_view(person) for person, _ in found], next=more)

        return await self._database.read(read)

    async def get(self, actor: Actor, person_id: str) -> payloads.PersonDetails:
        """Return one person."""
        demand(actor, "people.manage")
        return details_view(await self._database.read(lambda tx: _person(tx, actor, person_id)))

    async def invite(self, actor: Actor, body: payloads.NewPersonBody) -> payloads.PersonDetails:
        """Add a person; without a password a link to set one is mailed (CC-164).

        raises   Conflict  the address has a membership here already
                 Invalid   the password is one that guessers try first
                 Forbidden the licence's number of people is reached (CC-165)
                 Invalid   no such group, or role and group do not fit
        """
        demand(actor, "people.manage")
        password_hash = None
        if body.password:
            organisation = await self._database.read(lambda tx: find_organisation(tx, actor.organisation_id))
            about = [body.email, body.first_name, body.last_name, organisation.name if organisation else ""]
            check_password(body.password, about, admin=body.role == "admin")
            password_hash = await self._passwords.hash(body.password)

        def store(tx: Transaction) -> payloads.PersonDetails:
            group = _group(tx, actor, body.group_id)
            check_role(body.role, group)
            admin = find_person(tx, actor.organisation_id, actor.party_id)
            person = make_person(
                tx,
                actor.organisation_id,
                email=body.email,
                first_name=body.first_name,
                last_name=body.last_name,
                role=body.role,
                group=group,
                position=body.position,
                language=body.language or ("en" if admin and admin.language == "en" else "pl"),
                time_zone=admin.time_zone if admin else "Europe/Warsaw",
                password_hash=password_hash,
            )
            note(tx, actor.organisation_id, actor.party_id, "person.invited", "person", person.id, email=body.email)
            return details_view(person)

        try:
            return await self._database.write(store)
        except Clash as clash:
            raise Conflict("accounts.email_taken") from clash

    async def mail_again(self, actor: Actor, person_id: str) -> None:
        """Mail the invitation again to somebody who has not signed in here yet."""
        demand(actor, "people.manage")

        def store(tx: Transaction) -> None:
            person = _person(tx, actor, person_id)
            if person.accepted and person.last_seen_at_ms is not None:
                raise Conflict("accounts.password_is_set")
            ask_for_mail(tx, person.sign_in_id, "invitation", actor.organisation_id)

        await self._database.write(store)

    async def change(self, actor: Actor, person_id: str, body: payloads.PersonBody) -> payloads.PersonDetails:
        """Change a person; who is deactivated or changes role is signed out at once where it matters.

        raises   Conflict   the person changed meanwhile, or is the last administrator
                 Forbidden  the licence's number of people is reached
        """
        demand(actor, "people.manage")

        def store(tx: Transaction) -> payloads.PersonDetails:
            lock_organisation(tx, actor.organisation_id)
            person = _person(tx, actor, person_id)
            changes = body.model_dump(exclude={"version"}, exclude_none=True)
            group = _group(tx, actor, changes.get("group_id", person.group_id))
            check_role(changes.get("role", person.role), group)
            if changes.get("active") is True and not person.active:
                _check_limit(tx, actor.organisation_id)
            if not change_person(tx, person, body.version, changes):
                raise Conflict("core.changed_meanwhile")
            if count_admins(tx, actor.organisation_id) == 0:
                raise Conflict("accounts.last_admin")
            _tell(tx, actor, person, changes)
            return details_view(_person(tx, actor, person_id))

        return await self._database.write(store)


def make_person(
    tx: Transaction,
    organisation_id: str,
    *,
    email: str,
    first_name: str,
    last_name: str,
    role: Role,
    group: Group,
    position: str = "",
    language: Language = "pl",
    time_zone: str = "Europe/Warsaw",
    password_hash: str | None = None,
    mail: bool = True,
) -> Person:
    """Store a person; the sign-in of the address is used or made, and invited unless it was made with a password.

    A password given for an address that has a sign-in already is not taken, and the one it has opens nothing here
    before the owner of the mailbox agrees: another organisation may have chosen it. Nothing in what comes back tells
    that there was a sign-in.
    raises   Conflict   the address is a member already
             Forbidden  the licence's number of people is reached, whichever door the person comes by
    """
    _check_limit(tx, organisation_id)
    sign_in, new = add_sign_in(tx, SignIn(new_id(), email, None, tx.now_ms))
    if new:
        if password_hash is not None:
            set_password_hash(tx, sign_in.id, password_hash)
    elif any(person.organisation_id == organisation_id for person in people_of_sign_in(tx, sign_in.id)):
        raise Conflict("accounts.email_taken")
    else:
        password_hash = None
    person = Person(
        id=new_id(),
        organisation_id=organisation_id,
        sign_in_id=sign_in.id,
        group_id=group.id,
        group_name=group.name,
        group_kind=group.kind,
        role=role,
        first_name=first_name,
        last_name=last_name,
        position=position,
        language=language,
        time_zone=time_zone,
        ring="long",
        active=True,
        avatar_hash=None,
        email=sign_in.email,
        password_set=password_hash is not None,
        accepted=password_hash is not None,
        created_at_ms=tx.now_ms,
        last_seen_at_ms=None,
        version=1,
    )
    add_person(tx, person)
    if mail and password_hash is None:
        ask_for_mail(tx, sign_in.id, "invitation", organisation_id)
    return person


def check_role(role: Role, group: Group) -> None:
    """Refuse a role that does not fit the kind of group: customers are in customer groups, staff in staff groups."""
    if (role in _STAFF_ROLES) != (group.kind == "staff"):
        raise Invalid("accounts.role_does_not_fit_group", group=group.name)


def _check_limit(tx: Transaction, organisation_id: str) -> None:
    lock_organisation(tx, organisation_id)
    organisation = find_organisation(tx, organisation_id)
    limit = organisation.people_limit if organisation else None
    if limit is not None and count_people(tx, organisation_id) >= limit:
        raise Forbidden("accounts.people_limit", limit=limit)


def _tell(tx: Transaction, actor: Actor, person: Person, changes: dict[str, Any]) -> None:
    if changes.get("active") is False:
        for session_id in delete_sessions_of(tx, person.id):
            session_revoked(tx, person.organisation_id, session_id)
    if {"role", "group_id", "active"} & changes.keys():
        delete_file_links_of(tx, person.id)
        access_changed(tx, person.organisation_id, person.id)
    person_changed(tx, person)
    note(tx, actor.organisation_id, actor.party_id, "person.changed", "person", person.id, **changes)


def _person(tx: Transaction, actor: Actor, person_id: str) -> Person:
    person = find_person(tx, actor.organisation_id, person_id)
    if person is None:
        raise NotFound("accounts.person_not_found")
    return person


def _group(tx: Transaction, actor: Actor, group_id: str) -> Group:
    group = find_group(tx, actor.organisation_id, group_id)
    if group is None:
        raise Invalid("accounts.group_not_found")
    return group
