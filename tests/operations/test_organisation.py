"""`make organisation` opens the operator's door, and says what is missing when it stays shut."""

import asyncio
import os
import shutil
import subprocess

import pytest

from tests.support.api import Api
from tests.support.server import ROOT, Server


def _make(server: Server, **environment: str) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    assert make is not None
    command = [make, "organisation", "NAME=Zażółć Sp. z o.o.", "ADMIN_EMAIL=boss@zazolc.test"]
    settings = {**os.environ, "PORT": str(server.port), **environment}
    settings.pop("MAKEFLAGS", None)
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)


@pytest.mark.feature("PBX-002")
async def test_the_operator_makes_an_organisation_with_one_command(server: Server) -> None:
    refused = _make(server, CENTRALA_OPERATOR_KEY="")
    assert refused.returncode != 0
    assert "CENTRALA_OPERATOR_KEY=" in refused.stdout
    wrong = _make(server, CENTRALA_OPERATOR_KEY="not the key")
    assert "refused (401)" in wrong.stdout or "refused (403)" in wrong.stdout

    made = _make(server, CENTRALA_OPERATOR_KEY=server.operator_key)
    assert made.returncode == 0, made.stdout + made.stderr
    async with Api(server.url, token=server.operator_key) as operator:
        names = [row["name"] for row in (await operator.get("organisations"))["items"]]
    assert "Zażółć Sp. z o.o." in names
    for _ in range(100):
        if list((server.data_dir / "outbox").glob("*")):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("no mail to set a password")
