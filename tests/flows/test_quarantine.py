"""Files scanned by ClamAV's daemon: what it finds nobody opens, and while it is away nobody opens anything."""

import asyncio
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.test_uploads import fetch, link, post_one, ready
from tests.support import tus
from tests.support.clamd import BAD, NAME, Clamd
from tests.support.people import admin_of, sign_in
from tests.support.server import Server


def packed(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("w środku.bin", content)
    return target.getvalue()


@pytest.mark.feature("BEY-041")
async def test_what_the_scanner_finds_is_held_back_and_while_it_is_away_everything_waits(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    scanner = Clamd(tmp_path / "clamd").start()
    server = start_server(CENTRALA_MEDIA_WORKERS="0", CENTRALA_CLAMD=scanner.address)
    api = await sign_in(server.url, admin_of(server))
    try:
        talk = str((await api.post("conversations", {"kind": "direct", "member_ids": []}))["id"])
        good = await post_one(api, talk, "dobry.txt", b"zwyczajna tresc")
        assert good["state"] == "ready"
        assert (await fetch(await link(api, talk, good["id"])))[2] == b"zwyczajna tresc"
        for name, content in (
            ("zły.bin", b"xx" + BAD + b"yy"),
            ("zły.zip", packed(BAD)),
            ("wielki.bin", os.urandom(6_000_000)),
        ):
            bad = await post_one(api, talk, name, content)
            assert (bad["state"], bad["view"], bad["preview_url"]) == ("quarantined", "none", None), name
            refused = await api.call("POST", f"conversations/{talk}/files/{bad['id']}/link")
            assert refused.status == 404
        found = [row["details"] for row in (await api.get("audit"))["items"] if row["action"] == "file.quarantined"]
        print(found)
        assert sorted(str(one["found"]).removesuffix(".UNOFFICIAL") for one in found) == [NAME, NAME, "too large"]
        assert len(list((server.data_dir / "quarantine").iterdir())) == 3

        scanner.stop()
        upload_id = await tus.upload(api, talk, "czeka.txt", b"tez zwyczajna")
        message = await tus.post(api, talk, upload_id, client_id="czeka")
        file_id = message["body"]["files"][0]["id"]
        await asyncio.sleep(2)
        assert (await api.call("POST", f"conversations/{talk}/files/{file_id}/link")).status == 404
        scanner.start()
        assert (await ready(api, talk, file_id))["state"] == "ready"
        assert server.tracebacks() == []
    finally:
        scanner.stop()
        await api.__aexit__()
