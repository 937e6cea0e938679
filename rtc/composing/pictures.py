"""The picture of a composed file: decoded tracks, drawn onto one canvas whenever something of it changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from rtc.composing.layout import MOST_CAMERAS, MOST_SCREENS, Box, fit, lay_out
from rtc.composing.names import make_plate
from rtc.composing.reading import read_frames

_BLACK = (16, 128, 128)
# A camera that sends nothing for so long is off, or its line is lost; of a screen nothing need change for some time.
_OFF_AFTER_S, _SCREEN_OFF_AFTER_S = 1.5, 5.0
# How long the last picture of it still stands: the time of a few that may come late.
_STANDS_S = 0.3
_NO_COLOUR = b"\x80"


class PictureTrack:
    """One camera or screen, decoded as far as it is needed. Times are the recording's, in seconds.

    start_s, end_s   when it is there
    name             whose it is, shown on it
    """

    def __init__(self, file: BinaryIO, start_s: float, end_s: float, *, is_screen: bool, name: str = "") -> None:
        self.start_s, self.end_s, self.is_screen, self.name = start_s, end_s, is_screen, name
        self.frame: VideoFrame | None = None
        self._file = file
        self._frames: Iterator[VideoFrame] | None = None
        self._next: VideoFrame | None = None
        self.is_off = False
        self._reformatter = VideoReformatter()

    def advance(self, until_s: float) -> bool:
        """Decode what is shown until then; tell whether the picture is another one now."""
        if self._frames is None:
            self._frames = read_frames(self._file, "video")
            self._next = next(self._frames, None)
        changed = False
        while self._next is not None and (self._next.time or 0.0) + self.start_s <= until_s:
            self.frame, changed = self._next, True
            self._next = next(self._frames, None)
        was_off, self.is_off = self.is_off, self.frame is not None and self._is_off(until_s)
        return changed or self.is_off != was_off

    def _is_off(self, now_s: float) -> bool:
        """Tell whether nothing comes for long from the present picture on; the next one is known beforehand."""
        next_s = self.end_s if self._next is None else (self._next.time or 0.0) + self.start_s
        most_s = _SCREEN_OFF_AFTER_S if self.is_screen else _OFF_AFTER_S
        return next_s - self._taken_s > most_s and now_s >= self._taken_s + _STANDS_S

    @property
    def _taken_s(self) -> float:
        return self.start_s + ((self.frame.time or 0.0) if self.frame is not None else 0.0)

    @property
    def shown_s(self) -> float:
        """When the present picture was taken, or went."""
        return self._taken_s + (_STANDS_S if self.is_off else 0.0)

    def scaled(self, width: int, height: int) -> VideoFrame:
        """Return the present picture at a size."""
        assert self.frame is not None
        return self._reformatter.reformat(self.frame, width, height, "yuv420p", interpolation="BILINEAR")

    def close(self) -> None:
        """Give back what decoding holds."""
        self._frames = self._next = self.frame = None
        self._file.close()


class Canvas:
    """The composed picture, planar 4:2:0."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._planes = [bytearray(), bytearray(), bytearray()]
        self._shown: list[tuple[PictureTrack, Box]] = []
        self._drawn: dict[int, Box] = {}
        self._clear()

    def draw(self, tracks: list[PictureTrack], now_s: float) -> float | None:
        """Draw the tracks that are there, at their places.

        returns  when the newest picture was taken, now_s when only places changed; None: nothing did
        """
        screens = [one for one in tracks if one.is_screen]
        cameras = [one for one in tracks if not one.is_screen]
        moved = [one for one in tracks if one.advance(now_s)]
        # Who has no picture yet gets no place yet.
        screens, cameras = ([one for one in kind if one.frame is not None] for kind in (screens, cameras))
        boxes = lay_out(len(screens), len(cameras), self.width, self.height)
        placed = list(zip([*screens[:MOST_SCREENS], *cameras[:MOST_CAMERAS]], boxes, strict=True))
        if placed != self._shown:
            self._shown, self._drawn = placed, {}
            self._clear()
            self._paste([track for track, _ in placed])
            return self._newest_s([one for one in moved if one.frame is not None], now_s)
        return self._newest_s(moved, now_s) if self._paste(moved) else None

    def picture(self) -> VideoFrame:
        """Return a copy to be encoded."""
        frame = VideoFrame(self.width, self.height, "yuv420p")
        for place, content in enumerate(self._planes):
            plane, row = frame.planes[place], self.width >> (place > 0)
            if plane.line_size == row:
                plane.update(bytes(content))
            else:
                padding = bytes(plane.line_size - row)
                plane.update(b"".join(content[at : at + row] + padding for at in range(0, len(content), row)))
        return frame

    def _newest_s(self, moved: list[PictureTrack], now_s: float) -> float:
        return max((one.shown_s for one in moved), default=now_s)

    def _clear(self) -> None:
        size = self.width * self.height
        for place, value in enumerate(_BLACK):
            self._planes[place] = bytearray([value]) * (size if place == 0 else size // 4)

    def _paste(self, moved: list[PictureTrack]) -> bool:
        pasted = False
        for number, (track, box) in enumerate(self._shown):
            if track not in moved or track.frame is None:
                continue
            place = fit(track.frame.width, track.frame.height, box)
            if self._drawn.get(number, place) != place:
                self._fill(box)
            self._drawn[number] = place
            if track.is_off:
                self._fill(box)
            else:
                self._copy(track.scaled(place.width, place.height), place)
            self._put_name(track.name, place)
            pasted = True
        return pasted

    def _put_name(self, name: str, box: Box) -> None:
        """Put a plate into a picture's lower left corner."""
        plate = make_plate(name, box.width, box.height)
        if plate is None:
            return
        top = box.y + box.height - plate.height
        for y in range(plate.height):
            at = (top + y) * self.width + box.x
            self._planes[0][at : at + plate.width] = plate.luma[y * plate.width : (y + 1) * plate.width]
        row, width = self.width // 2, plate.width // 2
        for colour in self._planes[1:]:
            for y in range(top // 2, top // 2 + plate.height // 2):
                at = y * row + box.x // 2
                colour[at : at + width] = _NO_COLOUR * width

    def _fill(self, box: Box) -> None:
        for place, value in enumerate(_BLACK):
            half = place > 0
            row, width = self.width >> half, box.width >> half
            for y in range(box.y >> half, (box.y + box.height) >> half):
                at = y * row + (box.x >> half)
                self._planes[place][at : at + width] = bytes([value]) * width

    def _copy(self, frame: VideoFrame, box: Box) -> None:
        for place, target in enumerate(self._planes):
            half = place > 0
            plane = frame.planes[place]
            source, stride = memoryview(plane), plane.line_size
            row, width = self.width >> half, box.width >> half
            at = (box.y >> half) * row + (box.x >> half)
            for y in range(box.height >> half):
                target[at : at + width] = source[y * stride : y * stride + width]
                at += row
