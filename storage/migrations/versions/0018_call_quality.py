"""How good everybody's line was in a call"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_quality",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.CheckConstraint("direction IN ('publish', 'receive')", name=op.f("ck_call_quality_direction")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_call_quality_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conference_id"],
            ["conferences.organisation_id", "conferences.id"],
            name=op.f("fk_call_quality_organisation_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participant_id"],
            ["conference_participants.organisation_id", "conference_participants.id"],
            name=op.f("fk_call_quality_organisation_id_participant_id"),
        ),
        sa.PrimaryKeyConstraint(
            "conference_id", "participant_id", "direction", "node_id", name=op.f("pk_call_quality")
        ),
    )


def downgrade() -> None:
    op.drop_table("call_quality")
