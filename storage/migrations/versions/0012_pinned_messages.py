"""Pinned messages"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_POINTS = {"conversation_id": "conversations", "message_id": "messages", "pinned_by": "parties"}


def upgrade() -> None:
    op.create_table(
        "message_pins",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("pinned_by", sa.Text(), nullable=False),
        sa.Column("pinned_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_message_pins_organisation_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{table}.organisation_id", f"{table}.id"],
                name=op.f(f"fk_message_pins_organisation_id_{column}"),
            )
            for column, table in _POINTS.items()
        ),
        sa.PrimaryKeyConstraint("conversation_id", "message_id", name=op.f("pk_message_pins")),
    )


def downgrade() -> None:
    op.drop_table("message_pins")
