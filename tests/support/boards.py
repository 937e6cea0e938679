"""Elements for tests of whiteboards."""

from typing import Any


def a_rectangle(element_id: str, *, version: int = 1, nonce: int = 7, **more: Any) -> dict[str, Any]:
    """A rectangle as the page's library writes it."""
    return {
        "id": element_id, "type": "rectangle", "x": 10, "y": 20.5, "width": 100, "height": 50, "angle": 0,
        "strokeColor": "#1e1e1e", "backgroundColor": "transparent", "fillStyle": "solid", "strokeWidth": 2,
        "strokeStyle": "solid", "roughness": 1, "opacity": 100, "groupIds": [], "frameId": None, "index": "a0",
        "roundness": {"type": 3}, "seed": 12345, "version": version, "versionNonce": nonce, "isDeleted": False,
        "boundElements": None, "updated": 1_790_000_000_000, "link": None, "locked": False, **more,
    }  # fmt: skip


def a_stroke(element_id: str, points: int, *, version: int = 1, nonce: int = 7, **more: Any) -> dict[str, Any]:
    """A stroke drawn by hand."""
    place = {
        "points": [[step * 1.25, step % 17 * 0.5] for step in range(points)],
        "pressures": [],
        "simulatePressure": True,
    }
    return a_rectangle(element_id, version=version, nonce=nonce, type="freedraw", **{**place, **more})
