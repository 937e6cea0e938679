"""One file of all tracks of a recording: who stands where, sound with picture, little memory, and what ends it."""

import contextlib
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from rtc.composing.compose_in_child import Composed, TrackFile, compose
from rtc.composing.layout import MOST_CAMERAS, Box, fit, lay_out
from rtc.composing.names import make_plate
from tests.rtc.flash_and_beep import find_beeps, find_flashes, write_track

pytestmark = pytest.mark.feature("BEY-009")


def test_everybody_stands_inside_and_nobody_on_another() -> None:
    for screens in range(4):
        for cameras in range(20):
            boxes = lay_out(screens, cameras, 1280, 720)
            assert len(boxes) == screens + min(cameras, MOST_CAMERAS)
            for place, box in enumerate(boxes):
                assert not any(value % 2 for value in (box.x, box.y, box.width, box.height))
                assert box.x >= 0 and box.y >= 0 and box.x + box.width <= 1280 and box.y + box.height <= 720
                for other in boxes[:place]:
                    apart_x = box.x + box.width <= other.x or other.x + other.width <= box.x
                    apart_y = box.y + box.height <= other.y or other.y + other.height <= box.y
                    assert apart_x or apart_y, (screens, cameras)


def test_a_picture_keeps_its_shape() -> None:
    assert lay_out(0, 1, 1280, 720) == [Box(0, 0, 1280, 720)]
    assert fit(160, 120, Box(0, 0, 1280, 720)) == Box(160, 0, 960, 720)
    assert fit(720, 1280, Box(640, 180, 640, 360)) == Box(858, 180, 202, 360)
    (screen, camera) = lay_out(1, 1, 1280, 720)
    assert screen.width == 1024 and camera == Box(1024, 288, 256, 144)


