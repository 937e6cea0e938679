"""Cookies by name, the same at both edges.

Over TLS each name begins with `__Host-` (RFC 6265bis 4.1.3.2), which browsers take only from this very host: a page on
another host of the same domain cannot plant one. A cookie under the plain name counts only without TLS.
"""

from typing import Literal

Cookie = Literal["centrala_session", "centrala_browser"]

# Who is signed in.
SESSION: Cookie = "centrala_session"
# A browser that somebody signed in from before, see accounts/browsers.py.
BROWSER: Cookie = "centrala_browser"


def cookie_name(cookie: Cookie, *, secure: bool) -> str:
    """Return the name that the browser knows a cookie under."""
    return f"__Host-{cookie}" if secure else cookie
