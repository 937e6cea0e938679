"""What the server would serve, without serving it: for OpenAPI, the rights walk, fuzzing and generated files."""

import json
import sys
from typing import Any, cast

from core.settings import Settings
from server.domain import Nothing
from server.domains import DOMAINS
from server.ground import Ground
from server.payloads import socket_models
from web.openapi import describe
from web.route import Route


def described_routes() -> list[Route]:
    """Return every row of the route table: the handlers have nothing behind them and must not be called."""
    nothing = dict.fromkeys(Ground.__dataclass_fields__, cast(Any, None))
    ground = Ground(**{**nothing, "settings": Settings.model_construct(host="127.0.0.1", port=8080)})
    return [route for domain in DOMAINS for route in domain.routes(ground, Nothing())]


def build_openapi() -> dict[str, Any]:
    """Return the description of the whole API."""
    return describe(described_routes(), socket_models(), "1")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(build_openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n")
