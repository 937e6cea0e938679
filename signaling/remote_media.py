"""Media requests to the server process that carries a conference, over Redis, and the answers back."""

import asyncio
import logging
from typing import Any, cast

from redis.exceptions import RedisError

from conversations.calls.media import ConferenceMedia, MediaMoved, NodeGone
from core.errors import Refusal, Unavailable
from core.ids import new_id
from core.supervise import Supervisor
from rtc.channel.message_form import from_plain, to_plain
from rtc.channel.replies import Reply
from rtc.channel.requests import Request
from signaling.relay import Relay

log = logging.getLogger("centrala.media")

TIMEOUT_S = 8.0


class RemoteMediaClient:
    """Asks other processes."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        relay.on("relay:media_reply", self._answered)

    async def request(self, node_id: str, organisation_id: str, request: Request) -> Reply:
        """Send a request to a process and await its reply.

        raises   NodeGone  nobody listens there, or no answer in time; Refusal  as the engine refused
        """
        request_id = new_id()
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = answer
        message = {
            "kind": "relay:media_request",
            "id": request_id,
            "organisation_id": organisation_id,
            "message": to_plain(request),
        }
        try:
            if await self._relay.ask(node_id, message) == 0:
                raise NodeGone("conversations.media_unavailable")
            async with asyncio.timeout(TIMEOUT_S):
                found = await answer
        except TimeoutError:
            raise Unavailable("conversations.media_unavailable") from None
        except (RedisError, OSError):
            raise Unavailable("conversations.media_unavailable") from None
        finally:
            self._waiting.pop(request_id, None)
        error = found.get("error")
        if error is not None:
            kind = MediaMoved if error["code"] == "conversations.media_moved" else Refusal
            raise kind(error["code"], error["status"], **error["arguments"])
        reply: Any = from_plain(found["message"])
        return cast(Reply, reply)

    def _answered(self, message: dict[str, Any]) -> None:
        waiting = self._waiting.get(message["id"])
        if waiting is not None and not waiting.done():
            waiting.set_result(message)


class RemoteMediaServer:
    """Does what other processes ask of the media carried here."""

    def __init__(self, relay: Relay, media: ConferenceMedia, supervisor: Supervisor) -> None:
        self._relay = relay
        self._media = media
        self._supervisor = supervisor
        relay.on("relay:media_request", self._asked)

    def _asked(self, message: dict[str, Any]) -> None:
        self._supervisor.start("media for another process", self._serve(message))

    async def _serve(self, message: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"kind": "relay:media_reply", "id": message["id"]}
        try:
            request: Any = from_plain(message["message"])
            answer["message"] = to_plain(await self._media.serve(message["organisation_id"], request))
        except Refusal as refusal:
            answer["error"] = {"code": refusal.code, "status": refusal.status, "arguments": refusal.arguments}
        except Exception:
            log.exception("a media request of another process failed")
            answer["error"] = {"code": "conversations.media_unavailable", "status": 503, "arguments": {}}
        await self._relay.ask(message["from"], answer)
