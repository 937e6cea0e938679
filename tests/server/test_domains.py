"""A name belongs to one domain: what is given twice is refused at start, not overwritten."""

from dataclasses import dataclass

import pytest

from server.description import described_routes
from server.domain import Made, Nothing
from server.domains import DOMAINS
from server.wiring import merge_rows
from signaling.commands.row import PEOPLE, Row
from signaling.connections import Connection


@dataclass(frozen=True)
class Badges:
    badges: str


async def _nothing(_: Connection, __: object) -> None:
    return None


def test_parts_are_found_by_their_type_and_made_once() -> None:
    made = Made()
    made.put(Badges, Badges("one"))
    assert made[Badges].badges == "one"
    with pytest.raises(ValueError, match="Badges is made twice"):
        made.put(Badges, Badges("two"))


def test_a_command_that_two_domains_do_is_refused() -> None:
    row = Row(_nothing, PEOPLE)
    assert merge_rows([{"badge:pin": row}, {"badge:unpin": row}]).keys() == {"badge:pin", "badge:unpin"}
    with pytest.raises(ValueError, match="badge:pin is done twice"):
        merge_rows([{"badge:pin": row}, {"badge:pin": row}])


def test_each_domain_has_parts_of_its_own() -> None:
    kinds = [domain.parts for domain in DOMAINS]
    assert len(set(kinds)) == len(kinds)


def test_routes_can_be_described_with_nothing_behind_them() -> None:
    routes = described_routes()
    assert len({(route.method, route.path) for route in routes}) == len(routes) > 150
    assert Nothing()[Badges].badges is None
