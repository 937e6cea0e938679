"""Visitors of websites, their visits, and the agents who were asked"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KINDS_BEFORE = "kind IN ('direct', 'group', 'case', 'notes')"
KINDS = "kind IN ('direct', 'group', 'case', 'notes', 'visit', 'team')"
STATES = "state IN ('waiting', 'offered', 'accepted', 'wrapping', 'closed', 'abandoned', 'message')"
OFFER_STATES = "state IN ('open', 'accepted', 'declined', 'ignored', 'expired', 'withdrawn')"
CAUSES = (
    "cause IN ('asked', 'offered', 'accepted', 'declined', 'ignored', 'expired', 'withdrawn', 'transferred', 'left', "
    "'gone', 'wrote', 'closed', 'escalated', 'held', 'resumed', 'made_case')"
)
MEDIA = "medium IN ('chat', 'audio', 'video')"
IS_OPEN = sa.text("state IN ('waiting', 'offered', 'accepted')")
RINGS = sa.text("state = 'open'")
CALL_RINGS = sa.text("state = 'open' AND medium <> 'chat'")


def upgrade() -> None:
    _replace_kinds(KINDS)
    op.create_table(
        "visitors",
        *_texts("id", "organisation_id", "project_id", "token_hash"),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        *_texts("language"),
        sa.Column("browser", sa.Text(), server_default="", nullable=False),
        sa.Column("page_url", sa.Text(), server_default="", nullable=False),
        sa.Column("page_title", sa.Text(), server_default="", nullable=False),
        *_times("page_at_ms", "created_at_ms", "seen_at_ms"),
        *_of("visitors", id="parties", project_id="projects"),
        *_own("visitors"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_visitors_token_hash")),
    )
    op.create_index("ix_visitors_subject", "visitors", ["organisation_id", "subject"])
    op.create_index("ix_visitors_project", "visitors", ["project_id"])
    op.create_table(
        "page_views",
        _number("page_views"),
        *_texts("organisation_id", "visitor_id", "url", "title"),
        *_times("at_ms"),
        *_of("page_views", visitor_id="visitors"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_views")),
    )
    op.create_index("ix_page_views_visitor", "page_views", ["visitor_id", "id"])
    op.create_table(
        "visits",
        *_texts("id", "organisation_id", "project_id", "visitor_id", "client_id", "medium", "state"),
        *_texts("conversation_id", "team_conversation_id"),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("to_agent_id", sa.Text(), nullable=True),
        sa.Column("last_agent_id", sa.Text(), nullable=True),
        sa.Column("transferred", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("round", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("again_at_ms", sa.BigInteger(), nullable=True),
        *_times("asked_at_ms"),
        sa.Column("answered_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False),
        *_texts("language"),
        sa.Column("page_url", sa.Text(), server_default="", nullable=False),
        sa.Column("page_title", sa.Text(), server_default="", nullable=False),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), server_default="[]", nullable=False),
        sa.Column("result_code", sa.Text(), server_default="", nullable=False),
        sa.Column("result_note", sa.Text(), server_default="", nullable=False),
        sa.Column("stars", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("case_conversation_id", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(MEDIA, name=op.f("ck_visits_medium")),
        sa.CheckConstraint(STATES, name=op.f("ck_visits_state")),
        *_of(
            "visits", project_id="projects", visitor_id="visitors", conversation_id="conversations",
            team_conversation_id="conversations", agent_id="memberships",
        ),
        *_own("visits"),
        sa.UniqueConstraint("visitor_id", "client_id", name=op.f("uq_visits_visitor_id_client_id")),
    )  # fmt: skip
    op.create_index(
        "uq_visits_open", "visits", ["visitor_id"], unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
    )
    op.create_index("ix_visits_queue", "visits", ["project_id", "state", "asked_at_ms"])
    op.create_index("ix_visits_agent", "visits", ["agent_id", "state"])
    op.create_index("ix_visits_visitor", "visits", ["visitor_id", "asked_at_ms"])
    op.create_index("ix_visits_conversation", "visits", ["conversation_id"])
    op.create_index("ix_visits_team_conversation", "visits", ["team_conversation_id"])
    op.create_table(
        "visit_changes",
        _number("visit_changes"),
        *_texts("organisation_id", "visit_id"),
        *_times("at_ms"),
        *_texts("state", "cause"),
        sa.Column("party_id", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), server_default="{}", nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_visit_changes_state")),
        sa.CheckConstraint(CAUSES, name=op.f("ck_visit_changes_cause")),
        *_of("visit_changes", visit_id="visits", party_id="parties"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_changes")),
    )
    op.create_index("ix_visit_changes_visit", "visit_changes", ["visit_id", "id"])
    op.create_table(
        "offers",
        *_texts("id", "organisation_id", "visit_id", "agent_id", "medium"),
        sa.Column("round", sa.BigInteger(), nullable=False),
        *_texts("state"),
        *_times("made_at_ms", "deadline_at_ms"),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(MEDIA, name=op.f("ck_offers_medium")),
        sa.CheckConstraint(OFFER_STATES, name=op.f("ck_offers_state")),
        *_of("offers", visit_id="visits", agent_id="memberships"),
        *_own("offers"),
    )
    op.create_index("uq_offers_open", "offers", ["visit_id"], unique=True, sqlite_where=RINGS, postgresql_where=RINGS)
    op.create_index(
        "uq_offers_call", "offers", ["agent_id"], unique=True, sqlite_where=CALL_RINGS, postgresql_where=CALL_RINGS
    )
    op.create_index("ix_offers_visit", "offers", ["visit_id", "id"])
    op.create_index("ix_offers_agent", "offers", ["agent_id", "state"])


def downgrade() -> None:
    for table in ("offers", "visit_changes", "visits", "page_views", "visitors"):
        op.drop_table(table)
    # What was said in visits becomes a group of those who were in it.
    op.execute("UPDATE conversations SET kind = 'group' WHERE kind IN ('visit', 'team')")
    _replace_kinds(KINDS_BEFORE)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _times(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _number(_table: str) -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False)


def _own(table: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f(f"uq_{table}_organisation_id_id")),
    ]


def _of(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    """Keys into the same organisation."""
    return [
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f(f"fk_{table}_organisation_id")),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{target}.organisation_id", f"{target}.id"],
                name=op.f(f"fk_{table}_organisation_id_{column}"),
            )
            for column, target in targets.items()
        ),
    ]


def _replace_kinds(condition: str) -> None:
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_conversations_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_conversations_kind"), sa.text(condition))
