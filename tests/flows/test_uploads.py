"""Uploads through the real server: cut, killed, resumed, refused, forgotten; and what comes out at the other end."""

import asyncio
import hashlib
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from tests.support import tus
from tests.support.api import Api
from tests.support.people import sign_in
from tests.support.server import Server

MB = 1_000_000
LIMIT_S = 2.0


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("uploads"), environment={"CENTRALA_MEDIA_WORKERS": "0"})
    yield server.start()
    assert server.tracebacks() == []
    server.stop()


@pytest.fixture(scope="module")
def token(office: Server) -> str:
    """One session for all: signing in again and again is limited."""
    return asyncio.run(new_token(office))


async def new_token(office: Server) -> str:
    api = await sign_in(office.url, office.people("technician")[0])
    await api.__aexit__()
    return api.token


@pytest.fixture
async def technician(office: Server, token: str) -> AsyncIterator[Api]:
    async with Api(office.url, token=token) as api:
        yield api


@pytest.fixture
async def talk(office: Server, technician: Api) -> str:
    """A group conversation of two technicians."""
    other = next(one for one in (await technician.get("addressees"))["items"])
    body = {"kind": "group", "title": secrets.token_hex(4), "member_ids": [other["id"]]}
    return str((await technician.post("conversations", body))["id"])


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


