"""Whom messages mention"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_POINTS = {
    "conversation_id": "conversations",
    "message_id": "messages",
    "author_id": "parties",
    "person_id": "parties",
}


def upgrade() -> None:
    op.create_table(
        "message_mentions",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_message_mentions_organisation_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", column],
                [f"{table}.organisation_id", f"{table}.id"],
                name=op.f(f"fk_message_mentions_organisation_id_{column}"),
            )
            for column, table in _POINTS.items()
        ),
        sa.PrimaryKeyConstraint("message_id", "place", name=op.f("pk_message_mentions")),
    )
    with op.batch_alter_table("message_mentions", schema=None) as batch_op:
        batch_op.create_index("ix_message_mentions_seq", ["conversation_id", "seq"], unique=False)


def downgrade() -> None:
    op.drop_table("message_mentions")
