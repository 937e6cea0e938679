"""A visit comes into being: its two conversations, its row, its call; in the caller's transaction."""

from conversations.calls.starting import announce, new_conference
from conversations.membership import let_in, welcome
from conversations.messages.posting import Author, post
from conversations.messages.text import clean_text
from core.ids import new_id
from core.languages import Language
from desk.rules.eligibility import CALLS
from desk.visits.routing import Timing
from storage.calls.conferences import running_conferences
from storage.conversations.conversations import Conversation, ConversationKind, add_conversation, find_conversation
from storage.desk.terms import Medium
from storage.desk.visitors import Visitor, same_visitors
from storage.desk.visits import Visit, add_visit, last_agent_of, note_change
from storage.engine.database import Transaction


def open_visit(
    tx: Transaction,
    timing: Timing,
    visitor: Visitor,
    client_id: str,
    medium: Medium,
    *,
    language: Language,
    text: str | None,
    form: str | None,
) -> Visit:
    """Store a new visit with its conversations, the visitor in one of them; raises Clash when they have an open one.

    text    the first message
    form    JSON of a message left for later: nobody is asked about such a visit
    emits   conversation:added to the visitor, message:posted
    """
    talk = _conversation(tx, visitor, "visit")
    team = _conversation(tx, visitor, "team")
    visit = Visit(
        id=new_id(),
        organisation_id=visitor.organisation_id,
        project_id=visitor.project_id,
        visitor_id=visitor.id,
        client_id=client_id,
        medium=medium,
        state="waiting" if form is None else "message",
        conversation_id=talk.id,
        team_conversation_id=team.id,
        agent_id=None,
        to_agent_id=None,
        last_agent_id=last_agent_of(tx, same_visitors(tx, visitor)),
        transferred=False,
        round=0,
        again_at_ms=None,
        asked_at_ms=tx.now_ms,
        answered_at_ms=None,
        ended_at_ms=None if form is None else tx.now_ms,
        held=False,
        language=language,
        page_url=visitor.page_url,
        page_title=visitor.page_title,
        form=form,
        tags="[]",
        result_code="",
        result_note="",
        stars=None,
        comment="",
        case_conversation_id=None,
        version=1,
    )
    add_visit(tx, visit)
    note_change(tx, visit.organisation_id, visit.id, visit.state, "asked" if form is None else "wrote", visitor.id)
    let_in(tx, visit.organisation_id, talk.id, [visitor.id], by=visitor.id, line=False)
    if text is not None and text.strip():
        author = Author(visitor.id, "visitor", visitor.name, None)
        post(
            tx, visit.organisation_id, talk.id, author, "text",
            member=False, client_id=client_id, text=clean_text(text),
        )  # fmt: skip
    if medium in CALLS and form is None:
        begin_call(tx, timing, visit, visitor.id)
    welcome(tx, visit.organisation_id, talk.id, [visitor.id])
    return visit


def begin_call(tx: Transaction, timing: Timing, visit: Visit, started_by: str) -> None:
    """See to it that a call runs in a visit's conversation; it rings nowhere: agents are asked by offers.

    emits   conference:started, message:posted, when none ran
    """
    if running_conferences(tx, [visit.conversation_id]):
        return
    conversation = find_conversation(tx, visit.organisation_id, visit.conversation_id)
    assert conversation is not None
    announce(tx, conversation, new_conference(tx, conversation, started_by, timing.ring_ms), rings=False)


def _conversation(tx: Transaction, visitor: Visitor, kind: ConversationKind) -> Conversation:
    made = Conversation(
        id=new_id(),
        organisation_id=visitor.organisation_id,
        kind=kind,
        title="",
        direct_key=None,
        created_by=visitor.id,
        created_at_ms=tx.now_ms,
        seq=0,
        rev=0,
        head_rev=0,
        last_message_seq=None,
        last_activity_at_ms=tx.now_ms,
        version=1,
    )
    add_conversation(tx, made)
    return made
