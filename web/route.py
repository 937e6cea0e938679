"""A row of the route table, and what its handler is given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel

from accounts.rights import Actor
from core import cookies
from web.headers import Caching, Group

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request after the edge has looked at it: who asks, the checked body and query."""

    request: web.Request
    actor: Actor
    body: Any
    query: Any
    secure_cookies: bool

    def cookie(self, name: cookies.Cookie) -> str:
        """Return a cookie of ours, "" when the browser has none."""
        return self.request.cookies.get(cookies.cookie_name(name, secure=self.secure_cookies), "")

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return self.request.match_info[name]

    @property
    def user_agent(self) -> str:
        """The client's own name."""
        return self.request.headers.get("User-Agent", "")


Handler = Callable[[Asked], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """Method, path, handler, permission; and for the description: what goes in and comes out.

    operation    its name in the OpenAPI description
    body, query  models that check the input; None: there is none
    raw          what kinds of bytes the body is, where it is no JSON
    streams      the same, where the handler reads the body itself, bit by bit
    answer       model of the answer; None: no body (204), or `produces` says what kind of bytes
    also         further statuses of its own: other successes, and refusals that not every row has
    headers      the group of headers it answers with (web.headers)
    caching      how long its success may be kept; None: as its group says, or as the handler does
    """

    method: str
    path: str
    operation: str
    handler: Handler
    permission: str
    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    raw: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    max_bytes: int = 512_000
    answer: type[BaseModel] | None = None
    produces: str | None = None
    status: int = 200
    also: tuple[int, ...] = field(default=())
    headers: Group = "api"
    caching: Caching | None = None


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie of ours that the browser is to keep for so long; 0 ends it."""

    name: cookies.Cookie
    value: str
    max_age_s: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A handler's answer with a status or headers of its own."""

    view: BaseModel | None
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[Cookie] = field(default_factory=list)


class Query(BaseModel):
    """Query parameters; unknown ones are ignored, as the web does."""


class Paging(Query):
    """A page of a list."""

    cursor: str | None = None
