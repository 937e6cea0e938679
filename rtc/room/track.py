"""One published track: its layers, who may have it, and which of its layers the sender is to send."""

from __future__ import annotations

from typing import Protocol

from rtc.channel.tracks import Kind, Source
from rtc.kernel.simulcast import (
    ALIVE_NS,
    AWAIT_NS,
    MAX_RETELL_NS,
    PAUSE_AFTER_NS,
    RETELL_NS,
    LayerState,
    find_needed,
)
from rtc.room.feed import Watcher
from rtc.room.layer import Layer


class Publisher(Protocol):
    """A publish transport, as its tracks know it."""

    transport_id: str
    state: str

    def ask_keyframe(self, layer: Layer, now_ns: int) -> None:
        """Send the keyframe request that is wanted, if its time has come."""
        ...

    def release(self, track: Track) -> None:
        """Give a track away to another publish transport of the same participant."""
        ...


class Track:
    """A participant's microphone, camera, screen or screen sound.

    How it works: a simulcast camera has up to three layers, everything else one. The track outlives its publish transport
    when the publisher comes back with the same source and codec. Ten times a second it looks which layers come, lets the
    lines choose again when that changed, and tells the sender which layers are needed.

    layers     low to high
    lines      the viewers' lines that carry it
    audience   the participants it is for; None: everybody
    discreet   it is offered to those alone
    held_back  nobody gets it at the moment, but who pinned it: the room is crowded
    descriptor_id  header extension of its dependency descriptors; 0: it has none, or they are of no use
    """

    def __init__(self, participant_id: str, source: Source, kind: Kind, codec: str) -> None:
        self.participant_id = participant_id
        self.source: Source = source
        self.kind: Kind = kind
        self.codec = codec
        self.clock_hz = 48000 if kind == "audio" else 90000
        self.publisher: Publisher | None = None
        self.mid = ""
        self.asks_nack = False
        self.asks_pli = False
        self.asks_fir = False
        self.descriptor_id = 0
        self.layers = [Layer(self, "")]
        self.lines: list[Watcher] = []
        self.audience: frozenset[str] | None = None
        self.discreet = False
        self.held_back = False
        self.layers_changed = False
        self._told: list[str] | None = None
        self._told_at_ns = 0
        self._retell_ns = RETELL_NS
        self._unneeded_since_ns: dict[str, int] = {}
        self._awaited_since_ns: dict[str, int] = {}

    def is_for(self, participant_id: str) -> bool:
        """Tell whether a participant may have it."""
        return self.audience is None or participant_id in self.audience

    def hold_back(self, held_back: bool, now_ns: int) -> None:
        """Stop sending it to everybody, or send it again."""
        if held_back != self.held_back:
            self.held_back = held_back
            for line in self.lines[:]:
                line.aim(now_ns)

    def shape(self, rids: list[str]) -> list[Layer]:
        """Have these layers, low to high, from now on; return those that are no more."""
        before = {layer.rid: layer for layer in self.layers}
        if sorted(before) == sorted(rids):
            return []
        self.layers = [before.pop(rid) if rid in before else Layer(self, rid) for rid in rids]
        self.layers_changed = True
        return list(before.values())

    def find_layer(self, rid: str) -> Layer | None:
        """Find a layer by its name; without a name only the one of a track that has no other."""
        if not rid:
            return self.layers[0] if len(self.layers) == 1 else None
        return next((layer for layer in self.layers if layer.rid == rid), None)

    def sort_layers(self) -> None:
        """Put the layers in the order of their heights, once all come and differ."""
        heights = {layer.height for layer in self.layers if layer.alive}
        if len(heights) == len(self.layers):
            self.layers.sort(key=lambda layer: layer.height)

    def states(self) -> list[LayerState]:
        """Return what the choice of a layer needs to know; heights of the past are left out, they may be another camera's."""
        present = any(layer.alive and layer.height for layer in self.layers)
        return [LayerState(layer.height if layer.alive or not present else 0, layer.alive) for layer in self.layers]

    # Ten times a second

    def tend(self, now_ns: int) -> None:
        """See which layers come; let the lines choose again; ask again for keyframes that are waited for."""
        for layer in self.layers:
            if layer.alive and now_ns - layer.line.last_at_ns > ALIVE_NS:
                layer.alive = False
                layer.see_each()
                self.layers_changed = True
        if self.layers_changed:
            self.layers_changed = False
            for line in self.lines:
                line.aim(now_ns)
        for layer in self.layers:
            if layer.waiting and layer.alive:
                layer.keyframes.ask()

    def find_needed(self, now_ns: int) -> list[str] | None:
        """Return the names of the layers the sender is to send when it has to be told, or told again; None otherwise."""
        # The lowest is always sent, so of one layer nobody needs to be asked.
        targets = {line.target for line in self.lines} if len(self.layers) > 1 else set()
        for place in range(len(self.layers) - 1, 0, -1):
            layer = self.layers[place]
            if place not in targets or layer.alive:
                self._awaited_since_ns.pop(layer.rid, None)
            elif now_ns - self._awaited_since_ns.setdefault(layer.rid, now_ns) > AWAIT_NS:
                targets.add(place - 1)  # the sender's line has no room for it: better the next one than the lowest
        needed = find_needed(targets, len(self.layers))
        wanted: list[str] = []
        for place, layer in enumerate(self.layers):
            if place in needed:
                self._unneeded_since_ns.pop(layer.rid, None)
            elif now_ns - self._unneeded_since_ns.setdefault(layer.rid, now_ns) >= PAUSE_AFTER_NS or layer.paused:
                continue
            wanted.append(layer.rid)
        if wanted != self._told:
            self._retell_ns = RETELL_NS
        else:
            # A camera that is off looks the same as a message that was lost, so it is told ever more seldom.
            wrong = any(layer.alive != (layer.rid in wanted) for layer in self.layers)
            if not wrong or now_ns - self._told_at_ns < self._retell_ns:
                return None
            self._retell_ns = min(2 * self._retell_ns, MAX_RETELL_NS)
        self._told, self._told_at_ns = wanted, now_ns
        for layer in self.layers:
            layer.paused = layer.rid not in wanted
        return wanted

    def forget_told(self, *, fresh: bool) -> None:
        """The sender's lines were made anew. fresh: by another sender, which sends everything; else it is told again."""
        self._told = [layer.rid for layer in self.layers] if fresh else None
        self._unneeded_since_ns.clear()
        if fresh:
            for layer in self.layers:
                layer.paused = False
