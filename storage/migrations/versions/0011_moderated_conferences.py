"""Moderated conferences: rules, people muted or removed, raised hands"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _points(table: str, **points: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f(f"fk_{table}_organisation_id")),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{target}.organisation_id", f"{target}.id"],
                name=op.f(f"fk_{table}_organisation_id_{column}"),
            )
            for column, target in points.items()
        ),
    ]


def upgrade() -> None:
    op.create_table(
        "conference_rules",
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("moderator_id", sa.Text(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("speech_locked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("conference_id", name=op.f("pk_conference_rules")),
        *_points("conference_rules", conference_id="conferences", moderator_id="parties"),
    )
    op.create_table(
        "conference_restrictions",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('muted', 'removed')", name=op.f("ck_conference_restrictions_kind")),
        sa.PrimaryKeyConstraint("conference_id", "person_id", "kind", name=op.f("pk_conference_restrictions")),
        *_points("conference_restrictions", conference_id="conferences", person_id="parties", made_by="parties"),
    )
    op.add_column("conference_participants", sa.Column("hand_raised_at_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("conference_participants", schema=None) as batch_op:
        batch_op.drop_column("hand_raised_at_ms")
    op.drop_table("conference_restrictions")
    op.drop_table("conference_rules")
