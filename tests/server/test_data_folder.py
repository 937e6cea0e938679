"""The data folder is for the server's user alone, and one that cannot be used is told in a sentence."""

import logging
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import Refusal
from server.data_folder import close_folder
from tests.support.server import Server


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_that_is_open_is_told_of_and_its_databases_are_closed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    for name in ("centrala.sqlite3", "centrala.sqlite3-wal"):
        (folder / name).touch(mode=0o644)
    with caplog.at_level(logging.WARNING):
        close_folder(folder)
    assert f"chmod 700 {folder}" in caplog.text
    assert {_mode(path) for path in folder.iterdir()} == {0o600}
    caplog.clear()
    close_folder(tmp_path / "new")
    assert _mode(tmp_path / "new") == 0o700 and caplog.text == ""


def test_a_folder_that_cannot_be_written_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(Refusal) as refused:
        close_folder(tmp_path / "data" / "inside")
    assert refused.value.code == "core.data_folder"
    assert refused.value.arguments["folder"].endswith("data/inside")


async def test_what_a_server_writes_is_for_its_user_alone(start_server: Callable[..., Server], tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    server = start_server(CENTRALA_DATA_DIR=str(folder))
    open_to_others = [path.name for path in folder.rglob("*") if _mode(path) & 0o077]
    assert open_to_others == []
    assert f"chmod 700 {folder}" in server.log.read_text()
