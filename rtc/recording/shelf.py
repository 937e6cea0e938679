"""The thread that writes a recording: packets from a bounded queue into one file per track, and the index beside them.

How it works: the packet path only appends to the queue. The thread looks ten times a second, lets each track's tape make
bytes of what came, and appends them; a file is playable after every append. The index is replaced as a whole whenever
a track is added, and every few seconds. Any error ends the recording, with a name, and nothing else.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from core.clock import Clock
from rtc.channel.tracks import Source
from rtc.kernel.history import Kept
from rtc.kernel.tape import Tape
from rtc.kernel.timeline import PublisherClock
from rtc.wire.webm import Patch

log = logging.getLogger("centrala.rtc")

INDEX = "index.json"
QUEUE_PACKETS = 8192
_LOOK_S = 0.1
_INDEX_NS = 3_000_000_000
_SPACE_NS = 1_000_000_000
# Below this the disk is left to the database and to uploads.
MIN_FREE_BYTES = 128 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Label(NamedTuple):
    """Whose track a tape is."""

    participant_id: str
    source: Source
    codec: str
    clock_hz: int


class Began(NamedTuple):
    """A stream of a track begins. clock_id: streams of the same publisher share a clock."""

    label: Label
    stream_id: int
    clock_id: str
    now_ns: int


class Heard(NamedTuple):
    """A packet of a track's newest stream."""

    label: Label
    stream_id: int
    kept: Kept
    now_ns: int


class Reported(NamedTuple):
    """A sender report of a track's newest stream."""

    label: Label
    stream_id: int
    ticks: int
    ntp: int
    now_ns: int


Item = Began | Heard | Reported


@dataclass(frozen=True, slots=True)
class Ended:
    """The recording is over. reason: as in rtc.channel.events.RecordingChanged."""

    reason: str


