# long: one table of what a caller hears in each stage, played out
"""Calls of visits on a running node: what the caller hears in which state, who takes a seat, and what a supervisor hears."""

import asyncio
import json
import wave
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from conversations.calls.sounds import SoundService
from core.errors import Conflict, Forbidden, Invalid, NotFound
from desk.sounds.call_sounds import CallSounds
from desk.sounds.recording import CallRecording
from desk.sounds.tunes import RATE_HZ, make_tune
from desk.sounds.voicemail import Voicemail
from desk.visits import payloads
from desk.visits.supervision import SupervisionService
from rtc.channel.events import ListenerEnded, RecordingChanged
from rtc.channel.requests import (
    Publish,
    RemoveParticipant,
    SetAudience,
    StartListener,
    StartPlayer,
    StartRecording,
    StopPlayer,
)
from server.parts.desk_sounds import hears_of
from storage.calls.sounds import list_sounds
from storage.desk.channels import change_channel
from storage.desk.projects import change_project, change_project_member
from storage.desk.terms import Medium
from storage.desk.visits import find_visit
from storage.disk.blobs import DiskBlobs
from storage.engine.hearing import Hearing
from tests.desk.conftest import Desk
from tests.support.desks import Guest
from tests.support.realtime import until

SOUND = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"


@pytest.fixture
def settings_changes() -> dict[str, object]:
    return {"offer_s": 30.0, "visitor_grace_s": 30.0, "agent_grace_s": 1.0}


@pytest.fixture
async def sounding(desk: Desk, tmp_path: Path) -> AsyncIterator[Desk]:
    """The desk with what callers hear, as the server puts it together."""
    node = desk.node
    blobs, sounds = node.real_time.ground.blobs, node.real_time.calls.sounds
    voicemail = Voicemail(desk.world.database, blobs, node.real_time.relay)
    recording = CallRecording(
        desk.world.database, node.real_time.calls.announcements, sounds, node.real_time.calls.recordings
    )
    calls = CallSounds(
        desk.world.database, node.real_time.calls.announcements, node.real_time.calls.media, sounds, voicemail, node.supervisor,
        recording,
    )  # fmt: skip
    hearing = Hearing()
    for one in hears_of(calls):
        hearing.hear(one.kind, one.handler)
    desk.world.database.on_events_stored(hearing.tell_all)
    node.real_time.visits.places.on_told(calls.outlook_changed)
    yield desk


async def calls(desk: Desk, medium: Medium = "audio") -> tuple[Guest, str]:
    """A visitor calls and sits in the call; return them and the conference."""
    guest = await desk.visitor()
    asked = await guest.ask(medium, text=None)
    assert asked.conference_id is not None and guest.tab is not None
    await guest.tab.do(
        "conference:join", conference_id=asked.conference_id, instance_id="v", audio=True, video=medium == "video"
    )
    return guest, asked.conference_id


def requests(desk: Desk, kind: type) -> list[Any]:
    return [one for one in desk.node.channel.requests if isinstance(one, kind)]


async def playing(desk: Desk, conference_id: str) -> list[str]:
    """What plays in a conference now: tunes, and uploads by name."""
    names = {
        one.digest: one.tune or one.name
        for one in await desk.world.database.read(lambda tx: list_sounds(tx, desk.organisation_id))
    }
    stopped = {one.player_id for one in requests(desk, StopPlayer)}
    return [
        names[one.sound]
        for one in requests(desk, StartPlayer)
        if one.room_id == conference_id and one.player_id not in stopped
    ]


def audiences(desk: Desk) -> dict[str, list[str] | None]:
    """Who may hear whom, as the engine was told last."""
    return {one.participant_id: one.audience for one in requests(desk, SetAudience)}


async def hears(desk: Desk, conference_id: str, name: str | None, limit_s: float = 20.0) -> None:
    found: list[str] = []
    for _ in range(int(limit_s * 20)):
        found = await playing(desk, conference_id)
        if (name is None and not found) or (name is not None and any(name in one for one in found)):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not {name}, but {found}")


