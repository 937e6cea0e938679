"""What every domain stands on: settings, clock, store, sockets, the media engine, and the way out."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.credentials import Credentials
from accounts.passwords import Passwords
from conversations.messages.outsiders import OutsideAccess
from core.catalogue import Catalogue
from core.clock import Clock
from core.settings import Settings
from core.supervise import Supervisor
from files.pictures import Pictures
from outward.pages import Fetch
from rtc.channel.media_channel import MediaChannel
from signaling.connections import Connections
from signaling.edge import AddressOf
from signaling.relay import Relay
from storage.disk.blobs import Blobs
from storage.engine.database import Database
from storage.engine.hearing import Hearing


@dataclass(frozen=True, slots=True)
class Ground:
    """One process's own; made before any domain.

    channel      this process's media engine
    blobs        where the bytes of files, and versions of boards, are
    pictures     draws the pictures that people give, few at a time
    fetch        gets pages that others linked
    outsiders    says what people may do in conversations they are no members of
    address_of   the client's address of a request
    everywhere   told of each stored event after it was sent here, wherever it was stored
    wake         look for due jobs of a kind now
    """

    settings: Settings
    clock: Clock
    database: Database
    catalogue: Catalogue
    supervisor: Supervisor
    blobs: Blobs
    pictures: Pictures
    channel: MediaChannel
    connections: Connections
    relay: Relay
    credentials: Credentials
    passwords: Passwords
    fetch: Fetch
    outsiders: OutsideAccess
    address_of: AddressOf
    everywhere: Hearing
    wake: Callable[[str], None]
