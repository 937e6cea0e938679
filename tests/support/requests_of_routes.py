"""A well-formed request for every row of the route table, aimed at things of one's choice."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.support.houses import PASSWORD
from tests.support.walks import of_nouns
from web.route import Route

SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360f8cf50 0f0003860180"
    "5a347d6b0000000049454e44ae426082".replace(" ", "")
)

# The generator of P-256: a browser's public key like any other.
BROWSER_KEY = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"

# What a row's path names by which id of a House; `resource_id` is a transport's. A file link's token is no id but the
# credential itself, so the walk shows one that was revoked; tests/flows/test_file_links.py walks the good ones.
PATH_PARTS = {
    "conversation_id": "conversation", "message_id": "message", "person_id": "technician", "group_id": "customers",
    "session_id": "session", "key_id": "key", "conference_id": "conference", "resource_id": "resource", "number": "number",
    "link_id": "file_link", "token": "revoked_link", "upload_id": "upload", "file_id": "file", "board_id": "board",
    "picture_id": "board_picture", "version_id": "board_version",
    "sound_id": "sound", "participant_id": "participant", "guest_link_id": "guest_link", "guest_id": "guest",
    "project_id": "project", "template_id": "template", "key": "widget_key", "digest": "file", "organisation_id": "organisation",
    "widget_key": "widget_key", "visit_id": "visit", "phone_number_id": "phone_number",
}  # fmt: skip
# What a row's path names by a word that is the same for everybody.
PATH_WORDS = {
    "channel": "chat",
    "medium": "chat",
    "purpose": "hold",
    "language": "pl",
    "system": "html",
    "ask_id": "ask",
}

Ids = Mapping[str, str]

# operation -> headers without which the request is none
HEADERS = {
    "createUpload": {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": "filename b2JjeQ=="},
    "lookAtUpload": {"Tus-Resumable": "1.0.0"},
    "continueUpload": {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"},
    "endUpload": {"Tus-Resumable": "1.0.0"},
}

# operation -> JSON body that points to things by the ids given
BODIES: dict[str, Callable[[Ids], dict[str, Any]]] = {
    "silenceConversation": lambda ids: {"silent": True},
    "addPushSubscription": lambda ids: {
        "endpoint": "https://push.example.com/" + ids["conversation"],
        "keys": {"p256dh": BROWSER_KEY, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
    },
    "removePushSubscription": lambda ids: {"endpoint": "https://push.example.com/none"},
    "tryPush": lambda ids: {"endpoint": "https://push.example.com/none"},
    "changeConference": lambda ids: {"locked": True, "speech_locked": True},
    "admitParticipant": lambda ids: {"person_id": ids["customer"]},
    "createGuestLink": lambda ids: {"expires_in_s": 3600, "label": "obcy"},
    "lookAtInvitation": lambda ids: {"token": "cgl_" + "x" * 43},
    "enterAsGuest": lambda ids: {"token": "cgl_" + "x" * 43, "name": "Obcy"},
    "startPlayer": lambda ids: {"sound_id": ids["sound"], "to": ids["resource"]},
    "openLineTest": lambda ids: {"sdp": "v=0\r\n"},
    "enterAsVisitor": lambda ids: {"language": "pl", "page": {"url": "https://obcy.example/", "title": ""}},
    "leaveMessage": lambda ids: {"client_id": secrets.token_hex(8), "email": "x@y.test", "text": "obca", "language": "pl"},
    "changeVisitor": lambda ids: {"name": "Obcy"},
    "proveVisitor": lambda ids: {"identity": "obcy.obcy.obcy"},
    "moveToPage": lambda ids: {"url": "https://obcy.example/", "title": "Obca"},
    "askForContact": lambda ids: {"client_id": secrets.token_hex(8), "medium": "chat", "language": "pl", "text": "obca"},
    "escalateOwnVisit": lambda ids: {"medium": "audio"},
    "rateVisit": lambda ids: {"stars": 5},
    "sendTranscript": lambda ids: {"email": "x@y.test"},
    "nameVisitor": lambda ids: {"name": "Obcy"},
    "listenToVisit": lambda ids: {"mode": "listen"},
    "closeVisit": lambda ids: {"note": "obca"},
    "transferVisit": lambda ids: {"agent_id": ids["technician"]},
    "escalateVisit": lambda ids: {"medium": "audio"},
    "holdVisit": lambda ids: {"held": True},
    "tagVisit": lambda ids: {"tags": ["obca"]},
    "makeCaseOfVisit": lambda ids: {"title": "Obca", "person_ids": [ids["technician"]]},
    "startSession": lambda ids: {"email": "nobody@nowhere.test", "password": "x", "organisation_id": ids["organisation"]},
    "switchOrganisation": lambda ids: {"organisation_id": ids["organisation"]},
    "forgottenPassword": lambda ids: {"email": "nobody@nowhere.test"},
    "setPassword": lambda ids: {"token": "set_" + "x" * 43, "password": PASSWORD},
    "changeProfile": lambda ids: {"version": 99, "position": "x"},
    "changePassword": lambda ids: {"old_password": "x", "new_password": PASSWORD},
    "invitePerson": lambda ids: {
        "email": f"{secrets.token_hex(6)}@new.test", "first_name": "N", "last_name": "N", "role": "customer", "group_id": ids["customers"],
    },
    "changePerson": lambda ids: {"version": 1, "group_id": ids["staff"], "role": "technician"},
    "addGroup": lambda ids: {"kind": "customer", "name": "Nowa"},
    "changeGroup": lambda ids: {"version": 1, "name": "Inna"},
    "addOrganisation": lambda ids: {"name": "Nowa", "admin_email": f"{secrets.token_hex(6)}@new.test"},
    "changeOrganisation": lambda ids: {"version": 99, "name": "Inna"},
    "addApiKey": lambda ids: {"name": "Nowy"},
    "startConversation": lambda ids: {"kind": "direct", "member_ids": [ids["technician"]]},
    "changeConversation": lambda ids: {"version": 1, "title": "Inny"},
    "addMembers": lambda ids: {"person_ids": [ids["customer"]]},
    "postMessage": lambda ids: {"client_id": secrets.token_hex(8), "text": "obca"},
    "react": lambda ids: {"emoji": "👍", "set": True},
    "forwardMessage": lambda ids: {"client_id": secrets.token_hex(8), "conversation_ids": [ids["conversation"]]},
    "editMessage": lambda ids: {"text": "obca"},
    "postFiles": lambda ids: {"client_id": secrets.token_hex(8), "upload_ids": [ids["upload"]]},
    "moveMarks": lambda ids: {"read_seq": 1},
    "createBoard": lambda ids: {"client_id": secrets.token_hex(8), "title": "obca"},
    "changeBoard": lambda ids: {"version": 1, "title": "obca", "drawing": "staff"},
    "keepBoardVersion": lambda ids: {"name": "obca"},
    "setAgentStatus": lambda ids: {"status": "break"},
    "changeLinks": lambda ids: {"web": True},
    "changeOwnProject": lambda ids: {"direction": "incoming"},
    "chooseOutgoingProject": lambda ids: {"project_id": ids["project"]},
    "addProject": lambda ids: {"name": "Nowy"},
    "changeProject": lambda ids: {"version": 99, "name": "Inny"},
    "putProjectMember": lambda ids: {"role": "supervisor"},
    "changeChannel": lambda ids: {"ask_data": True},
    "setChannelUser": lambda ids: {"serves": True},
    "setLicence": lambda ids: {"assigned": True},
    "setAnnouncement": lambda ids: {"kind": "own", "sound_id": ids["sound"]},
    "setLicenceSeats": lambda ids: {"chat": 50},
    "addPhoneNumbers": lambda ids: {"numbers": [{"number": f"+4822{secrets.randbelow(10**7):07}", "kind": "tdm"}]},
    "setPackage": lambda ids: {"package": "run"},
    "addTemplate": lambda ids: {"channel": "chat", "name": "Nowy", "text": "Dzień dobry"},
    "askForFrame": lambda ids: {"ask_id": "ask"},
    "changeTemplate": lambda ids: {"version": 99, "name": "Inny"},
    "changeWidget": lambda ids: {"version": 99, "colour": "#7318b6"},
    "putTrigger": lambda ids: {"text": "Dzień dobry", "delay_s": 15},
    "changeCompany": lambda ids: {"version": 99, "city": "Łódź"},
    "storeCase": lambda ids: {"title": "Sprawa", "customer_group": {"external_id": "nowa", "name": "Nowa"}},
}  # fmt: skip

# operation -> query that points to things by the ids given, or asks for words
QUERIES: dict[str, Callable[[Ids], dict[str, str]]] = {
    "listPeople": lambda ids: {"group_id": ids["customers"]},
    "readAudit": lambda ids: {"subject_id": ids["technician"], "author_id": ids["admin"]},
    "exportAudit": lambda ids: {"subject_id": ids["technician"], "author_id": ids["admin"]},
    "listConversations": lambda ids: {"q": "quasar"},
    "listAddressees": lambda ids: {"q": "quasar"},
    "search": lambda ids: {"q": "quasar"},
    "listVisitMessages": lambda ids: {"after": "0"},
    "listMessages": lambda ids: {"after": "0"},
    "listChanges": lambda ids: {"after": "0"},
    "whep": lambda ids: {"participant": ids["technician"]},
    "listFiles": lambda ids: {"q": "quasar"},
    "listBoards": lambda ids: {"limit": "5"},
    "getBoardScene": lambda ids: {"since": "0"},
    "putBoardPreview": lambda ids: {"revision": "1"},
    "freezePicture": lambda ids: {"client_id": secrets.token_hex(8), "title": "obca"},
    "giveFrame": lambda ids: {"ask_id": "ask"},
    "freezeGivenFrame": lambda ids: {"client_id": secrets.token_hex(8), "title": "obca"},
    "addSound": lambda ids: {"name": "x"},
    "listConferences": lambda ids: {"limit": "5"},
    "listTemplates": lambda ids: {"channel": "chat"},
    "listProjectPhoneNumbers": lambda ids: {"digits": "48"},
    "listPhoneNumbers": lambda ids: {"cursor": "+1"},
}

PATH_PARTS.update(of_nouns("PATH_PARTS"))
PATH_WORDS.update(of_nouns("PATH_WORDS"))
HEADERS.update(of_nouns("HEADERS"))
BODIES.update(of_nouns("BODIES"))
QUERIES.update(of_nouns("QUERIES"))


@dataclass(frozen=True)
class Heard:
    """An answer as it came; `plain` is what two answers are compared by."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The problem's code, empty when it is none."""
        import json

        if "problem+json" not in self.headers.get("Content-Type", "") or not self.body:
            return ""
        return str(json.loads(self.body)["code"])

    def plain(self, ids: Ids) -> tuple[int, tuple[tuple[str, str], ...], str]:
        """Status, headers and body without the date and the server's time, with each id asked for replaced by its name."""
        body, headers = re.sub(r'"now_ms":[0-9]+', '"now_ms":0', self.body.decode(errors="replace")), dict(self.headers)
        headers.pop("Date", None)
        for name, value in sorted(ids.items(), key=lambda pair: -len(pair[1])):
            body = body.replace(value, f"<{name}>")
        if body != self.body.decode(errors="replace"):
            headers.pop("Content-Length", None)
        return self.status, tuple(sorted(headers.items())), body


async def ask(http: aiohttp.ClientSession, url: str, route: Route, ids: Ids, headers: Mapping[str, str]) -> Heard:
    """Send the request of a row, aimed at these ids."""
    path = route.path
    for part, name in PATH_PARTS.items():
        path = path.replace(f"{{{part}}}", quote(ids[name], safe=""))
    for part, word in PATH_WORDS.items():
        path = path.replace(f"{{{part}}}", word)
    assert "{" not in path, f"{route.operation}: nobody says what {path} names"
    content: dict[str, Any] = {}
    sent = {"Accept-Language": "pl", **HEADERS.get(route.operation, {}), **headers}
    if route.body is not None:
        content["json"] = BODIES[route.operation](ids)
    elif route.raw:
        content["data"] = PIXEL if route.raw[0] == "image/png" else SDP
        sent["Content-Type"] = route.raw[0]
    elif route.streams:
        content["data"] = b"obce"
        sent["Content-Type"] = route.streams[0]
    query = QUERIES[route.operation](ids) if route.operation in QUERIES else None
    async with http.request(
        route.method, f"{url}/api/v1{path}", params=query, headers=sent, allow_redirects=False, **content
    ) as answer:
        return Heard(answer.status, dict(answer.headers), await answer.read())
