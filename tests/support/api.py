"""A REST client as an outside program would write it: JSON, bearer token, and the answer as it came."""

from dataclasses import dataclass, field
from typing import Any

import aiohttp


@dataclass(frozen=True)
class Answer:
    """Status, headers and decoded body of a response."""

    status: int
    headers: dict[str, str]
    body: Any

    def expect(self, *statuses: int) -> Any:
        """Give the body; fail with the whole answer when the status is another."""
        assert self.status in (statuses or (200, 201, 202, 204)), f"{self.status}: {self.body}"
        return self.body


@dataclass
class Api:
    """Calls /api/v1 of one server with one credential."""

    url: str
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    ssl: Any = True
    session: dict[str, Any] = field(default_factory=dict)
    _http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Api":
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http:
            await self._http.close()

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request; path is below /api/v1/ unless it starts with a slash."""
        address = f"{self.url}{path}" if path.startswith("/") else f"{self.url}/api/v1/{path}"
        sent = {**self.headers, **headers}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        assert self._http is not None, "use it with `async with`"
        async with self._http.request(
            method, address, json=body, headers=sent, ssl=self.ssl, allow_redirects=False
        ) as got:
            is_json = "json" in got.headers.get("Content-Type", "")
            return Answer(got.status, dict(got.headers), await (got.json() if is_json else got.text()))

    async def get(self, path: str) -> Any:
        return (await self.call("GET", path)).expect()

    async def post(self, path: str, body: Any = None) -> Any:
        return (await self.call("POST", path, body)).expect()

    async def send(self, method: str, path: str, content: bytes, content_type: str) -> Any:
        """Send bytes as they are."""
        headers = {**self.headers, "Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        assert self._http is not None, "use it with `async with`"
        async with self._http.request(method, f"{self.url}/api/v1/{path}", data=content, headers=headers) as got:
            assert got.status < 300, await got.text()
            return await got.json()

    async def sign_in(self, email: str, password: str) -> "Api":
        """Take a session; its token goes with every later call."""
        self.session = await self.post("session", {"email": email, "password": password})
        self.token = self.session["token"]
        return self
