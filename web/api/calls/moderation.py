"""Rows for moderating a conference."""

from conversations.calls import payloads
from conversations.calls.moderation import ModerationService
from conversations.calls.moderation_payloads import AdmissionBody, ModerationBody
from web.route import Call, Route


def moderation_routes(moderation: ModerationService) -> list[Route]:
    """Return the rows of what moderators do."""

    async def change(call: Call) -> payloads.Conference:
        return await moderation.change(call.actor, call.path("conference_id"), call.body)

    async def mute_all(call: Call) -> None:
        await moderation.mute_all(call.actor, call.path("conference_id"))

    async def mute(call: Call) -> None:
        await moderation.mute(call.actor, call.path("conference_id"), call.path("participant_id"))

    async def let_speak(call: Call) -> None:
        await moderation.let_speak(call.actor, call.path("conference_id"), call.path("participant_id"))

    async def lower_hand(call: Call) -> None:
        await moderation.lower_hand(call.actor, call.path("conference_id"), call.path("participant_id"))

    async def remove(call: Call) -> payloads.Conference:
        return await moderation.remove(call.actor, call.path("conference_id"), call.path("participant_id"))

    async def admit(call: Call) -> payloads.Conference:
        return await moderation.admit(call.actor, call.path("conference_id"), call.body.person_id)

    base = "/conferences/{conference_id}"
    one = f"{base}/participants/{{participant_id}}"
    permission = "conferences.moderate"
    return [
        Route("PATCH", base, "changeConference", change, permission,
              "Lock a conference, let only moderators speak, or hand moderation over",
              body=ModerationBody, answer=payloads.Conference),
        Route("POST", f"{base}/mute", "muteAll", mute_all, permission, "Mute everybody but oneself", status=204),
        Route("POST", f"{base}/admissions", "admitParticipant", admit, permission,
              "Let somebody back in who was removed", body=AdmissionBody, answer=payloads.Conference),
        Route("PUT", f"{one}/mute", "muteParticipant", mute, permission, "Mute one participant", status=204),
        Route("DELETE", f"{one}/mute", "letSpeak", let_speak, permission,
              "Lift a mute; the participant switches the microphone on", status=204),
        Route("DELETE", f"{one}/hand", "lowerHand", lower_hand, permission, "Lower a participant's hand", status=204),
        Route("DELETE", one, "removeParticipant", remove, permission,
              "Put somebody out of a conference, for good unless admitted anew", answer=payloads.Conference),
    ]  # fmt: skip
