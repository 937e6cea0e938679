"""Rows for an agent's own home, and for a project's widget and its guides."""

from aiohttp import web

from desk.settings import agent_payloads, payloads
from desk.settings.agents import AgentService
from desk.widget.guides.guide import Guides
from desk.widget.widgets import WidgetService
from web.route import Asked, Route


def agent_routes(agents: AgentService) -> list[Route]:
    """Return the rows under /agent."""

    async def status(asked: Asked) -> agent_payloads.AgentState:
        return await agents.status(asked.actor)

    async def set_status(asked: Asked) -> agent_payloads.AgentState:
        return await agents.set_status(asked.actor, asked.body.status)

    async def home(asked: Asked) -> agent_payloads.AgentHome:
        return await agents.home(asked.actor)

    async def change_links(asked: Asked) -> agent_payloads.AgentHome:
        return await agents.change_links(asked.actor, asked.body)

    async def change_project(asked: Asked) -> agent_payloads.AgentHome:
        return await agents.change_project(asked.actor, asked.path("project_id"), asked.body)

    async def choose_outgoing(asked: Asked) -> agent_payloads.AgentHome:
        return await agents.choose_outgoing(asked.actor, asked.body.project_id)

    async def welcomed(asked: Asked) -> agent_payloads.AgentHome:
        return await agents.put_start_screen_away(asked.actor)

    return [
        Route("GET", "/agent/status", "getAgentStatus", status, "desk.work", "One's own status",
              answer=agent_payloads.AgentState),
        Route("PUT", "/agent/status", "setAgentStatus", set_status, "desk.work", "Come online, take a break or go",
              body=agent_payloads.StatusBody, answer=agent_payloads.AgentState),
        Route("GET", "/agent/home", "getAgentHome", home, "desk.work", "One's links and projects",
              answer=agent_payloads.AgentHome),
        Route("PATCH", "/agent/links", "changeLinks", change_links, "desk.work", "Activate links, or not",
              body=agent_payloads.LinksBody, answer=agent_payloads.AgentHome, also=(409,)),
        Route("PATCH", "/agent/projects/{project_id}", "changeOwnProject", change_project, "desk.work",
              "Switch media and choose the direction in one's project", body=agent_payloads.OwnProjectBody,
              answer=agent_payloads.AgentHome),
        Route("PUT", "/agent/outgoing-project", "chooseOutgoingProject", choose_outgoing, "desk.work",
              "Choose the project of outgoing contacts", body=agent_payloads.OutgoingProjectBody, answer=agent_payloads.AgentHome),
        Route("POST", "/agent/welcomed", "putStartScreenAway", welcomed, "desk.work",
              "Do not begin with the start screen any more", answer=agent_payloads.AgentHome),
    ]  # fmt: skip


def widget_setting_routes(widgets: WidgetService, guides: Guides) -> list[Route]:
    """Return the rows under /projects/{id}/widget."""

    async def get(asked: Asked) -> payloads.Widget:
        return await widgets.get(asked.actor, asked.path("project_id"))

    async def change(asked: Asked) -> payloads.Widget:
        return await widgets.change(asked.actor, asked.path("project_id"), asked.body)

    async def put_trigger(asked: Asked) -> payloads.Widget:
        return await widgets.put_trigger(asked.actor, asked.path("project_id"), asked.path("language"), asked.body)

    async def delete_trigger(asked: Asked) -> payloads.Widget:
        return await widgets.delete_trigger(asked.actor, asked.path("project_id"), asked.path("language"))

    async def check(asked: Asked) -> payloads.Widget:
        return await widgets.check(asked.actor, asked.path("project_id"))

    async def identity(asked: Asked) -> payloads.IdentitySecret:
        return await widgets.make_identity_secret(asked.actor, asked.path("project_id"))

    async def guide(asked: Asked) -> web.Response:
        system = asked.path("system")
        content = await guides.make(asked.actor, asked.path("project_id"), system)
        headers = {"Content-Disposition": f'attachment; filename="centrala-{system}.pdf"'}
        return web.Response(body=content, content_type="application/pdf", headers=headers)

    return [
        Route("GET", "/projects/{project_id}/widget", "getWidget", get, "desk.configure", "A project's widget",
              answer=payloads.Widget),
        Route("PATCH", "/projects/{project_id}/widget", "changeWidget", change, "desk.configure",
              "Change how a project appears on websites", body=payloads.WidgetBody, answer=payloads.Widget, also=(409,)),
        Route("PUT", "/projects/{project_id}/widget/triggers/{language}", "putTrigger", put_trigger, "desk.configure",
              "Set what opens the widget in pages of a language", body=payloads.TriggerBody, answer=payloads.Widget),
        Route("DELETE", "/projects/{project_id}/widget/triggers/{language}", "deleteTrigger", delete_trigger,
              "desk.configure", "Do not open the widget in pages of a language", answer=payloads.Widget),
        Route("POST", "/projects/{project_id}/widget/check", "checkWidget", check, "desk.configure",
              "Look whether the site has the script", answer=payloads.Widget),
        Route("POST", "/projects/{project_id}/widget/identity-secret", "makeIdentitySecret", identity, "desk.configure",
              "Make the secret that signs who visitors are", answer=payloads.IdentitySecret, status=201, also=(409,)),
        Route("GET", "/projects/{project_id}/widget/guides/{system}", "getGuide", guide, "desk.configure",
              "How to embed the widget: wordpress, shopify, joomla or html, as PDF", produces="application/pdf"),
    ]  # fmt: skip
