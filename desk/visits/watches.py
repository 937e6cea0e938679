"""Watches over visits as acts: beginning and ending one, in the transaction of what is done, with its entry in the audit log.

An entry says that it began, with the visit, whoever has it, and who watches; another one, at its end, from when to when.
What began is stored before anything is heard, so a killed server or a browser that died ends late, never unseen.
"""

import json
from typing import Any

from core.ids import new_id
from storage.accounts.people import find_party
from storage.audit import note
from storage.conversations.conversations import is_member
from storage.desk.projects import find_project
from storage.desk.visitors import find_visitor
from storage.desk.visits import Visit
from storage.desk.watches import Watch, WatchMode, add_watch, end_watch, find_open_watch, touch_watch
from storage.engine.database import Transaction

# How often it is stored that somebody still reads.
_SEEN_AGAIN_MS = 8_000
# Of the audit log: what began, what ended. That somebody joined is noted with the line that says so (desk.visits.supervision).
_BEGAN: dict[WatchMode, str] = {"listen": "visit.listened", "whisper": "visit.whispered", "read": "visit.read"}
_ENDED: dict[WatchMode, str] = {
    "listen": "visit.listening_ended",
    "whisper": "visit.whispering_ended",
    "read": "visit.reading_ended",
    "join": "visit.joining_ended",
}


def begin(
    tx: Transaction,
    visit: Visit,
    person_id: str,
    mode: WatchMode,
    *,
    conference_id: str | None = None,
    resource_id: str | None = None,
) -> None:
    """Store and note that somebody begins to watch a visit; Clash when they read it already.

    emits   visit:watched
    """
    organisation_id = visit.organisation_id
    if mode == "join" and find_open_watch(tx, visit.id, person_id, mode) is not None:
        # They were put out a moment ago, and that was not looked after yet: it goes on.
        return
    watch = Watch(
        new_id(), organisation_id, visit.id, person_id, mode, conference_id, resource_id, tx.now_ms, tx.now_ms
    )
    add_watch(tx, watch)
    if mode in _BEGAN:
        note(tx, organisation_id, person_id, _BEGAN[mode], "visit", visit.id, **_details(tx, visit))
    _tell(tx, visit)


def end(tx: Transaction, visit: Visit, watch: Watch, *, at_ms: int | None = None) -> bool:
    """Store and note that a watch ended, unless that was done already; tell whether it was not.

    at_ms   when it did; None: now
    emits   visit:watched
    """
    ended_at_ms = tx.now_ms if at_ms is None else max(at_ms, watch.began_at_ms)
    if not end_watch(tx, watch.id, ended_at_ms):
        return False
    note(
        tx, watch.organisation_id, watch.person_id, _ENDED[watch.mode], "visit", visit.id,
        **_details(tx, visit), began_at_ms=watch.began_at_ms, ended_at_ms=ended_at_ms,
    )  # fmt: skip
    _tell(tx, visit)
    return True


def reading_is_news(tx: Transaction, person_id: str, visit: Visit) -> bool:
    """Tell whether it is to be stored that somebody reads a visit now: another one has it, and that was not just stored."""
    if visit.state != "accepted" or visit.agent_id == person_id:
        return False
    if is_member(tx, visit.organisation_id, visit.conversation_id, person_id):
        return False
    watch = find_open_watch(tx, visit.id, person_id, "read")
    return watch is None or tx.now_ms - watch.seen_at_ms > _SEEN_AGAIN_MS


def note_reading(tx: Transaction, person_id: str, visit: Visit) -> None:
    """Store that somebody reads a visit, or still does, if that is news; emits visit:watched when it begins."""
    if not reading_is_news(tx, person_id, visit):
        return
    watch = find_open_watch(tx, visit.id, person_id, "read")
    if watch is None:
        begin(tx, visit, person_id, "read")
    else:
        touch_watch(tx, watch.id)


def _details(tx: Transaction, visit: Visit) -> dict[str, Any]:
    visitor = find_visitor(tx, visit.organisation_id, visit.visitor_id)
    agent = find_party(tx, visit.organisation_id, visit.agent_id) if visit.agent_id else None
    project = find_project(tx, visit.organisation_id, visit.project_id)
    return {
        "visitor": visitor.name if visitor else "",
        "agent": agent.name if agent else "",
        "project": project.name if project else "",
        "agent_id": visit.agent_id,
        "visit_id": visit.id,
        "conversation_id": visit.conversation_id,
    }


def _tell(tx: Transaction, visit: Visit) -> None:
    payload = json.dumps({"conversation_id": visit.conversation_id})
    tx.emit(visit.organisation_id, f"visit:{visit.id}", "visit:watched", payload)