class Studio:
    """Tracks of a recording, and what became of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.target = folder, folder / "one.webm"
        self.tracks: list[TrackFile] = []
        self._open = contextlib.ExitStack()
        self.told: list[int] = []

    def add(self, path: Path, kind: str, start_ms: int, end_ms: int, source: str = "", name: str = "") -> None:
        file = self._open.enter_context(path.open("rb"))
        source = source or ("camera" if kind == "video" else "microphone")
        self.tracks.append(TrackFile(file, kind, source, start_ms, end_ms, name))

    def person(self, start_ms: int, periods: int, name: str = "") -> None:
        for kind in ("video", "audio"):
            path = write_track(self.folder / f"{len(self.tracks)}.webm", kind, periods)
            self.add(path, kind, start_ms, start_ms + periods * 2000, name=name)

    async def compose(self, duration_ms: int, stop_at_ms: int = 1 << 40) -> Composed:
        async def told(at_ms: int) -> bool:
            self.told.append(at_ms)
            return at_ms < stop_at_ms

        return await compose(self.tracks, duration_ms, self.target, told)

    def pictures(self) -> list[VideoFrame]:
        with av.open(self.target) as container:
            return list(container.decode(video=0))

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = Studio(tmp_path)
    yield made
    made.close()


def shade(picture: VideoFrame, x: int, y: int) -> int:
    return bytes(picture.planes[0])[y * picture.planes[0].line_size + x]


async def test_flash_and_beep_stay_together(studio: Studio) -> None:
    studio.person(700, 5)
    made = await studio.compose(10_700)
    assert (made.error, made.width_px, made.height_px) == ("", 1280, 720)
    beeps, flashes = find_beeps(studio.target), find_flashes(studio.target)
    apart = [beep - flash for beep, flash in zip(beeps, flashes, strict=True)]
    print(
        f"{len(apart)} flashes with beeps, {min(apart):.0f} to {max(apart):.0f} ms apart; first at {flashes[0]:.0f} ms"
    )
    assert len(apart) == 5 and max(map(abs, apart)) < 80
    # Where they are on the recording's clock, to half a picture.
    assert all(abs(flash - (700 + 2000 * place)) <= 34 for place, flash in enumerate(flashes))
    assert studio.told == sorted(studio.told) and len(studio.told) >= 8


async def test_who_is_there_is_in_the_picture_and_heard(studio: Studio) -> None:
    studio.person(0, 3)
    studio.person(3000, 1)
    assert (await studio.compose(6000)).error == ""
    pictures = {round((one.time or 0) * 1000): one for one in studio.pictures()}

    def at(ms: int) -> VideoFrame:
        return pictures[max(time for time in pictures if time <= ms)]

    # One alone has all of it, two stand side by side, and then one has all of it again.
    assert shade(at(100), 640, 360) > 200 and shade(at(100), 640, 30) > 200
    assert shade(at(3100), 960, 360) > 200 and shade(at(3100), 320, 360) < 40 and shade(at(3100), 640, 30) < 40
    assert shade(at(4100), 320, 360) > 200 and shade(at(4100), 960, 360) < 40
    assert shade(at(5950), 640, 30) < 40
    # Both beep, each at its time, in the middle of the other's silence.
    beeps = [round(one) for one in find_beeps(studio.target)]
    print(beeps)
    assert [round(one / 500) * 500 for one in beeps] == [0, 2000, 3000, 4000]


@pytest.mark.parametrize(("source", "name"), [("camera", "Łukasz"), ("screen", "Łukasz")])
async def test_a_camera_that_went_off_shows_no_last_picture_but_its_name(
    studio: Studio, source: str, name: str
) -> None:
    off = (1, 2) if source == "camera" else (1, 2, 3)
    bright = studio.folder / "bright.webm"
    _write_bright(bright, [at_ms for at_ms in range(0, 10_000, 100) if at_ms // 2000 not in off])
    studio.add(bright, "video", 0, 10_000, source, name)
    assert (await studio.compose(10_000)).error == ""
    pictures = {round((one.time or 0) * 1000): one for one in studio.pictures()}

    def at(ms: int) -> VideoFrame:
        return pictures[max(time for time in pictures if time <= ms)]

    back_ms = 2000 * (off[-1] + 1)
    plate = make_plate(name, 960, 720)
    assert plate is not None
    for ms, shown in ((1000, True), (1950, True), (2400, False), (back_ms - 200, False), (back_ms + 200, True)):
        assert (shade(at(ms), 640, 360) > 150) is shown, ms
        # The name stays where it was.
        row = [shade(at(ms), x, 720 - plate.height // 2) for x in range(160, 160 + plate.width)]
        assert max(row) > 160 and row[3] < 80, ms


def _write_bright(path: Path, times_ms: list[int]) -> None:
    with av.open(str(path), "w", format="webm") as output:
        video = output.add_stream("libvpx", rate=10)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, 1000)
        video.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
        for at_ms in times_ms:
            picture = VideoFrame(160, 120, "yuv420p")
            for plane, value in zip(picture.planes, (200, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            picture.pts, picture.time_base = at_ms, Fraction(1, 1000)
            output.mux(video.encode(picture))
        output.mux(video.encode(None))


async def test_names_stand_on_the_pictures(studio: Studio) -> None:
    studio.person(0, 1, "Łukasz Żółć")
    studio.person(0, 1)
    assert (await studio.compose(1000)).error == ""
    first = next(one for one in studio.pictures() if shade(one, 320, 360) > 200)
    plate = make_plate("Łukasz Żółć", 480, 360)
    assert plate is not None and (plate.width, plate.height) == (168, 34)

    # Both flash at first. Whoever has a name has a dark plate with white letters below, and nobody else has.
    (mark,) = [left for left in (80, 720) if shade(first, left + 3, 537) < 60]
    other = 800 - mark
    assert shade(first, other + 3, 537) > 200 and shade(first, mark + plate.width + 6, 537) > 200
    written = [x for x in range(mark, mark + plate.width) if shade(first, x, 523) > 160]
    assert len(written) > 10, "letters"


def test_no_name_breaks_a_picture() -> None:
    for name in ("", "  ", "\x00\u202e\n", "中文", "ż" * 500, "<b>\ud800" * 20):
        for width, height in ((2, 2), (40, 20), (256, 144), (1280, 720)):
            plate = make_plate(name, width, height)
            if plate is not None:
                assert plate.width <= width and plate.height <= height / 3
                assert plate.width % 2 == plate.height % 2 == 0
                assert len(plate.luma) == plate.width * plate.height
    long = make_plate("Łukasz Żółć-Brzęczyszczykiewicz z bardzo długim nazwiskiem", 256, 144)
    assert long is not None and long.width <= 256
    assert make_plate("\x00\n", 640, 360) is None


async def test_sounds_add_up_and_never_clip(studio: Studio) -> None:
    alone = write_track(studio.folder / "beep.webm", "audio", 1)
    for _ in range(12):
        studio.add(alone, "audio", 0, 2000)
    made = await studio.compose(2000)
    assert (made.error, made.width_px) == ("", None)
    with av.open(studio.target) as container:
        assert not container.streams.video
        loudest = 0.0
        for sound in container.decode(audio=0):
            assert isinstance(sound, AudioFrame)
            samples = memoryview(bytes(sound.planes[0])).cast("f")
            loudest = max(loudest, max(map(abs, samples[: sound.samples])))
    print(f"loudest sample {loudest:.2f}, of twelve that are 0.37 loud")
    assert 0.7 < loudest < 1.1


async def test_h264_is_decoded(studio: Studio) -> None:
    path = studio.folder / "screen.mkv"
    with av.open(str(path), "w", format="matroska") as output:
        stream = output.add_stream("libx264", rate=5, options={"preset": "ultrafast", "profile": "baseline"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for place in range(10):
            picture = VideoFrame(320, 180, "yuv420p")
            for plane, value in zip(picture.planes, (200, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            picture.pts, picture.time_base = place, Fraction(1, 5)
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    studio.add(path, "video", 0, 2000, "screen")
    assert (await studio.compose(2000)).error == ""
    assert all(abs(shade(one, 640, 360) - 200) < 8 for one in studio.pictures())


async def test_memory_does_not_grow_with_the_recording(studio: Studio) -> None:
    studio.person(0, 12)
    short = await studio.compose(4000)
    studio.close()
    studio.tracks.clear()
    studio.person(0, 12)
    long = await studio.compose(24_000)
    print(f"4 s: {short.peak_bytes / 1e6:.0f} MB, 24 s: {long.peak_bytes / 1e6:.0f} MB")
    assert short.error == long.error == "" and long.peak_bytes - short.peak_bytes < 15_000_000 < short.peak_bytes


async def test_it_ends_when_told_to(studio: Studio) -> None:
    studio.person(0, 10)
    assert (await studio.compose(20_000, stop_at_ms=2000)).error == "stopped"
    assert studio.told[-1] < 5000


async def test_what_cannot_be_read_and_what_is_too_long_is_refused(studio: Studio) -> None:
    path = studio.folder / "noise.webm"
    path.write_bytes(os.urandom(100_000))
    studio.add(path, "video", 0, 2000)
    assert (await studio.compose(2000)).error == "broken"
    assert (await studio.compose(13 * 3_600_000)).error == "too_long"


async def test_one_broken_track_leaves_the_others(studio: Studio) -> None:
    path = studio.folder / "noise.webm"
    path.write_bytes(os.urandom(100_000))
    studio.add(path, "audio", 0, 2000)
    studio.person(0, 1)
    assert (await studio.compose(2000)).error == ""
    assert len(find_flashes(studio.target)) == 1
