"""How far an organisation is with setting up: one function over all items (CC-044..049)."""

from dataclasses import dataclass

# What the pencil beside an item opens.
PAGES = ("general", "users", "chat", "sms", "voice", "email", "projects")


@dataclass(frozen=True, slots=True)
class SetupFacts:
    """What is there of an organisation.

    *_users     people among the users of the channel
    mailboxes   of people, of the company; None: this server has no mailboxes yet, so nobody is asked for them
    """

    company_complete: bool
    agents: int
    logo: bool
    chat_on: bool
    chat_users: int
    chat_templates: int
    sms_on: bool
    voice_out_on: bool
    voice_out_users: int
    email_on: bool
    email_users: int
    email_templates: int
    user_mailboxes: int | None = None
    company_mailboxes: int | None = None


@dataclass(frozen=True, slots=True)
class SetupItem:
    """A thing to set up: its key in the catalogue, the settings page it is on, and the item it is a part of."""

    key: str
    page: str
    done: bool
    part_of: str | None = None


def list_setup(facts: SetupFacts) -> list[SetupItem]:
    """Return every item, in the order it is shown."""
    items = [
        SetupItem("company", "general", facts.company_complete),
        SetupItem("agents", "projects", facts.agents > 0),
        SetupItem("logo", "general", facts.logo),
        SetupItem("chat", "chat", facts.chat_on),
        SetupItem("chat_users", "chat", facts.chat_users > 0, "chat"),
        SetupItem("chat_templates", "chat", facts.chat_templates > 0, "chat"),
        SetupItem("sms", "sms", facts.sms_on),
        SetupItem("voice_out", "voice", facts.voice_out_on),
        SetupItem("voice_out_users", "voice", facts.voice_out_users > 0, "voice_out"),
        SetupItem("email", "email", facts.email_on),
        SetupItem("email_users", "email", facts.email_users > 0, "email"),
    ]
    if facts.user_mailboxes is not None:
        items.append(SetupItem("user_mailboxes", "email", facts.user_mailboxes > 0, "email"))
    if facts.company_mailboxes is not None:
        items.append(SetupItem("company_mailboxes", "email", facts.company_mailboxes > 0, "email"))
    items.append(SetupItem("email_templates", "email", facts.email_templates > 0, "email"))
    return items


def percent_done(items: list[SetupItem]) -> int:
    """Return done of all, in whole percent, never 100 before the last.

    >>> percent_done([SetupItem("logo", "general", True), SetupItem("chat", "chat", False)])
    50
    """
    return 100 * sum(item.done for item in items) // len(items) if items else 100
