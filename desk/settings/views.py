"""Records of the contact centre's settings as the views that leave the server."""

import json
from datetime import UTC, datetime

from accounts.views import avatar_url
from desk.rules.hours import DAY_MINUTES, Hours, holidays_of, is_open, next_change_ms, parse_hours
from desk.settings import agent_payloads, payloads
from storage.accounts.people import Person
from storage.desk.agents import Agent
from storage.desk.projects import Project, ProjectMember
from storage.desk.templates import Template
from storage.desk.widgets import Trigger


def agent_view(agent: Agent) -> agent_payloads.AgentState:
    """An agent's status."""
    return agent_payloads.AgentState(person_id=agent.id, status=agent.status, since_ms=agent.status_at_ms)


def opened(project: Project, now_ms: int) -> tuple[bool, int | None]:
    """Return whether a project is open, and when that changes."""
    hours = parse_hours(project.hours)
    inside = is_open(hours, project.time_zone, project.country, now_ms)
    return project.active and inside, next_change_ms(hours, project.time_zone, project.country, now_ms)


def project_row(project: Project, people_count: int, now_ms: int) -> payloads.ProjectRow:
    """A project in the list."""
    return payloads.ProjectRow(
        id=project.id,
        name=project.name,
        active=project.active,
        open=opened(project, now_ms)[0],
        people_count=people_count,
        version=project.version,
    )


def project_view(
    project: Project, members: list[ProjectMember], people: dict[str, Person], now_ms: int
) -> payloads.Project:
    """A whole project."""
    hours = parse_hours(project.hours)
    year = datetime.fromtimestamp(now_ms / 1000, UTC).year
    return payloads.Project(
        **project_row(project, len(members), now_ms).model_dump(),
        time_zone=project.time_zone,
        country=project.country,
        hours=None if hours is None else hours_view(hours),
        changes_at_ms=opened(project, now_ms)[1],
        holidays=[
            payloads.Holiday(date=day.isoformat(), key=key)
            for one in (year, year + 1)
            for day, key in holidays_of(project.country, one).items()
        ],
        record_calls=project.record_calls,
        wrap_up_s=project.wrap_up_s,
        result_codes=json.loads(project.result_codes),
        members=[member_view(member, people[member.person_id]) for member in members if member.person_id in people],
    )


def member_view(member: ProjectMember, person: Person) -> payloads.ProjectMember:
    """A member of a project."""
    return payloads.ProjectMember(
        person_id=member.person_id,
        name=person.name,
        avatar_url=avatar_url(person.id, person.avatar_hash),
        role=member.role,
        audio=member.audio,
        video=member.video,
        chat=member.chat,
        direction=member.direction,
        may_be_off=member.may_be_off,
        skills=json.loads(member.skills),
        chat_capacity=member.chat_capacity,
    )


def hours_view(hours: Hours) -> payloads.Hours:
    """Opening hours as they are written."""
    return payloads.Hours(
        week=[[(_clock(start), _clock(end)) for start, end in day] for day in hours.week],
        holidays=hours.holidays,
        dates={day: [(_clock(start), _clock(end)) for start, end in spans] for day, spans in hours.dates.items()},
    )


def template_view(template: Template) -> payloads.Template:
    """A ready text."""
    return payloads.Template(
        id=template.id,
        channel=template.channel,
        name=template.name,
        shortcut=template.shortcut or "",
        text=template.text,
        version=template.version,
    )


def trigger_view(trigger: Trigger) -> payloads.Trigger:
    """What opens the widget in pages of one language."""
    return payloads.Trigger(language=trigger.language, text=trigger.text, delay_s=trigger.delay_s)


def _clock(minute: int) -> str:
    return "24:00" if minute == DAY_MINUTES else f"{minute // 60:02}:{minute % 60:02}"
