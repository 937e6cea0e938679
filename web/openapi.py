"""The OpenAPI 3.1 description, generated from the route table; `python -m server.description` prints it."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from core.payloads import View
from web.route import Route

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
    422: "A field is wrong",
    423: "Somebody else sends to it now",
    428: "The header If-Match is missing",
    429: "Too many requests",
    503: "Not now",
    507: "The disk is full",
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


def describe(routes: list[Route], others: Iterable[type[BaseModel]], version: str) -> dict[str, Any]:
    """Return the description of a route table; paths carry the /api/v1 prefix.

    others   models that no route has, and clients need: those of the socket
    """
    models = _models(routes, others)
    modes: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in models]
    _, definitions = models_json_schema(modes, ref_template="#/components/schemas/{model}")
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(f"/api/v1{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Centrala", "version": version, "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "centrala_session"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _models(routes: list[Route], others: Iterable[type[BaseModel]]) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = [ProblemDocument, *others]
    for route in routes:
        found += [model for model in (route.body, route.answer) if model is not None]
    return sorted(set(found), key=lambda model: model.__name__)


def _operation(route: Route) -> dict[str, Any]:
    open_to_all = route.permission in (
        "session.start",
        "password.reset",
        "files.open",
        "uploads.describe",
        "conferences.doors",
    )
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": _parameters(route),
        "security": [] if open_to_all else [{"cookie": []}, {"bearer": []}],
        "responses": _responses(route, open_to_all=open_to_all),
        "x-permission": route.permission,
    }
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
        schema = route.query.model_json_schema()
        for name, field in schema.get("properties", {}).items():
            required = name in schema.get("required", [])
            parameters.append({"name": name, "in": "query", "required": required, "schema": field})
    return parameters


def _responses(route: Route, *, open_to_all: bool) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done"}
    if route.answer is not None:
        done["content"] = {"application/json": {"schema": _reference(route.answer)}}
    elif route.produces is not None:
        done["content"] = {route.produces: {"schema": {"type": "string", "format": "binary"}}}
    statuses = {401, 403, 404, 422, 429, 503, *route.also}
    if route.body is not None:
        statuses |= {400, 413, 415}
    elif route.raw or route.streams:
        statuses |= {413, 415}
    responses: dict[str, Any] = {str(route.status): done}
    responses.update({str(status): _problem(status) for status in sorted(statuses) if status >= 400})
    responses.update({str(status): done for status in route.also if status < 400})
    return responses


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {
        "description": _SENTENCES.get(status, "Refused"),
        "content": {"application/problem+json": {"schema": schema}},
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
