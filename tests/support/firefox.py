"""Debian's Firefox ESR with fake devices, in a network namespace, driven over WebDriver BiDi (W3C).

BiDi is JSON over one WebSocket: a command has an id, its answer the same id. Only what tests need is here.
"""

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.namespace import Namespace
from tests.support.packages import need
from tests.support.processes import Child

PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.devices.insecure.enabled": True,
    "media.getusermedia.insecure.enabled": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.update.enabled": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "remote.active-protocols": 1,
    "intl.accept_languages": "pl",
}
PORT = 9222


class Firefox:
    """One browser process; `open` gives a tab. `faults`: errors the pages wrote to the console or left uncaught."""

    def __init__(self, folder: Path, namespace: Namespace) -> None:
        program = need("firefox-esr", "firefox-esr")
        profile = folder / "profile"
        profile.mkdir(parents=True)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines) + "\n")
        self._namespace = namespace
        arguments = ["--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", str(PORT)]
        self._child = Child(namespace.command(program, *arguments), log=folder / "firefox.log")
        self.faults: list[str] = []
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self, limit_s: float = 40.0) -> "Firefox":
        """Wait until it listens, and begin a session."""
        await asyncio.to_thread(self._child.wait_until, self._listens, limit_s, "BiDi port")
        connector = aiohttp.TCPConnector(socket_factory=lambda info: _ready(self._namespace.socket(info[0], info[1])))
        self._http = aiohttp.ClientSession(connector=connector)
        self._socket = await self._http.ws_connect(f"ws://127.0.0.1:{PORT}/session", max_msg_size=0)
        self._reader = asyncio.create_task(self._read())
        await self.ask("session.new", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}})
        await self.ask("session.subscribe", {"events": ["log.entryAdded"]})
        return self

    async def preload(self, script: str) -> None:
        """Run a script in every page before its own."""
        await self.ask("script.addPreloadScript", {"functionDeclaration": f"() => {{ {script} }}"})

    async def open(self, url: str) -> "Tab":
        """Open an address in a new tab and wait until it has loaded."""
        made = await self.ask("browsingContext.create", {"type": "tab"})
        tab = Tab(self, made["context"])
        await tab.go(url)
        return tab

    async def find(self, url: str, limit_s: float = 20.0, *, inside: str | None = None) -> "Tab":
        """Wait for a window, or a frame inside a tab, whose address begins so."""
        deadline = asyncio.get_running_loop().time() + limit_s
        while True:
            tree = (await self.ask("browsingContext.getTree", {} if inside is None else {"root": inside}))["contexts"]
            known = tree if inside is None else tree[0]["children"]
            for one in known:
                if one["url"].startswith(url):
                    return Tab(self, one["context"])
            assert asyncio.get_running_loop().time() < deadline, f"not after {limit_s} s: {url} among {known}"
            await asyncio.sleep(0.1)

    async def ask(self, method: str, parameters: dict[str, Any], limit_s: float = 30.0) -> dict[str, Any]:
        """Send one command; give its result."""
        assert self._socket is not None, "start it first"
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(json.dumps({"id": number, "method": method, "params": parameters}))
        answer = await asyncio.wait_for(self._waiting[number], limit_s)
        if answer["type"] != "success":
            raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def close(self) -> None:
        if self._socket:
            await self._socket.close()
        if self._reader:
            await self._reader
        if self._http:
            await self._http.close()
        await asyncio.to_thread(self._child.stop)

    def _listens(self) -> bool:
        with self._namespace.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", PORT)) == 0

    async def _read(self) -> None:
        assert self._socket is not None
        async for frame in self._socket:
            message = json.loads(frame.data)
            if message.get("method") == "log.entryAdded" and message["params"]["level"] == "error":
                text = str(message["params"]["text"])
                # NS_BINDING_ABORTED: the page was left before its font had come.
                if "status=2152398850" not in text:
                    self.faults.append(text)
            waiting = self._waiting.pop(message["id"], None) if message.get("id") else None
            if waiting and not waiting.done():
                waiting.set_result(message)


class Tab:
    """One browsing context."""

    def __init__(self, firefox: Firefox, context: str) -> None:
        self.firefox = firefox
        self.context = context

    async def go(self, url: str) -> None:
        await self.firefox.ask("browsingContext.navigate", {"context": self.context, "url": url, "wait": "complete"})

    async def reload(self) -> None:
        await self.firefox.ask("browsingContext.reload", {"context": self.context, "wait": "complete"})

    async def child(self, url: str) -> "Tab":
        """Wait for a frame of this page."""
        return await self.firefox.find(url, inside=self.context)

    async def type(self, element: str, text: str) -> None:
        """Write into a field, as its listeners see it."""
        shape = "{bubbles: true}"
        await self.evaluate(
            f"(() => {{ const it = {element}; it.focus(); it.value = {json.dumps(text)};"
            f" it.dispatchEvent(new InputEvent('input', {shape})); }})()"
        )

    async def evaluate(self, expression: str, limit_s: float = 30.0) -> Any:
        """Evaluate JavaScript in the page, awaiting promises; the value comes back through JSON."""
        wrapped = f"(async () => JSON.stringify(await ({expression})))()"
        parameters = {
            "expression": wrapped,
            "target": {"context": self.context},
            "awaitPromise": True,
            "userActivation": True,
        }
        answer = await self.firefox.ask("script.evaluate", parameters, limit_s)
        if answer["type"] == "exception":
            raise RuntimeError(f"in the page: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"]["value"]) if answer["result"].get("value") is not None else None

    async def until(self, expression: str, limit_s: float = 20.0) -> Any:
        """Wait until an expression is true in the page; give its value."""
        deadline = asyncio.get_running_loop().time() + limit_s
        while not (value := await self.evaluate(expression)):
            assert asyncio.get_running_loop().time() < deadline, f"not after {limit_s} s: {expression}"
            await asyncio.sleep(0.1)
        return value


def _ready(made: Any) -> Any:
    made.setblocking(False)
    return made
