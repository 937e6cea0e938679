"""Rows for web push: the server's key, and the browsers that take pushes for the person who is signed in there."""

from conversations.notices import payloads
from conversations.notices.push_subscriptions import PushSubscriptions
from web.route import Asked, Route


def push_routes(subscriptions: PushSubscriptions) -> list[Route]:
    """Return the rows under /push."""

    async def key(asked: Asked) -> payloads.PushKey:
        return await subscriptions.key(asked.actor)

    async def add(asked: Asked) -> None:
        await subscriptions.add(asked.actor, asked.body)

    async def remove(asked: Asked) -> None:
        await subscriptions.remove(asked.actor, asked.body.endpoint)

    async def try_out(asked: Asked) -> payloads.PushTrial:
        return await subscriptions.try_out(asked.actor, asked.body.endpoint)

    return [
        Route("GET", "/push/key", "getPushKey", key, "session.use", "The key a browser subscribes to pushes with",
              answer=payloads.PushKey),
        Route("PUT", "/push/subscription", "addPushSubscription", add, "session.use",
              "Send pushes to this browser until the session ends", body=payloads.PushSubscriptionBody, status=204),
        Route("POST", "/push/subscription/removal", "removePushSubscription", remove, "session.use",
              "Send no more pushes to a browser", body=payloads.PushEndpointBody, status=204),
        Route("POST", "/push/trial", "tryPush", try_out, "session.use", "Send a notice to one of one's browsers now",
              body=payloads.PushEndpointBody, answer=payloads.PushTrial),
    ]  # fmt: skip
