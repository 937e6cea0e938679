"""Debian's Chromium with fake devices, driven by Playwright."""

import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, Playwright

from tests.support.namespace import Namespace
from tests.support.packages import need

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
)


async def launch(
    playwright: Playwright, extra_flags: Sequence[str] = (), *, inside: Namespace | None = None
) -> Browser:
    """Start Chromium without a window. inside: in a network namespace, where http from its other end counts as secure."""
    program, script = need("chromium", "chromium"), None
    if inside is not None:
        extra_flags = [*extra_flags, f"--unsafely-treat-insecure-origin-as-secure={','.join(inside.origins)}"]
        with tempfile.NamedTemporaryFile("w", prefix="centrala-chromium-", suffix=".sh", delete=False) as file:
            file.write(f'#!/bin/sh\nexec {shlex.join(inside.command(program))} "$@"\n')
        script = Path(file.name)
        script.chmod(0o700)
        program = str(script)
    try:
        return await playwright.chromium.launch(executable_path=program, args=[*FLAGS, *extra_flags])
    finally:
        if script is not None:
            script.unlink()


class Faults:
    """What a page complained about: console errors, uncaught exceptions, CSP violations.

    Not that this machine's network changed: other tests make network cards meanwhile, and the page has to live with it.
    """

    def __init__(self, page: Page) -> None:
        self.messages: list[str] = []
        page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.messages.append(str(error)))

    def _note(self, text: str) -> None:
        if "net::ERR_NETWORK_CHANGED" not in text:
            self.messages.append(text)

    @property
    def csp(self) -> list[str]:
        return [text for text in self.messages if "Content Security Policy" in text]


async def new_context(
    browser: Browser, *, phone: bool = False, locale: str = "pl-PL", dark: bool = False
) -> BrowserContext:
    """A fresh profile with camera, microphone and notifications allowed."""
    context = await browser.new_context(
        locale=locale,
        timezone_id="Europe/Warsaw",
        color_scheme="dark" if dark else "light",
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
        has_touch=phone,
        permissions=["camera", "microphone", "notifications"],
        ignore_https_errors=True,
    )
    context.set_default_timeout(20_000)
    return context
