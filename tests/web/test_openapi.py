"""The OpenAPI description is whole, and says what the route table says."""

import re
from typing import Any

import pytest
from pydantic import BaseModel, create_model

from server.description import build_openapi, described_routes
from web.openapi import describe_schemas, schemas_of

DESCRIPTION = build_openapi()
LETTERS: type[BaseModel] = create_model("Parcel", __module__="desk.letters", weight_g=int)
GOODS: type[BaseModel] = create_model("Parcel", __module__="desk.goods", pieces=int)


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in part.values()))
    return set().union(*(_references(value) for value in part)) if isinstance(part, list) else set()


@pytest.mark.parametrize("description", [DESCRIPTION, describe_schemas(described_routes())], ids=["whole", "schemas"])
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
    schemas = describe_schemas(described_routes())["components"]["schemas"]
    assert "ProblemDocument" not in schemas and "Message" in schemas and "AgentChanged" in schemas
    assert "title" not in schemas["Conversation"] and "title" in schemas["Conversation"]["properties"]
    assert all("title" not in field for field in schemas["Conversation"]["properties"].values())
