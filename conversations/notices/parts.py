"""The services of notices to browsers that have no page open, made together."""

from dataclasses import dataclass

from conversations.notices.push_notices import PushNotices
from conversations.notices.push_subscriptions import PushSubscriptions
from core.catalogue import Catalogue
from core.clock import Clock
from core.settings import Settings
from core.supervise import Supervisor
from outward.web_push import WebPushDoor
from storage.engine.database import Database


@dataclass(frozen=True, slots=True)
class Notices:
    """Who wants notices, and sending them."""

    door: WebPushDoor
    push: PushNotices
    subscriptions: PushSubscriptions


def make_notices(
    settings: Settings, clock: Clock, database: Database, catalogue: Catalogue, supervisor: Supervisor
) -> Notices:
    """Make them."""
    door = WebPushDoor(settings, database, clock)
    push = PushNotices(settings, database, catalogue, supervisor, door)
    return Notices(door=door, push=push, subscriptions=PushSubscriptions(settings, database, clock, door, push))
