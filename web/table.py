"""The whole route table, put together from the files of web/api."""

from dataclasses import dataclass
from typing import Any, cast

from accounts.audit import AuditService
from accounts.file_links import FileLinks
from accounts.groups import GroupService
from accounts.organisations import ApiKeyService, OrganisationService
from accounts.people import PeopleService
from accounts.profile import ProfileService
from accounts.sign_in import SignInService
from conversations.addressees import AddresseeService
from conversations.boards.boards import BoardService
from conversations.boards.pictures import BoardPictures
from conversations.boards.versions import BoardVersions
from conversations.calls.announcements import Announcements
from conversations.calls.conferences import ConferenceService
from conversations.calls.frames import FrameService
from conversations.calls.given_frames import GivenFrames
from conversations.calls.guests.links import GuestLinkService
from conversations.calls.guests.lobby import LobbyService
from conversations.calls.line_tests import LineTests
from conversations.calls.moderation import ModerationService
from conversations.calls.quality import CallQuality
from conversations.calls.recordings.compositions import CompositionService
from conversations.calls.recordings.recordings import RecordingService
from conversations.calls.sounds import SoundService
from conversations.calls.standard_doors import StandardDoors
from conversations.cases import CaseService
from conversations.changes import ChangeService
from conversations.conversations import ConversationService
from conversations.files.files import FileService
from conversations.files.uploads import UploadService
from conversations.forwarding import ForwardService
from conversations.messages.link_cards import LinkCards
from conversations.messages.messages import MessageService
from conversations.messages.pins import PinService
from conversations.messages.reactions import ReactionService
from conversations.notices.push_subscriptions import PushSubscriptions
from core.catalogue import Catalogue
from core.settings import Settings
from desk.settings.agents import AgentService
from desk.settings.companies import CompanyService
from desk.settings.media_switches import ChannelService
from desk.settings.phone_numbers import PhoneNumberService
from desk.settings.projects import ProjectService
from desk.settings.starting import StartService
from desk.settings.templates import TemplateService
from desk.visits.case_making import CaseMaking
from desk.visits.offering import OfferService
from desk.visits.supervision import SupervisionService
from desk.visits.visitors import VisitorService
from desk.visits.visits import VisitService
from desk.widget.guides.guide import Guides
from desk.widget.widget_doors import WidgetDoors
from desk.widget.widgets import WidgetService
from signaling.boards import BoardHub
from storage.disk.blobs import Blobs
from web.api.accounts.audit import audit_routes
from web.api.accounts.organisations import organisation_routes
from web.api.accounts.people import people_routes, profile_routes
from web.api.accounts.sessions import session_routes
from web.api.calls.conferences import conference_routes
from web.api.calls.frames import frame_routes
from web.api.calls.guests import guest_routes
from web.api.calls.line_tests import line_test_routes
from web.api.calls.moderation import moderation_routes
from web.api.calls.sounds import sound_routes
from web.api.conversations.boards import board_routes
from web.api.conversations.conversations import case_routes, conversation_routes, message_routes
from web.api.conversations.files import conversation_file_routes, file_routes
from web.api.conversations.message_acts import message_act_routes
from web.api.conversations.push import push_routes
from web.api.conversations.uploads import upload_routes
from web.api.desk.agents import agent_routes, widget_setting_routes
from web.api.desk.phone_numbers import phone_number_routes
from web.api.desk.settings import channel_routes, company_routes, project_routes, template_routes
from web.api.desk.visitors import visitor_routes
from web.api.desk.visits import visit_routes
from web.api.desk.widgets import widget_routes
from web.route import Route


@dataclass(frozen=True)
class Services:
    """What the rows call; made once, in server/app.py."""

    settings: Settings
    catalogue: Catalogue
    sign_in: SignInService
    profile: ProfileService
    file_links: FileLinks
    blobs: Blobs
    people: PeopleService
    groups: GroupService
    organisations: OrganisationService
    api_keys: ApiKeyService
    audit: AuditService
    conversations: ConversationService
    addressees: AddresseeService
    messages: MessageService
    reactions: ReactionService
    pins: PinService
    cards: LinkCards
    forwarding: ForwardService
    changes: ChangeService
    cases: CaseService
    conferences: ConferenceService
    moderation: ModerationService
    recordings: RecordingService
    compositions: CompositionService
    quality: CallQuality
    guest_links: GuestLinkService
    lobby: LobbyService
    sounds: SoundService
    announcements: Announcements
    doors: StandardDoors
    boards: BoardService
    board_pictures: BoardPictures
    board_versions: BoardVersions
    board_hub: BoardHub
    frames: FrameService
    given_frames: GivenFrames
    line_tests: LineTests
    uploads: UploadService
    files: FileService
    push_subscriptions: PushSubscriptions
    agents: AgentService
    projects: ProjectService
    channels: ChannelService
    phone_numbers: PhoneNumberService
    templates: TemplateService
    widgets: WidgetService
    guides: Guides
    companies: CompanyService
    start: StartService
    visitors: VisitorService
    widget_doors: WidgetDoors
    offering: OfferService
    visits: VisitService
    case_making: CaseMaking
    supervision: SupervisionService


def all_routes(services: Services) -> list[Route]:
    """Return every row."""
    return [
        *session_routes(services.sign_in),
        *profile_routes(services.profile, services.file_links),
        *file_routes(services.file_links, services.blobs),
        *people_routes(services.people, services.groups),
        *organisation_routes(services.organisations, services.api_keys),
        *audit_routes(services.audit, services.catalogue),
        *conversation_routes(services.conversations, services.addressees),
        *message_routes(services.messages, services.changes),
        *message_act_routes(
            services.reactions, services.pins, services.forwarding, services.cards, services.compositions
        ),
        *case_routes(services.cases),
        *conference_routes(
            services.settings, services.conferences, services.recordings, services.doors, services.quality
        ),
        *moderation_routes(services.moderation),
        *guest_routes(services.guest_links, services.lobby),
        *board_routes(services.boards, services.board_pictures, services.board_versions, services.board_hub),
        *frame_routes(services.frames, services.given_frames),
        *sound_routes(services.sounds, services.announcements),
        *line_test_routes(services.line_tests),
        *upload_routes(services.uploads),
        *conversation_file_routes(services.files, services.file_links),
        *push_routes(services.push_subscriptions),
        *agent_routes(services.agents),
        *project_routes(services.projects),
        *channel_routes(services.channels),
        *phone_number_routes(services.phone_numbers),
        *template_routes(services.templates),
        *widget_setting_routes(services.widgets, services.guides),
        *company_routes(services.companies, services.start),
        *widget_routes(services.widget_doors),
        *visitor_routes(services.visitors),
        *visit_routes(services.visits, services.offering, services.case_making, services.supervision),
    ]


def described_routes() -> list[Route]:
    """Return every row for description: the handlers have nothing behind them and must not be called."""
    nothing = cast(Any, None)
    fields = dict.fromkeys(Services.__dataclass_fields__, nothing)
    return all_routes(Services(**{**fields, "settings": Settings.model_construct(host="127.0.0.1", port=8080)}))
