"""Moderating a conference: who may, what holds for whom, and what the media engine is asked."""

from collections.abc import Awaitable

import pytest

from accounts.rights import Actor
from conversations.calls.moderation_payloads import ModerationBody
from conversations.calls.payloads import Participant
from conversations.payloads import NewConversationBody
from core.errors import Conflict, Forbidden, NotFound, Refusal
from tests.conversations.conftest import Rules


class Call:
    """A call of staff (Anna, Bartek) and two customers (Celina, Ewa); Celina started it."""

    def __init__(self, rules: Rules, conversation_id: str, conference_id: str) -> None:
        self.rules, self.conversation_id, self.id = rules, conversation_id, conference_id

    async def join(self, who: Actor, tab: str = "tab", *, audio: bool = True) -> str:
        self.rules.clock.move(0.01)
        joined = await self.rules.conferences.join(
            who, self.id, instance_id=f"{tab}-{who.party_id}", node_id="node", audio=audio, video=True
        )
        return joined.participant_id

    async def row(self, who: Actor) -> Participant:
        view = await self.rules.conferences.get(self.rules.anna, self.id)
        return next(one for one in view.participants if one.person_id == who.party_id)

    async def lines(self) -> list[str]:
        page = await self.rules.messages.page(self.rules.anna, self.conversation_id, limit=100)
        return [str(one.body["code"]) for one in page.items if one.kind == "system" and one.body is not None]


async def group(rules: Rules, *members: Actor) -> str:
    """A group that an administrator made, who alone may bring staff and customers together."""
    body = NewConversationBody(kind="group", title="Pompa", member_ids=[one.party_id for one in members])
    made, _ = await rules.conversations.start(rules.admin, body)
    return made.id


@pytest.fixture
async def call(rules: Rules) -> Call:
    conversation_id = await group(rules, rules.anna, rules.bartek, rules.celina, rules.ewa)
    door, _ = await rules.conferences.start(rules.celina, conversation_id)
    return Call(rules, conversation_id, door.conference_id)


async def code_of(attempt: Awaitable[object], kind: type[Refusal] = Forbidden) -> str:
    with pytest.raises(kind) as refused:
        await attempt
    return refused.value.code


async def test_hands_are_up_in_the_order_they_were_raised(call: Call, rules: Rules) -> None:
    for who in (rules.anna, rules.celina, rules.ewa):
        await call.join(who)
    assert (await call.row(rules.ewa)).hand_raised_at_ms is None
    for who in (rules.ewa, rules.anna):
        rules.clock.move(1)
        await rules.moderation.raise_hand(who, call.id, raised=True)
    since = [(await call.row(who)).hand_raised_at_ms for who in (rules.ewa, rules.anna)]
    assert since[0] is not None and since[1] is not None and since[0] < since[1]
    rules.clock.move(1)
    await rules.moderation.raise_hand(rules.ewa, call.id, raised=True)
    assert (await call.row(rules.ewa)).hand_raised_at_ms == since[0], "raised twice is raised once"
    await call.join(rules.ewa, "another tab")
    assert (await call.row(rules.ewa)).hand_raised_at_ms == since[0], "the hand stays up in another tab"
    seat = (await call.row(rules.ewa)).id
    assert await code_of(rules.moderation.lower_hand(rules.ewa, call.id, seat)) == "conversations.not_yours_to_moderate"
    await rules.moderation.lower_hand(rules.celina, call.id, seat)
    assert (await call.row(rules.ewa)).hand_raised_at_ms is None
    with pytest.raises(Conflict):
        await rules.moderation.raise_hand(rules.bartek, call.id, raised=True)


async def test_who_is_muted_is_silent_until_somebody_lifts_it(call: Call, rules: Rules) -> None:
    celina, ewa = await call.join(rules.celina), await call.join(rules.ewa)
    assert await code_of(rules.moderation.mute(rules.ewa, call.id, celina)) == "conversations.not_yours_to_moderate"
    await rules.moderation.mute(rules.celina, call.id, ewa)
    row = await call.row(rules.ewa)
    assert (row.audio, row.muted_by) == (False, rules.celina.party_id)
    assert rules.engine.audiences() == {ewa: []}
    # Saying that the microphone is on, a reload and another tab change nothing.
    await rules.conferences.change_state(rules.ewa, call.id, audio=True, video=True)
    assert not (await call.row(rules.ewa)).audio
    again = await call.join(rules.ewa, "another tab")
    row = await call.row(rules.ewa)
    assert (row.id, row.audio, row.muted_by) == (again, False, rules.celina.party_id)
    await rules.moderation.speak(rules.ewa, call.id)
    assert rules.engine.audiences()[again] is None
    await rules.conferences.change_state(rules.ewa, call.id, audio=True, video=True)
    row = await call.row(rules.ewa)
    assert (row.audio, row.muted_by) == (True, None)


async def test_all_are_muted_but_whoever_does_it(call: Call, rules: Rules) -> None:
    anna, celina, ewa = [await call.join(who) for who in (rules.anna, rules.celina, rules.ewa)]
    await rules.moderation.mute_all(rules.anna, call.id)
    assert rules.engine.audiences() == {celina: [], ewa: []}
    assert (await call.row(rules.anna)).muted_by is None
    assert anna


