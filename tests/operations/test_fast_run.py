"""The fast run: which tests are left out of it, and that none of it starts a server."""

import subprocess
import sys

import pytest

from tests.support import desks, lines, packages, realtime, rows, selection
from tests.support.server import ROOT, Server

START = """
import tempfile
from pathlib import Path
from tests.support.selection import start_nothing
from tests.support.server import Server
start_nothing()
Server(Path(tempfile.mkdtemp())).start()
"""
RUN = """
import subprocess, sys
from tests.support.selection import start_nothing
start_nothing()
subprocess.run([sys.executable, "-c", "print('others run', flush=True)"], check=True)
subprocess.run([sys.executable, "-X", "dev", "-m", "server"], check=True)
"""


@pytest.mark.parametrize("code", [START, RUN])
def test_in_the_fast_run_no_server_starts_however_it_is_asked(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "mark this test with pytest.mark.server" in done.stderr.splitlines()[-1]
    assert done.stdout == ("others run\n" if code == RUN else "")


def test_what_leads_to_a_server_is_found_however_far_it_is() -> None:
    for leads in (Server, lines.call_of_two, lambda: lines.call_of_two, _Far, lambda: _Far().go):
        assert selection._reaches(leads), leads
    for leads_nowhere in (rows.a_cast, realtime.Node, desks.a_visitor, packages.need, subprocess.run):
        assert not selection._reaches(leads_nowhere), leads_nowhere


class _Far:
    def go(self) -> object:
        return [lines.call_of_two for _ in range(1)]


def test_only_what_starts_nothing_is_in_the_fast_run(request: pytest.FixtureRequest) -> None:
    """Whatever was collected with this test, be it all or this file alone."""
    for item in request.session.items:
        programs = {"server", "start_server", "shared_server", "browser", "firefox", "coturn", "nginx", "namespace"}
        if programs & set(getattr(item, "fixturenames", ())):
            assert item.get_closest_marker("server") is not None, item.nodeid
