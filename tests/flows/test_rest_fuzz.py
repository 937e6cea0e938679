"""Whatever is sent to REST, the answer is never a 500 and our code never raises (schemathesis over our own OpenAPI)."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.checks import not_a_server_error

from tests.support.people import admin_of
from tests.support.server import Server

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))
WIDE_OPEN = {
    "CENTRALA_RATE_REQUEST_BURST": "10000000",
    "CENTRALA_RATE_REQUEST_PER_S": "1000000",
    "CENTRALA_RATE_SIGN_IN_BURST": "1000000",
}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("fuzzed"), environment=WIDE_OPEN)
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def described(fuzzed: Server) -> Any:
    return schemathesis.openapi.from_url(f"{fuzzed.url}/api/v1/openapi.json")


schema = schemathesis.pytest.from_fixture("described")


def _token(server: Server) -> str:
    admin = admin_of(server)
    body = {"email": admin.email, "password": admin.password}
    answer = requests.post(f"{server.url}/api/v1/session", json=body, timeout=10)
    answer.raise_for_status()
    return str(answer.json()["token"])


@pytest.fixture
def bearer(fuzzed: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {_token(fuzzed)}"}


@pytest.mark.timeout(900)
@schema.parametrize()
@seed(20_261_122)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=False,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_input_breaks_the_server(case: Any, fuzzed: Server, bearer: dict[str, str]) -> None:
    headers = bearer
    answer = case.call(headers=headers, timeout=20)
    case.validate_response(answer, checks=(not_a_server_error,))
    if answer.status_code == 401 and "session" in case.path:
        bearer["Authorization"] = f"Bearer {_token(fuzzed)}"


def test_it_raised_nothing_of_ours_and_still_serves(fuzzed: Server) -> None:
    assert fuzzed.ready()
    assert fuzzed.tracebacks() == []
