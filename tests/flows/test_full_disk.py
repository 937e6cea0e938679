"""A server that cannot write says so at /readyz while it lasts: a full disk, a database that somebody else holds."""

import asyncio
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import Api
from tests.support.packages import need
from tests.support.server import Server

ENOUGH_BYTES = 60_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, which the test may fill."""
    if os.getuid() != 0:
        pytest.skip("mounting a disk needs root")
    folder = tmp_path / "disk"
    folder.mkdir(mode=0o700)
    mount = need("mount", "mount")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={ENOUGH_BYTES},mode=700", "none", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run([need("umount", "mount"), "--lazy", str(folder)], check=True)


def _fill(folder: Path) -> Path:
    """Take all the room there is."""
    path = folder / "filling"
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return path


async def _becomes(api: Api, status: int, limit_s: float = 15.0) -> tuple[float, str]:
    """Wait until /readyz says it; give the longest time that an answer took, and what it said."""
    longest_s = 0.0
    async with asyncio.timeout(limit_s):
        while True:
            began_s = time.monotonic()
            said = await api.call("GET", "/readyz")
            longest_s = max(longest_s, time.monotonic() - began_s)
            if said.status == status:
                return longest_s, said.body if isinstance(said.body, str) else said.body["code"]
            await asyncio.sleep(0.2)


async def test_a_full_disk_is_told_at_readyz_until_there_is_room_again(small_disk: Path, tmp_path: Path) -> None:
    server = Server(tmp_path, environment={"CENTRALA_DATA_DIR": str(small_disk), "CENTRALA_MEDIA_WORKERS": "0"})
    try:
        server.start()
        async with Api(server.url) as api:
            assert (await api.call("GET", "/readyz")).status == 200
            filling = _fill(small_disk)
            assert (await _becomes(api, 503))[1] == "core.no_writing"
            assert (await api.call("GET", "/healthz")).status == 200
            assert "not ready" in server.output()
            filling.unlink()
            assert (await _becomes(api, 200))[1] == "ready\n"
        assert not list(small_disk.glob(".readiness-*"))
        assert server.tracebacks() == []
    finally:
        server.stop()


async def test_a_database_that_another_program_holds_is_told_at_readyz_in_time(server: Server) -> None:
    other = sqlite3.connect(server.data_dir / "centrala.sqlite3", isolation_level=None)
    try:
        async with Api(server.url) as api:
            other.execute("BEGIN IMMEDIATE")
            longest_s, code = await _becomes(api, 503)
            assert code == "core.no_writing" and longest_s < 7
            # Who asks meanwhile is answered at once, and begins nothing more that hangs.
            began_s = time.monotonic()
            statuses = [said.status for said in await asyncio.gather(*(api.call("GET", "/readyz") for _ in range(50)))]
            assert set(statuses) == {503} and time.monotonic() - began_s < 2
            other.execute("ROLLBACK")
            assert (await _becomes(api, 200))[1] == "ready\n"
        assert server.tracebacks() == []
    finally:
        other.close()
