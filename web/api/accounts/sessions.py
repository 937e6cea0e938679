"""Rows for signing in and out, sessions and passwords."""

from accounts import payloads
from accounts.sign_in import SignInService
from web.route import Answered, Call, Route


def session_routes(sign_in: SignInService) -> list[Route]:
    """Return the rows under /session, /sessions and /password."""

    async def start(call: Call) -> Answered:
        browser = "Origin" in call.request.headers or "Sec-Fetch-Site" in call.request.headers
        started = await sign_in.sign_in(call.actor, call.body, browser=browser, user_agent=call.user_agent)
        return Answered(started, 200, cookie=started.token)

    async def state(call: Call) -> payloads.SessionState:
        return await sign_in.state(call.actor)

    async def end(call: Call) -> Answered:
        await sign_in.sign_out(call.actor)
        return Answered(None, 204, drop_cookie=True)

    async def switch(call: Call) -> Answered:
        started = await sign_in.switch(call.actor, call.body.organisation_id, user_agent=call.user_agent)
        return Answered(started, 200, cookie=started.token)

    async def sessions(call: Call) -> payloads.Sessions:
        return await sign_in.sessions(call.actor)

    async def revoke(call: Call) -> None:
        await sign_in.revoke(call.actor, call.path("session_id"))

    async def forgotten(call: Call) -> Answered:
        await sign_in.forgotten(call.actor, call.body.email)
        return Answered(None, 202)

    async def set_password(call: Call) -> None:
        await sign_in.set_password(call.actor, call.body)

    return [
        Route("POST", "/session", "startSession", start, "session.start", "Sign in",
              body=payloads.SignInBody, answer=payloads.SessionStarted),
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
