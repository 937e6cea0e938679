"""What is left of a call's quality when it is over: per person and direction, for the list of calls.

How it works: the process that carries a call's media hears every two seconds how each line did, adds it up in memory, and
stores its sums each half minute and when somebody goes, under its own name. So nothing is read before it is written, a
killed process costs half a minute, and a call that moved to another process has the sums of both.
"""

from dataclasses import asdict, dataclass, field

from accounts.rights import Actor, demand
from conversations.calls import payloads
from conversations.calls.access import member_conference
from conversations.calls.media import ConferenceMedia
from conversations.calls.standard_ids import parse_viewer_id
from conversations.messages.payloads import Author
from conversations.messages.views import party_author
from core.clock import Clock
from core.supervise import Supervisor
from rtc.channel.events import LOOK_NS, LineQuality, QualitySeen
from storage.accounts.people import find_party
from storage.calls.call_quality import LINE_DIRECTIONS, LineDirection, LineTotals, keep_line_totals, list_line_totals
from storage.calls.conferences import list_participants
from storage.engine.database import Database, Transaction

KEEP_EVERY_NS = 30_000_000_000
_MOST_HEIGHTS = 8


@dataclass
class Totals:
    """Sums over looks at one line; a mean is a sum by its count.

    ms              how long the line was seen
    scored          looks that gave a score, 1..4.4: the worse one of sound and picture
    loss_sum        of shares, 0..1
    tripped         looks that gave a round trip
    over_tcp        looks at a line over TCP, the others were over UDP
    heights         of pictures that went, at most as many as there are layers and screens
    """

    ms: int = 0
    looks: int = 0
    scored: int = 0
    score_sum: float = 0.0
    worst_score: float = 5.0
    loss_sum: float = 0.0
    worst_loss: float = 0.0
    jitter_ms_sum: float = 0.0
    tripped: int = 0
    rtt_ms_sum: float = 0.0
    rate_bps_sum: int = 0
    over_tcp: int = 0
    codec: str = ""
    heights: list[int] = field(default_factory=list)

    def note(self, line: LineQuality) -> None:
        """Add one look."""
        self.ms += LOOK_NS // 1_000_000
        self.looks += 1
        scores = [score for score in (line.sound, line.picture) if score is not None]
        if scores:
            self.scored += 1
            self.score_sum += min(scores)
            self.worst_score = min(self.worst_score, *scores)
        self.loss_sum += line.loss
        self.worst_loss = max(self.worst_loss, line.loss)
        self.jitter_ms_sum += line.jitter_ms
        if line.rtt_ms is not None:
            self.tripped += 1
            self.rtt_ms_sum += line.rtt_ms
        self.rate_bps_sum += line.rate_bps
        self.over_tcp += line.route == "tcp"
        self.codec = line.codec or self.codec
        self._note_heights(line.heights)

    def add(self, other: "Totals") -> None:
        """Add what another seat or process saw."""
        worst, longest = min(self.worst_score, other.worst_score), max(self.worst_loss, other.worst_loss)
        for name in (
            "ms", "looks", "scored", "score_sum", "loss_sum", "jitter_ms_sum", "tripped", "rtt_ms_sum", "rate_bps_sum",
            "over_tcp",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.worst_score, self.worst_loss = worst, longest
        self.codec = other.codec or self.codec
        self._note_heights(other.heights)

    def _note_heights(self, heights: list[int]) -> None:
        self.heights = sorted({*self.heights, *heights})[-_MOST_HEIGHTS:]

    def describe(self, author: Author, direction: LineDirection) -> payloads.LineSummary:
        """Tell the means."""
        return payloads.LineSummary(
            person=author,
            direction=direction,
            duration_ms=self.ms,
            score=round(self.score_sum / self.scored, 2) if self.scored else None,
            worst_score=round(self.worst_score, 2) if self.scored else None,
            loss=round(self.loss_sum / self.looks, 4),
            worst_loss=round(self.worst_loss, 4),
            jitter_ms=round(self.jitter_ms_sum / self.looks, 1),
            rtt_ms=round(self.rtt_ms_sum / self.tripped, 1) if self.tripped else None,
            rate_bps=self.rate_bps_sum // self.looks,
            route="udp" if not self.over_tcp else "tcp" if self.over_tcp == self.looks else "mixed",
            codec=self.codec,
            heights=self.heights,
        )


@dataclass
class _Watched:
    organisation_id: str
    kept_at_ns: int
    lines: dict[tuple[str, LineDirection], Totals] = field(default_factory=dict)
    present: frozenset[tuple[str, LineDirection]] = frozenset()


class CallQuality:
    """Sums up what the engine of this process tells, and tells members of the conversation afterwards."""

    def __init__(
        self, database: Database, media: ConferenceMedia, supervisor: Supervisor, clock: Clock, node_id: str
    ) -> None:
        self._database = database
        self._media = media
        self._supervisor = supervisor
        self._clock = clock
        self._node_id = node_id
        self._watched: dict[str, _Watched] = {}

    def note(self, event: QualitySeen) -> None:
        """Add one look at a call's lines; store the sums when it is time. Called in the event loop."""
        now_ns = self._clock.monotonic_ns()
        room = self._media.rooms.get(event.room_id)
        watched = self._watched.get(event.room_id)
        if watched is None:
            if room is None or not event.lines:
                return
            watched = self._watched[event.room_id] = _Watched(room.organisation_id, now_ns)
        # A viewer without a seat (WHEP) is nobody in the call.
        lines = [line for line in event.lines if parse_viewer_id(line.participant_id) is None]
        for line in lines:
            watched.lines.setdefault((line.participant_id, line.direction), Totals()).note(line)
        present = frozenset((line.participant_id, line.direction) for line in lines)
        gone, watched.present = watched.present - present, present
        if not (gone or not event.lines or now_ns - watched.kept_at_ns >= KEEP_EVERY_NS):
            return
        watched.kept_at_ns = now_ns
        kept = [
            LineTotals(watched.organisation_id, event.room_id, *key, self._node_id, asdict(totals))
            for key, totals in watched.lines.items()
        ]
        if not event.lines and room is None:
            del self._watched[event.room_id]
        if kept:
            self._supervisor.start("quality of a call", self._keep(event.room_id, kept))

    async def _keep(self, conference_id: str, kept: list[LineTotals]) -> None:
        def store(tx: Transaction) -> None:
            seats = {one.id for one in list_participants(tx, [conference_id], present_only=False)}
            for one in kept:
                if one.participant_id in seats:
                    keep_line_totals(tx, one)

        await self._database.write(store)

    async def read(self, actor: Actor, conference_id: str) -> payloads.CallQuality:
        """Return how good everybody's lines were in a call of one of the actor's conversations, so far or in all.

        raises   NotFound
        """
        demand(actor, "conferences.see")

        def load(tx: Transaction) -> payloads.CallQuality:
            conference = member_conference(tx, actor, conference_id)
            owners = {one.id: one.person_id for one in list_participants(tx, [conference.id], present_only=False)}
            summed: dict[tuple[str, LineDirection], Totals] = {
                (owner, direction): Totals() for owner in owners.values() for direction in LINE_DIRECTIONS
            }
            for one in list_line_totals(tx, conference.id):
                summed[owners[one.participant_id], one.direction].add(Totals(**one.totals))
            items = []
            for (owner, direction), totals in summed.items():
                party = find_party(tx, actor.organisation_id, owner)
                if totals.looks and party is not None:
                    items.append(totals.describe(party_author(party), direction))
            return payloads.CallQuality(items=items)

        return await self._database.read(load)
