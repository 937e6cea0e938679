"""From nothing to a served sign-in page: what a person sees who types `make run` for the first time."""

import contextlib
import os
import re
import shutil
import sqlite3
import ssl
import stat
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import Api
from tests.support.processes import Child, free_port
from tests.support.server import COMMAND, INHERITED, ROOT, Server


def _settings(folder: Path, **more: str) -> dict[str, str]:
    inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
    port = free_port()
    ours = {"PORT": str(port), "CENTRALA_DATA_DIR": str(folder / "data"), "CENTRALA_MEDIA_PORT": "0"}
    return {**inherited, **ours, **more}


def _printed(output: str) -> dict[str, str]:
    """E-mail -> password, as a person would read them off the terminal: two words of one line."""
    found = {}
    for line in output.splitlines():
        if match := re.search(r"(\S+@\S+)\s+(\S+)", line):
            found[match[1]] = match[2]
    return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server whose folder has nothing in it."""
    made = Server(tmp_path, fresh=True)
    yield made.start()
    made.stop()


async def test_an_empty_folder_gets_a_demo_whose_sign_ins_are_printed_once(server: Server) -> None:
    printed = _printed(server.output())
    roles = []
    for email, password in printed.items():
        async with Api(server.url) as api:
            await api.sign_in(email, password)
            roles.append(api.session["person"]["role"])
    assert sorted(roles) == ["admin", "customer", "customer", "technician", "technician"]
    assert stat.S_IMODE(server.demo_file.stat().st_mode) == 0o600

    people = {person.role: person for person in server.demo}
    for role in ("technician", "customer"):
        async with Api(server.url) as api:
            await api.sign_in(people[role].email, people[role].password)
            cases = (await api.get("conversations?kind=case"))["items"]
            assert len(cases) == 3
            assert all(case["case"]["number"] and case["last_message"]["text"] for case in cases)

    before = server.log.stat().st_size
    server.restart()
    assert _printed(server.log.read_text()[before:]) == {}


def test_passwords_of_a_new_server_are_hashed_at_their_full_cost(server: Server) -> None:
    with contextlib.closing(sqlite3.connect(server.data_dir / "centrala.sqlite3")) as store:
        hashes = [row[0] for row in store.execute("SELECT password_hash FROM sign_ins")]
    assert len(hashes) == 5
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in hashes)


def test_outside_loopback_an_empty_database_needs_an_administrator(tmp_path: Path) -> None:
    environment = _settings(tmp_path, CENTRALA_HOST="0.0.0.0")
    finished = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode != 0
    said = finished.stdout + finished.stderr
    assert "CENTRALA_ADMIN_EMAIL" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("wrong", [{"PORT": "eighty"}, {"CENTRALA_PUBLIC_URL": "talk.example.com"}])
def test_a_wrong_setting_stops_the_start_with_its_name(tmp_path: Path, wrong: dict[str, str]) -> None:
    finished = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env={**_settings(tmp_path), **wrong},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode != 0
    said = finished.stdout + finished.stderr
    assert next(iter(wrong)).lower() in said.lower()
    assert "Traceback" not in said


@pytest.fixture
def made() -> Iterator[list[Child]]:
    """Children a test started; they end with it."""
    children: list[Child] = []
    yield children
    for child in children:
        child.stop()


def test_a_phone_in_the_network_gets_tls(tmp_path: Path, made: list[Child]) -> None:
    environment = _settings(tmp_path, CENTRALA_LAN="1")
    child = Child(COMMAND, log=tmp_path / "log", environment=environment, folder=ROOT)
    made.append(child)
    child.wait_until(lambda: "Demo sign-ins" in child.output(), 45, "demo sign-ins")
    said = re.search(r"serves (https://[0-9.]+:\d+)", child.output())
    assert said, child.output()
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    with urllib.request.urlopen(f"{said[1]}/readyz", timeout=5, context=trusting) as answer:
        assert answer.status == 200
    keys = [path for path in (tmp_path / "data").rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert keys
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone of what is committed: no environment, no packages, nothing built."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(tmp_path / "centrala")], check=True)
    return tmp_path / "centrala"


@pytest.mark.slow
def test_make_run_serves_a_fresh_checkout_in_5_minutes_and_again_in_20_s(
    checkout: Path, tmp_path: Path, made: list[Child]
) -> None:
    make = shutil.which("make")
    assert make is not None
    environment = _settings(checkout)
    environment.pop("VIRTUAL_ENV", None)
    for run, limit_s in (("first", 300), ("second", 20)):
        began = time.monotonic()
        child = Child([make, "run"], log=tmp_path / f"{run}.log", environment=environment, folder=checkout)
        made.append(child)
        child.wait_until(lambda: _serves(environment["PORT"]), limit_s, "served page")
        print(f"{run} make run: {time.monotonic() - began:.1f} s")
        if run == "first":
            assert len(_printed(child.output())) == 5
        child.stop()


def _serves(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as ready:
            if ready.status != 200:
                return False
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/auth/login", timeout=2) as page:
            return b"<script" in page.read()
    except OSError:
        return False
