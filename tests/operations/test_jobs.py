"""`make jobs` shows what failed for good on a running server, and has it tried again or dropped."""

import asyncio
import os
import shutil
from pathlib import Path

import aiohttp
import pytest

from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job, fail_job, take_job
from tests.support.server import ROOT, Server


async def _make_jobs(server: Server, *arguments: str, data_dir: Path | None = None) -> tuple[int, str]:
    make = shutil.which("make")
    assert make is not None
    settings = {**os.environ, **server.environment}
    # Of the make that runs these tests, which would tell of its folders.
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        settings.pop(name, None)
    if data_dir is not None:
        settings["CENTRALA_DATA_DIR"] = str(data_dir)
    running = await asyncio.create_subprocess_exec(
        make, "jobs", *arguments, cwd=ROOT, env=settings, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    assert running.returncode is not None
    return running.returncode, said.decode()


def _fail_one(tx: Transaction, key: str) -> str:
    """Leave a job of a kind the server does, as it would be after its last try."""
    add_job(tx, "recording.clear", tx.now_ms, {"recording_id": f"none-{key}"}, key=key)
    job = take_job(tx, {"recording.clear": 60_000})
    assert job is not None
    fail_job(tx, job, "SMTPAuthenticationError 535")
    return job.id


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "sqlite":
        return {}
    return {"CENTRALA_DATABASE_URL": request.getfixturevalue("postgres_url")}


async def test_the_operator_sees_failed_jobs_and_tries_or_drops_them(store: dict[str, str], tmp_path: Path) -> None:
    server = Server(tmp_path, environment={"CENTRALA_MEDIA_WORKERS": "0", **store}).start()
    database = Database(store.get("CENTRALA_DATABASE_URL") or f"sqlite:///{server.data_dir / 'centrala.sqlite3'}")
    try:
        assert await _make_jobs(server) == (0, "No job has failed.\n")
        first, second, third, fourth = [
            await database.write(lambda tx, key=key: _fail_one(tx, key)) for key in ("a", "b", "c", "d")
        ]
        status, said = await _make_jobs(server)
        assert status == 0 and said.count("recording.clear  failed 20") == 4, said
        assert f"{first}  recording.clear" in said and "at try 1: SMTPAuthenticationError 535" in said
        assert 'centrala_jobs_failed{kind="recording.clear"} 4' in await _metrics(server)

        assert await _make_jobs(server, f"DROP={first}") == (0, f"Dropped: {first}\n")
        assert await _make_jobs(server, f"RETRY={second}") == (0, f"Will be tried again: {second}\n")
        status, said = await _make_jobs(server, f"RETRY={first}")
        assert status != 0 and f"No failed job has the id {first}." in said
        async with asyncio.timeout(10):
            while await database.read(lambda tx: _is_there(tx, second)):
                await asyncio.sleep(0.1)
        assert (await _make_jobs(server))[1].count("recording.clear") == 2, "the server has done the other one"
        status, said = await _make_jobs(server, "DROP=all")
        assert status == 0 and sorted(said.split()) == sorted(["Dropped:", third, "Dropped:", fourth])
        metrics = await _metrics(server)
        assert "centrala_jobs_failed" not in metrics
        assert 'centrala_jobs_due{lane="deadlines"} 0' in metrics
        assert 'centrala_jobs_oldest_due_seconds{lane="outward"} ' in metrics
        status, said = await _make_jobs(server, "RETRY=a", "DROP=b")
        assert status != 0 and "Either RETRY or DROP." in said
        if not store:
            status, said = await _make_jobs(server, data_dir=tmp_path / "elsewhere")
            assert status != 0 and "There is no database" in said and not (tmp_path / "elsewhere").exists()
    finally:
        await database.close()
        server.stop()


def _is_there(tx: Transaction, job_id: str) -> bool:
    return bool(tx.connection.exec_driver_sql(f"SELECT 1 FROM jobs WHERE id = '{job_id}'").first())


async def _metrics(server: Server) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/metrics") as answer:
        return await answer.text()
