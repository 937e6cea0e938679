"""Sounds that calls can hear"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _of_organisation(table: str, **points: str) -> list[sa.Constraint]:
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
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f(f"uq_{table}_organisation_id_id")),
    ]


def upgrade() -> None:
    op.create_table(
        "sounds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("channels", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at_ms", sa.BigInteger(), nullable=False),
        *_of_organisation("sounds", added_by="parties"),
    )
    op.create_table(
        "conference_players",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("sound_id", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("loop", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("shared", sa.Text(), server_default="", nullable=False),
        sa.Column("began_at_ms", sa.BigInteger(), nullable=False),
        *_of_organisation("conference_players", conference_id="conferences", sound_id="sounds", started_by="parties"),
    )
    with op.batch_alter_table("conference_players", schema=None) as batch_op:
        batch_op.create_index("ix_conference_players_conference", ["conference_id"], unique=False)
        batch_op.create_index("ix_conference_players_sound", ["sound_id"], unique=False)


def downgrade() -> None:
    op.drop_table("conference_players")
    op.drop_table("sounds")
