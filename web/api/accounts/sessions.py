"""Rows for signing in and out, sessions and passwords."""

from accounts import payloads
from accounts.sign_in import SignInService
from web.route import Answered, Asked, Route


def session_routes(sign_in: SignInService) -> list[Route]:
    """Return the rows under /session, /sessions and /password."""

    async def start(asked: Asked) -> Answered:
        browser = "Origin" in asked.request.headers or "Sec-Fetch-Site" in asked.request.headers
        started = await sign_in.sign_in(asked.actor, asked.body, browser=browser, user_agent=asked.user_agent)
        return Answered(started, 200, cookie=started.token)

    async def state(asked: Asked) -> payloads.SessionState:
        return await sign_in.state(asked.actor)

    async def end(asked: Asked) -> Answered:
        await sign_in.sign_out(asked.actor)
        return Answered(None, 204, drop_cookie=True)

    async def switch(asked: Asked) -> Answered:
        started = await sign_in.switch(asked.actor, asked.body.organisation_id, user_agent=asked.user_agent)
        return Answered(started, 200, cookie=started.token)

    async def sessions(asked: Asked) -> payloads.Sessions:
        return await sign_in.sessions(asked.actor)

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
        Route("DELETE", "/sessions/{session_id}", "revokeSession", revoke, "session.use", "End one of one's sessions",
              status=204),
        Route("POST", "/password/forgotten", "forgottenPassword", forgotten, "password.reset",
              "Mail a link that sets a new password; the answer never tells whether the e-mail exists",
              body=payloads.ForgottenBody, status=202),
        Route("POST", "/password/set", "setPassword", set_password, "password.reset",
              "Set a password with the token of a mail", body=payloads.SetPasswordBody, status=204, also=(410,)),
    ]  # fmt: skip