@pytest.mark.parametrize("name", ["greeting", "Centrala: powitanie"])
async def test_an_upload_that_bears_the_name_of_a_tune_is_not_played_in_its_place(
    sounding: Desk, tmp_path: Path, name: str
) -> None:
    desk = sounding
    sounds = SoundService(desk.world.database, DiskBlobs(tmp_path / "blobs"), tmp_path / "sounds")
    upload = await sounds.add(desk.world.anna.actor, name, make_tune("recorded"))
    assert upload.tune is None
    _, conference_id = await calls(desk)
    await hears(desk, conference_id, "greeting")
    started = requests(desk, StartPlayer)
    stored = await desk.world.database.read(lambda tx: list_sounds(tx, desk.organisation_id))
    assert {one.tune for one in stored if one.digest in {played.sound for played in started}} >= {"greeting"}
    assert upload.id in {one.id for one in stored if one.digest not in {played.sound for played in started}}


@pytest.mark.feature("CC-220", "CC-182")
async def test_a_caller_hears_the_greeting_then_ringing_then_the_agent_and_music_on_hold(sounding: Desk) -> None:
    desk = sounding
    guest, conference_id = await calls(desk, "video")
    assert guest.visit is not None and (guest.visit.voice, guest.visit.state) == ("ring", "offered")
    await hears(desk, conference_id, "greeting")
    await hears(desk, conference_id, "ringback")
    who = desk.world.anna if (await desk.queue(desk.world.anna)).offers else desk.world.bartek
    visit = await desk.accept(who, guest.visit.id)
    assert visit.conference_id == conference_id
    await desk.tab(who).do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=False)
    await hears(desk, conference_id, None)
    await desk.node.real_time.visits.visits.hold(who.actor, visit.id, held=True)
    await hears(desk, conference_id, "hold")
    seats = await desk.node.real_time.calls.conferences.get(who.actor, conference_id)
    by_person = {one.person_id: one.id for one in seats.participants}
    caller, agent = by_person[guest.id], by_person[who.id]
    assert audiences(desk) == {caller: [], agent: []}, "neither hears the other"
    assert {one.source for one in requests(desk, SetAudience)} == {None}, "nor sees, whatever is published meanwhile"
    await desk.node.real_time.visits.visits.hold(who.actor, visit.id, held=False)
    await hears(desk, conference_id, None)
    await until(lambda: audiences(desk) == {caller: None, agent: None})
    # The second caller rings at the other agent, the third finds everybody busy.
    second, _ = await calls(desk)
    assert second.visit is not None
    await desk.accept(desk.world.bartek if who is desk.world.anna else desk.world.anna, second.visit.id)
    third, waiting_in = await calls(desk)
    assert third.visit is not None and (third.visit.voice, third.visit.reason) == ("hold", "busy")
    await hears(desk, waiting_in, "hold")
    # Hold music of one project is one timeline.
    assert {one.shared for one in requests(desk, StartPlayer) if one.room_id == waiting_in} == {f"hold {desk.project}"}
    # The agent closes: the call ends for both.
    await desk.node.real_time.visits.visits.close(who.actor, visit.id, payloads.CloseBody())
    assert guest.tab is not None
    await guest.tab.hear("conference:ended", lambda one: one["conference"]["id"] == conference_id)


@pytest.mark.feature("CC-183", "CC-215", "CC-220")
async def test_nobody_online_takes_down_what_the_caller_says(sounding: Desk, tmp_path: Path) -> None:
    desk = sounding
    for who in (desk.world.anna, desk.world.bartek):
        await desk.status(who, "offline")
    guest, conference_id = await calls(desk)
    assert guest.visit is not None and (guest.visit.voice, guest.visit.reason) == ("voicemail", "nobody")
    await hears(desk, conference_id, "voicemail")
    await until(lambda: requests(desk, StartListener) != [], 20)
    await asyncio.sleep(0.2)  # nobody has said anything before that
    listener = requests(desk, StartListener)[0]
    said = desk.node.settings.data_dir / "recordings" / "said.webm"
    said.parent.mkdir(parents=True, exist_ok=True)
    said.write_bytes(b"\x1a\x45\xdf\xa3 said")
    desk.node.channel.tell(ListenerEnded(conference_id, listener.listener_id, "silence", "said.webm", 4000))
    for _ in range(100):
        if (await guest.state()).state == "message":
            break
        await asyncio.sleep(0.05)
    queue = await desk.queue(desk.world.anna)
    assert [one.id for one in queue.messages] == [guest.visit.id] and queue.counts.messages == 1
    page = await desk.node.real_time.visits.visits.messages(
        desk.world.anna.actor, guest.visit.id, team=False, after=None, before=None, limit=50
    )
    files = [one.body for one in page.items if one.kind == "file"]
    assert len(files) == 1 and files[0] is not None and files[0]["files"][0]["view"] == "audio"  # type: ignore[index]
    said_id, talk = files[0]["files"][0]["id"], queue.messages[0].conversation_id  # type: ignore[index]
    for agent in (desk.world.anna, desk.world.bartek):
        await desk.node.real_time.files.files.demand_file(agent.actor, talk, said_id)
    with pytest.raises(NotFound):
        await desk.node.real_time.files.files.demand_file(desk.world.celina.actor, talk, said_id)


