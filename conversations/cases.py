"""Service cases as an outside system tells them: the case, its customer's group, and who watches (CONF-022)."""

from accounts.events import person_changed
from accounts.people import make_person
from accounts.rights import Actor, demand
from conversations import events, payloads
from conversations.calls.seats import unseat_member
from conversations.membership import let_in, let_out, welcome
from conversations.messages.lines import post_line
from conversations.snapshots import current_head
from conversations.views import case_view
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Invalid
from core.ids import new_id
from storage.accounts.people import (
    Group,
    add_group,
    change_group,
    find_group_by_external_id,
    list_people,
    people_of_sign_in,
)
from storage.accounts.sign_ins import find_sign_in_by_email
from storage.audit import note
from storage.conversations.cases import Case, add_case, cases_of_conversations, change_case, find_case, list_cases
from storage.conversations.conversations import Conversation, add_conversation, change_head, member_ids
from storage.engine.database import Database, Transaction


class CaseService:
    """Stores service cases; each is one conversation whose members are its watchers."""

    def __init__(self, database: Database, ephemerals: Ephemerals) -> None:
        self._database = database
        self._ephemerals = ephemerals

    async def store(self, actor: Actor, number: str, body: payloads.CaseBody) -> tuple[payloads.CaseStored, bool]:
        """Make the case be as told; return it, and whether it is new. The same again changes nothing.

        raises   Invalid  a watcher's e-mail is of another customer's group
        emits    conversation:added, :removed, :changed; member:added, :removed
        """
        demand(actor, "cases.store")
        stored, created, told = await self._database.write_retrying(lambda tx: _store(tx, actor, number, body))
        send_all(self._ephemerals, told)
        return stored, created

    async def page(self, actor: Actor) -> payloads.Cases:
        """Return the cases a person watches; an API key is told all of its organisation."""
        demand(actor, "cases.see")
        watcher = actor.party_id if actor.is_person else None

        def load(tx: Transaction) -> payloads.Cases:
            return payloads.Cases(
                items=[_stored(tx, case, name) for case, name in list_cases(tx, actor.organisation_id, watcher)]
            )

        return await self._database.read(load)


def _store(
    tx: Transaction, actor: Actor, number: str, body: payloads.CaseBody
) -> tuple[payloads.CaseStored, bool, list[Ephemeral]]:
    organisation_id = actor.organisation_id
    group = _customer_group(tx, actor, body.customer_group)
    case = find_case(tx, organisation_id, number)
    created = case is None
    if case is None:
        case = _open(tx, actor, number, body, group)
    else:
        _change(tx, actor, case, body, group)
    conversation_id = case.conversation_id
    watchers = dict(_watcher(tx, actor, group, watcher) for watcher in body.watchers)
    told: list[Ephemeral] = []
    for person_id in member_ids(tx, conversation_id):
        if person_id not in watchers:
            told += unseat_member(tx, organisation_id, conversation_id, person_id)
            let_out(tx, organisation_id, conversation_id, person_id, by=actor.party_id)
    added = let_in(
        tx,
        organisation_id,
        conversation_id,
        [one for one, active in watchers.items() if active],
        by=actor.party_id,
        line=not created,
    )
    welcome(tx, organisation_id, conversation_id, added)
    found, group_name = cases_of_conversations(tx, [conversation_id])[0]
    return _stored(tx, found, group_name), created, told


def _customer_group(tx: Transaction, actor: Actor, told: payloads.CustomerGroup) -> Group:
    """Return the customer's group, made when it is new and renamed when it has another name now."""
    organisation_id = actor.organisation_id
    group = find_group_by_external_id(tx, organisation_id, told.external_id)
    if group is None:
        group = Group(
            id=new_id(),
            organisation_id=organisation_id,
            kind="customer",
            name=told.name,
            external_id=told.external_id,
            created_at_ms=tx.now_ms,
            version=1,
        )
        add_group(tx, group)
        note(tx, organisation_id, actor.party_id, "group.added", "group", group.id, name=told.name)
        return group
    if group.kind != "customer":
        raise Invalid("conversations.not_a_customer_group", external_id=told.external_id)
    if group.name != told.name:
        change_group(tx, organisation_id, group.id, None, told.name)
        note(tx, organisation_id, actor.party_id, "group.changed", "group", group.id, name=told.name)
        for person, _ in list_people(tx, organisation_id, group_id=group.id, limit=10_000):
            person_changed(tx, person)
        for case, _ in list_cases(tx, organisation_id, None):
            if case.customer_group_id == group.id:
                _head_changed(tx, case, case.title)
    return group


