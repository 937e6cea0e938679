"""Rows for signing in and out, sessions and passwords."""

from aiohttp import web

from accounts import payloads
from accounts.secrets import make_secret
from accounts.sign_in import BROWSER_DAYS, SignInService
from core import cookies
from web.route import Answered, Asked, Cookie, Route

_DAY_S = 86_400


def session_routes(sign_in: SignInService, session_days: int) -> list[Route]:
    """Return the rows under /session, /sessions and /password. session_days: how long a browser keeps its cookie."""

    def session_answer(asked: Asked, started: payloads.SessionStarted) -> Answered:
        """The credential goes to a page as a cookie alone; programs read it from the answer."""
        cookie = Cookie(cookies.SESSION, started.token, session_days * _DAY_S)
        view = started.model_copy(update={"token": ""}) if _is_page(asked.request) else started
        return Answered(view, 200, cookies=[cookie])

    async def start(asked: Asked) -> Answered:
        browser = "Origin" in asked.request.headers or _is_page(asked.request)
        secret = (asked.cookie(cookies.BROWSER) or make_secret("ceb")) if browser else ""
        started = await sign_in.sign_in(
            asked.actor,
            asked.body,
            browser=browser,
            user_agent=asked.user_agent,
            browser_secret=secret,
            tell_of_new=_is_page(asked.request),
        )
        answered = session_answer(asked, started)
        if secret:
            answered.cookies.append(Cookie(cookies.BROWSER, secret, BROWSER_DAYS * _DAY_S))
        return answered

    async def state(asked: Asked) -> payloads.SessionState:
        return await sign_in.state(asked.actor)

    async def end(asked: Asked) -> Answered:
        await sign_in.sign_out(asked.actor)
        return Answered(None, 204, cookies=[Cookie(cookies.SESSION, "", 0)])

    async def switch(asked: Asked) -> Answered:
        started = await sign_in.switch(asked.actor, asked.body.organisation_id, user_agent=asked.user_agent)
        return session_answer(asked, started)

    async def sessions(asked: Asked) -> payloads.Sessions:
        return await sign_in.sessions(asked.actor)

    async def refused(asked: Asked) -> payloads.RefusedSignIns:
        return await sign_in.refused(asked.actor)

    async def revoke(asked: Asked) -> None:
        await sign_in.revoke(asked.actor, asked.path("session_id"))

    async def forgotten(asked: Asked) -> Answered:
        await sign_in.forgotten(asked.actor, asked.body.email)
        return Answered(None, 202)

    async def set_password(asked: Asked) -> None:
        await sign_in.set_password(asked.actor, asked.body)

    return [
        Route("POST", "/session", "startSession", start, "session.start", "Sign in",
              body=payloads.SignInBody, answer=payloads.SessionStarted, also=(401,)),
        Route("GET", "/session", "getSession", state, "session.use", "Who is signed in", answer=payloads.SessionState),
        Route("DELETE", "/session", "endSession", end, "session.use", "Sign out", status=204),
        Route("POST", "/session/organisation", "switchOrganisation", switch, "session.use",
              "Go on in another organisation", body=payloads.SwitchBody, answer=payloads.SessionStarted),
        Route("GET", "/sessions", "listSessions", sessions, "session.use", "One's own sessions",
              answer=payloads.Sessions),
        Route("GET", "/sessions/refused", "listRefusedSignIns", refused, "session.use",
              "Attempts of the last 30 days to sign in with one's own e-mail and a wrong password",
              answer=payloads.RefusedSignIns),
        Route("DELETE", "/sessions/{session_id}", "revokeSession", revoke, "session.use", "End one of one's sessions",
              status=204),
        Route("POST", "/password/forgotten", "forgottenPassword", forgotten, "password.reset",
              "Mail a link that sets a new password; the answer never tells whether the e-mail exists",
              body=payloads.ForgottenBody, status=202),
        Route("POST", "/password/set", "setPassword", set_password, "password.reset",
              "Set a password with the token of a mail", body=payloads.SetPasswordBody, status=204, also=(410,)),
    ]  # fmt: skip


def _is_page(request: web.Request) -> bool:
    """Tell whether a page asks: browsers add this header to what it sends, and no script can (W3C Fetch Metadata)."""
    return "Sec-Fetch-Site" in request.headers
