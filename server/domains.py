"""The list of domains, in the order they are made: each may use the parts of those before it."""

from typing import Any

from server.domain import Domain
from server.parts import (
    accounts,
    boards,
    calls,
    conversations,
    desk_settings,
    desk_sounds,
    files,
    media,
    notices,
    sockets,
    visits,
    widgets,
)

DOMAINS: tuple[Domain[Any], ...] = (
    accounts.DOMAIN,
    conversations.DOMAIN,
    files.DOMAIN,
    boards.DOMAIN,
    media.DOMAIN,
    calls.DOMAIN,
    notices.DOMAIN,
    visits.DOMAIN,
    desk_settings.DOMAIN,
    widgets.DOMAIN,
    desk_sounds.DOMAIN,
    sockets.DOMAIN,
)
