"""What hangs on a message: the message it answers, reactions"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("annex", sa.Text(), nullable=True))
    op.create_table(
        "message_reactions",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("emoji", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_message_reactions_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "message_id"],
            ["messages.organisation_id", "messages.id"],
            name=op.f("fk_message_reactions_organisation_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_message_reactions_organisation_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("message_id", "emoji", "person_id", name=op.f("pk_message_reactions")),
    )


def downgrade() -> None:
    op.drop_table("message_reactions")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("annex")
