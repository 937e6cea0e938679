"""Channels: switches, who serves them, licences, and what callers hear (CC-155, 166..170, 178..189)."""

from accounts.rights import Actor, demand
from accounts.views import avatar_url
from core.errors import Forbidden, Invalid, NotFound
from desk.settings import payloads
from desk.settings.events import Reroute, home_changed, route_nothing, settings_changed
from desk.settings.projects import staff_of
from storage.accounts.organisations import find_organisation, lock_organisation
from storage.accounts.people import list_people
from storage.audit import note
from storage.calls.sounds import find_sound
from storage.desk.channels import (
    ANNOUNCEMENTS,
    Announcement,
    assign_licence,
    change_channel,
    count_licences,
    licence_seats,
    list_announcements,
    list_channel_users,
    list_channels,
    list_licences,
    serve_channel,
    set_announcement,
    set_licence_seats,
    take_licence,
)
from storage.desk.terms import CHANNELS, MEDIA, ChannelName, Medium
from storage.engine.database import Clash, Database, Transaction

_MOST_STAFF = 2000
# Why nothing can come by a channel on this server yet: codes that the page words.
UNAVAILABLE: dict[str, str] = {
    "voice_out": "no_telephony", "sms": "no_gateway", "email": "no_mailboxes", "facebook": "no_pages",
}  # fmt: skip


class ChannelService:
    """The channels of an organisation, for its administrators, and its licences, for the operator.

    reroute   is called where it may change who can be offered visits
    """

    def __init__(self, database: Database, reroute: Reroute = route_nothing) -> None:
        self._database = database
        self._reroute = reroute

    async def get(self, actor: Actor) -> payloads.ChannelSettings:
        """Return all channels with users, licences and announcements."""
        demand(actor, "desk.configure")
        return await self._database.read(lambda tx: read_channels(tx, actor.organisation_id))

    async def change(self, actor: Actor, name: str, body: payloads.ChannelBody) -> payloads.ChannelSettings:
        """Switch a channel or its settings."""
        demand(actor, "desk.configure")
        channel = _channel(name)

        def store(tx: Transaction) -> payloads.ChannelSettings:
            lock_organisation(tx, actor.organisation_id)
            changes = body.model_dump(exclude_none=True)
            change_channel(tx, actor.organisation_id, channel, changes)
            note(tx, actor.organisation_id, actor.party_id, "channel.changed", "channel", channel, **changes)
            return self._changed(tx, actor, sorted(list_channel_users(tx, actor.organisation_id)[channel]))

        return await self._database.write(store)

    async def set_user(
        self, actor: Actor, name: str, person_id: str, body: payloads.ServesBody
    ) -> payloads.ChannelSettings:
        """Let somebody serve a channel, or not any more."""
        demand(actor, "desk.configure")
        channel = _channel(name)

        def store(tx: Transaction) -> payloads.ChannelSettings:
            lock_organisation(tx, actor.organisation_id)
            person = staff_of(tx, actor.organisation_id, person_id)
            serve_channel(tx, actor.organisation_id, channel, person.id, serves=body.serves)
            note(
                tx, actor.organisation_id, actor.party_id, "channel.user_set", "channel", channel,
                person=person.name, serves=body.serves,
            )  # fmt: skip
            return self._changed(tx, actor, [person.id])

        return await self._database.write(store)

    async def set_licence(
        self, actor: Actor, name: str, person_id: str, body: payloads.LicenceBody
    ) -> payloads.ChannelSettings:
        """Assign a licence for a medium, or take it away; raises Forbidden  none is left."""
        demand(actor, "desk.configure")
        medium = _medium(name)

        def store(tx: Transaction) -> payloads.ChannelSettings:
            lock_organisation(tx, actor.organisation_id)
            person = staff_of(tx, actor.organisation_id, person_id)
            if body.assigned:
                new = assign_licence(tx, actor.organisation_id, medium, person.id)
                seats = licence_seats(tx, actor.organisation_id)[medium]
                if new and seats is not None and count_licences(tx, actor.organisation_id)[medium] > seats:
                    raise Forbidden("desk.no_licence_left", seats=seats, medium=medium)
            else:
                take_licence(tx, actor.organisation_id, medium, person.id)
            note(
                tx, actor.organisation_id, actor.party_id, "licence.set", "person", person.id,
                medium=medium, assigned=body.assigned,
            )  # fmt: skip
            return self._changed(tx, actor, [person.id])

        return await self._database.write(store)

    async def set_seats(self, actor: Actor, organisation_id: str, body: payloads.LicenceSeats) -> payloads.LicenceSeats:
        """Say how many people an organisation may license (operator); who had a licence longest keeps it."""
        demand(actor, "organisations.manage")

        def store(tx: Transaction) -> payloads.LicenceSeats:
            if find_organisation(tx, organisation_id) is None:
                raise NotFound("accounts.organisation_not_found")
            lock_organisation(tx, organisation_id)
            before = list_licences(tx, organisation_id)
            for medium in MEDIA:
                set_licence_seats(tx, organisation_id, medium, getattr(body, medium))
            after = list_licences(tx, organisation_id)
            settings_changed(tx, organisation_id, "channels")
            concerned: set[str] = set().union(*(before[one] ^ after[one] for one in MEDIA))
            home_changed(tx, organisation_id, concerned)
            self._reroute(tx, organisation_id, sorted(concerned))
            return payloads.LicenceSeats(**licence_seats(tx, organisation_id))

        return await self._database.write(store)

    async def seats(self, actor: Actor, organisation_id: str) -> payloads.LicenceSeats:
        """Return how many people an organisation may license (operator)."""
        demand(actor, "organisations.manage")

        def read(tx: Transaction) -> payloads.LicenceSeats:
            if find_organisation(tx, organisation_id) is None:
                raise NotFound("accounts.organisation_not_found")
            return payloads.LicenceSeats(**licence_seats(tx, organisation_id))

        return await self._database.read(read)

    async def set_announcement(
        self, actor: Actor, name: str, body: payloads.AnnouncementBody
    ) -> payloads.ChannelSettings:
        """Decide what callers hear at one point (CC-180, CC-181); raises Invalid  no such sound."""
        demand(actor, "desk.configure")
        if name not in ANNOUNCEMENTS:
            raise NotFound("desk.announcement_not_found")
        if body.kind == "own" and body.sound_id is None:
            raise Invalid("desk.sound_needed")

        def store(tx: Transaction) -> payloads.ChannelSettings:
            lock_organisation(tx, actor.organisation_id)
            if body.sound_id is not None and find_sound(tx, actor.organisation_id, body.sound_id) is None:
                raise Invalid("conversations.sound_not_found")
            set_announcement(tx, Announcement(actor.organisation_id, name, body.kind, body.sound_id))
            note(tx, actor.organisation_id, actor.party_id, "announcement.set", "channel", name, kind=body.kind)
            settings_changed(tx, actor.organisation_id, "channels")
            return read_channels(tx, actor.organisation_id)

        try:
            return await self._database.write(store)
        except Clash as clash:
            raise Invalid("conversations.sound_not_found") from clash

    def _changed(self, tx: Transaction, actor: Actor, person_ids: list[str]) -> payloads.ChannelSettings:
        settings_changed(tx, actor.organisation_id, "channels")
        home_changed(tx, actor.organisation_id, person_ids)
        self._reroute(tx, actor.organisation_id, person_ids)
        return read_channels(tx, actor.organisation_id)


