"""What happens when the media engine can carry no more."""

import pytest

from conversations.payloads import NewConversationBody
from core.errors import Unavailable
from tests.conversations.conftest import Rules


async def test_no_conference_begins_on_a_full_server_and_nothing_is_stored(rules: Rules) -> None:
    talk, _ = await rules.conversations.start(rules.anna, NewConversationBody(member_ids=[rules.bartek.party_id]))
    rules.capacity.left = False
    with pytest.raises(Unavailable) as caught:
        await rules.conferences.start(rules.anna, talk.id)
    assert (caught.value.code, caught.value.status) == ("rtc.full", 503)
    assert (await rules.conferences.history(rules.anna, talk.id)).items == []
    assert (await rules.conversations.get(rules.anna, talk.id)).seq == talk.seq


async def test_a_running_conference_takes_people_also_on_a_full_server(rules: Rules) -> None:
    talk, _ = await rules.conversations.start(rules.anna, NewConversationBody(member_ids=[rules.bartek.party_id]))
    door, began = await rules.conferences.start(rules.anna, talk.id)
    assert began
    rules.capacity.left = False
    again, began = await rules.conferences.start(rules.bartek, talk.id)
    assert (again.conference_id, began) == (door.conference_id, False)
