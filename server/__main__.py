"""`python -m server`: read the settings, serve, print where and with which demo sign-ins."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import ssl
import sys

import uvloop
from aiohttp import web
from pydantic import ValidationError

from core.errors import Refusal
from core.languages import DEFAULT_LANGUAGE
from core.settings import Settings
from server.app import Centrala, load_catalogue
from server.demo import DemoSignIn
from server.lan import serve_the_network
from web.connection_guard import GuardedSite, raise_file_limit

log = logging.getLogger("centrala")

_KEEPALIVE_S = 60.0
# Fewer are not enough for a day's work of a small team.
_FILES_MIN = 4096


def main() -> int:
    """Serve until SIGINT or SIGTERM; return the exit code."""
    try:
        settings = Settings()
        if settings.lan:
            settings = serve_the_network(settings)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            name = str(found["loc"][0]) if found["loc"] else "settings"
            variable = f"CENTRALA_{name.upper()}" if name in Settings.model_fields else name
            print(f"{variable}: {found['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        return 2
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    # What the server writes is for nobody else on this machine: password hashes, conversations, files.
    os.umask(0o077)
    files = raise_file_limit()
    if files < _FILES_MIN:
        log.warning("only %d files may be open at once; raise the limit to %d or more (ulimit -n)", files, _FILES_MIN)
    try:
        uvloop.run(_serve(settings, files))
    except Refusal as refusal:
        sentence = load_catalogue().say("en", f"errors.{refusal.code}", **refusal.arguments)
        print(sentence, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Cannot serve on {settings.host}:{settings.port}: {error}", file=sys.stderr)
        return 1
    return 0


def _tune() -> None:
    """Keep the event loop and SQLite's threads out of each other's way.

    A thread that comes back from SQLite waits for the interpreter until the loop's thread gives it up: 5 ms by default,
    with every statement, and as long as the loop has work. And the collector need not walk, again and again, through
    what was there at the start and stays.
    """
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _serve(settings: Settings, files: int) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    centrala = Centrala(settings, files)
    try:
        sign_ins = await centrala.start()
        runner = web.AppRunner(
            centrala.app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=3,
            keepalive_timeout=_KEEPALIVE_S,
            # No body of ours comes compressed: see ConnectionGuard.middleware.
            auto_decompress=False,
        )
        await runner.setup()
        await GuardedSite(runner, centrala.guard, settings.host, settings.port, ssl_context=_tls(settings)).start()
        _tune()
        _say(settings, sign_ins)
        centrala.ready = True
        await stopping.wait()
        centrala.ready = False
        log.info("stopping")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(8):
                await centrala.close_sockets()
                await runner.cleanup()
    finally:
        await centrala.close()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context


def _say(settings: Settings, sign_ins: list[DemoSignIn]) -> None:
    print(f"\nCentrala serves {settings.base_url}", flush=True)
    if settings.lan:
        print("Open this address on a phone in the same network and accept the self-signed certificate.", flush=True)
    if sign_ins:
        print("\nDemo sign-ins (made just now, shown this once):", flush=True)
        width = max(len(one.email) for one in sign_ins)
        for one in sign_ins:
            print(f"  {one.email:<{width}}  {one.password}  {one.role:<10}  {one.name}", flush=True)
        print(f"\nThe widget on a website, to try: {settings.base_url}/try/", flush=True)
    print(f"\nLanguage of first use: {DEFAULT_LANGUAGE}. Stop with Ctrl+C.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
