"""The first content of an empty database: the demo organisation, or the administrator the settings name."""

import json
import logging
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from accounts import payloads
from accounts.organisations import make_organisation
from accounts.passwords import Passwords
from accounts.people import make_person
from accounts.rights import Actor, rights_of
from conversations.cases import CaseService
from conversations.conversations import ConversationService
from conversations.messages.messages import MessageService
from conversations.payloads import CaseBody, CustomerGroup, NewConversationBody, Watcher
from core.errors import Unavailable
from core.ids import new_id
from core.settings import Settings
from desk.settings.projects import make_project
from desk.settings.starting import switch_on_chat
from storage.accounts.organisations import count_organisations
from storage.accounts.people import Group, Party, Person, Role, add_group, add_party
from storage.conversations.cases import CaseStatus
from storage.desk.agents import change_agent
from storage.desk.phone_numbers import NumberKind, PhoneNumber, add_phone_numbers
from storage.desk.projects import change_project_member
from storage.desk.templates import Template, add_template
from storage.engine.database import Database, Transaction

log = logging.getLogger("centrala.demo")

COMPANY = "Serwis Maszyn GFMS"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class DemoSignIn:
    """What is printed for a person of the demo."""

    email: str
    password: str
    role: Role
    name: str
    organisation: str


@dataclass(frozen=True)
class _Case:
    number: str
    title: str
    status: CaseStatus
    talk: tuple[tuple[str, str], ...]


_PEOPLE: tuple[tuple[str, str, str, Role, str], ...] = (
    ("anna.admin@demo.test", "Anna", "Wiśniewska", "admin", "Kierownik serwisu"),
    ("tomek@demo.test", "Tomasz", "Łuczak", "technician", "Technik serwisu"),
    ("ewa@demo.test", "Ewa", "Żak", "technician", "Technik serwisu"),
    ("jan@klient.test", "Jan", "Kowalski", "customer", "Utrzymanie ruchu"),
    ("maria@klient.test", "Maria", "Ćwik", "customer", "Operator maszyny"),
)

_CASES = (
    _Case(
        "ZS-2041",
        "Wycieka olej spod osłony wrzeciona",
        "in_progress",
        (
            ("jan@klient.test", "Dzień dobry, od rana spod osłony wrzeciona kapie olej. Maszyna stoi."),
            ("tomek@demo.test", "Dzień dobry, już patrzę. Czy ciśnienie na manometrze mieści się w zielonym polu?"),
            ("jan@klient.test", "Nie, spada do 2 bar po około minucie."),
            ("tomek@demo.test", "To wygląda na uszczelkę przewodu zasilającego. Połączmy się na wideo, pokaże mi Pan."),
        ),
    ),
    _Case(
        "ZS-2042",
        "Błąd 4207 po wymianie narzędzia",
        "open",
        (
            ("maria@klient.test", "Po wymianie narzędzia wyskakuje błąd 4207 i trzeba restartować sterownik."),
            ("ewa@demo.test", "Dziękuję za zgłoszenie. Proszę o zdjęcie ekranu alarmów, sprawdzę kod w dokumentacji."),
        ),
    ),
    _Case(
        "ZS-1987",
        "Przegląd roczny linii 3",
        "closed",
        (
            ("ewa@demo.test", "Przegląd zakończony, protokół jest u kierownika zmiany."),
            ("jan@klient.test", "Potwierdzam, dziękujemy."),
        ),
    ),
)


_TEMPLATES = (
    ("Powitanie", "dd", "Dzień dobry {{client}}, tu {{agent}} z serwisu. W czym mogę pomóc?"),
    ("Zdjęcie tabliczki", "tabliczka", "Proszę o zdjęcie tabliczki znamionowej maszyny, sprawdzę dokumentację."),
)


# Kept free by the British regulator for stories (Ofcom, numbers for drama use): they ring nowhere.
_NUMBERS: tuple[tuple[NumberKind, str], ...] = (
    ("gsm", "+447700900123"), ("gsm", "+447700900184"), ("tdm", "+442079460123"), ("tdm", "+441632960185"),
)  # fmt: skip