@pytest.mark.feature("CC-186")
async def test_a_call_is_recorded_after_the_announcement_and_kept_for_colleagues(
    sounding: Desk,
) -> None:
    desk = sounding
    database = desk.world.database

    await database.write(lambda tx: change_project(tx, desk.organisation_id, desk.project, 1, {"record_calls": True}))
    guest, conference_id = await calls(desk)
    assert guest.visit is not None and guest.tab is not None
    who = desk.world.anna if (await desk.queue(desk.world.anna)).offers else desk.world.bartek
    other = desk.world.bartek if who is desk.world.anna else desk.world.anna
    visit = await desk.accept(who, guest.visit.id)
    await asyncio.sleep(0.3)
    assert requests(desk, StartRecording) == [], "nobody talks yet"
    await desk.tab(who).do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=False)
    await hears(desk, conference_id, "recorded")
    announced = requests(desk, StartPlayer)[-1]
    assert announced.audience is None, "caller and agent hear it"
    assert requests(desk, StartRecording) == [], "not before its end"
    for tab in (guest.tab, desk.tab(who)):
        told = await tab.hear("recording:started")
        assert told["conference"]["recording"] is not None
    await until(lambda: len(requests(desk, StartRecording)) == 1)
    recording_id = requests(desk, StartRecording)[0].recording_id
    # Hold and back do not begin another; neither does a recording that was ended by hand begin again.
    for held in (True, False):
        await desk.node.real_time.visits.visits.hold(who.actor, visit.id, held=held)
    await desk.node.real_time.calls.recordings.stop(who.actor, conference_id)
    await desk.tab(who).do("conference:join", conference_id=conference_id, instance_id="b", audio=True, video=False)
    await asyncio.sleep(1.2)
    assert len(requests(desk, StartRecording)) == 1
    # What the engine wrote becomes a message that colleagues see, and nobody else.
    seats = await desk.node.real_time.calls.conferences.get(who.actor, conference_id)
    caller = next(one.id for one in seats.participants if one.person_id == guest.id)
    part = desk.node.settings.data_dir / "recordings" / recording_id / "1"
    part.mkdir(parents=True)
    (part / "0.webm").write_bytes(b"\x1a\x45\xdf\xa3 said")
    track = {"file": "0.webm", "participant_id": caller, "source": "microphone", "kind": "audio", "frames": 50,
             "start_ns": 0, "end_ns": 1_000_000_000, "width": 0, "height": 0}  # fmt: skip
    (part / "index.json").write_text(json.dumps({"started_at_ms": 1_000, "tracks": [track]}))
    desk.node.channel.tell(RecordingChanged(conference_id, recording_id, False, "asked"))
    visits, found = desk.node.real_time.visits.visits, []
    for _ in range(200):
        page = await visits.messages(other.actor, visit.id, team=True, after=None, before=None, limit=50)
        found = [one for one in page.items if one.kind == "file"]
        if found:
            break
        await asyncio.sleep(0.05)
    assert len(found) == 1 and found[0].body is not None
    file: Any = found[0].body["files"]
    files, team = desk.node.real_time.files.files, visit.team_conversation_id
    await files.demand_file(who.actor, team, file[0]["id"])
    await files.demand_file(other.actor, team, file[0]["id"])  # of the project, though not of this visit
    for stranger in (guest.actor, desk.world.celina.actor):
        with pytest.raises(NotFound):
            await files.demand_file(stranger, team, file[0]["id"])
    assert file[0]["id"] not in str(guest.tab.heard), "the visitor is told that it is recorded, and gets no file"
    said = await visits.messages(other.actor, visit.id, team=False, after=None, before=None, limit=50)
    assert not [one for one in said.items if one.kind == "file"]


