"""What keeps the sockets of this process and the parts below them in step, made together."""

from dataclasses import dataclass

from conversations.boards.parts import Boards
from conversations.calls.parts import Calls
from core.clock import Clock
from core.settings import Settings
from core.supervise import Supervisor
from desk.visits.parts import Visits
from signaling.attendance import Attendance
from signaling.boards import BoardHub
from signaling.connections import Connections
from signaling.delivery import Delivery
from signaling.lobby import LobbyKeeper
from signaling.looking import Looking
from signaling.media_events import MediaEvents
from signaling.presence import NodeKeeper, Presence, SeatKeeper
from signaling.relay import Relay
from signaling.seats import Seats
from storage.engine.database import Database
from storage.engine.hearing import Hearing


@dataclass(frozen=True, slots=True)
class Sockets:
    """Who is there, who sits where, and how events reach them."""

    attendance: Attendance
    presence: Presence
    seats: Seats
    seat_keeper: SeatKeeper
    looking: Looking
    board_hub: BoardHub
    delivery: Delivery
    media_events: MediaEvents
    nodes: NodeKeeper


def make_sockets(
    settings: Settings,
    clock: Clock,
    database: Database,
    supervisor: Supervisor,
    connections: Connections,
    relay: Relay,
    hearing: Hearing,
    calls: Calls,
    boards: Boards,
    visits: Visits,
) -> Sockets:
    """Make them. hearing: told of each stored event after it was sent here."""
    node_id = relay.node_id
    presence = Presence(database, settings, supervisor, relay, node_id, visits.offering, visits.upkeep)
    keeper = SeatKeeper(settings, supervisor, connections, calls.conferences, node_id)
    lobby = LobbyKeeper(settings, supervisor, connections, calls.lobby, node_id)
    looking = Looking(visits.visits, connections, relay)
    hub = BoardHub(database, boards.changes, boards.versions, connections, relay, supervisor)
    delivery = Delivery(database, clock, connections, hearing)
    return Sockets(
        attendance=Attendance(calls.conferences, presence, lobby, keeper, hub, looking),
        presence=presence,
        seats=Seats(connections, relay),
        seat_keeper=keeper,
        looking=looking,
        board_hub=hub,
        delivery=delivery,
        media_events=MediaEvents(
            relay, calls.media, calls.conferences, calls.recordings, calls.announcements, calls.quality, supervisor
        ),
        nodes=NodeKeeper(
            database, presence, calls.conferences, calls.media, calls.lobby, node_id, upkeep=delivery.trim
        ),
    )
