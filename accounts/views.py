"""Records of accounts as the views that leave the server."""

from accounts import payloads
from storage.accounts.browsers import RefusedSignIn
from storage.accounts.organisations import Organisation
from storage.accounts.people import Person
from storage.accounts.sessions import ApiKey, Session


def avatar_url(person_id: str, avatar_hash: str | None) -> str | None:
    """Return where a person's picture is, None when there is none; the address changes with the picture."""
    return f"/api/v1/people/{person_id}/avatar?v={avatar_hash[:16]}" if avatar_hash else None


def person_view(person: Person) -> payloads.Person:
    """A person as colleagues and companions see them."""
    return payloads.Person(
        id=person.id,
        first_name=person.first_name,
        last_name=person.last_name,
        name=person.name,
        role=person.role,
        group_id=person.group_id,
        group_name=person.group_name,
        group_kind=person.group_kind,
        position=person.position,
        avatar_url=avatar_url(person.id, person.avatar_hash),
        active=person.active,
    )


def details_view(person: Person) -> payloads.PersonDetails:
    """A person as an administrator sees them."""
    return payloads.PersonDetails(
        **person_view(person).model_dump(),
        email=person.email,
        language=person.language,
        time_zone=person.time_zone,
        password_set=person.accepted and person.last_seen_at_ms is not None,
        created_at_ms=person.created_at_ms,
        last_seen_at_ms=person.last_seen_at_ms,
        version=person.version,
    )


def profile_view(person: Person) -> payloads.Profile:
    """One's own data and preferences."""
    return payloads.Profile(**details_view(person).model_dump(), ring=person.ring)


def organisation_view(organisation: Organisation) -> payloads.Organisation:
    """An organisation as its members see it."""
    return payloads.Organisation(id=organisation.id, name=organisation.name)


def organisation_details(organisation: Organisation, people_count: int) -> payloads.OrganisationDetails:
    """An organisation as its administrators and the operator see it."""
    return payloads.OrganisationDetails(
        id=organisation.id,
        name=organisation.name,
        link_cards=organisation.link_cards,
        package=organisation.package,
        people_count=people_count,
        people_limit=organisation.people_limit,
        mailbox_limit=organisation.mailbox_limit,
        repository_limit_bytes=organisation.repository_limit_bytes,
        repository_bytes=0,
        created_at_ms=organisation.created_at_ms,
        version=organisation.version,
    )


def session_view(session: Session, current: str | None) -> payloads.SessionRow:
    """One of a person's sessions; `current` is the asking one."""
    return payloads.SessionRow(
        id=session.id,
        kind=session.kind,
        created_at_ms=session.created_at_ms,
        last_seen_at_ms=session.last_seen_at_ms,
        address=session.address,
        user_agent=session.user_agent,
        current=session.id == current,
    )


def refused_view(refused: RefusedSignIn) -> payloads.RefusedSignInRow:
    """An attempt to sign in that was refused."""
    return payloads.RefusedSignInRow(
        id=refused.id, at_ms=refused.at_ms, address=refused.address, user_agent=refused.user_agent
    )


def api_key_view(key: ApiKey) -> payloads.ApiKeyRow:
    """An API key without its secret."""
    return payloads.ApiKeyRow(
        id=key.id,
        name=key.name,
        created_at_ms=key.created_at_ms,
        last_used_at_ms=key.last_used_at_ms,
        created_by=key.created_by,
    )
