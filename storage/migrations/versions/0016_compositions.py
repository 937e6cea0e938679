"""Recordings made into one file"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_POINTS = {"conversation_id": "conversations", "message_id": "messages", "asked_by": "parties"}


def upgrade() -> None:
    op.create_table(
        "compositions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("percent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'making', 'ready', 'failed')", name=op.f("ck_compositions_state")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_compositions_organisation_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{target}.organisation_id", f"{target}.id"],
                name=op.f(f"fk_compositions_organisation_id_{column}"),
            )
            for column, target in _POINTS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compositions")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_compositions_organisation_id_id")),
    )
    op.create_index("uq_compositions_message", "compositions", ["message_id"], unique=True)
    op.create_index("ix_compositions_queue", "compositions", ["organisation_id", "state"])


def downgrade() -> None:
    # The files that were made stay as files of their messages.
    op.drop_table("compositions")