async def test_where_only_moderators_speak_others_are_let_speak_by_them(call: Call, rules: Rules) -> None:
    anna, ewa = await call.join(rules.anna), await call.join(rules.ewa)
    # Who was there and left is muted as well, should they come back.
    await call.join(rules.bartek)
    change = ModerationBody(speech_locked=True)
    assert await code_of(rules.moderation.change(rules.ewa, call.id, change)) == "conversations.not_yours_to_moderate"
    view = await rules.moderation.change(rules.anna, call.id, change)
    assert view.speech_locked
    assert rules.engine.audiences() == {ewa: []}, "staff and whoever started the call moderate it"
    assert await code_of(rules.moderation.speak(rules.ewa, call.id)) == "conversations.speech_locked"
    await rules.moderation.raise_hand(rules.ewa, call.id, raised=True)
    await rules.moderation.let_speak(rules.anna, call.id, ewa)
    row = await call.row(rules.ewa)
    assert (row.muted_by, row.hand_raised_at_ms) == (None, None)
    assert rules.engine.audiences()[ewa] is None
    assert "call.speech_locked" in await call.lines()
    assert anna


async def test_who_comes_while_only_moderators_speak_is_muted(call: Call, rules: Rules) -> None:
    await call.join(rules.celina)
    await rules.moderation.change(rules.celina, call.id, ModerationBody(speech_locked=True))
    await call.join(rules.ewa)
    row = await call.row(rules.ewa)
    assert (row.audio, row.muted_by) == (False, rules.celina.party_id)
    await call.join(rules.anna)
    assert (await call.row(rules.anna)).muted_by is None
    await rules.moderation.change(rules.celina, call.id, ModerationBody(speech_locked=False))
    await rules.moderation.speak(rules.ewa, call.id)
    assert (await call.row(rules.ewa)).muted_by is None


async def test_who_was_removed_comes_back_only_when_admitted(call: Call, rules: Rules) -> None:
    celina, ewa = await call.join(rules.celina), await call.join(rules.ewa)
    anna = await call.join(rules.anna)
    assert await code_of(rules.moderation.remove(rules.ewa, call.id, celina)) == "conversations.not_yours_to_moderate"
    for seat in (celina, anna):
        refusal = await code_of(rules.moderation.remove(rules.celina, call.id, seat), Conflict)
        assert refusal == "conversations.moderator_stays"
    view = await rules.moderation.remove(rules.celina, call.id, ewa)
    assert [one.person_id for one in view.removed] == [rules.ewa.party_id]
    assert rules.ewa.party_id not in [one.person_id for one in view.participants]
    assert await code_of(call.join(rules.ewa)) == "conversations.removed_from_conference"
    # Nor by the camera button, which gives a token.
    start = rules.conferences.start(rules.ewa, call.conversation_id)
    assert await code_of(start) == "conversations.removed_from_conference"
    assert await code_of(rules.moderation.admit(rules.ewa, call.id, rules.ewa.party_id)) == (
        "conversations.not_yours_to_moderate"
    )
    await rules.moderation.admit(rules.anna, call.id, rules.ewa.party_id)
    await call.join(rules.ewa)
    lines = await call.lines()
    assert lines.count("call.removed") == lines.count("call.admitted") == 1
    assert "call.left" not in lines, "one line says it"


async def test_a_locked_call_takes_back_who_was_in_it_and_nobody_new(call: Call, rules: Rules) -> None:
    await call.join(rules.celina)
    await call.join(rules.ewa)
    await rules.conferences.leave(rules.ewa, call.id)
    view = await rules.moderation.change(rules.celina, call.id, ModerationBody(locked=True))
    assert view.locked
    await call.join(rules.ewa)
    # Bartek is staff and moderates; a customer who is new stays out.
    await call.join(rules.bartek)
    await rules.moderation.change(rules.bartek, call.id, ModerationBody(locked=False))
    assert [one for one in await call.lines() if "lock" in one] == ["call.locked", "call.unlocked"]


async def test_a_locked_call_lets_no_new_customer_in(rules: Rules) -> None:
    conversation_id = await group(rules, rules.anna, rules.celina, rules.ewa)
    door, _ = await rules.conferences.start(rules.anna, conversation_id)
    call = Call(rules, conversation_id, door.conference_id)
    await call.join(rules.anna)
    await rules.moderation.change(rules.anna, call.id, ModerationBody(locked=True))
    assert await code_of(call.join(rules.ewa)) == "conversations.conference_locked"
    assert "ring:stopped" in rules.told.kinds(f"party:{rules.ewa.party_id}")
    start = rules.conferences.start(rules.ewa, conversation_id)
    assert await code_of(start) == "conversations.conference_locked"


async def test_moderation_is_handed_over(call: Call, rules: Rules) -> None:
    await call.join(rules.celina)
    hand_over = ModerationBody(moderator_id=rules.ewa.party_id)
    with pytest.raises(Conflict):
        await rules.moderation.change(rules.celina, call.id, hand_over)
    ewa = await call.join(rules.ewa)
    view = await rules.moderation.change(rules.celina, call.id, hand_over)
    assert view.moderator_id == rules.ewa.party_id
    assert await code_of(rules.moderation.mute(rules.celina, call.id, ewa)) == "conversations.not_yours_to_moderate"
    assert await code_of(rules.conferences.end(rules.celina, call.id)) == "conversations.not_yours_to_end"
    await rules.moderation.mute_all(rules.ewa, call.id)
    assert (await call.row(rules.celina)).muted_by == rules.ewa.party_id
    await rules.conferences.end(rules.ewa, call.id)
    with pytest.raises(Conflict):
        await rules.moderation.mute_all(rules.ewa, call.id)


async def test_strangers_and_seats_elsewhere_are_not_found(call: Call, rules: Rules) -> None:
    celina = await call.join(rules.celina)
    with pytest.raises(NotFound):
        await rules.moderation.mute(rules.stranger, call.id, celina)
    with pytest.raises(NotFound):
        await rules.moderation.mute(rules.celina, call.id, "nobody")