def _open(tx: Transaction, actor: Actor, number: str, body: payloads.CaseBody, group: Group) -> Case:
    conversation = Conversation(
        id=new_id(),
        organisation_id=actor.organisation_id,
        kind="case",
        title=body.title,
        direct_key=None,
        created_by=actor.party_id,
        created_at_ms=tx.now_ms,
        seq=0,
        rev=0,
        head_rev=0,
        last_message_seq=None,
        last_activity_at_ms=tx.now_ms,
        version=1,
    )
    add_conversation(tx, conversation)
    case = Case(
        id=new_id(),
        organisation_id=actor.organisation_id,
        number=number,
        title=body.title,
        status=body.status,
        url=body.url,
        customer_group_id=group.id,
        conversation_id=conversation.id,
        created_at_ms=tx.now_ms,
    )
    add_case(tx, case)
    note(
        tx, actor.organisation_id, actor.party_id, "case.opened", "conversation", conversation.id, number=number,
        customer=group.name,
    )  # fmt: skip
    return case


def _change(tx: Transaction, actor: Actor, case: Case, body: payloads.CaseBody, group: Group) -> None:
    if (case.title, case.status, case.url, case.customer_group_id) == (body.title, body.status, body.url, group.id):
        return
    change_case(tx, case.id, title=body.title, status=body.status, url=body.url, customer_group_id=group.id)
    _head_changed(tx, case, body.title)
    if case.status != body.status:
        post_line(
            tx,
            case.organisation_id,
            case.conversation_id,
            actor.party_id,
            "case.status_changed",
            status=body.status,
            before=case.status,
        )
    if case.title != body.title:
        post_line(tx, case.organisation_id, case.conversation_id, actor.party_id, "title.changed", title=body.title)


def _head_changed(tx: Transaction, case: Case, title: str) -> None:
    change_head(tx, case.conversation_id, None, title)
    events.head_changed(tx, case.organisation_id, current_head(tx, case.conversation_id))


def _watcher(tx: Transaction, actor: Actor, group: Group, watcher: payloads.Watcher) -> tuple[str, bool]:
    """Return the person of an e-mail, and whether the person is active: a deactivated one is not let in.

    Staff and customers of this group are taken as they are; somebody new becomes a customer of it.

    raises   Invalid  a customer of another group
    """
    organisation_id = actor.organisation_id
    sign_in = find_sign_in_by_email(tx, watcher.email)
    if sign_in is not None:
        for person in people_of_sign_in(tx, sign_in.id):
            if person.organisation_id != organisation_id:
                continue
            if person.group_kind == "customer" and person.group_id != group.id:
                raise Invalid("conversations.watcher_of_other_group", email=watcher.email)
            return person.id, person.active
    name = (watcher.name or watcher.email.partition("@")[0]).strip()[:100]
    first_name, _, last_name = name.partition(" ")
    person = make_person(
        tx,
        organisation_id,
        email=watcher.email,
        first_name=first_name,
        last_name=last_name,
        role="customer",
        group=group,
    )
    note(tx, organisation_id, actor.party_id, "person.invited", "person", person.id, email=watcher.email)
    return person.id, True


def _stored(tx: Transaction, case: Case, group_name: str) -> payloads.CaseStored:
    return payloads.CaseStored(
        **dict(case_view(case, group_name)),
        conversation_id=case.conversation_id,
        watcher_ids=sorted(member_ids(tx, case.conversation_id)),
    )
