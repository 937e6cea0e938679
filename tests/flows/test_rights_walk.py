"""The walk: every route and every socket command, for every kind of credential, at home and from another organisation.

What is expected comes from the one table of rights (accounts.rights) and the one route table (server.description): a row that
is added is walked from then on.
"""

import secrets
from collections.abc import Iterator, Mapping

import aiohttp
import pytest

from accounts.rights import EVERYBODY, RIGHTS
from core.ids import new_id
from server.description import build_openapi, described_routes
from tests.support.houses import NEBULA, QUASAR, House, build_two, dump
from tests.support.requests_of_routes import BODIES, PATH_PARTS, QUERIES, Heard, ask
from tests.support.server import Server
from tests.support.walks import of_nouns
from web.headers import CACHING, headers_of
from web.route import Route

ROUTES = described_routes()
PATHS = build_openapi()["paths"]
REFUSED_AT_THE_DOOR = {
    "accounts.sign_in_required", "accounts.forbidden", "accounts.bad_token", "accounts.foreign_origin",
}  # fmt: skip
# What these answer names new things each time, or only ever concerns oneself: nothing of others can be asked for.
NEW_EACH_TIME = {
    "storeCase", "addOrganisation", "addGroup", "addApiKey", "startSession", "switchOrganisation", "addProject", "addTemplate",
    *of_nouns("NEW_EACH_TIME"),
}  # fmt: skip
# A widget's key is in the source of public pages: whoever has one may enter by it, and leave a message.
BY_PUBLIC_KEY = {"enterAsVisitor", "leaveMessage", "getWidgetConfig"}
ENDS_ITS_SESSION = {"endSession"}
# With a revision in its address a board's picture may be kept, without one it must be asked for again.
SETS_ITS_CACHING = {"getBoardPreview"}
# These say what a door takes, the same for every id, and look nothing up; with a token of another conference they refuse.
LOOKS_AT_NOTHING = {"whipOptions", "whepOptions", "whipSessionOptions", "whepSessionOptions"}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the module's own, where nobody is slowed down and nothing rings out."""
    environment = {
        "CENTRALA_MEDIA_WORKERS": "0", "CENTRALA_RING_S": "3600", "CENTRALA_RATE_REQUEST_BURST": "1000000",
        "CENTRALA_RATE_SIGN_IN_BURST": "100000", "CENTRALA_RATE_GUEST_BURST": "100000", "CENTRALA_RATE_EVENT_BURST": "100000",
    }  # fmt: skip
    server = Server(tmp_path_factory.mktemp("walk"), environment=environment)
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def houses(walked: Server) -> tuple[House, House]:
    try:
        return build_two(walked)
    except AssertionError:
        print(walked.output())
        raise


@pytest.fixture(autouse=True)
def _no_failure_of_ours(walked: Server) -> Iterator[None]:
    yield
    assert walked.tracebacks() == []


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _cookie(token: str, origin: str) -> dict[str, str]:
    return {"Cookie": f"centrala_session={token}", "Origin": origin}


def _revoked(house: House) -> str:
    token, session_id = house.session("admin")
    with house.database as connection:
        connection.execute("DELETE FROM sessions WHERE id = ?", (session_id,))
    return token


def _credentials(house: House) -> dict[str, tuple[str, Mapping[str, str]]]:
    """kind -> (role in the table of rights, headers); "" is nobody, "-" is somebody who showed what is worth nothing."""
    url = house.server.url
    found: dict[str, tuple[str, Mapping[str, str]]] = {
        "nobody": ("", {}),
        "worthless cookie": ("", _cookie("ces_" + "x" * 43, url)),
        "garbage": ("-", _bearer("garbage garbage")),
        "binary garbage": ("-", {"Authorization": "Bearer \udcff\udcfe\udcfd\udcfc\udcfb"}),
        "another scheme": ("-", {"Authorization": "Basic YWRtaW46YWRtaW4="}),
        "revoked session": ("-", _bearer(_revoked(house))),
        "API key": ("api_key", _bearer(house.api_key)),
        "operator": ("operator", _bearer(house.server.operator_key)),
        "guest": ("guest", _bearer(house.guest_token)),
        "visitor": ("visitor", _bearer(house.visitor_token)),
        "conference token": ("conference", _bearer(house.conference_token("technician"))),
    }
    for who in ("admin", "agent", "technician", "customer"):
        found[who] = (who, _bearer(house.session(who)[0]))
        found[f"{who}, by cookie"] = (who, _cookie(house.session(who, "browser")[0], url))
    return found


