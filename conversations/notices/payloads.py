"""What web push says and takes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from core.payloads import Body, View
from outward.web_push import Outcome


class PushKey(View):
    """The server's key for web push (RFC 8292): base64url of an uncompressed P-256 point."""

    key: str


class PushKeys(Body):
    """A browser's keys (RFC 8291), base64url without padding."""

    p256dh: Annotated[str, StringConstraints(min_length=80, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
    auth: Annotated[str, StringConstraints(min_length=20, max_length=30, pattern=r"^[A-Za-z0-9_-]+$")]


class PushEndpointBody(Body):
    """Which browser: the address its push service gave it."""

    endpoint: Annotated[
        str, StringConstraints(min_length=10, max_length=2_000), Field(examples=["https://push.example.com/send/abc"])
    ]


class PushSubscriptionBody(PushEndpointBody):
    """A browser that takes pushes."""

    keys: PushKeys


class PushTrial(View):
    """What came of a trial. taken: the push service has the notice; gone: the browser must subscribe anew."""

    outcome: Outcome
