"""Makes one WebM file of the tracks of a recording: `python -m rtc.composing.compose PARENT OUT`, in a process of its own.

How it works: the plan comes by standard input, the tracks as open files, so this process opens nothing but its result. It
goes through the recording's time once, at 15 pictures a second: each track is decoded as far as the picture needs, drawn
onto one canvas, and encoded (VP8) if anything changed; the sound is mixed in blocks of 20 ms (Opus). Nothing but the
present moment is in memory. The process gives up its share of processor time, memory and disk first.
Prints one JSON object a line: at_ms, how far it is; at the end: done, or error.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from rtc.child import die_with_parent

WIDTH, HEIGHT = 1280, 720
PER_S = 15
VIDEO_BPS, AUDIO_BPS = 1_200_000, 64_000
MAX_S = 12 * 3600
_MEMORY_BYTES = 2 << 30
_STILL_S = 2  # a picture that does not change is encoded again after so long, so that players can go there
_TELL_MS = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """What to compose: tracks (fd, kind, source, start_ms, end_ms, name) and how long it is."""

    tracks: list[dict[str, Any]]
    duration_ms: int

    @property
    def max_bytes(self) -> int:
        """How large the result may become: twice what its rates say."""
        return (VIDEO_BPS + AUDIO_BPS) // 4 * (self.duration_ms // 1000 + 60)

    @property
    def max_cpu_s(self) -> int:
        """How much processor time may go: many cameras cost more than the time they were there."""
        return 120 + 8 * self.duration_ms // 1000


class Refused(Exception):
    """It cannot be made; the argument says why: "broken", "too_long"."""


def limit(plan: Plan) -> None:
    """Give up what composing never needs."""
    os.nice(19)
    limits = {
        resource.RLIMIT_CPU: plan.max_cpu_s,
        resource.RLIMIT_AS: _MEMORY_BYTES,
        resource.RLIMIT_FSIZE: plan.max_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))


def compose(plan: Plan, target: Path, tell: Callable[[int], None]) -> dict[str, Any]:
    """Make the file; return what it is.

    tell     called with how far it is, in ms of the recording
    raises   Refused
    """
    import av

    if plan.duration_ms > MAX_S * 1000:
        raise Refused("too_long")
    try:
        return _compose(plan, target, tell)
    except av.error.MemoryError as exc:
        raise MemoryError from exc


def _compose(plan: Plan, target: Path, tell: Callable[[int], None]) -> dict[str, Any]:
    import av

    from rtc.composing.pictures import Canvas, PictureTrack
    from rtc.composing.sounds import BLOCK, RATE_HZ, Mixer, SoundTrack

    pictures, sounds = [], []
    for track in plan.tracks:
        file = os.fdopen(int(track["fd"]), "rb")
        start_s, end_s = track["start_ms"] / 1000, track["end_ms"] / 1000
        if track["kind"] == "video":
            is_screen, name = track["source"] == "screen", str(track["name"])
            pictures.append(PictureTrack(file, start_s, end_s, is_screen=is_screen, name=name))
        else:
            sounds.append(SoundTrack(file, start_s, end_s))
    has_pictures, all_sounds, was_drawn = bool(pictures), list(sounds), False
    canvas, mixer = Canvas(WIDTH, HEIGHT), Mixer()
    with av.open(str(target), "w", format="webm") as output:
        video: Any = _add_video(output) if has_pictures else None
        audio: Any = output.add_stream("libopus", rate=RATE_HZ, layout="stereo", options={"application": "audio"})
        audio.bit_rate = AUDIO_BPS
        place = said_ms = 0
        encoded_ms = -1000 * _STILL_S
        for tick in range(max(1, plan.duration_ms * PER_S // 1000)):
            at_s = tick / PER_S
            while place <= at_s * RATE_HZ:
                here = [one for one in sounds if one.start_s * RATE_HZ < place + BLOCK]
                for frame in mixer.mix([one.take(place) for one in here]):
                    output.mux(audio.encode(frame))
                place += BLOCK
                sounds = _end(sounds, place / RATE_HZ)
            # What came since the tick before is drawn at once, and keeps its own time.
            now = [one for one in pictures if one.start_s <= at_s]
            drawn_s = canvas.draw(now, at_s) if has_pictures else None
            was_drawn = was_drawn or drawn_s is not None
            if drawn_s is None and has_pictures and at_s - encoded_ms / 1000 >= _STILL_S:
                drawn_s = at_s
            if drawn_s is not None:
                picture = canvas.picture()
                encoded_ms = max(encoded_ms + 1, round(drawn_s * 1000))
                picture.pts, picture.time_base = encoded_ms, Fraction(1, 1000)
                output.mux(video.encode(picture))
            pictures = _end(pictures, at_s)
            if at_s * 1000 - said_ms >= _TELL_MS:
                said_ms = int(at_s * 1000)
                tell(said_ms)
        for frame in mixer.end():
            output.mux(audio.encode(frame))
        for stream in filter(None, (video, audio)):
            output.mux(stream.encode(None))
    if not was_drawn and not any(one.sounded for one in all_sounds):
        raise Refused("broken")
    size = (WIDTH, HEIGHT) if has_pictures else (None, None)
    return {"width_px": size[0], "height_px": size[1], "peak_bytes": _peak_bytes()}


def _peak_bytes() -> int:
    """Return the most memory this process had; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def _add_video(output: Any) -> Any:
    video = output.add_stream("libvpx", rate=PER_S)
    video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    video.time_base = video.codec_context.time_base = Fraction(1, 1000)
    video.bit_rate = VIDEO_BPS
    video.codec_context.gop_size = 5 * PER_S
    video.codec_context.thread_count = 1
    video.options = {"deadline": "realtime", "cpu-used": "6", "lag-in-frames": "0", "auto-alt-ref": "0"}
    return video


def _end(tracks: list[Any], at_s: float) -> list[Any]:
    """Close what is over, so that as many files are decoded as people are there; return the others."""
    for track in tracks:
        if track.end_s <= at_s:
            track.close()
    return [track for track in tracks if track.end_s > at_s]


def main() -> None:
    """Run as a child of the application: arguments are its process id and the file to make."""
    parent, target = sys.argv[1:]
    die_with_parent(int(parent))
    plan = Plan(**json.loads(sys.stdin.read()))
    limit(plan)

    def say(outcome: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(outcome) + "\n")
        sys.stdout.flush()

    try:
        say({"done": compose(plan, Path(target), lambda at_ms: say({"at_ms": at_ms}))})
    except Refused as refused:
        say({"error": str(refused)})
    except MemoryError:
        say({"error": "memory"})
    except OSError as error:
        say({"error": {errno.ENOSPC: "disk_full", errno.EFBIG: "too_large"}.get(error.errno or 0, "broken")})


if __name__ == "__main__":
    main()
