"""Where pictures stand in a composed picture: a grid of everybody who is there, screens large beside it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MOST_SCREENS = 4
MOST_CAMERAS = 16
# A shared screen has to be read, so it gets this much of the width when cameras are there as well.
_SCREEN_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; every number is even, because colour has half the resolution."""

    x: int
    y: int
    width: int
    height: int


def lay_out(screens: int, cameras: int, width: int, height: int) -> list[Box]:
    """Give each picture its place: the screens first, then the cameras; those over MOST_... get none.

    >>> lay_out(0, 2, 1280, 720)
    [Box(x=0, y=180, width=640, height=360), Box(x=640, y=180, width=640, height=360)]
    """
    screens, cameras = min(screens, MOST_SCREENS), min(cameras, MOST_CAMERAS)
    if screens and cameras:
        left = _even(width * _SCREEN_SHARE)
        return _grid(screens, Box(0, 0, left, height)) + _grid(cameras, Box(left, 0, width - left, height))
    return _grid(screens + cameras, Box(0, 0, width, height))


def fit(width: int, height: int, box: Box) -> Box:
    """Return the largest place in a box that keeps a picture's shape, in its middle."""
    scale = min(box.width / max(1, width), box.height / max(1, height))
    fitted = max(2, _even(width * scale)), max(2, _even(height * scale))
    return Box(box.x + _even((box.width - fitted[0]) / 2), box.y + _even((box.height - fitted[1]) / 2), *fitted)


def _grid(count: int, area: Box) -> list[Box]:
    """Divide an area into boxes of 16:9, as large as can be; an unfilled last row stands in the middle."""
    if count == 0:
        return []
    columns = max(range(1, count + 1), key=lambda one: (_box_width(one, count, area), one))
    rows = -(-count // columns)
    width = _even(_box_width(columns, count, area))
    height = _even(width * 9 / 16)
    top = area.y + _even((area.height - rows * height) / 2)
    boxes = []
    for row in range(rows):
        in_row = min(columns, count - row * columns)
        left = area.x + _even((area.width - in_row * width) / 2)
        boxes += [Box(left + place * width, top + row * height, width, height) for place in range(in_row)]
    return boxes


def _box_width(columns: int, count: int, area: Box) -> float:
    rows = -(-count // columns)
    return min(area.width / columns, area.height / rows * 16 / 9)


def _even(value: float) -> int:
    return int(value) & ~1
