"""Rows of the connectivity self-test."""

from conversations.calls import payloads
from conversations.calls.line_tests import LineTests
from web.route import Answered, Asked, Route


def line_test_routes(tests: LineTests) -> list[Route]:
    """Return the rows under /line-test."""

    async def describe(asked: Asked) -> payloads.LineTest:
        return tests.describe(asked.actor)

    async def open_one(asked: Asked) -> Answered:
        return Answered(await tests.open(asked.actor, asked.body.sdp), 201)

    async def end(asked: Asked) -> None:
        await tests.end(asked.actor)

    return [
        Route("GET", "/line-test", "getLineTest", describe, "conferences.start",
              "What to try whether media gets through from here: relays, ports", answer=payloads.LineTest),
        Route("POST", "/line-test", "openLineTest", open_one, "conferences.start",
              "Answer the offer of a try; it ends after half a minute", body=payloads.LineTestOffer,
              answer=payloads.LineTestAnswer, status=201),
        Route("DELETE", "/line-test", "endLineTests", end, "conferences.start", "End one's tries", status=204),
    ]  # fmt: skip
