"""Ids of standard clients: what is built is read back, and nobody else's is taken for one."""

import pytest

from conversations.calls.standard_ids import (
    Viewer,
    build_instance_id,
    build_publisher_id,
    build_viewer_id,
    is_instance_id,
    parse_publisher_id,
    parse_viewer_id,
)
from core.ids import new_id

BROWSER = "01920f3c-7a5e-7000-8000-000000000000"


@pytest.mark.parametrize("session_id", [None, "session"])
def test_viewer_is_read_back(session_id: str | None) -> None:
    viewer = Viewer(new_id(), session_id)
    assert parse_viewer_id(build_viewer_id(viewer)) == viewer
    assert build_viewer_id(viewer) != build_viewer_id(viewer)


def test_publisher_is_read_back() -> None:
    participant_id = new_id()
    assert parse_publisher_id(build_publisher_id(participant_id)) == participant_id
    assert build_publisher_id(participant_id) != build_publisher_id(participant_id)


@pytest.mark.parametrize("session_id", [None, "session"])
def test_instance_of_a_session_is_the_same_each_time(session_id: str | None) -> None:
    assert is_instance_id(build_instance_id(session_id))
    assert build_instance_id(session_id) == build_instance_id(session_id)


@pytest.mark.parametrize(
    "text", ["", "whep", "whep.anna", "whep.anna.s", "whep.a.s.x.y", "whip.a.b", BROWSER, "wheppet"]
)
def test_no_viewer(text: str) -> None:
    assert parse_viewer_id(text) is None


@pytest.mark.parametrize("text", ["", "whip", "whip.a", "whip.a.b.c", "whep.a.b", BROWSER])
def test_no_publisher(text: str) -> None:
    assert parse_publisher_id(text) is None


@pytest.mark.parametrize("text", ["", "whip", BROWSER, "whipped.x", "whep.a"])
def test_instance_of_a_browser(text: str) -> None:
    assert not is_instance_id(text)
