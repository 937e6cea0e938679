"""Calls in the server."""

from accounts.lost_rights import Ender, Loss
from conversations.boards.parts import Boards
from conversations.calls import frame_payloads, pointing_payloads, socket_payloads
from conversations.calls.endings import call_lost, door_lost
from conversations.calls.guests import payloads as guest_payloads
from conversations.calls.guests.links import EXPIRED_LINK
from conversations.calls.parts import Calls, make_calls
from conversations.calls.recordings.compositions import COMPOSE_JOB
from conversations.calls.recordings.files import CLEAR_RECORDING
from conversations.calls.seats import RING_JOB
from conversations.parts import Conversations
from server.domain import Domain, Hears, Made
from server.ground import Ground
from server.parts.media import Media
from signaling.commands.calls import CallCommands, call_rows
from signaling.commands.row import Row
from signaling.parts import Sockets
from storage.calls.recordings import POST_RECORDING
from storage.engine.job_kinds import JobKind
from web.api.calls.conferences import conference_routes
from web.api.calls.frames import frame_routes
from web.api.calls.guests import guest_routes
from web.api.calls.line_tests import line_test_routes
from web.api.calls.moderation import moderation_routes
from web.api.calls.sounds import sound_routes
from web.pages import ID
from web.route import Route


def _make(ground: Ground, made: Made) -> Calls:
    relay, media = ground.relay, made[Media]
    return make_calls(
        ground.settings,
        ground.clock,
        ground.database,
        ground.supervisor,
        ground.blobs,
        relay,
        ground.channel,
        relay.node_id,
        made[Conversations].posting,
        made[Boards].pictures,
        media.media,
        media.sounds,
        media.whispering,
        ground.outsiders,
        ground.wake,
    )


def _routes(ground: Ground, made: Made) -> list[Route]:
    calls = made[Calls]
    return [
        *conference_routes(ground.settings, calls.conferences, calls.recordings, calls.doors, calls.quality),
        *moderation_routes(calls.moderation),
        *guest_routes(calls.guest_links, calls.lobby),
        *frame_routes(calls.frames, calls.given_frames),
        *sound_routes(calls.sounds, calls.announcements),
        *line_test_routes(calls.line_tests),
    ]


def _commands(ground: Ground, made: Made) -> dict[str, Row]:
    calls, sockets = made[Calls], made[Sockets]
    return call_rows(
        CallCommands(
            ground.clock,
            calls.conferences,
            calls.moderation,
            calls.media,
            ground.connections,
            ground.relay,
            sockets.seats,
            sockets.seat_keeper,
        )
    )


def _jobs(made: Made) -> list[JobKind]:
    calls = made[Calls]
    return [
        JobKind(RING_JOB, "deadlines", calls.conferences.run_ring_job),
        JobKind(EXPIRED_LINK, "deadlines", calls.guest_links.run_expired),
        JobKind(COMPOSE_JOB, "media", calls.compositions.run),
        JobKind(POST_RECORDING, "media", calls.recording_files.run_post),
        JobKind(CLEAR_RECORDING, "media", calls.recording_files.run_clear),
    ]


def _hears(made: Made) -> list[Hears]:
    seats, endings = made[Sockets].seats, made[Calls].endings
    return [
        Hears("participant:left", seats.participant_left, everywhere=True),
        Hears("participant:left", endings.participant_left, everywhere=True),
        Hears("conference:ended", seats.conference_ended, everywhere=True),
        Hears("conference:ended", endings.conference_ended, everywhere=True),
        Hears("recording:stopped", endings.recording_stopped, everywhere=True),
    ]


def _ends(made: Made) -> list[Ender]:
    calls = made[Calls]
    return [*calls.endings.enders, *calls.line_tests.enders, *calls.compositions.enders]


DOMAIN = Domain(
    Calls,
    _make,
    routes=_routes,
    commands=_commands,
    pages=(f"/conference/{ID}", "/guest", "/help/(conference|connection)"),
    payloads=(socket_payloads, guest_payloads, frame_payloads, pointing_payloads),
    jobs=_jobs,
    hears=_hears,
    losses=(Loss("conference:changed", call_lost), Loss("guest:changed", door_lost)),
    ends=_ends,
)
