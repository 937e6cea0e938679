"""Recordings of conferences"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("parts", sa.Text(), server_default="{}", nullable=False),
        sa.CheckConstraint("state IN ('running', 'ended')", name=op.f("ck_recordings_state")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_recordings_organisation_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conference_id"],
            ["conferences.organisation_id", "conferences.id"],
            name=op.f("fk_recordings_organisation_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "started_by"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_recordings_organisation_id_started_by"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_recordings_organisation_id_id")),
    )
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.create_index("ix_recordings_conference", ["conference_id", "id"], unique=False)
        batch_op.create_index(
            "uq_recordings_running",
            ["conference_id"],
            unique=True,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )


def downgrade() -> None:
    op.drop_table("recordings")
