"""The one table of rights: which role, and which kind of credential, may do what.

A permission says that somebody may try; whether this conversation, person or conference is theirs
to touch is checked where it is loaded, and one that is not answers like one that does not exist.
"""

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from core.errors import Forbidden, SignInRequired
from core.languages import DEFAULT_LANGUAGE, Language

CredentialKind = Literal["anonymous", "session", "bearer", "api_key", "operator", "conference", "guest", "visitor"]

EVERYBODY: Final = "everybody"
_SIGNED_IN: Final = frozenset({"admin", "agent", "technician", "customer"})
_STAFF: Final = frozenset({"admin", "agent", "technician"})
_ADMIN: Final = frozenset({"admin"})
_MACHINE: Final = frozenset({"api_key"})
_VISITOR: Final = frozenset({"visitor"})

# permission -> roles that have it. "api_key", "operator", "conference", "guest" and "visitor" stand for the credential of that kind.
RIGHTS: Final[dict[str, frozenset[str]]] = {
    "session.start": frozenset({EVERYBODY}),
    "password.reset": frozenset({EVERYBODY}),
    "session.use": _SIGNED_IN,
    "profile.change": _SIGNED_IN,
    "people.see": _SIGNED_IN | _MACHINE,
    "files.link": _SIGNED_IN | _MACHINE | _VISITOR,
    "files.open": frozenset({EVERYBODY}),
    "people.manage": _ADMIN,
    "groups.manage": _ADMIN,
    "organisation.manage": _ADMIN,
    "api_keys.manage": _ADMIN,
    "audit.read": _ADMIN,
    "organisations.manage": frozenset({"operator"}),
    "desk.configure": _ADMIN,
    # Whether somebody is an agent of a project is a row of the project, whatever their role in the house.
    "desk.work": _STAFF,
    "widget.look": frozenset({EVERYBODY}),
    "conversations.read": _SIGNED_IN,
    "conversations.start": _SIGNED_IN,
    "conversations.write": _SIGNED_IN,
    # Of a conversation one is in: visitors of websites write in that of their visit, and in nothing else.
    "messages.read": _SIGNED_IN | _VISITOR,
    "messages.write": _SIGNED_IN | _VISITOR,
    "uploads.describe": frozenset({EVERYBODY}),
    "boards.draw": _SIGNED_IN,
    # Whoever is in a call gives the picture of their camera to who asks for it.
    "frames.give": _SIGNED_IN | frozenset({"guest"}),
    "cases.see": _SIGNED_IN | _MACHINE,
    "cases.store": _MACHINE,
    "conferences.start": _SIGNED_IN,
    "conferences.see": _SIGNED_IN,
    "conferences.moderate": _SIGNED_IN,
    "sounds.manage": _STAFF,
    "conferences.media": frozenset({"conference"}),
    "conferences.doors": frozenset({EVERYBODY}),
    # Staff invite from outside; customers do not bring strangers into the house's calls.
    "guests.invite": _STAFF,
    "guests.admit": _SIGNED_IN,
    "guests.enter": frozenset({EVERYBODY}),
    "guests.attend": frozenset({"guest"}),
    "widget.open": frozenset({EVERYBODY}),
    "visits.attend": _VISITOR,
    # Whose visits these are is the project's to say: its members, whatever their role.
    "visits.answer": _SIGNED_IN,
    # What somebody has in hand is handled (closed, handed over, held, tagged, named, made a case) by them and by who supervises
    # its project; what nobody has, by everybody who works there (desk.visits.handling).
    "visits.handle": _SIGNED_IN,
    # No customer does, also at the moment in which somebody is made one.
    "visits.supervise": _STAFF,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: the party, its organisation and its rights. Made from a credential at the edge.

    person    the party is a person with a membership
    language  of the sentences it is answered with
    """

    kind: CredentialKind
    organisation_id: str = ""
    party_id: str = ""
    name: str = ""
    avatar_hash: str | None = None
    role: str = ""
    group_id: str = ""
    group_kind: str = ""
    session_id: str | None = None
    language: Language = DEFAULT_LANGUAGE
    address: str = ""
    conference_id: str | None = None
    publish: bool = False
    receive: bool = False
    rights: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def is_person(self) -> bool:
        """Tell whether a person of an organisation is signed in."""
        return self.kind in ("session", "bearer")

    @property
    def is_guest(self) -> bool:
        """Tell whether somebody without an account came by a link."""
        return self.kind == "guest"

    @property
    def is_visitor(self) -> bool:
        """Tell whether somebody came by the widget of a website."""
        return self.kind == "visitor"


def rights_of(role: str) -> frozenset[str]:
    """Return the permissions of a role (or of a credential kind that stands for one)."""
    return frozenset(name for name, roles in RIGHTS.items() if is_open(name) or role in roles)


def is_open(permission: str) -> bool:
    """Tell whether everybody has a permission, without any credential."""
    return EVERYBODY in RIGHTS[permission]


def person_roles_of(permission: str) -> frozenset[str]:
    """Return the roles of people who have a permission."""
    return RIGHTS[permission] & _SIGNED_IN


def credentials_of(permission: str) -> tuple[CredentialKind, ...]:
    """Return the kinds of credential by which a permission can be had; none where it is open to all.

    >>> credentials_of("messages.read")
    ('session', 'bearer', 'visitor')
    """
    roles = RIGHTS[permission]
    people = ("session", "bearer") if person_roles_of(permission) else ()
    return tuple(kind for kind in get_args(CredentialKind) if kind in people or kind in roles)


def demand(actor: Actor, permission: str) -> None:
    """Refuse unless the actor has a permission.

    raises   SignInRequired  nobody is signed in
             Forbidden       somebody is, without the right
    """
    if is_open(permission) or permission in actor.rights:
        return
    if actor.kind == "anonymous":
        raise SignInRequired("accounts.sign_in_required")
    raise Forbidden("accounts.forbidden")