class FirstContent:
    """Fills an empty database once."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        passwords: Passwords,
        conversations: ConversationService,
        messages: MessageService,
        cases: CaseService,
    ) -> None:
        self._settings = settings
        self._database = database
        self._passwords = passwords
        self._conversations = conversations
        self._messages = messages
        self._cases = cases

    async def fill(self) -> list[DemoSignIn]:
        """Make what is missing; return the demo's sign-ins when it was made just now.

        raises   Unavailable  the server can be reached from outside and no administrator is set
        """
        if await self._database.read(count_organisations):
            return []
        settings = self._settings
        if settings.admin_email:
            password = settings.admin_password.get_secret_value() or None
            body = payloads.NewOrganisationBody(
                name="Centrala", admin_email=settings.admin_email, admin_password=password
            )
            password_hash = await self._passwords.hash(password) if password else None
            await self._database.write(lambda tx: make_organisation(tx, body, password_hash))
            return []
        if not settings.loopback_only and not settings.lan:
            if settings.operator_key.get_secret_value():
                return []
            raise Unavailable("web.first_administrator_needed")
        return await self._demo()

    async def _demo(self) -> list[DemoSignIn]:
        sign_ins = [
            DemoSignIn(email, _password(), role, f"{first} {last}", COMPANY) for email, first, last, role, _ in _PEOPLE
        ]
        hashes = {one.email: await self._passwords.hash(one.password) for one in sign_ins}
        people, machine = await self._database.write(lambda tx: _make_people(tx, hashes))
        for case in _CASES:
            body = CaseBody(
                title=case.title,
                status="open",
                url=f"https://service.example.com/cases/{case.number}",
                customer_group=CustomerGroup(external_id="K-100", name="Drukarnia Północ"),
                watchers=[Watcher(email=email) for email, *_ in _PEOPLE[1:]],
            )
            stored, _ = await self._cases.store(machine, case.number, body)
            for email, text in case.talk:
                await self._messages.post(_actor(people[email]), stored.conversation_id, new_id(), text)
            if case.status != "open":
                changed = body.model_copy(update={"status": case.status})
                await self._cases.store(machine, case.number, changed)
        await self._talk(people, "tomek@demo.test", "ewa@demo.test", "Mamy jeszcze uszczelki do wrzecion na magazynie?")
        await self._talk(
            people, "jan@klient.test", "maria@klient.test", "Serwis dzwoni o 10, bądź proszę przy maszynie."
        )
        if self._settings.demo_file is not None:
            _write_private(self._settings.demo_file, json.dumps([asdict(one) for one in sign_ins], ensure_ascii=False))
        return sign_ins

    async def _talk(self, people: dict[str, Person], author: str, other: str, text: str) -> None:
        actor = _actor(people[author])
        started, _ = await self._conversations.start(
            actor, NewConversationBody(kind="direct", member_ids=[people[other].id])
        )
        await self._messages.post(actor, started.id, new_id(), text)


def _make_people(tx: Transaction, hashes: dict[str, str]) -> tuple[dict[str, Person], Actor]:
    email, first, last, _, position = _PEOPLE[0]
    body = payloads.NewOrganisationBody(
        name=COMPANY, admin_email=email, people_limit=10, mailbox_limit=11, repository_limit_bytes=17_000_000_000
    )
    organisation, staff, admin = make_organisation(
        tx, body, hashes[email], first_name=first, last_name=last, position=position
    )
    customer = Group(new_id(), organisation.id, "customer", "Drukarnia Północ", "K-100", tx.now_ms, 1)
    add_group(tx, customer)
    people = {email: admin}
    for email, first, last, role, position in _PEOPLE[1:]:
        people[email] = make_person(
            tx,
            organisation.id,
            email=email,
            first_name=first,
            last_name=last,
            role=role,
            group=customer if role == "customer" else staff,
            position=position,
            password_hash=hashes[email],
        )
    _make_desk(tx, organisation.id, people)
    machine = Party(new_id(), organisation.id, "system", "System zgłoszeń", None, tx.now_ms)
    add_party(tx, machine)
    return people, Actor(
        "api_key",
        organisation_id=organisation.id,
        party_id=machine.id,
        name=machine.name,
        role="api_key",
        rights=rights_of("api_key"),
    )


def _make_desk(tx: Transaction, organisation_id: str, people: dict[str, Person]) -> None:
    """A pool of telephone numbers, and a project whose agents are the technicians, and which the administrator supervises; its widget answers when one is Online."""
    project = make_project(tx, organisation_id, "Pomoc techniczna")
    chief, *technicians = [one.id for one in people.values() if one.role != "customer"]
    switch_on_chat(tx, project, chief, *technicians, calls=True)
    change_project_member(tx, organisation_id, project.id, chief, {"role": "supervisor"})
    for person_id in technicians:
        change_agent(tx, organisation_id, person_id, {"outgoing_project_id": project.id})
    for name, shortcut, text in _TEMPLATES:
        add_template(tx, Template(new_id(), organisation_id, "chat", name, shortcut, text, tx.now_ms, 1))
    numbers = [PhoneNumber(new_id(), number, kind, None, None, None, tx.now_ms) for kind, number in _NUMBERS]
    add_phone_numbers(tx, numbers)


def _actor(person: Person) -> Actor:
    return Actor(
        "session",
        organisation_id=person.organisation_id,
        party_id=person.id,
        name=person.name,
        role=person.role,
        group_id=person.group_id,
        group_kind=person.group_kind,
        rights=rights_of(person.role),
    )


def _password() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def _write_private(path: Path, content: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
