"""The contact centre: settings of every kind, and visits in every state, by voice and in writing, answered and not."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from contextlib import suppress
from typing import Any

from aiohttp import web
from firm import Firm, a_picture, delete, patch, put

from tests.support import tus
from tests.support.api import Api
from tests.support.realtime import Tab

MEDIA = ("chat", "audio", "video")
LEFT = "Proszę o telefon w sprawie łańcucha do roweru 🚲"


async def fill_settings(firm: Firm) -> None:
    """Projects with people, numbers and widgets, channels, licences, templates and the company."""
    admin = firm["zofia"].api
    for key, name in (("shop", "Sklep internetowy 🛒"), ("complaints", "Reklamacje i zwroty")):
        firm.ids[key] = (await admin.post("projects", {"name": name}))["id"]
    gone = await admin.post("projects", {"name": "Pomyłka"})
    await delete(admin, f"projects/{gone['id']}")
    week = [[["00:00", "24:00"]]] * 7
    hours = {"week": week, "holidays": False, "dates": {"2026-12-24": [["08:00", "12:00"]]}}
    await patch(admin, f"projects/{firm.ids['complaints']}", hours=hours)
    codes = ["Sprzedaż", "Reklamacja", "Pomyłka – zły numer"]
    await patch(admin, f"projects/{firm.ids['shop']}", result_codes=codes, wrap_up_s=600)
    for channel in ("chat", "voice_in"):
        (await admin.call("PATCH", f"channels/{channel}", {"enabled": True, "ask_data": True})).expect()
    (await admin.call("PATCH", "channels/voice_in", {"record_calls": True, "ask_data": False})).expect()
    for channel in ("voice_out", "email", "sms", "facebook"):
        (await admin.call("PATCH", f"channels/{channel}", {"ask_data": False})).expect()
    for who in ("ola", "pawel", "marta", "iwona"):
        for channel in ("chat", "voice_in", "voice_out", "email", "sms", "facebook"):
            await put(admin, f"channels/{channel}/users/{firm[who].id}", {"serves": True})
        for medium in MEDIA:
            await put(admin, f"licences/{medium}/people/{firm[who].id}", {"assigned": True})
        role = "supervisor" if who == "marta" else "agent"
        body = {
            "role": role,
            **dict.fromkeys(MEDIA, True),
            "skills": ["rowery", "łańcuchy"],
            "chat_capacity": 4,
            "may_be_off": True,
        }
        await put(admin, f"projects/{firm.ids['shop']}/members/{firm[who].id}", body)
    for project, direction in (("shop", "off"), ("complaints", "outgoing")):
        body = {"role": "agent", "chat": True, "direction": direction, "may_be_off": True}
        await put(admin, f"projects/{firm.ids[project]}/members/{firm['iwona'].id}", body)
    await put(admin, f"projects/{firm.ids['complaints']}/members/{firm['pawel'].id}", {"role": "agent", "chat": True})
    await put(
        admin, f"projects/{firm.ids['complaints']}/members/{firm['marta'].id}", {"role": "supervisor", "chat": True}
    )
    await _numbers_and_texts(firm)
    await _widget(firm)
    for status in ("online", "offline"):
        await _status(firm, iwona=status)
    for who in ("ola", "pawel", "marta"):
        await firm[who].api.post("agent/welcomed")
        changes = {"web": True, "external_number": "+442079460123"}
        (await firm[who].api.call("PATCH", "agent/links", changes)).expect()
    (
        await firm["pawel"].api.call("PATCH", f"agent/projects/{firm.ids['complaints']}", {"direction": "incoming"})
    ).expect()
    await put(firm["ola"].api, "agent/outgoing-project", {"project_id": firm.ids["shop"]})
    await admin.post("start")


async def _numbers_and_texts(firm: Firm) -> None:
    admin = firm["zofia"].api
    async with Api(firm.server.url, token=firm.server.operator_key) as operator:
        numbers = [{"number": "+447700900123", "kind": "gsm"}, {"number": "+441632960185", "kind": "tdm"}]
        added = await operator.post(
            "phone-numbers", {"numbers": [*numbers, {"number": "+442079460123", "kind": "tdm"}]}
        )
    taken = [one["id"] for one in added["items"]][:2]
    for number_id in taken:
        await put(admin, f"projects/{firm.ids['shop']}/phone-numbers/{number_id}")
    await delete(admin, f"projects/{firm.ids['shop']}/phone-numbers/{taken[1]}")
    for channel, name, shortcut in (
        ("chat", "Powitanie ✋", "dzien"),
        ("sms", "Wysyłka", "paczka"),
        ("email", "Ślad", "slad"),
        ("facebook", "Żart", "zart"),
    ):
        text = "Dzień dobry {{client}}, tu {{agent}}. Zażółćmy to!"
        body = {"channel": channel, "name": name, "shortcut": shortcut, "text": text}
        firm.ids[f"template {channel}"] = (await admin.post("templates", body))["id"]
    await delete(admin, f"templates/{firm.ids['template facebook']}")
    company = {
        "profile_name": "Łąka Serwis sp. z o.o.", "site_url": "https://laka.example", "street": "Źródlana", "building": "7A",
        "flat": "3", "postal_code": "44-240", "city": "Żory", "country": "PL", "tax_number": "PL0000000000",
        "email": "biuro@laka.example", "phone": "+442079460123", "default_email": "zapytania@laka.example",
    }  # fmt: skip
    await patch(admin, "company", **company)
    await admin.send("PUT", "company/logo", a_picture("forestgreen", size=(64, 64)), "image/png")


async def _widget(firm: Firm) -> None:
    admin, path = firm["zofia"].api, f"projects/{firm.ids['shop']}/widget"
    texts = {
        "pl": {"title": "Napisz do nas 💬", "welcome": "W czym pomóc?", "away": "Śpimy"},
        "en": {"title": "Write to us"},
    }
    await patch(
        admin, path, colour="#7318b6", corner="bottom-left", offset_x_px=12, offset_y_px=34, texts=texts,
        privacy_url="https://laka.example/prywatność".replace("ść", "sc"), site_url="https://laka.example",
        origins=["https://laka.example", "https://*.laka.example"], triggers_active=True,
    )  # fmt: skip
    await put(admin, f"{path}/triggers/pl", {"text": "Szukasz łańcucha? 🚲", "delay_s": 15})
    await put(admin, f"{path}/triggers/en", {"text": "Wrong words", "delay_s": 20})
    await delete(admin, f"{path}/triggers/en")
    await put(admin, f"{path}/triggers/en", {"text": "Looking for a chain? 🚲", "delay_s": 20})
    firm.ids["identity secret"] = (await admin.post(f"{path}/identity-secret"))["secret"]
    firm.ids["widget"] = (await admin.get(path))["key"]
    await _embed(firm)
    firm.ids["complaints widget"] = (await admin.get(f"projects/{firm.ids['complaints']}/widget"))["key"]


async def _embed(firm: Firm) -> None:
    """A page of the shop embeds the widget, is seen by it, and is looked at by the server."""
    admin, path, server = firm["zofia"].api, f"projects/{firm.ids['shop']}/widget", firm.server.url

    async def answer(_: web.Request) -> web.Response:
        script = f'<script async src="{server}/loader/{firm.ids["widget"]}"></script>'
        return web.Response(text=f"<!doctype html><title>Łąka</title>{script}", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await patch(admin, path, site_url=f"{site}/")
    await admin.call("GET", f"/loader/{firm.ids['widget']}", Referer=f"{site}/")
    await admin.post(f"{path}/check")
    await runner.cleanup()


class Visitor:
    """Somebody on a page with the widget."""

    def __init__(self, api: Api, tab: Tab) -> None:
        self.api, self.tab = api, tab
        self.visit: dict[str, Any] = {}

    @classmethod
    async def enter(
        cls, firm: Firm, *, widget: str = "widget", identity: str | None = None, language: str = "pl"
    ) -> "Visitor":
        api = await Api(firm.server.url).__aenter__()
        page = {"url": "https://laka.example/rowery/górskie".replace("ó", "o"), "title": "Rowery górskie – Łąka"}
        body = {"language": language, "page": page, "browser": "Firefox/153.0", "identity": identity}
        api.token = (await api.post(f"widget/{firm.ids[widget]}/visitors", body))["token"]
        visitor = cls(api, Tab(firm.server.url, api.token))
        await visitor.tab.connect()
        firm.open.append(visitor)
        return visitor

    async def ask(self, text: str | None, medium: str = "chat", **answers: str) -> str:
        body = {
            "client_id": secrets.token_hex(4), "medium": medium, "language": "pl", "text": text,
            "consent": "yes" if answers else "no", "answers": answers or None,
        }  # fmt: skip
        self.visit = await self.api.post("visitor/visits", body)
        return str(self.visit["id"])

    async def write(self, text: str) -> None:
        path = f"conversations/{self.visit['conversation_id']}/messages"
        await self.api.post(path, {"client_id": secrets.token_hex(4), "text": text})

    async def close(self) -> None:
        await self.tab.close()
        await self.api.__aexit__()


async def _rings(firm: Firm, visit_id: str, limit_s: float = 15.0) -> str:
    """Wait until a visit rings; tell at whom."""
    async with asyncio.timeout(limit_s):
        while True:
            for who in ("ola", "pawel", "marta"):
                offers = (await firm[who].api.get("desk/queue"))["offers"]
                if any(one["visit"]["id"] == visit_id for one in offers):
                    return who
            await asyncio.sleep(0.1)


async def _accept(firm: Firm, visit_id: str) -> str:
    """Let whoever it rings at answer; tell who."""
    who = await _rings(firm, visit_id)
    await firm[who].api.post(f"desk/visits/{visit_id}/accept")
    return who


async def _status(firm: Firm, **status: str) -> None:
    for who, wanted in status.items():
        await put(firm[who].api, "agent/status", {"status": wanted})


async def offer_that_expires(firm: Firm) -> None:
    """It rings at Ola until she has not answered for too long, and at Paweł until the visitor gives up."""
    await _status(firm, ola="online", pawel="online", marta="break")
    visitor = await Visitor.enter(firm)
    visit_id = await visitor.ask("Halo, jest tam kto?")
    first = await _rings(firm, visit_id)
    async with asyncio.timeout(20):
        while await _rings(firm, visit_id) == first:
            await asyncio.sleep(0.2)
    await visitor.api.post(f"visitor/visits/{visit_id}/leave")
    # One whose page is gone for too long, and one that stops ringing because the agent takes a break.
    gone = await Visitor.enter(firm, language="en")
    await gone.ask("My chain is broken")
    await gone.tab.close()
    waiting = await Visitor.enter(firm)
    ringing = await waiting.ask("Proszę o pomoc 🙏")
    await _rings(firm, ringing)
    await _status(firm, ola="break", pawel="break")
    await _status(firm, ola="online", pawel="online")
    who = await _accept(firm, ringing)
    await firm[who].api.post(f"desk/visits/{ringing}/close", {"result_code": "Reklamacja"})
    async with asyncio.timeout(30):
        while (await gone.api.get("visitor/visit"))["state"] != "abandoned":
            await asyncio.sleep(0.3)


async def fill_visits(firm: Firm) -> None:
    """Visits that are over, in every way there is to end."""
    await _status(firm, ola="online", pawel="offline", marta="offline")
    await _whole_visit(firm)
    await _form_and_abandoned(firm)
    await _call_of_visit(firm)
    await _handed_over(firm)


async def _whole_visit(firm: Firm) -> None:
    """One whose visitor the site vouches for: answered, noted, held, tagged, closed and rated."""
    claims = {
        "sub": "klient-77",
        "name": "Gęsiówna Grażyna",
        "email": "grazyna@klient.example",
        "exp": time.time() + 3600,
    }
    token = _sign(claims, firm.ids["identity secret"])
    visitor = await Visitor.enter(firm, identity=token)
    for page, title in (("koszyk", "Koszyk 🛒"), ("dostawa", "Dostawa i płatność")):
        await visitor.api.post("visitor/pages", {"url": f"https://laka.example/{page}", "title": title})
    visit_id = await visitor.ask("Czy łańcuch pasuje do roweru „Żbik”?", phone="+447700900184")
    who = await _accept(firm, visit_id)
    ola, path = firm[who].api, f"desk/visits/{visit_id}"
    visit = (await ola.get(path))["visit"]
    talk, team = visit["conversation_id"], visit["team_conversation_id"]
    await ola.post(
        f"conversations/{talk}/messages", {"client_id": "a1", "text": "Dzień dobry! Pasuje, z zapinką ósemką 👍"}
    )
    await visitor.write("Świetnie, dziękuję")
    upload = await tus.upload(visitor.api, talk, "zdjęcie łańcucha.png", a_picture("gray"))
    await tus.post(visitor.api, talk, upload, client_id="zdjecie")
    await ola.post(
        f"conversations/{team}/messages", {"client_id": "n1", "text": "Notatka: stała klientka, wysłać próbki smaru"}
    )
    for held in (True, False):
        await ola.post(f"{path}/hold", {"held": held})
    await put(ola, f"{path}/tags", {"tags": ["łańcuch", "pilne ⚡"]})
    (await ola.call("PATCH", f"{path}/visitor", {"phone": "+447700900184"})).expect()
    await ola.post(f"{path}/close", {"result_code": "Sprzedaż", "note": "Kupi w środę; odłożyć łańcuch"})
    await visitor.api.post(f"visitor/visits/{visit_id}/rating", {"stars": 5, "comment": "Miło i szybko 🥳"})
    body = {"email": "grazyna@klient.example"}
    (await visitor.api.call("POST", f"visitor/visits/{visit_id}/transcript", body)).expect()
    steps = [one["cause"] for one in (await ola.get(path))["changes"]]
    firm.known["visit"] = {
        "id": visit_id, "agent": firm[who].email, "tags": ["łańcuch", "pilne ⚡"], "causes": steps, "stars": 5,
        "pages": ["Rowery górskie – Łąka", "Koszyk 🛒", "Dostawa i płatność"], "said": "Świetnie, dziękuję",
    }  # fmt: skip
    again = await visitor.ask("Jeszcze jedno pytanie: a pedały?")
    await _accept(firm, again)
    await visitor.api.post(f"visitor/visits/{again}/leave")  # wrapping: the agent has yet to close it


async def _form_and_abandoned(firm: Firm) -> None:
    """Messages that were left, one of them by somebody who waited, and one answered; somebody who went."""
    async with Api(firm.server.url) as nobody:
        for number, text in enumerate((LEFT, "Czy wysyłacie za granicę?")):
            body = {
                "client_id": f"list-{number}", "name": "Mściwój Dąb", "email": "msciwoj@klient.example", "text": text,
                "phone": "+447700900123", "language": "pl", "page": {"url": "https://laka.example/kontakt", "title": "Kontakt"},
            }  # fmt: skip
            taken = await nobody.post(f"widget/{firm.ids['widget']}/messages", body)
    firm.known["left"] = LEFT
    await firm["ola"].api.post(
        f"desk/visits/{taken['visit_id']}/close", {"result_code": "Sprzedaż", "note": "Odpisano"}
    )
    waiting = await Visitor.enter(firm)
    asked = await waiting.ask("Poczekam chwilę")
    who = await _rings(firm, asked)
    await firm[who].api.call("POST", f"desk/visits/{asked}/decline")
    body = {"client_id": "z-kolejki", "email": "czeka@klient.example", "text": "Jednak napiszę list", "language": "pl"}
    await waiting.api.post(f"widget/{firm.ids['widget']}/messages", body)
    leaving = await Visitor.enter(firm)
    asked = await leaving.ask("Nie mam czasu…")
    who = await _rings(firm, asked)
    await firm[who].api.call("POST", f"desk/visits/{asked}/ignore")
    await leaving.api.post(f"visitor/visits/{asked}/leave")


async def _call_of_visit(firm: Firm) -> None:
    """A chat that went on by voice, with a supervisor who listened, whispered and joined."""
    visitor = await Visitor.enter(firm)
    visit_id = await visitor.ask("Wolę porozmawiać", name="Jerzy Chrząszcz", email="jerzy@klient.example")
    who = await _accept(firm, visit_id)
    await firm[who].api.post(f"desk/visits/{visit_id}/escalate", {"medium": "audio"})
    state = await visitor.api.post(f"visitor/visits/{visit_id}/call")
    call = (await visitor.api.get("visitor/visit"))["conference_id"] if "conference_id" in state else None
    async with asyncio.timeout(10):
        while call is None:
            found = (await firm[who].api.get(f"conversations/{state['conversation_id']}/conferences"))["items"]
            call = found[0]["id"] if found else None
    for tab, instance in ((firm[who].tab, "agent"), (visitor.tab, "klient")):
        await tab.do("conference:join", conference_id=call, instance_id=instance, audio=True, video=False)
    for mode in ("listen", "whisper", "join"):
        await firm["marta"].api.post(f"desk/visits/{visit_id}/listen", {"mode": mode})
    await firm["marta"].tab.do("visit:look", visit_id=visit_id)
    await firm[who].api.post(f"desk/visits/{visit_id}/close", {"result_code": "Reklamacja", "note": "Zadzwonić jutro"})


async def _handed_over(firm: Firm) -> None:
    """One handed from agent to agent and made a service case; one handed to another project."""
    await _status(firm, pawel="online", marta="online")
    for target in ("agent", "project"):
        visitor = await Visitor.enter(firm)
        visit_id = await visitor.ask("Rower skrzypi przy pedałowaniu")
        who = await _accept(firm, visit_id)
        to = next(one for one in ("pawel", "marta") if one != who)
        body: dict[str, Any] = {"note": "Zna się na skrzypieniu 🔊"}
        body |= {"agent_id": firm[to].id} if target == "agent" else {"project_id": firm.ids["complaints"]}
        await firm[who].api.post(f"desk/visits/{visit_id}/transfer", body)
        taker = await _accept(firm, visit_id)
        if target == "agent":
            case = {"title": "Skrzypiący suport – Żbik", "person_ids": [firm["ewa"].id]}
            await firm[taker].api.post(f"desk/visits/{visit_id}/case", case)
            firm.ids["visit in hand"] = visit_id


async def leave_visits_open(firm: Firm) -> None:
    """What stands when the server is killed: a call that goes on, a visit that rings, and one that waits for nobody."""
    await _status(firm, ola="online", pawel="break", marta="break")
    calling = await Visitor.enter(firm)
    call = await calling.ask(None, "video", name="Ścibor Ćma", email="scibor@klient.example")
    who = await _accept(firm, call)
    state = await calling.api.get("visitor/visit")
    firm.ids["visit in call"] = call
    found = (await firm[who].api.get(f"conversations/{state['conversation_id']}/conferences"))["items"]
    for tab, instance in ((firm[who].tab, "agent-2"), (calling.tab, "klient-2")):
        await tab.do("conference:join", conference_id=found[0]["id"], instance_id=instance, audio=True, video=True)
    await firm[who].api.post(f"desk/visits/{call}/hold", {"held": True})
    await _status(firm, marta="online")
    handed = await Visitor.enter(firm)
    handed_id = await handed.ask("Komu mam to zgłosić?")
    who = await _accept(firm, handed_id)
    to = next(one for one in ("pawel", "marta") if one != who)
    await _status(firm, pawel="online", marta="online")
    body = {"agent_id": firm[to].id, "note": "Przejmij, proszę"}
    await firm[who].api.post(f"desk/visits/{handed_id}/transfer", body)
    await _rings(firm, handed_id)
    calling = await Visitor.enter(firm)
    await _rings(firm, await calling.ask(None, "audio", name="Wit Źdźbło", email="wit@klient.example"))
    waiting = await Visitor.enter(firm)
    asked = await waiting.ask("Czekam w kolejce ⏳")
    with suppress(TimeoutError):
        while True:
            who = await _rings(firm, asked, 3.0)
            await firm[who].api.call("POST", f"desk/visits/{asked}/decline")
    await _status(firm, ola="break")


def _sign(claims: dict[str, Any], secret: str) -> str:
    """Write a JSON Web Token as the website would (HS256)."""
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in ({"alg": "HS256"}, claims)]
    signature = hmac.new(secret.encode(), b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()
