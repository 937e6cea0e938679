"""Fixtures every test may use, the feature marker, and the rule that CI skips nothing."""

import os
import tempfile
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.support.browser import launch, new_context
from tests.support.certificates import Certificate, self_signed
from tests.support.coturn import Coturn
from tests.support.databases import PostgresCluster, RedisServer
from tests.support.firefox import Firefox
from tests.support.namespace import Namespace
from tests.support.nginx import Nginx
from tests.support.selection import VARIABLE, start_nothing, starts_programs
from tests.support.server import Server

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


# ---------------------------------------------------------------- rules of the run


def pytest_configure() -> None:
    if os.environ.get(VARIABLE) == "1":
        start_nothing()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("feature"):
            for feature in mark.args:
                item.user_properties.append(("feature", feature))
        if {"browser", "firefox"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
        if starts_programs(item):
            item.add_marker("server")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"CI skips nothing: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"CI skips nothing: {report.longrepr}"
    return report


# ---------------------------------------------------------------- programs around the server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """One PostgreSQL cluster for the run."""
    cluster = PostgresCluster()
    yield cluster
    cluster.close()


@pytest.fixture
def postgres_url(postgres: PostgresCluster) -> Iterator[str]:
    """An empty database of the test's own, for SQLAlchemy with asyncpg."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One Redis for the run."""
    redis = RedisServer()
    yield redis
    redis.close()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """A Redis with nothing in it."""
    redis_server.empty()
    return redis_server.url


@pytest.fixture(scope="session")
def coturn() -> Iterator[Coturn]:
    """A TURN server on loopback."""
    server = Coturn()
    yield server
    server.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    """A self-signed certificate for 127.0.0.1 and localhost."""
    return self_signed(tmp_path, ["localhost", "127.0.0.1"])


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Callable[[int], Nginx]]:
    """Make an nginx with TLS in front of a port: nginx(upstream_port)."""
    made: list[Nginx] = []

    def make(upstream_port: int, name: str = "talk.example.test") -> Nginx:
        made.append(Nginx(tmp_path / f"nginx-{len(made)}", upstream_port, name))
        return made[-1]

    yield make
    for server in made:
        server.close()


# ---------------------------------------------------------------- the server itself


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Make and start servers: start_server(NAME="value", ...) with settings as environment variables."""
    made: list[Server] = []

    def make(**environment: str) -> Server:
        folder = tmp_path / f"server-{len(made)}"
        folder.mkdir()
        made.append(Server(folder, environment=environment))
        return made[-1].start()

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    """A server of the test's own: empty SQLite database with the demo organisation."""
    return start_server()


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """One server for all tests that do not disturb each other."""
    with tempfile.TemporaryDirectory(prefix="centrala-server-") as folder:
        # All its tests sign in from one address, faster than people would.
        server = Server(Path(folder), environment={"CENTRALA_RATE_SIGN_IN_BURST": "10000"})
        yield server.start()
        server.stop()


# ---------------------------------------------------------------- the browser


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; ask browser.new_context() for each person."""
    async with async_playwright() as playwright:
        chromium = await launch(playwright)
        yield chromium
        await chromium.close()


@pytest.fixture
async def new_person(browser: Browser) -> AsyncIterator[Callable[..., object]]:
    """Make browser profiles: await new_person(phone=True, locale="en-GB", dark=True)."""
    contexts: list[BrowserContext] = []

    async def make(**shape: object) -> BrowserContext:
        contexts.append(await new_context(browser, **shape))  # type: ignore[arg-type]
        return contexts[-1]

    yield make
    for context in contexts:
        await context.close()


@pytest.fixture(scope="session")
def namespace() -> Iterator[Namespace]:
    """A network namespace with an address of its own."""
    made = Namespace()
    yield made
    made.close()


@pytest.fixture
async def firefox(tmp_path: Path, namespace: Namespace) -> AsyncIterator[Firefox]:
    """Debian's Firefox ESR inside the namespace; it reaches servers bound to namespace.outside."""
    made = Firefox(tmp_path / "firefox", namespace)
    yield await made.start()
    await made.close()
