"""Every table there is: importing this module fills the metadata, for migrations and their test."""

from storage import (
    audit,
    cases,
    conferences,
    conversations,
    events,
    file_links,
    files,
    jobs,
    messages,
    nodes,
    organisations,
    people,
    recordings,
    sessions,
    sign_ins,
    uploads,
)
from storage.schema import metadata

__all__ = [
    "audit",
    "cases",
    "conferences",
    "conversations",
    "events",
    "file_links",
    "files",
    "jobs",
    "messages",
    "metadata",
    "nodes",
    "organisations",
    "people",
    "recordings",
    "sessions",
    "sign_ins",
    "uploads",
]