def _expected(route: Route, role: str) -> tuple[int, str] | None:
    """The refusal at the door, or None: let in."""
    allowed = RIGHTS[route.permission]
    if role == "-":
        return 401, "accounts.bad_token"
    if EVERYBODY in allowed or role in allowed:
        return None
    return (401, "accounts.sign_in_required") if role == "" else (403, "accounts.forbidden")


def _made_up(ids: Mapping[str, str]) -> dict[str, str]:
    """Ids of the same shape that nothing has."""
    return {name: new_id() if len(value) == 36 else f"SR-{secrets.token_hex(6)}" for name, value in ids.items()}


def _leaks(
    heard: Heard, house: House, *, asked: Mapping[str, str], marks: tuple[str, ...] = (QUASAR, NEBULA)
) -> list[str]:
    """What of a house an answer tells, beyond the ids that were asked for."""
    text = heard.body.decode(errors="replace").lower() + repr(heard.headers).lower()
    words = [
        *(mark.lower() for mark in marks),
        *(value.lower() for name, value in house.ids.items() if name not in asked),
    ]
    return [word for word in words if word in text]


def _asked_by_path(route: Route) -> dict[str, str]:
    return {name: part for part, name in PATH_PARTS.items() if f"{{{part}}}" in route.path}


def test_every_row_says_what_it_needs_and_has_a_request() -> None:
    for route in ROUTES:
        assert route.permission in RIGHTS, route.operation
        assert route.body is None or route.operation in BODIES, f"{route.operation} has no request in the walk"
        assert route.query is None or route.operation in QUERIES, f"{route.operation} has no query in the walk"
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES) >= 50
    assert {route.permission for route in ROUTES} == set(RIGHTS), "a right nobody asks for"


@pytest.mark.feature("CC-156")
async def test_who_may_not_is_refused_at_the_door_and_nothing_changes(houses: tuple[House, House]) -> None:
    ours, _ = houses
    credentials = _credentials(ours)
    before = dump(ours.server)
    wrong, walked = [], 0
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        for kind, (role, headers) in credentials.items():
            for route in ROUTES:
                expected = _expected(route, role)
                if expected is None:
                    continue
                walked += 1
                heard = await ask(http, ours.server.url, route, ours.ids, headers)
                if heard.status != expected[0] or (route.method != "HEAD" and heard.code != expected[1]):
                    wrong.append(f"{kind}: {route.method} {route.path}: {heard.status} {heard.code}, not {expected}")
                leaked = _leaks(heard, ours, asked={})
                if leaked:
                    wrong.append(f"{kind}: {route.method} {route.path} tells {leaked}")
                if heard.status == 401 and not heard.headers.get("WWW-Authenticate", "").startswith("Bearer"):
                    wrong.append(f"{kind}: {route.method} {route.path}: 401 does not say how to sign in")
    assert wrong == []
    assert walked > 400
    assert dump(ours.server) == before


