"""`make phone-numbers` fills the pool from a file, and names the lines that are wrong."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from scripts.phone_numbers import read_lines
from tests.support.api import Api
from tests.support.server import ROOT, Server


async def _fill(server: Server, file: Path) -> tuple[int, str]:
    make = shutil.which("make")
    assert make is not None
    settings = {**os.environ, "PORT": str(server.port), "CENTRALA_OPERATOR_KEY": server.operator_key}
    settings.pop("MAKEFLAGS", None)
    running = await asyncio.create_subprocess_exec(
        make, "phone-numbers", f"FILE={file}", cwd=ROOT, env=settings, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    assert running.returncode is not None
    return running.returncode, said.decode()


def test_a_line_is_a_kind_and_a_number() -> None:
    text = "# our numbers\n\ngsm +48 607 777 777\nTDM,+48225994493  # head office\n+48225994494\n"
    assert read_lines(text) == [
        (3, {"kind": "gsm", "number": "+48 607 777 777"}),
        (4, {"kind": "tdm", "number": "+48225994493"}),
        (5, {"kind": "", "number": "+48225994494"}),
    ]


@pytest.mark.feature("CC-184")
async def test_the_operator_fills_the_pool_from_a_file(shared_server: Server, tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("gsm +48 601 000 184\n\ntdm 22 599 44 93\nisdn +48 22 599 44 94\n")
    status, said = await _fill(shared_server, file)
    assert status != 0
    assert "line 3: A number begins with + and the code of its country" in said, said
    assert "line 4: Choose one of the values on offer" in said, said
    file.write_text("gsm +48 601 000 184\ntdm +48 22 599 01 84\n")
    assert "In the pool: lines 1 to 2 (2 numbers)" in (await _fill(shared_server, file))[1]
    async with Api(shared_server.url, token=shared_server.operator_key) as operator:
        pool = (await operator.get("phone-numbers?cursor=%2B48"))["items"]
    assert {("+48601000184", "gsm"), ("+48225990184", "tdm")} <= {(one["number"], one["kind"]) for one in pool}
    status, said = await _fill(shared_server, file)
    assert status != 0 and "These are in the pool already: +48225990184, +48601000184. Nothing was added" in said, said
