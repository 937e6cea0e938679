"""Whatever order changes come in, however often, and through whichever halves of a cut network: all boards are equal."""

from collections.abc import Iterable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.boards import a_rectangle
from whiteboard.elements import Element, parse_element
from whiteboard.merge import MAX_ELEMENTS, Extent, Judged, Stamp, beats, judge, plan_restore

IDS = "abcde"


def element(element_id: str, version: int, nonce: int, *, deleted: bool = False) -> Element:
    # What it shows follows from the version, as it does where one client made it.
    raw = a_rectangle(element_id, version=version, nonce=nonce, x=version, y=nonce, isDeleted=deleted)
    return parse_element(raw)


class Replica:
    """A board kept by the rule alone."""

    def __init__(self) -> None:
        self.rows: dict[str, Element] = {}
        self.extent = Extent()
        self.horizon = 0

    def take(self, changes: Iterable[Element], known: int = 0) -> Judged:
        stamps = {one.id: Stamp(one.version, one.nonce, one.deleted, one.size_chars) for one in self.rows.values()}
        judged = judge(changes, stamps, self.extent, known=known, horizon=self.horizon)
        self.extent = judged.extent
        self.rows.update(judged.taken)
        return judged


versions = st.builds(
    lambda element_id, version, nonce: element(element_id, version, nonce, deleted=(version + nonce) % 4 == 0),
    st.sampled_from(IDS), st.integers(1, 6), st.integers(0, 6),
)  # fmt: skip
histories = st.lists(versions, max_size=30)


@given(histories, st.data())
def test_order_batches_and_repetitions_do_not_matter(history: list[Element], data: st.DataObject) -> None:
    straight, mixed = Replica(), Replica()
    straight.take(history)
    shuffled = data.draw(st.permutations(history + data.draw(st.lists(st.sampled_from(history))) if history else []))
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        mixed.take(shuffled[:size])
        shuffled = shuffled[size:]
    assert straight.rows == mixed.rows
    assert straight.extent == mixed.extent


@given(histories, histories, histories)
def test_halves_of_a_cut_network_agree_when_they_meet(
    before: list[Element], left: list[Element], right: list[Element]
) -> None:
    one, other = Replica(), Replica()
    for replica, own in ((one, left), (other, right)):
        replica.take(before)
        replica.take(own)
    gone_over = list(one.rows.values())
    one.take(list(other.rows.values()))
    other.take(gone_over)
    assert one.rows == other.rows


@given(histories)
def test_the_extent_is_what_is_there(history: list[Element]) -> None:
    board = Replica()
    for change in history:
        board.take([change])
    rows = board.rows.values()
    living = sum(not one.deleted for one in rows)
    assert board.extent == Extent(living, len(rows), sum(len(one.text) for one in rows))


@given(st.tuples(st.integers(0, 9), st.integers(0, 9)), st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_of_two_different_versions_exactly_one_stands(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert beats(*one, *other) + beats(*other, *one) == (one != other)


@given(histories, histories)
def test_a_restored_board_shows_what_it_showed(then: list[Element], later: list[Element]) -> None:
    board = Replica()
    board.take(then)
    kept = [one for one in board.rows.values() if not one.deleted]
    board.take(later)
    changes = plan_restore(board.rows, kept, nonce=3)
    assert board.take(changes).behind == []

    def shown(rows: Iterable[Element]) -> dict[str, tuple[object, object]]:
        return {one.id: (orjson.loads(one.text)["x"], orjson.loads(one.text)["y"]) for one in rows if not one.deleted}

    assert shown(board.rows.values()) == shown(kept)


def test_a_restored_element_is_newer_than_a_tombstone_somebody_may_still_know() -> None:
    (change,) = plan_restore({}, [element("a", 2, 5)], nonce=3, collected_version=9)
    assert (change.version, change.nonce, change.deleted) == (10, 3, False)


def test_who_was_away_for_longer_than_tombstones_last_brings_nothing_back() -> None:
    board = Replica()
    board.take([element("b", 1, 1)])
    board.horizon = 40
    judged = board.take([element("a", 3, 1), element("b", 2, 1), element("c", 2, 2, deleted=True)], known=39)
    assert judged.refused == {"a": "boards.element_collected"}
    assert set(judged.taken) == {"b"}, "a tombstone nobody has is not kept either"
    assert set(board.take([element("a", 3, 1)], known=40).taken) == {"a"}


@pytest.mark.parametrize("full", [Extent(elements=MAX_ELEMENTS, rows=MAX_ELEMENTS), Extent(size_chars=16_000_000)])
def test_a_full_board_takes_no_more_but_lets_one_clear_it(full: Extent) -> None:
    stamps = {"b": Stamp(1, 1, False, 5_000)}
    judged = judge([element("a", 1, 1), element("b", 2, 1, deleted=True), element("c", 1, 1)], stamps, full)
    assert judged.refused["a"] == "boards.board_full"
    assert judged.taken["b"].deleted
    assert "c" in judged.taken, "there is room again"
