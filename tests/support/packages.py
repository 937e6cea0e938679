"""Debian packages that tests drive: found, or the test is skipped with the package's name."""

import shutil
from pathlib import Path

import pytest


def need(program: str, package: str) -> str:
    """Give the path of a program; skip the test when its Debian package is not installed."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin:/sbin")
    if not found:
        pytest.skip(f"Debian package {package} is not installed ({program} not found)")
    return found


def need_postgresql(program: str) -> str:
    """Give the path of a PostgreSQL server program, which Debian keeps off the PATH; the newest version wins."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip("Debian package postgresql is not installed")
    return str(found[-1])
