"""What linked pages say of themselves"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_cards",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("picture_digest", sa.Text(), nullable=True),
        sa.Column("fetched_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_link_cards_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "url", name=op.f("pk_link_cards")),
    )
    with op.batch_alter_table("link_cards", schema=None) as batch_op:
        batch_op.create_index("ix_link_cards_picture_digest", ["picture_digest"], unique=False)
        batch_op.create_index("ix_link_cards_fetched", ["fetched_at_ms"], unique=False)
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("link_cards", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_column("link_cards")
    op.drop_table("link_cards")
