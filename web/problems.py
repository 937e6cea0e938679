"""Refusals as problem+json (RFC 9457), worded in the caller's language."""

import json
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from core.catalogue import Catalogue
from core.errors import Invalid, Refusal

MEDIA_TYPE = "application/problem+json"
_SHOWN_ERRORS = 20


class BadFields(Invalid):
    """The input's form is wrong; each field says how."""

    def __init__(self, error: ValidationError, where: str) -> None:
        super().__init__("core.invalid")
        self.fields = [
            {"path": ".".join(str(part) for part in found["loc"]) or where, "kind": found["type"]}
            for found in error.errors(include_url=False, include_input=False, include_context=False)[:_SHOWN_ERRORS]
        ]


def problem(refusal: Refusal, catalogue: Catalogue, language: str) -> dict[str, Any]:
    """Return the problem document of a refusal."""
    key = f"errors.{refusal.code}"
    detail = catalogue.say(language, key, **refusal.arguments)
    if detail == key:
        detail = catalogue.say(language, f"errors.core.status_{refusal.status}")
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": catalogue.say(language, f"errors.core.status_{refusal.status}"),
        "status": refusal.status,
        "code": refusal.code,
        "detail": detail,
    }
    if isinstance(refusal, BadFields):
        document["errors"] = [
            {**found, "message": _field_sentence(catalogue, language, found["kind"])} for found in refusal.fields
        ]
    if "retry_after_s" in refusal.arguments:
        document["retry_after_s"] = refusal.arguments["retry_after_s"]
    return document


def problem_response(refusal: Refusal, catalogue: Catalogue, language: str) -> web.Response:
    """Return the response of a refusal."""
    headers = {}
    if "retry_after_s" in refusal.arguments:
        headers["Retry-After"] = str(refusal.arguments["retry_after_s"])
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="centrala"'
    return web.Response(
        status=refusal.status,
        body=json.dumps(problem(refusal, catalogue, language), ensure_ascii=False).encode(),
        content_type=MEDIA_TYPE,
        headers=headers,
    )


def _field_sentence(catalogue: Catalogue, language: str, kind: str) -> str:
    key = f"errors.fields.{kind}"
    return catalogue.say(language, key if catalogue.has(language, key) else "errors.fields.other")
