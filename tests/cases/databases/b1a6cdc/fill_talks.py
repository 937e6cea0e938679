"""Conversations of each kind, with messages of each kind and everything that can hang on them; files and uploads."""

import asyncio
from typing import Any

from aiohttp import web
from firm import Firm, a_picture, delete, patch, put

from tests.support import tus
from tests.support.api import Api
from tests.support.clamd import BAD

NOTE = "Protokół naprawy nr 7\nWymieniono łożysko, uszczelkę i śrubę Ø8.\n".encode()
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>Pompa</title>
<meta property="og:title" content="Pompa ciepła „Żuraw” P-7"><meta property="og:description" content="Cicha, oszczędna, żółta.">
<meta property="og:image" content="/zuraw.png"><meta property="og:site_name" content="Sklep Łąka"></head><body></body></html>"""
TITLE, SOUGHT = "Pompa ciepła 🔥 Żory", "zgrzytało"
SAID = "W Żorach źródło ciepła zgrzytało całą noc 🔧"


class Talk:
    """One conversation, written in by several people."""

    def __init__(self, firm: Firm, conversation_id: str) -> None:
        self.firm, self.id, self.path = firm, conversation_id, f"conversations/{conversation_id}"
        self._count = 0

    async def say(self, who: str, text: str, **more: Any) -> str:
        self._count += 1
        body = {"client_id": f"{who}-{self._count}", "text": text, **more}
        return (await self.firm[who].api.post(f"{self.path}/messages", body))["id"]

    async def react(self, who: str, message_id: str, emoji: str, *, on: bool = True) -> None:
        await put(self.firm[who].api, f"{self.path}/messages/{message_id}/reactions", {"emoji": emoji, "set": on})


async def fill_talks(firm: Firm) -> None:
    """Everything people write one another."""
    lukasz, ewa = firm["lukasz"], firm["ewa"]
    direct = await lukasz.api.post("conversations", {"kind": "direct", "member_ids": [ewa.id]})
    members = [firm[who].id for who in ("ewa", "celina", "lukasz", "jozef")]
    group = await firm["zofia"].api.post("conversations", {"kind": "group", "title": "Pompa", "member_ids": members})
    firm.ids["group"], firm.ids["direct"] = group["id"], direct["id"]
    await patch(lukasz.api, f"conversations/{group['id']}", title=TITLE)
    talk = Talk(firm, group["id"])
    said = await talk.say("lukasz", SAID)
    firm.known |= {
        "title": TITLE,
        "conversation_id": group["id"],
        "message": {"id": said, "text": SAID},
        "sought": SOUGHT,
    }
    await _mentions_and_answers(talk, said)
    notes = Talk(firm, (await ewa.api.post("conversations", {"kind": "direct", "member_ids": []}))["id"])
    await notes.say("ewa", "Kupić: żarówki, śruby, dżem 🍓")
    await _links(talk)
    await _members(talk)
    second = Talk(firm, direct["id"])
    moved = await second.say("ewa", "Mam zapasowe łożyska 6204 – ile wziąć?")
    await put(ewa.api, f"{talk.path}/messages/{said}/pin")
    await put(lukasz.api, f"{second.path}/messages/{moved}/pin")
    await delete(lukasz.api, f"{second.path}/messages/{moved}/pin")
    for message_id, client in ((said, "przekaz-1"), (moved, "przekaz-2")):
        place = talk.path if message_id == said else second.path
        target = direct["id"] if message_id == said else group["id"]
        await lukasz.api.post(
            f"{place}/messages/{message_id}/forward", {"client_id": client, "conversation_ids": [target]}
        )
    await put(firm["celina"].api, f"{talk.path}/silence", {"silent": True})
    await ewa.tab.do("typing:start", conversation_id=group["id"])
    sent = await ewa.tab.do(
        "message:send", conversation_id=group["id"], client_id="gniazdem", text="Jadę z Łodzi, będę o 7:30 🚐"
    )
    await firm["zofia"].tab.do("mark:move", conversation_id=group["id"], read_seq=sent["message"]["seq"])
    await put(firm["jozef"].api, f"{talk.path}/marks", {"delivered_seq": 3, "read_seq": 2})
    await _files(talk)
    await _case(firm)


async def _mentions_and_answers(talk: Talk, said: str) -> None:
    firm = talk.firm
    name = f"@{firm['ewa'].name}"
    named = {"start": 0, "length": len(name), "person_id": firm["ewa"].id}
    asked = await talk.say("celina", f"{name}, czy to łożysko?", mentions=[named])
    everybody = {"start": 7, "length": len("@wszyscy"), "person_id": None}
    await talk.say("zofia", "Uwaga, @wszyscy: jutro przegląd ⚠️", mentions=[everybody])
    await talk.say("ewa", "Tak, i uszczelka też cieknie.", reply_to=asked)
    edited = await talk.say("ewa", "Bedzie gotowe w srode")
    body = {"text": f"{name}: będzie gotowe w środę ✅", "mentions": [named]}
    (await firm["ewa"].api.call("PATCH", f"{talk.path}/messages/{edited}", body)).expect()
    gone = await talk.say("jozef", "To nie tutaj, przepraszam")
    await talk.say("celina", "Nic się nie stało", reply_to=gone)
    await delete(firm["jozef"].api, f"{talk.path}/messages/{gone}")
    for who, emoji in (("ewa", "👍"), ("celina", "👍"), ("zofia", "❤️"), ("jozef", "🎉")):
        await talk.react(who, said, emoji)
    await talk.react("jozef", said, "🎉", on=False)


async def _links(talk: Talk) -> None:
    """Two messages link a page; of one the card was taken away."""
    app = web.Application()

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith(".png"):
            return web.Response(body=a_picture("goldenrod"), content_type="image/png")
        return web.Response(text=PAGE, content_type="text/html")

    app.router.add_get("/{name:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    page = f"http://127.0.0.1:{runner.addresses[0][1]}"
    api = talk.firm["lukasz"].api
    linked = [await talk.say("lukasz", f"Zobaczcie: {page}/{name} 👀") for name in ("zuraw", "bocian")]
    async with asyncio.timeout(30):
        while not await _have_cards(api, talk, linked):
            await asyncio.sleep(0.2)
    await delete(api, f"{talk.path}/messages/{linked[1]}/card")
    await runner.cleanup()


async def _have_cards(api: Api, talk: Talk, linked: list[str]) -> bool:
    messages = {one["id"]: one for one in (await api.get(f"{talk.path}/messages?limit=200"))["items"]}
    return all(messages[one].get("card") for one in linked)


async def _members(talk: Talk) -> None:
    firm = talk.firm
    await firm["zofia"].api.post(f"{talk.path}/members", {"person_ids": [firm["pawel"].id, firm["marta"].id]})
    await talk.say("pawel", "Cześć, ja tylko na chwilę")
    await delete(firm["zofia"].api, f"{talk.path}/members/{firm['pawel'].id}")
    await delete(firm["marta"].api, f"{talk.path}/members/{firm['marta'].id}")


async def _files(talk: Talk) -> None:
    """Posted files, one that many hold, an upload that stopped half way, one that was never posted, links to files."""
    firm, api = talk.firm, talk.firm["lukasz"].api
    note = await tus.upload(api, talk.id, "protokół naprawy.txt", NOTE)
    picture = await tus.upload(api, talk.id, "zdjęcie łożyska.png", a_picture("#336699", size=(320, 200)))
    posted = await tus.post(api, talk.id, note, picture, client_id="pliki", text="Protokół i zdjęcie łożyska 📎")
    paper = await tus.upload(firm["ewa"].api, talk.id, "umowa serwisowa.pdf", PDF)
    await tus.post(firm["ewa"].api, talk.id, paper, client_id="umowa")
    bad = await tus.upload(firm["celina"].api, talk.id, "gra dla dzieci.bin", b"x" * 50 + BAD)
    await tus.post(firm["celina"].api, talk.id, bad, client_id="zainfekowany", text="Zobaczcie, co dostałam")
    again = await tus.upload(firm["celina"].api, talk.id, "kopia protokołu.txt", NOTE)
    await tus.post(firm["celina"].api, talk.id, again, client_id="kopia")
    half = await tus.begin(api, talk.id, "film z hałasem.mp4", 200_000)
    await _send_half(api, half)
    await tus.upload(
        firm["ewa"].api, talk.id, "schemat bez wysyłki.txt", "Ścieżka, żyła, źródło".encode(), keep_position="true"
    )
    file_id = posted["body"]["files"][0]["id"]
    async with asyncio.timeout(30):
        while not await _are_checked(api, talk):
            await asyncio.sleep(0.2)
    await api.post(f"{talk.path}/files/{file_id}/link")
    firm.known["file"] = {"id": file_id, "text": NOTE.decode()}


async def _are_checked(api: Api, talk: Talk) -> bool:
    files = [one["file"] for one in (await api.get(f"{talk.path}/files"))["items"]]
    return any(one["preview_url"] for one in files) and not any(one["state"] == "checking" for one in files)


async def wait_for_scanner(firm: Firm) -> None:
    """A file that is posted while nobody can scan it."""
    talk = firm.ids["group"]
    late = await tus.upload(firm["ewa"].api, talk, "pomiary.csv", "czas;drgania\n7:30;ósemka\n".encode())
    await tus.post(firm["ewa"].api, talk, late, client_id="pomiary")


async def _send_half(api: Api, upload_id: str) -> None:
    """The line breaks after a third; what came stays."""
    try:
        await tus.send(api, upload_id, b"k" * 200_000, 0, cut_after=65_536)
    except tus.CutOff:
        return
    raise AssertionError("the upload came whole")


async def _case(firm: Firm) -> None:
    """Two service cases kept by a program, one of them closed."""
    async with Api(firm.server.url, token=firm.ids["api_key"]) as machine:
        for number, title, status in (
            ("SR-2026-7", "Zgrzyt w młynie 🌾", "in_progress"),
            ("SR-2025-1", "Wyciek oleju spod śruby", "open"),
            ("SR-2025-2", "Czekamy na część Ł-88", "waiting"),
        ):
            body = {
                "title": title, "status": status, "url": "https://serwis.example/zgloszenia/7",
                "customer_group": {"external_id": "K-17", "name": "Młyn „Wisła” i Synowie"},
                "watchers": [{"email": firm[who].email} for who in ("lukasz", "celina")]
                + [{"email": "obserwator@mlyn.example", "name": "Świętosław Bąk"}],
            }  # fmt: skip
            path = f"cases/{number}"
            stored = (await machine.call("PUT", path, body)).expect()
            firm.ids[f"case {status}"] = stored["conversation_id"]
            if status == "open":
                (await machine.call("PUT", path, body | {"status": "closed", "title": f"{title} ✅"})).expect()
    talk = Talk(firm, firm.ids["case in_progress"])
    await talk.say("celina", "Dziękuję, czekamy. Młyn stoi od świtu 😟")
    await talk.say("lukasz", "Będę o dziewiątej.")
