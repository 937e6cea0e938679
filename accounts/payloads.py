"""What accounts say and take over REST: one model for each body and answer."""

from typing import Annotated

from pydantic import Field, StringConstraints

from core.languages import Language
from core.payloads import Body, Email, Id, Line, Name, Version, View
from storage.accounts.organisations import Package
from storage.accounts.people import GroupKind, PartyKind, Ring, Role
from storage.accounts.sessions import SessionKind

Password = Annotated[str, StringConstraints(min_length=8, max_length=200)]


class Person(View):
    """A person of an organisation as others see them."""

    id: str
    kind: PartyKind = "person"
    first_name: str
    last_name: str
    name: str
    role: Role
    group_id: str
    group_name: str
    group_kind: GroupKind
    position: str
    avatar_url: str | None
    active: bool


class PersonDetails(Person):
    """A person as an administrator sees them.

    password_set   has signed in here; before that nobody learns whether the address has a password elsewhere
    """

    email: str
    language: Language
    time_zone: str
    password_set: bool
    created_at_ms: int
    last_seen_at_ms: int | None
    version: int


class Organisation(View):
    """An organisation as its members see it."""

    id: str
    name: str


class OrganisationDetails(Organisation):
    """An organisation as its administrators see it. Limits: None is unlimited (CC-165).

    link_cards   pages that messages link are looked up, and shown as cards
    package      what the operator lets it have besides the limits
    """

    link_cards: bool
    package: Package
    people_count: int
    people_limit: int | None
    mailbox_limit: int | None
    repository_limit_bytes: int | None
    repository_bytes: int
    created_at_ms: int
    version: int


class Group(View):
    """A group of people: of the service company (staff) or of one customer."""

    id: str
    kind: GroupKind
    name: str
    external_id: str | None
    people_count: int
    version: int


class Profile(PersonDetails):
    """One's own data and preferences (CC-140..144, PBX-015)."""

    ring: Ring


class SessionStarted(View):
    """The answer to a sign-in.

    token   the bearer credential of a program; "" for a page, whose credential is the cookie set beside it, so that
            no script of the page can read it
    """

    token: str
    person: Person
    organisation: Organisation
    organisations: list[Organisation]


class SessionState(View):
    """Who is signed in, and what they may do."""

    session_id: str
    person: Person
    profile: Profile
    organisation: Organisation
    organisations: list[Organisation]
    permissions: list[str]


class SessionRow(View):
    """One of a person's sessions (browser or bearer)."""

    id: str
    kind: SessionKind
    created_at_ms: int
    last_seen_at_ms: int
    address: str
    user_agent: str
    current: bool


class RefusedSignInRow(View):
    """Somebody tried to sign in with one's e-mail and a wrong password."""

    id: str
    at_ms: int
    address: str
    user_agent: str


class RefusedSignIns(View):
    """The newest of them."""

    items: list[RefusedSignInRow]


class FileLinkRow(View):
    """A link to one file, without the secret in its address.

    purpose      "avatar": somebody's picture
    subject_id   what the file is of
    """

    id: str
    purpose: str
    subject_id: str
    created_at_ms: int
    expires_at_ms: int


class FileLinkMade(FileLinkRow):
    """The new link. `url` works without signing in, for as long as who made it may have the file."""

    url: str


class FileLinks(View):
    """One's own links that still open."""

    items: list[FileLinkRow]


class ApiKeyRow(View):
    """An API key; its secret is shown once, when it is made."""

    id: str
    name: str
    created_at_ms: int
    last_used_at_ms: int | None
    created_by: str


class ApiKeyCreated(ApiKeyRow):
    """The new key with its secret."""

    secret: str


class AuditRow(View):
    """Who did what when."""

    id: str
    at_ms: int
    author: dict[str, str]
    action: str
    subject_kind: str
    subject_id: str
    subject_name: str
    details: dict[str, object]


class SignInBody(Body):
    """POST session."""

    email: Annotated[str, StringConstraints(max_length=400)]
    password: Annotated[str, StringConstraints(max_length=400)]
    organisation_id: Id | None = None


class SwitchBody(Body):
    """POST session/organisation."""

    organisation_id: Id


class ForgottenBody(Body):
    """POST password/forgotten."""

    email: Annotated[str, StringConstraints(max_length=400)]


class SetPasswordBody(Body):
    """POST password/set."""

    token: Annotated[str, StringConstraints(min_length=10, max_length=200)]
    password: Password


class ChangePasswordBody(Body):
    """POST profile/password (PBX-016)."""

    old_password: Annotated[str, StringConstraints(max_length=400)]
    new_password: Password


class ProfileBody(Body):
    """PATCH profile; what is left out stays."""

    version: Version
    first_name: Name | None = None
    last_name: Name | None = None
    position: Line | None = None
    language: Language | None = None
    time_zone: Annotated[str, StringConstraints(max_length=64)] | None = None
    ring: Ring | None = None


class NewPersonBody(Body):
    """POST people. Without a password a set-password mail goes out (CC-164)."""

    email: Email
    first_name: Name
    last_name: Name
    role: Role
    group_id: Id
    position: Line = ""
    language: Language | None = None
    password: Password | None = None


class PersonBody(Body):
    """PATCH people/{id}; what is left out stays."""

    version: Version
    first_name: Name | None = None
    last_name: Name | None = None
    position: Line | None = None
    role: Role | None = None
    group_id: Id | None = None
    active: bool | None = None


class NewGroupBody(Body):
    """POST groups."""

    kind: GroupKind
    name: Name
    external_id: Line | None = None


class GroupBody(Body):
    """PATCH groups/{id}."""

    version: Version
    name: Name


class OrganisationBody(Body):
    """PATCH organisation."""

    version: Version
    name: Name
    link_cards: bool | None = None


class NewOrganisationBody(Body):
    """POST organisations, the operator's door (PBX-002)."""

    name: Name
    admin_email: Email
    admin_password: Password | None = None
    people_limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    mailbox_limit: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    repository_limit_bytes: Annotated[int, Field(ge=0, le=1 << 60)] | None = None
    package: Package = "grow"


class NewApiKeyBody(Body):
    """POST api-keys."""

    name: Name


class People(View):
    """A page of people."""

    items: list[PersonDetails]
    next: str | None


class Addressees(View):
    """People somebody may start a conversation with (CONF-006, CONF-007)."""

    items: list[Person]


class Groups(View):
    """All groups."""

    items: list[Group]


class Sessions(View):
    """One's own sessions."""

    items: list[SessionRow]


class ApiKeys(View):
    """The organisation's keys."""

    items: list[ApiKeyRow]


class Audit(View):
    """A page of the audit log, newest first."""

    items: list[AuditRow]
    next: str | None


class Organisations(View):
    """All organisations, for the operator."""

    items: list[OrganisationDetails]


class Created(View):
    """The id of what was made."""

    id: str
