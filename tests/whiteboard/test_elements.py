"""Elements are checked field by field, and a deleted one keeps nothing it showed."""

import math
from typing import Any

import orjson
import pytest

from tests.support.boards import a_rectangle
from whiteboard.elements import MAX_ELEMENT_CHARS, MAX_POINTS, BadElement, parse_element, revise


def refused(**changes: Any) -> str:
    with pytest.raises(BadElement) as caught:
        parse_element(a_rectangle("a") | changes)
    return caught.value.code


def test_an_element_of_the_library_is_kept_as_it_came() -> None:
    raw = a_rectangle("a", link="https://example.org/x?y=1", boundElements=[{"id": "b", "type": "arrow"}])
    parsed = parse_element(raw)
    assert orjson.loads(parsed.text) == raw
    assert (parsed.id, parsed.version, parsed.nonce, parsed.deleted) == ("a", 1, 7, False)


@pytest.mark.parametrize(
    "more",
    [
        {"type": "text", "text": "Zażółć", "originalText": "Zażółć", "fontSize": 20, "fontFamily": 5, "textAlign": "left",
         "verticalAlign": "top", "containerId": None, "lineHeight": 1.25, "autoResize": True},
        {"type": "arrow", "points": [[0, 0], [10.5, -3]], "startBinding": {"elementId": "b", "focus": 0.1, "gap": 5},
         "endBinding": None, "startArrowhead": None, "endArrowhead": "triangle", "elbowed": False, "lastCommittedPoint": None},
        {"type": "line", "points": [[0, 0], [1, 1]], "polygon": True},
        {"type": "freedraw", "points": [[0, 0], [1, 2]], "pressures": [0.5, 0.7], "simulatePressure": False},
        {"type": "image", "fileId": "a1" * 20, "status": "saved", "scale": [1, -1], "crop": None},
        {"type": "frame", "name": "Hala 3"},
    ],
    ids=lambda one: one["type"],
)  # fmt: skip
def test_every_kind_of_the_library_is_taken(more: dict[str, Any]) -> None:
    assert orjson.loads(parse_element(a_rectangle("a") | more).text)["type"] == more["type"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://", "ftp://x/y", "https://a b", " https://x"])  # fmt: skip
def test_links_lead_to_pages_and_mail_alone(link: str) -> None:
    assert refused(link=link) == "boards.bad_link"


@pytest.mark.parametrize(
    "changes",
    [
        {"x": math.nan}, {"x": math.inf}, {"x": True}, {"x": "1"}, {"width": 1e9}, {"version": -1}, {"version": 1.5},
        {"id": "a b"}, {"id": ""}, {"id": "x" * 65}, {"strokeColor": "url(#x)<"}, {"groupIds": ["ok", 7]}, {"unknown": 1},
        {"dataURL": "data:image/png;base64,AA"}, {"customData": {"a": 1}}, {"boundElements": [{"id": "b"}]}, {"opacity": 101},
        {"isDeleted": 1}, {"points": [[0, 0]]},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_element_is_refused(changes: dict[str, Any]) -> None:
    assert refused(**changes) in ("boards.bad_element", "boards.unknown_element")


def test_pages_of_others_and_unknown_kinds_are_no_elements() -> None:
    for kind in ("iframe", "embeddable", "magicframe", "script", 7, None, ["rectangle"]):
        assert refused(type=kind) == "boards.unknown_element"
    nothing: list[object] = [None, [], "x", {}, {"id": "a"}]
    for raw in nothing:
        with pytest.raises(BadElement):
            parse_element(raw)


def test_long_strokes_and_texts_have_an_end() -> None:
    stroke = {"type": "freedraw", "points": [[1.5, 2.5]] * (MAX_POINTS + 1)}
    assert refused(**stroke) == "boards.bad_element"
    long = {"type": "freedraw", "points": [[123456.123456789, 123456.123456789]] * MAX_POINTS}
    assert refused(**long) == "boards.element_too_large"
    assert len(parse_element(a_rectangle("a") | {"type": "text", "text": "x" * 10_000}).text) < MAX_ELEMENT_CHARS


def test_a_deleted_element_is_a_tombstone() -> None:
    raw = a_rectangle("a", version=9, isDeleted=True) | {"type": "text", "text": "tajne", "link": "https://example.org"}
    tombstone = parse_element(raw)
    assert tombstone.deleted
    assert orjson.loads(tombstone.text) == {
        "id": "a", "type": "text", "version": 9, "versionNonce": 7, "index": "a0", "isDeleted": True,
    }  # fmt: skip
    assert revise(parse_element(a_rectangle("b", version=3)).text, 12, 5).version == 12
