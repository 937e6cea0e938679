"""A tus 1.0 client as an outside program would write it, which can also be cut off."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from tests.support.api import Answer, Api

TUS = {"Tus-Resumable": "1.0.0"}


class CutOff(Exception):
    """The line broke, as was asked."""


async def begin(api: Api, conversation_id: str, name: str, size: int, **told: str) -> str:
    """Announce an upload; return its id."""
    answer = await create(api, conversation_id, name, size, **told)
    assert answer.status == 201, answer
    assert answer.headers["Location"] == f"/api/v1/uploads/{answer.body['id']}"
    return str(answer.body["id"])


async def create(api: Api, conversation_id: str, name: str, size: int, **told: str) -> Answer:
    pairs = {"filename": name, **told}
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata}
    return await api.call("POST", f"conversations/{conversation_id}/uploads", **headers)


async def offset(api: Api, upload_id: str) -> int:
    """Ask how much is there."""
    answer = await api.call("HEAD", f"uploads/{upload_id}", **TUS)
    assert answer.status == 204 and answer.headers["Cache-Control"] == "no-store", answer
    return int(answer.headers["Upload-Offset"])


async def send(
    api: Api, upload_id: str, content: bytes, at: int, *, cut_after: int | None = None, **headers: str
) -> aiohttp.ClientResponse:
    """Send what is left from a place on; raises CutOff after so many bytes."""

    async def pieces() -> AsyncIterator[bytes]:
        view = memoryview(content)[at:]
        for start in range(0, len(view), 65_536):
            if cut_after is not None and start >= cut_after:
                raise CutOff
            yield bytes(view[start : start + 65_536])

    sent = {
        **TUS, "Authorization": f"Bearer {api.token}", "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(at), "Content-Length": str(len(content) - at), **headers,
    }  # fmt: skip
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        try:
            while True:
                async with http.patch(f"{api.url}/api/v1/uploads/{upload_id}", data=pieces(), headers=sent) as answer:
                    await answer.read()
                    if answer.status == 409 and cut_after is not None:
                        # What was cut before was put on the disk since its end was asked for: a tus client asks again.
                        at = await offset(api, upload_id)
                        sent.update({"Upload-Offset": str(at), "Content-Length": str(len(content) - at)})
                        continue
                    if answer.status != 423:
                        return answer
                # What came before is still being put on the disk: every tus client tries again.
                await asyncio.sleep(0.5)
        except (aiohttp.ClientError, CutOff) as error:
            raise CutOff from error


async def upload(api: Api, conversation_id: str, name: str, content: bytes, **told: str) -> str:
    """Send a whole file; return the upload's id."""
    upload_id = await begin(api, conversation_id, name, len(content), **told)
    if content:
        answer = await send(api, upload_id, content, 0)
        assert answer.status == 204 and answer.headers["Upload-Offset"] == str(len(content)), answer
    return upload_id


async def post(api: Api, conversation_id: str, *upload_ids: str, client_id: str, text: str = "") -> Any:
    """Make a message of whole uploads."""
    body = {"client_id": client_id, "text": text, "upload_ids": list(upload_ids)}
    return await api.post(f"conversations/{conversation_id}/files", body)
