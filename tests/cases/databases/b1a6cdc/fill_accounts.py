"""Organisations, groups, people of each role, sign-ins, sessions, keys, links, pushes, and the audit that tells of them."""

from firm import ADMIN, OTHER_ADMIN, PASSWORD, Firm, a_picture, delete, patch, put

from tests.support.api import Api
from tests.support.requests_of_routes import BROWSER_KEY
from tests.support.server import Server

# who -> e-mail, first name, last name, role, group, position
PEOPLE = {
    "ola": ("ola@laka.example", "Ola", "Wójcik-Łoś", "agent", "staff", "Konsultantka"),
    "pawel": ("pawel@laka.example", "Paweł", "Żak", "agent", "staff", "Konsultant 🎧"),
    "marta": ("marta@laka.example", "Marta", "Śliwińska", "agent", "staff", "Kierowniczka zmiany"),
    "lukasz": ("lukasz@laka.example", "Łukasz", "Źrebiec", "technician", "staff", "Serwisant"),
    "ewa": ("ewa@laka.example", "Ewa", "Ćwiąkalska", "technician", "staff", "Elektryk"),
    "celina": ("celina@mlyn.example", "Celina", "Gęś", "customer", "mill", "Właścicielka młyna 🌾"),
    "iwona": ("iwona@laka.example", "Iwona", "Ożóg", "agent", "staff", "Na urlopie 🏖️"),
    "jozef": ("jozef@mlyn.example", "Józef", "Łąkowski", "customer", "mill", ""),
}


async def open_first(server: Server) -> Firm:
    """Make the first organisation with all its people, and sign them in."""
    firm = Firm(server)
    admin = await firm.sign_in("zofia", ADMIN)
    await patch(admin.api, "organisation", name="Serwis Łąka 🌿", link_cards=True)
    await patch(admin.api, "profile", first_name="Zofia", last_name="Brzęczyszczykiewicz", position="Szefowa")
    async with Api(server.url, token=server.operator_key) as operator:
        for package in ("run", "grow"):
            await put(operator, f"organisations/{firm.id}/package", {"package": package})
        await put(operator, f"organisations/{firm.id}/licences", {"audio": 20, "video": 20, "chat": 50})
    firm.ids["staff"] = (await admin.api.get("groups"))["items"][0]["id"]
    for key, kind, name, external in (
        ("yellow", "staff", "Żółta ekipa 🟡", None),
        ("mill", "customer", "Młyn Wisła", "K-17"),
        ("empty", "customer", "Do usunięcia", None),
    ):
        group = await admin.api.post("groups", {"kind": kind, "name": name, "external_id": external})
        firm.ids[key] = group["id"]
    group = {one["id"]: one for one in (await admin.api.get("groups"))["items"]}[firm.ids["mill"]]
    body = {"version": group["version"], "name": "Młyn „Wisła” i Synowie"}
    (await admin.api.call("PATCH", f"groups/{group['id']}", body)).expect()
    await delete(admin.api, f"groups/{firm.ids['empty']}")
    for who, (email, first, last, role, group_key, position) in PEOPLE.items():
        body = {
            "email": email, "first_name": first, "last_name": last, "role": role, "position": position, "language": "pl",
            "group_id": firm.ids[group_key], "password": PASSWORD,
        }  # fmt: skip
        await admin.api.post("people", body)
        await firm.sign_in(who, email)
    await _people_who_changed(firm)
    await _own_things(firm)
    return firm


