"""What moderators of a conference send, and what the server says of it."""

from core.payloads import Body, Id, View


class Removal(View):
    """Somebody whom a moderator put out of a running conference: person, and by whom."""

    person_id: str
    removed_by: str


class ModerationBody(Body):
    """`PATCH` of a conference by a moderator; what is left out stays.

    moderator_id   hands moderation over to a participant; staff moderate besides
    """

    locked: bool | None = None
    speech_locked: bool | None = None
    moderator_id: Id | None = None


class AdmissionBody(Body):
    """Let somebody back in who was removed."""

    person_id: Id
