"""The one table of security headers: what each group of routes tells the browser to allow.

Groups: `app` pages and their assets, `call` the pages of calls, where effects on sound and picture compile WebAssembly, `api`
answers, `widget` the frame in customers' pages and the call's own window, `loader` the script in customers' pages, `try` the
page on which the widget can be tried, `media` the WHIP and WHEP doors, which programs and pages of other
origins use with a bearer token (never with a cookie, so that any origin may be let in), `file` what somebody uploaded,
which pages of other origins may show and which runs nothing, wherever it is opened.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Literal

from aiohttp import web

Group = Literal["app", "call", "widget", "loader", "try", "asset", "api", "file", "media"]
Caching = Literal["private", "public", "immutable"]

_COMMON: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

_APP_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' blob: data:; "
    "font-src 'self'; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The two effects in a call, noise suppression and background blur, are WebAssembly, which no browser compiles without
# this word; it allows no script of text. Every other page goes without it.
_CALL_POLICY: Final = _APP_POLICY.replace("script-src 'self';", "script-src 'self' 'wasm-unsafe-eval';")
# Who may embed the frame is the widget's own list, and "*" where it has none.
_WIDGET_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
_TRY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'"
)
# A picture or a film opened by itself is a page the browser makes, which shows the file and has a style of its own.
_FILE_POLICY: Final = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
)
_API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"

_APP: Final = {
    **_COMMON,
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), "
    "geolocation=(), payment=(), usb=()",
}

GROUPS: Final[dict[Group, dict[str, str]]] = {
    "app": {**_APP, "Content-Security-Policy": _APP_POLICY},
    "call": {**_APP, "Content-Security-Policy": _CALL_POLICY},
    # Without Cross-Origin-Opener-Policy: the frame hands the call to a window of its own, which has to know its opener. A page
    # with Cross-Origin-Embedder-Policy embeds only what has one, too, and lets itself be embedded; all that the frame fetches
    # is of its own origin, so that the strictest costs it nothing.
    "widget": {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Content-Security-Policy": _WIDGET_POLICY,
        "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), "
        "geolocation=(), payment=(), usb=()",
    },
    "loader": {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    },
    "try": {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Content-Security-Policy": _TRY_POLICY,
    },
    "asset": {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"},
    "api": {**_COMMON, "Content-Security-Policy": _API_POLICY, "Cache-Control": "no-store"},
    "file": {
        **_COMMON,
        "Content-Security-Policy": _FILE_POLICY,
        "Cache-Control": "private, no-cache",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "cross-origin",
    },
    "media": {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _API_POLICY,
        "Cache-Control": "no-store",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Location, ETag, Link, Allow, Accept-Patch, Accept-Post, Retry-After",
    },
}

# For how long, and by whom, a row's success may be kept in place of its group's rule: `private` by the browser that asked,
# `public` by anybody and for pages of any site, `immutable` where the address stands for the content. A refusal never is.
CACHING: Final[dict[Caching, dict[str, str]]] = {
    "private": {"Cache-Control": "private, max-age=86400", "Cross-Origin-Resource-Policy": "same-origin"},
    "public": {"Cache-Control": "public, max-age=86400", "Cross-Origin-Resource-Policy": "cross-origin"},
    "immutable": {"Cache-Control": "private, max-age=31536000, immutable"},
}


def finish_headers(*, secure: bool) -> Callable[[web.BaseRequest, web.StreamResponse], Awaitable[None]]:
    """Return what looks at every response last: none goes without the least of the rules, and none tells versions."""

    async def finish(_request: web.BaseRequest, response: web.StreamResponse) -> None:
        headers = response.headers
        headers.pop("Server", None)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        if "Content-Security-Policy" not in headers and "Cross-Origin-Resource-Policy" not in headers:
            headers["Content-Security-Policy"] = _API_POLICY
            headers.setdefault("X-Frame-Options", "DENY")
        if secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")

    return finish


def headers_of(group: Group, *, nonce: str = "", ancestors: str = "'none'", secure: bool = False) -> dict[str, str]:
    """Return the headers of a group.

    nonce      of this response, for the page's style elements
    ancestors  who may embed this response, as frame-ancestors says it
    secure     the public address is https
    """
    headers = {
        name: value.replace("{nonce}", nonce).replace("{ancestors}", ancestors) for name, value in GROUPS[group].items()
    }
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