async def open_second(server: Server, first: Firm) -> Firm:
    """Make the second organisation; somebody of the first is invited there with the same sign-in."""
    async with Api(server.url, token=server.operator_key) as operator:
        body = {
            "name": "Młyn Źródło", "admin_email": OTHER_ADMIN, "admin_password": PASSWORD, "people_limit": 12,
            "mailbox_limit": 3, "repository_limit_bytes": 17_000_000_000, "package": "run",
        }  # fmt: skip
        await operator.post("organisations", body)
        # Whoever administers it has yet to set a password.
        await operator.post(
            "organisations", {"name": "Żłobek „Ćma”", "admin_email": "dyrekcja@zlobek.example", "package": "start"}
        )
    firm = Firm(server)
    admin = await firm.sign_in("bogumil", OTHER_ADMIN)
    staff = (await admin.api.get("groups"))["items"][0]["id"]
    for email, name, last, role in (
        (first["lukasz"].email, "Łukasz", "Źrebiec", "technician"),
        ("kinga@zrodlo.example", "Kinga", "Pączek", "technician"),
    ):
        body = {"email": email, "first_name": name, "last_name": last, "role": role, "group_id": staff}
        await admin.api.post("people", body | ({} if "laka" in email else {"password": PASSWORD}))
    kinga = await firm.sign_in("kinga", "kinga@zrodlo.example")
    talk = await admin.api.post("conversations", {"kind": "direct", "member_ids": [kinga.id]})
    text = "Czy kamień młyński dojechał do Bełchatowa? 🪨"
    first.known["other"] = {"email": OTHER_ADMIN, "text": text}
    await admin.api.post(f"conversations/{talk['id']}/messages", {"client_id": "pierwsza", "text": text})
    await admin.api.post("api-keys", {"name": "Księgowość Źródła"})
    firm.ids["group"] = talk["id"]
    return firm


async def _people_who_changed(firm: Firm) -> None:
    """Somebody was moved, somebody put out of use, somebody has yet to set a password, somebody forgot it."""
    admin = firm["zofia"].api
    for email, first in (("dawny@laka.example", "Dawny"), ("nowa@laka.example", "Nowa")):
        body = {
            "email": email,
            "first_name": first,
            "last_name": "Łęcki",
            "role": "technician",
            "group_id": firm.ids["yellow"],
        }
        made = await admin.post("people", body)
        if first == "Dawny":
            await patch(admin, f"people/{made['id']}", active=False, last_name="Łęcki-Były")
        else:
            (await admin.call("POST", f"people/{made['id']}/invitation")).expect(202)
    async with Api(firm.server.url) as nobody:
        (await nobody.call("POST", "password/forgotten", {"email": firm["jozef"].email})).expect(202)


async def _own_things(firm: Firm) -> None:
    """Pictures, languages, further sessions, keys of programs, links to files, and a browser that takes pushes."""
    url = firm.server.url
    for who, colour in (("lukasz", "teal"), ("ola", "#ffcc00"), ("celina", "purple")):
        await firm[who].api.send("PUT", "profile/avatar", a_picture(colour, size=(80, 80)), "image/png")
    await patch(firm["ewa"].api, "profile", language="en", time_zone="Europe/London", ring="short")
    for headers in ({"Origin": url, "User-Agent": "Mozilla/5.0 (X11) Firefox/153.0"}, {}):
        async with Api(url, headers=headers) as other:
            await other.sign_in(firm["lukasz"].email, PASSWORD)
    sessions = (await firm["lukasz"].api.get("sessions"))["items"]
    revoked = next(one for one in sessions if not one["current"])
    await delete(firm["lukasz"].api, f"sessions/{revoked['id']}")
    for name in ("Program serwisowy ⚙️", "Odwołany klucz"):
        made = await firm["zofia"].api.post("api-keys", {"name": name})
        firm.ids["api_key"] = firm.ids.get("api_key") or made["secret"]
    keys = (await firm["zofia"].api.get("api-keys"))["items"]
    await delete(firm["zofia"].api, f"api-keys/{next(one['id'] for one in keys if one['name'] == 'Odwołany klucz')}")
    for _ in range(2):
        link = await firm["lukasz"].api.post(f"people/{firm['lukasz'].id}/avatar-link")
    await delete(firm["lukasz"].api, f"file-links/{link['id']}")
    # Nobody listens there: what is pushed waits to be tried again.
    keys = {"p256dh": BROWSER_KEY, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}
    await put(firm["celina"].api, "push/subscription", {"endpoint": "https://127.0.0.1:9/celina", "keys": keys})