@pytest.mark.feature("CC-186")
async def test_the_switch_of_the_voice_channel_records_calls_and_without_it_nobody_is_recorded(sounding: Desk) -> None:
    desk = sounding
    guest, conference_id = await calls(desk)
    assert guest.visit is not None
    who = desk.world.anna if (await desk.queue(desk.world.anna)).offers else desk.world.bartek
    await desk.accept(who, guest.visit.id)
    await desk.tab(who).do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=False)
    await hears(desk, conference_id, None)
    await asyncio.sleep(1)
    assert requests(desk, StartRecording) == []
    await desk.world.database.write(
        lambda tx: change_channel(tx, desk.organisation_id, "voice_in", {"record_calls": True})
    )
    await desk.tab(who).do("conference:join", conference_id=conference_id, instance_id="b", audio=True, video=False)
    await until(lambda: len(requests(desk, StartRecording)) == 1, 20)


async def test_the_tunes_of_the_house_are_tones() -> None:
    for tune, pitch_hz in (("ringback", 425), ("voicemail", 659)):
        with wave.open(BytesIO(make_tune(tune))) as file:  # type: ignore[arg-type]
            assert (file.getframerate(), file.getnchannels()) == (RATE_HZ, 1)
            samples = file.readframes(int(RATE_HZ * 0.33))
        crossings = sum((samples[at + 1] < 128) != (samples[at + 3] < 128) for at in range(0, len(samples) - 4, 2))
        assert abs(crossings / 2 / 0.33 - pitch_hz) < 12


@pytest.mark.feature("BEY-054")
async def test_a_supervisor_sees_everything_listens_unseen_and_joins(desk: Desk) -> None:
    supervision = SupervisionService(desk.world.database, desk.node.settings)
    guest, conference_id = await calls(desk)
    assert guest.visit is not None and guest.tab is not None
    who = desk.world.anna if (await desk.queue(desk.world.anna)).offers else desk.world.bartek
    boss = desk.world.bartek if who is desk.world.anna else desk.world.anna
    await desk.accept(who, guest.visit.id)
    with pytest.raises(Forbidden, match=r"desk\.no_supervisor"):
        await supervision.listen(boss.actor, guest.visit.id, "listen")
    assert (await supervision.look(boss.actor)).projects == []
    await desk.world.database.write(
        lambda tx: change_project_member(tx, desk.organisation_id, desk.project, boss.id, {"role": "supervisor"})
    )
    seen = (await supervision.look(boss.actor)).projects[0]
    assert seen.live == {"chat": True, "audio": True, "video": True} and seen.waiting == 0
    busy = next(one for one in seen.agents if one.person_id == who.id)
    assert (busy.calls, busy.failing["audio"]) == (1, ["capacity"])
    with pytest.raises(NotFound):
        await desk.node.real_time.calls.conferences.get(boss.actor, conference_id)
    heard = await supervision.listen(boss.actor, guest.visit.id, "listen")
    assert heard.conference_id == conference_id and heard.token is not None and heard.whep_url is not None
    listener = await desk.node.credentials.bearer(heard.token, language="pl", address="192.0.2.9")
    assert listener is not None and not listener.publish
    await desk.node.real_time.calls.media.watch(listener, conference_id, f"whep.{boss.id}.s.x", "v=0 offer....", None)
    members = {name for name, _ in guest.tab.heard}
    assert "member:added" in members, "that is the agent"
    assert [one["member"]["person_id"] for one in guest.tab.all("member:added")] == [who.id]
    # Not a supervisor any more: the token is worth nothing.
    await desk.world.database.write(
        lambda tx: change_project_member(tx, desk.organisation_id, desk.project, boss.id, {"role": "agent"})
    )
    with pytest.raises(NotFound):
        await desk.node.real_time.calls.media.watch(
            listener, conference_id, f"whep.{boss.id}.s.y", "v=0 offer....", None
        )
    await desk.world.database.write(
        lambda tx: change_project_member(tx, desk.organisation_id, desk.project, boss.id, {"role": "supervisor"})
    )
    await supervision.listen(boss.actor, guest.visit.id, "join")
    await desk.tab(boss).do("conference:join", conference_id=conference_id, instance_id="b", audio=True, video=False)
    await guest.tab.hear("participant:joined", lambda one: one["participant"]["person_id"] == boss.id)
    # Between the two roles nobody was to hear anything; nobody else was put out.
    assert {one.participant_id for one in requests(desk, RemoveParticipant)} <= {f"whep.{boss.id}.s.x"}


