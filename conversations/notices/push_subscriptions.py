"""Browsers that take pushes: added and forgotten by the person who uses them, for as long as the session lives."""

import base64
import binascii
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from accounts.rights import Actor, demand
from conversations.notices import payloads
from conversations.notices.push_notices import PushDoor, PushNotices
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.networks import PrivateAddress, demand_public, parse_networks
from core.settings import Settings
from storage.engine.database import Database
from storage.notices.push import (
    PushAddressee,
    PushSubscription,
    add_push_subscription,
    delete_push_subscription,
    push_subscriptions_of,
)


class PushSubscriptions:
    """What a person does with their own browsers."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, door: PushDoor, notices: PushNotices
    ) -> None:
        self._database = database
        self._clock = clock
        self._door = door
        self._notices = notices
        self._allowed = parse_networks(settings.outward_networks)
        self._trials = TokenBuckets(5, 5 / 60)

    async def key(self, actor: Actor) -> payloads.PushKey:
        """Return the server's public key (RFC 8292), which a browser subscribes with."""
        demand(actor, "session.use")
        return payloads.PushKey(key=await self._door.public_key())

    async def add(self, actor: Actor, body: payloads.PushSubscriptionBody) -> None:
        """Take a browser; one that was another person's on the same device is this person's from now on.

        raises   Invalid  it is no push service on a public address, or a key is none
        """
        demand(actor, "session.use")
        self._demand_endpoint(body.endpoint)
        _demand_keys(body.keys)
        session_id = actor.session_id
        assert session_id is not None
        await self._database.write(
            lambda tx: add_push_subscription(
                tx,
                PushSubscription(
                    id=new_id(),
                    organisation_id=actor.organisation_id,
                    person_id=actor.party_id,
                    session_id=session_id,
                    endpoint=body.endpoint,
                    p256dh=body.keys.p256dh,
                    auth=body.keys.auth,
                    created_at_ms=tx.now_ms,
                ),
            )
        )

    async def remove(self, actor: Actor, endpoint: str) -> None:
        """Forget a browser; one that is not known is forgotten already."""
        demand(actor, "session.use")
        await self._database.write(lambda tx: delete_push_subscription(tx, actor.party_id, endpoint))

    async def try_out(self, actor: Actor, endpoint: str) -> payloads.PushTrial:
        """Send a notice to one of one's browsers now; return what its push service said.

        raises   NotFound  the browser is not known; Limited
        """
        demand(actor, "session.use")
        self._trials.take(actor.party_id, self._clock.monotonic_ns())
        mine = await self._database.read(lambda tx: push_subscriptions_of(tx, actor.party_id))
        subscription = next((one for one in mine if one.endpoint == endpoint), None)
        if subscription is None:
            raise NotFound("conversations.push_unknown")
        return payloads.PushTrial(outcome=await self._notices.try_out(PushAddressee(subscription, actor.language)))

    def _demand_endpoint(self, endpoint: str) -> None:
        refused = Invalid("conversations.push_endpoint")
        try:
            parts = urlsplit(endpoint)
            host = parts.hostname or ""
            _ = parts.port
        except ValueError:
            raise refused from None
        if (
            parts.scheme != "https"
            or not host
            or parts.username is not None
            or parts.fragment
            or not endpoint.isascii()
        ):
            raise refused
        try:
            ip_address(host)
        except ValueError:
            return  # a name: the address of each connection is looked at
        try:
            demand_public(host, self._allowed)
        except PrivateAddress:
            raise refused from None


def _demand_keys(keys: payloads.PushKeys) -> None:
    refused = Invalid("conversations.push_keys")
    try:
        secret = base64.urlsafe_b64decode(keys.auth + "==")
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.urlsafe_b64decode(keys.p256dh + "=="))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise refused from None
    if len(secret) != 16:
        raise refused
