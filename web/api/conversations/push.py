"""Rows for web push: the server's key, and the browsers that take pushes for the person who is signed in there."""

from conversations.notices import payloads
from conversations.notices.push_subscriptions import PushSubscriptions
from web.route import Call, Route


def push_routes(subscriptions: PushSubscriptions) -> list[Route]:
    """Return the rows under /push."""

    async def key(call: Call) -> payloads.PushKey:
        return await subscriptions.key(call.actor)

    async def add(call: Call) -> None:
        await subscriptions.add(call.actor, call.body)

    async def remove(call: Call) -> None:
        await subscriptions.remove(call.actor, call.body.endpoint)

    async def try_out(call: Call) -> payloads.PushTrial:
        return await subscriptions.try_out(call.actor, call.body.endpoint)

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
