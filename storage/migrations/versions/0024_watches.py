"""Sessions that expire are found by their time; what supervisors hear, say and read of visits is kept, and who is told of it"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at_ms IS NULL")
_ONE_OPEN = sa.text("ended_at_ms IS NULL AND mode IN ('join', 'read')")


def upgrade() -> None:
    op.create_index("ix_sessions_expires", "sessions", ["expires_at_ms"])
    op.add_column("channels", sa.Column("tells_agents", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("channels", sa.Column("tells_visitors", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "visit_watches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=True),
        sa.Column("resource_id", sa.Text(), nullable=True),
        sa.Column("began_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("mode IN ('listen', 'whisper', 'join', 'read')", name=op.f("ck_visit_watches_mode")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_visit_watches_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "visit_id"],
            ["visits.organisation_id", "visits.id"],
            name=op.f("fk_visit_watches_organisation_id_visit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["memberships.organisation_id", "memberships.id"],
            name=op.f("fk_visit_watches_organisation_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_watches")),
    )
    with op.batch_alter_table("visit_watches", schema=None) as batch_op:
        batch_op.create_index("ix_visit_watches_visit", ["visit_id", "began_at_ms"], unique=False)
        batch_op.create_index("ix_visit_watches_person", ["person_id"], unique=False)
        batch_op.create_index(
            "ix_visit_watches_open", ["visit_id"], unique=False, sqlite_where=_OPEN, postgresql_where=_OPEN
        )
        batch_op.create_index(
            "uq_visit_watches_open",
            ["visit_id", "person_id", "mode"],
            unique=True,
            sqlite_where=_ONE_OPEN,
            postgresql_where=_ONE_OPEN,
        )


def downgrade() -> None:
    op.drop_table("visit_watches")
    op.drop_column("channels", "tells_visitors")
    op.drop_column("channels", "tells_agents")
    op.drop_index("ix_sessions_expires", table_name="sessions")
