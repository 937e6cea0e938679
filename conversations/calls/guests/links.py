"""Links that let people without an account ask into a conversation's calls.

The secret is 256 random bits of which a hash is kept, so nobody can make or guess one, and revoking is deleting a right, which
a signature could not do. It stands after the # of the address: browsers send that to no server, in no Referer.
"""

from accounts.rights import Actor, demand, rights_of
from accounts.secrets import hash_secret, make_secret
from conversations.calls.guests.payloads import GuestLink as GuestLinkView
from conversations.calls.guests.payloads import GuestLinkCreated, GuestLinks, Invitation, NewGuestLinkBody
from conversations.calls.guests.states import FreeSeat, expire_waiting, inviter_name, move_guest, organisation_name
from conversations.messages.access import demand_member
from conversations.messages.views import party_author
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Conflict, NotFound
from core.ids import new_id
from core.settings import Settings
from storage.accounts.people import find_party, find_person
from storage.audit import note
from storage.calls.conferences import running_conferences
from storage.calls.guests import (
    GuestLink,
    add_guest_link,
    find_guest_link,
    find_guest_link_by_token,
    guests_of_link,
    list_guest_links,
    revoke_guest_link,
)
from storage.conversations.conversations import is_member
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job, drop_job

EXPIRED_LINK = "guests.link_expired"
# More good links than this in one conversation are nobody's intention.
MAX_LINKS = 50


class GuestLinkService:
    """Making, listing and revoking links, and what one shows to whoever holds it."""

    def __init__(self, database: Database, settings: Settings, ephemerals: Ephemerals, free_seat: FreeSeat) -> None:
        self._database = database
        self._settings = settings
        self._ephemerals = ephemerals
        self._free_seat = free_seat

    async def create(self, actor: Actor, conversation_id: str, body: NewGuestLinkBody) -> GuestLinkCreated:
        """Make a link.

        raises   NotFound  no such conversation of the actor's; Conflict  there are too many
        """
        demand(actor, "guests.invite")
        secret = make_secret("cgl")

        def store(tx: Transaction) -> GuestLinkView:
            demand_member(tx, actor, conversation_id)
            if len(list_guest_links(tx, conversation_id, MAX_LINKS)) >= MAX_LINKS:
                raise Conflict("conversations.too_many_guest_links")
            link = GuestLink(
                id=new_id(),
                organisation_id=actor.organisation_id,
                conversation_id=conversation_id,
                label=body.label,
                created_by=actor.party_id,
                created_at_ms=tx.now_ms,
                expires_at_ms=tx.now_ms + body.expires_in_s * 1000,
                uses_limit=body.uses_limit,
                uses=0,
                revoked_at_ms=None,
            )
            add_guest_link(tx, link, hash_secret(secret))
            payload = {"organisation_id": link.organisation_id, "link_id": link.id}
            add_job(tx, EXPIRED_LINK, link.expires_at_ms, payload, key=link.id)
            _note(tx, actor, link, "guest.invited")
            return _view(tx, link)

        made = await self._database.write(store)
        return GuestLinkCreated(**made.model_dump(), url=f"{self._settings.base_url}/guest#{secret}")

    async def page(self, actor: Actor, conversation_id: str) -> GuestLinks:
        """Return the conversation's good links; their secrets are known to nobody any more."""
        demand(actor, "guests.invite")

        def load(tx: Transaction) -> GuestLinks:
            demand_member(tx, actor, conversation_id)
            return GuestLinks(items=[_view(tx, one) for one in list_guest_links(tx, conversation_id, MAX_LINKS)])

        return await self._database.read(load)

    async def revoke(self, actor: Actor, conversation_id: str, link_id: str) -> None:
        """End a link, and put out all who came by it.

        raises   NotFound
        emits    guest:changed to them, lobby:changed, participant:left of those who were in the call
        """
        demand(actor, "guests.invite")

        def store(tx: Transaction) -> list[Ephemeral]:
            demand_member(tx, actor, conversation_id)
            link = find_guest_link(tx, actor.organisation_id, link_id)
            if link is None or link.conversation_id != conversation_id:
                raise NotFound("conversations.guest_link_not_found")
            if not revoke_guest_link(tx, link_id):
                return []
            drop_job(tx, EXPIRED_LINK, link_id)
            _note(tx, actor, link, "guest.link_revoked")
            expire_waiting(tx, link, "revoked")
            told: list[Ephemeral] = []
            for guest in guests_of_link(tx, link_id, "admitted"):
                move_guest(tx, guest, "revoked")
                told += self._free_seat(tx, guest)
            return told

        send_all(self._ephemerals, await self._database.write(store))

    async def look(self, actor: Actor, token: str) -> Invitation:
        """Tell whoever holds a good link where it leads.

        raises   NotFound  it is none, or none any more; Conflict  it was revoked, its time has passed, it is used up
        """
        demand(actor, "guests.enter")

        def load(tx: Transaction) -> Invitation:
            link = good_link(tx, token)
            return Invitation(
                organisation=organisation_name(tx, link.organisation_id),
                invited_by=inviter_name(tx, link),
                running=bool(running_conferences(tx, [link.conversation_id])),
            )

        return await self._database.read(load)

    async def run_expired(self, payload: dict[str, str]) -> None:
        """The job "guests.link_expired": nobody waits by that link any more. Who is in a call stays to its end."""

        def store(tx: Transaction) -> None:
            link = find_guest_link(tx, payload["organisation_id"], payload["link_id"])
            if link is not None:
                expire_waiting(tx, link, "expired")

        await self._database.write(store)


def good_link(tx: Transaction, token: str) -> GuestLink:
    """Return the link with a secret.

    raises   NotFound  there is none, or who made it may not invite any more; Conflict  revoked, expired or used up
    """
    link = find_guest_link_by_token(tx, hash_secret(token))
    if link is None or not _may_invite(tx, link):
        raise NotFound("conversations.guest_link_not_found")
    demand_open(tx, link)
    if link.uses_limit is not None and link.uses >= link.uses_limit:
        raise Conflict("conversations.guest_link_used_up")
    return link


def _may_invite(tx: Transaction, link: GuestLink) -> bool:
    """Tell whether who made a link could make it now: active, of the staff, and in the conversation."""
    maker = find_person(tx, link.organisation_id, link.created_by)
    return (
        maker is not None
        and maker.active
        and "guests.invite" in rights_of(maker.role)
        and is_member(tx, link.organisation_id, link.conversation_id, link.created_by)
    )


def demand_open(tx: Transaction, link: GuestLink) -> None:
    """Refuse a link that was revoked or whose time has passed."""
    if link.revoked_at_ms is not None:
        raise Conflict("conversations.guest_link_revoked")
    if link.expires_at_ms <= tx.now_ms:
        raise Conflict("conversations.guest_link_expired")


def _view(tx: Transaction, link: GuestLink) -> GuestLinkView:
    party = find_party(tx, link.organisation_id, link.created_by)
    assert party is not None
    return GuestLinkView(
        id=link.id,
        label=link.label,
        created_by=party_author(party),
        created_at_ms=link.created_at_ms,
        expires_at_ms=link.expires_at_ms,
        uses_limit=link.uses_limit,
        uses=link.uses,
    )


def _note(tx: Transaction, actor: Actor, link: GuestLink, act: str) -> None:
    note(
        tx, link.organisation_id, actor.party_id, act, "conversation", link.conversation_id,
        link_id=link.id, label=link.label,
    )  # fmt: skip
