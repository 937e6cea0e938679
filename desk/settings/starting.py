"""The start screen with the script for the site, and how far setting up has come (CC-011..016, CC-044..049)."""

from accounts.rights import Actor, demand
from core.catalogue import Catalogue
from core.settings import Settings
from desk.rules.embedding import build_snippet
from desk.rules.progress import SetupFacts, list_setup, percent_done
from desk.settings import payloads
from desk.settings.companies import is_complete
from desk.settings.events import home_changed, settings_changed
from desk.settings.projects import make_project
from storage.accounts.organisations import lock_organisation
from storage.audit import note
from storage.desk.agents import find_agent
from storage.desk.channels import assign_licence, change_channel, list_channel_users, list_channels, serve_channel
from storage.desk.companies import find_company
from storage.desk.projects import Project, ProjectMember, add_project_member, list_project_members, list_projects
from storage.desk.templates import list_templates
from storage.desk.terms import ChannelName, Medium
from storage.desk.widgets import find_widget
from storage.engine.database import Database, Transaction


class StartService:
    """What greets an administrator, and what is still to be done."""

    def __init__(self, settings: Settings, database: Database, catalogue: Catalogue) -> None:
        self._base_url = settings.base_url
        self._database = database
        self._catalogue = catalogue

    async def get(self, actor: Actor) -> payloads.Start:
        """Return what the start screen shows: the first project's script."""
        demand(actor, "desk.configure")
        return await self._database.read(lambda tx: self._view(tx, actor, made=False))

    async def begin(self, actor: Actor) -> payloads.Start:
        """Make the first project, unless there is one: chat is switched on, and who asks is its first agent.

        The answer says so in `made`, so that the page can.
        """
        demand(actor, "desk.configure")
        name = self._catalogue.say(actor.language, "guides.first_project")

        def store(tx: Transaction) -> payloads.Start:
            lock_organisation(tx, actor.organisation_id)
            if list_projects(tx, actor.organisation_id):
                return self._view(tx, actor, made=False)
            project = make_project(tx, actor.organisation_id, name)
            switch_on_chat(tx, project, actor.party_id)
            note(tx, actor.organisation_id, actor.party_id, "project.added", "project", project.id, name=name)
            for section in ("projects", "channels"):
                settings_changed(tx, actor.organisation_id, section)
            home_changed(tx, actor.organisation_id, [actor.party_id])
            return self._view(tx, actor, made=True)

        return await self._database.write(store)

    async def progress(self, actor: Actor) -> payloads.Setup:
        """Return every thing to set up, done or not, and how far it is."""
        demand(actor, "desk.configure")
        items = list_setup(await self._database.read(lambda tx: setup_facts(tx, actor.organisation_id)))
        return payloads.Setup(
            percent=percent_done(items),
            items=[
                payloads.SetupItem(key=item.key, page=item.page, done=item.done, part_of=item.part_of) for item in items
            ],
        )

    def _view(self, tx: Transaction, actor: Actor, *, made: bool) -> payloads.Start:
        welcomed = find_agent(tx, actor.organisation_id, actor.party_id).welcomed_at_ms is not None
        projects = [project for project, _ in list_projects(tx, actor.organisation_id) if project.active]
        first = min(projects, key=lambda project: project.id) if projects else None
        widget = find_widget(tx, actor.organisation_id, first.id) if first else None
        if first is None or widget is None:
            return payloads.Start(project_id=None, project_name="", key="", snippet="", made=False, welcomed=welcomed)
        return payloads.Start(
            project_id=first.id,
            project_name=first.name,
            key=widget.key,
            snippet=build_snippet(self._base_url, widget.key),
            made=made,
            welcomed=welcomed,
        )


def switch_on_chat(tx: Transaction, project: Project, *person_ids: str, calls: bool = False) -> None:
    """Let people answer a project's chats (and calls): members, users of the channel, licences as far as there are any."""
    organisation_id = project.organisation_id
    channels: tuple[ChannelName, ...] = ("chat", "voice_in", "voice_out") if calls else ("chat",)
    media: tuple[Medium, ...] = ("chat", "audio", "video") if calls else ("chat",)
    for channel in channels:
        change_channel(tx, organisation_id, channel, {"enabled": True})
    for person_id in person_ids:
        for channel in channels:
            serve_channel(tx, organisation_id, channel, person_id, serves=True)
        for medium in media:
            assign_licence(tx, organisation_id, medium, person_id)
        member = ProjectMember(
            organisation_id=organisation_id,
            project_id=project.id,
            person_id=person_id,
            role="agent",
            audio=calls,
            video=calls,
            chat=True,
            direction="both",
            may_be_off=False,
            skills="[]",
            chat_capacity=3,
            added_at_ms=tx.now_ms,
        )
        add_project_member(tx, member)


def setup_facts(tx: Transaction, organisation_id: str) -> SetupFacts:
    """Return what is there of an organisation."""
    channels = list_channels(tx, organisation_id)
    users = list_channel_users(tx, organisation_id)
    company = find_company(tx, organisation_id)
    members = {
        member.person_id
        for project, _ in list_projects(tx, organisation_id)
        for member in list_project_members(tx, organisation_id, project.id)
        if project.active and member.role == "agent"
    }
    templates = [template.channel for template in list_templates(tx, organisation_id)]
    return SetupFacts(
        company_complete=is_complete(company),
        agents=len(members),
        logo=company.logo_hash is not None,
        chat_on=channels["chat"].enabled,
        chat_users=len(users["chat"]),
        chat_templates=templates.count("chat"),
        sms_on=channels["sms"].enabled,
        voice_out_on=channels["voice_out"].enabled,
        voice_out_users=len(users["voice_out"]),
        email_on=channels["email"].enabled,
        email_users=len(users["email"]),
        email_templates=templates.count("email"),
    )
