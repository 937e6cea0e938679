"""Pictures as people give them."""

import dataclasses
import io
from typing import Any

from PIL import Image

from files.draw_picture import draw
from files.pictures import Picture, PictureForm


def a_picture(size: tuple[int, int] = (400, 300), form: str = "PNG", mode: str = "RGB", **more: Any) -> bytes:
    """Return a picture whose upper half is red."""
    target = io.BytesIO()
    picture = Image.new(mode, size)
    if mode in ("RGB", "RGBA"):
        picture.paste((200, 30, 30) if mode == "RGB" else (200, 30, 30, 255), (0, 0, size[0], size[1] // 2))
    picture.save(target, form, **more)
    return target.getvalue()


def draw_picture(content: bytes, form: PictureForm) -> Picture:
    """Draw one here, as the child process would; raises what it meets."""
    found, drawn = draw(io.BytesIO(content), dataclasses.asdict(form))
    return Picture(drawn, found["content_type"], found["drawn_width_px"], found["drawn_height_px"])
