"""Rows for the settings of the contact centre: projects, channels, licences, templates, company, start."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.settings import payloads
from desk.settings.companies import MAX_LOGO_BYTES, CompanyService
from desk.settings.media_switches import ChannelService
from desk.settings.projects import ProjectService
from desk.settings.starting import StartService
from desk.settings.templates import TemplateService
from storage.desk.templates import TemplateChannel
from web.route import Asked, Query, Route

_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp")


class TemplateQuery(Query):
    """Ready texts of which channel."""

    channel: Annotated[TemplateChannel | None, Field(examples=["chat"])] = None


def project_routes(projects: ProjectService) -> list[Route]:
    """Return the rows under /projects."""

    async def all_projects(asked: Asked) -> payloads.Projects:
        return await projects.all(asked.actor)

    async def add(asked: Asked) -> payloads.Project:
        return await projects.add(asked.actor, asked.body)

    async def get(asked: Asked) -> payloads.Project:
        return await projects.get(asked.actor, asked.path("project_id"))

    async def change(asked: Asked) -> payloads.Project:
        return await projects.change(asked.actor, asked.path("project_id"), asked.body)

    async def delete(asked: Asked) -> None:
        await projects.delete(asked.actor, asked.path("project_id"))

    async def put_member(asked: Asked) -> payloads.Project:
        return await projects.put_member(asked.actor, asked.path("project_id"), asked.path("person_id"), asked.body)

    async def remove_member(asked: Asked) -> payloads.Project:
        return await projects.remove_member(asked.actor, asked.path("project_id"), asked.path("person_id"))

    return [
        Route("GET", "/projects", "listProjects", all_projects, "desk.configure", "All projects",
              answer=payloads.Projects),
        Route("POST", "/projects", "addProject", add, "desk.configure", "Make a project with its widget",
              body=payloads.NewProjectBody, answer=payloads.Project, status=201, also=(409,)),
        Route("GET", "/projects/{project_id}", "getProject", get, "desk.configure",
              "A project with hours and members", answer=payloads.Project),
        Route("PATCH", "/projects/{project_id}", "changeProject", change, "desk.configure", "Change a project",
              body=payloads.ProjectBody, answer=payloads.Project, also=(409,)),
        Route("DELETE", "/projects/{project_id}", "deleteProject", delete, "desk.configure",
              "Delete a project that never had a visit", status=204, also=(409,)),
        Route("PUT", "/projects/{project_id}/members/{person_id}", "putProjectMember", put_member, "desk.configure",
              "Let somebody work in a project, or change how", body=payloads.MemberBody, answer=payloads.Project),
        Route("DELETE", "/projects/{project_id}/members/{person_id}", "removeProjectMember", remove_member,
              "desk.configure", "End somebody's work in a project", answer=payloads.Project),
    ]  # fmt: skip


def channel_routes(channels: ChannelService) -> list[Route]:
    """Return the rows under /channels, /licences and /announcements."""

    async def get(asked: Asked) -> payloads.ChannelSettings:
        return await channels.get(asked.actor)

    async def change(asked: Asked) -> payloads.ChannelSettings:
        return await channels.change(asked.actor, asked.path("channel"), asked.body)

    async def set_user(asked: Asked) -> payloads.ChannelSettings:
        return await channels.set_user(asked.actor, asked.path("channel"), asked.path("person_id"), asked.body)

    async def set_licence(asked: Asked) -> payloads.ChannelSettings:
        return await channels.set_licence(asked.actor, asked.path("medium"), asked.path("person_id"), asked.body)

    async def set_announcement(asked: Asked) -> payloads.ChannelSettings:
        return await channels.set_announcement(asked.actor, asked.path("purpose"), asked.body)

    async def seats(asked: Asked) -> payloads.LicenceSeats:
        return await channels.seats(asked.actor, asked.path("organisation_id"))

    async def set_seats(asked: Asked) -> payloads.LicenceSeats:
        return await channels.set_seats(asked.actor, asked.path("organisation_id"), asked.body)

    return [
        Route("GET", "/channels", "getChannels", get, "desk.configure",
              "Channels with users, licences and announcements", answer=payloads.ChannelSettings),
        Route("PATCH", "/channels/{channel}", "changeChannel", change, "desk.configure",
              "Switch a channel or its settings", body=payloads.ChannelBody, answer=payloads.ChannelSettings),
        Route("PUT", "/channels/{channel}/users/{person_id}", "setChannelUser", set_user, "desk.configure",
              "Let somebody serve a channel, or not", body=payloads.ServesBody, answer=payloads.ChannelSettings),
        Route("PUT", "/licences/{medium}/people/{person_id}", "setLicence", set_licence, "desk.configure",
              "Assign a licence or take it away", body=payloads.LicenceBody, answer=payloads.ChannelSettings),
        Route("PUT", "/announcements/{purpose}", "setAnnouncement", set_announcement, "desk.configure",
              "Decide what callers hear", body=payloads.AnnouncementBody, answer=payloads.ChannelSettings),
        Route("GET", "/organisations/{organisation_id}/licences", "getLicenceSeats", seats, "organisations.manage",
              "How many people an organisation may license (operator key)", answer=payloads.LicenceSeats),
        Route("PUT", "/organisations/{organisation_id}/licences", "setLicenceSeats", set_seats, "organisations.manage",
              "Say how many people an organisation may license (operator key)", body=payloads.LicenceSeats,
              answer=payloads.LicenceSeats),
    ]  # fmt: skip


def template_routes(templates: TemplateService) -> list[Route]:
    """Return the rows under /templates."""

    async def all_templates(asked: Asked) -> payloads.Templates:
        return await templates.all(asked.actor, asked.query.channel)

    async def add(asked: Asked) -> payloads.Template:
        return await templates.add(asked.actor, asked.body)

    async def change(asked: Asked) -> payloads.Template:
        return await templates.change(asked.actor, asked.path("template_id"), asked.body)

    async def delete(asked: Asked) -> None:
        await templates.delete(asked.actor, asked.path("template_id"))

    return [
        Route("GET", "/templates", "listTemplates", all_templates, "desk.work", "Ready texts", query=TemplateQuery,
              answer=payloads.Templates),
        Route("POST", "/templates", "addTemplate", add, "desk.configure", "Add a ready text",
              body=payloads.NewTemplateBody, answer=payloads.Template, status=201, also=(409,)),
        Route("PATCH", "/templates/{template_id}", "changeTemplate", change, "desk.configure", "Change a ready text",
              body=payloads.TemplateBody, answer=payloads.Template, also=(409,)),
        Route("DELETE", "/templates/{template_id}", "deleteTemplate", delete, "desk.configure", "Delete a ready text",
              status=204),
    ]  # fmt: skip


def company_routes(companies: CompanyService, start: StartService) -> list[Route]:
    """Return the rows under /company, /start and /setup, and the logo of widgets."""

    async def get(asked: Asked) -> payloads.Company:
        return await companies.get(asked.actor)

    async def change(asked: Asked) -> payloads.Company:
        return await companies.change(asked.actor, asked.body)

    async def set_logo(asked: Asked) -> payloads.Company:
        return await companies.set_logo(asked.actor, asked.body)

    async def remove_logo(asked: Asked) -> payloads.Company:
        return await companies.remove_logo(asked.actor)

    async def logo(asked: Asked) -> web.Response:
        return web.Response(body=await companies.logo(asked.actor), content_type="image/webp")

    async def logo_of_widget(asked: Asked) -> web.Response:
        content = await companies.logo_of_widget(asked.actor, asked.path("key"))
        return web.Response(body=content, content_type="image/webp")

    async def get_start(asked: Asked) -> payloads.Start:
        return await start.get(asked.actor)

    async def begin(asked: Asked) -> payloads.Start:
        return await start.begin(asked.actor)

    async def progress(asked: Asked) -> payloads.Setup:
        return await start.progress(asked.actor)

    return [
        Route("GET", "/company", "getCompany", get, "desk.configure", "Company data", answer=payloads.Company),
        Route("PATCH", "/company", "changeCompany", change, "desk.configure", "Change company data",
              body=payloads.CompanyBody, answer=payloads.Company, also=(409,)),
        Route("PUT", "/company/logo", "setLogo", set_logo, "desk.configure", "Set the logo", raw=_PICTURES,
              max_bytes=MAX_LOGO_BYTES, answer=payloads.Company),
        Route("DELETE", "/company/logo", "removeLogo", remove_logo, "desk.configure", "Go without a logo",
              answer=payloads.Company),
        Route("GET", "/company/logo", "getLogo", logo, "desk.configure", "The logo", produces="image/webp",
              caching="private"),
        # It is in pages of any site.
        Route("GET", "/widget/{key}/logo", "getWidgetLogo", logo_of_widget, "widget.look",
              "The logo in pages with a widget", produces="image/webp", caching="public"),
        Route("GET", "/start", "getStart", get_start, "desk.configure", "The start screen", answer=payloads.Start),
        Route("POST", "/start", "begin", begin, "desk.configure",
              "Make the first project, unless there is one, with chat switched on for who asks", answer=payloads.Start),
        Route("GET", "/setup", "getSetup", progress, "desk.configure", "How far setting up has come",
              answer=payloads.Setup),
    ]  # fmt: skip
