"""A server that has only what the image holds does all that needs files of ours: a forgotten one is missed here."""

import json
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.flows.test_composing_is_killed import record, until_state
from tests.flows.test_hostile_files import picture
from tests.flows.test_uploads import fetch, post_one
from tests.support.api import Api
from tests.support.image import build_image, in_image
from tests.support.people import admin_of, sign_in
from tests.support.processes import Child
from tests.support.server import ROOT, Server
from tests.support.tones import make_tone

pytestmark = pytest.mark.server
OPERATORS_PROGRAMS = ("backup", "jobs", "organisation", "phone_numbers")


class ServerInImage(Server):
    """A server whose working folder is the image's, and whose code lies nowhere else."""

    def __init__(self, folder: Path, image: Path) -> None:
        super().__init__(folder)
        self.image = image
        self.environment = in_image(self.environment)

    def start(self, limit_s: float = 60.0) -> "ServerInImage":
        command = [sys.executable, "-m", "server"]
        self._child = Child(command, log=self.log, environment=self.environment, folder=self.image)
        self._child.wait_until(self.ready, limit_s, "readiness")
        return self

    def run(self, *arguments: str) -> str:
        """Run Python there; give what it printed."""
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=self.image, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_image(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def server(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerInImage]:
    server = ServerInImage(tmp_path_factory.mktemp("server"), image)
    yield server.start()
    assert "Traceback" not in server.output()
    server.stop()


async def _get(api: Api, path: str) -> tuple[int, bytes]:
    status, _, content = await fetch(f"{api.url}{path}", Authorization=f"Bearer {api.token}")
    return status, content


def test_the_image_has_no_tests_and_its_code_comes_from_nowhere_else(server: ServerInImage, image: Path) -> None:
    assert not {"tests", "bench", "docs"} & {path.name for path in image.iterdir()}
    packages = tomllib.loads((image / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    asked = f"import sys, json, {', '.join(packages)}, rtc.native._packets\n"
    asked += f"print(json.dumps([sys.path, [m.__file__ for m in ({', '.join(packages)}, rtc.native._packets)]]))"
    paths, files = json.loads(server.run("-c", asked))
    assert str(ROOT) not in paths
    assert len(files) == len(packages) + 1
    assert all(Path(file).is_relative_to(image) for file in files), files


async def test_pages_and_guides_are_served(server: ServerInImage) -> None:
    async with await sign_in(server.url, admin_of(server)) as api:
        project = await api.post("projects", {"name": "Sklep"})
        key = (await api.get(f"projects/{project['id']}/widget"))["key"]
        for path, sign in (
            ("/auth/login", b"<script"),
            (f"/loader/{key}", b"postMessage"),
            (f"/widget/{key}/", b"<script"),
            (f"/api/v1/projects/{project['id']}/widget/guides/html", b"%PDF"),
        ):
            status, content = await _get(api, path)
            assert status == 200 and sign in content, path


async def test_a_picture_gets_its_small_one(server: ServerInImage) -> None:
    async with await sign_in(server.url, server.people("technician")[0]) as api:
        talk = (await api.post("conversations", {"kind": "direct", "member_ids": []}))["id"]
        file = await post_one(api, talk, "pompa.png", picture(size=(900, 600)))
        status, content = await _get(api, file["preview_url"])
        assert status == 200 and content[:4] == b"RIFF"


async def test_a_sound_is_made_ready_to_play(server: ServerInImage) -> None:
    async with await sign_in(server.url, server.people("technician")[0]) as api:
        sound = await api.send("POST", "sounds?name=Powitanie", make_tone(700, 1.0), "audio/wav")
        status, content = await _get(api, f"/api/v1/sounds/{sound['id']}/content")
        assert status == 200 and content[:4] == b"OggS"


async def test_a_call_is_recorded_and_made_into_one_file(server: ServerInImage) -> None:
    async with await sign_in(server.url, server.people("technician")[1]) as api:
        talk, message_id = await record(api)
        await api.post(f"conversations/{talk}/messages/{message_id}/composition", {})
        made = await until_state(api, talk, "ready", 40)
        link = await api.post(f"conversations/{talk}/files/{made['file_id']}/link")
        async with aiohttp.ClientSession() as http, http.get(link["url"]) as answer:
            assert answer.status == 200 and (await answer.read())[:4] == b"\x1a\x45\xdf\xa3"


def test_an_operators_programs_run(server: ServerInImage, tmp_path: Path) -> None:
    for program in OPERATORS_PROGRAMS:
        assert "usage:" in server.run("-m", f"scripts.{program}", "--help")
    archive = tmp_path / "centrala.tar"
    server.run("-m", "scripts.backup", "save", str(archive))
    with tarfile.open(archive) as tar:
        assert "centrala.sqlite3" in tar.getnames()