class _File:
    def __init__(self, label: Label, stem: str) -> None:
        self.label = label
        self.stem = stem
        self.name = ""
        self.tape = Tape(label.codec, label.clock_hz)
        self.stream_id = -1
        self.fd = -1

    def append(self, folder: Path) -> None:
        for data in self.tape.out:
            if self.fd < 0:
                form = self.tape.summary.form
                assert form is not None
                self.name = f"{self.stem}.{form.suffix}"
                self.fd = os.open(folder / self.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
            _write(self.fd, data)
        self.tape.out.clear()

    def close(self, patches: list[Patch]) -> None:
        if self.fd < 0:
            return
        try:
            for patch in patches:
                os.pwrite(self.fd, patch.data, patch.at)
            os.fsync(self.fd)
        finally:
            os.close(self.fd)
            self.fd = -1


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class Shelf:
    """Writes one recording into a folder.

    on_ended      called in the thread, once, with how it ended
    on_broken     called in the thread with the label of a track whose picture needs a keyframe
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        on_ended: Callable[[Ended], None],
        on_broken: Callable[[Label], None],
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._on_ended = on_ended
        self._on_broken = on_broken
        self._queue: deque[Item] = deque()
        self._wake = threading.Event()
        self._stop_reason: str | None = None
        self._files: dict[Label, _File] = {}
        self._clocks: dict[str, PublisherClock] = {}
        self._began_at_ns = clock.monotonic_ns()
        self._began_at_ms = clock.utc_ms()
        self._index_at_ns = self._space_at_ns = 0
        self._index_due = True
        self._thread = threading.Thread(target=self._run, name=f"recording {folder.parent.name}")

    def start(self) -> None:
        """Make the folder and start the thread.

        raises   OSError  it cannot be made
        """
        self._folder.mkdir(parents=True)
        self._write_index(None)
        self._thread.start()

    def put(self, item: Item) -> bool:
        """Hand something to the thread; False when the queue is full, which holds for packets alone."""
        if len(self._queue) >= QUEUE_PACKETS and isinstance(item, Heard):
            return False
        self._queue.append(item)
        return True

    def stop(self, reason: str) -> None:
        """Let the thread write what is there and end; returns at once."""
        if self._stop_reason is None:
            self._stop_reason = reason
        self._wake.set()

    # In the thread

    def _run(self) -> None:
        reason = ""
        try:
            while self._stop_reason is None:
                self._wake.wait(_LOOK_S)
                self._look()
            reason = self._stop_reason
            self._look()
        except OSError as exc:
            reason = _name_error(exc)
            log.warning("recording in %s stops: %s", self._folder, exc)
        except Exception:
            reason = "failed"
            log.exception("recording in %s stops", self._folder)
        try:
            self._finish(reason)
        except Exception:
            log.exception("recording in %s could not be finished", self._folder)
        self._queue.clear()
        self._on_ended(Ended(reason))

    def _look(self) -> None:
        while self._queue:
            self._take(self._queue.popleft())
        now_ns = self._clock.monotonic_ns()
        for file in self._files.values():
            file.tape.tick(now_ns)
            fresh = not file.name
            file.append(self._folder)
            self._index_due = self._index_due or (fresh and bool(file.name))
            if file.tape.wants_keyframe:
                self._on_broken(file.label)
        if now_ns - self._space_at_ns >= _SPACE_NS:
            self._space_at_ns = now_ns
            space = os.statvfs(self._folder)
            if space.f_bavail * space.f_frsize < MIN_FREE_BYTES:
                raise OSError(errno.ENOSPC, "too little space is left")
        if self._index_due or now_ns - self._index_at_ns >= _INDEX_NS:
            self._index_due, self._index_at_ns = False, now_ns
            self._write_index(None)

    def _take(self, item: Item) -> None:
        file = self._files.get(item.label)
        if isinstance(item, Began):
            if file is None:
                file = self._files[item.label] = _File(item.label, f"{len(self._files) + 1:03d}-{item.label.source}")
            clock = self._clocks.setdefault(item.clock_id, PublisherClock())
            file.tape.begin(item.stream_id, clock, item.now_ns)
            file.stream_id = item.stream_id
        elif file is None or file.stream_id != item.stream_id:
            return
        elif isinstance(item, Heard):
            number, first, marker, ticks, payload = item.kept[:5]
            file.tape.take(number, first, marker, ticks, payload, item.now_ns)
        else:
            file.tape.report(item.ticks, item.ntp, item.now_ns)

    def _finish(self, reason: str) -> None:
        for file in self._files.values():
            patches = file.tape.finish()
            try:
                file.append(self._folder)
            except OSError as exc:
                log.warning("the end of %s is not written: %s", file.name or file.stem, exc)
                patches = []  # they speak of what is not there
            with contextlib.suppress(OSError):
                file.close(patches)
        with contextlib.suppress(OSError):
            self._write_index(reason)

    def _write_index(self, ended: str | None) -> None:
        tracks = [self._describe(file) for file in self._files.values() if file.name]
        index = {
            "version": 1,
            "started_at_ms": self._began_at_ms,
            "duration_ms": (self._clock.monotonic_ns() - self._began_at_ns) // 1_000_000,
            "ended": ended,
            "tracks": tracks,
        }
        path = self._folder / INDEX
        temporary = path.with_suffix(".new")
        try:
            temporary.write_text(json.dumps(index))
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    def _describe(self, file: _File) -> dict[str, Any]:
        summary, label = file.tape.summary, file.label
        form = summary.form
        assert form is not None
        began = self._began_at_ns
        return {
            "file": file.name,
            "participant_id": label.participant_id,
            "source": label.source,
            "kind": "audio" if form.width == 0 else "video",
            "codec": label.codec,
            "width": form.width,
            "height": form.height,
            "start_ns": summary.start_ns - began,
            "end_ns": summary.end_ns - began,
            "frames": summary.frames,
            "lost_packets": summary.lost_packets,
            "lost_ns": summary.lost_ns,
            "joins_ns": [at_ns - began for at_ns in summary.joins_ns],
            "gaps": [
                {**asdict(gap), "from_ns": gap.from_ns - began, "to_ns": gap.to_ns - began} for gap in summary.gaps
            ],
        }


def _name_error(exc: OSError) -> str:
    if exc.errno in _FULL:
        return "disk_full"
    return "folder_missing" if exc.errno in (errno.ENOENT, errno.ENOTDIR) else "write_failed"