async def fetch(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        return answer.status, dict(answer.headers), await answer.read()


async def ready(api: Api, conversation_id: str, file_id: str) -> dict[str, Any]:
    """Wait until a file was checked; give it."""
    async with asyncio.timeout(30):
        while True:
            found = (await api.get(f"conversations/{conversation_id}/files"))["items"]
            file: dict[str, Any] = next(one["file"] for one in found if one["file"]["id"] == file_id)
            if file["state"] != "checking":
                return file
            await asyncio.sleep(0.05)


async def post_one(api: Api, talk: str, name: str, content: bytes, **told: str) -> dict[str, Any]:
    """Upload and post one file; give it when it is ready."""
    upload_id = await tus.upload(api, talk, name, content, **told)
    message = await tus.post(api, talk, upload_id, client_id=secrets.token_hex(8))
    return await ready(api, talk, message["body"]["files"][0]["id"])


async def link(api: Api, talk: str, file_id: str) -> str:
    return str((await api.post(f"conversations/{talk}/files/{file_id}/link"))["url"])


class Memory:
    """The most a process had while something went on, above what it had before."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.before = self._process.memory_info().rss
        self.most = self.before

    async def watch(self) -> None:
        while True:
            self.most = max(self.most, self._process.memory_info().rss)
            await asyncio.sleep(0.05)

    @property
    def grown_mb(self) -> float:
        return (self.most - self.before) / MB


async def arrive_cut_five_times(server: Server, api: Api, talk: str, content: bytes) -> None:
    """Upload with five cuts, post, download, compare; all the while look at the server's memory."""
    await post_one(api, talk, "rozgrzewka.bin", noise(3 * MB, 1))
    memory = Memory(server.pid)
    watching = asyncio.create_task(memory.watch())
    upload_id = await tus.begin(api, talk, "duży plik.bin", len(content))
    at, resumed_from = 0, []
    for cut in range(5):
        with pytest.raises(tus.CutOff):
            await tus.send(api, upload_id, content, at, cut_after=len(content) // 7 + cut * 1000)
        at = await tus.offset(api, upload_id)
        resumed_from.append(at)
    assert resumed_from == sorted(set(resumed_from)) and 0 < at < len(content), resumed_from
    answer = await tus.send(api, upload_id, content, at)
    assert answer.status == 204 and answer.headers["Upload-Offset"] == str(len(content))
    message = await tus.post(api, talk, upload_id, client_id=secrets.token_hex(8))
    file = await ready(api, talk, message["body"]["files"][0]["id"])
    url, taken, digest = await link(api, talk, file["id"]), 0, hashlib.sha256()
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        async for part in answer.content.iter_chunked(256 * 1024):
            digest.update(part)
            taken += len(part)
    watching.cancel()
    print(f"{len(content) / MB:.0f} MB, resumed from {resumed_from}: the server grew by {memory.grown_mb:.1f} MB")
    assert (taken, digest.digest()) == (len(content), hashlib.sha256(content).digest())
    assert file["size_bytes"] == len(content)
    assert memory.grown_mb < 50


@pytest.mark.feature("CONF-014", "BEY-040")
async def test_what_is_cut_five_times_arrives_whole_and_fills_no_memory(
    office: Server, technician: Api, talk: str
) -> None:
    await arrive_cut_five_times(office, technician, talk, noise(60 * MB, 60))


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_gigabyte_cut_five_times_arrives_whole_and_fills_no_memory(
    office: Server, technician: Api, talk: str
) -> None:
    content = b"".join(noise(10 * MB, seed) for seed in range(100))
    await arrive_cut_five_times(office, technician, talk, content)


async def test_a_server_killed_in_the_middle_goes_on_where_it_was(start_server: Callable[..., Server]) -> None:
    server = start_server(CENTRALA_MEDIA_WORKERS="0")
    async with await sign_in(server.url, server.people("technician")[0]) as api:
        talk = str((await api.post("conversations", {"kind": "direct", "member_ids": []}))["id"])
        content = noise(30 * MB, 30)
        upload_id = await tus.begin(api, talk, "film.bin", len(content))
        slowly = asyncio.create_task(tus.send(api, upload_id, content, 0))
        partial = server.data_dir / "uploads" / upload_id
        async with asyncio.timeout(30):
            while not partial.exists() or partial.stat().st_size < 4 * MB:
                await asyncio.sleep(0.005)
        server.kill()
        with pytest.raises(tus.CutOff):
            await slowly
        server.restart()
        at = await tus.offset(api, upload_id)
        assert 4 * MB <= at < len(content)
        assert (await tus.send(api, upload_id, content, at)).status == 204
        message = await tus.post(api, talk, upload_id, client_id="po-zabiciu")
        file = await ready(api, talk, message["body"]["files"][0]["id"])
        status, _, got = await fetch(await link(api, talk, file["id"]))
        assert status == 200 and got == content
        assert not partial.exists()
        assert server.tracebacks() == []


async def test_what_was_whole_before_the_kill_is_whole_after_it(start_server: Callable[..., Server]) -> None:
    """All bytes are on the disk, and nobody has looked at them yet: asking how much is there settles it."""
    server = start_server(CENTRALA_MEDIA_WORKERS="0")
    async with await sign_in(server.url, server.people("technician")[0]) as api:
        talk = str((await api.post("conversations", {"kind": "direct", "member_ids": []}))["id"])
        upload_id = await tus.begin(api, talk, "umowa.txt", 11)
        folder = server.data_dir / "uploads"
        server.kill()
        (folder / upload_id).write_bytes(b"cala tresc\n")
        server.restart()
        assert await tus.offset(api, upload_id) == 11
        message = await tus.post(api, talk, upload_id, client_id="a")
        assert message["body"]["files"][0]["content_type"] in ("text/plain", "application/octet-stream")
        assert list(folder.iterdir()) == []


async def test_an_upload_goes_on_through_another_process(
    start_server: Callable[..., Server], postgres_url: str, tmp_path: Path
) -> None:
    """One database and one folder: begun here, cut, continued there, posted here, opened there."""
    shared = {
        "CENTRALA_DATABASE_URL": postgres_url, "CENTRALA_DATA_DIR": str(tmp_path / "shared"), "CENTRALA_MEDIA_WORKERS": "0",
    }  # fmt: skip
    first, second = start_server(**shared), start_server(**shared)
    content = noise(6 * MB, 6)
    async with (
        await sign_in(first.url, first.people("technician")[0]) as here,
        Api(second.url, token=here.token) as there,
    ):
        talk = str((await here.post("conversations", {"kind": "direct", "member_ids": []}))["id"])
        upload_id = await tus.begin(here, talk, "plik.bin", len(content))
        with pytest.raises(tus.CutOff):
            await tus.send(here, upload_id, content, 0, cut_after=3 * MB)
        async with asyncio.timeout(20):
            while (answer := await there.call("HEAD", f"uploads/{upload_id}", **tus.TUS)).status == 204:
                at = int(answer.headers["Upload-Offset"])
                # Until the first process noticed that the line is cut, it holds the file.
                if (await tus.send(there, upload_id, content, at)).status == 204:
                    break
                await asyncio.sleep(0.1)
        message = await tus.post(here, talk, upload_id, client_id="two")
        file = await ready(here, talk, message["body"]["files"][0]["id"])
        assert (await fetch(await link(there, talk, file["id"])))[2] == content
    assert first.tracebacks() == [] and second.tracebacks() == []


@pytest.mark.feature("CONF-014", "CONF-015")
async def test_a_message_carries_files_and_everybody_in_the_talk_opens_them(
    office: Server, technician: Api, talk: str
) -> None:
    texts = [f"plik numer {number}\n".encode() for number in range(3)]
    ids = [await tus.upload(technician, talk, f"plik {number}.txt", text) for number, text in enumerate(texts)]
    message = await tus.post(technician, talk, *ids, client_id="trzy", text="Trzy naraz")
    again = await tus.post(technician, talk, *ids, client_id="trzy", text="Trzy naraz")
    assert again["id"] == message["id"] and message["kind"] == "file" and message["text"] == "Trzy naraz"
    assert [one["name"] for one in message["body"]["files"]] == ["plik 0.txt", "plik 1.txt", "plik 2.txt"]
    listed = (await technician.get(f"conversations/{talk}/files?q=numer"))["items"]
    assert listed == []
    listed = (await technician.get(f"conversations/{talk}/files?q=PLIK+2"))["items"]
    assert [one["file"]["name"] for one in listed] == ["plik 2.txt"] and listed[0]["seq"] == message["seq"]
    page = await technician.get(f"conversations/{talk}/files?limit=2")
    rest = await technician.get(f"conversations/{talk}/files?limit=2&cursor={page['next']}")
    names = [one["file"]["name"] for one in page["items"] + rest["items"]]
    assert sorted(names) == ["plik 0.txt", "plik 1.txt", "plik 2.txt"] and rest["next"] is None
    found = (await technician.get("search?q=numer+trzy"))["messages"]
    assert found == []
    found = (await technician.get("search?q=naraz"))["messages"]
    assert message["id"] in [one["message"]["id"] for one in found]
    file = await ready(technician, talk, message["body"]["files"][1]["id"])
    url = await link(technician, talk, file["id"])
    status, headers, got = await fetch(url)
    assert (status, got) == (200, texts[1])
    assert headers["Content-Disposition"].startswith("attachment;")
    status, headers, got = await fetch(url, Range="bytes=5-9")
    assert (status, got, headers["Content-Range"]) == (206, texts[1][5:10], f"bytes 5-9/{len(texts[1])}")


async def test_the_same_content_is_stored_once_and_goes_with_the_last_that_names_it(
    office: Server, technician: Api, talk: str
) -> None:
    content = noise(200_000, 7)
    digest = hashlib.sha256(content).hexdigest()
    blob = office.data_dir / "blobs" / digest[:2] / digest[2:4] / digest
    first = await post_one(technician, talk, "a.bin", content)
    born = blob.stat().st_ino
    second = await post_one(technician, talk, "b.bin", content)
    assert len(list(blob.parent.iterdir())) == 1
    assert blob.stat().st_nlink == 1 and born
    for file in (first, second):
        _, _, got = await fetch(await link(technician, talk, file["id"]))
        assert got == content


# ---------------------------------------------------------------- refusals


async def test_what_the_protocol_says_is_refused(technician: Api, talk: str) -> None:
    answer = await technician.call("OPTIONS", "uploads")
    assert answer.headers["Tus-Version"] == "1.0.0" and "creation" in answer.headers["Tus-Extension"]
    assert int(answer.headers["Tus-Max-Size"]) == 2**31
    answer = await technician.call("POST", f"conversations/{talk}/uploads", **{"Upload-Length": "1"})
    assert (answer.status, answer.body["code"]) == (412, "conversations.tus_version")
    for length in ("", "-1", "1e3", "9" * 30):
        answer = await technician.call("POST", f"conversations/{talk}/uploads", **{**tus.TUS, "Upload-Length": length})
        assert answer.status == 400, (length, answer)
    too_large = await tus.create(technician, talk, "a", 2**31 + 1)
    assert (too_large.status, too_large.body["code"]) == (413, "conversations.file_too_large")
    upload_id = await tus.begin(technician, talk, "a.txt", 10)
    assert (await tus.send(technician, upload_id, b"0123456789", 3)).status == 409
    early = await technician.call(
        "POST", f"conversations/{talk}/files", {"client_id": "early", "upload_ids": [upload_id]}
    )
    assert (early.status, early.body["code"]) == (409, "conversations.upload_not_whole")
    assert (await tus.send(technician, upload_id, b"01234567890123", 0)).status == 413
    assert await tus.offset(technician, upload_id) == 10, "no more than was announced"
    (await technician.call("DELETE", f"uploads/{upload_id}", **tus.TUS)).expect(204)
    assert (await technician.call("HEAD", f"uploads/{upload_id}", **tus.TUS)).status == 404
    assert (await tus.send(technician, upload_id, b"0123456789", 0)).status == 404


@pytest.mark.feature("BEY-041")
async def test_who_has_enough_files_is_told_so_and_a_full_disk_says_so(start_server: Callable[..., Server]) -> None:
    server = start_server(
        CENTRALA_MEDIA_WORKERS="0", CENTRALA_FILES_PERSON_BYTES="1500", CENTRALA_FILE_MAX_BYTES="1200"
    )
    async with await sign_in(server.url, server.people("technician")[0]) as api:
        talk = str((await api.post("conversations", {"kind": "direct", "member_ids": []}))["id"])
        assert (await tus.create(api, talk, "a", 1201)).body["code"] == "conversations.file_too_large"
        await post_one(api, talk, "a.txt", b"a" * 1000)
        refused = await tus.create(api, talk, "b", 501)
        assert (refused.status, refused.body["code"]) == (413, "conversations.person_quota")
        upload_id = await tus.begin(api, talk, "b", 500)
        assert (await tus.create(api, talk, "c", 1)).body["code"] == "conversations.person_quota"
        (await api.call("DELETE", f"uploads/{upload_id}", **tus.TUS)).expect(204)
        messages = (await api.get(f"conversations/{talk}/messages"))["items"]
        (await api.call("DELETE", f"conversations/{talk}/messages/{messages[-1]['id']}")).expect()
        assert (await tus.create(api, talk, "c", 1200)).status == 201
    server.stop()
    full = Server(server.folder / "full", environment={"CENTRALA_FILES_DISK_RESERVE_BYTES": str(1 << 60)})
    full.folder.mkdir()
    full.start()
    async with await sign_in(full.url, full.people("technician")[0]) as api:
        talk = str((await api.post("conversations", {"kind": "direct", "member_ids": []}))["id"])
        refused = await tus.create(api, talk, "c", 1)
        assert (refused.status, refused.body["code"]) == (507, "conversations.disk_full")
    full.stop()


async def test_an_upload_nobody_goes_on_with_leaves_nothing(start_server: Callable[..., Server]) -> None:
    server = start_server(CENTRALA_MEDIA_WORKERS="0", CENTRALA_UPLOAD_HOURS="0.0006")
    async with await sign_in(server.url, server.people("technician")[0]) as api:
        talk = str((await api.post("conversations", {"kind": "direct", "member_ids": []}))["id"])
        begun = await tus.begin(api, talk, "a.bin", 5 * MB)
        with pytest.raises(tus.CutOff):
            await tus.send(api, begun, noise(5 * MB, 5), 0, cut_after=2 * MB)
        whole = await tus.upload(api, talk, "b.txt", b"nie wstawiony")
        folder = server.data_dir / "uploads"
        began = time.monotonic()
        while list(folder.iterdir()) or (await api.call("HEAD", f"uploads/{whole}", **tus.TUS)).status != 404:
            assert time.monotonic() - began < 30
            await asyncio.sleep(0.1)
        assert (await api.call("HEAD", f"uploads/{begun}", **tus.TUS)).status == 404
        refused = await api.call("POST", f"conversations/{talk}/files", {"client_id": "x", "upload_ids": [whole]})
        assert (refused.status, refused.body["code"]) == (404, "conversations.upload_not_found")


# ---------------------------------------------------------------- what ends a right ends it here too


async def test_who_is_put_out_of_the_talk_uploads_and_downloads_no_further(
    office: Server, technician: Api, talk: str
) -> None:
    other_person = next(one for one in office.people("technician") if one.email != office.people("technician")[0].email)
    async with await sign_in(office.url, other_person) as other:
        me = other.session["person"]["id"]
        await technician.call("POST", f"conversations/{talk}/members", {"person_ids": [me]})
        content = noise(40 * MB, 40)
        file = await post_one(technician, talk, "pobierany.bin", content)
        url = await link(other, talk, file["id"])
        upload_id = await tus.begin(other, talk, "wysyłany.bin", len(content))

        async def upload_slowly() -> int:
            async def pieces() -> AsyncIterator[bytes]:
                for start in range(0, len(content), 50_000):
                    yield content[start : start + 50_000]
                    await asyncio.sleep(0.05)

            headers = {
                **tus.TUS, "Authorization": f"Bearer {other.token}", "Upload-Offset": "0",
                "Content-Type": "application/offset+octet-stream", "Content-Length": str(len(content)),
            }  # fmt: skip
            async with aiohttp.ClientSession() as http:
                try:
                    async with http.patch(
                        f"{office.url}/api/v1/uploads/{upload_id}", data=pieces(), headers=headers
                    ) as answer:
                        return answer.status
                except aiohttp.ClientError:
                    return 0

        uploading = asyncio.create_task(upload_slowly())
        async with aiohttp.ClientSession(read_bufsize=2**16) as http, http.get(url) as answer:
            await answer.content.readexactly(1 * MB)
            await asyncio.sleep(0.3)
            (await technician.call("DELETE", f"conversations/{talk}/members/{me}")).expect(204)
            began = time.monotonic()
            with pytest.raises((aiohttp.ClientError, asyncio.IncompleteReadError)):
                while True:
                    await answer.content.readexactly(200_000)
                    await asyncio.sleep(0.05)
            download_s = time.monotonic() - began
        status = await asyncio.wait_for(uploading, 20)
        upload_s = time.monotonic() - began
        print(f"put out: the download ended after {download_s:.1f} s, the upload after {upload_s:.1f} s ({status})")
        assert download_s < 5 * LIMIT_S and upload_s < 5 * LIMIT_S and status in (0, 404)
        assert (await fetch(url))[0] == 404
        for method, path in (("HEAD", f"uploads/{upload_id}"), ("DELETE", f"uploads/{upload_id}")):
            assert (await other.call(method, path, **tus.TUS)).status == 404
        nothing = await other.call("POST", f"conversations/{talk}/files/{file['id']}/link")
        assert nothing.status == 404
