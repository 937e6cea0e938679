"""The OpenAPI 3.1 description, made from the route table; `python -m server.description` prints it.

It is served, and kept nowhere; the front end's types are made from the schemas alone (scripts/generated.py).
"""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from accounts.rights import CredentialKind, credentials_of, is_open, person_roles_of
from core.cookies import SESSION
from core.payloads import View
from web.route import Route

_SCHEMAS = "#/components/schemas/"
_SENTENCES = {
    400: "The body is no JSON",
    401: "Nobody is signed in, or the credential is not valid",
    403: "Not allowed",
    404: "No such thing, or not for you",
    409: "Changed meanwhile, or taken",
    410: "The link has expired",
    413: "Too large",
    412: "Another version is expected",
    415: "Another kind of content is expected",
    416: "Outside the file",
    422: "A field is wrong",
    423: "Somebody else sends to it now",
    428: "The header If-Match is missing",
    429: "Too many requests",
    503: "Not now",
    507: "The disk is full",
}
_BEARERS: dict[CredentialKind, str] = {
    "bearer": "A person, by the token of a session",
    "api_key": "A program, by an API key of the organisation",
    "operator": "Whoever runs the server, by CENTRALA_OPERATOR_KEY",
    "conference": "A program in one conference, by a conference token",
    "guest": "Somebody who came by a link into a call, by the token of enterAsGuest",
    "visitor": "Somebody who came by the widget of a website, by the token of enterAsVisitor",
}
_ABOUT = (
    "An operation names the credentials by which it can be had, each enough by itself, and in x-roles which people have it; "
    "it names none where it is open to all. Whatever the operation, an Authorization header that is worth nothing is answered "
    "401, and a change asked by a page of another site with the cookie 403."
)
_SCHEMES: dict[CredentialKind, dict[str, str]] = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION,
        "description": "A person who signed in in a browser; over TLS its name begins with __Host-",
    },
    **{
        kind: {"type": "http", "scheme": "bearer", "description": description} for kind, description in _BEARERS.items()
    },
}


class FieldProblem(View):
    """What is wrong with one field."""

    path: str
    kind: str
    message: str


class ProblemDocument(View):
    """RFC 9457. `code` is stable, `detail` is a sentence in the caller's language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] | None = None
    retry_after_s: int | None = None


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only say a field's or a model's name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No field's should."""
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Return a model's schema without its class's name, by which it is called anyway."""
        made = super().model_schema(schema)
        made.pop("title", None)
        return made


def describe(routes: list[Route], others: Iterable[type[BaseModel]], version: str) -> dict[str, Any]:
    """Return the description of a route table; paths carry the /api/v1 prefix.

    others   models that no route has, and clients need: those of the socket
    raises   ValueError  two models have one name
    """
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(f"/api/v1{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Centrala",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas_of([ProblemDocument, *_models(routes, others)]),
            "responses": {f"Problem{status}": _problem(status) for status in _SENTENCES},
            "securitySchemes": _SCHEMES,
        },
    }


def describe_schemas(routes: list[Route], others: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """Return a description that has no paths: what is sent and answered over REST and sockets, for the front end's types."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Centrala", "version": "1"},
        "components": {"schemas": schemas_of(_models(routes, others))},
    }


def schemas_of(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """Return the schemas of models, and of those in them, by name.

    raises   ValueError  two models have one name, so that no schema could be called by it
    """
    asked: list[tuple[type[BaseModel], Any]] = [
        (model, "validation") for model in sorted(set(models), key=lambda model: model.__name__)
    ]
    _, made = models_json_schema(asked, ref_template=f"{_SCHEMAS}{{model}}", schema_generator=_Untitled)
    found: dict[str, Any] = made.get("$defs", {})
    # Of namesakes pydantic writes the modules' names before theirs, joined by two underscores.
    if namesakes := sorted(name for name in found if "__" in name):
        raise ValueError(f"models of one name: {', '.join(namesakes)}")
    return found


def _models(routes: list[Route], others: Iterable[type[BaseModel]]) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = [*others]
    for route in routes:
        found += [model for model in (route.body, route.answer) if model is not None]
    return found


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": _parameters(route),
        "security": [{kind: []} for kind in credentials_of(route.permission)],
        "responses": _responses(route),
        "x-permission": route.permission,
    }
    if roles := person_roles_of(route.permission):
        operation["x-roles"] = sorted(roles)
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(route.body)}},
        }
    elif kinds := route.raw or route.streams:
        schema = {"type": "string", "format": "binary"}
        operation["requestBody"] = {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._~-]{1,200}$"},
        }
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    if route.query is not None:
        schema = route.query.model_json_schema(schema_generator=_Untitled)
        for name, field in schema.get("properties", {}).items():
            required = name in schema.get("required", [])
            parameters.append({"name": name, "in": "query", "required": required, "schema": field})
    return parameters


def _responses(route: Route) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done"}
    if route.answer is not None:
        done["content"] = {"application/json": {"schema": _reference(route.answer)}}
    elif route.produces is not None:
        done["content"] = {route.produces: {"schema": {"type": "string", "format": "binary"}}}
    statuses = {404, 422, 429, 503, *route.also}
    if not is_open(route.permission):
        statuses |= {401, 403}
    if route.body is not None:
        statuses |= {400, 413, 415}
    elif route.raw or route.streams:
        statuses |= {413, 415}
    responses: dict[str, Any] = {str(route.status): done}
    responses.update(
        {
            str(status): {"$ref": f"#/components/responses/Problem{status}"}
            for status in sorted(statuses)
            if status >= 400
        }
    )
    responses.update({str(status): done for status in route.also if status < 400})
    return responses


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": _SENTENCES[status],
        "content": {"application/problem+json": {"schema": _reference(ProblemDocument)}},
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"{_SCHEMAS}{model.__name__}"}
