"""The reference of how a client applies stored events to what it fetched: snapshot + events = a fresh GET.

Everything is plain JSON as it travels. `Held` is what one person's client holds: the list of conversations by id, and
the messages of each by id.
"""

import copy
from typing import Any

Json = dict[str, Any]


class Held:
    """What one client has fetched, kept true by events."""

    def __init__(self, person_id: str) -> None:
        self.person_id = person_id
        self.conversations: dict[str, Json] = {}
        self.messages: dict[str, dict[str, Json]] = {}
        self.conferences: dict[str, dict[str, Json]] = {}
        self.lobbies: dict[str, Json] = {}

    def apply(self, kind: str, payload: Json) -> None:
        """Apply one stored event."""
        payload = copy.deepcopy(payload)
        if kind == "conversation:added":
            conversation = payload["conversation"]
            self.conversations[conversation["id"]] = conversation
            return
        if kind == "conversation:removed":
            for table in (self.conversations, self.messages, self.conferences, self.lobbies):
                table.pop(payload["conversation_id"], None)
            return
        if kind == "person:changed":
            for conversation in self.conversations.values():
                apply_person(conversation, payload["person"])
            return
        if kind == "lobby:changed":
            self.lobbies[payload["lobby"]["conversation_id"]] = payload["lobby"]
            return
        held = self.conversations.get(payload["conversation_id"])
        if kind == "conversation:silenced":
            if held is not None:
                held["silent"] = payload["silent"]
            return
        if held is None or payload["rev"] <= held["rev"]:
            return
        held["rev"] = payload["rev"]
        if "message" in payload:
            self._message(held, payload["message"])
        elif "member" in payload:
            apply_member(held, payload["member"], payload["mark"])
        elif "mark" in payload:
            put_mark(held, payload["mark"])
            if payload["mark"]["person_id"] == self.person_id:
                held["mentions"] = [one for one in held["mentions"] if one > payload["mark"]["read_seq"]]
        elif "participant" in payload:
            self._participant(held, payload)
        elif "conference" in payload:
            conference = payload["conference"]
            held["conference"] = conference if conference["state"] == "running" else None
            self.conferences.setdefault(held["id"], {})[conference["id"]] = conference
        else:
            head = payload["conversation"]
            held.update({name: head[name] for name in ("title", "case", "version")})
        held["unread"] = next((one["unread"] for one in held["marks"] if one["person_id"] == self.person_id), 0)

    def _message(self, held: Json, message: Json) -> None:
        new = message["seq"] > held["seq"]
        step = 0
        if new:
            held["seq"] = message["seq"]
            held["last_activity_at_ms"] = message["created_at_ms"]
            if message["kind"] != "system":
                held["last_message"] = message
            step = 1 if message["kind"] in ("text", "file") and message["deleted_at_ms"] is None else 0
        else:
            if held["last_message"] is not None and held["last_message"]["id"] == message["id"]:
                held["last_message"] = message
            step = -1 if message["kind"] in ("text", "file") and message["deleted_at_ms"] is not None else 0
        for mark in held["marks"]:
            if mark["person_id"] != message["author"]["id"] and mark["read_seq"] < message["seq"]:
                mark["unread"] += step
        self._mentions(held, message)
        self.messages.setdefault(held["id"], {})[message["id"]] = message

    def _mentions(self, held: Json, message: Json) -> None:
        """Whether a message mentions this person is in the message itself, also after an edit; a deleted one does not."""
        named = {one["person_id"] for one in message.get("mentions", [])}
        read_seq = next((one["read_seq"] for one in held["marks"] if one["person_id"] == self.person_id), 0)
        mine = message["author"]["id"] != self.person_id and bool(named & {self.person_id, None})
        others = [one for one in held["mentions"] if one != message["seq"]]
        held["mentions"] = sorted([*others, message["seq"]] if mine and message["seq"] > read_seq else others)[-20:]

    def _participant(self, held: Json, payload: Json) -> None:
        for conference in (held["conference"], self.conferences.get(held["id"], {}).get(payload["conference_id"])):
            if conference is None or conference["id"] != payload["conference_id"] or conference["state"] != "running":
                continue
            conference["rev"] = payload["rev"]
            others = [one for one in conference["participants"] if one["id"] != payload["participant"]["id"]]
            gone = payload["participant"]["left_at_ms"] is not None
            conference["participants"] = others if gone else [*others, payload["participant"]]


def apply_member(held: Json, member: Json, mark: Json | None) -> None:
    """Somebody came, with their mark, or went, and their mark with them."""
    person_id = member["person_id"]
    held["members"] = [one for one in held["members"] if one["person_id"] != person_id]
    held["marks"] = [one for one in held["marks"] if one["person_id"] != person_id]
    if member["left_at_ms"] is None:
        held["members"].append(member)
        if mark is not None:
            held["marks"].append(mark)


def put_mark(held: Json, mark: Json) -> None:
    """Somebody's marks moved."""
    held["marks"] = [*(one for one in held["marks"] if one["person_id"] != mark["person_id"]), mark]


def apply_person(held: Json, person: Json) -> None:
    """A person has another name, picture, role or group: on the member, and wherever the person is in the call."""
    for member in held["members"]:
        if member["person_id"] == person["id"]:
            member.update({name: person[name] for name in ("name", "role", "group_id", "group_name", "avatar_url")})
    shown = {name: person[name] for name in ("name", "avatar_url")}
    conference = held["conference"]
    if conference is not None:
        for participant in conference["participants"]:
            if participant["person_id"] == person["id"]:
                participant.update(shown)
        if conference["started_by"]["id"] == person["id"]:
            conference["started_by"].update(shown)
    if held["last_message"] is not None and held["last_message"]["author"]["id"] == person["id"]:
        held["last_message"]["author"].update(shown)


def comparable(conversation: Json) -> Json:
    """Return a conversation with its unordered lists in one order."""
    found = copy.deepcopy(conversation)
    found["members"].sort(key=lambda one: one["person_id"])
    found["marks"].sort(key=lambda one: one["person_id"])
    if found["conference"] is not None:
        found["conference"]["participants"].sort(key=lambda one: one["id"])
    return found
