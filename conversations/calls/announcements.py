"""What the server itself says and hears in a conference: greetings, hold music, voicemail.

How it works: what plays is a row, so that a conference whose media moves to another worker goes on hearing it at its place;
the row goes when the sound has ended. Rights are the door's business: `play` and `stop` are for people, the functions
without an actor for the queue and the exchange. Everything reaches the engine wherever the conference is carried.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from accounts.rights import Actor, demand
from conversations.calls import sound_payloads as payloads
from conversations.calls.access import moderated_conference
from conversations.calls.media import ConferenceMedia
from core.errors import Conflict, NotFound, Refusal
from core.ids import new_id
from rtc.channel.events import DigitPressed, ListenerEnded
from rtc.channel.requests import StartListener, StartPlayer, StopListener, StopPlayer
from storage.calls.conferences import Conference, find_conference, list_participants
from storage.calls.sounds import Player, Sound, add_player, end_player, end_players, find_sound, list_players
from storage.engine.database import Database, Transaction

log = logging.getLogger("centrala.media")


class Announcements:
    """Players and listeners of conferences.

    folder   where this process's media workers put what they hear
    """

    def __init__(self, database: Database, media: ConferenceMedia, folder: Path) -> None:
        self._database = database
        self._media = media
        self._folder = folder
        self._on_heard: list[Callable[[ListenerEnded, Path | None], None]] = []
        self._on_digit: list[Callable[[DigitPressed], None]] = []

    # -- what people ask --------------------------------------------------------------------------

    async def play(self, actor: Actor, conference_id: str, body: payloads.PlayBody) -> payloads.Player:
        """Let a conference, or one person in it, hear a sound in place of whatever plays there.

        raises   NotFound, Forbidden, Conflict  it has ended
        """
        demand(actor, "conferences.moderate")

        def look(tx: Transaction) -> Conference:
            return moderated_conference(tx, actor, conference_id, "conversations.not_yours_to_play")

        conference = await self._database.read(look)
        await self.silence(conference.organisation_id, conference_id)
        player, sound = await self.start(
            conference.organisation_id,
            conference_id,
            actor.party_id,
            body.sound_id,
            loop=body.loop,
            to=body.to,
            position_ms=body.position_ms,
        )
        return payloads.Player(id=player.id, sound_id=sound.id, name=sound.name, loop=player.loop, to=player.audience)

    async def stop(self, actor: Actor, conference_id: str) -> None:
        """End what plays in a conference; doing so twice is as good as once.

        raises   NotFound, Forbidden
        """
        demand(actor, "conferences.moderate")
        conference = await self._database.read(
            lambda tx: moderated_conference(tx, actor, conference_id, "conversations.not_yours_to_play")
        )
        await self.silence(conference.organisation_id, conference_id)

    # -- what the queue and the exchange do -----------------------------------------------------------

    async def start(
        self,
        organisation_id: str,
        conference_id: str,
        author_id: str,
        sound_id: str,
        *,
        loop: bool = False,
        to: str | None = None,
        position_ms: int = 0,
        shared: str = "",
    ) -> tuple[Player, Sound]:
        """Play a sound beside whatever plays.

        to       a participant; None: everybody
        shared   conferences that name the same timeline hear the same from where it is by now

        raises   NotFound  no such sound or participant; Conflict  the conference has ended
        """

        def store(tx: Transaction) -> tuple[Player, Sound]:
            conference = find_conference(tx, organisation_id, conference_id)
            if conference is None or conference.state != "running":
                raise Conflict("conversations.conference_ended")
            sound = find_sound(tx, organisation_id, sound_id)
            if sound is None:
                raise NotFound("conversations.sound_not_found")
            present = {one.id for one in list_participants(tx, [conference_id], present_only=True)}
            if to is not None and to not in present:
                raise NotFound("conversations.participant_not_found")
            player = Player(
                id=new_id(),
                organisation_id=organisation_id,
                conference_id=conference_id,
                sound_id=sound_id,
                started_by=author_id,
                loop=loop,
                audience=to,
                shared=shared,
                began_at_ms=tx.now_ms - position_ms,
            )
            add_player(tx, player)
            return player, sound

        player, sound = await self._database.write(store)
        request = StartPlayer(
            conference_id, player.id, sound.digest, loop, position_ms, None if to is None else [to], shared
        )
        try:
            await self._media.request(organisation_id, request)
        except Refusal:
            await self.player_ended(player.id)
            raise
        return player, sound

    async def silence(self, organisation_id: str, conference_id: str, player_id: str | None = None) -> None:
        """End one player of a conference, or all."""

        def store(tx: Transaction) -> list[str]:
            there = [player.id for player, _ in list_players(tx, conference_id)]
            if player_id is None:
                end_players(tx, conference_id)
                return there
            end_player(tx, player_id)
            return [one for one in there if one == player_id]

        for one in await self._database.write(store):
            await self._media.request(organisation_id, StopPlayer(conference_id, one))

    async def listen(
        self, organisation_id: str, conference_id: str, participant_id: str, *, limit_ms: int, silence_ms: int = 0
    ) -> str:
        """Take down what a participant says; return the id of the listener, by which on_heard tells the outcome."""
        listener_id = new_id()
        request = StartListener(conference_id, listener_id, participant_id, limit_ms, silence_ms)
        await self._media.request(organisation_id, request)
        return listener_id

    async def stop_listening(self, organisation_id: str, conference_id: str, listener_id: str) -> None:
        """End a listener; on_heard follows."""
        await self._media.request(organisation_id, StopListener(conference_id, listener_id))

    def on_heard(self, handler: Callable[[ListenerEnded, Path | None], None]) -> None:
        """Call the handler with what a listener carried here has heard, and where the file is, if there is one."""
        self._on_heard.append(handler)

    def on_digit(self, handler: Callable[[DigitPressed], None]) -> None:
        """Call the handler for every key that is pressed in a conference carried here."""
        self._on_digit.append(handler)

    # -- what the engine tells ---------------------------------------------------------------------------

    async def player_ended(self, player_id: str) -> None:
        """A sound came to its end."""
        await self._database.write(lambda tx: end_player(tx, player_id))

    def heard(self, event: ListenerEnded) -> None:
        """A listener has closed its file."""
        for handler in self._on_heard:
            handler(event, self._folder / event.file if event.file else None)

    def pressed(self, event: DigitPressed) -> None:
        """Somebody pressed a key."""
        for handler in self._on_digit:
            handler(event)
