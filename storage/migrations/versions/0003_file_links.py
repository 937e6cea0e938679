"""Links to files: one blob, a few minutes"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_file_links_organisation_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "party_id"],
            ["parties.organisation_id", "parties.id"],
            name=op.f("fk_file_links_organisation_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_file_links_token_hash")),
    )
    with op.batch_alter_table("file_links", schema=None) as batch_op:
        batch_op.create_index("ix_file_links_party", ["party_id"], unique=False)
        batch_op.create_index("ix_file_links_session", ["session_id"], unique=False)
        batch_op.create_index("ix_file_links_expires_at_ms", ["expires_at_ms"], unique=False)


def downgrade() -> None:
    op.drop_table("file_links")