def read_channels(tx: Transaction, organisation_id: str) -> payloads.ChannelSettings:
    """Return all channels with users, licences and announcements."""
    users = list_channel_users(tx, organisation_id)
    licences = list_licences(tx, organisation_id)
    assigned, seats = count_licences(tx, organisation_id), licence_seats(tx, organisation_id)
    found = list_people(tx, organisation_id, active_only=True, limit=_MOST_STAFF)
    staff = [person for person, _ in found if person.role != "customer"]
    return payloads.ChannelSettings(
        channels=[
            payloads.ChannelRow(
                channel=name,
                enabled=channel.enabled,
                ask_data=channel.ask_data,
                require_data=channel.require_data,
                record_calls=channel.record_calls,
                tells_agents=channel.tells_agents,
                tells_visitors=channel.tells_visitors,
                user_ids=sorted(users[name]),
                reason=UNAVAILABLE.get(name),
            )
            for name, channel in list_channels(tx, organisation_id).items()
        ],
        staff=[
            payloads.StaffRow(
                person_id=person.id,
                name=person.name,
                avatar_url=avatar_url(person.id, person.avatar_hash),
                licences=[medium for medium in MEDIA if person.id in licences[medium]],
            )
            for person in staff
        ],
        licences=[
            payloads.LicenceRow(medium=medium, seats=seats[medium], assigned=assigned[medium]) for medium in MEDIA
        ],
        announcements=[
            payloads.AnnouncementRow(purpose=one.purpose, kind=one.kind, sound_id=one.sound_id)
            for one in list_announcements(tx, organisation_id).values()
        ],
    )


def _channel(name: str) -> ChannelName:
    if name not in CHANNELS:
        raise NotFound("desk.channel_not_found")
    return name


def _medium(name: str) -> Medium:
    if name not in MEDIA:
        raise NotFound("desk.medium_not_found")
    return name
