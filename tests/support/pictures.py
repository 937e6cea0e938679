"""Pictures as people give them."""

import io
from typing import Any

from PIL import Image


def a_picture(size: tuple[int, int] = (400, 300), form: str = "PNG", mode: str = "RGB", **more: Any) -> bytes:
    """Return a picture whose upper half is red."""
    target = io.BytesIO()
    picture = Image.new(mode, size)
    if mode in ("RGB", "RGBA"):
        picture.paste((200, 30, 30) if mode == "RGB" else (200, 30, 30, 255), (0, 0, size[0], size[1] // 2))
    picture.save(target, form, **more)
    return target.getvalue()