@pytest.mark.feature("BEY-054")
async def test_a_whisper_is_for_the_seat_of_whoever_answered_and_ends_with_the_right_to_it(desk: Desk) -> None:
    supervision, doors = SupervisionService(desk.world.database, desk.node.settings), desk.node.real_time.calls.doors
    guest, conference_id = await calls(desk)
    assert guest.visit is not None and guest.tab is not None
    who = desk.world.anna if (await desk.queue(desk.world.anna)).offers else desk.world.bartek
    boss = desk.world.bartek if who is desk.world.anna else desk.world.anna
    await desk.accept(who, guest.visit.id)
    join = {"conference_id": conference_id, "audio": True, "video": False}
    first = await desk.tab(who).do("conference:join", instance_id="a", **join)
    with pytest.raises(Forbidden, match=r"desk\.no_supervisor"):
        await supervision.listen(boss.actor, guest.visit.id, "whisper")

    def role(name: str) -> Any:
        return desk.world.database.write(
            lambda tx: change_project_member(tx, desk.organisation_id, desk.project, boss.id, {"role": name})
        )

    await role("supervisor")
    given = await supervision.listen(boss.actor, guest.visit.id, "whisper")
    assert given.token is not None and given.whisper_token is not None and given.whip_url is not None
    assert given.whip_url.endswith(f"/conferences/{conference_id}/whip")
    speaker = await desk.node.credentials.bearer(given.whisper_token, language="pl", address="192.0.2.9")
    listener = await desk.node.credentials.bearer(given.token, language="pl", address="192.0.2.9")
    assert speaker is not None and listener is not None
    assert [(one.publish, one.receive) for one in (speaker, listener)] == [(True, False), (False, True)]
    with pytest.raises(Forbidden):
        await doors.publish(listener, conference_id, SOUND)
    with pytest.raises(Forbidden):
        await doors.watch(speaker, conference_id, SOUND)
    with pytest.raises(Invalid, match=r"rtc\.bad_source"):
        await doors.publish(speaker, conference_id, SOUND + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\n")
    opened = await doors.publish(speaker, conference_id, SOUND)
    published = requests(desk, Publish)[-1]
    assert (published.participant_id, published.discreet) == (opened.resource_id, True)
    assert published.sources == {"0": "microphone"}
    assert audiences(desk)[opened.resource_id] == [first["participant_id"]]
    told = await desk.tab(who).hear("conference:whispered")
    assert told == {"conference_id": conference_id, "name": boss.actor.name}
    assert not any(boss.id in str(heard) or "whisper" in name for name, heard in guest.tab.heard), (
        "the visitor knows nothing"
    )
    # The agent comes back with another tab: it is for that one.
    second = await desk.tab(who).do("conference:join", instance_id="b", **join)
    assert second["participant_id"] != first["participant_id"]
    await until(lambda: audiences(desk)[opened.resource_id] == [second["participant_id"]])
    # No supervisor any more: out with the next step of the visit, and no way back in.
    await role("agent")
    await desk.node.real_time.visits.visits.hold(who.actor, guest.visit.id, held=True)
    await until(lambda: opened.resource_id in [one.participant_id for one in requests(desk, RemoveParticipant)])
    with pytest.raises(NotFound):
        await doors.publish(speaker, conference_id, SOUND)


@pytest.mark.feature("BEY-054")
async def test_a_call_is_handed_over_and_the_visitor_stays_in_it(desk: Desk) -> None:
    guest, conference_id = await calls(desk)
    assert guest.visit is not None
    who = desk.world.anna if (await desk.queue(desk.world.anna)).offers else desk.world.bartek
    other = desk.world.bartek if who is desk.world.anna else desk.world.anna
    visit = await desk.accept(who, guest.visit.id)
    await desk.tab(who).do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=False)
    visits = desk.node.real_time.visits.visits
    body = payloads.TransferBody(agent_id=other.id, note="Pyta o fakturę")
    handed = await visits.transfer(who.actor, visit.id, body)
    assert (handed.state, handed.conference_id) == ("offered", conference_id)
    assert handed.ringing is not None and handed.ringing.agent.id == other.id
    with pytest.raises(Conflict, match=r"desk\.not_in_hand"):
        await visits.close(who.actor, visit.id, payloads.CloseBody())
    told = await guest.state()
    assert (told.handed_over, told.voice) == (True, "hold"), "the visitor is told what is heard: music"
    taken = await desk.accept(other, visit.id)
    assert taken.agent is not None and taken.agent.id == other.id and taken.conference_id == conference_id
    notes = await visits.messages(other.actor, visit.id, team=True, after=None, before=None, limit=10)
    assert [one.text for one in notes.items if one.kind == "text"] == ["Pyta o fakturę"]
    assert guest.tab is not None and "Pyta o fakturę" not in str(guest.tab.heard), "colleagues' notes are theirs"
    found = await desk.world.database.read(lambda tx: find_visit(tx, desk.organisation_id, visit.id))
    assert found is not None and found.answered_at_ms == visit.answered_at_ms


