"""Rows for moderating a conference."""

from conversations.calls import payloads
from conversations.calls.moderation import ModerationService
from conversations.calls.moderation_payloads import AdmissionBody, ModerationBody
from web.route import Asked, Route


def moderation_routes(moderation: ModerationService) -> list[Route]:
    """Return the rows of what moderators do."""

    async def change(asked: Asked) -> payloads.Conference:
        return await moderation.change(asked.actor, asked.path("conference_id"), asked.body)

    async def mute_all(asked: Asked) -> None:
        await moderation.mute_all(asked.actor, asked.path("conference_id"))

    async def mute(asked: Asked) -> None:
        await moderation.mute(asked.actor, asked.path("conference_id"), asked.path("participant_id"))

    async def let_speak(asked: Asked) -> None:
        await moderation.let_speak(asked.actor, asked.path("conference_id"), asked.path("participant_id"))

    async def lower_hand(asked: Asked) -> None:
        await moderation.lower_hand(asked.actor, asked.path("conference_id"), asked.path("participant_id"))

    async def remove(asked: Asked) -> payloads.Conference:
        return await moderation.remove(asked.actor, asked.path("conference_id"), asked.path("participant_id"))

    async def admit(asked: Asked) -> payloads.Conference:
        return await moderation.admit(asked.actor, asked.path("conference_id"), asked.body.person_id)

    base = "/conferences/{conference_id}"
    one = f"{base}/participants/{{participant_id}}"
    permission = "conferences.moderate"
    return [
        Route("PATCH", base, "changeConference", change, permission,
              "Lock a conference, let only moderators speak, or hand moderation over",
              body=ModerationBody, answer=payloads.Conference, also=(409,)),
        Route("POST", f"{base}/mute", "muteAll", mute_all, permission, "Mute everybody but oneself", status=204,
              also=(409,)),
        Route("POST", f"{base}/admissions", "admitParticipant", admit, permission,
              "Let somebody back in who was removed", body=AdmissionBody, answer=payloads.Conference, also=(409,)),
        Route("PUT", f"{one}/mute", "muteParticipant", mute, permission, "Mute one participant", status=204,
              also=(409,)),
        Route("DELETE", f"{one}/mute", "letSpeak", let_speak, permission,
              "Lift a mute; the participant switches the microphone on", status=204, also=(409,)),
        Route("DELETE", f"{one}/hand", "lowerHand", lower_hand, permission, "Lower a participant's hand", status=204,
              also=(409,)),
        Route("DELETE", one, "removeParticipant", remove, permission,
              "Put somebody out of a conference, for good unless admitted anew", answer=payloads.Conference, also=(409,)),
    ]  # fmt: skip