async def test_a_page_of_another_site_changes_nothing_with_our_cookie(houses: tuple[House, House]) -> None:
    ours, _ = houses
    token, _ = ours.session("admin", "browser")
    foreign = [
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Host": "evil.example"},
        {"Origin": "http://evil.example", "Host": "evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ]
    before = dump(ours.server)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        for headers in foreign:
            for route in ROUTES:
                if route.method in ("GET", "HEAD", "OPTIONS"):
                    continue
                sent = {"Cookie": f"centrala_session={token}", **headers}
                heard = await ask(http, ours.server.url, route, ours.ids, sent)
                assert (heard.status, heard.code) == (403, "accounts.foreign_origin"), (route.operation, headers)
        assert dump(ours.server) == before
        state = next(route for route in ROUTES if route.operation == "getSession")
        sent = {"Cookie": f"centrala_session={token}", "Origin": "https://evil.example"}
        heard = await ask(http, ours.server.url, state, ours.ids, sent)
        assert heard.status == 200 and "Access-Control-Allow-Origin" not in heard.headers


async def _compare(house: House, route: Route, ids: Mapping[str, str], headers: Mapping[str, str], victim: House,
                   marks: tuple[str, ...]) -> list[str]:  # fmt: skip
    """Ask for the victim's things and for things that do not exist; tell where the answers differ or leak."""
    nothing = _made_up(ids)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        real = await ask(http, house.server.url, route, ids, headers)
        made_up = await ask(http, house.server.url, route, nothing, headers)
    where = f"{route.method} {route.path}"
    wrong = []
    if real.status >= 500 or made_up.status >= 500:
        wrong.append(f"{where}: {real.status}, {made_up.status}")
    if route.operation not in NEW_EACH_TIME and real.plain(ids) != made_up.plain(nothing):
        wrong.append(f"{where}: {real.status} {real.body[:300]!r} is not {made_up.status} {made_up.body[:300]!r}")
    # An id is part of the answer only when it was asked for by the path, and then only as it was sent.
    if route.operation not in NEW_EACH_TIME and (
        leaked := _leaks(real, victim, asked=_asked_by_path(route), marks=marks)
    ):
        wrong.append(f"{where} tells {leaked}")
    if _asked_by_path(route) and real.status < 400 and route.operation not in NEW_EACH_TIME | LOOKS_AT_NOTHING:
        wrong.append(f"{where}: {real.status} for what is somebody else's")
    return wrong


async def test_what_belongs_to_another_organisation_answers_like_what_does_not_exist(
    houses: tuple[House, House],
) -> None:
    ours, theirs = houses
    before = dump(ours.server, ours.ids["organisation"])
    wrong: list[str] = []
    # What makes new things comes last, so that no list of one's own changes between two questions.
    routes = sorted(ROUTES, key=lambda route: route.operation in NEW_EACH_TIME)
    for kind, (role, headers) in sorted(_credentials(theirs).items(), key=lambda one: one[0] == "API key"):
        if role in ("", "-", "operator") or "cookie" in kind:
            continue
        for route in routes:
            if _expected(route, role) is not None or route.operation in ENDS_ITS_SESSION | BY_PUBLIC_KEY:
                continue
            if route.operation == "switchOrganisation":
                headers = _bearer(theirs.session(role)[0])
            wrong += [
                f"{kind}: {one}" for one in await _compare(theirs, route, ours.ids, headers, ours, (QUASAR, NEBULA))
            ]
    assert wrong == []
    assert dump(ours.server, ours.ids["organisation"]) == before


@pytest.mark.parametrize(
    "borrowed",
    ["message", "technician", "customer", "customers", "staff", "project", "sound"],
    ids=lambda name: f"foreign {name}",
)
async def test_one_foreign_id_among_ones_own_answers_like_one_that_does_not_exist(
    houses: tuple[House, House], borrowed: str
) -> None:
    """One's own conversation with a foreign message, one's own group with a foreign person, and so on."""
    ours, theirs = houses
    before = dump(ours.server, ours.ids["organisation"])
    wrong: list[str] = []
    for role in ("admin", "technician"):
        for route in ROUTES:
            part = next((part for part, name in PATH_PARTS.items() if name == borrowed), "no part")
            by_path = f"{{{part}}}" in route.path and route.path.count("{") > 1
            body = BODIES.get(route.operation)
            by_body = (
                body is not None and route.operation not in NEW_EACH_TIME and ours.ids[borrowed] in str(body(ours.ids))
            )
            if not (by_path or by_body) or _expected(route, role) is not None:
                continue
            headers = _bearer(theirs.session(role)[0])
            mixed = {**theirs.ids, borrowed: ours.ids[borrowed]}
            nothing = {**theirs.ids, borrowed: new_id()}
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
                real = await ask(http, ours.server.url, route, mixed, headers)
                made_up = await ask(http, ours.server.url, route, nothing, headers)
            only = {borrowed: ours.ids[borrowed]}
            if real.plain(only) != made_up.plain({borrowed: nothing[borrowed]}) or real.status < 400:
                wrong.append(
                    f"{role}: {route.operation}: {real.status} {real.body!r} is not {made_up.status} {made_up.body!r}"
                )
            wrong += [f"{role}: {route.operation} tells {word}" for word in _leaks(real, ours, asked=only)]
    assert wrong == []
    assert dump(ours.server, ours.ids["organisation"]) == before


@pytest.mark.feature("CONF-022")
@pytest.mark.parametrize("who", ["outside_admin", "outside_agent", "outside_customer"])
async def test_who_is_not_in_a_talk_learns_nothing_of_it(houses: tuple[House, House], who: str) -> None:
    """Within the organisation: the talk, its messages and its call answer like ones that do not exist."""
    ours, _ = houses
    before = dump(ours.server, ours.ids["organisation"])
    role = who.removeprefix("outside_")
    headers = _bearer(ours.session(who)[0])
    wrong: list[str] = []
    for conversation in ("conversation", "case_conversation"):
        ids = {**ours.ids, "conversation": ours.ids[conversation]}
        for route in ROUTES:
            parts = ("{visit_id}", "{conversation_id}", "{conference_id}", "{upload_id}", "{board_id}")
            of_talk = any(part in route.path for part in parts)
            listing = route.operation in ("listConversations", "search", "listCases")
            if not (of_talk or listing) or _expected(route, role) is not None:
                continue
            asked = {name: ids[name] for name in _asked_by_path(route)}
            wrong += [
                f"{who}: {one}" for one in await _compare(ours, route, {**ids, **asked}, headers, ours, (NEBULA,))
            ]
    assert wrong == []
    after = dump(ours.server, ours.ids["organisation"])
    assert {table: rows for table, rows in after.items() if table != "sessions"} == {
        table: rows for table, rows in before.items() if table != "sessions"
    }


@pytest.mark.feature("CONF-001")
async def test_a_customer_sees_no_people_of_other_groups(houses: tuple[House, House]) -> None:
    ours, _ = houses
    headers = _bearer(ours.session("outside_customer")[0])
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        for route in ROUTES:
            if route.operation in ("listAddressees", "getPresence", "startConversation", "getAvatar"):
                heard = await ask(http, ours.server.url, route, {**ours.ids, "technician": ours.ids["agent"]}, headers)
                assert (
                    _leaks(heard, ours, asked={"outside_customer": "", "agent": "", "strangers": ""}, marks=(NEBULA,))
                    == []
                )
                assert heard.status in (200, 404, 422), heard


async def test_the_description_tells_truly_what_is_open_to_nobody_in_particular(houses: tuple[House, House]) -> None:
    """Without a credential 401 comes exactly where the description names one, and nothing comes that it does not tell."""
    ours, _ = houses
    wrong = []
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        for route in ROUTES:
            operation = PATHS[f"/api/v1{route.path}"][route.method.lower()]
            heard = await ask(http, ours.server.url, route, ours.ids, {})
            refused = heard.status == 401 and (route.method == "HEAD" or heard.code == "accounts.sign_in_required")
            if refused != bool(operation["security"]) or str(heard.status) not in operation["responses"]:
                wrong.append(f"{route.operation}: {heard.status} {heard.code}, {operation['security']}")
    assert wrong == []


def _header_faults(route: Route, heard: Heard) -> list[str]:
    """Where an answer has other headers than its row says; what a handler sets itself for a success is its own."""
    expected = headers_of(route.headers)
    if heard.status < 400:
        expected |= CACHING[route.caching] if route.caching else {}
        if route.operation in SETS_ITS_CACHING:
            del expected["Cache-Control"]
    return [f"{name}: {heard.headers.get(name)}" for name in expected if heard.headers.get(name) != expected[name]]


async def test_who_may_is_let_in(houses: tuple[House, House]) -> None:
    """The last of the walk at home: it changes, ends and deletes things."""
    ours, _ = houses
    wrong, done = [], set()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        for kind, (role, shown) in _credentials(ours).items():
            for route in sorted(
                ROUTES, key=lambda route: (route.method == "DELETE", route.operation == "endConference")
            ):
                if role == "-" or _expected(route, role) is not None:
                    continue
                headers = shown
                if role in ("admin", "agent", "technician", "customer"):
                    token, _ = ours.session(role, "browser")
                    headers = _cookie(token, ours.server.url) if "cookie" in kind else _bearer(token)
                elif role == "guest":
                    headers = _bearer((await ours.guest("Gość"))[1])
                elif role == "conference":
                    await ours.call()  # a call ends with the last who leaves, also with one whose offer was refused
                    headers = _bearer(ours.conference_token("technician"))
                heard = await ask(http, ours.server.url, route, ours.ids, headers)
                if heard.code in REFUSED_AT_THE_DOOR or heard.status >= 500 or heard.status == 405:
                    wrong.append(f"{kind}: {route.method} {route.path}: {heard.status} {heard.code}")
                if str(heard.status) not in PATHS[f"/api/v1{route.path}"][route.method.lower()]["responses"]:
                    wrong.append(f"{kind}: {route.operation}: {heard.status} {heard.code} is not described")
                wrong += [f"{kind}: {route.operation}: {fault}" for fault in _header_faults(route, heard)]
                if heard.status in (route.status, *route.also) and heard.status < 400:
                    done.add(route.operation)
    assert wrong == []
    assert len(done) >= 40, sorted({route.operation for route in ROUTES} - done)


def test_the_walk_reads_the_database_it_thinks_it_reads(houses: tuple[House, House]) -> None:
    ours, theirs = houses
    own = dump(ours.server, ours.ids["organisation"])
    assert any(QUASAR in row for row in own["messages"]) and any(QUASAR.lower() in row for row in own["sign_ins"])
    assert not any(
        ours.ids["admin"] in row for rows in dump(ours.server, theirs.ids["organisation"]).values() for row in rows
    )
