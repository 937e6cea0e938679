"""Whatever is sent to REST, the answer is never a 500 and our code never raises (schemathesis over our own OpenAPI)."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from server.description import build_openapi
from tests.support.people import admin_of
from tests.support.server import Server

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))
SEED = 20_261_122
GROWTH_LIMIT_BYTES = 40_000_000
WIDE_OPEN = {
    "CENTRALA_RATE_REQUEST_BURST": "10000000",
    "CENTRALA_RATE_REQUEST_PER_S": "1000000",
    "CENTRALA_RATE_SIGN_IN_BURST": "1000000",
}
MODES = {"right": GenerationMode.POSITIVE, "wrong": GenerationMode.NEGATIVE}


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag", "application/offset+octet-stream")
def _as_it_is(_context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


DESCRIBED = schemathesis.openapi.from_dict(build_openapi())
OPERATIONS: list[Any] = [found.ok() for found in DESCRIBED.get_all_operations() if isinstance(found, Ok)]


class Caller:
    """Calls one server as its administrator, signing in again whenever a call ended the session."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.memory_bytes = 0
        self._http = requests.Session()
        self._token = ""

    def sign_in(self) -> None:
        admin = admin_of(self.server)
        body = {"email": admin.email, "password": admin.password}
        answer = self._http.post(f"{self.server.url}/api/v1/session", json=body, timeout=10)
        answer.raise_for_status()
        self._http.cookies.clear()
        self._token = answer.json()["token"]

    def call(self, case: Any) -> Any:
        answer = self._send(case)
        if answer.status_code == 401:
            self.sign_in()
            answer = self._send(case)
        return answer

    def _send(self, case: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        return case.call(base_url=self.server.url, headers=headers, session=self._http, timeout=20)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    server = Server(tmp_path_factory.mktemp("fuzzed"), environment=WIDE_OPEN).start()
    made = Caller(server)
    made.sign_in()
    yield made
    server.stop()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label.replace("/api/v1", ""))
def test_no_input_breaks_the_server(caller: Caller, operation: Any, mode: str) -> None:
    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=MODES[mode]))
    def every(case: Any) -> None:
        answer = caller.call(case)
        case.validate_response(answer, checks=[not_a_server_error])
        if answer.status_code >= 400:
            kinds = " ".join(answer.headers.get("content-type", []))
            problem = answer.json() if "json" in kinds and answer.content else {}
            detail = problem.get("detail", "")
            wordless = answer.status_code in (400, 401, 404, 405, 413) or case.method == "HEAD"
            assert wordless or detail, (answer.status_code, answer.text[:300])
            assert not detail.startswith("errors."), problem

    if mode == "wrong" and not operation.body and not operation.query and not operation.path_parameters:
        return  # takes nothing, so nothing can be wrong
    every()


def test_it_raised_nothing_of_ours_and_still_serves(caller: Caller) -> None:
    assert caller.server.ready()
    assert caller.server.tracebacks() == []
    caller.sign_in()
    print(f"{caller.server.pss_bytes() / 1e6:.0f} MB after all of it")
