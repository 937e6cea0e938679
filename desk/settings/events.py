"""What the settings of the contact centre tell the rest of the server, as stored events.

Only an agent's state is told whole; of homes and settings the event says that there is something new to fetch.
"""

from collections.abc import Callable, Collection

from accounts.lost_rights import Lost
from core.payloads import EventTable, View
from desk.settings import agent_payloads, payloads
from storage.accounts.people import admin_ids
from storage.desk.agents import Agent
from storage.desk.projects import colleagues_of
from storage.engine.database import Transaction
from storage.engine.hearing import Heard

# Called in the transaction of whatever may have changed what these people can be offered.
Reroute = Callable[[Transaction, str, Collection[str]], None]


# Called in the transaction in which somebody (the last) ceases to work in a project (the one before): its visits are theirs no more.
Leave = Callable[[Transaction, str, str, str], None]


def leave_nothing(_tx: Transaction, _organisation_id: str, _project_id: str, _person_id: str) -> None:
    """The `Leave` of a server without visits."""


def route_nothing(_tx: Transaction, _organisation_id: str, _person_ids: Collection[str]) -> None:
    """The `Reroute` of a server without visits."""


def agent_changed(tx: Transaction, agent: Agent, view: agent_payloads.AgentState) -> None:
    """An agent's status is another one: told to the agent and to whoever works in a project with them."""
    people = [agent.id, *colleagues_of(tx, agent.organisation_id, agent.id)]
    payload = '{"agent":' + view.model_dump_json() + "}"
    tx.emit(agent.organisation_id, f"party:{','.join(people)}", "agent:changed", payload)


def home_changed(tx: Transaction, organisation_id: str, person_ids: Collection[str]) -> None:
    """What some agents' home pages show is different now."""
    if person_ids:
        tx.emit(organisation_id, f"party:{','.join(sorted(person_ids))}", "home:changed", "{}")


def settings_changed(tx: Transaction, organisation_id: str, section: payloads.Section) -> None:
    """A part of the settings is different now: told to administrators."""
    people = admin_ids(tx, organisation_id)
    if people:
        tx.emit(organisation_id, f"party:{','.join(people)}", "settings:changed", f'{{"section":"{section}"}}')


def project_right_changed(tx: Transaction, organisation_id: str, project_id: str, person_id: str) -> None:
    """Somebody may do less in a project than a moment ago: told to the server's processes, not to people."""
    tx.emit(organisation_id, f"party:{person_id}", "project:right_changed", f'{{"project_id":"{project_id}"}}')


def project_lost(heard: Heard) -> list[Lost]:
    """Read `project:right_changed`."""
    project_id = heard.payload["project_id"]
    return [Lost("project", heard.organisation_id or "", party_id=heard.scope_id, project_id=project_id)]


class AgentChanged(View):
    """`agent:changed`: a colleague of a project, or oneself, comes, goes or takes a break. The newest `since_ms` counts."""

    agent: agent_payloads.AgentState


class HomeChanged(View):
    """`home:changed`: what `GET /agent/home` tells is different now; ask it again."""


class SettingsChanged(View):
    """`settings:changed`: a part of the contact centre's settings is different now; told to administrators, who ask again."""

    section: payloads.Section


STORED_EVENTS: EventTable = {
    "agent:changed": AgentChanged,
    "home:changed": HomeChanged,
    "settings:changed": SettingsChanged,
}
