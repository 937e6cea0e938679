"""Rows that widgets use before anybody is known."""

from aiohttp import web

from desk.widget import payloads
from desk.widget.widget_doors import WidgetDoors
from web.route import Asked, Route


def widget_routes(doors: WidgetDoors) -> list[Route]:
    """Return the rows for everybody who has the key of a widget."""

    async def config(asked: Asked) -> payloads.WidgetConfig:
        return await doors.config(asked.actor, asked.path("widget_key"))

    async def picture(asked: Asked) -> web.Response:
        content = await doors.picture(asked.actor, asked.path("widget_key"), asked.path("digest"))
        return web.Response(body=content, content_type="image/webp")

    return [
        Route("GET", "/widget/{widget_key}/config", "getWidgetConfig", config, "widget.open",
              "How a widget looks, and what is live", answer=payloads.WidgetConfig),
        # Named by what is in it; an agent's new picture has another name.
        Route("GET", "/widget/{widget_key}/agents/{digest}", "getWidgetPicture", picture, "widget.open",
              "An agent's picture in pages with a widget", produces="image/webp", caching="public"),
    ]  # fmt: skip
