"""The OpenAPI description is whole, and says what the route table and the table of rights say."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel, create_model

from accounts.rights import EVERYBODY, RIGHTS, CredentialKind
from server.description import build_openapi, described_routes
from server.payloads import socket_models
from web.headers import CACHING, GROUPS
from web.openapi import describe_schemas, schemas_of
from web.route import Route

DESCRIPTION = build_openapi()
PEOPLE = {"admin", "agent", "technician", "customer"}
LETTERS: type[BaseModel] = create_model("Parcel", __module__="desk.letters", weight_g=int)
GOODS: type[BaseModel] = create_model("Parcel", __module__="desk.goods", pieces=int)


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in part.values()))
    return set().union(*(_references(value) for value in part)) if isinstance(part, list) else set()


@pytest.mark.parametrize(
    "description", [DESCRIPTION, describe_schemas(described_routes(), socket_models())], ids=["whole", "schemas"]
)
def test_every_reference_leads_to_a_part_of_the_description(description: dict[str, Any]) -> None:
    references = _references(description)
    assert len(references) > 80
    for reference in references:
        found = description
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]


def test_every_operation_has_a_name_of_its_own_and_its_path_s_parameters() -> None:
    operations = [(path, one) for path, methods in DESCRIPTION["paths"].items() for one in methods.values()]
    assert len(operations) == len(described_routes()) == len({one["operationId"] for _, one in operations})
    for path, one in operations:
        in_path = {parameter["name"] for parameter in one["parameters"] if parameter["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))


def test_two_models_of_one_name_are_refused() -> None:
    assert set(schemas_of([LETTERS])) == set(schemas_of([GOODS])) == {"Parcel"}
    with pytest.raises(ValueError, match=r"models of one name.*desk__goods__Parcel.*desk__letters__Parcel"):
        schemas_of([LETTERS, GOODS])


def test_models_of_one_name_are_refused_also_deep_in_others() -> None:
    shelf: type[BaseModel] = create_model("Shelf", held=(list[GOODS], ...))
    with pytest.raises(ValueError, match="desk__goods__Parcel"):
        schemas_of([LETTERS, shelf])


def test_schemas_of_the_front_end_s_types_say_nothing_of_problems_and_no_name_twice() -> None:
    schemas = describe_schemas(described_routes(), socket_models())["components"]["schemas"]
    assert "ProblemDocument" not in schemas and "Message" in schemas and "AgentChanged" in schemas
    assert "title" not in schemas["Conversation"] and "title" in schemas["Conversation"]["properties"]
    assert all("title" not in field for field in schemas["Conversation"]["properties"].values())


def _operations() -> Iterator[tuple[Route, dict[str, Any]]]:
    for route in described_routes():
        yield route, DESCRIPTION["paths"][f"/api/v1{route.path}"][route.method.lower()]


def test_each_operation_names_the_credentials_that_the_table_of_rights_lets_in() -> None:
    for route, operation in _operations():
        named = {kind for alternative in operation["security"] for kind in alternative}
        let_in = RIGHTS[route.permission]
        expected = (let_in - PEOPLE - {EVERYBODY}) | ({"session", "bearer"} if let_in & PEOPLE else set())
        assert named == expected, route.operation
        assert all(len(alternative) == 1 for alternative in operation["security"]), "each is enough by itself"
        assert set(operation.get("x-roles", ())) == let_in & PEOPLE, route.operation


def test_every_kind_of_credential_has_its_scheme_and_is_used() -> None:
    schemes = DESCRIPTION["components"]["securitySchemes"]
    assert set(schemes) == set(get_args(CredentialKind)) - {"anonymous"}
    assert set(schemes) == {kind for _, operation in _operations() for one in operation["security"] for kind in one}


def test_refusals_for_want_of_a_credential_stand_where_one_is_wanted() -> None:
    for route, operation in _operations():
        if EVERYBODY not in RIGHTS[route.permission]:
            assert {"401", "403"} <= set(operation["responses"]), route.operation
        else:
            assert {"401", "403"} & set(operation["responses"]) == {str(one) for one in route.also} & {"401", "403"}


def test_rows_open_to_pages_of_other_origins_take_no_cookie() -> None:
    """What any page may read must be nobody's by a cookie that the browser adds by itself."""
    open_to_pages = [
        (route, operation)
        for route, operation in _operations()
        if "Access-Control-Allow-Origin" in GROUPS[route.headers]
        or (route.caching and CACHING[route.caching].get("Cross-Origin-Resource-Policy") == "cross-origin")
    ]
    assert len(open_to_pages) >= 10
    for route, operation in open_to_pages:
        assert {"session": []} not in operation["security"], route.operation
