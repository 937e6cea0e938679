"""From an HTTP request to a row of the route table and back: credentials, limits, input, answers, refusals."""

import logging
import re
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from accounts.credentials import Credentials, anonymous
from accounts.rights import Actor, demand
from core.buckets import TokenBuckets
from core.catalogue import Catalogue, choose_language
from core.clock import Clock
from core.cookies import SESSION, cookie_name
from core.errors import Forbidden, Invalid, Refusal, SignInRequired, Unavailable
from core.json_text import parse_json
from core.networks import address_block
from core.settings import Settings
from storage.engine.database import disk_full, unavailable
from web.client_address import ClientAddress
from web.headers import CACHING, headers_of
from web.problems import BadFields, problem_response
from web.route import Answered, Asked, Route

log = logging.getLogger("centrala.web")

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PATH_PART = re.compile(r"^[A-Za-z0-9._~-]{1,200}$")


class Edge:
    """Serves the rows of the route table."""

    def __init__(self, settings: Settings, clock: Clock, credentials: Credentials, catalogue: Catalogue) -> None:
        self._settings = settings
        self._clock = clock
        self._credentials = credentials
        self._catalogue = catalogue
        self._addresses = ClientAddress(settings.trusted_proxies)
        self._requests = TokenBuckets(settings.rate_request_burst, settings.rate_request_per_s)
        self._secure = settings.secure_cookies

    def serve(self, route: Route) -> Any:
        """Return the aiohttp handler of a row."""
        refused = headers_of(route.headers, secure=self._secure)
        done = {**refused, **(CACHING[route.caching] if route.caching else {})}

        async def handle(request: web.Request) -> web.StreamResponse:
            response = await self._answer(route, request)
            headers = done if response.status < 400 else refused
            response.headers.update({name: headers[name] for name in headers if name not in response.headers})
            return response

        return handle

    def refuse(self, request: web.Request, refusal: Refusal) -> web.Response:
        """Return a refusal for a request that met no row."""
        return refuse_early(self._catalogue, self._secure, request, refusal)

    def refuse_method(self, allowed: str) -> Any:
        """Return the aiohttp handler for the methods a media door does not have (RFC 9725 4.2)."""

        async def handle(request: web.Request) -> web.Response:
            response = self.refuse(request, Invalid("core.method_not_allowed", 405))
            response.headers.update({**headers_of("media", secure=self._secure), "Allow": allowed})
            return response

        return handle

    async def actor(self, request: web.Request) -> Actor:
        """Return who asks.

        raises   SignInRequired  a credential was shown that is none (any more)
                 Forbidden       a cookie came with another site's page
        """
        address = self._addresses.of(request)
        language = choose_language(request.headers.get("Accept-Language"))
        header = request.headers.get("Authorization", "")
        if header:
            scheme, _, token = header.partition(" ")
            found = None
            if scheme.lower() == "bearer":
                found = await self._credentials.bearer(token.strip(), language=language, address=address)
            if found is None:
                raise SignInRequired("accounts.bad_token")
            return found
        cookie = request.cookies.get(cookie_name(SESSION, secure=self._secure))
        if cookie:
            found = await self._credentials.session(cookie, kind="session", address=address)
            if found is not None:
                self._check_origin(request)
                return found
        return anonymous(language, address)

    async def _answer(self, route: Route, request: web.Request) -> web.StreamResponse:
        language = choose_language(request.headers.get("Accept-Language"))
        try:
            actor = await self.actor(request)
            language = actor.language
            key = actor.session_id or actor.party_id or address_block(actor.address)
            self._requests.take(key, self._clock.monotonic_ns())
            demand(actor, route.permission)
            for name, value in request.match_info.items():
                if not _PATH_PART.match(value):
                    raise Invalid("core.bad_path", 404, name=name)
            body = await self._body(route, request)
            asked = Asked(request, actor, body, _query(route, request), secure_cookies=self._secure)
            return self._response(route, await route.handler(asked))
        except Refusal as refusal:
            return problem_response(refusal, self._catalogue, language)
        except web.HTTPRequestEntityTooLarge:
            too_large = Invalid("core.too_large", 413, kilobytes=route.max_bytes // 1000)
            return problem_response(too_large, self._catalogue, language)
        except web.HTTPException:
            raise
        except Exception as error:
            if isinstance(error, OSError) and _is_gone(request):
                # There is nobody to tell, and nothing went wrong here.
                return web.Response(status=400)
            if disk_full(error):
                log.error("the disk is full: %s", error)
                return problem_response(Refusal("core.disk_full", 507), self._catalogue, language)
            if unavailable(error):
                log.error("the database did not answer: %s", error)
                return problem_response(Unavailable("core.database"), self._catalogue, language)
            log.exception("%s %s failed", route.method, route.path)
            return problem_response(Refusal("core.internal", 500), self._catalogue, language)

    async def _body(self, route: Route, request: web.Request) -> Any:
        kind = request.content_type
        if route.streams and kind not in route.streams:
            raise Invalid("core.unsupported_media_type", 415, accepted=", ".join(route.streams))
        if route.body is None and not route.raw:
            return None
        if route.raw and not any(kind == accepted or accepted == "*/*" for accepted in route.raw):
            raise Invalid("core.unsupported_media_type", 415, accepted=", ".join(route.raw))
        if route.body is not None and kind != "application/json":
            raise Invalid("core.unsupported_media_type", 415, accepted="application/json")
        content = await read_limited(request, route.max_bytes)
        if route.body is None:
            return content
        return _parse(route.body, content)

    def _response(self, route: Route, result: Any) -> web.StreamResponse:
        if isinstance(result, web.StreamResponse):
            return result
        answered = result if isinstance(result, Answered) else Answered(result, route.status)
        view = answered.view
        response = web.Response(
            status=204 if view is None and answered.status == 200 else answered.status,
            body=None if view is None else view.model_dump_json().encode(),
            content_type=None if view is None else "application/json",
            headers=answered.headers,
        )
        for cookie in answered.cookies:
            response.set_cookie(
                cookie_name(cookie.name, secure=self._secure),
                cookie.value,
                max_age=cookie.max_age_s,
                httponly=True,
                samesite="Lax",
                secure=self._secure,
                path="/",
            )
        return response

    def _check_origin(self, request: web.Request) -> None:
        if request.method in _UNSAFE and not same_origin(request, self._settings.base_url):
            raise Forbidden("accounts.foreign_origin")


def refuse_early(catalogue: Catalogue, secure: bool, request: web.Request, refusal: Refusal) -> web.Response:
    """Return a refusal for a request that no row has seen."""
    language = choose_language(request.headers.get("Accept-Language"))
    response = problem_response(refusal, catalogue, language)
    response.headers.update(headers_of("api", secure=secure))
    return response


def same_origin(request: web.Request, base_url: str) -> bool:
    """Tell whether a request comes from a page of ours, or from no page at all."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
    return origin == base_url


async def read_limited(request: web.Request, limit: int) -> bytes:
    """Return the body; raises HTTPRequestEntityTooLarge past the limit, before all of it is read."""
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=request.content_length or 0)
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_chunked(65_536):
        size += len(part)
        if size > limit:
            raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=size)
        parts.append(part)
    return b"".join(parts)


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _parse(model: type[BaseModel], content: bytes) -> BaseModel:
    try:
        value = parse_json(content)
    except ValueError as error:
        raise Invalid("core.bad_json", 400) from error
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise BadFields(error, "body") from error


def _query(route: Route, request: web.Request) -> Any:
    if route.query is None:
        return None
    try:
        return route.query.model_validate({key: value for key, value in request.query.items() if value != ""})
    except ValidationError as error:
        raise BadFields(error, "query") from error
