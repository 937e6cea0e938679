"""A project with agents, a widget and everything switched on, by one call; and visitors of it."""

from dataclasses import dataclass, field
from typing import Any

from accounts.credentials import visitor_actor
from accounts.rights import Actor, rights_of
from core.ids import new_id
from desk.visits import payloads
from desk.visits.opening import open_visit
from desk.visits.routing import Timing
from storage.accounts.people import Party, add_party
from storage.desk.agents import set_status
from storage.desk.channels import assign_licence, change_channel, serve_channel
from storage.desk.projects import Project, ProjectMember, add_project, add_project_member
from storage.desk.terms import MEDIA, Medium
from storage.desk.visitors import Visitor, add_visitor, find_visitor
from storage.desk.visits import Visit, change_visit, find_visit
from storage.desk.widgets import Widget, add_widget
from storage.engine.database import Transaction
from tests.support.realtime import Node, Tab


def a_project(tx: Transaction, organisation_id: str, name: str = "Sklep", **changes: Any) -> str:
    """Store a project that is always open, with a widget whose key is `key-` and the project's id; return the id."""
    values: dict[str, Any] = {
        "id": new_id(), "organisation_id": organisation_id, "name": name, "active": True, "time_zone": "Europe/Warsaw",
        "country": "PL", "hours": "", "record_calls": False, "wrap_up_s": 30, "result_codes": "[]",
        "created_at_ms": tx.now_ms, "version": 1, **changes,
    }  # fmt: skip
    project = Project(**values)
    add_project(tx, project)
    add_widget(tx, Widget(new_id(), organisation_id, project.id, f"key-{project.id}", identity_secret="tajne"))
    for channel in ("chat", "voice_in"):
        change_channel(tx, organisation_id, channel, {"enabled": True, "ask_data": False})
    return project.id


def an_agent(tx: Transaction, organisation_id: str, project_id: str, person_id: str, **changes: Any) -> None:
    """Make somebody an agent of a project who may take everything, Online."""
    values: dict[str, Any] = {
        "organisation_id": organisation_id, "project_id": project_id, "person_id": person_id, "role": "agent",
        "audio": True, "video": True, "chat": True, "direction": "both", "may_be_off": False, "skills": "[]",
        "chat_capacity": 3, "added_at_ms": tx.now_ms, **changes,
    }  # fmt: skip
    add_project_member(tx, ProjectMember(**values))
    for channel in ("chat", "voice_in"):
        serve_channel(tx, organisation_id, channel, person_id, serves=True)
    for medium in MEDIA:
        assign_licence(tx, organisation_id, medium, person_id)
    set_status(tx, organisation_id, person_id, "online")


TIMING = Timing(offer_ms=30_000, pause_ms=10_000, ring_ms=45_000)


def a_visit(tx: Transaction, organisation_id: str, project_id: str, medium: Medium = "chat", **changes: Any) -> Visit:
    """Store a visitor of a project with a visit that waits."""
    visitor = Visitor(
        id=new_id(), organisation_id=organisation_id, project_id=project_id, subject=None, email="", phone="",
        language="pl", browser="", page_url="", page_title="", page_at_ms=0, created_at_ms=tx.now_ms,
        seen_at_ms=tx.now_ms, name="",
    )  # fmt: skip
    add_party(tx, Party(visitor.id, organisation_id, "visitor", "", None, tx.now_ms))
    add_visitor(tx, visitor, visitor.id)
    visit = open_visit(tx, TIMING, visitor, "c", medium, language="pl", text=None, form=None)
    if changes:
        change_visit(tx, visit.id, **changes)
    found = find_visit(tx, organisation_id, visit.id)
    assert found is not None
    return found


def nobody(address: str = "192.0.2.7") -> Actor:
    return Actor("anonymous", address=address, rights=rights_of("anonymous"))


@dataclass
class Guest:
    """A visitor with what their page heard."""

    node: Node
    token: str
    id: str
    actor: Actor
    tab: Tab | None = None
    visit: payloads.VisitState | None = None
    asked: int = field(default=0)

    async def connect(self) -> Tab:
        self.tab = await self.node.tab(self.token)
        return self.tab

    async def ask(
        self, medium: Medium = "chat", text: str | None = "Dzień dobry", **changes: Any
    ) -> payloads.VisitState:
        self.asked += 1
        body = payloads.NewVisitBody(
            **{"client_id": f"c{self.asked}", "medium": medium, "language": "pl", "text": text, **changes}
        )
        self.visit, _ = await self.node.real_time.visits.visitors.ask(self.actor, body)
        return self.visit

    async def state(self) -> payloads.VisitState:
        return await self.node.real_time.visits.visitors.state(self.actor)

    async def leave(self) -> payloads.VisitState:
        assert self.visit is not None
        return await self.node.real_time.visits.visitors.leave(self.actor, self.visit.id)


async def a_visitor(
    node: Node, organisation_id: str, project_id: str, *, address: str = "192.0.2.7", **body: Any
) -> Guest:
    """Enter by a project's widget."""
    page = payloads.PageBody(url="https://sklep.example/koszyk", title="Koszyk")
    new = payloads.NewVisitorBody(**{"language": "pl", "page": page, "browser": "Firefox", **body})
    entered = await node.real_time.visits.visitors.enter(nobody(address), f"key-{project_id}", new)
    visitor = await node.database.read(lambda tx: find_visitor(tx, organisation_id, entered.visitor.id))
    assert visitor is not None
    return Guest(node, entered.token, visitor.id, visitor_actor(visitor, address))