async def test_a_caller_hears_the_voicemail_when_the_last_agent_goes_while_they_wait_or_talk(sounding: Desk) -> None:
    desk = sounding
    await desk.status(desk.world.bartek, "offline")
    guest, conference_id = await calls(desk)
    assert guest.visit is not None and guest.tab is not None
    await desk.accept(desk.world.anna, guest.visit.id)
    await desk.anna.do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=False)
    await hears(desk, conference_id, None)
    second, waiting_id = await calls(desk)
    await hears(desk, waiting_id, "hold")
    await desk.anna.close()
    await hears(desk, waiting_id, "voicemail")
    await hears(desk, conference_id, "voicemail")
    assert ((await second.state()).voice, (await guest.state()).voice) == ("voicemail", "voicemail")
    assert (await guest.state()).handed_over


async def test_who_hands_over_a_visit_that_became_a_case_stays_in_its_call(sounding: Desk) -> None:
    desk = sounding
    guest, conference_id = await calls(desk)
    assert guest.visit is not None
    who = desk.world.anna if (await desk.queue(desk.world.anna)).offers else desk.world.bartek
    other = desk.world.bartek if who is desk.world.anna else desk.world.anna
    visit = await desk.accept(who, guest.visit.id)
    await desk.tab(who).do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=False)
    await desk.node.real_time.visits.case_making.make(
        who.actor, visit.id, payloads.MakeCaseBody(title="Pompa", person_ids=[])
    )
    await desk.node.real_time.visits.visits.transfer(who.actor, visit.id, payloads.TransferBody(agent_id=other.id))
    assert (await guest.state()).handed_over
    await hears(desk, conference_id, None)
    seated = await desk.node.real_time.calls.conferences.get(who.actor, conference_id)
    assert {one.person_id for one in seated.participants if one.left_at_ms is None} == {guest.id, who.id}
    # The visitor is never left in silence: alone with nobody, there is music.
    await desk.tab(who).do("conference:leave", conference_id=conference_id)
    await hears(desk, conference_id, "hold")
    await desk.tab(who).do("conference:join", conference_id=conference_id, instance_id="a", audio=True, video=False)
    await hears(desk, conference_id, None)
    await desk.accept(other, visit.id)
    await desk.tab(other).do("conference:join", conference_id=conference_id, instance_id="b", audio=True, video=False)
    seated = await desk.node.real_time.calls.conferences.get(other.actor, conference_id)
    assert {one.person_id for one in seated.participants if one.left_at_ms is None} == {guest.id, who.id, other.id}
    assert not (await guest.state()).handed_over


async def test_everybody_who_sees_a_visit_learns_that_its_call_began_or_ended(sounding: Desk) -> None:
    desk = sounding
    guest = await desk.visitor()
    asked = await guest.ask()
    visit = await desk.accept(desk.world.anna, asked.id)
    assert visit.conference_id is None and guest.tab is not None
    conferences = desk.node.real_time.calls.conferences
    door, _ = await conferences.start(desk.world.anna.actor, visit.conversation_id)
    await desk.bartek.hear("visit:changed", lambda one: one["visit"]["conference_id"] == door.conference_id)
    await guest.tab.hear("visit:stands", lambda one: one["visit"]["conference_id"] == door.conference_id)
    before = len(guest.tab.all("visit:stands"))
    await conferences.end(desk.world.anna.actor, door.conference_id)
    await until(lambda: len(guest.tab.all("visit:stands")) > before)  # type: ignore[union-attr]
    assert guest.tab.all("visit:stands")[-1]["visit"]["conference_id"] is None
    assert (await guest.state()).conference_id is None
